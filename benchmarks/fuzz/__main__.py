"""Fuzz the compiled kernels: ``python -m benchmarks.fuzz sanitize`` or ``differ``; see `benchmarks.fuzz`.

Prints each find with the number of its case, progress now and then, and at the end the calls of every function. The
exit code is 1 if there was a find, and 2 if the sanitizers cannot be built. ``--seed S --case K`` runs one case again
and prints its arguments.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING

from benchmarks import environment
from benchmarks.corpora import markdown
from benchmarks.fuzz import sanitizer
from benchmarks.fuzz.cases import CHECKS, Maker, compiled
from benchmarks.fuzz.worker import Ledger

if TYPE_CHECKING:
    from collections.abc import Sequence

MODES = {"sanitize": "kernels built with sanitizers", "differ": "kernels and reference"}
PROGRESS_S = 30.0


def parser() -> argparse.ArgumentParser:
    """Make the parser of the command."""
    made = argparse.ArgumentParser(
        prog="python -m benchmarks.fuzz", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    made.add_argument("mode", choices=CHECKS, help="; ".join(f"{name}: {what}" for name, what in MODES.items()))
    made.add_argument("--seconds", type=float, default=60.0, metavar="S", help="default %(default)g")
    made.add_argument("--seed", type=int, default=0, help="another one gives other cases; default %(default)s")
    made.add_argument("--case", type=int, metavar="K", help="run this case alone, and print its arguments")
    made.add_argument("--only", nargs="+", default=[], metavar="NAME", help="call these functions only")
    made.add_argument(
        "--case-limit", type=float, default=120.0, metavar="S", help="a case that takes longer is a find; %(default)g"
    )
    made.add_argument(
        "--build",
        type=Path,
        default=sanitizer.ROOT / "build" / "sanitize",
        metavar="DIR",
        help="where kernels with sanitizers are built; default build/sanitize",
    )
    return made


@dataclass(slots=True)
class Watch:
    """Runs workers, one after another: when one dies or stands still, its case is a find and the next goes on."""

    command: Sequence[str]
    environ: dict[str, str]
    ledger: Ledger
    seconds: float
    case_limit_s: float
    seed: int
    deaths: int = 0
    start: float = field(default_factory=monotonic)

    def run(self) -> None:
        """Run workers until the time is over."""
        first = 0
        while (left := self.seconds - (monotonic() - self.start)) > 0:
            self.ledger.begin(first)
            command = [*self.command, f"--first={first}", f"--seconds={left}"]
            worker = subprocess.Popen(command, env=self.environ, cwd=sanitizer.ROOT)
            if not (ended := self._ended(worker)):
                break
            self.deaths += 1
            number = self.ledger.number
            print(f"FIND in case {number}: {ended}; see it with --seed {self.seed} --case {number}", flush=True)
            first = number + 1

    def _ended(self, worker: subprocess.Popen[bytes]) -> str:
        """Wait for a worker; say how it ended, or nothing if its time was over."""
        seen, since, told = -1, monotonic(), monotonic()
        try:
            while worker.poll() is None:
                sleep(0.2)
                now = monotonic()
                if self.ledger.number != seen:
                    seen, since = self.ledger.number, now
                if now - since > self.case_limit_s:
                    return f"no answer within {self.case_limit_s:g} s"
                if now - told > PROGRESS_S:
                    told = now
                    print(f"{now - self.start:.0f} s, case {seen}, {self.finds} finds", flush=True)
        finally:
            worker.kill()
            worker.wait()
        return f"the process ended with {worker.returncode}" if worker.returncode else ""

    @property
    def finds(self) -> int:
        """Count what was found, and the processes that died."""
        return self.ledger.finds + self.deaths


def main(arguments: Sequence[str] | None = None) -> int:
    """Fuzz; 1 if there was a find, 2 if it cannot be done here, else 0."""
    options = parser().parse_args(arguments)
    environ = dict(os.environ)
    if options.mode == "sanitize":
        try:
            environ = sanitizer.environment(sanitizer.build(options.build))
        except sanitizer.CannotBuild as error:
            print(f"the kernels cannot be built with sanitizers: {error}", file=sys.stderr)
            return 2
    maker = Maker(compiled(), options.seed, options.mode == "differ", options.only)
    print(f"{environment()}; {', '.join(maker.isas)}; {len(maker.every)} functions", flush=True)
    command = [sys.executable, "-m", "benchmarks.fuzz.worker", options.mode, f"--seed={options.seed}"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger"
        ledger = Ledger(path, len(maker.every))
        command += [f"--ledger={path}", *(["--only", *options.only] if options.only else [])]
        if options.case is not None:
            command += ["--show", f"--first={options.case}"]
            code = subprocess.run(command, env=environ, cwd=sanitizer.ROOT, check=False).returncode
            return int(bool(code or ledger.finds))
        watch = Watch(command, environ, ledger, options.seconds, options.case_limit, options.seed)
        watch.run()
        report(watch, maker, options)
        return int(watch.finds > 0)


def report(watch: Watch, maker: Maker, options: argparse.Namespace) -> None:
    """Print how often everything was called."""
    calls, seconds = watch.ledger.calls, monotonic() - watch.start
    rows = [[name, f"{count:,}"] for name, count in zip(maker.every, calls, strict=True)]
    print(f"\n{markdown(['function', 'calls'], rows)}\n")
    print(
        f"{options.mode}: {sum(calls):,} cases in {seconds:.0f} s, {sum(calls) / seconds:.0f} a second, seed "
        f"{options.seed}: {watch.finds} finds"
    )


if __name__ == "__main__":
    raise SystemExit(main())
