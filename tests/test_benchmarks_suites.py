"""Every suite runs at a toy size, with the peers that are installed here; what it measures here means nothing."""

import dataclasses
import gzip
import json
import re
import shlex
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from typing import Any

import pytest

from neardup.shingling import shingle_sets
from tests.benchmarking import load_benchmarks, row_of, run_suite

pytestmark = pytest.mark.once

load_benchmarks()
command: Any = import_module("benchmarks.__main__")
families: Any = import_module("benchmarks.families")
peers: Any = import_module("benchmarks.peers")
reports: Any = import_module("benchmarks.reports")
scripts: Any = import_module("benchmarks.suites.scripts")
sentences: Any = import_module("benchmarks.sentences")
setting: Any = import_module("benchmarks.setting")
suites: Any = import_module("benchmarks.suites")
tables: Any = import_module("benchmarks.tables")
truth: Any = import_module("benchmarks.truth")

ROOT = Path(__file__).parent.parent
LINES = (
    "重庆经开区把质量强区战略写入全区规划，加快引进和培育壮大龙头企业，全面发力。",
    "人工智能软件的发展与网络服务器的普及，让计算机程序走进千家万户。",
    "。！",
)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = tmp_path_factory.mktemp("corpus") / "pages.jsonl.gz"
    made = families.documents(sentences.PseudoChinese.from_seed(), 150, seed=3)
    lines = "".join(json.dumps({"id": each.id, "text": each.text}, ensure_ascii=False) + "\n" for each in made)
    path.write_bytes(gzip.compress(lines.encode()))
    return path


def run(suite: str, folder: Path, *arguments: object, peers: tuple[str, ...] = ()) -> Any:
    """Run a suite beside peers, offline."""
    options = ["--no-install", "--rounds", 2, "--cache", folder, *arguments]
    return run_suite(suite, folder, *options, *(["--peers", *peers] if peers else []))


def check_files(report: Any, folder: Path) -> None:
    """Check that Markdown and plots are those of the report, and that every tool has figures or says why not."""
    assert (folder / f"{report.name}.md").read_text(encoding="utf-8") == tables.set_report(report)
    if find_spec("matplotlib"):
        for chart in report.charts:
            if any(row.get(chart.y[0]) is not None for row in report.table(chart.table).shown):
                for ending in ("png", "svg"):
                    assert (folder / f"{report.name}-{chart.name}.{ending}").stat().st_size > 1000
    assert report.context["machine"]["cores"]
    assert report.context["threads"] == 1
    assert report.context["command"].startswith(f"python -m benchmarks {report.suite}")
    assert str(folder) not in json.dumps(report.to_dict())
    first = report.tables[0]
    keys = [column.key for column in first.columns[1:]]
    assert first.rows
    for row in first.rows:
        assert row.get("note") or any(row.get(key) is not None for key in keys), row


def test_signatures(corpus: Path, tmp_path: Path) -> None:
    report = run("signatures", tmp_path, "--corpus", corpus, "--limit", 60)
    check_files(report, tmp_path)
    row = row_of(report, "cost", name="neardup")
    assert (row["ratio_low"], row["ratio"], row["ratio_high"]) == (1.0, 1.0, 1.0)
    assert row["chars"] == report.context["corpus"]["code points"]
    assert len(row["rounds"]) == 2
    assert row["ns_per_char_low"] <= row["ns_per_char"] <= row["ns_per_char_high"]
    assert report.context["corpus"]["file"] == "pages.jsonl.gz"
    assert report.context["corpus"]["limit"] == report.context["corpus"]["documents"] == 60
    assert set(report.headlines[0].figures) >= {"neardup"}


