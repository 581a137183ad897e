"""Cleaning: later copies go, the first stays, nothing else changes."""

from __future__ import annotations

import random
import re
from itertools import pairwise
from typing import TYPE_CHECKING, get_args

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from neardup import backend, find_repeats, fold
from neardup._typing import Scope
from neardup.numerals import numerals
from tests.families import SENTENCE

if TYPE_CHECKING:
    from collections.abc import Iterable

SCOPES: tuple[Scope, ...] = get_args(Scope)
ONE = SENTENCE
TWO = "同时积极搭建创新服务平台，落实各项鼓励创新的优惠政策，设立高新技术产业引导基金。"
NUMBER = "据透露，该区对主导制定国家标准的企业一次性奖励{}万元，对参与制定地方标准的企业给予补助。"

LINES = [
    ONE,
    TWO,
    "甲乙丙丁戊己庚辛",
    "子丑寅卯辰巳午未",
    "——",
    "",
    NUMBER.format("3.5"),
    NUMBER.format("35"),
]
EDITED = [ONE.replace("龙头", "骨干"), TWO.replace("高新", "创新"), TWO.replace("。", "，成效显著。")]
OTHER = [
    "```",
    "```bash",
    "~~~",
    "docker run -d --name web -p 8080:80 nginx:stable",
    "| 北京 | 3.5 亿元 | 增长 |",
    "<td>地点</td>",
    "## 附录 2",
    "（二）申请人的身份证明，委托代理的还应当提交授权委托书；",
    "1. 打开设置，选择网络连接，再选择无线网络；",
    "① 土地批准文件",
    "第二条 应当提交下列文件：",
    "老王：今天下午的会改到三点了，大家带上材料。",
    "小李：今天下午的会改到三点了，大家带上材料。",
    "![图](https://a.example.com/b.png)",
    "e\u0301é 5㎏ 한국어 😀",
    "甲乙丙丁戊己庚辛㎏",
    "甲乙丙丁戊己庚辛k",
    "今天有１２人",
    "今天有①②人",
]
MARKS = re.compile("[\r\n\u2028。；！？]")
FENCE = re.compile(r"(?:\A|[\r\n\u2028])[ \u3000]*(?:```|~~~)")


def texts(lines: list[str]) -> st.SearchStrategy[str]:
    """Texts of these lines, with line breaks of several kinds or none."""
    breaks = st.sampled_from(["\n", "\r\n", "\n\n", ""])
    return st.lists(st.tuples(st.sampled_from(lines), breaks).map("".join), max_size=14).map("".join)


def world(rng: random.Random) -> tuple[str, int]:
    """Write a text of lines of every kind, edited or not, with copies of what is above; and a min_chars for it."""
    parts: list[str] = []
    for _ in range(rng.randint(1, 4)):
        lines = rng.choices([*LINES, *EDITED, *OTHER], k=rng.randint(1, 8))
        parts.append(
            "".join(line + rng.choice(["\n", "\n", "\r\n", "\n\n", "\u2028", "\r", " ", ""]) for line in lines)
        )
        if rng.random() < 0.7:
            copy, place = rng.choice(parts), rng.randrange(20)
            if rng.random() < 0.3:
                copy = copy[:place] + rng.choice(["", "不", "三", "9", "\n", "é", "明天再来"]) + copy[place + 2 :]
            if rng.random() < 0.3:
                copy = copy[: rng.randrange(len(copy) + 1)]
            parts += [copy] * rng.randint(1, 3)
    return "".join(parts), rng.randint(1, 40)


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("", ""),
        (ONE, ONE),
        (f"{ONE}\n{TWO}\n{ONE}\n{TWO}\n", f"{ONE}\n{TWO}\n"),
        (f"{ONE}\r\n{ONE}\r\n完", f"{ONE}\r\n完"),
        (f"{ONE}\n{ONE}", ONE),
        # With lines that fold to nothing, where they stand behind the original too.
        (f"{ONE}\n\n{TWO}\n\n{ONE}\n\n{TWO}\n\n完", f"{ONE}\n\n{TWO}\n\n完"),
        (f"{ONE}\n\n{TWO}\n\n{ONE}\n\n{TWO}\n\n\n完", f"{ONE}\n\n{TWO}\n\n\n完"),
        (f"{ONE}\n]);\n{ONE}\n]);", f"{ONE}\n]);"),
        (f"{ONE}\n]);\n{ONE}\n)();", f"{ONE}\n]);\n)();"),
        (f"{ONE}{TWO}{ONE}{TWO}", f"{ONE}{TWO}"),
        (f"{ONE} {TWO} {ONE} {TWO}完", f"{ONE} {TWO} 完"),
        # Part of a paragraph stays.
        (f"{ONE}\n他说：{ONE}\n", f"{ONE}\n他说：{ONE}\n"),
        (f"他说：{ONE}\n{ONE}\n", f"他说：{ONE}\n{ONE}\n"),
        # So does what has other numbers, though it folds alike.
        (f"{NUMBER.format('3.5')}\n{NUMBER.format('35')}\n", f"{NUMBER.format('3.5')}\n{NUMBER.format('35')}\n"),
        (f"{NUMBER.format('3.5')}\n{NUMBER.format('３．５')}\n", f"{NUMBER.format('3.5')}\n"),
    ],
)
def test_golden_cleaning(text: str, cleaned: str) -> None:
    assert find_repeats(text).clean("all") == cleaned


