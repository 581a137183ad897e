"""What `neardup.find_duplicates` costs a document, and a code point, as corpora grow: time and memory, on one thread.

Each size of each world of `benchmarks.families`, and each corpus given, is measured in a process of its own: it makes
or reads the texts, then calls `find_duplicates` once a round. The sizes take turns, pass by pass, so that a slow moment
of the machine does not meet one of them alone; the least time of all rounds of all passes counts, the median stands
beside it. ``x least size`` is the cost per document beside that at the first size of the same world; the documents of a
world are equally long at every size, up to chance.

Memory is what the process came to hold at its peak in the first call, beyond what it held before with all texts made.
``of allowance`` is its share of 1 KiB a document and one byte a code point. Only Linux says so much of a process.

Run ``python -m benchmarks.scale``; with ``--worlds template --fact-share 0.3`` pages of a template are more alike than
the threshold, and all but the first are dropped.
"""

from __future__ import annotations

import argparse
import ctypes
import ctypes.util
import gc
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import neardup
from benchmarks import environment
from benchmarks.corpora import add_corpus, markdown, read
from benchmarks.families import WORLDS, documents
from benchmarks.sentences import PseudoChinese

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT_BYTES, CHAR_BYTES = 1024, 1
"""The allowance of memory, for a document and for a code point."""


def memory(name: str) -> int:
    """Give a figure of this process in bytes: ``VmRSS`` is what it holds, ``VmHWM`` its peak; 0 if unknown."""
    status = Path("/proc/self/status")
    if not status.is_file():
        return 0
    lines = dict(line.split(":", 1) for line in status.read_text(encoding="ascii").splitlines() if ":" in line)
    return int(lines[name].split()[0]) * 1024


def settle() -> int:
    """Give free memory back to the system and forget the peak so far; what is held now, in bytes."""
    gc.collect()
    if sys.platform == "linux":
        libc = ctypes.CDLL(ctypes.util.find_library("c"))
        if hasattr(libc, "malloc_trim"):
            libc.malloc_trim(0)
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return memory("VmRSS")


def made_texts(world: str, count: int, fact_share: float | None, chars: int | None, seed: int) -> list[str]:
    """Make the texts of a world."""
    form = WORLDS[world].form
    form = form if fact_share is None else replace(form, fact_share=fact_share)
    form = form if chars is None else replace(form, chars=chars)
    shaped = replace(WORLDS[world], form=form)
    return [made.text for made in documents(PseudoChinese.from_seed(), count, world=shaped, seed=seed)]


def measure(texts: list[str], rounds: int) -> dict[str, Any]:
    """Measure in this process."""
    held = settle()
    seconds: list[float] = []
    peak = 0
    for _ in range(rounds):
        start = perf_counter()
        found = neardup.find_duplicates(texts, threads=1)
        seconds.append(perf_counter() - start)
        peak = peak or memory("VmHWM")
        dropped, cuts = int(found.is_duplicate.sum()), found.cuts.to_dict()
        del found
    return {
        "documents": len(texts),
        "chars": sum(map(len, texts)),
        "seconds": seconds,
        "bytes": peak - held,
        "dropped": dropped,
        "cuts": cuts,
    }


def elsewhere(task: dict[str, Any]) -> dict[str, Any]:
    """Measure in a process of its own."""
    environ = os.environ | {"PYTHONPATH": str(Path(neardup.__file__).parent.parent)}
    program = f"import sys; sys.path.append({str(ROOT)!r}); from benchmarks.scale import child; child()"
    done = subprocess.run(
        [sys.executable, "-P", "-c", program],
        input=json.dumps(task),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env=environ,
    )
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def child() -> None:
    """Do the task that comes as JSON from stdin, and write what was measured to stdout."""
    task = json.load(sys.stdin)
    if "corpus" in task:
        texts = [document.text for document in read(Path(task["corpus"]), task["limit"])]
    else:
        texts = made_texts(task["world"], task["count"], task["fact_share"], task["doc_chars"], task["seed"])
    json.dump(measure(texts, task["rounds"]), sys.stdout)


def table(results: dict[str, dict[str, Any]], *, ratios: bool) -> str:
    """Set the figures of some corpora; with ratios to the first."""
    costs = {name: min(result["seconds"]) / max(1, result["documents"]) for name, result in results.items()}
    first = next(iter(costs.values()))
    header = ["corpus", "documents", "chars/doc", "dropped", "least, s", "median, s", "us/doc", "ns/char"]
    header += ["x least size"] if ratios else []
    header += ["KiB/doc", "of allowance", "cut documents"]
    rows = []
    for name, result in results.items():
        count, chars, used = result["documents"], result["chars"], result["bytes"]
        rows.append(
            [
                name,
                f"{count:,}",
                f"{chars / max(1, count):.0f}",
                f"{result['dropped']:,}",
                f"{min(result['seconds']):.3f}",
                f"{median(result['seconds']):.3f}",
                f"{costs[name] * 1e6:.1f}",
                f"{min(result['seconds']) * 1e9 / max(1, chars):.1f}",
                *([f"{costs[name] / first:.2f}"] if ratios else []),
                f"{used / 1024 / max(1, count):.2f}",
                f"{used / max(1, DOCUMENT_BYTES * count + CHAR_BYTES * chars):.2f}",
                f"{result['cuts']['documents']:,}",
            ]
        )
    return markdown(header, rows)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__.split("\n")[0])
    add_corpus(parser, required=False, several=True)
    parser.add_argument(
        "--worlds", nargs="*", choices=WORLDS, default=list(WORLDS), metavar="WORLD", help=", ".join(WORLDS)
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 50_000, 200_000], metavar="N")
    parser.add_argument("--fact-share", type=float, metavar="SHARE", help="of the sentences that state a fact")
    parser.add_argument("--chars", type=int, metavar="N", help="code points in a base, about")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="calls in a process")
    parser.add_argument("--passes", type=int, default=2, metavar="N", help="processes for each size, by turns")
    options = parser.parse_args()
    print(environment())
    shared = {"rounds": options.rounds, "limit": options.limit}
    shape = {"fact_share": options.fact_share, "doc_chars": options.chars, "seed": options.seed}
    groups: dict[str, dict[str, dict[str, Any]]] = {
        world: {f"{world}, {count:,}": {"world": world, "count": count} | shape | shared for count in options.sizes}
        for world in options.worlds
    }
    if options.corpus:
        groups["corpora given"] = {path.name: {"corpus": str(path.resolve())} | shared for path in options.corpus}
    for group, tasks in groups.items():
        results: dict[str, dict[str, Any]] = {}
        for _ in range(options.passes):
            for name, task in tasks.items():
                result = elsewhere(task)
                if name in results:
                    result["seconds"] += results[name]["seconds"]
                    result["bytes"] = max(result["bytes"], results[name]["bytes"])
                results[name] = result
        print(f"\n{group}:\n\n{table(results, ratios=group in WORLDS)}", flush=True)


if __name__ == "__main__":
    main()
