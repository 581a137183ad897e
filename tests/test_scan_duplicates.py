"""``neardup scan`` on several documents: which are duplicates, in every format, and what the options change."""

from __future__ import annotations

import json
import os
import pty
import random
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from neardup import Config, Duplicates, find_duplicates
from neardup.report.unusual import ENOUGH_DOCUMENTS, UNUSUAL_SHARE
from tests.command import COMMAND, clean, read_terminal, scan

if TYPE_CHECKING:
    from collections.abc import Sequence


DUPLICATES = ["--only", "duplicates"]


def compared(*arguments: object) -> dict[str, Any]:
    """What the JSON report says of duplicates."""
    result = scan(*arguments, "--format", "json")
    assert result.exit_code == 0, result.stderr
    found: dict[str, Any] = json.loads(result.stdout)["duplicates"]
    return found


def named(found: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """The relation and the survivor of every duplicate, by the names of the files."""
    return {Path(each["id"]).stem: (each["relation"], Path(each["survivor"]).stem) for each in found["duplicates"]}


def sentences(seed: int, count: int = 12) -> list[str]:
    """Made-up sentences of 20 characters, none like another."""
    rng = random.Random(seed)
    return ["".join(chr(rng.randrange(0x4E00, 0x9000)) for _ in range(20)) + "。" for _ in range(count)]


def write_lines(path: Path, texts: Sequence[str], **fields: Sequence[object]) -> Path:
    records = [{"text": text} | {name: values[i] for name, values in fields.items()} for i, text in enumerate(texts)]
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


@pytest.fixture
def folder(fixtures: Path) -> Path:
    return fixtures / "duplicates"


@pytest.fixture
def texts(folder: Path) -> dict[str, str]:
    return {str(path): path.read_text(encoding="utf-8") for path in sorted(folder.iterdir())}


def test_people_see_every_survivor_with_its_duplicates(folder: Path) -> None:
    result = scan(folder, *DUPLICATES)
    assert result.exit_code == 0
    assert result.stderr == ""
    assert result.stdout.splitlines() == [
        "5 documents read",
        "duplicates: 3; 2 survivors",
        "",
        f"{folder}/article.txt: 3 duplicates",
        f"  {folder}/reprint.txt: near, 0.85",
        f"  {folder}/excerpt.txt: contained, 1.00",
        f"  {folder}/traditional.txt: identical, 1.00",
    ]


def test_json_holds_what_the_library_finds(folder: Path, texts: dict[str, str]) -> None:
    found = compared(folder)
    assert found == find_duplicates(texts).to_dict()
    assert Duplicates.from_dict(found).to_dict() == found


def test_json_lines_are_every_duplicate_and_their_number(folder: Path, texts: dict[str, str]) -> None:
    result = scan(folder, "--only", "repeats", *DUPLICATES, "--format", "jsonl")
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    found = find_duplicates(texts)
    assert [line["type"] for line in lines] == ["header", *["document"] * 5, *["duplicate"] * 3, "duplicates"]
    assert lines[6:9] == [{"type": "duplicate", **match.to_dict()} for match in found.duplicates]
    assert lines[9] == {
        "type": "duplicates",
        "config": Config().to_dict(),
        "fingerprint": Config().fingerprint(),
        "documents": 5,
        "survivors": 2,
        "duplicates": 3,
        "related": 0,
        "empty": 0,
        "too_short": 0,
        "skipped": 0,
        "boilerplate": None,
        "cuts": {"listed": 0, "documents": 0, "candidates": 0},
    }


@pytest.mark.parametrize("format_", ["text", "json", "jsonl"])
def test_one_document_is_compared_with_nothing(folder: Path, tmp_path: Path, format_: str) -> None:
    lines = write_lines(tmp_path / "行.jsonl", ["甲乙丙丁戊己庚辛"])
    with lines.open("ab") as file:
        file.write(b"[]\n")
    for path in (folder / "article.txt", lines):
        with_, without = (scan(path, "--format", format_, *option) for option in ((), ("--only", "repeats")))
        assert with_.stdout == without.stdout
        assert "surviv" not in with_.stdout
        assert with_.exit_code == without.exit_code == (path == lines)


@pytest.mark.parametrize("format_", ["text", "json", "jsonl"])
def test_nothing_is_compared_if_not_wanted(folder: Path, monkeypatch: pytest.MonkeyPatch, format_: str) -> None:
    monkeypatch.delattr("neardup.cli.held.find_duplicates")
    monkeypatch.delattr("neardup.cli.held.HeldTexts.add")
    result = scan(folder, "--format", format_, "--only", "repeats")
    assert result.exit_code == 0
    assert 'duplicates"' not in result.stdout
    assert "survivor" not in result.stdout


def test_keep_decides_who_survives(folder: Path) -> None:
    paths = [folder / f"{name}.txt" for name in ("reprint", "excerpt", "traditional")]
    assert named(compared(*paths)) == {
        "excerpt": ("contained", "traditional"),
        "reprint": ("near", "traditional"),
    }
    assert named(compared(*paths, "--keep", "longest")) == named(compared(*paths))
    assert named(compared(*paths, "--keep", "first")) == {"traditional": ("near", "reprint")}


def test_a_body_printed_twice_does_not_beat_its_clean_twin(tmp_path: Path) -> None:
    body = "".join(sentences(1))
    (tmp_path / "一.txt").write_text(body + "\n" + body, encoding="utf-8")
    (tmp_path / "二.txt").write_text(body, encoding="utf-8")
    assert named(compared(tmp_path))["一"][1] == "二"


def test_the_thresholds_decide_what_is_a_duplicate(folder: Path, tmp_path: Path) -> None:
    paths = [folder / "article.txt", folder / "reprint.txt"]
    strict = ["--min-containment", "1"]
    assert named(compared(*paths)) == {"reprint": ("near", "article")}
    inside = ["--min-containment", "0.92"]
    assert named(compared(*paths, "--threshold", "0.9")) == {"reprint": ("contained", "article")}
    assert named(compared(*paths, "--threshold", "0.9", *inside)) == {"reprint": ("contained", "article")}
    assert named(compared(*paths, "--threshold", "0.9", *strict)) == {}
    assert named(compared(*paths, "--threshold", "0.85", *strict)) == {"reprint": ("near", "article")}


def test_the_content_of_documents_is_compared_or_all_of_them(tmp_path: Path) -> None:
    body = "据介绍，重庆经开区把质量强区战略写入全区规划，加快引进和培育壮大龙头企业。"
    for name in "一二":
        images = "\n".join(f"![](https://img.example.com/{ord(name) * number}/640.png)" for number in range(20))
        (tmp_path / f"{name}.txt").write_text(f"{body}\n{images}\n", encoding="utf-8")
    config = tmp_path / "设置.toml"
    config.write_text('content = "all"', encoding="utf-8")
    assert named(compared(tmp_path)) == named(compared(tmp_path, "--content", "prose")) == {"二": ("identical", "一")}
    everything = compared(tmp_path, "--content", "all")
    assert named(everything) == named(compared(tmp_path, "--config", config)) == {}
    assert everything["config"]["content"] == "all"
    assert named(compared(tmp_path, "--config", config, "--content", "prose")) == {"二": ("identical", "一")}


def test_a_config_decides_and_options_override_it(folder: Path, tmp_path: Path) -> None:
    paths = [folder / "article.txt", folder / "reprint.txt"]
    path = tmp_path / "设置.toml"
    path.write_text('threshold = 0.9\nmin_containment = 1\nrelations = ["identical", "near"]\n', encoding="utf-8")
    found = compared(*paths, "--config", path)
    assert found["config"] == Config.load(path).to_dict()
    assert found["fingerprint"] == Config.load(path).fingerprint()
    assert named(found) == {}
    overridden = compared(*paths, "--config", path, "--threshold", "0.85", "--min-containment", "0.5")
    assert named(overridden) == {"reprint": ("near", "article")}
    assert overridden["config"] == found["config"] | {"threshold": 0.85, "min_containment": 0.5}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read (No such file or directory)"),
        (b"threshold 0.8", "Expected '='"),
        (b"treshold = 0.8", "unknown: treshold"),
        (b"threshold = 2", "threshold must be above 0 and at most 1, not 2"),
        (b'threshold = "x"', "threshold must be a number, not 'x'"),
        (b"\xff", "not UTF-8"),
    ],
)
def test_a_config_that_is_none_is_wrong_usage(tmp_path: Path, content: bytes | None, said: str) -> None:
    path = tmp_path / "config.toml"
    if content is not None:
        path.write_bytes(content)
    given = ["-o", tmp_path / "out", "--remove-paragraphs", "repeated", "--config", path]
    result = clean(tmp_path, *given, env={"COLUMNS": "1000"})
    assert result.exit_code == 2
    assert "Usage" in result.stderr
    assert f"--config: {path}: {said}" in result.stderr
    assert "it must be a TOML file with fields of neardup.Config, as in threshold = 0.8" in result.stderr
    assert result.stdout == ""
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["--threshold", "0"],
        ["--threshold", "1.01"],
        ["--threshold", "nan"],
        ["--threshold", "x"],
        ["--min-containment", "-1"],
        ["--min-containment", "2"],
        ["--keep", "shortest"],
        ["--limit", "-1"],
    ],
)
def test_wrong_values_exit_2_before_any_work(folder: Path, arguments: list[str]) -> None:
    result = scan(folder, *arguments)
    assert result.exit_code == 2
    assert f"'{arguments[0]}'" in result.stderr
    assert result.stdout == ""


