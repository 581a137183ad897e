"""Servers of every make and in every state: users, TLS, sockets, full memory, replicas, clusters, damage."""

from __future__ import annotations

import logging
import random
import re
import shutil
import subprocess
import time
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest

import neardup
from neardup import Config, Index, InputError, MismatchError, NeardupError, OutputError
from tests.indexes import ARTICLE, COPY, OTHER, small_sizes
from tests.servers import client_of, free_port, redis_address, redis_server, shared_port, start
from tests.writers import article, articles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(neardup.backend() != "kernel", reason="what is stored does not depend on the backend")

COMMANDS = "+ping +info +evalsha +eval +hgetall +hmget +hget +hset +hdel +hkeys +exists +memory|usage"
MORE = "+unlink +rename"
"""What an index needs of a server, and what expiring and making it again need beside that."""


@pytest.fixture
def address(tmp_path: Path) -> str:
    return redis_address(tmp_path)


@pytest.fixture
def state(address: str) -> str:
    """Give the key of the state of an index."""
    return f"{{{address.partition('prefix=')[2]}}}:state"


def use_all(index: Index, first: int = 0) -> list[Any]:
    """Call every method, and give what `verify` says."""
    texts = articles(first + 8)[first:]
    index.add(f"a{first}", texts[0], title="题", data={"a": 1})
    index.add(f"b{first}", f"{texts[0]}。")
    index.add_many({f"{first}-{n}": text for n, text in enumerate(texts[1:])}, replace=True, threads=1)
    index.add(f"{first}-3", texts[4], replace=True)
    index.add(f"{first}-3", texts[3] + OTHER, replace=True)
    index.check(texts[2])
    index.check_many(texts, threads=1)
    index.matches(texts[5], newer_than=0.0)
    assert f"a{first}" in index
    assert index.get(f"a{first}") is not None
    assert len([*index]) == len(index) > 0
    index.remove([f"{first}-1", "none"])
    index.stats()
    index.version()
    found = index.verify()
    index.expire(older_than=0)
    index.expire(older_than=time.time() + 1)
    assert len(index) == 0
    return found


