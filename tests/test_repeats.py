"""Repeats of one document: the page the project began with, brute force, body copies, cleaning."""

from __future__ import annotations

import json
import random
from dataclasses import FrozenInstanceError
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neardup import DocumentRepeats, Repeat, backend, find_repeats, fold
from neardup.repeats.find import DEFAULT_MIN_CHARS

if TYPE_CHECKING:
    from collections.abc import Sequence

PARAGRAPHS = [
    "据介绍，重庆经开区把质量强区战略写入全区“十二五”规划，加快引进和培育壮大龙头企业。",
    "同时积极搭建创新服务平台，落实各项鼓励创新的优惠政策，设立高新技术产业引导基金，全面发力。",
    "品牌带动发展，标准引领腾飞：质监部门以品牌建设、标准化工作为引领，促进区域经济可持续发展。",
]
BODY = "\n".join(PARAGRAPHS) + "\n"

LETTERS = "天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往秋收冬藏闰余成岁"
DROPPED = "，。“”（）\n 　"


def world(rng: random.Random) -> tuple[str, int]:
    """A random text with copies in it, and a min_chars to search it with."""
    letters = LETTERS[: rng.choice([1, 2, 2, 3, 5, 30])]
    marks = DROPPED if rng.random() < 0.5 else ""
    text = ""
    for _ in range(rng.randint(0, 6)):
        text += "".join(rng.choice(letters + marks) for _ in range(rng.randint(0, 30)))
        if text and rng.random() < 0.7:
            start = rng.randrange(len(text))
            text += text[start : start + rng.randint(1, 60)] * rng.randint(1, 3)
    return text[:300], rng.randint(1, 16)


def copied(repeats: Sequence[Repeat], positions: list[int]) -> list[bool]:
    """Which folded code points lie in a copy."""
    spans = [(repeat.copy.start, repeat.copy.stop) for repeat in repeats]
    return [any(start <= position < stop for start, stop in spans) for position in positions]


def check_spans(found: DocumentRepeats) -> None:
    """Originals end before their copies, copies are disjoint and ascending, and what is said of them holds."""
    settled = 0
    for repeat in found.repeats:
        assert 0 <= repeat.original.start < repeat.original.stop <= repeat.copy.start < repeat.copy.stop
        assert settled <= repeat.copy.start
        settled = repeat.copy.stop
        original, copy = fold(repeat.original.of(found.text)).text, fold(repeat.copy.of(found.text)).text
        assert len(copy) == repeat.chars
        if repeat.kind == "exact":
            assert copy == ((original * len(copy))[: len(copy)] if repeat.period else original)
            assert repeat.similarity == 1.0
        else:
            assert 0 < repeat.similarity < 1
            if repeat.period:  # of a loop each printing is like one before it, not like the first
                continue
            best = 2 * longest_common_subsequence(original, copy) / (len(original) + len(copy))
            assert repeat.similarity <= best + 1e-9
    assert settled <= len(found.text)


def longest_common_subsequence(one: str, other: str) -> int:
    row = [0] * (len(other) + 1)
    for char in one:
        above, row = row, [0]
        for j, there in enumerate(other):
            row.append(above[j] + 1 if char == there else max(above[j + 1], row[j]))
    return row[-1]


def repeated(codes: str, min_chars: int) -> list[bool]:
    """The definition, by brute force."""
    covered = [False] * len(codes)
    for start in range(len(codes) - min_chars + 1):
        stop = start + min_chars
        if codes.find(codes[start:stop]) + min_chars <= start:
            covered[start:stop] = [True] * min_chars
    return covered


def test_brute_force_agrees_on_random_texts() -> None:
    rng = random.Random(20)
    with_repeats = near = 0
    texts = 10_000 if backend() == "kernel" else 2_000
    for _ in range(texts):
        text, min_chars = world(rng)
        folded = fold(text)
        found = find_repeats(text, min_chars=min_chars)
        expected = repeated(folded.text, min_chars)
        positions = folded.positions.tolist()
        in_copies = copied(found.repeats, positions)
        in_exact = copied([r for r in found.repeats if r.kind == "exact"], positions)
        assert all(is_there for must, is_there in zip(expected, in_copies, strict=True) if must), (text, min_chars)
        assert all(may for may, is_there in zip(expected, in_exact, strict=True) if is_there), (text, min_chars)
        check_spans(found)
        near += any(repeat.kind == "near" for repeat in found.repeats)
        assert found.repeated_share == (sum(r.chars for r in found.repeats) / len(folded) if len(folded) else 0)
        with_repeats += bool(found.repeats)
    assert with_repeats > texts / 2
    assert near > texts / 100


