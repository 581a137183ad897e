"""The online index on a Redis server: what a document costs there, in round trips, time and memory.

Documents are those of the suite ``index``, and one server is started on this machine, which writes nothing to the disk.
An index is filled in batches of 1,000 up to each size, and is a little larger at the end of a size than it is said to
be. ``bytes/document`` are what the server came to use (``used_memory``, after ``MEMORY PURGE``) with the compressed
texts; ``beside texts`` is without these, and ``resident`` what the system gave it. The template corpus is an index of
its own on the same server.

The server says itself what it does: ``round trips`` are calls of the script for a document (``INFO commandstats``),
``script us`` is the time in the script for a document, and ``busy`` the share of all time. It does nothing else
meanwhile, so the longest call (``INFO latencystats``) is how long others may wait; a batch goes in several calls.
``server CPU us`` is all processor time of the server (``INFO cpu``), which says more than the clock on a busy machine.
Clients are processes of their own that add at the same time; ``found`` is the share of documents that were there.

``packed`` is the share of the keys on the server that have the encoding listpack; ``fields`` are those of a key, or how
long its list is; ``bytes`` is what ``MEMORY USAGE`` says of all.

``--peers`` are filled one by one with ``--peer-stored`` documents, each on a server of its own; the last adds count.
Peers keep no texts, and do not check what they find.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from benchmarks.indexing import BATCH, Plan, together
from benchmarks.jobs import make_lines
from benchmarks.peers.servers import memory, redis_server
from benchmarks.reports import Chart, Column, Headline, Report, Table
from benchmarks.rounds import BASE, headline, progress
from benchmarks.setting import MADE, Suite
from benchmarks.suites import index as file
from neardup.index import Index
from neardup.stores.addresses import Address

if TYPE_CHECKING:
    import redis

    from benchmarks.reports import Row
    from benchmarks.setting import Setting

OWN = "neardup_redis"
KINDS = {"k": "keys of documents", "d": "documents"}
"""What stands under the keys on the server that begin with these letters, after the prefix and a number."""

_ASKED_AT_ONCE = 1000
_DOCUMENTS = Column("documents", "documents", ",d")
FILLING = (
    Column("corpus", "corpus"),
    _DOCUMENTS,
    Column("duplicates", "duplicates", ".3f"),
    Column("per_s", "docs/s", ",.0f"),
    Column("bytes", "bytes/document", ",.0f"),
    Column("beside", "beside texts", ",.0f"),
    Column("text", "texts", ",.0f"),
    Column("resident", "resident", ",.0f"),
)
CALLS = (
    Column("way", "call"),
    _DOCUMENTS,
    Column("clients", "clients", "d"),
    Column("per_s", "docs/s", ",.0f"),
    Column("p50_ms", "p50 ms", ".2f"),
    Column("p99_ms", "p99 ms", ".2f"),
    Column("max_ms", "max ms", ".1f"),
    Column("found", "found", ".3f"),
    Column("trips", "round trips", ".3f"),
    Column("script_us", "script us", ",.0f"),
    Column("server_us", "server CPU us", ",.0f"),
    Column("busy", "busy", ".2f"),
    Column("longest_ms", "longest script ms", ".2f"),
)
KEYS = (
    Column("kind", "keys of"),
    _DOCUMENTS,
    Column("keys", "keys", ",d"),
    Column("packed", "packed", ".4f"),
    Column("least", "least fields", "d"),
    Column("median", "median", ".0f"),
    Column("most", "most", "d"),
    Column("fields", "fields/document", ".1f"),
    Column("bytes", "bytes/document", ",.0f"),
)


@dataclass(slots=True)
class Served:
    """An index on a server, and the plan by which the next process goes on."""

    corpus: str
    client: redis.Redis
    plan: Plan

    def does(self, work: str, clients: int = 1, **given: Any) -> tuple[list[dict[str, Any]], dict[str, float]]:  # noqa: ANN401
        """Let clients do something at once; give what each found, and what the script did on the server."""
        progress(f"{self.corpus}: {work}, {clients} at once {' '.join(map(str, given.values()))}")
        plan = replace(self.plan, work=work, **given)
        self.client.config_resetstat()
        before = _cpu(self.client)
        found = together([replace(plan, first=plan.first + place * plan.singles) for place in range(clients)])
        return found, {"cpu_us": 1e6 * (_cpu(self.client) - before), **_script(self.client)}

    def went_on(self, given: int) -> None:
        """Note that so many numbers have been given to documents."""
        self.plan = replace(self.plan, first=self.plan.first + given)


def run(setting: Setting) -> Report:
    """Measure."""
    if setting.folder:
        setting.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=setting.folder) as temporary, redis_server() as (client, port):
        folder = setting.folder or Path(temporary)
        client.config_set("latency-tracking-info-percentiles", "50 99 100")
        texts = make_lines(setting.base, setting.seed, folder)
        plan = Plan("fill", _address(port, MADE), texts, setting.seed, setting.duplicates, threads=setting.threads)
        distinct = Served("distinct", client, plan)
        parts = [_at_size(setting, distinct, size) for size in sorted(setting.stored)]
        if setting.template:
            needed = setting.template + BATCH + 2 * setting.singles + 1
            texts = make_lines(needed, setting.seed, folder, "template")
            new = replace(plan, index=_address(port, "template"), texts=texts, duplicates=0.0, is_shuffled=False)
            parts.append(_at_size(setting, Served("template", client, new), setting.template))
        rows, versions = file.beside(setting, plan, OWN)
        versions["Redis"] = client.info("server")["redis_version"]
    progress("")
    filling, calls, keys, failures = ([row for part in parts for row in part[kind]] for kind in range(4))
    peers = f"One by one up to {setting.peer_stored:,} documents; ratios are to neardup on a server."
    tables = (
        Table("filling", f"In batches of {BATCH:,}.", FILLING, tuple(filling)),
        Table("calls", f"One by one for {setting.seconds:g} s or {setting.singles:,} documents.", CALLS, tuple(calls)),
        Table("keys", "On the server.", KEYS, tuple(keys)),
        Table("peers", peers, file.PEERS, tuple(rows)),
    )
    title = "The server beside the texts, by the size of the index"
    label = "bytes for a document"
    charts = (
        Chart(
            "bytes", "filling", "lines", title, "documents", ("beside",), "documents stored", label, "corpus", log=True
        ),
    )
    about = f"an index on a server of {setting.peer_stored:,} documents"
    headlines = (
        Headline(f"added one by one to {about}, a second", ",.0f", headline(rows, "add_per_s"), False),
        Headline(f"memory of {about}, bytes a document", ",.0f", headline(rows, "bytes_per_document"), True),
    )
    context = {"versions": versions, "corpus": {"made by": "benchmarks.indexing", "seed": setting.seed}}
    return Report("server", MADE, tables, charts, headlines, (), context, tuple(failures))


def _address(port: int, prefix: str) -> str:
    return f"redis://127.0.0.1:{port}/0?prefix={prefix}"


def _cpu(client: redis.Redis) -> float:
    """Give the seconds of processor time that a server has taken."""
    found = client.info("cpu")
    return float(found["used_cpu_user"] + found["used_cpu_sys"])


def _script(client: redis.Redis) -> dict[str, float]:
    """Give how often the script was called since figures were set back, and the microseconds that it took."""
    called = client.info("commandstats").get("cmdstat_evalsha", {"calls": 0, "usec": 0})
    longest = client.info("latencystats").get("latency_percentiles_usec_evalsha", {"p100": 0.0})
    return {"calls": called["calls"], "usec": called["usec"], "longest_ms": longest["p100"] / 1e3}


def _at_size(setting: Setting, served: Served, size: int) -> tuple[list[Row], list[Row], list[Row], list[str]]:
    """Fill an index up to a size and look at the server; then add and ask."""
    filling = _filled(served, size)
    documents = filling["documents"]
    keys = [_looked_at(served, kind, documents) for kind in KINDS]
    calls, lost = _added(setting, served, documents)
    calls += _asked(setting, served, documents)
    unpacked = [
        f"{row['kind']}: only {row['packed']:.2%} of {row['keys']:,} keys are packed at {documents:,} documents"
        for row in keys
        if row["kind"].startswith(KINDS["k"]) and row["packed"] < 1
    ]
    not_found = [
        f"{row['way']}: only {row['found']:.1%} were found among {documents:,} documents"
        for row in calls
        if row["way"].startswith("check, stored") and row["found"] < 1
    ]
    return [filling], calls, keys, [*unpacked, *lost, *not_found]


def _filled(served: Served, size: int) -> dict[str, Any]:
    """Fill an index, and give what a document takes."""
    used, resident = memory(served.client)
    (found,), _ = served.does("fill", target=size)
    used_after, resident_after = memory(served.client)
    added = max(1, found["given"] - found["duplicates"])
    served.plan = replace(served.plan, first=found["next"], stored=found["next"])
    text = found["payload_bytes"] / found["documents"]
    return {
        "corpus": served.corpus,
        "documents": found["documents"],
        "duplicates": found["duplicates"] / max(1, found["given"]),
        "per_s": found["per_s"],
        "bytes": (used_after - used) / added,
        "beside": (used_after - used) / added - text,
        "text": text,
        "resident": (resident_after - resident) / added,
    }


def _looked_at(served: Served, kind: str, documents: int) -> dict[str, Any]:
    """Look at all keys of a kind."""
    prefix = Address.of(served.plan.index).prefix
    names = list(served.client.scan_iter(f"{{{prefix}}}:*:{kind}*", _ASKED_AT_ONCE))
    encodings = _answers(served.client, names, "OBJECT ENCODING")
    sizes = {b"hash": "HLEN", b"list": "LLEN"}
    fields = _answers(served.client, names, sizes[served.client.type(names[0])])
    taken = sum(_answers(served.client, names, "MEMORY USAGE", "SAMPLES", 0))
    return {
        "kind": KINDS[kind] if served.corpus == "distinct" else f"{KINDS[kind]}; {served.corpus}",
        "documents": documents,
        "keys": len(names),
        "packed": encodings.count(b"listpack") / len(names),
        "least": min(fields),
        "median": median(fields),
        "most": max(fields),
        "fields": sum(fields) / documents,
        "bytes": taken / documents,
    }


def _answers(client: redis.Redis, names: list[bytes], command: str, *given: str | int) -> list[Any]:
    """Send a command for each key."""
    answers: list[Any] = []
    for start in range(0, len(names), _ASKED_AT_ONCE):
        pipe = client.pipeline(transaction=False)
        for name in names[start : start + _ASKED_AT_ONCE]:
            pipe.execute_command(command, name, *given)
        answers += pipe.execute()
    return answers


def _added(setting: Setting, served: Served, documents: int) -> tuple[list[Row], list[str]]:
    """Add one by one, new documents by some clients at once, and copies; then add batches."""
    once = {"singles": setting.singles, "seconds": setting.seconds, "duplicates": 0.0}
    new, several = ("new", sorted(setting.processes)) if served.plan.is_shuffled else ("of one form", [1])
    rows, before, added = [], _stored(served), 0
    for clients in several:
        found, script = served.does("write", clients, **once)
        served.went_on(clients * setting.singles)
        added += sum(each["added"] for each in found)
        rows.append(_row(served, f"add, {new}", documents, _together(found), script))
    if served.plan.is_shuffled:
        found, script = served.does("write", **once | {"duplicates": setting.duplicates, "copies": True})
        served.went_on(setting.singles)
        added += found[0]["added"]
        rows.append(_row(served, "add, copies", documents, _together(found), script))
        if setting.batches:
            (batch,), script = served.does("add", batches=setting.batches, duplicates=0.0)
            served.went_on(BATCH * setting.batches)
            added += BATCH * setting.batches
            given = batch["batch"] | {"clients": 1, "calls": BATCH * setting.batches}
            rows.append(_row(served, f"add_many, {BATCH:,}", documents, given, script))
    there = _stored(served) - before
    return rows, [] if there == added else [f"{added:,} documents were acknowledged, {there:,} are there"]


def _together(found: list[dict[str, Any]]) -> dict[str, Any]:
    """Put together what clients found that added at once."""
    calls = sum(each["calls"] for each in found)
    figures = {key: max(each["add"][key] for each in found) for key in ("p50_ms", "p99_ms", "max_ms")}
    rate = sum(each["add"]["per_s"] for each in found)
    copies = 1 - sum(each["added"] for each in found) / calls
    return figures | {"clients": len(found), "per_s": rate, "calls": calls, "found": copies}


def _asked(setting: Setting, served: Served, documents: int) -> list[Row]:
    """Ask about new documents and stored ones, one by one."""
    rows = []
    for way in ("check, new", "check, stored", "matches, stored"):
        (found,), script = served.does("ask", singles=setting.singles, calls=(way,))
        # The first call, which is kept apart, is among those that the server counts.
        rows.append(_row(served, way, documents, found[way] | {"clients": 1, "calls": setting.singles + 1}, script))
    return rows


def _row(served: Served, way: str, documents: int, found: dict[str, Any], script: dict[str, float]) -> dict[str, Any]:
    """Put what clients found beside what the script did."""
    script_us = script["usec"] / found["calls"]
    return {
        "way": way if served.corpus == "distinct" else f"{way}; {served.corpus}",
        "documents": documents,
        **found,
        "trips": script["calls"] / found["calls"],
        "script_us": script_us,
        "server_us": script["cpu_us"] / found["calls"],
        "busy": script_us * found["per_s"] / 1e6,
        "longest_ms": script["longest_ms"],
    }


def _stored(served: Served) -> int:
    with Index.open(served.plan.index, readonly=True) as index:
        return len(index)


DEFAULTS = {"--peers": (BASE, OWN, "datasketch_redis"), "--processes": (1, 4), "--peer-stored": 5000}

SUITE = Suite(run, tuple(option.by_default(DEFAULTS.get(option.flag, option.default)) for option in file.SUITE.options))
