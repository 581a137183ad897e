"""Arrow columns by their one door: every string type, cut, chunked, with nulls, broken, consumed, in every function."""

from __future__ import annotations

import ctypes
import mmap
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import neardup
from neardup import Config, _reference
from neardup._backend import kernels
from neardup._reference import arrow as c
from neardup.boilerplate import paragraph_hash
from neardup.inputs import text_column, texts_at
from neardup.shingling import anchors, shingle_sets
from tests.arrow import (
    INDEX_TYPES,
    STRING_TYPES,
    Broken,
    BrokenStream,
    chunked,
    encoded,
    from_offsets,
    from_views,
    sliced,
)
from tests.common import BACKENDS, call, read
from tests.families import SENTENCE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

NOTICE = "声明：本网独家稿件，未经授权禁止转载，违者必究。"
BODY = SENTENCE
TEXTS = [f"{BODY}\n{NOTICE}", f"{BODY}\n", "", f"天地玄黄，宇宙洪荒；𠀀日月盈昃。\n{NOTICE}", "短", "é" * 14]


class OnlyArray:
    """Gives one chunk, and nothing else."""

    def __init__(self, array: pa.Array) -> None:
        self.array = array

    def __arrow_c_array__(self, requested_schema: object = None) -> tuple[object, object]:
        return self.array.__arrow_c_array__()


class OnlyStream:
    """Gives chunks, and nothing else, not even a length."""

    def __init__(self, column: pa.ChunkedArray) -> None:
        self.column = column

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.column.__arrow_c_stream__()


class Once:
    """Gives the same capsules at every call."""

    def __init__(self, source: Any) -> None:
        if hasattr(source, "__arrow_c_stream__"):
            stream = source.__arrow_c_stream__()
            self.__dict__["__arrow_c_stream__"] = lambda requested_schema=None: stream
        else:
            pair = source.__arrow_c_array__()
            self.__dict__["__arrow_c_array__"] = lambda requested_schema=None: pair


class Gives:
    """Gives anything but capsules."""

    def __init__(self, method: str, value: object) -> None:
        self.__dict__[method] = lambda requested_schema=None: value


def both_words(source: Callable[[], Any]) -> str:
    """What each backend says when it refuses a source; both say the same."""
    said = [read(backend, source()) for backend in BACKENDS]
    kind, words = said[0]
    assert kind != "texts"
    assert said == [said[0]] * len(BACKENDS)
    return f"{kind}: {words}"


SHAPES: dict[str, Callable[[Sequence[Any], pa.DataType], Any]] = {
    "array": pa.array,
    "slice": sliced,
    "slice of nothing": lambda texts, kind: sliced(texts, kind, before=0, after=0),
    "chunks": lambda texts, kind: chunked(texts, kind, 2),
    "chunks of one": lambda texts, kind: chunked(texts, kind, 1),
    "array only": lambda texts, kind: OnlyArray(sliced(texts, kind)),
    "stream only": lambda texts, kind: OnlyStream(chunked(texts, kind, 4)),
    "array, once": lambda texts, kind: Once(OnlyArray(sliced(texts, kind))),
    "stream, once": lambda texts, kind: Once(chunked(texts, kind, 4)),
}
POLARS: dict[str, Callable[[Sequence[Any]], Any]] = {
    "polars": lambda texts: pl.Series(texts, dtype=pl.String),
    "polars, slice": lambda texts: pl.Series(["x", *texts, None], dtype=pl.String)[1:-1],
    "polars, chunks": lambda texts: pl.concat(
        [pl.Series(texts[:2], dtype=pl.String), pl.Series(texts[2:], dtype=pl.String)], rechunk=False
    ),
}
DICTIONARIES: dict[str, Callable[[Sequence[Any]], Any]] = {
    **{
        f"dictionary by {index}": lambda texts, index=index: encoded(texts, pa.string(), index) for index in INDEX_TYPES
    },
    **{f"dictionary of {kind}": lambda texts, kind=kind: encoded(texts, kind) for kind in STRING_TYPES},
    "dictionary, slice": lambda texts: encoded([None, "x", *texts, None], pa.string(), pa.int8()).slice(2, len(texts)),
    "dictionary, slice of the values": lambda texts: pa.DictionaryArray.from_arrays(
        pa.array([None if text is None else i for i, text in enumerate(texts)], pa.int32()),
        sliced([text or "" for text in texts], pa.large_string()),
    ),
    "dictionary, chunks": lambda texts: pa.chunked_array(
        [encoded(part, pa.string()) for part in (texts[:2], texts[2:2], texts[2:])],
        pa.dictionary(pa.int32(), pa.string()),
    ),
    "dictionary, array only": lambda texts: OnlyArray(encoded(texts, pa.string())),
    "dictionary, null values": lambda texts: pa.DictionaryArray.from_arrays(
        pa.array(range(len(texts)), pa.uint8()), pa.array(texts, pa.string())
    ),
    "categories of polars": lambda texts: pl.Series(texts, dtype=pl.Categorical),
}
SOURCES: dict[str, Callable[[Sequence[Any]], Any]] = (
    POLARS
    | DICTIONARIES
    | {
        f"{shape}, {kind}": lambda texts, make=make, kind=kind: make(texts, kind)  # type: ignore[misc]
        for kind in STRING_TYPES
        for shape, make in SHAPES.items()
    }
)

