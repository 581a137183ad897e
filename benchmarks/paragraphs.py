"""Repeated paragraphs of a corpus: what is found, whether it is right, what it costs, and what counts as boilerplate.

The exact groups are compared with a plain dict of folded paragraphs and their numbers, and every near occurrence with
its group on the sets of shingles; ``wrong`` must be 0. The least time of all rounds counts. Memory is what the process
came to hold at its peak beyond what it held with all texts read; only Linux says so much.

The boilerplate tables show what the default share rests on: how many groups stand in so much of the documents, and
which. ``--find TEXT`` says whether a paragraph that has this text is found.

Run ``python -m benchmarks.paragraphs --corpus pages.jsonl.gz``; several corpora make several tables.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from benchmarks import environment
from benchmarks.corpora import add_corpus, markdown, read
from benchmarks.peers.worker import memory, settle
from neardup import find_repeated_paragraphs, shingles
from neardup._backend import kernels
from neardup.folding import folding_table
from neardup.numerals import numerals
from neardup.paragraphs.find import DEFAULT_PARAGRAPH_CHARS
from neardup.relations import RELATIONS
from neardup.segmentation import paragraphs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from neardup import RepeatedParagraphs

SHARES = (0.002, 0.005, 0.01, 0.02, 0.03, 0.05)
PREVIEW_CHARS = 60


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


def preview(text: str) -> str:
    """Show how a paragraph begins, fit for a table."""
    return " ".join(text.split())[:PREVIEW_CHARS].replace("|", "¦")


def measure(texts: Sequence[str], options: argparse.Namespace) -> None:
    """Print the tables of one corpus."""
    points = sum(map(len, texts))
    expected = counted(texts, options.min_chars)
    rows = []
    for near in (False, True):
        found, seconds, held = timed(
            texts, options.rounds, near=near, min_chars=options.min_chars, threads=options.threads
        )
        wrong = wrong_near(found, texts) if near else wrong_groups(found, expected)
        near_ones = int((found.relation != RELATIONS.index("identical")).sum())
        rows.append(
            [
                "exact and near" if near else "exact",
                f"{seconds:.3f}",
                f"{points / seconds / 1e6:.1f}",
                f"{held / 1e6:.0f}",
                f"{len(found):,}",
                f"{len(found.document):,}",
                f"{near_ones:,}",
                f"{wrong:,}",
                f"{found.cuts.documents:,}",
            ]
        )
    header = ["groups", "seconds", "M points/s", "MB", "found", "occurrences", "near", "wrong", "with cuts"]
    print(markdown(header, rows))
    share = found.documents / len(texts)
    counts = [f"{(share >= least).sum():,}" for least in SHARES]
    print("\n" + markdown(["in a share of", *map(str, SHARES)], [["groups", *counts]]))
    top = [
        [
            preview(group.text),
            f"{group.documents:,}",
            f"{group.documents / len(texts):.2%}",
            "yes" if group.is_boilerplate else "",
        ]
        for group in found.groups[: options.top]
    ]
    print("\n" + markdown(["text", "documents", "share", "boilerplate"], top))
    for wanted in options.find:
        groups = [group for group in found.groups if wanted in group.text]
        most = max((group.documents for group in groups), default=0)
        print(
            f"\n{wanted!r}: {len(groups):,} groups, the largest in {most:,} documents, "
            f"{sum(group.is_boilerplate for group in groups):,} boilerplate"
        )
    print(f"\nwithout boilerplate: {found.remove(texts)}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.paragraphs", description=__doc__.split("\n")[0])
    add_corpus(parser, several=True)
    parser.add_argument("--min-chars", type=int, default=DEFAULT_PARAGRAPH_CHARS, metavar="N")
    parser.add_argument("--top", type=int, default=10, metavar="N", help="show the groups of most documents")
    parser.add_argument("--find", nargs="*", default=[], metavar="TEXT")
    parser.add_argument("--rounds", type=int, default=3, metavar="N")
    parser.add_argument("--threads", type=int, default=1, metavar="N")
    options = parser.parse_args()
    print(environment())
    for path in options.corpus:
        texts = [document.text for document in read(path, options.limit)]
        print(f"\n{path.name}: {len(texts):,} documents, {sum(map(len, texts)) / 1e6:.1f} M code points\n")
        measure(texts, options)


if __name__ == "__main__":
    main()
