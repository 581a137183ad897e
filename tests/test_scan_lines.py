"""JSON lines, plain and compressed: what is read, rejected and written."""

from __future__ import annotations

import gzip
import json
import signal
import subprocess
import sys
import time
from base64 import b64decode
from typing import TYPE_CHECKING, Any

import pytest

from neardup import OutputError
from neardup.io.atomic import WholeFile
from tests.command import BODY, COMMAND, clean, compare, paragraphs, scan

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

pytestmark = pytest.mark.once

TWICE = "标题\n" + BODY * 2


def zstd() -> Any:
    return pytest.importorskip("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")


PACKERS: dict[str, tuple[Callable[[bytes], bytes], Callable[[bytes], bytes]]] = {
    "": (bytes, bytes),
    ".gz": (gzip.compress, gzip.decompress),
    ".zst": (lambda data: zstd().compress(data), lambda data: zstd().decompress(data)),  # type: ignore[no-any-return]
}


def documents(result: Result) -> dict[str, int]:
    """The ids of a JSON report, and how many repeats each document has."""
    return {document["id"]: len(document["repeats"]) for document in json.loads(result.stdout)["documents"]}


@pytest.fixture
def lines() -> list[bytes]:
    """Four good lines and five bad ones, with an empty line between."""
    return [
        json.dumps({"号": 1, "text": TWICE, "来源": [1.50, None]}, ensure_ascii=False).encode(),
        b'{"\xe5\x8f\xb7": 2, "text": "\xe6\xb2\xa1\xe6\x9c\x89\xe2\x80\xa8\xe9\x87\x8d\xe5\xa4\x8d"}',
        b'{"text": "cut',
        b"",
        b'["text"]',
        b'{"\xe5\x8f\xb7": 3, "title": "x"}',
        b'{"text": 5}',
        b'{"text": "\xff"}',
        json.dumps({"号": "四", "text": TWICE}).encode(),
        b'{ "\xe5\x8f\xb7": 2, "text": "\\u7532" }',
    ]


BAD = {3: "not JSON", 5: "not an object", 6: 'the field "text" is missing', 7: "not a string", 8: "not UTF-8"}


@pytest.mark.parametrize("packing", PACKERS)
@pytest.mark.parametrize("line_break", [b"\n", b"\r\n"])
def test_good_lines_are_documents_and_bad_ones_are_named(
    tmp_path: Path, lines: list[bytes], packing: str, line_break: bytes
) -> None:
    path = tmp_path / f"新闻.jsonl{packing}"
    path.write_bytes(PACKERS[packing][0](line_break.join(lines)))
    result = scan(tmp_path, "--format", "json")
    assert result.exit_code == 1
    assert documents(result) == {f"{path}:1": 1, f"{path}:2": 0, f"{path}:9": 1, f"{path}:10": 0}
    errors = json.loads(result.stdout)["errors"]
    assert [(error["file"], error["line"]) for error in errors] == [(str(path), line) for line in BAD]
    for error, said, shown in zip(errors, BAD.values(), result.stderr.splitlines(), strict=True):
        assert said in error["message"]
        assert shown == f"neardup: {path}:{error['line']}: {error['message']}"


@pytest.mark.parametrize("packing", PACKERS)
def test_clean_changes_the_text_field_alone(tmp_path: Path, lines: list[bytes], packing: str) -> None:
    path = tmp_path / "下" / f"新闻.ndjson{packing}"
    path.parent.mkdir()
    path.write_bytes(PACKERS[packing][0](b"\xef\xbb\xbf" + b"\n".join(lines)))
    result = clean(tmp_path, "-o", tmp_path / "out")
    assert f"4 texts written to {tmp_path}/out, 2 of them changed" in result.stdout
    cleaned = json.dumps("标题\n" + BODY, ensure_ascii=False)
    written = PACKERS[packing][1]((tmp_path / "out" / "下" / path.name).read_bytes())
    assert written.splitlines() == [
        f'{{"号":1,"text":{cleaned},"来源":[1.5, null]}}'.encode(),
        lines[1],
        b'{"\xe5\x8f\xb7":"\\u56db","text":%b}' % cleaned.encode(),
        lines[9],
    ]
    again = clean(tmp_path / "out", "-o", tmp_path / "out2")
    assert again.exit_code == 0
    assert ", 0 of them changed" in again.stdout


