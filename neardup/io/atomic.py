"""Output files that appear whole or not at all, and never in place of another unless asked to."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

from neardup.errors import OutputError
from neardup.io.compression import compressing

if TYPE_CHECKING:
    from collections.abc import Iterator


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

    Raises
    ------
    OutputError
        If the file exists and `overwrite` is false, or it cannot be written: by every method too.
    """

    def __init__(self, path: Path, *, overwrite: bool = False, compression: str = "") -> None:
        self.path = path
        self.overwrite = overwrite
        if not overwrite and os.path.lexists(path):
            raise _exists(path)
        with _faults_named(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(prefix=f".{path.name[:40]}.", dir=path.parent)
        self._temporary = Path(name)
        self._file: IO[bytes] = os.fdopen(handle, "wb")
        self._packed = compressing(self._file, compression)

    def write(self, data: bytes) -> None:
        """Add data."""
        with _faults_named(self.path):
            self._packed.write(data)

    def commit(self) -> None:
        """Finish the file and give it its name."""
        try:
            with _faults_named(self.path):
                self._packed.close()
                self._file.close()
                self._temporary.chmod(0o666 & ~_umask())
                if self.overwrite:
                    self._temporary.replace(self.path)
                else:
                    _take_name(self._temporary, self.path)
        finally:
            self.discard()

    def discard(self) -> None:
        """Leave nothing behind of a file that is not complete; after `commit`, do nothing."""
        for file in (self._packed, self._file):
            with suppress(OSError):
                file.close()
        self._temporary.unlink(missing_ok=True)


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


def _take_name(temporary: Path, path: Path) -> None:
    """Give the file its name; a link, unlike a rename, fails where the name is taken, even just now."""
    try:
        path.hardlink_to(temporary)
    except OSError as error:
        if os.path.lexists(path):
            raise _exists(path) from error
        temporary.replace(path)  # a file system without links


def _exists(path: Path) -> OutputError:
    return OutputError("exists already; choose another place, or give --overwrite", file=str(path))


@contextmanager
def _faults_named(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(f"cannot be written: {error.strerror}", file=str(path)) from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
