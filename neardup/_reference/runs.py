"""The equal runs inside one text, and what they are copies of, in plain Python."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from neardup._reference.near import check_runs
from neardup._reference.windows import check_first, count_windows
from neardup.checks import MAX_CHARS

if TYPE_CHECKING:
    from numpy.typing import NDArray


def equal_runs(
    codes: NDArray[np.uint32],
    boundaries: NDArray[np.int32],
    first: NDArray[np.int32],
    min_chars: int,
    max_stray: int,
) -> NDArray[np.int32]:
    """Find the passages of at least ``min_chars`` codes that are printed again, each with where it stands before.

    A window of ``min_chars`` codes is repeated if its leftmost occurrence ends at or before its start. The copies
    are disjoint, ascending, and hold the codes that lie in a repeated window, all of them and no others.

    Parameters
    ----------
    codes
        Folded code points, at most 2**30.
    boundaries
        Sorted starts of the units (paragraphs or sentences), in codes.
    first
        The `leftmost_windows` of width ``min_chars``.
    min_chars
        At least 1.
    max_stray
        In [0, ``min_chars``). Runs are cut at a boundary that copy and original share if at most so many codes
        stick out over it: where two texts happen to agree before or behind a copied unit. Runs whose copy stops with
        a unit are not cut there: the unit may have been cut short.

    Returns
    -------
    int32 array of shape (runs, 5)
        ``original, original_stop, copy, copy_stop, period``. Where ``period`` is 0 the two spans are equal and the
        original ends before the copy starts; else the copy goes on as the original does, over and over.
    """
    if len(first) != count_windows(len(codes), min_chars):
        raise ValueError("first must have an item for each window of min_chars codes")
    if not 0 <= max_stray < min_chars:
        raise ValueError("max_stray must be in [0, min_chars)")
    check_first(first)
    finder = _RunFinder(codes, frozenset(boundaries.tolist()) | {len(codes)}, min_chars, max_stray)
    repeated = np.flatnonzero(first + min_chars <= np.arange(len(first)))
    settled = 0
    while True:
        # The last repeated window that starts in what is settled goes on from there if it reaches further;
        # else the next one starts a run.
        following = int(np.searchsorted(repeated, settled, side="right"))
        if following and repeated[following - 1] + min_chars > settled:
            window = int(repeated[following - 1])
        elif following < len(repeated):
            window = int(repeated[following])
        else:
            break
        settled = finder.add(window, int(first[window]), settled)
    return np.array([run[:5] for run in finder.runs], np.int32).reshape(-1, 5)


class _Run(NamedTuple):
    original: int
    original_stop: int
    copy: int
    copy_stop: int
    period: int
    is_cut: bool  # ends at a boundary although the texts agree further


class _RunFinder:
    def __init__(self, codes: NDArray[np.uint32], boundaries: frozenset[int], min_chars: int, max_stray: int) -> None:
        self.codes = codes
        self.boundaries = boundaries
        self.min_chars = min_chars
        self.max_stray = max_stray
        self.runs: list[_Run] = []

    def add(self, window: int, earlier: int, settled: int) -> int:
        """Add the run on which ``window`` lies, from ``settled`` on, and say where it stops."""
        copy, shift = max(window, settled), window - earlier
        # The original ends before the copy starts; of a passage printed many times in a row each is one run.
        last = self.runs[-1] if self.runs and self.runs[-1].copy_stop == copy else None
        is_tandem = last is not None and last.original == copy - shift and copy - last.copy >= self.min_chars
        limit = copy + (copy - last.copy if last is not None and is_tandem else shift)
        agree_until = self.equal_until(window + self.min_chars, shift, min(limit + 1, len(self.codes)))
        stop = min(agree_until, limit)
        if agree_until > limit and (periodic := self.periodic(copy, stop)):
            return self.push(periodic)

        shared = [b for b in range(copy, min(stop, copy + self.max_stray + 1)) if self.is_shared(b, shift)]
        if shared and shared[0] > copy:
            return self.push(_Run(copy - shift, shared[0] - shift, copy, shared[0], 0, is_cut=True))
        is_cut = False
        if stop not in self.boundaries:  # else the copy stops with its unit, which was cut short
            shared = [b for b in range(stop, max(copy, stop - self.max_stray - 1), -1) if self.is_shared(b, shift)]
            is_cut = bool(shared)
            stop = shared[0] if shared else stop
        copy = self.absorb(copy, stop, shift)
        return self.push(_Run(copy - shift, stop - shift, copy, stop, 0, is_cut))

    def push(self, run: _Run) -> int:
        self.runs.append(run)
        return run.copy_stop

    def equal_until(self, position: int, shift: int, limit: int) -> int:
        """Return the first position from ``position`` on that differs from the one ``shift`` before, or ``limit``."""
        step = 64
        while position < limit:
            stop = min(position + step, limit)
            differs = self.codes[position:stop] != self.codes[position - shift : stop - shift]
            if differs.any():
                return position + int(differs.argmax())
            position, step = stop, 2 * step
        return limit

    def is_shared(self, position: int, shift: int) -> bool:
        return position in self.boundaries and position - shift in self.boundaries

    def periodic(self, copy: int, stop: int) -> _Run | None:
        """Return the rest of the stretch around ``copy`` that repeats with a period below ``min_chars``, if any.

        It must reach ``min_chars`` or more to the left, and at least to ``stop`` on the right.
        """
        around = self.codes[copy - self.min_chars : copy + self.min_chars]
        periods = (p for p in range(1, self.min_chars) if np.array_equal(around[p:], around[:-p]))
        period = next(periods, None)
        if period is None:
            return None
        begin = copy - -(-self.min_chars // period) * period
        if begin < 0 or self.equal_until(begin + period, period, copy) < copy:
            return None
        end = self.equal_until(copy + self.min_chars, period, len(self.codes))
        return _Run(begin, copy, copy, end, period, is_cut=False) if end >= stop else None

    def absorb(self, copy: int, stop: int, shift: int) -> int:
        """Drop the runs just before ``copy`` that agree with this run's original too; return where it now starts.

        The leftmost start of a first sentence may be a headline, and the article that follows is one copy.
        """
        while self.runs:
            last = self.runs[-1]
            if (
                last.copy_stop != copy
                or last.is_cut
                or last.period
                or last.copy - last.original == shift
                or last.copy < shift
                or stop - last.copy > shift
                or self.equal_until(last.copy, shift, copy) < copy
            ):
                break
            copy = last.copy
            self.runs.pop()
        return copy


def roots(runs: NDArray[np.int32], size: int) -> NDArray[np.int32]:
    """Give the root of every position, int32: itself, or inside a copy the root of its original."""
    if not 0 <= size <= MAX_CHARS:
        raise ValueError("size must be in [0, 2**30]")
    check_runs(runs, size)
    root = np.arange(size, dtype=np.int32)
    for original, original_stop, copy, copy_stop, _ in runs.tolist():
        root[copy:copy_stop] = np.resize(root[original:original_stop], copy_stop - copy)
    return root
