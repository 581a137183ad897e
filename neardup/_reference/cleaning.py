"""Cleaning: which copies go from a text, and why the others stay; in plain Python."""

from __future__ import annotations

import re
from bisect import bisect_left
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple, get_args

from neardup._reference.bodies import NUMERALS, body_copies
from neardup._reference.cleaning_units import LINE_BREAK, CleaningUnits
from neardup._reference.growing import growing_lines
from neardup._reference.lines import Kind, is_digit
from neardup._typing import Reason, Scope
from neardup.marks import LINE_BREAKS
from neardup.spans import merged

if TYPE_CHECKING:
    from collections.abc import Callable

    from neardup._reference.alignment import Aligned
    from neardup.spans import Stretch

MAX_ROUNDS = 16
PASSAGE_CHARS = 100
SAID_CHARS = 8
"""What a copy leaves out is a clause of its own if it has so many folded code points; less may change what is said."""
NUMBER_CHARS = 40
SCOPES: tuple[Scope, ...] = get_args(Scope)
REASONS: tuple[Reason, ...] = get_args(Reason)
BY_KIND: dict[Kind, Reason] = {
    Kind.CODE: "code",
    Kind.TABLE: "table",
    Kind.HEADING: "heading",
    Kind.LIST: "list",
    Kind.LABEL: "label",
    Kind.SHORT: "short_line",
    Kind.MARKS: "markup",
}
NEGATIONS = frozenset("不未非无没勿莫否")

_NUMBER_BEFORE = re.compile("[-－−0-9０-９.．,，:：/／]*+")  # in the text backwards
_NUMBER_BEHIND = re.compile("[0-9０-９.．,，:：/／%％‰]*+")


class Kept(NamedTuple):
    """A stretch of a copy that stays, in code points of the text, and why: a number of `REASONS`."""

    start: int
    stop: int
    reason: int


class Cleaning(NamedTuple):
    """What goes, what stays of the copies that are left, and how many rounds that took."""

    removed: list[Stretch]
    kept: list[Kept]
    rounds: int


def clean(aligned: Aligned, align: Callable[[str], Aligned], min_chars: int, scope: Scope) -> Cleaning:
    """Find what goes from a text: rounds of `decided`, until nothing more is found or `MAX_ROUNDS` are done.

    What a narrower scope takes out goes first, and so a wider one never takes out less.
    """
    text = rest = aligned.text
    origin = list(range(len(text)))
    rounds = 0
    for each in SCOPES[: SCOPES.index(scope) + 1]:
        removed, kept = decided(aligned, min_chars, each)
        while removed and rounds < MAX_ROUNDS:
            gone: set[int] = set()
            for start, stop in removed:
                gone.update(range(start, stop))
            origin = [origin[i] for i in range(len(rest)) if i not in gone]
            rest = "".join(text[i] for i in origin)
            aligned = align(rest)
            rounds += 1
            removed, kept = decided(aligned, min_chars, each)
    kept += [Kept(start, stop, REASONS.index("nested")) for start, stop in removed]
    left = set(origin)
    gone_at = [i for i in range(len(text)) if i not in left]
    kept = [Kept(origin[start], origin[stop - 1] + 1, reason) for start, stop, reason in sorted(kept)]
    return Cleaning(_stretches(gone_at), kept, rounds)


def _stretches(places: list[int]) -> list[Stretch]:
    found: list[Stretch] = []
    for place in places:
        if found and found[-1][1] == place:
            found[-1] = found[-1][0], place + 1
        else:
            found.append((place, place + 1))
    return found


def decided(aligned: Aligned, min_chars: int, scope: Scope) -> tuple[list[Stretch], list[Kept]]:
    """Say what one round takes out, and of every other copy why it stays."""
    growing = growing_lines(aligned, min_chars)
    if not aligned.repeats and not growing:
        return [], []
    printings = body_copies(aligned).printings
    source = CleaningUnits(aligned, printings)
    removed: list[Stretch] = [stretch for grown in growing for stretch in grown.removed]
    kept: list[Kept] = []
    for index, repeat in enumerate(aligned.repeats):
        original, original_stop, copy, copy_stop, period, matched = repeat
        if any(grown.copy <= copy < grown.copy_stop for grown in growing):
            continue
        is_exact = period > 0 or (matched == copy_stop - copy and matched == original_stop - original)
        if not printings[index] and (scope == "body" or not is_exact):
            _keep(source, kept, copy, copy_stop, "near_copy" if scope != "body" else "outside_body")
        elif is_exact:
            _exact_units(
                source, index, repeat, is_body=printings[index], scope=scope, min_chars=min_chars, out=(removed, kept)
            )
        else:
            _edited_units(source, index, repeat, copy, copy_stop, out=(removed, kept))
    return _without_odd_fences(source, _with_breaks_before(source.text, merged(removed)), kept), kept


