"""How commands explain themselves: help in sections, options that moved, options without effect."""

from __future__ import annotations

import re
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperCommand, TyperGroup

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_TERM_CELLS, _LEAST_CELLS = 22, 20
_RANGE = re.compile(r"; (?:\d{1,8}<=)?x[<>]=\d{1,8}(?=\])| {0,8}\[(?:\d{1,8}<=)?x[<>]=\d{1,8}\]")
"""What is added to the help of a number that has bounds."""

SETTINGS = {"help_option_names": ["-h", "--help"]}


class Command(TyperCommand):
    """A command whose help stands in plain sections, at any width, and which knows the options of its siblings."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:  # noqa: ANN401 - typer brings its own click, or not
        """Write the arguments as they are called."""
        parameters: list[Any] = list(self.params)
        arguments = [each for each in parameters if each.param_type_name == "argument"]
        return ["[OPTIONS]", *(f"{each.metavar}..." if each.nargs < 0 else each.metavar for each in arguments)]

    def format_options(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401
        """Write the arguments, then the options by section; those without one are last."""
        sections: dict[str, list[tuple[str, str]]] = {"Arguments": []}
        parameters: list[Any] = list(self.get_params(ctx))
        for parameter in parameters:
            if parameter.param_type_name == "argument":
                sections["Arguments"].append((parameter.metavar, parameter.help or ""))
            elif record := parameter.get_help_record(ctx):
                panel = getattr(parameter, "rich_help_panel", None) or "Options"
                sections.setdefault(panel, []).append((record[0], _RANGE.sub("", record[1])))
        if "Options" in sections:
            sections["Options"] = sections.pop("Options")
        for title, records in sections.items():
            if records:
                with formatter.section(title):
                    formatter.write("".join(f"{line}\n" for line in _listed(records, formatter.width)))

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401
        """Take the options; of one that there is not, say which command has it."""
        try:
            return super().parse_args(ctx, args)
        except Exception as error:
            name = getattr(error, "option_name", None)
            if type(error).__name__ == "NoSuchOption" and name and (other := _other_command(ctx, str(name))):
                ctx.fail(f"No such option: {name}. Use: {other}")
            raise


def _listed(records: Sequence[tuple[str, str]], width: int) -> Iterator[str]:
    """Write terms and what they mean in two columns, without breaking a word or the name of an option."""
    column = min(max(len(term) for term, _ in records), _TERM_CELLS) + 4
    for term, text in records:
        lines = wrap(text, max(width - column, _LEAST_CELLS), break_on_hyphens=False, break_long_words=False)
        first = f"  {term}"
        if len(first) <= column - 2:
            yield (first.ljust(column) + (lines.pop(0) if lines else "")).rstrip()
        else:
            yield first
        yield from (" " * column + line for line in lines)


def _other_command(ctx: Any, option: str) -> str | None:  # noqa: ANN401
    """Give the usage of the command that is called like an option of this one, or has it."""
    group = ctx.parent and ctx.parent.command
    if not isinstance(group, TyperGroup):
        return None
    if (name := option.removeprefix("--")) in group.commands:
        return f"{ctx.parent.command_path} {name} {USAGES[name]}"
    for name, command in group.commands.items():
        if opts := next((each.opts for each in command.params if option in each.opts), None):
            usage = f"{ctx.parent.command_path} {name} {USAGES[name]}"
            return usage if set(opts) & set(usage.split()) else f"{usage} {option}"
    return None


USAGES = {
    "scan": "PATH...",
    "clean": "PATH... -o DIR",
    "dedup": "PATH... -o FILE|DIR",
    "compare": "A B",
    "paragraphs": "PATH...",
    "index": "COMMAND INDEX",
    "add": "INDEX [PATH]...",
    "check": "INDEX [PATH]...",
    "matches": "INDEX [PATH]...",
    "remove": "INDEX [ID]...",
    "expire": "INDEX --older-than TIME",
    "stats": "INDEX",
    "verify": "INDEX",
    "export": "INDEX",
    "upgrade": "INDEX",
}


def given(ctx: typer.Context, name: str) -> bool:
    """Tell whether a parameter was given on the command line."""
    source = ctx.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def refuse_idle(ctx: typer.Context, idle: Mapping[str, str]) -> None:
    """Refuse options that were given although nothing looks at them.

    Parameters
    ----------
    ctx
        Knows what was given.
    idle
        The parameters that have no effect, and why.

    Raises
    ------
    typer.BadParameter
        If one of them was given.
    """
    for name, why in idle.items():
        if given(ctx, name):
            raise typer.BadParameter(f"has no effect {why}", param_hint=f"--{name.replace('_', '-')}")
