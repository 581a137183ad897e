"""What the lines of a text are: prose, or what repeats itself by its nature; in plain Python."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

from neardup.marks import CLOSING, LINE_BREAKS, SENTENCE_ENDS

if TYPE_CHECKING:
    from collections.abc import Sequence


class Kind(IntEnum):
    """What a line is; the first that holds, but prose is what is left."""

    PROSE = 0
    CODE = 1
    """In a fence, or more Latin letters than Chinese text without being Latin prose, or being indented."""
    TABLE = 2
    """Cells between vertical bars, tabs or rules, or an HTML table."""
    HEADING = 3
    """A Markdown heading."""
    LIST = 4
    """Behind a bullet, a number or the like: （一）, 1., ①, 第三条."""
    LABEL = 5
    """A short line with a colon near its start, as in a form or a chat."""
    SHORT = 6
    """A title, a verse, a subtitle."""
    MARKS = 7
    """Nothing that folding keeps, or nothing but markup and addresses."""


SHORT_CHARS = 16
LABEL_CHARS, LABEL_OFFSET = 40, 12
HAN_SHARE = 3
"""A line of code has more than so many Latin letters and digits for each Chinese character."""
WORDS, SYMBOL_SHARE, DIGIT_SHARE = 5, 30, 12
"""Latin prose has so many spaces between words, and at most one symbol of code in so many letters."""

INDENTS, QUOTED_INDENTS = ("    ", "\t"), (">    ", ">\t")
SPACES = " \t\xa0\u3000\ufeff"
SYMBOLS = "{}[]<>=_/\\$#@&*+|~^`"
COLONS = ":："
BULLETS_BEFORE_SPACE = "-*+–—－"
BULLETS = "•·●○■□◆◇▪▶►※◎★☆"
CHINESE_NUMERALS = "〇零一二三四五六七八九十百千"
BEHIND_NUMBER = ".、)）．"
PARTS = "条章节款项编篇部步"
BARS = "|｜│┃║"
BARS_LEAST, CELL_CHARS = 2, 40
"""A row of a table has so many bars, and cells of at most so many characters on average."""


SAID = frozenset({Kind.PROSE, Kind.LIST, Kind.LABEL, Kind.SHORT})
COMMAS, CLOSING_MARKS = "，、,", "，。、；：！？）”’」』》】"
WIDTH_SPARE = 4
"""Lines that are broken at one width differ by so much of it, a Chinese character being two wide."""


class Line(NamedTuple):
    """A line, ``text[start:stop]`` without its line break, and what it is."""

    start: int
    stop: int
    kind: Kind


def is_han(char: str) -> bool:
    """Tell Chinese characters, and kana and Hangul, which are counted like them."""
    code = ord(char)
    return (
        0x2E80 <= code < 0x3000
        or 0x3005 <= code <= 0x3007
        or 0x3040 <= code < 0xA4D0
        or 0xAC00 <= code < 0xD7B0
        or 0xF900 <= code < 0xFB00
        or code >= 0x20000
    )


def is_digit(char: str) -> bool:
    """Tell digits of either width."""
    return "0" <= char <= "9" or "\uff10" <= char <= "\uff19"


def is_letter(char: str) -> bool:
    """Tell letters of other scripts."""
    code = ord(char)
    return (
        "a" <= char <= "z"
        or "A" <= char <= "Z"
        or 0xC0 <= code < 0x2000
        or 0xFF21 <= code < 0xFF3B
        or 0xFF41 <= code < 0xFF5B
    )


def lines_of(text: str, spans: Sequence[Sequence[int]], is_markup: Sequence[bool]) -> list[Line]:
    """Say what each line is.

    Parameters
    ----------
    text, spans
        A text and its paragraphs.
    is_markup
        Of every code point, whether it is markup or an address; see `markup`.
    """
    found = []
    fence = ""
    for start, stop in spans:
        first = _first(text, start, stop)
        mark = _fence(text, first, stop)
        if fence:
            kind = Kind.CODE
            if (
                mark
                and mark[0] == fence[0]
                and len(mark) >= len(fence)
                and _first(text, first + len(mark), stop) == stop
            ):
                fence = ""
        elif mark:
            kind, fence = Kind.CODE, mark
        else:
            kind = _kind(text, start, first, stop, is_markup)
        found.append(Line(start, stop, kind))
    return found


def goes_on(text: str, before: Line, line: Line) -> bool:
    """Tell whether a line goes on with what the one before says, as where lines are broken at one width.

    So it does behind a comma, before a mark that closes, behind the colon of an item or label; and if the one before
    ends in a word and the line is no wider, where there are marks in one of them.
    """
    if before.kind not in SAID or line.kind not in {Kind.PROSE, Kind.SHORT}:
        return False
    between = text[before.stop : line.start].replace("\r\n", "\n")
    if sum(char in LINE_BREAKS for char in between) != 1 or text.startswith("\u3000", line.start):
        return False
    stop, first = before.stop, _first(text, line.start, line.stop)
    while stop > before.start and text[stop - 1] in SPACES:
        stop -= 1
    last = text[stop - 1]
    if last in COMMAS or text[first] in CLOSING_MARKS or (last in ":：" and before.kind in {Kind.LIST, Kind.LABEL}):
        return True
    while stop > before.start + 1 and text[stop - 1] in CLOSING:
        stop -= 1
    marks = SENTENCE_ENDS + ":：;；.．"
    word = text[stop - 1]
    if before.kind not in {Kind.PROSE, Kind.LIST} or not (is_han(word) or is_letter(word) or is_digit(word)):
        return False
    is_marked = any(char in marks + COMMAS for char in text[before.start : stop] + text[line.start : line.stop])
    return is_marked and _width(text, line) <= _width(text, before) + WIDTH_SPARE


def _width(text: str, line: Line) -> int:
    stop = line.stop
    while stop > line.start and text[stop - 1] in SPACES:
        stop -= 1
    return sum(1 if char < "\u1100" else 2 for char in text[line.start : stop])


def is_article(text: str, line: Line) -> bool:
    """Tell the items of a list that are prose: the articles of a law."""
    return text.startswith("第", _first(text, line.start, line.stop))


def _first(text: str, start: int, stop: int) -> int:
    while start < stop and text[start] in SPACES:
        start += 1
    return start


def _fence(text: str, first: int, stop: int) -> str:
    """Give the mark of a fence that stands here: three or more backticks or tildes."""
    if first == stop or text[first] not in "`~":
        return ""
    last = first
    while last < stop and text[last] == text[first]:
        last += 1
    return text[first:last] if last - first >= 3 else ""


def is_fence(text: str, line: Line) -> bool:
    """Tell whether a line starts with the mark of a fence."""
    return bool(_fence(text, _first(text, line.start, line.stop), line.stop))


def label_stop(text: str, line: Line) -> int:
    """Give where the colon stands behind what a line starts with, as who says it; or the start of the line."""
    first = _first(text, line.start, line.stop)
    colons = (i for i in range(first, min(first + LABEL_OFFSET + 1, line.stop)) if text[i] in COLONS)
    return next(colons, line.start)


def introduces(text: str, line: Line) -> bool:
    """Tell whether a line ends in a colon."""
    last = line.stop
    while last > line.start and text[last - 1] in SPACES:
        last -= 1
    return last > line.start and text[last - 1] in COLONS


def _kind(text: str, start: int, first: int, stop: int, is_markup: Sequence[bool]) -> Kind:
    """Say what a line outside of fences is; `first` is where it starts behind spaces."""
    while stop > first and text[stop - 1] in SPACES:
        stop -= 1
    han = letters = digits = spaces = symbols = bars = hidden = 0
    colon = -1
    for i in range(first, stop):
        char = text[i]
        is_content = True
        if is_han(char):
            han += 1
        elif is_letter(char):
            letters += 1
        elif is_digit(char):
            digits += 1
        else:
            is_content = False
            spaces += char == " " and text[i - 1] not in " >"
            symbols += char in SYMBOLS
            bars += char in BARS or 0x2500 <= ord(char) < 0x2580 or (char == "\t" and i > first)
            if char in COLONS and colon < 0 and i - first <= LABEL_OFFSET:
                colon = i
        hidden += is_content and is_markup[i]
    content = han + letters + digits
    if _starts_table(text, first, stop) or (bars >= BARS_LEAST and content <= CELL_CHARS * bars):
        return Kind.TABLE
    if content == hidden:
        return Kind.MARKS
    if _is_heading(text, first, stop):
        return Kind.HEADING
    is_latin_prose = spaces >= WORDS and SYMBOL_SHARE * symbols <= letters and DIGIT_SHARE * digits <= letters
    is_indented = text.startswith(INDENTS, start, first) or text.startswith(QUOTED_INDENTS, first, stop)
    if HAN_SHARE * han < letters + digits and (is_indented or not is_latin_prose):
        return Kind.CODE
    if behind_marker(text, first, stop) > first:
        return Kind.LIST
    if content <= LABEL_CHARS and colon > first:
        return Kind.LABEL
    return Kind.SHORT if content <= SHORT_CHARS else Kind.PROSE


def _starts_table(text: str, first: int, stop: int) -> bool:
    return first < stop and (
        text[first] in BARS
        or any(text.startswith(tag, first, stop) for tag in ("<table", "<tr", "<td", "<th", "<tbody"))
    )


def _is_heading(text: str, first: int, stop: int) -> bool:
    last = first
    while last < stop and text[last] == "#":
        last += 1
    return 1 <= last - first <= 6 and last < stop and text[last] == " "


def behind_marker(text: str, first: int, stop: int) -> int:
    """Give where a list item goes on behind its marker, or `first` if there is none."""

    def at(i: int) -> str:
        return text[i] if i < stop else "\n"

    def while_in(i: int, chars: str, most: int) -> int:
        last = i
        while (
            last < stop
            and last - i < most
            and (text[last] in chars or (chars is CHINESE_NUMERALS and is_digit(text[last])))
        ):
            last += 1
        return last

    char = at(first)
    if char in BULLETS or 0x2460 <= ord(char) < 0x2500 or 0x3220 <= ord(char) < 0x3250 or 0x2776 <= ord(char) < 0x2794:
        return first + 1
    if char in BULLETS_BEFORE_SPACE:
        return first + 1 if at(first + 1) in SPACES else first
    if char in "(（":
        last = while_in(first + 1, CHINESE_NUMERALS, 4)
        return last + 1 if last > first + 1 and at(last) in ")）" else first
    if char == "第":
        last = while_in(first + 1, CHINESE_NUMERALS, 8)
        return last + 1 if last > first + 1 and at(last) in PARTS else first
    last = while_in(first, CHINESE_NUMERALS, 4)
    if last > first:
        if at(last) in SPACES:
            return last + 1 if not is_digit(at(last - 1)) or at(last + 1) in SPACES else first
        return last + 1 if at(last) in BEHIND_NUMBER and not is_digit(at(last + 1)) else first
    if _is_ascii_letter(char) and at(first + 1) in BEHIND_NUMBER and (at(first + 2) in SPACES or is_han(at(first + 2))):
        return first + 2
    return first


def markup(text: str) -> list[bool]:
    """Tell of every code point whether it is an HTML tag, the target of a Markdown link, a URL or an e-mail address."""
    found = [False] * len(text)
    i, size = 0, len(text)
    while i < size:
        char = text[i]
        start, stop = i, i
        if char == "<" and i + 1 < size and (text[i + 1] in "/!" or _is_ascii_letter(text[i + 1])):
            stop = _tag_stop(text, i)
        elif char == "(" and i and text[i - 1] == "]":
            stop = _ascii_until(text, i + 1, "()")
            stop = stop + 1 if stop < size and text[stop] == ")" else i
        elif char == ":" and text.startswith("://", i):
            start = i
            while start > 0 and _is_word(text[start - 1]):
                start -= 1
            stop = _ascii_until(text, i + 3, "<>\"'`")
        elif char == "@":
            start = i
            while start > 0 and (_is_word(text[start - 1]) or text[start - 1] in ".-"):
                start -= 1
            stop = i + 1
            while stop < size and (_is_word(text[stop]) or text[stop] in ".-"):
                stop += 1
            if start == i or stop == i + 1:
                stop = i
        if stop > i:
            found[start:stop] = [True] * (stop - start)
            i = stop
        else:
            i += 1
    return found


TAG_CHARS = 4096


def _tag_stop(text: str, start: int) -> int:
    """Give where a tag ends, or its start if it does not within its line."""
    for i in range(start + 1, min(len(text), start + TAG_CHARS)):
        if text[i] == ">":
            return i + 1
        if text[i] == "<" or text[i] == "\n":
            break
    return start


def _ascii_until(text: str, start: int, ends: str) -> int:
    while start < len(text) and "!" <= text[start] <= "~" and text[start] not in ends:
        start += 1
    return start


def _is_ascii_letter(char: str) -> bool:
    return "a" <= char <= "z" or "A" <= char <= "Z"


def _is_word(char: str) -> bool:
    return _is_ascii_letter(char) or "0" <= char <= "9" or char in "_+"
