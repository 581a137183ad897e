"""Repeated paragraphs: groups and their occurrences in arrays, and their removal from the texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Self, overload

import numpy as np

from neardup._backend import kernels
from neardup.boilerplate import BOILERPLATE_DOCUMENTS, hash_text
from neardup.checks import MAX_CHARS, check_int, check_share, thread_count
from neardup.config import Config
from neardup.evidence import Evidence
from neardup.folding import folding_table
from neardup.inputs import text_column, texts_at
from neardup.inputs.ids import checked_ids, id_array
from neardup.model import Occurrence, ParagraphGroup, RemovedParagraph
from neardup.relations import RELATIONS
from neardup.results.exports import Exported
from neardup.results.matches import SCORE, Cuts
from neardup.results.plain import SCHEMA_VERSION, read_plain
from neardup.spans import with_breaks, without

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pyarrow as pa
    from numpy.typing import NDArray

    from neardup._typing import Id, Relation, Texts


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ParagraphRemoval:
    """The texts without what was removed, and what that was.

    Attributes
    ----------
    ids, texts
        Of all documents, in their order; those that lose nothing are as they were.
    document, spans, group
        int64, int32 of shape (n, 2), int64: the fields of what was removed, by document and place.
    """

    ids: Sequence[Id]
    texts: list[str]
    document: NDArray[np.int64]
    spans: NDArray[np.int32]
    group: NDArray[np.int64]

    def __str__(self) -> str:
        """Say how much was removed."""
        chars = int((self.spans[:, 1] - self.spans[:, 0]).sum())
        return (
            f"{len(self.group)} paragraphs removed from {len(np.unique(self.document))} documents, {chars} characters"
        )

    def __repr__(self) -> str:
        return f"ParagraphRemoval({self})"

    @property
    def removed(self) -> list[RemovedParagraph]:
        """What was removed, by document and place."""
        rows = zip(self.document.tolist(), self.spans.tolist(), self.group.tolist(), strict=True)
        return [RemovedParagraph(self.ids[document], start, stop, group) for document, (start, stop), group in rows]


@dataclass(frozen=True, slots=True, eq=False)
class Groups(Sequence[ParagraphGroup]):
    """The groups of repeated paragraphs, made when they are asked for."""

    found: RepeatedParagraphs
    positions: range

    def __len__(self) -> int:
        """Count the groups."""
        return len(self.positions)

    @overload
    def __getitem__(self, index: int) -> ParagraphGroup: ...
    @overload
    def __getitem__(self, index: slice) -> Groups: ...
    def __getitem__(self, index: int | slice) -> ParagraphGroup | Groups:
        """Give one, or some."""
        if isinstance(index, slice):
            return Groups(self.found, self.positions[index])
        return self.found.group(self.positions[index])


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class RepeatedParagraphs(Exported):
    """The paragraphs that several documents have, in groups.

    Groups are ordered by the number of their documents, the most first, then by where they stand first.

    Attributes
    ----------
    ids
        Of all documents, as they were given.
    config, min_chars, min_documents, boilerplate_share
        What decided; see `neardup.find_repeated_paragraphs`.
    cuts
        What the limits of the config left out when near paragraphs were compared.
    texts, chars, documents
        Of each group: the text, and int64 how many folded code points it has and in how many documents it stands.
    offsets
        int64: the occurrences of group ``i`` are those from ``offsets[i]`` to ``offsets[i + 1]``.
    document, spans, hashes, relation, compared
        Of each occurrence: int64 the position of its document; int32, shape (n, 2), start and stop; uint64 the hash of
        the paragraph, see `neardup.boilerplate.paragraph_hash`; uint8 the number of its relation in
        `neardup.relations.RELATIONS`; int64 the row of its evidence, -1 if it is exact.
    evidence
        float64, shape (n, 12): the values of `neardup.Evidence`, for each paragraph that is near.
    digests
        uint64: of every document a hash of its text.
    """

    ids: Sequence[Id]
    config: Config
    min_chars: int
    min_documents: int
    boilerplate_share: float
    cuts: Cuts
    texts: list[str]
    chars: NDArray[np.int64]
    documents: NDArray[np.int64]
    offsets: NDArray[np.int64]
    document: NDArray[np.int64]
    spans: NDArray[np.int32]
    hashes: NDArray[np.uint64]
    relation: NDArray[np.uint8]
    compared: NDArray[np.int64]
    evidence: NDArray[np.float64]
    digests: NDArray[np.uint64]

    def __len__(self) -> int:
        """Count the groups."""
        return len(self.texts)

    def __str__(self) -> str:
        """Say how many there are."""
        return (
            f"{len(self.ids)} documents: {len(self)} repeated paragraphs, {int(self.is_boilerplate.sum())} of them "
            f"boilerplate; {len(self.document)} occurrences, {int((self.relation != _IDENTICAL).sum())} of them near"
        )

    @property
    def is_boilerplate(self) -> NDArray[np.bool_]:
        """bool, for each group: in at least `boilerplate_share` of the documents, and in at least 10."""
        return self.documents >= self._boilerplate_documents

    @property
    def boilerplate(self) -> tuple[str, ...]:
        r"""The hashes of the paragraphs of all groups that are boilerplate: what `neardup.Config` takes as such.

        Those of near occurrences are among them. Documents without them are compared by what they have of their own.

        Examples
        --------
        >>> from neardup import Config, compare, find_repeated_paragraphs
        >>> menu = "首页 新闻 财经 体育 娱乐 科技 汽车 房产 教育 健康"
        >>> pages = [f"{menu}\n第{day}天的新闻，各不相同。" for day in "一二三四五六七八九十"]
        >>> config = Config(boilerplate=find_repeated_paragraphs(pages).boilerplate)
        >>> compare(pages[0], pages[0].removeprefix(menu), config=config).relation
        'identical'
        """
        chosen = np.repeat(self.is_boilerplate, np.diff(self.offsets))
        return tuple(hash_text(value) for value in np.unique(self.hashes[chosen]).tolist())

    @property
    def groups(self) -> Groups:
        """The groups, the most widespread first; a sequence of `ParagraphGroup`."""
        return Groups(self, range(len(self)))

    def group(self, index: int) -> ParagraphGroup:
        """Give one group, by its position from 0."""
        if not 0 <= index < len(self):
            raise IndexError(f"there is no group {index} among {len(self)}")
        chosen = slice(*self.offsets[index : index + 2].tolist())
        rows = zip(
            self.document[chosen].tolist(),
            self.spans[chosen].tolist(),
            self.hashes[chosen].tolist(),
            self.relation[chosen].tolist(),
            self.compared[chosen].tolist(),
            strict=True,
        )
        return ParagraphGroup(
            text=self.texts[index],
            chars=int(self.chars[index]),
            documents=int(self.documents[index]),
            is_boilerplate=bool(self.documents[index] >= self._boilerplate_documents),
            occurrences=tuple(
                Occurrence(self.ids[document], start, stop, hash_text(value), _relation(number), self._evidence(row))
                for document, (start, stop), value, number, row in rows
            ),
        )

    def remove(
        self, texts: Texts, *, boilerplate: bool = True, keep_first: bool = True, threads: int | None = None
    ) -> ParagraphRemoval:
        r"""Take repeated paragraphs out of the texts: whole ones, each with the line break behind it.

        Nothing else changes. Exact occurrences go, and near ones, which have the same numbers in digits but may differ
        in anything else, as in a name; what was searched with ``near=False`` has exact ones only.

        Parameters
        ----------
        texts
            The texts that were searched, in their order.
        boilerplate
            Only what is boilerplate goes; if False, every group does.
        keep_first
            The text of every group stays where it stands first; then doing it all again changes nothing more.
        threads
            At least 1; None for as many as this process may use.

        Raises
        ------
        ValueError
            If these are not the texts that were searched; the message names the first that differs.

        Examples
        --------
        >>> from neardup import find_repeated_paragraphs
        >>> texts = ["甲报讯。\n声明：未经授权，禁止转载，违者必究。\n", "乙报讯。\n声明:未經授權,禁止轉載,違者必究\n"]
        >>> found = find_repeated_paragraphs(texts, min_chars=10)
        >>> found.remove(texts, boilerplate=False).texts[1]
        '乙报讯。\n'
        """
        column = self._checked(texts, threads)
        document, spans, group = self.going(boilerplate=boilerplate, keep_first=keep_first)
        cleaned = list(texts_at(column, np.arange(len(self.ids))))
        for row in np.unique(document).tolist():
            text, going = cleaned[row], spans[slice(*np.searchsorted(document, [row, row + 1]))]
            going[:] = with_breaks(text, going)
            cleaned[row] = without(text, going.tolist())
        return ParagraphRemoval(self.ids, cleaned, document, spans, group)

    def going(
        self, *, boilerplate: bool = True, keep_first: bool = True
    ) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64]]:
        """Say what `remove` takes out, without the line breaks: positions of documents, spans and groups, in order."""
        group = np.repeat(np.arange(len(self)), np.diff(self.offsets))
        chosen = self.is_boilerplate[group] if boilerplate else np.ones(len(group), bool)
        if keep_first:
            exact = np.flatnonzero(self.relation == _IDENTICAL)
            chosen[exact[np.unique(group[exact], return_index=True)[1]]] = False
        rows = np.flatnonzero(chosen)
        rows = rows[np.lexsort((self.spans[rows, 0], self.document[rows]))]
        return self.document[rows], self.spans[rows], group[rows]

    def _evidence(self, row: int) -> Evidence | None:
        return Evidence.from_row(self.evidence[row].tolist()) if row >= 0 else None

    @property
    def _boilerplate_documents(self) -> int:
        # Rounding must not lift 3 of 30 above a tenth.
        size, share = len(self.ids), self.boilerplate_share
        least = int(share * size)
        return max(BOILERPLATE_DOCUMENTS, least if least / max(1, size) >= share else least + 1)

    def _checked(self, texts: Texts, threads: int | None) -> Any:  # noqa: ANN401 - what the kernels read
        """Give the texts as a column, if they are those that were searched."""
        column, folding = text_column(texts), folding_table().opened
        digests = kernels.paragraphs(column, folding, self.min_chars, thread_count(threads))[-1]
        if len(digests) != len(self.ids):
            raise ValueError(f"there are {len(digests)} texts, and {len(self.ids)} were searched; give the same ones")
        differing = np.flatnonzero(digests != self.digests)
        if len(differing):
            name = self.ids[int(differing[0])]
            raise ValueError(
                f"the text with id {name!r} is not the one that was searched; give the same, in that order"
            )
        return column

    def to_dict(self) -> dict[str, Any]:
        """Give the result as plain data."""
        documents = zip(self.ids, self.digests.tolist(), strict=True)
        return {
            "schema_version": SCHEMA_VERSION,
            **self.settings(),
            "documents": [{"id": id_, "digest": f"{digest:016x}"} for id_, digest in documents],
            "groups": [group.to_dict() for group in self.groups],
        }

    def settings(self) -> dict[str, Any]:
        """Give what decided, and what it cut, as plain data."""
        return {
            "config": self.config.to_dict(),
            "fingerprint": self.config.fingerprint(),
            "min_chars": self.min_chars,
            "min_documents": self.min_documents,
            "boilerplate_share": self.boilerplate_share,
            "cuts": self.cuts.to_dict(),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Make the result again from what `to_dict` gave.

        Raises
        ------
        TypeError, ValueError
            If the data are not what `to_dict` gave; says what is wrong.
        """
        checks: dict[str, Callable[[str, object], object]] = {
            "min_chars": partial(check_int, high=MAX_CHARS),
            "min_documents": check_int,
            "boilerplate_share": check_share,
        }
        return read_plain(cls._of_plain, data, checks)

    @classmethod
    def _of_plain(cls, data: Mapping[str, Any]) -> Self:
        ids = checked_ids([document["id"] for document in data["documents"]])
        position = {id_: i for i, id_ in enumerate(ids)}
        groups = data["groups"]
        rows = [occurrence for group in groups for occurrence in group["occurrences"]]
        is_near = np.array([row["kind"] == "near" for row in rows], bool)
        measured = [[row[name] for name in Evidence.__slots__] for row in rows if row["kind"] == "near"]
        return cls(
            ids=ids,
            config=Config.from_dict(data["config"]),
            min_chars=data["min_chars"],
            min_documents=data["min_documents"],
            boilerplate_share=data["boilerplate_share"],
            cuts=Cuts(**data["cuts"]),
            texts=[group["text"] for group in groups],
            chars=np.array([group["chars"] for group in groups], np.int64),
            documents=np.array([group["documents"] for group in groups], np.int64),
            offsets=np.cumsum([0, *(len(group["occurrences"]) for group in groups)], dtype=np.int64),
            document=np.array([position[row["id"]] for row in rows], np.int64),
            spans=np.array([[row["start"], row["stop"]] for row in rows], np.int32).reshape(-1, 2),
            hashes=np.array([int(row["hash"], 16) for row in rows], np.uint64),
            relation=np.array([RELATIONS.index(row.get("relation", "identical")) for row in rows], np.uint8),
            compared=np.where(is_near, np.cumsum(is_near) - 1, -1),
            evidence=np.array(measured, np.float64).reshape(-1, len(Evidence.__slots__)),
            digests=np.array([int(document["digest"], 16) for document in data["documents"]], np.uint64),
        )

    def to_arrow(self) -> pa.Table:
        """Give a pyarrow table, a row for every occurrence, in the order of the groups.

        The columns: ``group`` (its position), ``id``, ``start``, ``stop``, ``hash``, ``kind``, ``score``; of the group
        ``documents``, ``boilerplate``, ``chars`` and ``text``, this one as a dictionary.
        """
        import pyarrow as pa

        group = np.repeat(np.arange(len(self)), np.diff(self.offsets))
        # Exact occurrences look at a last row that has only 1.
        measured = np.concatenate([self.evidence, np.ones((1, self.evidence.shape[1]))])
        scores = measured[self.compared, SCORE[self.relation]]
        texts = pa.DictionaryArray.from_arrays(pa.array(group), pa.array(self.texts, pa.string()))
        return pa.table(
            {
                "group": pa.array(group),
                "id": id_array(self.ids).take(pa.array(self.document)),
                "start": pa.array(self.spans[:, 0]),
                "stop": pa.array(self.spans[:, 1]),
                "hash": pa.array([hash_text(value) for value in self.hashes.tolist()], pa.string()),
                "kind": pa.array(np.where(self.relation == _IDENTICAL, "exact", "near").tolist(), pa.string()),
                "score": pa.array(scores),
                "documents": pa.array(self.documents[group]),
                "boilerplate": pa.array(self.is_boilerplate[group]),
                "chars": pa.array(self.chars[group]),
                "text": texts,
            }
        )


_IDENTICAL = RELATIONS.index("identical")


def _relation(number: int) -> Relation:
    relation = RELATIONS[number]
    assert relation is not None
    return relation
