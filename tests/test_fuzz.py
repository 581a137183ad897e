"""The fuzzer: it leaves out nothing that is exported, its cases can be made again, and it tells what is wrong."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import import_module
from random import Random
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import neardup
from neardup import _reference
from tests.benchmarking import load_benchmarks
from tests.common import BACKENDS, TABLE, _kernels, both

if TYPE_CHECKING:
    from pathlib import Path

load_benchmarks()
command: Any = import_module("benchmarks.fuzz.__main__")
cases: Any = import_module("benchmarks.fuzz.cases")
columns: Any = import_module("benchmarks.fuzz.columns")
exported: Any = import_module("benchmarks.fuzz.exported")
public: Any = import_module("benchmarks.fuzz.public")
sanitizer: Any = import_module("benchmarks.fuzz.sanitizer")
worker: Any = import_module("benchmarks.fuzz.worker")


def changed(name: str, function: Any) -> Any:
    """The kernels with another function in place of one of theirs."""
    functions = {each: getattr(_kernels, each) for each in exported.names(_kernels)}
    return SimpleNamespace(**functions | {name: function})


def a_case(name: str, *, seed: int = 0, spoilt: bool = False) -> Any:
    """The first case of a function whose arguments are right, or wrong."""
    maker = cases.Maker(_kernels, seed, checked=True, names=[name])
    return next(case for case in map(maker.case, range(1000)) if case.is_spoilt == spoilt)


def fold_column(column: Any) -> list[list[int]]:
    """What the reference makes of a column."""
    folding = _reference.Folding(*TABLE)
    return [array.tolist() for array in _reference.fold_texts(_reference.Texts(column), folding, 1)]


def test_every_exported_function_has_a_generator() -> None:
    assert exported.names(_reference if _kernels is None else _kernels)
    new = SimpleNamespace(fold=_reference.fold, brand_new=len)
    with pytest.raises(SystemExit, match="no generator for brand_new"):
        exported.names(new)


def test_a_generator_gives_what_its_function_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(exported.GENERATORS, "breaks", lambda _: {"text": "", "more": 1})
    with pytest.raises(SystemExit, match=r"gives breaks \['text', 'more'\], and it takes \['text'\]"):
        exported.names(SimpleNamespace(breaks=_reference.breaks))


def test_every_public_function_has_a_generator(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "neardup.find_repeats" in public.names()
    monkeypatch.delitem(public.CALLS, "neardup.find_repeats")
    with pytest.raises(SystemExit, match="no generator for find_repeats"):
        public.names()


@both
def test_a_case_depends_on_seed_and_number_alone() -> None:
    def written(seed: int, numbers: Any) -> dict[int, str]:
        maker = cases.Maker(_kernels, seed, checked=False)
        return {number: str(maker.case(number)) for number in numbers}

    given = written(3, range(200))
    assert len(set(given.values())) == 200
    assert written(3, range(199, -1, -1)) == given
    assert written(4, range(200)) != given


@both
@pytest.mark.parametrize("name", ["fold_texts", "neardup.find_duplicates"])
def test_a_case_of_one_function_is_of_that_one(name: str) -> None:
    maker = cases.Maker(_kernels, 0, checked=False, names=[name])
    assert {maker.case(number).name for number in range(20)} == {name}
    with pytest.raises(SystemExit, match="there is no such"):
        cases.Maker(_kernels, 0, checked=False, names=["such"])


@both
def test_most_cases_are_right_and_some_are_wrong() -> None:
    maker = cases.Maker(_kernels, 1, checked=True)
    made = [maker.case(number) for number in range(400)]
    assert 40 < sum(case.is_spoilt for case in made) < 200
    assert {case.isa for case in made} == set(maker.isas)
    assert len({case.name for case in made}) == len(maker.every)


@both
def test_other_values_types_and_shapes_are_a_difference() -> None:
    case = a_case("breaks", seed=5)
    assert cases.differing(case, _kernels) == ""
    for change in (
        lambda found: found + 1,
        lambda found: found.astype(np.int64),
        lambda found: found.reshape(1, -1),
    ):
        other = changed("breaks", lambda text, change=change: change(np.append(_kernels.breaks(text), np.int32(9))))
        assert cases.differing(case, other).startswith("kernel ")


@both
def test_other_errors_are_a_difference() -> None:
    case = a_case("leftmost_windows", spoilt=True)
    case.arguments["width"] = 0
    assert cases.differing(case, _kernels) == ""

    def refuse(**_: object) -> None:
        raise ValueError("width must be positive")

    found = cases.differing(case, changed("leftmost_windows", refuse))
    assert "width must be positive" in found
    assert "width must be at least 1" in found


@both
def test_a_public_function_runs_on_the_kernels_it_is_given() -> None:
    case = a_case("neardup.fold")
    before = neardup.folding.kernels  # type: ignore[attr-defined]

    def fold(*_: object) -> tuple[Any, Any]:
        return np.array([0x4E00], np.uint32), np.array([7], np.int32)

    assert case.call(changed("fold", fold))[0] == "一"
    assert neardup.folding.kernels is before  # type: ignore[attr-defined]


@both
def test_a_case_uses_its_instruction_set_and_no_other_call_does(monkeypatch: pytest.MonkeyPatch) -> None:
    case = a_case("breaks")
    seen = []
    watched = changed("breaks", lambda **_: seen.append(os.environ["NEARDUP_ISA"]))
    monkeypatch.setenv("NEARDUP_ISA", "mine")
    case.call(watched)
    assert os.environ["NEARDUP_ISA"] == "mine"
    monkeypatch.delenv("NEARDUP_ISA")
    case.call(watched)
    assert "NEARDUP_ISA" not in os.environ
    assert seen == [case.isa] * 2


@both
def test_an_error_that_is_not_documented_is_a_find() -> None:
    right, wrong = a_case("breaks"), a_case("leftmost_windows", spoilt=True)

    def fail(error: Exception) -> Any:
        def function(**_: object) -> None:
            raise error

        return function

    assert cases.sanitized(right, _kernels) == ""
    assert cases.sanitized(right, changed("breaks", fail(ValueError("no")))) == "ValueError: no"
    assert cases.sanitized(wrong, changed("leftmost_windows", fail(ValueError("no")))) == ""
    assert cases.sanitized(wrong, changed("leftmost_windows", fail(KeyError("no")))) == "KeyError: 'no'"


@pytest.mark.parametrize("seed", range(60))
def test_a_sound_column_is_its_texts(seed: int) -> None:
    rng = Random(seed)
    texts = ["天地" * rng.randrange(9) + str(number) for number in range(rng.randrange(9))]
    column = columns.column(rng, texts)
    assert fold_column(column) == fold_column(texts)
    assert column.released_twice == 0


@pytest.mark.parametrize("fault", columns.FAULTS)
def test_a_broken_column_is_refused(fault: str) -> None:
    texts: list[bytes | None] = ["天地玄黄宇宙洪荒".encode(), "日月盈昃辰宿列张".encode()]
    for format_ in columns.FORMATS:
        given, shown = list(texts), format_
        if fault in {"null", "uncounted"}:
            given[1] = None
        if fault == "bytes":
            given[1] = b"\xff"
        if fault == "format":
            shown = b"l"
        if (fault, format_) in {("view", b"u"), ("view", b"U"), ("descending", b"vu")}:
            continue  # the type has no such fault
        is_of_index = fault in {"index", "negative index", "no values", "released values", "released schema"}
        for index in [*columns.INDICES] if is_of_index else [b"", b"i"]:
            with pytest.raises(ValueError, match=r"Arrow|text \d"):
                fold_column(columns.Column(given, shown, [2], index=index, fault=fault))


def test_a_second_release_is_noticed() -> None:
    column = columns.Column([b"a"], b"u", [1])
    column.__arrow_c_array__()
    array = next(each for each in column._kept if isinstance(each, columns.c.ArrowArray))
    # What reads the field again is a null pointer after the first call.
    release = columns._RELEASE(columns.ctypes.cast(array.release, columns.ctypes.c_void_p).value)
    release(columns.ctypes.addressof(array))
    assert column.released_twice == 0
    release(columns.ctypes.addressof(array))
    assert column.released_twice == 1


@pytest.mark.parametrize("backend", BACKENDS)
def test_an_exception_survives_the_release_of_a_column(backend: Any) -> None:
    """What releases a column may run Python, and does so in the middle of an exception."""
    column = columns.Column([b"a"], b"u", [1])
    with pytest.raises(ValueError, match="a folding table has 0x110000 entries"):
        backend.compare(backend.Texts(column), backend.Folding(TABLE[0][:-1], TABLE[1]), 5)


def test_a_worker_that_dies_is_a_find_and_the_next_goes_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program = (
        "import sys, numpy as np\n"
        "first = int(sys.argv[1].removeprefix('--first='))\n"
        f"counts = np.memmap({str(tmp_path / 'ledger')!r}, np.int64, 'r+')\n"
        "counts[0] = first + 2\n"
        "sys.exit(3 if first < 6 else 0)\n"
    )
    ledger = worker.Ledger(tmp_path / "ledger", 4)
    watch = command.Watch([sys.executable, "-c", program], {}, ledger, 60.0, 60.0, 7)
    watch.run()
    assert watch.finds == watch.deaths == 2
    assert "FIND in case 2: the process ended with 3; see it with --seed 7 --case 2\n" in capsys.readouterr().out
    assert ledger.number == 8


def test_a_worker_that_stands_still_is_a_find(tmp_path: Path) -> None:
    ledger = worker.Ledger(tmp_path / "ledger", 4)
    waiting = [sys.executable, "-c", "import time; time.sleep(600)"]
    watch = command.Watch(waiting, {}, ledger, 0.5, 0.6, 0)
    watch.run()
    assert watch.finds == 1


@both
def test_a_worker_counts_its_cases(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ledger = worker.Ledger(tmp_path / "ledger", len(cases.Maker(_kernels, 0, checked=True).every))
    worker.main(["differ", f"--ledger={tmp_path / 'ledger'}", "--first=3", "--only", "breaks", "--show"])
    assert ledger.number == 3
    assert sum(ledger.calls) == 1
    assert ledger.finds == 0
    assert capsys.readouterr().out.startswith("breaks(text=")


@both
@pytest.mark.slow
def test_kernel_and_reference_agree_for_a_while(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ledger = worker.Ledger(tmp_path / "ledger", len(cases.Maker(_kernels, 0, checked=True).every))
    worker.main(["differ", f"--ledger={tmp_path / 'ledger'}", "--seed=11", "--seconds=25"])
    assert ledger.finds == 0, capsys.readouterr().out
    assert min(ledger.calls) > 5


@both
@pytest.mark.slow
def test_the_kernels_run_under_sanitizers_for_a_while(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "build"
    try:
        package = sanitizer.build(folder)
    except sanitizer.CannotBuild as error:
        pytest.skip(str(error))
    (module,) = (package / "neardup").glob("_kernels*.so")
    assert b"__asan_report_load" in module.read_bytes()
    overread = "import ctypes; ctypes.string_at(ctypes.create_string_buffer(24), 25)"
    environ = sanitizer.environment(package)
    done = subprocess.run([sys.executable, "-c", overread], env=environ, capture_output=True, text=True, check=False)
    assert "heap-buffer-overflow" in done.stderr
    code = command.main(["sanitize", "--seed=11", "--seconds=30", f"--build={folder}"])
    assert code == 0, capfd.readouterr().out


def test_the_package_with_sanitizers_is_found_before_the_working_tree(tmp_path: Path) -> None:
    (tmp_path / "neardup").mkdir()
    (tmp_path / "neardup" / "__init__.py").touch()
    try:
        environ = sanitizer.environment(tmp_path)
    except sanitizer.CannotBuild as error:
        pytest.skip(str(error))
    command = [sys.executable, "-c", "import neardup, benchmarks; print(neardup.__file__)"]
    done = subprocess.run(command, env=environ, cwd=sanitizer.ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.startswith(str(tmp_path))
