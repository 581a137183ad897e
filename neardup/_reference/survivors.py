"""The comparison of many texts with each other in plain Python."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import astuple
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from neardup._reference.evidence import align, measure
from neardup._reference.sketches import shingle_sets
from neardup._reference.texts import check_threads, fold, read_texts
from neardup.evidence import IDENTICAL, Evidence
from neardup.relations import RELATIONS, Limits, conclude

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from neardup._reference.opened import Folding, Texts

PROGRESS_EVERY = 4096


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
    _check_offsets(offsets, len(keys), "the offsets must ascend from 0 to the number of keys")
    _, first, group, count = np.unique(keys, return_index=True, return_inverse=True, return_counts=True)
    is_shared = count > 1
    numbers = np.empty(len(count), np.uint32)
    numbers[np.argsort(np.where(is_shared, first, len(keys)), kind="stable")] = np.arange(len(count))
    kept = np.concatenate([[0], np.cumsum(is_shared[group])])
    return numbers[group[is_shared[group]]], kept[offsets]


def may_have_candidates(
    band_numbers: NDArray[np.uint32],
    band_offsets: NDArray[np.int64],
    anchor_numbers: NDArray[np.uint32],
    anchor_offsets: NDArray[np.int64],
    anchor_counts: NDArray[np.int64],
    min_anchor_share: float,
    max_bucket_size: int,
) -> NDArray[np.bool_]:
    """Tell which texts can affect the result; may over-report.

    Those that can have candidates or be some, or fill a bucket that others need; what two texts share is not counted.
    The arguments are those of `survivors`.
    """
    size = len(anchor_counts)
    own_bands = _check_keys(size, band_numbers, band_offsets)
    own_anchors = _check_keys(size, anchor_numbers, anchor_offsets)
    counts = anchor_counts.tolist()
    is_enough = [
        bool(own) and len(own) / count >= min_anchor_share for own, count in zip(own_anchors, counts, strict=True)
    ]
    # A text with few anchors meets one with more if it shares enough of its own.
    fewest: dict[int, int] = {}
    for own, count, enough in zip(own_anchors, counts, is_enough, strict=True):
        fewest.update({key: min(count, fewest.get(key, count)) for key in own if enough})
    is_full = (np.bincount(anchor_numbers) > max_bucket_size).tolist()
    found = []
    for bands, own, enough in zip(own_bands, own_anchors, is_enough, strict=True):
        theirs = [fewest[key] for key in own if key in fewest]
        meets = enough or bool(theirs and len(theirs) / min(theirs) >= min_anchor_share)
        found.append(bool(bands) or meets or any(is_full[key] for key in own))
    return np.array(found, bool)


def survivors(
    texts: Texts,
    folding: Folding,
    ngram: int,
    signatures: NDArray[np.uint32],
    band_numbers: NDArray[np.uint32],
    band_offsets: NDArray[np.int64],
    anchor_numbers: NDArray[np.uint32],
    anchor_offsets: NDArray[np.int64],
    anchor_counts: NDArray[np.int64],
    classes: NDArray[np.int64],
    order: NDArray[np.int64],
    distinct: NDArray[np.int64],
    judged: NDArray[np.bool_],
    min_anchor_share: float,
    limits: NDArray[np.float64],
    drops: NDArray[np.bool_],
    max_bucket_size: int,
    max_candidates: int,
    progress: Callable[[int], object] | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.uint8], NDArray[np.float64], NDArray[np.int64]]:
    """Decide in order which texts survive; see `neardup.survivors` for the rule.

    Parameters
    ----------
    texts, folding
        See `fold_texts`.
    ngram, signatures
        See `sketches`.
    band_numbers, band_offsets, anchor_numbers, anchor_offsets
        What `shared_keys` gave for the keys of bands and for the anchors.
    anchor_counts
        How many anchors each text has, those that no other has included.
    classes
        Of each text the number of its class of identical ones, or -1.
    order
        The texts to decide, each at most once.
    distinct
        How long each text is, folded, without what it prints again: only a longer one contains another.
    judged
        Of each text whether it has keys other than its class.
    min_anchor_share
        A candidate by anchors shares at least so much of the anchors of the one with fewer.
    limits
        The values of `neardup.relations.Limits`.
    drops
        Of each relation whether it makes a text a duplicate.
    max_bucket_size, max_candidates
        How many survivors a key remembers, and how many candidates are compared.
    progress
        Called now and then with the number of texts that are decided.

    Returns
    -------
    match, relation, evidence
        int64, uint8 and float64 of shape (texts, 12): the survivor, what the text is to it by its number in
        `neardup.relations.RELATIONS`, and the values of `neardup.Evidence`.
    cuts
        int64: times that a key was full already, texts with too many candidates, candidates left out.
    """
    size = len(read_texts(texts))
    _check_signatures(size, signatures)
    own_bands = _check_keys(size, band_numbers, band_offsets)
    own_anchors = _check_keys(size, anchor_numbers, anchor_offsets)
    if not len(anchor_counts) == len(classes) == len(distinct) == len(judged) == size:
        raise ValueError("every text must have a count of anchors, a class, a length, and be judged or not")
    _check_order(order, size)
    if ((classes < -1) | (classes >= size)).any():
        raise ValueError("classes must be numbered from 0, or be -1")
    if len(drops) != len(RELATIONS):
        raise ValueError("every relation must be said to drop or not")
    if len(limits) != len(Limits._fields):
        raise ValueError("there must be nine limits of relations")
    if max_bucket_size < 1 or max_candidates < 1:
        raise ValueError("max_bucket_size and max_candidates must be at least 1")
    rules = Limits(*limits.tolist())
    documents = read_texts(texts)
    folded = [fold(text, folding)[0].tolist() for text in documents]
    sets = _sets(texts, folding, ngram)
    match = np.full(len(sets), -1, np.int64)
    relation = np.zeros(len(sets), np.uint8)
    evidence = np.zeros((len(sets), len(Evidence.__slots__)))
    cuts = [0, 0, 0]
    by_class: dict[int, list[int]] = defaultdict(list)
    by_band: dict[int, list[int]] = defaultdict(list)
    by_anchor: dict[int, list[int]] = defaultdict(list)
    place: dict[int, int] = {}
    for done, text in enumerate(order.tolist()):
        if progress is not None and done % PROGRESS_EVERY == 0:
            progress(done)
        identical = set(by_class[classes[text]]) if classes[text] >= 0 else set()
        found = set(identical)
        shared: dict[int, int] = defaultdict(int)
        if judged[text]:
            found |= {other for key in own_bands[text] for other in by_band[key]}
            for key in own_anchors[text]:
                for other in by_anchor[key]:
                    shared[other] += 1
        shares = {o: n / int(min(anchor_counts[text], anchor_counts[o])) for o, n in shared.items()}
        found |= {other for other, share in shares.items() if share >= min_anchor_share}
        alike = {other: _alike(signatures, text, other) for other in found}
        ranked = sorted(
            (other not in identical, -max(alike[other], shares.get(other, 0.0)), place[other], other) for other in found
        )
        if len(ranked) > max_candidates:
            cuts[1] += 1
            cuts[2] += len(ranked) - max_candidates
        for is_other, _, _, other in ranked[:max_candidates]:
            if is_other:
                found_here = measure(
                    documents[text], documents[other], folded[text], folded[other], sets[text], sets[other]
                )
                is_longer = bool(distinct[text] > distinct[other])
                what = RELATIONS.index(conclude(found_here, rules, is_longer=is_longer)[0])
            else:
                what, found_here = RELATIONS.index("identical"), IDENTICAL
            is_duplicate = bool(drops[what])
            if what and (is_duplicate or match[text] < 0):
                match[text], relation[text], evidence[text] = other, what, astuple(found_here)
            if is_duplicate:
                break
        else:
            place[text] = len(place)
            if classes[text] >= 0:
                by_class[classes[text]].append(text)
            if judged[text]:
                keyed = [(by_band, key) for key in own_bands[text]]
                keyed += [(by_anchor, key) for key in own_anchors[text]]
                for lists, key in keyed:
                    if len(lists[key]) < max_bucket_size:
                        lists[key].append(text)
                    else:
                        cuts[0] += 1
    return match, relation, evidence, np.array(cuts, np.int64)


def compare(texts: Texts, folding: Folding, ngram: int) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Measure two texts, neither of which is empty.

    Returns
    -------
    evidence
        float64, the values of `neardup.Evidence`.
    pieces
        int32, shape (n, 3): where an aligned run starts in the first and in the second text, and how long it is, in
        folded codes.
    """
    sets = _sets(texts, folding, ngram)
    documents = read_texts(texts)
    if len(documents) != 2:
        raise ValueError("there must be two texts")
    one, other = (fold(text, folding)[0].tolist() for text in documents)
    found = measure(documents[0], documents[1], one, other, *sets)
    if len(one) <= len(other):
        pieces = [tuple(piece) for piece in align(one, other)]
    else:
        pieces = [(piece.copy, piece.original, piece.length) for piece in align(other, one)]
    return np.array(astuple(found), np.float64), np.array(pieces, np.int32).reshape(-1, 3)


