"""The generator of families of near-duplicates: its truth holds, and every document can be made again by itself."""

import json
import random
import re
from collections import Counter
from dataclasses import asdict, replace
from importlib import import_module
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neardup import fold
from neardup.shingling import shingle_sets
from tests.benchmarking import load_benchmarks, run_suite

pytestmark = pytest.mark.once

load_benchmarks()
families: Any = import_module("benchmarks.families")
members: Any = import_module("benchmarks.members")
sentences: Any = import_module("benchmarks.sentences")
truth: Any = import_module("benchmarks.truth")

SOURCE = sentences.PseudoChinese.from_seed()
COUNT = 3000
CORPUS = list(families.documents(SOURCE, COUNT, seed=1))
BY_ID = {document.id: document for document in CORPUS}
FACTS = re.compile(r"\d+年\d+月\d+日(第\d+期)?，|\w{3}说，|在\w{3}，|共\d+人，|[\d.]+万元，")


def of_kind(kind: str, corpus: list[Any] = CORPUS) -> list[tuple[str, str, float]]:
    """Give for all documents of a kind the text, the text of the base, and what is noted as changed."""
    texts = {document.id: document.text for document in corpus}
    found = [(each.text, texts[each.base], each.change) for each in corpus if each.kind == kind]
    assert found
    return found


def world(*kinds: str, **changes: Any) -> Any:
    """Make a world of few families of some kinds, of another form."""
    form = replace(families.World().form, **changes)
    return families.World(exponent=1.5, max_family=50, mix=dict.fromkeys(kinds, 1), form=form)


def made(*kinds: str, count: int = 300, **changes: Any) -> list[Any]:
    return list(families.documents(SOURCE, count, world=world(*kinds, **changes), seed=2))


def jaccards(pairs: list[tuple[str, str, float]]) -> list[float]:
    sets = shingle_sets([text for a, b, _ in pairs for text in (a, b)])
    return [
        len(np.intersect1d(sets[i], sets[i + 1])) / len(np.union1d(sets[i], sets[i + 1]))
        for i in range(0, len(sets), 2)
    ]


def test_ids_are_the_numbers_and_bases_are_bases() -> None:
    assert [document.id for document in CORPUS] == [f"{number:08d}" for number in range(COUNT)]
    for document in CORPUS:
        base = BY_ID[document.base]
        assert (base.kind, base.base, base.family) == ("base", base.id, document.family)
        assert (document.kind == "base") == (document is base)
    assert sum(document.kind == "base" for document in CORPUS) == len({document.family for document in CORPUS})


def test_sizes_follow_the_law_and_most_documents_are_alone() -> None:
    sizes = Counter(Counter(document.family for document in CORPUS).values())
    assert 0.6 < sizes[1] / COUNT < 0.65
    assert [sizes[size] / sizes[1] for size in (2, 3, 4)] == pytest.approx([1 / 8, 1 / 27, 1 / 64], abs=0.01)
    heavy = families.Layout.of(COUNT, families.World(exponent=2, max_family=20))
    steep, tail = (families.Layout.of(COUNT, families.World(exponent=exponent)).sizes[-1] for exponent in (4, 2))
    assert heavy.sizes[-1] == 20
    assert steep < 15 < 100 < tail


@pytest.mark.parametrize("count", [0, 1, 2, 3, 10, 999, 1000])
@pytest.mark.parametrize("options", [{}, {"exponent": 1.1}, {"exponent": 2, "max_family": 1}, {"exponent": None}])
def test_every_position_is_one_member_of_one_family(count: int, options: Any) -> None:
    layout = families.Layout.of(count, families.World(**options))
    places = [layout.place(position) for position in range(count)]
    sizes = Counter(family for family, _ in places)
    assert places == [(family, member) for family in range(len(sizes)) for member in range(sizes[family])]
    assert options.get("exponent", 3) or len(sizes) <= 1
    assert options.get("max_family") != 1 or max(sizes.values(), default=1) == 1


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 16, 17, 1000, 1024, 4097])
def test_the_shuffle_is_a_permutation_with_an_inverse(count: int) -> None:
    shuffles = [families.Shuffle.of(count, seed) for seed in (0, 1)]
    positions = [[shuffle.position(number) for number in range(count)] for shuffle in shuffles]
    for shuffle, each in zip(shuffles, positions, strict=True):
        assert sorted(each) == list(range(count))
        assert [shuffle.number(position) for position in each] == list(range(count))
    assert count < 16 or positions[0] != positions[1]