def test_duplicates(corpus: Path, tmp_path: Path) -> None:
    report = run("duplicates", tmp_path, "--corpus", corpus)
    check_files(report, tmp_path)
    for threshold in (0.5, 0.6, 0.7, 0.8, 0.9):
        alone = row_of(report, "truth", name="neardup_jaccard", threshold=threshold)
        assert alone["precision"] == 1.0
        assert alone["recall"] > 0.9
    own = row_of(report, "truth", name="neardup", threshold=0.8)
    assert own["dropped"] > alone["dropped"] > 0
    assert own["recall"] > 0.9
    # Every row says how many true pairs there are, the same for all tools; what the rules keep explains the recall.
    texts = [json.loads(line)["text"] for line in gzip.decompress(corpus.read_bytes()).splitlines()]
    for row in report.table("truth").rows:
        if "recall" in row:
            assert row["pairs"] == truth.exact_pairs(shingle_sets(texts), row["threshold"]).count
            assert row["templates"] <= row["missed"]
            assert row["recall"] <= row["recall_without"]
    low = row_of(report, "truth", name="neardup", threshold=0.5)
    assert low["templates"] == low["missed"] > 0
    assert low["recall"] < low["recall_without"] == 1.0
    cost = row_of(report, "cost", name="neardup")
    assert cost["ratio"] == 1.0
    assert cost["cpu_s"] > 0
    assert report.table("S-curve").rows


def test_repeats(corpus: Path, tmp_path: Path) -> None:
    report = run("repeats", tmp_path, "--corpus", corpus, "--pages", 3)
    check_files(report, tmp_path)
    own = row_of(report, "tools", name="neardup")
    assert own["found"] > 0.9
    assert own["right"] > 0.9
    assert own["reported_lookalikes"] > 0
    assert row_of(report, "forms", form="twice", edits=0.0)["clean_right"] == 1.0
    assert row_of(report, "forms", form="passage", edits=0.0)["doubled"] == 0.0
    assert [row["edits"] for row in report.table("edits").rows if row["name"] == "neardup"] == [0.0, 0.02, 0.05, 0.1]
    assert row_of(report, "false alarms", kind="pages, as it is")["documents"] == 150


def test_labelled(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    template = "气象台预报，今天夜里到明天白天多云转小雨，最低气温{}度，请市民注意添衣保暖。"
    pairs = [(LINES[0], LINES[0] + LINES[1], "C"), (template.format(8), template.format(12), "T"), (*LINES[:2], "O")]
    lines = [json.dumps({"text_a": a, "text_b": b, "label": label, "source": label}) for a, b, label in pairs]
    path.write_text("\n".join(lines), encoding="utf-8")
    report = run("labelled", tmp_path, "--labelled", path)
    check_files(report, tmp_path)
    own = row_of(report, "pairs", name="neardup")
    assert own["how"] == "its relations"
    assert (own["precision"], own["recall"], own["false_drops"]) == (1.0, 1.0, 0)
    alone = row_of(report, "pairs", name="neardup_jaccard", how="best threshold")
    assert (alone["recall"], alone["false_drops"]) == (1.0, 1)
    assert row_of(report, "sources", tool="neardup")["right_T"] == 1.0
    assert report.context["command"].endswith("--labelled labels.jsonl --rounds 2")


def test_scripts(tmp_path: Path) -> None:
    pytest.importorskip("opencc", reason="the conversions are those of the package opencc")
    path = tmp_path / "pages.jsonl"
    path.write_text("\n".join(json.dumps({"id": text[:3], "text": text}) for text in LINES), encoding="utf-8")
    report = run("scripts", tmp_path, "--corpus", path)
    check_files(report, tmp_path)
    found = row_of(report, "tools", name="neardup")
    # 人工智能, 软件, 网络, 服务器 and 计算机 are other words in Taiwan.
    assert (found["s2t"], found["s2twp"]) == (1.0, 0.5)
    assert row_of(report, "relations", conversion="s2t")["identical"] == 2
    assert row_of(report, "relations", conversion="s2twp")["other"] == 1


def test_scripts_without_the_converter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scripts, "find_spec", lambda _: None)
    report = scripts.run(scripts.SUITE.setting(setting.Corpus("some", ["甲"], [LINES[0]], {}), {"peers": ("neardup",)}))
    assert "pip install opencc" in report.tables[0].rows[0]["note"]


