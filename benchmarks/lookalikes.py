"""Lookalikes: pages that repeat themselves and are not doubled, from sentences of a corpus and built-in templates.

Every page is a function of the source, the kind and ``seed + index`` alone. Cleaning bodies must not change one;
cleaning every copied paragraph may take later copies of the lines that the page names, and nothing else.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.genres import (
    DAYS,
    IDENTIFIERS,
    LABELS,
    NUMERALS,
    OPTIONS,
    PLACES,
    Sentences,
    code,
    fenced,
    html_table,
    rows,
)
from benchmarks.pages import NAMES, Maker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from benchmarks.pages import Source


@dataclass(frozen=True, slots=True)
class Lookalike:
    """A page that repeats itself and is not doubled.

    Attributes
    ----------
    text
        The page.
    kind
        One of `LOOKALIKES`.
    may_go
        Lines of which later copies may go where every copied paragraph goes.
    """

    text: str
    kind: str
    may_go: tuple[str, ...] = ()


_Made = tuple[str, tuple[str, ...]]
"""A page, and the lines of which later copies may go."""


def _slogan(maker: Maker) -> _Made:
    """Write a slogan many times, among an article's lines or with little else."""
    slogan = maker.title(maker.article()) + "！"
    if maker.rng.random() < 0.5:
        lines = [maker.sentence() + "。" for _ in range(maker.rng.randint(2, 6))]
    else:
        lines = maker.article().splitlines()
    lines += [slogan] * maker.rng.randint(5, 30)
    maker.rng.shuffle(lines)
    return "\n".join(lines), (slogan,)


def _refrain(maker: Maker) -> _Made:
    """Write a poem with a refrain after every stanza."""

    def verses(count: int) -> list[str]:
        return [maker.sentence()[: maker.rng.randint(7, 14)] + "，" for _ in range(count)]

    refrain = verses(maker.rng.randint(2, 4))
    stanzas = [[*verses(4), *refrain, ""] for _ in range(maker.rng.randint(3, 8))]
    return "\n".join(line for stanza in stanzas for line in stanza).rstrip(), tuple(refrain)


def _law(maker: Maker) -> _Made:
    """Write articles of a law, each with the same formula."""
    formula = maker.rng.choice(
        (
            "由县级以上人民政府有关主管部门责令限期改正，没收违法所得，并处违法所得一倍以上五倍以下罚款；没有违法所得的，"
            "处一万元以上十万元以下罚款；情节严重的，责令停业整顿，直至吊销许可证；构成犯罪的，依法追究刑事责任。",
            "由公安机关处五日以上十日以下拘留，可以并处五百元以下罚款；情节较轻的，处五日以下拘留或者二百元以下罚款。",
            "应当在收到申请之日起二十个工作日内作出决定，并书面通知申请人；不予批准的，应当说明理由，申请人可以依法申请复议。",
        )
    )
    number = maker.rng.randint(3, 60)
    articles = [
        f"第{number + i}条　违反本法第{maker.rng.randint(1, number)}条规定，{maker.sentence()}的，{formula}"
        for i in range(maker.rng.randint(4, 12))
    ]
    between = [f"第{number - 1}条　{maker.sentence()}，{maker.sentence()}。"]
    return "\n".join(between + articles), ()


def _table(maker: Maker) -> _Made:
    """Write rows of a table: the same words in every cell of a column, other numbers."""
    places = ("北京", "天津", "上海", "重庆", "广州", "武汉", "西安", "沈阳", "昆明", "拉萨", "福州", "合肥")
    rows = [f"{maker.title(maker.article())}（单位：亿元，同比增长以百分数计，数据为初步核算）"]
    for _ in range(maker.rng.randint(8, 40)):
        figures = [maker.rng.uniform(1, 9999) for _ in range(3)]
        rows.append(
            f"| {maker.rng.choice(places)}市 | 地区生产总值 {figures[0]:.1f} | 同比增长 {figures[1] / 999:.1f}% | "
            f"一般公共预算收入 {figures[2]:.1f} | 统计局初步核算，最终以年鉴公布为准 |"
        )
    return "\n".join(rows), ()


def _links(maker: Maker) -> _Made:
    """Write a list of similar links."""
    base = f"http://www.example.com/html/channel/{maker.rng.choice(('news', 'notice', 'gov'))}/article/content/detail/"
    what = maker.rng.choice(("关于印发《{}》的通知", "{}（图）", "【{}】点击查看全文并参与讨论"))
    lines = [
        f"[{what.format(maker.sentence()[:20])}]({base}{maker.rng.randint(10**5, 10**6)}.html)"
        for _ in range(maker.rng.randint(8, 40))
    ]
    return "\n".join([maker.title(maker.article()), *lines]), ()


