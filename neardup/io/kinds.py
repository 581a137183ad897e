"""What a file is, by what it holds: text, JSON lines, a JSON array, a table, Parquet."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path, PurePath
from typing import IO, TYPE_CHECKING

from neardup.errors import InputError
from neardup.io.compression import compression_of
from neardup.io.encodings import AUTO, byte_order_mark, decode, is_wide
from neardup.io.json_files import JsonArray, JsonLines
from neardup.io.opening import HEAD_BYTES, Opened, recoded
from neardup.io.parquet import ParquetRows
from neardup.io.records import BYTE_ORDER_MARK
from neardup.io.sources import KINDS_BY_SUFFIX
from neardup.io.tables import TAB, is_table, table

if TYPE_CHECKING:
    from neardup.io.records import Fields
    from neardup.io.sources import Kind, Source

_LINES_LOOKED_AT = 8
_OBJECT = re.compile(rb'\s*+\{\s*+(?:\}|"[^"\\]*+(?:\\.[^"\\]*+)*+"\s*+:)', re.DOTALL)
_ARRAY = re.compile(rb"\s*+\[\s*+\{")
_UNMARKED = {"utf-16": "utf-16-le", "utf-32": "utf-32-le"}
_TABLE_ENCODINGS = ("utf-8", "gb18030", "cp950")


def settled(source: Source, stream: Opened, fields: Fields, encoding: str = AUTO) -> tuple[Source, IO[bytes]]:
    """Tell what an opened file is, unless its source says so, and how its records are read.

    Parameters
    ----------
    source
        Where it stands.
    stream
        The file.
    fields
        Where records have their text and id.
    encoding
        See `neardup.io.encodings.decode`. A byte order mark decides over it. JSON is UTF-8 unless told otherwise.

    Returns
    -------
    Source
        With its kind, compression and encoding, and how its records are read if it holds some.
    file
        What to read it from.

    Raises
    ------
    InputError
        If it holds records that cannot be read.
    """
    mark = byte_order_mark(stream.head)
    given = mark or (None if encoding == AUTO else encoding)
    given = _UNMARKED.get(given or "", given)
    head, file = stream.head, stream.file
    if given and is_wide(given):
        head = head.decode(given, "ignore").encode("utf-8", "ignore")
    kind = source.kind or kind_of(head, _plain(source.name), fields)
    name = source.name if source.path else Path(f"stdin{_suffix(kind)}{stream.compression}")
    source = replace(source, kind=kind, compression=stream.compression, name=name)
    if kind == "text":
        return source, file
    if kind == "parquet":
        if source.path is None or source.compression:
            raise InputError("Parquet is read from its end; give an uncompressed file of its own")
        return replace(source, records=ParquetRows(fields, source.path)), file
    if kind in {"csv", "tsv"} and given is None:
        given = _encoding_of(head)
    given = given or "utf-8"
    source = replace(source, encoding=given, has_mark=mark is not None)
    if is_wide(given) or (kind == "json" and given != "utf-8"):
        file, given = recoded(file, given), "utf-8"
    if kind == "jsonl":
        return replace(source, records=JsonLines(fields, given)), file
    if kind == "json":
        return replace(source, records=JsonArray(fields)), file
    return replace(source, records=table(head, fields, given, TAB if kind == "tsv" else None)), file


def kind_of(head: bytes, name: PurePath, fields: Fields) -> Kind:
    """Tell what a file is by how it begins; by its name if what it holds leaves that open.

    Prose is taken for nothing else: JSON begins as JSON does and goes on so, and a table has a header that names the
    text fields, or a name that says so.

    Parameters
    ----------
    head
        `HEAD_BYTES` of the file in UTF-8 or another encoding that has ASCII in it, or the whole file.
    name
        Its name, without the end that stands for a compression.
    fields
        Where records have their text and id.
    """
    by_name = KINDS_BY_SUFFIX.get(name.suffix.lower(), "text")
    start = head.removeprefix(BYTE_ORDER_MARK)
    if start.startswith(b"PAR1"):
        return "parquet"
    if _ARRAY.match(start) or (by_name == "json" and start.lstrip().startswith(b"[")):
        return "json"
    if _OBJECT.match(start):
        is_whole = len(head) < HEAD_BYTES
        if by_name == "jsonl" or _are_lines(start, is_whole=is_whole):
            return "jsonl"
        if by_name == "json" or _is_object(start, is_whole=is_whole):
            return "json"
    if by_name == "text" and is_table(start, fields, _TABLE_ENCODINGS):
        return "csv"
    return by_name


def _are_lines(start: bytes, *, is_whole: bool) -> bool:
    """Tell whether at least half of the first lines are objects; one line that is longer than the head is one."""
    lines = start.splitlines()
    if not is_whole:
        del lines[-1:]
    lines = [line for line in lines if line.strip()][:_LINES_LOOKED_AT]
    return 2 * sum(map(_is_json_object, lines)) >= len(lines)


def _is_json_object(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line.decode("latin-1")), dict)
    except (ValueError, RecursionError):
        return False


def _is_object(start: bytes, *, is_whole: bool) -> bool:
    """Tell whether a file begins with an object over several lines, and goes on with another one if at all."""
    text = start.decode("latin-1").lstrip()
    try:
        _, stop = json.JSONDecoder(strict=False).raw_decode(text)
    except json.JSONDecodeError as error:
        # Where the head ends inside a value, that is near its end, or at the start of a string.
        is_cut = error.pos >= len(text.rstrip()) - len(r"\uFFFF") or "Unterminated" in error.msg
        return not is_whole and is_cut
    except RecursionError:
        return True
    return not text[stop:].strip() or text[stop:].lstrip().startswith("{")


def _encoding_of(head: bytes) -> str:
    """Tell the encoding of a table by its first lines."""
    complete = head[: head.rfind(b"\n") + 1] if len(head) >= HEAD_BYTES else head
    return decode(complete).encoding


def _plain(name: PurePath) -> PurePath:
    return PurePath(name.name[: len(name.name) - len(compression_of(name))] or name.name)


def _suffix(kind: Kind) -> str:
    return next((suffix for suffix, each in KINDS_BY_SUFFIX.items() if each == kind), ".txt")
