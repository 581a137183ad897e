"""Fitting: the weights and limits of `neardup.relations`, chosen on labelled pairs and tried on others.

A penalised logistic regression on the pairs that are alike by their sets says how much each term of
`neardup.relations.Terms` tells of a copy; a term that would count the wrong way is left out. The limit of copies is the
lowest that is as precise as asked for, the limit of revisions that of the best F1 over all pairs, both on the pairs
that were fitted on. With `held_out` every pair is called by what was fitted without its fold, and without pairs that
share a text with those of the fold.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from benchmarks.labelled_pairs import f1
from neardup.relations import Limits, Terms, alike, explained

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from benchmarks.labelled_pairs import Flags, LabelledPair
    from neardup.evidence import Evidence

    Floats: TypeAlias = NDArray[np.float64]

WEIGHTS = {
    "other_text": "foreign_weight",
    "other_marks": "marks_weight",
    "other_words": "replaced_weight",
    "other_title": "title_recurs_weight",
    "foreign_title": "title_absent_weight",
    "negated_title": "title_negated_weight",
}
"""Of each term but the numbers, which count once, the limit that weighs it."""

IMPORTANCE = {3: 1.0, 2: 0.6, 1: 0.2}
"""What a pair counts in the regression, by how sure its label is."""

PENALTY = 1.0
"""Of the squared weights, in units of their term's deviation."""

ROUNDS, LONGEST_STEP, SMALL = 100, 2.0, 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Labelled pairs as arrays.

    Attributes
    ----------
    terms
        Of each pair the terms of the sum, all with the weight 1.
    is_alike, may_be_revision
        Whether the sets alone would make it a copy, and whether they let it be a revision.
    is_same
        Whether people call it the same item.
    importance
        How much it counts.
    groups
        Pairs of one share a text.
    """

    terms: Floats
    is_alike: Flags
    may_be_revision: Flags
    is_same: Flags
    importance: Floats
    groups: NDArray[np.str_]

    @classmethod
    def of(cls, pairs: Sequence[LabelledPair], found: Sequence[Evidence], limits: Limits) -> Sample:
        """Make it of pairs and what was measured on them."""
        even = limits._replace(**dict.fromkeys(WEIGHTS.values(), 1.0))
        return cls(
            np.array([explained(each, even) for each in found], np.float64).reshape(-1, len(Terms._fields)),
            np.array([alike(each, limits) is not None for each in found], bool),
            np.array([each.likeness >= limits.min_revision for each in found], bool),
            np.array([pair.is_duplicate for pair in pairs], bool),
            np.array([IMPORTANCE[pair.sure] for pair in pairs], np.float64),
            np.array([pair.group for pair in pairs], np.str_),
        )

    def at(self, chosen: Flags) -> Sample:
        """Choose pairs."""
        return Sample(*(getattr(self, name)[chosen] for name in self.__slots__))


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """Weights of the terms, a constant, and from which sums on a pair is a copy or a revision."""

    weights: Floats
    constant: float
    min_score: float
    min_revision_score: float

    @classmethod
    def of(cls, limits: Limits) -> Fitted:
        """Take the numbers of a config."""
        weights = [1.0, *(getattr(limits, name) for name in WEIGHTS.values())]
        return cls(np.array(weights), 0.0, limits.min_score, limits.min_revision_score)

    @classmethod
    def to(cls, sample: Sample, precision: float, used: Sequence[int] = range(len(Terms._fields))) -> Fitted:
        """Fit weights to pairs, of some terms, and choose the limits."""
        weights, constant = positive_weights(sample.at(sample.is_alike), used)
        return cls(weights, constant, 0.0, 0.0).with_limits(sample, precision)

    def with_limits(self, sample: Sample, precision: float) -> Fitted:
        """Choose both limits for pairs, and leave the weights as they are."""
        sums, is_alike = self.sums(sample), sample.is_alike
        min_score = precise_cut(sums[is_alike], sample.is_same[is_alike], precision)
        copies = is_alike & (sums >= min_score)
        cut = best_addition(sample.is_same, copies, sums, sample.may_be_revision)
        return Fitted(self.weights, self.constant, min_score, cut)

    def sums(self, sample: Sample) -> Floats:
        """Add up the terms: the logarithm of the odds of a copy, if fitted and not scaled."""
        sums: Floats = sample.terms @ self.weights + self.constant
        return sums

    def copies(self, sample: Sample) -> Flags:
        """Tell which pairs are copies."""
        return sample.is_alike & (self.sums(sample) >= self.min_score)

    def same(self, sample: Sample) -> Flags:
        """Tell which pairs are copies or revisions."""
        return self.copies(sample) | (sample.may_be_revision & (self.sums(sample) >= self.min_revision_score))

    def scaled(self) -> Fitted:
        """Give the same in units of the numbers, without a constant; as it is if the numbers count nothing."""
        unit = float(self.weights[0]) or 1.0
        cuts = ((cut - self.constant) / unit for cut in (self.min_score, self.min_revision_score))
        return Fitted(self.weights / unit, 0.0, *cuts)

    def rounded(self, sample: Sample, precision: float) -> Fitted:
        """Give weights of one digit behind the point, with limits of two that were chosen for them."""
        chosen = Fitted(self.scaled().weights.round(1), 0.0, 0.0, 0.0).with_limits(sample, precision)
        # A limit is the sum of a pair, which must still reach it.
        cuts = (np.floor(100 * cut).item() / 100 for cut in (chosen.min_score, chosen.min_revision_score))
        return Fitted(chosen.weights, 0.0, *cuts)

    def named(self) -> dict[str, float]:
        """Give the numbers by their names in a config, in units of the numbers."""
        scaled = self.scaled()
        weights = dict(zip(WEIGHTS.values(), scaled.weights[1:].tolist(), strict=True))
        return weights | {"min_score": scaled.min_score, "min_revision_score": scaled.min_revision_score}


def regression(values: Floats, truth: Flags, importance: Floats) -> tuple[Floats, float]:
    """Fit the logarithm of the odds by Newton's method: weights of the columns, which are penalised, and a constant."""
    if not len(values):
        return np.zeros(values.shape[1]), 0.0
    deviations = np.where(values.std(axis=0) > 0, values.std(axis=0), 1.0)
    columns = np.column_stack([values / deviations, np.ones(len(values))])
    penalty = np.diag([PENALTY] * values.shape[1] + [SMALL])
    found = np.zeros(columns.shape[1])
    for _ in range(ROUNDS):
        chance = 1 / (1 + np.exp(-columns @ found))
        slope = columns.T @ (importance * (truth - chance)) - penalty @ found
        curvature = (columns.T * (importance * chance * (1 - chance))) @ columns + penalty
        step = np.linalg.solve(curvature, slope)
        largest = float(np.abs(step).max())
        found += step * min(1.0, LONGEST_STEP / max(largest, SMALL))
        if largest < SMALL:
            break
    return found[:-1] / deviations, float(found[-1])