def _quotation(maker: Maker) -> _Made:
    """Write a thread whose posts quote what they reply to: a sentence of it, or sometimes all of it."""

    def post() -> list[str]:
        return [maker.sentence() + "。" for _ in range(maker.rng.randint(2, 6))]

    last = post()
    lines, quotations = ["".join(last)], []
    for name in maker.rng.sample(NAMES, maker.rng.randint(2, 6)):
        quoted = last if maker.rng.random() < 0.3 else [maker.rng.choice(last)]
        last = post()
        quotations.append("> " + "".join(quoted))
        lines += [f"{name} 回复：", quotations[-1], "".join(last)]
    return "\n".join(lines), tuple(quotations)


def _api(maker: Maker) -> _Made:
    """Write a page of an interface with sections of one template."""
    things = maker.rng.sample(
        ("用户", "群组", "日历", "事件", "邮件", "文件夹", "设备", "应用", "订阅", "联系人", "任务", "站点"),
        maker.rng.randint(3, 8),
    )
    asked = "要调用此接口，需要以下权限之一。要了解详细信息，包括如何选择权限的信息，请参阅权限参考。"
    sections = [
        f"## 列出{thing}\n\n{maker.sentence()}，{maker.sentence()}。\n\n### 权限\n\n{asked}\n\n"
        "### 请求头\n\n| 名称 | 说明 |\n|:--|:--|\n"
        "| Authorization | Bearer {token}，必需。 |\n\n### 请求正文\n\n请勿提供此方法的请求正文。\n\n### 响应\n\n"
        f"如果成功，此方法在响应正文中返回一个{thing}对象的集合，{maker.sentence()}。\n\n"
        f"```http\nGET https://api.example.com/v1.0/{maker.rng.randint(100, 999)}/items\n```\n"
        for thing in things
    ]
    return f"# {maker.title(maker.article())}\n\n{maker.sentence()}。\n\n" + "\n".join(sections), (asked,)


def _items(maker: Maker) -> _Made:
    """Write articles of a law or parts of a guide, whose lists have items in common."""
    label = maker.rng.choice(LABELS)
    sentences = Sentences(maker)
    items = [sentences.two("；") for _ in range(4)]
    lines = []
    for number in range(maker.rng.randint(2, 5)):
        lines.append(f"第{NUMERALS[number]}条 {sentences.one('')}的，应当提交下列材料：")
        lines += [label(i) + item for i, item in enumerate(maker.rng.sample(items, maker.rng.randint(2, 4)))]
    return "\n".join(lines), ()


def _programs(maker: Maker) -> _Made:
    """Write a tutorial that prints a program again with some lines more, or some of its lines as another program."""
    sentences, program = Sentences(maker), code(maker)
    later = [line for line in program if maker.rng.random() < 0.8]
    later.insert(maker.rng.randrange(len(later) + 1), f"    # {maker.rng.choice(IDENTIFIERS)}")
    fence = maker.rng.choice(("```", "```python", "~~~"))
    parts = [sentences.one("："), *fenced(program, fence), sentences.one("："), *fenced(later, fence), sentences.two()]
    return "\n".join(parts), ()


def _tables(maker: Maker) -> _Made:
    """Write Markdown with tables of one head, which have rows in common."""
    sentences = Sentences(maker)
    head, *shared = rows(maker, sentences, ("参数", "说明"), [f"`{option}`" for option in OPTIONS[:3]])
    lines = [f"# {sentences.one('')}"]
    for place in maker.rng.sample(PLACES, maker.rng.randint(2, 4)):
        own = f"| `{maker.rng.choice(IDENTIFIERS)}` | {sentences.one('')} |"
        lines += ["", f"## {place}", "", head, shared[0], *maker.rng.sample(shared[1:], 2), own]
    return "\n".join(lines), ()


def _html(maker: Maker) -> _Made:
    """Write tables of HTML in one style, with other cells."""
    style = ' style="border-width: 1px;border-style: solid;border-color: rgb(51, 51, 51);padding: 5px;font-size: 14px;"'
    lines = []
    for place in maker.rng.sample(PLACES, maker.rng.randint(2, 4)):
        cells = [(day, maker.sentence()[:8]) for day in maker.rng.sample(DAYS, maker.rng.randint(2, 5))]
        table = html_table([("时间", "内容"), *cells], style)
        lines += [f"{place}的安排", *(table if maker.rng.random() < 0.5 else ["".join(table)])]
    return "\n".join(lines), ()


_FILLED_IN = (
    "经学院学生工作委员会研究决定，授予{name}同学本学年{n}等奖学金，奖金人民币{m}千元，请于本{day}携带学生证和银行卡复印件，到行政楼"
    "财务室办理领取手续，逾期视为自动放弃，名额将按照成绩顺序依次递补给其他同学。",
    "兹证明{name}同志在我单位信息管理部工作{n}年，岗位为档案整理员，月均收入人民币{m}千元，工作期间遵守纪律，服从安排，圆满完成了各项"
    "任务，本证明于{day}开具，仅供办理签证使用，不作其他用途。",
    "今收到租客{name}交来{n}号铺面本季度租金人民币{m}万元整，水电费另计，押金在合同期满并结清全部费用之后无息退还，房屋内的固定设施如有"
    "损坏须照价赔偿，{day}当面点清，双方对以上内容没有异议。",
)


