"""The peers of the benchmarks: what goes wrong in a tool is a row, and an environment is made once."""

from __future__ import annotations

import ast
import os
import sys
import time
import unicodedata
import zipfile
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import neardup
from tests.benchmarking import BENCHMARKS, load_benchmarks

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.once

load_benchmarks()
environments: Any = import_module("benchmarks.peers.environments")
peers: Any = import_module("benchmarks.peers")
texts: Any = import_module("benchmarks.peers.texts")

FAKE = '''
"""A tool that does as it is told by its texts."""
import os, signal, sys, time
print("what a tool prints is no answer", flush=True)
TITLE = "Fake"
REQUIREMENTS = ()
VERSION = "7"
DEFAULT_THRESHOLD = 1 / 2

def signatures(texts):
    for text in texts:
        if text == "error":
            raise ValueError("no such\\nthing")
        if text == "exit":
            print("last words", file=sys.stderr)
            os._exit(3)
        if text == "signal":
            os.kill(os.getpid(), signal.SIGKILL)
        if text == "sleep":
            time.sleep(60)
        if text == "child":
            if os.fork() == 0:
                time.sleep(60)
            os._exit(4)
        if text == "panic":
            raise BaseException("a panic")
        if text == "print":
            print("{}", flush=True)
    return texts

def drops(texts, threshold):
    return [len(text) > threshold for text in texts]

def repeats(texts):
    held = bytearray(b"x" * 50_000_000)
    threads = [os.environ["RAYON_NUM_THREADS"], os.environ["OMP_NUM_THREADS"]]
    return [*threads, "benchmarks.peers.environments" in sys.modules]
'''

TASKS = {
    "signatures": ["texts"],
    "drops": ["texts", "threshold"],
    "scores": ["pairs"],
    "repeats": ["texts"],
    "online": ["texts", "stored"],
}

NEWS = "据介绍，重庆经开区把质量强区战略写入全区“十二五”规划，加快引进和培育壮大龙头企业，全面发力。"
OTHER = "天地玄黄，宇宙洪荒；日月盈昃，辰宿列张。寒来暑往，秋收冬藏；闰余成岁，律吕调阳。"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "fake.py").write_text(FAKE, encoding="utf-8")
    return tmp_path


@pytest.fixture
def fake(folder: Path) -> Iterator[Any]:
    with peers.open_peer("fake", folder / "cache", folder=folder) as peer:
        yield peer


def test_a_peer_says_what_it_is_and_can(fake: Any) -> None:
    assert (fake.name, fake.title, fake.version) == ("fake", "Fake", "7")
    assert fake.can == {"signatures", "drops", "repeats"}


def test_a_run_brings_its_cost_and_the_result_if_asked(fake: Any) -> None:
    fake.load(["甲", "乙丙", "\ud800"])
    run = fake.run("drops", keep=True, threshold=1)
    assert run.result == [False, True, False]
    assert run.wall_s > 0
    assert run.cpu_s >= 0
    assert fake.run("drops", threshold=1).result is None
    assert fake.run("signatures", keep=True).result == ["甲", "乙丙", "\ud800"]


def test_pairs_arrive_as_pairs(fake: Any) -> None:
    fake.load([("甲", "乙")])
    assert fake.run("drops", keep=True, threshold=1).result == [True]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says what a process holds")
def test_memory_is_what_a_task_takes(fake: Any) -> None:
    fake.load(["甲" * 1_000_000] * 20)
    assert 49_000_000 < fake.run("repeats").memory_bytes < 150_000_000
    assert fake.run("signatures").memory_bytes < 5_000_000


def test_a_tool_gets_as_many_threads_as_said(folder: Path) -> None:
    for threads in (1, 3):
        with peers.open_peer("fake", folder / "cache", folder=folder, threads=threads) as peer:
            assert peer.run("repeats", keep=True).result == [str(threads), str(threads), False]


