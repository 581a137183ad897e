"""Cleaning: text to the stretches that go when every paragraph is printed once."""

from __future__ import annotations

import logging
import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from neardup.numerals import located_numerals, numerals
from neardup.repeats.alignment import SelfAlignment, align_with_itself
from neardup.repeats.bodies import body_copies
from neardup.segmentation import LINE_BREAKS
from neardup.spans import merged, without

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from neardup.spans import Stretch

NEW_CHARS = 8
"""A near copy with so many folded code points in a row that its original lacks says something new, and stays."""

UNIT_SHARE = 0.7
"""The part of a unit of a near copy that is at least equal to the original."""

NUMBER_CHARS = 40
"""So far before and behind a copy the rest of a number is looked for, in code points."""

MAX_ROUNDS = 16
"""How often what came together is looked at again. Empirical: no text of seven corpora needs more than 5, measured by
``benchmarks/suites/natural_repeats.py``."""

_LOG = logging.getLogger("neardup")

_LINE_BREAK = re.compile(f"\r\n|[{LINE_BREAKS}]")
_LINE_BREAK_BEFORE = re.compile(rf"(?:{_LINE_BREAK.pattern})$")
_MARKS_ONLY = re.compile(rf"(?:{_LINE_BREAK.pattern})[。！？…，、；：”’」』）】》!?.,;:)]++(?={_LINE_BREAK.pattern}|$)")
_NUMBER_BEFORE = re.compile(r"[-－−\d.．,，:：/／]*+")  # in the text backwards
_NUMBER_BEHIND = re.compile(r"[\d.．,，:：/／%％‰]*+")
_SPACE = re.compile(r"[ \t\u3000]++")


@dataclass(frozen=True, slots=True, eq=False)
class Cleaning:
    """What goes from a text, and the rest.

    Attributes
    ----------
    removed
        ``start, stop`` in code points of the text, ascending, disjoint and not touching.
    rounds
        How often something was found to take out.
    rest
        The text without that.
    aligned
        The rest, aligned with itself.
    """

    removed: tuple[Stretch, ...]
    rounds: int
    rest: str
    aligned: SelfAlignment


def clean(text: str, aligned: SelfAlignment, min_chars: int, *, edited: bool) -> Cleaning:
    r"""Find the copies to take out of a text: whole paragraphs, each with the line break that ends it.

    Sentences go where original and copy stand in one paragraph. A copy goes if it and its original are whole and
    have the same numbers. The first copy stays. Taking a copy out can bring two passages together that are a copy then,
    so this goes on until nothing more is found, or at most `MAX_ROUNDS` times.

    Parameters
    ----------
    text, aligned
        The text, and what `neardup.repeats.alignment.align_with_itself` gave for it and `min_chars`.
    min_chars
        The shortest copy, in folded code points.
    edited
        Whether paragraphs of a copy go that were edited or cut short too, if at least `UNIT_SHARE` of them is equal to
        the original, with the same numbers and nothing new of `NEW_CHARS` or more. A number in which such a copy breaks
        off counts as the one it was cut from, where the original goes on behind that.

    Notes
    -----
    Each round takes about as long as the alignment.

    Examples
    --------
    >>> text = "质量强，则万物强；质量是核心竞争力。\n" * 2 + "完"
    >>> clean(text, align_with_itself(text, 12), 12, edited=False).rest
    '质量强，则万物强；质量是核心竞争力。\n完'
    """
    removed: list[Stretch] = []
    rest = text
    rounds = 0
    while found := removable(rest, aligned, min_chars, edited=edited):
        if rounds == MAX_ROUNDS:
            _LOG.warning("copies inside of copies are more than %d deep; the innermost of them stay", MAX_ROUNDS)
            break
        rounds += 1
        removed = merged(removed + _in_original(found, removed, len(text)))
        rest = without(text, removed)
        aligned = align_with_itself(rest, min_chars)
    return Cleaning(tuple(removed), rounds, rest, aligned)


def printed_copies(text: str, aligned: SelfAlignment, min_chars: int) -> tuple[int, Cleaning | None]:
    """Count how often a text prints its body, also without its exact copies; see `neardup.repeats.bodies.body_copies`.

    Exact copies of paragraphs can hide that the rest is a body and its edited copies. Edited copies go only where the
    answer is more than 1, so this is the one decision that `find_repeats` reports and cleaning follows.

    Returns
    -------
    copies, cleaning
        What goes where the answer is 1; else None.
    """
    if (copies := body_copies(text, aligned)) > 1:
        return copies, None
    cleaning = clean(text, aligned, min_chars, edited=False)
    if cleaning.removed and (copies := body_copies(cleaning.rest, cleaning.aligned)) > 1:
        return copies, None
    return 1, cleaning


