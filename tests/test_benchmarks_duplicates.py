"""The benchmarks of duplicates run, at a toy size, and judge rightly; what they measure here means nothing."""

import json
from importlib import import_module
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neardup.shingling import shingle_sets
from tests.benchmarking import load_benchmarks, row_of, run_suite

pytestmark = pytest.mark.once

load_benchmarks()
command: Any = import_module("benchmarks.__main__")
families: Any = import_module("benchmarks.families")
judge: Any = import_module("benchmarks.judge")
pairs: Any = import_module("benchmarks.suites.pairs")
sentences: Any = import_module("benchmarks.sentences")
setting: Any = import_module("benchmarks.setting")
truth: Any = import_module("benchmarks.truth")


@pytest.fixture(scope="module")
def made() -> list[Any]:
    return list(families.documents(sentences.PseudoChinese.from_seed(), 120, seed=3))


@pytest.fixture
def corpus(made: list[Any], tmp_path: Path) -> Path:
    path = tmp_path / "corpus.jsonl"
    lines = (json.dumps({"id": each.id, "text": each.text}, ensure_ascii=False) for each in made)
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.fixture
def table(made: list[Any], tmp_path: Path) -> Path:
    """Pair every member of a family with its base; one pair names no document, and one says no kind."""
    path = tmp_path / "pairs.tsv"
    lines = [f"{each.base}\t{each.id}\t{each.kind}" for each in made if each.kind != "base"]
    path.write_text("\n".join([*lines, "0\tnowhere\tcopy", f"{made[0].id}\t{made[0].id}"]), encoding="utf-8")
    return path


def test_raw_sets_tell_apart_what_strings_do(made: list[Any]) -> None:
    texts = [each.text for each in made[:40]]
    grams = [{text[i : i + 5] for i in range(len(text) - 4)} for text in texts]
    found = truth.exact_pairs(judge.raw_sets([*texts, "短文", ""]), 0.01).expanded()
    expected = {
        (i, j): len(grams[i] & grams[j]) / len(grams[i] | grams[j]) for i, j in combinations(range(len(texts)), 2)
    }
    pairs = zip(found.left.tolist(), found.right.tolist(), strict=True)
    assert dict(zip(pairs, found.score.tolist(), strict=True)) == {
        pair: score for pair, score in expected.items() if score >= 0.01
    }


@pytest.mark.parametrize(
    ("dropped", "contained_too", "expected"),
    [
        ([], False, (0.0, 1.0)),
        ([0], False, (1.0, 1.0)),
        ([1], False, (1.0, 1.0)),
        ([0, 1], False, (1.0, 0.0)),
        ([0, 2], False, (1.0, 0.5)),
        ([0, 2], True, (1.0, 1.0)),
        ([0, 2, 3], True, (1.0, 2 / 3)),
    ],
)
def test_a_drop_is_right_if_what_is_kept_makes_it_so(
    dropped: list[int], contained_too: bool, expected: tuple[float, float]
) -> None:
    # 0 and 1 are alike, 4 contains 2, 3 is alone.
    judged = judge.Truth([[1], [0], [], [], []], [[1], [0], [4], [], []])
    drops = np.isin(np.arange(5), dropped)
    assert judged.judge(drops, contained_too=contained_too) == expected


def test_missed_templates_are_told_from_other_missed_ones() -> None:
    body = "据介绍，重庆经开区把质量强区战略写入全区规划，加快引进和培育壮大龙头企业，全面发力，成效显著，值得期待。"
    template = (
        "气象台预报，今天夜里到明天白天多云转小雨，最低气温{}度，最高气温{}度，请广大市民注意添衣保暖，谨防感冒，"
    )
    template += "外出记得带伞，注意交通安全。"
    texts = [body, body + "本报讯", template.format(8, 15), template.format(12, 23)]
    judged = judge.Truth.of(shingle_sets(texts), 0.6)
    assert judged.pairs == 2
    none = np.zeros(4, np.bool_)
    assert judged.missed(none) == {1: [0], 3: [2]}
    assert judge.kept_by_rule(texts, judged.missed(none), 0.6) == 1
    assert judged.judge(none, contained_too=False)[0] == judge.recall(0, 2) == 0.0
    assert judge.recall(0, 0) == 1.0
    # What is as like a template and as a copy is no template.
    assert judge.kept_by_rule([*texts, texts[1]], {4: [0, 2]}, 0.6) == 0


