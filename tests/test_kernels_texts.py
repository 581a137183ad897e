"""The compiled kernels over batches of texts against their specification: values, errors, threads, instruction sets."""

from __future__ import annotations

import ctypes
import subprocess
import sys
import threading
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neardup._backend import kernels
from neardup._reference import arrow as c
from neardup.folding import folding_table
from neardup.minhash import permutations
from neardup.shingling import anchor_limit
from tests.arrow import STRING_TYPES, Broken, BrokenStream, chunked, from_offsets, from_views, sliced
from tests.common import CHARS, ISAS, TABLE, TEXTS, _kernels, assert_same, both, call, outcome

NONE = np.empty(0, np.uint32)

ENCODABLE = TEXTS.map(lambda texts: [text.encode("utf-8", "replace").decode() for text in texts])


@pytest.fixture(params=ISAS)
def isa(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Every instruction set that this machine has, by turns."""
    monkeypatch.setenv("NEARDUP_ISA", request.param)
    try:
        call(kernels, "sketches", [], TABLE, 5, NONE, NONE, 0, 0, 1)
    except ValueError as error:
        pytest.skip(str(error))
    return str(request.param)


@both
@given(TEXTS, st.sampled_from(["fold", "keep"]), st.sampled_from(["drop", "keep"]), st.sampled_from(["keep", "mask"]))
def test_texts_fold_the_same(texts: list[str], script: Any, punctuation: Any, digits: Any) -> None:
    table = folding_table(script, punctuation, digits)
    assert_same("fold_texts", texts, (table.entries, table.expansions), 1)


@both
@given(TEXTS, st.integers(1, 128), st.integers(1, 3))
def test_shingle_sets_are_the_same(texts: list[str], ngram: int, threads: int) -> None:
    assert_same("shingle_sets", texts, TABLE, ngram, threads)
    assert_same("set_sizes", tuple(texts), TABLE, ngram, threads)


PARAGRAPHS = st.lists(st.text(CHARS | st.sampled_from("\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"), max_size=60), max_size=6)


@both
@given(PARAGRAPHS, st.integers(1, 12), st.integers(1, 3))
def test_paragraphs_are_the_same(texts: list[str], min_chars: int, threads: int) -> None:
    assert_same("paragraphs", texts, TABLE, min_chars, threads)
    encodable = [text.encode("utf-8", "replace").decode() for text in texts]
    expected = outcome(_kernels, "paragraphs", encodable, TABLE, min_chars, 1)
    for kind in STRING_TYPES:
        assert assert_same("paragraphs", pa.array(encodable, kind), TABLE, min_chars, threads) == expected


@both
def test_paragraphs_of_many_texts_are_the_same_for_every_number_of_threads() -> None:
    rng = np.random.default_rng(3)
    texts = ["".join(rng.choice(list("天地玄黄𠀀é。\n"), size)) for size in rng.integers(0, 90, 1500)]
    expected = assert_same("paragraphs", texts, TABLE, 4, 1)
    for threads in (2, 3, 64):
        assert outcome(_kernels, "paragraphs", texts, TABLE, 4, threads) == expected


@both
@given(TEXTS, st.integers(1, 20), st.integers(0, 150), st.integers(0, 20), st.sampled_from([1, 2, 32, 2**60]))
def test_sketches_are_the_same(texts: list[str], ngram: int, num_perm: int, chars: int, one_in: int) -> None:
    multipliers, addends = permutations(max(1, num_perm), 3)
    pair = (multipliers[:num_perm], addends[:num_perm])
    assert_same("sketches", texts, TABLE, ngram, *pair, chars, anchor_limit(one_in), 2)


@both
@pytest.mark.parametrize("size", [1, 4, 5, 12, 13, 511, 512, 515, 516, 517, 523, 524, 525, 1027, 1028, 1029, 5000])
@pytest.mark.parametrize("char", ["a", "重", "𠀀"])
def test_sketches_are_the_same_over_block_boundaries(isa: str, size: int, char: str) -> None:
    letters = [chr(ord(char) + i * i % 19) for i in range(size)]
    texts = ["".join(letters), char * size]
    for ngram, num_perm in ((5, 128), (1, 1), (2, 16), (3, 17), (7, 100), (128, 200), (64, 300)):
        assert_same("sketches", texts, TABLE, ngram, *permutations(num_perm, 1), 13, anchor_limit(32), 1)
        assert_same("shingle_sets", texts, TABLE, ngram, 1)


@both
@pytest.mark.parametrize("ngram", range(1, 129))
def test_every_width_hashes_the_same(isa: str, ngram: int) -> None:
    text = "".join(chr(0x4E00 + i * i % 1009) for i in range(700))
    assert_same("shingle_sets", [text], TABLE, ngram, 1)


@both
@given(st.integers(0, 5), st.integers(-1, 8), st.integers(-1, 8), st.integers(1, 40))
def test_band_keys_are_the_same(size: int, bands: int, rows: int, num_perm: int) -> None:
    signatures = np.random.default_rng(size).integers(0, 2**32, (size, num_perm), np.uint32)
    assert_same("band_keys", signatures, bands, rows)


@both
@given(ENCODABLE, st.sampled_from(STRING_TYPES), st.integers(1, 5), st.integers(0, 3))
def test_arrow_columns_are_the_same_as_lists(texts: list[str], kind: pa.DataType, size: int, before: int) -> None:
    expected = outcome(_kernels, "fold_texts", texts, TABLE, 1)
    for column in (sliced(texts, kind, before), chunked(texts, kind, size)):
        assert assert_same("fold_texts", column, TABLE, 2) == expected


def test_the_null_bitmap_of_a_column_without_nulls_may_be_there() -> None:
    column = pa.array(["天地", None, "玄黄"]).slice(2)
    assert column.buffers()[0] is not None
    assert len(call(kernels, "fold_texts", column, TABLE, 1)[0]) == 2


def change(structure: Any, **values: Any) -> None:
    for name, value in values.items():
        setattr(structure, name, value)


LONG = "天地玄黄宇宙洪荒"
BROKEN: dict[str, tuple[str, Any]] = {
    "null": ("text 2 is null; drop it", pa.array(["天", "地", None])),
    "null in the second chunk": ("text 3 is null", pa.chunked_array([["天", "地"], ["玄", None]])),
    "null view": ("text 1 is null", pa.array(["天", None], pa.string_view())),
    "uncounted null": ("text 1 is null", Broken(pa.array(["天", None]), lambda _, a: change(a, null_count=-1))),
    "all null": ("not of Arrow format 'n'", pa.nulls(2)),
    "numbers": ("not of Arrow format 'l'", pa.array([1])),
    "bytes": ("not of Arrow format 'z'", pa.array([b"a"])),
    "dictionary": ("not of Arrow format 'i' with a dictionary of 'l'", pa.array([7]).dictionary_encode()),
    "table": (r"not of Arrow format '\+s'; give one column", pa.table({"text": ["天"]})),
    "no format": ("not of Arrow format ''", Broken(pa.array(["天"]), lambda s, _: change(s, format=None))),
    "surrogate": ("text 1 is not valid UTF-8", from_offsets([0, 1, 4], b"a\xed\xa0\x80", pa.string())),
    "descending": ("text 1 has Arrow offsets", from_offsets([0, 4, 2], b"abcd", pa.string())),
    "descending, large": ("text 1 has Arrow offsets", from_offsets([0, 4, 2], b"abcd", pa.large_string())),
    "negative": ("text 0 has Arrow offsets", from_offsets([-1, 2], b"abcd", pa.string())),
    "view of no buffer": ("text 0 has an Arrow view", from_views([(13, 1, 0)], [b"a" * 20])),
    "view of buffer -1": ("text 0 has an Arrow view", from_views([(13, -1, 0)], [b"a" * 20])),
    "view too far": ("text 1 has an Arrow view", from_views([(13, 0, 7), (13, 0, 8)], [b"a" * 20])),
    "view before": ("text 0 has an Arrow view", from_views([(13, 0, -1)], [b"a" * 20])),
    "view of negative size": ("text 0 has an Arrow view", from_views([(-1, 0, 0)], [b"a" * 20])),
    "length": ("array is malformed: its length", Broken(pa.array(["天"]), lambda _, a: change(a, length=-1))),
    "offset": ("array is malformed: its length", Broken(pa.array(["天"]), lambda _, a: change(a, offset=-1))),
    "overflow": ("array is malformed: its length", Broken(pa.array(["天"]), lambda _, a: change(a, offset=2**63 - 1))),
    "buffers": ("array is malformed: its length", Broken(pa.array(["天"]), lambda _, a: change(a, n_buffers=2))),
    "view buffers": (
        "array is malformed: its length",
        Broken(pa.array(["天"], pa.string_view()), lambda _, a: change(a, n_buffers=2)),
    ),
    "no offsets": ("has rows and no offsets", Broken(pa.array(["天"]), lambda _, a: a.buffers.__setitem__(1, None))),
    "no data": ("text 0 has characters in an", Broken(pa.array(["天"]), lambda _, a: a.buffers.__setitem__(2, None))),
    "no view data": (
        "text 0 has characters in an",
        Broken(pa.array([LONG], pa.string_view()), lambda _, a: a.buffers.__setitem__(2, None)),
    ),
}

SCHEMA_TYPE, ARRAY_TYPE = (dict(c.ArrowArrayStream._fields_)[name] for name in ("get_schema", "get_next"))
ERROR_TYPE = dict(c.ArrowArrayStream._fields_)["get_last_error"]
FAIL_SCHEMA, FAIL_ARRAY = SCHEMA_TYPE(lambda *_: 5), ARRAY_TYPE(lambda *_: 5)
# ctypes cannot give the address of bytes back from a callback without losing track of it.
WHY = ctypes.create_string_buffer(b"disk on fire")
RAW_TYPE = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)
RAW_REASON, RAW_NO_REASON = RAW_TYPE(lambda _: ctypes.addressof(WHY)), RAW_TYPE(lambda _: None)
REASON, NO_REASON = ctypes.cast(RAW_REASON, ERROR_TYPE), ctypes.cast(RAW_NO_REASON, ERROR_TYPE)
TWO = pa.chunked_array([["天"], ["地"]])
BROKEN["stream"] = (
    "the Arrow stream failed: disk on fire",
    BrokenStream(TWO, lambda s: change(s, get_next=FAIL_ARRAY, get_last_error=REASON)),
)
BROKEN["stream, silent"] = (
    "the Arrow stream failed: no reason",
    BrokenStream(TWO, lambda s: change(s, get_schema=FAIL_SCHEMA, get_last_error=NO_REASON)),
)


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_arrow_column_is_refused(name: str) -> None:
    message, column = BROKEN[name]
    with pytest.raises(ValueError, match=message):
        call(kernels, "fold_texts", column, TABLE, 1)
    if _kernels is not None:
        assert_same("fold_texts", column, TABLE, 1)


INVALID = [b"\x80", b"\xc0\x80", b"\xc1\xbf", b"\xc2", b"\xe0\x9f\xbf", b"\xe5\xa4", b"\xed\xa0\x80", b"\xed\xbf\xbf"]
INVALID += [b"\xf0\x8f\xbf\xbf", b"\xf0\xa0\x80", b"\xf4\x90\x80\x80", b"\xf5\x80\x80\x80", b"\xff", b"\xc2\x41"]
INVALID += [b"\xe5\xa4\x41", b"\xe5\x41\xa9", b"\xf0\xa0\x80\x41", b"\xf0\xa0\x41\x80", b"\xf0\x41\x80\x80"]


@pytest.mark.parametrize("wrong", INVALID)
def test_invalid_utf8_is_refused_and_named(wrong: bytes) -> None:
    # As the last bytes of the buffer, and before others.
    for data, stop in ((b"\xe5\xa4\xa9" + wrong, None), (wrong + b"\x80\x80\x80", len(wrong))):
        column = from_offsets([0, 0, stop or len(data)], data, pa.string())
        with pytest.raises(ValueError, match="text 1 is not valid UTF-8"):
            call(kernels, "shingle_sets", column, TABLE, 5, 1)


VALID = [
    "天",
    "é",
    "a",
    "𠀀",
    "\u07ff",
    "\u0800",
    "\ud7ff",
    "\ue000",
    "\uffff",
    "\U00010000",
    "\U0010ffff",
    "\0",
    "\x7f",
]


@both
@pytest.mark.parametrize("before", range(10))
def test_utf8_decodes_in_vectors_as_one_by_one(isa: str, before: int) -> None:
    # The piece lies at every place of a vector of code points, and with every end of the text behind it.
    for after in range(12):
        for middle in VALID:
            text = "天" * before + middle + "地" * after
            expected = outcome(_kernels, "fold_texts", [text], TABLE, 1)
            assert (
                assert_same("fold_texts", from_offsets([0, len(text.encode())], text.encode(), pa.string()), TABLE, 1)
                == expected
            )
        for wrong in INVALID:
            data = "天".encode() * before + wrong + "地".encode() * after
            with pytest.raises(ValueError, match="text 0 is not valid UTF-8"):
                call(_kernels, "fold_texts", from_offsets([0, len(data)], data, pa.string()), TABLE, 1)


@both
@pytest.mark.parametrize("piece", [*map(str.encode, VALID), *INVALID])
def test_utf8_decodes_the_same_wherever_it_lies_in_a_vector(isa: str, piece: bytes) -> None:
    for place in range(130):
        before, after = "a" * (place % 3) + "天" * (place // 3), "地" * (30 if place % 2 else 0)
        data = before.encode() + piece + after.encode()
        column = from_offsets([0, len(data)], data, pa.string())
        if piece in INVALID:
            with pytest.raises(ValueError, match="text 0 is not valid UTF-8"):
                call(_kernels, "fold_texts", column, TABLE, 1)
        else:
            expected = outcome(_kernels, "fold_texts", [before + piece.decode() + after], TABLE, 1)
            assert outcome(_kernels, "fold_texts", column, TABLE, 1) == expected


@both
@pytest.mark.parametrize("seed", range(20))
def test_mixed_utf8_decodes_the_same(isa: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    kinds = ["天地", "ab,1", "é", "𠀀", "\u0800\ud7ff\ue000\uffff"]
    some = rng.choice(len(kinds), 400, p=[0.8, 0.17, 0.01, 0.01, 0.01])
    text = "".join(kinds[kind][rng.integers(len(kinds[kind]))] for kind in some)
    assert_same("fold_texts", from_offsets([0, len(text.encode())], text.encode(), pa.string()), TABLE, 1)
    assert outcome(_kernels, "fold_texts", [text], TABLE, 1) == outcome(
        _kernels, "fold_texts", pa.array([text]), TABLE, 1
    )


@both
@pytest.mark.parametrize("size", [2, 3, 17, 24, 25, 40, 41, 300, 70_000])
def test_sets_of_every_size_are_sorted_the_same(isa: str, size: int) -> None:
    rng = np.random.default_rng(size)
    texts = ["".join(map(chr, rng.integers(0x4E00, high, size + 4))) for high in (0x4E03, 0x4E40, 0x9FA0)]
    assert_same("shingle_sets", texts, TABLE, 5, 1)


@both
@given(st.binary(max_size=12) | st.lists(st.sampled_from([b"\xe5", b"\xa4\xa9", b"a", b"\xf0\x9f"])).map(b"".join))
def test_any_bytes_decode_or_fail_the_same(data: bytes) -> None:
    assert_same("fold_texts", from_offsets([0, len(data)], data, pa.string()), TABLE, 1)


@pytest.mark.parametrize("threads", [1, 2, 7])
def test_the_first_wrong_row_is_named_whatever_the_number_of_threads(threads: int) -> None:
    texts = [b"\xe5\xa4\xa9" * 50] * 3000
    for row in (1500, 700, 2999):
        texts[row] = b"\xff"
    offsets = np.cumsum([0, *map(len, texts)]).tolist()
    column = from_offsets(offsets, b"".join(texts), pa.large_string())
    with pytest.raises(ValueError, match="text 700 is not valid UTF-8"):
        call(kernels, "sketches", column, TABLE, 5, *permutations(4, 1), 0, 0, threads)


ARGUMENT_ERRORS: list[tuple[str, tuple[Any, ...], str]] = [
    ("fold_texts", ([], (TABLE[0][:-1], NONE), 1), "a folding table has 0x110000 entries"),
    ("fold_texts", (["天"], TABLE, 0), "threads must be at least 1"),
    ("fold_texts", (["天", None], TABLE, 1), "text 1 is null; drop it or fill it first"),
    ("fold_texts", (["天", float("nan")], TABLE, 1), "text 1 is null; drop it or fill it first"),
    ("fold_texts", (["天", 1.0], TABLE, 1), "text 1 is float, not str"),
    ("fold_texts", (["天", b"a"], TABLE, 1), "text 1 is bytes, not str"),
    ("fold_texts", ([date(2020, 1, 1)], TABLE, 1), "text 0 is date, not str"),
    ("fold_texts", ("天地", TABLE, 1), "texts must be a list of str or an Arrow column of strings, not str"),
    ("shingle_sets", ([], TABLE, 0, 1), r"ngram must be in \[1, 128\]"),
    ("shingle_sets", ([], TABLE, 129, 1), r"ngram must be in \[1, 128\]"),
    ("shingle_sets", ([], TABLE, 5, -1), "threads must be at least 1"),
    ("set_sizes", ([], TABLE, 0, 1), r"ngram must be in \[1, 128\]"),
    ("paragraphs", ([], (TABLE[0][:-1], NONE), 1, 1), "a folding table has 0x110000 entries"),
    ("paragraphs", ([], TABLE, 0, 1), "min_chars must be at least 1"),
    ("paragraphs", ([], TABLE, 1, 0), "threads must be at least 1"),
    ("paragraphs", (["天", None], TABLE, 1, 1), "text 1 is null; drop it or fill it first"),
    (
        "paragraphs",
        (from_offsets([0, 1, 4], b"a\xed\xa0\x80", pa.string()), TABLE, 1, 1),
        "text 1 is not valid UTF-8",
    ),
    ("sketches", ([], TABLE, 0, NONE, NONE, 0, 0, 1), r"ngram must be in \[1, 128\]"),
    ("sketches", ([], TABLE, 5, NONE, NONE, 129, 0, 1), r"anchor_chars must be in \[0, 128\]"),
    ("sketches", ([], TABLE, 5, NONE, NONE, -1, 0, 1), r"anchor_chars must be in \[0, 128\]"),
    ("sketches", ([], TABLE, 5, NONE, NONE, 0, 0, 0), "threads must be at least 1"),
    ("sketches", ([], TABLE, 5, NONE, NONE[:0].tolist() or np.ones(1, np.uint32), 0, 0, 1), "as many addends as"),
]


@pytest.mark.parametrize(("name", "arguments", "message"), ARGUMENT_ERRORS)
def test_wrong_arguments_are_refused(name: str, arguments: Any, message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        call(kernels, name, *arguments)
    if _kernels is not None:
        assert_same(name, *arguments)


@both
def test_an_unknown_instruction_set_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEARDUP_ISA", "mmx")
    with pytest.raises(ValueError, match="NEARDUP_ISA=mmx: this machine has no such instruction set"):
        call(_kernels, "shingle_sets", ["天"], TABLE, 5, 1)


@both
@pytest.mark.parametrize("threads", [2, 3, 64])
def test_results_do_not_depend_on_the_number_of_threads(threads: int) -> None:
    rng = np.random.default_rng(5)
    texts = ["".join(map(chr, rng.integers(0x4E00, 0x4E40, size))) for size in rng.integers(0, 200, 2000)]
    pair = permutations(32, 1)
    for name, arguments in (("sketches", (5, *pair, 13, anchor_limit(8))), ("shingle_sets", (5,)), ("fold_texts", ())):
        one = outcome(_kernels, name, texts, TABLE, *arguments, 1)
        assert outcome(_kernels, name, texts, TABLE, *arguments, threads) == one


@both
def test_the_interpreter_goes_on_and_the_list_may_change_meanwhile() -> None:
    texts = [chr(0x4E00 + i % 5000) * 3000 for i in range(3000)]
    expected = outcome(_kernels, "sketches", texts[:], TABLE, 5, *permutations(128, 1), 0, 0, 1)
    found: list[Any] = []
    work = threading.Thread(
        target=lambda: found.append(outcome(_kernels, "sketches", texts, TABLE, 5, *permutations(128, 1), 0, 0, 1))
    )
    work.start()
    turns = 0
    cleared = False
    while work.is_alive():
        turns += 1
        # By now the kernel has its own references, or has not begun: then it sees an empty list.
        if turns == 1000:
            texts.clear()
            cleared = True
    work.join()
    assert cleared
    assert found[0] in (expected, outcome(_kernels, "sketches", [], TABLE, 5, *permutations(128, 1), 0, 0, 1))


@both
def test_periodic_texts_sort_in_time() -> None:
    # Few different hashes, each very often: no bucket may take quadratic time.
    for text in ("天" * 300_000, "天地" * 150_000):
        assert_same("shingle_sets", [text], TABLE, 5, 1)


@pytest.mark.once
def test_many_small_arrays_are_released() -> None:
    code = """
import resource, pyarrow as pa
from neardup._backend import kernels
from neardup.folding import folding_table
column = pa.array(["天地玄黄" * 250_000])
peaks = []
for _ in range(60):
    for made in (pa.array(column.to_pylist()), pa.chunked_array([column.to_pylist()])):
        kernels.set_sizes(kernels.Texts(made), folding_table().opened, 5, 1)
    peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
print(peaks[-1] - peaks[20] < 100_000)
"""
    if sys.platform == "win32":
        pytest.skip("needs getrusage")
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout == "True\n", done.stderr
