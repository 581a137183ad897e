"""The report for people of what was cleaned: how much, and the documents that lost most."""

from __future__ import annotations

from collections import Counter
from typing import IO, TYPE_CHECKING

from rich.text import Text

from neardup.io.escapes import visible
from neardup.io.sources import path_id
from neardup.report.kept import KEPT
from neardup.report.terminal import DEFAULT_LIMIT, TerminalReport, counted, preview

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from neardup._typing import Id, Scope
    from neardup.repeats.batch import Repeats
    from neardup.spans import Stretch


class CleaningReport(TerminalReport):
    """The totals, then the documents that lost most, each with how what it lost begins.

    Parameters
    ----------
    out, limit, summary
        See `neardup.report.terminal.TerminalReport`.
    scope
        What was taken out.
    """

    def __init__(self, out: IO[str], scope: Scope, *, limit: int = DEFAULT_LIMIT, summary: bool = False) -> None:
        super().__init__(out, limit=limit, summary=summary)
        self.scope = scope
        self.kept: Counter[str] = Counter()
        self.keeping: Counter[str] = Counter()

    def document(self, id: Id, found: tuple[Repeats, int] | None, encoding: str | None) -> None:  # noqa: A002
        """Count a document and what stays in it, and keep what is shown of it if it is among those that lose most."""
        self.documents += 1
        if found is None:
            return
        repeats, row = found
        cleaned = repeats.cleaned(self.scope)
        if removed := cleaned.removed_from(row):
            lost = sum(stop - start for start, stop in removed)
            self.largest.add(lost, lambda: _lost(str(id), repeats.document(row).text, removed, lost))
        reasons = [kept.reason for kept in cleaned.kept_in(row)]
        self.kept.update(reasons)
        self.keeping.update(set(reasons))

    def cleaned(self, folder: Path, texts: int, changed: int) -> None:
        """Report what was written, and why copies stay that do."""
        written = f"{counted(texts, 'text')} written to {visible(path_id(folder))}, {changed:,} of them changed"
        stayed = (
            f"copies that stay: {self.kept[reason]:,} in {counted(self.keeping[reason], 'text')} ({why})"
            for reason, why in KEPT.items()
            if self.kept[reason]
        )
        self.totals[:0] = [written, *stayed]
        self.sections.insert(0, self.largest.lines("document with copies"))


def _lost(id_: str, text: str, removed: Sequence[Stretch], lost: int) -> Text:
    share = f": {lost:,} of {counted(len(text), 'character')} taken out, in {counted(len(removed), 'piece')}"
    title = Text.assemble((visible(id_), "bold"), share)
    start, stop = max(removed, key=lambda stretch: stretch[1] - stretch[0])
    return Text("\n").join([title, Text("  " + preview(text[start:stop]), style="dim")])
