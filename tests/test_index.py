"""One document and an index: what is stored, what is answered, what is refused."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import neardup
from neardup import Index, compare
from tests.families import SENTENCES
from tests.indexes import ARTICLE, COPY, LINE, OTHER, STORES, place

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from neardup._typing import Id


@pytest.fixture(params=STORES)
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Index]:
    with Index.open(place(request.param, tmp_path)) as opened:
        yield opened


def test_a_new_document_is_stored_and_a_copy_is_not(index: Index) -> None:
    assert index.add("a", ARTICLE) is None
    match = index.add("b", COPY)
    assert match is not None
    assert (match.id, match.survivor, match.relation, match.rule) == ("b", "a", "identical", "identical")
    assert match.is_duplicate
    assert match.score == 1
    assert (len(index), "a" in index, "b" in index) == (1, True, False)
    assert index.add("c", OTHER) is None
    assert [each.id for each in index] == ["a", "c"]


def test_a_match_says_why(index: Index) -> None:
    index.add("a", f"{ARTICLE}\n{OTHER}")
    match = index.add("b", OTHER)
    assert match is not None
    found = compare(OTHER, f"{ARTICLE}\n{OTHER}")
    assert (match.relation, match.evidence) == (found.relation, found.evidence) == ("contained", found.evidence)
    assert match.reason
    assert match.rule == "contained"
    named = {"id": "b", "survivor": "a", "relation": "contained", "score": 1.0, "rule": "contained"}
    assert json.loads(json.dumps(match.to_dict())) == named | found.evidence.to_dict()


def test_checking_stores_nothing(index: Index) -> None:
    assert index.check(ARTICLE) is None
    assert len(index) == 0
    index.add(7, ARTICLE)
    match = index.check(COPY)
    assert match is not None
    assert (match.id, match.survivor) == (None, 7)


def test_all_relations_are_given_the_best_first(index: Index) -> None:
    index.add_many([LINE.format(8), OTHER, LINE.format(8) + SENTENCES[0] * 3, LINE.format(7)], ids=[8, 0, "long", 7])
    found = index.matches(LINE.format(8))
    assert [(each.survivor, each.relation) for each in found] == [
        (8, "identical"),
        ("long", "contained"),
        (7, "template"),
    ]
    assert [each.is_duplicate for each in found] == [True, True, False]
    assert all(each.id is None for each in found)
    assert index.matches(LINE.format(8), limit=1) == found[:1]
    assert index.matches("完全没有见过的一篇文章，讲的是别的事情。") == []


def test_only_newer_ones_are_given(index: Index) -> None:
    index.add("old", LINE.format(8))
    time.sleep(0.002)
    index.add("new", LINE.format(7))
    old, new = (index.get(id_) for id_ in ("old", "new"))
    assert old is not None
    assert new is not None
    for moment in (old.added, datetime.fromtimestamp(new.added, UTC) - timedelta(milliseconds=1)):
        assert [each.survivor for each in index.matches(LINE.format(9), newer_than=moment)] == ["new"]
    assert index.matches(LINE.format(9), newer_than=new.added) == []
    assert len(index.matches(LINE.format(9), newer_than=0)) == 2


@pytest.mark.parametrize(
    ("stored", "other"), [(7, "7"), ("7", 7), (np.int64(7), 7), (2**64 - 1, str(2**64 - 1)), (-1, "-1")]
)
def test_an_integer_and_its_digits_are_one_id(index: Index, stored: Any, other: Id) -> None:
    index.add(stored, ARTICLE)
    for id_ in (stored, other):
        assert id_ in index or isinstance(id_, np.integer)
        document = index.get(id_)
        assert document is not None
        assert document.id == stored
        assert type(document.id) is (str if isinstance(stored, str) else int)
        assert index.add(id_, ARTICLE) is None
        with pytest.raises(ValueError, match="is stored with another text"):
            index.add(id_, OTHER)
    assert index.remove(other) == 1
    assert len(index) == 0


@pytest.mark.parametrize("id_", ["", "\0", "新闻-7", "\ud800", "a" * 10_000, "+7", "07", "7 "])
def test_an_id_may_be_any_text(index: Index, id_: str) -> None:
    index.add(7, OTHER)
    index.add(id_, ARTICLE)
    document = index.get(id_)
    assert document is not None
    assert (document.id, document.text) == (id_, ARTICLE)
    assert index.remove([id_]) == 1
    assert 7 in index


@pytest.mark.parametrize("id_", [1.5, None, True, b"a", ["a"]])
def test_what_is_no_id_is_refused(index: Index, id_: Any) -> None:
    with pytest.raises(TypeError, match="must be a string or an integer"):
        index.add(id_, ARTICLE)
    with pytest.raises(TypeError, match="must be a string or an integer"):
        index.get(id_)
    assert id_ not in index
    assert len(index) == 0


def test_an_integer_of_more_than_64_bits_is_refused(index: Index) -> None:
    with pytest.raises(ValueError, match="more than 64 bits"):
        index.add(2**64, ARTICLE)
    assert 2**64 not in index


DATA = [
    None,
    b"",
    b"\0\xff",
    "网址",
    7,
    1.5,
    True,
    [],
    {},
    {"url": "https://a.example/1", "n": [1, None, {"深": "\ud800"}]},
]


@pytest.mark.parametrize("data", DATA)
def test_data_is_kept(index: Index, data: Any) -> None:
    index.add("a", ARTICLE, data=data)
    document = index.get("a")
    assert document is not None
    assert document.data == data
    assert type(document.data) is type(data)


def test_bytes_of_any_kind_are_kept_as_bytes(index: Index) -> None:
    index.add("a", ARTICLE, data=bytearray(b"xyz"))
    index.add("b", OTHER, data=memoryview(b"xyzw")[::2])
    assert [each.data for each in index] == [b"xyz", b"xz"]


def circle() -> list[Any]:
    made: list[Any] = []
    made.append(made)
    return made


def deep() -> list[Any]:
    made: list[Any] = []
    for _ in range(100_000):
        made = [made]
    return made


@pytest.mark.parametrize(
    "data",
    [object(), {1, 2}, float("nan"), {"a": float("inf")}, circle(), deep(), np.int64(3)],
    ids=lambda value: type(value).__name__,
)
def test_other_data_is_refused(index: Index, data: Any) -> None:
    with pytest.raises(TypeError, match="data must be bytes, or plain data"):
        index.add("a", ARTICLE, data=data)
    assert len(index) == 0


def test_data_is_looked_at_before_the_document_is_decided(index: Index) -> None:
    index.add("a", ARTICLE)
    with pytest.raises(TypeError, match="data must be bytes, or plain data"):
        index.add("b", ARTICLE, data=object())


def test_titles_are_evidence(index: Index) -> None:
    index.add("a", ARTICLE, title="质量强区战略（上）")
    document = index.get("a")
    assert document is not None
    assert document.title == "质量强区战略（上）"
    text = ARTICLE + SENTENCES[5]
    for title in (None, "", "质量强区战略（上）", "质量强区战略（下）", "另一个题目完全不同"):
        [match] = index.matches(text, title=title)
        found = compare(text, ARTICLE, title=title or "", other_title="质量强区战略（上）")
        assert (match.relation, match.evidence) == (found.relation, found.evidence)
        checked = index.check(text, title=title)
        assert (checked is not None) == match.is_duplicate


# Again, and another text


def test_a_retry_answers_as_the_first_time(index: Index) -> None:
    """So that a crawler that was ended in between does not lose the article."""
    for _ in range(2):
        assert index.add("a", ARTICLE) is None
        seen = index.add("b", COPY)
        assert seen is not None
        assert seen.survivor == "a"
    assert len(index) == 1
    found = index.add_many([ARTICLE, OTHER, COPY], ids=["a", "c", "b"])
    assert (found.known, found.new) == (["a"], ["a", "c"])
    assert [each.id for each in found.duplicates] == ["b"]


def test_another_text_takes_the_place_only_if_it_may(index: Index) -> None:
    index.add("a", ARTICLE, data=1)
    index.add("b", OTHER)
    with pytest.raises(ValueError, match=r"the id 'a' is stored with another text; .*replace=True"):
        index.add("a", OTHER)
    with pytest.raises(ValueError, match="the id 'a' is stored with another text"):
        index.add_many([LINE.format(1), OTHER], ids=["c", "a"])
    assert [each.id for each in index] == ["a", "b"]
    assert index.add("a", LINE.format(3), data=2, replace=True) is None
    document = index.get("a")
    assert document is not None
    assert (document.text, document.data) == (LINE.format(3), 2)
    assert index.check(ARTICLE) is None
    assert [each.id for each in index] == ["b", "a"]


def test_a_text_that_takes_the_place_of_its_like_is_new(index: Index) -> None:
    """It is no duplicate of the one that goes."""
    index.add("a", ARTICLE)
    assert index.add("a", COPY, replace=True) is None
    document = index.get("a")
    assert document is not None
    assert document.text == COPY


def test_a_text_that_is_a_duplicate_of_another_goes_with_what_it_replaces(index: Index) -> None:
    index.add("a", ARTICLE)
    index.add("b", OTHER)
    match = index.add("b", COPY, replace=True)
    assert match is not None
    assert match.survivor == "a"
    assert [each.id for each in index] == ["a"]
    assert index.verify() == []


def test_a_batch_that_replaces_is_as_one_after_the_other() -> None:
    batch = {"b": ARTICLE, "a": OTHER}
    found = []
    for size in (1, 2):
        with Index.open(":memory:") as index, pytest.MonkeyPatch.context() as patch:
            patch.setattr(index._stored.store, "at_once", size)
            index.add("a", ARTICLE)
            index.add_many(batch, replace=True)
            found.append([each.id for each in index])
    assert found[0] == found[1]


# Texts of any kind


def test_empty_texts_are_stored_and_like_nothing(index: Index) -> None:
    for id_, text in enumerate(["", "\u200b", "\n ", ""]):
        assert index.add(id_, text) is None
    assert len(index) == 4
    assert index.matches("") == []
    found = index.add_many(["", "\n ", ARTICLE], ids=["a", "b", "c"])
    assert found.empty == ["a", "b"]
    assert [each.text for each in index][-3:] == ["", "\n ", ARTICLE]
    assert index.verify() == []


def test_short_texts_have_only_identical_ones(index: Index) -> None:
    found = index.add_many(["短。", "短", "短文"])
    assert [match is None for match in found] == [True, False, True]
    assert found.too_short == [0, 2]


STRANGE = [
    "\ud800",
    "文\udfff文",
    "文\0",
    f"{ARTICLE}\0{ARTICLE}",
    "\U0010ffff",
    "\ue5e5\ue7c7\u1e3f",
    "😂👍" * 20,
    "é" * 100,
    "\ufeff文",
]


@pytest.mark.parametrize("text", STRANGE, ids=ascii)
def test_any_text_is_given_back_as_it_was(index: Index, text: str) -> None:
    assert index.add("a", text, title=text) is None
    document = index.get("a")
    assert document is not None
    assert (document.text, document.title) == (text, text)
    match = index.check(text)
    assert match is not None
    assert match.relation == "identical"
    assert match.reason
    assert index.add("a", text) is None
    assert index.verify() == []


def test_a_huge_text(index: Index) -> None:
    size = 200_000 if neardup.backend() == "kernel" else 20_000
    text = "".join(chr(0x4E00 + n * n % 20_000) for n in range(size))
    index.add("a", text)
    document = index.get("a")
    assert document is not None
    assert document.text == text
    match = index.add("b", text[: size * 9 // 10])
    assert match is not None
    assert match.relation == "near"


@pytest.mark.parametrize("text", [None, 7, b"abc", ["a"]])
def test_what_is_no_text_is_refused(index: Index, text: Any) -> None:
    for ask in (lambda: index.add("a", text), lambda: index.check(text), lambda: index.matches(text)):
        with pytest.raises(TypeError, match="text must be a str, not"):
            ask()
    assert len(index) == 0


@pytest.mark.parametrize("title", [7, b"a", ["a"]])
def test_what_is_no_title_is_refused(index: Index, title: Any) -> None:
    for ask in (lambda: index.add("a", ARTICLE, title=title), lambda: index.check(ARTICLE, title=title)):
        with pytest.raises(TypeError, match="title must be a str, not"):
            ask()