def test_rejects_hold_every_bad_line(tmp_path: Path, lines: list[bytes]) -> None:
    path, rejects = tmp_path / "新闻.jsonl", tmp_path / "坏" / "行.jsonl"
    path.write_bytes(b"\n".join(lines))
    out = ["-o", tmp_path / "out", "--overwrite"]
    assert clean(path, "-o", tmp_path / "out", "--rejects", rejects).exit_code == 1
    entries = [json.loads(line) for line in rejects.read_bytes().splitlines()]
    assert [(entry["file"], entry["line"]) for entry in entries] == [(str(path), line) for line in BAD]
    for entry in entries:
        assert BAD[entry["line"]] in entry["error"]
        raw = b64decode(entry["raw_base64"]) if entry["line"] == 8 else entry["raw"].encode()
        assert raw == lines[entry["line"] - 1]
    result = clean(path, "-o", tmp_path / "out2", "--rejects", rejects)
    assert result.exit_code == 1
    assert (
        result.stderr
        == f"neardup: {rejects}: exists already; choose another place, or allow that it is replaced (--overwrite)\n"
    )
    assert clean(path, *out, "--rejects", rejects).stdout != ""
    result = clean(path, *out, "--rejects", path)
    assert f"{path}: is an input itself; choose another file for --rejects" in result.stderr
    assert path.read_bytes() == b"\n".join(lines)


def test_without_bad_lines_rejects_is_empty(tmp_path: Path) -> None:
    (tmp_path / "新闻.jsonl").write_text('{"text": ""}\n', encoding="utf-8")
    assert clean(tmp_path, "-o", tmp_path / "out", "--rejects", tmp_path / "坏").exit_code == 0
    assert (tmp_path / "坏").read_bytes() == b""


def test_strict_stops_at_the_first_bad_line(tmp_path: Path, lines: list[bytes]) -> None:
    path = tmp_path / "新闻.jsonl"
    path.write_bytes(b"\n".join(lines))
    result = clean(path, "--strict", "--format", "json", "--rejects", tmp_path / "坏", "-o", tmp_path / "out")
    assert result.exit_code == 1
    assert list(documents(result)) == [f"{path}:1", f"{path}:2"]
    assert len(json.loads(result.stdout)["errors"]) == len((tmp_path / "坏").read_bytes().splitlines()) == 1
    assert not list((tmp_path / "out").iterdir())


def test_the_fields_can_be_named(tmp_path: Path) -> None:
    path = tmp_path / "新闻.jsonl"
    path.write_text(
        '{"正文": "甲", "号": 7}\n{"正文": "乙", "号": "x"}\n{"正文": "丙", "号": null}\n', encoding="utf-8"
    )
    result = scan(path, "--text-field", "正文", "--id-field", "号", "--format", "json")
    assert list(documents(result)) == [7, "x"]
    assert f'{path}:3: the field "号" is null, not a string, a number, true or false' in result.stderr


