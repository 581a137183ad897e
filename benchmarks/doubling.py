"""Doubled pages with known truth: pages that print their body, or a passage, more than once, and where.

From the articles of a corpus, `doubled_page` makes a page in one of the `FORMS` in which crawled pages are doubled,
with an edit rate for the later copies, and says where the copies are. Every page is a function of the source, the
form, the options and ``seed + index`` alone, so pages can be made again singly and in any order.

Articles are taken that have 200 to 5000 folded code points and no passage of 20 twice: what a page repeats, the
generator has put there, and natural pages are harder. The bodies of other genres (`benchmarks.genres`) are made of the
articles' sentences.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field
from functools import cache, partial
from importlib import import_module
from importlib.util import find_spec
from itertools import pairwise
from typing import TYPE_CHECKING

from benchmarks.genres import GENRES, scanned_lines
from benchmarks.pages import MENU, Maker, Piece, Source, Stretch, pieces_of, sentences_of
from neardup import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

PARAGRAPH_CHARS = 40


@dataclass(frozen=True, slots=True)
class DoubledPage:
    """A page that prints its body more than once.

    Attributes
    ----------
    text
        The page.
    form
        One of `FORMS`.
    edit_rate
        The share of the letters and characters of later copies that were edited, in [0, 0.1].
    body_copies
        How often the body is printed.
    originals, copies
        As many of both: where a stretch is printed first, and where a later copy of it is. A sentence that only one
        of the two has lies in neither; smaller edits lie inside.
    undoubled
        The page with the body printed once.
    """

    text: str
    form: str
    edit_rate: float
    body_copies: int
    originals: tuple[Stretch, ...]
    copies: tuple[Stretch, ...]
    undoubled: str


@dataclass(slots=True)
class _Page:
    """A page being written, and its truth."""

    text: str = ""
    undoubled: str = ""
    originals: list[Stretch] = field(default_factory=list)
    copies: list[Stretch] = field(default_factory=list)

    def write(self, text: str) -> int:
        """Write what is printed once; return where it starts."""
        start = len(self.text)
        self.text += text
        self.undoubled += text
        return start

    def write_copy(self, pieces: Iterable[Piece], original: int) -> None:
        """Write a later copy of a body that starts at `original`, and note what is a copy of what."""
        joined: list[tuple[Stretch, Stretch]] = []
        for piece in pieces:
            start = len(self.text)
            self.text += piece.text
            if piece.origin is not None:
                origin, here = piece.origin, (start, len(self.text))
                if joined and joined[-1][0][1] == origin[0] and joined[-1][1][1] == here[0]:
                    origin, here = (joined[-1][0][0], origin[1]), (joined[-1][1][0], here[1])
                    joined.pop()
                joined.append((origin, here))
        for (start, stop), here in joined:
            pair = self._trimmed((start + original, stop + original)), self._trimmed(here)
            if all(first < last for first, last in pair):
                self.originals.append(pair[0])
                self.copies.append(pair[1])

    def break_line(self) -> None:
        """Start a line that goes when the copies go."""
        self.text += "\n"

    def _trimmed(self, stretch: Stretch) -> Stretch:
        cut = self.text[slice(*stretch)]
        return stretch[0] + len(cut) - len(cut.lstrip()), stretch[1] - len(cut) + len(cut.rstrip())


def _twice(
    page: _Page,
    maker: Maker,
    change: Callable[[Maker, list[Piece]], list[Piece]] | None = None,
    body: Callable[[Maker], str] = Maker.article,
) -> None:
    """Write title, A, A, link lines."""
    article = body(maker)
    page.write(maker.title(article) + "\n")
    start = page.write(article)
    page.break_line()
    pieces = pieces_of(article)
    page.write_copy(maker.copy(change(maker, pieces) if change else pieces), start)
    page.write("\n" + maker.link_lines(article, maker.rng.randint(2, 6)))


def _thrice(page: _Page, maker: Maker) -> None:
    """Write A, A, A."""
    article = maker.article()
    start = page.write(article)
    for _ in range(2):
        page.break_line()
        page.write_copy(maker.copy(pieces_of(article)), start)


def _interleaved(page: _Page, maker: Maker) -> None:
    """Write p1 p1 p2 p2 ..., the paragraphs of A; short ones are joined to the next, so that each can be found."""
    paragraphs = _paragraphs(maker.article())
    rewritten = maker.rng.randrange(len(paragraphs))
    for i, paragraph in enumerate(paragraphs):
        page.write("\n" if i else "")
        start = page.write(paragraph)
        page.break_line()
        page.write_copy(maker.copy(pieces_of(paragraph), rewrites=i == rewritten), start)


def _menu_between(page: _Page, maker: Maker) -> None:
    """Write A, a menu or comments, A."""
    article = maker.article()
    start = page.write(article)
    if maker.rng.random() < 0.5:
        page.write("\n" + maker.comments(article))
    else:
        page.write("\n" + "\n".join(maker.rng.sample(MENU, maker.rng.randint(5, 12))))
    page.break_line()
    page.write_copy(maker.copy(pieces_of(article)), start)


def _no_breaks(page: _Page, maker: Maker) -> None:
    """Write A, A without any line break, in half of the pages behind a line with the title."""
    article = "".join(line.strip() for line in maker.article().splitlines())
    article += "" if re.search(r"[。！？!?][”’」』）)]*$", article) else "。"
    if maker.rng.random() < 0.5:
        page.write(maker.title(article) + "\n")
    start = page.write(article)
    page.write_copy(maker.copy(pieces_of(article)), start)


def _cut_short(page: _Page, maker: Maker) -> None:
    """Write A, and the first 50 to 90 % of A."""
    article = maker.article()
    start = page.write(article)
    page.break_line()
    left = round(maker.rng.uniform(0.5, 0.9) * len(article))
    page.write_copy(maker.copy(_beginning(pieces_of(article), left)), start)


def _titled(page: _Page, maker: Maker) -> None:
    """Write title, A, title, A."""
    article = maker.article()
    article = f"{maker.title(article)}\n{article}"
    start = page.write(article)
    page.break_line()
    page.write_copy(maker.copy(pieces_of(article)), start)


def _rewrapped(page: _Page, maker: Maker) -> None:
    """Write title, A, A with other line breaks (one width, or other paragraphs), link lines."""
    _twice(page, maker, _with_other_breaks)


def _punctuation(page: _Page, maker: Maker) -> None:
    """Write title, A, A with other punctuation (half-width, corners, straight quotes, spaces), link lines."""
    _twice(page, maker, _with_other_punctuation)


def _other_script(page: _Page, maker: Maker) -> None:
    """Write title, A, A in Traditional characters made by OpenCC, link lines."""
    convert = traditional()
    _twice(page, maker, lambda _, pieces: [Piece(convert(piece.text), piece.origin) for piece in pieces])


def _passage(page: _Page, maker: Maker) -> None:
    """Write A, comments, and a passage of A again: sentences, cut off at a quarter of A or at 60 code points."""
    article = maker.article()
    start = page.write(article)
    page.write("\n" + maker.comments(article))
    page.break_line()
    pieces = pieces_of(article)
    first = maker.rng.randrange(len(pieces))
    while first and len(fold("".join(piece.text for piece in pieces[first:]))) < PARAGRAPH_CHARS:
        first -= 1
    left = max(PARAGRAPH_CHARS + 20, len(article) // 4)
    page.write_copy(maker.copy(_beginning(pieces[first:], left)), start)


def _scanned_lines(page: _Page, maker: Maker) -> None:
    """Write lines of one width without punctuation, each twice."""
    for i, line in enumerate(scanned_lines(maker)):
        start = page.write("\n" * (i > 0) + line) + (i > 0)
        page.break_line()
        page.write_copy(maker.copy(pieces_of(line), rewrites=False), start)


FORMS: Mapping[str, Callable[[_Page, Maker], None]] = {
    "twice": _twice,
    "thrice": _thrice,
    "interleaved": _interleaved,
    "menu_between": _menu_between,
    "no_breaks": _no_breaks,
    "cut_short": _cut_short,
    "titled": _titled,
    "rewrapped": _rewrapped,
    "punctuation": _punctuation,
    "other_script": _other_script,
    "passage": _passage,
    "scanned_lines": _scanned_lines,
    **{form: partial(_twice, body=body) for form, body in GENRES.items()},
}
"""The forms of doubled pages; `passage` prints a passage twice and no body. Each function's docstring says what the
page holds (A: the article). The forms of `benchmarks.genres` hold title, A, A, link lines, where A is of that genre."""


def missing(form: str) -> str:
    """Say what has to be installed for a form, or nothing."""
    if form == "other_script" and find_spec("opencc") is None:
        return "the form other_script needs the package opencc: pip install opencc"
    return ""


def doubled_page(
    source: Source, form: str, *, edits: float = 0.0, seed: int = 0, index: int = 0, edit_numbers: bool = False
) -> DoubledPage:
    """Make a page that prints its body more than once.

    Parameters
    ----------
    source
        Where articles and lines come from.
    form
        One of `FORMS`.
    edits
        Share of the letters and characters of later copies that are replaced, deleted or followed by another, in
        [0, 0.1]. Above 0, a copy may also have lost a sentence, have one more, or say 昨天 for 今天.
    seed, index
        The page depends on their sum.
    edit_numbers
        Edit digits too, Chinese ones and dates among them; without it, numbers stay.

    Raises
    ------
    ValueError
        If the form is unknown, or `edits` is not in [0, 0.1].
    ModuleNotFoundError
        If the form needs a package that is not installed.
    """
    if form not in FORMS:
        msg = f"form must be one of {', '.join(FORMS)}, not {form!r}"
        raise ValueError(msg)
    if not 0 <= edits <= 0.1:
        msg = f"edits must be in [0, 0.1], not {edits}"
        raise ValueError(msg)
    if lacking := missing(form):
        raise ModuleNotFoundError(lacking)
    page = _Page()
    FORMS[form](page, Maker(random.Random(seed + index), source, edits, edit_numbers))
    copies = {"thrice": 3, "passage": 1}.get(form, 2)
    return DoubledPage(page.text, form, edits, copies, tuple(page.originals), tuple(page.copies), page.undoubled)


def _paragraphs(article: str) -> list[str]:
    """Split an article at its line breaks, or after sentences if it has none, into 40 folded code points or more."""
    units = [line for line in article.splitlines() if line.strip()]
    if len(units) == 1:
        units = sentences_of(article)
    paragraphs: list[str] = []
    for unit in units:
        if paragraphs and len(fold(paragraphs[-1])) < PARAGRAPH_CHARS:
            paragraphs[-1] += unit
        else:
            paragraphs.append(unit)
    if len(paragraphs) > 1 and len(fold(paragraphs[-1])) < PARAGRAPH_CHARS:
        paragraphs[-2:] = ["".join(paragraphs[-2:])]
    return paragraphs


def _beginning(pieces: Iterable[Piece], chars: int) -> list[Piece]:
    """Cut a body off after so many code points."""
    kept = []
    for piece in pieces:
        cut = piece.text[:chars]
        chars -= len(cut)
        if cut and piece.origin:
            kept.append(Piece(cut, (piece.origin[0], piece.origin[0] + len(cut))))
    return kept


def _with_other_breaks(maker: Maker, pieces: list[Piece]) -> list[Piece]:
    """Break lines elsewhere: at one width, or after other sentences than before."""
    width = maker.rng.randint(18, 40) if maker.rng.random() < 0.5 else 0
    column = 0
    broken: list[Piece] = []
    for piece in pieces:
        text = re.sub(r"\s++", lambda space: "" if "\n" in space[0] else space[0], piece.text)
        if width:
            typed: list[str] = []
            for before, char in pairwise(" " + text):
                if column >= width and not (before + char).isascii():
                    typed.append("\n")
                    column = 0
                typed.append(char)
                column += 1
            text = "".join(typed)
        elif broken and "\n" not in piece.text and maker.rng.random() < 0.4:
            text = "\n" + text
        broken.append(Piece(text, piece.origin))
    return broken


def _with_other_punctuation(maker: Maker, pieces: list[Piece]) -> list[Piece]:
    """Put other marks, in a style that changes something; those inside a number stay."""
    styles = (
        str.maketrans("，。：；？！（）", ",.:;?!()"),
        str.maketrans("“”‘’\"'", "「」『』「『"),
        str.maketrans("“”‘’「」『』", "\"\"''\"\"''"),
        str.maketrans("，。；？！", "     "),
    )
    changing = [style for style in styles if any(piece.text.translate(style) != piece.text for piece in pieces)]
    style = maker.rng.choice(changing or styles)
    return [Piece(_translated(piece.text, style), piece.origin) for piece in pieces]


def _translated(text: str, style: dict[int, int]) -> str:
    return re.sub(r"(?<=\d)(\D)(?=\d)|\D", lambda char: char[1] or char[0].translate(style), text)


@cache
def traditional() -> Callable[[str], str]:
    """Give OpenCC's conversion to Traditional characters."""
    convert: Callable[[str], str] = import_module("opencc").OpenCC("s2t").convert
    return convert
