"""Titles that are given: evidence in place of the first lines, and nothing else."""

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
from pyarrow import parquet

from neardup import Config, Duplicates, Sketches, find_duplicates
from neardup.boilerplate import paragraph_hash
from neardup.inputs import text_column
from neardup.rule import Contents, Ranking, Rule, document_keys
from neardup.survivors import settle
from tests.command import compare, neardup, scan
from tests.common import BACKENDS, CONTENT_TABLE, both, call, folded
from tests.families import SENTENCES, worlds
from tests.test_tables import MADE, ONCE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FORM = (
    "本市新增一个公共停车场，共有车位二百个，免费停放一小时，二十四小时开放，欢迎市民前来停车。"
    "停车场由市交通局负责管理，收费标准由市物价局核定，咨询电话见公示牌。"
)
FORMS = [f"{FORM}特此公告。", FORM]
UNLIKE = ["关于东湖停车场的公告", "关于西山停车场的公告"]

ARTICLE = "\n".join(SENTENCES[:6])
REPOSTS = [f"城东区便民服务\n{ARTICLE}", f"停车难有望缓解\n{ARTICLE}\n全文完"]
ALIKE = ["市图书馆新馆开放", "市圖書館新館開放！"]

TEXTS = [None, FORMS[0], "　", REPOSTS[0], FORMS[1], None, REPOSTS[1]]
TITLES = ["无", UNLIKE[0], None, ALIKE[0], UNLIKE[1], None, ALIKE[1]]
IDS = [60, 50, 40, 30, 20, 10, 0]

HEADS = [*UNLIKE, *ALIKE, "城东区便民服务", "停车难有望缓解"]
known_titles = st.sampled_from(
    ["", "　", *UNLIKE, *ALIKE, "不得停车", "停车", "<b>公告</b>&nbsp;", "😂", SENTENCES[0], "８.5", "x" * 99]
)


def relations(found: Duplicates) -> dict[Any, Any]:
    return {match.id: match.relation for match in (*found.duplicates, *found.related)}


def test_titles_decide_where_the_rest_agrees() -> None:
    assert relations(find_duplicates(FORMS)) == {1: "near"}
    assert relations(find_duplicates(FORMS, title=ALIKE)) == {1: "near"}
    found = find_duplicates(FORMS, title=UNLIKE)
    assert found.survivors == [0, 1]
    assert relations(found) == {1: "revision"}
    # First lines that differ are no titles where titles are given.
    assert find_duplicates(REPOSTS).survivors == [0, 1]
    assert relations(find_duplicates(REPOSTS, title=ALIKE)) == {0: "near"}


@pytest.mark.parametrize("titles", [UNLIKE, ALIKE])
@pytest.mark.parametrize("texts", [FORMS, REPOSTS])
def test_what_was_found_is_explained_with_its_titles(texts: list[str], titles: list[str]) -> None:
    found = find_duplicates(texts, title=titles)
    [match] = [*found.duplicates, *found.related]
    explained = found.explain(match.id)
    assert (explained.relation, explained.evidence) == (match.relation, match.evidence)
    assert explained.titles == tuple(folded(titles[int(id_)]).text for id_ in (match.id, match.survivor))
    with pytest.raises(ValueError, match="has no texts"):
        Duplicates.from_dict(found.to_dict()).explain(match.id)


@pytest.mark.parametrize("text", [FORM, "短"])
def test_identical_texts_are_identical_whatever_their_titles(text: str) -> None:
    found = find_duplicates([text, f"{text}。"], title=UNLIKE)
    assert relations(found) == {1: "identical"}
    assert found.explain(1).relation == "identical"


@pytest.mark.parametrize("unknown", [None, "", "　", float("nan"), pd.NA])
def test_the_first_line_stands_in_for_a_title_that_is_not_known(unknown: Any) -> None:
    assert find_duplicates(REPOSTS, title=[unknown] * 2).to_dict() == find_duplicates(REPOSTS).to_dict()
    one = find_duplicates(FORMS, title=[UNLIKE[0], unknown]).explain(1)
    assert one.titles[1] == UNLIKE[0]
    assert one.titles[0].startswith("本市新增")


