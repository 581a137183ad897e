"""Make a corpus of families of near-duplicates with known truth, and write it to ``--out``.

`benchmarks.families` makes the documents, of sentences of ``--corpus`` or, without one, of pseudo-Chinese; its
docstring says what the fields of the JSON lines mean. The table counts what was made.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, replace
from time import perf_counter
from typing import TYPE_CHECKING

from benchmarks.families import WORLDS, World, documents
from benchmarks.members import KINDS
from benchmarks.reports import Column, Report, Table
from benchmarks.sentences import PseudoChinese, SentencePool
from benchmarks.setting import DOCUMENTS, MADE, Option, Suite

if TYPE_CHECKING:
    from benchmarks.sentences import Sentences
    from benchmarks.setting import Setting

COLUMNS = (
    Column("kind", "kind"),
    Column("documents", "documents", ",d"),
    Column("chars", "code points", ",d"),
)
FORM = ("chars", "fact_share", "edits", "excerpt", "extension")


def run(setting: Setting) -> Report:
    """Make and write."""
    corpus = setting.corpus
    source: Sentences = PseudoChinese.from_seed() if corpus.name == MADE else SentencePool.from_texts(corpus.texts)
    stop = setting.documents if setting.stop is None else setting.stop
    numbers = range(setting.start, stop)
    made: Counter[str] = Counter()
    chars: Counter[str] = Counter()
    start = perf_counter()
    with (setting.out / f"families-{corpus.name}.jsonl").open("w", encoding="utf-8") as file:
        for each in documents(source, setting.documents, world=world(setting), seed=setting.seed, numbers=numbers):
            file.write(json.dumps(asdict(each), ensure_ascii=False) + "\n")
            made[each.kind] += 1
            chars[each.kind] += len(each.text)
    seconds = perf_counter() - start
    rows = tuple({"kind": kind, "documents": made[kind], "chars": chars[kind]} for kind in sorted(made))
    caption = (
        f"{made.total():,} documents of {chars.total() / max(1, made.total()):.0f} code points on average in "
        f"{seconds:.1f} s: {made.total() / seconds:,.0f} documents a second."
    )
    return Report("families", corpus.name, (Table("kinds", caption, COLUMNS, rows),))


def world(setting: Setting) -> World:
    """Change the world that was chosen as the options say."""
    chosen = WORLDS[setting.world]
    form = {name: value for name in FORM if (value := getattr(setting, name)) is not None}
    form = {name: tuple(value) if isinstance(value, list) else value for name, value in form.items()}
    changes = {"exponent": setting.exponent, "max_family": setting.max_family, "mix": setting.mix and dict(setting.mix)}
    given = {name: value for name, value in changes.items() if value is not None}
    return replace(chosen, form=replace(chosen.form, **form), **given)


def _weight(value: str) -> tuple[str, float]:
    name, _, weight = value.partition("=")
    return name, float(weight)


_RANGE = ("LEAST", "MOST")

SUITE = Suite(
    run,
    (
        *DOCUMENTS,
        Option("--documents", "how many the corpus has", 10_000, int, "N"),
        Option("--world", "what is changed by the options that follow", "mixed", choices=tuple(WORLDS)),
        Option("--start", "the first document to write", 0, int, "N"),
        Option("--stop", "the first document not to write", None, int, "N"),
        Option("--exponent", "of the sizes of families, above 1", None, float),
        Option("--max-family", "documents in a family at most", None, int, "N"),
        Option("--mix", f"kinds of members: {', '.join(KINDS)}", None, _weight, "KIND=WEIGHT", "+"),
        Option("--chars", "code points in a base, about", None, int, "N"),
        Option("--fact-share", "of the sentences that state a fact", None, float, "SHARE"),
        Option("--edits", "share of letters edited in near copies", None, float, _RANGE, 2),
        Option("--excerpt", "share of the base in excerpts", None, float, _RANGE, 2),
        Option("--extension", "what extensions add, as a share of the base", None, float, _RANGE, 2),
    ),
)
