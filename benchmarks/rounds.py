"""Measuring tools by turns: round by round, tool by tool, each in a process of its own.

A slow moment of the machine meets one round of every tool and not all rounds of one. So a ratio is that of two times
of the same round, and what is shown is the median over the rounds, with the least and the most beside it.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Any, Self

from benchmarks.peers import Failed, Unavailable, constants, open_peer, tasks
from benchmarks.reports import Column
from benchmarks.tables import SHORT

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from benchmarks.peers import Peer, Run
    from benchmarks.reports import Row
    from benchmarks.setting import Setting

BASE = "neardup"
"""What the others are compared with."""

WARM_UP = 20

TOOL = Column("tool", "tool")
RATIO = Column("ratio", "x neardup", SHORT, spread=True)


@dataclass(slots=True)
class Tool:
    """A tool that is being measured.

    Attributes
    ----------
    note
        Why it has no figures, or no more of them.
    """

    name: str
    title: str
    version: str = ""
    note: str = ""
    peer: Peer | None = field(default=None, repr=False)

    def row(self) -> dict[str, Any]:
        """Begin the row of a table."""
        return {"name": self.name, "tool": self.title} | ({"note": self.note} if self.note else {})

    def give_up(self, failed: Failed) -> None:
        """End the tool's process; it has no more figures."""
        self.note = failed.reason.removeprefix(f"{self.title}: ")
        if self.peer:
            self.peer.close()
        self.peer = None


class Tools:
    """The tools that do a task, in the order of the setting: a context manager that keeps a process for each.

    Those that cannot be installed are among them, with a note; those whose adapter does not have the task are not.
    """

    def __init__(self, setting: Setting, task: str) -> None:
        self.setting, self.task = setting, task
        self.all: list[Tool] = []
        self.without: list[str] = []
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        for name in self.setting.peers:
            if self.task not in tasks(name):
                self.without += [] if name.startswith(BASE) else [constants(name)["TITLE"]]
                continue
            opened = open_peer(
                name, self.setting.cache, install=not self.setting.no_install, threads=self.setting.threads
            )
            if isinstance(opened, Unavailable):
                reason = opened.reason.removeprefix(f"{opened.title}: ")
                self.all.append(Tool(name, opened.title, note=f"not available: {reason}"))
            else:
                self._stack.enter_context(opened)
                self.all.append(Tool(name, opened.title, opened.version, peer=opened))
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def versions(self) -> dict[str, str]:
        """Give the versions of those that are there."""
        return {tool.title: tool.version for tool in self.all if tool.version}

    @property
    def notes(self) -> tuple[str, ...]:
        """Say which tools do not do the task."""
        return (f"Without {self.task}: {'; '.join(self.without)}.",) if self.without else ()

    @property
    def how(self) -> str:
        """Say how it is measured, for captions."""
        threads = "one thread" if self.setting.threads == 1 else f"{self.setting.threads} threads"
        return f"{threads}, {self.setting.rounds} rounds by turns: median (least-most)"

    def warm_up(self, texts: Sequence[str]) -> None:
        """Start fresh processes and run once on a few texts, so that what a tool loads or compiles is not measured."""
        self.load(texts[:WARM_UP], fresh=True)
        if self.task == "drops":
            self.take_turns(1, threshold=self.setting.threshold)
        else:
            self.take_turns(1)

    def load(self, inputs: Sequence[Any] | Mapping[str, Sequence[Any]], *, fresh: bool = False) -> None:
        """Give every tool its input, the same to all or by name; for figures of memory to a fresh process."""
        for tool in self.all:
            if tool.peer:
                tool.peer.load(inputs[tool.name] if isinstance(inputs, Mapping) else inputs, fresh=fresh)

    def take_turns(
        self, rounds: int, *, keep: bool = False, leave_out: Collection[str] = (), **arguments: float
    ) -> dict[str, list[Run]]:
        """Run the task; a tool that fails, or has no time left, has fewer runs, and a note if it has none.

        Parameters
        ----------
        rounds
            How often, at least once.
        keep
            Whether runs have results.
        leave_out
            Names of tools that do not run this time.
        arguments
            Of the task.
        """
        runs: dict[str, list[Run]] = {tool.name: [] for tool in self.all}
        for number in range(rounds):
            for tool in self.all:
                if tool.peer and tool.name not in leave_out and self.has_time(runs[tool.name]):
                    progress(f"{self.task}: {tool.title}, round {number + 1} of {rounds}")
                    limit = self.setting.time_limit
                    done = tool.peer.run(self.task, keep=keep, time_limit_s=limit, **arguments)
                    if isinstance(done, Failed):
                        tool.give_up(done)
                    else:
                        runs[tool.name].append(done)
        progress("")
        return runs

    def has_time(self, runs: Sequence[Run]) -> bool:
        """Tell whether a tool may run once more: as long as all its runs fit into a quarter of the limit of one."""
        spent = [run.wall_s for run in runs]
        return not spent or sum(spent) + max(spent) <= self.setting.time_limit / 4


def progress(message: str) -> None:
    """Show on a terminal what is being done."""
    if sys.stderr.isatty():
        print(f"\r\033[K{message}", end="", file=sys.stderr, flush=True)


def spread(values: Sequence[float], key: str) -> dict[str, float]:
    """Give the median, the least and the most of the rounds, as a row has them."""
    return {key: median(values), f"{key}_low": min(values), f"{key}_high": max(values)} if values else {}


def ratios(runs: Sequence[Run], base: Sequence[Run], scale: float = 1.0) -> dict[str, float]:
    """Give how many times as long as the base a tool took, in the rounds that both have."""
    return spread([scale * a.wall_s / b.wall_s for a, b in zip(runs, base, strict=False) if b.wall_s], "ratio")


def rounds_of(runs: Sequence[Run]) -> list[dict[str, float]]:
    """Give the figures of every round, for the row of a table."""
    return [{"wall_s": run.wall_s, "cpu_s": run.cpu_s, "memory_bytes": run.memory_bytes} for run in runs]


def headline(rows: Sequence[Row], key: str) -> dict[str, float]:
    """Give the figure of every tool that has it."""
    return {row["name"]: row[key] for row in rows if row.get(key) is not None}
