"""Pages: telling HTML from text, and saying so where it was given as text."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from neardup._typing import Column, Id

HEAD_CHARS = 1024

LOOKED_AT = 100
"""Of so many texts, spread evenly over all, it is seen whether they are pages: enough where it matters, and it costs
nothing."""

_LOG = logging.getLogger("neardup")
_LOG.addHandler(logging.NullHandler())

# Repeats are possessive: what they have taken they keep, so that no text is gone through again and again.
_COMMENT = r"<!--(?:[^-]|-(?!->))*+-->"
_START = re.compile(
    rf"\ufeff?+\s*+(?:<\?xml[^>]*+>\s*+)?+(?:{_COMMENT}\s*+)*+"
    r"<(?:!doctype\s++html|html|head|body|meta|title|script|div)\b[^<>]*+>",
    re.IGNORECASE,
)


def is_html(text: str) -> bool:
    """Tell whether a text starts as a page does: with a doctype, or a tag that stands first in pages.

    Examples
    --------
    >>> is_html(" <!-- 首页 --> <HTML lang=zh>"), is_html("<html> 是一个标签。")
    (True, True)
    >>> is_html("标签 <html> 在后。")
    False
    """
    return _START.match(text[:HEAD_CHARS]) is not None


def warn_of_page(text: str) -> None:
    """Log a warning if a text is an HTML page."""
    if is_html(text):
        _LOG.warning(
            "the text is an HTML page, and its menus count as text; neardup.extract_html takes the article out"
        )


def warn_of_pages(texts: Column, ids: Sequence[Id]) -> None:
    """Log a warning if there are HTML pages among the texts that are looked at, at most `LOOKED_AT`."""
    count = min(len(ids), LOOKED_AT)
    rows = np.arange(count) * (len(ids) - 1) // max(1, count - 1)
    try:
        pages = [row for row, text in zip(rows.tolist(), texts.take(rows), strict=True) if is_html(text)]
    except ValueError:
        return  # who reads all texts says which one is faulty
    if pages:
        _LOG.warning(
            "%d of the %d texts that were looked at are HTML pages, and their menus count as text; the first has the "
            "id %r; neardup.extract_html takes the article out of a page",
            len(pages),
            len(rows),
            ids[pages[0]],
        )
