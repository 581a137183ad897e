"""Cleaning: text to the stretches that go when every paragraph is printed once."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from neardup.alignment import SelfAlignment, align_with_itself
from neardup.bodies import body_copies
from neardup.numerals import numerals
from neardup.segmentation import LINE_BREAKS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

Removal = tuple[int, int]

NEW_CHARS = 8
"""A near copy with so many folded code points in a row that its original lacks says something new, and stays."""

UNIT_SHARE = 0.7
"""The part of a unit of a near copy that is at least equal to the original."""

NUMBER_CHARS = 40
"""So far before a copy the rest of a number is looked for, in code points."""

_LINE_BREAK = re.compile(f"\r\n|[{LINE_BREAKS}]")
_LINE_BREAK_BEFORE = re.compile(rf"(?:{_LINE_BREAK.pattern})$")
_MARKS_ONLY = re.compile(rf"(?:{_LINE_BREAK.pattern})[。！？…，、；：”’」』）】》!?.,;:)]++(?={_LINE_BREAK.pattern}|$)")
_NUMBER_BEFORE = re.compile(r"[-－−\d.．,，:：/／]*+")  # in the text backwards
_NUMBER_BEHIND = re.compile(r"[\d.．,，:：/／%％‰]*+")
_SPACE = re.compile(r"[ \t\u3000]++")


def removals(text: str, min_chars: int) -> list[Removal]:
    r"""Find the copies to take out of a text: whole paragraphs, each with the line break that ends it.

    Sentences go where original and copy stand in one paragraph. A copy goes if it and its original are whole and
    have the same numbers. Where the body is printed more than once, paragraphs of a copy go that were edited or cut
    short too, if at least `UNIT_SHARE` of them is equal to the original, with the same numbers and nothing new of
    `NEW_CHARS` or more. A number in which such a copy breaks off counts as the one it was cut from, where the original
    goes on behind that. The first copy stays. Taking a copy out can bring two passages together that are a copy then,
    so this goes on until nothing more is found.

    Returns
    -------
    list of (start, stop)
        In code points of `text`, ascending, disjoint and not touching.

    Examples
    --------
    >>> text = "质量强，则万物强；质量是核心竞争力。\n" * 2 + "完"
    >>> without(text, removals(text, 12))
    '质量强，则万物强；质量是核心竞争力。\n完'
    """
    removed: list[Removal] = []
    rest = text
    while found := removable(rest, align_with_itself(rest, min_chars), min_chars):
        removed = merged(removed + _in_original(found, removed, len(text)))
        rest = without(text, removed)
    return removed


def without(text: str, removed: Sequence[Removal]) -> str:
    """Leave stretches out of a text; they must be ascending and disjoint."""
    edges = [0, *(edge for removal in removed for edge in removal), len(text)]
    return "".join(text[start:stop] for start, stop in zip(edges[::2], edges[1::2], strict=True))


def removable(text: str, aligned: SelfAlignment, min_chars: int) -> list[Removal]:
    """Find what one round takes out: each stretch lies in a copy that the alignment holds, and the break behind it."""
    if not len(aligned.repeats):
        return []
    found: list[Removal] = []
    for original, copy, length in _equal_stretches(aligned, min_chars):
        found += _exact_units(text, aligned, original, copy, copy + length)
    if body_copies(text, aligned) > 1:
        original, original_stop, copy, copy_stop, period, _ = aligned.repeats.T
        is_long = copy_stop - copy >= min_chars
        is_long[1:] |= (original[1:] == original_stop[:-1]) & (copy[1:] == copy_stop[:-1])  # the rest of a long one
        for index in np.flatnonzero(is_long & (period == 0)).tolist():
            found += _body_units(text, aligned, index)
    return merged(found)


def _equal_stretches(aligned: SelfAlignment, min_chars: int) -> list[list[int]]:
    """List original, copy and length of the exact repeats, and of what is as long and equal inside near ones."""
    index, _, _, length = aligned.pieces.T
    pieces = aligned.pieces[aligned.is_exact[index] | (length >= min_chars), 1:]
    original, _, copy, copy_stop, _, _ = aligned.repeats[aligned.repeats[:, 4] > 0].T
    stretches: list[list[int]] = [*pieces.tolist(), *np.stack([original, copy, copy_stop - copy], axis=1).tolist()]
    return stretches


def _exact_units(text: str, aligned: SelfAlignment, original: int, copy: int, copy_stop: int) -> Iterator[Removal]:
    """Give the units of an exact copy that are units in the original too, neighbours joined."""
    edges = _edges(aligned, original, copy_stop)
    inside = _from_to(edges, copy, copy_stop)
    shared = inside[np.isin(inside - (copy - original), edges)]
    going: Removal | None = None  # with what folds to nothing between neighbours that go
    for start, stop in pairwise(shared.tolist()):
        copied = _stretch(text, aligned, start, stop)
        source = _stretch(text, aligned, start - copy + original, stop - copy + original)
        if _same_numbers(text, copied, source):
            going = (going[0] if going else copied[0], _with_marks(text, aligned, copied[1], source[1]))
        elif going:
            yield going
            going = None
    if going:
        yield going


def _with_marks(text: str, aligned: SelfAlignment, copy_stop: int, original_stop: int) -> int:
    """Go on over the lines that fold to nothing and stand behind both copy and original."""
    positions = aligned.folded.positions
    limits = [bisect_left(positions, stop) for stop in (copy_stop, original_stop)]
    behind, other = (
        text[stop : positions[limit] if limit < len(positions) else len(text)]
        for stop, limit in zip((copy_stop, original_stop), limits, strict=True)
    )
    if copy_stop + len(behind) == len(text) and other.startswith(behind):
        return len(text)
    shorter = min(len(behind), len(other))
    common = next((i for i in range(shorter) if behind[i] != other[i]), shorter)
    breaks = list(_LINE_BREAK.finditer(behind, 0, common))
    return copy_stop + breaks[-1].end() if breaks else copy_stop


def _body_units(text: str, aligned: SelfAlignment, index: int) -> Iterator[Removal]:
    """Give the units of a copy that say what the original does, edited or cut short, with the same numbers."""
    original, _, copy, copy_stop = aligned.repeats[index, :4].tolist()
    edges = _edges(aligned, original, copy_stop)
    inside = _from_to(edges, copy, copy_stop)
    repeats = aligned.pieces[:, 0]
    pieces = aligned.pieces[bisect_left(repeats, index) : bisect_right(repeats, index), 1:]
    for start, stop in pairwise(inside.tolist()):
        originals, copies, lengths = _clipped(pieces, start, stop).T
        new = np.append(copies, stop) - np.insert(copies + lengths, 0, start)
        if lengths.sum() < UNIT_SHARE * (stop - start) or new.max() >= NEW_CHARS:
            continue
        copied = _stretch(text, aligned, start, stop)
        cut, whole = _with_whole_numbers(text, aligned, originals[0], originals[-1] + lengths[-1])
        is_cut_short = stop == copy_stop and new[-1] == 0 and _goes_on(aligned, whole[1])
        if _same_numbers(text, copied, whole) or (is_cut_short and _same_numbers(text, copied, cut)):
            yield copied


def _clipped(pieces: NDArray[np.int32], start: int, stop: int) -> NDArray[np.int32]:
    """Give ``original, copy, length`` of pieces as far as their copies lie in a stretch."""
    original, copy, length = pieces.T
    left = np.maximum(start - copy, 0)
    right = np.minimum(copy + length, stop)
    clipped: NDArray[np.int32] = np.stack([original + left, copy + left, right - copy - left], axis=1)
    return clipped[clipped[:, 2] > 0]


def _with_whole_numbers(text: str, aligned: SelfAlignment, start: int, stop: int) -> tuple[Removal, Removal]:
    """Go from folded code points to the text that they came from, without and with the rest of a number at its end.

    The rest of a number at its start belongs to both.
    """
    positions = aligned.folded.positions
    left, right = int(positions[start]), int(positions[stop - 1]) + 1
    if text[left].isdecimal() and (before := _NUMBER_BEFORE.match(text[max(0, left - NUMBER_CHARS) : left][::-1])):
        left -= before.end()
    whole = right
    if text[right - 1].isdecimal() and (behind := _NUMBER_BEHIND.match(text, right)):
        whole = behind.end()
    return (left, right), (left, whole)


def _goes_on(aligned: SelfAlignment, position: int) -> bool:
    """Tell whether a unit goes on behind a position of the text: a copy of what is before it was cut short."""
    positions = aligned.folded.positions
    unit = bisect_left(aligned.units[:, 0], position) - 1
    following = bisect_left(positions, position)
    return bool(following < len(positions) and positions[following] < aligned.units[unit, 1])


def _edges(aligned: SelfAlignment, original: int, copy_stop: int) -> NDArray[np.int32]:
    """Give the edges of what may go: sentences where original and copy stand in one paragraph, else paragraphs."""
    edges = aligned.paragraph_edges
    is_one = bisect_right(edges, original) == bisect_right(edges, copy_stop - 1)
    return aligned.unit_edges if is_one else edges


def _from_to(edges: NDArray[np.int32], start: int, stop: int) -> NDArray[np.int32]:
    return edges[bisect_left(edges, start) : bisect_right(edges, stop)]


def _same_numbers(text: str, one: Removal, other: Removal) -> bool:
    return numerals(text[slice(*one)]) == numerals(text[slice(*other)])


def _stretch(text: str, aligned: SelfAlignment, start: int, stop: int) -> Removal:
    """Go from folded edges to the text, as far as the start of the line or sentence behind them.

    Lines of nothing but the marks that end a sentence belong to the line above. Where nothing follows, the line break
    before goes too.
    """
    first, last = aligned.unit_of(np.array([start, stop - 1]))
    left, right = int(aligned.units[first, 0]), int(aligned.units[last, 1])
    while marks := _MARKS_ONLY.match(text, right):
        right = marks.end()
    if space := _SPACE.match(text, right):
        right = space.end()
    if line_break := _LINE_BREAK.match(text, right):
        right = line_break.end()
    elif right == len(text) and (line_break := _LINE_BREAK_BEFORE.search(text, max(0, left - 2), left)):
        left = line_break.start()
    return left, right


def _in_original(found: list[Removal], removed: list[Removal], size: int) -> list[Removal]:
    """Say in the original text what was found in the text without `removed`."""
    kept = np.ones(size, bool)
    for start, stop in removed:
        kept[start:stop] = False
    origin = np.flatnonzero(kept)
    return [(int(origin[start]), int(origin[stop - 1]) + 1) for start, stop in found]


def merged(stretches: Iterable[Removal]) -> list[Removal]:
    """Join stretches that overlap or touch."""
    joined: list[Removal] = []
    for start, stop in sorted(stretches):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(stop, joined[-1][1]))
        else:
            joined.append((start, stop))
    return joined
