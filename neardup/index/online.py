"""The online index: "have I seen this article?", asked one article at a time, or many."""

from __future__ import annotations

import os
import time
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from neardup.checks import check_int, check_number, check_text
from neardup.config import chosen_config
from neardup.errors import InputError, NeardupError
from neardup.index.answers import Answers
from neardup.index.asking import add, check, matches
from neardup.index.batches import Batch
from neardup.index.opening import MEMORY, name_of, opened_store
from neardup.index.packing import UnreadableError
from neardup.index.settings import read_settings, written_settings
from neardup.index.stored import Stored, StoredDocument
from neardup.index.upgrading import copy_to_file, upgrade
from neardup.inputs import read_documents
from neardup.inputs.ids import checked_ids
from neardup.inputs.pages import warn_of_page
from neardup.stores.sqlite import SqliteStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from neardup._typing import Id, OnNull, Table, Texts
    from neardup.config import Config
    from neardup.index.answers import IndexMatch
    from neardup.inputs import Documents
    from neardup.stores.database import Durability
    from neardup.stores.protocol import Stats, Store

    Progress = Callable[[str, int, int], object]

AT_ONCE = 1000
"""So many stored documents are read or removed in one step."""


class Index:
    """Documents that were seen, each with what is needed to say whether another one is a copy of it.

    Make one with `open`, and close it, or use ``with``. What is stored are the documents that were new: the survivors
    of `neardup.find_duplicates` with ``keep="first"``, in the order in which they came.

    Threads may share an index. Processes open the same file each by itself. It must not be open during a fork, and the
    child is told so: it would take the locks of its parent for its own.

    Attributes
    ----------
    config
        What decides.
    name
        Its file, its address without a password, or ``":memory:"``.

    Examples
    --------
    >>> with Index.open(":memory:") as index:
    ...     index.add("新闻-1", "据介绍，重庆经开区把质量强区战略写入全区规划，加快引进和培育壮大龙头企业。")
    ...     seen = index.add("新闻-2", "據介紹,重慶經開區把質量強區戰略寫入全區規劃,加快引進和培育壯大龍頭企業")
    ...     len(index), "新闻-2" in index, seen.survivor, seen.relation
    (1, False, '新闻-1', 'identical')
    """

    def __init__(self, store: Store, config: Config, name: str) -> None:
        self.config, self.name = config, name
        self._stored = Stored(store, config, name)
        self._lock, self._process = RLock(), os.getpid()
        self._is_open = True

    @classmethod
    def open(
        cls,
        path: str | Path,
        *,
        config: Config | None = None,
        create: bool = True,
        readonly: bool = False,
        durability: Durability = "normal",
        timeout_s: float = 30.0,
    ) -> Self:
        """Open an index, or make one.

        Parameters
        ----------
        path
            Its file, beside which SQLite keeps ``-wal`` and ``-shm`` while it is open; or ``":memory:"``; or as a str
            the address of a Redis or Valkey server, ``redis://USER:PASSWORD@HOST:PORT/DB?prefix=NAME`` (``rediss``
            with TLS, ``unix`` for a socket): all keys there begin with the prefix in braces, ``{neardup}:`` by default,
            and several indexes have several prefixes.
        config
            What decides. An index that is there was made with one, which this must be; None: whatever that is.
        create
            Whether one is made where none is.
        readonly
            Whether documents are only asked about.
        durability
            ``"normal"``: when the power goes, the latest documents may be lost, and the file is whole. ``"full"``: what
            was acknowledged is there, at the price of a wait for the disk with each call. A process that is killed
            loses nothing either way. Of a server its own settings decide: ``"full"`` refuses one that has not
            ``appendonly yes`` and ``appendfsync always``.
        timeout_s
            How long to wait while other processes keep the file locked, or to try again while the server does not
            answer; at least 0.

        Raises
        ------
        InputError
            If there is no index, or the file is something else, or damaged; or there is no server, or it refuses this
            user.
        MismatchError
            If it was made with another config or under other definitions; says what differs, and the remedy.
        OutputError
            If it cannot be written, or stays locked; or the server does not answer.
        NeardupError
            If a library is not installed that the extra ``index`` or ``redis`` brings.
        TypeError, ValueError
            If an option is none.
        """
        if durability not in ("normal", "full"):
            raise ValueError(f"durability must be 'normal' or 'full', not {durability!r}")
        timeout_s = check_number("timeout_s", timeout_s, low=0, high=10**6)
        chosen, name = chosen_config(config), name_of(path)
        store = opened_store(
            path,
            written_settings(chosen) if create or name == MEMORY else None,
            bucket_size=chosen.max_bucket_size,
            readonly=readonly,
            durability=durability,
            timeout_s=timeout_s,
        )
        try:
            own = read_settings(store.settings(), config, name)
        except BaseException:
            store.close()
            raise
        store.bucket_size = own.max_bucket_size
        return cls(store, own, name)

    @classmethod
    def upgrade(
        cls,
        path: str | Path,
        *,
        config: Config | None = None,
        timeout_s: float = 30.0,
        progress: Progress | None = None,
    ) -> int:
        """Make an index again from its texts, under the definitions of this version, and give how many it has.

        All documents stay, in their order, also such as are duplicates of one another by what decides now. The new one
        takes the place of the old one when it is complete; until then nothing is changed.

        Parameters
        ----------
        path
            The file, which nobody else may have open; or the address of a server, where nobody else may write it.
        config
            What decides from now on; None: what did before.
        timeout_s
            See `open`; so are the errors.
        progress
            Called with ``"upgrading"``, the documents done and all.
        """
        given = None if config is None else chosen_config(config)
        return upgrade(path, given, check_number("timeout_s", timeout_s, low=0, high=10**6), progress)

    def close(self) -> None:
        """Close the index; nothing else can be done with it then. Closing it again does nothing."""
        if self._process != os.getpid():
            return
        with self._lock:
            if self._is_open:
                self._stored.store.close()
            self._is_open = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Index.open({self.name!r})"

    # One document

    def add(
        self,
        id: Id,  # noqa: A002
        text: str,
        *,
        title: str | None = None,
        data: Any = None,  # noqa: ANN401
        replace: bool = False,
    ) -> IndexMatch | None:
        """Ask whether a document was seen, and store it if it is new, in one step.

        Parameters
        ----------
        id
            What it is called. ``7`` and ``"7"`` are one id; it is given back as it was stored.
        text
            The document. One without any text is stored, and nothing is like it.
        title
            Evidence, as for `neardup.find_duplicates`; by default the first line.
        data
            Something small to keep with it: bytes, or plain data that JSON can hold.
        replace
            Whether a stored document of this id may go, in the same step, if it has another text.

        Returns
        -------
        IndexMatch or None
            None: it is new, and stored. So it is also if it was stored before with the same text, so that a crawler
            that was ended in between and asks again does not lose the article. Else what it is a duplicate of.

        Raises
        ------
        ValueError
            If the id is stored with another text; nothing is changed.
        TypeError
            If something is not text, no id or no data.
        OutputError
            If the index cannot be written; nothing is stored.
        """
        batch = self._batch(checked_ids([id])[0], text, title, data)
        with self._opened() as stored:
            return add(stored, batch, replace=replace, threads=1)[0]

    def check(self, text: str, *, title: str | None = None) -> IndexMatch | None:
        """Ask whether a document was seen, and store nothing; see `add`."""
        batch = self._batch(None, text, title)
        with self._opened() as stored:
            return check(stored, batch, threads=1)[0]

    def matches(
        self, text: str, *, title: str | None = None, limit: int = 10, newer_than: float | datetime | None = None
    ) -> list[IndexMatch]:
        """Give stored documents that a text is anything to, also templates and versions, the best first.

        Parameters
        ----------
        text, title
            See `add`.
        limit
            How many at most.
        newer_than
            Only such as were added after this: seconds since 1970, or a time with its zone.

        Returns
        -------
        list of IndexMatch
            Those that make it a duplicate come first, then by score. At most ``max_candidates`` are compared.
        """
        limit = check_int("limit", limit)
        oldest = None if newer_than is None else _seconds("newer_than", newer_than)
        batch = self._batch(None, text, title)
        with self._opened() as stored:
            return matches(stored, batch, newer_than=oldest)[:limit]

    # Many documents

    def add_many(
        self,
        texts: Texts | Table,
        *,
        ids: Iterable[Id] | None = None,
        text: str | None = None,
        id: str | None = None,  # noqa: A002
        title: str | Iterable[str | None] | None = None,
        data: Iterable[Any] | None = None,
        on_null: OnNull = "raise",
        replace: bool = False,
        threads: int | None = None,
        progress: Progress | None = None,
    ) -> Answers:
        """Add documents in order, 1,000 of them in one transaction; see `add`.

        Parameters
        ----------
        texts, ids, text, id, title, on_null
            See `neardup.find_duplicates`.
        data
            For each document what to keep with it.
        replace
            See `add`.
        threads
            Of the sketches and comparisons; None for as many as this process may use. The answer does not depend on it.
        progress
            Called with ``"adding"``, the documents done and all.

        Returns
        -------
        Answers
            The same as from `add` for one document after the other, and as `neardup.find_duplicates` with
            ``keep="first"`` says of all that were ever added.

        Raises
        ------
        TypeError, ValueError, OutputError
            As `find_duplicates` and `add`. What earlier transactions stored stays.
        """
        documents = read_documents(texts, ids, text=text, id=id, title=title, on_null=on_null)
        kept = None if data is None else documents.kept(data)
        if kept is not None and len(kept) != len(documents.ids):
            raise ValueError(f"there are {len(kept)} data for {len(documents.ids)} documents")

        parts = []
        for batch in self._batches(documents, kept, threads, progress, "adding"):
            with self._opened() as stored:
                parts.append(add(stored, batch, replace=replace, threads=threads))
        return Answers.joined(parts, documents.skipped)

    def check_many(
        self,
        texts: Texts | Table,
        *,
        ids: Iterable[Id] | None = None,
        text: str | None = None,
        id: str | None = None,  # noqa: A002
        title: str | Iterable[str | None] | None = None,
        on_null: OnNull = "raise",
        threads: int | None = None,
        progress: Progress | None = None,
    ) -> Answers:
        """Ask about many documents, each against what is stored and not against the others; see `add_many`."""
        documents = read_documents(texts, ids, text=text, id=id, title=title, on_null=on_null)

        parts = []
        for batch in self._batches(documents, None, threads, progress, "checking"):
            with self._opened() as stored:
                parts.append(check(stored, batch, threads=threads))
        return Answers.joined(parts, documents.skipped)

    # What is stored

    def __len__(self) -> int:
        with self._opened() as stored:
            return len(stored.store)

    def __contains__(self, id_: object) -> bool:
        if not isinstance(id_, (str, int)) or isinstance(id_, bool):
            return False
        with self._opened() as stored:
            return bool(stored.numbers_of([id_]))

    def get(self, id: Id) -> StoredDocument | None:  # noqa: A002
        """Give a stored document, None if there is none of this id."""
        with self._opened() as stored, stored.store.snapshot():
            return next(iter(stored.documents(stored.numbers_of(checked_ids([id])))), None)

    def __iter__(self) -> Iterator[StoredDocument]:
        """Give the stored documents in the order in which they came; such as come meanwhile may be among them."""
        last = -1
        while True:
            with self._opened() as stored, stored.store.snapshot():
                numbers = stored.store.numbers(after=last, limit=AT_ONCE)
                documents = stored.documents(numbers)
            if not numbers:
                return
            yield from documents
            last = numbers[-1]

    def remove(self, ids: Id | Iterable[Id]) -> int:
        """Remove documents for good, and give how many there were.

        Their texts and keys are overwritten in the file, and in the log of changes beside it unless another handle is
        reading just then. A list of a key that was full takes the next document that is added; one that found no room
        in it before stays out.

        Parameters
        ----------
        ids
            One or several; such as are not stored are passed over.
        """
        wanted = checked_ids([ids] if isinstance(ids, (str, int)) else list(ids))
        with self._opened() as stored:
            return stored.remove(stored.numbers_of(wanted))

    def expire(self, *, older_than: float | datetime | timedelta, progress: Progress | None = None) -> int:
        """Remove the documents that were added before a time, 1,000 in one transaction, and give how many there were.

        Parameters
        ----------
        older_than
            Seconds since 1970, a time with its zone, or how long ago.
        progress
            Called with ``"expiring"``, the documents removed and the same again: how many there are is not known.
        """
        before = time.time() - older_than.total_seconds() if isinstance(older_than, timedelta) else older_than
        oldest = _seconds("older_than", before)
        removed = 0
        for count in self._expired(oldest):
            removed += count
            if progress is not None and count:
                progress("expiring", removed, removed)
        return removed

    def _expired(self, before: float) -> Iterator[int]:
        """Remove what is older, a step at a time, and count what each removed."""
        steps, last = self._stored.store.drop_oldest(before), -1
        while True:
            with self._opened():
                dropped = next(steps, None)
            if dropped is None:
                break
            yield dropped
        while True:
            with self._opened() as stored:
                numbers = stored.store.numbers(after=last, limit=AT_ONCE, before=before)
                if not numbers:
                    return
                last, removed = numbers[-1], stored.remove(numbers)
            yield removed

    def stats(self) -> Stats:
        """Say how large the index is."""
        with self._opened() as stored:
            return stored.store.stats()

    def version(self) -> int:
        """Give a number that another one takes the place of with every change."""
        with self._opened() as stored:
            return stored.store.version()

    def verify(self, *, progress: Progress | None = None) -> list[str]:
        """Look for damage: every page of the file, and every document against its sketch and its keys.

        Returns
        -------
        list of str
            What is wrong, in words; empty if nothing is.

        Notes
        -----
        It reads the whole file, and takes some 50 microseconds a document.
        """
        with self._opened() as stored:
            faults = list(stored.store.faults())
            size = len(stored.store)
        done, last = 0, -1
        while True:
            with self._opened() as stored, stored.store.snapshot():
                numbers = stored.store.numbers(after=last, limit=AT_ONCE)
                if not numbers:
                    return faults
                faults += stored.faults_of(numbers)
            last, done = numbers[-1], done + len(numbers)
            if progress is not None:
                progress("verifying", done, max(size, done))

    def backup(self, path: str | Path) -> None:
        """Write the index as it is at this moment into a new file, while others go on writing.

        A copy of a file by other means, made while something is written, may be damaged. Of an index on a server the
        documents are copied one after the other, and such as come meanwhile may be among them.

        Raises
        ------
        OutputError
            If the file exists, or cannot be written.
        """
        with self._opened() as stored:
            if isinstance(stored.store, SqliteStore):
                stored.store.copy_to(Path(path))
            else:
                copy_to_file(stored, Path(path))

    # Inside

    @contextmanager
    def _opened(self) -> Iterator[Stored]:
        """Give what is stored to one thread."""
        if self._process != os.getpid():  # before the lock, which another thread may have held at that moment
            raise NeardupError(
                f"the index {self.name} was opened before this process was forked; close it before a fork, "
                "and open it in each process by itself"
            )
        with self._lock:
            if not self._is_open:
                raise NeardupError(f"the index {self.name} is closed; open it again")
            try:
                yield self._stored
            except UnreadableError as error:
                raise InputError(f"is damaged: {error}; put a backup in its place", file=self._stored.name) from error

    def _batch(self, id_: Id | None, text: str, title: str | None, data: object = None) -> Batch:
        """Read one document."""
        check_text(text)
        if title is not None and not isinstance(title, str):
            raise TypeError(f"title must be a str, not {type(title).__name__}")
        warn_of_page(text)
        return Batch.of([id_], [text], [title or ""], [data], self.config, 1)

    def _batches(
        self,
        documents: Documents,
        data: Sequence[Any] | None,
        threads: int | None,
        progress: Progress | None,
        stage: str,
    ) -> Iterator[Batch]:
        """Read documents, some at a time; each is reported when the next is asked for."""
        size = len(documents.ids)
        step = self._stored.store.at_once
        for start in range(0, size, step):
            rows = np.arange(start, min(start + step, size))
            titles = documents.titles.take(rows) if documents.titles else [""] * len(rows)
            own = [None] * len(rows) if data is None else data[start : start + step]
            ids = documents.ids[start : start + step]
            yield Batch.of(ids, documents.texts.take(rows), titles, own, self.config, threads)
            if progress is not None:
                progress(stage, start + len(rows), size)


def _seconds(name: str, given: float | datetime) -> float:
    """Give a time as seconds since 1970."""
    if isinstance(given, datetime):
        if given.tzinfo is None:
            raise ValueError(f"{name} must have a time zone, as datetime.now(timezone.utc) has")
        return given.timestamp()
    return check_number(name, given, low=-(10**12), high=10**12)
