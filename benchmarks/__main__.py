"""Measure neardup and its peers on a corpus of yours: ``python -m benchmarks SUITE --corpus FILE.jsonl.gz``.

Suites: ``signatures`` (raw text to signatures), ``duplicates`` (end to end, with recall and precision beside exact
truth), ``repeats`` (doubled pages and repeated passages), ``labelled`` (labelled pairs), ``scripts`` (Simplified and
Traditional), ``scale`` (cost against size), or ``all``. Without a corpus one is made.

Each peer runs on one thread, in a process and an environment of its own, which is made on first use and kept; one that
cannot be had, fails or takes too long is a row that says so. Tools take turns, round by round.

For each suite and corpus, Markdown is printed, and written to ``--out`` beside the same as JSON and plots as PNG and
SVG. The docstring of ``benchmarks/suites/SUITE.py`` says what the figures mean.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from benchmarks import environment
from benchmarks.families import WORLDS
from benchmarks.peers import NAMES, default_cache
from benchmarks.plots import draw
from benchmarks.reports import context
from benchmarks.rounds import BASE
from benchmarks.setting import Corpus, Setting
from benchmarks.suites import SUITES, WITHOUT_CORPUS
from benchmarks.tables import set_report
from neardup.errors import NeardupError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.reports import Report

ABOUT_FILES = ("suite", "corpus", "labelled", "out", "cache", "no_install")
"""Options that `command` leaves out, or names without their folder."""


def parser() -> argparse.ArgumentParser:
    """Make the parser of the command."""
    made = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    made.add_argument(
        "suite", nargs="+", choices=["all", *SUITES], metavar="SUITE", help=f"{', '.join(SUITES)}, or all"
    )
    made.add_argument(
        "--corpus",
        type=Path,
        nargs="+",
        default=[],
        metavar="FILE",
        help='JSON lines with "id" and "text", plain, .gz or .zst; suites run on one after the other',
    )
    made.add_argument(
        "--limit", type=int, metavar="N", help="read, or make, at most N documents; 2,000 are made if not"
    )
    made.add_argument(
        "--labelled", type=Path, metavar="FILE", help="labelled pairs as benchmarks/labelled_pairs.py describes them"
    )
    made.add_argument(
        "--peers",
        nargs="+",
        choices=NAMES,
        default=list(NAMES),
        metavar="NAME",
        help=f"default all: {', '.join(NAMES)}",
    )
    made.add_argument("--out", type=Path, default=Path("benchmark-results"), metavar="DIR", help="default %(default)s")
    made.add_argument("--rounds", type=int, default=3, metavar="N", help="how often a tool runs; default %(default)s")
    made.add_argument(
        "--time-limit",
        type=float,
        default=60.0,
        metavar="S",
        help="seconds after which a run is stopped; a tool runs again while its rounds take a quarter of that at most; "
        "default %(default)g",
    )
    made.add_argument("--threads", type=int, default=1, metavar="N", help="of every tool that can; default %(default)s")
    made.add_argument(
        "--threshold",
        type=float,
        default=0.8,
        metavar="X",
        help="the Jaccard at which tools are timed; default %(default)s",
    )
    made.add_argument(
        "--thresholds",
        type=float,
        nargs="+",
        default=[0.5, 0.6, 0.7, 0.8, 0.9],
        metavar="X",
        help="at which drops are judged; default 0.5 to 0.9",
    )
    made.add_argument(
        "--sizes", type=int, nargs="+", default=[1_000, 3_000], metavar="N", help="of scale; default 1000 3000"
    )
    made.add_argument(
        "--worlds", nargs="+", choices=WORLDS, default=["mixed"], metavar="NAME", help=f"of scale: {', '.join(WORLDS)}"
    )
    made.add_argument(
        "--pages",
        type=int,
        default=20,
        metavar="N",
        help="of each form and edit rate in repeats, and four times as many articles in scripts; default %(default)s",
    )
    made.add_argument("--seed", type=int, default=0, help="of all that is made; default %(default)s")
    made.add_argument(
        "--cache",
        type=Path,
        default=default_cache(),
        metavar="DIR",
        help="environments of the peers; default %(default)s",
    )
    made.add_argument("--no-install", action="store_true", help="make no environments; use those that are there")
    return made


def settings(options: argparse.Namespace) -> Iterator[tuple[str, Path | None, Setting]]:
    """Give every suite with what it runs on."""
    suites = list(SUITES) if "all" in options.suite else options.suite
    shared = {
        name: getattr(options, name)
        for name in ("rounds", "threshold", "pages", "labelled", "seed", "threads", "cache")
    }
    peers = tuple(name for name in NAMES if name in {*options.peers, BASE})
    for number, path in enumerate(options.corpus or [None]):
        corpus = Corpus.read(path, options.limit) if path else Corpus.made(options.limit, options.seed)
        setting = Setting(
            corpus,
            peers,
            time_limit_s=options.time_limit,
            thresholds=tuple(options.thresholds),
            sizes=tuple(options.sizes),
            worlds=tuple(options.worlds),
            install=not options.no_install,
            **shared,
        )
        for suite in suites:
            if not number or suite not in WITHOUT_CORPUS:
                yield suite, None if suite in WITHOUT_CORPUS else path, setting


def command(suite: str, corpus: Path | None, options: argparse.Namespace) -> str:
    """Say what reproduces a report: options that are not as they are by default, files without their folders."""
    words = ["python", "-m", "benchmarks", suite]
    if corpus:
        words += ["--corpus", corpus.name]
    if options.labelled and suite == "labelled":
        words += ["--labelled", options.labelled.name]
    defaults = vars(parser().parse_args([suite]))
    for name, value in vars(options).items():
        if name not in ABOUT_FILES and value != defaults[name]:
            values = value if isinstance(value, list) else [value]
            words += [
                f"--{name.replace('_', '-')}",
                *(f"{each:g}" if isinstance(each, float) else str(each) for each in values),
            ]
    return shlex.join(words)


def measure(suite: str, path: Path | None, setting: Setting, options: argparse.Namespace) -> Report:
    """Run a suite and add with what it was run."""
    found = SUITES[suite](setting)
    corpus = found.context.get("corpus", setting.corpus.source)
    said = context(command(suite, path, options), corpus, setting.threads, found.context.get("versions", {}))
    return replace(found, context=said)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run suites, print and write what they found; 1 if one could not be run on a corpus, else 0."""
    options = parser().parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    print(f"{environment()}\n")
    if not find_spec("matplotlib"):
        print("There are no plots without matplotlib: pip install '.[bench]'", file=sys.stderr)
    failed = 0
    try:
        for suite, path, setting in settings(options):
            failed |= not run(suite, path, setting, options)
    except (OSError, ValueError, NeardupError) as error:
        parser().error(str(error))
    return int(failed)


def run(suite: str, path: Path | None, setting: Setting, options: argparse.Namespace) -> bool:
    """Run a suite, print and write what it found; whether it could be run on what it was given."""
    start = perf_counter()
    try:
        report = measure(suite, path, setting, options)
    except ValueError as error:
        print(f"{suite}: {error}", file=sys.stderr)
        return False
    written = set_report(report)
    report.write(options.out)
    (options.out / f"{report.name}.md").write_text(written, encoding="utf-8")
    if find_spec("matplotlib"):
        draw(report, options.out)
    print(written, flush=True)
    print(f"{report.name}: {perf_counter() - start:.0f} s", file=sys.stderr, flush=True)
    return True


if __name__ == "__main__":
    raise SystemExit(main())
