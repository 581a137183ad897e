"""Repeats found and cleaned: kernel and reference, in every option and for errors."""

from __future__ import annotations

import random
from importlib import import_module
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neardup import _reference
from neardup._backend import kernels
from neardup.folding import folding_table
from neardup.marks import CLOSING, OPENING
from neardup.repeats.limits import NearLimits
from tests.arrow import STRING_TYPES
from tests.benchmarking import load_benchmarks
from tests.common import TABLE, _kernels, assert_same, both, each_isa, outcome

load_benchmarks()

HOSTILE = import_module("benchmarks.hostile").TEXTS

LETTERS = ["天地", "天地玄黄，。", "天地玄黄宇宙洪荒日月盈昃\n", "é重𠀀。！”　 \n", "㎏한\ufdfaffi。\n"]


@st.composite
def documents(draw: st.DrawFn) -> str:
    """Passages printed again and again, some of them edited, with line breaks between some."""
    letter = st.sampled_from(draw(st.sampled_from(LETTERS)))
    passages = draw(st.lists(st.lists(letter, min_size=1, max_size=50), min_size=1, max_size=4))
    text: list[str] = []
    for passage in draw(st.lists(st.sampled_from(passages), max_size=9)):
        copy = list(passage)
        for _ in range(draw(st.integers(0, 3))):
            start = draw(st.integers(0, len(copy)))
            copy[start : start + draw(st.integers(0, 4))] = draw(st.lists(letter, max_size=4))
        text += [*copy, draw(st.sampled_from(["", "", "\n", "。"]))]
    return "".join(text)


LIMITS = st.builds(
    NearLimits,
    st.sampled_from([1, 2, 5, 8, 9, 12, 30]),
    st.sampled_from([0, 3, 10, 100, 255]),
    st.integers(1, 4),
    st.integers(0, 12),
    st.integers(0, 7),
    st.sampled_from([0, 50, 70, 90, 100]),
).map(tuple)


@both
@given(st.lists(documents(), max_size=5), LIMITS, st.sampled_from([1, 3]))
def test_alignments_are_the_same(texts: list[str], limits: tuple[int, ...], threads: int) -> None:
    expected = assert_same("find_repeats", texts, TABLE, limits, threads)
    for kind in STRING_TYPES:
        assert outcome(_kernels, "find_repeats", pa.array(texts, kind), TABLE, limits, threads) == expected


@both
@given(st.lists(documents(), max_size=5), st.sampled_from(["keep", "drop"]))
def test_alignments_are_the_same_by_other_tables(texts: list[str], punctuation: Any) -> None:
    table = folding_table("keep", punctuation, "mask")
    assert_same("find_repeats", texts, (table.entries, table.expansions), tuple(NearLimits(12)), 1)


def edited(rng: random.Random, letters: str) -> str:
    """Print some passages again and again, with a few characters changed."""
    passages = ["".join(rng.choices(letters, k=rng.randrange(1, 90))) for _ in range(rng.randrange(1, 6))]
    text = []
    for _ in range(rng.randrange(12)):
        copy = list(rng.choice(passages))
        for _ in range(rng.choice([0, 0, 1, 3])):
            start = rng.randrange(len(copy) + 1)
            copy[start : start + rng.randrange(6)] = rng.choices(letters, k=rng.randrange(6))
        text.append("".join(copy) + rng.choice(["", "\n", "。"]))
    return "".join(text)


def aligned(texts: list[str], limits: NearLimits, monkeypatch: pytest.MonkeyPatch) -> tuple[str, Any]:
    """What the reference gives, and the kernels with each of their instruction sets."""
    expected = outcome(_reference, "find_repeats", texts, TABLE, tuple(limits), 1)
    for isa in each_isa(monkeypatch):
        assert outcome(_kernels, "find_repeats", texts, TABLE, tuple(limits), 1) == expected, isa
    return expected


@both
@pytest.mark.parametrize("family", HOSTILE)
def test_alignments_of_hostile_texts_are_the_same(family: str, monkeypatch: pytest.MonkeyPatch) -> None:
    aligned([HOSTILE[family](size, random.Random(size)) for size in (40, 700)], NearLimits(30), monkeypatch)


