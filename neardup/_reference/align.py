"""Two stretches of one text, aligned, in plain Python."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

BAND = 8
"""How far the alignment that continues a repeat may leave the diagonal."""

DROP = 8
"""How far its count may fall before it is given up."""

NEVER = -1000


class Piece(NamedTuple):
    """``length`` codes from ``copy`` on equal those from ``original`` on."""

    original: int
    copy: int
    length: int

    @property
    def original_stop(self) -> int:
        """Where the original stops."""
        return self.original + self.length

    @property
    def copy_stop(self) -> int:
        """Where the copy stops."""
        return self.copy + self.length


def merged(pieces: Iterable[Piece]) -> list[Piece]:
    """Make one of pieces of which each goes on where the one before it ends."""
    found: list[Piece] = []
    for piece in pieces:
        if found and (found[-1].original_stop, found[-1].copy_stop) == (piece.original, piece.copy):
            found[-1] = found[-1]._replace(length=found[-1].length + piece.length)
        else:
            found.append(piece)
    return found


class Aligner:
    """Aligns stretches of a text, given its codes and for each the code point that it came from."""

    def __init__(self, codes: Sequence[int], positions: Sequence[int]) -> None:
        self.codes = codes
        self.positions = positions

    def common(self, original: int, original_stop: int, copy: int, copy_stop: int) -> list[Piece]:
        """Give a longest common subsequence of two stretches, one code a piece."""
        first, second = self.codes[original:original_stop], self.codes[copy:copy_stop]
        lengths = [[0] * (len(second) + 1) for _ in range(len(first) + 1)]
        for i in range(len(first) - 1, -1, -1):
            for j in range(len(second) - 1, -1, -1):
                if first[i] == second[j]:
                    lengths[i][j] = lengths[i + 1][j + 1] + 1
                else:
                    lengths[i][j] = max(lengths[i + 1][j], lengths[i][j + 1])
        pieces, i, j = [], 0, 0
        while i < len(first) and j < len(second):
            if first[i] == second[j]:
                pieces.append(Piece(original + i, copy + j, 1))
                i, j = i + 1, j + 1
            elif lengths[i + 1][j] >= lengths[i][j + 1]:
                i += 1
            else:
                j += 1
        return pieces

    def splits_code_point(self, original: int, copy: int) -> bool:
        """Tell whether one of two positions lies between codes of one code point."""
        return any(0 < i < len(self.positions) and self.positions[i - 1] == self.positions[i] for i in (original, copy))

    def reach(self, original: int, copy: int, step: int, rows: int, columns: int, least: int) -> tuple[int, int]:
        """Say how far two positions are best aligned, in steps of 1 or -1: a match counts 1, every other step -1.

        Only along the diagonal, and given up when what was reached falls behind the best (the X-drop of BLAST,
        Altschul et al. 1997). Nothing if the best counts less than ``least``.
        """
        first = [self.codes[original + step * i - (step < 0)] for i in range(rows)]
        second = [self.codes[copy + step * j - (step < 0)] for j in range(columns)]
        best, reached, highest = least - 1, (0, 0), 0
        before = {j: -j for j in range(BAND + 1)}
        for i in range(1, len(first) + 1):
            scores: dict[int, int] = {}
            for j in range(max(0, i - BAND), min(i + BAND, len(second)) + 1):
                steps = [before.get(j, NEVER) - 1, scores.get(j - 1, NEVER) - 1]
                if j:
                    steps.append(before.get(j - 1, NEVER) + (1 if first[i - 1] == second[j - 1] else -1))
                scores[j] = max(steps)
                if scores[j] > best and not self.splits_code_point(original + step * i, copy + step * j):
                    best, reached = scores[j], (i, j)
            row_best = max(scores.values(), default=NEVER)
            highest = max(highest, row_best)
            if row_best < highest - DROP:
                break
            before = scores
        return reached
