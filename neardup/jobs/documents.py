"""What is known of the documents of a job beside their texts: ids, places, priorities, groups, titles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from neardup.errors import InputError
from neardup.inputs.ids import id_order
from neardup.jobs.sketching import IDS, READ, TEXTS, TITLES
from neardup.jobs.texts import StoredTexts
from neardup.survivors import by_length

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from neardup._typing import Column, Id
    from neardup.io.sources import Source
    from neardup.jobs.workspace import Workspace
    from neardup.survivors import Keep

_COMPARED_AT_ONCE = 4096
"""Documents: their texts are in memory together."""


class JobDocuments:
    """The documents that a job has read, by their positions over all inputs.

    Attributes
    ----------
    sources
        The inputs, in order.
    source, line
        int32, int64: of each document which of them it is from, and its line there; 0 for a text file.
    ends
        int64: how many documents there are up to the end of each chunk.

    Parameters
    ----------
    work
        Where they are.
    """

    def __init__(self, work: Workspace, sources: Sequence[Source]) -> None:
        self.sources = sources
        self._work = work
        self._chunks = work.count(READ)
        found = [work.read(READ, number, "sources", "numbers", "is_string") for number in range(self._chunks)]
        self.source, self.line, self._is_string = (
            np.concatenate([chunk[name] for chunk in found]) for name in ("sources", "numbers", "is_string")
        )
        self.ends = np.cumsum([len(chunk["numbers"]) for chunk in found], dtype=np.int64)
        self._begins = self.source.searchsorted(np.arange(len(sources) + 1, dtype=self.source.dtype))
        self._ids = StoredTexts(work, IDS, self._chunks) if work.has(IDS) else None

    def __len__(self) -> int:
        """Count them."""
        return len(self.line)

    def ids(self, rows: NDArray[np.int64]) -> list[Id]:
        """Give the ids of some documents: those of the id field, or ``file:line``."""
        if self._ids is None:
            return [f"{name}:{line}" if line else name for name, line in self.places(rows)]
        ids = self._ids.column(rows).take(np.arange(len(rows)))
        return [
            id_ if is_string else int(id_) for id_, is_string in zip(ids, self._is_string[rows].tolist(), strict=True)
        ]

    def places(self, rows: NDArray[np.int64]) -> list[tuple[str, int | None]]:
        """Give the file and the line of some documents; a text file has no lines."""
        names = [source.id for source in self.sources]
        pairs = zip(self.source[rows].tolist(), self.line[rows].tolist(), strict=True)
        return [(names[source], line or None) for source, line in pairs]

    def titles(self, rows: NDArray[np.int64]) -> Column | None:
        """Give the titles of some documents to the kernels; None if none were asked for."""
        return StoredTexts(self._work, TITLES, self._chunks).column(rows) if self._work.has(TITLES) else None

    def ranks(self, rows: NDArray[np.int64], *, descending: bool) -> NDArray[np.int64]:
        """Give numbers in the order of the priorities of some documents, whose positions ascend."""
        priorities = self._said("priorities", rows)
        rank = {value: number for number, value in enumerate(sorted(set(priorities)))}
        ranks = np.fromiter(map(rank.__getitem__, priorities), np.int64, len(priorities))
        return -ranks if descending else ranks

    def groups(self) -> NDArray[np.int64]:
        """Give a number of the group of every document; where the field holds null, one of its own."""
        numbers: dict[Any, int] = {}
        found = np.empty(len(self), np.int64)
        for row, value in enumerate(self._said("groups", np.arange(len(self)))):
            found[row] = -1 - row if value is None else numbers.setdefault(value, len(numbers))
        return found

    def before(self, source: int) -> int:
        """Count the documents of the sources before one."""
        return int(self._begins[source])

    def check_priorities(self) -> None:
        """Raise InputError if strings and numbers are among the priorities; names one of each."""
        kinds: dict[bool, tuple[int, Any]] = {}
        begin = 0
        for number, end in enumerate(self.ends.tolist()):
            values = self._field("priorities", number)
            # There is none in an index, where nothing is judged by it.
            is_string = [None if value is None else type(value) is str for value in values]
            for kind in {kind for kind in is_string if kind is not None} - kinds.keys():
                row = is_string.index(kind)
                kinds[kind] = begin + row, values[row]
            if len(kinds) > 1:
                (first, value), (row, other) = sorted(kinds.values())
                (file, line), (other_file, other_line) = self.places(np.array([first, row]))
                message = (
                    f"the priority is {other!r}, and {value!r} at {file}:{line}; "
                    "strings and numbers have no order among each other"
                )
                raise InputError(message, file=other_file, line=other_line, parameter="priority_field")
            begin = end

    def check_ids(self, first: int) -> None:
        """Raise InputError if two documents from some position on have one id; names both."""
        if self._ids is None or first == len(self):
            return
        parts = [self._work.read(READ, number, "id_hashes")["id_hashes"] for number in range(self._chunks)]
        hashes = np.concatenate(parts)[first:]
        order = np.argsort(hashes, kind="stable")
        is_shared = np.concatenate([[False], np.diff(hashes[order]) == 0])
        rows = first + order[is_shared | np.append(is_shared[1:], False)]
        seen: dict[str, int] = {}
        for row, id_ in zip(rows.tolist(), map(str, self.ids(rows)), strict=True):
            earlier = seen.setdefault(id_, row)
            if earlier != row:
                (file, line), (other, other_line) = self.places(np.array([earlier, row]))
                message = f'the id {id_!r} is that of {file}:{line} too; no two may be equal, as 7 and "7" are'
                raise InputError(message, file=other, line=other_line, parameter="id_field")

    def stored_again(self, source: int) -> NDArray[np.int64]:
        """Give the documents of an index that are documents of later sources too, by id and text.

        Parameters
        ----------
        source
            The index.

        Raises
        ------
        InputError
            If an id of the index has another text in a later source; names that one.
        """
        begin, end = self.before(source), self.before(source + 1)
        hashes = np.concatenate([self._work.read(READ, i, "id_hashes")["id_hashes"] for i in range(self._chunks)])
        order = end + np.argsort(hashes[end:], kind="stable")
        places = hashes[order].searchsorted(hashes[begin:end])
        is_there = places < len(order)
        is_there[is_there] = hashes[order][places[is_there]] == hashes[begin:end][is_there]
        stored, later = begin + np.flatnonzero(is_there), order[places[is_there]]
        texts = StoredTexts(self._work, TEXTS, self._chunks)
        for start in range(0, len(stored), _COMPARED_AT_ONCE):
            some = [rows[start : start + _COMPARED_AT_ONCE] for rows in (stored, later)]
            (ids, held), (_, given) = ((self.ids(rows), texts.column(rows).take(np.arange(len(rows)))) for rows in some)
            for row, id_, one, other in zip(some[1], ids, held, given, strict=True):
                if one != other:
                    [(file, line)] = self.places(np.array([row]))
                    message = f"the id {id_!r} is stored in the index with another text; give another id, or remove it "
                    raise InputError(message + "from the index first", file=file, line=line, parameter="id_field")
            texts.let_go()
        texts.close()
        return stored

    def order(
        self,
        rows: NDArray[np.int64],
        chars: NDArray[np.int64],
        body: NDArray[np.int64],
        keep: Keep,
        ranks: NDArray[np.int64],
    ) -> NDArray[np.int64]:
        """Order documents as `neardup.survivors.total_order` does, by ids that are read only where they decide.

        Returns
        -------
        int64 array
            Positions in `rows`.
        """
        if keep == "first":
            return np.argsort(ranks, kind="stable")
        return by_length(ranks, chars, body, lambda chosen: list(map(id_order, self.ids(rows[chosen]))))

    def _said(self, name: str, rows: NDArray[np.int64]) -> list[Any]:
        """Give the values of a field that was asked for, of some documents, whose positions ascend."""
        found: list[Any] = []
        begin = 0
        for number, end in enumerate(self.ends.tolist()):
            first, last = rows.searchsorted([begin, end])
            if first < last:
                said = self._field(name, number)
                within = (rows[first:last] - begin).tolist()
                found += map(said.__getitem__, within) if said else [0] * len(within)
            begin = end
        return found

    def _field(self, name: str, chunk: int) -> list[Any]:
        return self._work.read_said(READ, chunk)[name]  # type: ignore[no-any-return]
