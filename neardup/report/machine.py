"""Reports for programs: one JSON object, or a JSON object a line, in UTF-8."""

from __future__ import annotations

import json
from shutil import copyfileobj
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING, Any

import msgspec

from neardup.io.sources import path_id
from neardup.reasons import reason

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from neardup._typing import Id, Scope
    from neardup.compare import Comparison
    from neardup.errors import NeardupError
    from neardup.model import RemovedParagraph
    from neardup.paragraphs.groups import RepeatedParagraphs
    from neardup.repeats.batch import Repeats
    from neardup.results import Duplicates

SCHEMA_VERSION = 1

ERRORS_IN_MEMORY = 1 << 20
"""Bytes of errors that wait in memory until the documents are written; more of them wait in a file."""


class JsonReport:
    """One object: ``schema_version``, ``documents``, ``errors``; ``duplicates``, ``paragraphs``, ``cleaned`` if wanted.

    Documents are written as they come, with what is ``removed`` and ``kept`` if there is a `scope` of cleaning.
    ``duplicates`` is what `neardup.Duplicates.from_dict` reads, and ``paragraphs`` what
    `neardup.RepeatedParagraphs.from_dict` reads.
    """

    def __init__(self, out: IO[bytes], scope: Scope | None = None) -> None:
        self.out, self.scope = out, scope
        self.errors = SpooledTemporaryFile(ERRORS_IN_MEMORY)  # noqa: SIM115 - until `discard`
        self.compared = b""
        self.separator = b"\n"
        out.write(b'{"schema_version": %d, "documents": [' % SCHEMA_VERSION)

    def document(self, id: Id, found: tuple[Repeats, int] | None, encoding: str | None) -> None:  # noqa: A002
        """Report one document."""
        self.out.write(self.separator + msgspec.json.encode(_document(id, found, encoding, self.scope)))
        self.separator = b",\n"

    def error(self, error: NeardupError) -> None:
        """Report an input that failed."""
        self.errors.write((b"," if self.errors.tell() else b"") + msgspec.json.encode(error_fields(error)))

    def duplicates(self, found: Duplicates) -> None:
        """Report what the documents are to each other."""
        self.compared += b', "duplicates": %b' % msgspec.json.encode(found.to_dict())

    def paragraphs(self, found: RepeatedParagraphs, removed: Sequence[RemovedParagraph] | None) -> None:
        """Report the paragraphs that several documents have, and which were removed if any had to be."""
        listed = {} if removed is None else {"removed": [paragraph.to_dict() for paragraph in removed]}
        self.compared += b', "paragraphs": %b' % msgspec.json.encode(found.to_dict() | listed)

    def cleaned(self, folder: Path, texts: int, changed: int) -> None:
        """Report what was written."""
        self.compared += b', "cleaned": %b' % msgspec.json.encode(_cleaned(folder, texts, changed, self.scope))

    def close(self) -> None:
        """Write what follows the documents."""
        self.out.write(b'\n], "errors": [')
        self.errors.seek(0)
        copyfileobj(self.errors, self.out)
        self.out.write(b"]%b}\n" % self.compared)

    def discard(self) -> None:
        """Give back what errors are kept in."""
        self.errors.close()


