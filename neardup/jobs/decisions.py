"""What becomes of documents: columns as a job decides them, one document at a time as it writes them."""

from __future__ import annotations

from dataclasses import dataclass, field
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

    def changes(self) -> dict[int, Change]:
        """Give by the numbers of those that are kept what changes in them, where something does."""
        if self.marks:
            columns = {name: np.asarray(values, object).tolist() for name, values in self.marks.items()}
            rows, numbers = np.flatnonzero(self.kept).tolist(), self.numbers[self.kept].tolist()
            return {
                number: Change(self.removed.get(number, ()), {name: values[row] for name, values in columns.items()})
                for row, number in zip(rows, numbers, strict=True)
            }
        removed = {number: each for number, each in self.removed.items() if each}
        kept = set(self.numbers[self.kept].tolist()) if removed else set()
        return {number: Change(each) for number, each in removed.items() if number in kept}


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
        self._parts = iter(parts)
        self._kept = np.zeros(0, np.int64)
        self._listed: list[int] = []
        self._changes: dict[int, Change] = {}
        self._at = 0
        self._settle()

    def step(self) -> None:
        """Go on to the next one."""
        self._at += 1
        self._settle()

    def until(self, stop: int) -> tuple[NDArray[np.int64], dict[int, Change]]:
        """Go on to the first one that is not before a number; give those that are, and what changes in them."""
        taken, changes = [self._kept[:0]], dict[int, Change]()
        while self.number is not None and self.number < stop:
            last = int(self._kept.searchsorted(stop))
            taken.append(self._kept[self._at : last])
            changes |= self._changes
            self._at = last
            self._settle()
        return np.concatenate(taken), changes

    def _settle(self) -> None:
        while self._at == len(self._listed):
            part = next(self._parts, None)
            if part is None:
                self.number: int | None = None
                self.change: Change | None = None
                return
            self._kept, self._changes, self._at = part.numbers[part.kept], part.changes(), 0
            self._listed = self._kept.tolist()
        self.number = self._listed[self._at]
        self.change = self._changes.get(self.number)

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
