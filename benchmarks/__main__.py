"""Measure neardup, and its peers beside it, on corpora of yours: ``python -m benchmarks SUITE ... [options]``.

For each suite and corpus, Markdown is printed, and written to ``--out`` beside the same as JSON and plots as PNG and
SVG. ``python -m benchmarks SUITE --help`` says what the figures mean, and has the options of the suite.

Each peer runs on one thread, in a process and an environment of its own, which is made on first use and kept; one that
cannot be had, fails or takes too long is a row that says so. Tools take turns, round by round, and one runs again
while its rounds take a quarter of the time limit at most.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from dataclasses import replace
from importlib.util import find_spec
from itertools import takewhile
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from benchmarks import environment
from benchmarks.peers import NAMES
from benchmarks.plots import draw
from benchmarks.reports import context
from benchmarks.rounds import BASE
from benchmarks.setting import MADE, OUT, Corpus
from benchmarks.suites import SUITES
from benchmarks.tables import set_report
from neardup.errors import NeardupError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.reports import Report
    from benchmarks.setting import Setting, Suite

ALL = "all"
"""Stands for the suites that run neardup beside its peers."""
ABOUT_FILES = ("corpus", "out", "cache", "no_install")
"""Options that `command` leaves out; it names the corpus by itself."""


def named(words: Sequence[str]) -> list[Suite]:
    """Give the suites that the first words name; parsing says which word names none."""
    names = [word for word in takewhile(lambda word: not word.startswith("-"), words) if word in {ALL, *SUITES}]
    return [suite for suite in SUITES.values() if (ALL in names and suite.compares) or suite.name in names]


def parser(suites: Sequence[Suite]) -> argparse.ArgumentParser:
    """Make the parser of the command, with the options of these suites; without any, its help lists all."""
    made = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="\n\n".join(f"{suite.name}: {suite.description}" for suite in suites) or __doc__,
        epilog="" if suites else f"{_listed(True)}\n\n{_listed(False)}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("suite", nargs="+", choices=[ALL, *SUITES], metavar="SUITE", help="before all options")
    options = {option.flag: option for suite in suites for option in (*suite.options, OUT)}
    group = made.add_argument_group("options of the suite" if len(suites) == 1 else "options of the suites")
    for option in options.values():
        option.add_to(group)
    return made


def _listed(beside_peers: bool) -> str:
    """List suites, each with its first line."""
    title = f"suites beside peers ({ALL}: all of these):" if beside_peers else "suites of neardup alone:"
    some = [suite for suite in SUITES.values() if suite.compares == beside_peers]
    return "\n".join([title, *(f"  {suite.name:16} {suite.description.partition(chr(10))[0]}" for suite in some)])


def settings(suites: Sequence[Suite], given: dict[str, Any]) -> Iterator[tuple[Suite, Path | None, Setting]]:
    """Give every suite with what it runs on: each corpus, or none."""
    if "peers" in given:
        given = given | {"peers": tuple(name for name in NAMES if name in {*given["peers"], BASE})}
    reading = [suite for suite in suites if suite.reads_corpus]
    for number, path in enumerate(given.get("corpus") or [None]):
        limit, seed = given.get("limit"), given.get("seed", 0)
        corpus = Corpus.read(path, limit) if path else Corpus.made(limit, seed) if reading else None
        for suite in suites:
            if suite.reads_corpus and corpus:
                yield suite, path, suite.setting(corpus, given)
            elif not number:
                yield suite, None, suite.setting(Corpus(MADE, [], [], {}), given)


def command(suite: Suite, corpus: Path | None, given: dict[str, Any]) -> str:
    """Say what reproduces a report: options that are not as they are by default, files without their folders."""
    words = ["python", "-m", "benchmarks", suite.name]
    if corpus:
        words += ["--corpus", corpus.name]
    for option in suite.options:
        value = given.get(option.key, option.default)
        if option.key in ABOUT_FILES or value == option.default:
            continue
        words.append(option.flag)
        if value is not True:
            words += map(_said, value if isinstance(value, (list, tuple)) else [value])
    return shlex.join(words)


def _said(value: object) -> str:
    if isinstance(value, Path):
        return value.name
    return f"{value:g}" if isinstance(value, float) else str(value)


def measure(suite: Suite, path: Path | None, setting: Setting, given: dict[str, Any]) -> Report:
    """Run a suite and add with what it was run."""
    found = suite.run(setting)
    corpus = found.context.get("corpus", setting.corpus.source)
    threads, versions = setting.options.get("threads", 1), found.context.get("versions", {})
    return replace(found, context=context(command(suite, path, given), corpus, threads, versions))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run suites, print and write what they found; 1 if one failed or could not be run on a corpus, else 0."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    suites = named(words)
    parsing = parser(suites)
    given = vars(parsing.parse_args(words))
    given.setdefault("out", OUT.default).mkdir(parents=True, exist_ok=True)
    print(f"{environment()}\n")
    if not find_spec("matplotlib"):
        print("There are no plots without matplotlib: pip install '.[bench]'", file=sys.stderr)
    failed = 0
    try:
        for suite, path, setting in settings(suites, given):
            failed |= not run(suite, path, setting, given)
    except (OSError, ValueError, NeardupError) as error:
        parsing.error(str(error))
    return int(failed)


def run(suite: Suite, path: Path | None, setting: Setting, given: dict[str, Any]) -> bool:
    """Run a suite, print and write what it found; whether it could be run on what it was given, and nothing failed."""
    start = perf_counter()
    try:
        report = measure(suite, path, setting, given)
    except ValueError as error:
        print(f"{suite.name}: {error}", file=sys.stderr)
        return False
    written = set_report(report)
    report.write(setting.out)
    (setting.out / f"{report.name}.md").write_text(written, encoding="utf-8")
    if find_spec("matplotlib"):
        draw(report, setting.out)
    print(written, flush=True)
    print(f"{report.name}: {perf_counter() - start:.0f} s", file=sys.stderr, flush=True)
    return not report.failures


if __name__ == "__main__":
    raise SystemExit(main())
