"""Jobs on inputs that are not as they should be: a reject or an error by name each, and nothing vanishes."""

from __future__ import annotations

import base64
import gzip
import json
import os
import random
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from neardup import InputError, NeardupError, OutputError, dedup_files
from tests.families import SENTENCES
from tests.files import made, rows_in
from tests.jobs import lines_in, small_pieces

pytestmark = pytest.mark.once

GOOD = [json.dumps({"id": f"a{number}", "text": text}, ensure_ascii=False) for number, text in enumerate(SENTENCES[:6])]

BAD: dict[str, tuple[bytes, str]] = {
    "broken": (b'{"id": "x", "text": "\xe7\x94\xb2', "not JSON: Input data was truncated"),
    "no object": (b'["x"]', "not an object but an array"),
    "missing": (b'{"id": "x", "body": ""}', 'the field "text" is missing; there are: "id", "body"'),
    "null": (b'{"id": "x", "text": null}', 'the field "text" is null, not a string'),
    "number": (b'{"id": "x", "text": 7}', 'the field "text" is a number, not a string'),
    "no id": (b'{"text": "\xe7\x94\xb2"}', 'the field "id" is missing; there are: "text"'),
    "null id": (b'{"id": null, "text": ""}', 'the field "id" is null, not a string, a number, true or false'),
    "not UTF-8": (
        b'{"id": "x", "text": "\xd6\xca"}',
        "not UTF-8 (bytes d6 ca 22 7d at byte 21 of the record); repair it, or say its encoding",
    ),
    "half a character": (b'{"id": "x", "text": "\\ud83d"}', "not JSON: half a surrogate pair, which is no character"),
    "too long": (
        b'{"id": "x", "text": "' + b"a" * 2000 + b'"}',
        "more than 1,000 bytes; leave it out, or allow more",
    ),
}


def run(path: Path, **options: Any) -> Any:
    output = path.with_name("out" + "".join(path.suffixes))
    return dedup_files(path, output, **{"id_field": "id", "memory": 1 << 26, "threads": 1} | options)


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("strict", [False, True])
def test_a_bad_record_is_a_reject(tmp_path: Path, name: str, strict: bool) -> None:
    raw, message = BAD[name]
    path = tmp_path / "in.jsonl"
    lines = [line.encode() for line in GOOD]
    path.write_bytes(b"\n".join([*lines[:2], raw, *lines[2:]]) + b"\n")
    if strict:
        with pytest.raises(InputError) as error:
            run(path, max_document_size=1000, strict=True)
        assert str(error.value) == f"{path}:3: {message}"
        assert not (tmp_path / "out.jsonl").exists()
        return
    summary = run(path, max_document_size=1000)
    assert rows_in(tmp_path / "out.jsonl") == [json.loads(line) for line in GOOD]
    [reject] = lines_in(tmp_path / "out.rejects.jsonl")
    is_text = name not in ("not UTF-8", "too long")
    assert reject == {
        "type": "reject",
        "file": str(path),
        "line": 3,
        "error": message,
        "raw": raw.decode() if is_text else None,
        "raw_base64": None if is_text or name == "too long" else base64.b64encode(raw).decode(),
    }
    assert (summary.documents, summary.rejected, summary.failed) == (6, 1, ())


@pytest.mark.parametrize("kind", ["csv", "tsv", "json"])
def test_a_bad_record_of_other_kinds(tmp_path: Path, kind: str) -> None:
    path = made(tmp_path / f"in.{kind}", [json.loads(line) for line in GOOD])
    text = path.read_text("utf-8")
    separator = {"csv": ",", "tsv": "\t", "json": ""}[kind]
    bad = '{"id": "x"},\n {' if kind == "json" else f"x{separator}a{separator}b\n"
    place = text.index("{", 3) if kind == "json" else text.index("\n") + 1
    path.write_text(text[:place] + bad + text[place + (kind == "json") :], "utf-8")
    summary = run(path)
    [reject] = lines_in(tmp_path / "out.rejects.jsonl")
    assert (summary.documents, summary.rejected) == (6, 1)
    assert reject["raw"].strip().startswith("{" if kind == "json" else "x")
    assert rows_in(tmp_path / f"out.{kind}") == [json.loads(line) for line in GOOD]


def test_nulls_and_bad_bytes_in_parquet(tmp_path: Path) -> None:
    text = pa.array([SENTENCES[0].encode(), None, b"\xd6\xca", SENTENCES[1].encode()]).cast(pa.binary())
    path = tmp_path / "in.parquet"
    bad = pa.Array.from_buffers(pa.string(), 4, text.buffers(), text.null_count)
    parquet.write_table(pa.table({"id": ["a", "b", "c", "d"], "text": bad}), path)
    summary = run(path)
    assert [(row["line"], row["error"]) for row in lines_in(tmp_path / "out.rejects.jsonl")] == [
        (2, 'the field "text" is null, not a string'),
        (3, "not UTF-8 (invalid continuation byte at byte 0 of the value); repair it"),
    ]
    assert (summary.documents, summary.rejected) == (2, 2)
    assert parquet.read_table(tmp_path / "out.parquet").column("id").to_pylist() == ["a", "d"]


