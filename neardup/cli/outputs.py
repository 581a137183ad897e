"""What ``neardup scan`` writes beside its report: cleaned files, and lines that could not be read."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from neardup.errors import NeardupError, OutputError
from neardup.io.atomic import WholeFile, write_whole
from neardup.io.sources import real_path
from neardup.report.machine import encodable

if TYPE_CHECKING:
    from pathlib import Path

    from neardup.cli.work import Cleaned
    from neardup.io.sources import Source


class Claims:
    """The files that a run reads and writes, by where they really are: none of them is written over by another."""

    def __init__(self) -> None:
        self._held: dict[Path, str] = {}

    def hold(self, path: Path, what: str) -> None:
        """Say what a file is, as in ``is an input itself``."""
        self._held[real_path(path)] = what

    def held(self, path: Path) -> str | None:
        """Say what a file is already, if it is something."""
        return self._held.get(real_path(path))

    def take(self, path: Path, option: str) -> None:
        """Hold a file for an option.

        Raises
        ------
        OutputError
            If it is something already.
        """
        if held := self.held(path):
            raise OutputError(f"{held}; choose another file for {option}", file=str(path))
        self.hold(path, f"is the file of {option}")


@dataclass(slots=True)
class _CleanedLines:
    """A file of JSON lines that is being written."""

    file: WholeFile
    texts: int = 0
    changed: int = 0


@dataclass(slots=True)
class Cleaner:
    """Writes cleaned files below a folder, one for every source, and counts the texts in them.

    Attributes
    ----------
    folder
        Where they go, by the names of the sources.
    overwrite
        Whether they may replace others; an input is never replaced.
    claims
        What the run reads and writes.
    """

    folder: Path
    overwrite: bool
    claims: Claims
    texts: int = 0
    changed: int = 0
    _open: dict[Source, _CleanedLines] = field(default_factory=dict)
    _refused: set[Source] = field(default_factory=set)

    def write(self, document: Cleaned) -> None:
        """Write a cleaned text, or add a cleaned line.

        Raises
        ------
        OutputError
            If it cannot be written: of a file of lines, once.
        """
        source = document.source
        if source in self._refused:
            return
        if source.kind == "text":
            write_whole(self._claimed(source, document.name), document.data, overwrite=self.overwrite)
            self._count(1, bool(document.removed))
            return
        try:
            lines = self._lines(source)
            lines.file.write(document.data + b"\n")
        except BaseException:
            self.leave(source)
            raise
        lines.texts += 1
        lines.changed += bool(document.removed)

    def finish(self, source: Source) -> None:
        """Say that a source was read to its end: a file of lines takes its name.

        Raises
        ------
        OutputError
            If it cannot be written.
        """
        if source.kind == "text" or source in self._refused:
            return
        lines = self._lines(source)
        del self._open[source]
        try:
            lines.file.commit()
        finally:
            lines.file.discard()
        self._count(lines.texts, lines.changed)

    def leave(self, source: Source) -> None:
        """Say that a source cannot be written, or was not read to its end: no file of lines remains."""
        self._refused.add(source)
        if lines := self._open.pop(source, None):
            lines.file.discard()

    def close(self) -> None:
        """Leave every file of lines that is not finished."""
        for source in tuple(self._open):
            self.leave(source)

    def summary(self) -> str:
        """Say what was written."""
        return f"{self.texts} cleaned texts in {self.folder}, {self.changed} of them changed"

    def _lines(self, source: Source) -> _CleanedLines:
        if source not in self._open:
            file = WholeFile(
                self._claimed(source, source.name), overwrite=self.overwrite, compression=source.compression
            )
            self._open[source] = _CleanedLines(file)
        return self._open[source]

    def _claimed(self, source: Source, name: Path) -> Path:
        """Give a source the path of this name, if no other has it and it stays below the folder."""
        path = self.folder / name
        if name.is_absolute() or ".." in name.parts:
            raise OutputError(f"{path} would leave the folder of --clean", file=source.id)
        if held := self.claims.held(path):
            remedy = (
                "clean the two into two folders" if held.startswith("holds") else "choose another folder for --clean"
            )
            raise OutputError(f"{path} {held}; {remedy}", file=source.id)
        self.claims.hold(path, f"holds {source.id} already")
        return path

    def _count(self, texts: int, changed: int) -> None:
        self.texts += texts
        self.changed += changed


class Rejects:
    """Collects bad lines as JSON lines: ``file``, ``line``, ``error``, and the line as ``raw``.

    A line that is not UTF-8 stands in ``raw_base64`` instead.

    Parameters
    ----------
    path
        The file; it takes its name when it is committed.
    overwrite
        Whether it may replace another.
    claims
        What the run reads and writes.

    Raises
    ------
    OutputError
        If it cannot be written, or is something else already.
    """

    def __init__(self, path: Path, *, overwrite: bool, claims: Claims) -> None:
        claims.take(path, "--rejects")
        self._file = WholeFile(path, overwrite=overwrite)
        self.commit, self.discard = self._file.commit, self._file.discard

    def add(self, error: NeardupError, raw: bytes) -> None:
        """Add a line."""
        try:
            content = {"raw": raw.decode("utf-8")}
        except UnicodeDecodeError:
            content = {"raw_base64": b64encode(raw).decode("ascii")}
        entry = {"file": encodable(error.file), "line": error.line, "error": encodable(error.message), **content}
        self._file.write(msgspec.json.encode(entry) + b"\n")
