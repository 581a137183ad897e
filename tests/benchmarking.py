"""Makes `benchmarks` importable in tests."""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"


def load_benchmarks() -> None:
    """Make `benchmarks` importable and leave the path alone: its root would hide the installed library."""
    if "benchmarks" not in sys.modules:
        spec = spec_from_file_location(
            "benchmarks", BENCHMARKS / "__init__.py", submodule_search_locations=[str(BENCHMARKS)]
        )
        assert spec is not None
        assert spec.loader is not None
        sys.modules["benchmarks"] = module_from_spec(spec)
        spec.loader.exec_module(sys.modules["benchmarks"])
