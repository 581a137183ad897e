"""Texts on disk: mapped into memory, read where they lie by the kernels, and let go of again."""

from __future__ import annotations

import mmap
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np

from neardup.inputs import text_column

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from neardup._typing import Column
    from neardup.jobs.workspace import Workspace

MAX_FILE_BYTES = 2**31 - 1
"""Arrow's views count the bytes of a buffer in 32 bits."""

_WRITTEN_AT_ONCE = 64
_INLINE_BYTES, _PREFIX_BYTES = 12, 4
_VIEW = np.dtype([("size", "<i4"), ("prefix", "V4"), ("buffer", "<i4"), ("offset", "<i4")])


class StoredTexts:
    """The texts of a stage of a job, by the positions of their documents.

    Parameters
    ----------
    work
        Where they are.
    stage
        What `write_texts` was told.
    chunks
        How many it was told. Where one of them is not there, `otherwise` has the texts.
    """

    def __init__(self, work: Workspace, stage: str, chunks: int, otherwise: str = "") -> None:
        stages = [stage if work.has(stage, number) else otherwise for number in range(chunks)]
        self._sizes = [work.read(each, number, "sizes")["sizes"] for number, each in enumerate(stages)]
        self._maps = [_mapped(work.path(each, number, ".bin")) for number, each in enumerate(stages)]
        self._ends = np.cumsum([len(sizes) for sizes in self._sizes], dtype=np.int64)

    def __len__(self) -> int:
        """Count them."""
        return int(self._ends[-1]) if len(self._ends) else 0

    def column(self, rows: NDArray[np.int64]) -> Column:
        """Give some of the texts to the kernels, without a copy."""
        import pyarrow as pa

        views = np.zeros(len(rows), _VIEW)
        raw = views.view(np.uint8).reshape(len(views), _VIEW.itemsize)
        files = self._ends.searchsorted(rows, side="right")
        for file in np.unique(files).tolist():
            chosen = np.flatnonzero(files == file)
            sizes = self._sizes[file]
            within = rows[chosen] - (self._ends[file] - len(sizes))
            starts = (np.cumsum(sizes) - sizes)[within]
            _fill(raw, chosen, np.frombuffer(self._maps[file], np.uint8), starts, sizes[within])
            _let_go(self._maps[file])
        views["buffer"] = np.where(views["size"] > _INLINE_BYTES, files, views["buffer"])
        buffers = [None, pa.py_buffer(views), *map(pa.py_buffer, self._maps)]
        return text_column(pa.Array.from_buffers(pa.string_view(), len(views), buffers))

    def let_go(self) -> None:
        """Take the pages that were read out of the memory of this process; they can be read again."""
        for each in self._maps:
            _let_go(each)

    def close(self) -> None:
        """Close the files; no column of them is used any more."""
        for each in self._maps:
            if isinstance(each, mmap.mmap):
                with suppress(BufferError):  # something still holds it, and closes it then
                    each.close()
        self._maps.clear()


def write_texts(work: Workspace, stage: str, number: int, texts: Any) -> None:  # noqa: ANN401 - pyarrow has no types
    """Write texts one behind the other: a list, or an Arrow array of ``large_string``."""
    if isinstance(texts, list):
        sizes = np.empty(len(texts), np.int64)
        pieces: Any = _encoded(texts, sizes)
    else:
        _, offsets, data = texts.buffers()
        bounds = np.frombuffer(offsets or bytes(8), np.int64)[texts.offset :][: len(texts) + 1]
        pieces, sizes = [memoryview(data)[bounds[0] : bounds[-1]]] if data else [], np.diff(bounds)
    work.write_bytes(stage, number, ".bin", pieces)
    work.write(stage, number, sizes=sizes)


def _let_go(data: mmap.mmap | bytes) -> None:
    if isinstance(data, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        data.madvise(mmap.MADV_DONTNEED)


def _encoded(texts: list[str], sizes: NDArray[np.int64]) -> Iterator[bytes]:
    """Give texts in UTF-8, many at once: to write many small pieces costs more; and fill in how large they are."""
    for begin in range(0, len(texts), _WRITTEN_AT_ONCE):
        pieces = [text.encode() for text in texts[begin : begin + _WRITTEN_AT_ONCE]]
        sizes[begin : begin + len(pieces)] = list(map(len, pieces))
        yield b"".join(pieces)


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
    """Write views of texts of one file: the size, and all of a short one, else its first four bytes and its start."""
    views = raw.view(_VIEW).ravel()
    views["size"][rows], views["offset"][rows] = sizes, np.where(sizes > _INLINE_BYTES, starts, 0)
    for place in range(_INLINE_BYTES):
        has = (place < sizes) & ((sizes <= _INLINE_BYTES) | (place < _PREFIX_BYTES))
        raw[rows[has], 4 + place] = data[starts[has] + place]
