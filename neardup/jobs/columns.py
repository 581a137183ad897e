"""Rows of Parquet by columns: texts stay in the buffers of their column, and a row with a fault spoils no other."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from neardup.errors import InputError
from neardup.io.bounded import too_long
from neardup.io.parquet import row_id, texts_in
from neardup.io.records import ShapeError, joined, scalar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from neardup._typing import Id
    from neardup.io.records import Scalar


class Progress:
    """How far a Parquet file is read, and how many of its rows make so many bytes."""

    def __init__(self, path: Path, metadata: Any) -> None:  # noqa: ANN401 - pyarrow has no types
        groups = [metadata.row_group(group) for group in range(metadata.num_row_groups)]
        self._groups = groups
        self._rows = np.cumsum([0, *(group.num_rows for group in groups)])
        sizes = np.cumsum([0, *(group.total_byte_size for group in groups)])
        self._sizes = sizes / max(1, sizes[-1]) * path.stat().st_size

    def position(self, rows: int) -> int:
        """Give the bytes on the disk that so many rows take, as if the rows of a row group were equally large."""
        return int(np.interp(rows, self._rows, self._sizes))

    def rows_of(self, size: int, names: Sequence[str]) -> int:
        """Give the number of rows in which some columns have about so many bytes, at least one."""
        groups = [group for group in self._groups[:1] if group.num_rows]
        columns = [group.column(index) for group in groups for index in range(group.num_columns)]
        wanted = [column for column in columns if column.path_in_schema.startswith(tuple(names))]
        total = sum(column.total_uncompressed_size for column in wanted)
        return max(1, size * groups[0].num_rows // max(1, total)) if groups else 1


class Rows:
    """Some rows of a Parquet file; `faults` are collected while they are read, the first one of each row.

    Parameters
    ----------
    columns
        A record batch of pyarrow with the columns that matter.
    longest
        Bytes that a text may have.
    """

    def __init__(self, columns: Any, longest: int) -> None:  # noqa: ANN401 - pyarrow has no types
        self._columns = columns
        self._longest = longest
        self.faults: dict[int, Exception] = {}

    def texts(self, names: Sequence[str]) -> Any:  # noqa: ANN401 - an array of pyarrow, or a list
        """Give the texts: of one column, as the array that it is, and of several as a list."""
        return self._array(names[0]) if len(names) == 1 else self._joined(names)

    def ids(self, name: str) -> list[Id]:
        """Give the ids."""
        return self._values(name, lambda value: row_id(msgspec.to_builtins(value, enc_hook=str), name))

    def titles(self, name: str) -> list[str]:
        """Give the titles; null is an empty one."""
        return self._values(name, lambda value: value or "")

    def scalars(self, name: str, parameter: str) -> list[Scalar | None]:
        """Give the values of a field that orders documents or puts them into groups."""
        return self._values(name, lambda value: scalar(_plain(value), name, parameter))

    def kept(self) -> NDArray[np.bool_]:
        """Tell of each row whether it has no fault."""
        kept = np.ones(self._columns.num_rows, np.bool_)
        kept[list(self.faults)] = False
        return kept

    def raw(self, row: int) -> bytes | None:
        """Give a row as JSON; None if it is too long, or not UTF-8."""
        try:
            raw = msgspec.json.encode(self._columns.slice(row, 1).to_pylist()[0], enc_hook=str)
        except ValueError:
            return None
        return raw if len(raw) <= self._longest else None

    def _array(self, name: str) -> Any:  # noqa: ANN401 - pyarrow has no types
        import pyarrow as pa
        from pyarrow import compute

        texts = _strings(_column(self._columns, name))
        if texts.null_count:
            for row in np.flatnonzero(texts.is_null().to_numpy(zero_copy_only=False)).tolist():
                self._fault(row, ShapeError(f'the field "{name}" is null, not a string', parameter="text_field"))
        sizes = compute.fill_null(compute.binary_length(texts), 0).to_numpy()
        for row in np.flatnonzero(sizes > self._longest).tolist():
            self._fault(row, too_long(self._longest))
        try:
            texts.validate(full=True)
        except pa.ArrowInvalid:
            for row in range(len(texts)):
                self._guarded(row, texts[row].as_py)
        return texts

    def _joined(self, names: Sequence[str]) -> list[str]:
        columns = [self._read(_column(self._columns, name)) for name in names]
        texts: list[str] = []
        for row, values in enumerate(zip(*columns, strict=True)):
            text = self._guarded(row, lambda values: joined(texts_in(values, names)), values)
            if text is not None and len(text.encode("utf-8")) > self._longest:
                self._fault(row, too_long(self._longest))
            texts.append(text)
        return texts

    def _values(self, name: str, read: Callable[[Any], Any]) -> list[Any]:
        values = self._read(_column(self._columns, name))
        if {*map(type, values)} <= {int, str}:
            return values
        return [self._guarded(row, read, value) for row, value in enumerate(values)]

    def _read(self, column: Any) -> list[Any]:  # noqa: ANN401 - pyarrow has no types
        """Give the values of a column; None where one is no UTF-8, and that is the fault then."""
        try:
            return column.to_pylist()  # type: ignore[no-any-return]
        except UnicodeDecodeError:
            return [self._guarded(row, column[row].as_py) for row in range(len(column))]

    def _guarded(self, row: int, read: Callable[..., Any], *given: object) -> Any:  # noqa: ANN401 - any value
        try:
            return read(*given)
        except UnicodeDecodeError as error:
            self._fault(row, InputError(f"not UTF-8 ({error.reason} at byte {error.start} of the value); repair it"))
        except Exception as error:
            self._fault(row, error)
        return None

    def _fault(self, row: int, error: Exception) -> None:
        self.faults.setdefault(row, error)


def _column(columns: Any, name: str) -> Any:  # noqa: ANN401 - pyarrow has no types
    """Give the array of a field; null where the structure around it is."""
    from pyarrow import compute

    names = columns.schema.names
    first, _, rest = (name, "", "") if name in names else name.partition(".")
    array = columns.column(names.index(first))
    while rest:
        index = array.type.get_field_index(rest)
        if index < 0:
            first, _, rest = rest.partition(".")
            index = array.type.get_field_index(first)
        else:
            rest = ""
        array = compute.struct_field(array, [index])
    return array


def _strings(array: Any) -> Any:  # noqa: ANN401 - pyarrow has no types
    """Give an array of texts as one of strings, or of large ones; it is the same, if it is one."""
    import pyarrow as pa

    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    return array if str(array.type) in {"string", "large_string"} else array.cast(pa.large_string())


def _plain(value: Any) -> Any:  # noqa: ANN401 - any value of a column
    """Give a value of a column as JSON has it: dates and times are strings that have their order."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, (date, datetime, time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    return value
