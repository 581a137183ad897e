"""Paragraphs, sentences and lines: golden cases, and properties over any text."""

from __future__ import annotations

import codecs
import re
import unicodedata
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from neardup.segmentation import CLOSING, LINE_BREAKS, OPENING, line_starts, paragraphs, sentences

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SPACES = " \u3000\n\r\v\x85\u2028"
TEXTS = st.text(alphabet="重a 。！?…”」)\"'\n\r\v\x1c\x85\u2028　", max_size=40)


def check_golden(path: Path, segment: Callable[[str], Any], unescape: Callable[[str], str]) -> None:
    lines = [line for line in path.read_text(encoding="utf-8").split("\n") if line and not line.startswith("#")]
    assert lines
    for line in lines:
        parts = [unescape(part) for part in line.split("|")]
        text = "".join(parts)
        stops = np.cumsum([len(part) for part in parts]).tolist()
        spans = [[stop - len(part), stop] for part, stop in zip(parts, stops, strict=True)][1::2]
        assert segment(text).tolist() == [span for span in spans if span[0] < span[1]], line


def unescaped(part: str) -> str:
    return re.sub(r"\\(u....|x..|.)", lambda match: codecs.decode(match[0], "unicode_escape"), part)


def test_golden_paragraphs(fixtures: Path) -> None:
    check_golden(fixtures / "paragraphs.txt", paragraphs, unescaped)


def test_golden_sentences(fixtures: Path) -> None:
    check_golden(fixtures / "sentences.txt", sentences, str)


@pytest.mark.parametrize("segment", [paragraphs, sentences])
@given(text=TEXTS)
def test_spans_and_gaps_are_the_text(segment: Callable[[str], Any], text: str) -> None:
    spans = segment(text)
    assert spans.shape == (len(spans), 2)
    edges = [0, *spans.ravel().tolist(), len(text)]
    assert edges == sorted(edges)
    assert (spans[:, 0] < spans[:, 1]).all()
    gaps = "".join(text[start:stop] for start, stop in zip(edges[::2], edges[1::2], strict=True))
    assert gaps.strip() == ""
    if segment is sentences:
        assert all(text[start:stop].strip(SPACES) == text[start:stop] for start, stop in spans.tolist())


@given(TEXTS)
def test_paragraphs_are_what_splitlines_gives(text: str) -> None:
    assert [text[start:stop] for start, stop in paragraphs(text).tolist()] == [
        line for line in text.splitlines() if line
    ]


@given(TEXTS)
def test_lines_start_where_an_editor_starts_them(text: str) -> None:
    starts = [0, *(match.end() for match in re.finditer(r"\r\n|\r|\n", text))]
    assert line_starts(text).tolist() == starts


@given(TEXTS)
def test_a_sentence_ends_at_the_first_end_and_the_marks_behind_it(text: str) -> None:
    for start, stop in sentences(text).tolist():
        assert re.fullmatch(r"[^。！?…]*(?:[。！?…]+[”」)\"']*)?", text[start:stop])


@pytest.mark.parametrize(("marks", "categories"), [(OPENING, {"Ps", "Pi"}), (CLOSING, {"Pe", "Pf"})])
def test_the_marks_are_those_of_unicode(marks: str, categories: set[str]) -> None:
    listed = [mark for mark in marks if mark not in "\"'＂＇"]
    assert len(listed) == len(marks) - 4 * (marks is CLOSING)
    assert list(marks) == sorted(set(marks))
    assert {unicodedata.category(mark) for mark in listed} == categories
    every = "".join(map(chr, range(0x110000)))
    of_categories = regex.findall("[" + "".join(rf"\p{{{category}}}" for category in sorted(categories)) + "]", every)
    assert set(listed) <= set(of_categories)
    if unicodedata.unidata_version == "14.0.0":
        assert listed == [chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) in categories]


def test_line_breaks_are_what_splitlines_breaks_at() -> None:
    assert "".join(chr(code) for code in range(0x110000) if len(f"a{chr(code)}a".splitlines()) == 2) == LINE_BREAKS
