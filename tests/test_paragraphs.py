"""Repeated paragraphs: exact groups against a dict, near ones on their sets, removal against the texts themselves."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neardup
import neardup.paragraphs.find
from neardup import Config, RepeatedParagraphs, find_duplicates, find_repeated_paragraphs, fold, shingles
from neardup.numerals import numerals
from neardup.segmentation import LINE_BREAKS
from neardup.shingling import hash_shingle
from neardup.spans import without
from tests.families import SENTENCES, texts

if TYPE_CHECKING:
    import random

MANY = 100 if neardup.backend() == "kernel" else 25

NOTICE = "声明：本网独家稿件，未经授权禁止转载。"
MENU = "首页 新闻 财经 体育 娱乐 科技 汽车 房产 教育 健康"

Place = tuple[str, int, int]

breaks = st.sampled_from(["\n", "\r\n", "\n\n", "\r", "\u2029", "\x85"])


@st.composite
def documents(draw: st.DrawFn) -> str:
    """A few paragraphs, many of them seen before, with line breaks of all kinds."""
    parts = draw(st.lists(st.sampled_from([NOTICE, MENU, *SENTENCES]) | texts(), max_size=5))
    return "".join(part + draw(breaks) for part in parts) + draw(st.sampled_from(["", NOTICE, SENTENCES[1]]))


worlds = st.lists(documents(), max_size=7)


def paragraphs_of(world: list[str], min_chars: int) -> dict[Place, str]:
    """All paragraphs that are long enough, by document and place."""
    found = {}
    for id_, text in enumerate(world):
        for match in re.finditer(f"[^{LINE_BREAKS}]+", text):
            if len(fold(match[0])) >= min_chars:
                found[id_, *match.span()] = match[0]
    return found


def content(text: str) -> tuple[str, tuple[str, ...]]:
    return fold(text).text, tuple(numerals(text))


def places(found: RepeatedParagraphs) -> set[frozenset[tuple[Any, ...]]]:
    """The groups, whatever their order."""
    return {frozenset((o.id, o.start, o.stop, o.kind, o.score) for o in group.occurrences) for group in found.groups}


@settings(max_examples=MANY)
@given(worlds, st.integers(1, 30), st.integers(1, 3))
def test_exact_groups_are_what_a_dict_counts(world: list[str], min_chars: int, min_documents: int) -> None:
    counted = defaultdict(list)
    for place, text in paragraphs_of(world, min_chars).items():
        counted[content(text)].append(place)
    expected = {
        frozenset((*place, "exact", 1.0) for place in where)
        for where in counted.values()
        if len(where) > 1 and len({id_ for id_, *_ in where}) >= min_documents
    }
    found = find_repeated_paragraphs(world, min_chars=min_chars, min_documents=min_documents, near=False)
    assert places(found) == expected
    assert len(found) == len(expected)


@settings(max_examples=MANY)
@given(worlds, st.sampled_from([0.4, 0.6, 0.8]), st.integers(1, 3))
def test_every_occurrence_is_what_it_says(world: list[str], threshold: float, min_documents: int) -> None:
    config = Config(threshold=threshold, relations=("identical", "near"))
    found = find_repeated_paragraphs(world, config=config, min_documents=min_documents)
    everything = paragraphs_of(world, found.min_chars)
    seen = set()
    for group in found.groups:
        where = [(o.id, o.start, o.stop) for o in group.occurrences]
        assert where == sorted(where, key=lambda place: (int(place[0]), place[1]))
        assert group.documents == len({id_ for id_, *_ in where}) >= min_documents
        assert len(where) > 1
        assert group.chars == len(fold(group.text)) >= found.min_chars
        first = next(o for o in group.occurrences if o.kind == "exact")
        assert group.text == everything[first.id, first.start, first.stop]
        for occurrence in group.occurrences:
            place = occurrence.id, occurrence.start, occurrence.stop
            assert place not in seen
            seen.add(place)
            text = everything[place]
            assert (content(text) == content(group.text)) == (occurrence.kind == "exact")
            one, other = (set(shingles(t, content="all").tolist()) for t in (text, group.text))
            assert occurrence.score == len(one & other) / len(one | other) >= threshold
            assert (occurrence.evidence is None) == (occurrence.kind == "exact")
            if occurrence.evidence:
                assert occurrence.evidence.containment == len(one & other) / len(one)
            assert numerals(text) == numerals(group.text)


@settings(max_examples=MANY)
@given(worlds)
def test_near_ones_join_what_the_survivor_rule_gives_them(world: list[str]) -> None:
    config = Config(threshold=0.6, relations=("identical", "near"))
    classes = defaultdict(list)
    for place, text in paragraphs_of(world, 15).items():
        classes[content(text)].append((place, text))
    # The names break ties, so they are made of what the paragraphs say, not of where they stand.
    folded = [text for text, _ in classes]
    one_each = {}
    for (chars, numbers), where in classes.items():
        more = f" {' '.join(numbers)} {chars}" if folded.count(chars) > 1 else ""
        one_each[f"{hash_shingle(chars):016x}{more}"] = where[0][1]
    # A paragraph has no title, and its first line is none.
    kept = find_duplicates(one_each, config=config.with_overrides(content="all"), title=["段"] * len(one_each))
    heads = {content(one_each[match.id]): content(one_each[match.survivor]) for match in kept.duplicates}
    expected = defaultdict(set)
    for key, where in classes.items():
        head = heads.get(key, key)
        head = head if head[1] == key[1] else key
        expected[head] |= {place for place, _ in where}
    found = find_repeated_paragraphs(world, config=config, min_documents=1)
    assert {content(group.text): {(o.id, o.start, o.stop) for o in group.occurrences} for group in found.groups} == {
        key: where for key, where in expected.items() if len(where) > 1
    }


@settings(max_examples=MANY)
@given(worlds, st.randoms(use_true_random=False), st.integers(1, 4))
def test_neither_order_nor_threads_nor_form_change_the_groups(
    world: list[str], rng: random.Random, threads: int
) -> None:
    found = find_repeated_paragraphs(world, threads=1)
    again = find_repeated_paragraphs(world, threads=threads)
    assert again.to_dict() == found.to_dict()
    for column in (pa.array(world, pa.string()), pl.Series(world, dtype=pl.String), pd.Series(world, dtype=object)):
        assert find_repeated_paragraphs(column).to_dict() == found.to_dict()
    order = rng.sample(range(len(world)), len(world))
    shuffled = find_repeated_paragraphs([world[i] for i in order], ids=order)
    assert places(shuffled) == places(found)


@given(worlds, st.integers(1, 3))
def test_groups_are_ordered_by_documents_then_by_place(world: list[str], min_documents: int) -> None:
    found = find_repeated_paragraphs(world, min_documents=min_documents)
    keys = [
        (-group.documents, group.occurrences[0].id, group.occurrences[0].start, group.occurrences[0].stop)
        for group in found.groups
    ]
    assert keys == sorted(keys)


@settings(max_examples=MANY)
@given(worlds, st.booleans(), st.integers(1, 3))
def test_what_is_removed_is_whole_paragraphs_and_what_is_listed(
    world: list[str], keep_first: bool, min_documents: int
) -> None:
    found = find_repeated_paragraphs(world, min_documents=min_documents)
    cleaned = found.remove(world, boilerplate=False, keep_first=keep_first)
    everything = paragraphs_of(world, found.min_chars)
    gone = {(r.id, r.start, r.stop) for r in cleaned.removed}
    assert len(gone) == len(cleaned.removed)
    for id_, (before, after) in enumerate(zip(world, cleaned.texts, strict=True)):
        spans = sorted((start, stop) for name, start, stop in gone if name == id_)
        assert without(before, spans) == after
        for start, stop in spans:
            paragraph, line_break = re.fullmatch(
                f"([^{LINE_BREAKS}]+)(\r\n|[{LINE_BREAKS}]|$)", before[start:stop]
            ).groups()  # type: ignore[union-attr]
            assert everything[id_, start, start + len(paragraph)] == paragraph
            assert stop == len(before) if not line_break else before[stop - 1 : stop + 1] != "\r\n"
    for number, group in enumerate(found.groups):
        left = [o for o in group.occurrences if (o.id, o.start) not in {(id_, start) for id_, start, _ in gone}]
        first = next(o for o in group.occurrences if o.kind == "exact")
        assert left == ([first] if keep_first else [])
        assert {r.group for r in cleaned.removed if (r.id, r.start) == (first.id, first.start)} <= {number}


@settings(max_examples=MANY)
@given(worlds, st.sampled_from([0.4, 0.8]), st.integers(1, 3))
def test_removing_again_changes_nothing(world: list[str], threshold: float, min_documents: int) -> None:
    options: dict[str, Any] = {
        "config": Config(threshold=threshold, relations=("identical", "near")),
        "min_documents": min_documents,
    }
    once = find_repeated_paragraphs(world, **options).remove(world, boilerplate=False).texts
    again = find_repeated_paragraphs(once, **options).remove(once, boilerplate=False)
    assert again.removed == []
    assert again.texts == once


@settings(max_examples=MANY // 4)
@given(worlds, st.sampled_from([0.4, 0.8]))
def test_a_result_survives_as_plain_data(world: list[str], threshold: float) -> None:
    config = Config(threshold=threshold, relations=("identical", "near", "contained"))
    found = find_repeated_paragraphs(world, config=config)
    read = RepeatedParagraphs.from_dict(json.loads(json.dumps(found.to_dict())))
    assert read.to_dict() == found.to_dict()
    assert list(read.groups) == list(found.groups)
    assert read.remove(world, boilerplate=False).removed == found.remove(world, boilerplate=False).removed


@given(worlds)
def test_equal_hashes_are_not_enough(world: list[str]) -> None:
    kernels = neardup.paragraphs.find.kernels

    def colliding(*arguments: Any) -> Any:
        *rows, hashes, digests = kernels.paragraphs(*arguments)
        return *rows, hashes & np.uint64(1), digests

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            neardup.paragraphs.find,
            "kernels",
            SimpleNamespace(paragraphs=colliding, content_classes=kernels.content_classes),
        )
        exact = find_repeated_paragraphs(world, near=False)
        near = find_repeated_paragraphs(world)
    expected = find_repeated_paragraphs(world, near=False)
    assert {group.text for group in exact.groups} == {group.text for group in expected.groups}
    assert places(exact) == places(expected)
    assert sum(map(len, places(near))) == sum(map(len, places(find_repeated_paragraphs(world))))


def pages(count: int, *lines: str) -> list[str]:
    """Pages with a title of their own and some lines that all have."""
    return ["\n".join([f"第{chr(0x4E00 + i)}页的标题", *lines]) for i in range(count)]


def test_numbers_tell_paragraphs_apart_and_folding_does_not() -> None:
    five, same, other = (
        "本市去年生产总值增长了3.5%，好于预期",
        "本市去年生產總值增長了 ３．５％ 好於預期",
        "本市去年生产总值增长了35%，好于预期",
    )
    found = find_repeated_paragraphs([five, same, other])
    assert [group.documents for group in found.groups] == [2]
    assert found.groups[0].text == five
    assert len(find_repeated_paragraphs([five, other])) == 0


def test_what_is_boilerplate() -> None:
    cases = [(9, 9, 0.01, False), (10, 10, 0.01, True), (20, 20, 0.5, True), (20, 20, 0.51, False), (12, 28, 0.3, True)]
    for have, others, share, expected in cases:
        texts = pages(have, NOTICE) + pages(others)
        found = find_repeated_paragraphs(texts, boilerplate_share=share)
        assert [group.is_boilerplate for group in found.groups] == [expected], (have, share)
        assert found.is_boilerplate.tolist() == [expected]
        assert found.documents[0] / len(texts) >= share or not expected


def test_only_boilerplate_goes_by_default_and_the_first_one_stays() -> None:
    texts = [*pages(12, NOTICE), f"{MENU}\n甲", f"{MENU}\r\n乙"]
    found = find_repeated_paragraphs(texts)
    cleaned = found.remove(texts)
    assert cleaned.texts == [texts[0], *(f"第{chr(0x4E00 + i)}页的标题\n" for i in range(1, 12)), *texts[12:]]
    assert [(r.id, r.group) for r in cleaned.removed] == [(i, 0) for i in range(1, 12)]
    assert cleaned.removed[0].to_dict() == {"id": 1, "start": 7, "stop": 7 + len(NOTICE), "group": 0}
    assert str(cleaned) == f"11 paragraphs removed from 11 documents, {11 * len(NOTICE)} characters"
    assert NOTICE not in "".join(found.remove(texts, keep_first=False).texts)
    assert found.remove(texts, boilerplate=False).texts[12:] == [texts[12], "乙"]
    assert found.remove(pa.array(texts), threads=2).texts == cleaned.texts


def test_every_option_changes_something() -> None:
    edited = NOTICE.replace("。", "，谢谢合作。")
    texts = [*pages(3, NOTICE, "短的一行"), edited, f"{MENU}\n{MENU}"]

    def groups(**options: Any) -> list[tuple[int, int]]:
        return [
            (group.documents, len(group.occurrences)) for group in find_repeated_paragraphs(texts, **options).groups
        ]

    loose = Config.for_threshold(0.4).with_overrides(relations=("identical", "near"))
    assert groups() == [(3, 3)]
    assert groups(min_chars=4) == [(3, 3), (3, 3)]
    assert groups(min_documents=1) == [(3, 3), (1, 2)]
    assert groups(min_documents=4) == []
    assert groups(config=loose) == [(4, 4)]
    assert groups(config=loose, near=False) == [(3, 3)]
    assert find_repeated_paragraphs(texts, ids=list("abcde")).groups[0].occurrences[0].id == "a"
    assert find_repeated_paragraphs(dict(zip("abcde", texts, strict=True))).groups[0].occurrences[2].id == "c"
    stages: list[tuple[str, int, int]] = []
    find_repeated_paragraphs(texts, progress=lambda *stage: stages.append(stage))
    assert stages[:2] == [("paragraphs", 0, 5), ("paragraphs", 5, 5)]
    assert stages[-1] == ("comparing", 3, 3)


def test_the_config_decides_about_near_ones() -> None:
    long = NOTICE + "违反上述声明者，本网将追究其相关法律责任，特此告知各位读者。"
    texts = [NOTICE, long, NOTICE]
    assert [group.text for group in find_repeated_paragraphs(texts).groups] == [NOTICE]
    contained = find_repeated_paragraphs(texts, config=Config()).groups[0]
    assert contained.text == long
    assert [(o.kind, o.relation, o.score) for o in contained.occurrences] == [
        ("near", "contained", 1.0),
        ("exact", "identical", 1.0),
        ("near", "contained", 1.0),
    ]


def test_tables() -> None:
    edited = SENTENCES[0].replace("据介绍，", "")
    found = find_repeated_paragraphs([SENTENCES[0], edited, SENTENCES[0]], ids=["甲", "乙", "丙"])
    table = found.to_arrow()
    assert table.column("id").to_pylist() == ["甲", "乙", "丙"]
    assert table.column("kind").to_pylist() == ["exact", "near", "exact"]
    assert table.column("score").to_pylist() == [o.score for o in found.groups[0].occurrences]
    assert table.column("text").to_pylist() == [SENTENCES[0]] * 3
    assert found.to_pandas()["documents"].tolist() == [3, 3, 3]
    assert list(found.to_pandas().columns) == table.column_names
    assert find_repeated_paragraphs([]).to_arrow().num_rows == 0
    assert str(found) == "3 documents: 1 repeated paragraphs, 0 of them boilerplate; 3 occurrences, 1 of them near"


def test_groups_are_a_sequence() -> None:
    found = find_repeated_paragraphs(pages(2, NOTICE, MENU, *SENTENCES[:3]))
    assert len(found.groups) == len(found) == 5
    assert [group.text for group in found.groups[1:3]] == [MENU, SENTENCES[0]]
    assert found.groups[-1].text == SENTENCES[2]
    assert NOTICE not in repr(found)
    with pytest.raises(IndexError):
        found.groups[5]


def test_nothing_is_found_in_nothing() -> None:
    for world in ([], [""], ["\n\r\n"], ["，。！\n，。！"]):
        found = find_repeated_paragraphs(world, min_documents=1)
        assert list(found.groups) == []
        assert found.remove(world).texts == world


def test_errors_say_what_is_wrong() -> None:
    with pytest.raises(ValueError, match="min_chars must be at least 1, not 0"):
        find_repeated_paragraphs([], min_chars=0)
    with pytest.raises(ValueError, match="min_documents must be at least 1, not -1"):
        find_repeated_paragraphs([], min_documents=-1)
    for share in (0, 1.01, float("nan")):
        with pytest.raises(ValueError, match="boilerplate_share must be above 0 and at most 1, not"):
            find_repeated_paragraphs([], boilerplate_share=share)
    with pytest.raises(ValueError, match="the text with id 'b' is null"):
        find_repeated_paragraphs({"a": "", "b": None})  # type: ignore[dict-item]
    with pytest.raises(ValueError, match="threads must be at least 1"):
        find_repeated_paragraphs([], threads=0)
    texts = pages(2, NOTICE)
    found = find_repeated_paragraphs(texts, ids=["甲", "乙"])
    with pytest.raises(ValueError, match="there are 1 texts, and 2 were searched"):
        found.remove(texts[:1])
    with pytest.raises(ValueError, match="the text with id '乙' is not the one that was searched"):
        found.remove([texts[0], texts[1] + "。"])
    with pytest.raises(ValueError, match="the text with id '甲' is not the one that was searched"):
        found.remove(texts[::-1])
    with pytest.raises(ValueError, match="schema_version must be 1, not 2"):
        RepeatedParagraphs.from_dict(found.to_dict() | {"schema_version": 2})


@pytest.mark.parametrize("index", [-1, 1, 9])
def test_a_group_that_is_none_is_said(index: int) -> None:
    found = find_repeated_paragraphs(["据介绍，重庆经开区把质量强区战略写入全区规划，加快引进和培育壮大龙头企业。"] * 2)
    assert found.group(0) == found.groups[0] == found.groups[-1]
    with pytest.raises(IndexError, match=f"there is no group {index} among 1"):
        found.group(index)
