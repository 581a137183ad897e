"""Exports: what every result of many documents offers, once it can give itself as an Arrow table."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa


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
