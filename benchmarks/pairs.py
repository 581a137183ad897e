"""Whether `neardup.find_pairs` finds all pairs that there are, and no others, beside the exact truth of a corpus.

The truth is `benchmarks.truth`: every pair of documents whose Jaccard similarity is at or above the threshold, counted
on the sets. Pairs of documents are compared with pairs of documents, so that a thousand copies weigh what they weigh;
``of classes`` leaves all but the first of documents with equal sets out, on both sides: nothing can miss those.
``barely`` is the recall of the pairs (of classes) less than 0.02 above the threshold, which are the hardest to find,
with how many there are. ``off`` is the greatest difference between a reported similarity and the true one. One thread;
the least time of the rounds.

Run ``python -m benchmarks.pairs --corpus news.jsonl.gz --threshold 0.7 0.8 0.9``.
"""

from __future__ import annotations

import argparse
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

import neardup
from benchmarks import environment
from benchmarks.corpora import add_corpus, markdown, read
from benchmarks.truth import exact_pairs
from neardup.shingling import shingle_sets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from benchmarks.truth import ExactPairs

BARELY = 0.02


def compared(texts: Sequence[str], truth: ExactPairs, threshold: float, rounds: int) -> list[str]:
    """Find the pairs of a corpus, and give the cells of a row."""
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
    return [
        f"{threshold:g}",
        f"{len(true):,}",
        f"{len(reported):,}",
        _share(hit),
        _share(right),
        f"{_share(hit[of_classes])} of {of_classes.sum():,}",
        f"{_share(hit[barely])} of {barely.sum():,}",
        f"{off.max():.1g}",
        f"{min(seconds):.2f}",
    ]


def _share(flags: NDArray[np.bool_]) -> str:
    """Give the share of the true; of nothing 1. Rounded down: 1 is said of all only."""
    return f"{np.floor(flags.mean() * 1e4) / 1e4:.4f}" if len(flags) else "1.0000"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pairs", description=__doc__.split("\n")[0])
    add_corpus(parser, several=True)
    parser.add_argument("--threshold", type=float, nargs="+", default=[0.7, 0.8, 0.9], metavar="SHARE")
    parser.add_argument("--rounds", type=int, default=3, metavar="N")
    options = parser.parse_args()
    print(environment())
    rows = []
    for path in options.corpus:
        texts = [document.text for document in read(path, options.limit)]
        truth = exact_pairs(shingle_sets(texts), min(options.threshold))
        for threshold in sorted(options.threshold):
            rows.append([path.name, *compared(texts, truth, threshold, options.rounds)])
    header = ["corpus", "Jaccard", "pairs", "found", "recall", "precision", "of classes", "barely", "off", "least, s"]
    print(f"\n{markdown(header, rows)}")


if __name__ == "__main__":
    main()
