"""Sources: the files that paths and folders stand for, each once, in order."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Literal

from neardup.errors import InputError
from neardup.io.compression import SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from neardup.io.records import RecordFile

    _Fits = Callable[[tuple[str, ...]], bool]

STDIN = "-"

Kind = Literal["text", "jsonl", "json", "csv", "tsv", "parquet", "index"]

KINDS_BY_SUFFIX: dict[str, Kind] = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
    ".csv": "csv",
    ".tsv": "tsv",
    ".parquet": "parquet",
}
"""What files are whose names end so, unless they hold something that can be told."""

SUFFIXES_READ = (".txt", *KINDS_BY_SUFFIX)
PAGE_SUFFIXES = (".html", ".htm", ".xhtml")
"""Which files of a folder are read, compressed or not and in letters of any case; the second ones only if asked for."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file that texts are read from.

    Attributes
    ----------
    id
        The path as it was given or found, as `path_id` writes it; ``-`` for standard input.
    path
        Where it is; nowhere for standard input.
    name
        Where its cleaned text goes below the output folder: the path below the folder that was given, or the
        file's own name.
    kind
        What it is, if that is known.
    compression
        How it is compressed, as `neardup.io.compression` names it; known once it was opened.
    encoding, has_mark
        Of records: as what they are written, and whether with a byte order mark.
    records
        How its records are read, if it was opened and holds some.
    """

    id: str
    path: Path | None
    name: Path
    kind: Kind | None = None
    compression: str = ""
    encoding: str = "utf-8"
    has_mark: bool = False
    records: RecordFile | None = field(default=None, compare=False, repr=False)


def find_sources(
    paths: Iterable[str], patterns: Sequence[str] | None = None, kind: Kind | None = None, *, pages: bool = False
) -> Iterator[Source | InputError]:
    """Find the files that paths stand for, each once, in order; folders are searched to the bottom.

    Parameters
    ----------
    paths
        Files, folders, or ``-`` for standard input.
    patterns
        Which files of a folder are taken: shell patterns, one of which must fit the name. A pattern with a ``/`` must
        fit the end of the path. By default those whose names end as `SUFFIXES_READ` says.
    kind
        What all of them are; by default what they hold says it.
    pages
        Whether pages in HTML are taken by default too.

    Yields
    ------
    Source or InputError
        The error where a path does not exist, a folder cannot be read, or has no such file.
    """
    seen: set[Path] = set()
    suffixes = SUFFIXES_READ + PAGE_SUFFIXES * pages
    fits = _fits_suffix(suffixes) if patterns is None else _fits_pattern(patterns)
    wanted = " or ".join(f"*{suffix}" for suffix in suffixes) if patterns is None else " or ".join(patterns)
    for path in paths:
        for source in _found(path, fits, kind, wanted):
            if isinstance(source, InputError):
                yield source
                continue
            real = real_path(source.path) if source.path else Path(STDIN)
            if real not in seen:
                seen.add(real)
                yield source


def real_path(path: Path) -> Path:
    """Follow the links in a path, as far as it goes."""
    return Path(os.path.realpath(path))


def pattern_fault(pattern: str) -> str | None:
    """Say what is wrong with a pattern for the files of a folder, if something is."""
    parts = PurePath(pattern).parts
    if not parts:
        return "is empty"
    if PurePath(pattern).is_absolute() or ".." in parts:
        return "leads out of the folder; give another folder instead"
    return None


def _found(path: str, fits: _Fits, kind: Kind | None, wanted: str) -> Iterator[Source | InputError]:
    if path == STDIN:
        yield Source(STDIN, None, Path("stdin"), kind)
        return
    try:
        is_folder = stat.S_ISDIR(os.stat(path).st_mode)  # noqa: PTH116 - the path "" is the current folder
    except FileNotFoundError:
        if not os.path.lexists(path):
            yield InputError("there is no such file or folder", file=path_id(path) or "''")
            return
        is_folder = False
    except (OSError, ValueError) as error:
        yield InputError(f"cannot be read: {getattr(error, 'strerror', None) or error}", file=path_id(path))
        return
    if not is_folder:
        yield Source(path_id(path), Path(path), Path(Path(path).name), kind)
        return
    files: list[Path] = []
    is_read = True
    for found in _files_below(path, fits):
        if isinstance(found, InputError):
            is_read = False
            yield found
        else:
            files.append(found)
    yield from (Source(path_id(file), file, file.relative_to(path), kind) for file in sorted(files))
    if is_read and not files:
        message = f"no file in this folder is named {wanted}; choose others"
        yield InputError(message, file=path_id(path), parameter="glob")


def _files_below(folder: str, fits: _Fits) -> Iterator[Path | InputError]:
    """Find the files whose paths fit, and the folders that cannot be read."""
    waiting: list[tuple[str, ...]] = [()]
    while waiting:
        above = waiting.pop()
        try:
            with os.scandir(Path(folder, *above)) as entries:
                for entry in entries:
                    names = (*above, entry.name)
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(names)
                    elif fits(names) and _is_file(Path(entry.path)):
                        yield Path(entry.path)
        except OSError as error:
            yield InputError(f"the folder cannot be read: {error.strerror}", file=path_id(Path(folder, *above)))


def _is_file(path: Path) -> bool:
    """Tell whether it is to be read: also where a link leads nowhere or there is no right, so that this is named."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return True


def _fits_suffix(suffixes: Sequence[str]) -> _Fits:
    endings = tuple(suffix + packed for suffix in suffixes for packed in ("", *SUFFIXES))
    return lambda names: names[-1].lower().endswith(endings)


def _fits_pattern(patterns: Sequence[str]) -> _Fits:
    split = [PurePath(pattern).parts for pattern in patterns]
    return lambda names: any(_fits(names, pattern) for pattern in split)


def _fits(names: tuple[str, ...], pattern: tuple[str, ...]) -> bool:
    """Tell whether the last names of a path fit a pattern, in which ``**`` stands for any names or none."""
    if not pattern:
        return True
    if pattern[-1] == "**":
        return any(_fits(names[:stop], pattern[:-1]) for stop in range(len(names), -1, -1))
    return bool(names) and fnmatchcase(names[-1], pattern[-1]) and _fits(names[:-1], pattern[:-1])


def path_id(path: str | Path) -> str:
    r"""Give the id of a file: its path, with escapes for bytes that are no text; no two paths have one.

    Examples
    --------
    >>> print(path_id("新闻/一.txt"), path_id(os.fsdecode(b"c\xff.txt")), path_id(r"c\xff.txt"))
    新闻/一.txt c\xff.txt c\\xff.txt
    """
    name = os.fsencode(path)
    text = name.decode("utf-8", "backslashreplace")
    if "\\x" not in text:
        return text
    return name.replace(b"\\", b"\\\\").decode("utf-8", "backslashreplace")
