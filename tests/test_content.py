"""Content: what is left out of texts, where kernel and reference agree, and what comparing makes of it."""

from __future__ import annotations

import html
from html.entities import name2codepoint
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import neardup
from neardup import Config, _reference, compare, content_spans, find_duplicates, find_pairs, fold, shingles, signatures
from neardup._reference import markup
from neardup.content import content_numerals, content_pieces, opened_table, stops_at
from neardup.inputs import text_column
from neardup.minhash import sketch
from neardup.report.comparison import differing
from neardup.shingling import anchors, set_sizes, shingle_sets
from neardup.sketches import Sketches
from tests.common import BACKENDS, CONTENT_TABLE, TABLE, assert_same, both, each_isa, folded
from tests.families import SENTENCES

if TYPE_CHECKING:
    from collections.abc import Callable

CASES = {
    "plain": ("第一条：总则。", "第一条：总则。"),
    # Addresses.
    "url": ("见https://a.cn/x?y=1&z=(2)。完", "见。完"),
    "url before a bracket": ("（http://a.cn/b）", "（）"),
    "url in brackets": ("(见http://a.cn/b),好", "(见),好"),
    "url with brackets": ("http://a.cn/b_(c),好", ",好"),
    "url behind letters": ("点击Linkhttp://a.cn 看", "点击Link 看"),
    "other scheme": ("用git+ssh://a.cn/b 取", "用 取"),
    "no scheme": ("甲://乙", "甲://乙"),
    "scheme alone": ("http://。", "http://。"),
    "host": ("访问WWW.a.cn，谢谢", "访问，谢谢"),
    "host in a word": ("awww.a.cn", "awww.a.cn"),
    "no host": ("www.。www", "www.。www"),
    "e-mail": ("信箱:zhang.san@mail.a.cn.", "信箱:."),
    "no e-mail": ("@张三 a@b a@b.1 @a.cn", "@张三 a@b a@b.1 @a.cn"),
    # HTML.
    "tags": ('<p class="a" hidden>甲<BR/>乙</p>', "甲乙"),
    "tag over lines": ("<img\n src='a.png'\n alt=图>甲", "甲"),
    "attributes side by side": ('<a href="x"target="y">甲</a>', "甲"),
    "comparisons": ("若a<b and c>d则", "若a<b and c>d则"),
    "type": ("List<String>、<主机名>、<b 主>", "List<String>、<主机名>、<b 主>"),
    "unknown element": ("<foo>甲</foo>", "<foo>甲</foo>"),
    "attribute without a value": ("<a href>甲", "<a href>甲"),
    "comment": ("甲<!-- 乙 -- > -->丙", "甲丙"),
    "open comment": ("甲<!-- 乙", "甲<!-- 乙"),
    "doctype": ("<!DOCTYPE html>甲", "甲"),
    "script": ("<script src=a>if (a<b) 乙</SCRIPT >甲", "甲"),
    "open style": ("<style>甲{}", "甲{}"),
    "script that is none": ("<scripts>甲</scripts>", "<scripts>甲</scripts>"),
    # Markdown.
    "image": ('甲![图](a.png "题")乙', "甲乙"),
    "image with a note": ("![图](见下文)", "![图](见下文)"),
    "link": ("[公告](/news/1.html '题')全文", "[公告]全文"),
    "link with brackets": ("[函数](f(x)(y))甲", "[函数]甲"),
    "link to Chinese": ("[甲](./乙.md)[丙](#丁)[戊](<己 庚>)[辛](https://a.cn/壬)", "[甲][丙][戊][辛]"),
    "notes": ("[注](见下文)、[1](第2页 a)、[x](a b)", "[注](见下文)、[1](第2页 a)、[x](a b)"),
    "open target": ("[甲](a(b 乙", "[甲](a(b 乙"),
    "image in a link": ("[![图](a.png)](b.html)甲", "[]甲"),
    "definition": ("[1]: https://a.cn/b\n甲", "[1]: \n甲"),
    "table": ("|甲|乙|\n|:--|--:|\n|1|2|", "|甲|乙|\n\n|1|2|"),
    "grid": ("+----+====+\n甲", "\n甲"),
    "no table": ("a | b\n--------\n|--|\n|-1-|", "a | b\n--------\n|--|\n|-1-|"),
    "fences": ("  ```python\ncode = 1\n  ```\n~~~\n甲\n~~~", "\ncode = 1\n\n\n甲\n"),
    "no fences": ("    ```\n~~~好开心~~~\n```a```\n甲```", "    ```\n~~~好开心~~~\n```a```\n甲```"),
    # References.
    "references": ("甲&nbsp;&#20057;&#x4E19;", "甲&nbsp;&#20057;&#x4E19;"),
    "reference in an address": ("http://a.cn/?a=1&lt;2 甲", " 甲"),
    # All of it.
    "nothing else": ("https://a.cn/b", ""),
    "nothing": ("", ""),
}

