"""JSON lines of a pipe as they come: those that are there are taken together, and none is waited for with them."""

from __future__ import annotations

import sys
from typing import IO, TYPE_CHECKING, Any, cast

from neardup.io.bounded import endless, is_endless
from neardup.io.compression import compression_in
from neardup.io.encodings import AUTO, is_wide
from neardup.io.json_files import JsonLines
from neardup.io.records import BYTE_ORDER_MARK

if TYPE_CHECKING:
    import io
    from collections.abc import Iterator

    from neardup.io.records import Fields
    from neardup.io.sources import Kind

_AT_ONCE_BYTES = 1 << 20
"""So much is read at once. Of a pipe it is what the writer has put into it meanwhile, once it may hold so much."""


def arriving_lines(kind: Kind | None, fields: Fields, encoding: str) -> JsonLines | None:
    """Give how standard input is read if it holds JSON lines, by the first bytes of it; None if it may hold others.

    Waits for these bytes.

    Parameters
    ----------
    kind
        What it holds, if that is known.
    fields
        Where records have their text and id.
    encoding
        See `neardup.io.kinds.settled`.
    """
    if kind not in (None, "jsonl") or (encoding != AUTO and is_wide(encoding)):
        return None
    file: Any = sys.stdin and sys.stdin.buffer
    if not hasattr(file, "peek"):  # closed, or no file
        return None
    start = file.peek(1)
    is_object = start.removeprefix(BYTE_ORDER_MARK).lstrip()[:1] in (b"{", b"")
    if not start or (compression_in(start) if kind else not is_object):
        return None
    _widen(file)
    return JsonLines(fields, "utf-8" if encoding == AUTO else encoding)


def arrivals(longest: int) -> Iterator[list[tuple[int, bytes | None]]]:
    """Give the lines of standard input that are not empty, some at a time, each with its number.

    Parameters
    ----------
    longest
        Bytes that a line may have; None stands in place of one that has more.

    Yields
    ------
    list
        All whole lines that have come so far, and at the end what stands behind the last line break. What waits for an
        answer before it writes more gets it.

    Raises
    ------
    InputError
        If a line is so long that it may have no end.
    """
    file = cast("io.BufferedReader", sys.stdin.buffer)
    begun: list[bytes] = []
    number = size = 0
    while piece := file.read1(_AT_ONCE_BYTES):
        *lines, last = piece.split(b"\n")
        whole: list[tuple[int, bytes | None]] = []
        for line in lines:
            number, size = number + 1, size + len(line) + 1
            begun.append(line)
            whole.append((number, b"".join(begun) if size <= longest else None))
            begun, size = [], 0
        if found := [(each, line) for each, line in whole if line is None or line.strip()]:
            yield found
        size += len(last)
        if is_endless(size, longest):
            raise endless(longest, number + 1)
        begun.append(last)
        if size > longest:  # nothing of it is held
            begun.clear()
    if size and (size > longest or b"".join(begun).strip()):
        yield [(number + 1, b"".join(begun) if size <= longest else None)]


def _widen(file: IO[bytes]) -> None:
    """Let a pipe hold as much as is read at once, where the system can do that: more lines are answered together."""
    try:
        import fcntl

        fcntl.fcntl(file, fcntl.F_SETPIPE_SZ, _AT_ONCE_BYTES)
    except (ImportError, AttributeError, OSError, ValueError):
        return
