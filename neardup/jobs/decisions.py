"""What becomes of documents: columns as a job decides them, one document at a time as it writes them."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from neardup.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from neardup.spans import Stretch


@dataclass(frozen=True, slots=True, eq=False)
class Decisions:
    """What becomes of some documents that stand one behind the other in one file.

    Attributes
    ----------
    numbers
        int64, ascending: the documents, as `neardup.jobs.inputs.Batch` numbers them. A record that is not among those
        of any decisions is left out: a reject.
    kept
        bool: whether each is written.
    removed
        What is taken out of the texts of some, by their numbers.
    marks
        New fields of every record: by their names a value for each of the numbers.
    """

    numbers: NDArray[np.int64]
    kept: NDArray[np.bool_]
    removed: Mapping[int, Sequence[Stretch]] = field(default_factory=dict)
    marks: Mapping[str, Sequence[Any]] = field(default_factory=dict)

    def changes(self) -> dict[int, Change | None]:
        """Give by the numbers of those that are kept what changes in them; None if nothing does."""
        changes: dict[int, Change | None] = dict.fromkeys(self.numbers[self.kept].tolist())
        if self.marks:
            rows = zip(*(np.asarray(values, object)[self.kept] for values in self.marks.values()), strict=True)
            for number, row in zip(changes, rows, strict=True):
                changes[number] = Change(self.removed.get(number, ()), dict(zip(self.marks, row, strict=True)))
        else:
            removed = {number: each for number, each in self.removed.items() if each and number in changes}
            changes |= {number: Change(stretches) for number, stretches in removed.items()}
        return changes


class Change(NamedTuple):
    """What changes in a record: the stretches of its text that go, and the fields that it is marked with."""

    removed: Sequence[Stretch]
    marks: Mapping[str, Any] | None = None


class Verdicts:
    """The documents of a file that are kept, one by one, while the file is read a second time.

    Attributes
    ----------
    number
        The next one; None behind the last.
    change
        What changes in it.
    """

    def __init__(self, parts: Iterable[Decisions], file: str) -> None:
        self._file = file
        self._rest = chain.from_iterable(part.changes().items() for part in parts)
        self.step()

    def step(self) -> None:
        """Go on to the next one."""
        self.number: int | None
        self.change: Change | None
        self.number, self.change = next(self._rest, (None, None))

    def of(self, records: Iterable[tuple[int, bytes | None]]) -> Iterator[tuple[bytes, Change | None]]:
        """Give the records that are kept, each with what changes in it.

        Raises
        ------
        InputError
            If one is not there any more.
        """
        for number, raw in records:
            if number == self.number and raw is not None:
                yield raw, self.change
                self.step()
            if self.number is None:
                break
        self.finish()

    def finish(self) -> None:
        """Say that the file was read to its end.

        Raises
        ------
        InputError
            If there are more.
        """
        if self.number is not None:
            message = "a record that was read before is not there any more: the file has changed; start again"
            raise InputError(message, file=self._file, line=self.number or None)
