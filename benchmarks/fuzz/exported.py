"""Arguments for everything that the kernels export: as the library gives them, at every bound, and wrong."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from benchmarks.fuzz import texts as t
from benchmarks.fuzz.columns import column
from neardup import _reference
from neardup.config import Config
from neardup.folding import folding_table
from neardup.minhash import permutations
from neardup.relations import RELATIONS
from neardup.repeats.limits import NearLimits
from neardup.rule import Contents, PerKind, Ragged, Ranking, Rule, document_keys
from neardup.shingling import anchor_limit
from neardup.sketches import Sketches

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random
    from types import ModuleType

    from numpy.typing import NDArray

    Arguments = dict[str, Any]

NGRAMS = (1, 2, 3, 4, 5, 5, 5, 7, 8, 9, 13, 64, 127, 128)
WIDTHS = (1, 2, 3, 5, 7, 8, 12, 13, 14, 18, 29, 30, 31, 40, 64, 100)
GAPS = (0, 1, 8, 30, 99, 100, 100, 101, 254, 255)


def names(kernels: ModuleType) -> list[str]:
    """Name what a module of kernels exports.

    Raises
    ------
    SystemExit
        If there is no generator for one of them, or it takes other arguments than the generator gives.
    """
    found = sorted(name for name in dir(kernels) if not name.startswith("_") and callable(getattr(kernels, name)))
    if missing := [name for name in found if name not in GENERATORS]:
        raise SystemExit(f"benchmarks/fuzz/exported.py has no generator for {', '.join(missing)}")
    for name in found:
        taken, given = list(inspect.signature(getattr(_reference, name)).parameters), list(arguments_of(name))
        if taken[: len(given)] != given or len(taken) > len(given) + ("progress" in taken):
            raise SystemExit(f"benchmarks/fuzz/exported.py gives {name} {given}, and it takes {taken}")
    return found


def arguments_of(name: str) -> Arguments:
    """Make some arguments of a function, always the same."""
    from random import Random

    return GENERATORS[name](Random(1))


class Table(NamedTuple):
    """A folding table as `Folding` takes it."""

    entries: NDArray[np.uint32]
    expansions: NDArray[np.uint32]
    content: bool = False


def _opened_titles(kernels: ModuleType, titles: Any) -> Any:  # noqa: ANN401
    return None if titles is None else kernels.Texts(titles)


OPENERS: dict[str, Callable[[ModuleType, Any], Any]] = {
    "texts": lambda kernels, texts: kernels.Texts(texts),
    "titles": _opened_titles,
    "contents": lambda kernels, contents: Contents(contents[0], _opened_titles(kernels, contents[1])),
    "folding": lambda kernels, table: kernels.Folding(*table),
}
"""By the name of an argument: how kernels open what the cases hold."""

READ_CHARS = 0x3000

READERS: dict[str, Callable[[ModuleType, Any], Any]] = {
    "Texts": lambda _, made: (made.take(np.arange(len(made))), made.nulls()),
    "survivors": lambda _, made: made[:-1],
    "Folding": lambda kernels, made: kernels.fold("".join(map(chr, range(READ_CHARS))), made),
}
"""By name: what is looked at of the objects of a class, or of a result; rounds are another matter with threads."""


def table(rng: Random) -> Arguments:
    """Choose a folding table."""
    chosen = ("keep", "keep", "mask") if rng.random() < 0.1 else ("fold", "drop", "keep")
    found = folding_table(*chosen)  # type: ignore[arg-type]
    return {"folding": Table(found.entries, found.expansions, rng.random() < 0.4)}


def whole(given: Arguments) -> Arguments:
    """Let all of the texts be folded: where repeats and paragraphs are found, nothing else is taken."""
    return given | {"folding": given["folding"]._replace(content=False)}


def folded(documents: list[str], folding: Table | None = None) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Fold texts by a table, or by the default one."""
    made = _reference.Folding(*(folding or table_for_two()["folding"]))
    return _reference.fold_texts(_reference.Texts(documents), made, 1)


