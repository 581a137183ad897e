"""Disks that are full or not written, files that are locked, gone or copied: named errors, and nothing lost."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import apsw
import pytest

from neardup import Index, InputError, OutputError
from tests.families import SENTENCES
from tests.writers import articles, environment, started

if TYPE_CHECKING:
    from collections.abc import Iterator
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


@pytest.fixture
def locked(path: Path) -> Iterator[apsw.Connection]:
    other = apsw.Connection(str(path))
    other.execute("BEGIN IMMEDIATE")
    yield other
    other.close()


def test_a_locked_file_is_named(path: Path, locked: apsw.Connection) -> None:
    with Index.open(path, timeout_s=0.05) as index:
        for ask in (
            lambda: index.add("a", ARTICLE),
            lambda: index.remove(3),
            lambda: index.add_many([OTHER], ids=["b"]),
        ):
            with pytest.raises(OutputError, match=r"another process keeps it locked for more than 0\.05 s"):
                ask()
        assert index.check(articles(100)[3]) is not None
        assert len(index) == 100
        locked.execute("ROLLBACK")
        assert index.add("a", ARTICLE) is None
        assert index.verify() == []


def test_a_file_that_is_locked_by_another_index_is_named(path: Path) -> None:
    """Also by one that is just in its turn."""
    with Index.open(path) as one, Index.open(path, timeout_s=0.05) as other:
        store: Any = one._stored.store
        with store._database.transaction(), pytest.raises(OutputError, match=r"keeps it locked for more than 0\.05 s"):
            other.add("a", ARTICLE)
        assert other.add("a", ARTICLE) is None


needs_root = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0 or not shutil.which("unshare") or not shutil.which("mount"),
    reason="only root may mount a small disk",
)


def run(code: str, *arguments: object, root: bool = False) -> str:
    """Run code in a process of its own, as root with mounts of its own, and give what it printed."""
    command = [*(("unshare", "-m") if root else ()), sys.executable, "-P", "-c", dedent(code), *map(str, arguments)]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=120, check=False)
    if root and "unshare" in done.stderr:
        pytest.skip("no mounts of its own may be made here")
    assert not done.returncode, done.stderr
    return done.stdout


FILL = """
import subprocess, sys
from neardup import Index, OutputError
from tests.writers import articles
path = sys.argv[1]
NAMED = "there is no room on the disk, so nothing of this call was stored", "cannot be read or written (disk I/O error)"
stored, error = [], None
with Index.open(path) as index:
    stored = [each.id for each in index]
    for number, text in enumerate(articles(4000, 1)):
        try:
            index.add(f"new-{number}", text)
        except OutputError as caught:
            error = caught
            break
        stored.append(f"new-{number}")
    assert error is not None and any(each in str(error) for each in NAMED), error
    assert [each.id for each in index] == stored, (len(list(index)), len(stored))
    assert index.check(articles(100)[5]).survivor == 5
