"""What ``neardup dedup`` does with a file beside what any program has to do with it: read it and write it again.

Run as ``python -m benchmarks.jobs WHAT INPUT FOLDER OPTIONS``, it is the process that measures one run: ``WHAT`` is of
`WAYS`, ``OPTIONS`` are those of `neardup.dedup_files` as JSON. Modules are loaded, by a run on a few documents, before
anything is measured.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import msgspec

from benchmarks.families import WORLDS, documents
from benchmarks.peers.worker import cpu_seconds, memory
from benchmarks.reports import ROOT
from benchmarks.sentences import PseudoChinese
from neardup.jobs.dedup import dedup_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_TRIED = 20
_ROWS_AT_ONCE = 1 << 14


def recode_lines(source: Path, output: Path, options: Mapping[str, Any]) -> None:
    """Decode and encode each line, and do nothing else."""
    encode, decode = msgspec.json.encode, msgspec.json.decode
    with source.open("rb") as lines, output.open("wb") as written:
        for line in lines:
            written.write(encode(decode(line)))
            written.write(b"\n")


def copy_table(source: Path, output: Path, options: Mapping[str, Any]) -> None:
    """Read a Parquet file and write it."""
    from pyarrow import parquet

    parquet.write_table(parquet.read_table(source, use_threads=False), output)


def dedup(source: Path, output: Path, options: Mapping[str, Any]) -> dict[str, Any]:
    """Find and leave out the duplicates; give what the summary says of it."""
    found = dedup_files(source, output, **options)
    return {
        "documents": found.documents,
        "dropped": found.duplicates,
        "stages": found.seconds,
        "disk": found.disk_bytes,
    }


WAYS: dict[str, Callable[[Path, Path, Mapping[str, Any]], dict[str, Any] | None]] = {
    "recode": recode_lines,
    "copy": copy_table,
    "dedup": dedup,
}


def measured(way: str, source: Path, folder: Path, options: Mapping[str, Any]) -> dict[str, Any]:
    """Do something with a file in a process of its own.

    Parameters
    ----------
    way
        One of `WAYS`.
    source
        JSON lines or Parquet.
    folder
        Where it is written; what is written there is removed.
    options
        Of `neardup.dedup_files`.

    Returns
    -------
    dict
        ``wall_s``, ``cpu_s``, ``peak_bytes`` of all that the process held; and what the function of `WAYS` gives.

    Raises
    ------
    ValueError
        If it fails; with its last words.
    """
    command = [sys.executable, "-m", "benchmarks.jobs", way, source, folder, json.dumps(options)]
    done = subprocess.run(list(map(str, command)), cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ValueError(f"{way}: {(done.stderr.strip().splitlines() or ['ended'])[-1]}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def write_lines(texts: Iterable[tuple[str, str]], path: Path) -> None:
    """Write documents, each an id and a text, as JSON lines."""
    with path.open("wb", 1 << 20) as file:
        for id_, text in texts:
            file.write(msgspec.json.encode({"id": id_, "text": text}) + b"\n")


def write_table(lines: Path, path: Path) -> None:
    """Write JSON lines as Parquet."""
    import pyarrow as pa
    from pyarrow import parquet

    schema = pa.schema([("id", pa.string()), ("text", pa.string())])
    with lines.open("rb") as file, parquet.ParquetWriter(path, schema) as writer:
        while rows := [msgspec.json.decode(line) for line in islice(file, _ROWS_AT_ONCE)]:
            writer.write_table(pa.Table.from_pylist(rows, schema))


def make_lines(count: int, seed: int, folder: Path, world: str = "mixed") -> Path:
    """Write a made corpus, of a world of `benchmarks.families`, unless it was written there before."""
    path = folder / f"{'made' if world == 'mixed' else world}-{seed}-{count}.jsonl"
    if not path.exists():
        made = documents(PseudoChinese.from_seed(), count, world=WORLDS[world], seed=seed)
        unfinished = path.with_suffix(".part")
        write_lines(((each.id, each.text) for each in made), unfinished)
        unfinished.rename(path)
    return path


def _try(way: str, source: Path, folder: Path, options: Mapping[str, Any]) -> None:
    """Do it once on a few documents."""
    few = folder / f"few{source.suffix}"
    if source.suffix == ".parquet":
        from pyarrow import parquet

        with parquet.ParquetFile(source) as table:
            parquet.write_table(table.schema_arrow.empty_table(), few)
    else:
        with source.open("rb") as lines:
            few.write_bytes(b"".join(islice(lines, _TRIED)))
    WAYS[way](few, folder / f"few-written{source.suffix}", options)


def _main(way: str, source: Path, folder: Path, options: Mapping[str, Any]) -> None:
    """Measure, and print what was found."""
    own = folder / "written"
    own.mkdir()
    try:
        _try(way, source, own, options)
        before, start = cpu_seconds(), perf_counter()
        found = WAYS[way](source, own / f"output{source.suffix}", options) or {}
        found |= {"wall_s": perf_counter() - start, "cpu_s": cpu_seconds() - before, "peak_bytes": memory("VmHWM")}
    finally:
        shutil.rmtree(own)
    print(json.dumps(found))


if __name__ == "__main__":
    _main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), json.loads(sys.argv[4]))
