"""Help at any width, completion, options that are elsewhere or without effect, and reports without a flood."""

from __future__ import annotations

import inspect
import json
import os
import re
import subprocess
from importlib import import_module
from typing import TYPE_CHECKING

import pytest

from neardup.cli.work import Plan
from neardup.io.sources import find_sources
from neardup.report.terminal import DEFAULT_LIMIT, Largest
from tests.command import BODY, COMMAND, SUBCOMMANDS, clean, neardup, paragraphs, scan
from tests.families import SENTENCES

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.once

WIDE = {"COLUMNS": "1000"}


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "文.txt"
    path.write_text(BODY * 2, encoding="utf-8")
    return path


@pytest.fixture
def records(tmp_path: Path) -> Path:
    path = tmp_path / "行.jsonl"
    path.write_text("".join(json.dumps({"id": i, "text": text}) + "\n" for i, text in enumerate(SENTENCES)), "utf-8")
    return path


@pytest.mark.parametrize("command", [[], *([name] for name in SUBCOMMANDS)], ids=["", *SUBCOMMANDS])
def test_help_is_readable_at_any_width(command: list[str]) -> None:
    def shown(columns: str) -> str:
        environment = os.environ | {"COLUMNS": columns}
        done = subprocess.run([*COMMAND, *command, "-h"], env=environment, capture_output=True, check=True, text=True)
        return done.stdout

    words = set(neardup(*command, "--help").stdout.split())
    for columns in ("60", "0"):
        text = shown(columns)
        assert set(text.split()) == words, "no word is cut"
        assert not re.search(r"<\w|lambda|\bint\b|INTEGER|FLOAT|TEXT|PATH\.\.\.\]|x>=", text)
        assert max(map(len, text.splitlines())) <= (60 if columns == "60" else 80)


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_help_names_every_option(name: str) -> None:
    shown = neardup(name, "-h").stdout
    options = inspect.signature(getattr(import_module(f"neardup.cli.{name}"), name)).parameters
    arguments = {"ctx", "paths", "one", "other", "second"}
    for option in options.keys() - arguments:
        assert f"--{option.replace('_', '-')}" in shown
    usage = {"compare": "A B [ID]"}.get(name, "PATH...")
    assert shown.splitlines()[0] == f"Usage: neardup {name} [OPTIONS] {usage}"


