"""The code points of a text, in plain numpy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neardup._reference.arrow import TOO_LONG
from neardup.checks import MAX_CHARS

if TYPE_CHECKING:
    from numpy.typing import NDArray

LINE_BREAKS = np.array([0x0A, 0x0B, 0x0C, 0x0D, 0x1C, 0x1D, 0x1E, 0x85, 0x2028, 0x2029], np.uint32)
"""LF, VT, FF, CR, FS, GS, RS, NEL, LS and PS."""


def code_points(text: str) -> NDArray[np.uint32]:
    """Give the code points of a text; lone surrogates are some too."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")


class TooLongError(ValueError):
    """A text or its folded form is longer than positions can be."""


def check_size(size: int) -> None:
    """Raise TooLongError if a text is too long."""
    if size > MAX_CHARS:
        msg = f"a text {TOO_LONG}"
        raise TooLongError(msg)
