"""Growing lines: a text that is printed again and again while it grows, as by speech recognition; in plain Python."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, NamedTuple

from neardup._reference.lines import Kind
from neardup.numerals import numerals

if TYPE_CHECKING:
    from neardup._reference.alignment import Aligned
    from neardup.spans import Stretch

GROWING_LINES, GROWING_CHARS = 3, 30
"""Lines that grow are at least so many, and print at least so many folded code points again."""


class Growing(NamedTuple):
    """Lines of which each but the last is the start of the next.

    Attributes
    ----------
    original, copy, copy_stop
        Folded: where the first line starts, where the second one does, and where the last one goes on alone.
    matched
        How many folded code points of those say what the line before says.
    removed
        Of each line but the first what the line before says, with the line break before it, in code points of the text.
    """

    original: int
    copy: int
    copy_stop: int
    matched: int
    removed: list[Stretch]


def growing_lines(aligned: Aligned, min_chars: int) -> list[Growing]:
    """Find lines that grow, if what they print again has `min_chars` folded code points.

    Lines that are copied with what stands above them belong to that copy.
    """
    positions = aligned.positions
    lines = []
    for start, stop in aligned.paragraphs:
        first, last = bisect_left(positions, start), bisect_left(positions, stop)
        if first < last:
            lines.append((first, last))
    found = []
    at = 0
    while at < len(lines):
        last = at
        while last + 1 < len(lines) and _grows(aligned, *lines[last], *lines[last + 1]):
            last += 1
        sizes = [stop - start for start, stop in lines[at:last]]
        is_long = last - at + 1 >= GROWING_LINES and sum(sizes) >= max(min_chars, GROWING_CHARS)
        if is_long and not _is_copied(aligned, lines[at + 1][0]) and _are_prose(aligned, lines[at : last + 1]):
            removed = [
                (positions[stop - 1] + 1, positions[following + stop - start - 1] + 1)
                for (start, stop), (following, _) in zip(lines[at:last], lines[at + 1 : last + 1], strict=True)
            ]
            copy_stop = lines[last][0] + sizes[-1]
            found.append(Growing(lines[at][0], lines[at + 1][0], copy_stop, sum(sizes), removed))
        at = last + 1
    return found


def _is_copied(aligned: Aligned, place: int) -> bool:
    """Tell whether a copy goes on over a place."""
    return any(copy < place < copy_stop for _, _, copy, copy_stop, _, _ in aligned.repeats)


def _are_prose(aligned: Aligned, lines: list[tuple[int, int]]) -> bool:
    """Tell whether lines are prose or short; not code, say."""
    kinds = {line.start: line.kind for line in aligned.lines}
    starts = sorted(kinds)
    return all(
        kinds[starts[bisect_right(starts, aligned.positions[first]) - 1]] in {Kind.PROSE, Kind.SHORT}
        for first, _ in lines
    )


def _grows(aligned: Aligned, start: int, stop: int, following: int, end: int) -> bool:
    text, codes, positions = aligned.text, aligned.codes, aligned.positions
    behind = following + stop - start
    if behind >= end or codes[following:behind] != codes[start:stop] or positions[behind - 1] == positions[behind]:
        return False
    said = text[positions[start] : positions[stop - 1] + 1]
    return numerals(said) == numerals(text[positions[following] : positions[behind - 1] + 1])
