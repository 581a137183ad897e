"""Comparing two texts: golden cases, `find_duplicates` as oracle, what holds for any pair, the order of the rules."""

from __future__ import annotations

import json
from dataclasses import fields
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neardup
from neardup import Comparison, Config, Span, compare, find_duplicates, find_repeats, fold, reason
from neardup.compare import LongShingles
from neardup.content import content_text
from neardup.evidence import Evidence
from neardup.numerals import numerals
from neardup.relations import RULES, Limits, conclude
from tests.common import folded
from tests.families import SENTENCES, texts

if TYPE_CHECKING:
    from collections.abc import Sequence

MANY = 300 if neardup.backend() == "kernel" else 60
GOLDEN = json.loads((Path(__file__).parent.parent / "fixtures" / "relations.json").read_text(encoding="utf-8"))
CASES = {case["why"]: case for case in GOLDEN["cases"]}

configs = st.builds(
    Config,
    threshold=st.sampled_from([0.3, 0.8, 1.0]),
    min_containment=st.sampled_from([0.3, 0.8, 1.0]),
    min_number_share=st.sampled_from([0.0, 0.8]),
    min_substitutions=st.sampled_from([1, 3]),
    max_replaced=st.sampled_from([0.0, 0.1]),
    numeral_rule_max_chars=st.sampled_from([0, 500]),
    short_chars=st.sampled_from([0, 60]),
    max_short_replaced=st.sampled_from([0, 2, 9]),
    min_repeat_chars=st.sampled_from([10, 30]),
    anchor_one_in=st.sampled_from([1, 32]),
)
# Code points that fold to several or to none, so that a passage may start or end inside one.
broken = st.lists(
    st.sampled_from(["㎏", "k", "g", "ﬃ", "f", "i", "①", "1", "。", " ", "天地玄黄宇宙洪荒"]), max_size=12
)


def joined(parts: Sequence[str]) -> str:
    """A text of paragraphs, by their names or as they are."""
    return "\n".join(GOLDEN["texts"].get(part, part) for part in parts)


def compared(case: dict[str, Any], **options: Any) -> Comparison:
    return compare(joined(case["one"]), joined(case["other"]), config=Config(**options))


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_golden(case: dict[str, Any]) -> None:
    found = compared(case)
    assert (found.relation, found.rule) == (case["relation"], case["rule"])
    back = compare(found.other, found.one)
    assert back.relation == case["back"]


def test_every_rule_decides_a_golden_case() -> None:
    assert {rule.__name__ for rule, _ in RULES} <= {case["rule"] for case in CASES.values()}


@pytest.mark.parametrize("case", GOLDEN["limits"], ids=lambda case: f"{case['set']} {case['why']}")
def test_every_limit_changes_a_verdict(case: dict[str, Any]) -> None:
    golden = CASES[case["why"]]
    assert compared(golden, **case["set"]).relation == case["relation"] != golden["relation"]


def test_every_limit_is_in_the_golden_cases() -> None:
    assert {name for case in GOLDEN["limits"] for name in case["set"]} == {*Limits._fields, "min_repeat_chars"}


def test_ngram_changes_what_is_measured() -> None:
    case = CASES["paragraphs in another order are near too"]
    assert compared(case, ngram=50).relation != compared(case).relation


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
@pytest.mark.parametrize("keep", ["longest", "first"])
def test_golden_as_in_a_corpus(case: dict[str, Any], keep: Literal["longest", "first"]) -> None:
    documents = {"other": joined(case["other"]), "one": joined(case["one"])}
    found = find_duplicates(documents, keep=keep)
    if keep == "first":
        said = [(match.id, match.relation) for match in (*found.duplicates, *found.related)]
        assert said == ([("one", case["relation"])] if case["relation"] else [])
    for match in (*found.duplicates, *found.related):
        assert compare(documents[match.id], documents[match.survivor]).relation == match.relation


