"""Indexes that are added to, removed from and opened again, beside a list of texts and `find_duplicates`."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

import neardup
from neardup import Index, compare, find_duplicates
from tests.families import texts
from tests.indexes import STORES, place, small_sizes

if TYPE_CHECKING:
    from neardup import Match
    from neardup._typing import Id

IS_KERNEL = neardup.backend() == "kernel"
IDS = st.integers(0, 9) | st.integers(0, 9).map(str) | st.sampled_from(["甲", "乙"])
TEXTS = texts()


@dataclass
class Plain:
    """A list of the documents that were new."""

    documents: dict[str, tuple[Id, str]]

    def match(self, text: str) -> tuple[Id, str] | None:
        """Give what a text is a duplicate of, and the relation."""
        ids = [id_ for id_, _ in self.documents.values()]
        found = find_duplicates([*(text for _, text in self.documents.values()), text], keep="first")
        assert not found.is_duplicate[:-1].any()
        return next(((ids[each.survivor], each.relation) for each in found.duplicates), None)  # type: ignore[index]

    def add(self, id_: Id, text: str, *, replace: bool = False) -> tuple[Id, str] | None:
        """Add a document; raise ValueError as an index does."""
        there = self.documents.get(str(id_))
        if there is not None and there[1] == text:
            return None
        if there is not None:
            if not replace:
                raise ValueError
            del self.documents[str(id_)]
        match = self.match(text)
        if match is None:
            self.documents[str(id_)] = id_, text
        return match


def pair(match: Match | None) -> tuple[Id, str] | None:
    return None if match is None else (match.survivor, match.relation)


class _Indexes(RuleBasedStateMachine):
    """One index, by two handles if it lasts."""

    kind: str

    @initialize()
    def open(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.small = small_sizes()
        self.small.__enter__()
        self.place = place(self.kind, self.folder)
        self.indexes = [Index.open(self.place) for _ in range(1 if self.kind == "memory" else 2)]
        self.plain = Plain({})

    def one(self, data: st.DataObject) -> Index:
        return data.draw(st.sampled_from(self.indexes))

    @rule(id_=IDS, text=TEXTS, replace=st.booleans(), data=st.data())
    def add(self, id_: Id, text: str, replace: bool, data: st.DataObject) -> None:
        index = self.one(data)
        try:
            expected = self.plain.add(id_, text, replace=replace)
        except ValueError:
            with pytest.raises(ValueError, match="is stored with another text"):
                index.add(id_, text)
        else:
            assert pair(index.add(id_, text, replace=replace)) == expected

    @rule(batch=st.lists(st.tuples(IDS, TEXTS), max_size=5, unique_by=lambda each: str(each[0])), data=st.data())
    def add_many(self, batch: list[tuple[Id, str]], data: st.DataObject) -> None:
        index, before = self.one(data), dict(self.plain.documents)
        own, ids = [text for _, text in batch], [id_ for id_, _ in batch]
        try:
            expected = [self.plain.add(id_, text) for id_, text in batch]
        except ValueError:
            self.plain.documents = before
            with pytest.raises(ValueError, match="is stored with another text"):
                index.add_many(own, ids=ids)
        else:
            found = index.add_many(own, ids=ids)
            assert list(map(pair, found)) == expected
            assert found.known == [id_ for id_, _ in batch if str(id_) in before]

    @precondition(lambda self: self.plain.documents)
    @rule(text=TEXTS, data=st.data())
    def add_again(self, text: str, data: st.DataObject) -> None:
        """As a crawler that was ended does; then the same article with another id, and the id with another article."""
        id_, own = data.draw(st.sampled_from(sorted(self.plain.documents.values(), key=str)))
        assert self.one(data).add(id_, own) is None
        self.add("新", own, False, data)
        self.add(id_, text, True, data)

    @rule(batch=st.lists(TEXTS, min_size=1, max_size=4), data=st.data())
    def check(self, batch: list[str], data: st.DataObject) -> None:
        expected = [self.plain.match(text) for text in batch]
        assert list(map(pair, self.one(data).check_many(batch))) == expected
        assert pair(self.one(data).check(batch[0])) == expected[0]

    @rule(text=TEXTS, data=st.data())
    def matches(self, text: str, data: st.DataObject) -> None:
        found = self.one(data).matches(text, limit=100)
        assert [(not each.is_duplicate, -each.score) for each in found] == sorted(
            (not each.is_duplicate, -each.score) for each in found
        )
        stored = dict(self.plain.documents.values())
        for each in found:
            assert each.relation == compare(text, stored[each.survivor]).relation
        match = self.plain.match(text)
        assert (match is not None) == any(each.is_duplicate for each in found)
        assert match is None or match in [pair(each) for each in found]

    @rule(ids=st.lists(IDS, max_size=3, unique_by=str), data=st.data())
    def remove(self, ids: list[Id], data: st.DataObject) -> None:
        there = [str(id_) for id_ in ids if self.plain.documents.pop(str(id_), None)]
        assert self.one(data).remove(ids) == len(there)

    @precondition(lambda self: self.plain.documents)
    @rule(data=st.data())
    def expire(self, data: st.DataObject) -> None:
        index = self.one(data)
        document = index.get(data.draw(st.sampled_from(sorted(self.plain.documents))))
        assert document is not None
        gone = [str(each.id) for each in index if each.added < document.added]
        assert index.expire(older_than=document.added) == len(gone)
        for id_ in gone:
            del self.plain.documents[id_]
        assert str(document.id) in self.plain.documents

    @precondition(lambda self: self.kind != "memory")
    @rule(which=st.integers(0, 1))
    def reopen(self, which: int) -> None:
        self.indexes[which].close()
        self.indexes[which] = Index.open(self.place, create=False)

    @invariant()
    def holds(self) -> None:
        for index in self.indexes:
            assert [(each.id, each.text) for each in index] == list(self.plain.documents.values())
            assert len(index) == len(self.plain.documents)

    def teardown(self) -> None:
        if hasattr(self, "indexes"):
            for index in self.indexes:
                for id_ in [*range(10), "甲", "乙", "新"]:
                    assert (id_ in index) == (str(id_) in self.plain.documents)
                assert index.verify() == []
                index.close()
            self.small.__exit__(None, None, None)
            shutil.rmtree(self.folder)


def machine(kind: str) -> Any:
    case: Any = type(f"Indexes_{kind}", (_Indexes,), {"kind": kind}).TestCase
    case.settings = settings(
        max_examples=20 if IS_KERNEL else 3, stateful_step_count=25 if IS_KERNEL else 8, deadline=None
    )
    return case


TestMemory, TestSqlite, TestRedis = (machine(kind) for kind in STORES)
