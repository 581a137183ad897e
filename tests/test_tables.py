"""Whole tables: their columns in, and the user's own rows out, of every library."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import neardup
from neardup import Duplicates, find_duplicates, find_pairs, find_repeated_paragraphs, find_repeats_batch, iter_pairs
from neardup.inputs.tables import columns_of, kind_of

if TYPE_CHECKING:
    from collections.abc import Callable

BODY = "据介绍，重庆经开区把质量强区战略写入全区规划，加快引进和培育壮大龙头企业，全面发力。"
OTHER = "市图书馆新馆向读者开放，馆藏图书一百二十万册，周末延长开放时间至晚上九点。"
ROWS: list[dict[str, Any]] = [
    {"key": 30, "body": BODY, "name": "甲"},
    {"key": 10, "body": BODY + "。", "name": "乙"},
    {"key": 20, "body": "　", "name": "丙"},
    {"key": 40, "body": OTHER, "name": "丁"},
]
KEPT = [10, 20, 40]


class Dataset:
    """What a Hugging Face data set offers, as far as it is used here: `datasets` 5.2 does the same."""

    features: Any = None

    def __init__(self, table: pa.Table, format_: str | None = "numpy") -> None:
        self.table = table
        self.format = format_

    @property
    def column_names(self) -> list[str]:
        """See `datasets.Dataset`."""
        return self.table.column_names

    def __len__(self) -> int:
        return self.table.num_rows

    def with_format(self, format_: str | None) -> Dataset:
        """See `datasets.Dataset`."""
        return Dataset(self.table, format_)

    def __getitem__(self, name: str) -> Any:
        assert self.format is None, "columns are read as Python objects"
        return self.table[name].to_pylist()

    def select(self, indices: Any) -> Dataset:
        """See `datasets.Dataset`."""
        return Dataset(self.table.take(pa.array(indices)))

    def add_column(self, name: str, column: Any) -> Dataset:
        """See `datasets.Dataset`."""
        return Dataset(pa.table({**dict(zip(self.column_names, self.table.columns, strict=True)), name: column}))

    def to_pylist(self) -> list[Any]:
        """See `datasets.Dataset`."""
        return self.table.to_pylist()


def real_dataset(rows: list[Any]) -> Any:
    datasets = pytest.importorskip("datasets", reason="a large library, which the tests do not bring")
    return datasets.Dataset.from_list(rows)


def relation(rows: list[Any]) -> Any:
    table = pa.Table.from_pylist(rows)
    return duckdb.from_arrow(table)


MADE: dict[str, Callable[[list[Any]], Any]] = {
    "pandas": pd.DataFrame,
    "pandas, Arrow": lambda rows: pa.Table.from_pylist(rows).to_pandas(types_mapper=pd.ArrowDtype),
    "pandas, odd index": lambda rows: pd.DataFrame(rows, index=[5, 5, 7, 1]),
    "polars": pl.DataFrame,
    "pyarrow": pa.Table.from_pylist,
    "pyarrow, batch": pa.RecordBatch.from_pylist,
    "Hugging Face": lambda rows: Dataset(pa.Table.from_pylist(rows)),
    "Hugging Face, the real one": real_dataset,
    "list": list,
    "tuple": tuple,
}
ONCE: dict[str, Callable[[list[Any]], Any]] = {
    "pyarrow, reader": lambda rows: pa.Table.from_pylist(rows).to_reader(max_chunksize=3),
    "DuckDB": relation,
}


def plain(table: Any) -> list[dict[str, Any]]:
    """The rows of any table as mappings, null as None."""
    if isinstance(table, pd.DataFrame):
        return [
            {name: None if pd.isna(value) else value for name, value in row.items()}
            for row in table.to_dict(orient="records")
        ]
    if isinstance(table, pl.DataFrame):
        return table.to_dicts()
    return table.to_pylist() if hasattr(table, "to_pylist") else list(table)


ENTRIES: dict[str, Callable[..., Any]] = {
    "find_duplicates": lambda table, **named: find_duplicates(table, **named).to_dict(),
    "find_pairs": lambda table, **named: list(find_pairs(table, **named)),
    "iter_pairs": lambda table, **named: [list(part) for part in iter_pairs(table, part=1, **named)],
    "find_repeats_batch": lambda table, **named: find_repeats_batch(table, **named).to_arrow().to_pylist(),
    "find_repeated_paragraphs": lambda table, **named: find_repeated_paragraphs(table, **named).to_dict(),
}


@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize("name", MADE | ONCE)
def test_a_table_is_what_its_columns_are(name: str, entry: str) -> None:
    texts, ids = [row["body"] for row in ROWS], [row["key"] for row in ROWS]
    find = ENTRIES[entry]
    assert find((MADE | ONCE)[name](ROWS), text="body", id="key") == find(texts, ids=ids) != find(texts)
    if name != "pandas, odd index":
        assert find((MADE | ONCE)[name](ROWS), text="body") == find(texts)


def test_names_of_columns_may_be_numbers() -> None:
    frame = pd.DataFrame([[row["key"], row["body"]] for row in ROWS])
    found = find_duplicates(frame, text=1, id=0)  # type: ignore[arg-type]
    assert found.survivors == [10, 40]


def test_the_index_of_pandas_is_the_id() -> None:
    frame = pd.DataFrame(ROWS).set_index("key")
    found = find_duplicates(frame, text="body")
    assert found.survivors == [10, 40]
    assert found.filter(frame).index.tolist() == KEPT
    assert found.filter(frame.loc[[40, 30, 20, 10]]).index.tolist() == [40, 20, 10]
    assert found.filter(frame["body"]).index.tolist() == KEPT
    assert found.mark(frame).loc[30, "survivor"] == 10
    with pytest.raises(ValueError, match="the document 31 is none of those that were searched"):
        found.filter(frame.rename(index={30: 31}))
    again = Duplicates.from_dict(found.to_dict())
    assert again.filter(frame).equals(found.filter(frame))


@pytest.mark.parametrize("name", MADE)
def test_rows_that_are_kept_come_back_as_they_are(name: str) -> None:
    table = MADE[name](ROWS)
    found = find_duplicates(table, text="body", id="key")
    kept = found.filter(table)
    assert type(kept) is type(table)
    assert plain(kept) == [row for row in ROWS if row["key"] in KEPT]
    assert [row["key"] for row in plain(found.filter(table, keep_empty=False))] == [10, 40]
    shuffled = MADE[name]([ROWS[i] for i in (3, 0, 2, 1)])
    assert [row["key"] for row in plain(found.filter(shuffled))] == [40, 20, 10]
    again = Duplicates.from_dict(found.to_dict())
    assert plain(again.filter(table, id="key")) == plain(kept)
    if name not in {"pandas", "pandas, Arrow", "pandas, odd index"}:
        with pytest.raises(ValueError, match=r'nothing says which row is which document; name the column .* id="id"'):
            again.filter(table)


@pytest.mark.parametrize("name", MADE)
def test_rows_are_marked(name: str) -> None:
    table = MADE[name](ROWS)
    found = find_duplicates(table, text="body", id="key")
    marked = found.mark(table)
    assert type(marked) is (list if name == "tuple" else type(table))
    [match] = found.duplicates
    nothing = {"survivor": None, "relation": None, "score": None}
    said = {30: {"survivor": 10, "relation": "identical", "score": match.score}}
    assert plain(marked) == [row | said.get(row["key"], nothing) for row in ROWS]
    assert plain(table) == ROWS
    with pytest.raises(ValueError, match="the table has a column 'survivor' already; rename or drop it first"):
        found.mark(marked)
    assert [row["survivor"] for row in plain(marked)] == [10, None, None, None]
    assert type(plain(marked)[0]["survivor"]) is int


@pytest.mark.parametrize("name", MADE)
def test_where_nothing_is_dropped_marks_are_null(name: str) -> None:
    table = MADE[name](ROWS)
    marked = find_duplicates(table, text="name", id="key").mark(table)
    assert [row["survivor"] for row in plain(marked)] == [None] * 4
    assert [row["relation"] for row in plain(marked)] == [None] * 4


@pytest.mark.parametrize("ids", [["a", "b", "c", "d"], [1, "b", 3, "d"], [2**62, -1, 2, 3]])
@pytest.mark.parametrize("name", MADE)
def test_marks_have_ids_of_any_type(name: str, ids: list[Any]) -> None:
    if len({type(id_) for id_ in ids}) > 1 and name not in {"pandas", "list", "tuple", "pandas, odd index"}:
        pytest.skip("a column of one type")
    table = MADE[name]([{**row, "key": id_} for row, id_ in zip(ROWS, ids, strict=True)])
    found = find_duplicates(table, text="body", id="key")
    [match] = found.duplicates
    assert [row["survivor"] for row in plain(found.mark(table)) if row["survivor"] is not None] == [match.survivor]


def test_ids_of_two_types_are_strings_in_a_column_of_one() -> None:
    table = pa.table({"body": [BODY, BODY]})
    found = find_duplicates(table["body"], ids=[7, "甲"])
    assert found.mark(table)["survivor"].to_pylist() == [None, "7"]


TEXTS = [row["body"] for row in ROWS]
COLUMNS: dict[str, Callable[[list[str]], Any]] = {
    "list": list,
    "tuple": tuple,
    "numpy": lambda texts: np.array(texts, object),
    "pandas": pd.Series,
    "polars": pl.Series,
    "pyarrow": pa.array,
    "pyarrow, chunks": lambda texts: pa.chunked_array([texts[:1], texts[1:]]),
}


@pytest.mark.parametrize("name", COLUMNS)
def test_texts_alone_are_filtered_in_their_order(name: str) -> None:
    column = COLUMNS[name](TEXTS)
    for found in (find_duplicates(column), find_duplicates(column, ids=["a", "b", "c", "d"])):
        kept = found.filter(column)
        assert type(kept) is type(column)
        assert (kept.to_pylist() if hasattr(kept, "to_pylist") else list(kept)) == [BODY, "　", OTHER]
        with pytest.raises(ValueError, match="4 documents were searched, and here are 3"):
            found.filter(COLUMNS[name](TEXTS[:3]))
        with pytest.raises(TypeError, match="has no columns; give a table"):
            found.mark(column)


def test_a_mapping_is_filtered_by_its_keys() -> None:
    texts = dict(zip("abcd", TEXTS, strict=True))
    found = find_duplicates(texts)
    assert list(found.filter(texts)) == ["a", "c", "d"]
    assert list(found.filter(dict(reversed(texts.items())))) == ["d", "c", "a"]
    with pytest.raises(ValueError, match="4 documents were searched, and here are 2"):
        found.filter({"a": BODY, "b": BODY})


@pytest.mark.parametrize("name", ONCE)
def test_what_gives_its_rows_once_says_so(name: str) -> None:
    found = find_duplicates(ONCE[name](ROWS), text="body", id="key")
    for method in (found.filter, found.mark):
        with pytest.raises(TypeError, match=r"gives its rows once.*make a table of it first"):
            method(ONCE[name](ROWS))


@pytest.mark.parametrize("name", MADE | ONCE)
def test_a_missing_column_is_said_with_those_there_are(name: str) -> None:
    made = (MADE | ONCE)[name]
    for named in ({"text": "txt"}, {"text": "body", "id": "txt"}):
        with pytest.raises(ValueError, match="has no column 'txt'; it has 'key', 'body', 'name'"):
            find_duplicates(made(ROWS), **named)
    if name not in {"list", "tuple"}:
        with pytest.raises(TypeError, match=r'not a whole .*; choose one, as in table\["text"\], or name it'):
            find_duplicates(made(ROWS))
        with pytest.raises(TypeError, match="not a whole"):
            neardup.signatures(made(ROWS))


@pytest.mark.parametrize("name", MADE | ONCE)
def test_an_empty_table_has_no_documents(name: str) -> None:
    rows = [] if name in {"list", "tuple"} else pa.Table.from_pylist(ROWS).slice(0, 0)
    made: Any = rows
    if name not in {"list", "tuple"}:
        kinds: dict[str, Callable[[pa.Table], Any]] = {
            "pandas": pa.Table.to_pandas,
            "polars": pl.DataFrame,
            "pyarrow, batch": lambda table: pa.RecordBatch.from_pylist([], table.schema),
            "Hugging Face": Dataset,
            "pyarrow, reader": pa.Table.to_reader,
            "DuckDB": duckdb.from_arrow,
        }
        made = kinds.get(name, lambda table: table)(rows)
    found = find_duplicates(made, text="body", id="key")
    assert len(found) == 0
    if name in {"list", "pandas", "polars", "pyarrow"}:
        assert len(found.filter(made)) == len(found.mark(made)) == 0


def test_rows_that_lack_a_field_are_named() -> None:
    with pytest.raises(ValueError, match="row 1 has no 'body'; it has 'key'"):
        find_duplicates([{"key": 1, "body": "天"}, {"key": 2}], text="body")
    with pytest.raises(TypeError, match="text= names a column of a table, and texts is no table but list"):
        find_duplicates([{"key": 1, "body": "天"}, "地"], text="body")


@pytest.mark.parametrize(
    ("texts", "named", "message"),
    [
        (TEXTS, {"text": "body"}, "text= names a column of a table, and texts is no table but list; leave text out"),
        (pd.Series(TEXTS), {"text": "body"}, "and texts is no table but Series"),
        (pa.array(TEXTS), {"text": "body"}, "and texts is no table but StringArray"),
        ({"a": "天"}, {"text": "body"}, "and texts is no table but dict"),
        ("天", {"text": "body"}, "and texts is no table but str"),
        (TEXTS, {"id": "key"}, "id= names a column of a table beside text="),
        (ROWS, {"text": "body", "id": "key", "ids": [1, 2, 3, 4]}, "id= names a column of a table beside text="),
        ({"train": pa.table({"body": TEXTS})}, {"text": "body"}, r"a dict holds several tables.*tables\['train'\]"),
        (pl.LazyFrame(ROWS), {"text": "body"}, r"a LazyFrame has no rows before it is run; collect\(\) it first"),
        (pl.LazyFrame(ROWS), {}, r"a LazyFrame has no rows before it is run; collect\(\) it first"),
    ],
)
def test_what_is_named_wrong_is_said(texts: Any, named: dict[str, Any], message: str) -> None:
    for find in (find_duplicates, find_pairs, find_repeated_paragraphs):
        with pytest.raises(TypeError, match=message):
            find(texts, **named)


def test_a_stream_of_rows_of_hugging_face_is_said() -> None:
    class IterableDataset:
        column_names = ("body",)
        features = None

    with pytest.raises(TypeError, match="a IterableDataset is a stream of rows; load it without streaming"):
        find_duplicates(IterableDataset(), text="body")


def test_two_columns_of_one_name_are_said() -> None:
    frame = pd.DataFrame([["天", "地"]], columns=["body", "body"])
    with pytest.raises(ValueError, match="the DataFrame has several columns 'body'"):
        find_duplicates(frame, text="body")
    with pytest.raises(ValueError, match="the Table has several columns 'body'"):
        find_duplicates(pa.table([["天"], ["地"]], names=["body", "body"]), text="body")


def test_of_many_columns_some_are_named() -> None:
    table = pa.table({f"c{i}": [1] for i in range(100)})
    with pytest.raises(ValueError, match=r"it has 'c0', .* 'c19' and 80 more$"):
        columns_of(table, ["body"])


def test_columns_may_be_of_any_string_type_and_in_chunks() -> None:
    for kind in (pa.string(), pa.large_string(), pa.string_view()):
        column = pa.chunked_array([pa.array(TEXTS[:1], kind), pa.array(TEXTS[1:], kind)])
        assert find_duplicates(pa.table({"body": column}), text="body").survivors == [0, 3]


def test_a_column_of_a_stream_is_no_table() -> None:
    class Stream:
        schema = pa.field("", pa.string())

        def __arrow_c_stream__(self, requested_schema: object = None) -> object:
            return pa.chunked_array([TEXTS]).__arrow_c_stream__()

    assert kind_of(Stream()) is None
    assert find_duplicates(Stream()).survivors == [0, 3]


def test_other_documents_are_refused() -> None:
    found = find_duplicates(ROWS, text="body", id="key")
    with pytest.raises(ValueError, match="4 documents were searched, and here are 3; give the same"):
        found.filter(ROWS[:3])
    with pytest.raises(ValueError, match="the document 50 is none of those that were searched"):
        found.mark([*ROWS[:3], {**ROWS[3], "key": 50}])
    with pytest.raises(ValueError, match="the id 30 is given twice"):
        found.filter([*ROWS[:3], ROWS[0]])
    with pytest.raises(TypeError, match="a generator gives its rows once"):
        find_duplicates(["天"]).filter(row for row in "a")
    with pytest.raises(ValueError, match=r"row 0 has no 'no'|has no column 'no'"):
        found.filter(ROWS, id="no")


RESULTS: dict[str, Callable[[], Any]] = {
    "duplicates": lambda: find_duplicates(ROWS, text="body", id="key"),
    "pairs": lambda: find_pairs(ROWS, text="body", id="key"),
    "repeats": lambda: find_repeats_batch(ROWS, text="body", id="key"),
    "paragraphs": lambda: find_repeated_paragraphs(ROWS, text="body", id="key"),
}


@pytest.mark.parametrize("name", RESULTS)
def test_other_libraries_read_results(name: str) -> None:
    found = RESULTS[name]()
    expected = found.to_arrow()
    assert len(expected)
    assert pa.table(found).equals(expected)
    assert found.to_polars().equals(pl.DataFrame(expected))
    assert pl.DataFrame(found).equals(pl.DataFrame(expected))
    assert found.to_pandas().equals(expected.to_pandas())
    assert pl.from_arrow(found).struct.unnest().equals(found.to_polars())  # type: ignore[union-attr]
    assert duckdb.sql("select count(*) from found").fetchall() == [(len(expected),)]
    assert repr(found) == f"{type(found).__name__}({found})"


def test_a_result_can_be_pickled_without_its_texts() -> None:
    found = find_duplicates(pa.array(TEXTS))
    again = pickle.loads(pickle.dumps(found))
    assert again.to_dict() == found.to_dict()
    assert again[1].survivor == 0
    assert BODY.encode() not in pickle.dumps(find_duplicates(TEXTS))
    with pytest.raises(ValueError, match=r"has no texts.*of 1 and of its survivor 0 .*neardup.compare\(one, other"):
        again.explain(1)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (None, "a NoneType has no rows; give a table, a list or a column"),
        (7, "a int has no rows; give a table, a list or a column"),
        (pl.LazyFrame({"a": [1]}), r"a LazyFrame has no rows before it is run; collect\(\) it first"),
    ],
)
def test_what_has_no_rows_is_not_filtered(rows: Any, message: str) -> None:
    found = find_duplicates(["天地玄黄"])
    for each in (found, Duplicates.from_dict(found.to_dict())):
        with pytest.raises(TypeError, match=message):
            each.filter(rows)
