"""What an index answers: matches that know why, and the answers to many documents at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast, overload

import numpy as np

from neardup.compare import compare
from neardup.evidence import Evidence
from neardup.model import Match
from neardup.reasons import reason, reason_of
from neardup.relations import RELATIONS, conclude
from neardup.results.matches import Cuts

if TYPE_CHECKING:
    from neardup._typing import Id
    from neardup.config import Config
    from neardup.index.batches import Batch
    from neardup.index.deciding import Decision, Neighbours
    from neardup.index.packing import Payload
    from neardup.rule import Verdicts


@dataclass(frozen=True, slots=True)
class Pair:
    """Two documents that were compared, and with what config."""

    one: Payload
    other: Payload
    config: Config


@dataclass(frozen=True, slots=True)
class IndexMatch(Match):
    """A document beside a stored one, what the two are to each other, and why.

    Attributes
    ----------
    id
        The document; None if it was asked about without an id.
    survivor
        The stored one.
    relation, evidence
        See `neardup.Match`.
    rule
        The name of the rule that decided; see `neardup.relations`.
    """

    rule: str
    pair: Pair = field(repr=False, compare=False)

    @property
    def is_duplicate(self) -> bool:
        """Whether the relation is one that makes a document a duplicate."""
        return self.relation in self.pair.config.relations

    @property
    def reason(self) -> str:
        """What decided, in words, with the places where the two differ, for which both are compared again.

        Examples
        --------
        >>> from neardup import Index
        >>> line = "气象台预报，今天夜里到明天白天多云转小雨，最低气温{}度，请市民注意添衣保暖。"
        >>> with Index.open(":memory:") as index:
        ...     index.add("昨天", line.format(8))
        ...     [found] = index.matches(line.format(12))
        >>> found.survivor, found.relation, found.reason
        ('昨天', 'template', 'other numbers: 12 and 8 (line 1)')
        """
        if said := reason_of(self.relation, self.rule, self.evidence, self.pair.config):
            return said
        one, other = self.pair.one, self.pair.other
        found = compare(one.text, other.text, title=one.title, other_title=other.title, config=self.pair.config)
        return reason(found)

    def to_dict(self) -> dict[str, Any]:
        """Give the fields as plain data, the score and the rule."""
        return {**Match.to_dict(self), "rule": self.rule}


@dataclass(frozen=True, slots=True, eq=False)
class Answers(Sequence["IndexMatch | None"]):
    """The answers to many documents: of each its match if it is a duplicate, else None.

    Attributes
    ----------
    ids
        Of the documents.
    found
        Of each what it was found to be anything to: a duplicate of, or a template of, and so on; None for nothing.
    known
        The ids of those that were stored already, with the same text: they are no duplicates of themselves.
    empty, too_short
        The ids of those that have no text once it is folded, and of those that are too short for anything but an
        identical one.
    skipped
        The ids of texts that were null and left out.
    cuts
        What the limits of the config left out.
    """

    ids: Sequence[Id]
    found: Sequence[IndexMatch | None] = field(repr=False)
    known: Sequence[Id]
    empty: Sequence[Id]
    too_short: Sequence[Id]
    skipped: Sequence[Id]
    cuts: Cuts

    def __len__(self) -> int:
        """Count the documents."""
        return len(self.ids)

    @overload
    def __getitem__(self, index: int) -> IndexMatch | None: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[IndexMatch | None]: ...
    def __getitem__(self, index: int | slice) -> IndexMatch | Sequence[IndexMatch | None] | None:
        """Give the match of a document if it is a duplicate."""
        if isinstance(index, slice):
            return [match if match and match.is_duplicate else None for match in self.found[index]]
        match = self.found[index]
        return match if match and match.is_duplicate else None

    @classmethod
    def joined(cls, parts: Sequence[Answers], skipped: Sequence[Id]) -> Answers:
        """Join answers."""
        cuts = [part.cuts for part in parts]

        def all_of(name: str) -> list[Any]:
            return [each for part in parts for each in getattr(part, name)]

        return cls(
            all_of("ids"),
            all_of("found"),
            all_of("known"),
            all_of("empty"),
            all_of("too_short"),
            skipped,
            Cuts(*(sum(getattr(each, name) for each in cuts) for name in ("listed", "documents", "candidates"))),
        )

    @property
    def new(self) -> list[Id]:
        """The ids of documents that are no duplicates: after `Index.add_many` all of them are stored."""
        return [id_ for id_, match in zip(self.ids, self, strict=True) if match is None]

    @property
    def duplicates(self) -> list[IndexMatch]:
        """The matches of duplicates."""
        return [match for match in self if match is not None]

    @property
    def related(self) -> list[IndexMatch]:
        """What other documents are to stored ones, such as templates."""
        return [match for match in self.found if match and not match.is_duplicate]


def answers_of(
    batch: Batch, decision: Decision | None, known: Sequence[int], config: Config, *, listed: int = 0
) -> Answers:
    """Make the answers to the documents of a batch.

    Parameters
    ----------
    batch
        The documents.
    decision
        What became of them; None: none shares a key with any.
    known
        Which of them are stored already, by position.
    config
        What decided.
    listed
        How often a list was full.
    """
    ids = cast("Sequence[Id]", batch.ids)
    found: list[IndexMatch | None] = [None] * len(batch)
    cuts = Cuts(listed, 0, 0)
    if decision is not None:
        near, verdicts = decision.neighbours, decision.verdicts
        for row in np.flatnonzero(verdicts.match >= 0).tolist():
            found[row] = match_of(batch, near, verdicts, row, row, config)
        cuts = Cuts(listed, decision.cuts.documents, decision.cuts.candidates)
    chars = batch.sketches.chars.tolist()
    is_kept = [match is None or not match.is_duplicate for match in found]
    return Answers(
        ids,
        found,
        [ids[row] for row in known],
        [id_ for id_, size in zip(ids, chars, strict=True) if not size],
        [id_ for id_, size, kept in zip(ids, chars, is_kept, strict=True) if kept and 0 < size < config.ngram],
        [],
        cuts,
    )


def match_of(
    batch: Batch, near: Neighbours, verdicts: Verdicts, row: int, verdict: int, config: Config
) -> IndexMatch | None:
    """Make the match of a document of a batch by one of the verdicts; None if it cannot be read any more."""
    other = int(verdicts.match[verdict])
    if other >= len(near):
        survivor, its = cast("Id", batch.ids[other - len(near)]), batch.payload(other - len(near))
    elif other in near.payloads:
        survivor, its = near.records.id_at(other), near.payloads[other]
    else:
        return None
    evidence, relation = Evidence.from_row(verdicts.evidence[verdict].tolist()), RELATIONS[verdicts.relation[verdict]]
    assert relation is not None
    rule = "identical" if relation == "identical" else conclude(evidence, config.limits)[1]
    return IndexMatch(
        cast("Id", batch.ids[row]), survivor, relation, evidence, rule, Pair(batch.payload(row), its, config)
    )
