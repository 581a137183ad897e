"""Keys by parts are the keys at once."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neardup.jobs.keys import parts_within, shared_keys_of
from neardup.jobs.workspace import Workspace
from neardup.rule import Ragged, shared_keys

pytestmark = pytest.mark.once

KEYS = st.lists(st.lists(st.lists(st.integers(0, 12), max_size=5, unique=True), max_size=4), min_size=1, max_size=4)


def ragged(documents: list[list[int]]) -> tuple[np.ndarray, np.ndarray]:
    values = np.array([key * 2654435761 for document in documents for key in document], np.uint64)
    return values, np.cumsum([0, *map(len, documents)])


def named(found: Ragged) -> list[set[frozenset[int]]]:
    """Give of each document the sets of documents that its keys stand for, whatever their numbers are."""
    rows = np.repeat(np.arange(len(found.offsets) - 1), np.diff(found.offsets))
    having = {key: frozenset(rows[found.values == key].tolist()) for key in found.values.tolist()}
    return [
        {having[key] for key in found.values[start:stop].tolist()}
        for start, stop in zip(found.offsets, found.offsets[1:], strict=False)
    ]


@pytest.mark.parametrize("parts", [1, 2, 8])
def test_parts_give_the_same_keys(tmp_path_factory: pytest.TempPathFactory, parts: int) -> None:
    work = Workspace(tmp_path_factory.mktemp("work"))

    @given(KEYS)
    def check(chunks: list[list[list[int]]]) -> None:
        found = shared_keys_of(map(ragged, chunks), parts, work.scratch)
        documents = [document for chunk in chunks for document in chunk]
        expected = shared_keys(*ragged(documents), np.ones(len(documents), bool))
        assert named(found) == named(expected)
        assert np.diff(found.offsets).tolist() == np.diff(expected.offsets).tolist()
        if len(found.values):
            assert sorted(set(found.values.tolist())) == list(range(int(found.values.max()) + 1))
        assert not list(work.folder.glob("*scratch*"))

    check()
    work.close()


def test_files_of_a_run_that_was_killed_go(tmp_path: Path) -> None:
    work = Workspace(tmp_path)
    with work.scratch(2) as files:
        files[1].write(b"x")
        left = sorted(tmp_path.glob("*scratch*"))
        assert len(left) == 2
    assert not list(tmp_path.glob("*scratch*"))
    left[1].write_bytes(b"x")
    work.close()
    Workspace(tmp_path).close()
    assert not list(tmp_path.glob("*scratch*"))


def test_no_more_parts_than_files_may_be_open() -> None:
    assert [parts_within(10**keys, 1 << 20) for keys in (4, 5, 6, 9)] == [1, 8, 64, 256]
