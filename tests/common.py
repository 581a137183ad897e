"""Calls of the kernels with plain arguments, and the comparison of kernel and reference: values and errors."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import strategies as st

from neardup import _reference
from neardup._backend import kernels
from neardup.content import Content, opened_table
from neardup.folding import Folded, folding_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

try:
    from neardup import _kernels
except ImportError:
    _kernels = None

BACKENDS: list[Any] = [backend for backend in (_kernels, _reference) if backend is not None]
compiled = pytest.mark.skipif(_kernels is None, reason="the compiled kernels are not installed")


def both(test: Callable[..., None]) -> Callable[..., None]:
    """Mark a test that calls the kernels and the reference by their names, whichever is active."""
    return compiled(pytest.mark.once(test))


TABLE = folding_table().entries, folding_table().expansions
"""The default folding table as `Folding` takes it."""

CONTENT_TABLE = *TABLE, True
"""The same for the content of texts."""

# Every width of str, what folds to nothing and to several codes, and enough to cross blocks.
CHARS = st.characters() | st.sampled_from("aé重國𠀀，。 \n①㎏ffi한\ufdfa\U0010ffff")
TEXTS = st.lists(st.text(CHARS, max_size=40) | st.text("天地", max_size=300), max_size=12)

ISAS = ["plain", "avx2", "avx512", "avx512vbmi2"]


def each_isa(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Let the kernels use one after the other of the instruction sets that this machine has."""
    for isa in ISAS:
        monkeypatch.setenv("NEARDUP_ISA", isa)
        try:
            BACKENDS[0].content_spans("")
        except ValueError:
            if isa == "plain":
                raise
        else:
            yield isa


OPENERS: dict[str, Callable[[Any, Any], Any]] = {
    "texts": lambda backend, texts: backend.Texts(texts),
    "titles": lambda backend, titles: None if titles is None else backend.Texts(titles),
    "contents": lambda backend, contents: (contents[0], OPENERS["titles"](backend, contents[1])),
    "folding": lambda backend, table: backend.Folding(*table),
}
"""By the name of an argument: how a backend opens it."""


def folded(text: str, content: Content = "prose") -> Folded:
    """Fold what is taken of a text where texts are compared."""
    return Folded(*kernels.fold(text, opened_table(content)))


def call(backend: Any, name: str, *arguments: Any) -> Any:
    """Call a function of kernel or reference with texts as they are, and a folding table as its two arrays."""
    names = inspect.signature(getattr(_reference, name)).parameters
    plain = zip(names, arguments, strict=False)
    return getattr(backend, name)(
        *(OPENERS[each](backend, value) if each in OPENERS else value for each, value in plain)
    )


def outcome(backend: Any, name: str, *arguments: Any) -> tuple[str, Any]:
    """Give what a call gives, as plain data, or the error that it raises."""
    try:
        result = call(backend, name, *arguments)
    except (TypeError, ValueError) as error:
        return type(error).__name__, str(error)
    values = result if isinstance(result, tuple) else (result,)
    return "values", [
        (value.dtype, value.shape, value.tolist()) if isinstance(value, np.ndarray) else value for value in values
    ]


def assert_same(name: str, *arguments: Any) -> tuple[str, Any]:
    """Compare kernel and reference, and give what both give."""
    found, expected = (outcome(backend, name, *arguments) for backend in BACKENDS)
    assert found == expected
    return found


def read(backend: Any, source: Any, *, skip_nulls: bool = False) -> tuple[str, Any]:
    """Give the texts that a backend reads, or the error that it raises."""
    try:
        texts = backend.Texts(source, skip_nulls)
        return "texts", texts.take(np.arange(len(texts)))
    except (TypeError, ValueError) as error:
        return type(error).__name__, str(error)
