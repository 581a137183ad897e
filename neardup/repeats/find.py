"""Repeats: one document, the passages that it prints again, and how often it prints its body."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from neardup.checks import MAX_CHARS, check_int
from neardup.inputs.pages import warn_of_page
from neardup.model import Repeat, Span
from neardup.repeats.alignment import SelfAlignment, align_with_itself
from neardup.repeats.cleaning import clean, printed_copies
from neardup.segmentation import line_starts
from neardup.spans import without

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import regex
    from numpy.typing import NDArray

DEFAULT_MIN_CHARS = 30
"""Empirical: 1 in 45 edited news items repeats anything at 30 (2.23 %), 1 in 130 exactly (0.76 %). Titles and set
phrases run to 28. Measured by ``benchmarks/suites/natural_repeats.py``."""


@dataclass(frozen=True, slots=True)
class DocumentRepeats:
    """What a document repeats.

    Attributes
    ----------
    text
        The document.
    min_chars
        The shortest passage that was looked for, in folded code points.
    chars
        Length of the document in folded code points.
    body_copies
        How often the document prints its body, edited or not; see `neardup.repeats.cleaning.printed_copies`.
    repeated_share
        The part of the folded code points that lies in copies, in [0, 1).
    repeats
        By the position of the copy; copies are disjoint. A copy may be shorter than `min_chars` where
        passages overlap, or where one was cut at the boundary of a paragraph.
    """

    text: str = field(repr=False)
    min_chars: int
    chars: int
    body_copies: int
    repeated_share: float
    repeats: tuple[Repeat, ...]
    _removed: tuple[tuple[int, int], ...] | None = field(default=None, repr=False, compare=False)

    def removed(self) -> tuple[tuple[int, int], ...]:
        """Give the stretches that `clean` leaves out: ``start, stop`` in code points of the text, ascending.

        Where they are not known yet, this takes a few times as long as finding the repeats.
        """
        if self._removed is not None or not self.repeats:
            return self._removed or ()
        aligned = align_with_itself(self.text, self.min_chars)
        return clean(self.text, aligned, self.min_chars, edited=self.body_copies > 1).removed

    def clean(self) -> str:
        r"""Give the text with every copied paragraph left out; the first copy stays.

        Only whole paragraphs go (whole sentences, where original and copy stand in one), each a copy of whole
        paragraphs before it with the same numbers; where `body_copies` is more than 1, edited copies too. The rest is
        not changed. Cleaning the result again changes nothing. See `neardup.repeats.cleaning.clean`.

        Examples
        --------
        >>> body = "据介绍，重庆经开区把质量强区战略写入全区“十二五”规划，并按照品牌化发展思路推进。\n"
        >>> find_repeats("标题\n" + body + body + "相关链接").clean() == "标题\n" + body + "相关链接"
        True
        """
        return without(self.text, self.removed())

    def to_dict(self) -> dict[str, Any]:
        """Give the fields as plain data, without the text."""
        return {
            "min_chars": self.min_chars,
            "chars": self.chars,
            "body_copies": self.body_copies,
            "repeated_share": self.repeated_share,
            "repeats": [repeat.to_dict() for repeat in self.repeats],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], text: str) -> Self:
        """Make the result again from what `to_dict` gave and the text it is about."""
        return cls(
            text,
            data["min_chars"],
            data["chars"],
            data["body_copies"],
            data["repeated_share"],
            tuple(Repeat.from_dict(repeat) for repeat in data["repeats"]),
        )


def find_repeats(text: str, *, min_chars: int = DEFAULT_MIN_CHARS) -> DocumentRepeats:
    r"""Find what a document prints more than once.

    A passage is repeated if at least `min_chars` consecutive code points of it, folded, stand earlier in the
    document without overlapping it. All such passages are found. Copies of kind ``exact`` hold nothing else; repeats
    that continue each other across edits are one repeat of kind ``near``. Every copy was compared.

    Parameters
    ----------
    text
        The document.
    min_chars
        The shortest passage to report, in folded code points (no spaces, no punctuation), in [1, 2**30]. Shorter
        finds set phrases and names too.

    Returns
    -------
    DocumentRepeats

    Raises
    ------
    TypeError
        If `text` is not a string, or `min_chars` not an integer.
    ValueError
        If `min_chars` is out of range, or `text` longer than 2**30 code points.

    Notes
    -----
    Time and memory are linear in the length of the text with the compiled kernels, but for texts in which each copy
    takes in the one before it: at most O(n ** 1.5). `benchmarks/growth.py` measures hostile texts. Copies are taken out
    to see whether the rest is printed more than once, so that a text with copies of paragraphs takes up to twice as
    long.

    Examples
    --------
    >>> body = "据介绍，重庆经开区把质量强区战略写入全区“十二五”规划，并按照品牌化发展思路推进。"
    >>> found = find_repeats(f"标题\n{body}\n转载：\n{body}\n", min_chars=18)
    >>> [(r.kind, r.chars, r.original.first_line, r.copy.first_line) for r in found.repeats]
    [('exact', 36, 2, 4)]
    >>> found.repeats[0].copy.of(found.text) == body
    True
    """
    min_chars = check_int("min_chars", min_chars, high=MAX_CHARS)
    aligned = align_with_itself(text, min_chars)
    warn_of_page(text)
    chars = len(aligned.folded)
    copies, cleaning = printed_copies(text, aligned, min_chars)
    return DocumentRepeats(
        text=text,
        min_chars=min_chars,
        chars=chars,
        body_copies=copies,
        repeated_share=aligned.copied_chars / chars if chars else 0.0,
        repeats=_repeats(text, aligned),
        _removed=None if cleaning is None else cleaning.removed,
    )


def _repeats(text: str, aligned: SelfAlignment) -> tuple[Repeat, ...]:
    if not len(aligned.repeats):
        return ()
    original, original_stop, copy, copy_stop, period, matched = aligned.repeats.T
    spans = _spans(text, aligned, np.concatenate([original, copy]), np.concatenate([original_stop, copy_stop]))
    is_exact = aligned.is_exact
    similarity = np.where(is_exact, 1.0, 2 * matched / (original_stop - original + copy_stop - copy))
    edges = aligned.paragraph_edges
    covered = edges.searchsorted(copy_stop, side="right") - 1 - edges.searchsorted(copy)
    return tuple(
        Repeat(
            original=span,
            copy=span_of_copy,
            similarity=alike,
            kind="exact" if exact else "near",
            chars=chars,
            paragraphs=max(0, paragraphs),
            period=every or None,
        )
        for span, span_of_copy, alike, exact, chars, paragraphs, every in zip(
            spans[: len(copy)],
            spans[len(copy) :],
            similarity.tolist(),
            is_exact.tolist(),
            (copy_stop - copy).tolist(),
            covered.tolist(),
            period.tolist(),
            strict=True,
        )
    )


def _spans(text: str, aligned: SelfAlignment, starts: NDArray[np.int32], stops: NDArray[np.int32]) -> list[Span]:
    """From folded code points to the text, rounded outward over what folding dropped.

    At the start or end of a unit, to its start or end; inside a unit over closing marks to the right and opening
    marks to the left, so that spans that touch when folded stay disjoint.
    """
    positions = np.concatenate([np.array([-1]), aligned.folded.positions, np.array([len(text)])])
    before, first, last, behind = positions[starts], positions[starts + 1], positions[stops], positions[stops + 1]
    unit_start = aligned.units[aligned.unit_of(starts), 0]
    unit_stop = aligned.units[aligned.unit_of(stops - 1), 1]
    left = np.where(before < unit_start, unit_start, first)
    right = np.where(behind >= unit_stop, unit_stop, last + 1)
    gaps = ((before >= unit_start) & (first - before > 1)).nonzero()[0]
    left[gaps] = _each_once(partial(_over_opening, text), before[gaps] + 1, first[gaps])
    gaps = ((behind < unit_stop) & (behind - last > 1)).nonzero()[0]
    right[gaps] = _each_once(partial(_over_closing, text), last[gaps] + 1, behind[gaps])
    lines = line_starts(text)
    first_line = lines.searchsorted(left, side="right")
    last_line = lines.searchsorted(right - 1, side="right")
    return list(map(Span, left.tolist(), right.tolist(), first_line.tolist(), last_line.tolist()))


def _each_once(rounded: Callable[[int, int], int], starts: NDArray[np.int64], stops: NDArray[np.int64]) -> list[int]:
    """Look at every gap once: many copies can have one original, and its gaps may be long."""
    gaps = list(zip(starts.tolist(), stops.tolist(), strict=True))
    found = {gap: rounded(*gap) for gap in set(gaps)}
    return [found[gap] for gap in gaps]


def _over_opening(text: str, start: int, stop: int) -> int:
    """Go back from the end of a gap over the opening marks that stand there."""
    marks = _opening().match(text[start:stop][::-1])
    return stop - marks.end() if marks else stop


def _over_closing(text: str, start: int, stop: int) -> int:
    """Go on from the start of a gap over the marks that do not open anything."""
    marks = _closing().match(text, start, stop)
    return marks.end() if marks else start


@lru_cache(maxsize=1)
def _opening() -> regex.Pattern[str]:
    import regex

    return regex.compile(r"[\p{Ps}\p{Pi}]++")


@lru_cache(maxsize=1)
def _closing() -> regex.Pattern[str]:
    import regex

    return regex.compile(r"[^\s\p{Ps}\p{Pi}]++")
