"""Every check there is, as one command: ``python -m tests``.

Lint, types, then the tests and doctests on the compiled kernels, then on the numpy reference all but those marked
`once`, which are the same whichever is active. What is tested is the installed package; where it was installed without
a compiler, there is only the reference, and all tests are run on it.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
# -P: the source tree beside us has no compiled kernels and must not hide the installed package.
PYTHON = [sys.executable, "-P"]
SOURCE = [["ruff", "check", "."], ["ruff", "format", "--check", "."], ["mypy"]]
PYTEST = [*PYTHON, "-m", "pytest", "-n", "auto", "--dist", "worksteal", "--pyargs", "neardup"]


def main() -> int:
    """Run the checks, stop at the first that fails, and return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests", description=__doc__)
    parser.add_argument("--slow", action="store_true", help="run the cases that take minutes too")
    parser.add_argument(
        "--brief",
        action="store_true",
        help="without lint and types, and of the tests on the reference only those that may find another install "
        "different: doctests, and files that look for the compiled kernels",
    )
    parser.add_argument("--require-kernel", action="store_true", help="fail where the kernels were not built")
    options = parser.parse_args()
    pytest = [*PYTEST, "--slow"] if options.slow else PYTEST
    chosen = [*map(str, _looking_for_kernels())] if options.brief else ["tests"]
    has_kernel = _run([*PYTHON, "-c", "import neardup; raise SystemExit(neardup.backend() != 'kernel')"]) == 0
    if options.require_kernel and not has_kernel:
        print("The compiled kernels are not installed: reinstall where a C++17 compiler works.", file=sys.stderr)
        return 1
    checks = [] if options.brief else [[*PYTHON, "-m", *check] for check in SOURCE]
    if has_kernel:
        checks.append([*pytest, "tests", "--backend=kernel", "--cov"])
    # Coverage of loops in plain Python takes minutes; the run on the kernels counts those of the reference too.
    checks.append([*pytest, *chosen, "--backend=reference"])
    for check in checks:
        if code := _run(check):
            return code
    if not has_kernel:
        print("The compiled kernels are not installed: only the numpy reference was tested.")
    return 0


def _looking_for_kernels() -> list[Path]:
    """List the files of tests that use the compiled kernels by their name, or what `tests.common` makes of them."""
    looks = re.compile(r"\b_kernels\b|import [^\n]*\b(BACKENDS|both)\b")
    files = sorted((ROOT / "tests").glob("test_*.py"))
    return [file.relative_to(ROOT) for file in files if looks.search(file.read_text(encoding="utf-8"))]


def _run(command: list[str]) -> int:
    pure = "1" if "--backend=reference" in command else "0"
    print("$", " ".join(["NEARDUP_PURE=" + pure, *command]), flush=True)
    return subprocess.run(command, cwd=ROOT, env=os.environ | {"NEARDUP_PURE": pure}, check=False).returncode


if __name__ == "__main__":
    raise SystemExit(main())
