"""Matching: two texts, what was measured on them, what they are to each other, and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from neardup._backend import kernels
from neardup._reference.evidence import differences, in_order
from neardup._reference.readings import TextReading
from neardup.bands import band_probability
from neardup.boilerplate import boilerplate_of
from neardup.checks import check_text
from neardup.config import Config, chosen_config
from neardup.content import Content, content_numerals, content_pieces, opened_table
from neardup.evidence import Evidence
from neardup.folding import Folded
from neardup.inputs import text_column
from neardup.inputs.pages import warn_of_page
from neardup.minhash import band_keys, estimate_jaccard, sketch
from neardup.places import aligned_passages, cut_apart, origins_of, spans_of_codes, whole_pieces
from neardup.relations import Terms, added, conclude, explained
from neardup.segmentation import spans_in
from neardup.shingling import ANCHOR_CHARS, shingles
from neardup.spans import without

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from neardup._typing import Column, Relation
    from neardup.model import Span


@dataclass(frozen=True, slots=True)
class Candidacy:
    """Whether two texts would be compared at all in a corpus of many.

    Attributes
    ----------
    estimate
        Their Jaccard similarity by the signatures.
    shared_bands, bands
        How many bands they share, of how many; one is enough.
    shared_anchors, anchors
        How many anchors they share, and how many the one with fewer has.
    is_candidate
        Whether that is enough. Texts shorter than a shingle are compared with identical ones only.
    expected
        The probability that two texts of their Jaccard similarity share a band.
    """

    estimate: float
    shared_bands: int
    bands: int
    shared_anchors: int
    anchors: int
    is_candidate: bool
    expected: float

    def to_dict(self) -> dict[str, Any]:
        """Give the fields as plain data."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class LongShingles:
    """What two texts share of their long shingles: passages, not words and set phrases. No rule looks at it.

    Attributes
    ----------
    chars
        Folded code points a shingle.
    jaccard, containment, containment_of_other
        As in `neardup.Evidence`, of these shingles.
    """

    chars: int
    jaccard: float
    containment: float
    containment_of_other: float

    @classmethod
    def of(cls, one: str, other: str, content: Content = "prose", chars: int = ANCHOR_CHARS) -> Self:
        """Measure two texts that are not empty; one of fewer code points is a single shingle."""
        sets = [shingles(text, ngram=chars, content=content) for text in (one, other)]
        shared = len(np.intersect1d(sets[0], sets[1], assume_unique=True))
        own, their = map(len, sets)
        return cls(chars, shared / (own + their - shared), shared / own, shared / their)

    def to_dict(self) -> dict[str, Any]:
        """Give the fields as plain data."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Difference:
    """A place where two texts differ so that it speaks against a copy.

    Attributes
    ----------
    term
        The name of the term of `neardup.relations.Terms` that counts it: ``"numbers"``, ``"other_marks"`` or
        ``"other_words"``.
    one, other
        Where it is in the first and in the second text; None where that text has nothing there.
    """

    term: str
    one: Span | None
    other: Span | None

    def to_dict(self) -> dict[str, Any]:
        """Give the fields as plain data."""
        return {
            "term": self.term,
            "one": self.one.to_dict() if self.one else None,
            "other": self.other.to_dict() if self.other else None,
        }


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two texts are to each other.

    Attributes
    ----------
    one, other
        The texts.
    relation
        What the first is to the second; None if they are too different for any, or one is empty.
    rule
        The name of the rule that decided; see `neardup.relations`.
    config
        What decided.
    chars
        How long each text is, in folded code points, without what was left out.
    evidence
        What was measured; None if one of them is empty.
    long_shingles
        What they share of longer shingles; None likewise. Only here: in a corpus it would cost more than it tells.
    passages
        The aligned passages, in order: a span of the first text and one of the second, which fold alike.
    left_out
        Of each text the paragraphs that were left out, as boilerplate of the config, with their line breaks.
    candidacy
        Whether they would meet in a corpus; None if one of them is empty.
    terms
        What speaks for a copy, and against it where negative; see `neardup.relations.explained`.
    differences
        The places that numbers, marks and words were counted at, in the order of the shorter text.
    titles
        The title of each text, folded: the one that was given, or else the first line.
    """

    one: str = field(repr=False)
    other: str = field(repr=False)
    relation: Relation | None
    rule: str
    config: Config = field(repr=False)
    chars: tuple[int, int]
    evidence: Evidence | None
    long_shingles: LongShingles | None
    passages: tuple[tuple[Span, Span], ...] = field(repr=False)
    left_out: tuple[tuple[Span, ...], ...] = field(repr=False)
    candidacy: Candidacy | None = field(repr=False)
    terms: Terms = field(repr=False, default=Terms(*[0.0] * len(Terms._fields)))
    differences: tuple[Difference, ...] = field(repr=False, default=())
    titles: tuple[str, str] = field(repr=False, default=("", ""))

    @property
    def score(self) -> float:
        """The number that the relation rests on, in [0, 1]; without one the Jaccard similarity; 0 if one is empty."""
        if self.evidence is None:
            return 0.0
        return self.evidence.score(self.relation) if self.relation else self.evidence.jaccard

    @property
    def balance(self) -> float:
        """The sum of all terms."""
        return added(self.terms)

    def to_dict(self) -> dict[str, Any]:
        """Give what was found as plain data, without the texts; `neardup.reason` says it in words."""
        return {
            "relation": self.relation,
            "rule": self.rule,
            "evidence": self.evidence.to_dict() if self.evidence else None,
            "long_shingles": self.long_shingles.to_dict() if self.long_shingles else None,
            "passages": [{"one": one.to_dict(), "other": other.to_dict()} for one, other in self.passages],
            "left_out": {
                name: [span.to_dict() for span in spans]
                for name, spans in zip(("one", "other"), self.left_out, strict=True)
            },
            "candidacy": self.candidacy.to_dict() if self.candidacy else None,
            "terms": self.terms._asdict(),
            "balance": self.balance,
            "differences": [difference.to_dict() for difference in self.differences],
            "titles": list(self.titles),
        }


