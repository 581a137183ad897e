"""Many tasks at once, with the results in order."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable
    from concurrent.futures import Future

Task = TypeVar("Task")
Result = TypeVar("Result")

LOOK_AHEAD = 2
"""How many tasks for each thread are taken before the first of them is done: memory stays flat."""

BYTES_AHEAD = 1 << 28
"""How many bytes the tasks may hold that are taken before."""


def _no_size(_: object) -> int:
    return 0


def in_order(
    function: Callable[[Task], Result],
    tasks: Iterable[Task],
    threads: int,
    size: Callable[[Task], int] = _no_size,
) -> Generator[Result]:
    """Call a function with every task, in threads, and give the results in the order of the tasks.

    Tasks are taken from the iterable in the thread that asks for results, at most `LOOK_AHEAD` for each thread ahead
    of the result, and none while those hold more than `BYTES_AHEAD` by their `size`. Where the iteration is given up,
    tasks that have not begun are dropped, and the others are not waited for.

    Examples
    --------
    >>> list(in_order(str.lower, "ABC", 2))
    ['a', 'b', 'c']
    """
    if threads == 1:
        yield from map(function, tasks)
        return
    pending: deque[tuple[Future[Result], int]] = deque()
    waiting_bytes = 0
    pool = ThreadPoolExecutor(threads)
    is_done = False
    try:
        for task in tasks:
            pending.append((pool.submit(function, task), size(task)))
            waiting_bytes += pending[-1][1]
            while pending and (
                pending[0][0].done() or len(pending) >= LOOK_AHEAD * threads or waiting_bytes > BYTES_AHEAD
            ):
                future, bytes_ = pending.popleft()
                waiting_bytes -= bytes_
                yield future.result()
        while pending:
            yield pending.popleft()[0].result()
        is_done = True
    finally:
        pool.shutdown(wait=is_done, cancel_futures=True)
