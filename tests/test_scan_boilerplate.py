"""Boilerplate on the command line: written by one run, left out by another; repeated paragraphs taken out of files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neardup import Config, find_duplicates, find_repeated_paragraphs, find_repeats
from neardup.boilerplate import paragraph_hash
from neardup.io.boilerplate import read_boilerplate
from tests.command import BODY, neardup
from tests.families import SENTENCES

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

NOTICE = "声明：本网独家稿件，未经授权禁止转载。"
NEAR = "声明：本网独家稿件，未经授权禁止转。"
DAYS = "一二三四五六七八九十"


def run(*arguments: object, code: int = 0) -> Result:
    result = neardup(*arguments)
    assert result.exit_code == code, result.stderr
    return result


def write(path: Path, texts: dict[str, str]) -> Path:
    path.write_text("".join(json.dumps({"id": id_, "text": text}) + "\n" for id_, text in texts.items()), "utf-8")
    return path


def read(path: Path) -> dict[str, str]:
    return {record["id"]: record["text"] for record in map(json.loads, path.read_text("utf-8").splitlines())}


TEXTS = {day: f"第{day}天的新闻，各不相同。\n{NOTICE}" for day in DAYS} | {"末": f"最后一天的新闻，各不相同。\n{NEAR}"}


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    return write(tmp_path / "pages.jsonl", TEXTS)


def test_a_file_of_boilerplate_is_written_for_people_and_read_again(pages: Path, tmp_path: Path) -> None:
    file = tmp_path / "out" / "known.tsv"
    shown = run("paragraphs", pages, "--id-field", "id", "--write-boilerplate", file).stdout
    assert "paragraph in 11 documents (11 times, 1 near, boilerplate), first in 一" in shown
    expected = sorted(map(paragraph_hash, (NOTICE, NEAR)))
    head, *lines = file.read_text("utf-8").splitlines()
    assert head.startswith("# boilerplate of neardup, folding scheme ")
    assert lines == [f"{value}\t11\t{NOTICE}" for value in expected]
    assert read_boilerplate(file) == tuple(expected)
    file.write_text(f"{expected[1]}\n\n# nothing else\n", "utf-8")
    assert read_boilerplate(file) == (expected[1],)


def test_boilerplate_is_left_out_of_what_is_compared(pages: Path, tmp_path: Path) -> None:
    known, config = tmp_path / "known.tsv", tmp_path / "config.toml"
    run("paragraphs", pages, "--id-field", "id", "--write-boilerplate", known)
    said = json.loads(run("scan", pages, "--id-field", "id", "--format", "json", "--boilerplate", known).stdout)
    expected = find_duplicates(TEXTS, config=Config(boilerplate=read_boilerplate(known)))
    assert said["duplicates"] == expected.to_dict()
    assert (
        said["duplicates"]
        != json.loads(run("scan", pages, "--id-field", "id", "--format", "json").stdout)["duplicates"]
    )
    config.write_text('boilerplate = ["00000000000000ff"]\nmax_bucket_size = 7\n', "utf-8")
    options = ["--id-field", "id", "--format", "json", "--boilerplate", known, "--config", config]
    chosen = json.loads(run("scan", pages, *options).stdout)["duplicates"]["config"]
    assert (chosen["boilerplate"], chosen["max_bucket_size"]) == (list(read_boilerplate(known)), 7)


def test_comparing_two_files_says_what_was_left_out(tmp_path: Path) -> None:
    one, other, known = tmp_path / "一.txt", tmp_path / "二.txt", tmp_path / "known.tsv"
    one.write_text(f"{NOTICE}\n{SENTENCES[0]}", "utf-8")
    other.write_text(SENTENCES[0], "utf-8")
    known.write_text(paragraph_hash(NOTICE), "utf-8")
    shown = run("compare", one, other, "--boilerplate", known).stdout
    assert shown.startswith("identical\n")
    assert "  left out as boilerplate: 1 paragraph of the first text, 0 paragraphs of the second\n" in shown
    assert "[-" not in shown
    assert "left out" not in (plain := run("compare", one, other).stdout)
    assert f"[-{NOTICE[:5]}" in plain
    said = json.loads(run("compare", one, other, "--boilerplate", known, "--format", "json").stdout)
    assert said["left_out"] == {
        "one": [{"start": 0, "stop": len(NOTICE) + 1, "first_line": 1, "last_line": 1}],
        "other": [],
    }


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"58fac8a802742678\n58fac8\n", "known.tsv:2: a line starts with the hash of a paragraph"),
        (b"# boilerplate of neardup, folding scheme x9: hash", "made with folding scheme x9, and this is"),
        ("声明".encode("gbk"), "not UTF-8"),
        (None, "cannot be read"),
    ],
)
def test_what_is_wrong_in_a_file_of_boilerplate_is_named(
    pages: Path, tmp_path: Path, content: bytes | None, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    known = tmp_path / "known.tsv"
    if content is not None:
        known.write_bytes(content)
    assert message in run("scan", pages, "--boilerplate", known, code=2).stderr
    assert message in run("compare", pages, pages, "--boilerplate", known, code=2).stderr


def test_a_file_of_boilerplate_replaces_nothing_unless_asked(pages: Path, tmp_path: Path) -> None:
    known = tmp_path / "known.tsv"
    known.write_text("mine", "utf-8")
    assert "exists already" in run("paragraphs", pages, "--write-boilerplate", known, code=1).stderr
    assert "is an input itself" in run("paragraphs", pages, "--write-boilerplate", pages, "--overwrite", code=1).stderr
    assert known.read_text("utf-8") == "mine"
    run("paragraphs", pages, "--write-boilerplate", known, "--overwrite")
    assert len(read_boilerplate(known)) == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["known.tsv", "pages.jsonl"]


def test_of_one_document_there_is_no_boilerplate(tmp_path: Path) -> None:
    file, known = write(tmp_path / "one.jsonl", {"一": NOTICE}), tmp_path / "known.tsv"
    run("paragraphs", file, "--write-boilerplate", known)
    assert read_boilerplate(known) == ()


def test_repeated_paragraphs_are_taken_out_of_cleaned_files(pages: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    options = ["--id-field", "id", "-o", out, "--overwrite"]
    result = run("clean", pages, *options, "--remove-paragraphs", "boilerplate")
    assert "boilerplate; 10 paragraphs taken out of 10 documents\n" in result.stdout
    assert f"11 texts written to {out}, 10 of them changed\n" in result.stdout
    found = find_repeated_paragraphs(TEXTS)
    assert list(read(out / "pages.jsonl").values()) == found.remove(TEXTS).texts
    run("clean", pages, *options, "--remove-paragraphs", "boilerplate", "--remove-first")
    assert read(out / "pages.jsonl") == {id_: text.split("\n")[0] + "\n" for id_, text in TEXTS.items()}
    run("clean", pages, *options)
    assert read(out / "pages.jsonl") == TEXTS
    few = write(tmp_path / "few.jsonl", dict(list(TEXTS.items())[:3]))
    run("clean", few, *options, "--remove-paragraphs", "boilerplate")
    assert NOTICE in read(out / "few.jsonl")["三"]
    run("clean", few, *options, "--remove-paragraphs", "repeated")
    assert [NOTICE in text for text in read(out / "few.jsonl").values()] == [True, False, False]
    run("clean", few, *options, "--remove-paragraphs", "repeated", "--min-documents", 4)
    assert NOTICE in read(out / "few.jsonl")["三"]


def test_what_was_taken_out_is_listed(pages: Path, tmp_path: Path) -> None:
    options = ["--id-field", "id", "-o", tmp_path / "out", "--overwrite", "--remove-paragraphs", "boilerplate"]
    said = json.loads(run("clean", pages, *options, "--format", "json").stdout)["paragraphs"]["removed"]
    assert said == [paragraph.to_dict() for paragraph in find_repeated_paragraphs(TEXTS).remove(TEXTS).removed]
    lines = [json.loads(line) for line in run("clean", pages, *options, "--format", "jsonl").stdout.splitlines()]
    listed = [line for line in lines if line["type"] == "removed_paragraph"]
    assert listed == [{"type": "removed_paragraph", **paragraph} for paragraph in said]
    plain = json.loads(run("scan", pages, "--format", "json").stdout)
    assert "removed" not in plain["paragraphs"]


def test_text_files_keep_their_encoding_and_lose_their_own_copies_too(tmp_path: Path) -> None:
    for name in "一二":
        path = tmp_path / "in" / f"{name}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(f"{name}报的标题\r\n{NOTICE}\r\n{BODY * 2}".encode("gb18030"))
    options = ["-o", tmp_path / "out", "--keep-encoding", "--remove-paragraphs", "repeated"]
    run("clean", tmp_path / "in", *options)
    assert (tmp_path / "out" / "一.txt").read_bytes().decode("gb18030") == f"一报的标题\r\n{NOTICE}\r\n{BODY}"
    assert (tmp_path / "out" / "二.txt").read_bytes().decode("gb18030") == "二报的标题\r\n"


def test_removing_needs_somewhere_to_write(pages: Path) -> None:
    assert "Missing option" in run("clean", pages, "--remove-paragraphs", "repeated", code=2).stderr
    said = run("scan", pages, "--remove-paragraphs", "repeated", code=2).stderr
    assert "No such option: --remove-paragraphs. Use: neardup clean PATH... -o DIR --remove-paragraphs\n" in said


def test_nothing_is_written_where_a_run_stops_at_a_failure(pages: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.jsonl"
    bad.write_text("{", "utf-8")
    options = ["--id-field", "id", "-o", tmp_path / "out", "--remove-paragraphs", "repeated"]
    run("clean", pages, bad, *options, "--strict", code=1)
    assert not (tmp_path / "out" / "pages.jsonl").exists()
    run("clean", pages, bad, *options, "--overwrite", code=1)
    assert len(read(tmp_path / "out" / "pages.jsonl")) == len(TEXTS)
    assert (tmp_path / "out" / "bad.jsonl").read_bytes() == b""


def test_one_document_is_cleaned_as_ever(tmp_path: Path) -> None:
    file = write(tmp_path / "one.jsonl", {"一": "标题\n" + BODY * 2})
    run("clean", file, "-o", tmp_path / "out", "--scope", "all", "--remove-paragraphs", "repeated")
    assert read(tmp_path / "out" / "one.jsonl") == {"一": "标题\n" + BODY}


ORIGINAL = "据介绍，重庆经开区把质量强区战略写入全区规划，并加快引进和培育壮大龙头企业，全面发力再上台阶。"
EDITED = ORIGINAL.replace("并", "")


def test_what_stays_of_a_group_is_not_a_copy_that_its_document_loses(tmp_path: Path) -> None:
    """The second body of the first page, which goes, has the paragraph that the other page has too."""
    bodies = ["\n".join([line, SENTENCES[1], SENTENCES[2], SENTENCES[3]]) for line in (ORIGINAL, EDITED)]
    texts = {"一": "\n".join(["标题", *bodies]), "二": f"另一个标题\n{EDITED}"}
    file = write(tmp_path / "pages.jsonl", texts)
    cleaned = find_repeats(texts["一"]).clean()
    assert ORIGINAL in cleaned
    assert EDITED not in cleaned
    strict = tmp_path / "strict.toml"  # so strict that the two are not near
    strict.write_text("min_containment = 0.95", encoding="utf-8")
    [group] = find_repeated_paragraphs(
        texts, config=Config(min_containment=0.95, relations=("identical", "near"))
    ).groups
    assert (group.text, group.occurrences[0].id) == (EDITED, "一")
    options = ["--id-field", "id", "-o", tmp_path / "out", "--config", strict]
    run("clean", file, *options, "--remove-paragraphs", "repeated")
    assert read(tmp_path / "out" / "pages.jsonl") == {"一": cleaned, "二": "另一个标题\n"}


parts = st.lists(st.sampled_from([NOTICE, NEAR, ORIGINAL, EDITED, *SENTENCES[1:4]]), max_size=6)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(worlds=st.lists(parts, min_size=1, max_size=5))
def test_every_paragraph_is_left_somewhere(worlds: list[list[str]], tmp_path: Path) -> None:
    """Of every group of equal paragraphs at least one stays, or one that is near it."""
    texts = {str(i): "\n".join(lines) for i, lines in enumerate(worlds)}
    file = write(tmp_path / "pages.jsonl", texts)
    options: list[Any] = ["--id-field", "id", "-o", tmp_path / "out", "--overwrite"]
    run("clean", file, *options, "--remove-paragraphs", "repeated")
    left = "\n".join(read(tmp_path / "out" / "pages.jsonl").values())
    similar = {NOTICE: NEAR, NEAR: NOTICE, ORIGINAL: EDITED, EDITED: ORIGINAL}
    for line in {line for lines in worlds for line in lines}:
        assert line in left or similar.get(line, line) in left
