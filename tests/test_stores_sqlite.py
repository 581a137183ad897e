"""The store on the disk: keys that go into the large table, a log that is trimmed, handles that were away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from neardup.stores.protocol import Found
from neardup.stores.recent import RecentKeys
from neardup.stores.sqlite import SqliteStore
from tests.indexes import (
    KEYS,
    A,
    B,
    C,
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
    from pathlib import Path


pytestmark = pytest.mark.once


def test_two_handles_see_what_the_other_writes(tmp_path: Path) -> None:
    one, other = (opened("sqlite", tmp_path, bucket_size=2) for _ in range(2))
    found = other.find(keys_of([B]))
    [a] = stored(one, [A])
    assert isinstance(other.check_insert(entries_of([B]), found), Found)
    [b] = stored(other, [B])
    assert lists_in(one.find(keys_of([C]))) == {KEYS[0]: [a, b]}
    one.remove(removal_of({a: A}))
    assert lists_in(other.find(keys_of([C]))) == {KEYS[0]: [b]}
    one.close()
    other.close()


def test_a_handle_that_was_away_reads_all_again(tmp_path: Path) -> None:
    """So many slices were moved meanwhile that what it missed has left the log."""
    one, other = (opened("sqlite", tmp_path) for _ in range(2))
    stored(one, [A])
    assert len(other) == 1
    plain = PlainStore(3)
    plain.insert([1], [A], 1.0)
    with small_sizes():
        for start in range(0, 2400, 100):
            items = [Item((KEYS[0], *mixed(5000 + n)), *mixed(n)) for n in range(start, start + 100)]
            plain.insert(stored(one, items), items, 1.0)
        one.remove(removal_of({1: A}))
        plain.remove([1])
        assert rows_in_log(one) < 20
        plain.assert_same(other)
        plain.assert_same(one)
    one.close()
    other.close()


def rows_in_log(store: Any) -> int:
    return int(store._db.execute("SELECT count(*) FROM log").get)


def test_the_log_stays_short(tmp_path: Path) -> None:
    store: Any = opened("sqlite", tmp_path)
    with small_sizes():
        for number in range(1500):
            stored(store, [Item(mixed(5000 + number), *mixed(number))])
    assert rows_in_log(store) < 1200
    assert int(store._db.execute("SELECT count(*) FROM keys").get) > 1000
    store.close()


def test_one_batch_can_move_all_slices(tmp_path: Path) -> None:
    store = opened("sqlite", tmp_path)
    plain = PlainStore(3)
    with small_sizes():
        for start in (0, 3000, 6000):
            items = [Item((KEYS[n % 16], *mixed(10**4 + n)), *mixed(n)) for n in range(start, start + 2500)]
            plain.insert(stored(store, items), items, 1.0)
            plain.assert_same(store)
    store.close()
    again = opened("sqlite", tmp_path, settings=None)
    plain.assert_same(again)
    again.close()


@pytest.mark.parametrize("before", range(9))
def test_keys_of_a_removed_document_are_not_moved(tmp_path: Path, before: int) -> None:
    """Also if the slice is due just when it is removed."""
    store: Any = opened("sqlite", tmp_path)
    item = Item((1 << 30, 2 << 30), 3 << 30)  # of the slice that is moved first
    [number] = stored(store, [item])
    for n in range(before):
        stored(store, [Item(mixed(5000 + n), *mixed(n))])
    store.remove(removal_of({number: item}))
    with small_sizes():
        stored(store, [Item((), key) for key in mixed(*range(1100))])
    entries = np.array(store._db.execute("SELECT e FROM keys").fetchall()).ravel()
    assert len(entries) > 1000
    assert number not in (entries & (1 << 28) - 1)
    store.close()


def test_removed_documents_stay_removed_in_memory(tmp_path: Path) -> None:
    """Also if so many are removed one by one that the first of them need not be remembered any more."""
    store: Any = opened("sqlite", tmp_path)
    store._database.erase_log = lambda: None  # for time
    with small_sizes(buffer=1 << 14):
        items = [Item((KEYS[n % 16],), *mixed(n)) for n in range(1500)]
        plain = PlainStore(3)
        numbers = stored(store, items)
        plain.insert(numbers, items, 1.0)
        for number, item in list(zip(numbers, items, strict=True))[:1300]:
            store.remove(removal_of({number: item}))
            plain.remove([number])
        plain.assert_same(store)
    store.close()


def test_a_failed_write_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store: Any = opened("sqlite", tmp_path)
    [a] = stored(store, [A])

    def broken(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(SqliteStore, "_append", broken)
        with pytest.raises(KeyboardInterrupt):
            stored(store, [B])
        with pytest.raises(KeyboardInterrupt):
            store.remove(removal_of({a: A}))
    plain = PlainStore(3)
    plain.insert([a], [A], 1.0)
    plain.assert_same(store)
    plain.insert(stored(store, [B]), [B], 1.0)
    plain.assert_same(store)
    store.close()


def test_an_interrupt_while_the_log_is_read_loses_no_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = (opened("sqlite", tmp_path) for _ in range(2))
    [a] = stored(one, [A])

    def broken(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(RecentKeys, "add", broken)
        with pytest.raises(KeyboardInterrupt):
            other.find(keys_of([A]))
    assert lists_in(other.find(keys_of([A]))) == {key: [a] for key in keys_of([A]).tolist()}
    one.close()
    other.close()


def test_keys_that_agree_in_what_is_kept_of_them_find_the_same(tmp_path: Path) -> None:
    """A packed key has 36 of its 64 bits: who asks for two such at once is told of both."""
    store = opened("sqlite", tmp_path)
    keys = [KEYS[0] >> 28 << 28 | low for low in (1, 5, 9)]
    a, b = stored(store, [Item((keys[0], KEYS[1]), *mixed(1)), Item((keys[2],), *mixed(2))])
    c = stored(store, [Item((KEYS[2],), *mixed(3))])[0]
    found = store.find(np.array(sorted([*keys, KEYS[1], KEYS[2]]), np.uint64))
    assert lists_in(found) == {**{key: [a, b] for key in keys}, KEYS[1]: [a], KEYS[2]: [c]}
    assert found.keys.tolist() == sorted(found.keys.tolist())
    store.close()
