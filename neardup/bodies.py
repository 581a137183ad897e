"""Bodies: how often a document prints its body, from the repeats in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neardup._backend import kernels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neardup.alignment import SelfAlignment

BODY_SHARE = 0.5
"""The part of the distinct text that must be printed k times for k body copies: most of it."""

BODY_CHARS = 100
"""The least that a body is, in folded code points."""


def body_copies(aligned: SelfAlignment) -> int:
    """Count how often the body is printed.

    A body is printed as it stands, from the start of a paragraph: a repeat counts if its original and its copy
    both start where a unit does, so a quotation inside a paragraph does not. Every code point has a root: itself, or
    where it is aligned in such a copy the root of its original. A root is printed as often as code points have it. The
    answer is the largest k such that roots printed k times or more are at least `BODY_SHARE` of all roots and at
    least `BODY_CHARS`; else 1.
    """
    original, _, copy, *_ = aligned.repeats.T
    starts = np.isin(original, aligned.unit_edges) & np.isin(copy, aligned.unit_edges)
    if not starts.any():
        return 1
    printed = np.bincount(kernels.roots(_runs(aligned, starts), len(aligned.folded)))
    roots_by_times = np.bincount(printed[printed > 0])
    at_least = np.cumsum(roots_by_times[::-1])[::-1]
    enough = np.flatnonzero(at_least >= max(BODY_SHARE * at_least[0], BODY_CHARS))
    return max(1, int(enough[-1])) if len(enough) else 1


def _runs(aligned: SelfAlignment, chosen: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Give the aligned stretches of the chosen repeats as runs, in the order of their copies."""
    _, original, copy, length = aligned.pieces[chosen[aligned.pieces[:, 0]]].T
    pieces = np.stack([original, original + length, copy, copy + length, np.zeros_like(copy)], axis=1)
    periodic = aligned.repeats[chosen & (aligned.repeats[:, 4] > 0), :5]
    runs = np.concatenate([pieces, periodic])
    ordered: NDArray[np.int32] = np.ascontiguousarray(runs[np.argsort(runs[:, 2], kind="stable")])
    return ordered
