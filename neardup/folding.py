"""Folding: text to the code points that matter for comparing, each with the position it came from.

Folding is a table. Every code point maps to zero, one or a few code points whatever stands beside it, so
``fold(a + b)`` is ``fold(a)`` and ``fold(b)`` joined, folding twice changes nothing more, and a text folds as
its NFC, NFD, NFKC and NFKD forms do. The table is a data file made once from pinned Unicode and OpenCC data
(``data/generate_folding.py`` has the recipe), so results do not depend on the Python version.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from neardup._backend import kernels
from neardup.checks import check_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

Script = Literal["fold", "keep"]
Punctuation = Literal["drop", "keep"]
Digits = Literal["keep", "mask"]

OPTIONS: Mapping[str, tuple[str, ...]] = {
    "script": get_args(Script),
    "punctuation": get_args(Punctuation),
    "digits": get_args(Digits),
}
"""The options of folding and their values, the default first."""

_CODE_POINTS = 0x110000
_DROPPED = np.uint32(0xFFFFFFFF)
_SEVERAL = np.uint32(0x80000000)


@dataclass(frozen=True, slots=True, eq=False)
class FoldingTable:
    """What every code point folds to under one choice of options.

    Attributes
    ----------
    entries
        uint32, shape (0x110000,), read-only: the code point that a code point folds to; 0xFFFFFFFF where it
        is dropped; or, with bit 31 set, the number of codes in bits 24 to 30 (2 to 126) and their offset into
        `expansions` in bits 0 to 23.
    expansions
        uint32, read-only: holds the codes of the entries that fold to several.
    opened
        The same as the kernels take it.
    opened_content
        The same for the content of texts; see `neardup.content`.
    """

    entries: NDArray[np.uint32]
    expansions: NDArray[np.uint32]
    opened: kernels.Folding
    opened_content: kernels.Folding


@dataclass(frozen=True, slots=True, eq=False)
class Folded:
    """A folded text.

    Attributes
    ----------
    codes
        uint32, the folded code points.
    positions
        int32, as many: the index in the original text of the code point that each one came from; never
        decreasing.
    """

    codes: NDArray[np.uint32]
    positions: NDArray[np.int32]

    def __len__(self) -> int:
        """Count the folded code points."""
        return self.codes.size

    @property
    def text(self) -> str:
        """The folded code points as a string."""
        return self.codes.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")


def fold(text: str, *, script: Script = "fold", punctuation: Punctuation = "drop", digits: Digits = "keep") -> Folded:
    """Fold a text: compatibility forms, case, marks, character variants, and what is not text.

    Full-width and circled forms become plain, letters lose case and accents, CJK radicals become their
    characters, every class of Traditional, Simplified and regional variants becomes one character; marks,
    spaces, controls, punctuation and symbols go. The price is that what differs in those alone folds alike:
    ``3.5%`` and ``35%``, ``C++`` and ``C#``. Where a number must agree, read it from the original text.

    Parameters
    ----------
    text
        Any text. Lone surrogates, private-use and unassigned code points are kept as they are.
    script
        ``"fold"`` joins character variants, ``"keep"`` leaves them apart.
    punctuation
        ``"drop"`` leaves punctuation and symbols out, ``"keep"`` keeps them, in their plain form.
    digits
        ``"keep"`` leaves decimal digits as they are, ``"mask"`` makes every one ``0``.

    Returns
    -------
    Folded
        The code points and where in `text` they came from.

    Raises
    ------
    TypeError
        If `text` is not a string.
    ValueError
        If an option has an unknown value.

    Notes
    -----
    Time and memory are linear in the length of `text`: 8 bytes for a folded code point.

    Examples
    --------
    >>> fold("臺灣的「計畫」,第 3 版。").text
    '台湾的计划第3版'
    >>> fold("批準了 ABC").positions.tolist()
    [0, 1, 2, 4, 5, 6]
    >>> fold("范圍").text == fold("範圍").text == fold("范围").text
    True
    >>> fold("第 3 版。", punctuation="keep", digits="mask").text
    '第0版。'
    """
    check_text(text)
    return Folded(*kernels.fold(text, folding_table(script, punctuation, digits).opened))


def folding_table(script: Script = "fold", punctuation: Punctuation = "drop", digits: Digits = "keep") -> FoldingTable:
    """Give the table for a choice of options; see `fold` for them.

    The eight tables are built when first asked for, a few milliseconds each, and kept: 4.5 MB each.

    Raises
    ------
    ValueError
        If an option has an unknown value.

    Examples
    --------
    >>> chr(folding_table().entries[ord("國")])
    '国'
    """
    for (name, allowed), value in zip(OPTIONS.items(), (script, punctuation, digits), strict=True):
        if value not in allowed:
            msg = f"{name} must be {' or '.join(map(repr, allowed))}, not {value!r}"
            raise ValueError(msg)
    return _table(script, punctuation, digits)


def folding_versions() -> dict[str, int | str]:
    """Say what the table was made from: the versions of its sources, and the scheme that promises stability.

    Examples
    --------
    >>> folding_versions()
    {'scheme': 1, 'unicode': '17.0.0', 'opencc': '1.4.2'}
    """
    meta = json.loads(_data()["meta"].tobytes())
    return {name: meta[name] for name in ("scheme", "unicode", "opencc")}


@lru_cache(maxsize=1)
def _data() -> dict[str, NDArray[np.uint32]]:
    with np.load(Path(__file__).with_name("data") / "folding.npz") as stored:
        return {name: stored[name] for name in stored.files}


@lru_cache(maxsize=8)
def _table(script: str, punctuation: str, digits: str) -> FoldingTable:
    data = _data()
    # What the options make of one code point, first by itself, then inside what others fold to.
    single = np.arange(_CODE_POINTS, dtype=np.uint32)
    if script == "fold":
        single[data["variant_from"]] = data["variant_to"]
    if punctuation == "drop":
        single[_members(data["symbols"])] = _DROPPED
    if digits == "mask":
        single[_members(data["digits"])] = ord("0")
    values = single[data["values"]]
    owners = np.repeat(np.arange(data["changed"].size), data["lengths"])[values != _DROPPED]
    values = values[values != _DROPPED]
    lengths = np.bincount(owners, minlength=data["changed"].size).astype(np.uint32)
    starts = np.cumsum(lengths, dtype=np.uint32) - lengths
    folded = np.full(lengths.size, _DROPPED)
    folded[lengths == 1] = values[starts[lengths == 1]]
    # All values stay in `expansions`, also those of entries that fold to one: offsets need no second count.
    several = lengths > 1
    folded[several] = _SEVERAL | lengths[several] << np.uint32(24) | starts[several]
    single[data["changed"]] = folded
    single.setflags(write=False)
    values.setflags(write=False)
    return FoldingTable(single, values, kernels.Folding(single, values), kernels.Folding(single, values, True))


def _members(runs: NDArray[np.uint32]) -> NDArray[np.int64]:
    """Spell out inclusive ranges, shape (n, 2)."""
    return np.concatenate([np.arange(first, last + 1) for first, last in runs.tolist()])
