"""``neardup clean``: every input again, without what it prints more than once."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from neardup.cli.collector import Collector
from neardup.cli.held import HeldTexts, ParagraphRemoval
from neardup.cli.helping import refuse_idle
from neardup.cli.options import (
    PARAGRAPHS,
    WRITING,
    CleaningScope,
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
    MinChars,
    MinDocuments,
    Output,
    Overwrite,
    Paths,
    Rejected,
    Removed,
    Strict,
    Summary,
    TextField,
    Threads,
    Threshold,
    idle_in_format,
    named_path,
    read_config,
)
from neardup.cli.outputs import Cleaner, Rejects
from neardup.cli.process import complain
from neardup.cli.reading import Reading, report
from neardup.cli.work import Work
from neardup.errors import NeardupError
from neardup.io.bounded import MAX_DOCUMENT_BYTES
from neardup.io.claims import Claims
from neardup.io.encodings import AUTO
from neardup.io.sources import STDIN, real_path
from neardup.repeats.find import DEFAULT_MIN_CHARS
from neardup.report.cleaning import CleaningReport
from neardup.report.terminal import DEFAULT_LIMIT


def clean(
    ctx: typer.Context,
    paths: Paths,
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            parser=named_path,
            metavar="DIR",
            help="The folder to write to: every input under its own name, in folders as they were found.",
            rich_help_panel=WRITING,
        ),
    ],
    scope: Annotated[
        CleaningScope,
        typer.Option(
            metavar="|".join(CleaningScope),
            help="Which copies go. body: where the body is printed more than once, the later printings, and nothing "
            "else. passages: also later copies of whole paragraphs of prose, in blocks of 100 characters or more. all: "
            "every later exact copy of a whole paragraph. What stays of copies is listed with the reason by --format "
            "json and jsonl.",
        ),
    ] = CleaningScope.body,
    overwrite: Overwrite = False,
    keep_encoding: Annotated[
        bool,
        typer.Option(
            "--keep-encoding",
            help="Write files in the encoding they were read in, with the byte order mark if they had one; else in "
            "UTF-8.",
            rich_help_panel=WRITING,
        ),
    ] = False,
    remove_paragraphs: Annotated[
        Removed | None,
        typer.Option(
            metavar="|".join(Removed),
            help="Take out paragraphs that several documents have too: boilerplate, which stands in 3 % of the "
            "documents and in 10 or more, or all repeated ones. Texts are kept in memory, and files written at the "
            "end then.",
            rich_help_panel=PARAGRAPHS,
        ),
    ] = None,
    remove_first: Annotated[
        bool,
        typer.Option(
            "--remove-first",
            help="Let --remove-paragraphs take each out where it stands first too.",
            rich_help_panel=PARAGRAPHS,
        ),
    ] = False,
    min_documents: MinDocuments = 2,
    threshold: Threshold = None,
    config: ConfigFile = None,
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
    rejects: Rejected = None,
) -> None:
    """Write every input again without what it prints more than once; of records only the text changes.

    By default the later printings of a body go that is printed more than once; --scope takes more. The first copy of
    everything stays, and no document is left out. Files appear whole or not at all.

    Exit codes: 0 done, 1 some inputs failed (each is named on standard error), 2 wrong usage, 130 interrupted.
    """
    idle = idle_in_format(format, summary=summary)
    if remove_paragraphs is None:
        idle |= dict.fromkeys(("remove_first", "min_documents", "threshold", "config"), "without --remove-paragraphs")
    refuse_idle(ctx, idle)
    settings = read_config(config, threshold)
    for path in paths:
        if path != STDIN and os.path.isdir(path) and real_path(output) == real_path(Path(path)):  # noqa: PTH112 - of any path
            raise typer.BadParameter("is an input itself; choose another folder", param_hint="--output")
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
    cleaner = Cleaner(output, overwrite, claims, keep_encoding)
    try:
        cleaner.begin(sources)
        rejected = Rejects(rejects, overwrite=overwrite, claims=claims) if rejects else None
    except NeardupError as error:
        complain(error)
        raise typer.Exit(1) from error
    held = None
    if remove_paragraphs:
        removal = ParagraphRemoval(remove_paragraphs is Removed.boilerplate, not remove_first)
        held = HeldTexts("longest", settings, threads, False, min_documents, removal)
    collector = Collector(
        report(format, lambda: CleaningReport(sys.stdout, scope.value, limit=limit, summary=summary), scope.value),
        held,
        unique_ids=held is not None or id_field is not None,
        cleaner=cleaner,
        rejects=rejected,
    )
    work = Work(
        min_chars, encoding, extract, scope=scope.value, keeps_encoding=keep_encoding, longest=max_document_size
    )
    reading.run(sources, work, collector)
