"""The evidence of two texts in plain Python."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from neardup._reference.align import Piece
from neardup.evidence import Evidence
from neardup.numerals import numerals

if TYPE_CHECKING:
    from collections.abc import Sequence

SEED_CHARS = 8
NUMERALS = frozenset(map(ord, "〇零一二三四五六七八九十百千万亿两"))
"""The folded codes of Chinese numerals."""

LOOK_BACK = 64
"""How many runs before a run it may follow in the chain."""


def measure(
    text: str, other: str, codes: Sequence[int], other_codes: Sequence[int], own: frozenset[int], their: frozenset[int]
) -> Evidence:
    """Measure two texts, given their folded codes and shingle sets; see `neardup.Evidence`."""
    shared = len(own & their)
    texts, folded = (text, other), (codes, other_codes)
    if len(codes) > len(other_codes):
        texts, folded = (other, text), (other_codes, codes)
    pieces = align(*folded)
    said, heard = set(numerals(texts[0])), set(numerals(texts[1]))
    aligned = sum(piece.length for piece in pieces)
    size = len(folded[0])
    inside = [
        (folded[0][before.original_stop : later.original], folded[1][before.copy_stop : later.copy])
        for before, later in pairwise(pieces)
    ]
    substituted = [gap for gap in inside if all(map(len, gap))]
    replaced, replaced_chars, ends = size, size, []
    if pieces:
        head = folded[0][: pieces[0].original], folded[1][: pieces[0].copy]
        tail = folded[0][pieces[-1].original_stop :], folded[1][pieces[-1].copy_stop :]
        replaced = min(map(len, head)) + min(map(len, tail))
        # What both begin or end with is the same, though it is no run. Of the tails, how they read does not matter.
        ends = [_without_common_start(*head), _without_common_start(tail[0][::-1], tail[1][::-1])]
        replaced_chars = sum(min(map(len, gap)) for gap in [*substituted, *ends])
    return Evidence(
        jaccard=shared / (len(own) + len(their) - shared),
        containment=shared / len(own),
        containment_of_survivor=shared / len(their),
        aligned=aligned / size,
        substitutions=len(substituted),
        replaced=replaced / size,
        numbers=len(said),
        number_share=len(said & heard) / len(said) if said else 1.0,
        aligned_chars=aligned,
        longer_chars=len(folded[1]),
        replaced_chars=replaced_chars,
        other_numerals=sum(all(gap) and all(map(NUMERALS.issuperset, gap)) for gap in [*substituted, *ends]),
    )


def _without_common_start(one: Sequence[int], other: Sequence[int]) -> tuple[Sequence[int], Sequence[int]]:
    same = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return one[same:], other[same:]


def align(first: Sequence[int], second: Sequence[int]) -> list[Piece]:
    """Give the runs of at least `SEED_CHARS` equal codes that make the best chain, in order in both texts.

    Runs are found from left to right in the second text, each where the run before goes on, or else where its first
    window stands first in the first text.
    """
    starts: dict[tuple[int, ...], int] = {}
    for start in range(len(first) - SEED_CHARS + 1):
        starts.setdefault(tuple(first[start : start + SEED_CHARS]), start)
    runs: list[Piece] = []
    j = 0
    while j + SEED_CHARS <= len(second):
        window = tuple(second[j : j + SEED_CHARS])
        i = j + runs[-1].original - runs[-1].copy if runs else -1
        if i < 0 or tuple(first[i : i + SEED_CHARS]) != window:
            i = starts.get(window, -1)
        if i < 0:
            j += 1
            continue
        runs.append(_grown(first, second, i, j, runs[-1].copy_stop if runs else 0))
        j = runs[-1].copy_stop
    return _chain(runs)


def _grown(first: Sequence[int], second: Sequence[int], i: int, j: int, floor: int) -> Piece:
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
