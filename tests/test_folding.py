"""Folding: properties over all code points, golden cases, and what must stay apart.

That the table is what its sources give is checked by
``python neardup/data/generate_folding.py --ucd UCD --opencc OPENCC --check``, whose docstring says where the
sources are found; it also holds the recipe for every code point and option.
"""

import hashlib
import itertools
import json
import unicodedata
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neardup import _reference
from neardup._reference import points as _reference_points
from neardup.folding import OPTIONS, Folded, FoldingTable, fold, folding_table, folding_versions

FIXTURES = Path(__file__).parent.parent / "fixtures"
DATA = Path(_reference.__file__).parent.parent / "data"
CHOICES = [dict(zip(OPTIONS, values, strict=True)) for values in itertools.product(*OPTIONS.values())]
EVERY = "".join(map(chr, range(0x110000)))
FORMS = ("NFC", "NFD", "NFKC", "NFKD")
DROPPED = 0xFFFFFFFF

# What folds oddly, among everything else, lone surrogates included.
texts = st.text(
    st.one_of(
        st.sampled_from(
            "臺台颱瞭了畫划⻓⾦○❶➓㈱㎏½fi한각ガßΣςİŉ\u0301\u0345\u3099\ufdfa\u00a0\u200b\ufeff。3.5%٣𝟘\U000e0100\U0010fffd"
        ),
        st.characters(exclude_categories=()),
    ),
    max_size=40,
)
choices = st.sampled_from(CHOICES)


def folds_to(table: FoldingTable, code: int) -> list[int]:
    """Read one entry by the documented encoding."""
    entry = int(table.entries[code])
    if entry < 0x110000:
        return [entry]
    if entry == DROPPED:
        return []
    start = entry & 0xFFFFFF
    return [int(code) for code in table.expansions[start : start + (entry >> 24 & 0x7F)]]


def stable_code_points() -> str:
    """Code points assigned both in this Python and in the table's version: their normalization is final."""
    newer = int(unicodedata.unidata_version.split(".")[0]) > int(str(folding_versions()["unicode"]).split(".")[0])
    known = unicodedata.ucd_3_2_0 if newer else unicodedata
    return "".join([char for char in EVERY if known.category(char) != "Cn"])


def cases(name: str) -> Any:
    return json.loads((FIXTURES / name).read_text("utf-8"))


# ---- golden


@pytest.mark.parametrize("case", cases("folding.json"), ids=lambda case: case["why"])
def test_golden(case: dict[str, str]) -> None:
    assert fold(case["text"]).text == case["folded"]


@pytest.mark.parametrize("case", cases("folding_negative.json")["apart"], ids=lambda case: case["one"] + case["other"])
def test_stay_apart(case: dict[str, str]) -> None:
    assert fold(case["one"]).text != fold(case["other"]).text


@pytest.mark.parametrize("case", cases("folding_negative.json")["unchanged"], ids=lambda case: case["why"])
def test_unchanged(case: dict[str, str]) -> None:
    assert fold(case["text"]).text == case["text"]


def test_chongqing() -> None:
    """The page has its body twice: lines 2 to 12 and lines 13 to 23."""
    lines = (FIXTURES / "chongqing.txt").read_text("utf-8").splitlines()
    first, second = (fold("\n".join(lines[start : start + 11])).text for start in (1, 12))
    assert first == second
    assert fold("批准規劃").text in fold("批準規劃,范圍").text


GOLDEN = {
    "fold-drop-keep": "3b5dc1fafe90f646",
    "fold-drop-mask": "6b5d6787f278b0b8",
    "fold-keep-keep": "9db71ae5d261d1b1",
    "fold-keep-mask": "3964925ef65e0381",
    "keep-drop-keep": "273f31268f5622af",
    "keep-drop-mask": "d49eebbd1e350d69",
    "keep-keep-keep": "b7f0b807fc40ef31",
    "keep-keep-mask": "1fe08ed34869e6be",
}
"""What the SHA-256 of all folded code points and their positions begins with."""


@pytest.mark.parametrize("choice", CHOICES, ids=lambda choice: "-".join(choice.values()))
def test_scheme_1(choice: dict[str, str]) -> None:
    """Signatures are stable within a scheme, so a table that changes needs another scheme number."""
    folded = fold(EVERY, **choice)  # type: ignore[arg-type]
    found = hashlib.sha256(folded.codes.astype("<u4").tobytes() + folded.positions.astype("<i4").tobytes()).hexdigest()
    assert folding_versions()["scheme"] == 1
    assert found[:16] == GOLDEN["-".join(choice.values())]


# ---- properties


@given(texts, texts, choices)
def test_concatenation(one: str, other: str, choice: Any) -> None:
    assert fold(one + other, **choice).text == fold(one, **choice).text + fold(other, **choice).text


@given(texts, choices)
def test_per_code_point(text: str, choice: Any) -> None:
    """Codes and positions are those of the code points taken one by one."""
    table = folding_table(**choice)
    expected = [(code, position) for position, char in enumerate(text) for code in folds_to(table, ord(char))]
    folded = fold(text, **choice)
    assert list(zip(folded.codes.tolist(), folded.positions.tolist(), strict=True)) == expected
    assert (folded.codes.dtype.name, folded.positions.dtype.name) == ("uint32", "int32")
    assert len(folded) == len(expected) == len(folded.text)