ENTRIES: dict[str, Callable[[Any], Any]] = {
    "signatures": lambda texts: neardup.signatures(texts, num_perm=16).tolist(),
    "shingle sets": lambda texts: shingle_sets(texts).values.tolist(),
    "anchors": lambda texts: anchors(texts, one_in=2).values.tolist(),
    "duplicates": lambda texts: neardup.find_duplicates(texts).to_dict(),
    "duplicates without boilerplate": lambda texts: neardup.find_duplicates(
        texts, config=Config(boilerplate=(paragraph_hash(NOTICE),))
    ).to_dict(),
    "pairs": lambda texts: list(neardup.find_pairs(texts, threshold=0.6)),
    "pairs in parts": lambda texts: [list(part) for part in neardup.iter_pairs(texts, threshold=0.6, part=2)],
    "repeats": lambda texts: neardup.find_repeats_batch(texts, min_chars=4).to_arrow().to_pylist(),
    "cleaned": lambda texts: neardup.find_repeats_batch(texts, min_chars=4).clean("all"),
    "paragraphs": lambda texts: neardup.find_repeated_paragraphs(texts).to_dict(),
    "removal": lambda texts: neardup.find_repeated_paragraphs(TEXTS).remove(texts, boilerplate=False).texts,
}
EXPECTED = {name: entry(TEXTS) for name, entry in ENTRIES.items()}


def test_the_texts_make_every_function_find_something() -> None:
    assert all(EXPECTED.values())
    assert EXPECTED["duplicates"] != EXPECTED["duplicates without boilerplate"]
    assert EXPECTED["removal"] != TEXTS


@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize("source", SOURCES)
def test_every_column_is_the_same_to_every_function(source: str, entry: str) -> None:
    assert ENTRIES[entry](SOURCES[source](TEXTS)) == EXPECTED[entry]


@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize("source", SOURCES)
def test_a_null_is_named_by_every_function(source: str, entry: str) -> None:
    if "once" in source:
        pytest.skip("as without once")
    with pytest.raises(ValueError, match=r"text (with id )?3 is null; drop it or fill it first"):
        ENTRIES[entry](SOURCES[source]([*TEXTS[:3], None, *TEXTS[4:]]))


@pytest.mark.parametrize("source", SOURCES)
def test_an_empty_column_has_no_texts(source: str) -> None:
    column = text_column(SOURCES[source]([]))
    assert len(column) == 0
    assert list(texts_at(column, np.arange(0))) == []


