"""The compiled kernels. What each does says its twin of the same name in `neardup._reference`, which takes the same."""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

_Bool: TypeAlias = np.ndarray[tuple[int], np.dtype[np.bool_]]
_Int32: TypeAlias = np.ndarray[tuple[int], np.dtype[np.int32]]
_Int64: TypeAlias = np.ndarray[tuple[int], np.dtype[np.int64]]
_UInt8: TypeAlias = np.ndarray[tuple[int], np.dtype[np.uint8]]
_UInt32: TypeAlias = np.ndarray[tuple[int], np.dtype[np.uint32]]
_UInt64: TypeAlias = np.ndarray[tuple[int], np.dtype[np.uint64]]
_Float64: TypeAlias = np.ndarray[tuple[int], np.dtype[np.float64]]
_Rows: TypeAlias = np.ndarray[tuple[int, int], np.dtype[np.int32]]
_Counts: TypeAlias = np.ndarray[tuple[int, int], np.dtype[np.int64]]
_Measures: TypeAlias = np.ndarray[tuple[int, int], np.dtype[np.float64]]
_Signatures: TypeAlias = np.ndarray[tuple[int, int], np.dtype[np.uint32]]
_Keys: TypeAlias = np.ndarray[tuple[int, int], np.dtype[np.uint64]]
_Low: TypeAlias = np.ndarray[tuple[int, int], np.dtype[np.uint8]]
_Pairs: TypeAlias = np.ndarray[tuple[int, int], np.dtype[np.int64]]
_Ragged: TypeAlias = tuple[_UInt32, _Int64]
_PerKind: TypeAlias = tuple[_Ragged, _Ragged, _Ragged]
_Ranking: TypeAlias = tuple[_UInt32, _Low, _Int64, _Int64 | None]
_Rule: TypeAlias = tuple[float, _Float64, _Bool, int, int]

class Texts:
    """A batch of texts, opened once."""

    def __init__(self, source: object, skip_nulls: bool = False) -> None: ...
    def nulls(self) -> _Int64: ...
    def __len__(self) -> int: ...
    def take(self, rows: _Int64) -> list[str]: ...

_Contents: TypeAlias = tuple[_UInt64, Texts | None]

class Folding:
    """A folding table, opened once."""

    def __init__(self, entries: _UInt32, expansions: _UInt32, content: bool = False) -> None: ...

def fold(text: str, folding: Folding) -> tuple[_UInt32, _Int32]: ...
def content_spans(text: str) -> _Rows: ...
def content_points(text: str, folding: Folding) -> tuple[_UInt32, _Int32, _Int32]: ...
def breaks(text: str) -> _Int32: ...
def leftmost_windows(codes: _UInt32, width: int) -> _Int32: ...
def leftmost_wider_windows(codes: _UInt32, width: int, narrower: _Int32) -> _Int32: ...
def equal_runs(codes: _UInt32, boundaries: _Int32, first: _Int32, min_chars: int, max_stray: int) -> _Rows: ...
def near_repeats(
    codes: _UInt32,
    positions: _Int32,
    boundaries: _Int32,
    exact: _Rows,
    seeds: _Rows,
    limits: tuple[int, int, int, int, int, int],
) -> tuple[_Rows, _Rows]: ...
def roots(runs: _Rows, size: int) -> _Int32: ...
def fold_texts(texts: Texts, folding: Folding, threads: int) -> tuple[_UInt32, _Int64]: ...
def shingle_sets(texts: Texts, folding: Folding, ngram: int, threads: int) -> tuple[_UInt64, _Int64]: ...
def set_sizes(texts: Texts, folding: Folding, ngram: int, threads: int) -> _Int64: ...
def sketches(
    texts: Texts,
    folding: Folding,
    ngram: int,
    multipliers: _UInt32,
    addends: _UInt32,
    anchor_chars: int,
    anchor_limit: int,
    threads: int,
) -> tuple[_Signatures, _UInt64, _Int64, _UInt64, _Int64]: ...
def paragraphs(
    texts: Texts, folding: Folding, min_chars: int, threads: int
) -> tuple[_Int64, _Rows, _Int32, _UInt64, _UInt64]: ...
def band_keys(signatures: _Signatures, bands: int, rows: int) -> _Keys: ...
def copied_chars(
    texts: Texts, folding: Folding, min_chars: int, max_gap: int, rows: _Int64, threads: int
) -> tuple[_Int64, _Int64]: ...
def content_classes(texts: Texts, folding: Folding, rows: _Int64, threads: int) -> _Int64: ...
def shared_keys(keys: _UInt64, offsets: _Int64) -> tuple[_UInt32, _Int64]: ...
def may_have_candidates(
    keys: _PerKind, anchor_counts: _Int64, min_anchor_share: float, max_bucket_size: int
) -> _Bool: ...
def key_lists(keys: _Ragged, order: _Int64, survives: _Bool, max_bucket_size: int) -> tuple[_UInt32, _Int64, int]: ...
def candidates(
    rows: _Int64,
    keys: _PerKind,
    lists: _PerKind,
    ranking: _Ranking,
    min_anchor_share: float,
    max_candidates: int,
    threads: int,
) -> tuple[_UInt32, _Int64, _Int64]: ...
def decide(
    texts: Texts,
    folding: Folding,
    ngram: int,
    rows: _Int64,
    candidates: _Ragged,
    contents: _Contents,
    limits: _Float64,
    drops: _Bool,
    threads: int,
) -> tuple[_Int64, _UInt8, _Measures]: ...
def relate(
    texts: Texts,
    folding: Folding,
    ngram: int,
    pairs: _Pairs,
    contents: _Contents,
    limits: _Float64,
    threads: int,
) -> tuple[_UInt8, _Measures]: ...
def survivors(
    texts: Texts,
    folding: Folding,
    ngram: int,
    order: _Int64,
    keys: _PerKind,
    low: _Low,
    anchor_counts: _Int64,
    contents: _Contents,
    rule: _Rule,
    threads: int,
    groups: _Int64 | None = None,
    given: int = 0,
    progress: Callable[[int], object] | None = None,
) -> tuple[_Int64, _UInt8, _Measures, _Int64, int]: ...
def compare(texts: Texts, folding: Folding, ngram: int, titles: Texts | None = None) -> tuple[_Float64, _Rows]: ...
def band_pairs(
    texts: Texts,
    folding: Folding,
    ngram: int,
    low: _Low,
    keys: _Ragged,
    chosen: _Int64,
    part: tuple[int, int],
    threshold: float,
    threads: int,
) -> tuple[_Int64, _Int64, _Float64]: ...
def find_repeats(
    texts: Texts,
    folding: Folding,
    limits: tuple[int, int, int, int, int, int],
    threads: int,
    progress: Callable[[int], object] | None = None,
) -> tuple[_Counts, _Rows, _Int64, _Rows, _Int64, _Rows, _Int64]: ...
def clean_repeats(
    texts: Texts,
    folding: Folding,
    limits: tuple[int, int, int, int, int, int],
    scope: int,
    repeats: _Rows,
    repeat_offsets: _Int64,
    pieces: _Rows,
    piece_offsets: _Int64,
    threads: int,
    progress: Callable[[int], object] | None = None,
) -> tuple[_Rows, _Int64, _Rows, _Int64]: ...
