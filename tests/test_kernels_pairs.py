"""The compiled kernels that compare texts with each other against their specification: values and errors."""

from __future__ import annotations

from itertools import islice
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neardup import Config, fold
from neardup._reference import shared_keys
from neardup.bands import bands
from neardup.minhash import shared_bands, sketches
from tests.common import CHARS, TABLE, TEXTS, assert_same, both
from tests.families import SENTENCES, texts, worlds


@both
@given(TEXTS | worlds, st.integers(0, 40), st.integers(-1, 60), st.integers(0, 3))
def test_copied_chars_are_the_same(documents: list[str], min_chars: int, max_gap: int, threads: int) -> None:
    rows = np.flatnonzero(np.arange(len(documents)) % 3 != 1)
    assert_same("copied_chars", documents, TABLE, min_chars, max_gap, rows, threads)


@both
@given(st.lists(st.sampled_from("甲乙"), max_size=80).map("".join), st.integers(1, 20), st.integers(0, 9))
def test_copied_chars_are_the_same_where_everything_is_a_copy(text: str, min_chars: int, max_gap: int) -> None:
    assert_same("copied_chars", [text, text * 3], TABLE, min_chars, max_gap, np.arange(2), 1)


@both
@given(TEXTS | worlds, st.integers(0, 3))
def test_content_classes_are_the_same(documents: list[str], threads: int) -> None:
    rows = np.flatnonzero(np.arange(len(documents)) % 3 != 1)
    assert_same("content_classes", documents, TABLE, rows, threads)


@both
@given(worlds, st.sampled_from([1, 4, 32]))
def test_shared_keys_are_the_same(documents: list[str], one_in: int) -> None:
    anchors = sketches(documents, anchor_one_in=one_in).anchors
    assert_same("shared_keys", anchors.values, anchors.offsets)


@both
@given(st.lists(st.sets(st.integers(0, 2**64 - 1) | st.integers(0, 3)), max_size=30))
def test_shared_keys_of_any_kind_are_the_same(keys: list[set[int]]) -> None:
    values = np.array([key for some in keys for key in some], np.uint64)
    assert_same("shared_keys", values, np.cumsum([0, *map(len, keys)]))


@both
@given(worlds, st.sampled_from([1, 4, 32]), st.sampled_from([0.1, 0.4, 1.0]), st.integers(1, 3))
def test_what_may_meet_is_the_same(documents: list[str], one_in: int, cut: float, max_bucket_size: int) -> None:
    names = ("band_numbers", "band_offsets", "anchor_numbers", "anchor_offsets", "anchor_counts")
    given_ = arguments(documents, one_in)
    assert_same("may_have_candidates", *(given_[name] for name in names), cut, max_bucket_size)


def arguments(documents: list[str], one_in: int = 4) -> dict[str, Any]:
    """What `survivors` takes."""
    signatures, anchors, _ = sketches(documents, anchor_one_in=one_in)
    size = len(documents)
    bands, by_anchor = shared_bands(signatures, bands=16, rows=6), shared_keys(anchors.values, anchors.offsets)
    return {
        "texts": documents,
        "folding": TABLE,
        "ngram": 5,
        "signatures": signatures,
        "band_numbers": bands[0],
        "band_offsets": bands[1],
        "anchor_numbers": by_anchor[0],
        "anchor_offsets": by_anchor[1],
        "anchor_counts": anchors.sizes,
        "classes": np.full(size, -1, np.int64),
        "order": np.flatnonzero(np.diff(anchors.offsets) > 0),
        "distinct": np.array([len(text) for text in documents]),
        "judged": np.ones(size, bool),
        "min_anchor_share": 0.4,
        "limits": np.array(Config().limits),
        "drops": np.array([False, True, True, True, False, False, False]),
        "max_bucket_size": 200,
        "max_candidates": 64,
    }


COUNTS = [[0.0, 60.0, 500.0], [0.0, 60.0], [0.0, 2.0, 9.0]]
"""Of the limits of numerals and of short texts."""


