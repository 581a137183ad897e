"""Ids: given back as they were given, ordered whatever order they come in, refused where a report would join two."""

from __future__ import annotations

import enum
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neardup import Duplicates, find_duplicates, find_pairs, find_repeated_paragraphs, find_repeats_batch, iter_pairs
from neardup.inputs import read_documents
from neardup.inputs.ids import checked_ids, id_array, id_order, id_type, sortable

if TYPE_CHECKING:
    from collections.abc import Callable

BODY = "据介绍，重庆经开区把质量强区战略写入全区规划，加快引进和培育壮大龙头企业，全面发力。"
OTHER = "市图书馆新馆向读者开放，馆藏图书一百二十万册，周末延长开放时间至晚上九点。"
TEXTS = [BODY, BODY + "。", OTHER]
IDS = [20, 3, 100]


class Number(enum.IntEnum):
    """Integers that are more."""

    SEVEN = 7


class Word(enum.StrEnum):
    """Strings that are more."""

    NEWS = "新闻"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([7, np.int64(8), np.uint8(9), Number.SEVEN + 3], [7, 8, 9, 10]),
        ([Number.SEVEN, -1, 0], [7, -1, 0]),
        (["7", np.str_("八"), Word.NEWS, ""], ["7", "八", "新闻", ""]),
        ([7, "八", "07", "+7", " 7"], [7, "八", "07", "+7", " 7"]),
        ([-(2**63), 2**64 - 1], [-(2**63), 2**64 - 1]),
        ([], []),
    ],
)
def test_ids_are_pythons_own_strings_and_integers(values: list[Any], expected: list[Any]) -> None:
    found = checked_ids(values)
    assert found == expected
    assert set(map(type, found)) <= {int, str}


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        ([1, 2, 1], ValueError, "the id 1 is given twice, to texts 0 and 2; ids must be unique, said the table"),
        (["a", "b", "b"], ValueError, "the id 'b' is given twice, to texts 1 and 2"),
        ([7, "甲", "7"], ValueError, "the id '7' of text 2 is the integer 7 of text 0 in other words; give all as str"),
        (["-7", -7], ValueError, "the id '-7' of text 0 is the integer -7 of text 1"),
        ([1, True], TypeError, "the id of text 1 must be a string or an integer, not True"),
        ([1, np.True_], TypeError, "the id of text 1 must be a string or an integer, not np.True_"),
        ([1.0], TypeError, "the id of text 0 must be a string or an integer, not 1.0"),
        ([b"a"], TypeError, "the id of text 0 must be a string or an integer, not b'a'"),
        ([("a", 1)], TypeError, "the id of text 0 must be a string or an integer"),
        ([None], TypeError, "the id of text 0 must be a string or an integer, not None"),
        ([pd.NA], TypeError, "the id of text 0 must be a string or an integer, not <NA>"),
        ([2**64], ValueError, "the id of text 0 is an integer of more than 64 bits; give it as a string"),
        ([1, -(2**63) - 1], ValueError, "the id of text 1 is an integer of more than 64 bits"),
        ([10**5000], ValueError, "the id of text 0 is an integer of more than 64 bits"),
    ],
)
def test_what_is_not_fit_to_be_an_id_is_named(values: list[Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message.replace("+", r"\+")):
        checked_ids(values, whence=", said the table")


ENTRIES: dict[str, Callable[..., list[Any]]] = {
    "survivors": lambda texts, **given: find_duplicates(texts, **given).survivors,
    "duplicates": lambda texts, **given: [m.id for m in find_duplicates(texts, **given).duplicates],
    "their survivors": lambda texts, **given: [m.survivor for m in find_duplicates(texts, **given).duplicates],
    "related": lambda texts, **given: [
        m.id
        for m in find_duplicates([*texts[:1], BODY + "另有三人", texts[2]], relations=["identical"], **given).related
    ],
    "empty": lambda texts, **given: find_duplicates([*texts[:2], "　"], **given).empty,
    "too short": lambda texts, **given: find_duplicates([*texts[:2], "短"], **given).too_short,
    "clusters": lambda texts, **given: [
        id_ for cluster in find_duplicates(texts, **given).clusters().items() for id_ in (cluster[0], *cluster[1])
    ],
    "iterating": lambda texts, **given: list(find_duplicates(texts, **given)),
    "pairs": lambda texts, **given: [id_ for pair in find_pairs(texts, **given) for id_ in pair[:2]],
    "pairs in parts": lambda texts, **given: [
        id_ for part in iter_pairs(texts, part=1, **given) for pair in part for id_ in pair[:2]
    ],
    "all pairs": lambda texts, **given: [id_ for pair in find_pairs(texts, **given).expanded() for id_ in pair[:2]],
    "repeats": lambda texts, **given: [id_ for found in [find_repeats_batch(texts, **given)] for id_ in found],
    "with repeats": lambda texts, **given: find_repeats_batch([text * 3 for text in texts], **given).with_repeats,
    "removed copies": lambda texts, **given: list(
        find_repeats_batch([f"{text}\n" * 3 for text in texts], **given).removed("all")
    ),
    "occurrences": lambda texts, **given: [
        each.id for group in find_repeated_paragraphs(texts, **given).groups for each in group.occurrences
    ],
    "removed paragraphs": lambda texts, **given: [
        each.id for each in find_repeated_paragraphs(texts, **given).remove(texts, boilerplate=False).removed
    ],
    "plain data": lambda texts, **given: list(Duplicates.from_dict(find_duplicates(texts, **given).to_dict())),
}
GIVEN: dict[str, Callable[[list[int]], Any]] = {
    "list": list,
    "numpy": np.array,
    "numpy, small": lambda ids: np.array(ids, np.uint8),
    "pandas": pd.Series,
    "pandas, nullable": lambda ids: pd.Series(ids, dtype="Int64"),
    "pandas, index": pd.Index,
    "polars": pl.Series,
    "pyarrow": pa.array,
    "generator": iter,
}


@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize("given_as", GIVEN)
def test_integers_stay_integers_everywhere(given_as: str, entry: str) -> None:
    found = ENTRIES[entry](TEXTS, ids=GIVEN[given_as](IDS))
    assert found
    assert {type(id_) for id_ in found} == {int}
    assert set(found) <= set(IDS)


@pytest.mark.parametrize("entry", ENTRIES)
def test_strings_stay_strings_everywhere(entry: str) -> None:
    found = ENTRIES[entry](TEXTS, ids=["20", "3", "100"])
    assert found
    assert set(found) <= {"20", "3", "100"}


@pytest.mark.parametrize("entry", ENTRIES)
def test_without_ids_they_are_the_positions(entry: str) -> None:
    found = ENTRIES[entry](TEXTS)
    assert found
    assert {type(id_) for id_ in found} == {int}
    assert set(found) <= {0, 1, 2}


def test_the_users_rows_are_found_by_integer_ids() -> None:
    frame = pd.DataFrame({"text": TEXTS}, index=IDS)
    found = find_duplicates(frame["text"])
    assert found.survivors == [3, 100]
    assert frame[frame.index.isin(found.survivors)].index.tolist() == [3, 100]
    assert frame.loc[found.survivors, "text"].tolist() == TEXTS[1:]
    assert found.family_size(3) == 2
    assert found.family_size(np.int64(100)) == 1  # type: ignore[arg-type]


@given(st.permutations([2, 10, -3, "2a", "10", "甲"]))
def test_of_equal_texts_the_least_id_survives_whatever_the_order(ids: list[str | int]) -> None:
    ids = [id_ for id_ in ids if id_ != 10]
    assert find_duplicates([BODY] * len(ids), ids=ids).survivors == [-3]
    numbers = [id_ for id_ in ids if isinstance(id_, int)]
    assert find_duplicates([BODY] * len(numbers), ids=[id_ + 5 for id_ in numbers]).survivors == [2]
    words = [id_ for id_ in ids if isinstance(id_, str)]
    assert find_duplicates([BODY] * len(words), ids=words).survivors == ["10"]


def test_integers_are_ordered_by_value_and_not_by_their_digits() -> None:
    assert find_duplicates([BODY] * 2, ids=[10, 9]).survivors == [9]
    assert find_duplicates([BODY] * 2, ids=["10", "9"]).survivors == ["10"]
    assert find_duplicates([BODY] * 11).survivors == [0]


@given(st.lists(st.integers(-20, 20) | st.text(max_size=3), unique_by=str))
def test_the_order_is_the_same_for_one_type_and_for_both(ids: list[str | int]) -> None:
    values = sortable(ids)
    assert sorted(range(len(ids)), key=values.__getitem__) == sorted(range(len(ids)), key=lambda i: id_order(ids[i]))


def test_plain_data_keeps_types_and_order() -> None:
    found = find_duplicates([BODY, OTHER, "短", "　"], ids=[10, 9, "甲", "乙"])
    written = json.loads(json.dumps(found.to_dict()))
    assert written["survivors"] == [9, 10, "甲"]
    again = Duplicates.from_dict(written)
    assert list(again) == [9, 10, "乙", "甲"]
    assert again.to_dict() == found.to_dict()
    shuffled = find_duplicates(["　", "短", OTHER, BODY], ids=["乙", "甲", 9, 10])
    assert shuffled.to_dict() == found.to_dict()


@pytest.mark.parametrize(
    ("ids", "kind", "column"),
    [
        ([5, 6], "int64", pa.array([5, 6], pa.int64())),
        ([-1, 2**63 - 1], "int64", pa.array([-1, 2**63 - 1], pa.int64())),
        ([5, 2**63], "uint64", pa.array([5, 2**63], pa.uint64())),
        ([-5, 2**63], "string", pa.array(["-5", str(2**63)])),
        (["5", "甲"], "string", pa.array(["5", "甲"])),
        ([5, "甲"], "string", pa.array(["5", "甲"])),
        ([], "string", pa.array([], pa.string())),
    ],
)
def test_a_column_of_ids_has_the_type_of_all(ids: list[str | int], kind: str, column: pa.Array) -> None:
    assert id_type(ids) == kind
    assert id_array(ids).equals(column)
    texts = [BODY] * len(ids)
    names = {"id": find_duplicates(texts, ids=ids), "left": find_pairs(texts, ids=ids)}
    for name, found in names.items():
        assert found.to_arrow().schema.field(name).type == column.type
    assert names["id"].to_arrow()["id"].combine_chunks().equals(column)
    assert names["id"].to_arrow().schema.field("survivor").type == column.type
    assert find_repeated_paragraphs(texts, ids=ids).to_arrow().schema.field("id").type == column.type


def test_the_index_of_pandas_that_is_not_fit_says_what_to_do() -> None:
    for index in ([1, 1, 2], ["a", "b", "a"]):
        with pytest.raises(ValueError, match="these are the index of pandas; reset it, or give other ids"):
            read_documents(pd.Series(TEXTS, index=index))
    with pytest.raises(TypeError, match="the id of text 0 must be a string or an integer"):
        read_documents(pd.Series(TEXTS, index=pd.date_range("2024-01-01", periods=3)))
    assert read_documents(pd.Series(TEXTS, index=[1, 1, 2]), ids=["a", "b", "c"]).ids == ["a", "b", "c"]
