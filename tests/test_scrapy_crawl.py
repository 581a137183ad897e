"""Crawls of a made site with Scrapy: of each article one copy comes out, however the crawl is ended and resumed."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

import neardup
from neardup import Index
from tests.servers import redis_server
from tests.site import Site, served
from tests.writers import environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(neardup.backend() != "kernel", reason="what comes out does not depend on the backend")

SIZES = [60, pytest.param(500, marks=pytest.mark.slow)]
"""Articles of a site: of some 240 pages, and of 2,000."""


class Crawls(NamedTuple):
    """A site that is served, and crawls of it."""

    site: Site
    port: int
    folder: Path
    asked: list[str]
    reached: threading.Event
    gate: threading.Event

    def start(self, name: str, stderr: int | None = None, **settings: Any) -> subprocess.Popen[bytes]:
        """Start a crawl; what comes out goes into a file of this name, and its stats beside it."""
        own = {
            "ADDONS": {"neardup.integrations.scrapy.NeardupAddon": 0},
            "NEARDUP_INDEX": str(self.folder / "seen.db"),
            "FEEDS": {str(self.folder / f"{name}.jsonl"): {"format": "jsonlines"}},
            "DEFAULT_DROPITEM_LOG_LEVEL": "DEBUG",
            **settings,
        }
        spider = {"port": self.port, "lists": len(self.site.lists)}
        options = {"settings": own, "spider": spider, "files": str(self.folder / name)}
        strict = [] if "REDIS_URL" in own else ["-W", "error"]  # scrapy-redis calls what Scrapy deprecates
        command = [sys.executable, "-P", *strict, "-m", "tests.crawler", json.dumps(options)]
        return subprocess.Popen(command, env=environment(), stderr=stderr)

    def crawl(self, name: str, **settings: Any) -> dict[str, Any]:
        """Crawl to the end, and give the stats."""
        with self.start(name, **settings) as process:
            assert process.wait() == 0
        return self.stats(name)

    def crawl_in_part(self, name: str, how: signal.Signals, **settings: Any) -> None:
        """Crawl until the site has been asked for half of its pages, and end the crawl by a signal."""
        self.reached.clear()
        with self.start(name, **settings) as process:
            assert self.reached.wait(60)
            process.send_signal(how)
            assert process.wait() == (0 if how == signal.SIGINT else -how)

    def stats(self, name: str) -> dict[str, Any]:
        """Give the stats of a crawl that came to its end."""
        found: dict[str, Any] = json.loads((self.folder / f"{name}.stats").read_text(encoding="utf-8"))
        return found

    def items(self, *names: str) -> list[dict[str, Any]]:
        """Give what came out of crawls, each item as it should be; of one that was killed the whole lines."""
        texts = [(self.folder / f"{name}.jsonl").read_text(encoding="utf-8") for name in names]
        lines = [line for text in texts for line in text.splitlines(keepends=True) if line.endswith("\n")]
        items = [json.loads(line) for line in lines]
        for item in items:
            page = self.site.page(item["url"])
            assert item["title"] == page.title
            assert item["text"] == "".join(f"{line}\n" for line in page.left)
        return items

    def families(self, items: list[dict[str, Any]]) -> Counter[str]:
        """Count how often an article came out, whichever copy of it."""
        return Counter(self.site.page(item["url"]).family for item in items)


@contextmanager
def crawls(families: int, folder: Path) -> Iterator[Crawls]:
    """Serve a site to crawls; the gate is open, unless a test shuts it."""
    site, asked, reached, gate = Site(families), [], threading.Event(), threading.Event()
    half = (len(site.pages) + len(site.lists)) // 2
    gate.set()

    def note(path: str) -> None:
        asked.append(path)
        if len(asked) == half:
            reached.set()
        gate.wait(60)

    with served(site, note) as port:
        yield Crawls(site, port, folder, asked, reached, gate)


@pytest.mark.parametrize("families", SIZES)
def test_of_each_article_one_copy_comes_out(tmp_path: Path, families: int) -> None:
    with crawls(families, tmp_path) as run:
        stats = run.crawl("all")
        items = run.items("all")
        assert run.families(items) == Counter(run.site.families)
        assert stats["neardup/new"] == stats["item_scraped_count"] == len(items)
        assert stats["neardup/duplicates"] == stats["item_dropped_count"] == len(run.site.pages) - len(items)
        relations = {name: count for name, count in stats.items() if name.startswith("neardup/relation/")}
        assert sum(relations.values()) == stats["neardup/duplicates"]
        assert relations["neardup/relation/identical"] > 0
        doubled = [page for page in run.site.pages.values() if page.lines != page.left]
        assert stats["neardup/doubled_bodies"] == stats["neardup/cleaned"] == len(doubled)
        removed = sum(len(line) + 1 for page in doubled for line in page.left[:4])
        assert stats["neardup/removed_chars"] == removed
        with Index.open(tmp_path / "seen.db", readonly=True) as index:
            assert {document.id for document in index} == {item["url"] for item in items}
            assert {document.id: document.text for document in index} == {item["url"]: item["text"] for item in items}
            assert index.verify() == []


@pytest.mark.parametrize("families", SIZES)
def test_a_crawl_that_is_interrupted_is_resumed_as_if_nothing_had_been(tmp_path: Path, families: int) -> None:
    job = str(tmp_path / "job")
    with crawls(families, tmp_path) as run:
        run.crawl_in_part("first", signal.SIGINT, JOBDIR=job)
        first = run.items("first")
        assert run.stats("first")["finish_reason"] == "shutdown"
        assert 0 < len(first) < len(run.site.families)
        run.crawl("second", JOBDIR=job)
        assert run.families(run.items("first", "second")) == Counter(run.site.families)
        assert Counter(path for path in run.asked if path in run.site.pages) == Counter(list(run.site.pages))


@pytest.mark.parametrize("families", SIZES)
def test_after_a_kill_another_crawl_with_the_index_gives_what_is_missing(tmp_path: Path, families: int) -> None:
    """The folder of the job is of no use then: Scrapy writes what is left to crawl when it is stopped gracefully."""
    with crawls(families, tmp_path) as run:
        run.crawl_in_part("killed", signal.SIGKILL, JOBDIR=str(tmp_path / "job"))
        with Index.open(tmp_path / "seen.db") as index:
            stored = {document.id for document in index}
        exported = {item["url"] for item in run.items("killed")}
        assert exported <= stored
        run.crawl("resumed", JOBDIR=str(tmp_path / "job"))
        resumed = run.items("killed", "resumed")
        stats = run.crawl("again")
        items = run.items("again")
        # Each article comes out, and always the same copy of it, so that one who keeps items by their id has each once.
        assert run.families(items) == Counter(run.site.families)
        assert stats["neardup/known"] >= len(stored)
        assert {item["url"] for item in resumed} <= {item["url"] for item in items}


@pytest.mark.parametrize("families", SIZES)
@pytest.mark.parametrize("kind", ["file", "server"])
def test_two_spiders_share_a_queue_and_an_index(tmp_path: Path, families: int, kind: str) -> None:
    (tmp_path / "redis").mkdir()
    with redis_server(tmp_path / "redis") as redis_port, crawls(families, tmp_path) as run:
        settings = {
            "SCHEDULER": "scrapy_redis.scheduler.Scheduler",
            "DUPEFILTER_CLASS": "scrapy_redis.dupefilter.RFPDupeFilter",
            "SCHEDULER_PERSIST": True,  # the first spider that ends leaves the queue to the other one
            "CONCURRENT_REQUESTS": 4,  # which leaves lists to the other one at the start
            "REDIS_URL": f"redis://127.0.0.1:{redis_port}/0",
        }
        if kind == "server":
            settings["NEARDUP_INDEX"] = f"redis://127.0.0.1:{redis_port}/1?prefix=news"
        run.gate.clear()  # until both are open
        with run.start("one", **settings) as one, run.start("two", **settings) as two:
            while not all((tmp_path / f"{name}.open").exists() for name in ("one", "two")):
                assert one.poll() is two.poll() is None
                time.sleep(0.05)
            run.gate.set()
            assert (one.wait(), two.wait()) == (0, 0)
        stats = [run.stats(name) for name in ("one", "two")]
        assert all(each["neardup/new"] > 0 for each in stats)
        assert run.families(run.items("one", "two")) == Counter(run.site.families)
        for name, count in [
            ("new", len(run.site.families)),
            ("duplicates", len(run.site.pages) - len(run.site.families)),
        ]:
            assert sum(each[f"neardup/{name}"] for each in stats) == count


@pytest.mark.parametrize("reactor", ["twisted.internet.selectreactor.SelectReactor"])
def test_any_reactor_will_do(tmp_path: Path, reactor: str) -> None:
    with crawls(6, tmp_path) as run:
        run.crawl("all", TWISTED_REACTOR=reactor)
        assert run.families(run.items("all")) == Counter(run.site.families)


def test_an_index_that_cannot_be_opened_ends_the_crawl_before_it_starts(tmp_path: Path) -> None:
    (tmp_path / "seen.db").write_text("{}", encoding="utf-8")
    with crawls(6, tmp_path) as run:
        with run.start("none", stderr=subprocess.PIPE) as process:
            said = process.communicate()[1].decode()
        assert run.asked == []
        assert f"InputError: {tmp_path / 'seen.db'}: is no index of neardup; choose another name" in said
