"""Addresses of indexes on a server, as URLs."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

if TYPE_CHECKING:
    from os import PathLike
    from urllib.parse import SplitResult

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
_DATABASE = re.compile(r"(?:/(?P<number>[0-9]{0,9}+))?+")
_WHOLE = re.compile(r"[0-9]{1,9}+")
_SECONDS = re.compile(r"[0-9]{1,6}+(?:\.[0-9]{1,9}+)?+")
_VALUES = {
    "db": _WHOLE,
    "health_check_interval": _WHOLE,
    "socket_connect_timeout": _SECONDS,
    "socket_timeout": _SECONDS,
    "ssl_cert_reqs": re.compile("none|optional|required"),
}


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

    url: str = field(repr=False)
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
        parts = _split(url)
        given = _pairs(parts.query)
        prefix = dict(given).get("prefix", DEFAULT_PREFIX)
        options = [(name, value) for name, value in given if name != "prefix"]
        if not _PREFIX.fullmatch(prefix):
            raise ValueError(f"the prefix of keys must be up to 200 characters, no spaces and braces, not {prefix!r}")
        _check_options(dict(options), parts)
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


def _split(url: str) -> SplitResult:
    """Take an address apart. No message shows it: where the password ends is not known if there is a fault."""
    try:
        url.encode()
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        message = f"an address is {'|'.join(SCHEMES)}://USER:PASSWORD@HOST:PORT/DB?prefix=NAME; {_ESCAPES}"
        raise ValueError(message) from None
    if parts.scheme not in SCHEMES:
        raise ValueError(f"an address begins with {', '.join(SCHEMES)} and ://, not with {parts.scheme!r}")
    if parts.fragment or "@" in parts.path + parts.query:
        raise ValueError(f"an address has no # and only one @; {_ESCAPES}")
    if parts.scheme == "unix":
        if parts.netloc.rpartition("@")[2] or parts.path in ("", "/"):
            raise ValueError("the address of a socket is unix:///PATH/OF/THE/SOCKET?db=0&prefix=NAME")
    elif not _DATABASE.fullmatch(unquote(parts.path)):
        raise ValueError(f"behind the host and / stands the number of a database alone; {_ESCAPES}")
    return parts


_ESCAPES = "in names and passwords / is written %2F, ? %3F, # %23, & %26, @ %40 and % %25"


def _pairs(query: str) -> list[tuple[str, str]]:
    try:
        given = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))
    except ValueError:
        raise ValueError(f"behind ? stand NAME=VALUE and more of these behind &; {_ESCAPES}") from None
    names = [name for name, _ in given]
    if set(names) - {"prefix", *OPTIONS}:
        raise ValueError(f"an address has no other options than prefix, {', '.join(OPTIONS)}; {_ESCAPES}")
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"an address gives {twice[0]!r} once")
    return given


def _check_options(options: dict[str, str], parts: SplitResult) -> None:
    for name, value in options.items():
        if name in _VALUES and not _VALUES[name].fullmatch(value):
            raise ValueError(f"the option {name} of an address cannot be {value!r}")
        if name.startswith("ssl_") and SCHEMES[parts.scheme] != "rediss":
            raise ValueError(f"the option {name} of an address has no effect without TLS; begin it with rediss://")
    if "db" in options and parts.scheme != "unix" and parts.path not in ("", "/"):
        raise ValueError("an address gives the number of a database once, as /DB or as db=DB")


def is_address(path: str | PathLike[str]) -> bool:
    """Tell whether the name of an index is an address of a server rather than a file.

    Examples
    --------
    >>> is_address("redis://localhost/0"), is_address("redis.db"), is_address("news/redis:db")
    (True, False, False)
    """
    return isinstance(path, str) and "://" in path and path.partition("://")[0].lower() in SCHEMES
