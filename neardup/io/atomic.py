"""Output files that appear whole or not at all, and never in place of another unless asked to."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from neardup.errors import OutputError


def write_whole(path: Path, data: bytes, *, overwrite: bool = False) -> None:
    """Write a file; folders above it are made.

    The data goes to a temporary file in the same folder first, which takes the name when it is complete.

    Raises
    ------
    OutputError
        If the file exists and `overwrite` is false, or cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name[:40]}.", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            Path(temporary).chmod(0o666 & ~_umask())
            if overwrite:
                Path(temporary).replace(path)
            else:
                _take_name(Path(temporary), path)
        finally:
            Path(temporary).unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror}") from error


def _take_name(temporary: Path, path: Path) -> None:
    """Give the file its name; a link, unlike a rename, fails where the name is taken, even just now."""
    try:
        path.hardlink_to(temporary)
    except OSError as error:
        if os.path.lexists(path):
            raise OutputError(f"{path}: exists already; choose another folder, or give --overwrite") from error
        temporary.replace(path)  # a file system without links


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
