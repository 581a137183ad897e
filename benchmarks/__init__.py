"""Benchmarks: run from the root of the repository with neardup installed, ``python -m benchmarks SUITE`` and others.

The suites (`benchmarks.suites`) measure neardup beside its peers (`benchmarks.peers`) on a corpus of yours, and write
reports. What looks at neardup alone is a module with a command of its own, ``python -m benchmarks.NAME``; every one
says in its first line what it measures.

Run so, Python finds the source tree first, which has no compiled kernels. Importing this package imports the installed
neardup instead where that one has them.
"""

from __future__ import annotations

import platform
import sys
from importlib.machinery import EXTENSION_SUFFIXES, PathFinder
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent


def _import_compiled() -> None:
    elsewhere = [folder for folder in sys.path if Path(folder).resolve() != _ROOT]
    spec = PathFinder.find_spec("neardup", elsewhere)
    folders = [Path(folder) for folder in (spec.submodule_search_locations or ())] if spec else []
    if any((folder / f"_kernels{suffix}").is_file() for folder in folders for suffix in EXTENSION_SUFFIXES):
        before = sys.path[:]
        sys.path[:] = elsewhere
        try:
            import neardup  # noqa: F401
        finally:
            sys.path[:] = before


def environment() -> str:
    """Name what is measured: the library, the active backend, Python, numpy and the machine.

    Returns
    -------
    str
        One line; benchmarks print it first.
    """
    import numpy as np

    import neardup

    return (
        f"neardup {neardup.__version__}, backend: {neardup.backend()}, Python {platform.python_version()}, "
        f"numpy {np.__version__}, {platform.system()} {platform.machine()}"
    )


_import_compiled()
