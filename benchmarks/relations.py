"""How well the relations tell copies from templates: on pairs that were read and labelled by people.

``--pairs`` is a file as `benchmarks.labelled_pairs` describes it. Labels ``C`` (copy) and ``U`` (update) are
duplicates, ``T`` (template) and ``O`` (other) are not; pairs that share an article share a group. Every pair is
compared by itself, the longer text first to survive; it counts as called a duplicate if the relation is one that
`neardup.Config` drops.

Printed are precision, recall and F1 with a 95 % interval (bootstrap over groups), false drops (labels T and O that are
called duplicates), all by source too; the same with single rules left out; single measures with their best cut; and
nested cross-validation: the numbers of the rules are chosen on four fifths of the groups, by F1, ties by the middle of
the grid, and tried on the rest. Then what a pair costs. ``--corpus`` puts the labelled texts among the documents of a
corpus and says how many of the labelled copies are candidates, and what is dropped by which relation; ``--show N``
prints some of each to read.

Run ``python -m benchmarks.relations --pairs news_pairs.jsonl --corpus news.jsonl.gz``.
"""

from __future__ import annotations

import argparse
from collections import Counter
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from time import perf_counter, process_time
from typing import TYPE_CHECKING

import numpy as np

from benchmarks import environment, labelled_pairs
from benchmarks.corpora import add_corpus, markdown, read
from benchmarks.labelled_pairs import DUPLICATE_LABELS, f1, interval
from neardup import Config, compare, find_duplicates, fold
from neardup._backend import kernels
from neardup.compare import LongShingles
from neardup.folding import folding_table
from neardup.relations import RULES, Limits, conclude

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from neardup.compare import Comparison
    from neardup.evidence import Evidence

GRID = {
    "min_number_share": (0.5, 0.6, 0.7, 0.8, 0.9),
    "min_substitutions_per_100_chars": (1.0, 1.5, 2.0, 2.5, 3.0),
    "max_replaced": (0.05, 0.1, 0.15),
}
"""What nested cross-validation chooses from; the other limits are those of the config."""


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


def read_pairs(path: Path, config: Config) -> list[Labelled]:
    """Read labelled pairs and measure them.

    Raises
    ------
    ValueError
        If a line is no pair, or a text is empty; names it.
    """
    pairs = []
    for number, pair in enumerate(labelled_pairs.read_pairs(path), start=1):
        shorter, longer = sorted((pair.one, pair.other), key=lambda text: len(fold(text)))
        comparison = compare(shorter, longer, config=config)
        if comparison.evidence is None:
            raise ValueError(f"{path}, pair {number}: a text is empty")
        pairs.append(Labelled(pair.group, pair.source, pair.label, shorter, longer, comparison.evidence, comparison))
    return pairs


