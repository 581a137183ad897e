"""The pipelines, the add-on that switches them on, and what they drop items with."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, Self, get_args

from itemadapter import ItemAdapter
from scrapy.exceptions import DropItem, NotConfigured

from neardup._typing import Scope
from neardup.errors import NeardupError
from neardup.index import Index
from neardup.integrations.scrapy.settings import (
    SETTINGS,
    choice,
    chosen_config,
    field,
    field_name,
    index_path,
    number,
    read_settings,
)
from neardup.integrations.scrapy.worker import Worker
from neardup.repeats.find import find_repeats
from neardup.stores.database import Durability

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.settings import BaseSettings

    from neardup._typing import Id
    from neardup.index import IndexMatch
    from neardup.integrations.scrapy.settings import Field, Values

_LOG = logging.getLogger(__name__)


class DuplicateItem(DropItem):
    """An item was a duplicate. Handlers of the signal ``item_dropped`` get it as ``exception``.

    Attributes
    ----------
    match
        The `neardup.index.IndexMatch`: the survivor, the relation, and why.
    """

    def __init__(self, match: IndexMatch) -> None:
        super().__init__(f"duplicate of {match.survivor} ({match.relation}, {match.score:.2f})")
        self.match = match


class KnownItem(DropItem):
    """An item was stored already, with its id and text, and ``NEARDUP_KNOWN`` is ``"drop"``."""


class ChangedItem(DropItem):
    """An item had the id of a stored one and another text, and ``NEARDUP_CHANGED`` is ``"drop"``."""


class NeardupAddon:
    """Switches on `DoubledBodyPipeline` at 200 and `DuplicatesPipeline` at 210.

    What users write themselves stands at 300 in Scrapy's examples: what they store comes after this.

    A pipeline that stands in ``ITEM_PIPELINES`` keeps the priority that it has there; with None it stays off.
    """

    def update_settings(self, settings: BaseSettings) -> None:
        """Enter the pipelines into the settings."""
        settings.setdefault_in_component_priority_dict("ITEM_PIPELINES", DoubledBodyPipeline, 200)
        settings.setdefault_in_component_priority_dict("ITEM_PIPELINES", DuplicatesPipeline, 210)


class DoubledBodyPipeline:
    """Cleans the text of items whose body is printed more than once; see `neardup.DocumentRepeats.clean`.

    An item goes on with its cleaned text. What has no text in its field goes on as it is.

    Notes
    -----
    Settings:

    ``NEARDUP_CLEAN_SCOPE``
        Which copies go: ``"body"``, ``"passages"`` or ``"all"``.
    ``NEARDUP_CLEAN_FIELD``
        The field that is cleaned; by default that of ``NEARDUP_TEXT``. If that is a function and no field is named,
        the pipeline is disabled, and Scrapy logs it.

    Stats: ``neardup/doubled_bodies``, items whose body was printed more than once; ``neardup/cleaned``, items from
    which copies were taken; ``neardup/removed_chars``, the code points that these held.
    """

    def __init__(self, crawler: Crawler, text: str, scope: Scope) -> None:
        self._crawler, self._text, self._scope = crawler, text, scope
        self._worker = Worker("neardup-clean")

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Read the settings.

        Raises
        ------
        ValueError
            If one is wrong; names it.
        NotConfigured
            If no field is named.
        """
        values = read_settings(crawler)
        scope = choice(values, "NEARDUP_CLEAN_SCOPE", get_args(Scope))
        if values["NEARDUP_CLEAN_FIELD"] is not None:
            return cls(crawler, field_name(values, "NEARDUP_CLEAN_FIELD"), scope)
        text = field(values, "NEARDUP_TEXT")
        if not isinstance(text, str):
            raise NotConfigured("NEARDUP_TEXT is a function; name the field to be cleaned in NEARDUP_CLEAN_FIELD")
        return cls(crawler, text, scope)

    async def process_item(self, item: Any) -> Any:  # noqa: ANN401
        """Clean an item."""
        adapter = ItemAdapter(item)
        text = adapter.get(self._text)
        if not isinstance(text, str):
            return item
        copies, cleaned = await self._worker.run(partial(self._clean, text))
        if copies > 1:
            _count(self._crawler, "doubled_bodies")
        if cleaned != text:
            _count(self._crawler, "cleaned")
            _count(self._crawler, "removed_chars", len(text) - len(cleaned))
            adapter[self._text] = cleaned
        return item

    def close_spider(self) -> None:
        """End the thread."""
        self._worker.close()

    def _clean(self, text: str) -> tuple[int, str]:
        found = find_repeats(text)
        return found.body_copies, found.clean(self._scope)