@pytest.mark.parametrize("strict", [False, True])
def test_a_file_that_is_cut_off_is_read_so_far(tmp_path: Path, strict: bool) -> None:
    path, whole = tmp_path / "in.jsonl.gz", tmp_path / "whole.jsonl"
    rng = random.Random(0)  # of what does not compress, half of the bytes are about half of the lines
    lines = [json.dumps({"id": f"b{number}", "text": rng.randbytes(2000).hex()}) for number in range(1000)]
    packed = gzip.compress("\n".join(lines).encode())
    path.write_bytes(packed[: len(packed) // 2])
    whole.write_text("\n".join(GOOD), "utf-8")
    message = "the compressed file is cut off; get the whole file"
    if strict:
        with pytest.raises(InputError) as error:
            dedup_files([path, whole], tmp_path / "out.jsonl", id_field="id", strict=True)
        assert str(error.value).startswith(f"{path}:")
        assert str(error.value).endswith(f": {message}")
        assert not (tmp_path / "out.jsonl").exists()
        return
    summary = dedup_files([path, whole], tmp_path / "out.jsonl", id_field="id", relations=("identical",))
    [failed] = summary.failed
    assert (failed.file, failed.failed, failed.line) == (str(path), message, failed.documents + 1)
    assert 0 < failed.documents < 1000
    expected = [json.loads(line) for line in [*lines[: failed.documents], *GOOD]]
    assert rows_in(tmp_path / "out.jsonl") == expected
    assert lines_in(tmp_path / "out.rejects.jsonl") == [
        {"type": "reject", "file": str(path), "line": failed.line, "error": message, "raw": None, "raw_base64": None}
    ]


@pytest.mark.parametrize("strict", [False, True])
def test_a_bomb_is_bounded_by_an_argument(tmp_path: Path, strict: bool) -> None:
    path = tmp_path / "in.jsonl.gz"
    path.write_bytes(gzip.compress("\n".join(GOOD).encode() + b"\n" + b" \n" * 1_000_000))
    message = "unpacks to more than 1,000,000 bytes; leave it out, or allow more"
    if strict:
        with pytest.raises(InputError, match=message) as error:
            run(path, max_unpacked_size=1_000_000, strict=True)
        assert error.value.parameter == "max_unpacked_size"
        return
    summary = run(path, max_unpacked_size=1_000_000)
    [failed] = summary.failed
    assert (failed.documents, failed.failed, failed.parameter) == (6, message, "max_unpacked_size")
    assert [json.loads(gzip.decompress((tmp_path / "out.jsonl.gz").read_bytes()).splitlines()[5])["id"]] == ["a5"]
    assert run(path, overwrite=True).failed == ()


def test_a_text_column_of_another_type(tmp_path: Path) -> None:
    path = tmp_path / "in.parquet"
    parquet.write_table(pa.table({"id": ["a"], "text": [7]}), path)
    with pytest.raises(InputError) as error:
        run(path)
    assert str(error.value) == f'{path}: the field "text" is int64, not a string'


def test_where_nothing_can_be_read_nothing_is_written(tmp_path: Path) -> None:
    """So the next try, with other options, finds no output and no job in its way."""
    path = tmp_path / "in.jsonl"
    path.write_text("\n".join(GOOD) + "\n", "utf-8")
    said = "none of the first 6 records can be read, and the rest is not tried: "
    for options, parameter, fault in (
        ({"text_field": "body"}, "text_field", 'the field "body" is missing; there are: "id", "text"'),
        ({"priority_field": "day"}, "priority_field", 'the field "day" is missing; there are: "id", "text"'),
        ({"only_across": "site"}, "only_across", 'the field "site" is missing; there are: "id", "text"'),
        ({"only_within": "site"}, "only_within", 'the field "site" is missing; there are: "id", "text"'),
    ):
        with pytest.raises(InputError) as error:
            run(path, **options)  # type: ignore[arg-type]
        assert str(error.value) == f"{path}:1: {said}{fault}"
        assert error.value.parameter == parameter
        assert [each.name for each in tmp_path.iterdir()] == ["in.jsonl"]
    assert run(path).survivors == 6


def test_an_id_that_occurs_twice(tmp_path: Path) -> None:
    paths = [
        made(tmp_path / name, [{"id": id_, "text": SENTENCES[0]}]) for name, id_ in (("a.jsonl", 7), ("b.jsonl", "7"))
    ]
    with small_pieces(), pytest.raises(InputError) as error:
        dedup_files(paths, tmp_path / "out.jsonl", id_field="id")
    assert (
        str(error.value)
        == f"{paths[1]}:1: the id '7' is that of {paths[0]}:1 too; no two may be equal, as 7 and \"7\" are"
    )
    assert error.value.parameter == "id_field"
    assert dedup_files(paths, tmp_path / "out.jsonl").duplicates == 1, "file and line are ids"


def test_priorities_of_two_kinds(tmp_path: Path) -> None:
    rows = [
        {"id": f"a{number}", "text": f"{number}", "n": value} for number, value in enumerate([1, 2.5, True, "3", 4])
    ]
    path = made(tmp_path / "in.jsonl", rows)
    with small_pieces(), pytest.raises(InputError) as error:
        run(path, priority_field="n")
    expected = f"{path}:4: the priority is '3', and 1 at {path}:1; strings and numbers have no order among each other"
    assert str(error.value) == expected
    assert error.value.parameter == "priority_field"
    assert [each.name for each in tmp_path.iterdir()] == ["in.jsonl"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    rows = [json.loads(line) for line in GOOD]
    for name in ("in.jsonl", "sub/in.jsonl", "out.rejects.jsonl"):
        made(tmp_path / name, rows)
    made(tmp_path / "table.csv", rows)
    (tmp_path / "文.txt").write_text(SENTENCES[0], "utf-8")
    (tmp_path / "empty").mkdir()
    (tmp_path / "link.jsonl").symlink_to("nowhere")
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.chdir(tmp_path)
    return tmp_path


ON_A_SERVER = "a job does not read or fill an index on a server; write it into a file first (Index.backup)"


@pytest.mark.parametrize(
    ("inputs", "output", "options", "message"),
    [
        ("in.jsonl", "in.jsonl", {}, "in.jsonl: in.jsonl is an input itself; choose another output"),
        ("in.jsonl", "in.jsonl", {"overwrite": True}, "in.jsonl: in.jsonl is an input itself; choose another output"),
        ("sub", "sub/", {"overwrite": True}, "sub/in.jsonl: sub/in.jsonl is an input itself; choose another output"),
        (
            "out.rejects.jsonl",
            "out.jsonl",
            {"overwrite": True},
            "out.rejects.jsonl: is an input itself, and would be written over by what stands beside the output; choose "
            "another output",
        ),
        (
            "in.jsonl",
            "out.jsonl",
            {"overwrite": True, "against": "out.rejects.jsonl"},
            "out.rejects.jsonl: is an earlier corpus, and would be written over by what stands beside the output; "
            "choose another output",
        ),
        (
            "in.jsonl",
            "out.jsonl",
            {},
            "out.rejects.jsonl: exists already; choose another place, or allow that it is replaced",
        ),
        ("no.jsonl", "o.jsonl", {}, "no.jsonl: there is no such file or folder"),
        ("in.jsonl", "o.jsonl", {"against": "no"}, "no: there is no such file or folder"),
        ("redis://h/0", "o.jsonl", {}, ON_A_SERVER),
        ("in.jsonl", "o.jsonl", {"against": "redis://h/0"}, ON_A_SERVER),
        ("in.jsonl", "o.jsonl", {"index": "valkeys://h"}, ON_A_SERVER),
        ("link.jsonl", "o.jsonl", {}, "link.jsonl: there is no such file or folder"),
        ([], "o.jsonl", {}, "there is no input; give files or folders"),
        ("empty", "o/", {"glob": "*.md"}, "empty: no file in this folder is named *.md; choose others"),
        ("pipe", "o.jsonl", {}, "pipe: can be read only once, and is read twice; save it in a file"),
        ("-", "o.jsonl", {}, "-: can be read only once, and is read twice; save it in a file"),
        (["in.jsonl", "sub"], "o/", {}, "sub/in.jsonl: o/in.jsonl holds in.jsonl already; write the two to two places"),
        (
            ["in.jsonl", "table.csv"],
            "o.jsonl",
            {},
            "table.csv: this is csv, and in.jsonl is jsonl, and the two cannot be in one file; write to a folder",
        ),
        (
            "in.jsonl",
            "o.csv",
            {},
            "o.csv: is named as csv, and the inputs are jsonl; the format stays, so choose another name",
        ),
        (
            "文.txt",
            "o/",
            {"mark": True},
            "文.txt: a text file has no fields to mark; make records of it, or leave the marks out",
        ),
        (
            "in.jsonl",
            "in.jsonl/o.jsonl",
            {},
            "in.jsonl/o.jsonl.job: cannot be written: Not a directory; choose another folder for the job",
        ),
        (
            "table.csv",
            "o.csv",
            {"only_across": "site"},
            'table.csv: the field "site" is missing; there are: "id", "text"',
        ),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_is(
    folder: Path, inputs: Any, output: str, options: dict[str, Any], message: str
) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with pytest.raises((InputError, OutputError)) as error:
        dedup_files(inputs, output, **options)
    assert str(error.value) == message
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    assert not (folder / "o").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"keep": "shortest"}, "keep must be one of 'longest', 'first', not 'shortest'"),
        ({"empty": "no"}, "empty must be one of 'keep', 'drop', not 'no'"),
        ({"duplicates": "csv"}, "duplicates must be one of 'jsonl', 'parquet', not 'csv'"),
        ({"clean": "some"}, "clean must be one of None, 'body', 'passages', 'all', not 'some'"),
        ({"paragraphs": "all"}, "paragraphs must be one of None, 'boilerplate', 'repeated', not 'all'"),
        ({"boilerplate": "x.txt"}, "boilerplate must be one of None, 'auto', not 'x.txt'"),
        ({"only_across": "a", "only_within": "b"}, "only_across and only_within are both given; leave one out"),
        ({"sample": -1}, "sample must be at least 0, not -1"),
        ({"seed": -1}, "seed must be at least 0, not -1"),
        ({"memory": 1000}, "memory must be at least 67108864, not 1000"),
        ({"threads": 0}, "threads must be at least 1, not 0"),
        ({"threshold": 2.0}, "threshold must be above 0 and at most 1, not 2.0"),
        ({"text_field": []}, "text_field names no field"),
        ({"output": "."}, r"output must be the name of a file or a folder, not '\.'"),
        ({"output": ".."}, r"output must be the name of a file or a folder, not '\.\.'"),
        ({"output": ""}, r"output must be the name of a file or a folder, not ''"),
    ],
)
def test_an_option_that_is_none_is_refused(folder: Path, options: dict[str, Any], message: str) -> None:
    before = set(folder.iterdir())
    with pytest.raises((ValueError, TypeError), match=message):
        dedup_files(**{"inputs": "in.jsonl", "output": "o.jsonl"} | options)
    assert set(folder.iterdir()) == before


RECORDS = st.lists(
    st.sampled_from([*GOOD, *GOOD]).map(str.encode) | st.sampled_from([raw for raw, _ in BAD.values()]), max_size=30
)


@given(RECORDS, RECORDS, st.integers(1, 5))
@settings(max_examples=30)
def test_nothing_vanishes(one: list[bytes], other: list[bytes], batch: int) -> None:
    """Of every input documents, rejects and what is behind a fault are all records; and a document is in one place."""
    with tempfile.TemporaryDirectory() as name, small_pieces(batch):
        files = [Path(name, "a.jsonl"), Path(name, "b.jsonl")]
        for path, lines in zip(files, (one, other), strict=True):
            path.write_bytes(b"".join(line + b"\n" for line in lines))
        summary = None
        with suppress(InputError):  # nothing of either can be read
            summary = dedup_files(files, Path(name, "out.jsonl"), max_document_size=1000, threads=1, memory=1 << 26)
        if summary is None:
            assert not {*map(str.encode, GOOD)} & {*one[:20], *other[:20]}
            return
        rejects = lines_in(Path(name, "out.rejects.jsonl"))
        for count, path, lines in zip(summary.files, files, (one, other), strict=True):
            assert count.documents == count.survivors + count.duplicates + count.empty
            if count.failed is None:
                assert count.documents + count.rejected == len(lines)
            else:
                assert count.documents == 0
            own = [row for row in rejects if row["file"] == str(path)]
            assert len(own) == count.rejected + (count.failed is not None)
            for row in own if count.failed is None else ():
                raw = row["raw"].encode() if row["raw"] is not None else base64.b64decode(row["raw_base64"] or "")
                assert raw == lines[row["line"] - 1] or len(lines[row["line"] - 1]) > 1000
        dropped = lines_in(Path(name, "out.duplicates.jsonl"))
        written = Path(name, "out.jsonl").read_bytes().splitlines()
        assert len(written) + len(dropped) == summary.documents
        assert summary.rejected == sum(each.rejected for each in summary.files)
        places = {(row["file"], row["line"]) for row in [*dropped, *rejects]}
        assert len(places) == len(dropped) + len(rejects)


def test_a_library_that_is_missing_is_named_before_anything_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = made(tmp_path / "in.jsonl", [{"text": SENTENCES[0]}])
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(NeardupError, match=r"deduplicating files needs another library: .*\[files\]"):
        dedup_files(path, tmp_path / "out.jsonl")
    assert [*tmp_path.iterdir()] == [path]
