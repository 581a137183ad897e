"""The outputs of a job: where each input goes, settled and checked before anything is done."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Literal, TypeAlias

import msgspec

from neardup.errors import InputError, OutputError
from neardup.io.atomic import WholeFile, temporary_path
from neardup.io.batches import RECORDS_TRIED
from neardup.io.claims import Claims
from neardup.io.compression import compression_of, faults_named
from neardup.io.faults import failure
from neardup.io.kinds import settled
from neardup.io.opening import opened
from neardup.io.parquet import ParquetRows, parquet_file
from neardup.io.sources import KINDS_BY_SUFFIX, path_id
from neardup.io.tables import Table
from neardup.io.texts import text_name
from neardup.jobs.decisions import Decisions
from neardup.jobs.writing import refuse_taken, write

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from neardup.io.sources import Kind, Source
    from neardup.jobs.inputs import Wanted

__all__ = ["Decisions", "MarkType", "OutputPlan", "Target", "write"]

MarkType: TypeAlias = Literal["string", "int64", "float64", "bool"]
"""What a field has that documents are marked with; each value may be null."""


@dataclass(frozen=True, slots=True)
class Target:
    """A file to write.

    Attributes
    ----------
    path
        Where it goes.
    sources
        What is written there, in this order, as `neardup.io.kinds.settled` gives them; one alone if they are texts.
    compression
        As `neardup.io.compression` names it.
    """

    path: Path
    sources: tuple[Source, ...]
    compression: str = ""

    @property
    def kind(self) -> Kind:
        """What it is."""
        kind = self.sources[0].kind
        assert kind is not None
        return kind


@dataclass(frozen=True, slots=True)
class OutputPlan:
    """Where the inputs of a job go.

    Attributes
    ----------
    targets
        The files to write; every input is in one of them.
    wanted
        How the inputs are read.
    marks
        The fields that every record gets, by their names.
    overwrite
        Whether files may be replaced; an input is never.
    token
        See `neardup.io.atomic.WholeFile`.
    """

    targets: tuple[Target, ...]
    wanted: Wanted
    marks: Mapping[str, MarkType] = field(default_factory=dict)
    overwrite: bool = False
    token: str | None = None

    @classmethod
    def of(
        cls,
        sources: Sequence[Source],
        output: str | Path,
        wanted: Wanted,
        *,
        overwrite: bool = False,
        marks: Mapping[str, MarkType] | None = None,
        cleans: bool = False,
        from_folder: bool = False,
        token: str | None = None,
        claims: Claims | None = None,
        own: Collection[str] = (),
    ) -> OutputPlan:
        """Plan where the inputs go, and see that all of it can be written, without writing any.

        The output is one file that all inputs are joined in; or a folder in which every input has its own name, if it
        is one, ends as one (``clean/``), there are text files, or the inputs come from a folder and its name does not
        say what is in a file.

        Parameters
        ----------
        sources
            The inputs. Each is opened, to know what it is.
        output
            A file or a folder.
        wanted
            How the inputs are read.
        overwrite
            Whether files may be replaced.
        marks
            The fields that every record gets.
        cleans
            Whether texts will change.
        from_folder
            Whether a folder was given as input.
        token
            What names the temporary files of this job, if it may be killed and go on; no two jobs at once have one.
        claims
            What else the job reads and writes.
        own
            Files that may be replaced, since the job itself has written them before it was killed.

        Raises
        ------
        InputError
            If an input cannot be opened or be read twice, or cannot be in one file with the others; names it.
        OutputError
            If an output exists and `overwrite` is false, is an input or another output, has a name of another format,
            cannot be written to; or cannot have the marks. Names the file.
        """
        marks = marks or {}
        known = [_settled(source, wanted, marks, cleans=cleans) for source in sources]
        if not known:
            return cls((), wanted, marks, overwrite, token)
        if _is_folder(output, known, from_folder=from_folder):
            targets = tuple(Target(Path(output, each.name), (each,), each.compression) for each in known)
        else:
            targets = (_joined(Path(output), known),)
        claims = claims or Claims()
        for source in known:
            assert source.path is not None
            claims.hold(source.path, "is an input itself")
        for target in targets:
            _claim(target, claims, is_page=wanted.extract and cleans)
        for target in targets:
            if os.path.lexists(target.path) and not overwrite and str(target.path) not in own:
                message = "exists already; choose another place, or allow that it is replaced"
                raise OutputError(message, file=path_id(target.path), parameter="overwrite")
        _probe(targets, token)
        return cls(targets, wanted, marks, overwrite or bool(own), token)

    def write(
        self,
        target: Target,
        decide: Callable[[Source], Iterable[Decisions]],
        told: Callable[[int], object] | None = None,
    ) -> int:
        """Write one of the targets; see `neardup.jobs.writing.write`."""
        return write(self, target, decide, told)

    def discard(self) -> None:
        """Remove what a run with this token has left behind when it was killed."""
        if self.token is None:
            return
        for path in self.places():
            with suppress(OSError):
                temporary_path(path, self.token).unlink(missing_ok=True)

    def places(self) -> Iterator[Path]:
        """Give where files may come to be; a page that is cleaned is written by the name of a text."""
        for target in self.targets:
            yield target.path
            if target.kind == "text" and (path := text_name(target.path, target.compression)) != target.path:
                yield path


def _settled(source: Source, wanted: Wanted, marks: Mapping[str, MarkType], *, cleans: bool) -> Source:
    """Open an input, and see that its records can be written as they are wanted."""
    with faults_named(source.id):
        is_special = source.path is None or (source.path.exists() and not source.path.is_file())
    if is_special:
        raise InputError("can be read only once, and is read twice; save it in a file", file=source.id)
    try:
        with opened(source) as stream:
            source, file = settled(source, stream, wanted.all_fields, wanted.encoding)
            records = source.records
            if marks and records is None:
                raise OutputError("a text file has no fields to mark; make records of it, or leave the marks out")
            if isinstance(records, ParquetRows):
                with parquet_file(records.path) as table:
                    refuse_taken(table.schema_arrow.names, marks, source)
                    nested = [name for name in records.fields.text if name not in table.schema_arrow.names]
                if nested and cleans:
                    message = f'the field "{nested[0]}" stands inside another one, and is not written back into '
                    raise OutputError(message + "Parquet; make it a column first")
            elif isinstance(records, Table):
                refuse_taken(records.columns, marks, source)
            elif records and marks:
                for _, raw in islice(records.records(file, wanted.bounds.document, None), RECORDS_TRIED):
                    with suppress(msgspec.DecodeError, UnicodeDecodeError):
                        names = msgspec.json.decode(raw or b"{}", type=dict[str, msgspec.Raw])
                        refuse_taken(names, marks, source)
    except Exception as error:
        raise failure(error, source.id) from error
    return source


def _is_folder(output: str | Path, sources: Sequence[Source], *, from_folder: bool) -> bool:
    ends = tuple(filter(None, (os.sep, os.altsep)))
    if Path(output).is_dir() or os.fspath(output).endswith(ends) or any(source.kind == "text" for source in sources):
        return True
    return from_folder and _suffix(Path(output)) not in KINDS_BY_SUFFIX


def _suffix(name: PurePath) -> str:
    """Give the end of a name that says what a file is, before the one that says how it is compressed."""
    return (PurePath(name.stem) if compression_of(name) else name).suffix.lower()


def _joined(output: Path, sources: Sequence[Source]) -> Target:
    """Join all inputs in one file."""
    first, *others = sources
    assert first.kind is not None
    compression = compression_of(output)
    named = KINDS_BY_SUFFIX.get(_suffix(output), first.kind)
    if named != first.kind and _suffix(output) not in {_suffix(source.name) for source in sources}:
        message = f"is named as {named}, and the inputs are {first.kind}; the format stays, so choose another name"
        raise OutputError(message, file=path_id(output))
    if first.kind == "parquet" and compression:
        raise OutputError(f"Parquet is compressed inside; leave {compression} out of the name", file=path_id(output))
    for source in others:
        if (difference := _difference(first, source)) is not None:
            message = f"{difference}, and the two cannot be in one file; write to a folder"
            raise InputError(message, file=source.id)
    return Target(output, tuple(sources), compression)


def _difference(one: Source, other: Source) -> str | None:
    """Say what keeps two files of records from being one."""
    if one.kind != other.kind:
        return f"this is {other.kind}, and {one.id} is {one.kind}"
    if isinstance(one.records, Table) and isinstance(other.records, Table):
        written = [(each.columns, each.delimiter, each.is_quoted) for each in (one.records, other.records)]
        return f"another header than that of {one.id}" if written[0] != written[1] else None
    if isinstance(one.records, ParquetRows) and isinstance(other.records, ParquetRows):
        with parquet_file(one.records.path) as first, parquet_file(other.records.path) as second:
            same = first.schema_arrow.equals(second.schema_arrow)
        return None if same else f"another schema than that of {one.id}"
    return None


def _claim(target: Target, claims: Claims, *, is_page: bool) -> None:
    """Hold the place of a target; a page that is cleaned is written as a text, which has a name of its own."""
    name = target.sources[0].name
    if name.is_absolute() or ".." in name.parts:
        raise OutputError(f"{path_id(target.path)} would leave the folder", file=target.sources[0].id)
    places = [target.path]
    if is_page and target.kind == "text":
        places.append(text_name(target.path, target.compression))
    for path in places:
        if held := claims.held(path):
            remedy = "write the two to two places" if held.startswith("holds") else "choose another output"
            raise OutputError(f"{path_id(path)} {held}; {remedy}", file=target.sources[0].id)
        claims.hold(path, f"holds {target.sources[0].id} already")


def _probe(targets: Iterable[Target], token: str | None) -> None:
    """See that files can be written where they go, and as they are compressed; folders are not made yet."""
    probed = set()
    for target in targets:
        folder = next(each for each in target.path.parents if os.path.lexists(each) or each == each.parent)
        if (folder, target.compression) in probed:
            continue
        probed.add((folder, target.compression))
        if not folder.is_dir():
            raise OutputError("is no folder; choose another place", file=path_id(folder))
        try:
            # Of the token, so that what a killed run leaves of it is removed by the next one.
            name = f"probe-{token or secrets.token_hex(8)}"
            WholeFile(folder / name, compression=target.compression, token=token).discard()
        except OutputError as error:
            raise OutputError(error.message, file=path_id(target.path)) from error
