"""The generator of doubled pages: its truth holds, and its pages can be made again."""

import gzip
import json
import random
import re
from dataclasses import asdict
from difflib import SequenceMatcher
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from neardup import find_repeats, fold
from tests.benchmarking import load_benchmarks, row_of, run_suite

pytestmark = pytest.mark.once

load_benchmarks()
corpora: Any = import_module("benchmarks.corpora")
doubling: Any = import_module("benchmarks.doubling")
genres: Any = import_module("benchmarks.genres")
lookalikes: Any = import_module("benchmarks.lookalikes")
pages: Any = import_module("benchmarks.pages")
repeats: Any = import_module("benchmarks.suites.repeats")

TEXTS = (
    "今天上午9时，城西的老码头重新开放，来看热闹的人从桥头一直排到巷口。修缮用了16个月，青石板一块块起出来，编号，洗净，"
    "再按原来的次序铺回去。\n负责施工的工程师说：“最难的不是石头，是水位。”去年夏天江水涨了3.5米，临时围堰几乎没顶，工人们"
    "连夜加高沙袋，才保住已经完成的台阶。\n码头旁边新设了一间小小的展室，墙上挂着六十多张旧照片。住在附近的老人在照片里认出了"
    "自己的父亲，他站在跳板上，肩上扛着一袋米。\n展室每周二至周日开放，不收门票，也不用预约。管理处提醒，雨天石阶湿滑，请扶好"
    "栏杆；夜间灯光在22点30分熄灭。",
    "昨天傍晚，县图书馆的流动书车第一次开进了山里的三所小学。车厢里装了2,400本书，孩子们可以自己挑，每人一次借两本，下个月"
    "书车再来时归还。司机兼管理员姓周，原来是开长途客车的。他说，山路弯多，书架都加了挡板，开得慢一点，一本也不会掉下来。五年级"
    "的一个女生借了一本讲星星的书，她想弄明白为什么冬天的夜空比夏天更亮。校长介绍，学校原有的图书室只有一间，书大多是别人捐的，"
    "有些已经翻烂了。今年，县里拨了18万元，除了买车，还给每个班做了一个放书的木柜。下一步，书车打算把路线延长到更远的两个村子，"
    "那里只有十几个学生，却要走四十里路才能见到一家书店。",
    "近日，一种不起眼的小鸟引起了观鸟爱好者的注意。它只有手掌大，背上灰褐，胸前有一抹淡淡的橙色，喜欢在芦苇的根部跳来跳去。\n"
    "湿地保护站的记录显示，这种鸟上一次在本地出现是2009年。站长推测，它们可能是被一场大风吹偏了方向，暂时落脚歇息，等体力"
    "恢复再继续向南。\n为了不惊扰它们，保护站把东侧的木栈道关闭了一段，只留下一座观察棚。来拍照的人要先登记，每批不超过8人，"
    "不许使用闪光灯，也不许播放鸟鸣引诱。\n一位退休教师连续来了五天，终于拍到一张清楚的。他把相片送给了保护站，背面写着日期、"
    "风向和一句话：愿你们平安到达。",
)
SOURCE = pages.Source.from_texts(TEXTS)
SEEDS = range(40)
FORMS = [
    pytest.param(
        form, marks=pytest.mark.skipif(bool(doubling.missing(form)), reason=doubling.missing(form) or "installed")
    )
    for form in doubling.FORMS
]


def cut(page: Any, stretches: Any) -> list[str]:
    return [page.text[start:stop] for start, stop in stretches]


def digits(parts: list[str]) -> list[str]:
    return re.findall(r"\d", "".join(parts))


def test_all_of_the_texts_are_articles() -> None:
    assert SOURCE.articles == TEXTS


def test_what_cannot_be_an_article_is_left_out() -> None:
    short, repeating, long = TEXTS[0][:150], TEXTS[0] + TEXTS[0][:40], "".join(map(chr, range(0x4E00, 0x4E00 + 5100)))
    assert pages.Source.from_texts([*TEXTS, short, repeating, long]).articles == TEXTS
    with pytest.raises(ValueError, match="1 of the texts can be articles, at least 2 are needed"):
        pages.Source.from_texts([TEXTS[0], short])


