"""What cleaning lost: characters and numbers of what was taken out that do not stand in order in what is left.

An oracle of its own: it knows the text and what went, and nothing of how neardup folds, segments or aligns. Of every
line that went it takes the Chinese characters and the numbers, without addresses and tags, in one form and in
Simplified characters where the package opencc is installed. They must stand in order in one stretch of what is left, a
little longer than they are: a copy may lack something of its original, and may have nothing else.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from benchmarks.pages import Stretch

SPARE = 20
"""An original may be twice as long as its copy, and about so much longer, in characters and numbers."""

_LEFT_OUT = re.compile(r"https?://[^\s)>\"'）]++|<[a-zA-Z/!][^<>\n]*+>")
_SAID = re.compile(r"[\u3007\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff]|[0-9]+")
_FENCE = re.compile(r"^ {0,3}(?:```|~~~)", re.MULTILINE)


def lost(text: str, removed: Iterable[Stretch]) -> list[str]:
    r"""List what is said in what was removed and not in what is left: of each line, what it has more.

    Examples
    --------
    >>> text = "授予一等奖学金五千元\n授予二等奖学金五千元"
    >>> lost(text, [(11, 21)])
    ['二']
    """
    removed, text = list(removed), _LEFT_OUT.sub(lambda found: " " * len(found[0]), text)
    numbers: dict[str, str] = {}
    left = _said(without(text, removed), numbers)
    lines = (_said(line, numbers) for start, stop in removed for line in text[start:stop].splitlines())
    missing = (_missing(line, left) for line in dict.fromkeys(lines))
    names = {char: f" {number} " for number, char in numbers.items()}
    return [" ".join("".join(names.get(char, char) for char in line).split()) for line in missing if line]


def without(text: str, removed: Iterable[Stretch]) -> str:
    """Take stretches out of a text."""
    edges = [0, *(edge for stretch in removed for edge in stretch), len(text)]
    return "".join(text[start:stop] for start, stop in zip(edges[::2], edges[1::2], strict=True))


def has_odd_fences(text: str) -> bool:
    """Tell whether a fence of code in a text has no other end."""
    return len(_FENCE.findall(text)) % 2 == 1


def _said(text: str, numbers: dict[str, str]) -> str:
    """Give the Chinese characters of a text, and for each number a character that stands for it alone."""
    plain = unicodedata.normalize("NFKC", _simplified()(text))
    return "".join(
        numbers.setdefault(said, chr(0xF0000 + len(numbers))) if said.isascii() else said
        for said in _SAID.findall(plain)
    )


@cache
def _simplified() -> Callable[[str], str]:
    if find_spec("opencc") is None:
        return str
    convert: Callable[[str], str] = import_module("opencc").OpenCC("t2s").convert
    return convert


def _missing(line: str, left: str) -> str:
    """Give the least of a line that does not stand in order in one stretch of what is left."""
    if line in left:
        return ""
    least = line
    for start in _starts(line, left):
        if len(missing := _missing_from(start, line, left)) < len(least):
            least = missing
        if not least:
            break
    return least


def _starts(line: str, left: str) -> list[int]:
    """Give the places, so far apart as `SPARE`, behind which two neighbours in the line stand in an original of it."""
    found = set()
    for i in range(len(line) - 1):
        place = left.find(line[i : i + 2])
        while place >= 0:
            found.add(max(0, place - i - SPARE) // SPARE * SPARE)
            place = left.find(line[i : i + 2], place + 1)
    return sorted(found)


def _missing_from(start: int, line: str, left: str) -> str:
    stop = start + 2 * len(line) + 3 * SPARE
    missing = ""
    for char in line:
        found = left.find(char, start, stop)
        if found < 0:
            missing += char
        else:
            start = found + 1
    return missing
