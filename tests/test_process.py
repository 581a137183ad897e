"""The command as a process: its streams, signals and exit codes; never a traceback, and nothing left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from neardup import InputError, OutputError
from neardup.cli import app
from neardup.cli.outputs import Cleaner
from neardup.cli.process import Ended, leave, run
from neardup.cli.work import Cleaned
from neardup.io.atomic import WholeFile
from neardup.io.encodings import codec_name, decode
from neardup.io.html import declared_charset
from neardup.io.sources import Source, find_sources, path_id

if TYPE_CHECKING:
    from click.testing import Result

COMMAND = [sys.executable, "-P", "-c", "from neardup.cli import main; main()"]
BODY = "据介绍，重庆经开区把质量强区战略写入全区规划，加快引进和培育壮大龙头企业，全面发力。\n"


def scan(*arguments: object, **options: Any) -> Result:
    return CliRunner().invoke(app, ["scan", *map(str, arguments)], **options)


def shell(line: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a line of shell, in which ``$N`` is the command."""
    script = f'N="{sys.executable} -P -m neardup_command"; {line}'
    (folder / "neardup_command.py").write_text("from neardup.cli import main\nmain()\n")
    path = os.pathsep.join([str(folder), *filter(None, sys.path)])
    return subprocess.run(
        ["/bin/sh", "-c", script],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path, **environment},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "文.txt"
    path.write_text(BODY * 2, encoding="utf-8")
    return path


FULL = "neardup: standard output cannot be written: No space left on device\n"
CLOSED = "neardup: standard output is closed; give it a file, or /dev/null\n"
needs_full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no such device")


@pytest.mark.parametrize("format_", ["text", "json", "jsonl"])
@needs_full
def test_a_full_output_is_one_line(text: Path, format_: str) -> None:
    done = shell(f"$N scan {text.name} --format {format_} --clean out --rejects r > /dev/full", text.parent)
    assert (done.returncode, done.stderr) == (1, FULL)
    assert not list(text.parent.rglob(".*"))
    assert not (text.parent / "r").exists()


@pytest.mark.parametrize(
    "arguments", ["compare 文.txt 文.txt", "compare 文.txt 文.txt --format json", "--help", "--version"]
)
@needs_full
def test_every_command_says_that_its_output_is_full(text: Path, arguments: str) -> None:
    done = shell(f"$N {arguments} > /dev/full", text.parent)
    assert (done.returncode, done.stderr) == (1, FULL)


def test_closed_streams_are_one_line(text: Path) -> None:
    for arguments in ("scan 文.txt", "compare 文.txt 文.txt", "--version"):
        done = shell(f"$N {arguments} >&-", text.parent)
        assert (done.returncode, done.stderr) == (1, CLOSED)
    for arguments in ("scan -", "compare - 文.txt"):
        done = shell(f"$N {arguments} <&-", text.parent)
        assert (done.returncode, done.stderr) == (1, "neardup: -: standard input is closed\n")
    done = shell("$N scan 文.txt 无.txt 2>&-", text.parent)
    assert done.returncode == 1
    assert done.stdout.endswith("; 1 failed\n")
    assert "neardup:" not in done.stdout


@needs_full
def test_complaints_that_cannot_be_written_change_nothing(text: Path) -> None:
    done = shell("$N scan 文.txt 无.txt 2> /dev/full", text.parent)
    assert done.returncode == 1
    assert done.stdout.endswith("; 1 failed\n")


def test_a_reader_that_goes_away_ends_the_command_quietly(text: Path) -> None:
    (text.parent / "行.jsonl").write_text('{"text": "短"}\n' * 20_000, encoding="utf-8")
    for arguments in (
        "scan 行.jsonl --format jsonl --no-duplicates --clean out",
        "--help",
        "compare 文.txt 行.jsonl --full",
    ):
        done = shell(f"{{ $N {arguments}; echo $? >&2; }} | exec true", text.parent)
        assert done.stderr == "0\n"
    assert not list(text.parent.rglob(".*"))


