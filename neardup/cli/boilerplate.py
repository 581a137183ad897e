"""Files of boilerplate: what ``neardup scan`` found in one run, for people to read and for other runs to leave out.

A line each, tab-separated: the hash of a paragraph, in how many documents its group stands, and the text of the group.
Only the hash is read, so that lines can be taken out and the rest be written by hand.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from neardup.errors import InputError
from neardup.folding import folding_versions
from neardup.io.atomic import WholeFile
from neardup.io.bounded import read_settings
from neardup.io.sources import path_id
from neardup.report.escapes import visible

if TYPE_CHECKING:
    from pathlib import Path

    from neardup.io.claims import Claims
    from neardup.paragraphs.groups import RepeatedParagraphs

_HASH = re.compile(r"[0-9a-f]{16}(?=\s|$)")
_SCHEME = "folding scheme "


def boilerplate_file(path: Path, *, overwrite: bool, claims: Claims) -> WholeFile:
    """Begin a file.

    Raises
    ------
    OutputError
        If the file is something else already, exists and `overwrite` is false, or cannot be written.
    """
    claims.take(path, "--write-boilerplate")
    return WholeFile(path, overwrite=overwrite)


def write_boilerplate(file: WholeFile, found: RepeatedParagraphs) -> None:
    """Complete a file with the paragraphs that are boilerplate.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    lines = [f"# boilerplate of neardup, {_SCHEME}{folding_versions()['scheme']}: hash, documents, text"]
    for group in found.groups:
        if group.is_boilerplate:
            text = visible(" ".join(group.text.split()))
            hashes = sorted({occurrence.hash for occurrence in group.occurrences})
            lines += [f"{value}\t{group.documents}\t{text}" for value in hashes]
    file.write(("\n".join(lines) + "\n").encode("utf-8"))
    file.commit()


def read_boilerplate(path: Path) -> tuple[str, ...]:
    """Read the hashes; lines that are empty or start with ``#`` are passed over.

    Raises
    ------
    InputError
        If the file cannot be read, was made with another folding scheme, or a line starts with no hash; names it.
    """
    lines = read_settings(path).splitlines()
    ours = str(folding_versions()["scheme"])
    hashes = []
    for number, line in enumerate(lines, start=1):
        _, says, rest = line.rpartition(_SCHEME)
        scheme = rest.split(maxsplit=1)[0].rstrip(":") if says and rest.strip() else ours
        if line.startswith("#") and scheme != ours:
            message = f"made with folding scheme {scheme}, and this is {ours}; "
            raise InputError(message + "find the boilerplate again", file=path_id(path), line=number)
        if not line.strip() or line.startswith("#"):
            continue
        if not (match := _HASH.match(line)):
            message = "a line starts with the hash of a paragraph, 16 hexadecimal digits"
            raise InputError(message, file=path_id(path), line=number)
        hashes.append(match[0])
    return tuple(hashes)
