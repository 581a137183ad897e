"""Bodies: which pages print theirs more than once, and which only repeat themselves."""

from __future__ import annotations

import pytest

from neardup import find_repeats

ARTICLE = [
    "本报讯（记者 王芳）昨天上午，市图书馆新馆正式向读者开放，首日接待读者超过八千人次。",
    "新馆位于滨江路，建筑面积四万平方米，设有阅览座位三千个，藏书二百万册，是旧馆的三倍。",
    "馆长介绍，读者凭身份证即可进馆阅览，办理借书证以后每次最多可以借阅图书十册，借期一个月。",
    "据了解，新馆每周二至周日开放，周一闭馆，节假日照常开放，夜间阅览室开放到晚上十点。",
]
OTHER = [
    "气象台预报，今天夜里到明天白天多云转小雨，偏北风三到四级，最低气温八度，请市民注意添衣。",
    "交通部门提醒，因道路施工，解放路东段将在本周末封闭，过往车辆请绕行人民路和建设大道。",
]
BODY = "\n".join(ARTICLE) + "\n"
FLAT = "".join(ARTICLE)
ITEMS = [ARTICLE, ARTICLE[:0:-1], [*ARTICLE[2:], ARTICLE[0]]]
MENU = "首页\n新闻\n体育\n财经\n娱乐\n汽车\n房产\n"
FORMULA = "由县级以上人民政府有关主管部门责令限期改正，没收违法所得，并处违法所得一倍以上五倍以下罚款。"
CHAT = "".join(f"{name}：{line[:26]}\n" for name, line in zip("甲乙丙丁甲乙", ARTICLE + OTHER, strict=True))
VERSES = "".join(f"{line[start : start + 13]}\n" for start in (0, 15, 28) for line in ARTICLE + OTHER)
LISTED = "".join(f"（{numeral}）{line}\n" for numeral, line in zip("一二三四", ARTICLE, strict=True))


@pytest.mark.parametrize(
    ("name", "page", "copies"),
    [
        ("twice", f"新馆开放\n{BODY}{BODY}相关链接\n", 2),
        ("three times", BODY * 3, 3),
        ("interleaved", "".join(f"{paragraph}\n{paragraph}\n" for paragraph in ARTICLE), 2),
        ("a menu between", BODY + MENU + BODY, 2),
        ("no line break", FLAT + FLAT, 2),
        ("no line break under a title", f"新馆开放\n{FLAT}{FLAT}", 2),
        ("cut short", BODY + "\n".join(ARTICLE[:3]), 2),
        ("cut short in a paragraph", BODY + "\n".join(ARTICLE)[:125], 2),
        ("title and body", f"市图书馆新馆开放\n{BODY}" * 2, 2),
        ("edited", BODY + BODY.replace("昨天", "今天").replace("图书馆", "博物馆"), 2),
        ("a sentence before the copy", BODY + "下面是这篇报道的全文。" + BODY, 2),
        ("numbered", "".join(f"{i}. {line}\n" for i, line in enumerate(ARTICLE, 1)) * 2, 2),
        (
            "numbered under one line",
            "借阅须知：\n" + "".join(f"{i}. {line}\n" for i, line in enumerate(ARTICLE, 1)) * 2,
            2,
        ),
        ("a list and what introduces it", ("借阅须知：\n" + "".join(f"- {line}\n" for line in ARTICLE)) * 2, 2),
        ("a chat", "".join(f"{name}：{line}\n" for name, line in zip("甲乙丙丁", ARTICLE, strict=True)) * 2, 2),
        ("rewrapped", BODY + BODY.replace("，", "，\n"), 2),
        ("a chat in a row, above prose", f"{CHAT}{CHAT}{OTHER[0]}\n", 2),
        ("a song in a row, above prose", f"{VERSES}{VERSES}{ARTICLE[0]}\n{OTHER[0]}\n", 2),
        (
            "three times, the third aligned across the second",
            f"{MENU}{FLAT}\n{FLAT.replace('每次最多', '每次至多')}\n{FLAT.replace('正式向', '已经向')}",
            3,
        ),
        (
            "three times, the third from its ninth character on",
            f"{FLAT}\n本报讯（本刊 王芳）昨日{FLAT[13:]}\n本报讯（记者 王一芳）{FLAT[11:]}",
            3,
        ),
    ],
)
def test_doubled(name: str, page: str, copies: int) -> None:
    assert find_repeats(page).body_copies == copies, name


