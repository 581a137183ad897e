"""The documents of a store as the user knows them: by their ids, with their texts."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

import numpy as np

from neardup.boilerplate import without_boilerplate
from neardup.errors import InputError
from neardup.index.batches import Keys, ascending, document_keys, id_keys
from neardup.index.packing import Payload, UnreadableError, id_of, pack_records, unpack_payload
from neardup.inputs import text_column
from neardup.results.exports import counted
from neardup.sketches import Sketches
from neardup.stores.protocol import Removal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from neardup._typing import Id
    from neardup.config import Config
    from neardup.stores.protocol import Found, Store


_KEPT_CHARS, _KEPT_RECORDS = 2_000_000, 8192

T = TypeVar("T")


class StoredDocument(NamedTuple):
    """A document of an index.

    Attributes
    ----------
    id, text, title, data
        As they were given; an empty title is not known.
    added
        When it came: seconds since 1970.
    """

    id: Id
    text: str
    title: str
    data: Any
    added: float


class Kept(Generic[T]):
    """What was read last by the numbers of documents, up to a size of all together."""

    def __init__(self, most: int, size: Callable[[T], int]) -> None:
        self._most, self._size, self._sum, self._breaks = most, size, 0, 0
        self._items: OrderedDict[int, T] = OrderedDict()

    def get(
        self, numbers: Sequence[int], read: Callable[[list[int]], Iterable[tuple[int, T]]], breaks: int
    ) -> dict[int, T]:
        """Give what belongs to some documents; what is not kept is read, without what is gone.

        `breaks`: see `Store`; when it changes, all is forgotten.
        """
        items = self._items
        if breaks != self._breaks:
            items.clear()
            self._sum, self._breaks = 0, breaks
        found = {number: items[number] for number in numbers if number in items}
        for number in found:
            items.move_to_end(number)
        for number, item in read([number for number in numbers if number not in found]):
            found[number] = items[number] = item
            self._sum += self._size(item)
        while self._sum > self._most:
            self.forget(next(iter(items)))
        return found

    def forget(self, number: int) -> None:
        """Forget what belongs to a document."""
        if (gone := self._items.pop(number, None)) is not None:
            self._sum -= self._size(gone)


@dataclass(frozen=True, slots=True)
class Stored:
    """A store, what its documents were decided with, and what it is called.

    The documents that others were compared with last are kept: the first ones of a form that many fill in are asked for
    again and again.
    """

    store: Store
    config: Config
    name: str
    kept_payloads: Kept[Payload] = field(default_factory=lambda: Kept(_KEPT_CHARS, lambda payload: len(payload.text)))
    kept_records: Kept[bytes] = field(default_factory=lambda: Kept(_KEPT_RECORDS, lambda record: 1))

    def records(self, numbers: Sequence[int]) -> dict[int, bytes]:
        """Give the small records of documents by number, without those that are gone."""
        return self.kept_records.get(
            numbers,
            lambda missing: ((n, each.record) for n, each in self.store.records(np.array(missing, np.int64)).items()),
            self.store.breaks,
        )

    def payloads(self, numbers: Sequence[int]) -> dict[int, Payload]:
        """Give documents without their ids, by number, without those that are gone.

        Raises
        ------
        InputError
            If one cannot be read.
        """
        return self.kept_payloads.get(numbers, self._read, self.store.breaks)

    def _read(self, numbers: Sequence[int]) -> Iterator[tuple[int, Payload]]:
        for number, packed in self.store.payloads(np.array(numbers, np.int64)).items():
            try:
                yield number, unpack_payload(packed)
            except UnreadableError as error:
                raise _damaged(number, error, self.name) from error

    def numbers_of(self, ids: Sequence[Id]) -> list[int]:
        """Give the numbers of the documents that have some ids, without those that are not stored."""
        own_ids = id_keys(ids)
        return list(self.numbers_at(ids, own_ids, self.store.find(ascending(own_ids))).values())

    def numbers_at(self, ids: Sequence[Id], own_ids: NDArray[np.uint64], found: Found) -> dict[int, int]:
        """Give the number of the document that has an id, by the position of the id.

        Parameters
        ----------
        ids, own_ids
            The ids and their keys.
        found
            What the keys find, and others may find.
        """
        if not len(found.keys):
            return {}
        places = found.asked.searchsorted(own_ids)
        is_found = np.zeros(len(found.asked), bool)
        is_found[found.keys] = True
        numbers: dict[int, int] = {}
        for row in np.flatnonzero(is_found[places]).tolist():
            listed = found.numbers[found.keys == places[row]]
            for number, each in self.store.records(listed).items():
                if str(id_of(each.record, self.config.num_perm)) == str(ids[row]):
                    numbers[row] = number
        return numbers

    def documents(self, numbers: Sequence[int]) -> list[StoredDocument]:
        """Give documents by their numbers, without those that are gone.

        Raises
        ------
        InputError
            If one cannot be read.
        """
        return [document for _, document in self._numbered(numbers)]

    def _numbered(self, numbers: Sequence[int]) -> Iterator[tuple[int, StoredDocument]]:
        records, payloads = self.store.records(np.array(numbers, np.int64)), dict(self._read(numbers))
        for number in numbers:
            if number in records and number in payloads:
                record = records[number]
                try:
                    id_ = id_of(record.record, self.config.num_perm)
                except UnreadableError as error:
                    raise _damaged(number, error, self.name) from error
                yield number, StoredDocument(id_, *payloads[number], record.added)

    def removal(self, numbers: Sequence[int]) -> Removal:
        """Say what is to be removed with some documents."""
        numbered = dict(self._numbered(numbers))
        _, keys, own_ids = self._sketched(numbered.values())
        rows = np.concatenate([keys.rows, np.arange(len(numbered))])
        order = np.argsort(rows, kind="stable")
        counts = np.bincount(rows, minlength=len(numbered))
        return Removal(
            np.array(list(numbered), np.int64),
            np.concatenate([keys.keys, own_ids])[order],
            np.append(0, np.cumsum(counts)),
        )

    def remove(self, numbers: Sequence[int]) -> int:
        """Remove documents by their numbers, and give how many there were."""
        if not numbers:
            return 0
        for number in numbers:
            self.kept_payloads.forget(number)
            self.kept_records.forget(number)
        return self.store.remove(self.removal(numbers))

    def faults_of(self, numbers: Sequence[int]) -> Iterator[str]:
        """Name what is wrong with documents: their texts, sketches and keys."""
        try:
            numbered = dict(self._numbered(numbers))
        except InputError as error:
            if len(numbers) == 1:
                yield error.message
            else:
                for number in numbers:
                    yield from self.faults_of([number])
            return
        found, keys, own_ids = self._sketched(numbered.values())
        records = self.store.records(np.array(list(numbered), np.int64))
        packed = pack_records(found, [each.id for each in numbered.values()])
        listed = self.store.find(ascending(keys.keys, own_ids))
        for row, (number, document) in enumerate(numbered.items()):
            if records[number].record != packed[row]:
                yield f"{document.id!r}: its sketch is not that of its text"
            own = np.append(keys.keys[keys.rows == row], own_ids[row])
            places = listed.asked.searchsorted(own)
            is_there = np.isin(places, listed.keys[listed.numbers == number])
            missing = len(own) - int(np.count_nonzero(is_there)) - records[number].left_out
            if missing > 0:
                yield f"{document.id!r}: {counted(missing, 'key')} missing"

    def _sketched(self, documents: Iterable[StoredDocument]) -> tuple[Sketches, Keys, NDArray[np.uint64]]:
        """Give the sketches and keys of documents, and the keys of their ids."""
        listed = list(documents)
        own = without_boilerplate(text_column([each.text for each in listed]), self.config.boilerplate, 1)
        found = Sketches.of_own_texts(own, self.config, 1)
        return found, document_keys(found, self.config), id_keys([each.id for each in listed])


def _damaged(number: int, error: UnreadableError, name: str) -> InputError:
    message = f"is damaged: the document number {number} cannot be read ({error}); put a backup in its place"
    return InputError(message, file=name)
