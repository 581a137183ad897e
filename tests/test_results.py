"""What can be asked of a result: by id, why, how many, in a notebook; and which pairs it leaves to be expanded."""

from __future__ import annotations

import copy
import json
import re
from html.parser import HTMLParser
from itertools import combinations
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neardup import (
    Config,
    Duplicates,
    RepeatedParagraphs,
    compare,
    find_duplicates,
    find_pairs,
    find_repeated_paragraphs,
    iter_pairs,
)
from neardup._backend import BACKEND
from neardup.boilerplate import paragraph_hash
from neardup.results.duplicates import SHOWN_DUPLICATES

if TYPE_CHECKING:
    from collections.abc import Callable

BODY = "据介绍，重庆经开区把质量强区战略写入全区规划，加快引进和培育壮大龙头企业，全面发力。"
FORM = "气象台预报，今天夜里到明天白天多云转小雨，最低气温{}度，请市民注意添衣保暖。"
DOCUMENTS: dict[int | str, str] = {
    10: BODY,
    20: BODY + "（记者）",
    "空": "　",
    30: FORM.format(8),
    40: FORM.format(9),
    "短": "短",
}


@pytest.fixture
def found() -> Duplicates:
    return find_duplicates(DOCUMENTS)


def test_a_result_is_asked_by_id(found: Duplicates) -> None:
    [match] = found.duplicates
    assert found[match.id] == match
    assert (match.id, match.survivor) == (10, 20)
    assert [id_ for id_ in found if found[id_] is not None] == [match.id]
    assert [id_ for id_ in DOCUMENTS if id_ in found] == list(found) == list(DOCUMENTS)
    assert found[40] is None  # related to another, and kept
    assert [match.id for match in found.related] == [40]
    assert len(found) == len(DOCUMENTS)


@pytest.mark.parametrize(
    ("id_", "message"),
    [
        (50, "there is no document 50'?\"?$"),
        ("10", "there is no document '10'; there is one 10"),
        ("丁", "there is no document '丁'"),
        ("²", "there is no document '²'"),
        ("٣", "there is no document '٣'"),
        (None, "there is no document None"),
    ],
)
def test_an_id_that_is_none_is_said(found: Duplicates, id_: Any, message: str) -> None:
    assert id_ not in found
    for ask in (found.__getitem__, found.explain, found.family_size):
        with pytest.raises(KeyError, match=message):
            ask(id_)


def test_an_id_of_the_other_type_is_said() -> None:
    found = find_duplicates({"7": "天"})
    with pytest.raises(KeyError, match="there is no document 7; there is one '7'"):
        found[7]


@pytest.mark.parametrize("make", [list, tuple, iter, pa.array])
def test_explaining_is_comparing_with_the_survivor(make: Any) -> None:
    for config in (None, Config(threshold=0.95), Config(boilerplate=(paragraph_hash("版权所有"),))):
        texts = [text + "\n版权所有" for text in DOCUMENTS.values()]
        found = find_duplicates(make(texts), ids=list(DOCUMENTS), config=config)
        explained = [*found.duplicates, *found.related]
        assert explained
        by_id = dict(zip(DOCUMENTS, texts, strict=True))
        for match in explained:
            said = found.explain(match.id)
            assert said == compare(by_id[match.id], by_id[match.survivor], config=config)
            assert (said.relation, said.score) == (match.relation, match.score)
            assert said.evidence == match.evidence


def test_what_cannot_be_explained_says_why(found: Duplicates) -> None:
    for id_ in (30, "短", "空"):
        with pytest.raises(ValueError, match=f"the document {id_!r} is kept, and is nothing to any other survivor"):
            found.explain(id_)
    again = Duplicates.from_dict(found.to_dict())
    [match] = again.duplicates
    message = rf"has no texts.* of {match.id} and of its survivor {match.survivor} .*neardup.compare\(one, other"
    with pytest.raises(ValueError, match=message):
        again.explain(match.id)


def first(name: str, **values: object) -> Callable[[dict[str, Any]], object]:
    """Change the first of the entries under a name."""
    return lambda data: data[name][0].update(values)


