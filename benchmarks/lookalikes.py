"""Lookalikes: pages that repeat themselves and are not doubled, from sentences of a corpus and built-in templates.

Every page is a function of the source, the kind and ``seed + index`` alone.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.pages import NAMES, Maker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from benchmarks.pages import Source


@dataclass(frozen=True, slots=True)
class Lookalike:
    """A page that repeats itself and is not doubled."""

    text: str
    kind: str


def _slogan(maker: Maker) -> str:
    """Write a slogan many times, among an article's lines or with little else."""
    slogan = maker.title(maker.article()) + "！"
    if maker.rng.random() < 0.5:
        lines = [maker.sentence() + "。" for _ in range(maker.rng.randint(2, 6))]
    else:
        lines = maker.article().splitlines()
    lines += [slogan] * maker.rng.randint(5, 30)
    maker.rng.shuffle(lines)
    return "\n".join(lines)


def _refrain(maker: Maker) -> str:
    """Write a poem with a refrain after every stanza."""

    def verses(count: int) -> list[str]:
        return [maker.sentence()[: maker.rng.randint(7, 14)] + "，" for _ in range(count)]

    refrain = verses(maker.rng.randint(2, 4))
    stanzas = [[*verses(4), *refrain, ""] for _ in range(maker.rng.randint(3, 8))]
    return "\n".join(line for stanza in stanzas for line in stanza).rstrip()


def _law(maker: Maker) -> str:
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
    return "\n".join(between + articles)


def _table(maker: Maker) -> str:
    """Write rows of a table: the same words in every cell of a column, other numbers."""
    places = ("北京", "天津", "上海", "重庆", "广州", "武汉", "西安", "沈阳", "昆明", "拉萨", "福州", "合肥")
    rows = [f"{maker.title(maker.article())}（单位：亿元，同比增长以百分数计，数据为初步核算）"]
    for _ in range(maker.rng.randint(8, 40)):
        figures = [maker.rng.uniform(1, 9999) for _ in range(3)]
        rows.append(
            f"| {maker.rng.choice(places)}市 | 地区生产总值 {figures[0]:.1f} | 同比增长 {figures[1] / 999:.1f}% | "
            f"一般公共预算收入 {figures[2]:.1f} | 统计局初步核算，最终以年鉴公布为准 |"
        )
    return "\n".join(rows)


def _links(maker: Maker) -> str:
    """Write a list of similar links."""
    base = f"http://www.example.com/html/channel/{maker.rng.choice(('news', 'notice', 'gov'))}/article/content/detail/"
    what = maker.rng.choice(("关于印发《{}》的通知", "{}（图）", "【{}】点击查看全文并参与讨论"))
    lines = [
        f"[{what.format(maker.sentence()[:20])}]({base}{maker.rng.randint(10**5, 10**6)}.html)"
        for _ in range(maker.rng.randint(8, 40))
    ]
    return "\n".join([maker.title(maker.article()), *lines])


def _quotation(maker: Maker) -> str:
    """Write a thread whose posts quote what they reply to: a sentence of it, or sometimes all of it."""

    def post() -> list[str]:
        return [maker.sentence() + "。" for _ in range(maker.rng.randint(2, 6))]

    last = post()
    lines = ["".join(last)]
    for name in maker.rng.sample(NAMES, maker.rng.randint(2, 6)):
        quoted = last if maker.rng.random() < 0.3 else [maker.rng.choice(last)]
        last = post()
        lines += [f"{name} 回复：", "> " + "".join(quoted), "".join(last)]
    return "\n".join(lines)


def _api(maker: Maker) -> str:
    """Write a page of an interface with sections of one template."""
    things = maker.rng.sample(
        ("用户", "群组", "日历", "事件", "邮件", "文件夹", "设备", "应用", "订阅", "联系人", "任务", "站点"),
        maker.rng.randint(3, 8),
    )
    sections = [
        f"## 列出{thing}\n\n{maker.sentence()}，{maker.sentence()}。\n\n### 权限\n\n要调用此接口，需要以下权限之一。"
        "要了解详细信息，包括如何选择权限的信息，请参阅权限参考。\n\n### 请求头\n\n| 名称 | 说明 |\n|:--|:--|\n"
        "| Authorization | Bearer {token}，必需。 |\n\n### 请求正文\n\n请勿提供此方法的请求正文。\n\n### 响应\n\n"
        f"如果成功，此方法在响应正文中返回一个{thing}对象的集合，{maker.sentence()}。\n\n"
        f"```http\nGET https://api.example.com/v1.0/{maker.rng.randint(100, 999)}/items\n```\n"
        for thing in things
    ]
    return f"# {maker.title(maker.article())}\n\n{maker.sentence()}。\n\n" + "\n".join(sections)


LOOKALIKES: Mapping[str, Callable[[Maker], str]] = {
    "slogan": _slogan,
    "refrain": _refrain,
    "law": _law,
    "table": _table,
    "links": _links,
    "quotation": _quotation,
    "api": _api,
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
    return Lookalike(LOOKALIKES[kind](Maker(random.Random(seed + index), source)), kind)


def undoubled_lookalikes(source: Source, count: int, *, seed: int = 0) -> Iterator[Lookalike]:
    """Make `count` pages of every kind."""
    for kind in LOOKALIKES:
        for index in range(count):
            yield lookalike(source, kind, seed=seed, index=index)
