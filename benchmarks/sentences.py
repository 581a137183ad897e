"""Where the sentences of made documents come from: a corpus given by path, or a generator of pseudo-Chinese.

Sentences of a corpus are real ones, and two documents may draw the same one: of a pool of `P` sentences, two
documents of `k` sentences each share one or more with a chance of about ``k * k / P``. Sentences of the built-in
generator mean nothing and are written afresh, so they meet by chance only.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field
from itertools import accumulate
from typing import TYPE_CHECKING, Protocol

from benchmarks.pages import sentences_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SENTENCE_CHARS = (10, 80)
CLAUSE_WORDS = (4, 9)
SENTENCE_CLAUSES = (1, 1, 2, 2, 2, 3, 3, 4)
WORD_COUNTS = {2: 24_000, 3: 4_000}
TABLE_WORDS = 300_000

# The most frequent characters, the first ones first; the others follow from GB 2312 in an order of chance.
_FREQUENT = (
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经"
    "十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天政四日那社义事平形"
)
_ENDS = "。。。。。。。。。！？"
_CHINESE = re.compile(r"[\u4e00-\u9fff]")


class Sentences(Protocol):
    """Gives sentences, as many as are asked for."""

    def draw(self, rng: random.Random) -> str:
        """Give a sentence with the mark at its end, without line breaks."""


@dataclass(frozen=True, slots=True)
class SentencePool:
    """The distinct sentences of a corpus.

    Attributes
    ----------
    sentences
        Each once, in order of their first occurrence.
    """

    sentences: Sequence[str] = field(repr=False)

    @classmethod
    def from_texts(cls, texts: Iterable[str]) -> SentencePool:
        """Take the Chinese sentences of 10 to 80 code points that end with a mark.

        Raises
        ------
        ValueError
            If there are fewer than 1,000: documents made of so few would not be distinct.
        """
        least, most = SENTENCE_CHARS
        found = {
            sentence: None
            for text in texts
            for sentence in map(str.strip, sentences_of(text))
            if least <= len(sentence) <= most and sentence[-1] in "。！？!?”』」" and _CHINESE.search(sentence)
        }
        if len(found) < 1000:
            msg = f"the corpus has {len(found)} distinct sentences of {least} to {most} characters; 1000 are needed"
            raise ValueError(msg)
        return cls(tuple(found))

    def draw(self, rng: random.Random) -> str:
        """Give one of the sentences, each as likely."""
        return self.sentences[int(rng.random() * len(self.sentences))]


@dataclass(frozen=True, slots=True)
class PseudoChinese:
    """Sentences of words that do not exist, with frequencies much like those of Chinese news.

    A character's frequency falls with its rank, which is set by hand for the first 126 and by chance for the
    other characters of GB 2312's first level; a word's falls with its rank too. Frequent characters are words by
    themselves, other words have two or three characters; clauses have 4 to 9 words, sentences 1 to 4 clauses.

    Attributes
    ----------
    words
        The lexicon, each word as often as it is likely to be drawn.
    """

    words: Sequence[str] = field(repr=False)

    @classmethod
    def from_seed(cls, seed: int = 0) -> PseudoChinese:
        """Make a lexicon."""
        rng = random.Random(seed)
        rest = sorted(set(_level_one()) - set(_FREQUENT))
        rng.shuffle(rest)
        chars = [*_FREQUENT, *rest]
        char_weights = [*accumulate(1 / (rank + 150) ** 2 for rank in range(len(chars)))]
        shares = {char: 0.25 / (rank + 8) for rank, char in enumerate(_FREQUENT)}
        for length, count in WORD_COUNTS.items():
            drawn: dict[str, None] = {}
            while len(drawn) < count:
                drawn["".join(rng.choices(chars, cum_weights=char_weights, k=length))] = None
            shares |= {word: count / 24_000 / (rank + 100) for rank, word in enumerate(drawn)}
        scale = TABLE_WORDS / sum(shares.values())
        return cls(tuple(word for word, share in shares.items() for _ in range(max(1, round(share * scale)))))

    def draw(self, rng: random.Random) -> str:
        """Write a sentence."""
        least, most = CLAUSE_WORDS
        words = rng.choices(self.words, k=most * SENTENCE_CLAUSES[int(rng.random() * len(SENTENCE_CLAUSES))])
        parts = [
            "".join(words[i : i + least + int(rng.random() * (most - least + 1))]) for i in range(0, len(words), most)
        ]
        return "，".join(parts) + _ENDS[int(rng.random() * len(_ENDS))]


def _level_one() -> str:
    """Give the 3,755 characters of GB 2312's first level."""
    rows = (bytes((high, low)) for high in range(0xB0, 0xD8) for low in range(0xA1, 0xFF))
    return b"".join(rows).decode("gb2312", errors="ignore")