class DuplicatesPipeline:
    """Asks an index whether it has seen an item, stores the item if it is new, and drops or marks a duplicate.

    Attributes
    ----------
    index
        The `neardup.Index`, from the start of the spider to its end.

    Notes
    -----
    Settings. Where a field is asked for, its name is given, or a function of the item, or the path of one, which is a
    name with a dot. Functions are called in another thread than the reactor's.

    ``NEARDUP_INDEX``
        The index: a file, or the address of a server. It must be given.
    ``NEARDUP_TEXT``, ``NEARDUP_ID``, ``NEARDUP_TITLE``, ``NEARDUP_DATA``
        The fields with what `neardup.Index.add` takes: ``"text"``, ``"url"``, ``"title"``, and no data. An item that
        has no text, or no id, goes on as it is and is counted; the first is logged as a warning.
    ``NEARDUP_DUPLICATES``
        ``"drop"``: they are dropped with `DuplicateItem`. ``"tag"``: they go on.
    ``NEARDUP_TAG_FIELD``
        The field that then has the ``survivor``, ``relation``, ``score``, ``rule`` and ``reason`` of a duplicate, and
        None of other items that were asked about. Items must have it, unless they are dictionaries.
    ``NEARDUP_KNOWN``
        What becomes of an item whose id is stored with the same text. ``"pass"``: it goes on, so that what was stored
        by a crawl that was killed before it was exported is not lost when it is crawled again. ``"drop"``.
    ``NEARDUP_CHANGED``
        What becomes of an item whose id is stored with another text. ``"replace"``: the text takes the place of the
        other one, and is asked about as any new text. ``"keep"``: it goes on, and the index keeps what it has.
        ``"drop"``.
    ``NEARDUP_THRESHOLD``, ``NEARDUP_CONFIG``
        What decides: the threshold, and a `neardup.Config` or the path of its TOML. An index that is there must have
        been made with the same; with neither of them it decides as it was made.
    ``NEARDUP_DURABILITY``, ``NEARDUP_TIMEOUT_S``
        See `neardup.Index.open`.

    Stats, each item under one of them: ``neardup/new``, ``duplicates``, ``known``, ``no_text``, ``no_id``, and
    ``changed`` where that is kept or dropped. Besides, ``relation/near`` and the other relations of duplicates,
    ``replaced``, and ``errors`` of the index, which are errors of their items.

    Items are asked about in the order in which they come, in one thread.
    """

    def __init__(self, crawler: Crawler, values: Values) -> None:
        names = ("NEARDUP_TEXT", "NEARDUP_ID", "NEARDUP_TITLE", "NEARDUP_DATA")
        self._fields = [field(values, name) for name in names]
        self._tags = choice(values, "NEARDUP_DUPLICATES", ("drop", "tag")) == "tag"
        self._tag_field = field_name(values, "NEARDUP_TAG_FIELD")
        self._known = choice(values, "NEARDUP_KNOWN", ("pass", "drop"))
        self._changed = choice(values, "NEARDUP_CHANGED", ("replace", "keep", "drop"))
        self._open = partial(
            Index.open,
            index_path(values),
            config=chosen_config(values),
            durability=choice(values, "NEARDUP_DURABILITY", get_args(Durability)),
            timeout_s=number(values, "NEARDUP_TIMEOUT_S", 10**6),
        )
        self._crawler, self._worker = crawler, Worker("neardup-index")
        self._warned: set[str] = set()
        self.index: Index | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Read the settings.

        Raises
        ------
        ValueError
            If one is wrong; names it.
        """
        return cls(crawler, read_settings(crawler))

    async def open_spider(self) -> None:
        """Open the index; if that fails, the crawl does not start."""
        self.index = await self._worker.run(self._open)

    async def close_spider(self) -> None:
        """Close the index; all items are through by then."""
        if self.index is not None:
            await self._worker.run(self.index.close)
        self._worker.close()

    async def process_item(self, item: Any) -> Any:  # noqa: ANN401
        """Ask about an item.

        Raises
        ------
        DuplicateItem, KnownItem, ChangedItem
            If it is dropped.
        NeardupError
            If the index cannot be asked.
        """
        if self._tags:
            _check_field(item, self._tag_field)
        try:
            answer = await self._worker.run(partial(self._ask, item))
        except NeardupError:
            _count(self._crawler, "errors")
            raise
        _count(self._crawler, answer.status)
        if answer.id is None:
            self._warn(answer.status, item)
            return item
        if answer.is_replaced:
            _count(self._crawler, "replaced")
        if answer.match is not None:
            _count(self._crawler, f"relation/{answer.match.relation}")
        return self._passed(item, answer)

    def _ask(self, item: Any) -> _Answer:  # noqa: ANN401
        """Ask the index, in the thread of the worker."""
        assert self.index is not None
        text, id_, title, data = (_value(item, each) for each in self._fields)
        if not isinstance(text, str) or not text.strip():
            return _Answer("no_text")
        if not isinstance(id_, (str, int)) or isinstance(id_, bool) or id_ == "":
            return _Answer("no_id")
        titles = [title if isinstance(title, str) else None]
        add = partial(self.index.add_many, [text], ids=[id_], title=titles, data=[data], threads=1)
        is_replaced = False
        try:
            answers = add()
        except ValueError:
            if id_ not in self.index:
                raise
            if self._changed != "replace":
                return _Answer("changed", id_)
            answers, is_replaced = add(replace=True), True
        match = answers[0]
        status = "known" if answers.known else "duplicates" if match else "new"
        return _Answer(status, id_, match, _tag(match) if self._tags else None, is_replaced)

    def _passed(self, item: Any, answer: _Answer) -> Any:  # noqa: ANN401
        """Give an item that goes on, or drop it."""
        if answer.status == "known" and self._known == "drop":
            raise KnownItem(f"stored already, with this text: {answer.id}")
        if answer.status == "changed" and self._changed == "drop":
            raise ChangedItem(f"stored already, with another text: {answer.id}")
        if self._tags:
            ItemAdapter(item)[self._tag_field] = answer.tag
        elif answer.match is not None:
            raise DuplicateItem(answer.match)
        return item

    def _warn(self, status: str, item: Any) -> None:  # noqa: ANN401
        """Log the first item that cannot be asked about; where it is none of the articles, that is as it should be."""
        if status in self._warned:
            return
        self._warned.add(status)
        name, wanted = ("NEARDUP_TEXT", "a str") if status == "no_text" else ("NEARDUP_ID", "a str or an int")
        _LOG.warning(
            "this %s and others like it go on unasked, counted in neardup/%s: the setting %s is %r, and there it has "
            "nothing, or nothing that is %s",
            type(item).__name__,
            status,
            name,
            self._crawler.settings.get(name, SETTINGS[name]),
            wanted,
            extra={"spider": self._crawler.spider},
        )


class _Answer(NamedTuple):
    """What the index said of an item, or why it was not asked."""

    status: str
    id: Id | None = None
    match: IndexMatch | None = None
    tag: dict[str, Any] | None = None
    is_replaced: bool = False


def _count(crawler: Crawler, name: str, count: int = 1) -> None:
    assert crawler.stats is not None
    crawler.stats.inc_value(f"neardup/{name}", count)


def _value(item: Any, which: Field) -> Any:  # noqa: ANN401
    if which is None:
        return None
    return which(item) if callable(which) else ItemAdapter(item).get(which)


def _check_field(item: Any, name: str) -> None:  # noqa: ANN401
    names = ItemAdapter.get_field_names_from_class(type(item))
    if names is not None and name not in names:
        kind = type(item).__name__
        raise ValueError(f"{kind} has no field {name!r} for its match; add it, or name another in NEARDUP_TAG_FIELD")


def _tag(match: IndexMatch | None) -> dict[str, Any] | None:
    names = ("survivor", "relation", "score", "rule", "reason")
    return None if match is None else {name: getattr(match, name) for name in names}
