"""Reasons in words: what decided about two texts, and why a copy stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from neardup._typing import Reason
    from neardup.compare import Comparison

KEPT: dict[Reason, str] = {
    "outside_body": "no later printing of a body: --scope takes more",
    "near_copy": "edited, and no later printing of a body",
    "edited": "they say something that their original does not",
    "numbers": "other numbers than in their original",
    "part_of_paragraph": "more of the paragraph is no copy",
    "short_passage": "shorter together than a passage",
    "code": "code",
    "table": "tables",
    "heading": "headings",
    "list": "items of lists",
    "label": "labels",
    "short_line": "short lines",
    "markup": "markup",
    "introduced": "another line introduces them",
    "nested": "copies inside of copies, too deep",
}
"""What copies are that stay in cleaned text, or why they stay, by the reasons of `neardup.Kept`, in their order."""

SHOWN = 5
"""So many numbers are named."""


def reason(found: Comparison) -> str:
    """Say in words what the rule that decided about two texts saw.

    Examples
    --------
    >>> from neardup import compare
    >>> line = "气象台预报，今天夜里到明天白天多云转小雨，最低气温{}度，请市民注意添衣保暖。"
    >>> reason(compare(line.format(8), line.format(12)))
    'numbers differ: 1 of 1 in the shorter text is not in the longer one: 8'
    """
    evidence, missing = found.evidence, found.missing_numbers
    if evidence is None:
        return "one of the texts is empty after folding"
    if found.rule == "numbers_differ":
        are = f"{len(missing)} of {evidence.numbers} in the shorter text {'is' if len(missing) == 1 else 'are'}"
        return f"numbers differ: {are} not in the longer one: {_listed(missing)}"
    if found.rule == "numerals_differ":
        return f"Chinese numerals differ: {_listed([' and '.join(pair) for pair in found.other_numerals])}"
    if found.rule == "many_substitutions":
        each = evidence.aligned_chars / evidence.substitutions
        return f"the texts have something else at {evidence.substitutions} places, every {each:.0f} characters"
    words = {
        "identical": "the same text, but for what folding drops, and the same numbers",
        "one_shared_block": f"{evidence.replaced:.0%} of the shorter text, around what is shared, is something else in "
        "the longer one, and not all numbers are in both",
        "short_and_reworded": f"{evidence.replaced_chars} of the {min(found.chars)} characters of the shorter text "
        "are something else in the longer one",
        "near": f"Jaccard similarity {evidence.jaccard:.2f}, at least {found.config.threshold}",
        "contained": f"{evidence.containment:.0%} of the first text is in the second one",
        "contains": f"{evidence.containment_of_survivor:.0%} of the second text is in the first one",
        "too_different": f"Jaccard similarity {evidence.jaccard:.2f}, containments {evidence.containment:.2f} and "
        f"{evidence.containment_of_survivor:.2f}",
    }
    if found.rule == "too_different" and contains(evidence, found.config.limits):
        return (
            f"{words[found.rule]}, but the first text is not longer, without what it prints again, so it holds no other"
        )
    return words[found.rule]


def _listed(values: Sequence[str]) -> str:
    return ", ".join(values[:SHOWN]) + (f" and {len(values) - SHOWN} more" if len(values) > SHOWN else "")
