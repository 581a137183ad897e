"""Hostile inputs of any size, on which what is linear on news may be quadratic; the suite ``growth`` measures on them.

A family is a function of a size in code points, about, and of a random generator.
"""

from __future__ import annotations

from itertools import count, cycle, islice
from typing import TYPE_CHECKING, Any

import numpy as np

from neardup import fold
from neardup._reference.sketches import HASH_MULTIPLIER, mix
from neardup.boilerplate import paragraph_hash
from neardup.config import Config
from neardup.folding import folding_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from random import Random

    from numpy.typing import NDArray

BASE, PRIME = 0x16A5D1C3B7E94F2D, 2**61 - 1
"""Of the hashes of windows, when the base was no secret of the process yet."""

IDEOGRAPHS = "".join(map(chr, range(0x4E00, 0x9FA5)))


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


def drawn(rng: Random, size: int) -> str:
    """Draw ideographs."""
    return "".join(rng.choices(IDEOGRAPHS, k=size))


def numbered(size: int, line: Callable[[int], str]) -> str:
    """Join numbered lines until there are `size` code points."""
    return "\n".join(_until(size, map(line, count())))


def _until(size: int, lines: Iterator[str]) -> Iterator[str]:
    taken = 0
    while taken < size:
        made = next(lines)
        taken += len(made) + 1
        yield made


