"""The kernels in plain numpy: the specification of the native ones.

They also stand in where the native ones are not built. Names, arguments, results and errors are those of
``neardup._kernels``.
"""

from neardup._reference.candidates import candidates, key_lists, may_have_candidates, shared_keys
from neardup._reference.content import content_points, content_spans
from neardup._reference.content_classes import content_classes, copied_chars
from neardup._reference.near import near_repeats
from neardup._reference.opened import Folding, Texts
from neardup._reference.pairs import band_pairs, compare
from neardup._reference.paragraphs import paragraphs
from neardup._reference.repeats import clean_repeats, find_repeats
from neardup._reference.rule import decide, relate, survivors
from neardup._reference.runs import equal_runs, roots
from neardup._reference.sketches import band_keys, set_sizes, shingle_sets, sketches
from neardup._reference.texts import breaks, fold, fold_texts
from neardup._reference.windows import leftmost_wider_windows, leftmost_windows

__all__ = [
    "Folding",
    "Texts",
    "band_keys",
    "band_pairs",
    "breaks",
    "candidates",
    "clean_repeats",
    "compare",
    "content_classes",
    "content_points",
    "content_spans",
    "copied_chars",
    "decide",
    "equal_runs",
    "find_repeats",
    "fold",
    "fold_texts",
    "key_lists",
    "leftmost_wider_windows",
    "leftmost_windows",
    "may_have_candidates",
    "near_repeats",
    "paragraphs",
    "relate",
    "roots",
    "set_sizes",
    "shared_keys",
    "shingle_sets",
    "sketches",
    "survivors",
]
