"""What evidence reads off a text beside its folded codes: numbers by their role, and the title."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from neardup._reference.content import read_content
from neardup._reference.texts import fold
from neardup.marks import LINE_BREAKS
from neardup.numerals import located_numerals

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from neardup._reference.opened import Folding
    from neardup.numerals import Numeral

MAX_TITLE_CHARS = 60
"""So many codes of the first line are the title. A line of fewer codes is one by itself, a heading."""

EDGE_LINES = 4
"""So many lines at the head and at the foot of a text may say where it is from and how often it was read."""

META_WORDS = re.compile("来源|作者|记者|编辑|责编|阅读|浏览|点击|评论|发布于|发表于|字号|点赞|转发|人气|view|read")
"""What such lines say, folded."""

SENTENCE_ENDS = frozenset("。！？!?")

_YEAR = re.compile("(?:19|20)[0-9]{2}")
_TIME = re.compile("[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?")
_CHINESE_YEAR = re.compile("[〇零一二三四五六七八九]{3,}+")
_CHINESE_DIGITS = {digit: str(max(0, place - 1)) for place, digit in enumerate("〇零一二三四五六七八九")}


class Number(NamedTuple):
    """A number: which folded codes it is, and its plain form."""

    start: int
    stop: int
    form: str


class Title(NamedTuple):
    """The codes of a title; where they stop in the text, 0 if they are no line of it; whether they are a whole line."""

    codes: str
    stop: int
    is_heading: bool


@dataclass(frozen=True, slots=True)
class TextReading:
    """A text with what was read off it.

    Attributes
    ----------
    codes
        Its folded codes, as a string.
    numbers
        Those in its prose, in order: no list markers, and none in lines at its edges that say where it is from.
    forms
        The forms of all its numbers.
    metas
        The codes of those lines, as starts and stops.
    title
        The first other line of at least 2 codes, or the title that was given.
    """

    codes: str
    numbers: list[Number]
    forms: frozenset[str]
    metas: list[tuple[int, int]]
    title: Title

    @classmethod
    def of(cls, pieces: Sequence[str], codes: str, positions: Sequence[int], title: str = "") -> TextReading:
        """Read a text, given the stretches of its content, its folded codes and where in the content each stands.

        The folded title is taken if one is known, the first line otherwise.
        """
        text = "".join(pieces)
        lines = _lines(text, positions)
        located, offset = [], 0
        for piece in pieces:
            located += [_moved(number, offset) for number in located_numerals(piece)]
            offset += len(piece)
        found = [(number, *_codes_of(positions, number.start, number.stop)) for number in located]
        found = [each for each in found if each[1] < each[2]]
        metas = {line for line in _edge_lines(lines) if _is_meta(text, codes, line, found)}
        numbers = [
            Number(start, stop, number.form)
            for number, start, stop in found
            if not number.is_marker and not any(meta.start <= start < meta.stop for meta in metas)
        ]
        forms = {number.form for number, _, _ in found}
        for match in _CHINESE_YEAR.finditer(codes):
            form = "".join(map(_CHINESE_DIGITS.__getitem__, match.group())).lstrip("0") or "0"
            numbers.append(Number(*match.span(), form))
            forms.add(form)
        spans = sorted((line.start, line.stop) for line in metas)
        others = [line for line in lines if line not in metas]
        first = _title(codes, others or lines)
        found_title = _given(title, first) if title else first
        return cls(codes, sorted(numbers), frozenset(forms), spans, found_title)


def _moved(number: Numeral, offset: int) -> Numeral:
    return number._replace(start=number.start + offset, stop=number.stop + offset)


class _Line(NamedTuple):
    start: int
    stop: int
    begin: int
    end: int


def _lines(text: str, positions: Sequence[int]) -> list[_Line]:
    """Give the lines that have codes: which, and where each line starts and stops in the text."""
    edges = [-1, *(place for place, char in enumerate(text) if char in LINE_BREAKS), len(text)]
    spans = [(before + 1, after, *_codes_of(positions, before + 1, after)) for before, after in pairwise(edges)]
    return [_Line(start, stop, begin, end) for begin, end, start, stop in spans if start < stop]


def _codes_of(positions: Sequence[int], begin: int, end: int) -> tuple[int, int]:
    return bisect_left(positions, begin), bisect_left(positions, end)


def _edge_lines(lines: list[_Line]) -> list[_Line]:
    return lines if len(lines) <= 2 * EDGE_LINES else lines[:EDGE_LINES] + lines[-EDGE_LINES:]


def _is_meta(text: str, codes: str, line: _Line, numbers: list[tuple[Numeral, int, int]]) -> bool:
    """Tell whether a line says where the text is from or how often it was read: no sentence, but a date and a time."""
    if line.stop - line.start > MAX_TITLE_CHARS or not SENTENCE_ENDS.isdisjoint(text[line.begin : line.end]):
        return False
    if META_WORDS.search(codes, line.start, line.stop):
        return True
    forms = [number.form for number, start, _ in numbers if line.start <= start < line.stop]
    return any(map(_YEAR.fullmatch, forms)) and any(map(_TIME.fullmatch, forms))


def _title(codes: str, lines: list[_Line]) -> Title:
    line = next((line for line in lines if line.stop - line.start >= 2), _Line(0, 0, 0, 0))
    stop = min(line.stop, line.start + MAX_TITLE_CHARS)
    return Title(codes[line.start : stop], stop, line.stop - line.start < MAX_TITLE_CHARS)


def _given(title: str, first: Title) -> Title:
    """Take a title that was given: it is the first line of the text too if one of the two holds the other."""
    codes = title[:MAX_TITLE_CHARS]
    return Title(codes, first.stop if codes in first.codes or first.codes in codes else 0, is_heading=True)


def read_text(text: str, folding: Folding, title: str = "") -> TextReading:
    """Read a text; an empty title is not known."""
    codes, positions = fold(text, folding)
    content = read_content(text, folding)
    inside = content.positions.searchsorted(positions)
    return TextReading.of(content.pieces, _as_string(codes), inside.tolist(), _as_string(fold(title, folding)[0]))


def _as_string(codes: NDArray[np.uint32]) -> str:
    return codes.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")
