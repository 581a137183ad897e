"""Finds repeated and near-duplicate Chinese text, and proves what it finds."""

from neardup._backend import backend
from neardup._version import __version__
from neardup.errors import InputError, NeardupError, OutputError
from neardup.folding import Folded, fold
from neardup.model import Repeat, Span
from neardup.repeats import DocumentRepeats, find_repeats

__all__ = [
    "DocumentRepeats",
    "Folded",
    "InputError",
    "NeardupError",
    "OutputError",
    "Repeat",
    "Span",
    "__version__",
    "backend",
    "find_repeats",
    "fold",
]
