"""What `import neardup` costs, beside `import numpy`, and which heavy modules it loads.

Each is imported in fresh processes, by turns, and the median of the times that the import statement took is printed:
of the process's start nothing is counted. The difference is what neardup adds to numpy, which it needs. The list of
heavy modules loaded should be empty: they are imported by what needs them.

Run ``python -m benchmarks.import_time``.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from statistics import median

import neardup
from benchmarks import environment
from benchmarks.corpora import markdown

HEAVY = ("scipy", "datasketch", "regex", "rich", "typer", "pyarrow")
PROGRAM = """
import json, sys, time
sys.path.insert(0, sys.argv[1])
start = time.perf_counter()
__import__(sys.argv[2])
print(json.dumps([time.perf_counter() - start, [name for name in sys.argv[3:] if name in sys.modules]]))
"""


def imported(name: str) -> tuple[float, list[str]]:
    """Import a module in a fresh process: the seconds it took, and which of the heavy modules were loaded."""
    folder = str(Path(neardup.__file__).parent.parent)
    command = [sys.executable, "-P", "-c", PROGRAM, folder, name, *HEAVY]
    answer = subprocess.run(command, check=True, capture_output=True, text=True, encoding="utf-8")
    seconds, loaded = json.loads(answer.stdout)
    return seconds, loaded


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.import_time", description=__doc__.split("\n")[0])
    parser.add_argument("--runs", type=int, default=15, metavar="N", help="processes for each module")
    options = parser.parse_args()
    print(environment())
    times: dict[str, list[float]] = {"numpy": [], "neardup": []}
    for name in times:
        imported(name)  # writes the bytecode and warms the file cache
    heavy: set[str] = set()
    for _ in range(options.runs):
        for name, seconds in times.items():
            took, loaded = imported(name)
            seconds.append(took)
            if name == "neardup":
                heavy.update(loaded)
    rows = [
        [name, f"{median(seconds) * 1e3:.1f}", f"{min(seconds) * 1e3:.1f}", f"{max(seconds) * 1e3:.1f}"]
        for name, seconds in times.items()
    ]
    print(f"\n{markdown(['import', 'median, ms', 'least, ms', 'most, ms'], rows)}\n")
    print(f"neardup adds {(median(times['neardup']) - median(times['numpy'])) * 1e3:.1f} ms (of medians)")
    print(f"heavy modules loaded: {', '.join(sorted(heavy)) or 'none'}")


if __name__ == "__main__":
    main()
