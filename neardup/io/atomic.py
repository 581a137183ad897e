"""Output files that appear whole or not at all, and never in place of another unless asked to."""

from __future__ import annotations

import os
import secrets
import weakref
from contextlib import contextmanager, suppress
from hashlib import blake2b
from typing import IO, TYPE_CHECKING

from neardup.errors import NeardupError, OutputError
from neardup.io.compression import compressing
from neardup.io.sources import path_id

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class WholeFile:
    """A file that is written piece by piece, and takes its name when it is complete; folders above it are made.

    Until then the data is in a temporary file in the same folder. Not safe for several threads.

    Parameters
    ----------
    path
        The file.
    overwrite
        Whether it may replace another.
    compression
        How it is compressed; see `neardup.io.compression`.
    token
        What the name of the temporary file is made of, by default at random. A run that was killed leaves that file
        behind: one that goes on with the same token replaces it, and `temporary_path` tells where it is.

    Raises
    ------
    OutputError
        If the file exists and `overwrite` is false, or it cannot be written: by every method too.
    """

    def __init__(self, path: Path, *, overwrite: bool = False, compression: str = "", token: str | None = None) -> None:
        self.path = path
        self.overwrite = overwrite
        if os.path.lexists(path) and not overwrite:
            raise _exists(path)
        with write_faults_named(path):
            if path.exists() and not path.is_file():
                raise OutputError("is no file that can be replaced; choose another place", file=path_id(path))
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary = temporary_path(path, secrets.token_hex(8) if token is None else token)
            if token is not None:
                temporary.unlink(missing_ok=True)
            # before there is a file, so that none remains wherever a signal or an error comes
            self._remove = weakref.finalize(self, _remove, temporary)
            self._temporary = temporary
            self._file: IO[bytes] = temporary.open("xb")
        try:
            self._packed = compressing(self._file, compression)
        except BaseException as error:
            self._file.close()
            self._remove()
            if isinstance(error, NeardupError):  # a library is missing
                raise OutputError(error.message, file=path_id(path)) from error
            raise

    @property
    def stream(self) -> IO[bytes]:
        """What `write` adds to, for those who write by themselves; their faults have no name."""
        return self._packed

    def write(self, data: bytes) -> None:
        """Add data."""
        with write_faults_named(self.path):
            self._packed.write(data)

    def commit(self) -> None:
        """Finish the file and give it its name; what it holds is on the disk before, the name when this is done."""
        try:
            with write_faults_named(self.path):
                if self._packed is not self._file:
                    self._packed.close()
                self._file.flush()
                os.fsync(self._file.fileno())
                self._file.close()
                if self.overwrite:
                    self._temporary.replace(self.path)
                else:
                    _take_name(self._temporary, self.path)
                _sync_folder(self.path.parent)
        finally:
            self.discard()

    def discard(self) -> None:
        """Leave nothing behind of a file that is not complete; after `commit`, do nothing."""
        try:
            for file in (self._packed, self._file):
                with suppress(Exception):  # it may be full, or broken off anywhere
                    file.close()
        finally:
            self._remove()


def temporary_path(path: Path, token: str) -> Path:
    """Say where the data of a file is while it is written; no two files have one place."""
    digest = blake2b(os.fsencode(path.name) + b"\0" + token.encode("utf-8"), digest_size=8).hexdigest()
    return path.with_name(f".{path.name[:40]}.{digest}")


def write_whole(path: Path, data: bytes, *, overwrite: bool = False) -> None:
    """Write a file at once; folders above it are made.

    Raises
    ------
    OutputError
        If the file exists and `overwrite` is false, or cannot be written.
    """
    file = WholeFile(path, overwrite=overwrite)
    try:
        file.write(data)
        file.commit()
    finally:
        file.discard()


def _remove(temporary: Path) -> None:
    with suppress(OSError):
        temporary.unlink(missing_ok=True)


def _take_name(temporary: Path, path: Path) -> None:
    """Give the file its name; a link, unlike a rename, fails where the name is taken, even just now."""
    try:
        path.hardlink_to(temporary)
    except OSError as error:
        if os.path.lexists(path):
            raise _exists(path) from error
        temporary.replace(path)  # a file system without links


def _sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk, where the system can do that."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _exists(path: Path) -> OutputError:
    message = "exists already; choose another place, or allow that it is replaced"
    return OutputError(message, file=path_id(path), parameter="overwrite")


@contextmanager
def write_faults_named(path: Path, remedy: str = "", parameter: str | None = None) -> Iterator[None]:
    """Turn what goes wrong while a file is written into an error that names it, and what to do if that is given.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    try:
        yield
    except OSError as error:
        message = "; ".join(filter(None, [f"cannot be written: {error.strerror or error}", remedy]))
        raise OutputError(message, file=path_id(path), parameter=parameter) from error