@pytest.mark.parametrize("source", SOURCES)
def test_texts_are_read_at_rows_in_any_order(source: str) -> None:
    column = text_column(SOURCES[source](TEXTS))
    for rows in ([], [5, 0, 5], [3, 2, 1], range(len(TEXTS))):
        assert list(texts_at(column, np.array(rows, np.intp))) == [TEXTS[row] for row in rows]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), max_size=8), st.data())
def test_a_column_has_the_texts_that_were_put_in(texts: list[str], data: st.DataObject) -> None:
    source = SOURCES[data.draw(st.sampled_from(sorted(SOURCES)))](texts)
    column = text_column(source)
    assert list(texts_at(column, np.arange(len(column)))) == texts


@pytest.mark.once
@pytest.mark.parametrize("backend", BACKENDS)
def test_rows_that_are_none_are_refused(backend: Any) -> None:
    column = backend.Texts(pa.array(["天"]))
    for row in (-1, 1, 2**62):
        with pytest.raises(ValueError, match="the rows must be texts"):
            column.take(np.array([row]))


@pytest.mark.once
@pytest.mark.parametrize("backend", BACKENDS)
def test_a_text_that_is_not_utf8_is_named(backend: Any) -> None:
    column = backend.Texts(from_offsets([0, 1, 4], b"a\xed\xa0\x80", pa.string()))
    assert column.take(np.array([0])) == ["a"]
    with pytest.raises(ValueError, match="text 1 is not valid UTF-8"):
        column.take(np.array([0, 1]))


def test_a_column_is_not_copied() -> None:
    if neardup.backend() == "reference":
        pytest.skip("the reference copies")
    source = from_offsets([0, 3], "天".encode(), pa.string())
    column: Any = text_column(source)  # type: ignore[arg-type]
    ctypes.memmove(source.kept[1][1], "地".encode(), 3)  # type: ignore[index]
    assert column.take(np.array([0])) == ["地"]


def test_a_column_lives_longer_than_its_source() -> None:
    for kind in STRING_TYPES:
        columns = [text_column(chunked([*TEXTS, str(i) * 50], kind, 3)) for i in range(20)]
        for i, column in enumerate(columns):
            assert list(texts_at(column, np.arange(len(column)))) == [*TEXTS, str(i) * 50]


CONSUMED = "ValueError: the Arrow column was consumed already; give an object that makes new capsules at every call"


@pytest.mark.once
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("shape", ["array, once", "stream, once"])
def test_a_second_use_of_a_capsule_is_refused(shape: str, backend: Any) -> None:
    for kind in STRING_TYPES:
        source = SHAPES[shape](TEXTS, kind)
        assert len(backend.Texts(source)) == len(TEXTS)
        assert both_words(lambda source=source: source) == CONSUMED  # type: ignore[misc]


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_function_reads_a_column_once_and_then_says_so(entry: str) -> None:
    source = Once(chunked(TEXTS, pa.string(), 2))
    assert ENTRIES[entry](source) == EXPECTED[entry]
    with pytest.raises(ValueError, match="the Arrow column was consumed already"):
        ENTRIES[entry](source)


def test_what_others_consumed_is_refused() -> None:
    def taken_by_pyarrow(source: Any) -> Once:
        once = Once(source)
        (pa.chunked_array if hasattr(once, "__arrow_c_stream__") else pa.array)(once)
        return once

    assert both_words(lambda: taken_by_pyarrow(pa.chunked_array([TEXTS]))) == CONSUMED
    assert both_words(lambda: taken_by_pyarrow(OnlyArray(pa.array(TEXTS)))) == CONSUMED
    # One of the two is enough.
    _, array = pa.array(TEXTS).__arrow_c_array__()
    pa.array(Gives("__arrow_c_array__", (pa.array(TEXTS).__arrow_c_array__()[0], array)))
    assert both_words(lambda: Gives("__arrow_c_array__", (pa.array(TEXTS).__arrow_c_array__()[0], array))) == CONSUMED


