"""What a job did, in numbers."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from neardup._backend import backend
from neardup._version import __version__
from neardup.schemes import SCHEMES

if TYPE_CHECKING:
    from neardup._typing import Id
    from neardup.config import Config
    from neardup.model import BoilerplateParagraph
    from neardup.results import Cuts

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class FileCount:
    """What came of one input.

    Attributes
    ----------
    file
        Its name, as it was given or found.
    documents, survivors, duplicates, empty
        How many documents it has, and what became of them: every one is one of the three.
    rejected
        How many records could not be read.
    failed
        What was wrong with the file as a whole, from where on it was not read; None if it was read to its end.
    line, parameter
        Where that was, and what can be set to mend it, where known.
    """

    file: str
    documents: int
    survivors: int
    duplicates: int
    empty: int
    rejected: int
    failed: str | None = None
    line: int | None = None
    parameter: str | None = None


@dataclass(frozen=True, slots=True)
class Family:
    """A survivor, and how many duplicates name it.

    Attributes
    ----------
    survivor
        Its id.
    duplicates
        How many.
    """

    survivor: Id
    duplicates: int


@dataclass(frozen=True, slots=True)
class Drop:
    """A duplicate that was drawn, to be looked at.

    Attributes
    ----------
    row
        What the list of duplicates says of it.
    text, survivor_text
        What was compared of the two.
    """

    row: dict[str, Any]
    text: str
    survivor_text: str


@dataclass(frozen=True, slots=True)
class DedupSummary:
    """What a job did.

    Attributes
    ----------
    documents, survivors, duplicates, empty, rejected
        How many there are over all inputs; see `FileCount`.
    given
        How many documents of earlier corpora there are, which others were compared with; they are in no other number.
    against
        Of each file of these, whose documents all survive.
    relations
        How many documents have which relation to a survivor: duplicates by the relations that make one, and others.
    families
        The survivors that most duplicates name, at most three.
    files
        Of each input.
    cuts, rounds
        See `neardup.Duplicates`.
    boilerplate
        The paragraphs that were found and left out; None if they were not looked for.
    seconds, disk_bytes
        Of each stage: how long it took in this process, and what it had on the disk.
    peak_bytes
        The most memory that this process had so far; 0 where the system does not say.
    outputs
        What was written: the file or the folder, and the files beside it.
    sample
        The duplicates that were drawn; none, if nothing else was asked for.
    indexed
        How many survivors the index holds that they were added to; None if there is none.
    config
        What decided.
    """

    documents: int
    survivors: int
    duplicates: int
    empty: int
    rejected: int
    given: int
    relations: dict[str, int]
    families: tuple[Family, ...]
    files: tuple[FileCount, ...]
    against: tuple[FileCount, ...]
    cuts: Cuts
    rounds: int
    boilerplate: tuple[BoilerplateParagraph, ...] | None
    seconds: dict[str, float]
    disk_bytes: dict[str, int]
    peak_bytes: int
    outputs: tuple[str, ...]
    sample: tuple[Drop, ...]
    indexed: int | None
    config: Config = field(repr=False)

    @property
    def failed(self) -> tuple[FileCount, ...]:
        """The inputs and earlier corpora that were not read to their end."""
        return tuple(each for each in (*self.against, *self.files) if each.failed is not None)

    def to_dict(self) -> dict[str, Any]:
        """Give plain data."""
        nested = {"config", "families", "files", "against", "cuts", "boilerplate", "sample"}
        data = {name: getattr(self, name) for name in self.__slots__ if name not in nested}
        return {
            "type": "summary",
            "schema_version": SCHEMA_VERSION,
            **data,
            "outputs": list(self.outputs),
            "families": [asdict(each) for each in self.families],
            "files": [asdict(each) for each in self.files],
            "against": [asdict(each) for each in self.against],
            "cuts": asdict(self.cuts),
            "boilerplate": None if self.boilerplate is None else [asdict(each) for each in self.boilerplate],
            "config": self.config.to_dict(),
            "fingerprint": self.config.fingerprint(),
            "versions": {"neardup": __version__, "backend": backend(), "schemes": SCHEMES},
        }
