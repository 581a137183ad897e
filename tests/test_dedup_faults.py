"""A job that cannot go on as it is: what changed, what is damaged, a full disk, no permission, signals."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from neardup._backend import backend
from neardup.errors import InputError, MismatchError, OutputError
from neardup.io.sources import find_sources
from neardup.jobs.dedup import dedup_files
from neardup.jobs.job import _ahead
from neardup.jobs.room import unpacked_bytes
from neardup.jobs.workspace import Workspace, check_room
from tests.command import COMMAND, neardup
from tests.files import made
from tests.forking import jobs
from tests.test_dedup_kill import found_in, write_corpus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from neardup.jobs.summary import DedupSummary

pytestmark = pytest.mark.once


@pytest.fixture
def corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_corpus(tmp_path, 60)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("neardup.jobs.sketching.CHUNK_DOCUMENTS", 10)
    monkeypatch.setattr("neardup.jobs.inputs.BATCH_RECORDS", 5)
    return tmp_path


def run(**options: Any) -> DedupSummary:
    """Run the job of these tests, with other options if they are given."""
    given = {"inputs": ["in/a.jsonl", "in/b.jsonl.gz"], "output": "out.jsonl", "id_field": "id", "memory": 1 << 26}
    return dedup_files(**{"boilerplate": "auto", "clean": "all", "threads": 1, **given, **options})


def begin(**options: Any) -> None:
    """Leave the job before anything is written."""
    run(**options, sample=1)
    assert os.path.exists("out.jsonl.job/neardup-job.json")  # noqa: PTH110


def expected(folder: Path) -> dict[str, Any]:
    """Give what the job leaves, and remove it."""
    run()
    found = found_in(folder)
    for name in found:
        (folder / name).unlink()
    assert found.keys() == {
        "out.jsonl",
        "out.duplicates.jsonl",
        "out.rejects.jsonl",
        "out.summary.json",
        "out.boilerplate.txt",
    }
    return found


def touch(name: str) -> None:
    status = os.stat(name)  # noqa: PTH116
    os.utime(name, ns=(status.st_atime_ns, status.st_mtime_ns + 1))


def extend(name: str) -> None:
    with open(name, "ab") as file:  # noqa: PTH123
        file.write(b"\n")


CHANGES: dict[str, tuple[Callable[[], object], dict[str, Any], str]] = {
    "size": (lambda: extend("in/a.jsonl"), {}, r"inputs in/a\.jsonl bytes was \d+, is \d+; "),
    "time": (lambda: touch("in/a.jsonl"), {}, r"inputs in/a\.jsonl mtime_ns was \d+, is \d+; "),
    "order": (
        lambda: None,
        {"inputs": ["in/b.jsonl.gz", "in/a.jsonl"]},
        r"inputs in/a\.jsonl place was 0, is 1; inputs in/b\.jsonl\.gz place was 1, is 0; ",
    ),
    "fewer": (lambda: None, {"inputs": ["in/a.jsonl"]}, r"inputs in/b\.jsonl\.gz was \{.*\}, is null; "),
    "config": (lambda: None, {"threshold": 0.7}, r"config bands was 16, is 17; .*config threshold was 0\.8, is 0\.7; "),
    "option": (lambda: None, {"clean": "body"}, 'options scope was "all", is "body"; '),
    "field": (lambda: None, {"text_field": "title"}, r'options wanted fields text was \["text"\], is \["title"\]; '),
    "output": (lambda: None, {"output": "out.jsonl.gz", "work": "out.jsonl.job"}, 'output was "out.jsonl", is "out'),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_changed_is_said(corpus: Path, name: str) -> None:
    change, options, said = CHANGES[name]
    begin()
    change()
    before = found_in(corpus)
    with pytest.raises(
        MismatchError, match=f"out.jsonl.job: holds a job that is not done, on something else: {said}"
    ) as raised:
        run(**options)
    assert raised.value.parameter == "restart"
    assert found_in(corpus) == before
    run(**options, restart=True)
    done = found_in(corpus)
    assert all(path.startswith("out.") and ".job" not in path for path in done)
    for path in done:
        (corpus / path).unlink()
    run(**options)
    assert found_in(corpus) == done


def test_what_changed_is_a_fault_of_the_command(corpus: Path) -> None:
    del corpus
    given = ["dedup", "in/a.jsonl", "-o", "out.jsonl"]
    assert neardup(*given, "--sample", 1).exit_code == 0
    changed = neardup(*given, "--threshold", 0.7)
    assert isinstance(changed.exception, MismatchError)
    done = subprocess.run([*COMMAND, *given, "--threshold", "0.7"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("neardup: out.jsonl.job: holds a job that is not done, on something else: config ")
    assert done.stderr.endswith("start the job again without what it did so far, or give it as before (--restart)\n")
    assert done.stderr.count("\n") == 1
    assert neardup(*given, "--threshold", 0.7, "--restart").exit_code == 0


def test_an_input_that_changes_while_the_job_runs_is_noticed(corpus: Path) -> None:
    def progress(stage: str, *_: int) -> None:
        if stage == "comparing":
            extend("in/a.jsonl")

    with pytest.raises(MismatchError, match=r"in/a\.jsonl: has changed since it was read; start the job again"):
        run(progress=progress)
    assert not (corpus / "out.jsonl").exists()


def test_a_job_that_is_done_is_not_done_again(corpus: Path) -> None:
    run()
    before = found_in(corpus)
    for options in ({}, {"dry_run": True}, {"restart": True}):
        with pytest.raises(OutputError, match="exists already; choose another place, or allow that it is replaced"):
            run(**options)
        assert found_in(corpus) == before
    run(overwrite=True)
    assert found_in(corpus) == before


def test_a_sample_is_drawn_before_the_job_goes_on(corpus: Path) -> None:
    done = expected(corpus)
    stages: list[str] = []
    assert len(run(sample=2).sample) == 2
    assert run(sample=2, seed=1).sample != run(sample=2).sample
    run(progress=lambda stage, *_: stages.append(stage))
    assert set(stages) == {"writing"}
    assert found_in(corpus) == done
    assert len(run(sample=2).sample) == 2  # though the output is there
    shutil.rmtree("out.jsonl.job")
    assert found_in(corpus) == done


def test_a_dry_run_leaves_what_the_job_replaces_if_it_may(corpus: Path) -> None:
    done = expected(corpus)
    run(dry_run=True)
    assert found_in(corpus).keys() == done.keys() - {"out.jsonl"}
    with pytest.raises(OutputError, match=r"out\.duplicates\.jsonl: exists already"):
        run()
    run(overwrite=True)
    assert found_in(corpus) == done


def test_one_process_at_a_time_has_a_job(corpus: Path) -> None:
    begin()
    before = found_in(corpus)
    work = Workspace(corpus / "out.jsonl.job")
    for options in ({}, {"restart": True}):
        with pytest.raises(OutputError, match="another process works on this job; wait for it") as raised:
            run(**options)
        assert raised.value.parameter == "work"
    work.close()
    assert found_in(corpus) == before
    run()


def test_a_lock_that_was_removed_is_none(corpus: Path) -> None:
    """Of a process that opened it before another one, which had it, was done."""
    run(sample=1)
    lock = corpus / "out.jsonl.job" / "neardup-lock"
    with lock.open("ab") as file:
        import fcntl

        def locked(*arguments: Any) -> None:
            fcntl_flock(*arguments)
            lock.unlink()

        fcntl_flock = fcntl.flock
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(fcntl, "flock", locked)
            with pytest.raises(OutputError, match="another process works on this job"):
                Workspace(lock.parent)
        assert file.writable()


def damages(data: bytes, rng: random.Random) -> Iterator[bytes]:
    """Give a file cut off, and with a bit that is another."""
    yield data[: len(data) // 2]
    for place in {0, len(data) - 1, *(rng.randrange(len(data)) for _ in range(4))}:
        yield data[:place] + bytes([data[place] ^ 1 << rng.randrange(8)]) + data[place + 1 :]


@pytest.mark.parametrize("stage", ["read", "ids", "texts", "sketch", "keys", "decided"])
def test_damage_is_noticed(corpus: Path, stage: str) -> None:
    rng = random.Random(0)
    folder = corpus / "out.jsonl.job"
    begin(boilerplate=None)
    for later in {"keys": ["decided"], "decided": []}.get(stage, ["keys", "decided"]):  # where it is read no more
        (folder / f"neardup-{later}-000000.npz").unlink()
    shutil.copytree(folder, "in/kept")
    run(boilerplate=None, clean="all")
    done = found_in(corpus)
    for path in [*(corpus / "in" / "kept").glob(f"neardup-{stage}-*")][-2:]:
        noticed = 0
        for damaged in damages(path.read_bytes(), rng):
            for name in done:
                (corpus / name).unlink()
            shutil.copytree("in/kept", folder)
            (folder / path.name).write_bytes(damaged)
            fault = None
            try:
                run(boilerplate=None)
            except InputError as error:
                fault = error
            if fault:
                noticed += 1
                assert fault.file == f"out.jsonl.job/{path.name}"
                assert fault.message.startswith("a file of a job is damaged (")
                assert fault.message.endswith("; start the job again without what it did so far")
                assert fault.parameter == "restart"
                run(boilerplate=None, restart=True)
            assert found_in(corpus) == done
        assert noticed > 1, path.name


def test_a_file_of_texts_that_is_gone_is_noticed(corpus: Path) -> None:
    begin()
    (corpus / "out.jsonl.job" / "neardup-ids-000001.bin").unlink()
    with pytest.raises(InputError, match=r"neardup-ids-000001\.bin: a file of a job is damaged \(No such file"):
        run()


def test_a_description_that_is_damaged_is_noticed(corpus: Path) -> None:
    done = expected(corpus)
    begin()
    (corpus / "out.jsonl.job" / "neardup-job.json").write_bytes(b"{")
    with pytest.raises(InputError, match=r"neardup-job\.json: is no description of a job; start the job again"):
        run()
    run(restart=True)
    assert found_in(corpus) == done


def test_files_of_others_in_the_folder_are_not_touched(corpus: Path) -> None:
    work = corpus / "scratch"
    names = [
        "job.json",
        "lock",
        "a.part",
        "texts-000000.npz",
        "model-000001.bin",
        "x-1.json",
        "neardup-x-000000.bin.gz",
    ]
    for name in names:
        (work / name).parent.mkdir(exist_ok=True)
        (work / name).write_text(name)
    (work / "read-000000.npz").mkdir()
    run(work=work, sample=1)
    run(work=work, restart=True, sample=1)
    run(work=work)
    assert {path.name for path in work.iterdir()} == {*names, "read-000000.npz"}
    assert all((work / name).read_text() == name for name in names)
    with pytest.raises(OutputError, match=r"no/folder: cannot be written: No such file or directory; choose another"):
        run(work="no/folder", overwrite=True)
    assert not (corpus / "no").exists()


def test_a_job_that_is_refused_leaves_nothing(corpus: Path) -> None:
    (corpus / "out.jsonl").write_text("")
    (corpus / "out.jsonl.job").write_text("")
    with pytest.raises(OutputError, match=r"out\.jsonl\.job: cannot be written: File exists; choose another folder"):
        run()
    for options, place in (({"work": "scratch"}, "scratch"), ({"output": "new/sub/in.csv"}, "new")):
        with pytest.raises(OutputError, match=r"exists already|is named as csv"):
            run(**options)
        assert not (corpus / place).exists()


def test_a_job_that_starts_again_replaces_its_own_outputs_alone(corpus: Path) -> None:
    options = {"inputs": ["in"], "output": "out/", "id_field": "id", "memory": 1 << 26}
    with jobs(corpus) as runner:
        changes = [name for _, name in runner.run(options)["changes"]]
        done = found_in(corpus)
        shutil.rmtree("out")
        for path in corpus.glob("out.*"):
            path.unlink()
        at = len(changes) - 1 - changes[::-1].index("b.jsonl.gz") if "b.jsonl.gz" in changes else None
        temporary = next(step for step, name in enumerate(changes) if name.startswith(".b.jsonl.gz.")) + 2
        assert runner.run(options, at_change=at or temporary)["status"] == signal.SIGKILL
        assert (corpus / "out" / "a.jsonl").exists()
        assert any(path.name.startswith(".b.jsonl.gz.") for path in (corpus / "out").iterdir())
        (corpus / "in" / "f.jsonl").write_bytes((corpus / "in" / "a.jsonl").read_bytes().replace("文".encode(), b"f"))
        (corpus / "in" / "b.jsonl.gz").unlink()
        (corpus / "out" / "f.jsonl").write_text("of somebody else")
        refused = runner.run({**options, "restart": True})
        assert refused["message"].startswith("out/f.jsonl: exists already")
        (corpus / "out" / "f.jsonl").unlink()
        begun = len(changes) // 3
        assert runner.run({**options, "restart": True}, at_change=begun)["status"] == signal.SIGKILL
        assert runner.run(options)["error"] is None
    assert found_in(corpus).keys() == done.keys() - {"out/b.jsonl.gz"} | {"out/f.jsonl"}


def test_other_options_while_outputs_are_written_are_refused(corpus: Path) -> None:
    options = {"inputs": ["in/a.jsonl"], "output": "out.jsonl", "memory": 1 << 26}
    with jobs(corpus) as runner:
        changes = [name for _, name in runner.run(options)["changes"]]
        for path in corpus.glob("out.*"):
            path.unlink()
        assert runner.run(options, at_change=changes.index("out.jsonl"))["status"] == signal.SIGKILL
        said = runner.run({**options, "mark": True})
        assert said["error"] == "MismatchError"
        assert said["message"].startswith("out.jsonl.job: holds a job of which a part is written, with other options: ")
        assert runner.run({**options, "mark": True, "restart": True})["error"] is None
    assert '"neardup_status":' in (corpus / "out.jsonl").read_text(encoding="utf-8")
    assert not (corpus / "out.jsonl.job").exists()


@contextmanager
def small_disk(folder: Path, size: int) -> Iterator[Path]:
    """Mount a disk of so many bytes."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if not shutil.which("mount") or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("a small disk cannot be mounted")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(disk: Path, left: int) -> Path:
    """Leave so many bytes of a disk."""
    path = disk / "filling"
    path.write_bytes(b"")
    os.truncate(path, 0)
    with path.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(1, shutil.disk_usage(disk).free - left))
    return path


