"""Duplicates: the rule against a sequential statement of it, what never changes the answer, what every option does."""

from __future__ import annotations

import json
import subprocess
import sys
import tracemalloc
from collections import defaultdict
from decimal import Decimal
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neardup
from neardup import (
    Config,
    Duplicates,
    RepeatedParagraphs,
    _reference,
    find_duplicates,
    find_repeated_paragraphs,
    find_repeats,
    shingles,
)
from neardup._backend import kernels
from neardup._reference.evidence import measure
from neardup._reference.readings import read_text
from neardup.content import content_numerals, opened_table
from neardup.inputs import text_column
from neardup.inputs.ids import id_order
from neardup.minhash import band_keys, sketch
from neardup.relations import alike, conclude
from neardup.rule import Contents, Ranking, Rule, document_keys
from neardup.sketches import Sketches
from neardup.survivors import resolve, settle, total_order
from tests.common import CONTENT_TABLE, folded
from tests.families import SENTENCES, texts, worlds

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from neardup.evidence import Evidence


ANYHOW: dict[str, Any] = {
    **dict.fromkeys(("priority", "sketches", "titles", "progress")),
    "keep": "longest",
    "threads": 1,
}
BODY = "".join(SENTENCES[:4])
OTHER = "".join(SENTENCES[4:6])
MANY = 300 if neardup.backend() == "kernel" else 50

configs = st.builds(
    Config,
    threshold=st.sampled_from([0.5, 0.8, 1.0]),
    min_containment=st.sampled_from([0.5, 0.8, 1.0]),
    relations=st.sampled_from(
        [
            ("identical", "near", "contained"),
            ("identical",),
            ("identical", "near", "contains"),
            ("identical", "near", "contained", "revision"),
        ]
    ),
    anchor_one_in=st.sampled_from([1, 4, 32]),
    min_anchor_share=st.sampled_from([0.2, 0.4, 1.0]),
)


limits = st.sampled_from([None, "only_across", "only_within"])


def drawn_groups(data: st.DataObject, size: int) -> list[Any]:
    return data.draw(st.lists(st.sampled_from([None, None, "甲", "", 7]), min_size=size, max_size=size), label="groups")


def numbered(groups: Sequence[Any]) -> NDArray[np.int64]:
    """Number groups; a document of none is one of its own."""
    kinds = ["甲", "", 7]
    return np.array([-1 - i if group is None else kinds.index(group) for i, group in enumerate(groups)], np.int64)


def canonical(found: Duplicates) -> str:
    return json.dumps(found.to_dict(), ensure_ascii=False, sort_keys=True)


def sketched(documents: Sequence[str], config: Config) -> list[tuple[Any, set[int], set[int]]]:
    """Of each text the low bytes of the signature, the band keys and the anchors."""
    signatures, anchors, *_ = sketch(documents, **config.sketching)
    bands = band_keys(signatures, bands=config.bands, rows=config.rows)
    keys = (set(keys) for keys in bands.tolist())
    return list(zip(signatures & 255, keys, (set(each.tolist()) for each in anchors), strict=True))


def alike_enough(found: Evidence, config: Config) -> bool:
    """Whether it is asked what a candidate behind the first is: not of those that are a revision at most."""
    return alike(found, config.limits) is not None or "revision" in config.relations


def may_drop(limit: str | None, groups: Sequence[Any], one: int, other: int) -> bool:
    """Whether groups let two documents drop each other; None is no group."""
    is_same = groups[one] is not None and groups[one] == groups[other]
    return {None: True, "only_across": not is_same, "only_within": is_same}[limit]


