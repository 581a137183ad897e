"""Spans of a text as plain pairs: joining, leaving out, and the line breaks behind them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy as np
    from numpy.typing import NDArray

Stretch: TypeAlias = tuple[int, int]
"""``start, stop`` in code points."""


def without(text: str, removed: Sequence[Stretch]) -> str:
    """Leave stretches out of a text; they must be ascending and disjoint."""
    edges = [0, *(edge for removal in removed for edge in removal), len(text)]
    return "".join(text[start:stop] for start, stop in zip(edges[::2], edges[1::2], strict=True))


def merged(stretches: Iterable[Stretch]) -> list[Stretch]:
    """Join stretches that overlap or touch."""
    joined: list[Stretch] = []
    for start, stop in sorted(stretches):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(stop, joined[-1][1]))
        else:
            joined.append((start, stop))
    return joined


def composed(removed: Sequence[Stretch], later: Iterable[Stretch]) -> list[Stretch]:
    """Join stretches that are taken out of a text with later ones, which are stretches of what the first ones leave.

    Examples
    --------
    >>> without(without("甲乙丙丁戊", [(1, 3)]), [(0, 2)]), composed([(1, 3)], [(0, 2)])
    ('戊', [(0, 4)])
    """
    if not removed:
        return list(later)
    gone = list(accumulate((stop - start for start, stop in removed), initial=0))
    places = [start - before for (start, _), before in zip(removed, gone, strict=False)]
    moved = [
        (start + gone[bisect_right(places, start)], stop + gone[bisect_left(places, stop)]) for start, stop in later
    ]
    return merged([*removed, *moved])


def with_breaks(text: str, spans: NDArray[np.int32]) -> list[Stretch]:
    """Lengthen the spans of paragraphs by the line break behind each; there is none at the end of the text."""
    return [(start, stop + line_break(text, stop)) for start, stop in spans.tolist()]


def line_break(text: str, position: int) -> int:
    """Count the code points of the line break that stands here: none at the end of the text."""
    return 2 if text.startswith("\r\n", position) else min(1, len(text) - position)
