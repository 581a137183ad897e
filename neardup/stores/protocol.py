"""What an index asks of a store, whatever it is built on, and what the two hand to each other.

A store keeps documents and, for each of their keys, a list of the first documents that have it. To add documents, the
index asks what their keys find, decides which of them are new, and hands those over with what it was told
(`Store.check_insert`). The store keeps them only if their keys still find the same; else it says what they find now,
and the index decides again. So two writers never both keep copies of one article, and no text is compared in a store.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What some keys find in a store.

    Attributes
    ----------
    version
        Of the store: as long as it stays, so does what keys find.
    asked
        uint64: the keys, ascending.
    keys
        int64: positions in `asked`, ascending; with `numbers` of equal length, one entry for each document in the list
        of a key.
    numbers
        int64: the numbers of documents, ascending for each key.
    """

    version: int
    asked: NDArray[np.uint64]
    keys: NDArray[np.int64]
    numbers: NDArray[np.int64]

    def is_same(self, other: Found) -> bool:
        """Tell whether the same keys find the same documents."""
        return np.array_equal(self.keys, other.keys) and np.array_equal(self.numbers, other.numbers)

    @classmethod
    def nothing(cls, version: int, asked: NDArray[np.uint64]) -> Found:
        """Find no document."""
        return cls(version, asked, np.zeros(0, np.int64), np.zeros(0, np.int64))


@dataclass(frozen=True, slots=True, eq=False)
class Entries:
    """Documents to be stored.

    Attributes
    ----------
    keys
        uint64: of all of them, each key once for a document.
    offsets
        int64: those of document i are ``keys[offsets[i]:offsets[i + 1]]``.
    id_keys
        uint64: of each document the key of its id, of which the list has no bound.
    records
        Of each document the small record that candidates are ranked by.
    payloads
        Of each document all else.
    added
        Of each when it came: seconds since 1970.
    """

    keys: NDArray[np.uint64]
    offsets: NDArray[np.int64]
    id_keys: NDArray[np.uint64]
    records: Sequence[bytes]
    payloads: Sequence[bytes]
    added: Sequence[float]

    def __len__(self) -> int:
        """Count the documents."""
        return len(self.records)


class Inserted(NamedTuple):
    """What became of documents that were stored.

    Attributes
    ----------
    numbers
        The number of each.
    listed
        How often a list had no room for one.
    """

    numbers: list[int]
    listed: int


class Record(NamedTuple):
    """The small record of a document.

    Attributes
    ----------
    record
        As it was given.
    added
        When the document came: seconds since 1970.
    left_out
        How many lists had no room for it.
    """

    record: bytes
    added: float
    left_out: int


class Stats(NamedTuple):
    """How large a store is.

    Attributes
    ----------
    documents
        How many there are.
    payload_bytes
        What their payloads take: the compressed texts, mostly.
    bytes
        What the store takes in all.
    """

    documents: int
    payload_bytes: int
    bytes: int


class Store(Protocol):
    """A place for documents. Numbers of documents ascend in the order in which they came, and are never used again.

    One thread at a time calls a store; several handles, of several processes too, may be open on the same documents.

    Attributes
    ----------
    bucket_size
        How many documents the list of a key holds: the first ones. Room that a removal makes is taken by the next
        document that is added; one that was left out stays out.
    at_once
        So many documents are best added in one step.
    breaks
        How often the connection with a server broke. It may have lost its latest documents since, and given their
        numbers to others.
    """

    bucket_size: int
    at_once: int

    @property
    def breaks(self) -> int:
        """Give how often the connection broke."""

    def settings(self) -> Mapping[str, str]:
        """Give what was set when the store was made."""

    def snapshot(self) -> AbstractContextManager[None]:
        """Let everything that is read inside be of one moment, as far as the store can."""

    def version(self) -> int:
        """Give the version; see `Found`."""

    def find(self, keys: NDArray[np.uint64]) -> Found:
        """Find the documents in the lists of keys, which ascend."""

    def guess(self, keys: NDArray[np.uint64]) -> Found:
        """Say what keys may find, in place of `find` before one document is added; `check_insert` tells a wrong guess.

        A store that is far away says that they find nothing, and is asked once for a document that is new.
        """

    def records(self, numbers: NDArray[np.int64]) -> dict[int, Record]:
        """Give the records of documents by number, without those that are gone."""

    def payloads(self, numbers: NDArray[np.int64]) -> dict[int, bytes]:
        """Give the payloads of documents by number, without those that are gone."""

    def check_insert(self, entries: Entries, found: Found, gone: Removal | None = None) -> Found | Inserted:
        """Store documents in one step, if `found.asked` still finds the same; else give what it finds.

        `gone`: what to remove in the same step.
        """

    def remove(self, removal: Removal) -> int:
        """Remove documents in one step so that nothing of them can be read any more; give how many there were."""

    def drop_oldest(self, before: float) -> Iterator[int]:
        """Remove the first documents as long as all were added before a time, where no keys are needed for it.

        Gives after each step how many it removed. What is left is for `remove`.
        """

    def numbers(self, *, after: int = -1, limit: int = 1000, before: float | None = None) -> list[int]:
        """Give the numbers of the first documents behind one: of those, with `before`, that were added before that."""

    def __len__(self) -> int:
        """Count the documents."""

    def stats(self) -> Stats:
        """Measure the store."""

    def faults(self) -> Iterator[str]:
        """Look for damage, and name what is found."""

    def close(self) -> None:
        """Close the handle."""


@dataclass(frozen=True, slots=True, eq=False)
class Removal:
    """Documents to be removed.

    Attributes
    ----------
    numbers
        int64.
    keys, offsets
        The keys of each, that of its id too; see `Entries`.
    """

    numbers: NDArray[np.int64]
    keys: NDArray[np.uint64]
    offsets: NDArray[np.int64]

    def __len__(self) -> int:
        """Count the documents."""
        return len(self.numbers)


def with_room(entries: Entries, found: Found, bucket_size: int) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Tell which keys of documents have room for them, if they are stored in order; and of each how many have none.

    Parameters
    ----------
    entries
        The documents.
    found
        What keys find, all of those documents among them.
    bucket_size
        How many documents a list holds.
    """
    if len(entries) == 1 and not len(found.keys):
        return np.ones(len(entries.keys), bool), np.zeros(1, np.int64)
    order = np.argsort(entries.keys, kind="stable")
    keys = entries.keys[order]
    starts = np.flatnonzero(np.append(True, keys[1:] != keys[:-1])) if len(keys) else np.zeros(0, np.int64)
    rank = np.arange(len(keys)) - np.repeat(starts, np.diff(np.append(starts, len(keys))))
    listed = np.bincount(found.keys, minlength=len(found.asked))[found.asked.searchsorted(keys)]
    has_room = np.empty(len(keys), bool)
    has_room[order] = listed + rank < bucket_size
    full = np.append(0, np.cumsum(~has_room))[entries.offsets]
    return has_room, full[1:] - full[:-1]
