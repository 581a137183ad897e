"""The online index as it grows: adding, asking, several writers at once, bytes a document.

The documents are made (`benchmarks.indexing`): all different, of some 560 characters in an order of chance, and
``--duplicates`` says which share are copies of earlier ones. One index is filled in batches of 1,000 up to each size;
``docs/s`` are documents given a second in the last tenth of these batches. Then processes of their own open the file
and add documents one by one and in batches, and ask, so that an index is a little larger at the end of a size than it
is said to be. Bytes are those of the file: what it keeps beside the compressed texts, for a document; and what these
take, for a character, which is more than for what somebody wrote. ``more MiB`` is what the process that fills came to
hold beyond what it held before it opened the index. The first check after opening, which reads what is kept in memory
from then on, stands apart from the others. The template corpus fills in one form: all its documents meet in the same
full lists.

Writers add documents one by one at the same time, each in a process of its own, for ``--seconds``. ``x one process`` is
their rate together beside the mean of those of one process right before and after. Shares are those of the writer with
the fewest and the most documents, beside the mean. Only ``full`` waits for the disk.

``--peers`` are filled one by one with ``--peer-stored`` documents, neardup too; the last adds count. Peers keep no
texts, and do not check what they find; datasketch in memory is lost with its process, and so is Redis as it is set
here. Their bytes are what memory came to hold, those of neardup its file with the texts.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING, Any

from benchmarks.indexing import BATCH, Plan, measured, together
from benchmarks.jobs import make_lines
from benchmarks.reports import Chart, Column, Headline, Report, Table
from benchmarks.rounds import BASE, TOOL, WARM_UP, Tools, headline, progress
from benchmarks.setting import FOLDER, MADE, SEED, TOOLS, Option, Suite
from neardup.index import Index

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.reports import Row
    from benchmarks.setting import Setting

DURABILITIES = ("normal", "full")
MOST_PER_S = 5000
"""No writer is expected to add more documents a second: so many are made for it."""

_DOCUMENTS = Column("documents", "documents", ",d")
_CALLS = (
    Column("per_s", "calls/s", ",.0f"),
    Column("p50_ms", "p50 ms", ".2f"),
    Column("p99_ms", "p99 ms", ".2f"),
    Column("max_ms", "max ms", ".1f"),
)
FILLING = (
    Column("corpus", "corpus"),
    _DOCUMENTS,
    Column("duplicates", "duplicates", ".3f"),
    Column("per_s", "docs/s", ",.0f"),
    Column("beside", "bytes/document beside texts", ",.0f"),
    Column("text", "bytes of text/character", ".2f"),
    Column("peak_mib", "peak MiB", ",.0f"),
    Column("more_mib", "more MiB", ",.0f"),
    Column("open_ms", "open ms", ".1f"),
    Column("first_ms", "first check ms", ".1f"),
)
ADDING = (
    Column("way", "durability"),
    _DOCUMENTS,
    *_CALLS,
    Column("batch_per_s", "docs/s in batches", ",.0f"),
    Column("batch_max_ms", "worst batch ms", ",.0f"),
)
ASKING = (Column("way", "call"), _DOCUMENTS, *_CALLS, Column("found", "found", ".3f"))
WRITING = (
    Column("durability", "durability"),
    Column("processes", "processes", "d"),
    Column("per_s", "adds/s", ",.0f"),
    Column("ratio", "x one process", ".2f"),
    Column("least", "least share", ".2f"),
    Column("most", "most share", ".2f"),
    Column("p99_ms", "p99 ms", ".2f"),
    Column("max_ms", "longest wait ms", ",.0f"),
)
PEERS = (
    TOOL,
    _DOCUMENTS,
    Column("add_per_s", "adds/s", ",.0f"),
    Column("add_ratio", "adds x neardup", ".2f"),
    Column("add_p99_ms", "p99 ms", ".2f"),
    Column("new_per_s", "checks/s, new", ",.0f"),
    Column("old_per_s", "checks/s, stored", ",.0f"),
    Column("check_ratio", "new x neardup", ".2f"),
    Column("bytes_per_document", "bytes/document", ",.0f"),
    Column("beside", "beside texts", ",.0f"),
    Column("found", "found", ".3f"),
    Column("alarms", "false alarms", ".3f"),
)


@dataclass(slots=True)
class Growing:
    """An index that grows, and the plan by which the next process goes on.

    Attributes
    ----------
    corpus
        What its documents are like.
    """

    corpus: str
    plan: Plan

    def does(self, work: str, **given: Any) -> dict[str, Any]:  # noqa: ANN401
        """Let a process do something, and note the number of the next document."""
        progress(f"{self.corpus}: {work} {' '.join(map(str, given.values()))}")
        found = measured(replace(self.plan, work=work, **given))
        self.plan = replace(self.plan, first=found["next"], stored=found["next"])
        return found

    def named(self, way: str) -> str:
        """Name what is measured on it."""
        return way if self.corpus == "distinct" else f"{way}; {self.corpus}"


def run(setting: Setting) -> Report:
    """Measure."""
    if setting.folder:
        setting.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=setting.folder) as temporary:
        folder = Path(temporary)
        texts = make_lines(setting.base, setting.seed, setting.folder or folder)
        plan = Plan("fill", str(folder / "index.db"), texts, setting.seed, setting.duplicates, threads=setting.threads)
        distinct = Growing("distinct", plan)
        parts = [_at_size(setting, distinct, size) for size in sorted(setting.stored)]
        writing, lost = _writing(setting, distinct)
        if setting.template:
            parts.append(_at_size(setting, _template(setting, plan, folder), setting.template))
        rows, versions = beside(setting, plan)
    progress("")
    filling, adding, asking = ([row for part in parts for row in part[kind]] for kind in range(3))
    duplicates = f", {setting.duplicates:.0%} of them copies" if setting.duplicates else ""
    tables = (
        Table("filling", f"In batches of {BATCH:,}{duplicates}.", FILLING, tuple(filling)),
        Table("adding", f"{setting.singles:,} one by one, {setting.batches} batches.", ADDING, tuple(adding)),
        Table("asking", f"{setting.singles:,} of each, one by one.", ASKING, tuple(asking)),
        Table("writing", f"At the largest size, for {setting.seconds:g} s.", WRITING, tuple(writing)),
        Table("peers", f"One by one up to {setting.peer_stored:,} documents.", PEERS, tuple(rows)),
    )
    charts = (
        _chart("adding", "adding", "Documents added one by one", "way", "per_s", "documents a second"),
        _chart("asking", "asking", "Calls one by one", "way", "per_s", "calls a second"),
        _chart("bytes", "filling", "The file beside the texts", "corpus", "beside", "bytes for a document"),
    )
    about = f"of {setting.peer_stored:,} documents, a second"
    headlines = (
        Headline(f"added one by one to an index {about}", ",.0f", headline(rows, "add_per_s"), False),
        Headline(f"new ones asked about in an index {about}", ",.0f", headline(rows, "new_per_s"), False),
    )
    context = {"versions": versions, "corpus": {"made by": "benchmarks.indexing", "seed": setting.seed}}
    failures = (*_not_found(asking), *lost)
    return Report("index", MADE, tables, charts, headlines, (), context, failures)


def _chart(name: str, table: str, title: str, series: str, y: str, label: str) -> Chart:
    title = f"{title}, by the size of the index"
    return Chart(name, table, "lines", title, "documents", (y,), "documents stored", label, series, log=True)


def _template(setting: Setting, plan: Plan, folder: Path) -> Growing:
    """Make documents of one form, as many as are needed, for an index of their own."""
    needed = setting.template + BATCH + len(DURABILITIES) * (setting.singles + BATCH * setting.batches)
    texts = make_lines(needed + setting.singles + 1, setting.seed, setting.folder or folder, "template")
    new = replace(plan, index=str(folder / "template.db"), texts=texts, duplicates=0.0, is_shuffled=False)
    return Growing("template", new)


def _at_size(setting: Setting, growing: Growing, size: int) -> tuple[list[Row], list[Row], list[Row]]:
    """Fill an index up to a size; then add and ask."""
    filled = growing.does("fill", target=size)
    documents = filled["documents"]
    adding = []
    for durability in DURABILITIES:
        found = growing.does("add", durability=durability, singles=setting.singles, batches=setting.batches)
        row = {"way": growing.named(durability), "durability": durability, "documents": documents, **found["add"]}
        adding.append(row | {f"batch_{key}": value for key, value in found.get("batch", {}).items()})
    asked = growing.does("ask", singles=setting.singles)
    asking = [
        {"way": growing.named(way), "call": way, "documents": documents, **found}
        for way, found in asked.items()
        if isinstance(found, dict)
    ]
    filling = {
        "corpus": growing.corpus,
        "documents": documents,
        "duplicates": filled["duplicates"] / max(1, filled["given"]),
        "per_s": filled["per_s"],
        "beside": (filled["bytes"] - filled["payload_bytes"]) / documents,
        "text": filled["payload_bytes"] / documents / filled["chars"],
        "peak_mib": filled["peak_bytes"] / 2**20,
        "more_mib": filled["more_bytes"] / 2**20,
        "open_ms": asked["open_ms"],
        "first_ms": asked["first_ms"],
    }
    return [filling], adding, asking


def _not_found(asking: Sequence[Row]) -> list[str]:
    """Say where a stored document was not found."""
    return [
        f"{row['way']}: only {row['found']:.1%} were found among {row['documents']:,} documents"
        for row in asking
        if row["call"] == "check, stored" and row["found"] < 1
    ]


def _writing(setting: Setting, growing: Growing) -> tuple[list[Row], list[str]]:
    """Let processes write at once: one alone before and after several."""
    several = [count for count in sorted(setting.processes) if count > 1]
    turns = [1, *(count for each in several for count in (each, 1))]
    rows, lost = [], []
    for durability in DURABILITIES:
        before = _stored(growing)
        runs = [_together(setting, growing, count, durability) for count in turns]
        added = before + sum(run["added"] for run in runs)
        if added != _stored(growing):
            lost.append(f"writers, {durability}: {added:,} documents were acknowledged, {_stored(growing):,} are there")
        alone = [run["per_s"] for run in runs[::2]]
        one = runs[0] | {key: max(run[key] for run in runs[::2]) for key in ("p99_ms", "max_ms")}
        one |= {"per_s": mean(alone), "ratio": 1.0}
        for place, found in enumerate(runs[1::2]):
            found["ratio"] = found["per_s"] / mean(alone[place : place + 2])
        rows += [one, *runs[1::2]]
    return rows, lost


def _together(setting: Setting, growing: Growing, count: int, durability: str) -> dict[str, Any]:
    """Let so many processes write."""
    progress(f"{count} writing at once, {durability}")
    plan, most = growing.plan, max(1, round(setting.seconds * MOST_PER_S))
    given = {"work": "write", "durability": durability, "singles": most, "seconds": setting.seconds}
    plans = [replace(plan, first=plan.first + place * most, **given) for place in range(count)]
    growing.plan = replace(plan, first=plan.first + count * most)
    found = [each["add"] | {"added": each["added"], "calls": each["calls"]} for each in together(plans)]
    calls = [each["calls"] for each in found]
    return {
        "durability": durability,
        "processes": count,
        "per_s": sum(each["per_s"] for each in found),
        "least": min(calls) / mean(calls),
        "most": max(calls) / mean(calls),
        "added": sum(each["added"] for each in found),
        "p99_ms": max(each["p99_ms"] for each in found),
        "max_ms": max(each["max_ms"] for each in found),
    }


def _stored(growing: Growing) -> int:
    with Index.open(growing.plan.index, readonly=True) as index:
        return len(index)


def beside(setting: Setting, plan: Plan, base: str = BASE) -> tuple[list[Row], dict[str, str]]:
    """Measure neardup and its peers on the same documents; ratios are to `base`. Give the versions too."""
    stored = setting.peer_stored
    asked = max(1, min(setting.singles, stored // 2))
    made = replace(plan, duplicates=0.0).made
    texts = [made.text(number, 0) for number in range(stored + asked)]
    rows: list[dict[str, Any]] = []
    with Tools(setting, "online") as tools:
        tools.load(texts[:WARM_UP])
        tools.take_turns(1, stored=min(stored, WARM_UP // 2))
        tools.load(texts)
        runs = tools.take_turns(1, keep=True, stored=stored)
        for tool in tools.all:
            found = [run.result for run in runs[tool.name]]
            rows.append(tool.row() | {"documents": stored} | (_peer(found[0], stored) if found else {}))
        versions = tools.versions
    own = next((row for row in rows if row["name"] == base and "add_per_s" in row), None)
    for row in rows:
        if own and "add_per_s" in row:
            row["add_ratio"] = row["add_per_s"] / own["add_per_s"]
            row["check_ratio"] = row["new_per_s"] / own["new_per_s"]
    return rows, versions


def _peer(found: dict[str, Any], stored: int) -> dict[str, Any]:
    calls = {f"{what}_{key}": value for what in ("add", "new", "old") for key, value in found[what].items()}
    row = calls | {"found": found["found"], "alarms": found["alarms"], "bytes_per_document": found["bytes"] / stored}
    return row | {"beside": (found["bytes"] - found.get("text_bytes", 0)) / stored}


STORED = Option("--stored", "documents in the index at which it is measured", (10_000,), int, "N", "+")
SINGLES = Option("--singles", "documents added, or asked about, one by one at each size", 2000, int, "N")
BATCHES = Option("--batches", "batches added at each size", 10, int, "N")
DUPLICATES = Option("--duplicates", "share of the documents that are copies of earlier ones", 0.0, float, "X")
TEXTS_MADE = Option("--base", "texts of which documents are made", 10_000, int, "N")
TEMPLATE = Option("--template", "documents of one form, in an index of their own; 0 for none", 3000, int, "N")
PROCESSES = Option("--processes", "how many write at once", (1, 2, 4), int, "N", "+")
SECONDS = Option("--seconds", "how long they write", 5.0, float, "S")
PEER_STORED = Option("--peer-stored", "documents in an index of a peer", 20_000, int, "N")

_ALL = {option.flag: option for option in TOOLS if option.flag not in {"--rounds", "--threshold"}}
_BESIDE = _ALL["--peers"].by_default((BASE, "datasketch_tuned", "datasketch_redis"))
_LIMIT = _ALL["--time-limit"].by_default(600.0)
_OWN = (STORED, SINGLES, BATCHES, DUPLICATES, TEXTS_MADE, TEMPLATE, PROCESSES, SECONDS, PEER_STORED)

SUITE = Suite(run, (SEED, *(_ALL | {"--peers": _BESIDE, "--time-limit": _LIMIT}).values(), *_OWN, FOLDER))
