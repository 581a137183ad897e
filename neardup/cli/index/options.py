"""Options of the commands on an index, and how it is opened."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from neardup.checks import MAX_COUNT
from neardup.cli.options import RECORDS, named_path, read_config
from neardup.errors import InputError
from neardup.index import Index
from neardup.index.opening import MEMORY, name_of
from neardup.jobs.indexes import opened_to_read
from neardup.stores.addresses import is_address

if TYPE_CHECKING:
    from pathlib import Path

    from neardup.cli.options import WhichContent
    from neardup.config import Config


class Durability(StrEnum):
    """What a loss of power may take."""

    normal = "normal"
    full = "full"


INDEX = "Index"
"""A section of the help."""


def _index_name(given: str) -> str:
    """Take the name of a file or the address of a server.

    Raises
    ------
    typer.BadParameter
        If it is neither.
    """
    try:
        return given if is_address(given) and name_of(given) else str(named_path(given))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


IndexName = Annotated[
    str,
    typer.Argument(
        parser=_index_name,
        metavar="INDEX",
        help="The file of the index, or the address of a server: redis://HOST:PORT/DB?prefix=NAME.",
        show_default=False,
    ),
]

Documents = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[PATH]",
        help="Files of records (JSON lines, a JSON array, CSV, TSV, Parquet), text files, folders of them, or - for "
        "standard input, which is read without any. JSON lines in a pipe are answered as they come.",
    ),
]

Timeout = Annotated[
    float,
    typer.Option(
        "--timeout",
        min=0,
        max=10**6,
        metavar="SECONDS",
        help="How long to wait while other processes keep the index locked, or the server does not answer.",
        rich_help_panel=INDEX,
    ),
]

DurabilityOption = Annotated[
    Durability,
    typer.Option(
        metavar="|".join(Durability),
        help="What is left when the power goes. normal: the file is whole, and the latest documents may be missing. "
        "full: what was answered is there. A process that is killed loses nothing either way.",
        rich_help_panel=INDEX,
    ),
]

DataField = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="A field that is kept with the document, any value: export gives it back.",
        rich_help_panel=RECORDS,
    ),
]

Limit = Annotated[int, typer.Option(min=1, max=MAX_COUNT, metavar="N", help="How many matches of a document, at most.")]


def config_if_given(
    path: Path | None,
    threshold: float | None,
    min_containment: float | None,
    content: WhichContent | None,
    boilerplate: Path | None,
) -> Config | None:
    """Read what decides; None if nothing says it, and the index does."""
    if all(each is None for each in (path, threshold, min_containment, content, boilerplate)):
        return None
    return read_config(path, threshold, min_containment, content, boilerplate)


def opened_index(path: str, timeout_s: float, *, readonly: bool = False) -> Index:
    """Open an index that is there.

    Raises
    ------
    NeardupError
        As `neardup.Index.open`.
    """
    if path == MEMORY:
        raise InputError("is no file, but the name of an index in memory, which holds nothing yet", file=MEMORY)
    if readonly:
        return opened_to_read(path, timeout_s=timeout_s)
    return Index.open(path, create=False, timeout_s=timeout_s)
