"""Cases that people judged: what two texts are to each other, and how many of several survive."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

import pytest

from neardup import compare, find_duplicates

LINES = (Path(__file__).parent.parent / "fixtures" / "cases_compare.jsonl").read_text(encoding="utf-8").splitlines()
CASES = [json.loads(line) for line in LINES]
PAIRS = [case for case in CASES if case["kind"] == "compare"]
WORLDS = [case for case in CASES if case["kind"] == "duplicates"]

DROPPED = {"identical", "near", "contained", "contains"}


def name(case: dict[str, Any]) -> str:
    return str(case["why"])


@pytest.mark.parametrize("case", PAIRS, ids=name)
def test_two_texts_are_what_people_say(case: dict[str, Any]) -> None:
    one, other = case["texts"]
    for pair in ((one, other), (other, one)):
        found = compare(*pair)
        assert found.relation in case["relations"], found.terms


@pytest.mark.parametrize("case", PAIRS, ids=name)
@pytest.mark.parametrize("keep", ["longest", "first"])
def test_the_same_two_in_a_corpus(case: dict[str, Any], keep: Literal["longest", "first"]) -> None:
    found = find_duplicates(case["texts"], keep=keep)
    if not set(case["relations"]) & DROPPED:
        assert found.survivors == [0, 1]
    elif set(case["relations"]) <= {"identical", "near"}:
        assert len(found.duplicates) == 1


@pytest.mark.parametrize("case", WORLDS, ids=name)
@pytest.mark.parametrize("keep", ["longest", "first"])
def test_so_many_survive_as_people_would_keep(case: dict[str, Any], keep: Literal["longest", "first"]) -> None:
    found = find_duplicates(case["texts"], keep=keep)
    said = [(match.id, match.survivor, match.relation) for match in (*found.duplicates, *found.related)]
    assert len(found.survivors) == case["survivors"], said
    assert not found.empty
    assert len(found.survivors) + len(found.duplicates) == len(case["texts"])
