"""Signatures: datasketch is the oracle, golden values the promise, the exact Jaccard similarity the truth."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import datasketch
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import neardup
from neardup.integrations.datasketch import hash32
from neardup.minhash import band_keys, estimate_jaccard, permutations, signatures, sketch
from neardup.shingling import anchors, hash_shingle, shingle_sets
from tests.common import folded

if TYPE_CHECKING:
    from pathlib import Path

TEXTS = st.lists(st.text("天地玄黄，。 aé", max_size=60) | st.text(max_size=30), max_size=6)


def by_datasketch(text: str, num_perm: int, seed: int, ngram: int) -> list[int]:
    """The signature that datasketch makes of the shingles of a text."""
    folded = neardup.fold(text).text
    minhash = datasketch.MinHash(num_perm, seed, scheme="affine32", hashfunc=hash32)
    if folded:
        width = min(ngram, len(folded))
        minhash.update_batch(folded[i : i + width] for i in range(len(folded) - width + 1))
    values: list[int] = minhash.hashvalues.tolist()
    return values


@given(TEXTS, st.integers(1, 150), st.integers(0, 2**32 - 1), st.integers(1, 20))
def test_signatures_are_those_of_datasketch(texts: list[str], num_perm: int, seed: int, ngram: int) -> None:
    found = signatures(texts, num_perm=num_perm, seed=seed, ngram=ngram, content="all")
    assert found.dtype == np.uint32
    assert found.shape == (len(texts), num_perm)
    assert found.tolist() == [by_datasketch(text, num_perm, seed, ngram) for text in texts]


def test_signatures_of_a_page_are_those_of_datasketch(chongqing: str) -> None:
    assert signatures([chongqing])[0].tolist() == by_datasketch(chongqing, 128, 1, 5)


def test_an_empty_text_has_the_signature_of_an_empty_minhash() -> None:
    found = signatures(["", "　"], num_perm=4)
    assert (found == datasketch.MinHash(4).hashvalues).all()


@given(st.integers(1, 300), st.integers(0, 2**32 - 1))
def test_permutations_are_those_of_datasketch(num_perm: int, seed: int) -> None:
    expected = datasketch.MinHash(num_perm, seed).permutations
    assert (np.array(permutations(num_perm, seed)) == expected).all()


def test_signatures_are_those_promised(fixtures: Path, chongqing: str) -> None:
    golden = json.loads((fixtures / "shingles.json").read_text(encoding="utf-8"))
    for case in golden["signatures of 12 values, seed 1"]:
        text = chongqing if case.get("file") == "chongqing.txt" else case["text"]
        found = signatures([text], num_perm=12, seed=1)
        assert found[0].tolist() == case["signature"]
        assert [f"{key:016x}" for key in band_keys(found, bands=2, rows=6)[0].tolist()] == case["bands 2 x 6"]


@given(TEXTS, st.integers(1, 9), st.integers(1, 20), st.integers(1, 40))
def test_sketches_are_signatures_and_anchors(texts: list[str], ngram: int, chars: int, one_in: int) -> None:
    found, sampled, digests, lengths = sketch(
        texts, num_perm=20, seed=7, ngram=ngram, anchor_chars=chars, anchor_one_in=one_in, threads=2
    )
    assert (found == signatures(texts, num_perm=20, seed=7, ngram=ngram)).all()
    expected = anchors(texts, chars=chars, one_in=one_in)
    assert sampled.values.tolist() == expected.values.tolist()
    assert sampled.offsets.tolist() == expected.offsets.tolist()
    assert lengths.tolist() == [len(folded(text)) for text in texts]
    assert digests.tolist() == [digest(folded(text).text, ngram) for text in texts]


@pytest.mark.parametrize("orders", [("axaya", "ayaxa"), ("axayayaxa", "ayaxaxaya")])
def test_the_same_shingles_in_another_order_are_another_digest(orders: tuple[str, str]) -> None:
    sentences = {"a": "质量是综合实力的体现，", "x": "加快引进和培育龙头企业，", "y": "落实各项优惠政策，"}
    texts = ["".join(sentences[each] for each in order) for order in orders]
    sets = shingle_sets(texts)
    assert sets[0].tolist() == sets[1].tolist()
    one, other = sketch(texts).digests
    assert one != other


def digest(folded: str, ngram: int) -> int:
    """Say the content digest of a folded text, shingle by shingle."""
    windows = [folded[i : i + ngram] for i in range(max(1, len(folded) - ngram + 1))] if folded else []
    value = len(folded)
    for i, window in enumerate(windows):
        placed = (hash_shingle(window) + i * 0xD1342543DE82EF95) % 2**64
        value += (placed ^ placed >> 32) * 0xD1342543DE82EF95
    value %= 2**64
    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9 % 2**64
    value = (value ^ value >> 27) * 0x94D049BB133111EB % 2**64
    return value ^ value >> 31


@given(st.integers(1, 10), st.integers(1, 10), st.integers(0, 4))
def test_a_band_key_is_the_hash_of_its_rows(bands: int, rows: int, spare: int) -> None:
    found = np.random.default_rng(bands).integers(0, 2**32, (3, bands * rows + spare), np.uint32)
    keys = band_keys(found, bands=bands, rows=rows)
    assert keys.dtype == np.uint64
    for i in range(3):
        for band in range(bands):
            value = band
            for row in range(rows):
                value = (value * 0xD1342543DE82EF95 + int(found[i, band * rows + row])) % 2**64
            value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9 % 2**64
            value = (value ^ value >> 27) * 0x94D049BB133111EB % 2**64
            assert keys[i, band] == value ^ value >> 31


def test_equal_bands_share_their_key_and_no_other() -> None:
    found = np.full((2, 12), 7, np.uint32)
    found[1, 7] = 8
    keys = band_keys(found, bands=2)
    assert keys[0, 0] == keys[1, 0]
    assert len(set(keys.ravel().tolist())) == 3
    assert (band_keys(found[:, ::-1], bands=2) == band_keys(found[:, ::-1].copy(), bands=2)).all()


@given(st.integers(0, 20), st.integers(1, 40))
def test_the_estimate_is_the_share_of_equal_values(equal: int, num_perm: int) -> None:
    equal = min(equal, num_perm)
    a = np.arange(num_perm, dtype=np.uint32)
    b = a + np.uint32(1000)
    b[:equal] = a[:equal]
    assert estimate_jaccard(a, b) == equal / num_perm
    assert estimate_jaccard(a[None, None], np.stack([a, b])).tolist() == [[1.0, equal / num_perm]]


@pytest.mark.parametrize(("a", "b"), [([1, 2], [1, 2, 3]), ([], []), (1, 1), ([[1, 2]], [[1]])])
def test_signatures_that_cannot_be_compared_are_refused(a: Any, b: Any) -> None:
    with pytest.raises(ValueError, match="signatures must have equal lengths of at least 1; the shapes are"):
        estimate_jaccard(a, b)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"num_perm": 0}, "num_perm must be at least 1, not 0"),
        ({"num_perm": -1}, "num_perm must be at least 1, not -1"),
        ({"seed": -1}, "seed must be at least 0, not -1"),
        ({"seed": 2**32}, "seed must be at most 4294967295, not 4294967296"),
        ({"ngram": 0}, "ngram must be at least 1, not 0"),
        ({"threads": 0}, "threads must be at least 1"),
    ],
)
def test_options_out_of_range_are_refused(options: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        signatures(["天"], **options)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=message):
        sketch(["天"], **options)


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [("anchor_chars", -1, "anchor_chars must be"), ("anchor_one_in", 0, "one_in must be")],
)
def test_anchor_options_out_of_range_are_refused(option: str, value: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        sketch(["天"], **{option: value})  # type: ignore[arg-type]


def test_bands_out_of_range_are_refused() -> None:
    for bands, rows, message in (
        (0, 1, "bands must be at least 1, not 0"),
        (1, 0, "rows must be at least 1, not 0"),
        (3, 5, "bands and rows must be at least 1, and bands"),
    ):
        with pytest.raises(ValueError, match=message):
            band_keys(np.zeros((1, 12), np.uint32), bands=bands, rows=rows)


def test_every_option_changes_the_signature() -> None:
    text = "天地玄黄宇宙洪荒日月盈昃辰宿列张"
    found = signatures([text])[0, :10].tolist()
    assert signatures([text], seed=2)[0, :10].tolist() != found
    assert signatures([text], ngram=4)[0, :10].tolist() != found
    assert signatures([text], num_perm=10)[0].tolist() != found


LETTERS = np.array([code for code in range(0x4E00, 0x9FA0) if neardup.fold(chr(code)).text == chr(code)], "<u4")


def random_text(rng: np.random.Generator, size: int) -> str:
    return rng.choice(LETTERS, size).tobytes().decode("utf-32-le")


@pytest.mark.slow
@pytest.mark.parametrize("jaccard", [0.05, 0.2, 0.5, 0.8, 0.95])
@pytest.mark.parametrize("size", [1, 3, 10, 100, 1000, 10**4, 10**5, 10**6])
def test_the_estimate_is_unbiased(size: int, jaccard: float) -> None:
    # Pairs of sets of `size` shingles that share so many that their similarity is about the one asked for; and of each
    # pair 32 signatures of 128 values, of independent permutations.
    rng = np.random.default_rng([size, round(jaccard * 100)])
    shared = round(2 * size * jaccard / (1 + jaccard))
    expected = shared / (2 * size - shared)
    errors = []
    for trial in range({10**4: 60, 10**5: 20, 10**6: 5}.get(size, 300)):
        middle = random_text(rng, shared + 4 if shared else 0)
        pair = (random_text(rng, size + 4 - len(middle)) + middle, middle + random_text(rng, size + 4 - len(middle)))
        a, b = shingle_sets(pair, threads=1)
        truth = len(np.intersect1d(a, b)) / len(np.union1d(a, b))
        assert abs(truth - expected) < 0.01
        left, right = signatures(pair, num_perm=32 * 128, seed=trial, threads=1).reshape(2, 32, 128)
        errors += (estimate_jaccard(left, right) - truth).tolist()
    standard_error = np.std(errors) / len(errors) ** 0.5
    assert abs(np.mean(errors)) <= 3 * standard_error
    # The variance is that of independent permutations.
    assert np.std(errors) < 1.5 * (expected * (1 - expected) / 128) ** 0.5 + 1e-9