def test_one_count_serves_all_thresholds(made: list[Any]) -> None:
    sets = shingle_sets([each.text for each in made])
    for threshold, judged in judge.Truth.at_each(sets, [0.9, 0.5]).items():
        alone = judge.Truth.of(sets, threshold)
        assert judged.likes == alone.likes
        assert judged.containers == alone.containers


def test_a_chain_is_not_missed_at_every_link() -> None:
    # 0 is like 1 and 1 like 2; who drops 1 may keep both others.
    judged = judge.Truth([[1], [0, 2], [1]], [[], [], []])
    assert judged.judge(np.array([False, True, False]), contained_too=False) == (1.0, 1.0)
    assert judged.judge(np.zeros(3, np.bool_), contained_too=False)[0] == 0.0


def test_containment_is_looked_for_both_ways() -> None:
    # 95 shingles, and all of them with five more: each contains the other. The short one only contains nothing.
    base = "".join(chr(0x4E00 + i) for i in range(99))
    found = judge.Truth.of(judge.raw_sets([base, base + "天地玄黄宇", base[:30]]), 0.8)
    assert found.likes == [[1], [0], []]
    assert found.containers == [[1], [0], [0, 1]]


def test_worlds_make_templates_as_asked() -> None:
    few, many = (setting.made_texts("template", 30, fact_share=share, chars=300) for share in (0.0, 1.0))
    assert len(few) == len(many) == 30
    alike = [truth.exact_pairs(shingle_sets(texts), 0.8).count for texts in (few, many)]
    assert alike[0] > alike[1]


def test_pairs_are_held_against_the_truth(made: list[Any], corpus: Path, tmp_path: Path) -> None:
    report = run_suite("pairs", tmp_path, "--corpus", corpus, "--thresholds", 0.9, 0.8, "--rounds", 1)
    for threshold in (0.8, 0.9):
        found = row_of(report, "pairs", threshold=threshold)
        assert found["pairs"] == truth.exact_pairs(shingle_sets([each.text for each in made]), threshold).count
        assert found["recall"] > 0.9
        assert found["precision"] == 1.0
        assert found["off"] < 1e-9


def test_what_pairs_miss_and_make_up_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [
        "天地玄黄宇宙洪荒日月盈昃",
        "天地玄黄宇宙洪荒日月盈昃!",
        "天地玄黄宇宙洪荒日月盈亏",
        "寒来暑往秋收冬藏闰余成岁",
    ]
    found = pairs.neardup.find_pairs(texts, threshold=0.7)
    # The pair of 2 with the class of 0 and 1 is replaced by one that there is not.
    false = type(found)(found.ids, np.array([0, 0]), np.array([1, 3]), np.array([1.0, 0.9]), found.first)
    monkeypatch.setattr(pairs.neardup, "find_pairs", lambda *_, **__: false)
    row = pairs.compared(texts, truth.exact_pairs(shingle_sets(texts), 0.7), 0.7, 1)
    keys = ("pairs", "found", "recall", "precision", "class_recall", "class_pairs")
    assert [row[key] for key in keys] == [3, 3, 0.3333, 0.3333, 0.0, 1]


def test_provenance_counts_each_kind(made: list[Any], corpus: Path, table: Path, tmp_path: Path) -> None:
    pytest.importorskip("xxhash", reason="the peers are in the extra bench")
    report = run_suite("provenance", tmp_path, "--corpus", corpus, "--pairs", table, "--show", 2)
    for kind in {each.kind for each in made} - {"base"}:
        assert row_of(report, "kinds", kind=kind)["pairs"] == sum(each.kind == kind for each in made)
    for column in ("alike", "candidates", "one cluster", "of alike", "near", "find_pairs", "datasketch"):
        assert row_of(report, "kinds", kind="copy")[column] == row_of(report, "kinds", kind="all")[column] == 1.0
    template = row_of(report, "kinds", kind="template")
    assert template["alike"] < 0.2
    assert template["templates"] == template["both kept"]
    assert row_of(report, "examples", kind="template")["jaccard"] > 0


def test_pairs_of_another_corpus_are_refused(corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "others.tsv").write_text("one\tother\n", encoding="utf-8")
    words = ["provenance", "boilerplate", "short_texts", "--corpus", str(corpus), "--out", str(tmp_path)]
    assert command.main([*words, "--pairs", str(tmp_path / "others.tsv")]) == 1
    said = capsys.readouterr().err
    for suite in words[:3]:
        assert f"{suite}: others.tsv: no pair is of two documents of corpus" in said
