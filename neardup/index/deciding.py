"""Deciding documents against those of a store: the rule of `neardup.rule`, on what the keys of the documents found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from neardup._backend import kernels
from neardup.boilerplate import without_boilerplate
from neardup.checks import thread_count
from neardup.content import opened_table
from neardup.index.batches import ANCHORS, BANDS, DIGESTS
from neardup.index.packing import Payload, Records, unpack_records
from neardup.inputs import text_column
from neardup.results.matches import Cuts
from neardup.rule import Contents, PerKind, Ragged, Ranking, Rule, Verdicts, candidates
from neardup.rule import decide as decide_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from neardup._typing import Column
    from neardup.config import Config
    from neardup.index.batches import Batch, Keys
    from neardup.index.stored import Stored
    from neardup.stores.protocol import Found


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours:
    """Documents of a store that share keys with those of a batch.

    Attributes
    ----------
    numbers
        int64, ascending.
    records
        Of each.
    keys
        Of those that were found, unless documents are decided apart, and of the batch behind them.
    ranking
        Of those that were found, and of the batch behind them.
    candidates
        Of each document of the batch the best that were found, by position.
    left_out
        int64: of each document how many more there were.
    payloads
        Of those of them that are candidates, by position.
    """

    numbers: NDArray[np.int64]
    records: Records
    keys: PerKind
    ranking: Ranking
    candidates: Ragged
    left_out: NDArray[np.int64]
    payloads: dict[int, Payload]

    def __len__(self) -> int:
        """Count the documents that were found."""
        return len(self.numbers)


@dataclass(frozen=True, slots=True, eq=False)
class Decision:
    """What became of the documents of a batch.

    Attributes
    ----------
    verdicts
        Of each; a match is a position among the neighbours, or behind them one of the batch.
    is_duplicate
        bool: of each.
    cuts
        What the limits left out; of lists, only what the batch itself fills.
    neighbours
        What they were compared with.
    """

    verdicts: Verdicts
    is_duplicate: NDArray[np.bool_]
    cuts: Cuts
    neighbours: Neighbours


def find_neighbours(
    batch: Batch,
    keys: Keys,
    found: Found,
    stored: Stored,
    threads: int | None = 1,
    *,
    apart: bool,
    without: Sequence[int] = (),
) -> Neighbours:
    """Read from a store what a batch is to be compared with.

    Parameters
    ----------
    batch, keys
        The documents, and their keys: fewer than in the batch if some documents are not decided.
    found
        What the keys of the batch find.
    apart
        Whether each document of the batch is decided without the others.
    without
        The numbers of documents that do not count.
    """
    config = stored.config
    places = found.asked.searchsorted(keys.keys)
    kinds = np.full(len(found.asked), -1)
    kinds[places] = keys.kinds
    counts = kinds[found.keys] >= 0
    if len(without):
        counts &= ~np.isin(found.numbers, without)
    listed, owners = found.keys[counts], found.numbers[counts]
    numbers = np.unique(owners)
    known = stored.records(numbers.tolist())
    if len(known) < len(numbers):  # some were removed just now
        stays = np.isin(owners, list(known))
        listed, owners = listed[stays], owners[stays]
        numbers = np.unique(owners)
    records = unpack_records([known[number] for number in numbers.tolist()], config.num_perm)
    rows, size = numbers.searchsorted(owners), len(numbers)
    by_kind, lists = [], []
    for kind in (DIGESTS, BANDS, ANCHORS):
        theirs, own, is_kind = kinds[listed] == kind, keys.kinds == kind, kinds == kind
        numbered = np.cumsum(is_kind) - 1
        values, owners_of = numbered[listed[theirs]], rows[theirs]
        lists.append(Ragged(owners_of.astype(np.uint32), _offsets(values, int(is_kind.sum()))))
        if apart:
            values, owners_of = values[:0], owners_of[:0]
        documents = np.concatenate([owners_of, size + keys.rows[own]])
        by_kind.append(_ragged(np.concatenate([values, numbered[places[own]]]), documents, size + len(batch)))
    ranking = Ranking(
        np.arange(size + len(batch), dtype=np.uint32),
        np.concatenate([records.low, batch.sketches.signatures.astype(np.uint8)]),
        np.concatenate([records.anchor_counts, batch.sketches.anchors.sizes]),
    )
    all_keys = PerKind(*by_kind)
    chosen, left_out = candidates(
        np.arange(size, size + len(batch)), all_keys, PerKind(*lists), ranking, config, threads
    )
    needed = np.unique(chosen.values)
    chosen_numbers = numbers[needed].tolist()
    known_payloads = stored.payloads(chosen_numbers)
    if len(known_payloads) < len(needed):
        gone = [number for number in chosen_numbers if number not in known_payloads]
        return find_neighbours(batch, keys, found, stored, threads, apart=apart, without=[*without, *gone])
    payloads = {row: known_payloads[number] for row, number in zip(needed.tolist(), chosen_numbers, strict=True)}
    return Neighbours(numbers, records, all_keys, ranking, chosen, left_out, payloads)


def decide(batch: Batch, near: Neighbours, config: Config, threads: int | None = 1) -> Decision:
    """Decide the documents of a batch in order, each against what was found and those of the batch before it."""
    size = len(near)
    texts, contents = _contents(batch, near, config)
    match, relation, evidence, counts, _ = kernels.survivors(
        texts,
        opened_table(config.content),
        config.ngram,
        np.arange(size + len(batch)),
        near.keys,
        near.ranking.low,
        near.ranking.anchor_counts,
        contents,
        Rule.of(config),
        thread_count(threads),
        given=size,
    )
    verdicts = Verdicts(match[size:], relation[size:], evidence[size:])
    is_duplicate = Rule.of(config).drops[verdicts.relation]
    return Decision(verdicts, is_duplicate, Cuts(*counts.tolist()), near)


def decide_apart(batch: Batch, near: Neighbours, config: Config, threads: int | None = 1) -> Decision:
    """Decide the documents of a batch, each against what was found alone."""
    texts, contents = _contents(batch, near, config)
    rows = np.arange(len(near), len(near) + len(batch))
    verdicts = decide_rows(texts, rows, near.candidates, contents, config, threads)
    cuts = Cuts(0, int(np.count_nonzero(near.left_out)), int(near.left_out.sum()))
    return Decision(verdicts, Rule.of(config).drops[verdicts.relation], cuts, near)


def relate_all(batch: Batch, near: Neighbours, config: Config) -> Verdicts:
    """Measure the one document of a batch against all of its candidates, in their order."""
    texts, contents = _contents(batch, near, config)
    others = near.candidates.values.astype(np.int64)
    pairs = np.stack([np.full(len(others), len(near)), others], axis=1)
    relation, evidence = kernels.relate(
        texts, opened_table(config.content), config.ngram, pairs, contents, np.array(config.limits), 1
    )
    return Verdicts(others, relation, evidence)


def _contents(batch: Batch, near: Neighbours, config: Config) -> tuple[Column, Contents]:
    """Give the texts of what was found and of the batch, and what they are compared by beside them."""
    stored = [near.payloads.get(row) for row in range(len(near))]
    theirs = without_boilerplate(
        text_column([payload.text if payload else "" for payload in stored]), config.boilerplate, 1
    )
    own = batch.own.take(np.arange(len(batch)))
    texts = text_column(theirs.take(np.arange(len(near))) + own)
    titles = [payload.title if payload else "" for payload in stored] + list(batch.titles)
    digests = np.concatenate([near.records.digests, batch.sketches.digests])
    return texts, Contents(digests, text_column(titles) if any(titles) else None)


def _ragged(values: NDArray[np.int64], owners: NDArray[np.int64], size: int) -> Ragged:
    order = owners.argsort(kind="stable")
    return Ragged(values[order].astype(np.uint32), _offsets(owners, size))


def _offsets(owners: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    offsets = np.zeros(size + 1, np.int64)
    np.bincount(owners, minlength=size).cumsum(out=offsets[1:])
    return offsets
