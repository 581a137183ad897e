"""The report for people: what is repeated where, in colour on a terminal and plain in a pipe."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from itertools import accumulate, chain
from typing import TYPE_CHECKING

from rich.cells import get_character_cell_size
from rich.console import Console
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from typing import IO

    from neardup._typing import Id
    from neardup.config import Config
    from neardup.errors import NeardupError
    from neardup.model import Match, ParagraphGroup, RemovedParagraph, Repeat, Span
    from neardup.paragraphs.groups import RepeatedParagraphs
    from neardup.repeats.find import DocumentRepeats
    from neardup.results import Cuts, Duplicates

    Removed = Sequence[tuple[int, int]]

PREVIEW_CELLS = 60

_USUAL_CELLS = 80


class TerminalReport:
    """A paragraph for every document with repeats, one for every survivor with duplicates, and a summary.

    Parameters
    ----------
    out
        Where to write.
    max_repeats
        How many repeats of a document to show, the longest; the rest is counted.
    max_duplicates
        How many duplicates of a survivor to show, the least alike; the rest is counted.
    max_paragraphs
        How many repeated paragraphs to show, those of most documents; the rest is counted.
    """

    def __init__(self, out: IO[str], *, max_repeats: int, max_duplicates: int, max_paragraphs: int) -> None:
        self.console = console_on(out)
        self.max_repeats = max_repeats
        self.max_duplicates = max_duplicates
        self.max_paragraphs = max_paragraphs
        self.documents = self.with_repeats = self.with_bodies = self.failed = 0
        self.compared = ""

    def document(self, id: str, found: DocumentRepeats, encoding: str | None, removed: Removed | None) -> None:  # noqa: A002
        """Report one document; those without repeats are only counted."""
        self.documents += 1
        if not found.repeats:
            return
        self.with_repeats += 1
        share = f"{found.repeated_share:.0%} of its text is repeated"
        title = Text.assemble((visible(id), "bold"), ": ")
        if found.body_copies > 1:
            self.with_bodies += 1
            title.append(f"the body is printed {found.body_copies} times", style="bold red")
            title.append(", ")
        lines = [title.append(share)]
        longest = sorted(found.repeats, key=lambda repeat: -repeat.chars)[: self.max_repeats]
        for repeat in sorted(longest, key=lambda repeat: repeat.copy.start):
            lines.append(_described(repeat))
            lines.append(Text("    " + preview(repeat.copy.of(found.text)), style="dim"))
        if hidden := len(found.repeats) - len(longest):
            lines.append(Text(f"  and {counted(hidden, 'shorter repeat')} (--max-repeats shows more)"))
        self.console.print(Text("\n").join(lines))

    def error(self, error: NeardupError) -> None:
        """Count an input that failed; the message goes to standard error."""
        self.failed += 1

    def duplicates(self, found: Duplicates) -> None:
        """Report every survivor that others are duplicates of, or related to although they survive."""
        families: dict[Id, list[Match]] = {}
        for match in chain(found.duplicates, found.related):
            families.setdefault(match.survivor, []).append(match)
        for survivor, matches in families.items():
            self._family(survivor, matches, found.config.relations)
        if cut := _left_out(found.cuts, found.config, "document"):
            self.console.print(Text(cut))
        self.compared += f"; {counted(len(found.survivors), 'survivor')}"
        if too_short := len(found.too_short):
            self.compared += f" ({too_short} too short to compare)"
        self.compared += f", {counted(len(found.duplicates), 'duplicate')}"
        if empty := len(found.empty):
            self.compared += f", {empty} empty"

    def paragraphs(self, found: RepeatedParagraphs, removed: Sequence[RemovedParagraph] | None) -> None:
        """Report the paragraphs that most documents have, and how many were removed if any had to be."""
        shown = found.groups[: self.max_paragraphs]
        for group in shown:
            self.console.print(_paragraph(group))
        if hidden := len(found) - len(shown):
            self.console.print(Text(f"and {counted(hidden, 'repeated paragraph')} more (--max-paragraphs shows more)"))
        if cut := _left_out(found.cuts, found.config, "paragraph"):
            self.console.print(Text(cut))
        self.compared += f"; {counted(len(found), 'repeated paragraph')}"
        if boilerplate := int(found.is_boilerplate.sum()):
            self.compared += f", {boilerplate} of them boilerplate"
        if removed is not None:
            documents = len({paragraph.id for paragraph in removed})
            self.compared += f"; {counted(len(removed), 'paragraph')} taken out of {counted(documents, 'document')}"

    def _family(self, survivor: Id, matches: list[Match], relations: Collection[str]) -> None:
        dropped = sum(match.relation in relations for match in matches)
        title = Text.assemble((visible(str(survivor)), "bold"), f": {counted(dropped, 'duplicate')}")
        if related := len(matches) - dropped:
            title.append(f", {counted(related, 'related survivor')}")
        lines = [title]
        for match in sorted(matches, key=lambda match: match.score)[: self.max_duplicates]:
            survives = "" if match.relation in relations else ", survives"
            lines.append(Text(f"  {visible(str(match.id))}: {match.relation}, {match.score:.2f}{survives}"))
        if hidden := len(matches) - len(lines) + 1:
            lines.append(Text(f"  and {hidden} more, at least as alike (--max-duplicates shows more)"))
        self.console.print(Text("\n").join(lines))

    def close(self) -> None:
        """Write the summary."""
        summary = (
            f"{counted(self.documents, 'document')} read: {self.with_repeats} with repeats, "
            f"{self.with_bodies} with the body printed more than once"
        )
        self.console.print(summary + self.compared + (f"; {self.failed} failed" if self.failed else ""))

    def discard(self) -> None:
        """Do nothing: nothing is kept."""


def console_on(out: IO[str]) -> Console:
    """Make a console for a report; where the environment says that it has no width, it has the usual one."""
    console = Console(file=out, highlight=False, soft_wrap=True)
    console.width = console.width or _USUAL_CELLS  # at width 0 nothing would be printed
    return console


def visible(text: str) -> str:
    r"""Write control, format and separator characters, line breaks and lone surrogates as escapes.

    Examples
    --------
    >>> print(visible("红\x1b[31m"))
    红\x1b[31m
    """
    return text if text.isprintable() else "".join(map(_visible, text))


def _visible(char: str) -> str:
    if char.isprintable() or unicodedata.category(char) == "Zs":
        return char
    return char.encode("unicode_escape").decode("ascii")


def preview(text: str) -> str:
    """Show how a passage begins, on one line of at most `PREVIEW_CELLS` columns.

    Examples
    --------
    >>> preview("质量强，则万物强。")
    '质量强，则万物强。'
    """
    shown = visible(" ".join(text[: 4 * PREVIEW_CELLS].split()))
    widths = list(accumulate(map(get_character_cell_size, shown)))
    if not widths or widths[-1] <= PREVIEW_CELLS:
        return shown
    return shown[: bisect_right(widths, PREVIEW_CELLS - 1)].rstrip() + "…"


def _described(repeat: Repeat) -> Text:
    size = f"{counted(repeat.chars, 'character')}"
    if repeat.paragraphs:
        size = f"{counted(repeat.paragraphs, 'paragraph')}, {size}"
    if repeat.period:
        size += f", the same {repeat.period} over and over"
    kind = repeat.kind if repeat.kind == "exact" else f"{repeat.kind}, similarity {repeat.similarity:.2f}"
    return Text.assemble(
        "  ",
        (_lines(repeat.copy), "yellow"),
        " repeat" if repeat.copy.first_line != repeat.copy.last_line else " repeats",
        " ",
        (_lines(repeat.original), "green"),
        f" ({size}, {kind})",
    )


def _paragraph(group: ParagraphGroup) -> Text:
    """Say where a repeated paragraph stands: in how many documents, and first of all in which."""
    near = sum(occurrence.kind == "near" for occurrence in group.occurrences)
    times = counted(len(group.occurrences), "time") + (f", {near} near" if near else "")
    title = Text.assemble((f"paragraph in {counted(group.documents, 'document')}", "bold"), f" ({times}")
    title.append(", boilerplate)" if group.is_boilerplate else ")")
    title.append(f", first in {visible(str(group.occurrences[0].id))}")
    return Text("\n").join([title, Text("  " + preview(group.text), style="dim")])


def _left_out(cuts: Cuts, config: Config, noun: str) -> str:
    """Say what the limits of the config left out, if they did."""
    said = []
    if cuts.listed:
        times, most = counted(cuts.listed, "time"), config.max_bucket_size
        said.append(f"{times} a bucket was full ({most}: max_bucket_size in --config)")
    if cuts.documents:
        said.append(
            f"{counted(cuts.documents, noun)} had more than {counted(config.max_candidates, 'candidate')}, and "
            f"{cuts.candidates} of them were not compared (max_candidates in --config)"
        )
    if not said:
        return ""
    missing = "duplicates" if noun == "document" else "near ones"
    return f"not all likely {noun}s were compared, so {missing} may be missing: {'; '.join(said)}"


def _lines(span: Span) -> str:
    if span.first_line == span.last_line:
        return f"line {span.first_line}"
    return f"lines {span.first_line}-{span.last_line}"


def counted(number: int, noun: str) -> str:
    """Write a number with its noun, in the plural if it takes one."""
    return f"{number} {noun}" + ("" if number == 1 else "s")
