"""``neardup scan``: what is repeated inside each of many texts, and the texts without it."""

from __future__ import annotations

import sys
from contextlib import closing
from enum import StrEnum
from itertools import chain
from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from neardup.checks import MAX_CHARS, MAX_COUNT
from neardup.cli.boilerplate import boilerplate_file
from neardup.cli.collector import Collector
from neardup.cli.duplicates import Comparison, Removal
from neardup.cli.options import (
    BoilerplateFile,
    ConfigFile,
    Encoding,
    Extract,
    MaxDocumentSize,
    MaxUnpackedSize,
    MinContainment,
    Threshold,
    read_config,
)
from neardup.cli.outputs import Claims, Cleaner, Rejects
from neardup.cli.parallel import in_order
from neardup.cli.process import complain
from neardup.cli.work import End, Work, plan, size_of
from neardup.errors import NeardupError
from neardup.io.bounded import MAX_DOCUMENT_BYTES, Bounds
from neardup.io.encodings import AUTO
from neardup.io.sources import PATTERNS, Kind, Source, find_sources, pattern_fault
from neardup.repeats.find import DEFAULT_MIN_CHARS
from neardup.report.machine import JsonLinesReport, JsonReport
from neardup.report.terminal import TerminalReport, visible
from neardup.threads import MAX_THREADS, available_threads

if TYPE_CHECKING:
    from neardup.cli.collector import Report


class Format(StrEnum):
    """How to report."""

    text = "text"
    json = "json"
    jsonl = "jsonl"


class InputFormat(StrEnum):
    """What the files are."""

    auto = "auto"
    text = "text"
    jsonl = "jsonl"


class RemoveParagraphs(StrEnum):
    """Which of the paragraphs that several documents have go."""

    boilerplate = "boilerplate"
    repeated = "repeated"


class Keep(StrEnum):
    """Which of several duplicates is kept."""

    longest = "longest"
    first = "first"


KINDS: dict[InputFormat, Kind | None] = {InputFormat.auto: None, InputFormat.text: "text", InputFormat.jsonl: "jsonl"}


def _inside(patterns: list[str] | None) -> list[str] | None:
    for pattern in patterns or ():
        if fault := pattern_fault(pattern):
            raise typer.BadParameter(f"{visible(pattern)!r} {fault}")
    return patterns


