"""``neardup compare``: what it prints, refuses and returns, and what of two texts it marks."""

from __future__ import annotations

import gzip
import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from io import StringIO
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from neardup import Config, fold, reason
from neardup import compare as compare_texts
from neardup.evidence import Evidence
from neardup.relations import RELATIONS, Terms
from neardup.report.comparison import (
    _SAID,
    KEPT_CHARS,
    LONG_CHARS,
    ComparisonReport,
    differing,
    measured_by_term,
    rows,
    same_inside,
    shortened,
)
from tests.command import COMMAND, compare, read_terminal
from tests.families import texts

if TYPE_CHECKING:
    from pathlib import Path


LINE = "气象台预报，今天夜里到明天白天多云转小雨，偏北风三到四级，最低气温{}度，请市民注意添衣保暖。"
LONG = (
    "据介绍，重庆经开区把质量强区战略写入全区规划，加快引进和培育壮大龙头企业；"
    "同时积极搭建创新服务平台，落实各项鼓励创新的优惠政策，设立基金。"
)


@pytest.fixture
def article(fixtures: Path) -> Path:
    return fixtures / "duplicates" / "article.txt"


@pytest.fixture
def reprint(fixtures: Path) -> Path:
    return fixtures / "duplicates" / "reprint.txt"


@pytest.fixture
def bulletins(tmp_path: Path) -> tuple[Path, Path]:
    paths = tmp_path / "一.txt", tmp_path / "二.txt"
    for path, degrees in zip(paths, (8, 12), strict=True):
        path.write_text(LINE.format(degrees), encoding="utf-8")
    return paths


def shown(one: str, other: str, *, full: bool = False, width: int = 400) -> str:
    """The columns of the report, without what stands above them."""
    out = StringIO()
    report = ComparisonReport(out, Config(), full=full)
    report.console.width = width
    report.write(compare_texts(one, other), ("甲", "乙"))
    return out.getvalue().split("┼", 1)[1].split("\n", 1)[1]


def test_people_are_told_what_they_are_why_and_where_they_differ(bulletins: tuple[Path, Path]) -> None:
    result = compare(*bulletins, env={"COLUMNS": "160"})
    assert result.exit_code == 0
    assert result.stderr == ""
    lines = result.stdout.splitlines()
    assert lines[:6] == [
        "template: the same form, filled in otherwise",
        "  other numbers: 8 and 12 (line 1) (other_marks)",
        "  Jaccard similarity 0.74; 86% of the first text is in the second, 84% of the second in the first",
        "  aligned: 98% of the shorter text, which has 41 characters; the longer one has 42",
        "",
        lines[5],
    ]
    assert str(bulletins[0])[:20] in lines[5]
    assert "最低气温[-8-]度" in result.stdout
    assert "最低气温{+12+}度" in result.stdout


def test_the_columns_have_half_of_the_width_each(article: Path, reprint: Path) -> None:
    for width in (40, 80, 133):
        result = compare(reprint, article, env={"COLUMNS": str(width)})
        columns = [line.split(" │ ") for line in result.stdout.splitlines() if " │ " in line]
        assert len(columns) > 3
        for left, right in columns:
            assert cell_len(left) == (width - 3) // 2
            assert cell_len(right) <= (width - 3) // 2
            assert right == right.rstrip()
    assert compare(reprint, article, env={"COLUMNS": "4"}).exit_code == 0


