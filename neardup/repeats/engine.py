"""Engine: an opened batch of texts to the repeats in each as flat arrays, and from these to what cleaning takes out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from neardup._backend import kernels
from neardup._typing import Scope
from neardup.folding import fold, folding_table
from neardup.model import Kept
from neardup.repeats.alignment import NearLimits, SelfAlignment, _edges
from neardup.repeats.cleaning import clean as clean_text
from neardup.repeats.cleaning import printed_copies
from neardup.segmentation import OPENING, paragraphs, units

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from neardup._typing import Column
    from neardup.spans import Stretch

    Progress = Callable[[int], object]

SCOPES: tuple[Scope, ...] = get_args(Scope)

REASONS = ("scope",)
"""Why a copy stays, by number. ``scope``: it is not among what the scope takes out."""


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


# What follows goes through the texts that repeat something one by one, until the kernels do all of it.

_MARKS = OPENING.replace("[", r"\[")
_OPENING = re.compile(f"[{_MARKS}]++")
_CLOSING = re.compile(rf"[^\s{_MARKS}]++")


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
    chars, repeats, repeat_offsets, pieces, piece_offsets = kernels.self_alignments(
        texts, folding_table().opened, NearLimits(min_chars), threads, progress
    )
    copied = np.concatenate([np.zeros(1, np.int64), np.cumsum(repeats[:, 3] - repeats[:, 2], dtype=np.int64)])
    found = Found(
        min_chars,
        chars,
        np.diff(copied[repeat_offsets]),
        np.ones(len(chars), np.int32),
        repeat_offsets,
        np.empty((len(repeats), 9), np.int32),
        repeats,
        repeat_offsets,
        pieces,
        piece_offsets,
    )
    repeating = np.flatnonzero(np.diff(repeat_offsets))
    for document, text in zip(repeating.tolist(), texts.take(repeating), strict=True):
        aligned = _aligned(text, found.of(document))
        found.body_copies[document] = printed_copies(text, aligned, min_chars)[0]
        _rows_of(found.rows, repeat_offsets, document)[:] = _rows(text, aligned)
    return found


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
    removed: list[Any] = [()] * len(found)
    kept: list[Any] = [()] * len(found)
    repeating = np.flatnonzero(np.diff(found.offsets))
    for document, text in zip(repeating.tolist(), texts.take(repeating), strict=True):
        one = found.of(document)
        is_body = bool(one.body_copies[0] > 1)
        gone = clean_text(text, _aligned(text, one), found.min_chars, edited=is_body).removed
        if is_body or scope != "body":
            removed[document] = gone
        else:
            kept[document] = [(*stretch, REASONS.index("scope")) for stretch in gone]
        if progress:
            progress(document + 1)
    return Cleaned(*_joined(removed, 2), *_joined(kept, 3))


def _joined(each: Iterable[Any], width: int) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    arrays = [np.array(rows, np.int32).reshape(-1, width) for rows in each]
    offsets = np.cumsum([0, *map(len, arrays)], dtype=np.int64)
    return np.concatenate([np.empty((0, width), np.int32), *arrays]), offsets


def _aligned(text: str, one: Found) -> SelfAlignment:
    folded, spans = fold(text), paragraphs(text)
    finer = units(text, spans)
    edges = _edges(folded, spans), _edges(folded, finer)
    return SelfAlignment(folded, spans, finer, *edges, one.repeats, one.pieces)


def _rows(text: str, aligned: SelfAlignment) -> NDArray[np.int32]:
    if not len(aligned.repeats):
        return np.empty((0, 9), np.int32)
    original, original_stop, copy, copy_stop, period, matched = aligned.repeats.T
    left, right = _rounded(text, aligned, np.concatenate([original, copy]), np.concatenate([original_stop, copy_stop]))
    edges = aligned.paragraph_edges
    covered = np.maximum(edges.searchsorted(copy_stop, side="right") - 1 - edges.searchsorted(copy), 0)
    size = len(copy)
    chars = copy_stop - copy
    is_periodic = period > 0
    both = np.where(is_periodic, 2 * chars, original_stop - original + chars)
    matched = np.where(is_periodic, chars, matched)
    columns = left[:size], right[:size], left[size:], right[size:], chars, covered, period, matched, both
    return np.stack(columns, axis=1).astype(np.int32)


def _rounded(
    text: str, aligned: SelfAlignment, starts: NDArray[np.int32], stops: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """From folded code points to the text, rounded outward over what folding dropped.

    At the start or end of a unit, to its start or end; inside a unit over closing marks to the right and opening
    marks to the left, so that spans that touch when folded stay disjoint.
    """
    positions = np.concatenate([np.array([-1]), aligned.folded.positions, np.array([len(text)])])
    before, first, last, behind = positions[starts], positions[starts + 1], positions[stops], positions[stops + 1]
    unit_start = aligned.units[aligned.unit_of(starts), 0]
    unit_stop = aligned.units[aligned.unit_of(stops - 1), 1]
    left = np.where(before < unit_start, unit_start, first)
    right = np.where(behind >= unit_stop, unit_stop, last + 1)
    gaps = ((before >= unit_start) & (first - before > 1)).nonzero()[0]
    left[gaps] = _each_once(partial(_over_opening, text), before[gaps] + 1, first[gaps])
    gaps = ((behind < unit_stop) & (behind - last > 1)).nonzero()[0]
    right[gaps] = _each_once(partial(_over_closing, text), last[gaps] + 1, behind[gaps])
    return left, right


def _each_once(rounded: Callable[[int, int], int], starts: NDArray[np.int64], stops: NDArray[np.int64]) -> list[int]:
    """Look at every gap once: many copies can have one original, and its gaps may be long."""
    gaps = list(zip(starts.tolist(), stops.tolist(), strict=True))
    found = {gap: rounded(*gap) for gap in set(gaps)}
    return [found[gap] for gap in gaps]


def _over_opening(text: str, start: int, stop: int) -> int:
    """Go back from the end of a gap over the opening marks that stand there."""
    marks = _OPENING.match(text[start:stop][::-1])
    return stop - marks.end() if marks else stop


def _over_closing(text: str, start: int, stop: int) -> int:
    """Go on from the start of a gap over the marks that do not open anything."""
    marks = _CLOSING.match(text, start, stop)
    return marks.end() if marks else start
