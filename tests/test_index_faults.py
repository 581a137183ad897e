"""Files that are no index, damaged, or of another make: each is refused by name, and stays as it is."""

from __future__ import annotations

import json
import random
import re
import sqlite3
import sys
from typing import TYPE_CHECKING, Any

import pytest

from neardup import Config, Index, InputError, MismatchError, NeardupError
from tests.families import SENTENCES
from tests.writers import articles

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.once

ARTICLE = "".join(SENTENCES[:4])
OTHER = "".join(SENTENCES[4:6])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Give the file of an index of 100 articles."""
    with Index.open(tmp_path / "index") as index:
        index.add_many(articles(100), threads=1)
    return tmp_path / "index"


def contents(folder: Path) -> dict[str, bytes]:
    """Give what files hold; the lock of writers is no part of an index."""
    return {each.name: each.read_bytes() for each in folder.iterdir() if not each.name.endswith("-lock")}


def settings_of(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change what an index says that it was made with."""
    with sqlite3.connect(path) as db:
        rows = {name: json.loads(value) for name, value in db.execute("SELECT name, value FROM settings")}
        change(rows)
        db.execute("DELETE FROM settings")
        db.executemany("INSERT INTO settings VALUES(?, ?)", [(name, json.dumps(row)) for name, row in rows.items()])
    db.close()


# What is no index


def text_file(path: Path) -> None:
    path.write_text("标题\n正文。\n" * 100, encoding="utf-8")


