"""Boilerplate: what is taken out, and that everything is as if it had never been there."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neardup
from neardup import Config, compare, find_duplicates, find_pairs, find_repeated_paragraphs, fold, iter_pairs
from neardup.boilerplate import boilerplate_of, paragraph_hash, without_boilerplate
from neardup.inputs import text_column, texts_at
from neardup.model import Span
from neardup.segmentation import LINE_BREAKS
from neardup.spans import without
from tests.common import folded
from tests.families import SENTENCES, texts

MANY = 100 if neardup.backend() == "kernel" else 25

NOTICE = "声明：本网独家稿件，未经授权禁止转载。"
MENU = "首页 新闻 财经 ㎏ 体育 娱乐"
SHORT = "广告"
KNOWN = Config(boilerplate=(paragraph_hash(NOTICE), paragraph_hash(MENU), paragraph_hash(SHORT)))

breaks = st.sampled_from(["\n", "\r\n", "\n\n", "\r", "\u2029", "\x85"])
written = st.sampled_from([NOTICE, "聲明:本網獨家稿件,未經授權禁止轉載", MENU, SHORT, "　廣告　"])


@st.composite
def pages(draw: st.DrawFn) -> str:
    """A few paragraphs, some of them boilerplate, with line breaks of all kinds."""
    parts = draw(st.lists(written | st.sampled_from(SENTENCES) | texts(), max_size=6))
    return "".join(part + draw(breaks) for part in parts) + draw(st.sampled_from(["", NOTICE, SENTENCES[1]]))


def cut(text: str) -> str:
    """The text without the paragraphs, line by line; whole if nothing would be left."""
    lines = re.findall(f"([^{LINE_BREAKS}]*)(\r\n|[{LINE_BREAKS}]|$)", text)
    kept = "".join(line + end for line, end in lines if paragraph_hash(line) not in KNOWN.boilerplate)
    return kept if len(fold(kept)) else text


def said(found: Any) -> dict[str, Any]:
    return {name: value for name, value in found.to_dict().items() if name not in {"config", "fingerprint"}}


def test_hashes_stay_as_they_are() -> None:
    assert [paragraph_hash(text) for text in (NOTICE, MENU, SHORT)] == GOLDEN


GOLDEN = ["58fac8a802742678", "eb45e5580b22703c", "5e7fe81685f98eba"]


@settings(max_examples=MANY)
@given(st.lists(pages(), max_size=5), st.integers(1, 3))
def test_what_is_left_is_what_other_lines_say(world: list[str], threads: int) -> None:
    expected = [cut(text) for text in world]
    for opened in (text_column(world), text_column(pa.array(world, pa.large_string()))):
        assert texts_at(without_boilerplate(opened, KNOWN.boilerplate, threads), np.arange(len(world))) == expected
    assert [without(text, boilerplate_of(text, KNOWN.boilerplate)) for text in world] == expected


def test_without_boilerplate_texts_are_not_touched() -> None:
    column = text_column([NOTICE, "正文"])
    assert without_boilerplate(column, ()) is column
    assert boilerplate_of(NOTICE, ()) == []


@settings(max_examples=MANY)
@given(st.lists(pages(), max_size=7), st.sampled_from(["longest", "first"]))
def test_duplicates_are_those_of_what_is_left(world: list[str], keep: Any) -> None:
    found, plain = find_duplicates(world, keep=keep, config=KNOWN), find_duplicates(list(map(cut, world)), keep=keep)
    assert said(found) == said(plain)
    assert said(find_duplicates(pa.array(world, pa.string()), keep=keep, config=KNOWN)) == said(plain)
    assert neardup.Duplicates.from_dict(found.to_dict()).config == KNOWN


@settings(max_examples=MANY)
@given(st.lists(pages(), max_size=7), st.sampled_from([0.3, 0.8]))
def test_pairs_are_those_of_what_is_left(world: list[str], threshold: float) -> None:
    expected = list(find_pairs(list(map(cut, world)), threshold=threshold))
    assert list(find_pairs(world, threshold=threshold, boilerplate=KNOWN.boilerplate)) == expected
    parts = iter_pairs(world, threshold=threshold, boilerplate=set(KNOWN.boilerplate), part=2)
    assert [pair for part in parts for pair in part] == expected


@settings(max_examples=MANY)
@given(pages(), pages())
def test_comparing_is_that_of_what_is_left_in_places_of_the_whole(one: str, other: str) -> None:
    found, plain = compare(one, other, config=KNOWN), compare(cut(one), cut(other))
    assert (found.relation, found.rule) == (plain.relation, plain.rule)
    assert (found.evidence, found.terms, found.candidacy) == (plain.evidence, plain.terms, plain.candidacy)
    for side, text in enumerate((one, other)):
        assert [(span.start, span.stop) for span in found.left_out[side]] == boilerplate_of(text, KNOWN.boilerplate)
        spans = [passage[side] for passage in found.passages]
        assert all(before.stop <= behind.start for before, behind in pairwise(spans))
        for gone in found.left_out[side]:
            assert all(span.stop <= gone.start or gone.stop <= span.start for span in spans)
        whole = (plain.one, plain.other)[side]
        aligned = "".join(passage[side].of(whole) for passage in plain.passages)
        assert folded("".join(span.of(text) for span in spans)).text == folded(aligned).text
    for left, right in found.passages:
        assert folded(left.of(one)).text == folded(right.of(other)).text


def test_a_page_that_differs_in_boilerplate_alone_is_identical() -> None:
    documents = {"甲": f"{MENU}\n{SENTENCES[0]}\n{NOTICE}", "乙": f"{SENTENCES[0]}\n{SHORT}\n{NOTICE}\n"}
    assert [match.relation for match in find_duplicates(documents).duplicates] != ["identical"]
    assert [match.relation for match in find_duplicates(documents, config=KNOWN).duplicates] == ["identical"]
    assert compare(*documents.values(), config=KNOWN).relation == "identical"


def test_numbers_of_boilerplate_do_not_count() -> None:
    stamp, body = "版权所有 2018 京ICP证 030173 号", "".join(SENTENCES[:4])
    known = Config(boilerplate=(paragraph_hash(stamp),))
    one, other = f"{stamp}\n{body}", body + SENTENCES[5]
    assert compare(one, other).relation == "revision"
    assert compare(one, other, config=known).relation == "near"


def test_what_both_have_in_boilerplate_makes_no_pair() -> None:
    one, other = (f"{NOTICE}\n{MENU}\n{own}" for own in ("本报讯昨天上午。", "气象台预报。"))
    assert compare(one, other, config=Config(threshold=0.6)).relation is not None
    assert compare(one, other, config=KNOWN.with_overrides(threshold=0.6)).relation is None
    assert len(find_pairs([one, other], threshold=0.6)) == 1
    assert len(find_pairs([one, other], threshold=0.6, boilerplate=KNOWN.boilerplate)) == 0


def test_a_document_of_nothing_else_is_taken_whole() -> None:
    documents = {"甲": f"{NOTICE}\n{MENU}", "乙": f"{NOTICE}\n{MENU}\n", "丙": f"{NOTICE}\n{SENTENCES[1]}", "丁": "\n"}
    found = find_duplicates(documents, config=KNOWN)
    assert [(match.id, match.survivor, match.relation) for match in found.duplicates] == [("甲", "乙", "identical")]
    assert found.empty == ["丁"]
    assert "丙" in found.survivors
    assert compare(documents["甲"], documents["丙"], config=KNOWN).left_out == ((), (Span(0, len(NOTICE) + 1, 1, 1),))


def test_boilerplate_of_a_corpus_has_its_near_spellings() -> None:
    near = NOTICE.replace("禁止转载", "禁止转")
    days = "一二三四五六七八九十"
    pages = [f"第{day}天的新闻，各不相同。\n{NOTICE}" for day in days] + [f"第{day}夜的新闻。\n{near}" for day in days]
    found = find_repeated_paragraphs(pages, min_chars=10)
    assert found.boilerplate == tuple(sorted(map(paragraph_hash, (NOTICE, near))))
    assert neardup.RepeatedParagraphs.from_dict(found.to_dict()).boilerplate == found.boilerplate
    assert found.to_arrow()["hash"].to_pylist() == [paragraph_hash(NOTICE)] * 10 + [paragraph_hash(near)] * 10
    config = Config(boilerplate=found.boilerplate)
    own = texts_at(without_boilerplate(text_column(pages), config.boilerplate), np.arange(len(pages)))
    assert own == [text.splitlines(keepends=True)[0] for text in pages]
    assert find_repeated_paragraphs(pages, min_chars=10, config=config).boilerplate == found.boilerplate
    assert find_repeated_paragraphs(pages[:5], min_chars=10).boilerplate == ()


def test_wrong_hashes_are_named() -> None:
    with pytest.raises(ValueError, match="boilerplate must be hashes of 16 hexadecimal digits, not '版权'"):
        find_pairs(["甲", "乙"], boilerplate=["版权"])
    with pytest.raises(TypeError, match="boilerplate must be several hashes"):
        find_pairs(["甲", "乙"], boilerplate=paragraph_hash("版权"))


def test_hashes_are_read_as_64_bits() -> None:
    assert np.uint64(int(max(map(paragraph_hash, SENTENCES)), 16)) > np.uint64(2**63)