EDITS: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "no version": (lambda data: data.pop("schema_version"), "schema_version must be 1, not None"),
    "version as text": (lambda data: data.update(schema_version="1"), "schema_version must be 1, not '1'"),
    "another config": (lambda data: data["config"].update(threshold=0.5), "'fingerprint' does not follow from"),
    "another fingerprint": (lambda data: data.update(fingerprint="0" * 16), "'fingerprint' does not follow from"),
    "a config of other options": (lambda data: data["config"].update(unknown=1), "unknown: unknown"),
    "no duplicates": (lambda data: data.pop("duplicates"), "KeyError: 'duplicates'"),
    "no cuts": (lambda data: data.update(cuts={}), "TypeError: Cuts"),
    "a count": (lambda data: data.update(documents=9), "'documents' does not follow"),
    "a survivor that is gone": (lambda data: data["survivors"].remove(20), "10 cannot be near to 20"),
    "a survivor twice": (lambda data: data["survivors"].append(20), "the id 20 is given twice"),
    "its own survivor": (first("duplicates", survivor=10), "10 cannot be near to 10"),
    "an unknown survivor": (first("duplicates", survivor=99), "10 cannot be near to 99"),
    "an unknown relation": (first("duplicates", relation="like"), "10 cannot be like to 20"),
    "no relation": (first("duplicates", relation=None), "10 cannot be None to 20"),
    "a relation that keeps": (first("duplicates", relation="template"), "10 cannot be template to 20"),
    "a relation that drops": (first("related", relation="near"), "40 cannot be near to 30"),
    "another score": (first("duplicates", score=0.5), "'duplicates' does not follow"),
    "evidence of another kind": (first("duplicates", jaccard="1"), "'duplicates' does not follow"),
    "no evidence": (lambda data: data["duplicates"][0].pop("aligned"), "KeyError: 'aligned'"),
    "a duplicate that is too short": (lambda data: data["too_short"].append(10), "one that is too short is no"),
    "one that is skipped and there": (lambda data: data["skipped"].append(20), "the id 20 is given twice"),
    "boilerplate that was not left out": (
        lambda data: data.update(boilerplate=[{"hash": "0" * 16, "text": "版权所有", "documents": 10}]),
        "'版权所有' is no boilerplate of the config",
    ),
    "no word of boilerplate": (lambda data: data.pop("boilerplate"), "KeyError: 'boilerplate'"),
    "an id of another kind": (lambda data: data["empty"].append(1.5), "must be a string or an integer, not 1.5"),
}


@pytest.mark.parametrize("name", EDITS)
def test_plain_data_that_do_not_fit_together_are_refused(found: Duplicates, name: str) -> None:
    edit, message = EDITS[name]
    data = json.loads(json.dumps(found.to_dict()))
    assert Duplicates.from_dict(data).to_dict() == data
    edit(data)
    with pytest.raises(ValueError, match=re.escape(message)):
        Duplicates.from_dict(data)


PARAGRAPH_EDITS: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "another config": (lambda data: data["config"].update(threshold=0.5), "'fingerprint' does not follow from"),
    "no groups": (lambda data: data.pop("groups"), "KeyError: 'groups'"),
    "no least length": (lambda data: data.pop("min_chars"), "min_chars must be an integer, not None"),
    "an unknown document": (lambda data: data["groups"][0]["occurrences"][0].update(id=9), "KeyError: 9"),
    "a document twice": (lambda data: data["documents"].append(data["documents"][0]), "the id 0 is given twice"),
    "another hash": (lambda data: data["groups"][0]["occurrences"][0].update(hash="x"), "invalid literal"),
    "a place beyond every text": (lambda data: data["groups"][0]["occurrences"][0].update(stop=2**40), "'groups'|Over"),
    "boilerplate": (lambda data: data["groups"][0].update(boilerplate=True), "'groups' does not follow from"),
}


@pytest.mark.parametrize("name", PARAGRAPH_EDITS)
def test_plain_data_of_paragraphs_that_do_not_fit_together_are_refused(name: str) -> None:
    edit, message = PARAGRAPH_EDITS[name]
    data = json.loads(json.dumps(find_repeated_paragraphs([BODY, BODY]).to_dict()))
    assert RepeatedParagraphs.from_dict(data).to_dict() == data
    edit(data)
    with pytest.raises((TypeError, ValueError), match=message):
        RepeatedParagraphs.from_dict(data)


@pytest.mark.parametrize("data", [None, 5, [], "{}"])
@pytest.mark.parametrize("kind", [Duplicates, RepeatedParagraphs])
def test_what_is_no_plain_data_is_refused(kind: Any, data: object) -> None:
    with pytest.raises(TypeError, match="the data must be what to_dict gave, not"):
        kind.from_dict(data)


