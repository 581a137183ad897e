"""Ids: what users call their documents, given back as they were given; their order, and the column they make."""

from __future__ import annotations

from operator import index
from reprlib import repr as shown
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from neardup._typing import Id

    IdType = Literal["int64", "uint64", "string"]


def checked_ids(values: Sequence[Any], *, whence: str = "") -> list[Id]:
    """Give ids as Python's own strings and integers, if each stands for one document.

    Parameters
    ----------
    values
        Strings and integers; numpy's count too.
    whence
        Where they come from, with the remedy, for the message about one that occurs twice.

    Raises
    ------
    TypeError
        If one is neither; the message names it.
    ValueError
        If one occurs twice, also as an integer and as the text of it, which a report cannot keep apart; or if an
        integer has more than 64 bits.

    Examples
    --------
    >>> checked_ids([7, np.int64(8), "新闻-9"])
    [7, 8, '新闻-9']
    >>> checked_ids([7, "甲", "7"])
    Traceback (most recent call last):
        ...
    ValueError: the id '7' of text 2 is the integer 7 of text 0 in other words; give all as strings, and each once
    """
    ids = [value if type(value) is str else _checked_id(value, row) for row, value in enumerate(values)]
    if len(set(ids)) < len(ids):
        first: dict[Id, int] = {}
        for row, id_ in enumerate(ids):
            if first.setdefault(id_, row) != row:
                msg = f"the id {id_!r} is given twice, to texts {first[id_]} and {row}; ids must be unique{whence}"
                raise ValueError(msg)
    if len(set(map(type, ids))) > 1:
        said = {str(id_): row for row, id_ in enumerate(ids) if isinstance(id_, int)}
        for row, id_ in enumerate(ids):
            if isinstance(id_, str) and id_ in said:
                msg = (
                    f"the id {id_!r} of text {row} is the integer {id_} of text {said[id_]} in other words; "
                    "give all as strings, and each once"
                )
                raise ValueError(msg)
    return ids


def id_order(id_: Id) -> tuple[bool, Id]:
    """Give what ids are sorted by: integers by their value, before strings.

    Examples
    --------
    >>> sorted(["乙", 10, "甲", 9], key=id_order)
    [9, 10, '乙', '甲']
    """
    return isinstance(id_, str), id_


def sortable(ids: Sequence[Id]) -> Sequence[Any]:
    """Give for every id a value by which it is sorted; the ids themselves where they are of one type."""
    return ids if len(set(map(type, ids))) <= 1 else list(map(id_order, ids))


def id_type(ids: Sequence[Id]) -> IdType:
    """Tell of what type a column of ids is: of integers if all are integers, else of strings.

    Examples
    --------
    >>> id_type([1, 2**63]), id_type([1, -1]), id_type([1, "甲"]), id_type([-1, 2**63])
    ('uint64', 'int64', 'string', 'string')
    """
    numbers = [id_ for id_ in ids if isinstance(id_, int)]
    if not numbers or len(numbers) < len(ids):
        return "string"
    low, high = min(numbers), max(numbers)
    return "int64" if high < 2**63 else "uint64" if low >= 0 else "string"


def id_array(ids: Sequence[Id]) -> pa.Array:
    """Give ids as a pyarrow array of `id_type`."""
    import pyarrow as pa

    kind = id_type(ids)
    return pa.array(map(str, ids) if kind == "string" else ids, getattr(pa, kind)())


def _checked_id(value: object, row: int) -> Id:
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        msg = f"the id of text {row} must be a string or an integer, not {shown(value)}"
        raise TypeError(msg)
    number = index(value)
    if not -(2**63) <= number < 2**64:
        msg = f"the id of text {row} is an integer of more than 64 bits; give it as a string"
        raise ValueError(msg)
    return number
