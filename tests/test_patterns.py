r"""No regular expression of the package backtracks without bound: shown by the form of each, not by timing.

The engine tries again wherever it has a choice. With the forms that are allowed here it has none without bound:

- a repeat of more than `FEW` is possessive (``*+``, ``++``), so it gives nothing back, and an attempt at one position
  goes through the text once;
- inside a repeat nothing stands in an alternative or a look around that takes a stretch without bound, so that a round
  which fails ends the repeat;
- a pattern that is searched for, and so tried from every position, fails only before it takes such a stretch.

`patterns` finds them in the source, and how they are used; whoever adds one meets this test.
"""

from __future__ import annotations

import ast
import random
import re
from pathlib import Path
from typing import Any

import pytest

import neardup
from neardup.inputs.pages import is_html
from neardup.io.html import declared_charset
from neardup.numerals import numerals
from neardup.repeats.find import find_repeats

parser: Any = re._parser  # type: ignore[attr-defined]
PACKAGE = Path(neardup.__file__).parent
FEW = 8
REPEATS = {"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"}
ANCHORED = {"match", "fullmatch"}
SEARCHING = {"search", "finditer", "findall", "split", "sub", "subn"}


def items(parsed: Any) -> list[tuple[str, Any]]:
    return [(str(code), argument) for code, argument in parsed]


def inner(code: str, argument: Any) -> list[Any]:
    """The sequences inside an item."""
    if code in REPEATS:
        return [argument[2]]
    if code == "BRANCH":
        return list(argument[1])
    if code == "SUBPATTERN":
        return [argument[3]]
    if code == "ATOMIC_GROUP":
        return [argument]
    return [argument[1]] if code in {"ASSERT", "ASSERT_NOT"} else []


def is_loop(code: str, argument: Any) -> bool:
    """Whether an item repeats something more than a few times, and not one character exactly so often."""
    if code not in REPEATS or argument[1] <= FEW:
        return False
    [(inside, _), *more] = items(argument[2])
    return argument[0] != argument[1] or bool(more) or inside not in {"IN", "LITERAL", "NOT_LITERAL", "ANY"}


def is_unbounded(code: str, argument: Any) -> bool:
    """Whether an item can take a stretch without bound, if it succeeds or before it fails."""
    if is_loop(code, argument):
        return True
    return any(is_unbounded(*item) for part in inner(code, argument) for item in items(part))


def cannot_fail(code: str, argument: Any) -> bool:
    if code in REPEATS and argument[0] == 0:
        return True
    parts = inner(code, argument)
    if code == "BRANCH":
        return any(all(cannot_fail(*item) for item in items(part)) for part in parts)
    return code in REPEATS | {"SUBPATTERN", "ATOMIC_GROUP"} and all(
        cannot_fail(*item) for part in parts for item in items(part)
    )


def faults(sequence: Any, *, searched: bool, repeated: bool = False) -> list[str]:
    """What is wrong with a sequence, as far as its form says."""
    found = []
    taken = False
    for code, argument in items(sequence):
        if taken and searched and not cannot_fail(code, argument):
            found.append(f"{code} can fail after a stretch without bound, and the next position is tried")
        if is_loop(code, argument) and code != "POSSESSIVE_REPEAT":
            found.append(f"{code} up to {argument[1]} gives back what it took")
        if code in {"GROUPREF", "GROUPREF_EXISTS"}:
            found.append(f"{code} is not looked into")
        unbounded = is_unbounded(code, argument)
        if unbounded and code in {"ASSERT", "ASSERT_NOT"}:
            found.append(f"{code} looks ahead without bound")
        if unbounded and repeated and (code == "BRANCH" or (code in REPEATS and not is_loop(code, argument))):
            found.append(f"{code} has a choice without bound in every round of a repeat")
        for part in inner(code, argument):
            found += faults(part, searched=searched, repeated=repeated or is_loop(code, argument))
        taken = taken or unbounded
    return found


def faults_of(pattern: str | bytes, *, searched: bool) -> list[str]:
    if isinstance(pattern, bytes):
        pattern = pattern.decode("latin-1")
    plain = re.sub(r"\\p\{\w+\}", r"\\d", pattern)  # a set as another, for the parser of `re`
    return faults(parser.parse(plain), searched=searched)


