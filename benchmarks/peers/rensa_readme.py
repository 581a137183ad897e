"""rensa as its README keeps unique documents: ``RMinHashDeduplicator`` with LSH, and bands of its own choice.

The README's tokens are words, by ``text.split()``. Chinese has no spaces to split at: a whole paragraph would be one
word. So the tokens are character 5-grams, of the text as it is.
"""

from __future__ import annotations

import rensa

from benchmarks.peers.texts import NUM_PERM, shingled

TITLE = "rensa, README"
REQUIREMENTS = ("rensa==0.5.0",)
DEFAULT_THRESHOLD = 0.8


def signatures(texts: list[str]) -> list[rensa.RMinHash]:
    """Sketch all texts."""
    sketches: list[rensa.RMinHash] = rensa.RMinHash.from_token_sets(
        (shingled(i, text) for i, text in enumerate(texts)), num_perm=NUM_PERM, seed=42
    )
    return sketches


def drops(texts: list[str], threshold: float) -> list[bool]:
    """Tell what the deduplicator does not keep."""
    deduplicator = rensa.RMinHashDeduplicator(threshold=threshold, num_perm=NUM_PERM, use_lsh=True)
    kept = deduplicator.add_pairs((str(i), shingled(i, text)) for i, text in enumerate(texts))
    return [not keep for keep in kept]


def scores(pairs: list[tuple[str, str]]) -> list[float]:
    """Estimate the Jaccard similarity from the signatures."""
    sketches = signatures([text for pair in pairs for text in pair])
    return [one.jaccard(other) for one, other in zip(sketches[::2], sketches[1::2], strict=True)]
