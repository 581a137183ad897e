"""The work on the inputs of a command: files to tasks, and a task to what came of it. Tasks may run in any thread."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from neardup.errors import InputError, NeardupError
from neardup.inputs.pages import is_html
from neardup.io.batches import batches, check_first
from neardup.io.bounded import MAX_DOCUMENT_BYTES, Bounds, read_whole, too_long
from neardup.io.compression import compress
from neardup.io.encodings import AUTO
from neardup.io.faults import failure
from neardup.io.framed import lacking
from neardup.io.kinds import settled
from neardup.io.opening import opened
from neardup.io.records import Fields, Record
from neardup.io.texts import read_text, text_name
from neardup.repeats.find import find_repeats_batch
from neardup.spans import merged, without

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from neardup._typing import Id, Scope
    from neardup.io.opening import Opened
    from neardup.io.records import RecordFile
    from neardup.io.sources import Source
    from neardup.io.texts import TextFile
    from neardup.repeats.batch import Repeats
    from neardup.spans import Stretch

    Found = tuple[Repeats, int] | Exception | None

BATCH_BYTES, BATCH_RECORDS = 1 << 19, 256
"""Records that are one task: enough that handing it over costs nothing, few enough that memory stays flat."""


@dataclass(frozen=True, slots=True)
class Whole:
    """A task: the bytes of a source that is one text."""

    source: Source
    data: bytes


@dataclass(frozen=True, slots=True)
class Records:
    """A task: some records of a source, with their numbers; None in place of one that is too long."""

    source: Source
    file: RecordFile
    records: tuple[tuple[int, bytes | None], ...]


@dataclass(frozen=True, slots=True)
class End:
    """Behind the last task of a source, and what was wrong with it as a whole; of nothing, if it is none."""

    source: Source | None
    error: NeardupError | None = None


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A document without what it prints again.

    Attributes
    ----------
    source, name
        Where it stands, and the path of its file below the folder of cleaned ones.
    removed
        What is taken out of its text.
    data
        The bytes of the text file without that, or the record in UTF-8.
    rewrite
        Gives them without other stretches.
    """

    source: Source
    name: Path
    removed: tuple[Stretch, ...]
    data: bytes
    rewrite: Callable[[Sequence[Stretch]], bytes] = field(repr=False)

    def without(self, more: Sequence[Stretch]) -> Cleaned:
        """Take more out of the text.

        Raises
        ------
        OutputError
            If the rest cannot be written in the encoding of the file.
        """
        removed = tuple(merged((*self.removed, *more)))
        return replace(self, removed=removed, data=self.rewrite(removed))


class Read(NamedTuple):
    """What came of a document.

    Attributes
    ----------
    source, line
        Where it stands; the line, or the number of the record, only of records.
    id, text, title
        The document; an empty title is not known.
    found
        The repeats of its task, if they are wanted, and which of the documents there it is.
    encoding
        Of a text file.
    cleaned
        If it is wanted.
    raw
        The bytes of the record.
    is_page
        Whether the text of a record is an HTML page.
    data
        What of a record is kept beside its text.
    """

    source: Source
    id: Id
    text: str
    found: tuple[Repeats, int] | None = None
    encoding: str | None = None
    cleaned: Cleaned | None = None
    line: int | None = None
    raw: bytes | None = None
    is_page: bool = False
    title: str = ""
    data: Any = None


@dataclass(frozen=True, slots=True)
class Failed:
    """What could not be read or written, with the bytes of the record if it was one; none of one that is too long."""

    error: NeardupError
    raw: bytes | None = None


Task = Whole | Records | End
Outcome = Read | Failed | End


@dataclass(frozen=True, slots=True)
class Plan:
    """How sources are read and cut into tasks.

    Attributes
    ----------
    fields
        What of a record is read.
    encoding
        See `neardup.io.kinds.settled`.
    bounds
        How much is read.
    progress
        Told how many bytes of a source were read since the last time, on the disk.
    """

    fields: Fields = field(default_factory=Fields)
    encoding: str = AUTO
    bounds: Bounds = field(default_factory=Bounds)
    progress: Callable[[int], object] | None = None

    def tasks(self, sources: Iterable[Source | InputError]) -> Iterator[Task]:
        """Read the sources, here and in turn, and make the tasks: a text is one, records are cut into batches.

        Whatever goes wrong with a source is said behind its last task, and the next one is read.
        """
        for source in sources:
            if isinstance(source, InputError):
                yield End(None, source)
            else:
                yield from self._tasks(source)

    def _tasks(self, source: Source) -> Iterator[Task]:
        error, line = None, None
        try:
            with opened(source) as stream:
                told = _Told(self.progress, stream)
                source, file = settled(source, stream, self.fields, self.encoding)
                if source.records is None:
                    data = read_whole(file, self.bounds.document)
                    told()
                    yield Whole(source, data)
                    del data  # it may be large, and the next source is read in the meantime
                else:
                    most = self.bounds.of_unpacked(source.path) if source.compression else None
                    records = source.records.records(file, self.bounds.document, most)
                    for batch in batches(records, BATCH_BYTES, BATCH_RECORDS):
                        if line is None:
                            check_first(source.records, batch)
                        line = batch[-1][0]
                        told()
                        yield Records(source, source.records, batch)
                        del batch
        except Exception as fault:
            error = failure(fault, source.id, line and line + 1)
        yield End(source, error)