def _with_breaks_before(text: str, removed: list[Stretch]) -> list[Stretch]:
    """Take out the line breaks before what goes last too, if the text ends there and without one."""
    left = len(text)
    if not removed or removed[-1][1] < left or text[-1] in LINE_BREAKS:
        return removed
    while removed and removed[-1][1] >= left:
        left = min(left, removed[-1][0])
        removed = removed[:-1]
        while left and text[left - 1] in LINE_BREAKS:
            left -= 1
    return [*removed, (left, len(text))]


def _without_odd_fences(source: CleaningUnits, removed: list[Stretch], kept: list[Kept]) -> list[Stretch]:
    """Keep a stretch that has one of a pair of fences."""
    going = []
    for start, stop in removed:
        if source.has_odd_fences(start, stop):
            codes = source.positions[bisect_left(source.positions, start) : bisect_left(source.positions, stop)]
            kept.append(Kept(codes[0], codes[-1] + 1, REASONS.index("code")))
        else:
            going.append((start, stop))
    return going


def _keep(source: CleaningUnits, kept: list[Kept], start: int, stop: int, reason: Reason) -> None:
    """Note that folded code points stay, joined to those before if they stay for the same reason."""
    number, positions = REASONS.index(reason), source.positions
    span = positions[start], positions[stop - 1] + 1
    if kept and kept[-1].reason == number and bisect_left(positions, kept[-1].stop) >= start:
        kept[-1] = Kept(kept[-1].start, span[1], number)
    else:
        kept.append(Kept(*span, number))


def _exact_units(
    source: CleaningUnits,
    index: int,
    repeat: list[int],
    *,
    is_body: bool,
    scope: Scope,
    min_chars: int,
    out: tuple[list[Stretch], list[Kept]],
) -> None:
    """Decide on the units of an exact copy that are units in the original too; neighbours that go are a block."""
    original, _, copy, copy_stop, period, _ = repeat
    removed, kept = out
    edges, inside = source.edges_in(original, copy, copy_stop, is_body=is_body)
    among = set(edges)
    shared = [edge for edge in inside if edge - copy + original in among]

    def part(start: int, stop: int) -> None:
        if is_body and not period:
            _edited_units(source, index, repeat, start, stop, out)
        elif start < stop:
            _keep(source, kept, start, stop, "part_of_paragraph")

    if not shared:
        part(copy, copy_stop)
        return
    part(copy, shared[0])
    least = 0 if is_body else PASSAGE_CHARS if scope == "passages" else min_chars
    block: list[tuple[int, int]] = []

    def close() -> None:
        if block and block[-1][1] - block[0][0] >= least:
            going: Stretch | None = None
            for start, stop in block:
                left, right = source.with_tail(source.units(start, stop))
                if going and not is_body and source.before_whole(going[1], left) < left:
                    removed.append(going)
                    going = None
                behind = source.with_tail(source.units(start - copy + original, stop - copy + original))[1]
                going = (going[0] if going else left, _with_marks(source, right, behind))
            assert going is not None
            removed.append(going)
        elif block:
            _keep(source, kept, block[0][0], block[-1][1], "short_passage")
        block.clear()

    is_other = len(shared) > 1 and source.is_introduced_otherwise(shared[0], shared[0] - copy + original)
    for start, stop in pairwise(shared):
        reason = _why_stays(source, start, stop, start - copy + original, is_body=is_body, scope=scope)
        reason = reason or ("introduced" if is_other else None)
        if source.introduces(stop):
            is_other = bool(reason)
        if reason:
            close()
            _keep(source, kept, start, stop, reason)
        else:
            block.append((start, stop))
    close()
    part(shared[-1], copy_stop)


def _why_stays(
    source: CleaningUnits, start: int, stop: int, original: int, *, is_body: bool, scope: Scope
) -> Reason | None:
    """Say why the units of an exact copy stay, if they do."""
    original_stop = original + stop - start
    if source.numbers(source.units(start, stop)) != source.numbers(source.units(original, original_stop)):
        return "numbers"
    if is_body:
        return None
    may_go = {Kind.PROSE, Kind.SHORT} if scope == "all" else {Kind.PROSE}
    kinds = source.kinds_in(start, stop) + source.kinds_in(original, original_stop)
    return next((BY_KIND[kind] for kind in kinds if kind not in may_go), None)


