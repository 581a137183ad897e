"""datasketch as its README has it: ``MinHash``, ``update`` with each token in a loop, SHA-1, and ``MinHashLSH``.

The README's tokens are words, given as a list. Chinese has no spaces to split at: a whole paragraph would be one word.
So the tokens are character 5-grams of the text as it is. Bands are its own choice for the threshold, and a document is
dropped if ``query`` gives anything, else it is inserted.
"""

from __future__ import annotations

import datasketch

from benchmarks.peers.texts import NUM_PERM, ngrams

TITLE = "datasketch, README"
REQUIREMENTS = ("datasketch==2.0.0",)
DEFAULT_THRESHOLD = 0.9


def signatures(texts: list[str]) -> list[datasketch.MinHash]:
    """Sketch all texts."""
    sketches = []
    for text in texts:
        sketch = datasketch.MinHash(num_perm=NUM_PERM)
        for gram in ngrams(text):
            sketch.update(gram.encode("utf8"))
        sketches.append(sketch)
    return sketches


def drops(texts: list[str], threshold: float) -> list[bool]:
    """Ask the LSH for what is like a document before it is put in."""
    lsh = datasketch.MinHashLSH(threshold=threshold, num_perm=NUM_PERM)
    dropped = []
    for i, sketch in enumerate(signatures(texts)):
        # What has no n-grams has the same signature as all else that has none, and is like nothing.
        seen = not sketch.is_empty() and bool(lsh.query(sketch))
        if not seen and not sketch.is_empty():
            lsh.insert(str(i), sketch)
        dropped.append(seen)
    return dropped


def scores(pairs: list[tuple[str, str]]) -> list[float]:
    """Estimate the Jaccard similarity from the signatures."""
    sketches = signatures([text for pair in pairs for text in pair])
    return [
        0.0 if one.is_empty() or other.is_empty() else float(one.jaccard(other))
        for one, other in zip(sketches[::2], sketches[1::2], strict=True)
    ]