def test_members_of_a_family_are_spread_over_the_stream() -> None:
    adjacent = sum(a.family == b.family for a, b in pairwise(CORPUS))
    assert adjacent < 10
    family, size = Counter(document.family for document in CORPUS).most_common(1)[0]
    numbers = [int(document.id) for document in CORPUS if document.family == family]
    assert size >= 20
    assert 0.3 * COUNT < np.mean(numbers) < 0.7 * COUNT
    assert np.std(numbers) > 0.2 * COUNT


def test_every_document_can_be_made_by_itself() -> None:
    numbers = range(COUNT - 1, 0, -211)
    assert list(families.documents(SOURCE, COUNT, seed=1, numbers=numbers)) == [CORPUS[number] for number in numbers]
    assert sum(a.text == b.text for a, b in zip(CORPUS, families.documents(SOURCE, COUNT, seed=2), strict=True)) == 0
    keeping = families.KEPT_BASES
    assert keeping < len({document.family for document in CORPUS if document.kind != "base"})


def test_copies_and_variants() -> None:
    assert all(text == base for text, base, _ in of_kind("copy"))
    for text, base, _ in of_kind("variant"):
        assert text != base
        assert fold(text).text == fold(base).text


def test_near_copies_differ_at_their_rate() -> None:
    pairs = of_kind("near", made("near", edits=(0.0, 0.08)))
    expected = [(1 - rate) ** 5 / (2 - (1 - rate) ** 5) for _, _, rate in pairs]
    assert max(rate for _, _, rate in pairs) > 0.07 > 0.01 > min(rate for _, _, rate in pairs)
    # a sentence lost or gained takes about a tenth
    assert np.mean(np.subtract(jaccards(pairs), expected)) == pytest.approx(0, abs=0.06)
    assert np.corrcoef(jaccards(pairs), expected)[0, 1] > 0.7


def test_near_copies_lose_and_gain_sentences() -> None:
    pairs = of_kind("near", made("near", edits=(0.0, 0.0)))
    shares = [len(text) / len(base) for text, base, _ in pairs]
    assert min(shares) < 0.95
    assert max(shares) > 1.05
    assert 0.3 < np.mean([text == base for text, base, _ in pairs]) < 0.8


def test_edits_take_add_and_replace_letters_and_leave_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(members, "REWRITE_CHANCE", 0)
    pairs = of_kind("near", made("near", edits=(0.2, 0.2)))
    for text, base, _ in pairs:
        assert [char for char in text if char.isnumeric()] == [char for char in base if char.isnumeric()]
    lengths = [len(text) / len(base) for text, base, _ in pairs]
    assert np.mean(lengths) == pytest.approx(1, abs=0.005)
    assert min(lengths) < 0.98 < 1.02 < max(lengths)


def test_excerpts_are_parts() -> None:
    for text, base, change in of_kind("excerpt"):
        assert text in base
        assert len(text) == pytest.approx((1 - change) * len(base))
        assert 0 < change < 0.95
    assert any(base.startswith(text) for text, base, _ in of_kind("excerpt"))
    assert any(base.endswith(text) for text, base, _ in of_kind("excerpt"))
    assert all(0 < change < 0.4 for _, _, change in of_kind("excerpt", made("excerpt", excerpt=(1, 1))))
    short = of_kind("excerpt", made("excerpt", excerpt=(0.1, 0.2)))
    assert np.mean([change for _, _, change in short]) > 0.7


