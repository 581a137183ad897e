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
    ModuleNotFoundError
        If it is not installed.
    """
    found = shutil.which("redis-server")
    if found is None:
        raise ModuleNotFoundError("redis-server is not installed: apt-get install redis-server")
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
        client = redis.Redis(port=port)
        deadline = time.monotonic() + START_S
        while True:
            try:
                client.ping()
                break
            except redis.exceptions.ConnectionError:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
        yield client, port
        client.close()
    finally:
        process.terminate()
        process.wait()


def used_memory(client: redis.Redis) -> int:
    """Give the bytes that a server has taken for what it keeps."""
    client.memory_purge()
    return int(client.info("memory")["used_memory"])
