"""Addresses of indexes on a server, as URLs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit

if TYPE_CHECKING:
    from os import PathLike

SCHEMES = {"redis": "redis", "rediss": "rediss", "unix": "unix", "valkey": "redis", "valkeys": "rediss"}
"""Schemes of addresses, and what the client library calls each."""

OPTIONS = (
    "client_name",
    "db",
    "health_check_interval",
    "password",
    "socket_connect_timeout",
    "socket_keepalive",
    "socket_timeout",
    "ssl_ca_certs",
    "ssl_ca_path",
    "ssl_cert_reqs",
    "ssl_certfile",
    "ssl_check_hostname",
    "ssl_keyfile",
    "username",
)
"""What an address may say beside the prefix; as the client library documents it."""

DEFAULT_PREFIX = "neardup"

_PREFIX = re.compile(r"(?P<prefix>[^{}\s\x00-\x1f]{1,200}+)")


@dataclass(frozen=True)
class Address:
    """Where an index is on a server.

    Attributes
    ----------
    url
        The server, as the client library reads it.
    prefix
        All keys begin with it, in braces.
    name
        The address without its password.
    """

    url: str
    prefix: str
    name: str

    @classmethod
    def of(cls, url: str) -> Address:
        """Read an address.

        Raises
        ------
        ValueError
            If it is none; names what is wrong.

        Examples
        --------
        >>> address = Address.of("rediss://crawler:secret@cache.example:6380/2?prefix=news&socket_timeout=5")
        >>> address.prefix, address.name
        ('news', 'rediss://crawler:***@cache.example:6380/2?prefix=news')
        """
        parts = urlsplit(url)
        given = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
        prefix = dict(given).get("prefix", DEFAULT_PREFIX)
        options = [(name, value) for name, value in given if name != "prefix"]
        if parts.scheme not in SCHEMES:
            raise ValueError(f"an address begins with {', '.join(SCHEMES)} and ://, not with {parts.scheme!r}")
        if not _PREFIX.fullmatch(prefix):
            raise ValueError(f"the prefix of keys must be up to 200 characters, no spaces and braces, not {prefix!r}")
        if unknown := sorted({name for name, _ in options} - set(OPTIONS)):
            raise ValueError(f"an address has no option {unknown[0]!r}, but prefix, {', '.join(OPTIONS)}")
        scheme = SCHEMES[parts.scheme]
        shown = parts.netloc
        if "@" in shown:
            who, _, where = shown.rpartition("@")
            shown = who.partition(":")[0] + (":***" if ":" in who else "") + "@" + where
        return cls(
            f"{scheme}://{parts.netloc}{parts.path}" + ("?" + urlencode(options) if options else ""),
            prefix,
            f"{parts.scheme}://{shown}{parts.path}?{urlencode({'prefix': prefix})}",
        )


def is_address(path: str | PathLike[str]) -> bool:
    """Tell whether the name of an index is an address of a server rather than a file.

    Examples
    --------
    >>> is_address("redis://localhost/0"), is_address("redis.db"), is_address("news/redis:db")
    (True, False, False)
    """
    return isinstance(path, str) and path.partition("://")[0] in SCHEMES and "://" in path