def batch(rng: Random, documents: list[str]) -> Arguments:
    """Give texts as a list, a tuple or an Arrow column, with a table."""
    given: Any = documents
    if rng.random() < 0.25 and all(text == t.encodable(text) for text in documents):
        given = column(rng, documents)
    elif rng.random() < 0.2:
        given = tuple(documents)
    return {"texts": given} | table(rng)


def documents_of(rng: Random) -> list[str]:
    """Make a batch: few texts, or so many that there are several chunks."""
    return t.many(rng) if rng.random() < 0.03 else t.corpus(rng)


def codes_of(rng: Random, most: int = 900) -> NDArray[np.uint32]:
    """Fold a text, or draw codes that no text folds to."""
    if rng.random() < 0.1:
        return np.array([rng.choice((0, 1, 2**31, 2**32 - 1)) for _ in range(t.length(rng, 200))], np.uint32)
    return folded([t.text(rng, most)])[0]


def boundaries_of(rng: Random, size: int) -> NDArray[np.int32]:
    """Choose starts of units."""
    every = rng.choice((3, 10, 40))
    return np.array([place for place in range(size + 1) if place == 0 or rng.random() * every < 1], np.int32)


def _texts(rng: Random) -> Arguments:
    return {"source": batch(rng, documents_of(rng))["texts"], "skip_nulls": rng.random() < 0.3}


def _folding(rng: Random) -> Arguments:
    """Make a table that drops some code points, and folds others to one or several."""
    expansions = np.array([rng.randrange(0x110000) for _ in range(rng.randint(2, 40))], np.uint32)
    entries = np.arange(0x110000, dtype=np.uint32)
    for code in rng.sample(range(READ_CHARS), 100):
        start = rng.randrange(len(expansions) - 1)
        size = rng.randint(2, len(expansions) - start)
        entries[code] = rng.choice((0xFFFFFFFF, 0x4E00, 0x80000000 | size << 24 | start))
    return {"entries": entries, "expansions": expansions, "content": rng.random() < 0.4}


def _fold(rng: Random) -> Arguments:
    return {"text": t.text(rng)} | table(rng)


def _content_spans(rng: Random) -> Arguments:
    return {"text": t.text(rng)}


def _breaks(rng: Random) -> Arguments:
    return {"text": t.text(rng)}


def _leftmost_windows(rng: Random) -> Arguments:
    return {"codes": codes_of(rng), "width": rng.choice(WIDTHS)}


def _leftmost_wider_windows(rng: Random) -> Arguments:
    codes, width = codes_of(rng), rng.choice(WIDTHS)
    narrower = _reference.leftmost_windows(codes, rng.randint(1, width))
    return {"codes": codes, "width": width, "narrower": narrower}