def test_without_arguments_help_is_shown() -> None:
    done = neardup()
    assert all(re.search(rf"^  {name} ", done.stdout + done.stderr, re.MULTILINE) for name in SUBCOMMANDS)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_complete_commands_and_options(shell: str) -> None:
    environment = os.environ | {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    script = subprocess.run([*COMMAND, "--show-completion", shell], env=environment, capture_output=True, check=True)
    assert b"_NEARDUP_COMPLETE=complete_" in script.stdout
    for line, expected in (("neardup sc", "scan"), ("neardup clean --keep-e", "--keep-encoding")):
        asked = {"COMP_WORDS": line, "COMP_CWORD": str(line.count(" ")), "_NEARDUP_COMPLETE": f"complete_{shell}"}
        asked |= {"_TYPER_COMPLETE_ARGS": line, "_TYPER_COMPLETE_FISH_ACTION": "get-args"}
        assert expected in neardup(env=environment | asked, prog_name="neardup").stdout


def test_options_that_are_elsewhere_are_named(text: Path) -> None:
    for arguments, said in (
        (["scan", text, "--clean", "out"], "No such option: --clean. Use: neardup clean PATH... -o DIR\n"),
        (["scan", text, "--paragraphs"], "No such option: --paragraphs. Use: neardup paragraphs PATH...\n"),
        (["scan", text, "--rejects", "r"], "No such option: --rejects. Use: neardup clean PATH... -o DIR --rejects\n"),
        (["scan", text, "-o", "out"], "No such option: -o. Use: neardup clean PATH... -o DIR\n"),
        (["scan", text, "--output", "out"], "No such option: --output. Use: neardup clean PATH... -o DIR\n"),
        (["clean", text, "--keep", "first"], "No such option: --keep. Use: neardup scan PATH... --keep\n"),
        (["scan", text, "--mark"], "No such option: --mark. Use: neardup dedup PATH... -o FILE|DIR --mark\n"),
        (["scan", text, "--dedup"], "No such option: --dedup. Use: neardup dedup PATH... -o FILE|DIR\n"),
        (["compare", text, text, "--compare"], "No such option: --compare"),
    ):
        done = neardup(*arguments)
        assert done.exit_code == 2
        assert said in done.stderr
    assert "Use:" not in neardup("scan", text, "--nowhere").stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("scan TEXT --format json --limit 9", "--limit: has no effect with --format json"),
        ("scan TEXT --format jsonl --summary", "--summary: has no effect with --format jsonl"),
        ("scan TEXT --summary --limit 9", "--limit: has no effect with --summary"),
        ("scan TEXT --only duplicates --min-chars 9", "--min-chars: has no effect where repeats are not looked for"),
        ("scan TEXT --only repeats --keep first", "--keep: has no effect where duplicates are not looked for"),
        ("scan TEXT --only paragraphs --min-containment 0.9", "--min-containment: has no effect where duplicates"),
        ("scan TEXT --only paragraphs --content all", "--content: has no effect where duplicates are not looked for"),
        ("scan TEXT --only duplicates --min-documents 9", "--min-documents: has no effect where paragraphs are not"),
        ("scan TEXT --only repeats --threshold 0.9", "--threshold: has no effect where documents are not compared"),
        ("scan TEXT --text-field body", "--text-field: has no effect on text; no input has records"),
        ("scan TEXT --id-field id", "--id-field: has no effect on text; no input has records"),
        ("scan TEXT --glob *.txt", "--glob: has no effect without a folder"),
        ("scan RECORDS --extract", "--extract: has no effect on records; no input is a text or a page"),
        ("scan RECORDS --max-unpacked-size 9MB", "--max-unpacked-size: has no effect here; no input has compressed"),
        ("clean TEXT -o out --rejects r", "--rejects: has no effect on text; no input has records"),
        ("clean TEXT -o out --remove-first", "--remove-first: has no effect without --remove-paragraphs"),
        ("clean TEXT -o out --min-documents 9", "--min-documents: has no effect without --remove-paragraphs"),
        ("clean TEXT -o out --threshold 0.9", "--threshold: has no effect without --remove-paragraphs"),
        ("paragraphs TEXT --overwrite", "--overwrite: has no effect without --write-boilerplate"),
        ("paragraphs TEXT --format json --limit 9", "--limit: has no effect with --format json"),
        ("dedup TEXT -o out --text-field body", "--text-field: has no effect on text; no input has records"),
        ("dedup TEXT -o out --title-field t", "--title-field: has no effect on text; no input has records"),
        ("dedup TEXT -o out --priority-field day", "--priority-field: has no effect on text; no input has records"),
        ("dedup TEXT -o out --only-across site", "--only-across: has no effect on text; no input has records"),
        ("dedup TEXT -o out --only-within site", "--only-within: has no effect on text; no input has records"),
        ("dedup TEXT -o out --glob *.md", "--glob: has no effect without a folder"),
        ("dedup RECORDS -o out --extract", "--extract: has no effect on records; no input is a text or a page"),
        ("dedup RECORDS -o out --max-unpacked-size 9MB", "--max-unpacked-size: has no effect here; no input has"),
        ("dedup RECORDS -o out --seed 7", "--seed: has no effect without --sample"),
        ("dedup RECORDS -o out --mark --empty drop", "--empty: has no effect with --mark, which writes all documents"),
        ("dedup RECORDS -o out --dry-run --mark", "--mark: has no effect with --dry-run, which writes no documents"),
        ("dedup RECORDS -o out --sample 7 --dry-run", "--dry-run: has no effect with --sample, which writes nothing"),
        ("dedup RECORDS -o out --descending", "--descending: has no effect without --priority-field"),
        ("compare TEXT TEXT --text-field body", "--text-field: has no effect on two texts"),
        ("compare RECORDS 1 2 --extract", "--extract: has no effect on records"),
        ("compare TEXT TEXT --format json --full", "--full: has no effect with --format json"),
    ],
)
def test_an_option_without_effect_is_an_error(text: Path, records: Path, arguments: str, said: str) -> None:
    words = arguments.replace("TEXT", str(text)).replace("RECORDS", str(records)).split()
    done = neardup(*words, env=WIDE)
    assert done.exit_code == 2
    assert said in done.stderr
    assert not (text.parent / "out").exists()