def sequentially(
    documents: Sequence[str],
    order: Sequence[int],
    config: Config,
    limit: str | None = None,
    groups: Sequence[Any] = (None,) * 99,
    known: int = 0,
) -> dict[int, tuple[int, str]]:
    """Say the rule in a few lines, lists without limits: of each text what it is to which survivor."""
    keys = sketched(documents, config)
    sets = [frozenset(shingles(text).tolist()) for text in documents]
    texts = [folded(text).text for text in documents]
    folding = _reference.Folding(*CONTENT_TABLE)
    readings = [read_text(text, folding) for text in documents]
    said_numbers = [content_numerals(text) for text in documents]
    survivors = list(order[:known])
    said: dict[int, tuple[int, str]] = {}
    for d in order[known:]:
        ranked = []
        for place, s in enumerate(survivors):
            if not may_drop(limit, groups, d, s):
                continue
            shared, fewer = len(keys[d][2] & keys[s][2]), min(len(keys[d][2]), len(keys[s][2]))
            is_judged = len(texts[d]) >= 5 <= len(texts[s])
            meets = is_judged and (keys[d][1] & keys[s][1] or (shared and shared >= config.min_anchor_share * fewer))
            alike = float(np.mean(keys[d][0] == keys[s][0]))
            if texts[d] == texts[s] or meets:
                share = shared / fewer if is_judged and fewer else 0
                ranked.append((texts[d] != texts[s], -max(alike, share), place, s))
        for rank, (is_other, _, _, s) in enumerate(sorted(ranked)[: config.max_candidates]):
            evidence = measure(readings[d], readings[s], sets[d], sets[s])
            relation = conclude(evidence, config.limits)[0]
            if not is_other and said_numbers[d] == said_numbers[s]:
                relation = "identical"
            elif len(texts[d]) < 5 or (rank and not alike_enough(evidence, config)):
                relation = None
            if relation and (d not in said or relation in config.relations):
                said[d] = s, relation
            if relation in config.relations:
                break
        else:
            survivors.append(d)
    return said


@settings(max_examples=MANY)
@given(worlds, configs, st.sampled_from(["longest", "first"]), limits, st.data())
def test_small_worlds_against_a_sequential_statement_of_the_rule(
    documents: list[str], config: Config, keep: Any, limit: str | None, data: st.DataObject
) -> None:
    groups = drawn_groups(data, len(documents))
    limited: dict[str, Any] = {limit: groups} if limit else {}
    found = find_duplicates(documents, config=config, keep=keep, **limited)
    chars = np.array([len(folded(text)) for text in documents])
    ids = list(range(len(documents)))
    _, body = _copies(documents)
    order = [i for i in total_order(ids, chars, body, keep).tolist() if chars[i]]
    said = {m.id: (m.survivor, m.relation) for m in (*found.duplicates, *found.related)}
    expected = sequentially(documents, order, config, limit, groups)
    assert said == {d: (s, relation) for d, (s, relation) in expected.items()}
    assert {m.id for m in found.duplicates} == {d for d, (_, r) in expected.items() if r in config.relations}


@settings(max_examples=MANY)
@given(worlds, configs, st.sampled_from([1, 2, 3, 200]), limits, st.data())
def test_leaving_out_what_meets_nothing_changes_nothing(
    documents: list[str], config: Config, max_bucket_size: int, limit: str | None, data: st.DataObject
) -> None:
    config = config.with_overrides(max_bucket_size=max_bucket_size)
    opened, groups = text_column(documents), numbered(drawn_groups(data, len(documents)))
    across, within = (groups if limit == name else None for name in ("only_across", "only_within"))
    found = resolve(opened, range(len(documents)), config, **ANYHOW, across=across, within=within)
    sketches = Sketches.of_texts(documents, config=config)
    order = total_order(range(len(documents)), sketches.chars, sketches.body, "longest")
    *verdicts, cuts, _ = kernels.survivors(
        opened,
        opened_table(config.content),
        config.ngram,
        order[sketches.chars[order] > 0],
        document_keys(sketches, config, within),
        sketches.signatures.astype(np.uint8),
        sketches.anchors.sizes,
        Contents(sketches.digests),
        Rule.of(config),
        1,
        across,
    )
    assert [each.tolist() for each in found.verdicts] == [each.tolist() for each in verdicts]
    assert found.cuts.tolist() == cuts.tolist()


