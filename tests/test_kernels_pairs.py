"""The compiled kernels that compare texts with each other against their specification: values and errors."""

from __future__ import annotations

import subprocess
import sys
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neardup import Config, _reference, fold
from neardup.evidence import Evidence
from neardup.relations import RELATIONS, Limits, conclude
from neardup.rule import PerKind, Rule, document_keys
from neardup.sketches import Sketches
from tests.common import (
    BACKENDS,
    CHARS,
    CONTENT_TABLE,
    TABLE,
    TEXTS,
    assert_same,
    both,
    call,
    each_isa,
    folded,
    outcome,
)
from tests.families import texts, versions, worlds

WIDTHS = ["", "é", "重", "𠀀"]
"""Of what a text ends with depends how wide its code points are stored; the first are mostly Chinese all the same."""

titles = st.sampled_from(
    ["", "　", "创建借书卡", "注销借书卡", "第3届年会（上）", "第4届年会（下）", "ABC12 手册", "不办", "办"]
)


@both
@given(TEXTS | worlds, st.integers(0, 40), st.integers(-1, 60), st.integers(0, 3))
def test_copied_chars_are_the_same(documents: list[str], min_chars: int, max_gap: int, threads: int) -> None:
    rows = np.flatnonzero(np.arange(len(documents)) % 3 != 1)
    assert_same("copied_chars", documents, TABLE, min_chars, max_gap, rows, threads)


@both
@given(st.lists(st.sampled_from("甲乙"), max_size=80).map("".join), st.integers(1, 20), st.integers(0, 9))
def test_copied_chars_are_the_same_where_everything_is_a_copy(text: str, min_chars: int, max_gap: int) -> None:
    assert_same("copied_chars", [text, text * 3], TABLE, min_chars, max_gap, np.arange(2), 1)


@both
@given(TEXTS | worlds, st.integers(0, 3))
def test_content_classes_are_the_same(documents: list[str], threads: int) -> None:
    rows = np.flatnonzero(np.arange(len(documents)) % 3 != 1)
    assert_same("content_classes", documents, TABLE, rows, threads)


@both
@given(worlds, st.sampled_from([1, 4, 32]))
def test_shared_keys_are_the_same(documents: list[str], one_in: int) -> None:
    anchors = Sketches.of_texts(documents, config=Config(anchor_one_in=one_in)).anchors
    assert_same("shared_keys", anchors.values, anchors.offsets)


@both
@given(st.lists(st.sets(st.integers(0, 2**64 - 1) | st.integers(0, 3)), max_size=30))
def test_shared_keys_of_any_kind_are_the_same(keys: list[set[int]]) -> None:
    values = np.array([key for some in keys for key in some], np.uint64)
    assert_same("shared_keys", values, np.cumsum([0, *map(len, keys)]))


@both
@given(worlds, st.sampled_from([1, 4, 32]), st.sampled_from([0.1, 0.4, 1.0]), st.integers(1, 3))
def test_what_may_meet_is_the_same(documents: list[str], one_in: int, cut: float, max_bucket_size: int) -> None:
    given_ = arguments(documents, one_in)
    assert_same("may_have_candidates", given_["keys"], given_["anchor_counts"], cut, max_bucket_size)


def arguments(documents: list[str], one_in: int = 4) -> dict[str, Any]:
    """What `survivors` takes."""
    config = Config(anchor_one_in=one_in)
    found = Sketches.of_texts(documents, config=config)
    return {
        "texts": documents,
        "folding": CONTENT_TABLE,
        "ngram": 5,
        "order": np.flatnonzero(found.chars > 0),
        "keys": document_keys(found, config),
        "low": found.signatures.astype(np.uint8),
        "anchor_counts": found.anchors.sizes,
        "contents": (found.digests, None),
        "rule": Rule.of(config),
        "threads": 1,
        "groups": None,
        "given": 0,
    }


