"""Labelled pairs: pairs of texts of which people said whether they are duplicates, and how a verdict on them is scored.

The format is JSON lines, plain, gzip or Zstandard, an object a pair:

``text_a``, ``text_b``
    The two texts; needed.
``label``
    Needed: ``C``, a copy (the same article, edited, excerpted, extended), or ``U``, an update (largely the same text
    about the same event), are duplicates; ``T``, a template (the same wording, other facts), and ``O``, other (one
    shared block, or nothing), are not.
``group``
    Pairs that share a text share a group: intervals draw groups, and folds go by group. The pair's line, if missing.
``source``
    Where the pair is from; figures are given for each source too. Empty, if missing.

Other fields are not looked at.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import numpy as np

from benchmarks.corpora import open_lines
from benchmarks.families import documents
from benchmarks.sentences import PseudoChinese
from benchmarks.setting import MADE, MADE_DOCUMENTS, sha256

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    Flags: TypeAlias = NDArray[np.bool_]

DUPLICATE_LABELS = frozenset("CU")
LABELS = frozenset("CUTO")


class Judged(Protocol):
    """What scores ask of a pair."""

    @property
    def group(self) -> object:
        """Of pairs that share a text."""

    @property
    def is_duplicate(self) -> bool:
        """Whether people call it one."""


@dataclass(frozen=True, slots=True)
class LabelledPair:
    """A pair that was read and judged."""

    group: str
    source: str
    label: str
    one: str = field(repr=False)
    other: str = field(repr=False)

    @property
    def is_duplicate(self) -> bool:
        """Whether people call it one."""
        return self.label in DUPLICATE_LABELS


def read_pairs(path: Path) -> list[LabelledPair]:
    """Read labelled pairs.

    Raises
    ------
    ValueError
        If a line is no pair; names it.
    """
    pairs = []
    with open_lines(path) as lines:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                try:
                    pairs.append(_pair(json.loads(line), number))
                except (ValueError, KeyError, TypeError) as error:
                    raise ValueError(f"{path}:{number}: not a labelled pair ({error})") from error
    return pairs


def _pair(fields: dict[str, Any], number: int) -> LabelledPair:
    if fields["label"] not in LABELS:
        raise ValueError(f"label must be one of {', '.join(sorted(LABELS))}, not {fields['label']!r}")
    texts = fields["text_a"], fields["text_b"]
    if not all(isinstance(text, str) for text in texts):
        raise TypeError("text_a and text_b must be strings")
    return LabelledPair(str(fields.get("group", number)), str(fields.get("source", "")), fields["label"], *texts)


def made_pairs(count: int, seed: int) -> list[LabelledPair]:
    """Make pairs out of `count` documents of `benchmarks.families`, whose kinds are the sources.

    Every member of a family is paired with its base, a template as ``T``, other kinds as ``C``; and every eighth
    document with the next one of another family, as ``O``.
    """
    made = list(documents(PseudoChinese.from_seed(), count, seed=seed))
    by_id = {each.id: each for each in made}
    pairs = [
        LabelledPair(
            str(each.family), each.kind, "T" if each.kind == "template" else "C", each.text, by_id[each.base].text
        )
        for each in made
        if each.kind != "base"
    ]
    strangers = [
        LabelledPair(str(each.family), "other", "O", each.text, other.text)
        for each, other in zip(made[::8], made[1::8], strict=False)
        if each.family != other.family
    ]
    return pairs + strangers


def given_pairs(path: Path | None, count: int | None, seed: int) -> tuple[list[LabelledPair], str, dict[str, Any]]:
    """Read the pairs of a file, or make some of `count` documents: them, their name, and what a report says of them."""
    if path:
        return read_pairs(path), path.name.partition(".")[0], {"file": path.name, "sha256": sha256(path)}
    return made_pairs(count or MADE_DOCUMENTS, seed), MADE, {"made by": "benchmarks.families", "seed": seed}


def f1(truth: Flags, said: Flags) -> float:
    """Give the harmonic mean of precision and recall."""
    return 2 * int((truth & said).sum()) / max(1, int(truth.sum()) + int(said.sum()))


def best_cut(truth: Flags, values: NDArray[np.float64]) -> tuple[float, float]:
    """Give the best F1 of calling duplicates what is at or above a cut, and the cut."""
    return max((f1(truth, values >= cut), float(cut)) for cut in np.unique(values))


def interval(pairs: Sequence[Judged], said: Flags, rounds: int = 2000) -> tuple[float, float]:
    """Give the 95 % interval of F1 by drawing groups with replacement."""
    rng = np.random.default_rng(0)
    members = defaultdict(list)
    for i, pair in enumerate(pairs):
        members[pair.group].append(i)
    truth = np.array([pair.is_duplicate for pair in pairs])
    # F1 needs three counts; they are summed for each group once.
    counts = np.array(
        [[(truth & said)[rows].sum(), truth[rows].sum(), said[rows].sum()] for rows in map(np.array, members.values())]
    )
    drawn = counts[rng.integers(0, len(counts), (rounds, len(counts)))].sum(axis=1)
    low, high = np.percentile(2 * drawn[:, 0] / np.maximum(1, drawn[:, 1] + drawn[:, 2]), [2.5, 97.5])
    return float(low), float(high)


def scores(pairs: Sequence[Judged], said: Flags) -> dict[str, Any]:
    """Give precision, recall, F1 with its interval, and false drops: pairs called duplicates that are none."""
    truth = np.array([pair.is_duplicate for pair in pairs])
    right, wrong = int((truth & said).sum()), int((said & ~truth).sum())
    low, high = interval(pairs, said)
    return {
        "pairs": len(pairs),
        "duplicates": int(truth.sum()),
        "precision": right / max(1, int(said.sum())),
        "recall": right / max(1, int(truth.sum())),
        "f1": f1(truth, said),
        "f1_low": low,
        "f1_high": high,
        "false_drops": wrong,
        "others": int((~truth).sum()),
    }
