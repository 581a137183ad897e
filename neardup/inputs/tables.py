"""Tables of any library: their columns in, and the user's own rows out.

Each kind is known by what it offers, and its library is imported only where the table has brought it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import compress
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    Columns = Mapping[str, "NewColumn"]

MAX_SHOWN = 20
"""So many columns are named in an error."""


@dataclass(frozen=True, slots=True)
class NewColumn:
    """A column to add to a table: the values, None for null, and the type where the library has types."""

    values: list[Any]
    type: Literal["int64", "uint64", "float64", "string"]

    def written(self) -> list[Any]:
        """Give the values as the type has them: integers among strings as strings."""
        if self.type != "string":
            return self.values
        return [None if value is None else str(value) for value in self.values]


class Kind(Protocol):
    """What is done with the tables of one library."""

    def fits(self, table: Any, /) -> bool:  # noqa: ANN401
        """Tell whether a table is of this kind."""

    def names(self, table: Any, /) -> list[Any]:  # noqa: ANN401
        """Give the names of its columns."""

    def columns(self, table: Any, names: Sequence[str], /) -> list[Any]:  # noqa: ANN401
        """Give some of its columns, in any form that `neardup.inputs` reads."""

    def chosen(self, table: Any, mask: NDArray[np.bool_], /) -> Any:  # noqa: ANN401
        """Give some of its rows, as it has them."""

    def extended(self, table: Any, columns: Columns, /) -> Any:  # noqa: ANN401
        """Give the table with more columns."""


class Rows:
    """A list of mappings, as JSON lines are read."""

    def fits(self, table: Any) -> bool:  # noqa: ANN401, D102
        return isinstance(table, (list, tuple)) and all(isinstance(row, Mapping) for row in table)

    def names(self, table: Any) -> list[Any]:  # noqa: ANN401, D102
        return list(dict.fromkeys(name for row in table for name in row))

    def columns(self, table: Any, names: Sequence[str]) -> list[Any]:  # noqa: ANN401, D102
        for place, row in enumerate(table):
            if missing := [name for name in names if name not in row]:
                raise ValueError(f"row {place} has no {missing[0]!r}; it has {_listed(list(row))}")
        return [[row[name] for row in table] for name in names]

    def chosen(self, table: Any, mask: NDArray[np.bool_]) -> Any:  # noqa: ANN401, D102
        return type(table)(compress(table, mask))

    def extended(self, table: Any, columns: Columns) -> Any:  # noqa: ANN401, D102
        added = zip(*(column.values for column in columns.values()), strict=True)
        return [{**row, **dict(zip(columns, values, strict=True))} for row, values in zip(table, added, strict=True)]


class Pandas:
    """A pandas DataFrame."""

    def fits(self, table: Any) -> bool:  # noqa: ANN401, D102
        return _offers(table, "iloc", "columns")

    def names(self, table: Any) -> list[Any]:  # noqa: ANN401, D102
        return list(table.columns)

    def columns(self, table: Any, names: Sequence[str]) -> list[Any]:  # noqa: ANN401, D102
        return [table[name] for name in names]

    def chosen(self, table: Any, mask: NDArray[np.bool_]) -> Any:  # noqa: ANN401, D102
        return table[mask]

    def extended(self, table: Any, columns: Columns) -> Any:  # noqa: ANN401, D102
        import pandas as pd

        types = {"int64": "Int64", "uint64": "UInt64"}  # which have a null
        return table.assign(
            **{
                name: pd.array(column.values, types[column.type]) if column.type in types else column.values
                for name, column in columns.items()
            }
        )


class Polars:
    """A polars DataFrame."""

    def fits(self, table: Any) -> bool:  # noqa: ANN401, D102
        return _offers(table, "get_column", "columns")

    def names(self, table: Any) -> list[Any]:  # noqa: ANN401, D102
        return list(table.columns)

    def columns(self, table: Any, names: Sequence[str]) -> list[Any]:  # noqa: ANN401, D102
        return [table.get_column(name) for name in names]

    def chosen(self, table: Any, mask: NDArray[np.bool_]) -> Any:  # noqa: ANN401, D102
        return table.filter(mask)

    def extended(self, table: Any, columns: Columns) -> Any:  # noqa: ANN401, D102
        import polars as pl

        types = {"int64": pl.Int64, "uint64": pl.UInt64, "float64": pl.Float64, "string": pl.String}
        return table.with_columns(
            pl.Series(name, column.written(), types[column.type]) for name, column in columns.items()
        )


class Arrow:
    """A pyarrow Table or RecordBatch."""

    def fits(self, table: Any) -> bool:  # noqa: ANN401, D102
        return _offers(table, "column_names", "append_column", "to_pylist")

    def names(self, table: Any) -> list[Any]:  # noqa: ANN401, D102
        return list(table.column_names)

    def columns(self, table: Any, names: Sequence[str]) -> list[Any]:  # noqa: ANN401, D102
        return [table.column(name) for name in names]

    def chosen(self, table: Any, mask: NDArray[np.bool_]) -> Any:  # noqa: ANN401, D102
        import pyarrow as pa

        return table.filter(pa.array(mask))

    def extended(self, table: Any, columns: Columns) -> Any:  # noqa: ANN401, D102
        for name, column in columns.items():
            table = table.append_column(name, arrow_array(column))
        return table


class HuggingFace:
    """A data set of Hugging Face's library, in memory or mapped."""

    def fits(self, table: Any) -> bool:  # noqa: ANN401, D102
        return _offers(table, "column_names", "features", "select")

    def names(self, table: Any) -> list[Any]:  # noqa: ANN401, D102
        return list(table.column_names)

    def columns(self, table: Any, names: Sequence[str]) -> list[Any]:  # noqa: ANN401, D102
        plain = table.with_format(None)
        return [plain[name][:] for name in names]

    def chosen(self, table: Any, mask: NDArray[np.bool_]) -> Any:  # noqa: ANN401, D102
        return table.select(mask.nonzero()[0])

    def extended(self, table: Any, columns: Columns) -> Any:  # noqa: ANN401, D102
        for name, column in columns.items():
            table = table.add_column(name, arrow_array(column))
        return table


