"""CSV, TSV, JSON arrays and Parquet: read record by record, and written again with nothing else changed."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neardup import InputError
from neardup.io import json_files
from neardup.io.json_files import elements
from neardup.io.records import Fields
from neardup.io.tables import rows, table
from tests.command import BODY, clean, scan

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.once

TWICE = "标题\n" + BODY * 2
ONCE = "标题\n" + BODY
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda values: st.lists(values, max_size=3) | st.dictionaries(st.text(), values, max_size=3),
    max_leaves=5,
)
CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\x00\r"), max_size=8)


@given(st.lists(JSON, max_size=5), st.sampled_from([None, 1]), st.booleans(), st.integers(1, 60))
def test_elements_are_those_of_the_array(values: list[Any], indent: int | None, ascii_only: bool, piece: int) -> None:
    data = json.dumps(values, indent=indent, ensure_ascii=ascii_only).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_files, "_PIECE_BYTES", piece)
        found = list(elements(io.BytesIO(data), 1 << 20))
        assert [json.loads(raw or b"") for raw in found] == values
        short = list(elements(io.BytesIO(data), 9))
    assert short == list(elements(io.BytesIO(data), 9))
    assert len(short) == len(found)
    for raw, kept in zip(found, short, strict=True):  # what is too long is measured with the space around it
        assert kept in (None, raw)
        assert kept or len(raw or b"") > 9 - 4


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"[1,]", "no element between two signs after element 1"),
        (b"[,1]", "no element between two signs after element 0"),
        (b"[1}", "not JSON"),
        (b"[1", "cut off after element 0"),
        (b'[1, "a', "cut off after element 1"),
        (b"[1] x", "more text behind the end of the array"),
        (b'{"a": [1]}', "a single JSON object"),
        (b"x[1]", "^no JSON array of objects"),
        (b"", "^no JSON array of objects"),
        (b"x", "^no JSON array of objects"),
    ],
)
def test_what_is_wrong_with_an_array_is_said(data: bytes, said: str) -> None:
    with pytest.raises(InputError, match=said):
        list(elements(io.BytesIO(data), 99))


def test_an_array_has_bounds() -> None:
    data = json.dumps([1, "长" * 99, {"a": 2}]).encode()
    assert list(elements(io.BytesIO(data), 50)) == [b"1", None, b'{"a": 2}']
    with pytest.raises(InputError, match="unpacks to more than 9 bytes"):
        list(elements(io.BytesIO(data), 50, 9))


@given(st.lists(st.lists(CELLS, min_size=2, max_size=2), max_size=6), st.sampled_from(",\t;"), st.booleans())
def test_rows_are_those_of_the_table(cells: list[list[str]], delimiter: str, all_quoted: bool) -> None:
    out = io.StringIO()
    dialect = csv.unix_dialect if all_quoted else csv.excel
    csv.writer(out, dialect, delimiter=delimiter).writerows([["id", "text"], *cells])
    data = out.getvalue().encode()
    found = table(data, Fields(("text",), "id"), "utf-8", delimiter)
    read = [found.read(raw or b"") for _, raw in found.records(io.BytesIO(data), 1 << 20, None)]
    if found.is_quoted:
        assert [(record.id, record.text) for record in read] == [(id_, text) for id_, text in cells]


def test_the_number_of_a_row_is_that_of_its_first_line() -> None:
    data = b'text,n\n"a\n\nb",1\n\nc,2\n'
    assert list(rows(io.BytesIO(data), ",", 99, None)) == [
        (1, b"text,n\n"),
        (2, b'"a\n\nb",1\n'),
        (5, b"\n"),
        (6, b"c,2\n"),
    ]


def test_a_quotation_mark_that_is_not_closed_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text('text,n\n甲,1\n"乙,2\n' + "丙,3\n" * 999, encoding="utf-8")
    done = scan(path, "--max-document-size", "1KB")
    assert (
        "a row of more than 1,000 bytes; close its quotation marks, or allow more (--max-document-size)" in done.stderr
    )
    assert "1 document read, 1 failed" in done.stdout
    path.write_text('text,n\n甲,1\n"乙"x,2\n丙,3\n丁\n', encoding="utf-8")
    done = scan(path, "--format", "json")
    assert [document["id"] for document in json.loads(done.stdout)["documents"]] == [f"{path}:2", f"{path}:4"]
    first, second = done.stderr.splitlines()
    assert first.startswith(f"neardup: {path}:3: not a row of a table: ")
    assert second == f"neardup: {path}:5: a row of 1 columns under a header of 2"


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize(("name", "delimiter"), [("x.csv", ","), ("x.tsv", "\t"), ("x.csv", ";"), ("x.csv.gz", ",")])
def test_of_a_table_only_the_text_changes(tmp_path: Path, mark: str, end: str, name: str, delimiter: str) -> None:
    def written(first: str) -> bytes:
        cells = [["号", "text", "来源"], ["007", f'"{first}"', '"a ""b"""'], ["1e3", "没有重复", " x "]]
        text = mark + end.join(delimiter.join(row) for row in cells) + end
        return gzip.compress(text.encode(), mtime=0) if name.endswith(".gz") else text.encode()

    (tmp_path / name).write_bytes(written(TWICE))
    done = clean(tmp_path / name, "-o", tmp_path / "out", "--format", "json")
    assert done.exit_code == 0, done.stderr
    data = (tmp_path / "out" / name).read_bytes()
    found, expected = (gzip.decompress(each) if name.endswith(".gz") else each for each in (data, written(ONCE)))
    parsed = [
        list(csv.reader(io.StringIO(each.decode(), newline=""), delimiter=delimiter)) for each in (found, expected)
    ]
    assert parsed[0] == parsed[1]
    assert found.startswith(mark.encode())
    assert found.endswith(end.encode())
    assert f"1e3{delimiter}没有重复{delimiter} x {end}".encode() in found