def test_explain_shows_every_term_and_whether_they_would_meet(bulletins: tuple[Path, Path], tmp_path: Path) -> None:
    assert "in a corpus" not in compare(*bulletins).stdout
    result = compare(*bulletins, "--explain")
    texts = [path.read_text(encoding="utf-8") for path in bulletins]
    expected = compare_texts(*texts)
    found = re.findall(r"^  (\w+) +([+-][0-9.]+): (.+)$", result.stdout, flags=re.MULTILINE)
    assert [name for name, _, _ in found] == list(Terms._fields)
    assert [float(value) for _, value, _ in found] == pytest.approx(list(expected.terms), abs=0.005)
    assert [said for _, _, said in found] == [
        "0 agree, 1 in conflict",
        "at least 11% of a third of the shorter text is nowhere in the longer one",
        "1 place with another serial mark or a negation more, in 41 characters",
        "0 pairs of other words, each once, in 41 characters",
        "0% of the words that only one title has recur where the texts differ",
        "0% of the words of each title, or more, are nowhere in the other text",
        "the titles do not differ in a negation alone",
    ]
    assert "-0.00" not in result.stdout
    cuts = result.stdout[result.stdout.index("  sum") :].splitlines()[:4]
    assert cuts == [
        f"  sum           {expected.balance:+.2f}",
        f"  a copy? no: by what they share contained; the sum is {expected.balance:.2f}, and min_score -0.7",
        "  a version of the same item? no: they share 0.86, and min_revision is 0.3; "
        f"the sum is {expected.balance:.2f}, and min_revision_score -2.0",
        "  so: template (other_marks)",
    ]
    assert re.search(r"in a corpus: compared: they share \d+ of 16 bands and \d of \d anchors?\n", result.stdout)
    assert "share a band with a probability of 0." in result.stdout
    assert "shingles of 13 characters, which no rule asks: Jaccard similarity 0." in result.stdout
    other = tmp_path / "三.txt"
    other.write_text("本报讯昨天上午，市图书馆新馆正式向读者开放。", encoding="utf-8")
    said = compare(bulletins[0], other, "--explain").stdout
    assert "in a corpus: not compared: they share 0 of 16 bands, and 0 of 1 anchor, less than 40%" in said
    assert "in a corpus: compared: identical texts always are" in compare(other, other, "--explain").stdout
    assert "not asked, since the texts are identical" in compare(other, other, "--explain").stdout
    assert "a copy? no: by what they share not alike enough" in said
    assert "so: unrelated (too_different)" in said
    other.write_text(f"据悉，{LINE.format(8)}", encoding="utf-8")
    said = compare(bulletins[0], other, "--explain").stdout
    assert "a copy? yes: by what they share near" in said
    assert "a version of the same item? yes: " in said
    assert "so: near (near)" in said
    strict = tmp_path / "严.toml"
    strict.write_text("min_score = 1", encoding="utf-8")
    said = compare(bulletins[0], other, "--config", strict).stdout
    assert said.startswith("revision: a version of the same item\n  the same item, with differences: ")
    for name, text in (("四.txt", "3.5"), ("五.txt", "35"), ("空.txt", "　\n")):
        (tmp_path / name).write_text(text, encoding="utf-8")
    said = compare(tmp_path / "四.txt", tmp_path / "五.txt", "--explain").stdout
    assert "not compared: one of them has fewer than 5 characters" in said
    said = compare(tmp_path / "四.txt", tmp_path / "空.txt", "--explain").stdout
    assert said.startswith("unrelated\n  one of the texts is empty after folding (empty)\n")


def test_every_term_and_relation_has_its_words() -> None:
    assert set(measured_by_term(Evidence(1.0, 1.0, 1.0))) == set(Terms._fields)
    assert measured_by_term(Evidence(1.0, 1.0, 1.0, agreed_numbers=1))["numbers"] == "1 agrees, 0 in conflict"
    differs = measured_by_term(Evidence(1.0, 1.0, 1.0, title_negated=1))["negated_title"]
    assert differs == "the titles differ in a negation alone"
    assert set(_SAID) == set(RELATIONS)


def test_json_is_what_the_library_says(article: Path, reprint: Path) -> None:
    result = compare(reprint, article, "--format", "json")
    assert result.exit_code == 0
    report = json.loads(result.stdout)
    assert set(report["terms"]) == set(Terms._fields)
    assert report["balance"] == pytest.approx(sum(report["terms"].values()))
    assert len(report["titles"]) == 2
    one, other = (path.read_text(encoding="utf-8") for path in (reprint, article))
    compared = compare_texts(one, other)
    found = json.loads(json.dumps(compared.to_dict() | {"reason": reason(compared)}))
    assert report == {"schema_version": 1, "one": str(reprint), "other": str(article), **found}


