"""Arrow columns to fuzz with, made by hand: exact buffers that are freed when the column is released, right or wrong.

A library of Arrow would round its buffers up, and its allocator would hide from the sanitizer what is read behind them.
"""

from __future__ import annotations

import ctypes
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from benchmarks.fuzz.texts import offsets
from neardup._reference import arrow as c

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

FORMATS = (b"u", b"U", b"vu")
OTHER_FORMATS = (b"n", b"l", b"z", b"Z", b"vz", b"+s", b"+l", b"", b"uu", b"i", b"\xff", None)

WRONG_BYTES = (
    *(b"\x80", b"\xc0\x80", b"\xc2", b"\xe0\x9f\xbf", b"\xe5\xa4", b"\xed\xa0\x80", b"\xf0\x8f\xbf\xbf"),
    *(b"\xf0\xa0\x80", b"\xf4\x90\x80\x80", b"\xff", b"\xe5\xa4\x41", b"\xf0\xa0\x41\x80"),
)

INDICES = {b"c": (1, True), b"C": (1, False), b"s": (2, True), b"S": (2, False)}
INDICES |= {b"i": (4, True), b"I": (4, False), b"l": (8, True), b"L": (8, False)}
"""The formats of indices into a dictionary: how many bytes, and whether they are signed."""

FAULTS = (
    *("null", "uncounted", "bytes", "format", "dictionary", "length", "offset", "overflow", "n_buffers", "no offsets"),
    *("no data", "descending", "negative", "view", "stream", "stream, silent", "schema"),
    *("index", "negative index", "no values", "released values", "released schema"),
)
"""What may be wrong with a column: all of it can be told without knowing how long buffers are."""

_RELEASE = ctypes.CFUNCTYPE(None, ctypes.c_void_p)
_GET_SCHEMA, _GET_NEXT = (dict(c.ArrowArrayStream._fields_)[name] for name in ("get_schema", "get_next"))
_GET_ERROR = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)
_WHY = ctypes.create_string_buffer(b"disk on fire")


def _held(buffer: bytes | None) -> Any:  # noqa: ANN401
    """Give memory of exactly the size of a buffer."""
    return None if buffer is None else ctypes.create_string_buffer(buffer, max(1, len(buffer)))


