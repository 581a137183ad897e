"""Opening a file for reading: decompressed by what it holds, with its start known before the rest is read."""

from __future__ import annotations

import codecs
import io
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, cast

from neardup.errors import InputError
from neardup.io.compression import compression_in, compression_of, decompressing, faults_named

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from neardup.io.sources import Source

HEAD_BYTES = 1 << 14
"""How much of a file is looked at to know what it is."""

_START_BYTES = 4
_BUFFER_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Opened:
    """A file that is being read.

    Attributes
    ----------
    file
        Its bytes, decompressed, from the start.
    head
        The first `HEAD_BYTES` of them, or all.
    compression
        How it is compressed, as `neardup.io.compression` names it.
    position
        How far it is read, in bytes on the disk.
    """

    file: IO[bytes]
    head: bytes
    compression: str
    position: Callable[[], int]


@contextmanager
def opened(source: Source) -> Iterator[Opened]:
    """Open a source; what goes wrong while it is open is named.

    Raises
    ------
    InputError
        If it cannot be read, is damaged, or ends too early.
    """
    with faults_named(source.id):
        if source.path is None:
            if sys.stdin is None:
                raise InputError("standard input is closed", file=source.id)
            with _unpacked(sys.stdin.buffer, source, _nowhere) as stream:
                yield stream
        else:
            with (
                source.path.open("rb") as file,
                _unpacked(file, source, file.tell if file.seekable() else _nowhere) as stream,
            ):
                yield stream


@contextmanager
def _unpacked(packed: IO[bytes], source: Source, position: Callable[[], int]) -> Iterator[Opened]:
    start, again = ahead(packed, _START_BYTES)
    # What is too short to say how it is compressed is cut off, if its name says that it is.
    compression = compression_of(source.name) if len(start) < _START_BYTES else compression_in(start)
    plain = decompressing(again, compression)
    try:
        head, file = ahead(plain, HEAD_BYTES)
        yield Opened(file, head, compression, position)
    finally:
        if plain is not again:
            plain.close()


def _nowhere() -> int:
    return 0


def ahead(file: IO[bytes], size: int) -> tuple[bytes, IO[bytes]]:
    """Read the start of a file, and give a file that begins with it again; neither needs to be closed."""
    pieces = []
    while size > 0 and (piece := file.read(size)):
        pieces.append(piece)
        size -= len(piece)
    head = b"".join(pieces)
    return head, io.BufferedReader(_Again(head, file), _BUFFER_BYTES)


class _Again(io.RawIOBase):
    """Bytes that were read already, and then the rest of the file."""

    def __init__(self, head: bytes, rest: IO[bytes]) -> None:
        self._head = memoryview(head)
        self._rest = cast("io.BufferedIOBase", rest)
        self.name = getattr(rest, "name", "")  # for people who look for faults

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Read some bytes; those of the start first."""
        if not len(self._head):
            return self._rest.readinto1(buffer)
        data = self._head[: len(buffer)]
        self._head = self._head[len(data) :]
        buffer[: len(data)] = data
        return len(data)


def recoded(file: IO[bytes], encoding: str) -> IO[bytes]:
    """Read a text of another encoding as UTF-8, without its byte order mark."""
    return io.BufferedReader(_Recoded(file, encoding), _BUFFER_BYTES)


class _Recoded(io.RawIOBase):
    """The bytes of a text in UTF-8, decoded and encoded piece by piece."""

    def __init__(self, file: IO[bytes], encoding: str) -> None:
        self._file = file
        self._encoding = encoding
        self._decoder = codecs.getincrementaldecoder(encoding)()
        self._data = memoryview(b"")
        self._is_first = True

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Read some bytes."""
        while not len(self._data):
            piece = self._file.read(_BUFFER_BYTES)
            try:
                text = self._decoder.decode(piece, not piece)
            except UnicodeDecodeError as error:
                message = f"not valid {self._encoding} ({error.reason}); repair the file, or say its encoding"
                raise InputError(message, parameter="encoding") from error
            if text and self._is_first:
                text, self._is_first = text.removeprefix("\ufeff"), False
            self._data = memoryview(text.encode("utf-8", "surrogatepass"))
            if not piece:
                break
        size = min(len(buffer), len(self._data))
        buffer[:size] = self._data[:size]
        self._data = self._data[size:]
        return size
