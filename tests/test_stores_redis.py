"""What the store on a server keeps there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import redis

from neardup import Index
from neardup.stores.addresses import Address
from tests.servers import redis_address, shared_port

if TYPE_CHECKING:
    from pathlib import Path


pytestmark = pytest.mark.once


def blocks(client: Any, address: str) -> list[bytes]:
    return list(client.scan_iter(f"{{{Address.of(address).prefix}}}:*:d*"))


def test_documents_take_little_more_than_their_texts_and_leave_nothing(tmp_path: Path) -> None:
    address = redis_address(tmp_path)
    places = range(500)
    texts = ["".join(chr(0x4E00 + (7919 * number + 31 * i * i) % 20000) for i in places) for number in range(300)]
    with Index.open(address) as index, redis.Redis(port=shared_port()) as client:
        assert not index.add_many(texts, ids=range(300)).duplicates
        taken = sum(client.memory_usage(name, samples=0) for name in blocks(client, address))
        assert taken < index.stats().payload_bytes + 300 * 250  # a record has some 150 bytes
        # What is removed leaves gaps, and so do numbers that are no documents.
        index.remove(range(10, 250))
        assert [int(document.id) for document in index] == [*range(10), *range(250, 300)]
        index.add_many(texts[10:20], ids=range(10, 20))
        assert [int(document.id) for document in index] == [*range(10), *range(250, 300), *range(10, 20)]
        assert index.verify() == []
        index.remove(range(300))
        assert len(index) == 0
        assert blocks(client, address) == []
