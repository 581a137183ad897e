"""Numerals: text to the numbers as they are written, which folding does not keep apart."""

from __future__ import annotations

import re
import unicodedata

_SIGN = r"(?:(?<![\dA-Za-z])[-－−])?"
_WHOLE = r"(?:\d{1,3}(?:[,，]\d{3})+(?!\d)|\d+)"
_PARTS = r"(?:[.．:：/／⁄]\d+)*"  # of a decimal, a time, a date, a fraction
_UNIT = r"[%％‰]?"
_NUMERAL = _SIGN + _WHOLE + _PARTS + _UNIT


def numerals(text: str) -> list[str]:
    """Numbers in decimal digits, in order, with sign, separators and percent sign, in plain form.

    Separators of thousands are left out. Chinese numerals are not read: folding keeps them as they are.

    Examples
    --------
    >>> numerals("增长３．５％，共1,200元；8:30 开会，气温-5度。")
    ['3.5%', '1200', '8:30', '-5']
    """
    found = (unicodedata.normalize("NFKC", numeral) for numeral in re.findall(_NUMERAL, text))
    return [numeral.replace(",", "").replace("−", "-") for numeral in found]
