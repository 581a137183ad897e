"""Engine: an opened batch of texts to the repeats in each as flat arrays, and from these to what cleaning takes out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from neardup._typing import Scope
from neardup.folding import fold
from neardup.model import Kept
from neardup.repeats.alignment import SelfAlignment, _edges, align_with_itself
from neardup.repeats.cleaning import clean as clean_text
from neardup.repeats.cleaning import printed_copies
from neardup.segmentation import paragraphs, units

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import regex
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
        """Give what was found in one document."""
        one = slice(document, document + 1)
        parts = (
            (self.rows, self.offsets),
            (self.repeats, self.repeat_offsets),
            (self.pieces, self.piece_offsets),
        )
        (rows, offsets), (repeats, repeat_offsets), (pieces, piece_offsets) = (
            _part(values, bounds, document) for values, bounds in parts
        )
        return Found(
            self.min_chars,
            self.chars[one],
            self.copied[one],
            self.body_copies[one],
            offsets,
            rows,
            repeats,
            repeat_offsets,
            pieces,
            piece_offsets,
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
        return tuple(map(tuple, _part(self.removed, self.removed_offsets, document)[0].tolist()))

    def kept_in(self, document: int) -> tuple[Kept, ...]:
        """Give what stays of the copies in a document."""
        kept = _part(self.kept, self.kept_offsets, document)[0].tolist()
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


def _part(
    values: NDArray[np.int32], offsets: NDArray[np.int64], document: int
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Give the rows of one document, and its own offsets."""
    start, stop = offsets[document : document + 2].tolist()
    return values[start:stop], np.array([0, stop - start])


# What follows goes through the texts one by one, until the kernels take the whole batch.


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
    each: list[list[Any]] = []
    for text in texts.take(np.arange(len(texts))):
        aligned = align_with_itself(text, min_chars)
        copies, _ = printed_copies(text, aligned, min_chars)
        each.append(
            [len(aligned.folded), aligned.copied_chars, copies, _rows(text, aligned), aligned.repeats, aligned.pieces]
        )
        if progress:
            progress(len(each))
    chars, copied, body_copies, rows, repeats, pieces = zip(*each, strict=True) if each else ((),) * 6
    joined, offsets = _joined(rows, 9)
    return Found(
        min_chars,
        np.array(chars, np.int64),
        np.array(copied, np.int64),
        np.array(body_copies, np.int32),
        offsets,
        joined,
        *_joined(repeats, 6),
        *_joined(pieces, 4),
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
    removed: list[Any] = []
    kept: list[Any] = []
    for document, text in enumerate(texts.take(np.arange(len(texts)))):
        one = found.of(document)
        is_body = bool(one.body_copies[0] > 1)
        gone = clean_text(text, _aligned(text, one), found.min_chars, edited=is_body).removed
        goes = is_body or scope != "body"
        removed.append(gone if goes else ())
        kept.append(() if goes else [(*stretch, REASONS.index("scope")) for stretch in gone])
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
    marks = _opening().match(text[start:stop][::-1])
    return stop - marks.end() if marks else stop


def _over_closing(text: str, start: int, stop: int) -> int:
    """Go on from the start of a gap over the marks that do not open anything."""
    marks = _closing().match(text, start, stop)
    return marks.end() if marks else start


@lru_cache(maxsize=1)
def _opening() -> regex.Pattern[str]:
    import regex

    return regex.compile(r"[\p{Ps}\p{Pi}]++")


@lru_cache(maxsize=1)
def _closing() -> regex.Pattern[str]:
    import regex

    return regex.compile(r"[^\s\p{Ps}\p{Pi}]++")