def limits(data: st.DataObject) -> np.ndarray:
    """Draw any numbers of the rule."""
    shares, weights = [0.1, 0.3, 0.8, 1.0], [0.0, 0.7, 2.6, 3.5, 100.0]
    drawn_ = {name: data.draw(st.sampled_from(weights), label=name) for name in Limits._fields if "weight" in name}
    drawn_ |= {name: data.draw(st.sampled_from(shares), label=name) for name in ("threshold", "min_containment")}
    drawn_ |= {"min_revision": data.draw(st.sampled_from(shares), label="min_revision")}
    scores = st.sampled_from([-100.0, -2.0, -0.6, 0.0, 1.0])
    drawn_ |= {name: data.draw(scores, label=name) for name in ("min_score", "min_revision_score")}
    return np.array(Limits(**drawn_))


def rules(data: st.DataObject) -> Rule:
    return Rule(
        data.draw(st.sampled_from([0.1, 0.4, 1.0])),
        limits(data),
        np.array([False, *data.draw(st.lists(st.booleans(), min_size=7, max_size=7))]),
        data.draw(st.sampled_from([1, 2, 200])),
        data.draw(st.sampled_from([1, 2, 64])),
    )


def groups(data: st.DataObject, size: int) -> np.ndarray | None:
    found = data.draw(st.none() | st.lists(st.sampled_from([-1, 0, 2**40]), min_size=size, max_size=size))
    return None if found is None else np.array(found, np.int64)


def drawn(documents: list[str], data: st.DataObject) -> dict[str, Any]:
    """What `survivors` takes, with any order and rule; different texts may share a digest."""
    given_ = arguments(documents, data.draw(st.sampled_from([1, 4, 32])))
    digests, _ = given_["contents"]
    some_titles = data.draw(st.none() | st.lists(titles, min_size=len(documents), max_size=len(documents)))
    given_["order"] = np.array(data.draw(st.permutations(given_["order"].tolist())), np.int64)
    given_["contents"] = digests % np.uint64(data.draw(st.sampled_from([2, 2**63]))), some_titles
    given_["ngram"] = data.draw(st.sampled_from([1, 5, 8, 9]))
    given_ |= {"groups": groups(data, len(documents)), "given": data.draw(st.integers(0, len(given_["order"])))}
    return given_ | {"rule": rules(data)}


@both
@given(worlds, st.data())
def test_survivors_are_the_same(documents: list[str], data: st.DataObject) -> None:
    kind, values = assert_same("survivors", *drawn(documents, data).values())
    assert kind == "values"
    assert values[-1] == 1


@both
@given(worlds, st.data())
def test_threads_decide_the_same(documents: list[str], data: st.DataObject) -> None:
    """Several threads guess the survivors of a block of texts; here all are one block."""
    given_ = drawn(documents, data)
    one, several = (outcome(BACKENDS[0], "survivors", *(given_ | {"threads": threads}).values()) for threads in (1, 3))
    assert one[1][:-1] == several[1][:-1]


@both
@given(worlds, st.data())
def test_the_steps_of_the_rule_are_the_same(documents: list[str], data: st.DataObject) -> None:
    given_ = drawn(documents, data)
    size, threads, rule = len(documents), data.draw(st.integers(0, 2)), given_["rule"]
    survives = np.array(data.draw(st.lists(st.booleans(), min_size=size, max_size=size)), bool)
    rows = given_["order"][::2].copy()
    lists = PerKind(*(_reference.key_lists(keys, given_["order"], survives, 3)[:2] for keys in given_["keys"]))
    for keys in given_["keys"]:
        assert_same("key_lists", keys, given_["order"], survives, rule.max_bucket_size)
    places = np.full(size, 2**32 - 1, np.uint32)
    places[given_["order"]] = np.arange(len(given_["order"]))
    ranking = places, given_["low"], given_["anchor_counts"], given_["groups"]
    shares = rule.min_anchor_share, rule.max_candidates
    kind, found = assert_same("candidates", rows, given_["keys"], lists, ranking, *shares, threads)
    assert kind == ("values" if threads else "ValueError")
    named = [given_[name] for name in ("texts", "folding", "ngram")]
    pairs = np.array([(one, other) for one in rows.tolist() for other in given_["order"].tolist()]).reshape(-1, 2)
    assert_same("relate", *named, pairs, given_["contents"], rule.limits, threads)
    if threads:
        candidates = np.array(found[0][2], np.uint32), np.array(found[1][2])
        assert_same("decide", *named, rows, candidates, given_["contents"], rule.limits, rule.drops, threads)


