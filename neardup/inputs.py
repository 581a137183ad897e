"""Texts from wherever they are: lists, generators, mappings, columns of tables; with ids where those matter."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np

from neardup._backend import kernels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from neardup._typing import Column, Texts


@runtime_checkable
class PandasSeries(Protocol):
    """What is needed of a pandas Series, and what others do not have."""

    array: Any
    index: Any

    def to_list(self) -> list[Any]:
        """Give the values as Python objects."""


@dataclass(frozen=True, slots=True, eq=False)
class Documents:
    """Texts and what the user calls them.

    Attributes
    ----------
    ids
        As many as there are texts, each once.
    texts
        As the kernels read them.
    """

    ids: list[str]
    texts: Column


def text_column(texts: Texts) -> Column:
    """Open texts for the kernels, without a copy where possible.

    Texts are opened here and nowhere else, once for every call of a public function. What was opened can be read any
    number of times, also where the source gives its data only once.

    Parameters
    ----------
    texts
        An iterable of str; a mapping, of which the values are taken; a pandas or polars Series; a pyarrow Array or
        ChunkedArray, or anything with ``__arrow_c_stream__`` or ``__arrow_c_array__``; a column of a Hugging Face
        data set; what this function gave. Of these, lists of str and Arrow columns are read where they are.

    Returns
    -------
    kernels.Texts
        Its length is the number of texts; ``take(rows)`` gives some of them as str.

    Raises
    ------
    TypeError
        If `texts` is one text or a whole table, or an item is not a str; the message names it.
    ValueError
        If an item is null or longer than 2**30 code points, or an Arrow column was consumed already, is malformed or
        none of strings; the message names the item.

    Examples
    --------
    >>> len(text_column({"a": "天地玄黄", "b": "宇宙洪荒"}))
    2
    """
    return kernels.Texts(_source(texts))


def _source(texts: Texts) -> Any:  # noqa: ANN401
    """Give what `kernels.Texts` opens: a list or tuple, an Arrow column, or an opened batch."""
    if isinstance(texts, (str, bytes)):
        msg = f"texts must be several texts, not one {type(texts).__name__}; put it in a list"
        raise TypeError(msg)
    if isinstance(texts, (list, tuple, kernels.Texts)):
        return texts
    if isinstance(texts, Mapping):
        return list(texts.values())
    if hasattr(texts, "columns") or hasattr(texts, "column_names"):
        msg = f'texts must be one column, not a whole {type(texts).__name__}; choose one, as in table["text"]'
        raise TypeError(msg)
    source: Any = _pandas_values(texts) if isinstance(texts, PandasSeries) else texts
    if hasattr(source, "__arrow_c_stream__") or hasattr(source, "__arrow_c_array__"):
        return source
    return _as_list(source, "texts")


def read_documents(texts: Texts, ids: Iterable[str | int] | None = None) -> Documents:
    """Give the texts with their ids, checked.

    Parameters
    ----------
    texts
        See `text_column`.
    ids
        As many strings or integers, in any form that `texts` may have. If None: the keys of a mapping, the index of
        a pandas Series, else the positions from 0.

    Returns
    -------
    Documents
        Ids are strings: ``7`` is ``"7"``.

    Raises
    ------
    TypeError
        If an id is not a string or an integer, or an item is not text; the message names it.
    ValueError
        If an id occurs twice, a text is null, there are not as many ids as texts, or as `text_column` says.

    Examples
    --------
    >>> read_documents({"新闻-1": "天地玄黄", 7: "宇宙洪荒"}).ids
    ['新闻-1', '7']
    >>> read_documents(["天地玄黄", "宇宙洪荒"], ids=["a", "a"])
    Traceback (most recent call last):
        ...
    ValueError: the id 'a' is given twice, to texts 0 and 1; ids must be unique
    """
    if ids is None and isinstance(texts, Mapping):
        ids = list(texts)
    elif ids is None and isinstance(texts, PandasSeries):
        ids = texts.index
    source = _source(texts)
    source = tuple(source) if isinstance(source, (list, tuple)) else kernels.Texts(source)
    names = list(map(str, range(len(source)))) if ids is None else _names(ids)
    if len(names) != len(source):
        msg = f"there are {len(names)} ids for {len(source)} texts"
        raise ValueError(msg)
    # The kernels know no ids.
    if isinstance(source, tuple) and not {str}.issuperset(map(type, source)):
        _check_texts(names, source)
    return Documents(names, kernels.Texts(source))


def texts_at(texts: Texts, rows: NDArray[np.integer]) -> list[str]:
    """Give some of the texts of a column as str.

    Parameters
    ----------
    texts
        See `text_column`.
    rows
        Positions.

    Examples
    --------
    >>> texts_at(["天", "地", "玄", "黄"], np.array([3, 0]))
    ['黄', '天']
    """
    return text_column(texts).take(np.ascontiguousarray(rows, np.int64))


def _names(ids: Iterable[str | int]) -> list[str]:
    """Give the ids as strings, if they are fit to be ids."""
    if isinstance(ids, (str, bytes)):
        msg = f"ids must be several ids, not one {type(ids).__name__}"
        raise TypeError(msg)
    values = ids.to_pylist() if hasattr(ids, "to_pylist") else _as_list(ids, "ids")
    first: dict[str, int] = {}
    for row, value in enumerate(values):
        if isinstance(value, bool) or not isinstance(value, (str, int, np.integer)):
            msg = f"the id of text {row} must be a string or an integer, not {value!r}"
            raise TypeError(msg)
        if first.setdefault(str(value), row) != row:
            msg = f"the id {str(value)!r} is given twice, to texts {first[str(value)]} and {row}; ids must be unique"
            raise ValueError(msg)
    return list(first)


def _check_texts(names: list[str], texts: Sequence[Any]) -> None:
    for name, text in zip(names, texts, strict=True):
        # NaN is the null of pandas.
        if text is None or (isinstance(text, float) and math.isnan(text)):
            msg = f"the text with id {name!r} is null; drop it or fill it first"
            raise ValueError(msg)
        if not isinstance(text, str):
            msg = f"the text with id {name!r} is {type(text).__name__}, not str"
            raise TypeError(msg)


def _pandas_values(series: PandasSeries) -> object:
    """Take the Arrow array inside of a Series where there is one, else its Python objects."""
    array = series.array
    storage = getattr(array.dtype, "storage", None)
    if storage == "pyarrow" or hasattr(array.dtype, "pyarrow_dtype"):
        arrow: object = array.__arrow_array__()
        return arrow
    # pandas' strings have a null of their own.
    return series.to_list() if storage is None else array.to_numpy(object, na_value=None).tolist()


def _as_list(values: object, name: str) -> list[Any]:
    if not isinstance(values, Iterable):
        msg = f"{name} must be an iterable of str or a column of a table, not {type(values).__name__}"
        raise TypeError(msg)
    return values.tolist() if isinstance(values, np.ndarray) else list(values)
