"""Commands on what an index holds: ``remove``, ``expire``, ``stats``, ``verify``, ``export``, ``upgrade``."""

from __future__ import annotations

import sys
from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from neardup.cli.compare import Format
from neardup.cli.index.exporting import exported, out_to
from neardup.cli.index.options import IndexName, Timeout, config_if_given, opened_index
from neardup.cli.index.times import HOW, moment
from neardup.cli.options import (
    WRITING,
    BoilerplateFile,
    ConfigFile,
    ContentOption,
    MinContainment,
    Overwrite,
    Threshold,
    named_path,
)
from neardup.cli.process import complain
from neardup.cli.stages import shown_stages
from neardup.errors import InputError
from neardup.index import Index
from neardup.index.opening import name_of
from neardup.io.bounded import read_lines
from neardup.io.escapes import visible
from neardup.io.faults import failure
from neardup.io.opening import opened
from neardup.io.sources import find_sources, path_id
from neardup.report.machine import SCHEMA_VERSION
from neardup.report.terminal import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_AT_ONCE, _LONGEST_ID = 1000, 1 << 20


def remove(
    index: IndexName,
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="[ID]", help="Documents to remove, by their ids.", show_default=False)
    ] = None,
    ids_from: Annotated[
        str | None,
        typer.Option("--ids", metavar="FILE", help="Read ids from a file too, one a line; - for standard input."),
    ] = None,
    timeout_s: Timeout = 30.0,
) -> None:
    """Remove documents for good: their texts and keys are overwritten in the file.

    Ids that are not stored are passed over, and counted.

    Exit codes: 0 done, 1 something failed (it is named on standard error), 2 wrong usage, 130 interrupted.
    """
    if not ids and ids_from is None:
        raise typer.BadParameter("is missing; give ids, or a file of them with --ids", param_hint="ID")
    asked = removed = 0
    with opened_index(index, timeout_s) as opened:
        for some in _by_thousands([ids or [], _ids_in(ids_from) if ids_from is not None else []]):
            asked += len(some)
            removed += opened.remove(some)
    missing = f"; {counted(asked - removed, 'id')} not stored" if removed < asked else ""
    sys.stdout.write(f"{counted(removed, 'document')} removed{missing}\n")


def _by_thousands(parts: Iterable[Iterable[str]]) -> Iterator[list[str]]:
    """Give ids, each once, some at a time."""
    some: dict[str, None] = {}
    for ids in parts:
        for id_ in ids:
            some[id_] = None
            if len(some) == _AT_ONCE:
                yield [*some]
                some.clear()
    if some:
        yield [*some]


def _ids_in(path: str) -> Iterator[str]:
    """Read ids, one a line.

    Raises
    ------
    InputError
        If the file cannot be read; names it.
    """
    for source in find_sources([path]):
        if isinstance(source, InputError):
            raise source
        number = 0
        try:
            with opened(source) as stream:
                for number, line in enumerate(read_lines(stream.file, _LONGEST_ID), start=1):
                    if line is None:
                        raise InputError("is no id: too long")
                    if id_ := line.decode("utf-8-sig" if number == 1 else "utf-8"):
                        yield id_
        except Exception as error:
            said = InputError("not UTF-8") if isinstance(error, UnicodeDecodeError) else error
            raise failure(said, source.id, number or None) from error


def expire(
    index: IndexName,
    older_than: Annotated[
        float,
        typer.Option(
            parser=moment,
            metavar="TIME",
            help=f"Remove what was added before this: 30d, 12h, 2026-01-01. {HOW}.",
            show_default=False,
        ),
    ],
    timeout_s: Timeout = 30.0,
) -> None:
    """Remove the documents that were added before a time, for good.

    What is removed stays so if the command is interrupted; the same command goes on.

    Exit codes: 0 done, 1 something failed (it is named on standard error), 2 wrong usage, 130 interrupted.
    """
    with opened_index(index, timeout_s) as opened, shown_stages(as_json=False) as progress:
        removed = opened.expire(older_than=older_than, progress=progress)
    sys.stdout.write(f"{counted(removed, 'document')} removed\n")


