"""Documents as bytes: whatever they are, they come back as they were."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neardup import Config
from neardup.index.packing import (
    Payload,
    UnreadableError,
    id_of,
    pack_id,
    pack_payload,
    pack_records,
    unpack_id,
    unpack_payload,
    unpack_records,
)
from neardup.sketches import Sketches
from tests.families import SENTENCES

pytestmark = pytest.mark.once

ANY = st.text(st.characters(codec=None) | st.characters(categories=["Cs", "Co", "Cn"]), max_size=50)
NUMBERS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
JSON: st.SearchStrategy[Any] = st.recursive(
    NUMBERS | ANY, lambda each: st.lists(each, max_size=4) | st.dictionaries(ANY, each, max_size=4), max_leaves=10
)
IDS = st.integers(-(2**63), 2**64 - 1) | ANY


@given(ANY, ANY, JSON | st.binary(max_size=50))
def test_documents_come_back_as_they_were(text: str, title: str, data: Any) -> None:
    found = unpack_payload(pack_payload(Payload(text, title, data)))
    assert found == (text, title, data)
    assert type(found.data) is type(data)


def test_every_code_point_comes_back() -> None:
    text = "".join(map(chr, [*range(0xD800), *range(0xE000, 0x110000)]))
    packed = pack_payload(Payload(text, "", None))
    assert unpack_payload(packed).text == text


@given(st.lists(IDS, max_size=5))
def test_ids_come_back_as_they_were(ids: list[Any]) -> None:
    found = [unpack_id(pack_id(id_)) for id_ in ids]
    assert found == ids
    assert list(map(type, found)) == list(map(type, ids))


@given(st.lists(IDS, min_size=1, max_size=4))
def test_records_say_what_candidates_are_ranked_by(ids: list[Any]) -> None:
    config = Config(num_perm=96)
    sketched = Sketches.of_own_texts(SENTENCES[: len(ids)], config, 1)
    packed = pack_records(sketched, ids)
    found = unpack_records(packed, config.num_perm)
    assert found.digests.tolist() == sketched.digests.tolist()
    assert found.anchor_counts.tolist() == sketched.anchors.sizes.tolist()
    assert (found.low == sketched.signatures.astype(np.uint8)).all()
    assert [id_of(each, config.num_perm) for each in packed] == ids


@given(ANY, JSON, st.integers(0, 200), st.binary(max_size=3))
def test_other_bytes_are_no_document(text: str, data: Any, at: int, noise: bytes) -> None:
    """They give another document or one error, never anything else."""
    packed = pack_payload(Payload(text, text, data))
    for damaged in (packed[:at], packed[:at] + noise + packed[at + len(noise) :], noise):
        try:
            found = unpack_payload(damaged)
        except UnreadableError as error:
            assert "a stored document cannot be read" in str(error)  # noqa: PT017
        else:
            assert isinstance(found.text, str)


@pytest.mark.parametrize("packed", [b"", b"x", b"i", b"ix", b"s\xff", b"7"])
def test_other_bytes_are_no_id(packed: bytes) -> None:
    with pytest.raises(UnreadableError, match="a stored id cannot be read"):
        unpack_id(packed)
