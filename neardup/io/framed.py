"""Files of records with signs around them: a header, line breaks, the brackets of an array."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from neardup.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from neardup.io.atomic import WholeFile


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around records in a file, and what a file without any holds."""

    before: bytes
    between: bytes
    after: bytes
    empty: bytes


class FramedWriter:
    """Writes records with what stands around them, in an encoding."""

    def __init__(self, file: WholeFile, frame: Frame, encoding: str, *, has_mark: bool) -> None:
        self._file = file
        self._frame = frame
        self._encoding = encoding
        self._is_first = True
        if has_mark:
            self._write("\ufeff".encode())

    def add(self, data: bytes) -> None:
        """Add a record, in UTF-8."""
        self._write((self._frame.before if self._is_first else self._frame.between) + data)
        self._is_first = False

    def extend(self, records: Sequence[bytes]) -> None:
        """Add several records, in UTF-8."""
        if records:
            self.add(self._frame.between.join(records))

    def finish(self) -> None:
        """Write what stands behind the last record."""
        self._write(self._frame.empty if self._is_first else self._frame.after)

    def _write(self, data: bytes) -> None:
        try:
            self._file.write(data if self._encoding == "utf-8" else data.decode("utf-8").encode(self._encoding))
        except UnicodeEncodeError as error:
            raise lacking(error) from error


def lacking(error: UnicodeEncodeError) -> OutputError:
    """Say which character an encoding has not."""
    message = f"{error.encoding} has no U+{ord(error.object[error.start]):04X}; do not keep the encoding"
    return OutputError(message, parameter="keep_encoding")
