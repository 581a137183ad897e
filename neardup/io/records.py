"""Records: what matters of objects with a text in them, however they are written, and what is wrong with one."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeAlias

import msgspec

from neardup.errors import InputError
from neardup.spans import without

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import IO

    from neardup.io.atomic import WholeFile
    from neardup.spans import Stretch

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
SCALARS = frozenset({str, int, float, bool})
_NAMES_SHOWN, _NAME_CHARS = 20, 40

Scalar: TypeAlias = str | int | float | bool


class ShapeError(InputError):
    """A record is not made as those that were asked for: no object, a field missing or with something else in it."""


@dataclass(frozen=True, slots=True)
class Fields:
    """Where a record has its text, its id, and what else is asked of it.

    Attributes
    ----------
    text
        The fields that make the text, in order, joined by a line break. ``meta.body`` is the field ``body`` of the
        object in ``meta``, unless there is a field of the whole name.
    id
        The field that holds the id: any scalar.
    title
        The field that holds the title; null is none.
    priority
        The field by which documents are ordered: any scalar.
    group
        The field that holds what a document belongs to: any scalar, or null.
    data
        The field with something that is kept beside the text: any value.
    """

    text: tuple[str, ...] = ("text",)
    id: str | None = None
    title: str | None = None
    priority: str | None = None
    group: str | None = None
    data: str | None = None

    def named(self) -> list[tuple[str, str]]:
        """Give all of them, each with the parameter that names it."""
        others = {
            "id_field": self.id,
            "title_field": self.title,
            "priority_field": self.priority,
            "group_field": self.group,
            "data_field": self.data,
        }
        texts = [(name, "text_field") for name in self.text]
        return texts + [(name, parameter) for parameter, name in others.items() if name is not None]


class Record(msgspec.Struct, frozen=True, gc=False, repr_omit_defaults=True):
    """What matters of a record.

    Attributes
    ----------
    text
        What the text fields hold.
    id
        The value of the id field, if one was asked for: an integer stays one, other numbers are text as written.
    title
        The value of the title field; empty if there is none.
    priority, group, data
        The values of these fields, if they were asked for.
    """

    text: str
    id: str | int | None = None
    title: str = ""
    priority: Scalar | None = None
    group: Scalar | None = None
    data: Any = None


class RecordWriter(Protocol):
    """A file of records that is being written."""

    def add(self, data: bytes) -> None:
        """Add a record as `RecordFile.rewritten` gives it."""

    def finish(self) -> None:
        """Write what stands behind the last record."""


class RecordFile(Protocol):
    """How the records of one file are read and written again. Safe for several threads."""

    def records(self, file: IO[bytes], longest: int, most: int | None) -> Iterator[tuple[int, bytes | None]]:
        """Give the records as they are in the file, each with its number; None in place of one that is too long."""

    def read(self, raw: bytes) -> Record:
        """Read a record."""

    def rewritten(self, raw: bytes, removed: Sequence[Stretch]) -> bytes:
        """Take stretches of its text out of a record; nothing else changes."""

    def writer(self, file: WholeFile, encoding: str, *, has_mark: bool) -> RecordWriter:
        """Begin to write such a file, in an encoding, with a byte order mark or without."""


def joined(values: Sequence[str]) -> str:
    """Make one text of the values of several fields; those that are empty leave no line."""
    return values[0] if len(values) == 1 else "\n".join(filter(None, values))


def without_each(values: Sequence[str], removed: Sequence[Stretch]) -> list[str]:
    """Take stretches of the joined text out of the values that it is made of.

    Examples
    --------
    >>> without_each(["甲乙", "", "丙丁"], [(1, 4)])
    ['甲', '', '丁']
    """
    left, start = [], 0
    for value in values:
        stop = start + len(value)
        inside = [(max(a, start) - start, min(b, stop) - start) for a, b in removed if a < stop and b > start]
        left.append(without(value, inside))
        start = stop + bool(value)
    return left


class Columns(NamedTuple):
    """What matters of several records; see `Record`."""

    text: list[str]
    id: Sequence[str | int | None]
    title: Sequence[str]
    priority: Sequence[Scalar | None]
    group: Sequence[Scalar | None]


def scalar(value: Any, name: str | None, parameter: str) -> Scalar | None:  # noqa: ANN401 - any value of a field
    """Give the value of a field that orders documents or puts them into groups, if it is a scalar; there null is one.

    Raises
    ------
    ShapeError
        If it is none.
    """
    if name is None or (value is None and parameter == "group_field"):
        return None
    if type(value) not in SCALARS or value != value:  # NaN, which has no place in an order
        message = f'the field "{name}" is {kind_of_value(value)}, not a string, a number, true or false'
        raise ShapeError(message, parameter=parameter)
    return value  # type: ignore[no-any-return]


def kind_of_value(value: object) -> str:
    """Name the kind of a value."""
    if value != value:
        return "no number (NaN)"
    names = {str: "a string", bool: "true or false", type(None): "null", list: "an array", dict: "an object"}
    is_number = isinstance(value, (int, float))
    return names.get(type(value), "a number" if is_number else f"of type {type(value).__name__}")


def missing(name: str, there: Mapping[str, object] | Sequence[str], parameter: str) -> ShapeError:
    """Say that there is no such field, and which there are: some, for what is no table may seem to have any number."""
    cut = (field if len(field) <= _NAME_CHARS else field[:_NAME_CHARS] + "…" for field in islice(there, _NAMES_SHOWN))
    more = f" and {len(there) - _NAMES_SHOWN:,} more" if len(there) > _NAMES_SHOWN else ""
    listed = (", ".join(f'"{field}"' for field in cut) or "none") + more
    return ShapeError(f'the field "{name}" is missing; there are: {listed}', parameter=parameter)
