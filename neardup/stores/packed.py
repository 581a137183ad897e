"""A key and a document's number in one integer of 64 bits: a row of the table of keys, in the order of keys.

The top 36 bits of the key stand above 28 bits of the number, and the whole is made signed, as SQLite's row numbers are.
Two of n keys agree in 36 bits by chance with a probability of about n / 2**36: what they find is looked at more closely
anyway, for two texts that are not alike can share a key too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

NUMBER_BITS = 28
MAX_NUMBER = (1 << NUMBER_BITS) - 1
SLICE_BITS = 10
SLICES = 1 << SLICE_BITS
"""The space of keys is cut into so many slices of equal width."""

_SIGN = np.uint64(1 << 63)


def least(keys: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Give the least entry that each key can have; it ascends with the keys.

    Examples
    --------
    >>> least(np.array([0, 2**63], np.uint64)).tolist()
    [-9223372036854775808, 0]
    """
    return ((keys >> np.uint64(NUMBER_BITS) << np.uint64(NUMBER_BITS)) ^ _SIGN).view(np.int64)


def pack(keys: NDArray[np.uint64], numbers: NDArray[np.int64] | int) -> NDArray[np.int64]:
    """Join keys and the numbers of documents, in [0, 2**28)."""
    return least(keys) | numbers


def numbers_of(entries: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give the numbers of documents."""
    return entries & MAX_NUMBER


def slices_of(entries: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give the slice of the space of keys that each entry lies in."""
    return (entries >> (64 - SLICE_BITS)) + (SLICES >> 1)


def bounds(slice_: int) -> tuple[int, int]:
    """Give the least and the greatest entry of a slice.

    Examples
    --------
    >>> bounds(0)[0], bounds(SLICES - 1)[1] == 2**63 - 1
    (-9223372036854775808, True)
    """
    width = 1 << (64 - SLICE_BITS)
    start = slice_ * width - (1 << 63)
    return start, start + width - 1
