"""The settings of the pipelines for Scrapy: their names, their defaults, and what is wrong with one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from scrapy.utils.misc import load_object

from neardup.checks import check_number
from neardup.config import Config
from neardup.index.opening import name_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from scrapy.crawler import Crawler

    Values = Mapping[str, Any]
    Field = str | Callable[[Any], Any] | None

SETTINGS: dict[str, Any] = {
    "NEARDUP_INDEX": None,
    "NEARDUP_TEXT": "text",
    "NEARDUP_ID": "url",
    "NEARDUP_TITLE": "title",
    "NEARDUP_DATA": None,
    "NEARDUP_DUPLICATES": "drop",
    "NEARDUP_TAG_FIELD": "neardup",
    "NEARDUP_KNOWN": "pass",
    "NEARDUP_CHANGED": "replace",
    "NEARDUP_THRESHOLD": None,
    "NEARDUP_CONFIG": None,
    "NEARDUP_DURABILITY": "normal",
    "NEARDUP_TIMEOUT_S": 30.0,
    "NEARDUP_CLEAN_SCOPE": "body",
    "NEARDUP_CLEAN_FIELD": None,
}
"""The settings and their defaults."""

OPTIONAL = {"NEARDUP_TITLE", "NEARDUP_DATA"}
"""The fields that may be None."""


def read_settings(crawler: Crawler) -> dict[str, Any]:
    """Give all settings of the pipelines.

    Raises
    ------
    ValueError
        If another one begins with ``NEARDUP_``: it may be one misspelt.
    """
    given = {name: value for name, value in crawler.settings.items() if name.startswith("NEARDUP_")}
    if unknown := sorted(set(given) - set(SETTINGS)):
        raise ValueError(f"there is no setting {', '.join(unknown)}; there are {', '.join(SETTINGS)}")
    return SETTINGS | given


# Each gives the value of one setting, or raises a ValueError that names it.


def choice(values: Values, name: str, choices: tuple[str, ...]) -> Any:  # noqa: ANN401
    """Give one of some words."""
    if values[name] not in choices:
        raise _wrong(name, " or ".join(map(repr, choices)), values[name])
    return values[name]


def number(values: Values, name: str, high: float) -> float:
    """Give a number of at least 0; the command line of Scrapy has it as text."""
    try:
        given = float(values[name])
    except (TypeError, ValueError) as error:
        raise _wrong(name, "a number", values[name]) from error
    return check_number(f"the setting {name}", given, high=high)


def field_name(values: Values, name: str) -> str:
    """Give the name of a field."""
    if not isinstance(values[name], str) or not values[name]:
        raise _wrong(name, "the name of a field", values[name])
    return str(values[name])


def field(values: Values, name: str) -> Field:
    """Give the name of a field, or the function in its place; None where no field is asked for."""
    value = values[name]
    if (value is None and name in OPTIONAL) or callable(value):
        return value  # type: ignore[no-any-return]
    if not isinstance(value, str) or not value:
        raise _wrong(name, "the name of a field, or a function of the item or its path", value)
    if "." not in value:
        return value
    try:
        found = load_object(value)
    except (ImportError, NameError, ValueError) as error:
        raise ValueError(f"the setting {name} is {value!r}, a function that cannot be loaded: {error}") from error
    if not callable(found):
        raise _wrong(name, "the name of a field, or a function of the item or its path", value)
    return found  # type: ignore[no-any-return]


def index_path(values: Values) -> str | Path:
    """Give the file of the index, or the address of its server as it is."""
    path = values["NEARDUP_INDEX"]
    if not isinstance(path, (str, Path)) or not str(path):
        raise _wrong("NEARDUP_INDEX", "the file of the index, such as 'seen.db', or the address of its server", path)
    try:
        name_of(path)
    except ValueError as error:
        raise ValueError(f"the setting NEARDUP_INDEX is wrong: {error}") from error
    return path


def chosen_config(values: Values) -> Config | None:
    """Give what decides; None if neither a config nor a threshold is given."""
    given = values["NEARDUP_CONFIG"]
    if given is not None and not isinstance(given, (Config, str, Path)):
        raise _wrong("NEARDUP_CONFIG", "a neardup.Config or the path of its TOML", given)
    config = Config.load(given) if isinstance(given, (str, Path)) else given
    if values["NEARDUP_THRESHOLD"] is None:
        return config
    threshold = number(values, "NEARDUP_THRESHOLD", 1)
    try:
        return (config or Config()).with_overrides(threshold=threshold)
    except ValueError as error:
        raise ValueError(f"the setting NEARDUP_THRESHOLD is wrong: {error}") from error


def _wrong(name: str, wanted: str, value: object) -> ValueError:
    return ValueError(f"the setting {name} must be {wanted}, not {value!r}")
