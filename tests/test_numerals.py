"""Numbers as they are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neardup.folding import fold
from neardup.numerals import numerals


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
        ("1,0000", ["1", "0000"]),
        ("2011-2012年", ["2011", "2012"]),
        ("气温-5度", ["-5"]),
        ("气温−5度", ["-5"]),
        ("A-5型", ["5"]),
        ("8:30，2018/10/1", ["8:30", "2018/10/1"]),
        ("第5。", ["5"]),
        ("5²", ["5"]),
        ("½", []),
        ("1⁄2", ["1⁄2"]),
    ],
)
def test_golden_numerals(text: str, expected: list[str]) -> None:
    assert numerals(text) == expected


@pytest.mark.parametrize(("one", "other"), [("3.5%", "35%"), ("-5", "5"), ("8:30", "830"), ("5²", "52"), ("½", "12")])
def test_numbers_that_fold_alike_are_told_apart(one: str, other: str) -> None:
    assert fold(one).text == fold(other).text
    assert numerals(one) != numerals(other)


@given(st.lists(st.integers(0, 10**6)))
def test_plain_numbers_are_read_back(numbers: list[int]) -> None:
    assert numerals("，数".join(map(str, numbers))) == [str(number) for number in numbers]