@both
@given(worlds, st.data())
def test_survivors_are_the_same(documents: list[str], data: st.DataObject) -> None:
    given_ = arguments(documents, data.draw(st.sampled_from([1, 4, 32])))
    size, chosen = len(documents), given_["order"].tolist()
    given_["order"] = np.array(data.draw(st.permutations(chosen)), np.int64)
    given_["classes"] = np.array(data.draw(st.lists(st.integers(-1, size - 1), min_size=size, max_size=size)), np.int64)
    given_["judged"] = np.array(data.draw(st.lists(st.booleans(), min_size=size, max_size=size)), bool)
    given_["drops"] = np.array([False, *data.draw(st.lists(st.booleans(), min_size=6, max_size=6))])
    shares = [0.0, 0.2, 0.8, 1.0]
    drawn = [
        data.draw(st.sampled_from(some))
        for some in (shares, shares, shares, [1.0, 3.0], [0.0, 2.0, 9.0], shares, *COUNTS)
    ]
    given_["limits"] = np.array(drawn)
    for name, values in {
        "ngram": [1, 5, 8, 9],
        "min_anchor_share": [0.1, 0.4, 1.0],
        "max_bucket_size": [1, 2, 200],
        "max_candidates": [1, 2, 64],
    }.items():
        given_[name] = data.draw(st.sampled_from(values))
    assert_same("survivors", *given_.values())


NUMERALS = "〇零一二三四五六七八九十百千万亿两萬１1第"


@both
@given(st.lists(st.sampled_from(SENTENCES[:3]) | st.text(NUMERALS, max_size=3), max_size=9), st.data())
def test_chinese_numerals_are_compared_the_same(parts: list[str], data: st.DataObject) -> None:
    """Two texts of the same sentences, with other numerals between, before and behind them."""
    other = [part if part in SENTENCES else data.draw(st.text(NUMERALS, max_size=3)) for part in parts]
    assert_same("compare", ["甲" + "".join(parts), "甲" + "".join(other)], TABLE, 5)


SINGLE = texts() | st.text(CHARS, min_size=1, max_size=60) | st.text("天地1", min_size=1, max_size=200)


@both
@given(SINGLE, SINGLE, st.integers(1, 20))
def test_comparisons_are_the_same(one: str, other: str, ngram: int) -> None:
    if len(fold(one)) and len(fold(other)):
        assert_same("compare", [one, other], TABLE, ngram)
        assert_same("compare", (one + other, other), TABLE, ngram)


@both
@given(
    st.lists(st.text("0123456789０９,，.．:：/⁄％%‰-－−x甲", max_size=12), min_size=1, max_size=6).map("甲".join),
    st.text("0123456789０９,，.．:：/⁄％%‰-－−x甲", max_size=40),
)
def test_numbers_are_compared_the_same(one: str, other: str) -> None:
    assert_same("compare", ["甲" + one, "甲" + other], TABLE, 5)


@both
@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_comparison_takes_two_texts(count: int) -> None:
    found = assert_same("compare", ["天地玄黄宇宙洪荒"] * count, TABLE, 5)
    assert found == ("ValueError", "there must be two texts")


@both
@pytest.mark.parametrize("arguments", [(TABLE, 0), (TABLE, 129), ((TABLE[0][:9], TABLE[1]), 5)])
def test_errors_of_comparisons_are_the_same(arguments: Any) -> None:
    assert assert_same("compare", ["天地玄黄", "宇宙洪荒"], *arguments)[0] == "ValueError"


