"""What it changes to leave boilerplate out: the duplicates of a corpus with and without its repeated paragraphs.

The boilerplate is what `neardup.find_repeated_paragraphs` marks as such by its defaults. Printed are how many documents
have some and how much of the text it is; for every relation how many documents have it before and after; and how many
change from one to another, or to another survivor with the same relation. Least times of all rounds. With ``--pairs``,
a table of two ids a line, of versions of one thing: how many documents are dropped in favour of their own version, how
many for something else, which is wrong for most, and how many pairs end in one family.

``--show N`` prints some documents of every change, with what was measured before and after, and the two texts without
the boilerplate, to read.

Run ``python -m benchmarks.boilerplate --corpus pages.jsonl.gz``; several corpora make several tables.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from benchmarks import environment
from benchmarks.corpora import add_corpus, markdown, read
from benchmarks.provenance import VersionPairs, one_cluster
from neardup import Config, compare, find_duplicates, find_repeated_paragraphs
from neardup.boilerplate import without_boilerplate
from neardup.inputs import text_column, texts_at
from neardup.relations import RELATIONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from neardup import Duplicates

PREVIEW_CHARS = 100


def timed(ids: Sequence[str], texts: Sequence[str], config: Config, rounds: int) -> tuple[Duplicates, float]:
    """Give the duplicates, and the least time of some rounds."""
    times = []
    for _ in range(rounds):
        started = perf_counter()
        found = find_duplicates(texts, ids=ids, config=config, threads=1)
        times.append(perf_counter() - started)
    return found, min(times)


def preview(text: str) -> str:
    """Show how a text begins, on one line."""
    return " ".join(text.split())[:PREVIEW_CHARS]


def versions(found: Duplicates, pairs: VersionPairs) -> list[str]:
    """Count the documents dropped for their version and those for something else, and the pairs in one family."""
    known = {frozenset(pair) for pair in zip(pairs.left.tolist(), pairs.right.tolist(), strict=True)}
    dropped = np.flatnonzero(found.is_duplicate).tolist()
    own = sum(frozenset((row, int(found.match[row]))) in known for row in dropped)
    return [f"{own:,}", f"{len(dropped) - own:,}", f"{one_cluster(found, pairs).sum():,} of {len(pairs):,}"]


def measure(ids: list[str], texts: list[str], options: argparse.Namespace) -> None:
    """Print the tables of one corpus."""
    plain = Config()
    known = Config(boilerplate=find_repeated_paragraphs(texts, threads=1).boilerplate)
    own = texts_at(without_boilerplate(text_column(texts), known.boilerplate, 1), np.arange(len(texts)))
    with_some = sum(text != left for text, left in zip(texts, own, strict=True))
    gone = 1 - sum(map(len, own)) / max(1, sum(map(len, texts)))
    print(
        f"{len(known.boilerplate)} hashes of boilerplate; {with_some:,} documents have some, {gone:.1%} of the text\n"
    )
    (before, seconds), (after, other_seconds) = (timed(ids, texts, config, options.rounds) for config in (plain, known))
    names = [relation or "none" for relation in RELATIONS]
    counts = [np.bincount(found.relation, minlength=len(names)) for found in (before, after)]
    rows = [
        ["whole", *(f"{count:,}" for count in counts[0]), f"{before.is_duplicate.sum():,}", f"{seconds:.2f}"],
        ["without", *(f"{count:,}" for count in counts[1]), f"{after.is_duplicate.sum():,}", f"{other_seconds:.2f}"],
    ]
    print(markdown(["texts", *names, "dropped", "seconds"], rows))
    changed = defaultdict(list)
    for row, change in enumerate(zip(before.relation.tolist(), after.relation.tolist(), strict=True)):
        if change[0] != change[1]:
            changed[change].append(row)
    if options.pairs:
        pairs = VersionPairs.read(options.pairs, {id_: row for row, id_ in enumerate(ids)})
        print(
            "\n"
            + markdown(
                ["texts", "own version", "something else", "pairs in one family"],
                [[name, *versions(found, pairs)] for name, found in (("whole", before), ("without", after))],
            )
        )
    moved = int(((before.relation == after.relation) & (before.match != after.match)).sum())
    table = [[f"{names[one]} to {names[other]}", f"{len(some):,}"] for (one, other), some in sorted(changed.items())]
    drops = Counter(
        (bool(before.is_duplicate[row]), bool(after.is_duplicate[row]))
        for row in np.concatenate([[], *changed.values()]).astype(int)
    )
    table += [
        ["kept before, dropped now", f"{drops[False, True]:,}"],
        ["dropped before, kept now", f"{drops[True, False]:,}"],
        ["the same, another survivor", f"{moved:,}"],
    ]
    print("\n" + markdown(["change", "documents"], table))
    for (one, other), some in sorted(changed.items()) if options.show else ():
        print(f"\n{names[one]} to {names[other]}:")
        for row in np.random.default_rng(1).permutation(some)[: options.show].tolist():
            print(f"- {before.ids[row]}: {preview(own[row])}")
            for name, found, config in (("whole", before, plain), ("without", after, known)):
                if found.match[row] >= 0:
                    match = int(found.match[row])
                    said = compare(texts[row], texts[match], config=config).reason
                    print(f"    {name}, beside {before.ids[match]}: {said}")
                    print(f"      {preview(own[match])}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.boilerplate", description=__doc__.split("\n")[0])
    add_corpus(parser, several=True)
    parser.add_argument("--pairs", type=Path, metavar="FILE.tsv", help="id, id, kind; tab-separated; of one corpus")
    parser.add_argument("--rounds", type=int, default=3, metavar="N")
    parser.add_argument("--show", type=int, default=0, metavar="N", help="print N documents of every change")
    options = parser.parse_args()
    print(environment())
    for path in options.corpus:
        documents = list(read(path, options.limit))
        ids, texts = [document.id for document in documents], [document.text for document in documents]
        print(f"\n{path.name}: {len(texts):,} documents, {sum(map(len, texts)) / 1e6:.1f} M code points\n")
        measure(ids, texts, options)


if __name__ == "__main__":
    main()
