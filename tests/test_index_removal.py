"""What removal leaves behind: nothing of the text in the file, room in full lists, and an index that is whole."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from neardup import Config, Index
from neardup.index.packing import Payload, pack_payload
from neardup.index.stored import Stored
from tests.families import SENTENCES
from tests.indexes import small_sizes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.once

LINE = "气象台预报，今天夜里到明天白天多云转小雨，最低气温{}度，请市民注意添衣保暖。"
ARTICLE = "".join(SENTENCES[:3])
MARKER = "绝密代号九七三一"


def traces(folder: Path, *wanted: bytes) -> list[tuple[str, bytes]]:
    """Give where in the files of a folder some bytes stand."""
    return [(path.name, each) for path in folder.iterdir() for each in wanted if each in path.read_bytes()]


@pytest.mark.parametrize("way", ["remove", "expire", "replace"])
@pytest.mark.parametrize("moved", [False, True])
def test_nothing_of_a_removed_document_can_be_read(tmp_path: Path, way: str, moved: bool) -> None:
    """Neither text nor title, data nor id, however they are written; in the file and in the log of changes."""
    text = "".join(chr(0x4E00 + n * n * 7919 % 20_000) for n in range(200)) + MARKER
    payload = pack_payload(Payload(text, f"题{MARKER}", {"url": "https://marker.example/9731"}))
    packed = payload[-60:-20]
    wanted = [MARKER.encode(), MARKER.encode("gb18030"), packed, b"marker.example", b"id-marker-9731"]
    with Index.open(tmp_path / "index") as index, small_sizes():
        index.add("id-marker-9731", text, title=f"题{MARKER}", data={"url": "https://marker.example/9731"})
        before = {each for _, each in traces(tmp_path, *wanted)}
        assert {wanted[0], packed, b"marker.example", b"id-marker-9731"} <= before
        if moved:
            index.add_many([str(n) for n in range(1100)], threads=1)  # short ones: the reference takes its time
        index.add("other", LINE.format(3))
        if way == "remove":
            assert index.remove("id-marker-9731") == 1
        elif way == "expire":
            other = index.get("other")
            assert other is not None
            assert index.expire(older_than=other.added) >= 1
        else:
            assert index.add("id-marker-9731", SENTENCES[5] * 3, replace=True) is None
        del wanted[4:]
        assert traces(tmp_path, *wanted) == []
        assert index.check(text) is None
    assert traces(tmp_path, *wanted) == []


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_what_was_left_out_of_a_full_list_is_no_damage(tmp_path: Path, kind: str) -> None:
    path = ":memory:" if kind == "memory" else tmp_path / "index"
    with Index.open(path, config=Config().with_overrides(max_bucket_size=1)) as index:
        for number in (3, 4):
            assert index.add(number, LINE.format(number)) is None
        assert index.verify() == []
        index.remove(3)
        assert index.verify() == []


class Between:
    """A store in which something happens just before a method of it is called."""

    def __init__(self, store: Any, method: str, happens: Callable[[], object]) -> None:
        self._store, self._method, self._happens, self._done = store, method, happens, False

    def __getattr__(self, name: str) -> Any:
        if name == self._method and not self._done:
            self._done = True
            self._happens()
        return getattr(self._store, name)

    def __len__(self) -> int:
        return len(self._store)


METHODS = ["find", "records", "payloads", "check_insert"]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("asked", ["copy", "same id", "batch", "replace"])
def test_an_article_is_never_lost_to_one_that_is_just_removed(tmp_path: Path, method: str, asked: str) -> None:
    """Another handle removes the survivor while a copy of it is decided: the copy is stored, or names what it saw."""
    with Index.open(tmp_path / "index") as index, Index.open(tmp_path / "index") as other:
        index.add("a", ARTICLE)
        stored = index._stored
        index._stored = Stored(Between(stored.store, method, lambda: other.remove("a")), stored.config, stored.name)  # type: ignore[arg-type]
        copy = ARTICLE.replace("，", "")
        if asked == "copy":
            match = index.add("b", copy)
        elif asked == "batch":
            match = index.add_many([SENTENCES[4] * 2, copy], ids=["c", "b"])[1]
        else:
            match = index.add("a", copy if asked == "replace" else ARTICLE, replace=asked == "replace")
        index._stored = stored
        there = [each.id for each in index]
        if match is None and not (asked == "same id" and "a" not in there and method == "check_insert"):
            assert ("a" if asked in ("same id", "replace") else "b") in there
        else:
            assert match is None or match.survivor == "a"
        assert index.verify() == []


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("asked", ["copy", "same id", "batch"])
def test_two_copies_are_never_both_new(tmp_path: Path, method: str, asked: str) -> None:
    """Another handle adds a copy while one is decided."""
    with Index.open(tmp_path / "index") as index, Index.open(tmp_path / "index") as other:
        index.add("0", SENTENCES[3] * 2)
        stored = index._stored
        between = Between(stored.store, method, lambda: other.add("b", ARTICLE))
        index._stored = Stored(between, stored.config, stored.name)  # type: ignore[arg-type]
        texts = {"c": SENTENCES[3] + SENTENCES[5] * 2, "a": ARTICLE.replace("，", "")}
        if asked == "batch":
            match = index.add_many(texts)[1]
        else:
            id_ = "a" if asked == "copy" else "b"
            match = index.add(id_, texts["a"] if asked == "copy" else ARTICLE)
        index._stored = stored
        there = [each.id for each in index if each.id in ("a", "b")]
        assert len(there) == 1
        assert match is None or match.survivor == there[0]
        assert index.verify() == []


def test_checking_goes_on_while_others_write(tmp_path: Path) -> None:
    """What is read is whole at every moment."""
    errors: list[BaseException] = []
    done = threading.Event()

    def read() -> None:
        try:
            with Index.open(tmp_path / "index", readonly=True) as reader:
                while not done.is_set():
                    match = reader.check(ARTICLE)
                    assert match is None or match.survivor == "a"
                    reader.matches(ARTICLE)
                    list(reader)
        except BaseException as error:
            errors.append(error)

    with Index.open(tmp_path / "index") as index:
        threads = [threading.Thread(target=read) for _ in range(2)]
        for thread in threads:
            thread.start()
        for number in range(60):
            index.add("a", ARTICLE)
            index.add(number, f"{SENTENCES[number % 3]}{number * 7919}")
            index.remove("a")
        done.set()
        for thread in threads:
            thread.join()
    assert errors == []
