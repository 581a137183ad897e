"""Shingle sets, anchors, signatures and band keys in plain numpy."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from neardup._reference.texts import check_threads, fold_texts, ragged

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neardup._reference.opened import Folding, Texts

MAX_NGRAM = 128

HASH_MULTIPLIER = 0xD1342543DE82EF95
"""Steele and Vigna's multiplier for 64 bits; see `neardup.shingling.hash_shingle`."""


def mix(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Mix 64 bits so that every one depends on all: Stafford's variant 13 of the MurmurHash3 finalizer."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: NDArray[np.uint64] = values ^ (values >> np.uint64(31))
    return mixed


def mix32(values: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Mix 32 bits: the MurmurHash3 finalizer, which comes before the permutations."""
    values = (values ^ (values >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    values = (values ^ (values >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    mixed: NDArray[np.uint32] = values ^ (values >> np.uint32(16))
    return mixed


def hash_rows(words: NDArray[np.uint32], starts: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Hash rows of words, shape (n, size), each from a start; see `neardup.shingling.hash_shingle`."""
    values = starts
    for column in words.T:
        values = values * np.uint64(HASH_MULTIPLIER) + column
    return mix(values)


def hash_windows(codes: NDArray[np.uint32], width: int) -> NDArray[np.uint64]:
    """Hash every window of ``width`` codes; of fewer codes than that, all of them as one; of none, nothing."""
    width = min(width, len(codes))
    if width == 0:
        return np.empty(0, np.uint64)
    windows = np.lib.stride_tricks.sliding_window_view(codes, width)
    return hash_rows(windows, np.full(len(windows), width, np.uint64))


def shingle_sets(
    texts: Texts, folding: Folding, ngram: int, threads: int
) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Give the sorted unique shingle hashes of every text, as values and offsets.

    `texts`, `folding` and `threads` are those of `fold_texts`; `ngram` is in [1, 128].
    """
    _check_ngram(ngram)
    return ragged([np.unique(hash_windows(codes, ngram)) for codes in _folded(texts, folding, threads)], np.uint64)


def sets_of(texts: Texts, folding: Folding, ngram: int) -> list[frozenset[int]]:
    """Give the unique shingle hashes of every text as a set."""
    values, offsets = shingle_sets(texts, folding, ngram, 1)
    return [frozenset(values[start:stop].tolist()) for start, stop in pairwise(offsets.tolist())]


def set_sizes(texts: Texts, folding: Folding, ngram: int, threads: int) -> NDArray[np.int64]:
    """Count the different shingles of every text; the arguments are those of `shingle_sets`."""
    return np.diff(shingle_sets(texts, folding, ngram, threads)[1])


def sketches(
    texts: Texts,
    folding: Folding,
    ngram: int,
    multipliers: NDArray[np.uint32],
    addends: NDArray[np.uint32],
    anchor_chars: int,
    anchor_limit: int,
    threads: int,
) -> tuple[NDArray[np.uint32], NDArray[np.uint64], NDArray[np.int64], NDArray[np.uint64], NDArray[np.int64]]:
    """Give the signature, the anchors, the content digest and the folded length of every text, each folded once.

    Parameters
    ----------
    texts, folding, threads
        See `fold_texts`.
    ngram
        Codes a shingle of the signatures, in [1, 128].
    multipliers, addends
        The permutations ``h -> multiplier * mix32(h) + addend`` modulo 2**32 of the low halves of the shingle hashes.
    anchor_chars, anchor_limit
        Anchors are the hashes of windows of so many codes, in [1, 128], that are at most the limit; if a text has
        such windows and none of them is, the least. 0 for no anchors.

    Returns
    -------
    signatures
        uint32, shape (texts, permutations): the least values of the permutations, 2**32 - 1 where there is nothing.
    anchors, offsets
        Sorted and unique for every text, as values and offsets.
    digests
        uint64, modulo 2**64: for the sum of ``v ^ v >> 32``, ``v = hash + i * HASH_MULTIPLIER``, over the hashes of all
        shingles of a text in order, and its folded length, ``mix(sum * HASH_MULTIPLIER + length)``; 0 where there are
        no permutations.
    chars
        int64, the folded codes of every text.
    """
    _check_ngram(ngram)
    check_threads(threads)
    if len(addends) != len(multipliers):
        raise ValueError("there must be as many addends as multipliers")
    if not 0 <= anchor_chars <= MAX_NGRAM:
        raise ValueError("anchor_chars must be in [0, 128]")
    signatures, anchors, sums, chars = [], [], [], []
    for codes in _folded(texts, folding, threads):
        shingles = hash_windows(codes, ngram)
        values = mix32(shingles.astype(np.uint32))
        permuted = values[:, None] * multipliers + addends
        signatures.append(permuted.min(axis=0, initial=0xFFFFFFFF))
        anchors.append(_anchors(codes, anchor_chars, anchor_limit))
        placed = shingles + np.arange(len(shingles), dtype=np.uint64) * np.uint64(HASH_MULTIPLIER)
        sums.append((placed ^ placed >> np.uint64(32)).sum(dtype=np.uint64))
        chars.append(len(codes))
    lengths = np.array(chars, np.int64)
    digests = mix(np.array(sums, np.uint64) * np.uint64(HASH_MULTIPLIER) + lengths.astype(np.uint64))
    if not len(multipliers):
        digests[:] = 0
    found = np.array(signatures, np.uint32).reshape(len(signatures), len(multipliers))
    return found, *ragged(anchors, np.uint64), digests, lengths


def band_keys(signatures: NDArray[np.uint32], bands: int, rows: int) -> NDArray[np.uint64]:
    """Hash every band of every signature: ``rows`` values, from the number of the band.

    Returns
    -------
    uint64 array of shape (signatures, bands)

    Raises
    ------
    ValueError
        If there are not so many values in a signature.
    """
    if bands < 1 or rows < 1 or bands > signatures.shape[1] // rows:
        raise ValueError("bands and rows must be at least 1, and bands * rows at most num_perm")
    words = signatures[:, : bands * rows].reshape(-1, rows)
    starts = np.tile(np.arange(bands, dtype=np.uint64), len(signatures))
    return hash_rows(words, starts).reshape(-1, bands)


def _anchors(codes: NDArray[np.uint32], chars: int, limit: int) -> NDArray[np.uint64]:
    if not 0 < chars <= len(codes):
        return np.empty(0, np.uint64)
    hashes = np.unique(hash_windows(codes, chars))
    return hashes[: max(1, np.searchsorted(hashes, np.uint64(limit), side="right"))]


def _folded(texts: Texts, folding: Folding, threads: int) -> list[NDArray[np.uint32]]:
    codes, offsets = fold_texts(texts, folding, threads)
    return np.split(codes, offsets[1:-1]) if len(offsets) > 1 else []


def _check_ngram(ngram: int) -> None:
    if not 1 <= ngram <= MAX_NGRAM:
        raise ValueError("ngram must be in [1, 128]")
