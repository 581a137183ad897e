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
``sure``
    How sure the label is: 3, clear; 2, leaning; 1, a coin flip. 3, if missing.

Other fields are not looked at.
"""

from __future__ import annotations

import json
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
SUREST = 3


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
    """A pair that was read and judged; `file` is the name of its file, without endings."""

    group: str
    source: str
    label: str
    one: str = field(repr=False)
    other: str = field(repr=False)
    sure: int = SUREST
    file: str = ""

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
                    pairs.append(_pair(json.loads(line), number, _name(path)))
                except (ValueError, KeyError, TypeError) as error:
                    raise ValueError(f"{path}:{number}: not a labelled pair ({error})") from error
    return pairs


def _name(path: Path) -> str:
    return path.name.partition(".")[0]


def _pair(fields: dict[str, Any], number: int, file: str) -> LabelledPair:
    if fields["label"] not in LABELS:
        raise ValueError(f"label must be one of {', '.join(sorted(LABELS))}, not {fields['label']!r}")
    texts = fields["text_a"], fields["text_b"]
    if not all(isinstance(text, str) for text in texts):
        raise TypeError("text_a and text_b must be strings")
    sure = fields.get("sure", SUREST)
    if sure not in range(1, SUREST + 1):
        raise ValueError(f"sure must be 1, 2 or {SUREST}, not {sure!r}")
    group, source = str(fields.get("group", number)), str(fields.get("source", ""))
    return LabelledPair(group, source, fields["label"], *texts, int(sure), file)


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


def given_pairs(
    paths: Sequence[Path] | None, count: int | None, seed: int
) -> tuple[list[LabelledPair], str, dict[str, Any]]:
    """Read the pairs of files, or make some of `count` documents: them, their name, and what a report says of them."""
    if not paths:
        return made_pairs(count or MADE_DOCUMENTS, seed), MADE, {"made by": "benchmarks.families", "seed": seed}
    about = {"file": " ".join(path.name for path in paths), "sha256": " ".join(map(sha256, paths))}
    return [pair for path in paths for pair in read_pairs(path)], "+".join(map(_name, paths)), about


def f1(truth: Flags, said: Flags) -> float:
    """Give the harmonic mean of precision and recall."""
    return 2 * int((truth & said).sum()) / max(1, int(truth.sum()) + int(said.sum()))


def best_cut(truth: Flags, values: NDArray[np.float64]) -> tuple[float, float]:
    """Give the best F1 of calling duplicates what is at or above a cut, and the cut."""
    return max((f1(truth, values >= cut), float(cut)) for cut in np.unique(values))


def shares(counts: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """Give precision, recall and F1 of the last axis: how many are called rightly, are called, and are duplicates."""
    right, said, true = np.moveaxis(counts, -1, 0)
    return {
        "precision": right / np.where(said > 0, said, 1),
        "recall": right / np.where(true > 0, true, 1),
        "f1": 2 * right / np.where(said + true > 0, said + true, 1),
    }


def scores(pairs: Sequence[Judged], said: Flags, rounds: int = 2000) -> dict[str, Any]:
    """Score what is called a duplicate.

    Parameters
    ----------
    pairs
        What people said.
    said
        What is called a duplicate; or a row for each of several tries, whose counts are averaged.
    rounds
        How often groups are drawn, with replacement, for the 95 % intervals.

    Returns
    -------
    dict
        Precision, recall and F1, each with its interval; false drops are pairs called duplicates that are none.
    """
    truth = np.array([pair.is_duplicate for pair in pairs], bool)
    called = np.atleast_2d(said).mean(axis=0)
    counts = np.stack([called * truth, called, truth], axis=1)
    groups = np.unique(np.array([str(pair.group) for pair in pairs]), return_inverse=True)[1]
    # The counts of a group are summed once.
    of_group = np.zeros((int(groups.max(initial=-1)) + 1, 3))
    np.add.at(of_group, groups, counts)
    drawn = np.random.default_rng(0).integers(0, max(1, len(of_group)), (rounds, len(of_group)))
    spread = shares(of_group[drawn].sum(axis=1))
    figures: dict[str, Any] = {key: float(value) for key, value in shares(counts.sum(axis=0)).items()}
    for key, values in spread.items():
        figures |= {f"{key}_{end}": float(np.percentile(values, at)) for end, at in (("low", 2.5), ("high", 97.5))}
    right, said_in_all, true = counts.sum(axis=0).tolist()
    return figures | {
        "pairs": len(pairs),
        "duplicates": int(true),
        "called": said_in_all,
        "false_drops": said_in_all - right,
        "others": len(pairs) - int(true),
    }
