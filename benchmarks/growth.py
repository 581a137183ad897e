"""Times of neardup on hostile inputs of doubling sizes, and how they grow; the suite ``growth`` says what that means.

Run as ``python -m benchmarks.growth ROW ROUNDS SIZE ...``, it is the process that measures one row.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
from dataclasses import dataclass
from itertools import accumulate
from random import Random
from time import process_time
from typing import TYPE_CHECKING, Any

import neardup
from benchmarks.hostile import CORPORA, PAIRS, TEXTS, comments
from benchmarks.reports import ROOT
from neardup.inputs.pages import is_html
from neardup.io.html import declared_charset
from neardup.io.texts import read_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

BOUND = 1.35
ENOUGH_S = 0.6
"""Rounds end when they took so long together."""

DOUBTFUL = 0.4
"""What is above its bound by so much or less may be chance."""

HOPELESS_S = 1.5
"""Larger sizes are left out when one call takes longer."""


def _paragraphs(texts: list[str]) -> object:
    return neardup.find_repeated_paragraphs(texts, threads=1).remove(texts, boilerplate=False, threads=1)


def _compare(pair: Sequence[Any]) -> object:
    return neardup.compare(*pair[:2], config=pair[2] if len(pair) > 2 else None)


def _with_most_of_itself(text: str) -> object:
    return neardup.compare(text, text[:-1])


def _read(text: str) -> object:
    return is_html(text), declared_charset(text.encode())


OPERATIONS: dict[str, Callable[[Any], object]] = {
    "find_repeats": neardup.find_repeats,
    "find_repeats + clean": lambda text: neardup.find_repeats(text).clean("all"),
    "find_repeats_batch": lambda texts: neardup.find_repeats_batch(texts, threads=1),
    "find_repeats_batch + clean": lambda texts: neardup.find_repeats_batch(texts, threads=1).clean("all", threads=1),
    "compare": _compare,
    "compare with itself": _with_most_of_itself,
    "signatures": lambda texts: neardup.signatures(texts, threads=1),
    "find_duplicates": lambda texts: neardup.find_duplicates(texts, threads=1),
    "find_pairs": lambda texts: neardup.find_pairs(texts, threads=1),
    "find_repeated_paragraphs": _paragraphs,
    "read a file": lambda text: read_text(text.encode("gb18030")),
    "read HTML": _read,
}


@dataclass(frozen=True, slots=True)
class Row:
    """A family and what is done with it.

    Attributes
    ----------
    largest
        The size that is linear in about a tenth of a second.
    bound
        The exponent that is allowed.
    why
        What a higher bound than n log n is due to.
    """

    family: str
    operation: str
    make: Callable[[int, Random], Any]
    largest: int
    bound: float = BOUND
    why: str = ""

    @property
    def name(self) -> str:
        """Name the row."""
        return f"{self.family}: {self.operation}"

    def sizes(self, scale: float = 1.0, doublings: int = 4) -> list[int]:
        """Give the sizes that are measured, ascending."""
        return [int(self.largest * scale) >> doublings - step for step in range(doublings + 1)]


REPEATS_ALONE = {
    *("brackets", "flooded", "nested pairs", "near chain", "reversed lines", "twice each", "tail of spaces"),
    "short messages",
}
"""Families that say nothing of other operations."""


def rows() -> list[Row]:
    """List what is measured."""
    found = []
    for family, text in TEXTS.items():
        size = {"flooded": 24_000, "brackets": 80_000}.get(family, 400_000)
        found += [Row(family, operation, text, size) for operation in ("find_repeats", "find_repeats + clean")]
        if family not in REPEATS_ALONE:
            found.append(Row(family, "compare with itself", text, 200_000))
    found += [Row(family, "read a file", TEXTS[family], 400_000) for family in ("counting", "digits", "log lines")]
    for family, pair in PAIRS.items():
        found.append(Row(family, "compare", pair, 24_000 if family == "flooded" else 200_000))
    for family, corpus in CORPORA.items():
        found.append(Row(family, "signatures", corpus, 400_000))
        found.append(Row(family, "find_duplicates", corpus, 400_000))
        found.append(Row(family, "find_repeats_batch", corpus, 400_000))
        found.append(Row(family, "find_repeats_batch + clean", corpus, 400_000))
        found.append(Row(family, "find_repeated_paragraphs", corpus, 400_000))
    found += [Row(family, "find_pairs", CORPORA[family], 400_000) for family in ("copies", "drifting", "messages")]
    found.append(Row("below", "find_pairs", CORPORA["below"], 400_000, 2.2, "every two documents share a band"))
    found.append(Row("filled in", "find_pairs", CORPORA["filled in"], 200_000, 2.2, "every two documents are a pair"))
    found.append(Row("comments", "read HTML", comments, 140))
    return found


def find_row(name: str) -> Row:
    """Find a row by its name."""
    return next(row for row in rows() if row.name == name)


def measured(row: Row, sizes: Sequence[int], rounds: int) -> list[tuple[int, float]]:
    """Give sizes in code points and the least CPU time of each; sizes behind a hopeless one are left out."""
    operation = OPERATIONS[row.operation]
    inputs: list[Any] = []
    best: list[float] = []
    for size in sizes:
        inputs.append(row.make(size, Random(size)))
        if not best:
            timed(operation, inputs[-1])  # what is loaded or compiled on first use
        best.append(timed(operation, inputs[-1]))
        print(json.dumps([_chars(inputs[-1]), best[-1]]), flush=True)
        if best[-1] > HOPELESS_S:
            break
    spent = sum(best)
    for _ in range(rounds - 1):
        if spent > ENOUGH_S:
            break
        for place, given in enumerate(inputs):
            seconds = timed(operation, given)
            spent += seconds
            best[place] = min(best[place], seconds)
    return [(_chars(given), seconds) for given, seconds in zip(inputs, best, strict=True)]


def timed(operation: Callable[[Any], object], given: object) -> float:
    """Time a call: of short ones so many that the clock can tell them."""
    calls, seconds = 1, 0.0
    while True:
        start = process_time()
        for _ in range(calls):
            operation(given)
        seconds = process_time() - start
        if seconds > 0.002:
            return seconds / calls
        calls *= 4


def _chars(given: Any) -> int:  # noqa: ANN401
    return len(given) if isinstance(given, str) else sum(len(text) for text in given if isinstance(text, str))


def exponent(points: Sequence[tuple[int, float]]) -> float:
    """Fit the slope of time against size, both as logarithms, over the last two doublings.

    Where a code point costs less than in a smaller text it counts as much: what is to be done may differ between sizes.

    Examples
    --------
    >>> round(exponent([(100, 0.1), (200, 1.0), (400, 4.0), (800, 16.0)]), 3)
    2.0
    >>> round(exponent([(100, 9.0), (200, 18.0), (400, 4.0), (800, 72.0)]), 3)
    1.0
    """
    cost = accumulate((seconds / size for size, seconds in points), max)
    logs = [(math.log(size), math.log(size * each)) for (size, _), each in zip(points, cost, strict=True)][-3:]
    middle_x, middle_y = (sum(values) / len(logs) for values in zip(*logs, strict=True))
    square = sum((x - middle_x) ** 2 for x, _ in logs)
    return sum((x - middle_x) * (y - middle_y) for x, y in logs) / square if square else math.nan


def measured_apart(row: Row, sizes: Sequence[int], rounds: int, limit_s: float) -> tuple[list[tuple[int, float]], str]:
    """Measure in a process of its own: what it has found, and why not more."""
    command = [sys.executable, "-m", "benchmarks.growth", row.name, str(rounds), *map(str, sizes)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        try:
            out, note = process.communicate(timeout=limit_s)[0], ""
        except subprocess.TimeoutExpired:
            process.kill()
            out, note = process.communicate()[0], f"stopped after {limit_s:g} s"
    lines = [json.loads(line) for line in out.splitlines() if line.endswith("]")]
    if process.returncode == 0:
        return [(size, seconds) for size, seconds in lines[-1]], ""
    return [(size, seconds) for size, seconds in lines], note or f"failed with {process.returncode}"


def measured_twice(row: Row, sizes: Sequence[int], rounds: int, limit_s: float) -> tuple[list[tuple[int, float]], str]:
    """Measure, and again what is a little above its bound: others may have been in the way; the less counts."""
    points, note = measured_apart(row, sizes, rounds, limit_s)
    if note or len(points) < 3 or not row.bound < exponent(points) < row.bound + DOUBTFUL:
        return points, note
    again, note = measured_apart(row, sizes, rounds, limit_s)
    return [(size, min(one, other)) for (size, one), (_, other) in zip(points, again, strict=False)], note


def verdict(row: Row, points: Sequence[tuple[int, float]], note: str) -> str:
    """Say whether a row is within its bound; of one that was stopped or left out sizes, that too."""
    if note or len(points) < 3:
        return note or "FAILED: too few sizes"
    return "within" if exponent(points) <= row.bound else "NOT within"


def chosen_rows(families: Sequence[str], operations: Sequence[str]) -> list[Row]:
    """Choose rows by the names of families and operations; none of a kind chooses all.

    Raises
    ------
    ValueError
        If there is no such name.
    """
    every = rows()
    known = {row.family for row in every} | {row.operation for row in every}
    if unknown := {*families, *operations} - known:
        raise ValueError(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(sorted(known))}")
    return [
        row
        for row in every
        if (not families or row.family in families) and (not operations or row.operation in operations)
    ]


if __name__ == "__main__":
    print(json.dumps(measured(find_row(sys.argv[1]), list(map(int, sys.argv[3:])), int(sys.argv[2]))))
