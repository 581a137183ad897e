"""What a command writes beside its report: cleaned files, and records that could not be read."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from neardup.errors import NeardupError, OutputError
from neardup.io.atomic import WholeFile, write_whole
from neardup.io.sources import Source, path_id
from neardup.report.machine import encodable

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from neardup.cli.work import Cleaned
    from neardup.errors import InputError
    from neardup.io.claims import Claims
    from neardup.io.records import RecordWriter


@dataclass(slots=True)
class _CleanedRecords:
    """A file of records that is being written."""

    file: WholeFile
    writer: RecordWriter
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
    keeps_encoding
        Whether records are written in the encoding that they were read in, or else in UTF-8.
    """

    folder: Path
    overwrite: bool
    claims: Claims
    keeps_encoding: bool = False
    texts: int = 0
    changed: int = 0
    _open: dict[Source, _CleanedRecords] = field(default_factory=dict)
    _refused: set[Source] = field(default_factory=set)

    def begin(self, sources: Iterable[Source | InputError]) -> None:
        """Make the folder, and see whether files can be written there, before there is anything to write.

        Raises
        ------
        OutputError
            If it is no folder or cannot be written to, or holds something and nothing may be replaced, or an input
            where a cleaned file would go.
        """
        file = path_id(self.folder)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            is_empty = next(self.folder.iterdir(), None) is None
        except FileExistsError as error:
            raise OutputError("is no folder; choose another place", file=file) from error
        except OSError as error:
            raise OutputError(f"cannot be written: {error.strerror or error}", file=file) from error
        if not is_empty and not self.overwrite:
            message = "the folder is not empty; choose another one, or allow that files in it are replaced"
            raise OutputError(message, file=file, parameter="overwrite")
        for source in () if is_empty else sources:
            if isinstance(source, Source) and (held := self.claims.held(path := self.folder / source.name)):
                message = f"{path_id(path)} {held}; choose another folder for --output"
                raise OutputError(message, file=source.id)
        try:
            WholeFile(self.folder / "probe", overwrite=True).discard()
        except OutputError as error:
            raise OutputError(error.message, file=file) from error

    def write(self, document: Cleaned) -> None:
        """Write a cleaned text, or add a cleaned record.

        Raises
        ------
        OutputError
            If it cannot be written: of a file of records, once.
        """
        source = document.source
        if source in self._refused:
            return
        if source.records is None:
            write_whole(self._claimed(source, document.name), document.data, overwrite=self.overwrite)
            self._count(1, bool(document.removed))
            return
        try:
            records = self._records(source)
            records.writer.add(document.data)
        except BaseException:
            self.leave(source)
            raise
        records.texts += 1
        records.changed += bool(document.removed)

    def finish(self, source: Source) -> None:
        """Say that a source was read to its end: a file of records takes its name.

        Raises
        ------
        OutputError
            If it cannot be written.
        """
        if source.records is None or source in self._refused:
            return
        records = self._records(source)
        del self._open[source]
        try:
            records.writer.finish()
            records.file.commit()
        finally:
            records.file.discard()
        self._count(records.texts, records.changed)

    def leave(self, source: Source) -> None:
        """Say that a source cannot be written, or was not read to its end: no file of records remains."""
        self._refused.add(source)
        if records := self._open.pop(source, None):
            records.file.discard()

    def close(self) -> None:
        """Leave every file of records that is not finished."""
        for source in tuple(self._open):
            self.leave(source)

    def _records(self, source: Source) -> _CleanedRecords:
        if source not in self._open:
            assert source.records is not None
            path = self._claimed(source, source.name)
            # Spreadsheets know the encoding of a table by its mark alone.
            has_mark = source.has_mark and (self.keeps_encoding or source.kind in {"csv", "tsv"})
            file = WholeFile(path, overwrite=self.overwrite, compression=source.compression)
            try:
                encoding = source.encoding if self.keeps_encoding else "utf-8"
                writer = source.records.writer(file, encoding, has_mark=has_mark)
            except BaseException:
                file.discard()
                raise
            self._open[source] = _CleanedRecords(file, writer)
        return self._open[source]

    def _claimed(self, source: Source, name: Path) -> Path:
        """Give a source the path of this name, if no other has it and it stays below the folder."""
        path = self.folder / name
        if name.is_absolute() or ".." in name.parts:
            raise OutputError(f"{path_id(path)} would leave the folder of --output", file=source.id)
        if held := self.claims.held(path):
            remedy = (
                "clean the two into two folders" if held.startswith("holds") else "choose another folder for --output"
            )
            raise OutputError(f"{path_id(path)} {held}; {remedy}", file=source.id)
        self.claims.hold(path, f"holds {source.id} already")
        return path

    def _count(self, texts: int, changed: int) -> None:
        self.texts += texts
        self.changed += changed


class Rejects:
    """Collects bad records as JSON lines: ``file``, ``line``, ``error``, and the record as ``raw``.

    One that is not UTF-8 stands in ``raw_base64`` instead.

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
        """Add a record."""
        try:
            content = {"raw": raw.decode("utf-8")}
        except UnicodeDecodeError:
            content = {"raw_base64": b64encode(raw).decode("ascii")}
        entry = {"file": encodable(error.file), "line": error.line, "error": encodable(error.message), **content}
        self._file.write(msgspec.json.encode(entry) + b"\n")
