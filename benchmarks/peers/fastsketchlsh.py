"""FastSketchLSH: ``FastSimilaritySketch`` of character 5-grams of texts that are normalised in Python first.

Its README flags duplicates by shared bands alone, and flags the first of each group with the rest, so that nothing of
a group would be kept. Here a document is dropped if an earlier one that is kept is among those that ``query`` gives
and ``estimate_jaccard`` finds it as alike as the threshold. With that check 32 bands find more than 16 at a threshold
of 0.5, and no less at others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from FastSketchLSH import LSH, FastSimilaritySketch, estimate_jaccard

from benchmarks.peers.texts import NUM_PERM, normalised, shingled

if TYPE_CHECKING:
    from numpy.typing import NDArray

TITLE = "FastSketchLSH"
REQUIREMENTS = ("FastSketchLSH==1.0.1",)
DEFAULT_THRESHOLD = 0.7  # about where the 16 bands of 8 of its README find half

NUM_BANDS = 32
BATCH = 16
"""More texts in a batch take longer: their lists of 5-grams leave the caches."""


def signatures(texts: list[str]) -> NDArray[np.uint64]:
    """Sketch all texts; it takes no empty ones."""
    sketcher = FastSimilaritySketch(size=NUM_PERM, seed=42)
    parts = [np.empty((0, NUM_PERM), np.uint64)]
    for start in range(0, len(texts), BATCH):
        grams = [shingled(start + i, normalised(text)) for i, text in enumerate(texts[start : start + BATCH])]
        parts.append(sketcher.batch(grams, num_threads=1))
    return np.concatenate(parts)


def drops(texts: list[str], threshold: float) -> list[bool]:
    """Look for an earlier document that is as alike, and kept."""
    sketches = signatures(texts)
    lsh = LSH(num_perm=NUM_PERM, num_bands=NUM_BANDS, num_threads=1)
    lsh.insert(sketches)
    dropped: list[bool] = []
    for i, candidates in enumerate(lsh.query(sketches)):
        kept = [j for j in candidates if j < i and not dropped[j]]
        dropped.append(any(estimate_jaccard(sketches[i], sketches[j]) >= threshold for j in kept))
    return dropped


def scores(pairs: list[tuple[str, str]]) -> list[float]:
    """Estimate the Jaccard similarity from the sketches."""
    sketches = signatures([text for pair in pairs for text in pair])
    return [estimate_jaccard(one, other) for one, other in zip(sketches[::2], sketches[1::2], strict=True)]
