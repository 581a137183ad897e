"""The inputs of a job: documents of every kind of file by batches, and each fault by its name."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from neardup import InputError
from neardup.inputs import text_column
from neardup.io.bounded import Bounds
from neardup.io.json_records import read_record
from neardup.io.records import Fields
from neardup.io.sources import Source
from neardup.jobs.inputs import BATCH_RECORDS, Batch, Wanted, read_batches
from tests.files import KINDS, made, source_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.once

ROWS = [
    {
        "id": f"a{number}",
        "text": f"第{number}篇，有“引号”和\n换行",
        "title": f"题{number}",
        "n": number,
        "site": "甲乙"[number % 2],
    }
    for number in range(1, 31)
]
ALL = Wanted(Fields(id="id", title="title"), priority="n", group="site")
OF_TEXTS = replace(ALL, priority=None)


def texts_of(batch: Batch) -> list[str]:
    return text_column(batch.texts).take(np.arange(len(batch.texts)))


def read(path: Path, wanted: Wanted = ALL, size: int = 1 << 20) -> list[Batch]:
    return list(read_batches(source_of(path), wanted, size))


def faults_of(batches: list[Batch]) -> list[tuple[int, str]]:
    return [(reject.number, reject.error.message) for batch in batches for reject in batch.rejects]


def until_fault(batches: Iterator[Batch]) -> tuple[list[Batch], InputError]:
    """Read to the fault of a file."""
    found: list[Batch] = []
    with pytest.raises(InputError) as raised:  # noqa: PT012 - each test matches what it says
        for batch in batches:
            found.append(batch)
    return found, raised.value


@pytest.mark.parametrize("size", [1, 500, 1 << 20])
@pytest.mark.parametrize(
    "name", [f"x.{kind}{packed}" for kind in KINDS for packed in ("", ".gz") if kind + packed != "parquet.gz"]
)
def test_all_of_a_document_is_read_from_files_of_every_kind(tmp_path: Path, name: str, size: int) -> None:
    path = made(tmp_path / name, ROWS)
    batches = read(path, size=size)
    assert [text for batch in batches for text in texts_of(batch)] == [row["text"] for row in ROWS]
    for attribute, field in (("ids", "id"), ("titles", "title"), ("priorities", "n"), ("groups", "site")):
        assert [value for batch in batches for value in getattr(batch, attribute)] == [row[field] for row in ROWS]
    assert len(batches) == {1: 30, 500: len(batches), 1 << 20: 1}[size]
    numbers = np.concatenate([batch.numbers for batch in batches])
    assert numbers.dtype == np.int64
    first, step = {"csv": (2, 2), "tsv": (2, 2)}.get(path.name.split(".")[1], (1, 1))
    assert numbers.tolist() == list(range(first, first + 30 * step, step))
    positions = [batch.position for batch in batches]
    assert positions == sorted(positions)
    assert positions[-1] == path.stat().st_size
    assert {batch.source.kind for batch in batches} == {name.split(".")[1]}
    assert not faults_of(batches)


def test_what_is_not_asked_for_is_not_there(tmp_path: Path) -> None:
    for kind in KINDS:
        [batch] = read(made(tmp_path / f"x.{kind}", ROWS), Wanted())
        assert (batch.ids, batch.titles, batch.priorities, batch.groups) == (None, None, None, None)


def test_a_text_file_is_one_document(tmp_path: Path) -> None:
    path = tmp_path / "文.txt.gz"
    path.write_bytes(gzip.compress("质量强，则万物强\r\n".encode("gb18030")))
    [batch] = read(path, OF_TEXTS)
    assert (batch.texts, batch.numbers.tolist(), batch.source.kind) == (["质量强，则万物强\r\n"], [0], "text")
    path.write_bytes(gzip.compress("質量".encode("big5")))
    [batch] = read(path, replace(OF_TEXTS, encoding="big5"))
    assert batch.texts == ["質量"]
    [batch] = read(path, ALL)
    assert 'a text file has no field "n"' in faults_of([batch])[0][1]


def test_what_is_no_text_is_a_reject_of_its_file(tmp_path: Path) -> None:
    for name, data, said in (
        ("a.txt", b"%PDF-1.4", "this is a PDF, not text"),
        ("b.txt", b"<html><p>x", "an HTML page"),
        ("c.txt", "长".encode() * 100, "more than 200 bytes of text"),
        ("d.txt", "正文".encode()[:-1] + b"\xff\xff" * 9, "not"),
    ):
        (tmp_path / name).write_bytes(data)
        [batch] = read(tmp_path / name, replace(OF_TEXTS, bounds=Bounds(200)))
        assert len(batch.numbers) == len(batch.texts) == 0
        [(number, message)] = faults_of([batch])
        assert number == 0
        assert said in message
        assert batch.rejects[0].error.file == str(tmp_path / name)


LINES = [
    b'{"text": "\xe5\xa5\xbd", "id": 1}',
    "坏".encode(),
    b'{"id": 2}',
    b'{"text": null, "id": 3}',
    b'{"text": "' + b"x" * 500 + b'", "id": 4}',
    b'{"text": "\xff", "id": 5}',
    b'{"text": "", "id": 6, "other": "\xff"}',
    b'{"text": 7, "id": 7}',
    b'{"text": "", "id": []}',
    b'{"text": "", "id": null}',
    b"[]",
    b"",
    b'{"text": "\\ud800", "id": 12}',
    b'{"text": "' + b"[" * 9 + b'", "id": 13, "deep": ' + b"[" * 99 + b"]" * 99 + b"}",
]
SAID = {
    2: "not JSON",
    3: 'the field "text" is missing; there are: "id"',
    4: 'the field "text" is null, not a string',
    5: "more than 400 bytes; leave it out, or allow more",
    6: "not UTF-8 (bytes ff 22 2c 20 at byte 10 of the record)",
    7: "not UTF-8 (bytes ff 22 7d at byte 32 of the record)",
    8: 'the field "text" is a number, not a string',
    9: 'the field "id" is an array, not a string, a number, true or false',
    10: 'the field "id" is null, not a string',
    11: "not an object but an array",
    13: "half a surrogate pair, which is no character",
}


def test_every_bad_line_is_a_reject(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(b"\n".join(LINES) + b"\n")
    batches = read(path, Wanted(Fields(id="id"), bounds=Bounds(400)))
    found = [values for batch in batches for values in zip(batch.texts, batch.ids or [], batch.numbers, strict=True)]
    assert found == [("好", 1, 1), ("[" * 9, 13, 14)]
    rejects = [reject for batch in batches for reject in batch.rejects]
    assert [reject.number for reject in rejects] == list(SAID)
    for reject in rejects:
        assert SAID[reject.number] in reject.error.message
        assert (reject.error.file, reject.error.line) == (str(path), reject.number)
        assert reject.raw == (None if reject.number == 5 else LINES[reject.number - 1])


@pytest.mark.parametrize("kind", KINDS)
def test_null_is_no_priority_but_a_group(tmp_path: Path, kind: str) -> None:
    values: list[Any] = [1.5, None, 3.25]
    rows = [{"text": "甲", "n": value, "site": site} for value, site in zip(values, ("甲", None, None), strict=True)]
    batches = read(made(tmp_path / f"x.{kind}", rows), Wanted(priority="n", group="site"))
    assert [(batch.priorities, batch.groups) for batch in batches] == [([1.5, 3.25], ["甲", None])]
    [(_, message)] = faults_of(batches)
    assert message == 'the field "n" is null, not a string, a number, true or false'
    assert batches[0].rejects[0].error.parameter == "priority_field"


@pytest.mark.parametrize(
    ("value", "read_as"),
    [
        ("true", True),
        ("-0", 0),
        ("1e2", 100.0),
        ('"2024-01-02"', "2024-01-02"),
        (f"{10**30}", 10**30),
        ("[1]", None),
        ("{}", None),
    ],
)
def test_priorities_are_values_that_have_an_order(tmp_path: Path, value: str, read_as: object) -> None:
    (tmp_path / "x.jsonl").write_text(f'{{"text": "", "n": {value}, "site": {value}}}\n')
    [batch] = read(tmp_path / "x.jsonl", Wanted(priority="n", group="site"))
    if read_as is None:
        assert "not a string, a number, true or false" in batch.rejects[0].error.message
    else:
        assert (batch.priorities, batch.groups) == ([read_as], [read_as])
        assert batch.priorities
        assert type(batch.priorities[0]) is type(read_as)


def test_priorities_of_a_table_are_numbers_where_they_are_written_as_numbers(tmp_path: Path) -> None:
    written = ["9", "10", "-1.5e3", "007", "2024-01-02", "١", "1" * 5000]
    path = made(tmp_path / "x.csv", [{"text": "甲", "n": value} for value in written])
    [batch] = read(path, Wanted(priority="n"))
    assert batch.priorities == [9, 10, -1500.0, "007", "2024-01-02", "١", "1" * 5000]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda values: st.lists(values, max_size=3) | st.dictionaries(st.text(max_size=3), values, max_size=3),
    max_leaves=5,
)
NAMES = st.sampled_from(["text", "id", "m", "m.b", "b", ""])
FIELDS = st.builds(
    Fields,
    st.lists(NAMES, min_size=1, max_size=2, unique=True).map(tuple),
    st.none() | NAMES,
    st.none() | NAMES,
    st.none() | NAMES,
    st.none() | NAMES,
)


@given(st.dictionaries(NAMES, VALUES, max_size=4), FIELDS, st.binary(max_size=2), st.data())
def test_a_record_is_read_as_field_by_field(
    row: dict[str, Any], fields: Fields, bytes_: bytes, data: st.DataObject
) -> None:
    """Decoding all of a line at once gives the same, errors too, also where bytes of it are damaged."""
    from neardup.io.json_records import _any_record

    line = json.dumps(row, ensure_ascii=data.draw(st.booleans())).encode("utf-8", "surrogatepass")
    place = data.draw(st.integers(0, len(line)))
    for each in (line, line[:place] + bytes_ + line[place + data.draw(st.integers(0, 2)) :]):
        outcomes = []
        for reader in (read_record, _any_record):
            try:
                outcomes.append(repr(reader(each, fields)))
            except InputError as error:
                outcomes.append(f"{type(error)} {error} {error.parameter}")
        assert outcomes[0] == outcomes[1]


def test_ids_are_spelled_as_they_are_written() -> None:
    for written, id_ in (
        ("7", 7),
        ("-0", "-0"),
        ("0", 0),
        ("1.50", "1.50"),
        ("true", "true"),
        (f"{10**18}", f"{10**18}"),
    ):
        assert read_record(f'{{"text": "", "id": {written}}}'.encode(), Fields(id="id")).id == id_


def test_a_file_of_bad_records_is_not_read_on(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(b'{"body": ""}\n' * 5000 + b'{"text": ""}\n')
    found, error = until_fault(read_batches(source_of(path), Wanted()))
    assert not found
    assert str(error).startswith(
        f"{path}:1: none of the first 20 records can be read, and the rest is not tried: the f"
    )
    path.write_bytes(b'{"body": ""}\n' * 19 + b'{"text": ""}\n')
    [batch] = read(path, Wanted())
    assert (len(batch.rejects), batch.numbers.tolist()) == (19, [20])


@pytest.mark.parametrize("kind", ["jsonl", "json", "csv"])
def test_a_file_that_is_cut_off_is_read_until_there(tmp_path: Path, kind: str) -> None:
    path = made(tmp_path / f"x.{kind}.gz", [{"text": f"{number * 7919**9}" * 9} for number in range(5000)])
    path.write_bytes(path.read_bytes()[:-2000])
    found, error = until_fault(read_batches(source_of(path), Wanted(), 10_000))
    assert len(found) > 2
    assert "the compressed file is cut off; get the whole file" in error.message
    assert error.file == str(path)
    assert error.line is not None
    assert error.line > found[-2].numbers[-1]


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_what_unpacks_to_too_much_is_refused(tmp_path: Path, suffix: str) -> None:
    zstd = pytest.importorskip("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")
    pack = {".gz": gzip.compress, ".zst": zstd.compress}[suffix]
    path = tmp_path / f"x.jsonl{suffix}"
    path.write_bytes(pack(b'{"text": "bomb"}\n' * 100_000))
    found, error = until_fault(read_batches(source_of(path), Wanted(bounds=Bounds(unpacked=1_000_000)), 100_000))
    assert sum(len(batch.texts) for batch in found) > 50_000
    assert "unpacks to more than 1,000,000 bytes; leave it out, or allow more" in error.message
    assert error.parameter == "max_unpacked_size"
    assert error.line is not None


def test_a_line_without_an_end_is_not_held(tmp_path: Path) -> None:
    """Of a line that is far too long no more is in memory than a piece."""
    path = tmp_path / "x.jsonl"
    with path.open("wb") as file:
        file.write(b'{"text": "a"}\n{"text": "')
        for _ in range(200):
            file.write(b"x" * 1_000_000)
        file.write(b'"}\n{"text": "b"}\n')
    code = (
        "import resource, sys; from pathlib import Path; from neardup.io.bounded import Bounds\n"
        "from neardup.io.sources import Source; from neardup.jobs.inputs import Wanted, read_batches\n"
        "source = Source('x', Path(sys.argv[1]), Path('x'))\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "for batch in read_batches(source, Wanted(bounds=Bounds(1_000_000))):\n"
        "    print(batch.texts, batch.numbers.tolist(), [str(each.error) for each in batch.rejects])\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000)"
    )
    done = subprocess.run([sys.executable, "-P", "-c", code, path], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        "['a'] [1] []",
        "[] [] ['x:2: more than 1,000,000 bytes; leave it out, or allow more']",
        "['b'] [3] []",
        "True",
    ]


def test_what_cannot_be_opened_is_named(tmp_path: Path) -> None:
    for path, said in (
        (tmp_path / "no.jsonl", "cannot be read: No such file or directory"),
        (tmp_path, "cannot be read: Is a directory"),
    ):
        found, error = until_fault(read_batches(source_of(path), Wanted()))
        assert not found
        assert str(error) == f"{path}: {said}"


def test_an_encoding_is_asked_for(tmp_path: Path) -> None:
    for name, data in (
        ("x.jsonl", '{"text": "质量"}\n'),
        ("x.csv", "text,id\n质量,1\n"),
        ("x.json", '[{"text": "质量"}]'),
    ):
        for encoding in ("gb18030", "utf-16-le"):
            (tmp_path / name).write_bytes(data.encode(encoding))
            [batch] = read(tmp_path / name, Wanted(encoding=encoding))
            assert batch.texts == ["质量"]
    (tmp_path / "x.jsonl").write_bytes('{"text": "质量"}\n{"text": "质量"}\n'.encode("gb18030"))
    _, error = until_fault(read_batches(source_of(tmp_path / "x.jsonl"), Wanted()))
    assert "say its encoding" in error.message
    assert error.parameter == "encoding"


def table_of(path: Path, texts: Any, **columns: Any) -> Path:
    parquet.write_table(pa.table({"text": texts, **columns}), path)
    return path


def test_texts_of_parquet_stay_in_their_buffers(tmp_path: Path) -> None:
    texts = ["甲", "", "乙丙"]
    for kind in (pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string())):
        column = (
            pa.array(texts).cast(kind)
            if kind != pa.dictionary(pa.int32(), pa.string())
            else pa.array(texts).dictionary_encode()
        )
        [batch] = read(table_of(tmp_path / "x.parquet", column), Wanted())
        assert isinstance(batch.texts, (pa.StringArray, pa.LargeStringArray))
        assert texts_of(batch) == texts


def test_rows_of_parquet_have_their_faults(tmp_path: Path) -> None:
    """What is null, not UTF-8 or too long; the others are read."""
    data = ["甲".encode(), None, b"\xff\xfe", b"x" * 300, "乙".encode(), b"ok", b"ok"]
    texts = pa.array(data, pa.binary()).view(pa.string())
    ids = pa.array([1, 2, 3, 4, None, 6, 7])
    priorities = pa.array([0.5, 1, 1, 1, 1, float("nan"), 2.5])
    path = table_of(tmp_path / "x.parquet", texts, id=ids, n=priorities)
    [batch] = read(path, Wanted(Fields(id="id"), priority="n", bounds=Bounds(200)))
    assert (texts_of(batch), batch.ids, batch.priorities, batch.numbers.tolist()) == (
        ["甲", "ok"],
        [1, 7],
        [0.5, 2.5],
        [1, 7],
    )
    assert faults_of([batch]) == [
        (2, 'the field "text" is null, not a string'),
        (3, "not UTF-8 (invalid start byte at byte 0 of the value); repair it"),
        (4, "more than 200 bytes; leave it out, or allow more"),
        (5, 'the field "id" is null, not a string, a number, true or false'),
        (6, 'the field "n" is no number (NaN), not a string, a number, true or false'),
    ]
    raws = [reject.raw for reject in batch.rejects]
    assert raws == [b'{"id":2,"n":1.0,"text":null}', None, None, '{"id":null,"n":1.0,"text":"乙"}'.encode(), raws[4]]


def test_columns_of_parquet_may_be_inside_others_and_several(tmp_path: Path) -> None:
    rows = [{"m": {"b": "甲", "k": 1}, "t": "题"}, {"m": None, "t": "丁"}, {"m": {"b": None, "k": 2}, "t": None}]
    path = made(tmp_path / "x.parquet", rows)
    [batch] = read(path, Wanted(Fields(("t", "m.b"))))
    assert texts_of(batch) == ["题\n甲", "丁"]
    assert faults_of([batch]) == [(3, 'the field "t" is null, not a string')]
    [batch] = read(path, Wanted(Fields(("m.b",), id="m.k"), bounds=Bounds(100)))
    assert (texts_of(batch), batch.ids, batch.numbers.tolist()) == (["甲"], [1], [1])
    [batch] = read(path, Wanted(Fields(("t", "m.b")), bounds=Bounds(5)))
    assert faults_of([batch]) == [
        (1, "more than 5 bytes; leave it out, or allow more"),
        (3, 'the field "t" is null, not a string'),
    ]


def test_what_is_not_utf8_beside_a_text_is_a_fault_of_its_row(tmp_path: Path) -> None:
    ids = pa.array([b"a", b"\xff", b"c"], pa.binary()).view(pa.string())
    [batch] = read(table_of(tmp_path / "x.parquet", ["甲", "乙", "丙"], id=ids), Wanted(Fields(id="id")))
    assert (texts_of(batch), batch.ids, batch.numbers.tolist()) == (["甲", "丙"], ["a", "c"], [1, 3])
    assert faults_of([batch]) == [(2, "not UTF-8 (invalid start byte at byte 0 of the value); repair it")]


def test_columns_of_parquet_may_be_deep_inside(tmp_path: Path) -> None:
    rows = [{"a": {"b": {"c": "甲"}, "x.y": 1}}, {"a": {"b": None, "x.y": 2}}, {"a": {"b": {"c": "乙"}, "x.y": 3}}]
    [batch] = read(made(tmp_path / "x.parquet", rows), Wanted(Fields(("a.b.c",), "a.x.y")))
    assert (texts_of(batch), batch.ids, batch.numbers.tolist()) == (["甲", "乙"], [1, 3], [1, 3])


def test_other_types_of_parquet_are_ids_and_priorities(tmp_path: Path) -> None:
    values = [Decimal("1.50"), date(2024, 1, 2), True, timedelta(hours=1), b"x", [1]]
    for value, id_, priority in zip(
        values,
        ["1.50", "2024-01-02", "true", "PT3600S", "eA==", None],
        [1.5, "2024-01-02", True, 3600.0, None, None],
        strict=True,
    ):
        path = table_of(tmp_path / "x.parquet", ["甲"], n=pa.array([value]))
        [batch] = read(path, Wanted(Fields(id="n")))
        assert batch.ids == ([] if id_ is None else [id_])
        [batch] = read(path, Wanted(priority="n"))
        assert batch.priorities == ([] if priority is None else [priority])


def test_a_column_of_parquet_that_is_no_text_is_refused(tmp_path: Path) -> None:
    for texts, said in (
        (pa.array([1, 2]), 'the field "text" is int64, not a string'),
        (pa.array([b"x"]), "is binary, not"),
    ):
        found, error = until_fault(read_batches(source_of(table_of(tmp_path / "x.parquet", texts)), Wanted()))
        assert not found
        assert said in error.message
        assert error.file == str(tmp_path / "x.parquet")
    _, error = until_fault(read_batches(source_of(table_of(tmp_path / "x.parquet", ["甲"])), Wanted(Fields(("body",)))))
    assert error.message == 'the field "body" is missing; there are: "text"'
    _, error = until_fault(read_batches(source_of(table_of(tmp_path / "x.parquet", pa.nulls(30))), Wanted()))
    assert "none of the first 20 records can be read" in error.message


def test_a_damaged_parquet_file_is_read_until_there(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    parquet.write_table(
        pa.table({"text": [f"{number}" * 99 for number in range(400)]}),
        path,
        row_group_size=200,
        compression="gzip",
        use_dictionary=False,
    )
    data = bytearray(path.read_bytes())
    start = parquet.ParquetFile(path).metadata.row_group(1).column(0).data_page_offset
    data[start + 30 : start + 400] = b"\0" * 370
    path.write_bytes(data)
    found, error = until_fault(read_batches(source_of(path), Wanted(), 10_000))
    assert 100 <= sum(len(batch.texts) for batch in found) <= 200
    assert "the Parquet file is damaged" in error.message
    path.write_bytes(data[:-9])
    _, error = until_fault(read_batches(source_of(path), Wanted()))
    assert error.file == str(path)
    assert "damaged" in error.message


def test_a_column_of_parquet_is_not_in_memory_as_a_whole(tmp_path: Path) -> None:
    texts = [f"{number:09}" * 1000 for number in range(4000)]
    parquet.write_table(pa.table({"text": texts}), tmp_path / "x.parquet", compression="none", use_dictionary=False)
    most = 0
    for batch in read_batches(source_of(tmp_path / "x.parquet"), Wanted()):
        most = max(most, pa.total_allocated_bytes())
        assert len(batch.texts) < 200
    assert 0 < most < 18_000_000


def test_batches_are_small(tmp_path: Path) -> None:
    for kind in KINDS:
        batches = read(
            made(tmp_path / f"x.{kind}", [{"text": "", "k": 1}] * (BATCH_RECORDS + 5)), Wanted(Fields(), group="k")
        )
        assert [len(batch.texts) for batch in batches] == [BATCH_RECORDS, 5]


def test_standard_input_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = made(tmp_path / "x.jsonl.gz", ROWS)
    with path.open("rb") as file:
        monkeypatch.setattr("sys.stdin", type("Stdin", (), {"buffer": file}))
        [batch] = read_batches(Source("-", None, path), ALL)
    assert len(batch.texts) == 30
