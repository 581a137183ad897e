"""What made pages are made of: articles of a corpus, sentences and titles out of them, menus, comments, edits."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from neardup import fold

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterable, Sequence

Stretch = tuple[int, int]
"""``start, stop`` in code points."""

ARTICLE_CHARS = (200, 5000)
NO_REPEAT_CHARS = 20
LINE_CHARS = (12, 40)
TITLE_CHARS = (8, 28)
REWRITE_CHANCE = 0.25

_SENTENCE = re.compile(r"[^。！？!?\n]*[。！？!?]*[”’」』）)]*\n*")
_CLAUSE = re.compile(r"[^，。、：:；;！？!?\s“”‘’「」（）()《》|*#`~<>]+")
_DATE_WORDS = ("今天", "昨天", "前天", "今日", "昨日", "日前", "近日", "上午", "下午", "今年", "去年", "本月", "上月")
_DATE = re.compile(r"(?:\d{4}年)?\d{1,2}月\d{1,2}日|\d{4}年")

# fmt: off
MENU = (
    "首页", "新闻中心", "国内", "国际", "财经要闻", "体育", "娱乐", "科技频道", "教育", "图片", "视频", "专题", "论坛",
    "返回顶部", "上一篇", "下一篇", "打印本页", "关闭窗口", "加入收藏", "设为首页", "联系我们", "关于本站", "举报",
    "分享到：微博 微信 QQ空间", "字号：大 中 小", "责任编辑：小王", "来源：本网综合", "我要评论", "查看全部评论",
    "相关链接", "热门排行", "编辑推荐", "频道精选", "广告服务", "版权所有，未经许可不得转载", "扫一扫关注公众号",
)
# fmt: on
_COMMENTS = ("网友“{}”：", "{} 发表于刚刚：", "来自手机的用户{}：", "{} 回复楼主：")
NAMES = ("山里人", "晨光", "小石头", "老王", "蓝天白云", "路过", "江边客", "一片叶", "听雨", "大桥下", "北风")


@dataclass(frozen=True, slots=True)
class Source:
    """What pages are made of.

    Attributes
    ----------
    articles
        Texts without white space at the ends.
    """

    articles: tuple[str, ...] = field(repr=False)

    @classmethod
    def from_texts(cls, texts: Iterable[str]) -> Source:
        """Choose the texts that can be articles: of the right length, nothing in them printed twice.

        Raises
        ------
        ValueError
            If fewer than two of the texts can be: other documents' sentences make a page's menus.
        """
        articles = tuple(text for text in map(str.strip, texts) if _is_article(text))
        if len(articles) < 2:
            least, most = ARTICLE_CHARS
            msg = (
                f"{len(articles)} of the texts can be articles, at least 2 are needed: give more texts of {least} to "
                f"{most} folded code points that repeat no passage of {NO_REPEAT_CHARS}"
            )
            raise ValueError(msg)
        return cls(articles)


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a body as a copy prints it, and where it stands in the body; nowhere, if it was added."""

    text: str
    origin: Stretch | None


