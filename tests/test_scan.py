"""``neardup scan``, as a process or in one: what it prints, writes, refuses and returns."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from neardup import OutputError, __version__, backend, find_repeats
from neardup.cli import app
from neardup.io.atomic import write_whole
from neardup.report.terminal import PREVIEW_CELLS, preview, visible

if TYPE_CHECKING:
    from click.testing import Result

COMMAND = [sys.executable, "-P", "-c", "from neardup.cli import main; main()"]
BODY = "据介绍，重庆经开区把质量强区战略写入全区规划，加快引进和培育壮大龙头企业，全面发力。\n"


def scan(*arguments: object, **options: Any) -> Result:
    return CliRunner().invoke(app, ["scan", *map(str, arguments)], **options)


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
        f"{page}: the body is printed 2 times, 45% of its text is repeated",
        "  lines 13-23 repeat lines 2-12 (11 paragraphs, 886 characters, exact)",
        "    質量強,則萬物強;質量是反映一個國家或地區綜合實力,企業和產業…",
        "1 document read: 1 with repeats, 1 with the body printed more than once",
    ]


def test_json_is_one_object(page: Path) -> None:
    result = scan(page, "--format", "json")
    report = json.loads(result.stdout)
    assert report == {
        "schema_version": 1,
        "documents": [
            {
                "id": str(page),
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
    assert [line["type"] for line in lines] == ["header", "document", "document", "error"]
    assert lines[0]["schema_version"] == 1
    assert [line.get("id") for line in lines[1:3]] == [str(folder / "一.txt"), str(folder / "下" / "二.txt")]
    assert lines[1]["repeats"] == find_repeats("标题\n" + BODY * 2).to_dict()["repeats"]


def test_min_chars_and_max_repeats_change_the_report(tmp_path: Path) -> None:
    path = tmp_path / "文.txt"
    path.write_text("甲" + BODY + "乙" + BODY + "丙" + BODY[:38] + "丁", encoding="utf-8")
    assert "and 1 shorter repeat (--max-repeats shows more)" in scan(path, "--max-repeats", 1).stdout
    assert "shorter" not in scan(path).stdout
    assert "0 with repeats" in scan(path, "--min-chars", 100).stdout


def test_folders_are_searched_for_a_pattern(folder: Path) -> None:
    assert "2 documents read" in scan(folder).stdout
    assert "1 document read" in scan(folder, "--glob", "二*").stdout
    assert "2 documents read" in scan(folder, folder / "一.txt", folder).stdout
    result = scan(folder, "--glob", "*.md")
    assert result.exit_code == 1
    assert f"neardup: {folder}: no file in this folder is named *.md; choose others with --glob" in result.stderr


def test_standard_input_is_a_document(page: Path) -> None:
    result = scan("-", "--format", "json", input=page.read_bytes())
    [document] = json.loads(result.stdout)["documents"]
    assert (document["id"], document["body_copies"]) == ("-", 2)


def test_clean_writes_every_text_without_its_copies(folder: Path, page: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = scan(folder, page, "--clean", out)
    assert result.exit_code == 0
    assert f"3 cleaned texts in {out}, 2 of them changed" in result.stderr
    written = {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*") if path.is_file()}
    lines = page.read_bytes().splitlines(keepends=True)
    assert written == {
        "一.txt": ("标题\n" + BODY).encode(),
        "下/二.txt": "没有重复".encode(),
        "chongqing.txt": b"".join(lines[:12] + lines[23:]),
    }


def test_clean_keeps_line_breaks_and_the_byte_order_mark(tmp_path: Path) -> None:
    (tmp_path / "文.txt").write_bytes(b"\xef\xbb\xbf" + ("标题\r\n" + BODY.strip() + "\r\n" + BODY.strip()).encode())
    assert scan(tmp_path / "文.txt", "--clean", tmp_path / "out").exit_code == 0
    expected = b"\xef\xbb\xbf" + ("标题\r\n" + BODY.strip() + "\r\n").encode()
    assert (tmp_path / "out" / "文.txt").read_bytes() == expected


def test_clean_never_replaces_a_file_unless_asked(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "一.txt").write_text("旧")
    result = scan(folder, "--clean", out)
    assert result.exit_code == 1
    assert f"neardup: {out / '一.txt'}: exists already" in result.stderr
    assert (out / "一.txt").read_text() == "旧"
    assert (out / "下" / "二.txt").exists()
    assert scan(folder, "--clean", out, "--overwrite").exit_code == 0
    assert (out / "一.txt").read_text(encoding="utf-8") == "标题\n" + BODY
    assert sorted(path.name for path in out.iterdir()) == ["一.txt", "下"]


def test_clean_never_replaces_an_input(folder: Path) -> None:
    result = scan(folder, "--clean", folder, "--overwrite")
    assert result.exit_code == 1
    assert "is an input itself; choose another folder for --clean" in result.stderr
    assert (folder / "一.txt").read_text(encoding="utf-8") == "标题\n" + BODY * 2


def test_two_texts_of_one_name_are_not_mixed_up(folder: Path, tmp_path: Path) -> None:
    (folder / "下" / "一.txt").write_text("另一篇", encoding="utf-8")
    result = scan(folder / "一.txt", folder / "下" / "一.txt", "--clean", tmp_path / "out", "--overwrite")
    assert result.exit_code == 1
    assert "holds" in result.stderr
    assert (tmp_path / "out" / "一.txt").read_text(encoding="utf-8") == "标题\n" + BODY


def test_what_fails_is_named_and_the_rest_goes_on(folder: Path) -> None:
    (folder / "国标.txt").write_bytes("第一行\n".encode() + "中文".encode("gb18030"))
    (folder / "断.txt").symlink_to("nowhere")
    result = scan(folder / "无.txt", folder / "国标.txt", folder / "断.txt", folder, "--format", "json")
    assert result.exit_code == 1
    messages = [
        f"{folder / '无.txt'}: there is no such file or folder",
        f"{folder / '国标.txt'}: not UTF-8: byte 0xd6 at offset 10, line 2; "
        "convert the file, for example: iconv -f GB18030 -t UTF-8",
        f"{folder / '断.txt'}: cannot be read: No such file or directory",
    ]
    assert result.stderr.splitlines() == [f"neardup: {message}" for message in messages]
    report = json.loads(result.stdout)
    assert report["errors"] == [{"message": message} for message in messages]
    assert len(report["documents"]) == 2


def test_failures_are_counted_for_people(folder: Path) -> None:
    assert "2 documents read: 1 with repeats, 0 with the body printed more than once; 1 failed" in (
        scan(folder, folder / "图.png").stdout
    )


@pytest.mark.parametrize(
    "arguments", [[], ["--format", "xml", "x"], ["--min-chars", "0", "x"], ["--nope", "x"], ["--clean", __file__, "x"]]
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
    result = CliRunner().invoke(app, ["--version"])
    name = {"kernel": "compiled kernels", "reference": "numpy reference"}[backend()]
    assert result.stdout.splitlines()[0] == f"neardup {__version__}, {name}"
    assert "Unicode" in result.stdout


def test_help_names_every_option() -> None:
    help_text = scan("--help").stdout
    for option in ("--min-chars", "--format", "--max-repeats", "--glob", "--clean", "--overwrite"):
        assert option in help_text


def test_colour_on_a_terminal_and_none_in_a_pipe(page: Path, folder: Path) -> None:
    environment = {key: value for key, value in os.environ.items() if key not in {"NO_COLOR", "FORCE_COLOR"}}
    environment |= {"TERM": "xterm-256color", "COLUMNS": "100"}
    plain = subprocess.run([*COMMAND, "scan", page, folder], capture_output=True, check=True, env=environment)
    assert b"\x1b" not in plain.stdout
    assert plain.stderr == b""
    ours, theirs = pty.openpty()
    with subprocess.Popen([*COMMAND, "scan", page, folder], stdout=theirs, stderr=theirs, env=environment) as process:
        os.close(theirs)
        shown = b""
        while chunk := _read(ours):
            shown += chunk
        assert process.wait() == 0
    os.close(ours)
    assert b"\x1b[1;31m" in shown
    assert b"Scanning" in shown


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # the other side is closed
        return b""


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
        assert process.wait() == 1


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


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(1, "Operation not permitted")

    write_whole(tmp_path / "甲" / "乙", b"1")
    assert (tmp_path / "甲" / "乙").stat().st_mode & 0o777 == 0o666 & ~_mask()
    with pytest.raises(OutputError, match="exists already; choose another folder, or give --overwrite"):
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