def other_database(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE articles(id, text)")
        db.execute("INSERT INTO articles VALUES(1, ?)", (ARTICLE,))
    db.close()


def index_of_others(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA application_id = 7")
        db.execute("CREATE TABLE settings(name, value)")
    db.close()


def short_file(path: Path) -> None:
    path.write_bytes(b"SQLite")


def header_alone(path: Path) -> None:
    path.write_bytes(b"SQLite format 3\0")


def header_and_noise(path: Path) -> None:
    path.write_bytes(b"SQLite format 3\0" + random.Random(0).randbytes(20_000))


NO_INDEX = [text_file, other_database, index_of_others, short_file, header_alone, header_and_noise]


@pytest.mark.parametrize("options", [{}, {"create": False}, {"readonly": True}], ids=str)
@pytest.mark.parametrize("make", NO_INDEX)
def test_what_is_no_index_is_refused_and_stays(tmp_path: Path, make: Callable[[Path], None], options: Any) -> None:
    path = tmp_path / "文件.db"
    make(path)
    before = contents(tmp_path)
    with pytest.raises(InputError, match=r"文件\.db: is (no|a database, but no|damaged, or no whole) index"):
        Index.open(path, **options)
    assert contents(tmp_path) == before


def test_an_empty_file_becomes_an_index(tmp_path: Path) -> None:
    """As a name that was reserved is; nothing is lost."""
    path = tmp_path / "index"
    for make in (path.touch, lambda: sqlite3.connect(path).execute("VACUUM").connection.close()):
        path.unlink(missing_ok=True)
        make()
        for options in ({"create": False}, {"readonly": True}):
            with pytest.raises(InputError, match=r"is empty, and no index|is a database, but no index"):
                Index.open(path, **options)
        with Index.open(path) as index:
            assert index.add("a", ARTICLE) is None
            assert index.verify() == []


@pytest.mark.parametrize("options", [{}, {"create": False}, {"readonly": True}], ids=str)
def test_a_folder_is_refused(tmp_path: Path, options: Any) -> None:
    with pytest.raises(InputError, match="cannot be opened"):
        Index.open(tmp_path, **options)
    with pytest.raises(NeardupError, match=r"cannot be opened|no such index|no folder"):
        Index.open(tmp_path / "a" / "b", **options)
    (tmp_path / "file").touch()
    with pytest.raises(NeardupError, match=r"cannot be opened|no such index|no folder"):
        Index.open(tmp_path / "file" / "b", **options)
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


# What is damaged


@pytest.mark.parametrize("share", [0.999, 0.5, 0.1])
def test_a_file_that_was_cut_off_is_refused(path: Path, share: float) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    before = path.read_bytes()
    for options in ({}, {"readonly": True}):
        with pytest.raises(InputError, match=r"index: is damaged, or no whole index: .* put a backup in its place"):
            Index.open(path, **options)  # type: ignore[arg-type]
    assert path.read_bytes() == before


def use(path: Path) -> list[str]:
    """Do everything with an index, and give what went wrong; only with names of this library."""
    said = []
    try:
        index = Index.open(path)
    except NeardupError as error:
        return [str(error)]
    for ask in (
        lambda: index.check_many(articles(100)),
        lambda: list(index),
        lambda: index.get(50),
        lambda: index.matches(articles(100)[7]),
        lambda: index.add("new", ARTICLE),
        lambda: index.remove([3, 4, 90]),
        index.stats,
        index.verify,
        lambda: index.expire(older_than=1e11),
    ):
        try:
            found = ask()
            said += found if ask == index.verify else []
        except NeardupError as error:
            said.append(str(error))
    index.close()
    return said


@pytest.mark.parametrize("seed", range(12))
def test_noise_in_the_middle_is_named(path: Path, seed: int) -> None:
    """Nothing but errors of this library comes out of it, and `verify` or an error tells."""
    rng = random.Random(seed)
    data = bytearray(path.read_bytes())
    size = rng.choice([1, 50, 8192, 50_000])
    start = rng.randrange(100, len(data) - size)
    data[start : start + size] = rng.randbytes(size)
    path.write_bytes(data)
    said = use(path)
    assert size < 8192 or said
    assert all(isinstance(each, str) for each in said)


@pytest.mark.parametrize("table", ["log", "records", "payloads", "keys", "filter", "settings"])
def test_a_table_that_is_missing_is_named(path: Path, table: str) -> None:
    with sqlite3.connect(path) as db:
        db.execute(f"DROP TABLE {table}")
    db.close()
    assert any("is damaged" in each for each in use(path))


DAMAGE = {
    "a record": ("UPDATE records SET record = zeroblob(length(record)) WHERE n = 7", "cannot be read|is not that of"),
    "a record of text": ("UPDATE records SET record = CAST(record AS TEXT) WHERE n = 7", "is damaged"),
    "a short record": ("UPDATE records SET record = x'00' WHERE n = 7", "is damaged|cannot be read|is not that of"),
    "another sketch": (
        "UPDATE records SET record = CAST(x'00' || substr(record, 2) AS BLOB) WHERE n = 7",
        "6: its sketch is not that of its text",
    ),
    "a payload": ("UPDATE payloads SET payload = x'00' WHERE n = 7", "the document number 7 cannot be read"),
    "no payload": ("DELETE FROM payloads WHERE n = 7", "number 7 is in records, and not in payloads"),
    "no record": ("DELETE FROM records WHERE n = 7", "number 7 is in payloads, and not in records"),
    "another text": (
        "UPDATE payloads SET payload = (SELECT payload FROM payloads WHERE n = 8) WHERE n = 7",
        "6: its sketch is not that of its text",
    ),
    "no keys": ("UPDATE log SET keys = NULL; DELETE FROM keys", "keys missing"),
}


@pytest.mark.parametrize("what", DAMAGE)
def test_what_is_wrong_inside_is_found(path: Path, what: str) -> None:
    change, message = DAMAGE[what]
    with sqlite3.connect(path) as db:
        db.executescript(change)
    db.close()
    assert re.search(message, "\n".join(use(path)))


# What others made


def test_another_scheme_is_refused(path: Path) -> None:
    settings_of(path, lambda made: made["schemes"].update(folding=made["schemes"]["folding"] + 1))
    with pytest.raises(MismatchError, match=r"with folding scheme \d+, not \d+; make it again .*index upgrade"):
        Index.open(path)


def test_a_scheme_of_another_version_is_refused(path: Path) -> None:
    settings_of(path, lambda made: made["schemes"].update(tone=1))
    with pytest.raises(MismatchError, match="was made with tone scheme 1, not None"):
        Index.open(path)


def test_a_config_of_another_version_is_refused(path: Path) -> None:
    settings_of(path, lambda made: made["config"].update(taste=1))
    with pytest.raises(MismatchError, match="was made with a config that this version has not"):
        Index.open(path)


def test_another_config_is_refused(path: Path) -> None:
    with pytest.raises(MismatchError, match=r"was made with ngram 5, not 6; leave the config out"):
        Index.open(path, config=Config(ngram=6))
    with Index.open(path) as index:
        assert len(index) == 100


@pytest.mark.parametrize(
    "settings",
    [{}, {"schemes": None}, {"schemes": []}, {"config": None}, {"config": 7}, {"copy_gap": None}, {"schemes": "{"}],
    ids=str,
)
def test_settings_that_are_none_are_refused(path: Path, settings: dict[str, Any]) -> None:
    settings_of(path, lambda made: made.clear() if not settings else made.update(settings))
    with pytest.raises((InputError, MismatchError), match=r"is damaged|was made with"):
        Index.open(path)


def test_another_layout_is_refused(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    before = contents(path.parent)
    with pytest.raises(MismatchError, match=r"was made with layout 99 of the file, and this version reads 1; install"):
        Index.open(path)
    assert contents(path.parent) == before


@pytest.mark.parametrize(
    ("missing", "place", "said"),
    [
        ("apsw", "seen.db", r"an index needs another library: pip install 'neardup\[index\]'"),
        ("portalocker", "seen.db", r"an index needs another library: pip install 'neardup\[index\]'"),
        ("redis", "redis://localhost", r"an index on a Redis server needs another .* 'neardup\[redis\]'"),
    ],
)
def test_a_missing_library_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: str, place: str, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(NeardupError, match=said):
        Index.open(place)
    assert not list(tmp_path.iterdir())
