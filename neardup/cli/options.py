"""Options that several commands have, and what is made of them."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated

import typer

from neardup.cli.boilerplate import read_boilerplate
from neardup.cli.faults import described
from neardup.config import Config
from neardup.errors import InputError, NeardupError
from neardup.io.bounded import read_settings
from neardup.io.encodings import AUTO, codec_name
from neardup.report.terminal import visible

_MAX_DIGITS = 15


def _known_encoding(name: str) -> str:
    try:
        return name if name == AUTO else codec_name(name)
    except (LookupError, ValueError) as error:
        raise typer.BadParameter(f"{error}; for example gb18030, big5, utf-16-le") from error


def _size(given: str | int) -> int:
    if isinstance(given, int):  # the default
        return given
    number = given.strip().upper().removesuffix("B")
    binary = number.endswith("I")
    number = number.removesuffix("I")
    power = " KMGT".find(number[-1:]) if number[-1:] in {"K", "M", "G", "T"} else 0
    digits = number[:-1] if power else number
    if not digits.strip().isdecimal() or len(digits) > _MAX_DIGITS or int(digits) == 0 or (binary and not power):
        raise typer.BadParameter(f"{given!r} is no size above 0; for example 500MB, 2GiB or 4096")
    size: int = int(digits) * (1024 if binary else 1000) ** power
    return size


def _share(value: float | None) -> float | None:
    if value is not None and not 0 < value <= 1:
        raise typer.BadParameter(f"{value} is not above 0 and at most 1")
    return value


Encoding = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        callback=_known_encoding,
        help="The encoding of text files. auto is for Chinese: UTF-8, GB18030 (GBK), Big5 or UTF-16. A byte order "
        "mark decides over both. JSON lines are UTF-8 always.",
        rich_help_panel="Reading",
    ),
]

MaxDocumentSize = Annotated[
    int,
    typer.Option(
        parser=_size,
        metavar="SIZE",
        show_default="100MB",
        help="A text file or a JSON line that is larger, decompressed, is an error, and the rest goes on.",
        rich_help_panel="Reading",
    ),
]

MaxUnpackedSize = Annotated[
    int | None,
    typer.Option(
        parser=_size,
        metavar="SIZE",
        help="A compressed file of JSON lines that holds more is an error from there on. By default 200 times its own "
        "size, and at least 100MB.",
        rich_help_panel="Reading",
    ),
]

Extract = Annotated[
    bool,
    typer.Option(
        "--extract",
        help="Take the article out of HTML pages, with trafilatura; without it they are refused.",
        rich_help_panel="Reading",
    ),
]

Threshold = Annotated[
    float | None,
    typer.Option(
        metavar="X",
        callback=_share,
        help="The Jaccard similarity from which on two are near, at most 1; 0.8 by default. For a lower one bands "
        "are chosen that find 99 % of the pairs at it, unless --config says which.",
        rich_help_panel="Duplicates",
    ),
]

MinContainment = Annotated[
    float | None,
    typer.Option(
        metavar="X",
        callback=_share,
        help="The part of a document's shingles from which on another one contains it, at most 1; 0.8 by default.",
        rich_help_panel="Duplicates",
    ),
]

ConfigFile = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE.toml",
        help="Everything that decides what is a duplicate: the fields of neardup.Config. --threshold and "
        "--min-containment override it.",
        rich_help_panel="Duplicates",
    ),
]


BoilerplateFile = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Take these paragraphs out of every document before it is compared: a file that scan wrote with "
        "--write-boilerplate. Overrides the boilerplate of --config.",
        rich_help_panel="Duplicates",
    ),
]


def read_config(
    path: Path | None, threshold: float | None, min_containment: float | None, boilerplate: Path | None
) -> Config:
    """Read the file, if there is one, and let the other options override it.

    Raises
    ------
    typer.BadParameter
        If a file cannot be read or is not what it should be, or the threshold is too low for the signatures.
    """
    try:
        config = (
            _read_toml(path) if path else Config.for_threshold(Config().threshold if threshold is None else threshold)
        )
    except NeardupError as error:
        message = f"{visible(str(error))}; it must be a TOML file with fields of neardup.Config, as in threshold = 0.8"
        raise typer.BadParameter(message, param_hint="--config") from error
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--threshold") from error
    try:
        hashes = read_boilerplate(boilerplate) if boilerplate else None
    except NeardupError as error:
        raise typer.BadParameter(visible(str(error)), param_hint="--boilerplate") from error
    try:
        return config.with_overrides(threshold=threshold, min_containment=min_containment, boilerplate=hashes)
    except (ArithmeticError, TypeError, ValueError) as error:
        raise typer.BadParameter(visible(str(error)), param_hint="--config") from error


def _read_toml(path: Path) -> Config:
    try:
        return Config.from_dict(tomllib.loads(read_settings(path)))
    except NeardupError:
        raise
    except Exception as error:  # nested too deeply, a number without end, and whatever else a file can hold
        said = str(error) if isinstance(error, (TypeError, ValueError)) else described(error)
        raise InputError(said, file=str(path)) from error