@settings(max_examples=MANY)
@given(texts(), texts(), configs)
def test_compare_says_what_find_duplicates_says(one: str, other: str, config: Config) -> None:
    alone = compare(one, other, config=config)
    found = find_duplicates([other, one], config=config, keep="first")
    said = [*found.duplicates, *found.related]
    for match in said:
        assert (match.id, match.survivor, match.relation) == (1, 0, alone.relation)
        # Identical texts are not measured in a corpus.
        assert alone.relation == "identical" or match.evidence == alone.evidence
        assert alone.candidacy
        assert alone.candidacy.is_candidate
    # What is worth comparing is told by lengths; short ones, and those without own repeats, can be too short for it.
    if not said and all(len(fold(text)) > 30 and not find_repeats(text, min_chars=10).repeats for text in (one, other)):
        assert alone.relation is None or not (alone.candidacy and alone.candidacy.is_candidate)


def test_an_excerpt_of_a_page_that_repeats_some_sentences_is_found() -> None:
    first, second, third = SENTENCES[2], SENTENCES[0], SENTENCES[4]
    page = first * 2 + second + third + second[:-2] + "改" + first
    assert compare(second, page).relation == "contained"
    assert [match.relation for match in find_duplicates({"excerpt": second, "page": page}).duplicates] == ["contained"]


@settings(max_examples=MANY)
@given(texts(), texts(), configs)
def test_a_dropped_document_is_to_its_survivor_what_compare_says(one: str, other: str, config: Config) -> None:
    documents = {"one": one, "other": other}
    for match in find_duplicates(documents, config=config).duplicates:
        assert compare(documents[match.id], documents[match.survivor], config=config).relation == match.relation


@settings(max_examples=MANY)
@given(texts(), texts())
def test_turned_round(one: str, other: str) -> None:
    found, back = compare(one, other), compare(other, one)
    if not (found.evidence and back.evidence):
        assert found.relation is back.relation is found.evidence is back.evidence is None
        return
    assert found.evidence.jaccard == back.evidence.jaccard
    assert found.evidence.containment == back.evidence.containment_of_survivor
    assert found.evidence.containment_of_survivor == back.evidence.containment
    assert found.candidacy == back.candidacy
    assert (found.relation == "identical") == (back.relation == "identical")
    if len(folded(one)) != len(folded(other)):  # of equally long ones the first is the shorter
        assert found.passages == tuple((left, right) for right, left in back.passages)
        assert found.evidence.to_dict() | {"containment": 0, "containment_of_survivor": 0} == (
            back.evidence.to_dict() | {"containment": 0, "containment_of_survivor": 0}
        )


@settings(max_examples=MANY)
@given(texts() | broken.map("".join) | st.text(), texts() | broken.map("".join) | st.text())
def test_passages_fold_alike_in_order_and_apart(one: str, other: str) -> None:
    found = compare(one, other)
    for left, right in found.passages:
        assert 0 <= left.start < left.stop <= len(one)
        assert 0 <= right.start < right.stop <= len(other)
        assert codes_in(one, left) == codes_in(other, right) != []
    for before, after in pairwise(found.passages):
        for side in (0, 1):
            assert before[side].stop <= after[side].start
    if found.evidence:
        aligned = sum(len(codes_in(one, left)) for left, _ in found.passages)
        assert aligned <= found.evidence.aligned_chars
        is_plain = all(len(fold(text)) == sum(bool(len(fold(char))) for char in text) for text in (one, other))
        assert aligned == found.evidence.aligned_chars or not is_plain


def codes_in(text: str, span: Span) -> list[int]:
    """Give the codes of a text that a stretch of it has."""
    found = folded(text)
    return found.codes[slice(*found.positions.searchsorted([span.start, span.stop]))].tolist()


def test_passages_are_whole_code_points() -> None:
    found = compare("x㎏天地玄黄宇宙洪荒", "xg天地玄黄宇宙洪荒")
    assert [left.of(found.one) for left, _ in found.passages] == ["天地玄黄宇宙洪荒"]
    assert found.evidence
    assert found.evidence.aligned_chars == 9


def test_passages_know_their_lines() -> None:
    found = compare("甲乙丙丁戊己庚辛\r\n壬癸子丑寅卯", "题\n甲乙丙丁戊己庚辛壬癸子丑寅卯")
    [(left, right)] = found.passages
    assert (left.first_line, left.last_line) == (1, 2)
    assert (right.first_line, right.last_line) == (2, 2)


