"""Matches: documents beside the survivors they were compared with, in arrays, with objects made when asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, overload

import numpy as np

from neardup.evidence import Evidence
from neardup.model import Match
from neardup.relations import RELATIONS

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from neardup._typing import Id

Read = TypeVar("Read", bound="Plain")

SCHEMA_VERSION = 1


class Plain(Protocol):
    """What gives itself as plain data."""

    def to_dict(self) -> dict[str, Any]:
        """Give the plain data."""


def read_plain(
    make: Callable[[Mapping[str, Any]], Read],
    data: Mapping[str, Any],
    checks: Mapping[str, Callable[[str, object], object]] = MappingProxyType({}),
) -> Read:
    """Make a result again of plain data, which it must give back just so.

    Parameters
    ----------
    make
        What makes the result.
    data
        What `to_dict` gave.
    checks
        Of options among the data.

    Raises
    ------
    TypeError
        If the data are no mapping.
    ValueError
        If they are of another schema than this version writes, or were not written by `to_dict`, or were edited; says
        what is wrong.
    """
    if not isinstance(data, Mapping):
        raise TypeError(f"the data must be what to_dict gave, not {type(data).__name__}")
    if data.get("schema_version") != SCHEMA_VERSION:
        raise ValueError(f"schema_version must be {SCHEMA_VERSION}, not {data.get('schema_version')!r}")
    for name, check in checks.items():
        check(name, data.get(name))
    try:
        made = make(data)
        differ = [name for name, value in made.to_dict().items() if data[name] != value]
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise ValueError(f"the data are not what to_dict gave ({type(error).__name__}: {error})") from error
    if differ:
        raise ValueError(f"the data are not what to_dict gave: {differ[0]!r} does not follow from the rest")
    return made


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

NUMBERS = {relation: number for number, relation in enumerate(RELATIONS) if relation}
"""The number of each relation."""
