"""The store on the disk: one SQLite file, for any number of processes.

Documents stand in the order in which they came: their small records in ``records``, all else in ``payloads``. Every
write adds a row to ``log``. The keys of the latest documents stand there, and every handle holds them in memory
(`RecentKeys`), where one document costs little. Of the large table ``keys``, one integer a key, a slice at a time is
brought up to date: so each of its pages is written once for many documents.
"""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from neardup.errors import OutputError
from neardup.io.atomic import temporary_path, write_faults_named
from neardup.stores.database import Database
from neardup.stores.packed import MAX_NUMBER, NUMBER_BITS, SLICES, bounds, least, numbers_of, pack, slices_of
from neardup.stores.presence import KeyFilter, bitmap_of, is_crowded
from neardup.stores.protocol import Entries, Found, Inserted, Record, Removal, Stats, with_room
from neardup.stores.recent import RecentKeys

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from numpy.typing import NDArray

    from neardup.stores.database import Durability
    from neardup.stores.protocol import Store

_LEAST_PACE, _GREATEST_PACE, _PACE_BITS = 8, 128, 13
"""After so many documents a slice is moved; between the two, a 2**13th of all documents."""

_TRIM_EVERY = 64
"""After so many moves, rows leave the log whose keys are all in the table."""

_IN_TABLE = f"""
SELECT keys.e FROM carray(?) AS asked CROSS JOIN keys
WHERE keys.e BETWEEN asked.value AND asked.value + {MAX_NUMBER}
"""


class _LogRow(NamedTuple):
    """What one write did.

    Attributes
    ----------
    n
        The last document that it added, or a number in between.
    documents, payload_bytes, moves
        How many documents there are since, how large, and how many slices were ever moved.
    moved
        How many of those it moved.
    keys, gone
        int64: packed keys, and numbers of documents that it removed; None for none.
    """

    n: int
    documents: int
    payload_bytes: int
    moves: int
    moved: int
    keys: bytes | None
    gone: bytes | None


