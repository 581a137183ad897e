"""The outputs of a job: what is planned, what is refused, and what is written of every kind of file."""

from __future__ import annotations

import gzip
import json
import os
import resource
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from neardup import InputError, OutputError
from neardup.io.atomic import WholeFile, temporary_path
from neardup.io.records import Fields
from neardup.io.sources import Source, find_sources
from neardup.jobs.inputs import Wanted, read_batches
from neardup.jobs.outputs import Decisions, MarkType, OutputPlan
from tests.files import KINDS, made, rows_in, source_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from neardup.spans import Stretch

pytestmark = pytest.mark.once

WANTED = Wanted()
ROWS = [
    {"id": f"a{number}", "text": f"第{number}篇", "n": f"{number}.50", "其他": "，\"'\n\t x"} for number in range(1, 10)
]
MARKS: dict[str, MarkType] = {"of": "string", "score": "float64", "line": "int64", "drop": "bool"}


def numbers_in(source: Source, wanted: Wanted = WANTED) -> list[int]:
    return [number for batch in read_batches(source, wanted) for number in batch.numbers.tolist()]


def deciding(
    keep: Callable[[int], bool],
    removed: Mapping[int, Sequence[Stretch]] | None = None,
    marks: Callable[[int], Mapping[str, Any]] | None = None,
    wanted: Wanted = WANTED,
    size: int = 4,
) -> Callable[[Source], Iterable[Decisions]]:
    """Decide by the place of a document among those of its file, from 0, in parts of a few documents."""

    def decide(source: Source) -> Iterable[Decisions]:
        numbers = numbers_in(source, wanted)
        for start in range(0, len(numbers), size):
            places = range(start, min(start + size, len(numbers)))
            taken = [numbers[place] for place in places]
            less = {numbers[place]: each for place, each in (removed or {}).items() if place in places}
            rows = [marks(place) for place in places] if marks else []
            columns = {name: [row[name] for row in rows] for name in (rows[0] if rows else ())}
            yield Decisions(np.array(taken, np.int64), np.array([keep(place) for place in places]), less, columns)

    return decide


def written(
    sources: Sequence[Source], output: str | Path, decide: Callable[[Source], Iterable[Decisions]], **options: Any
) -> list[Path]:
    wanted = options.pop("wanted", WANTED)
    plan = OutputPlan.of(sources, output, wanted, **options)
    for target in plan.targets:
        plan.write(target, decide)
    return [target.path for target in plan.targets]


