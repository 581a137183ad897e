"""How much room on the disk a job needs, as far as a look at its inputs tells."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from neardup.errors import NeardupError
from neardup.io.compression import compression_of
from neardup.io.opening import opened
from neardup.io.parquet import parquet_file
from neardup.jobs.indexes import size_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from neardup.io.sources import Source
    from neardup.jobs.outputs import Target

    Needed = tuple[str, Path, int]

_TRIED_BYTES = 1 << 22
_SKETCHED = 0.4
"""What part of the texts the sketches take; rough."""


def room_for_texts(folder: Path, sources: Iterable[Source], copies: int) -> Iterator[Needed]:
    """Say how many bytes the folder of a job needs, with so many copies of the texts."""
    size = unpacked_bytes(sources)
    yield "texts", folder, copies * size
    yield "sketches", folder, int(_SKETCHED * size)


def room_for_outputs(output: str, targets: Iterable[Target], sources: Sequence[Source]) -> Iterator[Needed]:
    """Say how many bytes the outputs need: about those of the inputs, as they are packed."""
    is_packed = all(target.compression or target.kind == "parquet" for target in targets)
    size = sum(source.path.stat().st_size for source in sources if source.path)
    yield "output", Path(output), size if is_packed else unpacked_bytes(sources)


def unpacked_bytes(sources: Iterable[Source]) -> int:
    """Give about how many bytes files have when they are unpacked.

    The others of a kind are taken to be packed as densely as the largest one.
    """
    kinds: dict[str, list[tuple[int, Source]]] = {}
    for source in sources:
        if source.path:
            kinds.setdefault(_packing(source), []).append((size_of(source), source))
    total = 0.0
    for packing, files in kinds.items():
        size, largest = max(files, key=lambda each: each[0])
        ratio = 1.0
        if packing and size:
            with suppress(NeardupError):  # it is named when it is read
                ratio = (_of_parquet(largest) if packing == ".parquet" else _of_stream(largest)) / size
        total += ratio * sum(size for size, _ in files)
    return int(total)


def _packing(source: Source) -> str:
    if source.kind == "index":  # a document takes about as much there as its text does unpacked
        return ""
    suffix = source.name.suffix.lower()
    return suffix if suffix == ".parquet" else source.compression or compression_of(source.name)


def _of_parquet(source: Source) -> float:
    assert source.path is not None
    with opened(source), parquet_file(source.path) as table:
        metadata = table.metadata
        return float(sum(metadata.row_group(group).total_byte_size for group in range(metadata.num_row_groups)))


def _of_stream(source: Source) -> float:
    """Read the start of a file, and take the rest to be like it."""
    assert source.path is not None
    with opened(source) as stream:
        read = 0
        while read < _TRIED_BYTES and (data := stream.file.read(_TRIED_BYTES - read)):
            read += len(data)
        return read * source.path.stat().st_size / max(1, stream.position())