TWO = "TypeError: __arrow_c_array__ must give two capsules, an arrow_schema and an arrow_array"
ONE = "TypeError: __arrow_c_stream__ must give a capsule, an arrow_array_stream"


def test_what_is_no_capsule_is_refused() -> None:
    schema, array = pa.array(TEXTS).__arrow_c_array__()
    stream = pa.chunked_array([TEXTS]).__arrow_c_stream__()
    pairs = [None, (), (schema,), (schema, array, array), [schema, array], (array, schema), (schema, None)]
    pairs += [(None, array), (schema, stream), "ab", 7, schema]
    for pair in pairs:
        assert both_words(lambda pair=pair: Gives("__arrow_c_array__", pair)) == TWO  # type: ignore[misc]
    for capsule in (None, (), (stream,), schema, array, "a", 7, ctypes.py_object()):
        assert both_words(lambda capsule=capsule: Gives("__arrow_c_stream__", capsule)) == ONE  # type: ignore[misc]


@pytest.mark.parametrize("source", [None, 7, "天", object(), {"a": 1}, pa.scalar("天")])
def test_what_is_no_column_is_refused(source: object) -> None:
    expected = f"TypeError: texts must be a list of str or an Arrow column of strings, not {type(source).__name__}"
    assert both_words(lambda: source) == expected


@pytest.mark.parametrize("method", ["__arrow_c_array__", "__arrow_c_stream__"])
def test_an_error_of_the_source_is_its_own(method: str) -> None:
    class Fails:
        pass

    def fail(self: object, requested_schema: object = None) -> object:
        raise ValueError("the file was closed")

    setattr(Fails, method, fail)
    assert both_words(Fails) == "ValueError: the file was closed"


def set_null(structure: Any, *names: str) -> None:
    for name in names:
        field = getattr(type(structure), name)
        ctypes.memset(ctypes.addressof(structure) + field.offset, 0, field.size)


def set_format(schema: Any, buffer: Any) -> None:
    ctypes.c_void_p.from_address(ctypes.addressof(schema)).value = ctypes.addressof(buffer)


