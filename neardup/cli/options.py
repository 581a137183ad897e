"""Options that several commands have, and what is made of them."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, cast

import typer

from neardup.checks import MAX_CHARS, MAX_COUNT, MAX_THREADS
from neardup.config import Config
from neardup.errors import InputError, NeardupError
from neardup.io.boilerplate import read_boilerplate
from neardup.io.bounded import read_settings
from neardup.io.encodings import AUTO, codec_name
from neardup.io.escapes import visible
from neardup.io.faults import described
from neardup.io.sources import Kind, path_id, pattern_fault
from neardup.stores.addresses import is_address

AUTO_BOILERPLATE: Literal["auto"] = "auto"

_MAX_DIGITS = 15


class Format(StrEnum):
    """How to report."""

    text = "text"
    json = "json"
    jsonl = "jsonl"


class InputFormat(StrEnum):
    """What the files are."""

    auto = "auto"
    text = "text"
    jsonl = "jsonl"
    json = "json"
    csv = "csv"
    tsv = "tsv"
    parquet = "parquet"


KINDS: dict[InputFormat, Kind | None] = {each: cast("Kind", each.value) for each in InputFormat} | {
    InputFormat.auto: None
}


class CleaningScope(StrEnum):
    """Which copies go."""

    body = "body"
    passages = "passages"
    all = "all"


class Removed(StrEnum):
    """Which of the paragraphs that several documents have go."""

    boilerplate = "boilerplate"
    repeated = "repeated"


class WhichContent(StrEnum):
    """What of a document is compared."""

    prose = "prose"
    all = "all"


class Keep(StrEnum):
    """Which of several duplicates is kept."""

    longest = "longest"
    first = "first"


def _inside(patterns: list[str] | None) -> list[str] | None:
    for pattern in patterns or ():
        if fault := pattern_fault(pattern):
            raise typer.BadParameter(f"{visible(pattern)!r} {fault}")
    return patterns


def _each_once(names: list[str]) -> list[str]:
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise typer.BadParameter(f"{visible(twice)!r} is given twice, so that every text would hold it twice")
    return names


def named_path(given: str | Path) -> Path:
    """Take the name of a file or a folder.

    Raises
    ------
    typer.BadParameter
        If it is empty, which would be the current folder, ``-``, which does not stand for a stream here, or a server.
    """
    if isinstance(given, str) and is_address(given):
        raise typer.BadParameter("is the address of a server; give the name of a file or a folder")
    if str(given) in {"", "-"}:
        fault = "is no stream" if str(given) else "is empty"
        raise typer.BadParameter(f"{fault}; give the name of a file or a folder")
    return Path(given)


def _boilerplate_file(given: str | Path) -> Path:
    if str(given) == AUTO_BOILERPLATE:
        raise typer.BadParameter("two texts do not show what is boilerplate; give a file (./auto if it is called that)")
    return named_path(given)


def _auto_or_file(given: str | None) -> str | None:
    if given is not None:
        named_path(given)
    return given


def _known_encoding(name: str) -> str:
    try:
        return name if name == AUTO else codec_name(name)
    except (LookupError, ValueError) as error:
        raise typer.BadParameter(f"{error}; for example gb18030, big5, utf-16-le") from error


def size_in_bytes(given: str | int) -> int:
    """Read a size: a number with or without a unit, as in 500MB or 2GiB.

    Raises
    ------
    typer.BadParameter
        If it is none.
    """
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


READING, RECORDS, DUPLICATES, PARAGRAPHS, WRITING = "Reading", "Records", "Duplicates", "Paragraphs", "Writing"
"""The sections of the help."""

Paths = Annotated[
    list[str],
    typer.Argument(
        metavar="PATH",
        help="Text files, files of records (JSON lines, a JSON array, CSV, TSV, Parquet), folders of them, or - for "
        "standard input; compressed with gzip or Zstandard or not.",
    ),
]

Output = Annotated[Format, typer.Option(metavar="|".join(Format), help="For people, one JSON object, or JSON lines.")]

Limit = Annotated[
    int,
    typer.Option(min=0, metavar="N", help="How many finds of a kind the text format shows, the largest; 0 shows all."),
]

Summary = Annotated[bool, typer.Option("--summary", help="Show the totals alone.")]

MinChars = Annotated[
    int,
    typer.Option(
        min=1,
        max=MAX_CHARS,
        metavar="N",
        help="The shortest passage that is a repeat, in characters without spaces and punctuation.",
    ),
]

Threads = Annotated[
    int | None,
    typer.Option(min=1, max=MAX_THREADS, metavar="N", help="Documents at once; by default as many as there are cores."),
]

Strict = Annotated[bool, typer.Option("--strict", help="Stop at the first input that fails.")]

Glob = Annotated[
    list[str] | None,
    typer.Option(
        metavar="PATTERN",
        callback=_inside,
        help="Which files of a folder to read, once or several times. By default those that end in .txt, .jsonl, "
        ".ndjson, .json, .csv, .tsv or .parquet, and pages with --extract; also with .gz or .zst, in any case.",
        rich_help_panel=READING,
    ),
]

Input = Annotated[
    InputFormat,
    typer.Option(
        metavar="FORMAT",
        help=f"What the files are: {', '.join(InputFormat)}. By default what they hold says it.",
        rich_help_panel=READING,
    ),
]

Encoding = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        callback=_known_encoding,
        help="The encoding of files. auto is for Chinese: UTF-8, GB18030 (GBK), Big5 or UTF-16; JSON is UTF-8. A "
        "byte order mark decides over both.",
        rich_help_panel=READING,
    ),
]

MaxDocumentSize = Annotated[
    int,
    typer.Option(
        parser=size_in_bytes,
        metavar="SIZE",
        show_default="100MB",
        help="A text file or a record that is larger, decompressed, is an error, and the rest goes on.",
        rich_help_panel=READING,
    ),
]

MaxUnpackedSize = Annotated[
    int | None,
    typer.Option(
        parser=size_in_bytes,
        metavar="SIZE",
        help="A compressed file of records that holds more is an error from there on. By default 200 times its own "
        "size, and at least 100MB.",
        rich_help_panel=READING,
    ),
]

Extract = Annotated[
    bool,
    typer.Option(
        "--extract",
        help="Take the article out of HTML pages, with trafilatura; without it they are refused.",
        rich_help_panel=READING,
    ),
]

TextField = Annotated[
    list[str],
    typer.Option(
        metavar="NAME",
        show_default="text",
        callback=_each_once,
        help="The field with the text; meta.body is body inside meta. Several, given one by one, are joined by line "
        "breaks.",
        rich_help_panel=RECORDS,
    ),
]

IdField = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="The field with the id, any scalar; no two may be equal. By default ids are FILE:LINE, and FILE:NUMBER "
        "in JSON arrays and Parquet.",
        rich_help_panel=RECORDS,
    ),
]

TitleField = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="The field with the title, where documents are compared: evidence, no part of the text. Where it is empty "
        "or null, and without this, the first line of the text is taken.",
        rich_help_panel=RECORDS,
    ),
]

Rejected = Annotated[
    Path | None,
    typer.Option(
        parser=named_path,
        metavar="FILE",
        help="Collect the bad records here, as JSON lines: file, line, error, raw.",
        rich_help_panel=RECORDS,
    ),
]

Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="Let what is written replace files.", rich_help_panel=WRITING)
]

KeepWhich = Annotated[
    Keep,
    typer.Option(
        metavar="|".join(Keep),
        help="Which of several to keep. longest: the one with the most text once its own repeats are taken out. "
        "first: the one that is read first.",
        rich_help_panel=DUPLICATES,
    ),
]

Threshold = Annotated[
    float | None,
    typer.Option(
        metavar="X",
        callback=_share,
        help="The Jaccard similarity from which on two are near, at most 1; 0.8 by default. For a lower one bands "
        "are chosen that find 99 % of the pairs at it, unless --config says which.",
        rich_help_panel=DUPLICATES,
    ),
]

MinContainment = Annotated[
    float | None,
    typer.Option(
        metavar="X",
        callback=_share,
        help="The part of a document's shingles from which on another one contains it, at most 1; 0.8 by default.",
        rich_help_panel=DUPLICATES,
    ),
]

ContentOption = Annotated[
    WhichContent | None,
    typer.Option(
        metavar="|".join(WhichContent),
        help="What is compared of a document. prose: its content, without addresses and markup. all: all of it. By "
        "default prose.",
        rich_help_panel=DUPLICATES,
    ),
]

ConfigFile = Annotated[
    Path | None,
    typer.Option(
        parser=named_path,
        metavar="FILE.toml",
        help="Everything that decides what is alike: the fields of neardup.Config. --threshold, "
        "--min-containment and --content override it.",
        rich_help_panel=DUPLICATES,
    ),
]

_BOILERPLATE_HELP = (
    "Take these paragraphs out of every document before it is compared: a file that neardup paragraphs wrote with "
    "--write-boilerplate. Overrides the boilerplate of --config."
)

BoilerplateFile = Annotated[
    Path | None,
    typer.Option(parser=_boilerplate_file, metavar="FILE", help=_BOILERPLATE_HELP, rich_help_panel=DUPLICATES),
]

BoilerplateChoice = Annotated[
    str | None,
    typer.Option(
        metavar="auto|FILE",
        callback=_auto_or_file,
        help=f"{_BOILERPLATE_HELP} auto: find them first, beside those of --config: paragraphs of 15 characters or "
        "more, in 10 or more documents that otherwise differ. The report lists them. A file of that name is ./auto.",
        rich_help_panel=DUPLICATES,
    ),
]

MinDocuments = Annotated[
    int,
    typer.Option(
        min=1, max=MAX_COUNT, metavar="N", help="How many documents have it, at least.", rich_help_panel=PARAGRAPHS
    ),
]


def idle_in_format(format: Format, *, summary: bool) -> dict[str, str]:  # noqa: A002 - the option's name
    """Say which options of a report have no effect, and why."""
    if format is not Format.text:
        return dict.fromkeys(("limit", "summary"), f"with --format {format.value}, which has everything")
    return {"limit": "with --summary, which shows no finds"} if summary else {}


def read_config(
    path: Path | None,
    threshold: float | None,
    min_containment: float | None = None,
    content: WhichContent | None = None,
    boilerplate: Path | None = None,
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
        return config.with_overrides(
            threshold=threshold, min_containment=min_containment, content=content and content.value, boilerplate=hashes
        )
    except (ArithmeticError, TypeError, ValueError) as error:
        raise typer.BadParameter(visible(str(error)), param_hint="--config") from error


def _read_toml(path: Path) -> Config:
    import tomllib  # which only a config file needs

    try:
        return Config.from_dict(tomllib.loads(read_settings(path)))
    except NeardupError:
        raise
    except Exception as error:  # nested too deeply, a number without end, and whatever else a file can hold
        said = str(error) if isinstance(error, (TypeError, ValueError)) else described(error)
        raise InputError(said, file=path_id(path)) from error