@settings(max_examples=MANY)
@given(worlds, configs, st.sampled_from([1, 2, 3, 200]), st.sampled_from([1, 2, 64]), st.data())
def test_any_guess_and_any_parts_lead_to_the_sequential_answer(
    documents: list[str], config: Config, max_bucket_size: int, max_candidates: int, data: st.DataObject
) -> None:
    config = config.with_overrides(max_bucket_size=max_bucket_size, max_candidates=max_candidates)
    size, opened = len(documents), text_column(documents)
    found = Sketches.of_texts(documents, config=config)
    order = np.array(data.draw(st.permutations(np.flatnonzero(found.chars).tolist())), np.int64)
    places = np.full(size, 2**32 - 1, np.uint32)
    places[order] = np.arange(len(order))
    keys, low = document_keys(found, config), found.signatures.astype(np.uint8)
    contents = Contents(found.digests)
    guess = np.array(data.draw(st.lists(st.booleans(), min_size=size, max_size=size)), bool)
    groups = data.draw(st.none() | st.just(numbered(drawn_groups(data, size))))
    known = data.draw(st.integers(0, len(order)), label="known")
    part_of = np.array(data.draw(st.lists(st.integers(0, 2), min_size=len(order), max_size=len(order))), np.int64)
    verdicts, cuts, rounds = settle(
        opened,
        order,
        keys,
        Ranking(places, low, found.anchors.sizes, groups),
        contents,
        config,
        guess=guess,
        given=known,
        parts=[np.flatnonzero(part_of == part) for part in range(3)],
        threads=data.draw(st.integers(1, 2)),
    )
    *expected, expected_cuts, _ = kernels.survivors(
        opened,
        opened_table(config.content),
        config.ngram,
        order,
        keys,
        low,
        found.anchors.sizes,
        contents,
        Rule.of(config),
        1,
        groups,
        known,
    )
    assert [each.tolist() for each in verdicts] == [each.tolist() for each in expected]
    assert cuts.tolist() == expected_cuts.tolist()
    assert 1 <= rounds <= len(order) + 2


def test_threads_cut_many_documents_into_blocks_and_decide_the_same() -> None:
    """Chains of versions, each a little longer than the one before: a wrong guess runs through all of them."""
    length, count = (40, 60) if neardup.backend() == "kernel" else (12, 20)  # the reference has no threads
    chains = [[BODY[i:] + OTHER[: 3 * j] for j in range(length)] for i in range(count)]
    documents = [text for versions in zip(*chains, strict=True) for text in versions]
    found = [find_duplicates(documents, keep="first", threads=threads) for threads in (1, 2, 5)]
    assert len({canonical(each) for each in found}) == 1
    assert found[0].rounds == 1
    if neardup.backend() == "kernel":
        assert found[1].rounds == found[2].rounds > 2


def test_a_chain_through_a_whole_block_takes_a_bounded_number_of_rounds() -> None:
    """Each text is a duplicate of the one before and of no other: guessing alone settles two of them in a round."""
    line = "".join(chr(0x4E00 + 31 * i % 20_000) for i in range(8000))
    documents = [line[36 * i : 36 * i + 400] for i in range(200)]
    config = Config(min_score=-9)  # what only one of them has is foreign to the other
    found = [find_duplicates(documents, keep="first", config=config, threads=threads) for threads in (1, 2, 5)]
    assert len({canonical(each) for each in found}) == 1
    assert 60 < len(found[0].survivors) < 140
    if neardup.backend() == "kernel":
        assert found[1].rounds == found[2].rounds == 9


def _copies(documents: Sequence[str]) -> tuple[Any, Any]:
    """Of each text how much of it is a copy, and what counts for ``keep="longest"``."""
    chars = np.array([len(folded(text)) for text in documents])
    copied, copied_from = np.array([_exactly_copied(text) for text in documents]).reshape(-1, 2).T
    return copied, np.where(2 * copied_from >= chars - copied, copied_from, chars - copied)


def _exactly_copied(text: str, size: int = 30, gap: int = 30) -> tuple[int, int]:
    """Count what is printed again, window by window, and what it is printed from."""
    codes = folded(text).text
    is_copied, is_original = [False] * len(codes), [False] * len(codes)
    before: tuple[int, int] | None = None
    originals: list[tuple[int, int]] = []
    for i in range(len(codes) - size + 1):
        first = codes.index(codes[i : i + size])
        if first + size <= i:
            start = i
            is_joined = before and i - before[0] - size <= gap and abs(i - first - before[1]) <= gap
            if before and is_joined:
                start = min(i, before[0] + size)
            is_copied[start : i + size] = [True] * (i + size - start)
            if is_joined and originals[-1][0] <= first:
                originals[-1] = originals[-1][0], max(originals[-1][1], first + size)
            else:
                originals.append((first, first + size))
            before = i, i - first
    for begin, end in originals:
        is_original[begin:end] = [True] * (end - begin)
    return sum(is_copied), sum(is_original)