@both
@pytest.mark.parametrize("max_gap", [0, 10, 100, 126, 127, 255])
def test_edited_copies_are_aligned_the_same(max_gap: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """By scores of rows, and of rows too many for those."""
    rng = random.Random(max_gap)
    texts = []
    for size in range(2, 300, 7):
        passage = rng.choices("天地玄黄宇宙洪荒日月"[: rng.choice([2, 4, 10])], k=size)
        copy = [letter if rng.random() < rng.choice([0.6, 0.9]) else rng.choice("天地玄黄辰") for letter in passage]
        head = "".join(map(chr, range(0x4E00, 0x4E00 + 30)))
        texts.append("".join(passage) + head + "盈昃" + "".join(copy) + head + "".join(reversed(passage)))
    limits = NearLimits(20, max_gap=max_gap, min_piece=1, similarity_percent=40)
    expected = aligned(texts, limits, monkeypatch)
    assert max_gap == 0 or any(matched < stop - copy for *_, copy, stop, _, matched in expected[1][3][2])


@both
@pytest.mark.parametrize("mark", [*OPENING, *CLOSING, *" \x1f\u3000\xa0。"])
def test_sentences_stop_behind_the_same_marks(mark: str) -> None:
    # A sentence printed again starts with its unit if the mark belongs to the one before.
    one, other, last = ("".join(map(chr, range(start, start + 20))) for start in (0x4E00, 0x5E00, 0x6E00))
    text = f"甲乙{one}！{mark}{other}。{mark}丙乙{one}？{mark}{last}"
    table = np.arange(0x110000, dtype=np.uint32), TABLE[1]  # by which marks are codes
    assert_same("find_repeats", [text], table, (12, 100, 4, 10, 4, 70), 1)


@both
def test_a_batch_is_the_same_for_every_number_of_threads() -> None:
    rng = random.Random(5)
    texts = [edited(rng, rng.choice(LETTERS)) for _ in range(800)]
    expected = outcome(_kernels, "find_repeats", texts, TABLE, tuple(NearLimits(12)), 1)
    for threads in (2, 3, 64):
        assert outcome(_kernels, "find_repeats", texts, TABLE, tuple(NearLimits(12)), threads) == expected


@both
@pytest.mark.parametrize("rows", [[""], ["天" * 90], ["𠀀" * 90, "a" * 90, ""], ["한" * 40], []])
def test_edges_of_texts(rows: list[str]) -> None:
    for min_chars in (1, 8, 9, 30, 2**30):
        assert assert_same("find_repeats", rows, TABLE, tuple(NearLimits(min_chars)), 1)[0] == "values"


WRONG: dict[str, tuple[dict[str, int], int]] = {
    "min_chars and min_piece must be at least 1": ({"min_chars": 0}, 1),
    "min_chars and min_piece must be": ({"min_piece": 0}, 1),
    "max_gap must be in": ({"max_gap": 256}, 1),
    "max_gap must": ({"max_gap": -1}, 1),
    "max_stray must be in": ({"max_stray": 8}, 1),
    "max_stray must": ({"max_stray": -1}, 1),
    "threads must be at least 1": ({}, 0),
}


@both
@pytest.mark.parametrize("said", WRONG)
def test_errors_are_the_same(said: str) -> None:
    changed, threads = WRONG[said]
    limits = tuple(NearLimits(30)._replace(**changed))
    kind, message = assert_same("find_repeats", ["天地"], TABLE, limits, threads)
    assert kind == "ValueError"
    assert said in message


@both
def test_what_is_no_text_is_named() -> None:
    kind, said = assert_same("find_repeats", invalid(), TABLE, tuple(NearLimits(30)), 1)
    assert (kind, said) == ("ValueError", "text 1 is not valid UTF-8")


def invalid() -> pa.Array:
    """A column whose second string is none."""
    bytes_ = pa.array([b"a", b"\xff"])
    return pa.Array.from_buffers(pa.string(), 2, bytes_.buffers())


def test_progress_is_told_and_may_stop_the_work() -> None:
    texts = kernels.Texts(["天地玄黄" * 9] * 1000)
    folding = kernels.Folding(*TABLE)
    told: list[int] = []

    def stop(_: int) -> None:
        raise RuntimeError("enough")

    for threads in (1, 3):  # other threads may do all of it
        told.clear()
        kernels.find_repeats(texts, folding, NearLimits(30), threads, told.append)
        assert told == sorted(set(told))
        assert set(told) <= set(range(1, 1001))
        assert threads > 1 or told[-1] == 1000
    with pytest.raises(RuntimeError, match="enough"):
        kernels.find_repeats(texts, folding, NearLimits(30), 1, stop)
