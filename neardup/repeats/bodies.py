"""Bodies: how often a document prints its body, from the repeats in it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from neardup._backend import kernels
from neardup.segmentation import LINE_BREAKS, SENTENCE_ENDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neardup.repeats.alignment import SelfAlignment

BODY_CHARS = 100
"""The least that a body is, in folded code points."""

BODY_SHARE = 0.38
"""The part of the distinct text that a body is at least, if its copies start where lines or sentences do."""

INNER_SHARE = 0.65
"""The same if some start inside a sentence, as quotations do."""

EDITED_SHARE = 0.2
"""A copy with more edits than this for its length fills in a form with something else, as rows of a table do."""

EDIT_CHARS = 20
"""More folded code points in a row that only one side has are no edit: a dropped or added sentence."""

QUOTED = ">＞"
"""How mail, forums and Markdown mark what they quote."""

EDGE_CHARS = 2
"""So far from where a unit starts its copy may still start, in folded code points: an edited beginning."""

START_CHARS = 10
"""So far inside a sentence both sides may start, equally far to `EDGE_CHARS`: the words before were edited, or stand
between two copies and were taken as the end of the first."""

_END = re.compile(f"[{SENTENCE_ENDS}{LINE_BREAKS}]")


def body_copies(text: str, aligned: SelfAlignment) -> int:
    """Count how often a text prints its body.

    Every code point has a root: itself, or where it is aligned in a copy the root of its original. A root is printed as
    often as code points have it. The answer is the largest k such that roots printed k times or more are at least
    `BODY_CHARS` and at least `BODY_SHARE` of all roots, in copies that start where a line or sentence does, on both
    sides, or go on from one that does; or `INNER_SHARE`, in copies in which a unit starts at the same place of both
    sides; else 1. What is replaced in a copy counts as aligned, but copies of which more than `EDITED_SHARE` is edited
    do not count, nor do copies that the page marks as quoted by a ``>`` before them.

    The numbers are empirical, measured by ``benchmarks/suites/repeats.py``.
    """
    if not len(aligned.repeats) or len(aligned.folded) - aligned.copied_chars < BODY_CHARS:
        return 1
    runs, edited = _runs(aligned)
    original, _, copy, copy_stop, *_ = aligned.repeats.T
    counts = (edited <= EDITED_SHARE * (copy_stop - copy)) & ~_are_quoted(text, aligned)
    ends = np.array([-1, *(match.start() for match in _END.finditer(text))])
    into_original, into_copy = _into_sentences(aligned, ends, original), _into_sentences(aligned, ends, copy)
    starts = (abs(into_original - into_copy) <= EDGE_CHARS) & (np.maximum(into_original, into_copy) <= START_CHARS)
    starts = _passed_on(starts, _continue(aligned, runs))
    holds = starts.copy()
    holds[runs[_hold_starts(aligned, runs), 0]] = True
    by_start = _copies(aligned, runs, starts & counts, BODY_SHARE)
    return max(by_start, _copies(aligned, runs, holds & counts, INNER_SHARE))


def _copies(aligned: SelfAlignment, runs: NDArray[np.int32], chosen: NDArray[np.bool_], share: float) -> int:
    """Count the copies of a body that is so much of the distinct text, in the chosen repeats."""
    counted = np.ascontiguousarray(runs[chosen[runs[:, 0]], 1:])
    printed = np.bincount(kernels.roots(counted, len(aligned.folded)))
    roots_by_times = np.bincount(printed[printed > 0])
    at_least = np.cumsum(roots_by_times[::-1])[::-1]
    enough = np.flatnonzero(at_least >= max(share * at_least[0], BODY_CHARS))
    return max(1, int(enough[-1])) if len(enough) else 1


def _runs(aligned: SelfAlignment) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Give the aligned stretches, and how much of each repeat was edited.

    Rows are ``repeat, original, original_stop, copy, copy_stop, period``, copies ascending. What was replaced by
    something else in a near copy counts as aligned with it.
    """
    index, original, copy, length = aligned.pieces.T.copy()
    gaps = np.sort(np.stack([np.diff(original), np.diff(copy)]) - length[:-1], axis=0)
    gaps[:, index[1:] != index[:-1]] = 0
    replaced, longer = gaps
    edited = np.where(longer < EDIT_CHARS, longer, replaced)
    length[:-1] += replaced
    pieces = np.stack([index, original, original + length, copy, copy + length, np.zeros_like(copy)], axis=1)
    is_periodic = np.flatnonzero(aligned.repeats[:, 4] > 0).astype(np.int32)
    periodic = np.column_stack([is_periodic, aligned.repeats[is_periodic, :5]])
    runs = np.concatenate([pieces, periodic])
    by_repeat = np.bincount(index[:-1], edited, len(aligned.repeats)).astype(np.int32)
    return runs[np.argsort(runs[:, 3], kind="stable")], by_repeat


