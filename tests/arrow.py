"""Arrow columns to test with: of every string type, cut into slices and chunks, and broken ones."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from neardup._reference import arrow as c

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

STRING_TYPES = [pa.string(), pa.large_string(), pa.string_view()]


def sliced(texts: Sequence[str], kind: pa.DataType, before: int = 3, after: int = 2) -> pa.Array:
    """A column that begins and ends inside of its buffers; what lies outside is not to be read."""
    padded = [None, "不", "是"][:before] + list(texts) + [None, "外"][:after]
    return pa.array(padded, kind).slice(before, len(texts))


def chunked(texts: Sequence[str], kind: pa.DataType, size: int) -> pa.ChunkedArray:
    """A column in chunks of `size` texts; the first chunk is empty."""
    parts = [texts[i : i + size] for i in range(0, len(texts), size)]
    return pa.chunked_array([pa.array([], kind), *(sliced(part, kind) for part in parts)], kind)


INDEX_TYPES = [pa.int8(), pa.uint8(), pa.int16(), pa.uint16(), pa.int32(), pa.uint32(), pa.int64(), pa.uint64()]


def encoded(texts: Sequence[str | None], kind: pa.DataType, index: pa.DataType = pa.int32()) -> pa.DictionaryArray:  # noqa: B008
    """A column of indices into a dictionary that has more than the column uses; nulls are nulls of the indices."""
    values = ["不", *dict.fromkeys(text for text in texts if text is not None), "外"]
    places = pa.array([None if text is None else values.index(text) for text in texts], index)
    return pa.DictionaryArray.from_arrays(places, pa.array(values, kind))


class Broken:
    """An array whose C structures were changed after they were made."""

    def __init__(self, array: pa.Array, change: Callable[[Any, Any], object]) -> None:
        self.array = array
        self.change = change
        self.kept: object = None  # memory that the changed structures point to

    def __arrow_c_array__(self, requested_schema: object = None) -> tuple[object, object]:
        """Give the capsules, changed."""
        schema, array = self.array.__arrow_c_array__()
        self.change(c._pointed(schema, b"arrow_schema", c.ArrowSchema), c._pointed(array, b"arrow_array", c.ArrowArray))
        return schema, array


class BrokenStream:
    """A stream whose C structure was changed after it was made."""

    def __init__(self, array: pa.ChunkedArray, change: Callable[[Any], object]) -> None:
        self.array = array
        self.change = change

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Give the capsule, changed."""
        stream = self.array.__arrow_c_stream__()
        self.change(c._pointed(stream, b"arrow_array_stream", c.ArrowArrayStream))
        return stream


def from_offsets(offsets: Sequence[int], data: bytes, kind: pa.DataType) -> Broken:
    """A column with these offsets, right or wrong."""
    width = ctypes.c_int32 if kind == pa.string() else ctypes.c_int64
    return _from_buffers(kind, len(offsets) - 1, [(width * len(offsets))(*offsets), ctypes.create_string_buffer(data)])


def from_views(views: Sequence[tuple[int, int, int]], data: Sequence[bytes]) -> Broken:
    """A column of views (size, buffer, offset) into these buffers, right or wrong."""
    numbers = [number for size, buffer, offset in views for number in (size, 0, buffer, offset)]
    sizes = (ctypes.c_int64 * len(data))(*map(len, data))
    buffers = [(ctypes.c_int32 * len(numbers))(*numbers), *map(ctypes.create_string_buffer, data), sizes]
    return _from_buffers(pa.string_view(), len(views), buffers)


def _from_buffers(kind: pa.DataType, length: int, buffers: Sequence[Any]) -> Broken:
    addresses = (ctypes.c_void_p * (1 + len(buffers)))(None, *map(ctypes.addressof, buffers))

    def change(_: object, array: Any) -> None:
        array.length, array.n_buffers = length, len(addresses)
        array.buffers = ctypes.cast(addresses, ctypes.POINTER(ctypes.c_void_p))

    broken = Broken(pa.array([""], kind), change)
    broken.kept = (addresses, buffers)
    return broken
