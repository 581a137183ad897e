"""Writers that are killed at any moment, and writers that add the same articles at once."""

from __future__ import annotations

import random
import signal
import time
from collections import Counter
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

import neardup
from neardup import Index
from tests.writers import article, go, started, told

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(neardup.backend() != "kernel", reason="what is stored does not depend on the backend")

WRITER = """
import sys
from neardup import Index
from neardup.stores import recent, sqlite
from tests.writers import article
sqlite._LEAST_PACE, recent._MAX_BUFFER = 2, 500  # so that keys move
path, writer, start, batch, durability = sys.argv[1], *map(int, sys.argv[2:5]), sys.argv[5]
number = start
with Index.open(path, durability=durability) as index:
    print("open", flush=True)
    while True:
        ids = [f"{writer}-{each}" for each in range(number, number + batch)]
        texts = [article(each, writer) for each in range(number, number + batch)]
        if batch == 1:
            assert index.add(ids[0], texts[0], data=ids[0]) is None
        else:
            assert index.add_many(texts, ids=ids, data=ids, threads=1).new == ids
        print(*ids, flush=True)
        if batch == 1 and number % 7 == 6:
            assert index.remove(ids) == 1
            print("-", *ids, flush=True)
        number += batch
"""

ADDER = """
import sys, random
from neardup import Index
from tests.writers import VARIANTS, article
path, worker, families, batch = sys.argv[1], *map(int, sys.argv[2:5])
numbers = list(range(families))
random.Random(worker).shuffle(numbers)
made = [(f"{worker}-{number}", VARIANTS[worker](article(number))) for number in numbers]
with Index.open(path) as index:
    print("open", flush=True)
    sys.stdin.readline()
    for start in range(0, families, batch):
        ids, texts = zip(*made[start : start + batch])
        found = [index.add(ids[0], texts[0])] if batch == 1 else index.add_many(texts, ids=ids, threads=1)
        for id_, match in zip(ids, found, strict=True):
            print(id_, match.survivor if match else "new")
"""


def kill(path: Path, writers: int, times: int, durability: str = "normal") -> Counter[str]:
    """Let writers write, kill all at random moments, and see what is there; again and again.

    All that was acknowledged must be there, whole, and nothing else but what was being added just then.
    """
    rng = random.Random(times)
    there: set[str] = set()
    said: Counter[str] = Counter()
    for turn in range(times):
        if turn % 20 == 19:  # all of it is read at each turn
            there, path = set(), path.with_name(f"index-{turn}")
        batch = 20 if turn % 3 == 2 else 1
        with ExitStack() as stack:
            processes = [
                stack.enter_context(started(WRITER, path, writer, 10_000 * turn, batch, durability))
                for writer in range(writers)
            ]
            for process in rng.sample(processes, writers):
                time.sleep(rng.uniform(0, 0.4 / writers))
                process.send_signal(signal.SIGKILL)
            lines_of = [told(process) for process in processes]
        just: set[str] = set()  # what may or may not be there
        for writer, lines in enumerate(lines_of):
            number = 10_000 * turn
            for line in lines:
                is_removal, ids = line.startswith("-"), line.removeprefix("- ").split()
                there = there - set(ids) if is_removal else there | set(ids)
                number = int(ids[-1].partition("-")[2]) + 1
                said["acknowledged"] += len(ids)
            just |= {f"{writer}-{each}" for each in range(number - (batch == 1), number + batch)}
        if (log := path.with_name(path.name + "-wal")).exists():
            said["with a log of changes"] += log.stat().st_size > 0
        with Index.open(path) as index:
            found = {str(each.id): each for each in index}
            assert len(index) == len(found)
            assert there - just <= set(found)
            assert set(found) - there <= just
            assert there - set(found) <= {id_ for id_ in just if int(id_.partition("-")[2]) % 7 == 6 and batch == 1}
            for writer in range(writers if batch > 1 else 0):  # all of a batch or nothing
                ids = {id_ for id_ in just if id_.startswith(f"{writer}-") and int(id_[2:]) >= 10_000 * turn} & set(
                    found
                )
                assert len(ids - there) in (0, batch)
            for id_, document in found.items():
                writer, _, number = id_.partition("-")
                assert (document.text, document.data) == (article(int(number), int(writer)), id_)
            assert index.verify() == []
            there = set(found)
            probe = next(iter(sorted(there)), None)
            if probe is not None:
                match = index.check(found[probe].text)
                assert match is not None
                assert match.survivor == probe
        said["killed"] += writers
    said["documents"] = len(there)
    return said


@pytest.mark.parametrize("durability", ["normal", "full"])
def test_a_writer_that_is_killed_loses_nothing(tmp_path: Path, durability: str) -> None:
    said = kill(tmp_path / "index", 1, 4, durability)
    assert said["acknowledged"] > 0


def test_writers_that_are_killed_lose_nothing(tmp_path: Path) -> None:
    said = kill(tmp_path / "index", 4, 2)
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


def race(path: Path, families: int, batch: int, workers: int = 8) -> Counter[str]:
    """Let processes add copies of the same articles at once: of each family exactly one is new, and all name it."""
    with ExitStack() as stack:
        processes = [stack.enter_context(started(ADDER, path, worker, families, batch)) for worker in range(workers)]
        for process in processes:
            go(process)
        lines_of = [told(process) for process in processes]
        assert [process.returncode for process in processes] == [0] * workers
    winners: dict[str, str] = {}
    answers: list[tuple[str, str]] = []
    shares: Counter[str] = Counter()
    for lines in lines_of:
        assert len(lines) == families
        for line in lines:
            id_, survivor = line.split()
            answers.append((id_, survivor))
            if survivor == "new":
                worker, _, number = id_.partition("-")
                assert number not in winners, (id_, winners[number])
                winners[number] = id_
                shares[worker] += 1
    assert len(winners) == families
    for id_, survivor in answers:
        assert survivor in ("new", winners[id_.partition("-")[2]])
    with Index.open(path) as index:
        assert {str(each.id) for each in index} == set(winners.values())
        assert index.verify() == []
    return shares


@pytest.mark.parametrize(("batch", "workers"), [(1, 8), (40, 3)])
def test_of_each_family_one_is_new_whoever_adds_it(tmp_path: Path, batch: int, workers: int) -> None:
    """They make the file at once, too."""
    race(tmp_path / "index", 200, batch, workers)


@pytest.mark.slow
@pytest.mark.parametrize("durability", ["normal", "full"])
def test_a_writer_that_is_killed_often_loses_nothing(tmp_path: Path, durability: str) -> None:
    print(kill(tmp_path / "index", 1, 200, durability))


@pytest.mark.slow
def test_writers_that_are_killed_often_lose_nothing(tmp_path: Path) -> None:
    print(kill(tmp_path / "index", 4, 200))


@pytest.mark.slow
@pytest.mark.parametrize("batch", [1, 500])
def test_of_many_families_one_is_new_whoever_adds_it(tmp_path: Path, batch: int) -> None:
    print(race(tmp_path / "index", 10_000, batch))
