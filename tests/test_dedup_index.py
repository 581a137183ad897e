"""Jobs and indexes: an index is an earlier corpus, survivors are added to one, the same job gives the same again."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import neardup
from neardup import Config, dedup_files, find_duplicates
from neardup._backend import BACKEND
from neardup.index import Index
from neardup.jobs import indexes
from tests.command import dedup
from tests.families import SENTENCES, worlds
from tests.files import made
from tests.forking import SMALL, jobs
from tests.jobs import deduplicated, lines_in, listed_in, matches_of, small_pieces

if TYPE_CHECKING:
    from collections.abc import Sequence

ARTICLE = "".join(SENTENCES[:4])
OTHER = "".join(SENTENCES[4:6])
THIRD = "市民中心今起延长开放时间，周末也可以办理护照和社保业务，预约电话和网址不变。"
some = settings(
    max_examples=25 if BACKEND == "kernel" else 10, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


def rows_of(texts: Sequence[str]) -> list[dict[str, Any]]:
    return [{"id": f"a{number}", "text": text, "n": -number} for number, text in enumerate(texts)]


def index_of(path: Path, texts: Sequence[str], **options: Any) -> Path:
    with Index.open(path, **options) as index:
        index.add_many(texts, ids=[f"o{number}" for number in range(len(texts))])
    return path


def held(path: Path) -> list[tuple[Any, ...]]:
    """Give what an index holds, but for when it came."""
    with Index.open(path, create=False) as index:
        assert index.verify() == []
        return [tuple(document[:4]) for document in index]


def beside(output: Path) -> dict[str, bytes]:
    """Give what a job wrote, without what of the summary is of one run."""
    found = {}
    for path in output.parent.glob(f"{output.stem}.*"):
        if path.is_file():
            found[path.name] = path.read_bytes()
    said = json.loads(found.pop(f"{output.stem}.summary.json"))
    kept = said.keys() - {"seconds", "disk_bytes", "peak_bytes", "against"}
    return found | {"summary": json.dumps({name: said[name] for name in sorted(kept)}).encode()}


@given(worlds, worlds, st.sampled_from(["first", "longest"]))
@some
def test_documents_of_an_index_come_first(old: list[str], new: list[str], keep: Any) -> None:
    rows = rows_of(new)
    with tempfile.TemporaryDirectory() as name, small_pieces():
        folder = Path(name)
        with Index.open(folder / "old") as index:
            index.add_many(old, ids=[f"o{number}" for number in range(len(old))])
            before = [(document.id, document.text) for document in index]
        found = find_duplicates(
            [text for _, text in before] + new,
            ids=[id_ for id_, _ in before] + [row["id"] for row in rows],
            priority=[*range(len(before)), *[len(before)] * len(new)],
            keep=keep,
        )
        for option in ("against", "index"):
            shutil.copy(folder / "old", folder / option)
            summary, output = deduplicated(folder, rows, keep=keep, overwrite=True, **{option: folder / option})
            assert listed_in(folder / "out.duplicates.jsonl") == matches_of(found)
            gone = {each.id for each in found.duplicates}
            assert lines_in(output) == [row for row in rows if row["id"] not in gone]
            assert (summary.given, summary.documents) == (len(before), len(new))
            assert summary.indexed == (summary.survivors if option == "index" else None)
        assert [each[:2] for each in held(folder / "against")] == before
        kept = [row for row in rows if row["id"] in set(found.survivors)]
        assert sorted(each[:2] for each in held(folder / "index")[len(before) :]) == sorted(
            (row["id"], row["text"]) for row in kept
        )


@given(worlds, worlds)
@some
def test_a_job_that_keeps_the_first_does_what_the_index_does(old: list[str], new: list[str]) -> None:
    rows = rows_of(new)
    with tempfile.TemporaryDirectory() as name, small_pieces():
        folder = Path(name)
        index_of(folder / "job", old)
        with Index.open(folder / "asked") as index:
            index.add_many(old, ids=[f"o{number}" for number in range(len(old))])
            answers = index.add_many(new, ids=[row["id"] for row in rows])
        deduplicated(folder, rows, keep="first", index=folder / "job")
        assert listed_in(folder / "out.duplicates.jsonl") == [
            (each.id, each.survivor, each.relation, each.score, each.evidence.to_dict()) for each in answers.duplicates
        ]
        empty = {*answers.empty}
        assert held(folder / "job") == [each for each in held(folder / "asked") if each[0] not in empty]


OPTIONS: list[dict[str, Any]] = [
    {},
    {"keep": "first"},
    {"priority_field": "n"},
    {"priority_field": "n", "descending": True, "keep": "first"},
    {"only_across": "n"},
    {"clean": "all"},
    {"threshold": 0.6},
]


@pytest.mark.parametrize("options", OPTIONS, ids=lambda each: "-".join(map(str, each.values())) or "plain")
def test_the_same_job_gives_the_same_again(tmp_path: Path, options: dict[str, Any]) -> None:
    long = f"{ARTICLE}\n{OTHER}\n"
    texts = [ARTICLE, f"{THIRD}\n{long}", long, f"{long}{long}", " ", OTHER, THIRD, f"{THIRD}。", THIRD + OTHER, "短"]
    rows = rows_of(texts)
    index_of(tmp_path / "seen", [OTHER], config=Config.for_threshold(options.get("threshold", 0.8)))
    first, output = deduplicated(tmp_path, rows, index=tmp_path / "seen", **options)
    expected, inside = beside(output), held(tmp_path / "seen")
    assert first.duplicates > 0
    assert (first.given, first.indexed) == (1, len(inside) - 1)
    if "only_across" not in options:
        assert first.indexed == first.survivors
    again, _ = deduplicated(tmp_path, rows, index=tmp_path / "seen", overwrite=True, **options)
    assert beside(output) == expected
    assert held(tmp_path / "seen") == inside
    assert (again.given, again.indexed) == (1, first.indexed)


def test_what_is_added_later_is_a_duplicate_of_it(tmp_path: Path) -> None:
    for day, texts in enumerate(([ARTICLE, OTHER], [f"{ARTICLE}。", THIRD], [THIRD, OTHER])):
        made(tmp_path / f"{day}.jsonl", [{"id": f"{day}{i}", "text": text} for i, text in enumerate(texts)])
        dedup_files(tmp_path / f"{day}.jsonl", tmp_path / f"out{day}.jsonl", id_field="id", index=tmp_path / "seen")
    assert [[row["id"] for row in lines_in(tmp_path / f"out{day}.jsonl")] for day in range(3)] == [
        ["00", "01"],
        ["11"],
        [],
    ]
    assert [each[0] for each in held(tmp_path / "seen")] == ["00", "01", "11"]


def test_without_an_id_field_ids_are_places(tmp_path: Path) -> None:
    made(tmp_path / "in.jsonl", [{"text": ARTICLE}, {"text": THIRD}])
    index_of(tmp_path / "seen", [f"{ARTICLE}。"])
    dedup_files(tmp_path / "in.jsonl", tmp_path / "out.jsonl", index=tmp_path / "seen")
    [row] = lines_in(tmp_path / "out.duplicates.jsonl")
    place = f"{tmp_path / 'in.jsonl'}"
    assert [row[name] for name in ("id", "survivor", "survivor_file", "survivor_line")] == [
        f"{place}:1",
        "o0",
        str(tmp_path / "seen"),
        None,
    ]
    assert [each[0] for each in held(tmp_path / "seen")] == ["o0", f"{place}:2"]
    (tmp_path / "文").mkdir()
    (tmp_path / "文" / "一.txt").write_text(OTHER, "utf-8")
    dedup_files([tmp_path / "文"], tmp_path / "texts", index=tmp_path / "seen")
    assert held(tmp_path / "seen")[-1][:2] == (str(tmp_path / "文" / "一.txt"), OTHER)


def test_integers_stay_integers(tmp_path: Path) -> None:
    with Index.open(tmp_path / "old") as index:
        index.add(7, ARTICLE)
    _, output = deduplicated(tmp_path, [{"id": 8, "text": ARTICLE}, {"id": 9, "text": OTHER}], index=tmp_path / "old")
    [row] = lines_in(tmp_path / "out.duplicates.jsonl")
    assert (row["id"], row["survivor"]) == (8, 7)
    assert [each[0] for each in held(tmp_path / "old")] == [7, 9]
    assert len(lines_in(output)) == 1


def test_titles_of_the_index_are_evidence(tmp_path: Path) -> None:
    text = "报名办法如下，考生须在规定时间内登录系统填写信息并缴费，逾期不予受理，咨询电话见各地公告。" * 3
    with Index.open(tmp_path / "old") as index:
        index.add("o", text, title="浙江省高考")
    rows = [{"id": "a", "text": text, "title": "江苏省中考"}, {"id": "b", "text": text, "title": "浙江省高考"}]
    found = find_duplicates(
        [text, *(row["text"] for row in rows)],
        ids=["o", "a", "b"],
        title=["浙江省高考", *(row["title"] for row in rows)],
        keep="first",
    )
    deduplicated(tmp_path, rows, index=tmp_path / "old", title_field="title", keep="first")
    assert listed_in(tmp_path / "out.duplicates.jsonl") == matches_of(found)
    assert [each[2] for each in held(tmp_path / "old")] == ["浙江省高考"] + [
        row["title"] for row in rows if row["id"] in found.survivors
    ]


def test_priorities_and_groups_of_an_index_are_null(tmp_path: Path) -> None:
    rows = [
        {"id": name, "text": ARTICLE, "day": day, "site": site} for name, day, site in (("a", "二", 1), ("b", "一", 1))
    ]
    rows.append({"id": "c", "text": OTHER, "day": "三", "site": 2})
    index_of(tmp_path / "old", [OTHER])
    summary, output = deduplicated(tmp_path, rows, against=tmp_path / "old", priority_field="day", only_across="site")
    assert summary.duplicates == 1
    assert [row["id"] for row in lines_in(output)] == ["a", "b"]
    message = 'documents of an index have no field "site", so they would drop nothing'
    for option in ("against", "index"):
        with pytest.raises(neardup.InputError, match=message):
            deduplicated(tmp_path, rows, only_within="site", overwrite=True, **{option: tmp_path / "old"})


def test_an_index_is_told_by_what_it_holds(tmp_path: Path) -> None:
    index_of(tmp_path / "old.jsonl", [ARTICLE])
    made(tmp_path / "more.jsonl", [{"id": "m", "text": OTHER}])
    against = [tmp_path / "old.jsonl", tmp_path / "more.jsonl"]
    summary, _ = deduplicated(tmp_path, rows_of([ARTICLE, OTHER, THIRD]), against=against, input_format="jsonl")
    assert (summary.survivors, summary.given) == (1, 2)
    with sqlite3.connect(tmp_path / "db") as database:
        database.execute("CREATE TABLE t(x)")
    database.close()
    with pytest.raises(neardup.InputError, match="db: is a database, but no index of neardup"):
        deduplicated(tmp_path, [], against=tmp_path / "db", overwrite=True)


def test_an_index_is_given_once(tmp_path: Path) -> None:
    index_of(tmp_path / "old", [ARTICLE])
    made(tmp_path / "in.jsonl", rows_of([OTHER]))
    with pytest.raises(neardup.InputError, match="old: is the index too that survivors are added to"):
        deduplicated(tmp_path, [], against=tmp_path / "old", index=tmp_path / "old")
    with pytest.raises(neardup.InputError, match=r"in\.jsonl: is the index too"):
        deduplicated(tmp_path, [], index=tmp_path / "in.jsonl")
    with pytest.raises(neardup.OutputError, match=r"out\.jsonl is an earlier corpus"):
        deduplicated(tmp_path, [], index=tmp_path / "out.jsonl")
    assert {path.name for path in tmp_path.iterdir()} <= {"in.jsonl", "old", "old-lock"}


def test_what_decides_is_that_of_the_index(tmp_path: Path) -> None:
    config = Config(relations=("identical",))
    index_of(tmp_path / "old", [ARTICLE], config=config)
    summary, _ = deduplicated(tmp_path, rows_of([ARTICLE + OTHER, ARTICLE]), index=tmp_path / "old")
    assert (summary.config, summary.duplicates) == (config, 1)
    for options in ({"config": Config()}, {"threshold": 0.5}, {"relations": ("identical", "near")}):
        with pytest.raises(neardup.MismatchError, match=r"old: was made with .*, not "):
            deduplicated(tmp_path, [], index=tmp_path / "old", overwrite=True, **options)
    deduplicated(tmp_path, [], index=tmp_path / "new", overwrite=True, threshold=0.5)
    with Index.open(tmp_path / "new", create=False) as index:
        assert index.config == Config().with_overrides(threshold=0.5)


def test_an_earlier_corpus_may_have_been_made_with_another_config(tmp_path: Path) -> None:
    index_of(tmp_path / "old", [ARTICLE], config=Config(relations=("identical",)))
    summary, _ = deduplicated(tmp_path, rows_of([f"{ARTICLE}{OTHER[:9]}"]), against=tmp_path / "old")
    assert (summary.config, summary.relations) == (Config(), {"near": 1})


@pytest.mark.parametrize("options", [{"paragraphs": "repeated"}, {"boilerplate": "auto"}])
def test_what_depends_on_the_run_is_refused_with_an_index(tmp_path: Path, options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"index and .* are both given, and what is taken out depends on the run"):
        deduplicated(tmp_path, rows_of([ARTICLE]), index=tmp_path / "seen", **options)
    [(name, value)] = options.items()
    done = dedup(tmp_path / "in.jsonl", "-o", tmp_path / "o.jsonl", "--index", tmp_path / "seen", f"--{name}", value)
    assert done.exit_code == 2
    assert "excludes --index" in done.stderr
    assert not (tmp_path / "seen").exists()


def test_an_id_that_has_another_text_in_the_index_is_named(tmp_path: Path) -> None:
    path = index_of(tmp_path / "seen", [ARTICLE])
    before = held(path)
    rows = [{"id": "x", "text": OTHER}, {"id": "o0", "text": f"{ARTICLE}。"}]
    message = r"in\.jsonl:2: the id 'o0' is stored in the index with another text; give another id, or remove it from"
    with pytest.raises(neardup.InputError, match=message):
        deduplicated(tmp_path, rows, index=path)
    assert held(path) == before
    assert {each.name for each in tmp_path.iterdir()} <= {"in.jsonl", "seen", "seen-lock"}
    summary, _ = deduplicated(tmp_path, rows, against=path)
    assert summary.duplicates == 1


@pytest.mark.parametrize("options", [{"dry_run": True}, {"sample": 1}])
def test_what_writes_no_documents_adds_none(tmp_path: Path, options: dict[str, Any]) -> None:
    for path in (tmp_path / "none", index_of(tmp_path / "seen", [OTHER])):
        summary, _ = deduplicated(tmp_path, rows_of([ARTICLE, ARTICLE]), index=path, restart=True, **options)
        assert (summary.duplicates, summary.indexed) == (1, None)
        for other in tmp_path.glob("out.*.json*"):
            other.unlink()
    assert not (tmp_path / "none").exists()
    assert len(held(tmp_path / "seen")) == 1


def test_half_a_character_is_passed_over_and_named(tmp_path: Path) -> None:
    with Index.open(tmp_path / "old") as index:
        index.add("半", f"{ARTICLE}\ud83d")
        index.add("全", OTHER)
    summary, _ = deduplicated(tmp_path, rows_of([ARTICLE, OTHER]), against=tmp_path / "old")
    assert (summary.duplicates, summary.against[0].rejected) == (1, 1)
    [row] = lines_in(tmp_path / "out.rejects.jsonl")
    assert row["error"].startswith("the document '半' holds half a character")


# Jobs that are ended, and indexes that change


class Stopped(BaseException):
    """What a signal raises."""


def stopping_after(calls: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop the job after so many calls that add documents."""
    works = Index.add_many

    def stops(self: Index, *given: Any, **options: Any) -> Any:
        nonlocal calls
        found = works(self, *given, **options)
        calls -= 1
        if calls <= 0:
            raise Stopped
        return found

    monkeypatch.setattr(Index, "add_many", stops)
    monkeypatch.setattr(indexes, "_ADDED_AT_ONCE", 2)


