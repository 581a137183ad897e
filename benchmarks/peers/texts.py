"""What adapters do to texts before their tools see them, with Python alone; no part of any tool."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

NGRAM = 5
NUM_PERM = 128


def ngrams(text: str) -> list[str]:
    """Make the character n-grams as users of the peers do; a shorter text is one, and an empty one has none."""
    return [text[i : i + NGRAM] for i in range(len(text) - NGRAM + 1)] or ([text] if text else [])


def shingled(number: int, text: str) -> list[str]:
    """Make the n-grams of a text; where it has none, one that no other text has, so that none is like it."""
    return ngrams(text) or [f"\0{number}"]


def normalised(text: str) -> str:
    """Drop what does not matter: NFKC, lower case, and nothing but letters and numbers.

    Each character by itself, by a table: the fastest way that Python has, by a factor of three.
    """
    return text.translate(_table())


class _Normal(dict[int, str]):
    """Code points and what they become, found out as they occur."""

    _signs = re.compile(r"[\W_]+")

    def __missing__(self, code: int) -> str:
        self[code] = self._signs.sub("", unicodedata.normalize("NFKC", chr(code)).lower())
        return self[code]


@lru_cache(maxsize=1)
def _table() -> _Normal:
    return _Normal()