def log_lines(size: int, rng: Random) -> str:
    """Give lines of a log: much the same, with other times and numbers."""
    form = "2024-05-{:02d} {:02d}:{:02d}:{:02d} 服务节点{}处理请求{}完成，耗时{}毫秒"
    return numbered(
        size, lambda i: form.format(1 + i // 86400 % 28, i // 3600 % 24, i // 60 % 60, i % 60, i % 7, i, i * i % 977)
    )


def short_messages(size: int, rng: Random) -> str:
    """Give messages in one form, each with another receiver and another code."""
    form = "138xxxx{:04} 尊敬的客户您好，您本次登录的验证码是{:06}，请在五分钟之内完成验证，请勿将验证码泄露给他人。"
    return numbered(size, lambda i: form.format(i * 7919 % 10**4, i * 104729 % 10**6))


def growing_lines(size: int, rng: Random) -> str:
    """Give the beginnings of a text, one character longer each."""
    text = drawn(rng, 2 + int((2 * size) ** 0.5))
    return "\n".join(text[:stop] for stop in range(1, len(text)))


def nested_copies(size: int, rng: Random) -> str:
    """Print one paragraph once, then twice, then three times in a row, and so on."""
    line = drawn(rng, 40) + "。"
    times = int((2 * size / len(line)) ** 0.5)
    return "\n".join(line * number for number in range(1, times + 1))


def near_lists(size: int, rng: Random) -> str:
    """Print a list again and again, with other words at some places."""
    items = [drawn(rng, 12) for _ in range(20)]

    def printed(number: int) -> str:
        edited = [item[:6] + rng.choice(IDEOGRAPHS) + item[7:] if rng.random() < 0.3 else item for item in items]
        return "、".join(edited)

    return numbered(size, printed)


def near_chain(size: int, rng: Random) -> str:
    """Print a half again in short pieces, too far apart: one chain, nowhere similar enough."""
    half = drawn(rng, size // 2)
    return half + "\n" + "".join(half[start : start + 12] + drawn(rng, 18) for start in range(0, len(half), 30))


def nested_pairs(size: int, rng: Random) -> str:
    """Print pairs of lines again so that each pair comes together when the one around it has been taken out."""
    number = size // 100
    first, second = ([drawn(rng, 16) for _ in range(number)] for _ in range(2))
    head = "\n".join(f"{one}\n{other}\n{drawn(rng, 31)}" for one, other in zip(first, second, strict=True))
    again = drawn(rng, 40)
    return "\n".join([head, again, drawn(rng, 35), *first[::-1], again, *second])


def short_lines(size: int, rng: Random) -> str:
    """Print a few short messages over and over, in any order."""
    some = [drawn(rng, 9) for _ in range(12)]
    return numbered(size, lambda _: rng.choice(some))


def one_body(size: int, rng: Random) -> str:
    """Print one page again and again."""
    page = drawn(rng, 400)
    return numbered(size, lambda _: page)


def reversed_lines(size: int, rng: Random) -> str:
    """Print lines, and again from the last to the first."""
    lines = [drawn(rng, 35) for _ in range(size // 72)]
    return "\n".join(lines + lines[::-1])


def twice_each(size: int, rng: Random) -> str:
    """Print every line twice in a row."""
    return "\n".join(f"{line}\n{line}" for line in (drawn(rng, 35) for _ in range(size // 72)))


def edited_again(size: int, rng: Random) -> str:
    """Print lines, and again with another character in each: one near repeat of many pieces."""
    lines = [drawn(rng, 60) for _ in range(size // 122)]
    return "\n".join(lines + [f"{line[:30]}改{line[31:]}" for line in lines])


def one_paragraph(size: int, rng: Random) -> str:
    """Print sentences, and again in another order, without a line break."""
    sentences = [drawn(rng, 35) + "。" for _ in range(size // 72)]
    return "".join(sentences + rng.sample(sentences, len(sentences)))


def long_tail(size: int, rng: Random, tail: str) -> str:
    """Print a line with a long tail that folds to nothing, and the line alone again and again."""
    line = drawn(rng, 40)
    copied = "".join(f"{line}\n{drawn(rng, 35)}\n" for _ in range(size // 2 // 77))
    return f"{line}{tail * (size // 2 // len(tail))}\n{copied}"


def far_label(size: int, rng: Random) -> str:
    """Say something behind a label far inside of its line, and again and again behind others."""
    said = drawn(rng, 120) + "。"
    return f"{' ' * (size // 2)}甲：{said}\n" + numbered(size // 2, lambda i: f"{IDEOGRAPHS[i % 7]}乙：{said}")


def swallowed_runs(size: int, rng: Random) -> str:
    """Print the beginnings of an article, one paragraph longer each, and the whole of it again and again."""
    count = max(2, int((size / 50) ** 0.5))
    paragraphs = [drawn(rng, 50) for _ in range(count)]
    beginnings = ["".join(paragraphs[: i + 1]) for i in range(count)]
    return "\n".join(beginnings + ["".join(paragraphs)] * (count // 2))


def brackets(size: int, rng: Random) -> str:
    """Put opening marks before the copy of a passage, and something behind them."""
    body = drawn(rng, 40)
    return f"{body}。中{'(' * size}){body}。尾巴"


def digits(size: int, rng: Random) -> str:
    """Give one long number with separators."""
    return "".join(islice(cycle("1,2.3:4/5"), size))


def flooded_windows(size: int, rng: Random) -> str:
    """Join passages of eight codes whose hashes all fall into the first slot of the table of `find_repeats`."""

    def is_chosen(before: list[int], last: NDArray[np.uint64]) -> NDArray[np.bool_]:
        value = 0
        for code in before:
            value = (value * BASE + code) % PRIME
        mixed = (np.uint64(value * BASE % PRIME) + last) % np.uint64(PRIME) * np.uint64(0x9E3779B97F4A7C15)
        is_first: NDArray[np.bool_] = (mixed ^ (mixed >> np.uint64(32))) & FIRST_SLOT == 0
        return is_first

    return _flooded(size, rng, 8, is_chosen)


def flooded_shingles(size: int, rng: Random) -> str:
    """Join shingles of five codes whose hashes all fall into the first slot of the tables of `compare`."""

    def is_chosen(before: list[int], last: NDArray[np.uint64]) -> NDArray[np.bool_]:
        value = len(before) + 1
        for code in before:
            value = (value * HASH_MULTIPLIER + code) % 2**64
        is_first: NDArray[np.bool_] = mix(np.uint64(value * HASH_MULTIPLIER % 2**64) + last) & FIRST_SLOT == 0
        return is_first

    return _flooded(size, rng, 5, is_chosen)


FIRST_SLOT = np.uint64(2**16 - 1)
"""The bits that choose a slot, of as many as the tables of the sizes measured have."""


def _flooded(size: int, rng: Random, width: int, is_chosen: Callable[[list[int], NDArray[np.uint64]], Any]) -> str:
    same = np.flatnonzero(folding_table().entries == np.arange(0x110000))
    codes, common = same[same >= 0x3400].astype(np.uint64), alphabet(3000)
    found: list[str] = []
    while width * len(found) < size:
        before = rng.choices(common, k=width - 1)
        last = codes[is_chosen(list(map(ord, before)), codes)]
        found += ["".join(before) + chr(code) for code in last.tolist()]
    return "".join(found)


def filled_in(size: int, rng: Random) -> list[str]:
    """Fill in a form of a page with another number and name each."""
    form = drawn(rng, 300)
    return [f"{form[:150]}{number}{form[150:]}{drawn(rng, 3)}" for number in range(size // 300)]


def copies(size: int, rng: Random) -> list[str]:
    """Copy one page."""
    return [drawn(rng, 300)] * (size // 300)


def below_the_threshold(size: int, rng: Random) -> list[str]:
    """Give texts that share most of what they say, which is too little to report."""
    page = drawn(rng, 200)
    return [page[:175] + drawn(rng, 25) for _ in range(size // 200)]


def drifting(size: int, rng: Random) -> list[str]:
    """Give versions of a page, each edited a little since the one before."""
    page = drawn(rng, 300)
    versions = []
    for _ in range(size // 300):
        place = rng.randrange(len(page))
        page = page[:place] + drawn(rng, 6) + page[place + 6 :]
        versions.append(page)
    return versions


def beginnings(size: int, rng: Random) -> list[str]:
    """Give ever longer beginnings of one text."""
    text = drawn(rng, int((40 * size) ** 0.5))
    return [text[:stop] for stop in range(20, len(text), 20)]


def messages(size: int, rng: Random) -> list[str]:
    """Give short messages, many of them equal."""
    some = [drawn(rng, 9) for _ in range(200)]
    return [rng.choice(some) for _ in range(size // 9)]


def shared_lines(size: int, rng: Random) -> list[str]:
    """Give pages of lines that all have, that some have, and that one has."""
    lines = [drawn(rng, 30) for _ in range(20)]
    return ["\n".join([*rng.sample(lines, 5), drawn(rng, 150)]) for _ in range(size // 300)]


def large_first(size: int, rng: Random) -> list[str]:
    """Give one large text of many repeats, and small ones of a repeat each."""
    lines = [drawn(rng, 31) for _ in range(200)]
    return [reversed_lines(size // 2, rng), *("\n".join([rng.choice(lines)] * 2) for _ in range(size // 2 // 63))]


def many_numbers(size: int, rng: Random) -> tuple[str, str]:
    """Give two texts of the same paragraphs with different numbers behind each."""
    paragraphs = [drawn(rng, 60) for _ in range(size // 66)]
    one, other = (
        "\n".join(f"{text}{100000 + 2 * place + plus}" for place, text in enumerate(paragraphs)) for plus in (0, 1)
    )
    return one, other


def much_left_out(size: int, rng: Random) -> tuple[str, str, Config]:
    """Give two texts with a boilerplate paragraph between all lines."""
    notice = drawn(rng, 20)
    lines = [drawn(rng, 40) for _ in range(size // 62)]
    edited = [line[:20] + drawn(rng, 1) + line[21:] for line in lines]
    one, other = (f"\n{notice}\n".join(each) for each in (lines, edited))
    return one, other, Config(boilerplate=(paragraph_hash(notice),))


def moved_pieces(size: int, rng: Random) -> tuple[str, str]:
    """Give two texts of the same short pieces in another order."""
    pieces = [drawn(rng, 12) for _ in range(size // 12)]
    return "".join(pieces), "".join(rng.sample(pieces, len(pieces)))


def comments(size: int, rng: Random) -> str:
    """Give empty comments of HTML, and no tag behind them."""
    return "<!---->" * (size // 7) + "中文"


TEXTS: dict[str, Callable[[int, Random], str]] = {
    "one character": lambda size, _: "甲" * size,
    "period 2": lambda size, _: "".join(islice(cycle("甲乙"), size)),
    "period 40": lambda size, _: "".join(islice(cycle(alphabet(40)), size)),
    "Fibonacci": lambda size, _: fibonacci(size),
    "Thue-Morse": lambda size, _: thue_morse(size),
    "log lines": log_lines,
    "short messages": short_messages,
    "counting": lambda size, _: numbered(size, lambda number: f"第{100_000 + number}行"),
    "growing lines": growing_lines,
    "nested copies": nested_copies,
    "near lists": near_lists,
    "near chain": near_chain,
    "nested pairs": nested_pairs,
    "short lines": short_lines,
    "one body": one_body,
    "reversed lines": reversed_lines,
    "twice each": twice_each,
    "edited again": edited_again,
    "one paragraph": one_paragraph,
    "tail of marks": lambda size, rng: long_tail(size, rng, "\n。"),
    "tail of dashes": lambda size, rng: long_tail(size, rng, "\n——"),
    "tail of spaces": lambda size, rng: long_tail(size, rng, " "),
    "far label": far_label,
    "swallowed runs": swallowed_runs,
    "brackets": brackets,
    "digits": digits,
    "flooded": flooded_windows,
}
"""Single texts."""

PAIRS: dict[str, Callable[[int, Random], tuple[str, str] | tuple[str, str, Config]]] = {
    "many numbers": many_numbers,
    "much left out": much_left_out,
    "moved pieces": moved_pieces,
    "flooded": lambda size, rng: (flooded_shingles(size, rng),) * 2,
}
"""Two texts, and a config for some."""

CORPORA: dict[str, Callable[[int, Random], list[str]]] = {
    "filled in": filled_in,
    "copies": copies,
    "below": below_the_threshold,
    "drifting": drifting,
    "beginnings": beginnings,
    "messages": messages,
    "shared lines": shared_lines,
    "large first": large_first,
}
"""Several texts."""
