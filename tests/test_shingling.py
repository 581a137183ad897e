"""Shingles, their hash, and anchors: golden values, the definition, collisions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import neardup
from neardup.checks import thread_count
from neardup.shingling import anchors, hash_shingle, set_sizes, shingle_sets, shingles
from tests.common import folded

if TYPE_CHECKING:
    from pathlib import Path

TEXT = st.text("天地玄黄，。 aé", max_size=60) | st.text(max_size=30)


def windows(text: str, size: int) -> list[str]:
    """The shingles of a text, as the definition says."""
    codes = folded(text).text
    if len(codes) < size:
        return [codes] if codes else []
    return [codes[i : i + size] for i in range(len(codes) - size + 1)]


@pytest.fixture(scope="module")
def golden(fixtures: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((fixtures / "shingles.json").read_text(encoding="utf-8"))
    return loaded


def test_hashes_are_those_promised(golden: dict[str, Any]) -> None:
    for shingle, expected in golden["hashes"].items():
        assert f"{hash_shingle(shingle):016x}" == expected
        if neardup.fold(shingle).text == shingle and shingle:
            assert [f"{value:016x}" for value in shingles(shingle, ngram=len(shingle)).tolist()] == [expected]


def test_sets_and_anchors_are_those_promised(golden: dict[str, Any], chongqing: str) -> None:
    for case in golden["texts"]:
        assert [f"{value:016x}" for value in shingles(case["text"]).tolist()] == case["shingles"]
        assert [f"{value:016x}" for value in anchors([case["text"]]).values.tolist()] == case["anchors"]
    found = [f"{value:016x}" for value in anchors([chongqing]).values.tolist()]
    assert found == golden["anchors of chongqing.txt"]


@given(TEXT, st.integers(1, 20))
def test_shingles_are_the_hashed_windows(text: str, ngram: int) -> None:
    expected = sorted({hash_shingle(window) for window in windows(text, ngram)})
    found = shingles(text, ngram=ngram)
    assert found.dtype == np.uint64
    assert found.tolist() == expected


@given(st.lists(TEXT, max_size=6), st.integers(1, 9))
def test_sets_of_many_texts_are_those_of_each(texts: list[str], ngram: int) -> None:
    sets = shingle_sets(texts, ngram=ngram)
    assert len(sets) == len(texts)
    assert [found.tolist() for found in sets] == [shingles(text, ngram=ngram).tolist() for text in texts]
    assert sets.sizes.tolist() == set_sizes(texts, ngram=ngram).tolist()


@given(TEXT, st.integers(1, 20), st.integers(1, 40))
def test_anchors_are_the_small_hashes_of_the_windows(text: str, chars: int, one_in: int) -> None:
    hashes = {hash_shingle(window) for window in windows(text, chars)} if len(folded(text)) >= chars else set()
    expected = {value for value in hashes if value * one_in < 2**64} or ({min(hashes)} if hashes else set())
    assert anchors([text], chars=chars, one_in=one_in)[0].tolist() == sorted(expected)


def test_texts_that_share_a_passage_share_its_anchors(chongqing: str) -> None:
    passage = chongqing[40:700]
    inside, around = anchors([passage, "前言" * 50 + passage + "后记" * 50])
    # The text has more than a few, so none of them is there for being the least.
    assert len(inside) > 5
    assert set(inside.tolist()) <= set(around.tolist())


def test_one_window_in_so_many_is_an_anchor(chongqing: str) -> None:
    for one_in in (4, 32):
        share = len(anchors([chongqing], one_in=one_in).values) / len(shingles(chongqing, ngram=13))
        assert 0.5 < share * one_in < 1.5


def test_length_is_part_of_the_hash() -> None:
    assert len({hash_shingle("\0" * size) for size in range(50)}) == 50


def test_a_thue_morse_text_has_no_collisions() -> None:
    # Where a polynomial modulo 2**64 is weakest: the blocks of the word and of its complement.
    bits = "".join("甲乙"[bin(i).count("1") % 2] for i in range(2**12))
    for ngram in (2, 4, 8, 16, 32, 64, 128):
        assert len(shingles(bits, ngram=ngram)) == len(set(windows(bits, ngram)))
    far = bits.replace("乙", chr(0x4E00 + 2**12))
    assert len(shingles(far, ngram=128)) == len(set(windows(far, 128)))


def test_every_bit_depends_on_every_bit() -> None:
    rng = np.random.default_rng(1)
    flips = np.zeros(64)
    total = 0
    for codes in rng.integers(0x4E00, 0x9000, (300, 5)).tolist():
        before = hash_shingle("".join(map(chr, codes)))
        for place in range(5):
            for bit in range(12):
                changed = [code ^ (1 << bit if i == place else 0) for i, code in enumerate(codes)]
                difference = before ^ hash_shingle("".join(map(chr, changed)))
                flips += [difference >> i & 1 for i in range(64)]
                total += 1
    assert (abs(flips / total - 0.5) < 0.02).all()


@pytest.mark.slow
def test_low_halves_are_spread_evenly() -> None:
    # All windows of every pair and of every triple of 100 characters: as structured as text gets.
    letters = [chr(code) for code in range(0x4E00, 0x4F00) if neardup.fold(chr(code)).text == chr(code)][:100]
    texts = [a + b + c for a in letters for b in letters for c in letters]
    low = shingle_sets(texts, ngram=3).values.astype(np.uint32)
    assert len(low) == len(texts)
    for shift in (0, 8, 16, 24):
        counts = np.bincount(low >> np.uint32(shift) & np.uint32(0xFF), minlength=256)
        chi = float(((counts - len(low) / 256) ** 2 / (len(low) / 256)).sum())
        # The mean is 255 and the standard deviation 22.6.
        assert abs(chi - 255) < 5 * 22.6
    # As many pairs share a low half as of random numbers: n**2 / 2**33 = 116, give or take 11.
    assert abs(len(low) - len(np.unique(low)) - len(low) ** 2 / 2**33) < 5 * 11


@pytest.mark.parametrize("function", [shingle_sets, set_sizes, anchors])
def test_options_out_of_range_are_refused(function: Any) -> None:
    option = {anchors: "chars"}.get(function, "ngram")
    for value in (0, -1, 129):
        with pytest.raises(ValueError, match=f"{option} must be at (least 1|most 128), not {value}"):
            function(["天"], **{option: value})
    with pytest.raises(ValueError, match="threads must be at least 1"):
        function(["天"], threads=0)


def test_one_in_must_be_positive() -> None:
    with pytest.raises(ValueError, match="one_in must be at least 1, not 0"):
        anchors(["天"], one_in=0)


def test_shingles_are_of_one_text() -> None:
    with pytest.raises(TypeError, match="text must be a str, not list"):
        shingles(["天"])  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="ngram must be at least 1, not 0"):
        shingles("天", ngram=0)


def test_a_set_that_is_not_there() -> None:
    sets = shingle_sets(["天"])
    for index in (-1, 1):
        with pytest.raises(IndexError, match=f"there is no text {index} among 1"):
            sets[index]


def test_threads_are_those_that_the_process_may_use(monkeypatch: pytest.MonkeyPatch) -> None:
    assert thread_count(3) == 3
    assert thread_count(None) >= 1
    monkeypatch.delattr("os.sched_getaffinity", raising=False)
    assert thread_count(None) >= 1
