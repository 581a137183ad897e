"""`neardup.dedup_files`: files in, the survivors out, with what was found beside them."""

from __future__ import annotations

import glob as shell
import os
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from neardup.checks import check_int
from neardup.config import Config, chosen_config
from neardup.errors import InputError
from neardup.io.bounded import MAX_DOCUMENT_BYTES, Bounds
from neardup.io.encodings import AUTO
from neardup.io.records import Fields
from neardup.io.sources import find_sources
from neardup.jobs.inputs import Wanted
from neardup.jobs.job import default_memory
from neardup.jobs.options import Options
from neardup.jobs.run import DedupRun, Writing

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from neardup._typing import Relation, Scope
    from neardup.content import Content
    from neardup.io.sources import Kind, Source
    from neardup.jobs.summary import DedupSummary
    from neardup.survivors import Keep

    Progress = Callable[[str, int, int], object]

LEAST_MEMORY = 1 << 26


def dedup_files(
    inputs: str | Path | Iterable[str | Path],
    output: str | Path,
    *,
    text_field: str | Sequence[str] = "text",
    id_field: str | None = None,
    title_field: str | None = None,
    keep: Keep = "longest",
    priority_field: str | None = None,
    descending: bool = False,
    only_across: str | None = None,
    only_within: str | None = None,
    against: str | Path | Iterable[str | Path] = (),
    threshold: float | None = None,
    min_containment: float | None = None,
    relations: Collection[Relation] | None = None,
    content: Content | None = None,
    config: Config | None = None,
    boilerplate: Literal["auto"] | None = None,
    clean: Scope | None = None,
    empty: Literal["keep", "drop"] = "keep",
    mark: bool = False,
    dry_run: bool = False,
    overwrite: bool = False,
    duplicates: Literal["jsonl", "parquet"] = "jsonl",
    glob: str | Sequence[str] | None = None,
    input_format: Kind | None = None,
    encoding: str = AUTO,
    extract: bool = False,
    max_document_size: int = MAX_DOCUMENT_BYTES,
    max_unpacked_size: int | None = None,
    strict: bool = False,
    sample: int = 0,
    seed: int = 0,
    work: str | Path | None = None,
    restart: bool = False,
    memory: int | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> DedupSummary:
    """Write files again without the documents that are duplicates of others in them.

    The answer is that of `neardup.find_duplicates` on the same documents, for any number of files of any size: texts
    and sketches are kept on the disk until the job is done. A run that was killed is gone on with by the same call.

    Parameters
    ----------
    inputs
        Files, folders and shell patterns: JSON lines, a JSON array, CSV, TSV or Parquet, compressed with gzip or
        Zstandard or not; or text files in any encoding that the command reads.
    output
        A file, in which the survivors of all inputs are joined; or a folder, in which every input has its own name. The
        format, the order, and every field and line that nothing changes stay as they are.
    text_field
        Where records have their text: a field, ``meta.body`` for one inside another; or several, joined by line breaks.
    id_field, title_field
        The fields with ids, each once, and with titles. By default an id is ``file:line``.
    keep, threshold, min_containment, relations, config, boilerplate
        See `neardup.find_duplicates`.
    content
        See `neardup.Config`.
    priority_field, descending
        The field that comes before `keep`, the least value first; or the greatest, with `descending`.
    only_across, only_within
        A field: documents that have the same value in it never drop each other, or only these do.
    against
        Earlier corpora, as `inputs` are given. What is like a document there is a duplicate; they are not written, and
        not judged themselves.
    clean
        What each text prints again is taken out first, as `neardup.DocumentRepeats.clean` says: what is compared and
        written is the rest.
    empty
        Whether documents without any text are written.
    mark
        Write all documents, with new fields that say what each is; see the README.
    dry_run
        Write no documents, but what stands beside them.
    overwrite
        Whether what is written may replace files. An input is never replaced.
    duplicates
        How the list of duplicates is written.
    glob, input_format, encoding, extract, max_document_size, max_unpacked_size
        Which files of a folder are read, and how: the options of the command.
    strict
        Whether a record or a file that cannot be read ends the run; else it is listed in the rejects.
    sample, seed
        Draw so many duplicates by a seed, give them in ``sample`` of the summary with both texts, and stop before
        anything is written. The job stays as it is, and the same call without it goes on.
    work
        The folder for what the job needs on the disk, by default beside the output; removed when all is done. The
        folder above it is there already, and what else is in it is not touched.
    restart
        Whether what an earlier run left there is thrown away. What it has written already is replaced.
    memory
        How many bytes the job may take beside what Python and the libraries do, at least 64 MiB; by default a quarter
        of the machine's.
    threads
        At least 1; None for as many as this process may use. Nothing that is written depends on it, nor on `memory`.
    progress
        Called now and then with a stage, what is done of it and all: ``reading`` and ``writing`` in bytes, the others
        in documents.

    Returns
    -------
    DedupSummary
        What is in the summary that is written too.

    Raises
    ------
    InputError
        If an input is missing, an id occurs twice, or with `strict` anything cannot be read; names it.
    OutputError
        If an output exists, cannot be written, or there is no room on the disk.
    MismatchError
        If the folder of the job holds what another call left that was not done, or an input changes while the job
        runs; says what differs.
    TypeError, ValueError
        If an option is none.

    Notes
    -----
    Beside the output stand ``NAME.duplicates.jsonl`` (or ``.parquet``), ``NAME.rejects.jsonl`` and
    ``NAME.summary.json``, where ``NAME`` is that of the output without its suffixes.
    """
    if keep not in ("longest", "first"):
        raise ValueError(f"keep must be 'longest' or 'first', not {keep!r}")
    if empty not in ("keep", "drop") or duplicates not in ("jsonl", "parquet"):
        message = "empty must be 'keep' or 'drop', and duplicates 'jsonl' or 'parquet', "
        raise ValueError(message + f"not {empty!r} and {duplicates!r}")
    if only_across and only_within:
        raise ValueError("only_across and only_within exclude each other; give one of them")
    names = (text_field,) if isinstance(text_field, str) else tuple(text_field)
    wanted = Wanted(
        Fields(names, id_field, title_field),
        priority_field,
        only_across or only_within,
        encoding,
        Bounds(max_document_size, max_unpacked_size),
        extract,
    )
    patterns = [glob] if isinstance(glob, str) else glob
    earlier, given = (_sources(paths, patterns, input_format, extract=extract) for paths in (against, inputs))
    options = Options(
        wanted,
        chosen_config(config).with_overrides(
            threshold=threshold, min_containment=min_containment, relations=relations, content=content
        ),
        keep,
        descending,
        clean,
        boilerplate,
        "across" if only_across else "within" if only_within else None,
        len(earlier),
        strict,
    )
    is_folder = any(map(os.path.isdir, _listed(inputs)))
    run = DedupRun(
        earlier,
        given,
        options,
        Writing(os.fspath(output), empty, mark, duplicates, overwrite or sample > 0, is_folder),
        None if work is None else Path(work),
        memory=default_memory() if memory is None else check_int("memory", memory, low=LEAST_MEMORY, high=1 << 60),
        threads=threads,
        progress=progress,
    )
    with run.opened(restart=restart):
        run.find()
        if sample:
            return run.summary(sample=run.sample(check_int("sample", sample), check_int("seed", seed, low=0)))
        return run.write(dry_run=dry_run)


def _listed(paths: str | Path | Iterable[str | Path]) -> list[str]:
    return [os.fspath(path) for path in ([paths] if isinstance(paths, (str, Path)) else paths)]


def _sources(
    paths: str | Path | Iterable[str | Path], patterns: Sequence[str] | None, kind: Kind | None, *, extract: bool
) -> list[Source]:
    """Find files; a name that no file has may be a shell pattern.

    Raises
    ------
    InputError
        If one is missing.
    """
    listed = []
    for path in _listed(paths):
        is_pattern = not os.path.lexists(path) and shell.has_magic(path)
        found = shell.glob(path, recursive=True) if is_pattern else []  # noqa: PTH207 - of any path
        listed += sorted(found) or [path]
    sources = []
    for source in find_sources(listed, patterns, kind, pages=extract):
        if isinstance(source, InputError):
            raise source
        sources.append(source)
    return sources
