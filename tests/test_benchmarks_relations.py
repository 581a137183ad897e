"""The benchmarks of relations, boilerplate and short texts at toy size: what they count, and that they run."""

from __future__ import annotations

import json
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

from neardup import Config
from neardup.relations import RULES
from tests.benchmarking import load_benchmarks
from tests.families import SENTENCE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

load_benchmarks()
boilerplate: Any = import_module("benchmarks.boilerplate")
relations: Any = import_module("benchmarks.relations")
short_texts: Any = import_module("benchmarks.short_texts")

NOTICE = "声明：本网独家稿件，未经授权禁止转载，违者必究其法律责任。"
BODY = SENTENCE
SESSION = "镇议事会第{}次会议昨天下午在镇公所礼堂举行，会议听取了老桥修缮的报告，通过了来年的用水办法。"


def write(path: Path, records: list[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
    return path


def printed(
    main: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *arguments: object,
) -> str:
    monkeypatch.setattr(sys, "argv", ["benchmark", *map(str, arguments)])
    main()
    return capsys.readouterr().out


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
    pairs = relations.read_pairs(labelled, Config())
    limits = Config().limits
    assert relations.called(pairs, limits, Config().relations).tolist() == [True, False, False]
    without = relations.without("numerals_differ", relations.without("short_and_reworded", limits))
    assert relations.called(pairs, without, Config().relations).tolist() == [True, True, False]
    assert {rule.__name__ for rule, _ in RULES[:-1]} == {
        rule.__name__ for rule, _ in RULES[:-1] if relations.without(rule.__name__, limits) != limits
    }


def test_relations_prints_its_tables(
    labelled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    corpus = write(tmp_path / "corpus.jsonl", [{"id": 1, "text": BODY}, {"id": 2, "text": NOTICE}])
    said = printed(
        relations.main, monkeypatch, capsys, "--pairs", labelled, "--corpus", corpus, "--seeds", 1, "--show", 1
    )
    assert "| all |     3 |     1.000 |  1.000 | 1.000 |" in said
    assert "microseconds" in said
    assert "1 of 1 labelled copies are candidates: 1.000" in said


def test_boilerplate_counts_what_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = [f"{chr(0x4E00 + i) * 9}的报道。\n{NOTICE}" for i in range(12)]
    texts[1] = texts[0].split("\n")[0]
    corpus = write(tmp_path / "pages.jsonl", [{"id": i, "text": text} for i, text in enumerate(texts)])
    (tmp_path / "pairs.tsv").write_text("0\t1\t版\n", "utf-8")
    said = printed(
        boilerplate.main,
        monkeypatch,
        capsys,
        *("--corpus", corpus, "--pairs", tmp_path / "pairs.tsv", "--rounds", 1, "--show", 2),
    )
    assert "1 hashes of boilerplate; 11 documents have some" in said
    assert "| without |           1 |              0 |              1 of 1 |" in said
    assert "to identical" in said


def test_short_texts_are_counted_with_and_without_the_rules(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [SESSION.format(each) for each in ("三", "四")]
    corpus = write(tmp_path / "heads.jsonl", [{"id": i, "text": f"{line}\n正文"} for i, line in enumerate(lines)])
    poems = write(tmp_path / "poems.jsonl", [{"id": i, "text": BODY + "也" * i} for i in range(2)])
    (tmp_path / "pairs.tsv").write_text("0\t1\n", "utf-8")
    said = printed(
        short_texts.main,
        monkeypatch,
        capsys,
        *("--poems", poems, "--pairs", tmp_path / "pairs.tsv", "--headlines", corpus, "--show", 1),
    )
    assert "of 1 pairs 1 are alike" in said
    assert "1 are kept by the rules alone\n- Chinese numerals differ: 四 and 三\n" in said
    with pytest.raises(SystemExit):
        printed(short_texts.main, monkeypatch, capsys, "--poems", poems)
