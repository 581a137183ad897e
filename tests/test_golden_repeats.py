"""Golden cases of `fixtures/repeats.json`: what repeats, how often the body is printed, and what each scope takes out.

A case has lines of text. An item with ``times`` is so many lines, in which ``{name}`` is a number that steps:
``"numbers": {"name": [step, digits]}``. ``gone`` says for each scope which lines go, counted from 1, or ``nothing``;
where a careful reader accepts two answers, ``or`` stands between them. Blank lines count only where nothing goes.
Lines are joined by ``line_break``, or else a line feed. ``body_copies`` and ``repeats`` stand where a careful reader
would not accept another number.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import chain, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from neardup import find_repeats

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from neardup import Span
    from neardup._typing import Scope

SCOPES: tuple[Scope, ...] = ("body", "passages", "all")

FAILING: frozenset[str] = frozenset()
"""Checks that fail today, by the name of the case and what is checked: a golden case may be ahead of the code."""


@dataclass(frozen=True, slots=True)
class Case:
    """A text and what a careful reader says of it."""

    name: str
    kind: str
    text: str
    gone: Mapping[str, str]
    body_copies: int | None
    repeats: int | None

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Case:
        """Make a case of what stands in the file."""
        text = data.get("line_break", "\n").join(line for item in data["text"] for line in _lines(item))
        name = f"{data['kind']}: {data['name']}"
        return cls(name, data["kind"], text, data["gone"], data.get("body_copies"), data.get("repeats"))

    def cleaned(self, scope: str) -> list[str]:
        """Give the texts that cleaning may leave."""
        lines = self.text.split("\n")
        answers = [set(_numbers(answer)) for answer in self.gone[scope].split(" or ")]
        return ["\n".join(line for i, line in enumerate(lines, 1) if i not in gone) for gone in answers]


def _lines(item: str | Mapping[str, Any]) -> Iterator[str]:
    if isinstance(item, str):
        yield item
        return
    for count in range(1, item["times"] + 1):
        numbers = {
            name: f"{step * count % 10**digits:0{digits}}" for name, (step, digits) in item.get("numbers", {}).items()
        }
        yield item["line"].format(**numbers)


def _numbers(answer: str) -> Iterator[int]:
    """Read ``2, 4-6``."""
    for part in answer.split(", ") if answer != "nothing" else ():
        first, _, last = part.partition("-")
        yield from range(int(first), int(last or first) + 1)


def without_blank_lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if line.strip()]


CASES = [
    Case.from_dict(data)
    for data in json.loads((Path(__file__).parent.parent / "fixtures" / "repeats.json").read_text(encoding="utf-8"))
]


def checks(*, of: str) -> list[Any]:
    """List the cases that say something of what is checked; those known to fail are expected to."""
    chosen = [case for case in CASES if of in (*SCOPES, "kept") or getattr(case, of) is not None]
    fails = pytest.mark.xfail(reason="a golden case that is ahead of the code")
    return [
        pytest.param(case, id=case.name, marks=[fails] if f"{case.name}: {of}" in FAILING else []) for case in chosen
    ]


@pytest.mark.parametrize("case", checks(of="body_copies"))
def test_how_often_the_body_is_printed(case: Case) -> None:
    assert find_repeats(case.text).body_copies == case.body_copies


@pytest.mark.parametrize("case", checks(of="repeats"))
def test_how_many_repeats_there_are(case: Case) -> None:
    assert len(find_repeats(case.text).repeats) == case.repeats


def check_cleaning(case: Case, scope: Scope) -> None:
    cleaned = find_repeats(case.text).clean(scope)
    answers = case.cleaned(scope)
    if case.text in answers and cleaned == case.text:
        return
    assert without_blank_lines(cleaned) in [without_blank_lines(answer) for answer in answers if answer != case.text]


@pytest.mark.parametrize("case", checks(of="body"))
def test_scope_body(case: Case) -> None:
    check_cleaning(case, "body")


@pytest.mark.parametrize("case", checks(of="passages"))
def test_scope_passages(case: Case) -> None:
    check_cleaning(case, "passages")


@pytest.mark.parametrize("case", checks(of="all"))
def test_scope_all(case: Case) -> None:
    check_cleaning(case, "all")


@pytest.mark.parametrize("case", checks(of="kept"))
def test_a_copy_goes_or_stays_for_a_reason(case: Case) -> None:
    found = find_repeats(case.text)
    for scope in SCOPES:
        told = [*found.removed(scope), *((kept.start, kept.stop) for kept in found.kept(scope))]
        for repeat in found.repeats:  # of growing lines the last one stays, and the others go
            assert any(_meets(span, stretch) for span in (repeat.original, repeat.copy) for stretch in told)
        assert all(kept.reason for kept in found.kept(scope))


def _meets(span: Span, stretch: tuple[int, int]) -> bool:
    return span.start < stretch[1] and stretch[0] < span.stop


def test_every_kind_has_several_cases() -> None:
    """A kind of one case would be mended for that case."""
    kinds = [case.kind for case in CASES]
    assert min(map(kinds.count, kinds)) >= 4
    assert len({case.name for case in CASES}) == len(CASES)


def test_what_is_known_to_fail_is_a_check() -> None:
    named = {
        f"{parameter.id}: {of}" for of in ("body_copies", "repeats", *SCOPES, "kept") for parameter in checks(of=of)
    }
    assert named >= FAILING


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_case_agrees_with_itself(case: Case) -> None:
    """What one scope takes out the next one does too, and only lines that there are."""
    taken = [[set(_numbers(answer)) for answer in case.gone[scope].split(" or ")] for scope in SCOPES]
    for few, more in pairwise(taken):
        assert all(any(one <= other for other in more) for one in few)
    assert set().union(*chain(*taken)) <= set(range(1, len(case.text.split("\n")) + 1))
