"""What an index was made with: kept in its store, and compared with what is wanted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from neardup._version import __version__
from neardup.config import Config
from neardup.errors import InputError, MismatchError
from neardup.schemes import COPY_GAP, SCHEMES

if TYPE_CHECKING:
    from collections.abc import Mapping

_REMEDY = "make it again from its texts: neardup index upgrade"


def written_settings(config: Config) -> dict[str, str]:
    """Give what a new index keeps of what it is made with."""
    made_with = {
        "config": config.to_dict(),
        "schemes": SCHEMES,
        "copy_gap": COPY_GAP,
        "fingerprint": config.fingerprint(),
        "version": __version__,
    }
    return {name: json.dumps(value, ensure_ascii=False) for name, value in made_with.items()}


def read_settings(settings: Mapping[str, str], wanted: Config | None, name: str) -> Config:
    """Give the config that an index was made with.

    Parameters
    ----------
    settings
        What the store kept.
    wanted
        What it has to be; None: whatever it is.
    name
        Of the index, for messages.

    Raises
    ------
    MismatchError
        If it was made with another config, or under other definitions; says what differs.
    InputError
        If the settings are none.
    """
    try:
        schemes, copy_gap = json.loads(settings["schemes"]), json.loads(settings["copy_gap"])
        made_with = json.loads(settings["config"])
        theirs = {**schemes, "copy_gap": copy_gap}
    except (KeyError, TypeError, ValueError) as error:
        raise InputError("is damaged: it does not say what it was made with", file=name) from error
    ours = SCHEMES | {"copy_gap": COPY_GAP}
    differ = [
        f"{scheme} scheme {theirs.get(scheme)}, not {ours.get(scheme)}"
        for scheme in ours | theirs
        if theirs.get(scheme) != ours.get(scheme)
    ]
    if differ:
        raise MismatchError(f"was made with {'; '.join(differ)}; {_REMEDY}", file=name)
    try:
        config = Config.from_dict(made_with)
    except (TypeError, ValueError) as error:
        raise MismatchError(
            f"was made with a config that this version has not ({error}); {_REMEDY}", file=name
        ) from error
    if wanted is not None and wanted.fingerprint() != config.fingerprint():
        own, given = config.to_dict(), wanted.to_dict()
        differ = [f"{key} {own[key]}, not {given[key]}" for key in own if own[key] != given[key]]
        raise MismatchError(
            f"was made with {'; '.join(differ)}; leave the config out, or {_REMEDY}, with this config", file=name
        )
    return config
