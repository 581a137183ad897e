"""Arrow columns of strings through the C data interface, without an Arrow library.

Structures and their meaning: https://arrow.apache.org/docs/format/CDataInterface.html and CStreamInterface.html
"""

from __future__ import annotations

import ctypes
from contextlib import contextmanager
from ctypes import POINTER, c_char_p, c_int, c_int64, c_void_p
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, TypeVar

import numpy as np

from neardup.checks import MAX_CHARS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class ArrowSchema(ctypes.Structure):
    """The type of a column."""

    format: bytes | None
    dictionary: int | None
    release: Any
    _fields_: ClassVar[Any] = [
        ("format", c_char_p),
        ("name", c_char_p),
        ("metadata", c_void_p),
        ("flags", c_int64),
        ("n_children", c_int64),
        ("children", c_void_p),
        ("dictionary", c_void_p),
        ("release", ctypes.CFUNCTYPE(None, c_void_p)),
        ("private_data", c_void_p),
    ]


class ArrowArray(ctypes.Structure):
    """A chunk of a column: its buffers."""

    length: int
    null_count: int
    offset: int
    n_buffers: int
    buffers: Sequence[int | None]
    dictionary: int | None
    release: Any
    _fields_: ClassVar[Any] = [
        ("length", c_int64),
        ("null_count", c_int64),
        ("offset", c_int64),
        ("n_buffers", c_int64),
        ("n_children", c_int64),
        ("buffers", POINTER(c_void_p)),
        ("children", c_void_p),
        ("dictionary", c_void_p),
        ("release", ctypes.CFUNCTYPE(None, c_void_p)),
        ("private_data", c_void_p),
    ]


class ArrowArrayStream(ctypes.Structure):
    """The chunks of a column, one after another."""

    get_schema: Any
    get_next: Any
    get_last_error: Any
    release: Any
    _fields_: ClassVar[Any] = [
        ("get_schema", ctypes.CFUNCTYPE(c_int, c_void_p, POINTER(ArrowSchema))),
        ("get_next", ctypes.CFUNCTYPE(c_int, c_void_p, POINTER(ArrowArray))),
        ("get_last_error", ctypes.CFUNCTYPE(c_char_p, c_void_p)),
        ("release", ctypes.CFUNCTYPE(None, c_void_p)),
        ("private_data", c_void_p),
    ]


if TYPE_CHECKING:
    Structure = TypeVar("Structure", ArrowSchema, ArrowArray, ArrowArrayStream)

OFFSETS: dict[str, type[ctypes.c_int32 | c_int64]] = {"u": ctypes.c_int32, "U": c_int64}
"""The offsets of the formats utf8 and large_utf8; the third, string_view, has views."""

STRINGS = {*OFFSETS, "vu"}

INDICES: dict[str, Any] = {
    "c": ctypes.c_int8,
    "C": ctypes.c_uint8,
    "s": ctypes.c_int16,
    "S": ctypes.c_uint16,
    "i": ctypes.c_int32,
    "I": ctypes.c_uint32,
    "l": c_int64,
    "L": ctypes.c_uint64,
}
"""The formats of indices into a dictionary."""

VIEW_SIZE = 16
MAX_INLINE = 12
MAX_ROWS = (2**63 - 1) // VIEW_SIZE


TOO_LONG = "is longer than 2**30 code points; split it"


@dataclass
class Strings:
    """The strings of a column, encoded.

    Attributes
    ----------
    skip_nulls
        Whether nulls are left out and listed; else they are an error.
    found
        The strings.
    nulls
        Where nulls stood among all rows.
    """

    skip_nulls: bool
    found: list[bytes] = field(default_factory=list)
    nulls: list[int] = field(default_factory=list)

    @property
    def row(self) -> int:
        """What the next row is called."""
        return len(self.found) + len(self.nulls)

    def add_null(self) -> None:
        """Take in a null."""
        if not self.skip_nulls:
            raise ValueError(f"text {self.row} is null; drop it or fill it first")
        self.nulls.append(self.row)


class Format(NamedTuple):
    """What a column of strings is made of: how Arrow calls the strings, and the indices into a dictionary of them."""

    strings: str
    indices: str