def _equal_runs(rng: Random) -> Arguments:
    codes, min_chars = codes_of(rng), rng.choice(WIDTHS)
    first = _reference.leftmost_windows(codes, min_chars)
    stray = rng.choice((0, min_chars // 2, min_chars - 1))
    return {
        "codes": codes,
        "boundaries": boundaries_of(rng, len(codes)),
        "first": first,
        "min_chars": min_chars,
        "max_stray": stray,
    }


def _near_repeats(rng: Random) -> Arguments:
    codes, positions = _reference.fold(t.text(rng, 700), _reference.Folding(*table_for_two()["folding"]))
    boundaries, min_chars, seed_chars = boundaries_of(rng, len(codes)), rng.choice((14, 18, 30, 30, 40)), 8
    narrow = _reference.leftmost_windows(codes, seed_chars)
    wide = _reference.leftmost_windows(codes, min_chars)
    return {
        "codes": codes,
        "positions": positions,
        "boundaries": boundaries,
        "exact": _reference.equal_runs(codes, boundaries, wide, min_chars, min_chars // 2),
        "seeds": _reference.equal_runs(codes, boundaries, narrow, seed_chars, 4),
        "limits": NearLimits(
            min_chars,
            max_gap=rng.choice(GAPS),
            min_piece=rng.choice((1, 4, 4, 8)),
            min_score=rng.choice((0, 10, 10, 20)),
            max_stray=rng.choice((0, 4, 4, 12)),
            similarity_percent=rng.choice((0, 50, 70, 70, 100)),
        ),
    }


def _find_repeats(rng: Random) -> Arguments:
    documents = documents_of(rng) if rng.random() < 0.7 else [t.text(rng, 700)]
    limits = NearLimits(
        rng.choice((1, 3, 7, 8, 9, 14, 18, 30, 30, 40, 300)),
        max_gap=rng.choice(GAPS),
        min_piece=rng.choice((1, 4, 4, 8)),
        min_score=rng.choice((0, 10, 10, 20)),
        max_stray=rng.choice((0, 4, 4, 7)),
        similarity_percent=rng.choice((0, 50, 70, 70, 100)),
    )
    return whole(batch(rng, documents)) | {"limits": limits} | _threaded(rng)


def _clean_repeats(rng: Random) -> Arguments:
    """What was found is that of the reference, or of other texts."""
    given = _find_repeats(rng)
    threads = given.pop("threads")
    texts, folding = _reference.Texts(given["texts"]), _reference.Folding(*given["folding"])
    _, _, _, *alignment = _reference.find_repeats(texts, folding, given["limits"], 1)
    names = "repeats", "repeat_offsets", "pieces", "piece_offsets"
    return given | {"scope": rng.randrange(3)} | dict(zip(names, alignment, strict=True)) | {"threads": threads}


def _roots(rng: Random) -> Arguments:
    given = _equal_runs(rng)
    return {"runs": _reference.equal_runs(**given), "size": len(given["codes"])}


def _threaded(rng: Random) -> Arguments:
    return {"threads": rng.randint(1, 3)}


def _fold_texts(rng: Random) -> Arguments:
    return batch(rng, documents_of(rng)) | _threaded(rng)


def _shingle_sets(rng: Random) -> Arguments:
    return batch(rng, documents_of(rng)) | {"ngram": rng.choice(NGRAMS)} | _threaded(rng)


def _sketches(rng: Random) -> Arguments:
    num_perm = rng.choice((0, 1, 15, 16, 17, 64, 128, 129, 200))
    multipliers, addends = permutations(max(1, num_perm), rng.randrange(2**32))
    given = {"ngram": rng.choice(NGRAMS), "multipliers": multipliers[:num_perm], "addends": addends[:num_perm]}
    limit = rng.choice((anchor_limit(rng.choice((1, 2, 8, 32, 2**60))), 0, 2**64 - 1))
    given |= {"anchor_chars": rng.choice((0, 1, 5, 13, 13, 127, 128)), "anchor_limit": limit}
    return batch(rng, documents_of(rng)) | given | _threaded(rng)


def _paragraphs(rng: Random) -> Arguments:
    return whole(batch(rng, documents_of(rng))) | {"min_chars": rng.choice((1, 2, 8, 30))} | _threaded(rng)


def _band_keys(rng: Random) -> Arguments:
    rows, num_perm = rng.randint(0, 9), rng.choice((1, 6, 16, 17, 96, 128))
    values = np.random.default_rng(rng.randrange(2**32)).integers(0, 2**32, (rows, num_perm), np.uint32)
    count = rng.randint(1, num_perm)
    return {"signatures": values, "bands": count, "rows": max(1, num_perm // count - rng.randint(0, 1))}


def _rows(rng: Random, size: int) -> NDArray[np.int64]:
    return np.array([row for row in range(size) if rng.random() < 0.7], np.int64)


def _copied_chars(rng: Random) -> Arguments:
    documents = documents_of(rng)
    limits = {"min_chars": rng.choice(WIDTHS), "max_gap": rng.choice((*GAPS, 256, 1000))}
    return batch(rng, documents) | limits | {"rows": _rows(rng, len(documents))} | _threaded(rng)


def _content_classes(rng: Random) -> Arguments:
    documents = documents_of(rng)
    return batch(rng, documents) | {"rows": _rows(rng, len(documents))} | _threaded(rng)


def _shared_keys(rng: Random) -> Arguments:
    most = rng.choice((3, 40, 2**64))
    keys = [{rng.randrange(most) for _ in range(rng.randint(0, 8))} for _ in range(rng.choice((0, 1, 5, 300)))]
    values = np.array([key for some in keys for key in some], np.uint64)
    return {"keys": values, "offsets": np.array(t.offsets([*map(len, keys)]), np.int64)}


def _keys(rng: Random, documents: list[str], ngram: int) -> Arguments:
    """Sketch texts, and number the keys that several have."""
    bands, rows = rng.choice(((16, 6), (25, 5), (40, 3), (128, 1)))
    config = Config(ngram=ngram, bands=bands, rows=rows, anchor_one_in=rng.choice((1, 4, 32)))
    found = Sketches.of_texts(documents, config=config, threads=1)
    return {
        "keys": document_keys(found, config),
        "low": found.signatures.astype(np.uint8),
        "anchor_counts": found.anchors.sizes,
        "contents": Contents(found.digests % np.uint64(rng.choice((2, 2**63))), _titles(rng, documents)),
        "order": np.array(rng.sample(rows_ := np.flatnonzero(found.chars).tolist(), len(rows_)), np.int64),
    }


def _titles(rng: Random, documents: list[str]) -> Any:  # noqa: ANN401
    """Give titles, or none: of each text its first line, that of another one, any text, or an empty one."""
    if rng.random() < 0.4:
        return None
    lines = ["", *(text.strip().partition("\n")[0] for text in documents)]
    return [rng.choice((own, rng.choice(lines), t.text(rng, 30))) for own in lines[1:]]


def _may_have_candidates(rng: Random) -> Arguments:
    given = _keys(rng, t.corpus(rng), 5)
    kept = {name: given[name] for name in ("keys", "anchor_counts")}
    return kept | {"min_anchor_share": rng.choice(SHARES), "max_bucket_size": rng.randint(1, 3)}


def _survives(rng: Random, size: int) -> NDArray[np.bool_]:
    return np.array([rng.random() < 0.7 for _ in range(size)], bool)


def _key_lists(rng: Random) -> Arguments:
    given = _keys(rng, t.corpus(rng), 5)
    survives = _survives(rng, len(given["low"]))
    keys = rng.choice(given["keys"])
    return {"keys": keys, "order": given["order"], "survives": survives, "max_bucket_size": rng.choice((1, 2, 200))}


def _candidates(rng: Random) -> Arguments:
    given = _keys(rng, t.corpus(rng), 5)
    order, size = given["order"], len(given["low"])
    survives, most = _survives(rng, size), rng.choice((1, 2, 200))
    lists = PerKind(*(Ragged(*_reference.key_lists(keys, order, survives, most)[:2]) for keys in given["keys"]))
    places = np.full(size, 2**32 - 1, np.uint32)
    places[order] = np.arange(len(order))
    return {
        "rows": order[: rng.randint(0, len(order))],
        "keys": given["keys"],
        "lists": lists,
        "ranking": Ranking(places, given["low"], given["anchor_counts"], _groups(rng, size)),
        "min_anchor_share": rng.choice(SHARES),
        "max_candidates": rng.choice((1, 2, 3, 64)),
    } | _threaded(rng)


def _groups(rng: Random, size: int) -> NDArray[np.int64] | None:
    most = rng.choice((0, 2, 9))
    return np.array([rng.randrange(-most, most) for _ in range(size)], np.int64) if most else None


def _limits(rng: Random, documents: list[str], ngram: int, table_: Arguments) -> NDArray[np.float64]:
    """Choose limits of relations, some of them exactly met."""
    limits = Config().limits._asdict()
    if rng.random() < 0.7:
        for name, values in LIMITS.items():
            limits[name] = rng.choice((limits[name], limits[name], *values))
    met = _met(rng, documents, ngram, table_)
    limits |= {name: met for name in ("threshold", "min_containment") if rng.random() < 0.2}
    return np.array(list(limits.values()))


def _drops(rng: Random) -> NDArray[np.bool_]:
    return np.array([False, True, *(rng.random() < 0.5 for _ in RELATIONS[2:])])


def _compared(rng: Random) -> tuple[Arguments, Arguments, NDArray[np.float64]]:
    """Make texts that are compared, with table and ngram; their keys; limits."""
    documents, table_, ngram = t.corpus(rng, 9, 300), table(rng), rng.choice((1, 2, 5, 5, 5, 8, 9))
    keys, limits = _keys(rng, documents, ngram), _limits(rng, documents, ngram, table_)
    is_filled = np.diff(folded(documents, table_["folding"])[1]) > 0
    keys["order"] = keys["order"][is_filled[keys["order"]]]
    return batch(rng, documents) | table_ | {"ngram": ngram}, keys, limits


def _decide(rng: Random) -> Arguments:
    given, keys, limits = _compared(rng)
    order = keys["order"].tolist()
    chosen = [rng.sample(order, rng.randint(0, min(4, len(order)))) for _ in order]
    values = np.array([row for rows in chosen for row in rows], np.uint32)
    candidates = Ragged(values, np.array(t.offsets([*map(len, chosen)]), np.int64))
    pairs = {"rows": keys["order"], "candidates": candidates, "contents": keys["contents"]}
    return given | pairs | {"limits": limits, "drops": _drops(rng)} | _threaded(rng)


def _relate(rng: Random) -> Arguments:
    given, keys, limits = _compared(rng)
    order = keys["order"].tolist()
    pairs = [(rng.choice(order), rng.choice(order)) for _ in range(rng.randint(0, 9) if order else 0)]
    chosen = {"pairs": np.array(pairs, np.int64).reshape(-1, 2), "contents": keys["contents"]}
    return given | chosen | {"limits": limits} | _threaded(rng)


def _survivors(rng: Random) -> Arguments:
    """Take texts that are not empty, in any order."""
    given, keys, limits = _compared(rng)
    rule = Rule(rng.choice(SHARES), limits, _drops(rng), rng.choice((1, 2, 3, 200)), rng.choice((1, 2, 3, 64)))
    names = ("order", "keys", "low", "anchor_counts", "contents")
    limited = {"groups": _groups(rng, len(keys["low"])), "given": rng.choice((0, rng.randint(0, len(keys["order"]))))}
    return given | {name: keys[name] for name in names} | {"rule": rule} | _threaded(rng) | limited


SHARES = (0.1, 0.4, 0.5, 1.0)
LIMITS: dict[str, tuple[float, ...]] = {
    "threshold": (0.0, 0.2, 0.5, 0.9, 1.0),
    "min_containment": (0.0, 0.2, 1.0),
    "foreign_weight": (0.0, 1.0, 100.0),
    "marks_weight": (0.0, 1.0, 100.0),
    "replaced_weight": (0.0, 1.0, 100.0),
    "title_recurs_weight": (0.0, 1.0, 100.0),
    "title_absent_weight": (0.0, 1.0, 100.0),
    "title_negated_weight": (0.0, 1.0, 100.0),
    "min_score": (-100.0, 0.0, 1.0),
    "min_revision": (0.0, 0.5, 1.0),
    "min_revision_score": (-100.0, 0.0, 1.0),
}


def _met(rng: Random, documents: list[str], ngram: int, table_: Arguments) -> float:
    """Give a similarity that two of the texts have, or the next number above it."""
    if len(documents) < 2:
        return 0.8
    pair = rng.sample(documents, 2)
    made = _reference.Folding(*table_["folding"])
    values, edges = _reference.shingle_sets(_reference.Texts(pair), made, ngram, 1)
    one, other = set(values[: edges[1]].tolist()), set(values[edges[1] :].tolist())
    found = len(one & other) / (len(rng.choice((one | other, one or other))) or 1)
    return rng.choice((found, float(np.nextafter(found, 2))))


def _compare(rng: Random) -> Arguments:
    if rng.random() < 0.15:
        pair: list[str] = list(t.moved(rng))
    else:
        base = t.padded(rng, t.text(rng, 80)) if rng.random() < 0.2 else t.text(rng)
        pair = [base, t.relative(rng, base) if rng.random() < 0.8 else t.text(rng)]
    pair = [text if _is_filled(text) else "甲" + text for text in pair]
    rng.shuffle(pair)
    chosen = {"ngram": rng.choice(NGRAMS), "titles": _titles(rng, pair)}
    return batch(rng, pair) | table_for_two(content=rng.random() < 0.6) | chosen


def table_for_two(*, content: bool = False) -> Arguments:
    """Give the default table: what is empty is empty by it, and of its content too."""
    found = folding_table()
    return {"folding": Table(found.entries, found.expansions, content)}


def _is_filled(text: str) -> bool:
    return len(folded([t.encodable(text)])[0]) > 0


def _band_pairs(rng: Random) -> Arguments:
    documents = t.corpus(rng, 12, 300)
    ngram, table_ = rng.choice((1, 2, 5, 5, 9)), table(rng)
    given = _keys(rng, documents, ngram)
    lengths = np.diff(folded(documents, table_["folding"])[1])
    chosen = np.array([row for row in np.flatnonzero(lengths).tolist() if rng.random() < 0.9], np.int64)
    begin, end = sorted((rng.randint(0, len(chosen)), rng.randint(0, len(chosen))))
    threshold = _met(rng, documents, ngram, table_) if rng.random() < 0.4 else rng.choice((0.0, 0.1, 0.5, 0.8, 1.0))
    return (
        batch(rng, documents)
        | table_
        | {"ngram": ngram, "low": given["low"], "keys": given["keys"].bands, "chosen": chosen}
        | {"part": (rng.choice((0, begin)), end), "threshold": threshold}
        | _threaded(rng)
    )


GENERATORS: dict[str, Callable[[Random], Arguments]] = {
    "Folding": _folding,
    "Texts": _texts,
    "band_keys": _band_keys,
    "band_pairs": _band_pairs,
    "breaks": _breaks,
    "candidates": _candidates,
    "clean_repeats": _clean_repeats,
    "compare": _compare,
    "content_classes": _content_classes,
    "content_points": _fold,
    "content_spans": _content_spans,
    "copied_chars": _copied_chars,
    "decide": _decide,
    "equal_runs": _equal_runs,
    "fold": _fold,
    "find_repeats": _find_repeats,
    "fold_texts": _fold_texts,
    "key_lists": _key_lists,
    "leftmost_wider_windows": _leftmost_wider_windows,
    "leftmost_windows": _leftmost_windows,
    "may_have_candidates": _may_have_candidates,
    "near_repeats": _near_repeats,
    "paragraphs": _paragraphs,
    "relate": _relate,
    "roots": _roots,
    "set_sizes": _shingle_sets,
    "shared_keys": _shared_keys,
    "shingle_sets": _shingle_sets,
    "sketches": _sketches,
    "survivors": _survivors,
}
"""By the names of the functions and classes; each gives all arguments by name, in order."""
