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

    The first three are of the sets of shingle hashes. The others are of the two folded texts aligned, in order, and of
    the texts: of the shorter one in the longer one; of equally long ones the document is the shorter.

    Attributes
    ----------
    jaccard
        Of all shingles of both, the part that both have, in [0, 1].
    containment
        Of the shingles of the document, the part that the survivor has.
    containment_of_survivor
        Of the shingles of the survivor, the part that the document has.
    aligned
        The part of the shorter text that stands in the longer, in runs of 8 code points or more that keep their order.
    substitutions
        Places between two such runs where both texts have something else.
    replaced
        The part of the shorter text before the first and behind the last run for which the longer has something else.
    numbers
        How many different numbers the shorter text says; see `neardup.numerals.numerals`.
    number_share
        The part of them that the longer one says too; 1 where there are none.
    aligned_chars
        What is aligned, in folded code points.
    longer_chars
        Folded code points of the longer text.
    replaced_chars
        Folded code points at all places where both texts have something else, also before the first and behind the last
        run but for what both begin or end with; counted in the text that has fewer there. All, if there are no runs.
    other_numerals
        Such places where both texts have a Chinese numeral and nothing else.
    """

    jaccard: float
    containment: float
    containment_of_survivor: float
    aligned: float = 1.0
    substitutions: int = 0
    replaced: float = 0.0
    numbers: int = 0
    number_share: float = 1.0
    aligned_chars: int = 0
    longer_chars: int = 0
    replaced_chars: int = 0
    other_numerals: int = 0

    def score(self, relation: Relation) -> float:
        """Give the number that a relation rests on: one of the containments, or else the Jaccard similarity."""
        containments = {"contained": self.containment, "contains": self.containment_of_survivor}
        return containments.get(relation, self.jaccard)

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
