"""Files of boilerplate: the hash of a paragraph a line, the number of documents that it stands in, and its text.

Only the hash is read, so that lines can be taken out and the rest be written by hand.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from neardup.errors import InputError
from neardup.folding import folding_versions
from neardup.io.bounded import read_settings
from neardup.io.escapes import visible
from neardup.io.sources import path_id

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from neardup.io.atomic import WholeFile

_HASH = re.compile(r"[0-9a-f]{16}(?=\s|$)")
_SCHEME = "folding scheme "


def write_boilerplate(file: WholeFile, paragraphs: Iterable[tuple[str, int, str]]) -> None:
    """Write paragraphs to a file: of each its hash, the number of its documents, and its text.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    lines = [f"# boilerplate of neardup, {_SCHEME}{folding_versions()['scheme']}: hash, documents, text"]
    lines += [f"{value}\t{documents}\t{visible(' '.join(text.split()))}" for value, documents, text in paragraphs]
    file.write(("\n".join(lines) + "\n").encode("utf-8"))


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