@pytest.mark.parametrize(
    ("name", "page"),
    [
        ("a slogan", "\n".join([*ARTICLE, *["质量强则万物强，大家一起来建设美好家园，共创文明城市！"] * 9, *OTHER])),
        (
            "a refrain",
            "\n".join(f"第{i}段{OTHER[i % 2][i : i + 14]}\n让我们荡起双桨，小船儿推开波浪" for i in range(8)),
        ),
        ("a law", "\n".join(f"第{i}条　违反第{i * 3}条规定，{a}的，{FORMULA}" for i, a in enumerate(ARTICLE + OTHER))),
        (
            "a table",
            "".join(
                f"| {city}市 | 生产总值 {i * 731}.{i} 亿元 | 增长 {i * 17}.{i}% | 初步核算数，最终以年鉴公布为准 |\n"
                for i, city in enumerate(("北京", "天津", "上海", "重庆", "广州", "武汉", "西安", "沈阳"), 2)
            ),
        ),
        (
            "links",
            "".join(
                f"[{line[:12]}](http://www.example.com/news/article/{i * 7919}.html)\n"
                for i, line in enumerate(ARTICLE + OTHER)
            ),
        ),
        ("quotation and reply", f"{FLAT}\n李明 回复：\n> {FLAT}\n{OTHER[0]}\n王芳 回复：\n> {OTHER[0]}\n{OTHER[1]}"),
        ("quoted inside a paragraph", f"{OTHER[0]}{ARTICLE[0]}{OTHER[1]}\n有网友写道：“{ARTICLE[0]}”\n{ARTICLE[1]}"),
        ("a short body", "今日休市。\n" * 2),
        ("items of another list", f"{OTHER[0]}应当提交：\n{LISTED}{OTHER[1]}应当提交：\n{LISTED}"),
        ("printed again in code", f"{OTHER[0]}\n{BODY}```\nname: a\ndescription: |\n{BODY}```\n{OTHER[1]}\n"),
        (
            "a message that others forward",
            f"{ARTICLE[0]}\n路过：{ARTICLE[1]}{ARTICLE[2]}\n老王：{OTHER[0]}\n{ARTICLE[0]}\n江边客：{ARTICLE[1]}{ARTICLE[2]}\n",
        ),
        (
            "messages that another one says again",
            "".join(f"{name}：{line}\n" for name, line in zip("甲乙丙丁", ARTICLE, strict=True))
            + "".join(f"老陈：{line}\n" for line in ARTICLE),
        ),
        *(
            (
                f"items of several lists {mark}",
                "".join(
                    f"第{'一二三'[i]}条　{line[8:20]}的，应当提交下列材料：\n"
                    + "".join(f"{mark}{item[:-1]}；\n" for item in ITEMS[i])
                    for i, line in enumerate(OTHER + ARTICLE[:1])
                ),
            )
            for mark in ("- ", "• ", "1. ", "（一）", "①")
        ),
    ],
)
def test_not_doubled(name: str, page: str) -> None:
    assert find_repeats(page).body_copies == 1, name


def test_what_is_quoted_in_the_original_too_counts() -> None:
    quoted = "".join(f"> {line}\n" for line in ARTICLE)
    assert find_repeats(quoted * 2).body_copies == 2


@pytest.mark.parametrize("cut", [60, 100, 125, 160])
def test_a_printing_that_is_cut_short_goes(cut: int) -> None:
    page = f"{FLAT}\n{FLAT[: cut + 60]}\n"
    assert find_repeats(page).clean() == f"{FLAT}\n"


def test_a_loop_behind_a_page_without_other_repeats() -> None:
    """Periods have no aligned pieces."""
    found = find_repeats(f"{BODY}{'哈哈哈呵呵呵' * 60}\n")
    assert (found.body_copies, [repeat.period for repeat in found.repeats]) == (1, [6])


WRAPPED = "前項申請經審查合格者，由主管機關發給證\n明，並自發給之日起三年內有效，屆滿前應\n"
SAID = (
    "本馆向读者提供阅览和外借服务，读者凭有效证件办理借书证以后每次最多可以借阅图书十册，借期为一个月，可以续借一次。"
)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a line of a broken paragraph", f"第一章\n{WRAPPED}申請展期。\n第二章\n{WRAPPED}重新申請。\n"),
        ("what an item says below it", f"- 借阅规则：\n{SAID}\n\n{OTHER[0]}\n\n- 外借规则：\n{SAID}\n"),
        ("behind a comma", f"{SAID}\n\n由于新馆开放，\n{SAID}\n"),
        ("before a mark that goes on", f"{SAID[:-1]}\n\n{OTHER[0]}\n\n{SAID[:-1]}\n，详见下表。\n"),
        ("items with spaces behind numerals", f"一  {SAID}\n{OTHER[0]}\n二  阅览\n一  {SAID}\n"),
        ("items inside of a paragraph", f"须知如下。1、{SAID}{OTHER[0]}2、{OTHER[1]}附注。1、{SAID}3、闭馆。"),
        (
            "indented code of words",
            f"{OTHER[0]}\n\n    $ sudo apt-get install reader shelf ledger orders\n\n{OTHER[1]}\n\n"
            "    $ sudo apt-get install reader shelf ledger orders\n",
        ),
        (
            "quoted code of words",
            f"{OTHER[0]}\n>     target     prot opt source   destination\n{OTHER[1]}\n"
            ">     target     prot opt source   destination\n",
        ),
    ],
)
def test_parts_of_paragraphs_lists_and_code_stay(name: str, text: str) -> None:
    assert find_repeats(text, min_chars=18).clean("all") == text, name


@pytest.mark.parametrize("behind", ["", f"{SAID[:40]}，请读者留意\n"])
def test_fences_of_empty_code_stay(behind: str) -> None:
    block = f"{SAID}\n```\n```\n{behind}```\nrun --all\n```\n"
    text = f"{block}{OTHER[0]}\n{block}"
    cleaned = find_repeats(text).clean("all")
    assert SAID not in cleaned[len(block) :]
    assert cleaned.count("```") == text.count("```")
