"""How far a job is: a bar for each stage on a terminal, JSON lines for programs, nothing in a pipe."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec
from rich.console import Console

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Progress = Callable[[str, int, int], None]

_SAID_EVERY_S = 1.0
BYTES = {"reading", "writing"}
"""The stages that are counted in bytes; others in documents."""


@contextmanager
def shown_stages(*, as_json: bool) -> Iterator[Progress | None]:
    """Give what is told how far each stage is."""
    console = Console(stderr=True)
    if as_json:
        yield _Lines()
    elif console.is_terminal:
        from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeRemainingColumn

        tasks: dict[str, TaskID] = {}
        columns = TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[rate]}")
        with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as shown:

            def tell(stage: str, done: int, total: int) -> None:
                if stage not in tasks:
                    tasks[stage] = shown.add_task(stage.capitalize(), total=total, rate="")
                rate = _rate(shown.tasks[list(tasks).index(stage)].speed, stage)
                shown.update(tasks[stage], completed=done, total=total, rate=rate)

            yield tell
    else:
        yield None


def _rate(speed: float | None, stage: str) -> str:
    if speed is None:
        return ""
    return f"{speed / 1e6:,.0f} MB/s" if stage in BYTES else f"{speed:,.0f} documents/s"


class _Lines:
    """Writes a line at the start and the end of each stage, and about every second in between."""

    def __init__(self) -> None:
        self._stage = ""
        self._begun = self._said = 0.0
        self._before = 0

    def __call__(self, stage: str, done: int, total: int) -> None:
        now = time.monotonic()
        if stage != self._stage:
            self._stage, self._begun, self._said, self._before = stage, now, 0.0, done
        if now - self._said < _SAID_EVERY_S and done < total:
            return
        self._said = now
        seconds = now - self._begun
        rate = (done - self._before) / seconds if seconds > 0 else None
        left = (total - done) / rate if rate else None
        unit = "bytes" if stage in BYTES else "documents"
        line = {"type": "progress", "stage": stage, "unit": unit, "done": done, "total": total}
        line |= {"seconds": round(seconds, 3), "rate": rate and round(rate, 1), "seconds_left": left and round(left, 1)}
        print(msgspec.json.encode(line).decode(), file=sys.stderr)
