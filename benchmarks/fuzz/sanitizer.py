"""The kernels built with AddressSanitizer and UndefinedBehaviorSanitizer, and a package of neardup that has them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
FLAGS = (
    "-fsanitize=address,undefined",
    "-fno-sanitize-recover=all",
    "-fno-omit-frame-pointer",
    "-O1",
    "-g",
)
ASAN_OPTIONS = "detect_leaks=0:allocator_may_return_null=1:detect_stack_use_after_return=1:abort_on_error=1"


class CannotBuild(Exception):
    """Why there are no sanitizers here."""


def _compiler() -> str:
    name = os.environ.get("CXX") or next((name for name in ("g++", "c++") if shutil.which(name)), "")
    if not name or not shutil.which(name):
        raise CannotBuild("there is no g++")
    return name


def _runtime(compiler: str, library: str) -> str:
    """Find a library of the compiler's own; it answers with the bare name if it has none."""
    done = subprocess.run([compiler, f"-print-file-name={library}"], capture_output=True, text=True, check=False)
    path = done.stdout.strip()
    if done.returncode or not Path(path).is_absolute():
        raise CannotBuild(f"{compiler} has no {library}")
    return path


def environment(package: Path) -> dict[str, str]:
    """Give what a process needs in its environment to import a package with sanitizers.

    It is found before the one in the folder where the process starts, which may have kernels of its own.

    Every string of Python has memory of its own then, so that what is read behind it shows. The library of C++ stands
    beside that of the sanitizer, which must know at its start how exceptions are thrown.

    Raises
    ------
    CannotBuild
        If the compiler has no sanitizers.
    """
    compiler = _compiler()
    preloaded = " ".join(_runtime(compiler, library) for library in ("libasan.so", "libstdc++.so"))
    return os.environ | {
        "LD_PRELOAD": preloaded,
        "ASAN_OPTIONS": ASAN_OPTIONS,
        "UBSAN_OPTIONS": "print_stacktrace=1",
        "PYTHONMALLOC": "malloc",
        "PYTHONSAFEPATH": "1",
        "PYTHONPATH": os.pathsep.join([str(package), str(ROOT)]),
        "NEARDUP_PURE": "0",
    }


def build(folder: Path) -> Path:
    """Build the kernels and put them beside the Python sources; what was built before and is the same stays.

    Parameters
    ----------
    folder
        Where; made if it is not there.

    Returns
    -------
    Path
        The folder to import neardup from.

    Raises
    ------
    CannotBuild
        If CMake, nanobind, a compiler or its sanitizers are missing, or the build fails.
    """
    compiler = _compiler()
    _runtime(compiler, "libasan.so")
    cmake = shutil.which("cmake")
    asked = [sys.executable, "-m", "nanobind", "--cmake_dir"]
    nanobind = subprocess.run(asked, capture_output=True, text=True, check=False)
    if cmake is None or nanobind.returncode:
        raise CannotBuild("there is no CMake" if cmake is None else "nanobind is not installed")
    made = folder / "cmake"
    configure = [
        *(cmake, "-S", str(ROOT / "neardup" / "_native"), "-B", str(made), "-DCMAKE_BUILD_TYPE=None"),
        f"-DCMAKE_CXX_FLAGS={' '.join(FLAGS)}",
        f"-DCMAKE_CXX_COMPILER={compiler}",
        f"-DPython_EXECUTABLE={sys.executable}",
        f"-Dnanobind_DIR={nanobind.stdout.strip()}",
    ]
    for command in (configure, [cmake, "--build", str(made), "--parallel", "2"]):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise CannotBuild(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    package = folder / "package"
    shutil.rmtree(package, ignore_errors=True)
    ignored = shutil.ignore_patterns("_native", "__pycache__", "_kernels*", "generate_folding.py")
    shutil.copytree(ROOT / "neardup", package / "neardup", ignore=ignored)
    for module in made.glob("_kernels*.so"):
        shutil.copy(module, package / "neardup")
    return package
