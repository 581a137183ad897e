"""Nulls among the texts: an error that names them, or left out and listed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neardup import Duplicates, find_duplicates, find_pairs, iter_pairs
from tests.arrow import STRING_TYPES, chunked, sliced

if TYPE_CHECKING:
    from collections.abc import Callable

BODY = "据介绍，重庆经开区把质量强区战略写入全区规划，加快引进和培育壮大龙头企业，全面发力。"
TEXTS = [None, BODY, None, "　", BODY + "！", None, "短"]
IDS = [60, 50, 40, 30, 20, 10, 0]

SOURCES: dict[str, Callable[[list[Any]], Any]] = {
    "list": list,
    "tuple": tuple,
    "generator": iter,
    "mapping": lambda texts: dict(zip(IDS, texts, strict=False)),
    "numpy": lambda texts: np.array(texts, object),
    "NaN": lambda texts: [float("nan") if text is None else text for text in texts],
    "NA": lambda texts: [pd.NA if text is None else text for text in texts],
    "NaT": lambda texts: [pd.NaT if text is None else text for text in texts],
    "pandas, objects": lambda texts: pd.Series(texts, dtype=object),
    "pandas, default": pd.Series,
    "pandas, string": lambda texts: pd.Series(texts, dtype="string"),
    "pandas, python strings": lambda texts: pd.Series(texts, dtype=pd.StringDtype("python")),
    "pandas, Arrow": lambda texts: pd.Series(texts, dtype=pd.ArrowDtype(pa.string())),
    "pandas, categories": lambda texts: pd.Series(texts, dtype="category"),
    "polars": lambda texts: pl.Series(texts, dtype=pl.String),
    "polars, categories": lambda texts: pl.Series(texts, dtype=pl.Categorical),
    "pyarrow, dictionary": lambda texts: pa.array(texts, pa.string()).dictionary_encode(),
    "pyarrow, null in the dictionary": lambda texts: pa.DictionaryArray.from_arrays(
        pa.array(range(len(texts)), pa.int16()), pa.array(texts, pa.string())
    ),
    **{f"slice, {kind}": lambda texts, kind=kind: sliced(texts, kind) for kind in STRING_TYPES},
    **{f"chunks, {kind}": lambda texts, kind=kind: chunked(texts, kind, 2) for kind in STRING_TYPES},
}


@pytest.mark.parametrize("name", SOURCES)
def test_nulls_are_named_or_skipped(name: str) -> None:
    source, ids = SOURCES[name], None if name == "mapping" else IDS
    with pytest.raises(ValueError, match=r"text (with id 60|0) is null; drop it or fill it first"):
        find_duplicates(source(TEXTS), ids=ids)
    found = find_duplicates(source(TEXTS), ids=ids, on_null="skip")
    assert found.skipped == [60, 40, 10]
    assert list(found) == [50, 30, 20, 0]
    expected = find_duplicates([text for text in TEXTS if text], ids=[50, 30, 20, 0]).to_dict()
    assert found.to_dict() == expected | {"skipped": [10, 40, 60]}
    pairs = find_pairs(source(TEXTS), ids=ids, on_null="skip")
    assert (list(pairs), pairs.skipped) == ([(50, 20, 1.0)], [60, 40, 10])
    assert str(pairs).endswith("; 3 skipped")
    parts = list(iter_pairs(source(TEXTS), ids=ids, on_null="skip", part=1))
    assert [pair for part in parts for pair in part] == [(50, 20, 1.0)]


@given(st.lists(st.sampled_from([None, BODY, BODY + "。", "　", "短", "天地玄黄宇宙洪荒"]), max_size=8), st.data())
def test_every_document_is_in_one_list(texts: list[str | None], data: st.DataObject) -> None:
    source = SOURCES[data.draw(st.sampled_from(sorted(SOURCES.keys() - {"mapping"})))]
    if not texts or all(text is None for text in texts):
        source = list
    found = find_duplicates(source(texts), on_null="skip")
    dropped = [match.id for match in found.duplicates]
    everything = [*found.survivors, *dropped, *found.empty, *found.skipped]
    assert sorted(everything) == list(range(len(texts)))  # type: ignore[type-var]
    assert found.skipped == [i for i, text in enumerate(texts) if text is None]
    again = Duplicates.from_dict(json.loads(json.dumps(found.to_dict())))
    assert again.to_dict() == found.to_dict()
    kept = [text for i, text in enumerate(texts) if i not in dropped]
    assert found.filter(texts) == kept
    assert found.filter(texts, keep_empty=False) == [texts[i] for i in sorted(found.survivors)]  # type: ignore[type-var]


def test_skipped_documents_are_nothing_else() -> None:
    found = find_duplicates(TEXTS, ids=IDS, on_null="skip", priority=[0, 2, 0, 0, 1, 0, 0])  # type: ignore[arg-type]
    assert [match.id for match in found.duplicates] == [50]  # by the priority that stands beside it
    assert str(found) == "4 documents: 2 survive, 1 is a duplicate, 1 is empty; 3 skipped"
    assert 60 not in found
    with pytest.raises(KeyError, match="the document 60 was skipped, since its text is null"):
        found[60]
    rows = [{"key": id_, "body": text} for id_, text in zip(IDS, TEXTS, strict=True)]
    marked = found.mark(rows, id="key")
    assert [row["survivor"] for row in marked] == [None, 20, None, None, None, None, None]
    frame = pd.DataFrame(rows)
    found = find_duplicates(frame, text="body", id="key", on_null="skip")
    assert found.filter(frame)["key"].tolist() == [id_ for id_ in IDS if id_ not in found or found[id_] is None]
    assert found.filter(frame, keep_empty=False)["key"].tolist() == [20, 0]


def test_what_is_not_text_is_no_null() -> None:
    for texts in (["天", 7.0], ["天", b"a"]):
        with pytest.raises(TypeError, match=r"the text with id 1 is (float|bytes), not str"):
            find_duplicates(texts, on_null="skip")  # type: ignore[arg-type]
    for find in (find_duplicates, find_pairs):
        with pytest.raises(ValueError, match="on_null must be 'raise' or 'skip', not 'drop'"):
            find(TEXTS, on_null="drop")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="there are 2 priorities for 1 documents"):
        find_duplicates([None, "天", None], priority=[1, 2], on_null="skip")  # type: ignore[list-item]
