"""Alignment: the equal and near runs inside one text, in folded code points, with the units it is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from neardup._backend import kernels
from neardup.folding import Folded, fold
from neardup.segmentation import paragraphs, units

if TYPE_CHECKING:
    from numpy.typing import NDArray

SEED_CHARS = 8
"""The shortest equal run that may continue another. At 10 % edits 43 % of the code points of a copy start one."""


class NearLimits(NamedTuple):
    """Which equal runs are joined to one near repeat; lengths in folded code points.

    Attributes
    ----------
    min_chars
        The least that several runs match together.
    max_gap
        The most between two runs that continue each other, on either side, in [0, 255]: a dropped or added sentence.
    min_piece
        The least that is left of a seed beside longer runs.
    min_score
        The least score of what is worth aligning: what runs match, less half of the gaps between them, of each the
        longer side.
    max_stray
        The most that a repeat adds or leaves out, unlike as it is, to start and stop with whole units.
    similarity_percent
        The least similarity of several runs: twice what they match, divided by the lengths of both sides.
    """

    min_chars: int
    max_gap: int = 100
    min_piece: int = 4
    min_score: int = 10
    max_stray: int = 4
    similarity_percent: int = 70


@dataclass(frozen=True, slots=True, eq=False)
class SelfAlignment:
    """A text and the runs of it that are printed again.

    Attributes
    ----------
    folded
        The folded text.
    paragraphs, units
        Spans in the original text, int32, shape (n, 2); see `neardup.segmentation`.
    paragraph_edges, unit_edges
        Where they start in folded code points, ascending, each once; the last one is the length.
    repeats
        int32, shape (n, 6): ``original, original_stop, copy, copy_stop, period, matched``, in folded code points;
        copies are disjoint and ascending. See `neardup._reference.near.near_repeats`.
    pieces
        int32, shape (m, 4): ``repeat, original, copy, length`` of the stretches that are equal.
    """

    folded: Folded
    paragraphs: NDArray[np.int32]
    units: NDArray[np.int32]
    paragraph_edges: NDArray[np.int32]
    unit_edges: NDArray[np.int32]
    repeats: NDArray[np.int32]
    pieces: NDArray[np.int32]

    @property
    def is_exact(self) -> NDArray[np.bool_]:
        """Which repeats hold nothing but equal code points, on both sides."""
        original, original_stop, copy, copy_stop, period, matched = self.repeats.T
        is_full = (matched == copy_stop - copy) & (matched == original_stop - original)
        exact: NDArray[np.bool_] = is_full | (period > 0)
        return exact

    @property
    def copied_chars(self) -> int:
        """How many folded code points lie in copies."""
        return int((self.repeats[:, 3] - self.repeats[:, 2]).sum())

    def unit_of(self, codes: NDArray[np.integer]) -> NDArray[np.intp]:
        """Give the indices of the units in which folded code points stand."""
        found: NDArray[np.intp] = self.units[:, 0].searchsorted(self.folded.positions[codes], side="right") - 1
        return found


def align_with_itself(text: str, min_chars: int) -> SelfAlignment:
    """Find every passage of at least `min_chars` folded code points that is printed again, edited lightly or not.

    Equal runs end at a boundary of units that both sides share if at most ``min_chars // 2`` code points stick out
    over it, and never inside a code point that folds to several. Those that continue each other across gaps of
    at most ``max_gap`` are one repeat if it is similar enough; see `NearLimits`. Time is linear in the text.

    Raises
    ------
    ValueError
        If the text is longer than 2**30 code points.
    """
    folded = fold(text)
    spans = paragraphs(text)
    finer = units(text, spans)
    paragraph_edges, unit_edges = _edges(folded, spans), _edges(folded, finer)
    limits = NearLimits(min_chars)
    exact, seeds = _runs(folded.codes, unit_edges, limits)
    inside = np.zeros(len(folded) + 1, bool)
    inside[1:-1] = folded.positions[1:] == folded.positions[:-1]
    if inside.any():
        exact, seeds = _whole_code_points(exact, inside), _whole_code_points(seeds, inside)
    repeats, pieces = kernels.near_repeats(
        folded.codes,
        folded.positions,
        unit_edges,
        exact,
        seeds,
        limits,
    )
    return SelfAlignment(folded, spans, finer, paragraph_edges, unit_edges, repeats, pieces)


def _runs(
    codes: NDArray[np.uint32], edges: NDArray[np.int32], limits: NearLimits
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Give the equal runs of at least `min_chars`, and those of at least `SEED_CHARS`."""
    min_chars, seeds = limits.min_chars, np.empty((0, 5), np.int32)
    windows = kernels.leftmost_windows(codes, min(min_chars, SEED_CHARS))
    if min_chars > SEED_CHARS:
        seeds = kernels.equal_runs(codes, edges, windows, SEED_CHARS, limits.max_stray)
        windows = kernels.leftmost_wider_windows(codes, min_chars, windows)
    return kernels.equal_runs(codes, edges, windows, min_chars, min_chars // 2), seeds


def _edges(folded: Folded, spans: NDArray[np.int32]) -> NDArray[np.int32]:
    found = np.append(folded.positions.searchsorted(spans[:, 0]), len(folded)).astype(np.int32)
    is_first = np.ones(len(found), bool)
    is_first[1:] = found[1:] > found[:-1]
    edges: NDArray[np.int32] = found[is_first]
    return edges


def _whole_code_points(runs: NDArray[np.int32], inside: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Trim runs that start or stop between the codes of one code point, as of ㎏ or 한."""
    original, original_stop, copy, copy_stop, period = runs.T.copy()
    is_periodic = period > 0
    while (late := (inside[original] | inside[copy]) & (copy < copy_stop)).any():
        original += late
        copy += late
        original_stop += late & is_periodic
    while (late := (inside[copy_stop] | (inside[original_stop] & ~is_periodic)) & (copy < copy_stop)).any():
        copy_stop -= late
        original_stop -= late & ~is_periodic
    trimmed = np.stack([original, original_stop, copy, copy_stop, period], axis=1)
    kept: NDArray[np.int32] = trimmed[copy < copy_stop]
    return kept
