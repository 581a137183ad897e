"""Benchmarks: run from the root of the repository with neardup installed, ``python -m benchmarks SUITE ...``.

A suite (`benchmarks.suites`) measures something on corpora of yours, and writes Markdown, JSON and plots; some run
neardup beside its peers (`benchmarks.peers`). ``python -m benchmarks --help`` lists them. Two small commands work on
what they wrote: ``python -m benchmarks.plots`` draws reports again, ``python -m benchmarks.readme`` makes the block of
results in the README. ``python -m benchmarks.fuzz`` is no measurement: it looks for wrong answers and crashes.

To add a suite, write a module in ``benchmarks/suites/`` whose docstring says in its first line what is measured (the
help of the command shows that line) and then how to read the figures; a function ``run(setting)`` that gives a
`benchmarks.reports.Report` of tables, charts and headlines; and ``SUITE = Suite(run, options)`` with the options that
it takes: those of `benchmarks.setting` that it shares with others, and ``Option(...)`` for its own. ``run`` finds their
values as attributes of the setting. Add the module to ``benchmarks/suites/__init__.py``.

Run so, Python finds the source tree first, which has no compiled kernels unless they were built there. Importing this
package imports the installed neardup instead where only that one has them.
"""

from __future__ import annotations

import platform
import sys
from importlib.machinery import EXTENSION_SUFFIXES, PathFinder
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent


def _has_kernels(package: Path) -> bool:
    return any((package / f"_kernels{suffix}").is_file() for suffix in EXTENSION_SUFFIXES)


def _import_compiled() -> None:
    if _has_kernels(_ROOT / "neardup"):
        return
    elsewhere = [folder for folder in sys.path if Path(folder).resolve() != _ROOT]
    spec = PathFinder.find_spec("neardup", elsewhere)
    folders = [Path(folder) for folder in (spec.submodule_search_locations or ())] if spec else []
    if any(map(_has_kernels, folders)):
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
