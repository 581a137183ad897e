"""Lines by blocks: many at once, so that what looks at them can look at all of them together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

import numpy as np

from neardup.io.bounded import endless, is_endless, too_much

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

BLOCK_BYTES = 1 << 20
_BREAK = ord("\n")


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Lines that stand one behind the other in a file.

    Attributes
    ----------
    first
        The number of the first one, from 1.
    data
        They, with their line breaks; None for one that is too long.
    ends
        int64: where each ends, behind its line break.
    """

    first: int
    data: bytes | None
    ends: NDArray[np.int64]

    @property
    def stop(self) -> int:
        """The number of the line behind the last one."""
        return self.first + len(self.ends)

    @property
    def starts(self) -> NDArray[np.int64]:
        """Where each begins."""
        return np.concatenate([[0], self.ends[:-1]])

    def lines(self) -> Iterator[tuple[int, bytes | None]]:
        """Give the lines one by one, with their line breaks, each with its number."""
        bounds = zip(self.starts.tolist(), self.ends.tolist(), strict=True)
        for number, (start, stop) in enumerate(bounds, start=self.first):
            yield number, None if self.data is None else self.data[start:stop]

    def at(self, numbers: NDArray[np.int64]) -> Iterator[bytes]:
        """Give some of the lines, by their numbers."""
        assert self.data is not None
        rows = numbers - self.first
        for start, stop in zip(self.starts[rows].tolist(), self.ends[rows].tolist(), strict=True):
            yield self.data[start:stop]

    def runs(self, numbers: NDArray[np.int64]) -> Iterator[bytes | memoryview]:
        """Give some of the lines, by their numbers, those that follow each other together and without a copy."""
        assert self.data is not None
        if len(numbers):
            is_first = np.concatenate([[True], np.diff(numbers) > 1])
            firsts, lasts = numbers[is_first] - self.first, numbers[np.append(is_first[1:], True)] - self.first
            view = memoryview(self.data)
            for start, stop in zip(self.starts[firsts].tolist(), self.ends[lasts].tolist(), strict=True):
                yield view[start:stop]

    def cut(self, size: int) -> Iterator[Block]:
        """Give them in parts of so many."""
        for begin in range(0, len(self.ends), size):
            yield self._part(begin, min(begin + size, len(self.ends)))

    def bounded(self, longest: int) -> Iterator[Block]:
        """Give them with those alone that are too long."""
        long = np.flatnonzero(np.diff(self.ends, prepend=0) > longest).tolist()
        for begin, row in zip([0, *(row + 1 for row in long)], [*long, len(self.ends)], strict=True):
            if begin < row:
                yield self._part(begin, row)
            if row < len(self.ends):
                yield Block(self.first + row, None, self._part(row, row + 1).ends)

    def _part(self, begin: int, stop: int) -> Block:
        start, ends = int(self.ends[begin - 1]) if begin else 0, self.ends[begin:stop]
        data = self.data
        if data is not None and stop - begin < len(self.ends):
            data = data[start : int(ends[-1])]
        return Block(self.first + begin, data, ends - start)


def read_blocks(file: IO[bytes], longest: int, most: int | None = None, size: int = BLOCK_BYTES) -> Iterator[Block]:
    """Give the lines of a file, about `size` bytes of them at a time; a line of more than `longest` bytes stands alone.

    Where they are cut depends on what is in the file alone, and what was read before a fault is given.

    Raises
    ------
    InputError
        As `neardup.io.bounded.read_lines`.
    """
    first, total, begun = 1, 0, 0
    held: list[bytes] = []  # of the line that is not whole yet, which has `begun` bytes
    for piece in _pieces(file, size):
        total += len(piece)
        is_over = most is not None and total > most
        is_last = len(piece) < size and not is_over
        if is_over and most is not None:
            piece = piece[: max(0, len(piece) - (total - most))]
        stop = piece.find(b"\n") + 1
        if begun + (stop or len(piece)) > longest:
            held.clear()
            if stop:
                yield Block(first, None, np.array([begun + stop]))
                first, begun, piece = first + 1, 0, piece[stop:]
        last = len(piece) if is_last and begun + len(piece) <= longest else piece.rfind(b"\n") + 1
        if last:
            block = _block(first, b"".join([*held, piece[:last]]))
            yield from block.bounded(longest)
            first, begun, piece = block.stop, 0, piece[last:]
            held.clear()
        begun += len(piece)
        if begun <= longest:
            held.append(piece)
        if is_over and most is not None:
            raise too_much(most, first)
        if is_endless(begun, longest):
            raise endless(longest, first)
    if begun:
        yield Block(first, b"".join(held) if begun <= longest else None, np.array([begun]))


def _block(first: int, data: bytes) -> Block:
    ends = np.flatnonzero(np.frombuffer(data, np.uint8) == _BREAK) + 1
    return Block(first, data, ends if data[-1] == _BREAK else np.append(ends, len(data)))


def _pieces(file: IO[bytes], size: int) -> Iterator[bytes]:
    """Read pieces of one size but for the last; before a fault that one has the lines that are whole."""
    read = getattr(file, "read1", file.read)  # no more than was read before a fault is lost
    parts: list[bytes] = []
    left = size
    try:
        while part := read(left):
            parts.append(part)
            left -= len(part)
            if not left:
                yield parts[0] if len(parts) == 1 else b"".join(parts)
                parts, left = [], size
    except Exception:
        data = b"".join(parts)
        if last := data.rfind(b"\n") + 1:
            yield data[:last]
        raise
    if parts:
        yield b"".join(parts)
