"""Matches: documents beside the survivors they were compared with, in arrays, with objects made when asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, overload

import numpy as np

from neardup.evidence import Evidence
from neardup.model import Match
from neardup.relations import RELATIONS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neardup._typing import Id


@dataclass(frozen=True, slots=True)
class Cuts:
    """What the limits of the config left out; all 0 means that they changed nothing.

    Attributes
    ----------
    listed
        How often a survivor was left out of the bucket of a digest, a band or an anchor, which held
        ``max_bucket_size`` already.
    documents
        How many documents had more than ``max_candidates`` candidates.
    candidates
        How many of their candidates were not compared, the least likely.
    """

    listed: int
    documents: int
    candidates: int

    def to_dict(self) -> dict[str, int]:
        """Give the fields as plain data."""
        return {"listed": self.listed, "documents": self.documents, "candidates": self.candidates}


@dataclass(frozen=True, slots=True, eq=False)
class Matches(Sequence[Match]):
    """Some documents with what each was compared with; a sequence of `Match`.

    Attributes
    ----------
    ids
        Of all documents.
    positions
        int64: which documents, by their positions among all.
    match
        int64: for each the position of the survivor.
    relation
        uint8: for each the number of its relation in `neardup.relations.RELATIONS`.
    evidence
        float64, shape (n, 12): the values of `neardup.Evidence`.
    """

    ids: Sequence[Id] = field(repr=False)
    positions: NDArray[np.int64]
    match: NDArray[np.int64]
    relation: NDArray[np.uint8]
    evidence: NDArray[np.float64]

    def __len__(self) -> int:
        """Count the documents."""
        return len(self.positions)

    def __repr__(self) -> str:
        return f"Matches({len(self)} documents)"

    @overload
    def __getitem__(self, index: int) -> Match: ...
    @overload
    def __getitem__(self, index: slice) -> Matches: ...
    def __getitem__(self, index: int | slice) -> Match | Matches:
        """Give one, or some."""
        if isinstance(index, slice):
            return Matches(
                self.ids, self.positions[index], self.match[index], self.relation[index], self.evidence[index]
            )
        relation = RELATIONS[self.relation[index]]
        assert relation is not None
        return Match(
            self.ids[self.positions[index]],
            self.ids[self.match[index]],
            relation,
            Evidence.from_row(self.evidence[index].tolist()),
        )


SCORE = np.array([{"contained": 1, "contains": 2}.get(str(relation), 0) for relation in RELATIONS])
"""For each of `neardup.relations.RELATIONS` which value of the evidence is its score."""


def scores_of(evidence: NDArray[np.float64], relation: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Give of each row of evidence the value that is the score of its relation."""
    scores: NDArray[np.float64] = evidence[np.arange(len(relation)), SCORE[relation]]
    return scores


NUMBERS = {relation: number for number, relation in enumerate(RELATIONS) if relation}
"""The number of each relation."""
