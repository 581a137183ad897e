"""Repeats inside one document: doubled pages and repeated passages with known truth, lookalikes, and pages as they are.

Every tool that gives spans of later copies is run on the same pages of `benchmarks.doubling` (its docstring has the
forms), at several rates of edits in the later copies. What it reports is compared with the truth in folded code points,
so that rounding over punctuation and line breaks does not count; a sentence that was added inside a copy belongs to it:

``found``
    share of what lies in true copies that is reported.
``right``
    share of what is reported that lies in true copies.
``pages``
    share of the pages of which `PAGE_SHARE` of the true copies, or more, are reported.

Lookalikes repeat themselves and print no body twice, and articles as they are mostly do not: ``reported`` is how much
of such pages a tool calls a copy, which is no mistake by itself.

neardup also says how often a page prints its body, `body_copies`, and cleans it. By form and edits: ``doubled``, the
share of the pages with `body_copies` of 2 or more, all of which are, but those that print only a passage twice;
``copies right``, with just the true number; ``span error``, what is in reported or in true copies but not in both, by
what is in true copies; ``clean right``, the share where `clean` gives back the page as it was before doubling, but for
white space at its end (what is cut inside a paragraph is not whole paragraphs and stays, so no passage goes). On
lookalikes every page called doubled is a mistake; of the articles of the corpus as they are, whose ids are in the JSON
file, read those to tell.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.doubling import FORMS, DoubledPage, doubled_page, missing
from benchmarks.lookalikes import LOOKALIKES, lookalike
from benchmarks.pages import Source
from benchmarks.reports import Chart, Column, Headline, Report, Table
from benchmarks.rounds import BASE, RATIO, TOOL, Tools, headline, ratios, rounds_of, spread
from neardup import find_repeats, fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from benchmarks.pages import Stretch
    from benchmarks.rounds import Tool
    from benchmarks.setting import Setting

EDITS = (0.0, 0.02, 0.05, 0.1)
PAGE_SHARE = 0.8


@dataclass(frozen=True, slots=True)
class Score:
    """What `find_repeats` made of one doubled page."""

    doubled: bool
    copies_right: bool
    span_error: float
    clean_right: bool


def run(setting: Setting) -> Report:
    """Measure."""
    source = Source.from_texts(setting.corpus.texts)
    forms = [form for form in FORMS if not missing(form)]
    pages = [
        doubled_page(source, form, edits=edits, seed=setting.seed, index=index)
        for form in forms
        for edits in EDITS
        for index in range(setting.pages)
    ]
    alike = [lookalike(source, kind, seed=setting.seed, index=i) for kind in LOOKALIKES for i in range(setting.pages)]
    articles = setting.corpus.texts[: len(alike)]
    with Tools(setting, "repeats") as tools:
        tools.warm_up([page.text for page in pages])
        tools.load([page.text for page in pages])
        runs = tools.take_turns(setting.rounds, keep=True)
        spans = {tool.name: runs[tool.name][-1].result for tool in tools.all if runs[tool.name]}
        reported = {}
        for key, texts in (("lookalikes", [page.text for page in alike]), ("articles", articles)):
            tools.load(texts)
            once = tools.take_turns(1, keep=True)
            reported[key] = {name: _share(texts, done[0].result) for name, done in once.items() if done}
        chars = max(1, sum(len(page.text) for page in pages))
        truths = [_covered(page.text, whole_copies(page)) for page in pages]
        rows, by_edits = [], []
        for tool in tools.all:
            row = tool.row()
            if done := runs[tool.name]:
                row |= spread([run.wall_s * 1e9 / chars for run in done], "ns_per_char") | ratios(done, runs[BASE])
                row |= {"rounds": rounds_of(done)}
                row |= {f"reported_{key}": shares.get(tool.name) for key, shares in reported.items()}
                found = _tool_rows(tool, pages, truths, spans[tool.name])
                by_edits += found
                row |= {key: fmean(each[key] for each in found) for key in ("found", "right", "pages")}
            rows.append(row)
        tables = (
            Table(
                "tools",
                f"{len(pages):,} doubled pages of {len(forms)} forms, edits of 0 to 10 %; {tools.how}.",
                (
                    TOOL,
                    Column("found", "found", ".3f"),
                    Column("right", "right", ".3f"),
                    Column("pages", "pages", ".3f"),
                    Column("reported_lookalikes", "reported of lookalikes", ".3f"),
                    Column("reported_articles", "reported of articles", ".3f"),
                    Column("ns_per_char", "ns/code point", ",.0f", spread=True),
                    RATIO,
                ),
                tuple(rows),
            ),
            Table(
                "edits",
                "The same by the rate of edits in later copies.",
                (
                    TOOL,
                    Column("edits", "edits", "g"),
                    Column("found", "found", ".3f"),
                    Column("right", "right", ".3f"),
                    Column("pages", "pages", ".3f"),
                ),
                tuple(by_edits),
            ),
            _forms(pages, setting.pages),
            _false_alarms(setting, [(page.kind, page.text) for page in alike]),
        )
        notes = [*tools.notes, *(f"Left out: {missing(form)}." for form in FORMS if missing(form))]
        charts = (
            Chart(
                "edits",
                "edits",
                "lines",
                "Copies found against edits",
                "edits",
                ("found",),
                "share of the characters of later copies that were edited",
                "share of copied text that is reported",
                series="tool",
                share=True,
            ),
        )
        headlines = (
            Headline("copies found in doubled pages, share of their text", ".3f", headline(rows, "found"), False),
            Headline("find_repeats and its like, ns per code point", ",.0f", headline(rows, "ns_per_char"), True),
        )
        versions = {"versions": tools.versions}
        return Report("repeats", setting.corpus.name, tables, charts, headlines, tuple(notes), versions)


def _tool_rows(
    tool: Tool, pages: Sequence[DoubledPage], truths: Sequence[NDArray[np.bool_]], spans: Sequence[Iterable[Stretch]]
) -> list[dict[str, Any]]:
    """Compare what a tool reports with the truth, for each rate of edits."""
    found = [_covered(page.text, some) for page, some in zip(pages, spans, strict=True)]
    rows = []
    for edits in EDITS:
        chosen = [i for i, page in enumerate(pages) if page.edit_rate == edits]
        both = [int((found[i] & truths[i]).sum()) for i in chosen]
        true = [int(truths[i].sum()) for i in chosen]
        said = sum(int(found[i].sum()) for i in chosen)
        rows.append(
            tool.row()
            | {
                "edits": edits,
                "found": sum(both) / max(1, sum(true)),
                "right": sum(both) / said if said else 1.0,
                "pages": fmean(a >= PAGE_SHARE * b for a, b in zip(both, true, strict=True)),
            }
        )
    return rows


def _share(texts: Sequence[str], spans: Sequence[Iterable[Stretch]]) -> float:
    """Give the share of the folded code points that are reported."""
    covered = [_covered(text, some) for text, some in zip(texts, spans, strict=True)]
    return sum(int(each.sum()) for each in covered) / max(1, sum(map(len, covered)))


def score(page: DoubledPage) -> Score:
    """Compare what neardup says of a page with the truth."""
    found = find_repeats(page.text)
    reported = _covered(page.text, ((repeat.copy.start, repeat.copy.stop) for repeat in found.repeats))
    truth = _covered(page.text, whole_copies(page))
    return Score(
        found.body_copies >= 2,
        found.body_copies == page.body_copies,
        float((reported ^ truth).sum() / truth.sum()),
        found.clean().rstrip() == page.undoubled.rstrip(),
    )


def whole_copies(page: DoubledPage) -> list[Stretch]:
    """Give the copies of a page with the sentences that were added inside them."""
    whole: list[Stretch] = []
    last_original: Stretch = (0, 0)
    for original, copy in zip(page.originals, page.copies, strict=True):
        continues = whole and original[0] >= last_original[1]
        if continues and not any(start < copy[0] and stop > whole[-1][1] for start, stop in page.originals):
            whole[-1] = (whole[-1][0], copy[1])
        else:
            whole.append(copy)
        last_original = original
    return whole


def _covered(text: str, stretches: Iterable[Stretch]) -> NDArray[np.bool_]:
    """Mark the folded code points that lie in stretches of the text."""
    inside = np.zeros(len(text), np.bool_)
    for start, stop in stretches:
        inside[start:stop] = True
    marked: NDArray[np.bool_] = inside[fold(text).positions]
    return marked


def _forms(pages: Sequence[DoubledPage], count: int) -> Table:
    rows = []
    for start in range(0, len(pages), count):
        some = pages[start : start + count]
        scores = list(map(score, some))
        row = {"form": some[0].form, "edits": some[0].edit_rate}
        row |= {key: fmean(getattr(each, key) for each in scores) for key in ("doubled", "copies_right", "span_error")}
        rows.append(row if row["edits"] else row | {"clean_right": fmean(each.clean_right for each in scores)})
    columns = (
        Column("form", "form"),
        Column("edits", "edits", "g"),
        Column("doubled", "doubled", ".3f"),
        Column("copies_right", "copies right", ".3f"),
        Column("span_error", "span error", ".3f"),
        Column("clean_right", "clean right", ".3f"),
    )
    return Table("forms", f"What neardup says of {count} pages of each form.", columns, tuple(rows))


def _false_alarms(setting: Setting, alike: Sequence[tuple[str, str]]) -> Table:
    rows: list[dict[str, Any]] = []
    for kind in LOOKALIKES:
        texts = [text for each, text in alike if each == kind]
        called = sum(find_repeats(text).body_copies >= 2 for text in texts)
        rows.append({"kind": kind, "documents": len(texts), "called": called})
    corpus = setting.corpus
    ids = [id_ for id_, text in zip(corpus.ids, corpus.texts, strict=True) if find_repeats(text).body_copies >= 2]
    rows.append({"kind": f"{corpus.name}, as it is", "documents": len(corpus.ids), "called": len(ids), "ids": ids})
    columns = (Column("kind", "pages"), Column("documents", "how many", ",d"), Column("called", "called doubled", ",d"))
    return Table(
        "false alarms", "Pages that neardup calls doubled, of lookalikes and of the corpus.", columns, tuple(rows)
    )
