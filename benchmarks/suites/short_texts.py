"""Short texts, headlines and poems: what is found, and what the sum of terms keeps.

With ``--pairs``, versions of one poem by provenance (`benchmarks.versions`): of those that are alike, by the Jaccard
similarity or the containment of the smaller set at or above 0.8, how many are compared and how many end in one family,
with the default bands and with others, with the sum of terms (`neardup.relations`) and by the sets alone. What the sum
keeps apart are versions that differ in a word or a numeral.

Then the first lines of the documents, if they are short; how many are what to another one, with the sum and without.
``--show N`` lists some of those that only the sum keeps, to read: a line about another person or session is kept
rightly.
"""

from __future__ import annotations

from time import process_time
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.reports import Column, Report, Table
from benchmarks.setting import DOCUMENTS, SHOW, VERSIONS, Suite
from benchmarks.versions import THRESHOLD, VersionPairs, candidates, one_cluster, similarities
from neardup import Config, compare, find_duplicates, fold, reason
from neardup.config import MAX_WEIGHT
from neardup.relations import RELATIONS

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.setting import Corpus, Setting

CONFIGS = {
    "default": Config(),
    "25 bands of 5": Config(bands=25, rows=5),
    "32 bands of 4": Config(bands=32, rows=4),
    "anchors one in 8": Config(anchor_one_in=8),
}
SHORT_CHARS = 60
"""First lines of fewer folded characters count."""

NAMES = list(map(str, RELATIONS[1:]))
VERSION_COLUMNS = (
    Column("config", "config"),
    Column("alike", "alike pairs", ",d"),
    Column("compared", "compared", ".3f", of="alike"),
    Column("one family", "one family", ".3f", of="alike"),
    Column("dropped", "dropped", ",d"),
    Column("seconds", "seconds", ".3f"),
)
HEADLINE_COLUMNS = (Column("how", "decided by"), *(Column(name, name, ",d") for name in NAMES))
EXAMPLE_COLUMNS = tuple(Column(key, key) for key in ("reason", "one", "other"))


def run(setting: Setting) -> Report:
    """Measure."""
    corpus = setting.corpus
    tables = [versions(corpus, setting.pairs)] if setting.pairs else []
    return Report("short_texts", corpus.name, (*tables, *headlines(corpus, setting.show)))


def by_sets(config: Config) -> Config:
    """Give a config by which all that is alike is a copy, whatever the sum."""
    return config.with_overrides(min_score=-MAX_WEIGHT)


def versions(corpus: Corpus, table: Path) -> Table:
    """Say what is found of the pairs of a corpus."""
    texts, pairs = corpus.texts, VersionPairs.of(corpus, table)
    alike = np.maximum(*similarities(texts, pairs)) >= THRESHOLD
    rows = []
    for name, config in CONFIGS.items():
        compared = candidates(texts, pairs, config)
        for how, chosen in (("", config), (", by the sets alone", by_sets(config))):
            started = process_time()
            found = find_duplicates(texts, ids=corpus.ids, config=chosen, threads=1)
            row = {"config": name + how, "seconds": process_time() - started, "alike": int(alike.sum())}
            shares = {"compared": compared, "one family": one_cluster(found, pairs)}
            row |= {key: float(flags[alike].mean()) if alike.any() else 1.0 for key, flags in shares.items()}
            rows.append(row | {"dropped": int(found.is_duplicate.sum())})
    caption = f"Of {len(pairs):,} pairs {alike.sum():,} are alike."
    return Table("versions", caption, VERSION_COLUMNS, tuple(rows))


def headlines(corpus: Corpus, show: int) -> list[Table]:
    """Say what the short first lines of a corpus are to each other, and which the sum alone keeps."""
    first_lines = (text.strip().split("\n")[0].strip() for text in corpus.texts)
    texts = list(dict.fromkeys(line for line in first_lines if len(fold(line)) < SHORT_CHARS))
    config = CONFIGS["32 bands of 4"]
    summed, plain = (find_duplicates(texts, config=chosen) for chosen in (config, by_sets(config)))
    rows = [
        {"how": name}
        | dict(zip(NAMES, np.bincount(found.relation, minlength=len(RELATIONS))[1:].tolist(), strict=True))
        for name, found in (("sum", summed), ("sets alone", plain))
    ]
    kept = np.flatnonzero(plain.is_duplicate & ~summed.is_duplicate)
    examples = []
    for row in np.random.default_rng(1).permutation(kept)[:show].tolist():
        one, other = texts[row], texts[int(plain.match[row])]
        examples.append({"reason": reason(compare(one, other, config=config)), "one": one, "other": other})
    caption = (
        f"{len(texts):,} different first lines of fewer than {SHORT_CHARS} folded characters; "
        f"{len(kept):,} are kept by the sum alone."
    )
    tables = [Table("headlines", caption, HEADLINE_COLUMNS, tuple(rows))]
    shown = Table("examples", "Some that the sum alone keeps.", EXAMPLE_COLUMNS, tuple(examples))
    return [*tables, shown] if show else tables


SUITE = Suite(run, (*DOCUMENTS, VERSIONS, SHOW))
