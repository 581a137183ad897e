"""Engine: an opened batch of texts to the repeats in each as flat arrays, and from these to what cleaning takes out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

import numpy as np

from neardup._backend import kernels
from neardup._typing import Reason, Scope
from neardup.folding import folding_table
from neardup.model import Kept
from neardup.repeats.limits import NearLimits

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from neardup._typing import Column
    from neardup.spans import Stretch

    Progress = Callable[[int], object]

SCOPES: tuple[Scope, ...] = get_args(Scope)

REASONS: tuple[Reason, ...] = get_args(Reason)
"""Why a copy stays, by number; see `neardup.Kept`."""


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """The repeats of a batch; those of document i are ``rows[offsets[i]:offsets[i + 1]]``.

    Attributes
    ----------
    min_chars
        The shortest passage that was looked for, in folded code points.
    chars, copied
        int64, for every document: its folded code points, and how many of them lie in copies.
    body_copies
        int32, for every document: how often it prints its body.
    offsets
        int64, one more than there are documents.
    rows
        int32, shape (m, 9): ``original, original_stop, copy, copy_stop`` in code points of the text, rounded outward;
        ``chars`` and ``paragraphs`` of the copy; ``period``, 0 if there is none; ``matched`` and ``both``, the folded
        code points that are equal and those of both sides. A repeat is exact if ``2 * matched == both``.
    repeats, repeat_offsets, pieces, piece_offsets
        The alignment, for `clean` alone, of every document by itself: rows can be taken out of it.
    """

    min_chars: int
    chars: NDArray[np.int64]
    copied: NDArray[np.int64]
    body_copies: NDArray[np.int32]
    offsets: NDArray[np.int64]
    rows: NDArray[np.int32]
    repeats: NDArray[np.int32]
    repeat_offsets: NDArray[np.int64]
    pieces: NDArray[np.int32]
    piece_offsets: NDArray[np.int64]

    def __len__(self) -> int:
        """Count the documents."""
        return len(self.chars)

    def of(self, document: int) -> Found:
        """Give what was found in one document, apart from the others."""
        one = [document]
        parts = (
            (self.rows, self.offsets),
            (self.repeats, self.repeat_offsets),
            (self.pieces, self.piece_offsets),
        )
        rows, repeats, pieces = (_rows_of(values, offsets, document).copy() for values, offsets in parts)
        return Found(
            self.min_chars,
            self.chars[one],
            self.copied[one],
            self.body_copies[one],
            np.array([0, len(rows)]),
            rows,
            repeats,
            np.array([0, len(repeats)]),
            pieces,
            np.array([0, len(pieces)]),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Cleaned:
    """What goes from the documents of a batch, and which copies stay.

    Attributes
    ----------
    removed, removed_offsets
        int32, shape (r, 2): ``start, stop`` in code points of the text, in each document ascending, disjoint and not
        touching; int64, where those of each document begin and the last ones end.
    kept, kept_offsets
        int32, shape (k, 3): ``start, stop`` of what stays of copies, and why, a number of `REASONS`; the same.
    """

    removed: NDArray[np.int32]
    removed_offsets: NDArray[np.int64]
    kept: NDArray[np.int32]
    kept_offsets: NDArray[np.int64]

    def removed_from(self, document: int) -> tuple[Stretch, ...]:
        """Give the stretches that go from a document."""
        return tuple(map(tuple, _rows_of(self.removed, self.removed_offsets, document).tolist()))

    def kept_in(self, document: int) -> tuple[Kept, ...]:
        """Give what stays of the copies in a document."""
        kept = _rows_of(self.kept, self.kept_offsets, document).tolist()
        return tuple(Kept(start, stop, REASONS[reason]) for start, stop, reason in kept)


def checked_scope(scope: object) -> Scope:
    """Give what a user gave as a scope.

    Raises
    ------
    ValueError
        If it is none.
    """
    if scope not in SCOPES:
        raise ValueError(f"scope must be 'body', 'passages' or 'all', not {scope!r}")
    return scope


def _rows_of(values: NDArray[np.int32], offsets: NDArray[np.int64], document: int) -> NDArray[np.int32]:
    return values[slice(*offsets[document : document + 2].tolist())]


def find(texts: Column, min_chars: int, threads: int, progress: Progress | None = None) -> Found:
    """Find the repeats of every text.

    Parameters
    ----------
    texts
        See `neardup.inputs.text_column`.
    min_chars
        The shortest passage, in folded code points.
    threads
        At least 1.
    progress
        Called now and then with the number of texts that are done.

    Raises
    ------
    ValueError
        If a text is longer than 2**30 code points.
    """
    counts, rows, offsets, repeats, repeat_offsets, pieces, piece_offsets = kernels.find_repeats(
        texts, folding_table().opened, NearLimits(min_chars), threads, progress
    )
    chars, copied, copies = counts.T
    return Found(
        min_chars,
        chars,
        copied,
        copies.astype(np.int32),
        offsets,
        rows,
        repeats,
        repeat_offsets,
        pieces,
        piece_offsets,
    )


def clean(texts: Column, found: Found, scope: Scope, threads: int, progress: Progress | None = None) -> Cleaned:
    """Find what cleaning takes out of every text, and what stays of copies.

    Parameters
    ----------
    texts
        The texts that were searched.
    found
        What `find` gave for them.
    scope
        What may go; see `neardup.DocumentRepeats.clean`.
    threads, progress
        See `find`.
    """
    alignment = found.repeats, found.repeat_offsets, found.pieces, found.piece_offsets
    limits, number = NearLimits(found.min_chars), SCOPES.index(scope)
    return Cleaned(*kernels.clean_repeats(texts, folding_table().opened, limits, number, *alignment, threads, progress))
