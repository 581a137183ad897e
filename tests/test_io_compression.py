"""Gzip as it is read: what the standard library unpacks, whole, in members, filled up, cut off or damaged."""

from __future__ import annotations

import gzip
import io
import tracemalloc
import zlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neardup.errors import InputError
from neardup.io.compression import GZIP, decompressing, faults_named

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.once

DATA = "据介绍，重庆经开区把质量强区战略写入全区规划。\n".encode() * 40
DAMAGED, CUT_OFF = "the compressed file is damaged", "the compressed file is cut off; get the whole file"
LONG = bytes(range(256)) * 2000
TOGETHER: dict[str, bytes] = {
    "one": gzip.compress(DATA),
    "one without an end of its own": gzip.compress(DATA, 0),
    "longer than a piece": gzip.compress(LONG * 3, 1),
    "longer than a piece, as it is": gzip.compress(LONG, 0),
    "nothing": gzip.compress(b""),
    "members": gzip.compress(DATA) + gzip.compress(b"") + gzip.compress(LONG) + gzip.compress(b"x"),
    "filled up": gzip.compress(DATA) + bytes(1000),
    "filled up a long way": gzip.compress(DATA) + bytes(200_000),
    "filled up between": gzip.compress(DATA) + bytes(70_000) + gzip.compress(LONG) + bytes(3),
}


def unpacked(packed: bytes, size: int = -1) -> bytes:
    file = decompressing(io.BufferedReader(io.BytesIO(packed)), GZIP)  # type: ignore[arg-type]
    return b"".join(iter(lambda: file.read(size), b""))


def outcome(read: Callable[[], bytes]) -> bytes | str:
    """What is read, or what kind of fault there is."""
    try:
        with faults_named("文.gz"):
            return read()
    except InputError as error:
        return error.message.split(" (")[0]


@pytest.mark.parametrize("name", TOGETHER)
@pytest.mark.parametrize("size", [-1, 1 << 20, 4099])
def test_what_is_read_is_what_was_packed(name: str, size: int) -> None:
    assert unpacked(TOGETHER[name], size) == gzip.decompress(TOGETHER[name])


@given(st.lists(st.binary(max_size=60), min_size=1, max_size=3), st.integers(0, 9), st.integers(1, 70), st.data())
def test_faults_are_those_of_the_standard_library(
    members: list[bytes], level: int, size: int, data: st.DataObject
) -> None:
    packed = b"".join(gzip.compress(member, level, mtime=0) for member in members)
    cut = packed[: data.draw(st.integers(1, len(packed)))]
    expected = outcome(lambda: gzip.decompress(cut))  # which takes a member of one byte for something else
    assert outcome(lambda: unpacked(cut, size)) == (expected if isinstance(expected, bytes) else CUT_OFF)
    damaged = bytearray(packed)
    damaged[data.draw(st.integers(0, len(packed) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    said = outcome(lambda: unpacked(bytes(damaged), size))
    assert said in (outcome(lambda: gzip.decompress(bytes(damaged))), DAMAGED, CUT_OFF)


@pytest.mark.parametrize("behind", [b"x", b"\0\0x" + DATA, gzip.compress(DATA)[1:], b"\x1f\x8b"])
def test_what_is_no_member_behind_one_is_a_fault(behind: bytes) -> None:
    with pytest.raises((zlib.error, EOFError)):
        unpacked(gzip.compress(DATA) + behind)
    said = outcome(lambda: unpacked(gzip.compress(DATA) + behind))
    assert said in (DAMAGED, CUT_OFF)


def test_no_more_is_unpacked_than_is_asked_for() -> None:
    """A small file that holds a very large one is not in memory before its bytes are counted."""
    packed = gzip.compress(bytes(50_000_000))
    tracemalloc.start()
    file = decompressing(io.BufferedReader(io.BytesIO(packed)), GZIP)  # type: ignore[arg-type]
    read = [len(file.read(1 << 16)) for _ in range(3)]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert read == [1 << 16] * 3
    assert peak < 2_000_000
