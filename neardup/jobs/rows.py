"""Rows of Parquet: those that are kept, with less text in some of them and new columns, a row group at a time."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np

from neardup.io.atomic import write_faults_named
from neardup.io.parquet import ParquetRows, codec_of, parquet_file
from neardup.io.records import without_each
from neardup.jobs.columns import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Self

    from neardup.io.atomic import WholeFile
    from neardup.io.sources import Source
    from neardup.jobs.decisions import Change, Verdicts
    from neardup.jobs.outputs import MarkType, OutputPlan, Target

_GROUP_BYTES = 1 << 26
"""A row group that is larger is written as several: no more of it is in memory."""
_BATCH_BYTES, _BATCH_ROWS = 1 << 22, 1 << 14


class RowsWriter:
    """Writes a Parquet file; its schema and its compression are those of the first input."""

    def __init__(self, plan: OutputPlan, target: Target, file: WholeFile) -> None:
        import pyarrow as pa
        from pyarrow import parquet

        first = target.sources[0].records
        assert isinstance(first, ParquetRows)
        with parquet_file(first.path) as table:
            schema, codec = table.schema_arrow, codec_of(table.metadata)
        for name, kind in plan.marks.items():
            schema = schema.append(pa.field(name, arrow_type(kind)))
        self._schema, self._marks, self._path = schema, plan.marks, target.path
        self._writer = parquet.ParquetWriter(pa.PythonFile(file.stream, "w"), schema, compression=codec)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            with write_faults_named(self._path):
                self._writer.close()
        else:  # the file is left
            with suppress(Exception):
                self._writer.close()

    def copy(self, source: Source, verdicts: Verdicts, told: Callable[[int], object]) -> int:
        """Write what is kept of a source, and count it."""
        records = source.records
        assert isinstance(records, ParquetRows)
        count = stop = before = 0
        with parquet_file(records.path) as table:
            progress = Progress(records.path, table.metadata)
            size = min(_BATCH_ROWS, progress.rows_of(_BATCH_BYTES, table.schema_arrow.names))
            for group in range(table.num_row_groups):
                kept: list[Any] = []
                for rows in table.iter_batches(size, row_groups=[group], use_threads=False):
                    stop += rows.num_rows
                    kept.append(self._kept(rows, stop - rows.num_rows + 1, verdicts, records.fields.text))
                    count += kept[-1].num_rows
                    if sum(each.nbytes for each in kept) >= _GROUP_BYTES:
                        self._write(kept)
                        kept = []
                    position = progress.position(stop)
                    told(position - before)
                    before = position
                self._write(kept)
        verdicts.finish()
        return count

    def _write(self, kept: Sequence[Any]) -> None:
        import pyarrow as pa

        if rows := sum(each.num_rows for each in kept):
            with write_faults_named(self._path):
                self._writer.write_table(pa.Table.from_batches(kept, self._schema), row_group_size=rows)

    def _kept(self, rows: Any, first: int, verdicts: Verdicts, names: Sequence[str]) -> Any:  # noqa: ANN401
        """Give the rows of a batch that are kept, as they are written."""
        import pyarrow as pa

        numbers, changed = verdicts.until(first + rows.num_rows)
        kept = np.zeros(rows.num_rows, np.bool_)
        kept[numbers - first] = True
        changes = list(map(changed.get, numbers.tolist())) if changed else [None] * len(numbers)
        rows = rows if kept.all() else rows.filter(pa.array(kept))
        columns = list(rows.columns)
        if any(change and change.removed for change in changes):
            places = [rows.schema.get_field_index(name) for name in names]
            for place, column in zip(places, _cleaned([columns[place] for place in places], changes), strict=True):
                columns[place] = column
        for name, kind in self._marks.items():
            values = [change.marks.get(name) if change and change.marks else None for change in changes]
            columns.append(pa.array(values, arrow_type(kind)))
        return pa.RecordBatch.from_arrays(columns, schema=self._schema)


def arrow_type(kind: MarkType) -> Any:  # noqa: ANN401 - pyarrow has no types
    """Give the type of a column of marks."""
    import pyarrow as pa

    return {"string": pa.string(), "int64": pa.int64(), "float64": pa.float64(), "bool": pa.bool_()}[kind]


def _cleaned(columns: Sequence[Any], changes: Sequence[Change | None]) -> list[Any]:
    """Take stretches out of the texts that columns hold together; a null stays where nothing goes of it."""
    places = [place for place, change in enumerate(changes) if change and change.removed]
    old = [[column[place].as_py() for column in columns] for place in places]
    new = []
    for place, values in zip(places, old, strict=True):
        change = changes[place]
        left = without_each([value or "" for value in values], change.removed if change else ())
        new.append([None if value is None else text for value, text in zip(values, left, strict=True)])
    return [_replaced(column, places, [texts[index] for texts in new]) for index, column in enumerate(columns)]


def _replaced(column: Any, places: Sequence[int], values: Sequence[str | None]) -> Any:  # noqa: ANN401
    """Put values into a column."""
    import pyarrow as pa
    from pyarrow import compute

    if str(column.type) in {"string", "large_string"}:
        mask = np.zeros(len(column), np.bool_)
        mask[list(places)] = True
        return compute.replace_with_mask(column, pa.array(mask), pa.array(values, column.type))
    listed = column.to_pylist()
    for place, value in zip(places, values, strict=True):
        listed[place] = value
    return pa.array(listed, column.type)
