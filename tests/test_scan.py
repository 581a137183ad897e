"""``neardup scan`` and ``neardup clean``, as a process or in one: what they print, write, refuse and return."""

from __future__ import annotations

import gzip
import json
import os
import pty
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from neardup import OutputError, __version__, backend, find_repeats
from neardup.checks import available_threads
from neardup.cli.parallel import LOOK_AHEAD, in_order
from neardup.io.atomic import write_whole
from neardup.io.escapes import visible
from neardup.report.terminal import PREVIEW_CELLS, preview
from tests.command import BODY, COMMAND, clean, neardup, read_terminal, scan

if TYPE_CHECKING:
    from collections.abc import Iterator

WIDE = {"COLUMNS": "1000"}


@pytest.fixture
def page(fixtures: Path) -> Path:
    return fixtures / "chongqing.txt"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two texts, one below the other, a file of another kind, and one that is not UTF-8."""
    folder = tmp_path / "网页"
    (folder / "下").mkdir(parents=True)
    (folder / "一.txt").write_text("标题\n" + BODY * 2, encoding="utf-8")
    (folder / "下" / "二.txt").write_text("没有重复", encoding="utf-8")
    (folder / "图.png").write_bytes(b"\x89PNG")
    return folder


def test_people_are_told_what_is_repeated_where(page: Path) -> None:
    result = scan(page)
    assert result.exit_code == 0
    assert result.stderr == ""
    assert result.stdout.splitlines() == [
        "1 document read",
        "repeats: in 1 document; 1 with the body printed more than once",
        "",
        f"{page}: the body is printed 2 times, 45% of its text is repeated",
        "  lines 13-23 repeat lines 2-12 (11 paragraphs, 886 characters, exact)",
        "    質量強,則萬物強;質量是反映一個國家或地區綜合實力,企業和產業…",
    ]


def test_json_is_one_object(page: Path) -> None:
    result = scan(page, "--format", "json")
    report = json.loads(result.stdout)
    assert report == {
        "schema_version": 1,
        "documents": [
            {
                "id": str(page),
                "encoding": "utf-8",
                "min_chars": 30,
                "chars": 1956,
                "body_copies": 2,
                "repeated_share": 886 / 1956,
                "repeats": [
                    {
                        "kind": "exact",
                        "similarity": 1.0,
                        "chars": 886,
                        "paragraphs": 11,
                        "original": {"start": 20, "stop": 1022, "first_line": 2, "last_line": 12},
                        "copy": {"start": 1023, "stop": 2025, "first_line": 13, "last_line": 23},
                    }
                ],
            }
        ],
        "errors": [],
    }


def test_json_lines_have_a_type(folder: Path) -> None:
    result = scan(folder, folder / "图.png", "--format", "jsonl")
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [line["type"] for line in lines] == ["header", "document", "document", "error", "duplicates", "paragraphs"]
    assert lines[0]["schema_version"] == 1
    assert [line.get("id") for line in lines[1:3]] == [str(folder / "一.txt"), str(folder / "下" / "二.txt")]
    assert lines[1]["repeats"] == find_repeats("标题\n" + BODY * 2).to_dict()["repeats"]


def test_min_chars_and_limit_change_the_report(tmp_path: Path) -> None:
    path = tmp_path / "文.txt"
    path.write_text("甲" + BODY + "乙" + BODY + "丙" + BODY[:38] + "丁", encoding="utf-8")
    assert "  and 1 more repeat; --limit 0 shows all\n" in scan(path, "--limit", 1).stdout
    assert "more repeat" not in scan(path).stdout
    assert scan(path, "--limit", 0).stdout == scan(path).stdout
    assert "repeats: in 0 documents" in scan(path, "--min-chars", 100).stdout


def test_folders_are_searched_for_a_pattern(folder: Path) -> None:
    assert "2 documents read" in scan(folder).stdout
    assert "1 document read" in scan(folder, "--glob", "二*").stdout
    assert "2 documents read" in scan(folder, folder / "一.txt", folder).stdout
    result = scan(folder, "--glob", "*.md")
    assert result.exit_code == 1
    assert f"neardup: {folder}: no file in this folder is named *.md; choose others (--glob)" in result.stderr
    assert "2 documents read" in scan(folder, "--glob", "一*", "--glob", "二*").stdout


def test_standard_input_is_a_document(page: Path) -> None:
    result = scan("-", "--format", "json", input=page.read_bytes())
    [document] = json.loads(result.stdout)["documents"]
    assert (document["id"], document["body_copies"]) == ("-", 2)


def test_clean_writes_every_text_without_its_copies(folder: Path, page: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = clean(folder, page, "-o", out)
    assert result.exit_code == 0
    assert f"3 texts written to {out}, 2 of them changed\n" in result.stdout
    written = {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*") if path.is_file()}
    lines = page.read_bytes().splitlines(keepends=True)
    assert written == {
        "一.txt": ("标题\n" + BODY).encode(),
        "下/二.txt": "没有重复".encode(),
        "chongqing.txt": b"".join(lines[:12] + lines[23:]),
    }


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "cp950", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_clean_writes_utf8_or_the_encoding_that_was_read(tmp_path: Path, encoding: str, mark: str) -> None:
    if mark and encoding == "cp950":
        return
    body = "質量強，則萬物強；質量是反映一個國家或地區綜合實力、企業和產業核心競爭力的具體體現。"
    before, after = f"標題\r\n{body}\r\n", "完"
    cleaned = before + after
    (tmp_path / "文.txt").write_bytes(f"{mark}{before}{body}\r\n{after}".encode(encoding))
    assert clean(tmp_path / "文.txt", "-o", tmp_path / "一").exit_code == 0
    assert (tmp_path / "一" / "文.txt").read_bytes() == cleaned.encode()
    result = clean(tmp_path / "文.txt", "-o", tmp_path / "二", "--keep-encoding", "--format", "json")
    assert (tmp_path / "二" / "文.txt").read_bytes() == (mark + cleaned).encode(encoding)
    [document] = json.loads(result.stdout)["documents"]
    assert document["encoding"] == encoding
    assert document["removed"] == [{"start": len(before), "stop": len(before + body) + 2}]


def test_clean_never_replaces_a_file_unless_asked(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    assert clean(folder, "-o", out).exit_code == 0  # it is empty
    (out / "一.txt").write_text("旧")
    result = clean(folder, "-o", out)
    assert result.exit_code == 1
    remedy = "choose another one, or allow that files in it are replaced (--overwrite)"
    assert result.stderr == f"neardup: {out}: the folder is not empty; {remedy}\n"
    assert result.stdout == ""
    assert (out / "一.txt").read_text() == "旧"
    assert clean(folder, "-o", out, "--overwrite").exit_code == 0
    assert (out / "一.txt").read_text(encoding="utf-8") == "标题\n" + BODY
    assert sorted(path.name for path in out.iterdir()) == ["一.txt", "下"]


def test_clean_never_replaces_an_input(folder: Path) -> None:
    result = clean(folder, "-o", folder, "--overwrite", env=WIDE)
    assert result.exit_code == 2
    assert "--output: is an input itself; choose another folder" in result.stderr
    result = clean(folder / "一.txt", "-o", folder, "--overwrite")
    assert result.exit_code == 1
    assert "is an input itself; choose another folder for --output" in result.stderr
    assert (folder / "一.txt").read_text(encoding="utf-8") == "标题\n" + BODY * 2


def test_cleaned_files_that_are_inputs_of_the_next_run_are_one_error(folder: Path) -> None:
    out = folder / "cleaned"
    assert clean(folder, "-o", out).exit_code == 0
    before = sorted(folder.rglob("*"))
    again = clean(folder, "-o", out, "--overwrite")
    assert again.exit_code == 1
    assert again.stdout == ""
    assert again.stderr == (
        f"neardup: {folder / '一.txt'}: {out / '一.txt'} is an input itself; choose another folder for --output\n"
    )
    assert sorted(folder.rglob("*")) == before


def test_two_texts_of_one_name_are_not_mixed_up(folder: Path, tmp_path: Path) -> None:
    (folder / "下" / "一.txt").write_text("另一篇", encoding="utf-8")
    result = clean(folder / "一.txt", folder / "下" / "一.txt", "-o", tmp_path / "out", "--overwrite")
    assert result.exit_code == 1
    assert "holds" in result.stderr
    assert (tmp_path / "out" / "一.txt").read_text(encoding="utf-8") == "标题\n" + BODY


def test_what_fails_is_named_and_the_rest_goes_on(folder: Path) -> None:
    (folder / "坏.txt").write_bytes("第一行\n".encode() + b"\xff\xff")
    (folder / "断.txt").symlink_to("nowhere")
    result = scan(folder / "无.txt", folder / "坏.txt", folder / "断.txt", folder, "--format", "json")
    assert result.exit_code == 1
    fault = "not valid utf-8 (bytes ff ff at offset 10); repair the file, or say its encoding (--encoding)"
    assert result.stderr.splitlines() == [
        f"neardup: {folder / '无.txt'}: there is no such file or folder",
        f"neardup: {folder / '坏.txt'}:2: {fault}",
        f"neardup: {folder / '断.txt'}: cannot be read: No such file or directory",
    ]
    report = json.loads(result.stdout)
    assert report["errors"] == [
        {"file": str(folder / "无.txt"), "message": "there is no such file or folder"},
        {"file": str(folder / "坏.txt"), "line": 2, "message": fault},
        {"file": str(folder / "断.txt"), "message": "cannot be read: No such file or directory"},
    ]
    assert len(report["documents"]) == 2


def test_strict_stops_at_the_first_that_fails(folder: Path) -> None:
    result = scan(folder / "一.txt", folder / "无.txt", folder, "--format", "json", "--strict")
    assert result.exit_code == 1
    report = json.loads(result.stdout)
    assert [document["id"] for document in report["documents"]] == [str(folder / "一.txt")]
    assert len(report["errors"]) == len(result.stderr.splitlines()) == 1


def test_failures_are_counted_for_people(folder: Path) -> None:
    said = "2 documents read, 1 failed\nrepeats: in 1 document; 0 with the body printed more than once\n"
    assert scan(folder, folder / "图.png", "--only", "repeats", "--summary").stdout == said
    compared = "duplicates: 0; 2 survivors (1 too short to compare)\nparagraphs that several documents have: 0\n"
    assert scan(folder, folder / "图.png", "--summary").stdout == said + compared


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--format", "xml", "x"],
        ["--min-chars", "0", "x"],
        ["--nope", "x"],
        ["--clean", "out", "x"],
        ["--only", "everything", "x"],
        ["--limit", "-1", "x"],
        ["--encoding", "rot13", "x"],
        ["--threads", "0", "x"],
        ["--input-format", "html", "x"],
    ],
)
def test_wrong_usage_exits_2(arguments: list[str]) -> None:
    result = scan(*arguments)
    assert result.exit_code == 2
    assert "Usage" in result.stderr or "Usage" in result.stdout


def test_an_empty_file_is_a_document(tmp_path: Path) -> None:
    (tmp_path / "空.txt").touch()
    result = scan(tmp_path, "--format", "json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["documents"][0]["chars"] == 0


def test_the_version_says_which_backend_is_active() -> None:
    result = neardup("--version")
    name = {"kernel": "compiled kernels", "reference": "numpy reference"}[backend()]
    assert result.stdout.splitlines()[0] == f"neardup {__version__}, {name}"
    assert "Unicode" in result.stdout


@pytest.mark.once
def test_colour_on_a_terminal_and_none_in_a_pipe(page: Path, folder: Path) -> None:
    environment = {key: value for key, value in os.environ.items() if key not in {"NO_COLOR", "FORCE_COLOR"}}
    environment |= {"TERM": "xterm-256color", "COLUMNS": "100"}
    plain = subprocess.run([*COMMAND, "scan", page, folder], capture_output=True, check=True, env=environment)
    assert b"\x1b" not in plain.stdout
    assert plain.stderr == b""
    ours, theirs = pty.openpty()
    with subprocess.Popen([*COMMAND, "scan", page, folder], stdout=theirs, stderr=theirs, env=environment) as process:
        os.close(theirs)
        shown = read_terminal(ours)
        assert process.wait() == 0
    os.close(ours)
    assert b"\x1b[1;31m" in shown
    assert b"Reading" in shown


@pytest.mark.once
def test_a_closed_pipe_ends_the_command_quietly(page: Path) -> None:
    with subprocess.Popen(
        [*COMMAND, "scan", "--format", "jsonl", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        process.stdin.write(page.read_bytes())
        process.stdin.close()
        assert process.stderr.read() == b""
        assert process.wait() == 0


@pytest.mark.once
def test_an_interrupt_exits_130() -> None:
    with subprocess.Popen([*COMMAND, "scan", "-"], stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        time.sleep(2)
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130


def test_control_characters_are_shown_not_sent(tmp_path: Path) -> None:
    nasty = "\x1b[31m红\u202e右\x07" + BODY.strip()
    path = tmp_path / "坏\x1b]0;名.txt"
    path.write_text(nasty + "\n" + nasty, encoding="utf-8")
    result = scan(path, path.parent / "\x1b无")
    assert "\x1b" not in result.stdout + result.stderr
    assert "\\x1b[31m红\\u202e右\\x07据介绍" in result.stdout
    assert "坏\\x1b]0;名.txt" in result.stdout
    assert "\\x1b无" in result.stderr


def test_markup_in_a_text_is_text(tmp_path: Path) -> None:
    (tmp_path / "文.txt").write_text(f"[bold]{BODY}[bold]{BODY}", encoding="utf-8")
    assert "    [bold]据介绍" in scan(tmp_path).stdout


def test_previews_are_one_line_of_limited_width() -> None:
    assert preview("一\n\u3000二") == "一 二"
    assert preview("字" * 100) == "字" * (PREVIEW_CELLS // 2 - 1) + "…"
    assert visible("\ud800\ue000a") == "\\ud800\\ue000a"


@pytest.mark.once
def test_a_file_appears_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(1, "Operation not permitted")

    write_whole(tmp_path / "甲" / "乙", b"1")
    assert (tmp_path / "甲" / "乙").stat().st_mode & 0o777 == 0o666 & ~_mask()
    with pytest.raises(OutputError, match="exists already; choose another place, or allow that it is replaced"):
        write_whole(tmp_path / "甲" / "乙", b"2")
    with pytest.raises(OutputError, match="cannot be written: File exists"):
        write_whole(tmp_path / "甲" / "乙" / "丙", b"3")
    monkeypatch.setattr(Path, "hardlink_to", refuse)  # a file system without links
    write_whole(tmp_path / "甲" / "丁", b"4")
    with pytest.raises(OutputError, match="exists already"):
        write_whole(tmp_path / "甲" / "丁", b"5")
    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(OutputError, match="cannot be written: Operation not permitted"):
        write_whole(tmp_path / "甲" / "戊", b"6")
    assert {path.name: path.read_bytes() for path in (tmp_path / "甲").iterdir()} == {"乙": b"1", "丁": b"4"}


def _mask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


@pytest.mark.parametrize(
    ("option", "text"), [("gb18030", "中文"), ("GBK", "中文"), ("big5", "笢恅"), ("latin-1", "ÖÐÎÄ")]
)
def test_the_encoding_can_be_said(tmp_path: Path, option: str, text: str) -> None:
    (tmp_path / "文.txt").write_bytes("中文".encode("gb18030"))
    assert clean(tmp_path, "--encoding", option, "-o", tmp_path / "out").exit_code == 0
    assert (tmp_path / "out" / "文.txt").read_text(encoding="utf-8") == text


PAGE = (
    "<!DOCTYPE html><html><head><meta charset='{}'><title>质量</title></head><body><article><h1>质量</h1>"
    + f"<p>{BODY.strip()}&hearts;</p>" * 2
    + "<p>第二段：质量强，则万物强；质量是反映一个国家或地区综合实力、企业和产业核心竞争力的具体体现。</p>"
    "</article></body></html>"
)


def test_html_is_refused_unless_the_article_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "页.txt").write_text(PAGE.format("utf-8"), encoding="utf-8")
    result = scan(tmp_path)
    assert result.exit_code == 1
    assert "页.txt: an HTML page, not plain text; have the article taken out of it (--extract)\n" in result.stderr
    result = clean(tmp_path, "--extract", "-o", tmp_path / "out")
    assert result.exit_code == 0
    [path] = (tmp_path / "out").iterdir()
    assert path.name == "页.txt.txt"
    assert path.read_text(encoding="utf-8").count("重庆") == 1
    assert "<p>" not in path.read_text(encoding="utf-8")


def test_the_encoding_that_a_page_declares_is_honoured(tmp_path: Path) -> None:
    pytest.importorskip("trafilatura")
    page = PAGE.format("shift_jis").replace(BODY.strip(), "これは日本語のテストです。文字コードの検出を行います。" * 3)
    (tmp_path / "页.html.gz").write_bytes(gzip.compress(page.encode("shift_jis", "ignore")))
    result = clean(tmp_path / "页.html.gz", "--extract", "--format", "json", "-o", tmp_path / "out")
    assert json.loads(result.stdout)["documents"][0]["encoding"] == "shift_jis"
    assert "日本語のテスト" in gzip.decompress((tmp_path / "out" / "页.html.txt.gz").read_bytes()).decode()
    result = clean(tmp_path / "页.html.gz", "--extract", "-o", tmp_path / "二", "--keep-encoding")
    assert result.exit_code == 1
    assert "页.html.gz: shift_jis has no U+2665; do not keep the encoding (--keep-encoding)" in result.stderr


def test_a_page_without_an_article_is_an_error(tmp_path: Path) -> None:
    pytest.importorskip("trafilatura")
    (tmp_path / "页.txt").write_text("<html><body></body></html>", encoding="utf-8")
    assert "no article was found in this HTML page" in scan(tmp_path, "--extract").stderr


@pytest.mark.parametrize(
    ("module", "name", "arguments", "extra"),
    [("trafilatura", "页.txt", ["--extract"], "html"), ("backports", "文.txt.zst", [], "zst")],
)
def test_a_missing_library_is_named_with_its_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str, name: str, arguments: list[str], extra: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.setitem(sys.modules, "compression" if extra == "zst" else module, None)
    (tmp_path / name).write_bytes(b"\x28\xb5\x2f\xfd" if extra == "zst" else b"<html><body>")
    result = scan(tmp_path, *arguments)
    assert result.exit_code == 1
    assert f"{tmp_path / name}: " in result.stderr
    assert (
        f"needs another library: pip install 'neardup[{extra}]', or in a clone pip install '.[{extra}]'"
        in result.stderr
    )


@pytest.mark.once
def test_the_output_does_not_depend_on_the_threads(tmp_path: Path) -> None:
    rng = random.Random(5)
    files, lines = (40, 500) if backend() == "kernel" else (20, 100)  # the reference takes minutes
    for i in range(files):
        text = "".join(f"第{rng.randrange(9)}条{BODY}" for _ in range(rng.randrange(60 * lines // 500)))
        (tmp_path / f"{i}.txt").write_bytes(
            b"\xff\xff" if i % 9 == 0 else text.encode(rng.choice(["utf-8", "gb18030"]))
        )
    with (tmp_path / "行.jsonl").open("w", encoding="utf-8") as file:
        for i in range(lines):
            file.write("{\n" if i % 50 == 0 else json.dumps({"text": f"{i}{BODY}" * rng.randrange(9)}) + "\n")
    for format_ in ("text", "json", "jsonl"):
        one, *others = (scan(tmp_path, "--format", format_, "--threads", n) for n in (1, 2, 3, 8))
        assert one.exit_code == 1
        for many in others:
            assert many.stdout == one.stdout
            assert many.stderr == one.stderr
            assert many.exit_code == one.exit_code


def test_tasks_are_taken_as_they_are_needed() -> None:
    taken: list[int] = []

    def tasks() -> Iterator[int]:
        for i in range(1000):
            taken.append(i)
            yield i

    results = in_order(str, tasks(), 3)
    assert [next(results) for _ in range(10)] == [str(i) for i in range(10)]
    assert len(taken) <= 10 + LOOK_AHEAD * 3
    results.close()
    assert available_threads() >= 1


def test_a_name_that_is_no_text_is_shown_with_escapes(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"\xff.txt")).write_text(BODY * 2, encoding="utf-8")
    for format_ in ("text", "json"):
        result = scan(tmp_path, "--format", format_)
        assert result.exit_code == 0
        assert "xff.txt" in result.stdout


def test_a_text_too_long_for_the_kernels_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(texts: list[str], **_: object) -> None:
        raise ValueError("text has more than 2**30 code points")

    monkeypatch.setattr("neardup.cli.work.find_repeats_batch", refuse)
    (tmp_path / "文.txt").write_text("长", encoding="utf-8")
    assert f"{tmp_path / '文.txt'}: text has more than 2**30 code points" in scan(tmp_path).stderr
