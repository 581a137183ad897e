"""A crawl of `tests.site` with Scrapy, in a process of its own: ``python -m tests.crawler``, with options in JSON."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import scrapy
from scrapy.crawler import CrawlerProcess

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from scrapy.http import TextResponse


class NewsSpider(scrapy.Spider):
    """Follows the lists of a site, and takes every article, from the host that the list names or another."""

    name = "news"

    async def start(self) -> AsyncIterator[scrapy.Request]:
        """Ask for all lists."""
        for number in range(self.lists):
            yield scrapy.Request(f"http://127.0.0.1:{self.port}/list/{number}", self.parse)

    def parse(self, response: TextResponse) -> Iterator[scrapy.Request]:
        """Ask for the articles of a list."""
        for number, path in enumerate(response.css("a.page::attr(href)").getall()):
            host = "localhost" if number % 3 == 0 else "127.0.0.1"
            yield scrapy.Request(f"http://{host}:{self.port}{path}", self.parse_page)

    def parse_page(self, response: TextResponse) -> Iterator[dict[str, Any]]:
        """Take an article."""
        yield {
            "url": response.url,
            "title": response.css("h1::text").get(),
            "text": "".join(f"{line}\n" for line in response.css("p::text").getall()),
        }


def main(settings: dict[str, Any], spider: dict[str, Any], files: str) -> None:
    """Crawl; a file says when the spider is open, and another has the stats at the end."""
    process = CrawlerProcess({"TELNETCONSOLE_ENABLED": False, "LOG_LEVEL": "WARNING", **settings})
    crawler = process.create_crawler(NewsSpider)
    crawler.signals.connect(lambda: Path(f"{files}.open").touch(), scrapy.signals.spider_opened, weak=False)
    process.crawl(crawler, **spider)
    process.start()
    assert crawler.stats is not None
    Path(f"{files}.stats").write_text(json.dumps(crawler.stats.get_stats(), default=str), encoding="utf-8")


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
