"""The benchmarks of relations, boilerplate and short texts at toy size: what they count, and that they run."""

from __future__ import annotations

import json
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

from neardup import Config
from neardup.relations import RULES
from tests.benchmarking import load_benchmarks, row_of, run_suite
from tests.families import SENTENCE

if TYPE_CHECKING:
    from pathlib import Path

load_benchmarks()
labelled_pairs: Any = import_module("benchmarks.labelled_pairs")
relations: Any = import_module("benchmarks.suites.relations")

NOTICE = "声明：本网独家稿件，未经授权禁止转载，违者必究其法律责任。"
BODY = SENTENCE
SESSION = "镇议事会第{}次会议昨天下午在镇公所礼堂举行，会议听取了老桥修缮的报告，通过了来年的用水办法。"


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


def test_labelled_pairs_are_called_by_the_rules(labelled: Path) -> None:
    pairs = relations.measured(labelled_pairs.read_pairs(labelled), Config())
    limits = Config().limits
    assert relations.called(pairs, limits, Config().relations).tolist() == [True, False, False]
    without = relations.without("numerals_differ", relations.without("short_and_reworded", limits))
    assert relations.called(pairs, without, Config().relations).tolist() == [True, True, False]
    assert {rule.__name__ for rule, _ in RULES[:-1]} == {
        rule.__name__ for rule, _ in RULES[:-1] if relations.without(rule.__name__, limits) != limits
    }


def test_relations_scores_and_counts(labelled: Path, tmp_path: Path) -> None:
    corpus = write(tmp_path / "corpus.jsonl", [{"id": 1, "text": BODY}, {"id": 2, "text": NOTICE}])
    report = run_suite("relations", tmp_path, "--labelled", labelled, "--corpus", corpus, "--seeds", 1, "--show", 1)
    every = row_of(report, "pairs", rules="all")
    assert (every["pairs"], every["precision"], every["recall"], every["f1"]) == (3, 1.0, 1.0, 1.0)
    assert [row["us"] > 0 for row in report.table("cost").rows] == [True] * 3
    copies = row_of(report, "families")
    assert (copies["duplicates"], copies["candidates"], copies["together"]) == (1, 1.0, 1.0)
    # BODY stands in the corpus already.
    assert report.table("families").caption.startswith("Among 5 texts;")
    assert report.table("wrong").rows == ()
    assert row_of(report, "matches", relation="template")["one"] in {SESSION.format(each) for each in "三四"}


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


def test_short_texts_are_counted_with_and_without_the_rules(tmp_path: Path) -> None:
    lines = [SESSION.format(each) for each in ("三", "四")]
    corpus = write(tmp_path / "heads.jsonl", [{"id": i, "text": f"{line}\n正文"} for i, line in enumerate(lines)])
    report = run_suite("short_texts", tmp_path, "--corpus", corpus, "--show", 1)
    assert "1 are kept by the rules alone" in report.table("headlines").caption
    (example,) = report.table("examples").rows
    assert example["reason"] == "Chinese numerals differ: 四 and 三"
    assert {example["one"], example["other"]} == set(lines)
    assert [table.name for table in report.tables] == ["headlines", "examples"]


def test_versions_of_short_texts_are_counted(tmp_path: Path) -> None:
    poems = write(tmp_path / "poems.jsonl", [{"id": i, "text": BODY + "也" * i} for i in range(2)])
    (tmp_path / "pairs.tsv").write_text("0\t1\n", "utf-8")
    report = run_suite("short_texts", tmp_path, "--corpus", poems, "--pairs", tmp_path / "pairs.tsv")
    assert report.table("versions").caption == "Of 1 pairs 1 are alike."
    default = row_of(report, "versions", config="default")
    assert (default["alike"], default["compared"], default["one family"], default["dropped"]) == (1, 1.0, 1.0, 1)
