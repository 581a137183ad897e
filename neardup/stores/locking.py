"""The lock that writers of one file take by turns, before they ask SQLite for its own.

SQLite lets a writer try again after longer and longer naps, so that of several busy ones some wait for seconds. Trying
a lock of the system costs a few microseconds: naps can be short and all alike, and everybody gets an equal share.
"""

from __future__ import annotations

import time
from typing import IO, TYPE_CHECKING

from neardup.errors import OutputError
from neardup.stores.faults import locked

if TYPE_CHECKING:
    from pathlib import Path

_NAP = 5e-5
_LONG = 0.05
"""Whoever holds it that long writes many documents, and naps can be longer."""


class WriteLock:
    """A lock of the system on a file beside the index, which is made when something is written first.

    Parameters
    ----------
    path
        The file.
    name
        Of the index, for messages.
    timeout_s
        How long to wait.
    """

    def __init__(self, path: Path, name: str, timeout_s: float) -> None:
        self._path, self._name, self._timeout_s = path, name, timeout_s
        self._file: IO[bytes] | None = None

    def __enter__(self) -> None:
        import portalocker

        if self._file is None:
            try:
                self._file = self._path.open("ab")
            except OSError as error:
                message = f"cannot be written: {self._path.name} beside it cannot be opened ({error.strerror})"
                raise OutputError(message, file=self._name) from error
        flags = portalocker.LockFlags.EXCLUSIVE | portalocker.LockFlags.NON_BLOCKING
        begin = time.monotonic()
        while True:
            try:
                portalocker.lock(self._file, flags)
            except portalocker.LockException as error:
                waited = time.monotonic() - begin
                if waited > self._timeout_s:
                    raise locked(self._name, self._timeout_s) from error
                time.sleep(_NAP if waited < _LONG else 10 * _NAP)
            else:
                return

    def __exit__(self, *_: object) -> None:
        import portalocker

        if self._file is not None:
            portalocker.unlock(self._file)

    def close(self, *, remove: bool) -> None:
        """Close the file, and remove it if nobody else needs it."""
        if self._file is not None:
            self._file.close()
            self._file = None
            if remove:
                self._path.unlink(missing_ok=True)
