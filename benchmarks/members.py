"""The members of a family of documents: a base article, and what is made of it: copies, excerpts, template siblings.

A base states facts: dates, numbers, names and places stand in its sentences. A template sibling has its wording with
other facts, and is a document of its own; all other kinds tell of the same thing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from benchmarks.doubling import traditional

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Mapping, Sequence

    from benchmarks.sentences import Sentences

PARAGRAPH_SENTENCES = (2, 6)
LEAST_SENTENCES = 4
SPREAD = 0.4
"""Standard deviation of the logarithm of the length of bases."""
REWRITE_CHANCE = 0.25
"""How often a near copy loses a sentence, and how often it gains one."""

_SURNAMES = "王李张刘陈杨黄赵周吴徐孙朱马胡郭林何高梁郑罗宋谢唐韩曹许邓萧冯曾程蔡彭潘袁于董余苏叶吕魏蒋田杜丁沈姜"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰涛明超秀霞平刚桂英华玉兰红建文辉力波宁贵福生龙元全国胜学祥才发武新利清飞彬富顺信子"
_PLACES = "安宁平昌丰泰和兴永庆云山河江川源阳城林清石龙凤泉溪台桥湖海东南西北德仁义信康乐福临武文新广长远高大金玉白"

Fact: TypeAlias = "Callable[[random.Random], str]"

_MARKS = (
    str.maketrans("，。：；？！（）", ",.:;?!()"),
    str.maketrans("“”‘’「」", "「」『』“”"),
    str.maketrans("，。；？！", "     "),
    str.maketrans({"\n": "\n\n　　"}),
    str.maketrans({"\n": None}),
    str.maketrans({"，": "， ", "。": "。 "}),
)


@dataclass(frozen=True, slots=True)
class Form:
    """How much the members of families differ from their bases.

    Attributes
    ----------
    chars
        About the mean length of a base, in code points; at least 100.
    fact_share
        Share of the sentences that state a fact besides those of the first, in [0, 1]. The more, the less alike are
        template siblings: at 0.8 their Jaccard is about 0.65 (empirical: `benchmarks.truth`).
    edits
        Least and most share of the letters of a near copy that are replaced, deleted or followed by another, in
        [0, 0.5]; drawn for each.
    excerpt
        Least and most share of the base's sentences in an excerpt, in (0, 1].
    extension
        Least and most length of what an extension adds, as a share of the base's.
    """

    chars: int = 500
    fact_share: float = 0.8
    edits: tuple[float, float] = (0.0, 0.04)
    excerpt: tuple[float, float] = (0.3, 0.9)
    extension: tuple[float, float] = (0.1, 1.0)

    def __post_init__(self) -> None:
        ranges = {"edits": (self.edits, 0.5), "excerpt": (self.excerpt, 1.0), "extension": (self.extension, 100.0)}
        for name, ((least, most), limit) in ranges.items():
            if not 0 <= least <= most <= limit or (name != "edits" and not least):
                msg = f"{name} must be a least and a most share up to {limit:g}, not {least} and {most}"
                raise ValueError(msg)
        if self.chars < 100 or not 0 <= self.fact_share <= 1:
            msg = f"chars must be at least 100 and fact_share in [0, 1], not {self.chars} and {self.fact_share}"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class Article:
    """A base before its facts are filled in.

    Attributes
    ----------
    sentences
        As they were drawn; some end with a line break.
    facts
        For each sentence but the first the function that words the fact which it states, or None.
    serial
        A number that the first sentence states.
    """

    sentences: Sequence[str] = field(repr=False)
    facts: Sequence[Fact | None] = field(repr=False)
    serial: int

    @classmethod
    def drawn(cls, source: Sentences, form: Form, rng: random.Random) -> Article:
        """Draw the sentences of a base, and choose where it states facts."""
        left = form.chars * min(4.0, max(0.2, rng.lognormvariate(-SPREAD * SPREAD / 2, SPREAD)))
        sentences: list[str] = []
        facts: list[Fact | None] = []
        until_break = 0
        while left > 0 or len(sentences) < LEAST_SENTENCES:
            sentence = source.draw(rng)
            fact = FACTS[int(rng.random() * len(FACTS))] if rng.random() < form.fact_share else None
            left -= len(sentence) + (6 if fact else 0)
            if not until_break:
                until_break = rng.randint(*PARAGRAPH_SENTENCES)
                if sentences:
                    sentences[-1] += "\n"
            until_break -= 1
            sentences.append(sentence)
            facts.append(fact)
        return cls(sentences, facts[1:], rng.randrange(1, 10**6))

    def stated(self, rng: random.Random, member: int = 0) -> list[str]:
        """Fill in the facts of a member: a date and a serial number of its own, and other facts.

        Digits in the sentences of any other member than the base change too.
        """
        sentences = self.sentences
        if member:
            shift = rng.randrange(1, 10)
            digits = str.maketrans("0123456789", "".join(str((digit + shift) % 10) for digit in range(10)))
            sentences = [sentence.translate(digits) for sentence in sentences]
        lead = f"{_date(rng)}第{self.serial + member}期，{sentences[0]}"
        return [
            lead,
            *(fact(rng) + each if fact else each for fact, each in zip(self.facts, sentences[1:], strict=True)),
        ]


def _date(rng: random.Random) -> str:
    return f"{2000 + int(rng.random() * 25)}年{1 + int(rng.random() * 12)}月{1 + int(rng.random() * 28)}日"


def _chosen(rng: random.Random, chars: str) -> str:
    return chars[int(rng.random() * len(chars))]


def _name(rng: random.Random) -> str:
    return _chosen(rng, _SURNAMES) + _chosen(rng, _GIVEN) + _chosen(rng, _GIVEN)


def _place(rng: random.Random) -> str:
    return _chosen(rng, _PLACES) + _chosen(rng, _PLACES) + _chosen(rng, "市县区镇")


# What is the same in all facts of a kind is shorter than a shingle.
FACTS: Sequence[Fact] = (
    lambda rng: _date(rng) + "，",
    lambda rng: _name(rng) + "说，",
    lambda rng: "在" + _place(rng) + "，",
    lambda rng: f"共{int(rng.random() * 10**5)}人，",
    lambda rng: f"{int(rng.random() * 10**7) / 100}万元，",
)
"""What the sentences of a base may state: dates, names, places, two kinds of numbers."""


@dataclass(frozen=True, slots=True)
class Maker:
    """What a member is made with.

    Attributes
    ----------
    rng
        Seeded for the member.
    source
        Where added sentences come from.
    form
        How much members differ.
    article, base
        The base of the family before and after its facts were filled in, in sentences.
    member
        The number of the member in its family, from 1.
    """

    rng: random.Random
    source: Sentences
    form: Form
    article: Article
    base: Sequence[str]
    member: int


Made = tuple[str, float]
"""A text, and how much of it was changed."""


def _copy(maker: Maker) -> Made:
    """Make a copy without any change."""
    return "".join(maker.base), 0.0


def _variant(maker: Maker) -> Made:
    """Make a copy with other punctuation or white space; it folds as the base does."""
    text = "".join(maker.base)
    changed = [other for marks in _MARKS if (other := text.translate(marks)) != text]
    return changed[int(maker.rng.random() * len(changed))], 0.0


def _script(maker: Maker) -> Made:
    """Make a copy in Traditional characters by OpenCC."""
    return traditional()("".join(maker.base)), 0.0


def _near(maker: Maker) -> Made:
    """Edit letters at a rate; one in four near copies has also lost a sentence, one in four gained one.

    Numbers are not edited, but a lost sentence takes its own along. The change is the rate.
    """
    rng = maker.rng
    sentences = list(maker.base)
    if rng.random() < REWRITE_CHANCE:
        del sentences[rng.randrange(1, len(sentences))]
    if rng.random() < REWRITE_CHANCE:
        sentences.insert(rng.randrange(1, len(sentences) + 1), maker.source.draw(rng))
    rate = rng.uniform(*maker.form.edits)
    return _mistyped("".join(sentences), rate, rng), rate


def _mistyped(text: str, rate: float, rng: random.Random) -> str:
    chars = list(text)
    for at in rng.sample(range(len(text)), int(rate * len(text) + rng.random())):
        if _is_editable(text[at]):
            what = rng.random()
            other = ""
            while what < 0.75 and (not _is_editable(other) or other == text[at]):
                other = _chosen(rng, text)
            chars[at] = other if what < 0.5 else text[at] + other
            if what >= 0.75:
                chars[at] = ""
    return "".join(chars)


def _is_editable(char: str) -> bool:
    return char.isalpha() and not char.isnumeric()


def _excerpt(maker: Maker) -> Made:
    """Take sentences that follow each other, not all; the change is the share of the base that is left out."""
    rng, base = maker.rng, maker.base
    count = min(len(base) - 1, max(1, round(rng.uniform(*maker.form.excerpt) * len(base))))
    start = rng.randrange(len(base) - count + 1)
    text = "".join(base[start : start + count]).strip()
    return text, 1 - len(text) / sum(map(len, base))


def _extension(maker: Maker) -> Made:
    """Add sentences at the head or the tail; the change is what is added, as a share of the base."""
    rng, base = maker.rng, "".join(maker.base)
    added = ""
    chars = rng.uniform(*maker.form.extension) * len(base)
    while len(added) < chars:
        added += maker.source.draw(rng)
    return (f"{added}\n{base}" if rng.random() < 0.5 else f"{base}\n{added}"), len(added) / len(base)


def _template(maker: Maker) -> Made:
    """Word other facts as the base does: another date, other numbers, names and places. Not a duplicate."""
    return "".join(maker.article.stated(maker.rng, maker.member)), 0.0


KINDS: Mapping[str, Callable[[Maker], Made]] = {
    "copy": _copy,
    "variant": _variant,
    "script": _script,
    "near": _near,
    "excerpt": _excerpt,
    "extension": _extension,
    "template": _template,
}
"""The kinds of members besides the base; each function's docstring says what the member is."""
