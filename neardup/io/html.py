"""HTML: the encoding that a page declares, and the article in it."""

from __future__ import annotations

import re

from neardup.errors import InputError, NeardupError
from neardup.inputs.pages import HEAD_CHARS, is_html
from neardup.io.extras import needs_extra

_META = re.compile(rb"<meta\b([^<>]*+)", re.IGNORECASE)
_CHARSET = re.compile(rb"""\bcharset\s{0,8}+=\s{0,8}+["']?+\s{0,8}+([\w.:-]++)""", re.IGNORECASE)


def declared_charset(data: bytes) -> str | None:
    """Find the encoding that a page declares in a ``<meta>`` at its start.

    Examples
    --------
    >>> declared_charset(b'<html><meta http-equiv="Content-Type" content="text/html; charset=gb2312">')
    'gb2312'
    """
    head = data[:HEAD_CHARS]
    if is_html(head.decode("latin-1")):
        for tag in _META.finditer(head):
            if found := _CHARSET.search(tag[1]):
                return found[1].decode("ascii")
    return None


def extract_html(page: str) -> str:
    """Take the text of the article out of an HTML page, one line a paragraph, with trafilatura.

    Parameters
    ----------
    page
        The page; of bytes the encoding must be known first.

    Raises
    ------
    TypeError
        If `page` is not a string.
    InputError
        If no article is found.
    NeardupError
        If trafilatura is not installed; says how to.

    Examples
    --------
    >>> body = "据介绍，重庆经开区把质量强区战略写入全区规划，加快引进和培育壮大龙头企业，全面发力。"
    >>> extract_html(f"<html><body><article><p>{body}</p></article></body></html>") == body
    True
    """
    if not isinstance(page, str):
        raise TypeError(f"page must be a str, not {type(page).__name__}; decode it first")
    try:
        import trafilatura
    except ImportError as error:
        raise NeardupError(f"taking the article out of a page {needs_extra('html')}") from error
    text = trafilatura.extract(page, include_comments=False, deduplicate=False)
    if not text:
        raise InputError("no article was found in this HTML page; save its text in another way")
    return str(text)
