"""How many files of Chinese are read right when nobody says their encoding.

Stretches of so many code points are cut out of the texts of --corpus at random, at least a third of them Han
characters, and written in every encoding that has all their characters, with a byte order mark and without. The first
table has the share of files that `neardup.io.encodings.decode` reads exactly; beside it, ``chardet`` is the share
that a strict UTF-8 decoding and then `chardet.detect`, told to choose among the same encodings, read exactly.

The second table spoils the files without a mark: one byte is cut off their end where that leaves half a character, or
a byte that the encoding does not allow is put in the middle. It has the share that is refused with an error that names
the right encoding, and the share that is read as if nothing were wrong: those would be mojibake.

Run ``python -m benchmarks.encodings --corpus news.jsonl.gz laws.jsonl.gz``.
"""

from __future__ import annotations

import argparse
import codecs
import random
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import chardet

from benchmarks import environment
from benchmarks.corpora import add_corpus, markdown, read
from neardup import InputError
from neardup.io.encodings import decode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

LENGTHS = (10, 20, 50, 100, 1000, 10_000)
ENCODINGS = ("utf-8", "gb18030", "cp950", "utf-16-le", "utf-16-be")
LEAST_HAN = 1 / 3
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


def stretches(paths: Sequence[Path], limit: int | None, chars: int, count: int, seed: int) -> Iterator[str]:
    """Cut stretches out of corpora, `count` out of each: short texts are joined by line breaks."""
    for path in paths:
        rng = random.Random(f"{seed} {chars} {path.name}")
        text = "\n".join(document.text for document in read(path, limit))
        for _ in range(count):
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


def table(header: str, count: Counter[tuple[str, str, int]]) -> str:
    """Set a table of shares: a row for what was made and what became of it, a column for every length."""
    kinds = dict.fromkeys((kind, answer) for kind, answer, _ in sorted(count) if answer != "made")
    rows = [
        [f"{kind}: {answer}", *(_percent(count[kind, answer, chars], count[kind, "made", chars]) for chars in LENGTHS)]
        for kind, answer in kinds
    ]
    rows.append(["files made", *(str(sum(n for key, n in count.items() if key[1:] == ("made", c))) for c in LENGTHS)])
    return markdown([header, *(f"{chars:,}" for chars in LENGTHS)], rows)


def _percent(part: int, whole: int) -> str:
    return f"{part / whole:.2%}" if whole else "-"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.encodings", description=__doc__.split("\n")[0])
    add_corpus(parser, several=True)
    parser.add_argument("--count", type=int, default=200, metavar="N", help="stretches of a length out of each corpus")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    print(environment() + f", chardet {chardet.__version__}")
    right: Counter[tuple[str, str, int]] = Counter()
    refused: Counter[tuple[str, str, int]] = Counter()
    for chars in LENGTHS:
        for text in stretches(options.corpus, options.limit, chars, options.count, options.seed):
            for file in files(text):
                kind = file.encoding + (" with mark" if file.has_mark else "")
                right[kind, "made", chars] += 1
                right[kind, "neardup", chars] += reads_right(file)
                right[kind, "chardet", chars] += chardet_reads_right(file)
                for fault, data in () if file.has_mark else spoiled(file):
                    refused[f"{kind}, {fault}", "made", chars] += 1
                    for answer in ("encoding named", "refused", "read"):
                        refused[f"{kind}, {fault}", answer, chars] += verdict(file, data) == answer
    print(f"\nRead right, by code points\n\n{table('file', right)}\n")
    print(f"What became of spoiled files\n\n{table('file', refused)}")


if __name__ == "__main__":
    main()
