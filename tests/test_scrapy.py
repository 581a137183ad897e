"""The pipelines for Scrapy, each item by itself: settings, kinds of items, what becomes of them; crawls are beside."""

from __future__ import annotations

import asyncio
import logging
import re
import subprocess
import sys
import threading
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import pytest
import scrapy
from scrapy.exceptions import DropItem, NotConfigured
from scrapy.pipelines import ItemPipelineManager
from scrapy.utils.test import get_crawler

from neardup import Config, Index, InputError, MismatchError, NeardupError
from neardup.integrations.scrapy import (
    SETTINGS,
    ChangedItem,
    DoubledBodyPipeline,
    DuplicateItem,
    DuplicatesPipeline,
    KnownItem,
    NeardupAddon,
)
from tests.writers import VARIANTS, article, environment

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from scrapy.crawler import Crawler

ADDON = {"ADDONS": {"neardup.integrations.scrapy.NeardupAddon": 0}}
DOUBLED = "".join(f"{article(0, part)}。\n" for part in range(4))


@dataclass
class DataItem:
    """An item."""

    url: str
    text: str
    neardup: Any = None


@attrs.define
class AttrsItem:
    """The same with attrs."""

    url: str
    text: str
    neardup: Any = None


class FieldsItem(scrapy.Item):
    """The same with Scrapy."""

    url = scrapy.Field()
    text = scrapy.Field()
    neardup = scrapy.Field()


KINDS: list[Callable[..., Any]] = [dict, DataItem, AttrsItem, FieldsItem]


@asynccontextmanager
async def opened(crawler: Crawler) -> AsyncIterator[ItemPipelineManager]:
    """Give the pipelines of a crawler as it runs them."""
    manager = ItemPipelineManager.from_crawler(crawler)
    await manager.open_spider_async()
    try:
        yield manager
    finally:
        await manager.close_spider_async()


def outcomes(items: list[Any], **settings: Any) -> tuple[list[Any], dict[str, Any]]:
    """Give what became of items, the item or what it was dropped with, and the stats."""
    crawler = get_crawler(settings_dict={"NEARDUP_INDEX": ":memory:", **ADDON, **settings})

    async def run() -> list[Any]:
        async with opened(crawler) as manager:
            found: list[Any] = []
            for item in items:
                try:
                    found.append(await manager.process_item_async(item))
                except (DropItem, NeardupError, ValueError) as error:
                    found.append(error)
            return found

    found = asyncio.run(run())
    assert crawler.stats is not None
    stats = crawler.stats.get_stats()
    return found, {name.removeprefix("neardup/"): stats[name] for name in stats if name.startswith("neardup/")}


