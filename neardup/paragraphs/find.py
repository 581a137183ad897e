"""Paragraphs: those that several documents have, exactly or nearly.

Equal paragraphs make a class: the same folded text and the same numbers. The survivor rule then takes one paragraph of
each class, the longest first, and a class joins the one that its paragraph is near, if both have the same numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from neardup._backend import kernels
from neardup.checks import MAX_CHARS, check_int, check_share, thread_count
from neardup.config import Config, chosen_config
from neardup.evidence import Evidence
from neardup.folding import fold, folding_table
from neardup.inputs import read_documents, text_column, texts_at
from neardup.numerals import numerals
from neardup.paragraphs.groups import RepeatedParagraphs
from neardup.relations import RELATIONS
from neardup.results import Cuts
from neardup.rule import Rule
from neardup.survivors import resolve

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from neardup._typing import Column, Id, Table, Texts
    from neardup.survivors import Progress

DEFAULT_PARAGRAPH_CHARS = 15
"""Shorter ones are headings and items of lists more often than not, and few of them are enough for two to be near."""

DEFAULT_BOILERPLATE_SHARE = 0.03
"""Between the clauses that laws have in common and the scripts that crawled news have; see the benchmark."""

NO_TITLE = "段"
"""Paragraphs have no title of their own: one for all tells none apart."""


@dataclass(frozen=True, slots=True, eq=False)
class _Paragraphs:
    """All paragraphs that are long enough, by document and place: the fields of `neardup._reference.paragraphs`."""

    texts: Column
    document: NDArray[np.int64]
    spans: NDArray[np.int32]
    chars: NDArray[np.int32]
    hashes: NDArray[np.uint64]
    digests: NDArray[np.uint64]

    def read(self, rows: NDArray[np.int64]) -> list[str]:
        """Cut some out of their texts."""
        documents, place = np.unique(self.document[rows], return_inverse=True)
        texts = texts_at(self.texts, documents)
        spans = zip(place.tolist(), *self.spans[rows].T.tolist(), strict=True)
        return [texts[document][start:stop] for document, start, stop in spans]


@dataclass(frozen=True, slots=True, eq=False)
class _Joined:
    """Of every class of paragraphs the one whose group it is in, itself for most; what it is to that one, and why."""

    head: NDArray[np.int64]
    relation: NDArray[np.uint8]
    compared: NDArray[np.int64]
    evidence: NDArray[np.float64]
    cuts: Cuts


def find_repeated_paragraphs(
    texts: Texts | Table,
    *,
    ids: Iterable[Id] | None = None,
    text: str | None = None,
    id: str | None = None,  # noqa: A002
    min_chars: int = DEFAULT_PARAGRAPH_CHARS,
    min_documents: int = 2,
    near: bool = True,
    boilerplate_share: float = DEFAULT_BOILERPLATE_SHARE,
    config: Config | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> RepeatedParagraphs:
    r"""Find the paragraphs that several documents have: menus, notices, scripts, clauses, quoted passages.

    A group is one paragraph with all its occurrences. Exact ones have the same text but for what folding drops, and
    the same numbers. Near ones have the same numbers too, and are near the text of the group by the rule of
    `neardup.find_duplicates`, which is applied to the different paragraphs of all documents, the longest first. A
    paragraph that is near but has other numbers says something else, and makes a group of its own.

    Parameters
    ----------
    texts, ids, text, id, threads
        See `neardup.find_duplicates`. Paragraphs are the stretches between line breaks.
    min_chars
        Shorter paragraphs are left out; in folded code points, in [1, 2**30].
    min_documents
        A group is reported if it stands in so many documents, at least 1; with 1, what one document repeats is too.
    near
        Whether near occurrences are looked for, which takes most of the time.
    boilerplate_share
        A group is boilerplate if it stands in at least this share of the documents, in (0, 1], and in 10 or more. The
        default is empirical: common clauses stand in up to 2.3 % of 4,935 laws, an advertising script in 4.1 % of
        11,675 pages of one news site; ``benchmarks/suites/paragraphs.py`` measures them. Of many sites together, a
        share that is right for one is far less of the whole.
    config
        All that decides about near ones; by default `neardup.Config` with the relations ``identical`` and ``near``.
        With ``contained``, a long paragraph takes in the short ones that it quotes. Its ``boilerplate`` is looked for
        like any other paragraph, and whatever its ``content``, all of a paragraph is compared.
    progress
        Called with a stage, what is done and all: with ``paragraphs`` for the documents, then as `find_duplicates`
        says, for the different paragraphs.

    Returns
    -------
    RepeatedParagraphs

    Raises
    ------
    TypeError, ValueError
        As `neardup.find_duplicates`.

    Notes
    -----
    Time is linear in the text. Memory, beyond the texts: about 200 bytes a paragraph, and with `near` 1 KB for each
    different one, as `find_duplicates` takes for a document. Equal hashes only point to what may be equal: the
    paragraphs themselves are compared. Of near ones some are missed, as there, and each is compared with one other
    only: those that say the same as a near one with other numbers are not looked for.

    Examples
    --------
    >>> found = find_repeated_paragraphs({
    ...     "甲": "重庆经开区加快培育龙头企业。\n声明：未经授权，禁止转载，违者必究其法律责任。",
    ...     "乙": "市图书馆新馆向读者开放。\n声明:未經授權,禁止轉載,違者必究其法律責任",
    ... })
    >>> group = found.groups[0]
    >>> group.text, group.documents
    ('声明：未经授权，禁止转载，违者必究其法律责任。', 2)
    >>> [(occurrence.id, occurrence.start, occurrence.kind) for occurrence in group.occurrences]
    [('甲', 15, 'exact'), ('乙', 13, 'exact')]
    """
    min_chars = check_int("min_chars", min_chars, high=MAX_CHARS)
    min_documents = check_int("min_documents", min_documents)
    boilerplate_share = check_share("boilerplate_share", boilerplate_share)
    config = Config(relations=("identical", "near")) if config is None else chosen_config(config)
    documents = read_documents(texts, ids, text=text, id=id, may_skip=False)
    report = progress or (lambda *_: None)
    report("paragraphs", 0, len(documents.ids))
    paragraphs = _find(documents.texts, min_chars, threads)
    classes, first = _classes(paragraphs)
    report("paragraphs", len(documents.ids), len(documents.ids))
    joined = _joined(paragraphs, first, config, threads, report) if near else _alone(len(first))

    heads, rows, offsets, in_documents = _groups(joined.head[classes], paragraphs.document, min_documents)
    return RepeatedParagraphs(
        ids=documents.ids,
        config=config,
        min_chars=min_chars,
        min_documents=min_documents,
        boilerplate_share=boilerplate_share,
        cuts=joined.cuts,
        texts=paragraphs.read(first[heads]),
        chars=paragraphs.chars[first[heads]].astype(np.int64),
        documents=in_documents,
        offsets=offsets,
        document=paragraphs.document[rows],
        spans=paragraphs.spans[rows],
        hashes=paragraphs.hashes[rows],
        relation=joined.relation[classes[rows]],
        compared=joined.compared[classes[rows]],
        evidence=joined.evidence,
        digests=paragraphs.digests,
    )


def _find(texts: Column, min_chars: int, threads: int | None) -> _Paragraphs:
    folding = folding_table().opened
    offsets, spans, chars, hashes, digests = kernels.paragraphs(texts, folding, min_chars, thread_count(threads))
    document = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    return _Paragraphs(texts, document, spans, chars, hashes, digests)


def _classes(paragraphs: _Paragraphs) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give numbers to the classes of equal paragraphs, in the order in which they begin.

    Returns
    -------
    classes, first
        Of each paragraph its class; of each class its first paragraph.
    """
    _, start, group, count = np.unique(paragraphs.hashes, return_index=True, return_inverse=True, return_counts=True)
    labels = start[group]
    rows = np.flatnonzero(count[group] > 1)
    # Most are written alike, and then need not be folded again.
    written: dict[str, int] = {}
    which = np.array([written.setdefault(text, len(written)) for text in paragraphs.read(rows)], np.int64)
    row_of = rows[np.unique(which, return_index=True)[1]]
    spellings = np.bincount(group[row_of], minlength=len(start))
    label_of = labels[row_of]
    several = np.flatnonzero(spellings[group[row_of]] > 1)
    spelled = list(written)
    opened = text_column([spelled[number] for number in several.tolist()])
    first_alike = kernels.content_classes(opened, folding_table().opened, np.arange(len(several)), 1)
    label_of[several] = row_of[several][first_alike]
    labels[rows] = label_of[which]
    first, classes = np.unique(labels, return_inverse=True)
    return classes, first


