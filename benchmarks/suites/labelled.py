"""Labelled pairs: precision, recall and F1 of every tool, at its default threshold and its best.

The pairs are those of a file that people labelled (`benchmarks.labelled_pairs` has the format), or made ones of
`benchmarks.families`. A tool calls a pair a duplicate if its own similarity of the two, each pair by itself, is at or
above the threshold; the best threshold is chosen on the same pairs, which flatters it. neardup calls a pair a duplicate
if its rules say that the shorter text would be dropped for the longer (`benchmarks.peers.neardup`), so there is nothing
to choose. The interval is 95 %, by bootstrap over groups; false drops are pairs called duplicates that are none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.labelled_pairs import best_cut, given_pairs, scores
from benchmarks.peers import constants
from benchmarks.reports import Chart, Column, Headline, Report, Table
from benchmarks.rounds import BASE, TOOL, Tools, headline
from benchmarks.setting import LABELLED, LIMIT, SEED, TOOLS, Setting, Suite

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from benchmarks.labelled_pairs import Flags, LabelledPair
    from benchmarks.rounds import Tool

RELATIONS, DEFAULT, BEST = "its relations", "default threshold", "best threshold"

FIGURES = (
    Column("precision", "precision", ".3f"),
    Column("recall", "recall", ".3f", of="duplicates"),
    Column("f1", "F1 (95 %)", ".3f", spread=True, of="duplicates"),
    Column("false_drops", "false drops", ".0f"),
)
PAIRS = (TOOL, Column("how", "decides by"), Column("threshold", "threshold", ".3f"), *FIGURES)


def run(setting: Setting) -> Report:
    """Measure."""
    pairs, name, about = given_pairs(setting.labelled, setting.limit, setting.seed)
    truth = np.array([pair.is_duplicate for pair in pairs])
    with Tools(setting, "scores") as tools:
        tools.load([(pair.one, pair.other) for pair in pairs])
        runs = tools.take_turns(1, keep=True)
    values = {name: np.array(done[0].result) for name, done in runs.items() if done}
    rows = [row for tool in tools.all for row in _rows(tool, pairs, truth, values.get(tool.name))]
    at_best = [row for row in rows if row.get("how") in {BEST, RELATIONS}]
    tables = (
        Table("pairs", f"{len(pairs)} pairs, {int(truth.sum())} of them duplicates.", PAIRS, tuple(rows)),
        _by_source(pairs, truth, values, tools),
        Table("best", "Each tool at its best threshold, neardup by its relations.", (TOOL, *FIGURES), tuple(at_best)),
    )
    chart = Chart(
        "f1",
        "best",
        "bars",
        "Labelled pairs: F1, each tool at its best threshold",
        "tool",
        ("f1",),
        "F1, with its 95 % interval; more is better",
        "",
        share=True,
    )
    best = headline(tables[-1].shown, "f1")
    headlines = (Headline("labelled pairs, F1, peers at their best threshold", ".3f", best, False),)
    context = {"versions": tools.versions, "corpus": about | {"pairs": len(pairs)}}
    return Report("labelled", name, tables, (chart,), headlines, tools.notes, context)


def _rows(
    tool: Tool, pairs: Sequence[LabelledPair], truth: Flags, values: NDArray[np.float64] | None
) -> list[dict[str, Any]]:
    """Score a tool at its default threshold and at its best one."""
    if values is None:
        return [tool.row()]
    default = constants(tool.name)["DEFAULT_THRESHOLD"]
    ways = {RELATIONS: default} if tool.name == BASE else {DEFAULT: default, BEST: best_cut(truth, values)[1]}
    return [tool.row() | {"how": how, "threshold": cut} | scores(pairs, values >= cut) for how, cut in ways.items()]


def _by_source(
    pairs: Sequence[LabelledPair], truth: Flags, values: Mapping[str, NDArray[np.float64]], tools: Tools
) -> Table:
    """Give the share of pairs of each source that tools call rightly at their default thresholds."""
    where = np.array([pair.source for pair in pairs])
    sources = sorted(set(where.tolist()))
    rows = []
    for tool in tools.all:
        if tool.name in values:
            right = (values[tool.name] >= constants(tool.name)["DEFAULT_THRESHOLD"]) == truth
            rows.append(
                {"tool": tool.title} | {f"right_{source}": float(right[where == source].mean()) for source in sources}
            )
    columns = (TOOL, *(Column(f"right_{source}", source or "-", ".3f") for source in sources))
    caption = "By where the pairs are from: share called rightly, at the default threshold."
    return Table("sources", caption, columns, tuple(rows))


SUITE = Suite(run, (LIMIT, SEED, LABELLED, *TOOLS))