class Stream:
    """Rows that come once, through the Arrow C stream interface or from a pyarrow reader: a DuckDB relation and others.

    They cannot be chosen from, or be added to: their owner makes a table of them first.
    """

    def fits(self, table: Any) -> bool:  # noqa: ANN401, D102
        return _offers(table, "__arrow_c_stream__") and (
            _offers(table, "columns") or hasattr(getattr(table, "schema", None), "names")
        )

    def names(self, table: Any) -> list[Any]:  # noqa: ANN401, D102
        schema = getattr(table, "schema", None)
        return list(table.columns if schema is None or callable(schema) else schema.names)

    def columns(self, table: Any, names: Sequence[str]) -> list[Any]:  # noqa: ANN401, D102
        import pyarrow as pa

        wanted = list(dict.fromkeys(names))
        reader = pa.RecordBatchReader.from_stream(table)
        schema = pa.schema([reader.schema.field(name) for name in wanted])
        read = pa.Table.from_batches((batch.select(wanted) for batch in reader), schema)  # the others are let go
        return [read.column(name) for name in names]

    def chosen(self, table: Any, mask: NDArray[np.bool_]) -> Any:  # noqa: ANN401, D102
        raise TypeError(_once(table))

    def extended(self, table: Any, columns: Columns) -> Any:  # noqa: ANN401, D102
        raise TypeError(_once(table))


KINDS: tuple[Kind, ...] = (Pandas(), Polars(), Arrow(), HuggingFace(), Stream(), Rows())
"""The first that fits; polars' and pyarrow's tables offer streams too."""


