"""The command ``neardup scan`` from end to end: code points per second, its start included.

Documents are made by joining texts of the corpus, again from its beginning where it ends, and written as UTF-8 files
into a temporary folder (or, with ``--jsonl``, as the lines of one file). Each way of scanning them is a process of its
own, whose output goes to a file; the ways take turns, and the best of several rounds counts. Beside them stands reading
and decoding the same files in a Python process that does nothing else: what no scan can do without. The output of all
thread counts is compared too, and a difference is an error.
"""

from __future__ import annotations

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
from benchmarks.reports import Column, Report, Table
from benchmarks.setting import DOCUMENTS, ROUNDS, THREAD_COUNTS, Option, Suite

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.setting import Setting

SCAN = "from neardup.cli import main; main()"
COLUMNS = (
    Column("way", "command"),
    Column("least_s", "seconds", ".2f"),
    Column("rate", "M code points/s", ",.1f"),
)
READ = "import sys, pathlib; [path.read_text(encoding='utf-8') for path in pathlib.Path(sys.argv[1]).iterdir()]"


def run(setting: Setting) -> Report:
    """Measure.

    Raises
    ------
    ValueError
        If the output depends on the number of threads.
    """
    made = list(islice(documents(setting.corpus.texts, setting.document_chars), setting.documents_made))
    chars = sum(map(len, made))
    with tempfile.TemporaryDirectory() as temporary:
        folder, out = Path(temporary, "documents"), Path(temporary, "out")
        folder.mkdir()
        write(made, folder, as_lines=setting.jsonl)
        ways = {"read and decode": (READ, str(folder))} | {
            f"scan --format {format_} --threads {threads}": (
                *(SCAN, "scan", str(folder), "--format", format_, "--threads", str(threads)),
            )
            for format_ in setting.formats
            for threads in setting.thread_counts
        }
        times: dict[str, list[float]] = {way: [] for way in ways}
        outputs: dict[str, bytes] = {}
        for _ in range(setting.rounds):
            for way, (program, *arguments) in ways.items():
                times[way].append(timed(program, *arguments, output=out))
                printed = out.read_bytes()
                same = way.rpartition(" --threads ")[0] or way
                if outputs.setdefault(same, printed) != printed:
                    raise ValueError(f"{way}: the output differs from that of other thread counts")
    rows = tuple({"way": way, "least_s": min(took), "rate": chars / min(took) / 1e6} for way, took in times.items())
    caption = f"{len(made):,} documents, {chars:,} code points."
    return Report("scan", setting.corpus.name, (Table("ways", caption, COLUMNS, rows),))


def write(made: Sequence[str], folder: Path, *, as_lines: bool) -> None:
    """Write documents, a file each or all as JSON lines."""
    if as_lines:
        lines = (json.dumps({"text": text}, ensure_ascii=False) + "\n" for text in made)
        (folder / "documents.jsonl").write_text("".join(lines), encoding="utf-8")
        return
    for number, text in enumerate(made):
        (folder / f"{number:06}.txt").write_text(text, encoding="utf-8", newline="")


def documents(texts: Sequence[str], chars: int) -> Iterator[str]:
    """Join texts to documents of at least `chars` code points, without end."""
    joined: list[str] = []
    size = 0
    for text in chain.from_iterable(repeat(texts)):
        joined.append(text)
        size += len(text) + 1
        if size >= chars:
            yield "\n".join(joined)
            joined.clear()
            size = 0


def timed(program: str, *arguments: str, output: Path) -> float:
    """Run a Python program in a process of its own, and give the seconds it took."""
    environ = os.environ | {"PYTHONPATH": str(Path(neardup.__file__).parent.parent)}
    start = perf_counter()
    with output.open("wb") as file:
        subprocess.run([sys.executable, "-P", "-c", program, *arguments], check=True, stdout=file, env=environ)
    return perf_counter() - start


DOCUMENTS_MADE = Option("--documents-made", "how many are scanned", 500, int, "N")
CHARS = Option("--document-chars", "code points of a document", 100_000, int, "N")
FORMATS = Option("--formats", "of the command", ("text", "jsonl"), metavar="FORMAT", nargs="+")
JSONL = Option("--jsonl", "one file of JSON lines in place of many files", False)

SUITE = Suite(run, (*DOCUMENTS, ROUNDS, DOCUMENTS_MADE, CHARS, THREAD_COUNTS, FORMATS, JSONL))
