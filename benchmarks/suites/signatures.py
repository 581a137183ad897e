"""Raw texts to signatures: nanoseconds per code point and megabytes per second.

Signatures have 128 permutations where the tool has permutations, over its own n-grams, made as its users make them in
Python; the adapters in `benchmarks.peers` say how. Tools are given as many of the documents, every n-th of them, as
they do in about `ROUND_S`; a first run on a few of them, which is not counted, tells how many. neardup gets all.
Megabytes are those of the texts in UTF-8. ``x neardup`` is the time per code point divided by neardup's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.reports import Chart, Column, Headline, Report, Table
from benchmarks.rounds import BASE, RATIO, TOOL, Tools, headline, ratios, rounds_of, spread
from benchmarks.setting import DOCUMENTS, TOOLS, Setting, Suite
from benchmarks.tables import SHORT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.peers import Run
    from benchmarks.rounds import Tool

PROBE_CHARS = 50_000
ROUND_S = 2.0
COLUMNS = (
    TOOL,
    Column("ns_per_char", "ns per code point", SHORT, spread=True),
    Column("mb_per_s", "MB/s", ",.1f"),
    RATIO,
    Column("chars", "code points", ",d"),
)


def run(setting: Setting) -> Report:
    """Measure."""
    texts = setting.corpus.texts
    with Tools(setting, "signatures") as tools:
        probe = sample(texts, PROBE_CHARS)
        tools.load(probe)
        first = {name: done[0].wall_s for name, done in tools.take_turns(1).items() if done}
        rates = {name: _size(probe) / max(1e-6, wall_s) for name, wall_s in first.items()}
        parts = {name: sample(texts, round(rate * ROUND_S)) for name, rate in rates.items()} | {BASE: texts}
        tools.load(parts)
        runs = tools.take_turns(setting.rounds)
    rows = tuple(_row(tool, runs, parts) for tool in tools.all)
    chart = Chart(
        "cost",
        "cost",
        "bars",
        "From raw text to signatures",
        "tool",
        ("ns_per_char",),
        "nanoseconds per code point, logarithmic; less is better",
        "",
        log=True,
    )
    return Report(
        "signatures",
        setting.corpus.name,
        (Table("cost", f"From raw texts to signatures, {tools.how}.", COLUMNS, rows),),
        (chart,),
        (Headline("raw text to signatures, ns per code point", SHORT, headline(rows, "ns_per_char"), True),),
        tools.notes,
        {"versions": tools.versions},
    )


def _row(tool: Tool, runs: Mapping[str, Sequence[Run]], parts: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    row, done = tool.row(), runs[tool.name]
    if done:
        size, base_size = _size(parts[tool.name]), _size(parts[BASE])
        row |= spread([run.wall_s * 1e9 / size for run in done], "ns_per_char")
        megabytes = sum(len(text.encode("utf-8", "surrogatepass")) for text in parts[tool.name]) / 1e6
        row |= {"mb_per_s": megabytes / (row["ns_per_char"] * 1e-9 * size), "chars": size, "rounds": rounds_of(done)}
        row |= ratios(done, runs[BASE], base_size / size)
    return row


def sample(texts: Sequence[str], chars: int) -> list[str]:
    """Take every n-th text, so many that there are about `chars` code points, one at least."""
    return list(texts[:: max(1, _size(texts) // max(1, chars))])


def _size(texts: Sequence[str]) -> int:
    return max(1, sum(map(len, texts)))


SUITE = Suite(run, (*DOCUMENTS, *TOOLS))