def _joined(
    paragraphs: _Paragraphs, first: NDArray[np.int64], config: Config, threads: int | None, progress: Progress
) -> _Joined:
    """Apply the survivor rule to one paragraph of each class, and join those that have the same numbers."""
    texts = paragraphs.read(first)
    found = resolve(
        text_column(texts),
        _names(paragraphs.hashes[first], texts),
        replace(config, content="all"),  # as their hashes are
        keep="longest",
        priority=None,
        titles=text_column([NO_TITLE] * len(texts)),
        sketches=None,
        threads=threads,
        progress=progress,
    )
    match, relation, evidence = found.verdicts
    dropped = np.flatnonzero(Rule.of(config).drops[relation])
    pairs = zip(dropped.tolist(), match[dropped].tolist(), strict=True)
    rows = dropped[np.array([numerals(texts[row]) == numerals(texts[other]) for row, other in pairs], bool)]
    joined = _alone(len(first))
    joined.head[rows] = match[rows]
    joined.relation[rows] = relation[rows]
    joined.compared[rows] = np.arange(len(rows))
    return replace(joined, evidence=evidence[rows], cuts=Cuts(*found.cuts.tolist()))


def _groups(
    group: NDArray[np.int64], document: NDArray[np.int64], min_documents: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Put the groups in order that stand in enough documents.

    Parameters
    ----------
    group, document
        Of every paragraph.
    min_documents
        At least so many, and more than one paragraph.

    Returns
    -------
    groups, rows, offsets, documents
        Which groups; their paragraphs, and where those of each begin and the last ones end; in how many documents.
    """
    size = 1 + int(document.max(initial=0))
    in_documents = np.bincount(np.unique(group * size + document) // size)
    numbers, starts, count = np.unique(group, return_index=True, return_counts=True)
    is_group = (in_documents[numbers] >= min_documents) & (count > 1)
    chosen = numbers[is_group][np.lexsort((starts[is_group], -in_documents[numbers[is_group]]))]
    place = np.full(len(in_documents), -1)
    place[chosen] = np.arange(len(chosen))
    place_of = place[group]
    rows = np.argsort(place_of, kind="stable")[np.count_nonzero(place_of < 0) :]
    offsets = np.cumsum(np.bincount(place_of[rows] + 1, minlength=len(chosen) + 1))
    return chosen, rows, offsets, in_documents[chosen]


def _alone(size: int) -> _Joined:
    """Leave every class by itself."""
    return _Joined(
        head=np.arange(size),
        relation=np.full(size, RELATIONS.index("identical"), np.uint8),
        compared=np.full(size, -1),
        evidence=np.empty((0, len(Evidence.__slots__))),
        cuts=Cuts(0, 0, 0),
    )


def _names(hashes: NDArray[np.uint64], texts: list[str]) -> list[str]:
    """Give ids to different paragraphs, by which the survivor rule breaks ties: they do not depend on the order."""
    names = [f"{value:016x}" for value in hashes.tolist()]
    _, group, count = np.unique(hashes, return_inverse=True, return_counts=True)
    for row in np.flatnonzero(count[group] > 1).tolist():
        names[row] += f" {' '.join(numerals(texts[row]))} {fold(texts[row]).text}"
    return names
