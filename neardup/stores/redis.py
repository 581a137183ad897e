"""The store on a Redis or Valkey server, for crawlers on many machines.

What is done in one step is done by a script on the server, ``redis.lua``; it knows documents as numbers, bytes and
keys. All keys on the server begin with the prefix of the address in braces, and no other key is ever touched.
"""

from __future__ import annotations

import secrets
import struct
from contextlib import AbstractContextManager, contextmanager, nullcontext
from copy import copy
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from neardup.errors import InputError, MismatchError, OutputError
from neardup.stores.connection import DAMAGED, Connection
from neardup.stores.packed import NUMBER_BITS
from neardup.stores.protocol import Entries, Found, Inserted, Record, Removal, Stats, with_room
from neardup.stores.servers import check_server

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from neardup.stores.addresses import Address
    from neardup.stores.database import Durability

LAYOUT = "1"
"""Of what is on the server; another one is refused."""

_HEAD = struct.Struct(">dII")
_STATE, _NEXT, _OLD = "state", "next", "old"
_SETTING = "setting:"
_BASE_BUCKETS, _BLOCK = 4096, 64
"""As in the script."""
_UNKNOWN = -1
_SAMPLE = 256
_SWEPT_AT_ONCE, _CLEARED_AT_ONCE = 256, 1000


class _Document(NamedTuple):
    """A document as the server gave it; without a payload if it was not asked for."""

    record: Record
    payload: bytes | None


