"""Clients and servers that are killed at any moment, and clients that add the same articles at once."""

from __future__ import annotations

import random
import time
from collections import Counter
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

import neardup
from neardup import Index
from tests.killing import Writers, kill, race
from tests.servers import client_of, free_port, redis_address, shared_port, start
from tests.writers import articles, started

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(neardup.backend() != "kernel", reason="what is stored does not depend on the backend")


def killed(folder: Path, writers: int, times: int) -> Counter[str]:
    """Kill writers of a server."""
    return kill(lambda number: redis_address(folder / str(number)), writers, times)


def server_killed(folder: Path, times: int, batch: int, writers: int = 3) -> Counter[str]:
    """Kill a server and start it again while others write, who go on by themselves."""
    rng, said, port = random.Random(times), Counter[str](), free_port()
    options = ["--appendonly", "yes", "--appendfsync", "always"]
    place = redis_address(folder, port)
    server = start(folder, port, *options)
    try:
        with ExitStack() as stack:
            at_work = Writers(stack, place, writers, 0, batch, "full")
            for _ in range(times):
                time.sleep(rng.uniform(0.1, 0.5))
                server.kill()
                server.wait()
                time.sleep(rng.uniform(0, 0.3))
                server = start(folder, port, *options)
            time.sleep(1.5)  # the longest nap of a client, and some work
            lines_of = at_work.killed(rng)
        found, acknowledged = at_work.assert_nothing_lost(place, set(), lines_of)
        said.update(acknowledged=acknowledged, documents=len(found), servers_killed=times)
    finally:
        server.kill()
        server.wait()
    return said


def test_a_client_that_is_killed_loses_nothing(tmp_path: Path) -> None:
    assert killed(tmp_path, 1, 3)["acknowledged"] > 0


def test_clients_that_are_killed_lose_nothing(tmp_path: Path) -> None:
    assert killed(tmp_path, 3, 1)["acknowledged"] > 0


@pytest.mark.parametrize("batch", [1, 20])
def test_a_server_that_is_killed_loses_nothing(tmp_path: Path, batch: int) -> None:
    assert server_killed(tmp_path, 2, batch, writers=2)["acknowledged"] > 0


@pytest.mark.parametrize(("families", "batch", "workers"), [(100, 1, 8), (100, 40, 2)])
def test_of_each_family_one_is_new_whoever_adds_it(tmp_path: Path, families: int, batch: int, workers: int) -> None:
    """They make the index at once, too."""
    race(redis_address(tmp_path), families, batch, workers)


UPGRADER = """
import sys
from neardup import Index
from neardup.stores.redis import RedisStore
RedisStore.at_once = 1
print("open", flush=True)
Index.upgrade(sys.argv[1], progress=lambda *what: print(*what[1:], flush=True))
print("done", flush=True)
"""


def test_an_upgrade_that_is_killed_changes_nothing(tmp_path: Path) -> None:
    """And another one takes away what it left."""
    address = redis_address(tmp_path)
    prefix = address.partition("prefix=")[2]
    with Index.open(address) as index:
        index.add_many(articles(60), ids=range(60), threads=1)
        for turn in range(3):
            with started(UPGRADER, address) as process:
                assert process.stdout is not None
                while process.stdout.readline() != f"{5 + 20 * turn} 60\n":
                    pass
                process.kill()
            names = {key.decode().split(":")[1] for key in client_of(shared_port()).scan_iter(f"{{{prefix}}}:*")}
            assert {"state", "next"} < names
            assert [each.id for each in index] == [*range(60)]
            assert index.verify() == []
    assert Index.upgrade(address) == 60
    names = {key.decode().split(":")[1] for key in client_of(shared_port()).scan_iter(f"{{{prefix}}}:*")}
    assert len(names - {"state"}) == 1
    with Index.open(address) as index:
        assert [each.id for each in index] == [*range(60)]
        assert index.verify() == []


@pytest.mark.slow
@pytest.mark.parametrize("writers", [1, 4])
def test_clients_that_are_killed_often_lose_nothing(tmp_path: Path, writers: int) -> None:
    print(killed(tmp_path, writers, 200))


@pytest.mark.slow
@pytest.mark.parametrize("batch", [1, 20])
def test_a_server_that_is_killed_often_loses_nothing(tmp_path: Path, batch: int) -> None:
    print(server_killed(tmp_path, 10, batch))


@pytest.mark.slow
@pytest.mark.parametrize("batch", [1, 128])
def test_of_many_families_one_is_new_whoever_adds_it(tmp_path: Path, batch: int) -> None:
    print(race(redis_address(tmp_path), 10_000, batch))
