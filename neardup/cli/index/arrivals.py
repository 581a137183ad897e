"""The inputs of an index, some documents at a time: as many as are there, and no more than can be added at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neardup.cli.work import End, Records, size_of
from neardup.io.arriving import arrivals, arriving_lines
from neardup.io.faults import failure
from neardup.io.sources import Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from neardup.cli.work import Outcome, Plan, Task, Work
    from neardup.errors import InputError
    from neardup.io.json_files import JsonLines

_AT_ONCE, _AT_ONCE_BYTES = 1000, 1 << 24


def outcomes(sources: Iterable[Source | InputError], plan: Plan, work: Work) -> Iterator[list[Outcome]]:
    """Read sources, and give what comes of them: each list is answered before more is read.

    Parameters
    ----------
    sources
        Where to read; standard input that holds JSON lines is read as they come.
    plan, work
        How to read.
    """
    for source in sources:
        if isinstance(source, Source) and source.path is None:
            lines = arriving_lines(source.kind, plan.fields, plan.encoding)
            if lines is not None:
                yield from map(work, _arriving(source, lines, plan.bounds.document))
                continue
        yield from _together(plan.tasks([source]), work)


def _arriving(source: Source, lines: JsonLines, longest: int) -> Iterator[Task]:
    error, line = None, None
    try:
        for found in arrivals(longest):
            line = found[-1][0]
            yield Records(source, lines, tuple(found))
    except Exception as fault:
        error = failure(fault, source.id, line and line + 1)
    yield End(source, error)


def _together(tasks: Iterable[Task], work: Work) -> Iterator[list[Outcome]]:
    """Join what comes of several tasks."""
    found: list[Outcome] = []
    size = 0
    for task in tasks:
        found += work(task)
        size += size_of(task)
        if len(found) >= _AT_ONCE or size >= _AT_ONCE_BYTES:
            yield found
            found, size = [], 0
    yield found
