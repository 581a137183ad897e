"""Groups of documents that never drop each other, or alone do; documents that are given and survive undecided."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neardup import Config, find_duplicates
from neardup._backend import kernels
from neardup.content import opened_table
from neardup.inputs import text_column
from neardup.relations import RELATIONS
from neardup.rule import Contents, Ranking, Rule, document_keys
from neardup.sketches import Sketches
from neardup.survivors import settle
from tests.families import SENTENCES, worlds
from tests.test_duplicates import MANY, canonical, configs, drawn_groups, limits, numbered, sequentially
from tests.test_tables import MADE, ONCE

if TYPE_CHECKING:
    from collections.abc import Callable

    from neardup import Duplicates

BODY = "".join(SENTENCES[:4])
TEXTS = [BODY, BODY + "！", BODY + "。", BODY + "完"]
IDS = ["甲", "乙", "丙", "丁"]


def dropped(found: Duplicates) -> dict[Any, Any]:
    return {match.id: match.survivor for match in found.duplicates}


@pytest.mark.parametrize(
    ("groups", "across", "within"),
    [
        ("aaaa", {}, {1: 0, 2: 0, 3: 0}),
        ("abcd", {1: 0, 2: 0, 3: 0}, {}),
        ("abab", {1: 0, 3: 0}, {2: 0, 3: 1}),
        ("aabb", {2: 0, 3: 0}, {1: 0, 3: 2}),
        ([None, None, None, None], {1: 0, 2: 0, 3: 0}, {}),
        ([None, "a", None, "a"], {1: 0, 2: 0, 3: 0}, {3: 1}),
        (["a", None, "a", None], {1: 0, 3: 0}, {2: 0}),
        (["", None, "", "None"], {1: 0, 3: 0}, {2: 0}),
        ([1, "1", 1.0, (1,)], {1: 0, 3: 0}, {2: 0}),
        ([-1, -2, 0, -1], {1: 0, 2: 0}, {3: 0}),
    ],
)
def test_groups_limit_who_drops_whom(groups: Any, across: dict[int, int], within: dict[int, int]) -> None:
    assert dropped(find_duplicates(TEXTS, keep="first", only_across=list(groups))) == across
    assert dropped(find_duplicates(TEXTS, keep="first", only_within=list(groups))) == within


def test_a_document_of_the_same_group_is_no_candidate_and_is_not_counted() -> None:
    config = Config(max_candidates=1)
    assert find_duplicates(TEXTS, keep="first", config=config, only_across=["a"] * 4).cuts.documents == 0
    # The likeliest candidate is of the same group; the one that is compared is of another.
    texts = [BODY, BODY[:-30], BODY]
    found = find_duplicates(texts, keep="first", config=config, only_across=["a", "b", "a"])
    assert dropped(found) == {1: 0}
    found = find_duplicates(texts, keep="first", config=Config(max_candidates=1, relations=["identical"]))
    assert dropped(found) == {2: 0}
    found = find_duplicates(
        texts, keep="first", config=Config(max_candidates=1, relations=["identical"]), only_across=["a", "b", "a"]
    )
    assert dropped(found) == {}
    assert [(match.id, match.survivor) for match in found.related] == [(1, 0), (2, 1)]


def test_documents_of_one_group_take_room_in_lists() -> None:
    pages = [BODY[i : i + 120] for i in range(0, 24, 2)]
    config = Config(threshold=1.0, min_containment=1.0, max_bucket_size=3)
    found = [
        find_duplicates(pages, config=config, keep="first", only_across=groups).cuts for groups in (None, [1] * 12)
    ]
    assert found[0].listed == found[1].listed > 0


def test_documents_of_other_groups_take_no_room_in_lists() -> None:
    """As many survivors of other groups as lists hold; the candidates are those of a corpus of the group alone."""
    sites = [f"site {i}" for i in range(300)]
    texts = [*[BODY] * 300, BODY + "完"]
    config = Config(max_bucket_size=2, max_candidates=1)
    found = find_duplicates(texts, keep="first", config=config, only_within=[*sites, "site 299"])
    assert dropped(found) == {300: 299}
    assert (found.cuts.listed, found.cuts.documents) == (0, 0)


@given(worlds, configs, st.data())
def test_within_groups_each_is_decided_as_if_it_were_alone(
    documents: list[str], config: Config, data: st.DataObject
) -> None:
    groups = drawn_groups(data, len(documents))
    found = find_duplicates(documents, config=config, only_within=groups)
    expected: dict[Any, Any] = {}
    for group in {*groups} - {None}:
        rows = [row for row, other in enumerate(groups) if other == group]
        alone = find_duplicates([documents[row] for row in rows], ids=rows, config=config)
        expected |= {match.id: (match.survivor, match.relation) for match in (*alone.duplicates, *alone.related)}
    assert {m.id: (m.survivor, m.relation) for m in (*found.duplicates, *found.related)} == expected


@given(worlds, configs)
def test_one_group_or_one_for_each_is_no_limit(documents: list[str], config: Config) -> None:
    expected = canonical(find_duplicates(documents, config=config))
    assert canonical(find_duplicates(documents, config=config, only_within=[7] * len(documents))) == expected
    assert canonical(find_duplicates(documents, config=config, only_across=range(len(documents)))) == expected


GROUPS = ["乙", None, "甲", "乙", "甲"]
GROUPED = [BODY, None, BODY + "！", BODY + "。", BODY + "完"]

LISTED: dict[str, Callable[[list[Any]], Any]] = {
    "list": list,
    "tuple": tuple,
    "generator": iter,
    "values of a mapping": lambda groups: dict(enumerate(groups)).values(),
    "numpy": lambda groups: np.array(groups, object),
    "NaN": lambda groups: [float("nan") if group is None else group for group in groups],
    "NA": lambda groups: [pd.NA if group is None else group for group in groups],
    "NaT": lambda groups: [pd.NaT if group is None else group for group in groups],
    "pandas": lambda groups: pd.Series(groups, index=range(7, 7 + len(groups))),
    "pandas, categories": lambda groups: pd.Series(groups, dtype="category"),
    "polars": pl.Series,
    "polars, categories": lambda groups: pl.Series(groups, dtype=pl.Categorical),
    "pyarrow": pa.array,
    "pyarrow, chunks": lambda groups: pa.chunked_array([groups[:1], groups[1:]]),
    "pyarrow, dictionary": lambda groups: pa.array(groups).dictionary_encode(),
}


@pytest.mark.parametrize("name", LISTED)
def test_groups_come_from_anywhere_and_those_of_skipped_texts_are_skipped(name: str) -> None:
    options: Any = {"keep": "first", "on_null": "skip"}
    assert dropped(find_duplicates(GROUPED, only_across=LISTED[name](GROUPS), **options)) == {2: 0, 4: 0}
    assert dropped(find_duplicates(GROUPED, only_within=LISTED[name](GROUPS), **options)) == {3: 0, 4: 2}
    nulls = LISTED[name](["甲", None, None, "甲", None])
    assert dropped(find_duplicates(GROUPED, only_within=nulls, **options)) == {3: 0}


@pytest.mark.parametrize(
    "column", [np.array([3, 1, 3, 1]), range(4), pa.array([3, 1, 3, 1]), pd.Series([3.0, 1.0, 3.0, 1.0])]
)
def test_groups_may_be_numbers(column: Any) -> None:
    expected = {1: 0, 2: 0, 3: 0} if isinstance(column, range) else {1: 0, 3: 0}
    assert dropped(find_duplicates(TEXTS, keep="first", only_across=column)) == expected


TABLES = {name: make for name, make in (MADE | ONCE).items() if name != "pandas, odd index"}
ROWS = [
    {"site": site, "id": id_, "body": text, "head": "题"} for site, id_, text in zip("aabb", IDS, TEXTS, strict=True)
]


@pytest.mark.parametrize("name", TABLES)
def test_a_column_of_a_table_has_the_groups(name: str) -> None:
    table, options = TABLES[name], {"text": "body", "id": "id", "title": "head", "keep": "first"}
    assert dropped(find_duplicates(table(ROWS), **options, only_across="site")) == {"丙": "甲", "丁": "甲"}
    assert dropped(find_duplicates(table(ROWS), **options, only_within="site")) == {"乙": "甲", "丁": "丙"}
    assert dropped(find_duplicates(table(ROWS), **options, only_within=iter("aabb"))) == {"乙": "甲", "丁": "丙"}
    del options["title"]
    assert dropped(find_duplicates(table(ROWS), **options, only_within="site")) == {"乙": "甲", "丁": "丙"}
    # One column may be two things.
    assert dropped(find_duplicates(table(ROWS), **options, only_within="id")) == {}
    with pytest.raises(ValueError, match="'host'"):
        find_duplicates(table(ROWS), **options, only_across="host")


@pytest.mark.parametrize("option", ["only_across", "only_within"])
@pytest.mark.parametrize(
    ("groups", "error", "message"),
    [
        ("site", TypeError, "only_across= or only_within= names a column of a table beside text=.*a list of groups"),
        (["a"], ValueError, "there are 1 groups for 4 texts"),
        ([*"aaaaa"], ValueError, "there are 5 groups for 4 texts"),
        (["a", ["b"], "a", "a"], TypeError, "the group of the text with id '乙' cannot be a key of a dict .unhashable"),
        (["a", "b", "a", Decimal("sNaN")], TypeError, "the group of the text with id '丁' cannot be a key"),
        ({"a": 1}, TypeError, "groups must be values in the order of the texts, not a dict"),
        ({*"abcd"}, TypeError, "groups must be in an order, which a set has not"),
        (7, TypeError, "groups must be an iterable or a column of a table, not int"),
        (b"abcd", TypeError, "groups must be several groups, not one bytes"),
    ],
)
def test_what_is_wrong_with_groups_is_named(option: str, groups: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        find_duplicates(TEXTS, ids=IDS, **{option: groups})


def test_there_is_one_limit_at_most() -> None:
    with pytest.raises(ValueError, match="only_across and only_within are both given; leave one out"):
        find_duplicates(TEXTS, only_across=["a"] * 4, only_within=["a"] * 4)


def places_of(order: np.ndarray, size: int) -> np.ndarray:
    places = np.full(size, 2**32 - 1, np.uint32)
    places[order] = np.arange(len(order))
    return places


@settings(max_examples=MANY // 3)
@given(worlds, configs, limits, st.data())
def test_given_documents_survive_and_later_ones_are_duplicates_of_them(
    documents: list[str], config: Config, limit: str | None, data: st.DataObject
) -> None:
    found, groups = Sketches.of_texts(documents, config=config), drawn_groups(data, len(documents))
    order = np.flatnonzero(found.chars)
    known = data.draw(st.integers(0, len(order)), label="known")
    across, within = (numbered(groups) if limit == name else None for name in ("only_across", "only_within"))
    places, low = places_of(order, len(documents)), found.signatures.astype(np.uint8)
    ranking, contents = Ranking(places, low, found.anchors.sizes, across), Contents(found.digests)
    keys, opened = document_keys(found, config, within), text_column(documents)
    verdicts, _, _ = settle(opened, order, keys, ranking, contents, config, given=known)
    expected = sequentially(documents, order.tolist(), config, limit, groups, known)
    named = zip(verdicts.match.tolist(), verdicts.relation.tolist(), strict=True)
    assert {d: (s, RELATIONS[number]) for d, (s, number) in enumerate(named) if number} == expected
    for wrong in (-1, len(order) + 1):
        with pytest.raises(ValueError, match="given must be at"):
            settle(opened, order, keys, ranking, contents, config, given=wrong)


@pytest.mark.parametrize("known", [0, 1, 41, 42, 70, 200, 201])
def test_blocks_of_several_threads_know_what_was_given(known: int) -> None:
    """More documents than a block holds: one, forty that it contains, and four copies of each of those."""
    plain = "".join(char for char in BODY if char not in "，。")
    excerpts = [plain[i : i + 90] for i in range(40)]
    documents = [plain, *excerpts, *(excerpt + "。" * i for i in range(4) for excerpt in excerpts)]
    config = Config()
    found = Sketches.of_texts(documents, config=config)
    arguments = (
        text_column(documents),
        opened_table(config.content),
        config.ngram,
        np.arange(len(documents)),
        document_keys(found, config),
        found.signatures.astype(np.uint8),
        found.anchors.sizes,
        Contents(found.digests),
        Rule.of(config),
    )
    results = [kernels.survivors(*arguments, threads, None, known)[:4] for threads in (1, 2, 5)]
    assert len({str([each.tolist() for each in result]) for result in results}) == 1
    first = [0 if known < 2 else 1 + i % 40 for i in range(-1, 200)]
    assert results[0][0].tolist() == [-1 if i < max(known, 1) else first[i] for i in range(201)]