def kind_of(table: object) -> Kind | None:
    """Tell what kind of table something is; None if it is none.

    Raises
    ------
    TypeError
        If it is a plan of a table that must be carried out first, or several tables; the message says how.
    """
    name = type(table).__name__
    if _offers(table, "collect", "columns"):
        raise TypeError(f"a {name} has no rows before it is run; collect() it first")
    if _offers(table, "column_names", "features") and not _offers(table, "select"):
        raise TypeError(f"a {name} is a stream of rows; load it without streaming, or give its texts")
    if isinstance(table, Mapping):
        key, value = next(iter(table.items()), (None, None))
        if value is not None and kind_of(value):
            raise TypeError(f"a {name} holds several tables; choose one, as in tables[{key!r}]")
        return None
    return next((kind for kind in KINDS if kind.fits(table)), None)


def rows_of(data: Any, mask: NDArray[np.bool_]) -> Any:  # noqa: ANN401
    """Give some of the rows of a table, or some of the texts of a list or a column, as the same type.

    Raises
    ------
    TypeError
        If it is none of these.
    """
    if kind := kind_of(data):
        return kind.chosen(data, mask)
    if isinstance(data, (list, tuple)):
        return type(data)(compress(data, mask))
    if isinstance(data, Mapping):
        return dict(compress(data.items(), mask))
    if _offers(data, "iloc") or _offers(data, "__array_interface__"):  # of pandas, of numpy
        return data[mask]
    if _offers(data, "to_pylist"):
        import pyarrow as pa

        return data.filter(pa.array(mask))
    if _offers(data, "filter"):  # of polars
        return data.filter(mask)
    raise TypeError(f"a {type(data).__name__} has no rows to choose from; give a table, a list or a column")


def extended(table: Any, columns: Columns) -> Any:  # noqa: ANN401
    """Give a table with more columns, as the same type.

    Raises
    ------
    TypeError
        If it is no table.
    ValueError
        If it has one of the columns; the message says which.
    """
    kind = kind_of(table)
    if kind is None:
        raise TypeError(f"a {type(table).__name__} has no columns; give a table")
    if taken := [name for name in columns if name in kind.names(table)]:
        raise ValueError(f"the table has a column {taken[0]!r} already; rename or drop it first")
    return kind.extended(table, columns)


def columns_of(table: object, names: Sequence[str]) -> list[Any]:
    """Give some columns of a table, in any form that `neardup.inputs` reads.

    Raises
    ------
    TypeError
        If it is no table.
    ValueError
        If it has no column of a name, or several; the message says which there are.

    Examples
    --------
    >>> columns_of([{"id": 7, "text": "天地玄黄"}, {"id": 8, "text": "宇宙洪荒"}], ["text"])
    [['天地玄黄', '宇宙洪荒']]
    """
    kind = kind_of(table)
    if isinstance(kind, Rows) and not len(table):  # type: ignore[arg-type]
        return [[] for _ in names]
    if kind is None:
        raise TypeError(
            f"text= names a column of a table, and texts is no table but {type(table).__name__}; leave text out"
        )
    there = kind.names(table)
    for name in names:
        if there.count(name) != 1:
            many = "no column" if name not in there else "several columns"
            raise ValueError(f"the {type(table).__name__} has {many} {name!r}; it has {_listed(there)}")
    return kind.columns(table, names)


def arrow_array(column: NewColumn) -> Any:  # noqa: ANN401 - pyarrow is optional
    """Give a column as a pyarrow array."""
    import pyarrow as pa

    return pa.array(column.written(), getattr(pa, column.type)())


def _offers(table: object, *names: str) -> bool:
    """Tell whether a type has all of these; what belongs to one table alone may be a column of it, or work to find."""
    return all(hasattr(type(table), name) for name in names)


def _once(table: object) -> str:
    return (
        f"a {type(table).__name__} gives its rows once and keeps none; make a table of it first, give that to the "
        "function that finds, and here"
    )


def _listed(names: Sequence[object]) -> str:
    shown = ", ".join(map(repr, names[:MAX_SHOWN]))
    if not names:
        return "none"
    return shown + (f" and {len(names) - MAX_SHOWN} more" if len(names) > MAX_SHOWN else "")
