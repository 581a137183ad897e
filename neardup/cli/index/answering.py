"""Answers of an index, a line of JSON each, in the order of the documents."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from neardup.cli.faults import TAKE_OUT, advised
from neardup.cli.process import complain
from neardup.cli.work import Failed, Read
from neardup.errors import InputError, NeardupError
from neardup.io.faults import failure
from neardup.report.machine import SCHEMA_VERSION, error_fields, json_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from neardup.cli.work import Outcome
    from neardup.index import Answers, Index, IndexMatch

    Row = dict[str, Any]
    Ask = Callable[[Sequence[Read]], list[Row]]

_IN_PYTHON = " (replace=True)"


@dataclass(slots=True)
class Answering:
    """Asks about documents, and writes a line for each.

    Attributes
    ----------
    out
        Where lines go: first a ``header``, then an ``answer`` or an ``error`` for each document.
    ask
        Gives the fields of the answers to documents, of which no two have one id.

    Raises
    ------
    NeardupError
        If the index cannot be read or written: by every method that asks.
    """

    out: IO[bytes]
    ask: Ask
    failed: bool = False
    pages: int = 0

    def begin(self, index: Index) -> None:
        """Write the header."""
        fields = {"schema_version": SCHEMA_VERSION, "index": index.name, "documents": len(index)}
        self._line("header", fields | {"fingerprint": index.config.fingerprint()})
        self.out.flush()

    def take(self, outcomes: Iterable[Outcome], *, strict: bool) -> None:
        """Answer documents, and name what could not be read; with `strict` nothing behind a fault is asked."""
        documents: dict[str, Read] = {}
        for outcome in outcomes:
            if isinstance(outcome, Read):
                self.pages += outcome.is_page
                if str(outcome.id) in documents:
                    self._answer(documents, strict=strict)
                documents[str(outcome.id)] = outcome
            elif isinstance(outcome, Failed):
                self._answer(documents, strict=strict)
                self._fail(outcome.error)
            if strict and self.failed:
                break
        self._answer(documents, strict=strict)
        self.out.flush()

    def finish(self) -> None:
        """Say what people should know of all documents."""
        if self.pages:
            said = f"records that are HTML pages, whose menus count as text: {self.pages:,}"
            print(f"neardup: {said}; {TAKE_OUT}", file=sys.stderr)

    def _answer(self, documents: dict[str, Read], *, strict: bool) -> None:
        if not (strict and self.failed):
            self._ask(list(documents.values()), strict=strict)
        documents.clear()

    def _ask(self, documents: Sequence[Read], *, strict: bool) -> None:
        """Answer documents; where that fails of one, the others are not at fault."""
        if not documents or (strict and self.failed):
            return
        try:
            rows = self.ask(documents)
        except NeardupError:
            raise
        except (TypeError, ValueError) as error:
            if len(documents) > 1:
                middle = len(documents) // 2
                self._ask(documents[:middle], strict=strict)
                self._ask(documents[middle:], strict=strict)
                return
            [document] = documents
            said, option, _ = str(error).partition(_IN_PYTHON)
            fault = InputError(said, parameter="replace" if option else None)
            self._fail(failure(fault, document.source.id, document.line), id=document.id)
            return
        for document, row in zip(documents, rows, strict=True):
            self._line("answer", {"id": document.id, **row})

    def _fail(self, error: NeardupError, **more: Any) -> None:  # noqa: ANN401
        self.failed = True
        self._line("error", more | error_fields(advised(error)))
        complain(error)

    def _line(self, type_: str, fields: Row) -> None:
        self.out.write(json_line({"type": type_, **fields}))


def adding(index: Index, *, replace: bool, threads: int | None) -> Ask:
    """Give what adds documents."""

    def ask(documents: Sequence[Read]) -> list[Row]:
        answers = index.add_many(
            [each.text for each in documents],
            ids=[each.id for each in documents],
            title=[each.title for each in documents],
            data=[each.data for each in documents],
            replace=replace,
            threads=threads,
        )
        return rows_of(answers)

    return ask


def checking(index: Index, *, threads: int | None) -> Ask:
    """Give what asks about documents."""

    def ask(documents: Sequence[Read]) -> list[Row]:
        texts, titles = [each.text for each in documents], [each.title for each in documents]
        return rows_of(index.check_many(texts, title=titles, threads=threads))

    return ask


def matching(index: Index, *, limit: int, newer_than: float | None) -> Ask:
    """Give what looks for all that is like documents."""

    def ask(documents: Sequence[Read]) -> list[Row]:
        return [row(each) for each in documents]

    def row(document: Read) -> Row:
        text, title = document.text, document.title
        found = index.matches(text, title=title, limit=limit, newer_than=newer_than)
        status = "duplicate" if any(match.is_duplicate for match in found) else "related" if found else "new"
        if not found and index.check_many([text]).empty:
            status = "empty"
        return {"status": status, "matches": [match_fields(match) for match in found]}

    return ask


def rows_of(answers: Answers) -> list[Row]:
    """Give the fields of answers: the status, and the match if there is one."""
    known, empty, too_short = (set(ids) for ids in (answers.known, answers.empty, answers.too_short))
    rows = []
    for id_, match in zip(answers.ids, answers.found, strict=True):
        status = "stored" if id_ in known else "empty" if id_ in empty else "new"
        row: Row = {"status": "duplicate" if match and match.is_duplicate else status}
        if id_ in too_short:
            row["too_short"] = True
        rows.append(row | match_fields(match) if match else row)
    return rows


def match_fields(match: IndexMatch) -> Row:
    """Give the fields of a match, but for the id of the document."""
    said = {"survivor": match.survivor, "relation": match.relation, "rule": match.rule, "reason": match.reason}
    return said | {name: value for name, value in match.to_dict().items() if name not in {"id", *said}}
