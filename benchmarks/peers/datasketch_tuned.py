"""datasketch at its best for Chinese: ``MinHash.bulk`` of encoded character 5-grams with xxh32, and ``MinHashLSH``.

Texts are normalised in Python first. The LSH has 32 bands of 4, and what it finds is checked with ``jaccard``: at
thresholds from 0.5 to 0.9 that finds more than the bands of its own choice without a check, and but at 0.9 more of it
is right, for about a tenth more time. A document is dropped if one in the index is as alike, else it is inserted.

An online index keeps neither texts nor sketches, so there is nothing to check with: a document is seen if ``query``
gives anything. Of 20 bands of 6, the usual choice, one is found at a Jaccard of 0.8 with a chance of 0.998.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import datasketch
import xxhash

from benchmarks.peers.online import measured
from benchmarks.peers.texts import NUM_PERM, ngrams, normalised
from benchmarks.peers.worker import settle

if TYPE_CHECKING:
    from collections.abc import Callable

TITLE = "datasketch, tuned"
REQUIREMENTS = ("datasketch==2.0.0", "xxhash==4.1.0")
DEFAULT_THRESHOLD = 0.9

BANDS, ROWS = 32, 4
ONLINE_PARAMS = (20, 6)


def signatures(texts: list[str]) -> list[datasketch.MinHash]:
    """Sketch all texts."""
    encoded = ([gram.encode() for gram in ngrams(normalised(text))] for text in texts)
    sketches: list[datasketch.MinHash] = datasketch.MinHash.bulk(
        encoded, num_perm=NUM_PERM, hashfunc=xxhash.xxh32_intdigest
    )
    return sketches


def drops(texts: list[str], threshold: float) -> list[bool]:
    """Ask the LSH for what is like a document before it is put in."""
    lsh = datasketch.MinHashLSH(num_perm=NUM_PERM, params=(BANDS, ROWS))
    sketches = signatures(texts)
    dropped = []
    for i, sketch in enumerate(sketches):
        # What has no n-grams has the same signature as all else that has none, and is like nothing.
        if sketch.is_empty():
            dropped.append(False)
            continue
        seen = any(sketch.jaccard(sketches[j]) >= threshold for j in lsh.query(sketch))
        if not seen:
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


def online(texts: list[str], stored: int) -> dict[str, Any]:
    """Add documents one by one to an index in memory, and ask about others."""
    return online_by(datasketch.MinHashLSH(num_perm=NUM_PERM, params=ONLINE_PARAMS), texts, stored, settle)


def online_by(lsh: datasketch.MinHashLSH, texts: list[str], stored: int, size: Callable[[], int]) -> dict[str, Any]:
    """Add documents one by one to an index, and ask about others."""
    empty = datasketch.MinHash(num_perm=NUM_PERM, hashfunc=xxhash.xxh32_intdigest)

    def sketch(text: str) -> datasketch.MinHash:
        made = empty.copy()
        made.update_batch([gram.encode() for gram in ngrams(normalised(text))])
        return made

    def add(number: int, text: str) -> bool:
        made = sketch(text)
        if lsh.query(made):
            return True
        lsh.insert(number, made)
        return False

    return measured(texts, stored, add, lambda text: bool(lsh.query(sketch(text))), size)
