"""The documents of an index as JSON lines."""

from __future__ import annotations

import sys
from base64 import b64encode
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from neardup.io.atomic import WholeFile
from neardup.io.claims import Claims
from neardup.io.compression import compression_of
from neardup.report.machine import json_line
from neardup.stores.addresses import is_address

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from neardup.index import Index, StoredDocument

_TOLD_EVERY = 1000


@contextmanager
def out_to(path: Path | None, index: str, *, overwrite: bool) -> Iterator[Callable[[bytes], object]]:
    """Give what writes to a file, which is there when all is written; None stands for standard output.

    Raises
    ------
    OutputError
        If the file exists and may not be replaced, is the index itself, or cannot be written.
    """
    if path is None:
        yield sys.stdout.buffer.write
        return
    claims = Claims()
    for suffix in ("", "-wal", "-shm", "-lock") if not is_address(index) else ():
        claims.hold(Path(index + suffix), "is the index itself, or stands beside it")
    claims.take(path, "--output")
    file = WholeFile(path, overwrite=overwrite, compression=compression_of(path))
    try:
        yield file.write
        file.commit()
    finally:
        file.discard()


def exported(index: Index, write: Callable[[bytes], object], progress: Callable[[str, int, int], object] | None) -> int:
    """Write all documents, a line each, and count them."""
    size = len(index)
    done = 0
    for done, document in enumerate(index, start=1):
        write(line_of(document))
        if progress is not None and done % _TOLD_EVERY == 0:
            progress("exporting", done, max(size, done))
    return done


def line_of(document: StoredDocument) -> bytes:
    """Write a document as a line of JSON."""
    fields = document._asdict()
    if isinstance(document.data, bytes):
        fields |= {"data": None, "data_base64": b64encode(document.data).decode("ascii")}
    return json_line(fields)