def test_extensions_are_wholes() -> None:
    for text, base, change in of_kind("extension"):
        assert base in text
        assert len(text) - len(base) == pytest.approx(change * len(base), abs=1.5)
        assert 0.1 <= change < 2
    assert any(text.startswith(base) for text, base, _ in of_kind("extension"))
    assert any(text.endswith(base) for text, base, _ in of_kind("extension"))
    assert all(change >= 2 for _, _, change in of_kind("extension", made("extension", extension=(2, 2))))


def test_template_siblings_have_the_wording_and_other_facts() -> None:
    for text, base, _ in of_kind("template"):
        assert FACTS.sub("", text) == FACTS.sub("", base)
        facts = [[match[0] for match in FACTS.finditer(each)] for each in (text, base)]
        assert np.mean([a != b for a, b in zip(*facts, strict=True)]) > 0.6
    many, few = (jaccards(of_kind("template", made("template", fact_share=share))) for share in (0.8, 0.2))
    assert 0.55 < np.mean(many) < 0.75 < 0.8 < np.mean(few)


def test_digits_of_a_corpus_are_facts_too() -> None:
    article = members.Article(["这里有30人。", "增长了4.5%。"], [None], 7)
    base, sibling = article.stated(random.Random(1)), article.stated(random.Random(2), 1)
    assert base[1] == "增长了4.5%。"
    assert re.fullmatch(r"增长了\d\.\d%。", sibling[1])
    assert sibling[1] != base[1]
    assert "第7期，这里有30人。" in base[0]
    assert "第8期，这里有" in sibling[0]


@pytest.mark.skipif(find_spec("opencc") is None, reason="the kind script needs the package opencc: pip install opencc")
def test_scripts_are_traditional() -> None:
    for text, base, _ in of_kind("script", made("script")):
        assert fold(text, script="keep").text != fold(base, script="keep").text


def test_a_kind_without_its_package_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(families, "find_spec", lambda _: None)
    with pytest.raises(ModuleNotFoundError, match="pip install opencc"):
        families.World(mix={"script": 1})


def test_different_families_share_next_to_nothing() -> None:
    found = truth.exact_pairs(shingle_sets([document.text for document in CORPUS]), 0.05)
    assert len(found.left) > 300
    assert all(CORPUS[a].family == CORPUS[b].family for a, b in zip(found.left, found.right, strict=True))


def test_worlds_of_one_family() -> None:
    copies = list(families.documents(SOURCE, 200, world=families.WORLDS["copies"]))
    assert len({document.text for document in copies}) == 1
    assert Counter(document.kind for document in copies) == {"base": 1, "copy": 199}
    pages = list(families.documents(SOURCE, 200, world=families.WORLDS["template"]))
    assert len({document.text for document in pages}) == 200
    assert {FACTS.sub("", document.text) for document in pages} == {FACTS.sub("", pages[0].text)}
    assert {document.family for document in copies + pages} == {0}


def test_lengths_of_bases() -> None:
    def lengths(chars: int) -> list[int]:
        return [len(document.text) for document in made("copy", count=100, chars=chars) if document.kind == "base"]

    assert np.mean(lengths(500)) == pytest.approx(520, rel=0.15)
    assert np.mean(lengths(2000)) == pytest.approx(2000, rel=0.15)
    assert np.std(lengths(2000)) > 300


def test_made_up_chinese_reads_much_like_news() -> None:
    rng = random.Random(1)
    text = "".join(SOURCE.draw(rng) for _ in range(10_000))
    chars = Counter(char for char in text if "\u4e00" <= char <= "\u9fff")
    shares = np.cumsum(sorted(chars.values(), reverse=True)) / chars.total()
    # of real news, the most frequent 100, 500 and 1,000 characters are .42, .82 and .95
    assert shares[[99, 499, 999]] == pytest.approx([0.42, 0.82, 0.95], abs=0.08)
    assert len({SOURCE.draw(rng) for _ in range(10_000)}) == 10_000
    assert sentences.PseudoChinese.from_seed(1) != SOURCE == sentences.PseudoChinese.from_seed(0)