def left_in(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


PACKED = [f"{kind}{packed}" for kind in KINDS for packed in ("", ".gz") if kind + packed != "parquet.gz"]


@pytest.mark.parametrize("suffix", PACKED)
def test_files_of_one_kind_are_joined_in_one_file(tmp_path: Path, suffix: str) -> None:
    sources = [
        source_of(made(tmp_path / f"甲.{suffix}", ROWS[:5])),
        source_of(made(tmp_path / f"乙.{suffix.removesuffix('.gz')}", ROWS[5:])),
    ]
    plan = OutputPlan.of(sources, tmp_path / f"out.{suffix}", WANTED)
    [target] = plan.targets
    told: list[int] = []
    count = plan.write(target, deciding(lambda place: place % 2 == 0), told.append)
    assert rows_in(target.path) == [*ROWS[:5:2], *ROWS[5::2]]
    assert count == 5
    assert sum(told) == sum(source.path.stat().st_size for source in sources if source.path)
    assert left_in(tmp_path) == {*(source.id.rpartition("/")[2] for source in sources), f"out.{suffix}"}


@pytest.mark.parametrize("suffix", PACKED)
def test_nothing_may_be_kept_or_all(tmp_path: Path, suffix: str) -> None:
    source = source_of(made(tmp_path / f"x.{suffix}", ROWS))
    [path] = written([source], tmp_path / f"none.{suffix}", deciding(lambda _: False))
    assert rows_in(path) == []
    [path] = written([source], tmp_path / f"all.{suffix}", deciding(lambda _: True))
    assert rows_in(path) == ROWS
    if suffix.startswith(("jsonl", "csv", "tsv")):
        assert source.path
        given, found = source.path.read_bytes(), path.read_bytes()
        assert found == given or gzip.decompress(found) == gzip.decompress(given)


@pytest.mark.parametrize("suffix", PACKED)
def test_less_text_and_marks(tmp_path: Path, suffix: str) -> None:
    """Every other field is as it was; a record gets all marks."""
    source = source_of(made(tmp_path / f"x.{suffix}", ROWS))
    marks = [
        {"of": f"甲,{place}" if place else None, "score": place / 4, "line": place, "drop": place > 3}
        for place in range(9)
    ]
    decide = deciding(lambda place: place != 1, {0: [(0, 1)], 1: [(0, 1)], 2: [(0, 1), (2, 3)]}, marks.__getitem__)
    [path] = written([source], tmp_path / f"out.{suffix}", decide, marks=MARKS, cleans=True)
    expected: list[dict[str, Any]] = [row | mark for row, mark in zip(ROWS, marks, strict=True)]
    expected[0]["text"], expected[2]["text"] = "1篇", "3"
    del expected[1]
    if suffix.startswith(("csv", "tsv")):
        spelled = {None: "", True: "true", False: "false"}
        expected = [
            {
                key: spelled[value] if value is None or isinstance(value, bool) else str(value)
                for key, value in row.items()
            }
            for row in expected
        ]
    assert rows_in(path) == expected
    assert [list(row) for row in rows_in(path)] == [list(row) for row in expected]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda values: st.lists(values, max_size=3) | st.dictionaries(st.text(max_size=3), values, max_size=3),
    max_leaves=5,
)
OBJECTS = st.tuples(
    st.dictionaries(st.text(max_size=4), VALUES, max_size=3), st.text(max_size=9), st.booleans(), st.booleans()
).map(
    lambda made: json.dumps(
        {**made[0], "text": made[1], "n": 1},
        ensure_ascii=made[2],
        indent=None,
        separators=(",", ":") if made[3] else (" , ", " : "),
    )
)
REUSED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@REUSED
@given(
    st.lists(st.tuples(OBJECTS, st.booleans(), st.sampled_from(["\n", "\r\n", " \n\n", "\n坏\n"])), max_size=9),
    st.booleans(),
    st.booleans(),
)
def test_lines_are_written_back_byte_by_byte(
    tmp_path: Path, lines: list[tuple[str, bool, str]], has_mark: bool, has_end: bool
) -> None:
    path = tmp_path / "x.jsonl"
    text = "\ufeff" * has_mark + "".join(line + end for line, _, end in lines)
    data = text.encode("utf-8", "surrogatepass")
    path.write_bytes(data if has_end else data.rstrip(b"\r\n"))
    source = replace(source_of(path), kind="jsonl")
    # What NaN and Infinity stand in is no JSON, and is left out as other bad lines are.
    try:
        good = numbers_in(source)
    except InputError:
        return
    keeps = [keep for number, (_, keep, _) in zip(numbered(lines), lines, strict=True) if number in good]
    [out] = written([source], tmp_path / "out.jsonl", deciding(keeps.__getitem__), overwrite=True)
    kept = path.read_bytes().removeprefix(b"\xef\xbb\xbf").splitlines(keepends=True)
    expected = [kept[number - 1] for number, keep in zip(good, keeps, strict=True) if keep]
    assert out.read_bytes() == b"".join(line if line.endswith(b"\n") else line + b"\n" for line in expected)


def numbered(lines: list[tuple[str, bool, str]]) -> list[int]:
    """Number the lines."""
    before = np.cumsum([0, *(end.count("\n") for _, _, end in lines)])
    return [int(count) + 1 for count in before[:-1]]


def test_numbers_are_not_spelled_anew(tmp_path: Path) -> None:
    line = (
        '{"n": 1.50, "big": 123456789012345678901234567890, "e": 1E+2, "text": "天地玄黄", "z": [-0], "a": {"b": 0.10}}'
    )
    path = tmp_path / "x.jsonl"
    path.write_text(f"{line}\n{line}\n", encoding="utf-8")
    [out] = written([source_of(path)], tmp_path / "o.jsonl", deciding(lambda _: True, {0: [(0, 2)]}), cleans=True)
    cleaned, same = out.read_text(encoding="utf-8").splitlines()
    assert same == line
    assert cleaned == (
        '{"n":1.50,"big":123456789012345678901234567890,"e":1E+2,"text":"玄黄","z":[-0],"a":{"b": 0.10}}'
    )
    [out] = written(
        [source_of(path)],
        tmp_path / "p.jsonl",
        deciding(lambda _: True, marks=lambda place: {"of": place}),
        marks={"of": "int64"},
    )
    assert out.read_text(encoding="utf-8") == "".join(f'{line[:-1]},"of":{place}}}\n' for place in range(2))


