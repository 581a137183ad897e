"""``neardup compare``: what two texts are to each other, why, and both side by side."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from typing import Annotated

import typer

from neardup.cli.faults import failure
from neardup.cli.options import (
    BoilerplateFile,
    ConfigFile,
    Encoding,
    Extract,
    MaxDocumentSize,
    MinContainment,
    Threshold,
    read_config,
)
from neardup.cli.process import complain
from neardup.compare import compare as compare_texts
from neardup.errors import InputError, NeardupError
from neardup.io.bounded import MAX_DOCUMENT_BYTES, read_whole
from neardup.io.encodings import AUTO
from neardup.io.sources import STDIN, find_sources
from neardup.io.texts import opened, read_text
from neardup.report.comparison import ComparisonReport
from neardup.report.machine import write_comparison


class Format(StrEnum):
    """How to report."""

    text = "text"
    json = "json"


def compare(
    one: Annotated[
        str,
        typer.Argument(
            metavar="A",
            help="A text file, or - for standard input. A name that ends in .gz or .zst is decompressed.",
        ),
    ],
    other: Annotated[str, typer.Argument(metavar="B", help="The text to compare it with, likewise.")],
    format: Annotated[Format, typer.Option(help="For people, or one JSON object.")] = Format.text,  # noqa: A002
    full: Annotated[
        bool, typer.Option("--full", help="Show long stretches that both texts have whole, not only their ends.")
    ] = False,
    explain: Annotated[
        bool,
        typer.Option(
            "--explain", help="Show the verdict of every rule, and whether the two would be compared in a corpus."
        ),
    ] = False,
    encoding: Encoding = AUTO,
    extract: Extract = False,
    max_document_size: MaxDocumentSize = MAX_DOCUMENT_BYTES,
    threshold: Threshold = None,
    min_containment: MinContainment = None,
    config: ConfigFile = None,
    boilerplate: BoilerplateFile = None,
) -> None:
    """Say what the first of two texts is to the second, why, and where they differ.

    What only one has is coloured on a terminal, else it is marked: [-only in A-] and {+only in B+}.

    Exit codes: 0 done, 1 an input failed (it is named on standard error), 2 wrong usage, 130 interrupted.
    """
    if one == other == STDIN:
        raise typer.BadParameter("only one of the two texts can come from standard input", param_hint="B")
    wanted = read_config(config, threshold, min_containment, boilerplate)
    texts: list[tuple[str, str]] = []
    for path in (one, other):
        try:
            texts.append(_read(path, encoding, max_document_size, extract=extract))
        except NeardupError as error:
            complain(error)
    if len(texts) < 2:
        raise typer.Exit(1)
    (first, text), (second, other_text) = texts
    try:
        found = compare_texts(text, other_text, config=wanted)
    except ValueError as error:  # longer than the kernels can count
        complain(InputError(str(error), file=f"{first}, {second}"))
        raise typer.Exit(1) from error
    except Exception as error:
        complain(failure(error, f"{first}, {second}"))
        raise typer.Exit(1) from error
    if format is Format.json:
        write_comparison(sys.stdout.buffer, found, (first, second))
    else:
        ComparisonReport(sys.stdout, wanted, full=full, explain=explain).write(found, (first, second))
    sys.stdout.flush()


def _read(path: str, encoding: str, most: int, *, extract: bool) -> tuple[str, str]:
    """Give the id and the text of a file.

    Raises
    ------
    NeardupError
        If it cannot be read, or is no text; names it.
    """
    if path != STDIN and os.path.isdir(path):  # noqa: PTH112 - without a right, Path raises
        raise InputError("a folder; give the text files to compare", file=path)
    [source] = find_sources([path], kind="text")
    if isinstance(source, InputError):
        raise source
    try:
        with opened(source) as file:
            data = read_whole(file, most)
        return source.id, read_text(data, encoding, extract=extract).text
    except Exception as error:
        raise failure(error, source.id) from error
