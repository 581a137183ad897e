"""Repeated paragraphs: what is found, whether it is right, what it costs, and what is boilerplate.

The exact groups are compared with a plain dict of folded paragraphs and their numbers, and every near occurrence with
its group on the sets of shingles; ``wrong`` must be 0. The least time of all rounds counts. Memory is what the process
came to hold at its peak beyond what it held with all texts read; only Linux says so much.

The tables of groups show what the default share of boilerplate rests on: how many groups stand in so much of the
documents, and which. ``--find TEXT`` says whether a paragraph that has this text is found.
"""

from __future__ import annotations

from collections import defaultdict
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.peers.worker import memory, settle
from benchmarks.reports import Column, Report, Table
from benchmarks.setting import DOCUMENTS, ROUNDS, SHOW, THREADS, Option, Suite
from benchmarks.tables import preview
from neardup import find_repeated_paragraphs, shingles
from neardup._backend import kernels
from neardup.folding import folding_table
from neardup.numerals import numerals
from neardup.paragraphs.find import DEFAULT_PARAGRAPH_CHARS
from neardup.relations import RELATIONS
from neardup.segmentation import paragraphs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.setting import Setting
    from neardup import RepeatedParagraphs

SHARES = (0.002, 0.005, 0.01, 0.02, 0.03, 0.05)
COST = (
    Column("search", "search"),
    Column("least_s", "least, s", ".3f"),
    Column("rate", "M code points/s", ",.1f"),
    Column("memory_mib", "memory, MiB", ",.0f"),
    *(Column(key, key, ",d") for key in ("groups", "occurrences", "near", "wrong", "cuts")),
)
SHARE = (Column("share", "in a share of", "g"), Column("groups", "groups", ",d"))
LARGEST = (
    Column("text", "text"),
    Column("documents", "documents", ",d"),
    Column("share", "share", ".2%"),
    Column("boilerplate", "boilerplate"),
)
WANTED = (
    Column("text", "text"),
    Column("groups", "groups", ",d"),
    Column("documents", "documents of the largest", ",d"),
    Column("boilerplate", "boilerplate", ",d"),
)


def run(setting: Setting) -> Report:
    """Measure."""
    texts = setting.corpus.texts
    points, least = sum(map(len, texts)), setting.paragraph_chars
    expected = counted(texts, least)
    rows = []
    for near in (False, True):
        found, seconds, held = timed(texts, setting.rounds, near=near, min_chars=least, threads=setting.threads)
        rows.append(
            {
                "search": "exact and near" if near else "exact",
                "least_s": seconds,
                "rate": points / seconds / 1e6,
                "memory_mib": held / 2**20,
                "groups": len(found),
                "occurrences": len(found.document),
                "near": int((found.relation != RELATIONS.index("identical")).sum()),
                "wrong": wrong_near(found, texts) if near else wrong_groups(found, expected),
                "cuts": found.cuts.documents,
            }
        )
    share = found.documents / len(texts)
    shares = tuple({"share": least, "groups": int((share >= least).sum())} for least in SHARES)
    caption = f"The groups of most documents; without boilerplate: {found.remove(texts)}"
    tables = [
        Table("cost", "Repeated paragraphs, beside a plain count.", COST, tuple(rows)),
        Table("shares", "How many groups stand in a share of the documents.", SHARE, shares),
        Table("groups", caption, LARGEST, tuple(_largest(found, len(texts), setting.show))),
    ]
    if setting.find:
        wanted = tuple(_wanted(found, text) for text in setting.find)
        tables.append(Table("wanted", "Paragraphs that were looked for.", WANTED, wanted))
    failures = tuple(
        f"{row['search']}: {row['wrong']:,} groups or occurrences are wrong" for row in rows if row["wrong"]
    )
    return Report("paragraphs", setting.corpus.name, tuple(tables), failures=failures)


def _largest(found: RepeatedParagraphs, documents: int, count: int) -> list[dict[str, Any]]:
    return [
        {
            "text": preview(group.text),
            "documents": group.documents,
            "share": group.documents / documents,
            "boilerplate": "yes" if group.is_boilerplate else "no",
        }
        for group in found.groups[:count]
    ]


def _wanted(found: RepeatedParagraphs, text: str) -> dict[str, Any]:
    groups = [group for group in found.groups if text in group.text]
    return {
        "text": text,
        "groups": len(groups),
        "documents": max((group.documents for group in groups), default=0),
        "boilerplate": sum(group.is_boilerplate for group in groups),
    }


def counted(texts: Sequence[str], min_chars: int) -> set[frozenset[tuple[int, int]]]:
    """Group equal paragraphs of two documents or more in a dict: of each group the documents and starts."""
    folding = folding_table().opened
    groups = defaultdict(list)
    for row, text in enumerate(texts):
        spans = paragraphs(text).tolist()
        pieces = [text[start:stop] for start, stop in spans]
        codes, offsets = kernels.fold_texts(kernels.Texts(pieces), folding, 1)
        for i, (start, _) in enumerate(spans):
            folded = codes[offsets[i] : offsets[i + 1]]
            if len(folded) >= min_chars:
                groups[folded.tobytes(), tuple(numerals(pieces[i]))].append((row, start))
    return {frozenset(where) for where in groups.values() if len({row for row, _ in where}) > 1}


def wrong_groups(found: RepeatedParagraphs, expected: set[frozenset[tuple[int, int]]]) -> int:
    """Count the exact groups that a plain count has not, and the other way round."""
    places = np.stack([found.document, found.spans[:, 0]], axis=1).tolist()
    groups = {
        frozenset(map(tuple, places[start:stop]))
        for start, stop in zip(found.offsets[:-1].tolist(), found.offsets[1:].tolist(), strict=True)
    }
    return len(groups ^ expected)


def wrong_near(found: RepeatedParagraphs, texts: Sequence[str]) -> int:
    """Count the near occurrences that are not as alike as they say, or have other numbers."""
    wrong = 0
    position = {id_: row for row, id_ in enumerate(found.ids)}
    for group in found.groups:
        head = set(shingles(group.text).tolist())
        numbers = numerals(group.text)
        for occurrence in group.occurrences:
            if occurrence.kind == "near":
                text = texts[position[occurrence.id]][occurrence.start : occurrence.stop]
                own = set(shingles(text).tolist())
                jaccard = len(own & head) / len(own | head)
                is_near = occurrence.score == jaccard >= found.config.threshold
                wrong += not is_near or numerals(text) != numbers
    return wrong


def timed(texts: Sequence[str], rounds: int, **options: object) -> tuple[RepeatedParagraphs, float, int]:
    """Give what is found, the least time of some rounds, and the memory of the first."""
    before = settle()
    times = []
    for turn in range(rounds):
        started = perf_counter()
        found = find_repeated_paragraphs(texts, **options)  # type: ignore[arg-type]
        times.append(perf_counter() - started)
        if turn == 0:
            held = max(0, memory("VmHWM") - before)
    return found, min(times), held


PARAGRAPH_CHARS = Option("--paragraph-chars", "the shortest that count", DEFAULT_PARAGRAPH_CHARS, int, "N")
FIND = Option("--find", "look for paragraphs that have these texts", (), metavar="TEXT", nargs="+")

SUITE = Suite(run, (*DOCUMENTS, ROUNDS, THREADS, PARAGRAPH_CHARS, SHOW.by_default(10), FIND))
