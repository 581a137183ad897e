"""The work of ``neardup scan``: files to tasks, and a task to what came of it. Tasks may run in any thread."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from neardup.cli.faults import failure
from neardup.errors import InputError, NeardupError, OutputError
from neardup.io.bounded import MAX_DOCUMENT_BYTES, Bounds, read_lines, read_whole
from neardup.io.compression import compress
from neardup.io.encodings import AUTO
from neardup.io.records import read_record, with_text
from neardup.io.texts import opened, read_text
from neardup.repeats.find import DocumentRepeats, find_repeats
from neardup.spans import merged, without

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from neardup.io.sources import Source
    from neardup.io.texts import TextFile
    from neardup.spans import Stretch

BATCH_BYTES, BATCH_LINES = 1 << 19, 256
"""Lines that are one task: enough that handing it over costs nothing, few enough that memory stays flat."""


@dataclass(frozen=True, slots=True)
class Whole:
    """A task: the bytes of a source that is one text."""

    source: Source
    data: bytes


@dataclass(frozen=True, slots=True)
class Lines:
    """A task: consecutive lines of a source, the first with this number; None in place of one that is too long."""

    source: Source
    first: int
    lines: tuple[bytes | None, ...]


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
        The bytes of the file or line without that.
    rewrite
        Gives the bytes for another text.
    """

    source: Source
    name: Path
    removed: tuple[Stretch, ...]
    data: bytes
    rewrite: Callable[[str], bytes] = field(repr=False)

    def without(self, text: str, more: Sequence[Stretch]) -> Cleaned:
        """Take more out of the text.

        Raises
        ------
        OutputError
            If the rest cannot be written in the encoding of the file.
        """
        removed = tuple(merged((*self.removed, *more)))
        return replace(self, removed=removed, data=self.rewrite(without(text, removed)))


@dataclass(frozen=True, slots=True)
class Scanned:
    """What came of a document.

    Attributes
    ----------
    source, line
        Where it stands; the line only in JSON lines.
    id, found
        The document.
    encoding
        Of a text file.
    cleaned
        If it is wanted.
    raw
        The bytes of the line.
    """

    source: Source
    id: str
    found: DocumentRepeats
    encoding: str | None = None
    cleaned: Cleaned | None = None
    line: int | None = None
    raw: bytes | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """What could not be read or written, with the bytes of the line if it was one; none of one that is too long."""

    error: NeardupError
    raw: bytes | None = None


Task = Whole | Lines | End
Outcome = Scanned | Failed | End


def plan(sources: Iterable[Source | InputError], bounds: Bounds) -> Iterator[Task]:
    """Read the sources, here and in turn, and make the tasks: a text is one, JSON lines are cut into batches.

    Whatever goes wrong with a source is said behind its last task, and the next one is read.
    """
    for source in sources:
        if isinstance(source, InputError):
            yield End(None, source)
        elif source.kind == "text":
            yield from _whole(source, bounds)
        else:
            yield from _batches(source, bounds)


def size_of(task: Task) -> int:
    """Say how many bytes a task holds."""
    if isinstance(task, Whole):
        return len(task.data)
    return sum(len(line) for line in task.lines if line) if isinstance(task, Lines) else 0


def _whole(source: Source, bounds: Bounds) -> Iterator[Whole | End]:
    try:
        with opened(source) as file:
            data = read_whole(file, bounds.document)
    except Exception as error:
        yield End(source, failure(error, source.id))
    else:
        yield Whole(source, data)
        del data  # it may be large, and the next source is read in the meantime
        yield End(source)


def _batches(source: Source, bounds: Bounds) -> Iterator[Lines | End]:
    first, size = 1, 0
    batch: list[bytes | None] = []
    error = None
    try:
        most = bounds.of_unpacked(source.path) if source.path and source.compression else None
        with opened(source) as file:
            for line in read_lines(file, bounds.document, most):
                batch.append(line)
                size += len(line or b"")
                del line
                if size >= BATCH_BYTES or len(batch) == BATCH_LINES:
                    task = Lines(source, first, tuple(batch))
                    first, size = first + len(batch), 0
                    batch.clear()
                    yield task
                    del task
    except Exception as fault:
        stop = first + len(batch)
        error = failure(fault, source.id, stop if stop > 1 else None)
    if batch:
        yield Lines(source, first, tuple(batch))
    yield End(source, error)


