"""The command as a process: its streams, signals and exit codes; never a traceback, and nothing left behind."""

from __future__ import annotations

import fcntl
import shutil
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
from tests.command import BODY, COMMAND, shell

pytestmark = pytest.mark.once

LINES = '{"id": "甲", "text": "短文一篇"}\n{"id": "乙", "text": "另一篇"}\n'

# Every command, with inputs that are there, and what follows when the first one is standard input.
RUNS = {
    "scan": "scan 文.txt 行.jsonl",
    "clean": "clean 文.txt 行.jsonl -o out --rejects r",
    "compare": "compare 文.txt 文.txt",
    "compare records": "compare 行.jsonl 1 2",
    "paragraphs": "paragraphs 文.txt 行.jsonl --write-boilerplate b",
}
every_run = pytest.mark.parametrize("run_", RUNS.values(), ids=list(RUNS))


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "文.txt"
    path.write_text(BODY * 2, encoding="utf-8")
    (tmp_path / "行.jsonl").write_text(LINES, encoding="utf-8")
    return path


def left(folder: Path) -> set[str]:
    """What a run left in the folder, beside its inputs."""
    return {path.name for path in folder.rglob("*") if path.is_file()} - {"文.txt", "行.jsonl"}


FULL = "neardup: standard output cannot be written: No space left on device\n"
CLOSED = "neardup: standard output is closed; give it a file, or /dev/null\n"
needs_full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no such device")


@every_run
@pytest.mark.parametrize("format_", ["text", "json"])
@needs_full
def test_a_full_output_is_one_line(text: Path, run_: str, format_: str) -> None:
    done = shell(f"$N {run_} --format {format_} > /dev/full", text.parent)
    assert (done.returncode, done.stderr) == (1, FULL)
    assert left(text.parent) <= {"文.txt", "行.jsonl", "b"}
    assert not list(text.parent.rglob(".*"))
    assert not (text.parent / "r").exists()


@pytest.mark.parametrize("arguments", ["--help", "--version", "-h", "scan -h"])
@needs_full
def test_help_says_that_its_output_is_full(text: Path, arguments: str) -> None:
    done = shell(f"$N {arguments} > /dev/full", text.parent)
    assert (done.returncode, done.stderr) == (1, FULL)


@every_run
def test_a_closed_output_is_one_line(text: Path, run_: str) -> None:
    done = shell(f"$N {run_} >&-", text.parent)
    assert (done.returncode, done.stderr) == (1, CLOSED)
    assert not left(text.parent)


@pytest.mark.parametrize("run_", ["scan -", "clean - -o out", "compare - 文.txt", "compare - 1 2", "paragraphs -"])
def test_a_closed_input_is_one_line(text: Path, run_: str) -> None:
    done = shell(f"$N {run_} <&-", text.parent)
    assert (done.returncode, done.stderr) == (1, "neardup: -: standard input is closed\n")


@every_run
def test_a_closed_standard_error_changes_nothing(text: Path, run_: str) -> None:
    done = shell(f"$N {run_} 2>&-", text.parent)
    assert done.returncode == 0
    assert "neardup:" not in done.stdout


@needs_full
def test_complaints_that_cannot_be_written_change_nothing(text: Path) -> None:
    done = shell("$N scan 文.txt 无.txt 2> /dev/full", text.parent)
    assert done.returncode == 1
    assert done.stdout.startswith("1 document read, 1 failed\n")


@pytest.mark.parametrize(
    "run_",
    [
        *RUNS.values(),
        "scan 多.jsonl --only repeats --format jsonl",
        "clean 多.jsonl -o more --format jsonl",
        "paragraphs 多.jsonl --format jsonl",
        "--help",
        "scan -h",
    ],
)
def test_a_reader_that_goes_away_ends_the_command_quietly(text: Path, run_: str) -> None:
    (text.parent / "多.jsonl").write_text('{"text": "短"}\n' * 20_000, encoding="utf-8")
    done = shell(f"{{ $N {run_}; echo $? >&2; }} | exec true", text.parent)
    assert done.stderr == "0\n"
    assert not list(text.parent.rglob(".*"))


@every_run
def test_what_the_encoding_lacks_is_written_as_an_escape(text: Path, run_: str) -> None:
    for format_ in ("text", "json"):
        done = shell(f"$N {run_} --format {format_}", text.parent, PYTHONIOENCODING="ascii")
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.isascii() == (format_ == "text")
        shutil.rmtree(text.parent / "out", ignore_errors=True)
        for name in "rb":
            (text.parent / name).unlink(missing_ok=True)


def test_what_the_encoding_lacks_in_a_complaint_is_an_escape(text: Path) -> None:
    done = shell("$N scan 无.txt", text.parent, PYTHONIOENCODING="ascii")
    assert done.stderr == "neardup: \\u65e0.txt: there is no such file or folder\n"