def stats(
    index: IndexName,
    format: Annotated[  # noqa: A002 - the option's name
        Format, typer.Option(metavar="|".join(Format), help="For people, or one JSON object.")
    ] = Format.text,
    timeout_s: Timeout = 30.0,
) -> None:
    """Say how many documents an index has, how large it is, and what decides.

    Exit codes: 0 done, 1 something failed (it is named on standard error), 2 wrong usage, 130 interrupted.
    """
    with opened_index(index, timeout_s, readonly=True) as opened:
        found, config = opened.stats(), opened.config
    if format is Format.json:
        fields = {"schema_version": SCHEMA_VERSION, "index": name_of(index), **found._asdict()}
        fields |= {"config": config.to_dict(), "fingerprint": config.fingerprint()}
        sys.stdout.buffer.write(msgspec.json.encode(fields) + b"\n")
        return
    each = max(found.documents, 1)
    sys.stdout.write(
        f"{visible(name_of(index))}: {counted(found.documents, 'document')}, {found.bytes:,} bytes\n"
        f"bytes a document: {found.bytes / each:,.0f}, of them the compressed text: {found.payload_bytes / each:,.0f}\n"
        f"threshold {config.threshold:g}, min_containment {config.min_containment:g}, content {config.content}, "
        f"{counted(len(config.boilerplate), 'paragraph')} of boilerplate; --format json shows all that decides\n"
    )


def verify(index: IndexName, timeout_s: Timeout = 30.0) -> None:
    """Look for damage: every page of the file, and every document against its sketch and its keys.

    Each fault is named on standard error.

    Exit codes: 0 no faults, 1 faults, or something failed, 2 wrong usage, 130 interrupted.
    """
    with opened_index(index, timeout_s, readonly=True) as opened:
        with shown_stages(as_json=False) as progress:
            faults = opened.verify(progress=progress)
        size = len(opened)
    for fault in faults:
        complain(InputError(fault, file=name_of(index)))
    sys.stdout.write(f"{counted(size, 'document')}: {counted(len(faults), 'fault') if faults else 'no faults'}\n")
    if faults:
        raise typer.Exit(1)


def export(
    index: IndexName,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            parser=named_path,
            metavar="FILE",
            help="The file to write, by default standard output; .gz or .zst in the name compresses.",
            rich_help_panel=WRITING,
        ),
    ] = None,
    overwrite: Overwrite = False,
    timeout_s: Timeout = 30.0,
) -> None:
    """Write the stored documents as JSON lines, in the order in which they came.

    The fields are id, text, title, data, or data_base64 where that is bytes, and added, in seconds since 1970.
    neardup index add reads them again, with --id-field id --title-field title --data-field data.

    Exit codes: 0 done, 1 something failed (it is named on standard error), 2 wrong usage, 130 interrupted.
    """
    with (
        opened_index(index, timeout_s, readonly=True) as opened,
        out_to(output, index, overwrite=overwrite) as write,
        shown_stages(as_json=False) as progress,
    ):
        written = exported(opened, write, progress)
    if output:
        sys.stdout.write(f"{counted(written, 'document')} written to {visible(path_id(output))}\n")


def upgrade(
    index: IndexName,
    timeout_s: Timeout = 30.0,
    threshold: Threshold = None,
    min_containment: MinContainment = None,
    content: ContentOption = None,
    config: ConfigFile = None,
    boilerplate: BoilerplateFile = None,
) -> None:
    """Make an index again from its texts, for this version of neardup or with something else that decides.

    All documents stay, also such as are duplicates of one another now. The new file takes the place of the old one when
    it is complete. What decides stays as it was unless an option says otherwise.

    Exit codes: 0 done, 1 something failed (it is named on standard error), 2 wrong usage, 130 interrupted.
    """
    settings = config_if_given(config, threshold, min_containment, content, boilerplate)
    with shown_stages(as_json=False) as progress:
        size = Index.upgrade(index, config=settings, timeout_s=timeout_s, progress=progress)
    sys.stdout.write(f"{visible(name_of(index))}: {counted(size, 'document')}, made again\n")