class _Told:
    """Says how far a source is read."""

    def __init__(self, progress: Callable[[int], object] | None, stream: Opened) -> None:
        self._progress = progress
        self._stream = stream
        self._before = 0

    def __call__(self) -> None:
        if self._progress:
            now = self._stream.position()
            self._progress(now - self._before)
            self._before = now


def size_of(task: Task) -> int:
    """Say how many bytes a task holds."""
    if isinstance(task, Whole):
        return len(task.data)
    return sum(len(raw) for _, raw in task.records if raw) if isinstance(task, Records) else 0


@dataclass(frozen=True, slots=True)
class Work:
    """What is done with every task: read, find the repeats of all its documents at once, clean.

    Attributes
    ----------
    min_chars
        See `neardup.find_repeats`; None, if repeats are not wanted.
    encoding, extract
        See `neardup.io.texts.read_text`.
    scope, keeps_encoding
        What to clean, if that is wanted, as `neardup.DocumentRepeats.clean` says; and whether to write texts as they
        were written, or else as plain UTF-8.
    longest
        Bytes that a record may have.
    """

    min_chars: int | None
    encoding: str = AUTO
    extract: bool = False
    scope: Scope | None = None
    keeps_encoding: bool = False
    longest: int = MAX_DOCUMENT_BYTES

    def __call__(self, task: Task) -> list[Outcome]:
        """Do it; what fails is named, whatever it fails of, and the rest goes on."""
        if isinstance(task, End):
            return [Failed(task.error), task] if task.error else [task]
        return [self._text(task.source, task.data)] if isinstance(task, Whole) else self._records(task)

    def _text(self, source: Source, data: bytes) -> Outcome:
        try:
            file = read_text(data, self.encoding, extract=self.extract)
            [found] = self._found([file.text])
            if isinstance(found, Exception):
                raise found
            name = text_name(source.name, source.compression) if file.is_extracted else source.name
            cleaned = self._cleaned(source, name, found, partial(self._written, source, file))
            return Read(source, source.id, file.text, found, file.written.encoding, cleaned)
        except Exception as error:
            return Failed(failure(error, source.id))

    def _written(self, source: Source, file: TextFile, removed: Sequence[Stretch]) -> bytes:
        text = without(file.text, removed)
        try:
            data = file.written.encode(text) if self.keeps_encoding else text.encode("utf-8")
        except UnicodeEncodeError as error:
            raise lacking(error) from error
        return compress(data, source.compression)

    def _records(self, task: Records) -> list[Outcome]:
        records = [self._record(task, raw) for _, raw in task.records]
        found = iter(self._found([record.text for record in records if isinstance(record, Record)]))
        return [
            self._read(task, number, raw, record, next(found) if isinstance(record, Record) else None)
            for (number, raw), record in zip(task.records, records, strict=True)
        ]

    def _record(self, task: Records, raw: bytes | None) -> Record | Exception:
        try:
            if raw is None:
                raise too_long(self.longest)
            return task.file.read(raw)
        except Exception as error:
            return error

    def _read(
        self, task: Records, number: int, raw: bytes | None, record: Record | Exception, found: Found
    ) -> Read | Failed:
        source = task.source
        try:
            if isinstance(record, Exception):
                raise record
            if isinstance(found, Exception):
                raise found
            assert raw is not None
            cleaned = self._cleaned(source, source.name, found, partial(task.file.rewritten, raw))
        except Exception as error:
            return Failed(failure(error, source.id, number), raw or b"")
        id_ = f"{source.id}:{number}" if record.id is None else record.id
        is_page = is_html(record.text)
        return Read(source, id_, record.text, found, None, cleaned, number, raw, is_page, record.title, record.data)

    def _found(self, texts: list[str]) -> list[Found]:
        """Find the repeats of several texts at once; where that fails, of each alone: the others are not at fault."""
        if self.min_chars is None or not texts:
            return [None] * len(texts)
        try:
            found = find_repeats_batch(texts, min_chars=self.min_chars, threads=1)
            if self.scope:
                found.cleaned(self.scope, threads=1)
        except Exception as error:
            if len(texts) > 1:
                return [each for text in texts for each in self._found([text])]
            return [InputError(str(error)) if isinstance(error, ValueError) else error]  # longer than can be counted
        return [(found, row) for row in range(len(texts))]

    def _cleaned(
        self,
        source: Source,
        name: Path,
        found: tuple[Repeats, int] | None,
        rewrite: Callable[[Sequence[Stretch]], bytes],
    ) -> Cleaned | None:
        if not self.scope or not found:
            return None
        repeats, row = found
        removed = repeats.cleaned(self.scope).removed_from(row)
        return Cleaned(source, name, removed, rewrite(removed), rewrite)
