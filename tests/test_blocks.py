"""Lines by blocks are the lines one by one, and records that are read at once those that are read one by one."""

import io
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neardup.errors import InputError
from neardup.io.blocks import Block, read_blocks
from neardup.io.bounded import read_lines
from neardup.io.json_files import JsonLines
from neardup.io.records import Columns, Fields

pytestmark = pytest.mark.once

BYTES = st.lists(st.sampled_from([b"a", b"bc", b"\n", b"\r\n", b"\n\n", b"x" * 9]), max_size=30).map(b"".join)
LINES = (
    b'{"text": "\xe7\x94\xb2", "id": 1}',
    b'{"id": "b", "text": "\\n\\u7532\\"}{", "title": null}',
    b'{"text": "a"}{"text": "b"}',
    b'{"text": "a", "id": {"id": 1}',
    b'{"text": "a", "more": [1.5]}\r',
    b'{"text": "a", "id": 7.0}',
    b'{"text": "a", "id": 0}',
    b'{"text": "a", "id": 12345678901234567890}',
    b'{"text": "a", "more": "\xff"}',
    b'{"text": null, "id": 3}',
    b'{"id": 3}',
    b'{"text": "\\ud800", "id": 3}',
    b"[1]",
    b"{",
    b"",
)
FIELDS = (
    Fields(),
    Fields(id="id"),
    Fields(("title", "text")),
    Fields(title="title"),
    Fields(priority="id"),
    Fields(group="title"),
    Fields(("id.id",)),
)


@given(BYTES, st.integers(1, 12), st.integers(1, 40), st.none() | st.integers(0, 60))
def test_blocks_are_the_lines(data: bytes, longest: int, size: int, most: int | None) -> None:
    found, faults = [], []
    try:
        for block in read_blocks(io.BytesIO(data), longest, most, size):
            found += block.lines()
    except InputError as error:
        faults.append((error.message, error.line))
    expected = []
    try:
        for line in read_lines(io.BytesIO(data), longest, most, keep_breaks=True):
            expected.append(line)
    except InputError as error:
        faults.append((error.message, error.line))
    assert found == list(enumerate(expected, start=1))
    assert len(faults) in (0, 2)
    assert len(set(faults)) < 2


@given(BYTES, st.integers(1, 40), st.integers(1, 9), st.data())
def test_some_lines_of_a_block(data: bytes, size: int, cut: int, draw: st.DataObject) -> None:
    for block in read_blocks(io.BytesIO(data), 100, size=size):
        lines = dict(block.lines())
        assert [line for part in block.cut(cut) for line in part.lines()] == list(lines.items())
        assert {len(part.ends) for part in block.cut(cut)} <= {cut, len(block.ends) % cut}
        chosen = sorted(draw.draw(st.sets(st.sampled_from(list(lines)))))
        numbers = np.array(chosen, np.int64)
        assert list(block.at(numbers)) == [lines[number] for number in chosen]
        assert b"".join(block.runs(numbers)) == b"".join(lines[number] or b"" for number in chosen)
        assert len(list(block.runs(numbers))) == (sum(b - a > 1 for a, b in pairwise(chosen)) + 1 if chosen else 0)


class _Torn(io.BytesIO):
    """A file that breaks off."""

    def read1(self, size: int | None = -1, /) -> bytes:
        if found := super().read1(min(size or 0, 4)):
            return found
        raise EOFError("torn")


def test_what_was_read_before_a_fault_is_given() -> None:
    found = []
    with pytest.raises(EOFError, match="torn"):  # noqa: PT012
        for block in read_blocks(_Torn(b"ab\ncd\nef"), 100):
            found += block.lines()
    assert found == [(1, b"ab\n"), (2, b"cd\n")]


@pytest.mark.parametrize("fields", FIELDS)
@given(st.lists(st.sampled_from(LINES[:2]) | st.sampled_from(LINES), min_size=1, max_size=4))
def test_records_at_once_are_those_one_by_one(fields: Fields, lines: list[bytes]) -> None:
    file = JsonLines(fields)
    [block] = read_blocks(io.BytesIO(b"\n".join(lines) + b"\n"), 1000)
    found = file.read_block(block)
    one_by_one = []
    try:
        for number, line in file.records_in(block):
            assert line == lines[number - 1].rstrip(b"\r")
            one_by_one.append(file.read(line))
    except InputError:
        assert found is None
    else:
        expected = [tuple(getattr(record, name) for name in Columns._fields) for record in one_by_one]
        assert found is None or [*zip(*found, strict=True)] == expected


def test_plain_records_are_read_at_once() -> None:
    [block] = read_blocks(io.BytesIO(b"\r\n".join(LINES[:2]) + b"\r\n"), 1000)
    found = JsonLines(Fields(id="id")).read_block(block)
    assert found is not None
    assert (found.text, found.id, found.title) == (["甲", '\n甲"}{'], [1, "b"], ["", ""])
    assert JsonLines(Fields(id="id"), "gb18030").read_block(block) is None
    assert JsonLines(Fields()).read_block(Block(1, None, np.array([9]))) is None


def test_a_line_with_a_mark_is_not_as_written() -> None:
    marked, plain = (Block(1, data, np.array([len(data)])) for data in (b"\xef\xbb\xbf{}\n", b'{"\xef\xbb\xbf": 1}\n'))
    assert JsonLines(Fields()).is_as_written(plain)
    assert not JsonLines(Fields()).is_as_written(marked)
    assert not JsonLines(Fields(), "gb18030").is_as_written(plain)
