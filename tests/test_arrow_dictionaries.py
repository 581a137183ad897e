"""Arrow strings by indices into a dictionary: any indices, any faults, and nulls that are skipped, the same to both."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import neardup
from neardup._reference import arrow as c
from tests.arrow import INDEX_TYPES, STRING_TYPES, Broken, chunked, encoded, sliced
from tests.common import BACKENDS, read

if TYPE_CHECKING:
    from collections.abc import Callable

ROWS = ["天地玄黄宇宙洪荒", "a", None, "é𠀀", "日月盈昃辰宿列张"]
ODD, INDEX = ctypes.create_string_buffer(b"\xff\xe5"), ctypes.create_string_buffer(b"i")
NESTED = c.ArrowSchema()


def dictionary_of(structure: Any) -> Any:
    """The dictionary of a schema or an array, where it is."""
    return type(structure).from_address(structure.dictionary)


def set_null(structure: Any, name: str) -> None:
    field = getattr(type(structure), name)
    ctypes.memset(ctypes.addressof(structure) + field.offset, 0, field.size)


def set_format(schema: Any, buffer: Any) -> None:
    ctypes.c_void_p.from_address(ctypes.addressof(schema)).value = ctypes.addressof(buffer)


def nest(schema: Any, _: object) -> None:
    """Give a dictionary a dictionary, of which only the address is looked at."""
    values = dictionary_of(schema)
    values.dictionary = ctypes.addressof(NESTED)
    set_format(values, INDEX)


def broken(change: Callable[[Any, Any], object]) -> Broken:
    return Broken(encoded(["天"], pa.string()), change)


def no_buffer(structure: Any, number: int) -> None:
    structure.buffers[number] = None


MALFORMED: dict[str, tuple[str, Callable[[], Any]]] = {
    "numbers": ("not of Arrow format 'i' with a dictionary of 'l'; give", lambda: pa.array([7]).dictionary_encode()),
    "dictionaries": ("format 'i' with a dictionary of 'i' with a dictionary; give", lambda: broken(nest)),
    "odd indices": (
        "not of Arrow format '\ufffd\ufffd' with a dictionary of 'u'; give one column",
        lambda: broken(lambda schema, _: set_format(schema, ODD)),
    ),
    "none": (
        "the Arrow array is malformed: it has no dictionary",
        lambda: broken(lambda _, array: set_null(array, "dictionary")),
    ),
    "released": (
        "the Arrow array is malformed: it has no dictionary",
        lambda: broken(lambda _, array: set_null(dictionary_of(array), "release")),
    ),
    "released, of the schema": (
        "the Arrow schema is malformed: its dictionary was released",
        lambda: broken(lambda schema, _: set_null(dictionary_of(schema), "release")),
    ),
    "without offsets": (
        "it has rows and no offsets, views or indices",
        lambda: broken(lambda _, array: no_buffer(dictionary_of(array), 1)),
    ),
    "without characters": (
        "text 0 has characters in an Arrow buffer that is missing",
        lambda: broken(lambda _, array: no_buffer(dictionary_of(array), 2)),
    ),
    "without indices": (
        "it has rows and no offsets, views or indices",
        lambda: broken(lambda _, array: no_buffer(array, 1)),
    ),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_dictionary_is_refused_in_the_same_words(name: str) -> None:
    message, source = MALFORMED[name]
    for skip_nulls in (False, True):
        found = [read(backend, source(), skip_nulls=skip_nulls) for backend in BACKENDS]
        assert all(each == found[0] for each in found)
        assert found[0][0] == "ValueError"
        assert message in found[0][1]


def test_a_dictionary_is_released_with_its_column() -> None:
    before = pa.total_allocated_bytes()
    for backend in BACKENDS:
        for index in INDEX_TYPES:
            column = encoded(["天地玄黄宇宙洪荒" * 99] * 100, pa.string(), index)
            opened = backend.Texts(column)
            del column
            assert opened.take(np.array([99])) == ["天地玄黄宇宙洪荒" * 99]
            del opened
    assert pa.total_allocated_bytes() == before


@given(st.data())
def test_any_indices_are_the_same_to_both(data: st.DataObject) -> None:
    index = data.draw(st.sampled_from(INDEX_TYPES))
    limits = np.iinfo(index.to_pandas_dtype())
    number = st.integers(0, 3) | st.sampled_from([int(limits.min), int(limits.max), 4, 5]) | st.none()
    places = data.draw(st.lists(number, max_size=5))
    values = pa.array(ROWS[:4], data.draw(st.sampled_from(STRING_TYPES)))
    column = pa.DictionaryArray.from_arrays(pa.array(places, index), values, safe=False)
    found = [read(backend, column) for backend in BACKENDS]
    assert all(each == found[0] for each in found)
    wrong = {row: "is null; drop it or fill it first" for row, place in enumerate(places) if place in {None, 2}}
    wrong |= {
        row: "has an Arrow index outside of its dictionary"
        for row, place in enumerate(places)
        if place is not None and not 0 <= place <= 3
    }
    if wrong:
        assert found[0] == ("ValueError", f"text {min(wrong)} {wrong[min(wrong)]}")
    else:
        assert found[0] == ("texts", [ROWS[place] for place in places])  # type: ignore[index]


VALUES: dict[str, list[int]] = {
    "length": [-(2**63), -1, 0, 1, 2, 3, 2**59, 2**63 - 1],
    "offset": [-(2**63), -1, 0, 1, 2**59, 2**63 - 4, 2**63 - 1],
    "null_count": [-(2**63), -1, 0, 1, 2],
    "n_buffers": [-(2**63), -1, 0, 1, 2, 3],
}


@given(st.data())
def test_a_dictionary_with_any_faults_is_the_same_to_both(data: st.DataObject) -> None:
    kind, index = data.draw(st.sampled_from(STRING_TYPES)), data.draw(st.sampled_from(INDEX_TYPES))
    array = encoded(data.draw(st.permutations(ROWS)), kind, index).slice(0, 3)
    changes = {name: data.draw(st.none() | st.sampled_from(some)) for name, some in VALUES.items()}
    is_inner, gone = data.draw(st.booleans()), data.draw(st.sets(st.integers(0, 1), max_size=1))

    def change(_: object, structure: Any) -> None:
        changed = dictionary_of(structure) if is_inner else structure
        for number in gone:
            changed.buffers[number] = None
        for field, value in changes.items():
            # A dictionary's offset says where its strings are: only what cannot be is told from what is not there.
            if value is not None and not (is_inner and field in {"length", "offset"} and 0 < value < 2**59):
                setattr(changed, field, value)

    for skip_nulls in (False, True):
        found = [read(backend, Broken(array, change), skip_nulls=skip_nulls) for backend in BACKENDS]
        assert all(each == found[0] for each in found)


SOURCES: dict[str, Callable[[list[Any]], Any]] = {
    "list": list,
    "tuple": tuple,
    "NaN": lambda texts: [float("nan") if text is None else text for text in texts],
    **{f"slice, {kind}": lambda texts, kind=kind: sliced(texts, kind) for kind in STRING_TYPES},
    **{f"chunks, {kind}": lambda texts, kind=kind: chunked(texts, kind, 2) for kind in STRING_TYPES},
    **{f"by {kind}": lambda texts, kind=kind: encoded(texts, pa.string(), kind) for kind in INDEX_TYPES},
    "null values": lambda texts: pa.DictionaryArray.from_arrays(
        pa.array(range(len(texts)), pa.uint8()), pa.array(texts, pa.string())
    ),
}


@given(
    st.lists(st.none() | st.sampled_from(["天", "", "天地玄黄宇宙洪荒"]), max_size=9), st.sampled_from(sorted(SOURCES))
)
def test_nulls_that_are_skipped_are_the_same_to_both(texts: list[str | None], source: str) -> None:
    for backend in BACKENDS:
        found = backend.Texts(SOURCES[source](texts), skip_nulls=True)
        assert found.take(np.arange(len(found))) == [text for text in texts if text is not None]
        assert found.nulls().tolist() == [row for row, text in enumerate(texts) if text is None]
        assert found.nulls().dtype == np.int64
        assert backend.Texts(found).nulls().tolist() == found.nulls().tolist()


@pytest.mark.parametrize(
    "source",
    [
        lambda: [None, "天", 7],
        lambda: [None, float("nan"), b"a"],
        lambda: pa.DictionaryArray.from_arrays(pa.array([None, 0, 9], pa.int8()), pa.array(["天"]), safe=False),
    ],
)
def test_a_fault_behind_nulls_is_named_by_its_own_row(source: Callable[[], Any]) -> None:
    found = [read(backend, source(), skip_nulls=True) for backend in BACKENDS]
    assert all(each == found[0] for each in found)
    assert found[0][1].startswith("text 2 ")


def test_categories_of_pandas_are_texts() -> None:
    texts = ["天地玄黄宇宙洪荒", "日月盈昃辰宿列张"] * 2
    for kind in ("category", pd.CategoricalDtype(["日月盈昃辰宿列张", "多余", "天地玄黄宇宙洪荒"])):
        found = neardup.find_duplicates(pd.DataFrame({"text": pd.Series(texts, dtype=kind)}), text="text")
        assert found.survivors == [0, 1]
