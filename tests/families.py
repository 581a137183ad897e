"""Families of texts to test with: copies, edits, excerpts, extensions and templates of a few sentences."""

from __future__ import annotations

from hypothesis import strategies as st

SENTENCE = "据介绍，重庆经开区把质量强区战略写入全区规划，加快引进和培育壮大龙头企业，全面发力。"
"""One of news, long enough to be a repeated passage and to be compared."""

SENTENCES = [
    "据介绍，重庆经开区把质量强区战略写入全区规划，加快引进和培育壮大龙头企业。",
    "同时积极搭建创新服务平台，落实各项鼓励创新的优惠政策，设立高新技术产业引导基金。",
    "质监部门负责人表示，下一步将以品牌建设和标准化工作为引领，促进区域经济发展。",
    "本报讯昨天上午，市图书馆新馆正式向读者开放，首日接待读者超过八千人次。",
    "气象台预报，今天夜里到明天白天多云转小雨，偏北风三到四级，最低气温8.5度。",
    "交通部门提醒，因道路施工，解放路东段将在本周末封闭，过往车辆请绕行人民路。",
    "短。",
    "——",
    "😂👍",
    "![图](https://img.example.com/mmbiz/8.5/640.png)",
    "<b>重要</b>&nbsp;&#65292;",
]

sentences = st.sampled_from(SENTENCES)


@st.composite
def texts(draw: st.DrawFn) -> str:
    """A text of some of the sentences, edited lightly."""
    parts = draw(st.lists(sentences, max_size=6))
    text = "".join(parts)
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(text)))
        text = (
            text[:start]
            + draw(st.sampled_from(["", "，", "改", "9", " ", "另外一些字"]))
            + text[start + draw(st.integers(0, 4)) :]
        )
    return text.replace("8.5", draw(st.sampled_from(["8.5", "85", "８．５"])))


worlds = st.lists(texts(), min_size=1, max_size=9)
"""Small corpora."""


MARKS = [
    "上",
    "下",
    "甲",
    "乙",
    "三",
    "四",
    "不",
    "未",
    "大",
    "小",
    "周一",
    "周五",
    "第二",
    "二〇二四",
    "二〇二五",
    "a",
    "b",
]
WORDS = ["更新", "创建", "县城", "邻镇", "高建平", "周明远", "", "，", "\n", "\r\n"]
NUMBERS = ["8", "12", "3.5%", "35%", "1,200", "1200", "-5", "2024-03-05", "2024年3月5日", "①", "²", "8:30", "12 600"]
LINES = [
    "来源：青河日报 2024-03-05 08:30",
    "阅读 1523",
    "阅读的好处",
    "责任编辑：陆小满",
    "更新借书卡",
    "创建借书卡",
    "1. 申请人的身份证明",
    "2. 申请人的身份证明",
    "（上）",
    "![](https://img.example.com/mmbiz/8.5/640.png)",
]


@st.composite
def versions(draw: st.DrawFn) -> tuple[str, str]:
    """Two texts of the same sentences, with other numbers, marks, words and lines between, before and inside them."""
    said = st.sampled_from(MARKS) | st.sampled_from(WORDS) | st.sampled_from(NUMBERS)
    line = st.sampled_from(LINES) | sentences
    parts: list[list[str]] = [[], []]
    for sentence in draw(st.lists(sentences, min_size=1, max_size=6)):
        place = draw(st.integers(0, len(sentence)))
        same, mark = draw(st.integers(0, 3)), draw(said)
        for side in parts:
            if draw(st.integers(0, 4)) == 0:
                side += [draw(line), draw(st.sampled_from(["\n", "\r\n", " ", ""]))]
            own = mark if same else draw(said)
            side.append(f"{sentence[:place]}{own}{sentence[place:]}")
            side.append(draw(st.sampled_from(["", "\n", "\n\n"])))
    return "".join(parts[0]), "".join(parts[1])
