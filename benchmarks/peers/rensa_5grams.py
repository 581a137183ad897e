"""rensa at its best for Chinese: ``RMinHash`` of character 5-grams of texts that are normalised in Python first.

Its deduplicator checks what the LSH finds on the signatures, so more bands cost hardly any time: 32 of them find as
much at a threshold of 0.5 as those of its own choice, and more at 0.8 and 0.9. Its faster "rho" sketches sample the
positions of tokens and are not for comparing sets.
"""

from __future__ import annotations

import rensa

from benchmarks.peers.texts import NUM_PERM, normalised, shingled

TITLE = "rensa, 5-grams"
REQUIREMENTS = ("rensa==0.5.0",)
DEFAULT_THRESHOLD = 0.8

NUM_BANDS = 32


def signatures(texts: list[str]) -> list[rensa.RMinHash]:
    """Sketch all texts; one at a time is faster than in a batch, whose lists of 5-grams leave the caches."""
    sketches = []
    for i, text in enumerate(texts):
        sketch = rensa.RMinHash(num_perm=NUM_PERM, seed=42)
        sketch.update(shingled(i, normalised(text)))
        sketches.append(sketch)
    return sketches


def drops(texts: list[str], threshold: float) -> list[bool]:
    """Tell what the deduplicator does not keep."""
    deduplicator = rensa.RMinHashDeduplicator(threshold=threshold, num_perm=NUM_PERM, use_lsh=True, num_bands=NUM_BANDS)
    kept = deduplicator.add_pairs((str(i), shingled(i, normalised(text))) for i, text in enumerate(texts))
    return [not keep for keep in kept]


def scores(pairs: list[tuple[str, str]]) -> list[float]:
    """Estimate the Jaccard similarity from the signatures."""
    sketches = signatures([text for pair in pairs for text in pair])
    return [one.jaccard(other) for one, other in zip(sketches[::2], sketches[1::2], strict=True)]
