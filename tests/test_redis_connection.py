"""Connections with a server that break: before the server hears, and after it has done the work."""

from __future__ import annotations

import random
import shutil
from typing import TYPE_CHECKING, Any

import pytest

import neardup
from neardup import Index
from tests.indexes import ARTICLE, COPY, LINE, OTHER
from tests.servers import Proxy, client_of, free_port, redis_address, shared_port, start
from tests.writers import VARIANTS, article, articles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from neardup import IndexMatch

pytestmark = pytest.mark.skipif(neardup.backend() != "kernel", reason="what is stored does not depend on the backend")


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    made = Proxy(shared_port())
    yield made
    made.close()


@pytest.fixture
def index(proxy: Proxy, tmp_path: Path) -> Iterator[Index]:
    with Index.open(redis_address(tmp_path, proxy.port)) as opened:
        yield opened


def pair(match: IndexMatch | None) -> tuple[Any, str] | None:
    return None if match is None else (match.survivor, match.relation)


def texts_of(index: Index) -> list[tuple[Any, str]]:
    return [(each.id, each.text) for each in index]


both_sides = pytest.mark.parametrize("where", ["before", "after"])


@both_sides
def test_one_is_added_once(index: Index, proxy: Proxy, where: str) -> None:
    proxy.cut_once(where, "insert")
    assert index.add("a", ARTICLE, data=7) is None
    assert proxy.cuts[where] == 1
    proxy.cut_once(where, "insert")
    assert pair(index.add("b", COPY)) == ("a", "identical")
    assert [(each.id, each.data) for each in index] == [("a", 7)]
    assert index.verify() == []


@both_sides
def test_many_are_added_once(index: Index, proxy: Proxy, where: str) -> None:
    """What the server did before the connection broke is known when it is asked again, and is no duplicate."""
    index.add("o", OTHER)
    proxy.cut_once(where, "insert")
    found = index.add_many({"a": ARTICLE, "b": COPY, "c": OTHER, "d": LINE.format(7), "e": LINE.format(8)}, threads=1)
    assert proxy.cuts[where] == 1
    assert found.new == ["a", "d", "e"]
    assert list(map(pair, found)) == [None, ("a", "identical"), ("o", "identical"), None, None]
    assert found.known == (["a", "d", "e"] if where == "after" else [])
    assert [each.id for each in index] == ["o", "a", "d", "e"]
    assert index.verify() == []


@both_sides
def test_one_is_replaced_once(index: Index, proxy: Proxy, where: str) -> None:
    index.add_many({"a": ARTICLE, "b": OTHER}, threads=1)
    proxy.cut_once(where, "insert")
    assert index.add("a", LINE, replace=True) is None
    assert texts_of(index) == [("b", OTHER), ("a", LINE)]
    proxy.cut_once(where, "insert")
    assert pair(index.add("a", OTHER + "。", replace=True)) == ("b", "identical")
    assert proxy.cuts[where] == 2
    assert texts_of(index) == [("b", OTHER)]
    assert index.verify() == []


@both_sides
def test_what_is_removed_is_counted_once(index: Index, proxy: Proxy, where: str) -> None:
    index.add_many(articles(5), ids=range(5), threads=1)
    proxy.cut_once(where, "remove")
    assert index.remove([0, 3, "x"]) == 2
    assert index.remove([0, 3]) == 0
    assert proxy.cuts[where] == 1
    assert [each.id for each in index] == [1, 2, 4]
    assert index.verify() == []


@both_sides
@pytest.mark.parametrize("action", ["drop", "remove"])
def test_what_expires_is_counted_once(index: Index, proxy: Proxy, where: str, action: str) -> None:
    """Whole blocks of documents are dropped; the others are removed."""
    index.add_many(articles(150), ids=range(150), threads=1)
    [last] = [each.added for each in index if each.id == 128]
    index.add_many(articles(10, 1), ids=range(200, 210), threads=1)
    old = sum(each.added <= last for each in index)
    proxy.cut_once(where, action)
    assert index.expire(older_than=last + 1e-6) == old
    assert proxy.cuts[where] == 1
    assert len(index) == 160 - old
    assert index.verify() == []


@both_sides
def test_an_index_is_made_again_once(proxy: Proxy, tmp_path: Path, where: str) -> None:
    address = redis_address(tmp_path, proxy.port)
    with Index.open(address) as index:
        index.add_many(articles(5), ids=range(5), threads=1)
    proxy.cut_once(where, "replace")
    assert Index.upgrade(address) == 5
    assert proxy.cuts[where] == 1
    with Index.open(address) as index:
        assert [each.id for each in index] == [0, 1, 2, 3, 4]
        assert index.verify() == []
    prefix = address.partition("prefix=")[2]
    names = {key.decode().split(":")[1] for key in client_of(shared_port()).scan_iter(match=f"{{{prefix}}}:*")}
    assert len(names - {"state"}) == 1


