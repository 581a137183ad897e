"""How the cost of duplicates grows: time and memory for a document, by the size of the corpus.

The corpora are made (`benchmarks.families`): ``mixed``, families of all kinds; ``template``, all documents pages of one
template; ``copies``, all of one page. The documents of a world are equally long at every size, up to chance. Every
size is measured in fresh processes that hold the texts already, after a first run on a few of them; tools take turns.
``x least size`` is the time per document beside that at the first size. A tool that is stopped at a size is left out
at the larger ones.

Memory is what a process came to hold at its peak in the first round, beyond what it held before; ``of allowance`` is
its share of 1 KiB a document and one byte a code point. Only Linux says so much of a process.
"""

from __future__ import annotations

from typing import Any

from benchmarks.families import WORLDS
from benchmarks.reports import Chart, Column, Headline, Report, Table
from benchmarks.rounds import BASE, RATIO, TOOL, Tools, headline, ratios, rounds_of, spread
from benchmarks.setting import MADE, MADE_CHARS, SEED, TOOLS, Option, Setting, Suite, made_texts
from benchmarks.tables import SHORT

DOCUMENT_BYTES, CHAR_BYTES = 1024, 1
"""The allowance of memory, for a document and for a code point."""

COLUMNS = (
    TOOL,
    Column("documents", "documents", ",d"),
    Column("dropped", "dropped", ",d"),
    Column("us_per_document", "us/document", SHORT, spread=True),
    Column("growth", "x least size", ".2f"),
    RATIO,
    Column("kib_per_document", "KiB/document", ",.2f"),
    Column("allowance", "of allowance", ".2f"),
)


def run(setting: Setting) -> Report:
    """Measure."""
    tables, charts, headlines, versions = [], [], [], dict[str, str]()
    for world in setting.worlds:
        with Tools(setting, "drops") as tools:
            rows = [row for size in sorted(setting.sizes) for row in _at_size(setting, tools, world, size)]
            versions |= tools.versions
        first = {row["name"]: row["us_per_document"] for row in reversed(rows) if "us_per_document" in row}
        for row in rows:
            if "us_per_document" in row:
                row["growth"] = row["us_per_document"] / first[row["name"]]
        tables.append(
            Table(
                world,
                f"Made documents, world {world}, about {MADE_CHARS} code points each; {tools.how}.",
                COLUMNS,
                tuple(rows),
            )
        )
        for key, what, unit in (
            ("us_per_document", "Time", "microseconds"),
            ("kib_per_document", "Peak memory", "KiB beside the texts"),
        ):
            charts.append(
                Chart(
                    f"{world}-{what.split()[-1].lower()}",
                    world,
                    "lines",
                    f"{what} for a document against the size of the corpus",
                    "documents",
                    (key,),
                    "documents",
                    f"{unit} for a document",
                    series="tool",
                    log=True,
                )
            )
        largest = [row for row in rows if row.get("documents") == max(setting.sizes)]
        named = f"{max(setting.sizes):,} made documents"
        headlines.append(
            Headline(f"{named} ({world}), us per document", SHORT, headline(largest, "us_per_document"), True)
        )
    about = {"made by": "benchmarks.families", "seed": setting.seed}
    context = {"versions": versions, "corpus": about}
    return Report("scale", MADE, tuple(tables), tuple(charts), tuple(headlines), (), context)


def _at_size(setting: Setting, tools: Tools, world: str, size: int) -> list[dict[str, Any]]:
    texts = made_texts(world, size, seed=setting.seed)
    chars = sum(map(len, texts))
    running = {tool.name for tool in tools.all if tool.peer}
    tools.warm_up(texts)
    tools.load(texts)
    del texts
    runs = tools.take_turns(setting.rounds, keep=True, threshold=setting.threshold)
    rows = []
    for tool in tools.all:
        row = tool.row() | {"documents": size}
        if done := runs[tool.name]:
            row |= spread([run.wall_s * 1e6 / size for run in done], "us_per_document") | ratios(done, runs[BASE])
            row |= {"dropped": sum(done[0].result), "kib_per_document": done[0].memory_bytes / 1024 / size}
            row |= {"allowance": done[0].memory_bytes / (DOCUMENT_BYTES * size + CHAR_BYTES * chars)}
            row |= {"rounds": rounds_of(done)}
        elif tool.name not in running and tool.version:
            row["note"] = "left out: stopped at a smaller size"
        rows.append(row)
    return rows


SIZES = Option("--sizes", "documents of the corpora", (1_000, 3_000), int, "N", "+")
WORLDS_MADE = Option("--worlds", f"{', '.join(WORLDS)}", ("mixed",), metavar="NAME", nargs="+", choices=tuple(WORLDS))

SUITE = Suite(run, (SEED, *TOOLS, SIZES, WORLDS_MADE))
