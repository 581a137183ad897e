"""Reports for programs: one JSON object, or a JSON object a line."""

from __future__ import annotations

import json
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from neardup.repeats import DocumentRepeats

SCHEMA_VERSION = 1


class JsonReport:
    """One object: ``schema_version``, ``documents``, ``errors``. Documents are written as they come."""

    def __init__(self, out: IO[str]) -> None:
        self.out = out
        self.errors: list[dict[str, str]] = []
        self.separator = "\n"
        out.write(f'{{"schema_version": {SCHEMA_VERSION}, "documents": [')

    def document(self, id: str, found: DocumentRepeats) -> None:  # noqa: A002 - the field's name
        """Report one document."""
        self.out.write(self.separator + _dumps({"id": id, **found.to_dict()}))
        self.separator = ",\n"

    def error(self, message: str) -> None:
        """Report an input that failed."""
        self.errors.append({"message": message})

    def close(self) -> None:
        """Write what follows the documents."""
        self.out.write(f'\n], "errors": {_dumps(self.errors)}}}\n')


class JsonLinesReport:
    """A line each, told apart by ``type``: the ``header`` with ``schema_version``, ``document``, ``error``."""

    def __init__(self, out: IO[str]) -> None:
        self.out = out
        self._line(type="header", schema_version=SCHEMA_VERSION)

    def document(self, id: str, found: DocumentRepeats) -> None:  # noqa: A002 - the field's name
        """Report one document."""
        self._line(type="document", id=id, **found.to_dict())

    def error(self, message: str) -> None:
        """Report an input that failed."""
        self._line(type="error", message=message)

    def close(self) -> None:
        """Do nothing: every line is complete."""

    def _line(self, **fields: Any) -> None:  # noqa: ANN401 - JSON values
        self.out.write(_dumps(fields) + "\n")


def _dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