def copies(*urls: str) -> list[dict[str, Any]]:
    """Make items that are copies of one article."""
    return [{"url": url, "text": VARIANTS[number](article(0))} for number, url in enumerate(urls)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_duplicate_is_dropped_and_names_its_survivor(kind: Callable[..., Any]) -> None:
    first, second = (kind(**item) for item in copies("甲", "乙"))
    found, stats = outcomes([first, second])
    assert found[0] is first
    assert type(found[1]) is DuplicateItem
    assert str(found[1]) == "duplicate of 甲 (identical, 1.00)"
    assert (found[1].match.survivor, found[1].match.relation) == ("甲", "identical")
    assert stats == {"new": 1, "duplicates": 1, "relation/identical": 1}


@pytest.mark.parametrize("kind", KINDS)
def test_a_duplicate_is_tagged_and_goes_on(kind: Callable[..., Any]) -> None:
    items = [kind(**item) for item in copies("甲", "乙")]
    found, stats = outcomes(items, NEARDUP_DUPLICATES="tag")
    assert [each is item for each, item in zip(found, items, strict=True)] == [True, True]
    tags = [each["neardup"] if kind in (dict, FieldsItem) else each.neardup for each in found]
    reason = "the same text, but for what folding drops, and the same numbers"
    said = {"survivor": "甲", "relation": "identical", "score": 1.0, "rule": "identical", "reason": reason}
    assert tags == [None, said]
    assert stats == {"new": 1, "duplicates": 1, "relation/identical": 1}


def test_the_tag_has_a_field_that_can_be_named() -> None:
    found, _ = outcomes(copies("甲", "乙"), NEARDUP_DUPLICATES="tag", NEARDUP_TAG_FIELD="seen")
    assert [each["seen"] and each["seen"]["survivor"] for each in found] == [None, "甲"]


def test_an_item_without_the_field_for_its_tag_is_not_stored(tmp_path: Path) -> None:
    index = str(tmp_path / "seen.db")
    item = FieldsItem(url="甲", text=article(0))
    [found], stats = outcomes([item], NEARDUP_DUPLICATES="tag", NEARDUP_TAG_FIELD="seen", NEARDUP_INDEX=index)
    assert str(found) == "FieldsItem has no field 'seen' for its match; add it, or name another in NEARDUP_TAG_FIELD"
    assert stats == {}
    with Index.open(index) as opened_index:
        assert len(opened_index) == 0


def test_fields_can_be_others_or_functions(tmp_path: Path) -> None:
    index = str(tmp_path / "seen.db")
    item = {"nr": 7, "lines": ["天地玄黄，宇宙洪荒", "日月盈昃，辰宿列张"], "head": "千字文", "site": "a.example"}
    settings = {
        "NEARDUP_TEXT": lambda item: "\n".join(item["lines"]),
        "NEARDUP_ID": "nr",
        "NEARDUP_TITLE": "tests.test_scrapy.title_of",
        "NEARDUP_DATA": "site",
    }
    [found], stats = outcomes([item], NEARDUP_INDEX=index, **settings)
    assert found is item
    assert stats == {"new": 1}
    with Index.open(index) as opened_index:
        [document] = opened_index
    assert (document.id, document.text) == (7, "天地玄黄，宇宙洪荒\n日月盈昃，辰宿列张")
    assert (document.title, document.data) == ("《千字文》", "a.example")


def title_of(item: dict[str, Any]) -> str:
    return f"《{item['head']}》"


def test_titles_and_data_can_be_left_out(tmp_path: Path) -> None:
    index = str(tmp_path / "seen.db")
    item = {"url": "甲", "text": article(0), "title": "题"}
    outcomes([item], NEARDUP_INDEX=index, NEARDUP_TITLE=None)
    outcomes([{**item, "url": "乙", "text": article(1)}], NEARDUP_INDEX=Path(index))
    with Index.open(index) as opened_index:
        assert [(document.title, document.data) for document in opened_index] == [("", None), ("题", None)]


def test_what_is_known_goes_on_or_is_dropped(tmp_path: Path) -> None:
    index = str(tmp_path / "seen.db")
    [item] = copies("甲")
    assert outcomes([item, item], NEARDUP_INDEX=index) == ([item, item], {"new": 1, "known": 1})
    [found], stats = outcomes([item], NEARDUP_INDEX=index, NEARDUP_KNOWN="drop")
    assert type(found) is KnownItem
    assert str(found) == "stored already, with this text: 甲"
    assert stats == {"known": 1}
    found, _ = outcomes([item, *copies("乙", "丙")], NEARDUP_INDEX=index, NEARDUP_DUPLICATES="tag")
    assert [each["neardup"] and each["neardup"]["survivor"] for each in found] == [None, "甲", "甲"]


@pytest.mark.parametrize(("changed", "stored"), [("replace", 1), ("keep", 0), ("drop", 0)])
def test_what_has_changed_is_replaced_kept_or_dropped(tmp_path: Path, changed: str, stored: int) -> None:
    index = str(tmp_path / "seen.db")
    items = [{"url": "甲", "text": article(number)} for number in range(2)]
    [_, found], stats = outcomes(items, NEARDUP_INDEX=index, NEARDUP_CHANGED=changed)
    if changed == "drop":
        assert type(found) is ChangedItem
        assert str(found) == "stored already, with another text: 甲"
    else:
        assert found is items[1]
    assert stats == ({"new": 2, "replaced": 1} if changed == "replace" else {"new": 1, "changed": 1})
    with Index.open(index) as opened_index:
        assert [(each.id, each.text) for each in opened_index] == [("甲", article(stored))]


def test_a_page_that_changes_into_a_copy_of_another_is_a_duplicate() -> None:
    items = [{"url": "甲", "text": article(0)}, {"url": "乙", "text": article(1)}, {"url": "乙", "text": article(0)}]
    found, stats = outcomes(items)
    assert str(found[2]) == "duplicate of 甲 (identical, 1.00)"
    assert stats == {"new": 2, "replaced": 1, "duplicates": 1, "relation/identical": 1}


@pytest.mark.parametrize(
    ("lacks", "status", "said"),
    [
        (
            {"text": None},
            "no_text",
            "the setting NEARDUP_TEXT is 'text', and there it has nothing, or nothing that is",
        ),
        ({"text": " 　\n"}, "no_text", "NEARDUP_TEXT"),
        ({"text": ["一段", "又一段"]}, "no_text", "NEARDUP_TEXT"),
        (
            {"url": None},
            "no_id",
            "the setting NEARDUP_ID is 'url', and there it has nothing, or nothing that is a str",
        ),
        ({"url": ""}, "no_id", "NEARDUP_ID"),
        ({"url": ["甲"]}, "no_id", "NEARDUP_ID"),
        ({"url": True}, "no_id", "NEARDUP_ID"),
    ],
)
def test_an_item_without_text_or_id_goes_on_and_one_is_logged(
    lacks: dict[str, Any], status: str, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    items = [{**item, **lacks} for item in copies("甲", "甲")]
    items += [{name: value for name, value in items[0].items() if name not in lacks}]
    with caplog.at_level(logging.WARNING, "neardup"):
        found, stats = outcomes(items, NEARDUP_DUPLICATES="tag")
    assert all(each is item for each, item in zip(found, items, strict=True))
    assert all("neardup" not in item for item in found)
    assert stats == {status: 3}
    [record] = [record for record in caplog.records if record.name.startswith("neardup")]
    assert said in record.getMessage()
    assert f"counted in neardup/{status}" in record.getMessage()


def test_items_are_asked_about_in_their_order_in_one_thread_beside_the_reactor() -> None:
    threads = set()

    def text(item: dict[str, Any]) -> Any:
        threads.add(threading.get_ident())
        return item["text"]

    crawler = get_crawler(settings_dict={"NEARDUP_INDEX": ":memory:", "NEARDUP_TEXT": text, **ADDON})
    items = [
        {"url": f"{kind}-{number}", "text": VARIANTS[kind](article(number))}
        for kind in range(3)
        for number in range(20)
    ]

    async def run() -> list[Any]:
        async with opened(crawler) as manager:
            return await asyncio.gather(*map(manager.process_item_async, items), return_exceptions=True)

    found = asyncio.run(run())
    assert found[:20] == items[:20]
    assert [each.match.survivor for each in found[20:]] == [f"0-{number}" for number in range(20)] * 2
    assert len(threads) == 1
    assert threading.get_ident() not in threads


def test_the_index_is_open_from_start_to_end(tmp_path: Path) -> None:
    crawler = get_crawler(settings_dict={"NEARDUP_INDEX": str(tmp_path / "seen.db"), **ADDON})

    async def run() -> tuple[Index, set[str]]:
        async with opened(crawler) as manager:
            [pipeline] = [each for each in manager.middlewares if isinstance(each, DuplicatesPipeline)]
            assert pipeline.index is not None
            await manager.process_item_async({"url": "甲", "text": article(0)})
            names = {thread.name for thread in threading.enumerate()}
            return pipeline.index, names

    index, names = asyncio.run(run())
    assert {"neardup-index_0", "neardup-clean_0"} <= names
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("neardup-")]
    with pytest.raises(NeardupError, match="is closed"):
        len(index)
    with Index.open(tmp_path / "seen.db") as again:
        assert "甲" in again


def test_an_error_of_the_index_is_an_error_of_the_item(monkeypatch: pytest.MonkeyPatch) -> None:
    def add_many(*_: object, **__: object) -> None:
        raise InputError("is damaged", file="seen.db")

    monkeypatch.setattr(Index, "add_many", add_many)
    [found], stats = outcomes(copies("甲"))
    assert str(found) == "seen.db: is damaged"
    assert stats == {"errors": 1}


def test_other_errors_are_not_taken_for_a_change() -> None:
    [found], stats = outcomes([{"url": 2**70, "text": article(0)}])
    assert "more than 64 bits" in str(found)
    assert stats == {}


# What decides, and how the index is opened


def test_the_threshold_and_the_config_decide(tmp_path: Path) -> None:
    def made_with(name: str, **settings: Any) -> Config:
        outcomes([], NEARDUP_INDEX=str(tmp_path / name), **settings)
        with Index.open(tmp_path / name) as index:
            return index.config

    (tmp_path / "neardup.toml").write_text("threshold = 0.9\nbands = 8\nrows = 8\n", encoding="utf-8")
    toml = str(tmp_path / "neardup.toml")
    assert made_with("a") == Config()
    assert made_with("b", NEARDUP_THRESHOLD=0.6) == Config(threshold=0.6)
    assert made_with("c", NEARDUP_THRESHOLD="0.6") == Config(threshold=0.6)
    assert made_with("d", NEARDUP_CONFIG=toml) == Config(threshold=0.9, bands=8, rows=8)
    assert made_with("e", NEARDUP_CONFIG=Config(ngram=4)) == Config(ngram=4)
    assert made_with("f", NEARDUP_CONFIG=Path(toml), NEARDUP_THRESHOLD=0.7) == Config(threshold=0.7, bands=8, rows=8)
    assert made_with("b") == Config(threshold=0.6)
    with pytest.raises(MismatchError, match=r"threshold 0\.6, not 0\.5; leave the config out"):
        made_with("b", NEARDUP_THRESHOLD=0.5)


def test_durability_and_timeout_are_those_of_the_index(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []
    open_index = Index.open

    def spy(path: str | Path, **options: Any) -> Index:
        asked.append({"path": path, **options})
        return open_index(":memory:", **options)

    monkeypatch.setattr(Index, "open", spy)
    outcomes([], NEARDUP_DURABILITY="full", NEARDUP_TIMEOUT_S="2.5", NEARDUP_INDEX="redis://127.0.0.1/0?prefix=news")
    outcomes([])
    address = "redis://127.0.0.1/0?prefix=news"
    assert asked == [
        {"path": address, "config": None, "durability": "full", "timeout_s": 2.5},
        {"path": ":memory:", "config": None, "durability": "normal", "timeout_s": 30.0},
    ]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (
            {"NEARDUP_INDEX": None},
            "the setting NEARDUP_INDEX must be the file of the index, such as 'seen.db', .* not None",
        ),
        ({"NEARDUP_INDEX": ""}, "NEARDUP_INDEX"),
        (
            {"NEARDUP_INDEX": "redis://a/0?name=b"},
            "the setting NEARDUP_INDEX is wrong: an address has no other options than prefix",
        ),
        ({"NEARDUP_TRESHOLD": 0.7}, "there is no setting NEARDUP_TRESHOLD; there are NEARDUP_INDEX, "),
        ({"NEARDUP_TEXT": None}, "the setting NEARDUP_TEXT must be the name of a field, or a function .* not None"),
        ({"NEARDUP_TEXT": ""}, "NEARDUP_TEXT"),
        ({"NEARDUP_ID": 7}, "the setting NEARDUP_ID must be the name of a field"),
        ({"NEARDUP_TITLE": "no_such_module.title"}, "NEARDUP_TITLE is 'no_such_module.title', a function that cannot"),
        ({"NEARDUP_TITLE": "tests.test_scrapy.no_such"}, "NEARDUP_TITLE is .* cannot be loaded"),
        (
            {"NEARDUP_DATA": "tests.test_scrapy.DOUBLED"},
            "the setting NEARDUP_DATA must be the name of a field, or a func",
        ),
        ({"NEARDUP_DUPLICATES": "mark"}, "the setting NEARDUP_DUPLICATES must be 'drop' or 'tag', not 'mark'"),
        ({"NEARDUP_TAG_FIELD": None}, "the setting NEARDUP_TAG_FIELD must be the name of a field, not None"),
        ({"NEARDUP_KNOWN": True}, "the setting NEARDUP_KNOWN must be 'pass' or 'drop', not True"),
        ({"NEARDUP_CHANGED": "pass"}, "the setting NEARDUP_CHANGED must be 'replace' or 'keep' or 'drop', not 'pass'"),
        ({"NEARDUP_THRESHOLD": "high"}, "the setting NEARDUP_THRESHOLD must be a number, not 'high'"),
        ({"NEARDUP_THRESHOLD": 2}, r"the setting NEARDUP_THRESHOLD must be in \[0, 1\], not 2"),
        ({"NEARDUP_THRESHOLD": 0}, "the setting NEARDUP_THRESHOLD is wrong: threshold must be"),
        (
            {"NEARDUP_CONFIG": {"threshold": 0.7}},
            "the setting NEARDUP_CONFIG must be a neardup.Config or the path of its",
        ),
        ({"NEARDUP_DURABILITY": "high"}, "the setting NEARDUP_DURABILITY must be 'normal' or 'full', not 'high'"),
        ({"NEARDUP_TIMEOUT_S": None}, "the setting NEARDUP_TIMEOUT_S must be a number, not None"),
        ({"NEARDUP_TIMEOUT_S": -1}, "the setting NEARDUP_TIMEOUT_S must be in"),
        (
            {"NEARDUP_CLEAN_SCOPE": "bodies"},
            "the setting NEARDUP_CLEAN_SCOPE must be 'body' or 'passages' or 'all', not",
        ),
        ({"NEARDUP_CLEAN_FIELD": title_of}, "the setting NEARDUP_CLEAN_FIELD must be the name of a field, not <func"),
    ],
)
def test_a_wrong_setting_is_named_before_the_crawl_starts(settings: dict[str, Any], said: str) -> None:
    crawler = get_crawler(settings_dict={"NEARDUP_INDEX": ":memory:", **ADDON, **settings})
    with pytest.raises(ValueError, match=said):
        ItemPipelineManager.from_crawler(crawler)


