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


def in_order(function: Callable[[Task], Result], tasks: Iterable[Task], threads: int) -> Generator[Result]:
    """Call a function with every task, in threads, and give the results in the order of the tasks.

    Tasks are taken from the iterable in the thread that asks for results, at most `LOOK_AHEAD` for each thread ahead
    of the result. Where the iteration is given up, tasks that have not begun are dropped.

    Examples
    --------
    >>> list(in_order(str.lower, "ABC", 2))
    ['a', 'b', 'c']
    """
    if threads == 1:
        yield from map(function, tasks)
        return
    pending: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        try:
            for task in tasks:
                pending.append(pool.submit(function, task))
                while pending and (pending[0].done() or len(pending) >= LOOK_AHEAD * threads):
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        finally:
            for future in pending:
                future.cancel()