BODY = f"{ONE}\n{TWO}\n质监部门表示，下一步还要加强质量监督，把好产品出厂关，让消费者放心。\n{NUMBER.format('3.5')}\n"
NEWS = "全面发力。与此同时，当地群众对这一做法普遍表示欢迎，认为很有必要。"


@pytest.mark.parametrize(
    ("copy", "kept"),
    [
        (BODY.replace("全面发力", ""), []),
        (BODY.replace(f"{TWO}\n", f"{TWO}\n甲乙丙丁戊己庚辛\n"), ["甲乙丙丁戊己庚辛"]),
        (BODY[:-10] + "\n", []),
        (BODY[:-10].replace("\n", "") + "\n", []),
        (BODY[: BODY.index("3.5")] + "\n", []),  # cut before a number
        (BODY[: BODY.index(".5")] + "\n", []),  # cut inside one, and the original goes on behind it
        (BODY[: BODY.index(".5")] + "8\n", [NUMBER[: NUMBER.index("{")] + "38"]),
        # Paragraphs of a near copy stay where they say something else, however little.
        (BODY.replace("龙头", "骨干"), [ONE.replace("龙头", "骨干")]),
        (BODY.replace("3.5", "4.5"), [NUMBER.format("4.5")]),
        (BODY.replace("全面发力。", NEWS), [ONE.replace("全面发力。", NEWS)]),
    ],
)
def test_near_copies_go_where_they_say_the_same(copy: str, kept: list[str]) -> None:
    found = find_repeats(BODY + copy)
    assert found.body_copies == 2
    assert found.clean() == BODY + "".join(f"{line}\n" for line in kept)


def test_another_word_that_stands_further_on_is_not_left_out() -> None:
    # 好我 for 好大: the original says 我 a little later, behind the sentence.
    sentences = [
        "个有匈法朱中有点穆编污，磋物是小个产恿纠名卞，琐纷水进弱仗好大。",
        "追到我以玉会了有意任匈中赴多其四，如官檀犁。",
    ]
    body = "".join(sentences) + "".join(BODY.splitlines())
    copy = body.replace("好大。追到我", "好我。追到我")
    assert sentences[0].replace("大", "我") in find_repeats(body + copy).clean()


def test_a_shorter_number_at_the_end_of_a_line_is_another_number() -> None:
    row = "同期全区汽车产量达到历史最好水平，累计生产五座以上客车"
    page = f"{BODY}{row}1753\n{BODY}{row}175\n"
    assert find_repeats(page).clean("all") == f"{BODY}{row}1753\n{row}175\n"


@pytest.mark.parametrize("scope", SCOPES)
def test_a_near_copy_outside_a_doubled_body_stays(scope: Scope) -> None:
    page = f"{ONE}\n" + "".join(chr(0x4E00 + 7 * i) for i in range(400)) + f"\n{ONE.replace('龙头', '骨干')}\n"
    found = find_repeats(page)
    assert [repeat.kind for repeat in found.repeats] == ["near"]
    assert found.clean(scope) == page


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("between", ["\n", "\r\n", "\n\n", "\n\n\n"])
def test_a_text_that_ends_without_a_line_break_ends_so_without_its_copy(between: str, scope: Scope) -> None:
    body = between.join(BODY.splitlines())
    assert find_repeats(body + between + body).clean(scope) == body
    assert find_repeats(body + between + body + between + body).clean(scope) == body
    assert find_repeats(body + between + body + between).clean(scope) == body + between


def test_only_the_paragraph_with_another_number_stays() -> None:
    text = f"{ONE}\n{NUMBER.format('3.5')}\n{TWO}\n{ONE}\n{NUMBER.format('35')}\n{TWO}\n"
    assert find_repeats(text).clean("all") == f"{ONE}\n{NUMBER.format('3.5')}\n{TWO}\n{NUMBER.format('35')}\n"


def test_what_comes_together_is_cleaned_too() -> None:
    # Without the second ONE the short lines stand together as they do below.
    short = ["甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳", "天地玄黄宇宙洪荒日月盈昃辰宿列张"]
    text = "\n".join([ONE, NUMBER, short[0], ONE, short[1], TWO, *short, "尾"])
    found = find_repeats(text)
    assert found.clean("all") == "\n".join([ONE, NUMBER, *short, TWO, "尾"])
    assert [text[start:stop] for start, stop in found.removed("all")] == [f"{ONE}\n", "\n".join(short) + "\n"]


