"""Addresses of indexes on servers: what they say, what is refused, and that no password is ever shown."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neardup import Index, InputError
from neardup.index.opening import name_of
from neardup.stores.addresses import SCHEMES, Address, is_address
from tests.servers import free_port

if TYPE_CHECKING:
    from pathlib import Path

PARTS = st.text("秘密Zq7", min_size=4, max_size=6)
PASSWORDS = st.lists(PARTS, min_size=1, max_size=4).flatmap(
    lambda parts: st.lists(st.sampled_from("/?#@:%&=+[] ℀\n;,"), min_size=len(parts) - 1, max_size=len(parts) - 1).map(
        lambda marks: "".join(part + mark for part, mark in zip(parts, [*marks, ""], strict=True))
    )
)
"""Pieces that no message has, joined by what means something in an address."""


def pieces(password: str) -> list[str]:
    return ["".join(part) for part in "".join(c if c in "秘密Zq7" else " " for c in password).split()]


@given(PASSWORDS, st.sampled_from(sorted(SCHEMES)), st.sampled_from(["", "crawler"]))
def test_a_password_is_taken_and_never_shown(password: str, scheme: str, user: str) -> None:
    where = "/tmp/socket" if scheme == "unix" else "cache.example:6380/2"
    url = f"{scheme}://{user}:{quote(password, safe='')}@{where}?prefix=news"
    address = Address.of(url)
    assert unquote(urlsplit(address.url).password or "") == password
    assert address.prefix == "news"
    assert address.name == f"{scheme}://{user}:***@{where}?prefix=news"
    for shown in (address.name, repr(address), str(address), name_of(url)):
        assert not any(piece in unquote(shown) for piece in pieces(password))


@given(PASSWORDS)
def test_a_password_among_the_options_is_not_shown(password: str) -> None:
    address = Address.of(f"redis://localhost?password={quote(password, safe='')}&username=u")
    assert parse_qs(urlsplit(address.url).query)["password"] == [password]
    assert address.name == "redis://localhost?prefix=neardup"
    assert not any(piece in unquote(repr(address)) for piece in pieces(password))


@given(PASSWORDS, st.sampled_from(["redis://u:{}@localhost:1/0", "redis://:{}@localhost", "redis://x/0?password={}"]))
def test_a_password_that_should_be_escaped_is_not_shown_either(password: str, form: str) -> None:
    """Where it ends is not known then: it is refused, or read as it was meant."""
    try:
        shown = Address.of(form.format(password)).name
    except ValueError as error:
        shown = "".join(traceback.format_exception(error)[-1:]) + str(error.__cause__)
        hidden = error.__suppress_context__ or error.__context__ is None
    else:
        hidden = True
    assert hidden
    assert not any(piece in unquote(shown) for piece in pieces(password))


REFUSED = {
    "redis://:a/b@localhost/0": "an address is .* in names and passwords / is written %2F",
    "redis://:1/b@localhost/0": "has no # and only one @; in names and passwords / is written %2F",
    "redis://:1?b@localhost/0": "has no # and only one @",
    "redis://:a#b@localhost/0": "an address is redis|rediss|unix",
    "redis://localhost/0#x": "has no # and only one @",
    "redis://localhost:a/0": r"an address is .*://USER:PASSWORD@HOST:PORT/DB\?prefix=NAME",
    "redis://localhost:99999": "an address is ",
    "redis://[::1": "an address is ",
    "redis://a\ud800": "an address is ",
    "redis://localhost/x": "stands the number of a database alone",
    "redis://localhost/1/2": "stands the number of a database alone",
    "redis://localhost/-1": "stands the number of a database alone",
    "redis://localhost/1?db=2": "once, as /DB or as db=DB",
    "redis://localhost?db=x": "the option db of an address cannot be 'x'",
    "redis://localhost?db=": "the option db of an address cannot be ''",
    "redis://localhost?socket_timeout=nan": "socket_timeout of an address cannot be 'nan'",
    "redis://localhost?socket_timeout=-1": "socket_timeout of an address cannot be '-1'",
    "rediss://localhost?ssl_cert_reqs=maybe": "ssl_cert_reqs of an address cannot be 'maybe'",
    "redis://localhost?ssl_ca_certs=x": "ssl_ca_certs of an address has no effect without TLS; begin it with rediss",
    "redis://localhost?prefix=a&prefix=b": "gives 'prefix' once",
    "redis://localhost?prefix=": "the prefix of keys must be",
    "redis://localhost?prefix=a{b": "the prefix of keys must be",
    "redis://localhost?prefix=a%20b": "the prefix of keys must be",
    "redis://localhost?prefix=a%0Ab": "the prefix of keys must be",
    "redis://localhost?prefix": "behind . stand NAME=VALUE",
    "redis://localhost?decode_responses=1": "has no other options than prefix, client_name",
    "unix://socket": "unix:///PATH/OF/THE/SOCKET",
    "unix:///": "unix:///PATH/OF/THE/SOCKET",
}


@pytest.mark.parametrize("url", REFUSED)
def test_what_is_no_address_is_named(url: str) -> None:
    for read in (Address.of, name_of, Index.open, Index.upgrade):
        with pytest.raises(ValueError, match=REFUSED[url]):
            read(url)


def test_addresses_and_files_are_told_apart(tmp_path: Path) -> None:
    for scheme in SCHEMES:
        assert is_address(f"{scheme}://localhost")
        assert is_address(f"{scheme.upper()}://localhost")
        assert Address.of(f"{scheme.upper()}:///1?prefix=x").url == f"{SCHEMES[scheme]}:///1"
    for path in ("redis", "redis:/x", "a/redis://x", "mysql://x", tmp_path / "redis:" / "x"):
        assert not is_address(path)


@pytest.mark.parametrize("where", ["localhost", "nowhere.invalid", "a..b", "x" * 70, "127.0.0.1"])
def test_a_server_that_is_not_there_is_named_at_once(where: str) -> None:
    url = f"redis://u:geheim@{where}:{free_port()}/0?prefix=p"
    for use in (Index.open, Index.upgrade):
        with pytest.raises(
            InputError, match=r"u:\*\*\*@.*: the server cannot be reached .*; start it, or look"
        ) as found:
            use(url)
        assert "geheim" not in str(found.value)
    with pytest.raises(InputError, match=r"the server cannot be reached"):
        Index.open(f"unix:///{where}?prefix=p", timeout_s=0)
