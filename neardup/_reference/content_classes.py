"""What texts say, and what they print again, in plain Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neardup._reference.content import read_content
from neardup._reference.texts import check_threads, fold
from neardup._reference.windows import leftmost_windows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neardup._reference.opened import Folding, Texts


def copied_chars(
    texts: Texts,
    folding: Folding,
    min_chars: int,
    max_gap: int,
    rows: NDArray[np.int64],
    threads: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Count of some texts, those at `rows`, the folded codes that are copies, and those that they are copies of.

    A code is a copy if it lies in a window of `min_chars` codes whose leftmost occurrence ends at or before the
    start of that window; or between two such windows with at most `max_gap` codes between them, if the distance of the
    second from its original differs from that of the first by no more. It is the original of a copy if it lies in the
    leftmost occurrence of such a window; or between the leftmost occurrences of two windows that are joined so, if that
    of the second does not start before those that are joined already.
    """
    if min_chars < 1 or max_gap < 0:
        raise ValueError("min_chars must be at least 1, and max_gap at least 0")
    check_threads(threads)
    counts = []
    for text in texts.take(rows):
        codes = fold(text, folding)[0]
        first = leftmost_windows(codes, min_chars)
        is_copy, is_original = np.zeros(len(codes), bool), np.zeros(len(codes), bool)
        windows = np.flatnonzero(first + min_chars <= np.arange(len(first))).tolist()
        begin = end = 0  # of the originals that are joined
        for before, start in zip([None, *windows], windows, strict=False):
            original = int(first[start])
            is_joined = False
            if before is not None:
                gap = start - before - min_chars
                is_joined = gap <= max_gap and abs((start - original) - (before - int(first[before]))) <= max_gap
            if is_joined:
                is_copy[before:start] = True
            is_copy[start : start + min_chars] = True
            if is_joined and begin <= original:
                end = max(end, original + min_chars)
            else:
                begin, end = original, original + min_chars
            is_original[begin:end] = True
        counts.append((int(is_copy.sum()), int(is_original.sum())))
    copied, copied_from = np.array(counts, np.int64).reshape(-1, 2).T
    return np.ascontiguousarray(copied), np.ascontiguousarray(copied_from)


def content_classes(texts: Texts, folding: Folding, rows: NDArray[np.int64], threads: int) -> NDArray[np.int64]:
    """Give of each text at some rows the position among these of the first that says the same.

    Texts say the same if they fold to the same codes and have the same numbers in the same order. They are compared: no
    answer rests on a hash.

    Returns
    -------
    int64 array
        As many as `rows`; a text that says what none before it does has its own position.
    """
    check_threads(threads)
    first: dict[tuple[bytes, tuple[str, ...]], int] = {}
    contents = (
        (fold(text, folding)[0].tobytes(), tuple(read_content(text, folding).numerals)) for text in texts.take(rows)
    )
    return np.array([first.setdefault(content, row) for row, content in enumerate(contents)], np.int64)
