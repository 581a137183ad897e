"""The contract of stores, which every one passes: lists of keys, one step for asking and storing, removal."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from neardup.stores.protocol import Found, Inserted, Stats
from tests.indexes import (
    KEYS,
    SETTINGS,
    STORES,
    A,
    B,
    C,
    D,
    Item,
    PlainStore,
    entries_of,
    keys_of,
    lists_in,
    mixed,
    opened,
    removal_of,
    small_sizes,
    stored,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from neardup.stores.protocol import Store


pytestmark = pytest.mark.once


@pytest.fixture(params=STORES)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def store(kind: str, tmp_path: Path) -> Iterator[Store]:
    made = opened(kind, tmp_path, bucket_size=2)
    yield made
    made.close()


def test_a_new_one_is_empty(store: Store) -> None:
    PlainStore(2).assert_same(store)
    assert store.settings() == SETTINGS
    assert store.stats()[:2] == (0, 0)


def test_what_was_stored_is_found_by_each_key(store: Store) -> None:
    numbers = stored(store, [A, B])
    assert numbers == sorted(set(numbers))
    found = store.find(keys_of([A, B, C]))
    assert lists_in(found) == {
        KEYS[0]: numbers,
        **{key: [n] for n, item in zip(numbers, (A, B), strict=True) for key in (item.keys[1], item.id_key)},
    }
    assert found.version == store.version()
    assert (found.keys.dtype, found.numbers.dtype) == (np.int64, np.int64)


def test_the_version_changes_with_what_is_stored(store: Store) -> None:
    versions = [store.version()]
    for item in (A, B):
        stored(store, [item])
        versions.append(store.version())
    store.remove(removal_of({store.numbers()[0]: A}))
    versions.append(store.version())
    assert versions == sorted(set(versions))
    store.remove(removal_of({10**6: A}))
    assert store.version() == versions[-1]


def test_nothing_is_stored_if_something_appeared(store: Store) -> None:
    found = store.find(keys_of([A]))
    stored(store, [B])
    now = store.check_insert(entries_of([A]), found)
    assert isinstance(now, Found)
    assert lists_in(now) == {KEYS[0]: store.numbers()}
    assert len(store) == 1
    assert isinstance(store.check_insert(entries_of([A]), now), Inserted)
    assert len(store) == 2


def test_nothing_is_stored_if_something_went(store: Store) -> None:
    [number] = stored(store, [B])
    found = store.find(keys_of([A]))
    store.remove(removal_of({number: B}))
    now = store.check_insert(entries_of([A]), found)
    assert isinstance(now, Found)
    assert lists_in(now) == {}
    assert len(store) == 0


def test_nothing_is_stored_if_another_came_in_its_place(store: Store) -> None:
    """The lists are as long as they were, and hold another document."""
    [number] = stored(store, [B])
    found = store.find(keys_of([A]))
    store.remove(removal_of({number: B}))
    stored(store, [B])
    assert isinstance(store.check_insert(entries_of([A]), found), Found)


def test_what_appears_elsewhere_is_in_nobodys_way(store: Store) -> None:
    found = store.find(keys_of([A]))
    stored(store, [Item((KEYS[9],), *mixed(7))])
    assert isinstance(store.check_insert(entries_of([A]), found), Inserted)


def test_an_id_that_appears_is_something_too(store: Store) -> None:
    found = store.find(keys_of([A]))
    stored(store, [Item((KEYS[9],), A.id_key)])
    assert isinstance(store.check_insert(entries_of([A]), found), Found)


def test_a_full_list_takes_no_more(store: Store) -> None:
    a, b = stored(store, [A, B])
    result = store.check_insert(entries_of([C, D]), store.find(keys_of([C, D])))
    assert isinstance(result, Inserted)
    assert result.listed == 2
    c, d = result.numbers
    assert lists_in(store.find(keys_of([A, B, C, D]))) == {
        KEYS[0]: [a, b],
        **{key: [n] for n, item in zip((a, b, c, d), (A, B, C, D), strict=True) for key in (item.keys[1], item.id_key)},
    }  # fmt: skip


def test_a_list_that_a_batch_fills_takes_its_first(store: Store) -> None:
    result = store.check_insert(entries_of([A, B, C, D]), store.find(keys_of([A, B, C, D])))
    assert isinstance(result, Inserted)
    assert result.listed == 2
    assert lists_in(store.find(keys_of([A])))[KEYS[0]] == result.numbers[:2]


def test_the_list_of_an_id_is_never_full(store: Store) -> None:
    """Ids whose keys agree are kept apart by those who ask."""
    numbers = [stored(store, [Item((KEYS[i],), *mixed(7))])[0] for i in range(4)]
    assert lists_in(store.find(np.array(mixed(7), np.uint64))) == {mixed(7)[0]: numbers}


def test_room_is_taken_by_the_next_and_not_by_one_that_was_left_out(store: Store) -> None:
    a, b, c = stored(store, [A, B, C])
    assert store.remove(removal_of({a: A})) == 1
    assert lists_in(store.find(keys_of([D]))) == {KEYS[0]: [b]}
    [d] = stored(store, [D])
    assert lists_in(store.find(keys_of([C]))) == {KEYS[0]: [b, d], KEYS[3]: [c], C.id_key: [c]}


def test_removing_one_that_was_left_out_makes_no_room(store: Store) -> None:
    a, b, c = stored(store, [A, B, C])
    assert store.remove(removal_of({c: C})) == 1
    assert lists_in(store.find(keys_of([C]))) == {KEYS[0]: [a, b]}


def test_what_is_removed_is_gone(store: Store) -> None:
    a, b = stored(store, [A, B])
    assert store.remove(removal_of({a: A, 10**6: C})) == 1
    assert store.remove(removal_of({a: A})) == 0
    plain = PlainStore(2)
    plain.insert([b], [B], 1.0)
    plain.assert_same(store)


def test_one_goes_and_another_comes_in_one_step(store: Store) -> None:
    a, b = stored(store, [A, B])
    result = store.check_insert(entries_of([C]), store.find(keys_of([A, C])), removal_of({a: A}))
    assert isinstance(result, Inserted)
    assert result.listed == 0
    plain = PlainStore(2)
    plain.insert([b, *result.numbers], [B, C], 1.0)
    plain.assert_same(store)


def test_one_can_go_while_none_comes(store: Store) -> None:
    a, b = stored(store, [A, B])
    result = store.check_insert(entries_of([]), store.find(keys_of([A])), removal_of({a: A}))
    assert isinstance(result, Inserted)
    assert store.numbers() == [b]
    assert stored(store, [C])[0] > b


def test_nothing_goes_if_something_appeared(store: Store) -> None:
    [a] = stored(store, [A])
    found = store.find(keys_of([A, C]))
    stored(store, [B])
    assert isinstance(store.check_insert(entries_of([C]), found, removal_of({a: A})), Found)
    assert a in store.numbers()


def test_numbers_are_never_used_again(store: Store) -> None:
    numbers = stored(store, [A, B])
    store.remove(removal_of(dict(zip(numbers, (A, B), strict=True))))
    assert len(store) == 0
    assert stored(store, [C])[0] > numbers[1]


def test_numbers_are_given_in_pieces_and_by_age(store: Store) -> None:
    numbers = [stored(store, [item], added)[0] for item, added in zip((A, B, C), (10.0, 30.0, 20.0), strict=True)]
    assert store.numbers(limit=2) == numbers[:2]
    assert store.numbers(after=numbers[0]) == numbers[1:]
    assert store.numbers(before=30.0) == [numbers[0], numbers[2]]
    assert store.numbers(before=30.0, limit=1) == numbers[:1]
    assert store.numbers(before=10.0) == []
    assert store.records(np.array(numbers[1:2]))[numbers[1]].added == 30.0


def test_a_document_may_have_no_key_but_that_of_its_id(store: Store) -> None:
    [number] = stored(store, [Item((), *mixed(7))])
    assert lists_in(store.find(np.array(mixed(7), np.uint64))) == {mixed(7)[0]: [number]}


def test_the_size_is_told(store: Store) -> None:
    stored(store, [A, B])
    stats = store.stats()
    assert isinstance(stats, Stats)
    assert stats.bytes > stats.payload_bytes == len(A.payload) + len(B.payload)


def test_many_documents(store: Store) -> None:
    """Batches of any size, so many that keys go where they stay."""
    rng = np.random.default_rng(0)
    plain, rest = PlainStore(2), list(range(3000))
    with small_sizes(pace=2, buffer=500):
        while rest:
            size = int(rng.choice([1, 1, 1, 30, 400]))
            taken, rest = rest[:size], rest[size:]
            items = [Item((KEYS[n % 16], *mixed(*range(5000 + 4 * n, 5004 + 4 * n))), *mixed(n)) for n in taken]
            plain.insert(stored(store, items), items, 1.0)
            if rng.random() < 0.2:
                chosen = rng.choice(sorted(plain.items), 3).tolist()
                gone = {n: plain.items[n][0] for n in set(chosen)}
                assert store.remove(removal_of(gone)) == plain.remove(list(gone))
    plain.assert_same(store)


ITEMS = st.builds(
    Item,
    st.lists(st.sampled_from(KEYS), max_size=5, unique=True).map(tuple),
    st.integers(0, 2**20).map(lambda number: mixed(number)[0]),
    st.binary(max_size=5),
    st.binary(max_size=5),
)


def test_what_is_oldest_is_dropped_behind_much_that_was_removed(kind: str, tmp_path: Path) -> None:
    """Also where more places in a row are empty than are looked at in one step."""
    with small_sizes():
        store = opened(kind, tmp_path)
        items = [Item((), key) for key in mixed(*range(300))]
        store.remove(removal_of(dict(zip(stored(store, items), items, strict=True))))
        [number] = stored(store, [A], added=5.0)
        assert sum(store.drop_oldest(3.0)) == 0
        assert store.numbers() == [number]
        if kind == "redis":
            assert sum(store.drop_oldest(6.0)) == 1
            assert len(store) == 0
        assert list(store.faults()) == []
        store.close()


class _Handles(RuleBasedStateMachine):
    """One or two handles on a store beside a plain one."""

    kind: str
    sizes: ClassVar[dict[str, int]] = {"pace": 1, "buffer": 8}

    @initialize(bucket_size=st.integers(1, 3))
    def open(self, bucket_size: int) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.small = small_sizes(**self.sizes)
        self.small.__enter__()
        self.stores = [opened(self.kind, self.folder, bucket_size=bucket_size)]
        if self.kind != "memory":
            self.stores.append(opened(self.kind, self.folder, bucket_size=bucket_size))
        self.plain = PlainStore(bucket_size)
        self.now, self.last = 0.0, 0

    def one(self, data: st.DataObject) -> Store:
        return self.stores[data.draw(st.integers(0, len(self.stores) - 1))]

    def some(self, data: st.DataObject) -> dict[int, Item]:
        numbers = data.draw(st.lists(st.sampled_from(sorted(self.plain.items)), unique=True, min_size=1, max_size=4))
        return {number: self.plain.items[number][0] for number in numbers}

    def took(self, result: object, items: list[Item]) -> None:
        assert isinstance(result, Inserted)
        assert len(result.numbers) == len(items)
        assert all(self.last < number for number in result.numbers)
        self.last = max([self.last, *result.numbers])
        assert result.listed == self.plain.insert(result.numbers, items, self.now)

    @rule(items=st.lists(ITEMS, min_size=1, max_size=4), data=st.data())
    def insert(self, items: list[Item], data: st.DataObject) -> None:
        self.now += 1
        store = self.one(data)
        self.took(store.check_insert(entries_of(items, self.now), store.find(keys_of(items))), items)

    @rule(count=st.sampled_from([30, 400]), data=st.data())
    def insert_many(self, count: int, data: st.DataObject) -> None:
        self.insert([Item((), key) for key in mixed(*range(count))], data)

    @precondition(lambda self: self.plain.items)
    @rule(items=st.lists(ITEMS, max_size=2), data=st.data())
    def replace(self, items: list[Item], data: st.DataObject) -> None:
        self.now += 1
        store, gone = self.one(data), self.some(data)
        result = store.check_insert(
            entries_of(items, self.now), store.find(keys_of([*items, *gone.values()])), removal_of(gone)
        )
        self.plain.remove(list(gone))
        self.took(result, items)

    @precondition(lambda self: self.plain.items)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        gone = self.some(data)
        assert self.one(data).remove(removal_of(gone)) == self.plain.remove(list(gone))

    @precondition(lambda self: self.plain.items)
    @rule(data=st.data())
    def drop_oldest(self, data: st.DataObject) -> None:
        before = data.draw(st.integers(0, int(self.now) + 1)) + 0.5
        dropped = sum(self.one(data).drop_oldest(before))
        first = sorted(self.plain.items)[:dropped]
        assert all(self.plain.items[number][1].added < before for number in first)
        self.plain.remove(first)
        if self.kind == "redis" and before > self.now:
            assert not self.plain.items

    @rule(
        items=st.lists(ITEMS, min_size=1, max_size=2), between=st.lists(ITEMS, min_size=1, max_size=2), data=st.data()
    )
    def insert_late(self, items: list[Item], between: list[Item], data: st.DataObject) -> None:
        store = self.one(data)
        found = store.find(keys_of(items))
        self.insert(between, data)
        self.now += 1
        now = self.plain.found(keys_of(items).tolist())
        result = store.check_insert(entries_of(items, self.now), found)
        if now == lists_in(found):
            self.took(result, items)
        else:
            assert isinstance(result, Found)
            assert lists_in(result) == now

    @rule(data=st.data())
    def reopen(self, data: st.DataObject) -> None:
        if self.kind == "memory":
            return
        chosen = data.draw(st.integers(0, 1))
        self.stores[chosen].close()
        self.stores[chosen] = opened(self.kind, self.folder, bucket_size=self.plain.bucket_size, settings=None)

    @rule(data=st.data())
    def look(self, data: st.DataObject) -> None:
        """Of two handles one may have been away for long."""
        self.plain.assert_same(self.one(data))

    @invariant()
    def counts(self) -> None:
        assert len(self.stores[0]) == len(self.plain.items)

    def teardown(self) -> None:
        if not hasattr(self, "stores"):
            return
        try:
            for store in self.stores:
                self.plain.assert_same(store)
                store.close()
        finally:
            self.small.__exit__(None, None, None)
            shutil.rmtree(self.folder)


def machine(kind: str, examples: int, **sizes: int) -> Any:
    """Make the test of a kind of stores."""
    case: Any = type(
        f"Handles_{kind}", (_Handles,), {"kind": kind, "sizes": {"pace": 1, "buffer": 8, **sizes}}
    ).TestCase
    case.settings = settings(max_examples=examples, stateful_step_count=25, deadline=None)
    return case


TestMemory = machine("memory", 30)
TestSqlite = machine("sqlite", 20)
TestRedis = machine("redis", 20)
TestSqliteWithLargeBuffer = machine("sqlite", 20, buffer=1 << 14)