@given(st.lists(st.tuples(st.sampled_from(HEADS), st.sampled_from([*FORMS, ARTICLE])), max_size=6))
def test_titles_that_are_the_first_lines_change_nothing(documents: list[tuple[str, str]]) -> None:
    texts = [f"{head}\n{body}" for head, body in documents]
    found = find_duplicates(texts, title=[f"<b>{head}</b>！" for head, _ in documents])
    assert found.to_dict() == find_duplicates(texts).to_dict()


@pytest.mark.parametrize(("before", "after"), [("", ""), ("", "_某某网"), ("转载：", "")])
def test_a_title_that_is_the_first_line_does_not_recur_there(before: str, after: str) -> None:
    for line, title in (("{}", f"{before}{{}}{after}"), (f"{before}{{}}{after}", "{}")):
        texts = [f"{line.format(head)}\n{ARTICLE}{end}" for head, end in zip(UNLIKE, ("", "完"), strict=True)]
        [match] = find_duplicates(texts, title=[title.format(head) for head in UNLIKE]).related
        assert match.evidence.title_absent > 0
        assert match.evidence.title_recurs == 0
    # In another line it does.
    texts = [f"新闻\n{text}" for text in texts]
    [match] = find_duplicates(texts, title=UNLIKE).related
    assert match.evidence.title_recurs > 0


def test_titles_are_folded_as_texts_are() -> None:
    titles = ["<b>關於東湖</b>&nbsp;公告https://a.example.com/old", "关于东湖公告 ![](https://b.example.org/new.png)"]
    found = find_duplicates(FORMS, title=titles)
    assert relations(found) == {1: "near"}
    assert found.explain(1).titles == ("关于东湖公告", "关于东湖公告")
    assert relations(find_duplicates(FORMS, title=titles, config=Config(content="all"))) == {1: "revision"}


def test_boilerplate_is_not_taken_out_of_titles() -> None:
    config = Config(boilerplate=tuple(paragraph_hash(title) for title in UNLIKE))
    assert relations(find_duplicates(FORMS, title=UNLIKE, config=config)) == {1: "revision"}
    texts = [f"{title}\n{text}" for title, text in zip(UNLIKE, FORMS, strict=True)]
    assert relations(find_duplicates(texts, config=config)) == {1: "near"}
    found = find_duplicates(texts, title=UNLIKE, config=config)
    assert relations(found) == {1: "revision"}
    assert found.explain(1).evidence == found.related[0].evidence


LISTED: dict[str, Callable[[list[Any]], Any]] = {
    "list": list,
    "tuple": tuple,
    "generator": iter,
    "values of a mapping": lambda titles: dict(enumerate(titles)).values(),
    "numpy": lambda titles: np.array(titles, object),
    "NaN": lambda titles: [float("nan") if title is None else title for title in titles],
    "NA": lambda titles: [pd.NA if title is None else title for title in titles],
    "pandas, objects": lambda titles: pd.Series(titles, index=range(7, 7 + len(titles)), dtype=object),
    "pandas, default": pd.Series,
    "pandas, string": lambda titles: pd.Series(titles, dtype="string"),
    "pandas, Arrow": lambda titles: pd.Series(titles, dtype=pd.ArrowDtype(pa.string())),
    "pandas, categories": lambda titles: pd.Series(titles, dtype="category"),
    "polars": pl.Series,
    "polars, categories": lambda titles: pl.Series(titles, dtype=pl.Categorical),
    "pyarrow": pa.array,
    "pyarrow, chunks": lambda titles: pa.chunked_array([titles[:1], titles[1:]]),
    "pyarrow, dictionary": lambda titles: pa.array(titles).dictionary_encode(),
}


