"""An online index, measured: documents are added one by one, then asked about, and every call is timed by itself."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def measured(
    texts: Sequence[str],
    stored: int,
    add: Callable[[int, str], bool],
    check: Callable[[str], bool],
    size: Callable[[], int],
) -> dict[str, Any]:
    """Measure an index.

    Parameters
    ----------
    texts
        All different. As many as there are beyond `stored` are asked about, and as many of the stored ones.
    stored
        How many are added. The last calls are those that count.
    add
        Asks about a document and stores it if it is new, by its number; whether it was seen.
    check
        Asks about a document; whether it was seen.
    size
        What the index takes, in bytes.

    Returns
    -------
    dict
        ``add``, ``new`` and ``old``, the figures of adding and of asking about new and stored documents, see
        `latencies`; ``bytes`` that `stored` documents take; ``found`` and ``alarms``, the shares of stored and of new
        documents that are said to be seen.
    """
    asked = len(texts) - stored
    before = size()
    timed(lambda item: add(*item), list(enumerate(texts[: stored - asked])))
    adds, _ = timed(lambda item: add(*item), list(enumerate(texts))[stored - asked : stored])
    taken = size() - before
    new, alarms = timed(check, texts[stored:])
    old, found = timed(check, texts[:asked])
    return {
        "add": latencies(adds),
        "new": latencies(new),
        "old": latencies(old),
        "bytes": taken,
        "found": sum(found) / asked,
        "alarms": sum(alarms) / asked,
    }


def timed(call: Callable[[Any], Any], items: Sequence[Any]) -> tuple[list[float], list[Any]]:
    """Call with each, and give the seconds and the answer of each call."""
    seconds, answers = [], []
    for item in items:
        start = perf_counter()
        answer = call(item)
        seconds.append(perf_counter() - start)
        answers.append(answer)
    return seconds, answers


def latencies(seconds: Sequence[float]) -> dict[str, float]:
    """Give the rate of calls one after the other, and their median, 99th percentile and most in milliseconds.

    Examples
    --------
    >>> latencies([0.25, 0.5, 0.25, 1.0])
    {'per_s': 2.0, 'p50_ms': 250.0, 'p99_ms': 1000.0, 'max_ms': 1000.0}
    """
    ordered = sorted(seconds)
    at = {"p50_ms": 0.5, "p99_ms": 0.99, "max_ms": 1.0}
    places = {key: ordered[max(0, round(share * len(ordered)) - 1)] * 1e3 for key, share in at.items()}
    return {"per_s": len(ordered) / sum(ordered)} | places
