"""Options that several commands have, and what is made of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neardup.cli.boilerplate import read_boilerplate
from neardup.config import Config
from neardup.errors import NeardupError
from neardup.io.encodings import AUTO, codec_name
from neardup.report.terminal import visible


def _known_encoding(name: str) -> str:
    try:
        return name if name == AUTO else codec_name(name)
    except LookupError as error:
        raise typer.BadParameter(f"{error}; for example gb18030, big5, utf-16-le") from error


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
            Config.load(path) if path else Config.for_threshold(Config().threshold if threshold is None else threshold)
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
    return config.with_overrides(threshold=threshold, min_containment=min_containment, boilerplate=hashes)
