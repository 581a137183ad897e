"""Survivors: the order in which documents are taken, and two ways to apply the rule of `neardup.rule` to all of them.

The rule is sequential: a document's fate depends on those before it alone. So exactly one choice of survivors agrees
with what the rule makes of it. One thread goes in order (`resolve`). Whoever cannot, guesses, applies the rule to all
documents at once, and does so again with what came out until nothing changes (`settle`; `resolve` on several threads
does the same block by block). A wrong guess costs a round, never the answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from neardup._backend import kernels
from neardup.checks import check_int, thread_count
from neardup.content import opened_table
from neardup.evidence import Evidence
from neardup.inputs import in_order, is_missing
from neardup.rule import Contents, Ragged, Rule, Verdicts, candidates, decide, document_keys, key_lists
from neardup.shingling import ragged_at
from neardup.sketches import Sketches, check_sketches_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from neardup._typing import Column
    from neardup.config import Config
    from neardup.rule import PerKind, Ranking

    Progress = Callable[[str, int, int], object]

Keep = Literal["longest", "first"]


@dataclass(frozen=True, slots=True, eq=False)
class Resolution:
    """What became of every document.

    Attributes
    ----------
    verdicts
        Of each document.
    cuts
        int64: how often a list was full, how many documents had too many candidates, and how many of those were left
        out.
    rounds
        How often documents were decided until nothing changed, at most.
    chars
        int64: folded code points.
    """

    verdicts: Verdicts
    cuts: NDArray[np.int64]
    rounds: int
    chars: NDArray[np.int64]


def resolve(
    texts: Column,
    ids: Sequence[str],
    config: Config,
    *,
    keep: Keep,
    priority: Iterable[object] | None,
    titles: Column | None,
    sketches: Sketches | None,
    threads: int | None,
    progress: Progress | None,
    across: NDArray[np.int64] | None = None,
    within: NDArray[np.int64] | None = None,
) -> Resolution:
    """Decide of every document whether it survives, by the rule of this module.

    Parameters
    ----------
    texts
        Without the boilerplate of the config.
    titles
        Of every document, or None; see `neardup.rule.Contents`.
    ids, config, keep, priority, sketches, threads, progress
        See `neardup.find_duplicates`; so are the errors.
    across, within
        int64: of every document its group, if documents of one never drop each other, or only those of one do.
    """
    size = len(ids)
    report = progress or (lambda *_: None)
    report("sketching", 0, size)
    if sketches is None:
        found = Sketches.of_own_texts(texts, config, threads)
    else:
        check_sketches_of(sketches, size, config)
        found = sketches
        del sketches
    keys = document_keys(found, config, within)
    low, anchor_counts = found.signatures.astype(np.uint8), found.anchors.sizes
    found = found.without_keys()
    report("ordering", 0, size)
    # What is compared with nothing survives, whatever the order.
    may_have_candidates = kernels.may_have_candidates(
        keys, anchor_counts, config.min_anchor_share, config.max_bucket_size
    )
    meeting = np.flatnonzero(may_have_candidates & (found.chars > 0))
    found = found.measured(texts, meeting, threads)
    order = total_order(ids, found.chars, found.body, keep, priority, meeting)
    report("comparing", 0, size)
    match, relation, evidence, cuts, rounds = kernels.survivors(
        texts,
        opened_table(config.content),
        config.ngram,
        order,
        keys,
        low,
        anchor_counts,
        Contents(found.digests, titles),
        Rule.of(config),
        thread_count(threads),
        groups=across,
        progress=lambda done: report("comparing", size - len(order) + done, size),
    )
    report("comparing", size, size)
    return Resolution(Verdicts(match, relation, evidence), cuts, rounds, found.chars)


def settle(
    texts: Column,
    order: NDArray[np.int64],
    keys: PerKind,
    ranking: Ranking,
    contents: Contents,
    config: Config,
    *,
    guess: NDArray[np.bool_] | None = None,
    parts: Sequence[NDArray[np.int64]] | None = None,
    given: int = 0,
    threads: int | None = None,
) -> tuple[Verdicts, NDArray[np.int64], int]:
    """Decide all documents by guessing, applying the rule and comparing: what runners do that cannot go in order.

    Parameters
    ----------
    texts, order, keys, ranking, contents, config, threads
        Of all documents; see `key_lists`, `candidates` and `decide`.
    guess
        Of every document whether it survives; by default all do. Any guess leads to the same answer.
    parts
        The positions in `order`, cut into parts that are decided apart. Any parts lead to the same answer.
    given
        How many of the first documents in `order` survive without being decided: those behind can be duplicates of
        them. Whatever `guess` says of them, and whether they are in `parts`, makes no difference.

    Returns
    -------
    verdicts, cuts, rounds
        Of every document; see `Resolution`.

    Raises
    ------
    ValueError
        If `given` is not in ``[0, len(order)]``.
    """
    check_int("given", given, low=0, high=len(order))
    survives = np.ones(len(contents.digests), bool) if guess is None else guess.copy()
    survives[order[:given]] = True
    decided = order[given:]
    parts = [decided] if parts is None else [order[part[part >= given]] for part in parts]
    drops = Rule.of(config).drops
    size = len(survives)
    match, relation = np.full(size, -1), np.zeros(size, np.uint8)
    evidence = np.zeros((size, len(Evidence.__slots__)))
    before: list[Ragged | None] = [None] * len(parts)
    rounds = 0
    while True:
        rounds += 1
        lists, full = key_lists(keys, order, survives, config)
        left_out = []
        for i, rows in enumerate(parts):
            found, left = candidates(rows, keys, lists, ranking, config, threads)
            left_out.append(left)
            changed = np.flatnonzero(_differ(before[i], found))
            before[i] = found
            some = decide(texts, rows[changed], _at(found, changed), contents, config, threads)
            match[rows[changed]], relation[rows[changed]], evidence[rows[changed]] = some
        after = survives.copy()
        after[decided] = ~drops[relation[decided]]
        if (after == survives)[decided].all():
            cut = np.concatenate([*left_out, np.zeros(0, np.int64)])
            cuts = np.array([full, np.count_nonzero(cut), cut.sum()], np.int64)
            return Verdicts(match, relation, evidence), cuts, rounds
        survives = after


def _differ(before: Ragged | None, after: Ragged) -> NDArray[np.bool_]:
    """Tell which rows have other values than before."""
    sizes = np.diff(after.offsets)
    if before is None:
        return np.ones(len(sizes), bool)
    found: NDArray[np.bool_] = np.diff(before.offsets) != sizes
    rows = np.flatnonzero(~found)
    is_other = _at(before, rows).values != _at(after, rows).values
    found[np.repeat(rows, sizes[rows])[is_other]] = True
    return found


def _at(ragged: Ragged, rows: NDArray[np.int64]) -> Ragged:
    return Ragged(*ragged_at(*ragged, rows))


def total_order(
    ids: Sequence[str],
    chars: NDArray[np.int64],
    body: NDArray[np.int64],
    keep: Keep,
    priority: Iterable[object] | None = None,
    rows: NDArray[np.int64] | None = None,
) -> NDArray[np.int64]:
    """Order documents: by priority, the least first; then as `keep` says; then by id.

    Parameters
    ----------
    ids
        Of the documents.
    chars, body
        How long each is, and how long what counts of it is; see `neardup.Sketches`.
    keep
        ``"longest"``: the longest body first, of equals the shorter text; ``"first"``: as given.
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
    order = rows[np.lexsort((chars[rows], -body[rows], ranks[rows]))]
    is_first = np.ones(len(order) + 1, bool)
    is_first[1:-1] = False
    for values in (ranks, body, chars):
        is_first[1:-1] |= np.diff(values[order]) != 0
    bounds = np.flatnonzero(is_first)
    several = np.diff(bounds) > 1
    for start, stop in zip(bounds[:-1][several].tolist(), bounds[1:][several].tolist(), strict=True):
        order[start:stop] = sorted(order[start:stop].tolist(), key=ids.__getitem__)
    return order


def _ranks(priority: Iterable[object] | None, size: int) -> NDArray[np.int64]:
    """Replace priorities by numbers in the same order."""
    if priority is None:
        return np.zeros(size, np.int64)
    values = in_order(priority, "priority")
    if len(values) != size:
        raise ValueError(f"there are {len(values)} priorities for {size} documents")
    try:
        has_null = any(is_missing(value) or value != value for value in values)
        ranks = {} if has_null else {value: rank for rank, value in enumerate(sorted(set(values)))}
    except (TypeError, ValueError, ArithmeticError) as error:
        raise TypeError(f"the priorities must be values of one kind that can be ordered ({error})") from error
    if has_null:
        raise ValueError(
            "a priority is null or not a number (NaN), which cannot be ordered; give one, or leave priority out"
        )
    return np.array([ranks[value] for value in values], np.int64)
