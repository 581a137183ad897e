"""Encodings: how many files of Chinese are read right when nobody says their encoding.

Stretches of so many code points are cut out of the texts at random, at least a third of them Han
characters, and written in every encoding that has all their characters, with a byte order mark and without. The first
table has the share of files that `neardup.io.encodings.decode` reads exactly; beside it, ``chardet`` is the share
that a strict UTF-8 decoding and then `chardet.detect`, told to choose among the same encodings, read exactly.

The second table spoils the files without a mark: one byte is cut off their end where that leaves half a character, or
a byte that the encoding does not allow is put in the middle. It has the share that is refused with an error that names
the right encoding, and the share that is read as if nothing were wrong: those would be mojibake.
"""

from __future__ import annotations

import codecs
import random
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

import chardet

from benchmarks.reports import Column, Report, Table
from benchmarks.setting import DOCUMENTS, Option, Suite
from neardup import InputError
from neardup.io.encodings import decode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.setting import Corpus, Setting

LENGTHS = (10, 20, 50, 100, 1000, 10_000)
ENCODINGS = ("utf-8", "gb18030", "cp950", "utf-16-le", "utf-16-be")
LEAST_HAN = 1 / 3
MADE = "made"
"""Counts the files that were made."""
NOT_ALLOWED = {
    "utf-8": b"\xff",
    "gb18030": b"\xff",
    "cp950": b"\xff",
    "utf-16-le": b"\x00\xdc",
    "utf-16-be": b"\xdc\x00",
}
CHARDETS = ("utf-8", "utf-8-sig", "gb18030", "big5hkscs", "utf-16", "utf-16-le", "utf-16-be")


class File(NamedTuple):
    """A file that was made, and what is in it."""

    text: str
    encoding: str
    has_mark: bool
    data: bytes


def run(setting: Setting) -> Report:
    """Measure."""
    right: Counter[tuple[str, str, int]] = Counter()
    refused: Counter[tuple[str, str, int]] = Counter()
    for chars in LENGTHS:
        for text in stretches(setting.corpus, chars, setting.count, setting.seed):
            for file in files(text):
                kind = file.encoding + (" with mark" if file.has_mark else "")
                right[kind, MADE, chars] += 1
                right[kind, "neardup", chars] += reads_right(file)
                right[kind, "chardet", chars] += chardet_reads_right(file)
                for fault, data in () if file.has_mark else spoiled(file):
                    refused[f"{kind}, {fault}", MADE, chars] += 1
                    for answer in ("encoding named", "refused", "read"):
                        refused[f"{kind}, {fault}", answer, chars] += verdict(file, data) == answer
    tables = (
        table("files", "Read right, by code points.", right),
        table("spoiled", "What became of spoiled files, by code points.", refused),
    )
    return Report("encodings", setting.corpus.name, tables, context={"versions": {"chardet": chardet.__version__}})


def table(name: str, caption: str, count: Counter[tuple[str, str, int]]) -> Table:
    """Make a table of shares: a row for what was made and what became of it, a column for every length."""
    kinds = dict.fromkeys((kind, answer) for kind, answer, _ in sorted(count) if answer != MADE)
    rows = []
    for kind, answer in kinds:
        row: dict[str, Any] = {
            "file": kind,
            "answer": answer,
            "files": sum(count[kind, MADE, each] for each in LENGTHS),
        }
        row |= {f"of {each}": count[kind, answer, each] / made for each in LENGTHS if (made := count[kind, MADE, each])}
        rows.append(row)
    shares = (Column(f"of {each}", f"{each:,}", ".2%") for each in LENGTHS)
    columns = (Column("file", "file"), Column("answer", "answer"), Column("files", "files", ",d"), *shares)
    return Table(name, caption, columns, tuple(rows))


def stretches(corpus: Corpus, chars: int, count: int, seed: int) -> Iterator[str]:
    """Cut `count` stretches out of a corpus that has so many code points: short texts are joined by line breaks."""
    rng = random.Random(f"{seed} {chars} {corpus.name}")
    text = "\n".join(corpus.texts)
    for _ in range(count if len(text) >= chars else 0):
        for _ in range(100):
            start = rng.randrange(len(text) - chars + 1)
            stretch = text[start : start + chars]
            if sum("\u4e00" <= char <= "\u9fff" for char in stretch) >= LEAST_HAN * chars:
                yield stretch
                break


def files(text: str) -> Iterator[File]:
    """Write a text in every encoding that can."""
    for encoding in ENCODINGS:
        try:
            data = text.encode(encoding)
        except UnicodeEncodeError:
            continue
        yield File(text, encoding, False, data)
        if encoding != "cp950":
            yield File(text, encoding, True, "\ufeff".encode(encoding) + data)


def reads_right(file: File) -> bool:
    """Tell whether neardup reads a file exactly."""
    try:
        decoded = decode(file.data)
    except InputError:
        return False
    return decoded.text == file.text and decoded.has_mark == file.has_mark


def chardet_reads_right(file: File) -> bool:
    """Tell whether a strict UTF-8 decoding and then chardet read a file exactly."""
    try:
        text = file.data.decode("utf-8-sig")
        if "\0" not in text:
            return text == file.text
    except UnicodeDecodeError:
        pass
    found = chardet.detect(file.data, include_encodings=CHARDETS, no_match_encoding="utf-8")["encoding"]
    try:
        codec = codecs.lookup(found or "").name
        codec = "cp950" if codec == "big5" and file.encoding == "cp950" else codec
        return file.data.decode(codec).removeprefix("\ufeff") == file.text
    except (LookupError, UnicodeDecodeError):
        return False


def spoiled(file: File) -> Iterator[tuple[str, bytes]]:
    """Spoil a file: cut off inside its last character, and with a fault in the middle."""
    if not file.text[-1].isascii() or file.encoding.startswith("utf-16"):
        yield "cut off", file.data[:-1]
    middle = len(file.text[: len(file.text) // 2].encode(file.encoding))
    yield "fault inside", file.data[:middle] + NOT_ALLOWED[file.encoding] + file.data[middle:]


def verdict(file: File, data: bytes) -> str:
    """Tell what neardup says of a spoiled file."""
    try:
        decode(data)
    except InputError as error:
        return "encoding named" if file.encoding in error.message else "refused"
    return "read"


COUNT = Option("--count", "stretches of each length", 200, int, "N")

SUITE = Suite(run, (*DOCUMENTS, COUNT))
