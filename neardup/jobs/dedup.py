"""`neardup.dedup_files`: files in, the survivors out, with what was found beside them."""

from __future__ import annotations

import glob as shell
import os
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from neardup.checks import check_int, thread_count
from neardup.config import Config, chosen_config
from neardup.errors import InputError, NeardupError
from neardup.io.bounded import MAX_DOCUMENT_BYTES, Bounds
from neardup.io.encodings import AUTO
from neardup.io.extras import needs_extra
from neardup.io.records import Fields
from neardup.io.sources import find_sources, real_path
from neardup.jobs.indexes import config_of, source_of, told_apart
from neardup.jobs.inputs import Wanted
from neardup.jobs.job import default_memory
from neardup.jobs.options import Options
from neardup.jobs.places import Writing, folder_of
from neardup.jobs.run import DedupRun
from neardup.stores.addresses import is_address

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

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
    index: str | Path | None = None,
    threshold: float | None = None,
    min_containment: float | None = None,
    relations: Collection[Relation] | None = None,
    content: Content | None = None,
    config: Config | None = None,
    boilerplate: Literal["auto"] | None = None,
    clean: Scope | None = None,
    paragraphs: Literal["boilerplate", "repeated"] | None = None,
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
        format, the order, and every field and line that nothing changes stay as they are. Inside a folder that is an
        input, or among the files of a shell pattern, what the job itself writes is passed over.
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
        Earlier corpora, as `inputs` are given, and files of a `neardup.Index`. What is like a document there is a
        duplicate; they are not written, and not judged themselves. Their ids may be those of inputs too. Documents of
        an index have null in all fields but the text, the id and the title.
    index
        The file of a `neardup.Index`, which is made if there is none. It is an earlier corpus too, the last one, and
        decides by its own config unless one is given, which must be the same. When the output is written, the survivors
        are added to it. What it holds of the inputs already, by id and text, is no earlier document: the same call
        writes the same again. An id of an input that is stored there with another text is an error.
    clean
        What each text prints again is taken out first, as `neardup.DocumentRepeats.clean` says: what is compared and
        written is the rest.
    paragraphs
        Paragraphs that several documents have are taken out then, but where each stands first:
        `neardup.find_repeated_paragraphs` finds them, and ``"boilerplate"`` is what it calls so, ``"repeated"`` all of
        them. Memory grows with the number of different paragraphs.
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
        Bytes for the work that can be cut into parts, at least 64 MiB; by default a quarter of the machine's. At most
        a sixteenth, and no more than 16 MiB, is of texts that are read together, and a quarter is for keys that are
        compared together. What grows with the number of documents comes on top: about 30 bytes for each, and 400 and a
        third of its text for one that may have candidates; and so do Python and the libraries, some 100 MB.
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
    NeardupError
        If pyarrow is not installed, which the extra ``files`` brings.
    MismatchError
        If an index was made with another config or under other definitions, the folder of the job holds what
        another call left that was not done, or an input or an index changes while the job runs; says what differs.
    TypeError, ValueError
        If an option is none.

    Notes
    -----
    Beside the output stand ``NAME.duplicates.jsonl`` (or ``.parquet``), ``NAME.rejects.jsonl``,
    ``NAME.summary.json`` and, of boilerplate that was found, ``NAME.boilerplate.txt``, where ``NAME`` is that of the
    output without its suffixes.
    """
    for name, value, choices in (
        ("keep", keep, ("longest", "first")),
        ("empty", empty, ("keep", "drop")),
        ("duplicates", duplicates, ("jsonl", "parquet")),
        ("clean", clean, (None, "body", "passages", "all")),
        ("paragraphs", paragraphs, (None, "boilerplate", "repeated")),
        ("boilerplate", boilerplate, (None, "auto")),
    ):
        if value not in choices:
            raise ValueError(f"{name} must be one of {', '.join(map(repr, choices))}, not {value!r}")
    if only_across and only_within:
        raise ValueError("only_across and only_within are both given; leave one out")
    if index is not None and (paragraphs or boilerplate):
        other = "paragraphs" if paragraphs else "boilerplate"
        raise ValueError(f"index and {other} are both given, and what is taken out depends on the run; leave one out")
    sample, seed = check_int("sample", sample, low=0), check_int("seed", seed, low=0)
    memory = default_memory() if memory is None else check_int("memory", memory, low=LEAST_MEMORY, high=1 << 60)
    thread_count(threads)
    names = (text_field,) if isinstance(text_field, str) else tuple(text_field)
    if not names:
        raise ValueError("text_field names no field")
    listed = _listed(inputs)
    if any(map(is_address, (*listed, *_listed(against), *([] if index is None else [index])))):
        raise InputError("a job does not read or fill an index on a server; write it into a file first (Index.backup)")
    is_folder = any(map(os.path.isdir, listed))
    writing = Writing(os.fspath(output), empty, mark, duplicates, overwrite or sample > 0, is_folder)
    own_folder = None if work is None else Path(work)
    patterns = [glob] if isinstance(glob, str) else glob
    earlier, given = (
        _sources(
            paths,
            patterns,
            input_format,
            partial(writing.own_in, folder_of(writing.output, own_folder)),
            extract=extract,
        )
        for paths in (_listed(against), listed)
    )
    earlier = [told_apart(source) for source in earlier]
    _check_sources(earlier, given, index)
    if index is not None:
        config = config or config_of(index)
        earlier.append(source_of(index))
    has_index = any(source.kind == "index" for source in earlier)
    if has_index and only_within:
        message = f'documents of an index have no field "{only_within}", so they would drop nothing; leave one out'
        raise InputError(message, parameter="only_within")
    decides = chosen_config(config).with_overrides(
        threshold=threshold, min_containment=min_containment, relations=relations, content=content
    )
    if index is not None:
        config_of(index, decides)
    options = Options(
        Wanted(
            Fields(names, id_field, title_field),
            priority_field,
            only_across or only_within,
            encoding,
            Bounds(max_document_size, max_unpacked_size),
            extract,
            has_index,
        ),
        decides,
        keep,
        descending,
        clean,
        paragraphs,
        boilerplate,
        "across" if only_across else "within" if only_within else None,
        len(earlier),
        strict,
        index is not None,
    )
    _check_libraries()
    with _errors_named(options):
        run = DedupRun(
            earlier,
            given,
            options,
            writing,
            own_folder,
            memory=memory,
            threads=threads,
            progress=progress,
        )
        with run.opened(restart=restart):
            run.find()
            if sample:
                return run.summary(sample=run.sample(sample, seed))
            return run.write(dry_run=dry_run)


def _check_libraries() -> None:
    try:
        import pyarrow  # noqa: F401 - the kernels read texts on the disk through it
    except ImportError as error:
        raise NeardupError(f"deduplicating files {needs_extra('files')}") from error


@contextmanager
def _errors_named(options: Options) -> Iterator[None]:
    try:
        yield
    except NeardupError as error:
        error.parameter = options.named(error.parameter)
        raise


def _listed(paths: str | Path | Iterable[str | Path]) -> list[str]:
    return [os.fspath(path) for path in ([paths] if isinstance(paths, (str, Path)) else paths)]


def _sources(
    paths: Iterable[str],
    patterns: Sequence[str] | None,
    kind: Kind | None,
    own_in: Callable[[str], Callable[[Path], bool]],
    *,
    extract: bool,
) -> list[Source]:
    """Find files; a name that no file has may be a shell pattern.

    Parameters
    ----------
    paths, patterns, kind, extract
        See `neardup.io.sources.find_sources`.
    own_in
        Gives for a path what tells which files found by it the job itself writes: in a folder they are passed over.

    Raises
    ------
    InputError
        If one is missing.
    """
    sources: dict[Path, Source] = {}
    for path in paths:
        is_pattern = not os.path.lexists(path) and shell.has_magic(path)
        found = shell.glob(path, recursive=True) if is_pattern else []  # noqa: PTH207 - of any path
        is_own = own_in(path) if found or Path(path).is_dir() else None
        for source in find_sources(sorted(found) or [path], patterns, kind, pages=extract):
            if isinstance(source, InputError):
                raise source
            if source.path is None:
                raise InputError("can be read only once, and is read twice; save it in a file", file=source.id)
            real = real_path(source.path)
            if is_own is None or not is_own(real):
                sources.setdefault(real, source)
    return list(sources.values())


def _check_sources(earlier: Sequence[Source], given: Sequence[Source], index: str | Path | None) -> None:
    """See that there are inputs, that they are there, that none is an earlier corpus, and nothing the index.

    Raises
    ------
    InputError
        If not; names the file.
    """
    if not given:
        raise InputError("there is no input; give files or folders")
    known = {real_path(source.path) for source in earlier if source.path}
    for source in (*earlier, *given):
        if source.path and not source.path.exists():
            raise InputError("there is no such file or folder", file=source.id)
    for source in given:
        if source.path and real_path(source.path) in known:
            raise InputError("is an earlier corpus too; leave it out of one of the two", file=source.id)
    for source in (*earlier, *given):
        if index is not None and source.path and real_path(source.path) == real_path(Path(index)):
            raise InputError("is the index too that survivors are added to; leave it out here", file=source.id)
