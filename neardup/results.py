"""Results for many documents: duplicates and pairs, in arrays, with objects made when they are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING, Any, Self, overload

import numpy as np

from neardup.config import Config
from neardup.evidence import Evidence
from neardup.model import Match
from neardup.relations import RELATIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import pandas as pd
    import pyarrow as pa
    from numpy.typing import NDArray

SCHEMA_VERSION = 1


def check_schema(data: Mapping[str, Any]) -> None:
    """Raise ValueError if plain data is of another schema than this version writes."""
    if data["schema_version"] != SCHEMA_VERSION:
        raise ValueError(f"schema_version must be {SCHEMA_VERSION}, not {data['schema_version']}")


@dataclass(frozen=True, slots=True)
class Cuts:
    """What the limits of the config left out; all 0 means that they changed nothing.

    Attributes
    ----------
    listed
        How often a survivor was left out of the bucket of a band or an anchor, which held ``max_bucket_size`` already.
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

    ids: Sequence[str] = field(repr=False)
    positions: NDArray[np.int64]
    match: NDArray[np.int64]
    relation: NDArray[np.uint8]
    evidence: NDArray[np.float64]

    def __len__(self) -> int:
        """Count the documents."""
        return len(self.positions)

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


@dataclass(frozen=True, slots=True, eq=False)
class Duplicates:
    """Which documents survive, and in favour of which ones the others go.

    Every document is a survivor, a duplicate or empty. Every duplicate names a survivor that it was compared with.

    Attributes
    ----------
    ids
        Of all documents, as they were given.
    config
        What decided.
    match, relation, evidence
        For every document; see `neardup.survivors.Resolution`.
    is_duplicate, is_empty, is_too_short
        bool, for every document. Empty: nothing is left after folding. Unjudged: a survivor that is too short to be
        like others; only identical ones are its duplicates.
    cuts
        What the limits of the config left out.
    rounds
        How often documents were decided until nothing changed, at most: 1 on one thread. It changes no answer, and is not
        part of `to_dict`.
    """

    ids: Sequence[str] = field(repr=False)
    config: Config
    match: NDArray[np.int64] = field(repr=False)
    relation: NDArray[np.uint8] = field(repr=False)
    evidence: NDArray[np.float64] = field(repr=False)
    is_duplicate: NDArray[np.bool_] = field(repr=False)
    is_empty: NDArray[np.bool_] = field(repr=False)
    is_too_short: NDArray[np.bool_] = field(repr=False)
    cuts: Cuts
    rounds: int = 1

    def __len__(self) -> int:
        """Count the documents."""
        return len(self.ids)

    def __str__(self) -> str:
        """Say how many there are of each."""
        return (
            f"{len(self)} documents: {len(self.survivors)} survive, {int(self.is_duplicate.sum())} are duplicates, "
            f"{int(self.is_empty.sum())} are empty"
        )

    @property
    def survivors(self) -> list[str]:
        """The ids of the documents that are kept, the ones too short to compare too, in the order they were given."""
        return self._ids(~(self.is_duplicate | self.is_empty))

    @property
    def duplicates(self) -> Matches:
        """The documents that are dropped, each with its survivor, in the order they were given in."""
        return self._matches(self.is_duplicate)

    @property
    def related(self) -> Matches:
        """The survivors that are something to an earlier survivor, but not what makes a duplicate."""
        return self._matches((self.match >= 0) & ~self.is_duplicate)

    @property
    def empty(self) -> list[str]:
        """The ids of the documents with nothing left after folding; they are duplicates of nothing."""
        return self._ids(self.is_empty)

    @property
    def too_short(self) -> list[str]:
        """The ids of the survivors that were too short to be compared."""
        return self._ids(self.is_too_short)

    def clusters(self) -> dict[str, list[str]]:
        """Give the ids of the duplicates of every survivor that has any."""
        found: dict[str, list[str]] = {}
        positions = np.flatnonzero(self.is_duplicate)
        for position, survivor in zip(positions.tolist(), self.match[positions].tolist(), strict=True):
            found.setdefault(self.ids[survivor], []).append(self.ids[position])
        return found

    def family_sizes(self) -> NDArray[np.int64]:
        """Count for every document how many it stands for: itself and its duplicates; 0 for one that is dropped."""
        sizes = np.bincount(self.match[self.is_duplicate], minlength=len(self))
        return np.where(self.is_duplicate | self.is_empty, 0, sizes + 1)

    def family_size(self, survivor: str) -> int:
        """Count the documents that a survivor stands for: itself and its duplicates.

        Raises
        ------
        KeyError
            If there is no survivor of this id.
        """
        size = int(self.family_sizes()[self.ids.index(survivor)]) if survivor in self.ids else 0
        if not size:
            raise KeyError(f"there is no survivor {survivor!r}")
        return size

    def to_dict(self) -> dict[str, Any]:
        """Give the result as plain data, everything by id: the same for every order of the documents.

        With ``keep="first"`` the order decides, so it must be the same then.
        """
        return {
            "schema_version": SCHEMA_VERSION,
            "config": self.config.to_dict(),
            "fingerprint": self.config.fingerprint(),
            "documents": len(self),
            "survivors": sorted(self.survivors),
            "duplicates": sorted((match.to_dict() for match in self.duplicates), key=lambda match: match["id"]),
            "related": sorted((match.to_dict() for match in self.related), key=lambda match: match["id"]),
            "empty": sorted(self.empty),
            "too_short": sorted(self.too_short),
            "cuts": self.cuts.to_dict(),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Make the result again from what `to_dict` gave; the documents are in the order of their ids then.

        Raises
        ------
        ValueError
            If the data has another ``schema_version``.
        """
        check_schema(data)
        matches = [Match.from_dict(match) for match in (*data["duplicates"], *data["related"])]
        ids = sorted([*data["survivors"], *data["empty"], *(match["id"] for match in data["duplicates"])])
        position = {id_: i for i, id_ in enumerate(ids)}

        def marked(chosen: Iterable[str]) -> NDArray[np.bool_]:
            mask = np.zeros(len(ids), bool)
            mask[[position[id_] for id_ in chosen]] = True
            return mask

        match, relation, evidence = (
            np.full(len(ids), -1, np.int64),
            np.zeros(len(ids), np.uint8),
            np.zeros((len(ids), len(Evidence.__slots__))),
        )
        for each in matches:
            i = position[each.id]
            match[i], relation[i] = position[each.survivor], RELATIONS.index(each.relation)
            evidence[i] = list(each.evidence.to_dict().values())
        return cls(
            ids=ids,
            config=Config.from_dict(data["config"]),
            match=match,
            relation=relation,
            evidence=evidence,
            is_duplicate=marked(match["id"] for match in data["duplicates"]),
            is_empty=marked(data["empty"]),
            is_too_short=marked(data["too_short"]),
            cuts=Cuts(**data["cuts"]),
        )

    def to_arrow(self) -> pa.Table:
        """Give a pyarrow table, a row for every document: what is missing of a survivor is null.

        The columns: ``id``, ``status`` (``survivor``, ``duplicate`` or ``empty``), ``too_short``, ``survivor``,
        ``relation``, the fields of `neardup.Evidence`, ``family_size``.
        """
        import pyarrow as pa

        has_match = self.match >= 0
        status = np.where(self.is_duplicate, "duplicate", np.where(self.is_empty, "empty", "survivor"))
        names = [self.ids[i] if i >= 0 else None for i in self.match.tolist()]
        measured = {
            name: pa.array(column, mask=~has_match)
            for name, column in zip(Evidence.__slots__, self.evidence.T, strict=True)
        }
        return pa.table(
            {
                "id": pa.array(self.ids, pa.string()),
                "status": pa.array(status.tolist(), pa.string()),
                "too_short": pa.array(self.is_too_short),
                "survivor": pa.array(names, pa.string()),
                "relation": pa.array([RELATIONS[i] for i in self.relation.tolist()], pa.string()),
                **measured,
                "family_size": pa.array(self.family_sizes()),
            }
        )

    def to_pandas(self) -> pd.DataFrame:
        """Give what `to_arrow` gives as a pandas table; needs pyarrow and pandas."""
        return self.to_arrow().to_pandas()

    def _ids(self, chosen: NDArray[np.bool_]) -> list[str]:
        return [self.ids[i] for i in np.flatnonzero(chosen).tolist()]

    def _matches(self, chosen: NDArray[np.bool_]) -> Matches:
        positions = np.flatnonzero(chosen)
        return Matches(self.ids, positions, self.match[positions], self.relation[positions], self.evidence[positions])


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Pairs of documents that are as alike as the threshold asks, each compared.

    Identical documents are a class, and only the first of a class is paired with others: with the first of other
    classes, and with each of its own. `expanded` gives all pairs.

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
    """

    ids: Sequence[str] = field(repr=False)
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    jaccard: NDArray[np.float64]
    first: NDArray[np.int64] = field(repr=False)

    def __len__(self) -> int:
        """Count the pairs."""
        return len(self.left)

    def __iter__(self) -> Iterator[tuple[str, str, float]]:
        """Give the ids and the similarity of each pair."""
        for left, right, jaccard in zip(self.left.tolist(), self.right.tolist(), self.jaccard.tolist(), strict=True):
            yield self.ids[left], self.ids[right], jaccard

    def expanded(self) -> Pairs:
        """Give every pair, also of two documents that are identical to others: as many as the products of classes."""
        members: dict[int, list[int]] = {}
        for position, first in enumerate(self.first.tolist()):
            members.setdefault(first, []).append(position)
        rows = [
            (*sorted((one, other)), jaccard)
            for left, right, jaccard in zip(self.left.tolist(), self.right.tolist(), self.jaccard.tolist(), strict=True)
            if self.first[right] == right
            for one in members[left]
            for other in members[right]
        ]
        rows += [(one, other, 1.0) for same in members.values() for one, other in combinations(same, 2)]
        return Pairs.from_rows(self.ids, rows, np.arange(len(self.ids)))

    @classmethod
    def from_rows(cls, ids: Sequence[str], rows: Sequence[tuple[int, int, float]], first: NDArray[np.int64]) -> Self:
        """Make pairs of ``left, right, jaccard``."""
        left, right, jaccard = (
            zip(*sorted(rows, key=lambda row: (row[1], row[0])), strict=True) if rows else ((), (), ())
        )
        return cls(ids, np.array(left, np.int64), np.array(right, np.int64), np.array(jaccard, np.float64), first)

    def to_arrow(self) -> pa.Table:
        """Give a pyarrow table: ``left`` and ``right``, the ids, and ``jaccard``."""
        import pyarrow as pa

        names = [pa.array([self.ids[i] for i in side.tolist()], pa.string()) for side in (self.left, self.right)]
        return pa.table({"left": names[0], "right": names[1], "jaccard": pa.array(self.jaccard)})

    def to_pandas(self) -> pd.DataFrame:
        """Give what `to_arrow` gives as a pandas table; needs pyarrow and pandas."""
        return self.to_arrow().to_pandas()