@pytest.mark.parametrize("name", LISTED)
def test_titles_come_from_anywhere_and_those_of_skipped_texts_are_skipped(name: str) -> None:
    found = find_duplicates(TEXTS, ids=IDS, title=LISTED[name](TITLES), on_null="skip")
    assert found.skipped == [60, 10]
    assert relations(found) == {20: "revision", 30: "near"}
    expected = find_duplicates(TEXTS[1:5] + TEXTS[6:], ids=[50, 40, 30, 20, 0], title=TITLES[1:5] + TITLES[6:])
    assert found.to_dict() == expected.to_dict() | {"skipped": [10, 60]}
    assert found.explain(20).titles == (UNLIKE[1], UNLIKE[0])
    assert relations(find_duplicates(TEXTS, ids=IDS, on_null="skip")) == {20: "near", 30: "template"}


TABLES = {name: make for name, make in (MADE | ONCE).items() if name != "pandas, odd index"}
ROWS = [{"题": title, "id": id_, "文": text} for title, id_, text in zip(TITLES, IDS, TEXTS, strict=True)]


@pytest.mark.parametrize("name", TABLES)
def test_a_column_of_a_table_has_the_titles(name: str) -> None:
    expected = find_duplicates(TEXTS, ids=IDS, title=TITLES, on_null="skip").to_dict()
    table = TABLES[name]
    assert find_duplicates(table(ROWS), text="文", id="id", title="题", on_null="skip").to_dict() == expected
    assert find_duplicates(table(ROWS), text="文", ids=IDS, title=iter(TITLES), on_null="skip").to_dict() == expected
    without_ids = find_duplicates(table(ROWS), text="文", title="题", on_null="skip")
    assert relations(without_ids) == {4: "revision", 3: "near"}
    with pytest.raises(ValueError, match="'标'"):
        find_duplicates(table(ROWS), text="文", id="id", title="标", on_null="skip")


