"""The inputs of a job, a batch of documents at a time: what of a file can be read, and what is wrong with the rest."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import compress
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from neardup.errors import InputError
from neardup.io.batches import RECORDS_TRIED, batches, check_first, refuse_all
from neardup.io.blocks import read_blocks
from neardup.io.bounded import Bounds, read_whole, too_long
from neardup.io.encodings import AUTO
from neardup.io.faults import failure
from neardup.io.json_files import JsonLines
from neardup.io.kinds import settled
from neardup.io.opening import opened
from neardup.io.parquet import ParquetRows, parquet_file
from neardup.io.records import Columns, Fields
from neardup.io.texts import read_text
from neardup.jobs.columns import Progress, Rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from neardup._typing import Id
    from neardup.errors import NeardupError
    from neardup.io.blocks import Block
    from neardup.io.opening import Opened
    from neardup.io.records import Record, Scalar
    from neardup.io.sources import Source

BATCH_BYTES, BATCH_RECORDS = 1 << 20, 4096
"""How much is read at once: enough that handing it over costs nothing, little enough that memory stays flat."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is read of every input, and how.

    Attributes
    ----------
    fields
        Where records have their text, their id and their title.
    priority
        The field by which documents are ordered, in which null is a fault. In a table numbers are what is written as
        JSON writes them, and other values are strings; in Parquet dates and times are strings as ISO 8601 has them.
    group
        The field that holds what a document belongs to, or null.
    encoding, extract
        See `neardup.io.texts.read_text` and `neardup.io.kinds.settled`.
    bounds
        How much is read.
    has_index
        Whether there is an index among the inputs, whose documents have ids and titles whatever the fields are.
    """

    fields: Fields = field(default_factory=Fields)
    priority: str | None = None
    group: str | None = None
    encoding: str = AUTO
    bounds: Bounds = field(default_factory=Bounds)
    extract: bool = False
    has_index: bool = False

    @property
    def all_fields(self) -> Fields:
        """All fields that matter."""
        return replace(self.fields, priority=self.priority, group=self.group)


@dataclass(frozen=True, slots=True)
class Reject:
    """A record that cannot be read.

    Attributes
    ----------
    number
        Its line, or its number.
    error
        What is wrong, with the file and the number as its line.
    raw
        The record as it is written, or a row of Parquet as JSON; None if it is too long, and of a text file.
    """

    number: int
    error: NeardupError
    raw: bytes | None


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Documents that stand one behind the other in one file.

    Attributes
    ----------
    source
        The file, as `neardup.io.kinds.settled` gives it.
    numbers
        int64, ascending: the line of each document, or the number of its record; 0 of a text file.
    texts
        A list of str; or an array of pyarrow, which is of strings without nulls, and has the buffers of the column.
    ids
        None where no field holds them; then file and number say which document it is.
    titles, priorities, groups
        None where no field holds them.
    rejects
        The records in between that cannot be read.
    position
        How far the file is read, in bytes on the disk.
    """

    source: Source
    numbers: NDArray[np.int64]
    texts: Any
    ids: list[Id] | None = None
    titles: list[str] | None = None
    priorities: Sequence[Scalar | None] | None = None
    groups: Sequence[Scalar | None] | None = None
    rejects: Sequence[Reject] = ()
    position: int = 0


def read_batches(source: Source, wanted: Wanted, batch_bytes: int = BATCH_BYTES) -> Iterator[Batch]:
    """Read a file from its start to its end.

    A record that cannot be read is a reject of its batch. So is a text file that is no text, or larger than allowed.

    Parameters
    ----------
    source
        The file.
    wanted
        What to read of it.
    batch_bytes
        About as many bytes make a batch; one document may be more, and a batch has `BATCH_RECORDS` at most.

    Yields
    ------
    Batch
        None of them is empty: it has a document or a reject.

    Raises
    ------
    InputError
        Behind the batches before it, if something is wrong with the file as a whole: it cannot be opened, is cut off or
        damaged, unpacks to more than allowed, none of its first records can be read, or a column of Parquet is missing
        or has no text. Names the file, and the line as far as it is known.
    """
    line = None
    try:
        with opened(source) as stream:
            source, file = settled(source, stream, wanted.all_fields, wanted.encoding)
            if source.records is None:
                yield _of_text(source, file, wanted, stream)
            elif isinstance(source.records, ParquetRows):
                yield from _of_columns(source, source.records, wanted, batch_bytes)
            elif isinstance(source.records, JsonLines):
                for block in _blocks(source, file, wanted, batch_bytes):
                    if columns := source.records.read_block(block):
                        line = block.stop - 1
                        yield _batch(source, np.arange(block.first, block.stop), columns, (), wanted, stream)
                    elif taken := tuple(source.records.records_in(block)):
                        if line is None:
                            check_first(source.records, taken)
                        line = taken[-1][0]
                        yield _of_records(source, taken, wanted, stream)
            else:
                records = source.records.records(file, wanted.bounds.document, _most(source, wanted))
                for taken in batches(records, batch_bytes, BATCH_RECORDS):
                    if line is None:
                        check_first(source.records, taken)
                    line = taken[-1][0]
                    yield _of_records(source, taken, wanted, stream)
    except Exception as fault:
        raise failure(fault, source.id, line and line + 1) from fault


