"""An index made again from the texts that it keeps: under other definitions, another config, or in a file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from neardup.config import Config
from neardup.errors import MismatchError, OutputError
from neardup.index.batches import Batch, ascending, id_keys
from neardup.index.opening import MEMORY, name_of, opened_store
from neardup.index.settings import written_settings
from neardup.index.stored import Stored
from neardup.io.sources import path_id
from neardup.stores.redis import RedisStore
from neardup.stores.sqlite import SqliteStore, whole_store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from neardup.stores.protocol import Store


def upgrade(
    path: str | Path, config: Config | None, timeout_s: float, progress: Callable[[str, int, int], object] | None
) -> int:
    """Make an index again; see `neardup.Index.upgrade`."""
    name = name_of(path)
    if name == MEMORY:
        raise ValueError("an index in memory cannot be made again; make a new one")
    old = opened_store(path, None, bucket_size=1, timeout_s=timeout_s)
    try:
        config = _kept_config(old.settings()["config"], name) if config is None else config
        assert isinstance(old, (SqliteStore, RedisStore))
        with old.successor(written_settings(config), bucket_size=config.max_bucket_size) as new:
            return _copy(Stored(old, config, name), new, config, progress)
    finally:
        old.close()


def _kept_config(written: str, name: str) -> Config:
    try:
        return Config.from_dict(json.loads(written))
    except (TypeError, ValueError) as error:
        raise MismatchError(
            f"was made with a config that this version has not ({error}); give another one",
            file=name,
            parameter="config",
        ) from error


def copy_to_file(stored: Stored, path: Path) -> None:
    """Write an index into a new file; see `neardup.Index.backup`."""
    if path.exists():
        raise OutputError("exists already; choose another name", file=path_id(path))
    config = stored.config
    with whole_store(path, stored.store.settings(), bucket_size=config.max_bucket_size) as new:
        _copy(stored, new, config, None)


def _copy(old: Stored, new: Store, config: Config, progress: Callable[[str, int, int], object] | None) -> int:
    """Store all documents of an index in a new one, in their order: none of them is dropped."""
    size, done, last = len(old.store), 0, -1
    while numbers := old.store.numbers(after=last, limit=new.at_once):
        documents = old.documents(numbers)
        last = numbers[-1]
        if not documents:  # removed just now
            continue
        ids, texts, titles, data, added = zip(*documents, strict=True)
        batch = Batch.of(ids, texts, titles, data, config, None)
        entries = batch.entries(np.arange(len(batch)), id_keys(ids), added)
        new.check_insert(entries, new.find(ascending(batch.keys.keys, entries.id_keys)))
        done += len(documents)
        if progress is not None:
            progress("upgrading", done, size)
    return done
