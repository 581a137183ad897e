"""Bodies of other genres than news, from sentences of a corpus: laws with lists, Markdown with code, notices, chats.

A body of a genre repeats nothing, so that what a page repeats the generator has put there. `growing` is no body: its
lines are each the beginning of the next.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import cycle, pairwise
from typing import TYPE_CHECKING

from benchmarks.pages import NAMES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from benchmarks.pages import Maker

NUMERALS = "一二三四五六七八九"
CIRCLED = "①②③④⑤⑥⑦⑧⑨"
LABELS: tuple[Callable[[int], str], ...] = (
    lambda i: f"（{NUMERALS[i]}）",
    lambda i: f"{i + 1}. ",
    lambda i: CIRCLED[i],
    lambda _: "- ",
)
"""How the items of a list are marked; each takes their number from 0, at most 8."""

DAYS = tuple(f"周{day}{half}" for day in "一二三四五" for half in ("上午", "下午"))
PLACES = ("东门市场", "南桥码头", "文化广场", "综合服务大厅", "老粮站", "第二小学", "水厂", "北山公园")
IDENTIFIERS = ("reader", "orders", "cache", "token", "ledger", "shelf", "batch", "worker", "index", "report", "queue")

_CODE = (
    "from {0} import open_{1}",
    "def load_{0}({1}, limit={2}):",
    "    {0} = open_{1}({2})",
    "    if not {0}.ready({1}):",
    '        raise RuntimeError("{0} {1} {2}")',
    "    for {0} in {1}[:{2}]:",
    "        print({0}, {1}, {2})",
    "    return sorted({0}, key={1}.rank)[:{2}]",
)
OPTIONS = ("--verbose", "--dry-run", "--workers", "--timeout", "--output", "--retries")


@dataclass(frozen=True, slots=True)
class Sentences:
    """Sentences of a corpus, none of them twice."""

    maker: Maker
    taken: list[str] = field(default_factory=list)

    def one(self, mark: str = "。") -> str:
        """Take a sentence, and put a mark at its end."""
        sentence = self.maker.sentence(lambda new: any(new in old or old in new for old in self.taken))
        self.taken.append(sentence)
        return sentence + mark

    def two(self, mark: str = "。") -> str:
        """Take two sentences, joined to one."""
        return self.one("，") + self.one(mark)


def law(maker: Maker) -> str:
    """Write articles of a law, some with a list of items."""
    sentences, label = Sentences(maker), maker.rng.choice(LABELS[:2])
    lines = []
    for number in range(1, maker.rng.randint(4, 6)):
        lines.append(f"第{NUMERALS[number - 1]}条　{sentences.two()}")
        if maker.rng.random() < 0.5:
            lines.append(f"{sentences.one('')}的，应当符合下列条件：")
            lines += [label(i) + sentences.one("；") for i in range(2)]
    return "\n".join(lines)


def tutorial(maker: Maker) -> str:
    """Write Markdown with headings, a list, a block of code that has an empty line, and a table."""
    sentences = Sentences(maker)
    program = code(maker)
    program.insert(len(program) // 2, "")
    return "\n".join(
        [
            f"## {sentences.one('')}",
            "",
            sentences.two(),
            "",
            *(f"- {sentences.one('；')}" for _ in range(2)),
            "",
            sentences.one("："),
            "",
            *fenced(program, maker.rng.choice(("```python", "~~~python"))),
            "",
            sentences.two(),
            "",
            *rows(maker, sentences, ("选项", "含义"), [f"`{option}`" for option in maker.rng.sample(OPTIONS, 2)]),
            "",
            sentences.two(),
        ]
    )


def notice(maker: Maker) -> str:
    """Write a notice with a table of places and days between its paragraphs."""
    sentences = Sentences(maker)
    days, places = maker.rng.sample(DAYS, 3), maker.rng.sample(PLACES, 3)
    table = [f"| {day} | {place} |" for day, place in zip(days, places, strict=True)]
    paragraphs = [sentences.two() for _ in range(4)]
    return "\n".join([*paragraphs[:2], "| 时间 | 地点 |", "|---|---|", *table, *paragraphs[2:]])


def html_notice(maker: Maker) -> str:
    """Write a notice with a table of HTML between its paragraphs, on one line or a row a line."""
    sentences = Sentences(maker)
    cells = zip(maker.rng.sample(DAYS, 3), maker.rng.sample(PLACES, 3), strict=True)
    table = html_table([("时间", "地点"), *cells])
    paragraphs = [sentences.two() for _ in range(4)]
    lines = table if maker.rng.random() < 0.5 else ["".join(table)]
    return "\n".join([*paragraphs[:2], *lines, *paragraphs[2:]])


def chat(maker: Maker) -> str:
    """Write messages of several, each after the name of who says it."""
    sentences, count = Sentences(maker), maker.rng.randint(8, 12)
    names = maker.rng.sample(NAMES, 3)
    return "\n".join(f"{name}：{sentences.one()}" for name, _ in zip(cycle(names), range(count), strict=False))


def song(maker: Maker) -> str:
    """Write verses, with an empty line between two."""
    sentences = Sentences(maker)
    verses = ("\n".join(sentences.one("")[:14] for _ in range(4)) for _ in range(5))
    return "\n\n".join(verses)


GENRES: Mapping[str, Callable[[Maker], str]] = {
    "law_twice": law,
    "markdown_twice": tutorial,
    "notice_twice": notice,
    "html_twice": html_notice,
    "chat_twice": chat,
    "song_twice": song,
}
"""Forms of doubled pages, and what makes their body."""


def scanned_lines(maker: Maker, count: int = 6, width: int = 40) -> list[str]:
    """Write lines as a scan has them: of one width, without punctuation."""
    sentences = Sentences(maker)
    text = ""
    while len(text) < count * width:
        text += "".join(filter(str.isalnum, sentences.one()))
    return [text[i * width : (i + 1) * width] for i in range(count)]


def growing(maker: Maker) -> tuple[str, str]:
    """Write a text whose beginnings stand above it, a line each, between two other lines; and the text without them."""
    sentences = Sentences(maker)
    whole, above, below = sentences.two() + sentences.two(), sentences.two(), sentences.two()
    stops = sorted(maker.rng.sample(range(8, len(whole) - 1), maker.rng.randint(3, 8)))
    lines = [whole[:stop] for stop in stops if whole[stop - 1].isalnum()]
    return "\n".join([above, *lines, whole, below]), "\n".join([above, whole, below])


def code(maker: Maker) -> list[str]:
    """Write lines of a program."""
    names = maker.rng.sample(IDENTIFIERS, len(_CODE) + 1)
    return [form.format(*pair, maker.rng.randint(2, 99)) for form, pair in zip(_CODE, pairwise(names), strict=True)]


def fenced(lines: list[str], fence: str = "```") -> list[str]:
    """Put lines between fences."""
    return [fence, *lines, fence[:3]]


def rows(maker: Maker, sentences: Sentences, heads: tuple[str, ...], keys: list[str]) -> list[str]:
    """Write a table of Markdown: a key and a sentence a row."""
    return [
        f"| {' | '.join(heads)} |",
        "|---" * len(heads) + "|",
        *(f"| {key} | {sentences.one('')} |" for key in keys),
    ]


def html_table(cells: list[tuple[str, ...]], style: str = "") -> list[str]:
    """Write a table of HTML, a row a line."""
    written = ("".join(f"<td{style}>{cell}</td>" for cell in row) for row in cells)
    return ["<table><tbody>", *(f"<tr>{row}</tr>" for row in written), "</tbody></table>"]