def test_what_the_encoding_lacks_is_written_as_an_escape(text: Path) -> None:
    done = shell(
        "$N scan 文.txt 无.txt; $N compare 文.txt 文.txt; $N scan 文.txt --format json",
        text.parent,
        PYTHONIOENCODING="ascii",
    )
    assert "\\u6587.txt: 50% of its text is repeated" in done.stdout
    assert done.stderr == "neardup: \\u65e0.txt: there is no such file or folder\n"
    assert '"id":"文.txt"' in done.stdout


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
@pytest.mark.parametrize("threads", [1, 2])
def test_a_signal_leaves_nothing_behind(tmp_path: Path, name: str, threads: int) -> None:
    number = getattr(signal, name)
    options = [
        "--input-format",
        "jsonl",
        "--clean",
        tmp_path / "out",
        "--rejects",
        tmp_path / "坏",
        "--threads",
        threads,
    ]
    with subprocess.Popen(
        [*COMMAND, "scan", "-", *map(str, options), "--write-boilerplate", str(tmp_path / "套话")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin
        assert process.stderr
        process.stdin.write(b'{"text": "x"}\n' * 4096)
        process.stdin.flush()
        deadline = time.monotonic() + 60
        while not list(tmp_path.glob("out/.*")) and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(number)
        process.send_signal(number)
        assert process.wait(20) == 128 + number
        said = "interrupted" if name == "SIGINT" else f"ended by {name}"
        assert process.stderr.read().decode() == f"neardup: {said}\n"
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_workers_that_are_busy_are_not_waited_for(text: Path) -> None:
    code = (
        "import sys, time, neardup.cli.work as work; from neardup.cli import main;"
        "work.find_repeats = lambda *_, **__: (print('busy', file=sys.stderr, flush=True), time.sleep(60)); main()"
    )
    command = [sys.executable, "-P", "-c", code, "scan", str(text), "--threads", "2", "--rejects", str(text) + "坏"]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        assert process.stderr
        assert process.stderr.readline() == b"busy\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130
        assert process.stderr.read() == b"neardup: interrupted\n"
    assert [path.name for path in text.parent.iterdir()] == [text.name]


def test_signals_that_are_ignored_stay_so() -> None:
    command = ["/bin/sh", "-c", "trap '' HUP; exec \"$@\"", "sh", *COMMAND, "scan", "-"]  # as nohup does
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stderr
        time.sleep(2)
        process.send_signal(signal.SIGHUP)
        process.stdin.write("短".encode())
        process.stdin.close()
        assert process.wait(20) == 0
        assert process.stderr.read() == b""


def test_handlers_of_signals_are_put_back() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    inside: list[object] = []
    assert run(lambda: inside.append(signal.getsignal(signal.SIGTERM))) == 0
    assert inside != [before[1]]
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (InputError("bad", file="x", line=2), 1, "x:2: bad"),
        (MemoryError(), 1, "there is not enough memory; give fewer or smaller inputs"),
        (ValueError("a\n\x1bb"), 1, "stopped: ValueError: a \\x1bb (neardup/cli/process.py:"),
        (Ended(143, "ended by SIGTERM"), 143, "ended by SIGTERM"),
        (Ended(0), 0, None),
        (SystemExit(2), 2, None),
        (SystemExit(), 0, None),
        (SystemExit("no"), 1, None),
    ],
)
def test_whatever_is_raised_is_an_exit_code_and_a_line(
    error: BaseException, code: int, said: str | None, capfd: pytest.CaptureFixture[str]
) -> None:
    def command() -> None:
        raise error

    assert run(command) == code
    lines = capfd.readouterr().err.splitlines()
    assert len(lines) == (said is not None)
    assert all(line.startswith(f"neardup: {said}") for line in lines)


def test_leaving_exits_with_the_code() -> None:
    code = "import signal; from neardup.cli.process import leave; leave(3)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 3
    code = (
        "import atexit, threading, time; from neardup.cli.process import leave; atexit.register(print, 'cleaned');"
        "threading.Thread(target=time.sleep, args=(60,)).start(); print('said', end=' '); leave(4)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, timeout=30)
    assert (done.returncode, done.stdout) == (4, b"said cleaned\n")
    with pytest.raises(SystemExit, match=r"^5$"):
        _leave_in_a_test(5)


def _leave_in_a_test(code: int) -> None:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        leave(code)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


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
    assert "1 document read" in result.stdout
    assert "; 1 failed" in result.stdout


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
        result = CliRunner().invoke(app, [*map(str, command), "--encoding", name])
        assert result.exit_code == 2
    with pytest.raises(LookupError):
        codec_name(name)
    page = f'<html><meta charset="{name}">'.encode() + "正文。".encode("gb18030") * 99
    assert declared_charset(page) in {name, None}
    assert decode(page, declared=declared_charset(page)).encoding == "gb18030"


@pytest.mark.parametrize(
    "option", [["--min-chars", 2**31], ["--min-chars", 10**30], ["--threads", 10**9], ["--threads", 2**70]]
)
def test_numbers_that_are_too_large_are_wrong_usage(text: Path, option: list[object]) -> None:
    assert scan(text, *option).exit_code == 2


@pytest.mark.parametrize("option", ["--max-repeats", "--max-duplicates", "--min-documents", "--max-paragraphs"])
def test_limits_may_be_of_any_size(text: Path, option: str) -> None:
    (text.parent / "又.txt").write_text(BODY * 3, encoding="utf-8")
    result = scan(text.parent, "--paragraphs", option, 10**30)
    assert (result.exit_code, result.stderr) == (0, "")


def test_nothing_is_cleaned_into_another_folder(tmp_path: Path) -> None:
    cleaner = Cleaner(tmp_path / "out" / "deep", True, frozenset())
    for name in ("../a.txt", "b/../../a.txt", "/tmp/a.txt"):
        for kind in ("text", "jsonl"):
            source = Source(f"{name}-{kind}", None, Path(name), kind)  # type: ignore[arg-type]
            with pytest.raises(OutputError, match="would leave the folder of --clean"):
                cleaner.write(Cleaned(source, Path(name), (), b"x", str.encode))
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_only_files_are_replaced(tmp_path: Path, text: Path) -> None:
    os.mkfifo(tmp_path / "管")
    (tmp_path / "夹").mkdir()
    for name in ("管", "夹"):
        with pytest.raises(OutputError, match="is no file that can be replaced; choose another place"):
            WholeFile(tmp_path / name, overwrite=True)
    assert (tmp_path / "管").is_fifo()


def test_a_file_is_on_the_disk_before_it_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[int, bool]] = []
    works = os.fsync

    def fsync(handle: int) -> None:
        seen.append((os.fstat(handle).st_size, (tmp_path / "文").exists()))
        works(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    for compression in ("", ".gz"):
        file = WholeFile(tmp_path / "文", compression=compression)
        file.write(b"x" * 99)
        file.commit()
        assert seen.pop() == ((tmp_path / "文").stat().st_size, False)
        (tmp_path / "文").unlink()


def test_a_file_that_nobody_finishes_goes_with_its_object(tmp_path: Path) -> None:
    file = WholeFile(tmp_path / "文")
    file.write(b"x")
    assert len(list(tmp_path.iterdir())) == 1
    with pytest.warns(ResourceWarning, match="unclosed file"):
        del file
    assert not list(tmp_path.iterdir())
