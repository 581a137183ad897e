"""An index on a server by the command, made again, and copied into a file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

import neardup
from neardup import Config, Index, InputError, OutputError
from tests.command import index, shell
from tests.files import made
from tests.indexes import ARTICLE, COPY, LINE, OTHER, place
from tests.servers import client_of, free_port, redis_address, redis_server, shared_port
from tests.writers import articles

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(neardup.backend() != "kernel", reason="what is stored does not depend on the backend")

ROWS: list[dict[str, Any]] = [
    {"id": 1, "text": ARTICLE, "title": "题", "data": {"站": [1, None]}},
    {"id": "二", "text": COPY, "title": "题", "data": 7},
    {"id": "三", "text": OTHER, "title": "", "data": None},
]
FIELDS = ["--id-field", "id", "--title-field", "title", "--data-field", "data"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    made(tmp_path / "in.jsonl", ROWS)
    return tmp_path


def spaces(address: str) -> set[str]:
    """Give what keys of an index there are, without its state: one for each index that is kept."""
    pattern = f"{{{address.partition('prefix=')[2]}}}:*"
    return {key.decode().split(":")[1] for key in client_of(shared_port()).scan_iter(pattern)} - {"state"}


def statuses(shown: str) -> list[tuple[Any, ...]]:
    return [(line["id"], line["status"], line.get("survivor")) for line in map(json.loads, shown.splitlines()[1:])]


def test_every_command(folder: Path) -> None:
    address = redis_address(folder)
    piped = shell(
        f"cat in.jsonl | $N index add '{address}' --id-field id --title-field title --data-field data", folder
    )
    assert (piped.returncode, piped.stderr) == (0, "")
    assert statuses(piped.stdout) == [(1, "new", None), ("二", "duplicate", 1), ("三", "new", None)]
    again = index("add", address, "in.jsonl", *FIELDS)
    assert statuses(again.stdout) == [(1, "stored", None), ("二", "duplicate", 1), ("三", "stored", None)]
    checked = index("check", address, "in.jsonl", "--id-field", "id")
    assert statuses(checked.stdout) == [(1, "duplicate", 1), ("二", "duplicate", 1), ("三", "duplicate", "三")]
    [line] = index("matches", address, input=json.dumps({"text": COPY})).stdout.splitlines()[1:]
    assert [match["survivor"] for match in json.loads(line)["matches"]] == [1]
    found = json.loads(index("stats", address, "--format", "json").stdout)
    assert (found["index"], found["documents"]) == (address, 2)
    assert index("stats", address).stdout.startswith(f"{address}: 2 documents, ")
    assert index("verify", address).stdout == "2 documents: no faults\n"
    rows = [json.loads(row) for row in index("export", address).stdout.splitlines()]
    assert [{name: row[name] for name in ROWS[0]} for row in rows] == [ROWS[0], ROWS[2]]
    done = index("upgrade", address, "--threshold", 0.7)
    assert (done.exit_code, done.stdout) == (0, f"{address}: 2 documents, made again\n")
    assert index("remove", address, "1", "x").stdout == "1 document removed; 1 id not stored\n"
    assert index("expire", address, "--older-than", "1d").stdout == "0 documents removed\n"
    assert index("expire", address, "--older-than", "0s").stdout == "1 document removed\n"
    with Index.open(address, create=False) as opened:
        assert (len(opened), opened.config.threshold) == (0, 0.7)


def test_verify_names_faults(folder: Path) -> None:
    address = redis_address(folder)
    index("add", address, "in.jsonl", *FIELDS)
    client_of(shared_port()).delete(f"{{{address.partition('prefix=')[2]}}}:0:d0")
    done = index("verify", address)
    assert (done.exit_code, done.stdout) == (1, "2 documents: 1 fault\n")
    assert done.stderr == f"neardup: {address}: there are 0 documents, and the index says 2\n"


@pytest.mark.parametrize("command", ["check", "matches", "remove", "expire", "stats", "verify", "export", "upgrade"])
def test_only_add_makes_an_index(folder: Path, command: str) -> None:
    address = redis_address(folder)
    more = {"remove": ["1"], "expire": ["--older-than", "1d"]}.get(command, [])
    done = index(command, address, *more, input="")
    assert done.exit_code == 1
    assert isinstance(done.exception, InputError)
    assert "there is no index with the prefix" in str(done.exception)
    assert not spaces(address)


@pytest.mark.parametrize(
    "address",
    [
        "redis://u:geheim@localhost/x",
        "redis://u:geheim@localhost:99999999/0",
        "redis://u:geheim/1@localhost",
        "redis://u:geheim@localhost?geheim=1",
        "redis://localhost?password=geheim&prefix=",
        "unix://u:geheim@socket",
    ],
)
def test_a_wrong_address_is_wrong_usage(folder: Path, address: str) -> None:
    for command in ("add", "stats", "upgrade"):
        done = index(command, address, *(["in.jsonl", *FIELDS] if command == "add" else []))
        assert done.exit_code == 2
        assert "geheim" not in done.stdout + done.stderr


def test_a_server_that_is_not_there_or_refuses_is_one_line(folder: Path) -> None:
    with redis_server(folder, "--requirepass", "x") as port:
        for number, message in ((free_port(), "cannot be reached"), (port, "refuses this user")):
            address = f"redis://u:geheim@127.0.0.1:{number}/0?prefix=p"
            for command in ("add '{}' in.jsonl --id-field id", "stats '{}'"):
                done = shell(f"$N index {command.format(address)}", folder)
                assert (done.returncode, done.stdout) == (1, "")
                assert done.stderr.startswith(
                    f"neardup: redis://u:***@127.0.0.1:{number}/0?prefix=p: the server {message}"
                )
                assert done.stderr.count("\n") == 1
                assert "geheim" not in done.stderr


def test_an_index_is_made_again_with_another_config(tmp_path: Path) -> None:
    address = redis_address(tmp_path)
    with Index.open(address) as opened:
        opened.add("a", ARTICLE, title="题", data=[7])
        opened.add_many(articles(300), ids=range(300), threads=1)
        before = [*opened]
        space = spaces(address)
    seen: list[tuple[str, int, int]] = []
    wanted = Config.for_threshold(0.6).with_overrides(max_bucket_size=3)
    assert Index.upgrade(address, config=wanted, progress=lambda *what: seen.append(what)) == 301
    assert seen[-1] == ("upgrading", 301, 301)
    assert spaces(address).isdisjoint(space)
    assert len(spaces(address)) == 1
    with Index.open(address, config=wanted) as opened:
        assert [*opened] == before
        assert opened.verify() == []
        assert opened.add("b", COPY) is not None


@pytest.mark.parametrize("change", ["add", "remove"])
def test_what_is_written_while_it_is_made_again_is_not_lost(tmp_path: Path, change: str) -> None:
    address = redis_address(tmp_path)
    with Index.open(address) as opened:
        opened.add_many(articles(5), ids=range(5), threads=1)

        def write(*_: object) -> None:
            assert opened.add("new", ARTICLE) is None if change == "add" else opened.remove(3) == 1

        with pytest.raises(OutputError, match="was written meanwhile; end what writes it, and try again"):
            Index.upgrade(address, progress=write)
        assert [each.id for each in opened] == ([0, 1, 2, 3, 4, "new"] if change == "add" else [0, 1, 2, 4])
        assert opened.verify() == []
        assert len(spaces(address)) == 1


def test_two_that_make_it_again_at_once_lose_nothing(tmp_path: Path) -> None:
    address = redis_address(tmp_path)
    with Index.open(address) as opened:
        opened.add_many(articles(5), ids=range(5), threads=1)
    with pytest.raises(OutputError, match=r"was removed or replaced while it was open|was written meanwhile"):
        Index.upgrade(address, progress=lambda *_: Index.upgrade(address))
    with Index.open(address) as opened:
        assert [each.id for each in opened] == [0, 1, 2, 3, 4]
        assert opened.verify() == []
        assert len(spaces(address)) == 1


@pytest.mark.parametrize("kind", ["memory", "redis"])
def test_a_backup_is_a_file(tmp_path: Path, kind: str) -> None:
    config = Config.for_threshold(0.7)
    with Index.open(place(kind, tmp_path), config=config) as opened:
        opened.add("a", ARTICLE, title="题", data=[7])
        opened.add_many(articles(300), ids=range(300), threads=1)
        opened.add("b", LINE.format(7))
        opened.remove(7)
        opened.backup(tmp_path / "backup")
        before = [*opened]
        with pytest.raises(OutputError, match="exists already; choose another name"):
            opened.backup(tmp_path / "backup")
    with Index.open(tmp_path / "backup", create=False) as copied:
        assert copied.config == config
        assert [*copied] == before
        assert copied.verify() == []
        match = copied.check(COPY)
        assert match is not None
        assert match.survivor == "a"