# Users


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Run a server that knows its users."""
    with redis_server(tmp_path_factory.mktemp("guarded"), "--requirepass", "geheim") as port:
        admin = client_of(port, password="geheim")
        for user, rule in {
            "crawler": f"~{{news}}:* {COMMANDS} {MORE}",
            "reader": f"%R~{{news}}:* {COMMANDS}",
            "elsewhere": f"~{{other}}:* {COMMANDS} {MORE}",
            "nobody": "~* +ping",
            "disabled": "~* +@all",
        }.items():
            switch = "off" if user == "disabled" else "on"
            admin.execute_command("ACL SETUSER", user, switch, f">pass-{user}", *rule.split())
        yield port


def of_user(port: int, user: str, password: str | None = None) -> str:
    return f"redis://{user}:{password or f'pass-{user}'}@127.0.0.1:{port}/0?prefix=news"


def test_a_user_with_few_rights_can_do_everything(guarded: int, tmp_path: Path) -> None:
    with Index.open(of_user(guarded, "crawler")) as index:
        assert index.name == f"redis://crawler:***@127.0.0.1:{guarded}/0?prefix=news"
        assert use_all(index) == []
        index.add("a", ARTICLE)
        index.backup(tmp_path / "backup")
        Index.upgrade(of_user(guarded, "crawler"))


@pytest.mark.parametrize("left_out", [each for each in f"{COMMANDS} {MORE}".split() if each != "+ping"])
def test_none_of_these_rights_is_too_many(guarded: int, left_out: str) -> None:
    """Where one is missing, an error says that it is the server that forbids something."""
    admin = client_of(guarded, password="geheim")
    given = [each for each in f"{COMMANDS} {MORE}".split() if each != left_out]
    admin.execute_command("ACL SETUSER", "less", "reset", "on", ">pass-less", "~{less}:*", *given)
    address = of_user(guarded, "less").replace("=news", "=less")

    def use_it() -> None:
        with small_sizes(), Index.open(address) as index:
            use_all(index)
            index.add("a", ARTICLE)
            Index.upgrade(address)

    try:
        with pytest.raises(InputError, match="the server forbids this user what an index needs"):
            use_it()
    finally:
        for key in admin.scan_iter("{less}:*"):
            admin.delete(key)


@pytest.mark.parametrize(
    ("user", "password", "message"),
    [
        ("crawler", "falsch", "the server refuses this user .*; look at the name and the password"),
        ("unknown", "falsch", "the server refuses this user"),
        ("disabled", "pass-disabled", "the server refuses this user"),
        ("", "falsch", "the server refuses this user"),
        ("nobody", None, r"the server forbids this user what an index needs \(.*info"),
        ("elsewhere", None, "the server forbids this user what an index needs"),
    ],
)
def test_who_may_not_is_told(guarded: int, user: str, password: str | None, message: str) -> None:
    with pytest.raises(InputError, match=message) as found:
        Index.open(of_user(guarded, user, password))
    assert (password or f"pass-{user}") not in str(found.value)


def test_no_password_where_one_is_needed(guarded: int) -> None:
    with pytest.raises(InputError, match="the server refuses this user"):
        Index.open(f"redis://127.0.0.1:{guarded}")


def test_who_may_only_read_is_told(guarded: int) -> None:
    """A server lets nobody call a script for keys that he may not write."""
    with Index.open(of_user(guarded, "crawler")) as index:
        index.add("a", ARTICLE)
    with (
        Index.open(of_user(guarded, "reader")) as index,
        pytest.raises(InputError, match="the server forbids this user"),
    ):
        index.check(COPY)


# Where a server is


def test_a_server_with_tls(tmp_path: Path) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    made = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
    ]
    named = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run(
        [*made, *named, "-keyout", tmp_path / "key", "-out", tmp_path / "cert"], check=True, capture_output=True
    )
    port = free_port()
    files = [
        "--tls-cert-file",
        f"{tmp_path}/cert",
        "--tls-key-file",
        f"{tmp_path}/key",
        "--tls-ca-cert-file",
        f"{tmp_path}/cert",
    ]
    try:
        server = start(tmp_path, 0, "--tls-port", str(port), "--tls-auth-clients", "no", *files)
    except AssertionError:
        pytest.skip("the server was built without TLS")
    try:
        place = f"rediss://127.0.0.1:{port}/0?prefix=p"
        with Index.open(f"{place}&ssl_ca_certs={tmp_path}/cert") as index:
            assert use_all(index) == []
        with Index.open(f"{place}&ssl_cert_reqs=none&ssl_check_hostname=false") as index:
            assert use_all(index) == []
        for address in (place, f"redis://127.0.0.1:{port}", f"{place}&ssl_ca_certs={tmp_path}/none"):
            with pytest.raises(InputError, match="the server cannot be reached"):
                Index.open(address, timeout_s=2)
    finally:
        server.kill()
        server.wait()


def test_a_server_behind_a_socket(tmp_path: Path) -> None:
    with redis_server(tmp_path, "--unixsocket", f"{tmp_path}/s") as port:
        with Index.open(f"unix://{tmp_path}/s?db=3&prefix=p") as index:
            assert use_all(index) == []
            index.add("a", ARTICLE)
        assert client_of(port, 3).exists("{p}:state")
        with Index.open(f"redis://127.0.0.1:{port}/3?prefix=p") as index:
            assert "a" in index


def test_databases_are_kept_apart(tmp_path: Path) -> None:
    place = f"redis://127.0.0.1:{shared_port()}/{{}}?prefix={tmp_path.name}"
    with Index.open(place.format(0)) as one, Index.open(place.format(5)) as other:
        one.add("a", ARTICLE)
        assert other.add("b", ARTICLE) is None
        assert [each.id for each in other] == ["b"]
    with pytest.raises(NeardupError, match="out of range"):
        Index.open(place.format(99))


# What a server is


def test_a_cluster_is_refused(tmp_path: Path) -> None:
    message = r"is a cluster, .*; give the address of a single server"
    with redis_server(tmp_path, "--cluster-enabled", "yes") as port, pytest.raises(InputError, match=message):
        Index.open(f"redis://127.0.0.1:{port}")


def test_a_replica_is_only_read(tmp_path: Path, address: str, state: str) -> None:
    (tmp_path / "replica").mkdir()
    with redis_server(tmp_path / "replica", "--replicaof", "127.0.0.1", str(shared_port())) as port:
        with Index.open(address) as index:
            index.add("a", ARTICLE)
            deadline = time.monotonic() + 20
            while not client_of(port).exists(state) or client_of(port).hget(state, "documents") != b"1":
                assert time.monotonic() < deadline
                time.sleep(0.05)
        for options in ({"readonly": True}, {}):
            with Index.open(redis_address(tmp_path, port), **options) as index:  # type: ignore[arg-type]
                assert index.check(COPY) is not None
                assert (len(index), index.verify()) == (1, [])
                assert index.stats().documents == 1
                refused = "for reading only" if options else "is a replica, .*; give the address of its master"
                for write in (lambda: index.add("b", OTHER), lambda: index.remove("a")):
                    with pytest.raises(OutputError, match=refused):
                        write()
        with pytest.raises(OutputError, match="is a replica"):
            Index.open(f"redis://127.0.0.1:{port}?prefix=new")


def test_a_policy_that_drops_keys_is_warned_of(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with redis_server(tmp_path, "--maxmemory-policy", "allkeys-lru") as port, caplog.at_level(logging.WARNING):
        with Index.open(f"redis://127.0.0.1:{port}") as index:
            assert index.add("a", ARTICLE) is None
        [said] = [each.getMessage() for each in caplog.records if each.name == "neardup"]
        assert "drops keys when its memory is full (maxmemory-policy allkeys-lru)" in said
        assert "set it to noeviction" in said
        caplog.clear()
        client_of(port).config_set("maxmemory-policy", "noeviction")
        Index.open(f"redis://127.0.0.1:{port}").close()
        assert not caplog.records


def test_full_durability_is_refused_where_the_server_has_none(tmp_path: Path) -> None:
    with redis_server(tmp_path) as port:
        client, place = client_of(port), f"redis://127.0.0.1:{port}?prefix=p"
        for on, when in (("no", "always"), ("yes", "everysec"), ("yes", "no")):
            client.config_set("appendonly", on)
            client.config_set("appendfsync", when)
            with pytest.raises(OutputError, match=rf"\(appendfsync {when}, appendonly {on}\); set appendonly yes and"):
                Index.open(place, durability="full")
            assert not client.keys()
        client.config_set("appendfsync", "always")
        with Index.open(place, durability="full") as index:
            assert index.add("a", ARTICLE) is None


def test_memory_that_is_full(tmp_path: Path) -> None:
    """Nothing is stored then, what is there is read, removing makes room, and all is whole when there is memory."""
    with redis_server(tmp_path, "--maxmemory", "100mb") as port:
        client, place = client_of(port), f"redis://127.0.0.1:{port}?prefix=p"
        with Index.open(place) as index:
            index.add_many(articles(200), ids=range(200), threads=1)
            before = [each.id for each in index]
            client.config_set("maxmemory", int(client.info("memory")["used_memory"]) - 100_000)
            full = r"there is no room in the server \(maxmemory\), so nothing of this call was stored"
            for write in (
                lambda: index.add("new", ARTICLE),
                lambda: index.add_many(articles(20, 1), ids=range(500, 520), threads=1),
                lambda: Index.upgrade(place),
                lambda: Index.open(place.replace("=p", "=q")),
            ):
                with pytest.raises(OutputError, match=full):
                    write()
                assert [each.id for each in index] == before
            assert index.check(articles(1)[0] + "。") is not None
            assert index.verify() == []
            assert index.remove([5, 7]) == 2
            assert index.verify() == []
            assert index.expire(older_than=time.time() + 1) == 198
            assert len(index) == 0
            client.config_set("maxmemory", "100mb")
            assert index.add("new", ARTICLE) is None
            assert index.add_many(articles(200), ids=range(200), threads=1).duplicates == []
            assert index.verify() == []


def test_a_full_disk_is_named(tmp_path: Path) -> None:
    """The server refuses to write if it cannot save, and says so."""
    with redis_server(tmp_path) as port, Index.open(f"redis://127.0.0.1:{port}?prefix=p") as index:
        index.add("a", ARTICLE)
        client = client_of(port)
        client.config_set("min-replicas-to-write", 1)
        with pytest.raises(OutputError, match=r"the server refuses \(NOREPLICAS .*; look at its log"):
            index.add("b", OTHER)
        client.config_set("min-replicas-to-write", 0)
        assert index.add("b", OTHER) is None
        assert index.verify() == []


def test_a_server_that_goes_is_named_after_a_while(tmp_path: Path) -> None:
    port = free_port()
    server = start(tmp_path, port)
    with Index.open(f"redis://127.0.0.1:{port}?prefix=p", timeout_s=0.3) as index:
        index.add("a", ARTICLE)
        server.kill()
        server.wait()
        for ask in (lambda: index.add("b", OTHER), lambda: index.check(COPY), index.stats, lambda: len(index)):
            began = time.monotonic()
            with pytest.raises(OutputError, match=r"has not answered for 0\.3 s .*not stored twice") as found:
                ask()
            assert found.value.parameter == "timeout_s"
            assert 0.1 < time.monotonic() - began < 20


def test_a_server_that_hangs_is_named_after_a_while(tmp_path: Path) -> None:
    with redis_server(tmp_path) as port, Index.open(f"redis://127.0.0.1:{port}?prefix=p", timeout_s=0.3) as index:
        index.add("a", ARTICLE)
        client_of(port).execute_command("CLIENT PAUSE", 5000)
        with pytest.raises(OutputError, match=r"has not answered for 0\.3 s"):
            index.add("b", OTHER)


@pytest.mark.parametrize("is_open", [False, True])
def test_a_server_that_is_busy_is_waited_for(tmp_path: Path, is_open: bool) -> None:
    """Somebody's script takes long; so it is while a server reads its file."""
    with redis_server(tmp_path, "--busy-reply-threshold", "50") as port:
        place = f"redis://127.0.0.1:{port}?prefix=p"
        with Index.open(place) as index:
            index.add("a", ARTICLE)
            loop = "local t = redis.call('TIME'); local e = t[1] + t[2] / 1e6 + 1 "
            loop += "repeat t = redis.call('TIME') until t[1] + t[2] / 1e6 > e"
            busy = Thread(target=client_of(port).execute_command, args=["EVAL", loop, 0])
            busy.start()
            time.sleep(0.3)
            if is_open:
                assert index.add("b", OTHER) is None
            with Index.open(place) as other:
                assert "a" in other
            busy.join()


