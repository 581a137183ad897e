"""Boilerplate that is found: paragraphs of documents that otherwise differ, and what is compared without them."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neardup
from neardup import Config, Duplicates, MismatchError, Sketches, find_duplicates, fold
from neardup.boilerplate import find_boilerplate, paragraph_hash
from neardup.inputs import text_column
from neardup.model import BoilerplateParagraph
from tests.command import compare, scan
from tests.families import SENTENCES

if TYPE_CHECKING:
    from pathlib import Path

MANY = 100 if neardup.backend() == "kernel" else 25

NOTICE = "声明：本网独家稿件，未经授权禁止转载。"
SHORT = "责任编辑：王某某"
DAYS = "一二三四五六七八九十百"
PAGES = [f"第{day}天的新闻，内容各不相同。\n{NOTICE}" for day in DAYS]
ARTICLE = "\n".join(SENTENCES[:6])

paragraphs = st.sampled_from([NOTICE, "聲明:本網獨家稿件,未經授權禁止轉載", f"　{NOTICE} ", SHORT, "", *SENTENCES[:4]])


@st.composite
def pages(draw: st.DrawFn) -> str:
    """Some paragraphs that other pages have too, and some that few have."""
    shared = draw(st.lists(paragraphs, max_size=4))
    own = f"{chr(0x4E00 + draw(st.integers(0, 40))) * draw(st.integers(0, 50))}"
    return draw(st.sampled_from(["\n", "\r\n", "\u2029"])).join([own, *shared])


corpora = st.lists(pages(), max_size=40)


def found_in(texts: list[str], threads: int | None = None) -> tuple[BoilerplateParagraph, ...]:
    return find_boilerplate(text_column(texts), threads)


def expected_in(texts: list[str]) -> list[BoilerplateParagraph]:
    """The definition, with fractions: a document counts as one of so many as the rarest quarter of it stands in."""
    documents = [[line for line in re.split("\r\n|[\n\u2029]", text) if fold(line).text] for text in texts]
    standing, spelled = defaultdict(set), defaultdict(set)
    for number, lines in enumerate(documents):
        for line in lines:
            standing[fold(line).text].add(number)
            spelled[fold(line).text].add(line.strip())
    weights = []
    for lines in documents:
        parts = sorted((len(standing[fold(line).text]), len(fold(line).text)) for line in lines)
        total, rarest = sum(chars for _, chars in parts), parts[:1]
        while 4 * sum(chars for _, chars in rarest) < total:
            rarest = parts[: len(rarest) + 1]
        weights.append(Fraction(1, rarest[-1][0] if rarest else 1))
    chosen = [
        BoilerplateParagraph(paragraph_hash(text), min(spelled[text]), len(numbers))
        for text, numbers in standing.items()
        if len(text) >= 15 and sum(weights[number] for number in numbers) >= 10
    ]
    return sorted(chosen, key=lambda each: (-each.documents, each.hash))


@settings(max_examples=MANY)
@given(corpora, st.integers(1, 3))
def test_boilerplate_is_what_the_definition_says(texts: list[str], threads: int) -> None:
    assert list(found_in(texts, threads)) == expected_in(texts)


@settings(max_examples=MANY)
@given(corpora, st.randoms())
def test_order_and_copies_of_everything_change_nothing(texts: list[str], random: Any) -> None:
    found = found_in(texts)
    shuffled = random.sample(texts, len(texts))
    assert found_in(shuffled) == found
    assert [(each.hash, each.documents // 2) for each in found_in(texts + shuffled)] == [
        (each.hash, each.documents) for each in found
    ]


@settings(max_examples=MANY)
@given(corpora, st.integers(0, 39), st.integers(1, 30))
def test_copies_of_one_document_count_as_one(texts: list[str], chosen: int, copies: int) -> None:
    """What nine documents have, and copies of one of them, is no boilerplate."""
    few = texts[:9]
    assert found_in(few + few[chosen % max(1, len(few)) :][:1] * copies) == ()


def test_an_article_in_many_copies_is_no_boilerplate_and_footers_are() -> None:
    footers = [f"关注{chr(0x4E00 + i) * 4}公众号，回复“资料”领取全部的学习资料。" for i in range(3)]
    copies = [f"{ARTICLE}\n{footers[i % 3]}" for i in range(30)]
    others = [f"{chr(0x5000 + i) * 30}\n{footers[i % 3]}" for i in range(30)]
    assert sorted(each.text for each in found_in(copies + others)) == sorted(footers)
    found = find_duplicates(copies + others, boilerplate="auto")
    assert found.survivors == [0, *range(30, 60)]
    assert {match.relation for match in found.duplicates} == {"identical"}


def test_a_form_is_boilerplate_if_a_quarter_of_every_document_is_its_own() -> None:
    form = "\n".join(SENTENCES[:3])
    chars = len(fold(form).text)
    for own, found in ((-(-chars // 3), 3), ((chars - 1) // 3, 0)):
        assert len(found_in([f"{chr(0x4E00 + i) * own}\n{form}" for i in range(12)])) == found


def test_ten_articles_in_three_copies_are_ten_documents() -> None:
    menu = "首页、新闻、财经、体育、娱乐、科技、汽车、房产"
    pages = [f"{chr(0x4E00 + i % 10) * 60}\n{menu}\n{NOTICE}" for i in range(30)]
    assert [each.documents for each in found_in(pages)] == [30, 30]
    assert [(each.text, each.documents) for each in found_in([*pages, NOTICE])] == [(NOTICE, 31), (menu, 30)]
    assert found_in([page for page in pages if not page.startswith(chr(0x4E00))]) == ()


def test_short_paragraphs_and_those_of_few_documents_are_none() -> None:
    pages = [f"{chr(0x4E00 + i) * 40}\n{'万' * 14}\n{'亿' * 15}" for i in range(10)]
    assert [each.text for each in found_in(pages)] == ["亿" * 15]
    assert found_in(pages[:9]) == found_in([]) == found_in(["", "\n"]) == ()


def test_the_config_of_the_result_gives_it_again() -> None:
    texts = dict(enumerate([*PAGES, PAGES[0].split("\n")[0], NOTICE]))
    other = paragraph_hash("别的段落")
    found = find_duplicates(texts, config=Config(boilerplate=(other,)), boilerplate="auto")
    assert found.boilerplate == (BoilerplateParagraph(paragraph_hash(NOTICE), NOTICE, 12),)
    assert found.config.boilerplate == tuple(sorted([other, paragraph_hash(NOTICE)]))
    assert [(match.id, match.survivor, match.relation) for match in found.duplicates] == [(11, 0, "identical")]
    assert not any(match.relation == "identical" for match in find_duplicates(texts).duplicates)

    again = find_duplicates(texts, config=found.config)
    assert again.boilerplate is None
    assert again.to_dict() | {"boilerplate": found.to_dict()["boilerplate"]} == found.to_dict()
    assert find_duplicates(texts, config=found.config, boilerplate="auto").to_dict() == found.to_dict()
    kept = {id_: texts[id_] for id_ in found.survivors}
    assert len(find_duplicates(kept, config=found.config).duplicates) == 0

    read = Duplicates.from_dict(json.loads(json.dumps(found.to_dict())))
    assert (read.boilerplate, read.config) == (found.boilerplate, found.config)


@settings(max_examples=MANY)
@given(corpora)
def test_deduplicating_the_output_again_drops_nothing(texts: list[str]) -> None:
    found = find_duplicates(texts, boilerplate="auto")
    kept = [texts[id_] for id_ in found.survivors]
    assert len(find_duplicates(kept, config=found.config).duplicates) == 0
    assert find_duplicates(texts, config=found.config).survivors == found.survivors


def test_sketches_are_those_of_what_is_left() -> None:
    found = find_duplicates(PAGES, boilerplate="auto")
    sketches = Sketches.of_texts(PAGES, config=found.config)
    assert (
        find_duplicates(PAGES, boilerplate="auto", sketches=sketches, config=found.config).to_dict() == found.to_dict()
    )
    with pytest.raises(MismatchError, match="boilerplate"):
        find_duplicates(PAGES, boilerplate="auto", sketches=Sketches.of_texts(PAGES))


def test_nulls_are_in_no_document_and_the_stage_is_told() -> None:
    stages: list[tuple[str, int, int]] = []
    texts = [PAGES[0], None, *PAGES[1:]]
    found = find_duplicates(texts, boilerplate="auto", on_null="skip", progress=lambda *told: stages.append(told))  # type: ignore[arg-type]
    assert found.boilerplate == found_in(PAGES)
    assert stages[:2] == [("boilerplate", 0, 11), ("boilerplate", 11, 11)]
    find_duplicates(PAGES, progress=lambda *told: stages.append(told))
    assert [told[0] for told in stages].count("boilerplate") == 2


def test_another_word_is_refused() -> None:
    with pytest.raises(ValueError, match="boilerplate must be \"auto\" or None, not 'all'; Config"):
        find_duplicates(PAGES, boilerplate="all")  # type: ignore[arg-type]
    for value in (True, [paragraph_hash(NOTICE)]):
        with pytest.raises(TypeError, match='boilerplate must be "auto" or None, not '):
            find_duplicates(PAGES, boilerplate=value)  # type: ignore[arg-type]


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    path = tmp_path / "pages.jsonl"
    records = [{"id": i, "text": text} for i, text in enumerate([*PAGES, PAGES[0].split("\n")[0]])]
    path.write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
    return path


AUTO = ("--boilerplate", "auto", "--only", "duplicates", "--id-field", "id")


def test_the_command_finds_boilerplate_and_lists_it(lines: Path) -> None:
    texts = {record["id"]: record["text"] for record in map(json.loads, lines.read_text("utf-8").splitlines())}
    found = find_duplicates(texts, boilerplate="auto")
    assert found.boilerplate
    assert json.loads(scan(lines, *AUTO, "--format", "json").stdout)["duplicates"] == found.to_dict()
    told = [json.loads(line) for line in scan(lines, *AUTO, "--format", "jsonl").stdout.splitlines()]
    assert [line for line in told if line["type"] == "boilerplate"] == [
        {"type": "boilerplate", "hash": paragraph_hash(NOTICE), "text": NOTICE, "documents": 11}
    ]
    assert (told[-1]["type"], told[-1]["boilerplate"]) == ("duplicates", 1)
    assert scan(lines, *AUTO).stdout.splitlines() == [
        "12 documents read",
        "duplicates: 1; 11 survivors",
        "boilerplate that was found and not compared: 1 paragraph",
        "",
        "0: 1 duplicate",
        "  11: identical, 1.00",
        "",
        "boilerplate in 11 documents, not compared",
        f"  {NOTICE}",
    ]
    assert "boilerplate" not in scan(lines, *AUTO[2:]).stdout


def test_what_is_found_stands_beside_that_of_the_config(lines: Path, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('boilerplate = ["00000000000000ff"]\n', "utf-8")
    said = json.loads(scan(lines, *AUTO, "--config", tmp_path / "config.toml", "--format", "json").stdout)
    assert said["duplicates"]["config"]["boilerplate"] == ["00000000000000ff", paragraph_hash(NOTICE)]


def test_a_file_of_that_name_has_a_folder(lines: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "auto").write_text("00000000000000ff\n", "utf-8")
    said = json.loads(scan(lines, "--boilerplate", "./auto", *AUTO[2:], "--format", "json").stdout)["duplicates"]
    assert (said["config"]["boilerplate"], said["boilerplate"]) == (["00000000000000ff"], None)
    refused = compare(lines, 0, 1, "--id-field", "id", "--boilerplate", "auto", env={"COLUMNS": "300"})
    assert refused.exit_code == 2
    assert "two texts do not show what is boilerplate; give a file" in refused.stderr
