"""All pairs of a corpus: whether find_pairs finds those that there are, and no others.

The truth is `benchmarks.truth`: every pair of documents whose Jaccard similarity is at or above the threshold, counted
on the sets. Pairs of documents are compared with pairs of documents, so that a thousand copies weigh what they weigh;
``of classes`` leaves all but the first of documents with equal sets out, on both sides: nothing can miss those.
``barely`` is the recall of the pairs (of classes) less than 0.02 above the threshold, which are the hardest to find.
Beside each recall stands of how many pairs it is; of fewer than 20 there is none. Shares are rounded down, so that 1 is
said of all only. ``off`` is the greatest difference between a reported similarity and the true one. One thread; the
least time of the rounds. `find_pairs` knows no templates: pairs of them are pairs.
"""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

import neardup
from benchmarks.reports import Column, Report, Table
from benchmarks.setting import DOCUMENTS, ROUNDS, THRESHOLDS, Suite
from benchmarks.truth import exact_pairs
from neardup.shingling import shingle_sets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from benchmarks.setting import Setting
    from benchmarks.truth import ExactPairs

BARELY = 0.02
COLUMNS = (
    Column("threshold", "Jaccard", "g"),
    Column("pairs", "true pairs", ",d"),
    Column("found", "found", ",d"),
    Column("recall", "recall", ".4f", of="pairs"),
    Column("precision", "precision", ".4f"),
    Column("class_pairs", "pairs of classes", ",d"),
    Column("class_recall", "recall", ".4f", of="class_pairs"),
    Column("barely_pairs", "barely", ",d"),
    Column("barely_recall", "recall", ".4f", of="barely_pairs"),
    Column("off", "off", ".1g"),
    Column("least_s", "least, s", ".2f"),
)


def run(setting: Setting) -> Report:
    """Measure."""
    texts, thresholds = setting.corpus.texts, sorted(setting.thresholds)
    truth = exact_pairs(shingle_sets(texts), thresholds[0])
    rows = tuple(compared(texts, truth, threshold, setting.rounds) for threshold in thresholds)
    caption = "Pairs that find_pairs reports, beside the exact truth of folded texts."
    return Report("pairs", setting.corpus.name, (Table("pairs", caption, COLUMNS, rows),))


def compared(texts: Sequence[str], truth: ExactPairs, threshold: float, rounds: int) -> dict[str, Any]:
    """Find the pairs of a corpus, and give the row of a threshold."""
    seconds = []
    for _ in range(rounds):
        start = perf_counter()
        found = neardup.find_pairs(texts, threshold=threshold, threads=1)
        seconds.append(perf_counter() - start)
    every = found.expanded()
    expected = truth.at(threshold).expanded()
    size = len(texts)
    reported, true = (pairs.left * size + pairs.right for pairs in (every, expected))
    order = np.argsort(true)
    place = np.minimum(np.searchsorted(true, reported, sorter=order), max(0, len(true) - 1))
    right = true[order][place] == reported if len(true) else np.zeros(len(reported), np.bool_)
    off = np.abs(every.jaccard[right] - expected.score[order][place][right]) if right.any() else np.zeros(1)
    hit = np.isin(true, reported)
    alone = truth.first == np.arange(size)
    of_classes = alone[expected.left] & alone[expected.right]
    barely = of_classes & (expected.score < threshold + BARELY)
    return {
        "threshold": threshold,
        "pairs": len(true),
        "found": len(reported),
        "recall": _share(hit),
        "precision": _share(right),
        "class_pairs": int(of_classes.sum()),
        "class_recall": _share(hit[of_classes]),
        "barely_pairs": int(barely.sum()),
        "barely_recall": _share(hit[barely]),
        "off": float(off.max()),
        "least_s": min(seconds),
    }


def _share(flags: NDArray[np.bool_]) -> float:
    """Give the share of the true, rounded down; of nothing 1."""
    return float(np.floor(flags.mean() * 1e4) / 1e4) if len(flags) else 1.0


SUITE = Suite(run, (*DOCUMENTS, THRESHOLDS.by_default((0.7, 0.8, 0.9)), ROUNDS))
