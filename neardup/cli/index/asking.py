"""``neardup index add``, ``check``, ``matches``: documents in, a line of JSON for each out."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from neardup.cli.index.answering import Answering, adding, checking, matching
from neardup.cli.index.arrivals import outcomes
from neardup.cli.index.options import (
    INDEX,
    DataField,
    Documents,
    Durability,
    DurabilityOption,
    IndexName,
    Limit,
    Timeout,
    config_if_given,
    opened_index,
)
from neardup.cli.index.times import NewerThan  # noqa: TC001 - typer reads the annotations
from neardup.cli.options import (
    BoilerplateFile,
    ConfigFile,
    ContentOption,
    Encoding,
    Extract,
    Glob,
    IdField,
    Input,
    InputFormat,
    MaxDocumentSize,
    MaxUnpackedSize,
    MinContainment,
    Strict,
    TextField,
    Threads,
    Threshold,
    TitleField,
)
from neardup.cli.reading import Reading, size_of_all
from neardup.cli.stages import shown_stages
from neardup.cli.work import Plan, Work
from neardup.index import Index
from neardup.io.bounded import MAX_DOCUMENT_BYTES, Bounds
from neardup.io.encodings import AUTO
from neardup.io.sources import STDIN, Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from neardup.cli.index.answering import Ask
    from neardup.errors import InputError
    from neardup.stores.database import Durability as Durable

    Found = Sequence[Source | InputError]


def add(
    ctx: typer.Context,
    index: IndexName,
    paths: Documents = None,
    replace: Annotated[
        bool,
        typer.Option(
            "--replace",
            help="Let a document take the place of the stored one that has its id and another text; without it that is "
            "an error of the document.",
            rich_help_panel=INDEX,
        ),
    ] = False,
    durability: DurabilityOption = Durability.normal,
    timeout_s: Timeout = 30.0,
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
    data_field: DataField = None,
    threshold: Threshold = None,
    min_containment: MinContainment = None,
    content: ContentOption = None,
    config: ConfigFile = None,
    boilerplate: BoilerplateFile = None,
) -> None:
    """Ask of each document whether it was seen, and store it if it is new; the index is made if there is none.

    The answers are JSON lines in the order of the documents, behind a first one of type header: type answer, id, and
    status, which is new, duplicate, stored (it is there already, with this id and text) or empty. Of a duplicate, and
    of what is something else to a stored document, also survivor, relation, rule, reason, score and the evidence. What
    cannot be read or stored is a line of type error.

    What decides is chosen when the index is made, and stays.

    Exit codes: 0 done, 1 some documents failed (each is named on standard error too), 2 wrong usage, 130 interrupted.
    """
    if id_field is None and (not paths or STDIN in paths):
        message = "is missing: of standard input lines have no lasting numbers, which would be their ids"
        raise typer.BadParameter(message, param_hint="--id-field")
    settings = config_if_given(config, threshold, min_containment, content, boilerplate)
    reading = Reading(
        paths or [STDIN],
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
        data_field,
    )
    sources = reading.sources(ctx)
    durable: Durable = "full" if durability is Durability.full else "normal"
    with Index.open(index, config=settings, durability=durable, timeout_s=timeout_s) as opened:
        _answer(opened, adding(opened, replace=replace, threads=threads), reading, sources)


def check(
    ctx: typer.Context,
    index: IndexName,
    paths: Documents = None,
    timeout_s: Timeout = 30.0,
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
) -> None:
    """Ask of each document whether it was seen, and store nothing.

    Each is compared with what is stored, not with the others. The answers are those of neardup index add; a stored
    document is a duplicate of itself, for ids are not looked at.

    Exit codes: 0 done, 1 some documents failed (each is named on standard error too), 2 wrong usage, 130 interrupted.
    """
    reading = Reading(
        paths or [STDIN],
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
    with opened_index(index, timeout_s, readonly=True) as opened:
        _answer(opened, checking(opened, threads=threads), reading, sources)


def matches(
    ctx: typer.Context,
    index: IndexName,
    paths: Documents = None,
    limit: Limit = 10,
    newer_than: NewerThan = None,
    timeout_s: Timeout = 30.0,
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
) -> None:
    """Give the stored documents that each document is anything to, also templates and versions, the best first.

    The answers are JSON lines in the order of the documents, behind a first one of type header: type answer, id,
    status (duplicate, related, new or empty) and matches, a list of objects with survivor, relation, rule, reason,
    score and the evidence. Those that make it a duplicate come first, then the greatest scores.

    Exit codes: 0 done, 1 some documents failed (each is named on standard error too), 2 wrong usage, 130 interrupted.
    """
    reading = Reading(
        paths or [STDIN],
        glob,
        input_format,
        encoding,
        extract,
        max_document_size,
        max_unpacked_size,
        text_field,
        id_field,
        1,
        strict,
        title_field,
    )
    sources = reading.sources(ctx)
    with opened_index(index, timeout_s, readonly=True) as opened:
        _answer(opened, matching(opened, limit=limit, newer_than=newer_than), reading, sources)


def _answer(index: Index, ask: Ask, reading: Reading, sources: Found) -> None:
    """Answer all documents of some sources, and end the command.

    Raises
    ------
    typer.Exit
        If one of them failed.
    """
    bounds = Bounds(reading.max_document_size, reading.max_unpacked_size)
    work = Work(None, reading.encoding, reading.extract, longest=reading.max_document_size)
    answering = Answering(sys.stdout.buffer, ask)
    answering.begin(index)
    with _progress(sources) as told:
        plan = Plan(reading.fields, reading.encoding, bounds, told)
        for found in outcomes(sources, plan, work):
            answering.take(found, strict=reading.strict)
            if reading.strict and answering.failed:
                break
    answering.finish()
    if answering.failed:
        raise typer.Exit(1)


@contextmanager
def _progress(sources: Found) -> Iterator[Callable[[int], object] | None]:
    """Give what is told how many more bytes are read; shown on a terminal that does not show the answers."""
    size = size_of_all(sources)
    done = 0
    if sys.stdout.isatty() or not size:
        yield None
        return
    with shown_stages(as_json=False) as progress:

        def told(read: int) -> None:
            nonlocal done
            done += read
            if progress:
                progress("reading", done, size)

        yield told
