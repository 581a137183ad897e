"""The results: frozen objects that say what was found, where, and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Self

from neardup.checks import check_int, check_share
from neardup.evidence import Evidence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from neardup._typing import Id, Reason, Relation

Kind = Literal["exact", "near"]


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a text, ``text[start:stop]``.

    Attributes
    ----------
    start, stop
        In code points of the original text.
    first_line, last_line
        The lines it touches, counted from 1 as an editor counts them (LF, CR LF and CR end a line).
    """

    start: int
    stop: int
    first_line: int
    last_line: int

    def __len__(self) -> int:
        return self.stop - self.start

    def of(self, text: str) -> str:
        """Cut the span out of the text it belongs to."""
        return text[self.start : self.stop]

    def to_dict(self) -> dict[str, int]:
        """Give the fields as plain data."""
        return {
            "start": self.start,
            "stop": self.stop,
            "first_line": self.first_line,
            "last_line": self.last_line,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, int]) -> Self:
        """Make a span from what `to_dict` gave.

        Raises
        ------
        TypeError, ValueError
            If a field is no integer, or out of range.
        """
        start, first_line = check_int("start", data["start"], low=0), check_int("first_line", data["first_line"])
        stop, last_line = (
            check_int("stop", data["stop"], low=start),
            check_int("last_line", data["last_line"], low=first_line),
        )
        return cls(start, stop, first_line, last_line)


