"""Parquet files: rows in, and the same rows out with another text."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

import msgspec

from neardup.errors import InputError, OutputError
from neardup.io.extras import needs_extra
from neardup.io.records import Fields, Record, ShapeError, joined, kind_of_value, missing, scalar, without_each
from neardup.io.sources import path_id

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from neardup.io.atomic import WholeFile
    from neardup.spans import Stretch

_BATCH_ROWS = 1024
_BUFFER_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class ParquetRows:
    """The rows of a Parquet file, numbered from 1; on the way a row is JSON: its number and what `fields` names.

    Attributes
    ----------
    fields
        Which columns matter; ``meta.body`` is the field ``body`` of the structure in ``meta``.
    path
        The file.
    """

    fields: Fields
    path: Path

    def records(self, file: IO[bytes], longest: int, most: int | None) -> Iterator[tuple[int, bytes | None]]:
        """Give the rows; the file itself is opened once more, since Parquet is read from its end."""
        number = 0
        with parquet_file(self.path) as table:
            names = self.fields.named()
            for batch in table.iter_batches(_BATCH_ROWS, columns=self.columns(table.schema_arrow)):
                for row in batch.to_pylist():
                    number += 1
                    values = [_value(row, name) for name, _ in names]
                    raw = msgspec.json.encode([number, *values], enc_hook=str)
                    yield number, raw if len(raw) <= longest else None

    def columns(self, schema: Any) -> list[str]:  # noqa: ANN401 - pyarrow has no types
        """Give the columns that matter, each once.

        Raises
        ------
        ShapeError
            If one is missing, or there is no text in one that should have some.
        """
        columns = set()
        for name, parameter in self.fields.named():
            column, kind = _column(schema, name, parameter)
            if parameter in {"text_field", "title_field"} and not _holds_text(kind):
                raise ShapeError(f'the field "{name}" is {kind}, not a string', parameter=parameter)
            columns.add(column)
        return sorted(columns)

    def read(self, raw: bytes) -> Record:
        """Read a row."""
        values = msgspec.json.decode(raw)
        others = {parameter: value for (_, parameter), value in zip(self.fields.named(), values[1:], strict=True)}
        return Record(
            joined(self._texts(values[1:])),
            row_id(others["id_field"], self.fields.id) if self.fields.id is not None else None,
            others.get("title_field") or "",
            scalar(others.get("priority_field"), self.fields.priority, "priority_field"),
            scalar(others.get("group_field"), self.fields.group, "group_field"),
            others.get("data_field"),
        )

    def rewritten(self, raw: bytes, removed: Sequence[Stretch]) -> bytes:
        """Give the number of a row, and its new texts if they change, as JSON."""
        values = msgspec.json.decode(raw)
        return msgspec.json.encode([values[0], without_each(self._texts(values[1:]), removed) if removed else None])

    def writer(self, file: WholeFile, encoding: str, *, has_mark: bool) -> ParquetWriter:
        """Begin to write such a file; its encoding is its own.

        Raises
        ------
        OutputError
            If a text stands inside a structure.
        """
        with parquet_file(self.path) as table:
            names = table.schema_arrow.names
        for name in self.fields.text:
            if name not in names:
                message = f'the field "{name}" stands inside another one, and is not written back into Parquet; '
                raise OutputError(message + "make it a column first", file=path_id(self.path))
        return ParquetWriter(file, self)

    def _texts(self, values: Sequence[Any]) -> list[str]:
        return texts_in(values[: len(self.fields.text)], self.fields.text)


class ParquetWriter:
    """Remembers which texts change, and writes the rows in the end, a row group at a time."""

    def __init__(self, file: WholeFile, rows: ParquetRows) -> None:
        self._file = file
        self._rows = rows
        self._changed: dict[int, list[str]] = {}
        self._gaps: list[range] = []
        self._last = 0

    def add(self, data: bytes) -> None:
        """Add a row as `ParquetRows.rewritten` gives it; rows that are not added are left out."""
        number, texts = msgspec.json.decode(data)
        if number > self._last + 1:
            self._gaps.append(range(self._last + 1, number))
        self._last = number
        if texts is not None:
            self._changed[number] = texts

    def finish(self) -> None:
        """Write all rows."""
        import pyarrow as pa
        from pyarrow import parquet

        with parquet_file(self._rows.path) as table:
            groups, first = table.num_row_groups, 1
            codec = codec_of(table.metadata)
            out = pa.PythonFile(self._file.stream, "w")
            with parquet.ParquetWriter(out, table.schema_arrow, compression=codec) as writer:
                for group in range(groups):
                    rows = table.read_row_group(group)
                    numbers = range(first, first + rows.num_rows)
                    first += rows.num_rows
                    kept = self._kept(self._with_texts(rows, numbers), numbers)
                    writer.write_table(kept, row_group_size=max(1, kept.num_rows))

    def _with_texts(self, rows: Any, numbers: range) -> Any:  # noqa: ANN401 - pyarrow has no types
        import pyarrow as pa

        changed = [number for number in numbers if number in self._changed]
        for place, name in enumerate(self._rows.fields.text if changed else ()):
            index = rows.schema.get_field_index(name)
            values = rows.column(index).to_pylist()
            for number in changed:
                old, new = values[number - numbers.start], self._changed[number][place]
                values[number - numbers.start] = old if old is None and not new else new
            rows = rows.set_column(index, rows.schema.field(index), pa.array(values, rows.schema.field(index).type))
        return rows

    def _kept(self, rows: Any, numbers: range) -> Any:  # noqa: ANN401 - pyarrow has no types
        import pyarrow as pa

        last = range(self._last + 1, max(self._last + 1, numbers.stop))
        out = {number for gap in (*self._gaps, last) for number in gap if number in numbers}
        return rows.filter(pa.array([number not in out for number in numbers], pa.bool_())) if out else rows


def codec_of(metadata: Any) -> str:  # noqa: ANN401 - pyarrow has no types
    """Say how a file is compressed inside: as its first column is."""
    has_columns = metadata.num_row_groups and metadata.num_columns
    return str(metadata.row_group(0).column(0).compression) if has_columns else "SNAPPY"


@contextmanager
def parquet_file(path: Path) -> Iterator[Any]:
    """Open a Parquet file; what goes wrong while it is open is named.

    Raises
    ------
    InputError
        If pyarrow is not installed, or it is not one or damaged.
    """
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError as error:
        raise InputError(f"reading Parquet {needs_extra('files')}") from error
    try:
        # else a column is read as a whole, of a row group that may be as large as the file
        with parquet.ParquetFile(path, buffer_size=_BUFFER_BYTES, pre_buffer=False) as table:
            yield table
    except (pa.ArrowException, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # of the disk
        said = " ".join(str(error).split())[:200]
        raise InputError(f"the Parquet file is damaged ({said}); get it again") from error


def _column(fields: Any, name: str, parameter: str) -> tuple[str, Any]:  # noqa: ANN401 - pyarrow has no types
    """Find a field in a schema or a structure: the first part of its name, and its type."""
    import pyarrow as pa

    names = [field.name for field in fields]
    first, _, rest = name.partition(".")
    column = name if name in names else first
    if names.count(column) > 1:
        raise InputError(f'two columns are called "{column}"; rename one')
    kind = fields.field(column).type if column in names else None
    if kind is not None and column == name:
        return column, kind
    if kind is None or not pa.types.is_struct(kind):
        raise missing(name, names, parameter)
    return column, _column(kind, rest, parameter)[1]


def texts_in(values: Sequence[Any], names: Sequence[str]) -> list[str]:
    """Give the strings that the text fields of a row hold; of several some may be null, and are empty then.

    Raises
    ------
    ShapeError
        If one is null.
    """
    may_lack = len(names) > 1 and any(isinstance(value, str) for value in values)
    for name, value in zip(names, values, strict=True):
        if not isinstance(value, str) and not (may_lack and value is None):
            raise ShapeError(f'the field "{name}" is {kind_of_value(value)}, not a string', parameter="text_field")
    return [value or "" for value in values]


def row_id(value: Any, name: str) -> str | int:  # noqa: ANN401 - any value of a column
    """Give the id of a row: strings and integers as they are, other scalars as JSON writes them.

    Raises
    ------
    ShapeError
        If it is none.
    """
    if type(value) in {int, str}:
        return value  # type: ignore[no-any-return]
    if value is None or isinstance(value, (list, dict)):
        message = f'the field "{name}" is {kind_of_value(value)}, not a string, a number, true or false'
        raise ShapeError(message, parameter="id_field")
    return str(msgspec.json.encode(value), "utf-8")


def _holds_text(kind: Any) -> bool:  # noqa: ANN401 - pyarrow has no types
    """Tell whether a column holds strings or nulls; other values, as bytes and dates, would become some text too."""
    import pyarrow as pa

    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    return str(kind) in {"string", "large_string", "string_view", "null"}


def _value(row: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401 - any value of a column
    """Give what is in a field; None too where the structure around it is null."""
    if name in row:
        return row[name]
    first, _, rest = name.partition(".")
    return _value(row[first], rest) if row[first] is not None else None
