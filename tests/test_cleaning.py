"""Cleaning: whole copies go, the first stays, nothing else changes."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from neardup.repeats.alignment import align_with_itself
from neardup.repeats.cleaning import removable

from neardup import find_repeats, fold
from neardup.spans import without
from tests.families import SENTENCE

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


def texts(lines: list[str]) -> st.SearchStrategy[str]:
    """Texts of these lines, with line breaks of several kinds or none."""
    breaks = st.sampled_from(["\n", "\r\n", "\n\n", ""])
    return st.lists(st.tuples(st.sampled_from(lines), breaks).map("".join), max_size=14).map("".join)


EDITED = [ONE.replace("龙头", "骨干"), TWO.replace("高新", "创新"), TWO.replace("。", "，成效显著。")]
TEXTS = texts([*LINES, *EDITED])


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
        (f"{ONE}\n]);\n{ONE}\n]);", f"{ONE}\n]);\n"),
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
        (BODY.replace("龙头", "骨干"), []),
        (BODY.replace("全面发力", ""), []),
        (BODY.replace(f"{TWO}\n", f"{TWO}\n甲乙丙丁戊己庚辛\n"), ["甲乙丙丁戊己庚辛"]),
        (BODY[:-10] + "\n", []),
        (BODY[:-10].replace("\n", "") + "\n", []),
        (BODY[: BODY.index("3.5")] + "\n", []),  # cut before a number
        (BODY[: BODY.index(".5")] + "\n", []),  # cut inside one, and the original goes on behind it
        (BODY[: BODY.index(".5")] + "8\n", [NUMBER[: NUMBER.index("{")] + "38"]),
        # Paragraphs of a near copy stay where they have other numbers or say something new.
        (BODY.replace("龙头", "骨干").replace("3.5", "4.5"), [NUMBER.format("4.5")]),
        (BODY.replace("全面发力。", NEWS), [ONE.replace("全面发力。", NEWS)]),
    ],
)
def test_near_copies_go_where_they_say_the_same(copy: str, kept: list[str]) -> None:
    found = find_repeats(BODY + copy)
    assert found.body_copies == 2
    assert found.clean("all") == BODY + "".join(f"{line}\n" for line in kept)


def test_a_shorter_number_at_the_end_of_a_line_is_another_number() -> None:
    row = "同期全区汽车产量达到历史最好水平，累计生产五座以上客车"
    page = f"{BODY}{row}1753\n{BODY}{row}175\n"
    assert find_repeats(page).clean("all") == f"{BODY}{row}1753\n{row}175\n"


def test_a_near_copy_outside_a_doubled_body_stays() -> None:
    page = f"{ONE}\n" + "".join(chr(0x4E00 + 7 * i) for i in range(400)) + f"\n{ONE.replace('龙头', '骨干')}\n"
    found = find_repeats(page)
    assert [repeat.kind for repeat in found.repeats] == ["near"]
    assert found.clean("all") == page


@given(TEXTS)
def test_nothing_outside_reported_copies_changes(text: str) -> None:
    edited = find_repeats(text).body_copies > 1
    while found := removable(text, align_with_itself(text, 30), 30, edited=edited):
        copies = [repeat.copy for repeat in find_repeats(text).repeats]
        for start, stop in found:
            assert all(any(copy.start <= i < copy.stop for copy in copies) for i in range(start, stop) if fold(text[i]))
        text = without(text, found)
    assert find_repeats(text).clean("all") == text


def test_only_the_paragraph_with_another_number_stays() -> None:
    text = f"{ONE}\n{NUMBER.format('3.5')}\n{TWO}\n{ONE}\n{NUMBER.format('35')}\n{TWO}\n"
    assert find_repeats(text).clean("all") == f"{ONE}\n{NUMBER.format('3.5')}\n{TWO}\n{NUMBER.format('35')}\n"


def test_what_comes_together_is_cleaned_too() -> None:
    # Without the second ONE the short lines stand together as they do below.
    short = ["甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳", "天地玄黄宇宙洪荒日月盈昃辰宿列张"]
    text = "\n".join([ONE, short[0], ONE, short[1], "完", *short, "尾"])
    found = find_repeats(text)
    assert found.clean("all") == "\n".join([ONE, *short, "完", "尾"])
    assert [text[start:stop] for start, stop in found.removed("all")] == [f"{ONE}\n", "\n".join(short) + "\n"]


@given(TEXTS)
def test_cleaning_is_idempotent_and_leaves_out_what_it_says(text: str) -> None:
    found = find_repeats(text)
    cleaned = found.clean("all")
    assert find_repeats(cleaned).clean("all") == cleaned
    removed = found.removed("all")
    rest = list(text)
    for start, stop in reversed(removed):
        assert start < stop
        del rest[start:stop]
    assert "".join(rest) == cleaned
    assert all(stop < start for (_, stop), (start, _) in pairwise(removed))


# The body is printed twice, and the last paragraph of the copy starts with a line of its own.
@example("".join([f"{ONE}\n", f"{ONE}\n", f"{LINES[6]}\n", f"{TWO}\n", f"{LINES[6]}\n", f"{LINES[2]}{TWO}\n"]))
@given(texts(LINES))
def test_every_sentence_is_still_there(text: str) -> None:
    folded, cleaned = fold(text).text, fold(find_repeats(text).clean("all")).text
    for sentence in (fold(line).text for line in LINES):
        assert (sentence in cleaned) == (sentence in folded)