@given(texts, choices, st.sampled_from(FORMS))
def test_normalization_forms_of_texts(text: str, choice: Any, form: Any) -> None:
    known = "".join([char for char in text if char in STABLE])
    assert fold(unicodedata.normalize(form, known), **choice).text == fold(known, **choice).text


STABLE = frozenset(stable_code_points())


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("choice", CHOICES, ids=lambda choice: "-".join(choice.values()))
def test_normalization_forms_of_all(choice: Any, form: Any) -> None:
    table = folding_table(**choice)
    for char in STABLE:
        other = unicodedata.normalize(form, char)
        if other != char:
            expected = folds_to(table, ord(char))
            assert [code for c in other for code in folds_to(table, ord(c))] == expected, hex(ord(char))


@pytest.mark.parametrize("choice", CHOICES, ids=lambda choice: "-".join(choice.values()))
def test_all_code_points(choice: Any) -> None:
    folded = fold(EVERY, **choice)
    table = folding_table(**choice)
    assert folded.codes.tolist() == [code for source in range(len(EVERY)) for code in folds_to(table, source)]
    assert bool((np.diff(folded.positions) >= 0).all())
    assert 0 <= folded.positions[0] <= folded.positions[-1] < len(EVERY)
    assert fold(folded.text, **choice).text == folded.text, "folding twice changes nothing more"


def test_what_is_not_assigned_is_kept() -> None:
    kept = [code for code in range(0x110000) if unicodedata.category(chr(code)) in ("Co", "Cs")]
    kept += [0xFDD0, 0xFFFE, 0x10FFFF]
    for choice in CHOICES:
        table: FoldingTable = folding_table(*choice.values())  # type: ignore[arg-type]
        assert (table.entries[kept] == kept).all()


# ---- options


@pytest.mark.parametrize(
    ("option", "text", "default", "other"),
    [
        ("script", "臺灣 3%", "台湾3", "臺灣3"),
        ("punctuation", "臺灣 3%。", "台湾3", "台湾3%。"),
        ("digits", "臺灣 ③٤5%", "台湾3٤5", "台湾000"),
    ],
)
def test_option(option: str, text: str, default: str, other: str) -> None:
    choice: Any = {option: OPTIONS[option][1]}
    assert fold(text).text == default
    assert fold(text, **choice).text == other


def test_options_together() -> None:
    assert fold("臺灣\u3000《③%》", script="keep", punctuation="keep", digits="mask").text == "臺灣《0%》"


def test_overrides_are_in_the_table() -> None:
    """The reviewed file is the one the table was made with, and each line joins its two."""
    data = (DATA / "folding_overrides.tsv").read_bytes()
    rows = [line.split("\t") for line in data.decode().splitlines() if not line.startswith("#")]
    with np.load(DATA / "folding.npz") as stored:
        meta = json.loads(stored["meta"].tobytes())
    assert meta["sha256"]["folding_overrides.tsv"] == hashlib.sha256(data).hexdigest()
    assert [row for row in rows if fold(row[0]).text != fold(row[1]).text] == []
    assert len(rows) > 40


def test_versions() -> None:
    assert folding_versions() == {"scheme": 1, "unicode": "17.0.0", "opencc": "1.4.2"}


# ---- errors and manners


def test_a_text_is_a_string() -> None:
    with pytest.raises(TypeError, match="text must be a str, not bytes"):
        fold("批准".encode())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("script", "simplified", "script must be 'fold' or 'keep', not 'simplified'"),
        ("punctuation", True, "punctuation must be 'drop' or 'keep', not True"),
        ("digits", [], r"digits must be 'keep' or 'mask', not \[\]"),
    ],
)
def test_unknown_option(option: str, value: object, message: str) -> None:
    choice: Any = {option: value}
    with pytest.raises(ValueError, match=message):
        fold("批准", **choice)


def test_empty() -> None:
    folded = fold("")
    assert (len(folded), folded.text) == (0, "")
    assert (folded.codes.dtype.name, folded.positions.dtype.name) == ("uint32", "int32")


def test_tables_are_shared_and_cannot_be_changed() -> None:
    table = folding_table("fold", "drop", "keep")
    assert table is folding_table()
    for array in (table.entries, table.expansions):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_folded_text_keeps_lone_surrogates() -> None:
    codes = np.array([0xD842, 0xDFB7, 0x20BB7], np.uint32)
    assert Folded(codes, np.arange(3, dtype=np.int32)).text == "\ud842\udfb7𠮷"


def test_reference_refuses_another_table() -> None:
    table = folding_table()
    with pytest.raises(ValueError, match="a folding table has 0x110000 entries"):
        _reference.Folding(table.entries[:-1], table.expansions)


@pytest.mark.parametrize("text", ["批准批准批", "。。。。。", "㈱㎏ffi한㎏"])
def test_reference_refuses_what_is_too_long(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    table = folding_table()
    folding = _reference.Folding(table.entries, table.expansions)
    _reference.fold(text, folding)
    monkeypatch.setattr(_reference_points, "MAX_CHARS", 4)
    with pytest.raises(ValueError, match=r"a text is longer than 2\*\*30 code points; split it"):
        _reference.fold(text, folding)
