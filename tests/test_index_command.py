"""The command index: documents in, a line for each out; what is stored, removed and written; pipes and signals."""

from __future__ import annotations

import gzip
import json
import os
import select
import signal
import sqlite3
import subprocess
import time
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import typer

from neardup import Config, NeardupError, find_duplicates
from neardup._backend import BACKEND
from neardup.cli.index.times import moment
from neardup.index import Index
from neardup.io.arriving import arrivals
from tests.command import COMMAND, INDEX_COMMANDS, index, neardup, shell
from tests.families import SENTENCES
from tests.files import KINDS, made

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(BACKEND != "kernel", reason="what the command does does not depend on the backend")


ARTICLE = "".join(SENTENCES[:4])
OTHER = "".join(SENTENCES[4:6])
FORM = "气象台预报，今天夜里到明天白天多云转小雨，最低气温{}度，请市民注意添衣保暖。"
ROWS: list[dict[str, Any]] = [
    {"id": 1, "text": ARTICLE, "title": "题", "data": {"站": [1, None]}},
    {"id": "二", "text": ARTICLE.replace("，", ""), "title": "题", "data": 7},
    {"id": "三", "text": OTHER, "title": "", "data": None},
    {"id": "空", "text": " ", "title": "", "data": "x"},
    {"id": "短", "text": "短文", "title": "", "data": None},
]
IDS = ["--id-field", "id"]
MANY = 1500
"""Documents: more than are added in one transaction."""

