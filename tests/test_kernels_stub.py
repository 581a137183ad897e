"""``_kernels.pyi`` says what both implementations take: every name, argument, default and type of array."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import neardup
from neardup import _reference
from tests.common import _kernels, both

if TYPE_CHECKING:
    from collections.abc import Iterator

STUB = Path(neardup.__file__).with_name("_kernels.pyi").read_text(encoding="utf-8")
ALIASES = dict(re.findall(r"^_(\w+): TypeAlias = (.*)$", STUB, re.MULTILINE))
"""What stands for a longer type, here with a line before it, in the reference without."""

ALIAS = re.compile(rf"\b_?({'|'.join(ALIASES)})\b")
ARRAY = re.compile(
    r"(?:NDArray\[np\.(\w+?)_?\]"  # in the reference
    r"|np\.ndarray\[tuple\[([^]]*)\], np\.dtype\[np\.(\w+?)_?\]\]"  # in the stub
    r"|numpy\.ndarray\[dtype=(\w+)(?:, shape=\(([^)]*)\))?[^]]*\])"  # in the kernels
)

METHODS = {"__init__", "__len__"}
SAME_TO_A_BINDING = {
    "Callable[[int], object]": "object",
    "object | None": "object",
    "list[str]": "list",
    "Texts | None]": "Texts]",
}


def whole(signature: str) -> str:
    """Write out what aliases stand for."""
    while (longer := ALIAS.sub(lambda found: ALIASES[found[1]], signature)) != signature:
        signature = longer
    return signature


def plain(signature: str) -> str:
    """Write arrays as the type of their elements, and what a binding cannot say as what it can."""
    signature = ARRAY.sub(lambda found: found[1] or found[3] or found[4], whole(signature))
    for long, short in SAME_TO_A_BINDING.items():
        signature = signature.replace(long, short)
    return signature.replace("neardup._kernels.", "").replace("'", "")


def dimensions(signature: str) -> list[int]:
    """Count the dimensions of each array among the arguments."""
    arguments = whole(signature).split(") -> ")[0]
    return [len((found[2] or found[5]).split(",")) for found in ARRAY.finditer(arguments)]


def of_stub() -> Iterator[tuple[str, str]]:
    """Give each name of the stub with its signature."""
    for node in ast.parse(STUB).body:
        for part in node.body if isinstance(node, ast.ClassDef) else [node]:
            if isinstance(part, ast.FunctionDef):
                name = f"{node.name}.{part.name}" if isinstance(node, ast.ClassDef) else part.name
                yield name, f"({ast.unparse(part.args)}) -> {ast.unparse(part.returns or ast.Constant(None))}"


def parts(module: Any) -> Iterator[tuple[str, Any]]:
    """Give each function and method that a module exports."""
    for name in dir(module):
        value = getattr(module, name)
        if name.startswith("_") or inspect.ismodule(value):
            continue
        if isinstance(value, type):
            methods = (method for method in vars(value) if method in METHODS or not method.startswith("_"))
            yield from ((f"{name}.{method}", getattr(value, method)) for method in methods)
        else:
            yield name, value


def of_kernels() -> Iterator[tuple[str, str]]:
    """Give each name of the compiled kernels with its signature."""
    for name, function in parts(_kernels):
        ((signature, _, defaults),) = function.__nb_signature__
        for place, value in enumerate(defaults or ()):
            signature = signature.replace(f"\\{place}", repr(value))
        yield name, signature[signature.index("(") :]


def of_reference() -> Iterator[tuple[str, str]]:
    """Give each name of the reference with its signature."""
    for name, function in parts(_reference):
        if name.split(".")[0] in _reference.__all__:
            yield name, str(inspect.signature(function))


def normal(signatures: Iterator[tuple[str, str]]) -> dict[str, str]:
    """Write all signatures in one way."""
    return {name: ast.unparse(ast.parse(f"def f{plain(signature)}: ...")) for name, signature in signatures}


def test_the_stub_says_what_the_reference_takes() -> None:
    assert normal(of_stub()) == normal(of_reference())


@both
def test_the_stub_says_what_the_kernels_take() -> None:
    assert normal(of_stub()) == normal(of_kernels())


@both
def test_arrays_have_the_dimensions_of_the_stub() -> None:
    stub = dict(of_stub())
    for name, signature in of_kernels():
        assert dimensions(signature) == dimensions(stub[name]), name


@pytest.mark.parametrize(
    ("signature", "other"),
    [
        ("(codes: _UInt32) -> _Int32", "(codes: _UInt64) -> _Int32"),
        ("(codes: _UInt32) -> _Int32", "(code: _UInt32) -> _Int32"),
        ("(a: int, b: int) -> _Int32", "(b: int, a: int) -> _Int32"),
        ("(a: int=1) -> _Int32", "(a: int=2) -> _Int32"),
        ("(a: int) -> _Int32", "(a: int) -> _Int64"),
    ],
)
def test_signatures_that_differ_are_told_apart(signature: str, other: str) -> None:
    assert normal(iter([("f", signature)])) != normal(iter([("f", other)]))
