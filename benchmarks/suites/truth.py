"""Exact truth: how many pairs a corpus has at each threshold, and what the count costs.

`benchmarks.truth` counts them, nothing is estimated. Pairs are those of documents, of which some have equal sets, and
those of classes of documents with equal sets. Memory is the peak of this process, which has run the suites before this
one too.
"""

from __future__ import annotations

import resource
import sys
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.reports import Column, Report, Table
from benchmarks.setting import DOCUMENTS, THRESHOLDS, Option, Suite
from benchmarks.truth import exact_containments, exact_pairs
from neardup.shingling import shingle_sets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.setting import Setting
    from benchmarks.truth import ExactPairs

MEASURES = {"jaccard": exact_pairs, "containment": exact_containments}
COLUMNS = (
    Column("threshold", "threshold", "g"),
    Column("pairs", "pairs", ",d"),
    Column("equal", "of equal sets", ",d"),
    Column("of_classes", "of classes", ",d"),
)


def run(setting: Setting) -> Report:
    """Count."""
    sets = shingle_sets(setting.corpus.texts)
    start = perf_counter()
    found = MEASURES[setting.measure](sets, min(setting.thresholds))
    seconds = perf_counter() - start
    classes = np.count_nonzero(found.first == np.arange(len(sets)))
    rows = []
    for threshold in sorted(setting.thresholds):
        kept = found.at(threshold)
        rows.append(
            {"threshold": threshold, "pairs": kept.count, "equal": found.equal_count, "of_classes": len(kept.left)}
        )
    caption = (
        f"Pairs by {setting.measure}, of {len(sets):,} documents with {len(sets.values):,} shingles, in {classes:,} "
        f"classes of equal sets; found in {seconds:.1f} s, peak memory {_peak_mib():,.0f} MiB."
    )
    if setting.pairs_out:
        write(setting.pairs_out, found, setting.corpus.ids)
    return Report("truth", setting.corpus.name, (Table("pairs", caption, COLUMNS, tuple(rows)),))


def write(path: Path, found: ExactPairs, ids: Sequence[str]) -> None:
    """Write pairs to a new file of numpy arrays."""
    with path.open("xb") as file:
        np.savez_compressed(
            file, left=found.left, right=found.right, score=found.score, first=found.first, ids=np.array(ids)
        )


def _peak_mib() -> float:
    """Give the peak memory of this process so far; Linux counts it in KiB, macOS in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


MEASURE = Option("--measure", "of what two sets share", "jaccard", choices=tuple(MEASURES))
PAIRS_OUT = Option("--pairs-out", "write the pairs at the lowest threshold to a new file", None, Path, "FILE.npz")

SUITE = Suite(run, (*DOCUMENTS, THRESHOLDS.by_default((0.7, 0.8, 0.9)), MEASURE, PAIRS_OUT))
