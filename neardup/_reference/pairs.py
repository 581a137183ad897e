"""Pairs of texts compared in plain Python: two of them, and all that share a band."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import astuple
from typing import TYPE_CHECKING

import numpy as np

from neardup._reference.batch_checks import check_keys, check_low, check_order
from neardup._reference.candidates import alike
from neardup._reference.evidence import in_order, measure
from neardup._reference.pair_align import align
from neardup._reference.readings import read_text
from neardup._reference.sketches import sets_of
from neardup._reference.texts import check_threads, read_texts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neardup._reference.batch_checks import Ragged
    from neardup._reference.opened import Folding, Texts


def compare(
    texts: Texts, folding: Folding, ngram: int, titles: Texts | None = None
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
    sets = sets_of(texts, folding, ngram)
    documents = read_texts(texts)
    if len(documents) != 2:
        raise ValueError("there must be two texts")
    if titles is not None and len(titles) != 2:
        raise ValueError("there must be two titles")
    known = ["", ""] if titles is None else read_texts(titles)
    one, other = (read_text(text, folding, title) for text, title in zip(documents, known, strict=True))
    found = measure(one, other, *sets)
    shorter, longer = in_order(one, other)
    pieces = np.array(align(shorter.codes, longer.codes), np.int32).reshape(-1, 3)
    if shorter is not one:
        pieces = pieces[:, [1, 0, 2]]
    return np.array(astuple(found), np.float64), np.ascontiguousarray(pieces)


def band_pairs(
    texts: Texts,
    folding: Folding,
    ngram: int,
    low: NDArray[np.uint8],
    keys: Ragged,
    chosen: NDArray[np.int64],
    part: tuple[int, int],
    threshold: float,
    threads: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Give the pairs of chosen texts that share a band and have at least a Jaccard similarity of `threshold`.

    Pairs whose signatures agree so little that the threshold is five standard errors off are left out unseen.

    Parameters
    ----------
    texts, folding, ngram, low
        See `survivors`.
    keys
        What `shared_keys` gave for the bands of all texts.
    chosen
        The texts to pair, ascending.
    part
        Where among them those begin and end of which to give the pairs with those before.
    threads
        See `fold_texts`.

    Returns
    -------
    left, right, jaccard
        int64, int64 and float64, by right, then by left; left is before right.
    """
    check_threads(threads)
    begin, end = part
    size = len(read_texts(texts))
    check_low(low, size)
    own_bands = check_keys(size, *keys)
    check_order(chosen, size)
    if (np.diff(chosen) <= 0).any():
        raise ValueError("the chosen texts must be ascending")
    if not 0 <= begin <= end <= len(chosen):
        raise ValueError("begin and end must be a part of the chosen texts")
    sets = sets_of(texts, folding, ngram)
    by_band: dict[int, list[int]] = defaultdict(list)
    pairs = []
    for place, text in enumerate(chosen[:end].tolist()):
        own = own_bands[text]
        for other in sorted({other for key in own for other in by_band[key]}) if place >= begin else ():
            if alike(low, text, other) + _error(low) >= threshold:
                shared = len(sets[text] & sets[other])
                jaccard = shared / (len(sets[text]) + len(sets[other]) - shared)
                if jaccard >= threshold:
                    pairs.append((other, text, jaccard))
        for key in own:
            by_band[key].append(text)
    left, right, jaccards = zip(*pairs, strict=True) if pairs else ((), (), ())
    return np.array(left, np.int64), np.array(right, np.int64), np.array(jaccards, np.float64)


def _error(low: NDArray[np.uint8]) -> float:
    """Give five standard errors: once in more than a million times an estimate is lower by more."""
    return 2.5 / math.sqrt(low.shape[1])
