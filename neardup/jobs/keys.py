"""The keys that documents share, of more documents than fit into memory: those of one part of all keys at a time."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

import numpy as np

from neardup._backend import kernels
from neardup.rule import Ragged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    Chunks = Callable[[], Iterable[tuple[NDArray[np.uint64], NDArray[np.int64]]]]

_BYTES_A_KEY = 48
"""While the keys of a part are compared; measured."""


def parts_within(keys: int, memory: int) -> int:
    """Say into how many parts so many keys are cut for the work to fit into memory: a power of two.

    Examples
    --------
    >>> parts_within(10**6, 2**20), parts_within(10, 2**20)
    (64, 1)
    """
    wanted = keys * _BYTES_A_KEY / memory
    return next(1 << bits for bits in count() if 1 << bits >= wanted)


def shared_keys_of(chunks: Chunks, parts: int) -> Ragged:
    """Give numbers to the keys that several documents have, as `neardup.rule.shared_keys` does for all at once.

    Parameters
    ----------
    chunks
        Gives the keys of the documents, in order, every time it is called: of document i of a chunk they are
        ``values[offsets[i]:offsets[i + 1]]``.
    parts
        Into how many parts the keys are cut, by their low bits: a power of two. The chunks are read once for each. Any
        number gives the same keys to the same documents, under other numbers.
    """
    if parts == 1:
        return _shared_in(chunks, 0, 1)
    values, sizes = [], []
    for part in range(parts):
        found = _shared_in(chunks, part, parts)
        values.append(found.values)
        own = np.diff(found.offsets)
        sizes.append(own.astype(np.min_scalar_type(own.max(initial=0))))
        del found, own
    return _joined(values, sizes)


def _joined(values: list[NDArray[np.uint32]], sizes: list[NDArray[np.unsignedinteger]]) -> Ragged:
    """Put the keys of each document together that are in different parts; each part has numbers of its own."""
    offsets = np.zeros(len(sizes[0]) + 1, np.int64)
    for own in sizes:
        offsets[1:] += own
    np.cumsum(offsets, out=offsets)
    joined = np.empty(offsets[-1], np.uint32)
    filled, first = offsets[:-1].copy(), 0
    for part, own in zip(values, sizes, strict=True):
        rows = np.flatnonzero(own)
        own = own[rows].astype(np.int64)
        within = np.arange(len(part)) - np.repeat(np.cumsum(own) - own, own)
        joined[np.repeat(filled[rows], own) + within] = part + np.uint32(first)
        filled[rows] += own
        first += int(part.max()) + 1 if len(part) else 0
    return Ragged(joined, offsets)


def _shared_in(chunks: Chunks, part: int, parts: int) -> Ragged:
    values, sizes = [np.zeros(0, np.uint64)], [np.zeros(0, np.int64)]
    for keys, offsets in chunks():
        if parts == 1:
            values.append(keys)
            sizes.append(np.diff(offsets))
            continue
        is_in = (keys & np.uint64(parts - 1)) == part
        values.append(keys[is_in])
        before = np.concatenate([[0], np.cumsum(is_in)])
        sizes.append(np.diff(before[offsets]))
    offsets = np.concatenate([[0], np.cumsum(np.concatenate(sizes))])
    del sizes
    keys = np.concatenate(values)
    del values
    return Ragged(*kernels.shared_keys(keys, offsets))
