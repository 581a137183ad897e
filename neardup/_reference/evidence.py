"""The evidence of two texts in plain Python."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from neardup._reference.pair_align import align
from neardup.evidence import Evidence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from neardup._reference.readings import Number, TextReading

SERIAL_MARKS = frozenset(
    "〇零一二三四五六七八九十百千万亿两甲乙丙丁上下前后东西南北左右男女早中晚春夏秋冬初终首末大小新旧内外正副"
)
"""The folded codes that tell the items of a series apart; letters and digits do too."""

NEGATIONS = frozenset("不未无非没否勿禁")

MAX_MARK_CHARS = 3
"""Marks stand in place of each other where both texts have so many codes at most, and nothing but marks."""

MAX_MARKED_CHARS = 8
"""Or where they have so many, that begin or end with marks."""

MAX_NEGATION_CHARS = 4
"""A negation counts where both texts have so many codes at most."""

MAX_REPLACED_CHARS = 30
"""Words stand in place of each other where both texts have 2 to so many codes."""

MIN_COMMON_CHARS = 2
"""What differs before the first run or behind the last one is inside if both texts begin or end with so many codes."""

LAST_THIRD_WEIGHT = 0.7
"""At the end of a text, footers are usual."""

_TERM = re.compile("([a-z0-9]{2,}+)|[^a-z0-9]{2,}+")


class Gap(NamedTuple):
    """What two texts have before, between or behind two aligned runs; ``is_inside``: between."""

    start: int
    stop: int
    other_start: int
    other_stop: int
    is_inside: bool


class Difference(NamedTuple):
    """A place that counts: by the name of a term of `neardup.relations.Terms`, which codes of both texts it is."""

    term: str
    start: int
    stop: int
    other_start: int
    other_stop: int


def measure(text: TextReading, other: TextReading, own: frozenset[int], their: frozenset[int]) -> Evidence:
    """Measure two texts, given what was read off them and their shingle sets; see `neardup.Evidence`."""
    shorter, longer = in_order(text, other)
    pieces = align(shorter.codes, longer.codes)
    gaps = gaps_between(pieces, len(shorter.codes), len(longer.codes))
    found = list(differences(shorter, longer, pieces))
    count = Counter(each.term for each in found)
    numbers = [{number.form for number in each.numbers} for each in (shorter, longer)]
    return replace(
        overlap(own, their),
        aligned=sum(piece.length for piece in pieces) / len(shorter.codes),
        agreed_numbers=len(numbers[0] & numbers[1]),
        conflicting_numbers=count["numbers"],
        foreign=_foreign(shorter, gaps, _character_pairs(longer.codes)),
        other_marks=count["other_marks"],
        replaced=len({_words(shorter, longer, each) for each in found if each.term == "other_words"}),
        title_recurs=_recurring_share(shorter, longer, gaps),
        title_absent=min(map(_absent_share, (shorter, longer), (longer, shorter))),
        title_negated=int(_differ_in_negation(*_without_common(shorter.title.codes, longer.title.codes))),
        shorter_chars=len(shorter.codes),
        longer_chars=len(longer.codes),
    )


def overlap(own: frozenset[int], their: frozenset[int]) -> Evidence:
    """Measure the shingle sets of two texts alone."""
    shared = len(own & their)
    return Evidence(
        jaccard=shared / (len(own) + len(their) - shared),
        containment=shared / len(own),
        containment_of_survivor=shared / len(their),
    )


def differences(shorter: TextReading, longer: TextReading, pieces: Sequence[Sequence[int]]) -> Iterator[Difference]:
    """Give the places that count, given the aligned runs: those between runs in order, then those inside."""
    pairs = _character_pairs(shorter.codes), _character_pairs(longer.codes)
    for gap in gaps_between(pieces, len(shorter.codes), len(longer.codes)):
        for one, other in conflicting_numbers(shorter, longer, gap):
            yield Difference("numbers", one.start, one.stop, other.start, other.stop)
        start, stop, other_start, other_stop = _trimmed(shorter.codes, longer.codes, gap)
        own, their = shorter.codes[start:stop], longer.codes[other_start:other_stop]
        is_inside = gap.is_inside or _goes_on(shorter.codes, longer.codes, gap, start, stop)
        if _has_other_marks(shorter, longer, Gap(start, stop, other_start, other_stop, is_inside)):
            yield Difference("other_marks", start, stop, other_start, other_stop)
        if is_inside and _is_replaced(own, their, pairs[1]) and _is_replaced(their, own, pairs[0]):
            yield Difference("other_words", start, stop, other_start, other_stop)
    for original, copy, length in pieces:
        for one, other in separated_otherwise(shorter, longer, original, copy, length):
            for term in ("numbers", "other_marks"):
                yield Difference(term, one.start, one.stop, other.start, other.stop)


def in_order(one: TextReading, other: TextReading) -> tuple[TextReading, TextReading]:
    """Give the shorter text first, of equally long ones that whose codes come first: in either order the same."""
    return (other, one) if (len(other.codes), other.codes) < (len(one.codes), one.codes) else (one, other)


def gaps_between(pieces: Iterable[Sequence[int]], size: int, other_size: int) -> list[Gap]:
    """Give what lies before, between and behind aligned runs, where either text has something."""
    edges = [(0, 0, 0), *pieces, (size, other_size, 0)]
    found = [
        Gap(one + length, one_next, two + length, two_next, is_inside=0 < i < len(edges) - 2)
        for i, ((one, two, length), (one_next, two_next, _)) in enumerate(pairwise(edges))
    ]
    return [gap for gap in found if gap.start < gap.stop or gap.other_start < gap.other_stop]


def conflicting_numbers(shorter: TextReading, longer: TextReading, gap: Gap) -> list[tuple[Number, Number]]:
    """Pair the numbers that touch a gap and that the other text says nowhere."""
    own = _touching(shorter.numbers, gap.start, gap.stop, longer.forms)
    their = _touching(longer.numbers, gap.other_start, gap.other_stop, shorter.forms)
    return list(zip(own, their, strict=False))


def separated_otherwise(
    shorter: TextReading, longer: TextReading, original: int, copy: int, length: int
) -> Iterator[tuple[Number, Number]]:
    """Pair the numbers that fold alike inside of a run and that the other text says nowhere: 3.5 and 35.

    One at the edge of a run touches a gap, unless the texts begin or end there.
    """
    starts, stops = original == copy == 0, (original + length, copy + length) == (len(shorter.codes), len(longer.codes))

    def inside(numbers: list[Number], start: int) -> list[Number]:
        least, most = start - starts, start + length + stops
        return [number for number in numbers if least < number.start and number.stop < most]

    others = [number for number in inside(longer.numbers, copy) if number.form not in shorter.forms]
    for number in inside(shorter.numbers, original):
        start, stop = number.start - original + copy, number.stop - original + copy
        other = next((each for each in others if each.start < stop and each.stop > start), None)
        if other and number.form not in longer.forms:
            yield number, other


def _touching(numbers: list[Number], start: int, stop: int, known: frozenset[str] = frozenset()) -> list[Number]:
    """Give the first number of each form that touches a stretch of codes, without those of known forms."""
    found: dict[str, Number] = {}
    for number in numbers:
        if number.start <= stop and number.stop >= start and number.form not in known:
            found.setdefault(number.form, number)
    return list(found.values())


def _character_pairs(codes: str) -> set[str]:
    return {codes[i : i + 2] for i in range(len(codes) - 1)}


def _words(shorter: TextReading, longer: TextReading, found: Difference) -> tuple[str, str]:
    return shorter.codes[found.start : found.stop], longer.codes[found.other_start : found.other_stop]


def _foreign(text: TextReading, gaps: list[Gap], other_pairs: set[str]) -> float:
    """Give the share of character pairs that the other text has nowhere, each once, in that third where it is highest.

    Two characters that follow each other in the longer text but for an insertion are no such pair, nor are those of
    lines that say where the text is from.
    """
    codes, size = text.codes, len(text.codes)
    outside = {place for gap in gaps if gap.start < gap.stop for place in range(max(0, gap.start - 1), gap.stop)}
    outside -= {place for start, stop in text.metas for place in range(start, stop)}
    foreign = {place for place in outside if place + 1 < size and codes[place : place + 2] not in other_pairs}
    cuts = [0, size // 3, 2 * size // 3, size]
    shares = [0.0]
    for (start, stop), weight in zip(pairwise(cuts), (1.0, 1.0, LAST_THIRD_WEIGHT), strict=True):
        count = min(stop, size - 1) - start
        if count > 0:
            found = {codes[place : place + 2] for place in foreign if start <= place < stop}
            shares.append(weight * (len(found) / count))
    return max(shares)


def _trimmed(shorter: str, longer: str, gap: Gap) -> tuple[int, int, int, int]:
    """Give a gap without what both texts begin and then end with there."""
    start, stop, other_start, other_stop, _ = gap
    while start < stop and other_start < other_stop and shorter[start] == longer[other_start]:
        start, other_start = start + 1, other_start + 1
    while start < stop and other_start < other_stop and shorter[stop - 1] == longer[other_stop - 1]:
        stop, other_stop = stop - 1, other_stop - 1
    return start, stop, other_start, other_stop


def _without_common(one: str, other: str) -> tuple[str, str]:
    start, stop, other_start, other_stop = _trimmed(one, other, Gap(0, len(one), 0, len(other), is_inside=False))
    return one[start:stop], other[other_start:other_stop]


def _goes_on(shorter: str, longer: str, gap: Gap, start: int, stop: int) -> bool:
    """Tell whether both texts begin, or end, with the same few codes outside of a gap that was trimmed."""
    is_first, is_last = gap.start == gap.other_start == 0, (gap.stop, gap.other_stop) == (len(shorter), len(longer))
    return (is_first and start >= MIN_COMMON_CHARS) or (is_last and gap.stop - stop >= MIN_COMMON_CHARS)


def _has_other_marks(shorter: TextReading, longer: TextReading, gap: Gap) -> bool:
    """Tell whether one text has a serial mark where the other has another, or a negation that the other has not."""
    one, other = shorter.codes[gap.start : gap.stop], longer.codes[gap.other_start : gap.other_stop]
    if gap.is_inside and _differ_in_negation(one, other):
        return True
    if not (0 < len(one) <= MAX_MARKED_CHARS and 0 < len(other) <= MAX_MARKED_CHARS):
        return False
    if _is_mark(one) and _is_mark(other):
        # Digits that are no number count the items of a list; and 3 may stand for 03.
        return not (one.isdigit() and other.isdigit()) or _are_of_other_number(shorter, longer, gap)
    return any(one[end] in SERIAL_MARKS and other[end] in SERIAL_MARKS for end in (0, -1))


def _is_mark(codes: str) -> bool:
    return len(codes) <= MAX_MARK_CHARS and all(
        code in SERIAL_MARKS or (code.isascii() and code.isalnum()) for code in codes
    )


def _are_of_other_number(shorter: TextReading, longer: TextReading, gap: Gap) -> bool:
    sides = (shorter, longer, gap.start, gap.stop), (longer, shorter, gap.other_start, gap.other_stop)
    return any(
        number.start < stop and number.stop > start and number.form not in other.forms
        for text, other, start, stop in sides
        for number in text.numbers
    )


def _differ_in_negation(one: str, other: str) -> bool:
    counts = [sum(code in NEGATIONS for code in codes) for codes in (one, other)]
    return max(len(one), len(other)) <= MAX_NEGATION_CHARS and counts[0] != counts[1]


def _is_replaced(codes: str, other: str, other_pairs: set[str]) -> bool:
    """Tell whether some word of a few codes is nowhere in the other text, which has others in its place."""
    are_words = 2 <= len(codes) <= MAX_REPLACED_CHARS and 2 <= len(other) <= MAX_REPLACED_CHARS
    return are_words and not _character_pairs(codes) <= other_pairs


def _absent_share(text: TextReading, other: TextReading) -> float:
    """Give the part of the words of a title that the other text, and its title, say nowhere."""
    terms = _terms(text.title.codes)
    own = terms - _terms(other.title.codes)
    return sum(term not in other.codes for term in own) / max(1, len(terms))


def _recurring_share(shorter: TextReading, longer: TextReading, gaps: list[Gap]) -> float:
    """Give the part of what only one title says that recurs at the differences of the texts."""
    if not (shorter.title.is_heading and longer.title.is_heading):
        return 0.0
    terms = [_terms(each.title.codes) for each in (shorter, longer)]
    only = terms[0] - terms[1], terms[1] - terms[0]
    own = [(gap.start, gap.stop) for gap in gaps if gap.start >= shorter.title.stop]
    their = [(gap.other_start, gap.other_stop) for gap in gaps if gap.other_start >= longer.title.stop]
    recurring = min(_recurring(only[0], shorter, own), _recurring(only[1], longer, their))
    return recurring / max(1, min(map(len, only)))


def _terms(codes: str) -> set[str]:
    """Give the words of Latin letters and digits of a title, and the pairs of its other characters."""
    terms: set[str] = set()
    for match in _TERM.finditer(codes):
        terms |= {match[1]} if match[1] else _character_pairs(match[0])
    return terms


def _recurring(terms: Iterable[str], text: TextReading, gaps: list[tuple[int, int]]) -> int:
    """Count the terms that occur behind the title where they touch a gap."""
    return sum(
        any(
            place <= stop and place + len(term) >= start
            for place in _places_of(term, text.codes, text.title.stop)
            for start, stop in gaps
        )
        for term in terms
    )


def _places_of(term: str, codes: str, start: int) -> Iterator[int]:
    """Give where a term stands from a place on, also where it overlaps itself."""
    while (start := codes.find(term, start)) >= 0:
        yield start
        start += 1
