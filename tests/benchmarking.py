"""Makes `benchmarks` importable in tests, and drives its command."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

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


def run_suite(suite: str, folder: Path, *arguments: object) -> Any:
    """Run a suite by its command, and read the report that it wrote to a folder without others of it."""
    import_module("benchmarks.__main__").main([suite, "--out", str(folder), *map(str, arguments)])
    (path,) = folder.glob(f"{suite}-*.json")
    return import_module("benchmarks.reports").Report.read(path)


def row_of(report: Any, table: str, **values: object) -> Any:
    """Find the first row of a table with these values."""
    return next(row for row in report.table(table).rows if all(row.get(key) == each for key, each in values.items()))
