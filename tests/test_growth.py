"""Growth: hostile texts take steps in proportion to their length. Steps of Python are counted, not seconds.

What the kernels do is what the reference does, so that is counted for them; ``benchmarks/growth.py`` times both.
"""

from __future__ import annotations

import random
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import neardup
from neardup import _reference
from neardup._reference import cleaning_units
from neardup._reference.cleaning import MAX_ROUNDS, SCOPES
from neardup.boilerplate import paragraph_hash
from neardup.numerals import located_numerals
from neardup.repeats.limits import NearLimits
from tests.common import CONTENT_TABLE, TABLE, call

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

PACKAGE = neardup.__path__[0]


def steps(call: Callable[[], Any]) -> int:
    """Count the instructions of the package's Python code that a call runs."""
    count = 0

    def trace(frame: FrameType, event: str, _: object) -> Any:
        nonlocal count
        if not frame.f_code.co_filename.startswith(PACKAGE):
            return None
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        count += event == "opcode"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    finally:
        sys.settrace(before)
    return count


def chars(size: int, seed: int = 0) -> str:
    return "".join(random.Random(seed).choices([chr(code) for code in range(0x4E00, 0x9F00)], k=size))


def numbers_at_every_line(size: int) -> Callable[[], Any]:
    lines = [chars(60, seed=i) for i in range(size)]
    one, other = ("\n".join(f"{line}{10000 + 2 * i + k}" for i, line in enumerate(lines)) for k in (0, 1))
    return lambda: neardup.compare(one, other)


def notices_between_lines(size: int) -> Callable[[], Any]:
    notice = chars(20)
    config = neardup.Config(boilerplate=(paragraph_hash(notice),))
    lines = [chars(40, seed=i + 1) for i in range(size)]
    one = f"\n{notice}\n".join(lines)
    other = f"\n{notice}\n".join(f"{line[:20]}改{line[21:]}" for line in lines)
    return lambda: neardup.compare(one, other, config=config)


def near_repeats(text: str, copy: str, max_gap: int, similarity_percent: int) -> Callable[[], Any]:
    folded = neardup.fold(text + copy)
    edges = np.array([0, len(text), len(folded)], np.int32)
    seeds = _reference.equal_runs(folded.codes, edges, _reference.leftmost_windows(folded.codes, 8), 8, 4)
    return lambda: _reference.near_repeats(
        folded.codes, folded.positions, edges, seeds[:0], seeds, (30, max_gap, 4, 10, 4, similarity_percent)
    )


def a_sparse_chain(size: int) -> Callable[[], Any]:
    text = chars(30 * size)
    copy = "".join(text[i : i + 12] + chars(18, seed=i + 1) for i in range(0, len(text), 30))
    return near_repeats(text, copy, max_gap=100, similarity_percent=70)


def chains_of_short_lines(size: int) -> Callable[[], Any]:
    """Equal lines too short to be more than strays, each chain of which is left empty."""
    lines = [chars(4, seed=i) for i in range(size)]
    parts = [*lines, *(part for i, line in enumerate(lines) for part in (line, chars(4, seed=10**5 + i)))]
    folded = neardup.fold("".join(parts))
    edges = np.arange(0, len(folded) + 1, 4, dtype=np.int32)
    seeds = _reference.equal_runs(folded.codes, edges, _reference.leftmost_windows(folded.codes, 4), 4, 2)
    return lambda: _reference.near_repeats(
        folded.codes, folded.positions, edges, seeds[:0], seeds, (4, 100, 4, 4, 4, 70)
    )


def chains_that_grow_and_stay_sparse(size: int) -> Callable[[], Any]:
    """Two seeds every hundred characters, too far from the next two to be one chain; what is between goes on alike."""
    text = chars(100 * size)

    def changed(start: int) -> str:
        between = (text[k : k + 3] + chars(2, seed=k) for k in range(start + 20, start + 100, 5))
        return text[start : start + 9] + "改改" + text[start + 11 : start + 20] + "".join(between)

    return near_repeats(text, "".join(map(changed, range(0, len(text), 100))), max_gap=60, similarity_percent=90)


def a_body_with_many_edits(size: int) -> Callable[[], Any]:
    lines = [chars(40, seed=i) for i in range(size)]
    text = "\n".join([*lines, *(f"{line[:20]}改{line[21:]}" for line in lines)])
    return lambda: neardup.find_repeats(text).clean()


def many_copies_of_lines(size: int) -> Callable[[], Any]:
    lines = [chars(40, seed=i) for i in range(size)]
    text = "\n".join([*lines, *(f"{line}\n{chars(9, seed=10**5 + i)}" for i, line in enumerate(lines))])
    return lambda: neardup.find_repeats(text).clean("all")


