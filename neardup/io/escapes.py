"""Text from pages, safe to print."""

from __future__ import annotations

import unicodedata


def visible(text: str) -> str:
    r"""Write control, format and separator characters, line breaks and lone surrogates as escapes.

    Examples
    --------
    >>> print(visible("红\x1b[31m"))
    红\x1b[31m
    """
    return text if text.isprintable() else "".join(map(_visible, text))


def _visible(char: str) -> str:
    if char.isprintable() or unicodedata.category(char) == "Zs":
        return char
    return char.encode("unicode_escape").decode("ascii")
