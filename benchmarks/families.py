"""A corpus of families of near-duplicates with known truth, of 10^3 to 10^7 documents, streamed.

A family is a base article (`benchmarks.members` has the kinds of its other members) and the sizes of families follow a
Zipf law; most documents are alone. Sentences come from a corpus or are made up (`benchmarks.sentences`), so that
different families share next to nothing. The truth of a document is its family, its base, its kind, and how much of it
was changed: exact copies, near copies, excerpts and extensions have the base's content, template siblings do not.
What similarity that comes to, `benchmarks.truth` measures.

Every document is a function of the source, the options, the seed, the number of documents and its own number: parts
of a stream can be made in different processes, and memory does not grow. The members of a family stand all over the
stream, in an order of chance.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from collections import OrderedDict
from dataclasses import dataclass, field
from importlib.util import find_spec
from itertools import accumulate
from typing import TYPE_CHECKING

from benchmarks.members import KINDS, Article, Form, Maker

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from benchmarks.sentences import Sentences

KEPT_BASES = 64
"""Bases of large families are needed often; so many of those used last are kept."""


@dataclass(frozen=True, slots=True)
class FamilyDocument:
    """A document of a made corpus, and the truth about it.

    Attributes
    ----------
    id
        Its number in the stream, in eight digits or more.
    text
        What it says.
    family
        The number of its family.
    kind
        ``base``, also for documents that are alone, or one of `benchmarks.members.KINDS`.
    base
        The id of the base of its family, which may come later in the stream.
    change
        How much was changed, as the kind says; 0 for kinds that do not say.
    """

    id: str
    text: str
    family: int
    kind: str
    base: str
    change: float = 0.0


@dataclass(frozen=True, slots=True)
class World:
    """What a made corpus is like.

    Attributes
    ----------
    exponent
        Families of `s` documents are as many as ``s ** -exponent``; above 1. At 3, three documents in five are alone.
        None: all documents are one family.
    max_family
        No family has more documents.
    mix
        How likely the kinds of members are, in any unit.
    form
        How much members differ from their bases.
    """

    exponent: float | None = 3.0
    max_family: int = 1000
    mix: Mapping[str, float] = field(
        default_factory=lambda: {"copy": 2, "variant": 2, "near": 4, "excerpt": 2, "extension": 2, "template": 3}
    )
    form: Form = field(default_factory=Form)

    def __post_init__(self) -> None:
        if unknown := sorted(set(self.mix) - set(KINDS)):
            msg = f"mix must name kinds among {', '.join(KINDS)}, not {', '.join(unknown)}"
            raise ValueError(msg)
        if min(self.mix.values(), default=0) < 0 or not sum(self.mix.values()):
            msg = f"the numbers of mix must not be negative, and one must be positive, not {dict(self.mix)}"
            raise ValueError(msg)
        if (self.exponent is not None and self.exponent <= 1) or self.max_family < 1:
            msg = f"exponent must be above 1 and max_family at least 1, not {self.exponent} and {self.max_family}"
            raise ValueError(msg)
        if self.mix.get("script") and find_spec("opencc") is None:
            msg = "the kind script needs the package opencc: pip install opencc"
            raise ModuleNotFoundError(msg)


WORLDS: Mapping[str, World] = {
    "mixed": World(),
    "template": World(exponent=None, mix={"template": 1}),
    "copies": World(exponent=None, mix={"copy": 1}),
}
"""Families of all kinds; all documents different pages of one template; all documents copies of one page."""


def documents(
    source: Sentences, count: int, *, world: World | None = None, seed: int = 0, numbers: range | None = None
) -> Iterator[FamilyDocument]:
    """Make a corpus, document by document.

    Parameters
    ----------
    source
        Where sentences come from: `benchmarks.sentences.PseudoChinese` or `SentencePool`.
    count
        How many documents the corpus has.
    world
        What it is like; None for `World`'s defaults.
    seed
        Another seed gives another corpus; at least 0.
    numbers
        Make these documents only, in this order; None for all.

    Raises
    ------
    ValueError
        If `count` or `seed` is negative, or one of the numbers is not in ``range(count)``.

    Examples
    --------
    >>> from benchmarks.sentences import PseudoChinese
    >>> found = list(documents(PseudoChinese.from_seed(), 1000, seed=1))
    >>> found[7] == next(documents(PseudoChinese.from_seed(), 1000, seed=1, numbers=range(7, 8)))
    True
    """
    numbers = range(count) if numbers is None else numbers
    if count < 0 or seed < 0 or (numbers and (min(numbers) < 0 or max(numbers) >= count)):
        msg = f"count and seed must not be negative, and numbers in range(count), not {count}, {seed} and {numbers}"
        raise ValueError(msg)
    return _documents(source, count, world or World(), seed, numbers)


def _documents(source: Sentences, count: int, world: World, seed: int, numbers: range) -> Iterator[FamilyDocument]:
    order = Shuffle.of(count, seed)
    layout = Layout.of(count, world)
    kinds, weights = tuple(world.mix), tuple(accumulate(world.mix.values()))
    bases: OrderedDict[int, tuple[Article, list[str]]] = OrderedDict()
    for number in numbers:
        position = order.position(number)
        family, member = layout.place(position)
        if family not in bases:
            rng = _random(seed, 0, family)
            article = Article.drawn(source, world.form, rng)
            bases[family] = article, article.stated(rng)
            if len(bases) > KEPT_BASES:
                bases.popitem(last=False)
        bases.move_to_end(family)
        article, base = bases[family]
        if member == 0:
            made, kind = ("".join(base), 0.0), "base"
        else:
            rng = _random(seed, 1, position)
            (kind,) = rng.choices(kinds, cum_weights=weights)
            made = KINDS[kind](Maker(rng, source, world.form, article, base, member))
        base_number = number if member == 0 else order.number(position - member)
        yield FamilyDocument(_id(number), made[0], family, kind, _id(base_number), made[1])


def _id(number: int) -> str:
    return f"{number:08d}"


def _random(seed: int, stream: int, number: int) -> random.Random:
    return random.Random((seed << 65) | (stream << 64) | number)


@dataclass(frozen=True, slots=True)
class Layout:
    """Which family a position belongs to: positions are those of families of one document, of two, and so on.

    Attributes
    ----------
    sizes
        The sizes that families have, ascending.
    positions, families
        The first position, and the first family, of each size.
    """

    sizes: Sequence[int]
    positions: Sequence[int]
    families: Sequence[int]

    @classmethod
    def of(cls, count: int, world: World) -> Layout:
        """Lay out so many documents.

        There are as many families of a size and above as expected, rounded down; what is left is alone.
        """
        if world.exponent is None:
            return cls([max(1, count)], [0], [0])
        shares = [size**-world.exponent for size in range(1, world.max_family + 1)]
        tails = list(accumulate(reversed(shares)))[::-1]
        total = sum(tails)
        # As many families for each document as make the tails, which count a family once for each of its documents,
        # sum up to the documents.
        at_least = [int(count * tail / total) for tail in tails]
        at_least[0] = count - sum(at_least[1:])
        numbers = [a - b for a, b in zip(at_least, [*at_least[1:], 0], strict=True)]
        sizes = [size for size, number in enumerate(numbers, start=1) if number]
        starts = [0, *accumulate(numbers[size - 1] for size in sizes)]
        positions = [0, *accumulate(numbers[size - 1] * size for size in sizes)]
        return cls(sizes, positions[:-1], starts[:-1])

    def place(self, position: int) -> tuple[int, int]:
        """Give the family of a position, and which of its members stands there, from 0."""
        at = bisect_right(self.positions, position) - 1
        family, member = divmod(position - self.positions[at], self.sizes[at])
        return self.families[at] + family, member


@dataclass(frozen=True, slots=True)
class Shuffle:
    """A permutation of ``range(count)`` in constant memory: a Feistel network of four rounds, walked along its cycle.

    References
    ----------
    Black and Rogaway, "Ciphers with arbitrary finite domains" (2002).
    """

    count: int
    bits: int
    keys: tuple[int, ...]

    @classmethod
    def of(cls, count: int, seed: int) -> Shuffle:
        """Choose a permutation."""
        rng = _random(seed, 1, 2**64 - 1)
        return cls(count, max(1, (max(1, count - 1).bit_length() + 1) // 2), tuple(rng.getrandbits(64) for _ in "four"))

    def position(self, number: int) -> int:
        """Give what a number is mapped to."""
        value = self._mixed(number, self.keys)
        while value >= self.count:
            value = self._mixed(value, self.keys)
        return value

    def number(self, position: int) -> int:
        """Give what is mapped to a position."""
        value = self._unmixed(position)
        while value >= self.count:
            value = self._unmixed(value)
        return value

    def _mixed(self, value: int, keys: tuple[int, ...]) -> int:
        mask = (1 << self.bits) - 1
        high, low = value >> self.bits, value & mask
        for key in keys:
            high, low = low, high ^ ((low + key) * 0xD1342543DE82EF95 >> 32 & mask)
        return high << self.bits | low

    def _unmixed(self, value: int) -> int:
        """Undo `_mixed`: the halves change places, the keys turn round, and the halves change back."""
        return self._turned(self._mixed(self._turned(value), self.keys[::-1]))

    def _turned(self, value: int) -> int:
        return value >> self.bits | (value & ((1 << self.bits) - 1)) << self.bits
