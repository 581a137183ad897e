"""The compiled kernels against their specification, and the runs of both against brute force."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neardup import _reference
from neardup._backend import kernels
from neardup.folding import folding_table
from tests.common import _kernels, assert_same, both, outcome

if TYPE_CHECKING:
    from numpy.typing import NDArray

# The last two seeds hold one stretch both.
NEAR_REPEATS = (
    np.zeros(40, np.uint32),
    np.arange(40, dtype=np.int32),
    np.zeros(1, np.int32),
    np.empty((0, 5), np.int32),
    np.array([[0, 9, 20, 29, 0], [1, 10, 22, 31, 0]], np.int32),
    (8, 100, 4, 10, 4, 70),
)


def runs(world: Any, using: Any = kernels) -> NDArray[np.int32]:
    codes, boundaries, min_chars, max_stray = world
    found: NDArray[np.int32] = using.equal_runs(
        codes, boundaries, using.leftmost_windows(codes, min_chars), min_chars, max_stray
    )
    return found


@st.composite
def worlds(draw: st.DrawFn) -> tuple[NDArray[np.uint32], NDArray[np.int32], int, int]:
    """Codes with copies in them, boundaries, min_chars and max_stray."""
    alphabet = draw(st.sampled_from([1, 2, 3, 30]))
    pieces = draw(st.lists(st.lists(st.integers(0, alphabet - 1), min_size=1, max_size=25), max_size=6))
    order = draw(st.lists(st.integers(0, max(0, len(pieces) - 1)), max_size=12)) if pieces else []
    codes = [code for piece in order for code in pieces[piece]]
    boundaries = draw(st.sets(st.integers(0, len(codes)), max_size=20))
    min_chars = draw(st.integers(1, 14))
    max_stray = draw(st.integers(0, min_chars - 1))
    return np.array(codes, np.uint32), np.array(sorted(boundaries), np.int32), min_chars, max_stray


@both
@given(st.text(max_size=80), st.sampled_from(["fold", "keep"]), st.sampled_from(["drop", "keep"]))
def test_fold_is_the_same(text: str, script: Any, punctuation: Any) -> None:
    table = folding_table(script, punctuation)
    assert_same("fold", text, (table.entries, table.expansions))


@both
@pytest.mark.parametrize("text", ["", "a", "é", "ÿ重", "𠀀", "\ud800", "㎏한\ufdfa", "\U0010ffff"])
def test_fold_is_the_same_in_every_width_of_str(text: str) -> None:
    table = folding_table()
    assert_same("fold", text, (table.entries, table.expansions))
    assert_same("fold", text, (table.entries[:-1], table.expansions))


@both
@given(st.text(alphabet="a重𠀀\n\r\v\f\x1c\x1d\x1e\x1f\x85\u2028\u2029"))
def test_breaks_are_the_same(text: str) -> None:
    assert_same("breaks", text)


@both
@given(worlds(), st.integers(0, 40))
def test_leftmost_windows_are_the_same(world: Any, width: int) -> None:
    assert_same("leftmost_windows", world[0], width)


@both
@given(worlds(), st.integers(1, 10), st.integers(1, 30))
def test_leftmost_windows_are_the_same_from_narrower_ones(world: Any, narrow: int, width: int) -> None:
    codes = world[0]
    narrower = _reference.leftmost_windows(codes, narrow)
    assert_same("leftmost_wider_windows", codes, width, narrower)
    assert_same("leftmost_wider_windows", codes, width, narrower + np.int32(1))


@both
@given(worlds())
def test_equal_runs_and_roots_are_the_same(world: Any) -> None:
    expected = runs(world, _reference)
    assert runs(world, _kernels).tolist() == expected.tolist()
    assert_same("roots", expected, len(world[0]))


@both
@pytest.mark.parametrize("size", [63, 64, 65, 127, 128, 129, 1000])
@pytest.mark.parametrize("period", [1, 2, 7, 12, 29, 31])
def test_equal_runs_are_the_same_over_block_boundaries(size: int, period: int) -> None:
    codes = (np.arange(size) % period).astype(np.uint32)
    world = codes, np.arange(0, size, 10, dtype=np.int32), 12, 5
    assert runs(world, _kernels).tolist() == runs(world, _reference).tolist()
    assert_same("leftmost_windows", codes, 12)


@both
@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("leftmost_windows", (np.zeros(3, np.uint32), 0)),
        ("leftmost_wider_windows", (np.zeros(3, np.uint32), 0, np.zeros(3, np.int32))),
        ("leftmost_wider_windows", (np.zeros(3, np.uint32), 2, np.zeros(1, np.int32))),
        ("leftmost_wider_windows", (np.zeros(3, np.uint32), 2, np.zeros(4, np.int32))),
        ("leftmost_wider_windows", (np.zeros(3, np.uint32), 2, -np.ones(3, np.int32))),
        ("equal_runs", (np.zeros(3, np.uint32), np.zeros(0, np.int32), np.zeros(3, np.int32), 0, 0)),
        ("equal_runs", (np.zeros(3, np.uint32), np.zeros(0, np.int32), np.zeros(2, np.int32), 2, 2)),
        ("equal_runs", (np.zeros(3, np.uint32), np.zeros(0, np.int32), np.zeros(2, np.int32), 2, -1)),
        ("equal_runs", (np.zeros(3, np.uint32), np.zeros(0, np.int32), np.zeros(3, np.int32), 2, 1)),
        ("equal_runs", (np.zeros(3, np.uint32), np.zeros(0, np.int32), np.ones(2, np.int32), 2, 1)),
        ("roots", (np.array([[0, 2, 2, 5, 0]], np.int32), 4)),
        ("roots", (np.array([[2, 3, 2, 4, 0]], np.int32), 4)),
        ("roots", (np.array([[-1, 1, 2, 4, 0]], np.int32), 4)),
        ("roots", (np.empty((0, 5), np.int32), -1)),
        ("roots", (np.array([[16, 17, -(2**31), 0, 0]], np.int32), 4)),
        ("near_repeats", NEAR_REPEATS),
        ("roots", (np.empty((0, 5), np.int32), 2**30 + 1)),
    ],
)
def test_errors_are_the_same(name: str, arguments: Any) -> None:
    assert outcome(_kernels, name, *arguments)[0] == "ValueError"
    assert_same(name, *arguments)


def test_a_thue_morse_string_has_no_false_windows() -> None:
    # Polynomial hashes modulo 2**64 collide on it, whatever their base.
    bits = np.array([bin(i).count("1") % 2 for i in range(2**13)], np.uint32)
    first = kernels.leftmost_windows(bits, 2048)
    distinct = {bits[i : i + 2048].tobytes(): i for i in reversed(range(len(first)))}
    assert first.tolist() == [distinct[bits[i : i + 2048].tobytes()] for i in range(len(first))]


def repeated(codes: list[int], min_chars: int) -> list[bool]:
    """The definition: which codes lie in a window whose leftmost occurrence ends before it starts."""
    first: dict[tuple[int, ...], int] = {}
    covered = [False] * len(codes)
    for start in range(len(codes) - min_chars + 1):
        stop = start + min_chars
        if first.setdefault(tuple(codes[start:stop]), start) + min_chars <= start:
            covered[start:stop] = [True] * min_chars
    return covered


@given(worlds())
def test_equal_runs_hold_every_repeated_passage_and_nothing_else(world: Any) -> None:
    codes, _, min_chars, _ = world
    covered = [False] * len(codes)
    text = codes.tolist()
    settled = 0
    for original, original_stop, copy, copy_stop, period in runs(world).tolist():
        assert 0 <= original < original_stop <= copy < copy_stop
        assert settled <= copy
        settled = copy_stop
        covered[copy:copy_stop] = [True] * (copy_stop - copy)
        unit = text[original:original_stop]
        if period:
            assert period < min_chars
            assert len(unit) % period == 0
            assert unit == (unit[:period] * len(unit))[: len(unit)]
        else:
            assert len(unit) == copy_stop - copy
        assert text[copy:copy_stop] == (unit * len(text))[: copy_stop - copy]
    assert covered == repeated(text, min_chars)


@given(worlds())
def test_the_root_of_a_position_is_an_equal_code_that_is_no_copy(world: Any) -> None:
    codes = world[0]
    found = runs(world)
    root = kernels.roots(found, len(codes))
    assert (codes[root] == codes).all()
    is_copy = np.zeros(len(codes), bool)
    for _, _, copy, copy_stop, _ in found.tolist():
        is_copy[copy:copy_stop] = True
    assert (root[~is_copy] == np.flatnonzero(~is_copy)).all()
    assert not is_copy[root].any()
