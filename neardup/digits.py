"""Digits: the code points that fold to digits, how they are written, and which number each of them is."""

from __future__ import annotations

from enum import IntEnum
from functools import lru_cache


class Digit(IntEnum):
    """How a digit is written: on the line, above or below it, or in a code point that is more than one digit."""

    PLAIN = 1
    SCRIPT = 2
    ENCLOSED = 3


DIGITS: tuple[tuple[int, int, int, Digit], ...] = (
    (0x0030, 0x0039, 0, Digit.PLAIN),
    (0x00B2, 0x00B3, 2, Digit.SCRIPT),
    (0x00B9, 0x00B9, 1, Digit.SCRIPT),
    (0x00BC, 0x00BC, 14, Digit.ENCLOSED),
    (0x00BD, 0x00BD, 12, Digit.ENCLOSED),
    (0x00BE, 0x00BE, 34, Digit.ENCLOSED),
    (0x2070, 0x2070, 0, Digit.SCRIPT),
    (0x2074, 0x2079, 4, Digit.SCRIPT),
    (0x2080, 0x2089, 0, Digit.SCRIPT),
    (0x2150, 0x2150, 17, Digit.ENCLOSED),
    (0x2151, 0x2151, 19, Digit.ENCLOSED),
    (0x2152, 0x2152, 110, Digit.ENCLOSED),
    (0x2153, 0x2153, 13, Digit.ENCLOSED),
    (0x2154, 0x2154, 23, Digit.ENCLOSED),
    (0x2155, 0x2155, 15, Digit.ENCLOSED),
    (0x2156, 0x2156, 25, Digit.ENCLOSED),
    (0x2157, 0x2157, 35, Digit.ENCLOSED),
    (0x2158, 0x2158, 45, Digit.ENCLOSED),
    (0x2159, 0x2159, 16, Digit.ENCLOSED),
    (0x215A, 0x215A, 56, Digit.ENCLOSED),
    (0x215B, 0x215B, 18, Digit.ENCLOSED),
    (0x215C, 0x215C, 38, Digit.ENCLOSED),
    (0x215D, 0x215D, 58, Digit.ENCLOSED),
    (0x215E, 0x215E, 78, Digit.ENCLOSED),
    (0x215F, 0x215F, 1, Digit.ENCLOSED),
    (0x2189, 0x2189, 3, Digit.ENCLOSED),
    (0x2460, 0x2473, 1, Digit.ENCLOSED),
    (0x2474, 0x2487, 1, Digit.ENCLOSED),
    (0x2488, 0x249B, 1, Digit.ENCLOSED),
    (0x24EA, 0x24EA, 0, Digit.ENCLOSED),
    (0x24EB, 0x24F4, 11, Digit.ENCLOSED),
    (0x24F5, 0x24FE, 1, Digit.ENCLOSED),
    (0x24FF, 0x24FF, 0, Digit.ENCLOSED),
    (0x2776, 0x277F, 1, Digit.ENCLOSED),
    (0x2780, 0x2789, 1, Digit.ENCLOSED),
    (0x278A, 0x2793, 1, Digit.ENCLOSED),
    (0x3248, 0x3248, 10, Digit.ENCLOSED),
    (0x3249, 0x3249, 20, Digit.ENCLOSED),
    (0x324A, 0x324A, 30, Digit.ENCLOSED),
    (0x324B, 0x324B, 40, Digit.ENCLOSED),
    (0x324C, 0x324C, 50, Digit.ENCLOSED),
    (0x324D, 0x324D, 60, Digit.ENCLOSED),
    (0x324E, 0x324E, 70, Digit.ENCLOSED),
    (0x324F, 0x324F, 80, Digit.ENCLOSED),
    (0x3251, 0x325F, 21, Digit.ENCLOSED),
    (0x32B1, 0x32BF, 36, Digit.ENCLOSED),
    (0x32C0, 0x32CB, 1, Digit.ENCLOSED),
    (0x3358, 0x3370, 0, Digit.ENCLOSED),
    (0x3378, 0x3379, 2, Digit.ENCLOSED),
    (0x339F, 0x339F, 2, Digit.ENCLOSED),
    (0x33A0, 0x33A0, 2, Digit.ENCLOSED),
    (0x33A1, 0x33A1, 2, Digit.ENCLOSED),
    (0x33A2, 0x33A3, 2, Digit.ENCLOSED),
    (0x33A4, 0x33A4, 3, Digit.ENCLOSED),
    (0x33A5, 0x33A5, 3, Digit.ENCLOSED),
    (0x33A6, 0x33A6, 3, Digit.ENCLOSED),
    (0x33A8, 0x33A8, 2, Digit.ENCLOSED),
    (0x33AF, 0x33AF, 2, Digit.ENCLOSED),
    (0x33E0, 0x33FE, 1, Digit.ENCLOSED),
    (0xFF10, 0xFF19, 0, Digit.PLAIN),
    (0x1CCF0, 0x1CCF9, 0, Digit.PLAIN),
    (0x1D7CE, 0x1D7D7, 0, Digit.PLAIN),
    (0x1D7D8, 0x1D7E1, 0, Digit.PLAIN),
    (0x1D7E2, 0x1D7EB, 0, Digit.PLAIN),
    (0x1D7EC, 0x1D7F5, 0, Digit.PLAIN),
    (0x1D7F6, 0x1D7FF, 0, Digit.PLAIN),
    (0x1F100, 0x1F100, 0, Digit.ENCLOSED),
    (0x1F101, 0x1F10A, 0, Digit.ENCLOSED),
    (0x1F10B, 0x1F10B, 0, Digit.ENCLOSED),
    (0x1F10C, 0x1F10C, 0, Digit.ENCLOSED),
    (0x1FBF0, 0x1FBF9, 0, Digit.PLAIN),
)
"""The first code point, the last one, the number of the first (the others count up), and how they are written.

All that the table of `neardup.fold` folds to digits, ascending: ``㎡`` is a 2, ``½`` is 12. The compiled kernels state
them too.
"""


@lru_cache(maxsize=1)
def digit_kinds() -> dict[str, tuple[str, Digit]]:
    """Give of every code point that folds to digits these digits, and how it is written."""
    return {
        chr(code): (str(number + code - first), kind)
        for first, last, number, kind in DIGITS
        for code in range(first, last + 1)
    }
