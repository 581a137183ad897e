"""The file that ``neardup paragraphs`` writes the boilerplate to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neardup.io.atomic import WholeFile

if TYPE_CHECKING:
    from pathlib import Path

    from neardup.io.claims import Claims
    from neardup.paragraphs.groups import RepeatedParagraphs


def boilerplate_file(path: Path, *, overwrite: bool, claims: Claims) -> WholeFile:
    """Begin a file.

    Raises
    ------
    OutputError
        If the file is something else already, exists and `overwrite` is false, or cannot be written.
    """
    claims.take(path, "--write-boilerplate")
    return WholeFile(path, overwrite=overwrite)


def boilerplate_in(found: RepeatedParagraphs) -> list[tuple[str, int, str]]:
    """Give the paragraphs that are boilerplate, near spellings too: hash, documents, text."""
    return [
        (value, group.documents, group.text)
        for group in found.groups
        if group.is_boilerplate
        for value in sorted({occurrence.hash for occurrence in group.occurrences})
    ]
