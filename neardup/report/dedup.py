"""The report for people of a job: what was kept, what was written, and some duplicates beside their survivors."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

from neardup.io.escapes import visible
from neardup.report.terminal import counted
from neardup.report.unusual import are_unusually_many

if TYPE_CHECKING:
    from neardup.jobs.summary import DedupSummary


def write_summary(out: IO[str], summary: DedupSummary) -> None:
    """Write the counts, and where everything is."""
    dropped = {name: count for name, count in summary.relations.items() if name in summary.config.relations}
    kinds = ", ".join(f"{count:,} {name}" for name, count in dropped.items())
    said = f"{summary.survivors:,} kept, {counted(summary.duplicates, 'duplicate')}" + (f" ({kinds})" if kinds else "")
    empty = f", {summary.empty:,} empty" if summary.empty else ""
    lines = [f"{counted(summary.documents, 'document')}: {said}{empty}"]
    if summary.given:
        lines.append(
            f"{counted(summary.given, 'document')} of earlier corpora, which were compared with and not judged"
        )
    if summary.rejected:
        lines.append(f"{counted(summary.rejected, 'record')} could not be read: see the rejects")
    if summary.boilerplate:
        lines.append(f"{counted(len(summary.boilerplate), 'paragraph')} of boilerplate left out of the comparison")
    if summary.indexed is not None:
        lines.append(f"{counted(summary.indexed, 'survivor')} in the index")
    lines += [f"written: {visible(name)}" for name in summary.outputs]
    out.write("".join(f"{line}\n" for line in lines))


def warning(summary: DedupSummary) -> str | None:
    """Say that unusually many documents are duplicates, if so many are, and which survivors have most of them."""
    if not are_unusually_many(summary.duplicates, summary.documents):
        return None
    share = summary.duplicates / summary.documents
    largest = ", ".join(f"{visible(str(each.survivor))} ({each.duplicates:,})" for each in summary.families)
    return (
        f"{share:.0%} of {counted(summary.documents, 'document')} are duplicates, which is unusually many; look at "
        f"some with --sample before you use the result. Most are of {largest}"
    )


def write_sample(out: IO[str], summary: DedupSummary) -> None:
    """Write some of the duplicates beside their survivors."""
    from neardup.compare import compare
    from neardup.report.comparison import ComparisonReport

    report = ComparisonReport(out, summary.config)
    for drop in summary.sample:
        found = compare(drop.text, drop.survivor_text, config=summary.config)
        report.write(found, (drop.row["id"], drop.row["survivor"]))
        out.write("\n")
    out.write(f"{len(summary.sample):,} of {counted(summary.duplicates, 'duplicate')}; nothing was written\n")
