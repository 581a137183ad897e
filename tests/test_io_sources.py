"""Files in folders, their ids and names; encodings, numbers and patterns of options; files that are written."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from neardup import OutputError
from neardup.cli.outputs import Cleaner
from neardup.cli.work import Cleaned
from neardup.io.atomic import WholeFile
from neardup.io.claims import Claims
from neardup.io.encodings import codec_name, decode
from neardup.io.html import declared_charset
from neardup.io.json_files import JsonLines
from neardup.io.records import Fields
from neardup.io.sources import Source, find_sources, path_id
from tests.command import BODY, clean, neardup, scan

pytestmark = pytest.mark.once


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "文.txt"
    path.write_text(BODY * 2, encoding="utf-8")
    return path


@pytest.mark.parametrize("pattern", ["/etc/*", "../*", "a/../../*", "..", "", "/", "./"])
def test_patterns_stay_inside_the_folder(text: Path, pattern: str) -> None:
    result = scan(text.parent, "--glob", pattern, env={"COLUMNS": "1000"})
    assert result.exit_code == 2
    assert "--glob" in result.stderr


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("*.txt", ["a.txt", "上/a.txt", "上/下/b.txt"]),
        ("a**b", []),
        ("a**t", ["a.txt", "上/a.txt"]),
        ("上/*", ["上/a.txt"]),
        ("./a.txt", ["a.txt", "上/a.txt"]),
        ("上/**/*.txt", ["上/a.txt", "上/下/b.txt"]),
        ("上/**", ["上/a.txt", "上/下/b.txt"]),
        ("**/下/*", ["上/下/b.txt"]),
        ("**", ["a.txt", "上/a.txt", "上/下/b.txt"]),
        ("[", []),
        ("[!a]*", ["上/下/b.txt"]),
    ],
)
def test_patterns_fit_the_end_of_a_path(tmp_path: Path, pattern: str, names: list[str]) -> None:
    (tmp_path / "上" / "下").mkdir(parents=True)
    for name in ("a.txt", "上/a.txt", "上/下/b.txt"):
        (tmp_path / name).touch()
    found = [source for source in find_sources([str(tmp_path)], [pattern]) if isinstance(source, Source)]
    assert [source.name.as_posix() for source in found] == names


def test_a_folder_that_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    locked = tmp_path / "上" / "锁"
    locked.mkdir(parents=True)
    (tmp_path / "a.txt").write_text(BODY, encoding="utf-8")
    works = os.scandir

    def scandir(path: Path) -> Any:
        if path == locked:
            raise PermissionError(13, "Permission denied", str(path))
        return works(path)

    monkeypatch.setattr(os, "scandir", scandir)
    result = scan(tmp_path)
    assert result.exit_code == 1
    assert result.stderr == f"neardup: {locked}: the folder cannot be read: Permission denied\n"
    assert "1 document read, 1 failed" in result.stdout


def test_a_folder_that_is_given_and_cannot_be_read_is_one_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def scandir(path: Path) -> Any:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(os, "scandir", scandir)
    done = scan(tmp_path)
    assert done.exit_code == 1
    assert done.stderr == f"neardup: {tmp_path}: the folder cannot be read: Permission denied\n"


@pytest.mark.parametrize("step", ["mkdir", "open"])
def test_a_folder_that_cannot_be_written_to_is_one_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    for name in "一二三":
        (tmp_path / f"{name}.txt").write_text(BODY * 2, encoding="utf-8")
    out = tmp_path / "out"
    out.mkdir()
    works = getattr(Path, step)

    def refuse(path: Path, *arguments: Any, **options: Any) -> Any:
        if out in (path, path.parent):
            raise PermissionError(13, "Permission denied", str(path))
        return works(path, *arguments, **options)

    monkeypatch.setattr(Path, step, refuse)
    done = clean(tmp_path, "-o", out)
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == f"neardup: {out}: cannot be written: Permission denied\n"
    assert not list(out.iterdir())


def test_what_is_no_folder_is_not_written_to(text: Path) -> None:
    done = clean(text, "-o", text)
    assert (done.exit_code, done.stderr) == (1, f"neardup: {text}: is no folder; choose another place\n")


def test_a_path_that_cannot_be_looked_at_is_named(text: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    long = "x" * 5000
    result = scan(text, f"{text}/below", long)
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        f"neardup: {text}/below: cannot be read: Not a directory",
        f"neardup: {long}: cannot be read: File name too long",
    ]
    (text.parent / "环").symlink_to("环")
    assert "Too many levels of symbolic links" in scan(text.parent / "环").stderr


def test_links_and_devices_below_a_folder(text: Path) -> None:
    (text.parent / "断.txt").symlink_to("nowhere")
    (text.parent / "环.txt").symlink_to("环.txt")
    (text.parent / "同.txt").symlink_to(text.name)
    os.mkfifo(text.parent / "管.txt")
    (text.parent / "夹.txt").mkdir()
    result = scan(text.parent)
    assert "1 document read" in result.stdout
    assert result.stderr.splitlines() == [
        f"neardup: {text.parent}/断.txt: cannot be read: No such file or directory",
        f"neardup: {text.parent}/环.txt: cannot be read: Too many levels of symbolic links",
    ]


def test_a_folder_may_be_deep(tmp_path: Path) -> None:
    depth = min(1200, (os.pathconf(tmp_path, "PC_PATH_MAX") - len(str(tmp_path)) - 20) // 2)
    folders = [tmp_path]
    try:
        for _ in range(depth):
            folders.append(folders[-1] / "a")
            folders[-1].mkdir()
        (folders[-1] / "b.txt").touch()
        [source] = find_sources([str(tmp_path)])
        assert isinstance(source, Source)
        assert source.path == folders[-1] / "b.txt"
    finally:  # what removes the folders of tests cannot go so deep
        (folders[-1] / "b.txt").unlink(missing_ok=True)
        for folder in reversed(folders[1:]):
            folder.rmdir()


def test_no_two_paths_have_one_id() -> None:
    names = [
        b"c\xff.txt",
        rb"c\xff.txt",
        rb"c\\xff.txt",
        b"c\\\xff.txt",
        rb"\x",
        b"\\",
        b"\\\\",
        rb"\\x",
        b"\xff\xfe",
        rb"\xff\xfe",
    ]
    assert len({path_id(os.fsdecode(name)) for name in names}) == len(names)
    for name in ("新闻/一.txt", "a\\b.txt", "-", "C:\\news\\a.txt"):
        assert path_id(name) == name


def test_files_whose_names_print_alike_are_two_documents(tmp_path: Path) -> None:
    for name in (b"c\xff.txt", rb"c\xff.txt"):
        (tmp_path / os.fsdecode(name)).write_text(BODY, encoding="utf-8")
    result = scan(tmp_path, tmp_path / os.fsdecode(b"\xfe"), "--format", "json")
    assert result.stderr == f"neardup: {tmp_path}/\\xfe: there is no such file or folder\n"
    assert result.stdout.count('"encoding":"utf-8"') == 2


@pytest.mark.parametrize(
    "name", ["undefined", "idna", "punycode", "unicode_escape", "Raw-Unicode-Escape", "rot13", "x" * 999]
)
def test_encodings_that_no_file_has_are_wrong_usage(text: Path, name: str) -> None:
    for command in (["scan", text], ["compare", text, text]):
        result = neardup(*command, "--encoding", name)
        assert result.exit_code == 2
    with pytest.raises(LookupError):
        codec_name(name)
    page = f'<html><meta charset="{name}">'.encode() + "正文。".encode("gb18030") * 99
    assert declared_charset(page) in {name, None}
    assert decode(page, declared=declared_charset(page)).encoding == "gb18030"


@pytest.mark.parametrize(
    "option",
    [
        ["--min-chars", 2**31],
        ["--min-chars", 10**30],
        ["--threads", 10**9],
        ["--threads", 2**70],
        ["--min-documents", 2**31],
    ],
)
def test_numbers_that_are_too_large_are_wrong_usage(text: Path, option: list[object]) -> None:
    assert scan(text, *option).exit_code == 2


def test_limits_may_be_of_any_size(text: Path) -> None:
    (text.parent / "又.txt").write_text(BODY * 3, encoding="utf-8")
    result = scan(text.parent, "--limit", 10**30)
    assert (result.exit_code, result.stderr) == (0, "")


def test_nothing_is_cleaned_into_another_folder(tmp_path: Path) -> None:
    cleaner = Cleaner(tmp_path / "out" / "deep", True, Claims())
    for name in ("../a.txt", "b/../../a.txt", "/tmp/a.txt"):
        for kind in ("text", "jsonl"):
            records = JsonLines(Fields()) if kind == "jsonl" else None
            source = Source(f"{name}-{kind}", None, Path(name), records=records)
            with pytest.raises(OutputError, match="would leave the folder of --output"):
                cleaner.write(Cleaned(source, Path(name), (), b"x", lambda _: b"x"))
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_only_files_are_replaced(tmp_path: Path, text: Path) -> None:
    os.mkfifo(tmp_path / "管")
    (tmp_path / "夹").mkdir()
    for name in ("管", "夹"):
        with pytest.raises(OutputError, match="is no file that can be replaced; choose another place"):
            WholeFile(tmp_path / name, overwrite=True)
    assert (tmp_path / "管").is_fifo()


def test_a_file_is_on_the_disk_before_it_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[bool, int, bool]] = []
    works = os.fsync

    def fsync(handle: int) -> None:
        is_folder = os.path.samestat(os.fstat(handle), tmp_path.stat())
        seen.append((is_folder, os.fstat(handle).st_size, (tmp_path / "文").exists()))
        works(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    for compression in ("", ".gz"):
        file = WholeFile(tmp_path / "文", compression=compression)
        file.write(b"x" * 99)
        file.commit()
        file_first, folder_then = seen
        assert file_first == (False, (tmp_path / "文").stat().st_size, False)
        assert folder_then[::2] == (True, True)
        seen.clear()
        (tmp_path / "文").unlink()


def test_a_file_that_nobody_finishes_goes_with_its_object(tmp_path: Path) -> None:
    file = WholeFile(tmp_path / "文")
    file.write(b"x")
    assert len(list(tmp_path.iterdir())) == 1
    with pytest.warns(ResourceWarning, match="unclosed file"):
        del file
    assert not list(tmp_path.iterdir())
