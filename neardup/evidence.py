"""Evidence: what is measured on two texts, and what relations are concluded from."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from neardup._typing import Relation


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was measured on a document and an earlier one that survived.

    The first three are of the sets of shingle hashes. The others are of the two folded texts aligned, in order: runs of
    8 code points or more that both have are found, and what lies before, between and behind them are the places where
    the texts differ. The shorter text is that of fewer folded code points; of equally long ones the one that comes
    first in the order of code points. So all is the same in either order but for the two containments.

    Attributes
    ----------
    jaccard
        Of all shingles of both, the part that both have, in [0, 1].
    containment
        Of the shingles of the document, the part that the survivor has.
    containment_of_survivor
        Of the shingles of the survivor, the part that the document has.
    aligned
        The part of the shorter text that is in the runs.
    agreed_numbers
        How many different numbers both say in their prose; see `neardup.numerals.numerals`. Markers of lists are none,
        nor are numbers in the first and last lines that say where a text is from or how often it was read.
    conflicting_numbers
        How many numbers of one text that the other says nowhere stand in place of each other: over all places where
        the texts differ, those that touch it, in the text that has fewer there.
    foreign
        The part of the character pairs of the shorter text that the longer has nowhere, each counted once, in that
        third of it where they are most; at the end, where footers are usual, 0.7 of it.
    other_marks
        Places where one text has a serial mark (a Chinese numeral, 甲乙丙丁, 上下, ...; a short word of letters and
        digits) and the other another one; or where one text has a negation more.
    replaced
        Different pairs of words that stand in place of each other inside, and that the other text says nowhere.
    title_recurs
        Of the words that only one of the two titles has, the part that recurs where the texts differ; of the title with
        fewer such words. 0 unless both titles are lines by themselves.
    title_absent
        Of the words of a title, the part that the other text says nowhere; the smaller one of the two.
    title_negated
        1 if the titles differ in a negation and little else, else 0.
    shorter_chars, longer_chars
        Folded code points of both.
    """

    jaccard: float
    containment: float
    containment_of_survivor: float
    aligned: float = 1.0
    agreed_numbers: int = 0
    conflicting_numbers: int = 0
    foreign: float = 0.0
    other_marks: int = 0
    replaced: int = 0
    title_recurs: float = 0.0
    title_absent: float = 0.0
    title_negated: int = 0
    shorter_chars: int = 0
    longer_chars: int = 0

    def score(self, relation: Relation) -> float:
        """Give the number that a relation rests on: one of the containments, or else the Jaccard similarity."""
        containments = {"contained": self.containment, "contains": self.containment_of_survivor}
        return containments.get(relation, self.jaccard)

    @property
    def likeness(self) -> float:
        """The largest of the Jaccard similarity and the containments."""
        return max(self.jaccard, self.containment, self.containment_of_survivor)

    def to_dict(self) -> dict[str, Any]:
        """Give the fields as plain data."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Make the evidence again from what `to_dict` gave; what else is there does not matter."""
        return cls(**{field.name: data[field.name] for field in fields(cls)})

    @classmethod
    def from_row(cls, row: Sequence[float]) -> Self:
        """Make the evidence from a row of an array."""
        return cls.from_dict(
            {
                field.name: int(value) if field.type == "int" else value
                for field, value in zip(fields(cls), row, strict=True)
            }
        )


IDENTICAL = Evidence(1.0, 1.0, 1.0)
"""What is said of identical texts, without measuring them."""
