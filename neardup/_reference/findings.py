"""Findings: the repeats of a text as they are reported; in plain Python."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, NamedTuple

from neardup._reference.growing import growing_lines
from neardup.marks import OPENING

if TYPE_CHECKING:
    from neardup._reference.alignment import Aligned
    from neardup._reference.growing import Growing

LOOPS = 5
"""Copies in a row are one finding if they are so many halves of their original long: it is printed about four times."""
LOOP_CHARS = 12
"""The least that is printed over and over, in folded code points."""
LOOP_GAP, MAX_LOOP_GAP = 20, 100
"""So many folded code points may lie between two of them, beside as many as are printed over and over, but no more
than the second."""
EDGE_CHARS = 2


class Finding(NamedTuple):
    """A repeat as it is reported; all but the last two in folded code points.

    Attributes
    ----------
    original, original_stop, copy, copy_stop
        Both sides.
    period
        Of what is printed over and over; or 0.
    matched, both
        The similarity is twice the one, divided by the other; it is exact if that is 1.
    """

    original: int
    original_stop: int
    copy: int
    copy_stop: int
    period: int
    matched: int
    both: int

    @property
    def chars(self) -> int:
        """Length of the copy."""
        return self.copy_stop - self.copy


def findings(aligned: Aligned, min_chars: int) -> list[Finding]:
    """Give what is reported: growing lines, loops, and repeats with the scraps that belong to them.

    Copies are disjoint and ascending, and have `min_chars` folded code points or more.
    """
    growing = growing_lines(aligned, min_chars)
    found = []
    for original, original_stop, copy, copy_stop, period, matched in aligned.repeats:
        if not any(grown.copy <= copy < grown.copy_stop for grown in growing):
            both = original_stop - original + copy_stop - copy
            is_exact = period > 0 or 2 * matched == both
            found.append(
                Finding(original, original_stop, copy, copy_stop, period, matched, 2 * matched if is_exact else both)
            )
    found = _looped(aligned, _whole(aligned.codes, found, min_chars))
    found += [_grown(grown) for grown in growing]
    return sorted(found, key=lambda finding: finding.copy)


def _grown(grown: Growing) -> Finding:
    return Finding(
        grown.original, grown.copy, grown.copy, grown.copy_stop, 0, grown.matched, 2 * (grown.copy_stop - grown.copy)
    )


def _whole(codes: str, found: list[Finding], min_chars: int) -> list[Finding]:
    """Give every scrap to the repeat that it adjoins."""
    whole: list[Finding] = []
    for finding in found:
        adjoins = bool(whole) and whole[-1].copy_stop == finding.copy
        if adjoins and min(finding.chars, whole[-1].chars) < min_chars:
            whole[-1] = _joined(codes, whole[-1], finding)
        else:
            whole.append(finding)
    return [finding for finding in whole if finding.chars >= min_chars]


def _joined(codes: str, left: Finding, right: Finding) -> Finding:
    """Make one of two that adjoin, of which one is a scrap: the longer one goes on over the other."""
    if left.chars >= right.chars:
        shift = left.copy - left.original
        if (
            not left.period
            and _is_exact(left)
            and right.copy_stop - shift <= left.copy
            and (codes[right.copy : right.copy_stop] == codes[right.copy - shift : right.copy_stop - shift])
        ):
            size = right.copy_stop - left.copy
            return Finding(left.original, left.original + size, left.copy, right.copy_stop, 0, size, 2 * size)
        return left._replace(copy_stop=right.copy_stop, both=left.both + right.chars)
    shift = right.copy - right.original
    if (
        not right.period
        and _is_exact(right)
        and shift <= left.copy
        and right.original_stop <= left.copy
        and (codes[left.copy : left.copy_stop] == codes[left.copy - shift : left.copy_stop - shift])
    ):
        size = right.copy_stop - left.copy
        return Finding(left.copy - shift, right.original_stop, left.copy, right.copy_stop, 0, size, 2 * size)
    original_stop = min(right.original_stop, left.copy)
    return right._replace(copy=left.copy, original_stop=original_stop, both=right.both + left.chars)


def _is_exact(finding: Finding) -> bool:
    return 2 * finding.matched == finding.both


def _looped(aligned: Aligned, found: list[Finding]) -> list[Finding]:
    """Make one finding of copies in a row behind their original, if a unit starts with both sides of the first."""
    edges = aligned.unit_edges

    def starts(place: int) -> bool:
        near = bisect_left(edges, place - EDGE_CHARS)
        return edges[near] <= place + EDGE_CHARS

    def opens(finding: Finding) -> bool:
        is_near = finding.copy - finding.original_stop <= LOOP_GAP
        is_long = not finding.period and finding.copy - finding.original >= LOOP_CHARS
        return is_near and is_long and starts(finding.copy) and starts(finding.original)

    looped: list[Finding] = []
    at = 0
    while at < len(found):
        first, last = found[at], at
        if opens(first):
            while last + 1 < len(found) and _continues(first, found[last], found[last + 1]):
                last += 1
        size = found[last].copy_stop - first.copy
        matched = _matched(aligned, first.copy, found[last].copy_stop)
        if last > at and 2 * size >= LOOPS * (first.copy - first.original) and 2 * matched > size:
            looped.append(_loop(found[at : last + 1], matched))
        else:
            looped += found[at : last + 1]
        at = last + 1
    return looped


def _continues(first: Finding, before: Finding, finding: Finding) -> bool:
    gap = min(first.copy - first.original + LOOP_GAP, MAX_LOOP_GAP)
    is_near = finding.copy - before.copy_stop <= gap
    is_of_loop = first.original - EDGE_CHARS <= finding.original < before.copy_stop
    return not finding.period and is_near and is_of_loop


def _matched(aligned: Aligned, start: int, stop: int) -> int:
    """Count what is aligned in repeats, scraps too, whose copies start in a stretch."""
    return sum(matched for _, _, copy, _, _, matched in aligned.repeats if start <= copy < stop)


def _loop(copies: list[Finding], matched: int) -> Finding:
    first, stop = copies[0], copies[-1].copy_stop
    size = stop - first.copy
    is_exact = all(_is_exact(finding) for finding in copies) and matched == size and first.original_stop == first.copy
    period = first.copy - first.original
    return Finding(
        first.original, first.copy, first.copy, stop, period, size if is_exact else min(matched, size - 1), 2 * size
    )


def rows(aligned: Aligned, found: list[Finding]) -> list[tuple[int, ...]]:
    """Give what is reported: both sides in code points of the text, ``chars, paragraphs, period, matched, both``.

    Sides are rounded outward over what folding dropped: at the start or end of a unit, to its start or end; inside a
    unit over closing marks to the right and opening marks to the left, so that spans that touch when folded stay
    disjoint.
    """
    text, positions = aligned.text, [-1, *aligned.positions, len(aligned.text)]
    starts = [start for start, _ in aligned.units]
    edges = aligned.paragraph_edges

    def left(start: int) -> int:
        before, first = positions[start], positions[start + 1]
        unit = starts[bisect_right(starts, first) - 1]
        if before < unit:
            return unit
        while first - 1 > before and text[first - 1] in OPENING:
            first -= 1
        return first

    def right(stop: int) -> int:
        last, behind = positions[stop], positions[stop + 1]
        unit = aligned.units[bisect_right(starts, last) - 1][1]
        if behind >= unit:
            return unit
        last += 1
        while last < behind and not text[last].isspace() and text[last] not in OPENING:
            last += 1
        return last

    return [
        (
            left(f.original),
            right(f.original_stop),
            left(f.copy),
            right(f.copy_stop),
            f.chars,
            max(0, bisect_right(edges, f.copy_stop) - 1 - bisect_left(edges, f.copy)),
            f.period,
            f.matched,
            f.both,
        )
        for f in found
    ]
