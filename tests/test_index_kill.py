"""Writers that are killed at any moment, and writers that add the same articles at once."""

from __future__ import annotations

import random
import signal
import time
from collections import Counter
from pathlib import Path

import pytest

import neardup
from neardup import Index
from tests.killing import kill, race
from tests.writers import article, go, started, told

pytestmark = pytest.mark.skipif(neardup.backend() != "kernel", reason="what is stored does not depend on the backend")


def killed(folder: Path, writers: int, times: int, durability: str = "normal") -> Counter[str]:
    """Kill writers of files."""

    def look(place: Path | str, said: Counter[str]) -> None:
        log = Path(f"{place}-wal")
        said["with a log of changes"] += log.exists() and log.stat().st_size > 0

    return kill(lambda number: folder / f"index-{number}", writers, times, durability, look)


@pytest.mark.parametrize("durability", ["normal", "full"])
def test_a_writer_that_is_killed_loses_nothing(tmp_path: Path, durability: str) -> None:
    said = killed(tmp_path, 1, 4, durability)
    assert said["acknowledged"] > 0


def test_writers_that_are_killed_lose_nothing(tmp_path: Path) -> None:
    said = killed(tmp_path, 4, 2)
    assert said["acknowledged"] > 0


def test_a_maker_that_is_killed_leaves_nothing_in_the_way(tmp_path: Path) -> None:
    code = """
import sys
import neardup.index
from neardup import Index
print("open", flush=True)
sys.stdin.readline()
print("made", flush=True)
Index.open(sys.argv[1])
print("done", flush=True)
"""
    rng = random.Random(0)
    outcomes = Counter()
    for turn in range(6):
        with started(code, tmp_path / f"{turn}") as process:
            go(process)
            assert process.stdout is not None
            assert process.stdout.readline() == "made\n"
            time.sleep(rng.uniform(0, 0.02))
            process.send_signal(signal.SIGKILL)
            outcomes["done" in told(process)] += 1
        with Index.open(tmp_path / f"{turn}") as index:
            assert index.add("a", article(0)) is None
            assert index.verify() == []
    assert sum(outcomes.values()) == 6


@pytest.mark.parametrize(("batch", "workers"), [(1, 8), (40, 3)])
def test_of_each_family_one_is_new_whoever_adds_it(tmp_path: Path, batch: int, workers: int) -> None:
    """They make the file at once, too."""
    race(tmp_path / "index", 200, batch, workers)


@pytest.mark.slow
@pytest.mark.parametrize("durability", ["normal", "full"])
def test_a_writer_that_is_killed_often_loses_nothing(tmp_path: Path, durability: str) -> None:
    print(killed(tmp_path, 1, 200, durability))


@pytest.mark.slow
def test_writers_that_are_killed_often_lose_nothing(tmp_path: Path) -> None:
    print(killed(tmp_path, 4, 200))


@pytest.mark.slow
@pytest.mark.parametrize("batch", [1, 500])
def test_of_many_families_one_is_new_whoever_adds_it(tmp_path: Path, batch: int) -> None:
    print(race(tmp_path / "index", 10_000, batch))
