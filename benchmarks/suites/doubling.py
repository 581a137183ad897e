"""Make doubled pages, or lookalikes, of the articles of a corpus, and write them to ``--out``.

`benchmarks.doubling` and `benchmarks.lookalikes` make the pages; their docstrings say what the fields mean.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from benchmarks.doubling import FORMS, DoubledPage, doubled_page, missing
from benchmarks.lookalikes import LOOKALIKES, Lookalike, lookalike
from benchmarks.pages import Source
from benchmarks.reports import Column, Report, Table
from benchmarks.setting import DOCUMENTS, PAGES, Option, Suite

if TYPE_CHECKING:
    from benchmarks.setting import Setting

COLUMNS = (
    Column("form", "form"),
    Column("pages", "pages", ",d"),
    Column("chars", "code points", ",d"),
    Column("copied", "in copies", ",d"),
)


def run(setting: Setting) -> Report:
    """Make and write."""
    form, name = setting.form, setting.corpus.name
    if lacking := missing(form):
        raise ValueError(lacking)
    source = Source.from_texts(setting.corpus.texts)
    pages = [page(source, setting, index) for index in range(setting.pages)]
    with (setting.out / f"doubling-{name}.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(asdict(each), ensure_ascii=False) + "\n" for each in pages)
    copied = sum(stop - start for each in pages if isinstance(each, DoubledPage) for start, stop in each.copies)
    row = {"form": form, "pages": len(pages), "chars": sum(len(each.text) for each in pages), "copied": copied}
    return Report("doubling", name, (Table("pages", "What was made.", COLUMNS, (row,)),))


def page(source: Source, setting: Setting, index: int) -> DoubledPage | Lookalike:
    """Make a page."""
    form, seed = setting.form, setting.seed
    if form in LOOKALIKES:
        return lookalike(source, form, seed=seed, index=index)
    edits, numbers = setting.edit_rate, setting.edit_numbers
    return doubled_page(source, form, edits=edits, seed=seed, index=index, edit_numbers=numbers)


FORM = Option("--form", "of the pages", "twice", choices=(*FORMS, *LOOKALIKES))
EDIT_RATE = Option("--edit-rate", "of later copies, 0 to 0.1; not for lookalikes", 0.0, float, "RATE")
EDIT_NUMBERS = Option("--edit-numbers", "edit digits and dates too", False)

SUITE = Suite(run, (*DOCUMENTS, PAGES.by_default(100), FORM, EDIT_RATE, EDIT_NUMBERS))