def capsule(structure: ctypes.Structure, name: bytes) -> object:
    """Wrap a structure; the caller keeps it alive."""
    make = ctypes.pythonapi.PyCapsule_New
    make.restype, make.argtypes = ctypes.py_object, [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
    made: object = make(ctypes.addressof(structure), name, None)
    return made


class Column:
    """A column of strings that comes through the C data interface.

    Parameters
    ----------
    texts
        Its strings, encoded; None for null.
    format
        What Arrow calls the type.
    rows
        How many rows each chunk has; one chunk comes as an array, several as a stream.
    index
        One of `INDICES`, if the strings are in a dictionary.
    fault
        One of `FAULTS`.
    before
        Rows that lie in the buffers of each chunk before its own.
    again
        Whether every call gives the capsules of the first one.
    """

    def __init__(
        self,
        texts: Sequence[bytes | None],
        format: bytes,  # noqa: A002
        rows: Sequence[int],
        *,
        index: bytes = b"",
        fault: str = "",
        before: int = 0,
        again: bool = False,
    ) -> None:
        self.texts, self.format, self.rows = texts, format, rows
        self.index, self.fault, self.before, self.again = index, fault, before, again
        self.released_twice = 0
        self._capsules: Any = None
        self._kept: list[object] = []  # structures and callbacks, as long as the column lives
        if len(rows) == 1 and "stream" not in fault and fault != "schema":
            self.__arrow_c_array__ = self._array_capsules
        else:
            self.__arrow_c_stream__ = self._stream_capsule

    def __len__(self) -> int:
        return len(self.texts)

    def __repr__(self) -> str:
        wrong = f", fault={self.fault!r}" if self.fault else ""
        index = f", index={self.index!r}" if self.index else ""
        return f"Column({self.texts!r}, {self.format!r}, rows={self.rows}{index}, before={self.before}{wrong})"

    def _array_capsules(self, requested_schema: object = None) -> tuple[object, object]:
        if not (self.again and self._capsules):
            schema, array = c.ArrowSchema(), c.ArrowArray()
            self._fill_schema(schema)
            self._fill_array(array, list(self.texts))
            self._kept += [schema, array]
            self._capsules = capsule(schema, b"arrow_schema"), capsule(array, b"arrow_array")
        found: tuple[object, object] = self._capsules
        return found

    def _stream_capsule(self, requested_schema: object = None) -> object:
        if not (self.again and self._capsules):
            stream = c.ArrowArrayStream()
            self._fill_stream(stream)
            self._kept.append(stream)
            self._capsules = capsule(stream, b"arrow_array_stream")
        return self._capsules

    def _on_release(self, structure: Any, buffers: list[Any], values: Any = None) -> Any:  # noqa: ANN401
        """Give a callback that frees buffers once, and a dictionary, and marks a structure as released."""
        is_released = False

        def release(address: int) -> None:
            nonlocal is_released
            self.released_twice += is_released
            is_released = True
            buffers.clear()
            if values is not None and values.release:
                values.release(ctypes.addressof(values))
            structure.from_address(address).release = _RELEASE()

        made = _RELEASE(release)
        self._kept.append(made)
        return made

    def _fill_schema(self, schema: Any) -> None:  # noqa: ANN401
        schema.format, values = self.index or self.format, None
        if self.index:
            values = c.ArrowSchema(format=self.format)
            values.release = self._on_release(c.ArrowSchema, [])
            if self.fault == "released schema":
                values.release = _RELEASE()
            schema.dictionary = ctypes.addressof(values)
            self._kept.append(values)
        if self.fault == "dictionary":
            schema.dictionary = ctypes.addressof(schema)
        schema.release = self._on_release(c.ArrowSchema, [], values)

    def _fill_array(self, array: Any, texts: list[bytes | None]) -> None:  # noqa: ANN401
        if not self.index:
            self._put(array, texts, self._buffers(texts))
            return
        strings = [*dict.fromkeys(texts)]  # a null is one of the dictionary
        strings.insert(1, b"unused")
        places = [*[0] * self.before, *map(strings.index, texts)]
        width, is_signed = INDICES[self.index]
        if texts and self.fault == "index":
            places[-1] = len(strings)
        if texts and self.fault == "negative index":
            places[-1] = -1 if is_signed else 2 ** (8 * width) - 1
        written = (
            None
            if self.fault == "no offsets"
            else b"".join(place.to_bytes(width, "little", signed=is_signed) for place in places)
        )
        values = c.ArrowArray()
        self._put(values, strings, self._buffers(strings))
        if self.fault == "released values":
            values.release = _RELEASE()
        self._put(array, [b""] * len(texts), [None, written], values)
        if self.fault != "no values":
            array.dictionary = ctypes.addressof(values)
        self._kept.append(values)

    def _put(
        self,
        array: Any,  # noqa: ANN401
        texts: list[bytes | None],
        buffers: list[bytes | None],
        values: Any = None,  # noqa: ANN401
    ) -> None:
        held = [_held(buffer) for buffer in buffers]
        addresses = (ctypes.c_void_p * len(held))(*(None if each is None else ctypes.addressof(each) for each in held))
        array.length, array.offset, array.n_buffers = len(texts), self.before, len(held)
        array.null_count = -1 if self.fault == "uncounted" else texts.count(None)
        array.buffers = ctypes.cast(addresses, ctypes.POINTER(ctypes.c_void_p))
        wrong = {
            "length": ("length", -1),
            "offset": ("offset", -1),
            "overflow": ("offset", 2**63 - 1),
            "n_buffers": ("n_buffers", 2),
        }
        if self.fault in wrong:
            setattr(array, *wrong[self.fault])
        array.release = self._on_release(c.ArrowArray, [*held, addresses], values)
        held.clear()

    def _buffers(self, texts: list[bytes | None]) -> list[bytes | None]:
        padded = [b"\xff" * (13 * (row % 2)) for row in range(self.before)] + [text or b"" for text in texts]
        valid = [True] * self.before + [text is not None for text in texts]
        bits = sum(bit << place for place, bit in enumerate(valid)).to_bytes(len(valid) // 8 + 1, "little")
        validity = bits if not all(valid) or self.fault == "uncounted" else None
        rows = self._views(padded) if self.format == b"vu" else self._offsets(padded)
        if self.fault == "no offsets":
            rows[0] = None
        if self.fault == "no data":
            rows[1] = None
        return [validity, *rows]

    def _offsets(self, texts: list[bytes]) -> list[bytes | None]:
        edges = offsets([*map(len, texts)])
        if self.fault == "descending" and len(edges) > 1:
            edges[-1] = edges[-2] - 1
        if self.fault == "negative":
            edges[self.before] = -1
        width = 8 if self.format == b"U" else 4
        return [b"".join(edge.to_bytes(width, "little", signed=True) for edge in edges), b"".join(texts)]

    def _views(self, texts: list[bytes]) -> list[bytes | None]:
        """Put long strings into two buffers by turns; the last buffer says how long these are."""
        data = [b"", b""]
        views = b""
        for row, text in enumerate(texts):
            view = len(text).to_bytes(4, "little")
            if len(text) <= 12:
                view += text.ljust(12, b"\0")
            else:
                buffer, start = row % 2, len(data[row % 2])
                data[buffer] += text
                if self.fault == "view":
                    start += 1 + len(data[buffer])
                if self.fault == "negative":
                    buffer = -1
                view += text[:4] + buffer.to_bytes(4, "little", signed=True) + start.to_bytes(4, "little")
            views += view
        return [views, *data, b"".join(len(buffer).to_bytes(8, "little") for buffer in data)]

    def _fill_stream(self, stream: Any) -> None:  # noqa: ANN401
        chunks = iter([list(self.texts[start:stop]) for start, stop in pairwise(offsets(list(self.rows)))])

        def get_schema(_: int, schema: Any) -> int:  # noqa: ANN401
            if self.fault == "schema":
                return 5
            self._fill_schema(schema.contents)
            return 0

        def get_next(_: int, array: Any) -> int:  # noqa: ANN401
            chunk = next(chunks, None)
            if chunk is None and self.fault.startswith("stream"):
                return 5
            if chunk is None:
                array.contents.release = _RELEASE()
            else:
                self._fill_array(array.contents, chunk)
            return 0

        why = ctypes.addressof(_WHY) if self.fault != "stream, silent" else None
        get_error = _GET_ERROR(lambda _: why)
        stream.get_schema, stream.get_next = _GET_SCHEMA(get_schema), _GET_NEXT(get_next)
        stream.get_last_error = ctypes.cast(get_error, dict(c.ArrowArrayStream._fields_)["get_last_error"])
        stream.release = self._on_release(c.ArrowArrayStream, [])
        self._kept += [stream.get_schema, stream.get_next, get_error]


def column(rng: Random, texts: Sequence[str], *, broken: bool = False, again: bool = False) -> Column:
    """Make a column of texts, of any type, in any number of chunks.

    Parameters
    ----------
    texts
        None of them with lone surrogates.
    broken
        Whether something is wrong with it.
    again
        Whether it may give the capsules of the first call again.
    """
    encoded: list[bytes | None] = [text.encode() for text in texts]
    fault = rng.choice(FAULTS) if broken else ""
    chosen = rng.choice(FORMATS)
    row = rng.randrange(len(encoded)) if encoded else 0
    if fault in {"null", "uncounted"} and encoded:
        encoded[row] = None
    if fault == "bytes" and encoded:
        encoded[row] = (encoded[row] or b"") + rng.choice(WRONG_BYTES) + rng.choice((b"", b"a", b"\x80" * 3))
    if fault == "format":
        chosen = rng.choice(OTHER_FORMATS) or b""
    cuts = sorted(rng.randint(0, len(encoded)) for _ in range(rng.choice((0, 0, 1, 3))))
    rows = [stop - start for start, stop in zip([0, *cuts], [*cuts, len(encoded)], strict=True)]
    return Column(
        encoded,
        chosen,
        rows,
        index=rng.choice([*INDICES]) if rng.random() < 0.3 and len(encoded) < 100 else b"",
        fault=fault,
        before=rng.choice((0, 0, 1, 3, 9)),
        again=again and rng.random() < 0.3,
    )