@dataclass(frozen=True, slots=True)
class Repeat:
    """A later copy of an earlier stretch of the same text.

    Attributes
    ----------
    original, copy
        Where the stretch stands first, and where it stands again; the original ends before the copy starts.
    similarity
        In [0, 1]: twice the code points that are aligned and equal, divided by the lengths of both, all folded.
    kind
        ``"exact"``: both fold alike, or, with a `period`, the copy goes on as the original does.
    chars
        Length of the copy in folded code points: what `min_chars` counts.
    paragraphs
        How many whole paragraphs the copy covers.
    period
        Of a stretch that says the same few code points (fewer than `min_chars`) over and over: how many, folded.
        Its original is a few periods long, and its copy all the rest.
    """

    original: Span
    copy: Span
    similarity: float
    kind: Kind
    chars: int
    paragraphs: int
    period: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """Give the fields as plain data, ``period`` only where there is one."""
        period = {} if self.period is None else {"period": self.period}
        return {
            "kind": self.kind,
            "similarity": self.similarity,
            "chars": self.chars,
            "paragraphs": self.paragraphs,
            **period,
            "original": self.original.to_dict(),
            "copy": self.copy.to_dict(),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Make a repeat from what `to_dict` gave.

        Raises
        ------
        TypeError, ValueError
            If a field is of another type, or out of range.
        """
        kind, similarity = data["kind"], check_share("similarity", data["similarity"])
        if kind != ("exact" if similarity == 1 else "near"):
            raise ValueError(f"kind cannot be {kind!r} with a similarity of {similarity}")
        period = data.get("period")
        return cls(
            Span.from_dict(data["original"]),
            Span.from_dict(data["copy"]),
            similarity,
            kind,
            check_int("chars", data["chars"]),
            check_int("paragraphs", data["paragraphs"], low=0),
            None if period is None else check_int("period", period),
        )


@dataclass(frozen=True, slots=True)
class Kept:
    """A copy, or a part of one, that cleaning leaves where it is.

    Attributes
    ----------
    start, stop
        In code points of the text.
    reason
        ``outside_body``: the scope is the body, and this is no later printing of it. ``near_copy``: it belongs to a
        copy that is edited, and to no printing of the body. ``edited``: it says something that its original does not.
        ``numbers``: its numbers are others. ``part_of_paragraph``: more of its paragraph is no copy.
        ``short_passage``: the paragraphs that could go are too short together. ``code``, ``table``, ``heading``,
        ``list``, ``label`` (a short line with a colon near its start), ``short_line``, ``markup``: what it is, or what
        its original is; these repeat themselves by their nature. ``introduced``: another line
        introduces it than its original, a heading or a line with a colon at its end. ``nested``: copies stand inside of
        copies more than 16 deep.
    """

    start: int
    stop: int
    reason: Reason

    def to_dict(self) -> dict[str, Any]:
        """Give the fields as plain data."""
        return {"start": self.start, "stop": self.stop, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class Match:
    """A document beside an earlier one that survived, and what the two are to each other.

    Attributes
    ----------
    id
        The document.
    survivor
        The one it was compared with.
    relation
        Why it is a duplicate; or what else it is to that one, if it survived.
    evidence
        What that rests on.
    """

    id: Id
    survivor: Id
    relation: Relation
    evidence: Evidence

    @property
    def score(self) -> float:
        """The number that the relation rests on, in [0, 1]: the containment, or else the Jaccard similarity."""
        return self.evidence.score(self.relation)

    def to_dict(self) -> dict[str, Any]:
        """Give the fields as plain data, and the score."""
        return {
            "id": self.id,
            "survivor": self.survivor,
            "relation": self.relation,
            "score": self.score,
            **self.evidence.to_dict(),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Make a match from what `to_dict` gave."""
        return cls(data["id"], data["survivor"], data["relation"], Evidence.from_dict(data))


@dataclass(frozen=True, slots=True)
class Occurrence:
    """Where a paragraph of a group stands.

    Attributes
    ----------
    id
        The document.
    start, stop
        The paragraph without its line break, in code points of the document's text.
    hash
        By which `neardup.Config.boilerplate` knows it; see `neardup.boilerplate.paragraph_hash`.
    relation
        What it is to the text of the group: ``identical``, or what the config's relations allow.
    evidence
        What that rests on; None if it is identical, and nothing had to be measured.
    """

    id: Id
    start: int
    stop: int
    hash: str
    relation: Relation
    evidence: Evidence | None

    @property
    def kind(self) -> Kind:
        """``"exact"``: the same folded text and the same numbers as the text of the group; else ``"near"``."""
        return "exact" if self.relation == "identical" else "near"

    @property
    def score(self) -> float:
        """The number that the relation rests on, in [0, 1]; 1 if it is identical."""
        return self.evidence.score(self.relation) if self.evidence else 1.0

    def to_dict(self) -> dict[str, Any]:
        """Give the fields as plain data, with kind and score; the evidence only of near ones."""
        measured = {"relation": self.relation, **self.evidence.to_dict()} if self.evidence else {}
        place = {"id": self.id, "start": self.start, "stop": self.stop, "hash": self.hash}
        return {**place, "kind": self.kind, "score": self.score, **measured}


@dataclass(frozen=True, slots=True)
class ParagraphGroup:
    """A paragraph that several documents have.

    Attributes
    ----------
    text
        As it is written where it stands first; near occurrences were compared with it.
    chars
        Its folded code points.
    documents
        How many documents have it, exact or near.
    is_boilerplate
        Whether those are so many that it belongs to the site or the form, not to the document.
    occurrences
        All of them, by document and place.
    """

    text: str
    chars: int
    documents: int
    is_boilerplate: bool
    occurrences: tuple[Occurrence, ...] = field(repr=False)

    def to_dict(self) -> dict[str, Any]:
        """Give the fields as plain data."""
        return {
            "text": self.text,
            "chars": self.chars,
            "documents": self.documents,
            "is_boilerplate": self.is_boilerplate,
            "occurrences": [occurrence.to_dict() for occurrence in self.occurrences],
        }


@dataclass(frozen=True, slots=True)
class BoilerplateParagraph:
    """A paragraph that is left out of every document before it is compared, and was found in these documents.

    Attributes
    ----------
    hash
        By which `neardup.Config.boilerplate` knows it; see `neardup.boilerplate.paragraph_hash`.
    text
        As it is written, without space around; of several spellings that fold alike the least.
    documents
        In how many documents it stands.
    """

    hash: str
    text: str
    documents: int

    def to_dict(self) -> dict[str, Any]:
        """Give the fields as plain data."""
        return {"hash": self.hash, "text": self.text, "documents": self.documents}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Make a paragraph from what `to_dict` gave."""
        return cls(data["hash"], data["text"], data["documents"])


@dataclass(frozen=True, slots=True)
class RemovedParagraph:
    """What was taken out of a document.

    Attributes
    ----------
    id
        The document.
    start, stop
        A paragraph and the line break behind it, if there is one, in code points of the text as it was.
    group
        Which of the groups it belongs to, by its position there.
    """

    id: Id
    start: int
    stop: int
    group: int

    def to_dict(self) -> dict[str, Any]:
        """Give the fields as plain data."""
        return {"id": self.id, "start": self.start, "stop": self.stop, "group": self.group}
