"""What the kernels are given beside many texts, checked in plain Python."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ragged: TypeAlias = tuple[NDArray[np.uint32], NDArray[np.int64]]
    PerKind: TypeAlias = tuple[Ragged, Ragged, Ragged]


def check_offsets(offsets: NDArray[np.int64], items: int, what: str) -> None:
    if not len(offsets) or offsets[0] != 0 or offsets[-1] != items or (np.diff(offsets) < 0).any():
        raise ValueError(what)


def check_keys(size: int, numbers: NDArray[np.uint32], offsets: NDArray[np.int64]) -> list[list[int]]:
    """Give the numbers of the keys of each text."""
    check_offsets(offsets, len(numbers), "the offsets of keys must ascend from 0 to their number")
    if len(offsets) != size + 1:
        raise ValueError("every text must have keys")
    if numbers.max(initial=0) >= max(1, len(numbers)):
        raise ValueError("the numbers of keys must have no gaps")
    return [numbers[start:stop].tolist() for start, stop in pairwise(offsets.tolist())]


def check_all_keys(keys: PerKind, size: int) -> list[list[list[int]]]:
    return [check_keys(size, *each) for each in keys]


def check_low(low: NDArray[np.uint8], size: int) -> None:
    if len(low) != size or not low.shape[1]:
        raise ValueError("every text must have the low bytes of a signature")


def check_groups(groups: NDArray[np.int64] | None, size: int) -> None:
    if groups is not None and len(groups) != size:
        raise ValueError("every text must have a group, if any has one")


def check_rows(rows: NDArray[np.int64], size: int) -> None:
    if ((rows < 0) | (rows >= size)).any():
        raise ValueError("the rows must be texts")


def check_order(order: NDArray[np.int64], size: int) -> None:
    if ((order < 0) | (order >= size)).any() or len(np.unique(order)) != len(order):
        raise ValueError("the order must name texts, each at most once")