def test_an_error_is_said_and_the_process_goes_on(fake: Any) -> None:
    for text, said in (("error", "Fake: ValueError: no such thing"), ("panic", "Fake: BaseException: a panic")):
        fake.load([text])
        assert fake.run("signatures") == peers.Failed("signatures", said)
    fake.load(["print"])
    assert fake.run("signatures", keep=True).result == ["print"]
    assert fake.run("scores") == peers.Failed("scores", "Fake does not do that")
    assert "unexpected keyword" in fake.run("drops", thresh=1).reason


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("exit", "Fake: ended with 3: last words (signatures)"),
        ("child", "Fake: ended with 4: what a tool prints is no answer (signatures)"),
        ("signal", "Fake: ended by SIGKILL (signatures)"),
    ],
)
def test_a_crash_is_said_and_what_is_loaded_next_starts_anew(fake: Any, text: str, said: str) -> None:
    fake.load([text])
    assert fake.run("signatures") == peers.Failed("signatures", said)
    assert fake.run("drops", threshold=1) == peers.Failed("drops", said)
    fake.load(["甲"])
    assert fake.run("signatures", keep=True).result == ["甲"]


def test_a_time_limit_ends_the_process(fake: Any) -> None:
    fake.load(["sleep"])
    start = time.monotonic()
    assert fake.run("signatures", time_limit_s=0.5).reason == "Fake: stopped after 0.5 s (signatures)"
    assert time.monotonic() - start < 30
    fake.load(["甲"])
    assert fake.run("signatures", time_limit_s=30, keep=True).result == ["甲"]


def test_a_fresh_process_is_another_one(folder: Path) -> None:
    code = "import os\nTITLE = 'Who'\nREQUIREMENTS = ()\nVERSION = '1'\ndef signatures(texts): return os.getpid()\n"
    (folder / "who.py").write_text(code, encoding="utf-8")
    with peers.open_peer("who", folder, folder=folder) as peer:
        first, same = (peer.run("signatures", keep=True).result for _ in range(2))
        peer.load([], fresh=True)
        assert first == same != peer.run("signatures", keep=True).result
    peer.close()
    assert peer.run("signatures").reason == "Who: closed"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("import nothing_of_this_name", "Broken: ModuleNotFoundError: No module named 'nothing_of_this_name'"),
        ("import os; os._exit(1)", "Broken: ended with 1 (import)"),
        ("REQUIREMENTS = ('nothing-of-this-name==1.0',)", "not installed: nothing-of-this-name==1.0"),
    ],
)
def test_what_cannot_be_had_says_why(tmp_path: Path, line: str, said: str) -> None:
    code = f"TITLE = 'Broken'\nREQUIREMENTS = ()\nVERSION = '1'\n{line}\n"
    (tmp_path / "broken.py").write_text(code, encoding="utf-8")
    found = peers.open_peer("broken", tmp_path / "cache", install=False, folder=tmp_path)
    assert found == peers.Unavailable("broken", "Broken", said)