@pytest.mark.parametrize("ending", ["jsonl", "parquet"])
def test_a_full_disk_is_named_at_every_stage(corpus: Path, monkeypatch: pytest.MonkeyPatch, ending: str) -> None:
    options = {"inputs": ["in/d.parquet"]} if ending == "parquet" else {}
    options |= {"output": f"disk/out.{ending}", "duplicates": ending}
    monkeypatch.setattr("neardup.jobs.run.check_room", lambda _: None)
    with small_disk(corpus / "disk", 4 << 20) as disk:
        run(**options)
        done = found_in(corpus)
        places = set()
        for left in range(0, 4 << 20, 8192):
            for path in disk.iterdir():
                path.unlink()
            filling = fill(disk, left)
            fault = None
            try:
                run(**options)
                break
            except OutputError as error:
                fault = error
            assert fault.message.startswith("cannot be written: No space left on device")
            assert fault.file
            assert fault.file.startswith("disk/out.")
            places.add(fault.file.partition("neardup-")[2].partition("-")[0] or fault.file)
            filling.unlink()
            assert not [path for path in disk.rglob("*") if path.suffix == ".part" or path.name.startswith(".")]
            run(**options)
            assert found_in(corpus) == done
            shutil.rmtree(disk / f"out.{ending}.job", ignore_errors=True)
    assert {"texts", "read"} <= places
    assert len(places) > 6
    assert f"disk/out.{ending}" in places or f"disk/out.duplicates.{ending}" in places


