"""Wrong arguments: what a caller may give by mistake or on purpose, for every type of argument."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.fuzz.columns import Column, column
from benchmarks.fuzz.texts import encodable

if TYPE_CHECKING:
    from random import Random

    from numpy.typing import NDArray

INTEGERS = (-(2**63), -1, 0, 1, 2, 127, 128, 129, 255, 256, 2**31, 2**63 - 1, 2**30, 2**31 - 1)
BEYOND: tuple[object, ...] = (
    -(2**63) - 1,
    2**63,
    2**64,
    10**30,
    True,
    1.5,
    float("nan"),
    "5",
    None,
    [],
    np.int64(3),
    np.float64(2),
)
NUMBERS = (-1.0, 0.0, 0.5, 1.0, 2.0, float("nan"), float("inf"), -float("inf"), 1e308)
NO_TEXTS = (None, 7, 1.5, b"a", "天地", {"天": "地"}, {"天"}, object(), [["天"]], ["天", 7], ["天", b"a"], [None])
CHOSEN, UNSIGNED = {"rows", "order", "chosen", "pairs"}, {"anchor_limit"}
ALLOCATED, NUMBERED = {"size"}, {"values"}
"""Where the largest integers would take gigabytes: results are so long, or tables have so many slots."""

NO_ARRAY = object()
OTHER_TYPES = (np.float64, np.int8, np.int32, np.int64, np.uint32, np.uint64, np.bool_, object, "U3")


def spoilt(rng: Random, given: dict[str, Any], *, checked: bool) -> dict[str, Any]:
    """Spoil one or two of the arguments.

    Parameters
    ----------
    checked
        Only one, and so that kernel and reference both look at it: types are right, numbers small. Not the texts of
        a batch of which the kernels read chosen rows only, nor their titles.
    """
    left_out = (UNSIGNED | ({"texts"} if CHOSEN & set(given) else set())) if checked else set()
    names = [name for name in given if name not in left_out]
    some = rng.sample(names, min(len(names), 1 if checked else rng.choice((1, 1, 2))))
    return given | {name: _spoilt(rng, name, given[name], checked) for name in some}


def _spoilt(rng: Random, name: str, value: Any, checked: bool) -> Any:  # noqa: ANN401
    if isinstance(value, np.ndarray):
        return _fewer_or_more(rng, name, value) if checked or rng.random() < 0.5 else _other(rng, name, value)
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        integers = INTEGERS[:-2] if name in ALLOCATED else INTEGERS
        return rng.choice((-1, 0, 1, 127, 128, 129, 255, 256) if checked else (*integers, *BEYOND))
    if isinstance(value, float):
        return rng.choice((-1.0, 0.0, 1.0, 2.0) if checked else (*NUMBERS, *BEYOND))
    if isinstance(value, str):
        return value if checked else rng.choice((None, 7, b"a", ["a"]))
    if isinstance(value, tuple) and name not in {"texts", "source"}:
        place = rng.randrange(len(value))
        field = getattr(value, "_fields", (name,) * len(value))[place]
        if checked and field == "titles":
            return value
        return (*value[:place], _spoilt(rng, field, value[place], checked), *value[place + 1 :])
    if isinstance(value, (list, tuple, Column)):
        return _texts(rng, value, checked)
    return value


def _texts(rng: Random, value: Any, checked: bool) -> Any:  # noqa: ANN401
    """Put something else among texts, leave some out, or give a broken column."""
    kind = rng.randrange(4)
    if kind == 0 and not isinstance(value, Column):
        return column(rng, list(map(encodable, value)), broken=rng.random() < 0.8, again=not checked)
    if kind == 1:
        return rng.choice(NO_TEXTS)
    if isinstance(value, Column):
        return []
    items = list(value)
    if kind == 2:
        items.insert(rng.randint(0, len(items)), rng.choice((None, float("nan"), 1.0, b"a", 7)))
        return items
    return items[: len(items) // 2]


def _fewer_or_more(rng: Random, name: str, value: NDArray[Any]) -> NDArray[Any]:
    """Change how many items there are, or items that have an order or a bound."""
    if name in {"entries", "expansions"}:
        return value[:-1] if name == "entries" else value
    kind = rng.randrange(5)
    if kind == 0:
        return value[: rng.randint(0, len(value))]
    if kind == 1:
        return np.concatenate([value, value[-1:]]) if len(value) else np.ones((1, *value.shape[1:]), value.dtype)
    changed = value.copy()
    if not changed.size or name in {"codes", "keys", "multipliers", "addends"}:
        return changed
    if kind == 2 and changed.ndim == 1:
        return changed[::-1].copy()
    place = rng.randrange(changed.size)
    if np.issubdtype(changed.dtype, np.integer):
        info = np.iinfo(changed.dtype)
        number = int(changed.flat[place]) + rng.choice((-1, 1))
        most = len(value) if name in NUMBERED else info.max
        number = rng.choice((number, len(value), info.min, most)) if kind == 3 else number
        changed.flat[place] = min(max(number, info.min), info.max)
    return changed


def _other(rng: Random, name: str, value: NDArray[Any]) -> Any:  # noqa: ANN401
    """Give an array of another type, form or layout."""
    kind = rng.randrange(8)
    if kind == 0:
        return value.astype(rng.choice(OTHER_TYPES), casting="unsafe")
    if kind == 1:
        return value.reshape(1, *value.shape)
    if kind == 2:
        return np.repeat(value, 2, axis=0)[::2]
    if kind == 3:
        return np.asfortranarray(value) if value.ndim > 1 else value[::-1]
    if kind == 4:
        return rng.choice((None, 7, "a", NO_ARRAY, value.tolist()[:3], np.array(5, value.dtype)))
    if kind == 5:
        swapped: NDArray[Any] = value.astype(value.dtype.newbyteorder())
        return swapped
    if kind == 6:
        random = np.random.default_rng(rng.randrange(2**32))
        drawn: NDArray[Any] = random.integers(0 if name in NUMBERED else -3, 40, value.shape).astype(value.dtype)
        return drawn
    return np.empty((0, *value.shape[1:]), value.dtype)
