"""How many machine instructions `neardup.signatures` takes per code point: ``perf stat`` counts, or callgrind.

Unlike times, these do not depend on what else the machine does. A child process makes the signatures of a sample of
the texts once, another one three times; the difference is what two times take. ``perf`` needs a processor that lets
itself be counted, which virtual machines seldom do; callgrind knows no AVX-512, so it counts the kernel for AVX2.

Run ``python -m benchmarks.instructions --corpus news.jsonl.gz``.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks import environment
from benchmarks.corpora import add_corpus, read

CHILD = """
import json, sys
import neardup
texts = json.load(open(sys.argv[1], encoding="utf-8"))
for _ in range(int(sys.argv[2])):
    neardup.signatures(texts, threads=1)
"""


def instructions(command: list[str]) -> tuple[str, int] | None:
    """Count the instructions of a command: who counted, and how many; None where nothing can count."""
    if perf := shutil.which("perf"):
        done = subprocess.run(
            [perf, "stat", "-x,", "-e", "instructions:u", *command], check=False, capture_output=True, text=True
        )
        if found := re.search(r"^(\d+),,instructions", done.stderr, re.MULTILINE):
            return "perf stat", int(found[1])
    if valgrind := shutil.which("valgrind"):
        done = subprocess.run(
            [valgrind, "--tool=callgrind", "--callgrind-out-file=/dev/null", *command],
            check=False,
            capture_output=True,
            text=True,
        )
        if found := re.search(r"Collected : (\d+)", done.stderr):
            return "callgrind", int(found[1])
    return None


def main() -> None:
    """Count and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.instructions", description=__doc__.split("\n")[0])
    add_corpus(parser, several=True)
    parser.add_argument("--chars", type=int, default=10**6, metavar="N", help="code points of the sample, about")
    options = parser.parse_args()
    texts = [document.text for path in options.corpus for document in read(path, options.limit)]
    some = texts[:: max(1, sum(map(len, texts)) // options.chars)]
    chars = sum(map(len, some))
    print(f"{environment()}\n{len(some)} texts, {chars} code points")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "texts.json"
        file.write_text(json.dumps(some, ensure_ascii=False), encoding="utf-8", errors="surrogatepass")
        counts = [instructions([sys.executable, "-P", "-c", CHILD, str(file), times]) for times in ("1", "3")]
    if None in counts:
        print("neither perf nor valgrind can count instructions here")
        return
    (name, once), (_, thrice) = counts  # type: ignore[misc]
    print(f"{name}: {(thrice - once) / 2 / chars:.2f} instructions a code point")


if __name__ == "__main__":
    main()