SCHEMA, NEXT, ERROR, _ = (kind for _, kind in c.ArrowArrayStream._fields_[:4])
ODD = ctypes.create_string_buffer(b"dis\xff on fire")
ODD_ERROR_RAW = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)(lambda _: ctypes.addressof(ODD))
ODD_ERROR = ctypes.cast(ODD_ERROR_RAW, ERROR)
FAILS, DOES_NOTHING = NEXT(lambda *_: 5), SCHEMA(lambda *_: 0)
CHUNKS = pa.chunked_array([["天"], ["地"]])
FORMAT = ctypes.create_string_buffer(b"\xff\xe5")
MALFORMED: dict[str, tuple[str, Callable[[], Any]]] = {
    "no buffers": ("is malformed", lambda: Broken(pa.array(["天"]), lambda _, array: set_null(array, "buffers"))),
    "no schema function": ("lacks a function", lambda: BrokenStream(CHUNKS, lambda s: set_null(s, "get_schema"))),
    "no next function": ("lacks a function", lambda: BrokenStream(CHUNKS, lambda s: set_null(s, "get_next"))),
    "no error function": (
        "the Arrow stream failed: no reason",
        lambda: BrokenStream(CHUNKS, lambda s: (setattr(s, "get_next", FAILS), set_null(s, "get_last_error"))),
    ),
    "error that is not UTF-8": (
        "the Arrow stream failed: dis\ufffd on fire",
        lambda: BrokenStream(
            CHUNKS, lambda s: (setattr(s, "get_next", FAILS), setattr(s, "get_last_error", ODD_ERROR))
        ),
    ),
    "no schema": ("of Arrow format ''", lambda: BrokenStream(CHUNKS, lambda s: setattr(s, "get_schema", DOES_NOTHING))),
    "format that is not UTF-8": (
        "of Arrow format '\ufffd\ufffd'",
        lambda: Broken(pa.array(["天"]), lambda schema, _: set_format(schema, FORMAT)),
    ),
    "no sizes of view buffers": (
        "text 0 has an Arrow view that points outside of its buffers",
        lambda: Broken(
            pa.array(["天地玄黄宇宙"], pa.string_view()),
            lambda _, array: array.buffers.__setitem__(array.n_buffers - 1, None),
        ),
    ),
    "released array": (CONSUMED, lambda: Broken(pa.array(["天"]), lambda _, array: set_null(array, "release"))),
    "released schema": (CONSUMED, lambda: Broken(pa.array(["天"]), lambda schema, _: set_null(schema, "release"))),
    "released stream": (CONSUMED, lambda: BrokenStream(CHUNKS, lambda s: set_null(s, "release"))),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_column_is_refused_in_the_same_words(name: str) -> None:
    words, source = MALFORMED[name]
    assert words in both_words(source)


VALUES: dict[str, list[int]] = {
    "length": [-(2**63), -1, 0, 1, 2, 3, 2**59, 2**63 - 1],
    "offset": [-(2**63), -1, 0, 1, 2**59, 2**63 - 4, 2**63 - 1],
    "null_count": [-(2**63), -1, 0, 1, 2],
    "n_buffers": [-(2**63), -1, 0, 1, 2, 3],
}
ROWS = ["天地玄黄宇宙洪荒", "a", None, "é𠀀", "日月盈昃辰宿列张"]


@given(st.data())
def test_an_array_with_any_faults_is_the_same_to_both(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(STRING_TYPES))
    array = pa.array(data.draw(st.permutations(ROWS)), kind).slice(0, 3)
    changes = {name: data.draw(st.none() | st.sampled_from(some)) for name, some in VALUES.items()}
    gone = data.draw(st.sets(st.integers(0, 2), max_size=1))
    released = data.draw(st.sets(st.sampled_from(["schema", "array"]), max_size=1) | st.just(set()))
    text = data.draw(st.none() | st.sampled_from([b"u", b"U", b"vu", b"uu", b"", b"\xe5", b"+s", b"l"]))
    if text in {b"u", b"U", b"vu"}:
        text = None  # of another layout, what is read would be chance
    name = ctypes.create_string_buffer(text) if text is not None else None

    def change(schema: Any, structure: Any) -> None:
        if name is not None:
            set_format(schema, name)
        for number in gone:
            structure.buffers[number] = None
        for field, value in changes.items():
            if value is not None:
                setattr(structure, field, value)
        for each in released:
            set_null({"schema": schema, "array": structure}[each], "release")

    found = [read(backend, Broken(array, change)) for backend in BACKENDS]
    assert all(each == found[0] for each in found)


@given(st.lists(st.integers(-2, 12), min_size=1, max_size=6), st.sampled_from(STRING_TYPES[:2]))
def test_any_offsets_are_the_same_to_both(offsets: list[int], kind: pa.DataType) -> None:
    found = [read(backend, from_offsets(offsets, "天é𠀀ab".encode() * 2, kind)) for backend in BACKENDS]
    assert all(each == found[0] for each in found)


VIEW = st.tuples(st.integers(-2, 30), st.integers(-2, 3), st.integers(-2, 30))


@given(st.lists(VIEW, max_size=4), st.lists(st.just("天é𠀀abcd玄黄".encode()), max_size=2))
def test_any_views_are_the_same_to_both(views: list[tuple[int, int, int]], buffers: list[bytes]) -> None:
    found = [read(backend, from_views(views, buffers)) for backend in BACKENDS]
    assert all(each == found[0] for each in found)


@pytest.mark.once
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("is_stream", [False, True])
@pytest.mark.parametrize("texts", [["天"], ["天", None], [1]])
def test_what_was_taken_is_released_once(texts: list[Any], is_stream: bool, backend: Any) -> None:
    before = pa.total_allocated_bytes()
    released: list[int] = []
    for _ in range(3):
        array = pa.array([*texts] * 1000)
        source: Any = pa.chunked_array([array]) if is_stream else OnlyArray(array)
        try:
            released.append(len(backend.Texts(source)))
        except ValueError:
            released.append(-1)
        del array, source
    assert len(released) == 3
    assert pa.total_allocated_bytes() == before


MAX = 2**30


@pytest.mark.once
@pytest.mark.parametrize("backend", BACKENDS)
def test_a_text_may_have_2_to_the_30_code_points_and_not_one_more(backend: Any) -> None:
    # Memory of one's own that is never written takes none.
    options = {"flags": mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS} if hasattr(mmap, "MAP_PRIVATE") else {}
    with mmap.mmap(-1, MAX + 1, **options) as memory:
        memory[:2] = "é".encode()
        start = ctypes.addressof(ctypes.c_char.from_buffer(memory))

        def column(size: int, begin: int = 0) -> Broken:
            source = from_offsets([0, size], b"", pa.large_string())
            addresses, _ = source.kept  # type: ignore[misc]
            addresses[2] = start + begin
            return source

        if backend is not _reference:  # which copies
            assert len(backend.Texts(column(MAX))) == 1
            assert len(backend.Texts(column(MAX + 1))) == 1  # one of the code points has two bytes
        memory[:2] = b"aa"
        with pytest.raises(ValueError, match=r"^text 0 is longer than 2\*\*30 code points; split it$"):
            backend.Texts(column(MAX + 1))
        # Of so many bytes not one is looked at.
        with pytest.raises(ValueError, match=r"^text 0 is longer than 2\*\*30 code points; split it$"):
            backend.Texts(column(4 * MAX + 1))


@pytest.mark.parametrize("function", ["fold_texts", "shingle_sets", "paragraphs"])
def test_a_folded_form_that_is_too_long_is_refused(function: str) -> None:
    expansions = np.full(127, ord("a"), np.uint32)
    entries = np.arange(0x110000, dtype=np.uint32)
    entries[ord("重")] = 0x80000000 | 127 << 24
    options = {"fold_texts": (1,), "shingle_sets": (5, 1), "paragraphs": (1, 1)}[function]
    texts = ["重", "重" * (MAX // 127 + 1)]
    with pytest.raises(ValueError, match=r"^text 1 is longer than 2\*\*30 code points; split it$"):
        call(kernels, function, texts, (entries, expansions), *options)
    with pytest.raises(ValueError, match=r"^a text is longer than 2\*\*30 code points; split it$"):
        call(kernels, "fold", texts[1], (entries, expansions))


@pytest.mark.slow
@pytest.mark.parametrize("entry", ENTRIES)
def test_a_long_text_is_refused_by_every_function(entry: str) -> None:
    with pytest.raises(ValueError, match=r"text 1 is longer than 2\*\*30 code points; split it"):
        ENTRIES[entry](["短", "a" * (MAX + 1)])


@pytest.mark.slow
def test_a_long_text_alone_is_refused() -> None:
    text = "a" * (MAX + 1)
    for run in (
        lambda: neardup.fold(text),
        lambda: neardup.shingles(text),
        lambda: neardup.find_repeats(text),
        lambda: neardup.compare("短", text),
    ):
        with pytest.raises(ValueError, match=r"text 0? ?is longer than 2\*\*30 code points; split it"):
            run()


def test_a_column_that_is_left_at_the_end_says_nothing() -> None:
    code = """
import pyarrow as pa, neardup, sys
from neardup.inputs import text_column
parts = neardup.iter_pairs(pa.array(["天地玄黄"] * 9), part=2)
next(parts)
column = text_column(pa.array(["天"]))
sys.kept = [column, parts]
sys.kept.append(sys.kept)
"""
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
