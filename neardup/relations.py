"""Relations: what two texts are to each other, by a sum of a few named terms of the evidence.

Copies differ by insertion, on one side, in few long pieces, and say the same numbers. Templates differ at the places
that carry the meaning: another number, another mark of a series, another title whose words go on in the text. Mere
overlap is one block beside text that the other has nowhere. Each of these is a term, in units of the natural logarithm
of agreeing numbers; `explained` gives them by name. Texts that are alike are duplicates if the sum is at least
``min_score``. Texts that are less alike, or whose sum is less, are versions of one item if it is at least
``min_revision_score``.

The weights are empirical, fitted by ``benchmarks/suites/relations.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from neardup._typing import Relation
    from neardup.evidence import Evidence

RELATIONS: tuple[Relation | None, ...] = (
    None,
    "identical",
    "near",
    "contained",
    "contains",
    "revision",
    "template",
    "overlap",
)
"""By their numbers in results."""

MAX_AGREED = 5
"""So many numbers that agree count: those of a form that many texts share say little more."""

MAX_CONFLICTS = 20
"""So many numbers that are in conflict count."""

MAX_MARKS, MAX_REPLACED = 2.0, 3.0
"""So many places of 100 code points count that have other marks, and other words."""

LOGARITHMS = (
    0.0,
    0.6931471805599453,
    1.0986122886681098,
    1.3862943611198906,
    1.6094379124341003,
    1.791759469228055,
    1.9459101490553132,
    2.0794415416798357,
    2.1972245773362196,
    2.302585092994046,
    2.3978952727983707,
    2.4849066497880004,
    2.5649493574615367,
    2.6390573296152584,
    2.70805020110221,
    2.772588722239781,
    2.833213344056216,
    2.8903717578961645,
    2.9444389791664403,
    2.995732273553991,
    3.044522437723423,
)
"""The natural logarithms of 1 to 21, written out so that all platforms agree in the last bit."""


class Limits(NamedTuple):
    """The numbers of the rule; see `neardup.Config`."""

    threshold: float
    min_containment: float
    foreign_weight: float
    marks_weight: float
    replaced_weight: float
    title_recurs_weight: float
    title_absent_weight: float
    title_negated_weight: float
    min_score: float
    min_revision: float
    min_revision_score: float


class Terms(NamedTuple):
    """The terms of the sum, in the order in which they are added."""

    numbers: float
    other_text: float
    other_marks: float
    other_words: float
    other_title: float
    foreign_title: float
    negated_title: float


def explained(found: Evidence, limits: Limits) -> Terms:
    """Give the terms by name: negative ones speak against a copy."""
    of_100 = 100 / found.shorter_chars if found.shorter_chars else 0.0
    return Terms(
        numbers=LOGARITHMS[min(MAX_AGREED, found.agreed_numbers)]
        - LOGARITHMS[min(MAX_CONFLICTS, found.conflicting_numbers)],
        other_text=-limits.foreign_weight * found.foreign,
        other_marks=-limits.marks_weight * min(MAX_MARKS, found.other_marks * of_100),
        other_words=-limits.replaced_weight * min(MAX_REPLACED, found.replaced * of_100),
        other_title=-limits.title_recurs_weight * found.title_recurs,
        foreign_title=-limits.title_absent_weight * found.title_absent,
        negated_title=-limits.title_negated_weight * found.title_negated,
    )


def added(terms: Terms) -> float:
    """Add the terms in their order; `sum` rounds otherwise since Python 3.12."""
    total = 0.0
    for term in terms:
        total += term
    return total


def is_alike(found: Evidence, limits: Limits) -> bool:
    """Tell whether the texts share so much that they are a template or an overlap if they are nothing else."""
    contained = max(found.containment, found.containment_of_survivor)
    return found.jaccard >= limits.threshold or contained >= limits.min_containment


def alike(found: Evidence, limits: Limits) -> Relation | None:
    """Say what the sets alone make of two texts if they are copies.

    They are near if the Jaccard similarity is high enough; else the one of fewer shingles is contained in the other if
    enough of these are. Of two texts with as many shingles neither contains the other.
    """
    if found.jaccard >= limits.threshold:
        return "near"
    own, their = found.containment, found.containment_of_survivor
    if own > their and own >= limits.min_containment:
        return "contained"
    return "contains" if their > own and their >= limits.min_containment else None


def conclude(found: Evidence, limits: Limits) -> tuple[Relation | None, str]:
    """Say what a text is to a survivor, and why.

    Parameters
    ----------
    found
        The evidence.
    limits
        The numbers of the rule.

    Returns
    -------
    relation, rule
        Of duplicates the rule is the relation's own name, likewise of a ``"revision"``. Of a ``"template"`` or an
        ``"overlap"`` it is the term of `explained` that weighs most against a copy. None and ``"too_different"`` if the
        sets share too little.
    """
    same = alike(found, limits)
    terms = explained(found, limits)
    score = added(terms)
    if same and score >= limits.min_score:
        return same, same
    if found.likeness >= limits.min_revision and score >= limits.min_revision_score:
        return "revision", "revision"
    if not is_alike(found, limits):
        return None, "too_different"
    worst = min(range(len(terms)), key=terms.__getitem__)
    return "overlap" if Terms._fields[worst] == "other_text" else "template", Terms._fields[worst]
