"""The folder of a job that is not done: what it is a job on, and the stages that are whole."""

from __future__ import annotations

import json
import mmap
import os
import re
import shutil
import zipfile
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec
import numpy as np

from neardup.errors import InputError, MismatchError, OutputError
from neardup.io.atomic import write_faults_named
from neardup.io.sources import path_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path
    from typing import IO

    from numpy.typing import NDArray

    Arrays: TypeAlias = dict[str, NDArray[Any]]
    Plain: TypeAlias = dict[str, Any]

SCHEMA_VERSION = 1

_PREFIX = "neardup-"
"""Of the names of all files, so that none is taken for one of somebody else's."""

_JOB, _LOCK, _ENDING, _UNFINISHED = f"{_PREFIX}job.json", f"{_PREFIX}lock", ".npz", ".part"
_STAGE_FILE = re.compile(rf"{_PREFIX}([a-z]++)-\d{{6,}}+(?:\.npz|\.bin)")
_SHOWN = 5
_AGAIN = "start the job again without what it did so far"
_BLOCK_BYTES, _WRITTEN_AT_ONCE = 1 << 20, 1 << 16


class Workspace:
    """Whole files of arrays and bytes in a folder, by stage and number. One process has it at a time.

    A file is there as a whole or not at all, and carries checksums. So whatever moment a run is killed at, the next one
    goes on with the files that are there.

    Parameters
    ----------
    folder
        Made if it is not there. What else is in it is not touched.
    has_parents
        Whether folders above it are made too.

    Attributes
    ----------
    is_begun
        Whether there was a job in it that was not done.
    is_resumed
        Whether this run goes on with it.

    Raises
    ------
    OutputError
        If another process works in it, or it cannot be written.
    """

    def __init__(self, folder: Path, *, has_parents: bool = False) -> None:
        self.folder = folder
        self.is_resumed = False
        self._made = [each for each in (folder, *folder.parents) if not os.path.lexists(each)]
        self._checked: set[Path] = set()
        with _faults_named(folder, "choose another folder for the job"):
            folder.mkdir(parents=has_parents, exist_ok=True)
            try:
                self._lock = _locked(folder)
            except BaseException:
                self._remove_folders()
                raise
            self.is_begun = holds_job(folder)
            self._clear(_UNFINISHED)

    def begin(self, job: Plain, *, restart: bool = False, kept: str = "") -> None:
        """Start a job, or go on with it.

        Parameters
        ----------
        job
            What the job is on, as plain data in which nothing else counts: the inputs, the config, the options. Nested
            values are told apart by their names when something changed.
        restart
            Whether what another run left is thrown away.
        kept
            A stage of which nothing is thrown away.

        Raises
        ------
        MismatchError
            If the folder holds another job; says what differs.
        OutputError
            If it cannot be written.
        """
        job = json.loads(json.dumps(job | {"schema_version": SCHEMA_VERSION}))
        self.is_resumed = self.is_begun and not (restart or self.is_empty)
        if self.is_resumed:
            self._check(job)
            return
        with _faults_named(self.folder, "choose another folder for the job"):
            self._clear(kept=kept)
            _write(self.folder / _JOB, json.dumps(job, ensure_ascii=False, indent=1).encode())

    @property
    def is_empty(self) -> bool:
        """Whether no stage of a job is there."""
        return not any(True for _ in self._stage_files())

    def path(self, stage: str, number: int = 0, ending: str = _ENDING) -> Path:
        """Say where a file of a stage is, or will be."""
        return self.folder / f"{_PREFIX}{stage}-{number:06}{ending}"

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

    def write_bytes(self, stage: str, number: int, ending: str, data: bytes | memoryview) -> int:
        """Write a file of bytes, and give the checksum that `mapped` wants."""
        path = self.path(stage, number, ending)
        with _faults_named(path):
            _write(path, data)
        return _checksum(data)

    def mapped(self, stage: str, number: int, ending: str, size: int, checksum: int) -> mmap.mmap | bytes:
        """Map a file of bytes into memory. What another run has written is read once before.

        Raises
        ------
        InputError
            If it has not so many bytes or not this checksum, or is not there.
        """
        path = self.path(stage, number, ending)
        try:
            with path.open("rb") as file:
                if (found := os.fstat(file.fileno()).st_size) != size:
                    raise _damaged(path, f"it has {found:,} bytes, not {size:,}")
                if self.is_resumed and path not in self._checked:
                    if sum(map(_checksum, iter(partial(file.read, _BLOCK_BYTES), b""))) % (1 << 64) != checksum:
                        raise _damaged(path, "its checksum differs")
                    self._checked.add(path)
                # An empty file cannot be mapped.
                return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if size else b""
        except OSError as error:
            raise _damaged(path, error.strerror or str(error)) from error

    @contextmanager
    def scratch(self, count: int) -> Iterator[list[IO[bytes]]]:
        """Give files to write and read; they are gone behind the block, or when another run begins."""
        paths = [self.path("scratch", number, f".bin{_UNFINISHED}") for number in range(count)]
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
            with zipfile.ZipFile(path) as file:
                wanted = names or [name.removesuffix(".npy") for name in file.namelist()]
                return {name: _array(file, f"{name}.npy") for name in wanted}
        except MemoryError:
            raise
        except Exception as error:
            raise _damaged(path, str(error) or type(error).__name__) from error

    def read_said(self, stage: str, number: int = 0) -> Any:  # noqa: ANN401 - any plain data
        """Read the plain data that stand among the arrays of a stage as ``said``; see `plain`."""
        return msgspec.json.decode(self.read(stage, number, "said")["said"].tobytes())

    def size(self) -> dict[str, int]:
        """Say how many bytes on the disk each stage has."""
        sizes: dict[str, int] = {}
        for stage, path in self._stage_files():
            sizes[stage] = sizes.get(stage, 0) + path.stat().st_size
        return sizes

    def close(self) -> None:
        """Let another process have the folder."""
        self._lock.close()

    def remove(self) -> None:
        """Remove what the job wrote, and the folder if nothing else is in it."""
        with _faults_named(self.folder, "the job is done, and this may be removed by hand"):
            self._clear()
            (self.folder / _LOCK).unlink(missing_ok=True)
        self.close()
        self._remove_folders()

    def _remove_folders(self) -> None:
        """Remove the folder, and those above it that were made for it, as far as nothing else is in them."""
        with suppress(OSError):
            for folder in self._made or [self.folder]:
                folder.rmdir()

    def _clear(self, ending: str = "", kept: str = "") -> None:
        """Remove the files of the job; first the one without which the others are of no job."""
        (self.folder / f"{_JOB}{ending}").unlink(missing_ok=True)
        for stage, path in [*self._stage_files(ending)]:
            if stage != kept:
                path.unlink(missing_ok=True)

    def _stage_files(self, ending: str = "") -> Iterator[tuple[str, Path]]:
        """Give the files of the stages, each with its stage."""
        for path in self.folder.iterdir():
            name = path.name
            if name.endswith(ending) and (found := _STAGE_FILE.fullmatch(name.removesuffix(ending))):
                yield found[1], path

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


