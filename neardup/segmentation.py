"""Segmentation: text to the spans of its paragraphs and sentences, and to the starts of its lines.

Spans are int32 arrays of shape (n, 2), ``start, stop`` in code points, ascending and disjoint. What lies between
them (line breaks, spaces between sentences) belongs to no unit; spans and gaps together are the text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neardup._backend import kernels
from neardup.marks import CLOSING, LINE_BREAKS, OPENING, SENTENCE_ENDS, sentence_spans
from neardup.model import Span

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "CLOSING",
    "LINE_BREAKS",
    "OPENING",
    "SENTENCE_ENDS",
    "line_starts",
    "paragraphs",
    "sentences",
    "spans_in",
    "units",
]


def paragraphs(text: str) -> NDArray[np.int32]:
    r"""Spans of the paragraphs: the stretches between line breaks, the empty ones left out.

    Every line break of Unicode counts (LF, VT, FF, CR, CR LF, FS, GS, RS, NEL, LS, PS).

    Examples
    --------
    >>> paragraphs("第一段。\r\n\n第二段。").tolist()
    [[0, 4], [7, 11]]
    """
    breaks = kernels.breaks(text)
    starts = np.concatenate([np.zeros(1, np.int32), breaks + np.int32(1)])
    stops = np.concatenate([breaks, np.array([len(text)], np.int32)])
    spans: NDArray[np.int32] = np.stack([starts, stops], axis=1)[starts < stops]
    return spans


def sentences(text: str) -> NDArray[np.int32]:
    """Spans of the sentences, for texts without line breaks.

    A sentence ends after 。！？… (of any width, and several of them) and the closing quotes and brackets that follow.
    White space between sentences belongs to none. The full stop of Latin script ends nothing, since it stands
    in numbers and names.

    Examples
    --------
    >>> [("他问：“真的吗？”我说：是。")[a:b] for a, b in sentences("他问：“真的吗？”我说：是。")]
    ['他问：“真的吗？”', '我说：是。']
    """
    return np.array(sentence_spans(text), np.int32).reshape(-1, 2)


def units(text: str, spans: NDArray[np.int32]) -> NDArray[np.int32]:
    r"""Spans of the units that copies are made of: paragraphs, but the sentences of a very long one.

    A paragraph of more than a third of the text counts as a body without line breaks.

    Parameters
    ----------
    text
        The text.
    spans
        Its `paragraphs`.

    Examples
    --------
    >>> text = "标题\n第一句。第二句。第三句。"
    >>> units(text, paragraphs(text)).tolist()
    [[0, 2], [3, 7], [7, 11], [11, 15]]
    """
    is_long = 3 * (spans[:, 1] - spans[:, 0]) > len(text)
    cut = [sentences(text[start:stop]) + np.int32(start) for start, stop in spans[is_long].tolist()]
    found = np.concatenate([spans[~is_long], *cut])
    return found[np.argsort(found[:, 0])]


def line_starts(text: str) -> NDArray[np.int32]:
    r"""Where the lines of a text start, as an editor counts them: after LF, CR LF and CR.

    Examples
    --------
    >>> line_starts("一\r\n二\u2028二\r三").tolist()
    [0, 3, 7]
    """
    breaks = kernels.breaks(text)
    if not len(breaks):
        return np.zeros(1, np.int32)
    codes = np.fromiter(map(ord, map(text.__getitem__, breaks.tolist())), np.uint32, len(breaks))
    is_return = codes == ord("\r")
    is_feed = codes == ord("\n")
    is_first_of_two = np.zeros(len(breaks), bool)
    is_first_of_two[:-1] = is_return[:-1] & is_feed[1:] & (np.diff(breaks) == 1)
    ends = breaks[(is_feed | is_return) & ~is_first_of_two]
    return np.concatenate([np.zeros(1, np.int32), ends + np.int32(1)])


def spans_in(text: str, edges: NDArray[np.integer]) -> tuple[Span, ...]:
    r"""Make spans of rows of ``start, stop``, with the lines that each touches.

    Examples
    --------
    >>> spans_in("一\n二", np.array([[0, 1], [0, 3]]))
    (Span(start=0, stop=1, first_line=1, last_line=1), Span(start=0, stop=3, first_line=1, last_line=2))
    """
    first, last = edges.reshape(-1, 2).T
    lines = line_starts(text)
    touched = lines.searchsorted(first, side="right"), lines.searchsorted(last - 1, side="right")
    return tuple(map(Span, *(array.tolist() for array in (first, last, *touched))))
