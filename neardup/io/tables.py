"""Tables of text: CSV and TSV with a header, read row by row and written again as they were."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, replace
from functools import cached_property
from io import BytesIO, StringIO
from typing import IO, TYPE_CHECKING

from neardup.errors import InputError
from neardup.io.bounded import read_lines
from neardup.io.framed import Frame, FramedWriter
from neardup.io.records import Fields, Record, joined, missing, scalar, without_each

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from neardup.io.atomic import WholeFile
    from neardup.spans import Stretch

COMMA, TAB = ",", "\t"
_TAB_OR_BREAK = re.compile(r"[\t\r\n]")
_DELIMITERS = (COMMA, TAB, ";")
_MOST_CHARS = (1 << 31) - 1
_NUMBER = re.compile(r"-?+(?:0|[1-9][0-9]{0,99}+)(?:\.[0-9]{1,99}+)?+(?:[eE][+-]?+[0-9]{1,3}+)?+")
_LOOKED_AT = 1 << 13
"""So many bytes tell whether a file is a table."""


@dataclass(frozen=True)
class Table:
    """The rows of a file, under a header; the number of a row is that of its first line.

    Attributes
    ----------
    fields
        Which columns matter.
    head
        The header as it is written.
    delimiter
        What stands between columns.
    is_quoted
        Whether quotation marks around a value are no part of it.
    encoding
        One that has ASCII in it.
    """

    fields: Fields
    head: bytes
    delimiter: str = COMMA
    is_quoted: bool = True
    encoding: str = "utf-8"

    @cached_property
    def columns(self) -> list[str]:
        """The names in the header."""
        return self._parsed(self.head)

    def records(self, file: IO[bytes], longest: int, most: int | None) -> Iterator[tuple[int, bytes | None]]:
        """Give the rows below the header as they are written, which may be several lines each; not the empty ones."""
        for number, row in rows(file, self.delimiter, longest, most, is_quoted=self.is_quoted):
            if number > 1 and row.strip(b" \r\n"):
                yield number, row.rstrip(b"\r\n")

    def read(self, raw: bytes) -> Record:
        """Read a row."""
        row = self._row(raw)
        text = joined([row[name] for name in self.fields.text])
        fields = self.fields
        return Record(
            text,
            None if fields.id is None else row[fields.id],
            "" if fields.title is None else row[fields.title],
            None
            if fields.priority is None
            else scalar(_typed(row[fields.priority]), fields.priority, "priority_field"),
            None if fields.group is None else row[fields.group] or None,
            None if fields.data is None else row[fields.data] or None,
        )

    def rewritten(self, raw: bytes, removed: Sequence[Stretch]) -> bytes:
        """Take stretches of its text out of a row; without any it stays as it is written."""
        if not removed:
            return self._text(raw).encode("utf-8")
        row, names = self._row(raw), self.fields.text
        row |= dict(zip(names, without_each([row[name] for name in names], removed), strict=True))
        if not self.is_quoted:
            return self.delimiter.join(row.values()).encode("utf-8")
        dialect = csv.unix_dialect if raw.startswith(b'"') else csv.excel  # the first one quotes all
        return self._written(row.values(), dialect).encode("utf-8")

    def writer(self, file: WholeFile, encoding: str, *, has_mark: bool) -> FramedWriter:
        """Begin to write such a file."""
        end = self._end
        head = self._text(self.head.rstrip(b"\r\n")).encode("utf-8") + end
        return FramedWriter(file, Frame(head, end, end, head), encoding, has_mark=has_mark)

    def with_columns(self, names: Sequence[str]) -> Table:
        """Give the table with more columns behind its own, in UTF-8; `extended` gives its rows."""
        return replace(
            self,
            head=self.extended(self._text(self.head).rstrip("\r\n").encode("utf-8"), names) + self._end,
            encoding="utf-8",
        )

    def extended(self, row: bytes, values: Sequence[str]) -> bytes:
        """Add values at the end of a row in UTF-8."""
        if not self.is_quoted:  # then no value can have what stands between two
            values = [_TAB_OR_BREAK.sub(" ", value) for value in values]
            return self.delimiter.join([row.decode("utf-8"), *values]).encode("utf-8")
        return row + (self.delimiter + self._written(values, csv.excel)).encode("utf-8")

    def _row(self, raw: bytes) -> dict[str, str]:
        names, values = self.columns, self._parsed(raw)
        if len(values) != len(names):
            raise InputError(f"a row of {len(values)} columns under a header of {len(names)}")
        return dict(zip(names, values, strict=True))

    @property
    def _end(self) -> bytes:
        return b"\r\n" if self.head.endswith(b"\r\n") else b"\n"

    def _written(self, values: Iterable[str], dialect: type[csv.Dialect]) -> str:
        out = StringIO()
        # Of line breaks in values those of the line terminator are what makes a value be quoted.
        csv.writer(out, dialect, delimiter=self.delimiter, lineterminator="\r\n").writerow(values)
        return out.getvalue().removesuffix("\r\n")

    def _parsed(self, raw: bytes) -> list[str]:
        text = self._text(raw).rstrip("\r\n")
        if not self.is_quoted:
            return text.split(self.delimiter)
        reader = _reader(StringIO(text, newline=""), self.delimiter)
        try:
            row, more = next(reader, []), next(reader, None)
        except csv.Error as error:
            raise InputError(f"not a row of a table: {error}") from error
        if more is not None:
            raise InputError("not a row of a table: a carriage return without a line feed; convert the line breaks")
        return row

    def _text(self, raw: bytes) -> str:
        try:
            return raw.decode(self.encoding).removeprefix("\ufeff")
        except UnicodeDecodeError as error:
            shown = raw[error.start : error.start + 4].hex(" ")
            message = f"not valid {self.encoding} (bytes {shown} at byte {error.start} of the row); repair it, or "
            raise InputError(message + "say its encoding", parameter="encoding") from error


def _typed(value: str) -> str | int | float | None:
    """Give what a value is in an order: a number, if it is written as JSON writes one; nothing is null."""
    if not _NUMBER.fullmatch(value):
        return value or None
    return float(value) if set(value) & set(".eE") else int(value)


def table(head: bytes, fields: Fields, encoding: str, delimiter: str | None = None) -> Table:
    """Make out how a table is written.

    Parameters
    ----------
    head
        How it begins.
    fields
        Which columns matter.
    encoding
        One that has ASCII in it.
    delimiter
        What stands between columns; by default what makes most of the header, and has the columns that matter.

    Raises
    ------
    InputError
        If there is no header, or two columns have one name.
    ShapeError
        If a column that matters is missing.
    """
    wanted = {*fields.text, *filter(None, [fields.id])}
    found: list[tuple[list[str], Table]] = []
    faults: list[InputError] = []
    for each in (delimiter,) if delimiter else _DELIMITERS:
        _, first = next(rows(BytesIO(head), each, len(head), None), (1, b""))
        one = Table(fields, first, each, _is_quoted(head, each), encoding)
        try:
            found.append((one.columns, one))
        except InputError as error:  # as where the header is quoted otherwise
            faults.append(error)
    if not found:
        message = f"a table whose header cannot be read ({faults[0].message}); write the names of its columns there"
        raise InputError(message, line=1)
    columns, best = max(found, key=lambda each: (wanted <= set(each[0]), len(each[0])))
    if not any(columns):
        raise InputError("a table without a header; write the names of its columns into the first line", line=1)
    for name, parameter in fields.named():
        if name not in columns:
            raise missing(name, columns, parameter)
    if len(set(columns)) < len(columns):
        twice = next(name for name in columns if columns.count(name) > 1)
        raise InputError(f'two columns are called "{twice}"; rename one', line=1)
    return best


def is_table(head: bytes, fields: Fields, encodings: Sequence[str]) -> bool:
    """Tell a table from prose: the first row names the text fields, and the next one has as many columns.

    No name is empty, and no two are equal. A row that goes on behind what is looked at may have any columns.
    """
    lines = head[:_LOOKED_AT].splitlines(keepends=True)
    is_cut = len(head) > _LOOKED_AT
    return any(
        _are_rows([line.decode(encoding, "replace") for line in lines], delimiter, fields, is_cut=is_cut)
        for encoding in encodings
        for delimiter in _DELIMITERS
    )


def _are_rows(lines: Sequence[str], delimiter: str, fields: Fields, *, is_cut: bool) -> bool:
    given = (line.removeprefix("\ufeff") for line in lines if line.strip())
    try:
        reader = _reader(given, delimiter, strict=False)
        names, row = next(reader, []), next(reader, None)
    except csv.Error:
        return False
    if len(names) < 2 or not all(names) or len(set(names)) < len(names) or not {*fields.text} <= {*names}:
        return False
    return row is None or len(row) >= len(names) or (is_cut and next(given, None) is None)


def rows(
    file: IO[bytes], delimiter: str, longest: int, most: int | None, *, is_quoted: bool = True
) -> Iterator[tuple[int, bytes]]:
    """Give the rows of a table as they are written, each with the number of its first line.

    A quoted value may have line breaks. Where they end is told without decoding: all that matters is ASCII.

    Raises
    ------
    InputError
        If a row has more bytes than allowed, as where a quotation mark is not closed.
    """
    taken: list[bytes] = []
    size = 0

    def lines() -> Iterator[str]:
        nonlocal size
        for line in read_lines(file, longest, most, keep_breaks=True):
            size += len(line or b"")
            if line is None or size > longest:
                message = f"a row of more than {longest:,} bytes; close its quotation marks, or allow more"
                raise InputError(message, line=first, parameter="max_document_size")
            taken.append(line)
            yield line.decode("latin-1")

    given = lines()
    reader = _reader(given, delimiter) if is_quoted else None
    first = 1
    while True:
        taken.clear()
        size = 0
        try:
            next(given if reader is None else reader)
        except StopIteration:
            return
        except csv.Error:
            pass  # whoever reads the row says so
        if taken:
            yield first, b"".join(taken)
        first += len(taken)


def _is_quoted(head: bytes, delimiter: str) -> bool:
    """Tell whether quotation marks around values are no part of them: always, but in tables by tabulators of prose."""
    if delimiter != TAB:
        return True
    complete = [line.decode("latin-1") for line in head.splitlines(keepends=True) if line.endswith((b"\n", b"\r"))]
    try:
        counts = {len(row) for row in _reader(iter(complete), delimiter) if row}
    except csv.Error as error:
        return "unexpected end" in str(error)
    return len(counts) <= 1


def _reader(lines: Iterable[str], delimiter: str, *, strict: bool = True) -> Iterator[list[str]]:
    csv.field_size_limit(_MOST_CHARS)
    return csv.reader(lines, delimiter=delimiter, strict=strict)
