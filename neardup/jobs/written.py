"""The files that a job writes: remembered in its folder before they are there, so that a later run knows its own."""

from __future__ import annotations

from contextlib import suppress
from hashlib import blake2b
from os import fsencode
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neardup.errors import InputError, MismatchError
from neardup.io.atomic import temporary_path
from neardup.io.sources import path_id, real_path
from neardup.jobs.workspace import plain

if TYPE_CHECKING:
    from collections.abc import Iterable

    from neardup.jobs.workspace import Workspace

WRITING = "writing"


class Written:
    """The files that runs of a job may have written, and with what options.

    Parameters
    ----------
    work
        The folder of the job.
    restart
        Whether the job starts again: its files are its own still, and its options are free.

    Attributes
    ----------
    token
        See `neardup.io.atomic.WholeFile`. It is of the folder, which one process has at a time: a job that starts again
        finds what the one before it left.
    files
        What is there of these may be replaced.

    Raises
    ------
    InputError
        If what is remembered is damaged, unless the job starts again.
    """

    def __init__(self, work: Workspace, *, restart: bool) -> None:
        self.token = blake2b(fsencode(real_path(work.folder)), digest_size=8).hexdigest()
        self._work = work
        self._options: dict[str, Any] | None = None
        self.files: frozenset[str] = frozenset()
        said = None
        try:
            said = work.read_said(WRITING) if work.has(WRITING) else None
        except InputError:
            if not restart:
                raise
        # Options without a job are of one that was killed when all was done, while its folder was removed.
        if said and (work.is_begun or not said["options"]):
            self.files = frozenset(said["files"])
            self._options = None if restart else said["options"]

    def keep(self) -> None:
        """Remember the files of a job that starts again, and remove what is not whole of them."""
        for name in self.files:
            with suppress(OSError):
                temporary_path(Path(name), self.token).unlink()
        if self.files:
            self._remember(None)

    def add(self, files: Iterable[Path], options: dict[str, Any]) -> None:
        """Remember what is going to be written.

        Raises
        ------
        MismatchError
            If other options wrote a part of it.
        """
        if self._options not in (None, options):
            said = ", ".join(f"{name} was {value!r}" for name, value in self._options.items())
            message = f"holds a job of which a part is written, with other options: {said}; give them again"
            raise MismatchError(message, file=path_id(self._work.folder), parameter="restart")
        self.files = self.files.union(map(str, files))
        self._remember(options)

    def _remember(self, options: dict[str, Any] | None) -> None:
        self._work.write(WRITING, said=plain({"options": options, "files": sorted(self.files)}))