@both
@given(worlds, st.sampled_from([0.1, 0.5, 0.8, 1.0]), st.integers(1, 3))
def test_pairs_are_the_same(documents: list[str], threshold: float, threads: int) -> None:
    given_ = arguments(documents)
    count, rows = bands(0.5)
    keys = shared_bands(given_["signatures"], bands=count, rows=rows)
    named = [given_[name] for name in ("texts", "folding", "ngram", "signatures")]
    size = len(given_["order"])
    for begin, end in ((0, size), (0, size // 2), (size // 2, size)):
        assert_same("band_pairs", *named, *keys, given_["order"], begin, end, threshold, threads)


@both
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("texts", ["天地玄黄宇宙洪荒日月盈昃"]),
        ("ngram", 0),
        ("signatures", np.zeros((1, 128), np.uint32)),
        ("band_numbers", np.zeros(1, np.uint32)),
        ("band_offsets", np.zeros(4, np.int64)),
        ("band_offsets", np.zeros(0, np.int64)),
        ("anchor_numbers", np.zeros(1, np.uint32)),
        ("anchor_offsets", np.array([0, 2, 1])),
        ("anchor_offsets", np.zeros(2, np.int64)),
        ("anchor_counts", np.zeros(1, np.int64)),
        ("classes", np.array([0, 2])),
        ("classes", np.array([-2, 0])),
        ("classes", np.array([0])),
        ("order", np.array([0, 0])),
        ("order", np.array([2])),
        ("order", np.array([-1])),
        ("judged", np.ones(1, bool)),
        ("drops", np.ones(4, bool)),
        ("limits", np.ones(5)),
        ("max_bucket_size", 0),
        ("max_candidates", 0),
        ("distinct", np.zeros(3, np.int64)),
    ],
)
def test_errors_are_the_same(name: str, value: Any) -> None:
    given_ = arguments(["天地玄黄宇宙洪荒日月盈昃", "辰宿列张寒来暑往秋收冬藏"]) | {name: value}
    assert assert_same("survivors", *given_.values())[0] == "ValueError"


@both
def test_errors_of_what_comes_before_are_the_same() -> None:
    texts, none = ["天地玄黄", "宇宙洪荒"], np.empty(0, np.uint64)
    for rows in (np.array([2]), np.array([-1])):
        assert assert_same("copied_chars", texts, TABLE, 5, 5, rows, 1)[0] == "ValueError"
        assert assert_same("content_classes", texts, TABLE, rows, 1)[0] == "ValueError"
    for offsets in (np.array([0, 1]), np.array([1, 0]), np.empty(0, np.int64)):
        assert assert_same("shared_keys", none, offsets)[0] == "ValueError"
        keys = none.astype(np.uint32), offsets
        assert assert_same("may_have_candidates", *keys, *keys, np.ones(1, np.int64), 0.4, 1)[0] == "ValueError"
    keys = np.array([2**32 - 1], np.uint32), np.array([0, 1])
    assert assert_same("may_have_candidates", *keys, *keys, np.ones(1, np.int64), 0.4, 1)[0] == "ValueError"


@both
@pytest.mark.parametrize(
    ("position", "value"),
    [(2, 0), (3, np.zeros((1, 128), np.uint32)), (6, np.array([1, 0])), (7, -1), (7, 2), (8, 3), (10, 0)],
)
def test_errors_of_pairs_are_the_same(position: int, value: Any) -> None:
    named = list(arguments(["天地玄黄宇宙洪荒日月盈昃", "辰宿列张寒来暑往秋收冬藏"]).values())[:6]
    given_ = [*named, np.array([0, 1]), 0, 1, 0.8, 1]
    given_[position] = value
    assert assert_same("band_pairs", *given_)[0] == "ValueError"


@both
@pytest.mark.parametrize("between", [61, 62, 63, 64, 65])
def test_a_run_follows_one_as_far_back_in_both(between: int) -> None:
    """Two runs that go on from one into the other, and between them in the second text runs that go backwards."""
    chars = iter(char for char in map(chr, range(0x4E00, 0x9F00)) if fold(char).text == char)
    first, last, *others = ("".join(islice(chars, size)) for size in [10, 20, *[8] * between])
    texts = [first + last + "".join(reversed(others)), first + "".join(others) + last]
    found = assert_same("compare", texts, TABLE, 5)
    pieces = found[1][1][2]
    assert ([0, 0, 10] in pieces) == (between <= 63)
