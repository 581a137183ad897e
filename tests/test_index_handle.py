"""The handle on an index: options, the file, the config, threads."""

from __future__ import annotations

import asyncio
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import neardup
from neardup import Config, Index, InputError, MismatchError, NeardupError, OutputError
from tests.families import SENTENCES
from tests.indexes import ARTICLE, COPY, OTHER, STORES, place

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(params=STORES)
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Index]:
    with Index.open(place(request.param, tmp_path)) as opened:
        yield opened


def test_a_closed_index_says_so(index: Index) -> None:
    index.add("a", ARTICLE)
    assert repr(index).startswith("Index.open('")
    index.close()
    index.close()
    for ask in (
        lambda: index.add("b", OTHER), lambda: index.check(OTHER), lambda: index.matches(OTHER), lambda: len(index),
        lambda: "a" in index, lambda: list(index), lambda: index.get("a"), lambda: index.remove("a"),
        lambda: index.expire(older_than=0), index.stats, index.verify, lambda: index.add_many([OTHER]),
        lambda: index.check_many([OTHER]),
    ):  # fmt: skip
        with pytest.raises(NeardupError, match="is closed; open it again"):
            ask()


def test_a_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "新 闻?#%.index"
    with Index.open(str(path)) as index:
        assert index.name == str(path)
        index.add("a", ARTICLE, title="题", data=[1])
    assert {each.name for each in tmp_path.iterdir()} <= {path.name, f"{path.name}-lock"}
    with Index.open(path, create=False, durability="full") as index:
        [document] = index
        assert document[:4] == ("a", ARTICLE, "题", [1])
        assert index.config == Config()
    with Index.open(path, readonly=True) as index:
        assert index.check(COPY) is not None
        assert len(index) == 1


def test_an_index_in_memory_has_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with Index.open(":memory:") as index:
        assert index.name == ":memory:"
        index.add("a", ARTICLE)
    assert list(tmp_path.iterdir()) == []
    with Index.open(Path(":memory:")) as index:
        assert len(index) == 0


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"durability": "none"}, ValueError, "durability must be 'normal' or 'full', not 'none'"),
        ({"timeout_s": -1}, ValueError, r"timeout_s must be in \[0, "),
        ({"timeout_s": float("nan")}, ValueError, "timeout_s must be"),
        ({"timeout_s": "1"}, TypeError, "timeout_s must be a"),
        ({"config": {"threshold": 0.8}}, TypeError, "config must be a"),
    ],
)
@pytest.mark.parametrize("kind", STORES)
def test_options_are_checked(
    tmp_path: Path, kind: str, options: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        Index.open(place(kind, tmp_path), **options)
    assert list(tmp_path.iterdir()) == []


def test_a_path_is_needed() -> None:
    with pytest.raises(TypeError):
        Index.open(7)  # type: ignore[arg-type]


def test_what_is_not_there_is_only_made_if_it_may(tmp_path: Path) -> None:
    for options in ({"create": False}, {"readonly": True}):
        with pytest.raises(InputError, match="there is no such index"):
            Index.open(tmp_path / "x", **options)
    with pytest.raises(InputError, match="there is no folder"):
        Index.open(tmp_path / "no" / "x")
    assert list(tmp_path.iterdir()) == []


def test_a_handle_that_only_reads_does_not_write(tmp_path: Path) -> None:
    with Index.open(tmp_path / "x") as index:
        index.add("a", ARTICLE)
        with Index.open(tmp_path / "x", readonly=True) as reader:
            for ask in (
                lambda: reader.add("b", OTHER),
                lambda: reader.add_many([OTHER]),
                lambda: reader.remove("a"),
                lambda: reader.expire(older_than=time.time() + 9),
            ):
                with pytest.raises(OutputError, match="reading only"):
                    ask()
            assert reader.check(COPY) is not None
            index.add("c", OTHER)
            assert reader.check(OTHER) is not None
            assert [each.id for each in reader] == ["a", "c"]
            assert reader.verify() == []


def test_the_config_decides_and_stays(tmp_path: Path) -> None:
    text = ARTICLE + "".join(SENTENCES[4:6]) + "另外还有一些别的内容，" * 3
    for threshold, is_new in ((0.9, True), (0.5, False)):
        path = tmp_path / str(threshold)
        config = Config().with_overrides(threshold=threshold, min_containment=1.0)
        with Index.open(path, config=config) as index:
            index.add("a", text)
            assert (index.add("b", text[: len(text) * 3 // 4] + OTHER[::-1]) is None) == is_new
        with Index.open(path) as index:
            assert index.config == config
        with Index.open(path, config=config):
            pass
        with pytest.raises(MismatchError, match=rf"threshold {threshold}, not 0\.8"):
            Index.open(path, config=Config().with_overrides(min_containment=1.0))


def test_boilerplate_of_the_config_is_left_out(tmp_path: Path) -> None:
    footer = "本网站所有内容未经许可不得转载，违者必究，法律顾问为某某律师事务所。"
    found = neardup.find_repeated_paragraphs([f"{n}{text}\n{footer}" for text in SENTENCES[:6] for n in "甲乙丙"])
    config = Config().with_overrides(boilerplate=tuple(found.boilerplate))
    with Index.open(tmp_path / "b", config=config) as own:
        own.add("a", f"{SENTENCES[0]}\n{footer}")
        assert own.add("b", f"{SENTENCES[1]}\n{footer}") is None
        match = own.add("c", SENTENCES[0])
        assert match is not None
        assert match.relation == "identical"
        assert own.add("d", footer) is None
        assert own.verify() == []
        assert own.add("a", f"{SENTENCES[0]}\n{footer}") is None
    with Index.open(tmp_path / "b") as own:
        assert own.config == config


# Threads


def test_threads_share_a_handle(index: Index) -> None:
    """Of each family exactly one is new, and every call has its answer."""
    families = [[f"{sentence * 2}第{'一二三四五六七八九十'[n]}篇" for n in range(1)] * 8 for sentence in SENTENCES[:6]]
    answers: list[tuple[int, bool]] = []
    errors: list[BaseException] = []

    def work(worker: int) -> None:
        try:
            for family in range(6):
                match = index.add(f"{family}-{worker}", families[family][worker])
                answers.append((family, match is None))
                assert index.check(families[family][worker]) is not None
                assert len(index) >= 1
                list(index)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert sorted(family for family, is_new in answers if is_new) == list(range(6))
    assert len(answers) == 48
    assert len(index) == 6
    assert index.verify() == []


def test_a_loop_goes_on_while_a_batch_is_added(index: Index) -> None:
    size = 3000 if neardup.backend() == "kernel" else 60
    texts = [f"{SENTENCES[n % 6]}{n * 7919}号报道{SENTENCES[n % 5]}" for n in range(size)]

    async def main() -> int:
        adding = asyncio.create_task(asyncio.to_thread(index.add_many, texts, threads=1))
        ticks = 0
        while not adding.done():
            await asyncio.sleep(0)
            ticks += 1
        await adding
        return ticks

    assert asyncio.run(main()) > 10
    assert len(index) > 0
