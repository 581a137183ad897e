"""HTML: knowing it by its content, the encoding it declares, and the article in it."""

from __future__ import annotations

import re

from neardup.errors import InputError, NeardupError
from neardup.io.extras import needs_extra

_HEAD_CHARS = 1024

# Repeats are possessive: what they have taken they keep, so that no text is gone through again and again.
_COMMENT = r"<!--(?:[^-]|-(?!->))*+-->"
_START = re.compile(
    rf"\ufeff?+\s*+(?:<\?xml[^>]*+>\s*+)?+(?:{_COMMENT}\s*+)*+"
    r"<(?:!doctype\s++html|html|head|body|meta|title|script|div)\b[^<>]*+>",
    re.IGNORECASE,
)
_META = re.compile(rb"<meta\b([^<>]*+)", re.IGNORECASE)
_CHARSET = re.compile(rb"""\bcharset\s{0,8}+=\s{0,8}+["']?+\s{0,8}+([\w.:-]++)""", re.IGNORECASE)


def is_html(text: str) -> bool:
    """Tell whether a text starts as a page does: with a doctype, or a tag that stands first in pages.

    Examples
    --------
    >>> is_html(" <!-- 首页 --> <HTML lang=zh>"), is_html("<html> 是一个标签。")
    (True, True)
    >>> is_html("标签 <html> 在后。")
    False
    """
    return _START.match(text[:_HEAD_CHARS]) is not None


def declared_charset(data: bytes) -> str | None:
    """Find the encoding that a page declares in a ``<meta>`` at its start.

    Examples
    --------
    >>> declared_charset(b'<html><meta http-equiv="Content-Type" content="text/html; charset=gb2312">')
    'gb2312'
    """
    head = data[:_HEAD_CHARS]
    if is_html(head.decode("latin-1")):
        for tag in _META.finditer(head):
            if found := _CHARSET.search(tag[1]):
                return found[1].decode("ascii")
    return None


def article(page: str) -> str:
    """Take the text of the article out of a page, one line a paragraph.

    Raises
    ------
    InputError
        If the extractor finds none.
    NeardupError
        If the extractor is not installed.
    """
    try:
        import trafilatura
    except ImportError as error:
        raise NeardupError(f"taking the article out of a page {needs_extra('html')}") from error
    text = trafilatura.extract(page, include_comments=False, deduplicate=False)
    if not text:
        raise InputError("no article was found in this HTML page; save its text in another way")
    return str(text)