def test_the_page_that_is_printed_twice(chongqing: str) -> None:
    found = find_repeats(chongqing)
    assert found.body_copies == 2
    [repeat] = found.repeats
    assert (repeat.kind, repeat.similarity, repeat.paragraphs, repeat.period) == ("exact", 1.0, 11, None)
    assert (repeat.original.first_line, repeat.original.last_line) == (2, 12)
    assert (repeat.copy.first_line, repeat.copy.last_line) == (13, 23)
    lines = chongqing.splitlines(keepends=True)
    assert repeat.copy.of(chongqing) == "".join(lines[12:23]).rstrip("\n")
    assert found.clean() == "".join(lines[:12] + lines[23:])


def test_the_body_of_that_page_holds_a_natural_repeat_of_17(chongqing: str) -> None:
    body = "".join(chongqing.splitlines(keepends=True)[:12])
    exact = [
        [repeat.chars for repeat in find_repeats(body, min_chars=size).repeats if repeat.kind == "exact"]
        for size in (17, 18)
    ]
    assert exact == [[17], []]


@pytest.mark.parametrize(
    ("text", "copies"),
    [
        ("", 1),
        ("标题", 1),
        (BODY, 1),
        (BODY * 2, 2),
        ("标题\n" + BODY * 2 + "- 链接\n", 2),
        (BODY * 3, 3),
        (BODY * 7, 7),
        (BODY + "热门评论：说得好！\n" + BODY, 2),
        (BODY + "上一篇\n" + BODY + "下一篇\n" + BODY, 3),
        ("".join(f"{paragraph}\n" * 2 for paragraph in PARAGRAPHS), 2),
        ("".join(PARAGRAPHS) * 2, 2),
        (BODY + PARAGRAPHS[0], 1),
        ("哈" * 1000, 1),
        ((PARAGRAPHS[0] + "\n") * 5, 1),
    ],
)
def test_how_often_the_body_is_printed(text: str, copies: int) -> None:
    assert find_repeats(text).body_copies == copies


def test_copies_printed_in_a_row_are_one_repeat_each() -> None:
    found = find_repeats("标题\n" + BODY * 4)
    assert [(r.original.first_line, r.copy.first_line, r.paragraphs) for r in found.repeats] == [
        (2, 5, 3),
        (2, 8, 3),
        (2, 11, 3),
    ]


def test_a_periodic_run_is_one_repeat() -> None:
    found = find_repeats("他笑了：" + "哈嘿呵" * 300 + "。完")
    [repeat] = found.repeats
    assert repeat.period == 3
    assert repeat.chars == 900 - DEFAULT_MIN_CHARS
    assert len(repeat.original) == DEFAULT_MIN_CHARS


def test_a_headline_that_starts_the_body_does_not_split_its_copy() -> None:
    first = PARAGRAPHS[0]
    text = f"{first}\n目录\n" + BODY + "评论\n" + BODY
    repeats = find_repeats(text).repeats
    assert [(r.original.first_line, r.copy.first_line, r.paragraphs) for r in repeats] == [(1, 3, 1), (3, 7, 3)]


@pytest.mark.parametrize("stray", ["新", "新闻"])
def test_what_agrees_before_a_copied_paragraph_belongs_to_the_copy(stray: str) -> None:
    body = BODY.rstrip("\n") + stray + "\n"
    copies = [repeat for repeat in find_repeats("标题" + stray + "\n" + body * 2 + "完").repeats if repeat.paragraphs]
    assert [(r.original.first_line, r.copy.first_line, r.paragraphs) for r in copies] == [(1, 4, 3)]


def test_spans_take_the_marks_that_folding_drops() -> None:
    quote = "“质量是强区之道，品牌是兴区之策，标准引领腾飞，品牌带动发展，建设内陆开放基地。”"
    text = f"他说：{quote}会后，记者又听到{quote}掌声。"
    [repeat] = find_repeats(text).repeats
    assert repeat.original.of(text) == repeat.copy.of(text) == quote


def test_a_code_point_that_folds_to_several_is_never_cut() -> None:
    for text in ("한국어" * 40, "㎏㎎" * 50 + "kgmgk" * 10, "k㎏" * 20 + "完" + "㎏" * 30 + "g㎏k" * 20):
        for min_chars in range(1, 20):
            check_spans(find_repeats(text, min_chars=min_chars))


