"""Records as JSON objects: read one by one so that a bad one spoils no other, or many at once, and written again."""

from __future__ import annotations

import codecs
import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from neardup.errors import InputError
from neardup.io.records import (
    BYTE_ORDER_MARK,
    SCALARS,
    Columns,
    Record,
    ShapeError,
    joined,
    missing,
    scalar,
    without_each,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from neardup.io.records import Fields
    from neardup.spans import Stretch

_PIECE_BYTES = 1 << 20
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_NAMES = {"{": "an object", "[": "an array", '"': "a string", "t": "true", "f": "false", "n": "null"}
_MOST_DIGITS = 18
"""Integers of so many digits are the same in every program that reads JSON with 64 bits."""
_LEAST_LONG = 10**_MOST_DIGITS

Value: TypeAlias = memoryview


def text_of(values: Sequence[Value], names: Sequence[str]) -> list[str]:
    """Give the strings that text fields hold; null is an empty one where there are several and not all are null."""
    may_lack = len(values) > 1 and any(_first(value) == b'"' for value in values)
    texts = []
    for name, value in zip(names, values, strict=True):
        if _first(value) == b'"':
            texts.append(_string(value))
        elif may_lack and _first(value) == b"n":
            texts.append("")
        else:
            raise ShapeError(f'the field "{name}" is {_kind(value)}, not a string', parameter="text_field")
    return texts


def read_record(line: bytes, fields: Fields) -> Record:
    r"""Read a JSON object.

    Parameters
    ----------
    line
        A JSON object in UTF-8, with or without a line break.
    fields
        What to take of it.

    Raises
    ------
    InputError
        If it is not UTF-8, not JSON or not an object.
    ShapeError
        If a field is missing or holds something else.

    Examples
    --------
    >>> from neardup.io.records import Fields
    >>> read_record(b'{"id": 150, "meta": {"body": "\\u7532"}}', Fields(("meta.body",), "id"))
    Record(text='甲', id=150)
    """
    line = line.removeprefix(BYTE_ORDER_MARK)
    return _simple_record(line, fields) or _any_record(line, fields)


def _simple_record(line: bytes, fields: Fields) -> Record | None:
    """Read an object in which all is as it should be; None if it takes a closer look, as at how a number is spelled.

    To decode all of an object is the fastest way to know that all of it is UTF-8.
    """
    try:
        found = msgspec.json.decode(line)
        if len(fields.text) == 1:
            text = _decoded_at(found, fields.text[0])
        else:
            values = [_decoded_at(found, name) for name in fields.text]
            text = joined(values) if all(type(value) is str for value in values) else None
        id_ = None if fields.id is None else _decoded_at(found, fields.id)
        title = None if fields.title is None else _decoded_at(found, fields.title)
        priority = None if fields.priority is None else _decoded_at(found, fields.priority)
        group = None if fields.group is None else _decoded_at(found, fields.group)
        data = None if fields.data is None else _decoded_at(found, fields.data)
    except (ValueError, KeyError, TypeError, RecursionError):  # those of msgspec and of UTF-8 are the first
        return None
    is_simple = (
        type(text) is str
        and (fields.id is None or type(id_) is str or _is_short(id_))
        and (title is None or type(title) is str)
        and (fields.priority is None or type(priority) in SCALARS)
        and (group is None or type(group) in SCALARS)
    )
    return Record(text, id_, title or "", priority, group, data) if is_simple else None


def simple_records(found: Sequence[Any], fields: Fields) -> Columns | None:
    """Read what was decoded of objects as `_simple_record` does; None if one of them takes a closer look."""
    nothing = [None] * len(found)
    try:
        texts = [_column(found, name) for name in fields.text]
        ids = nothing if fields.id is None else _column(found, fields.id)
        titles = nothing if fields.title is None else _column(found, fields.title)
        priorities = nothing if fields.priority is None else _column(found, fields.priority)
        groups = nothing if fields.group is None else _column(found, fields.group)
    except (KeyError, TypeError):
        return None
    is_simple = (
        all({str}.issuperset(map(type, each)) for each in texts)
        and (fields.id is None or all(type(id_) is str or _is_short(id_) for id_ in ids))
        and {str, type(None)}.issuperset(map(type, titles))
        and (fields.priority is None or SCALARS.issuperset(map(type, priorities)))
        and {*SCALARS, type(None)}.issuperset(map(type, groups))
    )
    if not is_simple:
        return None
    joined_ones = texts[0] if len(texts) == 1 else list(map(joined, zip(*texts, strict=True)))
    return Columns(joined_ones, ids, [title or "" for title in titles], priorities, groups)


def _is_short(id_: object) -> bool:
    return type(id_) is int and 0 < abs(id_) < _LEAST_LONG


def _column(found: Sequence[Any], name: str) -> list[Any]:
    """Give a field of all objects.

    Raises
    ------
    KeyError, TypeError
        If one of them has none, or is no object.
    """
    if {dict}.issuperset(map(type, found)):
        try:
            return [each[name] for each in found]
        except KeyError:
            pass
    return [_decoded_at(each, name) for each in found]


def _decoded_at(found: Any, name: str) -> Any:  # noqa: ANN401 - any value of a field
    while type(found) is not dict or name not in found:
        first, _, name = name.partition(".")
        if not name:
            raise KeyError(first)
        found = found[first]
    return found[name]


def _any_record(line: bytes, fields: Fields) -> Record:
    """Read an object field by field, as they are written, and say what is wrong with it."""
    found = _fields(line, fields.text)
    try:
        text = joined(text_of([_value(found, name, "text_field") for name in fields.text], fields.text))
    except (UnicodeDecodeError, ShapeError) as error:
        if fault := _other_encoding(line):
            raise fault from error
        raise
    priority = scalar(_given(found, fields.priority, "priority_field"), fields.priority, "priority_field")
    group = scalar(_given(found, fields.group, "group_field"), fields.group, "group_field")
    data = _given(found, fields.data, "data_field")
    return Record(text, _id(found, fields.id), _title(found, fields.title), priority, group, data)


def _id(found: Mapping[str, msgspec.Raw], name: str | None) -> str | int | None:
    if name is None:
        return None
    id_ = _value(found, name, "id_field")
    if _first(id_) in {b"{", b"[", b"n"}:
        message = f'the field "{name}" is {_kind(id_)}, not a string, a number, true or false'
        raise ShapeError(message, parameter="id_field")
    return _string(id_) if _first(id_) == b'"' else scalar_id(str(id_, "ascii"))


def _title(found: Mapping[str, msgspec.Raw], name: str | None) -> str:
    if name is None:
        return ""
    title = _value(found, name, "title_field")
    if _first(title) not in {b'"', b"n"}:
        raise ShapeError(f'the field "{name}" is {_kind(title)}, not a string or null', parameter="title_field")
    return _string(title) if _first(title) == b'"' else ""


def _given(found: Mapping[str, msgspec.Raw], name: str | None, parameter: str) -> Any:  # noqa: ANN401 - any value
    """Give the value of a field; None if it is not asked for."""
    if name is None:
        return None
    value = _value(found, name, parameter)
    try:
        return msgspec.json.decode(value)
    except msgspec.DecodeError as error:  # a number without end
        raise ShapeError(f'the field "{name}" cannot be read: {error}', parameter=parameter) from error


def scalar_id(written: str) -> str | int:
    """Give a number as an id: an integer if it is written as one.

    Examples
    --------
    >>> scalar_id("7"), scalar_id("1.50"), scalar_id("007")
    (7, '1.50', '007')
    """
    digits = written.removeprefix("-")
    if digits.isdecimal() and len(digits) <= _MOST_DIGITS and str(int(written)) == written:
        return int(written)
    return written


def with_removed(line: bytes, fields: Fields, removed: Sequence[Stretch]) -> bytes:
    r"""Take stretches of its text out of an object that `read_record` can read; other fields stay, in order.

    Examples
    --------
    >>> from neardup.io.records import Fields
    >>> with_removed(b'{"n": 1.50, "text": "\\u7532\\u4e59", "t": []}', Fields(), [(0, 1)]).decode()
    '{"n":1.50,"text":"乙","t":[]}'
    """
    found = _fields(line.removeprefix(BYTE_ORDER_MARK))
    values = text_of([_value(found, name, "text_field") for name in fields.text], fields.text)
    for name, old, new in zip(fields.text, values, without_each(values, removed), strict=True):
        if new != old:
            _set(found, name, msgspec.Raw(msgspec.json.encode(new)))
    return msgspec.json.encode(found)


def _set(found: dict[str, msgspec.Raw], name: str, value: msgspec.Raw) -> None:
    first, dot, rest = name.partition(".")
    if name in found or not dot:
        found[name] = value
    else:
        below = _decoder().decode(found[first])
        _set(below, rest, value)
        found[first] = msgspec.Raw(msgspec.json.encode(below))


def _fields(line: bytes, texts: Collection[str] = ()) -> dict[str, msgspec.Raw]:
    """Give the fields of an object as they are written, in UTF-8; those of `texts` are checked by who decodes them."""
    try:
        found = _decoder().decode(line)
        for name, value in found.items():
            if name not in texts:
                _check_utf8(memoryview(value))
    except (UnicodeDecodeError, msgspec.DecodeError) as error:
        if fault := _other_encoding(line):
            raise fault from error
        if isinstance(error, msgspec.ValidationError):
            raise ShapeError(f"not an object but {_kind(line.lstrip())}") from error
        raise InputError(f"not JSON: {_fault(line, error)}") from error
    except RecursionError as error:
        raise InputError("not read: nested too deeply") from error
    return found


def _other_encoding(line: bytes) -> InputError | None:
    """Say where a line is not UTF-8, if it is not."""
    try:
        line.decode("utf-8")
    except UnicodeDecodeError as error:
        shown = line[error.start : error.start + 4].hex(" ")
        message = f"not UTF-8 (bytes {shown} at byte {error.start} of the record); repair it, or say its encoding"
        return InputError(message, parameter="encoding")
    return None


def _check_utf8(data: Value) -> None:
    """Decode what nobody decodes, by pieces if it is long."""
    if len(data) <= _PIECE_BYTES:
        str(data, "utf-8")
        return
    decoder = codecs.getincrementaldecoder("utf-8")()
    for start in range(0, len(data), _PIECE_BYTES):
        decoder.decode(data[start : start + _PIECE_BYTES], start + _PIECE_BYTES >= len(data))


@lru_cache(maxsize=1)
def _string_decoder() -> msgspec.json.Decoder[str]:
    return msgspec.json.Decoder(str)


@lru_cache(maxsize=1)
def _decoder() -> msgspec.json.Decoder[dict[str, msgspec.Raw]]:
    return msgspec.json.Decoder(dict[str, msgspec.Raw])


def _fault(line: bytes, error: Exception) -> str:
    """Say what is wrong; of half a surrogate pair the decoder says that the line is too short."""
    if _SURROGATE.search(line):
        try:
            json.loads(line)
        except (ValueError, RecursionError):
            pass
        else:
            return "half a surrogate pair, which is no character"
    return str(error)


def _value(found: Mapping[str, msgspec.Raw], name: str, parameter: str) -> Value:
    """Give a field as it is written, without a copy."""
    if name in found:
        return memoryview(found[name])
    first, _, rest = name.partition(".")
    if rest and first in found and _first(memoryview(found[first])) == b"{":
        return _value(_decoder().decode(found[first]), rest, parameter)
    raise missing(name, found, parameter)


def _string(value: Value) -> str:
    return _string_decoder().decode(value)


def _kind(value: bytes | Value) -> str:
    return _NAMES.get(_first(value).decode("latin-1"), "a number")


def _first(value: bytes | Value) -> bytes:
    return bytes(value[:1])
