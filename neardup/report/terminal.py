"""The report for people: what is repeated where, in colour on a terminal and plain in a pipe."""

from __future__ import annotations

from bisect import bisect_right
from functools import partial
from heapq import heappush, heapreplace
from itertools import accumulate, chain
from typing import TYPE_CHECKING

from rich.cells import get_character_cell_size
from rich.console import Console
from rich.text import Text

from neardup.io.escapes import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from pathlib import Path
    from typing import IO

    from neardup._typing import Id
    from neardup.config import Config
    from neardup.errors import NeardupError
    from neardup.model import BoilerplateParagraph, Match, ParagraphGroup, RemovedParagraph, Repeat, Span
    from neardup.paragraphs.groups import RepeatedParagraphs
    from neardup.repeats.batch import Repeats
    from neardup.repeats.document import DocumentRepeats
    from neardup.results import Cuts, Duplicates

DEFAULT_LIMIT = 5
"""How many finds of a kind are shown, and of each how many parts."""

PREVIEW_CELLS = 60

_USUAL_CELLS = 80


class Largest:
    """The largest finds of a kind, while they come; the others are counted.

    Parameters
    ----------
    limit
        How many to keep; 0 keeps all.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.total = 0
        self._kept: list[tuple[int, int, Text]] = []

    def add(self, size: int, shown: Callable[[], Text]) -> None:
        """Take a find of this size; what it looks like is asked only if it is kept."""
        self.total += 1
        order = (size, -self.total)  # of equals the first
        if not self.limit or len(self._kept) < self.limit:
            heappush(self._kept, (*order, shown()))
        elif order > self._kept[0][:2]:
            heapreplace(self._kept, (*order, shown()))

    def lines(self, noun: str) -> list[Text]:
        """Give the largest, the largest of all first, and how many more there are."""
        kept = sorted(self._kept, key=lambda find: find[:2], reverse=True)
        return [*(shown for _, _, shown in kept), *more(self.total - len(kept), noun)]


class TerminalReport:
    """The totals, then the largest finds: documents with repeats, survivors with duplicates, repeated paragraphs.

    Parameters
    ----------
    out
        Where to write.
    limit
        How many finds of a kind to show, and how many parts of each; 0 shows all.
    summary
        Whether the totals are all.
    """

    def __init__(self, out: IO[str], *, limit: int = DEFAULT_LIMIT, summary: bool = False) -> None:
        self.console = console_on(out)
        self.limit = limit
        self.summary = summary
        self.documents = self.failed = self.with_repeats = self.with_bodies = 0
        self.looks_for_repeats = False
        self.largest = Largest(limit)
        self.totals: list[str] = []
        self.sections: list[list[Text]] = []

    def document(self, id: Id, found: tuple[Repeats, int] | None, encoding: str | None) -> None:  # noqa: A002
        """Count a document, and keep what is shown of it if it is among those with most repeats."""
        self.documents += 1
        if found is None:
            return
        self.looks_for_repeats = True
        repeats, row = found
        if size := int(repeats.found.copied[row]):
            self.with_repeats += 1
            self.with_bodies += bool(repeats.body_copies[row] > 1)
            self.largest.add(size, lambda: _with_repeats(str(id), repeats.document(row), self.limit))

    def error(self, error: NeardupError) -> None:
        """Count an input that failed; the message goes to standard error."""
        self.failed += 1

    def duplicates(self, found: Duplicates) -> None:
        """Report the survivors that most others are duplicates of, or related to although they survive."""
        families: dict[Id, list[Match]] = {}
        for match in chain(found.duplicates, found.related):
            families.setdefault(match.survivor, []).append(match)
        relations = found.config.relations
        largest = Largest(self.limit)
        for survivor, matches in families.items():
            dropped = sum(match.relation in relations for match in matches)
            largest.add(dropped, partial(_family, str(survivor), matches, dropped, relations, self.limit))
        said = f"duplicates: {len(found.duplicates):,}; {counted(len(found.survivors), 'survivor')}"
        if too_short := len(found.too_short):
            said += f" ({too_short:,} too short to compare)"
        if empty := len(found.empty):
            said += f", {empty:,} empty"
        self.totals += [said, *_left_out(found.cuts, found.config, "document")]
        self.sections.append(largest.lines("survivor with duplicates"))
        if found.boilerplate is not None:
            self._boilerplate(found.boilerplate)

    def paragraphs(self, found: RepeatedParagraphs, removed: Sequence[RemovedParagraph] | None) -> None:
        """Report the paragraphs that most documents have, and how many were removed if any had to be."""
        shown = found.groups[: self.limit or None]
        said = f"paragraphs that several documents have: {len(found):,}"
        if boilerplate := int(found.is_boilerplate.sum()):
            said += f", {boilerplate:,} of them boilerplate"
        if removed is not None:
            documents = len({paragraph.id for paragraph in removed})
            said += f"; {counted(len(removed), 'paragraph')} taken out of {counted(documents, 'document')}"
        self.totals += [said, *_left_out(found.cuts, found.config, "paragraph")]
        self.sections.append([*map(_paragraph, shown), *more(len(found) - len(shown), "paragraph")])

    def cleaned(self, folder: Path, texts: int, changed: int) -> None:
        """Do nothing: this report is of commands that write nothing."""

    def close(self) -> None:
        """Write the totals, and the largest finds of every kind."""
        read = f"{counted(self.documents, 'document')} read" + (f", {self.failed:,} failed" if self.failed else "")
        if self.looks_for_repeats:
            said = f"repeats: in {counted(self.with_repeats, 'document')}"
            self.totals.insert(0, f"{said}; {self.with_bodies:,} with the body printed more than once")
            self.sections.insert(0, self.largest.lines("document with repeats"))
        self.console.print(Text("\n".join([read, *self.totals])))
        if not self.summary:
            for section in filter(None, self.sections):
                self.console.print(Text("\n").join([Text(), *section]))

    def _boilerplate(self, found: Sequence[BoilerplateParagraph]) -> None:
        """Report what was left out of the documents when they were compared."""
        shown = [
            Text("\n").join(
                [
                    Text(f"boilerplate in {counted(each.documents, 'document')}, not compared", style="bold"),
                    Text("  " + preview(each.text), style="dim"),
                ]
            )
            for each in found[: self.limit or None]
        ]
        self.totals.append(f"boilerplate that was found and not compared: {counted(len(found), 'paragraph')}")
        self.sections.append([*shown, *more(len(found) - len(shown), "paragraph")])

    def discard(self) -> None:
        """Do nothing: nothing is kept."""


def more(hidden: int, noun: str, *, before: str = "") -> list[Text]:
    """Say how many finds are not shown, if some are not."""
    return [Text(f"{before}and {counted(hidden, 'more ' + noun)}; --limit 0 shows all")] if hidden > 0 else []


def console_on(out: IO[str]) -> Console:
    """Make a console for a report; where the environment says that it has no width, it has the usual one."""
    console = Console(file=out, highlight=False, soft_wrap=True)
    console.width = console.width or _USUAL_CELLS  # at width 0 nothing would be printed
    return console


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


def _with_repeats(id_: str, found: DocumentRepeats, limit: int) -> Text:
    """Say what is repeated in a document: the longest repeats, in their order."""
    title = Text.assemble((visible(id_), "bold"), ": ")
    if found.body_copies > 1:
        title.append(f"the body is printed {found.body_copies} times", style="bold red").append(", ")
    lines = [title.append(f"{found.repeated_share:.0%} of its text is repeated")]
    longest = sorted(found.repeats, key=lambda repeat: -repeat.chars)[: limit or None]
    for repeat in sorted(longest, key=lambda repeat: repeat.copy.start):
        lines += [_described(repeat), Text("    " + preview(repeat.copy.of(found.text)), style="dim")]
    return Text("\n").join([*lines, *more(len(found.repeats) - len(longest), "repeat", before="  ")])


def _family(survivor: str, matches: list[Match], dropped: int, relations: Collection[str], limit: int) -> Text:
    """Name a survivor and its duplicates, the least alike first."""
    title = Text.assemble((visible(survivor), "bold"), f": {counted(dropped, 'duplicate')}")
    if related := len(matches) - dropped:
        title.append(f", {counted(related, 'related survivor')}")
    shown = sorted(matches, key=lambda match: match.score)[: limit or None]
    lines = [title]
    for match in shown:
        survives = "" if match.relation in relations else ", survives"
        lines.append(Text(f"  {visible(str(match.id))}: {match.relation}, {match.score:.2f}{survives}"))
    return Text("\n").join([*lines, *more(len(matches) - len(shown), "document", before="  ")])


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


def _left_out(cuts: Cuts, config: Config, noun: str) -> list[str]:
    """Say what the limits of the config left out, if they did."""
    said = []
    if cuts.listed:
        times, most = counted(cuts.listed, "time"), config.max_bucket_size
        said.append(f"{times} a bucket was full ({most}: max_bucket_size in --config)")
    if cuts.documents:
        said.append(
            f"{counted(cuts.documents, noun)} had more than {counted(config.max_candidates, 'candidate')}, and "
            f"{cuts.candidates:,} of them were not compared (max_candidates in --config)"
        )
    if not said:
        return []
    missing = "duplicates" if noun == "document" else "near ones"
    return [f"not all likely {noun}s were compared, so {missing} may be missing: {'; '.join(said)}"]


def _lines(span: Span) -> str:
    if span.first_line == span.last_line:
        return f"line {span.first_line}"
    return f"lines {span.first_line}-{span.last_line}"


def counted(number: int, noun: str) -> str:
    """Write a number with its noun, in the plural if it takes one: of words before ``with``, if there is that.

    Examples
    --------
    >>> counted(2, "document"), counted(1, "document"), counted(1234, "survivor with duplicates")
    ('2 documents', '1 document', '1,234 survivors with duplicates')
    """
    head, between, rest = noun.partition(" with ")
    return f"{number:,} {head}{'' if number == 1 else 's'}{between}{rest}"
