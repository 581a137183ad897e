"""Text files: finding them in folders, and reading one as the text it holds."""

from __future__ import annotations

import codecs
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from neardup.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@dataclass(frozen=True, slots=True)
class Source:
    """Where a text is read from.

    Attributes
    ----------
    id
        The path as it was given or found, or ``-`` for standard input.
    name
        Where its cleaned text goes below the output folder: the path below the folder that was given, or the
        file's own name.
    """

    id: str
    name: Path


@dataclass(frozen=True, slots=True)
class TextFile:
    """A file's text, and whether a byte order mark stood before it."""

    text: str
    has_mark: bool

    def encode(self, text: str) -> bytes:
        """Encode another text the way this file is."""
        return (codecs.BOM_UTF8 if self.has_mark else b"") + text.encode("utf-8")


def find_sources(paths: Iterable[str], pattern: str = "*.txt") -> Iterator[Source | InputError]:
    """Find the texts that paths stand for, each once, in order; folders are searched to the bottom.

    Parameters
    ----------
    paths
        Files, folders, or ``-`` for standard input.
    pattern
        Which files of a folder are taken, as a shell pattern on their names.

    Yields
    ------
    Source or InputError
        The error where a path does not exist, or a folder has no such file.
    """
    seen: set[Path] = set()
    for path in paths:
        if path == "-":
            found: list[Source] = [Source("-", Path("stdin.txt"))]
        elif Path(path).is_dir():
            files = sorted(file for file in Path(path).rglob(pattern) if file.is_file())
            found = [Source(str(file), file.relative_to(path)) for file in files]
            if not found:
                yield InputError(f"{path}: no file in this folder is named {pattern}; choose others with --glob")
        elif os.path.lexists(path):
            found = [Source(path, Path(Path(path).name))]
        else:
            found = []
            yield InputError(f"{path}: there is no such file or folder")
        for source in found:
            real = Path(source.id).resolve() if source.id != "-" else Path("-")
            if real not in seen:
                seen.add(real)
                yield source


def read_text(source: Source) -> TextFile:
    """Read a UTF-8 text; its line breaks stay as they are, a byte order mark is no part of it.

    Raises
    ------
    InputError
        If it cannot be read, or is not UTF-8.
    """
    try:
        data = sys.stdin.buffer.read() if source.id == "-" else Path(source.id).read_bytes()
    except OSError as error:
        raise InputError(f"{source.id}: cannot be read: {error.strerror}") from error
    has_mark = data.startswith(codecs.BOM_UTF8)
    try:
        return TextFile(data.removeprefix(codecs.BOM_UTF8).decode("utf-8"), has_mark)
    except UnicodeDecodeError as error:
        offset = error.start + (len(codecs.BOM_UTF8) if has_mark else 0)
        line = data.count(b"\n", 0, offset) + 1
        raise InputError(
            f"{source.id}: not UTF-8: byte 0x{data[offset]:02x} at offset {offset}, line {line}; convert the file, "
            f"for example: iconv -f GB18030 -t UTF-8"
        ) from error
