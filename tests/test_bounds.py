"""No input takes more than is allowed: large files, what unpacks to much more, lines and devices without an end."""

from __future__ import annotations

import gzip
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import pytest

from neardup import InputError
from neardup.cli.parallel import BYTES_AHEAD, in_order
from neardup.cli.work import Plan, Records, Whole, size_of
from neardup.io.bounded import MAX_DOCUMENT_BYTES, Bounds, read_lines, read_settings, read_whole
from neardup.io.json_files import JsonLines
from neardup.io.records import Fields
from neardup.io.sources import Source
from tests.command import neardup

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.once


LINE = json.dumps({"text": "短文一篇"}).encode()
LONG = json.dumps({"text": "长" * 3000}).encode()
MB = 1_000_000


class Endless(io.RawIOBase):
    """A device that gives the same bytes again and again, and counts them."""

    def __init__(self, piece: bytes) -> None:
        self.piece = piece
        self.given = 0

    def readable(self) -> bool:  # noqa: D102
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: D102
        count = min(len(buffer), len(self.piece))
        buffer[:count] = self.piece[:count]
        self.given += count
        return count


def packers() -> list[tuple[str, Callable[[bytes], bytes]]]:
    zstd = pytest.importorskip("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")
    return [("", bytes), (".gz", gzip.compress), (".zst", zstd.compress)]


def test_a_file_is_read_to_its_end_or_to_the_bound() -> None:
    assert read_whole(io.BytesIO(b"x" * 3 * MB), 3 * MB) == b"x" * 3 * MB
    endless = Endless(b"\0" * 4096)
    with pytest.raises(InputError, match="more than 5,000,000 bytes of text; leave it out, or allow more"):
        read_whole(io.BufferedReader(endless), 5 * MB)
    assert endless.given <= 7 * MB


@pytest.mark.parametrize("size", [0, 10, 2 * MB])
def test_lines_are_those_of_the_file(size: int) -> None:
    lines = [b"a", b"", b"x" * size, b" b", b"y" * size + b"\rz"]
    for end in (b"", b"\n"):
        found = read_lines(io.BytesIO(b"\n".join(lines) + end), 9 * MB)
        assert list(found) == lines
    assert list(read_lines(io.BytesIO(b"\r\n".join(lines)), 9 * MB)) == lines


@pytest.mark.parametrize("size", [100, 3 * MB])
def test_a_line_that_is_too_long_is_left_out(size: int) -> None:
    data = b"a\n" + b"x" * 9 * size + b"\nb\n" + b"y" * (size - 2) + b"\n"
    assert list(read_lines(io.BytesIO(data), size - 1)) == [b"a", None, b"b", b"y" * (size - 2)]


def test_a_line_without_an_end_ends_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("neardup.io.bounded._MOST_SKIPPED", 8 * MB)
    endless = Endless(b" " * 4096)
    file = io.BufferedReader(endless)
    with pytest.raises(InputError, match="a line of more than 10,000,000 bytes, which may have no end") as caught:
        list(read_lines(file, 2 * MB))
    assert caught.value.line == 1
    assert endless.given <= 12 * MB


def test_a_file_that_unpacks_to_too_much_is_left_where_it_does() -> None:
    file: IO[bytes] = io.BufferedReader(Endless(b"ab\n"))
    lines = read_lines(file, 100, most=3000)
    taken = []
    with pytest.raises(InputError, match="unpacks to more than 3,000 bytes; leave it out, or allow more") as caught:
        taken += lines
    assert taken == [b"ab"] * 1000
    assert caught.value.line == 1001


def test_what_a_file_may_unpack_to_grows_with_it(tmp_path: Path) -> None:
    (tmp_path / "大").write_bytes(b"x" * 6 * MB)
    assert Bounds().of_unpacked(tmp_path / "大") == 1_200_000_000
    assert Bounds(unpacked=5).of_unpacked(tmp_path / "大") == 5
    (tmp_path / "小").write_bytes(b"x")
    assert Bounds().of_unpacked(tmp_path / "小") == 100_000_000


READS_A_LINE = """
import resource, sys
from neardup.io.bounded import read_lines
from neardup.io.json_records import read_record
from neardup.io.records import Fields

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)

with open(sys.argv[1], "wb") as file:
    file.write(b'{"text": "')
    for _ in range(20):
        file.write("字".encode() * 1_000_000)
    file.write(b'", "more": "x"}\\n')
before = peak()
with open(sys.argv[1], "rb") as file:
    for line in read_lines(file, 100_000_000):
        print(len(line), len(read_record(line, Fields()).text), before, peak())
"""


def test_a_line_is_held_once_beside_its_text(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", READS_A_LINE, str(tmp_path / "行.jsonl")], capture_output=True, check=True
    )
    size, chars, before, peak = map(int, done.stdout.split())
    assert (size, chars) == (60 * MB + 25, 20 * MB)
    assert peak - before < 2 * size


def test_large_tasks_wait_for_each_other() -> None:
    done: list[int] = []
    taken: list[int] = []

    def tasks() -> Iterator[int]:
        for number in range(20):
            taken.append(number)
            yield number

    def late(number: int) -> int:
        return number

    for number in in_order(late, tasks(), 4, lambda _: BYTES_AHEAD):
        assert len(taken) <= len(done) + 2
        done.append(number)
    assert done == list(range(20))
    source = Source("x", None, Path("x"), "text")
    assert size_of(Whole(source, b"123")) == 3
    records = Records(source, JsonLines(Fields()), ((1, b"12"), (2, None), (3, b"3")))
    assert size_of(records) == 3


