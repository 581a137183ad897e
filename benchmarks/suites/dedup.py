"""The job ``neardup dedup``, file to file, beside reading and writing alone; how its cost grows.

The corpus is written as JSON lines and as Parquet. Each way is a process of its own, by turns: to decode and encode
every line with msgspec, or to read and write the table with pyarrow, which is the least that any program does; and to
find and leave out the duplicates. ``x copying`` is the processor time beside that of the first in the same round.
Memory is the peak of the process, with all modules and with the pages of files that it has mapped. The stages are
those of the summary of the job on JSON lines, the bytes what each has on the disk before it is removed.

``--peers`` stand beside it as they are in other suites: from texts in memory to what is dropped, without any files.

``--made N ...`` measures made corpora (`benchmarks.families`) of these sizes in place of rounds once each, least first:
the processor time a document beside that at the first size. With ``--folder`` they are kept there for another run.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from benchmarks.jobs import make_lines, measured, write_lines, write_table
from benchmarks.reports import Chart, Column, Headline, Report, Table
from benchmarks.rounds import BASE, TOOL, Tools, progress, rounds_of, spread
from benchmarks.setting import DOCUMENTS, FOLDER, TOOLS, Option, Suite
from benchmarks.tables import SHORT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.reports import Row
    from benchmarks.setting import Setting

WAYS = {
    ("recode", ".jsonl"): "JSON lines, decoded and encoded",
    ("dedup", ".jsonl"): "JSON lines, dedup",
    ("copy", ".parquet"): "Parquet, read and written",
    ("dedup", ".parquet"): "Parquet, dedup",
}
_CPU = Column("cpu_s", "CPU s", SHORT, spread=True)
_WALL = Column("wall_s", "s", SHORT, spread=True)
_MEMORY = Column("peak_mib", "peak MiB", ",.0f")
COST = (
    Column("way", "way"),
    _CPU,
    Column("ratio", "x copying", ".2f", spread=True),
    _WALL,
    Column("us_per_document", "CPU us/document", SHORT),
    _MEMORY,
)
STAGES = (Column("stage", "stage"), _WALL, Column("share", "share", ".2f"))
DISK = (Column("stage", "stage"), Column("bytes_per_document", "bytes/document", ",.0f"))
PEERS = (TOOL, _CPU, _WALL, Column("dropped", "dropped", ",d"))
MADE = (
    Column("documents", "documents", ",d"),
    Column("dropped", "dropped", ",d"),
    Column("us_per_document", "CPU us/document", SHORT),
    Column("growth", "x least size", ".2f"),
    Column("wall_s", "s", ",.0f"),
    _MEMORY,
    Column("disk", "bytes of disk/document", ",.0f"),
)


def run(setting: Setting) -> Report:
    """Measure."""
    if setting.folder:
        setting.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=setting.folder) as temporary:
        folder = Path(temporary)
        rounds = _rounds(setting, folder)
        made = _made(setting, folder) if setting.made else []
    cost = tuple(_cost(rounds))
    documents = rounds["dedup", ".jsonl"][0]["documents"]
    about = (
        f"{documents:,} documents, {setting.threads} threads, {setting.rounds} rounds by turns: median (least-most)."
    )
    tables = [
        Table("cost", about, COST, cost),
        Table("stages", "The stages of the job on JSON lines.", STAGES, tuple(_stages(rounds["dedup", ".jsonl"]))),
        Table("disk", "What they have on the disk.", DISK, tuple(_disk(rounds["dedup", ".jsonl"][0]))),
    ]
    with Tools(setting, "drops") as tools:
        tables.append(Table("peers", f"From texts to what is dropped: {tools.how}.", PEERS, tuple(_beside(tools))))
        versions = tools.versions
    charts = []
    if made:
        tables.append(Table("made", "Made documents (`benchmarks.families`), a run each.", MADE, tuple(made)))
        for key, what in (("us_per_document", "CPU microseconds for a document"), ("peak_mib", "peak memory in MiB")):
            title = f"Dedup of made documents: {what}"
            charts.append(Chart(key, "made", "lines", title, "documents", (key,), "documents", what, log=True))
    ratio = {BASE: next(row["ratio"] for row in cost if row["way"] == WAYS["dedup", ".jsonl"])}
    headlines = Headline("dedup from JSON lines to JSON lines, x decoding and encoding them", ".2f", ratio, True)
    context = {"versions": versions}
    return Report("dedup", setting.corpus.name, tuple(tables), tuple(charts), (headlines,), (), context)


def _rounds(setting: Setting, folder: Path) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """Run every way on the corpus, by turns."""
    lines, table = folder / "corpus.jsonl", folder / "corpus.parquet"
    write_lines(zip(setting.corpus.ids, setting.corpus.texts, strict=True), lines)
    write_table(lines, table)
    found: dict[tuple[str, str], list[dict[str, Any]]] = {way: [] for way in WAYS}
    for number in range(setting.rounds):
        for way, runs in found.items():
            progress(f"{WAYS[way]}, round {number + 1} of {setting.rounds}")
            runs.append(measured(way[0], lines if way[1] == ".jsonl" else table, folder, _options(setting)))
    progress("")
    return found


def _options(setting: Setting) -> dict[str, Any]:
    return {"threads": setting.threads, "memory": setting.memory * 2**20, "threshold": setting.threshold}


def _cost(rounds: Mapping[tuple[str, str], Sequence[Mapping[str, Any]]]) -> Sequence[Row]:
    rows = []
    documents = rounds["dedup", ".jsonl"][0]["documents"]
    base: Sequence[Mapping[str, Any]] = ()
    for (what, suffix), runs in rounds.items():
        base = runs if what != "dedup" else base
        row: dict[str, Any] = {"way": WAYS[what, suffix]}
        for key in ("cpu_s", "wall_s"):
            row |= spread([each[key] for each in runs], key)
        row |= spread([one["cpu_s"] / other["cpu_s"] for one, other in zip(runs, base, strict=True)], "ratio")
        row["us_per_document"] = row["cpu_s"] * 1e6 / documents
        row["peak_mib"] = max(each["peak_bytes"] for each in runs) / 2**20
        rows.append(row)
    return rows


def _stages(runs: Sequence[Mapping[str, Any]]) -> list[Row]:
    total = median(sum(each["stages"].values()) for each in runs)
    rows = []
    for stage in runs[0]["stages"]:
        row = spread([each["stages"][stage] for each in runs], "wall_s")
        rows.append({"stage": stage, **row, "share": row["wall_s"] / total})
    return rows


def _disk(found: Mapping[str, Any]) -> list[Row]:
    sizes = {stage: size / found["documents"] for stage, size in found["disk"].items()}
    rows = [{"stage": stage, "bytes_per_document": size} for stage, size in sorted(sizes.items())]
    return [*rows, {"stage": "all", "bytes_per_document": sum(sizes.values())}]


def _beside(tools: Tools) -> list[Row]:
    setting = tools.setting
    tools.warm_up(setting.corpus.texts)
    tools.load(setting.corpus.texts)
    runs = tools.take_turns(setting.rounds, keep=True, threshold=setting.threshold)
    rows = []
    for tool in tools.all:
        row = tool.row()
        if done := runs[tool.name]:
            for key in ("cpu_s", "wall_s"):
                row |= spread([getattr(each, key) for each in done], key)
            row |= {"dropped": sum(done[0].result), "rounds": rounds_of(done)}
        rows.append(row)
    return rows


def _made(setting: Setting, folder: Path) -> list[Row]:
    rows: list[dict[str, Any]] = []
    for size in sorted(setting.made):
        progress(f"made documents: {size:,}")
        source = make_lines(size, setting.seed, setting.folder or folder)
        found = measured("dedup", source, folder, _options(setting))
        row = {"documents": size, "dropped": found["dropped"], "wall_s": found["wall_s"]}
        row |= {"us_per_document": found["cpu_s"] * 1e6 / size, "peak_mib": found["peak_bytes"] / 2**20}
        row |= {"disk": sum(found["disk"].values()) / size, "stages": found["stages"]}
        row["growth"] = row["us_per_document"] / (rows[0]["us_per_document"] if rows else row["us_per_document"])
        rows.append(row)
    progress("")
    return rows


MEMORY = Option("--memory", "MiB that the job may take", 1024, int, "MIB")
SIZES_MADE = Option("--made", "made corpora of so many documents", (), int, "N", "+")

_ALL = {option.flag: option for option in TOOLS}
_BESIDE = _ALL["--peers"].by_default((BASE, "text_dedup", "datatrove_minhash"))

SUITE = Suite(run, (*DOCUMENTS, *(_ALL | {"--peers": _BESIDE}).values(), MEMORY, SIZES_MADE, FOLDER))
