"""Numerals: text to the numbers as they are written, which folding does not keep apart."""

from __future__ import annotations

import re
import unicodedata

_DIGIT = "[0-9０-９]"
_WHOLE = rf"{_DIGIT}(?:{_DIGIT}{{0,2}}(?:[,，]{_DIGIT}{{3}})+(?!{_DIGIT})|{_DIGIT}*)"
_PARTS = rf"(?:[.．:：/／⁄]{_DIGIT}+)*"  # of a decimal, a time, a date, a fraction
_UNIT = r"[%％‰]?"
_NUMERAL = re.compile(_WHOLE + _PARTS + _UNIT)  # that it starts with a digit makes the search fast
_SIGN = re.compile(r"(?<![0-9０-９A-Za-z])[-－−]")


def numerals(text: str) -> list[str]:
    """Numbers in Arabic digits of either width, in order, with sign, separators and percent sign, in plain form.

    Separators of thousands are left out. Chinese numerals are not read: folding keeps them as they are.

    Examples
    --------
    >>> numerals("增长３．５％，共1,200元；8:30 开会，气温-5度。")
    ['3.5%', '1200', '8:30', '-5']
    """
    found = (unicodedata.normalize("NFKC", _signed(text, match)) for match in _NUMERAL.finditer(text))
    return [numeral.replace(",", "").replace("−", "-") for numeral in found]


def _signed(text: str, match: re.Match[str]) -> str:
    start = match.start()
    return text[start - 1 : match.end()] if start and _SIGN.match(text, start - 1) else match[0]
