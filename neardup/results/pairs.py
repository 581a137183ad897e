"""Pairs of documents that are as alike as a threshold."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

import numpy as np

from neardup.inputs.ids import id_array
from neardup.results.exports import Exported

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from neardup._typing import Id


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Pairs(Exported):
    """Pairs of documents that are as alike as the threshold asks, each compared.

    Identical documents are a class, and only the first of a class is paired with others: with the first of other
    classes, and with each of its own. `expanded` gives the others too; `collapsed` says how many those are.

    Attributes
    ----------
    ids
        Of all documents, as they were given.
    left, right
        int64: positions of the two documents of each pair; left is before right. By right, then by left.
    jaccard
        float64: their Jaccard similarity.
    first
        int64: of every document the position of the first that is identical to it, itself for most.
    skipped
        The ids of the texts that were null, with ``on_null="skip"``.

    Examples
    --------
    >>> from neardup import find_pairs
    >>> found = find_pairs(["天地玄黄，宇宙洪荒"] * 3)
    >>> found
    Pairs(2 pairs of 3 documents; 1 more of identical ones with expanded())
    >>> list(found.expanded())
    [(0, 1, 1.0), (0, 2, 1.0), (1, 2, 1.0)]
    """

    ids: Sequence[Id]
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    jaccard: NDArray[np.float64]
    first: NDArray[np.int64]
    skipped: Sequence[Id] = ()

    def __len__(self) -> int:
        """Count the pairs."""
        return len(self.left)

    def __iter__(self) -> Iterator[tuple[Id, Id, float]]:
        """Give the ids and the similarity of each pair."""
        for left, right, jaccard in zip(self.left.tolist(), self.right.tolist(), self.jaccard.tolist(), strict=True):
            yield self.ids[left], self.ids[right], jaccard

    def __str__(self) -> str:
        """Say how many there are, and how many more between identical documents."""
        said = f"{len(self)} pair{'' if len(self) == 1 else 's'} of {len(self.ids)} documents"
        said += f"; {self.collapsed} more of identical ones with expanded()" if self.collapsed else ""
        return said + (f"; {len(self.skipped)} skipped" if self.skipped else "")

    @property
    def collapsed(self) -> int:
        """How many more pairs `expanded` gives, of documents that are identical to others."""
        sizes, before = self._classes()
        is_inside = self.first[self.right] != self.right
        products = sizes[self.first[self.left]] * sizes[self.first[self.right]]
        return int(np.where(is_inside, before[self.right], products).sum()) - len(self)

    def expanded(self) -> Pairs:
        """Give every pair, also of two documents that are identical to others: as many as the products of classes.

        Those of the parts that `neardup.iter_pairs` gives are together those of `neardup.find_pairs`, each once.
        """
        members: dict[int, list[int]] = {}
        for position, first in enumerate(self.first.tolist()):
            members.setdefault(first, []).append(position)
        _, before = self._classes()
        rows: list[tuple[int, int, float]] = []
        for left, right, jaccard in zip(self.left.tolist(), self.right.tolist(), self.jaccard.tolist(), strict=True):
            if self.first[right] == right:
                rows += [(*sorted((one, other)), jaccard) for one in members[left] for other in members[right]]
            else:
                rows += [(one, right, jaccard) for one in members[left][: before[right]]]
        pairs = Pairs.from_rows(self.ids, rows, np.arange(len(self.ids)))
        return replace(pairs, skipped=self.skipped)

    @classmethod
    def from_rows(cls, ids: Sequence[Id], rows: Sequence[tuple[int, int, float]], first: NDArray[np.int64]) -> Self:
        """Make pairs of ``left, right, jaccard``."""
        left, right, jaccard = (
            zip(*sorted(rows, key=lambda row: (row[1], row[0])), strict=True) if rows else ((), (), ())
        )
        return cls(ids, np.array(left, np.int64), np.array(right, np.int64), np.array(jaccard, np.float64), first)

    def to_arrow(self) -> pa.Table:
        """Give a pyarrow table: ``left`` and ``right``, the ids, and ``jaccard``."""
        import pyarrow as pa

        ids = id_array(self.ids)
        sides = {"left": ids.take(pa.array(self.left)), "right": ids.take(pa.array(self.right))}
        return pa.table({**sides, "jaccard": pa.array(self.jaccard)})

    def _classes(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Give the size of every class, by its first document, and how many of its class stand before a document."""
        sizes = np.bincount(self.first, minlength=len(self.ids))
        order = np.argsort(self.first, kind="stable")
        before = np.empty_like(order)
        before[order] = np.arange(len(order)) - (np.cumsum(sizes) - sizes)[self.first[order]]
        return sizes, before
