"""Growth of time on hostile inputs: nothing may grow faster than n log n, or than its row says.

For each family of `benchmarks.hostile` and what is done with it, a process of its own measures the CPU time at doubling
sizes, one thread, the least of several rounds by turns. The exponent is the slope of time against size, both as
logarithms, over the last two doublings: 1 is linear, n log n is about 1.1, and where a text leaves the caches that adds
up to 0.2. A process that takes longer than its time is stopped, and its row has failed. The exit code is 1 if a row
has. ``--family`` and ``--operation`` choose rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.growth import chosen_rows, exponent, measured_twice, verdict
from benchmarks.reports import Column, Report, Table
from benchmarks.rounds import progress
from benchmarks.setting import ROUNDS, TIME_LIMIT, Option, Suite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.growth import Row
    from benchmarks.setting import Setting

COLUMNS = (
    Column("family", "family"),
    Column("operation", "operation"),
    Column("sizes", "code points"),
    Column("costs", "ns a code point at each size"),
    Column("exponent", "exponent", ".2f"),
    Column("bound", "bound", "g"),
    Column("verdict", "verdict"),
)


def run(setting: Setting) -> Report:
    """Measure."""
    found = []
    for row in chosen_rows(setting.family, setting.operation):
        progress(row.name)
        points, note = measured_twice(row, row.sizes(setting.scale), setting.rounds, setting.time_limit)
        found.append(_cells(row, points, verdict(row, points, note)))
    progress("")
    failures = tuple(
        f"{row['family']}: {row['operation']}: {row['verdict']}" for row in found if row["verdict"] != "within"
    )
    caption = f"{len(found)} rows, {len(failures)} not within their bounds."
    about = {"corpus": {"made by": "benchmarks.hostile"}}
    return Report(
        "growth", "hostile", (Table("rows", caption, COLUMNS, tuple(found)),), context=about, failures=failures
    )


def _cells(row: Row, points: Sequence[tuple[int, float]], said: str) -> dict[str, Any]:
    return {
        "family": row.family,
        "operation": row.operation,
        "sizes": f"{points[0][0]:,} to {points[-1][0]:,}" if points else "-",
        "costs": " ".join(f"{seconds / size * 1e9:.0f}" for size, seconds in points),
        "exponent": exponent(points) if len(points) > 1 else None,
        "bound": row.bound,
        "verdict": said,
        "note": row.why,
        "points": list(points),
    }


FAMILY = Option("--family", "measure these families only", (), metavar="NAME", nargs="+")
OPERATION = Option("--operation", "measure these operations only", (), metavar="NAME", nargs="+")
SCALE = Option("--scale", "times the sizes", 1.0, float, "X")

SUITE = Suite(run, (ROUNDS.by_default(20), TIME_LIMIT.by_default(15.0), FAMILY, OPERATION, SCALE))
