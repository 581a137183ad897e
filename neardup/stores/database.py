"""The file of an index: an SQLite database in the WAL mode, made or recognised, and its transactions.

SQLite comes with APSW rather than with Python: versions before 3.51.3 can damage a file on which two connections write
and checkpoint at once.
"""

from __future__ import annotations

import random
import secrets
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

import numpy as np

from neardup.errors import InputError, MismatchError, OutputError
from neardup.io.atomic import temporary_path, write_faults_named
from neardup.io.sources import path_id
from neardup.stores.faults import DAMAGED, faults_named
from neardup.stores.files import check_fork, identity, is_database, note_closed, note_open, opening
from neardup.stores.locking import WriteLock

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import apsw
    from numpy.typing import NDArray

Durability = Literal["normal", "full"]

APPLICATION_ID = 0x6E647570
"""``ndup``: what the file says it is."""

SCHEMA_VERSION = 1

_PAGE_BYTES = 8192
_PASSES, _FEW_PAGES = 4, 100
"""So often a checkpoint begins again while others write, until so few pages are left."""

_READERS_S, _ERASING_S = 0.02, 5.0
"""So long a checkpoint waits for others who read."""
_CHECKPOINT_PAGES = 1500
"""Of the log of changes. Writing them takes some 20 ms, for which one process waits, and no other."""
_CACHE_KIB = 64 * 1024
_LONGEST_NAP = 0.001

_SCHEMA = """
CREATE TABLE settings(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE log(n INTEGER PRIMARY KEY, documents INTEGER NOT NULL, payload_bytes INTEGER NOT NULL,
    moves INTEGER NOT NULL, moved INTEGER NOT NULL, keys BLOB, gone BLOB);
CREATE TABLE records(n INTEGER PRIMARY KEY, added REAL NOT NULL, left_out INTEGER NOT NULL, record BLOB NOT NULL);
CREATE TABLE payloads(n INTEGER PRIMARY KEY, payload BLOB NOT NULL);
CREATE TABLE keys(e INTEGER PRIMARY KEY);
CREATE TABLE filter(slice INTEGER PRIMARY KEY, bits BLOB NOT NULL);
"""


