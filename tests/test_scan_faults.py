"""An exception at any step of ``neardup clean``: it is the error of one input, and the rest goes on."""

from __future__ import annotations

import gzip
import json
import sys
from importlib import import_module
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import pytest

from neardup.io.faults import described
from neardup.repeats.batch import Repeats
from tests.command import BODY, clean, scan

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.once


BAD = "坏"
PAGE = f"<html><body><article><p>{BAD}{BODY}</p><p>{BODY}</p></article></body></html>"


class OddError(Exception):
    """What nothing expects."""


ERRORS = [OddError("odd\nerror"), MemoryError(), RecursionError("too deep"), KeyError("field"), EOFError()]

# Where an exception is raised, and which inputs it reaches.
TEXTS, LINE, LINES = {"坏.txt", "坏.txt.gz"}, {"行.jsonl"}, {"坏.jsonl", "坏.jsonl.gz"}
STEPS: dict[str, set[str]] = {
    "neardup.cli.work.opened": TEXTS | LINES,
    "neardup.io.opening.decompressing": TEXTS | LINES,
    "neardup.cli.work.read_whole": TEXTS,
    "neardup.io.json_files.read_lines": LINES,
    "neardup.cli.work.read_text": TEXTS,
    "neardup.io.texts.declared_charset": TEXTS,
    "neardup.io.texts.decode": TEXTS,
    "neardup.io.texts.is_html": TEXTS,
    "neardup.io.texts.extract_html": TEXTS,
    "neardup.io.json_files.read_record": LINE,
    "neardup.io.json_records._fields": LINE,
    "neardup.io.json_records._check_utf8": LINE,
    "neardup.io.json_records._value": LINE,
    "neardup.io.json_records._string": LINE,
    "neardup.cli.work.find_repeats_batch": TEXTS | LINE,
    "neardup.cli.work.without": TEXTS,
    "neardup.io.records.without": LINE,
    "neardup.cli.work.compress": TEXTS,
    "neardup.io.json_files.with_removed": LINE,
    "neardup.cli.outputs.write_whole": TEXTS,
    "neardup.io.atomic.WholeFile.write": TEXTS | LINES,
    "neardup.io.atomic.compressing": TEXTS | LINES,
    "neardup.io.atomic.WholeFile.commit": TEXTS | LINES,
    "neardup.io.atomic._take_name": TEXTS | LINES,
    "neardup.repeats.document._repeats": TEXTS | LINE,
    "neardup.report.machine._document": TEXTS | LINE | LINES,
}


def concerns(argument: Any) -> bool:
    """Whether an argument is, holds, or comes from the bad input."""
    if isinstance(argument, (bytes, memoryview)):
        return BAD.encode() in bytes(argument)
    if isinstance(argument, dict):
        return any(concerns(bytes(value)) for value in argument.values())
    if isinstance(argument, tuple) and isinstance(argument[0], Repeats):
        argument = argument[0].document(argument[1])
    held = [argument, *(getattr(argument, name, "") for name in ("text", "path", "name"))]
    return any(BAD in str(each) for each in held)


