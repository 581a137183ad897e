"""How fast the command ``neardup scan`` is from end to end, in code points per second, its start included.

Documents of about --chars code points each are made by joining texts of --corpus, again from its beginning where it
ends, and written as UTF-8 files into a temporary folder (or, with ``--jsonl``, as the lines of one file). Each way of
scanning them is a process of its own, whose output goes to a file; the ways take turns, and the best of several runs
counts. Beside them stands reading and decoding the same files in a Python process that does nothing else: what no
scan can do without. The output of all thread counts is compared too, and a difference is an error.

Run ``python -m benchmarks.scan_speed --corpus laws.jsonl.gz``.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from itertools import chain, islice, repeat
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import neardup
from benchmarks import environment
from benchmarks.corpora import add_corpus, markdown, read

if TYPE_CHECKING:
    from collections.abc import Iterator

SCAN = "from neardup.cli import main; main()"
READ = "import sys, pathlib; [path.read_text(encoding='utf-8') for path in pathlib.Path(sys.argv[1]).iterdir()]"


def documents(corpus: Path, limit: int | None, chars: int) -> Iterator[str]:
    """Join texts to documents of at least `chars` code points, without end."""
    texts = [document.text for document in read(corpus, limit)]
    joined: list[str] = []
    size = 0
    for text in chain.from_iterable(repeat(texts)):
        joined.append(text)
        size += len(text) + 1
        if size >= chars:
            yield "\n".join(joined)
            joined.clear()
            size = 0


def run(program: str, *arguments: str, output: Path) -> float:
    """Run a Python program in a process of its own, and give the seconds it took."""
    environ = os.environ | {"PYTHONPATH": str(Path(neardup.__file__).parent.parent)}
    start = perf_counter()
    with output.open("wb") as file:
        subprocess.run([sys.executable, "-P", "-c", program, *arguments], check=True, stdout=file, env=environ)
    return perf_counter() - start


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scan_speed", description=__doc__.split("\n")[0])
    add_corpus(parser)
    parser.add_argument("--documents", type=int, default=500, metavar="N")
    parser.add_argument("--chars", type=int, default=100_000, metavar="N", help="code points of a document")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2], metavar="N")
    parser.add_argument("--format", nargs="+", default=["text", "jsonl"], metavar="FORMAT")
    parser.add_argument("--runs", type=int, default=3, metavar="N", help="runs of each, the best counts")
    parser.add_argument("--jsonl", action="store_true", help="one file of JSON lines in place of many files")
    options = parser.parse_args()
    print(environment())
    with tempfile.TemporaryDirectory() as temporary:
        folder, out = Path(temporary, "documents"), Path(temporary, "out")
        folder.mkdir()
        made = list(islice(documents(options.corpus, options.limit, options.chars), options.documents))
        if options.jsonl:
            lines = (json.dumps({"text": text}, ensure_ascii=False) + "\n" for text in made)
            (folder / "documents.jsonl").write_text("".join(lines), encoding="utf-8")
        else:
            for number, text in enumerate(made):
                (folder / f"{number:06}.txt").write_text(text, encoding="utf-8", newline="")
        chars = sum(map(len, made))
        print(f"{len(made)} documents, {chars:,} code points")
        del made
        ways = {"read and decode": (READ, str(folder))} | {
            f"scan --format {format_} --threads {threads}": (
                *(SCAN, "scan", str(folder), "--format", format_, "--threads", str(threads)),
            )
            for format_ in options.format
            for threads in options.threads
        }
        times: dict[str, list[float]] = {way: [] for way in ways}
        outputs: dict[str, bytes] = {}
        for _ in range(options.runs):
            for way, (program, *arguments) in ways.items():
                times[way].append(run(program, *arguments, output=out))
                printed = out.read_bytes()
                same = way.rpartition(" --threads ")[0] or way
                if outputs.setdefault(same, printed) != printed:
                    raise SystemExit(f"{way}: the output differs from that of other thread counts")
    rows = [[way, f"{min(took):.2f}", f"{chars / min(took) / 1e6:.1f}"] for way, took in times.items()]
    print(f"\n{markdown(['command', 'seconds', 'M code points/s'], rows)}")


if __name__ == "__main__":
    main()
