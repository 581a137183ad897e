"""What neardup raises where no built-in exception says it better."""

from __future__ import annotations


class NeardupError(Exception):
    """The base of all errors of this library."""


class InputError(NeardupError):
    """An input cannot be read; the message names it and the remedy."""


class OutputError(NeardupError):
    """An output cannot be written; the message names it and the remedy."""
