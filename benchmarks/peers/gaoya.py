"""gaoya: ``MinHashStringIndex`` with ``analyzer="char"``, which makes the 5-grams in Rust.

Texts are normalised in Python first; that finds more than its own ``lowercase``. Of 128 hashes it takes 126, in 21
bands of 6, and checks what the LSH finds on the signatures. A document is dropped if ``query`` gives anything, else it
is inserted, which hashes it again: the index takes no signatures.
"""

from __future__ import annotations

from gaoya.minhash import MinHashStringIndex

from benchmarks.peers.texts import NGRAM, NUM_PERM, normalised

TITLE = "gaoya, char"
REQUIREMENTS = ("gaoya==0.2.2",)
DEFAULT_THRESHOLD = 0.75


def _index(threshold: float) -> MinHashStringIndex:
    return MinHashStringIndex(
        jaccard_threshold=threshold,
        num_bands=None,
        band_size=None,
        num_hashes=NUM_PERM,
        analyzer="char",
        ngram_range=(NGRAM, NGRAM),
        id_container="smallvec",
    )


def signatures(texts: list[str]) -> list[list[int]]:
    """Hash all texts with the native index that the Python class holds."""
    hashes: list[list[int]] = _index(DEFAULT_THRESHOLD).minhash_index.bulk_hash_docs(list(map(normalised, texts)))
    return hashes


def drops(texts: list[str], threshold: float) -> list[bool]:
    """Ask the index for what is like a document before it is put in."""
    index = _index(threshold)
    dropped = []
    for i, text in enumerate(map(normalised, texts)):
        # All that is shorter than a 5-gram has the same hashes, as if it were the same text.
        seen = len(text) >= NGRAM and bool(index.query(text))
        if not seen and len(text) >= NGRAM:
            index.insert_document(i, text)
        dropped.append(seen)
    return dropped


def scores(pairs: list[tuple[str, str]]) -> list[float]:
    """Estimate the Jaccard similarity: the part of the hashes that agree."""
    texts = [normalised(text) for pair in pairs for text in pair]
    hashes = signatures(texts)
    return [
        sum(a == b for a, b in zip(one, other, strict=True)) / len(one) if min(map(len, sides)) >= NGRAM else 0.0
        for one, other, sides in zip(hashes[::2], hashes[1::2], zip(texts[::2], texts[1::2], strict=True), strict=True)
    ]
