"""Text files: opening one, and the text it holds."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from neardup.errors import InputError
from neardup.io.compression import decompressing, faults_named
from neardup.io.encodings import AUTO, Decoded, decode
from neardup.io.html import article, declared_charset, is_html

if TYPE_CHECKING:
    from collections.abc import Iterator

    from neardup.io.sources import Source


@dataclass(frozen=True, slots=True)
class TextFile:
    """A text, how it was written, and whether it was taken out of a page."""

    text: str
    written: Decoded
    is_extracted: bool = False


@contextmanager
def opened(source: Source) -> Iterator[IO[bytes]]:
    """Open a source for reading its bytes, decompressed; what goes wrong while it is open is named.

    Raises
    ------
    InputError
        If it cannot be read, is damaged, or ends too early.
    """
    with faults_named(source.id, source.compression):
        if source.path is None:
            if sys.stdin is None:
                raise InputError("standard input is closed", file=source.id)
            yield sys.stdin.buffer
        else:
            with source.path.open("rb") as file, decompressing(file, source.compression) as plain:
                yield plain


def read_text(data: bytes, encoding: str = AUTO, *, extract: bool = False) -> TextFile:
    """Read the text of a file; its line breaks stay as they are, a byte order mark is no part of it.

    Parameters
    ----------
    data
        The file.
    encoding
        See `neardup.io.encodings.decode`.
    extract
        Whether an HTML page gives the text of its article; else it is refused.

    Raises
    ------
    InputError
        If it is not text.
    NeardupError
        If the library that extracts is not installed.
    """
    written = decode(data, encoding, declared=declared_charset(data))
    if not is_html(written.text):
        return TextFile(written.text, written)
    if not extract:
        raise InputError("an HTML page, not plain text; have the article taken out of it", parameter="extract")
    return TextFile(article(written.text), written, is_extracted=True)