class Database:
    """A connection with the file of an index.

    Parameters
    ----------
    path
        The file.
    settings
        What a new one is made with; None: it must be there.
    readonly
        Whether it may not be written.
    durability
        See `neardup.Index.open`.
    timeout_s
        How long to wait while another process keeps the file locked.

    Raises
    ------
    NeardupError
        If it was open when this process was forked.
    InputError
        If there is no such file and none is to be made, it is something else, or damaged.
    MismatchError
        If another version of this library made it, which has another layout.
    OutputError
        If it cannot be written, or stays locked.
    """

    def __init__(
        self,
        path: Path,
        settings: Mapping[str, str] | None,
        *,
        readonly: bool,
        durability: Durability,
        timeout_s: float,
    ) -> None:
        self.path, self.readonly = path, readonly
        self.name = path_id(path)
        self._timeout_s = timeout_s
        self._patience_s, self._deadline = timeout_s, 0.0
        self._pages, self._next_checkpoint = 0, _CHECKPOINT_PAGES  # of the log of changes
        self._lock = WriteLock(path.with_name(path.name + "-lock"), self.name, timeout_s)
        self._file: tuple[int, int] | None = None
        with self.faults_named(), opening():
            is_new = _look_at(path, self.name, may_make=settings is not None and not readonly)
            self.connection = self._connect()
            self._file = note_open(path)
        try:
            with self.faults_named():
                self._set_up(is_new, settings, durability)
        except BaseException:
            self.close()
            raise

    def faults_named(self) -> Any:  # noqa: ANN401 - a context manager
        """Turn errors of SQLite into those of this library; see `neardup.stores.faults.faults_named`."""
        return faults_named(self.name, self._timeout_s)

    def _connect(self) -> apsw.Connection:
        import apsw

        if not self.readonly:
            flags = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
            return self._tuned(apsw.Connection(str(self.path), flags=flags))
        try:
            found = self._tuned(apsw.Connection(str(self.path), flags=apsw.SQLITE_OPEN_READONLY))
            found.execute("SELECT 1 FROM sqlite_schema").fetchall()
        except (apsw.CantOpenError, apsw.ReadOnlyError):
            if self.path.with_name(self.path.name + "-wal").exists():
                raise
            # In a folder that cannot be written either nobody changes the file.
            uri = f"file:{quote(str(self.path.absolute()))}?immutable=1"
            flags = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
            return self._tuned(apsw.Connection(uri, flags=flags))
        return found

    def _tuned(self, connection: apsw.Connection) -> apsw.Connection:
        connection.set_busy_handler(self._nap)
        for name, value in (("cache_size", -_CACHE_KIB), ("mmap_size", 0), ("secure_delete", 1), ("temp_store", 2)):
            connection.pragma(name, value)
        return connection

    def _nap(self, tries: int) -> bool:
        """Wait for whoever has the file locked beside the lock, as other programs do."""
        if tries == 0:
            self._deadline = time.monotonic() + self._patience_s
        time.sleep(random.uniform(0, _LONGEST_NAP))
        return time.monotonic() < self._deadline

    def _set_up(self, is_new: bool, settings: Mapping[str, str] | None, durability: Durability) -> None:
        db = self.connection
        if is_new:
            db.pragma("page_size", _PAGE_BYTES)
        # Whoever made it may have been ended before it was done, and others may be making it just now.
        if settings is not None and not self.readonly and self._is_blank():
            db.pragma("journal_mode", "wal")
            with self.transaction():
                if self._is_blank():
                    db.execute(_SCHEMA)
                    db.executemany("INSERT INTO settings VALUES(?, ?)", list((settings or {}).items()))
                    db.pragma("application_id", APPLICATION_ID)
                    db.pragma("user_version", SCHEMA_VERSION)
        if db.pragma("application_id") != APPLICATION_ID:
            raise InputError("is a database, but no index of neardup; choose another name", file=self.name)
        if (version := db.pragma("user_version")) != SCHEMA_VERSION:
            raise MismatchError(
                f"was made with layout {version} of the file, and this version reads {SCHEMA_VERSION}; install the "
                "version that made it, neardup index export, and add that to a new one",
                file=self.name,
            )
        if not self.readonly:
            db.pragma("journal_mode", "wal")  # a copy is not in it
            db.set_wal_hook(self._note_pages)  # in place of SQLite's own, which would let other writers wait
            db.pragma("synchronous", {"normal": 1, "full": 2}[durability])
        self._check_size()

    def _is_blank(self) -> bool:
        return (
            not self.connection.pragma("application_id")
            and not self.connection.execute("SELECT 1 FROM sqlite_schema").fetchall()
        )

    def _check_size(self) -> None:
        """Raise InputError if the file is shorter than it says, and no log of changes can have the rest."""
        log = self.path.with_name(self.path.name + "-wal")
        if log.exists() and log.stat().st_size:
            return
        if self.path.stat().st_size < self.size():
            raise InputError(DAMAGED, file=self.name)

    def _check_place(self) -> None:
        """Raise OutputError if what is written would be lost, for the name is that of another file now, or of none."""
        try:
            is_there = identity(self.path) == self._file
        except FileNotFoundError:
            is_there = False
        if not is_there:
            raise OutputError("was removed or replaced while it was open; open it again", file=self.name)

    def size(self) -> int:
        """Give how many bytes the file has."""
        pages: Any = self.connection.pragma("page_count")
        page_bytes: Any = self.connection.pragma("page_size")
        return int(pages * page_bytes)

    def array(self, numbers: NDArray[np.int64]) -> Any:  # noqa: ANN401
        """Give integers as SQLite takes many of them."""
        import apsw

        return apsw.carray(np.ascontiguousarray(numbers), flags=apsw.SQLITE_CARRAY_INT64)

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Let everything that is read inside be of one moment."""
        if self.connection.in_transaction:
            yield
            return
        with self.faults_named():
            self.connection.execute("BEGIN")
            try:
                yield
            finally:
                self.connection.execute("ROLLBACK")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Let everything that is written inside appear at once, or nothing of it."""
        with self.faults_named():
            with self._lock:
                self._check_place()
                self.connection.execute("BEGIN IMMEDIATE")
                try:
                    yield
                    self.connection.execute("COMMIT")
                finally:
                    if self.connection.in_transaction:
                        self.connection.execute("ROLLBACK")
            if self._pages > self._next_checkpoint:
                self._checkpoint()

    def _checkpoint(self) -> None:
        """Bring the log of changes into the file, so that it starts again.

        Most of it while others may write, who append to it meanwhile; the rest, which is little then, while none does.
        """
        self._next_checkpoint = self._pages + _CHECKPOINT_PAGES  # if it cannot start again, for somebody reads in it
        for _ in range(_PASSES):
            is_busy, logged, done = self._passive_checkpoint()
            if is_busy:  # another one is at it
                return
            if logged - done <= _FEW_PAGES:
                break
        with self._lock, self._waiting(_READERS_S):
            self.connection.execute("PRAGMA wal_checkpoint(RESTART)").fetchall()

    def _passive_checkpoint(self) -> tuple[int, int, int]:
        found: list[Any] = self.connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        is_busy, logged, done = found[0]
        return is_busy, logged, done

    def _note_pages(self, _: object, __: str, pages: int) -> int:
        if pages < self._pages:
            self._next_checkpoint = _CHECKPOINT_PAGES
        self._pages = pages
        return 0

    @contextmanager
    def _waiting(self, patience_s: float) -> Iterator[None]:
        """Wait for other programs no longer than this."""
        before, self._patience_s = self._patience_s, patience_s
        try:
            yield
        finally:
            self._patience_s = before

    def erase_log(self) -> None:
        """Bring what was removed out of the log of changes too, unless another handle is just reading it."""
        with self.faults_named(), self._lock, self._waiting(_ERASING_S):
            self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def copy_to(self, path: Path) -> None:
        """Write all that is stored at one moment into a new file, which appears whole.

        Raises
        ------
        OutputError
            If it exists, or cannot be written.
        """
        if path.exists():
            raise OutputError("exists already; choose another name", file=path_id(path))
        temporary = temporary_path(path, secrets.token_hex(8))
        try:
            with faults_named(path_id(path), self._timeout_s):
                self.connection.execute("VACUUM INTO ?", (str(temporary),))
            with write_faults_named(path):
                temporary.rename(path)
        finally:
            temporary.unlink(missing_ok=True)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep everybody else away, so that another file may take the place of this one.

        Raises
        ------
        OutputError
            If another handle is open.
        """
        import apsw

        db = self.connection
        with self.faults_named():
            try:
                db.pragma("journal_mode", "delete")
                db.execute("BEGIN EXCLUSIVE")
            except (apsw.BusyError, apsw.LockedError) as error:
                message = "is open elsewhere; end what uses it, and try again"
                raise OutputError(message, file=self.name) from error
            try:
                yield
            finally:
                db.execute("ROLLBACK")

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()
        note_closed(self._file)
        # SQLite takes its log away when the last handle closes. If another one opens just now, shares may be uneven for
        # want of a common lock; SQLite's own keeps writers apart.
        self._lock.close(remove=not self.path.with_name(self.path.name + "-wal").exists())


def _look_at(path: Path, name: str, *, may_make: bool) -> bool:
    """Tell whether the file is to be made.

    Raises
    ------
    InputError
        If it is missing and may not be made, or it is no database.
    """
    try:
        found = is_database(path)
        check_fork(path)
    except FileNotFoundError:
        if not may_make:
            raise InputError("there is no such index; add documents first, or look at the name", file=name) from None
        if not path.parent.is_dir():
            raise InputError(f"there is no folder {path_id(path.parent)}; make it", file=name) from None
        return True
    except OSError as error:
        raise InputError(f"cannot be opened ({error.strerror})", file=name) from error
    if found is False:
        raise InputError("is no index of neardup; choose another name", file=name)
    if found is None and not may_make:
        raise InputError("is empty, and no index; look at the name", file=name)
    return found is None
