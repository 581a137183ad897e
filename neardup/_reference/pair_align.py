"""Two texts aligned in plain Python: the equal runs that follow each other in both."""

from __future__ import annotations

from neardup._reference.align import Piece

SEED_CHARS = 8

LOOK_BACK = 64
"""How many runs before a run it may follow in the chain."""


def align(first: str, second: str) -> list[Piece]:
    """Give the runs of at least `SEED_CHARS` equal codes that make the best chain, in order in both texts.

    Runs are found from left to right in the second text, each where the run before goes on, or else where its first
    window stands first in the first text.
    """
    starts: dict[str, int] = {}
    for start in range(len(first) - SEED_CHARS + 1):
        starts.setdefault(first[start : start + SEED_CHARS], start)
    runs: list[Piece] = []
    j = 0
    while j + SEED_CHARS <= len(second):
        window = second[j : j + SEED_CHARS]
        i = j + runs[-1].original - runs[-1].copy if runs else -1
        if i < 0 or first[i : i + SEED_CHARS] != window:
            i = starts.get(window, -1)
        if i < 0:
            j += 1
            continue
        runs.append(_grown(first, second, i, j, runs[-1].copy_stop if runs else 0))
        j = runs[-1].copy_stop
    return _chain(runs)


def _grown(first: str, second: str, i: int, j: int, floor: int) -> Piece:
    start, stop, shift = j, j + SEED_CHARS, i - j
    while stop < len(second) and stop + shift < len(first) and second[stop] == first[stop + shift]:
        stop += 1
    while start > floor and start + shift > 0 and second[start - 1] == first[start + shift - 1]:
        start -= 1
    return Piece(start + shift, start, stop - start)


def _chain(runs: list[Piece]) -> list[Piece]:
    """Take the runs in order in both texts that match most; where two overlap in the first, the later gives way."""
    score: list[int] = []
    before: list[int] = []
    for k, run in enumerate(runs):
        score.append(run.length)
        before.append(-1)
        for last in range(k - 1, max(-1, k - LOOK_BACK - 1), -1):
            overlap = max(0, runs[last].original_stop - run.original)
            if runs[last].original >= run.original or overlap >= run.length:
                continue
            if score[last] + run.length - overlap > score[k]:
                score[k], before[k] = score[last] + run.length - overlap, last
    chain: list[Piece] = []
    best = score.index(max(score)) if score else -1
    while best >= 0:
        chain.append(runs[best])
        best = before[best]
    chain.reverse()
    for k in range(1, len(chain)):
        overlap = max(0, chain[k - 1].original_stop - chain[k].original)
        original, copy, length = chain[k]
        chain[k] = Piece(original + overlap, copy + overlap, length - overlap)
    return chain
