"""Text files: the text that one holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from neardup.errors import InputError
from neardup.inputs.pages import is_html
from neardup.io.encodings import AUTO, Decoded, decode
from neardup.io.html import declared_charset, extract_html

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class TextFile:
    """A text, how it was written, and whether it was taken out of a page."""

    text: str
    written: Decoded
    is_extracted: bool = False


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
    return TextFile(extract_html(written.text), written, is_extracted=True)


def text_name(name: Path, compression: str) -> Path:
    """Name the text that was taken out of a page: ``page.html.txt``."""
    suffix = compression if name.name.lower().endswith(compression) else ""
    return name.with_name(
        name.name[: len(name.name) - len(suffix)] + ".txt" + name.name[len(name.name) - len(suffix) :]
    )
