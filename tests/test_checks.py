"""Options of wrong types and out of range: every one of every public function is refused in words that name it."""

from __future__ import annotations

import re
from dataclasses import fields
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import pytest

import neardup
from neardup import Config
from neardup.boilerplate import find_boilerplate, paragraph_hash, without_boilerplate
from neardup.checks import check_int, check_number, check_share
from neardup.inputs import text_column
from neardup.minhash import band_keys, permutations, sketch
from neardup.paragraphs.groups import RepeatedParagraphs
from neardup.shingling import anchors, set_sizes, shingle_sets

if TYPE_CHECKING:
    from collections.abc import Callable

TEXTS = ["质量强则万物强，质量是反映综合实力的体现", "质量强则万物强质量是反映综合实力的体现！", "天地"]
SIGNATURES = np.zeros((2, 12), np.uint32)
REPEATS = neardup.find_repeats_batch(TEXTS)
FOUND = neardup.find_repeated_paragraphs(TEXTS)
HASHES = [paragraph_hash(TEXTS[2])]


FUNCTIONS: dict[str, tuple[Callable[..., object], tuple[str, ...], tuple[str, ...]]] = {
    "signatures": (
        lambda **options: neardup.signatures(TEXTS, **options),
        ("num_perm", "seed", "ngram", "threads"),
        (),
    ),
    "sketch": (
        lambda **options: sketch(TEXTS, **options),
        ("num_perm", "seed", "ngram", "anchor_chars", "anchor_one_in", "threads"),
        (),
    ),
    "permutations": (lambda **options: permutations(**{"num_perm": 4, "seed": 1} | options), ("num_perm", "seed"), ()),
    "shingles": (lambda **options: neardup.shingles(TEXTS[0], **options), ("ngram",), ()),
    "shingle_sets": (lambda **options: shingle_sets(TEXTS, **options), ("ngram", "threads"), ()),
    "set_sizes": (lambda **options: set_sizes(TEXTS, **options), ("ngram", "threads"), ()),
    "anchors": (lambda **options: anchors(TEXTS, **options), ("chars", "one_in", "threads"), ()),
    "band_keys": (lambda **options: band_keys(SIGNATURES, **{"bands": 1, "rows": 1} | options), ("bands", "rows"), ()),
    "bands": (
        lambda **options: neardup.bands(**{"threshold": 0.8} | options),
        ("num_perm",),
        ("threshold", "recall"),
    ),
    "find_duplicates": (
        lambda **options: neardup.find_duplicates(TEXTS, **options),
        ("threads",),
        ("threshold", "min_containment"),
    ),
    "find_pairs": (
        lambda **options: neardup.find_pairs(TEXTS, **options),
        ("num_perm", "seed", "ngram", "threads"),
        ("threshold", "recall"),
    ),
    "iter_pairs": (
        lambda **options: list(neardup.iter_pairs(TEXTS, **options)),
        ("num_perm", "seed", "ngram", "threads", "part"),
        ("threshold", "recall"),
    ),
    "find_repeats": (lambda **options: neardup.find_repeats(TEXTS[0] * 3, **options), ("min_chars",), ()),
    "find_repeats_batch": (
        lambda **options: neardup.find_repeats_batch(TEXTS, **options),
        ("min_chars", "threads"),
        (),
    ),
    "Repeats.clean": (lambda **options: REPEATS.clean(**options), ("threads",), ()),
    "Repeats.removed": (lambda **options: REPEATS.removed(**options), ("threads",), ()),
    "Repeats.kept": (lambda **options: REPEATS.kept(**options), ("threads",), ()),
    "find_repeated_paragraphs": (
        lambda **options: neardup.find_repeated_paragraphs(TEXTS, **options),
        ("min_chars", "min_documents", "threads"),
        ("boilerplate_share",),
    ),
    "remove": (lambda **options: FOUND.remove(TEXTS, **options), ("threads",), ()),
    "RepeatedParagraphs.from_dict": (
        lambda **options: RepeatedParagraphs.from_dict(FOUND.to_dict() | options),
        ("min_chars", "min_documents"),
        ("boilerplate_share",),
    ),
    "find_boilerplate": (lambda **options: find_boilerplate(text_column(TEXTS), **options), ("threads",), ()),
    "without_boilerplate": (
        lambda **options: without_boilerplate(text_column(TEXTS), HASHES, **options).take(np.arange(len(TEXTS))),
        ("threads",),
        (),
    ),
    "Config": (
        Config,
        tuple(field.name for field in fields(Config) if field.type == "int"),
        tuple(field.name for field in fields(Config) if field.type == "float"),
    ),
    "Config.for_threshold": (Config.for_threshold, (), ("threshold",)),
}
INTEGERS = [(name, option) for name, (_, options, _) in FUNCTIONS.items() for option in options]
NUMBERS = [(name, option) for name, (_, _, options) in FUNCTIONS.items() for option in options]
MAY_BE_NONE = {"threads", "part"}
OVERRIDES = {("find_duplicates", "threshold"), ("find_duplicates", "min_containment")}

