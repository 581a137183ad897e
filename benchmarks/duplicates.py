"""How fast `neardup.find_duplicates` is beside its peers, and how much of the exact truth each of them finds.

Every way from raw texts to the documents that are dropped runs once a round, by turns, each on one thread;
``x neardup`` is the median over the rounds of its time divided by that of `find_duplicates` in the same round. The
peers:

- rensa as its README keeps unique documents: ``RMinHashDeduplicator`` with LSH, which checks what it finds on the
  signatures; ``add_pairs`` of the character 5-grams that Python makes. Bands are its own choice.
- datasketch: ``MinHash.bulk`` of the encoded 5-grams with xxh32, ``MinHashLSH`` at the threshold with the bands of its
  own choice; a document is dropped if ``query`` gives anything, else it is inserted.
- both again with texts that are normalised in Python first, as one does for Chinese: NFKC, lower case, and everything
  dropped that is neither a letter nor a number. That is nearly what neardup's folding does, which is in its own time.

The truth is `benchmarks.truth`: Jaccard at or above the threshold. It does not ask in which order a tool takes the
documents, but what it keeps. A dropped document is *right* if a kept one is as like it as that. A kept document is
*missed* if an earlier one that is kept, and not missed itself, is as like it. Recall is ``right / (right + missed)``,
precision ``right / dropped``. neardup also drops what another document contains: for its precision such a drop is right
if that much of the document's set, exactly counted, is in the set of a kept one. There are two truths, that of folded
texts, and that of raw texts (their 5-grams as they are, what the peers look at).

Run ``python -m benchmarks.duplicates --corpus news.jsonl.gz``; it needs the extra ``bench``.
"""

from __future__ import annotations

import argparse
import os
import re
import unicodedata
from dataclasses import dataclass
from functools import partial
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

import neardup
from benchmarks import environment
from benchmarks.corpora import add_corpus, markdown, read
from benchmarks.truth import exact_containments, exact_pairs
from neardup.shingling import HashSets, shingle_sets

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from benchmarks.truth import ExactPairs

NGRAM = 5
NUM_PERM = 128
MIN_CONTAINMENT = 0.8

_SIGNS = re.compile(r"[\W_]+")


class Way(NamedTuple):
    """A way to the documents that are dropped: for every text whether it is."""

    name: str
    run: Callable[[], NDArray[np.bool_]]
    contained_too: bool = False


def ngrams(text: str) -> list[str]:
    """Make the character n-grams as users of the peers do."""
    return [text[i : i + NGRAM] for i in range(len(text) - NGRAM + 1)]


def normalised(text: str) -> str:
    """Drop what does not matter, with Python alone."""
    return _SIGNS.sub("", unicodedata.normalize("NFKC", text).lower())


def neardup_drops(texts: list[str], threshold: float) -> NDArray[np.bool_]:
    """Give what `find_duplicates` drops."""
    found = neardup.find_duplicates(texts, threshold=threshold, min_containment=MIN_CONTAINMENT, threads=1)
    return found.is_duplicate


def rensa_drops(texts: list[str], threshold: float, prepare: Callable[[str], str] = str) -> NDArray[np.bool_]:
    """Give what rensa's deduplicator drops."""
    import rensa

    deduplicator = rensa.RMinHashDeduplicator(threshold=threshold, num_perm=NUM_PERM, use_lsh=True)
    kept = deduplicator.add_pairs((str(i), ngrams(prepare(text))) for i, text in enumerate(texts))
    return ~np.array(kept, np.bool_)


def datasketch_drops(texts: list[str], threshold: float, prepare: Callable[[str], str] = str) -> NDArray[np.bool_]:
    """Give what datasketch's LSH has seen before."""
    import datasketch
    import xxhash

    encoded = ([gram.encode() for gram in ngrams(prepare(text))] for text in texts)
    sketches = datasketch.MinHash.bulk(encoded, num_perm=NUM_PERM, hashfunc=xxhash.xxh32_intdigest)
    lsh = datasketch.MinHashLSH(threshold=threshold, num_perm=NUM_PERM)
    dropped = np.zeros(len(texts), np.bool_)
    for i, sketch in enumerate(sketches):
        # What has no n-grams has the same signature as all else that has none, and is like nothing.
        if sketch.is_empty():
            continue
        if lsh.query(sketch):
            dropped[i] = True
        else:
            lsh.insert(i, sketch, check_duplication=False)
    return dropped


