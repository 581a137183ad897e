"""Numerals: text to the numbers as they are written, which folding does not keep apart."""

from __future__ import annotations

import re
import unicodedata

_DIGIT = "[0-9０-９]"
_WHOLE = rf"{_DIGIT}(?:{_DIGIT}{{0,2}}+(?:[,，]{_DIGIT}{{3}}(?!{_DIGIT}))++|{_DIGIT}*+)"
_PARTS = rf"(?:[.．:：/／⁄]{_DIGIT}++)*+"  # of a decimal, a time, a date, a fraction
_UNIT = r"[%％‰]?+"
_NUMERAL = re.compile(_WHOLE + _PARTS + _UNIT)  # that it starts with a digit makes the search fast
CHINESE_NUMERAL = re.compile("[〇零一二三四五六七八九十百千万亿两]++")
"""A numeral in Chinese characters, folded. It is not read as a number: 万一 is none."""

_SIGN = re.compile(r"(?<![0-9０-９A-Za-z])[-－−]")


def numerals(text: str) -> list[str]:
    """Numbers in Arabic digits of either width, in order, with sign, separators and percent sign, in plain form.

    Separators of thousands are left out. Chinese numerals are not read: folding keeps them as they are, and where two
    texts are compared, those that stand at one place of both are.

    Examples
    --------
    >>> numerals("增长３．５％，共1,200元；8:30 开会，气温-5度。")
    ['3.5%', '1200', '8:30', '-5']
    """
    return [numeral for _, _, numeral in located_numerals(text)]


def located_numerals(text: str) -> list[tuple[int, int, str]]:
    """Give the start, the stop and the plain form of each number; see `numerals`.

    Examples
    --------
    >>> located_numerals("气温-５度")
    [(2, 4, '-5')]
    """
    found = []
    for match in _NUMERAL.finditer(text):
        start, stop = match.span()
        start -= bool(start and _SIGN.match(text, start - 1))
        plain = unicodedata.normalize("NFKC", text[start:stop])
        found.append((start, stop, plain.replace(",", "").replace("−", "-")))
    return found
