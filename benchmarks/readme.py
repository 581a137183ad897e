"""The block of results in the project's README, made from the reports that are kept in ``benchmarks/results``.

A row for each headline of each report: neardup's figure, the best of the other tools, the range of all of them, and the
command that reproduces it.

Run ``python -m benchmarks.readme`` after copying the JSON files of new runs there; ``--check`` only compares.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING

from benchmarks.corpora import markdown
from benchmarks.peers import NAMES, constants
from benchmarks.reports import Report
from benchmarks.rounds import BASE
from benchmarks.suites import SUITES
from benchmarks.tables import written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.reports import Headline

ROOT = Path(__file__).resolve().parent.parent
RESULTS = Path(__file__).resolve().parent / "results"
BEGIN, END = "<!-- results: python -m benchmarks.readme -->", "<!-- end of results -->"


def read_reports(folder: Path) -> list[Report]:
    """Read all reports of a folder, in the order of the suites."""
    order = list(SUITES)
    found = [Report.read(path) for path in folder.glob("*.json")]
    return sorted(found, key=lambda report: (order.index(report.suite), report.corpus))


def block(reports: Sequence[Report]) -> str:
    """Make what stands between the marks."""
    header = ["measured", "on", "neardup", "best of the others", "the others", "command"]
    rows = [
        [*row, f"`{report.context['command']}`"]
        for report in reports
        for headline in report.headlines
        if (row := _row(headline, report))
    ]
    machines = sorted({_machine(report) for report in reports})
    dates = sorted({report.context["measured"] for report in reports})
    when = dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}"
    sizes = [size for size in dict.fromkeys(map(_size, reports)) if size]
    said = f"Measured {when} on {'; '.join(machines)}. {'; '.join(sizes)}".rstrip()
    return f"{BEGIN}\n\n{markdown(header, rows, text_last=True)}\n\n{fill(said, 120)}\n\n{END}"


def _row(headline: Headline, report: Report) -> list[str]:
    """Give the cells of a headline, none if neardup has no figure."""
    others = {name: figure for name, figure in headline.figures.items() if not name.startswith(BASE)}
    if BASE not in headline.figures:
        return []
    cells = [headline.measure, report.corpus, written(headline.figures[BASE], headline.form)]
    if not others:
        return [*cells, "-", "-"]
    best = (min if headline.less_is_better else max)(others, key=others.__getitem__)
    title = constants(best)["TITLE"] if best in NAMES else best
    low, high = (written(end(others.values()), headline.form) for end in (min, max))
    return [*cells, f"{written(others[best], headline.form)} ({title})", f"{low} to {high} ({len(others)} tools)"]


def _size(report: Report) -> str:
    """Say how large a corpus is, in documents or pairs."""
    corpus = report.context["corpus"]
    sizes = [f"{corpus[key]:,} {key}" for key in ("documents", "code points", "pairs") if key in corpus]
    return f"{report.corpus}: {', '.join(sizes)}" if sizes else ""


def _machine(report: Report) -> str:
    threads = report.context["threads"]
    threads = "one thread" if threads == 1 else f"{threads} threads"
    return f"{report.context['machine']['processor']}, {threads} for every tool"


def replaced(readme: str, new: str) -> str:
    """Put a block in the place of the old one.

    Raises
    ------
    ValueError
        If the marks are not there, once each and in order.
    """
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the README has no block between {BEGIN} and {END}")
    return before + new + after


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the block, or compare it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.readme", description=__doc__.split("\n")[0])
    parser.add_argument("--results", type=Path, default=RESULTS, metavar="DIR", help="default %(default)s")
    parser.add_argument("--readme", type=Path, default=ROOT / "README.md", metavar="FILE", help="default %(default)s")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if the block is another one")
    options = parser.parse_args(arguments)
    old = options.readme.read_text(encoding="utf-8")
    new = replaced(old, block(read_reports(options.results)))
    if options.check:
        if new != old:
            print(f"{options.readme}: the block of results is not what {options.results} says", file=sys.stderr)
        return int(new != old)
    options.readme.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
