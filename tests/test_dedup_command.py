"""The command dedup: its options, what it prints and says, its exit codes."""

from __future__ import annotations

import gzip
import inspect
import json
import os
import re
import subprocess
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from neardup import Config, dedup_files, find_duplicates
from neardup.cli import dedup as command
from neardup.cli.options import Removed
from neardup.jobs.dedup import dedup_files as python_api
from tests.command import COMMAND, dedup, read_terminal, shell
from tests.families import SENTENCES
from tests.files import made, rows_in
from tests.jobs import lines_in

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.once

ARTICLE = "".join(SENTENCES[:4])
OTHER = "".join(SENTENCES[4:6])
TEXTS = [ARTICLE, OTHER, ARTICLE.replace("，", ""), "", f"{ARTICLE}{OTHER}"]
ROWS = [
    {"id": f"a{number}", "text": text, "day": number, "site": "甲乙"[number % 2], "title": "题"}
    for number, text in enumerate(TEXTS)
]


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return made(tmp_path / "in.jsonl", ROWS)


def test_what_is_kept_is_written_and_counted(source: Path) -> None:
    done = dedup("in.jsonl", "-o", "out.jsonl", "--id-field", "id")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "5 documents: 1 kept, 3 duplicates (3 contained), 1 empty",
        "written: out.jsonl",
        "written: out.duplicates.jsonl",
        "written: out.rejects.jsonl",
        "written: out.summary.json",
    ]
    assert [row["id"] for row in rows_in(source.with_name("out.jsonl"))] == ["a3", "a4"]
    assert source.with_name("out.jsonl").read_bytes() == b"".join(source.read_bytes().splitlines(keepends=True)[3:])


def test_the_options_are_those_of_the_function() -> None:
    """Whatever the function takes has an option; a few the command takes from the config."""
    options = set(inspect.signature(command.dedup).parameters)
    parameters = set(inspect.signature(python_api).parameters)
    assert parameters - options == {"inputs", "relations", "progress"}
    assert options - parameters == {"ctx", "paths", "log_json"}


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        ("--keep first", {"keep": "first"}),
        ("--priority-field day", {"priority_field": "day"}),
        ("--priority-field day --descending", {"priority_field": "day", "descending": True}),
        ("--only-across site", {"only_across": "site"}),
        ("--only-within site", {"only_within": "site"}),
        ("--against old.jsonl", {"against": "old.jsonl"}),
        ("--threshold 0.5", {"config": Config.for_threshold(0.5)}),
        ("--min-containment 1", {"min_containment": 1.0}),
        ("--content all", {"content": "all"}),
        ("--config c.toml", {"config": Config(relations=("identical",))}),
        ("--clean body", {"clean": "body"}),
        ("--paragraphs repeated", {"paragraphs": "repeated"}),
        ("--paragraphs boilerplate", {"paragraphs": "boilerplate"}),
        ("--boilerplate auto", {"boilerplate": "auto"}),
        ("--empty drop", {"empty": "drop"}),
        ("--mark", {"mark": True}),
        ("--dry-run", {"dry_run": True}),
        ("--duplicates parquet", {"duplicates": "parquet"}),
        ("--title-field title", {"title_field": "title"}),
        ("--text-field title --text-field text", {"text_field": ["title", "text"]}),
        ("--input-format jsonl --encoding utf-8", {}),
        ("--max-document-size 100", {"max_document_size": 100}),
        ("--memory 64MiB --threads 2 --work w --restart --strict", {"work": "w", "strict": True}),
    ],
)
def test_every_option_does_what_it_does_in_python(source: Path, arguments: str, options: dict[str, Any]) -> None:
    made(source.with_name("old.jsonl"), [{"id": "o", **{k: ROWS[1][k] for k in ("text", "day", "site", "title")}}])
    source.with_name("c.toml").write_text('relations = ["identical"]')
    done = dedup("in.jsonl", "-o", "out.jsonl", "--id-field", "id", *arguments.split())
    assert done.exit_code == 0, done.stderr
    summary = dedup_files("in.jsonl", "expected.jsonl", id_field="id", **options)
    for part in (".jsonl", ".duplicates.jsonl", ".duplicates.parquet", ".rejects.jsonl", ".boilerplate.txt"):
        found, expected = (source.with_name(name + part) for name in ("out", "expected"))
        assert found.exists() == expected.exists()
        if found.exists():
            assert found.read_bytes() == expected.read_bytes()
    written, own = (json.loads(source.with_name(f"{name}.summary.json").read_bytes()) for name in ("out", "expected"))
    for name in ("documents", "survivors", "duplicates", "relations", "families", "files", "config", "cuts"):
        assert written[name] == own[name]
    assert summary.documents == 5 - summary.rejected


