"""Near repeats in plain Python: the specification of the native ones."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from neardup._reference.align import Aligner, Piece, merged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

MAX_RETRIED = 8
"""The most links of refused chains in a later chain; without it, a long sparse chain is aligned again from each of its
links."""

UNLIKE_GROWTHS = 2
"""The most steps by which a repeat grows while it is too sparse."""


def near_repeats(
    codes: NDArray[np.uint32],
    positions: NDArray[np.int32],
    boundaries: NDArray[np.int32],
    exact: NDArray[np.int32],
    seeds: NDArray[np.int32],
    limits: tuple[int, int, int, int, int, int],
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Join equal runs that continue each other across small edits.

    Parameters
    ----------
    codes, boundaries
        As for `equal_runs`.
    positions
        Of each code, the index of the code point that it came from; repeats start and stop between code points.
    exact, seeds
        Runs as `equal_runs` gives them: those to report, and shorter ones that count where they join others.
    limits
        The fields of `neardup.repeats.limits.NearLimits`.

    Returns
    -------
    repeats
        int32, shape (n, 6): ``original, original_stop, copy, copy_stop, period, matched``, ascending, copies disjoint.
        They hold every exact run; the copies of those that match in full hold nothing else.
    pieces
        int32, shape (m, 4): ``repeat, original, copy, length`` of the stretches that are equal, ascending; none
        for repeats with a period.
    """
    limits = _Limits(*limits)
    if not 0 <= limits.max_gap <= 255:
        raise ValueError("max_gap must be in [0, 255]")
    if len(positions) != len(codes):
        raise ValueError("every code must have a position")
    for runs in (exact, seeds):
        check_runs(runs, len(codes))
        if (runs[1:, 2] < runs[:-1, 3]).any():
            raise ValueError("runs must be ascending and disjoint")
    finder = _NearFinder(codes.tolist(), positions.tolist(), boundaries.tolist(), limits)
    finder.gather(exact.tolist(), seeds.tolist())
    finder.chain()
    finder.extract()
    repeats: list[_Repeat] = []
    for repeat in sorted(finder.repeats, key=lambda repeat: repeat.copy):
        if not (repeats and finder.join(repeats[-1], repeat)):
            repeats.append(repeat)
    rows = [(r.original, r.original_stop, r.copy, r.copy_stop, r.period, r.matched) for r in repeats]
    pieces = [(index, *piece) for index, repeat in enumerate(repeats) for piece in repeat.pieces]
    return np.array(rows, np.int32).reshape(-1, 6), np.array(pieces, np.int32).reshape(-1, 4)


def check_runs(runs: NDArray[np.int32], size: int) -> None:
    """Raise ValueError where runs do not lie in a text of `size` codes, each after its original."""
    original, _, copy, copy_stop, _ = runs.T
    if ((original < 0) | (copy <= original) | (copy_stop < copy) | (copy_stop > size)).any():
        raise ValueError("runs must lie in the text, each after its original")


@dataclass(slots=True)
class _Link:
    piece: Piece
    is_exact: bool
    stretch: int  # no chain leads from one stretch to another: periodic runs lie between
    score: int
    chain_copy: int  # where its chain starts
    before: int = -1  # the link it continues
    is_taken: bool = False
    is_refused: bool = False


@dataclass(slots=True)
class _Repeat:
    original: int
    original_stop: int
    copy: int
    copy_stop: int
    period: int
    matched: int
    pieces: list[Piece] = field(default_factory=list)


class _Limits(NamedTuple):
    min_chars: int
    max_gap: int
    min_piece: int
    min_score: int
    max_stray: int
    similarity_percent: int


