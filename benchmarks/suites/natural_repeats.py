"""Natural repeats: how often texts repeat themselves, by the shortest passage that counts.

For every shortest passage (`min_chars`): the share of documents with any repeat and with an exact one, and the share of
all folded code points that lies in copies. In edited texts that nobody printed twice, what is found is set phrases,
titles and formulas, so the first columns should be small at the default; on crawled pages the rest are pages that
really repeat something. The default of `neardup.find_repeats` is the value at which about 1 in 100 edited news items
repeats anything exactly.

The other tables say what cleaning makes of it at the default: how many documents each scope changes and how much of the
text goes, and for what reasons copies stay.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from benchmarks.reports import Column, Report, Table
from benchmarks.setting import DOCUMENTS, THREADS, Option, Suite
from benchmarks.suites.cleaning import SCOPES
from neardup import find_repeats_batch
from neardup.repeats.find import DEFAULT_MIN_CHARS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.setting import Setting
    from neardup import Repeats

SHARES = (
    Column("min_chars", "min_chars", "d"),
    Column("repeating", "documents with a repeat", ".2%"),
    Column("exact", "with an exact one", ".2%"),
    Column("copied", "text in copies", ".2%"),
)
GONE = (
    Column("scope", "scope"),
    Column("changed", "documents changed", ".2%"),
    Column("gone", "text that goes", ".2%"),
)
KEPT = (
    *(Column("scope", "scope"), Column("reason", "why copies stay")),
    *(Column("documents", "documents", ",d"), Column("copies", "copies or parts", ",d")),
)


def run(setting: Setting) -> Report:
    """Measure."""
    texts, threads = setting.corpus.texts, setting.threads
    shares = tuple(repeating(texts, min_chars, threads) for min_chars in sorted(setting.min_chars))
    found = find_repeats_batch(texts, min_chars=DEFAULT_MIN_CHARS, threads=threads)
    tables = (
        Table("shares", "What repeats itself.", SHARES, shares),
        Table("gone", "What each scope takes out.", GONE, tuple(gone(found, texts))),
        Table("kept", "Why copies stay.", KEPT, tuple(kept(found))),
    )
    return Report("natural_repeats", setting.corpus.name, tables)


def repeating(texts: Sequence[str], min_chars: int, threads: int) -> dict[str, Any]:
    """Measure one `min_chars`: the shares of documents with a repeat, with an exact one, and of text in copies."""
    found = find_repeats_batch(texts, min_chars=min_chars, threads=threads)
    documents = [found[id_] for id_ in found.with_repeats]
    exact = sum(any(repeat.kind == "exact" for repeat in each.repeats) for each in documents)
    copied = sum(each.repeated_share * each.chars for each in documents)
    chars = int(found.found.chars.sum())
    shares = {"repeating": len(documents) / len(texts), "exact": exact / len(texts), "copied": copied / max(1, chars)}
    return {"min_chars": min_chars} | shares


def gone(found: Repeats, texts: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Measure each scope: the share of the documents that it changes, and of the text that goes."""
    chars = sum(map(len, texts))
    for scope in SCOPES:
        removed = found.removed(scope)
        taken = sum(stop - start for stretches in removed.values() for start, stop in stretches)
        yield {"scope": scope, "changed": len(removed) / len(texts), "gone": taken / max(1, chars)}


def kept(found: Repeats) -> Iterator[dict[str, Any]]:
    """Count why copies stay in each scope."""
    for scope in SCOPES:
        staying = found.kept(scope).values()
        documents = Counter(reason for some in staying for reason in {each.reason for each in some})
        copies = Counter(each.reason for some in staying for each in some)
        for reason, count in copies.most_common():
            yield {"scope": scope, "reason": reason, "documents": documents[reason], "copies": count}


MIN_CHARS = Option("--min-chars", "the shortest passages that count", (18, 20, 24, 30, 40, 60), int, "N", "+")

SUITE = Suite(run, (*DOCUMENTS, THREADS, MIN_CHARS))