@pytest.mark.parametrize("edits", [0.0, 0.05])
@pytest.mark.parametrize("form", FORMS)
def test_spans_are_in_order_and_disjoint(form: str, edits: float) -> None:
    for seed in SEEDS:
        page = doubling.doubled_page(SOURCE, form, edits=edits, seed=seed)
        assert len(page.originals) == len(page.copies) > 0
        assert all(stop <= start for (_, stop), (start, _) in pairwise(page.copies))
        for (first, last), (start, stop) in zip(page.originals, page.copies, strict=True):
            assert 0 <= first < last <= start < stop <= len(page.text)
        assert all(part == part.strip() for part in cut(page, page.originals + page.copies))


@pytest.mark.parametrize("form", FORMS)
def test_without_edits_copies_fold_as_their_originals(form: str) -> None:
    for seed in SEEDS:
        page = doubling.doubled_page(SOURCE, form, seed=seed)
        for original, copy in zip(cut(page, page.originals), cut(page, page.copies), strict=True):
            assert fold(original).text == fold(copy).text


@pytest.mark.parametrize("edits", [0.0, 0.1])
@pytest.mark.parametrize("form", FORMS)
def test_without_its_copies_a_page_is_undoubled(form: str, edits: float) -> None:
    for seed in SEEDS:
        page = doubling.doubled_page(SOURCE, form, edits=edits, seed=seed)
        edges = [0, *(edge for copy in page.copies for edge in copy), len(page.text)]
        rest = "".join(page.text[start:stop] for start, stop in zip(edges[::2], edges[1::2], strict=True))
        if edits:  # an added sentence lies outside the copies
            characters = iter("".join(rest.split()))
            assert all(char in characters for char in "".join(page.undoubled.split()))
        else:
            assert rest.split() == page.undoubled.split()
        assert find_repeats(page.undoubled).repeats == ()


@pytest.mark.parametrize(("form", "body_copies"), [("twice", 2), ("thrice", 3), ("cut_short", 2), ("passage", 1)])
def test_body_copies(form: str, body_copies: int) -> None:
    page = doubling.doubled_page(SOURCE, form, edits=0.0, seed=1)
    assert page.body_copies == body_copies
    assert len(page.copies) == max(1, body_copies - 1)


def test_forms_differ_as_they_say() -> None:
    made = {form: doubling.doubled_page(SOURCE, form, seed=1) for form in ("cut_short", "rewrapped", "punctuation")}
    (original,), (copy,) = (
        cut(made["cut_short"], spans) for spans in (made["cut_short"].originals, made["cut_short"].copies)
    )
    assert 0.45 < len(copy) / len(made["cut_short"].undoubled) < 0.95
    for form in ("rewrapped", "punctuation"):
        (original,), (copy,) = cut(made[form], made[form].originals), cut(made[form], made[form].copies)
        assert original != copy
    for seed in SEEDS:
        assert doubling.doubled_page(SOURCE, "no_breaks", seed=seed).text.count("\n") <= 1
        interleaved = doubling.doubled_page(SOURCE, "interleaved", seed=seed).text.splitlines()
        assert interleaved[::2] == interleaved[1::2]


def test_other_script_is_traditional() -> None:
    pytest.importorskip("opencc")
    page = doubling.doubled_page(SOURCE, "other_script", seed=1)
    assert fold(*cut(page, page.copies), script="keep").text != fold(*cut(page, page.originals), script="keep").text


