"""Which implementation of the hot loops is active: the compiled kernels, or the numpy reference.

The kernels are used where they were built; ``NEARDUP_PURE=1`` in the environment forces the reference. Both give
the same results.
"""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from types import ModuleType

    from neardup import _kernels as kernels


def _load() -> tuple[ModuleType, Literal["kernel", "reference"]]:
    if os.environ.get("NEARDUP_PURE", "0") in {"", "0"}:
        try:
            from neardup import _kernels
        except ImportError as error:
            if built := _built_kernels():
                warnings.warn(_missing(built, error), RuntimeWarning, stacklevel=2)
        else:
            return _kernels, "kernel"
    from neardup import _reference

    return _reference, "reference"


def _built_kernels() -> Path | None:
    """Find kernels that were built for this Python, wherever it looks for packages."""
    from importlib.machinery import EXTENSION_SUFFIXES

    names = [f"_kernels{suffix}" for suffix in EXTENSION_SUFFIXES]
    candidates = (Path(folder, "neardup", name).resolve() for folder in sys.path for name in names)
    return next((path for path in candidates if path.is_file()), None)


def _missing(built: Path, error: ImportError) -> str:
    here = Path(__file__).resolve().parent
    if built.parent != here:
        return (
            f"neardup is imported from {here}, which hides the installed one with its compiled kernels in "
            f"{built.parent}; the slow reference is used. Run Python from another folder, or with -P."
        )
    return f"the compiled kernels in {built} cannot be loaded ({error}); the slow reference is used. Reinstall."


__all__ = ["BACKEND", "backend", "kernels"]

BACKEND: Literal["kernel", "reference"]
if not TYPE_CHECKING:
    kernels, BACKEND = _load()


def backend() -> Literal["kernel", "reference"]:
    """Say which implementation is active.

    Examples
    --------
    >>> backend() in ("kernel", "reference")
    True
    """
    return BACKEND
