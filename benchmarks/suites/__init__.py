"""The suites of ``python -m benchmarks``: each a module with a function ``run(setting) -> Report``, and nothing else.

What a suite measures and how its figures are to be read is said in the docstring of its module.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.suites import duplicates, labelled, repeats, scale, scripts, signatures

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from benchmarks.reports import Report
    from benchmarks.setting import Setting

SUITES: Mapping[str, Callable[[Setting], Report]] = {
    "signatures": signatures.run,
    "duplicates": duplicates.run,
    "repeats": repeats.run,
    "labelled": labelled.run,
    "scripts": scripts.run,
    "scale": scale.run,
}
"""By name, in the order in which they run."""

WITHOUT_CORPUS = frozenset({"labelled", "scale"})
"""Those that do not read the corpus: they run once, whatever corpora are given."""