def test_scale(tmp_path: Path) -> None:
    report = run("scale", tmp_path, "--sizes", 40, 20, "--worlds", "copies", "template", peers=("neardup_jaccard",))
    check_files(report, tmp_path)
    small, large = (row_of(report, "copies", name="neardup", documents=size) for size in (20, 40))
    assert (small["dropped"], large["dropped"]) == (19, 39)
    assert small["growth"] == 1.0
    assert large["growth"] == large["us_per_document"] / small["us_per_document"]
    assert row_of(report, "template", name="neardup", documents=40)["dropped"] == 0
    assert {row["name"] for row in report.table("copies").rows} == {"neardup", "neardup_jaccard"}


def test_a_tool_that_takes_too_long_is_a_row_that_says_so(tmp_path: Path) -> None:
    report = run("scale", tmp_path, "--sizes", 20, 40, "--time-limit", 1e-6, peers=("neardup",))
    rows = report.table("mixed").rows
    assert "stopped after 1e-06 s" in rows[0]["note"]
    assert rows[1]["note"] == "left out: stopped at a smaller size"
    assert all("us_per_document" not in row for row in rows)


def test_all_suites_run_on_a_made_corpus(tmp_path: Path) -> None:
    options = ["--no-install", "--rounds", "1", "--limit", "100", "--sizes", "20", "--pages", "2", "--peers", "neardup"]
    options += ["--stored", "20", "--singles", "5", "--batches", "0", "--base", "20", "--template", "0"]
    options += ["--processes", "1", "--seconds", "0.05", "--peer-stored", "10"]
    command.main(["all", *options, "--out", str(tmp_path), "--cache", str(tmp_path)])
    found = {reports.Report.read(path).suite for path in tmp_path.glob("*-made.json")}
    without = set() if which("redis-server") else {"server"}
    assert found == {name for name, suite in suites.SUITES.items() if suite.compares} - without
    assert len(found | without) == 9


def test_a_suite_that_cannot_use_a_corpus_says_so_and_the_others_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "lines.jsonl"
    path.write_text("\n".join(json.dumps({"id": text[:3], "text": text}) for text in LINES), encoding="utf-8")
    options = ["--corpus", str(path), "--no-install", "--out", str(tmp_path), "--peers", "neardup", "--rounds", "1"]
    assert command.main(["repeats", "signatures", *options]) == 1
    assert "repeats: 0 of the texts can be articles" in capsys.readouterr().err
    assert (tmp_path / "signatures-lines.json").is_file()
    assert command.main(["signatures", *options]) == 0


