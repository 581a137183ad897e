"""Environments: each peer in one of its own, made on first use and kept in a cache, since their pins conflict.

The cache's folder has one virtual environment for every different set of requirements and version of Python, named by
a hash of both. An environment appears whole or not at all. An installation that failed leaves a note beside it, so
that the next suite need not wait for the same failure; after `RETRY_S` it is tried again.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

RETRY_S = 3600.0


class NotInstalledError(Exception):
    """An environment cannot be had; the message says why."""


def default_cache() -> Path:
    """Give the folder for caches that the system's user has, and ours in it."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "neardup-benchmarks"


def key(requirements: Sequence[str]) -> str:
    """Name an environment: a hash of all that it depends on."""
    parts = [platform.python_implementation(), platform.python_version(), platform.machine(), *sorted(requirements)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def python_for(requirements: Sequence[str], cache: Path, *, install: bool = True) -> Path:
    """Give the interpreter that has the requirements, and make its environment if there is none.

    Parameters
    ----------
    requirements
        Pinned, ``name==version``. None at all are met by the interpreter that runs this. Who requires the same shares
        an environment.
    cache
        Folder of the environments; made if it is not there.
    install
        Whether to install anything. If not, an environment in the cache is used, or else the interpreter that runs
        this where it has just these versions.

    Raises
    ------
    NotInstalledError
        If they cannot be installed, or must not be.
    """
    if not requirements:
        return Path(sys.executable)
    name = requirements[0].partition("==")[0]
    folder = cache / f"{name}-{key(requirements)}"
    python = _python_of(folder)
    if python.exists():
        return python
    if not install:
        if all(map(_is_here, requirements)):
            return Path(sys.executable)
        raise NotInstalledError(f"not installed: {', '.join(requirements)}")
    failed = folder.with_suffix(".failed")
    if failed.is_file() and time.time() - failed.stat().st_mtime < RETRY_S:
        raise NotInstalledError(failed.read_text(encoding="utf-8"))
    cache.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=cache))
    try:
        _install(made, requirements)
        failed.unlink(missing_ok=True)
        if not folder.exists():
            made.rename(folder)
    except NotInstalledError as error:
        failed.write_text(str(error), encoding="utf-8")
        raise
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return python


def _python_of(folder: Path) -> Path:
    return folder / "Scripts" / "python.exe" if os.name == "nt" else folder / "bin" / "python"


def _is_here(requirement: str) -> bool:
    name, _, version = requirement.partition("==")
    try:
        return metadata.version(name) == version
    except metadata.PackageNotFoundError:
        return False


def _install(folder: Path, requirements: Sequence[str]) -> None:
    pip = [str(_python_of(folder)), "-m", "pip", "--disable-pip-version-check", "install", "-q", "--no-input"]
    for command in ([sys.executable, "-m", "venv", str(folder)], [*pip, *requirements]):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            said = [line.strip() for line in (done.stdout + done.stderr).splitlines() if line.strip()]
            errors = [line for line in said if line.lower().startswith("error")]
            raise NotInstalledError((errors or said or [f"{command[2]} ended with {done.returncode}"])[-1])
