"""Relations: how well copies are told from others, on pairs that people labelled, and how it is fitted.

``--labelled`` are files as `benchmarks.labelled_pairs` describes them; without one, pairs are made. Labels ``C`` (copy)
and ``U`` (update) are the same item, ``T`` (template) and ``O`` (other) are unlike; pairs that share an article share a
group. Pairs are *alike* if the sets alone would make one text a copy of the other: by `neardup.Config`, if the Jaccard
similarity or a containment is at least 0.8. Every pair is compared by itself, in either order; it is dropped if the
relation is ``near``, ``contained``, ``contains`` or ``identical``, and counts as the same item if it is a ``revision``
too. Intervals are 95 %, by bootstrap over groups.

Judged are the numbers of the config, and those that `benchmarks.fitting` fits: in nested cross-validation with folds by
group, several times, whose counts are averaged, and with each source left out. In both the weights and the limits are
chosen without the pairs that they judge, the limit of copies for ``--precision`` on the pairs that are fitted on, so
that others have less. The rounded numbers, for a person to put into the config, are fitted to all pairs: their row
flatters. Then each term is left out, and the others are fitted again; all pairs have a sum that was fitted without
them, and the recall is that of the lowest cut of these sums with the precision.

Then what a pair costs. Last, the labelled texts are put among the documents of the corpus: how many of the pairs that
are the same item are candidates and end in one family, and what has which relation. ``--show N`` lists wrong pairs, and
N matches of each relation to read.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from pathlib import Path
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.fitting import Fitted, Sample, fitted_without, held_out, recall_at, shuffled_folds
from benchmarks.labelled_pairs import f1, given_pairs, scores
from benchmarks.reports import Column, Report, Table
from benchmarks.setting import DOCUMENTS, LABELLED, SHOW, Option, Suite
from benchmarks.tables import preview
from neardup import Config, compare, find_duplicates, reason
from neardup._backend import kernels
from neardup.compare import LongShingles
from neardup.content import opened_table
from neardup.relations import Terms, conclude

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from benchmarks.labelled_pairs import Flags, LabelledPair
    from benchmarks.setting import Corpus, Setting
    from neardup.compare import Comparison

COPIES = frozenset({"identical", "near", "contained", "contains"})
SAME = COPIES | {"revision"}
FOLDS = 5
PRECISIONS = (0.95, 0.97)
"""At which the recall without a term is given."""

CONFIG_RULES, BY_GROUP, BY_SOURCE, ROUNDED = "config", "fitted, by group", "fitted, by source", "fitted to all, rounded"

WHO = (Column("rules", "numbers"), Column("of", "pairs of"))
ALIKE = (
    Column("alike_pairs", "alike", ",d"),
    Column("alike_duplicates", "the same", ",d"),
    Column("alike_precision", "precision (95 %)", ".3f", spread=True, of="alike_called"),
    Column("alike_recall", "recall (95 %)", ".3f", spread=True, of="alike_duplicates"),
    Column("alike_false_drops", "unlike dropped", ",.1f"),
    Column("alike_others", "of unlike", ",d"),
)
ALL = (
    Column("pairs", "pairs", ",d"),
    Column("duplicates", "the same", ",d"),
    Column("precision", "precision", ".3f", of="called"),
    Column("recall", "recall", ".3f", of="duplicates"),
    Column("f1", "F1 (95 %)", ".3f", spread=True, of="duplicates"),
    Column("same_f1", "F1 with revisions (95 %)", ".3f", spread=True, of="duplicates"),
)
NUMBERS = (
    Column("number", "number"),
    Column("config", "config", ".2f"),
    Column("rounded", "fitted to all, rounded", ".2f"),
    Column("least", "least with a source left out", ".2f"),
    Column("most", "most", ".2f"),
)
WITHOUT = (
    Column("without", "left out"),
    *(Column(f"recall_{each}", f"recall at precision {each}", ".3f") for each in PRECISIONS),
    Column("same_f1", "F1 with revisions", ".3f"),
)
COST = (Column("work", "work"), Column("us", "microseconds", ".1f"), Column("ns_per_char", "ns a character", ".1f"))
FAMILIES = (
    Column("which", "labelled the same"),
    Column("duplicates", "pairs", ",d"),
    Column("candidates", "candidates", ".3f", of="duplicates"),
    Column("together", "in one family", ".3f", of="duplicates"),
)
FOUND = (Column("relation", "relation"), Column("documents", "documents", ",d"))
MATCHES = tuple(Column(key, key) for key in ("relation", "reason", "one", "other"))
WRONG = tuple(Column(key, key) for key in ("source", "label", "relation", "sum", "reason", "one", "other"))


@dataclass(frozen=True)
class Study:
    """Labelled pairs, and what is measured on them."""

    pairs: Sequence[LabelledPair]
    config: Config
    precision: float
    seeds: int
    found: Sequence[Comparison] = field(repr=False)

    @classmethod
    def of(cls, pairs: Sequence[LabelledPair], config: Config, *, precision: float, seeds: int) -> Study:
        """Compare the texts of every pair.

        Raises
        ------
        ValueError
            If a text is empty, which names the pair; or there are not two groups, to fit on one and judge the other.
        """
        found = [compare(pair.one, pair.other, config=config) for pair in pairs]
        empty = [number for number, each in enumerate(found, start=1) if each.evidence is None]
        if empty:
            raise ValueError(f"labelled pair {empty[0]}: a text is empty")
        if len({pair.group for pair in pairs}) < 2:
            raise ValueError("there must be labelled pairs of two groups")
        return cls(pairs, config, precision, seeds, found)

    @cached_property
    def sample(self) -> Sample:
        """The pairs as arrays."""
        return Sample.of(self.pairs, [each.evidence for each in self.found if each.evidence], self.config.limits)

    @cached_property
    def sources(self) -> NDArray[np.str_]:
        """Of every pair its source."""
        return np.array([pair.source for pair in self.pairs], np.str_)

    @cached_property
    def far_folds(self) -> tuple[str, NDArray[np.intp]]:
        """The hardest folds there are: a fold for each source, or of groups if there is only one."""
        names, folds = np.unique(self.sources, return_inverse=True)
        return (BY_SOURCE, folds) if len(names) > 1 else (BY_GROUP, self.group_folds(0))

    def group_folds(self, seed: int) -> NDArray[np.intp]:
        """Draw folds of groups."""
        return shuffled_folds(self.sample.groups, FOLDS, seed)

    def subset(self, chosen: Flags) -> list[LabelledPair]:
        """Choose pairs."""
        return [pair for pair, each in zip(self.pairs, chosen.tolist(), strict=True) if each]


@dataclass(frozen=True, slots=True, eq=False)
class Calls:
    """What some numbers say of all pairs, a row a try: what is dropped, and what is the same item."""

    rules: str
    copies: Flags
    same: Flags


def run(setting: Setting) -> Report:
    """Measure."""
    config = Config.load(setting.config) if setting.config else Config()
    given, name, about = given_pairs(setting.labelled, len(setting.corpus.texts), setting.seed)
    study = Study.of(given, config, precision=setting.precision, seeds=setting.seeds)
    every, of_sources = rows(study)
    tables = [
        Table("alike", "Of pairs that are alike: what is dropped.", (*WHO, *ALIKE), every),
        Table("all", "Of all pairs: what is dropped, and what is the same item.", (*WHO, *ALL), every),
        Table("sources", "By source.", (*WHO, *ALIKE, ALL[-1]), of_sources),
        Table("numbers", "Numbers for a config; the numbers of a text weigh 1.", NUMBERS, tuple(numbers(study))),
        Table("terms", f"Each term left out, {study.far_folds[0]}.", WITHOUT, tuple(without_terms(study))),
        costs(study),
        *among_corpus(setting.corpus, study, setting.show),
    ]
    if setting.show:
        tables.append(Table("wrong", "Labelled pairs that are called wrongly.", WRONG, tuple(wrong(study))))
    corpus = {**setting.corpus.source, "labelled": name, "pairs": len(given)}
    corpus |= {f"labelled {key}": each for key, each in about.items()}
    return Report("relations", setting.corpus.name, tuple(tables), context={"corpus": corpus})


def config_calls(study: Study) -> Calls:
    """Call pairs by the relations that neardup finds."""
    said = [each.relation for each in study.found]
    return Calls(CONFIG_RULES, *(np.array([[each in some for each in said]]) for some in (COPIES, SAME)))


def fitted_calls(study: Study) -> Iterator[Calls]:
    """Call pairs by numbers that were fitted without them, and by the rounded ones that were fitted to all."""
    ways = [(BY_GROUP, [study.group_folds(seed) for seed in range(study.seeds)])]
    if study.far_folds[0] != BY_GROUP:
        ways.append((BY_SOURCE, [study.far_folds[1]]))
    for rules, tries in ways:
        called = [held_out(study.sample, folds, study.precision)[1:] for folds in tries]
        yield Calls(rules, *map(np.array, zip(*called, strict=True)))
    rounded = rounded_numbers(study)
    yield Calls(ROUNDED, rounded.copies(study.sample)[None], rounded.same(study.sample)[None])


def rounded_numbers(study: Study) -> Fitted:
    """Fit numbers to all pairs, and round them."""
    return Fitted.to(study.sample, study.precision).rounded(study.sample, study.precision)


def rows(study: Study) -> tuple[tuple[dict[str, Any], ...], tuple[dict[str, Any], ...]]:
    """Make the rows of all numbers for all pairs and each file, and those of two for each source."""
    files = np.array([pair.file for pair in study.pairs], np.str_)
    parts = {"all": np.ones(len(files), bool)}
    parts |= {name: files == name for name in np.unique(files).tolist() if not (files == name).all()}
    sources = {name: study.sources == name for name in np.unique(study.sources).tolist()}
    calls = [config_calls(study), *fitted_calls(study)]
    few = [each for each in calls if each.rules in {CONFIG_RULES, study.far_folds[0]}]
    return (
        tuple(row(study, each, name, part) for each, (name, part) in product(calls, parts.items())),
        tuple(row(study, each, name, part) for each, (name, part) in product(few, sources.items())),
    )


def row(study: Study, calls: Calls, name: str, chosen: Flags) -> dict[str, Any]:
    """Score what is said of some pairs: of all, of those that are alike, and with revisions as the same item."""
    pairs, alike = study.subset(chosen), chosen & study.sample.is_alike
    of_alike = scores(study.subset(alike), calls.copies[:, alike])
    of_same = scores(pairs, calls.same[:, chosen])
    return (
        {"rules": calls.rules, "of": name}
        | scores(pairs, calls.copies[:, chosen])
        | {f"alike_{key}": value for key, value in of_alike.items()}
        | {f"same_{key}": value for key, value in of_same.items()}
    )


def numbers(study: Study) -> Iterator[dict[str, Any]]:
    """Give each number as it is, as it is fitted to all pairs, and how it changes without one source."""
    as_it_is, rounded = Fitted.of(study.config.limits).named(), rounded_numbers(study).named()
    parts = [each.named() for _, each in fitted_without(study.sample, study.far_folds[1], study.precision)]
    for name, value in as_it_is.items():
        values = [each[name] for each in parts]
        fitted = {"rounded": rounded[name], "least": min(values), "most": max(values)}
        # No limit may be precise enough.
        yield {"number": name, "config": value} | {key: each for key, each in fitted.items() if np.isfinite(each)}


def without_terms(study: Study) -> Iterator[dict[str, Any]]:
    """Fit all terms, and all but each one, and judge what was left out."""
    sample, every = study.sample, range(len(Terms._fields))
    for name in ("nothing", *Terms._fields):
        used = [i for i in every if Terms._fields[i] != name]
        sums, _, same = held_out(sample, study.far_folds[1], study.precision, used)
        alike = sums[sample.is_alike], sample.is_same[sample.is_alike]
        recalls = {f"recall_{each}": recall_at(each, *alike) for each in PRECISIONS}
        yield {"without": name, "same_f1": f1(sample.is_same, same)} | recalls


def costs(study: Study, rounds: int = 5) -> Table:
    """Give the least processor time that evidence and relation of a pair take."""
    pairs, config = study.pairs, study.config
    folding, limits = opened_table(config.content), config.limits
    measured = [each.evidence for each in study.found if each.evidence]
    points = sum(len(pair.one) + len(pair.other) for pair in pairs) / len(pairs)

    def evidence() -> None:
        for pair in pairs:
            kernels.compare(kernels.Texts((pair.one, pair.other)), folding, config.ngram)

    def relation() -> None:
        for each in measured:
            conclude(each, limits)

    def long_shingles() -> None:
        for pair in pairs:
            LongShingles.of(pair.one, pair.other, config.content)

    rows = []
    for name, work in (
        ("evidence, with folding and the passages", evidence),
        ("relation, by the sum in Python", relation),
        ("shingles of 13, which no term asks", long_shingles),
    ):
        times = []
        for _ in range(rounds):
            started = process_time()
            work()
            times.append(process_time() - started)
        each = 1e9 * min(times) / len(pairs)
        rows.append({"work": name, "us": each / 1e3, "ns_per_char": each / points})
    return Table("cost", f"Cost of a pair, of {points:,.0f} characters in both on average.", COST, tuple(rows))


def among_corpus(corpus: Corpus, study: Study, show: int) -> list[Table]:
    """Put the labelled texts among a corpus, and say what is found."""
    texts = list(dict.fromkeys([*corpus.texts, *(text for pair in study.pairs for text in (pair.one, pair.other))]))
    start = perf_counter()
    found = find_duplicates(texts, config=study.config, threads=1)
    seconds = perf_counter() - start
    survivor = np.where(found.is_duplicate, found.match, np.arange(len(found)))
    where = {text: i for i, text in enumerate(texts)}
    together = np.array([survivor[where[pair.one]] == survivor[where[pair.other]] for pair in study.pairs])
    candidates = np.array([bool(each.candidacy and each.candidacy.is_candidate) for each in study.found])
    same, alike = study.sample.is_same, study.sample.is_alike
    families = [
        {"which": name, "duplicates": int(some.sum())}
        | {
            key: float(flags[some].mean()) if some.any() else 0.0
            for key, flags in (("candidates", candidates), ("together", together))
        }
        for name, some in (("all", same), ("alike", same & alike), ("less alike", same & ~alike))
    ]
    matches = [*found.duplicates, *found.related]
    counts = Counter(match.relation for match in matches)
    caption = f"Among {len(texts):,} texts; {seconds:.2f} seconds for all; cuts: {found.cuts.to_dict()}."
    tables = [
        Table("families", caption, FAMILIES, tuple(families)),
        Table("found", "What is found.", FOUND, tuple({"relation": key, "documents": n} for key, n in counts.items())),
    ]
    rng = np.random.default_rng(1)
    rows = []
    for relation in counts if show else ():
        some = [match for match in matches if match.relation == relation]
        for i in sorted(rng.permutation(len(some))[:show].tolist()):
            one, other = texts[int(some[i].id)], texts[int(some[i].survivor)]
            said = reason(compare(one, other, config=study.config))
            rows.append({"relation": relation, "reason": said, "one": preview(one), "other": preview(other)})
    return [*tables, Table("matches", "Some of each relation.", MATCHES, tuple(rows))] if show else tables


def wrong(study: Study) -> Iterator[dict[str, Any]]:
    """List the pairs that are dropped and unlike, or are the same and kept."""
    for pair, found in zip(study.pairs, study.found, strict=True):
        if (found.relation in COPIES) != pair.is_duplicate:
            said = {"relation": found.relation, "sum": f"{found.balance:.2f}", "reason": reason(found)}
            texts = {"one": preview(pair.one), "other": preview(pair.other)}
            yield {"source": pair.source, "label": pair.label} | said | texts


CONFIG = Option("--config", "a neardup.Config as TOML", None, Path, "FILE")
SEEDS = Option("--seeds", "how often the folds are drawn", 10, int, "N")
PRECISION = Option("--precision", "the limit of copies is fitted for, of pairs that are alike", 0.97, float, "X")

SUITE = Suite(run, (*DOCUMENTS, LABELLED, CONFIG, SEEDS, PRECISION, SHOW))