def test_a_boilerplate_file_is_that_of_paragraphs(source: Path) -> None:
    pages = [
        {"text": f"第{day}天的新闻，{day * 9}各不相同。\n声明：本网独家稿件，未经授权禁止转载。"}
        for day in "一二三四五六七八九十"
    ]
    made(source.with_name("pages.jsonl"), pages)
    assert dedup("pages.jsonl", "-o", "auto.jsonl", "--boilerplate", "auto").exit_code == 0
    done = dedup("pages.jsonl", "-o", "known.jsonl", "--boilerplate", "auto.boilerplate.txt")
    assert done.exit_code == 0
    auto, known = (json.loads(source.with_name(f"{name}.summary.json").read_bytes()) for name in ("auto", "known"))
    assert auto["config"] == known["config"] != Config().to_dict()
    assert (
        "1 paragraph of boilerplate left out of the comparison\n"
        in dedup("pages.jsonl", "-o", "auto.jsonl", "--boilerplate", "auto", "--overwrite").stdout
    )


def test_exit_codes(source: Path) -> None:
    assert dedup("in.jsonl", "-o", "a.jsonl").exit_code == 0
    for arguments, said in (
        ("in.jsonl", "Missing option '--output' / '-o'"),
        ("- -o b.jsonl", "standard input can be read only once; save it in a file"),
        ("in.jsonl -o b.jsonl --against -", "standard input can be read only once; save it in a file"),
        ("in.jsonl -o -", "is no stream; give the name of a file or a folder"),
        ("in.jsonl -o .", "names neither a file nor a folder; give its name"),
        ("in.jsonl -o b.jsonl --only-across a --only-within b", "excludes --only-within; give one of the two"),
        ("in.jsonl -o b.jsonl --memory 1MB", "--memory: is less than 64MiB"),
        ("in.jsonl -o b.jsonl --keep shortest", "'shortest' is not one of"),
        ("in.jsonl -o b.jsonl --threshold 0.0001", "--threshold"),
    ):
        done = dedup(*arguments.split(), env={"COLUMNS": "1000"})
        assert (done.exit_code, said in done.stderr) == (2, True), done.stderr
    done = shell("$N dedup no.jsonl -o b.jsonl", source.parent)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "neardup: no.jsonl: there is no such file or folder\n"
    done = shell("$N dedup in.jsonl -o a.jsonl", source.parent)
    assert done.returncode == 1
    assert done.stderr == (
        "neardup: a.duplicates.jsonl: exists already; choose another place, or allow that it is replaced "
        "(--overwrite)\n"
    )
    done = shell("$N dedup in.jsonl -o c.jsonl --only-across country", source.parent)
    assert done.returncode == 1
    assert re.fullmatch(r"neardup: in.jsonl:1: none of the first 5 .*\(--only-across\)\n", done.stderr)
    assert not source.with_name("b.jsonl").exists()