"""


def test_a_full_disk_is_named_and_loses_nothing(path: Path) -> None:
    """As the system tells of a file that may not become larger."""
    code = """
    import resource, signal
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3_000_000, resource.RLIM_INFINITY))
    """
    run(dedent(code) + FILL, path)
    with Index.open(path) as index:
        assert len(index) > 200
        assert index.verify() == []
        assert index.add("a", ARTICLE) is None


@needs_root
def test_a_small_disk_is_named_and_loses_nothing(path: Path) -> None:
    code = """
    import os, shutil, subprocess, sys
    disk = sys.argv[1] + ".disk"
    os.mkdir(disk)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", disk], check=True)
    shutil.copy(sys.argv[1], disk + "/index")
    sys.argv[1] = disk + "/index"
    """
    after = """
    with Index.open(path) as index:
        assert [each.id for each in index] == stored
        assert index.verify() == []
    assert "no room" in str(error), error
    """
    run(dedent(code) + FILL + dedent(after), path, root=True)


@needs_root
def test_a_file_on_a_disk_that_is_not_written_is_read(path: Path) -> None:
    code = """
    import os, subprocess, sys
    from neardup import Index, NeardupError
    from tests.writers import articles
    folder, name = os.path.split(sys.argv[1])
    subprocess.run(["mount", "--bind", folder, folder], check=True)
    subprocess.run(["mount", "-o", "remount,ro,bind", folder], check=True)
    try:
        with Index.open(sys.argv[1]) as index:
            index.add("a", articles(1, 7)[0])
    except NeardupError as error:
        assert "cannot be opened" in str(error) or "may not be written" in str(error), error
    else:
        raise AssertionError("written")
    with Index.open(sys.argv[1], readonly=True) as index:
        assert len(index) == 100
        assert index.check(articles(100)[3]).survivor == 3
        assert index.verify() == []
    """
    run(code, path, root=True)


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="rights are those of POSIX")
@pytest.mark.parametrize("rights", ["file", "folder", "both"])
def test_a_file_that_may_not_be_written_is_named(path: Path, rights: str) -> None:
    code = """
    import os, sys, tempfile
    from neardup import Index, NeardupError
    from tests.writers import articles
    with tempfile.TemporaryDirectory() as folder, Index.open(folder + "/x") as index:  # what is loaded once is loaded
        index.add("a", articles(1)[0])
        index.check(articles(1)[0])
    if os.geteuid() == 0:
        os.setuid(65534)
    try:
        with Index.open(sys.argv[1]) as index:
            index.add("a", articles(1, 7)[0])
    except NeardupError as error:
        print(error)
    else:
        print("written")
    with Index.open(sys.argv[1], readonly=True) as index:
        assert len(index) == 100
        assert index.check(articles(100)[3]).survivor == 3
    """
    for each in path.parent.iterdir():
        each.chmod(0o444 if rights in ("file", "both") else 0o666)
    path.parent.chmod(0o555 if rights in ("folder", "both") else 0o777)
    for above in path.parent.parents:
        if above.stat().st_mode & 0o005 != 0o005:
            above.chmod(above.stat().st_mode | 0o055)
    try:
        said = run(code, path)
    finally:
        path.parent.chmod(0o755)
    assert "cannot be" in said or "may not be written" in said
    with Index.open(path) as index:
        assert len(index) == 100


def test_an_error_of_the_disk_is_named(path: Path) -> None:
    with Index.open(path) as index:
        store: Any = index._stored.store
        connection = store._database.connection

        class Broken:
            def __getattr__(self, name: str) -> Any:
                return getattr(connection, name)

            def execute(self, *_: object) -> None:
                raise apsw.IOError("IOError: disk I/O error")

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(store, "_db", Broken())
            with pytest.raises(OutputError, match=r"cannot be read or written \(.*disk I/O error\); look at the disk"):
                index.add("a", ARTICLE)
        assert index.add("a", ARTICLE) is None


# Copies


WRITE = """
import sys
from neardup import Index
from tests.writers import article
with Index.open(sys.argv[1]) as index:
    print("open", flush=True)
    number = 0
    while True:
        index.add(f"w-{number}", article(number, 1))
        print(number, flush=True)
        number += 1
"""


def test_a_copy_that_is_made_while_others_write_is_whole_or_refused(path: Path) -> None:
    opened = refused = 0
    with started(WRITE, path) as writer:
        assert writer.stdout is not None
        for turn in range(8):
            for _ in range(20):
                last = int(writer.stdout.readline())
            folder = path.parent / f"copy-{turn}"
            folder.mkdir()
            for name in ["index", "index-wal"][:: 1 if turn % 2 else -1]:
                shutil.copy(path.with_name(name), folder / name)
            said = use_copy(folder / "index")
            opened, refused = opened + (said is None), refused + (said is not None)
        with Index.open(path, readonly=True) as index:
            assert f"w-{last}" in index
    assert opened + refused == 8
    with Index.open(path) as index:
        assert f"w-{last}" in index
        assert index.verify() == []


def use_copy(path: Path) -> str | None:
    try:
        with Index.open(path) as index:
            faults = index.verify()
            return None if not faults else faults[0]
    except InputError as error:
        return str(error)


def test_a_backup_that_is_made_while_others_write_is_whole(path: Path) -> None:
    with Index.open(path) as index, Index.open(path) as other:
        other.add("b", OTHER)
        index.backup(path.with_name("backup"))
        other.add("c", ARTICLE)
        with pytest.raises(OutputError, match="exists already"):
            index.backup(path.with_name("backup"))
    with Index.open(path.with_name("backup"), create=False) as backup:
        assert "b" in backup
        assert "c" not in backup
        assert len(backup) == 101
        assert backup.verify() == []
        assert backup.add("c", ARTICLE) is None


def test_a_file_that_is_removed_while_it_is_open_is_named(path: Path) -> None:
    with Index.open(path) as index:
        path.unlink()
        with pytest.raises(OutputError, match="was removed or replaced while it was open; open it again"):
            index.add("a", ARTICLE)
