"""Made templates, which more difference makes no copy, and made copies, which what is beside makes no template."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neardup
from neardup import compare
from neardup.content import content_numerals
from tests.common import folded
from tests.families import texts, versions

MANY = 200 if neardup.backend() == "kernel" else 40
DUPLICATES = {"identical", "near", "contained", "contains"}

FRAMES = [
    "各部门、各班级：经学校办公会研究决定，全体教职工大会定于本周{}{}在行政楼大礼堂召开，请提前安排好手头工作，准时参加，"
    "不得无故缺席，会议期间请将手机调至静音状态。",
    "气象台预报，今天夜里到明天白天多云转小雨，最低气温{}，偏北风{}，山区道路湿滑，驾车请减速慢行，请市民注意添衣保暖。",
    "镇议事会{}会议昨天下午在镇公所礼堂举行，会议听取了老桥修缮的报告，{}代表发言，并给三位老河工颁发了纪念章。",
    "根据《征收办法》，自下月起小规模经营户的征收率统一调整为{}，此前多缴的部分可以在{}内抵减，也可以申请退还。",
]
FILLED = [
    ["三", "五", "一", "二"],
    ["8度", "12度", "-5度", "27度"],
    ["第三次", "第四次", "第十六次", "第二次"],
    ["3.5%", "4.8%", "12%", "27%"],
]
ALSO = [
    ["上午九点", "下午两点", "晚上七点"],
    ["3级", "4级", "6级"],
    ["甲组", "乙组", "丙组"],
    ["90天", "180天", "365天"],
]
COPIES = [
    "青石镇的老桥修缮完工，重新开放通行。这座三孔石桥曾被洪水冲坏，封闭了将近两年，施工队按旧法取石砌筑，栏杆上的狮子逐一编号"
    "后放回原处。镇上的老人说，站在桥头又能听见河水的声音了。\n镇政府提醒，为保护桥体，机动车仍须绕行下游的公路桥，行人和自行车"
    "不受限制。桥头新立的石碑记下了每一位捐款人的名字。",
    "老桥通车\n本月12日，青石镇的老桥修缮完工。施工队替换了62块破损的条石，用去白银8500两。\n"
    "1. 行人和自行车不受限制；\n"
    "2. 机动车绕行下游的公路桥；\n3. 桥上不得摆摊设点。\n桥头新立的石碑记下了140位捐款人的名字，字迹清楚，供后人查看。",
]

numbers = st.integers(1, 99999)
addresses = st.integers(0, 10**6).map(lambda number: f"![](https://img.example.com/{number}/640?wx_fmt=png)")
beside = st.one_of(
    numbers.map(lambda number: f"阅读 {number}"),
    st.tuples(numbers, numbers).map(lambda pair: f"浏览：{pair[0]} 评论：{pair[1]}"),
    st.sampled_from(["责任编辑：陆小满", "扫码关注我们，看更多本地消息", "来源：河湾晚报 2024-03-05 08:30"]),
    addresses,
)


@st.composite
def filled(draw: st.DrawFn) -> tuple[str, str, str]:
    """A frame filled in, filled in otherwise at one place, and at both."""
    place = draw(st.integers(0, len(FRAMES) - 1))
    one, other = draw(st.lists(st.sampled_from(FILLED[place]), min_size=2, max_size=2, unique=True))
    also, too = draw(st.lists(st.sampled_from(ALSO[place]), min_size=2, max_size=2, unique=True))
    frame = FRAMES[place]
    return frame.format(one, also), frame.format(other, also), frame.format(other, too)


@settings(max_examples=MANY)
@given(filled(), st.sampled_from(["请各位相互转告。", "特此通知，", "详情请见公告栏。"]), st.integers(0, 2))
def test_a_template_is_no_copy_when_more_of_it_is_changed(made: tuple[str, str, str], more: str, where: int) -> None:
    one, other, another = made
    assert compare(one, other).relation not in DUPLICATES
    assert compare(one, another).relation not in DUPLICATES
    # Nor with more text on one side, before, inside or behind.
    middle = another.index("，") + 1
    longer = [f"{more}{another}", f"{another[:middle]}{more}{another[middle:]}", f"{another}{more}"][where]
    assert compare(one, longer).relation not in DUPLICATES


@settings(max_examples=MANY)
@given(st.sampled_from(COPIES), st.lists(beside, min_size=1, max_size=4), st.booleans())
def test_what_stands_beside_a_copy_makes_no_template(copy: str, lines: list[str], is_before: bool) -> None:
    added = "\n".join(lines)
    found = compare(f"{added}\n{copy}" if is_before else f"{copy}\n{added}", copy)
    assert found.relation in DUPLICATES, found.terms


@settings(max_examples=MANY)
@given(st.sampled_from(COPIES), st.lists(beside, max_size=2), st.lists(beside, max_size=2))
def test_other_lines_beside_both_make_no_template(copy: str, lines: list[str], others: list[str]) -> None:
    one, other = ("\n".join([copy, *some]) for some in (lines, others))
    found = compare(one, other)
    assert found.relation not in {"template", "overlap"}, found.terms


@pytest.mark.parametrize(
    "markers", [["（1）", "（2）", "（3）"], ["① ", "② ", "③ "], ["4. ", "5. ", "6. "], ["", "", ""]]
)
def test_markers_of_items_make_no_template(markers: list[str]) -> None:
    other = COPIES[1]
    for own, marker in zip(("1. ", "2. ", "3. "), markers, strict=True):
        other = other.replace(f"\n{own}", f"\n{marker}")
    # Of equally long texts with five other shingles a marker none contains the other: a revision at worst.
    for found in (compare(COPIES[1], other), compare(other, COPIES[1])):
        assert found.relation in DUPLICATES | {"revision"}
        assert found.balance >= found.config.min_score


@settings(max_examples=MANY)
@given(versions() | st.tuples(texts(), texts()))
def test_a_comparison_is_mirrored(pair: tuple[str, str]) -> None:
    found, back = compare(*pair), compare(*pair[::-1])
    turned = {"contained": "contains", "contains": "contained"}
    assert back.relation == turned.get(found.relation or "", found.relation)
    assert (back.terms, back.balance) == (found.terms, found.balance)
    assert {(each.term, each.other, each.one) for each in back.differences} == {
        (each.term, each.one, each.other) for each in found.differences
    }


@settings(max_examples=MANY)
@given(versions() | st.tuples(texts(), texts()))
def test_identical_are_exactly_those_of_one_digest_and_the_same_numbers(pair: tuple[str, str]) -> None:
    digests = neardup.Sketches.of_texts(pair).digests
    same = [(folded(text).text, tuple(content_numerals(text))) for text in pair]
    if all(codes for codes, _ in same):
        assert (digests[0] == digests[1]) == (same[0][0] == same[1][0])
        assert (compare(*pair).relation == "identical") == (same[0] == same[1])