def test_several_texts_and_those_inside_others_are_cleaned(tmp_path: Path) -> None:
    wanted = Wanted(Fields(("t", "m.b")))
    rows = [{"t": "题目", "m": {"b": "正文", "k": 1}}, {"t": None, "m": {"b": "正文"}}]
    source = source_of(made(tmp_path / "x.jsonl", rows))
    decide = deciding(lambda _: True, {0: [(1, 4)], 1: [(0, 1)]}, wanted=wanted)
    [path] = written([source], tmp_path / "o.jsonl", decide, wanted=wanted)
    assert rows_in(path) == [{"t": "题", "m": {"b": "文", "k": 1}}, {"t": None, "m": {"b": "文"}}]
    source = source_of(made(tmp_path / "x.parquet", [{"a": "题目", "b": "正文"}, {"a": None, "b": "正文"}]))
    wanted = Wanted(Fields(("a", "b")))
    decide = deciding(lambda _: True, {0: [(1, 4)], 1: [(0, 1)]}, wanted=wanted)
    [path] = written([source], tmp_path / "o.parquet", decide, wanted=wanted)
    assert rows_in(path) == [{"a": "题", "b": "文"}, {"a": None, "b": "文"}]


def test_records_of_other_encodings_are_written_in_utf8(tmp_path: Path) -> None:
    for name, text in (
        ("x.jsonl", '{"text": "质量", "n": 1.50}\r\n{"text": "强"}\n'),
        ("x.csv", "id,text\r\n1,质量\r\n2,强\r\n"),
    ):
        for encoding in ("gb18030", "utf-16-le"):
            (tmp_path / name).write_bytes(text.encode(encoding))
            wanted = Wanted(encoding=encoding)
            [out] = written(
                [source_of(tmp_path / name)],
                tmp_path / f"out-{name}",
                deciding(lambda _: True, wanted=wanted),
                wanted=wanted,
                overwrite=True,
            )
            assert out.read_bytes() == text.encode()
    (tmp_path / "x.csv").write_text("\ufeffid,text\n1,质量\n", encoding="utf-8")
    [out] = written([source_of(tmp_path / "x.csv")], tmp_path / "out-x.csv", deciding(lambda _: True), overwrite=True)
    assert out.read_bytes() == (tmp_path / "x.csv").read_bytes()


def test_rows_of_tables_stay_as_they_are_quoted(tmp_path: Path) -> None:
    text = '"id";"text"\n"1";"a ""b""; c\nd"\n2;\'x\n"3";"z"\n'
    (tmp_path / "x.csv").write_text(text, encoding="utf-8")
    decide = deciding(lambda place: place != 1, marks=lambda place: {"of": f'"{place};'})
    [out] = written([source_of(tmp_path / "x.csv")], tmp_path / "o.csv", decide, marks={"of": "string"})
    assert out.read_text(encoding="utf-8") == '"id";"text";of\n"1";"a ""b""; c\nd";"""0;"\n"3";"z";"""2;"\n'
    (tmp_path / "x.tsv").write_text('id\ttext\n1\t"a\n2\tb"c"\n', encoding="utf-8")
    decide = deciding(lambda _: True, marks=lambda place: {"of": f'"{place}\t\n'})
    [out] = written([source_of(tmp_path / "x.tsv")], tmp_path / "o.tsv", decide, marks={"of": "string"})
    assert out.read_text(encoding="utf-8") == 'id\ttext\tof\n1\t"a\t"0  \n2\tb"c"\t"1  \n'


