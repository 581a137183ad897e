"""Simplified and Traditional characters: articles found again once OpenCC has converted them.

Articles of the corpus, none a duplicate of another by neardup, stand in one list with their conversions of one kind.
``found`` is the share of the articles of which a tool drops one of the two; conversions that change nothing are left
out. s2t changes characters, s2tw and s2hk choose the variants of Taiwan and Hong Kong, s2twp also replaces words by
those that Taiwan uses. It needs the package ``opencc``; without it there is one row that says so. A corpus should be in
Simplified characters.

The second table says what neardup calls the conversions that it drops, relation by relation, and what share of all has
a Jaccard, or a containment of the smaller set, of 0.8 or more, exactly counted: more can hardly be found. There the
articles come first and are kept (``keep="first"``); ``other`` is dropped for another article or kept.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

import neardup
from benchmarks.reports import Chart, Column, Headline, Report, Table
from benchmarks.rounds import BASE, TOOL, Tools, headline
from benchmarks.setting import DOCUMENTS, PAGES, TOOLS, Setting, Suite
from benchmarks.versions import THRESHOLD, VersionPairs, similarities
from neardup.relations import RELATIONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from neardup.results import Duplicates

CONVERSIONS = ("s2t", "s2tw", "s2twp", "s2hk")
MISSING = "the conversions need the package opencc: pip install opencc"


def run(setting: Setting) -> Report:
    """Measure."""
    name = setting.corpus.name
    if find_spec("opencc") is None:
        row = {"name": BASE, "tool": "all", "note": MISSING}
        return Report("scripts", name, (Table("tools", "Conversions found again.", (TOOL,), (row,)),))
    found = neardup.find_duplicates(setting.corpus.texts)
    kept = np.flatnonzero(~found.is_duplicate & ~found.is_empty)[: 4 * setting.pages]
    texts = [setting.corpus.texts[i] for i in kept.tolist()]
    versions = {conversion: converted(texts, conversion) for conversion in CONVERSIONS}
    rows: dict[str, dict[str, Any]] = {}
    with Tools(setting, "drops") as tools:
        for conversion, others in versions.items():
            changed = [i for i, (one, other) in enumerate(zip(texts, others, strict=True)) if one != other]
            pairs = [texts[i] for i in changed], [others[i] for i in changed]
            tools.load([*pairs[0], *pairs[1]])
            for key, done in tools.take_turns(1, keep=True, threshold=setting.threshold).items():
                if done:
                    dropped = np.array(done[0].result, np.bool_).reshape(2, -1)
                    rows.setdefault(key, {})[conversion] = float(dropped.any(axis=0).mean()) if changed else 1.0
        by_tool = tuple(tool.row() | rows.get(tool.name, {}) for tool in tools.all)
    columns = (TOOL, *(Column(conversion, conversion, ".3f") for conversion in CONVERSIONS))
    caption = (
        f"Share of {len(texts)} articles that are found again in their conversion, threshold {setting.threshold:g}."
    )
    chart = Chart(
        "words",
        "tools",
        "bars",
        "Found again in Traditional characters with Taiwan's words",
        "tool",
        ("s2twp",),
        "share of articles found again; more is better",
        "",
        share=True,
    )
    return Report(
        "scripts",
        name,
        (Table("tools", caption, columns, by_tool), _relations(texts, versions)),
        (chart,),
        (Headline("articles found again in Traditional (s2t), share", ".3f", headline(by_tool, "s2t"), False),),
        tools.notes,
        {"versions": tools.versions},
    )


def converted(texts: Sequence[str], conversion: str) -> list[str]:
    """Convert texts."""
    from opencc import OpenCC

    converter = OpenCC(conversion)
    return [converter.convert(text) for text in texts]


def found_again(found: Duplicates, count: int) -> NDArray[np.bool_]:
    """Tell for every document after the first `count` whether it was dropped for its original's survivor.

    The documents are `count` originals, and as many conversions of each kind after them, in the same order.
    """
    survivor = np.where(found.is_duplicate, found.match, np.arange(len(found)))
    again: NDArray[np.bool_] = survivor[count:] == np.tile(survivor[:count], (len(found) - count) // max(1, count))
    return again


def _relations(texts: Sequence[str], versions: dict[str, list[str]]) -> Table:
    names = [name for name in RELATIONS if name]
    numbers = np.arange(len(texts))
    pairs = VersionPairs(numbers, numbers + len(texts), np.full(len(texts), "all"))
    rows = []
    for conversion, others in versions.items():
        changed = np.array([a != b for a, b in zip(texts, others, strict=True)], np.bool_)
        result = neardup.find_duplicates([*texts, *others], keep="first")
        again = found_again(result, len(texts))
        of_kept = changed & ~result.is_duplicate[: len(texts)]
        relations = result.relation[len(texts) :][of_kept & again]
        alike = np.maximum(*similarities([*texts, *others], pairs)) >= THRESHOLD
        row: dict[str, Any] = {"conversion": conversion, "changed": int(changed.sum())}
        row |= {
            key: float(np.mean(flags[changed])) if changed.any() else 1.0
            for key, flags in (("found", again), ("alike", alike))
        }
        row |= {name: int((relations == RELATIONS.index(name)).sum()) for name in names}
        rows.append(row | {"other": int((of_kept & ~again).sum())})
    columns = (
        Column("conversion", "conversion"),
        Column("changed", "changed", ",d"),
        Column("found", "found", ".4f"),
        *(Column(name, name, ",d") for name in names),
        Column("other", "other", ",d"),
        Column("alike", "alike", ".4f"),
    )
    return Table("relations", "What neardup calls the conversions.", columns, tuple(rows))


SUITE = Suite(run, (*DOCUMENTS, *TOOLS, PAGES))
