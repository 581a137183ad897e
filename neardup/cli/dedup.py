"""``neardup dedup``: files again without the documents that are duplicates."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from neardup.cli.helping import refuse_idle
from neardup.cli.options import (
    AUTO_BOILERPLATE,
    DUPLICATES,
    KINDS,
    RECORDS,
    WRITING,
    BoilerplateChoice,
    CleaningScope,
    ConfigFile,
    ContentOption,
    Encoding,
    Extract,
    Glob,
    IdField,
    Input,
    InputFormat,
    Keep,
    KeepWhich,
    MaxDocumentSize,
    MaxUnpackedSize,
    MinContainment,
    Overwrite,
    Paths,
    Removed,
    Strict,
    TextField,
    Threads,
    Threshold,
    TitleField,
    named_path,
    read_config,
    size_in_bytes,
)
from neardup.cli.process import Ended, complain
from neardup.cli.reading import Reading
from neardup.cli.stages import shown_stages
from neardup.errors import InputError
from neardup.io.bounded import MAX_DOCUMENT_BYTES
from neardup.io.encodings import AUTO
from neardup.io.sources import STDIN
from neardup.jobs.dedup import LEAST_MEMORY, dedup_files
from neardup.jobs.places import folder_of
from neardup.jobs.workspace import holds_job
from neardup.report.dedup import warning, write_sample, write_summary

if TYPE_CHECKING:
    from collections.abc import Iterator


class Empty(StrEnum):
    """What becomes of documents without any text."""

    keep = "keep"
    drop = "drop"


class ListFormat(StrEnum):
    """How the list of duplicates is written."""

    jsonl = "jsonl"
    parquet = "parquet"


JOB = "Job"


def _named_output(given: str) -> str:
    if named_path(given).name in {"", ".."}:
        raise typer.BadParameter("names neither a file nor a folder; give its name")
    return given


def dedup(
    ctx: typer.Context,
    paths: Paths,
    output: Annotated[
        str,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE|DIR",
            help="A file, in which what is kept of all inputs is joined; or a folder, in which every input has its own "
            "name. The format stays, and .gz or .zst in the name compresses.",
            callback=_named_output,
            rich_help_panel=WRITING,
        ),
    ],
    overwrite: Overwrite = False,
    mark: Annotated[
        bool,
        typer.Option(
            "--mark",
            help="Write all documents, with the new fields neardup_status (kept, duplicate, empty), neardup_survivor, "
            "neardup_relation and neardup_score.",
            rich_help_panel=WRITING,
        ),
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            help="Write no documents, but the list of duplicates, the rejects and the summary.",
            rich_help_panel=WRITING,
        ),
    ] = False,
    empty: Annotated[
        Empty,
        typer.Option(metavar="|".join(Empty), help="What becomes of documents without text.", rich_help_panel=WRITING),
    ] = Empty.keep,
    duplicates: Annotated[
        ListFormat,
        typer.Option(metavar="|".join(ListFormat), help="How the list is written.", rich_help_panel=WRITING),
    ] = ListFormat.jsonl,
    clean: Annotated[
        CleaningScope | None,
        typer.Option(
            metavar="|".join(CleaningScope),
            help="Take out of each text what it prints again, as neardup clean does, before it is compared; what is "
            "written is the rest.",
            rich_help_panel=WRITING,
        ),
    ] = None,
    paragraphs: Annotated[
        Removed | None,
        typer.Option(
            metavar="|".join(Removed),
            help="Take out of the texts, before they are compared, paragraphs that several documents have, but where "
            "each stands first: boilerplate, which stands in 3 % of the documents and in 10 or more, or all repeated "
            "ones. Memory grows with the number of paragraphs.",
            rich_help_panel=WRITING,
        ),
    ] = None,
    sample: Annotated[
        int,
        typer.Option(
            min=0,
            metavar="N",
            help="Print so many duplicates beside their survivors, drawn at random, and stop before anything is "
            "written. The same command without it goes on.",
        ),
    ] = 0,
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="Of --sample.")] = 0,
    against: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PATH",
            help="An earlier corpus, or an index (neardup index), once or several times: what is like a document there "
            "is a duplicate. It is not written again.",
            rich_help_panel=DUPLICATES,
        ),
    ] = None,
    index: Annotated[
        Path | None,
        typer.Option(
            parser=named_path,
            metavar="INDEX",
            help="An index that is an earlier corpus too, and to which the survivors are added when the output is "
            "written; it is made if there is none. What decides is what it was made with. What it holds of the inputs "
            "already, by id and text, is no earlier document.",
            rich_help_panel=DUPLICATES,
        ),
    ] = None,
    keep: KeepWhich = Keep.longest,
    priority_field: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="The field that says what is kept, before --keep: the least value, as the earliest date.",
            rich_help_panel=RECORDS,
        ),
    ] = None,
    descending: Annotated[
        bool, typer.Option("--descending", help="Let the greatest priority come first.", rich_help_panel=RECORDS)
    ] = False,
    only_across: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="A field: documents that have the same value there never drop each other.",
            rich_help_panel=DUPLICATES,
        ),
    ] = None,
    only_within: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="A field: only documents that have the same value there drop each other.",
            rich_help_panel=DUPLICATES,
        ),
    ] = None,
    threshold: Threshold = None,
    min_containment: MinContainment = None,
    content: ContentOption = None,
    config: ConfigFile = None,
    boilerplate: BoilerplateChoice = None,
    work: Annotated[
        Path | None,
        typer.Option(
            parser=named_path,
            metavar="DIR",
            help="Where the job keeps texts and sketches until it is done; by default beside the output. A job that "
            "was ended goes on by the same command.",
            rich_help_panel=JOB,
        ),
    ] = None,
    restart: Annotated[
        bool,
        typer.Option(
            "--restart", help="Throw away what an ended job left, and start from the beginning.", rich_help_panel=JOB
        ),
    ] = False,
    memory: Annotated[
        int | None,
        typer.Option(
            parser=size_in_bytes,
            metavar="SIZE",
            help="How much memory the work may take that can be cut into parts, at least 64MiB; by default a quarter "
            "of the machine's. Documents that may have candidates take about 400 bytes each besides.",
            rich_help_panel=JOB,
        ),
    ] = None,
    threads: Threads = None,
    log_json: Annotated[
        bool,
        typer.Option("--log-json", help="Write the progress as JSON lines to standard error.", rich_help_panel=JOB),
    ] = False,
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
    """Write files again without the documents that are duplicates of others in them.

    Of several documents that are identical, near each other or contained in one another one is kept, and what is kept
    is written in the format and the order of the input. Beside it stand NAME.duplicates.jsonl, NAME.rejects.jsonl and
    NAME.summary.json. The corpus may be larger than memory.

    Exit codes: 0 done, 1 some inputs failed (each is named on standard error), 2 wrong usage, 130 interrupted.
    """
    idle = {"dry_run": "with --sample, which writes nothing"} if sample else {"seed": "without --sample"}
    if mark:
        idle["empty"] = "with --mark, which writes all documents"
    if dry_run:
        idle |= dict.fromkeys(("mark", "empty"), "with --dry-run, which writes no documents")
    if priority_field is None:
        idle["descending"] = "without --priority-field"
    refuse_idle(ctx, idle)
    if STDIN in (*paths, *(against or ())):
        raise typer.BadParameter("standard input can be read only once; save it in a file", param_hint="PATH")
    if only_across and only_within:
        raise typer.BadParameter("excludes --only-within; give one of the two", param_hint="--only-across")
    if index and (paragraphs or boilerplate == AUTO_BOILERPLATE):
        hint = "--paragraphs" if paragraphs else "--boilerplate auto"
        raise typer.BadParameter("excludes --index: what is taken out depends on the run", param_hint=hint)
    if memory is not None and memory < LEAST_MEMORY:
        raise typer.BadParameter("is less than 64MiB", param_hint="--memory")
    Reading(
        [*paths, *(against or ())],
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
    ).sources(ctx)
    is_found = boilerplate == AUTO_BOILERPLATE
    known = Path(boilerplate) if boilerplate and not is_found else None
    decides = config, threshold, min_containment, content, known
    settings = None if index and not any(decides) else read_config(*decides)
    folder = folder_of(output, work)
    with shown_stages(as_json=log_json) as progress, _told_how_to_go_on(folder, restart=restart):
        summary = dedup_files(
            paths,
            output,
            text_field=text_field,
            id_field=id_field,
            title_field=title_field,
            keep=keep.value,
            priority_field=priority_field,
            descending=descending,
            only_across=only_across,
            only_within=only_within,
            against=against or (),
            index=index,
            config=settings,
            boilerplate=AUTO_BOILERPLATE if is_found else None,
            clean=clean.value if clean else None,
            paragraphs=paragraphs.value if paragraphs else None,
            empty=empty.value,
            mark=mark,
            dry_run=dry_run,
            overwrite=overwrite,
            duplicates=duplicates.value,
            glob=glob,
            input_format=KINDS[input_format],
            encoding=encoding,
            extract=extract,
            max_document_size=max_document_size,
            max_unpacked_size=max_unpacked_size,
            strict=strict,
            sample=sample,
            seed=seed,
            work=work,
            restart=restart,
            memory=memory,
            threads=threads,
            progress=progress,
        )
    for file in summary.failed:
        complain(InputError(cast("str", file.failed), file=file.file, line=file.line, parameter=file.parameter))
    if said := warning(summary):
        print(f"neardup: {said}", file=sys.stderr)
    if sample:
        write_sample(sys.stdout, summary)
    else:
        write_summary(sys.stdout, summary)
    if summary.failed:
        raise typer.Exit(1)


@contextmanager
def _told_how_to_go_on(folder: Path, *, restart: bool) -> Iterator[None]:
    """Say of a job that a signal ends what to run next."""
    try:
        yield
    except Ended as ended:
        if ended.message is None or not holds_job(folder):
            raise
        same = "the same command without --restart" if restart else "the same command"
        raise Ended(ended.code, f"{ended.message}; {same} goes on from there") from None
