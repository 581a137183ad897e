"""Cleaning: what each scope takes out of doubled pages, lookalikes and a corpus, and what is lost.

Pages are made of every form of `benchmarks.doubling`, without edits and with some, and of every kind of
`benchmarks.lookalikes`; the form ``growing`` is lines each of which is the beginning of the next. For every scope:

``right``
    share of the pages without edits that cleaning gives back as they were before doubling, but for white space at the
    end. A page of the form ``passage`` prints no body twice, so that the scope of bodies is right if it changes
    nothing, and of the others it cannot be said.
``lost``
    pages of which something went that does not stand in order in what is left: Chinese characters or numbers, by
    `benchmarks.losses`, which knows nothing of how neardup aligns.
``fences``
    pages with an odd number of fences of code after cleaning, and an even one before.
``again``
    pages that change when they are cleaned again.
``wrong``
    lookalikes of which something went that must stay: in the scope of bodies everything, else what the page does not
    name.

Of the corpus the same by document; the JSON file has the ids and what was lost. All but ``right`` should be 0. What
changes in a corpus is to be read: ``--show N`` lists so many documents of each scope that the one before does not
change.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING, Any

from benchmarks.doubling import FORMS, doubled_page, missing
from benchmarks.genres import growing
from benchmarks.lookalikes import LOOKALIKES, lookalike
from benchmarks.losses import has_odd_fences, lost, without
from benchmarks.pages import Maker, Source
from benchmarks.reports import Column, Report, Table
from benchmarks.setting import DOCUMENTS, PAGES, SHOW, THREADS, Suite
from benchmarks.tables import preview
from neardup import find_repeats, find_repeats_batch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from benchmarks.pages import Stretch
    from benchmarks.setting import Setting
    from neardup._typing import Scope

SCOPES: tuple[Scope, ...] = ("body", "passages", "all")
EDITS = (0.0, 0.05)
GROWING = "growing"

FAULTS = (Column("lost", "lost", ",d"), Column("fences", "odd fences", ",d"), Column("again", "again", ",d"))
FORM_COLUMNS = (Column("form", "form"), Column("scope", "scope"), Column("right", "right", ".3f"), *FAULTS)
KIND_COLUMNS = (
    *(Column("kind", "pages"), Column("scope", "scope"), Column("documents", "how many", ",d")),
    *(Column("changed", "changed", ",d"), Column("wrong", "wrong", ",d"), *FAULTS),
)
CORPUS_COLUMNS = (
    *(Column("scope", "scope"), Column("documents", "documents", ",d"), Column("changed", "changed", ",d")),
    *FAULTS,
)
EXAMPLES = (
    *(Column("scope", "scope"), Column("id", "id"), Column("lines", "lines that go", ",d")),
    Column("first", "the first of them"),
)


@dataclass(frozen=True, slots=True)
class Page:
    """A page to clean: its name, what it should be, where that is known, and the lines that may go."""

    name: str
    text: str
    expected: str | None = None
    may_go: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one scope did to one page.

    Attributes
    ----------
    text
        The page after cleaning.
    gone
        The lines that went, without blank ones.
    lost
        What is lost, a line each.
    fences, again
        Whether cleaning left a fence without its other end; whether cleaning again changes more.
    """

    page: Page
    text: str
    gone: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    fences: bool = False
    again: bool = False

    @property
    def changed(self) -> bool:
        """Whether anything went."""
        return self.text != self.page.text

    @property
    def right(self) -> bool:
        """Whether the page is what it should be, but for white space at its end."""
        return self.page.expected is not None and self.text.rstrip() == self.page.expected.rstrip()

    def wrong(self, scope: Scope) -> bool:
        """Whether something went that must stay."""
        return any(scope == "body" or line not in self.page.may_go for line in self.gone)


def judged(page: Page, cleaned: str, removed: Sequence[Stretch], scope: Scope) -> Judgement:
    """Judge what cleaning left of a page, and what it says that it removed."""
    text = page.text
    if cleaned != without(text, removed):
        raise ValueError(f"{page.name}: the cleaned text is not the text without what was removed")
    if not removed:
        return Judgement(page, text)
    return Judgement(
        page,
        cleaned,
        tuple(line for start, stop in removed for line in text[start:stop].splitlines() if line.strip()),
        tuple(lost(text, removed)),
        fences=has_odd_fences(cleaned) and not has_odd_fences(text),
        again=find_repeats(cleaned).clean(scope) != cleaned,
    )


