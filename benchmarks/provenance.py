"""How many pairs of versions of one thing are found, which are so by provenance and not because someone judged them.

``--pairs`` is a table without a header, tab-separated: two ids of the corpus and the kind of the pair. For each kind:

- ``alike``: pairs for which the rule holds by their sets: Jaccard or the containment of the smaller at or above 0.8.
  Versions of one thing need not be alike; what is found of the others is chance, or the work of a third document.
- ``candidates``: pairs that share a band, or so many anchors that they are compared; the limits of lists aside.
- ``one cluster``: pairs that `neardup.find_duplicates` leaves with one survivor; ``of alike``: of those alike.
- ``third``: pairs that are alike and not in one cluster, since one of them at least went in favour of a third document.
  ``both kept``: those that are both kept. The shorter text can have the larger set: then it contains an earlier
  survivor and is kept by the rule; else the pair is missed.
- ``find_pairs``: what `neardup.find_pairs` reports at 0.8; ``near``: how many have that Jaccard.
- ``datasketch``: what the LSH of datasketch finds at 0.8 with the bands of its own choice, of the 5-grams of raw texts.

Then, for ``--show N``, some pairs of each kind that are not in one cluster, and what became of the two: those that are
both kept first, then the most alike.

Run ``python -m benchmarks.provenance --corpus laws.jsonl.gz --pairs laws.pairs.tsv --show 5``; it needs the extra
``bench``.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import neardup
from benchmarks import environment
from benchmarks.corpora import add_corpus, markdown, read
from neardup.config import Config
from neardup.minhash import band_keys, sketches
from neardup.shingling import shingle_sets
from neardup.survivors import RELATIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from neardup.results import Duplicates

THRESHOLD = 0.8
NGRAM = 5


@dataclass(frozen=True, slots=True, eq=False)
class VersionPairs:
    """Pairs of documents by provenance.

    Attributes
    ----------
    left, right
        int64, positions in the corpus.
    kind
        Of each pair.
    """

    left: NDArray[np.int64]
    right: NDArray[np.int64]
    kind: NDArray[np.str_] = field(repr=False)

    @classmethod
    def read(cls, path: Path, position: Mapping[str, int]) -> VersionPairs:
        """Read those pairs of a table whose documents are there."""
        lines = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines() if line]
        kept = [line for line in lines if line[0] in position and line[1] in position]
        left, right = (np.array([position[line[side]] for line in kept], np.int64) for side in (0, 1))
        return cls(left, right, np.array([line[2] if len(line) > 2 and line[2] else "all" for line in kept], np.str_))

    def __len__(self) -> int:
        """Count the pairs."""
        return len(self.left)

    def each(self, ask: Callable[[int, int], bool]) -> NDArray[np.bool_]:
        """Ask something of every pair."""
        return np.array([ask(*pair) for pair in zip(self.left.tolist(), self.right.tolist(), strict=True)], np.bool_)


def similarities(texts: Sequence[str], pairs: VersionPairs) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Count the Jaccard similarity of each pair and the containment of its smaller set, 0 of empty ones."""
    sets = shingle_sets(texts, ngram=NGRAM)
    jaccard, containment = np.zeros(len(pairs)), np.zeros(len(pairs))
    for i, (left, right) in enumerate(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True)):
        a, b = sets[left], sets[right]
        if min(len(a), len(b)):
            shared = len(np.intersect1d(a, b, assume_unique=True))
            jaccard[i], containment[i] = shared / (len(a) + len(b) - shared), shared / min(len(a), len(b))
    return jaccard, containment


def candidates(texts: Sequence[str], pairs: VersionPairs, config: Config) -> NDArray[np.bool_]:
    """Tell which pairs share a band, or enough anchors; the limits of lists aside."""
    signatures, anchors, _ = sketches(texts, **config.sketching, threads=1)
    keys = band_keys(signatures, bands=config.bands, rows=config.rows)

    def enough(left: int, right: int) -> bool:
        fewer = min(len(anchors[left]), len(anchors[right]))
        return fewer > 0 and len(np.intersect1d(anchors[left], anchors[right])) / fewer >= config.min_anchor_share

    shared: NDArray[np.bool_] = (keys[pairs.left] == keys[pairs.right]).any(axis=1)
    return shared | pairs.each(enough)


def one_cluster(found: Duplicates, pairs: VersionPairs) -> NDArray[np.bool_]:
    """Tell which pairs have one survivor."""
    survivor = np.where(found.is_duplicate, found.match, np.arange(len(found)))
    same: NDArray[np.bool_] = survivor[pairs.left] == survivor[pairs.right]
    return same


