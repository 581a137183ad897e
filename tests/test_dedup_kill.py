"""A job that is killed at any moment, and started again: the same outputs, and nothing left behind."""

from __future__ import annotations

import json
import random
import re
import shutil
import signal
from typing import TYPE_CHECKING, Any

import pytest

from neardup._backend import BACKEND
from neardup.jobs.places import folder_of
from neardup.jobs.workspace import holds_job
from tests.families import SENTENCE, SENTENCES
from tests.files import made
from tests.forking import SMALL, Jobs, jobs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

pytestmark = pytest.mark.skipif(
    BACKEND != "kernel", reason="what a job leaves does not depend on the backend, and the reference takes minutes"
)

FOLDER = {"inputs": ["in"], "output": "out/", "boilerplate": "auto", "clean": "passages", "threads": 2}
FILE = {
    "inputs": ["in/a.jsonl", "in/b.jsonl.gz"],
    "boilerplate": "auto",
    "clean": "all",
    "output": "new/out.jsonl.gz",
    "against": ["old.jsonl"],
    "mark": True,
    "duplicates": "parquet",
    "threads": 1,
    "work": "job",
}
COMMON = {"id_field": "id", "title_field": "title", "memory": 1 << 26}
JOBS: dict[str, dict[str, Any]] = {"folder": {**FOLDER, **COMMON}, "file": {**FILE, **COMMON}}
KILLED = signal.SIGKILL.value


def write_corpus(folder: Path, count: int, seed: int = 0) -> None:
    """Write articles of which many are copies, in files of every kind."""
    rng = random.Random(seed)
    words = [sentence[i : i + 4] for sentence in SENTENCES[:6] for i in range(0, len(sentence) - 4, 4)]
    texts: list[str] = []
    for _ in range(count):
        if texts and rng.random() < 0.4:
            text = rng.choice(texts[-50:]) + rng.choice(["", "完。"])
        else:
            text = "".join(rng.choices(words, k=80))
        texts.append(text)
    copied = f"{SENTENCE * 3}\n"
    rows = [
        {"id": f"文{i}", "text": f"{text}\n{copied}{copied if i % 9 == 0 else ''}", "title": text[:6], "n": i}
        for i, text in enumerate(texts)
    ]
    names = ["in/a.jsonl", "in/b.jsonl.gz", "in/c.csv", "in/d.parquet", "old.jsonl"]
    for number, name in enumerate(names):
        made(folder / name, rows[number :: len(names)])
    with (folder / "in" / "a.jsonl").open("a", encoding="utf-8") as file:
        file.write("broken\n")
    for number, text in enumerate([texts[0], "别的。"]):
        (folder / "in" / f"e{number}.txt").write_text(text, encoding="utf-8")


def found_in(folder: Path) -> dict[str, Any]:
    """Give all that is in a folder beside the inputs, without what of a summary is of one process."""
    found: dict[str, Any] = {}
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        if name.startswith(("in", "old")):
            continue
        found[name] = path.read_bytes() if path.is_file() else None
        if name.endswith("summary.json"):
            said = json.loads(found[name])
            found[name] = {key: said[key] for key in said.keys() - {"seconds", "disk_bytes", "peak_bytes"}}
    return found


def clear(folder: Path) -> None:
    """Remove all that is not an input."""
    for path in folder.iterdir():
        if not path.name.startswith(("in", "old")):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


class Killer:
    """Runs one job to its end, and then kills it as often as wanted."""

    def __init__(self, runner: Jobs, folder: Path, job: Mapping[str, Any], sizes: Mapping[str, int] = SMALL) -> None:
        self.runner, self.folder, self.job, self.sizes = runner, folder, job, sizes
        done = self.run()
        assert done["error"] is None, done
        self.seconds, self.changes, self.expected = done["seconds"], done["changes"], found_in(folder)
        clear(folder)

    def run(self, **moment: Any) -> dict[str, Any]:
        """Run the job, and kill it at a moment if one is given."""
        return self.runner.run(self.job, sizes=self.sizes, **moment)

    def ends(self) -> None:
        """Run the job to its end, and see that everything is as if it never was killed."""
        work = self.job.get("work")
        is_done = not holds_job(folder_of(f"{self.folder}/{self.job['output']}", work and self.folder / work))
        is_done = is_done and self.expected.keys() <= found_in(self.folder).keys()
        found = self.run()
        if is_done:  # killed while it removed the folder of the job
            assert found["error"] == "OutputError"
            assert "exists already; choose another place" in found["message"]
        else:
            assert found["error"] is None, found
        assert found_in(self.folder) == self.expected
        clear(self.folder)


@pytest.fixture
def killer(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Killer]:
    """Give a job of a name on a small corpus."""
    write_corpus(tmp_path, 200)
    with jobs(tmp_path) as runner:
        yield Killer(runner, tmp_path, JOBS[request.param])


def kill_at_random(killer: Killer, times: int) -> None:
    rng = random.Random(times)
    killed = 0
    for time in range(times):
        for _ in range(2 if time % 3 == 0 else 1):
            killed += killer.run(after_s=rng.uniform(0, killer.seconds))["status"] == KILLED
        killer.ends()
    assert killed > times / 2


@pytest.mark.parametrize("killer", ["folder"], indirect=True)
def test_a_job_that_is_killed_at_a_random_moment_goes_on(killer: Killer) -> None:
    kill_at_random(killer, 60)


@pytest.mark.parametrize("killer", ["file"], indirect=True)
def test_a_job_that_is_killed_at_any_step_goes_on(killer: Killer) -> None:
    """Before the first change of each kind: of each stage and each output, opened, renamed, removed."""
    kinds = [(event, re.sub(r"\d+|[0-9a-f]{16}", "", name)) for event, name in killer.changes]
    steps = sorted({kind: step for step, kind in reversed([*enumerate(kinds)])}.values())
    assert {"read", "texts", "ids", "titles", "sketch", "keys", "decided", "writing", "written"} <= {
        name.split("-")[1] for _, name in kinds if name.startswith("neardup-")
    }
    for step in steps:
        assert killer.run(at_change=step)["status"] == KILLED
        killer.ends()


@pytest.mark.slow
@pytest.mark.parametrize("name", JOBS)
def test_a_larger_job_that_is_killed_goes_on(tmp_path: Path, name: str) -> None:
    write_corpus(tmp_path, 5000)
    with jobs(tmp_path) as runner:
        kill_at_random(Killer(runner, tmp_path, JOBS[name], {"neardup.jobs.sketching.CHUNK_DOCUMENTS": 1000}), 60)


@pytest.mark.slow
@pytest.mark.parametrize("killer", JOBS, indirect=True)
def test_a_job_that_is_killed_at_every_step_goes_on(killer: Killer) -> None:
    rng = random.Random(0)
    for step in range(len(killer.changes)):
        assert killer.run(at_change=step)["status"] == KILLED
        killer.run(at_change=rng.randrange(len(killer.changes)))
        killer.ends()
