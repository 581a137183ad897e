"""Texts aligned with themselves, in plain numpy: the specification of the native alignment."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from neardup._reference.near import near_repeats
from neardup._reference.runs import equal_runs
from neardup._reference.texts import breaks, check_threads, fold_row, ragged, read_texts
from neardup._reference.windows import leftmost_windows
from neardup.marks import sentence_spans

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from neardup._reference.opened import Folding, Texts

SEED_CHARS = 8
"""The shortest equal run that may continue another. At 10 % edits 43 % of the code points of a copy start one."""


def self_alignments(
    texts: Texts,
    folding: Folding,
    limits: tuple[int, int, int, int, int, int],
    threads: int,
    progress: Callable[[int], object] | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64], NDArray[np.int32], NDArray[np.int64]]:
    """Find in each of many texts the passages that are printed again, edited lightly or not.

    Equal runs end at a boundary of units that both sides share if at most ``min_chars // 2`` code points stick out over
    it, and never inside a code point that folds to several; `near_repeats` joins those that continue each other.

    Parameters
    ----------
    texts
        A batch.
    folding
        See `fold`.
    limits
        The fields of `neardup.repeats.alignment.NearLimits`.
    threads
        At least 1. Results do not depend on it.
    progress
        Called now and then with the number of texts that are done.

    Returns
    -------
    chars
        The folded length of each text.
    repeats, repeat_offsets
        The repeats of text ``i`` are ``repeats[repeat_offsets[i] : repeat_offsets[i + 1]]``; see `near_repeats`.
    pieces, piece_offsets
        Likewise; the first column counts the repeats of the text.

    Raises
    ------
    ValueError
        If a limit is out of range; or a text is not valid UTF-8, or its folded form is longer than 2**30, and the
        message names the text.
    """
    min_chars, max_gap, min_piece, _, max_stray, _ = limits
    if min_chars < 1 or min_piece < 1:
        raise ValueError("min_chars and min_piece must be at least 1")
    if not 0 <= max_gap <= 255:
        raise ValueError("max_gap must be in [0, 255]")
    if not 0 <= max_stray < SEED_CHARS:
        raise ValueError("max_stray must be in [0, 8)")
    check_threads(threads)
    chars, repeats, pieces = [], [], []
    for row, text in enumerate(read_texts(texts)):
        codes, positions = fold_row(row, text, folding)
        found = _aligned(codes, positions, _edges(positions, _units(text)), limits)
        chars.append(len(codes))
        repeats.append(found[0])
        pieces.append(found[1])
        if progress:
            progress(row + 1)
    none = np.empty((0, 6), np.int32), np.empty((0, 4), np.int32)
    return (
        np.array(chars, np.int64),
        np.concatenate([none[0], *repeats]),
        ragged(repeats, np.int32)[1],
        np.concatenate([none[1], *pieces]),
        ragged(pieces, np.int32)[1],
    )


def _aligned(
    codes: NDArray[np.uint32],
    positions: NDArray[np.int32],
    edges: NDArray[np.int32],
    limits: tuple[int, int, int, int, int, int],
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    min_chars, max_stray = limits[0], limits[4]
    exact = _runs(codes, positions, edges, min_chars, min_chars // 2)
    seeds = np.empty((0, 5), np.int32)
    if min_chars > SEED_CHARS:
        seeds = _runs(codes, positions, edges, SEED_CHARS, max_stray)
    return near_repeats(codes, positions, edges, exact, seeds, limits)


def _units(text: str) -> list[int]:
    """Give the starts of the paragraphs, and of the sentences of those that are longer than a third of the text."""
    edges = [-1, *breaks(text).tolist(), len(text)]
    starts = []
    for before, stop in pairwise(edges):
        start = before + 1
        if 3 * (stop - start) > len(text):
            starts += [start + first for first, _ in sentence_spans(text[start:stop])]
        elif start < stop:
            starts.append(start)
    return starts


def _edges(positions: NDArray[np.int32], starts: list[int]) -> NDArray[np.int32]:
    """From positions in the text to positions in its codes, each once, and the length."""
    found = positions.searchsorted(np.array(starts, np.int32))
    return np.unique([*found.tolist(), len(positions)]).astype(np.int32)


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
