"""Servers to test with, each for one test on a free port of the loopback interface."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def redis_server(folder: Path, *options: str) -> Iterator[int]:
    """Run a Redis of our own that keeps its files in a folder, and give its port."""
    command = shutil.which("redis-server")
    if command is None:
        pytest.skip("redis-server is not installed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    own = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder), *options]
    with (folder / "log").open("wb") as log, subprocess.Popen([command, *own], stdout=log) as server:
        try:
            deadline = time.monotonic() + 20
            while b"Ready to accept connections" not in (folder / "log").read_bytes():
                assert server.poll() is None, (folder / "log").read_text()
                assert time.monotonic() < deadline, "redis-server does not answer"
                time.sleep(0.05)
            yield port
        finally:
            server.terminate()
