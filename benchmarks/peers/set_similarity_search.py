"""SetSimilaritySearch: exact, no sketches: every pair of sets of character 5-grams at or above the threshold.

It is here as a truth that is not ours, for small corpora. Texts are normalised in Python first. A document is dropped
if an earlier one that is kept is as alike.
"""

from __future__ import annotations

from collections import defaultdict

from SetSimilaritySearch import all_pairs

from benchmarks.peers.texts import ngrams, normalised

TITLE = "SetSimilaritySearch (exact)"
REQUIREMENTS = ("SetSimilaritySearch==1.0.1",)
DEFAULT_THRESHOLD = 0.5


def drops(texts: list[str], threshold: float) -> list[bool]:
    """Find all pairs, then keep the first documents that no kept one is like."""
    sets = [set(ngrams(normalised(text))) for text in texts]
    used = [i for i, grams in enumerate(sets) if grams]
    alike = defaultdict(list)
    if used:
        found = all_pairs([sets[i] for i in used], similarity_func_name="jaccard", similarity_threshold=threshold)
        for one, other, _ in found:
            earlier, later = sorted((used[one], used[other]))
            alike[later].append(earlier)
    dropped: list[bool] = []
    for i in range(len(texts)):
        dropped.append(any(not dropped[j] for j in alike[i]))
    return dropped


def scores(pairs: list[tuple[str, str]]) -> list[float]:
    """Give the Jaccard similarity itself; all pairs of two sets."""
    found = []
    for pair in pairs:
        sets = [set(ngrams(normalised(text))) for text in pair]
        alike = all_pairs(sets, similarity_func_name="jaccard", similarity_threshold=0.0) if all(sets) else ()
        found.append(max((score for _, _, score in alike), default=0.0))
    return found
