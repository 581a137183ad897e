"""The folder of a job that is not done: what it is a job on, and the stages that are whole."""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from neardup.errors import InputError, MismatchError, OutputError
from neardup.io.sources import path_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path
    from typing import IO

    from numpy.typing import NDArray

    Arrays: TypeAlias = dict[str, NDArray[Any]]
    Plain: TypeAlias = dict[str, Any]

SCHEMA_VERSION = 1

_JOB, _LOCK, _ENDING, _UNFINISHED = "job.json", "lock", ".npz", ".part"
_SHOWN = 5
_AGAIN = "start the job again without what it did so far"


class Workspace:
    """Whole files of arrays and bytes in a folder, by stage and number. One process has it at a time.

    A file is there as a whole or not at all, and carries checksums, which are looked at when it is read. So whatever
    moment a run is killed at, the next one goes on with the files that are there.

    Parameters
    ----------
    folder
        Made if it is not there. What else is in it is not touched.
    job
        What the job is on, as plain data in which nothing else counts: the inputs, the config, the options. Nested
        values are told apart by their names when something changed.
    restart
        Whether what another run left is thrown away.

    Raises
    ------
    MismatchError
        If the folder holds another job; says what differs.
    OutputError
        If another process works in it, or it cannot be written.
    """

    def __init__(self, folder: Path, job: Plain, *, restart: bool = False) -> None:
        self.folder = folder
        with _faults_named(folder):
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = _locked(folder)
            try:
                if restart:
                    self._clear()
                job = json.loads(json.dumps(job | {"schema_version": SCHEMA_VERSION}))
                self.is_resumed = (folder / _JOB).exists()
                if self.is_resumed:
                    self._check(job)
                else:
                    self._clear()
                    _write(folder / _JOB, [json.dumps(job, ensure_ascii=False, indent=1).encode()])
            except BaseException:
                self.close()
                raise
        for path in folder.glob(f"*{_UNFINISHED}"):
            path.unlink()

    def path(self, stage: str, number: int = 0, ending: str = _ENDING) -> Path:
        """Say where a file of a stage is, or will be."""
        return self.folder / f"{stage}-{number:06}{ending}"

    def has(self, stage: str, number: int = 0) -> bool:
        """Tell whether the arrays of a stage are there."""
        return self.path(stage, number).exists()

    def count(self, stage: str) -> int:
        """Count the files of a stage from 0 on."""
        number = 0
        while self.has(stage, number):
            number += 1
        return number

    def write(self, stage: str, number: int = 0, **arrays: NDArray[Any]) -> None:
        """Write the arrays of a stage.

        Raises
        ------
        OutputError
            If the disk is full, or the folder cannot be written.
        """
        path = self.path(stage, number)
        with _faults_named(path), _whole(path) as file:
            np.savez(file, allow_pickle=False, **arrays)

    def write_bytes(self, stage: str, number: int, ending: str, pieces: Iterable[bytes]) -> None:
        """Write a file of bytes; it has no checksum of its own."""
        path = self.path(stage, number, ending)
        with _faults_named(path):
            _write(path, pieces)

    @contextmanager
    def scratch(self, count: int) -> Iterator[list[IO[bytes]]]:
        """Give files to write and read; they are gone behind the block, or when another run begins."""
        paths = [self.folder / f"scratch-{number:06}{_UNFINISHED}" for number in range(count)]
        try:
            with _faults_named(self.folder), ExitStack() as files:
                yield [files.enter_context(path.open("w+b")) for path in paths]
        finally:
            for path in paths:
                path.unlink(missing_ok=True)

    def read(self, stage: str, number: int = 0, *names: str) -> Arrays:
        """Read the arrays of a stage, or some of them.

        Raises
        ------
        InputError
            If the file is damaged.
        """
        path = self.path(stage, number)
        try:
            with np.load(path) as found:
                return {name: found[name] for name in names or found.files}
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            message = f"a file of a job is damaged ({error}); {_AGAIN}"
            raise InputError(message, file=path_id(path), parameter="restart") from error

    def size(self) -> dict[str, int]:
        """Say how many bytes on the disk each stage has."""
        sizes: dict[str, int] = {}
        for entry in os.scandir(self.folder):
            if entry.is_file(follow_symlinks=False) and "-" in entry.name:
                stage = entry.name.partition("-")[0]
                sizes[stage] = sizes.get(stage, 0) + entry.stat().st_size
        return sizes

    def close(self) -> None:
        """Let another process have the folder."""
        self._lock.close()

    def remove(self) -> None:
        """Remove what the job wrote, and the folder if nothing else is in it."""
        self._clear()
        (self.folder / _LOCK).unlink(missing_ok=True)
        self.close()
        with suppress(OSError):  # the files of somebody else
            self.folder.rmdir()

    def _clear(self) -> None:
        (self.folder / _JOB).unlink(missing_ok=True)
        for path in self.folder.iterdir():
            is_ours = path.suffix in {_ENDING, _UNFINISHED, ".bin", ".json"} and path.is_file()
            if is_ours and "-" in path.name:
                path.unlink()

    def _check(self, job: Plain) -> None:
        path = self.folder / _JOB
        try:
            before = json.loads(path.read_bytes())
        except ValueError as error:
            message = f"is no description of a job; {_AGAIN}"
            raise InputError(message, file=path_id(path), parameter="restart") from error
        if changes := list(_changes(before, job)):
            more = f" and {len(changes) - _SHOWN} more" if len(changes) > _SHOWN else ""
            raise MismatchError(
                f"holds a job that is not done, on something else: {'; '.join(changes[:_SHOWN])}{more}; {_AGAIN}, or "
                "give it as before",
                file=path_id(self.folder),
                parameter="restart",
            )


def _changes(before: object, now: object, name: str = "") -> Iterator[str]:
    """Say which values differ."""
    if isinstance(before, dict) and isinstance(now, dict):
        for each in before | now:
            yield from _changes(before.get(each), now.get(each), f"{name} {each}".strip())
    elif before != now:
        yield f"{name} was {json.dumps(before, ensure_ascii=False)}, is {json.dumps(now, ensure_ascii=False)}"


def _locked(folder: Path) -> IO[bytes]:
    file = (folder / _LOCK).open("ab")
    try:
        import fcntl
    except ImportError:  # a system without such locks
        return file
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.close()
        message = "another process works on this job; wait for it, or choose another folder"
        raise OutputError(message, file=path_id(folder), parameter="work") from error
    return file


@contextmanager
def _whole(path: Path) -> Iterator[IO[bytes]]:
    """Give a file that takes its name when all is written."""
    unfinished = path.with_name(path.name + _UNFINISHED)
    try:
        with unfinished.open("wb") as file:
            yield file
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _write(path: Path, pieces: Iterable[bytes]) -> None:
    with _whole(path) as file:
        for piece in pieces:
            file.write(piece)


@contextmanager
def _faults_named(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        message = f"cannot be written: {error.strerror or error}; what was done stays, and the job goes on from there"
        raise OutputError(message, file=path_id(path), parameter="work") from error


def check_room(folder: Path, needed: Mapping[str, int]) -> None:
    """Raise OutputError if a disk has not as many bytes as a job needs; `needed` says of what."""
    free, total = shutil.disk_usage(folder).free, sum(needed.values())
    if total > free:
        parts = ", ".join(f"{size / 1e9:.1f} GB of {name}" for name, size in needed.items())
        message = f"needs {total / 1e9:.1f} GB ({parts}), and {free / 1e9:.1f} GB are free; choose a larger disk"
        raise OutputError(message, file=path_id(folder), parameter="work")