def test_tables_without_quotation_marks_and_with_all_of_them_stay_so(tmp_path: Path) -> None:
    line = BODY.strip() * 2
    (tmp_path / "x.tsv").write_text(f'n\ttext\n1\t"质量"。{line}\n2\t没有\n', encoding="utf-8")
    (tmp_path / "y.csv").write_text(f'"n","text"\n"1","{line}"\n', encoding="utf-8")
    assert clean(tmp_path / "x.tsv", tmp_path / "y.csv", "-o", tmp_path / "out").exit_code == 0
    shorter = BODY.strip()
    assert (tmp_path / "out" / "x.tsv").read_text("utf-8") == f'n\ttext\n1\t"质量"。{shorter}\n2\t没有\n'
    assert (tmp_path / "out" / "y.csv").read_text("utf-8") == f'"n","text"\n"1","{shorter}"\n'


def test_a_carriage_return_alone_ends_no_row(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    for text, said in (
        ("id,text\r1,甲\r2,乙\r", ":1: a table whose header cannot be read (not a row of a table: a carriage return"),
        ("id,text\n1,甲\r2,乙\n", ":2: not a row of a table: a carriage return without a line feed; convert the line"),
    ):
        path.write_bytes(text.encode())
        done = scan(path)
        assert done.exit_code == 1
        assert f"{path}{said}" in done.stderr
    path.write_bytes(b'id,text\r\n1,"a\rb"\r\r\n')
    assert scan(path).stdout.startswith("1 document read\n")


@pytest.mark.parametrize("name", ["x.jsonl", "x.csv", "x.json"])
def test_a_fault_in_the_encoding_is_named(tmp_path: Path, name: str) -> None:
    text = {"x.jsonl": '{"text": "甲"}\n' * 3, "x.csv": "text,n\n甲,1\n", "x.json": '[{"text": "甲"}]'}[name]
    (tmp_path / name).write_bytes(text.encode("utf-16") + b"\x00\xd8")
    done = scan(tmp_path / name)
    assert done.exit_code == 1
    assert "repair the file, or say its encoding (--encoding)\n" in done.stderr
    if name != "x.jsonl":
        (tmp_path / name).write_bytes(text.replace("甲", "\udcff").encode("utf-8", "surrogateescape"))
        done = scan(tmp_path / name, "--encoding", "gb18030", "--text-field", "text")
        assert "not valid gb18030" in done.stderr


def test_a_table_by_tabulators_may_have_quotation_marks_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "x.tsv").write_text('n\ttext\n1\t"质量"强国\n2\t没有"重复\n', encoding="utf-8")
    assert clean(tmp_path / "x.tsv", "-o", tmp_path / "out").exit_code == 0
    assert (tmp_path / "out" / "x.tsv").read_bytes() == (tmp_path / "x.tsv").read_bytes()


