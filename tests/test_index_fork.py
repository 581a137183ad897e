"""An index beside forks: a handle is of one process, each opens its own, and what each was acknowledged is there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from neardup import Config, Index, MismatchError
from neardup.stores.files import is_database
from tests.writers import environment

pytestmark = [pytest.mark.once, pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")]

SETUP = """
import os, sys, threading
from neardup import Index, NeardupError
path = sys.argv[1]
ONE, TWO, THREE = "第一篇文章关于城市规划与建设", "完全不同的第二篇讲述天气变化", "第三篇是体育比赛与训练的见闻"

def child(work):
    pid = os.fork()
    if not pid:
        try:
            work()
        except BaseException as error:
            print(type(error).__name__, error, flush=True)
            os._exit(1)
        os._exit(0)
    return pid

def refused(work):
    try:
        work()
    except NeardupError as error:
        assert "fork" in str(error) and "close it before" in str(error), error
    else:
        raise AssertionError("not refused")
"""


def run(code: str, path: Path) -> None:
    """Run code in a process that may fork, and see that it ends well."""
    command = [sys.executable, "-P", "-c", SETUP + dedent(code), str(path)]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("kind", [":memory:", "index"])
def test_a_child_is_told_to_open_it_by_itself(tmp_path: Path, kind: str) -> None:
    code = """
    index = Index.open(path)
    index.add("a", ONE)
    def work():
        for ask in (lambda: index.add("b", TWO), lambda: index.check(ONE), lambda: len(index), lambda: "a" in index,
                    lambda: list(index), lambda: index.remove("a"), index.stats, index.verify):
            refused(ask)
        index.close()
    assert os.waitpid(child(work), 0)[1] == 0
    assert index.add("b", TWO) is None
    assert len(index) == 2
    index.close()
    """
    run(code, Path(kind) if kind == ":memory:" else tmp_path / kind)


def test_a_child_is_told_so_also_while_another_thread_is_busy(tmp_path: Path) -> None:
    code = """
    index = Index.open(path)
    is_held, may_end = threading.Event(), threading.Event()
    def busy():
        with index._lock:
            is_held.set()
            may_end.wait()
    thread = threading.Thread(target=busy)
    thread.start()
    is_held.wait()
    import signal
    def work():
        signal.alarm(10)
        refused(lambda: len(index))
        index.close()
    pid = child(work)
    status = os.waitpid(pid, 0)[1]
    may_end.set()
    thread.join()
    assert status == 0, status
    index.close()
    """
    run(code, tmp_path / "index")


def test_a_child_is_told_so_also_if_it_opens_the_file_again(tmp_path: Path) -> None:
    """SQLite would take the locks of its parent for its own, and what the child adds could be lost."""
    code = """
    index = Index.open(path)
    index.add("a", ONE)
    closed = Index.open(path + "-closed")
    closed.close()
    def work():
        refused(lambda: Index.open(path))
        refused(lambda: Index.open(path, readonly=True))
        for name in (path + "-closed", path + "-other"):
            with Index.open(name) as own:
                assert own.add("b", TWO) is None
    assert os.waitpid(child(work), 0)[1] == 0
    assert index.add("b", TWO) is None
    index.close()
    """
    run(code, tmp_path / "index")
    for name, ids in (("index", ["a", "b"]), ("index-closed", ["b"]), ("index-other", ["b"])):
        with Index.open(tmp_path / name) as index:
            assert [each.id for each in index] == ids
            assert index.verify() == []


def test_children_that_open_it_by_themselves_share_it(tmp_path: Path) -> None:
    code = """
    with Index.open(path) as index:
        index.add("a", ONE)
    def work():
        with Index.open(path) as own:
            assert own.check(ONE).survivor == "a"
            own.add("b", TWO)
            own.add("c", THREE)
    pids = [child(work) for _ in range(3)]
    assert [os.waitpid(pid, 0)[1] for pid in pids] == [0, 0, 0]
    """
    run(code, tmp_path / "index")
    with Index.open(tmp_path / "index") as index:
        assert sorted(each.id for each in index) == ["a", "b", "c"]
        assert index.verify() == []


@pytest.mark.skipif(not Path("/proc/locks").exists(), reason="this system does not list locks")
def test_locks_stay_when_the_file_is_looked_at_again(tmp_path: Path) -> None:
    """Closing any handle on a file gives up the locks of the process on it."""
    path = tmp_path / "index"

    def locks() -> int:
        return Path("/proc/locks").read_text().count(f":{path.stat().st_ino} ")

    with Index.open(path) as index:
        index.add("a", "天地玄黄，宇宙洪荒")
        held = locks()
        assert held
        assert is_database(path)
        with pytest.raises(MismatchError):
            Index.open(path, config=Config(threshold=0.7))
        assert locks() == held
        with Index.open(path, readonly=True):
            assert locks() >= held
