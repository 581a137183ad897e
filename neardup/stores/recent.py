"""The keys of the latest documents, in memory: what comes one by one is written into the large table many at a time.

Every handle on an index holds the same ones, which it reads from the log of documents. A large sorted array and a small
one make adding cheap; what was written into the large table meanwhile is dropped when there is much of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neardup.stores.packed import MAX_NUMBER, NUMBER_BITS, SLICES, bounds, numbers_of, slices_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MAX_BUFFER = 1 << 14
"""So many keys are sorted in by themselves before they join the rest."""


class RecentKeys:
    """Packed keys of documents (see `neardup.stores.packed`) that may not be in the large table yet.

    Not safe for several threads.
    """

    def __init__(self) -> None:
        self._main = np.zeros(0, np.int64)
        self._buffer = np.zeros(0, np.int64)
        self._most = 0  # from so many on, what was moved is dropped
        # of each slice up to which document its keys are in the large table
        self._moved = np.full(SLICES, -1)

    def __len__(self) -> int:
        """Count the keys, with those that were moved and not dropped yet."""
        return len(self._main) + len(self._buffer)

    def add(self, entries: NDArray[np.int64]) -> None:
        """Add keys in any order; such as were moved already are passed over sooner or later."""
        buffer = np.concatenate([self._buffer, entries])
        buffer.sort(kind="stable")  # of runs that are sorted, mostly
        if len(buffer) <= _MAX_BUFFER:
            self._buffer = buffer
            return
        self._main, self._buffer = np.insert(self._main, self._main.searchsorted(buffer), buffer), buffer[:0]
        if len(self._main) > self._most:
            self._main = self._main[self._is_live(self._main)]
            self._most = max(5 * len(self._main) // 4, _MAX_BUFFER)

    def moved(self, slice_: int, number: int) -> None:
        """Note that the keys of a slice of all documents up to one are in the large table."""
        self._moved[slice_] = number

    def forget(self, numbers: NDArray[np.int64]) -> None:
        """Forget documents."""
        self._main, self._buffer = (
            keys[~np.isin(numbers_of(keys), numbers)] if len(keys) else keys for keys in (self._main, self._buffer)
        )

    def in_slice(self, slice_: int) -> NDArray[np.int64]:
        """Give what lies in a slice and was not moved yet, ascending."""
        low, high = bounds(slice_)
        parts = [
            keys[keys.searchsorted(low) : keys.searchsorted(high, side="right")] for keys in (self._main, self._buffer)
        ]
        found = np.concatenate(parts)
        found = found[self._is_live(found)]
        found.sort()
        return found

    def find(self, least: NDArray[np.int64]) -> NDArray[np.int64]:
        """Find the entries of keys, by the least entry that each can have, ascending; in no order."""
        return np.concatenate([_within(self._main, least), _within(self._buffer, least)])

    def _is_live(self, entries: NDArray[np.int64]) -> NDArray[np.bool_]:
        is_live: NDArray[np.bool_] = numbers_of(entries) > self._moved[slices_of(entries)]
        return is_live

    def first_unmoved(self) -> int:
        """Give the first document that may have keys which were not moved."""
        return int(self._moved.min()) + 1


def _within(keys: NDArray[np.int64], least: NDArray[np.int64]) -> NDArray[np.int64]:
    if not len(keys):
        return keys
    start = keys.searchsorted(least)
    hits = (keys.take(start, mode="clip") >> NUMBER_BITS == least >> NUMBER_BITS).nonzero()[0]
    if not len(hits):
        return keys[:0]
    start = start[hits]
    sizes = keys.searchsorted(least[hits] | MAX_NUMBER, side="right") - start
    return keys[np.repeat(start - np.append(0, np.cumsum(sizes)[:-1]), sizes) + np.arange(int(sizes.sum()))]
