"""Where the time of `neardup.signatures` goes, in nanoseconds per code point: its parts, columns of tables, headlines.

Every way runs once a round, by turns, on one core; the time is the median of the rounds. ``x neardup`` is the median
over the rounds of its time per code point, divided by that of `neardup.signatures` of a list of str in the same round.

First, the same texts from a list and from columns of tables, on two threads, and with anchors. Then folding alone,
folding and hashing, and what 128 permutations more cost beside what the machine needs for 16 multiplications of 8
lanes, or 8 of 16 (a C++ compiler must be there to measure that). Last, a batch of headlines of 20 characters.
``python -m benchmarks.instructions`` counts instructions, and the suite ``signatures`` measures other tools.

Run ``python -m benchmarks.signature_parts --corpus news.jsonl.gz``; it needs the extra ``bench``.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa

import neardup
from benchmarks import environment
from benchmarks.corpora import add_corpus, markdown, read
from neardup._backend import kernels
from neardup.folding import folding_table
from neardup.minhash import permutations, sketches

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

NUM_PERM = 128
NGRAM = 5
MULTIPLIES = Path(__file__).with_name("vector_multiplies.cpp")


class Way(NamedTuple):
    """A way to do the work: a call, and how many code points it goes through."""

    name: str
    run: Callable[[], object]
    chars: int


def columns(texts: list[str]) -> list[Way]:
    """Enter the same texts from columns of tables."""
    chars = sum(map(len, texts))
    sources = {
        "pyarrow": pa.array(texts, pa.large_string()),
        "polars": pl.Series(texts),
        "pandas, str": pd.Series(texts),
        "pandas, objects": pd.Series(texts, dtype=object),
    }
    return [
        Way(f"neardup, {name}", lambda source=source: neardup.signatures(source, threads=1), chars)  # type: ignore[misc]
        for name, source in sources.items()
    ]


def parts(texts: list[str]) -> list[Way]:
    """Leave out what comes last, or add to it."""
    chars = sum(map(len, texts))
    opened = kernels.Texts(texts)
    folding, none = folding_table().opened, np.empty(0, np.uint32)
    # Anchors of 5 characters, none small enough: every shingle is hashed and looked at.
    return [
        Way("folding", lambda: kernels.sketches(opened, folding, NGRAM, none, none, 0, 0, 1), chars),
        Way(
            "folding, hashing",
            lambda: kernels.sketches(opened, folding, NGRAM, none, none, NGRAM, 0, 1),
            chars,
        ),
        Way(
            "256 permutations",
            lambda: kernels.sketches(opened, folding, NGRAM, *permutations(2 * NUM_PERM, 1), 0, 0, 1),
            chars,
        ),
    ]


def measure(ways: Sequence[Way], rounds: int) -> dict[str, list[float]]:
    """Run all ways by turns; the nanoseconds per code point of each round."""
    times: dict[str, list[float]] = {way.name: [] for way in ways}
    for _ in range(rounds):
        for way in ways:
            start = perf_counter()
            way.run()
            times[way.name].append((perf_counter() - start) * 1e9 / way.chars)
    return times


def show(times: dict[str, list[float]], base: str) -> None:
    """Print a table, with ratios to one of the ways."""
    rows = [
        [
            name,
            f"{median(found):.2f}",
            f"{min(found):.2f}",
            f"{median(a / b for a, b in zip(found, times[base], strict=True)):.2f}",
        ]
        for name, found in times.items()
    ]
    print(f"\n{markdown(['way', 'median, ns', 'least, ns', 'x neardup'], rows)}\n")


def multiplies(rounds: int) -> dict[str, float]:
    """Measure what the machine needs for the vector operations of a shingle, if there is a compiler."""
    compiler = shutil.which("c++")
    if compiler is None:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "vector_multiplies"
        built = subprocess.run([compiler, "-O3", "-o", program, MULTIPLIES], check=False)
        if built.returncode:
            return {}
        runs = [subprocess.run([program], check=True, capture_output=True, text=True).stdout for _ in range(rounds)]
    lines = [dict(line.rsplit(" ", 1) for line in run.splitlines()) for run in runs]
    return {name: min(float(run[name]) for run in lines) for name in lines[0]}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.signature_parts", description=__doc__.split("\n")[0])
    add_corpus(parser, several=True)
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="how often every way runs")
    parser.add_argument("--headlines", type=int, default=10**6, metavar="N", help="texts of 20 characters in a batch")
    options = parser.parse_args()
    texts = [document.text for path in options.corpus for document in read(path, options.limit)]
    chars = sum(map(len, texts))
    isa = os.environ.get("NEARDUP_ISA") or "the machine's widest"
    print(f"{environment()}, instruction set: {isa}\n{len(texts)} texts, {chars} code points")

    base = Way("neardup", lambda: neardup.signatures(texts, threads=1), chars)
    ways = [
        base,
        Way("neardup, two threads", lambda: neardup.signatures(texts, threads=2), chars),
        Way("neardup, with anchors", lambda: sketches(texts, threads=1), chars),
        *columns(texts),
    ]
    print("\nper code point, 128 permutations:")
    show(measure(ways, options.rounds), base.name)

    times = measure([base, *parts(texts)], options.rounds)
    print("where the time goes, per code point:")
    show(times, base.name)
    shingles = len(kernels.fold_texts(kernels.Texts(texts), folding_table().opened, 1)[0])
    more = median(b - a for a, b in zip(times[base.name], times["256 permutations"], strict=True)) * chars / shingles
    print(f"128 permutations: {more:.2f} ns a shingle")
    for name, cost in multiplies(options.rounds).items():
        print(f"{name}: {cost:.2f} ns")

    joined = "".join(texts)
    headlines = [joined[i : i + 20] for i in range(0, 20 * options.headlines, 20)][: len(joined) // 20]
    print(f"\nper text, {len(headlines)} headlines of 20 characters:")
    own = Way("neardup", lambda: neardup.signatures(headlines, threads=1), len(headlines))
    show(measure([own], options.rounds), own.name)


if __name__ == "__main__":
    main()