@pytest.mark.parametrize("edits", [0.02, 0.05, 0.1])
def test_edits_come_at_their_rate(edits: float) -> None:
    equal = total = 0
    for seed in SEEDS:
        page = doubling.doubled_page(SOURCE, "titled", edits=edits, seed=seed)
        for original, copy in zip(cut(page, page.originals), cut(page, page.copies), strict=True):
            matcher = SequenceMatcher(None, original, copy, autojunk=False)
            equal += sum(block.size for block in matcher.get_matching_blocks())
            total += len(original)
    # three in four edits take a character away, and nearly nine in ten characters may be edited
    assert 0.4 * edits < 1 - equal / total < 1.1 * edits


def test_numbers_stay_unless_asked() -> None:
    changed = 0
    for seed in SEEDS:
        page = doubling.doubled_page(SOURCE, "thrice", edits=0.1, seed=seed)
        assert digits(cut(page, page.originals)) == digits(cut(page, page.copies))
        page = doubling.doubled_page(SOURCE, "thrice", edits=0.1, seed=seed, edit_numbers=True)
        changed += digits(cut(page, page.originals)) != digits(cut(page, page.copies))
    assert changed > len(SEEDS) / 2


def test_some_copies_lose_or_gain_a_sentence() -> None:
    copies = [doubling.doubled_page(SOURCE, "titled", edits=0.02, seed=seed).copies for seed in SEEDS]
    assert 0 < sum(len(each) > 1 for each in copies) < len(copies)


@pytest.mark.parametrize("form", FORMS)
def test_pages_depend_on_seed_and_index_alone(form: str) -> None:
    def make(seed: int, index: int) -> Any:
        return doubling.doubled_page(SOURCE, form, edits=0.05, seed=seed, index=index)

    order = list(range(8))
    random.Random(1).shuffle(order)
    shuffled = {index: make(3, index) for index in order}
    assert [make(3, index) for index in range(8)] == [shuffled[index] for index in range(8)]
    assert make(3, 4) == make(7, 0)
    assert len({page.text for page in shuffled.values()}) == 8


def test_unknown_names_and_rates_are_refused() -> None:
    with pytest.raises(ValueError, match=r"form must be one of twice, .*, not 'double'"):
        doubling.doubled_page(SOURCE, "double")
    with pytest.raises(ValueError, match=r"edits must be in \[0, 0.1\], not 0.2"):
        doubling.doubled_page(SOURCE, "twice", edits=0.2)
    with pytest.raises(ValueError, match=r"kind must be one of slogan, .*, not 'ode'"):
        lookalikes.lookalike(SOURCE, "ode")


def test_a_form_without_its_package_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doubling, "find_spec", lambda _: None)
    with pytest.raises(ModuleNotFoundError, match="pip install opencc"):
        doubling.doubled_page(SOURCE, "other_script")


def test_lookalikes_repeat_themselves() -> None:
    made = list(lookalikes.undoubled_lookalikes(SOURCE, 5, seed=2))
    assert [page.kind for page in made] == [kind for kind in lookalikes.LOOKALIKES for _ in range(5)]
    assert made == list(lookalikes.undoubled_lookalikes(SOURCE, 5, seed=2))
    for kind in lookalikes.LOOKALIKES:
        assert any(find_repeats(page.text, min_chars=8).repeats for page in made if page.kind == kind)


def test_lines_that_may_go_are_lines_of_the_page() -> None:
    for page in lookalikes.undoubled_lookalikes(SOURCE, 5):
        lines = page.text.splitlines()
        assert set(page.may_go) <= set(lines)
        assert len({*lines} - {*page.may_go, ""}) > 1, "most of a page must stay"


def test_made_pages_have_no_open_block_of_code() -> None:
    made = [doubling.doubled_page(SOURCE, "markdown_twice", seed=seed).text for seed in SEEDS]
    made += [lookalikes.lookalike(SOURCE, kind, seed=seed).text for kind in ("programs", "api") for seed in SEEDS]
    for text in made:
        fences = re.findall(r"^(?:```|~~~).*", text, re.MULTILINE)
        assert len(fences) > 1
        assert all(opening[:3] == closing for opening, closing in zip(fences[::2], fences[1::2], strict=True))


