"""Config: everything that decides which documents are duplicates, in one frozen object."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self, get_args

from neardup.bands import bands
from neardup.checks import MAX_CHARS, MAX_COUNT, check_int, check_number, check_share
from neardup.content import Content
from neardup.errors import InputError
from neardup.minhash import MAX_NUM_PERM
from neardup.relations import RELATIONS, Limits
from neardup.schemes import COPY_GAP, SCHEMES
from neardup.shingling import MAX_NGRAM

if TYPE_CHECKING:
    from collections.abc import Mapping

    from neardup._typing import Relation

DUPLICATE_RELATIONS: tuple[Relation, ...] = tuple(relation for relation in RELATIONS if relation)
"""The relations that can make a document a duplicate."""

_HASH = re.compile("[0-9a-f]{16}")

Part = Literal["signature", "candidates", "decision"]

_PARTS: dict[Part, tuple[str, ...]] = {
    "signature": (
        "ngram",
        "num_perm",
        "seed",
        "content",
        "anchor_chars",
        "anchor_one_in",
        "min_repeat_chars",
        "boilerplate",
    ),
    "candidates": ("bands", "rows", "min_anchor_share", "max_bucket_size"),
    "decision": (
        "threshold",
        "min_containment",
        "foreign_weight",
        "marks_weight",
        "replaced_weight",
        "title_recurs_weight",
        "title_absent_weight",
        "title_negated_weight",
        "min_score",
        "min_revision",
        "min_revision_score",
        "relations",
        "max_candidates",
    ),
}

_INTEGERS = {
    "ngram": (1, MAX_NGRAM),
    "num_perm": (1, MAX_NUM_PERM),
    "seed": (0, 2**32 - 1),
    "bands": (1, MAX_NUM_PERM),
    "rows": (1, MAX_NUM_PERM),
    "anchor_chars": (1, MAX_NGRAM),
    "anchor_one_in": (1, MAX_COUNT),
    "max_bucket_size": (1, MAX_COUNT),
    "max_candidates": (1, MAX_COUNT),
    "min_repeat_chars": (1, MAX_CHARS),
}

MAX_WEIGHT = 100

_NUMBERS = {
    "foreign_weight": (0, MAX_WEIGHT),
    "marks_weight": (0, MAX_WEIGHT),
    "replaced_weight": (0, MAX_WEIGHT),
    "title_recurs_weight": (0, MAX_WEIGHT),
    "title_absent_weight": (0, MAX_WEIGHT),
    "title_negated_weight": (0, MAX_WEIGHT),
    "min_score": (-MAX_WEIGHT, MAX_WEIGHT),
    "min_revision_score": (-MAX_WEIGHT, MAX_WEIGHT),
}

_SHARES = ("min_anchor_share", "threshold", "min_containment", "min_revision")


class _Followed(int):
    """A number of bands or rows that nobody gave: it follows the threshold, also where that is replaced."""


_FOLLOW = _Followed()

_SUREST_THRESHOLD = 0.8
"""Bands for a higher threshold would find fewer of the documents that contain each other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What decides which documents are duplicates; the same values give the same answer everywhere.

    Attributes
    ----------
    ngram
        Folded code points a shingle, in [1, 128].
    num_perm, seed
        Of the signatures; see `neardup.signatures`.
    content
        What of a document is compared: ``"prose"``, its content without addresses and markup, see
        `neardup.content_spans`; or ``"all"``.
    bands, rows
        Documents that agree in all `rows` values of one of `bands` bands are compared. Unless they are given they
        follow `threshold` and `num_perm`, also where those are replaced: `neardup.bands` chooses them so that 99 % of
        the pairs at the threshold are found. Above 0.8 those of 0.8 stay, which find documents that contain each other
        too.
    anchor_chars, anchor_one_in
        Of the anchors; see `neardup.shingling.anchors`.
    min_anchor_share
        Documents that share so much of the anchors of the one with fewer are compared too, in (0, 1].
    max_bucket_size
        How many survivors a digest, a band or an anchor remembers, the first ones.
    threshold
        The Jaccard similarity from which on documents are near, in (0, 1].
    min_containment
        The containment from which on one document contains the other, in (0, 1].
    foreign_weight
        How much text counts against a copy that the other has nowhere, at least 0; see `neardup.relations`, also for
        the other weights.
    marks_weight
        How much a place of 100 code points counts where both have another serial mark, or one a negation more.
    replaced_weight
        How much a place of 100 code points counts where both have other words.
    title_recurs_weight
        How much it counts if the titles differ, and the texts likewise.
    title_absent_weight
        How much it counts if both titles have words that the other text has nowhere.
    title_negated_weight
        How much a negation counts that only one title has.
    min_score
        Documents that are near, or of which one contains the other, are copies from this sum of all terms on.
    min_revision
        Documents with this Jaccard similarity or containment may be versions of one item, in (0, 1].
    min_revision_score
        They are from this sum of all terms on.
    relations
        What makes a document a duplicate of an earlier one; ``identical`` is always one of them.
    max_candidates
        How many candidates of a document are compared with it, the likeliest first.
    min_repeat_chars
        What a document prints again, in passages of so many folded code points, does not count for ``keep="longest"``.
    boilerplate
        Hashes of paragraphs that are taken out of every document before anything else is done with it; see
        `neardup.boilerplate`. In any order; `neardup.RepeatedParagraphs.boilerplate` gives those of a corpus.

    Raises
    ------
    TypeError
        If a value is of the wrong type.
    ValueError
        If a value is out of range, or no bands of the signatures find enough at the threshold.

    Examples
    --------
    >>> Config().bands, Config().rows
    (16, 6)
    >>> config = Config(threshold=0.7)
    >>> config.threshold, config.bands, config.rows
    (0.7, 17, 4)
    """

    ngram: int = 5
    num_perm: int = 128
    seed: int = 1
    content: Content = "prose"
    bands: int = _FOLLOW
    rows: int = _FOLLOW
    anchor_chars: int = 13
    anchor_one_in: int = 32
    min_anchor_share: float = 0.4
    max_bucket_size: int = 200
    threshold: float = 0.8
    min_containment: float = 0.8
    foreign_weight: float = 3.1
    marks_weight: float = 3.1
    replaced_weight: float = 0.5
    title_recurs_weight: float = 2.8
    title_absent_weight: float = 3.5
    title_negated_weight: float = 4.8
    min_score: float = -0.7
    min_revision: float = 0.3
    min_revision_score: float = -2.0
    relations: tuple[Relation, ...] = ("identical", "near", "contained")
    max_candidates: int = 64
    min_repeat_chars: int = 30
    boilerplate: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        values: dict[str, object] = {"relations": _relations(self.relations), "boilerplate": _hashes(self.boilerplate)}
        if self.content not in get_args(Content):
            raise ValueError(f"content must be {' or '.join(map(repr, get_args(Content)))}, not {self.content!r}")
        for name, (low, high) in _INTEGERS.items():
            if not isinstance(given := getattr(self, name), _Followed):
                values[name] = check_int(name, given, low=low, high=high)
        for name, (low, high) in _NUMBERS.items():
            values[name] = check_number(name, getattr(self, name), low=low, high=high)
        for name in _SHARES:
            values[name] = check_share(name, getattr(self, name))
        for name, value in values.items():
            object.__setattr__(self, name, value)
        if followed := [name for name in ("bands", "rows") if name not in values]:
            chosen = bands(min(self.threshold, _SUREST_THRESHOLD), num_perm=self.num_perm)
            for name, value in zip(("bands", "rows"), chosen, strict=True):
                if name in followed:
                    object.__setattr__(self, name, _Followed(value))
        if self.bands * self.rows > self.num_perm:
            raise ValueError(
                f"{self.bands} bands of {self.rows} rows need {self.bands * self.rows} permutations, and num_perm is "
                f"{self.num_perm}; neardup.bands chooses bands and rows that fit"
            )

    @classmethod
    def for_threshold(cls, threshold: float) -> Self:
        """Give the default config with another threshold: ``Config(threshold=threshold)`` by another name.

        Examples
        --------
        >>> Config.for_threshold(0.7) == Config(threshold=0.7)
        True
        """
        return cls(threshold=threshold)

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a TOML file: the names of the attributes and their values, no tables.

        Raises
        ------
        InputError
            If the file cannot be read, is not TOML, or has a name or value that a Config has not; names the file.
        """
        try:
            return cls.from_dict(tomllib.loads(Path(path).read_text(encoding="utf-8")))
        except OSError as error:
            raise InputError(f"cannot be read ({error.strerror})", file=str(path)) from error
        except UnicodeDecodeError as error:
            raise InputError("not UTF-8, as TOML is", file=str(path)) from error
        except (ValueError, TypeError) as error:
            raise InputError(str(error), file=str(path)) from error

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Make a config of what `to_dict` gave, or of a part of it.

        Raises
        ------
        TypeError, ValueError
            If a name is unknown, or a value wrong.
        """
        known = [field.name for field in fields(cls)]
        if unknown := sorted(set(data) - set(known)):
            raise ValueError(f"unknown: {', '.join(unknown)}; there are {', '.join(known)}")
        return cls(**data)

    def to_dict(self) -> dict[str, Any]:
        """Give the values as plain data."""
        numbers = {"bands": int(self.bands), "rows": int(self.rows)}
        return asdict(self) | numbers | {"relations": list(self.relations), "boilerplate": list(self.boilerplate)}

    @property
    def sketching(self) -> dict[str, Any]:
        """The options of `neardup.minhash.sketch`."""
        names = ("num_perm", "seed", "ngram", "anchor_chars", "anchor_one_in", "content")
        return {name: getattr(self, name) for name in names}

    @property
    def limits(self) -> Limits:
        """The numbers of the rules of `neardup.relations`."""
        return Limits(*(float(getattr(self, name)) for name in Limits._fields))

    def with_overrides(self, **values: object) -> Self:
        """Give a config with other values; None leaves one as it is, and bands that were not given follow.

        Examples
        --------
        >>> config = Config(min_containment=0.9).with_overrides(threshold=0.7, min_containment=None)
        >>> config.min_containment, config.bands, config.rows
        (0.9, 17, 4)
        """
        return replace(self, **{name: value for name, value in values.items() if value is not None})  # type: ignore[arg-type]

    def part(self, part: Part) -> dict[str, Any]:
        """Give the values that a part of the work depends on as plain data; see `fingerprint`."""
        parts = get_args(Part)
        names = [name for below in parts[: parts.index(part) + 1] for name in _PARTS[below]]
        all_values = self.to_dict()
        return {name: all_values[name] for name in names}

    def fingerprint(self, part: Part = "decision") -> str:
        """Give a short name of the values that a part of the work depends on, with all of `neardup.schemes`.

        Parameters
        ----------
        part
            ``"signature"``: of sketches; ``"candidates"``: of the keys and lists made of them too;
            ``"decision"``: of everything.

        Returns
        -------
        str
            16 hexadecimal digits: the start of a SHA-256.

        Examples
        --------
        >>> Config().fingerprint("signature") == Config(threshold=0.7).fingerprint("signature")
        True
        >>> Config().fingerprint() == Config(threshold=0.7).fingerprint()
        False
        """
        values = self.part(part) | {"schemes": SCHEMES, "copy_gap": COPY_GAP}
        written = json.dumps(values, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(written.encode()).hexdigest()[:16]


def chosen_config(given: Config | None) -> Config:
    """Give the config that a user chose, or the default.

    Raises
    ------
    TypeError
        If it is something else.
    """
    if given is not None and not isinstance(given, Config):
        raise TypeError(f"config must be a neardup.Config, not {type(given).__name__}; Config.from_dict makes one")
    return given if given is not None else Config()


def _relations(given: object) -> tuple[Relation, ...]:
    if isinstance(given, str) or not isinstance(given, (tuple, list, set, frozenset)):
        raise TypeError(f"relations must be several of {', '.join(DUPLICATE_RELATIONS)}, not {given!r}")
    if unknown := sorted(str(name) for name in given if name not in DUPLICATE_RELATIONS):
        raise ValueError(f"relations must be of {', '.join(DUPLICATE_RELATIONS)}, not {', '.join(unknown)}")
    if "identical" not in given:
        raise ValueError('relations must have "identical": a document is always a duplicate of an identical one')
    return tuple(name for name in DUPLICATE_RELATIONS if name in given)


def _hashes(given: object) -> tuple[str, ...]:
    if isinstance(given, str) or not isinstance(given, (tuple, list, set, frozenset)):
        raise TypeError(f"boilerplate must be several hashes of paragraphs, not {given!r}")
    for value in given:
        if not isinstance(value, str) or not _HASH.fullmatch(value):
            raise ValueError(
                f"boilerplate must be hashes of 16 hexadecimal digits, not {value!r}; "
                "neardup.boilerplate.paragraph_hash makes one of a paragraph"
            )
    return tuple(sorted(set(given)))
