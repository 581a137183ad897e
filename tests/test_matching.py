"""Comparing two texts: golden cases, `find_duplicates` as oracle, what holds for any pair, the rule."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import fields, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neardup
from neardup import Comparison, Config, Span, compare, find_duplicates, find_repeats, fold, reason
from neardup.compare import Difference, LongShingles
from neardup.content import content_numerals
from neardup.evidence import Evidence
from neardup.numerals import numerals
from neardup.relations import RELATIONS, Limits, Terms, conclude, explained
from tests.common import folded
from tests.families import SENTENCES, texts

if TYPE_CHECKING:
    from collections.abc import Sequence

MANY = 150 if neardup.backend() == "kernel" else 40
GOLDEN = json.loads((Path(__file__).parent.parent / "fixtures" / "relations.json").read_text(encoding="utf-8"))
CASES = {case["why"]: case for case in GOLDEN["cases"]}

configs = st.builds(
    Config,
    threshold=st.sampled_from([0.3, 0.8, 1.0]),
    min_containment=st.sampled_from([0.3, 0.8, 1.0]),
    foreign_weight=st.sampled_from([0, 2.6, 9]),
    marks_weight=st.sampled_from([0, 3.2]),
    replaced_weight=st.sampled_from([0, 0.7, 9]),
    title_recurs_weight=st.sampled_from([0, 2.7]),
    title_absent_weight=st.sampled_from([0, 3.5]),
    min_score=st.sampled_from([-9, -0.6, 1]),
    min_revision=st.sampled_from([0.1, 0.3, 1.0]),
    min_revision_score=st.sampled_from([-9, -2.0, 0]),
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


def test_every_relation_and_term_decides_a_golden_case() -> None:
    assert {case["relation"] for case in CASES.values()} == set(RELATIONS)
    named = {"identical", "near", "contained", "contains", "revision", "too_different", "empty"}
    assert {case["rule"] for case in CASES.values()} == named | set(Terms._fields)


@pytest.mark.parametrize("case", GOLDEN["limits"], ids=lambda case: f"{case['set']} {case['why']}")
def test_every_limit_changes_a_verdict(case: dict[str, Any]) -> None:
    golden, found = CASES[case["why"]], compared(CASES[case["why"]], **case["set"])
    expected = case["relation"], case["rule"]
    assert (found.relation, found.rule) == expected != (golden["relation"], golden["rule"])


def test_every_limit_is_in_the_golden_cases() -> None:
    assert {name for case in GOLDEN["limits"] for name in case["set"]} == set(Limits._fields)


def test_ngram_changes_what_is_measured() -> None:
    case = CASES["paragraphs in another order are near too"]
    assert compared(case, ngram=100).relation != compared(case).relation


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
@pytest.mark.parametrize("keep", ["longest", "first"])
def test_golden_as_in_a_corpus(case: dict[str, Any], keep: Literal["longest", "first"]) -> None:
    documents = {"other": joined(case["other"]), "one": joined(case["one"])}
    found = find_duplicates(documents, keep=keep)
    candidacy = compared(case).candidacy
    if keep == "first" and candidacy:
        said = [(match.id, match.relation) for match in (*found.duplicates, *found.related)]
        assert said == ([("one", case["relation"])] if case["relation"] and candidacy.is_candidate else [])
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
    assert found.evidence == replace(
        back.evidence,
        containment=back.evidence.containment_of_survivor,
        containment_of_survivor=back.evidence.containment,
    )
    assert (found.terms, found.candidacy) == (back.terms, back.candidacy)
    turned = {"contained": "contains", "contains": "contained"}
    assert back.relation == turned.get(found.relation or "", found.relation)
    assert back.rule == turned.get(found.rule, found.rule)
    assert found.titles == back.titles[::-1]
    if folded(one).text != folded(other).text:
        assert found.passages == tuple((left, right) for right, left in back.passages)
        assert found.differences == tuple(Difference(each.term, each.other, each.one) for each in back.differences)


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
        aligned = sum(len(codes_in(one, left)) for left, _ in found.passages) / found.evidence.shorter_chars
        assert aligned <= found.evidence.aligned
        is_plain = all(len(fold(text)) == sum(bool(len(fold(char))) for char in text) for text in (one, other))
        assert aligned == found.evidence.aligned or not is_plain


def codes_in(text: str, span: Span) -> list[int]:
    """Give the codes of a text that a stretch of it has."""
    found = folded(text)
    return found.codes[slice(*found.positions.searchsorted([span.start, span.stop]))].tolist()


def test_passages_are_whole_code_points() -> None:
    found = compare("x㎏天地玄黄宇宙洪荒", "xg天地玄黄宇宙洪荒")
    assert [left.of(found.one) for left, _ in found.passages] == ["天地玄黄宇宙洪荒"]
    assert found.evidence
    assert found.evidence.aligned == 9 / 10


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
    said = [content_numerals(text) for text in (one, other)]
    evidence, sizes = found.evidence, sorted(len(folded(text)) for text in (one, other))
    assert [evidence.shorter_chars, evidence.longer_chars] == sizes == sorted(found.chars)
    assert evidence.agreed_numbers <= len(set(said[0]) & set(said[1]))
    shares = ("aligned", "foreign", "title_recurs", "title_absent", "title_negated")
    assert all(0 <= getattr(evidence, name) <= 1 for name in shares)
    is_identical = folded(one).text == folded(other).text and said[0] == said[1]
    assert (found.relation == "identical") == is_identical
    if is_identical:
        assert not found.differences
        return
    assert (found.relation, found.rule) == conclude(evidence, config.limits)
    assert found.terms == explained(evidence, config.limits)
    assert found.balance == pytest.approx(sum(found.terms))
    counts = Counter(difference.term for difference in found.differences)
    assert counts["numbers"] == evidence.conflicting_numbers
    assert counts["other_marks"] == evidence.other_marks
    assert counts["other_words"] == evidence.replaced
    assert set(counts) <= {"numbers", "other_marks", "other_words"}
    for difference in found.differences:
        assert difference.one or difference.other
        for span, text in ((difference.one, one), (difference.other, other)):
            assert span is None or span.of(text)
    own = [difference.one for difference in found.differences if difference.term == "numbers"]
    assert all(not set(numerals("甲" + span.of(one))) & set(said[1]) for span in own if span)


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


def test_the_reason_says_what_decided() -> None:
    reasons = {case["why"]: reason(compared(case)) for case in CASES.values()}
    assert reasons["3.5% and 35% fold alike and are not the same"] == "other numbers: 3.5% and 35% (line 1)"
    assert reasons["the bulletin of the next day"].startswith("other numbers: 4 and 3 (line 1)")
    assert reasons["the next session of the same board"] == "serial marks or negations differ: 六 and 七 (line 1)"
    assert reasons["a headline and its contrary"].startswith(
        "serial marks or negations differ: 不 (line 1) only in the second text; "
        "the titles differ in a negation (强烈推荐大家"
    )
    assert reasons["the same steps for another action"].startswith(
        "the titles differ (创建 / 注销), and the texts likewise; "
        "the titles have words that the other text has nowhere: 创建 / 注销"
    )
    assert reasons["another troupe: other names, no numbers"].startswith(
        "other words: 周明 and 高建 (line 2), 何苗 and 陆平 (line 2), 许岚 and 钱进 (line 2)"
    )
    accounts = reasons["another month's accounts: other numbers"]
    assert accounts.startswith("other numbers: 31207 and 48593 (line 1), 24458 and 96137 (line 1), ")
    assert accounts.count(" and ") == 5 + 1
    assert "(line 1) and 1 more" in accounts
    assert re.search(
        "^at least [0-9]+% of a third of the shorter text is nowhere in the longer one; other numbers: 7 and ",
        reasons["two notes under one title, above one advertisement"],
    )
    assert reasons["a page rewritten in many places"].startswith(
        "the same item, less alike than copies: Jaccard similarity 0.40, containments 0.55 and 0.60; other words: "
    )
    assert reasons["an excerpt"] == "100% of the first text is in the second one"
    assert reasons["a later version that goes on"] == "100% of the second text is in the first one"
    assert reasons["two words more"] == "Jaccard similarity 0.94, at least 0.8"
    assert reasons["two characters"] == "the same text, but for what folding drops, and the same numbers"
    assert reasons["nothing in common"] == "Jaccard similarity 0.00, containments 0.00 and 0.00"
    assert reasons["nothing but white space"] == "one of the texts is empty after folding"


def test_the_reason_says_which_text_has_a_word_more_and_in_which_lines() -> None:
    line = "我们昨天去了桥头\n我们向大家推荐镇上这家开了很多年的豆花店，味道好价钱公道。"
    assert reason(compare(line, line.replace("推荐", "不推荐"))).startswith(
        "serial marks or negations differ: 不 (line 2) only in the second text"
    )
    assert "不 (line 2) only in the first text" in reason(compare(line.replace("推荐", "不推荐"), line))
    bulletin = "气象台预报，今天夜里到明天白天多云转小雨，最低气温{}度，请市民注意添衣保暖。"
    assert (
        reason(compare(bulletin.format(8), f"\n{bulletin.format(12)}")) == "other numbers: 8 (line 1) and 12 (line 2)"
    )
    assert "1 26 (lines 1-2) and 128 (line 1)" in reason(compare(bulletin.format("1\n26"), bulletin.format(128)))


def test_the_reason_of_a_strict_cut_says_the_sum() -> None:
    line = "气象台预报，今天夜里到明天白天多云转小雨，最低气温8度，请市民注意添衣保暖。"
    found = compare(line, f"据悉，{line}", config=Config(min_score=5))
    assert (found.relation, reason(found)) == (
        "revision",
        f"the same item, with differences: the terms add up to no more than {found.balance:.2f}",
    )
    found = compare(line, f"据悉，{line}", config=Config(min_score=5, min_revision_score=5))
    assert reason(found) == f"the terms add up to no more than {found.balance:.2f}"


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
    unsaid = {"one", "other", "config", "chars"}
    assert {field.name for field in fields(Comparison)} - set(data) == unsaid
    empty = json.loads(json.dumps(compare("", "甲").to_dict()))
    assert (empty["relation"], empty["rule"], empty["evidence"], empty["candidacy"]) == (None, "empty", None, None)


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(TypeError, match="text must be a str, not bytes"):
        compare("甲", b"")  # type: ignore[arg-type]


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
    longer = f"昨日记者从有关部门获悉，{body}"
    assert compare(body, longer).relation == "contained"
    assert compare(body, longer, threshold=0.5).relation == "near"
    assert compare(longer, body, min_containment=0.5).relation == "contains"
    other = f"{body[:-5]}。"
    assert compare(other, body).relation == "near"
    assert compare(other, body, threshold=0.95, min_containment=0.9).relation == "contained"
    for wrong in ({"threshold": 0}, {"min_containment": 2}):
        with pytest.raises(ValueError, match="must be above 0 and at most 1"):
            compare(body, body, **wrong)


def test_the_score_is_the_number_that_the_relation_rests_on() -> None:
    body = "据介绍，重庆经开区把质量强区战略写入全区规划，加快引进和培育壮大龙头企业，全面发力。"
    longer = "昨日记者从有关部门获悉，质量强则万物强，" + body
    found = [compare(body, other) for other in (body, longer, "天地玄黄，宇宙洪荒，日月盈昃。", "　")]
    measured = [each.evidence or Evidence(0, 0, 0) for each in found]
    assert [each.relation for each in found] == ["identical", "contained", None, None]
    assert [each.score for each in found] == [1, measured[1].containment, measured[2].jaccard, 0]
    [match] = find_duplicates([longer, body]).duplicates
    assert match.score == found[1].score


def test_what_a_reason_is_made_of_is_data() -> None:
    line = "气象台预报，今天夜里到明天白天多云转小雨，最低气温{}度，东风{}级，请市民注意添衣保暖。"

    def differing(one: str, other: str) -> list[tuple[str, str | None, str | None]]:
        found = compare(one, other)
        return [
            (each.term, each.one and each.one.of(found.one), each.other and each.other.of(found.other))
            for each in found.differences
        ]

    degrees = differing(line.format(8, "三"), line.format(12, "三"))
    assert degrees == [("numbers", "8", "12"), ("other_marks", "8", "12")]
    assert differing(line.format(8, "三"), line.format(8, "四")) == [("other_marks", "三", "四")]
    # Where folding leaves no difference the number counts, as it is written.
    fold_alike = differing(line.format("-3.5％", "三"), line.format("35", "三"))
    assert fold_alike == [("numbers", "-3.5％", "35"), ("other_marks", "3.5", "35")]
    assert differing(line, line.replace("请", "不请")) == [("other_marks", None, "不")]
    assert differing(line.replace("多云", "大雪"), line) == [("other_words", "大雪", "多云")]
    found = compare(f"题\n{line}", line)
    assert found.chars == (len(fold(found.one)), len(fold(found.other)))
    assert "reason" not in found.to_dict()


def test_differences_know_their_lines() -> None:
    line = "气象台预报，今天夜里到明天白天多云转小雨，最低气温{}度，请市民注意添衣保暖。"
    found = compare(f"{line}\n{line.format(8)}", f"{line}\r\n\r\n{line.format(12)}")
    [number, mark] = found.differences
    assert (number.term, mark.term) == ("numbers", "other_marks")
    assert number.one
    assert number.other
    assert (number.one.first_line, number.other.first_line) == (2, 3)
    data = number.to_dict()
    assert data == {"term": "numbers", "one": number.one.to_dict(), "other": number.other.to_dict()}


def test_titles_are_evidence_and_nothing_else() -> None:
    body = "在阅览室窗口可以办理，请备好户口簿和两张照片。管理员核对以后盖章，手续当天可以完成。"
    more = "遗失户口簿的，请先到镇公所开具证明，再来窗口办理，证明当月有效。"
    plain = compare(body, body + more)
    assert plain.relation == "contained"
    given_ = compare(body, body + more, title="创建借书卡", other_title="注销借书卡")
    assert given_.titles == ("创建借书卡", "注销借书卡")
    assert given_.relation == "revision"
    assert given_.terms.foreign_title < 0 == plain.terms.foreign_title
    same = compare(body, body + more, title="借书", other_title="借书")
    assert same == replace(plain, titles=("借书", "借书"))
    # An empty one is not known, and the first line stands in for it.
    assert compare(body, body + more, title="", other_title="　") == plain
    assert plain.titles[0] == fold(body).text
    assert compare(body, body, title="创建", other_title="注销").relation == "identical"


def test_a_line_that_says_where_a_text_is_from_is_no_title() -> None:
    body = "青河县图书馆新馆正式开门迎客\n不少家长一大早就带着孩子在门口排起了长队。"
    assert (
        compare(f"2024-03-05 08:30 来源：青河日报 阅读 1523\n{body}", body).titles
        == ("青河县图书馆新馆正式开门迎客",) * 2
    )
    assert compare(f"镇上的好处\n{body}", body).titles == ("镇上的好处", "青河县图书馆新馆正式开门迎客")
    # Unless there is no other.
    source = "2024-03-05 08:30 来源：青河日报 阅读 1523"
    assert compare(source, body).titles[0] == fold(source).text
