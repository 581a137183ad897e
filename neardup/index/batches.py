"""Documents on their way into an index: their sketches, and the keys by which a store finds others like them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from neardup.boilerplate import without_boilerplate
from neardup.index.packing import Payload, pack_data, pack_id, pack_payload, pack_records
from neardup.inputs import text_column
from neardup.minhash import band_keys
from neardup.rule import spread
from neardup.sketches import Sketches
from neardup.stores.protocol import Entries

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from neardup._typing import Column, Id
    from neardup.config import Config

DIGESTS, BANDS, ANCHORS = range(3)
"""Kinds of keys. Each is mixed in its own way, for one table holds all, and anchors are small by their choice."""

_SALTS = np.array([0x9E3779B97F4A7C15, 0x3C6EF372FE94F82A, 0xDAA66D2C7DDF743F], np.uint64)


class Keys(NamedTuple):
    """Keys of documents.

    Attributes
    ----------
    keys
        uint64, mixed: all 64 bits of them look random.
    rows
        int64: the document that has each, ascending.
    kinds
        int64: of which kind each is.
    """

    keys: NDArray[np.uint64]
    rows: NDArray[np.int64]
    kinds: NDArray[np.int64]

    def without(self, rows: Sequence[int]) -> Keys:
        """Give those of other documents."""
        if not len(rows):
            return self
        stays = ~np.isin(self.rows, rows)
        return Keys(self.keys[stays], self.rows[stays], self.kinds[stays])


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Some documents with all that is known of them before a store is asked.

    Attributes
    ----------
    ids
        Of each document; None where it is only asked about.
    texts, own
        As they were given, and without the boilerplate of the config.
    titles
        Of each, empty where it is not known.
    data
        Of each, None for none.
    sketches
        Of `own`.
    keys
        By which others are found.
    """

    ids: Sequence[Id | None]
    texts: Sequence[str]
    own: Column
    titles: Sequence[str]
    data: Sequence[Any]
    sketches: Sketches
    keys: Keys

    @classmethod
    def of(
        cls,
        ids: Sequence[Id | None],
        texts: Sequence[str],
        titles: Sequence[str],
        data: Sequence[Any],
        config: Config,
        threads: int | None,
    ) -> Batch:
        """Read documents.

        Raises
        ------
        TypeError
            If data is no data, also that of a document which will not be stored.
        """
        for each in data:
            if each is not None:
                pack_data(each)
        own = without_boilerplate(text_column(texts), config.boilerplate, threads)
        found = Sketches.of_own_texts(own, config, threads)
        return cls(ids, texts, own, titles, data, found, document_keys(found, config))

    def __len__(self) -> int:
        """Count the documents."""
        return len(self.texts)

    def one(self, row: int, config: Config) -> Batch:
        """Give one of the documents as a batch."""
        chosen = slice(row, row + 1)
        return Batch.of(self.ids[chosen], self.texts[chosen], self.titles[chosen], self.data[chosen], config, 1)

    def payload(self, row: int) -> Payload:
        """Give a document without its id."""
        return Payload(self.texts[row], self.titles[row], self.data[row])

    def entries(self, rows: NDArray[np.int64], own_ids: NDArray[np.uint64], added: Sequence[float]) -> Entries:
        """Give some of the documents as a store keeps them; `own_ids` are the keys of the ids of all."""
        listed = rows.tolist()
        ids = [id_ for row in listed if (id_ := self.ids[row]) is not None]
        keys, owners, sketches = self.keys.keys, self.keys.rows, self.sketches
        if len(listed) < len(self):
            sketches = sketches[rows]
            stays = np.isin(owners, rows)
            keys, owners = keys[stays], owners[stays]
        return Entries(
            keys,
            np.append(owners.searchsorted(rows), len(keys)),
            own_ids[rows],
            pack_records(sketches, ids),
            [pack_payload(self.payload(row)) for row in listed],
            added,
        )


def document_keys(found: Sketches, config: Config) -> Keys:
    """Give the keys of documents, as `neardup.rule.document_keys` chooses them, mixed."""
    size = len(found)
    bands = band_keys(found.signatures, bands=config.bands, rows=config.rows)
    if size == 1 and found.chars[0] >= config.ngram:  # the usual case of a crawler, in a third of the time
        kinds = _kinds(bands.shape[1], len(found.anchors.values))
        values = np.concatenate([found.digests, bands[0], found.anchors.values])
        return Keys(spread(values ^ _SALTS[kinds]), np.zeros(len(kinds), np.int64), kinds)
    sizes = found.anchors.sizes
    owners = [np.arange(size), np.arange(size).repeat(bands.shape[1]), np.arange(size).repeat(sizes)]
    parts = [found.digests, bands.ravel(), found.anchors.values]
    is_judged = found.chars >= config.ngram
    if not is_judged.all():
        for kind, chosen in ((DIGESTS, found.chars > 0), (BANDS, is_judged), (ANCHORS, is_judged)):
            stays = chosen[owners[kind]]
            owners[kind], parts[kind] = owners[kind][stays], parts[kind][stays]
    kinds = np.arange(3).repeat([len(each) for each in parts])
    keys = spread(np.concatenate(parts) ^ _SALTS[kinds])
    rows = np.concatenate(owners)
    order = np.argsort(rows, kind="stable")
    return Keys(keys[order], rows[order], kinds[order])


@lru_cache(maxsize=1024)
def _kinds(bands: int, anchors: int) -> NDArray[np.int64]:
    return np.arange(3).repeat([1, bands, anchors])


def ascending(*keys: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Sort keys, each once."""
    joined = np.concatenate(keys)
    joined.sort()
    is_first = joined[1:] != joined[:-1]
    return joined if is_first.all() else joined[np.append(True, is_first)]


def id_keys(ids: Sequence[Id]) -> NDArray[np.uint64]:
    """Give the keys of ids; that of an integer is that of its digits."""
    digests = [blake2b(pack_id(str(id_)), digest_size=8).digest() for id_ in ids]
    return np.frombuffer(b"".join(digests), "<u8").astype(np.uint64)