@both
@pytest.mark.parametrize("given_count", [0, 1, 1500, 2100])
def test_progress_counts_the_given_ones_as_done(given_count: int) -> None:
    documents = ["天地玄黄宇宙洪荒日月盈昃", "辰宿列张寒来暑往秋收冬藏"] * 1050
    arguments_ = arguments(documents) | {"given": given_count}
    for backend in BACKENDS:
        told: list[int] = []
        call(backend, "survivors", *arguments_.values(), told.append)
        assert told == [*range(given_count, 2100, 1024)]


SINGLE = texts() | st.text(CHARS, min_size=1, max_size=60) | st.text("天地1", min_size=1, max_size=200)


@both
@given(SINGLE, SINGLE, st.integers(1, 20))
def test_comparisons_are_the_same(one: str, other: str, ngram: int) -> None:
    if len(fold(one)) and len(fold(other)):
        assert_same("compare", [one, other], TABLE, ngram)
        assert_same("compare", (one + other, other), TABLE, ngram)


WRITTEN = "0123456789０９,，.．:：/⁄％%‰-－−x甲 \n"


@both
@given(
    st.lists(st.text(WRITTEN, max_size=12), min_size=1, max_size=6).map("甲".join),
    st.text(WRITTEN, max_size=40),
)
def test_numbers_are_compared_the_same(one: str, other: str) -> None:
    assert_same("compare", ["甲" + one, "甲" + other], TABLE, 5)


