"""Where a piece of HTML or Markdown ends that begins at some place of a text; see `neardup._reference.content`."""

from __future__ import annotations

import re

_ELEMENTS = """
a abbr acronym address applet area article aside audio b base basefont bdi bdo big blockquote body br button canvas
caption center cite code col colgroup data datalist dd del details dfn dialog dir div dl dt em embed fieldset
figcaption figure font footer form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html i iframe img input ins
kbd label legend li link main map mark marquee menu meta meter nav nobr noframes noscript object ol optgroup option
output p param picture pre progress q rp rt ruby s samp script search section select small source span strike strong
style sub summary sup svg table tbody td template textarea tfoot th thead time title tr track tt u ul var video wbr
"""
_BOOLEANS = """
allowfullscreen async autofocus autoplay checked compact controls declare default defer disabled download hidden inert
ismap itemscope loop multiple muted nohref nomodule noresize noshade novalidate nowrap open playsinline readonly
required reversed selected
"""
ELEMENTS = frozenset(_ELEMENTS.split())
"""The elements of HTML, those of old included."""

BOOLEANS = frozenset(_BOOLEANS.split())
"""The attributes that need no value."""

_SPACE = r"[ \t\n\r\f]"
_VALUE = r"""(?:"[^"]*+"|'[^']*+'|[^ \t\n\r\f"'=<>`]++)"""
_ATTRIBUTE = re.compile(
    rf"""(?:{_SPACE}++|(?<=["']))([A-Za-z_:@][A-Za-z0-9_:.@-]*+)({_SPACE}*+={_SPACE}*+{_VALUE})?+"""
)
_TAG_NAME = re.compile("<([A-Za-z][A-Za-z0-9]*+)")
_TAG_END = re.compile(rf"{_SPACE}*+/?+>")
_END_TAG = re.compile(rf"</([A-Za-z][A-Za-z0-9]*+){_SPACE}*+>")
_DOCTYPE = re.compile("<!doctype[^<>]*+>", re.IGNORECASE | re.ASCII)
_COMMENT_END = re.compile("--(?=>)")
_BLOCK_ENDS = {name: re.compile(f"</{name}", re.IGNORECASE | re.ASCII) for name in ("script", "style")}
_CLOSED = re.compile(rf"{_SPACE}*+>")

_BREAK = "\n\x0b\x0c\r\x1c\x1d\x1e\x85\u2028\u2029"
_WHITE = "\x00-\x20\x7f-\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_ALT = re.compile(rf"!\[[^\[\]{_BREAK}]*+(?=\]\()")
_POINTED = re.compile(rf"<[^<>{_BREAK}]*+>")
_PLAIN = re.compile(rf"(?:(?!\]\()[^{_WHITE}])*+")
_BEFORE = re.compile(r"\([ \t]*+")
_BEHIND = re.compile(rf"""(?:[ \t]++(?:"[^"{_BREAK}]*+"|'[^'{_BREAK}]*+'))?+[ \t]*+\)""")
_ADDRESS_START = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*+://|mailto:|/|#|\./|\.\./", re.IGNORECASE | re.ASCII)


class Blocks:
    """Where comments, tags and whole blocks of a text end. What was looked for ahead is remembered."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._next: dict[re.Pattern[str], tuple[int, int] | None] = {}

    def stop(self, place: int) -> int | None:
        """Say where what begins with the < at `place` ends; None if it is no markup."""
        if self._text.startswith("<!--", place):
            return self._end_of_next(_COMMENT_END, place + 4)
        if match := _END_TAG.match(self._text, place):
            return match.end() if match[1].lower() in ELEMENTS else None
        if match := _DOCTYPE.match(self._text, place):
            return match.end()
        if not (match := _TAG_NAME.match(self._text, place)) or match[1].lower() not in ELEMENTS:
            return None
        stop = self._tag_stop(match.end())
        if stop is not None and (ends := _BLOCK_ENDS.get(match[1].lower())):
            return self._end_of_next(ends, stop) or stop
        return stop

    def _tag_stop(self, place: int) -> int | None:
        """Read the attributes of a tag, and its end."""
        while match := _ATTRIBUTE.match(self._text, place):
            if match[2] is None and match[1].lower() not in BOOLEANS:
                return None
            place = match.end()
        end = _TAG_END.match(self._text, place)
        return end.end() if end else None

    def _end_of_next(self, pattern: re.Pattern[str], start: int) -> int | None:
        """Say where the next match from `start` on ends that is closed; starts never go back."""
        known = self._next.get(pattern, (-1, -1))
        if known is not None and known[0] < start:
            known = self._next[pattern] = self._closed(pattern, start)
        return known[1] if known else None

    def _closed(self, pattern: re.Pattern[str], start: int) -> tuple[int, int] | None:
        while match := pattern.search(self._text, start):
            if end := _CLOSED.match(self._text, match.end()):
                return match.start(), end.end()
            start = match.end()
        return None


def image_stop(text: str, mark: int) -> int | None:
    """Say where the image that begins with the ! at `mark` ends: one line, no bracket in its alternative text."""
    alt = _ALT.match(text, mark)
    return target_stop(text, alt.end() + 1) if alt else None


def target_stop(text: str, parenthesis: int) -> int | None:
    """Say where the target of a link that begins at `parenthesis` ends: an address, with a title or not."""
    before = _BEFORE.match(text, parenthesis)
    assert before is not None
    if pointed := _POINTED.match(text, before.end()):
        stop = pointed.end()
    else:
        plain = _PLAIN.match(text, before.end())
        assert plain is not None
        length = _balanced(plain[0])
        address = plain[0][:length]
        stop = before.end() + len(address)
        if length is None or not (address.isascii() or _ADDRESS_START.match(address)):
            return None
    behind = _BEHIND.match(text, stop)
    return behind.end() if behind else None


def _balanced(address: str) -> int | None:
    """Count the characters before the parenthesis that closes more than was opened; None if some stays open."""
    depth = 0
    for i, char in enumerate(address):
        depth += (char == "(") - (char == ")")
        if depth < 0:
            return i
    return None if depth else len(address)
