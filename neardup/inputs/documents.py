"""Texts from wherever they are: lists, generators, mappings, columns of tables; with ids where those matter."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import compress
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np

from neardup._backend import kernels
from neardup.inputs.ids import checked_ids
from neardup.inputs.pages import warn_of_pages
from neardup.inputs.tables import columns_of, kind_of

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from numpy.typing import NDArray

    from neardup._typing import Column, Id, OnNull, Table, Texts


INDEX = ": these are the index of pandas; reset it, or give other ids"


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
        As many as there are texts, each once: strings and integers as they were given.
    texts
        As the kernels read them.
    skipped
        The ids of the texts that were null and left out.
    is_null
        bool: of everything that was given whether it was.
    titles
        Of every text, empty where it is not known; None without any.
    groups
        int64: of every text the number of its group; None without any.
    id_column
        The name of the column that the ids come from, if they come from a table.
    is_index
        Whether they are the index of pandas.
    """

    ids: list[Id]
    texts: Column
    skipped: list[Id]
    is_null: NDArray[np.bool_]
    titles: Column | None = None
    groups: NDArray[np.int64] | None = None
    id_column: str | None = None
    is_index: bool = False

    def given_ids(self) -> list[Id]:
        """Give all ids as they were given, those of nulls too."""
        rows = {False: iter(self.ids), True: iter(self.skipped)}
        return [next(rows[is_null]) for is_null in self.is_null.tolist()]

    def kept(self, values: Iterable[object]) -> list[object]:
        """Choose from what was given beside all texts that of those that were not skipped."""
        listed = in_order(values, "priority")
        return list(compress(listed, ~self.is_null)) if len(listed) == len(self.is_null) else listed


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
    if kind_of(texts):
        msg = (
            f'texts must be one column, not a whole {type(texts).__name__}; choose one, as in table["text"], or name '
            'it where a function takes its name, as in text="text"'
        )
        raise TypeError(msg)
    source: Any = _pandas_values(texts) if isinstance(texts, PandasSeries) else texts
    if hasattr(source, "__arrow_c_stream__") or hasattr(source, "__arrow_c_array__"):
        return source
    return _as_list(source, "texts")


