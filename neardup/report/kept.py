"""Why copies stay in cleaned text, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neardup._typing import Reason

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