def called(
    pairs: Sequence[Labelled], limits: Limits, relations: Sequence[str]
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Tell which pairs are called duplicates."""
    found = [conclude(pair.evidence, limits, is_longer=False)[0] for pair in pairs]
    identical = [pair.comparison.relation == "identical" for pair in pairs]
    return np.array([same or relation in relations for same, relation in zip(identical, found, strict=True)], bool)


def row(name: str, pairs: Sequence[Labelled], said: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> list[str]:
    """Make a row of a table."""
    truth = np.array([pair.is_duplicate for pair in pairs])
    right = int((truth & said).sum())
    low, high = interval(pairs, said)
    wrong = int((said & ~truth).sum())
    return [
        name,
        str(len(pairs)),
        f"{right / max(1, int(said.sum())):.3f}",
        f"{right / max(1, int(truth.sum())):.3f}",
        f"{f1(truth, said):.3f}",
        f"{low:.3f}-{high:.3f}",
        f"{wrong} of {int((~truth).sum())}",
    ]


HEADER = ["", "pairs", "precision", "recall", "F1", "95 %", "false drops"]


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


def nested(
    pairs: Sequence[Labelled], config: Config, seed: int, folds: int = 5
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
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


def best_cut(pairs: Sequence[Labelled], measure: Callable[[Evidence], float]) -> tuple[float, float]:
    """Give the best F1 of a single measure, and the cut."""
    truth = np.array([pair.is_duplicate for pair in pairs])
    values = np.array([measure(pair.evidence) for pair in pairs])
    found = [(f1(truth, values >= cut), float(cut)) for cut in np.unique(values)]
    return max(found)


MEASURES: dict[str, Callable[[Evidence], float]] = {
    "Jaccard similarity": lambda found: found.jaccard,
    "containment of the shorter": lambda found: found.containment,
    "aligned": lambda found: found.aligned,
    "number share": lambda found: found.number_share,
    "few substitutions": lambda found: -found.substitutions / max(1, found.aligned_chars),
}


def print_labelled(pairs: Sequence[Labelled], config: Config, seeds: int, show: int) -> None:
    """Print all tables of the labelled pairs."""
    said = called(pairs, config.limits, config.relations)
    rows = [row("all", pairs, said)]
    for source in sorted({pair.source for pair in pairs}):
        chosen = [i for i, pair in enumerate(pairs) if pair.source == source]
        rows.append(row(source, [pairs[i] for i in chosen], said[chosen]))
    print(markdown(HEADER, rows))
    rows = [
        row(f"without {rule}", pairs, called(pairs, without(rule, config.limits), config.relations))
        for rule in (rule.__name__ for rule, _ in RULES[:-1])
    ]
    only_sets = config.limits
    for rule, relation in RULES:
        if relation in {"template", "overlap"}:
            only_sets = without(rule.__name__, only_sets)
    rows.append(row("near and contained alone", pairs, called(pairs, only_sets, config.relations)))
    print(f"\n{markdown(HEADER, rows)}")
    rows = [[name, *(f"{value:.3f}" for value in best_cut(pairs, measure))] for name, measure in MEASURES.items()]
    print(f"\n{markdown(['single measure', 'best F1', 'cut'], rows)}")
    results = [row(f"nested, seed {seed}", pairs, nested(pairs, config, seed)) for seed in range(seeds)]
    print(f"\n{markdown(HEADER, results)}")
    if show:
        print("\nwrong:")
        for pair, each in zip(pairs, said, strict=True):
            if each != pair.is_duplicate:
                print(f"- {pair.source} {pair.label}: {pair.comparison.rule}: {pair.comparison.reason}")
                print(f"    {' '.join(pair.shorter.split())[:70]}\n    {' '.join(pair.longer.split())[:70]}")


def print_cost(pairs: Sequence[Labelled], config: Config, rounds: int = 5) -> None:
    """Print the least processor time that evidence and relation of a pair take."""
    folding, limits = folding_table().opened, config.limits

    def measured() -> None:
        for pair in pairs:
            kernels.compare(kernels.Texts((pair.shorter, pair.longer)), folding, config.ngram)

    def concluded() -> None:
        for pair in pairs:
            conclude(pair.evidence, limits, is_longer=False)

    def long_shingles() -> None:
        for pair in pairs:
            LongShingles.of(pair.shorter, pair.longer)

    points = sum(len(pair.shorter) + len(pair.longer) for pair in pairs) / len(pairs)
    rows = []
    for name, work in (
        ("evidence, with folding and the passages", measured),
        ("relation, by the rules in Python", concluded),
        ("shingles of 13, which no rule asks", long_shingles),
    ):
        times = []
        for _ in range(rounds):
            started = process_time()
            work()
            times.append(process_time() - started)
        each = 1e9 * min(times) / len(pairs)
        rows.append([name, f"{each / 1e3:.1f}", f"{each / points:.1f}"])
    print(f"\ncost of a pair, of {points:,.0f} characters in both on average\n")
    print(markdown(["", "microseconds", "ns a character"], rows))


def print_corpus(path: Path, limit: int | None, pairs: Sequence[Labelled], config: Config, show: int) -> None:
    """Put the labelled texts among a corpus, and print what is found."""
    copies = [pair for pair in pairs if pair.is_duplicate]
    candidates = sum(bool(pair.comparison.candidacy and pair.comparison.candidacy.is_candidate) for pair in copies)
    print(f"\n{candidates} of {len(copies)} labelled copies are candidates: {candidates / max(1, len(copies)):.3f}")
    documents = {document.id: document.text for document in read(path, limit)}
    texts = dict.fromkeys(documents.values(), "")
    texts |= {text: "" for pair in pairs for text in (pair.shorter, pair.longer) if text not in texts}
    all_texts = list(texts)
    where = {text: str(i) for i, text in enumerate(all_texts)}
    start = perf_counter()
    found = find_duplicates(all_texts, config=config, threads=1)
    print(f"{path.name} and the labelled texts: {found}; {perf_counter() - start:.2f} s; cuts {found.cuts.to_dict()}")
    keeper = {match.id: match.survivor for match in found.duplicates}
    together = sum(
        keeper.get(where[pair.shorter], where[pair.shorter]) == keeper.get(where[pair.longer], where[pair.longer])
        for pair in copies
    )
    print(f"{together} of {len(copies)} labelled copies end in one family: {together / max(1, len(copies)):.3f}")
    everything = [*found.duplicates, *found.related]
    print(
        markdown(
            ["relation", "documents"], [[name, str(n)] for name, n in Counter(m.relation for m in everything).items()]
        )
    )
    rng = np.random.default_rng(1)
    for relation in dict.fromkeys(match.relation for match in everything) if show else ():
        some = [match for match in everything if match.relation == relation]
        print(f"\n{relation}:")
        for i in sorted(rng.permutation(len(some))[:show].tolist()):
            match = some[i]
            one, other = all_texts[int(match.id)], all_texts[int(match.survivor)]
            print(f"- {compare(one, other, config=config).reason} ({match.score:.2f})")
            print(f"    {' '.join(one.split())[:90]}\n    {' '.join(other.split())[:90]}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.relations", description=__doc__.split("\n")[0])
    parser.add_argument("--pairs", type=Path, required=True, metavar="FILE", help="labelled pairs, JSON lines")
    add_corpus(parser, required=False, several=True)
    parser.add_argument("--config", type=Path, metavar="FILE", help="a neardup.Config as TOML")
    parser.add_argument("--seeds", type=int, default=10, metavar="N", help="how often the folds are drawn")
    parser.add_argument("--show", type=int, default=0, metavar="N", help="print wrong pairs, and N matches of a kind")
    options = parser.parse_args()
    config = Config.load(options.config) if options.config else Config()
    print(f"{environment()}\n")
    pairs = read_pairs(options.pairs, config)
    print_labelled(pairs, config, options.seeds, options.show)
    print_cost(pairs, config)
    for path in options.corpus or ():
        print_corpus(path, options.limit, pairs, config, options.show)


if __name__ == "__main__":
    main()
