"""What files are told to be by what they hold: records under any name; prose never for anything else."""

from __future__ import annotations

import gzip
import json
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neardup.io.kinds import kind_of
from neardup.io.opening import HEAD_BYTES
from neardup.io.records import Fields
from tests.command import BODY, compare, neardup, scan
from tests.families import SENTENCES

if TYPE_CHECKING:
    from neardup.io.sources import Kind

pytestmark = pytest.mark.once

TEXT = BODY.strip()
RECORDS = [{"id": 7, "text": TEXT}, {"id": 8, "text": SENTENCES[0]}]
ARRAY = json.dumps(RECORDS, ensure_ascii=False, indent=1)
LINES = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in RECORDS)
CSV = "id,text\n" + "".join(f'{record["id"]},"{record["text"]}"\n' for record in RECORDS)
TSV = "id\ttext\n" + "".join(f"{record['id']}\t{record['text']}\n" for record in RECORDS)


def kind(text: str, name: str = "x", *fields: str) -> Kind:
    return kind_of(text.encode()[:HEAD_BYTES], PurePath(name), Fields(fields or ("text",)))


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        (LINES, "x", "jsonl"),
        (LINES, "x.json", "jsonl"),
        (LINES, "x.txt", "jsonl"),
        ("\ufeff\n" + LINES, "x", "jsonl"),
        ('{"text": "cut\n' + LINES, "x", "jsonl"),
        ('{"text": "' + "长" * HEAD_BYTES, "x", "jsonl"),
        ("坏\n" + LINES, "x.jsonl", "jsonl"),
        ("", "x.JSONL", "jsonl"),
        (ARRAY, "x", "json"),
        (ARRAY, "x.jsonl", "json"),
        ("  [ {", "x.txt", "json"),
        ("[]", "x.json", "json"),
        ('["甲", "乙"]', "x.json", "json"),
        (json.dumps({"data": RECORDS}, indent=1), "x", "json"),
        (json.dumps({"data": RECORDS * 999}, indent=1), "x", "json"),
        (json.dumps(RECORDS[0], indent=1) * 2, "x", "json"),
        ("坏", "x.json", "json"),
        (CSV, "x", "csv"),
        (TSV, "x.txt", "csv"),
        (CSV.replace(",", ";"), "x.txt", "csv"),
        ('text,id\n"多行\n文字",1\n', "x.txt", "csv"),
        ("text,id\n" + "长" * HEAD_BYTES, "x.txt", "csv"),
        ('text,id\n"' + "长\n" * HEAD_BYTES, "x.txt", "csv"),
        ("标题,日期\n甲,乙\n", "x.csv", "csv"),
        ("标题\n甲\n", "x.TSV", "tsv"),
        ("PAR1", "x", "parquet"),
    ],
)
def test_records_are_told_by_what_they_hold(text: str, name: str, expected: Kind) -> None:
    assert kind(text, name) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "质量強,則萬物強;質量是反映一個國家,地區綜合實力,企業和產業\n" * 3,
        "姓名\t年龄\t籍贯\n张三\t31\t重庆\n",
        "text,正文说的是这个词\n第二行没有逗号\n",
        "text\n正文\n",
        "the text, as it is printed\nfollows here, in two lines\n",
        "text,text\n甲,乙\n",
        "text,\n甲,乙\n",
        "[1] 参见《质量强国建设纲要》\n[2] 同上\n",
        "[编者按] {略}\n",
        "{{模板}}\n正文在此。\n",
        "{正文}在此。\n",
        '{"a": 1}\n' + "这一行是正文，讲解上面的对象。\n" * 5,
        '{\n  "a": 1\n}\n这一段是正文，讲解上面的对象。\n',
        '{"a": 这不是对象}\n正文。\n',
        "<p>text,id</p>\n",
    ],
)
def test_prose_is_taken_for_nothing_else(text: str) -> None:
    for name in ("x", "x.txt", "x.md"):
        assert kind(text, name) == "text"


def test_a_table_is_told_by_the_fields_that_are_asked_for() -> None:
    table = "标题,正文\n甲,乙\n"
    assert kind(table) == "text"
    assert kind(table, "x", "正文") == "csv"
    assert kind(table, "x", "标题", "正文") == "csv"
    assert kind(table, "x", "标题", "没有") == "text"
    assert kind_of(table.encode("gb18030"), PurePath("x"), Fields(("正文",))) == "csv"


@given(st.text())
def test_any_text_is_told(text: str) -> None:
    told = kind(text)
    assert told == "text" or text.lstrip("\ufeff \t\r\n")[:1] in {"{", "["} or "text" in text or text.startswith("PAR1")


