"""Records by batches: enough at once that handing them over costs nothing, few enough that memory stays flat."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from neardup.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from neardup.errors import NeardupError
    from neardup.io.records import RecordFile

RECORDS_TRIED = 20
"""If none of so many first records can be read, the file is not read on."""


def batches(
    records: Iterable[tuple[int, bytes | None]], most_bytes: int, most_records: int
) -> Iterator[tuple[tuple[int, bytes | None], ...]]:
    """Cut records into batches that reach one of two sizes; what was read before a fault is the last one."""
    size = 0
    batch: list[tuple[int, bytes | None]] = []
    fault = None
    try:
        for record in records:
            batch.append(record)
            size += len(record[1] or b"")
            if size >= most_bytes or len(batch) == most_records:
                del record  # it may be large
                ready, size = tuple(batch), 0
                batch.clear()
                yield ready
                del ready
    except Exception as error:
        fault = error
    if batch:
        yield tuple(batch)
    if fault:
        raise fault


def check_first(file: RecordFile, batch: Sequence[tuple[int, bytes | None]]) -> None:
    """Read the first records until one is as it should be.

    Raises
    ------
    InputError
        If none is, of several: they have not the fields that are asked for, are in another encoding, or no JSON.
    """
    faults = []
    for number, raw in islice(batch, RECORDS_TRIED):
        if raw is None:  # too long, but perhaps well
            return
        try:
            file.read(raw)
        except InputError as error:
            faults.append((error, number))
        except Exception:
            return
        else:
            return
    refuse_all(faults)


def refuse_all(faults: Sequence[tuple[NeardupError, int]]) -> None:
    """Say that none of the first records of a file can be read; one alone may be bad.

    Raises
    ------
    InputError
        If there are several.
    """
    if len(faults) > 1:
        fault, number = faults[0]
        message = f"none of the first {len(faults)} records can be read, and the rest is not tried: {fault.message}"
        raise InputError(message, line=number, parameter=fault.parameter)