def read_documents(
    texts: Texts | Table,
    ids: Iterable[Id] | None = None,
    *,
    text: str | None = None,
    id: str | None = None,  # noqa: A002
    title: str | Iterable[str | None] | None = None,
    groups: str | Iterable[Hashable] | None = None,
    on_null: OnNull = "raise",
    may_skip: bool = True,
) -> Documents:
    """Give the texts with their ids, and their titles and groups if there are any, checked.

    Parameters
    ----------
    texts
        See `text_column`; or a table, if `text` is given.
    ids
        As many strings or integers, in any form that `texts` may have but a mapping. If None: the keys of a mapping,
        the index of a pandas Series or DataFrame, else the positions from 0.
    text, id
        The names of columns of a table.
    title
        The name of another one; or as many titles as texts. A null or an empty one is not known.
    groups
        The same for any values that can be keys of a dict. Equal ones are one group, each null is a group of its own.
    on_null
        Whether a null among the texts is an error, or is left out and listed.
    may_skip
        Whether the user may choose that.

    Returns
    -------
    Documents

    Raises
    ------
    TypeError
        If an id is not a string or an integer, an item is not text, or a group cannot be a key; the message names it.
        If columns are named and `texts` is no table.
    ValueError
        If an id occurs twice, a text is null, there are not as many ids, titles or groups as texts, a column is
        missing, or as `text_column` says.

    Examples
    --------
    >>> read_documents({"新闻-1": "天地玄黄", 7: "宇宙洪荒"}).ids
    ['新闻-1', 7]
    >>> read_documents([{"key": 3, "body": "天地玄黄"}], text="body", id="key").ids
    [3]
    >>> read_documents(["天地玄黄", "宇宙洪荒"], ids=["a", "a"])
    Traceback (most recent call last):
        ...
    ValueError: the id 'a' is given twice, to texts 0 and 1; ids must be unique
    """
    if on_null not in ("raise", "skip"):
        raise ValueError(f"on_null must be 'raise' or 'skip', not {on_null!r}")
    if id is not None and (text is None or ids is not None):
        raise TypeError("id= names a column of a table beside text=, which names its texts; ids= gives ids themselves")
    for what, option, value in (("titles", "title=", title), ("groups", "only_across= or only_within=", groups)):
        if isinstance(value, str) and text is None:
            msg = f"{option} names a column of a table beside text=, which names its texts; or give a list of {what}"
            raise TypeError(msg)
    source: Any = texts
    if text is not None:
        beside = {"title": title, "groups": groups}
        chosen = {what: name for what, name in beside.items() if isinstance(name, str)}
        chosen |= {} if id is None else {"id": id}
        source, *columns = columns_of(texts, [text, *chosen.values()])
        named = dict(zip(chosen, columns, strict=True))
        ids, title, groups = named.get("id", ids), named.get("title", title), named.get("groups", groups)
    is_index = ids is None and isinstance(source, PandasSeries)
    if is_index:
        ids = source.index
    elif ids is None and isinstance(source, Mapping):
        ids = list(source)
    given, is_skipping = _source(source), on_null == "skip"
    rows = tuple(given) if isinstance(given, (list, tuple)) else ()
    opened = None if isinstance(given, (list, tuple)) else kernels.Texts(given, True)
    size = len(rows) if opened is None else len(opened) + len(opened.nulls())
    names: list[Id] = [*range(size)] if ids is None else _ids(ids, INDEX if is_index else "")
    if len(names) != size:
        msg = f"there are {len(names)} ids for {size} texts"
        raise ValueError(msg)
    if opened is None:
        if not {str}.issuperset(map(type, rows)):
            rows = tuple(None if is_missing(text) else text for text in rows)
            _check_texts(names, rows, "text")  # the kernels know no ids
        opened = kernels.Texts(rows, True)
    nulls = opened.nulls()
    if len(nulls) and not is_skipping:
        name = names[int(nulls[0])]
        remedy = ', or skip it with on_null="skip"' if may_skip else ""
        raise ValueError(f"the text with id {name!r} is null; drop it or fill it first{remedy}")
    is_null = np.zeros(size, bool)
    is_null[nulls] = True
    skipped = [names[row] for row in nulls.tolist()]
    kept = list(compress(names, ~is_null)) if skipped else names
    titles = None if title is None else _titles(title, names, is_null)
    numbers = None if groups is None else _groups(groups, names)[~is_null]
    warn_of_pages(opened, kept)
    return Documents(kept, opened, skipped, is_null, titles, numbers, id, is_index)


def ids_of(data: Any, id_column: str | None, documents: Documents | None) -> list[Id]:  # noqa: ANN401
    """Give the ids of what was searched already, or of another table of the same documents, in its order.

    Parameters
    ----------
    data
        A table, or texts.
    id_column
        The name of its column with the ids, if it has one.
    documents
        What was read for the search, if that is still known.

    Raises
    ------
    ValueError
        If nothing says what its ids are, or there are not as many rows as documents.
    """
    id_column = id_column or (documents.id_column if documents else None)
    if id_column is not None:
        return _ids(columns_of(data, [id_column])[0], "")
    if isinstance(data, Mapping):
        return checked_ids(list(data))
    if hasattr(data, "iloc") and (documents is None or documents.is_index):
        return _ids(data.index, INDEX)
    if not kind_of(data) and not isinstance(data, Iterable):
        raise TypeError(f"a {type(data).__name__} has no rows; give a table, a list or a column")
    if documents is None:
        raise ValueError('nothing says which row is which document; name the column with the ids, as in id="id"')
    if not hasattr(data, "__len__"):
        raise TypeError(f"a {type(data).__name__} gives its rows once; make a table of it before the search")
    if len(data) != len(documents.is_null):
        raise ValueError(f"{len(documents.is_null)} documents were searched, and here are {len(data)}; give the same")
    return documents.given_ids()


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