@pytest.mark.parametrize(
    ("title", "error", "message"),
    [
        (["甲"], ValueError, "there are 1 titles for 2 texts"),
        (iter("甲乙丙"), ValueError, "there are 3 titles for 2 texts"),
        (["甲", 7], TypeError, "the title with id 'b' is int, not str"),
        ([b"x", "y"], TypeError, "the title with id 'a' is bytes, not str"),
        (pl.Series([1, 2]), TypeError, "the title with id 'a' is int, not str"),
        ([{"t": "x"}] * 2, TypeError, "'a' is dict, not str; title=\"...\" names the field with the title"),
        ("题", TypeError, r"title= names a column of a table beside text=.*; or give a list of titles"),
        (b"x", TypeError, "titles must be several titles, not one bytes"),
        (7, TypeError, "titles must be an iterable or a column of a table, not int"),
        ({"a": "甲", "b": "乙"}, TypeError, "titles must be values in the order of the texts, not a dict; give a list"),
        ({"甲", "乙"}, TypeError, "titles must be in an order, which a set has not"),
        (pd.DataFrame({"t": ["甲", "乙"]}), TypeError, "titles must be values in the order of the texts"),
        (pa.array([b"\xff", b"x"]).view(pa.string()), ValueError, "a title is not valid UTF-8"),
    ],
)
def test_what_is_no_title_is_named(title: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        find_duplicates(dict(zip("ab", FORMS, strict=True)), title=title)


def test_nulls_alone_are_no_titles() -> None:
    expected = find_duplicates(REPOSTS).to_dict()
    for nulls in (pl.Series([None, None]), pa.array([None, None]), pd.Series([None, None], dtype=float)):
        assert find_duplicates(REPOSTS, title=nulls).to_dict() == expected
    assert find_duplicates([], title=[]).to_dict() == find_duplicates([]).to_dict()


@st.composite
def titled(draw: st.DrawFn) -> list[tuple[str, str]]:
    texts = [*draw(worlds), *draw(st.lists(st.sampled_from([*FORMS, *REPOSTS]), max_size=4))]
    return [(text, draw(known_titles)) for text in texts]


@given(titled(), st.data())
def test_neither_order_nor_threads_change_the_answer(documents: list[tuple[str, str]], data: st.DataObject) -> None:
    ids = list(range(len(documents)))
    expected = find_duplicates([text for text, _ in documents], ids=ids, title=[title for _, title in documents])
    order = data.draw(st.permutations(ids))
    found = find_duplicates(
        [documents[row][0] for row in order],
        ids=order,
        title=[documents[row][1] for row in order],
        threads=data.draw(st.integers(1, 3)),
    )
    assert found.to_dict() == expected.to_dict()


@given(titled())
def test_titles_are_evidence_and_nothing_else(documents: list[tuple[str, str]]) -> None:
    """Who is empty, too short or identical to whom stays, and every verdict is what comparing the two says."""
    texts, titles = [text for text, _ in documents], [title for _, title in documents]
    config = Config(relations=("identical",))  # so that the survivors are the same
    found, plain = find_duplicates(texts, title=titles, config=config), find_duplicates(texts, config=config)
    assert found.survivors == plain.survivors
    assert list(found.duplicates) == list(plain.duplicates)
    assert (found.empty, found.too_short) == (plain.empty, plain.too_short)
    for match in (*found.duplicates, *found.related):
        explained = found.explain(match.id)
        assert explained.relation == match.relation
        assert match.relation == "identical" or explained.evidence == match.evidence


@given(titled())
def test_guessing_leads_to_the_same_answer(documents: list[tuple[str, str]]) -> None:
    config = Config()
    texts, titles = (text_column(list(column)) for column in zip(*documents, strict=True))
    found = Sketches.of_texts(texts, config=config)
    given_ = find_duplicates(texts, title=[title for _, title in documents], keep="first")
    order = np.flatnonzero(found.chars > 0)
    places = np.full(len(texts), 2**32 - 1, np.uint32)
    places[order] = np.arange(len(order))
    ranking = Ranking(places, found.signatures.astype(np.uint8), found.anchors.sizes)
    verdicts, _, _ = settle(
        texts, order, document_keys(found, config), ranking, Contents(found.digests, titles), config
    )
    assert verdicts.match.tolist() == given_.match.tolist()
    assert verdicts.evidence.tolist() == given_.evidence.tolist()


@both
@given(titled())
def test_kernel_and_reference_read_the_same_titles(documents: list[tuple[str, str]]) -> None:
    texts, config = [text for text, _ in documents], Config()
    found, rule = Sketches.of_texts(texts, config=config), Rule.of(config)
    order = np.flatnonzero(found.chars > 0)
    keys = document_keys(found, config), found.signatures.astype(np.uint8), found.anchors.sizes
    pairs = np.array([(one, other) for one in order for other in order], np.int64).reshape(-1, 2)
    first, candidates = order[:1], (order[1:].astype(np.uint32), np.array([0, len(order) - 1])[: len(order) + 1])

    def outcomes(backend: Any) -> list[Any]:
        named = texts, CONTENT_TABLE, 5
        contents = found.digests, backend.Texts([title for _, title in documents])
        made = [
            call(backend, "relate", *named, pairs, contents, rule.limits, 1),
            call(backend, "survivors", *named, order, *keys, contents, rule, 1),
        ]
        if len(order):
            made.append(call(backend, "decide", *named, first, candidates, contents, rule.limits, rule.drops, 1))
        return [np.asarray(value).tolist() for values in made for value in values]

    got, expected = map(outcomes, BACKENDS)
    assert got == expected


@both
@pytest.mark.parametrize("titles", [UNLIKE, ["", ""], ["甲"], pa.array([b"\xff", b"x"]).view(pa.string())])
def test_kernel_and_reference_compare_with_the_same_titles(titles: Any) -> None:
    found: list[Any] = []
    for backend in BACKENDS:
        try:
            evidence, pieces = call(backend, "compare", FORMS, CONTENT_TABLE, 5, backend.Texts(titles))
            found.append((evidence.tolist(), pieces.tolist()))
        except ValueError as error:
            found.append(str(error))
    assert found[0] == found[1]


@pytest.fixture(params=["jsonl", "csv", "tsv", "json", "parquet"])
def records(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Records of every kind, each with a title; the two forms first."""
    rows = [
        {"id": number, "title": title or "", "text": text.replace("\n", "。")}
        for number, (title, text) in enumerate(zip([*UNLIKE, None], [*FORMS, ARTICLE], strict=True))
    ]
    path = tmp_path / f"records.{request.param}"
    if request.param == "parquet":
        parquet.write_table(pa.Table.from_pylist(rows), path)
    elif request.param == "json":
        path.write_text(json.dumps(rows), "utf-8")
    elif request.param == "jsonl":
        path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")
    else:
        pd.DataFrame(rows).to_csv(path, index=False, sep="\t" if request.param == "tsv" else ",", encoding="utf-8")
    return path


def scanned(path: Path, *options: object) -> dict[str, Any]:
    done = scan(path, "--only", "duplicates", "--id-field", "id", "--format", "json", *options)
    assert done.exit_code == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)["duplicates"]
    return found


def test_the_command_takes_the_field_with_the_titles(records: Path) -> None:
    assert [each["relation"] for each in scanned(records)["duplicates"]] == ["near"]
    found = scanned(records, "--title-field", "title")
    assert found["duplicates"] == []
    assert [each["relation"] for each in found["related"]] == ["revision"]
    done = scan(records, "--only", "duplicates", "--title-field", "题", "--format", "json")
    assert done.exit_code == 1
    assert 'the field "题" is missing; there are: ' in done.stderr
    assert "(--title-field)" in done.stderr


def test_the_command_compares_two_records_with_their_titles(records: Path) -> None:
    ids = (1, 0, "--id-field", "id", "--format", "json")
    assert json.loads(compare(records, *ids).stdout)["relation"] == "near"
    found = json.loads(compare(records, *ids, "--title-field", "title").stdout)
    assert (found["relation"], found["titles"]) == ("revision", UNLIKE[::-1])


def test_titles_may_be_inside_and_null_and_of_some_files_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    rows = [
        {"id": 0, "meta": {"title": UNLIKE[0]}, "text": FORMS[0]},
        {"id": 1, "meta": {"title": UNLIKE[1]}, "text": FORMS[1]},
        {"id": 2, "meta": {"title": None}, "text": ARTICLE},
        {"id": 3, "meta": {"title": 7}, "text": ARTICLE},
    ]
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows[:3]), "utf-8")
    (tmp_path / "b.txt").write_text(f"{ARTICLE}\n", "utf-8")
    options = ("--id-field", "id", "--title-field", "meta.title", "--only", "duplicates", "--format", "json")
    done = scan(path, tmp_path / "b.txt", *options)
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)["duplicates"]
    assert [(each["relation"], each["id"]) for each in found["related"]] == [("revision", 1)]
    assert [each["relation"] for each in found["duplicates"]] == ["identical"]
    parquet.write_table(
        pa.Table.from_pylist([*rows[:3], {"id": 3, "meta": None, "text": "短"}]), tmp_path / "c.parquet"
    )
    assert json.loads(scan(tmp_path / "c.parquet", *options).stdout)["duplicates"]["related"] == found["related"]
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")
    done = scan(path, *options)
    assert done.exit_code == 1
    assert done.stderr == (
        f'neardup: {path}:4: the field "meta.title" is a number, not a string or null (--title-field)\n'
    )
    parquet.write_table(pa.table({"id": [1], "text": ["短"], "meta.title": [7]}), tmp_path / "d.parquet")
    assert 'the field "meta.title" is int64, not a string' in scan(tmp_path / "d.parquet", *options).stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("scan TEXT --title-field t", "--title-field: has no effect on text; no input has records"),
        ("scan RECORDS --title-field t --only repeats", "--title-field: has no effect where duplicates are not looked"),
        ("compare TEXT TEXT --title-field t", "--title-field: has no effect on two texts"),
    ],
)
def test_a_field_of_titles_without_effect_is_an_error(tmp_path: Path, arguments: str, said: str) -> None:
    (tmp_path / "a.txt").write_text(FORM, "utf-8")
    (tmp_path / "a.jsonl").write_text('{"text": "甲", "t": "乙"}\n', "utf-8")
    words = arguments.replace("TEXT", f"{tmp_path}/a.txt").replace("RECORDS", f"{tmp_path}/a.jsonl").split()
    done = neardup(*words, env={"COLUMNS": "300"})
    assert done.exit_code == 2
    assert said in done.stderr
