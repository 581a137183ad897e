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
scale: Any = import_module("benchmarks.scale")
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


def run(module: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    monkeypatch.setattr(sys, "argv", [module.__name__, *map(str, arguments)])
    module.main()
    return capsys.readouterr().out


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
    found = rows(run(scale, monkeypatch, capsys, *arguments))
    figures = {row[0]: dict(zip(found[0], row, strict=True)) for row in found if len(row) == len(found[0])}
    assert figures["copies, 20"]["dropped"] == "19"
    assert figures["copies, 40"]["documents"] == "40"
    assert figures["copies, 20"]["x least size"] == "1.00"
    if sys.platform == "linux":
        assert float(figures["copies, 40"]["KiB/doc"]) > 0
    assert any(row[:2] == [corpus.name, "120"] for row in found)


def test_scale_makes_templates_as_asked() -> None:
    few, many = (scale.made_texts("template", 30, share, 300, 0) for share in (0.0, 1.0))
    assert len(few) == len(many) == 30
    alike = [truth.exact_pairs(duplicates.shingle_sets(texts), 0.8).count for texts in (few, many)]
    assert alike[0] > alike[1]
