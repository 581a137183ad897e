"""Pairs of versions of one thing, which are so by provenance and not because someone judged them.

A file of them is a table without a header, tab-separated: two ids of the corpus and the kind of the pair.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from neardup.inputs import text_column
from neardup.minhash import band_keys
from neardup.shingling import shingle_sets
from neardup.sketches import Sketches

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from benchmarks.setting import Corpus
    from neardup.config import Config
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
        """Read those pairs of a table whose documents are there; see `of`."""
        lines = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines() if line]
        kept = [line for line in lines if line[0] in position and line[1] in position]
        left, right = (np.array([position[line[side]] for line in kept], np.int64) for side in (0, 1))
        return cls(left, right, np.array([line[2] if len(line) > 2 and line[2] else "all" for line in kept], np.str_))

    @classmethod
    def of(cls, corpus: Corpus, path: Path) -> VersionPairs:
        """Read the pairs of a corpus.

        Raises
        ------
        ValueError
            If there are none.
        """
        pairs = cls.read(path, {id_: i for i, id_ in enumerate(corpus.ids)})
        if not len(pairs):
            raise ValueError(f"{path.name}: no pair is of two documents of {corpus.name}")
        return pairs

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
    found = Sketches.of_own_texts(text_column(texts), config, 1)
    keys, anchors = band_keys(found.signatures, bands=config.bands, rows=config.rows), found.anchors

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
