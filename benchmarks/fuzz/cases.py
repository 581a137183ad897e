"""Cases: which function is called with which arguments, from a seed and a number; and what became of the call."""

from __future__ import annotations

import os
import random
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.fuzz import exported, public
from benchmarks.fuzz.wrong import spoilt
from neardup import _reference, folding
from neardup.folding import folding_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import ModuleType

ISAS = ("plain", "avx2", "avx512", "avx512vbmi2")
REFUSALS = {"TypeError", "ValueError"}
"""What wrong arguments raise."""

PAST_EXPANSIONS = "the folding table points past its expansions"
"""An IndexError; no table of the library's does so."""

UNBOUND = "incompatible function arguments"
"""What the binding says of types that it does not pass on."""

SHARE_WRONG = 0.25


@dataclass(frozen=True, slots=True)
class Case:
    """A call.

    Attributes
    ----------
    name
        Of a function of the kernels, or of a public one, which starts with ``neardup.``.
    arguments
        By name.
    isa
        The instruction set that the kernels use.
    is_spoilt
        Whether something is wrong with the arguments.
    """

    name: str
    arguments: dict[str, Any]
    isa: str
    is_spoilt: bool

    def __str__(self) -> str:
        written = ", ".join(f"{name}={_shortened(value)}" for name, value in self.arguments.items())
        return f"{self.name}({written}) with {self.isa}"

    def call(self, kernels: ModuleType) -> Any:  # noqa: ANN401
        """Call the function, of these kernels or with them."""
        with instructions(self.isa):
            if self.name not in public.CALLS:
                return self._call_exported(kernels)
            with using(kernels):
                return public.CALLS[self.name][1](**self.arguments)

    def _call_exported(self, kernels: ModuleType) -> Any:  # noqa: ANN401
        opened = {
            name: exported.OPENERS[name](kernels, value) if name in exported.OPENERS else value
            for name, value in self.arguments.items()
        }
        made = getattr(kernels, self.name)(**opened)
        return exported.READERS[self.name](kernels, made) if self.name in exported.READERS else made

    def outcome(self, kernels: ModuleType) -> tuple[str, Any]:
        """Call the function and say what it gave, or which error it raised: its class and message."""
        try:
            return "value", self.call(kernels)
        except Exception as error:
            return type(error).__name__, str(error)

    @property
    def may_be_read_again(self) -> bool:
        """Whether a column gives what it gave before, which has been consumed."""
        return any(getattr(value, "again", False) for value in self.arguments.values())

    @property
    def is_released_twice(self) -> bool:
        """Whether a column was released twice."""
        return any(getattr(value, "released_twice", 0) for value in self.arguments.values())


@dataclass(slots=True)
class Maker:
    """Makes cases.

    Attributes
    ----------
    kernels
        The compiled kernels.
    seed
        Another seed gives other cases.
    checked
        Whether wrong arguments are such that kernel and reference both look at them.
    names
        What is called, each as often as it stands here.
    """

    kernels: ModuleType
    seed: int
    checked: bool
    names: Sequence[str] = ()
    isas: Sequence[str] = field(init=False)
    every: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        of_kernels, of_library = exported.names(self.kernels), public.names()
        self.every = (*of_kernels, *of_library)
        if unknown := set(self.names) - set(self.every):
            raise SystemExit(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(self.every)}")
        self.isas = [isa for isa in ISAS if has_instructions(self.kernels, isa)]

    def case(self, number: int) -> Case:
        """Make a case."""
        rng = random.Random(self.seed << 64 | number)
        isa = rng.choice(self.isas)
        name = rng.choice(self.names or self.every)
        if name in public.CALLS:
            return Case(name, public.CALLS[name][0](rng), isa, is_spoilt=False)
        arguments = exported.GENERATORS[name](rng)
        is_spoilt = rng.random() < SHARE_WRONG
        if is_spoilt:
            arguments = spoilt(rng, arguments, checked=self.checked)
        return Case(name, arguments, isa, is_spoilt)


