"""What decided about two texts, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neardup.relations import alike

if TYPE_CHECKING:
    from collections.abc import Sequence

    from neardup._typing import Relation
    from neardup.compare import Comparison, Difference
    from neardup.config import Config
    from neardup.evidence import Evidence
    from neardup.model import Span

SHOWN = 5
"""So many places are named."""

SHOWN_CHARS = 40
"""So much of what stands at a place is shown."""

ALSO_SHARE = 0.33
"""Beside the term that weighs most those are named that weigh at least so much of it."""

_NUMBERS, _MARKS = "other numbers", "serial marks or negations differ"
_PLACES = {"numbers": _NUMBERS, "other_marks": _MARKS, "other_words": "other words"}


def reason(found: Comparison) -> str:
    """Say in words what decided about two texts.

    Examples
    --------
    >>> from neardup import compare
    >>> line = "气象台预报，今天夜里到明天白天多云转小雨，最低气温{}度，请市民注意添衣保暖。"
    >>> reason(compare(line.format(8), line.format(12)))
    'other numbers: 8 and 12 (line 1)'
    """
    if found.evidence is None:
        return "one of the texts is empty after folding"
    if said := reason_of(found.relation, found.rule, found.evidence, found.config):
        return said
    shares = _shares(found.evidence)
    against = _against(found)
    if found.rule == "too_different":
        may_be_version = found.evidence.likeness >= found.config.min_revision
        return f"{shares}; {against}" if may_be_version and against else shares
    against = against or f"the terms add up to no more than {found.balance:.2f}"
    if found.rule != "revision":
        return against
    if alike(found.evidence, found.config.limits):
        return f"the same item, with differences: {against}"
    return f"the same item, less alike than copies: {shares}" + (f"; {against}" if min(found.terms) < 0 else "")


def _shares(found: Evidence) -> str:
    return (
        f"Jaccard similarity {found.jaccard:.2f}, containments {found.containment:.2f} and "
        f"{found.containment_of_survivor:.2f}"
    )


def reason_of(relation: Relation | None, rule: str, evidence: Evidence, config: Config) -> str | None:
    """Say in words what decided about two texts, if that does not take another look at them."""
    if relation == "identical":
        return "the same text, but for what folding drops, and the same numbers"
    if rule == "near":
        return f"Jaccard similarity {evidence.jaccard:.2f}, at least {config.threshold}"
    if rule == "contained":
        return f"{evidence.containment:.0%} of the first text is in the second one"
    if rule == "contains":
        return f"{evidence.containment_of_survivor:.0%} of the second text is in the first one"
    return None


def _against(found: Comparison) -> str:
    """Say what weighs most against a copy; nothing if nothing does."""
    terms = found.terms._asdict()
    worst = min(terms.values())
    named = [name for name, value in terms.items() if value < 0 and value <= ALSO_SHARE * worst]
    said: dict[str, list[str]] = {}
    for term in sorted(named, key=terms.__getitem__):
        if term not in _PLACES:
            said[_said(found, term)] = []
        for place in found.differences:
            if place.term == term:
                label, shown = _place(found, place)
                listed = said.setdefault(label, [])
                if shown not in listed:
                    listed.append(shown)
    return "; ".join(f"{label}: {_listed(places)}" if places else label for label, places in said.items())


def _said(found: Comparison, term: str) -> str:
    """Say what a term counts that has no places."""
    if term == "other_text":
        share = found.evidence.foreign if found.evidence else 0
        return f"at least {share:.0%} of a third of the shorter text is nowhere in the longer one"
    apart = " / ".join(map(_short, _apart(*found.titles)))
    if term == "other_title":
        return f"the titles differ ({apart}), and the texts likewise"
    if term == "foreign_title":
        return f"the titles have words that the other text has nowhere: {apart}"
    return f"the titles differ in a negation ({apart})"


def _place(found: Comparison, place: Difference) -> tuple[str, str]:
    """Name what differs at a place, and say what both texts have there, and in which lines.

    Digits that stand in place of others are shown with the whole of their numbers.
    """
    whole = next((each for each in found.differences if each.term == "numbers" and _holds(each, place)), place)
    one, other = whole.one, whole.other
    if not one or not other:
        side, text, span = ("first", found.one, one) if one else ("second", found.other, other)
        return _PLACES[place.term], f"{_short(span.of(text))} ({_line(span)}) only in the {side} text" if span else ""
    shown = _short(one.of(found.one)), _short(other.of(found.other))
    are_numbers = whole is not place or all(each.isdigit() for each in shown)
    label = _NUMBERS if are_numbers else _PLACES[place.term]
    if _line(one) == _line(other):
        return label, f"{shown[0]} and {shown[1]} ({_line(one)})"
    return label, f"{shown[0]} ({_line(one)}) and {shown[1]} ({_line(other)})"


def _holds(whole: Difference, part: Difference) -> bool:
    """Tell whether a difference holds another one in both texts."""
    return all(
        one is not None and other is not None and one.start <= other.start and other.stop <= one.stop
        for one, other in ((whole.one, part.one), (whole.other, part.other))
    )


def _line(span: Span) -> str:
    if span.first_line == span.last_line:
        return f"line {span.first_line}"
    return f"lines {span.first_line}-{span.last_line}"


def _apart(one: str, other: str) -> tuple[str, str]:
    """Give two titles without what both begin and end with; whole, if nothing of one is left."""
    head = common_start(one, other)
    tail = common_start(one[head:][::-1], other[head:][::-1])
    rest = one[head : len(one) - tail], other[head : len(other) - tail]
    return rest if all(rest) else (one, other)


def common_start(one: str, other: str) -> int:
    """Count the characters that two texts begin with."""
    apart = (place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)
    return next(apart, min(len(one), len(other)))


def _short(text: str) -> str:
    """Write a few words in one line."""
    words = " ".join(text.split())
    return words if len(words) <= SHOWN_CHARS else words[: SHOWN_CHARS - 1] + "…"


def _listed(values: Sequence[str]) -> str:
    return ", ".join(values[:SHOWN]) + (f" and {len(values) - SHOWN} more" if len(values) > SHOWN else "")
