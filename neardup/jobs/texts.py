"""Texts on disk: mapped into memory, read where they lie by the kernels, and let go of again."""

from __future__ import annotations

import mmap
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np

from neardup.inputs import text_column

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neardup._typing import Column
    from neardup.jobs.workspace import Workspace

MAX_FILE_BYTES = 2**31 - 1
"""Arrow's views count the bytes of a buffer in 32 bits."""

_OTHER_FILES = 512
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
        _allow_open_files(chunks)
        stages = [stage if work.has(stage, number) else otherwise for number in range(chunks)]
        found = [work.read(each, number) for number, each in enumerate(stages)]
        self._sizes = [each["sizes"].astype(np.int32) for each in found]
        self._maps = [
            work.mapped(stages[number], number, ".bin", int(each["sizes"].sum()), int(each["checksum"]))
            for number, each in enumerate(found)
        ]
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
        pieces: list[bytes] = [text.encode() for text in texts]
        data: Any = b"".join(pieces)
        sizes = np.fromiter(map(len, pieces), np.int64, len(pieces))
    else:
        _, offsets, held = texts.buffers()
        bounds = np.frombuffer(offsets or bytes(8), np.int64)[texts.offset :][: len(texts) + 1]
        data, sizes = memoryview(held or b"")[bounds[0] : bounds[-1]], np.diff(bounds)
    checksum = work.write_bytes(stage, number, ".bin", data)
    work.write(stage, number, sizes=sizes, checksum=np.array(checksum, np.uint64))


def _allow_open_files(count: int) -> None:
    """Raise what the system lets a process open without asking, if it is less: a mapped file is an open one."""
    try:
        import resource
    except ImportError:  # a system without such limits
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count + _OTHER_FILES if hard == resource.RLIM_INFINITY else min(count + _OTHER_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _let_go(data: mmap.mmap | bytes) -> None:
    if isinstance(data, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        data.madvise(mmap.MADV_DONTNEED)


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
