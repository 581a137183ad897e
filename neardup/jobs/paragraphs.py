"""The stage that takes out of texts the paragraphs that several documents have; only if it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neardup.inputs import texts_at
from neardup.jobs.sketching import READ, TEXTS
from neardup.jobs.texts import StoredTexts, write_texts
from neardup.paragraphs.find import find_repeated_paragraphs
from neardup.spans import with_breaks, without

if TYPE_CHECKING:
    from collections.abc import Callable

    from neardup.jobs.options import Options
    from neardup.jobs.workspace import Workspace
    from neardup.spans import Stretch

PARAGRAPHS, TAKEN, LEFT = "paragraphs", "taken", "left"


def sketched_stage(options: Options) -> str:
    """Name the stage that has the texts which are sketched."""
    return TEXTS if options.paragraphs is None else LEFT


def remove_paragraphs(
    work: Workspace, options: Options, threads: int | None, progress: Callable[[int, int], object]
) -> None:
    """Write the texts of all chunks without the paragraphs that several documents have, but where each stands first.

    Memory grows with the number of paragraphs, and with their text: all different ones are compared.
    """
    chunks = work.count(READ)
    if work.count(LEFT) == chunks:
        return
    stored = StoredTexts(work, TEXTS, chunks)
    progress(0, len(stored))
    if not work.has(PARAGRAPHS):
        config = options.config.with_overrides(relations=("identical", "near"))
        found = find_repeated_paragraphs(stored.column(np.arange(len(stored))), config=config, threads=threads)
        document, spans, _ = found.going(boilerplate=options.paragraphs == "boilerplate")
        work.write(PARAGRAPHS, documents=document, spans=spans)
    gone = work.read(PARAGRAPHS)
    begin = 0
    for number in range(chunks):
        end = begin + len(work.read(READ, number, "numbers")["numbers"])
        if not work.has(LEFT, number):
            texts = texts_at(stored.column(np.arange(begin, end)), np.arange(end - begin))
            first, last = gone["documents"].searchsorted([begin, end])
            rows, spans = gone["documents"][first:last] - begin, gone["spans"][first:last]
            for row in np.unique(rows).tolist():
                own = spans[slice(*rows.searchsorted([row, row + 1]))]
                own[:] = with_breaks(texts[row], own)
                texts[row] = without(texts[row], own.tolist())
            work.write(TAKEN, number, rows=rows, spans=spans)
            write_texts(work, LEFT, number, texts)
        begin = end
        progress(end, len(stored))
    stored.close()


def taken(work: Workspace, number: int) -> dict[int, list[Stretch]]:
    """Give what was taken out of the texts of a chunk, by the rows of these that have any."""
    found: dict[int, list[Stretch]] = {}
    if work.has(TAKEN, number):
        gone = work.read(TAKEN, number)
        for row, (start, stop) in zip(gone["rows"].tolist(), gone["spans"].tolist(), strict=True):
            found.setdefault(row, []).append((start, stop))
    return found
