"""Boilerplate: how the duplicates of a corpus change when its boilerplate is found and left out.

For every relation: how many documents have it before and after; and how many change from one to another, or to another
survivor with the same relation. Least times of all rounds, the second with the search for boilerplate. With
``--pairs``, versions of one thing (`benchmarks.versions`): how many documents are dropped in favour of their own
version, how many for something else, which is wrong for most, and how many pairs end in one family.

``--show N`` lists some of the paragraphs, and some documents of every change, with what was measured before and after,
and how the two texts begin without the boilerplate.
"""

from __future__ import annotations

from collections import defaultdict
from time import perf_counter
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from benchmarks.reports import Column, Report, Table
from benchmarks.setting import DOCUMENTS, ROUNDS, SHOW, VERSIONS, Suite
from benchmarks.tables import preview
from benchmarks.versions import VersionPairs, one_cluster
from neardup import compare, find_duplicates, reason
from neardup.boilerplate import without_boilerplate
from neardup.inputs import text_column, texts_at
from neardup.relations import RELATIONS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.reports import Row
    from benchmarks.setting import Corpus, Setting
    from neardup import Duplicates

WANTED: dict[str, Literal["auto"] | None] = {"whole": None, "without": "auto"}
NAMES = [relation or "none" for relation in RELATIONS]
RELATION_COLUMNS = (
    Column("texts", "texts"),
    *(Column(name, name, ",d") for name in NAMES),
    Column("dropped", "dropped", ",d"),
    Column("least_s", "least, s", ".2f"),
)
VERSION_COLUMNS = (
    Column("texts", "texts"),
    Column("own", "own version", ",d"),
    Column("others", "something else", ",d"),
    Column("together", "pairs in one family", ",d"),
    Column("pairs", "of pairs", ",d"),
)
CHANGE_COLUMNS = (Column("change", "change"), Column("documents", "documents", ",d"))
PARAGRAPH_COLUMNS = (Column("documents", "documents", ",d"), Column("preview", "preview"))
EXAMPLE_COLUMNS = tuple(Column(key, key) for key in ("change", "document", "texts", "beside", "reason", "preview"))


def run(setting: Setting) -> Report:
    """Measure."""
    corpus = setting.corpus
    ids, texts = corpus.ids, corpus.texts
    found, rows = {}, []
    for name, wanted in WANTED.items():
        found[name], seconds = timed(ids, texts, wanted, setting.rounds)
        counts = np.bincount(found[name].relation, minlength=len(NAMES)).tolist()
        row = {"texts": name, "dropped": int(found[name].is_duplicate.sum()), "least_s": seconds}
        rows.append(row | dict(zip(NAMES, counts, strict=True)))
    before, after = found["whole"], found["without"]
    known = after.config
    own = texts_at(without_boilerplate(text_column(texts), known.boilerplate, 1), np.arange(len(texts)))
    with_some = sum(text != left for text, left in zip(texts, own, strict=True))
    gone = 1 - sum(map(len, own)) / max(1, sum(map(len, texts)))
    changed = changes(before, after)
    caption = (
        f"{len(known.boilerplate)} hashes of boilerplate; {with_some:,} documents have some, {gone:.1%} of the text."
    )
    tables = [
        Table("relations", caption, RELATION_COLUMNS, tuple(rows)),
        Table("changes", "What changes.", CHANGE_COLUMNS, tuple(_change_rows(before, after, changed))),
    ]
    if setting.pairs:
        pairs = VersionPairs.of(corpus, setting.pairs)
        judged = tuple({"texts": name} | versions(each, pairs) for name, each in found.items())
        tables.append(Table("versions", "Documents dropped for their own version.", VERSION_COLUMNS, judged))
    if setting.show:
        paragraphs = tuple(_paragraphs(after, setting.show))
        tables.append(Table("paragraphs", "Some of the paragraphs.", PARAGRAPH_COLUMNS, paragraphs))
        shown = tuple(_examples(corpus, own, found, changed, setting.show))
        tables.append(Table("examples", "Some documents of every change.", EXAMPLE_COLUMNS, shown))
    return Report("boilerplate", corpus.name, tuple(tables))


def timed(
    ids: Sequence[str], texts: Sequence[str], boilerplate: Literal["auto"] | None, rounds: int
) -> tuple[Duplicates, float]:
    """Give the duplicates, and the least time of some rounds."""
    times = []
    for _ in range(rounds):
        started = perf_counter()
        found = find_duplicates(texts, ids=ids, boilerplate=boilerplate, threads=1)
        times.append(perf_counter() - started)
    return found, min(times)


def versions(found: Duplicates, pairs: VersionPairs) -> dict[str, int]:
    """Count the documents dropped for their version and those for something else, and the pairs in one family."""
    known = {frozenset(pair) for pair in zip(pairs.left.tolist(), pairs.right.tolist(), strict=True)}
    dropped = np.flatnonzero(found.is_duplicate).tolist()
    own = sum(frozenset((row, int(found.match[row]))) in known for row in dropped)
    together = int(one_cluster(found, pairs).sum())
    return {"own": own, "others": len(dropped) - own, "together": together, "pairs": len(pairs)}


def changes(before: Duplicates, after: Duplicates) -> dict[str, list[int]]:
    """Give the documents of each change from one relation to another."""
    changed = defaultdict(list)
    for row, (one, other) in enumerate(zip(before.relation.tolist(), after.relation.tolist(), strict=True)):
        if one != other:
            changed[f"{NAMES[one]} to {NAMES[other]}"].append(row)
    return dict(sorted(changed.items()))


def _change_rows(before: Duplicates, after: Duplicates, changed: Mapping[str, Sequence[int]]) -> list[Row]:
    moved = (before.relation == after.relation) & (before.match != after.match)
    counts = {change: len(some) for change, some in changed.items()} | {
        "kept before, dropped now": int((~before.is_duplicate & after.is_duplicate).sum()),
        "dropped before, kept now": int((before.is_duplicate & ~after.is_duplicate).sum()),
        "the same, another survivor": int(moved.sum()),
    }
    return [{"change": change, "documents": count} for change, count in counts.items()]


def _paragraphs(found: Duplicates, show: int) -> list[Row]:
    listed = found.boilerplate or ()
    chosen = np.random.default_rng(1).permutation(len(listed))[:show].tolist()
    return [{"documents": listed[i].documents, "preview": preview(listed[i].text)} for i in sorted(chosen)]


def _examples(
    corpus: Corpus,
    own: Sequence[str],
    found: Mapping[str, Duplicates],
    changed: Mapping[str, Sequence[int]],
    show: int,
) -> list[dict[str, Any]]:
    rows = []
    for change, some in changed.items():
        for row in np.random.default_rng(1).permutation(some)[:show].tolist():
            rows.append({"change": change, "document": corpus.ids[row], "preview": preview(own[row])})
            for name, each in found.items():
                if (match := int(each.match[row])) >= 0:
                    said = reason(compare(corpus.texts[row], corpus.texts[match], config=each.config))
                    beside = {"texts": name, "beside": corpus.ids[match], "reason": said}
                    rows.append(rows[-1] | beside | {"preview": preview(own[match])})
    return rows


SUITE = Suite(run, (*DOCUMENTS, ROUNDS, VERSIONS, SHOW))
