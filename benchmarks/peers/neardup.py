"""neardup as it is: `find_duplicates`, `signatures`, `find_repeats` and `compare` with nothing set but the threshold.

Folding is in its time. It drops what another document contains too, and no templates. The score of a pair is the
Jaccard similarity or, if that is more, the part of the shorter text that stands in the longer one; it is 0 where the
two are a template, an overlap or a revision. At the default threshold that is what `find_duplicates` would drop. Its
online index is a file, which keeps the texts.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import neardup
from benchmarks.peers.online import measured

if TYPE_CHECKING:
    from collections.abc import Callable

TITLE = "neardup"
REQUIREMENTS = ()
VERSION = neardup.__version__
DEFAULT_THRESHOLD = 0.8

THREADS = int(os.environ.get("OMP_NUM_THREADS", "1"))


def signatures(texts: list[str]) -> object:
    """Give the signatures of 128 permutations of folded character 5-grams."""
    return neardup.signatures(texts, threads=THREADS)


def drops(texts: list[str], threshold: float) -> list[bool]:
    """Tell which documents are duplicates of one that stays."""
    dropped: list[bool] = neardup.find_duplicates(texts, threshold=threshold, threads=THREADS).is_duplicate.tolist()
    return dropped


def scores(pairs: list[tuple[str, str]]) -> list[float]:
    """Score pairs, the longer text first to survive."""
    found = []
    for pair in pairs:
        shorter, longer = sorted(pair, key=lambda text: len(neardup.fold(text)))
        compared = neardup.compare(shorter, longer)
        evidence = compared.evidence
        if compared.relation == "identical":
            found.append(1.0)
        elif evidence is None or compared.relation in {"template", "overlap", "revision"}:
            found.append(0.0)
        else:
            found.append(max(evidence.jaccard, evidence.containment))
    return found


def repeats(texts: list[str]) -> list[list[tuple[int, int]]]:
    """Find the copies of all passages of 30 characters or more."""
    return [[(each.copy.start, each.copy.stop) for each in neardup.find_repeats(text).repeats] for text in texts]


def online(texts: list[str], stored: int) -> dict[str, Any]:
    """Add documents one by one to an index in a file, and ask about others."""
    with tempfile.TemporaryDirectory() as folder, neardup.Index.open(Path(folder) / "index.db") as index:
        return online_by(index, texts, stored, lambda: index.stats().bytes)


def online_by(index: neardup.Index, texts: list[str], stored: int, size: Callable[[], int]) -> dict[str, Any]:
    """Add documents one by one to an index, and ask about others."""
    found = measured(
        texts,
        stored,
        lambda number, text: index.add(number, text) is not None,
        lambda text: index.check(text) is not None,
        size,
    )
    return found | {"text_bytes": index.stats().payload_bytes}
