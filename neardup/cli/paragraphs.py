"""``neardup paragraphs``: which paragraphs several documents have, and the list of those that are boilerplate."""

from __future__ import annotations

import sys
from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import Annotated

import typer

from neardup.cli.boilerplate import boilerplate_file
from neardup.cli.collector import Collector
from neardup.cli.held import HeldTexts
from neardup.cli.helping import refuse_idle
from neardup.cli.options import (
    PARAGRAPHS,
    ConfigFile,
    Encoding,
    Extract,
    Format,
    Glob,
    IdField,
    Input,
    InputFormat,
    Limit,
    MaxDocumentSize,
    MaxUnpackedSize,
    MinDocuments,
    Output,
    Overwrite,
    Paths,
    Strict,
    Summary,
    TextField,
    Threads,
    Threshold,
    idle_in_format,
    named_path,
    read_config,
)
from neardup.cli.process import complain
from neardup.cli.reading import Reading, report
from neardup.cli.work import Work
from neardup.errors import NeardupError
from neardup.io.bounded import MAX_DOCUMENT_BYTES
from neardup.io.claims import Claims
from neardup.io.encodings import AUTO
from neardup.report.terminal import DEFAULT_LIMIT, TerminalReport


def paragraphs(
    ctx: typer.Context,
    paths: Paths,
    format: Output = Format.text,  # noqa: A002 - the option's name
    limit: Limit = DEFAULT_LIMIT,
    summary: Summary = False,
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
    min_documents: MinDocuments = 2,
    threshold: Threshold = None,
    config: ConfigFile = None,
    write_boilerplate: Annotated[
        Path | None,
        typer.Option(
            parser=named_path,
            metavar="FILE",
            help="Write what is boilerplate here, a hash, a number of documents and a text a line: what stands in 3 % "
            "of the documents and in 10 or more.",
            rich_help_panel=PARAGRAPHS,
        ),
    ] = None,
    overwrite: Overwrite = False,
) -> None:
    """Report the paragraphs that several documents have: the same, or near with the same numbers.

    The texts are kept in memory. What is boilerplate can be written to a file, for --boilerplate of the other commands.

    Exit codes: 0 done, 1 some inputs failed (each is named on standard error), 2 wrong usage, 130 interrupted.
    """
    refuse_idle(ctx, idle_in_format(format, summary=summary))
    if not write_boilerplate:
        refuse_idle(ctx, {"overwrite": "without --write-boilerplate: nothing else is written"})
    settings = read_config(config, threshold)
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
    )
    sources = reading.sources(ctx)
    claims = Claims.of_inputs(sources, {"--config": config})
    try:
        known = boilerplate_file(write_boilerplate, overwrite=overwrite, claims=claims) if write_boilerplate else None
    except NeardupError as error:
        complain(error)
        raise typer.Exit(1) from error
    collector = Collector(
        report(format, lambda: TerminalReport(sys.stdout, limit=limit, summary=summary)),
        HeldTexts(config=settings, threads=threads, duplicates=False, min_documents=min_documents),
        unique_ids=True,
        boilerplate=known,
    )
    reading.run(sources, Work(None, encoding, extract, longest=max_document_size), collector)
