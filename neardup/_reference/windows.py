"""Where the windows of a text stand first, in plain numpy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neardup._reference.points import check_size

if TYPE_CHECKING:
    from numpy.typing import NDArray


def leftmost_windows(codes: NDArray[np.uint32], width: int) -> NDArray[np.int32]:
    """For every window of ``width`` codes, where the same window stands first.

    Ranks of windows double in width until they are ``width`` wide (Karp, Miller and Rosenberg 1972): equal ranks
    mean equal windows, and nothing is hashed. O(n log n log width).
    """
    if not count_windows(len(codes), width):
        return np.empty(0, np.int32)
    ranks = np.unique(codes, return_inverse=True)[1]
    done = 1
    while done < width:
        step = min(done, width - done)
        pairs = ranks[:-step] * np.int64(ranks.max() + 1) + ranks[step:]
        ranks = np.unique(pairs, return_inverse=True)[1]
        done += step
    _, first, inverse = np.unique(ranks, return_index=True, return_inverse=True)
    return first[inverse].astype(np.int32)


def leftmost_wider_windows(codes: NDArray[np.uint32], width: int, narrower: NDArray[np.int32]) -> NDArray[np.int32]:
    """Do what `leftmost_windows` does, from what it gave for a smaller width.

    A window stands twice only if all the narrower ones in it do, so the kernel looks few of them up.
    """
    if not count_windows(len(codes), width) <= len(narrower) <= len(codes):
        raise ValueError("the narrower windows must be narrower, and of the same codes")
    check_first(narrower)
    return leftmost_windows(codes, width)


def count_windows(size: int, width: int) -> int:
    """Count the windows of a text."""
    if width < 1:
        raise ValueError("width must be at least 1")
    check_size(size)
    return max(0, size - width + 1)


def check_first(first: NDArray[np.int32]) -> None:
    """Raise ValueError where a window stands first behind itself."""
    if ((first < 0) | (first > np.arange(len(first)))).any():
        raise ValueError("a window stands first where it stands, or before")