def positive_weights(sample: Sample, used: Sequence[int]) -> tuple[Floats, float]:
    """Fit weights of terms, and drop the most negative one until none is."""
    kept, weights = list(used), np.zeros(sample.terms.shape[1])
    while True:
        found, constant = regression(sample.terms[:, kept], sample.is_same, sample.importance)
        if not kept or found.min() >= 0:
            weights[kept] = found
            return weights, constant
        del kept[int(found.argmin())]


def precise_cut(sums: Floats, truth: Flags, precision: float) -> float:
    """Give the lowest cut at which what reaches it is that precise; infinity if there is none."""
    order = np.argsort(-sums, kind="stable")
    falling = sums[order]
    shares = np.cumsum(truth[order]) / np.arange(1, len(sums) + 1)
    # Equal sums are on one side of a cut.
    is_last = np.append(falling[1:] < falling[:-1], True)[: len(sums)]
    reached = np.flatnonzero(is_last & (shares >= precision))
    return float(falling[reached[-1]]) if len(reached) else np.inf


def best_addition(truth: Flags, copies: Flags, sums: Floats, allowed: Flags) -> float:
    """Give the cut of the best F1 of copies and what is allowed and reaches the cut; infinity if that is nothing."""
    cuts = [np.inf, *np.unique(sums[allowed]).tolist()]
    best: float = max((f1(truth, copies | (allowed & (sums >= cut))), cut) for cut in cuts)[1]
    return best


def recall_at(precision: float, sums: Floats, truth: Flags) -> float:
    """Give the recall at the lowest cut that is that precise."""
    return float(truth[sums >= precise_cut(sums, truth, precision)].sum() / max(1, truth.sum()))


def shuffled_folds(names: NDArray[np.str_], count: int, seed: int) -> NDArray[np.intp]:
    """Deal names out to folds: give the fold of each, equal names in one."""
    unique, where = np.unique(names, return_inverse=True)
    dealt = np.random.default_rng(seed).permutation(len(unique)) % count
    folds: NDArray[np.intp] = dealt[where]
    return folds


def fitted_without(
    sample: Sample, folds: NDArray[np.intp], precision: float, used: Sequence[int] = range(len(Terms._fields))
) -> Iterator[tuple[Flags, Fitted]]:
    """Give each fold, and what is fitted to the pairs that are not of it and share no text with it."""
    for fold in np.unique(folds):
        inside = folds == fold
        rest = ~np.isin(sample.groups, sample.groups[inside])
        yield inside, Fitted.to(sample.at(rest), precision, used)


def held_out(
    sample: Sample, folds: NDArray[np.intp], precision: float, used: Sequence[int] = range(len(Terms._fields))
) -> tuple[Floats, Flags, Flags]:
    """Give the sum of every pair, and whether it is called a copy and the same item, by what was fitted without it."""
    sums, copies, same = np.zeros(len(folds)), np.zeros(len(folds), bool), np.zeros(len(folds), bool)
    for inside, fitted in fitted_without(sample, folds, precision, used):
        some = sample.at(inside)
        sums[inside], copies[inside], same[inside] = fitted.sums(some), fitted.copies(some), fitted.same(some)
    return sums, copies, same
