"""The command as a process: its streams, signals and exit codes; never a traceback, and nothing left behind."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import termios
import time
from array import array
from pathlib import Path

import pytest

from neardup import InputError
from neardup.cli.process import Ended, leave, run
from tests.families import SENTENCE

COMMAND = [sys.executable, "-P", "-c", "from neardup.cli import main; main()"]
BODY = f"{SENTENCE}\n"


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


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_ends_the_command_though_nobody_reads_its_output(tmp_path: Path, name: str, times: int) -> None:
    (tmp_path / "g.jsonl").write_text(f'{{"text": "{BODY.strip() * 3}"}}\n' * 2000, encoding="utf-8")
    number = getattr(signal, name)
    command = [*COMMAND, "scan", str(tmp_path / "g.jsonl"), "--format", "jsonl", "--no-duplicates"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        held = array("i", [0])
        deadline = time.monotonic() + 60
        while held[0] < 1 << 15 and time.monotonic() < deadline:  # a pipe holds more, and the output is longer
            time.sleep(0.05)
            fcntl.ioctl(process.stdout, termios.FIONREAD, held)
        time.sleep(0.5)
        for _ in range(times):
            process.send_signal(number)
            time.sleep(0.05)
        assert process.wait(20) == 128 + number
        said = "interrupted" if name == "SIGINT" else f"ended by {name}"
        assert process.stderr.read().decode() == f"neardup: {said}\n"


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