@settings(max_examples=MANY)
@given(texts(), texts(), configs)
def test_the_evidence_is_what_it_says(one: str, other: str, config: Config) -> None:
    found = compare(one, other, config=config)
    if not found.evidence:
        assert not (len(folded(one)) and len(folded(other)))
        return
    shorter, longer = (one, other) if len(folded(one)) <= len(folded(other)) else (other, one)
    assert found.evidence.longer_chars == len(folded(longer))
    assert found.evidence.replaced_chars <= len(folded(shorter)) - found.evidence.aligned_chars
    assert 0 <= found.evidence.other_numerals <= found.evidence.substitutions + 2
    said, heard = set(numerals(content_text(shorter))), set(numerals(content_text(longer)))
    assert found.evidence.numbers == len(said)
    assert found.evidence.number_share == pytest.approx(len(said & heard) / len(said) if said else 1)
    assert found.evidence.aligned == pytest.approx(found.evidence.aligned_chars / len(folded(shorter)))
    assert all(0 <= getattr(found.evidence, name) <= 1 for name in ("aligned", "replaced", "number_share"))
    is_longer = found.verdicts["contains"]
    assert found.relation == "identical" or (found.relation, found.rule) == conclude(
        found.evidence, config.limits, is_longer=is_longer
    )
    assert found.verdicts.get(found.rule, True)
    assert list(found.verdicts) == [rule.__name__ for rule, _ in RULES]


