"""Jobs from files to files: the answer of `find_duplicates`, whatever the file, the options and the pieces."""

from __future__ import annotations

import gzip
import json
import shutil
import tempfile
from contextlib import suppress
from datetime import date
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import neardup
from neardup import Config, MismatchError, dedup_files, find_duplicates, find_repeated_paragraphs, find_repeats
from neardup.io.boilerplate import read_boilerplate
from neardup.io.compression import compress
from neardup.jobs.workspace import Workspace
from neardup.relations import RELATIONS
from neardup.spans import composed, without
from tests.families import SENTENCES, texts, worlds
from tests.files import KINDS, made, rows_in
from tests.jobs import deduplicated, lines_in, listed_in, matches_of, small_pieces

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

ARTICLE = "".join(SENTENCES[:4])
OTHER = "".join(SENTENCES[4:6])
MANY = 25 if neardup.backend() == "kernel" else 8
some = settings(max_examples=MANY, suppress_health_check=[HealthCheck.too_slow])


def rows_of(texts: Sequence[str], **columns: Sequence[Any]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = [
        {"id": f"a{number}", "n": 1.50, "text": text, "其他": [number]} for number, text in enumerate(texts)
    ]
    for name, values in columns.items():
        for row, value in zip(rows, values, strict=True):
            row[name] = value
    return rows


def kept(rows: Sequence[Mapping[str, Any]], found: neardup.Duplicates) -> list[Mapping[str, Any]]:
    return [row for row, is_dropped in zip(rows, found.is_duplicate, strict=True) if not is_dropped]


FAMILY = [
    ARTICLE,
    OTHER,
    ARTICLE.replace("，", ""),
    f"{ARTICLE}{OTHER}",
    "",
    OTHER + SENTENCES[6],
    ARTICLE.replace("八千", "九千"),
    "短。",
    "——",
]
"""Copies, an extension, an excerpt, another number, short and empty ones."""

PRIORITIES = {
    "integers": st.integers(-3, 3),
    "floats": st.sampled_from([-1.5, 0.0, 2, 1e300]),
    "strings": st.sampled_from(["甲", "b", "", "2024-03-05"]),
}


@given(
    worlds,
    st.data(),
    st.sampled_from(["longest", "first"]),
    st.sampled_from([None, *PRIORITIES]),
    st.booleans(),
    st.sampled_from([None, "across", "within"]),
    st.booleans(),
    st.sampled_from([{}, {"threshold": 0.5}, {"relations": ("identical", "near", "contains")}, {"content": "all"}]),
    st.integers(1, 2),
    st.tuples(st.integers(1, 4), st.integers(1, 2000), st.sampled_from([1, 2, 16])),
)
@some
def test_the_answer_is_that_of_find_duplicates(
    world: list[str],
    data: st.DataObject,
    keep: Any,
    priority: str | None,
    descending: bool,
    only: str | None,
    has_titles: bool,
    overrides: dict[str, Any],
    threads: int,
    pieces: tuple[int, int, int],
) -> None:
    def drawn(values: st.SearchStrategy[Any]) -> list[Any]:
        return data.draw(st.lists(values, min_size=len(world), max_size=len(world)))

    values = drawn(PRIORITIES[priority]) if priority else [0] * len(world)
    groups = drawn(st.sampled_from(["甲", "乙", 7, None]))
    titles = drawn(st.sampled_from(["题目一", "题目二", "", None]))
    rows = rows_of(world, rank=values, site=groups, title=titles)
    order = {value: number for number, value in enumerate(sorted(set(values)))}
    config = Config().with_overrides(**overrides)
    found = find_duplicates(
        world,
        ids=[row["id"] for row in rows],
        title=titles if has_titles else None,
        keep=keep,
        priority=[-order[value] if descending else order[value] for value in values] if priority else None,
        config=config,
        **{f"only_{only}": groups for _ in range(1) if only},
    )
    options: dict[str, Any] = {
        "keep": keep,
        "priority_field": "rank" if priority else None,
        "descending": descending,
        "title_field": "title" if has_titles else None,
        "threads": threads,
        **({f"only_{only}": "site"} if only else {}),
        **overrides,
    }
    with tempfile.TemporaryDirectory() as name, small_pieces(*pieces):
        folder = Path(name)
        summary, output = deduplicated(folder, rows, **options)
        lines = (folder / "in.jsonl").read_bytes().splitlines(keepends=True)
        assert output.read_bytes() == b"".join(kept(lines, found))  # type: ignore[arg-type]
        assert listed_in(folder / "out.duplicates.jsonl") == matches_of(found)
        assert (summary.duplicates, summary.empty) == (len(found.duplicates), len(found.empty))
        assert summary.documents == summary.survivors + summary.duplicates + summary.empty == len(world)
        assert summary.survivors == len(found.survivors)
        assert summary.cuts == found.cuts
        assert sum(summary.relations.values()) == int((found.relation > 0).sum())
        assert {path.name for path in folder.iterdir()} == {
            "in.jsonl", "out.jsonl", "out.duplicates.jsonl", "out.rejects.jsonl", "out.summary.json",
        }  # fmt: skip
        again = dedup_files(output, folder / "again.jsonl", id_field="id", memory=1 << 26, **options)
        assert again.duplicates == 0
        assert (folder / "again.jsonl").read_bytes() == output.read_bytes()


@given(st.lists(texts(), max_size=6), worlds, st.booleans())
@some
def test_earlier_corpora_are_not_judged(old: list[str], new: list[str], is_first: bool) -> None:
    """An earlier corpus without duplicates is one whose documents come first, each by itself."""
    old = [old[row] for row in find_duplicates(old, keep="first").survivors]  # type: ignore[index]
    rows = rows_of(new)
    keep: Any = "first" if is_first else "longest"
    found = find_duplicates(
        [*old, *new],
        ids=[*(f"o{number}" for number in range(len(old))), *(row["id"] for row in rows)],
        priority=[*range(len(old)), *[len(old)] * len(new)],
        keep=keep,
    )
    with tempfile.TemporaryDirectory() as name, small_pieces():
        folder = Path(name)
        made(folder / "old.jsonl", [{"id": f"o{number}", "text": text} for number, text in enumerate(old)])
        summary, output = deduplicated(folder, rows, against=folder / "old.jsonl", keep=keep)
        assert listed_in(folder / "out.duplicates.jsonl") == matches_of(found)
        gone = {each.id for each in found.duplicates}
        assert lines_in(output) == [row for row in rows if row["id"] not in gone]
        assert (summary.given, summary.documents) == (len(old), len(new))
        assert [each.documents for each in summary.against] == [len(old)]


def test_earlier_corpora_may_have_duplicates_and_the_same_ids(tmp_path: Path) -> None:
    old = made(tmp_path / "old.jsonl", [{"id": "a0", "text": ARTICLE}, {"id": "a1", "text": ARTICLE + "。"}])
    before = old.read_bytes()
    summary, output = deduplicated(tmp_path, rows_of([ARTICLE, OTHER, OTHER]), against=[old])
    assert [row["id"] for row in lines_in(output)] == ["a1"]
    [first, second] = lines_in(tmp_path / "out.duplicates.jsonl")
    assert (first["id"], first["survivor"], first["survivor_file"], first["survivor_line"]) == ("a0", "a0", str(old), 1)
    assert (second["id"], second["survivor"]) == ("a2", "a1")
    assert (summary.given, summary.against[0].survivors, summary.duplicates) == (2, 2, 2)
    assert old.read_bytes() == before


def test_an_earlier_corpus_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    old = tmp_path / "old.jsonl.gz"
    rows = [json.dumps({"id": f"x{number}", "text": f"{number}{ARTICLE}"}) for number in range(9000)]
    data = gzip.compress("\n".join(rows).encode())
    old.write_bytes(data[: len(data) // 2])
    summary, _ = deduplicated(tmp_path, rows_of([OTHER]), against=old)
    [failed] = summary.failed
    assert failed.file == str(old)
    assert failed.line == failed.documents + 1 > 2
    assert failed.failed == "the compressed file is cut off; get the whole file"
    assert summary.given == failed.documents


def test_an_input_is_no_earlier_corpus(tmp_path: Path) -> None:
    source = made(tmp_path / "in.jsonl", rows_of(FAMILY))
    with pytest.raises(neardup.InputError, match="jsonl: is an earlier corpus too; leave it out of one of the two"):
        dedup_files(tmp_path, tmp_path / "out", against=source)


CLEANABLE = [
    f"{ARTICLE}\n{OTHER}\n",
    f"{ARTICLE}\n{OTHER}\n" * 2,
    f"标题\n{ARTICLE}\n正文\n{ARTICLE}\n",
    OTHER,
    "",
]


@pytest.mark.parametrize("scope", ["body", "passages", "all"])
@pytest.mark.parametrize("kind", KINDS)
def test_cleaned_texts_are_compared_ranked_and_written(tmp_path: Path, scope: Any, kind: str) -> None:
    rows = [{"id": f"a{number}", "text": text, "n": "1.50"} for number, text in enumerate(CLEANABLE)]
    cleaned = [find_repeats(text).clean(scope) for text in CLEANABLE]
    assert cleaned != CLEANABLE
    found = find_duplicates(cleaned, ids=[row["id"] for row in rows])
    assert found.duplicates
    with small_pieces():
        _, output = deduplicated(tmp_path, rows, kind, clean=scope)
    expected = [row | {"text": text} for row, text in zip(rows, cleaned, strict=True)]
    assert rows_in(output) == kept(expected, found)
    assert listed_in(tmp_path / "out.duplicates.jsonl") == matches_of(found)


NOTICE = "声明：本网独家稿件，未经授权禁止转载，违者必究。"
CLAUSE = "本办法由市场监督管理部门负责解释，自发布之日起施行。"
DAYS = "一二三四五六七八九十百千"
PAGES = [f"第{day}天的新闻，{day * 9}各不相同，{SENTENCES[number % 6]}\n{NOTICE}\n{CLAUSE if number < 3 else ''}"
         for number, day in enumerate(DAYS)]  # fmt: skip
PAGES += [PAGES[0].replace(NOTICE, ""), NOTICE]


def test_boilerplate_is_found_first_and_listed(tmp_path: Path) -> None:
    rows = rows_of(PAGES)
    found = find_duplicates(PAGES, ids=[row["id"] for row in rows], boilerplate="auto")
    assert found.boilerplate
    with small_pieces():
        summary, output = deduplicated(tmp_path, rows, boilerplate="auto")
    assert summary.boilerplate == found.boilerplate
    assert summary.config == found.config
    assert listed_in(tmp_path / "out.duplicates.jsonl") == matches_of(found)
    assert matches_of(found) != matches_of(find_duplicates(PAGES, ids=[row["id"] for row in rows]))
    lines = (tmp_path / "in.jsonl").read_bytes().splitlines(keepends=True)
    assert output.read_bytes() == b"".join(kept(lines, found)), "only what is compared is without it"  # type: ignore[arg-type]
    known = tmp_path / "out.boilerplate.txt"
    assert str(known) in summary.outputs
    assert read_boilerplate(known) == tuple(each.hash for each in found.boilerplate)
    assert f"\t{found.boilerplate[0].documents}\t{NOTICE}" in known.read_text("utf-8")
    again, _ = deduplicated(
        tmp_path / "again", rows, config=Config(boilerplate=read_boilerplate(known)), duplicates="parquet"
    )
    assert again.boilerplate is None
    assert again.config == found.config
    assert listed_in(tmp_path / "again" / "out.duplicates.parquet") == matches_of(found)


@pytest.mark.parametrize("which", ["boilerplate", "repeated"])
@pytest.mark.parametrize("scope", [None, "all"])
@pytest.mark.parametrize("boilerplate", [None, "auto"])
def test_repeated_paragraphs_are_taken_out_first(tmp_path: Path, which: Any, scope: Any, boilerplate: Any) -> None:
    pages = [*PAGES, f"{ARTICLE}\n{CLAUSE}\n{ARTICLE}\n{NOTICE}\n"]
    cleaned = [find_repeats(page).clean(scope) for page in pages] if scope else pages
    removed = find_repeated_paragraphs(cleaned).remove(cleaned, boilerplate=which == "boilerplate")
    assert len(removed.group) >= 9
    rows = rows_of(pages)
    found = find_duplicates(removed.texts, ids=[row["id"] for row in rows], boilerplate=boilerplate)
    with small_pieces():
        _, output = deduplicated(tmp_path, rows, paragraphs=which, clean=scope, boilerplate=boilerplate)
    expected = [row | {"text": text} for row, text in zip(rows, removed.texts, strict=True)]
    assert lines_in(output) == kept(expected, found)
    assert listed_in(tmp_path / "out.duplicates.jsonl") == matches_of(found)


@pytest.mark.parametrize("empty", ["keep", "drop"])
def test_documents_without_text(tmp_path: Path, empty: Any) -> None:
    summary, output = deduplicated(tmp_path, rows_of(["", ARTICLE, " \n", ARTICLE]), empty=empty)
    assert [row["id"] for row in lines_in(output)] == (["a0", "a1", "a2"] if empty == "keep" else ["a1"])
    assert (summary.empty, summary.survivors, summary.duplicates) == (2, 1, 1)


@pytest.mark.parametrize("kind", KINDS)
def test_marks_say_what_each_is(tmp_path: Path, kind: str) -> None:
    rows = [{"id": f"a{number}", "text": text} for number, text in enumerate(FAMILY)]
    found = find_duplicates(FAMILY, ids=[row["id"] for row in rows])
    summary, output = deduplicated(tmp_path, rows, kind, mark=True)
    matches = {match.id: match for match in found.duplicates}
    empty = set(found.empty)
    expected = []
    for row in rows:
        match = matches.get(row["id"])
        status = "duplicate" if match else "empty" if row["id"] in empty else "kept"
        marks = (status, match and match.survivor, match and match.relation, match and match.score)
        names = ("neardup_status", "neardup_survivor", "neardup_relation", "neardup_score")
        expected.append(row | dict(zip(names, marks, strict=True)))
    if kind in ("csv", "tsv"):
        expected = [{name: "" if value is None else str(value) for name, value in row.items()} for row in expected]
    assert rows_in(output) == expected
    assert {row["neardup_status"] for row in expected} == {"kept", "duplicate", "empty"}
    assert summary.survivors == len(found.survivors)


def test_a_dry_run_writes_what_stands_beside(tmp_path: Path) -> None:
    summary, output = deduplicated(tmp_path, rows_of(FAMILY), dry_run=True)
    assert {path.name for path in tmp_path.iterdir()} == {
        "in.jsonl", "out.duplicates.jsonl", "out.rejects.jsonl", "out.summary.json",
    }  # fmt: skip
    assert summary.duplicates == len(lines_in(tmp_path / "out.duplicates.jsonl"))
    assert summary.outputs == tuple(str(tmp_path / f"out.{name}") for name in
                                    ("duplicates.jsonl", "rejects.jsonl", "summary.json"))  # fmt: skip
    assert not output.exists()


def test_a_sample_is_drawn_by_its_seed_and_the_job_goes_on(tmp_path: Path) -> None:
    rows = rows_of([f"{ARTICLE}{SENTENCES[number % 6]}" for number in range(20)])
    samples = [deduplicated(tmp_path, rows, sample=5, seed=seed)[0] for seed in (1, 1, 2)]
    assert {path.name for path in tmp_path.iterdir()} == {"in.jsonl", "out.jsonl.job"}
    first, same, other = ([drop.row["id"] for drop in each.sample] for each in samples)
    assert len(first) == 5
    assert first == same != other
    texts = {row["id"]: row["text"] for row in rows}
    for drop in samples[0].sample:
        assert (drop.text, drop.survivor_text) == (texts[drop.row["id"]], texts[drop.row["survivor"]])
    all_drops, _ = deduplicated(tmp_path, rows, sample=1000)
    assert len(all_drops.sample) == all_drops.duplicates
    assert all_drops.outputs == ()
    done, output = deduplicated(tmp_path, rows)
    assert done.seconds["reading"] < 5
    assert len(lines_in(output)) == done.survivors
    assert not (tmp_path / "out.jsonl.job").exists()


@pytest.mark.parametrize("duplicates", ["jsonl", "parquet"])
def test_the_list_of_duplicates(tmp_path: Path, duplicates: Any) -> None:
    rows = [{"id": number, "text": text} for number, text in enumerate([ARTICLE, OTHER, ARTICLE])]
    summary, _ = deduplicated(tmp_path, rows, duplicates=duplicates)
    path = tmp_path / f"out.duplicates.{duplicates}"
    [row] = rows_in(path)
    source = str(tmp_path / "in.jsonl")
    evidence = find_duplicates([ARTICLE, OTHER, ARTICLE]).duplicates[0].evidence.to_dict()
    expected = {
        "type": "duplicate",
        "id": 2, "file": source, "line": 3,
        "survivor": 0, "survivor_file": source, "survivor_line": 1,
        "relation": "identical", "score": 1.0, "evidence": evidence,
    }  # fmt: skip
    if duplicates == "parquet":
        del expected["type"]
        expected |= {"id": "2", "survivor": "0"}
    assert row == expected
    assert str(path) in summary.outputs


def test_the_summary_that_is_written_is_the_one_that_is_given(tmp_path: Path) -> None:
    summary, _ = deduplicated(tmp_path, rows_of(FAMILY))
    data = json.loads((tmp_path / "out.summary.json").read_bytes())
    assert data == json.loads(json.dumps(summary.to_dict()))
    assert data["schema_version"] == 1
    assert data["fingerprint"] == Config().fingerprint()
    assert data["relations"].keys() <= set(RELATIONS)
    assert set(data["seconds"]) >= {"reading", "sketching", "keys", "comparing", "writing"}
    assert data["disk_bytes"]["texts"] > sum(map(len, FAMILY))
    assert data["peak_bytes"] > 1 << 24
    [file] = data["files"]
    assert (file["documents"], file["rejected"], file["failed"]) == (len(FAMILY), 0, None)
    assert data["families"][0]["duplicates"] == max(each.duplicates for each in summary.families)


@pytest.mark.parametrize("kind", [*KINDS, "jsonl.gz", "json.gz", "csv.gz"])
def test_every_kind_of_file(tmp_path: Path, kind: str) -> None:
    rows = [{"id": f"a{number}", "text": text, "n": f"{number}.50"} for number, text in enumerate(FAMILY)]
    found = find_duplicates(FAMILY, ids=[row["id"] for row in rows])
    with small_pieces():
        _, output = deduplicated(tmp_path, rows, kind)
    assert rows_in(output) == kept(rows, found)
    assert listed_in(tmp_path / "out.duplicates.jsonl") == matches_of(found)


@pytest.mark.parametrize("compression", ["", ".gz", ".zst"])
@pytest.mark.parametrize("output", ["", ".gz", ".zst"])
def test_compressed_in_and_out(tmp_path: Path, compression: str, output: str) -> None:
    if ".zst" in (compression, output):
        pytest.importorskip("backports.zstd")
    rows = rows_of(FAMILY)
    plain = made(tmp_path / "plain.jsonl", rows)
    kind = f"jsonl{compression}"
    source = tmp_path / f"in.{kind}"
    source.write_bytes(compress(plain.read_bytes(), compression))
    target = tmp_path / f"out.jsonl{output}"
    summary = dedup_files(source, target, id_field="id")
    expected = dedup_files(plain, tmp_path / "expected.jsonl", id_field="id")
    assert (summary.survivors, summary.duplicates) == (expected.survivors, expected.duplicates)
    again = dedup_files(target, tmp_path / "again.jsonl", id_field="id")
    assert (tmp_path / "again.jsonl").read_bytes() == (tmp_path / "expected.jsonl").read_bytes()
    assert again.duplicates == 0
    assert (tmp_path / "out.summary.json").exists()


def test_a_folder_of_texts_in_gb18030(tmp_path: Path) -> None:
    folder, output = tmp_path / "新闻", tmp_path / "out"
    for number, text in enumerate([ARTICLE, f"{ARTICLE}。\n", OTHER * 2]):
        path = folder / f"{number % 2}" / f"{number}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("gb18030"))
    summary = dedup_files(folder, output, memory=1 << 26)
    [row] = lines_in(tmp_path / "out.duplicates.jsonl")
    assert (row["id"], row["line"], row["survivor"]) == (str(folder / "1/1.txt"), None, str(folder / "0/0.txt"))
    written = {path.relative_to(output).as_posix() for path in output.rglob("*") if path.is_file()}
    assert written == {"0/0.txt", "0/2.txt"}
    assert all((output / name).read_bytes() == (folder / name).read_bytes() for name in written)
    assert summary.outputs[0] == f"{output}/"
    assert len(summary.outputs) == 4


def test_a_text_that_is_cleaned_keeps_its_encoding(tmp_path: Path) -> None:
    body = f"{ARTICLE}\n{OTHER}\n"
    (tmp_path / "甲.txt").write_bytes((body * 2).encode("gb18030"))
    dedup_files(tmp_path / "甲.txt", tmp_path / "out", clean="body")
    assert (tmp_path / "out" / "甲.txt").read_bytes() == body.encode("gb18030")


@pytest.mark.parametrize("kind", ["csv", "tsv"])
def test_a_table_in_gb18030(tmp_path: Path, kind: str) -> None:
    rows = [{"id": f"a{number}", "text": text} for number, text in enumerate([ARTICLE, OTHER, ARTICLE + "。"])]
    source = made(tmp_path / f"in.{kind}", rows)
    source.write_bytes(source.read_bytes().decode("utf-8").encode("gb18030"))
    summary = dedup_files(source, tmp_path / f"out.{kind}", id_field="id", clean="all")
    assert summary.duplicates == 1
    assert rows_in(tmp_path / f"out.{kind}") == rows[:2]


def test_several_and_nested_text_fields(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"id": 1, "head": "标题", "meta": {"body": ARTICLE}},
        {"id": 2, "head": None, "meta": {"body": f"标题\n{ARTICLE}"}},
        {"id": 3, "head": OTHER, "meta": {"body": OTHER}},
    ]
    _, output = deduplicated(tmp_path, rows, text_field=["head", "meta.body"], clean="all")
    assert lines_in(output) == [rows[0], {"id": 3, "head": OTHER, "meta": {"body": ""}}] or lines_in(output) == [
        rows[0],
        rows[2],
    ]
    [row] = lines_in(tmp_path / "out.duplicates.jsonl")
    assert (row["id"], row["survivor"], row["relation"]) == (2, 1, "identical")


@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
def test_dates_and_strings_rank(tmp_path: Path, kind: str) -> None:
    def day(number: int) -> Any:
        return date(2024, 3, number) if kind == "parquet" else f"2024-03-{number:02}"

    rows = [{"id": f"a{number}", "text": ARTICLE, "day": day(number)} for number in (9, 3, 20)]
    for descending, survivor in ((False, "a3"), (True, "a20")):
        folder = tmp_path / str(descending)
        _, output = deduplicated(folder, rows, kind, priority_field="day", descending=descending)
        assert rows_in(output) == [row for row in rows if row["id"] == survivor]


def test_inputs_are_files_folders_and_patterns(tmp_path: Path) -> None:
    rows = rows_of(FAMILY)
    for place, name in enumerate(("a/1.jsonl", "a/b/2.jsonl", "3.jsonl", "4.ndjson")):
        made(tmp_path / name.replace("ndjson", "jsonl"), rows[place::4])
    (tmp_path / "4.jsonl").rename(tmp_path / "4.ndjson")
    (tmp_path / "a" / "x.md").write_text("不读")
    expected = {row["id"] for row in kept(rows, find_duplicates(FAMILY, ids=[row["id"] for row in rows]))}
    for number, inputs in enumerate(
        (
            [tmp_path],
            [tmp_path / "a", tmp_path / "*.jsonl", str(tmp_path / "[4].ndjson")],
            [tmp_path / "**" / "*.jsonl", tmp_path / "4.ndjson", tmp_path / "a" / "1.jsonl"],
        )
    ):
        output = tmp_path / f"out{number}" / "all.jsonl"
        summary = dedup_files(inputs, output, id_field="id", glob=["*.jsonl", "*.ndjson"])
        assert {row["id"] for row in lines_in(output)} == expected
        assert len(summary.files) == 4
        for path in (tmp_path / f"out{number}").iterdir():
            path.unlink()
    summary = dedup_files(tmp_path, tmp_path / "mirror", id_field="id")
    found = {path.relative_to(tmp_path / "mirror").as_posix() for path in (tmp_path / "mirror").rglob("*.*json*")}
    assert found == {"a/1.jsonl", "a/b/2.jsonl", "3.jsonl", "4.ndjson"}
    assert summary.outputs[0] == f"{tmp_path / 'mirror'}/"
    shutil.rmtree(tmp_path / "mirror")
    only = dedup_files(tmp_path, tmp_path / "only.jsonl", id_field="id", glob="3.*", overwrite=True)
    assert [each.file for each in only.files] == [str(tmp_path / "3.jsonl")]


@pytest.mark.parametrize("output", ["out.jsonl", "out"])
def test_what_a_job_writes_into_a_folder_of_inputs_is_no_input(
    tmp_path: Path, output: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So the same call goes on with a job, and writes the same again."""
    made(tmp_path / "in.jsonl", rows_of(FAMILY))
    monkeypatch.chdir(tmp_path)
    dedup_files(".", output, id_field="id", sample=1)
    assert list(tmp_path.glob("out*.job"))
    first = dedup_files(".", output, id_field="id")
    written = {path: path.read_bytes() for path in tmp_path.rglob("*.jsonl")}
    again = dedup_files(".", output, id_field="id", overwrite=True)
    assert [each.file for each in first.files] == [each.file for each in again.files] == ["in.jsonl"]
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.jsonl")} == written
    dedup_files(str(tmp_path / "*.jsonl"), output, id_field="id", overwrite=True)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.jsonl")} == {
        path: data if "duplicates" not in path.name else data.replace(b'"in.jsonl"', f'"{tmp_path}/in.jsonl"'.encode())
        for path, data in written.items()
    }


def test_ids_are_file_and_line_by_default(tmp_path: Path) -> None:
    _, output = deduplicated(tmp_path, rows_of([OTHER, ARTICLE, ARTICLE]), id_field=None)
    [row] = lines_in(tmp_path / "out.duplicates.jsonl")
    name = tmp_path / "in.jsonl"
    assert (row["id"], row["survivor"]) == (f"{name}:3", f"{name}:2")
    assert len(lines_in(output)) == 2


def test_lines_stay_as_they_are(tmp_path: Path) -> None:
    """Numbers, order, spaces, escapes and line breaks; a last line without a break gets one."""
    lines = [
        f'{{"b": 1.50, "text": "{ARTICLE}", "a": [1e5, -0.0], "e": "\\u7532"}}\r\n'.encode(),
        f'  {{"text":"{OTHER}"}}\n'.encode(),
        f'{{"text": "{ARTICLE}。"}}\n'.encode(),
        b'{"text": ""}',
    ]
    (tmp_path / "in.jsonl").write_bytes(b"\xef\xbb\xbf" + b"".join(lines))
    dedup_files(tmp_path / "in.jsonl", tmp_path / "out.jsonl")
    assert (tmp_path / "out.jsonl").read_bytes() == b"".join([lines[0], lines[1], lines[3], b"\n"])


def test_nothing_in_and_everything_in(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_bytes(b"")
    summary = dedup_files(tmp_path / "in.jsonl", tmp_path / "out.jsonl")
    assert (summary.documents, summary.duplicates, summary.families) == (0, 0, ())
    assert (tmp_path / "out.jsonl").read_bytes() == b""
    made(tmp_path / "two.jsonl", rows_of(["", ""]))
    for options in ({}, {"boilerplate": "auto"}, {"paragraphs": "repeated"}, {"clean": "all"}):
        summary = dedup_files(tmp_path / "two.jsonl", tmp_path / "out.jsonl", overwrite=True, **options)  # type: ignore[arg-type]
        assert (summary.documents, summary.empty, summary.duplicates) == (2, 2, 0)


def test_progress_is_told_by_stages(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    deduplicated(
        tmp_path, rows_of(PAGES), boilerplate="auto", paragraphs="repeated", progress=lambda *each: told.append(each)
    )
    stages = list(dict.fromkeys(stage for stage, *_ in told))
    assert stages == ["reading", "paragraphs", "boilerplate", "sketching", "comparing", "writing"]
    for stage in stages:
        done = [(done, total) for name, done, total in told if name == stage]
        assert done == sorted(done)
        assert stage == "boilerplate" or done[-1][0] == done[-1][1]
    assert told[0][2] == (tmp_path / "in.jsonl").stat().st_size


def test_a_corpus_of_yours_has_the_answer_of_find_duplicates(real_corpus: Path, tmp_path: Path) -> None:
    data = real_corpus.read_bytes()
    lines = (gzip.decompress(data) if real_corpus.suffix == ".gz" else data).splitlines(keepends=True)
    documents = [json.loads(line) for line in lines]
    id_field = "id" if "id" in documents[0] else None
    ids = (
        [row["id"] for row in documents] if id_field else [f"{real_corpus}:{line}" for line in range(1, len(lines) + 1)]
    )
    found = find_duplicates([row["text"] for row in documents], ids=ids)
    expected, survivors = matches_of(found), b"".join(kept(lines, found))  # type: ignore[arg-type]
    for threads, pieces in ((1, (4096, 1 << 22, 1)), (2, (300, 1 << 20, 8))):
        output = tmp_path / f"{threads}.jsonl"
        with small_pieces(*pieces):
            dedup_files(real_corpus, output, id_field=id_field, memory=1 << 26, threads=threads)
        assert listed_in(tmp_path / f"{threads}.duplicates.jsonl") == expected
        assert output.read_bytes() == survivors


class Stopped(BaseException):
    """What a test stops a job with, as a signal does."""


def stopping(at: int) -> Callable[[str, int, int], None]:
    """Give what stops a job when it is told for the n-th time how far it is."""
    calls = count()

    def tell(*_: object) -> None:
        if next(calls) == at:
            raise Stopped

    return tell


def test_a_job_goes_on_from_wherever_it_was_stopped(tmp_path: Path) -> None:
    """With every stage there is: what is written is the same, and nothing else is left."""
    options: dict[str, Any] = {"clean": "all", "paragraphs": "repeated", "boilerplate": "auto", "mark": True}
    rows = rows_of([*PAGES, *CLEANABLE])
    told: list[str] = []
    with small_pieces(batch=5):
        deduplicated(tmp_path, rows, progress=lambda stage, *_: told.append(stage), **options)
        expected = {path.name: path.read_bytes() for path in tmp_path.iterdir() if "summary" not in path.name}
        assert len(expected) == 5
        assert len(told) > 12
        for path in tmp_path.glob("out*"):
            path.unlink()
        for at in range(len(told)):
            with pytest.raises(Stopped):
                deduplicated(tmp_path, rows, progress=stopping(at), **options)
            assert (tmp_path / "out.jsonl.job").exists()
            with suppress(Stopped):
                deduplicated(tmp_path, rows, progress=stopping(at // 2), **options)
            summary, _ = deduplicated(tmp_path, rows, overwrite=True, **options)
            assert summary.documents == len(rows)
            found = {path.name: path.read_bytes() for path in tmp_path.iterdir() if "summary" not in path.name}
            assert found == expected
            for path in tmp_path.glob("out*"):
                path.unlink()


def test_other_options_are_refused_while_a_job_is_not_done(tmp_path: Path) -> None:
    told: list[str] = []
    deduplicated(tmp_path, rows_of(FAMILY), progress=lambda stage, *_: told.append(stage))
    for at, options, message in (
        (0, {"keep": "first"}, 'on something else: options keep was "longest", is "first"; start the job again'),
        (0, {"threshold": 0.9}, "config threshold was 0.8, is 0.9"),
        (
            told.index("writing"),
            {"mark": True},
            "with other options: empty was 'keep', mark was False, duplicates was 'jsonl'; give them again",
        ),
    ):
        for path in tmp_path.glob("out*"):
            path.unlink()
        with pytest.raises(Stopped):
            deduplicated(tmp_path, rows_of(FAMILY), progress=stopping(at))
        with pytest.raises(MismatchError, match=message) as error:
            deduplicated(tmp_path, rows_of(FAMILY), **options)  # type: ignore[arg-type]
        assert error.value.parameter == "restart"
        summary, _ = deduplicated(tmp_path, rows_of(FAMILY), restart=True, **options)  # type: ignore[arg-type]
        assert summary.documents == len(FAMILY)
        assert not (tmp_path / "out.jsonl.job").exists()


@given(st.text("天地玄黄", min_size=1, max_size=30), st.data())
def test_stretches_of_what_is_left_are_stretches_of_the_text(text: str, data: st.DataObject) -> None:
    def drawn(size: int) -> list[tuple[int, int]]:
        edges = sorted(data.draw(st.sets(st.integers(0, size), max_size=8)))
        return list(zip(edges[::2], edges[1::2], strict=False))

    removed = drawn(len(text))
    left = without(text, removed)
    later = drawn(len(left))
    assert without(text, composed(removed, later)) == without(left, later)


def test_a_stage_is_read_no_more_often_where_there_are_more_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, counts = Workspace.read, []
    monkeypatch.setattr(Workspace, "read", lambda *given: counts.append(1) or read(*given))
    found = []
    for files in (4, 40):
        folder = tmp_path / f"in{files}"
        folder.mkdir()
        for number in range(files):
            (folder / f"{number}.txt").write_text(f"{SENTENCES[0]}\n" * 2 + str(number), "utf-8")
        counts.clear()
        dedup_files(folder, tmp_path / f"out{files}/", clean="all")
        found.append(len(counts))
    assert found[0] == found[1]
