"""What to do about an error: the option that mends it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neardup.errors import NeardupError

TAKE_OUT = "take the articles out first, for example with neardup.extract_html"
"""What to do with pages in records."""


def advised(error: NeardupError) -> NeardupError:
    """Name the option that mends an error, if there is one."""
    if error.parameter is None:
        return error
    name = error.parameter.removesuffix("_s").replace("_", "-")  # of an option its help says the unit
    message = f"{error.message} (--{name})"
    return type(error)(message, file=error.file, line=error.line)
