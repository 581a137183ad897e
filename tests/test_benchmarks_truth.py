"""Exact truth: it agrees with brute force on small worlds, and with another package on a corpus."""

import json
import random
from importlib import import_module
from importlib.util import find_spec
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neardup.shingling import HashSets, shingle_sets
from tests.benchmarking import load_benchmarks, run_suite

pytestmark = pytest.mark.once

load_benchmarks()
suite: Any = import_module("benchmarks.suites.truth")
truth: Any = import_module("benchmarks.truth")

MEASURES = {"jaccard": truth.exact_pairs, "containment": truth.exact_containments}
THRESHOLDS = st.sampled_from([0.01, 0.3, 1 / 3, 0.5, 0.6, 2 / 3, 0.7, 0.8, 0.9, 1.0])
WORLDS = st.lists(st.frozensets(st.integers(0, 12), max_size=9), max_size=12)


def hash_sets(world: list[frozenset[int]]) -> HashSets:
    values = np.array([value for each in world for value in sorted(each)], np.uint64)
    return HashSets(values, np.cumsum([0, *map(len, world)]))


def score(measure: str, a: frozenset[int], b: frozenset[int]) -> float:
    return len(a & b) / (len(a | b) if measure == "jaccard" else min(len(a), len(b)))


def brute_force(world: list[frozenset[int]], threshold: float, measure: str) -> dict[tuple[int, int], float]:
    return {
        (i, j): score(measure, world[i], world[j])
        for i, j in combinations(range(len(world)), 2)
        if world[i] and world[j] and score(measure, world[i], world[j]) >= threshold
    }


def as_dict(found: Any) -> dict[tuple[int, int], float]:
    pairs = list(zip(found.left.tolist(), found.right.tolist(), strict=True))
    assert pairs == sorted(set(pairs))
    return dict(zip(pairs, found.score.tolist(), strict=True))


def random_world(count: int, seed: int) -> list[frozenset[int]]:
    """Make many related sets: subsets of a few bases, with shingles of their own."""
    rng = random.Random(seed)
    bases = [rng.sample(range(500), 60) for _ in range(8)]
    worlds = [[*rng.sample(rng.choice(bases), rng.randint(20, 60)), rng.randrange(500)] for _ in range(count)]
    return [frozenset(each) for each in worlds]


@pytest.mark.parametrize("measure", MEASURES)
@given(world=WORLDS, threshold=THRESHOLDS)
def test_brute_force_agrees(measure: str, world: list[frozenset[int]], threshold: float) -> None:
    found = MEASURES[measure](hash_sets(world), threshold)
    expected = brute_force(world, threshold, measure)
    assert as_dict(found.expanded()) == expected
    assert found.count == len(expected)
    assert found.equal_count == sum(a == b != frozenset() for a, b in combinations(world, 2))
    assert found.first.tolist() == [world.index(each) if each else -1 for each in world]
    assert as_dict(found) == {
        (i, j): each
        for (i, j), each in expected.items()
        if world.index(world[j]) == j > i and world.index(world[i]) == i
    }


@pytest.mark.parametrize("cells", [1, 700])
@pytest.mark.parametrize("measure", MEASURES)
def test_blocks_do_not_matter(measure: str, cells: int, monkeypatch: pytest.MonkeyPatch) -> None:
    nested = [frozenset(range(size)) for size in range(1, 21)]  # their sizes alone decide, to the last one
    world = [*random_world(150, seed=1), *nested]
    monkeypatch.setattr(truth, "BLOCK_CELLS", cells)
    expected = brute_force(world, 0.5, measure)
    assert len(expected) > 100
    assert as_dict(MEASURES[measure](hash_sets(world), 0.5).expanded()) == expected


@pytest.mark.parametrize("measure", MEASURES)
def test_higher_thresholds_are_parts_of_lower_ones(measure: str) -> None:
    sets = hash_sets(random_world(100, seed=2))
    low = MEASURES[measure](sets, 0.4)
    for threshold in (0.4, 0.55, 0.7):
        assert as_dict(low.at(threshold)) == as_dict(MEASURES[measure](sets, threshold))
    assert 0 < len(low.at(0.7).left) < len(low.left)


