"""Whether a server is fit to keep an index."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from neardup.errors import InputError, OutputError

if TYPE_CHECKING:
    from neardup.stores.connection import Connection
    from neardup.stores.database import Durability

_logger = logging.getLogger("neardup")


def check_server(connection: Connection, durability: Durability) -> None:
    """Refuse a server that cannot keep an index, and warn of one that may lose parts of it.

    Raises
    ------
    InputError
        If it is a cluster.
    OutputError
        If it is not as durable as it is to be.
    """
    found = _info(connection, "server") | _info(connection, "memory") | _info(connection, "cluster")
    if found.get("redis_mode") == "cluster" or found.get("cluster_enabled") == "1":
        message = "is a cluster, of which an index would take one node alone; give the address of a single server"
        raise InputError(message, file=connection.name)
    policy = found.get("maxmemory_policy", "noeviction")
    if policy != "noeviction":
        _logger.warning(
            "%s: the server drops keys when its memory is full (maxmemory-policy %s), which would damage the index; "
            "set it to noeviction",
            connection.name,
            policy,
        )
    if durability == "full":
        _check_durable(connection)


def _info(connection: Connection, section: str) -> dict[str, str]:
    lines = bytes(connection.command("INFO", section)).decode("utf-8", "replace").splitlines()
    pairs = (line.partition(":") for line in lines if not line.startswith("#"))
    return {name: value for name, _, value in pairs}


def _check_durable(connection: Connection) -> None:
    found: dict[bytes, bytes] = {}
    for name in ("appendonly", "appendfsync"):
        answer = connection.command("CONFIG GET", name)
        found |= dict(zip(answer[::2], answer[1::2], strict=True))
    if found != {b"appendonly": b"yes", b"appendfsync": b"always"}:
        said = ", ".join(f"{name.decode()} {value.decode()}" for name, value in sorted(found.items()))
        message = (
            f"the server would lose documents with the power ({said}); set appendonly yes and appendfsync always, "
            'or open it with durability="normal"'
        )
        raise OutputError(message, file=connection.name, parameter="durability")