def test_parquet_keeps_its_schema_its_codec_and_its_row_groups(tmp_path: Path) -> None:
    dictionary = pa.array(["甲", "乙"] * 50).dictionary_encode()
    table = pa.table(
        {
            "text": pa.array([f"{number}" for number in range(100)], pa.large_string()),
            "site": dictionary,
            "m": pa.array([{"a": [number]} for number in range(100)]),
        }
    ).replace_schema_metadata({"von": "wem"})
    parquet.write_table(table, tmp_path / "x.parquet", row_group_size=40, compression="zstd")
    for name, options in (("a", {}), ("b", {"marks": MARKS})):
        marks = (lambda place: {"of": None, "score": 0.5, "line": place, "drop": None}) if options else None
        decide = deciding(lambda place: place % 3 == 0 and not 40 <= place < 80, {3: [(0, 1)]}, marks)
        [path] = written([source_of(tmp_path / "x.parquet")], tmp_path / f"{name}.parquet", decide, **options)
        file = parquet.ParquetFile(path)
        assert file.schema_arrow.field("text").type == pa.large_string()
        assert file.schema_arrow.names[:3] == table.schema.names
        assert file.schema_arrow.metadata[b"von"] == b"wem"
        assert [file.metadata.row_group(group).num_rows for group in range(file.num_row_groups)] == [14, 7]
        assert file.metadata.row_group(0).column(0).compression == "ZSTD"
        places = [place for place in range(0, 100, 3) if not 40 <= place < 80]
        rows = file.read().to_pylist()
        assert [row["text"] for row in rows] == ["" if place == 3 else f"{place}" for place in places]
        assert [row["m"] for row in rows] == [{"a": [place]} for place in places]
        assert [row["site"] for row in rows] == ["甲乙"[place % 2] for place in places]
        if options:
            assert [row["line"] for row in rows] == places


def test_two_other_columns_of_parquet_may_have_one_name(tmp_path: Path) -> None:
    table = pa.table([["甲乙", "丙"], [1, 2], ["x", "y"]], names=["text", "a", "a"])
    parquet.write_table(table, tmp_path / "x.parquet")
    [path] = written([source_of(tmp_path / "x.parquet")], tmp_path / "o.parquet", deciding(bool, {1: [(0, 1)]}))
    assert parquet.ParquetFile(path).read().equals(pa.table([[""], [2], ["y"]], names=["text", "a", "a"]))


def test_texts_in_a_dictionary_are_cleaned_too(tmp_path: Path) -> None:
    table = pa.table({"text": pa.array(["甲乙", "丙", "甲乙"]).dictionary_encode()})
    parquet.write_table(table, tmp_path / "x.parquet")
    [path] = written(
        [source_of(tmp_path / "x.parquet")], tmp_path / "o.parquet", deciding(lambda _: True, {2: [(0, 1)]})
    )
    assert parquet.read_table(path).schema.field("text").type == table.schema.field("text").type
    assert [row["text"] for row in rows_in(path)] == ["甲乙", "丙", "乙"]


