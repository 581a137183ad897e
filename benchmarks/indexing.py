"""An index under way: it is filled, added to and asked, by one process or by several that write at once.

Documents are made from those of a corpus of some thousand texts: the characters of one in an order of chance. So there
are as many as wanted, all different, a function of the seed and of their number. Such a text is harder to compress than
one that somebody wrote.

Run as ``python -m benchmarks.indexing PLAN``, with a `Plan` as JSON, it is the process that does one of `WORK`. It says
when it is ready, waits for a line, and prints what it found. Modules are loaded before anything is measured, and the
texts of all calls are made; the file is one that was written just before, so that the system has most of it in memory.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from benchmarks.peers.online import latencies, timed
from benchmarks.peers.worker import memory, settle
from benchmarks.reports import ROOT
from neardup.index import Index

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

BATCH = 1000
"""So many documents are given at once."""

_LAST_PART = 0.1
_EDITS = 3
_HAN = (0x4E00, 0x9FA5)


@dataclass(frozen=True, slots=True)
class Made:
    """Documents by number.

    Attributes
    ----------
    texts
        Of which they are made.
    seed
        Another seed gives other documents.
    duplicates
        How large a share of them are copies of earlier ones: half of these exact, half with three characters changed.
    is_shuffled
        Whether the characters of a text are put in an order of chance; if not, a number is the place of a text.
    """

    texts: Sequence[str]
    seed: int = 0
    duplicates: float = 0.0
    is_shuffled: bool = True

    def __post_init__(self) -> None:
        if not 0 <= self.duplicates < 1:
            raise ValueError(f"the share of duplicates must be at least 0 and below 1, not {self.duplicates}")

    def text(self, number: int, stored: int) -> str:
        """Make a document; if it is a copy, it is one of those before number `stored`."""
        rng = self._rng(number)
        if not self._is_copy(rng) or not stored:
            return self._own(number, rng)
        return self._copy(rng, stored)

    def copy(self, number: int, stored: int) -> str:
        """Make a copy of one of the documents before number `stored`."""
        return self._copy(self._rng(number, 2), stored)

    def original(self, number: int) -> str:
        """Make the last document up to a number that is no copy."""
        rng = self._rng(number)
        while self._is_copy(rng) and number:
            number -= 1
            rng = self._rng(number)
        return self._own(number, rng)

    def some(self, count: int, stored: int) -> list[str]:
        """Make some of the documents before number `stored`."""
        return [self.original(int(number)) for number in self._rng(stored, 1).integers(stored, size=count)]

    def _rng(self, number: int, stream: int = 0) -> np.random.Generator:
        return np.random.default_rng([self.seed, stream, number])

    def _is_copy(self, rng: np.random.Generator) -> bool:
        return bool(rng.random() < self.duplicates)

    def _copy(self, rng: np.random.Generator, stored: int) -> str:
        copy = self.original(int(rng.integers(stored)))
        return copy if rng.random() < 0.5 else _edited(copy, rng)

    def _own(self, number: int, rng: np.random.Generator) -> str:
        if not self.is_shuffled:
            return self.texts[number]
        return _text(rng.permutation(_codes(self.texts[number % len(self.texts)])))


def _codes(text: str) -> np.ndarray[Any, np.dtype[np.uint32]]:
    return np.frombuffer(text.encode("utf-32-le"), np.uint32)


def _text(codes: np.ndarray[Any, np.dtype[np.uint32]]) -> str:
    return codes.tobytes().decode("utf-32-le")


def _edited(text: str, rng: np.random.Generator) -> str:
    """Change characters; no digits, which could make it another page of one template."""
    codes = _codes(text).copy()
    places = np.flatnonzero((codes >= _HAN[0]) & (codes <= _HAN[1]))
    codes[rng.permutation(places)[:_EDITS]] = rng.integers(*_HAN, size=min(_EDITS, len(places)))
    return _text(codes)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a process is to do.

    Attributes
    ----------
    work
        One of `WORK`.
    index, texts
        The file or the address of the index; JSON lines, of whose texts documents are made.
    seed, duplicates, is_shuffled
        See `Made`.
    durability
        Of the index.
    threads
        Of batches.
    first, stored
        The number of the first document; those before number `stored` were added before.
    copies
        Whether all documents are copies of those.
    singles, batches
        How many documents are added or asked about one by one, and how many batches are added.
    calls
        Those by which is asked.
    target
        How many documents the index is to hold.
    seconds
        How long to write.
    """

    work: str
    index: str
    texts: Path
    seed: int = 0
    duplicates: float = 0.0
    is_shuffled: bool = True
    durability: str = "normal"
    threads: int = 1
    first: int = 0
    stored: int = 0
    copies: bool = False
    singles: int = 0
    batches: int = 0
    calls: tuple[str, ...] = ("check, new", "check, stored", "matches, stored")
    target: int = 0
    seconds: float = 0.0

    def documents(self, first: int, count: int) -> list[tuple[int, str]]:
        """Make documents, each with its number."""
        make = self.made.copy if self.copies else self.made.text
        return [(number, make(number, self.stored)) for number in range(first, first + count)]

    @property
    def made(self) -> Made:
        """Read the texts of which documents are made."""
        with self.texts.open("rb") as lines:
            texts = [msgspec.json.decode(line)["text"] for line in lines]
        return Made(texts, self.seed, self.duplicates, self.is_shuffled)