@pytest.mark.parametrize("number", range(3))
def test_texts_and_lines_have_a_bound(tmp_path: Path, number: int) -> None:
    suffix, pack = packers()[number]
    folder = tmp_path / "入"
    folder.mkdir()
    (folder / f"长.txt{suffix}").write_bytes(pack("长".encode() * 3000))
    (folder / f"行.jsonl{suffix}").write_bytes(pack(b"\n".join([LINE, LONG, LINE])))
    (folder / "好.txt").write_text("短文一篇", encoding="utf-8")
    options = ["--format", "json", "-o", tmp_path / "out", "--rejects", tmp_path / "rejects", "--overwrite"]
    result = neardup("clean", folder, *options, "--max-document-size", "5KB")
    assert result.exit_code == 1
    report = json.loads(result.stdout)
    remedy = "leave it out, or allow more (--max-document-size)"
    lines, text = f"{folder}/行.jsonl{suffix}", f"{folder}/长.txt{suffix}"
    assert report["errors"] == [
        {"file": lines, "line": 2, "message": f"more than 5,000 bytes; {remedy}"},
        {"file": text, "message": f"more than 5,000 bytes of text; {remedy}"},
    ]
    assert {document["id"] for document in report["documents"]} == {f"{folder}/好.txt", f"{lines}:1", f"{lines}:3"}
    [rejected] = map(json.loads, (tmp_path / "rejects").read_bytes().splitlines())
    assert (rejected["line"], rejected["raw"]) == (2, "")
    assert neardup("clean", folder, *options, "--max-document-size", "19KiB").exit_code == 0
    assert neardup("compare", text, folder / "好.txt", "--max-document-size", "5KB").exit_code == 1
    assert neardup("compare", text, folder / "好.txt", "--max-document-size", "9kb").exit_code == 0


@pytest.mark.parametrize("number", [1, 2])
def test_compressed_lines_have_a_bound(tmp_path: Path, number: int) -> None:
    suffix, pack = packers()[number]
    folder = tmp_path / "入"
    folder.mkdir()
    (folder / f"行.jsonl{suffix}").write_bytes(pack(b"\n".join([LINE] * 100)))
    (folder / "好.txt").write_text("短文一篇", encoding="utf-8")
    size = 50 * (len(LINE) + 1)
    options = ["--format", "json", "-o", tmp_path / "out"]
    result = neardup("clean", folder, *options, "--max-unpacked-size", size)
    assert result.exit_code == 1
    report = json.loads(result.stdout)
    assert len(report["documents"]) == 51
    [error] = report["errors"]
    assert error["line"] == 51
    assert f"unpacks to more than {size:,} bytes" in error["message"]
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["好.txt"]
    (folder / "行.jsonl").write_bytes(b"\n".join([LINE] * 100))
    result = neardup("scan", folder / "行.jsonl", "--max-unpacked-size", size)
    assert result.exit_code == 2  # it is what it seems
    assert "has no effect here; no input has compressed records" in result.stderr


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="there is no such device")
@pytest.mark.parametrize("kind", ["text", "jsonl"])
def test_a_device_without_an_end_is_an_error(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("neardup.io.bounded._MOST_SKIPPED", 8 * MB)
    (tmp_path / "好.jsonl").write_bytes(LINE)
    options = ["--max-document-size", "1MB", "--format", "json", "--input-format", kind]
    result = neardup("scan", "/dev/zero", tmp_path / "好.jsonl", *options)
    assert result.exit_code == 1
    report = json.loads(result.stdout)
    assert [error["file"] for error in report["errors"]] == ["/dev/zero"]
    assert len(report["documents"]) == 1
    assert neardup("compare", "/dev/zero", tmp_path / "好.jsonl", "--max-document-size", "1MB").exit_code == 1


def test_settings_have_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("neardup.io.bounded.MAX_DOCUMENT_BYTES", 1000)
    large = tmp_path / "large"
    large.write_bytes(b"# \n" * 1000)
    with pytest.raises(InputError, match="large: too large for a file of settings"):
        read_settings(large)
    with pytest.raises(InputError, match="cannot be read"):
        read_settings(tmp_path)
    for option in ("--config", "--boilerplate"):
        for command in (["scan", large], ["compare", large, large]):
            result = neardup(*command, option, large, env={"COLUMNS": "1000"})
            assert result.exit_code == 2
            assert "too large for a file of settings" in result.stderr
    monkeypatch.undo()
    large.write_text("x = " + "[" * 5000)
    result = neardup("scan", large, "--config", large, env={"COLUMNS": "1000"})
    assert result.exit_code == 2
    assert "RecursionError" in result.stderr


@pytest.mark.parametrize(
    ("size", "number"), [("4096", 4096), ("5KB", 5000), ("5kib", 5120), ("2M", 2 * MB), ("1GiB", 1 << 30), ("7b", 7)]
)
def test_sizes_have_units(tmp_path: Path, size: str, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Bounds] = []

    def tasks(plan: Plan, _: object) -> list[Any]:
        seen.append(plan.bounds)
        return []

    monkeypatch.setattr(Plan, "tasks", tasks)
    neardup("scan", "-", "--max-document-size", size, "--max-unpacked-size", size)
    neardup("scan", "-")
    assert seen == [Bounds(number, number), Bounds()]
    assert Bounds().document == MAX_DOCUMENT_BYTES


@pytest.mark.parametrize("size", ["", "0", "-1", "x", "1XB", "1.5MB", "B", "iB", "9" * 30, "KB", "1iB", "1 1"])
def test_what_is_no_size_is_wrong_usage(tmp_path: Path, size: str) -> None:
    result = neardup("scan", tmp_path, f"--max-document-size={size}", env={"COLUMNS": "1000"})
    assert result.exit_code == 2
    assert "is no size above 0" in result.stderr