def test_a_config_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    crawler = get_crawler(settings_dict={"NEARDUP_INDEX": ":memory:", "NEARDUP_CONFIG": str(tmp_path / "no.toml")})
    with pytest.raises(InputError, match=r"no\.toml: cannot be read"):
        DuplicatesPipeline.from_crawler(crawler)


# Doubled bodies


@pytest.mark.parametrize("kind", KINDS)
def test_a_doubled_body_is_cleaned_before_the_index_is_asked(kind: Callable[..., Any]) -> None:
    items = [kind(url="甲", text=DOUBLED * 2), kind(url="乙", text=DOUBLED)]
    found, stats = outcomes(items)
    assert found[0] is items[0]
    assert (found[0]["text"] if kind in (dict, FieldsItem) else found[0].text) == DOUBLED
    assert str(found[1]) == "duplicate of 甲 (identical, 1.00)"
    cleaned = {"doubled_bodies": 1, "cleaned": 1, "removed_chars": len(DOUBLED)}
    assert stats == {**cleaned, "new": 1, "duplicates": 1, "relation/identical": 1}


def test_the_scope_and_the_field_that_are_cleaned_can_be_named() -> None:
    line = f"{article(0)}。\n"
    text = f"{line}转载\n{line}相关链接" + "".join(f"{article(number)}。\n" for number in range(1, 9))
    for scope, left in [("body", text), ("all", text.replace(f"转载\n{line}", "转载\n"))]:
        [found], stats = outcomes([{"url": "甲", "text": text}], NEARDUP_CLEAN_SCOPE=scope)
        assert found["text"] == left
        assert stats.get("removed_chars", 0) == len(text) - len(left)
        assert "doubled_bodies" not in stats
    item = {"url": "甲", "text": DOUBLED * 2, "body": DOUBLED * 2}
    [found], _ = outcomes([item], NEARDUP_CLEAN_FIELD="body", NEARDUP_TEXT=lambda item: item["text"])
    assert found == {"url": "甲", "text": DOUBLED * 2, "body": DOUBLED}