def fill(plan: Plan) -> Callable[[Index], dict[str, Any]]:
    """Add documents in batches until there are as many as there are to be; the rate is that of the last tenth."""
    made = plan.made

    def run(index: Index) -> dict[str, Any]:
        number, seconds, duplicates = plan.first, [], 0
        size = min(BATCH, plan.target)
        while len(index) < plan.target:
            texts = [made.text(each, number) for each in range(number, number + size)]
            start = perf_counter()
            answers = index.add_many(texts, ids=range(number, number + size), threads=plan.threads)
            seconds.append(perf_counter() - start)
            duplicates += len(answers.duplicates)
            number += size
        last = seconds[-max(1, round(len(seconds) * _LAST_PART)) :]
        rate = size * len(last) / sum(last) if last else None
        found = index.stats()
        return {
            "next": number,
            "given": number - plan.first,
            "duplicates": duplicates,
            "per_s": rate,
            "documents": found.documents,
            "payload_bytes": found.payload_bytes,
            "bytes": found.bytes,
            "chars": sum(map(len, made.texts)) / len(made.texts),
        }

    return run


def add(plan: Plan) -> Callable[[Index], dict[str, Any]]:
    """Add documents one by one, then batches."""
    documents = plan.documents(plan.first, plan.singles + BATCH * plan.batches)
    batches = [documents[start : start + BATCH] for start in range(plan.singles, len(documents), BATCH)]

    def run(index: Index) -> dict[str, Any]:
        found: dict[str, Any] = {"next": plan.first + len(documents)}
        if plan.singles:
            seconds, _ = timed(lambda document: index.add(*document), documents[: plan.singles])
            found["add"] = latencies(seconds)
        if batches:
            seconds, _ = timed(lambda batch: _add_batch(index, batch, plan.threads), batches)
            found["batch"] = latencies(seconds) | {"per_s": BATCH * len(seconds) / sum(seconds)}
        return found

    return run


def _add_batch(index: Index, batch: Sequence[tuple[int, str]], threads: int) -> None:
    index.add_many([text for _, text in batch], ids=[number for number, _ in batch], threads=threads)