# Somebody else


def test_keys_that_went_under_an_open_index(address: str, state: str) -> None:
    client = client_of(shared_port())
    for _ in range(2):
        with Index.open(address) as index:
            index.add("a", ARTICLE)
            if _:
                client.delete(*client.keys(state.replace("state", "*")))
                Index.open(address).close()
            else:
                client.delete(state)
            for ask in (
                lambda: index.add("b", OTHER),
                lambda: index.check(COPY),
                index.stats,
                index.verify,
                index.version,
            ):
                with pytest.raises(OutputError, match="was removed or replaced while it was open; open it again"):
                    ask()
    with Index.open(address) as index:
        assert len(index) == 0


def test_an_index_that_was_made_again_under_an_open_one(address: str) -> None:
    with Index.open(address) as index:
        index.add("a", ARTICLE)
        assert Index.upgrade(address, config=Config(threshold=0.7)) == 1
        with pytest.raises(OutputError, match="was removed or replaced while it was open"):
            index.add("b", OTHER)
    with Index.open(address) as index:
        assert index.config.threshold == 0.7
        assert index.add("b", OTHER) is None


CHANGED = {
    "layout": ("2", MismatchError, "was made with layout 2, not 1; open it with the version that made it"),
    "setting:schemes": ('{"folding": 99}', MismatchError, r"was made with folding scheme 99, not \d+"),
    "setting:config": ('{"taste": 1}', MismatchError, "was made with a config that this version has not"),
    "setting:copy_gap": ("{", InputError, "is damaged: it does not say what it was made with"),
}


