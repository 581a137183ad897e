"""Stores and indexes to test with: documents as a store sees them, a plain store, and sizes so small that keys move."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pytest

from neardup.rule import spread
from neardup.stores import connection, recent, redis, sqlite
from neardup.stores.addresses import Address
from neardup.stores.memory import MemoryStore
from neardup.stores.protocol import Entries, Found, Inserted, Record, Removal
from neardup.stores.redis import RedisStore
from neardup.stores.sqlite import SqliteStore
from tests.families import SENTENCES
from tests.servers import redis_address

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from neardup.stores.protocol import Store

STORES = ("memory", "sqlite", "redis")
ARTICLE = "".join(SENTENCES[:4])
COPY = ARTICLE.replace("，", "").replace("战略", "戰略")
OTHER = "".join(SENTENCES[4:6])
LINE = "气象台预报，今天夜里到明天白天多云转小雨，最低气温{}度，请市民注意添衣保暖。"
"""Texts: one, the same by what is compared, another, and a template."""

SETTINGS = {"made": "for tests"}

KEYS = [
    *spread(np.arange(1, 13, dtype=np.uint64)).tolist(),
    *((3 << 54) + (i << 40) for i in range(4)),
    *((3 << 54) + (i << 28) for i in range(1, 4)),
]
"""Keys of documents: most anywhere, some of one slice that is moved soon and of one bucket that is split soon."""


def place(kind: str, folder: Path) -> str | Path:
    """Give where an index of a kind is opened."""
    if kind == "redis":
        return redis_address(folder)
    return ":memory:" if kind == "memory" else folder / "新闻.index"


def opened(kind: str, folder: Path, *, bucket_size: int = 3, settings: Mapping[str, str] | None = SETTINGS) -> Store:
    """Open a store of a kind; twice the same one, if it is of a kind that lasts."""
    if kind == "memory":
        return MemoryStore(settings or {}, bucket_size=bucket_size)
    if kind == "redis":
        return RedisStore(Address.of(redis_address(folder)), settings, bucket_size=bucket_size)
    return SqliteStore(folder / "index", settings, bucket_size=bucket_size)


def mixed(*numbers: int) -> tuple[int, ...]:
    """Give keys for numbers, as those of ids are: all of their bits count."""
    return tuple(spread(np.array(numbers, np.uint64) + np.uint64(100)).tolist())


@contextmanager
def small_sizes(*, pace: int = 1, buffer: int = 8) -> Iterator[None]:
    """Let keys go into the large table soon: a slice for each `pace` documents; and on a server be split soon."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connection, "SCRIPT", _with_small_sizes(connection.SCRIPT))
        patch.setattr(redis, "_BLOCK", _SMALL["BLOCK"])
        patch.setattr(sqlite, "_LEAST_PACE", pace)
        patch.setattr(recent, "_MAX_BUFFER", buffer)
        yield


_SMALL = {"BLOCK": 4, "LOAD": 0.0001, "CHUNK": 2, "AHEAD": 3, "WHOLE": 2}


def _with_small_sizes(script: str) -> str:
    for name, value in _SMALL.items():
        script, count = re.subn(rf"(?P<start>local {name} = )\d+", rf"\g<start>{value}", script)
        assert count == 1, name
    return script


class Item(NamedTuple):
    """A document as a store sees it."""

    keys: tuple[int, ...]
    id_key: int
    payload: bytes = b"text"
    record: bytes = b"record"


A, B, C, D = (
    Item((KEYS[0], KEYS[1 + i]), *mixed(1000 + i), f"text {i}".encode(), f"record {i}".encode()) for i in range(4)
)
"""All share a key, and each has one of its own."""


def entries_of(items: Sequence[Item], added: float = 1.0) -> Entries:
    """Join documents."""
    return Entries(
        np.array([key for item in items for key in item.keys], np.uint64),
        np.append(0, np.cumsum([len(item.keys) for item in items], dtype=np.int64)).astype(np.int64),
        np.array([item.id_key for item in items], np.uint64),
        [item.record for item in items],
        [item.payload for item in items],
        [added] * len(items),
    )


def removal_of(items: Mapping[int, Item]) -> Removal:
    """Say what is to be removed, by number."""
    keys = [[*item.keys, item.id_key] for item in items.values()]
    return Removal(
        np.array(list(items), np.int64),
        np.array([key for each in keys for key in each], np.uint64),
        np.append(0, np.cumsum([len(each) for each in keys], dtype=np.int64)).astype(np.int64),
    )


def keys_of(items: Sequence[Item]) -> NDArray[np.uint64]:
    """Give all keys of documents as a store is asked for them."""
    return np.unique(np.array([key for item in items for key in [*item.keys, item.id_key]], np.uint64))


def lists_in(found: Found) -> dict[int, list[int]]:
    """Give the numbers that each key found."""
    lists: dict[int, list[int]] = {}
    for place, number in zip(found.keys.tolist(), found.numbers.tolist(), strict=True):
        lists.setdefault(int(found.asked[place]), []).append(number)
    return lists


def stored(store: Store, items: Sequence[Item], added: float = 1.0) -> list[int]:
    """Store documents, and give their numbers."""
    result = store.check_insert(entries_of(items, added), store.find(keys_of(items)))
    assert isinstance(result, Inserted)
    return result.numbers


@dataclass
class PlainStore:
    """What a store is to do, with dicts and no speed."""

    bucket_size: int
    lists: dict[int, list[int]] = field(default_factory=dict)
    items: dict[int, tuple[Item, Record]] = field(default_factory=dict)

    def insert(self, numbers: Sequence[int], items: Sequence[Item], added: float) -> int:
        """Store documents by the numbers that they were given, and count what found no room."""
        for number, item in zip(numbers, items, strict=True):
            has_room = [key for key in item.keys if len(self.lists.get(key, [])) < self.bucket_size]
            for key in (*has_room, item.id_key):
                self.lists.setdefault(key, []).append(number)
            self.items[number] = item, Record(item.record, added, len(item.keys) - len(has_room))
        return sum(self.items[number][1].left_out for number in numbers)

    def remove(self, numbers: Sequence[int]) -> int:
        """Remove documents, and count those that were there."""
        there = [number for number in numbers if self.items.pop(number, None)]
        self.lists = {key: left for key, each in self.lists.items() if (left := [n for n in each if n not in there])}
        return len(there)

    def found(self, keys: Sequence[int]) -> dict[int, list[int]]:
        """Give the list of each key that has one."""
        return {key: self.lists[key] for key in keys if key in self.lists}

    def assert_same(self, store: Store) -> None:
        """Compare all that a store tells."""
        every = np.unique(np.array([*KEYS, *self.lists, *(item.id_key for item, _ in self.items.values())], np.uint64))
        assert lists_in(store.find(every)) == self.found(every.tolist())
        numbers = np.array([0, *self.items, 1 << 27], np.int64)
        assert store.records(numbers) == {n: record for n, (_, record) in self.items.items()}
        assert store.payloads(numbers) == {n: item.payload for n, (item, _) in self.items.items()}
        assert store.numbers(limit=10**6) == sorted(self.items)
        assert len(store) == len(self.items)
        stats = store.stats()
        assert stats.documents == len(self.items)
        assert stats.payload_bytes == sum(len(item.payload) for item, _ in self.items.values())
        assert list(store.faults()) == []
