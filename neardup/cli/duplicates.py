"""The documents of ``neardup scan`` beside each other: their texts are held until the last is read, then compared."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from neardup.config import Config
from neardup.corpus import find_duplicates
from neardup.paragraphs import find_repeated_paragraphs

if TYPE_CHECKING:
    from neardup.paragraph_groups import RepeatedParagraphs
    from neardup.results import Duplicates
    from neardup.survivors import Keep, Progress

UNUSUAL_SHARE, ENOUGH_DOCUMENTS = 0.5, 20
"""More duplicates than this share, of so many documents at least, are worth a warning."""


@dataclass(slots=True)
class Comparison:
    """The documents that are to be compared.

    Attributes
    ----------
    keep, config, threads
        See `neardup.find_duplicates`.
    duplicates
        Whether duplicates are wanted.
    min_documents
        If the paragraphs are wanted that several documents have: so many at least.
    """

    keep: Keep = "longest"
    config: Config = field(default_factory=Config)
    threads: int | None = None
    duplicates: bool = True
    min_documents: int | None = None
    _texts: dict[str, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self._texts)

    def add(self, id: str, text: str) -> None:  # noqa: A002 - the field's name
        """Hold a document; no other has its id."""
        self._texts[id] = text

    def find(self, progress: Progress | None = None) -> Duplicates:
        """Compare the documents."""
        return find_duplicates(self._texts, keep=self.keep, config=self.config, threads=self.threads, progress=progress)

    def find_paragraphs(self, min_documents: int, progress: Progress | None = None) -> RepeatedParagraphs:
        """Find the paragraphs that several documents have."""
        config = self.config.with_overrides(relations=("identical", "near"))
        return find_repeated_paragraphs(
            self._texts, min_documents=min_documents, config=config, threads=self.threads, progress=progress
        )


def warning(found: Duplicates) -> str | None:
    """Say that unusually many documents are duplicates, if so many are."""
    dropped = len(found.duplicates)
    if len(found) < ENOUGH_DOCUMENTS or dropped <= UNUSUAL_SHARE * len(found):
        return None
    return (
        f"{dropped / len(found):.0%} of the {len(found)} documents are duplicates, which is unusually many; look at "
        "some of the pairs before you use the result"
    )