@settings(max_examples=MANY // 5)
@given(worlds, configs)
def test_every_document_is_one_thing_and_every_duplicate_names_a_survivor_that_it_was_compared_with(
    documents: list[str], config: Config
) -> None:
    found = find_duplicates(documents, config=config)
    dropped = [match.id for match in found.duplicates]
    assert sorted([*found.survivors, *dropped, *found.empty]) == list(range(len(documents)))
    assert found.empty == [i for i, text in enumerate(documents) if not len(folded(text))]
    assert set(found.too_short) <= set(found.survivors)
    for match in found.duplicates:
        assert match.survivor in set(found.survivors) - {match.id}
        one, other = (set(shingles(documents[id_]).tolist()) for id_ in (match.id, match.survivor))
        if match.relation == "identical":
            assert folded(documents[match.id]).text == folded(documents[match.survivor]).text
        measured = len(one & other) / len(one | other), len(one & other) / len(one), len(one & other) / len(other)
        assert tuple(match.evidence.to_dict().values())[:3] == pytest.approx(measured, abs=0)
        is_near = measured[0] >= config.threshold or min(measured[1:]) >= config.min_containment
        if match.relation == "revision":
            assert max(measured) >= config.min_revision
        elif match.relation in {"identical", "near"}:
            assert is_near
        else:
            assert match.score >= config.min_containment


@settings(max_examples=MANY // 5)
@given(worlds, configs)
def test_deduplicating_the_output_again_drops_nothing(documents: list[str], config: Config) -> None:
    found = find_duplicates(documents, config=config)
    again = find_duplicates({id_: documents[id_] for id_ in (*found.survivors, *found.empty)}, config=config)
    assert not len(again.duplicates)


@settings(max_examples=MANY // 5)
@given(worlds, configs, st.randoms(use_true_random=False), st.sampled_from([1, 2, 5]), limits, st.data())
def test_neither_order_nor_threads_nor_where_texts_come_from_change_the_answer(
    documents: list[str],
    config: Config,
    rng: random.Random,
    max_bucket_size: int,
    limit: str | None,
    data: st.DataObject,
) -> None:
    config = config.with_overrides(max_bucket_size=max_bucket_size, max_candidates=max_bucket_size)
    named = {f"d{i}": text for i, text in enumerate(documents)}
    shuffled = dict(rng.sample(sorted(named.items()), len(named)))
    group_of = dict(zip(named, drawn_groups(data, len(named)), strict=True))

    def limited(ids: Iterable[str]) -> dict[str, Any]:
        return {limit: [group_of[id_] for id_ in ids]} if limit else {}

    expected = canonical(find_duplicates(named, config=config, threads=1, **limited(named)))
    assert canonical(find_duplicates(shuffled, config=config, threads=2, **limited(shuffled))) == expected
    column, more = pa.array(shuffled.values(), pa.string()), limited(shuffled)
    assert canonical(find_duplicates(column, ids=list(shuffled), config=config, threads=4, **more)) == expected


def parts(documents: dict[str, str], config: Config) -> list[dict[str, str]]:
    """Cut a corpus so that documents which could meet, directly or by way of others, stay together."""
    keys = sketched(list(documents.values()), config)
    part = {id_: id_ for id_ in documents}
    by_key = defaultdict(list)
    for (id_, text), (_, bands, anchors) in zip(documents.items(), keys, strict=True):
        for key in (*bands, *anchors, folded(text).text):
            by_key[key].append(id_)
    for members in by_key.values():
        for one, other in combinations(members, 2):
            old, new = part[one], part[other]
            part = {id_: new if where == old else where for id_, where in part.items()}
    gathered: dict[str, dict[str, str]] = defaultdict(dict)
    for id_, where in part.items():
        gathered[where][id_] = documents[id_]
    return list(gathered.values())


@settings(max_examples=MANY // 10)
@given(worlds, configs)
def test_parts_that_never_meet_can_be_decided_apart(documents: list[str], config: Config) -> None:
    named = {f"d{i}": text for i, text in enumerate(documents)}
    whole = find_duplicates(named, config=config)
    apart = [find_duplicates(part, config=config) for part in parts(named, config)]
    assert sorted(whole.duplicates, key=str) == sorted((m for found in apart for m in found.duplicates), key=str)
    assert sorted(whole.survivors) == sorted(id_ for found in apart for id_ in found.survivors)


MENU = "首页 新闻 视频 图片 评论 专题 直播 数据 地方 客户端 无障碍浏览 网站地图 联系我们 广告服务 版权声明"


@pytest.mark.parametrize(
    "doubled",
    [
        f"{BODY}\n{BODY}",
        f"{BODY}\n{BODY.replace('品牌', '名牌')}",
        f"{BODY}\n{BODY[:100]}",
        f"{BODY}\n{MENU}\n{BODY}",
        f"{BODY}\n{MENU}\n{BODY}\n{MENU[::-1]}\n{BODY}",
        f"{MENU}\n{BODY}\n{OTHER[:40]}\n{BODY}\n{MENU[::-1]}",
    ],
)
@pytest.mark.parametrize("before", ["", "市场监管总局发布通报\n"])
def test_a_page_printed_twice_never_beats_its_clean_twin(doubled: str, before: str) -> None:
    assert find_repeats(doubled).repeats
    config = Config(relations=("identical", "near", "contained", "contains"))
    found = find_duplicates({"a doubled": before + doubled, "clean": before + BODY}, config=config)
    assert found.survivors == ["clean"]


def test_numbers_make_identical_texts_different_though_they_fold_alike() -> None:
    line = "气象台预报，今天夜里到明天白天多云转小雨，最低气温{}度。"
    found = find_duplicates([line.format("3.5"), line.format("35"), line.format("３．５")])
    assert [(m.id, m.relation, m.score) for m in found.duplicates] == [(2, "identical", 1.0)]
    assert [(m.id, m.relation, m.score) for m in found.related] == [(1, "template", 1.0)]


def test_an_excerpt_is_contained_and_a_longer_page_that_comes_later_survives_and_says_so() -> None:
    page = {"excerpt": SENTENCES[1], "page": BODY}
    [match] = find_duplicates(page).duplicates
    assert (match.id, match.survivor, match.relation, match.score) == ("excerpt", "page", "contained", 1.0)
    found = find_duplicates(page, keep="first")
    assert not found.duplicates
    [match] = found.related
    assert (match.id, match.survivor, match.relation, match.score) == ("page", "excerpt", "contains", 1.0)
    [match] = find_duplicates(page, keep="first", relations=["identical", "contains"]).duplicates
    assert (match.id, match.relation) == ("page", "contains")


def test_the_order_is_priority_then_length_then_id() -> None:
    near = BODY.replace("质监", "监管")
    documents = {"b": BODY, "a": near, "c": BODY + "完", "d": BODY + "。"}
    assert find_duplicates(documents).survivors == ["c"]
    assert find_duplicates({key: documents[key] for key in "bad"}).survivors == ["a"]
    assert find_duplicates(documents, keep="first").survivors == ["b"]
    assert find_duplicates(documents, priority=[2, 1, 3, 1]).survivors == ["a"]
    assert find_duplicates(documents, priority=["2024", "2023", "2022", "2022"]).survivors == ["c"]
    assert find_duplicates(documents, priority=[1, 1, 1, 0], keep="first").survivors == ["d"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"keep": "shortest"}, "keep must be 'longest' or 'first', not 'shortest'"),
        ({"priority": [1]}, "there are 1 priorities for 2 documents"),
        ({"priority": [1, "x"]}, "the priorities must be values of one kind"),
        ({"threshold": 0}, "threshold must be above 0 and at most 1, not 0"),
        ({"min_containment": 1.1}, "min_containment must be above 0 and at most 1, not 1.1"),
        ({"relations": ["near"]}, 'relations must have "identical"'),
        ({"threads": 0}, "threads must be at least 1"),
        ({"ids": ["x", "x"]}, "the id 'x' is given twice"),
    ],
)
def test_wrong_arguments_are_named(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        find_duplicates([BODY, OTHER], **arguments)


def test_every_option_changes_something() -> None:
    half = BODY + OTHER
    documents = [half, BODY, SENTENCES[0], SENTENCES[0].replace("企业。", "企社。")]

    def dropped(**options: Any) -> list[str]:
        return [match.id for match in find_duplicates(documents, **options).duplicates]

    assert dropped() == [1, 2, 3]
    assert dropped(relations=("identical", "near")) == [3]
    assert dropped(relations=("identical", "near"), threshold=0.6) == [1, 3]
    assert dropped(min_containment=1.0, threshold=1.0) == [1, 2]
    for config in (
        Config(min_anchor_share=1.0, anchor_one_in=1, bands=1, rows=128),
        Config(ngram=100),
        Config(anchor_chars=100, bands=1, rows=128),
    ):
        assert dropped(config=config) != dropped(), config
    copies = [half, BODY + OTHER[:-4], BODY[:-4] + OTHER, BODY + SENTENCES[4]]
    assert find_duplicates(copies, config=Config(max_candidates=1, threshold=1, min_containment=1)).cuts.documents
    assert find_duplicates(copies, config=Config(max_bucket_size=1, threshold=1, min_containment=1)).cuts.listed
    doubled = {"a": BODY + BODY, "b": BODY + "完"}
    assert find_duplicates(doubled).survivors == ["b"]
    assert find_duplicates(doubled, config=Config(min_repeat_chars=1000)).survivors == ["a"]


def test_limits_are_counted() -> None:
    pages = [BODY[i : i + 120] for i in range(0, 24, 2)]
    config = Config(threshold=1.0, min_containment=1.0, max_bucket_size=3, max_candidates=2)
    found = find_duplicates(pages, config=config, keep="first")
    assert len(found.survivors) == len(pages)
    assert found.cuts.listed > 0
    assert found.cuts.candidates >= found.cuts.documents > 0


@pytest.mark.parametrize(
    "column",
    [
        list,
        tuple,
        iter,
        pa.array,
        lambda rows: pa.chunked_array([rows[:1], rows[1:]]),
        pl.Series,
        pd.Series,
        lambda rows: pd.Series(rows, dtype=object),
        lambda rows: dict(enumerate(rows)),
        lambda rows: pa.array(rows).slice(0),
    ],
)
def test_texts_come_from_anywhere(column: Callable[[list[str]], Any]) -> None:
    rows = [BODY, OTHER, BODY + "。", OTHER[:-2]]
    found = find_duplicates(column(rows))
    assert [(m.id, m.survivor, m.relation) for m in found.duplicates] == [
        (2, 0, "identical"),
        (3, 1, "near"),
    ]


def test_what_a_result_says() -> None:
    documents = {
        "页": BODY,
        "抄": BODY + "。",
        "摘": SENTENCES[1],
        "空": "　",
        "短": "甲乙",
        "短二": "甲 乙",
        "另": "丙",
    }
    found = find_duplicates(documents)
    assert str(found) == "7 documents: 3 survive, 3 are duplicates, 1 is empty"
    assert found.survivors == ["抄", "短", "另"] or found.survivors == ["页", "短", "另"]
    keeper = found.survivors[0]
    assert found.clusters() == {keeper: [id_ for id_ in ("页", "抄", "摘") if id_ != keeper], "短": ["短二"]}
    assert found.family_size(keeper) == 3
    assert found.family_size("另") == 1
    assert found.too_short == ["短", "另"]
    assert found.empty == ["空"]
    for absent in ("摘", "空", "不存在"):
        with pytest.raises(KeyError, match=r"is no survivor|there is no document"):
            found.family_size(absent)
    assert found.duplicates[-1] == list(found.duplicates)[-1]
    assert list(found.duplicates[:2]) == list(found.duplicates)[:2]
    assert canonical(Duplicates.from_dict(json.loads(canonical(found)))) == canonical(found)
    with pytest.raises(ValueError, match="schema_version must be 1, not 2"):
        Duplicates.from_dict(found.to_dict() | {"schema_version": 2})
    table = found.to_arrow()
    assert table.column_names[:5] == ["id", "status", "too_short", "survivor", "relation"]
    rows = {row["id"]: row for row in table.to_pylist()}
    assert rows["空"]["status"] == "empty"
    assert rows["摘"]["survivor"] == keeper
    assert rows["摘"]["containment"] == 1.0
    assert rows["另"]["jaccard"] is None
    assert rows[keeper]["family_size"] == 3
    assert found.to_pandas()["id"].tolist() == list(documents)


IDS = (
    st.text(st.sampled_from("ab\0 1é\ud800𠀀"), max_size=4)
    | st.sampled_from(["b", "b\0", "b\0\0", "\0", "", "1", "01"])
    | st.integers(-12, 12)
    | st.sampled_from([-(2**63), 2**63, 2**64 - 1])
)


@given(st.lists(IDS, unique_by=str, max_size=9), st.data())
def test_ids_of_any_kind_survive_a_round_trip(ids: list[str | int], data: st.DataObject) -> None:
    body = "质量强则万物强，质量是反映综合实力的体现"
    texts = [
        data.draw(st.sampled_from([body, body + "。", body + "与核心竞争力", "短", "", "天地玄黄" * 4])) for _ in ids
    ]
    found = find_duplicates(texts, ids=ids)
    again = Duplicates.from_dict(json.loads(json.dumps(found.to_dict())))
    assert again.to_dict() == found.to_dict()
    assert again.ids == sorted(ids, key=id_order)
    assert set(map(type, again.ids)) == set(map(type, ids))
    repeated = find_repeated_paragraphs(texts, ids=ids, min_chars=1)
    assert RepeatedParagraphs.from_dict(json.loads(json.dumps(repeated.to_dict()))).to_dict() == repeated.to_dict()


def test_a_long_id_costs_its_own_length_only() -> None:
    found = find_duplicates(["天地"] * 1000, ids=[*map(str, range(999)), "x" * 100_000]).to_dict()
    tracemalloc.start()
    again = Duplicates.from_dict(found)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(again) == 1000
    assert peak < 100_000_000


def test_progress_is_told() -> None:
    told: list[tuple[str, int, int]] = []
    find_duplicates([BODY, OTHER, BODY], progress=lambda *news: told.append(news))
    assert told == [
        ("sketching", 0, 3),
        ("ordering", 0, 3),
        ("comparing", 0, 3),
        ("comparing", 1, 3),
        ("comparing", 3, 3),
    ]


def test_what_a_progress_callback_raises_comes_out() -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        find_duplicates([BODY, OTHER], progress=stop)


def test_nothing_is_a_result_too() -> None:
    found = find_duplicates([])
    assert (len(found), found.survivors, list(found.duplicates)) == (0, [], [])
    assert found.to_arrow().num_rows == 0


@given(texts(), texts())
def test_what_two_texts_are_to_each_other_does_not_depend_on_the_others(one: str, other: str) -> None:
    pair = find_duplicates({"one": one, "other": other})
    more = find_duplicates(
        {"one": one, "other": other, "x": "天地玄黄宇宙洪荒日月盈昃辰宿列张", "y": "寒来暑往秋收冬藏"}
    )
    assert list(pair.duplicates) == list(more.duplicates)


FORGED = (
    "冶淠咣屽涏纼嬍靶榽舾燆翙扭圵鴈蛰帷廭为亮棏榔挺捏猇瘥杵錅栶敀朳缍琾簻茛悦噖硺璒鬲乮驉祀噳疬筼甭讉癫斦讘撋啋滊僭篇偐鑇莜糟",
    "冷淝咤屾涍纽嬍靶榽艃燃翜扮圱鴄蛰帹廭丼亮棒榔挸捋猆瘤杴錉栴敀朷缌琾簸茛悧噔硻璓鬳乱驈祁噳疫筽甬讈癫斦讘撋啋滊僭篇偐鑇莜糟",
)
"""Two texts, different at 37 of 60 places, that were made so that a hash of 128 bits is the same for both."""


def test_texts_are_identical_if_they_are_the_same_not_if_their_hashes_are() -> None:
    one, other = FORGED
    texts = {"one": one, "one again": one + "。", "other": other, "other again": other + "。"}
    assert neardup.compare(one, other).relation is None
    found = neardup.find_duplicates(texts)
    assert [(match.id, match.survivor, match.relation) for match in found.duplicates] == [
        ("one again", "one", "identical"),
        ("other again", "other", "identical"),
    ]
    pairs = [("one", "one again", 1.0), ("other", "other again", 1.0)]
    assert list(neardup.find_pairs(texts)) == list(neardup.find_pairs(texts).expanded()) == pairs


@given(
    st.lists(
        st.sampled_from(["天地玄黄", "天地，玄黄", "天地玄黃", "3.5%", "35%", "３５％", "3，500", "3500", "。", "　"]),
        max_size=12,
    )
)
def test_identical_are_those_that_say_the_same(texts: list[str]) -> None:
    said = [(folded(text).text, tuple(content_numerals(text))) for text in texts]
    first = neardup.find_pairs(texts).first.tolist()
    assert first == [said.index(each) if each[0] else i for i, each in enumerate(said)]
    found = find_duplicates(texts, keep="first", relations=["identical"])
    dropped = {match.id: match.survivor for match in found.duplicates}
    assert dropped == {i: said.index(each) for i, each in enumerate(said) if each[0] and said.index(each) != i}


def test_results_do_not_depend_on_the_secrets_of_a_process() -> None:
    code = """
import json, neardup
start = "天地玄黄宇宙洪荒日月盈昃辰宿列张"
texts = [f"{start * (i % 3 + 1)}寒来暑往，秋收冬藏，第{i % 40}章。\\n" * (i % 4 + 1) for i in range(90)]
found = neardup.find_duplicates(texts), neardup.find_repeated_paragraphs(texts), neardup.compare(texts[3], texts[7])
repeats = [neardup.find_repeats("".join(texts[i : i + 4])).to_dict() for i in range(0, 80, 9)]
print(json.dumps([*(each.to_dict() for each in found), list(neardup.find_pairs(texts)), repeats]))
"""
    runs = {
        subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, check=True, text=True).stdout
        for _ in range(3)
    }
    assert len(runs) == 1


def test_priorities_of_any_kind_decide_and_such_that_cannot_are_refused() -> None:
    texts = ["天地玄黄宇宙洪荒", "天地玄黄，宇宙洪荒"]
    for given_ in ([1, 0], np.array([1, 0]), pa.array([1, 0]), pa.chunked_array([[1], [0]]), pl.Series([1, 0])):
        assert find_duplicates(texts, priority=given_).survivors == [1]
    for given_ in ([float("nan"), 0.0], np.array([0.0, np.nan])):
        with pytest.raises(ValueError, match="NaN"):
            find_duplicates(texts, priority=given_)
    nulls = (
        pd.Series([1, None], dtype="Int64"),
        pl.Series([1, None]),
        pa.array([None, 1]),
        [None, "x"],
        [pd.NaT, pd.NaT],
    )
    for given_ in nulls:
        with pytest.raises(ValueError, match="a priority is null or not a number"):
            find_duplicates(texts, priority=given_)
    for given_ in ([Decimal("sNaN"), Decimal(1)], [np.array([1, 2]), np.array([1, 2])], [[1], [2]]):
        with pytest.raises(TypeError, match="the priorities must be values of one kind that can be ordered"):
            find_duplicates(texts, priority=given_)
    with pytest.raises(ValueError, match="keep must be 'longest' or 'first'"):
        find_duplicates(texts, keep=[])  # type: ignore[arg-type]


@pytest.mark.parametrize("config", [{}, {"threshold": 0.5}, 0, "", "config.toml"])
def test_a_config_is_a_config(config: Any) -> None:
    texts = ["天地玄黄宇宙洪荒"]
    calls = [
        lambda: find_duplicates(texts, config=config),
        lambda: neardup.find_repeated_paragraphs(texts, config=config),
        lambda: neardup.compare(texts[0], texts[0], config=config),
    ]
    for call in calls:
        with pytest.raises(TypeError, match="config must be a"):
            call()