@dataclass(frozen=True, slots=True)
class Maker:
    """What one page is made with: the random numbers, the source, the edits of later copies.

    Attributes
    ----------
    rng
        Seeded for the page.
    source
        Where articles and sentences come from.
    edit_rate
        Share of letters and characters to edit, in [0, 0.1].
    edit_numbers
        Whether numbers may be edited too.
    """

    rng: random.Random
    source: Source
    edit_rate: float = 0.0
    edit_numbers: bool = False

    def copy(self, pieces: Sequence[Piece], *, rewrites: bool = True) -> list[Piece]:
        """Edit a copy of a body: code points at the edit rate, and sometimes a sentence or a date."""
        if not self.edit_rate:
            return list(pieces)
        edited = list(pieces)
        if rewrites:
            for rewrite in (self._dropped, self._added, self._redated):
                if self.rng.random() < REWRITE_CHANCE:
                    edited = rewrite(edited)
        return [Piece(self._mistyped(piece.text), piece.origin) for piece in edited]

    def _dropped(self, pieces: list[Piece]) -> list[Piece]:
        longest = 0.3 * sum(len(piece.text) for piece in pieces)
        allowed = [
            i
            for i, piece in enumerate(pieces)
            if len(piece.text) <= longest and (self.edit_numbers or not _has_numbers(piece.text))
        ]
        gone = self.rng.choice(allowed) if allowed else -1
        return [piece for i, piece in enumerate(pieces) if i != gone]

    def _added(self, pieces: list[Piece]) -> list[Piece]:
        at = self.rng.randrange(1, len(pieces)) if len(pieces) > 1 else 1
        body = "".join(piece.text for piece in pieces)
        added = self.sentence(lambda sentence: sentence in body or (_has_numbers(sentence) and not self.edit_numbers))
        return [*pieces[:at], Piece(added + "。", None), *pieces[at:]]

    def _redated(self, pieces: list[Piece]) -> list[Piece]:
        """Change one date: a word such as 今天, or also digits where numbers may be edited."""
        expression = "|".join((*_DATE_WORDS, _DATE.pattern) if self.edit_numbers else _DATE_WORDS)
        found = [(i, match) for i, piece in enumerate(pieces) for match in re.finditer(expression, piece.text)]
        if not found:
            return pieces
        i, match = self.rng.choice(found)
        text = pieces[i].text
        other = self.rng.choice([word for word in _DATE_WORDS if word != match[0]])
        if match[0] not in _DATE_WORDS:
            other = re.sub(r"\d(?=\D*$)", lambda digit: str((int(digit[0]) + 1) % 10), match[0])
        return [
            *pieces[:i],
            Piece(text[: match.start()] + other + text[match.end() :], pieces[i].origin),
            *pieces[i + 1 :],
        ]

    def _mistyped(self, text: str) -> str:
        typed: list[str] = []
        for char in text:
            typed.append(char)
            is_editable = char.isalnum() and (self.edit_numbers or not char.isnumeric())
            if is_editable and self.rng.random() < self.edit_rate:
                what = self.rng.choices(("other", "added", "none"), (2, 1, 1))[0]
                if what == "added":
                    typed.append(self._char(char))
                else:
                    typed[-1] = self._char(char) if what == "other" else ""
        return "".join(typed)

    def _char(self, than: str) -> str:
        if than.isdecimal():
            return self.rng.choice([digit for digit in "0123456789" if digit != than])
        while True:
            article = self.rng.choice(self.source.articles)
            char = self.rng.choice(article)
            if char.isalpha() and not char.isnumeric() and char != than:
                return char

    def article(self) -> str:
        """Take an article."""
        return self.rng.choice(self.source.articles)

    def sentence(self, unless: Callable[[str], bool] = lambda _: False) -> str:
        """Take part of a sentence of any article, 12 to 40 code points, without the mark at its end."""
        for _ in range(1000):
            sentence = self.rng.choice(sentences_of(self.article())).strip().rstrip("。！？!?")
            sentence = " ".join(sentence.split())[: LINE_CHARS[1]]
            if len(sentence) >= LINE_CHARS[0] and not unless(sentence):
                return sentence
        return "本网将继续关注事情的进展并及时报道"

    def title(self, article: str) -> str:
        """Take a clause from the first half of the article for its title."""
        least, most = TITLE_CHARS
        clauses = [clause for clause in _CLAUSE.findall(article[: len(article) // 2]) if least <= len(clause) <= most]
        return self.rng.choice(clauses) if clauses else self.sentence(article.__contains__)[:most]

    def link_lines(self, article: str, count: int) -> str:
        """Make lines that stand behind an article: menu entries and headlines of others."""
        lines = self.rng.sample(MENU, count)
        for i in self.rng.sample(range(count), count // 2):
            written = article + "\n".join(lines)
            lines[i] = self.rng.choice(("", "·", "相关：")) + self.sentence(written.__contains__)
        return "\n".join(dict.fromkeys(lines))

    def comments(self, article: str) -> str:
        """Make a block of comments, at most a third as long as the article."""
        lines = ["网友评论"]
        for name in self.rng.sample(NAMES, self.rng.randint(2, 8)):
            written = article + "\n".join(lines)
            line = self.rng.choice(_COMMENTS).format(name) + self.sentence(written.__contains__)
            if sum(map(len, lines)) + len(line) <= len(article) / 3:
                lines.append(line)
        return "\n".join(lines)


def _is_article(text: str) -> bool:
    folded = fold(text).text
    windows = range(len(folded) - NO_REPEAT_CHARS + 1)
    return ARTICLE_CHARS[0] <= len(folded) <= ARTICLE_CHARS[1] and len(
        {folded[i : i + NO_REPEAT_CHARS] for i in windows}
    ) == len(windows)


def _has_numbers(text: str) -> bool:
    """Tell whether a sentence says a number, in digits or in Chinese; 一 by itself says little."""
    return any(char.isnumeric() and char != "一" for char in text)


def sentences_of(text: str) -> list[str]:
    """Split a text after its sentences and lines; joined they are the text."""
    return [match[0] for match in _SENTENCE.finditer(text) if match[0]]


def pieces_of(body: str) -> list[Piece]:
    """Split a body into its sentences, not changed yet."""
    pieces: list[Piece] = []
    start = 0
    for sentence in sentences_of(body):
        pieces.append(Piece(sentence, (start, start + len(sentence))))
        start += len(sentence)
    return pieces
