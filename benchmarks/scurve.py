"""The S-curve: which share of the pairs of a Jaccard agrees in a band, as promised and as measured.

Two ways to cut 128 values into bands: the 16 bands of 6 rows of neardup's default, and 9 of 13, which is what
datasketch chooses for a threshold of 0.8 and what others have copied. Signatures are neardup's, which are datasketch's.
Anchors, by which neardup finds what bands do not, are left out. Pairs are those of classes of equal texts.
"""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.reports import Column
from benchmarks.truth import exact_pairs
from neardup.bands import band_probability
from neardup.minhash import band_keys, signatures
from neardup.shingling import shingle_sets

if TYPE_CHECKING:
    from collections.abc import Sequence

WAYS = {"": (16, 6), "_by_few": (9, 13)}
LEAST = 0.3
WIDTH = 0.05

COLUMNS = (
    Column("range", "Jaccard"),
    Column("pairs", "pairs", ",d"),
    Column("promised", "16x6, promised", ".3f"),
    Column("found", "16x6, measured", ".3f", spread=True),
    Column("promised_by_few", "9x13, promised", ".3f"),
    Column("found_by_few", "9x13, measured", ".3f", spread=True),
)


def scurve(texts: Sequence[str]) -> tuple[tuple[dict[str, Any], ...], tuple[Column, ...]]:
    """Measure; the spread is the 95 % interval of a share (Wilson's), which takes pairs for independent."""
    pairs = exact_pairs(shingle_sets(texts), LEAST)
    values = signatures(texts, threads=1)
    rows = []
    shared = {}
    for way, (bands, rows_of_band) in WAYS.items():
        keys = band_keys(values, bands=bands, rows=rows_of_band)
        shared[way] = (keys[pairs.left] == keys[pairs.right]).any(axis=1)
    for low in np.arange(LEAST, 1.0, WIDTH).round(2).tolist():
        high = round(low + WIDTH, 2)
        inside = (pairs.score >= low) & (pairs.score < (high if high < 1 else 1.01))
        count = int(inside.sum())
        if not count:
            continue
        score = pairs.score[inside]
        row: dict[str, Any] = {"range": f"{low:.2f}-{high:.2f}", "jaccard": float(score.mean()), "pairs": count}
        for way, cut in WAYS.items():
            share = float(shared[way][inside].mean())
            below, above = wilson(share, count)
            row |= {f"promised{way}": float(band_probability(score, *cut).mean())}
            row |= {f"found{way}": share, f"found{way}_low": below, f"found{way}_high": above}
        rows.append(row)
    return tuple(rows), COLUMNS


def wilson(share: float, count: int, z: float = 1.96) -> tuple[float, float]:
    """Give the interval of a share of `count`.

    References
    ----------
    Wilson, "Probable inference, the law of succession, and statistical inference" (1927).
    """
    scale = 1 + z * z / count
    centre = (share + z * z / (2 * count)) / scale
    half = z / scale * sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return max(0.0, centre - half), min(1.0, centre + half)
