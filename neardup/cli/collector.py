"""Where the outcomes of a run go, in order: the report, the cleaned files, the rejected records."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from neardup.cli.boilerplate import boilerplate_in
from neardup.cli.faults import TAKE_OUT, advised
from neardup.cli.held import warning
from neardup.cli.process import complain
from neardup.cli.work import Cleaned, End, Failed, Read
from neardup.errors import InputError, NeardupError, OutputError
from neardup.io.boilerplate import write_boilerplate
from neardup.io.faults import failure

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from neardup._typing import Id
    from neardup.cli.held import HeldTexts
    from neardup.cli.outputs import Cleaner, Rejects
    from neardup.cli.work import Outcome
    from neardup.io.atomic import WholeFile
    from neardup.io.sources import Source
    from neardup.model import RemovedParagraph
    from neardup.paragraphs.groups import RepeatedParagraphs
    from neardup.repeats.batch import Repeats
    from neardup.results import Duplicates
    from neardup.survivors import Progress


class Report(Protocol):
    """What every format does with what it is told."""

    def document(self, id: Id, found: tuple[Repeats, int] | None, encoding: str | None) -> None: ...  # noqa: A002, D102

    def error(self, error: NeardupError) -> None: ...  # noqa: D102

    def duplicates(self, found: Duplicates) -> None: ...  # noqa: D102

    def paragraphs(self, found: RepeatedParagraphs, removed: Sequence[RemovedParagraph] | None) -> None: ...  # noqa: D102

    def cleaned(self, folder: Path, texts: int, changed: int) -> None: ...  # noqa: D102

    def close(self) -> None: ...  # noqa: D102

    def discard(self) -> None: ...  # noqa: D102


@dataclass(slots=True)
class Collector:
    """Passes outcomes on, and remembers whether anything failed.

    Attributes
    ----------
    report
        Told of every document and every error, then of the duplicates and the repeated paragraphs.
    held
        Given every document, if they are to be compared; ids are unique then.
    unique_ids
        Whether no two documents may have one id. The ids are kept in memory then.
    cleaner, rejects
        If they are wanted.
    boilerplate
        Where the boilerplate goes that is found, if it is wanted.
    failed
        Whether anything failed.
    pages
        How many records hold an HTML page for a text.
    """

    report: Report
    held: HeldTexts | None = None
    unique_ids: bool = False
    cleaner: Cleaner | None = None
    rejects: Rejects | None = None
    boilerplate: WholeFile | None = None
    failed: bool = False
    pages: int = 0
    _seen: dict[str, str] = field(default_factory=dict)
    _waiting: list[tuple[Id | None, Cleaned | End]] = field(default_factory=list)

    def take(self, outcome: Outcome) -> None:
        """Pass on an outcome. An error is named on standard error too, and whatever fails here is one."""
        if isinstance(outcome, Failed):
            self._fail(outcome.error, outcome.raw)
            return
        try:
            if isinstance(outcome, Read):
                self._document(outcome)
            elif outcome.source:
                self._clean(outcome)
        except Exception as error:
            line, raw = (outcome.line, outcome.raw) if isinstance(outcome, Read) else (None, None)
            self._fail(_placed(error, outcome.source, line), None if isinstance(error, OutputError) else raw)

    def compare(self, progress: Progress) -> None:
        """Report what is wanted of several documents: duplicates, with a warning if they are very many; paragraphs."""
        if not self.held:
            return
        are_several = len(self.held) > 1
        if self.held.duplicates and are_several:
            try:
                found = self.held.find(progress)
                self.report.duplicates(found)
                if said := warning(found):
                    print(f"neardup: {said}", file=sys.stderr)
            except Exception as error:
                self._fail(failure(error, "duplicates"))
        removed = None
        if self.held.min_documents is not None and (are_several or self.boilerplate):
            try:
                removed = self._paragraphs(self.held, self.held.min_documents, progress)
            except Exception as error:
                self._fail(failure(error, "paragraphs"))
                if self.held.removal:
                    return  # what was to be taken out is not known
        self._write_waiting(removed or ())

    def finish(self) -> None:
        """Complete the report and the rejected records."""
        if self.cleaner:
            self.report.cleaned(self.cleaner.folder, self.cleaner.texts, self.cleaner.changed)
        self.report.close()
        sys.stdout.flush()  # before anything else is made complete
        if self.pages:
            said = f"records that are HTML pages, whose menus count as text: {self.pages:,}"
            print(f"neardup: {said}; {TAKE_OUT}", file=sys.stderr)
        if self.rejects:
            try:
                self.rejects.commit()
            except Exception as error:
                self._fail(_placed(error, "--rejects"))

    def close(self) -> None:
        """Leave nothing behind that is not complete."""
        self.report.discard()
        if self.cleaner:
            self.cleaner.close()
        if self.rejects:
            self.rejects.discard()
        if self.boilerplate:
            self.boilerplate.discard()

    def _document(self, document: Read) -> None:
        if self.unique_ids:
            self._claim(document)
        self.pages += document.is_page
        self.report.document(document.id, document.found, document.encoding)
        if self.held is not None:
            self.held.add(document.id, document.text, document.title)
        if document.cleaned:
            if self.held and self.held.removal:
                self.held.removed[document.id] = document.cleaned.removed
            self._clean(document.cleaned, document.id)

    def _clean(self, outcome: Cleaned | End, id: Id | None = None) -> None:  # noqa: A002 - the field's name
        """Write a cleaned document, or end a source; later, if what goes depends on all documents."""
        if self.held and self.held.removal:
            self._waiting.append((id, outcome))
        else:
            self._write(outcome)

    def _write(self, outcome: Cleaned | End) -> None:
        if self.cleaner and isinstance(outcome, Cleaned):
            self.cleaner.write(outcome)
        elif self.cleaner and isinstance(outcome, End) and outcome.source:
            (self.cleaner.leave if outcome.error else self.cleaner.finish)(outcome.source)

    def _paragraphs(self, held: HeldTexts, min_documents: int, progress: Progress) -> Sequence[RemovedParagraph] | None:
        found = held.find_paragraphs(min_documents, progress)
        removed = held.removed_paragraphs(found) if held.removal else None
        self.report.paragraphs(found, removed)
        if self.boilerplate:
            try:
                write_boilerplate(self.boilerplate, boilerplate_in(found))
                self.boilerplate.commit()
            except OutputError as error:
                self._fail(error)
        return removed

    def _write_waiting(self, removed: Sequence[RemovedParagraph]) -> None:
        """Write the documents that waited for the others, without what is removed now."""
        more: dict[Id, list[tuple[int, int]]] = {}
        for paragraph in removed:
            more.setdefault(paragraph.id, []).append((paragraph.start, paragraph.stop))
        for id_, outcome in self._waiting:
            try:
                if isinstance(outcome, Cleaned) and id_ is not None and id_ in more:
                    self._write(outcome.without(more[id_]))
                else:
                    self._write(outcome)
            except Exception as error:
                self._fail(_placed(error, outcome.source))

    def _claim(self, document: Read) -> None:
        """Let no other document have the id, also not as the text of a number."""
        file = document.source.id
        place = file if document.line is None else f"{file}:{document.line}"
        first = self._seen.setdefault(str(document.id), place)
        if first is not place:
            raise InputError(f'the id "{document.id}" is that of {first} already', file=file, line=document.line)

    def _fail(self, error: NeardupError, raw: bytes | None = None) -> None:
        self.failed = True
        error = advised(error)
        self.report.error(error)
        complain(error)
        if self.rejects and raw is not None:
            try:
                self.rejects.add(error, raw)
            except Exception as fault:
                self.rejects.discard()
                self.rejects = None
                self._fail(_placed(fault, "--rejects"))


def _placed(error: Exception, place: Source | str | None, line: int | None = None) -> NeardupError:
    """Say of an error where it is, unless it says so."""
    if isinstance(error, NeardupError) and error.file:
        return error
    return failure(error, place if place is None or isinstance(place, str) else place.id, line)
