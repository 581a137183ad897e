"""The comparison of many texts with each other in plain Python."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import astuple, dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from neardup._reference.evidence import align, measure
from neardup._reference.sketches import shingle_sets
from neardup._reference.texts import check_threads, fold, ragged, read_texts
from neardup.evidence import IDENTICAL, Evidence
from neardup.numerals import numerals
from neardup.relations import RELATIONS, Limits, conclude

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from neardup._reference.opened import Folding, Texts

    Ragged: TypeAlias = tuple[NDArray[np.uint32], NDArray[np.int64]]
    PerKind: TypeAlias = tuple[Ragged, Ragged, Ragged]
    Contents: TypeAlias = tuple[NDArray[np.uint64], NDArray[np.int64]]

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
    keys: PerKind, anchor_counts: NDArray[np.int64], min_anchor_share: float, max_bucket_size: int
) -> NDArray[np.bool_]:
    """Tell which texts can affect the result; may over-report.

    Those that can have candidates or be some, or fill a bucket that others need; what two texts share is not counted.
    The arguments are those of `candidates`.
    """
    size = len(anchor_counts)
    own_digests, own_bands, own_anchors = _check_all_keys(keys, size)
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
    own = _check_keys(len(survives), *keys)
    _check_order(order, len(survives))
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
    ranking: tuple[NDArray[np.uint32], NDArray[np.uint8], NDArray[np.int64]],
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
        Of all texts: places in the order, low bytes of signatures of shape (texts, num_perm), numbers of anchors.
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
    places, low, anchor_counts = ranking
    check_threads(threads)
    size = len(places)
    _check_low(low, size)
    if len(anchor_counts) != size:
        raise ValueError("every text must have a count of anchors")
    own = _check_all_keys(keys, size)
    listed = [_check_lists(some, _count(each), size) for some, each in zip(lists, keys, strict=True)]
    _check_rows(rows, size)
    if max_candidates < 1:
        raise ValueError("max_candidates must be at least 1")
    finder = Finder(own, listed, places.tolist(), low, anchor_counts.tolist(), min_anchor_share)
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
    min_anchor_share: float

    def find(self, text: int) -> list[int]:
        """Give all, the likeliest first."""
        digests, bands, anchors = (
            Counter(other for key in keys[text] for other in lists[key] if self.places[other] < self.places[text])
            for keys, lists in zip(self.keys, self.lists, strict=True)
        )
        shares = {
            other: count / min(self.anchor_counts[text], self.anchor_counts[other]) for other, count in anchors.items()
        }
        enough = {other for other, share in shares.items() if share >= self.min_anchor_share}
        ranked = {
            other: (
                other not in digests,
                -max(_alike(self.low, text, other), shares.get(other, 0.0)),
                self.places[other],
            )
            for other in {*digests, *bands, *enough}
        }
        return sorted(ranked, key=ranked.__getitem__)


def decide(
    texts: Texts,
    folding: Folding,
    ngram: int,
    rows: NDArray[np.int64],
    candidates: Ragged,
    contents: Contents,
    limits: NDArray[np.float64],
    drops: NDArray[np.bool_],
    threads: int,
) -> tuple[NDArray[np.int64], NDArray[np.uint8], NDArray[np.float64]]:
    """Compare some texts with their candidates, each up to the first that makes it a duplicate.

    Parameters
    ----------
    texts, folding, threads
        See `fold_texts`.
    ngram
        See `sketches`.
    rows
        The texts to decide.
    candidates
        uint32 and int64: the texts to compare row i with are ``candidates[0][candidates[1][i]:candidates[1][i + 1]]``.
    contents
        Of every text its digest, and how long it is, folded, without what it prints again: only a longer one contains
        another.
    limits
        The values of `neardup.relations.Limits`.
    drops
        Of each relation whether it makes a text a duplicate.

    Returns
    -------
    match, relation, evidence
        int64, uint8 and float64 of shape (rows, 12): the text that makes it a duplicate, or else the first that it is
        anything to; what the text is to it by its number in `neardup.relations.RELATIONS`; the values of
        `neardup.Evidence`.
    """
    check_threads(threads)
    documents = read_texts(texts)
    size = len(documents)
    _check_contents(contents, size)
    rules = _check_limits(limits)
    _check_drops(drops)
    _check_rows(rows, size)
    values, offsets = candidates
    _check_offsets(offsets, len(values), "the offsets of candidates must ascend from 0 to their number")
    if len(offsets) != len(rows) + 1:
        raise ValueError("every row must have candidates")
    if (values >= size).any():
        raise ValueError("the candidates must be texts")
    judge = Judge.of(texts, folding, ngram, contents, rules)
    found = [
        judge.decide(row, values[start:stop].tolist(), drops)
        for row, (start, stop) in zip(rows.tolist(), pairwise(offsets.tolist()), strict=True)
    ]
    return _verdicts(found)


def relate(
    texts: Texts,
    folding: Folding,
    ngram: int,
    pairs: NDArray[np.int64],
    contents: Contents,
    limits: NDArray[np.float64],
    threads: int,
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Measure pairs of texts, and say what the first of each is to the second; the arguments are those of `decide`."""
    check_threads(threads)
    size = len(read_texts(texts))
    _check_contents(contents, size)
    rules = _check_limits(limits)
    _check_rows(pairs.ravel(), size)
    judge = Judge.of(texts, folding, ngram, contents, rules)
    _, relation, evidence = _verdicts([(other, *judge.relate(text, other)) for text, other in pairs.tolist()])
    return relation, evidence


