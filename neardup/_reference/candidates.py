"""Candidates in plain Python: the keys that texts share, the lists of their survivors, and who stands in them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from neardup._reference.batch_checks import (
    check_all_keys,
    check_groups,
    check_keys,
    check_low,
    check_offsets,
    check_order,
    check_rows,
)
from neardup._reference.texts import check_threads, ragged

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neardup._reference.batch_checks import PerKind, Ragged


def shared_keys(keys: NDArray[np.uint64], offsets: NDArray[np.int64]) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Give numbers to the keys that several texts have, in the order in which they come.

    Parameters
    ----------
    keys, offsets
        The keys of text i are ``keys[offsets[i]:offsets[i + 1]]``, all different.

    Returns
    -------
    numbers, offsets
        uint32 and int64: of each text the numbers of those of its keys that another text has.
    """
    check_offsets(offsets, len(keys), "the offsets must ascend from 0 to the number of keys")
    _, first, group, count = np.unique(keys, return_index=True, return_inverse=True, return_counts=True)
    is_shared = count > 1
    numbers = np.empty(len(count), np.uint32)
    numbers[np.argsort(np.where(is_shared, first, len(keys)), kind="stable")] = np.arange(len(count))
    kept = np.concatenate([[0], np.cumsum(is_shared[group])])
    return numbers[group[is_shared[group]]], kept[offsets]


def may_have_candidates(
    keys: PerKind, anchor_counts: NDArray[np.int64], min_anchor_share: float, max_bucket_size: int
) -> NDArray[np.bool_]:
    """Tell which texts can affect the result; may over-report.

    Those that can have candidates or be some, or fill a bucket that others need; what two texts share is not counted.
    The arguments are those of `candidates`.
    """
    size = len(anchor_counts)
    own_digests, own_bands, own_anchors = check_all_keys(keys, size)
    counts = anchor_counts.tolist()
    is_enough = [
        bool(own) and len(own) / count >= min_anchor_share for own, count in zip(own_anchors, counts, strict=True)
    ]
    # A text with few anchors meets one with more if it shares enough of its own.
    fewest: dict[int, int] = {}
    for own, count, enough in zip(own_anchors, counts, is_enough, strict=True):
        fewest.update({key: min(count, fewest.get(key, count)) for key in own if enough})
    is_full = (np.bincount(keys[2][0]) > max_bucket_size).tolist()
    found = []
    for digests, bands, own, enough in zip(own_digests, own_bands, own_anchors, is_enough, strict=True):
        theirs = [fewest[key] for key in own if key in fewest]
        meets = enough or bool(theirs and len(theirs) / min(theirs) >= min_anchor_share)
        found.append(bool(digests or bands) or meets or any(is_full[key] for key in own))
    return np.array(found, bool)


def key_lists(
    keys: Ragged, order: NDArray[np.int64], survives: NDArray[np.bool_], max_bucket_size: int
) -> tuple[NDArray[np.uint32], NDArray[np.int64], int]:
    """Give for each key the first texts in an order that survive.

    Parameters
    ----------
    keys
        What `shared_keys` gave.
    order
        Texts, each at most once.
    survives
        Of every text.
    max_bucket_size
        How many texts a list holds.

    Returns
    -------
    texts, offsets
        uint32 and int64: the list of key i is ``texts[offsets[i]:offsets[i + 1]]``.
    full
        How many texts a list had no room for.
    """
    own = check_keys(len(survives), *keys)
    check_order(order, len(survives))
    if max_bucket_size < 1:
        raise ValueError("max_bucket_size must be at least 1")
    lists: list[list[int]] = [[] for _ in range(_count(keys))]
    full = 0
    for text in order[survives[order]].tolist():
        for key in own[text]:
            if len(lists[key]) < max_bucket_size:
                lists[key].append(text)
            else:
                full += 1
    return *ragged([np.array(each, np.uint32) for each in lists], np.uint32), full