MANY = [f"{sentence}{THIRD}第{number}号。" * 2 for number, sentence in enumerate(SENTENCES[:6])] + [ARTICLE, ARTICLE]


@pytest.mark.parametrize("calls", [1, 2, 3])
def test_a_job_that_is_ended_while_it_adds_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, calls: int) -> None:
    path, rows = index_of(tmp_path / "seen", [OTHER]), rows_of(MANY)
    shutil.copy(path, tmp_path / "copy")
    with monkeypatch.context() as patch:
        stopping_after(calls, patch)
        with pytest.raises(Stopped):
            deduplicated(tmp_path, rows, index=path)
    assert 1 < len(held(path)) < 1 + len(MANY)
    assert not (tmp_path / "out.summary.json").exists()
    summary, output = deduplicated(tmp_path, rows, index=path)
    (tmp_path / "other").mkdir()
    shutil.move(tmp_path / "copy", tmp_path / "other" / "seen")
    expected, other = deduplicated(tmp_path / "other", rows, index=tmp_path / "other" / "seen")
    assert output.read_bytes() == other.read_bytes()
    assert listed_in(tmp_path / "out.duplicates.jsonl") == listed_in(tmp_path / "other" / "out.duplicates.jsonl")
    assert held(path) == held(tmp_path / "other" / "seen")
    assert (summary.given, summary.indexed) == (expected.given, expected.indexed)
    assert not [*tmp_path.glob("*.job")]