def test_limit_shows_the_least_alike(folder: Path) -> None:
    assert scan(folder, *DUPLICATES, "--limit", 1).stdout.splitlines()[3:] == [
        f"{folder}/article.txt: 3 duplicates",
        f"  {folder}/reprint.txt: near, 0.85",
        "  and 2 more documents; --limit 0 shows all",
    ]
    assert scan(folder, "--limit", 3).stdout == scan(folder, "--limit", 0).stdout


def test_the_order_and_the_threads_do_not_matter(tmp_path: Path) -> None:
    rng = random.Random(3)
    paths = []
    for family in range(8):
        body = sentences(family)
        for copy in range(rng.randrange(1, 6)):
            paths.append(tmp_path / f"{family}-{copy}.txt")
            kept = [sentence for sentence in body if rng.random() < 0.97]
            paths[-1].write_text("".join(kept[: rng.choice([3, 12])]), encoding="utf-8")
    found = compared(*paths)
    assert len(found["duplicates"]) > 5
    first = compared(*paths, "--keep", "first")
    for threads in (1, 2, 5):
        rng.shuffle(paths)
        assert compared(*paths, "--threads", threads) == found
        assert compared(*sorted(paths), "--threads", threads, "--keep", "first") == first


def test_a_folder_and_json_lines_are_one_corpus(folder: Path, tmp_path: Path, texts: dict[str, str]) -> None:
    written = list(texts.values())
    lines = write_lines(tmp_path / "行.jsonl", [written[3], written[1]], 号=[7, "乙"])
    found = compared(folder / "article.txt", folder / "other.txt", lines)
    assert {each["id"]: each["survivor"] for each in found["duplicates"]} == {
        f"{lines}:1": str(folder / "article.txt"),
        f"{lines}:2": str(folder / "article.txt"),
    }
    found = compared(folder / "article.txt", lines, "--id-field", "号")
    assert [each["id"] for each in found["duplicates"]] == [7, "乙"]
    assert found["survivors"] == [str(folder / "article.txt")]


