"""The suites about cleaning: the oracle of what is lost, what is judged of a page, and the tables at a toy size."""

from __future__ import annotations

import json
import random
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neardup import Kept, find_repeats
from tests.benchmarking import load_benchmarks, row_of, run_suite

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.once

load_benchmarks()
cleaning: Any = import_module("benchmarks.suites.cleaning")
doubling: Any = import_module("benchmarks.doubling")
families: Any = import_module("benchmarks.families")
growth: Any = import_module("benchmarks.growth")
lookalikes: Any = import_module("benchmarks.lookalikes")
losses: Any = import_module("benchmarks.losses")
pages: Any = import_module("benchmarks.pages")
natural_repeats: Any = import_module("benchmarks.suites.natural_repeats")
repeats_speed: Any = import_module("benchmarks.suites.repeats_speed")
sentences: Any = import_module("benchmarks.sentences")

LINE = "城西的老码头重新开放，来看热闹的人从桥头一直排到巷口，修缮用了16个月，工人们连夜加高沙袋。"
OTHER = "县图书馆的流动书车第一次开进了山里的三所小学，孩子们可以自己挑，每人一次借两本。"


def lost(left: str, line: str) -> list[str]:
    """Say what is lost when a line behind the others goes."""
    text = f"{left}\n{line}"
    found: list[str] = losses.lost(text, [(len(left) + 1, len(text))])
    return found


@pytest.mark.parametrize(
    ("line", "missing"),
    [
        (LINE, []),
        (LINE.replace("，", " "), []),
        (LINE.replace("一直", ""), []),
        (LINE.replace("一直", "").replace("连夜", ""), []),
        ("", []),
        (LINE.replace("16个月", "18个月"), ["18"]),
        (LINE.replace("16个月", "１６个月"), []),
        (LINE.replace("16个月", "1个月"), ["1"]),  # a number is not part of another
        (LINE.replace("一直", "二直"), ["二"]),
        (LINE.replace("重新", "不重新"), ["不"]),
        (f'<p class="九">{LINE}</p> https://example.com/9/8.png', []),  # tags and addresses say nothing
    ],
)
def test_what_is_lost_of_a_line(line: str, missing: list[str]) -> None:
    assert lost(f"{LINE}\n{OTHER}", line) == missing


def test_what_stands_elsewhere_or_in_another_order_is_lost() -> None:
    first, second = LINE.split("，", 1)
    assert lost(LINE, f"{second}{first}") != []
    assert lost(LINE, LINE.replace("工人们", "老人们")) != []
    scattered = f"{OTHER}\n".join(LINE)
    assert lost(scattered, LINE) != []


def test_traditional_characters_are_not_lost() -> None:
    opencc: Any = pytest.importorskip("opencc")
    assert lost(LINE, opencc.OpenCC("s2t").convert(LINE)) == []


characters = st.text("甲乙丙", max_size=12)