def raw_sets(texts: Sequence[str]) -> HashSets:
    """Hash the n-grams of texts as they are; a text of fewer code points has none."""
    multiplier, mixer = np.uint64(0xD1342543DE82EF95), np.uint64(0xBF58476D1CE4E5B9)
    found = []
    for text in texts:
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)
        sums = np.zeros(max(0, len(codes) - NGRAM + 1), np.uint64)
        for start in range(NGRAM):
            sums = sums * multiplier + codes[start : start + len(sums)]
        found.append(np.unique((sums ^ sums >> np.uint64(30)) * mixer))
    return HashSets(np.concatenate([*found, np.empty(0, np.uint64)]), np.cumsum([0, *map(len, found)]))


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """Which documents are alike: pairs, and pairs of which one contains the other.

    Attributes
    ----------
    likes
        For each document the positions of those that are as like it as the threshold asks.
    containers
        For each document the positions of those that contain it, by `MIN_CONTAINMENT`.
    """

    likes: list[list[int]]
    containers: list[list[int]]

    @classmethod
    def of(cls, sets: HashSets, threshold: float) -> Truth:
        """Count what every two documents share."""
        likes = _partners(exact_pairs(sets, threshold), len(sets))
        containers: list[list[int]] = [[] for _ in range(len(sets))]
        found = exact_containments(sets, MIN_CONTAINMENT).expanded()
        # The score is that of the smaller set. The larger one is contained too if it has few shingles more.
        small, large = (
            np.where(sets.sizes[found.left] <= sets.sizes[found.right], *pair)
            for pair in ((found.left, found.right), (found.right, found.left))
        )
        shared = found.score * sets.sizes[small]
        for one, other, count in zip(small.tolist(), large.tolist(), shared.tolist(), strict=True):
            containers[one].append(other)
            if round(count) / sets.sizes[other] >= MIN_CONTAINMENT:
                containers[other].append(one)
        return cls(likes, containers)

    def judge(self, dropped: NDArray[np.bool_], *, contained_too: bool) -> tuple[float, float]:
        """Give recall and precision, 1 of nothing."""
        drops = dropped.tolist()
        right = {i for i, drop in enumerate(drops) if drop and not all(drops[j] for j in self.likes[i])}
        inside = [i for i, drop in enumerate(drops) if drop and not all(drops[j] for j in self.containers[i])]
        missed: set[int] = set()
        for i, drop in enumerate(drops):
            if not drop and any(j < i and not drops[j] and j not in missed for j in self.likes[i]):
                missed.add(i)
        recall = len(right) / max(1, len(right) + len(missed)) if right or missed else 1.0
        precision = len(right.union(inside if contained_too else ())) / sum(drops) if any(drops) else 1.0
        return recall, precision


def _partners(pairs: ExactPairs, size: int) -> list[list[int]]:
    found: list[list[int]] = [[] for _ in range(size)]
    listed = pairs.expanded()
    for left, right in zip(listed.left.tolist(), listed.right.tolist(), strict=True):
        found[left].append(right)
        found[right].append(left)
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.duplicates", description=__doc__.split("\n")[0])
    add_corpus(parser)
    parser.add_argument("--threshold", type=float, default=0.8, metavar="SHARE")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="how often every way runs")
    options = parser.parse_args()
    os.environ["RAYON_NUM_THREADS"] = "1"
    texts = [document.text for document in read(options.corpus, options.limit)]
    chars = sum(map(len, texts))
    print(f"{environment()}\n{options.corpus.name}: {len(texts):,} documents, {chars:,} code points")

    threshold = options.threshold
    ways = [
        Way("neardup", partial(neardup_drops, texts, threshold), contained_too=True),
        Way("rensa", partial(rensa_drops, texts, threshold)),
        Way("rensa, texts normalised", partial(rensa_drops, texts, threshold, normalised)),
        Way("datasketch", partial(datasketch_drops, texts, threshold)),
        Way("datasketch, texts normalised", partial(datasketch_drops, texts, threshold, normalised)),
    ]
    times: dict[str, list[float]] = {way.name: [] for way in ways}
    dropped: dict[str, NDArray[np.bool_]] = {}
    for _ in range(options.rounds):
        for way in ways:
            start = perf_counter()
            dropped[way.name] = way.run()
            times[way.name].append(perf_counter() - start)

    base = times[ways[0].name]
    rows = [
        [
            name,
            f"{median(found):.2f}",
            f"{min(found):.2f}",
            f"{median(found) * 1e9 / max(1, chars):.1f}",
            f"{median(a / b for a, b in zip(found, base, strict=True)):.1f}",
        ]
        for name, found in times.items()
    ]
    print(f"\nfrom texts to what is dropped, threshold {threshold:g}, one thread, {options.rounds} rounds by turns:\n")
    print(markdown(["way", "median, s", "least, s", "ns/code point", "x neardup"], rows))

    truths = [Truth.of(shingle_sets(texts, ngram=NGRAM), threshold), Truth.of(raw_sets(texts), threshold)]
    rows = []
    for way in ways:
        judged = [truth.judge(dropped[way.name], contained_too=way.contained_too) for truth in truths]
        scores = [f"{score:.3f}" for pair in judged for score in pair]
        rows.append([way.name, f"{dropped[way.name].sum():,}", *scores])
    print(f"\nbeside the exact truth, Jaccard {threshold:g}, of folded texts and of raw ones:\n")
    print(markdown(["way", "dropped", "recall", "precision", "recall, raw", "precision, raw"], rows))


if __name__ == "__main__":
    main()
