"""A Redis server of a benchmark's own, on this machine, that writes nothing to the disk and loses all when it ends."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    import redis

START_S = 20.0


def program() -> str:
    """Give the path of the server.

    Raises
    ------
    ValueError
        If it is not installed.
    """
    found = shutil.which("redis-server")
    if found is None:
        raise ValueError("redis-server is not installed: apt-get install redis-server")
    return found


def version() -> str:
    """Say which server it is."""
    return subprocess.check_output([program(), "--version"], text=True).split()[2]


@contextmanager
def redis_server() -> Iterator[tuple[redis.Redis, int]]:
    """Run a server, and give a client and its port."""
    import redis

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    command = [program(), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        with redis.Redis(port=port) as client:
            deadline = time.monotonic() + START_S
            while not _answers(client):
                if process.poll() is not None or time.monotonic() > deadline:
                    raise TimeoutError("redis-server does not answer")
                time.sleep(0.02)
            yield client, port
    finally:
        process.terminate()
        process.wait()


def _answers(client: redis.Redis) -> bool:
    import redis

    try:
        return bool(client.ping())
    except redis.exceptions.ConnectionError:
        return False


def memory(client: redis.Redis) -> tuple[int, int]:
    """Give the bytes that a server uses, and those that it has from the system, after it gave back what it could."""
    client.memory_purge()
    found = client.info("memory")
    return int(found["used_memory"]), int(found["used_memory_rss"])