def has_instructions(kernels: ModuleType, isa: str) -> bool:
    """Tell whether this machine has an instruction set."""
    table, none = folding_table(), np.empty(0, np.uint32)
    opened = kernels.Folding(table.entries, table.expansions)
    with instructions(isa):
        try:
            kernels.sketches(kernels.Texts([]), opened, 5, none, none, 0, 0, 1)
        except ValueError:
            return False
    return True


@contextmanager
def instructions(isa: str) -> Iterator[None]:
    """Let the kernels use an instruction set."""
    before = os.environ.get("NEARDUP_ISA")
    os.environ["NEARDUP_ISA"] = isa
    try:
        yield
    finally:
        if before is None:
            del os.environ["NEARDUP_ISA"]
        else:
            os.environ["NEARDUP_ISA"] = before


@contextmanager
def using(kernels: ModuleType) -> Iterator[None]:
    """Let the library use these kernels."""
    modules = [module for name, module in list(sys.modules.items()) if name.startswith("neardup.")]
    holders = [module for module in modules if getattr(module, "kernels", None) is not None]
    before, table = [module.kernels for module in holders], folding._table
    try:
        for module in holders:
            module.kernels = kernels  # type: ignore[attr-defined]
        folding._table = _tables(kernels.Folding)
        yield
    finally:
        folding._table = table
        for module, old in zip(holders, before, strict=True):
            module.kernels = old  # type: ignore[attr-defined]


@cache
def _tables(_: type) -> Any:  # noqa: ANN401
    """Give a cache of its own to the tables that are opened by other kernels."""
    return lru_cache(maxsize=8)(folding._table.__wrapped__)


def plain(value: Any) -> Any:  # noqa: ANN401
    """Give a result in a form that can be compared: of arrays type, shape and values; NaN equals itself."""
    if isinstance(value, np.ndarray):
        return str(value.dtype), value.shape, plain(value.tolist())
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    return "nan" if value != value else value


def _shortened(value: Any) -> str:  # noqa: ANN401
    written = repr(value)
    return written if len(written) < 600 else f"{written[:400]} ... {written[-100:]}"


def compiled() -> ModuleType:
    """Import the compiled kernels.

    Raises
    ------
    SystemExit
        If they are not there.
    """
    try:
        return import_module("neardup._kernels")
    except ImportError:
        raise SystemExit("the compiled kernels are not installed") from None


def sanitized(case: Case, kernels: ModuleType) -> str:
    """Call the kernels alone: say what is wrong, or nothing. The process may end here."""
    kind, given = case.outcome(kernels)
    if case.may_be_read_again:
        kind, given = case.outcome(kernels)
    is_refused = case.is_spoilt and (kind in REFUSALS or given == PAST_EXPANSIONS)
    if kind != "value" and not is_refused:
        return f"{kind}: {given}"
    return "a column was released twice" if case.is_released_twice else ""


def differing(case: Case, kernels: ModuleType) -> str:
    """Call kernels and reference: say what differs, or nothing.

    Where arguments are wrong in a way that nothing checks, results may differ; only what is refused is compared then.
    """
    found, expected = ((kind, plain(given)) for kind, given in map(case.outcome, (kernels, _reference)))
    is_compared = not case.is_spoilt or {found[0], expected[0]} & REFUSALS
    by_binding = UNBOUND in str(found[1]) and found[0] == expected[0]
    if found == expected or by_binding or not is_compared:
        return ""
    return f"kernel {_of(found, expected)}, reference {_of(expected, found)}"


def _of(outcome: tuple[str, Any], other: tuple[str, Any]) -> str:
    """Say what came out, from where it differs on."""
    kind, value = outcome
    if kind != "value" or other[0] != "value":
        return f"{kind}: {_shortened(value)}" if kind != "value" else "gives a value"
    written, against = repr(value), repr(other[1])
    same = next((i for i, (a, b) in enumerate(zip(written, against, strict=False)) if a != b), 0)
    return f"...{written[max(0, same - 60) : same + 120]}..."


CHECKS = {"sanitize": sanitized, "differ": differing}