_HOSTILE = r"""
<a␣x=" <a␣x=' <a␣x="y" <a <b <b> </b> </ > /> <!-- --> <! <!doctype <!DOCTYPE␣html> <script> </script> <style>
</STYLE␣> <img␣src=a <img␣checked> <x> List<T> ![ !( [ ] ]( ](a ](a␣" ) ( (( ](< [甲](乙) ![a](b) [a](/乙) " ' & &# &#x
&amp; &nbsp; &#51; &#x33; &#0; &#xD800; &#x110000; &frac12; &hearts; &foo; ; http:// https://a.cn/x(1) :// a:// www.
WWW.a w ww a@b.cn @ a@ .cn - -- --- | |- |---| + = ~~~ ``` `` ~ python # / : . , % \ ^ { } 3 3.5 1,000 正文 第三章 。 ！
😂 한 ① ﬃ ſ <ſ> </ſtyle>
"""
HOSTILE = [each.replace("␣", " ") for each in _HOSTILE.split()]
SPACES = [" ", "   ", "\t", "\n", "\r\n", "\x00", "\x85", "\u200d", "\ufe0f", "\u2028", "\u3000"]
OTHERS = ["\U00020000", "\ud800"]
FRAGMENTS = st.sampled_from([*HOSTILE, *SPACES, *OTHERS])
NARROW = st.sampled_from([each for each in [*HOSTILE, *SPACES] if each.isascii()])
MARKED = (st.lists(FRAGMENTS, max_size=14) | st.lists(NARROW, max_size=14)).map("".join)
PADDED = st.builds(
    lambda text, before, behind: "正a"[before % 2] * before + text + "文" * behind, MARKED, *[st.integers(0, 140)] * 2
)
WITHOUT = st.text(st.characters(exclude_characters="<&@`~|+:]!wW"), max_size=200)


def taken(text: str) -> str:
    return "".join(text[start:stop] for start, stop in content_spans(text))


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_golden(case: tuple[str, str]) -> None:
    text, content = case
    assert taken(text) == content


@given(MARKED)
def test_spans_ascend_apart(text: str) -> None:
    edges = [edge for span in content_spans(text) for edge in span]
    assert edges == sorted(set(edges))
    assert not edges or 0 <= edges[0] < edges[-1] <= len(text)


@given(WITHOUT)
def test_texts_without_triggers_are_whole(text: str) -> None:
    assert content_spans(text) == ([(0, len(text))] if text else [])
    assert content_pieces(text) == [text]
    assert shingles(text).tolist() == shingles(text, content="all").tolist() or not len(fold(text))
    positions = folded(text).positions.tolist()
    assert positions == fold(text).positions.tolist() or not len(fold(text))


@both
@given(PADDED)
@example("a" * 63 + "://b")
@example("文" * 64 + "<b>")
@example("文" * 127 + "](a)")
def test_kernel_and_reference_find_the_same(text: str) -> None:
    assert_same("content_spans", text)
    assert_same("content_points", text, CONTENT_TABLE)
    assert_same("content_points", text, TABLE)
    assert_same("fold", text, CONTENT_TABLE)


@both
@pytest.mark.parametrize(
    "mark", ["<b>", "&lt;", "a@b.cn", "[](a)", "![](a)", "http://a", "www.a", "\n|---|", "\n```", "\n~~~"]
)
@pytest.mark.parametrize("filling", ["a ", "正文", "\U00020000"])
def test_every_place_of_a_block_is_looked_at(mark: str, filling: str, monkeypatch: pytest.MonkeyPatch) -> None:
    starts = [(filling * before)[:before] for before in range(150)]
    texts = [f"{start} {mark} {(filling * behind)[:behind]}" for start in starts for behind in (0, 1, 70)]
    expected = [_reference.content_spans(text).tolist() for text in texts]
    for isa in each_isa(monkeypatch):
        assert [BACKENDS[0].content_spans(text).tolist() for text in texts] == expected, isa


TEXTS = st.lists(PADDED, max_size=5)