def test_a_copy_is_a_result_too(found: Duplicates) -> None:
    again = copy.copy(found)
    assert again.to_dict() == found.to_dict()
    assert list(again) == list(found)


def test_a_repr_counts(found: Duplicates) -> None:
    assert repr(found) == f"Duplicates({found})"
    assert str(found) == "6 documents: 4 survive, 1 is a duplicate, 1 is empty"
    assert str(find_duplicates([])) == "0 documents: 0 survive, 0 are duplicates, 0 are empty"
    assert str(find_duplicates(["天"])) == "1 document: 1 survives, 0 are duplicates, 0 are empty"
    assert repr(found.duplicates) == "Matches(1 documents)"
    paragraphs = find_repeated_paragraphs([BODY, BODY])
    assert repr(paragraphs) == f"RepeatedParagraphs({paragraphs})"
    removal = paragraphs.remove([BODY, BODY], boilerplate=False)
    assert repr(removal) == f"ParagraphRemoval({removal})"
    for each in (found, paragraphs, find_pairs(DOCUMENTS)):
        assert len(repr(each)) < 200


class Cells(HTMLParser):
    """The cells of a table, and every tag that is not one of a table."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.cells: list[str] = []
        self.strange: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        """See `HTMLParser`."""
        if tag not in {"table", "caption", "tr", "th", "td"}:
            self.strange.append(tag)
        self.cells.append("")

    def handle_data(self, data: str) -> None:
        """See `HTMLParser`."""
        self.cells[-1] += data


def test_a_notebook_shows_one_small_table(found: Duplicates) -> None:
    page = found._repr_html_()
    [match] = found.duplicates
    cells = Cells(page).cells
    assert str(found) in cells
    assert cells[-4:] == [repr(match.id), repr(match.survivor), match.relation, f"{match.score:.2f}"]
    assert page.count("<table>") == page.count("</table>") == 1
    many = find_duplicates([BODY] * (SHOWN_DUPLICATES + 8))
    assert many._repr_html_().count("<tr>") == SHOWN_DUPLICATES + 2
    assert "and 7 more" in many._repr_html_()
    assert "<td" not in find_duplicates(["天"])._repr_html_()


def test_nothing_of_an_id_reaches_a_notebook_unescaped() -> None:
    ids: list[str | int] = ['<script>alert("甲")</script>', "\u202e\x1b[31m&amp;'"]
    page = find_duplicates([BODY, BODY], ids=ids)._repr_html_()
    read = Cells(page)
    assert not read.strange
    assert {repr(id_) for id_ in ids} <= set(read.cells)
    assert not re.search("[\x00-\x1f\x7f\u202a-\u202e]", page)


TEXTS = st.sampled_from(
    [BODY, BODY + "。", BODY.replace("，", ""), BODY + "（记者）", BODY[3:], FORM, FORM + "！", "　", ""]
)


@settings(max_examples=100 if BACKEND == "kernel" else 30)
@given(st.lists(TEXTS, max_size=9), st.integers(1, 9))
def test_expanded_pairs_are_counted_and_those_of_parts_are_those_of_all(texts: list[str], part: int) -> None:
    found = find_pairs(texts, threshold=0.5)
    expanded = found.expanded()
    assert found.collapsed == len(expanded) - len(found)
    assert expanded.collapsed == 0
    assert list(expanded.expanded()) == list(expanded)
    apart = [pair for each in iter_pairs(texts, threshold=0.5, part=part) for pair in each.expanded()]
    assert sorted(apart) == sorted(expanded)  # type: ignore[type-var]
    assert sum(each.collapsed for each in iter_pairs(texts, threshold=0.5, part=part)) == found.collapsed
    same = [compare(texts[i], texts[j]).relation == "identical" for i, j in combinations(range(len(texts)), 2)]
    assert sum(same) == sum(compare(texts[int(i)], texts[int(j)]).relation == "identical" for i, j, _ in expanded)


def test_pairs_say_how_many_they_leave_to_be_expanded() -> None:
    found = find_pairs([BODY] * 4 + [BODY + "（记者）"])
    assert (len(found), found.collapsed) == (4, 6)
    assert str(found) == "4 pairs of 5 documents; 6 more of identical ones with expanded()"
    assert repr(found) == f"Pairs({found})"
    assert str(find_pairs([BODY, BODY])) == "1 pair of 2 documents"
