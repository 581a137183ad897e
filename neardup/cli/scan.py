"""``neardup scan``: what is repeated inside each of many texts, and the texts without it."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Protocol

import typer
from rich.console import Console
from rich.progress import track

from neardup.errors import InputError, NeardupError, OutputError
from neardup.io.atomic import write_whole
from neardup.io.texts import Source, TextFile, find_sources, read_text
from neardup.repeats import DEFAULT_MIN_CHARS, DocumentRepeats, find_repeats
from neardup.report.machine import JsonLinesReport, JsonReport
from neardup.report.terminal import TerminalReport, visible

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import IO


class Format(StrEnum):
    """How to report."""

    text = "text"
    json = "json"
    jsonl = "jsonl"


class Report(Protocol):
    """What every format does with what it is told."""

    def document(self, id: str, found: DocumentRepeats) -> None:  # noqa: A002, D102 - the field's name
        ...

    def error(self, message: str) -> None:  # noqa: D102
        ...

    def close(self) -> None:  # noqa: D102
        ...


def scan(
    paths: Annotated[
        list[str],
        typer.Argument(metavar="PATH...", help="UTF-8 text files, folders of them, or - for standard input."),
    ],
    min_chars: Annotated[
        int,
        typer.Option(min=1, help="The shortest passage to report, in characters without spaces and punctuation."),
    ] = DEFAULT_MIN_CHARS,
    format: Annotated[Format, typer.Option(help="For people, one JSON object, or JSON lines.")] = Format.text,  # noqa: A002
    max_repeats: Annotated[int, typer.Option(min=0, help="How many repeats of a document the text format shows.")] = 10,
    glob: Annotated[str, typer.Option(metavar="PATTERN", help="Which files of a folder to read.")] = "*.txt",
    clean: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write every text here without its copied paragraphs.", file_okay=False),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Let --clean replace files.")] = False,
) -> None:
    """Report what every document prints more than once: repeated passages, and whole bodies printed again."""
    found = list(find_sources(paths, glob))
    report = _report(format, sys.stdout, max_repeats)
    cleaner = _Cleaner(clean, overwrite, found) if clean else None
    failed = False
    for source in _with_progress(found):
        try:
            if isinstance(source, InputError):
                raise source
            file = read_text(source)
            repeats = find_repeats(file.text, min_chars=min_chars)
            report.document(source.id, repeats)
            if cleaner:
                cleaner.write(source, file, repeats)
        except NeardupError as error:
            failed = True
            report.error(str(error))
            print(f"neardup: {visible(str(error))}", file=sys.stderr)
    report.close()
    sys.stdout.flush()  # here, where a closed pipe is an error that can be handled
    if cleaner:
        print(cleaner.summary(), file=sys.stderr)
    if failed:
        raise typer.Exit(1)


def _report(format: Format, out: IO[str], max_repeats: int) -> Report:  # noqa: A002 - the option's name
    if format is Format.text:
        return TerminalReport(out, max_repeats=max_repeats)
    return JsonReport(out) if format is Format.json else JsonLinesReport(out)


def _with_progress(sources: list[Source | InputError]) -> Iterable[Source | InputError]:
    """Show a bar on standard error where it is a terminal and there is more than one thing to do."""
    console = Console(stderr=True)
    quiet = len(sources) < 2 or not console.is_terminal
    return track(sources, description="Scanning", console=console, transient=True, disable=quiet)


class _Cleaner:
    """Writes cleaned texts below a folder, and counts them."""

    def __init__(self, folder: Path, overwrite: bool, found: list[Source | InputError]) -> None:
        self.folder = folder
        self.overwrite = overwrite
        self.inputs = {Path(source.id).resolve() for source in found if isinstance(source, Source)}
        self.owners: dict[Path, str] = {}
        self.changed = 0

    def write(self, source: Source, file: TextFile, repeats: DocumentRepeats) -> None:
        path = self.folder / source.name
        if path in self.owners:
            raise OutputError(f"{source.id}: {path} holds {self.owners[path]} already; clean the two into two folders")
        if path.resolve() in self.inputs:
            raise OutputError(f"{source.id}: {path} is an input itself; choose another folder for --clean")
        text = repeats.clean()
        write_whole(path, file.encode(text), overwrite=self.overwrite)
        self.owners[path] = source.id
        self.changed += text != file.text

    def summary(self) -> str:
        return f"{len(self.owners)} cleaned texts in {self.folder}, {self.changed} of them changed"