SIGNALLED = {
    "clean": ["clean", "-", "-o", "out", "--rejects", "坏", "--threads", "1"],
    "clean in threads": ["clean", "-", "-o", "out", "--rejects", "坏", "--threads", "2"],
    "paragraphs": ["paragraphs", "-", "--write-boilerplate", "out/套话"],
}


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
@pytest.mark.parametrize("command", SIGNALLED.values(), ids=list(SIGNALLED))
def test_a_signal_leaves_nothing_behind(tmp_path: Path, name: str, command: list[str]) -> None:
    number = getattr(signal, name)
    with subprocess.Popen(
        [*COMMAND, *command],
        cwd=tmp_path,
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


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_signal_ends_the_command_while_a_finalizer_runs(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    number = getattr(signal, name)

    class Late:
        def __del__(self) -> None:
            signal.raise_signal(number)

    def command() -> None:
        late = Late()
        del late  # what is raised in there is ignored
        time.sleep(60)

    assert run(command) == 128 + number
    assert capsys.readouterr().err.startswith("neardup: ")


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_ends_the_command_though_nobody_reads_its_output(tmp_path: Path, name: str, times: int) -> None:
    (tmp_path / "g.jsonl").write_text(f'{{"text": "{BODY.strip() * 3}"}}\n' * 2000, encoding="utf-8")
    number = getattr(signal, name)
    command = [*COMMAND, "scan", str(tmp_path / "g.jsonl"), "--format", "jsonl", "--only", "repeats"]
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


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
@pytest.mark.parametrize("command", ["scan -", "clean - -o out", "compare - 文.txt", "compare - 1 2", "paragraphs -"])
def test_a_signal_is_one_line(text: Path, name: str, command: str) -> None:
    """A file that is made when the command reads says that the signal may come."""
    code = (
        "import pathlib, neardup.io.opening as opening, neardup.cli.work, neardup.cli.compare;"
        "from neardup.cli import main; works = opening.ahead;"
        "opening.ahead = lambda *given: (pathlib.Path('reads').touch(), works(*given))[1]; main()"
    )
    with subprocess.Popen(
        [sys.executable, "-P", "-c", code, *command.split()],
        cwd=text.parent,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin
        assert process.stderr
        deadline = time.monotonic() + 60
        while not (text.parent / "reads").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(getattr(signal, name))
        assert process.wait(20) == 128 + getattr(signal, name)
        said = "interrupted" if name == "SIGINT" else f"ended by {name}"
        assert process.stderr.read().decode() == f"neardup: {said}\n"
    assert left(text.parent) == {"reads"}


def test_an_interrupt_while_libraries_are_loaded_is_one_line(tmp_path: Path) -> None:
    """Those of the command; `neardup` itself and numpy are loaded before anything can be done about it."""
    (tmp_path / "typer.py").write_text("import os, signal, time\nos.kill(os.getpid(), signal.SIGINT)\ntime.sleep(20)\n")
    done = shell("$N --version", tmp_path, before=str(tmp_path))
    assert (done.returncode, done.stderr) == (130, "neardup: interrupted\n")


def test_the_package_is_the_command_too(text: Path) -> None:
    done = subprocess.run([sys.executable, "-P", "-m", "neardup", "-h"], capture_output=True, check=True)
    assert done.stdout.startswith(b"Usage: neardup [OPTIONS] COMMAND [ARGS]...\n")


def test_workers_that_are_busy_are_not_waited_for(text: Path) -> None:
    code = (
        "import sys, time, neardup.cli.work as work; from neardup.cli import main;"
        "work.find_repeats_batch = lambda *_, **__: (print('busy', file=sys.stderr, flush=True), time.sleep(60));"
        "main()"
    )
    out = str(text.parent / "out")
    command = [
        sys.executable,
        "-P",
        "-c",
        code,
        "clean",
        str(text.parent / "行.jsonl"),
        "--threads",
        "2",
        "-o",
        out,
        "--rejects",
        "坏",
    ]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        assert process.stderr
        assert process.stderr.readline() == b"busy\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130
        assert process.stderr.read() == b"neardup: interrupted\n"
    assert not left(text.parent)


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


def test_a_pipe_with_a_name_is_read_once(text: Path) -> None:
    done = shell(
        "mkfifo 管; cat 行.jsonl > 管 & $N scan 管 --id-field id --only duplicates --summary --encoding utf-8",
        text.parent,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("2 documents read\n")


def test_a_library_that_is_not_installed_is_named(text: Path) -> None:
    away = text.parent / "away"
    away.mkdir()
    (away / "typer.py").write_text("raise ModuleNotFoundError(name='typer')", encoding="utf-8")
    done = shell("$N scan 文.txt", text.parent, before=str(away))
    said = "neardup: the library typer is not installed; run pip install . in the clone\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", said)