def test_forms_of_genres_hold_what_they_say() -> None:
    made = {form: doubling.doubled_page(SOURCE, form, seed=1).text for form in genres.GENRES}
    assert made["law_twice"].count("第一条") == 2
    assert re.search(r"^(?:（一）|1\. )", doubling.doubled_page(SOURCE, "law_twice", seed=3).text, re.MULTILINE)
    assert re.search(r"^(```|~~~)python\n(?:.+\n)+\n(?:.+\n)+\1$", made["markdown_twice"], re.MULTILINE)
    assert made["markdown_twice"].count("| 选项 | 含义 |") == 2
    assert made["notice_twice"].count("| 时间 | 地点 |") == 2
    assert made["html_twice"].count("<table>") == 2
    assert re.search(r"^(\w+)：.*\n(?:\w+：.*\n)+\1：", made["chat_twice"], re.MULTILINE)
    lines = doubling.doubled_page(SOURCE, "scanned_lines", seed=1).text.splitlines()
    assert lines[::2] == lines[1::2]
    assert all(len(line) == 40 and line.isalnum() for line in lines)


def test_growing_lines_grow() -> None:
    for seed in SEEDS:
        text, expected = genres.growing(pages.Maker(random.Random(seed), SOURCE))
        above, *lines, below = text.splitlines()
        assert expected.splitlines() == [above, lines[-1], below]
        assert len(lines) > 2
        assert all(longer.startswith(shorter) and longer != shorter for shorter, longer in pairwise(lines))


def test_a_plainly_doubled_page_scores_well() -> None:
    score = repeats.score(doubling.doubled_page(SOURCE, "twice", seed=1))
    assert score.doubled
    assert score.copies_right
    assert score.span_error < 0.05


@pytest.mark.parametrize("name", ["corpus.jsonl", "corpus.jsonl.gz"])
def test_the_suite_writes_pages(name: str, tmp_path: Path) -> None:
    lines = "".join(json.dumps({"id": i, "text": text}, ensure_ascii=False) + "\n" for i, text in enumerate(TEXTS))
    data = lines.encode()
    (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    options = ("--corpus", tmp_path / name, "--form", "twice", "--pages", 3, "--edit-rate", 0.02, "--seed", 1)
    report = run_suite("doubling", tmp_path, *options)
    written = (tmp_path / "doubling-corpus.jsonl").read_text(encoding="utf-8").splitlines()
    expected = [doubling.doubled_page(SOURCE, "twice", edits=0.02, seed=1, index=index) for index in range(3)]
    assert list(map(json.loads, written)) == json.loads(json.dumps(list(map(asdict, expected))))
    assert row_of(report, "pages", form="twice")["copied"] == sum(
        stop - start for page in expected for start, stop in page.copies
    )


def test_the_suite_writes_lookalikes(tmp_path: Path) -> None:
    (tmp_path / "corpus.jsonl").write_text(
        "".join(json.dumps({"id": i, "text": text}) + "\n" for i, text in enumerate(TEXTS)), encoding="utf-8"
    )
    run_suite("doubling", tmp_path, "--corpus", tmp_path / "corpus.jsonl", "--form", "law", "--pages", 2)
    written = (tmp_path / "doubling-corpus.jsonl").read_text(encoding="utf-8").splitlines()
    expected = [asdict(lookalikes.lookalike(SOURCE, "law", index=index)) for index in range(2)]
    assert list(map(json.loads, written)) == json.loads(json.dumps(expected))


def test_reading_a_corpus(tmp_path: Path) -> None:
    path = tmp_path / "corpus.jsonl"
    path.write_text('{"id": 7, "text": "一"}\n\n{"id": "乙", "text": "二"}\n{"id": "丙"}\n', encoding="utf-8")
    assert list(corpora.read(path, 2)) == [("7", "一"), ("乙", "二")]
    with pytest.raises(ValueError, match=r'corpus\.jsonl:4: expected an object with "id" and "text"'):
        list(corpora.read(path))
