"""The comparison of many texts with each other in plain Python: part of `neardup._reference`."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import astuple
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from neardup._reference_evidence import align, measure
from neardup._reference_sketches import shingle_sets
from neardup._reference_texts import check_table, check_threads, fold, read_texts
from neardup._reference_windows import leftmost_windows
from neardup.model import IDENTICAL, Evidence
from neardup.relations import RELATIONS, Limits, conclude

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from neardup._reference_texts import Column

PROGRESS_EVERY = 4096


def copied_chars(
    texts: Column,
    entries: NDArray[np.uint32],
    expansions: NDArray[np.uint32],
    min_chars: int,
    max_gap: int,
    chosen: NDArray[np.bool_],
    threads: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Count of every text the folded codes, and of the chosen ones those that are printed again.

    A code is printed again if it lies in a window of `min_chars` codes whose leftmost occurrence ends at or before the
    start of that window; or between two such windows with at most `max_gap` codes between them, if the distance of the
    second from its original differs from that of the first by no more.

    Returns
    -------
    chars, copied
        int64, one for each text.
    """
    check_table(entries)
    if min_chars < 1 or max_gap < 0:
        raise ValueError("min_chars must be at least 1, and max_gap at least 0")
    check_threads(threads)
    found = read_texts(texts)
    if len(chosen) != len(found):
        raise ValueError("every text must be chosen or not")
    chars, copied = [], []
    for text, is_chosen in zip(found, chosen.tolist(), strict=True):
        codes = fold(text, entries, expansions)[0]
        first = leftmost_windows(codes if is_chosen else codes[:0], min_chars)
        is_copied = np.zeros(len(codes), bool)
        windows = np.flatnonzero(first + min_chars <= np.arange(len(first))).tolist()
        for before, start in zip([None, *windows], windows, strict=False):
            is_copied[start : start + min_chars] = True
            if before is not None:
                gap = start - before - min_chars
                if gap <= max_gap and abs((start - first[start]) - (before - first[before])) <= max_gap:
                    is_copied[before:start] = True
        chars.append(len(codes))
        copied.append(int(is_copied.sum()))
    return np.array(chars, np.int64), np.array(copied, np.int64)