Verdict = tuple[int, int, Evidence | None]
"""A match, the number of a relation, and what was measured."""

NOTHING: Verdict = (-1, 0, None)


@dataclass(frozen=True, slots=True)
class Judge:
    """Compares texts with each other."""

    documents: Sequence[str]
    folded: list[list[int]]
    sets: list[frozenset[int]]
    digests: list[int]
    distinct: list[int]
    ngram: int
    rules: Limits

    @classmethod
    def of(
        cls,
        texts: Texts,
        folding: Folding,
        ngram: int,
        contents: Contents,
        rules: Limits,
    ) -> Judge:
        """Read the texts."""
        documents = read_texts(texts)
        folded = [fold(text, folding)[0].tolist() for text in documents]
        digests, distinct = contents
        sets = _sets(texts, folding, ngram)
        return cls(documents, folded, sets, digests.tolist(), distinct.tolist(), ngram, rules)

    def relate(self, text: int, other: int) -> tuple[int, Evidence]:
        """Give the relation of one text to another, by its number, and the evidence."""
        if self._is_identical(text, other):
            return RELATIONS.index("identical"), IDENTICAL
        found = measure(
            self.documents[text],
            self.documents[other],
            self.folded[text],
            self.folded[other],
            self.sets[text],
            self.sets[other],
        )
        if len(self.folded[text]) < self.ngram:
            return RELATIONS.index(None), found
        relation, _ = conclude(found, self.rules, is_longer=self.distinct[text] > self.distinct[other])
        return RELATIONS.index(relation), found

    def decide(self, text: int, candidates: Iterable[int], drops: NDArray[np.bool_]) -> Verdict:
        """Give the first verdict that makes the text a duplicate, else the first that says anything."""
        kept = NOTHING
        for other in candidates:
            relation, found = self.relate(text, other)
            if drops[relation]:
                return other, relation, found
            if relation and not kept[1]:
                kept = other, relation, found
        return kept

    def _is_identical(self, text: int, other: int) -> bool:
        return (
            self.digests[text] == self.digests[other]
            and self.folded[text] == self.folded[other]
            and numerals(self.documents[text]) == numerals(self.documents[other])
        )


def _verdicts(found: list[Verdict]) -> tuple[NDArray[np.int64], NDArray[np.uint8], NDArray[np.float64]]:
    match, relation, evidence = zip(*found, strict=True) if found else ((), (), ())
    measured = [(0.0,) * len(Evidence.__slots__) if each is None else astuple(each) for each in evidence]
    rows = np.array(measured, np.float64).reshape(-1, len(Evidence.__slots__))
    return np.array(match, np.int64), np.array(relation, np.uint8), rows


