"""A peer: the process that runs an adapter in its environment, seen from here.

One process serves one peer and stays, so that rounds of several tools can take turns. What goes wrong in it, an error,
a crash, a time limit, comes back as a `Failed` that says so; it never ends the benchmark.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import math
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import IO, TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from types import TracebackType

WORKER = Path(__file__).with_name("worker.py")
START_S = 300.0
"""So long a tool may take to be imported."""

POLL_S = 1.0

THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "RAYON_NUM_THREADS",
    "POLARS_MAX_THREADS",
)


@dataclass(frozen=True, slots=True)
class Run:
    """What a task cost, once.

    Attributes
    ----------
    wall_s, cpu_s
        Time that passed, and processor time of the process and its children.
    memory_bytes
        The peak of what the process held, without its children, above what it held when the input was loaded; 0 where
        the system does not say. A first run loads and fills what later ones find; take the first of a fresh process.
    result
        What the adapter gave; None unless it was asked for.
    """

    wall_s: float
    cpu_s: float
    memory_bytes: int
    result: Any = None


@dataclass(frozen=True, slots=True)
class Failed:
    """A task that was not done.

    Attributes
    ----------
    task
        What was to be done.
    reason
        Why it was not: the tool's name and its error, the signal that ended it, or the time limit.
    """

    task: str
    reason: str


class Peer:
    """A tool in a process of its own; a context manager that ends the process.

    Attributes
    ----------
    name, title
        Of the adapter, and of the tool as tables print it.
    version
        Of the tool, as installed.
    can
        The tasks that its adapter has, of ``signatures``, ``drops``, ``scores``, ``repeats`` and ``online``.
    failure
        Why its process does not run, "" if it does.

    Notes
    -----
    Not for use by several threads at once.
    """

    def __init__(self, name: str, title: str, python: Path, adapter: Path, *, threads: int = 1) -> None:
        self.name, self.title = name, title
        self.version = ""
        self.can: frozenset[str] = frozenset()
        self.failure = ""
        self._command = [str(python), "-P", str(WORKER), str(adapter)]
        self._environ = _environ(python, threads)
        self._start()

    def load(self, inputs: Sequence[str] | Sequence[tuple[str, str]], *, fresh: bool = False) -> None:
        """Send the texts, or pairs of texts, that the tasks are about; they replace what was loaded before.

        Parameters
        ----------
        inputs
            All at once.
        fresh
            Start a new process first, as is done anyway if the last one ended.
        """
        if fresh or self.failure:
            self.close()
            self._start()
        messages = ({"do": "load", "count": len(inputs)}, *inputs)
        self._ask("load", map(json.dumps, messages), None)

    def run(
        self,
        task: str,
        *,
        keep: bool = False,
        time_limit_s: float | None = None,
        **arguments: Any,  # noqa: ANN401
    ) -> Run | Failed:
        """Do a task once, on all that is loaded.

        Parameters
        ----------
        task
            One of those that the peer `can`.
        keep
            Whether to bring the result back.
        time_limit_s
            After so many seconds the process is ended. Nothing more is done then until something is loaded again.
        **arguments
            Of the adapter's function: ``threshold`` of ``drops``.
        """
        if task not in self.can and not self.failure:
            return Failed(task, f"{self.title} does not do that")
        request = {"do": "run", "task": task, "arguments": arguments, "keep": keep}
        answer = self._ask(task, [json.dumps(request)], time_limit_s)
        return answer if isinstance(answer, Failed) else Run(**answer)

    def close(self) -> None:
        """End the process; loading something starts another one."""
        self.failure = self.failure or f"{self.title}: closed"
        self._kill()
        self._process.wait()
        self._reader.join()
        for stream in (self._process.stdin, self._process.stdout, self._said):
            with contextlib.suppress(OSError):  # what was not sent yet has nowhere to go
                stream.close()  # type: ignore[union-attr]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _start(self) -> None:
        self.failure = ""
        self._said: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            env=self._environ,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )
        # A thread reads, since a pipe cannot be waited on with a time limit everywhere.
        self._answers: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=_read, args=(self._process.stdout, self._answers), daemon=True)
        self._reader.start()
        answer = self._ask("import", (), START_S)
        if isinstance(answer, Failed):
            self.failure = answer.reason
        else:
            self.version, self.can = answer["version"], frozenset(answer["can"])

    def _ask(self, task: str, lines: Iterable[str], time_limit_s: float | None) -> dict[str, Any] | Failed:
        if self.failure:
            return Failed(task, self.failure)
        assert self._process.stdin is not None
        try:
            for line in lines:
                self._process.stdin.write(line + "\n")
            self._process.stdin.flush()
            answer = self._answer(time_limit_s)
        except TimeoutError:
            self.failure = f"{self.title}: stopped after {time_limit_s:g} s ({task})"
        except OSError:
            self.failure = f"{self.title}: {self._end()} ({task})"
        else:
            if answer:
                message: dict[str, Any] = json.loads(answer)
                return Failed(task, f"{self.title}: {message['error']}") if "error" in message else message
            self.failure = f"{self.title}: {self._end()} ({task})"
        self._kill()
        return Failed(task, self.failure)

    def _answer(self, time_limit_s: float | None) -> str:
        """Wait for a line, or "" when the process has ended; what it started may still hold its end of the pipe."""
        deadline = monotonic() + (math.inf if time_limit_s is None else time_limit_s)
        while True:
            has_ended = self._process.poll() is not None
            wait_s = min(POLL_S, deadline - monotonic())
            try:
                return self._answers.get(timeout=max(0.0, wait_s))
            except queue.Empty:
                if has_ended:
                    return ""
                if wait_s <= 0:
                    raise TimeoutError from None

    def _kill(self) -> None:
        """End the process and what it started."""
        if hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        else:
            self._process.kill()

    def _end(self) -> str:
        """Say how the process ended: by which signal, or with which last words."""
        code = self._process.wait()
        if code < 0:
            return f"ended by {signal.Signals(-code).name}"
        self._said.seek(0)
        words = self._said.read().decode(errors="replace").strip().splitlines()
        return f"ended with {code}" + (f": {words[-1].strip()}" if words else "")


def _read(stream: IO[str], answers: queue.Queue[str]) -> None:
    """Pass on what the process answers, and "" when it has ended."""
    for line in stream:
        answers.put(line)
    answers.put("")


def _environ(python: Path, threads: int) -> dict[str, str]:
    """Make the environment variables of a worker: so many threads, and no modules but those of its interpreter."""
    environ = os.environ | dict.fromkeys(THREAD_VARIABLES, str(threads))
    environ |= {"TOKENIZERS_PARALLELISM": "false", "PYTHONNOUSERSITE": "1", "PYTHONHASHSEED": "0"}
    environ.pop("PYTHONPATH", None)
    if python == Path(sys.executable):
        spec = importlib.util.find_spec("neardup")
        if spec is not None and spec.origin is not None:
            environ["PYTHONPATH"] = str(Path(spec.origin).parents[1])
    return environ
