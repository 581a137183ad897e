"""datasketch with its storage in Redis, as its documentation has it: ``query`` and then ``insert``, a call each.

Sketches are those of `benchmarks.peers.datasketch_tuned`. The server is one of its own, on this machine, that writes
nothing to the disk: it is spared what keeps documents when the power goes, and loses all of them.
"""

from __future__ import annotations

from importlib import metadata
from typing import Any

import datasketch

from benchmarks.peers.datasketch_tuned import ONLINE_PARAMS, online_by
from benchmarks.peers.servers import memory, redis_server, version
from benchmarks.peers.texts import NUM_PERM

TITLE = "datasketch, Redis"
REQUIREMENTS = ("datasketch==2.0.0", "xxhash==4.1.0", "redis==8.1.0")
VERSION = f"{metadata.version('datasketch')} ({version()})"


def online(texts: list[str], stored: int) -> dict[str, Any]:
    """Add documents one by one, and ask about others."""
    with redis_server() as (client, port):
        where = {"type": "redis", "redis": {"host": "127.0.0.1", "port": port}}
        lsh = datasketch.MinHashLSH(num_perm=NUM_PERM, params=ONLINE_PARAMS, storage_config=where)
        return online_by(lsh, texts, stored, lambda: memory(client)[0])
