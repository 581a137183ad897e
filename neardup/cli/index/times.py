"""Times as they are given on the command line: a date, or how long ago."""

from __future__ import annotations

import re
import time
from datetime import datetime
from typing import Annotated

import typer

_AGO = re.compile(r"([0-9]{1,9}+)([smhdw])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}


def moment(given: str | float) -> float:
    """Read a time, and give it as seconds since 1970.

    Raises
    ------
    typer.BadParameter
        If it is none.
    """
    if isinstance(given, float):
        return given
    if found := _AGO.fullmatch(given):
        return time.time() - int(found[1]) * _SECONDS[found[2]]
    try:
        return datetime.fromisoformat(given).timestamp()  # without a zone: that of this place
    except (ValueError, OverflowError, OSError):
        message = f"{given!r} is no time; for example 30d, 12h, 2026-01-01 or 2026-01-01T08:00+08:00"
        raise typer.BadParameter(message) from None


HOW = "s, m, h, d and w are seconds, minutes, hours, days and weeks ago; or a date, in the time zone of this machine"

NewerThan = Annotated[
    float | None,
    typer.Option(
        parser=moment, metavar="TIME", help=f"Only documents that were added after this: 30d, 2026-01-01. {HOW}."
    ),
]
