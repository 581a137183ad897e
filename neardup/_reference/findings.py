"""Findings: the repeats of a text as they are reported; in plain Python."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, NamedTuple

from neardup._reference.growing import growing_lines
from neardup.marks import OPENING

if TYPE_CHECKING:
    from collections.abc import Callable

    from neardup._reference.alignment import Aligned
    from neardup._reference.growing import Growing

LOOPS = 5
"""Copies in a row are one finding if they are so many halves of their original long: it is printed about four times."""
LOOP_CHARS, BODY_CHARS = 30, 100
"""What is printed over and over has so many folded code points, and less than the second: of a body each printing is a
finding."""
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
    """Join scraps that adjoin until they are long enough, then give what is left to the repeat that it adjoins."""

    def joined(some: list[Finding], longest: Callable[[int, int], int]) -> list[Finding]:
        whole: list[Finding] = []
        for finding in some:
            adjoins = bool(whole) and whole[-1].copy_stop == finding.copy
            if adjoins and longest(whole[-1].chars, finding.chars) < min_chars:
                whole[-1] = _joined(codes, whole[-1], finding)
            else:
                whole.append(finding)
        return whole

    return [finding for finding in joined(joined(found, max), min) if finding.chars >= min_chars]


def _joined(codes: str, left: Finding, right: Finding) -> Finding:
    """Make one of two that adjoin, of which one is a scrap: one goes on over the other, if it can exactly."""
    start, stop = left.copy, right.copy_stop
    for one, other in ((left, right), (right, left)):
        shift = one.period or one.copy - one.original
        goes_on = one.chars >= other.chars and _is_exact(one) and start >= shift
        if goes_on and codes[other.copy : other.copy_stop] == codes[other.copy - shift : other.copy_stop - shift]:
            return _exact(one, start, stop, shift)
    cut = max(0, right.original_stop - start)
    over_right = left._replace(copy_stop=stop, both=left.both + right.chars * _sides(left))
    over_left = right._replace(
        copy=start,
        original_stop=right.original_stop - cut,
        matched=right.matched - (0 if right.period else cut),
        both=right.both + left.chars * _sides(right) - (0 if right.period else cut),
    )
    is_left = over_right.matched * over_left.both >= over_left.matched * over_right.both
    return over_right if is_left or over_left.original_stop <= over_left.original else over_left


def _exact(one: Finding, start: int, stop: int, shift: int) -> Finding:
    """Give the finding whose copy is a stretch that agrees with what stands so far before it, if it meets that too."""
    size = stop - start
    if one.period or stop - shift > start:
        original = start - (start - one.original if one.period and one.copy == start else shift)
        return Finding(original, start, start, stop, shift, size, 2 * size)
    return Finding(start - shift, stop - shift, start, stop, 0, size, 2 * size)


def _sides(finding: Finding) -> int:
    """Count the sides that become longer with a copy: what is printed over and over goes on as the copy does."""
    return 2 if finding.period else 1


def _is_exact(finding: Finding) -> bool:
    return 2 * finding.matched == finding.both


def _looped(aligned: Aligned, found: list[Finding]) -> list[Finding]:
    """Make one finding of copies in a row behind their original, exact or alike in their units."""
    edges = aligned.unit_edges

    def into_unit(place: int) -> int:
        return place - edges[bisect_right(edges, place + EDGE_CHARS) - 1]

    def opens(finding: Finding) -> bool:
        is_near = finding.copy - finding.original_stop <= LOOP_GAP
        is_loop = not finding.period and LOOP_CHARS <= finding.copy - finding.original < BODY_CHARS
        return is_near and is_loop

    def starts_alike(finding: Finding) -> bool:
        return abs(into_unit(finding.copy) - into_unit(finding.original)) <= EDGE_CHARS

    def goes_round(first: Finding, before: Finding, finding: Finding) -> bool:
        period = first.copy - first.original
        is_next = finding.copy == before.copy_stop and _is_exact(first) and first.original_stop == first.copy
        copy = aligned.codes[finding.copy : finding.copy_stop]
        return is_next and copy == aligned.codes[finding.copy - period : finding.copy_stop - period]

    looped: list[Finding] = []
    at = 0
    while at < len(found):
        first, last = found[at], at
        if opens(first):
            continues = _continues if starts_alike(first) else goes_round
            while last + 1 < len(found) and continues(first, found[last], found[last + 1]):
                last += 1
        size = found[last].copy_stop - first.copy
        matched = _matched(aligned, first.copy, found[last].copy_stop)
        if last > at and 2 * size >= LOOPS * (first.copy - first.original) and 2 * matched > size:
            looped.append(_loop(aligned.codes, found[at : last + 1], matched))
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


def _loop(codes: str, copies: list[Finding], matched: int) -> Finding:
    first, stop = copies[0], copies[-1].copy_stop
    size, period = stop - first.copy, first.copy - first.original
    is_exact = codes[first.copy : stop] == codes[first.original : stop - period]
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
