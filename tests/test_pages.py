"""HTML given as text: said in the log, and the article taken out of it."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

import neardup
from neardup.inputs.pages import LOOKED_AT

if TYPE_CHECKING:
    from collections.abc import Callable

BODY = "据介绍，重庆经开区把质量强区战略写入全区规划，加快引进和培育壮大龙头企业，全面发力。"
PAGE = f"<!doctype html><html><body><article><p>{BODY}</p></article></body></html>"
MANY: dict[str, Callable[..., Any]] = {
    "find_duplicates": neardup.find_duplicates,
    "find_pairs": neardup.find_pairs,
    "iter_pairs": lambda texts, **given: list(neardup.iter_pairs(texts, **given)),
    "find_repeats_batch": neardup.find_repeats_batch,
    "find_repeated_paragraphs": neardup.find_repeated_paragraphs,
}
ONE: dict[str, Callable[[str], Any]] = {
    "find_repeats": neardup.find_repeats,
    "compare": lambda text: neardup.compare(text, BODY),
    "compare, the other one": lambda text: neardup.compare(BODY, text),
}


@pytest.mark.parametrize("make", [list, tuple, pa.array])
@pytest.mark.parametrize("name", MANY)
def test_pages_among_texts_are_said_once(name: str, make: Any, caplog: pytest.LogCaptureFixture) -> None:
    MANY[name](make([BODY, PAGE, PAGE]), ids=["甲", "乙", "丙"])
    assert [(record.name, record.levelno, record.getMessage()) for record in caplog.records] == [
        (
            "neardup",
            logging.WARNING,
            "2 of the 3 texts that were looked at are HTML pages, and their menus count as text; the first has the id "
            "'乙'; neardup.extract_html takes the article out of a page",
        )
    ]
    caplog.clear()
    MANY[name](make([BODY, "标签 <html> 在后", ""]), ids=["甲", "乙", "丙"])
    MANY[name](make([]) if make is not pa.array else pa.array([], pa.string()))
    assert not caplog.records


@pytest.mark.parametrize("name", ONE)
def test_a_page_is_said(name: str, caplog: pytest.LogCaptureFixture) -> None:
    ONE[name](PAGE)
    assert [record.getMessage() for record in caplog.records] == [
        "the text is an HTML page, and its menus count as text; neardup.extract_html takes the article out"
    ]
    caplog.clear()
    ONE[name](BODY)
    assert not caplog.records


def test_only_so_many_texts_are_looked_at(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    monkeypatch.setattr("neardup.inputs.pages.is_html", lambda text: bool(seen.append(text)))  # type: ignore[func-returns-value]
    texts = [f"第{number}篇" for number in range(10 * LOOKED_AT)]
    neardup.find_duplicates(texts)
    assert len(seen) == LOOKED_AT
    assert {texts[0], texts[-1]} <= set(seen)
    neardup.find_duplicates(texts[: LOOKED_AT // 2])
    assert seen[LOOKED_AT:] == texts[: LOOKED_AT // 2]


def test_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    neardup.find_repeats(PAGE)
    neardup.find_duplicates([PAGE])
    assert capfd.readouterr() == ("", "")


def test_the_article_is_taken_out() -> None:
    pytest.importorskip("trafilatura")
    assert neardup.extract_html(PAGE) == BODY
    assert neardup.find_duplicates([neardup.extract_html(PAGE), BODY]).duplicates[0].relation == "identical"
    with pytest.raises(neardup.InputError, match="no article was found in this HTML page"):
        neardup.extract_html("<html></html>")
    with pytest.raises(TypeError, match="page must be a str, not bytes; decode it first"):
        neardup.extract_html(PAGE.encode())  # type: ignore[arg-type]


def test_without_the_library_the_remedy_works_in_a_clone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "trafilatura", None)
    with pytest.raises(neardup.NeardupError, match=r"needs another library: .* in a clone pip install '\.\[html\]'"):
        neardup.extract_html(PAGE)
