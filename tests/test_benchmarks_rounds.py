"""Tools take turns, ratios are of one round, what fails is a note; reports, tables, plots and the README's block."""

import json
import subprocess
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from typing import Any

import numpy as np
import pytest

from tests.benchmarking import load_benchmarks

pytestmark = pytest.mark.once

load_benchmarks()
labelled_pairs: Any = import_module("benchmarks.labelled_pairs")
peers: Any = import_module("benchmarks.peers")
plots: Any = import_module("benchmarks.plots")
readme: Any = import_module("benchmarks.readme")
reports: Any = import_module("benchmarks.reports")
rounds: Any = import_module("benchmarks.rounds")
scurve: Any = import_module("benchmarks.scurve")
setting: Any = import_module("benchmarks.setting")
suites: Any = import_module("benchmarks.suites")
tables: Any = import_module("benchmarks.tables")

ROOT = Path(__file__).parent.parent
CORPUS = setting.Corpus("some", ["甲"], ["一"], {"documents": 1})


class Tool:
    """A tool that takes the times it is told, and writes down when it runs."""

    def __init__(self, name: str, times: list[float | str], log: list[str]) -> None:
        self.name, self.title, self.version, self.can = name, name.upper(), "1", {"drops"}
        self.times, self.log, self.closed = times, log, False

    def __enter__(self) -> "Tool":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End."""
        self.closed = True

    def load(self, inputs: list[str], *, fresh: bool = False) -> None:
        """Take the input."""
        self.log.append(f"{self.name} loads {len(inputs)}{' afresh' if fresh else ''}")

    def run(self, task: str, *, keep: bool, time_limit_s: float, **arguments: float) -> Any:
        """Take the next of the times, or fail."""
        self.log.append(f"{self.name} {task} {arguments['threshold']:g}")
        time = self.times.pop(0)
        return (
            peers.Failed(task, time)
            if isinstance(time, str)
            else peers.Run(time, time, 2**20, [True] if keep else None)
        )


@pytest.fixture
def log() -> list[str]:
    return []


def opened(
    monkeypatch: pytest.MonkeyPatch, log: list[str], limit: float = 60.0, **times: list[float | str] | None
) -> Any:
    made = {name: Tool(name, some, log) for name, some in times.items() if some is not None}
    monkeypatch.setattr(
        rounds, "open_peer", lambda name, *_, **__: made.get(name) or peers.Unavailable(name, name.upper(), "no wheel")
    )
    monkeypatch.setattr(rounds, "tasks", lambda _: {"drops"})
    given = {"peers": tuple(times), "time_limit": limit}
    return rounds.Tools(suites.SUITES["duplicates"].setting(CORPUS, given), "drops")


def test_tools_take_turns_round_by_round(monkeypatch: pytest.MonkeyPatch, log: list[str]) -> None:
    with opened(monkeypatch, log, neardup=[1.0, 2.0, 3.0], other=[10.0, 10.0, 60.0], none=None, limit=400.0) as tools:
        tools.load(["一", "二"])
        runs = tools.take_turns(3, threshold=0.7)
        rows = [tool.row() for tool in tools.all]
    assert log == ["neardup loads 2", "other loads 2", *(["neardup drops 0.7", "other drops 0.7"] * 3)]
    assert rounds.ratios(runs["other"], runs["neardup"]) == {"ratio": 10.0, "ratio_low": 5.0, "ratio_high": 20.0}
    assert runs["none"] == []
    assert rows[2] == {"name": "none", "tool": "NONE", "note": "not available: no wheel"}
    assert tools.versions == {"NEARDUP": "1", "OTHER": "1"}


def test_a_tool_that_fails_is_out_and_says_why(monkeypatch: pytest.MonkeyPatch, log: list[str]) -> None:
    with opened(monkeypatch, log, neardup=[1.0, 1.0], other=[1.0, "OTHER: ended by SIGSEGV (drops)"]) as tools:
        assert {name: len(done) for name, done in tools.take_turns(2, threshold=0.5).items()} == {
            "neardup": 2,
            "other": 1,
        }
        assert tools.all[1].note == "ended by SIGSEGV (drops)"
        log.clear()
        tools.load(["一"])
        assert log == ["neardup loads 1"]


def test_a_slow_tool_has_fewer_rounds(monkeypatch: pytest.MonkeyPatch, log: list[str]) -> None:
    with opened(monkeypatch, log, limit=20.0, neardup=[1.0] * 3, other=[2.0, 2.0], slow=[19.0]) as tools:
        runs = tools.take_turns(3, threshold=0.5)
    assert {name: len(done) for name, done in runs.items()} == {"neardup": 3, "other": 2, "slow": 1}
    assert [tool.note for tool in tools.all] == ["", "", ""]


def test_a_tool_can_be_left_out_of_a_turn(monkeypatch: pytest.MonkeyPatch, log: list[str]) -> None:
    with opened(monkeypatch, log, neardup=[1.0], other=[]) as tools:
        assert tools.take_turns(1, leave_out=["other"], threshold=0.5)["other"] == []
    assert log == ["neardup drops 0.5"]


def test_warming_up_is_in_fresh_processes(monkeypatch: pytest.MonkeyPatch, log: list[str]) -> None:
    with opened(monkeypatch, log, neardup=[1.0]) as tools:
        tools.warm_up(["一"] * 50)
    assert log == ["neardup loads 20 afresh", "neardup drops 0.8"]


def report() -> Any:
    columns = (reports.Column("tool", "tool"), reports.Column("wall_s", "wall, s", ".2f", spread=True))
    rows = (
        {"name": "neardup", "tool": "neardup", "size": 10, "wall_s": 1.0, "wall_s_low": 0.5, "wall_s_high": 1.5},
        {"name": "neardup", "tool": "neardup", "size": 100, "wall_s": 2.0, "wall_s_low": 2.0, "wall_s_high": 2.0},
        {"name": "gone", "tool": "gone|", "note": "not available: no wheel"},
    )
    charts = tuple(
        reports.Chart(
            f"{kind}-{log}", "cost", kind, "Cost", "tool" if kind == "bars" else "size", ("wall_s",), "x", "y", log=log
        )
        for kind in ("bars", "lines")
        for log in (False, True)
    )
    headlines = (
        reports.Headline("cost, s", ".1f", {"neardup": 1.0, "neardup_jaccard": 0.5, "b": 4.0, "a": 3.0}, True),
    )
    given = reports.context("python -m benchmarks scale", {"documents": 1000}, 1, {"gone": "2"})
    return reports.Report(
        "scale", "made", (reports.Table("cost", "What.", columns, rows),), charts, headlines, ("N.",), given
    )


def test_reports_are_read_again(tmp_path: Path) -> None:
    path = report().write(tmp_path)
    assert path.name == "scale-made.json"
    read = reports.Report.read(path)
    assert read == report()
    assert tables.set_report(read) == tables.set_report(report())
    data = json.loads(path.read_text(encoding="utf-8")) | {"schema_version": 99}
    with pytest.raises(ValueError, match="schema_version must be 1, not 99"):
        reports.Report.from_dict(data)


def test_reports_without_a_commit_are_read(tmp_path: Path) -> None:
    data = report().to_dict()
    assert f"commit {data['context'].pop('commit')['hash']}" in tables.set_report(report())
    data.pop("failures")
    old = reports.Report.from_dict(json.loads(json.dumps(data)))
    assert old.failures == ()
    assert ", commit" not in tables.set_report(old)


@pytest.mark.skipif(which("git") is None, reason="git is not installed")
def test_the_commit_is_that_of_the_clone(tmp_path: Path) -> None:
    def git(*arguments: str) -> str:
        named = ("-c", "user.name=n", "-c", "user.email=e")
        command = ["git", "-C", str(tmp_path), *named, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    unknown = {"hash": "unknown", "dirty": False}
    assert reports.commit(tmp_path) == unknown
    git("init")
    assert reports.commit(tmp_path) == unknown  # there is no commit yet
    (tmp_path / "file").write_text("one", encoding="utf-8")
    git("add", "file")
    git("commit", "-m", "First")
    clean = {"hash": git("rev-parse", "HEAD"), "dirty": False}
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "report.json").write_text("{}", encoding="utf-8")
    assert reports.commit(tmp_path) == clean
    # A source archive that is unpacked inside another project is no clone.
    assert reports.commit(tmp_path / "results") == unknown
    (tmp_path / "file").write_text("two", encoding="utf-8")
    assert reports.commit(tmp_path) == clean | {"dirty": True}


def test_without_git_the_commit_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert reports.commit(ROOT) == {"hash": "unknown", "dirty": False}


def test_a_share_of_few_is_shown_nowhere() -> None:
    columns = (reports.Column("pairs", "true pairs", "d"), reports.Column("recall", "recall", ".2f", of="pairs"))
    few, many = ({"name": "a", "pairs": count, "recall": 0.75} for count in (19, 20))
    table = reports.Table("truth", "What.", columns, (few, many))
    assert table.shown == [{"name": "a", "pairs": 19}, many]
    written = tables.set_table(table).splitlines()
    assert [line.split("|")[2].strip() for line in written[2:4]] == ["-", "0.75"]
    assert written[-1] == "A dash stands for a share of fewer than 20 cases."
    assert "A dash" not in tables.set_table(replace(table, rows=(many,)))
    assert rounds.headline(replace(table, rows=(few,)).shown, "recall") == {}


def test_markdown_has_figures_spreads_dashes_and_notes() -> None:
    written = tables.set_report(report())
    assert "1.00 (0.50-1.50)" in written
    assert "2.00 (" not in written
    assert "not available: no wheel" in written
    assert "gone\\|" in written
    assert "- command: `python -m benchmarks scale`" in written
    assert "documents 1,000" in written
    assert "threads: 1 for every tool" in written


@pytest.mark.skipif(find_spec("matplotlib") is None, reason="plots need matplotlib: pip install 'neardup[bench]'")
def test_plots_are_drawn_in_both_formats(tmp_path: Path) -> None:
    drawn = plots.draw(report(), tmp_path)
    assert sorted(path.name for path in drawn) == sorted(
        f"scale-made-{kind}-{log}.{ending}"
        for kind in ("bars", "lines")
        for log in (False, True)
        for ending in ("png", "svg")
    )
    for path in drawn:
        assert path.read_bytes().startswith(b"\x89PNG" if path.suffix == ".png" else b"<?xml")
        if path.suffix == ".svg":
            assert "one thread for every tool" in path.read_text(encoding="utf-8")


def drawn_lines(series: dict[str, list[float]]) -> Any:
    """Draw lines over 0.5, 0.7 and 0.9, and give the picture without its legend, as RGB in rows."""
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    values = [(name, *point) for name, ys in series.items() for point in zip((0.5, 0.7, 0.9), ys, strict=True)]
    rows = [{"tool": name, "x": x, "y": y} for name, x, y in values]
    chart = reports.Chart("c", "t", "lines", "T", "x", ("y",), "x", "y", series="tool", share=True)
    figure = Figure(figsize=(6, 4), dpi=150)
    axes = figure.subplots()
    looks = {name: (plots.COLOURS[i], plots.MARKS[i]) for i, name in enumerate(series)}
    with mpl.rc_context(plots.STYLE):
        plots._lines(axes, chart, rows, looks)
        axes.get_legend().remove()
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
    return np.asarray(canvas.buffer_rgba())[:, :, :3]


@pytest.mark.skipif(find_spec("matplotlib") is None, reason="plots need matplotlib: pip install 'neardup[bench]'")
@pytest.mark.parametrize("count", [2, 6])
def test_lines_that_run_on_one_another_can_all_be_seen(count: int) -> None:
    from matplotlib.colors import to_rgb

    picture = drawn_lines({f"tool {i}": [1.0, 0.9, 0.8] for i in range(count)})
    alone = drawn_lines({"tool 0": [1.0, 0.9, 0.8]})

    def pixels(picture: Any, number: int) -> int:
        colour = np.round(np.array(to_rgb(plots.COLOURS[number])) * 255)
        return int((np.abs(picture - colour).max(axis=2) <= 1).sum())

    for i in range(count):
        assert pixels(picture, i) > pixels(alone, 0) / count / 3


def test_lines_apart_are_drawn_whole() -> None:
    heights = [{0.5: 0.9, 0.7: 0.8}, {0.5: 0.9, 0.7: 0.5}, {0.5: 0.9, 0.7: 0.801}, {0.7: 0.8}]
    # The second one only meets the others, and the last one is no line.
    assert plots._turns(heights) == [(0, 2), (0, 1), (1, 2), (0, 1)]
    step = plots.MARK_PT
    assert plots._shifts(heights) == [
        {0.5: -step, 0.7: -step},
        {0.5: 0.0, 0.7: 0.0},
        {0.5: step, 0.7: 0.0},
        {0.7: step},
    ]


def test_the_block_of_results_names_the_best_of_the_others() -> None:
    block = readme.block([report()])
    assert "| cost, s" in block
    assert "3.0 (a)" in block
    assert "3.0 to 4.0 (2 tools)" in block
    assert "`python -m benchmarks scale`" in block
    assert "one thread for every tool. made: 1,000 documents" in block


def test_the_block_of_results_is_put_in_its_place(tmp_path: Path) -> None:
    report().write(tmp_path)
    path = tmp_path / "README.md"
    path.write_text(f"before\n{readme.BEGIN}\nold\n{readme.END}\nafter\n", encoding="utf-8")
    options = ["--results", str(tmp_path), "--readme", str(path)]
    assert readme.main([*options, "--check"]) == 1
    assert readme.main(options) == readme.main([*options, "--check"]) == 0
    written = path.read_text(encoding="utf-8")
    assert written.startswith("before\n<!--")
    assert written.endswith("-->\nafter\n")
    assert "old" not in written
    with pytest.raises(ValueError, match="the README has no block"):
        readme.replaced("nothing", "new")


def test_the_readme_shows_the_results_that_are_kept() -> None:
    kept = readme.read_reports(readme.RESULTS)
    assert kept
    assert readme.block(kept) in (ROOT / "README.md").read_text(encoding="utf-8")


def test_labelled_pairs_are_read(tmp_path: Path) -> None:
    path = tmp_path / "pairs.jsonl"
    lines = [
        {"text_a": "甲", "text_b": "乙", "label": "U", "group": 7, "sure": 2, "why": "-"},
        {"text_a": "", "text_b": "", "label": "T"},
    ]
    path.write_text("\n\n".join(map(json.dumps, lines)), encoding="utf-8")
    found = labelled_pairs.read_pairs(path)
    # The second pair stands in the third line.
    assert [(pair.group, pair.source, pair.is_duplicate) for pair in found] == [("7", "", True), ("3", "", False)]
    assert [(pair.sure, pair.file) for pair in found] == [(2, "pairs"), (3, "pairs")]
    path.write_text('{"text_a": "甲", "text_b": "乙", "label": "X"}', encoding="utf-8")
    with pytest.raises(ValueError, match=r"pairs\.jsonl:1: not a labelled pair \(label must be one of C, O, T, U"):
        labelled_pairs.read_pairs(path)
    path.write_text('{"text_a": "甲", "text_b": "乙", "label": "C", "sure": 4}', encoding="utf-8")
    with pytest.raises(ValueError, match="sure must be 1, 2 or 3, not 4"):
        labelled_pairs.read_pairs(path)
    path.write_text('{"text_a": 7, "text_b": "乙", "label": "C"}', encoding="utf-8")
    with pytest.raises(ValueError, match="text_a and text_b must be strings"):
        labelled_pairs.read_pairs(path)


def test_scores_of_verdicts() -> None:
    pairs = [labelled_pairs.LabelledPair(str(i), "", label, "", "") for i, label in enumerate("CCUTO")]
    found = labelled_pairs.scores(pairs, np.array([True, True, False, True, False]))
    assert (found["precision"], found["recall"], found["f1"]) == (2 / 3, 2 / 3, 2 / 3)
    assert (found["false_drops"], found["others"]) == (1, 2)
    for key in ("precision", "recall", "f1"):
        assert found[f"{key}_low"] < found[key] < found[f"{key}_high"]
    tries = np.array([[True, True, False, True, False], [True, True, True, False, False]])
    found = labelled_pairs.scores(pairs, tries)
    # The counts of tries are averaged: 2.5 of 3 are right, of 3 duplicates.
    assert (found["precision"], found["recall"], found["false_drops"]) == (2.5 / 3, 2.5 / 3, 0.5)
    together = [replace(pair, group="one") for pair in pairs]
    found = labelled_pairs.scores(together, tries[0])
    assert found["f1_low"] == found["f1"] == found["f1_high"]
    nothing = labelled_pairs.scores([], tries[0, :0])
    assert (nothing["pairs"], nothing["precision"], nothing["f1_high"]) == (0, 0, 0)
    truth = np.array([True, True, False])
    assert labelled_pairs.best_cut(truth, np.array([0.9, 0.4, 0.3])) == (1.0, 0.4)
    assert labelled_pairs.best_cut(truth, np.array([0.9, 0.2, 0.3]))[0] == 0.8


def test_made_pairs_are_what_their_labels_say() -> None:
    made = labelled_pairs.made_pairs(400, seed=1)
    assert {pair.label for pair in made} == {"C", "T", "O"}
    assert all(pair.label == "T" for pair in made if pair.source == "template")
    assert any(pair.one == pair.other for pair in made if pair.source == "copy")
    assert made == labelled_pairs.made_pairs(400, seed=1)


def test_the_s_curve_is_held_against_its_promise() -> None:
    texts = setting.made_texts("mixed", 300, seed=2)
    rows, _ = scurve.scurve(texts)
    assert len(rows) > 5
    for row in rows:
        assert 0 <= row["found_low"] <= row["found"] <= row["found_high"] <= 1
        assert row["promised_by_few"] <= row["promised"]
    assert rows[-1]["range"] == "0.95-1.00"
    assert rows[-1]["found"] > 0.9
    low, high = scurve.wilson(0.5, 100)
    assert (round(low, 3), round(high, 3)) == (0.404, 0.596)
    assert scurve.wilson(0.0, 10)[0] == 0.0
