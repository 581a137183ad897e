"""neardup's online index on a Redis server, which keeps the texts.

The server is one of its own, on this machine, that writes nothing to the disk, as that of the peer with Redis.
"""

from __future__ import annotations

from typing import Any

import neardup
from benchmarks.peers.neardup import online_by
from benchmarks.peers.servers import memory, redis_server, version

TITLE = "neardup, Redis"
REQUIREMENTS = ()
VERSION = f"{neardup.__version__} ({version()})"


def online(texts: list[str], stored: int) -> dict[str, Any]:
    """Add documents one by one to an index on a server, and ask about others."""
    with redis_server() as (client, port), neardup.Index.open(f"redis://127.0.0.1:{port}/0") as index:
        return online_by(index, texts, stored, lambda: memory(client)[0])
