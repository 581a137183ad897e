"""``neardup scan``: what is repeated inside each of many texts and across them; it writes nothing but its report."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from neardup.cli.collector import Collector
from neardup.cli.held import HeldTexts
from neardup.cli.helping import refuse_idle
from neardup.cli.options import (
    AUTO_BOILERPLATE,
    BoilerplateChoice,
    ConfigFile,
    ContentOption,
    Encoding,
    Extract,
    Format,
    Glob,
    IdField,
    Input,
    InputFormat,
    Keep,
    KeepWhich,
    Limit,
    MaxDocumentSize,
    MaxUnpackedSize,
    MinChars,
    MinContainment,
    MinDocuments,
    Output,
    Paths,
    Strict,
    Summary,
    TextField,
    Threads,
    Threshold,
    TitleField,
    idle_in_format,
    read_config,
)
from neardup.cli.reading import Reading, report
from neardup.cli.work import Work
from neardup.io.bounded import MAX_DOCUMENT_BYTES
from neardup.io.encodings import AUTO
from neardup.repeats.find import DEFAULT_MIN_CHARS
from neardup.report.terminal import DEFAULT_LIMIT, TerminalReport


class Find(StrEnum):
    """What to look for."""

    repeats = "repeats"
    duplicates = "duplicates"
    paragraphs = "paragraphs"


def scan(
    ctx: typer.Context,
    paths: Paths,
    only: Annotated[
        list[Find] | None,
        typer.Option(
            metavar="WHAT",
            help=f"Look for this alone, once or several times: {', '.join(Find)}. For the last two all texts are kept "
            "in memory.",
        ),
    ] = None,
    format: Output = Format.text,  # noqa: A002 - the option's name
    limit: Limit = DEFAULT_LIMIT,
    summary: Summary = False,
    min_chars: MinChars = DEFAULT_MIN_CHARS,
    threads: Threads = None,
    strict: Strict = False,
    glob: Glob = None,
    input_format: Input = InputFormat.auto,
    encoding: Encoding = AUTO,
    extract: Extract = False,
    max_document_size: MaxDocumentSize = MAX_DOCUMENT_BYTES,
    max_unpacked_size: MaxUnpackedSize = None,
    text_field: TextField = ["text"],  # noqa: B006 - typer copies it
    id_field: IdField = None,
    title_field: TitleField = None,
    keep: KeepWhich = Keep.longest,
    threshold: Threshold = None,
    min_containment: MinContainment = None,
    content: ContentOption = None,
    config: ConfigFile = None,
    boilerplate: BoilerplateChoice = None,
    min_documents: MinDocuments = 2,
) -> None:
    """Report what documents print more than once, which of them are duplicates, and paragraphs that several have.

    Duplicates are identical to another document that survives, near it or contained in it. The totals come first, then
    the largest finds. Nothing is written but the report.

    Exit codes: 0 done, 1 some inputs failed (each is named on standard error), 2 wrong usage, 130 interrupted.
    """
    wanted = set(only or Find)
    idle = idle_in_format(format, summary=summary)
    if Find.repeats not in wanted:
        idle["min_chars"] = "where repeats are not looked for (--only)"
    if Find.duplicates not in wanted:
        idle |= dict.fromkeys(
            ("title_field", "keep", "min_containment", "content", "boilerplate"),
            "where duplicates are not looked for (--only)",
        )
    if Find.paragraphs not in wanted:
        idle["min_documents"] = "where paragraphs are not looked for (--only)"
    if wanted == {Find.repeats}:
        idle |= dict.fromkeys(("threshold", "config"), "where documents are not compared (--only)")
    refuse_idle(ctx, idle)
    is_found = boilerplate == AUTO_BOILERPLATE
    known = Path(boilerplate) if boilerplate and not is_found else None
    settings = read_config(config, threshold, min_containment, content, known)
    reading = Reading(
        paths,
        glob,
        input_format,
        encoding,
        extract,
        max_document_size,
        max_unpacked_size,
        text_field,
        id_field,
        threads,
        strict,
        title_field,
    )
    sources = reading.sources(ctx)
    held = None
    if wanted != {Find.repeats}:
        held = HeldTexts(
            keep.value,
            settings,
            threads,
            Find.duplicates in wanted,
            min_documents if Find.paragraphs in wanted else None,
            boilerplate=AUTO_BOILERPLATE if is_found else None,
        )
    collector = Collector(
        report(format, lambda: TerminalReport(sys.stdout, limit=limit, summary=summary)),
        held,
        unique_ids=held is not None or id_field is not None,
    )
    work = Work(min_chars if Find.repeats in wanted else None, encoding, extract, longest=max_document_size)
    reading.run(sources, work, collector)
