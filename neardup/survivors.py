"""Survivors: the order in which documents are taken, and the rule by which one is dropped in favour of an earlier one.

The rule has three steps, which every runner calls:

lists
    For each key (the digest, a band, an anchor) the first `max_bucket_size` documents that survive, in order.
candidates
    From the lists of a document's keys: the survivors before it that share its digest, a band or enough anchors, the
    likeliest first, at most `max_candidates`.
decide
    From the texts of a document and its candidates: the first that makes it a duplicate, or what it is to the first
    that it is anything to.

The rule is sequential: a document's fate depends on those before it alone. So exactly one choice of survivors agrees
with what the rule makes of it, and a runner may guess, apply the rule to all documents at once, and do so again with
what came out until nothing changes (`settle`). A wrong guess costs a round, never the answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from neardup._backend import kernels
from neardup.errors import MismatchError
from neardup.evidence import Evidence
from neardup.folding import folding_table
from neardup.minhash import band_keys
from neardup.relations import RELATIONS
from neardup.sketches import Sketches
from neardup.threads import thread_count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from neardup._typing import Column
    from neardup.config import Config

    Progress = Callable[[str, int, int], object]

Keep = Literal["longest", "first"]


class Ragged(NamedTuple):
    """Several numbers for each of many things: those of thing i are ``values[offsets[i]:offsets[i + 1]]``.

    Attributes
    ----------
    values
        uint32.
    offsets
        int64, one more than there are things.
    """

    values: NDArray[np.uint32]
    offsets: NDArray[np.int64]


class PerKind(NamedTuple):
    """The keys of documents, or the lists of keys, for each kind of keys.

    Keys are numbered from 0 for each kind, and one that no other document has is left out.
    """

    digests: Ragged
    bands: Ragged
    anchors: Ragged


class Ranking(NamedTuple):
    """What candidates are ranked by, of every document.

    Attributes
    ----------
    places
        uint32: in the order; 2**32 - 1 for a document that is not decided.
    low
        uint8, shape (documents, num_perm): the low bytes of the signatures. Two documents agree in one with a
        probability of their Jaccard similarity and at most 1/256 more.
    anchor_counts
        int64: how many anchors each has, those of its own included.
    """

    places: NDArray[np.uint32]
    low: NDArray[np.uint8]
    anchor_counts: NDArray[np.int64]


class Contents(NamedTuple):
    """What documents are compared by beside their texts: see `neardup.Sketches`."""

    digests: NDArray[np.uint64]
    distinct: NDArray[np.int64]


class Rule(NamedTuple):
    """The numbers of the rule, as the kernels take them.

    Attributes
    ----------
    min_anchor_share, max_bucket_size, max_candidates
        Of the config.
    limits
        float64: of the relations; see `neardup.relations.Limits`.
    drops
        bool: of each of `neardup.relations.RELATIONS` whether it makes a duplicate.
    """

    min_anchor_share: float
    limits: NDArray[np.float64]
    drops: NDArray[np.bool_]
    max_bucket_size: int
    max_candidates: int

    @classmethod
    def of(cls, config: Config) -> Rule:
        """Take the numbers from a config."""
        drops = np.array([relation in config.relations for relation in RELATIONS])
        return cls(
            config.min_anchor_share, np.array(config.limits), drops, config.max_bucket_size, config.max_candidates
        )


class Verdicts(NamedTuple):
    """What became of documents.

    Attributes
    ----------
    match
        int64: the position of the survivor that a document was compared with; -1 for none.
    relation
        uint8: what it is to that one, by its number in `neardup.relations.RELATIONS`.
    evidence
        float64, shape (documents, 12): the values of `neardup.Evidence`.
    """

    match: NDArray[np.int64]
    relation: NDArray[np.uint8]
    evidence: NDArray[np.float64]


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
    sketches: Sketches | None,
    threads: int | None,
    progress: Progress | None,
) -> Resolution:
    """Decide of every document whether it survives, by the rule of this module.

    Parameters
    ----------
    texts
        Without the boilerplate of the config.
    ids, config, keep, priority, sketches, threads, progress
        See `neardup.find_duplicates`; so are the errors.
    """
    size = len(ids)
    report = progress or (lambda *_: None)
    report("sketching", 0, size)
    found = Sketches.of_own_texts(texts, config, threads) if sketches is None else _checked(sketches, size, config)
    del sketches
    keys, low, anchor_counts = document_keys(found, config), found.signatures.astype(np.uint8), found.anchors.sizes
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
        folding_table().opened,
        config.ngram,
        order,
        keys,
        low,
        anchor_counts,
        Contents(found.digests, found.distinct),
        Rule.of(config),
        thread_count(threads),
        lambda done: report("comparing", size - len(order) + done, size),
    )
    report("comparing", size, size)
    return Resolution(Verdicts(match, relation, evidence), cuts, rounds, found.chars)


def document_keys(found: Sketches, config: Config) -> PerKind:
    """Give the keys that documents share with others.

    A document of fewer than ``ngram`` folded code points has its digest alone, an empty one nothing.
    """
    is_judged = found.chars >= config.ngram
    bands = band_keys(found.signatures, bands=config.bands, rows=config.rows)
    return PerKind(
        shared_keys(found.digests, np.arange(len(found) + 1), found.chars > 0),
        shared_keys(bands.ravel(), np.arange(len(found) + 1) * config.bands, is_judged),
        shared_keys(found.anchors.values, found.anchors.offsets, is_judged),
    )


def shared_keys(keys: NDArray[np.uint64], offsets: NDArray[np.int64], chosen: NDArray[np.bool_]) -> Ragged:
    """Give numbers to the keys of some documents that several of them have."""
    if not chosen.all():
        sizes = np.diff(offsets)
        keys = keys[np.repeat(chosen, sizes)]
        offsets = np.concatenate([[0], np.cumsum(sizes * chosen)])
    return Ragged(*kernels.shared_keys(keys, offsets))


def key_lists(
    keys: PerKind, order: NDArray[np.int64], survives: NDArray[np.bool_], config: Config
) -> tuple[PerKind, int]:
    """Give for each key the first documents in order that survive and have it, and how often there were more.

    Parameters
    ----------
    keys
        Of every document; see `document_keys`.
    order
        The positions of the documents to be decided, that of the first one first.
    survives
        Of every document.
    config
        ``max_bucket_size``: how many a list holds.

    Returns
    -------
    lists, int
        The documents of each key by their positions, in order; and how many a list had no room for.
    """
    found = [kernels.key_lists(each, order, survives, config.max_bucket_size) for each in keys]
    return PerKind(*(Ragged(values, offsets) for values, offsets, _ in found)), sum(full for _, _, full in found)


def candidates(
    rows: NDArray[np.int64], keys: PerKind, lists: PerKind, ranking: Ranking, config: Config, threads: int | None = None
) -> tuple[Ragged, NDArray[np.int64]]:
    """Give the candidates of documents: the survivors before each that share keys with it, the likeliest first.

    They are those in the list of its digest or of one of its bands, and those in the lists of at least
    `min_anchor_share` of the anchors of the one of the two that has fewer. They are ranked by whether they share the
    digest; by the larger of that share and the share of equal low bytes of the signatures; by their place in the order.

    Parameters
    ----------
    rows
        The positions of the documents.
    keys, ranking
        Of every document.
    lists
        Of every key; see `key_lists`.
    config
        ``min_anchor_share`` and ``max_candidates``.
    threads
        At least 1; None for as many as this process may use.

    Returns
    -------
    candidates, left_out
        For each row the positions of its candidates; and int64, how many more than `max_candidates` there were.
    """
    values, offsets, left_out = kernels.candidates(
        rows, keys, lists, ranking, config.min_anchor_share, config.max_candidates, thread_count(threads)
    )
    return Ragged(values, offsets), left_out


def decide(
    texts: Column,
    rows: NDArray[np.int64],
    candidates: Ragged,
    contents: Contents,
    config: Config,
    threads: int | None = None,
) -> Verdicts:
    """Decide documents: each is compared with its candidates in order, up to the first that makes it a duplicate.

    Parameters
    ----------
    texts
        Of all documents, without the boilerplate of the config.
    rows
        The positions of the documents to decide.
    candidates
        For each row the positions of the documents to compare it with.
    contents
        Of every document. Those whose digests agree are identical if their folded texts and their numbers are. Of a
        document of fewer than ``ngram`` folded code points nothing else is said.
    config
        What decides.
    threads
        At least 1; None for as many as this process may use.

    Returns
    -------
    Verdicts
        For each row.
    """
    rule = Rule.of(config)
    return Verdicts(
        *kernels.decide(
            texts,
            folding_table().opened,
            config.ngram,
            rows,
            candidates,
            contents,
            rule.limits,
            rule.drops,
            thread_count(threads),
        )
    )


def relate(
    texts: Column, pairs: NDArray[np.int64], contents: Contents, config: Config, threads: int | None = None
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Measure any pairs of documents, none of them empty, and give what the first of each is to the second.

    Parameters
    ----------
    texts, contents, config, threads
        See `decide`.
    pairs
        int64, shape (n, 2): positions.

    Returns
    -------
    relation, evidence
        See `Verdicts`.
    """
    return kernels.relate(
        texts,
        folding_table().opened,
        config.ngram,
        np.ascontiguousarray(pairs, np.int64),
        contents,
        np.array(config.limits),
        thread_count(threads),
    )


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

    Returns
    -------
    verdicts, cuts, rounds
        Of every document; see `Resolution`.
    """
    survives = np.ones(len(contents.digests), bool) if guess is None else guess.copy()
    parts = [order] if parts is None else [order[part] for part in parts]
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
        after[order] = ~drops[relation[order]]
        if (after == survives)[order].all():
            cut = np.concatenate([*left_out, np.zeros(0, np.int64)])
            cuts = np.array([full, np.count_nonzero(cut), cut.sum()], np.int64)
            return Verdicts(match, relation, evidence), cuts, rounds
        survives = after


def _differ(before: Ragged | None, after: Ragged) -> NDArray[np.bool_]:
    """Tell which rows have other values than before."""
    size = len(after.offsets) - 1
    if before is None:
        return np.ones(size, bool)
    sides = [
        [each.values[start:stop].tobytes() for start, stop in pairwise(each.offsets.tolist())]
        for each in (before, after)
    ]
    return np.array([one != other for one, other in zip(*sides, strict=True)], bool)


def _at(ragged: Ragged, rows: NDArray[np.int64]) -> Ragged:
    values = [ragged.values[ragged.offsets[row] : ragged.offsets[row + 1]] for row in rows.tolist()]
    offsets = np.concatenate([[0], np.cumsum([len(each) for each in values], dtype=np.int64)])
    return Ragged(np.concatenate([np.empty(0, np.uint32), *values]), offsets)


def _checked(sketches: Sketches, size: int, config: Config) -> Sketches:
    if len(sketches) != size:
        raise ValueError(f"there are sketches of {len(sketches)} texts for {size} texts")
    ours, theirs = config.part("signature"), sketches.config.part("signature")
    if differ := [f"{name} {theirs[name]}, not {ours[name]}" for name in ours if ours[name] != theirs[name]]:
        raise MismatchError(f"the sketches were made with {'; '.join(differ)}; make them again")
    return sketches


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
