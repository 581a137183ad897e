"""A site of made pages to crawl: articles, their copies, doubled bodies, templates; and what should come out of it."""

from __future__ import annotations

import random
import threading
from contextlib import contextmanager
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, NamedTuple

from tests.writers import VARIANTS, article

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FORM = (
    "气象台{}日预报，今天夜里到明天白天多云转小雨，偏北风三到四级，最低气温{}度，今年以来累计降水{}毫米，请市民注意添衣，"
    "出行的市民请携带雨具，山区的居民请留意山洪和落石。"
)
"""Filled in with other numbers it is another announcement."""

PAGES_A_LIST = 20


class Page(NamedTuple):
    """A page of the site.

    Attributes
    ----------
    family
        Of which copies it is one; of each exactly one should come out.
    title
        Its heading.
    lines
        Its paragraphs, as they are printed.
    left
        Those that should come out.
    """

    family: str
    title: str
    lines: list[str]
    left: list[str]

    @property
    def html(self) -> str:
        """The page."""
        paragraphs = "".join(f"<p>{escape(line)}</p>" for line in self.lines)
        return f"<!DOCTYPE html><title>{escape(self.title)}</title><h1>{escape(self.title)}</h1>{paragraphs}"


class Site:
    """Pages by their paths, in an order that mixes the families, and lists that link to them.

    Parameters
    ----------
    families
        How many articles; three in five have copies, and there are half as many templates.
    """

    def __init__(self, families: int) -> None:
        rng = random.Random(families)
        made = [page for number in range(families) for page in _copies(number, rng)]
        for number in range(families // 2):
            text = FORM.format(number % 28 + 1, number, number + 1000)
            made.append(Page(f"form {number}", "天气预报", [text], [text]))
        rng.shuffle(made)
        self.pages: dict[str, Page] = {}
        for number, page in enumerate(made):
            self.pages[f"/{number}.html"] = page
            if page.family.startswith("article") and rng.random() < 0.2:
                self.pages[f"/{number}.html?from=list"] = page
        self.families = {page.family for page in made}
        paths = list(self.pages)
        rng.shuffle(paths)
        self.lists = [paths[start : start + PAGES_A_LIST] for start in range(0, len(paths), PAGES_A_LIST)]

    def page(self, url: str) -> Page:
        """Give the page at an address, of either host."""
        return self.pages["/" + url.split("/", 3)[3]]

    def html(self, path: str) -> str | None:
        """Give what stands at a path; None if nothing does."""
        if path in self.pages:
            return self.pages[path].html
        number = int(path.removeprefix("/list/"))
        links = [f'<a class="page" href="{escape(each)}">' for each in self.lists[number]]
        return "<!DOCTYPE html>" + "".join(links)


def _copies(number: int, rng: random.Random) -> Iterator[Page]:
    """Make an article of four paragraphs and its copies: mirrored, edited lightly, in Traditional, printed twice."""
    family, title = f"article {number}", article(number, 9)[:12]
    lines = [article(number, part) + "。" for part in range(4)]
    yield Page(family, title, lines, lines)
    if rng.random() < 0.4:
        return
    for variant in rng.sample(VARIANTS, 3):
        copied = [" ".join(variant(line).split()) for line in lines]
        again = copied * (1 + (rng.random() < 0.4))
        note = [f"责任编辑：{article(number, 8)[-3:]}"] if rng.random() < 0.3 else []
        yield Page(family, title, [*again, *note], [*copied, *note])


@contextmanager
def served(site: Site, asked: Callable[[str], object] = lambda _: None) -> Iterator[int]:
    """Serve a site on a free port of the loopback interface; `asked` is called with the path of each request."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            asked(self.path)
            html = site.html(self.path)
            data = (html or "").encode()
            self.send_response(200 if html is not None else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """Say nothing of a crawler that is killed."""

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()
