"""The benchmarks of duplicates run, at a toy size, and judge rightly; what they measure here means nothing."""

import json
import sys
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"


def load_benchmarks() -> None:
    """Make `benchmarks` importable and leave the path alone: its root would hide the installed library."""
    spec = spec_from_file_location(
        "benchmarks", BENCHMARKS / "__init__.py", submodule_search_locations=[str(BENCHMARKS)]
    )
    assert spec is not None
    assert spec.loader is not None
    sys.modules["benchmarks"] = module_from_spec(spec)
    spec.loader.exec_module(sys.modules["benchmarks"])


load_benchmarks()
duplicates: Any = import_module("benchmarks.duplicates")
families: Any = import_module("benchmarks.families")
pairs: Any = import_module("benchmarks.pairs")
provenance: Any = import_module("benchmarks.provenance")
scale: Any = import_module("benchmarks.scale")
scripts: Any = import_module("benchmarks.scripts")
sentences: Any = import_module("benchmarks.sentences")
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


def run(module: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    monkeypatch.setattr(sys, "argv", [module.__name__, *map(str, arguments)])
    module.main()
    return capsys.readouterr().out


def figures(printed: str) -> dict[str, dict[str, str]]:
    """Give the rows of the first table by their first cells, and their cells by the header."""
    found = rows(printed)
    return {row[0]: dict(zip(found[0], row, strict=True)) for row in found[2:] if len(row) == len(found[0])}


def rows(printed: str) -> list[list[str]]:
    """Split the rows of all tables into their cells."""
    return [
        [cell.strip() for cell in line.strip("|").split("|")] for line in printed.splitlines() if line.startswith("|")
    ]


def test_tools_are_compared(corpus: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("rensa", reason="the peers are in the extra bench")
    pytest.importorskip("xxhash", reason="the peers are in the extra bench")
    found = rows(run(duplicates, monkeypatch, capsys, "--corpus", corpus, "--rounds", 1))
    names = [row[0] for row in found if row[0] not in {"way"} and not row[0].startswith("-")]
    assert names == 2 * [
        "neardup",
        "rensa",
        "rensa, texts normalised",
        "datasketch",
        "datasketch, texts normalised",
    ]
    dropped, recall, precision = next(row for row in found if row[0] == "neardup" and len(row) == 6)[1:4]
    assert int(dropped) > 0
    assert float(recall) > 0.9
    assert precision == "1.000"


def test_raw_sets_tell_apart_what_strings_do(made: list[Any]) -> None:
    texts = [each.text for each in made[:40]]
    grams = [set(duplicates.ngrams(text)) for text in texts]
    found = truth.exact_pairs(duplicates.raw_sets([*texts, "短文", ""]), 0.01).expanded()
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
    judged = duplicates.Truth([[1], [0], [], [], []], [[1], [0], [4], [], []])
    drops = np.isin(np.arange(5), dropped)
    assert judged.judge(drops, contained_too=contained_too) == expected


def test_a_chain_is_not_missed_at_every_link() -> None:
    # 0 is like 1 and 1 like 2; who drops 1 may keep both others.
    judged = duplicates.Truth([[1], [0, 2], [1]], [[], [], []])
    assert judged.judge(np.array([False, True, False]), contained_too=False) == (1.0, 1.0)
    assert judged.judge(np.zeros(3, np.bool_), contained_too=False)[0] == 0.0


def test_containment_is_looked_for_both_ways() -> None:
    # 95 shingles, and all of them with five more: each contains the other. The short one only contains nothing.
    base = "".join(chr(0x4E00 + i) for i in range(99))
    found = duplicates.Truth.of(duplicates.raw_sets([base, base + "天地玄黄宇", base[:30]]), 0.8)
    assert found.likes == [[1], [0], []]
    assert found.containers == [[1], [0], [0, 1]]


def test_scale_measures_in_processes_of_their_own(
    corpus: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("--sizes", 20, 40, "--worlds", "copies", "--rounds", 1, "--passes", 1, "--corpus", corpus)
    printed = run(scale, monkeypatch, capsys, *arguments)
    found = figures(printed)
    assert found["copies, 20"]["dropped"] == "19"
    assert found["copies, 40"]["documents"] == "40"
    assert found["copies, 20"]["x least size"] == "1.00"
    if sys.platform == "linux":
        assert float(found["copies, 40"]["KiB/doc"]) > 0
    assert any(row[:2] == [corpus.name, "120"] for row in rows(printed))


def test_scale_makes_templates_as_asked() -> None:
    few, many = (scale.made_texts("template", 30, share, 300, 0) for share in (0.0, 1.0))
    assert len(few) == len(many) == 30
    alike = [truth.exact_pairs(duplicates.shingle_sets(texts), 0.8).count for texts in (few, many)]
    assert alike[0] > alike[1]


def test_pairs_are_held_against_the_truth(
    made: list[Any], corpus: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("--corpus", corpus, "--threshold", 0.9, 0.8, "--rounds", 1)
    found = {row[1]: row for row in rows(run(pairs, monkeypatch, capsys, *arguments))}
    for threshold in ("0.8", "0.9"):
        true = truth.exact_pairs(duplicates.shingle_sets([each.text for each in made]), float(threshold)).count
        assert found[threshold][2] == str(true)
        assert float(found[threshold][4]) > 0.9
        assert found[threshold][5] == "1.0000"
        assert float(found[threshold][8]) < 1e-9


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
    row = pairs.compared(texts, truth.exact_pairs(duplicates.shingle_sets(texts), 0.7), 0.7, 1)
    assert row[1:6] == ["3", "3", "0.3333", "0.3333", "0.0000 of 1"]


def test_provenance_counts_each_kind(
    made: list[Any], corpus: Path, table: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("xxhash", reason="the peers are in the extra bench")
    printed = run(provenance, monkeypatch, capsys, "--corpus", corpus, "--pairs", table, "--show", 2)
    found = figures(printed)
    for kind in {each.kind for each in made} - {"base"}:
        assert found[kind]["pairs"] == str(sum(each.kind == kind for each in made))
    for column in ("alike", "candidates", "one cluster", "of alike", "near", "find_pairs", "datasketch"):
        assert found["copy"][column] == found["all"][column] == "1.000"
    assert float(found["template"]["alike"]) < 0.2
    assert "template: " in printed
    assert "- Jaccard" in printed


def test_scripts_are_found_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("opencc", reason="the conversions are those of the package opencc")
    texts = [
        "重庆经开区把质量强区战略写入全区规划，加快引进和培育壮大龙头企业，全面发力。",
        "人工智能软件的发展与网络服务器的普及，让计算机程序走进千家万户。",
        "。！",
    ]
    path = tmp_path / "corpus.jsonl"
    path.write_text("\n".join(json.dumps({"id": text[:3], "text": text}) for text in texts), encoding="utf-8")
    found = figures(run(scripts, monkeypatch, capsys, "--corpus", path, "--show", 1))
    assert list(found) == list(scripts.CONVERSIONS)
    assert found["s2t"]["changed"] == found["s2t"]["identical"] == "2"
    assert found["s2t"]["found"] == found["s2t"]["all together"] == found["s2t"]["alike"] == "1.0000"
    # 人工智能, 软件, 网络, 服务器 and 计算机 are other words in Taiwan.
    assert found["s2twp"]["found"] == found["s2twp"]["alike"] == "0.5000"
    assert found["s2twp"]["other"] == "1"
