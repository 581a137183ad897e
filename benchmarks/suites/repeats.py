"""Repeats inside one document: doubled pages of known truth, lookalikes, and pages as they are.

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
white space at its end (a page of which only a passage is printed twice stays as it is; the suite ``cleaning`` has the
other scopes). On lookalikes every page called doubled is a mistake; of the articles of the corpus as they are, whose
ids are in the JSON file, read those to tell.
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
from benchmarks.setting import DOCUMENTS, PAGES, TOOLS, Setting, Suite
from benchmarks.tables import SHORT
from neardup import find_repeats, fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from benchmarks.pages import Stretch
    from benchmarks.peers import Run
    from benchmarks.reports import Row
    from benchmarks.rounds import Tool

EDITS = (0.0, 0.02, 0.05, 0.1)
PAGE_SHARE = 0.8

FOUND = (Column("found", "found", ".3f"), Column("right", "right", ".3f"), Column("pages", "pages", ".3f"))
COST = (
    Column("reported_lookalikes", "reported of lookalikes", ".3f"),
    Column("reported_articles", "reported of articles", ".3f"),
    Column("ns_per_char", "ns/code point", SHORT, spread=True),
    RATIO,
)


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
    count, seed = setting.pages, setting.seed
    pages = [
        doubled_page(source, form, edits=edits, seed=seed, index=index)
        for form in forms
        for edits in EDITS
        for index in range(count)
    ]
    alike = [lookalike(source, kind, seed=seed, index=index) for kind in LOOKALIKES for index in range(count)]
    untouched = {
        "reported_lookalikes": [page.text for page in alike],
        "reported_articles": setting.corpus.texts[: len(alike)],
    }
    with Tools(setting, "repeats") as tools:
        texts = [page.text for page in pages]
        tools.warm_up(texts)
        tools.load(texts)
        runs = tools.take_turns(setting.rounds, keep=True)
        reported = {key: _reported(tools, texts) for key, texts in untouched.items()}
    by_edits = _by_edits(tools, pages, {name: done[-1].result for name, done in runs.items() if done})
    rows = [_row(tool, runs, sum(map(len, texts)), by_edits, reported) for tool in tools.all]
    how = f"{len(pages):,} doubled pages of {len(forms)} forms, edits of 0 to 10 %; {tools.how}."
    tables = (
        Table("tools", how, (TOOL, *FOUND, *COST), tuple(rows)),
        Table(
            "edits",
            "The same by the rate of edits in later copies.",
            (TOOL, Column("edits", "edits", "g"), *FOUND),
            tuple(by_edits),
        ),
        _forms(pages, count),
        _false_alarms(setting, [(page.kind, page.text) for page in alike]),
    )
    chart = Chart(
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
    )
    headlines = (
        Headline("copies found in doubled pages, share of their text", ".3f", headline(rows, "found"), False),
        Headline("finding them, ns per code point", SHORT, headline(rows, "ns_per_char"), True),
    )
    notes = (*tools.notes, *(f"Left out: {missing(form)}." for form in FORMS if missing(form)))
    versions = {"versions": tools.versions}
    return Report("repeats", setting.corpus.name, tables, (chart,), headlines, notes, versions)


def _reported(tools: Tools, texts: list[str]) -> dict[str, float]:
    """Give the share of the folded code points of texts that each tool reports."""
    tools.load(texts)
    shares = {}
    for name, done in tools.take_turns(1, keep=True).items():
        if done:
            covered = [_covered(text, spans) for text, spans in zip(texts, done[0].result, strict=True)]
            shares[name] = sum(int(each.sum()) for each in covered) / max(1, sum(map(len, covered)))
    return shares


def _row(
    tool: Tool,
    runs: Mapping[str, Sequence[Run]],
    chars: int,
    by_edits: Sequence[Row],
    reported: Mapping[str, Mapping[str, float]],
) -> dict[str, Any]:
    row, done = tool.row(), runs[tool.name]
    if done:
        own = [each for each in by_edits if each["name"] == tool.name]
        row |= {column.key: fmean(each[column.key] for each in own) for column in FOUND}
        row |= {key: shares.get(tool.name) for key, shares in reported.items()}
        row |= spread([run.wall_s * 1e9 / max(1, chars) for run in done], "ns_per_char") | ratios(done, runs[BASE])
        row |= {"rounds": rounds_of(done)}
    return row


def _by_edits(
    tools: Tools, pages: Sequence[DoubledPage], spans: Mapping[str, Sequence[Iterable[Stretch]]]
) -> list[dict[str, Any]]:
    truths = [_covered(page.text, whole_copies(page)) for page in pages]
    rows = []
    for tool in tools.all:
        if tool.name in spans:
            rows += _tool_rows(tool, pages, truths, spans[tool.name])
    return rows


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


def score(page: DoubledPage) -> Score:
    """Compare what neardup says of a page with the truth."""
    found = find_repeats(page.text)
    expected = page.undoubled if page.body_copies > 1 else page.text
    reported = _covered(page.text, ((repeat.copy.start, repeat.copy.stop) for repeat in found.repeats))
    truth = _covered(page.text, whole_copies(page))
    return Score(
        found.body_copies >= 2,
        found.body_copies == page.body_copies,
        float((reported ^ truth).sum() / truth.sum()),
        found.clean().rstrip() == expected.rstrip(),
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


SUITE = Suite(run, (*DOCUMENTS, *TOOLS, PAGES))
