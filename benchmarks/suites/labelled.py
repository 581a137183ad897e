"""Labelled pairs: precision, recall and F1 of every tool, at its default threshold and at its best one.

The pairs are those of a file that people labelled (`benchmarks.labelled_pairs` has the format), or made ones of
`benchmarks.families`. A tool calls a pair a duplicate if its own similarity of the two, each pair by itself, is at or
above the threshold; the best threshold is chosen on the same pairs, which flatters it. neardup calls a pair a duplicate
if `neardup.compare` says that the shorter text would be dropped for the longer: rules, nothing to choose. The interval
is 95 %, by bootstrap over groups; false drops are pairs called duplicates that are none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

import neardup
from benchmarks.labelled_pairs import best_cut, made_pairs, read_pairs, scores
from benchmarks.reports import Chart, Column, Headline, Report, Table
from benchmarks.rounds import BASE, TOOL, Tools, headline
from benchmarks.setting import MADE, MADE_DOCUMENTS, sha256

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from benchmarks.labelled_pairs import LabelledPair
    from benchmarks.setting import Setting

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
    said = {BASE: np.array([_is_dropped(pair) for pair in pairs])}
    with Tools(setting, "scores") as tools:
        tools.load([(pair.one, pair.other) for pair in pairs])
        values = {key: np.array(done[0].result) for key, done in tools.take_turns(1, keep=True).items() if done}
        rows: list[dict[str, Any]] = [
            {"name": BASE, "tool": "neardup", "how": "its relations"} | scores(pairs, said[BASE])
        ]
        for tool in tools.all:
            if tool.name not in values or tool.peer is None:
                rows += [tool.row()] if tool.note else []
                continue
            default, (_, best) = tool.peer.default_threshold, best_cut(truth, values[tool.name])
            for how, cut in (("default", default), ("best", best)):
                if cut is not None:
                    found = values[tool.name] >= cut
                    row = tool.row() | {"how": how, "threshold": cut} | scores(pairs, found)
                    rows.append(row if tool.name != BASE else row | {"tool": f"{tool.title}, its Jaccard", "name": ""})
                    said.setdefault(tool.name, found)
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
                tuple(_by_source(pairs, truth, said, tools)),
            ),
        )
        best = [row for row in rows if row.get("how") in {"best", "its relations"}]
        chart = Chart(
            "f1",
            "best",
            "bars",
            "Labelled pairs: F1, each tool at its best threshold",
            "tool",
            ("f1",),
            "F1, with its 95 % interval; more is better",
            "",
        )
        shown = Table("best", "Each tool at its best threshold, neardup by its relations.", (TOOL, *FIGURES), tuple(best))
        headlines = (Headline("labelled pairs, F1, peers at their best threshold", ".3f", headline(best, "f1"), False),)
        context = {"versions": tools.versions, "corpus": about | {"pairs": len(pairs)}}
        return Report("labelled", name, (*tables, shown), (chart,), headlines, tools.notes, context)


def _is_dropped(pair: LabelledPair) -> bool:
    shorter, longer = sorted((pair.one, pair.other), key=lambda text: len(neardup.fold(text)))
    return neardup.compare(shorter, longer).is_duplicate


def _by_source(
    pairs: Sequence[LabelledPair], truth: NDArray[np.bool_], said: Mapping[str, NDArray[np.bool_]], tools: Tools
) -> list[dict[str, Any]]:
    titles = {BASE: "neardup"} | {tool.name: tool.title for tool in tools.all}
    where = np.array([pair.source for pair in pairs])
    rows = []
    for name, found in said.items():
        row: dict[str, Any] = {"name": name, "tool": titles[name]}
        for source in sorted(set(where.tolist())):
            row[f"right_{source}"] = float((found == truth)[where == source].mean())
        rows.append(row)
    return rows
