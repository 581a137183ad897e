"""Relations: what two texts are to each other, by a few named rules on the evidence.

The first rule that holds decides, and its name is the explanation. Copies differ by insertion, on one side, in few long
pieces, and say the same numbers; templates by many short substitutions and by their numbers; mere overlap is one block
beside other text. Headlines and poems are too short for many substitutions: there it counts how much is replaced. The
numbers of the rules are empirical, measured by ``benchmarks/suites/relations.py``, for short texts by
``benchmarks/suites/short_texts.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from neardup._typing import Relation
    from neardup.evidence import Evidence

RELATIONS: tuple[Relation | None, ...] = (None, "identical", "near", "contained", "contains", "template", "overlap")
"""By their numbers in results."""


class Limits(NamedTuple):
    """The numbers of the rules; see `neardup.Config`."""

    threshold: float
    min_containment: float
    min_number_share: float
    min_substitutions: float
    min_substitutions_per_100_chars: float
    max_replaced: float
    numeral_rule_max_chars: float
    short_chars: float
    max_short_replaced: float


def one_shared_block(found: Evidence, limits: Limits) -> bool:
    """Tell whether both texts have something else around what they share, and not the same numbers."""
    return found.replaced > limits.max_replaced and found.number_share < 1


def numbers_differ(found: Evidence, limits: Limits) -> bool:
    """Tell whether too few numbers of the shorter text occur in the longer: the same form, filled in otherwise."""
    return found.number_share < limits.min_number_share


def numerals_differ(found: Evidence, limits: Limits) -> bool:
    """Tell whether one text has a Chinese numeral where the other has another: the third session and the fourth.

    In a long text it is one fact of many: an article of a law that is numbered otherwise since an amendment.
    """
    return found.longer_chars < limits.numeral_rule_max_chars and found.other_numerals > 0


def many_substitutions(found: Evidence, limits: Limits) -> bool:
    """Tell whether the texts have something else at many places: the same form, filled in otherwise."""
    enough = limits.min_substitutions_per_100_chars * found.aligned_chars
    return found.substitutions >= limits.min_substitutions and 100 * found.substitutions >= enough


def short_and_reworded(found: Evidence, limits: Limits) -> bool:
    """Tell whether a short text has so much of something else that it is a line about another person or thing."""
    is_short = found.longer_chars < limits.short_chars and found.aligned_chars > 0
    return is_short and found.replaced_chars > limits.max_short_replaced


def near(found: Evidence, limits: Limits) -> bool:
    """Tell whether the texts share most of what either has."""
    return found.jaccard >= limits.threshold


def contained(found: Evidence, limits: Limits) -> bool:
    """Tell whether the survivor has most of the text."""
    return found.containment >= limits.min_containment


def contains(found: Evidence, limits: Limits) -> bool:
    """Tell whether the text has most of the survivor."""
    return found.containment_of_survivor >= limits.min_containment


RULES: tuple[tuple[Callable[[Evidence, Limits], bool], Relation], ...] = (
    (one_shared_block, "overlap"),
    (numbers_differ, "template"),
    (numerals_differ, "template"),
    (many_substitutions, "template"),
    (short_and_reworded, "template"),
    (near, "near"),
    (contained, "contained"),
    (contains, "contains"),
)
"""For texts that are not identical, and of which one of the last three holds."""


def conclude(found: Evidence, limits: Limits, *, is_longer: bool) -> tuple[Relation | None, str]:
    """Say what a text is to a survivor, and which rule says so.

    Parameters
    ----------
    found
        The evidence.
    limits
        The numbers of the rules.
    is_longer
        Whether the text is longer than the survivor, without what it prints again; only then it can contain that one.

    Returns
    -------
    relation, rule
        None and ``"too_different"`` if the sets share too little.
    """
    last = contains(found, limits) and is_longer
    if not (near(found, limits) or contained(found, limits) or last):
        return None, "too_different"
    return next((relation, rule.__name__) for rule, relation in RULES if rule(found, limits))
