"""The documents of a run beside each other: their texts are held until the last is read, then compared."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from neardup.config import Config
from neardup.corpus import find_duplicates
from neardup.paragraphs.find import find_repeated_paragraphs
from neardup.report.unusual import are_unusually_many

if TYPE_CHECKING:
    from collections.abc import Sequence

    from neardup._typing import Id
    from neardup.model import RemovedParagraph
    from neardup.paragraphs.groups import RepeatedParagraphs
    from neardup.results import Duplicates
    from neardup.survivors import Keep, Progress


@dataclass(frozen=True, slots=True)
class ParagraphRemoval:
    """Which repeated paragraphs are taken out of cleaned documents; see `neardup.RepeatedParagraphs.remove`."""

    boilerplate: bool
    keep_first: bool


@dataclass(slots=True)
class HeldTexts:
    """The documents that are to be compared.

    Attributes
    ----------
    keep, config, threads, boilerplate
        See `neardup.find_duplicates`.
    duplicates
        Whether duplicates are wanted.
    min_documents
        If the paragraphs are wanted that several documents have: so many at least.
    removal
        If they are taken out of cleaned documents.
    removed
        Of those the stretches that are taken out of each anyway, by id.
    """

    keep: Keep = "longest"
    config: Config = field(default_factory=Config)
    threads: int | None = None
    duplicates: bool = True
    min_documents: int | None = None
    removal: ParagraphRemoval | None = None
    boilerplate: Literal["auto"] | None = None
    removed: dict[Id, Sequence[tuple[int, int]]] = field(default_factory=dict)
    _texts: dict[Id, str] = field(default_factory=dict)
    _titles: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self._texts)

    def add(self, id: Id, text: str, title: str = "") -> None:  # noqa: A002 - the field's name
        """Hold a document; no other has its id. An empty title is not known."""
        self._texts[id] = text
        self._titles.append(title)

    def find(self, progress: Progress | None = None) -> Duplicates:
        """Compare the documents."""
        return find_duplicates(
            self._texts,
            title=self._titles if any(self._titles) else None,
            keep=self.keep,
            config=self.config,
            boilerplate=self.boilerplate,
            threads=self.threads,
            progress=progress,
        )

    def find_paragraphs(self, min_documents: int, progress: Progress | None = None) -> RepeatedParagraphs:
        """Find the paragraphs that several documents have."""
        config = self.config.with_overrides(relations=("identical", "near"))
        return find_repeated_paragraphs(
            self._texts, min_documents=min_documents, config=config, threads=self.threads, progress=progress
        )

    def removed_paragraphs(self, found: RepeatedParagraphs) -> list[RemovedParagraph]:
        """Say which paragraphs are taken out of cleaned documents.

        What stays of a group where it stands first may be a copy that is taken out of its document anyway. Then nothing
        else of the group is taken out of that document: the original of the copy stays.
        """
        removal = self.removal
        assert removal is not None
        gone = found.remove(
            self._texts, boilerplate=removal.boilerplate, keep_first=removal.keep_first, threads=self.threads
        ).removed
        if not removal.keep_first:
            return gone
        kept: dict[int, Id] = {}
        for number in {paragraph.group for paragraph in gone}:
            first = next(each for each in found.group(number).occurrences if each.kind == "exact")
            if any(start < first.stop and first.start < stop for start, stop in self.removed.get(first.id, ())):
                kept[number] = first.id
        return [paragraph for paragraph in gone if kept.get(paragraph.group) != paragraph.id]


def warning(found: Duplicates) -> str | None:
    """Say that unusually many documents are duplicates, if so many are."""
    dropped = len(found.duplicates)
    if not are_unusually_many(dropped, len(found)):
        return None
    return (
        f"{dropped / len(found):.0%} of the {len(found)} documents are duplicates, which is unusually many; look at "
        "some of the pairs before you use the result"
    )
