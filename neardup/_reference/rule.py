"""The survivor rule in plain Python: which texts survive, each decided by comparison with its candidates."""

from __future__ import annotations

from dataclasses import astuple, dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from neardup._reference.batch_checks import (
    check_all_keys,
    check_groups,
    check_low,
    check_offsets,
    check_order,
    check_rows,
)
from neardup._reference.candidates import Finder
from neardup._reference.content import read_content
from neardup._reference.evidence import measure, overlap
from neardup._reference.readings import read_text
from neardup._reference.sketches import sets_of
from neardup._reference.texts import check_threads, read_texts
from neardup.evidence import IDENTICAL, Evidence
from neardup.relations import RELATIONS, Limits, conclude, is_alike

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from neardup._reference.batch_checks import PerKind, Ragged
    from neardup._reference.opened import Folding, Texts
    from neardup._reference.readings import TextReading

    Contents: TypeAlias = tuple[NDArray[np.uint64], Texts | None]

PROGRESS_EVERY = 1024


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
        Of every text its digest; and the titles, or None: an empty one is not known, and the first line stands in for
        it.
    limits
        The values of `neardup.relations.Limits`.
    drops
        Of each relation whether it makes a text a duplicate.

    Returns
    -------
    match, relation, evidence
        int64, uint8 and float64 of shape (rows, 14): the text that makes it a duplicate, or else the first that it is
        anything to; what the text is to it by its number in `neardup.relations.RELATIONS`; the values of
        `neardup.Evidence`.
    """
    check_threads(threads)
    documents = read_texts(texts)
    size = len(documents)
    _check_contents(contents, size)
    rules = _check_limits(limits)
    _check_drops(drops)
    check_rows(rows, size)
    values, offsets = candidates
    check_offsets(offsets, len(values), "the offsets of candidates must ascend from 0 to their number")
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
    check_rows(pairs.ravel(), size)
    judge = Judge.of(texts, folding, ngram, contents, rules)
    _, relation, evidence = _verdicts([(other, *judge.relate(text, other)) for text, other in pairs.tolist()])
    return relation, evidence


Verdict = tuple[int, int, Evidence | None]
"""A match, the number of a relation, and what was measured."""

NOTHING: Verdict = (-1, 0, None)


@dataclass(frozen=True, slots=True)
class Judge:
    """Compares texts with each other; a text is read when it is compared first."""

    documents: Sequence[str]
    titles: Sequence[str] | None
    folding: Folding
    sets: list[frozenset[int]]
    digests: list[int]
    ngram: int
    rules: Limits
    known: dict[int, TextReading] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        texts: Texts,
        folding: Folding,
        ngram: int,
        contents: Contents,
        rules: Limits,
    ) -> Judge:
        """Take the texts."""
        digests, titles = contents
        known_titles = None if titles is None else read_texts(titles)
        sets = sets_of(texts, folding, ngram)
        return cls(read_texts(texts), known_titles, folding, sets, digests.tolist(), ngram, rules)

    def read(self, text: int) -> TextReading:
        """Read a text, once."""
        if text not in self.known:
            title = self.titles[text] if self.titles else ""
            self.known[text] = read_text(self.documents[text], self.folding, title)
        return self.known[text]

    def relate(self, text: int, other: int) -> tuple[int, Evidence]:
        """Give the relation of one text to another, by its number, and the evidence."""
        if self._is_identical(text, other):
            return RELATIONS.index("identical"), IDENTICAL
        found = measure(self.read(text), self.read(other), self.sets[text], self.sets[other])
        if len(self.read(text).codes) < self.ngram:
            return RELATIONS.index(None), found
        relation, _ = conclude(found, self.rules)
        return RELATIONS.index(relation), found

    def decide(self, text: int, candidates: Iterable[int], drops: NDArray[np.bool_]) -> Verdict:
        """Give the first verdict that makes the text a duplicate, else the first that says anything.

        Only the first candidate is asked whether it is a revision, unless that is a duplicate too.
        """
        kept = NOTHING
        for rank, other in enumerate(candidates):
            asks_all = rank == 0 or bool(drops[RELATIONS.index("revision")])
            if not self._is_plausible(text, other, asks_all=asks_all):
                continue
            relation, found = self.relate(text, other)
            if drops[relation]:
                return other, relation, found
            if relation and not kept[1]:
                kept = other, relation, found
        return kept

    def _is_plausible(self, text: int, other: int, *, asks_all: bool) -> bool:
        """Tell whether the sets alone leave a relation possible: a revision too, or only such as of duplicates."""
        if self._is_identical(text, other):
            return True
        if len(self.read(text).codes) < self.ngram:
            return False
        found = overlap(self.sets[text], self.sets[other])
        return is_alike(found, self.rules) or (asks_all and found.likeness >= self.rules.min_revision)

    def _is_identical(self, text: int, other: int) -> bool:
        return (
            self.digests[text] == self.digests[other]
            and self.read(text).codes == self.read(other).codes
            and read_content(self.documents[text], self.folding).numerals
            == read_content(self.documents[other], self.folding).numerals
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
    groups: NDArray[np.int64] | None = None,
    given: int = 0,
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
    groups
        Of every text, or None: texts of one group never drop each other; see `candidates`.
    given
        How many of the first texts in the order survive without being decided.
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
    check_low(low, size)
    if len(anchor_counts) != size:
        raise ValueError("every text must have a count of anchors")
    check_groups(groups, size)
    own = check_all_keys(keys, size)
    _check_contents(contents, size)
    rules = _check_limits(limits)
    _check_drops(drops)
    if max_bucket_size < 1 or max_candidates < 1:
        raise ValueError("max_bucket_size and max_candidates must be at least 1")
    check_order(order, size)
    if not 0 <= given <= len(order):
        raise ValueError("given must be at least 0, and at most the number of texts in the order")
    judge = Judge.of(texts, folding, ngram, contents, rules)
    places = np.full(size, 2**32 - 1)
    places[order] = np.arange(len(order))
    lists: list[list[list[int]]] = [[[] for _ in each[0]] for each in keys]
    finder = Finder(own, lists, places.tolist(), low, anchor_counts.tolist(), groups, min_anchor_share)
    found = [NOTHING] * size
    cuts = [0, 0, 0]
    for done, text in enumerate(order.tolist()):
        if done >= given:
            if progress is not None and (done - given) % PROGRESS_EVERY == 0:
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


def _check_contents(contents: Contents, size: int) -> None:
    digests, titles = contents
    if len(digests) != size:
        raise ValueError("every text must have a content digest")
    if titles is not None and len(titles) != size:
        raise ValueError("every text must have a title, if any has one; it may be empty")


def _check_limits(limits: NDArray[np.float64]) -> Limits:
    if len(limits) != len(Limits._fields):
        raise ValueError("there must be eleven limits of relations")
    return Limits(*limits.tolist())


def _check_drops(drops: NDArray[np.bool_]) -> None:
    if len(drops) != len(RELATIONS):
        raise ValueError("every relation must be said to drop or not")
