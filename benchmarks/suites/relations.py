"""Relations: how well the rules tell copies from templates, on pairs that people labelled.

``--labelled`` is a file as `benchmarks.labelled_pairs` describes it; without one, pairs are made. Labels ``C`` (copy)
and ``U`` (update) are duplicates, ``T`` (template) and ``O`` (other) are not; pairs that share an article share a
group. Every pair is compared by itself, the longer text first to survive; it counts as called a duplicate if the
relation is one that `neardup.Config` drops.

There are precision, recall and F1 with a 95 % interval (bootstrap over groups), false drops (labels T and O that are
called duplicates), all by source too; the same with single rules left out; single measures with their best cut; and
nested cross-validation: the numbers of the rules are chosen on four fifths of the groups, by F1, ties by the middle of
the grid, and tried on the rest. Then what a pair costs. Last, the labelled texts are put among the documents of the
corpus: how many of the labelled copies are candidates and end in one family, and what has which relation; ``--show N``
lists wrong pairs, and N matches of each relation to read.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.labelled_pairs import DUPLICATE_LABELS, best_cut, f1, given_pairs, scores
from benchmarks.reports import Column, Report, Table
from benchmarks.setting import DOCUMENTS, LABELLED, SHOW, Option, Suite
from benchmarks.tables import preview
from neardup import Config, compare, find_duplicates, fold, reason
from neardup._backend import kernels
from neardup.compare import LongShingles
from neardup.content import opened_table
from neardup.relations import RULES, Limits, conclude

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.labelled_pairs import Flags, LabelledPair
    from benchmarks.setting import Corpus, Setting
    from neardup.compare import Comparison
    from neardup.evidence import Evidence

GRID = {
    "min_number_share": (0.5, 0.6, 0.7, 0.8, 0.9),
    "min_substitutions_per_100_chars": (1.0, 1.5, 2.0, 2.5, 3.0),
    "max_replaced": (0.05, 0.1, 0.15),
}
"""What nested cross-validation chooses from; the other limits are those of the config."""

SCORES = (
    Column("rules", "rules"),
    Column("pairs", "pairs", ",d"),
    Column("duplicates", "duplicates", ",d"),
    Column("precision", "precision", ".3f"),
    Column("recall", "recall", ".3f", of="duplicates"),
    Column("f1", "F1 (95 %)", ".3f", spread=True, of="duplicates"),
    Column("false_drops", "false drops", ",d"),
    Column("others", "of others", ",d"),
)
CUTS = (Column("measure", "single measure"), Column("f1", "best F1", ".3f"), Column("cut", "cut", ".3f"))
COST = (Column("work", "work"), Column("us", "microseconds", ".1f"), Column("ns_per_char", "ns a character", ".1f"))
FAMILIES = (
    Column("duplicates", "labelled copies", ",d"),
    Column("candidates", "candidates", ".3f", of="duplicates"),
    Column("together", "in one family", ".3f", of="duplicates"),
    Column("seconds", "seconds for all", ".2f"),
)
FOUND = (Column("relation", "relation"), Column("documents", "documents", ",d"))
MATCHES = tuple(Column(key, key) for key in ("relation", "reason", "one", "other"))
WRONG = tuple(Column(key, key) for key in ("source", "label", "rule", "reason", "shorter", "longer"))


@dataclass(frozen=True, slots=True)
class Labelled:
    """A pair that was read, and what neardup measured on it."""

    group: str
    source: str
    label: str
    shorter: str
    longer: str
    evidence: Evidence
    comparison: Comparison

    @property
    def is_duplicate(self) -> bool:
        """Whether people call it one."""
        return self.label in DUPLICATE_LABELS


def run(setting: Setting) -> Report:
    """Measure."""
    config = Config.load(setting.config) if setting.config else Config()
    given, name, about = given_pairs(setting.labelled, len(setting.corpus.texts), setting.seed)
    pairs = measured(given, config)
    said = called(pairs, config.limits, config.relations)
    by_source = [row("all", pairs, said)]
    for source in sorted({pair.source for pair in pairs}):
        chosen = [i for i, pair in enumerate(pairs) if pair.source == source]
        by_source.append(row(source, [pairs[i] for i in chosen], said[chosen]))
    truth = np.array([pair.is_duplicate for pair in pairs])
    cuts = {key: best_cut(truth, np.array([ask(pair.evidence) for pair in pairs])) for key, ask in MEASURES.items()}
    folds = [row(f"nested, seed {seed}", pairs, nested(pairs, config, seed)) for seed in range(setting.seeds)]
    points = sum(len(pair.shorter) + len(pair.longer) for pair in pairs) / len(pairs)
    tables = [
        Table("pairs", "What the rules say, by source.", SCORES, tuple(by_source)),
        Table("rules", "With single rules left out.", SCORES, tuple(_left_out(pairs, config))),
        Table(
            "measures",
            "Single measures at their best cuts.",
            CUTS,
            tuple({"measure": key, "f1": best, "cut": cut} for key, (best, cut) in cuts.items()),
        ),
        Table("nested", "Limits chosen without the fold.", SCORES, tuple(folds)),
        Table(
            "cost",
            f"Cost of a pair, of {points:,.0f} characters in both on average.",
            COST,
            tuple(_costs(pairs, config, points)),
        ),
        *among_corpus(setting.corpus, pairs, config, setting.show),
    ]
    if setting.show:
        wrong = tuple(_wrong(pair) for pair, each in zip(pairs, said, strict=True) if each != pair.is_duplicate)
        tables.append(Table("wrong", "Labelled pairs that are called wrongly.", WRONG, wrong))
    corpus = {**setting.corpus.source, "labelled": name, "pairs": len(pairs)}
    corpus |= {f"labelled {key}": each for key, each in about.items()}
    return Report("relations", setting.corpus.name, tuple(tables), context={"corpus": corpus})


def measured(given: Sequence[LabelledPair], config: Config) -> list[Labelled]:
    """Measure labelled pairs.

    Raises
    ------
    ValueError
        If a text is empty; names the pair.
    """
    pairs = []
    for number, pair in enumerate(given, start=1):
        shorter, longer = sorted((pair.one, pair.other), key=lambda text: len(fold(text)))
        comparison = compare(shorter, longer, config=config)
        if comparison.evidence is None:
            raise ValueError(f"labelled pair {number}: a text is empty")
        pairs.append(Labelled(pair.group, pair.source, pair.label, shorter, longer, comparison.evidence, comparison))
    return pairs


def called(pairs: Sequence[Labelled], limits: Limits, relations: Sequence[str]) -> Flags:
    """Tell which pairs are called duplicates."""
    found = [conclude(pair.evidence, limits, is_longer=False)[0] for pair in pairs]
    identical = [pair.comparison.relation == "identical" for pair in pairs]
    said: Flags = np.array(
        [same or relation in relations for same, relation in zip(identical, found, strict=True)], bool
    )
    return said


def row(name: str, pairs: Sequence[Labelled], said: Flags) -> dict[str, Any]:
    """Make a row of a table."""
    return {"rules": name} | scores(pairs, said)


def without(rule: str, limits: Limits) -> Limits:
    """Give limits with which a rule never holds."""
    never = {
        "numbers_differ": {"min_number_share": 0.0},
        "many_substitutions": {"min_substitutions": np.inf},
        "one_shared_block": {"max_replaced": 1.0},
        "numerals_differ": {"numeral_rule_max_chars": 0.0},
        "short_and_reworded": {"short_chars": 0.0},
        "near": {"threshold": 2.0},
        "contained": {"min_containment": 2.0},
    }
    return limits._replace(**never[rule])


def nested(pairs: Sequence[Labelled], config: Config, seed: int, folds: int = 5) -> Flags:
    """Call every pair with the limits that were chosen without its fold."""
    groups = sorted({pair.group for pair in pairs})
    np.random.default_rng(seed).shuffle(groups)
    fold_of = {group: i % folds for i, group in enumerate(groups)}
    where = np.array([fold_of[pair.group] for pair in pairs])
    truth = np.array([pair.is_duplicate for pair in pairs])
    choices = [config.limits._replace(**dict(zip(GRID, values, strict=True))) for values in product(*GRID.values())]
    said = np.array([called(pairs, limits, config.relations) for limits in choices])
    result = np.zeros(len(pairs), bool)
    for i in range(folds):
        scores = np.array([f1(truth[where != i], each[where != i]) for each in said])
        best = np.flatnonzero(scores >= scores.max() - 1e-12)
        result[where == i] = said[best[len(best) // 2]][where == i]
    return result


MEASURES: dict[str, Callable[[Evidence], float]] = {
    "Jaccard similarity": lambda found: found.jaccard,
    "containment of the shorter": lambda found: found.containment,
    "aligned": lambda found: found.aligned,
    "number share": lambda found: found.number_share,
    "few substitutions": lambda found: -found.substitutions / max(1, found.aligned_chars),
}


def _left_out(pairs: Sequence[Labelled], config: Config) -> list[dict[str, Any]]:
    """Score without each rule, and without all that keep what is alike."""
    rows = [
        row(f"without {rule}", pairs, called(pairs, without(rule, config.limits), config.relations))
        for rule in (rule.__name__ for rule, _ in RULES[:-1])
    ]
    only_sets = config.limits
    for rule, relation in RULES:
        if relation in {"template", "overlap"}:
            only_sets = without(rule.__name__, only_sets)
    return [*rows, row("near and contained alone", pairs, called(pairs, only_sets, config.relations))]


def _costs(pairs: Sequence[Labelled], config: Config, points: float, rounds: int = 5) -> list[dict[str, Any]]:
    """Give the least processor time that evidence and relation of a pair take."""
    folding, limits = opened_table(config.content), config.limits

    def evidence() -> None:
        for pair in pairs:
            kernels.compare(kernels.Texts((pair.shorter, pair.longer)), folding, config.ngram)

    def relation() -> None:
        for pair in pairs:
            conclude(pair.evidence, limits, is_longer=False)

    def long_shingles() -> None:
        for pair in pairs:
            LongShingles.of(pair.shorter, pair.longer, config.content)

    rows = []
    for name, work in (
        ("evidence, with folding and the passages", evidence),
        ("relation, by the rules in Python", relation),
        ("shingles of 13, which no rule asks", long_shingles),
    ):
        times = []
        for _ in range(rounds):
            started = process_time()
            work()
            times.append(process_time() - started)
        each = 1e9 * min(times) / len(pairs)
        rows.append({"work": name, "us": each / 1e3, "ns_per_char": each / points})
    return rows


def _wrong(pair: Labelled) -> dict[str, Any]:
    said = {"rule": pair.comparison.rule, "reason": reason(pair.comparison)}
    texts = {"shorter": preview(pair.shorter), "longer": preview(pair.longer)}
    return {"source": pair.source, "label": pair.label} | said | texts


def among_corpus(corpus: Corpus, pairs: Sequence[Labelled], config: Config, show: int) -> list[Table]:
    """Put the labelled texts among a corpus, and say what is found."""
    texts = list(dict.fromkeys([*corpus.texts, *(text for pair in pairs for text in (pair.shorter, pair.longer))]))
    where = {text: i for i, text in enumerate(texts)}
    start = perf_counter()
    found = find_duplicates(texts, config=config, threads=1)
    seconds = perf_counter() - start
    survivor = np.where(found.is_duplicate, found.match, np.arange(len(found)))
    copies = [pair for pair in pairs if pair.is_duplicate]
    candidates = sum(bool(pair.comparison.candidacy and pair.comparison.candidacy.is_candidate) for pair in copies)
    together = sum(survivor[where[pair.shorter]] == survivor[where[pair.longer]] for pair in copies)
    every = max(1, len(copies))
    shares = {"candidates": candidates / every, "together": float(together / every)}
    row: dict[str, Any] = {"duplicates": len(copies), "seconds": seconds} | shares
    matches = [*found.duplicates, *found.related]
    counts = Counter(match.relation for match in matches)
    tables = [
        Table("families", f"Among {len(texts):,} texts; cuts: {found.cuts.to_dict()}.", FAMILIES, (row,)),
        Table("found", "What is found.", FOUND, tuple({"relation": key, "documents": n} for key, n in counts.items())),
    ]
    rng = np.random.default_rng(1)
    rows = []
    for relation in counts if show else ():
        some = [match for match in matches if match.relation == relation]
        for i in sorted(rng.permutation(len(some))[:show].tolist()):
            one, other = texts[int(some[i].id)], texts[int(some[i].survivor)]
            said = reason(compare(one, other, config=config))
            rows.append({"relation": relation, "reason": said, "one": preview(one), "other": preview(other)})
    return [*tables, Table("matches", "Some of each relation.", MATCHES, tuple(rows))] if show else tables


CONFIG = Option("--config", "a neardup.Config as TOML", None, Path, "FILE")
SEEDS = Option("--seeds", "how often the folds are drawn", 10, int, "N")

SUITE = Suite(run, (*DOCUMENTS, LABELLED, CONFIG, SEEDS, SHOW))