def test_room_is_looked_for_before(corpus: Path) -> None:
    big = [{"text": "".join(map(chr, random.Random(i).choices(range(0x4E00, 0x9000), k=3000)))} for i in range(300)]
    made(corpus / "big.jsonl", big)
    with small_disk(corpus / "disk", 1 << 20):
        parts = r"2\.\d MB of texts, 1\.\d MB of sketches, 2\.\d MB of output"
        said = rf"^disk/o\.jsonl\.job: needs about 6\.\d MB \({parts}\), and 1\.\d MB are free; choose a larger disk"
        with pytest.raises(OutputError, match=said) as raised:
            run(inputs="big.jsonl", output="disk/o.jsonl", boilerplate=None, id_field=None)
        assert raised.value.parameter == "work"
        said = r"^disk/o\.jsonl: needs about 2\.\d MB \(2\.\d MB of output\), and 1\.\d MB are free"
        with pytest.raises(OutputError, match=said):
            run(inputs="big.jsonl", output="disk/o.jsonl", boilerplate=None, id_field=None, work="elsewhere")
        said = r"^disk/job: needs about 3\.\d MB \(2\.\d MB of texts, 1\.\d MB of sketches\), and 1\.\d MB are free"
        with pytest.raises(OutputError, match=said):
            run(
                inputs="in/a.jsonl",
                against="big.jsonl",
                output="o.jsonl",
                boilerplate=None,
                id_field=None,
                work="disk/job",
            )
        assert not any((corpus / "disk").iterdir())
        assert not (corpus / "elsewhere").exists()


