"""Natural repeats: how often texts repeat themselves, by the shortest passage that counts.

For every shortest passage (`min_chars`): the share of documents with any repeat and with an exact one, and the share of
all folded code points that lies in copies. In edited texts that nobody printed twice, what is found is set phrases,
titles and formulas, so the first columns should be small at the default; on crawled pages the rest are pages that
really repeat something. The default of `neardup.find_repeats` is the value at which about 1 in 100 edited news items
repeats anything exactly.

The last table says how many rounds of `neardup.repeats.cleaning.clean` the documents need at the default: taking copies
out can bring others together.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from benchmarks.reports import Column, Report, Table
from benchmarks.setting import DOCUMENTS, Option, Suite
from neardup import find_repeats
from neardup.repeats.alignment import align_with_itself
from neardup.repeats.cleaning import clean, printed_copies
from neardup.repeats.find import DEFAULT_MIN_CHARS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.setting import Setting

SHARES = (
    Column("min_chars", "min_chars", "d"),
    Column("repeating", "documents with a repeat", ".2%"),
    Column("exact", "with an exact one", ".2%"),
    Column("copied", "text in copies", ".2%"),
)
ROUNDS = (Column("rounds", "rounds", "d"), Column("documents", "documents", ",d"))


def run(setting: Setting) -> Report:
    """Measure."""
    texts = setting.corpus.texts
    shares = tuple(repeating(texts, min_chars) for min_chars in sorted(setting.min_chars))
    rounds = tuple({"rounds": number, "documents": count} for number, count in sorted(cleaning(texts).items()))
    tables = (
        Table("shares", "What repeats itself.", SHARES, shares),
        Table("rounds", "How many rounds of cleaning documents need.", ROUNDS, rounds),
    )
    return Report("natural_repeats", setting.corpus.name, tables)


def repeating(texts: Sequence[str], min_chars: int) -> dict[str, Any]:
    """Measure one `min_chars`: the shares of documents with a repeat, with an exact one, and of text in copies."""
    repeated = exact = chars = 0
    copied = 0.0
    for text in texts:
        found = find_repeats(text, min_chars=min_chars)
        repeated += bool(found.repeats)
        exact += any(repeat.kind == "exact" for repeat in found.repeats)
        chars += found.chars
        copied += found.repeated_share * found.chars
    shares = {"repeating": repeated / len(texts), "exact": exact / len(texts), "copied": copied / max(1, chars)}
    return {"min_chars": min_chars} | shares


def cleaning(texts: Sequence[str]) -> Counter[int]:
    """Count the documents by how many rounds of cleaning they need."""
    found: Counter[int] = Counter()
    for text in texts:
        aligned = align_with_itself(text, DEFAULT_MIN_CHARS)
        edited = printed_copies(text, aligned, DEFAULT_MIN_CHARS)[0] > 1
        found[clean(text, aligned, DEFAULT_MIN_CHARS, edited=edited).rounds] += 1
    return found


MIN_CHARS = Option("--min-chars", "the shortest passages that count", (18, 20, 24, 30, 40, 60), int, "N", "+")

SUITE = Suite(run, (*DOCUMENTS, MIN_CHARS))
