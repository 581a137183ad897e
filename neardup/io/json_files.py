"""JSON: an object a line, or an array of objects, read object by object."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import IO, TYPE_CHECKING, Any

import msgspec
import numpy as np

from neardup.errors import InputError
from neardup.io.bounded import read_lines, too_much
from neardup.io.framed import Frame, FramedWriter
from neardup.io.json_records import read_record, simple_records, with_removed
from neardup.io.records import BYTE_ORDER_MARK, Fields, Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from neardup.io.atomic import WholeFile
    from neardup.io.blocks import Block
    from neardup.io.records import Columns
    from neardup.spans import Stretch

_PIECE_BYTES = 1 << 20
_SPACE = b" \t\r\n"
_TOKEN = re.compile(rb'[\[\]{},"]')
_STRING_REST = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+("?)', re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Objects:
    """JSON objects in UTF-8, or in an encoding that has ASCII in it."""

    fields: Fields
    encoding: str = "utf-8"

    def read(self, raw: bytes) -> Record:
        """Read an object."""
        return read_record(self._utf8(raw), self.fields)

    def rewritten(self, raw: bytes, removed: Sequence[Stretch]) -> bytes:
        """Take stretches of its text out of an object; without any it stays as it is written."""
        line = self._utf8(raw)
        return with_removed(line, self.fields, removed) if removed else line

    def _utf8(self, raw: bytes) -> bytes:
        if self.encoding == "utf-8":
            return raw.removeprefix(BYTE_ORDER_MARK)
        try:
            return raw.decode(self.encoding).removeprefix("\ufeff").encode("utf-8")
        except UnicodeDecodeError as error:
            shown = raw[error.start : error.start + 4].hex(" ")
            message = f"not valid {self.encoding} (bytes {shown} at byte {error.start} of the record); repair it, or "
            raise InputError(message + "say its encoding", parameter="encoding") from error


class JsonLines(_Objects):
    """An object a line; the number of a record is that of its line."""

    def records(self, file: IO[bytes], longest: int, most: int | None) -> Iterator[tuple[int, bytes | None]]:
        """Give the lines that are not empty."""
        return _not_empty(enumerate(read_lines(file, longest, most), start=1))

    def records_in(self, block: Block) -> Iterator[tuple[int, bytes | None]]:
        """Give those of a block, as `records` does."""
        return _not_empty((number, line and line.rstrip(b"\r\n")) for number, line in block.lines())

    def is_as_written(self, block: Block) -> bool:
        """Tell whether lines stay as they are where nothing changes in them."""
        if self.encoding != "utf-8" or block.data is None:
            return False
        return not (np.frombuffer(block.data, np.uint8)[block.starts] == BYTE_ORDER_MARK[0]).any()

    def read_block(self, block: Block) -> Columns | None:
        """Read lines at once, faster than one by one; None if one of them takes a closer look."""
        if self.encoding != "utf-8" or block.data is None:
            return None
        data = np.frombuffer(block.data, np.uint8)
        lasts = block.ends - 1
        for sign in b"\n\r":
            lasts = lasts - (data[np.maximum(lasts, 0)] == sign)
        # A line that begins and ends as an object does holds one or several whole ones, since no value that follows
        # another one begins so; as many objects as lines are one a line.
        if not ((data[block.starts] == ord("{")) & (data[np.maximum(lasts, 0)] == ord("}"))).all():
            return None
        try:
            found = _decoder().decode_lines(block.data)
        except (ValueError, RecursionError):
            return None
        return simple_records(found, self.fields) if len(found) == len(block.ends) else None

    def writer(self, file: WholeFile, encoding: str, *, has_mark: bool) -> FramedWriter:
        """Begin to write such a file."""
        return FramedWriter(file, Frame(b"", b"\n", b"\n", b""), encoding, has_mark=has_mark)


def _not_empty(lines: Iterable[tuple[int, bytes | None]]) -> Iterator[tuple[int, bytes | None]]:
    for number, line in lines:
        if line is None or not (not line or line.isspace()):
            yield number, line


@lru_cache(maxsize=1)
def _decoder() -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder()


class JsonArray(_Objects):
    """An array of objects; they are numbered from 1."""

    def records(self, file: IO[bytes], longest: int, most: int | None) -> Iterator[tuple[int, bytes | None]]:
        """Give the elements of the array."""
        return enumerate(elements(file, longest, most), start=1)

    def writer(self, file: WholeFile, encoding: str, *, has_mark: bool) -> FramedWriter:
        """Begin to write such a file."""
        return FramedWriter(file, Frame(b"[\n", b",\n", b"\n]\n", b"[]\n"), encoding, has_mark=has_mark)


def elements(file: IO[bytes], longest: int, most: int | None = None) -> Iterator[bytes | None]:
    r"""Give the elements of a JSON array one by one as they are written, and None for each that is too long.

    What is inside of an element is not looked at, but for its strings and brackets.

    Raises
    ------
    InputError
        If there is no array, it does not end, something stands behind it, or the file has more than `most` bytes.

    Examples
    --------
    >>> from io import BytesIO
    >>> list(elements(BytesIO(b'[{"a": "],"}, 1 ,\n[2, 3]]'), 99))
    [b'{"a": "],"}', b'1', b'[2, 3]']
    """
    data, at, start, total, depth = b"", 0, 0, 0, 0
    count, in_string, is_long, is_over = 0, False, False, False
    while piece := file.read(_PIECE_BYTES):
        total += len(piece)
        if most is not None and total > most:
            raise too_much(most)
        # Of an element that is too long nothing is held.
        is_long = is_long or at - start > longest
        data, at, start = (data[at:], 0, 0) if is_long else (data[start:], at - start, 0)
        data += piece
        while not is_over:
            if in_string:
                rest = _STRING_REST.match(data, at)
                assert rest is not None
                at, in_string = rest.end(), not rest[1]
                if in_string:
                    break
            token = _TOKEN.search(data, at)
            if token is None:
                at = len(data)
                break
            at = token.end()
            sign = token[0]
            if depth == 0:
                if sign != b"[" or data[: at - 1].removeprefix(BYTE_ORDER_MARK).strip(_SPACE):
                    raise _no_array(data)
                depth, start = 1, at
            elif sign == b'"':
                in_string = True
            elif sign in b"[{":
                depth += 1
            elif sign in b"]}" and depth > 1:
                depth -= 1
            elif depth == 1 and sign != b"{":
                element = data[start : at - 1].strip(_SPACE)
                is_over = sign != b","
                if sign == b"}" or (not element and not is_long and not (is_over and count == 0)):
                    raise InputError(f"not JSON: no element between two signs after element {count}")
                if element or is_long:
                    count += 1
                    yield None if is_long or at - 1 - start > longest else element
                start, is_long = at, False
        if is_over:
            if data[start:].strip(_SPACE):
                raise InputError("not JSON: more text behind the end of the array")
            at = start = len(data)
    if not is_over:
        if depth:
            raise InputError(f"the JSON array is cut off after element {count}; get the whole file")
        raise _no_array(data)


def _no_array(data: bytes) -> InputError:
    if data.removeprefix(BYTE_ORDER_MARK).lstrip(_SPACE).startswith(b"{"):
        remedy = "take the array of records out of it first, for example with jq '.data'"
        return InputError(f"a single JSON object; {remedy}")
    return InputError("no JSON array of objects; repair it, or rename it if it is something else")