def removable(text: str, aligned: SelfAlignment, min_chars: int, *, edited: bool) -> list[Stretch]:
    """Find what one round takes out: each stretch lies in a copy that the alignment holds, and the break behind it."""
    if not len(aligned.repeats):
        return []
    found: list[Stretch] = []
    source = _Source(text, aligned)
    for original, copy, length in _equal_stretches(aligned, min_chars):
        found += _exact_units(source, original, copy, copy + length)
    if edited:
        original, original_stop, copy, copy_stop, period, _ = aligned.repeats.T
        is_long = copy_stop - copy >= min_chars
        is_long[1:] |= (original[1:] == original_stop[:-1]) & (copy[1:] == copy_stop[:-1])  # the rest of a long one
        for index in np.flatnonzero(is_long & (period == 0)).tolist():
            found += _body_units(source, index)
    return merged(found)


def _equal_stretches(aligned: SelfAlignment, min_chars: int) -> list[list[int]]:
    """List original, copy and length of the exact repeats, and of what is as long and equal inside near ones."""
    index, _, _, length = aligned.pieces.T
    pieces = aligned.pieces[aligned.is_exact[index] | (length >= min_chars), 1:]
    original, _, copy, copy_stop, _, _ = aligned.repeats[aligned.repeats[:, 4] > 0].T
    stretches: list[list[int]] = [*pieces.tolist(), *np.stack([original, copy, copy_stop - copy], axis=1).tolist()]
    return stretches


class _Source:
    """A text in one round of cleaning, and what is asked of it for every copy again."""

    def __init__(self, text: str, aligned: SelfAlignment) -> None:
        self.text = text
        self.aligned = aligned
        self._tails: dict[int, int] = {}

    @cached_property
    def _located(self) -> tuple[list[int], list[int], list[str]]:
        located = located_numerals(self.text)
        starts, stops = [start for start, _, _ in located], [stop for _, stop, _ in located]
        return starts, stops, [number for _, _, number in located]

    def numbers(self, stretch: Stretch) -> list[str]:
        """Give the numbers in a stretch; one that is cut at an edge as it is written there."""
        start, stop = stretch
        starts, stops, numbers = self._located
        first, behind = bisect_left(starts, start), bisect_right(stops, stop)
        found = numbers[first:behind]
        if first and stops[first - 1] > start:
            found = numerals(self.text[start : min(stop, stops[first - 1])]) + found
        if first <= behind < len(starts) and starts[behind] < stop:
            found = found + numerals(self.text[starts[behind] : stop])
        return found

    def units(self, start: int, stop: int) -> Stretch:
        """Go from folded edges to the units between them in the text."""
        first, last = self.aligned.unit_of(np.array([start, stop - 1]))
        return int(self.aligned.units[first, 0]), int(self.aligned.units[last, 1])

    def with_tail(self, units: Stretch) -> Stretch:
        """Go on to the start of the line or sentence behind units.

        Lines of nothing but the marks that end a sentence belong to the line above. Where nothing follows, the line
        break before goes too.
        """
        text, (left, unit_stop) = self.text, units
        if unit_stop not in self._tails:
            self._tails[unit_stop] = _tail_stop(text, unit_stop)
        right = self._tails[unit_stop]
        is_broken = text[right - 1] in LINE_BREAKS
        if right == len(text) and not is_broken and (before := _LINE_BREAK_BEFORE.search(text, max(0, left - 2), left)):
            left = before.start()
        return left, right


def _exact_units(source: _Source, original: int, copy: int, copy_stop: int) -> Iterator[Stretch]:
    """Give the units of an exact copy that are units in the original too, neighbours joined."""
    edges = _edges(source.aligned, original, copy_stop)
    inside = _from_to(edges, copy, copy_stop)
    shared = inside[_are_among(inside - (copy - original), edges)]
    going: Stretch | None = None  # with what folds to nothing between neighbours that go
    for start, stop in pairwise(shared.tolist()):
        units = source.units(start, stop)
        originals = source.units(start - copy + original, stop - copy + original)
        if source.numbers(units) == source.numbers(originals):
            left, right = source.with_tail(units)
            going = (going[0] if going else left, _with_marks(source, right, source.with_tail(originals)[1]))
        elif going:
            yield going
            going = None
    if going:
        yield going