def test_an_input_that_fails_is_named_and_the_rest_is_done(source: Path) -> None:
    rows = [json.dumps({"id": f"b{number}", "text": f"{number}{OTHER}"}) for number in range(6000)]
    packed = gzip.compress("\n".join(rows).encode())
    source.with_name("cut.jsonl.gz").write_bytes(packed[: len(packed) // 2])
    source.with_name("bad.jsonl").write_text(json.dumps(ROWS[1]) + "\n{\n", "utf-8")
    done = dedup("in.jsonl", "cut.jsonl.gz", "bad.jsonl", "-o", "out.jsonl")
    assert done.exit_code == 1
    assert re.fullmatch(
        r"neardup: cut.jsonl.gz:\d+: the compressed file is cut off; get the whole file\n"
        r"(neardup: \d+% of .* are duplicates, .*\n)?", done.stderr
    )  # fmt: skip
    assert "1 record could not be read: see the rejects\n" in done.stdout
    assert len(lines_in(source.with_name("out.rejects.jsonl"))) == 2
    done = dedup("bad.jsonl", "in.jsonl", "-o", "strict.jsonl", "--strict")
    assert done.exit_code == 1
    assert not source.with_name("strict.jsonl").exists()


def test_earlier_corpora_are_counted(source: Path) -> None:
    made(source.with_name("old.jsonl"), [{"text": OTHER}, {"text": OTHER}])
    done = dedup("in.jsonl", "-o", "out.jsonl", "--against", "old.jsonl")
    assert "\n2 documents of earlier corpora, which were compared with and not judged\n" in done.stdout


def test_many_duplicates_are_a_warning(source: Path) -> None:
    rows = [{"text": f"{text}。" + "！" * number} for text in (ARTICLE, OTHER, SENTENCES[5] * 2) for number in range(8)]
    made(source.with_name("many.jsonl"), [*rows, *rows[:4]])
    done = dedup("many.jsonl", "-o", "out.jsonl")
    assert done.exit_code == 0
    assert done.stderr == (
        "neardup: 89% of 28 documents are duplicates, which is unusually many; look at some with --sample before you "
        "use the result. Most are of many.jsonl:1 (11), many.jsonl:10 (7), many.jsonl:17 (7)\n"
    )
    made(source.with_name("few.jsonl"), rows[:10])
    assert dedup("few.jsonl", "-o", "few.out.jsonl").stderr == "", "of few documents nothing is unusual"


def test_a_sample_shows_both_texts(source: Path) -> None:
    command = ["in.jsonl", "-o", "out.jsonl", "--id-field", "id"]
    done = dedup(*command, "--sample", 2, "--seed", 3)
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.endswith("\n2 of 3 duplicates; nothing was written\n")
    assert done.stdout.count("a4") >= 2
    assert not source.with_name("out.jsonl").exists()
    assert dedup(*command, "--sample", 2, "--seed", 3).stdout == done.stdout
    assert dedup(*command).exit_code == 0
    assert {path.name for path in source.parent.iterdir()} == {
        "in.jsonl", "out.jsonl", "out.duplicates.jsonl", "out.rejects.jsonl", "out.summary.json",
    }  # fmt: skip


def test_ids_are_printed_without_control_characters(source: Path) -> None:
    made(source.with_name("many.jsonl"), [{"id": f"\x1b[31m{number}", "text": ARTICLE} for number in range(30)])
    done = dedup("many.jsonl", "-o", "out.jsonl", "--id-field", "id")
    assert "\x1b" not in done.stderr
    assert "\\x1b[31m0 (29)" in done.stderr
    done = dedup("many.jsonl", "-o", "s.jsonl", "--id-field", "id", "--sample", 2)
    assert "\x1b" not in done.stdout + done.stderr


def test_a_pipe_is_quiet_and_json_lines_say_how_far_it_is(source: Path) -> None:
    made(source.with_name("bp.jsonl"), ROWS)
    done = shell("$N dedup bp.jsonl -o out.jsonl --boilerplate auto --log-json", source.parent)
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert done.returncode == 0
    assert list(dict.fromkeys(line["stage"] for line in lines)) == [
        "reading", "boilerplate", "sketching", "comparing", "writing",
    ]  # fmt: skip
    for line in lines:
        assert line.keys() == {"type", "stage", "unit", "done", "total", "seconds", "rate", "seconds_left"}
        assert line["type"] == "progress"
        assert line["unit"] == ("bytes" if line["stage"] in ("reading", "writing") else "documents")
        assert 0 <= line["done"] <= line["total"]
        assert line["seconds"] >= 0
    assert shell("$N dedup bp.jsonl -o quiet.jsonl", source.parent).stderr == ""


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="there are no pseudo-terminals")
def test_a_terminal_shows_the_stages(source: Path) -> None:
    ours, theirs = os.openpty()
    running = subprocess.Popen(
        [*COMMAND, "dedup", "in.jsonl", "-o", "out.jsonl"],
        stderr=theirs,
        stdout=subprocess.PIPE,
        env=os.environ | {"TERM": "xterm", "COLUMNS": "100"},
    )
    os.close(theirs)
    seen = read_terminal(ours).decode()
    os.close(ours)
    out, _ = running.communicate(timeout=60)
    assert running.returncode == 0
    assert out.startswith(b"5 documents: ")
    for stage in ("Reading", "Comparing", "Writing"):
        assert stage in seen


def test_the_rate_is_said_with_its_unit() -> None:
    from neardup.cli.stages import _rate

    assert _rate(None, "reading") == ""
    assert _rate(2.5e6, "reading") == "2 MB/s"
    assert _rate(1234.0, "comparing") == "1,234 documents/s"


def test_long_stages_are_said_about_every_second(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    from neardup.cli import stages

    now = [100.0]
    monkeypatch.setattr(stages.time, "monotonic", lambda: now[0])
    with stages.shown_stages(as_json=True) as tell:
        assert tell
        for done in range(0, 101, 10):
            tell("reading", done, 100)
            now[0] += 0.4
        tell("comparing", 0, 7)
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [(line["stage"], line["done"]) for line in lines] == [
        ("reading", 0), ("reading", 30), ("reading", 60), ("reading", 90), ("reading", 100), ("comparing", 0),
    ]  # fmt: skip
    assert (lines[1]["rate"], lines[1]["seconds_left"]) == (25.0, 2.8)


def test_choices_are_those_of_clean() -> None:
    assert [each.value for each in Removed] == ["boilerplate", "repeated"]
    found = find_duplicates(TEXTS)
    assert len(found.duplicates) == 3


def test_a_stage_is_a_bar_with_its_rate(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    from neardup.cli import stages

    monkeypatch.setattr(stages, "Console", partial(stages.Console, force_terminal=True, width=100))
    with stages.shown_stages(as_json=False) as tell:
        assert tell
        for done in range(0, 101, 50):
            tell("reading", done, 100)
        tell("comparing", 7, 7)
    shown = capsys.readouterr().err
    assert "Reading" in shown
    assert "Comparing" in shown