def test_the_options_change_what_they_say(article: Path, reprint: Path, tmp_path: Path) -> None:
    def relation(*options: object) -> str | None:
        report = json.loads(compare(reprint, article, "--format", "json", *options).stdout)
        return str(report["relation"])

    assert relation() == "near"
    assert relation("--threshold", 0.9, "--min-containment", 0.92) == "contained"
    assert relation("--threshold", 0.9, "--min-containment", 0.99) == "revision"
    config = tmp_path / "配置.toml"
    config.write_text("min_score = 0\nmin_revision_score = 0", encoding="utf-8")
    assert relation("--config", config) == "overlap"
    config.write_text("threshold = 0.9\nmin_containment = 0.92", encoding="utf-8")
    assert relation("--config", config) == "contained"
    assert relation("--config", config, "--threshold", 0.8) == "near"
    pages = [tmp_path / f"{each}.md" for each in "ab"]
    for page in pages:
        page.write_text(f"{LINE.format(8)}\n![](https://img.example.com/{page.stem * 40}.png)", encoding="utf-8")
    for options, said in (((), "identical"), (("--content", "all"), "revision")):
        assert json.loads(compare(*pages, "--format", "json", *options).stdout)["relation"] == said
    for number, name in enumerate(("--title", "--other-title")):
        found = json.loads(compare(reprint, article, "--format", "json", name, "创建，指南").stdout)
        assert found["titles"][number] == "创建指南" != found["titles"][1 - number]
    assert relation("--title", "创建指南", "--other-title", "注销说明") == "template"
    lower = json.loads(compare(reprint, article, "--format", "json", "--threshold", 0.5).stdout)
    assert lower["candidacy"]["bands"] != 16


def test_full_shows_long_stretches_whole(tmp_path: Path) -> None:
    paths = tmp_path / "一.txt", tmp_path / "二.txt"
    paths[0].write_text(LONG + "完", encoding="utf-8")
    paths[1].write_text(LONG, encoding="utf-8")
    short, full = (compare(*paths, *options, env={"COLUMNS": "400"}).stdout for options in ((), ("--full",)))
    assert " … " in short
    assert LONG not in short
    assert full.count(LONG) == 2


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_files_are_read_in_any_encoding_compressed_or_from_standard_input(
    article: Path, tmp_path: Path, encoding: str
) -> None:
    text = article.read_text(encoding="utf-8")
    path = tmp_path / "文.txt.gz"
    path.write_bytes(gzip.compress(text.encode(encoding)))
    for arguments in ((path, "-"), ("-", path)):
        result = compare(*arguments, "--format", "json", input=text.encode(encoding))
        report = json.loads(result.stdout)
        assert (report["one"], report["other"]) == tuple(map(str, arguments))
        assert report["relation"] == "identical"


def test_the_encoding_can_be_said_and_pages_need_extract(article: Path, tmp_path: Path) -> None:
    path = tmp_path / "文.txt"
    path.write_bytes("中文".encode("gb18030"))
    (tmp_path / "乙.txt").write_text("笢恅", encoding="big5")
    said = [compare(path, path, "--encoding", name).stdout for name in ("gb18030", "big5")]
    assert "中文" in said[0]
    assert "笢恅" in said[1]
    page = tmp_path / "页.html"
    page.write_text(f"<html><body><article><p>{LONG}</p><p>{LONG}</p></article></body></html>", encoding="utf-8")
    result = compare(page, article)
    assert result.exit_code == 1
    assert (
        f"neardup: {page}: an HTML page, not plain text; have the article taken out of it (--extract)" in result.stderr
    )
    pytest.importorskip("trafilatura")
    assert json.loads(compare(page, page, "--extract", "--format", "json").stdout)["relation"] == "identical"


def test_what_fails_is_named_both_if_both_do(article: Path, tmp_path: Path) -> None:
    bad = tmp_path / "坏\x1b.txt"
    bad.write_bytes("第一行\n".encode() + b"\xff\xff")
    result = compare(tmp_path / "无.txt", bad, "--format", "json")
    assert result.exit_code == 1
    assert result.stdout == ""
    first, second = result.stderr.splitlines()
    assert first == f"neardup: {tmp_path / '无.txt'}: there is no such file or folder"
    assert second.startswith(f"neardup: {tmp_path}/坏\\x1b.txt:2: not valid utf-8")
    result = compare(article, tmp_path)
    assert result.exit_code == 1
    assert result.stderr == f"neardup: {tmp_path}: a folder; give the text files to compare\n"


