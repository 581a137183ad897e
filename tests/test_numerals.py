"""Numbers as they are written."""

from __future__ import annotations

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neardup import compare
from neardup.folding import fold
from neardup.numerals import located_numerals, numerals


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("没有数字，只有三五", []),
        ("2011年", ["2011"]),
        ("增长3.5%", ["3.5%"]),
        ("增长35%", ["35%"]),
        ("增长３．５％", ["3.5%"]),
        ("1,000元和1000元", ["1000", "1000"]),
        ("1,2,3", ["1", "2", "3"]),
        ("1,0000", ["1", "0"]),
        ("2011-2012年", ["2011", "2012"]),
        ("气温-5度", ["-5"]),
        ("气温−5度", ["-5"]),
        ("A-5型", ["5"]),
        ("8:30，2018/10/1", ["8:30", "2018", "10", "1"]),
        ("第5。", ["5"]),
        ("5²", ["5", "2"]),
        ("½", ["12"]),
        ("1⁄2", ["1/2"]),
        ("①②⑩", ["1", "2", "10"]),
        ("面积3㎡", ["3", "2"]),
        ("08:30", ["8:30"]),
        ("0.5，00.5，0", ["0.5", "0.5", "0"]),
        ("8.5 %，8.5％，8.5‰", ["8.5%", "8.5%", "8.5‰"]),
        ("近126\n00亩", ["12600"]),
        ("近126\r\n00亩", ["12600"]),
        ("近126\n\n00亩", ["126", "0"]),
        ("12 600人，1  2  3", ["12600", "123"]),
        ("1\t2\t3", ["1", "2", "3"]),
        ("1    2", ["1", "2"]),
        ("12345678 123456789", ["12345678", "123456789"]),
        ("2024-03-05 08:30", ["2024", "3", "5", "8:30"]),
        ("2024.3.5，1.2.3", ["2024", "3", "5", "1.2.3"]),
    ],
)
def test_golden_numerals(text: str, expected: list[str]) -> None:
    assert numerals(text) == expected


@pytest.mark.parametrize(
    ("one", "other"), [("3.5%", "35%"), ("-5", "5"), ("8:30", "830"), ("5²", "52"), ("3.5%", "3.5")]
)
def test_numbers_that_fold_alike_are_told_apart(one: str, other: str) -> None:
    assert fold(one).text == fold(other).text
    assert numerals(one) != numerals(other)


@given(st.lists(st.integers(0, 10**6)))
def test_plain_numbers_are_read_back(numbers: list[int]) -> None:
    assert numerals("，数".join(map(str, numbers))) == [str(number) for number in numbers]


SPELLINGS = {
    "8.5%": ["８．５％", "8.5 %", "8.5\u3000%", "8．5%", "08.5%", "𝟖.𝟓%"],
    "1234567": ["1,234,567", "１，２３４，５６７", "1 234 567", "1234\n567", "1234\r\n567", "0001234567", "𝟏𝟐𝟑𝟒𝟓𝟔𝟕"],
    "2024年3月5日": [
        "2024-03-05",
        "2024/3/5",
        "2024.03.05",
        "２０２４－３－５",
        "2024 年 3 月 5 日",
        "2024-3-5",
        "2024年03月05日",
    ],
    "1": ["①", "⑴", "⒈", "❶", "¹", "₁", "１", "01", "➀"],
    "10": ["⑩", "⑽", "⒑", "１０", "㉈", "¹⁰"],
    "8:30": ["08:30", "８：３０", "8：30"],
    "-5": ["−5", "－５", "-05"],
}


@pytest.mark.parametrize(("plain", "spelling"), [(plain, each) for plain, some in SPELLINGS.items() for each in some])
def test_spellings_of_a_number_read_alike(plain: str, spelling: str) -> None:
    text = "本次会议于{}之后在镇公所礼堂举行，会议听取了老桥修缮的报告。"
    assert numerals(text.format(spelling)) == numerals(text.format(plain)) != []
    if fold(spelling).text == fold(plain).text:
        assert compare(text.format(spelling), text.format(plain)).relation == "identical"


digits = st.sampled_from("0123456789０９𝟎𝟗①⑩⒈²₅㎡½㏠🄁")


@given(st.lists(digits | st.sampled_from([*"年，甲.%:/-,、\n ", "\r\n"]), max_size=20).map("".join))
def test_what_folds_to_digits_is_read_and_nothing_else(text: str) -> None:
    """Digits that are left out are zeros at the start of a number."""
    read = "".join(char for form in numerals(text) for char in form if char.isdigit())
    folded_digits = "".join(char for char in fold(text).text if char in "0123456789")
    assert read.replace("0", "") == folded_digits.replace("0", "")
    places = located_numerals(text)
    assert all(before.stop <= after.start for before, after in pairwise(places))
    for number in places:
        assert any(char in "0123456789" for char in fold(text[number.start : number.stop]).text)


@given(st.lists(digits | st.sampled_from("年甲，"), max_size=12).map("".join))
def test_numbers_that_read_alike_fold_alike(text: str) -> None:
    """Where nothing but digits and characters stands, the spelling of a digit does not matter."""
    plain = unicodedata.normalize("NFKC", text)
    if all(each not in text for each in "①⑩⒈½㎡²₅㏠🄁"):
        assert numerals(text) == numerals(plain)
        assert fold(text).text == fold(plain).text


@pytest.mark.parametrize(
    ("text", "markers"),
    [
        ("1. 第一项\n（2）第二项\n3、第三项", [True, True, True]),
        ("①第一项\n见②", [True, False]),
        ("5．20世纪初", [True, False]),
        ("1.5倍", [False]),
        ("共 3. 项", [False]),
        ("2024. 年", [False]),
        ("- 7）项", [True]),
        ("12", [False]),
    ],
)
def test_markers_of_items_are_told(text: str, markers: list[bool]) -> None:
    assert [number.is_marker for number in located_numerals(text)] == markers