def _with_marks(source: CleaningUnits, copy_stop: int, original_stop: int) -> int:
    """Go on over the lines that fold to nothing and stand behind both copy and original; not into code or a table."""
    text, positions = source.text, source.positions
    limits = [bisect_left(positions, stop) for stop in (copy_stop, original_stop)]
    ends = [positions[limit] if limit < len(positions) else len(text) for limit in limits]
    ends = [source.before_whole(stop, end) for stop, end in zip((copy_stop, original_stop), ends, strict=True)]
    shorter = min(ends[0] - copy_stop, ends[1] - original_stop)
    behind = text[copy_stop : copy_stop + shorter]
    other = text[original_stop : original_stop + shorter]
    if copy_stop + shorter == len(text) and behind == other:
        return len(text)
    common = next((i for i in range(shorter) if behind[i] != other[i]), shorter)
    breaks = list(LINE_BREAK.finditer(behind, 0, common))
    return copy_stop + breaks[-1].end() if breaks else copy_stop


def _edited_units(
    source: CleaningUnits, index: int, repeat: list[int], first: int, last: int, out: tuple[list[Stretch], list[Kept]]
) -> None:
    """Decide on the units of a copy, or of a part of it, that need not be those of the original.

    Those go that only leave something out.
    """
    original, _, copy, copy_stop = repeat[:4]
    removed, kept = out
    _, inside = source.edges_in(original, copy, copy_stop)
    inside = [edge for edge in inside if first <= edge <= last]
    pieces = [piece[1:] for piece in source.aligned.pieces if piece[0] == index]
    if first < (edge := inside[0] if inside else last):
        _keep(source, kept, first, edge, "part_of_paragraph")
    is_other = False
    if len(inside) > 1:
        originals = (piece[0] + inside[0] - piece[1] for piece in pieces if piece[1] <= inside[0] < piece[1] + piece[2])
        is_other = any(source.is_introduced_otherwise(inside[0], place) for place in originals)
    for start, stop in pairwise(inside):
        reason = _why_edited_stays(source, pieces, start, stop, copy_stop) or ("introduced" if is_other else None)
        if source.introduces(stop):
            is_other = bool(reason)
        if reason:
            _keep(source, kept, start, stop, reason)
        else:
            removed.append(source.with_tail(source.units(start, stop)))
    if inside and inside[-1] < last:
        _keep(source, kept, inside[-1], last, "part_of_paragraph")


def _why_edited_stays(
    source: CleaningUnits, pieces: list[list[int]], start: int, stop: int, copy_stop: int
) -> Reason | None:
    """Say why a unit of a near copy stays, if it does: it says something that its original does not."""
    clipped = []
    for original, copy, length in pieces:
        left, right = max(start, copy), min(stop, copy + length)
        if left < right:
            clipped.append((original + left - copy, right - left))
    if sum(length for _, length in clipped) < stop - start:
        return "edited"
    for (original, length), (following, behind) in pairwise(clipped):
        left_out = source.codes[original + length : following]
        if min(length, behind) < min(len(left_out), SAID_CHARS):  # another word, of which a part stands further on
            return "edited"
        if len(left_out) < SAID_CHARS and not (NUMERALS | NEGATIONS).isdisjoint(left_out):
            return "edited"
    original, original_stop = clipped[0][0], clipped[-1][0] + clipped[-1][1]
    said = source.numbers(source.units(start, stop))
    cut, whole = _with_whole_numbers(source, original, original_stop)
    is_cut_short = stop == copy_stop and _goes_on(source, whole[1])
    if _is_among(said, source.numbers(whole)) or (is_cut_short and _is_among(said, source.numbers(cut))):
        return None
    return "numbers"


def _is_among(some: list[str], others: list[str]) -> bool:
    """Tell whether some numbers stand among others in the same order."""
    left = iter(others)
    return all(number in left for number in some)


def _with_whole_numbers(source: CleaningUnits, start: int, stop: int) -> tuple[Stretch, Stretch]:
    """Go from folded code points to the text that they came from, without and with the rest of a number at its end.

    The rest of a number at its start belongs to both.
    """
    text = source.text
    left, right = source.positions[start], source.positions[stop - 1] + 1
    if is_digit(text[left]) and (before := _NUMBER_BEFORE.match(text[max(0, left - NUMBER_CHARS) : left][::-1])):
        left -= before.end()
    whole = right
    if is_digit(text[right - 1]) and (behind := _NUMBER_BEHIND.match(text, right, right + NUMBER_CHARS)):
        whole = behind.end()
    return (left, right), (left, whole)


def _goes_on(source: CleaningUnits, position: int) -> bool:
    """Tell whether a unit goes on behind a position of the text: a copy of what is before it was cut short."""
    unit = bisect_left(source.starts, position) - 1
    following = bisect_left(source.positions, position)
    return following < len(source.positions) and source.positions[following] < source.stops[unit]