def test_copies_are_one_class_until_they_are_expanded() -> None:
    found = truth.exact_pairs(shingle_sets(["天地玄黄宇宙洪荒"] * 2000 + ["天地玄黄宇宙洪水", "", "日月"]), 0.5)
    assert (found.left.tolist(), found.right.tolist()) == ([0], [2000])
    assert found.equal_count == 2000 * 1999 // 2
    assert found.count == found.equal_count + 2000
    few = truth.exact_pairs(shingle_sets(["天地玄黄宇宙洪荒"] * 3 + ["天地玄黄宇宙洪水"]), 0.5).expanded()
    assert as_dict(few) == {(0, 1): 1, (0, 2): 1, (0, 3): 0.6, (1, 2): 1, (1, 3): 0.6, (2, 3): 0.6}
    assert as_dict(few.expanded()) == as_dict(few)


@pytest.mark.skipif(
    find_spec("SetSimilaritySearch") is None,
    reason="SetSimilaritySearch is not installed: pip install 'neardup[bench]'",
)
@pytest.mark.parametrize("measure", MEASURES)
def test_set_similarity_search_agrees(measure: str) -> None:
    from SetSimilaritySearch import SearchIndex

    world = list(dict.fromkeys(random_world(600, seed=3)))
    index = SearchIndex(world, similarity_func_name=measure, similarity_threshold=0.6)
    expected: dict[tuple[int, int], float] = {}
    for i, each in enumerate(world):
        for j, found in index.query(each):  # its containment is that of the query, so the smaller set has the greater
            if i != j:
                pair = min(i, j), max(i, j)
                expected[pair] = max(found, expected.get(pair, 0))
    assert len(expected) > 1000
    assert as_dict(MEASURES[measure](hash_sets(world), 0.6)) == expected


@pytest.mark.parametrize("threshold", [0, -0.5, 1.01, float("nan")])
@pytest.mark.parametrize("measure", MEASURES)
def test_thresholds_out_of_range_are_refused(measure: str, threshold: float) -> None:
    with pytest.raises(ValueError, match=r"threshold must be in \(0, 1\], not"):
        MEASURES[measure](hash_sets([]), threshold)


def test_the_suite_counts_and_writes(tmp_path: Path) -> None:
    texts = ["天地玄黄宇宙洪荒", "天地玄黄，宇宙洪荒。", "天地玄黄宇宙洪水", "日月盈昃辰宿列张"]
    corpus, out = tmp_path / "corpus.jsonl", tmp_path / "pairs.npz"
    lines = [json.dumps({"id": f"第{i}篇", "text": text}) for i, text in enumerate(texts)]
    corpus.write_text("\n".join(lines), encoding="utf-8")
    report = run_suite("truth", tmp_path, "--corpus", corpus, "--thresholds", 0.9, 0.5, "--pairs-out", out)
    low, high = report.table("pairs").rows
    assert low == {"threshold": 0.5, "pairs": 3, "equal": 1, "of_classes": 1}
    assert high == {"threshold": 0.9, "pairs": 1, "equal": 1, "of_classes": 0}
    with np.load(out) as written:
        assert (written["left"].tolist(), written["right"].tolist()) == ([0], [2])
        assert written["first"].tolist() == [0, 0, 2, 3]
        assert written["ids"].tolist() == ["第0篇", "第1篇", "第2篇", "第3篇"]
    with pytest.raises(FileExistsError):
        suite.write(out, truth.exact_pairs(shingle_sets(texts), 0.5), ["", "", "", ""])


def test_the_suite_counts_containments(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus.jsonl"
    texts = ["天地玄黄宇宙洪荒日月盈昃", "玄黄宇宙洪荒"]
    corpus.write_text("\n".join(json.dumps({"id": i, "text": text}) for i, text in enumerate(texts)), encoding="utf-8")
    options = ("--corpus", corpus, "--thresholds", 0.9, "--measure")
    counts = [run_suite("truth", tmp_path, *options, each).table("pairs").rows[0]["pairs"] for each in MEASURES]
    assert counts == [0, 1]
