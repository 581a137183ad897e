"""One process that runs cases, and the counts that it shares with the process that watches it."""

from __future__ import annotations

import argparse
import collections
import re
import sys
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.fuzz.cases import CHECKS, Maker, compiled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

SHOWN = 3
"""Finds that look alike and are shown."""


class Ledger:
    """Counts in a file: they are there when the process that wrote them has died.

    Attributes
    ----------
    number
        Of the case that is under way.
    finds
        So far.
    calls
        Of every function.
    """

    def __init__(self, path: Path, functions: int = 0) -> None:
        if functions:
            np.zeros(2 + functions, np.int64).tofile(path)
        self._counts: NDArray[np.int64] = np.memmap(path, np.int64, "r+")

    @property
    def number(self) -> int:
        """Give the number of the case that is under way."""
        return int(self._counts[0])

    @property
    def finds(self) -> int:
        """Count the finds."""
        return int(self._counts[1])

    @property
    def calls(self) -> list[int]:
        """Count the calls of each function."""
        found: list[int] = self._counts[2:].tolist()
        return found

    def begin(self, number: int) -> None:
        """Note which case begins."""
        self._counts[0] = number

    def end(self, function: int, *, is_find: bool) -> None:
        """Note that it is done."""
        self._counts[2 + function] += 1
        self._counts[1] += is_find


def parser() -> argparse.ArgumentParser:
    """Make the parser of the command."""
    made = argparse.ArgumentParser(prog="python -m benchmarks.fuzz.worker", description=__doc__)
    made.add_argument("mode", choices=CHECKS)
    made.add_argument("--ledger", type=Path, required=True)
    made.add_argument("--seed", type=int, default=0)
    made.add_argument("--first", type=int, default=0)
    made.add_argument("--seconds", type=float, default=0)
    made.add_argument("--only", nargs="*", default=[])
    made.add_argument("--show", action="store_true")
    return made


def main(arguments: Sequence[str] | None = None) -> None:
    """Run cases from the first on, until the time is over; at least one."""
    options = parser().parse_args(arguments)
    kernels = compiled()
    maker = Maker(kernels, options.seed, options.mode == "differ", options.only)
    ledger, until = Ledger(options.ledger), monotonic() + options.seconds
    alike: collections.Counter[str] = collections.Counter()
    number = options.first
    while number == options.first or monotonic() < until:
        ledger.begin(number)
        case = maker.case(number)
        if options.show:
            print(case, flush=True)
        wrong = CHECKS[options.mode](case, kernels)
        ledger.end(maker.every.index(case.name), is_find=bool(wrong))
        if wrong:
            like = case.name + re.sub(r"\.\.\..*?\.\.\.|[^a-zA-Z ]", "", wrong)[:60]
            alike[like] += 1
            if alike[like] <= SHOWN:
                print(f"FIND in case {number}, {case.name}: {wrong}", flush=True)
        number += 1
    sys.stdout.flush()


if __name__ == "__main__":
    main()
