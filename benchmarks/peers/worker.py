"""The worker: a process in a tool's own environment that runs one adapter and measures what each run costs.

It is started by its file's path, ``python -P worker.py ADAPTER.py``, needs the standard library and the adapter's tool
and nothing else, and never imports neardup by itself. Messages are lines of JSON, requests on stdin and answers on
what stdout was: what the tool itself prints goes to stderr. The first answer says what the adapter can do, or why it
cannot be imported. `benchmarks.peers.process` is the other side.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import gc
import importlib
import json
import os
import sys
from importlib import metadata
from pathlib import Path
from time import perf_counter, process_time
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

TASKS = ("signatures", "drops", "scores", "repeats", "online")


def memory(name: str) -> int:
    """Give a figure of this process in bytes: ``VmRSS`` is what it holds, ``VmHWM`` its peak; 0 if unknown."""
    status = Path("/proc/self/status")
    if not status.is_file():
        return 0
    lines = dict(line.split(":", 1) for line in status.read_text(encoding="ascii").splitlines() if ":" in line)
    return int(lines[name].split()[0]) * 1024


def settle() -> int:
    """Give free memory back to the system and forget the peak so far; what is held now, in bytes."""
    gc.collect()
    if sys.platform == "linux":
        libc = ctypes.CDLL(ctypes.util.find_library("c"))
        if hasattr(libc, "malloc_trim"):
            libc.malloc_trim(0)
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return memory("VmRSS")


def cpu_seconds() -> float:
    """Give the processor time of this process and of the children that it has waited for."""
    times = os.times()
    return process_time() + times.children_user + times.children_system


def reason(error: BaseException) -> str:
    """Say an error in one line, as the last line of a traceback does."""
    said = " ".join(str(error).split())
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


def import_adapter(path: Path) -> ModuleType:
    """Import an adapter as a module of ``benchmarks.peers`` without running what those packages import themselves."""
    here = Path(__file__).parent
    for name, folders in (("benchmarks", [here.parent]), ("benchmarks.peers", [path.parent, here])):
        package = ModuleType(name)
        package.__path__ = list(map(str, folders))
        sys.modules[name] = package
    return importlib.import_module(f"benchmarks.peers.{path.stem}")


def version(adapter: ModuleType) -> str:
    """Give the version of the tool: what the adapter says, else that of the first distribution that it requires."""
    if hasattr(adapter, "VERSION"):
        return str(adapter.VERSION)
    return metadata.version(adapter.REQUIREMENTS[0].split("==")[0])


class Worker:
    """What is loaded, and the runs on it."""

    def __init__(self, adapter: ModuleType) -> None:
        self.adapter = adapter
        self.inputs: list[Any] = []
        self.held = settle()

    def load(self, requests: TextIO, count: int) -> dict[str, Any]:
        """Read `count` lines, each a text or a pair of texts."""
        self.inputs.clear()
        for _ in range(count):
            item = json.loads(requests.readline())
            self.inputs.append(tuple(item) if isinstance(item, list) else item)
        self.held = settle()
        return {"loaded": len(self.inputs)}

    def run(self, task: str, arguments: dict[str, Any], *, keep: bool) -> dict[str, Any]:
        """Do a task once, on all that is loaded."""
        call: Callable[..., Any] = getattr(self.adapter, task)
        settle()
        cpu, start = cpu_seconds(), perf_counter()
        result = call(self.inputs, **arguments)
        wall_s, cpu_s = perf_counter() - start, cpu_seconds() - cpu
        peak = memory("VmHWM")
        return {
            "wall_s": wall_s,
            "cpu_s": cpu_s,
            "memory_bytes": max(0, peak - self.held),
            "result": result if keep else None,
        }


def plain(value: Any) -> Any:  # noqa: ANN401
    """Make plain data of what JSON does not know: numpy's scalars and arrays."""
    return value.tolist()


def serve(path: Path, requests: TextIO, answers: TextIO) -> None:
    """Answer requests until there are no more."""

    def answer(message: dict[str, Any]) -> None:
        answers.write(json.dumps(message, default=plain) + "\n")
        answers.flush()

    try:
        adapter = import_adapter(path)
        worker = Worker(adapter)
        answer({"version": version(adapter), "can": [task for task in TASKS if hasattr(adapter, task)]})
    except BaseException as error:  # a panic of a Rust extension is no Exception
        answer({"error": reason(error)})
        return
    while line := requests.readline():
        request = json.loads(line)
        try:
            if request["do"] == "load":
                answer(worker.load(requests, request["count"]))
            else:
                answer(worker.run(request["task"], request["arguments"], keep=request["keep"]))
        except KeyboardInterrupt:
            return
        except BaseException as error:
            answer({"error": reason(error)})


def main() -> None:
    """Serve, with what the tool prints kept apart."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    serve(Path(sys.argv[1]).resolve(), sys.stdin, answers)


if __name__ == "__main__":
    main()
