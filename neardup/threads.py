"""Threads: how many there are to work with."""

from __future__ import annotations

import os

from neardup.checks import check_int

MAX_THREADS = 1024
"""More of them would only wait for each other."""


def available_threads() -> int:
    """Count the processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def thread_count(threads: int | None) -> int:
    """Give the number of threads: None means as many as this process may use.

    Raises
    ------
    TypeError, ValueError
        If it is no integer, or out of range.
    """
    return available_threads() if threads is None else check_int("threads", threads, high=MAX_THREADS)