class JsonLinesReport:
    """A line each, told apart by ``type``: the ``header`` with ``schema_version``, ``document``, ``error``.

    Where documents were compared, each ``duplicate`` follows, each survivor that is ``related`` to another one, each
    paragraph of ``boilerplate`` that was found, and one line ``duplicates`` with their numbers. Where paragraphs were,
    each group is a ``paragraph``, each one that was taken out a ``removed_paragraph``, and one line ``paragraphs``
    follows. Where files were written, the last line is ``cleaned``.
    """

    def __init__(self, out: IO[bytes], scope: Scope | None = None) -> None:
        self.out, self.scope = out, scope
        self._line("header", {"schema_version": SCHEMA_VERSION})

    def document(self, id: Id, found: tuple[Repeats, int] | None, encoding: str | None) -> None:  # noqa: A002
        """Report one document."""
        self._line("document", _document(id, found, encoding, self.scope))

    def error(self, error: NeardupError) -> None:
        """Report an input that failed."""
        self._line("error", error_fields(error))

    def duplicates(self, found: Duplicates) -> None:
        """Report what the documents are to each other."""
        for type_, matches in (("duplicate", found.duplicates), ("related", found.related)):
            for match in matches:
                self._line(type_, match.to_dict())
        for paragraph in found.boilerplate or ():
            self._line("boilerplate", paragraph.to_dict())
        self._line("duplicates", _counts(found))

    def paragraphs(self, found: RepeatedParagraphs, removed: Sequence[RemovedParagraph] | None) -> None:
        """Report the paragraphs that several documents have, and which were removed if any had to be."""
        for group in found.groups:
            self._line("paragraph", group.to_dict())
        for paragraph in removed or ():
            self._line("removed_paragraph", paragraph.to_dict())
        self._line("paragraphs", found.settings() | {"documents": len(found.ids), "groups": len(found)})

    def cleaned(self, folder: Path, texts: int, changed: int) -> None:
        """Report what was written."""
        self._line("cleaned", _cleaned(folder, texts, changed, self.scope))

    def close(self) -> None:
        """Do nothing: every line is complete."""

    def discard(self) -> None:
        """Do nothing: nothing is kept."""

    def _line(self, type_: str, fields: dict[str, Any]) -> None:
        self.out.write(msgspec.json.encode({"type": type_, **fields}) + b"\n")


def write_comparison(out: IO[bytes], found: Comparison, ids: tuple[Id, Id]) -> None:
    """Write one object: ``schema_version``, the ids ``one`` and ``other``, what `neardup.Comparison.to_dict` gives.

    The ``reason`` stands behind the rule.
    """
    decided = {"relation": found.relation, "rule": found.rule, "reason": reason(found)}
    fields = {"schema_version": SCHEMA_VERSION, "one": ids[0], "other": ids[1], **decided, **found.to_dict()}
    out.write(msgspec.json.encode(fields) + b"\n")


def _document(id_: Id, found: tuple[Repeats, int] | None, encoding: str | None, scope: Scope | None) -> dict[str, Any]:
    """Give a document's fields.

    ``encoding`` only of a text file, what was found only if it was looked for, ``removed`` and ``kept`` only if it was
    cleaned.
    """
    fields: dict[str, Any] = {"id": id_} if encoding is None else {"id": id_, "encoding": encoding}
    if found is None:
        return fields
    repeats, row = found
    document = repeats.document(row)
    fields |= document.to_dict()
    if scope is not None:
        fields["removed"] = [{"start": start, "stop": stop} for start, stop in document.removed(scope)]
        fields["kept"] = [kept.to_dict() for kept in document.kept(scope)]
    return fields


def _counts(found: Duplicates) -> dict[str, Any]:
    """Give the fields of `neardup.Duplicates.to_dict`, with numbers in place of lists."""
    return {
        "config": found.config.to_dict(),
        "fingerprint": found.config.fingerprint(),
        "documents": len(found),
        "survivors": len(found.survivors),
        "duplicates": len(found.duplicates),
        "related": len(found.related),
        "empty": len(found.empty),
        "too_short": len(found.too_short),
        "skipped": len(found.skipped),
        "boilerplate": None if found.boilerplate is None else len(found.boilerplate),
        "cuts": found.cuts.to_dict(),
    }


def _cleaned(folder: Path, texts: int, changed: int, scope: Scope | None) -> dict[str, Any]:
    """Give the fields of what was written: where, without what, how many texts, how many of them lost something."""
    return {"folder": path_id(folder), "scope": scope, "texts": texts, "changed": changed}


def error_fields(error: NeardupError) -> dict[str, Any]:
    """Give an error's fields; ``file`` and ``line`` only where they are known."""
    place = {"file": encodable(error.file), "line": error.line}
    fields = {name: value for name, value in place.items() if value is not None}
    return fields | {"message": encodable(error.message)}


def encodable(text: str | None) -> str | None:
    """Write half characters, which names of files can have and JSON cannot, as escapes."""
    return None if text is None else text.encode("utf-8", "backslashreplace").decode("utf-8")


def json_line(fields: dict[str, Any]) -> bytes:
    """Write an object as a line; what msgspec refuses, great integers and half characters, as JSON can hold it."""
    try:
        return msgspec.json.encode(fields) + b"\n"
    except (OverflowError, UnicodeEncodeError):
        return json.dumps(fields).encode("ascii") + b"\n"