def test_sentences_of_a_corpus() -> None:
    rng = random.Random(1)
    lines = [SOURCE.draw(rng) for _ in range(1200)]
    wanted = {line for line in lines if 10 <= len(line) <= 80}
    pool = sentences.SentencePool.from_texts(
        ["\n".join(lines), "".join(lines), "太短。", "没有句号的一行文字也不算", "ab" * 9 + "!"]
    )
    assert set(pool.sentences) == wanted
    assert len(pool.sentences) == len(wanted)
    found = list(families.documents(pool, 50, world=world("near", fact_share=0, edits=(0, 0))))
    for document in found:
        assert all(
            line.rpartition("期，")[2] in wanted
            for line in re.findall(r"[^。！？]+[。！？]", document.text.replace("\n", ""))
        )
    with pytest.raises(ValueError, match=r"the corpus has 1 distinct sentences of 10 to 80 characters; 1000 are"):
        sentences.SentencePool.from_texts(["这一句话的长短正合适。"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"mix": {"near": 1, "ode": 1}}, "mix must name kinds among copy, .*, not ode"),
        ({"mix": {"near": 0}}, "one must be positive"),
        ({"mix": {"near": -1, "copy": 2}}, "must not be negative"),
        ({"exponent": 1.0}, r"exponent must be above 1 .*, not 1.0 and 1000"),
        ({"max_family": 0}, "max_family at least 1"),
    ],
)
def test_worlds_that_cannot_be_are_refused(options: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        families.World(**options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"edits": (0.0, 0.6)}, "edits must be a least and a most share up to 0.5, not 0.0 and 0.6"),
        ({"excerpt": (0.0, 0.5)}, "excerpt must be"),
        ({"extension": (0.5, 0.2)}, "extension must be"),
        ({"chars": 50}, "chars must be at least 100"),
        ({"fact_share": 1.1}, r"fact_share in \[0, 1\]"),
    ],
)
def test_forms_that_cannot_be_are_refused(options: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        members.Form(**options)


@pytest.mark.parametrize(("count", "seed", "numbers"), [(-1, 0, None), (5, -1, None), (5, 0, range(3, 6))])
def test_numbers_out_of_range_are_refused(count: int, seed: int, numbers: range | None) -> None:
    with pytest.raises(ValueError, match="count and seed must not be negative, and numbers in range"):
        families.documents(SOURCE, count, seed=seed, numbers=numbers)


def test_the_suite_writes_a_corpus(tmp_path: Path) -> None:
    def written(*options: str) -> list[dict[str, Any]]:
        report = run_suite("families", tmp_path, *options)
        lines = (tmp_path / "families-made.jsonl").read_text(encoding="utf-8").splitlines()
        found = list(map(json.loads, lines))
        counts = Counter(line["kind"] for line in found)
        assert {row["kind"]: row["documents"] for row in report.table("kinds").rows} == counts
        return found

    assert written("--documents", str(COUNT), "--seed", "1", "--start", "5", "--stop", "9") == [
        asdict(document) for document in CORPUS[5:9]
    ]
    options = "--exponent 1.5 --max-family 50 --mix near=1 excerpt=1 --chars 300 --fact-share 0.1 --edits 0 0.01"
    expected = made("near", "excerpt", count=60, chars=300, fact_share=0.1, edits=(0.0, 0.01), excerpt=(0.2, 0.4))
    assert written("--documents", "60", "--seed", "2", *options.split(), "--excerpt", "0.2", "0.4") == [
        asdict(document) for document in expected
    ]
    assert {line["kind"] for line in written("--documents", "20", "--world", "copies")} == {"base", "copy"}


def test_the_suite_takes_the_sentences_of_a_corpus(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus.jsonl"
    lines = [json.dumps({"id": document.id, "text": document.text}) for document in CORPUS[:200]]
    corpus.write_text("\n".join(lines), encoding="utf-8")
    run_suite("families", tmp_path, "--documents", 20, "--corpus", corpus)
    pool = sentences.SentencePool.from_texts(document.text for document in CORPUS[:200])
    found = [json.loads(line) for line in (tmp_path / "families-corpus.jsonl").read_text("utf-8").splitlines()]
    assert found == [asdict(document) for document in families.documents(pool, 20)]
