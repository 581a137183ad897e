"""The first stage: every input is read once, and of each document its text and its sketch go to the disk."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

import numpy as np

from neardup.boilerplate import without_boilerplate
from neardup.errors import NeardupError
from neardup.inputs import text_column, texts_at
from neardup.jobs.indexes import read_index
from neardup.jobs.inputs import BATCH_BYTES, read_batches
from neardup.jobs.texts import write_texts
from neardup.jobs.workspace import plain
from neardup.minhash import band_keys
from neardup.repeats.find import DEFAULT_MIN_CHARS, find_repeats_batch
from neardup.sketches import Sketches
from neardup.spans import without

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from neardup._typing import Column, Id, Scope
    from neardup.config import Config
    from neardup.io.sources import Source
    from neardup.jobs.inputs import Batch, Wanted
    from neardup.jobs.options import Options
    from neardup.jobs.workspace import Arrays, Workspace
    from neardup.spans import Stretch

READ, SKETCH, TEXTS, OWN, IDS, TITLES = "read", "sketch", "texts", "own", "ids", "titles"
CHUNK_DOCUMENTS = 1 << 16

_BYTES_A_CHAR = 3
"""Of Chinese in UTF-8."""


@dataclass(slots=True)
class Chunk:
    """Documents that are read, before they are sketched.

    Attributes
    ----------
    first
        Where it begins: the number of the source, and how many batches of it came before.
    batches
        What was read, each with the number of its source.
    failed
        What is wrong with sources as a whole, each with its number.
    """

    first: tuple[int, int]
    batches: list[tuple[int, Batch]] = field(default_factory=list)
    failed: list[tuple[int, NeardupError]] = field(default_factory=list)
    documents: int = 0
    bytes: int = 0
    stop: tuple[int, int] = (0, 0)

    def add(self, source: int, batch: Batch) -> None:
        """Take a batch."""
        self.batches.append((source, batch))
        self.documents += len(batch.texts)
        is_listed = isinstance(batch.texts, list)
        self.bytes += _BYTES_A_CHAR * sum(map(len, batch.texts)) if is_listed else batch.texts.nbytes

    @property
    def position(self) -> int:
        """How far the last source is read, in bytes on the disk; 0 if it is done."""
        return self.batches[-1][1].position if self.batches and self.stop[1] else 0

    def ids(self) -> list[Id]:
        """Give the ids: those of the id field, or ``file:line``."""
        own = ((batch.source.id, batch.numbers.tolist(), batch.ids) for _, batch in self.batches)
        named = (
            [f"{name}:{number}" if number else name for number in numbers] if ids is None else ids
            for name, numbers, ids in own
        )
        return list(chain.from_iterable(named))

    def titles(self) -> list[str]:
        """Give the titles; one that is not known is empty."""
        return list(chain.from_iterable(batch.titles or [""] * len(batch.numbers) for _, batch in self.batches))

    def values(self, name: str) -> list[Any]:
        """Give what the documents have in a field of a batch; nothing if that was not asked for."""
        return list(chain.from_iterable(getattr(batch, name) or () for _, batch in self.batches))


def read_chunks(
    sources: Sequence[Source], options: Options, first: tuple[int, int], chunk_bytes: int
) -> Iterator[Chunk]:
    """Read sources from some place on, and cut what they hold into chunks.

    Where they are cut depends on what they hold and on `chunk_bytes`, not on the place from which on they are read, if
    a chunk began there.
    """
    chunk = Chunk(first)
    for number in range(first[0], len(sources)):
        skipped = first[1] if number == first[0] else 0
        batches = skipped
        try:
            for batch in islice(_batches(sources[number], options.wanted), skipped, None):
                batches += 1
                if options.strict and batch.rejects:
                    raise batch.rejects[0].error
                chunk.add(number, batch)
                if chunk.bytes >= chunk_bytes or chunk.documents >= CHUNK_DOCUMENTS:
                    chunk.stop = (number, batches)
                    yield chunk
                    chunk = Chunk(chunk.stop)
        except NeardupError as error:
            if options.strict:
                raise
            chunk.failed.append((number, error))
    chunk.stop = (len(sources), 0)
    yield chunk


def _batches(source: Source, wanted: Wanted) -> Iterator[Batch]:
    return read_index(source, wanted, BATCH_BYTES) if source.kind == "index" else read_batches(source, wanted)


@dataclass(frozen=True, slots=True)
class Sketcher:
    """What is done with every chunk.

    Attributes
    ----------
    work
        Where it goes.
    wanted
        What was read.
    config
        What the sketches are made with; its boilerplate is taken out first.
    scope
        What of its own copies is taken out of each text before; None for nothing. See `neardup.DocumentRepeats.clean`.
    min_chars
        See `neardup.find_repeats`.
    threads
        Of the kernels.
    """

    work: Workspace
    wanted: Wanted
    config: Config
    scope: Scope | None = None
    min_chars: int = DEFAULT_MIN_CHARS
    threads: int | None = None

    def read(self, number: int, chunk: Chunk) -> Column:
        """Write the texts of a chunk and what is known of its documents; give the texts."""
        texts = joined([batch.texts for _, batch in chunk.batches])
        removed: Sequence[Sequence[Stretch]] = ()
        if self.scope:
            texts, removed = cleaned(texts, self.scope, self.min_chars, self.threads)
        write_texts(self.work, TEXTS, number, texts)
        has_index, fields = self.wanted.has_index, self.wanted.fields
        ids = chunk.ids() if has_index or fields.id is not None else []
        if has_index or fields.id is not None:
            write_texts(self.work, IDS, number, list(map(str, ids)))
        if has_index or fields.title is not None:
            write_texts(self.work, TITLES, number, chunk.titles())
        self.work.write(READ, number, **described(chunk, ids, removed))
        return text_column(texts)

    def sketch(self, number: int, texts: Column) -> None:
        """Write the sketches of the texts of a chunk, and the texts again where boilerplate was taken out."""
        own = without_boilerplate(texts, self.config.boilerplate, self.threads)
        if own is not texts:
            write_texts(self.work, OWN, number, list(texts_at(own, np.arange(len(own)))))
        self.work.write(SKETCH, number, **sketched(own, self.config, self.threads))


def cleaned(
    texts: Any,  # noqa: ANN401 - pyarrow has no types
    scope: Scope,
    min_chars: int,
    threads: int | None,
) -> tuple[list[str], list[tuple[Stretch, ...]]]:
    """Take out of texts what they print again, and say what went of each."""
    read = list(texts_at(text_column(texts), np.arange(len(texts))))
    found = find_repeats_batch(read, min_chars=min_chars, threads=threads).cleaned(scope, threads=threads)
    removed = [found.removed_from(row) for row in range(len(read))]
    return [without(text, gone) if gone else text for text, gone in zip(read, removed, strict=True)], removed


def sketched(texts: Column, config: Config, threads: int | None) -> Arrays:
    """Give of the sketches of texts what the later stages need, as arrays."""
    found = Sketches.of_own_texts(texts, config, threads)
    return {
        "digests": found.digests,
        "bands": band_keys(found.signatures, bands=config.bands, rows=config.rows),
        "low": found.signatures.astype(np.uint8),
        "anchors": found.anchors.values,
        "anchors_offsets": found.anchors.offsets,
        "chars": found.chars,
    }


def described(chunk: Chunk, ids: Sequence[Id], removed: Sequence[Sequence[Stretch]]) -> Arrays:
    """Give what is known of the documents of a chunk beside their texts, as arrays."""
    batches = [batch for _, batch in chunk.batches]
    known = {
        "first": chunk.first,
        "stop": chunk.stop,
        "rejects": [
            [source, reject.number or None, reject.error.message, *_raw(reject.raw)]
            for source, batch in chunk.batches
            for reject in batch.rejects
        ],
        "failed": [[source, error.line, error.message, error.parameter] for source, error in chunk.failed],
        "removed": {row: gone for row, gone in enumerate(removed) if gone},
    }
    known |= {name: chunk.values(name) for name in ("priorities", "groups")}
    sources = [np.full(len(batch.numbers), source, np.int32) for source, batch in chunk.batches]
    return {
        "sources": np.concatenate([*sources, np.zeros(0, np.int32)]),
        "numbers": np.concatenate([*(batch.numbers for batch in batches), np.zeros(0, np.int64)]),
        "is_string": np.array([isinstance(value, str) for value in ids], bool),
        "id_hashes": np.array([_hash(str(value)) for value in ids], np.uint64),
        "said": plain(known),
    }


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little")


def _raw(raw: bytes | None) -> tuple[str | None, str | None]:
    """Give the bytes of a record as a string, and where that is not possible in base 64."""
    try:
        return (None, None) if raw is None else (raw.decode(), None)
    except UnicodeDecodeError:
        return None, b64encode(raw or b"").decode()


def joined(parts: Sequence[Any]) -> Any:  # noqa: ANN401 - pyarrow has no types
    """Join the texts of several batches: a list, or an Arrow column if all are."""
    if parts and not any(isinstance(part, list) for part in parts):
        import pyarrow as pa

        return pa.concat_arrays([part.cast(pa.large_string()) for part in parts])
    return list(chain.from_iterable(part if isinstance(part, list) else part.to_pylist() for part in parts))
