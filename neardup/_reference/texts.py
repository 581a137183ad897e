"""Texts to folded codes in plain numpy."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import numpy as np

from neardup._reference.arrow import TOO_LONG
from neardup._reference.content import is_blank, read_content
from neardup._reference.opened import DROPPED, TABLE_SIZE
from neardup._reference.points import LINE_BREAKS, TooLongError, check_size, code_points

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from neardup._reference.opened import Folding, Texts

    T = TypeVar("T", bound=np.generic)


def fold(text: str, folding: Folding) -> tuple[NDArray[np.uint32], NDArray[np.int32]]:
    """Fold a text by a table, or the content of a text if the table is told so.

    Of content that folds to nothing the code points are taken as they are, but for those that show nothing.

    Parameters
    ----------
    text
        Any text; lone surrogates are code points like others.
    folding
        What each code point folds to.

    Returns
    -------
    codes, positions
        The folded code points, and for each the index in `text` of the code point that it came from, or where the
        reference begins that names that.

    Raises
    ------
    ValueError
        If the text or its folded form is longer than 2**30.
    """
    check_size(len(text))
    content = read_content(text, folding)
    codes, positions = _fold_points(content.points, folding)
    if folding.content and not len(codes):
        positions = np.flatnonzero(~is_blank(content.points)).astype(np.int32)
        codes = content.points[positions]
    return codes, content.positions[positions]


def _fold_points(points: NDArray[np.uint32], folding: Folding) -> tuple[NDArray[np.uint32], NDArray[np.int32]]:
    found = folding.entries[points]
    several_or_none = np.where(found == DROPPED, 0, (found >> 24) & 0x7F)
    lengths = np.where(found < TABLE_SIZE, 1, several_or_none).astype(np.int64)
    total = int(lengths.sum())
    check_size(total)
    positions = np.repeat(np.arange(found.size, dtype=np.int32), lengths)
    codes = found[positions]
    several = np.flatnonzero(codes >= TABLE_SIZE)
    sources = positions[several]
    within = several - (np.cumsum(lengths) - lengths)[sources]
    codes[several] = folding.expansions[(found[sources] & 0xFFFFFF) + within]
    return codes, positions


def fold_texts(texts: Texts, folding: Folding, threads: int) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Fold many texts.

    Parameters
    ----------
    texts
        A batch.
    folding
        See `fold`.
    threads
        At least 1. Here one does it all; results never depend on it.

    Returns
    -------
    codes, offsets
        The folded code points of text ``i`` are ``codes[offsets[i] : offsets[i + 1]]``.

    Raises
    ------
    ValueError
        If a text is not valid UTF-8, or its folded form is longer than 2**30; the message names the text.
    """
    check_threads(threads)
    folded = [fold_row(row, text, folding) for row, text in enumerate(read_texts(texts))]
    return ragged([codes for codes, _ in folded], np.uint32)


def fold_row(row: int, text: str, folding: Folding) -> tuple[NDArray[np.uint32], NDArray[np.int32]]:
    """Fold a text of a batch, and name its row if the folded form is too long."""
    try:
        return fold(text, folding)
    except TooLongError:
        msg = f"text {row} {TOO_LONG}"
        raise ValueError(msg) from None


def breaks(text: str) -> NDArray[np.int32]:
    """Positions of the code points at which Unicode breaks a line whatever stands beside them."""
    check_size(len(text))
    return np.flatnonzero(np.isin(code_points(text), LINE_BREAKS)).astype(np.int32)


def read_texts(texts: Texts) -> list[str]:
    """Give all texts of a batch; raises what `Texts.take` does."""
    return texts.take(np.arange(len(texts)))


def ragged(rows: Sequence[NDArray[T]], dtype: type[T]) -> tuple[NDArray[T], NDArray[np.int64]]:
    """Join rows of several values each: the values, and where each row starts and the last one ends."""
    offsets = np.cumsum([0, *map(len, rows)], dtype=np.int64)
    return np.concatenate(rows, dtype=dtype) if rows else np.empty(0, dtype), offsets


def check_threads(threads: int) -> None:
    """Raise ValueError unless there is a thread to do the work."""
    if threads < 1:
        raise ValueError("threads must be at least 1")