@pytest.mark.parametrize("option", ["--text-field", "--id-field"])
def test_a_field_that_no_record_has_is_one_error(tmp_path: Path, option: str) -> None:
    path = tmp_path / "新闻.jsonl"
    path.write_text('{"text": "甲", "n": 1}\n' * 3000, encoding="utf-8")
    done = clean(path, option, "正文", "-o", tmp_path / "out", "--rejects", tmp_path / "坏")
    assert done.exit_code == 1
    assert done.stderr == (
        f"neardup: {path}:1: none of the first 20 records can be read, and the rest is not tried: "
        f'the field "正文" is missing; there are: "text", "n" ({option})\n'
    )
    assert "0 documents read, 1 failed" in done.stdout
    assert not list((tmp_path / "out").iterdir())


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"text": "甲"}\n'.encode("gb18030") * 30, "not UTF-8 (bytes bc d7 22 7d at byte 10 "),
        ('{"text": "甲"}\n'.encode("utf-16-le") * 30, "not JSON: "),
        (b"{'text': ''}\n" * 30, "not JSON: "),
        (b'{\n "text": ""\n}\n' * 30, "not JSON: "),
        (b'{"text": "\\ud800"}\n' * 30, "not JSON: half a surrogate pair"),
    ],
    ids=["gb18030", "utf-16", "python", "pretty", "surrogates"],
)
def test_lines_none_of_which_can_be_read_are_one_error(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "新闻.jsonl"
    path.write_bytes(content)
    done = scan(path)
    assert done.exit_code == 1
    start = f"neardup: {path}:1: none of the first 20 records can be read, and the rest is not tried: {said}"
    assert done.stderr.startswith(start), done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_lines_that_are_too_long_say_nothing_of_the_others(tmp_path: Path) -> None:
    path = tmp_path / "新闻.jsonl"
    path.write_text(f'{{"text": "{"长" * 99}"}}\n' * 30 + '{"text": "甲"}\n', encoding="utf-8")
    done = scan(path, "--max-document-size", "99B", "--threads", 1)
    assert len(done.stderr.splitlines()) == 30
    assert "1 document read, 30 failed" in done.stdout


def test_a_field_that_some_records_have_is_an_error_of_the_others(tmp_path: Path) -> None:
    path = tmp_path / "新闻.jsonl"
    path.write_text('{"n": 1}\n' * 19 + '{"text": "甲"}\n' + '{"n": 1}\n' * 9, encoding="utf-8")
    done = scan(path)
    assert len(done.stderr.splitlines()) == 28
    assert "1 document read, 28 failed" in done.stdout


def test_pages_in_records_are_said(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    page = json.dumps({"text": "<!doctype html><html><body><p>正文</p></body></html>"})
    path.write_text(f'{page}\n{{"text": "正文"}}\n', encoding="utf-8")
    remedy = "take the articles out first, for example with neardup.extract_html\n"
    for done in (scan(path), clean(path, "-o", tmp_path / "out"), paragraphs(path)):
        assert done.exit_code == 0
        assert done.stderr == f"neardup: records that are HTML pages, whose menus count as text: 1; {remedy}"
    said = f"neardup: {path}:1: an HTML page, whose menus count as text; {remedy}"
    assert compare(path, 1, 2).stderr == said


def test_an_id_is_taken_once(tmp_path: Path) -> None:
    one, two = tmp_path / "一.jsonl", tmp_path / "二.jsonl"
    one.write_text('{"text": "甲", "id": 7}\n{"text": "乙", "id": "7"}\n', encoding="utf-8")
    two.write_text('{"text": "丙", "id": "7"}\n{"text": "丁", "id": 8}\n', encoding="utf-8")
    result = clean(
        tmp_path, "--id-field", "id", "--format", "json", "--rejects", tmp_path / "坏", "-o", tmp_path / "out"
    )
    assert list(documents(result)) == [7, 8]
    assert result.stderr.splitlines()[:2] == [
        f'neardup: {one}:2: the id "7" is that of {one}:1 already',
        f'neardup: {two}:1: the id "7" is that of {one}:1 already',
    ]
    assert len((tmp_path / "坏").read_bytes().splitlines()) == 2
    assert (tmp_path / "out" / "二.jsonl").read_text(encoding="utf-8") == '{"text": "丁", "id": 8}\n'
    assert scan(one, two, "--format", "json").exit_code == 0


@pytest.mark.parametrize("packing", [".gz", ".zst"])
@pytest.mark.parametrize("threads", [1, 2])
def test_a_file_that_is_cut_off_is_named_and_its_lines_are_read(tmp_path: Path, packing: str, threads: int) -> None:
    path = tmp_path / f"新闻.jsonl{packing}"
    texts = [f'{{"text": "{i}", "n": {pow(7, i, 10**60)}}}\n' for i in range(3000)]
    path.write_bytes(PACKERS[packing][0]("".join(texts).encode())[:-20])
    result = clean(tmp_path, "--format", "json", "-o", tmp_path / "out", "--threads", threads)
    assert result.exit_code == 1
    [error] = json.loads(result.stdout)["errors"]
    read = documents(result)
    assert error == {
        "file": str(path),
        "line": len(read) + 1,
        "message": "the compressed file is cut off; get the whole file",
    }
    assert list(read) == [f"{path}:{i + 1}" for i in range(len(read))]
    assert read
    assert not list((tmp_path / "out").iterdir())


@pytest.mark.parametrize("packing", [".gz", ".zst"])
def test_a_damaged_file_is_named(tmp_path: Path, packing: str) -> None:
    packed = PACKERS[packing][0](BODY.encode())
    (tmp_path / f"文.txt{packing}").write_bytes(packed[:14] + b"\xff" * 400)
    result = scan(tmp_path)
    assert f"{tmp_path / f'文.txt{packing}'}: the compressed file is damaged (" in result.stderr
    assert "get it again" in result.stderr


@pytest.mark.parametrize("packing", [".gz", ".zst"])
def test_compressed_texts_are_texts(tmp_path: Path, packing: str) -> None:
    (tmp_path / f"文.txt{packing}").write_bytes(PACKERS[packing][0](TWICE.encode("gb18030")))
    result = clean(tmp_path, "-o", tmp_path / "out")
    assert "1 of them changed" in result.stdout
    written = (tmp_path / "out" / f"文.txt{packing}").read_bytes()
    assert PACKERS[packing][1](written).decode() == "标题\n" + BODY
    assert clean(tmp_path / f"文.txt{packing}", "-o", tmp_path / "out2").exit_code == 0
    assert (tmp_path / "out2" / f"文.txt{packing}").read_bytes() == written


def test_what_the_files_are_can_be_said(tmp_path: Path) -> None:
    line = json.dumps({"text": TWICE}).encode()
    (tmp_path / "文.txt").write_bytes(line)
    for options in ((), ("--input-format", "jsonl")):
        read = scan(tmp_path, "--format", "json", *options)
        assert documents(read) == {f"{tmp_path / '文.txt'}:1": 1}
    read = scan(tmp_path, "--format", "json", "--input-format", "text")
    assert list(documents(read)) == [str(tmp_path / "文.txt")]
    (tmp_path / "文.txt").rename(tmp_path / "文.jsonl")
    read = scan(tmp_path, "--format", "json", "--input-format", "text")
    assert list(documents(read)) == [str(tmp_path / "文.jsonl")]


def test_standard_input_may_be_lines(tmp_path: Path) -> None:
    line = json.dumps({"text": TWICE}).encode()
    result = clean("-", "--format", "json", "-o", tmp_path, input=line)
    assert documents(result) == {"-:1": 1}
    assert json.loads((tmp_path / "stdin.jsonl").read_bytes()) == {"text": "标题\n" + BODY}
    assert documents(scan("-", "--format", "json", input=gzip.compress(line))) == {"-:1": 1}


def test_clean_lines_are_not_mixed_up_and_replace_nothing(tmp_path: Path) -> None:
    for folder in ("甲", "乙"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "新闻.jsonl").write_text(f'{{"text": "{folder}"}}\n' * 3, encoding="utf-8")
    one, two, out = tmp_path / "甲" / "新闻.jsonl", tmp_path / "乙" / "新闻.jsonl", tmp_path / "out"
    result = clean(one, two, "-o", out)
    assert result.stderr.splitlines() == [
        f"neardup: {two}: {out / '新闻.jsonl'} holds {one} already; clean the two into two folders",
    ]
    assert f"3 texts written to {out}, 0 of them changed" in result.stdout
    assert (out / "新闻.jsonl").read_bytes() == one.read_bytes()
    result = clean(two, "-o", out)
    assert result.exit_code == 1
    assert (
        "the folder is not empty; choose another one, or allow that files in it are replaced (--overwrite)"
        in result.stderr
    )
    assert clean(two, "-o", out, "--overwrite").exit_code == 0
    assert (out / "新闻.jsonl").read_bytes() == two.read_bytes()
    result = clean(two, "-o", two.parent, "--overwrite")
    assert "is an input itself; choose another folder for --output" in result.stderr


def test_a_disk_that_is_full_is_named_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(file: WholeFile, _: bytes) -> None:
        raise OutputError("cannot be written: No space left on device", file=str(file.path))

    monkeypatch.setattr(WholeFile, "write", refuse)
    (tmp_path / "新闻.jsonl").write_text('{"text": "甲"}\n' * 3, encoding="utf-8")
    result = clean(tmp_path, "-o", tmp_path / "out")
    assert result.exit_code == 1
    assert result.stderr.count("No space left on device") == 1
    assert "3 documents read" in result.stdout
    assert not list((tmp_path / "out").iterdir())


def test_an_empty_file_has_no_documents(tmp_path: Path) -> None:
    (tmp_path / "新闻.jsonl").write_bytes(b"\n\r\n")
    result = clean(tmp_path, "-o", tmp_path / "out")
    assert result.exit_code == 0
    assert (tmp_path / "out" / "新闻.jsonl").read_bytes() == b""


def test_an_interrupt_leaves_nothing_behind(tmp_path: Path) -> None:
    options = ["--input-format", "jsonl", "-o", tmp_path / "out", "--rejects", tmp_path / "坏", "--threads", "2"]
    with subprocess.Popen(
        [*COMMAND, "clean", "-", *options],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin
        process.stdin.write(b'{"text": "x"}\n' * 4096)
        process.stdin.flush()
        deadline = time.monotonic() + 60
        while not (tmp_path / "out").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
