"""Exact truth for a corpus: all pairs of documents whose shingle sets are similar enough, counted, not estimated.

The sets are `neardup.shingling.shingle_sets`. Rows of a sparse matrix are documents, columns are shingles; its product
with its transpose counts what every two documents share. Four steps keep that small, and none leaves a pair out:

1. Equal sets are one row: a thousand copies of a page are one class and not half a million pairs. `ExactPairs` lists
   pairs of classes and expands them on demand.
2. Shingles of one document only are dropped, for nothing can be shared there.
3. Shingles that occur in the very same documents are one column with a weight.
4. Rows stand by size, and the product is taken in blocks, each with the rows that are neither smaller nor, for
   Jaccard, too large to reach the threshold. A block holds some `BLOCK_CELLS` counts, whatever the corpus.

Time grows with the sum over the columns of the squared number of their documents, memory with the shingles and with the
pairs found: seconds for corpora of some 10^4 documents, also where they are pages of a few templates, and a minute for
10^5 short ones. At these sizes prefix filters (as in PPJoin) are not needed, and one pass serves all thresholds.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.sparse import csr_array

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TypeAlias

    from numpy.typing import NDArray

    from neardup.shingling import HashSets

    Integers: TypeAlias = NDArray[np.int64]
    Measure: TypeAlias = Literal["jaccard", "containment"]

BLOCK_CELLS = 2**23
"""Counts that a block of the product may hold, or one row more; 16 bytes each."""


@dataclass(frozen=True, slots=True, eq=False)
class ExactPairs:
    """All pairs at a threshold, between classes of documents with equal sets.

    Attributes
    ----------
    left, right
        int64, positions of the documents of each pair, ``left < right``, in order. Each stands for its class: it is
        the first of its documents.
    score
        float64, the Jaccard or the containment of the pair.
    first
        int64, for each document of the corpus the first document with an equal set; -1 for an empty set, which pairs
        with nothing. Documents of one class are pairs of score 1, and are not listed but by `expanded`.
    """

    left: Integers
    right: Integers
    score: NDArray[np.float64]
    first: Integers

    def at(self, threshold: float) -> ExactPairs:
        """Keep the pairs that score at least a higher threshold."""
        kept = self.score >= threshold
        return ExactPairs(self.left[kept], self.right[kept], self.score[kept], self.first)

    @property
    def equal_count(self) -> int:
        """How many pairs of documents have equal sets."""
        members = self._members
        return int((members * (members - 1) // 2).sum())

    @property
    def count(self) -> int:
        """How many pairs of documents there are, those of equal sets included; `expanded` lists as many."""
        members = self._members
        return self.equal_count + int((members[self.left] * members[self.right]).sum())

    @property
    def _members(self) -> Integers:
        """How many documents each document stands for: 0 if it is not the first of its class."""
        return np.bincount(self.first[self.first >= 0], minlength=len(self.first)).astype(np.int64)

    def expanded(self) -> ExactPairs:
        """List the pairs of documents: every document of a class for its first one, and all pairs within a class.

        Returns
        -------
        ExactPairs
            Every document is a class of its own. Memory is 24 bytes a pair, see `count`, and as much to sort them.
        """
        members = self._members
        by_class = np.argsort(self.first, kind="stable")[np.count_nonzero(self.first < 0) :]
        starts = np.cumsum(members) - members
        widths = members[self.right]
        cells = members[self.left] * widths
        cell = np.arange(cells.sum()) - np.repeat(np.cumsum(cells) - cells, cells)
        width = np.repeat(widths, cells)
        left = [by_class[np.repeat(starts[self.left], cells) + cell // width]]
        right = [by_class[np.repeat(starts[self.right], cells) + cell % width]]
        for one in np.flatnonzero(members > 1):
            above, below = np.triu_indices(members[one], k=1)
            left.append(by_class[starts[one] + above])
            right.append(by_class[starts[one] + below])
        score = np.ones(sum(map(len, left)))
        score[: len(cell)] = np.repeat(self.score, cells)
        alone = np.where(self.first < 0, -1, np.arange(len(self.first)))
        return _in_order(np.concatenate(left), np.concatenate(right), score, alone)


def exact_pairs(sets: HashSets, threshold: float) -> ExactPairs:
    """Find all pairs whose Jaccard similarity ``|A∩B| / |A∪B|`` is at least the threshold.

    Parameters
    ----------
    sets
        From `neardup.shingling.shingle_sets`.
    threshold
        In (0, 1].

    Raises
    ------
    ValueError
        If the threshold is out of range.

    Examples
    --------
    >>> found = exact_pairs(shingle_sets(["天地玄黄宇宙洪荒", "天地玄黄宇宙洪水", "日月盈昃", "日月盈昃。"]), 0.5)
    >>> found.left.tolist(), found.right.tolist(), found.score.tolist(), found.count
    ([0], [1], [0.6], 2)
    >>> [(int(a), int(b)) for a, b in zip(found.expanded().left, found.expanded().right)]
    [(0, 1), (2, 3)]
    """
    return _search(sets, threshold, "jaccard")


def exact_containments(sets: HashSets, threshold: float) -> ExactPairs:
    """Find all pairs in which at least that share of the smaller set is in the other: ``|A∩B| / min(|A|, |B|)``.

    See `exact_pairs`; which of the two is the smaller, ``sets.sizes`` tells.

    Examples
    --------
    >>> exact_containments(shingle_sets(["天地玄黄宇宙洪荒日月盈昃", "玄黄宇宙洪荒"]), 1).score.tolist()
    [1.0]
    """
    return _search(sets, threshold, "containment")


def _search(sets: HashSets, threshold: float, measure: Measure) -> ExactPairs:
    if not 0 < threshold <= 1:
        msg = f"threshold must be in (0, 1], not {threshold}"
        raise ValueError(msg)
    first = _first_equal(sets)
    rows = np.flatnonzero(first == np.arange(len(sets)))
    rows = rows[np.argsort(sets.sizes[rows], kind="stable")]
    sizes = sets.sizes[rows]
    found: list[tuple[Integers, Integers, NDArray[np.float64]]] = []
    for small, large, shared in _shared(*_shingles_by_row(sets, rows), sizes, threshold if measure == "jaccard" else 0):
        union = sizes[small] + sizes[large] - shared
        score = shared / (union if measure == "jaccard" else sizes[small])
        kept = (score >= threshold) & (small < large)
        found.append((rows[small[kept]], rows[large[kept]], score[kept]))
    columns = [np.concatenate(column) for column in zip(*found, strict=True)] if found else [np.empty(0, np.int64)] * 3
    return _in_order(columns[0], columns[1], columns[2].astype(np.float64), first)


def _first_equal(sets: HashSets) -> Integers:
    """Give the first set that equals each; -1 for the empty ones. Equal are those of one 128-bit digest."""
    seen: dict[bytes, int] = {}
    first = [
        seen.setdefault(hashlib.blake2b(hashes.tobytes(), digest_size=16).digest(), i) if len(hashes) else -1
        for i, hashes in enumerate(sets)
    ]
    return np.array(first, np.int64)


def _shingles_by_row(sets: HashSets, rows: Integers) -> tuple[csr_array, NDArray[np.int32]]:
    """Make the matrix of the documents in `rows`, in that order, and the weights of its columns."""
    row_of = np.full(len(sets), -1, np.int32)
    row_of[rows] = np.arange(len(rows))
    owners = np.repeat(row_of, sets.sizes)
    owners = owners[(by_shingle := np.argsort(sets.values))]
    hashes = sets.values[by_shingle][owners >= 0]
    owners = owners[owners >= 0]
    starts = np.flatnonzero(np.concatenate([[True], hashes[1:] != hashes[:-1]])) if len(hashes) else np.empty(0, int)
    documents = np.diff(starts, append=len(hashes))
    del hashes, by_shingle
    owners, documents = owners[np.repeat(documents > 1, documents)], documents[documents > 1]
    # Columns with the same documents have the same sum of random 64-bit words, and others by accident only, with a
    # chance as that of shingles to share a hash.
    words = np.random.default_rng(0).integers(0, 2**64, len(rows), dtype=np.uint64)
    sums = np.add.reduceat(words[owners], np.cumsum(documents) - documents) if len(owners) else words[:0]
    _, kept, weights = np.unique(sums, return_index=True, return_counts=True)
    by_position = np.argsort(kept)
    is_kept = np.zeros(len(documents), np.bool_)
    is_kept[kept] = True
    owners, documents = owners[np.repeat(is_kept, documents)], documents[is_kept]
    columns = np.repeat(np.arange(len(documents), dtype=np.int32), documents)
    matrix = csr_array((np.ones(len(owners), np.int32), (owners, columns)), shape=(len(rows), len(documents)))
    return matrix, weights[by_position].astype(np.int32)


def _shared(
    matrix: csr_array, weights: NDArray[np.int32], sizes: Integers, threshold: float
) -> Iterator[tuple[Integers, Integers, Integers]]:
    """Count, block by block, what pairs of rows share: the smaller row, the larger one, the count.

    Every pair that shares anything comes once with the smaller row first (rows stand by size), but for those whose
    sizes rule out the threshold; some come also the other way round, or are a row with itself.
    """
    documents = np.bincount(matrix.indices, minlength=matrix.shape[1])
    cells = np.cumsum(np.minimum(matrix @ documents, matrix.shape[0])) if matrix.shape[0] else np.empty(0)
    start = 0
    while start < matrix.shape[0]:
        stop = max(start + 1, int(np.searchsorted(cells, (cells[start - 1] if start else 0) + BLOCK_CELLS, "right")))
        # What two sets share is at most the smaller one, so that Jaccard is at most the ratio of their sizes.
        reach = int(np.count_nonzero(sizes[stop - 1] / sizes >= threshold))
        block = matrix[start:stop]
        block.data = weights[block.indices]
        product = (block @ matrix[start:reach].T).tocoo()
        yield product.coords[0] + np.int64(start), product.coords[1] + np.int64(start), product.data.astype(np.int64)
        start = stop


def _in_order(left: Integers, right: Integers, score: NDArray[np.float64], first: Integers) -> ExactPairs:
    left, right = np.minimum(left, right), np.maximum(left, right)
    order = np.lexsort((right, left))
    return ExactPairs(left[order], right[order], score[order], first)