def read_arrow(source: object, *, skip_nulls: bool = False) -> Strings:
    """Give the strings of a column of any Arrow library, encoded.

    Parameters
    ----------
    source
        An object that gives strings (utf8, large_utf8 or string_view), or indices into a dictionary of them, through
        ``__arrow_c_stream__`` or ``__arrow_c_array__``. What it gives is taken over, so a capsule can be read once.
    skip_nulls
        Whether nulls are left out and listed; else they are an error.

    Raises
    ------
    TypeError
        If `source` gives no Arrow data.
    ValueError
        If it is no column of strings, was consumed already, holds nulls or texts that are too long, or its buffers
        are malformed; the message names the row.
    """
    if hasattr(source, "__arrow_c_stream__"):
        return _read_stream(source.__arrow_c_stream__(), Strings(skip_nulls))
    if hasattr(source, "__arrow_c_array__"):
        return _read_pair(source.__arrow_c_array__(), Strings(skip_nulls))
    msg = f"texts must be a list of str or an Arrow column of strings, not {type(source).__name__}"
    raise TypeError(msg)


def _read_pair(pair: object, found: Strings) -> Strings:
    wrong = "__arrow_c_array__ must give two capsules, an arrow_schema and an arrow_array"
    if not isinstance(pair, tuple) or len(pair) != 2:
        raise TypeError(wrong)
    schema_source = _pointed(pair[0], b"arrow_schema", ArrowSchema, wrong)
    array_source = _pointed(pair[1], b"arrow_array", ArrowArray, wrong)
    with _taken(schema_source) as schema, _taken(array_source) as array:
        _read_array(array, _format(schema), found)
    return found


def _read_stream(capsule: object, found: Strings) -> Strings:
    wrong = "__arrow_c_stream__ must give a capsule, an arrow_array_stream"
    with _taken(_pointed(capsule, b"arrow_array_stream", ArrowArrayStream, wrong)) as stream:
        if not stream.get_schema or not stream.get_next:
            raise ValueError("the Arrow stream is malformed: it lacks a function")
        address = ctypes.addressof(stream)

        def check(code: int) -> None:
            if code:
                message = stream.get_last_error(address) if stream.get_last_error else None
                msg = f"the Arrow stream failed: {_readable(message) if message else 'no reason'}"
                raise ValueError(msg)

        with _released(ArrowSchema()) as schema:
            check(stream.get_schema(address, schema))
            kind = _format(schema)
        while True:
            with _released(ArrowArray()) as array:
                check(stream.get_next(address, array))
                if not array.release:
                    return found
                _read_array(array, kind, found)


@contextmanager
def _taken(source: Structure) -> Iterator[Structure]:
    """Move a structure out of its capsule, which has a mark then that it was consumed."""
    if not source.release:
        raise ValueError("the Arrow column was consumed already; give an object that makes new capsules at every call")
    structure = type(source).from_buffer_copy(source)
    release = type(source).release
    ctypes.memset(ctypes.addressof(source) + release.offset, 0, release.size)
    with _released(structure):
        yield structure


@contextmanager
def _released(structure: Structure) -> Iterator[Structure]:
    """Release a structure at the end, if it holds something."""
    try:
        yield structure
    finally:
        if structure.release:
            structure.release(ctypes.addressof(structure))


def _pointed(capsule: object, name: bytes, structure: type[Structure], wrong: str = "not that capsule") -> Structure:
    """Give the structure in a capsule, where it is; raises TypeError if this is no capsule of that name."""
    is_valid, get_pointer = ctypes.pythonapi.PyCapsule_IsValid, ctypes.pythonapi.PyCapsule_GetPointer
    is_valid.restype, is_valid.argtypes = c_int, [ctypes.py_object, c_char_p]
    get_pointer.restype, get_pointer.argtypes = c_void_p, [ctypes.py_object, c_char_p]
    if not is_valid(capsule, name):
        raise TypeError(wrong)
    return structure.from_address(get_pointer(capsule, name))


def _readable(words: bytes) -> str:
    """Give what another library says; bytes that are not UTF-8 are replaced."""
    return words.decode("utf-8", "replace")


def _format(schema: ArrowSchema) -> Format:
    """Give the format if it is one of strings, or of indices into a dictionary of strings."""
    kind = _readable(schema.format or b"")
    if not schema.dictionary and kind in STRINGS:
        return Format(kind, "")
    said = f"'{kind}'"
    if schema.dictionary:
        values = ArrowSchema.from_address(schema.dictionary)
        if not values.release:
            raise ValueError("the Arrow schema is malformed: its dictionary was released")
        strings = _readable(values.format or b"")
        if not values.dictionary and strings in STRINGS and kind in INDICES:
            return Format(strings, kind)
        said += f" with a dictionary of '{strings}'" + (" with a dictionary" if values.dictionary else "")
    msg = f"texts must be a column of strings, not of Arrow format {said}; give one column, cast to strings"
    raise ValueError(msg)


