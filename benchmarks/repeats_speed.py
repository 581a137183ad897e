"""How fast `neardup.find_repeats` is, in code points per second, and whether its time is linear.

One table row per kind of text and size. The time is the best of several runs of one thread, folding included. Beside
it, measured in the same minute, stands `zlib.compress` at level 6 of the same text in UTF-8: a familiar linear-time
finder of repeats (it looks back 32 KiB), so that figures of different machines compare. ``zlib / neardup`` above 1
means that neardup was faster. After the table stands, per kind, the time per code point at the largest size divided
by that at 10^5: about 1 is linear; a larger text leaves the caches, so some growth is the memory's.

The kinds: ``corpus`` (texts of --corpus, joined; rows of more text than it has are left out), one character
repeated, the periods 2 and 40, the Fibonacci and the Thue-Morse word over two characters, and random text over 2 and
over 3000 characters.

Run ``python -m benchmarks.repeats_speed --corpus news.jsonl.gz``; the reference backend needs ``--max-size 100000``.
"""

from __future__ import annotations

import argparse
import random
import zlib
from itertools import accumulate, cycle, islice, takewhile
from time import perf_counter
from typing import TYPE_CHECKING

from benchmarks import environment
from benchmarks.corpora import add_corpus, markdown, read
from neardup import find_repeats, fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SIZES = (10**3, 10**4, 10**5, 10**6, 10**7)
LINEAR_FROM = 10**5


def alphabet(size: int) -> str:
    """Take the first Chinese characters that fold to themselves."""
    every = map(chr, range(0x4E00, 0xA000))
    return "".join(islice((char for char in every if fold(char).text == char), size))


def fibonacci(size: int) -> str:
    """Give a prefix of the Fibonacci word: the most runs that a text without periods has."""
    before, word = "乙", "甲"
    while len(word) < size:
        before, word = word, word + before
    return word[:size]


def thue_morse(size: int) -> str:
    """Give a prefix of the Thue-Morse word: repeats everywhere, nothing three times in a row."""
    word = "甲"
    swapped = str.maketrans("甲乙", "乙甲")
    while len(word) < size:
        word += word.translate(swapped)
    return word[:size]


def joined(path: Path, limit: int | None, size: int) -> str:
    """Join texts of a corpus until there are `size` code points."""
    texts = [document.text for document in read(path, limit)]
    lengths = accumulate((len(text) + 1 for text in texts), initial=0)
    return "\n".join(texts[: sum(1 for _ in takewhile(size.__ge__, lengths))])[:size]


def kinds(largest: int, corpus: Path | None, limit: int | None, seed: int) -> Iterator[tuple[str, str]]:
    """Make the texts, each with its name, at the largest size; smaller ones are its beginnings."""
    rng = random.Random(seed)
    common = alphabet(3000)
    if corpus is not None:
        yield "corpus", joined(corpus, limit, largest)
    yield "one character", "甲" * largest
    yield "period 2", "".join(islice(cycle("甲乙"), largest))
    yield "period 40", "".join(islice(cycle(common[:40]), largest))
    yield "Fibonacci", fibonacci(largest)
    yield "Thue-Morse", thue_morse(largest)
    yield "random, 2", "".join(rng.choices("甲乙", k=largest))
    yield "random, 3000", "".join(rng.choices(common, k=largest))


def best(run: Callable[[], object], *, runs: int, least_s: float = 0.2) -> float:
    """Time a call: the best of `runs` runs, or of as many as fit into `least_s` seconds if those are more."""
    times: list[float] = []
    while len(times) < runs or sum(times) < least_s:
        start = perf_counter()
        run()
        times.append(perf_counter() - start)
    return min(times)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.repeats_speed", description=__doc__.split("\n")[0])
    add_corpus(parser, required=False)
    parser.add_argument("--max-size", type=int, default=SIZES[-1], metavar="N", help="largest text, in code points")
    parser.add_argument("--runs", type=int, default=5, metavar="N", help="at least so many runs, the best counts")
    parser.add_argument("--within", type=float, default=2.0, metavar="X", help="the growth that passes as linear")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    print(environment())
    sizes = [size for size in SIZES if size <= options.max_size]
    rows: list[list[str]] = []
    growth: dict[str, float] = {}
    for name, text in kinds(sizes[-1], options.corpus, options.limit, options.seed):
        per_char: dict[int, float] = {}
        for size in sizes:
            if size > len(text):
                continue
            part = text[:size]
            encoded = part.encode("utf-8", "surrogatepass")
            ours = best(lambda part=part: find_repeats(part), runs=options.runs)  # type: ignore[misc]
            zlibs = best(lambda encoded=encoded: zlib.compress(encoded, 6), runs=options.runs)  # type: ignore[misc]
            per_char[size] = ours / size
            share = find_repeats(part).repeated_share
            rows.append(
                [
                    name,
                    f"10^{len(str(size)) - 1}",
                    f"{share:.3f}",
                    f"{size / ours / 1e6:.1f}",
                    f"{size / zlibs / 1e6:.1f}",
                    f"{zlibs / ours:.2f}",
                ]
            )
        if LINEAR_FROM in per_char and max(per_char) > LINEAR_FROM:
            growth[name] = per_char[max(per_char)] / per_char[LINEAR_FROM]
    header = ["kind", "code points", "repeated", "neardup, M/s", "zlib -6, M/s", "zlib / neardup"]
    print(f"\n{markdown(header, rows)}\n")
    for name, times in growth.items():
        verdict = "within" if times <= options.within else "NOT within"
        print(
            f"{name}: time per code point at the largest size is {times:.2f} of that at 10^5, {verdict} "
            f"{options.within:g}"
        )


if __name__ == "__main__":
    main()
