"""Texts from lists, mappings and columns of tables, with ids; what is wrong is named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import neardup
from neardup.inputs import read_documents, text_column, texts_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TEXTS = ["天地玄黄宇宙洪荒", "日月盈昃", "", "abc 𠀀"]


class Column:
    """As a Hugging Face data set gives one: a sequence that reads rows when they are asked for."""

    def __init__(self, texts: list[Any]) -> None:
        self.texts = texts

    def __len__(self) -> int:
        return len(self.texts)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.texts)


class OneShot:
    """A stream that cannot say how long it is."""

    def __init__(self, texts: list[str]) -> None:
        self.texts = texts

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return pa.chunked_array([self.texts]).__arrow_c_stream__()


SOURCES: dict[str, Callable[[list[Any]], Any]] = {
    "list": list,
    "tuple": tuple,
    "generator": iter,
    "mapping": lambda texts: dict(enumerate(texts)),
    "values of a mapping": lambda texts: dict(enumerate(texts)).values(),
    "numpy, objects": lambda texts: np.array(texts, object),
    "numpy, str": np.array,
    "pandas, objects": lambda texts: pd.Series(texts, dtype=object),
    "pandas, default": pd.Series,
    "pandas, string": lambda texts: pd.Series(texts, dtype="string"),
    "pandas, python strings": lambda texts: pd.Series(texts, dtype=pd.StringDtype("python")),
    "pandas, Arrow": lambda texts: pd.Series(texts, dtype=pd.ArrowDtype(pa.string())),
    "polars": pl.Series,
    "polars, chunks": lambda texts: pl.concat([pl.Series(texts[:1]), pl.Series(texts[1:])], rechunk=False),
    "polars, slice": lambda texts: pl.Series(["x", *texts, "y"])[1:-1],
    "pyarrow": pa.array,
    "pyarrow, large": lambda texts: pa.array(texts, pa.large_string()),
    "pyarrow, chunks": lambda texts: pa.chunked_array([texts[:1], texts[1:]]),
    "stream": OneShot,
    "Hugging Face": Column,
}
WITHOUT_NULLS = {"numpy, str", "stream"}


@pytest.mark.parametrize("name", SOURCES)
def test_every_source_gives_the_same_texts(name: str) -> None:
    found = neardup.signatures(SOURCES[name](TEXTS), num_perm=8)
    assert (found == neardup.signatures(TEXTS, num_perm=8)).all()


@pytest.mark.parametrize("name", sorted(SOURCES.keys() - WITHOUT_NULLS))
def test_a_null_is_named(name: str) -> None:
    # pandas has a null of its own for its strings.
    with pytest.raises((TypeError, ValueError), match=r"text 1 is (null; drop it or fill it first|NAType, not str)"):
        neardup.signatures(SOURCES[name]([TEXTS[0], None, TEXTS[1]]))


def test_what_is_not_text_is_named() -> None:
    with pytest.raises(TypeError, match="text 2 is int, not str"):
        neardup.signatures(["天", "地", 3])  # type: ignore[list-item]
    with pytest.raises(TypeError, match="text 1 is bytes, not str"):
        neardup.signatures(pd.Series(["天", b"a"], dtype=object))
    with pytest.raises(ValueError, match="a column of strings, not of Arrow format 'l'"):
        neardup.signatures(pl.Series([1, 2]))


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ("天地", "several texts, not one str; put it in a list"),
        (b"abc", "several texts, not one bytes; put it in a list"),
        (7, "an iterable or a column of a table, not int"),
        (pd.DataFrame({"text": TEXTS}), "not a whole DataFrame; choose one"),
        (pl.DataFrame({"text": TEXTS}), "not a whole DataFrame; choose one"),
        (pa.table({"text": TEXTS}), "not a whole Table; choose one"),
    ],
)
def test_what_is_not_a_column_is_refused(texts: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        text_column(texts)


UNORDERED: list[tuple[Any, str]] = [
    ({"a", "b"}, "must be in an order, which a set has not; give a list"),
    (frozenset("ab"), "must be in an order, which a frozenset has not; give a list"),
    (np.array([["a", "b"]]), r"must be one column, not an array of shape \(1, 2\)"),
    (np.array("a"), r"must be one column, not an array of shape \(\)"),
    (7, "must be an iterable or a column of a table, not int"),
]
BESIDE: list[tuple[Any, str]] = [
    *UNORDERED,
    ({"a": 1, "b": 2}, "must be values in the order of the texts, not a dict; give a list"),
    (pd.DataFrame({"a": [1], "b": [2]}), "must be values in the order of the texts, not a DataFrame; give a list"),
    (pl.DataFrame({"a": [1], "b": [2]}), "must be values in the order of the texts, not a DataFrame; give a list"),
    (pa.table({"a": [1], "b": [2]}), "must be values in the order of the texts, not a Table; give a list"),
    ("ab", "must be several .*, not one str"),
    (b"ab", "must be several .*, not one bytes"),
]


@pytest.mark.parametrize(("values", "message"), UNORDERED)
def test_texts_come_in_an_order(values: Any, message: str) -> None:
    with pytest.raises(TypeError, match=f"^texts {message}"):
        text_column(values)
    with pytest.raises(TypeError, match=f"^texts {message}"):
        read_documents(values)


@pytest.mark.parametrize(("values", "message"), BESIDE)
def test_ids_and_priorities_come_in_the_order_of_the_texts(values: Any, message: str) -> None:
    for options in ({"ids": values}, {"priority": values}):
        [name] = options
        with pytest.raises(TypeError, match=f"^{name} {message}"):
            neardup.find_duplicates(["天", "地"], **options)
    with pytest.raises(TypeError, match=f"^priority {message}"):
        neardup.find_duplicates(["天", None], priority=values, on_null="skip")  # type: ignore[list-item]


@pytest.mark.parametrize("source", [list, pd.Series, pl.Series, pa.array])
def test_a_null_is_named_by_its_id_with_what_can_be_done(source: Any) -> None:
    texts, ids = source(["天", None]), ["甲", "乙"]
    message = "the text with id '乙' is null; drop it or fill it first"
    for find in (neardup.find_duplicates, neardup.find_pairs):
        with pytest.raises(ValueError, match=f'^{message}, or skip it with on_null="skip"$'):
            find(texts, ids=ids)
    with pytest.raises(ValueError, match=f"^{message}$"):  # which cannot skip it
        neardup.find_repeated_paragraphs(texts, ids=ids)


def test_rows_without_a_name_of_their_text_say_what_names_it() -> None:
    with pytest.raises(TypeError, match=r'the text with id 0 is dict, not str; text="\.\.\." names the field'):
        neardup.find_duplicates([{"text": "天"}])


def test_what_was_opened_is_shared() -> None:
    once = text_column(OneShot(TEXTS))
    again = text_column(once)
    del once
    assert again.take(np.arange(4)) == TEXTS


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=8))
def test_ids_and_texts_stay_together(documents: dict[str, str]) -> None:
    found = read_documents(documents)
    assert dict(zip(found.ids, texts_at(found.texts, np.arange(len(found.ids))), strict=True)) == documents
    assert read_documents(list(documents.values()), list(documents)).ids == list(documents)


@pytest.mark.parametrize("ids", [["a", "b", "7", "d"], np.array([3, 1, 4, 5]), range(4), pd.Series([9, 8, 7, 6])])
@pytest.mark.parametrize("name", SOURCES)
def test_ids_are_those_of_the_users(ids: Any, name: str) -> None:
    assert read_documents(SOURCES[name](TEXTS), ids).ids == list(ids)


def test_ids_of_columns() -> None:
    assert read_documents(TEXTS, pa.array(["a", "b", "c", "d"])).ids == ["a", "b", "c", "d"]
    assert read_documents(TEXTS, pl.Series(["a", "b", "c", "d"])).ids == ["a", "b", "c", "d"]
    assert read_documents(pd.Series(TEXTS, index=["a", "b", "c", "d"])).ids == ["a", "b", "c", "d"]
    assert read_documents(pd.Series(TEXTS)).ids == [0, 1, 2, 3]
    assert read_documents(pa.array(TEXTS)).ids == [0, 1, 2, 3]
    assert read_documents(OneShot(TEXTS)).ids == [0, 1, 2, 3]
    assert read_documents({"a": "天"}, ["b"]).ids == ["b"]


@pytest.mark.parametrize(
    ("texts", "ids", "error", "message"),
    [
        (TEXTS, ["a", "b", "c", "a"], ValueError, "the id 'a' is given twice, to texts 0 and 3; ids must be unique"),
        ({1: "天", "1": "地"}, None, ValueError, "the id '1' of text 1 is the integer 1 of text 0 in other words"),
        (
            pd.Series(TEXTS, index=[1, 2, 2, 3]),
            None,
            ValueError,
            "the id 2 is given twice, to texts 1 and 2; ids must be unique: these are the index",
        ),
        (TEXTS, ["a"], ValueError, "there are 1 ids for 4 texts"),
        (pa.array(TEXTS), ["a"], ValueError, "there are 1 ids for 4 texts"),
        (TEXTS, "abcd", TypeError, "several ids, not one str"),
        (TEXTS, 4, TypeError, "ids must be an iterable"),
        (TEXTS, ["a", None, "c", "d"], TypeError, "the id of text 1 must be a string or an integer, not None"),
        (TEXTS, ["a", True, "c", "d"], TypeError, "the id of text 1 must be a string or an integer, not True"),
        ({"a": "天", "b": None}, None, ValueError, "the text with id 'b' is null; drop it or fill it first"),
        ({"a": "天", "b": float("nan")}, None, ValueError, "the text with id 'b' is null; drop it or fill it first"),
        ({"a": "天", "b": 7.0}, None, TypeError, "the text with id 'b' is float, not str"),
        (OneShot(TEXTS), list("abc"), ValueError, "there are 3 ids for 4 texts"),
    ],
)
def test_what_is_wrong_with_documents_is_named(texts: Any, ids: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        read_documents(texts, ids)
