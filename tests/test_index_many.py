"""Many documents and an index: tables and columns, answers, progress; what is stored, removed and expired."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from neardup import Index
from neardup.index import online
from tests.families import SENTENCES
from tests.indexes import ARTICLE, COPY, LINE, OTHER, STORES, place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture(params=STORES)
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Index]:
    with Index.open(place(request.param, tmp_path)) as opened:
        yield opened


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
    monkeypatch.setattr(index._stored.store, "at_once", 2)
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
    assert told == [("expiring", done, done) for done in ((5,) if "://" in index.name else (2, 4, 5))]


def test_what_was_done_before_an_error_stays(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index._stored.store, "at_once", 1)

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