def in_order(values: object, name: str) -> list[Any]:
    """Give what stands beside the texts, a value for each in their order, as a list.

    Raises
    ------
    TypeError
        If these are no values in an order.

    Examples
    --------
    >>> in_order(np.array([3, 1]), "priority")
    [3, 1]
    >>> in_order({"甲": 3}, "priority")
    Traceback (most recent call last):
        ...
    TypeError: priority must be values in the order of the texts, not a dict; give a list
    """
    if isinstance(values, (str, bytes)):
        msg = f"{name} must be several {name}, not one {type(values).__name__}"
        raise TypeError(msg)
    if isinstance(values, Mapping) or (not isinstance(values, (list, tuple)) and kind_of(values)):
        msg = f"{name} must be values in the order of the texts, not a {type(values).__name__}; give a list"
        raise TypeError(msg)
    return values.to_pylist() if hasattr(values, "to_pylist") else _as_list(values, name)


def _ids(values: object, whence: str) -> list[Id]:
    """Give what a user gave as ids, checked."""
    return checked_ids(in_order(values, "ids"), whence=whence)


def _titles(values: object, names: Sequence[Id], is_null: NDArray[np.bool_]) -> Column:
    """Open the titles of the texts that were not skipped."""
    try:
        listed = in_order(values, "titles")
    except UnicodeDecodeError as error:
        raise ValueError(f"a title is not valid UTF-8 ({error}); repair it, or leave it out") from error
    if len(listed) != len(names):
        raise ValueError(f"there are {len(listed)} titles for {len(names)} texts")
    titles = ["" if is_missing(title) else title for title in listed]
    _check_texts(names, titles, "title")
    return kernels.Texts(list(compress(titles, ~is_null)))


def _groups(values: object, names: Sequence[Id]) -> NDArray[np.int64]:
    """Give a number for the group of each text, equal for equal ones; each null gets one of its own."""
    listed = in_order(values, "groups")
    if len(listed) != len(names):
        raise ValueError(f"there are {len(listed)} groups for {len(names)} texts")
    numbers: dict[Hashable, int] = {}
    found = np.empty(len(listed), np.int64)
    for row, value in enumerate(listed):
        try:
            found[row] = ~row if is_missing(value) else numbers.setdefault(value, row)
        except TypeError as error:
            msg = f"the group of the text with id {names[row]!r} cannot be a key of a dict ({error})"
            raise TypeError(msg) from error
    return found


def is_missing(value: object) -> bool:
    """Tell whether a value is None or one of the nulls of pandas, which are NaN and objects of their own."""
    is_nan = isinstance(value, float) and math.isnan(value)
    return value is None or is_nan or type(value).__name__ in ("NAType", "NaTType")


def _check_texts(names: Sequence[Id], texts: Sequence[Any], what: str) -> None:
    for name, text in zip(names, texts, strict=True):
        if text is not None and not isinstance(text, str):
            hint = f'; {what}="..." names the field with the {what}' if isinstance(text, Mapping) else ""
            msg = f"the {what} with id {name!r} is {type(text).__name__}, not str{hint}"
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
        msg = f"{name} must be an iterable or a column of a table, not {type(values).__name__}"
        raise TypeError(msg)
    if isinstance(values, (set, frozenset)):
        msg = f"{name} must be in an order, which a {type(values).__name__} has not; give a list"
        raise TypeError(msg)
    if not isinstance(values, np.ndarray):
        return list(values)
    if values.ndim != 1:
        msg = f"{name} must be one column, not an array of shape {values.shape}"
        raise TypeError(msg)
    listed: list[Any] = values.tolist()
    return listed