def test_a_large_row_group_is_written_as_several(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [{"text": f"{number:05}" * 100} for number in range(3000)]
    parquet.write_table(pa.Table.from_pylist(rows), tmp_path / "x.parquet")
    monkeypatch.setattr("neardup.jobs.rows._GROUP_BYTES", 300_000)
    monkeypatch.setattr("neardup.jobs.rows._BATCH_BYTES", 100_000)
    [path] = written([source_of(tmp_path / "x.parquet")], tmp_path / "o.parquet", deciding(lambda _: True, size=999))
    assert rows_in(path) == rows
    assert parquet.ParquetFile(path).num_row_groups == 4


def test_a_folder_is_mirrored(tmp_path: Path) -> None:
    """Texts that do not change are the same bytes; those that change keep their encoding and their compression."""
    given = tmp_path / "in"
    made(given / "行.jsonl.gz", ROWS)
    made(given / "深" / "x.parquet", ROWS)
    texts = {
        "a.txt": "甲乙".encode("gb18030"),
        "b.txt.gz": gzip.compress("丙丁".encode()),
        "深/c.txt": "戊己".encode("utf-16"),
        "d.txt": b"x",
    }
    for name, data in texts.items():
        (given / name).write_bytes(data)
    sources = [each for each in find_sources([str(given)]) if isinstance(each, Source)]
    wanted = Wanted(encoding="auto")
    cut = {"a.txt": [(0, 1)], "b.txt.gz": [(0, 1)], "深/c.txt": [(1, 2)]}

    def decide(source: Source) -> Iterable[Decisions]:
        if source.kind != "text":
            return deciding(lambda place: place > 5)(source)
        name = source.name.as_posix()
        removed = {0: cut[name]} if name in cut and cleans else {}
        return [Decisions(np.zeros(1, np.int64), np.array([name != "d.txt"]), removed)]

    for cleans in (False, True):
        out = tmp_path / f"out{cleans}"
        written(sources, out, decide, wanted=wanted, cleans=cleans, from_folder=True)
        assert left_in(out) == left_in(given) - {"d.txt"}
        assert rows_in(out / "行.jsonl.gz") == rows_in(out / "深" / "x.parquet") == ROWS[6:]
        if not cleans:
            assert all((out / name).read_bytes() == data for name, data in texts.items() if name != "d.txt")
    assert (out / "a.txt").read_bytes() == "乙".encode("gb18030")
    assert gzip.decompress((out / "b.txt.gz").read_bytes()) == "丁".encode()
    assert (out / "深" / "c.txt").read_bytes() == "戊".encode("utf-16")


def test_a_text_that_goes_leaves_no_older_file_of_its_name(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("甲")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.txt").write_text("旧")
    decide = deciding(lambda _: False)
    with pytest.raises(OutputError, match=r"out/a\.txt: exists already"):
        written([source_of(tmp_path / "a.txt")], tmp_path / "out", decide)
    written([source_of(tmp_path / "a.txt")], tmp_path / "out", decide, overwrite=True)
    assert left_in(tmp_path / "out") == set()


def test_a_page_is_copied_and_if_it_is_cleaned_its_text_is_written(tmp_path: Path) -> None:
    pytest.importorskip("trafilatura")
    body = "据介绍，重庆经开区把质量强区战略写入全区规划，加快引进和培育壮大龙头企业，全面发力。"
    page = f"<html><body><article><p>{body}</p></article></body></html>"
    (tmp_path / "p.html.gz").write_bytes(gzip.compress(page.encode()))
    source, wanted = source_of(tmp_path / "p.html.gz"), Wanted(extract=True)
    written([source], tmp_path / "1", deciding(lambda _: True, wanted=wanted), wanted=wanted)
    assert gzip.decompress((tmp_path / "1" / "p.html.gz").read_bytes()).decode() == page
    decide = deciding(lambda _: True, {0: [(0, 4)]}, wanted=wanted)
    written([source], tmp_path / "2", decide, wanted=wanted, cleans=True)
    assert left_in(tmp_path / "2") == {"p.html.txt.gz"}
    assert gzip.decompress((tmp_path / "2" / "p.html.txt.gz").read_bytes()).decode() == body[4:]


@pytest.mark.parametrize(
    ("names", "output", "from_folder", "paths"),
    [
        (["a.jsonl"], "o", False, ["o"]),
        (["a.jsonl", "b.jsonl"], "o.jsonl.gz", True, ["o.jsonl.gz"]),
        (["a.jsonl", "b.jsonl"], "o", True, ["o/a.jsonl", "o/b.jsonl"]),
        (["a.jsonl"], "o.jsonl/", False, ["o.jsonl/a.jsonl"]),
        (["a.jsonl"], "there", False, ["there/a.jsonl"]),
        (["a.txt", "a.csv"], "o", False, ["o/a.txt", "o/a.csv"]),
        (["a.ndjson"], "o.json.zst", False, None),
        (["a.json"], "o.jsonl", False, None),
        (["a.jsonl"], "o.txt", False, ["o.txt"]),
    ],
)
def test_an_output_is_a_file_or_a_folder(
    tmp_path: Path, names: list[str], output: str, from_folder: bool, paths: list[str] | None
) -> None:
    (tmp_path / "there").mkdir()
    for name in names:
        (tmp_path / name).write_text("甲") if name.endswith("txt") else made(
            tmp_path / name.replace("ndjson", "jsonl"), ROWS
        )
    if names == ["a.ndjson"]:
        (tmp_path / "a.jsonl").rename(tmp_path / "a.ndjson")
    sources = [source_of(tmp_path / name) for name in names]
    if paths is None:
        with pytest.raises(OutputError, match=r"is named as jsonl?, and the inputs are jsonl?; the format stays"):
            OutputPlan.of(sources, f"{tmp_path}/{output}", WANTED, from_folder=from_folder)
    else:
        plan = OutputPlan.of(sources, f"{tmp_path}/{output}", WANTED, from_folder=from_folder)
        assert [target.path for target in plan.targets] == [tmp_path / path for path in paths]
    assert left_in(tmp_path) == set(names)


def test_lines_in_a_file_called_json_may_be_called_so_again(tmp_path: Path) -> None:
    made(tmp_path / "x.jsonl", ROWS).rename(tmp_path / "x.json")
    written([source_of(tmp_path / "x.json")], tmp_path / "o.json.gz", deciding(lambda _: True))
    assert gzip.decompress((tmp_path / "o.json.gz").read_bytes()) == (tmp_path / "x.json").read_bytes()


def refused(tmp_path: Path, sources: Sequence[Path | Source], output: str | Path, **options: Any) -> str:
    """Give what is said; nothing is written, nor made."""
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    with pytest.raises((InputError, OutputError)) as raised:
        OutputPlan.of(
            [each if isinstance(each, Source) else source_of(each) for each in sources],
            output,
            options.pop("wanted", WANTED),
            **options,
        )
    assert before == {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    return str(raised.value).replace(f"{tmp_path}/", "")


def test_an_input_is_not_written_over(tmp_path: Path) -> None:
    path = made(tmp_path / "x.jsonl", ROWS)
    (tmp_path / "link.jsonl").symlink_to(path)
    (tmp_path / "f").symlink_to(tmp_path)
    for output in ("x.jsonl", "link.jsonl", "f/x.jsonl", "f/"):
        said = refused(tmp_path, [path], f"{tmp_path}/{output}", overwrite=True)
        assert said.endswith(" is an input itself; choose another output")
    (tmp_path / "t.txt").write_text("甲")
    assert "is an input itself" in refused(tmp_path, [tmp_path / "t.txt"], tmp_path, overwrite=True)


def test_two_inputs_of_one_name_have_no_folder_together(tmp_path: Path) -> None:
    paths = [made(tmp_path / "甲" / "x.jsonl", ROWS), made(tmp_path / "乙" / "x.jsonl", ROWS)]
    said = refused(tmp_path, paths, f"{tmp_path}/out/")
    assert said.startswith("乙/x.jsonl: out/x.jsonl holds ")
    assert said.endswith("甲/x.jsonl already; write the two to two places")
    (tmp_path / "out" / "a").mkdir(parents=True)
    (tmp_path / "out" / "b").symlink_to(tmp_path / "out" / "a")
    texts = []
    for name in ("a", "b"):
        (tmp_path / "in" / name).mkdir(parents=True)
        (tmp_path / "in" / name / "x.txt").write_text(name)
        texts.append(source_of(tmp_path / "in" / name / "x.txt", tmp_path / "in"))
    assert "out/b/x.txt holds" in refused(tmp_path, texts, tmp_path / "out")


def test_what_is_there_is_not_written_over(tmp_path: Path) -> None:
    path = made(tmp_path / "x.jsonl", ROWS)
    (tmp_path / "o.jsonl").write_text("旧")
    said = refused(tmp_path, [path], tmp_path / "o.jsonl")
    assert said == "o.jsonl: exists already; choose another place, or allow that it is replaced"
    (tmp_path / "broken.jsonl").symlink_to(tmp_path / "no")
    assert "exists already" in refused(tmp_path, [path], tmp_path / "broken.jsonl")
    [out] = written([source_of(path)], tmp_path / "o.jsonl", deciding(lambda _: True), overwrite=True)
    assert out.read_bytes() == path.read_bytes()


@pytest.mark.skipif(sys.platform != "linux", reason="where nobody may write")
def test_a_place_that_cannot_be_written_to_is_refused(tmp_path: Path) -> None:
    path = made(tmp_path / "x.jsonl", ROWS)
    assert refused(tmp_path, [path], "/proc/x/o.jsonl").startswith("/proc/x/o.jsonl: cannot be written: ")
    assert refused(tmp_path, [path], path / "o.jsonl") == "x.jsonl: is no folder; choose another place"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_the_right_to_write_is_refused(tmp_path: Path) -> None:
    path = made(tmp_path / "x.jsonl", ROWS)
    (tmp_path / "locked").mkdir(mode=0o555)
    assert "locked/o.jsonl: cannot be written: Permission denied" in refused(
        tmp_path, [path], tmp_path / "locked" / "o.jsonl"
    )


def test_what_cannot_be_one_file_is_refused(tmp_path: Path) -> None:
    lines = made(tmp_path / "x.jsonl", ROWS)
    table = made(tmp_path / "x.csv", ROWS)
    assert refused(tmp_path, [lines, table], tmp_path / "o.jsonl").startswith("x.csv: this is csv, and ")
    other = made(tmp_path / "y.csv", [{"text": "甲", "id": 1}])
    assert "another header than that of" in refused(tmp_path, [table, other], tmp_path / "o.csv")
    (tmp_path / "z.csv").write_text(table.read_text().replace(",", ";"))
    assert "another header than that of" in refused(tmp_path, [table, tmp_path / "z.csv"], tmp_path / "o.csv")
    rows, wider = made(tmp_path / "x.parquet", ROWS), made(tmp_path / "y.parquet", [{"text": "甲"}])
    assert "y.parquet: another schema than that of" in refused(tmp_path, [rows, wider], tmp_path / "o.parquet")
    assert "leave .gz out of the name" in refused(tmp_path, [rows], tmp_path / "o.parquet.gz")
    assert "is named as csv, and the inputs are jsonl" in refused(tmp_path, [lines], tmp_path / "o.csv.gz")
    assert "is named as parquet, and the inputs are jsonl" in refused(tmp_path, [lines], tmp_path / "o.parquet")


def test_what_can_be_read_only_once_is_refused(tmp_path: Path) -> None:
    said = refused(tmp_path, [Source("-", None, Path("stdin"))], tmp_path / "o.jsonl")
    assert said == "-: can be read only once, and is read twice; save it in a file"
    os.mkfifo(tmp_path / "pipe.jsonl")
    assert "can be read only once" in refused(tmp_path, [tmp_path / "pipe.jsonl"], tmp_path / "o.jsonl")
    assert "no.jsonl: cannot be read: No such file" in refused(tmp_path, [tmp_path / "no.jsonl"], tmp_path / "o.jsonl")


def test_marks_need_fields_that_are_not_there(tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text("甲")
    said = refused(tmp_path, [tmp_path / "t.txt"], tmp_path / "out", marks=MARKS)
    assert said == "t.txt: a text file has no fields to mark; make records of it, or leave the marks out"
    for kind in KINDS:
        path = made(tmp_path / f"x.{kind}", [{"text": "甲", "score": 1}])
        said = refused(tmp_path, [path], tmp_path / f"o.{kind}", marks=MARKS)
        assert 'the field "score" is there already, and would be written over by a mark; rename it first' in said
    for line in ('{"score": 1, "text": ""}', '{"\\u0073core": 1, "text": ""}'):
        (tmp_path / "x.jsonl").write_text('{"text": "score \\"score\\" \\u0073core"}\n' * 99 + line + "\n")
        decide = deciding(lambda _: True, marks=lambda _: {"score": 0.5})
        with pytest.raises(OutputError, match=r'x\.jsonl: the field "score" is there already'):
            written([source_of(tmp_path / "x.jsonl")], tmp_path / "o.jsonl", decide, marks={"score": "float64"})
        assert "o.jsonl" not in left_in(tmp_path)


def test_a_text_inside_another_column_is_not_cleaned_in_parquet(tmp_path: Path) -> None:
    path = made(tmp_path / "x.parquet", [{"m": {"b": "甲"}}])
    wanted = Wanted(Fields(("m.b",)))
    said = refused(tmp_path, [path], tmp_path / "o.parquet", wanted=wanted, cleans=True)
    assert "stands inside another one, and is not written back into Parquet; make it a column first" in said
    [out] = written([source_of(path)], tmp_path / "o.parquet", deciding(lambda _: True, wanted=wanted), wanted=wanted)
    assert rows_in(out) == rows_in(path)


@pytest.mark.parametrize("kind", KINDS)
def test_a_record_that_is_gone_is_noticed(tmp_path: Path, kind: str) -> None:
    path = made(tmp_path / f"x.{kind}", ROWS)
    numbers = np.array([*numbers_in(source_of(path)), 999])
    plan = OutputPlan.of([source_of(path)], f"{tmp_path}/out/", WANTED)
    with pytest.raises(InputError, match=r"x\.\w+:999: a record that was read before is not there any more"):
        plan.write(plan.targets[0], lambda _: [Decisions(numbers, np.ones(len(numbers), np.bool_))])
    assert left_in(tmp_path) == {path.name}


@pytest.mark.parametrize("suffix", [*PACKED, "txt"])
def test_a_full_disk_leaves_nothing(tmp_path: Path, suffix: str) -> None:
    """A limit on the size of files is met as a full disk is."""
    path = tmp_path / f"x.{suffix}"
    texts = [os.urandom(3000).hex() for _ in range(200)]
    if suffix == "txt":
        path.write_text("".join(texts))
    else:
        made(path, [{"text": text} for text in texts])
    plan = OutputPlan.of([source_of(path)], f"{tmp_path}/out/", WANTED)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    decide = deciding(lambda _: True)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        with pytest.raises(OutputError, match=rf"out/x\.{suffix}: cannot be written: File too large"):
            plan.write(plan.targets[0], decide)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert left_in(tmp_path) == {path.name}
    plan.write(plan.targets[0], decide)
    assert left_in(tmp_path) == {path.name, f"out/x.{suffix}"}


@pytest.mark.parametrize("suffix", ["jsonl", "parquet"])
def test_what_a_killed_run_leaves_is_replaced_or_removed(tmp_path: Path, suffix: str) -> None:
    path = made(tmp_path / f"x.{suffix}", ROWS * 99)
    code = (
        "import os, signal, sys; from pathlib import Path; from neardup.io.sources import Source\n"
        "from neardup.jobs.inputs import Wanted; from neardup.jobs.outputs import OutputPlan\n"
        "def decide(_):\n    os.kill(os.getpid(), signal.SIGKILL)\n"
        "source = Source('x', Path(sys.argv[1]), Path(sys.argv[1]).relative_to(Path(sys.argv[1]).parent))\n"
        "plan = OutputPlan.of([source], sys.argv[2], Wanted(), token='job')\n"
        "plan.write(plan.targets[0], decide)"
    )
    out = tmp_path / "out" / f"o.{suffix}"
    for _ in range(2):
        done = subprocess.run([sys.executable, "-P", "-c", code, path, out], check=False)
        assert done.returncode == -signal.SIGKILL
        assert left_in(out.parent) == {temporary_path(out, "job").name}
    plan = OutputPlan.of([source_of(path)], out, WANTED, token="job")
    plan.discard()
    assert left_in(out.parent) == set()
    subprocess.run([sys.executable, "-P", "-c", code, path, out], check=False)
    plan.write(plan.targets[0], deciding(lambda _: True, size=999))
    assert left_in(out.parent) == {out.name}
    assert len(rows_in(out)) == 9 * 99


def test_temporary_files_of_two_jobs_and_of_two_names_are_two(tmp_path: Path) -> None:
    long = "长" * 60
    places = {temporary_path(tmp_path / name, token) for name in (f"{long}1", f"{long}2", "x") for token in ("a", "b")}
    assert len(places) == 6
    one, other = (WholeFile(tmp_path / "x", token=token) for token in ("a", "b"))
    one.write(b"1")
    other.write(b"2")
    other.discard()
    one.commit()
    assert (tmp_path / "x").read_bytes() == b"1"
    with pytest.raises(OutputError, match="exists already"):
        WholeFile(tmp_path / "x", token="a")


def test_without_a_token_nothing_is_taken_for_the_rest_of_a_job(tmp_path: Path) -> None:
    plan = OutputPlan.of([source_of(made(tmp_path / "x.jsonl", ROWS))], tmp_path / "o.jsonl", WANTED)
    (tmp_path / ".o.jsonl.0123456789abcdef").touch()
    temporary_path(tmp_path / "o.jsonl", "").touch()
    plan.discard()
    plan.write(plan.targets[0], deciding(lambda _: True))
    assert len(left_in(tmp_path)) == 4


def test_no_output_leaves_its_folder(tmp_path: Path) -> None:
    path = made(tmp_path / "x.jsonl", ROWS)
    source = Source("x", path, Path("..") / "y.jsonl")
    assert refused(tmp_path, [source], f"{tmp_path}/out/") == "x: out/../y.jsonl would leave the folder"


def test_what_nobody_expected_is_named_with_the_output(tmp_path: Path) -> None:
    def breaks(_: Source) -> Iterable[Decisions]:
        raise ZeroDivisionError("ruin")

    plan = OutputPlan.of([source_of(made(tmp_path / "x.jsonl", ROWS))], tmp_path / "o.jsonl", WANTED)
    with pytest.raises(InputError, match=r"o\.jsonl: failed: ZeroDivisionError: ruin .*; this is a fault of neardup"):
        plan.write(plan.targets[0], breaks)
    assert left_in(tmp_path) == {"x.jsonl"}


@pytest.mark.parametrize("suffix", PACKED)
def test_all_of_a_file_counts_as_read_where_its_end_is_not_kept(tmp_path: Path, suffix: str) -> None:
    path = made(tmp_path / f"x.{suffix}", [{"text": f"{number}" * 50} for number in range(3000)])
    told: list[int] = []
    plan = OutputPlan.of([source_of(path)], tmp_path / f"o.{suffix}", WANTED)
    assert plan.write(plan.targets[0], deciding(lambda place: place == 0, size=999), told.append) == 1
    assert sum(told) == path.stat().st_size


def test_no_inputs_have_no_outputs(tmp_path: Path) -> None:
    assert OutputPlan.of([], tmp_path / "o", WANTED).targets == ()