def broken(monkeypatch: pytest.MonkeyPatch, step: str, error: BaseException) -> list[str]:
    """Let a step raise an error where it is about the bad input; the list says that it did."""
    raised: list[str] = []
    names = step.split(".")
    count = next(count for count in range(len(names), 0, -1) if ".".join(names[:count]) in sys.modules)
    owner = import_module(".".join(names[:count]))
    if names[count:-1]:
        owner = attrgetter(".".join(names[count:-1]))(owner)
    works: Callable[..., Any] = getattr(owner, names[-1])

    def breaks(*arguments: Any, **options: Any) -> Any:
        if any(map(concerns, arguments[:1] if "WholeFile" in step else arguments)):
            raised.append(step)
            raise error
        return works(*arguments, **options)

    monkeypatch.setattr(owner, names[-1], breaks)
    return raised


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A good text and a bad one, plain and compressed; lines of which one is bad, and files of them with a bad name."""
    folder = tmp_path / "入"
    folder.mkdir()
    (folder / "一.txt").write_text(BODY * 2, encoding="utf-8")
    (folder / "坏.txt").write_text(PAGE, encoding="utf-8")
    (folder / "坏.txt.gz").write_bytes(gzip.compress(PAGE.encode()))
    lines = [json.dumps({"text": text + "\n" + BODY * 2}, ensure_ascii=False) for text in ("甲", BAD, "乙")]
    (folder / "行.jsonl").write_text("\n".join(lines), encoding="utf-8")
    for name, write in (("坏.jsonl", bytes), ("坏.jsonl.gz", gzip.compress)):
        (folder / name).write_bytes(write(lines[0].encode() + b"\n"))  # type: ignore[operator]
    return folder


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_the_input_is_named_and_the_others_go_on(
    folder: Path, monkeypatch: pytest.MonkeyPatch, step: str, error: Exception
) -> None:
    pytest.importorskip("trafilatura")
    raised = broken(monkeypatch, step, error)
    out = folder.parent / "out"
    result = clean(folder, "--extract", "--format", "json", "-o", out, "--rejects", folder.parent / "rejects")
    assert raised
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == 1
    report = json.loads(result.stdout)
    found = {error["file"].rpartition("/")[2] for error in report["errors"]}
    assert found == STEPS[step]
    assert len(found) == len(report["errors"])
    assert all(error["line"] == 2 for error in report["errors"] if error["file"].endswith("行.jsonl"))
    assert {f"{folder}/一.txt", f"{folder}/行.jsonl:1", f"{folder}/行.jsonl:3"} <= {
        document["id"] for document in report["documents"]
    }
    said = result.stderr.splitlines()
    assert len(said) == len(found)
    assert all(line.startswith("neardup: ") for line in said)
    if isinstance(error, OddError):
        assert all("OddError: odd error (neardup/" in error["message"] for error in report["errors"])
        assert all("report it" in line for line in said)
    assert (out / "一.txt").read_text(encoding="utf-8") == BODY
    assert not [path for path in folder.parent.rglob("*") if path.name.startswith(".")]
    rejected = [json.loads(line) for line in (folder.parent / "rejects").read_bytes().splitlines()]
    bad_line = json.dumps({"text": BAD + "\n" + BODY * 2}, ensure_ascii=False)
    assert [entry["raw"] for entry in rejected if entry["file"].endswith("行.jsonl")] == [bad_line] * (
        "行.jsonl" in found
    )


@pytest.mark.parametrize("step", ["neardup.io.json_files.read_record", "neardup.cli.work.opened"])
def test_what_is_no_error_of_an_input_ends_the_run(folder: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    assert broken(monkeypatch, step, KeyboardInterrupt()) == []
    assert scan(folder, "--threads", 1).exit_code == 130
    monkeypatch.undo()
    broken(monkeypatch, step, SystemExit(7))
    assert scan(folder, "--threads", 1).exit_code == 7


@pytest.mark.parametrize("damage", [b"\x00" * 40, b"\xff" * 40])
def test_a_line_of_any_bytes_spoils_no_other(tmp_path: Path, damage: bytes) -> None:
    good = json.dumps({"text": BODY}).encode()
    deep = b'{"text":"\\ud800","a":' + b"[" * 3000 + b"]" * 3000 + b"}"
    lines = [good, deep, damage, b'{"text":' + b"1" * 5000 + b"}", b'{"a":' + b"[" * 200_000, good]
    (tmp_path / "行.jsonl").write_bytes(b"\n".join(lines))
    result = clean(tmp_path, "--format", "json", "-o", tmp_path / "out", "--rejects", tmp_path / "rejects")
    assert isinstance(result.exception, SystemExit), result.exception
    report = json.loads(result.stdout)
    assert [document["id"] for document in report["documents"]] == [f"{tmp_path}/行.jsonl:{n}" for n in (1, 6)]
    assert [error["line"] for error in report["errors"]] == [2, 3, 4, 5]
    assert "this is a fault of neardup" not in result.stderr
    assert len((tmp_path / "rejects").read_bytes().splitlines()) == 4


@pytest.mark.parametrize(
    ("step", "place"),
    [("find", "duplicates"), ("find_paragraphs", "paragraphs"), ("removed_paragraphs", "paragraphs")],
)
def test_documents_that_cannot_be_compared_are_reported_all_the_same(
    folder: Path, monkeypatch: pytest.MonkeyPatch, step: str, place: str
) -> None:
    def breaks(*_: object, **__: object) -> None:
        raise OverflowError("int too big to convert")

    monkeypatch.setattr(f"neardup.cli.held.HeldTexts.{step}", breaks)
    good = folder / "一.txt", folder / "行.jsonl"
    options = ["--format", "json", "--threads", 1]
    out = ["-o", folder.parent / "out", "--remove-paragraphs", "repeated"]
    result = scan(*good, *options) if step == "find" else clean(*good, *options, *out)
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == 1
    report = json.loads(result.stdout)
    assert len(report["documents"]) == 4
    [error] = report["errors"]
    assert (error["file"], "OverflowError: int too big to convert" in error["message"]) == (place, True)
    assert ("paragraphs" in report) == (step == "find")
    assert not (folder.parent / "out" / "一.txt").exists()


def test_rejects_that_cannot_be_written_are_named_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    def breaks(*_: object) -> None:
        raise OddError

    rejects = folder.parent / "rejects"
    (folder / "行.jsonl").write_text("x\ny\n" + json.dumps({"text": BODY}))
    for step, fault, message in (
        ("neardup.cli.outputs.msgspec.json.encode", breaks, "--rejects: failed: OddError"),
        ("neardup.io.atomic.os.fsync", breaks, "--rejects: failed: OddError"),
        ("neardup.io.atomic.os.fsync", full, f"{rejects}: cannot be written: No space left on device"),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(step, fault)
            result = clean(folder / "行.jsonl", "-o", folder.parent / "out", "--overwrite", "--rejects", rejects)
        assert isinstance(result.exception, SystemExit), result.exception
        assert result.exit_code == 1
        assert result.stderr.count(message) == 1
        assert "1 document read" in result.stdout
        assert not rejects.exists()
        assert not list(folder.parent.glob(".*"))


def test_what_was_raised_is_described_on_one_line() -> None:
    assert described(OddError("a\n  b\tc")) == "OddError: a b c"
    assert described(OddError()) == "OddError"
    assert len(described(OddError("x" * 10_000))) < 300