@pytest.mark.parametrize("field", CHANGED)
def test_what_another_version_made_is_refused(address: str, state: str, field: str) -> None:
    Index.open(address).close()
    value, error, message = CHANGED[field]
    client_of(shared_port()).hset(state, field, value)
    for _ in range(2):
        with pytest.raises(error, match=message):
            Index.open(address)


def test_another_config_is_refused(address: str) -> None:
    Index.open(address).close()
    with pytest.raises(MismatchError, match="was made with ngram 5, not 6; leave the config out"):
        Index.open(address, config=Config(ngram=6))


@pytest.mark.parametrize("field", ["made", "layout", "space", "version", "buckets", "sweep", "setting:schemes"])
@pytest.mark.parametrize("value", [None, "", "x", "1e999", "nan", b"\xff", "9" * 40])
def test_a_state_that_others_wrote_is_damage(address: str, state: str, field: str, value: Any) -> None:
    client = client_of(shared_port())
    with Index.open(address) as index:
        index.add("a", ARTICLE)
        if value is None:
            client.hdel(state, field)
        else:
            client.hset(state, field, value)
        said = use(index, address)
        if field != "space":
            assert any("is damaged" in each or "was removed or replaced" in each or "layout" in each for each in said)


def test_keys_of_another_type_are_named(address: str, state: str) -> None:
    client = client_of(shared_port())
    for name, make in {"state": client.set, "next": client.lpush, "old": client.sadd}.items():
        key = state.replace("state", name)
        make(key, "x")
        if name == "state":
            with pytest.raises(InputError, match="is damaged: somebody else has written its keys"):
                Index.open(address)
        else:
            Index.open(address).close()
            with pytest.raises(InputError, match="is damaged: somebody else has written its keys"):
                Index.upgrade(address)
        client.delete(key)


