"""Checks of options: their types and ranges, what is wrong with them in words, and the number of threads."""

from __future__ import annotations

import math
import os
from numbers import Real
from operator import index
from reprlib import repr as shown

MAX_COUNT = 2**31 - 1
"""The largest value of a number that counts things, where nothing else limits it."""

MAX_CHARS = 2**30
"""The most code points of a text, folded or not: positions are int32, and the sum of two of them must be one too."""

MAX_THREADS = 1024
"""More of them would only wait for each other."""


def check_text(text: object) -> None:
    """Raise TypeError if this is no str."""
    if not isinstance(text, str):
        msg = f"text must be a str, not {type(text).__name__}"
        raise TypeError(msg)


def check_int(name: str, value: object, *, low: int = 1, high: int = MAX_COUNT) -> int:
    """Give the value of an integer option as an int.

    Parameters
    ----------
    name
        Of the option, for the message.
    value
        An int or what stands for one, as numpy's integers do; no bool and no float.
    low, high
        The range, both ends included.

    Raises
    ------
    TypeError
        If it is no integer.
    ValueError
        If it is out of range.

    Examples
    --------
    >>> check_int("ngram", 0, high=128)
    Traceback (most recent call last):
        ...
    ValueError: ngram must be at least 1, not 0
    """
    try:
        number = None if isinstance(value, bool) else index(value)  # type: ignore[arg-type]
    except TypeError:
        number = None
    if number is None:
        raise TypeError(f"{name} must be an integer, not {shown(value)}")
    if number < low:
        raise ValueError(f"{name} must be at least {low}, not {_short(number)}")
    if number > high:
        raise ValueError(f"{name} must be at most {high}, not {_short(number)}")
    return number


def check_number(name: str, value: object, *, low: float = 0, high: float = 1) -> float:
    """Give the value of an option that is a real number in ``[low, high]`` as a float.

    Raises
    ------
    TypeError
        If it is no number; bool is none.
    ValueError
        If it is out of range, or not a number (NaN).

    Examples
    --------
    >>> check_number("max_replaced", float("nan"))
    Traceback (most recent call last):
        ...
    ValueError: max_replaced must be in [0, 1], not nan
    """
    number = _real(name, value)
    if not low <= number <= high:
        raise ValueError(f"{name} must be in [{low}, {high}], not {_short(value)}")
    return number


def check_share(name: str, value: object, *, whole: bool = True) -> float:
    """Give the value of an option that is a part of something as a float: above 0 and at most 1.

    Parameters
    ----------
    name, value
        See `check_number`; so are the errors.
    whole
        Whether it may be 1.
    """
    number = _real(name, value)
    if not 0 < number <= 1 or (number == 1 and not whole):
        limits = "above 0 and at most 1" if whole else "between 0 and 1"
        raise ValueError(f"{name} must be {limits}, not {_short(value)}")
    return number


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


def _real(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name} must be a number, not {shown(value)}")
    try:
        return float(value)
    except OverflowError:
        return math.inf  # out of every range


def _short(value: object) -> str:
    """Write a number, but one of very many digits by its size: Python refuses to."""
    if isinstance(value, int) and value.bit_length() > 256:
        return f"one of {value.bit_length()} bits"
    return str(value)
