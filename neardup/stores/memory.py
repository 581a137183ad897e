"""The store in memory: for tests, for what need not last, and to read what a store does."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

import numpy as np

from neardup.stores.protocol import Entries, Found, Inserted, Record, Removal, Stats, with_room

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray


class MemoryStore:
    """Documents in dicts; see `neardup.stores.protocol.Store`."""

    at_once, breaks = 1000, 0

    def __init__(self, settings: Mapping[str, str], *, bucket_size: int) -> None:
        self.bucket_size = bucket_size
        self._settings = dict(settings)
        self._version = 0
        self._lists: dict[int, list[int]] = {}
        self._records: dict[int, Record] = {}
        self._payloads: dict[int, bytes] = {}

    def settings(self) -> dict[str, str]:
        """See `Store`."""
        return dict(self._settings)

    def snapshot(self) -> AbstractContextManager[None]:
        """See `Store`."""
        return nullcontext()

    def version(self) -> int:
        """See `Store`."""
        return self._version

    def find(self, keys: NDArray[np.uint64]) -> Found:
        """See `Store`."""
        listed = [self._lists.get(key, []) for key in keys.tolist()]
        places = np.repeat(np.arange(len(keys)), [len(numbers) for numbers in listed])
        numbers = [number for each in listed for number in each]
        return Found(self._version, keys, places, np.array(numbers, np.int64))

    def guess(self, keys: NDArray[np.uint64]) -> Found:
        """See `Store`."""
        return self.find(keys)

    def records(self, numbers: NDArray[np.int64]) -> dict[int, Record]:
        """See `Store`."""
        return {n: self._records[n] for n in numbers.tolist() if n in self._records}

    def payloads(self, numbers: NDArray[np.int64]) -> dict[int, bytes]:
        """See `Store`."""
        return {n: self._payloads[n] for n in numbers.tolist() if n in self._payloads}

    def numbers(self, *, after: int = -1, limit: int = 1000, before: float | None = None) -> list[int]:
        """See `Store`."""
        found = [n for n, each in self._records.items() if n > after and (before is None or each.added < before)]
        return found[:limit]

    def __len__(self) -> int:
        """See `Store`."""
        return len(self._records)

    def stats(self) -> Stats:
        """See `Store`; the size is that of what is stored, without Python's own."""
        payload_bytes = sum(map(len, self._payloads.values()))
        records = sum(len(each.record) for each in self._records.values())
        return Stats(len(self), payload_bytes, payload_bytes + records + 8 * sum(map(len, self._lists.values())))

    def check_insert(self, entries: Entries, found: Found, gone: Removal | None = None) -> Found | Inserted:
        """See `Store`."""
        if self._version != found.version:
            now = self.find(found.asked)
            if not now.is_same(found):
                return now
        if gone is not None and self.remove(gone):
            found = self.find(found.asked)
        has_room, left_out = with_room(entries, found, self.bucket_size)
        first = self._version + 1
        for i, record in enumerate(zip(entries.records, entries.added, left_out.tolist(), strict=True)):
            own = slice(entries.offsets[i], entries.offsets[i + 1])
            for key in [*entries.keys[own][has_room[own]].tolist(), int(entries.id_keys[i])]:
                self._lists.setdefault(key, []).append(first + i)
            self._records[first + i] = Record(*record)
            self._payloads[first + i] = entries.payloads[i]
        self._version += len(entries)
        return Inserted(list(range(first, first + len(entries))), int(left_out.sum()))

    def remove(self, removal: Removal) -> int:
        """See `Store`."""
        before = len(self)
        for i, number in enumerate(removal.numbers.tolist()):
            if self._records.pop(number, None) is None:
                continue
            del self._payloads[number]
            for key in removal.keys[removal.offsets[i] : removal.offsets[i + 1]].tolist():
                if number in self._lists.get(key, ()):
                    self._lists[key].remove(number)
                    if not self._lists[key]:
                        del self._lists[key]
        removed = before - len(self)
        self._version += removed > 0
        return removed

    def drop_oldest(self, before: float) -> Iterator[int]:
        """See `Store`; of each document the keys are needed."""
        return iter(())

    def faults(self) -> Iterator[str]:
        """See `Store`."""
        return iter(())

    def close(self) -> None:
        """See `Store`."""