@both
@pytest.mark.parametrize(
    ("one", "other"), [("15", "18"), ("1.5", "15"), ("二零一八", "二零一九"), ("\n来源：甲", "来源：甲")]
)
@pytest.mark.parametrize("filling", ["a ", "正文", "\U00020000"])
def test_every_place_of_a_block_is_read_the_same(
    one: str, other: str, filling: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    starts = [(filling * before)[:before] for before in range(1, 150)]
    texts_ = [[start + one + rest, start + other + rest] for start in starts for rest in ("", filling * 8)]
    expected = [outcome(_reference, "compare", each, TABLE, 5) for each in texts_]
    for isa in each_isa(monkeypatch):
        assert [outcome(BACKENDS[0], "compare", each, TABLE, 5) for each in texts_] == expected, isa


PIECES = ["version ", "the text of", "No", "12", "3.5%", " 35% ", "\n", "é", "Read 15"]
LATIN = st.lists(st.sampled_from(PIECES), max_size=20)


@both
@given(LATIN, LATIN)
def test_texts_of_one_byte_are_compared_the_same(one: list[str], other: list[str]) -> None:
    assert_same("compare", ["a" + "".join(one), "a" + "".join(other)], CONTENT_TABLE, 5)


@both
@given(versions(), st.sampled_from([CONTENT_TABLE, (*TABLE, False)]), st.integers(1, 13))
def test_versions_of_a_text_are_compared_the_same(pair: tuple[str, str], table: Any, ngram: int) -> None:
    one, other = pair
    if len(fold(one)) and len(fold(other)):
        for width in WIDTHS:
            assert_same("compare", [one + width, other + width], table, ngram)


@both
@given(versions(), titles, titles)
def test_given_titles_are_compared_the_same(pair: tuple[str, str], title: str, other_title: str) -> None:
    if not all(len(folded(text)) for text in pair):
        return
    _, (measured, _) = assert_same("compare", list(pair), CONTENT_TABLE, 5, [title, other_title])
    if not len(fold(title)) and not len(fold(other_title)):
        assert assert_same("compare", list(pair), CONTENT_TABLE, 5)[1][0] == measured
        assert assert_same("compare", list(pair), CONTENT_TABLE, 5, None)[1][0] == measured


@both
@given(st.lists(versions(), min_size=1, max_size=4), st.data())
def test_any_limits_conclude_the_same_from_the_evidence(pairs: list[tuple[str, str]], data: st.DataObject) -> None:
    """The relation of the kernels is what the rule says of the evidence that they give."""
    documents = [text for pair in pairs for text in pair if len(folded(text)) >= 5]
    size = len(documents)
    if not size:
        return
    contents = np.arange(size, dtype=np.uint64), data.draw(st.none() | st.just(["标题"] * size))
    chosen = limits(data)
    rows = np.array([(one, other) for one in range(size) for other in range(size) if one != other]).reshape(-1, 2)
    kind, found = assert_same("relate", documents, CONTENT_TABLE, 5, rows, contents, chosen, 1)
    assert kind == "values"
    for relation, measured in zip(found[0][2], found[1][2], strict=True):
        if RELATIONS[relation]:
            expected = conclude(Evidence.from_row(measured), Limits(*chosen.tolist()))
            assert RELATIONS[relation] == expected[0]
    # What is nothing to each other is not measured to the end; `compare` measures it all the same.
    for (one, other), relation in zip(rows.tolist(), found[0][2], strict=True):
        texts_, known = [documents[one], documents[other]], contents[1] and ["标题"] * 2
        _, (measured, _) = outcome(BACKENDS[0], "compare", texts_, CONTENT_TABLE, 5, known)
        concluded, _ = conclude(Evidence.from_row(measured[2]), Limits(*chosen.tolist()))
        assert RELATIONS[relation] == concluded


@both
def test_titles_belong_to_all_texts() -> None:
    documents = ["天地玄黄宇宙洪荒日月盈昃", "辰宿列张寒来暑往秋收冬藏"]
    for some in ([], ["题"], ["题"] * 3):
        assert assert_same("compare", documents, TABLE, 5, some)[0] == "ValueError"
        given_ = arguments(documents) | {"contents": (np.zeros(2, np.uint64), some)}
        assert assert_same("survivors", *given_.values())[0] == "ValueError"


@both
@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_comparison_takes_two_texts(count: int) -> None:
    found = assert_same("compare", ["天地玄黄宇宙洪荒"] * count, TABLE, 5)
    assert found == ("ValueError", "there must be two texts")


@both
@pytest.mark.parametrize("arguments", [(TABLE, 0), (TABLE, 129), ((TABLE[0][:9], TABLE[1]), 5)])
def test_errors_of_comparisons_are_the_same(arguments: Any) -> None:
    assert assert_same("compare", ["天地玄黄", "宇宙洪荒"], *arguments)[0] == "ValueError"


@both
@given(worlds, st.sampled_from([0.1, 0.5, 0.8, 1.0]), st.integers(1, 3))
def test_pairs_are_the_same(documents: list[str], threshold: float, threads: int) -> None:
    given_ = arguments(documents)
    keys = document_keys(Sketches.of_texts(documents, config=Config(threshold=0.5)), Config(threshold=0.5)).bands
    named = [given_[name] for name in ("texts", "folding", "ngram", "low")]
    size = len(given_["order"])
    for part in ((0, size), (0, size // 2), (size // 2, size)):
        assert_same("band_pairs", *named, keys, given_["order"], part, threshold, threads)


NONE, NO_KEYS = np.zeros(0, np.uint32), np.zeros(3, np.int64)
KEYS = (NONE, NO_KEYS)


def of_bands(numbers: Any, offsets: Any) -> Any:
    return KEYS, (numbers, offsets), KEYS


@both
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("texts", ["天地玄黄宇宙洪荒日月盈昃"]),
        ("ngram", 0),
        ("low", np.zeros((1, 128), np.uint8)),
        ("low", np.zeros((2, 0), np.uint8)),
        ("keys", of_bands(np.zeros(1, np.uint32), NO_KEYS)),
        ("keys", of_bands(NONE, np.zeros(4, np.int64))),
        ("keys", of_bands(NONE, np.zeros(0, np.int64))),
        ("keys", of_bands(NONE, np.array([0, 2, 1]))),
        ("keys", of_bands(np.array([5], np.uint32), np.array([0, 1, 1]))),
        ("keys", (KEYS, KEYS, (NONE, np.zeros(2, np.int64)))),
        ("keys", ((NONE, np.zeros(2, np.int64)), KEYS, KEYS)),
        ("anchor_counts", np.zeros(1, np.int64)),
        ("order", np.array([0, 0])),
        ("order", np.array([2])),
        ("order", np.array([-1])),
        ("contents", (np.zeros(1, np.uint64), None)),
        ("contents", (np.zeros(3, np.uint64), None)),
        ("rule", Rule.of(Config())._replace(drops=np.ones(7, bool))),
        ("rule", Rule.of(Config())._replace(limits=np.ones(10))),
        ("rule", Rule.of(Config())._replace(max_bucket_size=0)),
        ("rule", Rule.of(Config())._replace(max_candidates=0)),
        ("threads", 0),
        ("groups", np.zeros(1, np.int64)),
        ("groups", np.zeros(3, np.int64)),
        ("given", -1),
        ("given", 3),
    ],
)
def test_errors_are_the_same(name: str, value: Any) -> None:
    given_ = arguments(["天地玄黄宇宙洪荒日月盈昃", "辰宿列张寒来暑往秋收冬藏"]) | {name: value}
    assert assert_same("survivors", *given_.values())[0] == "ValueError"


@both
@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("key_lists", {1: np.array([0, 0])}),
        ("key_lists", {2: np.ones(1, bool)}),
        ("key_lists", {3: 0}),
        ("candidates", {0: np.array([2])}),
        ("candidates", {1: of_bands(NONE, np.zeros(4, np.int64))}),
        ("candidates", {2: of_bands(np.array([2], np.uint32), np.array([0, 1]))}),
        ("candidates", {2: of_bands(NONE, np.array([0, 1]))}),
        (
            "candidates",
            {1: of_bands(np.zeros(1, np.uint32), np.array([0, 0, 1])), 2: of_bands(NONE, np.zeros(1, np.int64))},
        ),
        ("candidates", {3: (np.zeros(2, np.uint32), np.zeros((1, 8), np.uint8), np.zeros(2, np.int64), None)}),
        ("candidates", {3: (np.zeros(2, np.uint32), np.zeros((2, 8), np.uint8), np.zeros(1, np.int64), None)}),
        (
            "candidates",
            {3: (np.zeros(2, np.uint32), np.zeros((2, 8), np.uint8), np.zeros(2, np.int64), np.zeros(3, int))},
        ),
        ("candidates", {5: 0}),
        ("candidates", {6: 0}),
        ("decide", {2: 0}),
        ("decide", {3: np.array([-1])}),
        ("decide", {4: (np.array([2], np.uint32), np.array([0, 1]))}),
        ("decide", {4: (NONE, np.array([0]))}),
        ("decide", {4: (NONE, np.array([0, 1]))}),
        ("decide", {5: (np.zeros(1, np.uint64), None)}),
        ("decide", {6: np.ones(1)}),
        ("decide", {7: np.ones(1, bool)}),
        ("decide", {8: 0}),
        ("relate", {2: 129}),
        ("relate", {3: np.array([[0, 2]])}),
        ("relate", {4: (np.zeros(1, np.uint64), None)}),
        ("relate", {5: np.ones(1)}),
        ("relate", {6: 0}),
    ],
)
def test_errors_of_the_steps_are_the_same(name: str, changed: dict[int, Any]) -> None:
    texts = ["天地玄黄宇宙洪荒日月盈昃", "辰宿列张寒来暑往秋收冬藏"]
    rule, contents = Rule.of(Config()), (np.zeros(2, np.uint64), None)
    ranking = np.arange(2, dtype=np.uint32), np.zeros((2, 8), np.uint8), np.ones(2, np.int64), np.ones(2, np.int64)
    lists = (NONE, np.zeros(1, np.int64))
    right: dict[str, list[Any]] = {
        "key_lists": [KEYS, np.arange(2), np.ones(2, bool), 9],
        "candidates": [np.arange(2), (KEYS,) * 3, (lists,) * 3, ranking, 0.4, 9, 1],
        "decide": [texts, TABLE, 5, np.arange(1), (NONE, np.zeros(2, np.int64)), contents, rule.limits, rule.drops, 1],
        "relate": [texts, TABLE, 5, np.array([[0, 1]]), contents, rule.limits, 1],
    }
    assert assert_same(name, *right[name])[0] == "values"
    for position, value in changed.items():
        right[name][position] = value
    assert assert_same(name, *right[name])[0] == "ValueError"