def _with_marks(source: _Source, copy_stop: int, original_stop: int) -> int:
    """Go on over the lines that fold to nothing and stand behind both copy and original."""
    text, positions = source.text, source.aligned.folded.positions
    limits = [bisect_left(positions, stop) for stop in (copy_stop, original_stop)]
    ends = [int(positions[limit]) if limit < len(positions) else len(text) for limit in limits]
    shorter = min(ends[0] - copy_stop, ends[1] - original_stop)
    behind = text[copy_stop : copy_stop + shorter]
    other = text[original_stop : original_stop + shorter]
    if copy_stop + shorter == len(text) and behind == other:
        return len(text)
    common = next((i for i in range(shorter) if behind[i] != other[i]), shorter)
    breaks = list(_LINE_BREAK.finditer(behind, 0, common))
    return copy_stop + breaks[-1].end() if breaks else copy_stop


def _body_units(source: _Source, index: int) -> Iterator[Stretch]:
    """Give the units of a copy that say what the original does, edited or cut short, with the same numbers."""
    aligned = source.aligned
    original, _, copy, copy_stop = aligned.repeats[index, :4].tolist()
    edges = _edges(aligned, original, copy_stop)
    inside = _from_to(edges, copy, copy_stop)
    repeats = aligned.pieces[:, 0]
    pieces = aligned.pieces[bisect_left(repeats, index) : bisect_right(repeats, index), 1:]
    starts, stops = pieces[:, 1], pieces[:, 1] + pieces[:, 2]
    for start, stop in pairwise(inside.tolist()):
        meeting = pieces[bisect_right(stops, start) : bisect_left(starts, stop)]
        originals, copies, lengths = _clipped(meeting, start, stop).T
        new = np.append(copies, stop) - np.insert(copies + lengths, 0, start)
        if lengths.sum() < UNIT_SHARE * (stop - start) or new.max() >= NEW_CHARS:
            continue
        units = source.units(start, stop)
        numbers = source.numbers(units)
        cut, whole = _with_whole_numbers(source.text, aligned, originals[0], originals[-1] + lengths[-1])
        is_cut_short = stop == copy_stop and new[-1] == 0 and _goes_on(aligned, whole[1])
        if numbers == source.numbers(whole) or (is_cut_short and numbers == source.numbers(cut)):
            yield source.with_tail(units)


def _clipped(pieces: NDArray[np.int32], start: int, stop: int) -> NDArray[np.int32]:
    """Give ``original, copy, length`` of pieces as far as their copies lie in a stretch."""
    original, copy, length = pieces.T
    left = np.maximum(start - copy, 0)
    right = np.minimum(copy + length, stop)
    clipped: NDArray[np.int32] = np.stack([original + left, copy + left, right - copy - left], axis=1)
    return clipped[clipped[:, 2] > 0]


def _with_whole_numbers(text: str, aligned: SelfAlignment, start: int, stop: int) -> tuple[Stretch, Stretch]:
    """Go from folded code points to the text that they came from, without and with the rest of a number at its end.

    The rest of a number at its start belongs to both.
    """
    positions = aligned.folded.positions
    left, right = int(positions[start]), int(positions[stop - 1]) + 1
    if text[left].isdecimal() and (before := _NUMBER_BEFORE.match(text[max(0, left - NUMBER_CHARS) : left][::-1])):
        left -= before.end()
    whole = right
    if text[right - 1].isdecimal() and (behind := _NUMBER_BEHIND.match(text, right, right + NUMBER_CHARS)):
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


def _are_among(values: NDArray[np.int32], edges: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Tell which values are edges, which ascend; in the time that the values take, not all edges."""
    found: NDArray[np.bool_] = edges[np.minimum(edges.searchsorted(values), len(edges) - 1)] == values
    return found


def _from_to(edges: NDArray[np.int32], start: int, stop: int) -> NDArray[np.int32]:
    return edges[bisect_left(edges, start) : bisect_right(edges, stop)]


def _tail_stop(text: str, right: int) -> int:
    """Go on over lines of marks, spaces and a line break."""
    while marks := _MARKS_ONLY.match(text, right):
        right = marks.end()
    if space := _SPACE.match(text, right):
        right = space.end()
    line_break = _LINE_BREAK.match(text, right)
    return line_break.end() if line_break else right


def _in_original(found: list[Stretch], removed: list[Stretch], size: int) -> list[Stretch]:
    """Say in the original text what was found in the text without `removed`."""
    kept = np.ones(size, bool)
    for start, stop in removed:
        kept[start:stop] = False
    origin = np.flatnonzero(kept)
    return [(int(origin[start]), int(origin[stop - 1]) + 1) for start, stop in found]