def share_keys(
    band_keys: NDArray[np.uint64], anchors: NDArray[np.uint64], anchor_offsets: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Tell of every text whether another one has one of its keys.

    The arguments are those of `survivors`.
    """
    size = len(band_keys)
    if len(anchor_offsets) != size + 1:
        raise ValueError("every text must have band keys and anchors")
    _check_anchors(anchors, anchor_offsets)
    shares = np.zeros(size, bool)
    owners = np.repeat(np.arange(size), np.diff(anchor_offsets))
    for keys, texts in ((band_keys.ravel(), np.repeat(np.arange(size), band_keys.shape[1])), (anchors, owners)):
        _, group, count = np.unique(keys, return_inverse=True, return_counts=True)
        shares[texts[count[group] > 1]] = True
    return shares


def survivors(
    texts: Column,
    entries: NDArray[np.uint32],
    expansions: NDArray[np.uint32],
    ngram: int,
    signatures: NDArray[np.uint32],
    band_keys: NDArray[np.uint64],
    anchors: NDArray[np.uint64],
    anchor_offsets: NDArray[np.int64],
    classes: NDArray[np.int64],
    order: NDArray[np.int64],
    distinct: NDArray[np.int64],
    judged: NDArray[np.bool_],
    anchor_cut: float,
    limits: NDArray[np.float64],
    drops: NDArray[np.bool_],
    max_list: int,
    max_verified: int,
    progress: Callable[[int], object] | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.uint8], NDArray[np.float64], NDArray[np.int64]]:
    """Decide in order which texts survive; see `neardup.survivors` for the rule.

    Parameters
    ----------
    texts, entries, expansions
        See `fold_texts`.
    ngram, signatures, band_keys, anchors, anchor_offsets
        The sketches of the texts; see `sketches` and `neardup.minhash.band_keys`.
    classes
        Of each text the number of its class of identical ones, or -1.
    order
        The texts to decide, each at most once.
    distinct
        How long each text is, folded, without what it prints again: only a longer one contains another.
    judged
        Of each text whether it has keys other than its class.
    anchor_cut
        A candidate by anchors shares at least so much of the anchors of the one with fewer.
    limits
        The values of `neardup.relations.Limits`.
    drops
        Of each relation whether it makes a text a duplicate.
    max_list, max_verified
        How many survivors a key remembers, and how many candidates are compared.
    progress
        Called now and then with the number of texts that are decided.

    Returns
    -------
    match, relation, evidence
        int64, uint8 and float64 of shape (texts, 9): the survivor, what the text is to it by its number in
        `neardup.relations.RELATIONS`, and the values of `neardup.Evidence`.
    cuts
        int64: times that a key was full already, texts with too many candidates, candidates left out.
    """
    check_table(entries)
    _check(texts, signatures, band_keys, anchors, anchor_offsets, classes, order, distinct, judged)
    if len(drops) != len(RELATIONS):
        raise ValueError("every relation must be said to drop or not")
    if len(limits) != len(Limits._fields):
        raise ValueError("there must be six limits of relations")
    if max_list < 1 or max_verified < 1:
        raise ValueError("max_list and max_verified must be at least 1")
    rules = Limits(*limits.tolist())
    documents = read_texts(texts)
    folded = [fold(text, entries, expansions)[0].tolist() for text in documents]
    sets = _sets(texts, entries, expansions, ngram)
    own_anchors = [anchors[start:stop].tolist() for start, stop in pairwise(anchor_offsets.tolist())]
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
            found |= {other for key in band_keys[text].tolist() for other in by_band[key]}
            for key in own_anchors[text]:
                for other in by_anchor[key]:
                    shared[other] += 1
        shares = {o: n / min(len(own_anchors[text]), len(own_anchors[o])) for o, n in shared.items()}
        found |= {other for other, share in shares.items() if share >= anchor_cut}
        alike = {other: _alike(signatures, text, other) for other in found}
        ranked = sorted(
            (other not in identical, -max(alike[other], shares.get(other, 0.0)), place[other], other) for other in found
        )
        if len(ranked) > max_verified:
            cuts[1] += 1
            cuts[2] += len(ranked) - max_verified
        for is_other, _, _, other in ranked[:max_verified]:
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
                keyed = [(by_band, key) for key in band_keys[text].tolist()]
                keyed += [(by_anchor, key) for key in own_anchors[text]]
                for lists, key in keyed:
                    if len(lists[key]) < max_list:
                        lists[key].append(text)
                    else:
                        cuts[0] += 1
    return match, relation, evidence, np.array(cuts, np.int64)


def compare(
    texts: Column, entries: NDArray[np.uint32], expansions: NDArray[np.uint32], ngram: int
) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Measure two texts, neither of which is empty.

    Returns
    -------
    evidence
        float64, the values of `neardup.Evidence`.
    pieces
        int32, shape (n, 3): where an aligned run starts in the first and in the second text, and how long it is, in
        folded codes.
    """
    check_table(entries)
    sets = _sets(texts, entries, expansions, ngram)
    documents = read_texts(texts)
    if len(documents) != 2:
        raise ValueError("there must be two texts")
    one, other = (fold(text, entries, expansions)[0].tolist() for text in documents)
    found = measure(documents[0], documents[1], one, other, *sets)
    if len(one) <= len(other):
        pieces = [tuple(piece) for piece in align(one, other)]
    else:
        pieces = [(piece.copy, piece.original, piece.length) for piece in align(other, one)]
    return np.array(astuple(found), np.float64), np.array(pieces, np.int32).reshape(-1, 3)


def band_pairs(
    texts: Column,
    entries: NDArray[np.uint32],
    expansions: NDArray[np.uint32],
    ngram: int,
    signatures: NDArray[np.uint32],
    band_keys: NDArray[np.uint64],
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
    texts, entries, expansions, ngram, signatures, band_keys
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
    check_table(entries)
    check_threads(threads)
    _check_signatures(len(read_texts(texts)), signatures, band_keys)
    _check_order(chosen, len(signatures))
    if (np.diff(chosen) <= 0).any():
        raise ValueError("the chosen texts must be ascending")
    if not 0 <= begin <= end <= len(chosen):
        raise ValueError("begin and end must be a part of the chosen texts")
    sets = _sets(texts, entries, expansions, ngram)
    by_band: dict[int, list[int]] = defaultdict(list)
    pairs = []
    for place, text in enumerate(chosen[:end].tolist()):
        keys = band_keys[text].tolist()
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


def _sets(
    texts: Column, entries: NDArray[np.uint32], expansions: NDArray[np.uint32], ngram: int
) -> list[frozenset[int]]:
    values, offsets = shingle_sets(texts, entries, expansions, ngram, 1)
    return [frozenset(values[start:stop].tolist()) for start, stop in pairwise(offsets.tolist())]


def _alike(signatures: NDArray[np.uint32], text: int, other: int) -> float:
    return np.count_nonzero(signatures[text] == signatures[other]) / len(signatures[text])


def _error(signatures: NDArray[np.uint32]) -> float:
    """Give five standard errors: once in more than a million times an estimate is lower by more."""
    return 2.5 / math.sqrt(signatures.shape[1])


def _check(
    texts: Column,
    signatures: NDArray[np.uint32],
    band_keys: NDArray[np.uint64],
    anchors: NDArray[np.uint64],
    anchor_offsets: NDArray[np.int64],
    classes: NDArray[np.int64],
    order: NDArray[np.int64],
    distinct: NDArray[np.int64],
    judged: NDArray[np.bool_],
) -> None:
    size = len(read_texts(texts))
    _check_signatures(size, signatures, band_keys)
    if len(anchor_offsets) != size + 1 or not len(classes) == len(distinct) == len(judged) == size:
        raise ValueError("every text must have anchors, a class, a length, and be judged or not")
    _check_anchors(anchors, anchor_offsets)
    _check_order(order, size)
    if ((classes < -1) | (classes >= size)).any():
        raise ValueError("classes must be numbered from 0, or be -1")


def _check_anchors(anchors: NDArray[np.uint64], offsets: NDArray[np.int64]) -> None:
    if offsets[0] != 0 or offsets[-1] != len(anchors) or (np.diff(offsets) < 0).any():
        raise ValueError("the offsets of the anchors must ascend from 0 to their number")


def _check_signatures(size: int, signatures: NDArray[np.uint32], band_keys: NDArray[np.uint64]) -> None:
    if len(signatures) != size or len(band_keys) != size:
        raise ValueError("every text must have a signature and band keys")


def _check_order(order: NDArray[np.int64], size: int) -> None:
    if ((order < 0) | (order >= size)).any() or len(np.unique(order)) != len(order):
        raise ValueError("the order must name texts, each at most once")
