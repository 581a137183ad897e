"""The report for people of what was cleaned: how much, and the documents that lost most."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from neardup.io.sources import path_id
from neardup.report.escapes import visible
from neardup.report.terminal import TerminalReport, counted, preview

if TYPE_CHECKING:
    from pathlib import Path

    from neardup._typing import Id
    from neardup.repeats.find import DocumentRepeats
    from neardup.report.terminal import Removed


class CleaningReport(TerminalReport):
    """The totals, then the documents that lost most, each with how what it lost begins."""

    def document(
        self,
        id: Id,  # noqa: A002 - the field's name
        found: DocumentRepeats | None,
        encoding: str | None,
        removed: Removed | None,
    ) -> None:
        """Count a document, and keep what is shown of it if it is among those that lose most."""
        self.documents += 1
        if found and removed:
            text, lost = found.text, sum(stop - start for start, stop in removed)
            self.largest.add(lost, lambda: _lost(str(id), text, removed, lost))

    def cleaned(self, folder: Path, texts: int, changed: int) -> None:
        """Report what was written."""
        written = f"{counted(texts, 'text')} written to {visible(path_id(folder))}, {changed:,} of them changed"
        self.totals.insert(0, written)
        self.sections.insert(0, self.largest.lines("document with copies"))


def _lost(id_: str, text: str, removed: Removed, lost: int) -> Text:
    share = f": {lost:,} of {counted(len(text), 'character')} taken out, in {counted(len(removed), 'piece')}"
    title = Text.assemble((visible(id_), "bold"), share)
    start, stop = max(removed, key=lambda stretch: stretch[1] - stretch[0])
    return Text("\n").join([title, Text("  " + preview(text[start:stop]), style="dim")])
