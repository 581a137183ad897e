"""A thread beside the reactor."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from scrapy.utils.asyncio import is_asyncio_available
from twisted.internet.defer import Deferred

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

_T = TypeVar("_T")


class Worker:
    """A thread that does what it is given in this order, while the reactor goes on."""

    def __init__(self, name: str) -> None:
        self._executor = ThreadPoolExecutor(1, name)

    async def run(self, function: Callable[[], _T]) -> _T:
        """Call a function in the thread, and give what it gives."""
        future = self._executor.submit(function)
        if is_asyncio_available():
            return await asyncio.wrap_future(future)
        from twisted.internet import reactor  # importing it installs one, unless the crawler did

        done: Deferred[Future[_T]] = Deferred()
        future.add_done_callback(lambda each: reactor.callFromThread(done.callback, each))
        return (await done).result()

    def close(self) -> None:
        """End the thread, when all is done."""
        self._executor.shutdown()