def test_what_is_packed_is_counted_as_it_is_unpacked(tmp_path: Path) -> None:
    rows = [{"text": "质量强区" * 20 + str(i)} for i in range(5000)]
    plain = made(tmp_path / "a.jsonl", rows)
    size = plain.stat().st_size
    made(tmp_path / "b.jsonl.gz", rows)
    made(tmp_path / "c.parquet", rows)
    made(tmp_path / "small.jsonl.gz", rows[:9])
    for name, low, high in (("a.jsonl", 1, 1), ("b.jsonl.gz", 0.9, 1.1), ("c.parquet", 0.5, 1.5)):
        found = unpacked_bytes(s for s in find_sources([f"{tmp_path}/{name}"]) if not isinstance(s, InputError))
        assert low * size <= found <= high * size
    (tmp_path / "bad.jsonl.gz").write_bytes(b"\x1f\x8bbad")
    found = unpacked_bytes(s for s in find_sources([f"{tmp_path}/bad.jsonl.gz"]) if not isinstance(s, InputError))
    assert found == 5
    check_room([("texts", tmp_path / "no" / "folder", 1)])


def test_a_folder_that_cannot_be_written_is_named(corpus: Path) -> None:
    (corpus / "locked").mkdir(mode=0o555)
    (corpus / "open").mkdir()
    (corpus / "open").chmod(0o777)
    corpus.chmod(0o755)
    uid = 65534 if os.getuid() == 0 else None
    options = {"inputs": ["in/a.jsonl"], "output": "locked/o.jsonl", "memory": 1 << 26}
    with jobs(corpus) as runner:
        said = runner.run(options, uid=uid)
        assert said["message"] == (
            "locked/o.jsonl.job: cannot be written: Permission denied; choose another folder for the job"
        ), said
        said = runner.run({**options, "work": "open/job"}, uid=uid)
        assert said["error"] == "OutputError"
        assert said["message"] == "locked/o.jsonl: cannot be written: Permission denied"
        assert not any((corpus / "open").iterdir())
        assert runner.run({**options, "output": "open/o.jsonl"}, uid=uid)["error"] is None, runner.run(
            {**options, "output": "open/o.jsonl"}, uid=uid
        )


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize(("name", "said"), [("SIGINT", "interrupted"), ("SIGTERM", "ended by SIGTERM")])
def test_a_signal_says_how_to_go_on(tmp_path: Path, name: str, said: str, threads: int) -> None:
    """While one call of the kernels compares all."""
    form = "".join(map(chr, random.Random(0).choices(range(0x4E00, 0x9000), k=400)))
    made(
        tmp_path / "forms.jsonl", [{"text": f"{form}{i * 7919}"} for i in range(2000 if backend() == "kernel" else 100)]
    )
    given = ["dedup", "forms.jsonl", "-o", "out.jsonl", "--threads", str(threads), "--log-json"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen(
        [*COMMAND, *given], cwd=tmp_path, env=environment, stdout=-1, stderr=-1, text=True, encoding="utf-8"
    )
    with process:
        assert process.stderr is not None
        while json.loads(process.stderr.readline())["stage"] != "comparing":
            pass
        process.send_signal(getattr(signal, name))
        *_, last = process.stderr.read().splitlines()
        assert process.wait(60) == 128 + getattr(signal, name)
    assert last == f"neardup: {said}; the same command goes on from there"
    assert {path.name for path in tmp_path.iterdir()} == {"forms.jsonl", "out.jsonl.job"}
    assert not [path for path in (tmp_path / "out.jsonl.job").iterdir() if path.name.endswith(".part")]
    done = subprocess.run([*COMMAND, *given], cwd=tmp_path, env=environment, capture_output=True, check=False)
    assert done.returncode == 0
    assert b'"reading"' not in done.stderr
    assert not (tmp_path / "out.jsonl.job").exists()


def test_an_interrupt_does_not_wait_for_what_is_read_ahead() -> None:
    go_on, is_read = threading.Event(), threading.Event()

    def items() -> Iterator[int]:
        yield 1
        go_on.wait(20)
        is_read.set()
        yield 2

    ahead = _ahead(items())
    assert next(ahead) == 1
    ahead.close()
    assert not is_read.is_set()
    go_on.set()
