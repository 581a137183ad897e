"""The benchmarks of relations, boilerplate and short texts at toy size: what they count, and that they run."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib import import_module
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from neardup import Config
from neardup.relations import Terms
from tests.benchmarking import load_benchmarks, row_of, run_suite
from tests.families import SENTENCE

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.once

load_benchmarks()
labelled_pairs: Any = import_module("benchmarks.labelled_pairs")
relations: Any = import_module("benchmarks.suites.relations")
fitting: Any = import_module("benchmarks.fitting")

NOTICE = "声明：本网独家稿件，未经授权禁止转载，违者必究其法律责任。"
BODY = SENTENCE
STRICT = Config(threshold=0.9, min_containment=0.95)
"""Some made copies are revisions."""
CUTS = ("min_score", "min_revision_score")
SESSION = "镇议事会第{}次会议昨天下午在镇公所礼堂举行，会议听取了老桥修缮的报告，通过了来年的用水办法。"


def study_of(pairs: list[Any], config: Config) -> Any:
    return relations.Study.of(pairs, config, precision=0.9, seeds=1)


def made_pairs() -> Any:
    return labelled_pairs.made_pairs(200, seed=3)


def sample_of(terms: Any, truth: Any) -> Any:
    count = len(truth)
    every, groups = np.ones(count, bool), np.arange(count).astype(str)
    return fitting.Sample(terms, every, every, truth, np.ones(count), groups)


def write(path: Path, records: list[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
    return path


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    pairs = [
        ("C", BODY, f"本报讯{BODY}"),
        ("T", SESSION.format("三"), SESSION.format("四")),
        ("O", BODY, SESSION.format("三")),
    ]
    fields = [
        {"group": i, "source": "一", "label": label, "text_a": one, "text_b": other}
        for i, (label, one, other) in enumerate(pairs)
    ]
    return write(tmp_path / "pairs.jsonl", fields)


def test_relations_scores_and_counts(labelled: Path, tmp_path: Path) -> None:
    corpus = write(tmp_path / "corpus.jsonl", [{"id": 1, "text": BODY}, {"id": 2, "text": NOTICE}])
    report = run_suite("relations", tmp_path, "--labelled", labelled, "--corpus", corpus, "--seeds", 1, "--show", 1)
    every = row_of(report, "all", rules="config", of="all")
    assert (every["pairs"], every["precision"], every["recall"], every["f1"]) == (3, 1.0, 1.0, 1.0)
    assert (every["alike_pairs"], every["alike_duplicates"], every["alike_false_drops"]) == (1, 1, 0)
    assert [row["us"] > 0 for row in report.table("cost").rows] == [True] * 3
    copies = row_of(report, "families", which="all")
    assert (copies["duplicates"], copies["candidates"], copies["together"]) == (1, 1.0, 1.0)
    assert row_of(report, "families", which="less alike")["duplicates"] == 0
    # BODY stands in the corpus already.
    assert report.table("families").caption.startswith("Among 5 texts;")
    assert report.table("wrong").rows == ()
    assert row_of(report, "matches", relation="template")["one"] in {SESSION.format(each) for each in "三四"}


def test_relations_are_reported_for_each_file_and_source(labelled: Path, tmp_path: Path) -> None:
    others = write(
        tmp_path / "others.jsonl",
        [
            {"group": "f", "source": "二", "label": "U", "text_a": BODY, "text_b": f"{BODY}\n{NOTICE}"},
            {"group": "g", "source": "二", "label": "C", "text_a": BODY[:40], "text_b": SESSION.format("九")},
        ],
    )
    files = ("--labelled", labelled, "--labelled", others)
    report = run_suite("relations", tmp_path, *files, "--limit", 20, "--seeds", 2, "--show", 1)
    methods = ["config", "fitted, by group", "fitted, by source", "fitted to all, rounded"]
    rows = report.table("all").rows
    assert [(row["rules"], row["of"]) for row in rows] == list(product(methods, ["all", "others", "pairs"]))
    assert [row_of(report, "all", of=name)["pairs"] for name in ("all", "pairs", "others")] == [5, 3, 2]
    assert [row["of"] for row in report.table("sources").rows] == ["一", "二"] * 2
    assert [row["label"] for row in report.table("wrong").rows] == ["C"]
    assert [row["without"] for row in report.table("terms").rows] == ["nothing", *Terms._fields]
    assert [row["number"] for row in report.table("numbers").rows] == [*fitting.WEIGHTS.values(), *CUTS]
    assert report.context["corpus"]["labelled"] == "pairs+others"


@pytest.mark.parametrize("config", [Config(), STRICT, Config(min_score=0.7, replaced_weight=9)])
def test_arrays_say_what_the_relations_say(config: Config) -> None:
    study = study_of(made_pairs(), config)
    said, fitted = relations.config_calls(study), fitting.Fitted.of(config.limits)
    assert fitted.copies(study.sample).tolist() == said.copies[0].tolist()
    assert fitted.same(study.sample).tolist() == said.same[0].tolist()
    assert 0 < said.copies.sum() < len(study.pairs)
    assert config != STRICT or said.copies.sum() < said.same.sum()


def test_pairs_are_judged_by_what_was_fitted_without_them() -> None:
    study = study_of(made_pairs(), Config())
    group = study.sample.groups[0]
    groups = study.group_folds(0)
    sources = study.far_folds[1]
    for folds in (groups, sources):
        for inside, fitted in fitting.fitted_without(study.sample, folds, 0.9):
            # Other labels of the pairs that are left out, and of those that share a text with them, change nothing.
            outside = ~np.isin(study.sample.groups, study.sample.groups[inside])
            turned = replace(study.sample, is_same=study.sample.is_same ^ ~outside)
            again = fitting.Fitted.to(turned.at(outside), 0.9)
            assert again.named() == fitted.named()
    assert len(set(groups[study.sample.groups == group].tolist())) == 1
    assert len(set(groups.tolist())) == relations.FOLDS


def test_the_regression_is_where_the_penalised_likelihood_is_flat() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=(300, 3)) * [1, 5, 0.2] + [0, 3, 1]
    importance = rng.choice([0.2, 1.0], 300)
    odds = values @ [1.0, -0.4, 3.0] - 1
    truth = rng.random(300) < 1 / (1 + np.exp(-odds))
    weights, constant = fitting.regression(values, truth, importance)

    def loss(weights: Any, constant: float) -> float:
        sums = np.where(truth, 1, -1) * (values @ weights + constant)
        return float((importance * np.log1p(np.exp(-sums))).sum() + ((weights * values.std(axis=0)) ** 2).sum() / 2)

    least = loss(weights, constant)
    for step in (0.01, -0.01):
        assert all(loss(weights + step * axis, constant) > least for axis in np.eye(3))
        assert loss(weights, constant + step) > least
    assert np.sign(weights).tolist() == [1, -1, 1]


@pytest.mark.parametrize("truth", [[], [True] * 4, [False] * 4, [True, True, False, False]])
def test_the_regression_ends_where_nothing_or_everything_is_told_apart(truth: list[bool]) -> None:
    values = np.array([[2.0, 0], [1, 0], [-1, 0], [-2, 0]])[: len(truth)]
    weights, constant = fitting.regression(values, np.array(truth, bool), np.ones(len(truth)))
    assert np.isfinite([*weights, constant]).all()
    assert weights[1] == 0


def test_terms_that_count_the_wrong_way_are_dropped() -> None:
    rng = np.random.default_rng(0)
    terms = rng.normal(size=(200, len(Terms._fields)))
    truth = terms[:, 0] + terms[:, 1] - terms[:, 2] > rng.normal(size=200)
    sample = sample_of(terms, truth)
    weights, _ = fitting.positive_weights(sample, range(len(Terms._fields)))
    assert weights[2] == 0
    assert (weights >= 0).all()
    assert weights[0] > 0.5 < weights[1]
    assert np.flatnonzero(fitting.positive_weights(sample, [0, 2])[0]).tolist() == [0]


def test_what_is_fitted_is_the_same_in_units_of_the_numbers() -> None:
    sample = study_of(made_pairs(), STRICT).sample
    fitted = fitting.Fitted.to(sample, 0.95)
    scaled = fitted.scaled()
    assert (scaled.weights[0], scaled.constant) == (1.0, 0.0)
    over = [each.sums(sample) - each.min_score for each in (scaled, fitted)]
    assert np.allclose(over[0] * fitted.weights[0], over[1])
    over = [each.sums(sample) - each.min_revision_score for each in (scaled, fitted)]
    assert np.allclose(over[0] * fitted.weights[0], over[1])
    rounded = fitted.rounded(sample, 0.95)
    values = rounded.named()
    assert values == {name: round(value, 2) for name, value in values.items()}
    config = STRICT.with_overrides(**values)
    assert fitting.Fitted.of(config.limits).same(sample).tolist() == rounded.same(sample).tolist()


def test_cuts_are_the_lowest_that_are_precise() -> None:
    sums, truth = np.array([3.0, 1, 2, 1, 0]), np.array([True, True, True, False, False])
    assert fitting.precise_cut(sums, truth, 1.0) == 2
    # Of the two equal sums either both are called or none.
    assert fitting.precise_cut(sums, truth, 0.75) == 1
    assert fitting.precise_cut(sums, truth, 0.6) == 0
    assert fitting.precise_cut(sums, ~truth, 0.9) == np.inf
    assert fitting.precise_cut(sums[:0], truth[:0], 0.9) == np.inf
    assert fitting.recall_at(1.0, sums, truth) == 2 / 3
    allowed = np.array([False, True, True, True, True])
    assert fitting.best_addition(truth, sums >= 3, sums, allowed) == 1
    assert fitting.best_addition(truth, truth, sums, allowed & ~truth) == np.inf


def test_arguable_labels_count_less() -> None:
    pairs = [labelled_pairs.LabelledPair(str(i), "", "C", BODY, BODY, sure) for i, sure in enumerate((1, 2, 3))]
    assert study_of(pairs, Config()).sample.importance.tolist() == [0.2, 0.6, 1.0]


@pytest.mark.parametrize(
    ("records", "message"),
    [([(1, "甲"), (2, "")], "labelled pair 2: a text is empty"), ([(1, "甲"), (1, "乙")], "two groups")],
)
def test_what_cannot_be_fitted_is_refused(records: list[tuple[int, str]], message: str) -> None:
    pairs = [labelled_pairs.LabelledPair(str(group), "", "C", BODY, text) for group, text in records]
    with pytest.raises(ValueError, match=message):
        study_of(pairs, Config())


def test_boilerplate_counts_what_changes(tmp_path: Path) -> None:
    texts = [f"{chr(0x4E00 + i) * 9}的报道。\n{NOTICE}" for i in range(12)]
    texts[1] = texts[0].split("\n")[0]
    corpus = write(tmp_path / "pages.jsonl", [{"id": i, "text": text} for i, text in enumerate(texts)])
    (tmp_path / "pairs.tsv").write_text("0\t1\t版\n", "utf-8")
    report = run_suite(
        "boilerplate", tmp_path, "--corpus", corpus, "--pairs", tmp_path / "pairs.tsv", "--rounds", 1, "--show", 2
    )
    assert report.table("relations").caption.startswith("1 hashes of boilerplate; 11 documents have some")
    assert row_of(report, "versions", texts="without") == {
        "texts": "without",
        "own": 1,
        "others": 0,
        "together": 1,
        "pairs": 1,
    }
    changes = {row["change"]: row["documents"] for row in report.table("changes").rows}
    assert any(change.endswith(" to identical") for change in changes)
    counts = {row["texts"]: row["dropped"] for row in report.table("relations").rows}
    gained = changes["kept before, dropped now"] - changes["dropped before, kept now"]
    assert counts["without"] - counts["whole"] == gained
    assert report.table("paragraphs").rows == ({"documents": 11, "preview": NOTICE},)
    assert row_of(report, "examples", texts="without")["beside"] in {"0", "1"}


def test_short_texts_are_counted_with_and_without_the_sum(tmp_path: Path) -> None:
    lines = [SESSION.format("三"), f"今日，{SESSION.format('四')}"]
    corpus = write(tmp_path / "heads.jsonl", [{"id": i, "text": f"{line}\n正文"} for i, line in enumerate(lines)])
    report = run_suite("short_texts", tmp_path, "--corpus", corpus, "--show", 1)
    assert "1 are kept by the sum alone" in report.table("headlines").caption
    (example,) = report.table("examples").rows
    assert {"三", "四"} < set(example["reason"])
    assert {example["one"], example["other"]} == set(lines)
    assert [table.name for table in report.tables] == ["headlines", "examples"]


def test_versions_of_short_texts_are_counted(tmp_path: Path) -> None:
    poems = write(tmp_path / "poems.jsonl", [{"id": i, "text": BODY + "也" * i} for i in range(2)])
    (tmp_path / "pairs.tsv").write_text("0\t1\n", "utf-8")
    report = run_suite("short_texts", tmp_path, "--corpus", poems, "--pairs", tmp_path / "pairs.tsv")
    assert report.table("versions").caption == "Of 1 pairs 1 are alike."
    default = row_of(report, "versions", config="default")
    assert (default["alike"], default["compared"], default["one family"], default["dropped"]) == (1, 1.0, 1.0, 1)