class SqliteStore:
    """Documents in an SQLite file; see `neardup.stores.protocol.Store`, and `Database` for the parameters."""

    at_once, breaks = 1000, 0

    def __init__(
        self,
        path: Path,
        settings: Mapping[str, str] | None,
        *,
        bucket_size: int,
        readonly: bool = False,
        durability: Durability = "normal",
        timeout_s: float = 30.0,
    ) -> None:
        self.bucket_size = bucket_size
        self._database = Database(path, settings, readonly=readonly, durability=durability, timeout_s=timeout_s)
        self._db = self._database.connection
        self._forget_all()

    def settings(self) -> dict[str, str]:
        """See `Store`."""
        with self._database.faults_named():
            return dict(self._rows("SELECT name, value FROM settings"))

    def snapshot(self) -> AbstractContextManager[None]:
        """See `Store`."""
        return self._database.snapshot()

    def version(self) -> int:
        """See `Store`."""
        with self._database.faults_named():
            return int(self._db.execute("SELECT max(n) FROM log").get or 0)

    # Finding

    def find(self, keys: NDArray[np.uint64]) -> Found:
        """See `Store`."""
        with self._database.faults_named():
            self._catch_up()
            low = least(keys)
            entries = np.concatenate([self._recent.find(low), self._in_table(low)])
        if not len(entries):
            return Found.nothing(self._last, keys)
        entries.sort()
        entries = entries[np.append(True, entries[1:] != entries[:-1])]  # what was moved can be in both
        places, stop = low.searchsorted(entries & ~MAX_NUMBER), low.searchsorted(entries, side="right")
        if len(entries) < (stop - places).sum():  # what packed keys keep of two of these is the same
            chosen, sizes = np.arange(len(entries)).repeat(stop - places), stop - places
            places = np.arange(len(chosen)) - (np.cumsum(sizes) - sizes - places).repeat(sizes)
            order = np.lexsort([chosen, places])
            places, entries = places[order], entries[chosen[order]]
        return Found(self._last, keys, places, numbers_of(entries))

    def _in_table(self, low: NDArray[np.int64]) -> NDArray[np.int64]:
        asked = low[self._filter.may_have(low, self._bitmaps)]
        if not len(asked):
            return asked
        return np.array(self._rows(_IN_TABLE, asked), np.int64).ravel()

    def _bitmaps(self, slices: NDArray[np.int64]) -> dict[int, bytes]:
        return dict(self._rows("SELECT slice, bits FROM filter WHERE slice IN carray(?)", slices))

    def _rows(self, query: str, *given: Any) -> list[tuple[Any, ...]]:  # noqa: ANN401 - what SQLite binds
        """Ask, also with arrays of int64."""
        bound = [self._database.array(each) if isinstance(each, np.ndarray) else each for each in given]
        found: list[tuple[Any, ...]] = self._db.execute(query, bound).fetchall()
        return found

    def guess(self, keys: NDArray[np.uint64]) -> Found:
        """See `Store`."""
        return self.find(keys)

    def records(self, numbers: NDArray[np.int64]) -> dict[int, Record]:
        """See `Store`."""
        query = "SELECT n, record, added, left_out FROM records WHERE n IN carray(?)"
        with self._database.faults_named():
            return {n: Record(*record) for n, *record in self._rows(query, numbers)} if len(numbers) else {}

    def payloads(self, numbers: NDArray[np.int64]) -> dict[int, bytes]:
        """See `Store`."""
        query = "SELECT n, payload FROM payloads WHERE n IN carray(?)"
        with self._database.faults_named():
            return dict(self._rows(query, numbers)) if len(numbers) else {}

    def numbers(self, *, after: int = -1, limit: int = 1000, before: float | None = None) -> list[int]:
        """See `Store`."""
        query = "SELECT n FROM records WHERE n > ? AND added < ? ORDER BY n LIMIT ?"
        given = after, float("inf") if before is None else before, limit
        with self._database.faults_named():
            return [n for (n,) in self._rows(query, *given)]

    def __len__(self) -> int:
        """See `Store`."""
        with self.snapshot():
            self._catch_up()
            return self._documents

    def stats(self) -> Stats:
        """See `Store`."""
        with self.snapshot():
            self._catch_up()
            size = self._database.size()
            return Stats(self._documents, self._payload_bytes, size)

    # What is in the log, and in memory

    def _forget_all(self) -> None:
        self._last = self._moves = self._moved_at = self._documents = self._payload_bytes = 0
        self._recent, self._filter = RecentKeys(), KeyFilter()

    def _catch_up(self) -> list[_LogRow]:
        """Read and give what others have written since the last look."""
        if self.version() == self._last:
            return []
        query = "SELECT n, documents, payload_bytes, moves, moved, keys, gone FROM log WHERE n > ? ORDER BY n"
        rows = [_LogRow(*row) for row in self._rows(query, self._last)]
        if self._last and rows[-1].moves - self._moves >= SLICES:  # what is missing may have left the log meanwhile
            self._forget_all()
            rows = [_LogRow(*row) for row in self._rows(query, 0)]
        self._follow(rows)
        return rows

    def _follow(self, rows: list[_LogRow]) -> None:
        """Take over rows of the log."""
        for row in rows:
            if row.moved:
                self._moved_at = row.n
            for move in range(row.moves - row.moved, row.moves):
                self._recent.moved(move % SLICES, row.n)
                self._filter.forget(move % SLICES)
        if gone := [row.gone for row in rows if row.gone]:
            self._recent.forget(np.frombuffer(b"".join(gone), np.int64))
        if blobs := [row.keys for row in rows if row.keys]:
            self._recent.add(np.frombuffer(b"".join(blobs), np.int64))
        # At the end: whoever is interrupted before reads the same rows again, which does no harm.
        self._last, self._documents, self._payload_bytes, self._moves = rows[-1][:4]

    # Writing

    def check_insert(self, entries: Entries, found: Found, gone: Removal | None = None) -> Found | Inserted:
        """See `Store`."""
        known = self._last
        with self._writing() as news:
            if known != found.version or any(_may_change(row, found.asked) for row in news):
                now = self.find(found.asked)
                if not now.is_same(found):
                    return now
                found = now
            if gone is not None and self._remove(gone):
                found = self.find(found.asked)
            inserted = self._insert(entries, found) if len(entries) else Inserted([], 0)
        if gone is not None:
            self._database.erase_log()
        return inserted

    @contextmanager
    def _writing(self) -> Iterator[list[_LogRow]]:
        """Let everything that is written inside appear at once; what is in memory follows, or is read again.

        Gives what was new in the log.
        """
        try:
            with self._database.transaction():
                yield self._catch_up()
        except BaseException:
            self._forget_all()
            raise

    def _insert(self, entries: Entries, found: Found) -> Inserted:
        size, first = len(entries), self._last + 1
        last = first + size - 1
        if last + 1 > MAX_NUMBER:
            raise OutputError(f"is full after {MAX_NUMBER} documents; begin another index", file=self._database.name)
        numbers = range(first, last + 1)
        has_room, left_out = with_room(entries, found, self.bucket_size)
        records = zip(numbers, entries.added, left_out.tolist(), entries.records, strict=True)
        self._db.executemany("INSERT INTO records VALUES(?, ?, ?, ?)", records)
        self._db.executemany("INSERT INTO payloads VALUES(?, ?)", zip(numbers, entries.payloads, strict=True))
        listed = int(left_out.sum())
        own = np.arange(first, last + 1)
        owners = own.repeat(entries.offsets[1:] - entries.offsets[:-1])
        if listed:
            owners = owners[has_room]
        keys = pack(
            np.concatenate([entries.keys[has_room] if listed else entries.keys, entries.id_keys]),
            np.concatenate([owners, own]),
        )
        self._append(last, self._documents + size, self._payload_bytes + sum(map(len, entries.payloads)), keys=keys)
        return Inserted(list(numbers), listed)

    def _append(
        self,
        last: int,
        documents: int,
        payload_bytes: int,
        keys: NDArray[np.int64] | None = None,
        gone: NDArray[np.int64] | None = None,
    ) -> None:
        """Write a row of the log, and bring some slices of the table up to date."""
        pace = min(max(last >> _PACE_BITS, _LEAST_PACE), _GREATEST_PACE)
        moved = min((last - self._moved_at) // pace, SLICES)
        for move in range(self._moves, self._moves + moved):
            self._move(move % SLICES, keys)
        written = keys is not None and keys.tobytes(), gone is not None and gone.tobytes()
        row = _LogRow(last, documents, payload_bytes, self._moves + moved, moved, *(each or None for each in written))
        self._db.execute("INSERT INTO log VALUES(?, ?, ?, ?, ?, ?, ?)", row)
        self._follow([row])
        if moved and self._moves // _TRIM_EVERY != (self._moves - moved) // _TRIM_EVERY:
            self._db.execute("DELETE FROM log WHERE n < ?", (min(self._recent.first_unmoved(), last),))

    def _move(self, slice_: int, keys: NDArray[np.int64] | None) -> None:
        """Write what is in memory of a slice, and what is being added, into the table."""
        entries = self._recent.in_slice(slice_)
        if keys is not None:
            entries = np.sort(np.concatenate([entries, keys[slices_of(keys) == slice_]]))
        if not len(entries):
            return
        self._rows("INSERT OR IGNORE INTO keys SELECT value FROM carray(?)", entries)
        before = self._db.execute("SELECT bits FROM filter WHERE slice = ?", (slice_,)).get or b""
        bitmap = bitmap_of(entries, before)
        if is_crowded(bitmap):
            query = "SELECT e FROM keys WHERE e BETWEEN ? AND ?"
            bitmap = bitmap_of(np.array(self._rows(query, *bounds(slice_)), np.int64).ravel())
        self._db.execute("INSERT OR REPLACE INTO filter VALUES(?, ?)", (slice_, bitmap))

    def remove(self, removal: Removal) -> int:
        """See `Store`."""
        with self._writing():
            removed = self._remove(removal)
        self._database.erase_log()
        return removed

    def _remove(self, removal: Removal) -> int:
        """Remove documents with their keys, also those that stand in the log."""
        there = np.array(self._rows("SELECT n FROM records WHERE n IN carray(?)", removal.numbers), np.int64).ravel()
        if not len(there):
            return 0
        [(size,)] = self._rows("SELECT sum(length(payload)) FROM payloads WHERE n IN carray(?)", there)
        entries = pack(removal.keys, np.repeat(removal.numbers, np.diff(removal.offsets)))
        self._rows("DELETE FROM keys WHERE e IN carray(?)", entries)
        for table in ("records", "payloads"):
            self._rows(f"DELETE FROM {table} WHERE n IN carray(?)", there)
        query = "SELECT n, keys FROM log WHERE n >= ? AND keys IS NOT NULL ORDER BY n"
        for n, keys in self._rows(query, int(there.min())):
            logged = np.frombuffer(keys, np.int64)
            stays = ~np.isin(numbers_of(logged), there)
            if not stays.all():
                self._db.execute("UPDATE log SET keys = ? WHERE n = ?", (logged[stays].tobytes(), n))
        self._recent.forget(there)  # before slices are moved
        self._append(self._last + 1, self._documents - len(there), self._payload_bytes - size, gone=there)
        return len(there)

    def drop_oldest(self, before: float) -> Iterator[int]:
        """See `Store`; of each document the keys are needed."""
        return iter(())

    def faults(self) -> Iterator[str]:
        """See `Store`."""
        with self.snapshot():
            for (said,) in self._rows("PRAGMA integrity_check(20)"):
                if said != "ok":
                    yield f"SQLite: {said}"
            self._catch_up()
            for one, other in (("records", "payloads"), ("payloads", "records")):
                query = f"SELECT n FROM {one} WHERE n NOT IN (SELECT n FROM {other}) LIMIT 20"
                for (n,) in self._rows(query):
                    yield f"the document number {n} is in {one}, and not in {other}"
            count = self._db.execute("SELECT count(*) FROM records").get
            if count != self._documents:
                yield f"there are {count} documents, and the log says {self._documents}"

    def copy_to(self, path: Path) -> None:
        """See `Database.copy_to`."""
        self._database.copy_to(path)

    @contextmanager
    def successor(self, settings: Mapping[str, str], *, bucket_size: int) -> Iterator[Store]:
        """Give a new store that takes the place of this one when all inside is done; see `Database.alone`."""
        with self._database.alone(), whole_store(self._database.path, settings, bucket_size=bucket_size) as new:
            yield new

    def close(self) -> None:
        """See `Store`."""
        self._database.close()


@contextmanager
def whole_store(path: Path, settings: Mapping[str, str], *, bucket_size: int) -> Iterator[SqliteStore]:
    """Give a new store on the disk that has its name, maybe that of another file, when all inside is done."""
    temporary = temporary_path(path, secrets.token_hex(8))
    try:
        new = SqliteStore(temporary, settings, bucket_size=bucket_size, durability="full")
        try:
            yield new
        finally:
            new.close()
        with write_faults_named(path):
            temporary.replace(path)
    finally:
        for suffix in ("", "-wal", "-shm"):
            temporary.with_name(temporary.name + suffix).unlink(missing_ok=True)


def _may_change(row: _LogRow, asked: NDArray[np.uint64]) -> bool:
    """Tell whether a write may have changed what keys find."""
    if row.gone:
        return True
    low = least(asked)
    entries = np.frombuffer(row.keys or b"", np.int64)
    places = low.searchsorted(entries, side="right") - 1
    return bool((low[places] >> NUMBER_BITS == entries >> NUMBER_BITS).any()) if len(low) else False
