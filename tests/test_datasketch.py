"""datasketch with neardup's signatures: conversions, its LSH in memory, and in a real Redis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import datasketch
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import neardup
from neardup.integrations.datasketch import from_minhashes, hash32, to_lean_minhashes, to_minhashes
from tests.families import SENTENCE
from tests.servers import shared_port

if TYPE_CHECKING:
    from collections.abc import Callable

ARTICLES = {
    "通稿": SENTENCE,
    "转载": "據介紹,重慶經開區把質量強區戰略寫入全區規劃,加快引進和培育壯大龍頭企業,全面發力!(轉載)",
    "别的": "天地玄黄，宇宙洪荒。日月盈昃，辰宿列张。寒来暑往，秋收冬藏。闰余成岁，律吕调阳。",
}
QUERY = "据介绍,重庆经开区把质量强区战略写入全区规划,加快引进和培育壮大龙头企业,全面发力"
BANDS = (16, 6)

CONVERSIONS = [to_minhashes, to_lean_minhashes]


@given(
    st.lists(st.text("天地玄黄", max_size=20), min_size=1, max_size=5), st.integers(1, 40), st.integers(0, 2**32 - 1)
)
def test_conversions_go_there_and_back(texts: list[str], num_perm: int, seed: int) -> None:
    found = neardup.signatures(texts, num_perm=num_perm, seed=seed)
    for convert in CONVERSIONS:
        there = convert(found, seed=seed)
        back = from_minhashes(there, seed=seed)
        assert back.dtype == np.uint32
        assert (back == found).all()
        assert [minhash.is_empty() for minhash in there] == [not text for text in texts]
    assert [lean.jaccard(full) for lean, full in zip(there, to_minhashes(found, seed=seed), strict=True)] == [
        1.0
    ] * len(texts)


def test_a_converted_minhash_goes_on_where_the_signature_ends() -> None:
    (minhash,) = to_minhashes(neardup.signatures(["天地玄黄宇宙"]))
    minhash.update_batch(["地玄黄宇宙洪"[i : i + 5] for i in range(2)])
    assert (minhash.hashvalues == neardup.signatures(["天地玄黄宇宙洪"])[0]).all()
    assert 0 <= hash32("天地玄黄宇") < 2**32


def test_converting_copies() -> None:
    found = neardup.signatures(list(ARTICLES.values()))
    before = found.copy()
    for convert in CONVERSIONS:
        for minhash in convert(found):
            minhash.hashvalues[:] = 0
    assert (found == before).all()


@pytest.mark.parametrize("convert", CONVERSIONS)
@pytest.mark.parametrize("shape", [(128,), (3, 0)])
def test_what_is_not_signatures_is_refused(convert: Callable[..., object], shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"signatures must have the shape \(texts, num_perm\), not"):
        convert(np.zeros(shape, np.uint32))


def test_foreign_minhashes_are_named() -> None:
    own = datasketch.MinHash(4, seed=1, scheme="affine32")
    for other in (datasketch.MinHash(4, scheme="legacy"), datasketch.MinHash(4, seed=2), datasketch.MinHash(5)):
        with pytest.raises(ValueError, match="MinHash 1 has scheme, seed and size"):
            from_minhashes([own, other])
    with pytest.raises(ValueError, match="there must be at least one MinHash"):
        from_minhashes([])


def check_lsh(storage: dict[str, Any], convert: Callable[..., list[datasketch.MinHash]]) -> None:
    lsh = datasketch.MinHashLSH(params=BANDS, num_perm=128, storage_config=storage)
    for key, minhash in zip(ARTICLES, convert(neardup.signatures(ARTICLES)), strict=True):
        lsh.insert(key, minhash)
    (query,) = convert(neardup.signatures([QUERY]))
    assert sorted(lsh.query(query)) == ["转载", "通稿"]
    lsh.remove("转载")
    assert lsh.query(query) == ["通稿"]
    # datasketch leaves its connections to the garbage collector, which warns of each.
    for store in (lsh.keys, *lsh.hashtables):
        if storage["type"] == "redis":
            store._redis.close()


@pytest.mark.parametrize("convert", CONVERSIONS)
def test_an_lsh_in_memory_finds_them(convert: Callable[..., list[datasketch.MinHash]]) -> None:
    check_lsh({"type": "dict"}, convert)


@pytest.mark.parametrize("convert", CONVERSIONS)
def test_an_lsh_in_redis_finds_them(convert: Callable[..., list[datasketch.MinHash]]) -> None:
    basename = convert.__name__.encode()
    check_lsh({"type": "redis", "basename": basename, "redis": {"host": "127.0.0.1", "port": shared_port()}}, convert)
