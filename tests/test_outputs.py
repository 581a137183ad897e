"""What a run writes: no file of it takes the place of another one, nor of what it reads."""

from __future__ import annotations

import gzip
import json
import os
import sys
from io import BytesIO
from typing import TYPE_CHECKING

import pytest

from neardup import InputError
from neardup.report.machine import JsonReport
from tests.command import BODY, clean, paragraphs, scan

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.once


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    path = tmp_path / "g.jsonl"
    path.write_text(json.dumps({"text": BODY * 2}) + "\n坏\n", encoding="utf-8")
    return path


def test_settings_and_boilerplate_are_two_files(lines: Path) -> None:
    same = lines.with_name("same")
    same.write_text("threshold = 0.9", encoding="utf-8")
    done = paragraphs(lines, "--config", same, "--write-boilerplate", same, "--overwrite")
    assert done.exit_code == 1
    assert f"{same}: is the file of --config; choose another file for --write-boilerplate" in done.stderr
    assert same.read_text(encoding="utf-8") == "threshold = 0.9"


def test_a_cleaned_file_is_no_other_file(lines: Path) -> None:
    out = lines.with_name("out")
    done = clean(lines, "--rejects", out / "g.jsonl", "-o", out, "--overwrite")
    assert done.exit_code == 1
    assert f"{out / 'g.jsonl'} is the file of --rejects; choose another folder for --output" in done.stderr
    assert BODY not in (out / "g.jsonl").read_text(encoding="utf-8")


def test_settings_are_not_replaced(lines: Path) -> None:
    settings = lines.with_name("settings")
    settings.write_text("# nothing\n", encoding="utf-8")
    given = ["-o", lines.with_name("out"), "--remove-paragraphs", "repeated", "--config", settings]
    done = clean(lines, *given, "--rejects", settings, "--overwrite")
    assert done.exit_code == 1
    assert f"{settings}: is the file of --config; choose another file for --rejects" in done.stderr
    assert settings.read_text(encoding="utf-8") == "# nothing\n"


def test_two_files_that_are_one_by_a_link_are_not_cleaned_into_it(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / "in" / name).mkdir(parents=True)
        (tmp_path / "in" / name / "x.txt").write_text(f"{name}\n{BODY * 2}", encoding="utf-8")
    (tmp_path / "out" / "a").mkdir(parents=True)
    (tmp_path / "out" / "b").symlink_to(tmp_path / "out" / "a")
    done = clean(tmp_path / "in", "-o", tmp_path / "out", "--overwrite")
    assert done.exit_code == 1
    assert "x.txt already; clean the two into two folders" in done.stderr
    assert (tmp_path / "out" / "a" / "x.txt").read_text(encoding="utf-8") == f"a\n{BODY}"


@pytest.mark.parametrize("name", ["z.txt.gz", "z.jsonl.gz"])
def test_a_compressed_file_without_a_byte_is_cut_off(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"")
    done = scan(tmp_path / name)
    assert done.exit_code == 1
    assert "cut off" in done.stderr
    (tmp_path / name).write_bytes(gzip.compress(b""))
    assert scan(tmp_path / name).exit_code == 0


def test_an_empty_name_is_no_folder(lines: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(lines.parent)
    done = scan("")
    assert done.exit_code == 1
    assert "there is no such file or folder" in done.stderr


@pytest.mark.parametrize("columns", ["0", "80"])
def test_a_report_is_written_whatever_the_width(lines: Path, columns: str) -> None:
    assert "1 document read" in scan(lines, env={"COLUMNS": columns}).stdout


@pytest.mark.skipif(sys.platform != "linux", reason="names may be any bytes")
def test_a_name_is_written_in_one_way(tmp_path: Path) -> None:
    odd = tmp_path / os.fsdecode(b"\xff")
    odd.write_text("threshold = ", encoding="utf-8")
    (tmp_path / "g.txt").write_text(BODY, encoding="utf-8")
    for done in (
        scan(tmp_path / "g", "--config", odd, env={"COLUMNS": "999"}),
        scan(tmp_path / "g", "--boilerplate", odd, env={"COLUMNS": "999"}),
        paragraphs(odd, "--write-boilerplate", odd, "--overwrite"),
        paragraphs(odd, "--write-boilerplate", odd.parent / (odd.name + "/x")),
        clean(odd, "-o", tmp_path, "--overwrite"),
        clean(odd, "-o", odd / "x"),
    ):
        assert "\\xff" in done.stderr
        assert "udcff" not in done.stderr
    odd.unlink()
    for name, options in (("1", ["--format", "json"]), ("2", [])):
        done = clean(tmp_path / "g.txt", "-o", odd / name, *options)
        assert "\\xff" in done.stdout
        assert "udcff" not in done.stdout


def test_errors_do_not_stay_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "g.jsonl"
    path.write_text('{"text": ""}\n' + "{\n" * 20_000, encoding="utf-8")
    found = json.loads(scan(path, "--format", "json").stdout)
    assert [error["line"] for error in found["errors"]] == list(range(2, 20_002))
    report = JsonReport(BytesIO())
    for line in range(20_000):
        report.error(InputError("not an object but a number", file="g.jsonl", line=line))
    assert getattr(report.errors, "_rolled")  # noqa: B009 - how it says that it went to a file
    report.discard()