def band_pairs(
    texts: Texts,
    folding: Folding,
    ngram: int,
    signatures: NDArray[np.uint32],
    band_numbers: NDArray[np.uint32],
    band_offsets: NDArray[np.int64],
    chosen: NDArray[np.int64],
    begin: int,
    end: int,
    threshold: float,
    threads: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Give the pairs of chosen texts that share a band and have at least a Jaccard similarity of `threshold`.

    Pairs whose signatures agree so little that the threshold is five standard errors off are left out unseen.

    Parameters
    ----------
    texts, folding, ngram, signatures, band_numbers, band_offsets
        See `survivors`.
    chosen
        The texts to pair, ascending.
    begin, end
        Of which of them to give the pairs with those before.
    threads
        See `fold_texts`.

    Returns
    -------
    left, right, jaccard
        int64, int64 and float64, by right, then by left; left is before right.
    """
    check_threads(threads)
    size = len(read_texts(texts))
    _check_signatures(size, signatures)
    own_bands = _check_keys(size, band_numbers, band_offsets)
    _check_order(chosen, len(signatures))
    if (np.diff(chosen) <= 0).any():
        raise ValueError("the chosen texts must be ascending")
    if not 0 <= begin <= end <= len(chosen):
        raise ValueError("begin and end must be a part of the chosen texts")
    sets = _sets(texts, folding, ngram)
    by_band: dict[int, list[int]] = defaultdict(list)
    pairs = []
    for place, text in enumerate(chosen[:end].tolist()):
        keys = own_bands[text]
        for other in sorted({other for key in keys for other in by_band[key]}) if place >= begin else ():
            if _alike(signatures, text, other) + _error(signatures) >= threshold:
                shared = len(sets[text] & sets[other])
                jaccard = shared / (len(sets[text]) + len(sets[other]) - shared)
                if jaccard >= threshold:
                    pairs.append((other, text, jaccard))
        for key in keys:
            by_band[key].append(text)
    left, right, jaccards = zip(*pairs, strict=True) if pairs else ((), (), ())
    return np.array(left, np.int64), np.array(right, np.int64), np.array(jaccards, np.float64)


def _sets(texts: Texts, folding: Folding, ngram: int) -> list[frozenset[int]]:
    values, offsets = shingle_sets(texts, folding, ngram, 1)
    return [frozenset(values[start:stop].tolist()) for start, stop in pairwise(offsets.tolist())]


def _alike(signatures: NDArray[np.uint32], text: int, other: int) -> float:
    return np.count_nonzero(signatures[text] == signatures[other]) / len(signatures[text])


def _error(signatures: NDArray[np.uint32]) -> float:
    """Give five standard errors: once in more than a million times an estimate is lower by more."""
    return 2.5 / math.sqrt(signatures.shape[1])


def _check_offsets(offsets: NDArray[np.int64], items: int, what: str) -> None:
    if not len(offsets) or offsets[0] != 0 or offsets[-1] != items or (np.diff(offsets) < 0).any():
        raise ValueError(what)


def _check_keys(size: int, numbers: NDArray[np.uint32], offsets: NDArray[np.int64]) -> list[list[int]]:
    """Give the numbers of the keys of each text."""
    _check_offsets(offsets, len(numbers), "the offsets of keys must ascend from 0 to their number")
    if len(offsets) != size + 1:
        raise ValueError("every text must have keys")
    if numbers.max(initial=0) >= max(1, len(numbers)):
        raise ValueError("the numbers of keys must have no gaps")
    return [numbers[start:stop].tolist() for start, stop in pairwise(offsets.tolist())]


def _check_signatures(size: int, signatures: NDArray[np.uint32]) -> None:
    if len(signatures) != size:
        raise ValueError("every text must have a signature")


def _check_order(order: NDArray[np.int64], size: int) -> None:
    if ((order < 0) | (order >= size)).any() or len(np.unique(order)) != len(order):
        raise ValueError("the order must name texts, each at most once")