def compare(
    one: str,
    other: str,
    *,
    title: str | None = None,
    other_title: str | None = None,
    threshold: float | None = None,
    min_containment: float | None = None,
    config: Config | None = None,
) -> Comparison:
    """Compare two texts: what the first is to the second, as `neardup.find_duplicates` would say, and why.

    Parameters
    ----------
    one, other
        The texts.
    title, other_title
        Of both texts, if known. They are evidence and nothing else: without one the first line stands in for it.
    threshold, min_containment
        See `neardup.find_duplicates`.
    config
        All that decides; the two above override it.

    Returns
    -------
    Comparison

    Raises
    ------
    TypeError
        If one of them is not a string, or an option not a number.
    ValueError
        If an option is out of range.

    Notes
    -----
    Time is linear in the texts, but for texts that have hundreds of aligned passages.

    Examples
    --------
    >>> line = "气象台预报，今天夜里到明天白天多云转小雨，最低气温{}度，请市民注意添衣保暖。"
    >>> found = compare(line.format(8), line.format(12))
    >>> found.relation, [(each.term, each.one.of(found.one), each.other.of(found.other)) for each in found.differences]
    ('template', [('numbers', '8', '12'), ('other_marks', '8', '12')])
    >>> compare(line.format(8), "昨日记者从有关部门获悉，" + line.format(8)).relation
    'contained'
    """
    config = chosen_config(config).with_overrides(threshold=threshold, min_containment=min_containment)
    texts = one, other
    for text in texts:
        check_text(text)
    removed = [boilerplate_of(text, config.boilerplate) for text in texts]
    own = [without(text, gone) if gone else text for text, gone in zip(texts, removed, strict=True)]
    opened, folding = text_column(own), opened_table(config.content)
    folded = [_folded(text, folding) for text in own]
    left_out = tuple(spans_in(text, np.array(gone, np.int64)) for text, gone in zip(texts, removed, strict=True))
    for text in texts:
        warn_of_page(text)
    chars = len(folded[0]), len(folded[1])
    if not all(chars):
        return Comparison(one, other, None, "empty", config, chars, None, None, (), left_out, None)
    titles = [given or "" for given in (title, other_title)]
    row, pieces = kernels.compare(opened, folding, config.ngram, text_column(titles))
    evidence = Evidence.from_row(row.tolist())
    relation, rule = conclude(evidence, config.limits)
    numbers = [content_numerals(text, config.content) for text in own]
    is_identical = folded[0].text == folded[1].text and numbers[0] == numbers[1]
    if is_identical:
        relation = rule = "identical"
    origins = [origins_of(each, gone, len(text)) for each, gone, text in zip(folded, removed, texts, strict=True)]
    readings = [
        TextReading.of(content_pieces(text, config.content), each.text, inside.tolist(), _folded(given, folding).text)
        for text, each, inside, given in zip(own, folded, _in_content(own, folded, folding), titles, strict=True)
    ]
    return Comparison(
        one=one,
        other=other,
        relation=relation,
        rule=rule,
        config=config,
        chars=chars,
        evidence=evidence,
        long_shingles=LongShingles.of(own[0], own[1], config.content),
        passages=aligned_passages(texts, origins, whole_pieces(origins, cut_apart(origins, left_out, pieces))),
        left_out=left_out,
        candidacy=_candidacy(opened, evidence, config, is_judged=is_identical or min(chars) >= config.ngram),
        terms=explained(evidence, config.limits),
        differences=() if is_identical else _differences(texts, origins, readings, pieces),
        titles=(readings[0].title.codes, readings[1].title.codes),
    )


