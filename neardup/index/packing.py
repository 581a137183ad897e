"""Documents as bytes: what a store keeps of them, without knowing what they are."""

from __future__ import annotations

import json
import struct
from functools import lru_cache
from threading import local
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from neardup.io.compression import zstd_module

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from neardup._typing import Id
    from neardup.sketches import Sketches


class UnreadableError(ValueError):
    """What a store gave are not the bytes of a document."""


_HEAD = struct.Struct("<BBII")
"""How text and data are written, and how many bytes the title and the data take."""

_GB18030, _UTF8 = 0, 1
_NO_DATA, _BYTES, _JSON = 0, 1, 2

_LEVEL = 3


class Payload(NamedTuple):
    """A document without its id.

    Attributes
    ----------
    text, title
        As they were given; an empty title is not known.
    data
        Bytes or plain data of JSON, None for none.
    """

    text: str
    title: str
    data: Any


class Records(NamedTuple):
    """What candidates are ranked by, of some documents.

    Attributes
    ----------
    digests
        uint64.
    anchor_counts
        int64.
    low
        uint8, shape (documents, num_perm): the low bytes of the signatures.
    packed
        The records themselves.
    """

    digests: NDArray[np.uint64]
    anchor_counts: NDArray[np.int64]
    low: NDArray[np.uint8]
    packed: Sequence[bytes]

    def id_at(self, row: int) -> Id:
        """Give the id of one."""
        return id_of(self.packed[row], self.low.shape[1])


def pack_id(id_: Id) -> bytes:
    """Write an id: of an integer its digits, so that ``7`` and ``"7"`` differ in the first byte alone."""
    return f"i{id_}".encode() if isinstance(id_, int) else b"s" + id_.encode("utf-8", "surrogatepass")


def unpack_id(packed: bytes) -> Id:
    """Read an id.

    Raises
    ------
    UnreadableError
        If these are not the bytes of one.

    Examples
    --------
    >>> unpack_id(pack_id(7)), unpack_id(pack_id("新闻-7"))
    (7, '新闻-7')
    """
    try:
        text = packed[1:].decode("utf-8", "surrogatepass")
        if packed[:1] == b"i":
            return int(text)
        if packed[:1] == b"s":
            return text
        raise ValueError(f"it begins with {packed[:1]!r}")
    except ValueError as error:
        raise UnreadableError(f"a stored id cannot be read ({error})") from error


def pack_records(found: Sketches, ids: Sequence[Id]) -> list[bytes]:
    """Write the small records of documents."""
    fixed = np.empty(len(found), _record_type(found.config.num_perm))
    fixed["digest"], fixed["chars"], fixed["anchors"] = found.digests, found.chars, found.anchors.sizes
    fixed["low"] = found.signatures.astype(np.uint8)
    data, size = fixed.tobytes(), fixed.itemsize
    return [data[i * size : (i + 1) * size] + pack_id(id_) for i, id_ in enumerate(ids)]


def unpack_records(packed: Sequence[bytes], num_perm: int) -> Records:
    """Read small records.

    Raises
    ------
    UnreadableError
        If these are not the bytes of some.
    """
    kind = _record_type(num_perm)
    if any(len(each) < kind.itemsize for each in packed):
        raise UnreadableError("a stored document cannot be read (its record is too short)")
    fixed = np.frombuffer(bytearray().join([each[: kind.itemsize] for each in packed]), kind, len(packed))
    low = np.ascontiguousarray(fixed["low"])
    return Records(fixed["digest"].copy(), fixed["anchors"].astype(np.int64), low, packed)


def id_of(record: bytes, num_perm: int) -> Id:
    """Read the id of a small record alone."""
    return unpack_id(record[_record_type(num_perm).itemsize :])


@lru_cache(maxsize=8)
def _record_type(num_perm: int) -> np.dtype[Any]:
    return np.dtype([("digest", "<u8"), ("chars", "<u4"), ("anchors", "<u4"), ("low", "u1", (num_perm,))])


def pack_payload(document: Payload) -> bytes:
    """Write a document without its id.

    Zstandard of GB18030 takes a fifth less than of UTF-8, for Chinese is two bytes a character there. It holds every
    code point but lone surrogates.

    Raises
    ------
    TypeError
        If the data are neither bytes nor plain data of JSON.
    """
    text, title, data = document
    try:
        coding, raw = _GB18030, text.encode("gb18030")
    except UnicodeEncodeError:
        coding, raw = _UTF8, text.encode("utf-8", "surrogatepass")
    kind, written = pack_data(data)
    named = title.encode("utf-8", "surrogatepass")
    return _HEAD.pack(coding, kind, len(named), len(written)) + named + written + _compressors().compress(raw)


class _Compressors(local):
    """One for each thread; a new one for every document costs as much as its work."""

    def __init__(self) -> None:
        self._zstd = zstd_module()
        self._one = self._zstd.ZstdCompressor(level=_LEVEL)

    def compress(self, raw: bytes) -> bytes:
        packed: bytes = self._one.compress(raw, self._zstd.ZstdCompressor.FLUSH_FRAME)
        return packed


@lru_cache(maxsize=1)
def _compressors() -> _Compressors:
    return _Compressors()


def unpack_payload(packed: bytes) -> Payload:
    """Read a document without its id.

    Raises
    ------
    UnreadableError
        If these are not the bytes of one.
    """
    try:
        coding, kind, title_bytes, data_bytes = _HEAD.unpack_from(packed)
        title_end = _HEAD.size + title_bytes
        title = packed[_HEAD.size : title_end].decode("utf-8", "surrogatepass")
        data = _unpack_data(kind, packed[title_end : title_end + data_bytes])
        raw = zstd_module().decompress(packed[title_end + data_bytes :])
        text = raw.decode("gb18030") if coding == _GB18030 else raw.decode("utf-8", "surrogatepass")
    except (struct.error, zstd_module().ZstdError, ValueError) as error:
        raise UnreadableError(f"a stored document cannot be read ({error})") from error
    return Payload(text, title, data)


def pack_data(data: object) -> tuple[int, bytes]:
    """Write what a user keeps with a document, and say how it is written.

    Raises
    ------
    TypeError
        If it is neither bytes nor plain data of JSON.
    """
    if data is None:
        return _NO_DATA, b""
    if isinstance(data, (bytes, bytearray, memoryview)):
        return _BYTES, bytes(data)
    try:
        return _JSON, json.dumps(data, allow_nan=False, separators=(",", ":")).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise TypeError(f"data must be bytes, or plain data that JSON can hold ({error})") from error


def _unpack_data(kind: int, written: bytes) -> Any:  # noqa: ANN401
    return None if kind == _NO_DATA else written if kind == _BYTES else json.loads(written)