def test_a_table_in_another_encoding_is_told_and_kept(tmp_path: Path) -> None:
    text = "标题,正文\n甲,质量强国\n乙,万物生长\n"
    (tmp_path / "x.csv").write_bytes(text.encode("gb18030"))
    fields = ["--text-field", "标题", "--text-field", "正文"]
    assert clean(tmp_path / "x.csv", *fields, "-o", tmp_path / "out").exit_code == 0
    assert (tmp_path / "out" / "x.csv").read_text(encoding="utf-8") == text
    assert clean(tmp_path / "x.csv", *fields, "-o", tmp_path / "kept", "--keep-encoding").exit_code == 0
    assert (tmp_path / "kept" / "x.csv").read_bytes() == (tmp_path / "x.csv").read_bytes()
    done = scan(tmp_path / "x.csv")
    assert done.stderr == (
        f'neardup: {tmp_path / "x.csv"}: the field "text" is missing; there are: "标题", "正文" (--text-field)\n'
    )


def test_of_an_array_only_the_text_changes(tmp_path: Path) -> None:
    records = [
        {"n": 1.5, "meta": {"title": "标题", "body": BODY * 2}},
        {"meta": {"title": "题", "body": "短"}, "x": []},
    ]
    raw = [json.dumps(record, ensure_ascii=False, indent=1) for record in records]
    (tmp_path / "x.json").write_text("[" + ", ".join([*raw, "1"]) + "]", encoding="utf-8")
    fields = ["--text-field", "meta.title", "--text-field", "meta.body"]
    done = clean(tmp_path / "x.json", *fields, "-o", tmp_path / "out", "--format", "jsonl")
    assert f"{tmp_path / 'x.json'}:3: not an object but a number" in done.stderr
    ids = [line["id"] for line in map(json.loads, done.stdout.splitlines()) if line["type"] == "document"]
    assert ids == [f"{tmp_path / 'x.json'}:{n}" for n in (1, 2)]
    written = (tmp_path / "out" / "x.json").read_text(encoding="utf-8")
    assert raw[1] in written
    records[0]["meta"] = {"title": "标题", "body": BODY}
    assert json.loads(written) == records