def test_a_text_too_long_for_the_kernels_is_named(article: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise ValueError("text has more than 2**30 code points")

    monkeypatch.setattr(sys.modules["neardup.cli.compare"], "compare_texts", refuse)
    result = compare(article, article)
    assert result.exit_code == 1
    assert result.stderr == f"neardup: {article}, {article}: text has more than 2**30 code points\n"


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["x"],
        ["x", "y", "z", "more"],
        ["x", "y", "z", "--extract"],
        ["x", "y", "--text-field", "body"],
        ["x", "y", "--full", "--format", "json"],
        ["-", "-"],
        ["x", "y", "--format", "jsonl"],
        ["x", "y", "--threshold", "2"],
        ["x", "y", "--min-containment", "0"],
        ["x", "y", "--encoding", "rot13"],
        ["x", "y", "--config", "nowhere.toml"],
    ],
)
def test_wrong_usage_exits_2(arguments: list[str]) -> None:
    result = compare(*arguments)
    assert result.exit_code == 2
    assert "Usage" in result.stderr or "Usage" in result.stdout


@pytest.mark.once
def test_colour_on_a_terminal_and_marks_in_a_pipe(bulletins: tuple[Path, Path]) -> None:
    environment = {key: value for key, value in os.environ.items() if key not in {"NO_COLOR", "FORCE_COLOR"}}
    environment |= {"TERM": "xterm-256color", "COLUMNS": "160"}
    plain = subprocess.run([*COMMAND, "compare", *bulletins], capture_output=True, check=True, env=environment).stdout
    assert b"\x1b" not in plain
    assert "[-8-]" in plain.decode()
    coloured = _on_a_terminal(bulletins, environment).decode()
    assert "\x1b[31m8\x1b[0m" in coloured
    assert "\x1b[32m12\x1b[0m" in coloured
    assert "[-" not in coloured
    assert "[-8-]" in _on_a_terminal(bulletins, environment | {"NO_COLOR": "1"}).decode()


def _on_a_terminal(paths: tuple[Path, Path], environment: dict[str, str]) -> bytes:
    ours, theirs = pty.openpty()
    with subprocess.Popen([*COMMAND, "compare", *paths], stdout=theirs, stderr=theirs, env=environment) as process:
        os.close(theirs)
        seen = read_terminal(ours)
        assert process.wait() == 0
    os.close(ours)
    return seen


