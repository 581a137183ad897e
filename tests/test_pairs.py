"""Pairs, and the bands that find them."""

from __future__ import annotations

import random
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neardup
from neardup import band_probability, bands, find_pairs, fold, iter_pairs, shingles
from neardup.numerals import numerals
from tests.families import SENTENCES, worlds

MANY = 250 if neardup.backend() == "kernel" else 60
BODY = "".join(SENTENCES[:4])


def jaccard(one: str, other: str) -> float:
    a, b = (set(shingles(text).tolist()) for text in (one, other))
    return len(a & b) / len(a | b) if a | b else 0.0


@settings(max_examples=MANY)
@given(worlds, st.sampled_from([0.3, 0.5, 0.8, 1.0]))
def test_every_pair_is_true_and_none_is_missed(documents: list[str], threshold: float) -> None:
    found = find_pairs(documents, threshold=threshold, recall=1 - 1e-9, num_perm=512)
    expected = {
        (i, j): jaccard(one, other)
        for (i, one), (j, other) in combinations(enumerate(documents), 2)
        if jaccard(one, other) >= threshold
    }
    every = found.expanded()
    assert (
        dict(zip(zip(every.left.tolist(), every.right.tolist(), strict=True), every.jaccard, strict=True)) == expected
    )
    kept = list(zip(found.left.tolist(), found.right.tolist(), strict=True))
    assert kept == sorted(set(kept) & set(expected), key=lambda pair: pair[::-1])


def test_identical_documents_are_paired_with_the_first_of_them() -> None:
    documents = [BODY, BODY + "。", "　" + BODY, BODY + "完", BODY.replace("八千", "9千"), BODY.replace("八千", "９千")]
    found = find_pairs(documents, ids=list("abcdef"))
    assert [(left, right) for left, right, _ in found] == [
        ("a", "b"),
        ("a", "c"),
        ("a", "d"),
        ("a", "e"),
        ("d", "e"),
        ("e", "f"),
    ]
    assert found.first.tolist() == [0, 0, 0, 3, 4, 4]
    assert len(found.expanded()) == 15


def test_threads_and_sources_do_not_change_pairs() -> None:
    rng = random.Random(1)
    documents = ["".join(rng.sample(SENTENCES[:6], 4)) for _ in range(600)]
    one, two = (find_pairs(documents, threads=threads) for threads in (1, 3))
    assert len(one) > 100
    for name in ("left", "right", "jaccard", "first"):
        assert (getattr(one, name) == getattr(two, name)).all()
    assert one.to_arrow().to_pylist() == [{"left": a, "right": b, "jaccard": c} for a, b, c in one]
    assert len(one.to_pandas()) == len(one)


@given(worlds, st.integers(1, 4))
def test_pairs_in_parts_are_the_same_pairs(documents: list[str], part: int) -> None:
    whole = find_pairs(documents, threshold=0.5)
    parts = list(iter_pairs(documents, threshold=0.5, part=part))
    assert [pair for found in parts for pair in found] == list(whole)
    assert len(parts) == -(-len(documents) // part)


def test_parts_are_of_some_size() -> None:
    with pytest.raises(ValueError, match="part must be at least 1, not 0"):
        next(iter_pairs([BODY], part=0))
    assert [len(found) for found in iter_pairs([])] == [0]


def test_every_option_changes_something() -> None:
    edited = BODY.replace("质监", "监管").replace("平台", "中心").replace("读者", "市民")
    documents = [BODY, edited]
    assert not len(find_pairs(documents))
    assert len(find_pairs(documents, threshold=0.6)) == 1
    assert len(find_pairs(documents, ngram=1)) == 1
    similar = [BODY, BODY[:-14]]
    assert len(find_pairs(similar, threshold=0.8, num_perm=1, recall=0.8, seed=1)) != len(
        find_pairs(similar, threshold=0.8, num_perm=1, recall=0.8, seed=3)
    )


def test_bands_are_the_fewest_of_the_most_rows_that_meet_the_recall() -> None:
    for threshold in (0.3, 0.5, 0.7, 0.8, 0.9, 1.0):
        for recall in (0.5, 0.9, 0.99):
            for num_perm in (64, 128, 256):
                try:
                    count, rows = bands(threshold, recall, num_perm)
                except ValueError:
                    assert band_probability(threshold, num_perm, 1) < recall
                    continue
                meets = [
                    (r, -b)
                    for r in range(1, num_perm + 1)
                    for b in range(1, num_perm // r + 1)
                    if 1 - (1 - threshold**r) ** b >= recall
                ]
                assert max(meets) == (rows, -count)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, 0.9, 128), "threshold must be above 0"),
        ((0.8, 1, 128), "recall must be between 0 and 1"),
        ((0.8, 0.9, 0), "num_perm must be at least 1"),
        ((0.1, 0.99, 8), "8 permutations find 0.570 of the pairs at a Jaccard similarity of 0.1, not 0.99"),
    ],
)
def test_what_bands_refuse(arguments: tuple[float, float, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        bands(*arguments)


def test_the_curve_is_what_random_sets_do() -> None:
    rng = np.random.default_rng(2)
    size, shared = 400, 300
    met = 0
    trials = 300
    for _ in range(trials):
        letters = rng.permutation(20000)[: 2 * size - shared] + 0x4E00
        one, other = letters[:size], letters[size - shared :]
        signatures = neardup.signatures(["".join(map(chr, codes)) for codes in (one, other)], ngram=1)
        agree = (signatures[0] == signatures[1])[:96].reshape(16, 6).all(axis=1)
        met += bool(agree.any())
    expected = float(band_probability(shared / (2 * size - shared), 16, 6))
    assert abs(met / trials - expected) < 4 * (expected * (1 - expected) / trials) ** 0.5


def test_what_folds_to_nothing_is_in_no_pair() -> None:
    documents = ["　", "\n", "", BODY, BODY]
    assert list(find_pairs(documents)) == [(3, 4, 1.0)]
    assert fold(documents[0]).text == ""
    assert numerals(documents[0]) == []
