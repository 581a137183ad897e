"""Shingles: the hashed windows of folded code points that stand for a text wherever texts are compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from neardup._backend import kernels
from neardup.checks import check_int, check_text, thread_count
from neardup.content import Content, opened_table
from neardup.inputs import text_column

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from neardup._typing import Texts

T = TypeVar("T", bound=np.generic)

DEFAULT_NGRAM = 5
"""Code points a shingle."""

MAX_NGRAM = 128
"""The longest shingle, in code points."""

ANCHOR_CHARS = 13
"""Code points an anchor: long enough that two texts seldom share one by chance."""

ANCHOR_ONE_IN = 32
"""One window in so many is an anchor."""

_MULTIPLIER = 0xD1342543DE82EF95
_MASK = 2**64 - 1


def hash_shingle(shingle: str) -> int:
    """Hash the code points of a folded shingle to 64 bits.

    For the codes ``c[0]`` to ``c[n-1]``, everything modulo 2**64::

        s = n * B**n + c[0] * B**(n-1) + ... + c[n-2] * B + c[n-1],    B = 0xD1342543DE82EF95
        s = (s ^ s >> 30) * 0xBF58476D1CE4E5B9
        s = (s ^ s >> 27) * 0x94D049BB133111EB
        hash = s ^ s >> 31

    The sum starts at the length, so that shingles of different lengths differ. Two shingles of one length have one
    hash only if the differences of their codes make a vector of the lattice that the spectral test looks at, and `B`
    does well in that test; what follows is a bijection which makes every bit depend on all. The part of the hash that
    signatures are made of is ``hash & 0xFFFFFFFF``.

    Parameters
    ----------
    shingle
        Taken as it is; folding is `neardup.fold`'s.

    Returns
    -------
    int
        In [0, 2**64).

    References
    ----------
    `B`: Steele and Vigna, "Computationally easy, spectrally good multipliers for congruential pseudorandom number
    generators", Software: Practice and Experience 52 (2022). The bijection: Stafford, "Better bit mixing", variant
    13 of the finalizer of MurmurHash3 (2011).

    Examples
    --------
    >>> hash_shingle("天地玄黄宇")
    5833491767518836665
    >>> shingles("天地,玄黄宇").tolist()
    [5833491767518836665]
    """
    value = len(shingle)
    for char in shingle:
        value = (value * _MULTIPLIER + ord(char)) & _MASK
    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9 & _MASK
    value = (value ^ value >> 27) * 0x94D049BB133111EB & _MASK
    return value ^ value >> 31


@dataclass(frozen=True, slots=True, eq=False)
class HashSets:
    """A set of 64-bit hashes for every text, in one array.

    Attributes
    ----------
    values
        uint64: the sets, one after another, each sorted and without repetitions.
    offsets
        int64, one more than there are texts: set ``i`` is ``values[offsets[i]:offsets[i + 1]]``.
    """

    values: NDArray[np.uint64]
    offsets: NDArray[np.int64]

    def __len__(self) -> int:
        """Count the texts."""
        return len(self.offsets) - 1

    def __getitem__(self, index: int) -> NDArray[np.uint64]:
        """Give the set of one text, by its position from 0."""
        if not 0 <= index < len(self):
            msg = f"there is no text {index} among {len(self)}"
            raise IndexError(msg)
        return self.values[self.offsets[index] : self.offsets[index + 1]]

    def __iter__(self) -> Iterator[NDArray[np.uint64]]:
        """Give the sets in order."""
        return (self[i] for i in range(len(self)))

    def at(self, rows: NDArray[np.integer]) -> HashSets:
        """Give the sets of some texts, by their positions."""
        return HashSets(*ragged_at(self.values, self.offsets, rows))

    @classmethod
    def concatenate(cls, parts: Sequence[HashSets]) -> HashSets:
        """Join the sets of several lots of texts; there is at least one."""
        sizes = np.concatenate([part.sizes for part in parts])
        return cls(np.concatenate([part.values for part in parts]), np.concatenate([[0], np.cumsum(sizes)]))

    @property
    def sizes(self) -> NDArray[np.int64]:
        """How many hashes each set has."""
        return np.diff(self.offsets)


def ragged_at(
    values: NDArray[T], offsets: NDArray[np.int64], rows: NDArray[np.integer]
) -> tuple[NDArray[T], NDArray[np.int64]]:
    """Give the values of some rows, and where those of each begin; row i has ``values[offsets[i]:offsets[i + 1]]``."""
    sizes = np.diff(offsets)[rows]
    chosen = np.concatenate([[0], np.cumsum(sizes)])
    places = np.repeat(offsets[rows] - chosen[:-1], sizes) + np.arange(chosen[-1])
    return values[places], chosen


def shingles(text: str, *, ngram: int = DEFAULT_NGRAM, content: Content = "prose") -> NDArray[np.uint64]:
    """Give the shingle set of a text: the hashes of all windows of `ngram` folded code points.

    A text of fewer code points is one shingle; one of white space has none.

    Parameters
    ----------
    text
        Any text; see `neardup.fold` for what does not matter in it.
    ngram
        Code points a shingle, in [1, 128].
    content
        ``"prose"``: of the content alone, see `neardup.content_spans`; of all that shows where nothing of the text
        folds to anything, as of emoji. ``"all"``: of all of the text.

    Returns
    -------
    uint64 array
        Sorted, each hash once; see `neardup.shingling.hash_shingle` for the hash. Different shingles share a hash
        by accident only, with a chance of about 2**-64 for two of them, unless somebody made them so.

    Raises
    ------
    TypeError
        If `text` is not a string.
    ValueError
        If `ngram` is out of range, or `content` unknown.

    Examples
    --------
    >>> len(shingles("質量強,則萬物強。"))
    3
    >>> a, b = shingles("质量强则万物强"), shingles("質量強,則萬物強。")
    >>> bool((a == b).all())
    True
    """
    check_text(text)
    return shingle_sets([text], ngram=ngram, content=content, threads=1).values


def shingle_sets(
    texts: Texts, *, ngram: int = DEFAULT_NGRAM, content: Content = "prose", threads: int | None = None
) -> HashSets:
    """Give the shingle sets of many texts; each is what `shingles` gives.

    Parameters
    ----------
    texts
        See `neardup.inputs.text_column`.
    ngram
        Code points a shingle, in [1, 128].
    content
        See `shingles`.
    threads
        At least 1; None for as many as this process may use. The result does not depend on it.

    Raises
    ------
    TypeError
        If `texts` is not a column of texts, or an item is not a str.
    ValueError
        If a text is null or not valid UTF-8, or an option is out of range; the message names the text.

    Examples
    --------
    >>> shingle_sets(["天地玄黄宇宙洪荒", "日月", "　"]).sizes.tolist()
    [4, 1, 0]
    """
    ngram = check_int("ngram", ngram, high=MAX_NGRAM)
    folding = opened_table(content)
    column = text_column(texts)
    found = kernels.shingle_sets(column, folding, ngram, thread_count(threads))
    return HashSets(*found)


def set_sizes(
    texts: Texts, *, ngram: int = DEFAULT_NGRAM, content: Content = "prose", threads: int | None = None
) -> NDArray[np.int64]:
    """Count the shingles of the set of every text, without keeping the sets; see `shingle_sets`.

    Examples
    --------
    >>> set_sizes(["天地玄黄宇宙洪荒", "日月", "　"]).tolist()
    [4, 1, 0]
    """
    ngram = check_int("ngram", ngram, high=MAX_NGRAM)
    folding = opened_table(content)
    return kernels.set_sizes(text_column(texts), folding, ngram, thread_count(threads))


def anchors(
    texts: Texts,
    *,
    chars: int = ANCHOR_CHARS,
    one_in: int = ANCHOR_ONE_IN,
    content: Content = "prose",
    threads: int | None = None,
) -> HashSets:
    """Give the anchors of many texts: of the hashes of long windows a sample that depends on the hash alone.

    Texts that share a long passage share its anchors, wherever it stands in them.

    Parameters
    ----------
    texts, content, threads
        See `shingle_sets`; so are the errors.
    chars
        Folded code points a window, in [1, 128].
    one_in
        In [1, 2**31): the hashes below 2**64 / `one_in` are anchors; where a text has windows and none of them is, the
        least one.

    Returns
    -------
    HashSets
        A text of fewer than `chars` folded code points has no anchors, any other at least one.

    Examples
    --------
    >>> anchors(["日月" * 6, "日月" * 7], one_in=1).sizes.tolist()
    [0, 2]
    """
    chars = check_int("chars", chars, high=MAX_NGRAM)
    one_in = check_int("one_in", one_in)
    folding = opened_table(content)
    none = np.empty(0, np.uint32)
    _, values, offsets, _, _ = kernels.sketches(
        text_column(texts),
        folding,
        DEFAULT_NGRAM,
        none,
        none,
        chars,
        anchor_limit(one_in),
        thread_count(threads),
    )
    return HashSets(values, offsets)


def anchor_limit(one_in: int) -> int:
    """Give the largest hash that is an anchor for its value."""
    return 2**64 // one_in - 1