@pytest.mark.once
def test_an_interrupt_exits_130(article: Path) -> None:
    with subprocess.Popen(
        [*COMMAND, "compare", "-", article], stdin=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        time.sleep(2)
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130


def test_control_characters_and_markup_are_shown_not_obeyed(tmp_path: Path) -> None:
    path, other = tmp_path / "坏\x1b]0;名.txt", tmp_path / "好.txt"
    path.write_text(f"\x1b[31m红\u202e右\x07[bold]\r\n{LINE}\t完", encoding="utf-8")
    other.write_text(LINE, encoding="utf-8")
    result = compare(path, other, env={"COLUMNS": "400"})
    assert "\x1b" not in result.stdout
    assert "\\x1b[[-31m红\\u202e右\\x07[bold]-]" in result.stdout
    assert "坏\\x1b]0;名.txt" in result.stdout
    assert "\\t" in result.stdout


def test_what_differs_is_marked_and_the_rest_is_not() -> None:
    assert shown("甲乙丙", "甲，乙。丙").split() == ["甲乙丙", "│", "甲，乙。丙"]
    line = LINE.format("8")
    assert "。[-来源：晚报。-] " in shown(f"{line}来源：晚报。", line)
    assert "[-张-]三" in shown(f"{LINE}张三", f"{LINE}李三")
    assert "{+李+}三" in shown(f"{LINE}张三", f"{LINE}李三")
    # Numbers that only one of them says differ although they fold alike.
    assert "[-3.5%-]" in shown(LINE.format("3.5%"), LINE.format("35%"))
    assert "{+35%+}" in shown(LINE.format("3.5%"), LINE.format("35%"))
    assert "-]" not in shown(LINE.format("３．５"), LINE.format("3.5"))


def test_paragraphs_stand_level() -> None:
    one = f"{LINE.format(8)}\n{LONG}\n尾"
    added = "新华社记者甲乙丙报道\n"
    lines = [line.split(" │ ") for line in shown(one, added + one, full=True).splitlines()]
    assert [left.strip() for left, _ in lines] == ["", LINE.format(8), LONG, "尾"]
    assert [right for _, right in lines] == ["{+新华社记者甲乙丙报道+}", LINE.format(8), LONG, "尾"]
    both = shown(f"题目甲\n{LONG}", f"标题乙\n{LONG}", full=True).splitlines()
    assert [line.count("│") for line in both] == [1, 1]
    assert both[0].startswith("[-题目甲-]")


def test_the_middle_of_what_is_long_is_left_out() -> None:
    text = "天地玄黄宇宙洪荒" * 8
    assert len(text) > LONG_CHARS
    assert shortened(text) == f"{text[:KEPT_CHARS]} … {text[-KEPT_CHARS:]}"
    assert shortened(text[:LONG_CHARS]) == text[:LONG_CHARS]
    one = shown(f"{LONG}\n{LONG}\n甲", f"{LONG}\n{LONG}\n乙")
    assert one.count(" … ") == 2


def test_short_runs_inside_what_is_not_aligned() -> None:
    def same(one: str, other: str) -> str:
        marks = same_inside(one, other)[0]
        return "".join(char if is_same else "-" for char, is_same in zip(one, marks, strict=True))

    assert same("气温八度最高", "气温六度最高") == "气温-度最高"
    assert same("甲低温乙丙高温戊", "子低温丑寅高温辰") == "-低温--高温-"
    assert same("甲乙丙我们丁戊己庚辛", "子丑寅我们卯辰巳午未") == "-" * 10
    assert same("甲甲", "甲") == "甲-"
    assert same("", "甲") == ""


@given(texts(), texts(), st.booleans(), st.sampled_from([20, 61, 200]))
def test_every_text_is_shown_whole_row_by_row(one: str, other: str, full: bool, width: int) -> None:
    one, other = one.replace("。", "。\n"), other.replace("，", "，\r\n")
    found = compare_texts(one, other)
    marked = differing(found)
    cut = rows(found, marked, full=full)
    assert "".join(one[left] for left, _ in cut) == one
    assert "".join(other[right] for _, right in cut) == other
    # What is not marked is the same in both, in order, but for single characters and where runs cross.
    if fold(one).text == fold(other).text:
        assert all(
            not text[place].isalpha()
            for text, marks in zip((one, other), marked, strict=True)
            for place in [i for i, is_marked in enumerate(marks.tolist()) if is_marked]
        )
    seen = shown(one, other, full=True, width=width)
    columns = [line.split(" │ ", 1) for line in seen.splitlines()]
    for side, text in enumerate((one, other)):
        written = "".join(line[side] for line in columns if len(line) > side)
        written = re.sub(r"\[-|-\]|\{\+|\+\}", "", written)
        assert fold(written).text == fold(text).text


def test_stretches_of_few_characters_are_not_searched_for_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every character is equal to many: the time of the search is more than the square of that."""
    one, other = "天" + "甲" * 198 + "地", "天" + "甲丙" * 99 + "地"
    monkeypatch.setattr("neardup.report.comparison.SequenceMatcher", None)
    assert [same.nonzero()[0].tolist() for same in same_inside(one, other)] == [[0, 1, 199], [0, 1, 199]]


def test_records_with_numbers_for_ids_are_shown_to_people(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text(f'{{"id": 7, "text": "{LONG}"}}\n{{"id": 8, "text": "{LONG}"}}\n', encoding="utf-8")
    done = compare(path, 7, 8, "--id-field", "id")
    assert done.exit_code == 0, done.stderr
    assert re.search(r"^7 +│ 8$", done.stdout, re.MULTILINE)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--id-field", "号"], ':1: the field "号" is missing; there are: "id", "text" (--id-field)'),
        (["--id-field", "id", "--text-field", "文"], ':1: the field "文" is missing; there are: "id", "text"'),
        (["--text-field", "文"], ':2: the field "文" is missing; there are: "id", "text" (--text-field)'),
        (["--max-document-size", "9B"], ":2: more than 9 bytes; leave it out, or allow more (--max-document-size)"),
        (["--id-field", "text"], ': no record has the id "2"; look for it in the file'),
    ],
)
def test_what_is_wrong_with_every_record_is_said(tmp_path: Path, options: list[str], said: str) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text('{"id": 1, "text": "甲"}\n' * 3, encoding="utf-8")
    done = compare(path, 2, 3, *options)
    assert done.exit_code == 1
    assert done.stderr.startswith(f"neardup: {path}{said}"), done.stderr


def test_parquet_takes_no_encoding(tmp_path: Path) -> None:
    pyarrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "x"
    parquet.write_table(pyarrow.table({"text": [LONG, LONG]}), path)
    assert compare(path, 1, 2).exit_code == 0
    assert "Parquet has an encoding of its own" in compare(path, 1, 2, "--encoding", "gbk").stderr