def test_a_job_that_starts_again_after_it_added_gives_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, rows = tmp_path / "seen", rows_of(MANY)
    with monkeypatch.context() as patch:
        stopping_after(2, patch)
        with pytest.raises(Stopped):
            deduplicated(tmp_path, rows, index=path)
    summary, output = deduplicated(tmp_path, rows, index=path, restart=True)
    assert summary.survivors == summary.indexed == len(held(path)) == len(lines_in(output))


@pytest.mark.parametrize("option", ["against", "index"])
def test_an_index_that_changes_before_the_job_goes_on_is_noticed(tmp_path: Path, option: str) -> None:
    path, rows = index_of(tmp_path / "seen", [OTHER]), rows_of(MANY)
    deduplicated(tmp_path, rows, sample=1, **{option: path})
    deduplicated(tmp_path, rows, sample=1, **{option: path})
    with Index.open(path) as index:
        index.add("later", "别人添加的另一篇文章，和其他的都不一样。")
    with pytest.raises(neardup.MismatchError, match="seen version was 1, is 2"):
        deduplicated(tmp_path, rows, **{option: path})
    with Index.open(path) as index:
        index.remove("later")
    with pytest.raises(neardup.MismatchError, match="seen version was 1, is 3"):
        deduplicated(tmp_path, rows, **{option: path})
    summary, _ = deduplicated(tmp_path, rows, restart=True, **{option: path})
    assert summary.given == 1


