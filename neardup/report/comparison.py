"""The report of two texts for people: what they are to each other and why, and both side by side.

What only one of them has is coloured on a terminal. Where there is no colour it stands in marks, as GNU wdiff writes
them: ``[-of the first text-]`` and ``{+of the second text+}``.
"""

from __future__ import annotations

import re
from collections import Counter
from difflib import SequenceMatcher
from itertools import pairwise, zip_longest
from typing import TYPE_CHECKING

import numpy as np
from rich.cells import cell_len
from rich.text import Text

from neardup.content import is_taken
from neardup.folding import fold
from neardup.io.escapes import visible
from neardup.numerals import located_numerals
from neardup.reasons import common_start, reason
from neardup.relations import Terms, alike
from neardup.report.terminal import console_on, counted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO

    from numpy.typing import NDArray

    from neardup._typing import Id
    from neardup.compare import Candidacy, Comparison
    from neardup.config import Config
    from neardup.evidence import Evidence
    from neardup.folding import Folded

    Row = tuple[slice, slice]

KEPT_CHARS = 16
"""How much of each end of a long stretch that both texts have is shown."""

LONG_CHARS = 60
"""A stretch that both have is shortened if it is longer than this, in folded code points; and one that only one text
has stands in a row of its own."""

FINE_CHARS = 200
"""Stretches that are not aligned are searched for shorter runs if they are not longer than this."""

FINE_PAIRS = 2000
"""And if they have no more pairs of equal characters, one of each text. Two stretches of prose have a few hundred."""

MIN_COLUMN_CELLS = 12

_STYLES = ("red", "green")
_MARKS = (("[-", "-]"), ("{+", "+}"))
_SAID = {
    None: "unrelated",
    "identical": "identical",
    "near": "near",
    "contained": "contained: the second text has the first one",
    "contains": "contains: the first text has the second one",
    "revision": "revision: a version of the same item",
    "template": "template: the same form, filled in otherwise",
    "overlap": "overlap: one shared block beside other text",
}
_BREAK = re.compile(r"\r\n?|\n")
# What a line is not broken inside: a word in ASCII or a character, with its marks and the punctuation behind it.
_UNIT = re.compile(r"(?:\[-|\{\+)?(?:[!-~]++|.)[，。、；：？！）》」』】”’]{0,2}(?:-\]|\+\})?", re.DOTALL)