@both
@given(TEXTS, st.integers(1, 9), st.integers(1, 2))
def test_batches_are_the_same(texts: list[str], ngram: int, threads: int) -> None:
    permutations = np.array([3, 5], np.uint32), np.array([1, 2], np.uint32)
    functions: dict[str, tuple[Any, ...]] = {
        "fold_texts": (threads,),
        "shingle_sets": (ngram, threads),
        "set_sizes": (ngram, threads),
        "sketches": (ngram, *permutations, ngram, 2**61, threads),
        "copied_chars": (ngram, 3, np.arange(len(texts)), threads),
        "content_classes": (np.arange(len(texts)), threads),
    }
    encodable = [text.encode("utf-8", "replace").decode() for text in texts]
    for name, options in functions.items():
        assert_same(name, texts, CONTENT_TABLE, *options)
        plain = assert_same(name, encodable, CONTENT_TABLE, *options)
        assert assert_same(name, pa.array(encodable, pa.string()), CONTENT_TABLE, *options) == plain


@both
@given(PADDED, PADDED, st.integers(1, 9))
def test_evidence_is_the_same(one: str, other: str, ngram: int) -> None:
    pair = [text if len(folded(text)) else f"甲{text}" for text in (one, other)]
    assert_same("compare", pair, CONTENT_TABLE, ngram)
    assert_same("relate", pair, CONTENT_TABLE, ngram, np.array([[0, 1], [1, 0]]), contents(pair), LIMITS, 1)


LIMITS = np.array(Config().limits)


def contents(texts: list[str]) -> tuple[Any, Any]:
    found = Sketches.of_texts([text.encode("utf-8", "replace").decode() for text in texts])
    return found.digests, found.distinct


@pytest.mark.once
@pytest.mark.parametrize("backend", BACKENDS)
def test_references_are_those_of_html(backend: Any) -> None:
    folding = backend.Folding(*CONTENT_TABLE)
    names = {f"&{name};": chr(code) for name, code in name2codepoint.items()} | {"&apos;": "'"}
    for written, char in names.items():
        points, positions, _ = backend.content_points(f"甲{written}", folding)
        assert (points.tolist(), positions.tolist()) == ([ord("甲"), ord(char)], [0, 1])
        assert html.unescape(written) == char or written in {"&lang;", "&rang;"}  # which HTML 5 changed
    for other in ("&Nbsp;", "&nbs;", "&nbspp;", "&amp", "&;", "&#;", "&#x;", "&zwnj ;", "&apo;"):
        assert len(backend.content_points(other, folding)[0]) == len(other)


@pytest.mark.once
@pytest.mark.parametrize("backend", BACKENDS)
def test_elements_and_attributes_are_the_same(backend: Any) -> None:
    for name in markup.ELEMENTS:
        for wrong in (f"{name}x", name[:-1], f"x{name}"):
            is_element = wrong in markup.ELEMENTS
            assert len(backend.content_spans(f"<{wrong}>")) == (not is_element)
        assert not len(backend.content_spans(f"<{name.upper()}></{name}>"))
    for name in markup.BOOLEANS:
        assert not len(backend.content_spans(f"<a {name}>"))
        assert len(backend.content_spans(f"<a {name}x>")) == 1


@pytest.mark.once
@pytest.mark.parametrize("backend", BACKENDS)
def test_what_shows_nothing_is_the_same(backend: Any) -> None:
    dropped = backend.Folding(np.full(0x110000, 0xFFFFFFFF, np.uint32), TABLE[1], True)
    every = "".join(map(chr, range(0x110000)))
    shown = backend.fold(every.replace("&", "").replace("<", ""), dropped)[0]
    expected = _reference.content.is_blank(np.arange(0x110000, dtype=np.uint32))
    missing = {ord("&"), ord("<")}
    assert sorted({*shown.tolist(), *missing}) == np.flatnonzero(~expected).tolist()
    assert {ord(char) for char in " \t\n\x00\u200d\ufe0f\u3000\ufeff\U000e0067"} <= set(
        np.flatnonzero(expected).tolist()
    )


@pytest.mark.once
@pytest.mark.parametrize("backend", BACKENDS)
def test_repeats_and_paragraphs_are_found_in_whole_texts(backend: Any) -> None:
    texts, folding = backend.Texts(["甲"]), backend.Folding(*CONTENT_TABLE)
    with pytest.raises(
        ValueError, match="paragraphs are found in whole texts: the folding must not take their content"
    ):
        backend.paragraphs(texts, folding, 1, 1)
    with pytest.raises(ValueError, match="repeats are found in whole texts: the folding must not take their content"):
        backend.find_repeats(texts, folding, (30, 100, 4, 10, 4, 80), 1)


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(TypeError, match="text must be a str, not bytes"):
        content_spans(b"")  # type: ignore[arg-type]


