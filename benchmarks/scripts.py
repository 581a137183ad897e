"""How many articles are found again when they are written in the other script: OpenCC's conversions of Simplified text.

The first ``--count`` articles of a corpus in Simplified characters, each with its conversions. For each conversion
alone, articles first and conversions after them (``keep="first"``), ``found`` is the share of the conversions that
`neardup.find_duplicates` drops in favour of their article, or of what that article was dropped for. Then come the
conversions of the articles that are kept, by what each is to its article; ``other`` is dropped for another article or
kept. ``alike`` is the share of the conversions whose Jaccard or containment of the smaller set is 0.8 or more, exactly
counted. ``all together`` is what ``found`` is, with the articles and all conversions in one corpus. Conversions that
change nothing are left out of every figure, ``changed`` says how many are left; so are articles that are empty once
folded.

s2t changes characters, s2tw and s2hk choose the variants of Taiwan and Hong Kong, s2twp also replaces words by those
that Taiwan uses. It needs the package ``opencc``.

Run ``python -m benchmarks.scripts --corpus news.jsonl.gz --count 2000``.
"""

from __future__ import annotations

import argparse
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

import neardup
from benchmarks import environment
from benchmarks.corpora import add_corpus, markdown, read
from benchmarks.provenance import THRESHOLD, VersionPairs, similarities
from neardup.survivors import RELATIONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from neardup.results import Duplicates

CONVERSIONS = ("s2t", "s2tw", "s2twp", "s2hk")


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


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scripts", description=__doc__.split("\n")[0])
    add_corpus(parser)
    parser.add_argument("--count", type=int, default=2000, metavar="N", help="articles to convert")
    parser.add_argument(
        "--show", type=int, default=0, metavar="N", help="print N that are not found, of each conversion"
    )
    options = parser.parse_args()
    print(environment())
    documents = [document for document in read(options.corpus, options.limit) if len(neardup.fold(document.text))]
    documents = documents[: options.count]
    texts = [document.text for document in documents]
    print(f"{options.corpus.name}: {len(texts):,} articles, {sum(map(len, texts)):,} code points\n")

    versions = {conversion: converted(texts, conversion) for conversion in CONVERSIONS}
    joint = found_again(neardup.find_duplicates([*texts, *chain(*versions.values())], threads=1), len(texts))
    together = dict(zip(versions, joint.reshape(len(versions), -1), strict=True))
    names = [name for name in RELATIONS if name]
    numbers = np.arange(len(texts))
    pairs = VersionPairs(numbers, numbers + len(texts), np.full(len(texts), "all"))
    rows, misses = [], []
    for conversion, others in versions.items():
        changed = np.array([a != b for a, b in zip(texts, others, strict=True)], np.bool_)
        result = neardup.find_duplicates([*texts, *others], keep="first", threads=1)
        again = found_again(result, len(texts))
        of_kept = changed & ~result.is_duplicate[: len(texts)]
        relations = result.relation[len(texts) :][of_kept & again]
        counts = [int((relations == RELATIONS.index(name)).sum()) for name in names]
        counts.append(int((of_kept & ~again).sum()))
        alike = np.maximum(*similarities([*texts, *others], pairs)) >= THRESHOLD
        columns = (again, alike, together[conversion])
        found, most, joined = (f"{np.mean(flags[changed]) if changed.any() else 1:.4f}" for flags in columns)
        rows.append([conversion, f"{changed.sum():,}", found, *map(str, counts), most, joined])
        for i in np.flatnonzero(changed & ~again)[: options.show].tolist():
            evidence = ", ".join(f"{value:.3f}" for value in result.evidence[len(texts) + i])
            misses.append(f"- {conversion}: {documents[i].id}, {len(texts[i])} code points, best evidence {evidence}")
    print(markdown(["conversion", "changed", "found", *names, "other", "alike", "all together"], rows))
    if misses:
        print("\nnot found:\n" + "\n".join(misses))


if __name__ == "__main__":
    main()
