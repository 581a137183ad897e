"""Options of the suite, and what several tests need."""

from __future__ import annotations

import signal
from importlib.util import find_spec
from pathlib import Path

import hypothesis
import pytest

import neardup

hypothesis.settings.register_profile("neardup", deadline=None)
hypothesis.settings.load_profile("neardup")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow", action="store_true", help="run the slow tests too")
    parser.addoption("--corpora", help="a folder of corpora to test with: JSON lines, with an id and a text each")
    parser.addoption("--backend", choices=["kernel", "reference"], help="fail unless this backend is active")


def pytest_configure(config: pytest.Config) -> None:
    # Whoever starts the suite in the background may have it ignore signals, which the processes of tests would inherit.
    for name in ("SIGINT", "SIGHUP"):
        if hasattr(signal, name) and signal.getsignal(getattr(signal, name)) is signal.SIG_IGN:
            signal.signal(getattr(signal, name), signal.default_int_handler if name == "SIGINT" else signal.SIG_DFL)
    wanted = config.getoption("--backend")
    if wanted and neardup.backend() != wanted:
        message = f"the {neardup.backend()} is active in {neardup.__file__}, not the {wanted}"
        raise pytest.UsageError(message)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if neardup.backend() == "reference" and find_spec("neardup._kernels"):
        again = [item for item in items if item.get_closest_marker("once")]
        config.hook.pytest_deselected(items=again)
        items[:] = [item for item in items if not item.get_closest_marker("once")]
    if not config.getoption("--slow"):
        for item in items:
            if item.get_closest_marker("slow"):
                item.add_marker(pytest.mark.skip(reason="slow: run with --slow"))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run the tests on a `real_corpus` for every file of the folder."""
    if "real_corpus" in metafunc.fixturenames:
        folder = metafunc.config.getoption("--corpora")
        files = sorted(path for path in Path(folder).iterdir() if ".jsonl" in path.suffixes) if folder else []
        skipped = pytest.param(None, marks=pytest.mark.skip(reason="no corpora: give a folder with --corpora"))
        metafunc.parametrize("real_corpus", files or [skipped], ids=lambda path: path and path.name)


@pytest.fixture(scope="session")
def fixtures() -> Path:
    return Path(__file__).parent.parent / "fixtures"


@pytest.fixture(scope="session")
def chongqing(fixtures: Path) -> str:
    return (fixtures / "chongqing.txt").read_text(encoding="utf-8")