def test_an_id_stands_for_one_document(tmp_path: Path) -> None:
    lines = write_lines(tmp_path / "行.jsonl", ["甲乙丙丁戊己庚辛"])
    text = tmp_path / "行.jsonl:1"
    text.write_text("子丑寅卯辰巳午未", encoding="utf-8")
    result = scan(lines, text)
    assert result.exit_code == 1
    assert f'{text}: the id "{text}" is that of {text} already' in result.stderr
    assert scan(lines, text, "--only", "repeats").exit_code == 0


def test_empty_and_short_texts_are_counted(tmp_path: Path) -> None:
    lines = write_lines(tmp_path / "行.jsonl", ["", " 　", "甲", "甲乙", "甲。", "甲乙丙丁戊己"])
    found = compared(lines)
    assert found["empty"] == [f"{lines}:1", f"{lines}:2"]
    assert found["too_short"] == [f"{lines}:3", f"{lines}:4"]
    assert {each["id"]: each["relation"] for each in found["duplicates"]} == {f"{lines}:5": "identical"}
    assert "duplicates: 1; 3 survivors (2 too short to compare), 2 empty\n" in scan(lines).stdout
    summary = json.loads(scan(lines, *DUPLICATES, "--format", "jsonl").stdout.splitlines()[-1])
    counts = {"documents": 6, "survivors": 3, "duplicates": 1, "related": 0, "empty": 2, "too_short": 2}
    assert {name: summary[name] for name in counts} == counts


def test_a_survivor_that_contains_another_is_related(tmp_path: Path, texts: dict[str, str]) -> None:
    excerpt, article = (text for id_, text in texts.items() if Path(id_).stem in {"article", "excerpt"})
    if len(excerpt) > len(article):
        excerpt, article = article, excerpt
    lines = write_lines(tmp_path / "行.jsonl", [excerpt, article, article])
    result = scan(lines, "--keep", "first", *DUPLICATES)
    assert result.stdout.splitlines() == [
        "3 documents read",
        "duplicates: 1; 2 survivors",
        "",
        f"{lines}:2: 1 duplicate",
        f"  {lines}:3: identical, 1.00",
        f"{lines}:1: 0 duplicates, 1 related survivor",
        f"  {lines}:2: contains, 1.00, survives",
    ]
    shown = [json.loads(line) for line in scan(lines, "--keep", "first", "--format", "jsonl").stdout.splitlines()]
    assert [(line["type"], line["id"]) for line in shown[4:6]] == [
        ("duplicate", f"{lines}:3"),
        ("related", f"{lines}:2"),
    ]
    config = tmp_path / "设置.toml"
    config.write_text('relations = ["identical", "contains"]', encoding="utf-8")
    assert "1: 2 duplicates" in scan(lines, "--keep", "first", "--config", config).stdout


