"""Versions of one thing: how many are found of pairs that are so by provenance, kind by kind.

``--pairs`` is a table as `benchmarks.versions` describes it. For each kind:

- ``alike``: pairs for which the rule holds by their sets: Jaccard or the containment of the smaller at or above 0.8.
  Versions of one thing need not be alike; what is found of the others is chance, or the work of a third document.
- ``candidates``: pairs that share a band, or so many anchors that they are compared; the limits of lists aside.
- ``one cluster``: pairs that `neardup.find_duplicates` leaves with one survivor; ``of alike``: of those alike.
- ``third``: pairs that are alike and not in one cluster, since one of them at least went in favour of a third document.
  ``both kept``: those that are both kept. The shorter text can have the larger set: then it contains an earlier
  survivor and is kept by the rule; else the pair is missed.
- ``templates``: those of both kept that neardup's rules call a template or an overlap, compared by themselves.
- ``find_pairs``: what `neardup.find_pairs` reports at 0.8; ``near``: how many have that Jaccard.
- ``datasketch``: what the LSH of datasketch finds at 0.8 with the bands of its own choice, of the 5-grams of raw texts;
  it needs the package ``xxhash``.

``--show N`` lists pairs of each kind that are not in one cluster, and what became of the two: those that are both kept
first, then the most alike.
"""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

import neardup
from benchmarks.judge import is_kept_by_rule
from benchmarks.reports import Column, Report, Table
from benchmarks.setting import DOCUMENTS, SHOW, VERSIONS, Suite
from benchmarks.versions import NGRAM, THRESHOLD, VersionPairs, candidates, one_cluster, similarities
from neardup.config import Config
from neardup.relations import RELATIONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from benchmarks.setting import Setting
    from neardup.results import Duplicates

SHARES = ("alike", "candidates", "one cluster")
FINDERS = ("near", "find_pairs", "datasketch")
COLUMNS = (
    Column("kind", "kind"),
    Column("pairs", "pairs", ",d"),
    *(Column(name, name, ".3f", of="pairs") for name in SHARES),
    Column("alike pairs", "alike pairs", ",d"),
    Column("of alike", "of alike", ".3f", of="alike pairs"),
    *(Column(name, name, ",d") for name in ("third", "both kept", "templates")),
    *(Column(name, name, ".3f", of="pairs") for name in FINDERS),
)
EXAMPLES = (
    Column("kind", "kind"),
    Column("jaccard", "Jaccard", ".3f"),
    Column("containment", "containment", ".3f"),
    Column("candidate", "candidate"),
    *(
        Column(f"{side}_{key}", f"{side}{title}")
        for side in ("one", "other")
        for key, title in (("id", ""), ("fate", ": fate"))
    ),
)


def run(setting: Setting) -> Report:
    """Measure."""
    corpus = setting.corpus
    pairs, texts = VersionPairs.of(corpus, setting.pairs), corpus.texts
    config = Config(threshold=THRESHOLD, min_containment=THRESHOLD)
    jaccard, containment = similarities(texts, pairs)
    alike = np.maximum(jaccard, containment) >= THRESHOLD
    found = neardup.find_duplicates(texts, ids=corpus.ids, config=config, threads=1)
    together = one_cluster(found, pairs)
    flags = {
        "alike": alike,
        "candidates": candidates(texts, pairs, config),
        "one cluster": together,
        "near": jaccard >= THRESHOLD,
        "find_pairs": reported(texts, pairs),
    }
    if find_spec("xxhash"):
        flags["datasketch"] = datasketch_finds(texts, pairs)
    dropped = found.is_duplicate[pairs.left] | found.is_duplicate[pairs.right]
    kept = alike & ~together & ~dropped
    template = np.zeros(len(pairs), np.bool_)
    for i in np.flatnonzero(kept).tolist():
        template[i] = is_kept_by_rule(texts[pairs.left[i]], texts[pairs.right[i]], config)
    counts = {"alike pairs": alike, "third": alike & ~together & dropped, "both kept": kept, "templates": template}
    rows, examples = [], []
    for kind in sorted(set(pairs.kind.tolist())):
        of_kind = pairs.kind == kind
        row: dict[str, Any] = {"kind": kind, "pairs": int(of_kind.sum())}
        row |= {key: float(each[of_kind].mean()) for key, each in flags.items()}
        row |= {key: int(each[of_kind].sum()) for key, each in counts.items()}
        row["of alike"] = float(together[of_kind & alike].mean()) if row["alike pairs"] else None
        rows.append(row)
        missed = np.flatnonzero(of_kind & ~together)
        likeness = np.maximum(jaccard, containment)[missed]
        missed = missed[np.lexsort((-likeness, dropped[missed] | ~alike[missed]))]
        for i in missed[: setting.show].tolist():
            one, other = int(pairs.left[i]), int(pairs.right[i])
            example = {"kind": kind, "jaccard": float(jaccard[i]), "containment": float(containment[i])}
            example |= {"candidate": "yes" if flags["candidates"][i] else "no"}
            for side, at in (("one", one), ("other", other)):
                example |= {f"{side}_id": f"{corpus.ids[at]} ({len(texts[at])})", f"{side}_fate": fate(found, at)}
            examples.append(example)
    tables = [
        Table("kinds", f"{len(pairs):,} pairs by provenance among {len(texts):,} documents.", COLUMNS, tuple(rows))
    ]
    if setting.show:
        caption = "Pairs that are not in one cluster, and their code points."
        tables.append(Table("examples", caption, EXAMPLES, tuple(examples)))
    return Report("provenance", corpus.name, tuple(tables))


def reported(texts: Sequence[str], pairs: VersionPairs) -> NDArray[np.bool_]:
    """Tell which pairs `find_pairs` reports, those of documents identical to reported ones too."""
    found = neardup.find_pairs(texts, threshold=THRESHOLD, threads=1)
    known = set(zip(found.left.tolist(), found.right.tolist(), strict=True))
    first = found.first.tolist()

    def is_known(left: int, right: int) -> bool:
        one, other = sorted((first[left], first[right]))
        return one == other or (one, other) in known

    return pairs.each(is_known)


def datasketch_finds(texts: Sequence[str], pairs: VersionPairs) -> NDArray[np.bool_]:
    """Tell which pairs datasketch's LSH finds."""
    import datasketch
    import xxhash

    encoded = ([text[i : i + NGRAM].encode() for i in range(len(text) - NGRAM + 1)] for text in texts)
    found = datasketch.MinHash.bulk(encoded, num_perm=128, hashfunc=xxhash.xxh32_intdigest)
    lsh = datasketch.MinHashLSH(threshold=THRESHOLD, num_perm=128)
    for i in sorted({*pairs.left.tolist(), *pairs.right.tolist()}):
        if not found[i].is_empty():
            lsh.insert(i, found[i])
    answers = {left: set(lsh.query(found[left])) for left in set(pairs.left.tolist())}
    return pairs.each(lambda left, right: right in answers[left] and not found[left].is_empty())


def fate(found: Duplicates, position: int) -> str:
    """Say what became of a document."""
    if found.is_empty[position]:
        return "empty"
    if found.is_duplicate[position]:
        return f"dropped for {found.ids[found.match[position]]}"
    if found.match[position] >= 0:
        return f"kept, {RELATIONS[found.relation[position]]} {found.ids[found.match[position]]}"
    return "kept"


SUITE = Suite(run, (*DOCUMENTS, replace(VERSIONS, required=True), SHOW))