def _are_quoted(text: str, aligned: SelfAlignment) -> NDArray[np.bool_]:
    """Tell which copies start in a unit that starts with ``>`` and have an original in one that does not."""
    original, copy = (aligned.units[aligned.unit_of(aligned.repeats[:, column]), 0].tolist() for column in (0, 2))
    return np.array([text[c] in QUOTED and text[o] not in QUOTED for o, c in zip(original, copy, strict=True)], bool)


def _into_sentences(aligned: SelfAlignment, ends: NDArray[np.int64], starts: NDArray[np.int32]) -> NDArray[np.int32]:
    """Count the folded code points from the start of a line or sentence, behind one of its `ends`, to each position.

    At most `EDGE_CHARS` below 0 if one starts behind it; more than `START_CHARS` if none starts so near.
    """
    positions = aligned.folded.positions
    first = np.maximum(starts - START_CHARS - 1, 0)
    before, behind = positions[first], positions[np.minimum(starts + EDGE_CHARS, len(positions) - 1)]
    last = ends[ends.searchsorted(behind) - 1]
    into: NDArray[np.int32] = starts - np.where(last < before, first, positions.searchsorted(last)).astype(np.int32)
    return into


def _continue(aligned: SelfAlignment, runs: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Tell which repeats go on where the one before them stops: in the copy, and in the roots of the original.

    Of three copies the last two are often aligned as one stretch that goes on from the first into the second.
    """
    original, original_stop, copy, copy_stop, *_ = aligned.repeats.T
    root = kernels.roots(np.ascontiguousarray(runs[:, 1:]), len(aligned.folded))
    found = np.zeros(len(copy), bool)
    found[1:] = abs(root[original[1:]] - root[original_stop[:-1] - 1] - 1) <= EDIT_CHARS
    found[1:] &= copy[1:] - copy_stop[:-1] <= EDIT_CHARS
    return found


def _passed_on(holds: NDArray[np.bool_], continues: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Let what holds of a repeat hold of those that continue it."""
    deciding = np.where(holds | ~continues, np.arange(len(holds)), 0)
    passed: NDArray[np.bool_] = holds[np.maximum.accumulate(deciding)]
    return passed


def _is_near(positions: NDArray[np.int32], edges: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Tell which positions are at most `EDGE_CHARS` from an edge."""
    following = edges[np.minimum(edges.searchsorted(positions - EDGE_CHARS), len(edges) - 1)]
    near: NDArray[np.bool_] = abs(following - positions) <= EDGE_CHARS
    return near


def _hold_starts(aligned: SelfAlignment, runs: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Tell for which runs a unit starts in the copy, or just before, and in the original at the same place."""
    edges = aligned.unit_edges[:-1]
    _, original, _, copy, copy_stop, _ = runs.T
    first = edges.searchsorted(copy - EDGE_CHARS)
    count = edges.searchsorted(copy_stop) - first
    run = np.repeat(np.arange(len(runs)), count)
    inside = edges[np.arange(count.sum()) - np.repeat(np.cumsum(count) - count - first, count)]
    found = np.zeros(len(runs), bool)
    found[run[_is_near(inside - copy[run] + original[run], edges)]] = True
    return found
