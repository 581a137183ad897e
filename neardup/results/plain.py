"""Plain data: a result made again of what it gave as dicts and lists, if these are still what it gave."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Read = TypeVar("Read", bound="Plain")

SCHEMA_VERSION = 1


class Plain(Protocol):
    """What gives itself as plain data."""

    def to_dict(self) -> dict[str, Any]:
        """Give the plain data."""


def read_plain(
    make: Callable[[Mapping[str, Any]], Read],
    data: Mapping[str, Any],
    checks: Mapping[str, Callable[[str, object], object]] = MappingProxyType({}),
) -> Read:
    """Make a result again of plain data, which it must give back just so.

    Parameters
    ----------
    make
        What makes the result.
    data
        What `to_dict` gave.
    checks
        Of options among the data.

    Raises
    ------
    TypeError
        If the data are no mapping.
    ValueError
        If they are of another schema than this version writes, or were not written by `to_dict`, or were edited; says
        what is wrong.
    """
    check_mapping(data)
    if data.get("schema_version") != SCHEMA_VERSION:
        raise ValueError(f"schema_version must be {SCHEMA_VERSION}, not {data.get('schema_version')!r}")
    for name, check in checks.items():
        check(name, data.get(name))
    return made_again(make, data)


def check_mapping(data: object) -> None:
    """Refuse what is no mapping.

    Raises
    ------
    TypeError
        If it is none.
    """
    if not isinstance(data, Mapping):
        raise TypeError(f"the data must be what to_dict gave, not {type(data).__name__}")


def made_again(make: Callable[[Mapping[str, Any]], Read], data: Mapping[str, Any]) -> Read:
    """Make a result, and see that it gives back what it was made of.

    Raises
    ------
    ValueError
        If it does not, or cannot be made; says why.
    """
    try:
        made = make(data)
        differ = [name for name, value in made.to_dict().items() if data[name] != value]
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise ValueError(f"the data are not what to_dict gave ({type(error).__name__}: {error})") from error
    if differ:
        raise ValueError(f"the data are not what to_dict gave: {differ[0]!r} does not follow from the rest")
    return made
