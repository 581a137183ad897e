"""What several commands do with their inputs: find them, read and work on all, and show how far that is."""

from __future__ import annotations

import os
import sys
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

import typer
from rich.console import Console

from neardup.checks import available_threads
from neardup.cli.helping import given, refuse_idle
from neardup.cli.options import KINDS, Format
from neardup.cli.parallel import in_order
from neardup.cli.work import Plan, size_of
from neardup.errors import InputError
from neardup.io.bounded import Bounds
from neardup.io.kinds import settled
from neardup.io.opening import opened
from neardup.io.records import Fields
from neardup.io.sources import STDIN, Source, find_sources
from neardup.report.machine import JsonLinesReport, JsonReport
from neardup.report.terminal import TerminalReport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from neardup._typing import Scope
    from neardup.cli.collector import Collector, Report
    from neardup.cli.options import InputFormat
    from neardup.cli.work import Work

    _Fits = Callable[[Source], bool]

_NEEDED: dict[str, tuple[_Fits, str]] = {
    **dict.fromkeys(
        (
            "text_field",
            "id_field",
            "title_field",
            "data_field",
            "priority_field",
            "only_across",
            "only_within",
            "rejects",
        ),
        (lambda source: source.kind != "text", "on text; no input has records"),
    ),
    "max_unpacked_size": (
        lambda source: source.kind != "text" and bool(source.compression),
        "here; no input has compressed records",
    ),
    "extract": (lambda source: source.kind == "text", "on records; no input is a text or a page"),
    "encoding": (lambda source: source.kind != "parquet", "on Parquet, which has one of its own"),
    "keep_encoding": (lambda source: source.kind != "parquet", "on Parquet, which has one of its own"),
}
"""For which inputs options matter, and what is said where there is none."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How the inputs of a command are found and read; the options of that name."""

    paths: Sequence[str]
    glob: Sequence[str] | None
    input_format: InputFormat
    encoding: str
    extract: bool
    max_document_size: int
    max_unpacked_size: int | None
    text_field: Sequence[str]
    id_field: str | None
    threads: int | None
    strict: bool
    title_field: str | None = None
    data_field: str | None = None

    @property
    def fields(self) -> Fields:
        """What of a record is read."""
        return Fields(tuple(self.text_field), self.id_field, self.title_field, data=self.data_field)

    def sources(self, ctx: typer.Context) -> list[Source | InputError]:
        """Find the inputs.

        Raises
        ------
        typer.BadParameter
            If an option was given that matters for none of them.
        """
        kind = KINDS[self.input_format]
        found = list(find_sources(self.paths, self.glob, kind, pages=self.extract))
        if not any(map(os.path.isdir, filter(STDIN.__ne__, self.paths))):
            refuse_idle(ctx, {"glob": "without a folder"})
        asked = {name: needed for name, needed in _NEEDED.items() if given(ctx, name)}
        for source in self._opened(found) if asked else ():
            asked = {name: needed for name, needed in asked.items() if source and not needed[0](source)}
            if not asked:
                break
        refuse_idle(ctx, {name: why for name, (_, why) in asked.items()})
        return found

    def _opened(self, sources: Sequence[Source | InputError]) -> Iterator[Source | None]:
        """Say what each input is; None of one that cannot be told: a pipe, or what cannot be read."""
        for source in sources:
            if isinstance(source, InputError) or source.path is None or not source.path.is_file():
                yield None
                continue
            try:
                with opened(source) as stream:
                    yield settled(source, stream, self.fields, self.encoding)[0]
            except GeneratorExit:
                raise
            except Exception:
                yield None

    def run(
        self, sources: Sequence[Source | InputError], work: Work, collector: Collector, *, shows_bar: bool = True
    ) -> None:
        """Work on all inputs, compare what is held of them, and end the command.

        Raises
        ------
        typer.Exit
            If an input failed.
        """
        bounds = Bounds(self.max_document_size, self.max_unpacked_size)
        try:
            size = size_of_all(sources)
            with bar(collector.report, "Reading", size, wanted=shows_bar and size > 0) as shown:
                plan = Plan(self.fields, self.encoding, bounds, lambda read: shown(advance=read))
                done = in_order(work, plan.tasks(sources), self.threads or available_threads(), size_of)
                with closing(done):
                    for outcome in chain.from_iterable(done):
                        collector.take(outcome)
                        if self.strict and collector.failed:
                            break
            if collector.held and not (self.strict and collector.failed):
                count = len(collector.held)
                with bar(collector.report, "Comparing", count, wanted=shows_bar and count > 1) as shown:
                    collector.compare(
                        lambda stage, done, total: shown(description=stage.capitalize(), completed=done, total=total)
                    )
            collector.finish()
        finally:
            collector.close()
        if collector.failed:
            raise typer.Exit(1)


def size_of_all(sources: Iterable[Source | InputError]) -> int:
    """Give how many bytes files have on the disk."""
    return sum(map(_size, sources))


def _size(source: Source | InputError) -> int:
    try:
        return source.path.stat().st_size if isinstance(source, Source) and source.path else 0
    except OSError:
        return 0


def report(format: Format, text: Callable[[], TerminalReport], scope: Scope | None = None) -> Report:  # noqa: A002
    """Make the report of a format, on what is cleaned of a scope if it is; that for people is made by the command."""
    if format is Format.text:
        return text()
    return (JsonReport if format is Format.json else JsonLinesReport)(sys.stdout.buffer, scope)


@contextmanager
def bar(report: Report, task: str, total: int, *, wanted: bool) -> Iterator[Callable[..., object]]:
    """Show a bar of what is done, if standard error is a terminal; what this gives is told by how much to `advance` it.

    Where the report goes to the terminal too, both are printed by one console, so that neither spoils the other.
    """
    console = Console(stderr=True)
    wanted = wanted and console.is_terminal
    if sys.stdout.isatty():
        wanted = wanted and isinstance(report, TerminalReport)
        console = getattr(report, "console", console)
    if not wanted:
        yield lambda **_: None
        return
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn()
    with Progress(*columns, console=console, transient=True) as shown:
        yield partial(shown.update, shown.add_task(task, total=total))
