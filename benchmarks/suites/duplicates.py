"""Duplicates end to end: what a tool drops, at what cost, and how right it is beside exact truth.

Cost, at one threshold: wall and processor time and peak memory of a process that holds the texts already. Every tool
runs once a round, by turns; ``x neardup`` is its wall time divided by neardup's in the same round. The memory is that
of the first round, beyond what the process held with the texts loaded and after a first run on a few of them.

Recall and precision, at several thresholds, are those of `benchmarks.judge`: beside the exact truth of the folded texts
and beside that of the raw ones, with the true pairs that there are; of fewer than 20 there is no recall. Read them with
two things in mind. neardup keeps what its rules call a template or an overlap, however alike it is, and drops what is
contained: "neardup, Jaccard alone" is neardup without these, for it is the same question as the others answer.
``templates`` says how many of the ``missed`` documents the rules would keep, whoever missed them, and the recall beside
it leaves those out. And tools that look at raw texts can only be right about raw texts.

A tool that takes more than an eighth of the time limit is judged at the one threshold only.

The last table and plot hold the S-curve that bands promise against what they find: pairs of documents by their exact
Jaccard, and the share of them that agree in a band at least.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.judge import NGRAM, Truth, kept_by_rule, raw_sets, recall
from benchmarks.reports import Chart, Column, Headline, Report, Table
from benchmarks.rounds import BASE, RATIO, TOOL, Tools, headline, ratios, rounds_of, spread
from benchmarks.scurve import scurve
from benchmarks.setting import DOCUMENTS, THRESHOLDS, TOOLS, Setting, Suite
from benchmarks.tables import SHORT
from neardup.shingling import shingle_sets

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.peers import Run

COST = (
    TOOL,
    Column("wall_s", "wall, s", SHORT, spread=True),
    Column("cpu_s", "CPU, s", SHORT, spread=True),
    RATIO,
    Column("ns_per_char", "ns/code point", ",.1f"),
    Column("memory_mib", "peak memory, MiB", ",.1f"),
)
TRUTH = (
    TOOL,
    Column("threshold", "threshold", "g"),
    Column("pairs", "true pairs", ",d"),
    Column("dropped", "dropped", ",d"),
    Column("recall", "recall", ".3f", of="pairs"),
    Column("missed", "missed", ",d"),
    Column("templates", "of them templates", ",d"),
    Column("recall_without", "recall without these", ".3f", of="pairs"),
    Column("precision", "precision", ".3f"),
    Column("f1", "F1", ".3f", of="pairs"),
    Column("raw_pairs", "true pairs, raw", ",d"),
    Column("raw_recall", "recall, raw", ".3f", of="raw_pairs"),
    Column("raw_precision", "precision, raw", ".3f"),
    Column("wall_s", "wall, s", SHORT),
)


def run(setting: Setting) -> Report:
    """Measure."""
    texts = setting.corpus.texts
    with Tools(setting, "drops") as tools:
        tools.warm_up(texts)
        tools.load(texts)
        timed = tools.take_turns(setting.rounds, keep=True, threshold=setting.threshold)
        found = _at_each_threshold(setting, tools, timed)
    cost = _cost(tools, timed, max(1, sum(map(len, texts))))
    right = _judged(texts, tools, found)
    curve, curve_columns = scurve(texts)
    how = f"From texts to what is dropped, threshold {setting.threshold:g}, {tools.how}."
    against = "Beside the exact truth, the Jaccard of 5-grams, of folded and of raw texts."
    tables = (
        Table("cost", how, COST, tuple(cost)),
        Table("truth", against, TRUTH, tuple(right)),
        Table("S-curve", "The share of pairs that agree in a band, by their exact Jaccard.", curve_columns, curve),
    )
    at = [row for row in tables[1].shown if row.get("threshold") == setting.threshold]
    judged = f"duplicates at Jaccard {setting.threshold:g}, F1 beside exact truth"
    headlines = (
        Headline("duplicates end to end, s", SHORT, headline(cost, "wall_s"), True),
        Headline("duplicates end to end, peak memory, MiB", SHORT, headline(cost, "memory_mib"), True),
        Headline(judged, ".3f", headline(at, "f1"), False),
    )
    versions = {"versions": tools.versions}
    return Report(
        "duplicates", setting.corpus.name, tables, _charts(setting.threshold), headlines, tools.notes, versions
    )


def _at_each_threshold(
    setting: Setting, tools: Tools, timed: Mapping[str, Sequence[Run]]
) -> dict[float, dict[str, Run]]:
    """Run at the other thresholds once; give the last run of every tool at each, in ascending order."""
    found = {setting.threshold: {name: done[-1] for name, done in timed.items() if done}}
    slow = [name for name, done in timed.items() if done and done[0].wall_s > setting.time_limit / 8]
    # From the top: the lower the threshold, the more a tool has to do; one that runs out of time is out of it.
    for threshold in sorted(set(setting.thresholds) - {setting.threshold}, reverse=True):
        once = tools.take_turns(1, keep=True, leave_out=slow, threshold=threshold)
        found[threshold] = {name: done[0] for name, done in once.items() if done}
    return dict(sorted(found.items()))


def _cost(tools: Tools, timed: Mapping[str, Sequence[Run]], chars: int) -> list[dict[str, Any]]:
    rows = []
    for tool in tools.all:
        row = tool.row()
        if done := timed[tool.name]:
            row |= spread([run.wall_s for run in done], "wall_s") | spread([run.cpu_s for run in done], "cpu_s")
            row |= {"memory_mib": done[0].memory_bytes / 2**20, "ns_per_char": row["wall_s"] * 1e9 / chars}
            row |= ratios(done, timed[BASE]) | {"rounds": rounds_of(done)}
        rows.append(row)
    return rows


def _judged(texts: list[str], tools: Tools, found: Mapping[float, Mapping[str, Run]]) -> list[dict[str, Any]]:
    folded = Truth.at_each(shingle_sets(texts, ngram=NGRAM), list(found))
    raw = Truth.at_each(raw_sets(texts), list(found))
    rows = []
    for tool in tools.all:
        if not any(tool.name in runs for runs in found.values()):
            rows.append(tool.row())
            continue
        for threshold, runs in found.items():
            row = tool.row() | {"threshold": threshold}
            if done := runs.get(tool.name):
                dropped = np.array(done.result, np.bool_)
                # What is contained counts for the precision of the one that says it drops that too.
                row |= {"dropped": int(dropped.sum()), "wall_s": done.wall_s}
                for prefix, truth in (("", folded[threshold]), ("raw_", raw[threshold])):
                    share, precision = truth.judge(dropped, contained_too=tool.name == BASE)
                    row |= {f"{prefix}pairs": truth.pairs, f"{prefix}recall": share, f"{prefix}precision": precision}
                row["f1"] = 2 * row["recall"] * row["precision"] / max(1e-9, row["recall"] + row["precision"])
                right, missed = len(folded[threshold].right(dropped)), folded[threshold].missed(dropped)
                templates = kept_by_rule(texts, missed, threshold)
                row |= {"missed": len(missed), "templates": templates}
                row["recall_without"] = recall(right, len(missed) - templates)
                row.pop("note", None)
            else:
                row.setdefault("note", "left out: slow")
            rows.append(row)
    return rows


def _charts(threshold: float) -> tuple[Chart, ...]:
    against = [
        Chart(
            name,
            "truth",
            "lines",
            title,
            "threshold",
            (key,),
            "threshold, Jaccard",
            f"{key.removeprefix('raw_')}, of {'raw' if 'raw' in key else 'folded'} texts",
            series="tool",
            share=True,
        )
        for name, key, title in (
            ("recall", "recall", "Recall against the threshold, folded texts"),
            ("recall-raw", "raw_recall", "Recall against the threshold, raw texts"),
            ("precision", "precision", "Precision against the threshold, folded texts"),
        )
    ]
    bars = [
        Chart(name, "cost", "bars", title, "tool", (key,), f"{unit}, logarithmic; less is better", "", log=True)
        for name, key, title, unit in (
            ("time", "wall_s", f"Duplicates end to end, threshold {threshold:g}", "seconds"),
            ("memory", "memory_mib", f"Peak memory of duplicates, threshold {threshold:g}", "MiB beside the texts"),
        )
    ]
    curve = Chart(
        "s-curve",
        "S-curve",
        "lines",
        "The S-curve: promised against measured",
        "jaccard",
        ("promised", "found", "promised_by_few", "found_by_few"),
        "Jaccard of a pair, exact",
        "share of pairs that agree in a band",
        names={
            "promised": "16 bands of 6 rows, promised",
            "found": "16 bands of 6 rows, measured",
            "promised_by_few": "9 of 13, promised",
            "found_by_few": "9 of 13, measured",
        },
        smooth=("promised", "promised_by_few"),
        share=True,
    )
    return (*bars, *against, curve)


SUITE = Suite(run, (*DOCUMENTS, *TOOLS, THRESHOLDS))
