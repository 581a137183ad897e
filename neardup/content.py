"""Content: what a text says, all of it but addresses and markup.

Addresses (URLs, e-mail), the tags and comments of HTML, and of Markdown images, the targets of links, the rules of
tables and the fences of code are not content. A character reference such as ``&nbsp;`` is the character that it names.
Where texts are compared, their content is folded, unless ``content="all"`` asks for all of them; where nothing of it
folds to anything, an address alone for example, the text is taken whole. So two items that share a block of images are
not alike for it, and two copies are whose images were uploaded again.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from neardup._backend import kernels
from neardup.checks import check_text
from neardup.folding import folding_table
from neardup.numerals import numerals

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

Content = Literal["prose", "all"]
"""What of a text is folded: its content, or all of it."""

_REFERENCE = re.compile("&#?+[A-Za-z0-9]{1,16}+;")


def content_spans(text: str) -> list[tuple[int, int]]:
    r"""Give the stretches of a text that are content.

    What is left out:

    - addresses: ``scheme://`` or ``www.`` up to white space, a character that is not ASCII or one of ``<>"'`{}|\^``,
      without the marks that end a sentence or close a bracket opened before; and ``name@host.tld``;
    - of HTML: tags of known elements with well-formed attributes, comments, a doctype; ``<script>`` and ``<style>``
      with all that is inside, if they end;
    - of Markdown: images; the target of a link with its title; lines that only rule a table; lines that open or close a
      block of code. A target is ASCII, or begins as an address does.

    Character references belong to the content.

    Parameters
    ----------
    text
        Any text.

    Returns
    -------
    list of tuple
        Start and stop in code points; ascending, none empty, and something between any two.

    Raises
    ------
    TypeError
        If `text` is not a string.
    ValueError
        If it is longer than 2**30 code points.

    Notes
    -----
    Time is linear in the length of `text`, whatever it holds.

    Examples
    --------
    >>> text = "见[公告](/news/1.html)：<b>停水</b>通知 https://example.com/a.png。"
    >>> "".join(text[start:stop] for start, stop in content_spans(text))
    '见[公告]：停水通知 。'
    """
    check_text(text)
    return [(start, stop) for start, stop in kernels.content_spans(text).tolist()]


def opened_table(content: Content) -> kernels.Folding:
    """Give the default folding table as kernels take it, for the content of texts or for all of them.

    Raises
    ------
    ValueError
        If `content` is neither.
    """
    if content not in get_args(Content):
        raise ValueError(f"content must be {' or '.join(map(repr, get_args(Content)))}, not {content!r}")
    table = folding_table()
    return table.opened_content if content == "prose" else table.opened


def content_pieces(text: str, content: Content = "prose") -> list[str]:
    r"""Give what is taken of a text: each stretch that stands in one piece, with references spelled out.

    Examples
    --------
    >>> content_pieces("共<b>3</b>&nbsp;项")
    ['共', '3', '\xa0项']
    """
    points, _, starts = kernels.content_points(text, opened_table(content))
    pieces = np.split(points, starts[1:])
    return [piece.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass") for piece in pieces]


def content_numerals(text: str, content: Content = "prose") -> list[str]:
    """Give the numbers of what is taken of a text; none goes on from one stretch to the next.

    Examples
    --------
    >>> content_numerals("共<b>3</b>项，见 https://example.com/5")
    ['3']
    """
    return [number for piece in content_pieces(text, content) for number in numerals(piece)]


def is_taken(text: str, content: Content) -> NDArray[np.bool_]:
    """Tell of every code point of a text whether it is compared, alone or inside of a reference.

    Examples
    --------
    >>> is_taken("<b>共&lt;", "prose").tolist()
    [False, False, False, True, True, True, True, True]
    """
    _, positions, _ = kernels.content_points(text, opened_table(content))
    taken = np.zeros(len(text), bool)
    taken[positions] = True
    marks = [place for place in positions.tolist() if text[place] == "&"] if content == "prose" else []
    for start, stop in zip(marks, stops_at(text, marks).tolist(), strict=True):
        taken[start:stop] = True
    return taken


def stops_at(text: str, positions: Iterable[int]) -> NDArray[np.int64]:
    """Say where the code points, or the references, end that folded codes came from.

    Examples
    --------
    >>> stops_at("&lt;5", [0, 4]).tolist()
    [4, 5]
    """
    # No code comes from an & but by a reference, or where nothing folds to anything: and then none looks like one.
    found = ((place, _REFERENCE.match(text, place)) for place in positions)
    return np.array([match.end() if match else place + 1 for place, match in found], np.int64)
