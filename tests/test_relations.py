"""The rule: what evidence makes of two texts, by its terms, its cuts and nothing else."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neardup import Config
from neardup.evidence import IDENTICAL, Evidence
from neardup.relations import LOGARITHMS, RELATIONS, Limits, Terms, added, alike, conclude, explained, is_alike

LIMITS = Limits(
    threshold=0.8,
    min_containment=0.75,
    foreign_weight=2.0,
    marks_weight=3.0,
    replaced_weight=0.5,
    title_recurs_weight=2.5,
    title_absent_weight=4.0,
    title_negated_weight=1.5,
    min_score=-0.5,
    min_revision=0.25,
    min_revision_score=-2.0,
)
COPY = Evidence(1.0, 1.0, 1.0, shorter_chars=100, longer_chars=100)

shares = st.sampled_from([0.0, 0.1, 0.25, 0.3, 0.5, 0.7, 0.75, 0.8, 0.9, 1.0]) | st.floats(0, 1)
counts = st.integers(0, 40)
evidences = st.builds(
    Evidence,
    jaccard=shares,
    containment=shares,
    containment_of_survivor=shares,
    aligned=shares,
    agreed_numbers=counts,
    conflicting_numbers=counts,
    foreign=shares,
    other_marks=counts,
    replaced=counts,
    title_recurs=shares,
    title_absent=shares,
    title_negated=st.integers(0, 1),
    shorter_chars=st.integers(0, 2000),
    longer_chars=st.integers(0, 2000),
)
weights = st.sampled_from([0.0, 0.7, 2.6, 3.5, 100.0]) | st.floats(0, 100)
scores = st.sampled_from([-100.0, -2.0, -0.6, 0.0, 1.0]) | st.floats(-10, 3)
positive = st.sampled_from([0.25, 0.3, 0.75, 0.8, 1.0]) | st.floats(0.01, 1)
limits = st.builds(
    Limits,
    threshold=positive,
    min_containment=positive,
    foreign_weight=weights,
    marks_weight=weights,
    replaced_weight=weights,
    title_recurs_weight=weights,
    title_absent_weight=weights,
    title_negated_weight=weights,
    min_score=scores,
    min_revision=positive,
    min_revision_score=scores,
)


@pytest.mark.parametrize(
    ("sets", "expected"),
    [
        ((0.8, 0.5, 0.5), "near"),
        ((0.79, 0.75, 0.74), "contained"),
        ((0.79, 0.74, 0.75), "contains"),
        ((0.6, 0.75, 0.75), None),
        ((0.9, 0.9, 0.1), "near"),
        ((0.79, 0.74, 0.74), None),
    ],
)
def test_what_the_sets_alone_make_of_two_texts(sets: tuple[float, float, float], expected: str | None) -> None:
    assert alike(Evidence(*sets), LIMITS) == expected


@pytest.mark.parametrize(
    ("changed", "term", "value"),
    [
        ({"agreed_numbers": 1}, "numbers", math.log(2)),
        ({"agreed_numbers": 9}, "numbers", math.log(6)),
        ({"conflicting_numbers": 3}, "numbers", -math.log(4)),
        ({"conflicting_numbers": 21}, "numbers", -math.log(21)),
        ({"agreed_numbers": 2, "conflicting_numbers": 2}, "numbers", 0),
        ({"foreign": 0.5}, "other_text", -1.0),
        ({"other_marks": 1}, "other_marks", -3.0),
        ({"other_marks": 1, "shorter_chars": 200}, "other_marks", -1.5),
        ({"other_marks": 3}, "other_marks", -6.0),
        ({"replaced": 2}, "other_words", -1.0),
        ({"replaced": 7}, "other_words", -1.5),
        ({"title_recurs": 0.5}, "other_title", -1.25),
        ({"title_absent": 0.5}, "foreign_title", -2.0),
        ({"title_negated": 1}, "negated_title", -1.5),
    ],
)
def test_a_term_counts_what_its_name_says(changed: dict[str, Any], term: str, value: float) -> None:
    terms = explained(replace(COPY, **changed), LIMITS)
    assert terms._asdict()[term] == pytest.approx(value)
    assert all(each == 0 for name, each in terms._asdict().items() if name != term)
    assert added(terms) == pytest.approx(value)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (COPY, ("near", "near")),
        (Evidence(0.5, 0.75, 0.5), ("contained", "contained")),
        (Evidence(0.5, 0.5, 0.75), ("contains", "contains")),
        (Evidence(0.1, 0.2, 0.24), (None, "too_different")),
        # Below what makes copies, or with a sum that is too small for one, it is a version of the same item.
        (Evidence(0.1, 0.2, 0.25), ("revision", "revision")),
        (replace(COPY, foreign=0.25), ("near", "near")),
        (replace(COPY, foreign=0.26), ("revision", "revision")),
        (replace(COPY, title_absent=0.5), ("revision", "revision")),
        # Or less, and then the worst term says what it is.
        (replace(COPY, title_absent=0.51), ("template", "foreign_title")),
        (replace(COPY, conflicting_numbers=7), ("template", "numbers")),
        (replace(COPY, other_marks=1), ("template", "other_marks")),
        (replace(COPY, title_recurs=1.0), ("template", "other_title")),
        (replace(COPY, replaced=3, title_negated=1), ("template", "other_words")),
        (replace(COPY, replaced=2, title_negated=1), ("template", "negated_title")),
        (replace(COPY, foreign=0.9, replaced=3), ("overlap", "other_text")),
        (replace(COPY, foreign=0.9, replaced=3, agreed_numbers=4), ("revision", "revision")),
        (Evidence(0.5, 0.5, 0.5, foreign=1.0, replaced=3, shorter_chars=100), (None, "too_different")),
        (replace(COPY, foreign=0.5, conflicting_numbers=2), ("template", "numbers")),
    ],
)
def test_the_sum_and_the_worst_term_decide(found: Evidence, expected: tuple[str | None, str]) -> None:
    assert conclude(found, LIMITS) == expected


def test_of_equal_terms_the_first_is_the_worst() -> None:
    found = replace(COPY, foreign=0.75, title_negated=1)
    assert explained(found, LIMITS).other_text == explained(found, LIMITS).negated_title
    assert conclude(found, LIMITS) == ("overlap", "other_text")


@given(evidences, limits)
def test_the_conclusion_is_one_of_a_few(found: Evidence, given_: Limits) -> None:
    relation, rule = conclude(found, given_)
    same, score = alike(found, given_), added(explained(found, given_))
    assert relation in RELATIONS
    if rule in Terms._fields:
        assert relation == ("overlap" if rule == "other_text" else "template")
        assert is_alike(found, given_)
        assert score < given_.min_score or not same
        assert explained(found, given_)._asdict()[rule] == min(explained(found, given_))
    else:
        assert rule == (relation or "too_different")
        assert relation != "identical"
        assert (relation in {"near", "contained", "contains"}) == bool(same and score >= given_.min_score)
    if relation == "revision":
        assert found.likeness >= given_.min_revision
        assert score >= given_.min_revision_score


@given(evidences, limits)
def test_it_is_mirrored(found: Evidence, given_: Limits) -> None:
    back = replace(found, containment=found.containment_of_survivor, containment_of_survivor=found.containment)
    turned = {"contained": "contains", "contains": "contained"}
    assert conclude(back, given_) == tuple(turned.get(each or "", each) for each in conclude(found, given_))


@given(
    evidences,
    limits,
    st.sampled_from(["conflicting_numbers", "foreign", "other_marks", "replaced", "title_recurs", "title_absent"]),
    shares,
)
def test_more_difference_makes_no_copy(found: Evidence, given_: Limits, name: str, more: float) -> None:
    def rank(evidence: Evidence) -> int:
        relation, _ = conclude(evidence, given_._replace(min_revision_score=min(given_[8], given_[10])))
        return 2 if relation in {"near", "contained", "contains"} else relation == "revision"

    value = getattr(found, name)
    higher = value + round(20 * more) if isinstance(value, int) else max(value, more)
    assert rank(replace(found, **{name: higher})) <= rank(found)


def test_logarithms_are_those_of_the_first_numbers() -> None:
    assert [math.log(number) for number in range(1, 22)] == pytest.approx(LOGARITHMS, rel=1e-15)


def test_identical_texts_need_no_evidence() -> None:
    assert conclude(IDENTICAL, Config().limits) == ("near", "near")
    assert IDENTICAL.score("identical") == 1


def test_the_score_of_a_relation() -> None:
    found = Evidence(0.3, 0.7, 0.5)
    scores_of = {relation: found.score(relation) for relation in RELATIONS if relation}
    assert scores_of == dict.fromkeys(scores_of, 0.3) | {"contained": 0.7, "contains": 0.5}
    assert found.likeness == 0.7


@given(evidences)
def test_evidence_survives_a_round_trip(found: Evidence) -> None:
    assert Evidence.from_dict(found.to_dict()) == found
    assert Evidence.from_row([float(value) for value in found.to_dict().values()]) == found
