"""The project as a whole: what is public, what imports what, what an import costs, which backend is active."""

from __future__ import annotations

import ast
import importlib
import inspect
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import neardup
from tests.servers import shared_port

PACKAGE = Path(neardup.__file__).parent
ROOT = Path(__file__).parent.parent

# A module imports only what stands before it; a package counts as one.
ORDER = [
    "_version",
    "_kernels",
    "_typing",
    "errors",
    "schemes",
    "checks",
    "spans",
    "evidence",
    "model",
    "relations",
    "marks",
    "digits",
    "numerals",
    "_reference",
    "_backend",
    "folding",
    "content",
    "segmentation",
    "inputs",
    "shingling",
    "minhash",
    "bands",
    "config",
    "boilerplate",
    "sketches",
    "places",
    "compare",
    "rule",
    "survivors",
    "results",
    "corpus",
    "repeats",
    "paragraphs",
    "io",
    "reasons",
    "stores",
    "index",
    "jobs",
    "report",
    "integrations",
    "cli",
    "__main__",
]

PUBLIC = [
    "Comparison",
    "Config",
    "DedupSummary",
    "DocumentRepeats",
    "Duplicates",
    "Evidence",
    "Folded",
    "Index",
    "InputError",
    "Kept",
    "Match",
    "MismatchError",
    "NeardupError",
    "OutputError",
    "Pairs",
    "Repeat",
    "RepeatedParagraphs",
    "Repeats",
    "Sketches",
    "Span",
    "__version__",
    "backend",
    "band_probability",
    "bands",
    "compare",
    "content_spans",
    "dedup_files",
    "estimate_jaccard",
    "extract_html",
    "find_duplicates",
    "find_pairs",
    "find_repeated_paragraphs",
    "find_repeats",
    "find_repeats_batch",
    "fold",
    "iter_pairs",
    "reason",
    "shingles",
    "signatures",
]


