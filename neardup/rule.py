"""The survivor rule in three steps, which every runner calls on the same arrays.

lists
    For each key (the digest, a band, an anchor) the first `max_bucket_size` documents that survive, in order.
candidates
    From the lists of a document's keys: the survivors before it that share its digest, a band or enough anchors, the
    likeliest first, at most `max_candidates`.
decide
    From the texts of a document and its candidates: the first that makes it a duplicate, or what it is to the first
    that it is anything to.

Keys, evidence and relations are functions of the texts and the config alone, never of the corpus. So every dropped
document names a survivor that it was compared with, and the work for a document is bounded.

Groups, one number for each document, can limit who drops whom: documents of one never drop each other
(`Ranking.groups`), or only documents of one do (`document_keys`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from neardup._backend import kernels
from neardup.checks import thread_count
from neardup.content import opened_table
from neardup.minhash import band_keys
from neardup.relations import RELATIONS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neardup._typing import Column
    from neardup.config import Config
    from neardup.sketches import Sketches


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
    groups
        int64: documents of one group are no candidates of each other. They take room in the lists all the same. None:
        any document can be a candidate.
    """

    places: NDArray[np.uint32]
    low: NDArray[np.uint8]
    anchor_counts: NDArray[np.int64]
    groups: NDArray[np.int64] | None = None


class Contents(NamedTuple):
    """What documents are compared by beside their texts.

    Attributes
    ----------
    digests
        See `neardup.Sketches`.
    titles
        Of every document, or None; of an empty one the first line of the text stands in for it.
    """

    digests: NDArray[np.uint64]
    titles: Column | None = None


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


def document_keys(found: Sketches, config: Config, within: NDArray[np.int64] | None = None) -> PerKind:
    """Give the keys that documents share with others.

    A document of fewer than ``ngram`` folded code points has its digest alone, an empty one nothing.

    Parameters
    ----------
    found
        Sketches of the documents.
    config
        ``bands``, ``rows`` and ``ngram``.
    within
        int64: of each document its group; documents of two groups share no keys, but for such as two hashes of 64 bits
        share by chance. None: all are one group.
    """
    size, is_judged = len(found), found.chars >= config.ngram
    hashes = None if within is None else group_hashes(within)

    def shared(keys: NDArray[np.uint64], offsets: NDArray[np.int64], chosen: NDArray[np.bool_]) -> Ragged:
        if hashes is not None:
            keys = keys ^ np.repeat(hashes, np.diff(offsets))
        return shared_keys(keys, offsets, chosen)

    bands = band_keys(found.signatures, bands=config.bands, rows=config.rows)
    by_band = shared(bands.ravel(), np.arange(size + 1) * config.bands, is_judged)
    del bands  # as large as what is kept of signatures
    by_digest = shared(found.digests, np.arange(size + 1), found.chars > 0)
    return PerKind(by_digest, by_band, shared(found.anchors.values, found.anchors.offsets, is_judged))


def group_hashes(groups: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Spread the numbers of groups over 64 bits."""
    return spread(groups.view(np.uint64))


def spread(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Mix 64 bits so that all of them look random, by the bijection of `neardup.shingling.hash_shingle`."""
    values = (values ^ values >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ values >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    hashes: NDArray[np.uint64] = values ^ values >> np.uint64(31)
    return hashes


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
    If there are groups, none is of the document's own.

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
            opened_table(config.content),
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
        opened_table(config.content),
        config.ngram,
        np.ascontiguousarray(pairs, np.int64),
        contents,
        np.array(config.limits),
        thread_count(threads),
    )
