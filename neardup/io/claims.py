"""Which file is what in one run, so that none takes the place of another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neardup.errors import OutputError
from neardup.io.sources import Source, path_id, real_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from neardup.errors import InputError


class Claims:
    """The files that a run reads and writes, by where they really are: none of them is written over by another."""

    def __init__(self) -> None:
        self._held: dict[Path, str] = {}

    @classmethod
    def of_inputs(cls, sources: Iterable[Source | InputError], settings: Mapping[str, Path | None]) -> Claims:
        """Hold what a run reads: files of settings by their options, and the inputs."""
        claims = cls()
        for option, file in settings.items():
            if file:
                claims.hold(file, f"is the file of {option}")
        for source in sources:
            if isinstance(source, Source) and source.path:
                claims.hold(source.path, "is an input itself")
        return claims

    def hold(self, path: Path, what: str) -> None:
        """Say what a file is, as in ``is an input itself``."""
        self._held[real_path(path)] = what

    def held(self, path: Path) -> str | None:
        """Say what a file is already, if it is something."""
        return self._held.get(real_path(path))

    def take(self, path: Path, option: str) -> None:
        """Hold a file for an option.

        Raises
        ------
        OutputError
            If it is something already.
        """
        if held := self.held(path):
            raise OutputError(f"{held}; choose another file for {option}", file=path_id(path))
        self.hold(path, f"is the file of {option}")
