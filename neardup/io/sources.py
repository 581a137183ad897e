"""Sources: the files that paths and folders stand for, each once, in order."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Literal

from neardup.errors import InputError
from neardup.io.compression import SUFFIXES, compression_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

STDIN = "-"

LINE_SUFFIXES = (".jsonl", ".ndjson")

PATTERNS = tuple(f"*{kind}{packed}" for kind in (".txt", *LINE_SUFFIXES) for packed in ("", *SUFFIXES))
"""Which files of a folder are read."""

Kind = Literal["text", "jsonl"]


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
        A text, or JSON lines.
    """

    id: str
    path: Path | None
    name: Path
    kind: Kind

    @property
    def compression(self) -> str:
        """How it is compressed, as `neardup.io.compression` names it."""
        return compression_of(self.name)


def find_sources(
    paths: Iterable[str], patterns: Sequence[str] = PATTERNS, kind: Kind | None = None
) -> Iterator[Source | InputError]:
    """Find the files that paths stand for, each once, in order; folders are searched to the bottom.

    Parameters
    ----------
    paths
        Files, folders, or ``-`` for standard input.
    patterns
        Which files of a folder are taken: shell patterns, one of which must fit the name. A pattern with a ``/`` must
        fit the end of the path.
    kind
        What all of them are; by default JSON lines if the name says so, else a text.

    Yields
    ------
    Source or InputError
        The error where a path does not exist, a folder cannot be read, or has no such file.
    """
    seen: set[Path] = set()
    for path in paths:
        for source in _found(path, patterns, kind):
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


def _found(path: str, patterns: Sequence[str], kind: Kind | None) -> Iterator[Source | InputError]:
    if path == STDIN:
        yield Source(STDIN, None, Path(f"stdin.{'jsonl' if kind == 'jsonl' else 'txt'}"), kind or "text")
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
        yield _source(Path(path), Path(Path(path).name), kind, path)
        return
    files: list[Path] = []
    for found in _files_below(path, [PurePath(pattern).parts for pattern in patterns]):
        if isinstance(found, InputError):
            yield found
        else:
            files.append(found)
    yield from (_source(file, file.relative_to(path), kind) for file in sorted(files))
    if not files:
        wanted = " or ".join(patterns)
        message = f"no file in this folder is named {wanted}; choose others"
        yield InputError(message, file=path_id(path), parameter="glob")


def _files_below(folder: str, patterns: Sequence[tuple[str, ...]]) -> Iterator[Path | InputError]:
    """Find the files whose paths end as a pattern says, and the folders that cannot be read."""
    waiting: list[tuple[str, ...]] = [()]
    while waiting:
        above = waiting.pop()
        try:
            with os.scandir(Path(folder, *above)) as entries:
                for entry in entries:
                    names = (*above, entry.name)
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(names)
                    elif any(_fits(names, pattern) for pattern in patterns) and _is_file(Path(entry.path)):
                        yield Path(entry.path)
        except OSError as error:
            yield InputError(f"the folder cannot be read: {error.strerror}", file=path_id(Path(folder, *above)))


def _is_file(path: Path) -> bool:
    """Tell whether it is to be read: also where a link leads nowhere or there is no right, so that this is named."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return True


def _fits(names: tuple[str, ...], pattern: tuple[str, ...]) -> bool:
    """Tell whether the last names of a path fit a pattern, in which ``**`` stands for any names or none."""
    if not pattern:
        return True
    if pattern[-1] == "**":
        return any(_fits(names[:stop], pattern[:-1]) for stop in range(len(names), -1, -1))
    return bool(names) and fnmatchcase(names[-1], pattern[-1]) and _fits(names[:-1], pattern[:-1])


def _source(path: Path, name: Path, kind: Kind | None, given: str | None = None) -> Source:
    is_lines = Path(name.name.lower().removesuffix(compression_of(name))).suffix in LINE_SUFFIXES
    return Source(path_id(given or path), path, name, kind or ("jsonl" if is_lines else "text"))


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