class RedisStore:
    """Documents on a server; see `neardup.stores.protocol.Store`.

    Parameters
    ----------
    address
        The server, and the prefix of keys.
    settings
        What a new index is made with; None: it must be there.
    readonly
        Whether nothing may be written.
    durability
        ``"full"``: refuse a server that does not write to its disk before it answers.
    timeout_s
        How long to try again while the server cannot be reached.

    Raises
    ------
    InputError
        If there is no server, or no index and none is to be made; it is a cluster; or it refuses this user.
    MismatchError
        If another version of this library made the index, which has another layout.
    OutputError
        If it is not as durable as it is to be.
    """

    at_once = 128
    """The server does nothing else while it stores documents: some 30 ms for so many."""

    def __init__(
        self,
        address: Address,
        settings: Mapping[str, str] | None,
        *,
        bucket_size: int,
        readonly: bool = False,
        durability: Durability = "normal",
        timeout_s: float = 30.0,
    ) -> None:
        self.bucket_size = bucket_size
        self._address, self._readonly = address, readonly
        self._ahead: dict[int, _Document] = {}
        self._key = _key(address, _STATE)
        self._connection = Connection(address, timeout_s)
        try:
            check_server(self._connection, durability)
            self._made, self._settings = self._opened(None if readonly else settings)
        except BaseException:
            self.close()
            raise

    @property
    def breaks(self) -> int:
        """See `Store`."""
        return self._connection.times - 1

    # What there is

    def _opened(self, settings: Mapping[str, str] | None) -> tuple[str, dict[str, str]]:
        """Give what names the index, and its settings; it is made if there is none and settings are given."""
        found = self._read(self._key)
        if not found and settings is not None:
            self._make(self._key, settings, "0:")
            found = self._read(self._key)  # somebody else may have been quicker
        if not found:
            message = f"there is no index with the prefix {self._address.prefix!r}; add documents first"
            raise InputError(message, file=self._address.name)
        if not {"layout", "made"} <= found.keys():
            raise InputError(DAMAGED, file=self._address.name)
        if found["layout"] != LAYOUT:
            message = f"was made with layout {found['layout']}, not {LAYOUT}; open it with the version that made it"
            raise MismatchError(message, file=self._address.name)
        named = {name.removeprefix(_SETTING): found[name] for name in found if name.startswith(_SETTING)}
        return found["made"], named

    def _read(self, key: str) -> dict[str, str]:
        answer = self._connection.command("HGETALL", key)
        try:
            fields = [each.decode() for each in answer]
        except UnicodeDecodeError as error:
            raise InputError(DAMAGED, file=self._address.name) from error
        return dict(zip(fields[::2], fields[1::2], strict=True))

    def _make(self, key: str, settings: Mapping[str, str], space: str) -> str:
        """Make an empty index under a key where there is none."""
        made = secrets.token_hex(8)
        numbers = {"version": 0, "floor": 0, "fields": 0, "documents": 0, "payload_bytes": 0, "sweep": -1}
        fields: dict[str, str | int] = {"made": made, "space": space, "layout": LAYOUT, "buckets": _BASE_BUCKETS}
        fields |= numbers | {_SETTING + name: value for name, value in settings.items()}
        given = [each for pair in fields.items() for each in pair]
        make = "if redis.call('EXISTS', KEYS[1]) == 0 then redis.call('HSET', KEYS[1], unpack(ARGV)) end"
        self._connection.command("EVAL", make, 1, key, *given)
        return made

    def _call(self, action: str, *given: bytes | str | float) -> Any:  # noqa: ANN401
        return self._connection.call(self._key, action, self._made, *given)

    def settings(self) -> dict[str, str]:
        """See `Store`."""
        return dict(self._settings)

    def snapshot(self) -> AbstractContextManager[None]:
        """See `Store`."""
        return nullcontext()

    def version(self) -> int:
        """See `Store`."""
        return int(self._call("state")[0])

    def __len__(self) -> int:
        """See `Store`."""
        return int(self._call("state")[1])

    def stats(self) -> Stats:
        """See `Store`; the size is measured on some of the keys."""
        version, documents, payload_bytes, buckets, _, floor, space = self._call("state")
        size = self._sizes([self._key])
        for kind, numbers in (
            ("k", range(buckets)),
            ("d", range(floor // _BLOCK, version // _BLOCK + 1)),
        ):
            chosen = numbers[:: max(1, len(numbers) // _SAMPLE)]
            taken = self._sizes([f"{_key(self._address, space.decode())}{kind}{number}" for number in chosen])
            size += taken * len(numbers) // max(1, len(chosen))
        return Stats(documents, payload_bytes, size)

    def _sizes(self, keys: list[str]) -> int:
        return sum(each or 0 for each in self._connection.commands([("MEMORY USAGE", key) for key in keys]))

    # Finding

    def guess(self, keys: NDArray[np.uint64]) -> Found:
        """See `Store`: that nothing is found costs no question, and is right for most documents."""
        return Found.nothing(_UNKNOWN, keys)

    def find(self, keys: NDArray[np.uint64]) -> Found:
        """See `Store`."""
        return self._found(keys, self._call("find", _packed(keys)))

    def _found(self, keys: NDArray[np.uint64], answer: list[Any]) -> Found:
        """Read what keys find, and keep the documents that came with it."""
        _, version, counts, numbers, *ahead = answer
        came = zip(ahead[::3], ahead[1::3], ahead[2::3], strict=True)
        self._ahead = {number: self._document(value, bool(is_whole)) for number, is_whole, value in came}
        sizes = np.frombuffer(counts, ">u4").astype(np.int64)
        return Found(version, keys, np.arange(len(keys)).repeat(sizes), np.frombuffer(numbers, ">u4").astype(np.int64))

    def _document(self, value: bytes, is_whole: bool) -> _Document:
        try:
            added, left_out, length = _HEAD.unpack_from(value)
        except struct.error as error:
            raise InputError(DAMAGED, file=self._address.name) from error
        stop = _HEAD.size + length
        return _Document(Record(value[_HEAD.size : stop], added, left_out), value[stop:] if is_whole else None)

    def records(self, numbers: NDArray[np.int64]) -> dict[int, Record]:
        """See `Store`."""
        return {number: each.record for number, each in self._documents(numbers, is_whole=False).items()}

    def payloads(self, numbers: NDArray[np.int64]) -> dict[int, bytes]:
        """See `Store`."""
        found = self._documents(numbers, is_whole=True)
        return {number: each.payload for number, each in found.items() if each.payload is not None}

    def _documents(self, numbers: NDArray[np.int64], *, is_whole: bool) -> dict[int, _Document]:
        """Give documents, those that did not come already when they were found from the server."""
        listed = numbers.tolist()
        there = {n: each for n in listed if (each := self._ahead.get(n)) and not (is_whole and each.payload is None)}
        if missing := [number for number in listed if number not in there]:
            values = self._call("get", np.array(missing, ">u4").tobytes(), int(is_whole))
            there |= {
                n: self._document(value, is_whole)
                for n, value in zip(missing, values, strict=True)
                if value is not None
            }
        return there

    def numbers(self, *, after: int = -1, limit: int = 1000, before: float | None = None) -> list[int]:
        """See `Store`."""
        found: list[int] = []
        while True:
            after, some = self._call("numbers", after, limit - len(found), "" if before is None else repr(before))
            found += np.frombuffer(some, ">u4").tolist()
            if after < 0:
                return found

    # Writing

    def check_insert(self, entries: Entries, found: Found, gone: Removal | None = None) -> Found | Inserted:
        """See `Store`."""
        self._check_writable()
        stays = found
        if gone is not None:
            is_kept = ~np.isin(found.numbers, gone.numbers)
            stays = Found(found.version, found.asked, found.keys[is_kept], found.numbers[is_kept])
        has_room, left_out = with_room(entries, stays, self.bucket_size)
        given: list[bytes | str | int] = [found.version, _packed(found.asked), *_expected(found), *_removal(gone)]
        for i in range(len(entries)):
            own = slice(entries.offsets[i], entries.offsets[i + 1])
            head = _HEAD.pack(entries.added[i], left_out[i], len(entries.records[i]))
            keys = np.append(entries.keys[own][has_room[own]], entries.id_keys[i])
            given += [_packed(keys), head + entries.records[i] + entries.payloads[i]]
        answer = self._call("insert", *given)
        if not answer[0]:
            return self._found(found.asked, answer)
        self._ahead = {}
        return Inserted(list(range(answer[1], answer[1] + len(entries))), int(left_out.sum()))

    def remove(self, removal: Removal) -> int:
        """See `Store`."""
        self._check_writable()
        self._ahead = {}
        return int(self._call("remove", secrets.token_hex(8), *_removal(removal)))

    def drop_oldest(self, before: float) -> Iterator[int]:
        """See `Store`: whole blocks of documents go at once, then what their keys have left."""
        self._check_writable()
        self._ahead = {}
        is_more = True
        while is_more:
            dropped, is_more = self._call("drop", secrets.token_hex(8), repr(before))
            yield dropped
        while self._call("sweep", _SWEPT_AT_ONCE):
            yield 0

    def _check_writable(self) -> None:
        if self._readonly:
            raise OutputError("was opened for reading only; open it without that", file=self._address.name)

    @contextmanager
    def successor(self, settings: Mapping[str, str], *, bucket_size: int) -> Iterator[RedisStore]:
        """Give a new store that takes the place of this one when all inside is done.

        Raises
        ------
        OutputError
            If this one was written meanwhile.
        """
        version = self.version()
        next_key = _key(self._address, _NEXT)
        self._clear_unfinished()
        new = copy(self)
        new._key, new._ahead, new.bucket_size, new._settings = next_key, {}, bucket_size, dict(settings)
        new._made = self._make(next_key, settings, f"{secrets.token_hex(4)}:")
        try:
            yield new
            if not self._replaced(version, new):
                message = "was written meanwhile; end what writes it, and try again"
                raise OutputError(message, file=self._address.name)
        finally:
            self._clear_unfinished(new._made)

    def _replaced(self, version: int, new: RedisStore) -> bool:
        """Let another one take the place of this one, unless this one was written since a version."""
        try:
            return bool(self._call("replace", version, new._key, new._made, _key(self._address, _OLD)))
        except OutputError:
            if self._read(self._key).get("made") == new._made:  # the answer was lost, and it was asked again
                return True
            raise

    def _clear_unfinished(self, made: str | None = None) -> None:
        """Remove what others, or the one that is named, have left of making an index again.

        It is moved to where no index is ever used before its keys are removed, so that what another process begins at
        the same time loses none.
        """
        next_key, old_key = (_key(self._address, name) for name in (_NEXT, _OLD))
        self._clear(old_key)
        move = (
            "local made = redis.call('HGET', KEYS[1], 'made') "
            "if made and (ARGV[1] == '' or ARGV[1] == made) then redis.call('RENAME', KEYS[1], KEYS[2]) end"
        )
        self._connection.command("EVAL", move, 2, next_key, old_key, made or "")
        self._clear(old_key)

    def _clear(self, key: str) -> None:
        """Remove an index that is not the one in use; nothing if there is none."""
        found = self._read(key)
        if not found:
            return
        try:
            prefix, buckets, version = _key(self._address, found["space"]), int(found["buckets"]), int(found["version"])
        except (KeyError, ValueError) as error:
            raise InputError(DAMAGED, file=self._address.name) from error
        for kind, numbers in (("k", range(buckets)), ("d", range(version // _BLOCK + 1))):
            for start in range(0, len(numbers), _CLEARED_AT_ONCE):
                keys = [f"{prefix}{kind}{number}" for number in numbers[start : start + _CLEARED_AT_ONCE]]
                self._connection.command("UNLINK", *keys)
        self._connection.command("UNLINK", key)

    # Damage

    def faults(self) -> Iterator[str]:
        """See `Store`."""
        version, documents, _, buckets, fields, *_ = self._call("state")
        counted = 0
        for first in range(0, buckets, _SWEPT_AT_ONCE):
            count, *faults = self._call("inspect", first, min(_SWEPT_AT_ONCE, buckets - first))
            counted += count
            yield from (fault.decode() for fault in faults)
        there = sum(len(some) for some in self._all_numbers())
        if self.version() != version:  # what is counted while others write says nothing
            return
        if counted != fields:
            yield f"there are {counted} fields of keys, and the index says {fields}"
        if there != documents:
            yield f"there are {there} documents, and the index says {documents}"

    def _all_numbers(self) -> Iterator[list[int]]:
        last = -1
        while some := self.numbers(after=last):
            yield some
            last = some[-1]

    def close(self) -> None:
        """See `Store`."""
        self._connection.close()


def _key(address: Address, name: str) -> str:
    return f"{{{address.prefix}}}:{name}"


def _packed(keys: NDArray[np.uint64]) -> bytes:
    """Give the first 36 bits of each key in 5 bytes."""
    wide = (keys >> np.uint64(NUMBER_BITS)).astype(">u8").view(np.uint8).reshape(-1, 8)
    return wide[:, 3:].tobytes()


def _expected(found: Found) -> tuple[bytes, bytes]:
    """Write what keys are expected to find: how many documents each, and which."""
    if not len(found.keys):
        return b"", b""
    counts = np.bincount(found.keys, minlength=len(found.asked))
    return counts.astype(">u4").tobytes(), found.numbers.astype(">u4").tobytes()


def _removal(gone: Removal | None) -> tuple[bytes, bytes, bytes]:
    """Write what is removed: numbers, how many keys each has, keys."""
    if gone is None:
        return b"", b"", b""
    counts = gone.offsets[1:] - gone.offsets[:-1]
    return gone.numbers.astype(">u4").tobytes(), counts.astype(">u4").tobytes(), _packed(gone.keys)