@both
def test_errors_of_what_comes_before_are_the_same() -> None:
    texts, none = ["天地玄黄", "宇宙洪荒"], np.empty(0, np.uint64)
    for rows in (np.array([2]), np.array([-1])):
        assert assert_same("copied_chars", texts, TABLE, 5, 5, rows, 1)[0] == "ValueError"
        assert assert_same("content_classes", texts, TABLE, rows, 1)[0] == "ValueError"
    for offsets in (np.array([0, 1]), np.array([1, 0]), np.empty(0, np.int64)):
        assert assert_same("shared_keys", none, offsets)[0] == "ValueError"
        keys = none.astype(np.uint32), offsets
        assert assert_same("may_have_candidates", (keys,) * 3, np.ones(1, np.int64), 0.4, 1)[0] == "ValueError"
    keys = np.array([2**32 - 1], np.uint32), np.array([0, 1])
    assert assert_same("may_have_candidates", (keys,) * 3, np.ones(1, np.int64), 0.4, 1)[0] == "ValueError"


@both
@pytest.mark.parametrize(
    ("position", "value"),
    [
        (2, 0),
        (3, np.zeros((1, 128), np.uint8)),
        (4, (NONE, np.zeros(2, np.int64))),
        (5, np.array([1, 0])),
        (6, (-1, 1)),
        (6, (2, 1)),
        (6, (0, 3)),
        (8, 0),
    ],
)
def test_errors_of_pairs_are_the_same(position: int, value: Any) -> None:
    given_ = arguments(["天地玄黄宇宙洪荒日月盈昃", "辰宿列张寒来暑往秋收冬藏"])
    named = [given_[name] for name in ("texts", "folding", "ngram", "low")]
    right = [*named, given_["keys"].bands, np.array([0, 1]), (0, 1), 0.8, 1]
    assert assert_same("band_pairs", *right)[0] == "values"
    right[position] = value
    assert assert_same("band_pairs", *right)[0] == "ValueError"


