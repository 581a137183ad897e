"""The index as its users see it: every option, every answer and every error."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import neardup
from neardup import Config, Index, InputError, MismatchError, NeardupError, OutputError, compare
from neardup.index import online
from tests.families import SENTENCES
from tests.indexes import STORES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from neardup._typing import Id

ARTICLE = "".join(SENTENCES[:4])
COPY = ARTICLE.replace("，", "").replace("战略", "戰略")
OTHER = "".join(SENTENCES[4:6])
LINE = "气象台预报，今天夜里到明天白天多云转小雨，最低气温{}度，请市民注意添衣保暖。"


def place(kind: str, folder: Path) -> str | Path:
    return ":memory:" if kind == "memory" else folder / "新闻.index"


@pytest.fixture(params=STORES)
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Index]:
    with Index.open(place(request.param, tmp_path)) as opened:
        yield opened


# One document


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
            patch.setattr(online, "AT_ONCE", size)
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


# Many documents

ROWS = [
    {"id": 3, "text": ARTICLE, "title": "甲"},
    {"id": 1, "text": COPY, "title": "乙"},
    {"id": 2, "text": OTHER, "title": None},
]
TABLES: dict[str, Callable[[], Any]] = {
    "pandas": lambda: pd.DataFrame(ROWS),
    "polars": lambda: pl.DataFrame(ROWS),
    "pyarrow": lambda: pa.Table.from_pylist(ROWS),
    "rows": lambda: ROWS,
}


@pytest.mark.parametrize("table", TABLES)
def test_tables_are_taken(index: Index, table: str) -> None:
    data = [{"n": n} for n in range(3)]
    found = index.add_many(TABLES[table](), text="text", id="id", title="title", data=data)
    assert (found.ids, found.new) == ([3, 1, 2], [3, 2])
    assert [match and (match.id, match.survivor) for match in found] == [None, (1, 3), None]
    assert [(each.id, each.title, each.data) for each in index] == [(3, "甲", {"n": 0}), (2, "", {"n": 2})]
    assert all(type(each.id) is int for each in index)
    checked = index.check_many(TABLES[table](), text="text", id="id")
    assert [match and match.survivor for match in checked] == [3, 3, 2]


COLUMNS: dict[str, Callable[[list[str]], Any]] = {
    "list": list,
    "iterator": iter,
    "pandas": pd.Series,
    "polars": pl.Series,
    "pyarrow": pa.array,
    "mapping": lambda texts: dict(enumerate(texts)),
}


@pytest.mark.parametrize("column", COLUMNS)
def test_columns_are_taken(index: Index, column: str) -> None:
    found = index.add_many(COLUMNS[column]([ARTICLE, COPY, OTHER]))
    assert (found.ids, found.new) == ([0, 1, 2], [0, 2])


def test_each_is_checked_by_itself(index: Index) -> None:
    index.add("a", OTHER)
    found = index.check_many([ARTICLE, COPY, OTHER, "", "短"], ids=[1, 2, 3, 4, 5])
    assert found.new == [1, 2, 4, 5]
    assert (found.empty, found.too_short) == ([4], [5])
    assert [each.survivor for each in found.duplicates] == ["a"]
    assert len(index) == 1


def test_answers_are_a_sequence(index: Index) -> None:
    found = index.add_many([ARTICLE, COPY, LINE.format(1), LINE.format(2)])
    assert len(found) == 4
    assert [match and match.survivor for match in found] == [None, 0, None, None]
    assert found[-1] is None
    assert found[1:3] == [found.duplicates[0], None]
    assert found[1] in found
    with pytest.raises(IndexError):
        found[4]
    assert [(each.id, each.survivor, each.relation) for each in found.related] == [(3, 2, "template")]
    assert [(each.id, each.relation) for each in found.duplicates] == [(1, "identical")]


def test_nothing_can_be_added(index: Index) -> None:
    for found in (index.add_many([]), index.check_many([])):
        assert (len(found), found.new, found.duplicates, found.related) == (0, [], [], [])
        assert found.cuts.to_dict() == {"listed": 0, "documents": 0, "candidates": 0}


def test_nulls_are_left_out_if_wanted(index: Index) -> None:
    texts = [ARTICLE, None, OTHER]
    with pytest.raises((TypeError, ValueError), match=r"null|None"):
        index.add_many(texts)  # type: ignore[arg-type]
    assert len(index) == 0
    found = index.add_many(texts, on_null="skip", data=["甲", "乙", "丙"], ids=["a", "b", "c"])  # type: ignore[arg-type]
    assert (found.ids, found.skipped) == (["a", "c"], ["b"])
    assert [(each.id, each.data) for each in index] == [("a", "甲"), ("c", "丙")]
    assert index.check_many(texts, on_null="skip").skipped == [1]  # type: ignore[arg-type]


def test_ids_are_given_once(index: Index) -> None:
    for ids, message in (([1, 1], "given twice"), ([1, "1"], "in other words")):
        for ask in (index.add_many, index.check_many):
            with pytest.raises(ValueError, match=message):
                ask([ARTICLE, OTHER], ids=ids)
    assert len(index) == 0


def test_data_is_given_for_each(index: Index) -> None:
    with pytest.raises(ValueError, match=r"data for 2 documents|1 data"):
        index.add_many([ARTICLE, OTHER], data=[1])
    with pytest.raises(TypeError, match="data must be bytes, or plain data"):
        index.add_many([ARTICLE, OTHER], data=[1, object()])
    assert len(index) == 0


def test_progress_is_told(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(online, "AT_ONCE", 2)
    told: list[tuple[str, int, int]] = []
    texts = [sentence * 2 for sentence in SENTENCES[:5]]
    index.add_many(texts, progress=lambda *each: told.append(each))
    index.check_many(texts, progress=lambda *each: told.append(each))
    assert told == [(stage, done, 5) for stage in ("adding", "checking") for done in (2, 4, 5)]
    del told[:]
    assert index.verify(progress=lambda *each: told.append(each)) == []
    assert told == [("verifying", done, 5) for done in (2, 4, 5)]
    del told[:]
    assert index.expire(older_than=time.time() + 10, progress=lambda *each: told.append(each)) == 5
    assert told == [("expiring", done, done) for done in (2, 4, 5)]


def test_what_was_done_before_an_error_stays(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(online, "AT_ONCE", 1)

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        index.add_many([ARTICLE, OTHER], progress=stop)
    assert len(index) == 1


@pytest.mark.parametrize("threads", [0, -1, 1.5, "2"])
def test_threads_are_checked(index: Index, threads: Any) -> None:
    for ask in (index.add_many, index.check_many):
        with pytest.raises((TypeError, ValueError), match="threads must be"):
            ask([ARTICLE], threads=threads)


# What is stored


def test_documents_are_removed(index: Index) -> None:
    index.add_many({"a": ARTICLE, "b": OTHER, 3: LINE.format(1), 4: LINE[::-1] * 2})
    assert index.remove("x") == 0
    assert index.remove("3") == 1
    assert index.remove(iter(["a", "x", 4])) == 2
    assert index.remove([]) == 0
    assert [each.id for each in index] == ["b"]
    assert index.check(ARTICLE) is None
    assert index.get("a") is None
    assert index.add("a", COPY) is None
    assert index.verify() == []
    for ids in ([1.5], [None], 1.5):
        with pytest.raises(TypeError):
            index.remove(ids)  # type: ignore[arg-type]


def test_old_documents_are_removed(index: Index) -> None:
    for number in range(3):
        index.add(number, SENTENCES[number] * 2)
        time.sleep(0.002)
    times = [each.added for each in index]
    assert times == sorted(set(times))
    assert index.expire(older_than=times[1]) == 1
    assert index.expire(older_than=timedelta(days=1)) == 0
    assert [each.id for each in index] == [1, 2]
    assert index.expire(older_than=datetime.fromtimestamp(times[2], UTC) - timedelta(milliseconds=1)) == 1
    assert index.expire(older_than=timedelta(0)) == 1
    assert len(index) == 0
    for given, error in ((datetime.now(), ValueError), ("1", TypeError), (float("nan"), ValueError), (None, TypeError)):
        with pytest.raises(error, match="older_than must"):
            index.expire(older_than=given)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="newer_than must have a time zone"):
        index.matches(ARTICLE, newer_than=datetime.now())
    with pytest.raises(ValueError, match="limit must be at least 1"):
        index.matches(ARTICLE, limit=0)


def test_the_size_is_told(index: Index) -> None:
    before = index.stats()
    index.add_many([ARTICLE, COPY, OTHER])
    stats = index.stats()
    assert (before.documents, stats.documents) == (0, 2)
    assert 0 < stats.payload_bytes < stats.bytes


def test_documents_can_be_removed_while_they_are_read(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(online, "AT_ONCE", 2)
    index.add_many([sentence * 2 for sentence in SENTENCES[:5]])
    seen = []
    for document in index:
        seen.append(document.id)
        index.remove(document.id)
    assert seen == [0, 1, 2, 3, 4]
    assert len(index) == 0


# The handle


def test_a_closed_index_says_so(index: Index) -> None:
    index.add("a", ARTICLE)
    assert repr(index).startswith("Index.open('")
    index.close()
    index.close()
    for ask in (
        lambda: index.add("b", OTHER), lambda: index.check(OTHER), lambda: index.matches(OTHER), lambda: len(index),
        lambda: "a" in index, lambda: list(index), lambda: index.get("a"), lambda: index.remove("a"),
        lambda: index.expire(older_than=0), index.stats, index.verify, lambda: index.add_many([OTHER]),
        lambda: index.check_many([OTHER]),
    ):  # fmt: skip
        with pytest.raises(NeardupError, match="is closed; open it again"):
            ask()


def test_a_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "新 闻?#%.index"
    with Index.open(str(path)) as index:
        assert index.path == path
        index.add("a", ARTICLE, title="题", data=[1])
    assert {each.name for each in tmp_path.iterdir()} <= {path.name, f"{path.name}-lock"}
    with Index.open(path, create=False, durability="full") as index:
        [document] = index
        assert document[:4] == ("a", ARTICLE, "题", [1])
        assert index.config == Config()
    with Index.open(path, readonly=True) as index:
        assert index.check(COPY) is not None
        assert len(index) == 1


def test_an_index_in_memory_has_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with Index.open(":memory:") as index:
        assert index.path is None
        index.add("a", ARTICLE)
    assert list(tmp_path.iterdir()) == []
    with Index.open(Path(":memory:")) as index:
        assert len(index) == 0


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"durability": "none"}, ValueError, "durability must be 'normal' or 'full', not 'none'"),
        ({"timeout_s": -1}, ValueError, r"timeout_s must be in \[0, "),
        ({"timeout_s": float("nan")}, ValueError, "timeout_s must be"),
        ({"timeout_s": "1"}, TypeError, "timeout_s must be a"),
        ({"config": {"threshold": 0.8}}, TypeError, "config must be a"),
    ],
)
@pytest.mark.parametrize("kind", STORES)
def test_options_are_checked(
    tmp_path: Path, kind: str, options: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        Index.open(place(kind, tmp_path), **options)
    assert list(tmp_path.iterdir()) == []


def test_a_path_is_needed() -> None:
    with pytest.raises(TypeError):
        Index.open(7)  # type: ignore[arg-type]


def test_what_is_not_there_is_only_made_if_it_may(tmp_path: Path) -> None:
    for options in ({"create": False}, {"readonly": True}):
        with pytest.raises(InputError, match="there is no such index"):
            Index.open(tmp_path / "x", **options)
    with pytest.raises(InputError, match="there is no folder"):
        Index.open(tmp_path / "no" / "x")
    assert list(tmp_path.iterdir()) == []


def test_a_handle_that_only_reads_does_not_write(tmp_path: Path) -> None:
    with Index.open(tmp_path / "x") as index:
        index.add("a", ARTICLE)
        with Index.open(tmp_path / "x", readonly=True) as reader:
            for ask in (
                lambda: reader.add("b", OTHER),
                lambda: reader.add_many([OTHER]),
                lambda: reader.remove("a"),
                lambda: reader.expire(older_than=time.time() + 9),
            ):
                with pytest.raises(OutputError, match="reading only"):
                    ask()
            assert reader.check(COPY) is not None
            index.add("c", OTHER)
            assert reader.check(OTHER) is not None
            assert [each.id for each in reader] == ["a", "c"]
            assert reader.verify() == []


def test_the_config_decides_and_stays(tmp_path: Path) -> None:
    text = ARTICLE + "".join(SENTENCES[4:6]) + "另外还有一些别的内容，" * 3
    for threshold, is_new in ((0.9, True), (0.5, False)):
        path = tmp_path / str(threshold)
        config = Config().with_overrides(threshold=threshold, min_containment=1.0)
        with Index.open(path, config=config) as index:
            index.add("a", text)
            assert (index.add("b", text[: len(text) * 3 // 4] + OTHER[::-1]) is None) == is_new
        with Index.open(path) as index:
            assert index.config == config
        with Index.open(path, config=config):
            pass
        with pytest.raises(MismatchError, match=rf"threshold {threshold}, not 0\.8"):
            Index.open(path, config=Config().with_overrides(min_containment=1.0))


def test_boilerplate_of_the_config_is_left_out(tmp_path: Path) -> None:
    footer = "本网站所有内容未经许可不得转载，违者必究，法律顾问为某某律师事务所。"
    found = neardup.find_repeated_paragraphs([f"{n}{text}\n{footer}" for text in SENTENCES[:6] for n in "甲乙丙"])
    config = Config().with_overrides(boilerplate=tuple(found.boilerplate))
    with Index.open(tmp_path / "b", config=config) as own:
        own.add("a", f"{SENTENCES[0]}\n{footer}")
        assert own.add("b", f"{SENTENCES[1]}\n{footer}") is None
        match = own.add("c", SENTENCES[0])
        assert match is not None
        assert match.relation == "identical"
        assert own.add("d", footer) is None
        assert own.verify() == []
        assert own.add("a", f"{SENTENCES[0]}\n{footer}") is None
    with Index.open(tmp_path / "b") as own:
        assert own.config == config


# Threads


def test_threads_share_a_handle(index: Index) -> None:
    """Of each family exactly one is new, and every call has its answer."""
    families = [[f"{sentence * 2}第{'一二三四五六七八九十'[n]}篇" for n in range(1)] * 8 for sentence in SENTENCES[:6]]
    answers: list[tuple[int, bool]] = []
    errors: list[BaseException] = []

    def work(worker: int) -> None:
        try:
            for family in range(6):
                match = index.add(f"{family}-{worker}", families[family][worker])
                answers.append((family, match is None))
                assert index.check(families[family][worker]) is not None
                assert len(index) >= 1
                list(index)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert sorted(family for family, is_new in answers if is_new) == list(range(6))
    assert len(answers) == 48
    assert len(index) == 6
    assert index.verify() == []


def test_a_loop_goes_on_while_a_batch_is_added(index: Index) -> None:
    size = 3000 if neardup.backend() == "kernel" else 60
    texts = [f"{SENTENCES[n % 6]}{n * 7919}号报道{SENTENCES[n % 5]}" for n in range(size)]

    async def main() -> int:
        adding = asyncio.create_task(asyncio.to_thread(index.add_many, texts, threads=1))
        ticks = 0
        while not adding.done():
            await asyncio.sleep(0)
            ticks += 1
        await adding
        return ticks

    assert asyncio.run(main()) > 10
    assert len(index) > 0
