"""Candidates: bands and rows of signatures, and how likely they bring two documents together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neardup.checks import check_int, check_share
from neardup.minhash import DEFAULT_NUM_PERM, MAX_NUM_PERM

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

DEFAULT_RECALL = 0.99


def bands(threshold: float, recall: float = DEFAULT_RECALL, num_perm: int = DEFAULT_NUM_PERM) -> tuple[int, int]:
    """Choose bands and rows that reach `recall` at `threshold`.

    The more rows, the fewer documents are compared in vain: the largest number of rows is taken for which enough bands
    fit into the signature, then as few bands as suffice.

    Parameters
    ----------
    threshold
        Jaccard similarity, in (0, 1].
    recall
        The probability that two documents of this similarity share a band, in (0, 1); more alike ones are found more
        surely.
    num_perm
        Values in a signature, in [1, 2**16].

    Returns
    -------
    bands, rows
        ``bands * rows <= num_perm``.

    Raises
    ------
    TypeError
        If an argument is no number.
    ValueError
        If an argument is out of range, or no bands and rows reach the recall; the message says what would.

    Examples
    --------
    >>> bands(0.8)
    (16, 6)
    >>> bands(0.5, num_perm=256)
    (35, 3)
    """
    threshold, recall = check_share("threshold", threshold), check_share("recall", recall, whole=False)
    num_perm = check_int("num_perm", num_perm, high=MAX_NUM_PERM)
    for rows in range(num_perm, 0, -1):
        most = num_perm // rows
        if band_probability(threshold, most, rows) >= recall:
            counts = np.arange(1, most + 1)
            return int(counts[band_probability(threshold, counts, rows) >= recall][0]), rows
    best = float(band_probability(threshold, num_perm, 1))
    raise ValueError(
        f"{num_perm} permutations find {best:.3f} of the pairs at a Jaccard similarity of {threshold}, not {recall}; "
        "use more permutations, a lower recall or a higher threshold"
    )


def band_probability(jaccard: ArrayLike, bands: ArrayLike, rows: ArrayLike) -> NDArray[np.float64]:
    """Give the probability that two documents share a band: the S-curve ``1 - (1 - jaccard ** rows) ** bands``.

    Parameters
    ----------
    jaccard
        Similarities in [0, 1]; the three arguments are broadcast.
    bands, rows
        How the signature is cut.

    Returns
    -------
    float64 array

    References
    ----------
    Leskovec, Rajaraman and Ullman, "Mining of Massive Datasets", section 3.4.

    Examples
    --------
    >>> band_probability([0.6, 0.7, 0.8, 0.9], bands=16, rows=6).round(3).tolist()
    [0.534, 0.865, 0.992, 1.0]
    """
    agree = np.asarray(jaccard, np.float64) ** np.asarray(rows)
    shared: NDArray[np.float64] = 1 - (1 - agree) ** np.asarray(bands)
    return shared