def test_options_with_an_effect_on_some_input_are_taken(text: Path, records: Path) -> None:
    for arguments in (
        [text, records, "--id-field", "id", "--extract"],
        [text.parent, "--glob", "*.txt"],
        ["-", "--id-field", "id"],
    ):
        assert scan(*arguments).exit_code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        "clean TEXT -o",
        "clean TEXT -o out --rejects",
        "paragraphs TEXT --write-boilerplate",
        "scan TEXT --config",
        "scan TEXT --boilerplate",
        "compare TEXT TEXT --config",
    ],
)
def test_an_empty_name_is_no_file(text: Path, arguments: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(text.parent)
    done = neardup(*arguments.replace("TEXT", str(text)).split(), "", env=WIDE)
    assert done.exit_code == 2
    assert "is empty; give the name of a file or a folder" in done.stderr
    assert [path.name for path in text.parent.iterdir()] == [text.name]


def test_a_stream_is_no_file_to_write_or_of_settings(text: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(text.parent)
    for arguments in (["clean", text, "-o"], ["paragraphs", text, "--write-boilerplate"], ["scan", text, "--config"]):
        done = neardup(*arguments, "-", env=WIDE)
        assert done.exit_code == 2
        assert "is no stream; give the name of a file or a folder" in done.stderr
    assert [path.name for path in text.parent.iterdir()] == [text.name]


def test_a_text_field_is_given_once(records: Path) -> None:
    for command in (["scan", records], ["compare", records, 1, 2]):
        done = neardup(*command, "--text-field", "text", "--text-field", "text", env=WIDE)
        assert done.exit_code == 2
        assert "--text-field': 'text' is given twice" in done.stderr


def test_only_what_is_wanted_is_looked_for(records: Path) -> None:
    found = {
        only: set(json.loads(scan(records, "--format", "json", *only.split()).stdout))
        for only in ("", "--only repeats", "--only duplicates", "--only paragraphs", "--only repeats --only paragraphs")
    }
    common = {"schema_version", "documents", "errors"}
    assert found == {
        "": common | {"duplicates", "paragraphs"},
        "--only repeats": common,
        "--only duplicates": common | {"duplicates"},
        "--only paragraphs": common | {"paragraphs"},
        "--only repeats --only paragraphs": common | {"paragraphs"},
    }
    [first, *_] = json.loads(scan(records, "--only", "duplicates", "--format", "json").stdout)["documents"]
    assert first == {"id": f"{records}:1"}


def test_the_largest_finds_stand_first_and_what_is_not_shown_is_said(tmp_path: Path) -> None:
    path = tmp_path / "多.jsonl"
    texts = [f"{SENTENCES[i % 4]}{i}\n" * 2 + f"第{i}篇。" * (i % 7) for i in range(40)]
    path.write_text("".join(json.dumps({"id": i, "text": text}) + "\n" for i, text in enumerate(texts)), "utf-8")
    shown = scan(path, "--id-field", "id", "--only", "repeats", "--min-chars", 5).stdout.splitlines()
    assert shown[:3] == ["40 documents read", "repeats: in 40 documents; 0 with the body printed more than once", ""]
    assert shown[-1] == f"and {40 - DEFAULT_LIMIT} more documents with repeats; --limit 0 shows all"
    every = scan(path, "--id-field", "id", "--only", "repeats", "--min-chars", 5, "--limit", 0).stdout
    assert len(re.findall(r"^\d+: ", every, re.MULTILINE)) == 40
    assert every.startswith("\n".join(shown[:-1]))
    assert "more" not in every.split("more than once", 1)[1]
    totals = scan(path, "--id-field", "id", "--only", "repeats", "--min-chars", 5, "--summary").stdout
    assert totals.splitlines() == shown[:2]
    everything = scan(path, "--id-field", "id", "--min-chars", 5).stdout.splitlines()
    assert len(everything) < 100
    assert [line.split(":")[0] for line in everything[:4]] == [
        "40 documents read",
        "repeats",
        "duplicates",
        "paragraphs that several documents have",
    ]


def test_of_the_largest_only_so_many_are_kept() -> None:
    made: list[int] = []

    def shown(size: int) -> object:
        made.append(size)
        return size

    largest = Largest(3)
    for size in [5, 1, 9, 9, 2, *range(5), 7]:
        largest.add(size, lambda size=size: shown(size))  # type: ignore[misc,return-value]
    assert made == [5, 1, 9, 9, 7]
    *kept, said = largest.lines("find")
    assert kept == [9, 9, 7]
    assert str(said) == "and 8 more finds; --limit 0 shows all"


def test_the_totals_of_cleaning_and_of_paragraphs(text: Path) -> None:
    done = clean(text, "-o", text.parent / "out", "--summary")
    assert done.stdout == f"1 document read\n1 text written to {text.parent / 'out'}, 1 of them changed\n"
    (text.parent / "又.txt").write_text(BODY, encoding="utf-8")
    done = paragraphs(text, text.parent / "又.txt", "--summary")
    assert done.stdout == "2 documents read\nparagraphs that several documents have: 1\n"


@pytest.mark.parametrize("name", ["x.jsonl.gz", "x.jsonl", "x.txt"])
def test_progress_is_told_in_bytes_of_the_file(tmp_path: Path, name: str) -> None:
    import gzip
    import random

    rng = random.Random(1)
    text = "".join(
        json.dumps({"text": "".join(chr(rng.randrange(0x4E00, 0x9000)) for _ in range(2000))}) + "\n"
        for _ in range(400)
    )
    data = text.replace("{", "", 1).encode() if name.endswith(".txt") else text.encode()
    (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    told: list[int] = []
    for _ in Plan(progress=told.append).tasks(find_sources([str(tmp_path / name)])):
        pass
    size = (tmp_path / name).stat().st_size
    assert sum(told) == pytest.approx(size, abs=1 << 17)
    assert sum(told) <= size
    assert name.endswith(".txt") or len([step for step in told if step]) > 3
