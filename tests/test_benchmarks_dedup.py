"""The suite of the job runs at a toy size; what it measures here means nothing."""

import gzip
import json
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import neardup
from tests.benchmarking import load_benchmarks, row_of, run_suite

pytestmark = pytest.mark.once

load_benchmarks()
jobs: Any = import_module("benchmarks.jobs")
suite: Any = import_module("benchmarks.suites.dedup")


def test_the_job_beside_copying(tmp_path: Path) -> None:
    texts = [each.text for each in jobs.documents(jobs.PseudoChinese.from_seed(), 60, seed=3)]
    corpus = tmp_path / "pages.jsonl.gz"
    corpus.write_bytes(
        gzip.compress(b"".join(json.dumps({"id": "x", "text": text}).encode() + b"\n" for text in texts))
    )
    folder = tmp_path / "made"
    options = ["--corpus", corpus, "--rounds", 2, "--made", 40, 20, "--folder", folder, "--memory", 64, "--threads", 1]
    report = run_suite("dedup", tmp_path, *options, "--peers", "neardup", "--no-install", "--cache", tmp_path)
    dropped = len(neardup.find_duplicates(texts).duplicates)
    assert row_of(report, "peers", name="neardup")["dropped"] == dropped > 0
    assert [row["way"] for row in report.table("cost").rows] == list(suite.WAYS.values())
    for way in ("JSON lines", "Parquet"):
        copying, dedup = (row for row in report.table("cost").rows if row["way"].startswith(way))
        assert copying["ratio_low"] == copying["ratio_high"] == 1.0
        assert dedup["ratio_low"] <= dedup["ratio"] <= dedup["ratio_high"]
        assert dedup["us_per_document"] == dedup["cpu_s"] * 1e6 / 60
    assert report.headlines[0].figures == {"neardup": row_of(report, "cost", way="JSON lines, dedup")["ratio"]}
    assert {"reading", "keys", "comparing", "writing"} <= {row["stage"] for row in report.table("stages").rows}
    sizes = {row["stage"]: row["bytes_per_document"] for row in report.table("disk").rows}
    assert sizes["texts"] * 60 > sum(len(text.encode()) for text in texts)
    assert sizes.pop("all") == pytest.approx(sum(sizes.values()))
    assert [row["documents"] for row in report.table("made").rows] == [20, 40]
    assert report.table("made").rows[0]["growth"] == 1.0
    # What is made stays, and nothing else does.
    assert sorted(path.name for path in folder.iterdir()) == ["made-0-20.jsonl", "made-0-40.jsonl"]
    assert len((folder / "made-0-40.jsonl").read_bytes().splitlines()) == 40


def test_what_is_made_is_used_again(tmp_path: Path) -> None:
    path = jobs.make_lines(5, 1, tmp_path)
    path.write_bytes(b"{}\n")
    assert jobs.make_lines(5, 1, tmp_path).read_bytes() == b"{}\n"


def test_what_copies_writes_all(tmp_path: Path) -> None:
    lines, table = tmp_path / "a.jsonl", tmp_path / "a.parquet"
    jobs.write_lines([("1", "甲"), ("2", "\n")], lines)
    jobs.write_table(lines, table)
    for way, source in (("recode", lines), ("copy", table)):
        jobs.WAYS[way](source, tmp_path / f"b{source.suffix}", {})
    assert (tmp_path / "b.jsonl").read_bytes() == lines.read_bytes()
    jobs.write_table(tmp_path / "b.jsonl", tmp_path / "c.parquet")
    read = import_module("pyarrow.parquet").read_table
    assert read(tmp_path / "b.parquet").equals(read(table))
    assert read(table).to_pylist() == [{"id": "1", "text": "甲"}, {"id": "2", "text": "\n"}]


def test_a_run_that_fails_says_why(tmp_path: Path) -> None:
    lines = tmp_path / "a.jsonl"
    jobs.write_lines([("1", "甲")], lines)
    with pytest.raises(ValueError, match=r"dedup: .*memory must be"):
        jobs.measured("dedup", lines, tmp_path, {"memory": 1})