def _read_array(array: ArrowArray, kind: Format, found: Strings) -> None:
    """Append the strings of one chunk."""
    if not kind.indices:
        _check_rows(array, kind.strings)
        for i in range(array.length):
            if _is_null(array, i):
                found.add_null()
            else:
                found.found.append(_string(array, kind.strings, i, found.row))
        return
    _check_rows(array, kind.indices)
    values = ArrowArray.from_address(array.dictionary) if array.dictionary else None
    if values is None or not values.release:
        raise ValueError("the Arrow array is malformed: it has no dictionary")
    _check_rows(values, kind.strings)
    index = INDICES[kind.indices]
    for i in range(array.length):
        if _is_null(array, i):
            found.add_null()
            continue
        place = index.from_address((array.buffers[1] or 0) + (array.offset + i) * ctypes.sizeof(index)).value
        if not 0 <= place < values.length:
            raise ValueError(f"text {found.row} has an Arrow index outside of its dictionary")
        if _is_null(values, place):
            found.add_null()
        else:
            found.found.append(_string(values, kind.strings, place, found.row))


def _check_rows(array: ArrowArray, kind: str) -> None:
    """Raise ValueError if an array cannot be one of strings or indices of a format."""
    has_buffers = array.n_buffers >= 3 if kind == "vu" else array.n_buffers == (3 if kind in OFFSETS else 2)
    is_sized = array.length >= 0 and array.offset >= 0 and array.offset + array.length <= MAX_ROWS
    if not has_buffers or not is_sized or not array.buffers:
        raise ValueError("the Arrow array is malformed: its length, offset or number of buffers")
    if array.length and not array.buffers[1]:
        raise ValueError("the Arrow array is malformed: it has rows and no offsets, views or indices")


def _is_null(array: ArrowArray, i: int) -> bool:
    """Tell whether a row is null; null_count may be -1, not counted."""
    validity, place = array.buffers[0] if array.null_count else None, array.offset + i
    return bool(validity) and not ctypes.c_uint8.from_address((validity or 0) + place // 8).value >> place % 8 & 1


def _string(array: ArrowArray, kind: str, i: int, row: int) -> bytes:
    place = array.offset + i
    return _by_view(array, place, row) if kind == "vu" else _by_offsets(array, OFFSETS[kind], place, row)


def _by_offsets(array: ArrowArray, offset: type[ctypes.c_int32 | c_int64], i: int, row: int) -> bytes:
    address = (array.buffers[1] or 0) + i * ctypes.sizeof(offset)
    start, stop = (offset * 2).from_address(address)
    if start < 0 or stop < start:
        msg = f"text {row} has Arrow offsets that are negative or descend"
        raise ValueError(msg)
    return _bytes(array.buffers[2], start, stop - start, row)


def _by_view(array: ArrowArray, i: int, row: int) -> bytes:
    """Read a string from its view: its size, then the string itself if it is short; else buffer and offset."""
    address = (array.buffers[1] or 0) + i * VIEW_SIZE
    size, _, buffer, offset = (ctypes.c_int32 * 4).from_address(address)
    if 0 <= size <= MAX_INLINE:
        return ctypes.string_at(address + 4, size)
    sizes = array.buffers[array.n_buffers - 1]
    if (
        size < 0
        or not 0 <= buffer < array.n_buffers - 3
        or offset < 0
        or not sizes
        or offset + size > c_int64.from_address(sizes + 8 * buffer).value
    ):
        msg = f"text {row} has an Arrow view that points outside of its buffers"
        raise ValueError(msg)
    return _bytes(array.buffers[2 + buffer], offset, size, row)


def _bytes(buffer: int | None, start: int, size: int, row: int) -> bytes:
    if size == 0:
        return b""
    if not buffer:
        msg = f"text {row} has characters in an Arrow buffer that is missing"
        raise ValueError(msg)
    if _is_too_long(buffer + start, size):
        msg = f"text {row} {TOO_LONG}"
        raise ValueError(msg)
    return ctypes.string_at(buffer + start, size)


def _is_too_long(address: int, size: int) -> bool:
    """Tell whether UTF-8 has more than `MAX_CHARS` code points; it need not be valid, continuing bytes do not count."""
    if not MAX_CHARS < size <= 4 * MAX_CHARS:
        return size > MAX_CHARS
    encoded = np.ctypeslib.as_array((ctypes.c_uint8 * size).from_address(address))
    parts = (encoded[start : start + 2**20] for start in range(0, size, 2**20))
    return sum(int(np.count_nonzero((part & 0xC0) != 0x80)) for part in parts) > MAX_CHARS
