"""Interrupts: long calls of the kernels let Python handle signals while they work, with any number of threads."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import neardup
from neardup import Config
from neardup._backend import BACKEND, kernels
from neardup.folding import folding_table
from neardup.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray


pytestmark = pytest.mark.skipif(
    BACKEND != "kernel" or not hasattr(signal, "setitimer"), reason="needs the compiled kernels, and interval timers"
)

FOLDING = folding_table().opened


@contextmanager
def every_half_millisecond(handler: Callable[..., Any]) -> Iterator[None]:
    before = signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def handles_signals(call: Callable[[], object], times: int = 3) -> bool:
    """Whether signals are handled while a call goes on: those that come while it does not look are, once, behind it.

    They come more often than the call looks, so that what counts is how often it looks, not how fast the machine is. On
    a busy machine they may be late, so there are a few tries.
    """

    def handled() -> int:
        signals = []
        with every_half_millisecond(lambda *_: signals.append(1)):
            call()
        return len(signals)

    return any(handled() >= times for _ in range(5))


def chars(size: int, seed: int = 0) -> str:
    return "".join(map(chr, np.random.default_rng(seed).integers(0x4E00, 0x9F00, size)))


def forms(count: int) -> list[str]:
    """Texts that fill in one form: each is compared with many others, and survives."""
    form = chars(400)
    return [f"{form}{i * 7919}" for i in range(count)]


def alike(count: int) -> list[str]:
    """Texts that share bands."""
    start = chars(175)
    return [start + chars(25, seed=i + 1) for i in range(count)]


def of_texts(name: str, *arguments: Any) -> Callable[[list[str], int], Any]:
    function = getattr(kernels, name)
    return lambda texts, threads: function(kernels.Texts(texts), FOLDING, *arguments, threads)


def of_rows(name: str, *arguments: Any) -> Callable[[list[str], int], Any]:
    function = getattr(kernels, name)
    return lambda texts, threads: function(kernels.Texts(texts), FOLDING, *arguments, np.arange(len(texts)), threads)


LONG = [chars(2_000_000)] * 40
LIMITS = 30, 100, 4, 10, 4, 70


def clean_repeats(texts: list[str], threads: int, half: int = 0) -> Any:
    """Take whole texts out that are printed twice, given where they are."""
    size = len(texts)
    half = half or len(texts[0]) // 2
    repeats = np.tile(np.array([[0, half, half, 2 * half, 0, half]], np.int32), (size, 1))
    pieces = np.tile(np.array([[0, 0, half, half]], np.int32), (size, 1))
    offsets = np.arange(size + 1)
    return kernels.clean_repeats(kernels.Texts(texts), FOLDING, LIMITS, 0, repeats, offsets, pieces, offsets, threads)


CALLS: dict[str, tuple[Callable[[list[str], int], Any], list[str]]] = {
    "fold_texts": (of_texts("fold_texts"), LONG),
    "shingle_sets": (of_texts("shingle_sets", 5), LONG[:4]),
    "set_sizes": (of_texts("set_sizes", 5), LONG[:4]),
    "signatures": (lambda texts, threads: neardup.signatures(texts, threads=threads), LONG),
    "paragraphs": (of_texts("paragraphs", 1), LONG),
    "copied_chars": (of_rows("copied_chars", 30, 30), LONG[:8]),
    "content_classes": (of_rows("content_classes"), [f"{LONG[0]}{i % 2}" for i in range(60)]),
    "find_repeats": (of_texts("find_repeats", LIMITS), [text * 2 for text in LONG[:4]]),
    "clean_repeats": (clean_repeats, [text * 2 for text in LONG[:4]]),
    "find_pairs": (lambda texts, threads: neardup.find_pairs(texts, threads=threads), alike(1500)),
    "survivors": (lambda texts, threads: neardup.find_duplicates(texts, threads=threads), forms(1000)),
}


@cache
def doubled() -> NDArray[np.uint32]:
    return np.tile(np.random.default_rng(0).integers(0, 20_000, 3_000_000).astype(np.uint32), 2)


def sparse() -> tuple[Any, ...]:
    """The arguments of `near_repeats` for a long chain of equal runs that is too sparse."""
    text = chars(900_000)
    folded = neardup.fold(text + "".join(text[i : i + 12] + chars(18, seed=i) for i in range(0, len(text), 30)))
    edges = np.array([0, len(text), len(folded)], np.int32)
    windows = kernels.leftmost_windows(folded.codes, 8)
    seeds = kernels.equal_runs(folded.codes, edges, windows, 8, 4)
    return folded.codes, folded.positions, edges, seeds[:0], seeds, (30, 100, 4, 10, 4, 70)


def shared(keys: int) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Numbers of keys, of which each text has two, and most stand nowhere else."""
    numbers = np.arange(keys, dtype=np.uint32)
    return numbers, np.arange(0, keys + 1, 2)


