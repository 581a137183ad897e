"""What a tool should have dropped, by exact truth: the judge of duplicates.

The truth is `benchmarks.truth`: Jaccard at or above the threshold. It does not ask in which order a tool takes the
documents, but what it keeps. A dropped document is *right* if a kept one is as like it as that. A kept document is
*missed* if an earlier one that is kept, and not missed itself, is as like it. Recall is ``right / (right + missed)``,
precision ``right / dropped``. Some of the missed are no copies by neardup's rule, see `kept_by_rule`. neardup also
drops what another document contains: for its precision such a drop is right if that much of the document's set, exactly
counted, is in the set of a kept one.

There are two truths, that of folded texts (`neardup.shingling.shingle_sets`), and that of raw texts (`raw_sets`, their
5-grams as they are, what most tools look at).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.truth import exact_containments, exact_pairs
from neardup import Config, compare, fold
from neardup.shingling import HashSets

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from benchmarks.truth import ExactPairs

NGRAM = 5
MIN_CONTAINMENT = 0.8


def raw_sets(texts: Sequence[str]) -> HashSets:
    """Hash the n-grams of texts as they are; a text of fewer code points has none."""
    multiplier, mixer = np.uint64(0xD1342543DE82EF95), np.uint64(0xBF58476D1CE4E5B9)
    found = []
    for text in texts:
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)
        sums = np.zeros(max(0, len(codes) - NGRAM + 1), np.uint64)
        for start in range(NGRAM):
            sums = sums * multiplier + codes[start : start + len(sums)]
        found.append(np.unique((sums ^ sums >> np.uint64(30)) * mixer))
    return HashSets(np.concatenate([*found, np.empty(0, np.uint64)]), np.cumsum([0, *map(len, found)]))


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """Which documents are alike: pairs, and pairs of which one contains the other.

    Attributes
    ----------
    likes
        For each document the positions of those that are as like it as the threshold asks.
    containers
        For each document the positions of those that contain it, by `MIN_CONTAINMENT`.
    """

    likes: list[list[int]]
    containers: list[list[int]]

    @classmethod
    def of(cls, sets: HashSets, threshold: float) -> Truth:
        """Count what every two documents share."""
        return cls.at_each(sets, [threshold])[threshold]

    @classmethod
    def at_each(cls, sets: HashSets, thresholds: Sequence[float]) -> dict[float, Truth]:
        """Count once for several thresholds."""
        pairs, containers = exact_pairs(sets, min(thresholds)), _containers(sets)
        return {threshold: cls(_partners(pairs.at(threshold), len(sets)), containers) for threshold in thresholds}

    @property
    def pairs(self) -> int:
        """How many pairs of documents are alike."""
        return sum(map(len, self.likes)) // 2

    def judge(self, dropped: NDArray[np.bool_], *, contained_too: bool) -> tuple[float, float]:
        """Give recall and precision, 1 of nothing."""
        drops = dropped.tolist()
        right = self.right(dropped)
        inside = [i for i, drop in enumerate(drops) if drop and not all(drops[j] for j in self.containers[i])]
        precision = len(right.union(inside if contained_too else ())) / sum(drops) if any(drops) else 1.0
        return recall(len(right), len(self.missed(dropped))), precision

    def right(self, dropped: NDArray[np.bool_]) -> set[int]:
        """Give the dropped documents that are as like a kept one."""
        drops = dropped.tolist()
        return {i for i, drop in enumerate(drops) if drop and not all(drops[j] for j in self.likes[i])}

    def missed(self, dropped: NDArray[np.bool_]) -> dict[int, list[int]]:
        """Give the missed documents, each with the earlier ones, kept and not missed, that are as like it."""
        drops = dropped.tolist()
        missed: dict[int, list[int]] = {}
        for i, drop in enumerate(drops):
            before = [] if drop else [j for j in self.likes[i] if j < i and not drops[j] and j not in missed]
            if before:
                missed[i] = before
        return missed


def recall(right: int, missed: int) -> float:
    """Give the share that is right, 1 of nothing."""
    return right / (right + missed) if right or missed else 1.0


def kept_by_rule(texts: Sequence[str], missed: Mapping[int, Sequence[int]], threshold: float) -> int:
    """Count the missed documents that neardup's rule keeps beside each of those that they are as like."""
    config = Config(threshold=threshold)
    return sum(all(is_kept_by_rule(texts[i], texts[j], config) for j in before) for i, before in missed.items())


def is_kept_by_rule(one: str, other: str, config: Config) -> bool:
    """Tell whether neardup keeps two texts that are alike, as a template, an overlap or a revision."""
    shorter, longer = sorted((one, other), key=lambda text: len(fold(text)))
    return compare(shorter, longer, config=config).relation not in config.relations


def _partners(pairs: ExactPairs, size: int) -> list[list[int]]:
    found: list[list[int]] = [[] for _ in range(size)]
    listed = pairs.expanded()
    for left, right in zip(listed.left.tolist(), listed.right.tolist(), strict=True):
        found[left].append(right)
        found[right].append(left)
    return found


def _containers(sets: HashSets) -> list[list[int]]:
    containers: list[list[int]] = [[] for _ in range(len(sets))]
    found = exact_containments(sets, MIN_CONTAINMENT).expanded()
    # The score is that of the smaller set. The larger one is contained too if it has few shingles more.
    small, large = (
        np.where(sets.sizes[found.left] <= sets.sizes[found.right], *pair)
        for pair in ((found.left, found.right), (found.right, found.left))
    )
    shared = found.score * sets.sizes[small]
    for one, other, count in zip(small.tolist(), large.tolist(), shared.tolist(), strict=True):
        containers[one].append(other)
        if round(count) / sets.sizes[other] >= MIN_CONTAINMENT:
            containers[other].append(one)
    return containers
