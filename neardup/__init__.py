"""Finds repeated and near-duplicate Chinese text, and proves what it finds."""

from typing import TYPE_CHECKING

from neardup._backend import backend
from neardup._version import __version__
from neardup.bands import band_probability, bands
from neardup.compare import Comparison, compare
from neardup.config import Config
from neardup.content import content_spans
from neardup.corpus import find_duplicates, find_pairs, iter_pairs
from neardup.errors import InputError, MismatchError, NeardupError, OutputError
from neardup.evidence import Evidence
from neardup.folding import Folded, fold
from neardup.io.html import extract_html
from neardup.minhash import estimate_jaccard, signatures
from neardup.model import Kept, Match, Repeat, Span
from neardup.paragraphs.find import find_repeated_paragraphs
from neardup.paragraphs.groups import RepeatedParagraphs
from neardup.reasons import reason
from neardup.repeats.batch import Repeats
from neardup.repeats.document import DocumentRepeats
from neardup.repeats.find import find_repeats, find_repeats_batch
from neardup.results import Duplicates, Pairs
from neardup.shingling import shingles
from neardup.sketches import Sketches

if TYPE_CHECKING:
    from neardup.index import Index
    from neardup.jobs.dedup import dedup_files
    from neardup.jobs.summary import DedupSummary

__all__ = [
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


def __getattr__(name: str) -> object:
    # What reads and writes files loads more than all of the rest.
    if name == "dedup_files":
        from neardup.jobs.dedup import dedup_files

        return dedup_files
    if name == "DedupSummary":
        from neardup.jobs.summary import DedupSummary

        return DedupSummary
    if name == "Index":
        from neardup.index import Index

        return Index
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