@both
@pytest.mark.parametrize("between", [61, 62, 63, 64, 65])
def test_a_run_follows_one_as_far_back_in_both(between: int) -> None:
    """Two runs that go on from one into the other, and between them in the second text runs that go backwards."""
    chars = iter(char for char in map(chr, range(0x4E00, 0x9F00)) if fold(char).text == char)
    first, last, *others = ("".join(islice(chars, size)) for size in [10, 20, *[8] * between])
    texts = [first + last + "".join(reversed(others)), first + "".join(others) + last]
    found = assert_same("compare", texts, TABLE, 5)
    pieces = found[1][1][2]
    assert ([0, 0, 10] in pieces) == (between <= 63)


@both
@pytest.mark.skipif(sys.platform == "win32", reason="needs limits of memory")
def test_more_threads_than_texts_take_no_more_memory() -> None:
    code = """
import resource
import numpy as np
from tests.common import _kernels, call
from tests.test_kernels_pairs import arguments
given = arguments(["天地玄黄宇宙洪荒日月盈昃", "辰宿列张寒来暑往秋收冬藏"] * 3)
expected = call(_kernels, "survivors", *given.values())
resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
found = call(_kernels, "survivors", *(given | {"threads": 2**63 - 1}).values())
print(all((one == other).all() for one, other in zip(found[:-1], expected[:-1])))
"""
    # The tests are found behind the installed package, which their folder must not hide.
    found = f"import sys; sys.path.append({str(Path(__file__).parent.parent)!r})\n{code}"
    done = subprocess.run([sys.executable, "-P", "-c", found], capture_output=True, text=True, check=False)
    assert done.stdout == "True\n", done.stderr[-500:]
