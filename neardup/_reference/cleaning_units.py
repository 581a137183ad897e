"""What cleaning takes out or leaves: the units of a text, and its numbers; in plain Python."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

from neardup._reference.lines import Kind, Line, behind_marker, goes_on, introduces, is_fence
from neardup.marks import LINE_BREAKS
from neardup.numerals import located_numerals, numerals

if TYPE_CHECKING:
    from neardup._reference.alignment import Aligned
    from neardup.spans import Stretch

INTRODUCING_LINES = 8
"""So far above a line what introduces it is looked for, over lines that fold to nothing."""
WHOLE = frozenset({Kind.CODE, Kind.TABLE})
"""Lines of these kinds that follow each other are one unit."""

LINE_BREAK = re.compile(f"\r\n|[{LINE_BREAKS}]")
_MARKS_ONLY = re.compile(rf"(?:{LINE_BREAK.pattern})[。！？…，、；：”’」』）】》!?.,;:)]++(?={LINE_BREAK.pattern}|$)")
_SPACE = re.compile(r"[ \t\u3000]++")


class CleaningUnits:
    """A text in one round of cleaning: its units, with code and tables as one each, and its numbers.

    Code and tables end where a printing of the body starts, and where one ends that is printed in a row.
    """

    def __init__(self, aligned: Aligned, printings: list[bool]) -> None:
        self.text = text = aligned.text
        self.positions = aligned.positions
        self.codes = aligned.codes
        self.aligned = aligned
        self.starts: list[int] = []
        self.stops: list[int] = []
        self.kinds: list[Kind] = []
        self.lines = lines = aligned.lines
        self._fences = [line.start for line in lines if is_fence(text, line)]
        finer = aligned.units
        line_starts: list[int] = []
        paragraph_starts: list[int] = []
        cuts = set()
        for (original, original_stop, copy, copy_stop, _, _), is_printing in zip(
            aligned.repeats, printings, strict=True
        ):
            if is_printing:
                cuts |= {original, copy, copy_stop} if original_stop == copy else {copy}
        at = fences = 0
        before = None
        for index, line in enumerate(lines):
            while at < len(finer) and finer[at][0] < line.start:
                at += 1
            is_cut = fences % 2 == 0 and bisect_left(self.positions, line.start) in cuts
            fences += is_fence(text, line)
            if line.kind in WHOLE and before == line.kind and not is_cut:
                self.stops[-1] = line.stop
                continue
            before = line.kind
            line_starts.append(line.start)
            if not (index and goes_on(text, lines[index - 1], line)):
                paragraph_starts.append(line.start)
            kind = line.kind
            if line.kind in WHOLE:
                spans = [(line.start, line.stop)]
            else:
                spans = []
                while at < len(finer) and finer[at][0] < line.stop:
                    spans.append(finer[at])
                    at += 1
            for start, stop in spans:
                self.starts.append(start)
                self.stops.append(stop)
                if kind == Kind.PROSE and behind_marker(text, start, stop) > start:
                    kind = Kind.LIST
                self.kinds.append(kind)
        self.line_edges = self._edges(line_starts)
        self.paragraph_edges = self._edges(paragraph_starts)
        self.unit_edges = self._edges(self.starts)
        located = located_numerals(text)
        self._number_starts = [number.start for number in located]
        self._number_stops = [number.stop for number in located]
        self._numbers = [number.form for number in located]

    def _edges(self, starts: list[int]) -> list[int]:
        found = {bisect_left(self.positions, start) for start in starts}
        return sorted(found | {len(self.positions)})

    def edges_in(
        self, original: int, copy: int, copy_stop: int, *, is_body: bool = True
    ) -> tuple[list[int], list[int]]:
        """Give all edges of what may go, and those in a copy.

        They are of sentences where both sides are in one line, else of lines; outside of a body only of those lines
        that do not go on from the one before.
        """
        edges = self.line_edges
        if bisect_right(edges, original) == bisect_right(edges, copy_stop - 1):
            edges = self.unit_edges
        elif not is_body:
            edges = self.paragraph_edges
        return edges, edges[bisect_left(edges, copy) : bisect_right(edges, copy_stop)]

    def has_odd_fences(self, start: int, stop: int) -> bool:
        return (bisect_left(self._fences, stop) - bisect_left(self._fences, start)) % 2 == 1

    def unit_of(self, code: int) -> int:
        return bisect_right(self.starts, self.positions[code]) - 1

    def before_whole(self, start: int, stop: int) -> int:
        """Give where code or a table starts between two places of the text, or the second one."""
        first, last = bisect_left(self.starts, start), bisect_left(self.starts, stop)
        return next((self.starts[i] for i in range(first, last) if self.kinds[i] in WHOLE), stop)

    def units(self, start: int, stop: int) -> Stretch:
        """Go from folded edges to the units between them in the text."""
        return self.starts[self.unit_of(start)], self.stops[self.unit_of(stop - 1)]

    def introduction(self, code: int) -> str:
        """Give the folded line before the one that starts at a code, if that introduces what follows."""
        index = bisect_right(self.lines, self.positions[code], key=lambda line: line.start) - 1
        if bisect_left(self.positions, self.lines[index].start) != code:
            return ""
        for line in reversed(self.lines[max(0, index - INTRODUCING_LINES) : index]):
            first, stop = bisect_left(self.positions, line.start), bisect_left(self.positions, line.stop)
            if first < stop:
                return self.codes[first:stop] if self._introduces(line) else ""
        return ""

    def is_introduced_otherwise(self, copy: int, original: int) -> bool:
        """Tell whether both sides are introduced, each by another line."""
        one, other = self.introduction(copy), self.introduction(original)
        return bool(one and other) and one != other

    def introduces(self, stop: int) -> bool:
        """Tell whether the line introduces what follows that stops at a code."""
        index = bisect_right(self.lines, self.positions[stop - 1], key=lambda line: line.start) - 1
        return self._introduces(self.lines[index])

    def _introduces(self, line: Line) -> bool:
        return line.kind == Kind.HEADING or introduces(self.text, line)

    def kinds_in(self, start: int, stop: int) -> list[Kind]:
        return self.kinds[self.unit_of(start) : self.unit_of(stop - 1) + 1]

    def numbers(self, stretch: Stretch) -> list[str]:
        """Give the numbers in a stretch; one that is cut at an edge as it is written there."""
        start, stop = stretch
        first, behind = bisect_left(self._number_starts, start), bisect_right(self._number_stops, stop)
        found = self._numbers[first:behind]
        if first and self._number_stops[first - 1] > start:
            found = numerals(self.text[start : min(stop, self._number_stops[first - 1])]) + found
        if first <= behind < len(self._number_starts) and self._number_starts[behind] < stop:
            found = found + numerals(self.text[self._number_starts[behind] : stop])
        return found

    def with_tail(self, units: Stretch) -> Stretch:
        """Go on to the start of the line or sentence behind units.

        Lines of nothing but the marks that end a sentence belong to the line above.
        """
        text, (left, right) = self.text, units
        while marks := _MARKS_ONLY.match(text, right):
            right = marks.end()
        if space := _SPACE.match(text, right):
            right = space.end()
        if line_break := LINE_BREAK.match(text, right):
            right = line_break.end()
        return left, right
