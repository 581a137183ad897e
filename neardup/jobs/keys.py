"""The keys that documents share, of more documents than fit into memory: those of one part of all keys at a time."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

import numpy as np

from neardup._backend import kernels
from neardup.rule import Ragged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from contextlib import AbstractContextManager

    from numpy.typing import NDArray

    Keys = tuple[NDArray[np.uint64], NDArray[np.int64]]
    Scratch = Callable[[int], AbstractContextManager[Sequence[IO[bytes]]]]

_BYTES_A_KEY = 48
"""While the keys of a part are compared; measured."""
_MOST_BITS = 8
"""All parts are open files together."""
_ROW = np.dtype([("key", "<u8"), ("document", "<u4")])


def parts_within(keys: int, memory: int) -> int:
    """Say into how many parts so many keys are cut for the work to fit into memory: a power of two.

    Examples
    --------
    >>> parts_within(10**6, 2**20), parts_within(10, 2**20)
    (64, 1)
    """
    wanted = keys * _BYTES_A_KEY / memory
    return next((parts for bits in range(_MOST_BITS) if (parts := 1 << bits) >= wanted), 1 << _MOST_BITS)


def shared_keys_of(chunks: Iterable[Keys], parts: int, scratch: Scratch) -> Ragged:
    """Give numbers to the keys that several documents have, as `neardup.rule.shared_keys` does for all at once.

    Parameters
    ----------
    chunks
        The keys of the documents, in order: of document i of a chunk they are ``values[offsets[i]:offsets[i + 1]]``.
    parts
        Into how many parts the keys are cut, by their low bits: a power of two. Any number gives the same keys to the
        same documents, under other numbers.
    scratch
        Gives so many files to write and read, where several parts wait for their turn.
    """
    if parts == 1:
        return _shared_at_once(chunks)
    values, sizes = [], []
    with scratch(parts) as files:
        size = _write_parts(chunks, files)
        for file in files:
            found = _shared_in(file, size)
            values.append(found.values)
            own = np.diff(found.offsets)
            sizes.append(own.astype(np.min_scalar_type(own.max(initial=0))))
            del found, own
    return _joined(values, sizes)


def _shared_at_once(chunks: Iterable[Keys]) -> Ragged:
    values, sizes = [np.zeros(0, np.uint64)], [np.zeros(1, np.int64)]
    for keys, offsets in chunks:
        values.append(keys)
        sizes.append(np.diff(offsets))
    return Ragged(*kernels.shared_keys(np.concatenate(values), np.cumsum(np.concatenate(sizes))))


def _write_parts(chunks: Iterable[Keys], files: Sequence[IO[bytes]]) -> int:
    """Write each key to the file of its part, with its document; count the documents."""
    begin = 0
    for keys, offsets in chunks:
        part = (keys & np.uint64(len(files) - 1)).astype(np.uint16)
        order = np.argsort(part, kind="stable")
        rows = np.empty(len(keys), _ROW)
        rows["key"] = keys[order]
        rows["document"] = np.repeat(np.arange(begin, begin + len(offsets) - 1), np.diff(offsets))[order]
        bounds = part[order].searchsorted(np.arange(len(files) + 1))
        for file, start, stop in zip(files, bounds, bounds[1:], strict=False):
            file.write(rows[start:stop].data)
        begin += len(offsets) - 1
    return begin


def _shared_in(file: IO[bytes], size: int) -> Ragged:
    """Give numbers to the keys of a part, of so many documents."""
    file.seek(0)
    rows = np.frombuffer(file.read(), _ROW)
    offsets = np.zeros(size + 1, np.int64)
    np.cumsum(np.bincount(rows["document"], minlength=size), out=offsets[1:])
    keys = rows["key"].copy()
    del rows
    return Ragged(*kernels.shared_keys(keys, offsets))


def _joined(values: Sequence[NDArray[np.uint32]], sizes: Sequence[NDArray[np.unsignedinteger]]) -> Ragged:
    """Put the keys of each document together that are in different parts; each part has numbers of its own."""
    offsets = np.zeros(len(sizes[0]) + 1, np.int64)
    for own in sizes:
        offsets[1:] += own
    np.cumsum(offsets, out=offsets)
    joined = np.empty(offsets[-1], np.uint32)
    filled, first = offsets[:-1].copy(), 0
    for part, all_sizes in zip(values, sizes, strict=True):
        documents = np.flatnonzero(all_sizes)
        own = all_sizes[documents].astype(np.int64)
        within = np.arange(len(part)) - np.repeat(np.cumsum(own) - own, own)
        joined[np.repeat(filled[documents], own) + within] = part + np.uint32(first)
        filled[documents] += own
        first += int(part.max()) + 1 if len(part) else 0
    return Ragged(joined, offsets)
