"""How often texts repeat themselves by nature, by the shortest passage that counts (`min_chars`).

For every `min_chars`: the share of documents with any repeat and with an exact one, and the share of all folded code
points that lies in copies. In edited texts that nobody printed twice, what is found is set phrases, titles and
formulas, so the first columns should be small at the default; on crawled pages the rest are pages that really repeat
something. The default of `neardup.find_repeats` is the value at which about 1 in 100 edited news items repeats
anything exactly.

The last line says how many rounds of `neardup.repeats.cleaning.clean` the documents need at the default: taking copies
out can bring others together.

Run ``python -m benchmarks.natural_repeats --corpus news.jsonl.gz``; several corpora make several tables.
"""

from __future__ import annotations

import argparse
from collections import Counter
from typing import TYPE_CHECKING

from benchmarks import environment
from benchmarks.corpora import add_corpus, markdown, read
from neardup import find_repeats
from neardup.repeats.alignment import align_with_itself
from neardup.repeats.cleaning import clean, printed_copies
from neardup.repeats.find import DEFAULT_MIN_CHARS

if TYPE_CHECKING:
    from collections.abc import Iterable

MIN_CHARS = (18, 20, 24, 30, 40, 60)


def shares(texts: Iterable[str], min_chars: int) -> tuple[float, float, float]:
    """Measure one `min_chars`: the shares of documents with a repeat, with an exact one, and of text in copies."""
    documents = repeating = exact = chars = 0
    copied = 0.0
    for text in texts:
        found = find_repeats(text, min_chars=min_chars)
        documents += 1
        repeating += bool(found.repeats)
        exact += any(repeat.kind == "exact" for repeat in found.repeats)
        chars += found.chars
        copied += found.repeated_share * found.chars
    return repeating / max(1, documents), exact / max(1, documents), copied / max(1, chars)


def rounds(texts: Iterable[str]) -> Counter[int]:
    """Count the documents by how many rounds of cleaning they need."""
    found: Counter[int] = Counter()
    for text in texts:
        aligned = align_with_itself(text, DEFAULT_MIN_CHARS)
        edited = printed_copies(text, aligned, DEFAULT_MIN_CHARS)[0] > 1
        found[clean(text, aligned, DEFAULT_MIN_CHARS, edited=edited).rounds] += 1
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.natural_repeats", description=__doc__.split("\n")[0])
    add_corpus(parser, several=True)
    parser.add_argument("--min-chars", type=int, nargs="+", default=MIN_CHARS, metavar="N")
    options = parser.parse_args()
    print(environment())
    for path in options.corpus:
        texts = [document.text for document in read(path, options.limit)]
        rows = [
            [str(min_chars), *(f"{share:.2%}" for share in shares(texts, min_chars))]
            for min_chars in sorted(options.min_chars)
        ]
        print(f"\n{path.name}: {len(texts):,} documents\n")
        print(markdown(["min_chars", "documents with a repeat", "with an exact one", "text in copies"], rows))
        counted = ", ".join(f"{number} in {count:,}" for number, count in sorted(rounds(texts).items()))
        print(f"\nrounds of cleaning: {counted}")


if __name__ == "__main__":
    main()
