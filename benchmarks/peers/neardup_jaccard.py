"""neardup without its sum of terms: near by the Jaccard of the sets of shingles, and nothing else.

That is the question that the others answer: templates and overlaps are dropped too, what is contained stays. Bands are
those of the threshold, `neardup.bands`, where it is below 0.8, and the default ones else, as `find_duplicates` does.
"""

from __future__ import annotations

import os

import neardup

TITLE = "neardup, Jaccard alone"
REQUIREMENTS = ()
VERSION = neardup.__version__
DEFAULT_THRESHOLD = 0.8

THREADS = int(os.environ.get("OMP_NUM_THREADS", "1"))


def drops(texts: list[str], threshold: float) -> list[bool]:
    """Tell which documents are as like one that stays."""
    default = neardup.Config()
    bands, rows = neardup.bands(threshold) if threshold < default.threshold else (default.bands, default.rows)
    config = neardup.Config(
        threshold=threshold,
        bands=bands,
        rows=rows,
        min_containment=1.0,
        min_score=-100,
        relations=("identical", "near"),
    )
    dropped: list[bool] = neardup.find_duplicates(texts, config=config, threads=THREADS).is_duplicate.tolist()
    return dropped


def scores(pairs: list[tuple[str, str]]) -> list[float]:
    """Give the exact Jaccard similarity."""
    found = []
    for one, other in pairs:
        evidence = neardup.compare(one, other).evidence
        found.append(evidence.jaccard if evidence else 0.0)
    return found