def survivors(
    texts: Texts,
    folding: Folding,
    ngram: int,
    order: NDArray[np.int64],
    keys: PerKind,
    low: NDArray[np.uint8],
    anchor_counts: NDArray[np.int64],
    contents: Contents,
    rule: tuple[float, NDArray[np.float64], NDArray[np.bool_], int, int],
    threads: int,
    progress: Callable[[int], object] | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.uint8], NDArray[np.float64], NDArray[np.int64], int]:
    """Decide in order which texts survive; see `neardup.survivors` for the rule.

    Parameters
    ----------
    texts, folding, ngram, contents
        See `decide`.
    order
        The texts to decide, each at most once.
    keys, low, anchor_counts
        See `candidates`.
    rule
        The values of `neardup.survivors.Rule`.
    threads
        See `fold_texts`.
    progress
        Called now and then with the number of texts that are decided.

    Returns
    -------
    match, relation, evidence
        See `decide`; of every text.
    cuts
        int64: times that a list was full already, texts with too many candidates, candidates left out.
    rounds
        How often texts were decided until nothing changed, at most: 1 in order.
    """
    min_anchor_share, limits, drops, max_bucket_size, max_candidates = rule
    check_threads(threads)
    size = len(read_texts(texts))
    _check_low(low, size)
    if len(anchor_counts) != size:
        raise ValueError("every text must have a count of anchors")
    own = _check_all_keys(keys, size)
    _check_contents(contents, size)
    rules = _check_limits(limits)
    _check_drops(drops)
    if max_bucket_size < 1 or max_candidates < 1:
        raise ValueError("max_bucket_size and max_candidates must be at least 1")
    _check_order(order, size)
    judge = Judge.of(texts, folding, ngram, contents, rules)
    places = np.full(size, 2**32 - 1)
    places[order] = np.arange(len(order))
    lists: list[list[list[int]]] = [[[] for _ in each[0]] for each in keys]
    finder = Finder(own, lists, places.tolist(), low, anchor_counts.tolist(), min_anchor_share)
    found = [NOTHING] * size
    cuts = [0, 0, 0]
    for done, text in enumerate(order.tolist()):
        if progress is not None and done % PROGRESS_EVERY == 0:
            progress(done)
        ranked = finder.find(text)
        if len(ranked) > max_candidates:
            cuts[1] += 1
            cuts[2] += len(ranked) - max_candidates
        found[text] = judge.decide(text, ranked[:max_candidates], drops)
        if drops[found[text][1]]:
            continue
        for kind, kind_keys in zip(lists, own, strict=True):
            for key in kind_keys[text]:
                if len(kind[key]) < max_bucket_size:
                    kind[key].append(text)
                else:
                    cuts[0] += 1
    return *_verdicts(found), np.array(cuts, np.int64), 1


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
    _check_low(low, size)
    own_bands = _check_keys(size, *keys)
    _check_order(chosen, size)
    if (np.diff(chosen) <= 0).any():
        raise ValueError("the chosen texts must be ascending")
    if not 0 <= begin <= end <= len(chosen):
        raise ValueError("begin and end must be a part of the chosen texts")
    sets = _sets(texts, folding, ngram)
    by_band: dict[int, list[int]] = defaultdict(list)
    pairs = []
    for place, text in enumerate(chosen[:end].tolist()):
        own = own_bands[text]
        for other in sorted({other for key in own for other in by_band[key]}) if place >= begin else ():
            if _alike(low, text, other) + _error(low) >= threshold:
                shared = len(sets[text] & sets[other])
                jaccard = shared / (len(sets[text]) + len(sets[other]) - shared)
                if jaccard >= threshold:
                    pairs.append((other, text, jaccard))
        for key in own:
            by_band[key].append(text)
    left, right, jaccards = zip(*pairs, strict=True) if pairs else ((), (), ())
    return np.array(left, np.int64), np.array(right, np.int64), np.array(jaccards, np.float64)


def _sets(texts: Texts, folding: Folding, ngram: int) -> list[frozenset[int]]:
    values, offsets = shingle_sets(texts, folding, ngram, 1)
    return [frozenset(values[start:stop].tolist()) for start, stop in pairwise(offsets.tolist())]


def _alike(low: NDArray[np.uint8], text: int, other: int) -> float:
    return int(np.count_nonzero(low[text] == low[other])) / int(low.shape[1])


def _error(low: NDArray[np.uint8]) -> float:
    """Give five standard errors: once in more than a million times an estimate is lower by more."""
    return 2.5 / math.sqrt(low.shape[1])


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


def _check_all_keys(keys: PerKind, size: int) -> list[list[list[int]]]:
    return [_check_keys(size, *each) for each in keys]


def _count(keys: Ragged) -> int:
    """Give how many keys there are."""
    return int(keys[0].max()) + 1 if len(keys[0]) else 0


def _check_lists(lists: Ragged, keys: int, size: int) -> list[list[int]]:
    """Give the texts in the list of each key."""
    texts, offsets = lists
    _check_offsets(offsets, len(texts), "the offsets of lists must ascend from 0 to the number of their texts")
    if len(offsets) < keys + 1:
        raise ValueError("every key must have a list")
    if (texts >= size).any():
        raise ValueError("the lists must name texts")
    return [texts[start:stop].tolist() for start, stop in pairwise(offsets.tolist())]


def _check_low(low: NDArray[np.uint8], size: int) -> None:
    if len(low) != size or not low.shape[1]:
        raise ValueError("every text must have the low bytes of a signature")


def _check_contents(contents: Contents, size: int) -> None:
    if not len(contents[0]) == len(contents[1]) == size:
        raise ValueError("every text must have a content digest, and a length without its own copies")


def _check_limits(limits: NDArray[np.float64]) -> Limits:
    if len(limits) != len(Limits._fields):
        raise ValueError("there must be nine limits of relations")
    return Limits(*limits.tolist())


def _check_drops(drops: NDArray[np.bool_]) -> None:
    if len(drops) != len(RELATIONS):
        raise ValueError("every relation must be said to drop or not")


def _check_rows(rows: NDArray[np.int64], size: int) -> None:
    if ((rows < 0) | (rows >= size)).any():
        raise ValueError("the rows must be texts")


def _check_order(order: NDArray[np.int64], size: int) -> None:
    if ((order < 0) | (order >= size)).any() or len(np.unique(order)) != len(order):
        raise ValueError("the order must name texts, each at most once")
