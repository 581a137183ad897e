"""Corpus: many documents in memory, their duplicates and their pairs."""

from __future__ import annotations

from reprlib import repr as shown
from typing import TYPE_CHECKING, Literal

import numpy as np

from neardup._backend import kernels
from neardup.bands import DEFAULT_RECALL, bands
from neardup.boilerplate import find_boilerplate, without_boilerplate
from neardup.checks import check_int, check_share, thread_count
from neardup.config import Config, chosen_config
from neardup.content import Content, opened_table
from neardup.inputs import read_documents
from neardup.inputs.ids import sortable
from neardup.minhash import DEFAULT_NUM_PERM, DEFAULT_SEED, band_keys, sketch
from neardup.results import Cuts, Duplicates, Pairs
from neardup.rule import Rule, shared_keys
from neardup.shingling import DEFAULT_NGRAM, MAX_NGRAM
from neardup.survivors import resolve

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Iterable, Iterator

    from numpy.typing import NDArray

    from neardup._typing import Column, Id, OnNull, Relation, Table, Texts
    from neardup.model import BoilerplateParagraph
    from neardup.sketches import Sketches
    from neardup.survivors import Keep, Progress


def find_duplicates(
    texts: Texts | Table,
    *,
    ids: Iterable[Id] | None = None,
    text: str | None = None,
    id: str | None = None,  # noqa: A002
    title: str | Iterable[str | None] | None = None,
    keep: Keep = "longest",
    priority: Iterable[object] | None = None,
    only_across: str | Iterable[Hashable] | None = None,
    only_within: str | Iterable[Hashable] | None = None,
    threshold: float | None = None,
    min_containment: float | None = None,
    relations: Collection[Relation] | None = None,
    config: Config | None = None,
    boilerplate: Literal["auto"] | None = None,
    sketches: Sketches | None = None,
    on_null: OnNull = "raise",
    threads: int | None = None,
    progress: Progress | None = None,
) -> Duplicates:
    """Find duplicate documents, and the survivor of each.

    Documents are taken in an order, the ones to be kept first. One is a duplicate if an earlier one that survived is
    identical to it (the same content but for what folding drops, and the same numbers), near it (Jaccard similarity of
    the shingle sets), or contains it. Signatures and anchors only find what is worth comparing: what is reported was
    compared on the sets. See `neardup.survivors` for the rule.

    Parameters
    ----------
    texts
        An iterable or a mapping of str; a column of a pandas, polars, pyarrow or Hugging Face table; anything that
        gives strings through the Arrow C interface. Or a whole table, if `text` names its column: of those libraries,
        a DuckDB relation, or a list of mappings.
    ids
        As many strings or integers, each once; they are given back as they were given. None: the keys of a mapping, the
        index of a pandas Series or DataFrame, else the positions from 0.
    text, id
        The columns of a table: the texts, and in place of `ids` the ids.
    title
        The column of a table with the titles; or as many titles as texts: a list, any iterable, a column. They are
        evidence and nothing else, no part of the texts: what is identical, who meets whom and the order do not depend
        on them. Where one is null or empty, and by default, the first line of the text stands in for it.
    keep
        ``"longest"``: the document with the most text once its own repeats are taken out, so that a page printed
        twice does not beat its clean twin; of equals the shorter page, then the one whose id sorts first, integers by
        their value before strings.
        ``"first"``: the one given first.
    priority
        For each document a value that comes before `keep`, the least first: a rank, a date.
    only_across
        Documents of one group never drop each other. The groups are a column of a table, or as many values as texts: a
        site, an author, a day, whatever can be a key of a dict; equal values are one group. A null means of no group:
        such a document may drop any, and be dropped by any.
    only_within
        Only documents of one group drop each other; groups as for `only_across`, which excludes this. A null means of
        no group: such a document drops none, and is never dropped.
    threshold
        The Jaccard similarity from which on documents are near, in (0, 1]; 0.8 by default.
    min_containment
        The part of a document's shingles from which on another one contains it, in (0, 1]; 0.8 by default.
    relations
        What makes a duplicate: ``identical``, ``near``, ``contained`` by default. With ``contains``, a document that
        contains an earlier one goes too.
    config
        All that decides; the three above override it. Bands that it was not given find 99 % of the pairs at
        `threshold`. Its ``boilerplate`` is removed before documents are ordered or compared.
    boilerplate
        ``"auto"``: what `neardup.boilerplate.find_boilerplate` finds in these texts is removed too, paragraphs of at
        least 10 documents that otherwise differ. ``found.boilerplate`` lists them, and ``found.config`` has them beside
        those it had: that config alone gives the same result.
    sketches
        Of the same texts, made before with the same config; None to make them now.
    on_null
        ``"raise"``: a null among the texts is an error. ``"skip"``: it is left out, and its id is in ``found.skipped``;
        `priority`, `title` and groups still have a value for it, `sketches` do not.
    threads
        At least 1; None for as many as this process may use. The result does not depend on it.
    progress
        Called now and then with the stage (``boilerplate`` if it is looked for, ``sketching``, ``ordering``,
        ``comparing``), the documents done and all.

    Returns
    -------
    Duplicates

    Raises
    ------
    TypeError
        If something is not text, not an id, or not a group; the message names it. If the priorities cannot be ordered.
    ValueError
        If an id occurs twice (``7`` and ``"7"`` too), a text is null, there are not as many ids, titles, priorities,
        groups or sketches as texts, a table has no such column, an option is out of range, `boilerplate` is another
        word, or `only_across` and `only_within` are both given.
    MismatchError
        If the sketches were made in another way; says what differs.

    Notes
    -----
    Time is linear in the text; the work for a document is bounded by ``max_bucket_size`` entries for each of its keys
    and ``max_candidates`` comparisons. Memory, beyond the texts: about one KiB a document and one byte a code point, as
    ``python -m benchmarks scale`` measures it, and once some 8 MiB for what is loaded first.

    Examples
    --------
    >>> found = find_duplicates({
    ...     "甲": "据介绍，重庆经开区把质量强区战略写入全区规划，加快引进和培育壮大龙头企业，全面发力。",
    ...     "乙": "據介紹,重慶經開區把質量強區戰略寫入全區規劃,加快引進和培育壯大龍頭企業,全面發力",
    ...     "丙": "天地玄黄，宇宙洪荒；日月盈昃，辰宿列张。",
    ... })
    >>> [(match.id, match.survivor, match.relation) for match in found.duplicates]
    [('甲', '乙', 'identical')]
    >>> found.survivors
    ['乙', '丙']
    """
    if only_across is not None and only_within is not None:
        raise ValueError("only_across and only_within are both given; leave one out")
    groups = only_within if only_across is None else only_across
    documents = read_documents(texts, ids, text=text, id=id, title=title, groups=groups, on_null=on_null)
    config = chosen_config(config).with_overrides(
        threshold=threshold, min_containment=min_containment, relations=relations
    )
    found = _found_boilerplate(boilerplate, documents.texts, threads, progress)
    config = config.with_overrides(boilerplate={*config.boilerplate, *(each.hash for each in found or ())})
    if priority is not None and documents.skipped:
        priority = documents.kept(priority)
    own = without_boilerplate(documents.texts, config.boilerplate, threads)
    resolution = resolve(
        own,
        sortable(documents.ids),
        config,
        keep=keep,
        priority=priority,
        titles=documents.titles,
        sketches=sketches,
        threads=threads,
        progress=progress,
        across=None if only_across is None else documents.groups,
        within=None if only_within is None else documents.groups,
    )
    is_empty = resolution.chars == 0
    match, relation, evidence = resolution.verdicts
    is_duplicate = Rule.of(config).drops[relation]
    return Duplicates(
        ids=documents.ids,
        config=config,
        match=match,
        relation=relation,
        evidence=evidence,
        is_duplicate=is_duplicate,
        is_empty=is_empty,
        is_too_short=(resolution.chars < config.ngram) & ~is_empty & ~is_duplicate,
        cuts=Cuts(*resolution.cuts.tolist()),
        rounds=resolution.rounds,
        skipped=documents.skipped,
        boilerplate=found,
        source=documents,
    )


