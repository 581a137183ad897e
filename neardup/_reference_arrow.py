"""Arrow columns of strings through the C data interface, without an Arrow library: part of `neardup._reference`.

Structures and their meaning: https://arrow.apache.org/docs/format/CDataInterface.html and CStreamInterface.html
"""

from __future__ import annotations

import ctypes
from ctypes import POINTER, c_char_p, c_int, c_int64, c_void_p
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

    Structure = TypeVar("Structure", bound=ctypes.Structure)


class StreamSource(Protocol):
    """A column that gives its chunks through the Arrow C stream interface."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Give a capsule named ``arrow_array_stream``."""


class ArraySource(Protocol):
    """A column that gives its one chunk through the Arrow C data interface."""

    def __arrow_c_array__(self, requested_schema: object = None) -> tuple[object, object]:
        """Give capsules named ``arrow_schema`` and ``arrow_array``."""


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
    _fields_: ClassVar[Any] = [
        ("get_schema", ctypes.CFUNCTYPE(c_int, c_void_p, POINTER(ArrowSchema))),
        ("get_next", ctypes.CFUNCTYPE(c_int, c_void_p, POINTER(ArrowArray))),
        ("get_last_error", ctypes.CFUNCTYPE(c_char_p, c_void_p)),
        ("release", ctypes.CFUNCTYPE(None, c_void_p)),
        ("private_data", c_void_p),
    ]


OFFSETS: dict[str, type[ctypes.c_int32 | c_int64]] = {"u": ctypes.c_int32, "U": c_int64}
"""The offsets of the formats utf8 and large_utf8; the third, string_view, has views."""

VIEW_SIZE = 16
MAX_INLINE = 12


def read_arrow(column: StreamSource | ArraySource) -> list[str]:
    """Give the texts of an Arrow column of strings.

    Raises
    ------
    TypeError
        If `column` gives no Arrow data.
    ValueError
        If it is no column of strings, holds nulls or what is not UTF-8, or its buffers are malformed; the message
        names the row.
    """
    found: list[bytes] = []
    if hasattr(column, "__arrow_c_stream__"):
        _read_stream(column.__arrow_c_stream__(), found)
    elif hasattr(column, "__arrow_c_array__"):
        schema, array = column.__arrow_c_array__()
        kind = _strings(_pointed(schema, b"arrow_schema", ArrowSchema))
        _read_array(_pointed(array, b"arrow_array", ArrowArray), kind, found)
    else:
        msg = f"texts must be a list of str or an Arrow column of strings, not {type(column).__name__}"
        raise TypeError(msg)
    texts = []
    for row, encoded in enumerate(found):
        try:
            texts.append(encoded.decode("utf-8"))
        except UnicodeDecodeError:
            msg = f"text {row} is not valid UTF-8"
            raise ValueError(msg) from None
    return texts


def _pointed(capsule: object, name: bytes, structure: type[Structure]) -> Structure:
    get_pointer = ctypes.pythonapi.PyCapsule_GetPointer
    get_pointer.restype, get_pointer.argtypes = c_void_p, [ctypes.py_object, c_char_p]
    return structure.from_address(get_pointer(capsule, name))


def _read_stream(capsule: object, found: list[bytes]) -> None:
    stream = _pointed(capsule, b"arrow_array_stream", ArrowArrayStream)
    address = ctypes.addressof(stream)

    def check(code: int) -> None:
        if code:
            message = stream.get_last_error(address)
            msg = f"the Arrow stream failed: {message.decode() if message else 'no reason'}"
            raise ValueError(msg)

    schema = ArrowSchema()
    check(stream.get_schema(address, schema))
    try:
        kind = _strings(schema)
    finally:
        schema.release(ctypes.addressof(schema))
    while True:
        array = ArrowArray()
        check(stream.get_next(address, array))
        if not array.release:
            break
        try:
            _read_array(array, kind, found)
        finally:
            array.release(ctypes.addressof(array))


def _strings(schema: ArrowSchema) -> str:
    """Give the format if it is one of strings."""
    kind = (schema.format or b"").decode()
    if schema.dictionary or kind not in {*OFFSETS, "vu"}:
        kind = f"'{kind}'" + (" with a dictionary" if schema.dictionary else "")
        msg = f"texts must be a column of strings, not of Arrow format {kind}; give one column, cast to strings"
        raise ValueError(msg)
    return kind


def _read_array(array: ArrowArray, kind: str, found: list[bytes]) -> None:
    """Append the strings of one chunk; null_count may be -1, not counted."""
    has_buffers = array.n_buffers >= 3 if kind == "vu" else array.n_buffers == 3
    if not has_buffers or array.length < 0 or array.offset < 0 or array.offset + array.length >= 2**63:
        raise ValueError("the Arrow array is malformed: its length, offset or number of buffers")
    if array.length and not array.buffers[1]:
        raise ValueError("the Arrow array is malformed: it has rows and no offsets or views")
    validity = array.buffers[0] if array.null_count else None
    for i in range(array.offset, array.offset + array.length):
        row = len(found)
        if validity and not ctypes.c_uint8.from_address(validity + i // 8).value >> i % 8 & 1:
            msg = f"text {row} is null; drop it or fill it first"
            raise ValueError(msg)
        found.append(_by_view(array, i, row) if kind == "vu" else _by_offsets(array, OFFSETS[kind], i, row))


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
    sizes = array.buffers[array.n_buffers - 1] or 0
    if (
        size < 0
        or not 0 <= buffer < array.n_buffers - 3
        or offset < 0
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
    return ctypes.string_at(buffer + start, size)
