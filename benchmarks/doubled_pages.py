"""How well `neardup.find_repeats` tells doubled pages: on pages made with known truth, and on real ones.

On pages of `benchmarks.doubling` (its docstring has the forms), per form and edit rate:

``doubled``
    recall: the share of the pages with ``body_copies >= 2``. All are doubled.
``copies right``
    the share with exactly the true `body_copies`.
``span error``
    mean over the pages of what lies in reported copies or in true copies but not in both, divided by what lies in
    true copies; counted in folded code points, so that rounding over punctuation and line breaks does not count. A
    sentence that was added inside a copy belongs to it. 0 is perfect, 1 is what reporting nothing scores.
``clean right``
    the share where `clean` gives back the page as it was before doubling, but for white space at its end; without
    edits only. A copy that is cut inside a paragraph is not whole paragraphs and stays.
``ms``
    mean time of `find_repeats` for a page.

On `benchmarks.lookalikes` (pages that repeat themselves and are not doubled) and on each ``--untouched`` corpus: how
many are called doubled, which is a mistake on every lookalike; of an untouched corpus, read the documents to tell.

Run ``python -m benchmarks.doubled_pages --corpus news.jsonl.gz --untouched laws.jsonl.gz --count 200``.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from benchmarks import environment
from benchmarks.corpora import add_corpus, markdown, read
from benchmarks.doubling import FORMS, DoubledPage, doubled_page, missing
from benchmarks.lookalikes import LOOKALIKES, lookalike
from benchmarks.pages import Source
from neardup import find_repeats, fold

if TYPE_CHECKING:
    from collections.abc import Iterable

    from benchmarks.pages import Stretch

EDITS = (0.0, 0.02, 0.05, 0.1)


@dataclass(frozen=True, slots=True)
class Score:
    """What `find_repeats` made of one doubled page."""

    doubled: bool
    copies_right: bool
    span_error: float
    clean_right: bool
    seconds: float


def score(page: DoubledPage) -> Score:
    """Compare what is found on a page with the truth."""
    start = perf_counter()
    found = find_repeats(page.text)
    seconds = perf_counter() - start
    reported = _covered(page.text, ((repeat.copy.start, repeat.copy.stop) for repeat in found.repeats))
    truth = _covered(page.text, whole_copies(page))
    return Score(
        found.body_copies >= 2,
        found.body_copies == page.body_copies,
        float((reported ^ truth).sum() / truth.sum()),
        found.clean().rstrip() == page.undoubled.rstrip(),
        seconds,
    )


def whole_copies(page: DoubledPage) -> list[Stretch]:
    """Give the copies of a page with the sentences that were added inside them."""
    whole: list[Stretch] = []
    last_original: Stretch = (0, 0)
    for original, copy in zip(page.originals, page.copies, strict=True):
        continues = whole and original[0] >= last_original[1]
        if continues and not any(start < copy[0] and stop > whole[-1][1] for start, stop in page.originals):
            whole[-1] = (whole[-1][0], copy[1])
        else:
            whole.append(copy)
        last_original = original
    return whole


def _covered(text: str, stretches: Iterable[tuple[int, int]]) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Mark the folded code points that lie in stretches of the text."""
    inside = np.zeros(len(text), np.bool_)
    for start, stop in stretches:
        inside[start:stop] = True
    return inside[fold(text).positions]


def _doubled_table(source: Source, count: int, seed: int) -> str:
    rows = []
    for form in FORMS:
        if lacking := missing(form):
            print(f"left out: {lacking}")
            continue
        for edits in EDITS:
            scores = [score(doubled_page(source, form, edits=edits, seed=seed, index=index)) for index in range(count)]
            rows.append(
                [
                    form,
                    f"{edits:g}",
                    f"{fmean(each.doubled for each in scores):.3f}",
                    f"{fmean(each.copies_right for each in scores):.3f}",
                    f"{fmean(each.span_error for each in scores):.3f}",
                    "" if edits else f"{fmean(each.clean_right for each in scores):.3f}",
                    f"{fmean(each.seconds for each in scores) * 1e3:.2f}",
                ]
            )
    return markdown(["form", "edits", "doubled", "copies right", "span error", "clean right", "ms"], rows)


def _lookalike_table(source: Source, count: int, seed: int) -> str:
    rows = []
    for kind in LOOKALIKES:
        pages = [lookalike(source, kind, seed=seed, index=index) for index in range(count)]
        called = [find_repeats(page.text).body_copies >= 2 for page in pages]
        rows.append([kind, str(count), str(sum(called))])
    return markdown(["lookalike", "pages", "called doubled"], rows)


def _print_untouched(path: Path, limit: int | None) -> None:
    called = []
    documents = 0
    start = perf_counter()
    for document in read(path, limit):
        documents += 1
        if (found := find_repeats(document.text)).body_copies >= 2:
            called.append(f"    {document.id}  ({found.body_copies} copies, {found.chars} folded code points)")
    each_ms = (perf_counter() - start) / max(1, documents) * 1e3
    print(f"\n{path.name}: {len(called)} of {documents:,} called doubled; {each_ms:.2f} ms each, reading included")
    print(*called, sep="\n", end="\n" if called else "")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.doubled_pages", description=__doc__.split("\n")[0])
    add_corpus(parser)
    parser.add_argument("--count", type=int, default=200, metavar="N", help="pages for each form and edit rate")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--untouched", type=Path, nargs="+", default=[], metavar="FILE", help="corpora as they are")
    options = parser.parse_args()
    print(environment())
    source = Source.from_texts(document.text for document in read(options.corpus, options.limit))
    print(f"pages made from {len(source.articles):,} articles of {options.corpus.name}, seed {options.seed}\n")
    print(_doubled_table(source, options.count, options.seed))
    print(f"\n{_lookalike_table(source, options.count, options.seed)}")
    for path in options.untouched:
        _print_untouched(path, options.limit)


if __name__ == "__main__":
    main()
