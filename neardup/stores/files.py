"""Which files of indexes are open in this process, and what a file is without harm to those that are.

A process loses its locks on a file when it closes any handle on it, and SQLite shares with a fork what it knows of
locks, of which the child holds none. Either could cost what another process writes. So nobody reads a file here that an
index has open, and none is opened in a fork of a process that had it open.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from threading import RLock
from typing import TYPE_CHECKING

from neardup.errors import NeardupError
from neardup.io.sources import path_id

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    Identity = tuple[int, int]

_HEADER = b"SQLite format 3\0"

_open: list[Identity] = []
_open_in_parent: set[Identity] = set()
_lock = RLock()


def _after_fork() -> None:
    global _lock
    _lock = RLock()
    _open_in_parent.update(_open)
    _open.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def identity(path: Path) -> Identity:
    """Say which file a path names at the moment."""
    found = path.stat()
    return found.st_dev, found.st_ino


@contextmanager
def opening() -> Iterator[None]:
    """Let no other thread look at a file while one is opened."""
    with _lock:
        yield


def note_open(path: Path) -> Identity:
    """Note that a file is open."""
    file = identity(path)
    _open.append(file)
    return file


def note_closed(file: Identity | None) -> None:
    """Note that one handle on a file is closed."""
    if file in _open:
        _open.remove(file)


def is_database(path: Path) -> bool | None:
    """Tell whether a file is an SQLite database; None if it is empty.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    with _lock:
        if identity(path) in _open:
            return True
        with path.open("rb") as file:
            start = file.read(len(_HEADER))
    return start == _HEADER if start else None


def check_fork(path: Path) -> None:
    """Raise NeardupError if a file was open when this process was forked."""
    if identity(path) in _open_in_parent:
        raise NeardupError(
            "was open in the process that this one was forked from, whose locks it would take for its own; close it "
            "before the fork, or start processes by spawn",
            file=path_id(path),
        )