def none(size: int) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Give no keys to so many texts."""
    return np.empty(0, np.uint32), np.zeros(size + 1, np.int64)


def candidates(texts: list[str], threads: int) -> Any:
    """Let every text be a candidate of all behind it."""
    size = 4000
    keys = none(size), (np.zeros(size, np.uint32), np.arange(size + 1)), none(size)
    nothing = none(0)
    every = np.arange(size, dtype=np.uint32), np.array([0, size])
    ranking = np.arange(size, dtype=np.uint32), np.zeros((size, 128), np.uint8), np.ones(size, np.int64), None
    return kernels.candidates(np.arange(size), keys, (nothing, every, nothing), ranking, 0.4, 64, threads)


def decide(texts: list[str], threads: int) -> Any:
    """Compare every text with all others."""
    size, rule = len(texts), Rule.of(Config())
    others = np.tile(np.arange(size, dtype=np.uint32), size), np.arange(size + 1) * size
    contents = np.arange(size, dtype=np.uint64), None
    rows, drops = np.arange(size), np.zeros_like(rule.drops)
    return kernels.decide(kernels.Texts(texts), FOLDING, 5, rows, others, contents, rule.limits, drops, threads)


def relate(texts: list[str], threads: int) -> Any:
    """Measure every text with all others."""
    size = len(texts)
    pairs = np.stack(np.meshgrid(np.arange(size), np.arange(size)), axis=-1).reshape(-1, 2)
    contents = np.arange(size, dtype=np.uint64), None
    return kernels.relate(kernels.Texts(texts), FOLDING, 5, pairs, contents, Rule.of(Config()).limits, threads)


CALLS |= {"candidates": (candidates, []), "decide": (decide, forms(100)), "relate": (relate, forms(100))}


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("name", CALLS)
def test_signals_are_handled_while_texts_are_worked_on(name: str, threads: int) -> None:
    call, texts = CALLS[name]
    assert handles_signals(partial(call, texts, threads))


TEXT_CALLS: dict[str, Callable[[], Callable[[], Any]]] = {
    "fold": lambda: partial(kernels.fold, chars(1_000_000) * 80, FOLDING),
    "content_spans": lambda: partial(kernels.content_spans, chars(1_000_000) * 300),
    "content_points": lambda: partial(kernels.content_points, chars(1_000_000) * 80, folding_table().opened_content),
    "breaks": lambda: partial(kernels.breaks, chars(1_000_000) * 150),
    "leftmost_windows": lambda: partial(kernels.leftmost_windows, doubled(), 30),
    "leftmost_wider_windows": lambda: partial(
        kernels.leftmost_wider_windows, doubled(), 30, kernels.leftmost_windows(doubled(), 8)
    ),
    "equal_runs": lambda: partial(
        kernels.equal_runs,
        np.zeros(120_000_000, np.uint32),
        np.empty(0, np.int32),
        np.zeros(119_999_993, np.int32),
        8,
        4,
    ),
    "near_repeats": lambda: partial(kernels.near_repeats, *sparse()),
    "roots": lambda: partial(kernels.roots, np.array([[0, 10**6, 10**6, 2 * 10**6, 0]] * 100, np.int32), 2 * 10**6),
    "shared_keys": lambda: partial(
        kernels.shared_keys,
        np.random.default_rng(0).integers(0, 10**6, 6_000_000).astype(np.uint64),
        np.array([0, 6_000_000]),
    ),
    "band_keys": lambda: partial(kernels.band_keys, np.zeros((200_000, 128), np.uint32), 128, 1),
    "may_have_candidates": lambda: partial(
        kernels.may_have_candidates,
        (none(12_000_000), shared(24_000_000), shared(24_000_000)),
        np.full(12_000_000, 9),
        0.4,
        2,
    ),
    "key_lists": lambda: partial(
        kernels.key_lists, shared(8_000_000), np.arange(4_000_000), np.ones(4_000_000, bool), 9
    ),
    "compare": lambda: partial(kernels.compare, kernels.Texts([chars(3_000_000), chars(3_000_000)[:-9]]), FOLDING, 5),
}


@pytest.mark.parametrize("name", TEXT_CALLS)
def test_signals_are_handled_while_one_text_is_worked_on(name: str) -> None:
    assert handles_signals(TEXT_CALLS[name]())


def test_lines_take_time_however_short_they_are() -> None:
    """Beside what their code points take."""
    half = 400_000
    texts = ["\n".join(chars(half) * 2)]
    assert handles_signals(partial(CALLS["find_repeats"][0], texts, 1), 8)
    assert handles_signals(partial(clean_repeats, texts, 1, half), 12)


@pytest.mark.parametrize("threads", [1, 2])
def test_an_exception_of_a_handler_ends_the_call(threads: int) -> None:
    texts = forms(3000)

    def stop(*_: object) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        raise KeyboardInterrupt("stop here")

    with pytest.raises(KeyboardInterrupt, match="stop here"), every_half_millisecond(stop):
        neardup.find_duplicates(texts, threads=threads)
    assert len(neardup.find_duplicates(texts[:20], threads=threads)) == 20


def test_all_long_calls_are_tried() -> None:
    exported = {name for name in dir(kernels) if not name.startswith("_")}
    tried = {*CALLS, *TEXT_CALLS} - {"signatures", "find_pairs"} | {"sketches", "band_pairs"}
    assert tried == exported - {"Folding", "Texts"}
