"""Reading no more than is allowed: files that unpack to far more than they seem, devices without an end."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import IO, TYPE_CHECKING

from neardup.errors import InputError
from neardup.io.sources import path_id

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_DOCUMENT_BYTES = 100_000_000
"""33 million Chinese characters. Finding repeats takes 30 to 40 bytes of memory a character."""

_PIECE_BYTES = 1 << 20
_MOST_SKIPPED = 1_000_000_000
"""A line that is too long is skipped, but one that goes on for so many bytes more ends the file."""

_UNPACKED_RATIO, _UNPACKED_LEAST = 200, 100_000_000


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much is read.

    Attributes
    ----------
    document
        Bytes of a text file or of a line, decompressed: it is in memory as a whole.
    unpacked
        Bytes of a compressed file of lines; by default 200 times what is on the disk, and at least 100 MB.
    """

    document: int = MAX_DOCUMENT_BYTES
    unpacked: int | None = None

    def of_unpacked(self, path: Path | None) -> int | None:
        """Say what a compressed file may hold; of standard input nobody knows how large it is."""
        if self.unpacked is not None or path is None:
            return self.unpacked
        return max(_UNPACKED_RATIO * path.stat().st_size, _UNPACKED_LEAST)


def read_whole(file: IO[bytes], most: int) -> bytes:
    """Read a file to its end.

    Raises
    ------
    InputError
        If it has more bytes than allowed; then no more than these were read.
    """
    buffer = BytesIO()
    while piece := file.read(_PIECE_BYTES):
        if buffer.tell() + len(piece) > most:
            message = f"more than {most:,} bytes of text; leave it out, or allow more"
            raise InputError(message, parameter="max_document_size")
        buffer.write(piece)
    return buffer.getvalue()


def read_settings(path: Path) -> str:
    """Read a file of settings: text in UTF-8, as large as a document at most.

    Raises
    ------
    InputError
        If it cannot be read, or is something else; names it.
    """
    try:
        with path.open("rb") as file:
            return read_whole(file, MAX_DOCUMENT_BYTES).decode("utf-8")
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", file=path_id(path)) from error
    except UnicodeDecodeError as error:
        raise InputError("not UTF-8", file=path_id(path)) from error
    except InputError as error:
        raise InputError("too large for a file of settings", file=path_id(path)) from error


def read_lines(
    file: IO[bytes], longest: int, most: int | None = None, *, keep_breaks: bool = False
) -> Iterator[bytes | None]:
    """Give the lines of a file without their line breaks, and None in place of each with more than `longest` bytes.

    With `keep_breaks` the line breaks stay.

    Raises
    ------
    InputError
        If the file has more than `most` bytes, or a line is so long that it may have no end.
    """
    total = number = 0
    while piece := file.readline(_PIECE_BYTES):
        total += len(piece)
        number += 1
        if most is not None and total > most:
            raise too_much(most, number)
        if piece[-1] == ord("\n") or len(piece) < _PIECE_BYTES:
            line: bytes | None = piece if len(piece) <= longest else None
            if line and not keep_breaks:
                line = line.rstrip(b"\r\n")
        else:
            line, size = _long_line(file, piece, longest, keep_breaks=keep_breaks)
            total += size - len(piece)
            if is_endless(size, longest):
                raise endless(longest, number)
        yield line


def is_endless(size: int, longest: int) -> bool:
    """Tell whether so much of a line was read that it may have no end."""
    return size > longest + _MOST_SKIPPED


def endless(longest: int, line: int) -> InputError:
    """Say that a line is so long that it may have no end."""
    message = f"a line of more than {longest + _MOST_SKIPPED:,} bytes, which may have no end; the rest is not read"
    return InputError(message, line=line)


def too_long(longest: int) -> InputError:
    """Say that a record has more bytes than it may."""
    return InputError(f"more than {longest:,} bytes; leave it out, or allow more", parameter="max_document_size")


def too_much(most: int, line: int | None = None) -> InputError:
    """Say that a file unpacks to more than it may."""
    message = f"unpacks to more than {most:,} bytes; leave it out, or allow more"
    return InputError(message, line=line, parameter="max_unpacked_size")


def _long_line(file: IO[bytes], piece: bytes, longest: int, *, keep_breaks: bool) -> tuple[bytes | None, int]:
    """Read on to the end of a line; it is held once, and not at all if it is too long."""
    buffer, size = BytesIO(), 0
    while piece:
        size += len(piece)
        if size <= longest:
            buffer.write(piece.rstrip(b"\r\n") if piece[-1] == ord("\n") and not keep_breaks else piece)
        else:
            buffer = BytesIO()
        if piece[-1] == ord("\n") or is_endless(size, longest):
            break
        piece = file.readline(_PIECE_BYTES)
    return (buffer.getvalue() if size <= longest else None), size