# What is folded.


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("甲&nbsp;&#20057;&#x4E19;&amp;", "甲乙丙"),
        ("<b>1&frac12;</b>", "112"),
        ("https://a.cn/b", "httpsacnb"),
        ("https://a.cn/b，<br>。", "httpsacnbbr"),
        ("![](a.png)&hearts;", "apng"),
        ("😂\u200d\ufe0f 😂\n", "😂😂"),
        ("！！！", "！！！"),
        ("&hearts;&nbsp;", "♥"),
        ("|---|", "|---|"),
        (" \u3000\n\u200b&nbsp;", ""),
    ],
)
def test_what_is_folded(text: str, expected: str) -> None:
    assert folded(text).text == expected
    assert len(folded(text, "all")) == len(fold(text))


def test_positions_are_those_of_the_text() -> None:
    text = "甲<b>乙</b>&#20057;http://a.cn 丙"
    assert [text[place] for place in folded(text).positions.tolist()] == ["甲", "乙", "&", "丙"]
    assert stops_at(text, folded(text).positions.tolist()).tolist() == [1, 5, 17, 30]


@given(MARKED)
def test_codes_come_from_where_they_stand(text: str) -> None:
    found = folded(text)
    positions = found.positions.tolist()
    assert positions == sorted(positions)
    stops = stops_at(text, positions).tolist()
    for code, start, stop in zip(found.codes.tolist(), positions, stops, strict=True):
        char = html.unescape(text[start:stop])
        assert code in {ord(char), *fold(char).codes.tolist()}


def test_numbers_end_where_content_does() -> None:
    assert content_pieces("增长<b>3</b>.5%&#51;") == ["增长", "3", ".5%3"]
    assert content_numerals("增长<b>3</b>.5%&#51;") == ["3", "5%", "3"]
    assert content_numerals("增长<b>3</b>.5%", "all") == ["3", "5%"]
    evidence = compare("共<b>3</b>项，网址http://a.cn/2024/99", "共3项，另有内容若干在后").evidence
    assert evidence
    assert evidence.agreed_numbers == 1
    assert compare("增长3.5%，见<a href='x1'>", "增长3.5%，见<a href='x2'>").relation == "identical"


# What comparing makes of it.

IMAGES = "\n".join(f"![](https://img.example.com/mmbiz_png/aB{i}jnr{i * 7}lia/640?wx_fmt=png)" for i in range(11, 25))
AGAIN = IMAGES.replace("aB", "zQ").replace("jnr", "kwy")
BODY = "".join(SENTENCES[:3])


def test_a_block_of_images_makes_no_duplicate() -> None:
    pages = [f"{SENTENCES[i]}\n{IMAGES}\n扫码关注我们\n" for i in (3, 4)]
    assert not find_duplicates(pages).duplicates
    everything = find_duplicates(pages, config=Config(content="all"))
    assert [match.relation for match in everything.related] != [] or everything.duplicates
    assert not find_pairs(pages, threshold=0.5).left.size
    assert find_pairs(pages, threshold=0.5, content="all").left.size


def test_images_that_were_uploaded_again_keep_no_copy() -> None:
    pages = [f"{BODY}\n{images}" for images in (IMAGES, AGAIN)]
    assert [match.relation for match in find_duplicates(pages).duplicates] == ["identical"]
    assert not find_duplicates(pages, config=Config(content="all")).duplicates


def test_markup_of_another_kind_makes_no_difference() -> None:
    one = f"# 标题\n\n**{SENTENCES[0]}** [来源](https://a.cn/1)\n\n{SENTENCES[1]}"
    other = f"<h1>标题</h1><p><b>{SENTENCES[0]}</b> 来源</p>\n<p>{SENTENCES[1].replace('，', '&#65292;')}</p>"
    assert compare(one, other).relation == "identical"
    assert compare(one, other, config=Config(content="all")).relation != "identical"


def test_emoji_are_texts() -> None:
    found = find_duplicates(["😂😂😂", "😂😂 😂", "👍", "！！！", " \n"])
    assert [(match.id, match.survivor, match.relation) for match in found.duplicates] == [(1, 0, "identical")]
    assert found.survivors == [0, 2, 3]
    assert found.empty == [4]
    assert find_duplicates(["😂😂😂", "👍"], config=Config(content="all")).empty == [0, 1]


def test_addresses_alone_are_texts() -> None:
    found = find_duplicates([f"https://example.com/news/{i}.html\n" for i in (1, 1, 2)])
    assert [(match.id, match.survivor) for match in found.duplicates] == [(1, 0)]


