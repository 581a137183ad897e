"""What adapters do to texts before their tools see them, with Python alone; no part of any tool."""

from __future__ import annotations

import re
import unicodedata

NGRAM = 5
NUM_PERM = 128

_SIGNS = re.compile(r"[\W_]+")


def ngrams(text: str) -> list[str]:
    """Make the character n-grams as users of the peers do; a shorter text has none."""
    return [text[i : i + NGRAM] for i in range(len(text) - NGRAM + 1)]


def normalised(text: str) -> str:
    """Drop what does not matter: NFKC, lower case, and nothing but letters and numbers."""
    return _SIGNS.sub("", unicodedata.normalize("NFKC", text).lower())