@pytest.mark.parametrize(
    "lines",
    [
        ["今年增长3.5", "今年增长35万元比去年", "今年增长35万元比去年多了三成左右的样子"],
        ["甲乙丙丁戊己庚辛k", "甲乙丙丁戊己庚辛㎏", "甲乙丙丁戊己庚辛㎏壬癸子丑寅卯辰巳"],
    ],
)
def test_lines_do_not_grow_over_another_number_or_half_a_code_point(lines: list[str]) -> None:
    text = "\n".join(lines)
    assert find_repeats(text, min_chars=8).clean() == text


def test_growing_lines_of_a_page_that_is_printed_twice() -> None:
    growing = [ONE[:8], ONE[:20], ONE[:30], ONE]
    page = "\n".join([*growing, TWO, NUMBER.format(8)]) + "\n"
    found = find_repeats(page * 2)
    assert all(one.copy.stop <= other.copy.start for one, other in pairwise(found.repeats))
    assert found.clean() == f"{ONE}\n{TWO}\n{NUMBER.format(8)}\n"


def test_a_fence_never_goes_alone() -> None:
    # In the copies the mark closes what it opened in the original.
    block = f"{ONE}\n~~~\n{TWO}\n{NUMBER.format(8)}\n"
    text = block * 4
    for scope in SCOPES:
        assert not odd_fences(find_repeats(text).clean(scope))


def odd_fences(text: str) -> bool:
    return len(FENCE.findall(text)) % 2 == 1


def stands_in(some: Iterable[str], whole: Iterable[str]) -> bool:
    left = iter(whole)
    return all(char in left for char in some)


def check_cleaning(text: str, min_chars: int) -> None:
    """Every scope tells what it takes out, loses nothing, keeps fences in pairs, and has nothing left to do."""
    found = find_repeats(text, min_chars=min_chars)
    narrower: set[int] = set()
    for scope in SCOPES:
        removed, cleaned = found.removed(scope), found.clean(scope)
        assert all(stop < start for (_, stop), (start, _) in pairwise(removed))
        gone = {i for start, stop in removed for i in range(start, stop)}
        assert "".join(char for i, char in enumerate(text) if i not in gone) == cleaned
        assert narrower <= gone
        narrower = gone
        for start, stop in removed:
            said_before = fold(text[:start]).text
            assert all(stands_in(fold(unit).text, said_before) for unit in MARKS.split(text[start:stop]))
        assert set(numerals(cleaned)) == set(numerals(text))
        assert odd_fences(text) or not odd_fences(cleaned)
        assert find_repeats(cleaned, min_chars=min_chars).clean(scope) == cleaned


def test_a_thousand_texts_of_lines_of_every_kind() -> None:
    rng = random.Random(14)
    for _ in range(1000 if backend() == "kernel" else 200):  # the reference takes minutes
        check_cleaning(*world(rng))


@given(texts([*LINES, *EDITED, *OTHER]))
def test_cleaning_is_idempotent_and_leaves_out_what_it_says(text: str) -> None:
    check_cleaning(text, 30)


@given(texts([*LINES, *EDITED]))
def test_what_goes_first_lies_in_reported_copies(text: str) -> None:
    found = find_repeats(text)
    copies = [repeat.copy for repeat in found.repeats]
    for scope in SCOPES:
        removed = found.removed(scope)
        if removed:
            start, stop = removed[0]
            assert any(copy.start < stop and start < copy.stop for copy in copies)


# The body is printed twice, and the last paragraph of the copy starts with a line of its own.
@example("".join([f"{ONE}\n", f"{ONE}\n", f"{LINES[6]}\n", f"{TWO}\n", f"{LINES[6]}\n", f"{LINES[2]}{TWO}\n"]))
@given(texts(LINES))
def test_every_sentence_is_still_there(text: str) -> None:
    folded, found = fold(text).text, find_repeats(text)
    for scope in SCOPES:
        cleaned = fold(found.clean(scope)).text
        for sentence in (fold(line).text for line in LINES):
            assert (sentence in cleaned) == (sentence in folded)


@pytest.mark.parametrize(
    ("one", "other"), [("甲某同学：", "乙某同学："), ("张建国同学：", "李红梅同学："), ("### 一班", "### 二班")]
)
def test_what_another_line_introduces_stays(one: str, other: str) -> None:
    notice = (
        "经学院学生工作委员会研究决定，授予你本学年优秀学生干部称号，请你于本周内携带学生证和银行卡复印件，到行政楼一层财务室"
        "办理领取手续，逾期视为自动放弃，名额将按照成绩顺序依次递补给其他同学，并在学院网站上公布。\n学生工作委员会办公室\n"
    )
    text = f"{one}\n{notice}{other}\n{notice}"
    assert all(find_repeats(text).clean(scope) == text for scope in ("body", "passages", "all"))
    assert find_repeats(f"{one}\n{notice}{one}\n{notice}").clean() == f"{one}\n{notice}"
