"""What stores are made of: packed keys, the filter, the latest keys, and who has room; each against something plain."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neardup.stores import presence, recent
from neardup.stores.packed import MAX_NUMBER, NUMBER_BITS, SLICES, bounds, least, numbers_of, pack, slices_of
from neardup.stores.presence import KeyFilter, bitmap_of, is_crowded
from neardup.stores.protocol import Found, with_room
from neardup.stores.recent import RecentKeys
from tests.indexes import KEYS, Item, entries_of, keys_of, mixed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

pytestmark = pytest.mark.once

WORDS = st.integers(0, 2**64 - 1) | st.sampled_from([0, 1, 2**28 - 1, 2**28, 2**63 - 1, 2**63, 2**64 - 1, *KEYS])
NUMBERS = st.integers(0, MAX_NUMBER) | st.sampled_from([0, 1, MAX_NUMBER])
ROWS = st.lists(st.tuples(WORDS, NUMBERS), min_size=1, max_size=30)


def packed(rows: list[tuple[int, int]]) -> NDArray[np.int64]:
    keys, numbers = zip(*rows, strict=True)
    return pack(np.array(keys, np.uint64), np.array(numbers, np.int64))


@given(ROWS)
def test_packed_keys_say_the_number_and_the_slice(rows: list[tuple[int, int]]) -> None:
    entries = packed(rows)
    assert numbers_of(entries).tolist() == [number for _, number in rows]
    assert slices_of(entries).tolist() == [key * SLICES >> 64 for key, _ in rows]
    low = least(np.array([key for key, _ in rows], np.uint64))
    assert (entries >> NUMBER_BITS == low >> NUMBER_BITS).all()
    for entry, slice_ in zip(entries.tolist(), slices_of(entries).tolist(), strict=True):
        start, stop = bounds(slice_)
        assert start <= entry <= stop


@given(ROWS)
def test_packed_keys_stand_in_the_order_of_keys_and_numbers(rows: list[tuple[int, int]]) -> None:
    entries = packed(rows)
    expected = sorted(range(len(rows)), key=lambda row: (rows[row][0] >> NUMBER_BITS, rows[row][1]))
    assert entries[expected].tolist() == sorted(entries.tolist())


def test_the_slices_are_all_there_is() -> None:
    edges = [bounds(slice_) for slice_ in range(SLICES)]
    assert (edges[0][0], edges[-1][1]) == (-(2**63), 2**63 - 1)
    assert all(one[1] + 1 == other[0] for one, other in pairwise(edges))


def none_more(unknown: NDArray[np.int64]) -> Mapping[int, bytes]:
    raise AssertionError(unknown)


@given(st.lists(ROWS, min_size=1, max_size=4), st.integers(0, SLICES - 1))
def test_the_filter_forgets_no_key(parts: list[list[tuple[int, int]]], slice_: int) -> None:
    """Also where a bitmap takes more keys than it was made for, and where another slice has a larger one."""
    start = slice_ << 54
    entries = [packed([(start | key >> 10, number) for key, number in rows]) for rows in parts]
    bitmap = b""
    for each in entries:
        bitmap = bitmap_of(each, bitmap)
    filter_ = KeyFilter()
    other = (slice_ + 1) % SLICES
    filter_.set(slice_, bitmap)
    filter_.set(other, bitmap_of(np.arange(100) << 40, b""))
    joined = np.concatenate(entries)
    assert filter_.may_have(joined >> NUMBER_BITS << NUMBER_BITS, none_more).all()
    assert filter_.get(slice_) == bitmap


def test_the_filter_asks_once_for_what_it_does_not_know() -> None:
    asked: list[list[int]] = []

    def read(unknown: NDArray[np.int64]) -> Mapping[int, bytes]:
        asked.append(unknown.tolist())
        return {3: bitmap_of(pack(np.array([3 << 54], np.uint64), 1))}

    filter_ = KeyFilter()
    keys = least(np.array([3 << 54, 3 << 54 | 1 << 53, 5 << 54], np.uint64))
    for _ in range(2):
        assert filter_.may_have(keys, read).tolist() == [True, False, False]
    filter_.forget(3)
    assert filter_.may_have(keys, read).tolist() == [True, False, False]
    assert asked == [[3, 5], [3]]


def test_the_filter_spares_most_of_the_looking_up() -> None:
    keys = np.array(mixed(*range(40_000)), np.uint64)
    there, absent = least(keys[:20_000]), least(keys[20_000:])
    filter_ = KeyFilter()
    for slice_ in range(SLICES):
        filter_.set(slice_, bitmap_of(there[slices_of(there) == slice_]))
    assert filter_.may_have(there, none_more).all()
    assert filter_.may_have(absent, none_more).mean() < 1 / 6


def test_a_bitmap_grows_when_it_is_crowded() -> None:
    entries = least(np.array(mixed(*range(4000)), np.uint64) >> np.uint64(10))
    bitmap = b""
    for start in range(0, 4000, 100):
        bitmap = bitmap_of(entries[start : start + 100], bitmap)
        if is_crowded(bitmap):
            larger = bitmap_of(entries[: start + 100])
            assert len(larger) > len(bitmap)
            assert not is_crowded(larger)
            bitmap = larger
    assert len(bitmap) * 8 >= 4000 * 6


def test_a_bitmap_of_the_largest_size_is_never_crowded() -> None:
    assert not is_crowded(b"\xff" * (1 << presence._MAX_BITS >> 3))


SMALL_KEYS = st.sampled_from([key >> 54 << 54 | i << 40 for key in KEYS[:3] for i in range(3)])


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[str, list[tuple[int, int]]]]:
    """What happens to the keys of documents that come one after the other."""
    steps: list[tuple[str, list[tuple[int, int]]]] = []
    number = 0
    for _ in range(draw(st.integers(1, 12))):
        kind = draw(st.sampled_from(["add", "add", "add", "move", "forget"]))
        if kind == "add":
            keys = draw(st.lists(st.lists(SMALL_KEYS, unique=True, max_size=4), min_size=1, max_size=4))
            rows = [(key, number + i) for i, each in enumerate(keys) for key in each]
            number += len(keys)
            steps.append((kind, rows))
        elif kind == "move":
            steps.append((kind, [(draw(SMALL_KEYS), number - 1)]))
        elif number:
            gone = draw(st.lists(st.integers(0, number - 1), min_size=1, max_size=3))
            steps.append((kind, [(0, each) for each in gone]))
    return steps


@given(histories(), st.sampled_from([0, 1, 5, 1 << 14]))
def test_the_latest_keys_are_those_of_a_plain_set(steps: list[tuple[str, list[tuple[int, int]]]], buffer: int) -> None:
    """What was moved may still be found; all else is found, and nothing that is gone."""
    latest = RecentKeys()
    there: set[int] = set()
    moved: set[int] = set()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recent, "_MAX_BUFFER", buffer)
        for kind, rows in steps:
            if kind == "add":
                entries = packed(rows) if rows else np.zeros(0, np.int64)
                latest.add(entries)
                there |= set(entries.tolist())
            elif kind == "move":
                [slice_] = slices_of(packed(rows)).tolist()
                latest.moved(slice_, rows[0][1])
                moved |= {each for each in there if bounds(slice_)[0] <= each <= bounds(slice_)[1]}
            else:
                gone = [number for _, number in rows]
                latest.forget(np.array(gone, np.int64))
                there = {each for each in there if each & MAX_NUMBER not in gone}
    low = np.unique(least(np.array([key >> 54 << 54 | i << 40 for key in KEYS[:3] for i in range(3)], np.uint64)))
    found = latest.find(low).tolist()
    assert len(set(found)) == len(found)
    assert there - moved <= set(found) <= there
    assert len(latest) == len(found)
    for slice_ in range(SLICES):
        start, stop = bounds(slice_)
        left = sorted(each for each in there - moved if start <= each <= stop)
        assert latest.in_slice(slice_).tolist() == left


SMALL_ID_KEYS = st.integers(0, 9).map(lambda number: 1 << 40 | number << NUMBER_BITS)
ITEMS = st.builds(Item, st.lists(st.sampled_from(KEYS[:4]), unique=True, max_size=4).map(tuple), SMALL_ID_KEYS)


@given(st.lists(ITEMS, min_size=1, max_size=6), st.lists(st.integers(0, 4), min_size=4, max_size=4), st.integers(1, 4))
def test_who_has_room_is_told_as_by_a_plain_dict(items: list[Item], sizes: list[int], bucket_size: int) -> None:
    asked = keys_of(items)
    lengths = dict(zip(KEYS[:4], sizes, strict=True))
    counts = [lengths.get(key, 1) for key in asked.tolist()]
    found = Found(1, asked, np.repeat(np.arange(len(asked)), counts), np.arange(sum(counts)))
    expected = []
    for key in (key for item in items for key in item.keys):
        expected.append(lengths[key] < bucket_size)
        lengths[key] += 1
    has_room, left_out = with_room(entries_of(items), found, bucket_size)
    assert has_room.tolist() == expected
    rows = np.repeat(np.arange(len(items)), [len(item.keys) for item in items])
    assert left_out.tolist() == [expected_of.count(False) for expected_of in _by_row(expected, rows, len(items))]


def _by_row(values: list[bool], rows: NDArray[np.int64], size: int) -> list[list[bool]]:
    return [[value for value, row in zip(values, rows.tolist(), strict=True) if row == i] for i in range(size)]