@given(characters, characters, st.text("丁", max_size=200))
def test_the_oracle_agrees_with_a_plain_search(line: str, left: str, between: str) -> None:
    """What stands in a short stretch is never lost, and what stands nowhere in order always is."""
    whole = left[: len(left) // 2] + between + left[len(left) // 2 :]
    rest = iter(whole)
    stands = all(char in rest for char in line)
    missing = lost(whole, line)
    if not stands:
        assert missing != []
    elif (
        len(whole) <= 2 * len(line) + losses.SPARE
        and len(line) > 1
        and any(line[i : i + 2] in whole for i in range(len(line) - 1))
    ):
        assert missing == []


@pytest.mark.parametrize(
    ("text", "is_odd"),
    [
        ("", False),
        ("```\nls\n```", False),
        ("```bash\nls", True),
        ("  ~~~\nls\n~~~\n```", True),
        ("    ```", False),
        ("行内 ``` 不算", False),
    ],
)
def test_odd_fences(text: str, is_odd: bool) -> None:
    assert losses.has_odd_fences(text) == is_odd


def judged(page: Any, *removed: tuple[int, int], scope: str = "all") -> Any:
    return cleaning.judged(page, losses.without(page.text, removed), removed, scope)


def test_a_page_is_judged() -> None:
    page = cleaning.Page("twice", f"{LINE}\n{LINE}\n", f"{LINE}\n", (LINE,))
    right = judged(page, (len(LINE) + 1, len(page.text)))
    assert (right.changed, right.right, right.lost, right.fences, right.again) == (True, True, (), False, False)
    assert not right.wrong("all")
    assert right.wrong("body")
    nothing = judged(page)
    assert (nothing.changed, nothing.right, nothing.wrong("body")) == (False, False, False)


def test_faults_are_told() -> None:
    page = cleaning.Page("code", f"```\nls\n```\n{LINE}\n{OTHER}\n")
    opening = judged(page, (0, 4))
    assert opening.fences
    assert opening.wrong("all")
    gone = judged(page, (page.text.index(OTHER), len(page.text)))
    assert (gone.fences, gone.right) == (False, False)
    assert len(gone.lost) == 1
    thrice = f"{LINE}{OTHER}\n" * 3
    assert judged(cleaning.Page("thrice", thrice), (0, len(thrice) // 3)).again
    with pytest.raises(ValueError, match="code: the cleaned text is not the text without what was removed"):
        cleaning.judged(page, page.text, [(0, 4)], "all")


@cache
def source() -> Any:
    """Give articles of so many sentences that pages have none twice by chance."""
    chinese, rng = sentences.PseudoChinese.from_seed(), random.Random(5)
    articles = ["\n".join(chinese.draw(rng) + chinese.draw(rng) for _ in range(8)) for _ in range(40)]
    return pages.Source.from_texts(articles)


MADE = [
    name
    for name in (*doubling.FORMS, *lookalikes.LOOKALIKES)
    if name not in doubling.FORMS or not doubling.missing(name)
]


@pytest.mark.parametrize("name", MADE)
def test_cleaning_loses_nothing_of_made_pages(name: str) -> None:
    """Whatever is edited in copies; lookalikes keep what does not name itself as a copy."""
    for seed in range(20):
        page = cleaning.Page(name, *made(name, seed))
        found = find_repeats(page.text)
        for scope in cleaning.SCOPES:
            judgement = cleaning.judged(page, found.clean(scope), found.removed(scope), scope)
            assert judgement.lost == ()
            assert not judgement.fences
            assert not judgement.again
            assert name in doubling.FORMS or not judgement.wrong(scope)


def made(name: str, seed: int) -> tuple[str, None, tuple[str, ...]]:
    if name in doubling.FORMS:
        return doubling.doubled_page(source(), name, edits=0.05 * (seed % 2), seed=seed).text, None, ()
    page = lookalikes.lookalike(source(), name, seed=seed)
    return page.text, None, page.may_go


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Articles, and one printed twice."""
    made = families.documents(sentences.PseudoChinese.from_seed(), 60, seed=3)
    texts = {each.id: each.text for each in made}
    longest = max(texts.values(), key=len)
    texts["twice"] = f"{longest}\n{longest}"
    path: Path = tmp_path_factory.mktemp("corpus") / "pages.jsonl"
    lines = (json.dumps({"id": id_, "text": text}, ensure_ascii=False) for id_, text in texts.items())
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_cleaning(corpus: Path, tmp_path: Path) -> None:
    report = run_suite("cleaning", tmp_path, "--corpus", corpus, "--pages", 2, "--show", 5)
    forms = [form for form in doubling.FORMS if not doubling.missing(form)]
    rows = report.table("forms").rows
    assert [(row["form"], row["scope"]) for row in rows] == [
        (form, scope) for form in (*forms, "growing") for scope in cleaning.SCOPES
    ]
    for scope in cleaning.SCOPES:
        assert row_of(report, "forms", form="twice", scope=scope)["right"] == 1.0
        own = row_of(report, "corpus", scope=scope)
        assert (own["documents"], own["changed_ids"]) == (61, ["twice"])
        assert (own["lost"], own["fences"], own["again"], own["lost_text"]) == (0, 0, 0, {})
    assert row_of(report, "forms", form="passage", scope="body")["right"] == 1.0
    assert "right" not in row_of(report, "forms", form="passage", scope="all")
    (example,) = report.table("examples").rows
    assert (example["scope"], example["id"]) == ("body", "twice")
    assert example["lines"] > 0
    slogans = row_of(report, "lookalikes", kind="slogan", scope="all")
    assert slogans["documents"] == 2
    assert slogans["changed"] > 0
    assert slogans["wrong"] == 0


def test_natural_repeats(corpus: Path, tmp_path: Path) -> None:
    report = run_suite("natural_repeats", tmp_path, "--corpus", corpus, "--min-chars", 30, 40)
    for least in (30, 40):
        row = row_of(report, "shares", min_chars=least)
        assert row["repeating"] == row["exact"] == 1 / 61
        assert row["copied"] > 0
    text = json.loads(corpus.read_text(encoding="utf-8").splitlines()[-1])["text"]
    chars = sum(len(json.loads(line)["text"]) for line in corpus.read_text(encoding="utf-8").splitlines())
    for scope in cleaning.SCOPES:
        row = row_of(report, "gone", scope=scope)
        assert row["changed"] == 1 / 61
        assert row["gone"] == sum(stop - start for start, stop in find_repeats(text).removed(scope)) / chars


def test_why_copies_stay_is_counted() -> None:
    kept = [("list", "list", "table"), ("table",)]

    class Found:
        def kept(self, scope: str) -> dict[int, list[Any]]:
            if scope != "all":
                return {}
            return {i: [Kept(0, 1, reason) for reason in some] for i, some in enumerate(kept)}

    assert list(natural_repeats.kept(Found())) == [
        {"scope": "all", "reason": "list", "documents": 1, "copies": 2},
        {"scope": "all", "reason": "table", "documents": 2, "copies": 2},
    ]


def test_repeats_speed(corpus: Path, tmp_path: Path) -> None:
    options = ["--rounds", 1, "--thread-counts", 1, 2, "--text-chars", 2000, 1000]
    report = run_suite("repeats_speed", tmp_path, "--corpus", corpus, *options)
    rows = report.table("cost").rows
    assert [row["threads"] for row in rows] == [1] * 5 + [2] * 5
    for row in rows:
        assert row["ns_per_char"] > 0
        assert row["ratio"] == 1.0 or row["operation"] != "find_duplicates"
        assert row["speedup"] == 1.0 or row["threads"] != 1
    grown = report.table("growth")
    assert [column.key for column in grown.columns[2:]] == ["rate_1000", "rate_2000"]
    assert {row["family"] for row in grown.rows} == {"corpus", *repeats_speed.FAMILIES}
    assert all(row["rate_1000"] > 0 and row["rate_2000"] > 0 and "note" not in row for row in grown.rows)


def test_a_text_that_takes_too_long_fails(corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeats_speed, "measured_apart", lambda *_: ([(1000, 1.0)], "stopped after 1 s"))
    report = run_suite(
        "repeats_speed", tmp_path, "--corpus", corpus, "--rounds", 1, "--text-chars", 1000, 2000, "--thread-counts", 1
    )
    assert "period 40: find_repeats: stopped after 1 s" in report.failures
    row = row_of(report, "growth", family="period 40")
    assert row["rate_1000"] == pytest.approx(0.001)
    assert "rate_2000" not in row


def test_a_long_text_is_joined_of_the_corpus() -> None:
    assert repeats_speed._joined(["甲乙", "丙"], 8) == "甲乙\n丙\n甲乙\n"


def test_families_that_grow_are_rows_of_the_suite_growth() -> None:
    for family in repeats_speed.FAMILIES:
        for operation in repeats_speed.GROWING:
            assert growth.find_row(f"{family}: {operation}").family == family
