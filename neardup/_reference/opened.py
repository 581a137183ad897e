"""What kernels read: a batch of texts and a folding table, each opened and checked once."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from neardup._reference.arrow import TOO_LONG, read_arrow
from neardup.checks import MAX_CHARS

if TYPE_CHECKING:
    from numpy.typing import NDArray

TABLE_SIZE = 0x110000

DROPPED = 0xFFFFFFFF
"""The entry of a code point that folds to nothing."""


class Texts:
    """A batch of texts.

    Parameters
    ----------
    source
        A list or tuple of str; an Arrow column of strings, see `neardup._reference.arrow.read_arrow`; or an opened
        batch, whose texts are shared. What happens to a list later does not matter.
    skip_nulls
        Whether nulls are left out and listed; else they are an error. Of an opened batch they were treated already.

    Raises
    ------
    TypeError
        If `source` is something else, or an item is not a str.
    ValueError
        If an item is null or longer than 2**30 code points, or an Arrow column is refused; the message names the item.
    """

    def __init__(self, source: object, skip_nulls: bool = False) -> None:
        self._texts: tuple[str | bytes, ...]
        self._nulls: list[int] = []
        if isinstance(source, Texts):
            self._texts, self._nulls = source._texts, source._nulls
        elif isinstance(source, (list, tuple)):
            given = tuple(source)
            self._nulls = [row for row, text in enumerate(given) if skip_nulls and _is_null(text)]
            left_out = set(self._nulls)
            kept = [(row, text) for row, text in enumerate(given) if row not in left_out]
            for row, text in kept:
                _check(row, text)
            self._texts = tuple(text for _, text in kept)
        else:
            strings = read_arrow(source, skip_nulls=skip_nulls)
            self._texts, self._nulls = tuple(strings.found), strings.nulls

    def __len__(self) -> int:
        """Count the texts."""
        return len(self._texts)

    def nulls(self) -> NDArray[np.int64]:
        """Say where the nulls stood that were left out, among all items."""
        return np.array(self._nulls, np.int64)

    def take(self, rows: NDArray[np.int64]) -> list[str]:
        """Give the texts at some rows.

        Raises
        ------
        ValueError
            If a row is none of the batch, or its text is not valid UTF-8; the message names the row.
        """
        return [self._text(row) for row in rows.tolist()]

    def _text(self, row: int) -> str:
        if not 0 <= row < len(self):
            raise ValueError("the rows must be texts")
        text = self._texts[row]
        try:
            return text if isinstance(text, str) else text.decode()
        except UnicodeDecodeError:
            msg = f"text {row} is not valid UTF-8"
            raise ValueError(msg) from None


class Folding:
    """A folding table.

    Parameters
    ----------
    entries
        One entry for each code point, shape (0x110000,): a code point; or 0xFFFFFFFF, dropped; or with bit 31
        set, bits 24 to 30 the number of codes and bits 0 to 23 where they begin in `expansions`.
    expansions
        The codes of the entries that fold to several.
    content
        Whether the content of a text is taken first, see `neardup._reference.content`; else all of it is folded.

    Raises
    ------
    ValueError
        If `entries` has another size.
    """

    def __init__(self, entries: NDArray[np.uint32], expansions: NDArray[np.uint32], content: bool = False) -> None:
        if entries.size != TABLE_SIZE:
            raise ValueError("a folding table has 0x110000 entries")
        self.entries, self.expansions, self.content = entries, expansions, content


def _is_null(text: object) -> bool:
    # NaN is the null of pandas.
    return text is None or (isinstance(text, float) and math.isnan(text))


def _check(row: int, text: object) -> None:
    if _is_null(text):
        msg = f"text {row} is null; drop it or fill it first"
        raise ValueError(msg)
    if not isinstance(text, str):
        msg = f"text {row} is {type(text).__name__}, not str"
        raise TypeError(msg)
    if len(text) > MAX_CHARS:
        msg = f"text {row} {TOO_LONG}"
        raise ValueError(msg)