class _NearFinder:
    def __init__(
        self, codes: Sequence[int], positions: Sequence[int], boundaries: Sequence[int], limits: _Limits
    ) -> None:
        self.aligner = Aligner(codes, positions)
        self.size = len(codes)
        self.boundaries = boundaries
        self.limits = limits
        self.is_copy = [False] * len(codes)  # in copies of exact runs and of repeats
        self.links: list[_Link] = []
        self.repeats: list[_Repeat] = []

    def gather(self, exact: list[list[int]], seeds: list[list[int]]) -> None:
        """Order all pieces by their copies: the exact runs, and of the seeds what lies beside them."""
        pieces = []
        for original, original_stop, copy, copy_stop, period in exact:
            if period:
                length = copy_stop - copy
                self.repeats.append(_Repeat(original, original_stop, copy, copy_stop, period, length))
            else:
                pieces.append((Piece(original, copy, copy_stop - copy), True))
        starts, stops = [run[2] for run in exact], [run[3] for run in exact]
        for original, _, copy, copy_stop, period in seeds:
            if period:
                continue
            meeting = range(bisect_right(stops, copy), bisect_left(starts, copy_stop))
            edges = [copy, *(edge for i in meeting for edge in (starts[i], stops[i])), copy_stop]
            for start, stop in zip(edges[::2], edges[1::2], strict=True):
                if stop - start >= self.limits.min_piece:
                    pieces.append((Piece(original + start - copy, start, stop - start), False))
        pieces.sort(key=lambda piece: piece[0].copy)
        periodic = [repeat.copy for repeat in self.repeats]
        self.links = [
            _Link(piece, is_exact, bisect_left(periodic, piece.copy), piece.length, piece.copy)
            for piece, is_exact in pieces
        ]

    def chain(self) -> None:
        """Find the best chain that ends in each link: what it matches, less half of its gaps."""
        for j, link in enumerate(self.links):
            for i in range(j - 1, -1, -1):
                before = self.links[i]
                copy_gap = link.piece.copy - before.piece.copy_stop
                if copy_gap > self.limits.max_gap or before.stretch != link.stretch:
                    break
                original_gap = link.piece.original - before.piece.original_stop
                overlap = max(0, -original_gap)
                if original_gap > self.limits.max_gap or overlap >= link.piece.length:
                    continue
                if link.piece.original_stop > before.chain_copy:
                    continue
                score = before.score + link.piece.length - 2 * overlap - max(copy_gap, original_gap) // 2
                if score > link.score:
                    link.score, link.before, link.chain_copy = score, i, before.chain_copy

    def extract(self) -> None:
        """Take chains, the best first, each with all links between its ends, then the exact runs that are left.

        A close seed may be a chain by itself.
        """
        for repeat in self.repeats:
            self.mark(repeat.copy, repeat.copy_stop)
        for link in self.links:
            if link.is_exact:
                self.mark(link.piece.copy, link.piece.copy_stop)
        links = self.links
        may_grow = [link.before >= 0 or self.is_close(link) for link in links]
        ends = [i for i, link in enumerate(links) if may_grow[i] and link.score >= self.limits.min_score]
        for end in sorted(ends, key=lambda i: -links[i].score):
            if links[end].is_taken:
                continue
            whole = self.chain_to(end)
            chain = self.trimmed(whole)
            may_grow_here = len(chain) > 1 or (len(chain) == 1 and self.is_close(links[chain[0]]))
            if may_grow_here and self.add(self.joined(chain), is_chain=True):
                taken = self.repeats[-1]
                for link in links:
                    if link.piece.copy_stop > taken.copy and link.piece.copy < taken.copy_stop:
                        link.is_taken = True
            else:
                for i in whole:
                    links[i].is_refused = True
        for link in links:
            if link.is_exact and not link.is_taken:
                self.add([link.piece], is_chain=False)

    def chain_to(self, end: int) -> list[int]:
        """Give the links of the best chain that ends in one, as far as they are free."""
        chain, retried = [end], int(self.links[end].is_refused)
        while (before := self.links[chain[-1]].before) >= 0:
            retried += self.links[before].is_refused
            if retried > MAX_RETRIED or any(link.is_taken for link in self.links[before : chain[-1]]):
                break
            chain.append(before)
        return chain[::-1]

    def is_close(self, link: _Link) -> bool:
        """Tell a seed so near to its original that the paragraph around it may be an edited copy of the one before."""
        return not link.is_exact and link.piece.copy - link.piece.original <= 2 * self.limits.max_gap

    def mark(self, start: int, stop: int) -> None:
        self.is_copy[start:stop] = [True] * (stop - start)

    def trimmed(self, chain: list[int]) -> list[int]:
        """Leave out short links that a unit which both sides start separates from the rest."""
        pieces = [self.links[i].piece for i in chain]
        first, stop = 0, len(chain)
        while first < stop and self.is_stray(pieces[first], pieces[first].original_stop, pieces[first].copy_stop):
            first += 1
        while stop > first and self.is_stray(pieces[stop - 1], pieces[stop - 1].original, pieces[stop - 1].copy):
            stop -= 1
        return chain[first:stop]

    def is_stray(self, piece: Piece, original: int, copy: int) -> bool:
        is_shared = self.boundary_before(original) == original and self.boundary_before(copy) == copy
        return piece.length <= self.limits.max_stray and is_shared

    def joined(self, chain: list[int]) -> list[Piece]:
        """Give the pieces of a chain and what is equal in the gaps between them."""
        pieces = [self.links[chain[0]].piece]
        for i in chain[1:]:
            last, following = pieces[-1], self.links[i].piece
            overlap = max(0, last.original_stop - following.original)
            original, copy = following.original + overlap, following.copy + overlap
            pieces += self.aligner.common(last.original_stop, original, last.copy_stop, copy)
            pieces.append(Piece(original, copy, following.length - overlap))
        return merged(pieces)

    def add(self, pieces: list[Piece], *, is_chain: bool) -> bool:
        """Add the repeat that these pieces are, stretched to units, if it matches enough."""
        while pieces and self.aligner.splits_code_point(pieces[0].original, pieces[0].copy):
            original, copy, length = pieces[0]
            pieces[:1] = [Piece(original + 1, copy + 1, length - 1)] if length > 1 else []
        while pieces and self.aligner.splits_code_point(pieces[-1].original_stop, pieces[-1].copy_stop):
            original, copy, length = pieces[-1]
            pieces[-1:] = [Piece(original, copy, length - 1)] if length > 1 else []
        if not pieces:
            return False
        first, last, matched = pieces[0], pieces[-1], sum(piece.length for piece in pieces)
        unstretched = _Repeat(first.original, last.original_stop, first.copy, last.copy_stop, 0, matched, pieces)
        repeat = replace(unstretched)
        left = UNLIKE_GROWTHS
        while (is_similar := self.is_similar(repeat)) or left:
            left -= not is_similar
            if not (self.grow_start(repeat) or self.grow_stop(repeat)):
                break
        self.stretch_to_start(repeat)
        self.stretch_to_stop(repeat)
        if not self.is_similar(repeat):
            if is_chain:
                return False
            repeat = unstretched
        if repeat.matched < self.limits.min_chars and is_chain:
            return False
        self.mark(repeat.copy, repeat.copy_stop)
        self.repeats.append(repeat)
        return True

    def grow_start(self, repeat: _Repeat) -> bool:
        """Add what goes on alike before a repeat, at most ``max_gap`` codes; tell whether there was any."""
        room = min(self.limits.max_gap, repeat.copy - repeat.original_stop)
        columns = next((k for k in range(room) if self.is_copy[repeat.copy - k - 1]), room)
        room = min(self.limits.max_gap, repeat.original)
        rows, reached = self.aligner.reach(repeat.original, repeat.copy, -1, room, columns, self.limits.min_piece)
        if rows:
            original, copy = repeat.original - rows, repeat.copy - reached
            self.add_before(repeat, self.aligner.common(original, repeat.original, copy, repeat.copy), original, copy)
        return rows > 0

    def grow_stop(self, repeat: _Repeat) -> bool:
        """Do the same behind it."""
        room = min(self.limits.max_gap, self.size - repeat.copy_stop)
        columns = next((k for k in range(room) if self.is_copy[repeat.copy_stop + k]), room)
        room = min(self.limits.max_gap, repeat.copy - repeat.original_stop)
        rows, reached = self.aligner.reach(
            repeat.original_stop, repeat.copy_stop, 1, room, columns, self.limits.min_piece
        )
        if rows:
            stop, copy_stop = repeat.original_stop + rows, repeat.copy_stop + reached
            added = self.aligner.common(repeat.original_stop, stop, repeat.copy_stop, copy_stop)
            self.add_behind(repeat, added, stop, copy_stop)
        return rows > 0

    def stretch_to_start(self, repeat: _Repeat) -> None:
        """Stretch to where the units start in which original and copy start, if what is added is half alike."""
        original, copy = self.boundary_before(repeat.original), self.boundary_before(repeat.copy)
        if copy >= repeat.original_stop:
            added = self.alike(original, repeat.original, copy, repeat.copy)
            if added is not None:
                self.add_before(repeat, added, original, copy)

    def stretch_to_stop(self, repeat: _Repeat) -> None:
        """Do the same at its end."""
        original, copy = self.boundary_from(repeat.original_stop), self.boundary_from(repeat.copy_stop)
        if original <= repeat.copy:
            added = self.alike(repeat.original_stop, original, repeat.copy_stop, copy)
            if added is not None:
                self.add_behind(repeat, added, original, copy)

    def alike(self, original: int, original_stop: int, copy: int, copy_stop: int) -> list[Piece] | None:
        """Give what is equal in two stretches to add to a repeat, if they are short, free and half alike."""
        lengths = original_stop - original, copy_stop - copy
        if min(lengths) == 0 or max(lengths) > self.limits.max_gap or any(self.is_copy[copy:copy_stop]):
            return None
        added = self.aligner.common(original, original_stop, copy, copy_stop)
        is_alike = max(lengths) <= self.limits.max_stray or 2 * len(added) >= max(lengths)
        return added if is_alike else None

    def add_before(self, repeat: _Repeat, added: list[Piece], original: int, copy: int) -> None:
        repeat.original, repeat.copy = original, copy
        repeat.matched += len(added)
        repeat.pieces = merged([*added, *repeat.pieces])

    def add_behind(self, repeat: _Repeat, added: list[Piece], original_stop: int, copy_stop: int) -> None:
        repeat.original_stop, repeat.copy_stop = original_stop, copy_stop
        repeat.matched += len(added)
        repeat.pieces = merged([*repeat.pieces, *added])

    def join(self, repeat: _Repeat, following: _Repeat) -> bool:
        """Make ``following`` part of ``repeat`` if it continues it."""
        original_gap, copy_gap = following.original - repeat.original_stop, following.copy - repeat.copy_stop
        if (
            repeat.period
            or following.period
            or original_gap < 0
            or following.original_stop > repeat.copy
            or max(original_gap, copy_gap) > self.limits.max_gap
            or min(repeat.matched, following.matched) < self.limits.min_chars
        ):
            return False
        between = self.aligner.common(repeat.original_stop, following.original, repeat.copy_stop, following.copy)
        matched = repeat.matched + len(between) + following.matched
        whole = replace(
            repeat,
            original_stop=following.original_stop,
            copy_stop=following.copy_stop,
            matched=matched,
            pieces=merged([*repeat.pieces, *between, *following.pieces]),
        )
        if self.is_similar(whole):
            repeat.original_stop, repeat.copy_stop = whole.original_stop, whole.copy_stop
            repeat.matched, repeat.pieces = whole.matched, whole.pieces
        return self.is_similar(whole)

    def is_similar(self, repeat: _Repeat) -> bool:
        both = repeat.original_stop - repeat.original + repeat.copy_stop - repeat.copy
        return 200 * repeat.matched >= self.limits.similarity_percent * both

    def boundary_before(self, position: int) -> int:
        above = bisect_right(self.boundaries, position)
        return self.boundaries[above - 1] if above else 0

    def boundary_from(self, position: int) -> int:
        found = bisect_left(self.boundaries, position)
        return self.boundaries[found] if found < len(self.boundaries) else self.size