def test_min_chars_decides_what_is_reported() -> None:
    text = "重庆经济技术开发区成立。经过发展，重庆经济技术开发区成为国家级开发区。"
    assert find_repeats(text).repeats == ()
    assert [r.chars for r in find_repeats(text, min_chars=9).repeats] == [10]


@pytest.mark.parametrize("min_chars", [0, -1])
def test_min_chars_below_one_is_refused(min_chars: int) -> None:
    with pytest.raises(ValueError, match=f"min_chars must be at least 1, not {min_chars}"):
        find_repeats("文", min_chars=min_chars)


@pytest.mark.parametrize("min_chars", [30.0, "30", True, None])
def test_min_chars_must_be_an_integer(min_chars: object) -> None:
    with pytest.raises(TypeError, match=f"min_chars must be an integer, not {min_chars!r}"):
        find_repeats("文", min_chars=min_chars)  # type: ignore[arg-type]


def test_a_text_must_be_a_string() -> None:
    with pytest.raises(TypeError, match="text must be a str, not bytes"):
        find_repeats(b"abc")  # type: ignore[arg-type]


def test_results_are_frozen_and_survive_json() -> None:
    text = "标题\n" + BODY * 2 + "哈" * 100
    found = find_repeats(text)
    assert {repeat.period for repeat in found.repeats} == {None, 1}
    assert DocumentRepeats.from_dict(json.loads(json.dumps(found.to_dict())), text) == found
    for value, name in ((found, "chars"), (found.repeats[0], "chars"), (found.repeats[0].copy, "start")):
        with pytest.raises(FrozenInstanceError, match=f"cannot assign to field '{name}'"):
            setattr(value, name, 3)
    assert isinstance(found.repeats[0], Repeat)


@given(st.text(max_size=60), st.integers(1, 5))
def test_any_text_is_taken(text: str, min_chars: int) -> None:
    found = find_repeats(text, min_chars=min_chars)
    assert copied(found.repeats, fold(text).positions.tolist()).count(True) == sum(r.chars for r in found.repeats)


@given(
    st.lists(st.sampled_from([*PARAGRAPHS, "短句", "", "——"]), max_size=12), st.sampled_from(["\n", "\r\n", "\u2028"])
)
def test_lines_and_paragraphs_count_what_the_spans_hold(lines: list[str], newline: str) -> None:
    text = newline.join(lines)
    for repeat in find_repeats(text).repeats:
        for span in (repeat.original, repeat.copy):
            before = text[: span.start].replace("\r\n", "\n")
            inside = span.of(text).replace("\r\n", "\n")
            assert span.first_line == before.count("\n") + 1
            assert span.last_line == span.first_line + inside.count("\n")
        assert repeat.paragraphs == sum(
            line in PARAGRAPHS or line == "短句" for line in repeat.copy.of(text).splitlines()
        )


def test_roots_count_copies_of_copies() -> None:
    # The third print of the second half has the second as its original, and the first as its root.
    a, b = "据透露，参与制定地方标准的企业也会得到补助，最高一次性奖励数十万元。\n", BODY
    assert find_repeats(b + "甲\n" + a + b + "乙\n" + a + b + "丙\n").body_copies == 3
    assert np.isclose(find_repeats(BODY * 2).repeated_share, 0.5)


@pytest.mark.parametrize("count", [6, 12, 50, 200])
@pytest.mark.parametrize(
    "line",
    [
        "第{0}次尝试连接服务器失败，正在重新连接，请稍候并检查网络设置是否正常。",
        "正在处理第{0}个文件，共有三百个文件需要处理，请不要关闭窗口或断开电源，否则数据将会丢失。",
        "[{0:02d}:{1:02d}] 字幕由志愿者制作，仅供学习交流，请于下载后二十四小时内删除，谢谢合作。",
        "138xxxx{2:04d} 尊敬的客户您好，您本次登录的验证码是{3:06d}，请在五分钟之内完成验证，请勿将验证码泄露给他人。",
        "感谢大家的观看，我们下期节目再见，记得点赞关注转发收藏，您的支持是我们最大的动力。",
    ],
)
def test_lines_that_loop_are_one_repeat_also_with_a_counter(line: str, count: int) -> None:
    lines = [line.format(i, 7 * i % 60, 7919 * i % 10000, 104729 * i % 10**6) for i in range(1, count + 1)]
    text = "\n".join(["下面是记录。", *lines, "完。"])
    found = find_repeats(text)
    [repeat] = found.repeats
    assert (repeat.original.first_line, repeat.copy.last_line) == (2, count + 1)
    assert repeat.period is not None
    assert repeat.chars >= DEFAULT_MIN_CHARS
    assert found.clean() == text