def candidates(
    rows: NDArray[np.int64],
    keys: PerKind,
    lists: PerKind,
    ranking: tuple[NDArray[np.uint32], NDArray[np.uint8], NDArray[np.int64], NDArray[np.int64] | None],
    min_anchor_share: float,
    max_candidates: int,
    threads: int,
) -> tuple[NDArray[np.uint32], NDArray[np.int64], NDArray[np.int64]]:
    """Give the candidates of some texts; see `neardup.survivors.candidates`.

    Parameters
    ----------
    rows
        The texts.
    keys
        What `shared_keys` gave for the digests, the bands and the anchors of all texts.
    lists
        What `key_lists` gave for each of them.
    ranking
        Of all texts: places in the order, low bytes of signatures of shape (texts, num_perm), numbers of anchors; and
        groups, or None: texts of one group are no candidates of each other.
    min_anchor_share
        A candidate by anchors shares at least so much of the anchors of the one with fewer.
    max_candidates
        How many there are at most.
    threads
        See `fold_texts`.

    Returns
    -------
    texts, offsets
        uint32 and int64: the candidates of row i, the best first, are ``texts[offsets[i]:offsets[i + 1]]``.
    left_out
        int64: how many more than `max_candidates` there were.
    """
    places, low, anchor_counts, groups = ranking
    check_threads(threads)
    size = len(places)
    check_low(low, size)
    if len(anchor_counts) != size:
        raise ValueError("every text must have a count of anchors")
    check_groups(groups, size)
    own = check_all_keys(keys, size)
    listed = [_check_lists(some, _count(each), size) for some, each in zip(lists, keys, strict=True)]
    check_rows(rows, size)
    if max_candidates < 1:
        raise ValueError("max_candidates must be at least 1")
    finder = Finder(own, listed, places.tolist(), low, anchor_counts.tolist(), groups, min_anchor_share)
    found = [finder.find(row) for row in rows.tolist()]
    kept = [np.array(each[:max_candidates], np.uint32) for each in found]
    left_out = [max(0, len(each) - max_candidates) for each in found]
    return *ragged(kept, np.uint32), np.array(left_out, np.int64)


@dataclass(frozen=True, slots=True)
class Finder:
    """Finds the candidates of texts in lists of survivors, one for each key of each kind."""

    keys: list[list[list[int]]]
    lists: list[list[list[int]]]
    places: list[int]
    low: NDArray[np.uint8]
    anchor_counts: list[int]
    groups: NDArray[np.int64] | None
    min_anchor_share: float

    def find(self, text: int) -> list[int]:
        """Give all, the likeliest first."""
        digests, bands, anchors = (
            Counter(other for key in keys[text] for other in lists[key] if self.places[other] < self.places[text])
            for keys, lists in zip(self.keys, self.lists, strict=True)
        )
        fewer = {other: min(self.anchor_counts[text], self.anchor_counts[other]) for other in anchors}
        shares = {other: count / fewer[other] if fewer[other] else 0.0 for other, count in anchors.items()}
        enough = {other for other, share in shares.items() if share >= self.min_anchor_share}
        ranked = {
            other: (
                other not in digests,
                -max(alike(self.low, text, other), shares.get(other, 0.0)),
                self.places[other],
            )
            for other in {*digests, *bands, *enough}
            if self.groups is None or self.groups[other] != self.groups[text]
        }
        return sorted(ranked, key=ranked.__getitem__)


def alike(low: NDArray[np.uint8], text: int, other: int) -> float:
    """Estimate the similarity of two texts by the low bytes of their signatures."""
    return int(np.count_nonzero(low[text] == low[other])) / int(low.shape[1])


def _count(keys: Ragged) -> int:
    """Give how many keys there are."""
    return int(keys[0].max()) + 1 if len(keys[0]) else 0


def _check_lists(lists: Ragged, keys: int, size: int) -> list[list[int]]:
    """Give the texts in the list of each key."""
    texts, offsets = lists
    check_offsets(offsets, len(texts), "the offsets of lists must ascend from 0 to the number of their texts")
    if len(offsets) < keys + 1:
        raise ValueError("every key must have a list")
    if (texts >= size).any():
        raise ValueError("the lists must name texts")
    return [texts[start:stop].tolist() for start, stop in pairwise(offsets.tolist())]
