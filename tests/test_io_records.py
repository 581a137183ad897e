"""Records of JSON: what one holds, what is wrong with it, and less text in it."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neardup import InputError
from neardup.io.json_records import read_record, with_removed
from neardup.io.records import Fields, Record, joined, without_each
from neardup.spans import without

pytestmark = pytest.mark.once

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda values: st.lists(values, max_size=3) | st.dictionaries(st.text(), values, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.text(), VALUES, max_size=4), st.text(), st.booleans())
def test_the_text_of_any_object_is_read(fields: dict[str, Any], text: str, ascii_only: bool) -> None:
    line = json.dumps(fields | {"text": text}, ensure_ascii=ascii_only).encode()
    assert read_record(line, Fields()) == Record(text)
    assert read_record(b"\xef\xbb\xbf" + line + b"\r\n", Fields()) == Record(text)


@given(st.dictionaries(st.text(), VALUES, max_size=4), st.text(), st.data())
def test_less_text_leaves_all_else_as_it_is(fields: dict[str, Any], text: str, data: st.DataObject) -> None:
    line = json.dumps(fields | {"text": text} | {"后": 1}).encode()
    start = data.draw(st.integers(0, len(text)))
    removed = [(start, data.draw(st.integers(start, len(text))))]
    changed = json.loads(with_removed(line, Fields(), removed))
    assert list(changed.items()) == list((fields | {"text": without(text, removed), "后": 1}).items())


@given(st.lists(st.text(), min_size=1, max_size=4), st.data())
def test_what_goes_of_a_joined_text_goes_of_its_parts(values: list[str], data: st.DataObject) -> None:
    text = joined(values)
    edges = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    removed = list(zip(edges[::2], edges[1::2], strict=False))
    kept = "".join(without_each(values, removed))
    if len(values) == 1:
        assert kept == without(text, removed)
    separators = set()
    place = 0
    for value in filter(None, values):
        place += len(value)
        separators.add(place)
        place += 1
    inside = {position for start, stop in removed for position in range(start, stop)}
    assert kept == "".join(
        char
        for position, char in enumerate(text)
        if position not in inside and (len(values) == 1 or position not in separators)
    )


def test_fields_may_be_inside_others_and_several() -> None:
    line = '{"meta": {"body": "正文", "n": 1.50}, "meta.title": "题", "none": null, "n": 2}'.encode()
    fields = Fields(("meta.title", "none", "meta.body"), "meta.n")
    assert read_record(line, fields) == Record("题\n正文", "1.50")
    assert json.loads(with_removed(line, fields, [(0, 3)])) == {
        "meta": {"body": "文", "n": 1.5},
        "meta.title": "",
        "none": None,
        "n": 2,
    }
    with pytest.raises(InputError, match='the field "no" is missing; there are: "body", "n"'):
        read_record(line, Fields(("meta.no",)))
    with pytest.raises(InputError, match='the field "none" is null, not a string'):
        read_record(line, Fields(("none",)))


def test_of_very_many_fields_some_are_named() -> None:
    line = json.dumps({f"{number:03}" + "长" * 999: 0 for number in range(999)}).encode()
    with pytest.raises(InputError, match=r'"000长{37}…", "001.*"019长{37}…" and 979 more$'):
        read_record(line, Fields())
    with pytest.raises(InputError, match=r"there are: none$"):
        read_record(b"{}", Fields())


def test_numbers_stay_as_they_are_written() -> None:
    line = '{"n": 1.50e2, "text": "x乙\u2028", "big": 123456789012345678901234567890, "s": "\\u7532"}'.encode()
    assert with_removed(line, Fields(), [(0, 1)]).decode() == (
        '{"n":1.50e2,"text":"乙\u2028","big":123456789012345678901234567890,"s":"\\u7532"}'
    )


@pytest.mark.parametrize(
    ("value", "id_"),
    [
        ('"甲"', "甲"),
        ("12", 12),
        ("-3", -3),
        ("-0", "-0"),
        ("123456789012345678", 123456789012345678),
        ("1.50", "1.50"),
        ("true", "true"),
        ("12345678901234567890123", "12345678901234567890123"),
    ],
)
def test_any_scalar_is_an_id(value: str, id_: str | int) -> None:
    assert read_record(f'{{"text": "", "id": {value}}}'.encode(), Fields(id="id")) == Record("", id_)


@pytest.mark.parametrize(
    "line",
    [b'{"text": "x"', b'{"text": nul}', b'{"text": NaN}', b'{"text": "x"} {}', b'{"id": "\\ud800", "text": "x"', b"}"],
)
def test_what_is_no_json_is_said(line: bytes) -> None:
    with pytest.raises(InputError, match=r"^not JSON: (?!half)."):
        read_record(line, Fields())


LONG = b"x" * 3_000_000


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize(
    "line",
    [
        b'{"title": "\xff", "text": "x"}',
        b'{"text": "x", "id": "\xff"}',
        b'{"text": "x", "meta": {"more": ["\xff"]}}',
        b'{"text": "x", "\xff": 1}',
        b'{"meta": {"body": "x", "more": "\xff"}, "text": "x"}',
        b'{"text": "x", "title": "' + LONG + b'\xff"}',
        b'{"text": "' + LONG + b'\xff"}',
        b'{"text": "\xff", "title": ',
        b"\xff",
    ],
)
def test_what_is_not_utf8_is_said_wherever_it_stands(line: bytes, mark: bytes) -> None:
    """Also of what nobody looks at: it would be written again as it is."""
    for fields in (Fields(), Fields(("text", "title")), Fields(("meta.body",)), Fields(("text",), "id")):
        said = rf"^not UTF-8 \(bytes ff.* at byte {line.index(0xFF)} of the record\); repair it, or say its encoding"
        with pytest.raises(InputError, match=said):
            read_record(mark + line, fields)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b'{"id": "\\ud800", "text": "x"}', "not JSON: half a surrogate pair, which is no character"),
        (
            b'{"text": "\xff\xfe"}',
            "not UTF-8 (bytes ff fe 22 7d at byte 10 of the record); repair it, or say its encoding",
        ),
        (
            b'{"text": "\xed\xa0\x80"}',
            "not UTF-8 (bytes ed a0 80 22 at byte 10 of the record); repair it, or say its encoding",
        ),
        (b'["text"]', "not an object but an array"),
        (b' "text"', "not an object but a string"),
        (b"-12", "not an object but a number"),
        (b"null", "not an object but null"),
        (b'{"Text": "x", "id": 1}', 'the field "text" is missing; there are: "Text", "id"'),
        (b"{}", 'the field "text" is missing; there are: none'),
        (b'{"text": 12}', 'the field "text" is a number, not a string'),
        (b'{"text": null}', 'the field "text" is null, not a string'),
        (b'{"text": {"a": 1}}', 'the field "text" is an object, not a string'),
        (b'{"text": "x"}', 'the field "id" is missing; there are: "text"'),
        (b'{"text": "x", "id": null}', 'the field "id" is null, not a string, a number, true or false'),
        (b'{"text": "x", "id": [1]}', 'the field "id" is an array, not a string, a number, true or false'),
        (b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "not read: nested too deeply"),
    ],
)
def test_what_is_wrong_with_a_line_is_said(line: bytes, message: str) -> None:
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        read_record(line, Fields(id="id"))
