"""Limits: which equal runs of a text are joined to one near repeat."""

from __future__ import annotations

from typing import NamedTuple


class NearLimits(NamedTuple):
    """Which equal runs are joined to one near repeat; lengths in folded code points.

    Attributes
    ----------
    min_chars
        The least that several runs match together.
    max_gap
        The most between two runs that continue each other, on either side, in [0, 255]: a dropped or added sentence.
    min_piece
        The least that is left of a seed beside longer runs.
    min_score
        The least score of what is worth aligning: what runs match, less half of the gaps between them, of each the
        longer side.
    max_stray
        The most that a repeat adds or leaves out, unlike as it is, to start and stop with whole units.
    similarity_percent
        The least similarity of several runs: twice what they match, divided by the lengths of both sides.
    """

    min_chars: int
    max_gap: int = 100
    min_piece: int = 4
    min_score: int = 10
    max_stray: int = 4
    similarity_percent: int = 70