def _found_boilerplate(
    wanted: Literal["auto"] | None, texts: Column, threads: int | None, progress: Progress | None
) -> tuple[BoilerplateParagraph, ...] | None:
    if wanted is None:
        return None
    if not isinstance(wanted, str) or wanted != "auto":
        message = f'boilerplate must be "auto" or None, not {shown(wanted)}; Config(boilerplate=...) takes hashes'
        raise (ValueError if isinstance(wanted, str) else TypeError)(message)
    report, size = progress or (lambda *_: None), len(texts)
    report("boilerplate", 0, size)
    found = find_boilerplate(texts, threads)
    report("boilerplate", size, size)
    return found


def find_pairs(
    texts: Texts | Table,
    *,
    ids: Iterable[Id] | None = None,
    text: str | None = None,
    id: str | None = None,  # noqa: A002
    threshold: float = 0.8,
    recall: float = DEFAULT_RECALL,
    num_perm: int = DEFAULT_NUM_PERM,
    seed: int = DEFAULT_SEED,
    ngram: int = DEFAULT_NGRAM,
    content: Content = "prose",
    boilerplate: Collection[str] = (),
    on_null: OnNull = "raise",
    threads: int | None = None,
) -> Pairs:
    """Find the pairs of documents that are as alike as a threshold.

    What is reported was compared on the sets of shingles; what was missed never shared a band, which happens to a pair
    at the threshold with a probability of ``1 - recall``, and to more alike ones less.

    Parameters
    ----------
    texts, ids, text, id, on_null, threads
        See `find_duplicates`.
    threshold
        Jaccard similarity, in (0, 1].
    recall
        In (0, 1); see `neardup.bands`, which chooses the bands.
    num_perm, seed, ngram
        Of the signatures; see `neardup.signatures`. More permutations allow bands with fewer comparisons in vain.
    content
        ``"prose"`` or ``"all"``; see `neardup.Config`.
    boilerplate
        Hashes of paragraphs that are taken out of the texts before they are compared; see `neardup.Config`.

    Returns
    -------
    Pairs
        Of identical documents only the first is paired with others; ``found.collapsed`` says how many pairs that
        leaves out, which ``found.expanded()`` gives.

    Raises
    ------
    TypeError, ValueError
        As `find_duplicates`; and if no bands reach the recall.

    Notes
    -----
    There can be as many pairs as the square of the documents. Each takes 24 bytes, and about 50 while all are put in
    order; `iter_pairs` gives them in parts. Time is linear in the text and in the pairs of documents that share a band,
    each of which is compared unless the signatures rule it out: among documents that fill in one form, all of them.

    Examples
    --------
    >>> found = find_pairs(
    ...     ["质量强则万物强，质量是反映综合实力的体现", "质量强则万物强质量是反映综合实力的体现！", "天地玄黄宇宙洪荒"]
    ... )
    >>> list(found)
    [(0, 1, 1.0)]
    """
    (pairs,) = iter_pairs(
        texts,
        ids=ids,
        text=text,
        id=id,
        threshold=threshold,
        recall=recall,
        num_perm=num_perm,
        seed=seed,
        ngram=ngram,
        content=content,
        boilerplate=boilerplate,
        on_null=on_null,
        threads=threads,
        part=None,
    )
    return pairs


