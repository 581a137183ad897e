"""What is known of the documents of a job beside their texts: ids, places, priorities, groups, titles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from neardup.errors import InputError
from neardup.inputs import text_column
from neardup.jobs.sketching import READ

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from neardup._typing import Column, Id
    from neardup.io.sources import Source
    from neardup.jobs.workspace import Workspace
    from neardup.survivors import Keep


@dataclass(frozen=True, slots=True)
class JobDocuments:
    """The documents that a job has read, by their positions over all inputs.

    Attributes
    ----------
    work
        Where they are.
    sources
        The inputs, in order.
    """

    work: Workspace
    sources: Sequence[Source]

    def said(self, name: str, rows: NDArray[np.int64]) -> list[Any] | None:
        """Give what the field that was asked for holds, of some documents; None if none was asked for.

        Parameters
        ----------
        name
            ``"ids"``, ``"titles"``, ``"priorities"`` or ``"groups"``.
        rows
            Positions, ascending.
        """
        found: list[Any] = []
        for within, said, _, _ in self._chunks(rows):
            if name not in said:
                return None
            found += map(said[name].__getitem__, within.tolist())
        return found

    def ids(self, rows: NDArray[np.int64]) -> list[Id]:
        """Give the ids of some documents, which are in ascending order: those of the id field, or ``file:line``."""
        return [id_ for chunk in self._chunks(rows) for id_ in self._ids(*chunk)]

    def places(self, rows: NDArray[np.int64]) -> list[tuple[str, int | None]]:
        """Give the file and the line of some documents, which are in ascending order; text files have no lines."""
        return [
            (self.sources[source].id, number or None)
            for within, _, sources, numbers in self._chunks(rows)
            for source, number in zip(sources[within].tolist(), numbers[within].tolist(), strict=True)
        ]

    def titles(self, rows: NDArray[np.int64]) -> Column | None:
        """Give the titles of some documents to the kernels."""
        titles = self.said("titles", rows)
        return None if titles is None else text_column(titles)

    def ranks(self, rows: NDArray[np.int64], *, descending: bool) -> NDArray[np.int64]:
        """Give numbers in the order of the priorities of some documents.

        Raises
        ------
        InputError
            If they cannot be compared; names two.
        """
        priorities = self.said("priorities", rows)
        if priorities is None:
            return np.zeros(len(rows), np.int64)
        try:
            ordered = sorted(set(priorities))
        except TypeError as error:
            message = f"the priorities must be values of one kind that can be ordered ({error})"
            raise InputError(message, parameter="priority_field") from error
        rank = {value: number for number, value in enumerate(ordered)}
        ranks = np.array([rank[value] for value in priorities], np.int64)
        return -ranks if descending else ranks

    def order(
        self, rows: NDArray[np.int64], chars: NDArray[np.int64], body: NDArray[np.int64], keep: Keep, ranks: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """Order documents as `neardup.survivors.total_order` does, with numbers and ids in columns.

        Returns
        -------
        int64 array
            Positions in `rows`.
        """
        import pyarrow as pa

        if keep == "first":
            return np.argsort(ranks, kind="stable")
        columns = {"rank": ranks, "body": -body, "chars": chars, **self._id_columns(rows)}
        table = pa.table(columns)
        order = pa.compute.sort_indices(table, sort_keys=[(name, "ascending") for name in columns])
        return np.asarray(order).astype(np.int64)

    def _id_columns(self, rows: NDArray[np.int64]) -> dict[str, pa.ChunkedArray]:
        """Give columns by which ids are sorted: integers by their value, before strings."""
        import pyarrow as pa

        parts = []
        for chunk in self._chunks(rows):
            ids = self._ids(*chunk)
            is_string = [isinstance(id_, str) for id_ in ids]
            numbers = [0 if string else id_ for id_, string in zip(ids, is_string, strict=True)]
            strings = [id_ if string else "" for id_, string in zip(ids, is_string, strict=True)]
            parts.append(
                {"is_string": is_string, "number": pa.array(numbers, pa.int64()), "string": pa.array(strings, pa.large_string())}
            )
        return {name: pa.chunked_array([part[name] for part in parts]) for name in (parts[0] if parts else ())}

    def _ids(
        self, within: NDArray[np.int64], said: dict[str, Any], sources: NDArray[np.int32], numbers: NDArray[np.int64]
    ) -> list[Id]:
        if "ids" in said:
            return [said["ids"][row] for row in within.tolist()]
        places = zip(sources[within].tolist(), numbers[within].tolist(), strict=True)
        names = ((self.sources[source].id, number) for source, number in places)
        return [f"{name}:{number}" if number else name for name, number in names]

    def _chunks(
        self, rows: NDArray[np.int64]
    ) -> Iterator[tuple[NDArray[np.int64], dict[str, Any], NDArray[np.int32], NDArray[np.int64]]]:
        """Give for each chunk that has some of the documents which they are there, and what is known of all of it."""
        begin = 0
        for number in range(self.work.count(READ)):
            found = self.work.read(READ, number)
            stop = begin + len(found["numbers"])
            first, last = rows.searchsorted([begin, stop])
            if first < last:
                said = msgspec.json.decode(found["said"].tobytes())
                yield rows[first:last] - begin, said, found["sources"], found["numbers"]
            begin = stop
