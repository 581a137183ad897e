"""Compressed files: gzip and Zstandard, known by how they begin, read and written as if they were plain."""

from __future__ import annotations

import gzip
import io
import sys
import zlib
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any, cast

from neardup.errors import InputError, NeardupError
from neardup.io.extras import needs_extra

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePath
    from types import ModuleType

GZIP, ZSTD = ".gz", ".zst"
SUFFIXES = (GZIP, ZSTD)

_STARTS = ((b"\x1f\x8b", GZIP), (b"\x28\xb5\x2f\xfd", ZSTD))
_GZIP_LEVEL = 6
_PIECE_BYTES = 1 << 16
_WITH_HEADER = 16 + zlib.MAX_WBITS


class _MissingLibraryError(NeardupError):
    pass


def compression_of(name: PurePath) -> str:
    """Tell how a file of this name is compressed: `GZIP`, `ZSTD`, or ``""`` if it is not."""
    suffix = name.suffix.lower()
    return suffix if suffix in SUFFIXES else ""


def compression_in(head: bytes) -> str:
    """Tell how a file that begins like this is compressed, whatever it is called; ``""`` if it does not say."""
    return next((compression for start, compression in _STARTS if head.startswith(start)), "")


def decompressing(file: IO[bytes], compression: str) -> IO[bytes]:
    """Read through a compressed file; closing the result does not close the file.

    Raises
    ------
    NeardupError
        If the compression needs a library that is not installed. `faults_named` turns it into an `InputError`.
    EOFError
        If a gzip file is empty, which `gzip` takes for one that holds nothing; so that too.
    """
    if compression == GZIP:
        if not cast("io.BufferedReader", file).peek(1):
            raise EOFError
        return io.BufferedReader(_Gunzipped(file), _PIECE_BYTES)
    return cast("IO[bytes]", zstd_module().ZstdFile(file)) if compression == ZSTD else file


class _Gunzipped(io.RawIOBase):
    """What a gzip file holds, of all its members; `gzip` reads pieces of 8 KiB, and takes a third longer."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.name = getattr(file, "name", "")  # for people who look for faults
        self._member = zlib.decompressobj(_WITH_HEADER)
        self._packed = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Read some bytes.

        Raises
        ------
        EOFError
            If the file ends inside a member.
        """
        data = b""
        while not data:
            packed = self._packed or self._file.read(_PIECE_BYTES)
            if self._member.eof:
                if not packed:
                    return 0
                self._packed = packed.lstrip(b"\0")  # which may fill up a file
                if self._packed:
                    self._member = zlib.decompressobj(_WITH_HEADER)
                continue
            data = self._member.decompress(packed, len(buffer))
            if not (data or packed or self._member.eof):
                raise EOFError
            self._packed = self._member.unconsumed_tail or self._member.unused_data
        buffer[: len(data)] = data
        return len(data)


def compressing(file: IO[bytes], compression: str) -> IO[bytes]:
    """Write through to a file; the same data gives the same bytes. Close the result before the file.

    Raises
    ------
    NeardupError
        If the compression needs a library that is not installed.
    """
    if compression == GZIP:
        return cast("IO[bytes]", gzip.GzipFile("", "wb", _GZIP_LEVEL, file, mtime=0))
    return cast("IO[bytes]", zstd_module().ZstdFile(file, "w")) if compression == ZSTD else file


def compress(data: bytes, compression: str) -> bytes:
    """Compress a whole file."""
    if not compression:
        return data
    file = io.BytesIO()
    with compressing(file, compression) as packed:
        packed.write(data)
    return file.getvalue()


@contextmanager
def faults_named(file: str) -> Iterator[None]:
    """Turn what goes wrong while reading a file, compressed or not, into an error that names it.

    Raises
    ------
    InputError
        If it cannot be read, is damaged, or ends too early.
    """
    try:
        yield
    except EOFError as error:
        raise InputError("the compressed file is cut off; get the whole file", file=file) from error
    except _damage() as error:
        raise InputError(f"the compressed file is damaged ({error}); get it again", file=file) from error
    except _MissingLibraryError as error:
        raise InputError(error.message, file=file) from error
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", file=file) from error


def _damage() -> tuple[type[Exception], ...]:
    """Say what damaged files raise; asked only once something was raised."""
    try:
        return (zlib.error, gzip.BadGzipFile, zstd_module().ZstdError)
    except _MissingLibraryError:
        return (zlib.error, gzip.BadGzipFile)


def zstd_module() -> ModuleType | Any:  # noqa: ANN401 - the standard library's module has the same contents
    """Give the library for Zstandard.

    Raises
    ------
    NeardupError
        If none is installed.
    """
    try:
        if sys.version_info >= (3, 14):
            from compression import zstd
        else:
            from backports import zstd
    except ImportError as error:
        raise _MissingLibraryError(f"reading and writing .zst {needs_extra('zst')}") from error
    return zstd
