"""An index that documents are added to answers as `find_duplicates` with ``keep="first"``, in batches of any size."""

from __future__ import annotations

import gzip
import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import neardup
from neardup import Config, Duplicates, Index, find_duplicates
from neardup.index import Answers
from neardup.inputs.ids import id_order
from tests.families import SENTENCES, versions, worlds
from tests.indexes import STORES, place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from neardup._typing import Id

IS_KERNEL = neardup.backend() == "kernel"
some = settings(max_examples=100 if IS_KERNEL else 6, suppress_health_check=[HealthCheck.too_slow])

CONFIGS: list[dict[str, Any]] = [
    {},
    {"threshold": 0.5},
    {"relations": ("identical", "near", "contains")},
    {"relations": ("identical", "near"), "max_bucket_size": 1},
    {"relations": ("identical", "template"), "max_bucket_size": 2},
    {"max_bucket_size": 1},
    {"max_candidates": 1},
    {"content": "all", "max_bucket_size": 3, "max_candidates": 2},
]


def said(found: Duplicates | Answers) -> str:
    """Give all that the rule says of documents, in one form."""
    if isinstance(found, Duplicates):
        plain = found.to_dict()
        plain = {name: plain[name] for name in ("duplicates", "related", "empty", "too_short", "skipped", "cuts")}
    else:
        plain = {
            "duplicates": [each.to_dict() for each in found.duplicates],
            "related": [each.to_dict() for each in found.related],
            "empty": list(found.empty),
            "too_short": list(found.too_short),
            "skipped": list(found.skipped),
            "cuts": found.cuts.to_dict(),
        }
        for match in plain["duplicates"] + plain["related"]:
            del match["rule"]
    for name in ("duplicates", "related"):
        plain[name].sort(key=lambda match: id_order(match["id"]))
    for name in ("empty", "too_short"):
        plain[name].sort(key=id_order)
    return json.dumps(plain, ensure_ascii=False, indent=1)


def added(
    index: Index, texts: Sequence[str], ids: Sequence[Id], batch: int, titles: Sequence[str | None] | None = None
) -> Answers:
    """Add documents in batches."""
    parts = [
        index.add_many(
            texts[start : start + batch],
            ids=ids[start : start + batch],
            title=None if titles is None else titles[start : start + batch],
        )
        for start in range(0, len(texts), batch)
    ]
    return Answers.joined(parts, [])


@given(
    worlds | st.lists(versions(), min_size=1, max_size=4).map(lambda pairs: [text for pair in pairs for text in pair]),
    st.sampled_from(STORES),
    st.sampled_from([1, 2, 7, 1000]),
    st.sampled_from(CONFIGS),
    st.data(),
)
@some
def test_the_answer_is_that_of_find_duplicates(
    world: list[str], kind: str, batch: int, overrides: dict[str, Any], data: st.DataObject
) -> None:
    config = Config().with_overrides(**overrides)
    ids: list[Id] = [number if number % 3 else f"文{number}" for number in range(len(world))]
    title = st.sampled_from(["题目一", "题目二", "", None])
    titles = data.draw(st.none() | st.lists(title, min_size=len(world), max_size=len(world)))
    expected = find_duplicates(world, ids=ids, title=titles, keep="first", config=config)
    with tempfile.TemporaryDirectory() as folder:
        path = place(kind, Path(folder))
        with Index.open(path, config=config) as index:
            found = added(index, world, ids, batch, titles)
            assert said(found) == said(expected)
            assert set(found.new) == set(expected.survivors) | set(expected.empty)
            assert [each.id for each in index] == found.new
            assert index.verify() == []
            again = added(index, world, ids, batch, titles)
            assert again.known == found.new
            if not any(name.startswith("max_") for name in overrides):
                assert again.new == found.new
        if kind != "memory":
            with Index.open(path) as index:
                assert [each.id for each in index] == [
                    *again.known,
                    *(each for each in again.new if each not in again.known),
                ]


def test_one_by_one_is_a_batch_of_one() -> None:
    world = [*SENTENCES, "".join(SENTENCES[:4]), SENTENCES[0].replace("，", ""), SENTENCES[4].replace("8.5", "9.5")]
    expected = find_duplicates(world, keep="first")
    with Index.open(":memory:") as index:
        found = [index.add(number, text) for number, text in enumerate(world)]
    duplicates = {each.id: each for each in expected.duplicates}
    assert duplicates
    for number, match in enumerate(found):
        one = duplicates.get(number)
        assert (match is None) == (one is None)
        if match is not None and one is not None:
            assert (match.survivor, match.relation, match.evidence) == (one.survivor, one.relation, one.evidence)


def corpus_in(path: Path) -> tuple[list[str], list[Id]]:
    """Read a corpus."""
    data = path.read_bytes()
    lines = (gzip.decompress(data) if path.suffix == ".gz" else data).splitlines()
    rows = [json.loads(line) for line in lines]
    return [row["text"] for row in rows], [row.get("id", number) for number, row in enumerate(rows)]


@pytest.mark.parametrize(
    ("kind", "batch"), [("sqlite", 1), ("sqlite", 7), ("sqlite", 1000), ("redis", 1), ("redis", 300)]
)
def test_a_corpus_of_yours_has_the_answer_of_find_duplicates(
    real_corpus: Path, tmp_path: Path, kind: str, batch: int
) -> None:
    texts, ids = corpus_in(real_corpus)
    expected = find_duplicates(texts, ids=ids, keep="first")
    with Index.open(place(kind, tmp_path)) as index:
        assert said(added(index, texts, ids, batch)) == said(expected)
        assert [each.id for each in index if each.id not in set(expected.empty)] == list(expected.survivors)
        assert index.verify() == []