def reported(texts: Sequence[str], pairs: VersionPairs) -> NDArray[np.bool_]:
    """Tell which pairs `find_pairs` reports, those of documents identical to reported ones too."""
    found = neardup.find_pairs(texts, threshold=THRESHOLD, threads=1)
    known = set(zip(found.left.tolist(), found.right.tolist(), strict=True))
    first = found.first.tolist()

    def is_known(left: int, right: int) -> bool:
        one, other = sorted((first[left], first[right]))
        return one == other or (one, other) in known

    return pairs.each(is_known)


def datasketch_finds(texts: Sequence[str], pairs: VersionPairs) -> NDArray[np.bool_]:
    """Tell which pairs datasketch's LSH finds."""
    import datasketch
    import xxhash

    encoded = ([text[i : i + NGRAM].encode() for i in range(len(text) - NGRAM + 1)] for text in texts)
    found = datasketch.MinHash.bulk(encoded, num_perm=128, hashfunc=xxhash.xxh32_intdigest)
    lsh = datasketch.MinHashLSH(threshold=THRESHOLD, num_perm=128)
    for i in sorted({*pairs.left.tolist(), *pairs.right.tolist()}):
        if not found[i].is_empty():
            lsh.insert(i, found[i])
    answers = {left: set(lsh.query(found[left])) for left in set(pairs.left.tolist())}
    return pairs.each(lambda left, right: right in answers[left] and not found[left].is_empty())


def fate(found: Duplicates, position: int) -> str:
    """Say what became of a document."""
    if found.is_empty[position]:
        return "empty"
    if found.is_duplicate[position]:
        return f"dropped for {found.ids[found.match[position]]}"
    if found.match[position] >= 0:
        return f"kept, {RELATIONS[found.relation[position]]} {found.ids[found.match[position]]}"
    return "kept"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.provenance", description=__doc__.split("\n")[0])
    add_corpus(parser)
    parser.add_argument("--pairs", type=Path, required=True, metavar="FILE.tsv", help="id, id, kind; tab-separated")
    parser.add_argument("--show", type=int, default=0, metavar="N", help="print N pairs of each kind that are missed")
    options = parser.parse_args()
    print(environment())
    documents = list(read(options.corpus, options.limit))
    ids, texts = [document.id for document in documents], [document.text for document in documents]
    pairs = VersionPairs.read(options.pairs, {id_: i for i, id_ in enumerate(ids)})
    print(f"{options.corpus.name}: {len(texts):,} documents, {len(pairs):,} pairs by provenance\n")

    config = Config(threshold=THRESHOLD, min_containment=THRESHOLD)
    jaccard, containment = similarities(texts, pairs)
    near, alike = jaccard >= THRESHOLD, np.maximum(jaccard, containment) >= THRESHOLD
    found = neardup.find_duplicates(texts, ids=ids, config=config, threads=1)
    compared, together = candidates(texts, pairs, config), one_cluster(found, pairs)
    dropped = found.is_duplicate[pairs.left] | found.is_duplicate[pairs.right]
    columns = (near, alike, compared, together, reported(texts, pairs), datasketch_finds(texts, pairs))

    kinds = sorted(set(pairs.kind.tolist()))
    rows = []
    for kind in kinds:
        of_kind = pairs.kind == kind
        is_near, is_alike, shared, same, listed, theirs = (f"{column[of_kind].mean():.3f}" for column in columns)
        of_alike = together[of_kind & alike]
        share = f"{of_alike.mean():.3f}" if len(of_alike) else "-"
        apart = [f"{(of_kind & alike & ~together & which).sum():,}" for which in (dropped, ~dropped)]
        rows.append([kind, f"{of_kind.sum():,}", is_alike, shared, same, share, *apart, is_near, listed, theirs])
    header = ["kind", "pairs", "alike", "candidates", "one cluster", "of alike", "third", "both kept"]
    header += ["near", "find_pairs", "datasketch"]
    print(markdown(header, rows))

    for kind in kinds if options.show else ():
        missed = np.flatnonzero((pairs.kind == kind) & ~together)
        likeness = np.maximum(jaccard, containment)[missed]
        missed = missed[np.lexsort((-likeness, dropped[missed] | ~alike[missed]))]
        print(f"\n{kind}: {len(missed):,} pairs not in one cluster, {int(alike[missed].sum()):,} of them alike")
        for i in missed[: options.show].tolist():
            left, right = int(pairs.left[i]), int(pairs.right[i])
            print(
                f"- Jaccard {jaccard[i]:.3f}, containment {containment[i]:.3f}, "
                f"{'' if compared[i] else 'not '}a candidate: "
                f"{ids[left]} ({len(texts[left])} code points, {fate(found, left)}) and "
                f"{ids[right]} ({len(texts[right])}, {fate(found, right)})"
            )


if __name__ == "__main__":
    main()
