"""What texts say, and what they print again, in plain Python: part of `neardup._reference`."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

import numpy as np

from neardup._reference_sketches import hash_rows
from neardup._reference_texts import check_table, check_threads, code_points, fold, read_texts
from neardup._reference_windows import leftmost_windows
from neardup.numerals import numerals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from neardup._reference_texts import Column

PRIME = 2**61 - 1
BASE = 0x16A5D1C3B7E94F2D


def copied_chars(
    texts: Column,
    entries: NDArray[np.uint32],
    expansions: NDArray[np.uint32],
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
    check_table(entries)
    if min_chars < 1 or max_gap < 0:
        raise ValueError("min_chars must be at least 1, and max_gap at least 0")
    check_threads(threads)
    copied = []
    for text in _at(texts, rows):
        codes = fold(text, entries, expansions)[0]
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


def content_digests(
    texts: Column, entries: NDArray[np.uint32], expansions: NDArray[np.uint32], rows: NDArray[np.int64], threads: int
) -> NDArray[np.uint64]:
    """Give of some texts 128 bits each that are equal if the folded texts are, and the numbers in order.

    The words are the folded codes, the two halves of the hash of each number, and the number of codes. The first 64
    bits are their hash as `neardup.shingling.hash_shingle` says, from the number of words; the others are their
    polynomial modulo 2**61 - 1, since there are words whose hashes modulo 2**64 are equal for every multiplier.

    Returns
    -------
    uint64 array of shape (rows, 2)
    """
    check_table(entries)
    check_threads(threads)
    digests = []
    for text in _at(texts, rows):
        codes = fold(text, entries, expansions)[0]
        numbers = np.array([_hash(code_points(number)) for number in numerals(text)], np.uint64)
        halves = np.stack([numbers & np.uint64(2**32 - 1), numbers >> np.uint64(32)], axis=1).astype(np.uint32)
        words = np.concatenate([codes, halves.ravel(), np.array([len(codes)], np.uint32)])
        digests.append((_hash(words), reduce(lambda value, word: (value * BASE + word) % PRIME, words.tolist(), 0)))
    return np.array(digests, np.uint64).reshape(-1, 2)


def _hash(words: NDArray[np.uint32]) -> np.uint64:
    found: np.uint64 = hash_rows(words[None], np.array([len(words)], np.uint64))[0]
    return found


def _at(texts: Column, rows: NDArray[np.int64]) -> Sequence[str]:
    found = read_texts(texts)
    if ((rows < 0) | (rows >= len(found))).any():
        raise ValueError("the rows must be texts")
    return [found[row] for row in rows.tolist()]
