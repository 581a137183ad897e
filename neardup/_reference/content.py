"""The content of a text: all of it but addresses and markup, found by one scan from left to right.

Every rule looks at the text from a place where one of a few triggers stands, and ahead no further than it reads once: a
text of nothing but triggers takes time in proportion to its length. Where something was found, the scan goes on behind
it; what reaches back (the scheme of a URL, the name before an @) never reaches into what was found before.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html.entities import name2codepoint
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from neardup._reference import markup
from neardup._reference.opened import DROPPED
from neardup._reference.points import LINE_BREAKS, check_size, code_points
from neardup.numerals import numerals

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from neardup._reference.opened import Folding

REFERENCES = name2codepoint | {"apos": ord("'")}
"""The names of HTML 4, and one more."""

BLANKS = (
    (0x0000, 0x0020),
    (0x007F, 0x00A0),
    (0x00AD, 0x00AD),
    (0x034F, 0x034F),
    (0x061C, 0x061C),
    (0x1680, 0x1680),
    (0x180B, 0x180F),
    (0x2000, 0x200F),
    (0x2028, 0x202F),
    (0x205F, 0x206F),
    (0x3000, 0x3000),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xFFF9, 0xFFFB),
    (0xE0000, 0xE0FFF),
)
"""What shows nothing: white space, controls, joiners and other format characters, variation selectors, tags."""

_TRIGGER = re.compile(r"[<&@`~|+]|://|\]\(|!\[|[Ww]{3}\.")
_BREAK = "".join(map(chr, LINE_BREAKS))
_KNOWN_SCHEME = re.compile("(?:https?|s?ftp)$", re.IGNORECASE | re.ASCII)
_SCHEME_CHARS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+.-")
_LOCAL_CHARS = _SCHEME_CHARS | {"_", "%"}
_URL = re.compile(r"(?:(?!\]\()[!#$%&()*+,\-./0-9:;=?@A-Z\[\]_a-z~])*+")
_HOST = re.compile(r"[A-Za-z0-9-]++(?:\.[A-Za-z0-9-]++)*+")
_TOP_LEVEL = re.compile("[A-Za-z]{2,}+")
_REFERENCE = re.compile("&(?:#([0-9]{1,7}+)|#[xX]([0-9a-fA-F]{1,6}+)|([A-Za-z][A-Za-z0-9]{1,15}+));")
_FENCE = re.compile(rf"(`{{3,}}+|~{{3,}}+)[^{_BREAK}]*+")
_RULE = re.compile(r"[|:+= \t-]*+")


class Found(NamedTuple):
    """A stretch that is no content, or a character reference.

    Attributes
    ----------
    start, stop
        Code points.
    code
        The code point that a reference names; None for what is left out.
    """

    start: int
    stop: int
    code: int | None = None


def scan(text: str) -> list[Found]:
    """Find what is no content, and the character references in what is; ascending and disjoint."""
    scanner = _Scanner(text)
    found: list[Found] = []
    place = 0
    while match := _TRIGGER.search(text, place):
        place = match.start()
        one = scanner.RULES[text[place]](scanner, place)
        place += 1
        if one is not None:
            found.append(one)
            place = scanner.floor = one.stop
    return found


class _Scanner:
    """The rules, and what they remember of a text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.floor = 0  # where what was found last ends
        self._no_rule = 0  # no table rule starts before
        self._blocks = markup.Blocks(text)

    def url(self, colon: int) -> Found | None:
        """Read an address from the `://` on, and its scheme before that."""
        start = self._back(colon, _SCHEME_CHARS)
        while start < colon and not self.text[start].isalpha():
            start += 1
        if known := _KNOWN_SCHEME.search(self.text, start, colon):
            start = known.start()
        return self._address(start, colon + 3) if start < colon else None

    def host(self, place: int) -> Found | None:
        """Read an address without a scheme from its www. on."""
        before = self.text[place - 1] if place > self.floor else ""
        behind = self.text[place + 4 : place + 5]
        if _is_alphanumeric(before) or not _is_alphanumeric(behind):
            return None
        return self._address(place, place + 4)

    def email(self, at: int) -> Found | None:
        """Read an e-mail address around its @."""
        start = self._back(at, _LOCAL_CHARS)
        while start < at and self.text[start] in ".-+":
            start += 1
        host = _HOST.match(self.text, at + 1)
        if start == at or host is None:
            return None
        stop = end = at + 1
        for number, label in enumerate(host[0].split(".")):
            end += len(label)
            if number and _TOP_LEVEL.fullmatch(label):
                stop = end
            end += 1
        return Found(start, stop) if stop > at + 1 else None

    def tag(self, place: int) -> Found | None:
        """Read a comment, a doctype, a tag, or a whole script or style."""
        stop = self._blocks.stop(place)
        return None if stop is None else Found(place, stop)

    def target(self, bracket: int) -> Found | None:
        """Read the target of a link, whose text ends at the bracket."""
        stop = markup.target_stop(self.text, bracket + 1)
        return None if stop is None else Found(bracket + 1, stop)

    def image(self, mark: int) -> Found | None:
        """Read an image whole."""
        stop = markup.image_stop(self.text, mark)
        return None if stop is None else Found(mark, stop)

    def fence(self, mark: int) -> Found | None:
        """Read the line that opens or closes a block of code; what follows the fence is ASCII, and no fence."""
        start = mark
        while start > max(mark - 3, self.floor) and self.text[start - 1] == " ":
            start -= 1
        match = _FENCE.match(self.text, mark) if self._is_line_start(start) else None
        if match is None:
            return None
        info = match[0][len(match[1]) :]
        return Found(start, match.end()) if info.isascii() and self.text[mark] not in info else None

    def rule(self, place: int) -> Found | None:
        """Read a line that rules a table."""
        if place < self._no_rule:
            return None
        start, least = place, max(self.floor, self._no_rule)
        while start > least and self.text[start - 1] in "|:+= \t-":
            start -= 1
        match = _RULE.match(self.text, start)
        assert match is not None
        stop = match.end()
        is_rule = match[0].count("-") + match[0].count("=") >= 3
        if is_rule and self._is_line_start(start) and (stop == len(self.text) or self.text[stop] in _BREAK):
            return Found(start, stop)
        self._no_rule = stop
        return None

    def reference(self, place: int) -> Found | None:
        """Read a character reference."""
        match = _REFERENCE.match(self.text, place)
        code = None if match is None else _named(*match.groups())
        return None if match is None or code is None else Found(place, match.end(), code)

    RULES: dict[str, Callable[[_Scanner, int], Found | None]] = {  # noqa: RUF012 - which is never changed
        ":": url,
        "w": host,
        "W": host,
        "@": email,
        "<": tag,
        "]": target,
        "!": image,
        "`": fence,
        "~": fence,
        "|": rule,
        "+": rule,
        "&": reference,
    }
    """By the first character of a trigger."""

    def _back(self, place: int, chars: frozenset[str]) -> int:
        while place > self.floor and self.text[place - 1] in chars:
            place -= 1
        return place

    def _is_line_start(self, place: int) -> bool:
        return place == 0 or self.text[place - 1] in _BREAK

    def _address(self, start: int, begun: int) -> Found | None:
        """Read on to the end of an address, without the marks that end a sentence or close what it did not open."""
        match = _URL.match(self.text, begun)
        assert match is not None
        stop = match.end()
        balance = {close: match[0].count(open_) - match[0].count(close) for open_, close in ("()", "[]")}
        while stop > begun and (last := self.text[stop - 1]) in ".,;:!?)]" and balance.get(last, -1) < 0:
            if last in balance:
                balance[last] += 1
            stop -= 1
        return Found(start, stop) if stop > begun else None


