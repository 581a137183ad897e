"""Bytes to the text they hold: every encoding of Chinese, whole, cut off, faulty, or no text at all."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neardup import InputError
from neardup.io.encodings import AUTO, Decoded, codec_name, decode

pytestmark = pytest.mark.once

SIMPLIFIED = (
    "据介绍，重庆经开区把质量强区战略写入全区规划，按照品牌化发展思路，加快引进和培育壮大龙头企业。\n"
    "“这是第3次修订”，他说：价格上涨了12.5%，《管理办法》自2018年10月1日起施行！\r\n"
)
TRADITIONAL = (
    "質量強，則萬物強；質量是反映一個國家或地區綜合實力、企業和產業核心競爭力的具體體現。\n"
    "第 5 條　主管機關為辦理前條業務，得委託民間團體辦理「檢驗標識」之核發。\n"
)
WIDE = ("utf-16-le", "utf-16-be")
CASES = [(SIMPLIFIED, "gb18030"), (TRADITIONAL, "gb18030"), (TRADITIONAL, "cp950")]
CASES += [(text, encoding) for text in (SIMPLIFIED, TRADITIONAL) for encoding in ("utf-8", *WIDE)]


@pytest.mark.parametrize(("text", "encoding"), CASES)
@pytest.mark.parametrize("chars", [10, 20, 40, 1000])
def test_a_file_of_ten_characters_or_more_is_read_right(text: str, encoding: str, chars: int) -> None:
    for start in range(0, len(text) - 10, 3):
        part = (text[start:] + text * (chars // len(text)))[:chars]
        assert decode(part.encode(encoding)) == Decoded(part, encoding)


@given(
    st.text(alphabet=sorted(set(SIMPLIFIED + "abc\ufeff\t")), max_size=30), st.sampled_from(["utf-8", "gb18030", *WIDE])
)
def test_a_byte_order_mark_decides(text: str, encoding: str) -> None:
    written = Decoded(text, encoding, has_mark=True)
    data = written.encode(text)
    assert data.startswith("\ufeff".encode(encoding))
    assert decode(data) == written
    assert decode(data, "big5") == written
    assert decode(data, declared="big5") == written


@given(st.text(max_size=30), st.sampled_from(["utf-8", "gb18030", "utf-16-le", "utf-32-be"]))
def test_what_is_given_is_used(text: str, encoding: str) -> None:
    try:
        data = text.encode(encoding)
    except UnicodeEncodeError:
        return
    if not text.startswith("\ufeff"):
        assert decode(data, encoding).text == text
        assert decode(data, encoding).encode(text) == data


@given(st.binary(max_size=200))
def test_bytes_are_read_in_full_or_refused(data: bytes) -> None:
    try:
        decoded = decode(data)
    except InputError:
        return
    if decoded.encoding not in {"cp950", "big5hkscs"}:  # both write some characters in two ways
        assert decoded.encode(decoded.text) == data


def test_an_empty_file_is_an_empty_text() -> None:
    assert decode(b"") == Decoded("", "utf-8")
    assert decode(codecs.BOM_UTF8) == Decoded("", "utf-8", has_mark=True)


@pytest.mark.parametrize(("text", "encoding"), CASES)
def test_a_file_that_is_cut_off_is_named(text: str, encoding: str) -> None:
    data = text.rstrip().encode(encoding)[:-1]
    with pytest.raises(
        InputError, match=rf"{encoding}, cut off inside its last character \(bytes .* at offset \d"
    ) as caught:
        decode(data)
    assert caught.value.line == 2
    assert "get the whole file" in caught.value.message


@pytest.mark.parametrize(("text", "encoding"), CASES)
def test_a_fault_is_named(text: str, encoding: str) -> None:
    fault = {"utf-16-le": b"\x00\xdc", "utf-16-be": b"\xdc\x00"}.get(encoding, b"\xff")
    before = ("一\r二\r\n" + text[:20]).encode(encoding)
    with pytest.raises(InputError, match=rf"not valid {encoding} \(bytes {fault.hex(' ')}") as caught:
        decode(before + fault + text[20:].encode(encoding))
    assert f"at offset {len(before)}" in caught.value.message
    assert caught.value.line == 3


def test_a_fault_behind_a_mark_has_the_offset_of_the_file() -> None:
    with pytest.raises(InputError, match=r"not valid utf-8 \(bytes ff at offset 6\)"):
        decode(codecs.BOM_UTF8 + "中".encode() + b"\xff")


def test_big5_with_the_additions_of_hong_kong() -> None:
    text = TRADITIONAL + "佢哋喺度食嘢"
    assert decode(text.encode("big5hkscs")).encoding == "big5hkscs"
    assert decode(text.encode("big5hkscs")).text.endswith("佢哋喺度食嘢")


def test_a_tie_is_broken_by_statistics() -> None:
    """Both are common characters in both encodings; chardet knows which are written beside each other."""
    assert decode("第 5 條".encode("cp950")).text == "第 5 條"
    assert decode("提高教育".encode("gb18030")).text == "提高教育"


def test_what_a_page_declares_is_used_if_the_bytes_agree() -> None:
    data = "これは日本語のテストです".encode("shift_jis")
    assert decode(data, declared="Shift_JIS").text == "これは日本語のテストです"
    for wrong in ("utf-8", "no such encoding", "rot13", ""):
        with pytest.raises(InputError, match="not Chinese text in UTF-8, GB18030, Big5 or UTF-16; if it is text, say"):
            decode(data, declared=wrong)
    assert decode(SIMPLIFIED.encode(), declared="big5").text == SIMPLIFIED


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"%PDF-1.7\n", "a PDF, not text; take the text out of it first, for example with pdftotext"),
        (b"\x1f\x8b\x08", "gzip data, not text; decompress it first: gzip"),
        (b"\x28\xb5\x2f\xfd", "Zstandard data, not text; decompress it first: zstd"),
        (b"PK\x03\x04", "a ZIP archive or an office document, not text; unpack it"),
        (b"\x89PNG\r\n", "a PNG image, not text"),
    ],
)
@pytest.mark.parametrize("encoding", [AUTO, "utf-8"])
def test_files_of_other_kinds_are_named(data: bytes, kind: str, encoding: str) -> None:
    with pytest.raises(InputError, match=f"this is {kind}"):
        decode(data, encoding)


def test_zero_bytes_are_utf16_or_no_text() -> None:
    assert decode("plain ASCII\n".encode("utf-16-le")) == Decoded("plain ASCII\n", "utf-16-le")
    assert decode("plain ASCII\n".encode("utf-16-be")) == Decoded("plain ASCII\n", "utf-16-be")
    with pytest.raises(InputError, match="not text: a zero byte at offset 13; if it is text") as caught:
        decode("第一行\n中\0文".encode())
    assert caught.value.line == 2
    assert decode("中\0文".encode(), "utf-8").text == "中\0文"


def test_control_characters_are_no_text_but_a_few_are() -> None:
    with pytest.raises(InputError, match="not text: 31 of 40 bytes are control characters; if it is text, say its enc"):
        decode(b"\x01" * 31 + b"\t\n\r\x1b" + b"abcde")
    assert decode(("红\x08\x7f" + SIMPLIFIED).encode()).text.startswith("红\x08\x7f据")


def test_names_stand_for_what_has_replaced_them() -> None:
    assert [codec_name(name) for name in ("GBK", "gb2312", "Big5", "UTF-16LE", "utf_8_sig")] == [
        "gb18030",
        "gb18030",
        "cp950",
        "utf-16-le",
        "utf-8",
    ]
    assert decode("镕".encode("gbk"), "gb2312").text == "镕"
    for wrong in ("no such encoding", "rot13", "zlib"):
        with pytest.raises(LookupError):
            codec_name(wrong)


def test_an_encoding_that_lacks_a_character_says_so() -> None:
    with pytest.raises(UnicodeEncodeError, match="cp950"):
        Decoded("", "cp950").encode("\U0001f600")
