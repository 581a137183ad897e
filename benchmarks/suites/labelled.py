"""Labelled pairs: precision, recall and F1 of every tool, at its default threshold and at its best one.

The pairs are those of a file that people labelled (`benchmarks.labelled_pairs` has the format), or made ones of
`benchmarks.families`. A tool calls a pair a duplicate if its own similarity of the two, each pair by itself, is at or
above the threshold; the best threshold is chosen on the same pairs, which flatters it. neardup calls a pair a duplicate
if its rules say that the shorter text would be dropped for the longer (`benchmarks.peers.neardup`), so there is nothing
to choose. The interval is 95 %, by bootstrap over groups; false drops are pairs called duplicates that are none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.labelled_pairs import best_cut, made_pairs, read_pairs, scores
from benchmarks.peers import constants
from benchmarks.reports import Chart, Column, Headline, Report, Table
from benchmarks.rounds import BASE, TOOL, Tools, headline
from benchmarks.setting import MADE, MADE_DOCUMENTS, sha256

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from benchmarks.labelled_pairs import LabelledPair
    from benchmarks.setting import Setting

BEST = "best threshold"

FIGURES = (
    Column("precision", "precision", ".3f"),
    Column("recall", "recall", ".3f"),
    Column("f1", "F1 (95 %)", ".3f", spread=True),
    Column("false_drops", "false drops", "d"),
)


def run(setting: Setting) -> Report:
    """Measure."""
    if setting.labelled:
        pairs = read_pairs(setting.labelled)
        name = setting.labelled.name.partition(".")[0]
        about: dict[str, Any] = {"file": setting.labelled.name, "sha256": sha256(setting.labelled)}
    else:
        pairs, name = made_pairs(min(MADE_DOCUMENTS, len(setting.corpus.texts)), setting.seed), MADE
        about = {"made by": "benchmarks.families", "seed": setting.seed}
    truth = np.array([pair.is_duplicate for pair in pairs])
    with Tools(setting, "scores") as tools:
        tools.load([(pair.one, pair.other) for pair in pairs])
        runs = tools.take_turns(1, keep=True)
        rows: list[dict[str, Any]] = []
        said = {}
        for tool in tools.all:
            if not runs[tool.name]:
                rows.append(tool.row())
                continue
            values = np.array(runs[tool.name][0].result)
            default, best = constants(tool.name)["DEFAULT_THRESHOLD"], best_cut(truth, values)[1]
            said[tool.title] = values >= default
            ways = {"its relations": default} if tool.name == BASE else {"default threshold": default, BEST: best}
            rows += [
                tool.row() | {"how": how, "threshold": cut} | scores(pairs, values >= cut) for how, cut in ways.items()
            ]
        sources = sorted({pair.source for pair in pairs})
        tables = (
            Table(
                "pairs",
                f"{len(pairs)} pairs, {int(truth.sum())} of them duplicates.",
                (TOOL, Column("how", "decides by"), Column("threshold", "threshold", ".3f"), *FIGURES),
                tuple(rows),
            ),
            Table(
                "sources",
                "By where the pairs are from: share called rightly, at the default threshold.",
                (TOOL, *(Column(f"right_{source}", source or "-", ".3f") for source in sources)),
                tuple(_by_source(pairs, truth, said)),
            ),
        )
        at_best = [row for row in rows if row.get("how") in {BEST, "its relations"}]
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
        shown = Table(
            "best", "Each tool at its best threshold, neardup by its relations.", (TOOL, *FIGURES), tuple(at_best)
        )
        headlines = (
            Headline("labelled pairs, F1, peers at their best threshold", ".3f", headline(at_best, "f1"), False),
        )
        context = {"versions": tools.versions, "corpus": about | {"pairs": len(pairs)}}
        return Report("labelled", name, (*tables, shown), (chart,), headlines, tools.notes, context)


def _by_source(
    pairs: Sequence[LabelledPair], truth: NDArray[np.bool_], said: Mapping[str, NDArray[np.bool_]]
) -> list[dict[str, Any]]:
    where = np.array([pair.source for pair in pairs])
    return [
        {"tool": title}
        | {f"right_{source}": float((found == truth)[where == source].mean()) for source in sorted(set(where.tolist()))}
        for title, found in said.items()
    ]
