"""What neardup raises where no built-in exception says it better."""

from __future__ import annotations


class NeardupError(Exception):
    """The base of all errors of this library.

    Parameters
    ----------
    message
        What is wrong, and the remedy.
    file, line
        Where, if that is known: a file's name, and a line of it counted from 1. Both stand before the message.
    parameter
        What a caller can set to mend it, such as ``"encoding"``. The command shows the option of that name.

    Examples
    --------
    >>> print(InputError("not an object", file="news.jsonl", line=3))
    news.jsonl:3: not an object
    """

    def __init__(
        self, message: str, *, file: str | None = None, line: int | None = None, parameter: str | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.file = file
        self.line = line
        self.parameter = parameter

    def __str__(self) -> str:
        if self.file is None:
            return self.message
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {self.message}"


class InputError(NeardupError):
    """An input cannot be read; the message names it and the remedy."""


class OutputError(NeardupError):
    """An output cannot be written; the message names it and the remedy."""


class MismatchError(NeardupError, ValueError):
    """Things that were made in different ways cannot be used together; the message says what differs."""