def test_ids_are_shown_with_escapes(tmp_path: Path) -> None:
    body = "".join(sentences(1))
    lines = write_lines(tmp_path / "行.jsonl", [body] * 2, id=["[bold]\x1b[31m甲", "\u202e\n乙"])
    result = scan(lines, "--id-field", "id", *DUPLICATES)
    assert result.stdout.splitlines()[3:] == ["[bold]\\x1b[31m甲: 1 duplicate", "  \\u202e\\n乙: identical, 1.00"]


def test_very_many_duplicates_are_worth_a_warning(tmp_path: Path) -> None:
    def said(documents: int, duplicates: int) -> str:
        bodies = ["".join(sentences(seed)) for seed in range(documents - duplicates)]
        result = scan(
            write_lines(tmp_path / "行.jsonl", bodies + bodies[:1] * duplicates), *DUPLICATES, "--format", "jsonl"
        )
        assert result.exit_code == 0
        assert json.loads(result.stdout.splitlines()[-1])["duplicates"] == duplicates
        return str(result.stderr)

    assert (UNUSUAL_SHARE, ENOUGH_DOCUMENTS) == (0.5, 20)
    assert said(20, 11) == (
        "neardup: 55% of the 20 documents are duplicates, which is unusually many; look at some of the pairs before "
        "you use the result\n"
    )
    assert said(20, 10) == ""
    assert said(19, 15) == ""


def test_what_the_limits_left_out_is_said(tmp_path: Path) -> None:
    body = sentences(1, 40)
    texts = ["".join([*body[:i], other, *body[i + 1 :]]) for i, other in enumerate(sentences(2, 6))]
    lines = write_lines(tmp_path / "行.jsonl", texts)
    config = tmp_path / "设置.toml"

    def said(limits: str) -> tuple[str, dict[str, int]]:
        config.write_text(f'relations = ["identical"]\n{limits}', encoding="utf-8")
        shown = scan(lines, "--config", config, *DUPLICATES).stdout.splitlines()
        return shown[2], compared(lines, "--config", config)["cuts"]

    line, cuts = said("max_bucket_size = 1")
    assert cuts["listed"] > 1
    assert line == (
        "not all likely documents were compared, so duplicates may be missing: "
        f"{cuts['listed']} times a bucket was full (1: max_bucket_size in --config)"
    )
    line, cuts = said("max_candidates = 1")
    assert cuts["documents"] == 4
    assert line == (
        "not all likely documents were compared, so duplicates may be missing: 4 documents had more than 1 candidate, "
        f"and {cuts['candidates']} of them were not compared (max_candidates in --config)"
    )
    line, cuts = said("")
    assert set(cuts.values()) == {0}
    assert line == ""


def test_failures_are_named_and_the_rest_is_compared(folder: Path) -> None:
    result = scan(folder / "无.txt", folder, "--format", "json")
    assert result.exit_code == 1
    report = json.loads(result.stdout)
    assert len(report["errors"]) == 1
    assert len(report["duplicates"]["duplicates"]) == 3
    result = scan(folder, folder / "无.txt", "--format", "json", "--strict")
    assert result.exit_code == 1
    assert list(json.loads(result.stdout)) == ["schema_version", "documents", "errors"]


def test_cleaning_leaves_no_duplicate_out(folder: Path, tmp_path: Path) -> None:
    result = clean(folder, "-o", tmp_path)
    assert result.exit_code == 0
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        path.name: path.read_bytes() for path in folder.iterdir()
    }


def test_min_chars_is_of_repeats_alone(folder: Path) -> None:
    assert compared(folder, "--min-chars", 3) == compared(folder)


@pytest.mark.once
def test_a_terminal_shows_that_documents_are_compared(folder: Path, tmp_path: Path, texts: dict[str, str]) -> None:
    lines = write_lines(tmp_path / "行.jsonl", list(texts.values()))
    environment = os.environ | {"TERM": "xterm-256color", "COLUMNS": "100"}
    command = [*COMMAND, "scan", lines]
    for options, is_shown in (([], True), (["--only", "repeats"], False)):
        ours, theirs = pty.openpty()
        with subprocess.Popen([*command, *options], stdout=subprocess.PIPE, stderr=theirs, env=environment) as process:
            os.close(theirs)
            shown = read_terminal(ours)
            assert process.wait() == 0
        os.close(ours)
        assert bool(re.search(b"Comparing", shown)) == is_shown
