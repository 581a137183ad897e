"""datasketch with its storage in Redis, as its documentation has it: ``query`` and then ``insert``, a call each.

Sketches are those of `benchmarks.peers.datasketch_tuned`. The server is one of its own, on this machine, that writes
nothing to the disk: it is spared what keeps documents when the power goes, and loses all of them.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from contextlib import contextmanager
from importlib import metadata
from typing import TYPE_CHECKING, Any

import datasketch
import redis

from benchmarks.peers.datasketch_tuned import ONLINE_PARAMS, online_by
from benchmarks.peers.texts import NUM_PERM

if TYPE_CHECKING:
    from collections.abc import Iterator

TITLE = "datasketch, Redis"
REQUIREMENTS = ("datasketch==2.0.0", "xxhash==4.1.0", "redis==8.1.0")

SERVER = shutil.which("redis-server")
if SERVER is None:
    raise ModuleNotFoundError("redis-server is not installed: apt-get install redis-server")
VERSION = f"{metadata.version('datasketch')} ({subprocess.check_output([SERVER, '--version'], text=True).split()[2]})"

START_S = 20.0


def online(texts: list[str], stored: int) -> dict[str, Any]:
    """Add documents one by one, and ask about others."""
    with _server() as (client, port):
        where = {"type": "redis", "redis": {"host": "127.0.0.1", "port": port}}
        lsh = datasketch.MinHashLSH(num_perm=NUM_PERM, params=ONLINE_PARAMS, storage_config=where)
        return online_by(lsh, texts, stored, lambda: int(client.info("memory")["used_memory"]))


@contextmanager
def _server() -> Iterator[tuple[redis.Redis, int]]:
    """Run a server, and give a client and its port."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    command = [str(SERVER), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
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
    finally:
        process.terminate()
        process.wait()