def test_parquet_is_written_again_with_all_else_as_it_was(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    schema = pa.schema(
        [
            ("n", pa.int32()),
            ("text", pa.large_string()),
            ("more", pa.struct([("x", pa.int8())])),
            ("title", pa.string()),
        ],
        metadata={"made": "by hand"},
    )
    texts = ["短", TWICE, None, "没有重复"]
    columns = [[1, 2, 3, None], texts, [{"x": 1}, None, {"x": 3}, {"x": None}], ["题", None, "无", "末"]]
    rows_ = pa.table(dict(zip(schema.names, columns, strict=True)), schema=schema)
    path = tmp_path / "x.bin"
    parquet.write_table(rows_, path, row_group_size=3, compression="zstd")
    done = clean(path, "-o", tmp_path / "out", "--id-field", "n", "--format", "json")
    assert [document["id"] for document in json.loads(done.stdout)["documents"]] == [1, 2]
    assert [line.split(": ", 1)[1] for line in done.stderr.splitlines()] == [
        f'{path}:3: the field "text" is null, not a string (--text-field)',
        f'{path}:4: the field "n" is null, not a string, a number, true or false (--id-field)',
    ]
    found = parquet.read_table(tmp_path / "out" / "x.bin")
    assert found.schema.equals(schema, check_metadata=True)
    assert found.to_pylist() == [rows_.to_pylist()[0], rows_.to_pylist()[1] | {"text": ONCE}]
    both = clean(path, "-o", tmp_path / "both", "--text-field", "title", "--text-field", "text", "--format", "json")
    assert both.exit_code == 0, both.stderr
    written = parquet.ParquetFile(tmp_path / "both" / "x.bin")
    assert written.read().to_pylist() == [row | ({"text": ONCE} if row["n"] == 2 else {}) for row in rows_.to_pylist()]
    assert written.num_row_groups == 2
    assert written.metadata.row_group(0).column(0).compression == "ZSTD"


def test_a_structure_that_is_null_is_a_fault_of_its_row(tmp_path: Path) -> None:
    pyarrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "x.parquet"
    rows = [{"n": {"body": "甲"}}, None, {"n": None}, {"n": {"body": "乙"}}]
    parquet.write_table(pyarrow.table({"meta": rows, "text": ["丙"] * 4}), path)
    done = scan(path, "--text-field", "meta.n.body")
    said = 'the field "meta.n.body" is null, not a string (--text-field)'
    assert done.stderr == f"neardup: {path}:2: {said}\nneardup: {path}:3: {said}\n"
    assert done.stdout.startswith("2 documents read, 2 failed\n")
    done = scan(path, "--text-field", "text", "--text-field", "meta.n.body", "--id-field", "text", "--only", "repeats")
    assert done.stderr == "".join(
        f'neardup: {path}:{row}: the id "丙" is that of {path}:1 already\n' for row in (2, 3, 4)
    )
    for name, there in (("meta.n.x", '"body"'), ("meta.x", '"n"'), ("x.n", '"meta", "text"'), ("text.x", '"meta"')):
        assert f"is missing; there are: {there}" in scan(path, "--text-field", name).stderr


def test_a_column_of_something_else_is_no_text(tmp_path: Path) -> None:
    pyarrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "x.parquet"
    for values, kind in (([b"a", b"b"], "binary"), ([date(2026, 1, 1), None], r"date32\[day\]"), ([1, 2], "int64")):
        parquet.write_table(pyarrow.table({"text": values, "n": [{"x": each} for each in values]}), path)
        for name in ("text", "n.x"):
            said = f'the field "{name}" is {kind}, not a string \\(--text-field\\)\n'
            done = scan(path, "--text-field", name)
            assert done.exit_code == 1
            assert re.fullmatch(f"neardup: {re.escape(str(path))}: {said}", done.stderr)


def test_two_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    pyarrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    table = pyarrow.table([["甲"], ["乙"], [1], [2]], names=["text", "text", "id", "n"])
    parquet.write_table(table, tmp_path / "x.parquet")
    done = scan(tmp_path / "x.parquet")
    assert done.stderr == f'neardup: {tmp_path / "x.parquet"}: two columns are called "text"; rename one\n'
    assert scan(tmp_path / "x.parquet", "--text-field", "id").stderr.endswith("not a string (--text-field)\n")


def test_what_cannot_be_done_with_parquet_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pa = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "x.parquet"
    parquet.write_table(pa.table({"meta": [{"body": BODY * 2}], "n": [1]}), path)
    done = scan(path)
    assert done.stderr == f'neardup: {path}: the field "text" is missing; there are: "meta", "n" (--text-field)\n'
    assert "repeats: in 1 document" in scan(path, "--text-field", "meta.body").stdout
    done = clean(path, "--text-field", "meta.body", "-o", tmp_path / "out")
    assert "is not written back into Parquet; make it a column first" in done.stderr
    assert not list((tmp_path / "out").iterdir())
    data = path.read_bytes()
    assert "Parquet is read from its end; give an uncompressed file of its own" in scan("-", input=data).stderr
    (tmp_path / "x.parquet.gz").write_bytes(gzip.compress(data))
    assert "Parquet is read from its end" in scan(tmp_path / "x.parquet.gz").stderr
    (tmp_path / "cut").write_bytes(data[:-9])
    done = scan(tmp_path / "cut")
    assert f"{tmp_path / 'cut'}: the Parquet file is damaged (" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    done = scan(path, "--text-field", "meta.body", "--max-document-size", "9")
    assert f"{path}:1: more than 9 bytes; leave it out" in done.stderr
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    done = scan(path)
    assert "reading Parquet needs another library: pip install 'neardup[files]', or in a clone pip" in done.stderr