def scan(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH...",
            help="Text files, JSON lines, folders of them, or - for standard input. Names that end in .gz or .zst are "
            "decompressed.",
        ),
    ],
    min_chars: Annotated[
        int,
        typer.Option(
            min=1, max=MAX_CHARS, help="The shortest passage to report, in characters without spaces and punctuation."
        ),
    ] = DEFAULT_MIN_CHARS,
    format: Annotated[Format, typer.Option(help="For people, one JSON object, or JSON lines.")] = Format.text,  # noqa: A002
    max_repeats: Annotated[int, typer.Option(min=0, help="How many repeats of a document the text format shows.")] = 10,
    threads: Annotated[
        int | None,
        typer.Option(
            min=1, max=MAX_THREADS, metavar="N", help="Documents at once; by default one for every available core."
        ),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Stop at the first input that fails.")] = False,
    glob: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PATTERN",
            callback=_inside,
            help="Which files of a folder to read; may be given more than once. By default *.txt, *.jsonl and "
            "*.ndjson, also with .gz or .zst.",
            rich_help_panel="Reading",
        ),
    ] = None,
    input_format: Annotated[
        InputFormat,
        typer.Option(
            help="What the files are. auto: JSON lines if the name says .jsonl or .ndjson, else text.",
            rich_help_panel="Reading",
        ),
    ] = InputFormat.auto,
    encoding: Encoding = AUTO,
    extract: Extract = False,
    max_document_size: MaxDocumentSize = MAX_DOCUMENT_BYTES,
    max_unpacked_size: MaxUnpackedSize = None,
    text_field: Annotated[
        str, typer.Option(metavar="NAME", help="The field with the text.", rich_help_panel="JSON lines")
    ] = "text",
    id_field: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="The field with the id, any scalar; no two may be equal. By default ids are FILE:LINE.",
            rich_help_panel="JSON lines",
        ),
    ] = None,
    rejects: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            dir_okay=False,
            help="Collect the bad lines here, as JSON lines: file, line, error, raw.",
            rich_help_panel="JSON lines",
        ),
    ] = None,
    clean: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            file_okay=False,
            help="Write every input here without its copied paragraphs, under its own name; of JSON lines only the "
            "text field changes. Texts are written in UTF-8.",
            rich_help_panel="Cleaning",
        ),
    ] = None,
    keep_encoding: Annotated[
        bool,
        typer.Option(
            "--keep-encoding",
            help="Let --clean write texts in the encoding they were read in, with the byte order mark if they had one.",
            rich_help_panel="Cleaning",
        ),
    ] = False,
    overwrite: Annotated[
        bool,
        typer.Option("--overwrite", help="Let what is written replace files.", rich_help_panel="Cleaning"),
    ] = False,
    duplicates: Annotated[
        bool,
        typer.Option(
            help="Compare the documents with each other at the end. Their texts are kept in memory until then.",
            rich_help_panel="Duplicates",
        ),
    ] = True,
    keep: Annotated[
        Keep,
        typer.Option(
            help="Which of several to keep. longest: the one with the most text once its own repeats are taken out. "
            "first: the one that is read first.",
            rich_help_panel="Duplicates",
        ),
    ] = Keep.longest,
    threshold: Threshold = None,
    min_containment: MinContainment = None,
    config: ConfigFile = None,
    boilerplate: BoilerplateFile = None,
    max_duplicates: Annotated[
        int,
        typer.Option(
            min=0,
            help="How many duplicates of a survivor the text format shows, the least alike.",
            rich_help_panel="Duplicates",
        ),
    ] = 10,
    paragraphs: Annotated[
        bool,
        typer.Option(
            "--paragraphs",
            help="Report the paragraphs that several documents have: the same, or near by --threshold with the same "
            "numbers. The texts are kept in memory until the end.",
            rich_help_panel="Paragraphs",
        ),
    ] = False,
    min_documents: Annotated[
        int,
        typer.Option(min=1, max=MAX_COUNT, help="How many documents have it, at least.", rich_help_panel="Paragraphs"),
    ] = 2,
    max_paragraphs: Annotated[
        int,
        typer.Option(
            min=0, help="How many the text format shows, those of most documents.", rich_help_panel="Paragraphs"
        ),
    ] = 10,
    remove_paragraphs: Annotated[
        RemoveParagraphs | None,
        typer.Option(
            help="Let --clean take them out too: boilerplate, which stands in 3 % of the documents and in 10 or more, "
            "or all repeated ones. Files are written at the end then. Includes --paragraphs.",
            rich_help_panel="Paragraphs",
        ),
    ] = None,
    remove_first: Annotated[
        bool,
        typer.Option(
            "--remove-first",
            help="Let --remove-paragraphs take each out where it stands first too.",
            rich_help_panel="Paragraphs",
        ),
    ] = False,
    write_boilerplate: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            dir_okay=False,
            help="Write what is boilerplate here, a hash a line, for --boilerplate. Includes --paragraphs.",
            rich_help_panel="Paragraphs",
        ),
    ] = None,
) -> None:
    """Report what documents print more than once, and which of several documents are duplicates.

    Duplicates are identical to another document that survives, near it or contained in it.

    Exit codes: 0 done, 1 some inputs failed (each is named on standard error), 2 wrong usage, 130 interrupted.
    """
    wanted = read_config(config, threshold, min_containment, boilerplate)
    if remove_paragraphs and not clean:
        raise typer.BadParameter("give --clean DIR too: that is where the rest goes", param_hint="--remove-paragraphs")
    paragraphs = paragraphs or remove_paragraphs is not None or write_boilerplate is not None
    found = list(find_sources(paths, glob or PATTERNS, KINDS[input_format]))
    claims = Claims()
    for option, file in (("--config", config), ("--boilerplate", boilerplate)):
        if file:
            claims.hold(file, f"is the file of {option}")
    for source in found:
        if isinstance(source, Source) and source.path:
            claims.hold(source.path, "is an input itself")
    rejected = None
    try:
        rejected = Rejects(rejects, overwrite=overwrite, claims=claims) if rejects else None
        known = boilerplate_file(write_boilerplate, overwrite=overwrite, claims=claims) if write_boilerplate else None
    except NeardupError as error:
        complain(error)
        if rejected:
            rejected.discard()
        raise typer.Exit(1) from error
    report = _report(format, max_repeats, max_duplicates, max_paragraphs)
    comparison = (
        Comparison(
            keep.value,
            wanted,
            threads,
            duplicates,
            min_documents if paragraphs else None,
            Removal(remove_paragraphs is RemoveParagraphs.boilerplate, not remove_first) if remove_paragraphs else None,
        )
        if duplicates or paragraphs
        else None
    )
    collector = Collector(
        report,
        Cleaner(clean, overwrite, claims) if clean else None,
        rejected,
        unique_ids=comparison is not None or id_field is not None,
        comparison=comparison,
        boilerplate=known,
    )
    bounds = Bounds(max_document_size, max_unpacked_size)
    work = Work(min_chars, encoding, extract, text_field, id_field, clean is not None, keep_encoding, max_document_size)
    try:
        done = in_order(work, plan(found, bounds), threads or available_threads(), size_of)
        with closing(done), _bar(report, "Scanning", len(found)) as bar:
            for outcome in chain.from_iterable(done):
                collector.take(outcome)
                if isinstance(outcome, End):
                    bar.advance(bar.task_ids[0])
                if strict and collector.failed:
                    break
        if comparison and not (strict and collector.failed):
            with _bar(report, "Comparing", len(comparison)) as bar:
                collector.compare(
                    lambda stage, done, total: bar.update(
                        bar.task_ids[0], description=stage.capitalize(), completed=done, total=total
                    )
                )
        collector.finish()
    finally:
        collector.close()
    if collector.failed:
        raise typer.Exit(1)


def _report(format: Format, max_repeats: int, max_duplicates: int, max_paragraphs: int) -> Report:  # noqa: A002 - the option's name
    if format is Format.text:
        return TerminalReport(
            sys.stdout, max_repeats=max_repeats, max_duplicates=max_duplicates, max_paragraphs=max_paragraphs
        )
    return JsonReport(sys.stdout.buffer) if format is Format.json else JsonLinesReport(sys.stdout.buffer)


def _bar(report: Report, task: str, total: int) -> Progress:
    """Make a bar of what is done, if standard error is a terminal and there is more than one thing to do.

    Where the report goes to the terminal too, both are printed by one console, so that neither spoils the other.
    """
    console = Console(stderr=True)
    wanted = total > 1 and console.is_terminal
    if sys.stdout.isatty():
        wanted = wanted and isinstance(report, TerminalReport)
        console = getattr(report, "console", console)
    bar = Progress(console=console, transient=True, disable=not wanted)
    bar.add_task(task, total=total)
    return bar
