"""Survivors: the order in which documents are taken, and the rule by which one is dropped in favour of an earlier one.

The rule is sequential. A document is compared with the survivors before it that share keys with it: the key of its
folded text and numbers, its bands, its anchors. If one of them makes it a duplicate it is dropped and names that one;
else it survives, and its keys remember it. So every dropped document names a kept one that it was compared with.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from neardup._backend import kernels
from neardup.compare import COPY_GAP
from neardup.folding import folding_table
from neardup.minhash import band_keys, shared_bands, sketches
from neardup.relations import RELATIONS
from neardup.threads import thread_count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from neardup._typing import Column
    from neardup.config import Config

    Progress = Callable[[str, int, int], object]

Keep = Literal["longest", "first"]


@dataclass(frozen=True, slots=True, eq=False)
class Resolution:
    """What became of every document.

    Attributes
    ----------
    match
        int64: the position of the survivor that a document was compared with; -1 for none.
    relation
        uint8: what it is to that one; see `neardup.relations.RELATIONS`.
    evidence
        float64, shape (documents, 12): the values of `neardup.Evidence`.
    cuts
        int64: how often a bucket was full, how many documents had too many candidates, and how many of those were left
        out.
    chars
        int64: folded code points.
    """

    match: NDArray[np.int64]
    relation: NDArray[np.uint8]
    evidence: NDArray[np.float64]
    cuts: NDArray[np.int64]
    chars: NDArray[np.int64]


def resolve(
    texts: Column,
    ids: Sequence[str],
    config: Config,
    *,
    keep: Keep,
    priority: Iterable[object] | None,
    threads: int | None,
    progress: Progress | None,
) -> Resolution:
    """Decide of every document whether it survives, by the rule of this module."""
    size = len(ids)
    report = progress or (lambda *_: None)
    report("sketching", 0, size)
    signatures, anchors, chars = sketches(texts, **config.sketching, threads=threads)
    folding = folding_table().opened
    bands = shared_bands(signatures, bands=config.bands, rows=config.rows)
    anchor_counts, by_anchor = anchors.sizes, kernels.shared_keys(anchors.values, anchors.offsets)
    del anchors
    report("ordering", 0, size)
    # What is compared with nothing survives, whatever the order.
    may_have_candidates = kernels.may_have_candidates(
        *bands, *by_anchor, anchor_counts, config.min_anchor_share, config.max_bucket_size
    )
    meeting = np.flatnonzero(may_have_candidates & (chars > 0))
    distinct = chars.copy()
    distinct[meeting] -= kernels.copied_chars(
        texts, folding, config.min_repeat_chars, COPY_GAP, meeting, thread_count(threads)
    )
    order = total_order(ids, chars, distinct, keep, priority, meeting)
    classes = identical_classes(texts, signatures, chars, threads)
    report("comparing", 0, size)
    match, relation, evidence, cuts = kernels.survivors(
        texts,
        folding,
        config.ngram,
        signatures,
        *bands,
        *by_anchor,
        anchor_counts,
        classes,
        order,
        distinct,
        chars >= config.ngram,
        config.min_anchor_share,
        np.array(config.limits),
        drops(config),
        config.max_bucket_size,
        config.max_candidates,
        lambda done: report("comparing", size - len(order) + done, size),
    )
    report("comparing", size, size)
    return Resolution(match, relation, evidence, cuts, chars)


def drops(config: Config) -> NDArray[np.bool_]:
    """Tell for each relation whether it makes a document a duplicate."""
    return np.array([relation in config.relations for relation in RELATIONS])


def total_order(
    ids: Sequence[str],
    chars: NDArray[np.int64],
    distinct: NDArray[np.int64],
    keep: Keep,
    priority: Iterable[object] | None = None,
    rows: NDArray[np.int64] | None = None,
) -> NDArray[np.int64]:
    """Order documents: by priority, the least first; then as `keep` says; then by id.

    Parameters
    ----------
    ids
        Of the documents.
    chars, distinct
        How long each is, and how long without what it prints again, in folded code points.
    keep
        ``"longest"``: most text first once its repeats are taken out, of equals the shorter; ``"first"``: as given.
    priority
        For each document a value; all can be compared with each other.
    rows
        The positions of the documents to be ordered, ascending; None for all.

    Returns
    -------
    int64 array
        Those positions, that of the document to be kept first.

    Raises
    ------
    TypeError
        If the priorities cannot be compared.
    ValueError
        If `keep` is unknown, or there are not as many priorities as documents.

    Examples
    --------
    >>> chars = np.array([10, 20, 10])
    >>> total_order(["c", "b", "a"], chars, chars // np.array([1, 2, 1]), "longest").tolist()
    [2, 0, 1]
    """
    if keep not in ("longest", "first"):
        raise ValueError(f"keep must be 'longest' or 'first', not {keep!r}")
    rows = np.arange(len(ids)) if rows is None else rows
    ranks = _ranks(priority, len(ids))
    if keep == "first":
        return rows[np.argsort(ranks[rows], kind="stable")]
    order = rows[np.lexsort((chars[rows], -distinct[rows], ranks[rows]))]
    is_first = np.ones(len(order) + 1, bool)
    is_first[1:-1] = False
    for values in (ranks, distinct, chars):
        is_first[1:-1] |= np.diff(values[order]) != 0
    bounds = np.flatnonzero(is_first)
    several = np.diff(bounds) > 1
    for start, stop in zip(bounds[:-1][several].tolist(), bounds[1:][several].tolist(), strict=True):
        order[start:stop] = sorted(order[start:stop].tolist(), key=ids.__getitem__)
    return order


def identical_classes(
    texts: Column, signatures: NDArray[np.uint32], chars: NDArray[np.int64], threads: int | None
) -> NDArray[np.int64]:
    """Give numbers to the classes of texts that fold alike and have the same numbers.

    Returns
    -------
    int64 array
        Of each text the number of its class, counted from 0; -1 where no other text is like it, or it is empty.
    """
    classes = np.full(len(chars), -1, np.int64)
    # Only texts with one signature and one length can be identical; few values say nearly as much as all. These are
    # compared.
    keys = band_keys(signatures, bands=1, rows=min(signatures.shape[1], 8))[:, 0] + chars.astype(np.uint64)
    _, group, count = np.unique(keys, return_inverse=True, return_counts=True)
    rows = np.flatnonzero((count[group] > 1) & (chars > 0))
    folding = folding_table().opened
    first = kernels.content_classes(texts, folding, rows, thread_count(threads))
    is_several = np.bincount(first, minlength=len(rows))[first] > 1
    classes[rows[is_several]] = np.unique(first[is_several], return_inverse=True)[1]
    return classes


def _ranks(priority: Iterable[object] | None, size: int) -> NDArray[np.int64]:
    """Replace priorities by numbers in the same order."""
    if priority is None:
        return np.zeros(size, np.int64)
    values = priority.to_pylist() if hasattr(priority, "to_pylist") else list(priority)
    if any(value != value for value in values):
        raise ValueError("a priority is not a number (NaN), which cannot be ordered; give one, or leave priority out")
    if len(values) != size:
        raise ValueError(f"there are {len(values)} priorities for {size} documents")
    try:
        ranks = {value: rank for rank, value in enumerate(sorted(set(values)))}
    except TypeError as error:
        raise TypeError(f"the priorities must be values of one kind that can be ordered ({error})") from error
    return np.array([ranks[value] for value in values], np.int64)