def use(index: Index, address: str) -> list[str]:
    """Do everything with an index, and give what went wrong; only with names of this library."""
    said: list[str] = []
    calls: list[Callable[[], Any]] = [
        lambda: index.check_many(articles(30), threads=1),
        lambda: [*index],
        lambda: index.get(11),
        lambda: index.matches(article(7)),
        lambda: index.add("new", ARTICLE),
        lambda: index.add_many(articles(20), ids=range(20), threads=1, replace=True),
        lambda: index.remove([3, 4, 90]),
        lambda: index.stats(),
        lambda: said.extend(index.verify()),
        lambda: index.expire(older_than=time.time() - 1e6),
        lambda: index.expire(older_than=time.time() + 1),
        lambda: index.add("newer", OTHER),
        lambda: Index.open(address).close(),
        lambda: Index.upgrade(address),
    ]
    for ask in calls:
        try:
            ask()
        except NeardupError as error:
            said.append(str(error))
        except ValueError as error:
            if "is stored with another text" not in str(error):
                raise
    return said


@pytest.mark.parametrize("seed", range(40))
def test_noise_in_keys_is_named(address: str, state: str, seed: int) -> None:
    """Keys are taken away, or hold something else: nothing but errors of this library comes out of it."""
    rng, client = random.Random(seed), client_of(shared_port())
    with small_sizes(), Index.open(address) as index:
        index.add_many(articles(30), ids=range(30), threads=1)
        keys = sorted(client.keys(state.replace("state", "*")))
        for key in rng.sample(keys, rng.choice([1, 3, 20])):
            field = rng.choice(sorted(client.hkeys(key)))
            value = client.hget(key, field)
            damage: list[Callable[[], Any]] = [
                lambda key=key: client.delete(key),
                lambda key=key: (client.delete(key), client.set(key, "x")),
                lambda key=key, field=field: client.hdel(key, field),
                lambda key=key, field=field: client.hset(key, field, rng.randbytes(rng.choice([0, 1, 5, 17, 61, 200]))),
                lambda key=key, field=field, value=value: client.hset(
                    key, field, value[: rng.randrange(len(value) + 1)]
                ),
                lambda key=key, field=field, value=value: client.hset(key, field, value + rng.randbytes(4)),
                lambda key=key, value=value: client.hset(key, rng.randbytes(rng.choice([1, 3, 5, 6])), value),
                lambda key=key, field=field: client.hset(key, field, rng.choice(["-1", "0", "7", "1e300", "inf"])),
            ]
            rng.choice(damage)()
        use(index, address)


