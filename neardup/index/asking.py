"""What is asked of an index: to check documents, to add them, to give what is like one.

What is read on the way need not be of one moment. A document that is removed in between is passed over. If another one
comes that those to be added would have found, the store takes none of them, and they are decided again.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from neardup.index.answers import Answers, IndexMatch, answers_of, match_of
from neardup.index.batches import Batch, ascending, id_keys
from neardup.index.deciding import decide, decide_apart, find_neighbours, relate_all
from neardup.stores.protocol import Inserted

if TYPE_CHECKING:
    from neardup.index.stored import Stored


def check(stored: Stored, batch: Batch, *, threads: int | None) -> Answers:
    """Ask about documents, each by itself, and store nothing."""
    store, config = stored.store, stored.config
    found = store.find(ascending(batch.keys.keys))
    if not len(found.keys):
        return answers_of(batch, None, [], config)
    near = find_neighbours(batch, batch.keys, found, stored, threads, apart=True)
    return answers_of(batch, decide_apart(batch, near, config, threads), [], config)


def add(stored: Stored, batch: Batch, *, replace: bool, threads: int | None) -> Answers:
    """Ask about documents in order and store the new ones, in one step.

    Raises
    ------
    ValueError
        If an id is stored with another text, and may not be replaced.
    """
    store, config = stored.store, stored.config
    ids = [id_ for id_ in batch.ids if id_ is not None]
    own_ids = id_keys(ids)
    asked = ascending(batch.keys.keys, own_ids)
    is_one = len(batch) == 1
    found = store.guess(asked) if is_one else store.find(asked)
    while True:
        known, gone = _known(stored, batch, stored.numbers_at(ids, own_ids, found), replace=replace)
        if gone and len(batch) > 1:  # what is replaced by a later one counts for an earlier one
            parts = [add(stored, batch.one(row, config), replace=True, threads=threads) for row in range(len(batch))]
            return Answers.joined(parts, [])
        removal = stored.removal(gone) if gone else None
        decision = None
        if not is_one or len(found.keys):
            keys = batch.keys.without(known)
            near = find_neighbours(batch, keys, found, stored, threads, apart=is_one, without=gone)
            decision = (decide_apart if is_one else decide)(batch, near, config, threads)
        is_new = np.ones(len(batch), bool) if decision is None else ~decision.is_duplicate
        is_new[known] = False
        rows = np.flatnonzero(is_new)
        entries = batch.entries(rows, own_ids, [time.time()] * len(rows))
        if not len(entries) and removal is None:
            return answers_of(batch, decision, known, config)
        result = store.check_insert(entries, found, removal)
        if isinstance(result, Inserted):
            return answers_of(batch, decision, known, config, listed=result.listed)
        found = result


def matches(stored: Stored, batch: Batch, *, newer_than: float | None) -> list[IndexMatch]:
    """Give the stored documents that the only one of a batch is anything to, the best first."""
    store, config = stored.store, stored.config
    found = store.find(ascending(batch.keys.keys))
    known = {} if newer_than is None else store.records(np.unique(found.numbers))
    without = [n for n, each in known.items() if newer_than is not None and each.added <= newer_than]
    near = find_neighbours(batch, batch.keys, found, stored, apart=True, without=without)
    verdicts = relate_all(batch, near, config)
    made = [match_of(batch, near, verdicts, 0, row, config) for row in np.flatnonzero(verdicts.relation).tolist()]
    return sorted(
        (match for match in made if match is not None), key=lambda match: (not match.is_duplicate, -match.score)
    )


def _known(stored: Stored, batch: Batch, numbers: dict[int, int], *, replace: bool) -> tuple[list[int], list[int]]:
    """Give the documents of a batch that are stored with the same text, by position; and the numbers of those that go.

    Raises
    ------
    ValueError
        If one is stored with another text, and may not be replaced.
    """
    known, gone = [], []
    for row, number in numbers.items():
        document = next(iter(stored.documents([number])), None)
        if document is None:  # removed just now
            continue
        if document.text == batch.texts[row]:
            known.append(row)
        elif replace:
            gone.append(number)
        else:
            raise ValueError(
                f"the id {batch.ids[row]!r} is stored with another text; give another id, or allow that it is replaced "
                "(replace=True)"
            )
    return known, gone