@settings(max_examples=200)
@given(PADDED, PADDED)
def test_passages_hold_whole_references(one: str, other: str) -> None:
    shared = "天地玄黄&nbsp;宇宙&#27946;荒，&frac12;"
    found = compare(f"{one}\n{shared}", f"{shared}\n{other}")
    for pair in found.passages:
        for span, text in zip(pair, (found.one, found.other), strict=True):
            positions = folded(text).positions
            inside = positions[(positions >= span.start) & (positions < span.stop)].tolist()
            assert inside[0] == span.start
            assert stops_at(text, inside[-1:]).tolist() == [span.stop]


def test_passages_cover_what_is_left_out() -> None:
    one, other = f"{SENTENCES[0]}\n{IMAGES}\n{SENTENCES[1]}", f"{SENTENCES[0]}{SENTENCES[1][:-1]}&#12290;"
    [(left, right)] = compare(one, other).passages
    assert IMAGES in left.of(one)
    assert right.of(other) == other[: -len("。&#12290;") + 1]
    found = compare("天地玄黄宇宙洪荒&#26085;", "天地玄黄宇宙洪荒日")
    assert [
        span.of(text) for pair in found.passages for span, text in zip(pair, (found.one, found.other), strict=True)
    ] == [
        "天地玄黄宇宙洪荒&#26085;",
        "天地玄黄宇宙洪荒日",
    ]


def test_what_is_no_content_is_not_shown_as_a_difference() -> None:
    one, other = (f"{SENTENCES[0]}\n![](https://img.example.com/{each * 9}.png)\n{SENTENCES[1]}" for each in (3, 4))
    assert not any(marks.any() for marks in differing(compare(one, other)))
    assert any(marks.any() for marks in differing(compare(one, other, config=Config(content="all"))))


PAGE = f"<p>{BODY}</p>\n{IMAGES}"

OF_TEXTS: dict[str, Callable[..., Any]] = {
    "shingles": lambda **how: shingles(PAGE, **how),
    "shingle_sets": lambda **how: shingle_sets([PAGE], **how).values,
    "set_sizes": lambda **how: set_sizes([PAGE], **how),
    "anchors": lambda **how: anchors([PAGE], **how).values,
    "signatures": lambda **how: signatures([PAGE], **how),
    "sketch": lambda **how: sketch([PAGE], **how).chars,
    "find_pairs": lambda **how: find_pairs([PAGE, BODY], **how).left,
    "iter_pairs": lambda **how: next(neardup.iter_pairs([PAGE, BODY], **how)).left,
    "Sketches": lambda **how: Sketches.of_texts([PAGE], config=Config(**how)).chars,
    "measured": lambda **how: Sketches.of_texts([f"{PAGE}\n{PAGE}"], config=Config(**how)).distinct,
    "find_duplicates": lambda **how: [
        match.relation for match in find_duplicates([PAGE, BODY], config=Config(**how)).duplicates
    ],
    "compare": lambda **how: compare(PAGE, BODY, config=Config(**how)).to_dict(),
    "long_shingles": lambda **how: compare(PAGE, BODY, config=Config(**how)).long_shingles,
}


@pytest.mark.parametrize("name", OF_TEXTS)
def test_the_option_changes_something_on_every_path(name: str) -> None:
    by_default, prose, everything = (
        np.asarray(OF_TEXTS[name](**how)) for how in ({}, {"content": "prose"}, {"content": "all"})
    )
    assert by_default.tolist() == prose.tolist() != everything.tolist()
    with pytest.raises(ValueError, match="content must be 'prose' or 'all', not 'text'"):
        OF_TEXTS[name](content="text")


def test_the_rule_takes_what_the_config_says() -> None:
    from neardup.rule import Contents, Ragged, decide, relate

    opened, rows = text_column([PAGE, BODY]), np.array([1])
    candidates = Ragged(np.array([0], np.uint32), np.array([0, 1]))
    for content, relation in (("prose", 1), ("all", 3)):
        config = Config(content=content)  # type: ignore[arg-type]
        found = Sketches.of_texts([PAGE, BODY], config=config)
        contents = Contents(found.digests)
        assert decide(opened, rows, candidates, contents, config).relation.tolist() == [relation]
        assert relate(opened, np.array([[1, 0]]), contents, config)[0].tolist() == [relation]


def test_there_are_two_tables() -> None:
    with pytest.raises(ValueError, match="content must be 'prose' or 'all', not 'none'"):
        opened_table("none")  # type: ignore[arg-type]
