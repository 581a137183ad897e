"""What texts say, and what they print again, in plain Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neardup._reference.texts import check_threads, fold
from neardup._reference.windows import leftmost_windows
from neardup.numerals import numerals

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
) -> NDArray[np.int64]:
    """Count of some texts, those at `rows`, the folded codes that are printed again.

    A code is printed again if it lies in a window of `min_chars` codes whose leftmost occurrence ends at or before the
    start of that window; or between two such windows with at most `max_gap` codes between them, if the distance of the
    second from its original differs from that of the first by no more.
    """
    if min_chars < 1 or max_gap < 0:
        raise ValueError("min_chars must be at least 1, and max_gap at least 0")
    check_threads(threads)
    copied = []
    for text in texts.take(rows):
        codes = fold(text, folding)[0]
        first = leftmost_windows(codes, min_chars)
        is_copied = np.zeros(len(codes), bool)
        windows = np.flatnonzero(first + min_chars <= np.arange(len(first))).tolist()
        for before, start in zip([None, *windows], windows, strict=False):
            is_copied[start : start + min_chars] = True
            if before is not None:
                gap = start - before - min_chars
                if gap <= max_gap and abs((start - first[start]) - (before - first[before])) <= max_gap:
                    is_copied[before:start] = True
        copied.append(int(is_copied.sum()))
    return np.array(copied, np.int64)


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
    contents = ((fold(text, folding)[0].tobytes(), tuple(numerals(text))) for text in texts.take(rows))
    return np.array([first.setdefault(content, row) for row, content in enumerate(contents)], np.int64)
