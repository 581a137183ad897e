"""The paragraphs of texts and their hashes in plain numpy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neardup._reference.points import code_points
from neardup._reference.sketches import HASH_MULTIPLIER, mix
from neardup._reference.texts import breaks, check_threads, fold_row, ragged, read_texts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neardup._reference.opened import Folding, Texts


def paragraphs(
    texts: Texts, folding: Folding, min_chars: int, threads: int
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32], NDArray[np.uint64], NDArray[np.uint64]]:
    """Find the paragraphs of many texts, the stretches between line breaks.

    Parameters
    ----------
    texts, folding, threads
        See `neardup._reference.fold_texts`.
    min_chars
        Paragraphs of fewer folded code points are left out; at least 1.

    Returns
    -------
    offsets
        int64: the paragraphs of text ``i`` are those from ``offsets[i]`` to ``offsets[i + 1]``.
    spans
        int32, shape (paragraphs, 2): start and stop in code points of the text.
    chars
        int32: how many folded code points each has.
    hashes
        uint64: the hash of the folded code points of each, as one shingle.
    digests
        uint64: of every text the hash of its code points as they are.
    """
    if min_chars < 1:
        raise ValueError("min_chars must be at least 1")
    if folding.content:
        raise ValueError("paragraphs are found in whole texts: the folding must not take their content")
    check_threads(threads)
    rows = [
        _paragraphs_of(text, *fold_row(row, text, folding), min_chars) for row, text in enumerate(read_texts(texts))
    ]
    spans, offsets = ragged([spans.reshape(-1) for spans, *_ in rows], np.int32)
    chars, _ = ragged([chars for _, chars, *_ in rows], np.int32)
    hashes, _ = ragged([hashes for _, _, hashes, _ in rows], np.uint64)
    return offsets // 2, spans.reshape(-1, 2), chars, hashes, np.array([digest for *_, digest in rows], np.uint64)


def _paragraphs_of(
    text: str, codes: NDArray[np.uint32], positions: NDArray[np.int32], min_chars: int
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.uint64], np.uint64]:
    edges = np.concatenate([[-1], breaks(text), [len(text)]])
    # Line breaks fold to nothing, so that every folded code belongs to one paragraph.
    starts, stops = positions.searchsorted(edges[:-1] + 1), positions.searchsorted(edges[1:])
    chosen = np.flatnonzero(stops - starts >= min_chars)
    spans = np.stack([edges[chosen] + 1, edges[chosen + 1]], axis=1).astype(np.int32)
    hashes = [_hash(codes[start:stop]) for start, stop in zip(starts[chosen], stops[chosen], strict=True)]
    chars = (stops - starts)[chosen].astype(np.int32)
    return spans, chars, np.array(hashes, np.uint64), _hash(code_points(text))


def _hash(codes: NDArray[np.uint32]) -> np.uint64:
    """Hash codes as one shingle: the sum that `neardup.shingling.hash_shingle` says, written out."""
    powers = np.full(len(codes) + 1, HASH_MULTIPLIER, np.uint64)
    powers[0] = 1
    powers = np.cumprod(powers, dtype=np.uint64)
    words = np.concatenate([np.array([len(codes)], np.uint64), codes.astype(np.uint64)])
    hashed: np.uint64 = mix((words * powers[::-1]).sum(dtype=np.uint64, keepdims=True))[0]
    return hashed
