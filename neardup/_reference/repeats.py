"""What texts print again, and what of it goes, in plain Python: the specification of the native functions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from neardup._reference.alignment import align_with_itself, check_limits, check_spaces, joined, rows_of, segmented
from neardup._reference.bodies import body_copies
from neardup._reference.cleaning import SCOPES, clean
from neardup._reference.findings import findings, rows
from neardup._reference.texts import check_threads, read_texts

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from neardup._reference.alignment import Aligned
    from neardup._reference.opened import Folding, Texts


def find_repeats(
    texts: Texts,
    folding: Folding,
    limits: tuple[int, int, int, int, int, int],
    threads: int,
    progress: Callable[[int], object] | None = None,
) -> tuple[
    NDArray[np.int64],
    NDArray[np.int32],
    NDArray[np.int64],
    NDArray[np.int32],
    NDArray[np.int64],
    NDArray[np.int32],
    NDArray[np.int64],
]:
    """Find what each of many texts prints more than once, and how often it prints its body.

    Parameters
    ----------
    texts
        A batch.
    folding
        See `fold`. White space must fold to nothing.
    limits
        The fields of `neardup.repeats.limits.NearLimits`.
    threads
        At least 1. Results do not depend on it.
    progress
        Called now and then with the number of texts that are done.

    Returns
    -------
    counts
        int64, shape (n, 3): of each text the folded length, how much of it lies in copies, and `body_copies`.
    found, found_offsets
        int32, shape (m, 9): what is reported, see `neardup._reference.findings.rows`; that of text ``i`` is
        ``found[found_offsets[i] : found_offsets[i + 1]]``.
    repeats, repeat_offsets, pieces, piece_offsets
        The alignment that it rests on, likewise; see `near_repeats`. The first column of pieces counts the repeats of
        the text.

    Raises
    ------
    ValueError
        If a limit is out of range, or the table keeps white space; or a text is not valid UTF-8, or its folded form is
        longer than 2**30, and the message names the text.

    Notes
    -----
    Equal runs end at a boundary of units that both sides share if at most ``min_chars // 2`` code points stick out over
    it, and never inside a code point that folds to several; `near_repeats` joins those that continue each other.
    """
    check_limits(limits)
    check_threads(threads)
    check_spaces(folding)
    counts, found, repeats, pieces = [], [], [], []
    for row, text in enumerate(read_texts(texts)):
        aligned = align_with_itself(row, text, folding, limits)
        reported = findings(aligned, limits[0])
        counts.append((aligned.size, sum(finding.chars for finding in reported), body_copies(aligned).copies))
        found.append(rows_of(rows(aligned, reported), 9))
        repeats.append(rows_of(aligned.repeats, 6))
        pieces.append(rows_of(aligned.pieces, 4))
        if progress:
            progress(row + 1)
    return np.array(counts, np.int64).reshape(-1, 3), *joined(found, 9), *joined(repeats, 6), *joined(pieces, 4)


def clean_repeats(
    texts: Texts,
    folding: Folding,
    limits: tuple[int, int, int, int, int, int],
    scope: int,
    repeats: NDArray[np.int32],
    repeat_offsets: NDArray[np.int64],
    pieces: NDArray[np.int32],
    piece_offsets: NDArray[np.int64],
    threads: int,
    progress: Callable[[int], object] | None = None,
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int32], NDArray[np.int64]]:
    """Find which copies go from each of many texts, and why the others stay; see `neardup._reference.cleaning`.

    Parameters
    ----------
    texts, folding, limits, threads, progress
        See `find_repeats`.
    scope
        0: later printings of the body; 1: also passages; 2: also every paragraph.
    repeats, repeat_offsets, pieces, piece_offsets
        What `find_repeats` gave for the texts.

    Returns
    -------
    removed, removed_offsets
        int32, shape (r, 2): ``start, stop`` in code points of the text, ascending, disjoint and not touching.
    kept, kept_offsets
        int32, shape (k, 3): ``start, stop, reason`` of what is left of copies, in code points of the text; the reason
        counts `neardup._reference.cleaning.REASONS`.

    Raises
    ------
    ValueError
        As `find_repeats` does; or if the scope is none, or the alignment not that of the texts.
    """
    check_limits(limits)
    check_threads(threads)
    check_spaces(folding)
    if not 0 <= scope < len(SCOPES):
        raise ValueError("scope must be in [0, 2]")
    for offsets, aligned_rows in ((repeat_offsets, repeats), (piece_offsets, pieces)):
        _check_offsets(offsets, len(texts), len(aligned_rows))
    removed, kept = [], []
    for row, text in enumerate(read_texts(texts)):
        aligned = replace(
            segmented(row, text, folding),
            repeats=repeats[repeat_offsets[row] : repeat_offsets[row + 1]].tolist(),
            pieces=pieces[piece_offsets[row] : piece_offsets[row + 1]].tolist(),
        )
        _check_alignment(aligned)

        def align(rest: str, row: int = row) -> Aligned:
            return align_with_itself(row, rest, folding, limits)

        cleaning = clean(aligned, align, limits[0], SCOPES[scope])
        removed.append(rows_of(cleaning.removed, 2))
        kept.append(rows_of(cleaning.kept, 3))
        if progress:
            progress(row + 1)
    return *joined(removed, 2), *joined(kept, 3)


def _check_offsets(offsets: NDArray[np.int64], texts: int, count: int) -> None:
    if len(offsets) != texts + 1 or offsets[0] != 0 or offsets[-1] != count or (np.diff(offsets) < 0).any():
        raise ValueError("offsets must lead over the rows of every text")


def _check_alignment(aligned: Aligned) -> None:
    """Raise ValueError where repeats and pieces are not of a text like this."""
    settled = 0
    is_right = True
    for original, original_stop, copy, copy_stop, _, _ in aligned.repeats:
        is_right &= 0 <= original < original_stop <= copy < copy_stop <= aligned.size and settled <= copy
        settled = copy_stop
    last, places = 0, (0, 0)
    for index, original, copy, length in aligned.pieces:
        if not is_right or not last <= index < len(aligned.repeats) or length < 1:
            is_right = False
            break
        repeat = aligned.repeats[index]
        before = places if index == last and places != (0, 0) else (repeat[0], repeat[2])
        places = original + length, copy + length
        is_right = before[0] <= original and before[1] <= copy and places[0] <= repeat[1] and places[1] <= repeat[3]
        last = index
    if not is_right:
        raise ValueError("the alignment is not that of the text")
