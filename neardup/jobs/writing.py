"""Writing one output of a job: its inputs are read a second time, and what is kept of them is written, in order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from neardup.errors import NeardupError, OutputError
from neardup.io.atomic import WholeFile, write_faults_named
from neardup.io.blocks import read_blocks
from neardup.io.bounded import read_whole
from neardup.io.compression import compress, faults_named
from neardup.io.faults import failure
from neardup.io.json_files import JsonArray, JsonLines
from neardup.io.kinds import settled
from neardup.io.opening import opened
from neardup.io.sources import path_id
from neardup.io.tables import Table
from neardup.io.texts import read_text, text_name
from neardup.jobs.decisions import Change, Decisions, Verdicts
from neardup.jobs.rows import RowsWriter
from neardup.spans import without

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
    from typing import IO, Self

    from neardup.io.records import RecordFile
    from neardup.io.sources import Source
    from neardup.jobs.outputs import OutputPlan, Target

    Decide = Callable[[Source], Iterable[Decisions]]
    Told = Callable[[int], object]

BLOCK_BYTES = 1 << 20
"""So much is written at once."""


def write(plan: OutputPlan, target: Target, decide: Decide, told: Told | None = None) -> int:
    """Write one of the files of a plan, whole or not at all.

    Parameters
    ----------
    plan
        See `neardup.jobs.outputs.OutputPlan`.
    target
        One of its targets.
    decide
        Gives the decisions on the documents of a source, in their order, a part at a time.
    told
        Told how many bytes of a source were read since the last time, on the disk.

    Returns
    -------
    int
        How many documents were written. Of a text file that is not kept nothing is: if a file has its name and may be
        replaced, it goes.

    Raises
    ------
    InputError
        If an input cannot be read any more, or a record is not there any more.
    OutputError
        If the output cannot be written, or a record has a field already that it would be marked with.
    """
    try:
        writes = _write_text if target.kind == "text" else _write_records
        return writes(plan, target, decide, told or (lambda _: None))
    except NeardupError:
        raise
    except Exception as error:
        raise failure(error, path_id(target.path)) from error


def _write_text(plan: OutputPlan, target: Target, decide: Decide, told: Told) -> int:
    [source] = target.sources
    verdicts = Verdicts(decide(source), source.id)
    path, change = target.path, verdicts.change
    assert source.path is not None
    if verdicts.number is None:
        if plan.overwrite:
            with write_faults_named(path):
                path.unlink(missing_ok=True)
        return 0
    with faults_named(source.id):
        data = source.path.read_bytes()
    told(len(data))
    if change and change.removed:
        with opened(source) as stream:
            wanted = plan.wanted
            read = read_text(read_whole(stream.file, wanted.bounds.document), wanted.encoding, extract=wanted.extract)
        text = without(read.text, change.removed)
        # A page is written as the text that was taken out of it, by the name of a text.
        path = text_name(path, source.compression) if read.is_extracted else path
        data = compress(text.encode("utf-8") if read.is_extracted else read.written.encode(text), source.compression)
    file = WholeFile(path, overwrite=plan.overwrite, token=plan.token)
    try:
        file.write(data)
        file.commit()
    finally:
        file.discard()
    return 1


def _write_records(plan: OutputPlan, target: Target, decide: Decide, told: Told) -> int:
    file = WholeFile(target.path, overwrite=plan.overwrite, compression=target.compression, token=plan.token)
    try:
        with (RowsWriter if target.kind == "parquet" else _RecordsWriter)(plan, target, file) as writer:
            count = sum(writer.copy(source, Verdicts(decide(source), source.id), told) for source in target.sources)
        file.commit()
    finally:
        file.discard()
    return count


class _RecordsWriter:
    """Writes JSON lines, an array or a table."""

    def __init__(self, plan: OutputPlan, target: Target, file: WholeFile) -> None:
        self._plan = plan
        self._file = file
        first = target.sources[0]
        records = first.records
        if isinstance(records, Table) and plan.marks:
            records = records.with_columns(list(plan.marks))
        # Spreadsheets know the encoding of a table by its mark alone.
        has_mark = first.has_mark and isinstance(records, Table)
        self._framed = None
        if isinstance(records, (JsonArray, Table)):
            self._framed = records.writer(file, "utf-8", has_mark=has_mark)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None and self._framed:
            self._framed.finish()

    def copy(self, source: Source, verdicts: Verdicts, told: Told) -> int:
        """Write what is kept of a source, and count it."""
        count = before = 0
        with opened(source) as stream:
            source, file = settled(source, stream, self._plan.wanted.all_fields, self._plan.wanted.encoding)
            is_lines = isinstance(source.records, JsonLines)
            for written in (self._copy_lines if is_lines else self._copy_records)(source, file, verdicts):
                count += written
                position = stream.position()
                told(position - before)
                before = position
            assert source.path is not None
            told(max(0, source.path.stat().st_size - before))  # what stands behind the last one is not read
        return count

    def _copy_records(self, source: Source, file: IO[bytes], verdicts: Verdicts) -> Iterator[int]:
        """Write elements of an array, or rows of a table."""
        records = source.records
        assert records is not None
        assert self._framed is not None
        given = records.records(file, self._plan.wanted.bounds.document, self._most(source))
        for block in _blocks(_record(records, raw, change, source) for raw, change in verdicts.of(given)):
            self._framed.extend(block)
            yield len(block)

    def _copy_lines(self, source: Source, file: IO[bytes], verdicts: Verdicts) -> Iterator[int]:
        """Write lines; those that nothing changes in as they stand, many at once."""
        records = source.records
        assert isinstance(records, JsonLines)
        for block in read_blocks(file, self._plan.wanted.bounds.document, self._most(source)):
            if block.data is None:
                if verdicts.number is not None and verdicts.number < block.stop:
                    verdicts.finish()  # it was not too long
                continue
            numbers, changes = verdicts.until(block.stop)
            if changes or not records.is_as_written(block):
                lines = zip(numbers.tolist(), block.at(numbers), strict=True)
                data = b"".join(_line(records, raw, changes.get(number), source) for number, raw in lines)
            else:
                data = b"".join(block.runs(numbers))
            self._file.write(data if data.endswith(b"\n") or not data else data + b"\n")
            yield len(numbers)
            if verdicts.number is None:
                break
        verdicts.finish()

    def _most(self, source: Source) -> int | None:
        return self._plan.wanted.bounds.of_unpacked(source.path) if source.compression else None


def _blocks(records: Iterable[bytes]) -> Iterator[list[bytes]]:
    block: list[bytes] = []
    size = 0
    for record in records:
        block.append(record)
        size += len(record)
        if size >= BLOCK_BYTES:
            yield block
            block, size = [], 0
    yield block


def _line(records: JsonLines, raw: bytes, change: Change | None, source: Source) -> bytes:
    """Write a line with its line break; nothing else changes in it where nothing has to."""
    if change is None:
        return records.rewritten(raw, ())
    line = raw.rstrip(b"\r\n")
    return _record(records, line, change, source) + (raw[len(line) :] or b"\n")


def _record(records: RecordFile, raw: bytes, change: Change | None, source: Source) -> bytes:
    record = records.rewritten(raw, change.removed if change else ())
    if not change or not change.marks:
        return record
    if isinstance(records, Table):
        return records.extended(record, [_cell(value) for value in change.marks.values()])
    return _marked(record, change.marks, source)


def _cell(value: Any) -> str:  # noqa: ANN401 - any value of a field
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _marked(record: bytes, marks: Mapping[str, Any], source: Source) -> bytes:
    """Add fields behind those of an object."""
    names = [msgspec.json.encode(name) for name in marks]
    if b"\\u" in record or any(name in record for name in names):
        refuse_taken(msgspec.json.decode(record, type=dict[str, msgspec.Raw]), marks, source)
    return record.rstrip().removesuffix(b"}") + b"," + msgspec.json.encode(marks).removeprefix(b"{")


def refuse_taken(names: Collection[str], marks: Iterable[str], source: Source) -> None:
    """See that records have none of the fields that they are marked with.

    Raises
    ------
    OutputError
        If they have.
    """
    if taken := [name for name in marks if name in names]:
        message = f'the field "{taken[0]}" is there already, and would be written over by a mark; rename it first'
        raise OutputError(message, file=source.id)
