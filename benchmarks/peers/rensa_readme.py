"""rensa with the very lines of its README: ``RMinHashDeduplicator`` with LSH, and ``text.split()`` for tokens.

Chinese is written without spaces, so the tokens are whole lines and paragraphs. There are few of them, which makes it
fast, and two articles share one only where not a character of it was changed: it finds copies, and little else. Bands
are its own choice for the threshold.
"""

from __future__ import annotations

import rensa

from benchmarks.peers.texts import NUM_PERM

TITLE = "rensa, README"
REQUIREMENTS = ("rensa==0.5.0",)
DEFAULT_THRESHOLD = 0.8


def signatures(texts: list[str]) -> list[rensa.RMinHash]:
    """Sketch all texts."""
    sketches: list[rensa.RMinHash] = rensa.RMinHash.from_token_sets(
        [text.split() for text in texts], num_perm=NUM_PERM, seed=42
    )
    return sketches


def drops(texts: list[str], threshold: float) -> list[bool]:
    """Tell what the deduplicator does not keep."""
    deduplicator = rensa.RMinHashDeduplicator(threshold=threshold, num_perm=NUM_PERM, use_lsh=True)
    kept = deduplicator.add_pairs((str(i), text.split()) for i, text in enumerate(texts))
    return [not keep for keep in kept]


def scores(pairs: list[tuple[str, str]]) -> list[float]:
    """Estimate the Jaccard similarity from the signatures."""
    sketches = signatures([text for pair in pairs for text in pair])
    return [one.jaccard(other) for one, other in zip(sketches[::2], sketches[1::2], strict=True)]
