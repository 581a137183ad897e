"""Corpora: files of JSON lines, ``{"id": ..., "text": ...}``, plain, gzip or Zstandard; and tables to print."""

from __future__ import annotations

import io
import json
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from neardup.io.compression import compression_of, decompressing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


class Document(NamedTuple):
    """One line of a corpus."""

    id: str
    text: str


def read(path: Path, limit: int | None = None) -> Iterator[Document]:
    """Read the documents of a corpus.

    Parameters
    ----------
    path
        JSON lines in UTF-8; decompressed if the name ends in ``.gz`` or ``.zst``.
    limit
        Read at most so many documents.

    Raises
    ------
    ValueError
        If a line is not an object with ``id`` and ``text``; names the line.
    """
    with open_lines(path) as lines:
        yield from islice(_documents(path, lines), limit)


@contextmanager
def open_lines(path: Path) -> Iterator[Iterator[str]]:
    """Open a file of lines in UTF-8, decompressed by its name."""
    with path.open("rb") as file, decompressing(file, compression_of(path)) as plain:
        yield io.TextIOWrapper(plain, encoding="utf-8")


def _documents(path: Path, lines: Iterator[str]) -> Iterator[Document]:
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                fields = json.loads(line)
                document = Document(str(fields["id"]), fields["text"])
            except (ValueError, KeyError, TypeError) as error:
                msg = f'{path}:{number}: expected an object with "id" and "text" ({error})'
                raise ValueError(msg) from error
            yield document


def markdown(header: Sequence[str], rows: Sequence[Sequence[str]], *, text_last: bool = False) -> str:
    """Set a Markdown table, padded so that it reads as plain text; all columns but the first to the right.

    A last column of text stands to the left and is not padded.
    """
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    if text_last:
        widths[-1], rule[-1] = 0, "---"
    lines = []
    for first, *others in (header, rule, *rows):
        cells = [first.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True))]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)