def ask(plan: Plan) -> Callable[[Index], dict[str, Any]]:
    """Ask about new documents and about stored ones, one by one; the first call, which reads more, is kept apart."""
    made = plan.made
    first, *new = [made.text(number, 0) for number in range(plan.first, plan.first + plan.singles + 1)]
    stored = made.some(plan.singles, plan.stored)

    def run(index: Index) -> dict[str, Any]:
        (seconds_first,), _ = timed(index.check, [first])
        found: dict[str, Any] = {"next": plan.first, "first_ms": seconds_first * 1e3}
        for what in plan.calls:
            call, _, which = what.partition(", ")
            seconds, answers = timed(getattr(index, call), new if which == "new" else stored)
            found[what] = latencies(seconds) | {"found": sum(map(bool, answers)) / len(answers)}
        return found

    return run


def write(plan: Plan) -> Callable[[Index], dict[str, Any]]:
    """Add documents one by one for some time, or until there are no more."""
    documents = plan.documents(plan.first, plan.singles)

    def run(index: Index) -> dict[str, Any]:
        seconds: list[float] = []
        duplicates = 0
        start = perf_counter()
        for document in documents:
            before = perf_counter()
            if before - start >= plan.seconds:
                break
            duplicates += index.add(*document) is not None
            seconds.append(perf_counter() - before)
        return {"calls": len(seconds), "added": len(seconds) - duplicates, "add": latencies(seconds)}

    return run


WORK: Mapping[str, Callable[[Plan], Callable[[Index], dict[str, Any]]]] = {
    "fill": fill,
    "add": add,
    "ask": ask,
    "write": write,
}
"""What a process can do: each makes its documents, and gives what is measured."""


def measured(plan: Plan) -> dict[str, Any]:
    """Do something with an index in a process of its own; see `together`."""
    return together([plan])[0]


def together(plans: Iterable[Plan]) -> list[dict[str, Any]]:
    """Do something in processes of their own, all at once from when all are ready.

    Returns
    -------
    list of dict
        Of each: what the function of `WORK` gives; ``open_ms``, how long it took to open the index; ``peak_bytes``, the
        peak of the process, and ``more_bytes``, how much of that it did not hold before it opened the index.

    Raises
    ------
    ValueError
        If one fails; with its last words.
    """
    with ExitStack() as stack:
        processes = [stack.enter_context(_started(plan)) for plan in plans]
        try:
            for process in processes:
                _line_of(process)
            for process in processes:
                assert process.stdin is not None
                process.stdin.write("go\n")
                process.stdin.flush()
            return [json.loads(_line_of(process)) for process in processes]
        finally:
            for process in processes:
                process.kill()


def _started(plan: Plan) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "benchmarks.indexing", json.dumps(asdict(plan), default=str)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, cwd=ROOT)


def _line_of(process: subprocess.Popen[str]) -> str:
    """Wait for a line."""
    assert process.stdout is not None
    assert process.stderr is not None
    if line := process.stdout.readline():
        return line
    said = process.stderr.read().strip().splitlines()
    raise ValueError(f"the index: {(said or [f'a process ended with {process.wait()}'])[-1]}")


def _main(plan: Plan) -> None:
    """Do what is planned, and print what was found."""
    run = WORK[plan.work](plan)
    with tempfile.TemporaryDirectory() as folder, Index.open(Path(folder) / "tried.db") as index:
        _add_batch(index, [(number, f"模块在测量之前全部载入，这是第{number}篇。") for number in range(20)], 1)
        index.add(20, "测量之前。")
        index.matches("模块在测量之前全部载入，这是第8篇。")
    held = settle()
    start = perf_counter()
    with Index.open(plan.index, durability=plan.durability) as index:
        opened = perf_counter() - start
        print("ready", flush=True)
        sys.stdin.readline()
        found = run(index)
        peak = memory("VmHWM")
    found |= {"open_ms": opened * 1e3, "peak_bytes": peak, "more_bytes": max(0, peak - held)}
    print(json.dumps(found), flush=True)


if __name__ == "__main__":
    _main(msgspec.json.decode(sys.argv[1], type=Plan, dec_hook=lambda kind, value: kind(value)))
