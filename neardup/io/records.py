"""Records: JSON lines, an object a line with a text in it, read one by one so that a bad line spoils no other."""

from __future__ import annotations

import codecs
import json
import re
from dataclasses import dataclass
from functools import lru_cache

import msgspec

from neardup.errors import InputError

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_PIECE_BYTES = 1 << 20
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_NAMES = {"{": "an object", "[": "an array", '"': "a string", "t": "true", "f": "false", "n": "null"}


@dataclass(frozen=True, slots=True)
class Record:
    """What matters of a line.

    Attributes
    ----------
    text
        The value of the text field.
    id
        The value of the id field as text, if one was asked for.
    """

    text: str
    id: str | None = None


def read_record(line: bytes, text_field: str, id_field: str | None = None) -> Record:
    r"""Read a line.

    Parameters
    ----------
    line
        A JSON object in UTF-8, with or without the line break.
    text_field
        The field that holds the text.
    id_field
        The field that holds the id: any scalar. Numbers are taken as they are written.

    Raises
    ------
    InputError
        If the line is not UTF-8, not JSON, not an object, or a field is missing or holds something else.

    Examples
    --------
    >>> read_record(b'{"id": 1.50, "text": "\\u7532"}', "text", "id")
    Record(text='甲', id='1.50')
    """
    fields = _fields(line)
    text = _value(fields, text_field)
    if _first(text) != b'"':
        raise InputError(f'the field "{text_field}" is {_kind(text)}, not a string')
    if id_field is None:
        return Record(_string(text))
    id_ = _value(fields, id_field)
    if _first(id_) in {b"{", b"[", b"n"}:
        raise InputError(f'the field "{id_field}" is {_kind(id_)}, not a string, a number, true or false')
    return Record(_string(text), _string(id_) if _first(id_) == b'"' else str(id_, "ascii"))


def with_text(line: bytes, text_field: str, text: str) -> bytes:
    r"""Put another text into a line that `read_record` can read; the other fields stay as they are, in order.

    Examples
    --------
    >>> with_text(b'{"n": 1.50, "text": "\\u7532", "t": []}', "text", "乙").decode()
    '{"n":1.50,"text":"乙","t":[]}'
    """
    fields = _fields(line)
    fields[text_field] = msgspec.Raw(msgspec.json.encode(text))
    return msgspec.json.encode(fields)


def _fields(line: bytes) -> dict[str, msgspec.Raw]:
    line = line.removeprefix(_BYTE_ORDER_MARK)
    try:
        _check_utf8(line)  # fields are not decoded before they are used
        return _decoder().decode(line)
    except UnicodeDecodeError as error:
        shown = line[error.start : error.start + 4].hex(" ")
        raise InputError(f"not UTF-8, as JSON lines are: bytes {shown} at byte {error.start} of the line") from error
    except msgspec.ValidationError as error:
        raise InputError(f"not an object but {_kind(line.lstrip())}") from error
    except msgspec.DecodeError as error:
        raise InputError(f"not JSON: {_fault(line, error)}") from error
    except RecursionError as error:
        raise InputError("not read: nested too deeply") from error


def _check_utf8(line: bytes) -> None:
    """Decode a line, by pieces if it is long: a text as long as the line is made only if it has a fault."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(line), _PIECE_BYTES):
            decoder.decode(memoryview(line)[start : start + _PIECE_BYTES], start + _PIECE_BYTES >= len(line))
    except UnicodeDecodeError:
        line.decode("utf-8")  # says where in the line


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


def _value(fields: dict[str, msgspec.Raw], name: str) -> memoryview:
    """Give a field as it is written, without a copy."""
    try:
        return memoryview(fields[name])
    except KeyError:
        there = ", ".join(f'"{field}"' for field in fields) or "none"
        raise InputError(f'the field "{name}" is missing; there are: {there}') from None


def _string(value: memoryview) -> str:
    return msgspec.json.decode(value, type=str)


def _kind(value: bytes | memoryview) -> str:
    return _NAMES.get(_first(value).decode("latin-1"), "a number")


def _first(value: bytes | memoryview) -> bytes:
    return bytes(value[:1])
