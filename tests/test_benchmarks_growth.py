"""The benchmark of growth: families have the size that is asked for, exponents are right, a failing row fails it."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import import_module
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from neardup import fold
from tests.benchmarking import load_benchmarks, run_suite

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.once

load_benchmarks()
command: Any = import_module("benchmarks.__main__")
growth: Any = import_module("benchmarks.growth")
hostile: Any = import_module("benchmarks.hostile")

FAMILIES = {**hostile.TEXTS, **hostile.PAIRS, **hostile.CORPORA}


@pytest.mark.parametrize("family", FAMILIES)
def test_families_are_of_the_size_that_is_asked_for(family: str) -> None:
    small, large = (growth._chars(FAMILIES[family](size, Random(1))) for size in (3000, 12_000))
    assert 0.6 * 3000 < small < 2.6 * 3000
    assert 3 < large / small < 5


@pytest.mark.parametrize("family", FAMILIES)
def test_families_depend_on_the_generator_alone(family: str) -> None:
    assert FAMILIES[family](2000, Random(5)) == FAMILIES[family](2000, Random(5))


def test_chosen_characters_fold_to_themselves() -> None:
    for text in (hostile.flooded_windows(400, Random(1)), hostile.flooded_shingles(400, Random(1))):
        assert fold(text).text == text


@pytest.mark.parametrize("slope", [1.0, 1.5, 2.0])
def test_the_exponent_is_the_slope_of_the_last_doublings(slope: float) -> None:
    points = [(100 << step, 1e-9 if step == 0 else (100 << step) ** slope * 1e-9) for step in range(5)]
    assert growth.exponent(points) == pytest.approx(slope)


def test_a_row_is_within_its_bound_or_not() -> None:
    row = growth.Row("some", "compare", len, 100, bound=1.2)
    assert growth.verdict(row, [(100, 1.0), (200, 2.0), (400, 4.0)], "") == "within"
    assert growth.verdict(row, [(100, 1.0), (200, 4.0), (400, 16.0)], "") == "NOT within"
    assert growth.verdict(row, [(100, 1.0), (200, 2.0), (400, 4.0)], "stopped after 1 s") == "stopped after 1 s"
    assert growth.verdict(row, [(100, 1.0), (200, 2.0)], "") == "FAILED: too few sizes"
    assert row.sizes() == [6, 12, 25, 50, 100]


def test_larger_sizes_are_left_out_behind_a_hopeless_one(monkeypatch: pytest.MonkeyPatch) -> None:
    row = growth.Row("some", "compare", lambda size, _: "甲" * size, 100)
    monkeypatch.setattr(growth, "timed", lambda _, text: len(text) / 10)
    assert growth.measured(row, [5, 10, 20, 40], 3) == [(5, 0.5), (10, 1.0), (20, 2.0)]


def test_what_is_a_little_above_its_bound_is_measured_again(monkeypatch: pytest.MonkeyPatch) -> None:
    row = growth.Row("some", "compare", len, 100, bound=1.2)
    first, second = [(1, 1.0), (2, 2.0), (4, 6.0)], [(1, 1.5), (2, 1.5), (4, 4.0)]
    answers = [(first, ""), (second, "")]
    monkeypatch.setattr(growth, "measured_apart", lambda *_: answers.pop(0))
    assert growth.measured_twice(row, [1, 2, 4], 1, 1.0) == ([(1, 1.0), (2, 1.5), (4, 4.0)], "")
    for clear in ([(1, 1.0), (2, 2.0), (4, 4.0)], [(1, 1.0), (2, 4.0), (4, 16.0)], [(1, 1.0)]):
        answers = [(clear, "")]
        assert growth.measured_twice(row, [1, 2, 4], 1, 1.0) == (clear, "")


@pytest.mark.parametrize(("slope", "code"), [(1, 0), (2, 1)])
def test_the_command_fails_where_a_row_does(
    slope: int, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(
        growth, "measured_apart", lambda row, sizes, *_: ([(size, size**slope * 1e-9) for size in sizes], "")
    )
    words = ["growth", "--family", "digits", "--operation", "find_repeats", "--out", str(tmp_path)]
    assert command.main(words) == code
    out = capsys.readouterr().out
    assert f"| {slope:.2f} |" in out.replace("  ", "")
    assert f"1 rows, {code} not within their bounds" in out
    assert ("- FAILED: digits: find_repeats: NOT within" in out) == bool(code)


def test_the_command_measures(tmp_path: Path) -> None:
    chosen = ["digits", "copies", "many numbers", "comments"]
    report = run_suite("growth", tmp_path, "--family", *chosen, "--scale", 0.2, "--rounds", 1)
    found = {(row["family"], row["operation"]): row for row in report.table("rows").rows}
    assert found.keys() == {(row.family, row.operation) for row in growth.rows() if row.family in chosen}
    for row in found.values():  # such small sizes say nothing of growth
        assert row["verdict"] in {"within", "NOT within"}
        assert len(row["points"]) == 5
    assert report.context["corpus"] == {"made by": "benchmarks.hostile"}


def test_a_row_that_takes_too_long_is_stopped() -> None:
    row = growth.rows()[0]
    assert growth.measured_apart(row, [1000], 1, 0.01) == ([], "stopped after 0.01 s")


def test_a_process_prints_each_size_and_then_all() -> None:
    words = [sys.executable, "-m", "benchmarks.growth", "digits: find_repeats", "2", "100", "200"]
    done = subprocess.run(words, cwd=growth.ROOT, capture_output=True, text=True, check=True)
    first, second, both = map(json.loads, done.stdout.splitlines())
    assert [first[0], second[0]] == [size for size, _ in both] == [100, 200]


def test_unknown_rows_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["growth", "--family", "such", "--out", str(tmp_path)]) == 1
    assert "there is no such; there are " in capsys.readouterr().err