def run(setting: Setting) -> Report:
    """Measure."""
    source, corpus = Source.from_texts(setting.corpus.texts), setting.corpus
    doubled = list(pages(source, setting.pages, setting.seed))
    alike = [
        Page(kind, each.text, None, each.may_go)
        for kind in LOOKALIKES
        for each in (lookalike(source, kind, seed=setting.seed, index=index) for index in range(setting.pages))
    ]
    documents = [Page(id_, text) for id_, text in zip(corpus.ids, corpus.texts, strict=True)]
    judgements = all_judged(documents, setting.threads)
    tables = [
        Table("forms", f"{len(doubled):,} doubled pages.", FORM_COLUMNS, tuple(_forms(doubled, setting.threads))),
        Table("lookalikes", f"{len(alike):,} lookalikes.", KIND_COLUMNS, tuple(_kinds(alike, setting.threads))),
        Table("corpus", "The corpus as it is.", CORPUS_COLUMNS, tuple(_corpus(judgements))),
    ]
    if setting.show:
        tables.append(Table("examples", "What goes.", EXAMPLES, tuple(_examples(judgements, setting.show))))
    notes = tuple(f"Left out: {missing(form)}." for form in FORMS if missing(form))
    return Report("cleaning", corpus.name, tuple(tables), notes=notes)


def pages(source: Source, count: int, seed: int) -> Iterator[Page]:
    """Make doubled pages of all forms; those with edits have no text that they should be."""
    for form in (form for form in FORMS if not missing(form)):
        for edits in EDITS:
            for index in range(count):
                made = doubled_page(source, form, edits=edits, seed=seed, index=index)
                expected = made.text if made.body_copies == 1 else made.undoubled
                yield Page(form, made.text, None if edits else expected)
    for index in range(count):
        yield Page(GROWING, *growing(Maker(random.Random(seed + index), source)))


def all_judged(some: Sequence[Page], threads: int) -> dict[Scope, list[Judgement]]:
    """Clean pages in every scope."""
    found = find_repeats_batch([page.text for page in some], threads=threads)
    judgements: dict[Scope, list[Judgement]] = {}
    for scope in SCOPES:
        cleaned, removed = found.clean(scope, threads=threads), found.removed(scope)
        judgements[scope] = [
            judged(page, text, removed.get(place, ()), scope)
            for place, (page, text) in enumerate(zip(some, cleaned, strict=True))
        ]
    return judgements


def _faults(some: Iterable[Judgement]) -> dict[str, int]:
    counted = dict.fromkeys(("lost", "fences", "again"), 0)
    for each in some:
        for fault in counted:
            counted[fault] += bool(getattr(each, fault))
    return counted


def _forms(doubled: Sequence[Page], threads: int) -> Iterator[dict[str, Any]]:
    judgements = all_judged(doubled, threads)
    for form in dict.fromkeys(page.name for page in doubled):
        for scope in SCOPES:
            own = [each for each in judgements[scope] if each.page.name == form]
            row: dict[str, Any] = {"form": form, "scope": scope} | _faults(own)
            if scope == "body" or form != "passage":
                row["right"] = fmean(each.right for each in own if each.page.expected is not None)
            yield row


def _kinds(alike: Sequence[Page], threads: int) -> Iterator[dict[str, Any]]:
    judgements = all_judged(alike, threads)
    for kind in dict.fromkeys(page.name for page in alike):
        for scope in SCOPES:
            own = [each for each in judgements[scope] if each.page.name == kind]
            counts = {
                "documents": len(own),
                "changed": sum(each.changed for each in own),
                "wrong": sum(each.wrong(scope) for each in own),
            }
            yield {"kind": kind, "scope": scope} | counts | _faults(own)


def _corpus(judgements: Mapping[Scope, Sequence[Judgement]]) -> Iterator[dict[str, Any]]:
    for scope, some in judgements.items():
        changed = [each for each in some if each.changed]
        ids = {
            f"{what}_ids": [each.page.name for each in changed if getattr(each, what)]
            for what in ("changed", "lost", "fences", "again")
        }
        examples = {"lost_text": {each.page.name: list(each.lost) for each in changed if each.lost}}
        yield {"scope": scope, "documents": len(some), "changed": len(changed)} | _faults(changed) | ids | examples


def _examples(judgements: Mapping[Scope, Sequence[Judgement]], count: int) -> Iterator[dict[str, Any]]:
    seen: set[str] = set()
    for scope, some in judgements.items():
        changed = [each for each in some if each.changed and each.page.name not in seen]
        seen |= {each.page.name for each in changed}
        for each in changed[:count]:
            yield {"scope": scope, "id": each.page.name, "lines": len(each.gone), "first": preview(" ".join(each.gone))}


SUITE = Suite(run, (*DOCUMENTS, PAGES, THREADS, SHOW))
