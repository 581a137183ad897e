"""Texts on disk: mapped into memory, read where they lie by the kernels, and let go of again."""

from __future__ import annotations

import mmap
from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np

from neardup.inputs import text_column

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from neardup._typing import Column

MAX_FILE_BYTES = 2**31 - 1
"""Arrow's views count the bytes of a buffer in 32 bits."""

_INLINE_BYTES = 12
_VIEW = np.dtype([("size", "<i4"), ("prefix", "V4"), ("buffer", "<i4"), ("offset", "<i4")])


class MappedTexts:
    """Files of UTF-8 texts, one behind the other.

    Parameters
    ----------
    paths
        Of the files, at most `MAX_FILE_BYTES` each.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        self._maps: list[mmap.mmap | bytes] = [_mapped(path) for path in paths]

    def column(self, files: NDArray[np.int32], starts: NDArray[np.int64], sizes: NDArray[np.int64]) -> Column:
        """Give some of the texts to the kernels, without a copy.

        Parameters
        ----------
        files
            For each text the number of its file.
        starts, sizes
            Where it begins there, and its bytes.
        """
        import pyarrow as pa

        views = np.zeros(len(files), _VIEW)
        views["size"] = sizes
        views["buffer"], views["offset"] = files, starts
        buffers = [np.frombuffer(each, np.uint8) for each in self._maps]
        raw = views.view(np.uint8).reshape(len(views), _VIEW.itemsize)
        for file in np.unique(files).tolist():
            rows = np.flatnonzero(files == file)
            _fill(raw, rows, buffers[file], starts[rows], sizes[rows])
        array = pa.Array.from_buffers(
            pa.string_view(), len(views), [None, pa.py_buffer(views), *map(pa.py_buffer, self._maps)]
        )
        return text_column(array)

    def let_go(self) -> None:
        """Take the pages that were read out of the memory of this process; they can be read again."""
        for each in self._maps:
            if isinstance(each, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
                each.madvise(mmap.MADV_DONTNEED)

    def close(self) -> None:
        """Close the files; no column of them is used any more."""
        for each in self._maps:
            if isinstance(each, mmap.mmap):
                with suppress(BufferError):  # something still holds it, and closes it then
                    each.close()
        self._maps.clear()


def _mapped(path: Path) -> mmap.mmap | bytes:
    with path.open("rb") as file:
        # An empty file cannot be mapped.
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if path.stat().st_size else b""


def _fill(
    raw: NDArray[np.uint8],
    rows: NDArray[np.intp],
    data: NDArray[np.uint8],
    starts: NDArray[np.int64],
    sizes: NDArray[np.int64],
) -> None:
    """Write what a view holds of its text: all of a short one, else its first four bytes."""
    is_short = sizes <= _INLINE_BYTES
    raw[rows[is_short], 4:] = 0
    for column in range(_INLINE_BYTES):
        has = (column < sizes) & (is_short | (column < 4))
        raw[rows[has], 4 + column] = data[starts[has] + column]
