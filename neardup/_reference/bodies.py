"""Bodies: how often a document prints its body, and which repeats are later printings of it; in plain Python."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from neardup._reference.lines import Kind, Line, introduces, is_article, label_stop
from neardup.marks import LINE_BREAKS, SENTENCE_ENDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from neardup._reference.alignment import Aligned

BODY_CHARS = 100
"""The least that a body is, in folded code points, and the least that one printing of it is."""
BODY_SHARE = 0.38
"""The part of the distinct prose that a body is at least, if its copies start where lines or sentences do."""
INNER_SHARE = 0.65
"""The same if some start inside of a sentence."""
ALL_SHARE = 0.3
"""The part of everything that is no markup, code and tables too, that is printed again at least."""
TEXT_SHARE = 0.75
"""The part of the distinct text, short lines and labels too, that is a body where little of it is prose."""
ROW_SHARE = 0.4
"""The same where it is printed twice in a row."""
ROW_GAP_SHARE = 0.16
"""Of a printing, what only one of two in a row may have where they meet: a sentence that was left out or added."""
EDITED_SHARE = 0.2
"""A copy with more edits than this for its length fills in a form with something else."""
INTRODUCED_SHARE = 0.9
"""So much of the line that introduces a list is copied where the list is."""
ITEM_CHARS = 60
"""An item of a list that has so many folded code points is prose."""
LABELLED_CHARS = 150
"""Of a line that is longer a label is no more than its first words."""
EDIT_CHARS = 20
"""More folded code points in a row that only one side has are no edit: a dropped or added sentence."""
NUMERAL_CHARS = 120
"""A copy that says another numeral so often, or more, fills in a form: once in so many folded code points."""
QUOTED = ">＞"
"""How mail, forums and Markdown mark what they quote."""
OPENING_QUOTES, QUOTE_GAP = frozenset('“‘「『"＂'), 16
"""What opens a quotation, and how far before it that stands, in code points of the text."""
EDGE_CHARS = 2
"""So far from where a unit starts its copy may still start, in folded code points: an edited beginning."""
START_CHARS = 10
"""So far inside of a sentence both sides may start, equally far to `EDGE_CHARS`: the words before were edited."""
PRINTING_GAP = 300
"""So many folded code points may lie between two repeats of one printing, on either side: a notice or a menu."""

NUMERALS = frozenset("0123456789〇零一二三四五六七八九十百千万亿两")
"""What a folded numeral is made of."""

NOT_TEXT = frozenset({Kind.CODE, Kind.TABLE, Kind.HEADING, Kind.MARKS})
NOT_PROSE = NOT_TEXT | {Kind.LIST, Kind.LABEL, Kind.SHORT}


class Run(NamedTuple):
    """An aligned stretch of a repeat; with a period it goes on as its original does."""

    repeat: int
    original: int
    original_stop: int
    copy: int
    copy_stop: int


class Bodies(NamedTuple):
    """How often the body is printed, and which repeats are later printings of it."""

    copies: int
    printings: list[bool]


def body_copies(aligned: Aligned) -> Bodies:
    """Count how often a text prints its body.

    Every folded code point has a root: itself, or where it is aligned in a copy the root of its original; what is
    replaced in a near copy counts as aligned. A root is printed as often as code points have it. The answer is the
    largest k such that roots printed k times or more are a body: `BODY_CHARS` long, `BODY_SHARE` of the distinct prose
    or `TEXT_SHARE` of the distinct text, and `ALL_SHARE` of everything but markup; else 1.

    Prose is what `neardup._reference.lines` takes for it, long items of lists and articles of laws; text is that and
    all other lines but code, tables, headings and markup. Copies count that start where a line or sentence does, on
    both sides, or go on from one that does; or, for `INNER_SHARE`, that hold such a start. No copy counts that is
    edited much, fills in a form with other numerals, or is quoted; nor a line that another one says, nor an item of
    another list.
    Repeats count together that continue each other and are a printing of `BODY_CHARS`, or printed in a row.

    The numbers are empirical, measured by ``benchmarks/suites/repeats.py`` and ``benchmarks/suites/cleaning.py``.
    """
    repeats, size, text = aligned.repeats, aligned.size, aligned.text
    none = Bodies(1, [False] * len(repeats))
    copied = sum(r[3] - r[2] for r in repeats)
    if size - copied < BODY_CHARS or copied < BODY_CHARS:
        return none
    runs, edited, others = _runs(aligned)
    is_quoted = _are_quoted(aligned)
    counts = [
        edited[i] <= EDITED_SHARE * (r[3] - r[2]) and others[i] * NUMERAL_CHARS <= r[3] - r[2] and not is_quoted[i]
        for i, r in enumerate(repeats)
    ]
    if sum(r[3] - r[2] for r, each in zip(repeats, counts, strict=True) if each) < BODY_CHARS:
        return none
    if not _may_be_enough(aligned, runs, counts):
        return none
    ends = [-1, *(i for i, char in enumerate(text) if char in SENTENCE_ENDS or char in LINE_BREAKS)]
    root = _roots(runs, size)
    starts = [_is_start(aligned, ends, r) for r in repeats]
    continues = _continue(repeats, root)
    for i in range(1, len(repeats)):
        starts[i] |= continues[i] and starts[i - 1]
    holds = list(starts)
    for run in runs:
        holds[run.repeat] |= _holds_start(aligned, run)
    weights = _weights(aligned)
    own = _own_lines(aligned, root)
    found = none
    for chosen, share in ((starts, BODY_SHARE), (holds, INNER_SHARE)):
        both = [a and b for a, b in zip(chosen, counts, strict=True)]
        printings, in_row = _printings(repeats, both, root)
        ways = [(printings, TEXT_SHARE), (in_row, ROW_SHARE)]
        for printed, text_share in ways if chosen is starts else ways[:1]:
            copies = _copies(runs, printed, (share, text_share), weights, own)
            if copies > found.copies:
                found = Bodies(copies, printed)
    if found.copies == 1:
        return none
    return Bodies(found.copies, [a or b for a, b in zip(found.printings, in_row, strict=True)])


def _may_be_enough(aligned: Aligned, runs: list[Run], counts: list[bool]) -> bool:
    """Tell whether what counts could be so much of what is not markup as a body is; most texts are settled here."""
    printed = [0] * aligned.size
    for origin in _roots([run for run in runs if counts[run.repeat]], aligned.size):
        printed[origin] += 1
    times = [
        each for each, place in zip(printed, aligned.positions, strict=True) if each and not aligned.is_markup[place]
    ]
    copied = sum(each > 1 for each in times)
    return copied >= max(BODY_CHARS, ALL_SHARE * len(times))


def _weights(aligned: Aligned) -> list[tuple[int, int, int]]:
    """Tell of every folded code point whether it is prose, whether it is text at all, and whether it is not markup."""
    is_markup, positions = aligned.is_markup, aligned.positions
    weights = [(0, 0, 0)] * len(positions)
    for line in aligned.lines:
        codes = range(bisect_left(positions, line.start), bisect_left(positions, line.stop))
        is_long = len(codes) >= ITEM_CHARS or is_article(aligned.text, line)
        is_prose = line.kind not in NOT_PROSE or (line.kind == Kind.LIST and is_long)
        weight = int(is_prose), int(line.kind not in NOT_TEXT), 1
        for i in codes:
            if not is_markup[positions[i]]:
                weights[i] = weight
    return weights


def _own_lines(aligned: Aligned, root: list[int]) -> list[bool]:
    """Tell which folded code points stand in lines that belong to what is not copied with them.

    That is a line that another one says, or fills in; and an item of a list, copied from above the line that introduces
    this list, which is not copied.
    """
    text, positions = aligned.text, aligned.positions
    own = [False] * len(positions)
    list_start = 0  # if what introduces it is not copied
    for line in aligned.lines:
        first, stop = bisect_left(positions, line.start), bisect_left(positions, line.stop)
        is_item = line.kind == Kind.LIST
        if introduces(text, line):
            copied = sum(root[i] != i for i in range(first, stop))
            list_start = first if copied < INTRODUCED_SHARE * (stop - first) else 0
        elif not is_item or is_article(text, line):
            list_start = 0
        is_of_other_list = is_item and first < stop and root[stop - 1] < list_start
        if is_of_other_list or _has_other_label(aligned, line, root):
            own[first:stop] = [True] * (stop - first)
    return own


def _has_other_label(aligned: Aligned, line: Line, root: list[int]) -> bool:
    """Tell whether what a line says behind its label stands above behind another label."""
    text, positions, codes = aligned.text, aligned.positions, aligned.codes

    def label(some: Line) -> tuple[int, int]:
        return bisect_left(positions, some.start), bisect_left(positions, label_stop(text, some))

    first, behind = label(line)
    is_long = bisect_left(positions, line.stop) - first > LABELLED_CHARS
    if is_long or first == behind or behind == len(root) or root[behind] >= first:
        return False
    above = aligned.lines[bisect_right(aligned.lines, positions[root[behind]], key=lambda some: some.start) - 1]
    other, other_behind = label(above)
    if other == other_behind or abs(root[behind] - other_behind) > EDGE_CHARS:
        return False
    one, two = Counter(codes[first:behind]), Counter(codes[other:other_behind])
    return 2 * (one & two).total() < max(one.total(), two.total())


def _copies(
    runs: list[Run],
    chosen: list[bool],
    shares: tuple[float, float],
    weights: list[tuple[int, int, int]],
    own: list[bool],
) -> int:
    """Count the copies of a body that is so much of the distinct prose or text, in the chosen repeats.

    Text that is printed again in code or a table is no copy.
    """
    root = _roots([run for run in runs if chosen[run.repeat]], len(own))
    printed = [0] * len(own)
    for i, origin in enumerate(root):
        place = i if own[i] else origin
        printed[place] += weights[i][1] >= weights[place][1]
    by_times = [[0, 0, 0] for _ in range(max(printed, default=0) + 1)]
    for times, weight in zip(printed, weights, strict=True):
        if times:
            by_times[times] = [a + b for a, b in zip(by_times[times], weight, strict=True)]
    prose_all, text_all, all_ = (sum(column) for column in zip(*by_times, strict=True))
    prose = text = every = 0
    for times in range(len(by_times) - 1, 1, -1):
        prose, text, every = (a + b for a, b in zip((prose, text, every), by_times[times], strict=True))
        is_body = prose >= max(shares[0] * prose_all, BODY_CHARS) or text >= max(shares[1] * text_all, BODY_CHARS)
        if is_body and every >= ALL_SHARE * all_:
            return times
    return 1


def _roots(runs: Sequence[Run], size: int) -> list[int]:
    root = list(range(size))
    for _, original, _, copy, copy_stop in runs:
        for i in range(copy, copy_stop):
            root[i] = root[i - copy + original]
    return root


def _runs(aligned: Aligned) -> tuple[list[Run], list[int], list[int]]:
    """Give the aligned stretches, copies ascending; and of each repeat how much was edited, and how many numerals."""
    runs, repeats, pieces, text = [], aligned.repeats, aligned.pieces, aligned.codes
    edited, others = [0] * len(repeats), [0] * len(repeats)

    def has_other_numeral(original: int, original_stop: int, copy: int, copy_stop: int) -> bool:
        one, other = text[original:original_stop], text[copy:copy_stop]
        return not NUMERALS.isdisjoint(one) and not NUMERALS.isdisjoint(other)

    before = -1
    for here, following in zip(pieces, [*pieces, [-1, 0, 0, 0]][1:], strict=True):
        index, original, copy, length = here
        original_stop, copy_stop = original + length, copy + length
        if following[0] == index:
            gaps = following[1] - original_stop, following[2] - copy_stop
            edited[index] += max(gaps) if max(gaps) < EDIT_CHARS else min(gaps)
            others[index] += has_other_numeral(original_stop, following[1], copy_stop, following[2])
            original_stop += min(gaps)
            copy_stop += min(gaps)
        else:
            others[index] += has_other_numeral(original_stop, repeats[index][1], copy_stop, repeats[index][3])
        if before != index:
            others[index] += has_other_numeral(repeats[index][0], original, repeats[index][2], copy)
        before = index
        runs.append(Run(index, original, original_stop, copy, copy_stop))
    runs += [Run(i, *r[:4]) for i, r in enumerate(repeats) if r[4] > 0]
    return sorted(runs, key=lambda run: run.copy), edited, others


def _unit(aligned: Aligned, code: int) -> int:
    """Give the unit in which a folded code point stands."""
    return bisect_right(aligned.units, (aligned.positions[code], len(aligned.text))) - 1


def _are_quoted(aligned: Aligned) -> list[bool]:
    """Tell which copies are quoted and have an original that is not.

    That is behind an opening quotation mark in the same line, or in a unit that starts with ``>``.
    """
    text, positions = aligned.text, aligned.positions

    def is_quoted(code: int) -> bool:
        place = positions[code]
        before = text[max(positions[code - 1] + 1 if code else 0, place - QUOTE_GAP) : place]
        last = next((char for char in reversed(before) if char in OPENING_QUOTES or char in LINE_BREAKS), "\n")
        return text[aligned.units[_unit(aligned, code)][0]] in QUOTED or last in OPENING_QUOTES

    return [is_quoted(r[2]) and not is_quoted(r[0]) for r in aligned.repeats]


def _is_start(aligned: Aligned, ends: list[int], repeat: list[int]) -> bool:
    """Tell whether both sides start where a line or sentence does, or equally far and not far inside of one."""
    into = [_into_sentence(aligned, ends, start) for start in (repeat[0], repeat[2])]
    return abs(into[0] - into[1]) <= EDGE_CHARS and max(into) <= START_CHARS


def _into_sentence(aligned: Aligned, ends: list[int], start: int) -> int:
    """Count the folded code points from the start of a line or sentence, behind one of its `ends`, to a position.

    At least -`EDGE_CHARS`, where one starts behind it; more than `START_CHARS` if none starts so near.
    """
    positions = aligned.positions
    first = max(start - START_CHARS - 1, 0)
    before, behind = positions[first], positions[min(start + EDGE_CHARS, len(positions) - 1)]
    last = ends[bisect_left(ends, behind) - 1]
    return start - (first if last < before else bisect_left(positions, last))


def _continue(repeats: list[list[int]], root: list[int]) -> list[bool]:
    """Tell which repeats go on where the one before them stops: in the copy, and in the roots of the original."""
    found = [False] * len(repeats)
    for i in range(1, len(repeats)):
        before, here = repeats[i - 1], repeats[i]
        is_near = abs(root[here[0]] - root[before[1] - 1] - 1) <= EDIT_CHARS
        found[i] = is_near and here[2] - before[3] <= EDIT_CHARS
    return found


def _holds_start(aligned: Aligned, run: Run) -> bool:
    """Tell whether a unit starts in the copy, or just before, and in the original at the same place."""
    edges = aligned.unit_edges[:-1]
    for edge in edges[bisect_left(edges, run.copy - EDGE_CHARS) : bisect_left(edges, run.copy_stop)]:
        place = edge - run.copy + run.original
        near = bisect_left(edges, place - EDGE_CHARS)
        if near < len(edges) and edges[near] <= place + EDGE_CHARS:
            return True
    return False


def _printings(repeats: list[list[int]], chosen: list[bool], root: list[int]) -> tuple[list[bool], list[bool]]:
    """Tell which of the chosen repeats are later printings of a body, and which are printed in a row.

    Repeats that continue each other are one printing, if it is `BODY_CHARS` long; so is what is printed in a row: it
    starts where its original stops.
    """
    printings, in_row = [False] * len(repeats), [False] * len(repeats)
    group: list[int] = []

    def is_in_row(first: int, last: int, gap: float = EDIT_CHARS) -> bool:
        return abs(root[repeats[first][2] - 1] - root[repeats[last][1] - 1]) <= gap

    def close() -> None:
        chars = sum(repeats[i][3] - repeats[i][2] for i in group)
        for i in group:
            in_row[i] = is_in_row(i, i) or is_in_row(group[0], group[-1], max(EDIT_CHARS, ROW_GAP_SHARE * chars))
            printings[i] = chars >= BODY_CHARS or in_row[i]
        group.clear()

    for i, here in enumerate(repeats):
        if not chosen[i]:
            continue
        if group:
            before = repeats[group[-1]]
            gap = root[here[0]] - root[before[1] - 1] - 1
            if here[2] - before[3] > PRINTING_GAP or not -EDIT_CHARS <= gap <= PRINTING_GAP:
                close()
        group.append(i)
    close()
    return printings, in_row
