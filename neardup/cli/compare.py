"""``neardup compare``: what two texts are to each other, why, and both side by side."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from neardup.cli.faults import TAKE_OUT
from neardup.cli.helping import refuse_idle
from neardup.cli.options import (
    BoilerplateFile,
    ConfigFile,
    ContentOption,
    Encoding,
    Extract,
    IdField,
    MaxDocumentSize,
    MinContainment,
    TextField,
    Threshold,
    TitleField,
    read_config,
)
from neardup.cli.process import complain
from neardup.compare import compare as compare_texts
from neardup.errors import InputError, NeardupError
from neardup.inputs.pages import is_html
from neardup.io.bounded import MAX_DOCUMENT_BYTES, read_whole, too_long
from neardup.io.encodings import AUTO
from neardup.io.escapes import visible
from neardup.io.faults import failure
from neardup.io.kinds import settled
from neardup.io.opening import opened
from neardup.io.records import Fields
from neardup.io.sources import STDIN, Source, find_sources
from neardup.io.texts import read_text
from neardup.report.comparison import ComparisonReport
from neardup.report.machine import write_comparison

if TYPE_CHECKING:
    from collections.abc import Sequence

    from neardup._typing import Id

    _Document = tuple[Id, str, str]
    """The id, the text and the title of one; an empty title is not known."""


class Format(StrEnum):
    """How to report."""

    text = "text"
    json = "json"


def compare(
    ctx: typer.Context,
    one: Annotated[str, typer.Argument(metavar="A", help="A text file, or - for standard input.")],
    other: Annotated[str, typer.Argument(metavar="B", help="The text to compare it with.")],
    second: Annotated[
        str | None,
        typer.Argument(
            metavar="[ID]",
            help="With three arguments: a file of records, and the ids of two of them. The id of a record is what "
            "--id-field holds, or else its line or number.",
        ),
    ] = None,
    format: Annotated[  # noqa: A002 - the option's name
        Format, typer.Option(metavar="|".join(Format), help="For people, or one JSON object.")
    ] = Format.text,
    full: Annotated[
        bool, typer.Option("--full", help="Show long stretches that both texts have whole, not only their ends.")
    ] = False,
    explain: Annotated[
        bool,
        typer.Option(
            "--explain", help="Show the terms that were added up, and whether the two would be compared in a corpus."
        ),
    ] = False,
    title: Annotated[
        str | None,
        typer.Option("--title", metavar="TITLE", help="Of the first text, if known; else its first line is taken."),
    ] = None,
    other_title: Annotated[
        str | None, typer.Option("--other-title", metavar="TITLE", help="Of the second text, likewise.")
    ] = None,
    encoding: Encoding = AUTO,
    extract: Extract = False,
    max_document_size: MaxDocumentSize = MAX_DOCUMENT_BYTES,
    text_field: TextField = ["text"],  # noqa: B006 - typer copies it
    id_field: IdField = None,
    title_field: TitleField = None,
    threshold: Threshold = None,
    min_containment: MinContainment = None,
    content: ContentOption = None,
    config: ConfigFile = None,
    boilerplate: BoilerplateFile = None,
) -> None:
    """Say what the first of two texts is to the second, why, and where they differ.

    The texts are two files, A and B, or two records of one file: neardup compare FILE ID ID.

    What only one has is coloured on a terminal, else it is marked: [-only in A-] and {+only in B+}.

    Exit codes: 0 done, 1 an input failed (it is named on standard error), 2 wrong usage, 130 interrupted.
    """
    if second is None:
        of_records = "text_field", "id_field", "title_field"
        refuse_idle(ctx, dict.fromkeys(of_records, "on two texts; give a file of records and two ids"))
        if one == other == STDIN:
            raise typer.BadParameter("only one of the two texts can come from standard input", param_hint="B")
    else:
        refuse_idle(ctx, {"extract": "on records"})
    if format is Format.json:
        refuse_idle(ctx, dict.fromkeys(("full", "explain"), "with --format json, which has everything"))
    settings = read_config(config, threshold, min_containment, content, boilerplate)
    try:
        if second is None:
            found = _texts((one, other), encoding, max_document_size, extract=extract)
        else:
            fields = Fields(tuple(text_field), id_field, title_field)
            found = _records(one, (other, second), fields, encoding, max_document_size)
    except NeardupError as error:
        complain(error)
        raise typer.Exit(1) from error
    for id_, text, _ in found:
        if is_html(text):  # of a record, for a file is refused
            print(
                visible(f"neardup: {id_}: an HTML page, whose menus count as text; {TAKE_OUT}"),
                file=sys.stderr,
            )
    (one_id, one_text, one_title), (other_id, other_text, its_title) = found
    try:
        compared = compare_texts(
            one_text, other_text, title=title or one_title, other_title=other_title or its_title, config=settings
        )
    except Exception as error:
        too_long = isinstance(error, ValueError)  # longer than the kernels can count
        complain(failure(InputError(str(error)) if too_long else error, f"{one_id}, {other_id}"))
        raise typer.Exit(1) from error
    if format is Format.json:
        write_comparison(sys.stdout.buffer, compared, (one_id, other_id))
    else:
        ComparisonReport(sys.stdout, settings, full=full, explain=explain).write(compared, (one_id, other_id))
    sys.stdout.flush()


def _texts(paths: Sequence[str], encoding: str, most: int, *, extract: bool) -> list[_Document]:
    """Give two files, each with its path for an id.

    Raises
    ------
    NeardupError
        If one cannot be read, or is no text; names it. If both are so, the first is named here.
    """
    found: list[_Document] = []
    faults: list[NeardupError] = []
    for path in paths:
        try:
            found.append(_text(path, encoding, most, extract=extract))
        except NeardupError as error:
            faults.append(error)
    for fault in faults[:-1]:
        complain(fault)
    if faults:
        raise faults[-1]
    return found


def _text(path: str, encoding: str, most: int, *, extract: bool) -> _Document:
    source = _source(path, "a folder; give the text files to compare")
    try:
        with opened(source) as stream:
            source, file = settled(source, stream, Fields(), encoding)
            if source.records:
                raise InputError("a file of records; give the ids of two of them behind it")
            data = read_whole(file, most)
        return source.id, read_text(data, encoding, extract=extract).text, ""
    except Exception as error:
        raise failure(error, source.id) from error


def _source(path: str, of_folder: str) -> Source:
    if path != STDIN and os.path.isdir(path):  # noqa: PTH112 - without a right, Path raises
        raise InputError(of_folder, file=path)
    [source] = find_sources([path])
    if isinstance(source, InputError):
        raise source
    return source


def _records(path: str, ids: Sequence[str], fields: Fields, encoding: str, most: int) -> list[_Document]:
    """Give two records of a file.

    Raises
    ------
    NeardupError
        If the file cannot be read or has no such record; names it.
    """
    source = _source(path, "a folder; give a file of records, and the ids of two of them")
    found: dict[str, _Document] = {}
    fault: NeardupError | None = None
    has_read = False
    try:
        with opened(source) as stream:
            source, file = settled(source, stream, fields, encoding)
            if source.records is None:
                raise InputError("a text, not a file of records; give the two texts to compare")
            if source.kind == "parquet" and encoding != AUTO:
                raise InputError("Parquet has an encoding of its own; leave that out", parameter="encoding")
            prefix = f"{source.id}:"
            for number, raw in source.records.records(file, most, None):
                if fields.id is None and not {str(number), f"{prefix}{number}"} & set(ids):
                    continue
                try:
                    if raw is None:
                        raise too_long(most)
                    record = source.records.read(raw)
                except NeardupError as error:
                    fault = fault or failure(error, line=number)
                    if fields.id is None:
                        raise fault from error
                    continue  # whatever it is, it has no such id
                has_read = True
                id_ = f"{prefix}{number}" if record.id is None else record.id
                for wanted in ids:
                    if str(id_) == wanted or (record.id is None and str(number) == wanted):
                        found.setdefault(wanted, (id_, record.text, record.title))
                if len(found) == len(set(ids)):
                    break
            if fault and not has_read:  # no record is as it should be
                raise fault
    except Exception as error:
        raise failure(error, source.id) from error
    for wanted in ids:
        if wanted not in found:
            remedy = "name the field of ids" if fields.id is None else "look for it in the file"
            parameter = "id_field" if fields.id is None else None
            raise InputError(f'no record has the id "{wanted}"; {remedy}', file=source.id, parameter=parameter)
    return [found[wanted] for wanted in ids]
