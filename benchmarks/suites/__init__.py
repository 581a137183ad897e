"""The suites of ``python -m benchmarks``: each a module with a `benchmarks.setting.Suite` named ``SUITE``.

What a suite measures and how its figures are to be read is said in the docstring of its module.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.suites import (
    boilerplate,
    cleaning,
    dedup,
    doubling,
    duplicates,
    encodings,
    families,
    growth,
    index,
    labelled,
    natural_repeats,
    pairs,
    paragraphs,
    provenance,
    relations,
    repeats,
    repeats_speed,
    scale,
    scan,
    scripts,
    server,
    short_texts,
    signatures,
    truth,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benchmarks.setting import Suite

_MODULES = (
    *(signatures, duplicates, repeats, labelled, scripts, scale, dedup, index, server),
    *(pairs, provenance, relations, short_texts, boilerplate, paragraphs, natural_repeats, cleaning),
    *(encodings, scan, repeats_speed, growth, truth, families, doubling),
)

SUITES: Mapping[str, Suite] = {module.SUITE.name: module.SUITE for module in _MODULES}
"""By name, in the order in which they run: first those beside peers, then those of neardup alone."""