DAMAGE: dict[str, tuple[Callable[[Any, bytes], Any], str]] = {
    "a document": (lambda client, space: client.hdel(space + b"d0", "7"), "there are 29 documents, and .* says 30"),
    "a block": (lambda client, space: client.delete(space + b"d0"), "there are 0 documents, and .* says 30"),
    "all keys": (
        lambda client, space: client.delete(*client.keys(space.replace(b"{", b"\\{") + b"k*")),
        "5: .* keys missing",
    ),
    "another document": (
        lambda client, space: client.hset(space + b"d0", "7", client.hget(space + b"d0", "8")),
        "6: .* keys missing|7: .* key",
    ),
    "a short document": (lambda client, space: client.hset(space + b"d0", "7", b"x"), "is damaged"),
    "half a document": (
        lambda client, space: client.hset(space + b"d0", "7", client.hget(space + b"d0", "7")[:-9]),
        "number 7 cannot be read",
    ),
    "fewer than none": (lambda client, space: client.hset(space[:-2] + b"state", "documents", "-3"), "is damaged"),
    "a count": (lambda client, space: client.hincrby(space[:-2] + b"state", "fields", 1), "fields of keys, and"),
}


@pytest.mark.parametrize("what", DAMAGE)
def test_what_is_wrong_inside_is_found(address: str, state: str, what: str) -> None:
    change, message = DAMAGE[what]
    with Index.open(address) as index:
        index.add_many(articles(30), ids=range(30), threads=1)
        change(client_of(shared_port()), state.replace("state", "0:").encode())
        try:
            said = "\n".join(index.verify())
        except NeardupError as error:
            said = str(error)
    assert re.search(message, said)


# Keys of others


def test_no_key_of_others_is_touched(tmp_path: Path) -> None:
    """Nor is one read: a monitor sees what the server is asked for."""
    own = "新闻"
    with redis_server(tmp_path) as port:
        client, place = client_of(port), f"redis://127.0.0.1:{port}/0?prefix={own}"
        for name in (
            own,
            f"{own}:state",
            f"{{{own}}}",
            f"{{{own}x}}:state",
            f"{{{own}x}}:0:d0",
            f"x{{{own}}}:state",
            "*",
        ):
            client.hset(name, mapping={"made": "x", "0": "y"})
        client.set("plain", "x")
        client.lpush("list", "x")
        before = {key: client.dump(key) for key in client.scan_iter()}
        with client.monitor() as monitor:
            with small_sizes(), Index.open(place) as index:
                assert use_all(index) == []
                use_all(index, 20)
                index.add("a", ARTICLE)
                index.backup(tmp_path / "backup")
            Index.upgrade(place)
            Index.upgrade(place, config=Config(threshold=0.7))
            with pytest.raises(MismatchError):
                Index.open(place, config=Config(ngram=6))
            client.echo("end")
            asked = []
            while not (asked and asked[-1][0] == "ECHO"):
                asked.append(monitor.next_command()["command"].split(" "))
        assert {key: client.dump(key) for key in before} == before
        assert all(key.startswith(f"{{{own}}}:".encode()) for key in set(client.keys()) - set(before))
        names = {command[0].upper() for command in asked}
        assert not names & {"FLUSHDB", "FLUSHALL", "KEYS", "SCAN", "DEL", "CONFIG"}
        assert {"HSET", "HGET", "EVALSHA", "UNLINK", "RENAME"} <= names
        quiet = {"PING", "INFO", "CLIENT", "EVALSHA", "EVAL", "SCRIPT", "ECHO", "SELECT", "HELLO"}
        shown = "".join(f"\\x{byte:02x}" for byte in own.encode())
        for command in asked:
            if command[0].upper() not in quiet:
                key = command[2 if command[0].upper() == "MEMORY" else 1]
                assert key.startswith((f"{{{own}}}:", f"{{{shown}}}:")), command