def _is_alphanumeric(char: str) -> bool:
    return char.isascii() and char.isalnum()


def _named(decimal: str | None, hexadecimal: str | None, name: str | None) -> int | None:
    """Give the code point that a reference names, None for a name or number of none."""
    if name is not None:
        return REFERENCES.get(name)
    code = int(decimal) if decimal else int(hexadecimal or "", 16)
    return code if 0 < code < 0xD800 or 0xE000 <= code <= 0x10FFFF else None


def content_spans(text: str) -> NDArray[np.int32]:
    """Give the stretches of a text that are content.

    Returns
    -------
    int32 array of shape (n, 2)
        Start and stop in code points; ascending, none empty, and something between any two.

    Raises
    ------
    ValueError
        If the text is longer than 2**30.
    """
    check_size(len(text))
    return np.array(_between(len(text), scan(text)), np.int32).reshape(-1, 2)


def _between(size: int, found: list[Found]) -> list[tuple[int, int]]:
    """Give the stretches that were not left out."""
    gone = [each for each in found if each.code is None]
    edges = [0, *(edge for each in gone for edge in (each.start, each.stop)), size]
    return [(start, stop) for start, stop in zip(edges[::2], edges[1::2], strict=True) if start < stop]


@dataclass(frozen=True, slots=True)
class Content:
    """What is taken of a text.

    Attributes
    ----------
    points
        uint32: the code points of the content, with the characters that references name.
    positions
        int32: where each stands in the text.
    starts
        int32: where in `points` each stretch begins that the text has in one piece.
    """

    points: NDArray[np.uint32]
    positions: NDArray[np.int32]
    starts: NDArray[np.int32]

    @property
    def pieces(self) -> list[str]:
        """The stretches: no number goes on from one to the next."""
        pieces = np.split(self.points, self.starts[1:])
        return [piece.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass") for piece in pieces]

    @property
    def numerals(self) -> list[str]:
        """The numbers that are said; see `neardup.numerals.numerals`."""
        return [number for piece in self.pieces for number in numerals(piece)]


def read_content(text: str, folding: Folding) -> Content:
    """Give what a table folds of a text: its content, if it is told so.

    If nothing of the content folds to anything and something was left out, the text is taken whole, but for its
    character references.
    """
    points = code_points(text)
    found = scan(text) if folding.content else []
    content = _content_of(points, found)
    if any(each.code is None for each in found) and (folding.entries[content.points] == DROPPED).all():
        whole, place = [], 0
        while (place := text.find("&", place)) >= 0:
            one = _Scanner(text).reference(place)
            whole += [one] if one else []
            place = one.stop if one else place + 1
        return _content_of(points, whole)
    return content


def _content_of(points: NDArray[np.uint32], found: list[Found]) -> Content:
    kept = np.ones(len(points), bool)
    points = points.copy()
    for start, stop, code in found:
        kept[start:stop] = False
        if code is not None:
            kept[start] = True
            points[start] = code
    positions = np.flatnonzero(kept).astype(np.int32)
    starts = positions.searchsorted([start for start, _ in _between(len(points), found)])
    return Content(points[positions], positions, starts.astype(np.int32))


def content_points(text: str, folding: Folding) -> tuple[NDArray[np.uint32], NDArray[np.int32], NDArray[np.int32]]:
    """Give the code points that a table folds of a text; see `Content` for the three arrays.

    Raises
    ------
    ValueError
        If the text is longer than 2**30.
    """
    check_size(len(text))
    content = read_content(text, folding)
    return content.points, content.positions, content.starts


def is_blank(points: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Tell which code points show nothing."""
    starts, stops = np.array(BLANKS, np.uint32).T
    place = starts.searchsorted(points, side="right") - 1
    blank: NDArray[np.bool_] = (place >= 0) & (points <= stops[place])
    return blank
