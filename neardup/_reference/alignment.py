"""Texts aligned with themselves, in plain numpy: the specification of the native alignment."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from neardup._reference.lines import lines_of, markup
from neardup._reference.near import near_repeats
from neardup._reference.opened import DROPPED
from neardup._reference.runs import equal_runs
from neardup._reference.texts import breaks, fold_row, ragged
from neardup._reference.windows import leftmost_windows
from neardup.marks import SPACES, sentence_spans

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from neardup._reference.lines import Line
    from neardup._reference.opened import Folding

    Limits = tuple[int, int, int, int, int, int]


@dataclass(frozen=True)
class Aligned:
    """A text and the stretches of it that are printed again.

    Attributes
    ----------
    text, codes
        The text, and what it folds to.
    positions
        Of each folded code point, the code point that it came from.
    paragraphs, units
        Spans in the text; see `neardup.segmentation`.
    paragraph_edges, unit_edges
        Where they start in folded code points, ascending, each once; the last one is the length.
    repeats, pieces
        See `near_repeats`.
    """

    text: str
    codes: str
    positions: list[int]
    paragraphs: list[tuple[int, int]]
    units: list[tuple[int, int]]
    paragraph_edges: list[int]
    unit_edges: list[int]
    repeats: list[list[int]]
    pieces: list[list[int]]

    @property
    def size(self) -> int:
        """Length in folded code points."""
        return len(self.positions)

    @cached_property
    def is_markup(self) -> list[bool]:
        """Of each code point of the text, whether it is markup."""
        return markup(self.text)

    @cached_property
    def lines(self) -> list[Line]:
        """The lines of the text, each with its kind."""
        return lines_of(self.text, self.paragraphs, self.is_markup)


SEED_CHARS = 8
"""The shortest equal run that may continue another. At 10 % edits 43 % of the code points of a copy start one."""


def check_limits(limits: Limits) -> None:
    """Raise ValueError if a limit is out of range."""
    min_chars, max_gap, min_piece, _, max_stray, _ = limits
    if min_chars < 1 or min_piece < 1:
        raise ValueError("min_chars and min_piece must be at least 1")
    if not 0 <= max_gap <= 255:
        raise ValueError("max_gap must be in [0, 255]")
    if not 0 <= max_stray < SEED_CHARS:
        raise ValueError("max_stray must be in [0, 8)")


def check_spaces(folding: Folding) -> None:
    """Raise ValueError if white space, between units, does not fold to nothing, or of content alone."""
    if (folding.entries[[*map(ord, SPACES)]] != DROPPED).any():
        raise ValueError("the folding table must drop white space")
    if folding.content:
        raise ValueError("repeats are found in whole texts: the folding must not take their content")


def rows_of(rows: Sequence[Sequence[int]], columns: int) -> NDArray[np.int32]:
    """Give rows as an array, also if there are none."""
    return np.array(rows, np.int32).reshape(-1, columns)


def joined(rows: list[NDArray[np.int32]], columns: int) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Give the rows of many texts as one array, and where those of each text start."""
    return np.concatenate([rows_of([], columns), *rows]), ragged(rows, np.int32)[1]


def align_with_itself(row: int, text: str, folding: Folding, limits: Limits) -> Aligned:
    """Align a text with itself; errors name the row."""
    found = segmented(row, text, folding)
    codes, positions = (np.array(each) for each in (list(map(ord, found.codes)), found.positions))
    edges = np.array(found.unit_edges, np.int32)
    repeats, pieces = _aligned(codes.astype(np.uint32), positions.astype(np.int32), edges, limits)
    return replace(found, repeats=repeats.tolist(), pieces=pieces.tolist())


def segmented(row: int, text: str, folding: Folding) -> Aligned:
    """Fold a text and find what it is made of; errors name the row."""
    codes, positions = fold_row(row, text, folding)
    edges = [-1, *breaks(text).tolist(), len(text)]
    paragraphs = [(before + 1, stop) for before, stop in pairwise(edges) if before + 1 < stop]
    units = _units(text, paragraphs)
    return Aligned(
        text,
        "".join(map(chr, codes.tolist())),
        positions.tolist(),
        paragraphs,
        units,
        _edges(positions, paragraphs),
        _edges(positions, units),
        [],
        [],
    )


def _aligned(
    codes: NDArray[np.uint32],
    positions: NDArray[np.int32],
    edges: NDArray[np.int32],
    limits: Limits,
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    min_chars, max_stray = limits[0], limits[4]
    exact = _runs(codes, positions, edges, min_chars, min_chars // 2)
    seeds = np.empty((0, 5), np.int32)
    if min_chars > SEED_CHARS:
        seeds = _runs(codes, positions, edges, SEED_CHARS, max_stray)
    return near_repeats(codes, positions, edges, exact, seeds, limits)


def _units(text: str, paragraphs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Give the paragraphs, and the sentences of those that are longer than a third of the text."""
    units = []
    for start, stop in paragraphs:
        if 3 * (stop - start) > len(text):
            units += [(start + first, start + last) for first, last in sentence_spans(text[start:stop])]
        else:
            units.append((start, stop))
    return units


def _edges(positions: NDArray[np.int32], spans: list[tuple[int, int]]) -> list[int]:
    """From spans in the text to where they start in its codes, each once, and the length."""
    found = positions.searchsorted(np.array([start for start, _ in spans], np.int32))
    return sorted({*found.tolist(), len(positions)})


def _runs(
    codes: NDArray[np.uint32], positions: NDArray[np.int32], edges: NDArray[np.int32], min_chars: int, max_stray: int
) -> NDArray[np.int32]:
    """Give the equal runs, trimmed where they start or stop between the codes of one code point, as of ㎏ or 한."""
    inside = {i for i in range(1, len(positions)) if positions[i] == positions[i - 1]}
    kept = []
    for run in equal_runs(codes, edges, leftmost_windows(codes, min_chars), min_chars, max_stray).tolist():
        original, original_stop, copy, copy_stop, period = run
        while copy < copy_stop and (original in inside or copy in inside):
            original, copy, original_stop = original + 1, copy + 1, original_stop + (period > 0)
        while copy < copy_stop and (copy_stop in inside or (original_stop in inside and not period)):
            copy_stop, original_stop = copy_stop - 1, original_stop - (not period)
        if copy < copy_stop:
            kept.append((original, original_stop, copy, copy_stop, period))
    return np.array(kept, np.int32).reshape(-1, 5)
