"""simhash, as PyPI has it: fingerprints of 64 bits, and a Hamming distance of at most 3, whatever the threshold.

Its defaults were made for Chinese: letters, numbers and Han characters only, lower case, overlapping 4-grams, weighted
by how often they occur, hashed with MD5. ``SimhashIndex`` finds what is near. A document is dropped if the index gives
anything, else it is put in. A Hamming distance is no Jaccard similarity: the threshold of that does not apply.
"""

from __future__ import annotations

import logging

from simhash import Simhash, SimhashIndex

TITLE = "simhash"
REQUIREMENTS = ("simhash==2.1.2",)

BITS = 64
DISTANCE = 3
DEFAULT_THRESHOLD = 0.953125  # 1 - 3 / 64

logging.getLogger("simhash").setLevel(logging.ERROR)  # it warns of every big bucket that it meets


def signatures(texts: list[str]) -> list[Simhash]:
    """Make all fingerprints."""
    return [Simhash(text, f=BITS) for text in texts]


def drops(texts: list[str], threshold: float) -> list[bool]:
    """Ask the index for what is near a document before it is put in."""
    index = SimhashIndex([], f=BITS, k=DISTANCE)
    dropped = []
    for i, fingerprint in enumerate(signatures(texts)):
        # What is empty has the same fingerprint as all else that is, and is like nothing.
        seen = texts[i] != "" and bool(index.get_near_dups(fingerprint))
        if not seen and texts[i]:
            index.add(str(i), fingerprint)
        dropped.append(seen)
    return dropped


def scores(pairs: list[tuple[str, str]]) -> list[float]:
    """Give the part of the bits that agree."""
    prints = signatures([text for pair in pairs for text in pair])
    return [1 - one.distance(other) / BITS for one, other in zip(prints[::2], prints[1::2], strict=True)]