@pytest.mark.parametrize("option", ["against", "index"])
def test_an_index_that_changes_while_the_job_runs_is_noticed(tmp_path: Path, option: str) -> None:
    path = index_of(tmp_path / "seen", [OTHER])

    def changes(stage: str, *_: int) -> None:
        if stage == "comparing":
            with Index.open(path) as index:
                index.add("later", "别人添加的另一篇文章，和其他的都不一样。", replace=True)

    with pytest.raises(neardup.MismatchError, match="seen: has changed since it was read"):
        deduplicated(tmp_path, rows_of(MANY), progress=changes, **{option: path})
    assert not (tmp_path / "out.jsonl").exists()


def test_opening_an_index_is_no_change(tmp_path: Path) -> None:
    path, rows = index_of(tmp_path / "seen", [OTHER]), rows_of(MANY)
    with Index.open(path) as open_meanwhile:
        deduplicated(tmp_path, rows, sample=1, index=path)
        open_meanwhile.check(OTHER)
    (tmp_path / "seen").touch()
    assert deduplicated(tmp_path, rows, index=path)[0].given == 1


def test_progress_is_told(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    deduplicated(tmp_path, rows_of(MANY), index=tmp_path / "seen", progress=lambda *each: told.append(each))
    assert ("indexing", 7, 7) in told


@pytest.mark.skipif(BACKEND != "kernel", reason="what a job leaves does not depend on the backend")
@pytest.mark.parametrize("times", [4, pytest.param(40, marks=pytest.mark.slow)])
def test_a_job_that_is_killed_at_a_random_moment_goes_on(tmp_path: Path, times: int) -> None:
    rng = random.Random(5)
    words = [sentence[i : i + 4] for sentence in SENTENCES[:6] for i in range(0, len(sentence) - 4, 4)]
    texts = ["".join(rng.choices(words, k=60)) for _ in range(150)]
    texts += [f"{rng.choice(texts)}完。" for _ in range(50)]
    made(tmp_path / "in.jsonl", rows_of(texts))
    index_of(tmp_path / "start", [*texts[:5], OTHER])
    made(tmp_path / "old.jsonl", [{"id": "x", "text": texts[9]}])
    options = {"inputs": "in.jsonl", "output": "out.jsonl", "id_field": "id", "index": "seen", "against": "old.jsonl"}
    options |= {"memory": 1 << 26, "threads": 1}
    sizes = SMALL | {"neardup.jobs.indexes._ADDED_AT_ONCE": 10}

    def clear() -> None:
        for path in [*tmp_path.glob("out.*"), *tmp_path.glob("seen*")]:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        shutil.copy(tmp_path / "start", tmp_path / "seen")

    with jobs(tmp_path) as runner:
        clear()
        done = runner.run(options, sizes=sizes)
        assert done["error"] is None, done
        expected, inside = beside(tmp_path / "out.jsonl"), held(tmp_path / "seen")
        added = 0
        for _ in range(times):
            clear()
            runner.run(options, sizes=sizes, after_s=rng.uniform(0.3, 1) * done["seconds"])
            added += 6 < len(held(tmp_path / "seen")) < len(inside)
            again = runner.run({**options, "overwrite": True}, sizes=sizes)
            assert again["error"] is None, again
            assert beside(tmp_path / "out.jsonl") == expected
            assert held(tmp_path / "seen") == inside
        assert added or times < 10  # some moments are while it adds


def test_the_command_says_what_the_index_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    made(tmp_path / "in.jsonl", rows_of([ARTICLE, OTHER, ARTICLE]))
    done = dedup("in.jsonl", "-o", "out.jsonl", "--id-field", "id", "--index", "seen.index", "--threshold", "0.7")
    assert done.stdout.splitlines()[:2] == [
        "3 documents: 2 kept, 1 duplicate (1 identical)",
        "2 survivors in the index",
    ]
    made(tmp_path / "new.jsonl", rows_of([ARTICLE, THIRD])[1:])
    done = dedup("new.jsonl", "-o", "o.jsonl", "--id-field", "id", "--index", "seen.index")
    assert done.exit_code == 1  # a1 has another text there
    made(tmp_path / "new.jsonl", [{"id": "n", "text": THIRD}, {"id": "m", "text": f"{ARTICLE}。"}])
    for option in ("--against", "--index"):
        done = dedup("new.jsonl", "-o", "o.jsonl", "--overwrite", "--id-field", "id", option, "seen.index")
        assert (done.exit_code, done.stderr) == (0, "")
        assert done.stdout.splitlines()[0] == "2 documents: 1 kept, 1 duplicate (1 identical)"
        assert done.stdout.splitlines()[1] == "2 documents of earlier corpora, which were compared with and not judged"
    with Index.open(tmp_path / "seen.index") as index:
        assert (len(index), index.config.threshold) == (3, 0.7)
