"""Where a job writes: its output, what stands beside that, and its own folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from neardup.io.compression import SUFFIXES
from neardup.io.sources import KINDS_BY_SUFFIX, real_path

if TYPE_CHECKING:
    from collections.abc import Callable

PARTS, BOILERPLATE = ("duplicates", "rejects", "summary"), "boilerplate"
"""What stands beside every output, and what does only if it was looked for."""

_ENDINGS = {"rejects": "jsonl", "summary": "json", BOILERPLATE: "txt"}


@dataclass(frozen=True, slots=True)
class Writing:
    """What is written, and where.

    Attributes
    ----------
    output
        The file, or the folder.
    empty, mark, duplicates, overwrite
        See `neardup.dedup_files`.
    from_folder
        Whether a folder was given as input.
    """

    output: str
    empty: Literal["keep", "drop"] = "keep"
    mark: bool = False
    duplicates: Literal["jsonl", "parquet"] = "jsonl"
    overwrite: bool = False
    from_folder: bool = False

    def __post_init__(self) -> None:
        if not Path(self.output).name or Path(self.output).name == "..":
            raise ValueError(f"output must be the name of a file or a folder, not {self.output!r}")

    def own_in(self, work: Path, given: str) -> Callable[[Path], bool]:
        """Give what tells whether a file is one that the job writes, or that one like it wrote, by its real path.

        Parameters
        ----------
        work
            The folder of the job.
        given
            The folder that the file was found in. An output that is this folder is no reason to pass over its files.
        """
        output = real_path(Path(self.output))
        files = {output, *(real_path(self.beside(part)) for part in (*PARTS, BOILERPLATE))}
        folders = {real_path(work), *({output} if real_path(Path(given)) in output.parents else ())}
        return lambda path: path in files or not folders.isdisjoint(path.parents)

    def beside(self, part: str) -> Path:
        """Say where something beside the output goes."""
        path = Path(self.output)
        name = path.name
        for suffix in (*SUFFIXES, *KINDS_BY_SUFFIX):
            name = name.removesuffix(suffix) or name
        ending = self.duplicates if part == "duplicates" else _ENDINGS[part]
        return path.with_name(f"{name}.{part}.{ending}")


def folder_of(output: str, work: Path | None) -> Path:
    """Say where the folder of a job is."""
    return work or Path(output).with_name(f"{Path(output).name}.job")
