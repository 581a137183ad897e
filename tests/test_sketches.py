"""Sketches: what they hold, what joins and cuts them, Arrow in and out, and duplicates decided from them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neardup import Config, MismatchError, Sketches, fold, signatures
from neardup.corpus import find_duplicates
from neardup.schemes import SCHEMES
from neardup.shingling import anchors
from tests.common import folded
from tests.families import SENTENCES, texts, worlds

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BODY = "".join(SENTENCES[:4])
TEXTS = [BODY, BODY + "完", f"{BODY}\n{BODY}", "天地玄黄", "　"]
ARRAYS = ("signatures", "digests", "chars", "distinct", "body")


def plain(found: Sketches) -> list[Any]:
    return [getattr(found, name).tolist() for name in ARRAYS] + [each.tolist() for each in found.anchors]


@settings(max_examples=50)
@given(st.lists(texts(), max_size=8), st.integers(1, 9), st.sampled_from([1, 8, 32]), st.integers(1, 3))
def test_sketches_hold_what_the_parts_give(documents: list[str], ngram: int, one_in: int, threads: int) -> None:
    config = Config(ngram=ngram, anchor_one_in=one_in, seed=7)
    found = Sketches.of_texts(documents, config=config, threads=threads)
    assert found.config == config
    assert len(found) == len(documents)
    assert (found.signatures == signatures(documents, ngram=ngram, seed=7)).all()
    expected = anchors(documents, one_in=one_in)
    assert [each.tolist() for each in found.anchors] == [each.tolist() for each in expected]
    assert found.chars.tolist() == [len(folded(text)) for text in documents]


def test_what_is_printed_again_does_not_count() -> None:
    found = Sketches.of_texts(TEXTS)
    size = len(fold(BODY))
    assert found.chars.tolist() == [size, size + 1, 2 * size, 4, 0]
    assert found.distinct.tolist() == [size, size + 1, size, 4, 0]
    assert found.body.tolist() == [size, size + 1, size, 4, 0]
    between = Sketches.of_texts([f"{BODY}\n{SENTENCES[5]}\n{BODY}", f"{BODY}\n{BODY[:50]}"])
    assert between.distinct.tolist() == [size + len(fold(SENTENCES[5])), size]
    assert between.body.tolist() == [size, size]
    loose = Sketches.of_texts(TEXTS, config=Config(min_repeat_chars=1000))
    assert loose.distinct.tolist() == loose.body.tolist() == loose.chars.tolist()


def test_boilerplate_is_removed_first() -> None:
    hashes = find_hashes("版权所有，未经许可不得转载")
    documents = [f"{BODY}\n版权所有，未经许可不得转载", BODY]
    found = Sketches.of_texts(documents, config=Config(boilerplate=hashes))
    assert plain(found[:1]) == plain(found[1:])


def find_hashes(*paragraphs: str) -> tuple[str, ...]:
    from neardup.boilerplate import paragraph_hash

    return tuple(map(paragraph_hash, paragraphs))


@settings(max_examples=50)
@given(worlds, st.data())
def test_cutting_and_joining_are_those_of_the_texts(documents: list[str], data: st.DataObject) -> None:
    found = Sketches.of_texts(documents)
    cut = data.draw(st.integers(0, len(documents)))
    assert plain(found[:cut]) == plain(Sketches.of_texts(documents[:cut]))
    assert plain(Sketches.concatenate([found[:cut], found[cut:]])) == plain(found)
    rows = np.array(data.draw(st.lists(st.integers(0, len(documents) - 1), max_size=5)), np.int64)
    assert plain(found[rows]) == plain(Sketches.of_texts([documents[row] for row in rows]))
    mask = np.array(data.draw(st.lists(st.booleans(), min_size=len(documents), max_size=len(documents))), bool)
    assert plain(found[mask]) == plain(found[np.flatnonzero(mask)])
    assert plain(Sketches.from_arrow(found.to_arrow())) == plain(found)
    assert plain(Sketches.from_arrow(found.to_arrow().slice(cut))) == plain(found[cut:])


def test_nothing_cannot_be_joined_and_different_things_neither() -> None:
    with pytest.raises(ValueError, match="there must be sketches to join"):
        Sketches.concatenate([])
    one, other = Sketches.of_texts(TEXTS), Sketches.of_texts(TEXTS, config=Config(seed=2))
    with pytest.raises(MismatchError, match="the sketches were made with seed 2, not 1"):
        Sketches.concatenate([one, other])
    # What is no part of a sketch may differ.
    joined = Sketches.concatenate([one, Sketches.of_texts(TEXTS, config=Config(threshold=0.5))])
    assert plain(joined[len(TEXTS) :]) == plain(one)


@pytest.mark.parametrize("read", [pa.table, pl.DataFrame, lambda found: pa.RecordBatchReader.from_stream(found)])
def test_any_library_reads_the_stream(read: Any) -> None:
    found = Sketches.of_texts(TEXTS)
    table = read(found)
    if not isinstance(table, pl.DataFrame):  # polars keeps no metadata
        assert plain(Sketches.from_arrow(table)) == plain(found)
    else:
        assert table["chars"].to_list() == found.chars.tolist()
        with pytest.raises(ValueError, match="the table holds no sketches"):
            Sketches.from_arrow(table)


def test_an_empty_batch_goes_round() -> None:
    found = Sketches.of_texts([])
    assert plain(Sketches.from_arrow(found.to_arrow())) == plain(found)
    assert plain(Sketches.concatenate([found, Sketches.of_texts(TEXTS)])) == plain(Sketches.of_texts(TEXTS))


def test_what_was_not_measured_stays_unknown() -> None:
    from neardup.inputs import text_column

    opened = text_column(TEXTS)
    found = Sketches.of_own_texts(opened, Config(), 1)
    assert set(found.distinct.tolist()) == set(found.body.tolist()) == {-1}
    table = found.to_arrow()
    assert table["distinct"].null_count == table["body"].null_count == len(TEXTS)
    again = Sketches.from_arrow(table)
    some = again.measured(opened, np.array([2, 3]), 1)
    assert some.distinct.tolist() == [-1, -1, len(fold(BODY)), 4, -1]
    assert again.distinct.tolist() == [-1] * 5
    assert some.measured(opened, np.array([2, 3]), 1) is some
    assert plain(some.measured(opened, np.arange(5), 1)) == plain(Sketches.of_texts(TEXTS))


@pytest.mark.parametrize("name", [*SCHEMES, "copy_gap", "schema_version"])
def test_another_scheme_is_refused(name: str) -> None:
    table = Sketches.of_texts(TEXTS).to_arrow()
    made_with = json.loads(table.schema.metadata[b"neardup"])
    (made_with["schemes"] if name in SCHEMES else made_with)[name] = 99
    wrong = table.replace_schema_metadata({b"neardup": json.dumps(made_with)})
    with pytest.raises(MismatchError, match=f"the sketches were made with {name}( scheme)? 99, not [0-9]+; make them"):
        Sketches.from_arrow(wrong)
    with pytest.raises(ValueError, match="made with"):
        Sketches.from_arrow(wrong, config=Config())


def described(change: Callable[[dict[str, Any]], object]) -> pa.Table:
    """A table of sketches with other metadata."""
    table = Sketches.of_texts(TEXTS).to_arrow()
    made_with = json.loads(table.schema.metadata[b"neardup"])
    change(made_with)
    return table.replace_schema_metadata({b"neardup": json.dumps(made_with)})


@pytest.mark.parametrize("name", ["ngram", "num_perm", "seed"])
def test_a_config_that_somebody_edited_does_not_fit_its_fingerprint(name: str) -> None:
    wrong = described(lambda made_with: made_with["config"].update({name: 96}))
    with pytest.raises(MismatchError, match=r"the sketches were made with fingerprint [0-9a-f]{16}, not [0-9a-f]{16};"):
        Sketches.from_arrow(wrong)


def test_a_scheme_that_only_a_later_version_has_is_refused() -> None:
    wrong = described(lambda made_with: made_with["schemes"].update(kanon=1))
    with pytest.raises(MismatchError, match="the sketches were made with kanon scheme 1, not None; make them again"):
        Sketches.from_arrow(wrong)


@pytest.mark.parametrize(
    "written", ["{", "\xff", "null", "5", "[]", "{}", '{"config": {}}', '{"config": [], "schemes": {}}']
)
def test_metadata_of_another_kind_are_refused(written: str) -> None:
    wrong = Sketches.of_texts(TEXTS).to_arrow().replace_schema_metadata({b"neardup": written.encode("latin-1")})
    with pytest.raises(ValueError, match="the table holds no sketches: the metadata of its schema are not what this"):
        Sketches.from_arrow(wrong)


@pytest.mark.parametrize(("name", "value"), [("ngram", 0), ("ngram", "5"), ("unknown", 1)])
def test_metadata_with_a_wrong_config_are_refused(name: str, value: object) -> None:
    wrong = described(lambda made_with: made_with["config"].update({name: value}))
    with pytest.raises(ValueError, match="the table holds no sketches: the metadata of its schema name no config of"):
        Sketches.from_arrow(wrong)


BIG = pa.list_(pa.uint64())
WRONG_COLUMNS: list[tuple[str, pa.Array | None, str]] = [
    *((name, None, f"it has 0 columns '{name}'") for name in ("signature", "anchors", "digest", "chars", "body")),
    *((name, pa.nulls(5, pa.uint64()), f"its column '{name}' has nulls") for name in ("digest", "chars")),
    ("anchors", pa.nulls(5, BIG), "its column 'anchors' has nulls"),
    ("anchors", pa.array([[1, None]] * 5, BIG), "its column 'anchors' has nulls"),
    ("anchors", pa.array([[1, 1]] * 5, BIG), "the anchors of each text must ascend"),
    ("anchors", pa.array([[2, 1], [], [], [], []], BIG), "the anchors of each text must ascend"),
    ("anchors", pa.array(["甲"] * 5), "its column 'anchors' of string is none of large_list<item: uint64>"),
    ("signature", pa.array([[1]] * 5, BIG), "a signature has not 128 values"),
    ("signature", pa.array([[1] * 640, [], [], [], []], BIG), "a signature has not 128 values"),
    ("signature", pa.array([[2**32] * 128] * 5, BIG), "its column 'signature' of list<item: uint64> is none of large_"),
    ("signature", pa.array([[None] * 128] * 5, BIG), "its column 'signature' has nulls"),
    ("digest", pa.array([-1] * 5), "its column 'digest' of int64 is none of uint64"),
    ("chars", pa.array([1.5] * 5), "its column 'chars' of double is none of int64"),
    ("chars", pa.array([-1] * 5), "'chars' must be in"),
    ("chars", pa.array([2**40] * 5), "'chars' must be in"),
    ("distinct", pa.array([2**40] * 5), "'distinct' must be in"),
    ("body", pa.array([-7] * 5), "'body' must be in"),
    ("body", pa.nulls(5, pa.int64()), "'distinct' and 'body' must be null together"),
]


@pytest.mark.parametrize(("name", "values", "message"), WRONG_COLUMNS)
def test_wrong_columns_are_refused(name: str, values: pa.Array | None, message: str) -> None:
    table = Sketches.of_texts(TEXTS).to_arrow()
    place = table.column_names.index(name)
    wrong = table.drop_columns(name) if values is None else table.set_column(place, name, values)
    with pytest.raises(ValueError, match="the table holds no sketches: " + re.escape(message)):
        Sketches.from_arrow(wrong)


def test_a_column_twice_is_refused_and_another_one_or_other_types_of_the_same_values_are_not() -> None:
    found = Sketches.of_texts(TEXTS)
    table = found.to_arrow()
    with pytest.raises(ValueError, match="the table holds no sketches: it has 2 columns 'chars'"):
        Sketches.from_arrow(table.append_column("chars", table["chars"]))
    lists = table["signature"].combine_chunks().cast(BIG)
    others = table.set_column(0, "signature", lists).append_column("more", table["chars"])
    assert plain(Sketches.from_arrow(others)) == plain(found)


@pytest.mark.parametrize("data", [5, None, "甲", {"chars": [1]}, [{"chars": 1}]])
def test_what_is_no_table_holds_no_sketches(data: Any) -> None:
    with pytest.raises(TypeError, match="sketches are read from a table with an Arrow stream, not from"):
        Sketches.from_arrow(data)


@pytest.mark.parametrize("data", [pl.Series([1]), pa.array([1])])
def test_a_column_holds_no_sketches(data: Any) -> None:
    with pytest.raises(ValueError, match="the table holds no sketches: it is a column, or no valid table"):
        Sketches.from_arrow(data)


@pytest.mark.parametrize("given", [5, [], Sketches.of_texts(TEXTS).to_arrow()])
def test_what_is_no_sketches_is_not_taken_for_some(given: Any) -> None:
    message = f"sketches must be neardup.Sketches, not {type(given).__name__}; Sketches.from_arrow reads a table"
    with pytest.raises(TypeError, match=message):
        find_duplicates(TEXTS, sketches=given)
    with pytest.raises(TypeError, match=message):
        Sketches.concatenate([Sketches.of_texts(TEXTS), given])


def test_sketches_without_keys_find_nothing() -> None:
    bare = Sketches.of_texts(TEXTS).without_keys()
    with pytest.raises(ValueError, match="the sketches have no keys any more"):
        find_duplicates(TEXTS, sketches=bare)
    with pytest.raises(ValueError, match="the sketches have no keys any more"):
        bare.to_arrow()


@pytest.mark.parametrize("rows", [0, -1, np.int64(1), None, np.array([[0, 1]])])
def test_one_text_is_chosen_by_a_slice(rows: Any) -> None:
    found = Sketches.of_texts(TEXTS)
    with pytest.raises(TypeError, match="sketches are chosen by a slice, positions or a mask"):
        found[rows]
    with pytest.raises(TypeError, match="sketches are chosen by a slice, positions or a mask"):
        list(found)  # type: ignore[call-overload]


@pytest.mark.parametrize(
    "values",
    [{"ngram": 4}, {"num_perm": 64}, {"seed": 3}, {"anchor_one_in": 8}, {"anchor_chars": 9}, {"min_repeat_chars": 50}],
)
def test_another_config_is_refused_where_it_matters(values: dict[str, int]) -> None:
    found = Sketches.of_texts(TEXTS)
    ((name, value),) = values.items()
    message = f"the sketches were made with {name} {getattr(Config(), name)}, not {value}; make them again"
    with pytest.raises(MismatchError, match=message):
        Sketches.from_arrow(found.to_arrow(), config=Config(**values))
    with pytest.raises(MismatchError, match=message):
        find_duplicates(TEXTS, config=Config(**values), sketches=found)


@settings(max_examples=100)
@given(worlds, st.sampled_from([0.5, 0.8]), st.sampled_from(["longest", "first"]))
def test_duplicates_are_the_same_from_sketches_made_before(documents: list[str], threshold: float, keep: Any) -> None:
    sketches = Sketches.from_arrow(Sketches.of_texts(documents).to_arrow())
    options: dict[str, Any] = {"threshold": threshold, "keep": keep}
    found = find_duplicates(documents, **options, sketches=sketches)
    assert found.to_dict() == find_duplicates(documents, **options).to_dict()


def test_sketches_are_of_as_many_texts() -> None:
    with pytest.raises(ValueError, match="there are sketches of 5 texts for 2 texts"):
        find_duplicates(TEXTS[:2], sketches=Sketches.of_texts(TEXTS))


def test_another_process_decides_the_same_from_a_parquet_file(tmp_path: Path) -> None:
    documents = [f"{BODY[i % 7 :]}{i % 3}" for i in range(40)] + TEXTS
    pq.write_table(Sketches.of_texts(documents).to_arrow(), tmp_path / "sketches.parquet")
    (tmp_path / "texts.json").write_text(json.dumps(documents), encoding="utf-8")
    code = """
import json, sys, neardup, pyarrow.parquet as pq
texts = json.load(open("texts.json", encoding="utf-8"))
sketches = neardup.Sketches.from_arrow(pq.read_table("sketches.parquet"), config=neardup.Config())
print(json.dumps(neardup.find_duplicates(texts, sketches=sketches).to_dict()))
"""
    run = subprocess.run(
        [sys.executable, "-P", "-W", "ignore", "-c", code], cwd=tmp_path, capture_output=True, check=True, text=True
    )
    assert json.loads(run.stdout) == json.loads(json.dumps(find_duplicates(documents).to_dict()))