@settings(max_examples=MANY // 4)
@given(texts(), texts())
def test_long_shingles_are_counted_in_sets(one: str, other: str) -> None:
    found = compare(one, other)
    if not found.evidence:
        assert found.long_shingles is None
        return
    sets = [
        {text[i : i + 13] for i in range(max(1, len(text) - 12))} for text in (folded(one).text, folded(other).text)
    ]
    shared, (own, their) = len(sets[0] & sets[1]), map(len, sets)
    assert found.long_shingles == LongShingles(13, shared / len(sets[0] | sets[1]), shared / own, shared / their)


def test_the_reason_says_what_the_rule_saw() -> None:
    reasons = {case["why"]: reason(compared(case)) for case in CASES.values()}
    assert (
        reasons["3.5% and 35% fold alike and are not the same"]
        == "numbers differ: 1 of 1 in the shorter text is not in the longer one: 3.5%"
    )
    assert (
        "4 of 5 in the shorter text are not in the longer one: 4, 6, 11, 80%" in reasons["the bulletin of the next day"]
    )
    assert "3 places" in reasons["a ceremony elsewhere: no numbers, other names"]
    assert reasons["the next session of the same board"] == "Chinese numerals differ: 六 and 七"
    assert (
        reasons["a headline about somebody else"]
        == "3 of the 28 characters of the shorter text are something else in the longer one"
    )
    boards = "镇议事会", "水利会", "商会", "渔会", "教育会", "书画会"
    one, other = ("，".join(f"{board}的第{each}次会议如期在礼堂举行" for board in boards) for each in "三五")
    five = ", ".join(["三 and 五"] * 5)
    assert reason(compare(one, other, config=Config(threshold=0.5))) == f"Chinese numerals differ: {five} and 1 more"
    assert reasons["an excerpt"] == "100% of the first text is in the second one"
    assert "is something else" in reasons["one advertisement below two different notes"]
    assert "empty" in reasons["nothing but white space"]
    long = "，".join(f"第{chr(0x4E00 + n)}项支出{n}元" for n in range(11, 31))
    assert "and 15 more" in reason(compare(long, long.replace("元", "5元"), config=Config(threshold=0.1)))


def test_a_text_that_holds_another_without_being_longer_says_so() -> None:
    case = CASES[GOLDEN["limits"][-1]["why"]]
    found = compared(case, **GOLDEN["limits"][-1]["set"])
    assert found.rule == "too_different"
    assert "the first text is not longer" in reason(found)
    assert not found.verdicts["contains"]


def test_candidacy_says_whether_two_texts_would_meet() -> None:
    bridge = CASES["an excerpt"]
    by_anchors = compared(bridge).candidacy
    assert by_anchors
    assert (by_anchors.shared_bands, by_anchors.bands, by_anchors.is_candidate) == (0, 16, True)
    assert by_anchors.shared_anchors == by_anchors.anchors > 0
    assert by_anchors.expected < 0.1
    apart = compared(CASES["nothing in common"]).candidacy
    assert apart
    assert not apart.is_candidate
    short = compare("3.5", "35").candidacy
    assert short
    assert short.shared_bands == 16
    assert not short.is_candidate
    identical = compared(CASES["two characters"]).candidacy
    assert identical
    assert identical.is_candidate
    assert not any(match for match in find_duplicates(["3.5", "35"]).related)
    few = compared(bridge, anchor_one_in=10**6, bands=1, rows=128).candidacy
    assert few
    assert few.bands == 1
    assert few != by_anchors


def test_a_comparison_as_plain_data() -> None:
    found = compared(CASES["an excerpt"])
    data = json.loads(json.dumps(found.to_dict()))
    assert Evidence.from_dict(data["evidence"]) == found.evidence
    assert data["passages"][0]["one"] == found.passages[0][0].to_dict()
    assert data["candidacy"]["is_candidate"] is True
    unsaid = {"one", "other", "config", "chars", "missing_numbers", "other_numerals"}
    assert {field.name for field in fields(Comparison)} - set(data) == unsaid
    empty = json.loads(json.dumps(compare("", "甲").to_dict()))
    assert (empty["relation"], empty["rule"], empty["evidence"], empty["candidacy"]) == (None, "empty", None, None)


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(TypeError, match="text must be a str, not bytes"):
        compare("甲", b"")  # type: ignore[arg-type]


LIMITS = Config().limits
COPY = Evidence(1.0, 1.0, 1.0, aligned_chars=100)


@pytest.mark.parametrize(
    ("evidence", "is_longer", "expected"),
    [
        (COPY, False, ("near", "near")),
        (Evidence(0.8, 0.5, 0.5), False, ("near", "near")),
        (Evidence(0.79, 0.8, 0.5), False, ("contained", "contained")),
        (Evidence(0.79, 0.8, 0.8), True, ("contained", "contained")),
        (Evidence(0.79, 0.79, 0.8), True, ("contains", "contains")),
        (Evidence(0.79, 0.79, 0.8), False, (None, "too_different")),
        (Evidence(0.79, 0.79, 0.79), True, (None, "too_different")),
        (Evidence(1.0, 1.0, 1.0, number_share=0.79), False, ("template", "numbers_differ")),
        (Evidence(1.0, 1.0, 1.0, number_share=0.8), False, ("near", "near")),
        (Evidence(1.0, 1.0, 1.0, longer_chars=499, other_numerals=1), False, ("template", "numerals_differ")),
        (Evidence(1.0, 1.0, 1.0, longer_chars=500, other_numerals=9), False, ("near", "near")),
        (
            Evidence(1.0, 1.0, 1.0, longer_chars=59, aligned_chars=9, replaced_chars=5),
            False,
            ("template", "short_and_reworded"),
        ),
        (Evidence(1.0, 1.0, 1.0, longer_chars=59, aligned_chars=9, replaced_chars=2), False, ("near", "near")),
        (Evidence(1.0, 1.0, 1.0, longer_chars=60, aligned_chars=9, replaced_chars=3), False, ("near", "near")),
        (Evidence(1.0, 1.0, 1.0, longer_chars=7, replaced_chars=7), False, ("near", "near")),
        (Evidence(1.0, 1.0, 1.0, substitutions=3, aligned_chars=150), False, ("template", "many_substitutions")),
        (Evidence(1.0, 1.0, 1.0, substitutions=3, aligned_chars=151), False, ("near", "near")),
        (Evidence(1.0, 1.0, 1.0, substitutions=2, aligned_chars=20), False, ("near", "near")),
        (Evidence(1.0, 1.0, 1.0, replaced=0.11, number_share=0.9), False, ("overlap", "one_shared_block")),
        (Evidence(1.0, 1.0, 1.0, replaced=0.1, number_share=0.9), False, ("near", "near")),
        (Evidence(1.0, 1.0, 1.0, replaced=0.11), False, ("near", "near")),
        # Where several rules hold, the first decides; where none of the last three holds, no other is asked.
        (
            Evidence(1.0, 1.0, 1.0, substitutions=9, replaced=0.5, number_share=0.5, aligned_chars=100),
            True,
            ("overlap", "one_shared_block"),
        ),
        (
            Evidence(1.0, 1.0, 1.0, substitutions=9, replaced=0.1, number_share=0.5, aligned_chars=100),
            True,
            ("template", "numbers_differ"),
        ),
        (Evidence(0.5, 0.5, 0.5, substitutions=9, number_share=0.1, aligned_chars=100), True, (None, "too_different")),
    ],
)
def test_the_first_rule_that_holds_decides(evidence: Evidence, is_longer: bool, expected: tuple[Any, str]) -> None:
    assert conclude(evidence, LIMITS, is_longer=is_longer) == expected


shares = st.sampled_from([0.0, 0.1, 0.5, 0.8, 0.9, 1.0])


@given(
    st.builds(
        Evidence,
        jaccard=shares,
        containment=shares,
        containment_of_survivor=shares,
        substitutions=st.integers(0, 5),
        replaced=shares,
        number_share=shares,
        aligned_chars=st.integers(0, 300),
    ),
    st.booleans(),
)
def test_no_rule_before_the_one_that_decides_holds(evidence: Evidence, is_longer: bool) -> None:
    relation, name = conclude(evidence, LIMITS, is_longer=is_longer)
    if relation is None:
        assert not any(rule(evidence, LIMITS) for rule, _ in RULES[5:7])
        assert not (is_longer and RULES[7][0](evidence, LIMITS))
        return
    holding = [(rule.__name__, which) for rule, which in RULES if rule(evidence, LIMITS)]
    assert holding[0] == (name, relation)


def test_the_order_of_the_rules() -> None:
    assert [(rule.__name__, relation) for rule, relation in RULES] == [
        ("one_shared_block", "overlap"),
        ("numbers_differ", "template"),
        ("numerals_differ", "template"),
        ("many_substitutions", "template"),
        ("short_and_reworded", "template"),
        ("near", "near"),
        ("contained", "contained"),
        ("contains", "contains"),
    ]


@given(st.sampled_from(sorted(CASES)), st.sampled_from([None, 0.3, 0.95]), st.sampled_from([None, 0.2, 1.0]))
def test_options_are_those_of_a_config(case: str, threshold: float | None, min_containment: float | None) -> None:
    one, other = joined(CASES[case]["one"]), joined(CASES[case]["other"])
    config = Config().with_overrides(threshold=threshold, min_containment=min_containment)
    found = compare(one, other, threshold=threshold, min_containment=min_containment)
    assert found == compare(one, other, config=config)
    # They override a config, as everywhere.
    assert compare(one, other, threshold=0.95, config=config) == compare(
        one, other, config=config.with_overrides(threshold=0.95)
    )


def test_options_change_what_is_said() -> None:
    body = "据介绍，重庆经开区把质量强区战略写入全区规划，加快引进和培育壮大龙头企业，全面发力。"
    changed = body.replace("龙头", "骨干")
    assert compare(changed, body).relation == "contained"
    assert compare(changed, body, min_containment=0.9).relation is None
    assert compare(changed, body, threshold=0.5).relation == "near"
    for wrong in ({"threshold": 0}, {"min_containment": 2}):
        with pytest.raises(ValueError, match="must be above 0 and at most 1"):
            compare(body, body, **wrong)


def test_the_score_is_the_number_that_the_relation_rests_on() -> None:
    body = "据介绍，重庆经开区把质量强区战略写入全区规划，加快引进和培育壮大龙头企业，全面发力。"
    longer = "昨日记者从有关部门获悉，质量强则万物强，" + body
    found = [
        compare(body, other) for other in (body, longer, body.replace("龙头", "骨干").replace("规划", "计划"), "　")
    ]
    measured = [each.evidence or Evidence(0, 0, 0) for each in found]
    assert [each.relation for each in found] == ["identical", "contained", None, None]
    assert [each.score for each in found] == [1, measured[1].containment, measured[2].jaccard, 0]
    [match] = find_duplicates([longer, body]).duplicates
    assert match.score == found[1].score


def test_what_a_reason_is_made_of_is_data() -> None:
    line = "气象台预报，今天夜里到明天白天多云转小雨，最低气温{}度，东风{}级，请市民注意添衣保暖。"
    found = compare(line.format(8, "三"), line.format(12, "三"))
    assert (found.missing_numbers, found.other_numerals) == (("8",), ())
    found = compare(line.format(8, "三"), line.format(8, "四"))
    assert (found.missing_numbers, found.other_numerals) == ((), (("三", "四"),))
    assert found.chars == (len(fold(found.one)), len(fold(found.other)))
    assert "reason" not in found.to_dict()