@pytest.mark.parametrize(
    ("written", "message"), [("", "no documents"), ('{"id": 1}', "expected an object"), (None, "No such file")]
)
def test_a_corpus_that_cannot_be_read_is_named(
    written: str | None, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bad.jsonl"
    if written is not None:
        path.write_text(written, encoding="utf-8")
    with pytest.raises(SystemExit, match="2"):
        command.main(["signatures", "--corpus", str(path), "--out", str(tmp_path)])
    said = capsys.readouterr().err
    assert message in said
    assert "bad.jsonl" in said


def test_the_command_is_said_without_folders(tmp_path: Path) -> None:
    words = [
        "all",
        "--corpus",
        str(tmp_path / "a b.jsonl"),
        "--sizes",
        "7",
        "8",
        "--out",
        str(tmp_path),
        "--no-install",
    ]
    words += ["--labelled", str(tmp_path / "pairs.jsonl"), "--rounds", "3", "--thresholds", "0.7", "0.8"]
    given = vars(command.parser(command.named(words)).parse_args(words))
    said = {
        name: command.command(suites.SUITES[name], path, given)
        for name, path in (
            ("scale", None),
            ("labelled", None),
            ("scripts", tmp_path / "a b.jsonl"),
            ("duplicates", tmp_path / "a b.jsonl"),
        )
    }
    # Options of other suites are left out, and values that are as they are by default.
    assert said == {
        "scale": "python -m benchmarks scale --sizes 7 8",
        "labelled": "python -m benchmarks labelled --labelled pairs.jsonl",
        "scripts": "python -m benchmarks scripts --corpus 'a b.jsonl'",
        "duplicates": "python -m benchmarks duplicates --corpus 'a b.jsonl' --thresholds 0.7 0.8",
    }


def test_the_help_lists_every_suite_on_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        command.main(["--help"])
    lines = capsys.readouterr().out.splitlines()
    for name, suite in suites.SUITES.items():
        (line,) = [line for line in lines if line.split()[:1] == [name]]
        assert line.endswith(suite.description.partition("\n")[0])
        assert line.endswith(".")
        assert len(line) <= 120


@pytest.mark.parametrize("suite", suites.SUITES)
def test_the_help_of_a_suite_describes_it_and_its_options(suite: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        command.main([suite, "--help"])
    said = capsys.readouterr().out
    assert suites.SUITES[suite].description.strip() in said
    for option in suites.SUITES[suite].options:
        assert option.flag in said


def test_a_flag_means_the_same_in_every_suite() -> None:
    meanings: dict[str, Any] = {}
    for suite in suites.SUITES.values():
        for option in suite.options:
            # Defaults may differ, and whether a suite can do without.
            meaning = dataclasses.replace(option, default=None, required=False)
            assert meanings.setdefault(option.flag, meaning) == meaning, (suite.name, option.flag)


def test_a_suite_gets_only_what_it_declares() -> None:
    given = suites.SUITES["pairs"].setting(setting.Corpus("some", [], [], {}), {"rounds": 7, "peers": ("neardup",)})
    assert (given.rounds, given.thresholds) == (7, (0.7, 0.8, 0.9))
    with pytest.raises(AttributeError, match="the suite declares no option 'peers'"):
        given.peers  # noqa: B018


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "the following arguments are required: SUITE"),
        (["pair"], "argument SUITE: invalid choice: 'pair'"),
        (["pairs", "--peers", "neardup"], "unrecognized arguments: --peers neardup"),
        (["provenance"], "the following arguments are required: --pairs"),
    ],
)
def test_what_no_suite_takes_is_refused(words: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        command.main(words)
    assert message in capsys.readouterr().err


def test_documents_name_commands_that_there_are() -> None:
    texts = [(ROOT / "README.md").read_text(encoding="utf-8")]
    texts += [
        path.read_text(encoding="utf-8")
        for folder in ("benchmarks", "neardup", ".github")
        for path in (ROOT / folder).rglob("*.*")
        if path.suffix in {".py", ".md", ".yml"}
    ]
    named = [match[1] for text in texts for match in re.finditer(r"`python -m (benchmarks[^`]*)`", text)]
    assert len(named) > 20
    for words in map(shlex.split, named):
        module, *options = words
        if module == "benchmarks":
            chosen = ["pairs" if word == "SUITE" else word for word in options if word not in {"...", "[options]"}]
            if "--help" in chosen:
                assert len(command.named(chosen)) == len(chosen) - 1
            elif chosen:
                command.parser(command.named(chosen)).parse_args(chosen)
        else:
            assert find_spec(module), words
    cited = {match[0] for text in texts for match in re.finditer(r"benchmarks/[a-z_/]+\.py", text)}
    assert len(cited) > 5
    for path in cited:
        assert (ROOT / path).is_file(), path


def test_adapters_of_neardup_are_never_among_the_others() -> None:
    assert peers.NAMES[:2] == ("neardup", "neardup_jaccard")
