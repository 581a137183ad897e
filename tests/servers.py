"""Real Redis servers on the loopback interface, that keep nothing unless they are told to."""

from __future__ import annotations

import atexit
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import ExitStack, contextmanager
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAMS = ("redis-server", "valkey-server")

_START_S = 20.0


def free_port() -> int:
    """Give a port that nobody listens to."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def installed(program: str = PROGRAMS[0]) -> str:
    """Give the path of a server; the test is skipped where there is none."""
    command = shutil.which(program)
    if command is None:
        pytest.skip(f"{program} is not installed")
    return command


def start(folder: Path, port: int, *options: str, program: str = PROGRAMS[0]) -> subprocess.Popen[bytes]:
    """Start a server, and wait until it answers."""
    said = folder / f"log-{time.monotonic_ns()}"
    common = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    with said.open("wb") as log:
        server = subprocess.Popen([installed(program), *common, *options], stdout=log, stderr=log)
    deadline = time.monotonic() + _START_S
    while b"Ready to accept connections" not in said.read_bytes():
        assert server.poll() is None, said.read_text()
        assert time.monotonic() < deadline, f"{program} does not answer"
        time.sleep(0.02)
    return server


@contextmanager
def redis_server(folder: Path, *options: str, program: str = PROGRAMS[0]) -> Iterator[int]:
    """Run a server of our own, and give its port."""
    port = free_port()
    server = start(folder, port, *options, program=program)
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
