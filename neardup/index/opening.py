"""Which store an index is kept in, by what it is called."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from neardup.io.sources import path_id
from neardup.stores.addresses import Address, is_address
from neardup.stores.faults import check_libraries
from neardup.stores.memory import MemoryStore
from neardup.stores.redis import RedisStore
from neardup.stores.sqlite import SqliteStore

if TYPE_CHECKING:
    from collections.abc import Mapping

    from neardup.stores.database import Durability
    from neardup.stores.protocol import Store

MEMORY = ":memory:"
"""The name of an index that nothing keeps."""


def name_of(path: str | Path) -> str:
    """Give what an index is called in messages: without the password of a server.

    Raises
    ------
    ValueError
        If it is an address of a server with a fault; names that.
    """
    if is_address(path):
        return Address.of(str(path)).name
    return MEMORY if os.fspath(path) == MEMORY else path_id(Path(path))


def opened_store(
    path: str | Path,
    settings: Mapping[str, str] | None,
    *,
    bucket_size: int,
    readonly: bool = False,
    durability: Durability = "normal",
    timeout_s: float = 30.0,
) -> Store:
    """Open the store of an index; see `neardup.Index.open`, and for `settings` the stores.

    Raises
    ------
    NeardupError
        If a library is missing, or as the stores.
    """
    if is_address(path):
        check_libraries("redis", user="an index on a Redis server", extra="redis")
        return RedisStore(
            Address.of(str(path)),
            settings,
            bucket_size=bucket_size,
            readonly=readonly,
            durability=durability,
            timeout_s=timeout_s,
        )
    check_libraries("apsw", "portalocker", user="an index", extra="index")
    if os.fspath(path) == MEMORY:
        return MemoryStore(settings or {}, bucket_size=bucket_size)
    return SqliteStore(
        Path(path), settings, bucket_size=bucket_size, readonly=readonly, durability=durability, timeout_s=timeout_s
    )