def test_what_is_no_text_is_not_cleaned() -> None:
    [found], stats = outcomes([{"url": "甲", "text": [DOUBLED, DOUBLED]}])
    assert found["text"] == [DOUBLED, DOUBLED]
    assert stats == {"no_text": 1}


def test_without_a_field_to_clean_the_pipeline_is_disabled(caplog: pytest.LogCaptureFixture) -> None:
    settings = {"NEARDUP_TEXT": lambda item: item["text"], "NEARDUP_INDEX": ":memory:"}
    with pytest.raises(NotConfigured, match="name the field to be cleaned in NEARDUP_CLEAN_FIELD"):
        DoubledBodyPipeline.from_crawler(get_crawler(settings_dict=settings))
    [found], stats = outcomes([{"url": "甲", "text": DOUBLED * 2}], **settings)
    assert found["text"] == DOUBLED * 2
    assert stats == {"new": 1}
    assert "Disabled" in caplog.text


# The add-on, and what is installed


def test_the_addon_leaves_what_a_user_set() -> None:
    name = "neardup.integrations.scrapy.DuplicatesPipeline"

    def priorities(pipelines: dict[Any, Any]) -> dict[Any, Any]:
        return dict(get_crawler(settings_dict={**ADDON, "ITEM_PIPELINES": pipelines}).settings["ITEM_PIPELINES"])

    assert priorities({}) == {DoubledBodyPipeline: 200, DuplicatesPipeline: 210}
    assert priorities({name: 750, AttrsItem: 300}) == {name: 750, AttrsItem: 300, DoubledBodyPipeline: 200}
    assert priorities({DoubledBodyPipeline: None}) == {DoubledBodyPipeline: None, DuplicatesPipeline: 210}
    assert NeardupAddon.__doc__ is not None
    assert "at 200" in NeardupAddon.__doc__