def plain(data: Any) -> NDArray[np.uint8]:  # noqa: ANN401 - any plain data
    """Give plain data as an array."""
    return np.frombuffer(msgspec.json.encode(data), np.uint8)


def holds_job(folder: Path) -> bool:
    """Tell whether a folder holds a job that is not done."""
    return (folder / _JOB).exists()


def _changes(before: object, now: object, name: str = "") -> Iterator[str]:
    """Say which values differ."""
    if isinstance(before, dict) and isinstance(now, dict):
        for each in before | now:
            yield from _changes(before.get(each), now.get(each), f"{name} {each}".strip())
    elif before != now:
        yield f"{name} was {json.dumps(before, ensure_ascii=False)}, is {json.dumps(now, ensure_ascii=False)}"


def _locked(folder: Path) -> IO[bytes]:
    path = folder / _LOCK
    file = path.open("ab")
    try:
        import fcntl
    except ImportError:  # a system without such locks
        return file
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not (path.exists() and os.path.samestat(os.fstat(file.fileno()), path.stat())):
            raise BlockingIOError  # it was removed just now, and locks nothing
    except BlockingIOError as error:
        file.close()
        message = "another process works on this job; wait for it, or choose another folder"
        raise OutputError(message, file=path_id(folder), parameter="work") from error
    except OSError:  # a file system without them
        return file
    return file


def _array(file: zipfile.ZipFile, name: str) -> NDArray[Any]:
    """Read an array to the end of its file, where its checksum is looked at."""
    with file.open(name) as member:
        array: NDArray[Any] = np.lib.format.read_array(member, allow_pickle=False)
        if member.read(1):
            raise ValueError(f"{name} is longer than it says")
        return array


def _checksum(data: bytes | memoryview) -> int:
    """Add the numbers that each eight bytes make: as fast as memory, and no change of one stretch goes unseen."""
    count, rest = divmod(len(data), 8)
    numbers = np.frombuffer(data, np.uint64, count) if count else np.zeros(0, np.uint64)
    return (int(numbers.sum()) + int.from_bytes(data[len(data) - rest :], "little")) % (1 << 64)


def _damaged(path: Path, what: str) -> InputError:
    message = f"a file of a job is damaged ({what}); {_AGAIN}"
    return InputError(message, file=path_id(path), parameter="restart")


@contextmanager
def _whole(path: Path) -> Iterator[IO[bytes]]:
    """Give a file that takes its name when all is written."""
    unfinished = path.with_name(path.name + _UNFINISHED)
    try:
        with unfinished.open("wb") as file:
            yield file
        unfinished.replace(path)
    finally:
        with suppress(FileNotFoundError):
            unfinished.unlink()


def _write(path: Path, data: bytes | memoryview) -> None:
    with _whole(path) as file, memoryview(data) as view:
        # Of what is written at once much is mapped at once, and counts as memory of this process.
        for begin in range(0, len(view), _WRITTEN_AT_ONCE):
            file.write(view[begin : begin + _WRITTEN_AT_ONCE])


def _faults_named(
    path: Path, remedy: str = "what was done stays, and the job goes on from there"
) -> AbstractContextManager[None]:
    return write_faults_named(path, remedy, "work")


def check_room(needed: Iterable[tuple[str, Path, int]]) -> None:
    """Raise OutputError if a disk has not as many bytes as are needed: of what, in which folder, how many."""
    disks: dict[int, list[tuple[str, Path, int]]] = {}
    named: dict[int, Path] = {}
    for what, folder, size in needed:
        there = next(each for each in (folder, *folder.parents) if each.is_dir())
        disks.setdefault(there.stat().st_dev, []).append((what, there, size))
        named.setdefault(there.stat().st_dev, folder)
    for disk, parts in disks.items():
        total = sum(size for *_, size in parts)
        if total > (free := shutil.disk_usage(parts[0][1]).free):
            listed = ", ".join(f"{_shown(size)} of {what}" for what, _, size in parts)
            message = f"needs about {_shown(total)} ({listed}), and {_shown(free)} are free; choose a larger disk"
            raise OutputError(message, file=path_id(named[disk]), parameter="work")


def _shown(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e8 else f"{size / 1e6:.1f} MB"
