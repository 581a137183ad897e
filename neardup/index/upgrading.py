"""An index made again from the texts that it keeps, under the definitions of this version or another config."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING

import numpy as np

from neardup.config import Config
from neardup.errors import MismatchError
from neardup.index.batches import Batch, ascending, id_keys
from neardup.index.settings import written_settings
from neardup.index.stored import Stored
from neardup.io.atomic import temporary_path
from neardup.io.sources import path_id
from neardup.stores.sqlite import SqliteStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

AT_ONCE = 1000


def upgrade(
    path: Path, config: Config | None, timeout_s: float, progress: Callable[[str, int, int], object] | None
) -> int:
    """Make an index again; see `neardup.Index.upgrade`."""
    old = SqliteStore(path, None, bucket_size=1, timeout_s=timeout_s)
    temporary = temporary_path(path, secrets.token_hex(8))
    try:
        config = _kept_config(old.settings()["config"], path_id(path)) if config is None else config
        with old.replaced_by(temporary):
            done = _fill(Stored(old, config, path_id(path)), temporary, config, progress)
    finally:
        old.close()
        for each in (temporary, *(temporary.with_name(temporary.name + suffix) for suffix in ("-wal", "-shm"))):
            each.unlink(missing_ok=True)
    return done


def _kept_config(written: str, name: str) -> Config:
    try:
        return Config.from_dict(json.loads(written))
    except (TypeError, ValueError) as error:
        raise MismatchError(
            f"was made with a config that this version has not ({error}); give another one",
            file=name,
            parameter="config",
        ) from error


def _fill(old: Stored, path: Path, config: Config, progress: Callable[[str, int, int], object] | None) -> int:
    """Store all documents of an index in a new one, in their order: none of them is dropped."""
    new = SqliteStore(path, written_settings(config), bucket_size=config.max_bucket_size, durability="full")
    try:
        size, done, last = len(old.store), 0, -1
        while numbers := old.store.numbers(after=last, limit=AT_ONCE):
            documents = old.documents(numbers)
            ids, texts, titles, data, added = zip(*documents, strict=True)
            batch = Batch.of(ids, texts, titles, data, config, None)
            entries = batch.entries(np.arange(len(batch)), id_keys(ids), added)
            new.check_insert(entries, new.find(ascending(batch.keys.keys, entries.id_keys)))
            last, done = numbers[-1], done + len(documents)
            if progress is not None:
                progress("upgrading", done, size)
    finally:
        new.close()
    return done