def _filled_in(maker: Maker) -> _Made:
    """Write one form, filled in with other names, numerals and days."""
    form, count = maker.rng.choice(_FILLED_IN), maker.rng.randint(2, 4)
    values = (maker.rng.sample(some, count) for some in (NAMES, NUMERALS, NUMERALS, DAYS))
    filled_in = [form.format(name=name, n=n, m=m, day=day) for name, n, m, day in zip(*values, strict=True)]
    office = "经办单位盖章"
    return "\n".join(line for each in filled_in for line in (each, office)), ()


def _song(maker: Maker) -> _Made:
    """Write a song: verses, and a long refrain after each."""
    sentences = Sentences(maker)
    refrain = [sentences.one("")[:14] for _ in range(maker.rng.randint(6, 9))]
    lines = []
    for _ in range(maker.rng.randint(2, 4)):
        lines += [*(sentences.one("")[:12] for _ in range(4)), *refrain]
    return "\n".join(lines), tuple(refrain)


def _chat(maker: Maker) -> _Made:
    """Write a chat in which several give one answer, and a message is passed on."""
    sentences = Sentences(maker)
    answer, message = sentences.two(), sentences.two()
    lines = [message]
    for name in maker.rng.sample(NAMES, maker.rng.randint(4, 8)):
        lines.append(f"{name}：{maker.rng.choice((answer, sentences.one()))}")
    lines += [sentences.one() for _ in range(4)]
    lines.insert(maker.rng.randrange(2, len(lines)), message)
    return "\n".join(lines), (message,)


def _loop(maker: Maker) -> _Made:
    """Write an article with one line of it many times in a row, as scans and speech recognition have it."""
    lines = Sentences(maker)
    line = lines.one("")
    above, below = ([lines.two() for _ in range(3)] for _ in range(2))
    return "\n".join([*above, *[line] * maker.rng.randint(4, 40), *below]), (line,)


def _subtitles(maker: Maker) -> _Made:
    """Write subtitles with numbers and times, of which one says the same again and again."""
    sentences = Sentences(maker)
    again = sentences.one("")[:14]
    blocks = []
    for number in range(1, maker.rng.randint(8, 30)):
        line = again if maker.rng.random() < 0.7 else sentences.one("")[:20]
        blocks.append(
            f"{number}\n00:{number // 30:02}:{2 * number % 60:02},000 --> 00:{number // 30:02}:59,000\n{line}\n"
        )
    return "\n".join(blocks), ()


def _counting(maker: Maker) -> _Made:
    """Write a line again and again that counts, in digits or in Chinese."""
    line, count = maker.sentence(), maker.rng.randint(4, 9)
    if maker.rng.random() < 0.5:
        return "\n".join(f"第{numeral}遍，{line}。" for numeral in NUMERALS[:count]), ()
    return "\n".join(f"[{i:03}] {line}，已完成 {100 * i // (5 * count)}%" for i in range(1, 5 * count)), ()


LOOKALIKES: Mapping[str, Callable[[Maker], _Made]] = {
    "slogan": _slogan,
    "refrain": _refrain,
    "law": _law,
    "table": _table,
    "links": _links,
    "quotation": _quotation,
    "api": _api,
    "items": _items,
    "programs": _programs,
    "tables": _tables,
    "html": _html,
    "filled_in": _filled_in,
    "song": _song,
    "chat": _chat,
    "loop": _loop,
    "subtitles": _subtitles,
    "counting": _counting,
}
"""The kinds of pages that are not doubled; each function's docstring says what the page holds."""


def lookalike(source: Source, kind: str, *, seed: int = 0, index: int = 0) -> Lookalike:
    """Make a page that repeats itself and is not doubled.

    Parameters
    ----------
    source
        Where sentences come from.
    kind
        One of `LOOKALIKES`.
    seed, index
        The page depends on their sum.

    Raises
    ------
    ValueError
        If the kind is unknown.
    """
    if kind not in LOOKALIKES:
        msg = f"kind must be one of {', '.join(LOOKALIKES)}, not {kind!r}"
        raise ValueError(msg)
    text, may_go = LOOKALIKES[kind](Maker(random.Random(seed + index), source))
    return Lookalike(text, kind, may_go)


def undoubled_lookalikes(source: Source, count: int, *, seed: int = 0) -> Iterator[Lookalike]:
    """Make `count` pages of every kind."""
    for kind in LOOKALIKES:
        for index in range(count):
            yield lookalike(source, kind, seed=seed, index=index)
