"""Cleaning in kernel and reference: texts of lines of every kind, in every scope, and errors."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neardup import fold
from neardup._reference.cleaning import SCOPES
from neardup.repeats.limits import NearLimits
from tests.arrow import STRING_TYPES
from tests.common import TABLE, _kernels, assert_same, both, outcome

PROSE = [
    "据介绍，重庆经开区把质量强区战略写入全区“十二五”规划，并按照品牌化发展思路推进。",
    "该区对主导制定国家标准的企业一次性奖励3.5万元，对参与制定地方标准的企业给予补助。",
    "該區對主導制定國家標準的企業一次性獎勵35萬元，對參與制定地方標準的企業給予補助",
    "The library is open from Tuesday to Sunday, and every reader may borrow ten books.",
    "新馆位于滨江路，建筑面积四万平方米，设有阅览座位三千个，藏书二百万册，是旧馆的三倍，不收门票。",
]
LINES = [
    *PROSE,
    "第二十五条 申请登记初始权利的，应当向登记机构提交下列文件：",
    "（一）申请人的身份证明，委托代理的还应当提交授权委托书；",
    "- 土地批准文件，地籍图，权利终止的证明文件，登记机构要求的其他文件",
    "1. 打开设置，选择网络，再选择无线局域网，输入密码以后按下连接。",
    "① 先看水位，再看渗水",
    "a) 参阅附录",
    "# 标题",
    "## 第二节 安装",
    "```python",
    "```",
    "~~~",
    "    return jsonify({'code': 0, 'data': items})",
    "page = int(request.args.get('page', 1))",
    "| 城市 | 生产总值 | 增长 |",
    "| :--- | ---: | ---: |",
    "| 北京 | 731.5 亿元 | 17 % |",
    "<tr><td style='margin: 0px'>东门市场</td><td>上午</td></tr>",
    '![](https://example.com/a_b/640?wx_fmt=png&from=appmsg "")',
    "详见 https://example.com/news/20181014.html 或写信给 editor@example.com。",
    "[点击查看全文](http://www.example.com/a(b).html)",
    "张三：明天几点到？",
    "等你等到山花都开",
    "> 据介绍，重庆经开区把质量强区战略写入全区“十二五”规划，并按照品牌化发展思路推进。",
    "他说：“据介绍，重庆经开区把质量强区战略写入全区“十二五”规划，并按照品牌化发展思路推进。”",
    "——",
    "。",
    "",
    "\u3000\u3000㎏한",
]


def edited(line: str, place: int, change: str) -> str:
    place %= len(line) + 1
    return line[:place] + change + line[place + 1 :]


CHANGES = st.sampled_from(["", "", "改", "不", "三", "7", "，"])
LINE = st.sampled_from(LINES) | st.builds(edited, st.sampled_from(LINES), st.integers(0, 60), CHANGES)
BREAKS = st.sampled_from(["\n", "\n", "\n", "\r\n", "\n\n", "\u2028", ""])


@st.composite
def pages(draw: st.DrawFn) -> str:
    """A body printed some times, edited, cut short or broken elsewhere, between other lines."""
    body = draw(st.lists(st.tuples(LINE, BREAKS), max_size=9))
    text = ""
    for _ in range(draw(st.integers(1, 4))):
        for line, line_break in body[: draw(st.sampled_from([99, 99, 99, len(body) // 2]))]:
            text += (draw(LINE) if draw(st.integers(0, 9)) == 0 else line) + line_break
        text += draw(st.sampled_from(["", "\n", "转载：\n"]))
    if draw(st.booleans()):
        grown = draw(st.sampled_from(PROSE))
        text += "".join(f"{grown[: 7 * i]}\n" for i in range(1, draw(st.integers(1, 7))))
    return text


LIMITS = st.sampled_from([1, 8, 12, 30, 30]).map(lambda min_chars: tuple(NearLimits(min_chars)))


@both
@given(st.lists(pages(), max_size=3), LIMITS, st.sampled_from([1, 3]))
def test_what_goes_and_stays_is_the_same(texts: list[str], limits: tuple[int, ...], threads: int) -> None:
    kind, found = assert_same("find_repeats", texts, TABLE, limits, threads)
    assert kind == "values"
    alignment = [np.array(values, dtype).reshape(shape) for dtype, shape, values in found[3:]]
    for scope in range(len(SCOPES)):
        arguments = TABLE, limits, scope, *alignment, threads
        expected = assert_same("clean_repeats", texts, *arguments)
        assert expected[0] == "values"
        for string_type in STRING_TYPES:
            assert outcome(_kernels, "clean_repeats", pa.array(texts, string_type), *arguments) == expected


@both
def test_a_wider_scope_takes_out_what_a_narrower_one_does_before_a_fence() -> None:
    """The fence joins what goes in the wider scope alone, and all of it would stay."""
    body, quoted, code = (
        "".join(map(chr, range(0x5000, 0x50FA))),
        "".join(map(chr, range(0x6000, 0x606E))),
        "```py\nx = 1",
    )
    text = f"{body}\n{quoted}\n{code}\n```\n{PROSE[1]}\n{body}\n“{quoted}\n{code}"
    codes = [len(fold(part).text) for part in (body, quoted, code, PROSE[1])]
    starts, second = np.cumsum([0, *codes[:3]]), sum(codes)
    repeats = [
        [start, stop, second + start, second + stop, 0, stop - start] for start, stop in pairwise(starts.tolist())
    ]
    pieces = [[index, start, copy, size] for index, (start, _, copy, _, _, size) in enumerate(repeats)]
    offsets = np.array([0, 3])
    alignment = np.array(repeats, np.int32), offsets, np.array(pieces, np.int32), offsets
    gone = []
    for scope in range(len(SCOPES)):
        _, found = assert_same("clean_repeats", [text], TABLE, tuple(NearLimits(30)), scope, *alignment, 1)
        gone.append({place for start, stop in found[0][2] for place in range(start, stop)})
    assert set() < gone[0] < gone[1] <= gone[2]


TWICE = PROSE[0] * 2
RIGHT: dict[str, Any] = {
    "limits": tuple(NearLimits(30)),
    "scope": 0,
    "repeats": np.array([[0, 36, 36, 72, 0, 36]], np.int32),
    "repeat_offsets": np.array([0, 1]),
    "pieces": np.array([[0, 0, 36, 36]], np.int32),
    "piece_offsets": np.array([0, 1]),
    "threads": 1,
}
WRONG: list[dict[str, Any]] = [
    {"scope": -1},
    {"scope": 3},
    {"threads": 0},
    {"limits": (0, 100, 4, 10, 4, 70)},
    {"repeat_offsets": np.array([0, 2])},
    {"repeat_offsets": np.array([1, 1])},
    {"repeat_offsets": np.array([0])},
    {"piece_offsets": np.array([0, 0])},
    *(
        {"repeats": np.array([row], np.int32)}
        for row in (
            [0, 36, 36, 73, 0, 36],
            [-1, 36, 36, 72, 0, 36],
            [0, 37, 36, 72, 0, 36],
            [3, 3, 36, 72, 0, 36],
            [0, 36, 50, 50, 0, 36],
            [1, 36, 36, 72, 0, 36],
            [0, 36, 37, 72, 0, 36],
        )
    ),
    *(
        {"pieces": np.array([row], np.int32)}
        for row in (
            [1, 0, 36, 36],
            [-1, 0, 36, 36],
            [0, 0, 36, 0],
            [0, 1, 36, 36],
            [0, 0, 37, 36],
            [0, 0, 0, 2**31 - 1],
        )
    ),
    {"pieces": np.array([[0, 0, 36, 20], [0, 10, 60, 9]], np.int32), "piece_offsets": np.array([0, 2])},
    {
        "repeats": np.array([[0, 30, 40, 70, 0, 30], [0, 30, 60, 72, 0, 12]], np.int32),
        "repeat_offsets": np.array([0, 2]),
    },
]


@both
@pytest.mark.parametrize("change", WRONG, ids=repr)
def test_errors_are_the_same(change: dict[str, Any]) -> None:
    assert assert_same("clean_repeats", [TWICE], TABLE, *RIGHT.values())[0] == "values"
    kind, _ = assert_same("clean_repeats", [TWICE], TABLE, *(RIGHT | change).values())
    assert kind == "ValueError"


@both
@pytest.mark.parametrize("space", [*filter(str.isspace, map(chr, range(0x110000)))], ids=repr)
def test_tables_that_keep_white_space_are_refused(space: str) -> None:
    """What folds to something stands in a line; nothing is read before the first line or sentence."""
    entries = TABLE[0].copy()
    entries[ord(space)] = ord("空")
    table, text = (entries, TABLE[1]), f"{space}{TWICE}\n{TWICE}"
    for name, rest in (("find_repeats", (RIGHT["limits"], 1)), ("clean_repeats", (*RIGHT.values(),))):
        assert assert_same(name, [text], table, *rest) == ("ValueError", "the folding table must drop white space")