def test_without_scrapy_the_extra_is_named() -> None:
    code = "import sys; sys.modules['scrapy'] = None; import neardup.integrations.scrapy"
    command = [sys.executable, "-P", "-c", code]
    said = subprocess.run(command, env=environment(), capture_output=True, text=True, check=False).stderr
    assert (
        "NeardupError: a pipeline of Scrapy, 2.14 or newer, needs another library: pip install 'neardup[scrapy]'"
        in said
    )


def test_the_readme_has_every_setting_and_stat() -> None:
    readme = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
    section = readme.split("\n## In a Scrapy crawler\n")[1].split("\n## ")[0]
    assert len(section.splitlines()) <= 60
    rows = dict(re.findall(r"^\| `(NEARDUP_\w+)` \|\s*(.*?)\s*\|", section, flags=re.MULTILINE))
    for name, default in SETTINGS.items():
        assert name in (DuplicatesPipeline.__doc__ or "") + (DoubledBodyPipeline.__doc__ or "")
        assert rows.pop(name) == ("" if default is None else f"`{default!r}`".replace("'", '"').replace("30.0", "30"))
    assert not rows
    pipelines = Path(sys.modules[DuplicatesPipeline.__module__].__file__ or "").read_text(encoding="utf-8")
    stats = {*re.findall(r'_count\(self\._crawler, f?"(\w+)', pipelines), *re.findall(r'_Answer\("(\w+)"', pipelines)}
    stats |= {"new", "known", "duplicates"}
    assert {"doubled_bodies", "removed_chars", "relation", "no_text", "changed", "errors"} <= stats
    for name in stats:
        assert f"`neardup/{name}" in section, name
