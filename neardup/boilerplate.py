"""Boilerplate: paragraphs of a site or a form, known by their hashes, taken out of texts before they are compared.

Keys, evidence, numbers and lengths are then those of what is left: as if the paragraphs had never stood there. A text
that has nothing else is left as it is, so that none becomes empty by this.

`find_boilerplate` finds such paragraphs in a corpus: those of at least 10 documents that otherwise differ.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neardup._backend import kernels
from neardup.checks import thread_count
from neardup.folding import fold, folding_table
from neardup.inputs import text_column, texts_at
from neardup.model import BoilerplateParagraph
from neardup.shingling import hash_shingle
from neardup.spans import with_breaks, without

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from neardup._typing import Column

BOILERPLATE_DOCUMENTS = 10
"""A paragraph of fewer documents is no boilerplate, however few there are; nor is one of fewer different documents."""

BOILERPLATE_CHARS = 15
"""`find_boilerplate` passes over shorter paragraphs: the values of forms (a severity, a place) and headings."""

OWN_PART = 4
"""A document has as many copies as the rarest one of so many parts of its text."""

_DOCUMENT = 1 << 32
"""What a document counts that has no copy, so that parts of it are integers, whose sum no order changes."""


def paragraph_hash(paragraph: str) -> str:
    """Give the hash by which a paragraph is known: that of all its folded code points as one shingle.

    It stays the same in every process and release of one folding scheme. Numbers that fold alike have one hash; two
    different paragraphs have one by accident only, or if somebody made them so.

    Returns
    -------
    str
        16 hexadecimal digits; see `neardup.shingling.hash_shingle`.

    Examples
    --------
    >>> paragraph_hash("声明：未经授权，禁止转载。")
    '75b4030d8b8e7f53'
    >>> paragraph_hash("声明:未經授權,禁止轉載") == paragraph_hash("声明：未经授权，禁止转载。")
    True
    """
    return hash_text(hash_shingle(fold(paragraph).text))


def hash_text(value: int) -> str:
    """Write a hash of 64 bits as `neardup.Config` has it."""
    return f"{value:016x}"


def without_boilerplate(texts: Column, boilerplate: Sequence[str], threads: int | None = None) -> Column:
    r"""Take paragraphs out of many texts, each with the line break behind it.

    Parameters
    ----------
    texts
        What `neardup.inputs.text_column` gave.
    boilerplate
        Hashes of paragraphs; without any the texts are given back as they are, at no cost.
    threads
        At least 1; None for as many as this process may use.

    Returns
    -------
    kernels.Texts
        As many texts.

    Examples
    --------
    >>> texts = text_column(["第一条。\n版权所有", "版权所有"])
    >>> without_boilerplate(texts, [paragraph_hash("版权所有")]).take(np.arange(2))
    ['第一条。\n', '版权所有']
    """
    if not boilerplate:
        return texts
    found, offsets, spans = _known(texts, boilerplate, threads)
    own = list(texts_at(texts, np.arange(len(offsets) - 1)))
    for row in found.tolist():
        own[row] = without(own[row], with_breaks(own[row], spans[offsets[row] : offsets[row + 1]]))
    return text_column(own)


def boilerplate_of(text: str, boilerplate: Sequence[str]) -> list[tuple[int, int]]:
    r"""Say what `without_boilerplate` takes out of one text: ``start, stop`` in its code points, with line breaks.

    Examples
    --------
    >>> boilerplate_of("版权所有\n第一条。", [paragraph_hash("版权所有")])
    [(0, 5)]
    """
    if not boilerplate:
        return []
    found, _, spans = _known(text_column([text]), boilerplate, 1)
    return with_breaks(text, spans) if len(found) else []


def find_boilerplate(texts: Column, threads: int | None = None) -> tuple[BoilerplateParagraph, ...]:
    r"""Find the paragraphs that belong to a site or a form: those of many documents that otherwise differ.

    Every paragraph of an article that was printed ten times stands in ten documents, and none is boilerplate. So a
    document counts as 1 / n, where n is the number of documents that its rarest quarter stands in: paragraphs that make
    up at least a quarter of its text stand in n documents at most, and n is the least such number. Ten copies of an
    article count as one document, and so does a document that fills in a form, if a quarter of it is its own. A
    paragraph of at least 15 folded code points is boilerplate if the documents that it stands in count as 10 or more.

    Parameters
    ----------
    texts
        What `neardup.inputs.text_column` gave.
    threads
        At least 1; None for as many as this process may use.

    Returns
    -------
    tuple of BoilerplateParagraph
        That of most documents first. It depends neither on the order of the texts nor on the number of threads, and
        the same paragraphs are found if every text is given twice.

    Notes
    -----
    Paragraphs are the same if their hashes are, as in `without_boilerplate`. Time is that of reading and folding the
    texts and of sorting their paragraphs; memory about 90 bytes a paragraph. The two numbers and the quarter are
    empirical; ``benchmarks/suites/boilerplate.py`` shows what they find in a corpus.

    Examples
    --------
    >>> notice = "声明：本网独家稿件，未经授权禁止转载。"
    >>> pages = [f"第{day}天的新闻，各不相同。\n{notice}" for day in "一二三四五六七八九十"]
    >>> [(each.text, each.documents) for each in find_boilerplate(text_column(pages))]
    [('声明：本网独家稿件，未经授权禁止转载。', 10)]
    >>> find_boilerplate(text_column([pages[0]] * 10))
    ()
    """
    offsets, spans, chars, hashes, _ = kernels.paragraphs(texts, folding_table().opened, 1, thread_count(threads))
    size = len(offsets) - 1
    document = np.repeat(np.arange(size), np.diff(offsets))
    different, paragraph, printed = np.unique(hashes, return_inverse=True, return_counts=True)
    repeated = printed[paragraph] > 1
    standing = np.sort(paragraph[repeated] * size + document[repeated])
    standing = standing[np.diff(standing, prepend=-1) > 0]  # each paragraph once for each document that it stands in
    documents = np.maximum(np.bincount(standing // max(1, size), minlength=len(different)), 1)
    counted = -(-_DOCUMENT // _copies(document, chars.astype(np.int64), documents[paragraph], size))
    begin = np.searchsorted(standing, np.arange(len(different) + 1) * size)
    sums = np.concatenate([[0], np.cumsum(counted[standing % max(1, size)])])[begin]
    is_boilerplate = np.diff(sums) >= BOILERPLATE_DOCUMENTS * _DOCUMENT
    rows = np.flatnonzero(is_boilerplate[paragraph] & (chars >= BOILERPLATE_CHARS))
    found = [
        BoilerplateParagraph(hash_text(int(different[number])), text, int(documents[number]))
        for number, text in _spelled(texts, document[rows], spans[rows], paragraph[rows]).items()
    ]
    return tuple(sorted(found, key=lambda each: (-each.documents, each.hash)))


def _copies(
    document: NDArray[np.intp], chars: NDArray[np.int64], documents: NDArray[np.int64], size: int
) -> NDArray[np.int64]:
    """Say of every document how many copies of it there seem to be: in how many documents its rarest quarter stands.

    Parameters
    ----------
    document, chars, documents
        Of every paragraph, by document: where it stands, its folded code points, how many documents have it.
    size
        How many documents there are.
    """
    copies = np.ones(size, np.int64)
    total = np.bincount(document, chars, size)
    alone = np.bincount(document, chars * (documents == 1), size)
    rows = np.flatnonzero((OWN_PART * alone < total)[document])  # of the others a quarter stands in one document
    rows = rows[np.lexsort((documents[rows], document[rows]))]
    sums = np.cumsum(chars[rows])
    begin = np.searchsorted(document[rows], document[rows])
    so_far = sums - (sums - chars[rows])[begin]
    rows = rows[OWN_PART * so_far >= total[document[rows]]]
    enough, first = np.unique(document[rows], return_index=True)
    copies[enough] = documents[rows[first]]
    return copies


def _spelled(
    texts: Column, document: NDArray[np.intp], spans: NDArray[np.int32], paragraph: NDArray[np.intp]
) -> dict[int, str]:
    """Write paragraphs as they stand in the texts, without space around: of several spellings the least."""
    found: dict[int, str] = {}
    chosen, place = np.unique(document, return_inverse=True)
    read = texts_at(texts, chosen)
    for number, row, (start, stop) in zip(paragraph.tolist(), place.tolist(), spans.tolist(), strict=True):
        text = read[row][start:stop].strip()
        found[number] = min(text, found.get(number, text))
    return found


def _known(
    texts: Column, boilerplate: Sequence[str], threads: int | None
) -> tuple[NDArray[np.intp], NDArray[np.int64], NDArray[np.int32]]:
    """Find known paragraphs.

    Returns
    -------
    rows, offsets, spans
        The texts that have some, and others beside them; where those of each text begin and the last ones end; where
        each stands.
    """
    folding = folding_table().opened
    offsets, spans, _, hashes, _ = kernels.paragraphs(texts, folding, 1, thread_count(threads))
    is_known = np.isin(hashes, np.array([int(value, 16) for value in boilerplate], np.uint64))
    before = np.concatenate([[0], np.cumsum(is_known)])
    count = np.diff(before[offsets])
    rows = np.flatnonzero((count > 0) & (count < np.diff(offsets)))
    return rows, before[offsets], spans[is_known]
