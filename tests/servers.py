"""Real Redis servers on the loopback interface, that keep nothing unless they are told to.

``NEARDUP_TEST_SERVER`` names another program, such as ``valkey-server``.
"""

from __future__ import annotations

import atexit
import os
import select
import shutil
import socket
import subprocess
import tempfile
import time
from collections import Counter
from contextlib import ExitStack, contextmanager, suppress
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import redis

PROGRAM = os.environ.get("NEARDUP_TEST_SERVER", "redis-server")

_START_S = 20.0


def free_port() -> int:
    """Give a port that nobody listens to, and to which 10,000 can be added, as servers of a cluster do."""
    while True:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port: int = free.getsockname()[1]
        if port < 55_000:
            return port


def installed() -> str:
    """Give the path of a server; the test is skipped where there is none."""
    command = shutil.which(PROGRAM)
    if command is None:
        pytest.skip(f"{PROGRAM} is not installed")
    return command


def start(folder: Path, port: int, *options: str) -> subprocess.Popen[bytes]:
    """Start a server, and wait until it answers."""
    said = folder / f"log-{time.monotonic_ns()}"
    common = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    with said.open("wb") as log:
        server = subprocess.Popen([installed(), *common, *options], stdout=log, stderr=log)
    deadline = time.monotonic() + _START_S
    while b"Ready to accept connections" not in said.read_bytes():
        assert server.poll() is None, said.read_text()
        assert time.monotonic() < deadline, f"{PROGRAM} does not answer"
        time.sleep(0.02)
    return server


@contextmanager
def redis_server(folder: Path, *options: str) -> Iterator[int]:
    """Run a server of our own, and give its port."""
    port = free_port()
    server = start(folder, port, *options)
    try:
        yield port
    finally:
        server.kill()
        server.wait()


@lru_cache(maxsize=1)
def shared_port() -> int:
    """Give the port of a server that all tests of this process share; each has keys of its own."""
    stack = ExitStack()
    atexit.register(stack.close)
    folder = stack.enter_context(tempfile.TemporaryDirectory())
    return stack.enter_context(redis_server(Path(folder)))


def redis_address(folder: Path, port: int | None = None) -> str:
    """Give the address of an index that belongs to a folder."""
    prefix = sha256(str(folder).encode()).hexdigest()[:16]
    return f"redis://127.0.0.1:{port or shared_port()}/0?prefix={prefix}"


def client_of(port: int, database: int = 0, **options: Any) -> redis.Redis:
    """Give a client that looks at what is on a server."""
    import redis

    return redis.Redis("127.0.0.1", port, database, **options)


class Proxy:
    """What stands between a client and a server, and breaks connections.

    Attributes
    ----------
    port
        Where it listens.
    plan
        Called with each request of a client: ``"before"`` breaks the connection before the server gets it, ``"after"``
        when the server has answered and before the client hears of it; None lets it pass.
    cuts
        How often each was done.
    """

    def __init__(self, port: int) -> None:
        self._server = port
        self.plan: Callable[[bytes], str | None] = lambda _: None
        self.cuts: Counter[str] = Counter()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        Thread(target=self._serve, daemon=True).start()

    def cut_once(self, where: str, action: str) -> None:
        """Break the connection at the next call of an action of the script."""
        left = [where]
        marker = f"${len(action)}\r\n{action}\r\n".encode()
        self.plan = lambda request: left.pop() if left and marker in request else None

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                Thread(target=self._forward, args=[client], daemon=True).start()

    def _forward(self, client: socket.socket) -> None:
        cut = None
        with client, socket.create_connection(("127.0.0.1", self._server)) as server, suppress(OSError):
            while True:
                for ready in select.select([client, server], [], [])[0]:
                    data = ready.recv(1 << 20)
                    if ready is client and data:
                        cut = cut or self.plan(data)
                    if not data or cut == "before" or (cut and ready is server):
                        self.cuts[cut or "ends"] += 1
                        return
                    (server if ready is client else client).sendall(data)

    def close(self) -> None:
        """Listen no more."""
        self._listening.close()
