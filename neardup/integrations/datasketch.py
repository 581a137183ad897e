"""Signatures as datasketch 2 keeps them, and back: its LSH and its stores work with neardup's signatures.

Both libraries give a text the same values, since `neardup.signatures` are the hash values of a
``datasketch.MinHash(num_perm, seed, scheme="affine32", hashfunc=hash32)`` that was fed the text's shingles.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neardup.minhash import DEFAULT_SEED, permutations
from neardup.shingling import hash_shingle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from datasketch import LeanMinHash, MinHash
    from numpy.typing import NDArray

SCHEME = "affine32"


def hash32(shingle: str) -> int:
    """Hash a folded shingle to 32 bits: the low half of `neardup.shingling.hash_shingle`.

    Examples
    --------
    >>> import datasketch, neardup
    >>> codes = neardup.fold("天地玄黄,宇宙洪荒").text
    >>> minhash = datasketch.MinHash(hashfunc=hash32)
    >>> minhash.update_batch(codes[i : i + 5] for i in range(len(codes) - 4))
    >>> bool((minhash.hashvalues == neardup.signatures(["天地玄黄,宇宙洪荒"])[0]).all())
    True
    """
    return hash_shingle(shingle) & 0xFFFFFFFF


def to_minhashes(signatures: NDArray[np.uint32], *, seed: int = DEFAULT_SEED) -> list[MinHash]:
    """Make a datasketch MinHash of every signature; it can be updated with further shingles.

    Parameters
    ----------
    signatures
        uint32, shape (texts, num_perm), from `neardup.signatures`; the values are copied.
    seed
        With which they were made.

    Raises
    ------
    ValueError
        If `signatures` has not two dimensions, or no values.

    Examples
    --------
    >>> import datasketch, neardup
    >>> first, second = to_minhashes(neardup.signatures(["天地玄黄宇宙洪荒", "天地玄黄,宇宙洪荒。"]))
    >>> lsh = datasketch.MinHashLSH(params=(16, 6), num_perm=128)
    >>> lsh.insert("千字文", first)
    >>> lsh.query(second)
    ['千字文']
    """
    from datasketch import MinHash

    shared = np.array(permutations(_num_perm(signatures), seed))
    return [
        MinHash(seed=seed, hashfunc=hash32, hashvalues=signature.copy(), permutations=shared, scheme=SCHEME)
        for signature in signatures
    ]


def to_lean_minhashes(signatures: NDArray[np.uint32], *, seed: int = DEFAULT_SEED) -> list[LeanMinHash]:
    """Make a datasketch LeanMinHash of every signature; see `to_minhashes`."""
    from datasketch import LeanMinHash

    _num_perm(signatures)
    return [LeanMinHash(seed=seed, hashvalues=signature.copy(), scheme=SCHEME) for signature in signatures]


def from_minhashes(minhashes: Sequence[MinHash], *, seed: int = DEFAULT_SEED) -> NDArray[np.uint32]:
    """Give the values of datasketch's MinHash or LeanMinHash objects as signatures.

    Comparing them with `neardup.signatures` makes sense if they were fed shingles of folded text, hashed by `hash32`.

    Parameters
    ----------
    minhashes
        At least one; all of the scheme ``affine32`` and of one size.
    seed
        With which they must have been made.

    Returns
    -------
    uint32 array of shape (minhashes, num_perm)

    Raises
    ------
    ValueError
        If there is none, or one has another scheme, seed or size; the message names it.

    Examples
    --------
    >>> import neardup
    >>> found = neardup.signatures(["天地玄黄宇宙洪荒"])
    >>> bool((from_minhashes(to_lean_minhashes(found)) == found).all())
    True
    """
    if not len(minhashes):
        raise ValueError("there must be at least one MinHash")
    size = len(minhashes[0])
    for i, minhash in enumerate(minhashes):
        has = (minhash.scheme, minhash.seed, len(minhash))
        if has != (SCHEME, seed, size):
            msg = f"MinHash {i} has scheme, seed and size {has}, not {(SCHEME, seed, size)}"
            raise ValueError(msg)
    return np.array([minhash.hashvalues for minhash in minhashes], np.uint32)


def _num_perm(signatures: NDArray[np.uint32]) -> int:
    if signatures.ndim != 2 or signatures.shape[1] == 0:
        msg = f"signatures must have the shape (texts, num_perm), not {signatures.shape}"
        raise ValueError(msg)
    return int(signatures.shape[1])
