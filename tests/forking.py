"""Jobs in processes that are killed: each is a fork of a process that has loaded the library and does nothing else."""

from __future__ import annotations

import gzip
import json
import os
import select
import signal
import subprocess
import sys
import time
import traceback
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CHANGES = {"os.rename", "os.remove", "os.link", "os.rmdir", "os.mkdir"}
"""What the interpreter says before a name in a folder changes; it says of an opened file for what it is opened too."""

SMALL = {
    "neardup.jobs.sketching.CHUNK_DOCUMENTS": 60,
    "neardup.jobs.inputs.BATCH_RECORDS": 20,
    "neardup.jobs.findings._ROWS_AT_ONCE": 10,
    "neardup.jobs.writing.BLOCK_BYTES": 2000,
}
"""Sizes by which a small corpus has several chunks of each stage."""


_ROOT = Path(__file__).parent.parent


class Jobs:
    """Runs jobs, one at a time, and kills them."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def run(
        self,
        options: Mapping[str, Any],
        *,
        after_s: float | None = None,
        at_change: int | None = None,
        size: int | None = None,
        uid: int | None = None,
        sizes: Mapping[str, int] = SMALL,
    ) -> dict[str, Any]:
        """Run `neardup.dedup_files`.

        Parameters
        ----------
        options
            Its arguments.
        after_s
            Kill it after so many seconds.
        at_change
            Kill it before it opens a file to write, or changes a name in a folder, for the n-th time, from 0 on.
        size
            Let no file become larger than so many bytes, as if the disk were full.
        uid
            As whom to run it.
        sizes
            Constants of modules to set.

        Returns
        -------
        dict
            ``status`` as of `os.waitpid`, ``seconds``; of one that was not killed ``changes`` (what changed, and the
            name of the file), and what was raised (``error``, ``message``) or None and the ``summary``.
        """
        order = {"options": options, "after_s": after_s, "at_change": at_change, "size": size, "uid": uid}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order | {"sizes": dict(sizes)}) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())  # type: ignore[no-any-return]


@contextmanager
def jobs(folder: Path) -> Iterator[Jobs]:
    """Start the process that makes them, in a folder."""
    code = "from tests.forking import serve; serve()"
    path = os.pathsep.join([str(_ROOT), *sys.path])
    command = [sys.executable, "-P", "-c", code]
    with subprocess.Popen(
        command, cwd=folder, env={**os.environ, "PYTHONPATH": path}, stdin=-1, stdout=-1, text=True, encoding="utf-8"
    ) as process:
        yield Jobs(process)


def serve() -> None:
    """Answer every line of standard input by running a job in a fork of this process."""
    from neardup.jobs.dedup import dedup_files

    with TemporaryDirectory() as folder:  # so that what is loaded once is loaded here
        path = Path(folder, "x.jsonl.gz")
        path.write_bytes(gzip.compress(json.dumps({"text": "质量" * 99, "id": "x"}).encode()))
        dedup_files(
            path,
            f"{folder}/o.jsonl.gz",
            id_field="id",
            boilerplate="auto",
            clean="body",
            duplicates="parquet",
            threads=1,
        )
    for line in sys.stdin:
        print(json.dumps(_forked(json.loads(line))), flush=True)


def _forked(order: dict[str, Any]) -> dict[str, Any]:
    start = time.perf_counter()
    read, write = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(read)
        _child(order, write)
    os.close(write)
    if order["after_s"] is not None and not select.select([read], [], [], order["after_s"])[0]:
        os.kill(pid, signal.SIGKILL)
    with os.fdopen(read, encoding="utf-8") as answers:
        answer = answers.read()
    status = os.waitpid(pid, 0)[1]
    return {"status": status, "seconds": time.perf_counter() - start, **(json.loads(answer) if answer else {})}


def _child(order: dict[str, Any], answers: int) -> None:
    try:
        found = _outcome(order)
    except BaseException:
        found = {"error": "fault", "message": traceback.format_exc()}
    os.write(answers, json.dumps(found).encode())
    os._exit(0)


def _outcome(order: dict[str, Any]) -> dict[str, Any]:
    import importlib
    import resource

    from neardup.errors import NeardupError
    from neardup.jobs.dedup import dedup_files

    for name, value in order["sizes"].items():
        module, _, constant = name.rpartition(".")
        setattr(importlib.import_module(module), constant, value)
    changes: list[tuple[str, str]] = []

    def count(event: str, arguments: tuple[Any, ...]) -> None:
        is_opened = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        if event in CHANGES or is_opened:
            if len(changes) == order["at_change"]:
                os.kill(os.getpid(), signal.SIGKILL)
            changes.append((event, Path(os.fsdecode(arguments[0])).name))

    if order["size"] is not None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (order["size"], resource.RLIM_INFINITY))
    if order["uid"] is not None:
        os.setuid(order["uid"])
    sys.addaudithook(count)
    os.fsync = lambda _: None  # what a process has written is there when it is killed
    try:
        summary = dedup_files(**order["options"])
    except NeardupError as error:
        return {"error": type(error).__name__, "message": str(error), "parameter": error.parameter, "changes": changes}
    return {"error": None, "summary": summary.to_dict(), "changes": changes}
