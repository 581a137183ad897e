"""The suite of the online index runs at a toy size; what it measures here means nothing."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

from neardup import Index, find_duplicates
from tests.benchmarking import load_benchmarks, row_of, run_suite

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.once

load_benchmarks()
indexing: Any = import_module("benchmarks.indexing")
jobs: Any = import_module("benchmarks.jobs")
online: Any = import_module("benchmarks.peers.online")
suite: Any = import_module("benchmarks.suites.index")


@pytest.fixture
def plan(tmp_path: Path) -> Any:
    return indexing.Plan("fill", tmp_path / "index.db", jobs.make_lines(12, 0, tmp_path))


@pytest.fixture
def index() -> Iterator[Index]:
    with Index.open(":memory:") as opened:
        yield opened


def test_documents_are_all_different_and_as_long_as_their_texts(plan: Any) -> None:
    made = plan.made
    texts = [made.text(number, number) for number in range(100)]
    assert not find_duplicates(texts).duplicates
    assert len(set(texts)) == 100
    assert [sorted(text) for text in texts] == [sorted(made.texts[number % 12]) for number in range(100)]
    assert made.text(7, 7) == texts[7] != replace(made, seed=1).text(7, 7)


def test_a_share_of_the_documents_are_copies_of_earlier_ones(plan: Any) -> None:
    made = replace(plan.made, duplicates=0.3)
    texts = [made.text(number, number) for number in range(200)]
    found = find_duplicates(texts, keep="first")
    assert 40 < len(found.duplicates) < 80
    assert 15 < sum(each.relation == "identical" for each in found.duplicates) < 45
    # What they are copies of are documents that were there, and none that is a copy itself.
    copied = {texts[int(each.survivor)] for each in found.duplicates}
    assert copied <= {made.original(number) for number in range(200)}
    assert made.some(20, 200) == made.some(20, 200)
    assert set(made.some(20, 200)) <= set(texts)
    with pytest.raises(ValueError, match="at least 0 and below 1, not 1"):
        replace(made, duplicates=1.0)


def test_copies_are_of_documents_that_were_there(plan: Any) -> None:
    texts = [plan.made.text(number, 0) for number in range(20)]
    copies = [text for _, text in replace(plan, stored=20, copies=True).documents(50, 30)]
    found = find_duplicates(texts + copies, keep="first")
    assert found.is_duplicate.tolist() == [False] * 20 + [True] * 30
    assert 5 < len(set(copies) - set(texts)) < 25


def test_documents_of_one_form_are_as_they_are(plan: Any) -> None:
    made = replace(plan.made, is_shuffled=False)
    assert [made.text(number, number) for number in range(12)] == made.texts


def test_an_index_is_filled_in_batches(plan: Any, index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexing, "BATCH", 10)
    found = indexing.fill(replace(plan, target=25))(index)
    assert (found["next"], found["given"], found["documents"], found["duplicates"]) == (30, 30, 30, 0)
    more = replace(plan, target=50, first=30, duplicates=0.5)
    found = indexing.fill(more)(index)
    assert found["given"] - found["duplicates"] == len(index) - 30 == found["documents"] - 30
    assert found["duplicates"] > 0
    assert found["per_s"] > 0
    assert found["bytes"] >= found["payload_bytes"] > 0
    assert indexing.fill(more)(index)["per_s"] is None


def test_documents_are_added_one_by_one_and_in_batches(
    plan: Any, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing, "BATCH", 10)
    found = indexing.add(replace(plan, first=5, singles=7, batches=2))(index)
    assert [int(document.id) for document in index] == list(range(5, 32))
    assert found["next"] == 32
    assert found["add"]["p50_ms"] <= found["add"]["p99_ms"] <= found["add"]["max_ms"]
    quicker, slower = found["batch"]["p50_ms"], found["batch"]["max_ms"]
    assert found["batch"]["per_s"] == pytest.approx(20 * 1e3 / (quicker + slower))
    assert "batch" not in indexing.add(replace(plan, first=32, singles=1))(index)
    assert "add" not in indexing.add(replace(plan, first=33, batches=1))(index)


def test_new_and_stored_documents_are_asked_about(plan: Any, index: Index) -> None:
    indexing.add(replace(plan, singles=20))(index)
    found = indexing.ask(replace(plan, first=20, stored=20, singles=6))(index)
    assert [found[way]["found"] for way in ("check, new", "check, stored", "matches, stored")] == [0.0, 1.0, 1.0]
    assert found["first_ms"] > 0
    assert len(index) == 20
    asked = indexing.ask(replace(plan, first=20, stored=20, singles=6, calls=("check, stored",)))(index)
    assert asked.keys() == {"next", "first_ms", "check, stored"}
    index.remove(range(20))
    assert indexing.ask(replace(plan, first=20, stored=20, singles=6))(index)["check, stored"]["found"] == 0.0


def test_writers_end_when_their_time_does(plan: Any, index: Index) -> None:
    found = indexing.write(replace(plan, singles=15, seconds=100.0))(index)
    assert found["calls"] == found["added"] == len(index) == 15
    assert indexing.write(replace(plan, first=15, singles=2000, seconds=0.01))(index)["calls"] < 2000
    again = indexing.write(replace(plan, first=5000, stored=15, singles=30, seconds=100.0, duplicates=0.9))(index)
    assert again["added"] < again["calls"] == 30


def test_a_process_that_fails_says_why(plan: Any) -> None:
    with pytest.raises(ValueError, match=r"the index: .*is no index of neardup"):
        indexing.measured(replace(plan, index=plan.texts, target=1))


def test_an_online_index_is_measured_by_its_calls() -> None:
    added: list[str] = []
    sizes = iter([100, 700])
    found = online.measured(
        list("一二三四五六七八"),
        6,
        lambda _, text: bool(added.append(text)),
        lambda text: text in added[1:] or text == "八",
        lambda: next(sizes),
    )
    assert added == list("一二三四五六")
    assert (found["bytes"], found["found"], found["alarms"]) == (600, 0.5, 0.5)
    seconds = [0.001] * 98 + [0.002, 0.1]
    assert online.latencies(seconds[::-1]) == pytest.approx({"per_s": 500, "p50_ms": 1, "p99_ms": 2, "max_ms": 100})


def test_an_index_grows_from_size_to_size(plan: Any, index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = {"open_ms": 1.0, "peak_bytes": 3 << 20, "more_bytes": 1 << 20}
    monkeypatch.setattr(suite, "measured", lambda plan: indexing.WORK[plan.work](plan)(index) | opened)
    setting = suite.SUITE.setting(None, {"singles": 10, "batches": 0})
    growing = suite.Growing("distinct", plan)
    parts = [suite._at_size(setting, growing, size) for size in (20, 50)]
    # The second size is filled from where ten documents were added in each durability.
    assert [part[0][0]["documents"] for part in parts] == [20, 90]
    assert len(index) == growing.plan.first == growing.plan.stored == 110
    assert [int(document.id) for document in index] == list(range(110))
    for filling, adding, asking in parts:
        assert [row["way"] for row in adding] == ["normal", "full"]
        assert [row["found"] for row in asking] == [0.0, 1.0, 1.0]
        assert (filling[0]["peak_mib"], filling[0]["more_mib"]) == (3.0, 1.0)
        assert filling[0]["beside"] >= 0


def test_the_suite(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    options = ["--stored", 20, "--singles", 10, "--batches", 0, "--base", 12, "--template", 15, "--folder", folder]
    options += ["--processes", 1, 2, "--seconds", 0.1, "--peer-stored", 20, "--peers", "neardup", "--no-install"]
    report = run_suite("index", tmp_path, *options, "--cache", tmp_path)
    assert not report.failures
    filling = report.table("filling").rows
    assert [(row["corpus"], row["documents"]) for row in filling] == [("distinct", 20), ("template", 15)]
    assert all(row["beside"] > 0 and 1 < row["text"] < 3 and row["open_ms"] > 0 for row in filling)
    ways = [row["way"] for row in report.table("adding").rows]
    assert ways == ["normal", "full", "normal; template", "full; template"]
    for corpus in ("", "; template"):
        assert row_of(report, "asking", way=f"check, stored{corpus}")["found"] == 1.0
        assert row_of(report, "asking", way=f"check, new{corpus}")["found"] == 0.0
    writing = report.table("writing").rows
    assert [(row["durability"], row["processes"]) for row in writing] == [
        *(("normal", 1), ("normal", 2), ("full", 1), ("full", 2))
    ]
    assert all(row["least"] <= 1 <= row["most"] and row["p99_ms"] <= row["max_ms"] for row in writing)
    assert [row["ratio"] == 1.0 for row in writing] == [True, False, True, False]
    own = row_of(report, "peers", name="neardup")
    assert (own["documents"], own["found"], own["alarms"], own["add_ratio"]) == (20, 1.0, 0.0, 1.0)
    assert own["bytes_per_document"] > own["beside"] > 0
    assert report.headlines[0].figures == {"neardup": own["add_per_s"]}
    # What is made stays, and nothing else does.
    assert sorted(path.name for path in folder.iterdir()) == ["made-0-12.jsonl", "template-0-1046.jsonl"]


def test_what_was_lost_fails(monkeypatch: pytest.MonkeyPatch, plan: Any) -> None:
    setting = suite.SUITE.setting(None, {"processes": (1, 2), "seconds": 0.1})
    run = {"per_s": 10.0, "p50_ms": 1.0, "p99_ms": 1.0, "max_ms": 2.0}
    done = {"added": 5, "calls": 5, "add": run}
    monkeypatch.setattr(suite, "together", lambda plans: [done for _ in plans])
    stored = iter([0, 20, 20, 39, 39])
    monkeypatch.setattr(suite, "_stored", lambda _: next(stored))
    rows, lost = suite._writing(setting, suite.Growing("distinct", plan))
    assert [(row["processes"], row["per_s"], row["ratio"]) for row in rows] == [(1, 10, 1), (2, 20, 2)] * 2
    assert lost == ["writers, full: 40 documents were acknowledged, 39 are there"]


def test_a_stored_document_that_is_not_found_fails() -> None:
    row = {"way": "check, stored", "call": "check, stored", "documents": 9, "found": 0.5}
    others = [row | {"call": "check, new"}, row | {"found": 1.0}]
    assert suite._not_found([*others, row]) == ["check, stored: only 50.0% were found among 9 documents"]
