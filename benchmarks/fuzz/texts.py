"""Texts to fuzz with: hostile alphabets in hostile shapes, and copies of them that are edited, moved and cut."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

IDEOGRAPHS = "".join(map(chr, range(0x4E00, 0x9FA5)))

ALPHABETS = (
    IDEOGRAPHS,
    IDEOGRAPHS,
    IDEOGRAPHS[:40],
    "天地",
    "天",
    "天地玄黄宇宙洪荒，。\n",
    "abcdexyz 12",
    "aéÿß\x80\xff天",
    "𠀀𠀁𪛖😀天",
    "\ud800\udbff\udc00\udfff天a",
    "㎏ﷺ한ffi①㈱½ℌ\ufdfa天",
    "e\u0301\u0308\u20d0\u3099か한\u1100\u1161天",
    "0123456789０９,，.．:：/⁄％%‰-－−x甲",
    "〇零一二三四五六七八九十百千万亿两萬１1第",
    "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029天地",
    "，。！？；：（）【】「」“”…—()[] \u3000天",
    "<>/=\"'&;#-! abdipsx天\n",
    "![]()|`~@:w./-+=&;acn 天\n",
    "\0\x01\x1f\x7f\ufeff\u200b\ue000\uffff\U0010ffff天",
)
"""Every width of str, what folds to nothing and to several codes, numbers, line breaks and marks."""

EDGES = (0, 1, 4, 5, 7, 8, 9, 12, 13, 29, 30, 31, 59, 60, 61, 63, 64, 65, 127, 128, 129, 254, 255, 256, 257)
LATE_EDGES = (499, 500, 501, 511, 512, 513, 516, 517, 524, 525, 1023, 1024, 1028)
"""Lengths at which blocks, vectors, windows and rules change."""

CHAINS = ((12, 18), (12, 12), (16, 4), (8, 2), (30, 31), *((13, gap) for gap in (99, 100, 101, 254, 255, 256)))
"""Lengths of pieces and of gaps between them: around the similarity and the longest gap of near repeats."""

PERIODS = (1, 2, 3, 5, 7, 8, 9, 12, 13, 29, 30, 31, 40, 64)


def length(rng: Random, most: int) -> int:
    """Choose a length: at an edge, or small more often than large."""
    edges = [edge for edge in EDGES + LATE_EDGES if edge <= most]
    return rng.choice(edges) if rng.random() < 0.4 else int(most * rng.random() ** 3)


def alphabet(rng: Random) -> str:
    """Choose some characters."""
    chosen = rng.choice(ALPHABETS)
    if rng.random() < 0.1:
        chosen += rng.choice(ALPHABETS)
    if rng.random() < 0.05:
        chosen = "".join(chr(rng.randrange(0x110000)) for _ in range(rng.randint(1, 30)))
    return chosen


def drawn(rng: Random, chars: str, size: int) -> str:
    """Draw characters."""
    return "".join(rng.choices(chars, k=size))


def different(rng: Random, size: int) -> str:
    """Draw ideographs, none of them twice."""
    return "".join(rng.sample(IDEOGRAPHS, size))


def periodic(rng: Random, chars: str, size: int) -> str:
    """Repeat a word, which may be broken once."""
    word = drawn(rng, chars, rng.choice(PERIODS))
    text = (word * (size // len(word) + 1))[:size]
    return edited(rng, text, chars, 1) if rng.random() < 0.3 else text


def fibonacci(rng: Random, chars: str, size: int) -> str:
    """Give a prefix of a Fibonacci word: the most runs that a text without periods has."""
    before, word = rng.choice(chars), rng.choice(chars)
    while len(word) < size:
        before, word = word, word + before
    return word[:size]


def thue_morse(rng: Random, chars: str, size: int) -> str:
    """Give a prefix of a Thue-Morse word: repeats everywhere, and polynomial hashes modulo 2**64 collide on it."""
    pair = rng.choice(chars), rng.choice(chars)
    return "".join(pair[number.bit_count() % 2] for number in range(size))


def copied(rng: Random, chars: str, size: int) -> str:
    """Print a few pieces again and again, in any order, some of them edited, with gaps between."""
    pieces = [drawn(rng, chars, rng.choice((3, 8, 12, 16, 30, 31, 40, 100))) for _ in range(rng.randint(1, 5))]
    gap = rng.choice((0, 1, 8, 30, 31, 60, 99, 100, 101))
    text = ""
    while len(text) < size:
        piece = rng.choice(pieces)
        text += edited(rng, piece, chars, rng.randint(0, 3)) if rng.random() < 0.4 else piece
        text += rng.choice(("", "\n", "。", "，", drawn(rng, chars, gap)))
    return text[:size]


def chained(rng: Random, chars: str, size: int) -> str:
    """Print a half again in short pieces with gaps between: a chain that is hardly similar enough, or not."""
    half = drawn(rng, chars, size // 2)
    piece, gap = rng.choice(CHAINS)
    parts = (half[start : start + piece] + drawn(rng, chars, gap) for start in range(0, len(half), piece + gap))
    return f"{half}\n{''.join(parts)}"


def nested(rng: Random, chars: str, size: int) -> str:
    """Print ever longer beginnings of a text, or 1 to n lines."""
    line = drawn(rng, chars, 40)
    text = ""
    for count in range(1, 200):
        if len(text) >= size:
            break
        text += (line * 5)[: 3 * count] + "\n"
    return text[:size]


SHAPES: tuple[Callable[[Random, str, int], str], ...] = (
    drawn,
    periodic,
    fibonacci,
    thue_morse,
    copied,
    copied,
    chained,
    nested,
)


def text(rng: Random, most: int = 700) -> str:
    """Make a text of at most about so many characters."""
    size = length(rng, most)
    made = rng.choice(SHAPES)(rng, alphabet(rng), size)
    if rng.random() < 0.15:
        made += rng.choice(SHAPES)(rng, alphabet(rng), length(rng, most // 4))
    if rng.random() < 0.1 and made:
        made = made + rng.choice(("", "\n", "。", "链接")) + made
    return made


def edited(rng: Random, given: str, chars: str, times: int) -> str:
    """Put in, take out and replace a few characters."""
    for _ in range(times):
        start = rng.randint(0, len(given))
        put = rng.choice(("", "", "，", "改", "9", " ", drawn(rng, chars, rng.randint(0, 9))))
        given = given[:start] + put + given[start + rng.choice((0, 1, 1, 2, 5)) :]
    return given


def moved(rng: Random) -> tuple[str, str]:
    """Make two texts of the same pieces in another order; how many a chain skips lies around its look-back."""
    count = rng.choice((2, 5, 61, 62, 63, 64, 65, 66)) + rng.choice((0, 0, -1, 1))
    chars = different(rng, 8 * count + 60)
    first, last = chars[:10], chars[10 : 10 + rng.choice((9, 20, 50))]
    pieces = [chars[start : start + 8] for start in range(60, len(chars), 8)]
    others = pieces[::-1] if rng.random() < 0.7 else rng.sample(pieces, len(pieces))
    return first + last + "".join(others), first + "".join(pieces) + last


def relative(rng: Random, base: str) -> str:
    """Make a text out of another: a copy, edits, an excerpt, an extension, a template filled in otherwise."""
    chars = alphabet(rng)
    start, stop = sorted((rng.randint(0, len(base)), rng.randint(0, len(base))))
    digits = str.maketrans("0123456789一二三四五", drawn(rng, "0123456789", 10) + drawn(rng, "六七八九十", 5))
    kind = rng.randrange(9)
    if kind == 0:
        return base
    if kind == 1:
        return base.translate(digits)
    if kind == 2:
        return base[start:stop]
    if kind == 3:
        return base + drawn(rng, chars, rng.choice((1, 5, 30, 60)))
    if kind == 4:
        return base[stop:] + base[start:stop] + base[:start]
    if kind == 5:
        return "，".join(base)
    if kind == 6:
        return base[:start] + drawn(rng, chars, stop - start) + base[stop:]
    return edited(rng, base, chars, rng.randint(1, 6))


def padded(rng: Random, given: str) -> str:
    """Bring a text to a length at which a rule for short texts ends."""
    size = rng.choice((59, 60, 61, 499, 500, 501))
    return (given + different(rng, size))[:size]


def corpus(rng: Random, most: int = 10, chars: int = 500) -> list[str]:
    """Make several texts, many of them relatives of one another."""
    found: list[str] = []
    for _ in range(rng.randint(0, most)):
        if found and rng.random() < 0.6:
            found.append(relative(rng, rng.choice(found)))
        elif rng.random() < 0.15:
            found += moved(rng)
        elif rng.random() < 0.15:
            found.append(padded(rng, rng.choice(("第三届", "9月1日", "")) + text(rng, 60)))
        else:
            found.append(text(rng, chars))
    rng.shuffle(found)
    return found


def many(rng: Random) -> list[str]:
    """Make so many short texts that there are several chunks of them, and several blocks of progress."""
    count = rng.choice((255, 256, 257, 300, 512, 513, 600, 1100))
    some = [text(rng, 40) for _ in range(rng.choice((3, 20)))] or [""]
    return [rng.choice(some) + rng.choice(("", "", str(number), "。")) for number in range(count)]


def encodable(given: str) -> str:
    """Replace lone surrogates, which UTF-8 has no bytes for."""
    return given.encode("utf-8", "replace").decode()


def offsets(sizes: list[int]) -> list[int]:
    """Say where rows of these sizes start, and where the last one ends."""
    return list(accumulate(sizes, initial=0))
