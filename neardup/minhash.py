"""MinHash signatures: short sketches of shingle sets, from which their Jaccard similarity is estimated."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from neardup._backend import kernels
from neardup.checks import check_int, thread_count
from neardup.content import Content, opened_table
from neardup.inputs import text_column
from neardup.shingling import ANCHOR_ONE_IN, DEFAULT_NGRAM, MAX_NGRAM, HashSets, anchor_limit

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from neardup._typing import Texts

DEFAULT_NUM_PERM = 128

MAX_NUM_PERM = 2**16
"""So many estimate a similarity to within 0.002."""

DEFAULT_SEED = 1

DEFAULT_BANDS = 16
DEFAULT_ROWS = 6


class Sketched(NamedTuple):
    """What one pass over many texts gives.

    Attributes
    ----------
    signatures
        uint32, shape (texts, num_perm); see `signatures`.
    anchors
        See `neardup.shingling.anchors`.
    digests
        uint64; see `neardup.Sketches`.
    chars
        int64: folded code points of each text.
    """

    signatures: NDArray[np.uint32]
    anchors: HashSets
    digests: NDArray[np.uint64]
    chars: NDArray[np.int64]


def signatures(
    texts: Texts,
    *,
    num_perm: int = DEFAULT_NUM_PERM,
    seed: int = DEFAULT_SEED,
    ngram: int = DEFAULT_NGRAM,
    content: Content = "prose",
    threads: int | None = None,
) -> NDArray[np.uint32]:
    """Give the MinHash signatures of many texts.

    A signature holds, for each of `num_perm` permutations of the 32-bit numbers, the least value that it gives to
    the low halves of the text's shingle hashes. Two sets agree in one value with a probability of their Jaccard
    similarity (Broder 1997); see `estimate_jaccard`. The permutations are those of datasketch 2's ``MinHash(num_perm,
    seed, scheme="affine32")``, so the signatures are its hash values; see `neardup.integrations.datasketch`.

    Parameters
    ----------
    texts
        An iterable or a mapping of str; a column of a pandas, polars, pyarrow or Hugging Face table; anything that
        gives strings through the Arrow C interface.
    num_perm
        How many permutations, in [1, 2**16]. The standard error of an estimate is at most ``0.5 / sqrt(num_perm)``.
    seed
        Chooses the permutations, in [0, 2**32). Signatures of different seeds cannot be compared.
    ngram
        Folded code points a shingle, in [1, 128]; see `neardup.shingles`.
    content
        ``"prose"`` or ``"all"``; see `neardup.shingles`.
    threads
        At least 1; None for as many as this process may use. The result does not depend on it.

    Returns
    -------
    uint32 array of shape (texts, num_perm)
        All 2**32 - 1 for a text of white space, as datasketch's empty MinHash.

    Raises
    ------
    TypeError
        If `texts` is not a column of texts, or an item is not a str; the message names it.
    ValueError
        If a text is null or not valid UTF-8, or an option is out of range; the message names it.

    Notes
    -----
    A text is folded, shingled and hashed in one pass over it where it lies. Time is linear in the number of code
    points times `num_perm`.

    Examples
    --------
    >>> a, b = signatures(["质量强则万物强,质量是综合实力的体现", "質量強則萬物強,質量是綜合實力的反映"])
    >>> a.shape, a.dtype
    ((128,), dtype('uint32'))
    >>> f"{estimate_jaccard(a, b):.2f}"
    '0.73'
    """
    return sketch(texts, num_perm=num_perm, seed=seed, ngram=ngram, content=content, threads=threads).signatures


def sketch(
    texts: Texts,
    *,
    num_perm: int = DEFAULT_NUM_PERM,
    seed: int = DEFAULT_SEED,
    ngram: int = DEFAULT_NGRAM,
    anchor_chars: int = 0,
    anchor_one_in: int = ANCHOR_ONE_IN,
    content: Content = "prose",
    threads: int | None = None,
) -> Sketched:
    """Read many texts once, and give what one pass over them gives.

    Parameters
    ----------
    texts, num_perm, seed, ngram, content, threads
        See `signatures`; so are the errors.
    anchor_chars, anchor_one_in
        See `neardup.shingling.anchors`; 0 characters for no anchors.

    Examples
    --------
    >>> found = sketch(["天地玄黄宇宙洪荒", "日月盈昃，辰宿列张，寒来暑往"], anchor_chars=9)
    >>> found.signatures.shape, found.anchors.sizes.tolist(), found.chars.tolist()
    ((2, 128), [0, 1], [8, 12])
    """
    multipliers, addends = permutations(num_perm, seed)
    ngram = check_int("ngram", ngram, high=MAX_NGRAM)
    anchor_chars = check_int("anchor_chars", anchor_chars, low=0, high=MAX_NGRAM)
    limit = anchor_limit(check_int("anchor_one_in", anchor_one_in))
    column = text_column(texts)
    found, values, offsets, digests, chars = kernels.sketches(
        column,
        opened_table(content),
        ngram,
        multipliers,
        addends,
        anchor_chars,
        limit,
        thread_count(threads),
    )
    return Sketched(found, HashSets(values, offsets), digests, chars)


def estimate_jaccard(a: ArrayLike, b: ArrayLike) -> NDArray[np.float64] | np.float64:
    """Estimate the Jaccard similarity of the shingle sets behind signatures: the share of equal values.

    The estimate is unbiased, but for the accidents of 32-bit hashes; its variance is ``J * (1 - J) / num_perm``.

    Parameters
    ----------
    a, b
        Signatures of the same options, shape (..., num_perm); the leading dimensions broadcast: ``a[:, None]`` and
        ``b`` give every pair.

    Returns
    -------
    float64, or an array of them
        In [0, 1], shape of the leading dimensions. 1 for two texts of white space, though neither
        is a duplicate of anything.

    Raises
    ------
    ValueError
        If the signatures differ in length or have none, or the shapes do not broadcast.

    Examples
    --------
    >>> found = signatures(["天地玄黄宇宙洪荒", "天地玄黄,宇宙洪荒。", "日月盈昃辰宿列张"])
    >>> estimate_jaccard(found[0], found).tolist()
    [1.0, 1.0, 0.0]
    """
    left, right = np.asarray(a), np.asarray(b)
    if min(left.ndim, right.ndim) == 0 or left.shape[-1] != right.shape[-1] or left.shape[-1] == 0:
        msg = f"signatures must have equal lengths of at least 1; the shapes are {left.shape} and {right.shape}"
        raise ValueError(msg)
    share: NDArray[np.float64] | np.float64 = np.mean(left == right, axis=-1)
    return share


def band_keys(
    signatures: NDArray[np.uint32], *, bands: int = DEFAULT_BANDS, rows: int = DEFAULT_ROWS
) -> NDArray[np.uint64]:
    """Hash the bands of signatures to keys: texts that share a key are worth comparing.

    The key of a band is the hash of its values as `neardup.shingling.hash_shingle` says, with the number of the band
    for the length: keys of different bands are equal by accident only, so one table can hold them all.

    Parameters
    ----------
    signatures
        uint32, shape (texts, num_perm).
    bands, rows
        At least 1; ``bands * rows`` is at most num_perm.

    Returns
    -------
    uint64 array of shape (texts, bands)
        Texts of white space share all their keys; leave them out.

    Raises
    ------
    ValueError
        If `bands` or `rows` are out of range.

    Examples
    --------
    >>> keys = band_keys(signatures(["天地玄黄宇宙洪荒", "天地玄黄,宇宙洪荒。"]))
    >>> keys.shape, bool((keys[0] == keys[1]).all())
    ((2, 16), True)
    """
    bands, rows = check_int("bands", bands, high=MAX_NUM_PERM), check_int("rows", rows, high=MAX_NUM_PERM)
    return kernels.band_keys(np.ascontiguousarray(signatures, np.uint32), bands, rows)


def permutations(num_perm: int, seed: int) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """Give the permutations of datasketch's scheme ``affine32``: odd multipliers, and addends.

    Permutation k takes ``h`` to ``multipliers[k] * h + addends[k]`` modulo 2**32.

    Returns
    -------
    two uint32 arrays of shape (num_perm,)
        Read-only.

    Raises
    ------
    TypeError, ValueError
        If `num_perm` or `seed` is no integer, or out of range.

    Examples
    --------
    >>> multipliers, addends = permutations(4, 1)
    >>> multipliers.tolist()
    [3582191691, 4270784983, 1892572953, 3715639441]
    """
    num_perm = check_int("num_perm", num_perm, high=MAX_NUM_PERM)
    return _permutations(num_perm, check_int("seed", seed, low=0, high=2**32 - 1))


@lru_cache(maxsize=8)
def _permutations(num_perm: int, seed: int) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    # datasketch's generator; numpy promises that its stream never changes.
    random = np.random.RandomState(seed)
    multipliers = random.randint(0, 2**31, num_perm, dtype=np.uint32) * np.uint32(2) + np.uint32(1)
    addends = random.randint(0, 2**32, num_perm, dtype=np.uint32)
    multipliers.setflags(write=False)
    addends.setflags(write=False)
    return multipliers, addends
