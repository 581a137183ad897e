"""Documents on their way into an index: their sketches, and the keys by which a store finds others like them."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from neardup.boilerplate import without_boilerplate
from neardup.index.packing import Payload, pack_id, pack_payload, pack_records
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

DIGESTS, BANDS, ANCHORS, IDS = range(4)
"""Kinds of keys. Each is mixed in its own way, for one table holds all, and anchors are small by their choice."""

_SALTS = np.array([0x9E3779B97F4A7C15 * (kind + 1) % 2**64 for kind in range(4)], np.uint64)


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
        """Read documents."""
        own = without_boilerplate(text_column(texts), config.boilerplate, threads)
        found = Sketches.of_own_texts(own, config, threads)
        return cls(ids, texts, own, titles, data, found, document_keys(found, config))

    def __len__(self) -> int:
        """Count the documents."""
        return len(self.texts)

    def payload(self, row: int) -> Payload:
        """Give a document without its id."""
        return Payload(self.texts[row], self.titles[row], self.data[row])

    def entries(self, rows: NDArray[np.int64], added: float) -> Entries:
        """Give some of the documents as a store keeps them."""
        listed = rows.tolist()
        ids = [id_ for row in listed if (id_ := self.ids[row]) is not None]
        chosen = np.zeros(len(self) + 1, bool)
        chosen[rows] = True
        counts = np.bincount(self.keys.rows, minlength=len(self))[rows]
        return Entries(
            self.keys.keys[chosen[self.keys.rows]],
            np.append(0, np.cumsum(counts)),
            id_keys(ids),
            pack_records(self.sketches[rows], ids),
            [pack_payload(self.payload(row)) for row in listed],
            added,
        )


def document_keys(found: Sketches, config: Config) -> Keys:
    """Give the keys of documents, as `neardup.rule.document_keys` chooses them, mixed."""
    is_judged, has_text = found.chars >= config.ngram, found.chars > 0
    rows = np.arange(len(found))
    bands = band_keys(found.signatures, bands=config.bands, rows=config.rows)
    sizes = found.anchors.sizes
    parts = [
        (found.digests[has_text], rows[has_text]),
        (bands[is_judged].ravel(), np.repeat(rows[is_judged], bands.shape[1])),
        (found.anchors.values[np.repeat(is_judged, sizes)], np.repeat(rows[is_judged], sizes[is_judged])),
    ]
    keys = np.concatenate([spread(values ^ salt) for (values, _), salt in zip(parts, _SALTS, strict=False)])
    owners = np.concatenate([owners for _, owners in parts])
    kinds = np.repeat(np.arange(len(parts)), [len(owners) for _, owners in parts])
    if len(found) == 1:
        return Keys(keys, owners, kinds)
    order = np.argsort(owners, kind="stable")
    return Keys(keys[order], owners[order], kinds[order])


def id_keys(ids: Sequence[Id]) -> NDArray[np.uint64]:
    """Give the keys of ids; that of an integer is that of its digits."""
    packed = [pack_id(str(id_)) for id_ in ids]
    hashes = [int.from_bytes(blake2b(each, digest_size=8).digest(), "little") for each in packed]
    return spread(np.array(hashes, np.uint64) ^ _SALTS[IDS])