def iter_pairs(
    texts: Texts | Table,
    *,
    ids: Iterable[Id] | None = None,
    text: str | None = None,
    id: str | None = None,  # noqa: A002
    threshold: float = 0.8,
    recall: float = DEFAULT_RECALL,
    num_perm: int = DEFAULT_NUM_PERM,
    seed: int = DEFAULT_SEED,
    ngram: int = DEFAULT_NGRAM,
    content: Content = "prose",
    boilerplate: Collection[str] = (),
    on_null: OnNull = "raise",
    threads: int | None = None,
    part: int | None = 100_000,
) -> Iterator[Pairs]:
    """Give the pairs of `find_pairs` in parts, each when it is found, so that not all are held at once.

    Parameters
    ----------
    texts, ids, text, id, threshold, recall, num_perm, seed, ngram, content, boilerplate, on_null, threads
        See `find_pairs`; so are the errors.
    part
        At least 1: for so many documents at a time the pairs with those before them are given. None: all at once.

    Yields
    ------
    Pairs
        Joined in order they are what `find_pairs` gives; at least one.

    Examples
    --------
    >>> texts = ["质量强则万物强，质量是反映综合实力的体现"] * 3
    >>> [list(pairs) for pairs in iter_pairs(texts, part=2)]
    [[(0, 1, 1.0)], [(0, 2, 1.0)]]
    """
    part = None if part is None else check_int("part", part)
    ngram, threshold = check_int("ngram", ngram, high=MAX_NGRAM), check_share("threshold", threshold)
    count, rows = bands(threshold, recall, num_perm)
    documents = read_documents(texts, ids, text=text, id=id, on_null=on_null)
    own = without_boilerplate(documents.texts, Config().with_overrides(boilerplate=boilerplate).boilerplate, threads)
    folding = opened_table(content)
    found = sketch(own, num_perm=num_perm, seed=seed, ngram=ngram, content=content, threads=threads)
    is_empty = found.chars == 0
    size, low = len(documents.ids), found.signatures.astype(np.uint8)
    first = _first_alike(own, folding, found.digests, is_empty, threads)
    every_band = np.arange(size + 1) * count
    keys = shared_keys(band_keys(found.signatures, bands=count, rows=rows).ravel(), every_band, ~is_empty)
    del found
    chosen = np.flatnonzero(~is_empty & (first == np.arange(size)))
    for begin in range(0, max(size, 1), part or max(size, 1)):
        end = begin + part if part else size
        left, right, jaccard = kernels.band_pairs(
            own,
            folding,
            ngram,
            low,
            keys,
            chosen,
            (int(chosen.searchsorted(begin)), int(chosen.searchsorted(end))),
            threshold,
            thread_count(threads),
        )
        same = begin + np.flatnonzero(first[begin:end] != np.arange(size)[begin:end])
        if len(same):  # each goes where the pairs of its right text would stand: none of them was chosen
            place = right.searchsorted(same)
            left, jaccard = np.insert(left, place, first[same]), np.insert(jaccard, place, 1.0)
            right = np.insert(right, place, same)
        yield Pairs(documents.ids, left, right, jaccard, first, documents.skipped)


def _first_alike(
    texts: Column,
    folding: kernels.Folding,
    digests: NDArray[np.uint64],
    is_empty: NDArray[np.bool_],
    threads: int | None,
) -> NDArray[np.int64]:
    """Give for every document the first identical one, itself for most; those that share a digest are compared."""
    first = np.arange(len(digests))
    _, group, count = np.unique(digests, return_inverse=True, return_counts=True)
    rows = np.flatnonzero((count[group] > 1) & ~is_empty)
    first[rows] = rows[kernels.content_classes(texts, folding, rows, thread_count(threads))]
    return first
