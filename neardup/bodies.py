"""Bodies: how often a document prints its body, from the repeats in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neardup._backend import kernels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neardup.alignment import SelfAlignment

BODY_SHARE = 0.4
"""The part of the distinct text that must be printed k times for k body copies: most of it."""

BODY_CHARS = 100
"""The least that a body is, in folded code points."""


EDGE_CHARS = 8
"""So far from the start of a unit its copy may still start, in folded code points: an edited beginning."""


def body_copies(aligned: SelfAlignment) -> int:
    """Count how often the body is printed.

    A body is printed as it stands, in paragraphs: a repeat counts if a unit starts in it, at the same place of its
    original and of its copy; a quotation inside a paragraph does not. Every code point has a root: itself, or where it
    is aligned in such a copy the root of its original. A root is printed as often as code points have it. The
    answer is the largest k such that roots printed k times or more are at least `BODY_SHARE` of all roots and at
    least `BODY_CHARS`; else 1.
    """
    copied = int((aligned.repeats[:, 3] - aligned.repeats[:, 2]).sum())
    if not copied or len(aligned.folded) - copied < BODY_CHARS:
        return 1
    runs = _runs(aligned)
    chosen = np.zeros(len(aligned.repeats), bool)
    chosen[runs[_start_units(aligned, runs), 0]] = True
    if not chosen.any():
        return 1
    counted = np.ascontiguousarray(runs[chosen[runs[:, 0]], 1:])
    printed = np.bincount(kernels.roots(counted, len(aligned.folded)))
    roots_by_times = np.bincount(printed[printed > 0])
    at_least = np.cumsum(roots_by_times[::-1])[::-1]
    enough = np.flatnonzero(at_least >= max(BODY_SHARE * at_least[0], BODY_CHARS))
    return max(1, int(enough[-1])) if len(enough) else 1


def _runs(aligned: SelfAlignment) -> NDArray[np.int32]:
    """Give the aligned stretches as ``repeat, original, original_stop, copy, copy_stop, period``, copies ascending.

    What was replaced by something else in a near copy counts as aligned with it.
    """
    index, original, copy, length = aligned.pieces.T.copy()
    replaced = np.minimum(np.diff(original), np.diff(copy)) - length[:-1]
    length[:-1] += np.where(index[1:] == index[:-1], replaced, 0)
    pieces = np.stack([index, original, original + length, copy, copy + length, np.zeros_like(copy)], axis=1)
    is_periodic = np.flatnonzero(aligned.repeats[:, 4] > 0).astype(np.int32)
    periodic = np.column_stack([is_periodic, aligned.repeats[is_periodic, :5]])
    runs = np.concatenate([pieces, periodic])
    ordered: NDArray[np.int32] = runs[np.argsort(runs[:, 3], kind="stable")]
    return ordered


def _start_units(aligned: SelfAlignment, runs: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Tell for which runs a unit starts in the copy, or just before, and in the original at the same place."""
    edges = aligned.unit_edges[:-1]
    _, original, _, copy, copy_stop, _ = runs.T
    first = np.searchsorted(edges, copy - EDGE_CHARS)
    count = np.searchsorted(edges, copy_stop) - first
    run = np.repeat(np.arange(len(runs)), count)
    inside = edges[np.arange(count.sum()) - np.repeat(np.cumsum(count) - count - first, count)]
    same_place = inside - copy[run] + original[run]
    behind = np.searchsorted(edges, same_place - EDGE_CHARS)
    shared = edges[np.minimum(behind, len(edges) - 1)]
    found = np.zeros(len(runs), bool)
    found[run[abs(shared - same_place) <= EDGE_CHARS]] = True
    return found