def imported(path: Path) -> set[str]:
    """Which modules of the package a file imports, by the name below ``neardup``."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            if node.module == "neardup":
                found |= {alias.name for alias in node.names}
            elif (node.module or "").startswith("neardup."):
                found.add(str(node.module).split(".")[1])
        elif isinstance(node, ast.Import):
            found |= {alias.name.split(".")[1] for alias in node.names if alias.name.startswith("neardup.")}
            assert not any(alias.name == "neardup" for alias in node.names), f"{path} imports the package"
    return found


def test_modules_import_only_what_stands_above_them() -> None:
    files = [path for path in PACKAGE.rglob("*.py") if "data" not in path.parts and path != PACKAGE / "__init__.py"]
    assert len(files) > len(ORDER)
    for path in files:
        name = path.relative_to(PACKAGE).with_suffix("").parts[0]
        above = ORDER[: ORDER.index(name) + (path.parent != PACKAGE)]
        assert imported(path) <= set(above), f"{path} imports from below"


SERVER = "redis://localhost:6379"
"""A server as the README writes it; tests start one of their own."""

OPTION = re.compile(r"(?<![\w-])--[a-z]")


def test_options_are_known_to_the_command_alone() -> None:
    """No text of the library names an option: an error says which parameter mends it, and the command its option."""
    files = [
        path for path in PACKAGE.rglob("*.py") if path.relative_to(PACKAGE).parts[0] not in {"cli", "data", "report"}
    ]
    assert PACKAGE / "io" / "encodings.py" in files
    for path in files:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert not OPTION.search(node.value), f"{path}:{node.lineno}: {node.value}"


def test_every_parameter_that_an_error_names_is_an_option() -> None:
    from neardup.cli import clean, dedup, scan
    from neardup.cli.index import asking

    commands = scan.scan, clean.clean, dedup.dedup, asking.add
    options = {name for command in commands for name in inspect.signature(command).parameters}
    named = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.keyword) and node.arg == "parameter" and isinstance(node.value, ast.Constant):
                named.add(node.value.value)
    assert {"encoding", "overwrite"} <= named
    assert named <= options


def test_all_is_what_is_public_and_documented() -> None:
    assert neardup.__all__ == PUBLIC
    for name in PUBLIC:
        assert getattr(neardup, name).__doc__, name


def run(code: str, *, cwd: Path | None = None, options: tuple[str, ...] = ("-P",), **environment: str) -> str:
    """What a fresh interpreter prints; an unhandled warning is an error there too."""
    command = [sys.executable, *options, "-c", code]
    clean = {key: value for key, value in os.environ.items() if key not in {"NEARDUP_PURE", "PYTHONSAFEPATH"}}
    done = subprocess.run(command, cwd=cwd, env=clean | environment, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


@pytest.mark.once
def test_importing_loads_nothing_heavy() -> None:
    heavy = {
        "scipy",
        "datasketch",
        "regex",
        "rich",
        "typer",
        "chardet",
        "msgspec",
        "pyarrow",
        "pandas",
        "polars",
        "redis",
        "pyspark",
        "scrapy",
    }
    loaded = run("import numpy, sys; before = set(sys.modules); import neardup; print(*set(sys.modules) - before)")
    assert "neardup.repeats.find" in loaded.split()
    assert not heavy & {name.split(".")[0] for name in loaded.split()}


@pytest.mark.once
def test_optional_libraries_are_loaded_when_they_are_needed() -> None:
    said = run(
        "import sys, neardup.cli; from neardup.io.encodings import decode; decode('质量强，则万物强'.encode('gbk')); "
        "print({'chardet', 'trafilatura', 'backports'} & set(sys.modules))"
    )
    assert said == "set()\n"


needs_kernel = pytest.mark.skipif(
    importlib.util.find_spec("neardup._kernels") is None, reason="the compiled kernels are not installed"
)


@pytest.mark.once
@needs_kernel
def test_the_kernels_are_used_unless_the_environment_forces_the_reference() -> None:
    ask = "import neardup; print(neardup.backend())"
    assert run(ask) == "kernel\n"
    assert run(ask, NEARDUP_PURE="0") == "kernel\n"
    assert run(ask, NEARDUP_PURE="1") == "reference\n"


@pytest.mark.once
@needs_kernel
def test_a_source_tree_that_hides_the_kernels_is_noticed(tmp_path: Path) -> None:
    shutil.copytree(PACKAGE, tmp_path / "neardup", ignore=shutil.ignore_patterns("_kernels*", "__pycache__"))
    said = run("import neardup; print(neardup.backend())", cwd=tmp_path, options=())
    assert "reference\n" in said
    assert "RuntimeWarning: neardup is imported from" in said
    assert f"hides the installed one with its compiled kernels in {PACKAGE}" in said


@pytest.mark.once
def test_kernels_that_cannot_be_loaded_are_noticed(tmp_path: Path) -> None:
    shutil.copytree(PACKAGE, tmp_path / "neardup", ignore=shutil.ignore_patterns("_kernels*", "__pycache__"))
    (tmp_path / "neardup" / f"_kernels{importlib.machinery.EXTENSION_SUFFIXES[0]}").write_bytes(b"not a library")
    said = run("import neardup; print(neardup.backend())", cwd=tmp_path, options=())
    assert "reference\n" in said
    assert "cannot be loaded" in said


@pytest.mark.once
def test_without_kernels_anywhere_nothing_is_said(tmp_path: Path) -> None:
    shutil.copytree(PACKAGE, tmp_path / "neardup", ignore=shutil.ignore_patterns("_kernels*", "__pycache__"))
    elsewhere = f"import sys; sys.path = [p for p in sys.path if p != {str(PACKAGE.parent)!r}]; "
    numpy = Path(importlib.import_module("numpy").__file__ or "").parent
    (tmp_path / "numpy").symlink_to(numpy)
    for libraries in numpy.parent.glob("numpy.libs"):
        (tmp_path / libraries.name).symlink_to(libraries)
    said = run(elsewhere + "import neardup; print(neardup.backend())", cwd=tmp_path, options=())
    assert said == "reference\n"


def test_the_readme_says_what_happens(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "fixtures").symlink_to(ROOT / "fixtures")  # for what writes files
    monkeypatch.chdir(tmp_path)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    rest = re.sub(r"^## Recipes\n.*?^(?=## )", "", readme, flags=re.DOTALL | re.MULTILINE)  # test_recipes.py runs these
    snippets = [
        snippet for snippet in re.findall(r"```python\n(.*?)```", rest, flags=re.DOTALL) if SERVER not in snippet
    ]
    assert snippets
    for snippet in snippets:
        exec(compile(snippet, "README.md", "exec"), {})
        printed = capsys.readouterr().out
        said = re.findall(r"# (.*)", snippet)
        assert printed.splitlines() == said


def test_the_readme_says_what_happens_on_a_server(capsys: pytest.CaptureFixture[str]) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    snippets = [snippet for snippet in re.findall(r"```python\n(.*?)```", readme, flags=re.DOTALL) if SERVER in snippet]
    assert snippets
    for snippet in snippets:
        exec(compile(snippet.replace(SERVER, f"redis://127.0.0.1:{shared_port()}"), "README.md", "exec"), {})
        assert capsys.readouterr().out.splitlines() == re.findall(r"# (.*)", snippet)


def test_the_readme_shows_what_the_command_prints(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from tests.command import neardup as run_command

    (tmp_path / "fixtures").symlink_to(ROOT / "fixtures")  # for what writes files
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    sessions = re.findall(r"```console\n\$ neardup (.*?)\n(.*?)```", readme, flags=re.DOTALL)
    assert sessions
    for command, shown in sessions:
        assert run_command(*command.split()).stdout == shown


@pytest.mark.once
@needs_kernel
def test_examples_of_the_readme_run_in_a_clone_as_it_says() -> None:
    """Without ``-P`` Python would import the source tree, which has no kernels there, and say so."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "run Python as `python -P`" in readme
    [snippet, *_] = re.findall(r"```python\n(.*?)```", readme, flags=re.DOTALL)
    said = run(snippet, cwd=ROOT, options=("-P", "-W", "error"))
    assert said.splitlines() == re.findall(r"# (.*)", snippet)


def test_the_readme_names_every_option() -> None:
    from neardup.cli import clean, compare, dedup, paragraphs, scan

    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for command in (scan.scan, clean.clean, dedup.dedup, paragraphs.paragraphs, compare.compare):
        for name in inspect.signature(command).parameters.keys() - {"ctx", "paths", "one", "other", "second"}:
            assert f"`--{name.replace('_', '-')}" in readme, name


def test_the_readme_names_every_option_of_the_index() -> None:
    from typer.main import get_command

    from neardup.cli.index.app import index_app

    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = get_command(index_app).commands  # type: ignore[attr-defined]
    for name, command in commands.items():
        assert f"`neardup index {name} " in readme, name
        for parameter in command.params:
            for option in parameter.opts if parameter.param_type_name == "option" else ():
                assert option in {"-o", "--help", "-h"} or f"`{option}" in readme, option
