"""Which keys may be in the large table: a bitmap for each slice of it, which spares most of the looking up.

The place of a key in the bitmap of its slice is the next bits of it (a Bloom filter with one hash, for keys are hashes
already). With one bit in twelve set or fewer, eleven of twelve keys that no document has need no look at the table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neardup.stores.packed import SLICE_BITS, SLICES, slices_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

_MIN_BITS, _MAX_BITS = 10, 20
"""A bitmap has 2**10 bits at least, and 2**20 at most: 128 MiB for all slices."""

_BITS_A_KEY = 12


def bitmap_of(entries: NDArray[np.int64], bitmap: bytes = b"") -> bytes:
    """Make the bitmap of a slice from its entries; or give one with more entries, of the same size."""
    bits = _MIN_BITS
    while bits < _MAX_BITS and 1 << bits < _BITS_A_KEY * len(entries):
        bits += 1
    found = np.frombuffer(bitmap or bytes(1 << bits >> 3), np.uint8).copy()
    places = _places(entries, _bits_of(found))
    np.bitwise_or.at(found, places >> 3, (1 << (places & 7)).astype(np.uint8))
    return found.tobytes()


def is_crowded(bitmap: bytes) -> bool:
    """Tell whether so many bits are set that a larger one should be made."""
    return _bits_of(bitmap) < _MAX_BITS and 12 * int.from_bytes(bitmap, "little").bit_count() > 8 * len(bitmap)


class KeyFilter:
    """The bitmaps of all slices, as far as they are known. Not safe for several threads."""

    def __init__(self) -> None:
        self._bits = np.full(SLICES, -1)  # of each slice as the power of two; -1: not known; 0: it has no keys
        self._bitmaps = np.zeros((SLICES, 1), np.uint8)

    def set(self, slice_: int, bitmap: bytes) -> None:
        """Take the bitmap of a slice; an empty one says that it has no keys."""
        if len(bitmap) > self._bitmaps.shape[1]:
            wider = np.zeros((SLICES, len(bitmap)), np.uint8)
            wider[:, : self._bitmaps.shape[1]] = self._bitmaps
            self._bitmaps = wider
        self._bits[slice_] = _bits_of(bitmap) if bitmap else 0
        self._bitmaps[slice_, : len(bitmap)] = np.frombuffer(bitmap, np.uint8)

    def get(self, slice_: int) -> bytes:
        """Give the bitmap of a slice; empty if it has no keys."""
        bits = int(self._bits[slice_])
        return self._bitmaps[slice_, : 1 << bits >> 3].tobytes() if bits > 0 else b""

    def forget(self, slice_: int) -> None:
        """Let the bitmap of a slice be unknown again."""
        self._bits[slice_] = -1

    def may_have(
        self, least: NDArray[np.int64], read: Callable[[NDArray[np.int64]], Mapping[int, bytes]]
    ) -> NDArray[np.bool_]:
        """Tell which keys may be in the table.

        Parameters
        ----------
        least
            Of each key the least entry that it can have.
        read
            Gives the bitmaps of slices that are not known yet, without those that have no keys.
        """
        slices = slices_of(least)
        bits = self._bits[slices]
        if bits.min(initial=0) < 0:
            unknown = np.unique(slices[bits < 0])
            bitmaps = read(unknown)
            for slice_ in unknown.tolist():
                self.set(slice_, bitmaps.get(slice_, b""))
            bits = self._bits[slices]
        places = _places(least, bits)
        found: NDArray[np.bool_] = (self._bitmaps[slices, places >> 3] >> (places & 7) & 1) > 0
        return found & (bits > 0)


def _bits_of(bitmap: bytes | NDArray[np.uint8]) -> int:
    return (len(bitmap) << 3).bit_length() - 1


def _places(entries: NDArray[np.int64], bits: NDArray[np.int64] | int) -> NDArray[np.int64]:
    places: NDArray[np.int64] = entries >> (64 - SLICE_BITS - bits) & ((1 << bits) - 1)
    return places
