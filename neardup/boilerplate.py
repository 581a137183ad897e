"""Boilerplate: paragraphs of a site or a form, known by their hashes, taken out of texts before they are compared.

Keys, evidence, numbers and lengths are then those of what is left: as if the paragraphs had never stood there. A text
that has nothing else is left as it is, so that none becomes empty by this.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neardup._backend import kernels
from neardup.checks import thread_count
from neardup.folding import fold, folding_table
from neardup.inputs import text_column, texts_at
from neardup.shingling import hash_shingle
from neardup.spans import with_breaks, without

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from neardup._typing import Column


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
