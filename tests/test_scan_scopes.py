"""The scopes of ``neardup clean``, what its reports say of copies that stay, and how many calls a file takes."""

from __future__ import annotations

import csv
import gzip
import io
import json
from typing import TYPE_CHECKING, Any

import pytest

from neardup import find_repeats
from neardup.cli import work
from neardup.cli.work import BATCH_RECORDS
from neardup.repeats.batch import Repeats
from tests.command import neardup, scan
from tests.families import SENTENCE, SENTENCES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BODY = "\n".join(SENTENCES[:5]) + "\n"
PAGE = f"标题\n{BODY}{BODY}相关链接"
NOTE = f"标题\n{SENTENCE}\n转载\n{SENTENCE}\n相关链接"
PLAIN = SENTENCES[0]
TEXTS = {"page": PAGE, "note": NOTE, "plain": PLAIN}
SCOPES = ["body", "passages", "all"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The texts in files of every kind, where cleaning goes another way: text, gzip, lines, an array, a table."""
    folder = tmp_path / "in"
    folder.mkdir()
    records = [{"id": id_, "text": text} for id_, text in TEXTS.items()]
    for id_, text in TEXTS.items():
        (folder / f"{id_}.txt").write_text(text, encoding="utf-8", newline="")
    (folder / "packed.txt.gz").write_bytes(gzip.compress(PAGE.encode()))
    lines = "".join(json.dumps(record) + "\n" for record in records)
    (folder / "lines.jsonl").write_text(lines, encoding="utf-8")
    (folder / "array.json").write_text(json.dumps(records), encoding="utf-8")
    with (folder / "table.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["id", "text"], *TEXTS.items()])
    return folder


def written(folder: Path) -> dict[str, list[str]]:
    """The texts of every file, in order."""
    found = {}
    for path in sorted(folder.iterdir()):
        data = path.read_bytes()
        text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode()
        if path.suffix == ".jsonl":
            found[path.name] = [json.loads(line)["text"] for line in text.splitlines()]
        elif path.suffix == ".json":
            found[path.name] = [record["text"] for record in json.loads(text)]
        elif path.suffix == ".csv":
            found[path.name] = [row["text"] for row in csv.DictReader(io.StringIO(text, newline=""))]
        else:
            found[path.name] = [text]
    return found


@pytest.mark.parametrize("scope", [None, *SCOPES])
@pytest.mark.parametrize("threads", [1, 2])
def test_every_file_loses_what_the_scope_takes(folder: Path, tmp_path: Path, scope: str | None, threads: int) -> None:
    given = [] if scope is None else ["--scope", scope]
    done = neardup("clean", folder, "-o", tmp_path / "out", "--threads", threads, *given)
    assert done.exit_code == 0, done.stderr
    expected = {id_: find_repeats(text).clean(scope or "body") for id_, text in TEXTS.items()}  # type: ignore[arg-type]
    assert expected["page"] == PAGE.replace(BODY, "", 1)
    assert (expected["note"] == NOTE) == (scope != "all")
    all_ = list(expected.values())
    assert written(tmp_path / "out") == {
        "array.json": all_,
        "lines.jsonl": all_,
        "note.txt": [expected["note"]],
        "packed.txt.gz": [expected["page"]],
        "page.txt": [expected["page"]],
        "plain.txt": [PLAIN],
        "table.csv": all_,
    }


def test_a_record_that_loses_nothing_stays_as_it_is_written(folder: Path, tmp_path: Path) -> None:
    assert neardup("clean", folder / "lines.jsonl", "-o", tmp_path / "out").exit_code == 0
    before, after = ((each / "lines.jsonl").read_bytes().splitlines() for each in (folder, tmp_path / "out"))
    assert before[1:] == after[1:]
    assert before[0] != after[0]


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("format_", ["json", "jsonl"])
def test_programs_are_told_what_went_and_what_stays(folder: Path, tmp_path: Path, scope: Any, format_: str) -> None:
    done = neardup("clean", folder / "lines.jsonl", "-o", tmp_path / "out", "--scope", scope, "--id-field", "id",
                   "--format", format_)  # fmt: skip
    if format_ == "json":
        report = json.loads(done.stdout)
        documents, cleaned = report["documents"], report["cleaned"]
    else:
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        documents = [line for line in lines if line["type"] == "document"]
        cleaned = lines[-1]
    assert [document["id"] for document in documents] == list(TEXTS)
    for document in documents:
        found = find_repeats(TEXTS[document["id"]])
        assert [tuple(each.values()) for each in document["removed"]] == list(found.removed(scope))
        assert document["kept"] == [kept.to_dict() for kept in found.kept(scope)]
        assert document["repeats"] == found.to_dict()["repeats"]
    assert cleaned["scope"] == scope
    assert cleaned["changed"] == sum(bool(document["removed"]) for document in documents)
    reasons = {"body": ["outside_body"], "passages": ["short_passage"], "all": []}
    assert [kept["reason"] for document in documents for kept in document["kept"]] == reasons[scope]


def test_a_scan_tells_of_repeats_alone(folder: Path) -> None:
    documents = json.loads(scan(folder / "lines.jsonl", "--format", "json").stdout)["documents"]
    assert all({"removed", "kept"}.isdisjoint(document) for document in documents)


def test_people_are_told_how_many_copies_stay_and_why(folder: Path, tmp_path: Path) -> None:
    done = neardup("clean", folder, "-o", tmp_path / "out")
    assert done.stdout.splitlines()[1:3] == [
        f"13 texts written to {tmp_path / 'out'}, 5 of them changed",
        "copies that stay: 4 in 4 texts (no later printing of a body: --scope takes more)",
    ]
    assert "stay" not in neardup("clean", folder, "-o", tmp_path / "all", "--scope", "all").stdout
    one = neardup("clean", folder / "note.txt", "-o", tmp_path / "one", "--scope", "passages").stdout
    assert "copies that stay: 1 in 1 text (shorter together than a passage)\n" in one


def test_a_scope_that_is_none_is_wrong_usage(folder: Path, tmp_path: Path) -> None:
    done = neardup("clean", folder, "-o", tmp_path / "out", "--scope", "paragraphs")
    assert done.exit_code == 2
    assert all(f"'{scope}'" in done.stderr for scope in SCOPES)
    assert not (tmp_path / "out").exists()


def test_the_help_says_what_each_scope_takes() -> None:
    said = " ".join(neardup("clean", "-h").stdout.split())
    assert "--scope body|passages|all" in said
    assert "body: where the body is printed more than once, the later printings, and nothing else." in said
    assert "[default: body]" in said


def counting(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str) -> list[Any]:
    """The first arguments of the calls of a function, from here on."""
    calls: list[Any] = []
    works: Callable[..., Any] = getattr(owner, name)
    monkeypatch.setattr(
        owner, name, lambda first, *more, **options: (calls.append(first), works(first, *more, **options))[1]
    )
    return calls


@pytest.mark.parametrize("command", ["scan", "clean"])
def test_a_batch_of_records_is_one_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    lines = [json.dumps({"text": f"{number}\n{NOTE}"}) for number in range(BATCH_RECORDS + 5)]
    lines[7] = "bad"
    (tmp_path / "x.jsonl").write_text("\n".join(lines), encoding="utf-8")
    calls = counting(monkeypatch, work, "find_repeats_batch")
    options = {"scan": ["--only", "repeats"], "clean": ["-o", tmp_path / "out"]}[command]
    done = neardup(command, tmp_path / "x.jsonl", "--threads", 1, "--summary", *options)
    assert f"{BATCH_RECORDS + 4} documents read, 1 failed" in done.stdout
    assert list(map(len, calls)) == [BATCH_RECORDS - 1, 5]


@pytest.mark.parametrize(("limit", "made"), [(["--limit", 2], 2), (["--summary"], 5), (["--limit", 0], 300)])
def test_the_report_makes_only_the_documents_that_it_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: list[object], made: int
) -> None:
    (tmp_path / "x.jsonl").write_text(f"{json.dumps({'text': NOTE})}\n" * 300, encoding="utf-8")
    calls = counting(monkeypatch, Repeats, "document")
    assert "repeats: in 300 documents" in scan(tmp_path / "x.jsonl", "--only", "repeats", *limit).stdout
    assert len(calls) == made


@pytest.mark.parametrize("command", ["scan", "clean"])
def test_one_record_that_fails_does_not_take_its_batch_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    works = work.find_repeats_batch

    def fails(texts: list[str], **options: Any) -> Repeats:
        if any(text.startswith("太大") for text in texts):
            raise MemoryError
        return works(texts, **options)

    monkeypatch.setattr(work, "find_repeats_batch", fails)
    texts = [NOTE, "太大" + NOTE, PAGE, "太大", NOTE]
    (tmp_path / "x.jsonl").write_text("\n".join(json.dumps({"text": text}) for text in texts), encoding="utf-8")
    options = {"scan": ["--only", "repeats"], "clean": ["-o", tmp_path / "out", "--scope", "all"]}[command]
    done = neardup(command, tmp_path / "x.jsonl", "--format", "json", *options)
    assert done.exit_code == 1
    report = json.loads(done.stdout)
    assert [document["id"][-1] for document in report["documents"]] == ["1", "3", "5"]
    assert [error["line"] for error in report["errors"]] == [2, 4]
    assert all("needs more memory than there is" in error["message"] for error in report["errors"])
    if command == "clean":
        assert written(tmp_path / "out") == {
            "x.jsonl": [find_repeats(text).clean("all") for text in (NOTE, PAGE, NOTE)]
        }


@pytest.mark.parametrize("scope", SCOPES)
def test_files_that_wait_for_all_documents_lose_the_same(tmp_path: Path, scope: Any) -> None:
    """Here nothing is boilerplate, and the scope alone decides."""
    texts = [PAGE, NOTE, PLAIN]
    (tmp_path / "x.jsonl").write_text("\n".join(json.dumps({"text": text}) for text in texts), encoding="utf-8")
    options = ["--remove-paragraphs", "boilerplate", "--scope", scope]
    assert neardup("clean", tmp_path / "x.jsonl", "-o", tmp_path / "out", *options).exit_code == 0
    assert written(tmp_path / "out")["x.jsonl"] == [find_repeats(text).clean(scope) for text in texts]
