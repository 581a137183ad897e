"""What every result of many documents offers: to be asked by id, and, as an Arrow table, to be read by others."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd
    import polars as pl
    import pyarrow as pa

    from neardup._typing import Id


class Exported:
    """What every result of many documents can do: count itself, and be read as a table by other libraries."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self})"

    @abstractmethod
    def to_arrow(self) -> pa.Table:
        """Give a pyarrow table."""

    def to_pandas(self) -> pd.DataFrame:
        """Give what `to_arrow` gives as a pandas table; needs pyarrow and pandas."""
        return self.to_arrow().to_pandas()

    def to_polars(self) -> pl.DataFrame:
        """Give what `to_arrow` gives as a polars table; needs pyarrow and polars."""
        import polars as pl

        return pl.DataFrame(self.to_arrow())

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Give what `to_arrow` gives to any library that reads Arrow's streams; needs pyarrow."""
        return self.to_arrow().__arrow_c_stream__(requested_schema)


class ById:
    """A result that says something of every document: it is asked by id, and iterating gives the ids.

    Attributes
    ----------
    ids
        Of all documents, as they were given.
    skipped
        Of those whose text was null.
    """

    __slots__ = ()

    ids: Sequence[Id]
    skipped: Sequence[Id]
    _places: dict[Id, int]

    def __len__(self) -> int:
        """Count the documents."""
        return len(self.ids)

    def __iter__(self) -> Iterator[Id]:
        """Give the ids, as they were given."""
        return iter(self.ids)

    def __contains__(self, id_: object) -> bool:
        """Tell whether there is a document of this id."""
        return id_ in self._positions()

    def _positions(self) -> dict[Id, int]:
        if len(self._places) < len(self.ids):
            self._places.update({id_: i for i, id_ in enumerate(self.ids)})
        return self._places

    def _position(self, id_: Id) -> int:
        position = self._positions().get(id_)
        if position is None:
            raise KeyError(self._unknown(id_))
        return position

    def _unknown(self, id_: object) -> str:
        """Say what is wrong with an id."""
        if id_ in self.skipped:
            return f"the document {id_!r} was skipped, since its text is null"
        other: object = str(id_)
        if isinstance(id_, str):
            other = int(id_) if id_.isdecimal() and id_.isascii() else None
        return f"there is no document {id_!r}" + (f"; there is one {other!r}" if other in self else "")


def counted(number: int, noun: str) -> str:
    """Write a number with its noun, in the plural if it takes one.

    Examples
    --------
    >>> counted(2, "document"), counted(1, "document")
    ('2 documents', '1 document')
    """
    return f"{number} {noun}" + ("" if number == 1 else "s")