def steps(rng: random.Random, count: int) -> Iterator[tuple[str, Callable[[Index], Any]]]:
    """Give what may be asked of an index, with answers that do not depend on the kind of its store."""
    for _ in range(count):
        number, writer, variant = rng.randrange(12), rng.randrange(2), rng.choice(VARIANTS)
        id_, text = f"{writer}-{number}-{rng.randrange(2)}", variant(article(number, writer))
        more = {f"m{n}": rng.choice(VARIANTS)(article(n, writer)) for n in rng.sample(range(12), 4)}
        action = rng.choice(["add", "replace", "add_many", "remove", "check", "get", "matches", "expire"])
        calls: dict[str, Callable[[Index], Any]] = {
            "add": lambda index, text=text, id_=id_: pair(index.add(id_, text, replace=id_ in index)),
            "replace": lambda index, text=text, id_=id_: pair(index.add(id_, text, data=[text], replace=True)),
            "add_many": lambda index, more=more: [*map(pair, index.add_many(more, replace=True, threads=1))],
            "remove": lambda index, id_=id_, more=more: index.remove([id_, *[*more][:2]]),
            "check": lambda index, more=more: [*map(pair, index.check_many(more, threads=1))],
            "get": lambda index, id_=id_: index.get(id_) and index.get(id_)[:4],
            "matches": lambda index, text=text: [pair(each) for each in index.matches(text)],
            "expire": lambda index, n=number: index.expire(
                older_than=min([e.added for e in index][n // 2 :], default=0.0)
            ),
        }
        yield action, calls[action]


@pytest.mark.parametrize("seed", range(3))
def test_a_connection_that_breaks_all_the_time_changes_no_answer(index: Index, proxy: Proxy, seed: int) -> None:
    rng, cut = random.Random(seed), random.Random(seed)
    with Index.open(":memory:") as plain:
        for number, (action, step) in enumerate(steps(rng, 120)):
            proxy.plan = lambda _: None
            expected = step(plain)
            proxy.plan = lambda _: cut.choice(["before", "after", *[None] * 18])
            assert step(index) == expected, (number, action)
        proxy.plan = lambda _: None
        assert [each[:4] for each in index] == [each[:4] for each in plain]
    assert index.verify() == []
    assert min(proxy.cuts["before"], proxy.cuts["after"]) > 5


def test_what_a_server_lost_is_not_remembered(tmp_path: Path) -> None:
    """A server that comes back with less than it had gives numbers to other documents than before."""
    options, port = ["--appendonly", "yes", "--appendfsync", "always"], free_port()
    data, saved = tmp_path / "data", tmp_path / "saved"
    data.mkdir()
    server = start(data, port, *options)
    try:
        address = redis_address(tmp_path, port)
        with Index.open(address) as index, Index.open(address) as other:
            index.add("a", ARTICLE)
            shutil.copytree(data, saved)
            index.add("b", OTHER)
            assert pair(index.check(OTHER + "。")) == ("b", "identical")  # the index keeps what it compared with
            server.kill()
            server.wait()
            shutil.rmtree(data)
            shutil.copytree(saved, data)
            server = start(data, port, *options)
            assert other.add("c", LINE.format(7)) is None
            assert pair(index.check(LINE.format(7))) == ("c", "identical")
            match = index.check(LINE.format(8))
            assert match is None
            [found] = index.matches(LINE.format(8))
            assert (found.survivor, found.relation) == ("c", "template")
            assert index.add("b", OTHER) is None
            assert index.verify() == []
    finally:
        server.kill()
        server.wait()


def test_a_script_that_was_forgotten_is_sent_again(index: Index) -> None:
    index.add("a", ARTICLE)
    client = client_of(shared_port())
    for ask in (lambda: index.add("b", OTHER), lambda: index.remove("b"), index.stats, lambda: [*index], index.verify):
        client.execute_command("SCRIPT FLUSH")
        ask()
    assert [each.id for each in index] == ["a"]


def test_an_idle_connection_that_the_server_closed_is_opened_again(index: Index) -> None:
    index.add("a", ARTICLE)
    client_of(shared_port()).execute_command("CLIENT KILL TYPE normal")
    assert pair(index.add("b", COPY)) == ("a", "identical")
    assert len(index) == 1