NAN, INF = float("nan"), float("inf")
NO_INTEGERS: list[object] = [True, np.bool_(True), 1.0, 5.0, np.float64(5), NAN, "3", b"3", [3], np.array([3]), {}, 3j]
NO_NUMBERS: list[object] = [True, np.bool_(True), "0.8", b"1", [0.8], np.array([0.8]), {}, 0.8j]
TOO_MUCH = [-1, -(2**31), -(2**70), 2**33, 2**63, 2**64, 2**70, 10**5000, np.int64(-1), np.uint64(2**64 - 1)]
EXTREME = [0, 1, 1000, 2**16, 2**30, 2**31 - 1, 2**31, 2**32 - 1, 2**32]
NO_SHARES = [NAN, INF, -INF, -0.1, -1, 2**70, -(2**70), 10**400, np.float32("nan"), np.float64("inf"), Fraction(-1, 2)]


def refused(name: str, option: str, value: object, error: type[Exception]) -> None:
    with pytest.raises(error, match=rf"^{option} must be ") as caught:
        FUNCTIONS[name][0](**{option: value})
    assert type(caught.value) is error
    assert len(str(caught.value)) < 120


@pytest.mark.parametrize(("name", "option"), INTEGERS)
def test_what_is_no_integer_is_refused(name: str, option: str) -> None:
    for value in NO_INTEGERS:
        refused(name, option, value, TypeError)
    if option not in MAY_BE_NONE:
        refused(name, option, None, TypeError)


@pytest.mark.parametrize(("name", "option"), INTEGERS)
def test_an_integer_out_of_range_is_refused(name: str, option: str) -> None:
    for value in TOO_MUCH:
        refused(name, option, value, ValueError)


@pytest.mark.parametrize(("name", "option"), INTEGERS)
def test_an_integer_is_taken_or_refused_by_name(name: str, option: str) -> None:
    words = []
    for value in EXTREME:
        try:
            FUNCTIONS[name][0](**{option: value})
            words.append("taken")
        except ValueError as error:
            words.append(str(error))
    # Bands and rows must fit together, and few permutations do not do.
    known = re.compile(rf"taken|{option} must be |bands and rows must|\d+ bands of|1 permutations find")
    assert all(map(known.match, words))
    assert "taken" in words


@pytest.mark.parametrize(("name", "option"), INTEGERS)
def test_integers_of_numpy_are_integers(name: str, option: str) -> None:
    function = FUNCTIONS[name][0]
    value = 128 if option == "num_perm" else 2
    found = function(**{option: value})
    for like in (np.int64(value), np.uint8(value), np.array(value)):
        same = function(**{option: like})
        assert repr(same) == repr(found)
        if isinstance(same, Config):
            assert type(getattr(same, option)) is int
            assert same.fingerprint() == found.fingerprint()  # type: ignore[attr-defined]


@pytest.mark.parametrize(("name", "option"), NUMBERS)
def test_what_is_no_number_is_refused(name: str, option: str) -> None:
    for value in NO_NUMBERS:
        refused(name, option, value, TypeError)
    if (name, option) not in OVERRIDES:
        refused(name, option, None, TypeError)


@pytest.mark.parametrize(("name", "option"), NUMBERS)
def test_a_number_out_of_range_is_refused(name: str, option: str) -> None:
    for value in NO_SHARES:
        if not (option in {"min_score", "min_revision_score"} and -1 <= value < 0):  # type: ignore[operator]
            refused(name, option, value, ValueError)


@pytest.mark.parametrize(("name", "option"), NUMBERS)
def test_numbers_of_other_kinds_are_numbers(name: str, option: str) -> None:
    function = FUNCTIONS[name][0]
    found = function(**{option: 0.75})
    for like in (np.float64(0.75), np.float32(0.75), Fraction(3, 4)):
        same = function(**{option: like})
        assert repr(same) == repr(found)
        if isinstance(same, Config):
            assert type(getattr(same, option)) is float


def test_a_config_is_the_same_for_equal_numbers() -> None:
    assert Config(threshold=1).fingerprint() == Config(threshold=1.0).fingerprint()


def test_every_value_of_a_config_is_checked() -> None:
    kinds = {field.type for field in fields(Config)}
    assert kinds == {"int", "float", "Content", "tuple[Relation, ...]", "tuple[str, ...]"}


def test_limits_are_inside() -> None:
    assert check_int("n", 1) == 1
    assert check_int("n", 128, high=128) == 128
    assert check_number("x", 0) == 0
    assert check_number("x", 100, high=100) == 100
    assert check_share("x", 1) == 1
    assert check_share("x", 5e-324) == 5e-324
    with pytest.raises(ValueError, match="x must be above 0 and at most 1, not 0"):
        check_share("x", 0)
    with pytest.raises(ValueError, match="x must be between 0 and 1, not 1"):
        check_share("x", 1, whole=False)
    with pytest.raises(ValueError, match="n must be at most 128, not one of 16610 bits"):
        check_int("n", 10**5000, high=128)
