"""Short texts, headlines and poems: what is found, and what the rules for them keep.

``--poems`` with ``--pairs``, a table of two ids a line, tab-separated: versions of one poem by provenance. Of those
that are alike, by the Jaccard similarity or the containment of the smaller set at or above 0.8, how many are compared
and how many end in one family, with the default bands and with others, with the rules ``numerals_differ`` and
``short_and_reworded`` and without them. What the rules keep apart are versions that differ in a word or a numeral.

``--headlines``: the first lines of the documents of corpora, if they are short; how many are what to another one, with
and without the rules. ``--show N`` prints some of those that only the rules keep, to read: a line about another person
or session is kept rightly.

Run ``python -m benchmarks.short_texts --poems poems.jsonl.gz --pairs poems.tsv --headlines news.jsonl.gz``.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from time import process_time

import numpy as np

from benchmarks import environment
from benchmarks.corpora import markdown, read
from benchmarks.provenance import THRESHOLD, VersionPairs, candidates, one_cluster, similarities
from neardup import Config, compare, find_duplicates, fold
from neardup.relations import RELATIONS

CONFIGS = {
    "default": Config(),
    "25 bands of 5": Config(bands=25, rows=5),
    "32 bands of 4": Config(bands=32, rows=4),
    "anchors one in 8": Config(anchor_one_in=8),
}


def without_rules(config: Config) -> Config:
    """Give a config with which the two rules never hold."""
    return config.with_overrides(numeral_rule_max_chars=0, short_chars=0)


def poems(path: Path, table: Path) -> None:
    """Print what is found of the pairs of poems."""
    documents = list(read(path))
    ids, texts = [document.id for document in documents], [document.text for document in documents]
    pairs = VersionPairs.read(table, {id_: i for i, id_ in enumerate(ids)})
    alike = np.maximum(*similarities(texts, pairs)) >= THRESHOLD
    print(f"{path.name}: {len(texts):,} documents; of {len(pairs):,} pairs {alike.sum():,} are alike\n")
    rows = []
    for name, config in CONFIGS.items():
        compared = candidates(texts, pairs, config)
        for rules, chosen in (("", config), (", without the rules", without_rules(config))):
            started = process_time()
            found = find_duplicates(texts, ids=ids, config=chosen, threads=1)
            seconds = process_time() - started
            together = one_cluster(found, pairs)
            shares = [f"{column[alike].mean():.3f}" for column in (compared, together)]
            rows.append([name + rules, *shares, f"{found.is_duplicate.sum():,}", f"{seconds:.3f}"])
    print(markdown(["config", "compared", "one family", "dropped", "seconds"], rows))


def headlines(path: Path, show: int) -> None:
    """Print what the headlines of a corpus are to each other."""
    most = Config().short_chars
    first_lines = (document.text.strip().split("\n")[0].strip() for document in read(path))
    texts = list(dict.fromkeys(line for line in first_lines if len(fold(line)) < most))
    config = CONFIGS["32 bands of 4"]
    with_rules, plain = (find_duplicates(texts, config=chosen) for chosen in (config, without_rules(config)))
    print(f"\n{path.name}: {len(texts):,} different first lines of fewer than {most} folded characters\n")
    rows = [
        [name, *(f"{count:,}" for count in np.bincount(found.relation, minlength=len(RELATIONS))[1:])]
        for name, found in (("with the rules", with_rules), ("without", plain))
    ]
    print(markdown(["", *map(str, RELATIONS[1:])], rows))
    kept = np.flatnonzero(plain.is_duplicate & ~with_rules.is_duplicate)
    print(f"\n{len(kept):,} are kept by the rules alone")
    for row in np.random.default_rng(1).permutation(kept)[:show].tolist():
        one, other = texts[row], texts[int(plain.match[row])]
        print(f"- {compare(one, other, config=config).reason}\n    {one}\n    {other}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.short_texts", description=__doc__.split("\n")[0])
    parser.add_argument("--poems", type=Path, metavar="FILE", help='JSON lines with "id" and "text", plain or .gz')
    parser.add_argument("--pairs", type=Path, metavar="FILE.tsv", help="versions of one poem: id, id; tab-separated")
    parser.add_argument("--headlines", type=Path, nargs="*", default=[], metavar="FILE", help="corpora, likewise")
    parser.add_argument("--show", type=int, default=0, metavar="N", help="print N headlines that only the rules keep")
    options = parser.parse_args()
    if bool(options.poems) != bool(options.pairs):
        parser.error("give --poems and --pairs together")
    print(f"{environment()}\n")
    if options.poems:
        poems(options.poems, options.pairs)
    for path in options.headlines:
        headlines(path, options.show)


if __name__ == "__main__":
    main()