@dataclass(frozen=True, slots=True)
class Work:
    """What is done with every task: read, find the repeats, clean.

    Attributes
    ----------
    min_chars
        See `neardup.find_repeats`.
    encoding, extract
        See `neardup.io.texts.read_text`.
    text_field, id_field
        See `neardup.io.records.read_record`.
    cleans, keeps_encoding
        Whether to clean, and whether to write texts as they were written, or else as plain UTF-8.
    longest
        Bytes that a line may have.
    """

    min_chars: int
    encoding: str = AUTO
    extract: bool = False
    text_field: str = "text"
    id_field: str | None = None
    cleans: bool = False
    keeps_encoding: bool = False
    longest: int = MAX_DOCUMENT_BYTES

    def __call__(self, task: Task) -> tuple[Outcome, ...]:
        """Do it; what fails is named, whatever it fails of, and the rest goes on."""
        if isinstance(task, End):
            return (Failed(task.error), task) if task.error else (task,)
        if isinstance(task, Whole):
            return (self._text(task.source, task.data),)
        lines = enumerate(task.lines, start=task.first)
        return tuple(
            self._line(task.source, number, line) for number, line in lines if line is None or not _is_blank(line)
        )

    def _text(self, source: Source, data: bytes) -> Outcome:
        try:
            file = read_text(data, self.encoding, extract=self.extract)
            found = self._find(file.text)
            name = _text_name(source.name, source.compression) if file.is_extracted else source.name
            cleaned = self._cleaned(source, name, found, partial(self._written, source, file)) if self.cleans else None
            return Scanned(source, source.id, found, file.written.encoding, cleaned)
        except Exception as error:
            return Failed(failure(error, source.id))

    def _cleaned(
        self, source: Source, name: Path, found: DocumentRepeats, rewrite: Callable[[str], bytes], raw: bytes = b""
    ) -> Cleaned:
        """Leave out what is printed again; a line that has nothing of it stays as it is, `raw`."""
        removed = found.removed()
        data = rewrite(without(found.text, removed)) if removed or not raw else raw
        return Cleaned(source, name, removed, data, rewrite)

    def _written(self, source: Source, file: TextFile, text: str) -> bytes:
        try:
            data = file.written.encode(text) if self.keeps_encoding else text.encode("utf-8")
        except UnicodeEncodeError as error:
            lacking = f"U+{ord(text[error.start]):04X}"
            raise OutputError(
                f"{file.written.encoding} has no {lacking}; write UTF-8 (without --keep-encoding)"
            ) from error
        return compress(data, source.compression)

    def _line(self, source: Source, number: int, raw: bytes | None) -> Scanned | Failed:
        try:
            if raw is None:
                message = f"more than {self.longest:,} bytes; leave it out, or allow more"
                raise InputError(message, parameter="max_document_size")
            record = read_record(raw, self.text_field, self.id_field)
            found = self._find(record.text)
            rewrite = partial(with_text, raw, self.text_field)
            cleaned = self._cleaned(source, source.name, found, rewrite, raw) if self.cleans else None
        except Exception as error:
            return Failed(failure(error, source.id, number), raw or b"")
        id_ = f"{source.id}:{number}" if record.id is None else record.id
        return Scanned(source, id_, found, None, cleaned, number, raw)

    def _find(self, text: str) -> DocumentRepeats:
        try:
            return find_repeats(text, min_chars=self.min_chars)
        except ValueError as error:  # longer than the kernels can count
            raise InputError(str(error)) from error


def _text_name(name: Path, compression: str) -> Path:
    """Name the text that was taken out of a page: ``page.html.txt``."""
    return name.with_name(name.name[: len(name.name) - len(compression)] + ".txt" + compression)


def _is_blank(line: bytes) -> bool:
    return not line or line.isspace()
