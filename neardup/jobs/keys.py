"""The keys that documents share, of more documents than fit into memory: those of one part of all keys at a time."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

import numpy as np

from neardup.rule import Ragged, shared_keys

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
    found = [_shared_in(chunks, part, parts) for part in range(parts)]
    if parts == 1:
        return found[0]
    sizes = sum(np.diff(each.offsets) for each in found)
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    values = np.empty(offsets[-1], np.uint32)
    filled, first = offsets[:-1].copy(), 0
    for part in found:
        own = np.diff(part.offsets)
        values[np.repeat(filled - part.offsets[:-1], own) + np.arange(len(part.values))] = part.values + first
        filled += own
        first += int(part.values.max()) + 1 if len(part.values) else 0
    return Ragged(values, offsets)


def _shared_in(chunks: Chunks, part: int, parts: int) -> Ragged:
    values, sizes = [], []
    for keys, offsets in chunks():
        is_in = (keys & np.uint64(parts - 1)) == part
        values.append(keys[is_in])
        before = np.concatenate([[0], np.cumsum(is_in)])
        sizes.append(np.diff(before[offsets]))
    offsets = np.concatenate([[0], np.cumsum(np.concatenate([*sizes, np.zeros(0, np.int64)]))])
    keys = np.concatenate([*values, np.zeros(0, np.uint64)])
    return shared_keys(keys, offsets, np.ones(len(offsets) - 1, bool))
