"""JSON lines: what a line holds, what is wrong with it, and another text in it."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neardup import InputError
from neardup.io.records import Record, read_record, with_text

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda values: st.lists(values, max_size=3) | st.dictionaries(st.text(), values, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.text(), VALUES, max_size=4), st.text(), st.booleans())
def test_the_text_of_any_object_is_read(fields: dict[str, Any], text: str, ascii_only: bool) -> None:
    line = json.dumps(fields | {"text": text}, ensure_ascii=ascii_only).encode()
    assert read_record(line, "text") == Record(text)
    assert read_record(b"\xef\xbb\xbf" + line + b"\r\n", "text") == Record(text)


@given(st.dictionaries(st.text(), VALUES, max_size=4), st.text(), st.text())
def test_another_text_leaves_all_else_as_it_is(fields: dict[str, Any], text: str, other: str) -> None:
    line = json.dumps(fields | {"text": text} | {"后": 1}).encode()
    changed = json.loads(with_text(line, "text", other))
    assert list(changed.items()) == list((fields | {"text": other, "后": 1}).items())


def test_numbers_stay_as_they_are_written() -> None:
    line = b'{"n": 1.50e2, "text": "x", "big": 123456789012345678901234567890, "s": "\\u7532"}'
    assert with_text(line, "text", "乙\u2028").decode() == (
        '{"n":1.50e2,"text":"乙\u2028","big":123456789012345678901234567890,"s":"\\u7532"}'
    )


@pytest.mark.parametrize(
    ("value", "id_"),
    [
        ('"甲"', "甲"),
        ("12", "12"),
        ("1.50", "1.50"),
        ("true", "true"),
        ("12345678901234567890123", "12345678901234567890123"),
    ],
)
def test_any_scalar_is_an_id(value: str, id_: str) -> None:
    assert read_record(f'{{"text": "", "id": {value}}}'.encode(), "text", "id") == Record("", id_)


@pytest.mark.parametrize(
    "line",
    [b'{"text": "x"', b'{"text": nul}', b'{"text": NaN}', b'{"text": "x"} {}', b'{"id": "\\ud800", "text": "x"', b"}"],
)
def test_what_is_no_json_is_said(line: bytes) -> None:
    with pytest.raises(InputError, match=r"^not JSON: (?!half)."):
        read_record(line, "text")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b'{"id": "\\ud800", "text": "x"}', "not JSON: half a surrogate pair, which is no character"),
        (b'{"text": "\xff\xfe"}', "not UTF-8, as JSON lines are: bytes ff fe 22 7d at byte 10 of the line"),
        (b'{"text": "\xed\xa0\x80"}', "not UTF-8, as JSON lines are: bytes ed a0 80 22 at byte 10 of the line"),
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
        read_record(line, "text", "id")