class ComparisonReport:
    """What two texts are to each other, what that rests on, and where they differ.

    Parameters
    ----------
    out
        Where to write.
    config
        What decided.
    full
        Whether long stretches that both have are shown whole.
    explain
        Whether the terms of the sum are shown, and whether the texts would meet in a corpus.
    """

    def __init__(self, out: IO[str], config: Config, *, full: bool = False, explain: bool = False) -> None:
        self.console = console_on(out)
        self.config = config
        self.full = full
        self.explain = explain

    def write(self, found: Comparison, ids: tuple[Id, Id]) -> None:
        """Report a comparison of the texts of these ids."""
        lines = [Text(_SAID[found.relation], "bold"), Text(f"  {visible(reason(found))} ({found.rule})")]
        if found.evidence:
            lines += [Text(f"  {line}") for line in evidence_lines(found.evidence)]
        if any(found.left_out):
            counts = [counted(len(spans), "paragraph") for spans in found.left_out]
            lines.append(Text(f"  left out as boilerplate: {counts[0]} of the first text, {counts[1]} of the second"))
        if self.explain:
            lines += [Text(line) for line in explained(found, self.config)]
        self.console.print(Text("\n").join([*lines, Text()]))
        for line in self._columns(found, ids):
            line.rstrip()
            self.console.print(line)

    def _columns(self, found: Comparison, ids: tuple[Id, Id]) -> Iterator[Text]:
        width = max(MIN_COLUMN_CELLS, (self.console.width - 3) // 2)
        yield from _beside([Text(visible(str(id_)), "bold") for id_ in ids], width)
        yield Text("─" * width + "─┼─" + "─" * width)
        has_colour = self.console.color_system is not None and not self.console.no_color
        texts, marked = (found.one, found.other), differing(found)
        for row in rows(found, marked, full=self.full):
            cells = [
                _cell(
                    text, where, marks, style=_STYLES[side] if has_colour else None, signs=_MARKS[side], full=self.full
                )
                for side, (text, where, marks) in enumerate(zip(texts, row, marked, strict=True))
            ]
            yield from _beside(cells, width)


def evidence_lines(found: Evidence) -> list[str]:
    """Say what was measured."""
    return [
        f"Jaccard similarity {found.jaccard:.2f}; {found.containment:.0%} of the first text is in the second, "
        f"{found.containment_of_survivor:.0%} of the second in the first",
        f"aligned: {found.aligned:.0%} of the shorter text, which has {counted(found.shorter_chars, 'character')}; the "
        f"longer one has {found.longer_chars:,}",
    ]


def explained(found: Comparison, config: Config) -> Iterator[str]:
    """Say what every term is and what the sum makes of the texts, and whether they would be compared in a corpus."""
    if found.evidence and found.candidacy:
        is_identical = found.relation == "identical"
        yield "terms, for a copy if positive and against it if negative"
        width = max(map(len, Terms._fields))
        measured = measured_by_term(found.evidence)
        for name, value in found.terms._asdict().items():
            # A term of nothing may be a negative zero.
            yield f"  {name:{width}} {value + 0.0:+.2f}: {measured[name]}"
        yield f"  {'sum':{width}} {found.balance:+.2f}"
        yield from ["  not asked, since the texts are identical"] if is_identical else decided(found, found.evidence)
        if long := found.long_shingles:
            yield (
                f"shingles of {long.chars} characters, which no rule asks: Jaccard similarity {long.jaccard:.2f}; "
                f"{long.containment:.0%} of the first text is in the second, {long.containment_of_other:.0%} of the "
                "second in the first"
            )
        yield f"in a corpus: {meeting(found.candidacy, config, is_identical=is_identical)}"
        yield (
            f"  estimated Jaccard similarity {found.candidacy.estimate:.2f}; two texts as alike as these share a band "
            f"with a probability of {found.candidacy.expected:.2f}"
        )


def measured_by_term(found: Evidence) -> dict[str, str]:
    """Say for every term of `neardup.relations.Terms` what was measured for it."""
    agree = "agrees" if found.agreed_numbers == 1 else "agree"
    return {
        "numbers": f"{found.agreed_numbers} {agree}, {found.conflicting_numbers} in conflict",
        "other_text": f"at least {found.foreign:.0%} of a third of the shorter text is nowhere in the longer one",
        "other_marks": f"{counted(found.other_marks, 'place')} with another serial mark or a negation more, in "
        f"{counted(found.shorter_chars, 'character')}",
        "other_words": f"{counted(found.replaced, 'pair')} of other words, each once, in "
        f"{counted(found.shorter_chars, 'character')}",
        "other_title": f"{found.title_recurs:.0%} of the words that only one title has recur where the texts differ",
        "foreign_title": f"{found.title_absent:.0%} of the words of each title, or more, are nowhere in the other text",
        "negated_title": f"the titles {'differ' if found.title_negated else 'do not differ'} in a negation alone",
    }


def decided(found: Comparison, evidence: Evidence) -> Iterator[str]:
    """Say what both cuts make of the sum."""
    config = found.config
    same = alike(evidence, config.limits)
    for name, is_enough, needed, sets in (
        ("min_score", same is not None, config.min_score, f"by what they share {same or 'not alike enough'}"),
        (
            "min_revision_score",
            evidence.likeness >= config.min_revision,
            config.min_revision_score,
            f"they share {evidence.likeness:.2f}, and min_revision is {config.min_revision}",
        ),
    ):
        what = "a copy" if name == "min_score" else "a version of the same item"
        verdict = "yes" if is_enough and found.balance >= needed else "no"
        yield f"  {what}? {verdict}: {sets}; the sum is {found.balance:.2f}, and {name} {needed}"
    yield f"  so: {found.relation or 'unrelated'} ({found.rule})"


def meeting(found: Candidacy, config: Config, *, is_identical: bool) -> str:
    """Say whether two texts would be compared in a corpus, and why."""
    bands = f"they share {found.shared_bands} of {counted(found.bands, 'band')}"
    anchors = f"{found.shared_anchors} of {counted(found.anchors, 'anchor')}"
    if is_identical:
        return f"compared: identical texts always are; {bands} and {anchors}"
    if found.is_candidate:
        return f"compared: {bands} and {anchors}"
    if found.shared_bands:
        return f"not compared: one of them has fewer than {config.ngram} characters"
    return f"not compared: {bands}, and {anchors}, less than {config.min_anchor_share:.0%}"


def differing(found: Comparison) -> tuple[NDArray[np.bool_], ...]:
    """Tell of every code point of both texts whether the other text has something else there.

    That is what is in no aligned passage, unless both have the same there or nothing that matters, and numbers that the
    other text does not say; nothing of what was left out or is no content.
    """
    texts = found.one, found.other
    marked = tuple(np.zeros(len(text), bool) for text in texts)
    for gap in _gaps(found):
        folded = [fold(text[where]) for text, where in zip(texts, gap, strict=True)]
        ends = [_after_last(where, inside) for where, inside in zip(gap, folded, strict=True)]
        for side, is_same in enumerate(same_inside(folded[0].text, folded[1].text)):
            at, end = gap[side].start + folded[side].positions, ends[side]
            for first, last in _runs(~is_same):
                marked[side][at[first] : at[last - 1] + 1] = True
            # What folds to nothing behind it is marked too where the other text has nothing there.
            if len(at) and not is_same[-1] and ends[1 - side] == gap[1 - side].stop:
                marked[side][end : end + len(texts[side][end : gap[side].stop].rstrip())] = True
    said = [located_numerals(text) for text in texts]
    for marks, own, their in zip(marked, said, reversed(said), strict=True):
        forms = {number.form for number in their}
        for number in own:
            if number.form not in forms:
                marks[number.start : number.stop] = True
    for marks, spans in zip(marked, found.left_out, strict=True):
        for span in spans:
            marks[span.start : span.stop] = False
    for marks, text in zip(marked, texts, strict=True):
        marks &= is_taken(text, found.config.content)
    return marked


def same_inside(one: str, other: str) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Tell of every code of two folded stretches that are not aligned whether the other one has it too.

    That is what both begin and end with, and short runs where both are short and mostly made of such runs.
    """
    same = np.zeros(len(one), bool), np.zeros(len(other), bool)
    head = common_start(one, other)
    tail = common_start(one[head:][::-1], other[head:][::-1])
    blocks = [(0, 0, head), (len(one) - tail, len(other) - tail, tail)]
    if max(len(one), len(other)) <= FINE_CHARS and _equal_pairs(one, other) <= FINE_PAIRS:
        found = SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks()
        fine = [(start, other_start, size) for start, other_start, size in found if size > 1]
        if 2 * sum(size for _, _, size in fine) >= min(len(one), len(other)):
            blocks += fine
    for start, other_start, size in blocks:
        same[0][start : start + size] = True
        same[1][other_start : other_start + size] = True
    return same


def _equal_pairs(one: str, other: str) -> int:
    """Count the pairs of equal characters, one of each text: the matcher looks at all of them for every block."""
    counts = Counter(other)
    return sum(times * counts[char] for char, times in Counter(one).items())


def _runs(values: NDArray[np.bool_]) -> list[list[int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], values, [False]])))
    runs: list[list[int]] = edges.reshape(-1, 2).tolist()
    return runs


def _after_last(where: slice, inside: Folded) -> int:
    """Give the position behind the last code point that does not fold to nothing."""
    return int(where.start + inside.positions[-1] + 1) if len(inside) else int(where.stop)


def rows(found: Comparison, marked: tuple[NDArray[np.bool_], ...], *, full: bool) -> list[Row]:
    """Cut both texts where both break a line, and around what only one of them has, so that the rest stands level.

    Unless all is wanted, rows without a difference that follow each other are one.
    """
    cuts = sorted({(0, 0), *_cuts(found), (len(found.one), len(found.other))})
    cut = [(slice(before[0], after[0]), slice(before[1], after[1])) for before, after in pairwise(cuts)]
    if full:
        return cut
    joined: list[Row] = []
    is_same = False
    for row in cut:
        differs = any(marks[where].any() for marks, where in zip(marked, row, strict=True))
        if joined and is_same and not differs:
            joined[-1] = (slice(joined[-1][0].start, row[0].stop), slice(joined[-1][1].start, row[1].stop))
        else:
            joined.append(row)
        is_same = not differs
    return joined


def _cuts(found: Comparison) -> Iterator[tuple[int, int]]:
    """Where rows end: positions in both texts, none before another in one text and behind it in the other."""
    texts = found.one, found.other
    for gap in _gaps(found):
        folded = [fold(text[where]) for text, where in zip(texts, gap, strict=True)]
        breaks = [
            [match.end() for match in _BREAK.finditer(text, where.start, where.stop)]
            for text, where in zip(texts, gap, strict=True)
        ]
        if all(breaks):
            yield breaks[0][-1], breaks[1][-1]
        elif any(
            len(inside) > LONG_CHARS or (len(inside) and stops) for inside, stops in zip(folded, breaks, strict=True)
        ):
            # What folds to nothing at the start belongs to what stands before.
            one, other = (
                where.start + int(inside.positions[0]) if len(inside) else where.stop
                for where, inside in zip(gap, folded, strict=True)
            )
            if gap[0].start or gap[1].start:
                yield one, other
            yield gap[0].stop, gap[1].stop
    for passage in found.passages:
        by_chars = []
        for span, text in zip(passage, texts, strict=True):
            positions = fold(span.of(text)).positions
            stops = (match.end() for match in _BREAK.finditer(text, span.start, span.stop))
            by_chars.append({int(positions.searchsorted(stop - span.start)): stop for stop in stops})
        for chars in by_chars[0].keys() & by_chars[1].keys():
            yield by_chars[0][chars], by_chars[1][chars]


def _gaps(found: Comparison) -> list[Row]:
    """Give what stands before, between and behind the aligned passages, where at least one text has something."""
    starts = [(0, 0), *((one.stop, other.stop) for one, other in found.passages)]
    stops = [*((one.start, other.start) for one, other in found.passages), (len(found.one), len(found.other))]
    gaps = [(slice(a, c), slice(b, d)) for (a, b), (c, d) in zip(starts, stops, strict=True)]
    return [gap for gap in gaps if any(where.start < where.stop for where in gap)]


def _cell(
    text: str,
    where: slice,
    marked: NDArray[np.bool_],
    *,
    style: str | None,
    signs: tuple[str, str],
    full: bool,
) -> Text:
    """Show a stretch of a text with its marks, long runs without a mark shortened unless all is wanted."""
    shown = Text()
    stop = where.stop - len(_trailing_break(text[where]))
    edges = np.flatnonzero(np.diff(marked[where.start : stop])) + 1 + where.start
    for start, end in pairwise([where.start, *edges.tolist(), stop]):
        if start == end:
            continue
        run = text[start:end]
        if not marked[start]:
            shown.append(_lines(run if full else shortened(run)))
        elif style:
            shown.append(_lines(run), style)
        else:
            shown.append(f"{signs[0]}{_lines(run)}{signs[1]}")
    return shown


def shortened(run: str) -> str:
    """Leave out the middle of a long text.

    Examples
    --------
    >>> shortened("天地玄黄宇宙洪荒" * 8)
    '天地玄黄宇宙洪荒天地玄黄宇宙洪荒 … 天地玄黄宇宙洪荒天地玄黄宇宙洪荒'
    """
    positions = fold(run).positions
    if len(positions) <= LONG_CHARS:
        return run
    return f"{run[: positions[KEPT_CHARS]].rstrip()} … {run[positions[-KEPT_CHARS] :]}"


def _trailing_break(text: str) -> str:
    return text[len(text.rstrip("\r\n")) :]


def _lines(text: str) -> str:
    return "\n".join(visible(line) for line in _BREAK.split(text))


def _wrapped(text: Text, width: int) -> list[Text]:
    """Break a text into lines of at most so many cells, where `_UNIT` allows it."""
    lines: list[Text] = []
    for line in text.split("\n", allow_blank=True):
        cuts, cells, plain = [], 0, line.plain
        for unit in _UNIT.finditer(plain):
            size = cell_len(unit[0])
            if size > width:  # a word that no line holds
                for place in range(unit.start(), unit.end()):
                    if cells + cell_len(plain[place]) > width:
                        cuts.append(place)
                        cells = 0
                    cells += cell_len(plain[place])
                continue
            if cells + size > width:
                cuts.append(unit.start())
                cells = 0
            cells += size
        lines += line.divide(cuts)
    return lines


def _beside(cells: list[Text], width: int) -> Iterator[Text]:
    columns = [_wrapped(cell, width) for cell in cells]
    for one, other in zip_longest(*columns, fillvalue=Text()):
        yield Text.assemble(one, " " * (width - cell_len(one.plain)), " │ ", other)