@pytest.mark.parametrize("text", [ARRAY, LINES, CSV, TSV], ids=["json", "jsonl", "csv", "tsv"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_records_are_read_under_any_name_and_from_standard_input(
    tmp_path: Path, text: str, pack: type[bytes], encoding: str
) -> None:
    data = pack(text.encode(encoding))
    options = ["--encoding", "gb18030"] * (encoding == "gb18030")
    (tmp_path / "新闻.txt").write_bytes(data)
    for arguments, given_ in (((tmp_path / "新闻.txt",), b""), (("-",), data)):
        done = scan(*arguments, "--id-field", "id", "--format", "json", *options, input=given_)
        assert done.exit_code == 0, done.stderr
        ids = [document["id"] for document in json.loads(done.stdout)["documents"]]
        assert ids == ([7, 8] if text in {ARRAY, LINES} else ["7", "8"])


def test_an_array_is_no_prose_that_prints_its_body_twice(tmp_path: Path) -> None:
    record = {"title": "水库", "content": BODY * 3}
    (tmp_path / "x.json").write_text(json.dumps([record, record], ensure_ascii=False, indent=1), encoding="utf-8")
    done = scan(tmp_path / "x.json")
    assert done.exit_code == 1
    assert 'the field "text" is missing; there are: "title", "content"' in done.stderr
    done = scan(tmp_path / "x.json", "--text-field", "content")
    assert "2 documents read" in done.stdout
    assert "duplicates: 1; 1 survivor" in done.stdout


CONTENT = [{"title": "水库", "content": SENTENCES[1] * 2}, {"title": "水庫", "content": SENTENCES[0]}]
_ARRAY = json.dumps(CONTENT, ensure_ascii=False, indent=1)
_LINES = "".join(json.dumps(record) + "\n" for record in CONTENT)
_CSV = "title,content\n" + "".join(f"{record['title']},{record['content']}\n" for record in CONTENT)
FORMS: dict[str, bytes] = {
    "array.json": _ARRAY.encode(),
    "array.JSON": _ARRAY.encode(),
    "array.txt": _ARRAY.encode(),
    "one line.json": json.dumps(CONTENT).encode(),
    "mark.json": _ARRAY.encode("utf-8-sig"),
    "wide.json": _ARRAY.encode("utf-16"),
    "packed.json.gz": gzip.compress(_ARRAY.encode()),
    "packed and marked.json.gz": gzip.compress(_ARRAY.encode("utf-8-sig")),
    "blank lines first.json": b"\n" * HEAD_BYTES + _ARRAY.encode(),
    "lines.json": _LINES.encode(),
    "lines.json.gz": gzip.compress(_LINES.encode()),
    "table.csv": _CSV.encode(),
    "mark.csv": _CSV.encode("utf-8-sig"),
    "gb18030.csv": _CSV.encode("gb18030"),
    "semicolons.csv": _CSV.replace(",", ";").encode(),
    "packed.csv.gz": gzip.compress(_CSV.encode()),
    "table.tsv": _CSV.replace(",", "\t").encode(),
    "wide.tsv": _CSV.replace(",", "\t").encode("utf-16"),
    "packed.tsv.gz": gzip.compress(_CSV.replace(",", "\t").encode()),
}


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("command", ["scan", "clean", "paragraphs"])
def test_records_without_the_field_are_an_error_and_no_prose(tmp_path: Path, name: str, command: str) -> None:
    """A file that is called by its name and holds records is never one text, whatever the fields are called."""
    path = tmp_path / name
    path.write_bytes(FORMS[name])
    output = ["-o", tmp_path / "out"] if command == "clean" else []
    done = neardup(command, path, *output)
    assert done.exit_code == 1
    assert done.stderr.startswith(f"neardup: {path}:")
    assert 'the field "text" is missing; there are: "title", "content" (--text-field)' in done.stderr
    assert "body" not in done.stdout
    done = neardup(command, path, "--text-field", "content", *output)
    assert (done.exit_code, done.stdout.splitlines()[0]) == (0, "2 documents read"), done.stderr


def test_what_is_no_array_is_refused_with_the_remedy(tmp_path: Path) -> None:
    for name, text, said in (
        ("one.json", json.dumps({"data": RECORDS}, indent=1), "a single JSON object; take the array of records out"),
        ("cut.json", ARRAY[:-3], "the JSON array is cut off after element 1; get the whole file"),
        ("strings.json", '["甲", "乙"]', "none of the first 2 records can be read, "),
        ("no.json", "正文", "no JSON array of objects; repair it, or rename it if it is something else"),
        ("empty.json", "", "no JSON array of objects"),
        ("no.csv", "", "a table without a header"),
        ("two.csv", "text,text\n甲,乙\n", 'two columns are called "text"'),
    ):
        (tmp_path / name).write_text(text, encoding="utf-8")
        done = scan(tmp_path / name)
        assert done.exit_code == 1
        assert f"neardup: {tmp_path / name}" in done.stderr
        assert said in done.stderr
        assert len(done.stderr.splitlines()) == 1


def test_endings_count_in_any_case(tmp_path: Path) -> None:
    (tmp_path / "一.TXT").write_text(BODY, encoding="utf-8")
    (tmp_path / "二.JSONL.GZ").write_bytes(gzip.compress(LINES.encode()))
    (tmp_path / "三.Csv").write_text(CSV, encoding="utf-8")
    (tmp_path / "四.HTML").write_text("<html><body><article><p>" + BODY * 9 + "</p></article></body></html>", "utf-8")
    (tmp_path / "五.md").write_text(BODY, encoding="utf-8")
    assert "5 documents read\n" in scan(tmp_path).stdout
    pytest.importorskip("trafilatura")
    assert "6 documents read\n" in scan(tmp_path, "--extract").stdout


@pytest.mark.parametrize("content", [ARRAY, LINES, CSV])
def test_compare_never_reads_records_as_prose(tmp_path: Path, content: str) -> None:
    (tmp_path / "x").write_text(content, encoding="utf-8")
    done = compare(tmp_path / "x", tmp_path / "x")
    assert done.exit_code == 1
    assert "a file of records; give the ids of two of them behind it" in done.stderr


def test_two_records_of_a_file_are_compared(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text(LINES + '"bad"\n' + json.dumps({"id": "甲", "text": TEXT}), encoding="utf-8")
    for first, second, options in ((1, 4, []), (f"{path}:1", f"{path}:4", []), (7, "甲", ["--id-field", "id"])):
        done = compare(path, first, second, *options, "--format", "json")
        assert done.exit_code == 0, done.stderr
        found = json.loads(done.stdout)
        assert found["relation"] == "identical"
        assert (found["one"], found["other"]) == ((7, "甲") if options else (f"{path}:1", f"{path}:4"))
    assert compare("-", 7, "甲", "--id-field", "id", input=path.read_bytes()).stdout.startswith("identical\n")
    done = compare(path, 7, "乙", "--id-field", "id")
    assert (done.exit_code, done.stderr) == (
        1,
        f'neardup: {path}: no record has the id "乙"; look for it in the file\n',
    )
    done = compare(path, 99, 1)
    assert done.stderr == f'neardup: {path}: no record has the id "99"; name the field of ids (--id-field)\n'
    assert "not an object" in compare(path, 3, 1).stderr
    (tmp_path / "文.txt").write_text(BODY, encoding="utf-8")
    assert "a text, not a file of records" in compare(tmp_path / "文.txt", 1, 2).stderr
    assert "a folder; give a file of records" in compare(tmp_path, 1, 2).stderr


@pytest.mark.parametrize("name", ["gb18030", "big5hkscs"])
def test_lines_may_be_in_another_encoding(tmp_path: Path, name: str) -> None:
    path = tmp_path / "x.jsonl"
    lines = ['{"text": "質量", "n": 1}', '{"text": "萬物"}']
    path.write_bytes("\n".join(lines).encode(name) + b'\n{"text": "\xff"}\n')
    done = neardup("clean", path, "-o", tmp_path / "out", "--encoding", name, "--format", "json")
    assert done.exit_code == 1
    assert f"{path}:3: not valid {name} (bytes ff 22 7d at byte 10 of the record)" in done.stderr
    assert (tmp_path / "out" / "x.jsonl").read_text(encoding="utf-8").splitlines() == lines
    kept = neardup("clean", path, "-o", tmp_path / "kept", "--encoding", name, "--keep-encoding")
    assert "2 texts written" in kept.stdout
    assert (tmp_path / "kept" / "x.jsonl").read_bytes().decode(name).splitlines() == lines
    done = scan(path)
    assert "not UTF-8" in done.stderr
    assert "say its encoding (--encoding)" in done.stderr


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-8"])
@pytest.mark.parametrize("text", [ARRAY, LINES, TSV], ids=["json", "jsonl", "tsv"])
def test_records_with_a_byte_order_mark_are_kept_as_they_were(tmp_path: Path, text: str, encoding: str) -> None:
    path = tmp_path / "x"
    path.write_bytes(f"\ufeff{text}".encode(encoding))
    for options, expected in (((), "utf-8"), (("--keep-encoding",), encoding)):
        done = neardup("clean", path, "-o", tmp_path / "out", "--overwrite", *options)
        assert done.exit_code == 0, done.stderr
        written = (tmp_path / "out" / "x").read_bytes().decode(expected)
        has_mark = bool(options) or text == TSV
        assert written.startswith("\ufeff") == has_mark
        if text == ARRAY:
            assert json.loads(written.removeprefix("\ufeff")) == RECORDS
        else:
            assert written.removeprefix("\ufeff") == text
