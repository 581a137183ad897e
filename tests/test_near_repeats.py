"""Near repeats: kernel and reference, what a chain of edits is joined into, and what holds of every one."""

from __future__ import annotations

import random
import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neardup import _reference, find_repeats, fold
from neardup._backend import kernels
from tests.common import _kernels, assert_same, both

if TYPE_CHECKING:
    from numpy.typing import NDArray

PARAGRAPHS = [
    "据介绍，重庆经开区把质量强区战略写入全区“十二五”规划，并按照品牌化发展思路，加快引进和培育壮大龙头企业。",
    "同时积极搭建创新服务平台，落实各项鼓励创新的优惠政策，设立高新技术产业引导基金，为企业提供融资支持。",
    "质监部门负责人表示，下一步将以品牌建设和标准化工作为引领，促进区域经济可持续发展，建设内陆开放基地。",
    "去年全区有十二家企业获得驰名商标，名牌产品的产值占到工业总产值的六成以上，居全市前列。",
]
BODY = "\n".join(PARAGRAPHS) + "\n"


@st.composite
def edited_worlds(draw: st.DrawFn) -> tuple[Any, ...]:
    """Codes with edited copies in them, and all that `near_repeats` takes."""
    letter = st.integers(0, draw(st.sampled_from([0, 1, 4, 29])))
    passages = draw(st.lists(st.lists(letter, min_size=1, max_size=40), min_size=1, max_size=4))
    codes: list[int] = []
    for passage in draw(st.lists(st.sampled_from(passages), max_size=8)):
        copy = list(passage)
        for _ in range(draw(st.integers(0, 4))):
            start = draw(st.integers(0, len(copy)))
            copy[start : start + draw(st.integers(0, 5))] = draw(st.lists(letter, max_size=5))
        codes += copy
    is_first = draw(st.lists(st.integers(0, 9), min_size=len(codes), max_size=len(codes)))
    positions = np.cumsum([1 if draw_one else 0 for draw_one in is_first], dtype=np.int32)
    boundaries = np.array(sorted(draw(st.sets(st.integers(0, len(codes)), max_size=12))), np.int32)
    array = np.array(codes, np.uint32)
    min_chars = draw(st.integers(3, 20))
    width = draw(st.integers(2, min_chars))
    exact, seeds = (
        _reference.equal_runs(array, boundaries, _reference.leftmost_windows(array, w), w, w // 2)
        for w in (min_chars, width)
    )
    max_gap = draw(st.sampled_from([0, 3, 10, 100, 255]))
    min_piece, min_score, max_stray = draw(st.integers(1, 4)), draw(st.integers(0, 12)), draw(st.integers(0, 5))
    similarity = draw(st.sampled_from([0, 50, 70, 90, 100]))
    limits = min_chars, max_gap, min_piece, min_score, max_stray, similarity
    return array, positions, boundaries, exact, seeds, limits


@both
@given(edited_worlds())
def test_near_repeats_are_the_same(world: Any) -> None:
    assert_same("near_repeats", *world)


@both
def test_near_repeats_are_the_same_on_pages_with_many_edits() -> None:
    rng = random.Random(3)
    joined = 0
    for _ in range(200):
        letters = rng.choice([5, 30, 3000])
        passage = [rng.randrange(letters) for _ in range(rng.randint(40, 250))]
        codes = list(passage)
        for _ in range(rng.randint(1, 3)):
            copy = list(passage)
            for _ in range(len(copy) // rng.choice([10, 15, 40])):
                start = rng.randrange(len(copy) + 1)
                new = [rng.randrange(letters) for _ in range(rng.choice([0, 1, 1, 2, 30]))]
                copy[start : start + rng.choice([0, 1, 1, 2, 30])] = new
            codes += copy
        array, positions = np.array(codes, np.uint32), np.arange(len(codes), dtype=np.int32)
        edges = np.array(sorted(rng.sample(range(len(codes)), 8)), np.int32)
        runs = [
            _kernels.equal_runs(array, edges, _kernels.leftmost_windows(array, width), width, 4) for width in (20, 8)
        ]
        world = array, positions, edges, *runs, (20, 60, 4, 8, 4, 60)
        assert_same("near_repeats", *world)
        repeats, pieces = _kernels.near_repeats(*world)
        joined += bool(len(repeats) and (np.bincount(pieces[:, 0]) > 3).any())
    assert joined > 100


@both
def test_an_exact_run_is_not_lost_where_the_chain_around_it_starts_inside_a_code_point() -> None:
    # The chain 2->34, 4->36, 6->41, 21->50 begins with pieces that are cut away; 31->37 lies between, and stays.
    codes = np.array(list(map(int, "2102121120022222102221022000110001021001011200222210220001100")), np.uint32)
    is_first = np.ones(len(codes), np.int32)
    is_first[[2, 3, 4, 13, 16, 20, 21, 37, 52]] = 0
    positions = np.cumsum(is_first, dtype=np.int32)
    edges = np.array([4, 19, 21, 24, 36, 47, 49, 51], np.int32)
    exact = [[2, 4, 34, 36, 0], [4, 5, 36, 37, 0], [31, 35, 37, 41, 0], [6, 15, 41, 50, 0], [21, 32, 50, 61, 0]]
    world = codes, positions, edges, np.array(exact, np.int32), np.empty((0, 5), np.int32), (4, 10, 3, 12, 3, 0)
    assert_same("near_repeats", *world)
    assert _kernels.near_repeats(*world)[0][:, :4].tolist() == [[32, 35, 38, 41], [6, 32, 41, 61]]


@given(edited_worlds())
def test_what_holds_of_near_repeats(world: Any) -> None:
    codes, limits = world[0], world[-1]
    world = codes, np.arange(len(codes), dtype=np.int32), *world[2:]
    exact, min_chars, similarity = world[3], limits[0], limits[-1]
    repeats, pieces = kernels.near_repeats(*world)
    is_copy = np.zeros(len(codes), bool)
    settled = 0
    for i, (original, original_stop, copy, copy_stop, period, matched) in enumerate(repeats.tolist()):
        assert 0 <= original < original_stop <= copy < copy_stop
        assert settled <= copy
        settled = copy_stop
        is_copy[copy:copy_stop] = True
        if period:
            continue
        rows = pieces[pieces[:, 0] == i, 1:].tolist()
        assert sum(length for *_, length in rows) == matched
        for one, other, length in rows:
            assert original <= one < one + length <= original_stop
            assert copy <= other < other + length <= copy_stop
            assert (codes[one : one + length] == codes[other : other + length]).all()
        for (one, other, length), (next_one, next_other, _) in pairwise(rows):
            assert one + length <= next_one
            assert other + length <= next_other
        if len(rows) > 1:
            assert 200 * matched >= similarity * (original_stop - original + copy_stop - copy)
    for _, _, copy, copy_stop, _ in exact.tolist():
        assert is_copy[copy:copy_stop].all(), min_chars


@both
@pytest.mark.parametrize(
    ("position", "value"),
    [
        (1, np.zeros(3, np.int32)),
        (3, np.array([[2, 3, 2, 4, 0]], np.int32)),
        (4, np.array([[0, 2, 2, 5, 0]], np.int32)),
        (5, (3, 256, 1, 1, 1, 70)),
        (5, (3, -1, 1, 1, 1, 70)),
    ],
)
def test_errors_are_the_same(position: int, value: Any) -> None:
    none: NDArray[np.int32] = np.empty((0, 5), np.int32)
    codes, positions = np.zeros(4, np.uint32), np.arange(4, dtype=np.int32)
    arguments: list[Any] = [codes, positions, np.empty(0, np.int32), none, none, (3, 10, 1, 1, 1, 70)]
    arguments[position] = value
    kind, said = assert_same("near_repeats", *arguments)
    assert kind == "ValueError"
    assert re.search(r"runs must lie|position|max_gap", said)


EDITED = {
    "edited characters": BODY.replace("品牌", "名牌").replace("表示", "指出"),
    "a sentence more": BODY.replace("龙头企业。", "龙头企业。对此，业内专家纷纷给予了高度的评价和充分肯定。"),
    "a sentence less": BODY.replace("落实各项鼓励创新的优惠政策，", ""),
    "other marks": BODY.replace("，", ",").replace("。", ". "),
    "other line breaks": BODY.replace("，", "，\n").replace("。\n", "。"),
    "the other script": "據介紹，重慶經開區把質量強區戰略寫入全區「十二五」規劃，並按照品牌化發展思路，"
    "加快引進和培育壯大龍頭企業。\n" + BODY.split("\n", 1)[1],
    "another date": BODY.replace("去年", "今年"),
}


@pytest.mark.parametrize("edit", EDITED)
def test_an_edited_copy_is_one_repeat(edit: str) -> None:
    text = f"标题\n{BODY}{EDITED[edit]}"
    found = find_repeats(text)
    [repeat] = found.repeats
    start = len("标题\n")
    assert (repeat.original.start, repeat.original.stop) == (start, start + len(BODY.rstrip("\n")))
    assert (repeat.copy.start, repeat.copy.stop) == (start + len(BODY), len(text.rstrip("\n")))
    assert repeat.kind == ("exact" if edit in {"other marks", "other line breaks", "the other script"} else "near")
    assert repeat.similarity == 1.0 if repeat.kind == "exact" else 0.8 < repeat.similarity < 1
    assert found.body_copies == 2


def test_a_short_paragraph_with_many_edits_is_found_behind_the_one_it_copies() -> None:
    one = "在小游戏活跃健康度上，据介绍，优秀单品的次日留存接近五成，七日留存率达到四成五。"
    other = "在小戏活跃健康账上，据介，优秀单品前次日留存接近五成，七日留率达到四成五。"
    [repeat] = find_repeats(f"{one}\n{other}\n").repeats
    assert (repeat.kind, repeat.copy.first_line) == ("near", 2)
    far = "".join(chr(0x4E00 + 7 * i) for i in range(200))
    assert not find_repeats(f"{one}\n{far}\n{other}\n").repeats


def test_similarity_is_twice_what_is_aligned_by_both_lengths() -> None:
    line = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥天地玄黄宇宙洪荒日月盈昃"
    edited = line.replace("寅", "虎")
    [repeat] = find_repeats(f"{line}\n{edited}\n").repeats
    assert (repeat.kind, repeat.chars, repeat.similarity) == ("near", len(line), (len(line) - 1) / len(line))


def test_copies_that_are_not_alike_enough_are_not_joined() -> None:
    one, two = PARAGRAPHS[0], PARAGRAPHS[1]
    other = "".join(chr(0x5000 + i) for i in range(90))
    assert [repeat.kind for repeat in find_repeats(f"{one}{two}\n{one}{other}{two}").repeats] == ["exact", "exact"]


def test_a_repeat_cut_at_a_paragraph_starts_and_stops_with_it() -> None:
    text = f"新闻{PARAGRAPHS[0]}\n{BODY}新闻\n{BODY.replace('品牌', '名牌')}"
    for repeat in find_repeats(text).repeats:
        if repeat.chars > 60:
            assert text[repeat.copy.start - 1] == "\n" == text[repeat.copy.stop]


def test_an_exact_repeat_never_becomes_shorter_by_what_is_alike_around_it() -> None:
    text = f"{PARAGRAPHS[0]}一二三\n完全不同的另外一句话在这里\n{PARAGRAPHS[0]}四五六\n"
    [repeat] = find_repeats(text).repeats
    assert fold(PARAGRAPHS[0]).text in fold(repeat.copy.of(text)).text