@pytest.fixture
def installs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Install nothing, and list what would have been; what is named bad fails."""
    done = []

    def install(folder: Path, requirements: tuple[str, ...]) -> None:
        done.extend(requirements)
        python = environments._python_of(folder)
        python.parent.mkdir(parents=True)
        python.touch()
        if requirements[0].startswith("bad"):
            raise environments.NotInstalledError("no such thing")

    monkeypatch.setattr(environments, "_install", install)
    return done


def test_an_environment_is_made_once(tmp_path: Path, installs: list[str]) -> None:
    cache = tmp_path / "cache"
    python = environments.python_for(("one==1", "two==2", "three==3"), cache)
    assert python.is_file()
    assert python.parents[1].name.startswith("one-")
    assert environments.python_for(("one==1", "three==3", "two==2"), cache) == python
    assert environments.python_for(("one==1", "two==2", "three==3"), cache, install=False) == python
    assert environments.python_for(("one==1", "two==3"), cache) != python
    assert installs == ["one==1", "two==2", "three==3", "one==1", "two==3"]
    assert len(list(cache.iterdir())) == 2


def test_a_failure_is_remembered_for_a_while(tmp_path: Path, installs: list[str]) -> None:
    for _ in range(2):
        with pytest.raises(environments.NotInstalledError, match="no such thing"):
            environments.python_for(("bad==1",), tmp_path)
    assert installs == ["bad==1"]
    (note,) = tmp_path.iterdir()
    long_ago = time.time() - environments.RETRY_S - 1
    os.utime(note, (long_ago, long_ago))
    with pytest.raises(environments.NotInstalledError, match="no such thing"):
        environments.python_for(("bad==1",), tmp_path)
    assert installs == ["bad==1", "bad==1"]


def test_nothing_is_installed_unless_it_may_be(tmp_path: Path, installs: list[str]) -> None:
    assert environments.python_for((), tmp_path) == Path(sys.executable)
    here = f"numpy=={import_module('numpy').__version__}"
    assert environments.python_for((here,), tmp_path, install=False) == Path(sys.executable)
    with pytest.raises(environments.NotInstalledError, match=r"not installed: numpy==0\.1"):
        environments.python_for(("numpy==0.1",), tmp_path, install=False)
    assert not installs
    assert not list(tmp_path.iterdir())


def test_the_cache_is_where_the_system_keeps_caches(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert environments.default_cache() == tmp_path / "neardup-benchmarks"


def test_a_tool_runs_in_an_environment_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wheel made here is installed from its folder, so that no index is asked."""
    info = "tool_of_tests-1.5.dist-info"
    with zipfile.ZipFile(tmp_path / "tool_of_tests-1.5-py3-none-any.whl", "w") as wheel:
        wheel.writestr("tool_of_tests.py", "ANSWER = '甲'")
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: tool-of-tests\nVersion: 1.5\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
    code = (
        "import importlib.util, tool_of_tests\nTITLE = 'Tool'\nREQUIREMENTS = ('tool-of-tests==1.5',)\n"
        "def signatures(texts): return [tool_of_tests.ANSWER, importlib.util.find_spec('neardup') is None]\n"
    )
    (tmp_path / "tool.py").write_text(code, encoding="utf-8")
    (tmp_path / "other.py").write_text(code.replace("1.5", "1.6"), encoding="utf-8")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    with peers.open_peer("tool", tmp_path / "cache", folder=tmp_path) as peer:
        assert peer.version == "1.5"
        assert peer.run("signatures", keep=True).result == ["甲", True]
    missing = peers.open_peer("other", tmp_path / "cache", folder=tmp_path)
    assert "No matching distribution found for tool-of-tests==1.6" in missing.reason


def test_every_adapter_is_listed_and_keeps_to_the_form() -> None:
    machinery = {"__init__", "environments", "online", "process", "servers", "texts", "worker"}
    assert {path.stem for path in (BENCHMARKS / "peers").glob("*.py")} - machinery == set(peers.NAMES)
    assert peers.NAMES[0] == "neardup"
    titles = []
    for name in peers.NAMES:
        module = ast.parse((BENCHMARKS / "peers" / f"{name}.py").read_text(encoding="utf-8"))
        assert ast.get_docstring(module), name
        said = peers.constants(name)
        titles.append(said["TITLE"])
        assert all(len(requirement.split("==")) == 2 for requirement in said["REQUIREMENTS"]), name
        functions = {node.name: node for node in module.body if isinstance(node, ast.FunctionDef)}
        tasks = TASKS.keys() & functions.keys()
        assert tasks, name
        for task in tasks:
            assert [argument.arg for argument in functions[task].args.args] == TASKS[task], name
        assert ("DEFAULT_THRESHOLD" in said) >= ("scores" in tasks), name
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize("name", peers.NAMES)
def test_peers_that_are_here_find_copies(name: str, tmp_path: Path) -> None:
    peer = peers.open_peer(name, tmp_path, install=False)
    if isinstance(peer, peers.Unavailable):
        pytest.skip(f"{peer.title} is not here")
    with peer:
        assert peer.version
        if "signatures" in peer.can:
            peer.load([NEWS, ""])
            assert isinstance(peer.run("signatures"), peers.Run)
        if "drops" in peer.can:
            peer.load([NEWS, OTHER, NEWS, "", "短", "文", ""])
            first, other, second, *short = peer.run("drops", keep=True, threshold=0.8).result
            assert first != second
            assert not any((other, *short))
            peer.load([])
            assert peer.run("drops", keep=True, threshold=0.8).result == []
        if "scores" in peer.can:
            peer.load([(NEWS, NEWS), (NEWS, OTHER)])
            same, other = peer.run("scores", keep=True).result
            assert 0 <= other < 0.2
            assert same == pytest.approx(1.0)
        if "online" in peer.can:
            peer.load([NEWS, OTHER, OTHER[::-1], NEWS[::-1]])
            found = peer.run("online", keep=True, stored=2).result
            assert (found["found"], found["alarms"]) == (1.0, 0.0)
            assert found["add"]["p50_ms"] <= found["add"]["p99_ms"] <= found["add"]["max_ms"]


