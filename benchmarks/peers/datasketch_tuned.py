"""datasketch as fast as it goes: ``MinHash.bulk`` of encoded character 5-grams with xxh32, and ``MinHashLSH``.

Bands are its own choice for the threshold. A document is dropped if ``query`` gives anything, else it is inserted.
Texts are normalised in Python first, as one does for Chinese; without that it is faster by that much and finds less.
"""

from __future__ import annotations

import datasketch
import xxhash

from benchmarks.peers.texts import NUM_PERM, ngrams, normalised

TITLE = "datasketch, tuned"
REQUIREMENTS = ("datasketch==2.0.0", "xxhash==4.1.0")
DEFAULT_THRESHOLD = 0.9


def signatures(texts: list[str]) -> list[datasketch.MinHash]:
    """Sketch all texts."""
    encoded = ([gram.encode() for gram in ngrams(normalised(text))] for text in texts)
    sketches: list[datasketch.MinHash] = datasketch.MinHash.bulk(
        encoded, num_perm=NUM_PERM, hashfunc=xxhash.xxh32_intdigest
    )
    return sketches


def drops(texts: list[str], threshold: float) -> list[bool]:
    """Ask the LSH for what is like a document before it is put in."""
    lsh = datasketch.MinHashLSH(threshold=threshold, num_perm=NUM_PERM)
    dropped = []
    for i, sketch in enumerate(signatures(texts)):
        # What has no n-grams has the same signature as all else that has none, and is like nothing.
        seen = not sketch.is_empty() and bool(lsh.query(sketch))
        if not seen and not sketch.is_empty():
            lsh.insert(i, sketch, check_duplication=False)
        dropped.append(seen)
    return dropped


def scores(pairs: list[tuple[str, str]]) -> list[float]:
    """Estimate the Jaccard similarity from the signatures."""
    sketches = signatures([text for pair in pairs for text in pair])
    return [
        0.0 if one.is_empty() or other.is_empty() else float(one.jaccard(other))
        for one, other in zip(sketches[::2], sketches[1::2], strict=True)
    ]