def _folded(text: str, folding: kernels.Folding) -> Folded:
    return Folded(*kernels.fold(text, folding))


def _in_content(texts: Sequence[str], folded: Sequence[Folded], folding: kernels.Folding) -> Iterator[NDArray[np.intp]]:
    """Say of each code of some texts where in the content of its text it stands."""
    for text, each in zip(texts, folded, strict=True):
        yield kernels.content_points(text, folding)[1].searchsorted(each.positions)


def _differences(
    texts: tuple[str, str], origins: list[NDArray[np.intp]], readings: list[TextReading], pieces: NDArray[np.int32]
) -> tuple[Difference, ...]:
    """Give the places that were counted, in the texts."""
    is_turned = in_order(*readings)[0] is not readings[0]
    runs = pieces[:, [1, 0, 2]] if is_turned else pieces
    shorter, longer = readings[::-1] if is_turned else readings
    counted = sorted(differences(shorter, longer, runs.tolist()), key=lambda each: each[1:3])
    terms = [each.term for each in counted]
    sides = [[each[1:3] for each in counted], [each[3:] for each in counted]]
    places = sides[::-1] if is_turned else sides
    return tuple(map(Difference, terms, *map(spans_of_codes, texts, origins, places, [terms] * 2)))


def _candidacy(texts: Column, found: Evidence, config: Config, *, is_judged: bool) -> Candidacy:
    signatures, anchors, *_ = sketch(texts, **config.sketching, threads=1)
    keys = band_keys(signatures, bands=config.bands, rows=config.rows)
    shared_bands = int((keys[0] == keys[1]).sum())
    shared_anchors, fewer = len(np.intersect1d(anchors[0], anchors[1])), int(anchors.sizes.min())
    meet = bool(shared_bands or (shared_anchors and shared_anchors / fewer >= config.min_anchor_share))
    return Candidacy(
        estimate=float(estimate_jaccard(signatures[0], signatures[1])),
        shared_bands=shared_bands,
        bands=int(config.bands),
        shared_anchors=shared_anchors,
        anchors=fewer,
        is_candidate=meet and is_judged,
        expected=float(band_probability(found.jaccard, config.bands, config.rows)),
    )