FIELDS = [*IDS, "--title-field", "title", "--data-field", "data"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    made(tmp_path / "in.jsonl", ROWS)
    return tmp_path


@pytest.fixture
def seen(folder: Path) -> Path:
    assert index("add", "seen.index", "in.jsonl", *FIELDS).exit_code == 0
    return folder / "seen.index"


def answers(shown: str) -> list[dict[str, Any]]:
    """Give the lines behind the header."""
    header, *lines = [json.loads(line) for line in shown.splitlines()]
    assert header["type"] == "header"
    assert header["schema_version"] == 1
    return lines


def said(shown: str) -> list[tuple[Any, ...]]:
    """Give of each answer what it is about, its status, and its survivor."""
    return [(line.get("id"), line.get("status"), line.get("survivor")) for line in answers(shown)]


FOUND = [(1, "new", None), ("二", "duplicate", 1), ("三", "new", None), ("空", "empty", None), ("短", "new", None)]


@pytest.mark.parametrize("kind", [*KINDS, "jsonl.gz"])
def test_documents_of_every_kind_of_file_are_added(folder: Path, kind: str) -> None:
    rows = [{"id": str(row["id"]), "text": row["text"]} for row in ROWS]
    made(folder / f"a.{kind}", rows)
    done = index("add", "seen.index", f"a.{kind}", *IDS)
    assert (done.exit_code, done.stderr) == (0, "")
    # A table does not say whether an id is a number.
    assert [(str(id_), status, each and str(each)) for id_, status, each in said(done.stdout)] == [
        (str(id_), status, each and str(each)) for id_, status, each in FOUND
    ]
    with Index.open(folder / "seen.index") as opened:
        assert [str(each.id) for each in opened] == ["1", "三", "空", "短"]


def test_texts_of_a_folder_have_their_paths_for_ids(folder: Path) -> None:
    for name, text in (("甲.txt", ARTICLE), ("乙.txt", ARTICLE.replace("，", ""))):
        (folder / "texts").mkdir(exist_ok=True)
        (folder / "texts" / name).write_text(text, "utf-8")
    done = index("add", "seen.index", "texts")
    assert said(done.stdout) == [("texts/乙.txt", "new", None), ("texts/甲.txt", "duplicate", "texts/乙.txt")]


def test_answers_say_why(folder: Path) -> None:
    rows = [{"id": name, "text": FORM.format(degrees)} for name, degrees in (("昨天", 8), ("今天", 12))]
    made(folder / "b.jsonl", [*ROWS[:2], *rows])
    lines = answers(index("add", "seen.index", "b.jsonl", *IDS).stdout)
    found = find_duplicates({str(row["id"]): row["text"] for row in ROWS[:2]}, keep="first").duplicates[0]
    assert lines[1] == {
        "type": "answer",
        **found.to_dict(),
        "survivor": 1,
        "status": "duplicate",
        "rule": "identical",
        "reason": "the same text, but for what folding drops, and the same numbers",
    }
    assert lines[0] == {"type": "answer", "id": 1, "status": "new"}
    assert {name: lines[3][name] for name in ("status", "survivor", "relation", "rule", "reason")} == {
        "status": "new",
        "survivor": "昨天",
        "relation": "template",
        "rule": lines[3]["rule"],
        "reason": "other numbers: 12 and 8 (line 1)",
    }


def test_reasons_are_those_of_comparing_the_two(folder: Path) -> None:
    from neardup import compare, reason

    texts = [ARTICLE, ARTICLE[:120], ARTICLE + OTHER, OTHER + "，大雨", FORM.format(3), FORM.format(4)]
    made(folder / "b.jsonl", [{"id": number, "text": text} for number, text in enumerate(texts)])
    lines = answers(index("add", "seen.index", "b.jsonl", *IDS).stdout)
    rules = set()
    for line in filter(lambda line: "rule" in line, lines):
        assert line["reason"] == reason(compare(texts[line["id"]], texts[line["survivor"]]))
        rules.add(line["rule"])
    assert {"contained", "contains"} < rules


def test_too_short_is_said(folder: Path, seen: Path) -> None:
    made(folder / "b.jsonl", [{"id": 9, "text": "又短"}])
    assert answers(index("add", "seen.index", "b.jsonl", *IDS).stdout) == [
        {"type": "answer", "id": 9, "status": "new", "too_short": True}
    ]


def test_a_document_that_is_stored_is_known_again(seen: Path) -> None:
    done = index("add", "seen.index", "in.jsonl", *FIELDS)
    assert said(done.stdout) == [
        (1, "stored", None),
        ("二", "duplicate", 1),
        ("三", "stored", None),
        ("空", "stored", None),
        ("短", "stored", None),
    ]
    with Index.open(seen) as opened:
        assert len(opened) == 4


def test_an_id_with_another_text_fails_alone(folder: Path, seen: Path) -> None:
    rows = [
        {"id": 5, "text": "早"},
        {"id": 1, "text": FORM.format(7)},
        {"id": 6, "text": "晚"},
        {"id": 6, "text": "暮"},
    ]
    made(folder / "b.jsonl", rows)
    done = index("add", "seen.index", "b.jsonl", *IDS)
    message = "is stored with another text; give another id, or allow that it is replaced (--replace)"
    assert done.exit_code == 1
    assert [(line["type"], line["id"]) for line in answers(done.stdout)] == [
        ("answer", 5),
        ("error", 1),
        ("answer", 6),
        ("error", 6),
    ]
    assert answers(done.stdout)[1] == {
        "type": "error",
        "id": 1,
        "file": "b.jsonl",
        "line": 2,
        "message": f"the id 1 {message}",
    }
    assert done.stderr.splitlines() == [
        f"neardup: b.jsonl:2: the id 1 {message}",
        f"neardup: b.jsonl:4: the id 6 {message}",
    ]
    replaced = index("add", "seen.index", "b.jsonl", *IDS, "--replace")
    assert replaced.exit_code == 0
    with Index.open(seen) as opened:
        assert {opened.get(1).text, opened.get(6).text} == {FORM.format(7), "暮"}  # type: ignore[union-attr]


BAD = '{"id": 8, "text": "好"}\n不是\n{"id": 9}\n{"id": 10, "text": "善"}\n'


def test_bad_lines_are_named_and_the_others_go_on(folder: Path) -> None:
    (folder / "坏.jsonl").write_text(BAD, "utf-8")
    done = index("add", "seen.index", "坏.jsonl", *IDS)
    assert done.exit_code == 1
    assert [(line["type"], line.get("id"), line.get("line")) for line in answers(done.stdout)] == [
        ("answer", 8, None),
        ("error", None, 2),
        ("error", None, 3),
        ("answer", 10, None),
    ]
    assert [line.split(": ")[1] for line in done.stderr.splitlines()] == ["坏.jsonl:2", "坏.jsonl:3"]


@pytest.mark.parametrize("command", ["add", "check", "matches"])
def test_strict_stops_at_the_first_fault(folder: Path, command: str) -> None:
    (folder / "坏.jsonl").write_text(BAD, "utf-8")
    with Index.open(folder / "seen.index"):
        pass
    done = index(command, "seen.index", "坏.jsonl", "in.jsonl", *IDS, "--strict")
    assert done.exit_code == 1
    assert [line["type"] for line in answers(done.stdout)] == ["answer", "error"]


def test_strict_stops_at_an_id_with_another_text(folder: Path, seen: Path) -> None:
    made(folder / "b.jsonl", [{"id": id_, "text": f"第{id_}篇"} for id_ in (21, 22, 1, 23, 24)])
    done = index("add", "seen.index", "b.jsonl", *IDS, "--strict")
    assert [(line["type"], line["id"]) for line in answers(done.stdout)] == [
        ("answer", 21),
        ("answer", 22),
        ("error", 1),
    ]
    with Index.open(seen) as opened:
        assert 23 not in opened


def test_documents_of_one_id_are_asked_one_after_the_other(folder: Path) -> None:
    made(folder / "b.jsonl", [ROWS[0], ROWS[0], {**ROWS[0], "id": "1"}, ROWS[2]])
    done = index("add", "seen.index", "b.jsonl", *IDS)
    assert said(done.stdout) == [(1, "new", None), (1, "stored", None), ("1", "stored", None), ("三", "new", None)]


def test_check_stores_nothing_and_looks_at_no_ids(seen: Path) -> None:
    before = seen.read_bytes()
    done = index("check", "seen.index", "in.jsonl", *IDS)
    assert said(done.stdout) == [
        (1, "duplicate", 1),
        ("二", "duplicate", 1),
        ("三", "duplicate", "三"),
        ("空", "empty", None),
        ("短", "duplicate", "短"),
    ]
    assert seen.read_bytes() == before
    assert said(index("check", "seen.index", "-", input='{"text": "新来的"}').stdout) == [("-:1", "new", None)]


def test_matches_gives_all_that_is_like_a_document(folder: Path, seen: Path) -> None:
    made(folder / "b.jsonl", [{"id": name, "text": FORM.format(degrees)} for name, degrees in (("a", 8), ("b", 12))])
    index("add", "seen.index", "b.jsonl", *IDS)
    made(folder / "c.jsonl", [{"text": text} for text in (FORM.format(8), FORM.format(3), "没见过的", " ")])
    lines = answers(index("matches", "seen.index", "c.jsonl").stdout)
    assert [(line["status"], [match["survivor"] for match in line["matches"]]) for line in lines] == [
        ("duplicate", ["a", "b"]),
        ("related", ["a", "b"]),
        ("new", []),
        ("empty", []),
    ]
    assert {"relation", "rule", "reason", "score", "jaccard"} <= lines[0]["matches"][0].keys()
    [line, *_] = answers(index("matches", "seen.index", "c.jsonl", "--limit", 1).stdout)
    assert [match["survivor"] for match in line["matches"]] == ["a"]
    [line, *_] = answers(index("matches", "seen.index", "c.jsonl", "--newer-than", "2999-01-01").stdout)
    assert line["matches"] == []


def test_titles_are_evidence(folder: Path) -> None:
    rows = [{"id": number, "text": ARTICLE, "t": title} for number, title in enumerate(("浙江高考", "江苏高考"))]
    made(
        folder / "b.jsonl",
        [{**row, "text": f"{row['t']}报名办法\n{ARTICLE}{number}"} for number, row in enumerate(rows)],
    )
    with_titles = said(index("add", "a.index", "b.jsonl", *IDS, "--title-field", "t").stdout)
    with Index.open(folder / "a.index") as opened:
        assert opened.get(0).title == "浙江高考"  # type: ignore[union-attr]
    assert with_titles[0] == (0, "new", None)


def test_the_config_is_chosen_when_the_index_is_made(folder: Path) -> None:
    options = ["--threshold", "0.6", "--min-containment", "0.7", "--content", "all"]
    assert index("add", "seen.index", "in.jsonl", *IDS, *options).exit_code == 0
    with Index.open(folder / "seen.index") as opened:
        assert opened.config == Config.for_threshold(0.6).with_overrides(min_containment=0.7, content="all")
    assert index("add", "seen.index", "in.jsonl", *IDS).exit_code == 0
    done = index("add", "seen.index", "in.jsonl", *IDS, "--threshold", "0.5")
    assert done.exit_code == 1
    assert isinstance(done.exception, Exception)
    assert "was made with" in str(done.exception)


def test_threads_and_durability_do_not_change_answers(folder: Path) -> None:
    made(folder / "b.jsonl", [{"id": i, "text": f"{SENTENCES[i % 6]}{i // 9}" * 3} for i in range(MANY)])
    plain = index("add", "a.index", "b.jsonl", *IDS, "--threads", 1).stdout
    other = index("add", "b.index", "b.jsonl", *IDS, "--threads", 2, "--durability", "full").stdout
    assert plain.replace("a.index", "b.index") == other
    assert len(answers(plain)) == MANY
    checked = [index("check", "a.index", "b.jsonl", *IDS, "--threads", n).stdout for n in (1, 2)]
    assert checked[0] == checked[1]


def test_records_of_standard_input_need_ids(folder: Path) -> None:
    for arguments in ([], ["-"], ["in.jsonl", "-"]):
        done = index("add", "seen.index", *arguments, input=BAD)
        assert done.exit_code == 2
        assert "--id-field" in done.stderr
    assert not (folder / "seen.index").exists()


@pytest.mark.parametrize("command", ["check", "matches", "remove", "expire", "stats", "verify", "export", "upgrade"])
def test_only_add_makes_an_index(folder: Path, command: str) -> None:
    more = {"remove": ["1"], "expire": ["--older-than", "1d"]}.get(command, [])
    for name in ("no.index", ":memory:"):
        done = index(command, name, *more, input="")
        assert (done.exit_code, done.stdout) == (1, "")
        assert isinstance(done.exception, NeardupError)
        assert str(done.exception).startswith(f"{name}: ")
    assert not [path for path in folder.iterdir() if path.name != "in.jsonl"]


def test_other_files_are_refused_and_stay(folder: Path) -> None:
    with sqlite3.connect(folder / "other.db") as database:
        database.execute("CREATE TABLE t(x)")
    database.close()
    for name in ("in.jsonl", "other.db"):
        before = (folder / name).read_bytes()
        for command in ("add", "stats"):
            done = shell(f"$N index {command} {name} {'in.jsonl --id-field id' if command == 'add' else ''}", folder)
            assert done.returncode == 1
            assert f"neardup: {name}: is " in done.stderr
        assert (folder / name).read_bytes() == before


def test_an_index_that_others_keep_locked_is_named(folder: Path, seen: Path) -> None:
    made(folder / "new.jsonl", [{"id": "n", "text": FORM}])
    other = sqlite3.connect(seen, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    for command in ("add seen.index new.jsonl --id-field id", "remove seen.index 1"):
        done = shell(f"$N index {command} --timeout 0.1", folder)
        assert done.returncode == 1
        assert done.stderr.startswith("neardup: seen.index: another process keeps it locked for more than 0.1 s")
        assert done.stderr.endswith("(--timeout)\n")
    assert shell("$N index check seen.index new.jsonl", folder).returncode == 0
    other.execute("ROLLBACK")
    other.close()
    assert index("add", "seen.index", "new.jsonl", *IDS).exit_code == 0


# What is stored


def test_remove_takes_ids_from_everywhere(folder: Path, seen: Path) -> None:
    done = index("remove", "seen.index", "1", "1", "没有")
    assert (done.exit_code, done.stdout) == (0, "1 document removed; 1 id not stored\n")
    assert index("remove", "seen.index", "--ids", "-", input="三\r\n\n空").stdout == "2 documents removed\n"
    (folder / "ids.gz").write_bytes(gzip.compress("﻿短\n".encode()))
    assert index("remove", "seen.index", "--ids", "ids.gz").stdout == "1 document removed\n"
    with Index.open(seen) as opened:
        assert len(opened) == 0
    assert index("remove", "seen.index").exit_code == 2
    (folder / "bad").write_bytes(b"a\n\xff\n")
    done = shell("$N index remove seen.index --ids bad", folder)
    assert (done.returncode, done.stderr) == (1, "neardup: bad:2: not UTF-8\n")


def test_many_ids_are_removed(folder: Path) -> None:
    made(folder / "b.jsonl", [{"id": i, "text": f"第{i}篇"} for i in range(2500)])
    index("add", "seen.index", "b.jsonl", *IDS)
    (folder / "ids").write_text("".join(f"{i}\n" for i in range(2400)), "utf-8")
    assert index("remove", "seen.index", "--ids", "ids", "2499").stdout == "2,401 documents removed\n"


def test_expire_removes_what_is_older(seen: Path) -> None:
    assert index("expire", "seen.index", "--older-than", "30d").stdout == "0 documents removed\n"
    assert index("expire", "seen.index", "--older-than", "2999-01-01").stdout == "4 documents removed\n"
    with Index.open(seen) as opened:
        assert len(opened) == 0
    assert index("expire", "seen.index").exit_code == 2
    done = index("expire", "seen.index", "--older-than", "新年", env={"COLUMNS": "1000"})
    assert done.exit_code == 2
    assert "is no time; for example 30d, 12h, 2026-01-01 or 2026-01-01T08:00+08:00" in done.stderr


def test_times() -> None:
    for given, seconds in (("90s", 90), ("3m", 180), ("2h", 7200), ("30d", 30 * 86400), ("1w", 7 * 86400)):
        assert time.time() - moment(given) == pytest.approx(seconds, abs=5)
    assert moment("2026-01-01T08:00+08:00") == datetime.fromisoformat("2026-01-01T00:00+00:00").timestamp()
    assert moment("2026-01-01") == datetime(2026, 1, 1).astimezone().timestamp()
    for given in ("", "d", "-3d", "3", "1.5d", "³d", "0001-01-01T00:00", "9999999999d"):
        with pytest.raises(typer.BadParameter, match="is no time"):
            moment(given)


def test_stats_for_people_and_programs(seen: Path) -> None:
    shown = index("stats", "seen.index").stdout.splitlines()
    assert shown[0].startswith("seen.index: 4 documents, ")
    assert shown[2].startswith("threshold 0.8, min_containment 0.8, content prose, 0 paragraphs of boilerplate")
    found = json.loads(index("stats", "seen.index", "--format", "json").stdout)
    with Index.open(seen) as opened:
        assert found == {
            "schema_version": 1,
            "index": "seen.index",
            **opened.stats()._asdict(),
            "config": json.loads(json.dumps(opened.config.to_dict())),
            "fingerprint": opened.config.fingerprint(),
        }


def test_an_index_that_is_only_read_is_one_file_again(seen: Path) -> None:
    for command in (["stats"], ["verify"], ["export"], ["check"]):
        index(command[0], "seen.index", input="")
        assert {path.name for path in seen.parent.glob("seen.index*")} <= {"seen.index", "seen.index-lock"}


def test_verify_names_faults(seen: Path) -> None:
    done = index("verify", "seen.index")
    assert (done.exit_code, done.stdout, done.stderr) == (0, "4 documents: no faults\n", "")
    with sqlite3.connect(seen) as database:
        database.execute(
            "UPDATE records SET record = CAST(x'00' || substr(record, 2) AS BLOB) "
            "WHERE n = (SELECT min(n) FROM records)"
        )
    database.close()
    done = index("verify", "seen.index")
    assert (done.exit_code, done.stdout) == (1, "4 documents: 1 fault\n")
    assert done.stderr == "neardup: seen.index: 1: its sketch is not that of its text\n"


def test_export_gives_all_back(folder: Path, seen: Path) -> None:
    done = index("export", "seen.index")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [{name: row[name] for name in ROWS[0]} for row in rows] == [ROWS[0], *ROWS[2:]]
    assert all(abs(row["added"] - time.time()) < 600 for row in rows)
    assert index("export", "seen.index", "-o", "out.jsonl.gz").stdout == "4 documents written to out.jsonl.gz\n"
    assert gzip.decompress((folder / "out.jsonl.gz").read_bytes()).decode() == done.stdout
    assert index("add", "again.index", "out.jsonl.gz", *FIELDS).exit_code == 0
    with Index.open(seen) as one, Index.open(folder / "again.index") as other:
        assert [each[:4] for each in one] == [each[:4] for each in other]


def test_export_writes_what_json_does_not_have(folder: Path) -> None:
    with Index.open(folder / "seen.index") as opened:
        opened.add(2**64 - 1, ARTICLE, data=b"\0\xff")
        opened.add("半\ud83d", OTHER + "\ud83d", data=2**99)
    first, second = [json.loads(line) for line in index("export", "seen.index").stdout.splitlines()]
    assert (first["id"], first["data"], first["data_base64"]) == (2**64 - 1, None, "AP8=")
    assert (second["id"], second["text"], second["data"]) == ("半\ud83d", OTHER + "\ud83d", 2**99)
    asked = "".join(json.dumps({"text": text}) + "\n" for text in (ARTICLE, OTHER))
    found = answers(index("check", "seen.index", "-", input=asked).stdout)
    assert [line["survivor"] for line in found] == [2**64 - 1, "半\ud83d"]


def test_export_writes_over_nothing(folder: Path, seen: Path) -> None:
    before = seen.read_bytes()
    for name, message in (("in.jsonl", "exists already"), ("seen.index", "is the index itself")):
        overwrite = "--overwrite" if name == "seen.index" else ""
        done = shell(f"$N index export seen.index -o {name} {overwrite}", folder)
        assert done.returncode == 1
        assert message in done.stderr
    assert seen.read_bytes() == before
    assert index("export", "seen.index", "-o", "in.jsonl", "--overwrite").exit_code == 0
    assert len((folder / "in.jsonl").read_text("utf-8").splitlines()) == 4


def test_upgrade_keeps_all_documents(seen: Path) -> None:
    done = index("upgrade", "seen.index", "--threshold", "0.6")
    assert (done.exit_code, done.stdout) == (0, "seen.index: 4 documents, made again\n")
    with Index.open(seen) as opened:
        assert opened.config == Config.for_threshold(0.6)
        assert [each.id for each in opened] == [1, "三", "空", "短"]
    assert index("upgrade", "seen.index").exit_code == 0
    with Index.open(seen) as opened:
        assert opened.config.threshold == 0.6


# Help


@pytest.mark.parametrize("name", INDEX_COMMANDS)
def test_help_of_every_command(name: str) -> None:
    shown = neardup("index", name, "-h", env={"COLUMNS": "80"}).stdout
    assert shown.startswith(f"Usage: neardup index {name} [OPTIONS] INDEX")
    assert "Exit codes: 0 " in " ".join(shown.split())
    assert max(map(len, shown.splitlines())) <= 80
    assert f"\n  {name} " in neardup("index", "-h").stdout


def test_options_of_other_commands_are_named(seen: Path) -> None:
    done = index("check", "seen.index", "--replace")
    assert done.exit_code == 2
    assert "No such option: --replace. Use: neardup index add INDEX [PATH]... --replace" in done.stderr
    assert "Use: neardup index COMMAND INDEX" in neardup("scan", "x", "--index").stderr


def test_options_without_effect_are_refused(folder: Path, seen: Path) -> None:
    (folder / "文.txt").write_text(ARTICLE, "utf-8")
    done = index("add", "seen.index", "文.txt", "--data-field", "x", env={"COLUMNS": "1000"})
    assert done.exit_code == 2
    assert "--data-field: has no effect on text; no input has records" in done.stderr


# Processes


@contextmanager
def running(folder: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(
        [*COMMAND, "index", *arguments],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def line_from(process: subprocess.Popen[bytes]) -> dict[str, Any]:
    """Read a line that was written, and fail if none comes."""
    assert process.stdout
    line = b""
    while not line.endswith(b"\n"):
        assert select.select([process.stdout], [], [], 60)[0], "no answer"
        piece = os.read(process.stdout.fileno(), 1)
        assert piece, process.stderr and process.stderr.read()
        line += piece
    return json.loads(line)  # type: ignore[no-any-return]


def ask(process: subprocess.Popen[bytes], data: bytes) -> None:
    assert process.stdin
    process.stdin.write(data)


@pytest.mark.parametrize("command", ["add", "check", "matches"])
@pytest.mark.parametrize("start", ["", "\ufeff", "\n"])
def test_who_waits_for_an_answer_gets_it(seen: Path, command: str, start: str) -> None:
    with running(seen.parent, command, "seen.index", *IDS) as process:
        assert line_from(process)["documents"] == 4
        ask(process, start.encode())
        for number in range(3):
            ask(process, json.dumps({"id": f"n{number}", "text": f"第{number}篇新文章，还没有见过。"}).encode() + b"\n")
            answer = line_from(process)
            assert (answer["id"], answer["status"]) == (f"n{number}", "new")
        ask(process, b'{"id": 1, "te')
        ask(process, b'xt": "' + ARTICLE.encode() + b'"}\n\nbad\n')
        known = "stored" if command == "add" else "duplicate"
        assert [line_from(process).get("status") for _ in range(2)] == [known, None]
        ask(process, b'{"id": 2, "text": "' + ARTICLE.encode() + b'"}')
        assert process.stdin
        process.stdin.close()
        assert line_from(process)["status"] == "duplicate"
        assert process.wait(60) == 1  # one line was bad


def test_what_was_answered_is_stored_when_a_signal_ends_it(folder: Path) -> None:
    for name in ("SIGINT", "SIGTERM", "SIGKILL"):
        number = getattr(signal, name)
        with running(folder, "add", f"{name}.index", *IDS) as process:
            line_from(process)
            for id_ in range(5):
                ask(process, json.dumps({"id": id_, "text": f"第{id_}篇"}).encode() + b"\n")
                assert line_from(process)["status"] == "new"
            process.send_signal(number)
            assert process.wait(20) == (-number if name == "SIGKILL" else 128 + number)
            assert process.stderr
            said_then = {"SIGINT": "neardup: interrupted\n", "SIGTERM": "neardup: ended by SIGTERM\n"}.get(name, "")
            assert process.stderr.read().decode() == said_then
        if name != "SIGKILL":
            assert not [*folder.glob("*-wal"), *folder.glob("*-shm")]
        with Index.open(folder / f"{name}.index") as opened:
            assert [each.id for each in opened] == [0, 1, 2, 3, 4]
            assert opened.verify() == []


def test_a_signal_in_the_midst_of_much_work(folder: Path) -> None:
    rows = "".join(
        json.dumps({"id": i, "text": f"{i * 7919}{SENTENCES[i % 6]}"}) + "\n" for i in range(20_000)
    ).encode()
    (folder / "many.jsonl").write_bytes(rows)
    with running(folder, "add", "seen.index", "many.jsonl", *IDS) as process:
        answered = [line_from(process) for _ in range(20)][1:]
        process.send_signal(signal.SIGTERM)
        assert process.stdout
        rest = process.stdout.read().splitlines(keepends=True)
        assert process.wait(60) == 143
    answered += [json.loads(line) for line in rest if line.endswith(b"\n")]
    new = {line["id"] for line in answered if line["status"] == "new"}
    with Index.open(folder / "seen.index") as opened:
        stored = {each.id for each in opened}
        assert new
        assert new <= stored
        assert len(answered) < 20_000
        assert opened.verify() == []


def test_a_reader_that_goes_away_ends_it_quietly(folder: Path) -> None:
    (folder / "many.jsonl").write_text("".join(f'{{"id": {i}, "text": "第{i}篇"}}\n' for i in range(9000)), "utf-8")
    done = shell("{ $N index add s.index many.jsonl --id-field id; echo $? >&2; } | exec head -n 3", folder)
    assert done.stderr == "0\n"
    assert len(done.stdout.splitlines()) == 3


def test_a_pipe_is_answered_as_a_file_is(folder: Path) -> None:
    rows = [{"id": i, "text": f"{SENTENCES[i % 6]}{i // 9}" * 3} for i in range(2 * MANY)]
    made(folder / "b.jsonl", rows)
    piped = shell("cat b.jsonl | $N index add seen.index --id-field id; rm -f seen.index", folder)
    assert (piped.returncode, piped.stderr) == (0, "")
    assert piped.stdout == index("add", "seen.index", "b.jsonl", *IDS).stdout


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ("gzip -c in.jsonl | $N index check seen.index", 5),
        ("$N index check seen.index < in.jsonl", 5),
        ("printf '[%s]' '{\"text\": \"x\"}' | $N index check seen.index", 1),
        ("printf 'id,text\\n1,x\\n' | $N index check seen.index --input-format csv", 1),
        ("printf 'x' | $N index check seen.index", 1),
        ("printf '' | $N index check seen.index", 1),
        ("printf '\\n\\n' | $N index check seen.index --input-format jsonl", 0),
        ("iconv -t utf-16 in.jsonl | $N index check seen.index", 5),
        ("iconv -t gb18030 in.jsonl | $N index check seen.index --encoding gb18030", 5),
        ("cat in.jsonl | $N index check seen.index - in.jsonl", 10),
    ],
)
def test_standard_input_may_be_anything(seen: Path, line: str, count: int) -> None:
    done = shell(line, seen.parent)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(answers(done.stdout)) == count


def test_a_closed_input_is_one_line(seen: Path) -> None:
    done = shell("$N index check seen.index <&-", seen.parent)
    assert (done.returncode, done.stderr) == (1, "neardup: -: standard input is closed\n")


def test_lines_arrive_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    class Pieces:
        """What a pipe gives, piece by piece."""

        def __init__(self, data: bytes, size: int) -> None:
            self.pieces = [data[start : start + size] for start in range(0, len(data), size)]

        def read1(self, _: int) -> bytes:
            return self.pieces.pop(0) if self.pieces else b""

    class Input:
        buffer: Pieces

    data = b"one\n\n \r\nfour\r\nfive is too long\nsix\nlast"
    for longest, expected in (
        (99, [(1, b"one"), (4, b"four\r"), (5, b"five is too long"), (6, b"six"), (7, b"last")]),
        (6, [(1, b"one"), (4, b"four\r"), (5, None), (6, b"six"), (7, b"last")]),
        (3, [(1, None), (4, None), (5, None), (6, None), (7, None)]),
    ):
        for size in range(1, len(data) + 1):
            Input.buffer = Pieces(data, size)
            monkeypatch.setattr("sys.stdin", Input)
            found = [line for lines in arrivals(longest) for line in lines]
            assert [(number, line) for number, line in found if number not in (2, 3)] == expected
            assert {number for number, _ in found} <= {1, 3, 4, 5, 6, 7}


def test_expiry_of_an_age_is_counted_from_now(folder: Path) -> None:
    with Index.open(folder / "seen.index") as opened:
        opened.add(1, ARTICLE)
        assert opened.expire(older_than=timedelta(hours=1)) == 0
    assert index("expire", "seen.index", "--older-than", "0s").stdout == "1 document removed\n"
