"""Finds repeated and near-duplicate Chinese text, and proves what it finds."""

from neardup._backend import backend
from neardup._version import __version__
from neardup.errors import InputError, NeardupError, OutputError
from neardup.folding import Folded, fold
from neardup.minhash import estimate_jaccard, signatures
from neardup.model import Repeat, Span
from neardup.repeats import DocumentRepeats, find_repeats
from neardup.shingling import shingles

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
    "estimate_jaccard",
    "find_repeats",
    "fold",
    "shingles",
    "signatures",
]
