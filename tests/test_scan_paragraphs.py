"""``neardup scan --paragraphs``: in every format, and what the options change."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from neardup import Config, RepeatedParagraphs, find_repeated_paragraphs
from neardup.cli import app

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

NOTICE = "声明：本网独家稿件，未经授权禁止转载。"
SHORTER = "声明：本网独家稿件，未经授权禁止转。"
MENU = "首页 新闻 财经 体育 娱乐 科技 汽车 房产 教育 健康"


def scan(*arguments: object) -> Result:
    result = CliRunner().invoke(app, ["scan", *map(str, arguments)])
    assert result.exit_code == 0, result.stderr
    return result


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    texts = [f"甲\n{NOTICE}\n{MENU}", f"乙\n{MENU}\n{NOTICE}", f"丙\n{NOTICE}", f"丁\n{SHORTER}", *("\n",) * 8]
    path = tmp_path / "pages.jsonl"
    path.write_text("".join(json.dumps({"id": i, "text": text}) + "\n" for i, text in enumerate(texts)), "utf-8")
    return path


def test_the_text_report_shows_those_of_most_documents(lines: Path) -> None:
    shown = scan(lines, "--id-field", "id", "--paragraphs", "--no-duplicates").stdout.splitlines()
    assert shown == [
        "paragraph in 4 documents (4 times, 1 near), first in 0",
        f"  {NOTICE}",
        "paragraph in 2 documents (2 times), first in 0",
        f"  {MENU}",
        "12 documents read: 0 with repeats, 0 with the body printed more than once; 2 repeated paragraphs",
    ]
    less = scan(lines, "--id-field", "id", "--paragraphs", "--no-duplicates", "--max-paragraphs", 1).stdout.splitlines()
    assert less == [*shown[:2], "and 1 repeated paragraph more (--max-paragraphs shows more)", shown[-1]]


def test_near_ones_and_boilerplate_are_told(lines: Path, tmp_path: Path) -> None:
    more = tmp_path / "more.jsonl"
    more.write_text("".join(json.dumps({"id": f"m{i}", "text": NOTICE}) + "\n" for i in range(7)), "utf-8")
    options = ["--id-field", "id", "--paragraphs", "--no-duplicates"]
    shown = scan(lines, more, *options).stdout
    assert "paragraph in 11 documents (11 times, 1 near, boilerplate), first in 0\n" in shown
    assert shown.endswith("; 2 repeated paragraphs, 1 of them boilerplate\n")
    assert (
        "paragraph in 10 documents (10 times, boilerplate)" in scan(lines, more, *options, "--threshold", 0.95).stdout
    )


def test_what_was_not_compared_is_said(lines: Path, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text("max_bucket_size = 1\nthreshold = 0.99\n", "utf-8")
    options = ["--id-field", "id", "--paragraphs", "--no-duplicates", "--config", config]
    shown = scan(lines, *options).stdout
    assert "not all likely paragraphs were compared, so near ones may be missing: " in shown
    assert "a bucket was full (1: max_bucket_size in --config)" in shown


def test_json_is_what_the_library_reads(lines: Path) -> None:
    said = json.loads(scan(lines, "--id-field", "id", "--paragraphs", "--format", "json").stdout)
    texts = {str(record["id"]): record["text"] for record in map(json.loads, lines.read_text("utf-8").splitlines())}
    expected = find_repeated_paragraphs(texts, config=Config(relations=("identical", "near")))
    assert said["paragraphs"] == expected.to_dict()
    assert RepeatedParagraphs.from_dict(said["paragraphs"]).remove(texts).texts == list(texts.values())
    assert "duplicates" in said
    alone = json.loads(scan(lines, "--paragraphs", "--no-duplicates", "--format", "json").stdout)
    assert "duplicates" not in alone
    assert len(alone["paragraphs"]["groups"]) == 2
    assert "paragraphs" not in json.loads(scan(lines, "--format", "json").stdout)


def test_json_lines_have_one_for_every_group_and_one_for_all(lines: Path) -> None:
    def said(*options: object) -> list[dict[str, Any]]:
        shown = scan(lines, "--id-field", "id", "--paragraphs", "--format", "jsonl", *options).stdout
        return [line for line in map(json.loads, shown.splitlines()) if line["type"].startswith("paragraph")]

    *groups, last = said()
    assert [(group["type"], group["documents"]) for group in groups] == [("paragraph", 4), ("paragraph", 2)]
    assert (last["type"], last["documents"], last["groups"], last["min_documents"]) == ("paragraphs", 12, 2, 2)
    assert [group["documents"] for group in said("--min-documents", 3)[:-1]] == [4]


def test_one_document_has_nothing_in_common(tmp_path: Path) -> None:
    path = tmp_path / "one.txt"
    path.write_text(f"{MENU}\n{MENU}\n", "utf-8")
    assert "paragraphs" not in json.loads(scan(path, "--paragraphs", "--format", "json").stdout)