@pytest.fixture(scope="module")
def ours() -> Iterator[Any]:
    with peers.open_peer("neardup", Path("unused")) as peer:
        yield peer


def test_neardup_is_measured_as_it_is(ours: Any) -> None:
    documents = [NEWS, OTHER, NEWS.replace("，", ","), NEWS + OTHER * 4, NEWS[:40]]
    ours.load(documents)
    assert ours.version == neardup.__version__
    assert ours.run("signatures", keep=True).result == neardup.signatures(documents).tolist()
    for threshold in (0.5, 0.8):
        expected = neardup.find_duplicates(documents, threshold=threshold).is_duplicate.tolist()
        assert ours.run("drops", keep=True, threshold=threshold).result == expected
        assert any(expected)
    assert isinstance(ours.run("drops", threshold=7), peers.Failed)


def test_neardup_scores_say_at_the_default_threshold_what_is_dropped(ours: Any) -> None:
    form = (
        "2011年{}月{}日，{}区召开质量强区工作会议，区长{}出席会议并讲话，会议总结了去年的工作，部署了今年的任务。"
        + NEWS
        + OTHER
    )
    pairs = [
        (NEWS, NEWS.replace("，", ",")),
        (NEWS, NEWS + OTHER),
        (NEWS + OTHER, NEWS),
        (NEWS, OTHER),
        (NEWS[:30], NEWS[10:]),
        (form.format(3, 15, "南岸", "王军"), form.format(7, 28, "江北", "李华")),
        ("", NEWS),
    ]
    ours.load(pairs)
    found = ours.run("scores", keep=True).result
    dropped = []
    for pair in pairs:
        shorter, longer = sorted(pair, key=lambda text: len(neardup.fold(text)))
        dropped.append(neardup.compare(shorter, longer).relation in neardup.Config().relations)
    assert [score >= peers.constants("neardup")["DEFAULT_THRESHOLD"] for score in found] == dropped
    assert found[0] == 1.0
    assert found[1] == found[2] == 1.0
    assert found[5] == found[6] == 0.0
    assert 0 < found[4] < 0.8


def test_neardup_gives_the_copies(ours: Any, chongqing: str) -> None:
    ours.load([chongqing, NEWS])
    (found, none) = ours.run("repeats", keep=True).result
    assert [tuple(span) for span in found] == [
        (each.copy.start, each.copy.stop) for each in neardup.find_repeats(chongqing).repeats
    ]
    assert found
    assert not none


def test_texts_are_normalised_like_whole_ones() -> None:
    for text in (NEWS, "Ａ＿b①㍿ Ⅷ!\n——１２３ﬁ", "", "\ud800"):
        whole = unicodedata.normalize("NFKC", text).lower()
        assert texts.normalised(text) == "".join(char for char in whole if char.isalnum())


def test_ngrams_are_of_five_characters() -> None:
    assert texts.ngrams("天地玄黄宇宙") == ["天地玄黄宇", "地玄黄宇宙"]
    assert texts.ngrams("天地") == texts.shingled(3, "天地") == ["天地"]
    assert texts.ngrams("") == []
    assert texts.shingled(3, "") != texts.shingled(4, "")