@pytest.mark.parametrize(
    ("make", "size"),
    [
        (numbers_at_every_line, 60),
        (notices_between_lines, 60),
        pytest.param(a_sparse_chain, 30, marks=pytest.mark.once),
        pytest.param(chains_of_short_lines, 60, marks=pytest.mark.once),
        pytest.param(chains_that_grow_and_stay_sparse, 8, marks=pytest.mark.once),
        (a_body_with_many_edits, 60),
        (many_copies_of_lines, 60),
    ],
)
def test_twice_the_text_takes_about_twice_the_steps(make: Callable[[int], Callable[[], Any]], size: int) -> None:
    few, many = steps(make(size)), steps(make(2 * size))
    assert few > 1000
    assert many < 2.5 * few


@pytest.mark.once
@pytest.mark.parametrize(
    "unit",
    [
        *(
            '<a x="',
            "<a x='",
            "<a x=\"<b y='",
            "<a ",
            "<a b=c ",
            "<",
            "</a ",
            "<!--",
            "<!doctype ",
            "<script>",
            "<style></style ",
        ),
        *(
            "![",
            "![甲",
            "](",
            "](a(",
            "](中",
            "](<",
            '](a "',
            "](a '",
            "((((",
            "&&&&",
            "&#1",
            "&amp",
            "a@",
            "a@a.",
            "a.b-",
        ),
        *(
            "http://",
            "a://(",
            "://",
            "www.",
            "www.a,,,",
            "|",
            "|-",
            "|-|a",
            "+",
            "-",
            "```",
            "`",
            "~~~ ",
            "   ~~~\n",
            "\n",
        ),
    ],
)
def test_the_content_of_hostile_texts_is_found_in_so_many_steps(unit: str) -> None:
    """Steps of the scan; that no pattern looks at a stretch again is the matter of its own test."""
    folding = _reference.Folding(*CONTENT_TABLE)

    def reading(size: int) -> Callable[[], Any]:
        text = (unit * size)[: 4 * size] + "文"
        return lambda: _reference.content_points(text, folding)

    few, many = steps(reading(300)), steps(reading(600))
    assert many < 2.2 * few
    assert many < 600 * 4 * 200


def test_a_long_line_before_copies_is_not_read_again_for_each() -> None:
    """What folding drops before an original belongs to all of its copies."""

    def reading(size: int) -> Callable[[], Any]:
        line = chars(60)
        text = "。" + "（" * 200 * size + "\n".join([line, *(f"{chars(9, seed=i)}{line}" for i in range(size))])
        return lambda: neardup.find_repeats(text)

    few, many = (steps(reading(size)) for size in (30, 60))
    assert many < 2.5 * few


@pytest.mark.once
def test_numbers_are_read_once_however_many_copies_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """What folding drops inside an original is as long as all copies together, and so is what follows a number."""
    read = []

    def reading(text: str) -> list[tuple[int, int, str]]:
        read.append(len(text))
        return located_numerals(text)

    monkeypatch.setattr(cleaning_units, "located_numerals", reading)
    monkeypatch.setattr(cleaning_units, "numerals", lambda text: [number for *_, number in reading(text)])
    one, other, line = chars(20), chars(20, seed=1), chars(150, seed=2)
    inside = f"{one}{' ' * 5000}{other}。\n" + "".join(f"{one}{other}。\n{chars(3, seed=i)}\n" for i in range(90))
    behind = f"{line}1{',' * 5000}2{one}\n" + "".join(f"{line[:i]}{line[i + 1 :]}1\n" for i in range(40))
    limits = NearLimits(30)
    for text in (inside, behind):
        read.clear()
        found = call(_reference, "find_repeats", [text], TABLE, limits, 1)
        call(_reference, "clean_repeats", [text], TABLE, limits, SCOPES.index("all"), *found[3:], 1)
        assert 0 < sum(read) <= 6 * len(text)


def test_copies_inside_of_copies_take_a_bounded_number_of_rounds() -> None:
    def nested(depth: int) -> str:
        """Lines that are copies two by two, each pair brought together when the pair inside of it goes."""
        pairs = [(chars(16, seed=i), chars(16, seed=10**5 + i)) for i in range(depth)]
        head = [f"{one}\n{other}\n{chars(31, seed=10**6 + i)}" for i, (one, other) in enumerate(pairs)]
        again = chars(40, seed=10**7)
        ends = [one for one, _ in reversed(pairs)], [other for _, other in pairs]
        return "\n".join([*head, again, chars(35, seed=10**8), *ends[0], again, *ends[1]])

    for depth in (0, 3, MAX_ROUNDS - 1, MAX_ROUNDS + 4):
        text = nested(depth)
        found = neardup.find_repeats(text)
        is_cleaned = neardup.find_repeats(found.clean("all")).removed("all") == ()
        assert is_cleaned == (depth < MAX_ROUNDS)
        assert any(kept.reason == "nested" for kept in found.kept("all")) == (depth >= MAX_ROUNDS)
