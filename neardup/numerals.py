"""Numerals: text to the numbers that it says, each in one form for all the ways to write it that folding joins.

Folding drops what keeps numbers apart: ``3.5%`` and ``35%`` fold alike. So numbers are read from the text itself, with
sign, separators and percent sign. What folds to digits is a digit here too (``①``, ``²``, full width, ``㎡``), so texts
that fold alike say the same numbers unless they are separated otherwise.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from neardup.digits import Digit, digit_kinds
from neardup.marks import LINE_BREAKS, SPACES

MAX_JOINED_SPACES = 3
"""So many spaces may stand inside of a number, one line break among them."""

MAX_JOINED_DIGITS = 16
"""So many digits a number has at most in which there are spaces."""

MAX_MARKER_DIGITS = 3
"""The marker of an item of a list has so many digits at most."""

MAX_INDENT = 8
"""So many spaces, brackets and bullets may stand before the marker of an item."""

_PLAIN = str.maketrans("．：／⁄，％－−", ".://,%--")
_SEPARATORS = ".:/"
_UNITS = "%‰"
_BEHIND_MARKER = ".、)）]】:：．"
_BEFORE_MARKER = " \t\u3000(（[［【#*>-"
_JOINED_SPACES = frozenset(SPACES) - {"\t"}
_NO_DIGIT = "", None


class Numeral(NamedTuple):
    """A number that a text says.

    Attributes
    ----------
    start, stop
        Where it stands, in code points.
    form
        Its plain form: without separators of thousands, spaces inside, and zeros before.
    is_marker
        Whether it numbers an item of a list, or a question.
    """

    start: int
    stop: int
    form: str
    is_marker: bool


def numerals(text: str) -> list[str]:
    r"""Give the numbers in digits, in order, with sign, separators and percent sign, in plain form.

    Separators of thousands, spaces and a line break inside, and zeros before a number are left out; a date is three
    numbers. Chinese numerals are not read: folding keeps them as they are.

    Examples
    --------
    >>> numerals("增长３．５ %，共1,200元；08:30 开会，气温-5度，近126\n00亩，面积3㎡。")
    ['3.5%', '1200', '8:30', '-5', '12600', '3', '2']
    >>> numerals("2024-03-05") == numerals("2024年3月5日") == numerals("2024/3/5")
    True
    """
    return [found.form for found in located_numerals(text)]


def located_numerals(text: str) -> list[Numeral]:
    """Give each number with the place where it stands; see `numerals`.

    Examples
    --------
    >>> located_numerals("气温-５度")
    [Numeral(start=2, stop=4, form='-5', is_marker=False)]
    """
    found: list[_Written] = []
    place = 0
    while match := _digit().search(text, place):
        for written in _read(text, match.start()):
            last = found[-1] if found else None
            if last and last.goes_on_with(written) and _is_inside(text, last.stop, written.start):
                found[-1] = last.joined(written)
            else:
                found.append(written)
            place = written.stop
    return [Numeral(each.start, each.stop, _without_zeros(each.form), each.is_marker) for each in found]


class _Written(NamedTuple):
    """A number as it is written, before those that go on behind a space are joined."""

    start: int
    stop: int
    form: str
    may_lead: bool = False
    may_follow: bool = False
    is_marker: bool = False

    def goes_on_with(self, other: _Written) -> bool:
        return self.may_lead and other.may_follow and len(self.form) + len(other.form) <= MAX_JOINED_DIGITS

    def joined(self, other: _Written) -> _Written:
        return _Written(self.start, other.stop, self.form + other.form, other.may_lead, may_follow=True)


def _read(text: str, start: int) -> list[_Written]:
    """Read the number whose first digit stands at a place; a date is three."""
    kind = _kind(text[start])
    stop = _stop_of_digits(text, start)
    form = _digits(text, start, stop)
    if kind != Digit.PLAIN:
        return [_Written(start, stop, form, is_marker=kind == Digit.ENCLOSED and _starts_line(text, start))]
    may_be_marker = stop - start <= MAX_MARKER_DIGITS and _starts_line(text, start)
    if may_be_marker and text[stop : stop + 1] == "．":
        return [_Written(start, stop, form, is_marker=True)]
    parts = [(start, stop)]
    if stop - start <= MAX_MARKER_DIGITS:
        while _has_thousands(text, stop):
            form += _digits(text, stop + 1, stop + 4)
            stop += 4
    while _plain(text, stop) in _SEPARATORS and _is_plain_digit(text, stop + 1):
        parts.append((stop + 1, _stop_of_digits(text, stop + 1)))
        form += _plain(text, stop) + _digits(text, *parts[-1])
        stop = parts[-1][1]
    if _is_date(form):
        return [_Written(*part, _digits(text, *part)) for part in parts]
    if may_be_marker and form.isdigit() and stop == parts[0][1] and _at(text, stop) in _BEHIND_MARKER:
        return [_Written(start, stop, form, is_marker=True)]
    is_whole = stop == parts[0][1]
    if _has_sign(text, start):
        start, form, is_whole = start - 1, "-" + form, False
    unit = stop
    while unit < stop + MAX_JOINED_SPACES and _at(text, unit) in _JOINED_SPACES:
        unit += 1
    if _plain(text, unit) in _UNITS:
        return [_Written(start, unit + 1, form + _plain(text, unit), may_follow=is_whole)]
    return [_Written(start, stop, form, may_lead=is_whole, may_follow=is_whole)]


def _is_inside(text: str, start: int, stop: int) -> bool:
    """Tell whether nothing but a few spaces and at most one line break stand between two places."""
    between = text[start:stop] if stop - start <= MAX_JOINED_SPACES else ""
    return (
        bool(between)
        and _JOINED_SPACES.issuperset(between)
        and sum(char in LINE_BREAKS for char in between.replace("\r\n", "\n")) <= 1
    )


def _starts_line(text: str, place: int) -> bool:
    """Tell whether a line starts at a place, but for spaces, brackets and bullets."""
    floor = max(0, place - MAX_INDENT)
    while place > floor and text[place - 1] in _BEFORE_MARKER:
        place -= 1
    return place == 0 or text[place - 1] in LINE_BREAKS


def _has_thousands(text: str, place: int) -> bool:
    """Tell whether a separator and three digits stand at a place."""
    return (
        _plain(text, place) == ","
        and all(_is_plain_digit(text, place + i) for i in (1, 2, 3))
        and not _is_plain_digit(text, place + 4)
    )


def _has_sign(text: str, start: int) -> bool:
    """Tell whether a minus sign stands before a number, and no number or word before that."""
    if start == 0 or _plain(text, start - 1) != "-":
        return False
    before = text[start - 2] if start > 1 else " "
    return not (before.isascii() and before.isalpha()) and _kind(before) != Digit.PLAIN


def _is_date(form: str) -> bool:
    year, *rest = form.replace("/", ".").split(".")
    return (
        len(year) == 4
        and len(rest) == 2
        and len(set(form) & set(_SEPARATORS)) == 1
        and all(len(each) < 3 for each in rest)
    )


def _without_zeros(form: str) -> str:
    """Leave the zeros out that a number starts with."""
    sign = "-" if form.startswith("-") else ""
    digits = form[len(sign) :]
    kept = digits.lstrip("0")
    return sign + (kept if kept[:1].isdigit() else "0" + kept)


def _stop_of_digits(text: str, start: int) -> int:
    """Say where digits written in one way stop; an enclosed one stands for itself."""
    kind = _kind(text[start])
    stop = start + 1
    while kind != Digit.ENCLOSED and stop < len(text) and _kind(text[stop]) == kind:
        stop += 1
    return stop


def _digits(text: str, start: int, stop: int) -> str:
    kinds = digit_kinds()
    return "".join(kinds[char][0] for char in text[start:stop])


def _is_plain_digit(text: str, place: int) -> bool:
    return place < len(text) and _kind(text[place]) == Digit.PLAIN


def _at(text: str, place: int) -> str:
    """Give the code point at a place; a null behind the end."""
    return text[place] if place < len(text) else "\0"


def _plain(text: str, place: int) -> str:
    """Give the code point at a place in its plain form; a null behind the end."""
    return _at(text, place).translate(_PLAIN)


def _kind(char: str) -> Digit | None:
    return digit_kinds().get(char, _NO_DIGIT)[1]


@lru_cache(maxsize=1)
def _digit() -> re.Pattern[str]:
    return re.compile(f"[{''.join(digit_kinds())}]")