def _most(source: Source, wanted: Wanted) -> int | None:
    """Say how many bytes a file may unpack to."""
    return wanted.bounds.of_unpacked(source.path) if source.compression else None


def _blocks(source: Source, file: IO[bytes], wanted: Wanted, batch_bytes: int) -> Iterator[Block]:
    """Read lines by so many as make a batch."""
    for block in read_blocks(file, wanted.bounds.document, _most(source, wanted), batch_bytes):
        yield from block.cut(BATCH_RECORDS)


def _of_text(source: Source, file: IO[bytes], wanted: Wanted, stream: Opened) -> Batch:
    """Read a text file, which is one document or one reject. Its id is its name, and it has no other fields."""
    try:
        if wanted.priority is not None:
            raise InputError(f'a text file has no field "{wanted.priority}"', parameter="priority_field")
        read = read_text(read_whole(file, wanted.bounds.document), wanted.encoding, extract=wanted.extract)
    except InputError as error:
        rejects = [Reject(0, failure(error, source.id), None)]
        return Batch(source, np.zeros(0, np.int64), [], rejects=rejects, position=stream.position())
    fields = wanted.all_fields
    return Batch(
        source,
        np.zeros(1, np.int64),
        [read.text],
        None if fields.id is None else [source.id],
        None if fields.title is None else [""],
        groups=None if fields.group is None else [None],
        position=stream.position(),
    )


def _of_records(source: Source, taken: Sequence[tuple[int, bytes | None]], wanted: Wanted, stream: Opened) -> Batch:
    assert source.records is not None
    read = source.records.read
    numbers: list[int] = []
    found: list[Record] = []
    rejects: list[Reject] = []
    for number, raw in taken:
        try:
            if raw is None:
                raise too_long(wanted.bounds.document)
            found.append(read(raw))
            numbers.append(number)
        except Exception as error:
            rejects.append(Reject(number, failure(error, source.id, number), raw))
    columns = Columns(*([getattr(record, name) for record in found] for name in Columns._fields))
    return _batch(source, np.array(numbers, np.int64), columns, rejects, wanted, stream)


def _batch(
    source: Source,
    numbers: NDArray[np.int64],
    columns: Columns,
    rejects: Sequence[Reject],
    wanted: Wanted,
    stream: Opened,
) -> Batch:
    """Make a batch of what was read; what was not asked for is None in it."""
    fields = wanted.all_fields
    asked = fields.id, fields.title, fields.priority, fields.group
    others: list[Any] = [None if name is None else each for name, each in zip(asked, columns[1:], strict=True)]
    id_, title, priority, group = others
    return Batch(source, numbers, columns.text, id_, title, priority, group, rejects, stream.position())


def _of_columns(source: Source, records: ParquetRows, wanted: Wanted, batch_bytes: int) -> Iterator[Batch]:
    """Read a Parquet file by its columns."""
    fields = wanted.all_fields
    with parquet_file(records.path) as table:
        names = records.columns(table.schema_arrow)
        progress = Progress(records.path, table.metadata)
        count, stop = min(BATCH_RECORDS, progress.rows_of(batch_bytes, names)), 1
        for columns in table.iter_batches(count, columns=names, use_threads=False):
            numbers = np.arange(stop, stop + columns.num_rows)
            rows = Rows(columns, wanted.bounds.document)
            read = (
                rows.texts(fields.text),
                None if fields.id is None else rows.ids(fields.id),
                None if fields.title is None else rows.titles(fields.title),
                None if fields.priority is None else rows.scalars(fields.priority, "priority_field"),
                None if fields.group is None else rows.scalars(fields.group, "group_field"),
            )
            kept = rows.kept()
            rejects = [
                Reject(stop + row, failure(error, source.id, stop + row), rows.raw(row))
                for row, error in sorted(rows.faults.items())
            ]
            if stop == 1 and not any(kept[:RECORDS_TRIED]) and all(reject.raw for reject in rejects[:RECORDS_TRIED]):
                refuse_all([(reject.error, reject.number) for reject in rejects[:RECORDS_TRIED]])
            stop += columns.num_rows
            texts, ids, titles, priorities, groups = (_chosen(each, kept) for each in read)
            position = progress.position(stop - 1)
            yield Batch(source, numbers[kept], texts, ids, titles, priorities, groups, rejects, position)


def _chosen(values: Any, kept: NDArray[np.bool_]) -> Any:  # noqa: ANN401 - a list, an array of pyarrow, or None
    if values is None or kept.all():
        return values
    return list(compress(values, kept)) if isinstance(values, list) else values.filter(kept)