def patterns() -> dict[str, tuple[str | bytes, set[str]]]:
    """Every pattern of the package, by module and name, and the methods that are called on it anywhere."""
    found: dict[str, tuple[str | bytes, set[str]]] = {}
    used: dict[str, set[str]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        if path.parent.name == "data":
            continue
        module = path.relative_to(PACKAGE).with_suffix("").as_posix().replace("/", ".")
        tree = ast.parse(path.read_text(encoding="utf-8"))
        compiled = 0
        for node in ast.walk(tree):
            if isinstance(node, (ast.Assign, ast.FunctionDef)) and calls_compile(node):
                name = node.name if isinstance(node, ast.FunctionDef) else ast.unparse(node.targets[0])
                owner = getattr(__import__(f"neardup.{module}", fromlist=["_"]), name)
                made = owner() if callable(owner) else owner
                for each in made.values() if isinstance(made, dict) else [made]:
                    found[f"{module}.{name}"] = (each.pattern, set())
                compiled += 1
            if isinstance(node, ast.Attribute):
                if isinstance(node.value, ast.Name) and node.value.id in {"re", "regex"}:
                    assert node.attr in {"compile", "Pattern", "Match"} or node.attr.isupper(), (
                        f"{path}:{node.lineno}: re.{node.attr}: give the pattern a name, so that it is checked here"
                    )
                owner_node = node.value.func if isinstance(node.value, ast.Call) else node.value
                if isinstance(owner_node, ast.Name):
                    used.setdefault(owner_node.id, set()).add(node.attr)
        calls = sum(isinstance(node, ast.Call) and is_compile(node) for node in ast.walk(tree))
        assert compiled == calls, (
            f"{path}: a pattern stands neither in a variable of the module nor in its own function"
        )
    return {name: (pattern, used.get(name.rpartition(".")[2], set())) for name, (pattern, _) in found.items()}


def is_compile(node: ast.Call) -> bool:
    return ast.unparse(node.func) in {"re.compile", "regex.compile"}


def calls_compile(node: ast.Assign | ast.FunctionDef) -> bool:
    return any(isinstance(below, ast.Call) and is_compile(below) for below in ast.walk(node))


FOUND = patterns()


def test_the_patterns_are_found() -> None:
    assert {"inputs.pages._START", "numerals._digit", "marks._sentence"} <= set(FOUND)
    assert FOUND["numerals._digit"][1] & SEARCHING
    assert not FOUND["inputs.pages._START"][1] & SEARCHING
    assert any(isinstance(pattern, bytes) for pattern, _ in FOUND.values())


@pytest.mark.parametrize("name", FOUND)
def test_no_pattern_backtracks_without_bound(name: str) -> None:
    pattern, methods = FOUND[name]
    searched = bool(methods & SEARCHING) or not methods & ANCHORED  # where it is only handed on, anything may be done
    assert faults_of(pattern, searched=searched) == []


@pytest.mark.parametrize(
    ("pattern", "searched"),
    [
        (r"\ufeff?\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<html\b[^<>]*>", False),  # exponential
        (r"(?:a+)+b", False),
        (r"(?:a|a)*b", False),
        (r"a*a*b", False),
        (r"(?:a*+b|a)*+", False),
        (r"(?:(?:a*+b)?a)*+", False),
        (r"(?:(?=a*+b)a)*+", False),
        (r"a*?b", False),
        (r"(a)\1", False),
        (r"a{0,99}b", False),
        (r"[(\[]++$", True),
        (r"\s*+\n\s*+", True),
        (r"[0-9]++(?=%)", True),
        (r"(?:a*+b)*+", True),
        (r"(?:a*+b|a)", True),
        (r"(?:a|b)++c", True),
    ],
)
def test_what_backtracks_is_told(pattern: str, searched: bool) -> None:
    assert faults_of(pattern, searched=searched)


@pytest.mark.parametrize(
    ("pattern", "searched"),
    [
        (r"(?:<!--(?:[^-]|-(?!->))*+-->\s*+)*+<html>", False),
        (r"[(\[]++$", False),
        (r"a?b{0,3}c", True),
        (r"a(?:b++|c)(?:,b++)*+d?", True),
        (r"(?:[,，]\d{3})++", True),
    ],
)
def test_what_does_not_is_let_through(pattern: str, searched: bool) -> None:
    assert faults_of(pattern, searched=searched) == []


def test_comments_before_a_page() -> None:
    for start in ("<!---->" * 30, "<!-- -- -->\n" * 30, "<?xml version='1.0'?>" + "<!-->-->" * 30):
        assert is_html(start + "<html>")
        assert not is_html(start + "正文")
        assert not is_html(start + "<!--")
    assert not is_html("<!-- <html> 不是页面")
    page = b'<html><meta name="x"><META charset charset = "' + b" " * 5 + b'gb2312">'
    assert declared_charset(page) == "gb2312"
    assert declared_charset(b"<html>" + b"<meta charset=" * 60) is None


def test_numerals_are_read_as_a_pattern_would() -> None:
    whole = "[0-9０-９](?:[0-9０-９]{0,2}(?:[,，][0-9０-９]{3})+(?![0-9０-９])|[0-9０-９]*)"
    plain = re.compile(whole + r"(?:[.．:：/／⁄][0-9０-９]+)*[%％‰]?")
    rng = random.Random(1)
    for _ in range(3000):
        text = "".join(rng.choices("0129，,.:%中/", k=rng.randrange(25)))
        found = [match[0].replace("，", ",").replace(",", "") for match in plain.finditer(text)]
        dates = [re.fullmatch(r"(\d{4})([./])(\d\d?)\2(\d\d?)%?", each) for each in found]
        parts = [
            part for each, date in zip(found, dates, strict=True) for part in (date.group(1, 3, 4) if date else [each])
        ]
        assert numerals(text) == [re.sub("^0+(?=[0-9])", "", part) for part in parts]


def test_marks_before_and_behind_a_copy_belong_to_it() -> None:
    body = "".join(map(chr, range(0x4E00, 0x4E28)))
    text = f"甲{body}。中…（（「{body}）」》、「尾"
    [repeat] = find_repeats(text).repeats
    assert repeat.copy.of(text) == f"（（「{body}）」》、"


def test_the_rest_of_a_number_before_a_copy_is_found_from_behind() -> None:
    body = "据介绍，重庆经开区把质量强区战略写入全区规划，加快引进和培育壮大龙头企业，全面发力，再上台阶。\n"
    text = body * 3
    assert find_repeats(text).removed("all") == ((len(body), 3 * len(body)),)
