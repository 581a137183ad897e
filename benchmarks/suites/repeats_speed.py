"""Speed of finding repeats and of cleaning, beside finding duplicates, and how it grows.

``find_repeats_batch`` and the cleaning of every scope run on the corpus beside ``find_duplicates``, in this process, by
turns and on each number of threads: nanoseconds a code point, the median of the rounds with the least and the most;
how many times as long as ``find_duplicates`` on the same threads in the same round; and how many times as fast as on
one thread. A row with cleaning takes in the finding.

The other table has single texts from a thousand code points up, one thread: millions of code points a second, the best
of the rounds, each a process of its own that is stopped at the time limit. What is linear has one figure in all
columns; the lengths behind one that took too long are left out. ``corpus`` is the texts of the corpus joined to one,
again from the first where they end.
"""

from __future__ import annotations

from itertools import chain, repeat
from time import perf_counter
from typing import TYPE_CHECKING, Any

import neardup
from benchmarks.growth import OPERATIONS, find_row, measured_apart, timed
from benchmarks.reports import Column, Report, Table
from benchmarks.rounds import progress, spread
from benchmarks.setting import DOCUMENTS, ROUNDS, THREAD_COUNTS, TIME_LIMIT, Option, Suite
from benchmarks.suites.cleaning import SCOPES
from benchmarks.tables import SHORT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from benchmarks.setting import Setting

BESIDE = "find_duplicates"
FAMILIES = ("one character", "period 2", "period 40", "Fibonacci", "short messages", "log lines")
GROWING = ("find_repeats", "find_repeats + clean")

COST = (
    Column("operation", "operation"),
    Column("threads", "threads", "d"),
    Column("ns_per_char", "ns/code point", SHORT, spread=True),
    Column("ratio", f"x {BESIDE}", SHORT, spread=True),
    Column("speedup", "x one thread", SHORT, spread=True),
)


def run(setting: Setting) -> Report:
    """Measure."""
    cost = tuple(_cost(setting.corpus.texts, setting.thread_counts, setting.rounds))
    rates = tuple(_rates(setting))
    sizes = (Column(_key(size), f"{size:,}", ",.1f") for size in sorted(setting.text_chars))
    columns = (Column("family", "text"), Column("operation", "operation"), *sizes)
    about = f"{sum(map(len, setting.corpus.texts)):,} code points, {setting.rounds} rounds by turns."
    tables = (
        Table("cost", f"The corpus, {about}", COST, cost),
        Table("growth", "Millions of code points a second, by code points of the text.", columns, rates),
    )
    failures = tuple(f"{row['family']}: {row['operation']}: {row['note']}" for row in rates if row.get("note"))
    return Report("repeats_speed", setting.corpus.name, tables, failures=failures)


def operations(texts: Sequence[str], threads: int) -> Mapping[str, Callable[[], object]]:
    """Give what is timed by its name."""

    def cleaning(scope: Any) -> Callable[[], object]:  # noqa: ANN401
        return lambda: neardup.find_repeats_batch(texts, threads=threads).clean(scope, threads=threads)

    return {
        BESIDE: lambda: neardup.find_duplicates(texts, threads=threads),
        "find_repeats_batch": lambda: neardup.find_repeats_batch(texts, threads=threads),
        **{f"find_repeats_batch + clean {scope}": cleaning(scope) for scope in SCOPES},
    }


def _cost(texts: Sequence[str], counts: Sequence[int], rounds: int) -> Iterator[dict[str, Any]]:
    times: dict[tuple[str, int], list[float]] = {}
    for number in range(rounds):
        for threads in counts:
            for name, operation in operations(texts, threads).items():
                progress(f"{name}, {threads} threads, round {number + 1} of {rounds}")
                start = perf_counter()
                operation()
                times.setdefault((name, threads), []).append(perf_counter() - start)
    progress("")
    chars = max(1, sum(map(len, texts)))
    for (name, threads), own in times.items():
        row = {"operation": name, "threads": threads} | spread([each * 1e9 / chars for each in own], "ns_per_char")
        row |= spread(_ratios(own, times[BESIDE, threads]), "ratio")
        yield row | spread(_ratios(times[name, counts[0]], own), "speedup")


def _ratios(own: Sequence[float], others: Sequence[float]) -> list[float]:
    return [one / other for one, other in zip(own, others, strict=True)]


def _rates(setting: Setting) -> Iterator[dict[str, Any]]:
    sizes = sorted(setting.text_chars)
    text = _joined(setting.corpus.texts, sizes[-1])
    for operation in GROWING:
        points = [
            (size, min(timed(OPERATIONS[operation], text[:size]) for _ in range(setting.rounds))) for size in sizes
        ]
        yield _rate_row("corpus", operation, sizes, points)
    for family in FAMILIES:
        for operation in GROWING:
            progress(f"{family}: {operation}")
            row = find_row(f"{family}: {operation}")
            points, note = measured_apart(row, sizes, setting.rounds, setting.time_limit)
            yield _rate_row(family, operation, sizes, points, note)
    progress("")


def _rate_row(
    family: str, operation: str, sizes: Sequence[int], points: Sequence[tuple[int, float]], note: str = ""
) -> dict[str, Any]:
    row: dict[str, Any] = {"family": family, "operation": operation} | ({"note": note} if note else {})
    return row | {_key(size): chars / seconds / 1e6 for size, (chars, seconds) in zip(sizes, points, strict=False)}


def _key(size: int) -> str:
    return f"rate_{size}"


def _joined(texts: Sequence[str], size: int) -> str:
    """Join texts to one of `size` code points, again from the first where they end."""
    joined: list[str] = []
    taken = -1
    for text in chain.from_iterable(repeat(texts)):
        if taken >= size:
            break
        joined.append(text)
        taken += len(text) + 1
    return "\n".join(joined)[:size]


TEXT_CHARS = Option(
    "--text-chars", "code points of the texts that grow", (10**3, 10**4, 10**5, 10**6, 10**7), int, "N", "+"
)

SUITE = Suite(run, (*DOCUMENTS, ROUNDS, TIME_LIMIT, THREAD_COUNTS, TEXT_CHARS))
