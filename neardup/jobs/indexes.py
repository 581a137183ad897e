"""Indexes in a job: their documents are an earlier corpus, and survivors are added to one of them."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from neardup.errors import InputError
from neardup.index import Index
from neardup.io.sources import Source, path_id
from neardup.jobs.inputs import BATCH_RECORDS, Batch, Reject
from neardup.stores.addresses import is_address
from neardup.stores.files import is_database

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from neardup._typing import Id
    from neardup.config import Config
    from neardup.index import StoredDocument
    from neardup.io.records import Scalar
    from neardup.jobs.inputs import Wanted

_ADDED_AT_ONCE = 1000


def told_apart(source: Source) -> Source:
    """Tell by what a file holds whether it is an index, or at least a database, of which there is no other use."""
    if source.path is None or not source.path.is_file():
        return source
    try:
        return replace(source, kind="index") if is_database(source.path) else source
    except OSError:  # it is named when it is read
        return source


def source_of(path: str | Path) -> Source:
    """Give the index that survivors are added to as a source, also where it is not made yet."""
    return Source(path_id(path), Path(path), Path(Path(path).name), "index")


def config_of(path: str | Path, wanted: Config | None = None) -> Config | None:
    """Give what decides in an index, which must be what is wanted; that itself where it is not made yet.

    Raises
    ------
    NeardupError
        As `neardup.Index.open`.
    """
    if not os.path.lexists(path):
        return wanted
    with opened_to_read(Path(path), wanted) as index:
        return index.config


def state_of(source: Source) -> dict[str, int]:
    """Say by what a change of an index is noticed; one that is not made yet is empty.

    Raises
    ------
    NeardupError
        As `neardup.Index.open`.
    """
    if source.path is None or not os.path.lexists(source.path):
        return {"version": 0, "documents": 0, "payload_bytes": 0}
    with opened_to_read(source.path) as index:
        found = index.stats()
        return {"version": index.version(), "documents": found.documents, "payload_bytes": found.payload_bytes}


def size_of(source: Source) -> int:
    """Give how many bytes an input has on the disk; an index that is not made yet has none."""
    is_missing = source.path is None or (source.kind == "index" and not os.path.lexists(source.path))
    return 0 if is_missing or source.path is None else source.path.stat().st_size


def read_index(source: Source, wanted: Wanted, batch_bytes: int) -> Iterator[Batch]:
    """Read an index in the order in which its documents came; see `neardup.jobs.inputs.read_batches`.

    It has ids and titles, and null in all other fields. A document that holds half a character is a reject.
    """
    assert source.path is not None
    if not os.path.lexists(source.path):
        return
    with opened_to_read(source.path) as index:
        size, total, done = len(index), source.path.stat().st_size, 0
        for documents in _cut(iter(index), batch_bytes):
            done += len(documents)
            yield _batch(source, documents, wanted, total * done // max(size, done))


def add_survivors(
    path: Path,
    config: Config,
    rows: NDArray[np.int64],
    documents: Callable[[NDArray[np.int64]], tuple[list[Id], list[str], list[str]]],
    threads: int | None,
    progress: Callable[[str, int, int], object],
) -> int:
    """Add documents to an index, which is made if there is none, and count those that it holds then.

    Parameters
    ----------
    path, config
        The index, and what decides.
    rows
        The documents, in the order in which they are added. Such as it holds already, with the same texts, stay.
    documents
        Gives the ids, texts and titles of some of them.
    threads, progress
        See `neardup.dedup_files`; the stage is ``"indexing"``.

    Raises
    ------
    InputError
        If an id is stored with another text.
    NeardupError
        As `neardup.Index.open` and `neardup.Index.add_many`.
    """
    held = 0
    with Index.open(path, config=config) as index:
        for start in range(0, len(rows), _ADDED_AT_ONCE):
            some = rows[start : start + _ADDED_AT_ONCE]
            ids, texts, titles = documents(some)
            try:
                held += len(index.add_many(texts, ids=ids, title=titles or None, threads=threads).new)
            except ValueError as error:  # somebody else has added it meanwhile
                raise InputError(str(error), file=path_id(path)) from error
            progress("indexing", start + len(some), len(rows))
    return held


def opened_to_read(path: str | Path, config: Config | None = None, *, timeout_s: float = 30.0) -> Index:
    """Open an index that is there to read it; it is left as one file where it may be written."""
    may_write = not is_address(path) and all(os.access(each, os.W_OK) for each in (path, Path(path).parent))
    return Index.open(path, config=config, create=False, readonly=not may_write, timeout_s=timeout_s)


def _cut(documents: Iterator[StoredDocument], batch_bytes: int) -> Iterator[list[StoredDocument]]:
    """Cut documents into batches of about so many bytes in UTF-8, none of more than `BATCH_RECORDS`."""
    some: list[StoredDocument] = []
    size = 0
    for document in documents:
        some.append(document)
        size += 3 * len(document.text)
        if size >= batch_bytes or len(some) == BATCH_RECORDS:
            yield some
            some, size = [], 0
    if some:
        yield some


def _batch(source: Source, documents: Sequence[StoredDocument], wanted: Wanted, position: int) -> Batch:
    kept, rejects = [], []
    for document in documents:
        try:
            f"{document.id}{document.text}{document.title}".encode()
            kept.append(document)
        except UnicodeEncodeError:
            message = f"the document {document.id!r} holds half a character, which no file can have; it is passed over"
            rejects.append(Reject(0, InputError(message, file=source.id), None))
    nothing: list[Scalar | None] = [None] * len(kept)
    return Batch(
        source,
        np.zeros(len(kept), np.int64),
        [each.text for each in kept],
        [each.id for each in kept],
        [each.title for each in kept],
        None if wanted.priority is None else nothing,
        None if wanted.group is None else nothing,
        rejects,
        position,
    )
