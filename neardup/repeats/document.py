"""What one document repeats, and the document cleaned of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from neardup.checks import MAX_CHARS, check_int, check_number
from neardup.inputs import text_column
from neardup.model import Repeat
from neardup.repeats import engine
from neardup.results.plain import check_mapping, made_again
from neardup.segmentation import spans_in
from neardup.spans import without

if TYPE_CHECKING:
    from collections.abc import Mapping

    from neardup._typing import Scope
    from neardup.model import Kept
    from neardup.repeats.engine import Cleaned, Found
    from neardup.spans import Stretch


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
        How often the document prints its body, edited or not; see `neardup._reference.bodies.body_copies`.
    repeated_share
        The part of the folded code points that lies in copies, in [0, 1).
    repeats
        By the position of the copy; copies are disjoint.
    """

    text: str = field(repr=False)
    min_chars: int
    chars: int
    body_copies: int
    repeated_share: float
    repeats: tuple[Repeat, ...]
    _found: Found | None = field(default=None, repr=False, compare=False)
    _cleaned: dict[Scope, tuple[tuple[Stretch, ...], tuple[Kept, ...]]] = field(
        default_factory=dict, repr=False, compare=False
    )

    def __getstate__(self) -> list[Any]:
        # What the kernels made is for this version of them alone; it is found again where it is needed.
        own: dict[str, Any] = {"_found": None, "_cleaned": {}}
        return [own.get(name, getattr(self, name)) for name in self.__slots__]

    def clean(self, scope: Scope = "body") -> str:
        r"""Give the text without copies; the first copy of everything stays, and nothing else changes.

        Parameters
        ----------
        scope
            ``"body"``: where the body is printed more than once, the later printings go, and nothing else.
            ``"passages"``: also later copies of whole paragraphs of prose, in blocks of at least 100 folded code
            points. ``"all"``: every later exact copy of a whole paragraph.

        Returns
        -------
        str
            Cleaning it again changes nothing. `removed` says what went, and `kept` which copies stay, and why.

        Raises
        ------
        ValueError
            If there is no such scope.

        Notes
        -----
        The repeats are not looked for again, but where this result was made of plain data or unpickled. Each scope is
        worked out once.

        Examples
        --------
        >>> from neardup import find_repeats
        >>> line = "据介绍，重庆经开区把质量强区战略写入全区“十二五”规划，并按照品牌化发展思路推进。\n"
        >>> page = "标题\n" + line + "转载\n" + line + "相关链接"
        >>> found = find_repeats(page)
        >>> found.clean() == page
        True
        >>> found.clean("all") == "标题\n" + line + "转载\n相关链接"
        True
        """
        return without(self.text, self.removed(scope))

    def removed(self, scope: Scope = "body") -> tuple[Stretch, ...]:
        """Give the stretches that `clean` leaves out: ``start, stop`` in code points of the text, ascending."""
        return self._clean(scope)[0]

    def kept(self, scope: Scope = "body") -> tuple[Kept, ...]:
        """Give the copies that `clean` leaves in, or parts of copies, each with the reason."""
        return self._clean(scope)[1]

    def _clean(self, scope: Scope) -> tuple[tuple[Stretch, ...], tuple[Kept, ...]]:
        scope = engine.checked_scope(scope)
        if not self.repeats:
            return (), ()
        if scope not in self._cleaned:
            texts = text_column([self.text])
            found = engine.find(texts, self.min_chars, 1) if self._found is None else self._found
            cleaned = engine.clean(texts, found, scope, 1)
            self._cleaned[scope] = cleaned.removed_from(0), cleaned.kept_in(0)
        return self._cleaned[scope]

    @classmethod
    def of_found(cls, text: str, found: Found, cleaned: Mapping[Scope, Cleaned], document: int = 0) -> Self:
        """Make the result of what the engine found in a batch, for one of its documents."""
        one = found.of(document)
        [chars], [copied], [copies] = one.chars.tolist(), one.copied.tolist(), one.body_copies.tolist()
        return cls(
            text=text,
            min_chars=found.min_chars,
            chars=chars,
            body_copies=copies,
            repeated_share=copied / chars if chars else 0.0,
            repeats=_repeats(text, one),
            _found=one,
            _cleaned={scope: (each.removed_from(document), each.kept_in(document)) for scope, each in cleaned.items()},
        )

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
        """Make the result again from what `to_dict` gave and the text it is about; other fields are not looked at.

        Raises
        ------
        TypeError
            If the data are no mapping, or the text is no string.
        ValueError
            If the data are not what `to_dict` gave for a text like this: incomplete, out of range, with spans that the
            text does not have or other line numbers; says what is wrong.
        """
        check_mapping(data)
        if not isinstance(text, str):
            raise TypeError(f"text must be a str, not {type(text).__name__}")
        return made_again(partial(cls._of_plain, text), data)

    @classmethod
    def _of_plain(cls, text: str, data: Mapping[str, Any]) -> Self:
        given = [Repeat.from_dict(repeat) for repeat in data["repeats"]]
        settled = 0
        for repeat in given:
            original, copy = repeat.original, repeat.copy
            if not (original.start < original.stop <= copy.start < copy.stop <= len(text) and settled <= copy.start):
                where = f"{original.start}-{original.stop} cannot have a copy at {copy.start}-{copy.stop}"
                raise ValueError(f"{where} behind {settled} in a text of {len(text)} code points")
            settled = copy.stop
        sides = [[(span.start, span.stop) for span in (repeat.original, repeat.copy)] for repeat in given]
        spans = iter(spans_in(text, np.array(sides, np.int64)))
        return cls(
            text,
            check_int("min_chars", data["min_chars"], high=MAX_CHARS),
            check_int("chars", data["chars"], low=0),
            check_int("body_copies", data["body_copies"]),
            check_number("repeated_share", data["repeated_share"]),
            tuple(replace(repeat, original=next(spans), copy=next(spans)) for repeat in given),
        )


def _repeats(text: str, found: Found) -> tuple[Repeat, ...]:
    """Make the repeats of one document."""
    if not len(found.rows):
        return ()
    spans = iter(spans_in(text, found.rows[:, :4]))
    return tuple(
        Repeat(
            original=next(spans),
            copy=next(spans),
            similarity=2 * matched / both,
            kind="exact" if 2 * matched == both else "near",
            chars=chars,
            paragraphs=paragraphs,
            period=period or None,
        )
        for chars, paragraphs, period, matched, both in found.rows[:, 4:].tolist()
    )
