"""Sources: the files that paths and folders stand for, each once, in order."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
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
        The path as it was given or found, with escapes for bytes that are no text; ``-`` for standard input.
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
        Which files of a folder are taken: shell patterns, one of which must fit the name.
    kind
        What all of them are; by default JSON lines if the name says so, else a text.

    Yields
    ------
    Source or InputError
        The error where a path does not exist, or a folder has no such file.
    """
    seen: set[Path] = set()
    for path in paths:
        if path == STDIN:
            found = [Source(STDIN, None, Path(f"stdin.{'jsonl' if kind == 'jsonl' else 'txt'}"), kind or "text")]
        elif Path(path).is_dir():
            files = {file for pattern in patterns for file in Path(path).rglob(pattern) if file.is_file()}
            found = [_source(file, file.relative_to(path), kind) for file in sorted(files)]
            if not found:
                wanted = " or ".join(patterns)
                yield InputError(f"no file in this folder is named {wanted}; choose others with --glob", file=path)
        elif os.path.lexists(path):
            found = [_source(Path(path), Path(Path(path).name), kind, path)]
        else:
            found = []
            yield InputError("there is no such file or folder", file=path)
        for source in found:
            real = source.path.resolve() if source.path else Path(STDIN)
            if real not in seen:
                seen.add(real)
                yield source


def _source(path: Path, name: Path, kind: Kind | None, given: str | None = None) -> Source:
    is_lines = Path(name.name.lower().removesuffix(compression_of(name))).suffix in LINE_SUFFIXES
    id_ = os.fsencode(given or path).decode("utf-8", "backslashreplace")
    return Source(id_, path, name, kind or ("jsonl" if is_lines else "text"))
