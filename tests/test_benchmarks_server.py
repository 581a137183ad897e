"""The suite of the index on a Redis server runs at a toy size; what it measures here means nothing."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

from neardup import Index
from tests.benchmarking import load_benchmarks, row_of, run_suite
from tests.servers import installed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

load_benchmarks()
indexing: Any = import_module("benchmarks.indexing")
jobs: Any = import_module("benchmarks.jobs")
servers: Any = import_module("benchmarks.peers.servers")
suite: Any = import_module("benchmarks.suites.server")


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Give an index on a server, which is filled in this process."""
    installed()

    def together(plans: list[Any]) -> list[Any]:
        found = []
        for plan in plans:
            with Index.open(plan.index) as index:
                found.append(indexing.WORK[plan.work](plan)(index))
        return found

    monkeypatch.setattr(suite, "together", together)
    monkeypatch.setattr(indexing, "BATCH", 10)
    with servers.redis_server() as (client, port):
        client.config_set("latency-tracking-info-percentiles", "50 99 100")
        plan = indexing.Plan("fill", suite._address(port, "made"), jobs.make_lines(12, 0, tmp_path))
        yield suite.Served("distinct", client, plan)


def test_a_server_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ValueError, match="apt-get install redis-server"), servers.redis_server():
        pass


def test_round_trips_are_those_of_a_document(served: Any) -> None:
    setting = suite.SUITE.setting(None, {"singles": 10, "batches": 0, "processes": (1, 2)})
    filled = suite._filled(served, 20)
    assert (filled["documents"], served.plan.first, served.plan.stored) == (20, 20, 20)
    assert filled["bytes"] == pytest.approx(filled["beside"] + filled["text"])
    assert filled["beside"] > 0
    added, lost = suite._added(setting, served, 20)
    assert not lost
    assert [(row["way"], row["clients"], row["trips"]) for row in added[:2]] == [("add, new", 1, 1), ("add, new", 2, 1)]
    assert (added[2]["way"], added[2]["found"]) == ("add, copies", 1.0)
    # What is asked first finds nothing, and is told so.
    assert added[2]["trips"] == 1.0
    asked = suite._asked(setting, served, 20)
    assert [(row["way"], row["trips"], row["found"]) for row in asked] == [
        *(("check, new", 1, 0), ("check, stored", 1, 1), ("matches, stored", 1, 1))
    ]
    for row in (*added, *asked):
        assert row["script_us"] > 0
        assert row["server_us"] > 0
        assert row["longest_ms"] * 1e3 >= row["script_us"] / row["trips"] * 0.9
        assert row["busy"] == pytest.approx(row["script_us"] * row["per_s"] / 1e6)


def test_keys_are_looked_at(served: Any) -> None:
    suite._filled(served, 100)
    keys, documents = (suite._looked_at(served, kind, 100) for kind in suite.KINDS)
    with Index.open(served.plan.index) as index:
        size = index.stats().bytes
    assert (keys["packed"], documents["packed"]) == (1.0, 0.0)
    assert 1 <= keys["least"] <= keys["median"] <= keys["most"] < 100
    assert documents["keys"] == 2
    assert 37 <= documents["least"] < documents["most"] <= 64
    assert documents["fields"] == pytest.approx(1.0, abs=0.02)
    assert 100 * (keys["bytes"] + documents["bytes"]) == pytest.approx(size, rel=0.2)


def test_what_is_not_packed_lost_or_not_found_fails(served: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    setting = suite.SUITE.setting(None, {"singles": 4, "batches": 0, "processes": (1,)})
    served.client.config_set("hash-max-listpack-entries", 0)
    *_, (unpacked,) = suite._at_size(setting, served, 20)
    assert unpacked.startswith("keys of documents: only 0.00% of ")
    assert unpacked.endswith(" are packed at 20 documents")
    stored = iter([20, 23])
    monkeypatch.setattr(suite, "_stored", lambda _: next(stored))
    assert suite._added(setting, served, 20)[1] == ["4 documents were acknowledged, 3 are there"]
    with Index.open(served.plan.index) as index:
        index.remove(range(25))
    stored = iter([0, 0])
    *_, failures = suite._at_size(setting, served, 1)
    assert failures[-1].startswith("check, stored: only ")


def test_the_suite(tmp_path: Path) -> None:
    installed()
    options = ["--stored", 20, "--singles", 10, "--batches", 0, "--base", 12, "--template", 15, "--seconds", 5]
    options += ["--processes", 1, 2, "--peer-stored", 20, "--peers", "neardup_redis", "--no-install"]
    report = run_suite("server", tmp_path, *options, "--cache", tmp_path)
    assert not report.failures
    filling = report.table("filling").rows
    assert [(row["corpus"], row["documents"]) for row in filling] == [("distinct", 20), ("template", 15)]
    ways = [(row["way"], row["clients"]) for row in report.table("calls").rows]
    assert ways == [
        *(("add, new", 1), ("add, new", 2), ("add, copies", 1)),
        *(("check, new", 1), ("check, stored", 1), ("matches, stored", 1)),
        *(("add, of one form; template", 1), ("check, new; template", 1), ("check, stored; template", 1)),
        ("matches, stored; template", 1),
    ]
    assert row_of(report, "calls", way="check, stored")["found"] == 1.0
    assert row_of(report, "keys", kind="keys of documents")["packed"] == 1.0
    own = row_of(report, "peers", name="neardup_redis")
    assert (own["documents"], own["found"], own["alarms"], own["add_ratio"]) == (20, 1.0, 0.0, 1.0)
    assert own["bytes_per_document"] > own["beside"] > 0
    assert report.headlines[0].figures["neardup_redis"] == own["add_per_s"]
