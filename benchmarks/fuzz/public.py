"""Calls of the public functions, with what their results say as plain data."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import numpy as np

import neardup
from benchmarks.fuzz import texts as t
from benchmarks.fuzz.columns import column
from neardup.boilerplate import paragraph_hash
from neardup.config import DUPLICATE_RELATIONS
from neardup.repeats.engine import SCOPES
from neardup.shingling import anchors

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    Arguments = dict[str, Any]

WITHOUT_KERNELS = {"backend", "band_probability", "bands", "estimate_jaccard", "extract_html", "reason"}
ON_FILES = {"dedup_files"}
"""Their kernels are those of others; tests compare what the two find."""

THRESHOLDS = (0.5, 0.7, 0.8, 0.8, 0.9, 1.0)


def names() -> list[str]:
    """Name the public functions that are called.

    Raises
    ------
    SystemExit
        If there is no generator for a public function.
    """
    every = {name for name in neardup.__all__ if inspect.isfunction(getattr(neardup, name))}
    if missing := sorted(every - WITHOUT_KERNELS - ON_FILES - {name.removeprefix("neardup.") for name in CALLS}):
        raise SystemExit(f"benchmarks/fuzz/public.py has no generator for {', '.join(missing)}")
    return sorted(CALLS)


def column_of(rng: Random, documents: list[str]) -> Any:  # noqa: ANN401
    """Give texts as a list, a mapping, a generator or an Arrow column."""
    kind = rng.randrange(5)
    if kind == 0 and all(text == t.encodable(text) for text in documents):
        return column(rng, documents)
    if kind == 1:
        return {f"第{number}篇": text for number, text in enumerate(documents)}
    return tuple(documents) if kind == 2 else documents


def config_of(rng: Random, documents: list[str]) -> neardup.Config | None:
    """Choose a config, sometimes with paragraphs of the texts for boilerplate."""
    if rng.random() < 0.5:
        return None
    lines = [line for text in documents for line in text.split("\n")]
    return neardup.Config(
        ngram=rng.choice((1, 3, 5, 8)),
        content=rng.choice(("prose", "prose", "all")),
        threshold=rng.choice(THRESHOLDS),
        min_containment=rng.choice((0.5, 0.8, 1.0)),
        anchor_chars=rng.choice((5, 13, 128)),
        anchor_one_in=rng.choice((1, 4, 32)),
        max_bucket_size=rng.choice((1, 2, 200)),
        max_candidates=rng.choice((1, 2, 64)),
        min_repeat_chars=rng.choice((5, 30)),
        relations=("identical", *(each for each in DUPLICATE_RELATIONS[1:] if rng.random() < 0.6)),
        boilerplate=tuple(map(paragraph_hash, rng.sample(lines, min(len(lines), rng.choice((0, 0, 1, 3)))))),
    )


def batch(rng: Random) -> Arguments:
    """Make documents, a config that may be about them, and a number of threads."""
    documents = t.corpus(rng, 9, 300)
    return {"texts": column_of(rng, documents), "config": config_of(rng, documents), "threads": rng.randint(1, 3)}


def _content(rng: Random) -> Arguments:
    return {"content": rng.choice(("prose", "all"))}


def _single(rng: Random) -> Arguments:
    return {"text": t.text(rng)}


def _find_repeats(rng: Random) -> Arguments:
    return _single(rng) | {"min_chars": rng.choice((1, 5, 12, 13, 14, 18, 30, 30, 31, 100))}


def _find_repeats_batch(rng: Random) -> Arguments:
    given = batch(rng) | {"min_chars": rng.choice((1, 5, 18, 30))}
    return {name: value for name, value in given.items() if name != "config"}


def _compare(rng: Random) -> Arguments:
    base = t.text(rng, 500)
    pair = list(t.moved(rng)) if rng.random() < 0.1 else [base, t.relative(rng, base)]
    rng.shuffle(pair)
    return {"one": pair[0], "other": pair[1], "config": config_of(rng, pair)}


def _find_duplicates(rng: Random) -> Arguments:
    chosen = {"keep": rng.choice(("longest", "first")), "on_null": rng.choice(("raise", "skip"))}
    return batch(rng) | chosen | {"boilerplate": rng.choice((None, None, "auto"))}


def _find_pairs(rng: Random) -> Arguments:
    given = batch(rng)
    config = given.pop("config")
    boilerplate = config.boilerplate if config else ()
    return (
        given
        | {"threshold": rng.choice(THRESHOLDS), "ngram": rng.choice((1, 5, 9)), "boilerplate": boilerplate}
        | _content(rng)
    )


def _iter_pairs(rng: Random) -> Arguments:
    return _find_pairs(rng) | {"part": rng.choice((None, 1, 2, 5))}


def _find_repeated_paragraphs(rng: Random) -> Arguments:
    lines = [t.text(rng, 60) for _ in range(rng.randint(1, 6))]
    documents = ["\n".join(rng.choices(lines, k=rng.randint(0, 6))) for _ in range(rng.randint(0, 12))]
    texts: Any = list(map(t.encodable, documents))
    if rng.random() < 0.2:
        texts = column(rng, texts)
    limits = {"min_chars": rng.choice((1, 8, 30)), "min_documents": rng.choice((1, 2, 3)), "near": rng.random() < 0.7}
    return {"texts": texts, "threads": rng.randint(1, 3)} | limits


def _signatures(rng: Random) -> Arguments:
    sketch = {
        "num_perm": rng.choice((1, 16, 17, 128)),
        "seed": rng.randrange(2**32),
        "ngram": rng.choice((1, 5, 128)),
    } | _content(rng)
    return {"texts": column_of(rng, t.corpus(rng)), "threads": rng.randint(1, 3)} | sketch


def _anchors(rng: Random) -> Arguments:
    sampling = {"chars": rng.choice((1, 5, 13, 128)), "one_in": rng.choice((1, 4, 32))} | _content(rng)
    return {"texts": column_of(rng, t.corpus(rng)), "threads": rng.randint(1, 3)} | sampling


def _shingles(rng: Random) -> Arguments:
    return _single(rng) | {"ngram": rng.choice((1, 5, 13, 127, 128))} | _content(rng)


def _fold(rng: Random) -> Arguments:
    return _single(rng) | {
        "script": rng.choice(("fold", "keep")),
        "punctuation": rng.choice(("drop", "keep")),
        "digits": rng.choice(("keep", "mask")),
    }


def _cleaned(text: str, min_chars: int) -> Any:  # noqa: ANN401
    found = neardup.find_repeats(text, min_chars=min_chars)
    return found.to_dict(), [(found.removed(scope), found.kept(scope), found.clean(scope)) for scope in SCOPES]


def _all_cleaned(**given: Any) -> Any:  # noqa: ANN401
    found = neardup.find_repeats_batch(**given)
    cleaned = [(found.removed(scope), found.kept(scope), found.clean(scope)) for scope in SCOPES]
    return [found[id_].to_dict() for id_ in found], cleaned


def _without_paragraphs(texts: Any, **options: Any) -> Any:  # noqa: ANN401
    found = neardup.find_repeated_paragraphs(texts, **options)
    options = {"boilerplate": False, "threads": options["threads"]}
    going = [found.remove(texts, keep_first=each, **options) for each in (True, False)]
    return found.to_dict(), [removal.texts for removal in going]


CALLS: dict[str, tuple[Callable[[Random], Arguments], Callable[..., Any]]] = {
    "neardup.compare": (_compare, lambda **given: neardup.compare(**given).to_dict()),
    "neardup.content_spans": (_single, neardup.content_spans),
    "neardup.find_duplicates": (_find_duplicates, lambda **given: neardup.find_duplicates(**given).to_dict()),
    "neardup.find_pairs": (_find_pairs, lambda **given: list(neardup.find_pairs(**given))),
    "neardup.find_repeated_paragraphs": (_find_repeated_paragraphs, _without_paragraphs),
    "neardup.find_repeats": (_find_repeats, _cleaned),
    "neardup.find_repeats_batch": (_find_repeats_batch, _all_cleaned),
    "neardup.fold": (_fold, lambda text, **how: (lambda made: (made.text, made.positions))(neardup.fold(text, **how))),
    "neardup.iter_pairs": (_iter_pairs, lambda **given: [list(pairs) for pairs in neardup.iter_pairs(**given)]),
    "neardup.shingles": (_shingles, neardup.shingles),
    "neardup.signatures": (_signatures, neardup.signatures),
    "neardup.shingling.anchors": (_anchors, lambda **given: list(map(np.ndarray.tolist, anchors(**given)))),
}
"""By name: what makes the arguments, and what calls the function and gives its result as plain data."""
