"""Writers that are killed at any moment, and writers that add the same articles at once; what an index holds then."""

from __future__ import annotations

import random
import signal
import time
from collections import Counter
from contextlib import ExitStack
from typing import TYPE_CHECKING

from neardup import Index
from tests.writers import article, go, started, told

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    Place = str | Path

WRITER = """
import sys
from neardup import Index
from neardup.stores import recent, sqlite
from tests.writers import article
sqlite._LEAST_PACE, recent._MAX_BUFFER = 2, 500  # so that keys move
place, writer, start, batch, durability = sys.argv[1], *map(int, sys.argv[2:5]), sys.argv[5]
number = start
with Index.open(place, durability=durability) as index:
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
place, worker, families, batch = sys.argv[1], *map(int, sys.argv[2:5])
numbers = list(range(families))
random.Random(worker).shuffle(numbers)
made = [(f"{worker}-{number}", VARIANTS[worker](article(number))) for number in numbers]
with Index.open(place) as index:
    print("open", flush=True)
    sys.stdin.readline()
    for start in range(0, families, batch):
        ids, texts = zip(*made[start : start + batch])
        found = [index.add(ids[0], texts[0])] if batch == 1 else index.add_many(texts, ids=ids, threads=1)
        for id_, match in zip(ids, found, strict=True):
            print(id_, match.survivor if match else "new")
"""


class Writers:
    """Writers of one turn: each adds articles of its own, some at a time, and says which are stored.

    Parameters
    ----------
    place
        Of the index.
    count
        How many there are.
    turn
        Those of another turn add other articles.
    batch
        How many articles are added in one call; of single ones some are removed again.
    """

    def __init__(
        self, stack: ExitStack, place: Place, count: int, turn: int, batch: int, durability: str = "normal"
    ) -> None:
        self.count, self.batch, self.first = count, batch, 10_000 * turn
        self.processes: list[subprocess.Popen[str]] = [
            stack.enter_context(started(WRITER, place, writer, self.first, batch, durability))
            for writer in range(count)
        ]

    def killed(self, rng: random.Random, within_s: float = 0.0) -> list[list[str]]:
        """Kill them at random moments, and give what each has said."""
        for process in rng.sample(self.processes, self.count):
            time.sleep(rng.uniform(0, within_s / self.count))
            assert process.poll() is None
            process.send_signal(signal.SIGKILL)
        return [told(process) for process in self.processes]

    def assert_nothing_lost(self, place: Place, there: set[str], lines_of: list[list[str]]) -> tuple[set[str], int]:
        """Compare what is in an index with what was there and what writers said: give what is, and how much they said.

        All that was acknowledged must be there, whole, and nothing else but what was being added just then.
        """
        just: set[str] = set()  # what may or may not be there
        said = 0
        for writer, lines in enumerate(lines_of):
            number = self.first
            for line in lines:
                is_removal, ids = line.startswith("-"), line.removeprefix("- ").split()
                there = there - set(ids) if is_removal else there | set(ids)
                number = int(ids[-1].partition("-")[2]) + 1
                said += len(ids)
            just |= {f"{writer}-{each}" for each in range(number - (self.batch == 1), number + self.batch)}
        with Index.open(place) as index:
            found = {str(each.id): each for each in index}
            assert len(index) == len(found)
            assert there - just <= set(found)
            assert set(found) - there <= just
            removable = {id_ for id_ in just if int(id_.partition("-")[2]) % 7 == 6 and self.batch == 1}
            assert there - set(found) <= removable
            for writer in range(self.count if self.batch > 1 else 0):  # all of a batch or nothing
                ids = {id_ for id_ in just if id_.startswith(f"{writer}-") and int(id_[2:]) >= self.first} & set(found)
                assert len(ids - there) in (0, self.batch)
            for id_, document in found.items():
                writer, number = map(int, id_.split("-"))
                assert (document.text, document.data) == (article(number, writer), id_)
            assert index.verify() == []
            for probe in sorted(found)[:1]:
                match = index.check(found[probe].text)
                assert match is not None
                assert match.survivor == probe
        return set(found), said


def kill(
    place_of: Callable[[int], Place],
    writers: int,
    times: int,
    durability: str = "normal",
    look: Callable[[Place, Counter[str]], None] = lambda place, said: None,
) -> Counter[str]:
    """Let writers write, kill all at random moments, and see what is there; again and again.

    Parameters
    ----------
    place_of
        Gives the places of some indexes: another one is begun from time to time, for all of it is read at each turn.
    writers, times
        How many write, and how often they are killed.
    durability
        See `Index.open`.
    look
        Called after each time with the place.
    """
    rng = random.Random(times)
    there: set[str] = set()
    said: Counter[str] = Counter()
    for turn in range(times):
        if turn % 20 == 19:
            there = set()
        place = place_of((turn + 1) // 20)
        with ExitStack() as stack:
            at_work = Writers(stack, place, writers, turn, 20 if turn % 3 == 2 else 1, durability)
            lines_of = at_work.killed(rng, 0.4)
        look(place, said)
        there, acknowledged = at_work.assert_nothing_lost(place, there, lines_of)
        said.update(acknowledged=acknowledged, killed=writers)
    said["documents"] = len(there)
    return said


def race(place: Place, families: int, batch: int, workers: int = 8) -> Counter[str]:
    """Let processes add copies of the same articles at once: of each family exactly one is new, and all name it."""
    with ExitStack() as stack:
        processes = [stack.enter_context(started(ADDER, place, worker, families, batch)) for worker in range(workers)]
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
    with Index.open(place) as index:
        assert {str(each.id) for each in index} == set(winners.values())
        assert index.verify() == []
    return shares
