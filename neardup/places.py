"""Places: where the folded codes of two compared texts stand in the texts as they were given."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from neardup.content import stops_at
from neardup.folding import fold
from neardup.numerals import located_numerals
from neardup.segmentation import spans_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from neardup.folding import Folded
    from neardup.model import Span
    from neardup.numerals import Numeral


def spans_of_codes(
    text: str, origin: NDArray[np.intp], places: Sequence[Sequence[int]], terms: Sequence[str]
) -> list[Span | None]:
    """Give the spans of some codes, of numbers with what folding drops of them; of no codes None."""
    numbers = located_numerals(text)
    edges = []
    for (start, stop), term in zip(places, terms, strict=True):
        if start < stop:
            place = int(origin[start]), int(stops_at(text, [int(origin[stop - 1])])[0])
            edges.append(_whole_number(text, numbers, place) if term == "numbers" else place)
    spans = iter(spans_in(text, np.array(edges, np.int64)))
    return [next(spans) if start < stop else None for start, stop in places]


def _whole_number(text: str, numbers: list[Numeral], place: tuple[int, int]) -> tuple[int, int]:
    """Give where a number stands with its sign and percent sign."""
    last = bisect_right(numbers, place[0], key=lambda number: number.start) - 1
    whole = (numbers[last].start, numbers[last].stop) if last >= 0 else place
    return whole if fold(text[slice(*whole)]).text == fold(text[slice(*place)]).text else place


def aligned_passages(
    texts: tuple[str, str], origins: list[NDArray[np.intp]], pieces: NDArray[np.int32]
) -> tuple[tuple[Span, Span], ...]:
    """Give the spans of aligned pieces: of each one of the first text and one of the second."""
    sides = []
    for text, origin, starts in zip(texts, origins, pieces.T[:2], strict=True):
        stops = stops_at(text, origin[starts + pieces[:, 2] - 1].tolist())
        sides.append(spans_in(text, np.stack([origin[starts], stops], axis=1)))
    return tuple(zip(*sides, strict=True))


def origins_of(folded: Folded, removed: list[tuple[int, int]], size: int) -> NDArray[np.intp]:
    """Say of every code of a text without some stretches where it stands in the whole text."""
    kept = np.ones(size, bool)
    for start, stop in removed:
        kept[start:stop] = False
    return np.flatnonzero(kept)[folded.positions]


def cut_apart(
    origins: list[NDArray[np.intp]], left_out: tuple[tuple[Span, ...], ...], pieces: NDArray[np.int32]
) -> NDArray[np.int32]:
    """Cut pieces where something was left out of one of the texts."""
    if not any(left_out):
        return pieces
    cuts = [
        np.unique(origin.searchsorted([span.stop for span in spans])).tolist()
        for origin, spans in zip(origins, left_out, strict=True)
    ]
    cut = []
    for one, other, length in pieces.tolist():
        inside = {
            place - start
            for start, places in zip((one, other), cuts, strict=True)
            for place in places[bisect_right(places, start) : bisect_left(places, start + length)]
        }
        edges = sorted({0, length, *inside})
        cut += [(one + start, other + start, stop - start) for start, stop in pairwise(edges)]
    return np.array(cut, np.int32).reshape(-1, 3)


def whole_pieces(origins: list[NDArray[np.intp]], pieces: NDArray[np.int32]) -> NDArray[np.int32]:
    """Shorten pieces that start or end inside what one code point folds to."""
    inside = [np.concatenate([[False], np.diff(origin) == 0, [False]]) for origin in origins]
    whole = []
    for one, other, length in pieces.tolist():
        is_cut = inside[0][one : one + length + 1] | inside[1][other : other + length + 1]
        bounds = np.flatnonzero(~is_cut)
        if len(bounds) > 1:
            whole.append((one + bounds[0], other + bounds[0], bounds[-1] - bounds[0]))
    return np.array(whole, np.int32).reshape(-1, 3)
