"""``neardup paragraphs``, and the same in ``neardup scan``: in every format, and what the options change."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from neardup import Config, RepeatedParagraphs, find_repeated_paragraphs
from tests.command import neardup

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

NOTICE = "声明：本网独家稿件，未经授权禁止转载。"
SHORTER = "声明：本网独家稿件，未经授权禁止转。"
MENU = "首页 新闻 财经 体育 娱乐 科技 汽车 房产 教育 健康"


def run(*arguments: object, command: str = "paragraphs") -> Result:
    result = neardup(command, *arguments)
    assert result.exit_code == 0, result.stderr
    return result


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    texts = [f"甲\n{NOTICE}\n{MENU}", f"乙\n{MENU}\n{NOTICE}", f"丙\n{NOTICE}", f"丁\n{SHORTER}", *("\n",) * 8]
    path = tmp_path / "pages.jsonl"
    path.write_text("".join(json.dumps({"id": i, "text": text}) + "\n" for i, text in enumerate(texts)), "utf-8")
    return path


def test_the_text_report_shows_those_of_most_documents(lines: Path) -> None:
    shown = run(lines, "--id-field", "id").stdout.splitlines()
    assert shown == [
        "12 documents read",
        "paragraphs that several documents have: 2",
        "",
        "paragraph in 4 documents (4 times, 1 near), first in 0",
        f"  {NOTICE}",
        "paragraph in 2 documents (2 times), first in 0",
        f"  {MENU}",
    ]
    less = run(lines, "--id-field", "id", "--limit", 1).stdout.splitlines()
    assert less == [*shown[:5], "and 1 more paragraph; --limit 0 shows all"]


def test_near_ones_and_boilerplate_are_told(lines: Path, tmp_path: Path) -> None:
    more = tmp_path / "more.jsonl"
    more.write_text("".join(json.dumps({"id": f"m{i}", "text": NOTICE}) + "\n" for i in range(7)), "utf-8")
    options = ["--id-field", "id"]
    shown = run(lines, more, *options).stdout
    assert "paragraph in 11 documents (11 times, 1 near, boilerplate), first in 0\n" in shown
    assert "paragraphs that several documents have: 2, 1 of them boilerplate\n" in shown
    strict = tmp_path / "strict.toml"
    strict.write_text("threshold = 0.95\nmin_containment = 0.95", "utf-8")
    said = run(lines, more, *options, "--config", strict).stdout
    assert "paragraph in 10 documents (10 times, boilerplate)" in said


def test_what_was_not_compared_is_said(lines: Path, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text("max_bucket_size = 1\nthreshold = 0.99\nmin_containment = 0.99\n", "utf-8")
    options = ["--id-field", "id", "--config", config]
    shown = run(lines, *options).stdout
    assert "not all likely paragraphs were compared, so near ones may be missing: " in shown
    assert "a bucket was full (1: max_bucket_size in --config)" in shown


def test_json_is_what_the_library_reads(lines: Path) -> None:
    said = json.loads(run(lines, "--id-field", "id", "--format", "json").stdout)
    texts = {record["id"]: record["text"] for record in map(json.loads, lines.read_text("utf-8").splitlines())}
    expected = find_repeated_paragraphs(texts, config=Config(relations=("identical", "near")))
    assert said["paragraphs"] == expected.to_dict()
    assert RepeatedParagraphs.from_dict(said["paragraphs"]).remove(texts).texts == list(texts.values())
    assert said["documents"][0] == {"id": 0}
    assert "duplicates" not in said
    everything = json.loads(run(lines, "--id-field", "id", "--format", "json", command="scan").stdout)
    assert everything["paragraphs"] == said["paragraphs"]
    assert "duplicates" in everything
    alone = json.loads(run(lines, "--only", "paragraphs", "--format", "json", command="scan").stdout)
    assert "duplicates" not in alone
    assert len(alone["paragraphs"]["groups"]) == 2
    repeats = json.loads(run(lines, "--only", "repeats", "--format", "json", command="scan").stdout)
    assert "paragraphs" not in repeats


def test_json_lines_have_one_for_every_group_and_one_for_all(lines: Path) -> None:
    def said(*options: object) -> list[dict[str, Any]]:
        shown = run(lines, "--id-field", "id", "--format", "jsonl", *options).stdout
        return [line for line in map(json.loads, shown.splitlines()) if line["type"].startswith("paragraph")]

    *groups, last = said()
    assert [(group["type"], group["documents"]) for group in groups] == [("paragraph", 4), ("paragraph", 2)]
    assert (last["type"], last["documents"], last["groups"], last["min_documents"]) == ("paragraphs", 12, 2, 2)
    assert [group["documents"] for group in said("--min-documents", 3)[:-1]] == [4]


def test_one_document_has_nothing_in_common(tmp_path: Path) -> None:
    path = tmp_path / "one.txt"
    path.write_text(f"{MENU}\n{MENU}\n", "utf-8")
    assert "paragraphs" not in json.loads(run(path, "--format", "json").stdout)
