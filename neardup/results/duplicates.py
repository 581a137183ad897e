"""Duplicates: which documents survive, and all that can be asked of that."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from neardup.boilerplate import paragraph_hash
from neardup.compare import compare
from neardup.config import Config
from neardup.evidence import Evidence
from neardup.inputs import Documents, ids_of, texts_at
from neardup.inputs.ids import checked_ids, id_array, id_order, id_type
from neardup.inputs.tables import NewColumn, extended, rows_of
from neardup.model import BoilerplateParagraph, Match
from neardup.relations import RELATIONS
from neardup.results.exports import ById, Exported, counted
from neardup.results.matches import NUMBERS, Cuts, Matches, scores_of
from neardup.results.plain import SCHEMA_VERSION, read_plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from neardup._typing import Id
    from neardup.compare import Comparison


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Duplicates(ById, Exported):
    """Which documents survive, and in favour of which ones the others go.

    Every document is a survivor, a duplicate or empty. Every duplicate names a survivor that it was compared with.
    ``found[id]`` gives that `Match`, or None for a document that is kept; ``id in found`` says whether there is such a
    document; iterating gives the ids.

    Attributes
    ----------
    ids
        Of all documents, as they were given.
    config
        What decided.
    match, relation, evidence
        For every document; see `neardup.survivors.Resolution`.
    is_duplicate, is_empty, is_too_short
        bool, for every document. Empty: nothing but white space. Too short: a survivor that is too short to be
        like others; only identical ones are its duplicates.
    cuts
        What the limits of the config left out.
    rounds
        How often documents were decided, at most, until nothing changed: 1 on one thread, else at most 9, since after
        8 rounds the rest is decided in order. It changes no answer, and is not part of `to_dict`.
    skipped
        The ids of the texts that were null, with ``on_null="skip"``; they are in nothing else here.
    boilerplate
        With ``boilerplate="auto"`` the paragraphs that were found and left out, that of most documents first; None if
        they were not looked for. All that was left out is in the config.
    source
        What was read; None in a result that was made again from plain data, or unpickled.

    Examples
    --------
    >>> from neardup import find_duplicates
    >>> found = find_duplicates({20: "天地玄黄，宇宙洪荒。", 21: "天地玄黄宇宙洪荒", 22: "日月盈昃，辰宿列张。"})
    >>> found
    Duplicates(3 documents: 2 survive, 1 is a duplicate, 0 are empty)
    >>> found[21].survivor, found[20], 23 in found
    (20, None, False)
    """

    ids: Sequence[Id]
    config: Config
    match: NDArray[np.int64]
    relation: NDArray[np.uint8]
    evidence: NDArray[np.float64]
    is_duplicate: NDArray[np.bool_]
    is_empty: NDArray[np.bool_]
    is_too_short: NDArray[np.bool_]
    cuts: Cuts
    rounds: int = 1
    skipped: Sequence[Id] = ()
    boilerplate: tuple[BoilerplateParagraph, ...] | None = None
    source: Documents | None = None
    _places: dict[Id, int] = field(default_factory=dict, init=False)

    def __getstate__(self) -> list[Any]:
        # An opened batch of texts cannot be written, and the texts are not part of the result.
        return [None if name == "source" else getattr(self, name) for name in self.__slots__]

    def __getitem__(self, id_: Id) -> Match | None:
        """Give the match of a document that is dropped, None for one that is kept.

        Raises
        ------
        KeyError
            If there is no document of this id.
        """
        position = self._position(id_)
        return self._matched(position) if self.is_duplicate[position] else None

    def __str__(self) -> str:
        """Say how many there are of each."""
        survive, duplicates, empty = len(self.survivors), int(self.is_duplicate.sum()), int(self.is_empty.sum())
        said = (
            f"{counted(len(self), 'document')}: {survive} survive{'s' if survive == 1 else ''}, "
            f"{duplicates} {'is a duplicate' if duplicates == 1 else 'are duplicates'}, "
            f"{empty} {'is' if empty == 1 else 'are'} empty"
        )
        return said + (f"; {len(self.skipped)} skipped" if self.skipped else "")

    def _repr_html_(self) -> str:
        """Show the counts and the first duplicates as one table, for notebooks."""
        from html import escape  # which costs more than the rest of this module

        rows = [
            f"<tr>{''.join(f'<td>{escape(str(cell))}</td>' for cell in cells)}</tr>"
            for cells in (
                (repr(match.id), repr(match.survivor), match.relation, f"{match.score:.2f}")
                for match in self.duplicates[:SHOWN_DUPLICATES]
            )
        ]
        if (more := int(self.is_duplicate.sum()) - len(rows)) > 0:
            rows.append(f'<tr><td colspan="4">and {more} more</td></tr>')
        head = "<tr><th>duplicate</th><th>survivor</th><th>relation</th><th>score</th></tr>" if rows else ""
        return f"<table><caption>{escape(str(self))}</caption>{head}{''.join(rows)}</table>"

    @property
    def survivors(self) -> list[Id]:
        """The ids of the documents that are kept, the ones too short to compare too, in the order they were given."""
        return self._ids(~(self.is_duplicate | self.is_empty))

    @property
    def duplicates(self) -> Matches:
        """The documents that are dropped, each with its survivor, in the order they were given in."""
        return self._matches(self.is_duplicate)

    @property
    def related(self) -> Matches:
        """The survivors that are something to an earlier survivor, but not what makes a duplicate."""
        return self._matches((self.match >= 0) & ~self.is_duplicate)

    @property
    def empty(self) -> list[Id]:
        """The ids of the documents of white space alone; they are duplicates of nothing."""
        return self._ids(self.is_empty)

    @property
    def too_short(self) -> list[Id]:
        """The ids of the survivors that were too short to be compared."""
        return self._ids(self.is_too_short)

    def clusters(self) -> dict[Id, list[Id]]:
        """Give the ids of the duplicates of every survivor that has any."""
        found: dict[Id, list[Id]] = {}
        positions = np.flatnonzero(self.is_duplicate)
        for position, survivor in zip(positions.tolist(), self.match[positions].tolist(), strict=True):
            found.setdefault(self.ids[survivor], []).append(self.ids[position])
        return found

    def family_sizes(self) -> NDArray[np.int64]:
        """Count for every document how many it stands for: itself and its duplicates; 0 for one that is dropped."""
        sizes = np.bincount(self.match[self.is_duplicate], minlength=len(self))
        return np.where(self.is_duplicate | self.is_empty, 0, sizes + 1)

    def family_size(self, survivor: Id) -> int:
        """Count the documents that a survivor stands for: itself and its duplicates.

        Raises
        ------
        KeyError
            If there is no survivor of this id.
        """
        position = self._position(survivor)
        if self.is_duplicate[position] or self.is_empty[position]:
            raise KeyError(f"the document {survivor!r} is no survivor")
        return 1 + int(np.count_nonzero(self.match[self.is_duplicate] == position))

    def explain(self, id_: Id) -> Comparison:
        """Compare a duplicate, or a survivor that is related to another, with the survivor that it was compared with.

        Titles that were given are used again.

        Raises
        ------
        KeyError
            If there is no document of this id.
        ValueError
            If it is nothing to any survivor; or if this result was made again from plain data, without the texts.

        Examples
        --------
        >>> from neardup import find_duplicates
        >>> line = "据介绍，重庆经开区把质量强区战略写入全区规划，加快引进和培育壮大龙头企业，全面发力。"
        >>> found = find_duplicates([line, line + "（记者某某）"])
        >>> found.explain(0).relation
        'near'
        """
        position = self._position(id_)
        match = int(self.match[position])
        if match < 0:
            raise ValueError(f"the document {id_!r} is kept, and is nothing to any other survivor")
        if self.source is None:
            raise ValueError(
                f"this result has no texts, since it was made again from plain data; those of {id_!r} and of its "
                f"survivor {self.ids[match]!r} can be compared with neardup.compare(one, other, config=found.config)"
            )
        rows, titles = np.array([position, match]), self.source.titles
        title, other_title = (None, None) if titles is None else texts_at(titles, rows)
        return compare(*texts_at(self.source.texts, rows), title=title, other_title=other_title, config=self.config)

    def filter(self, table: Any, *, id: str | None = None, keep_empty: bool = True) -> Any:  # noqa: A002, ANN401
        """Give the rows that are kept: all but those of duplicates.

        Parameters
        ----------
        table
            What was searched, or another table of the same documents: of pandas, polars, pyarrow, Hugging Face, a list
            of mappings; a list, mapping or column of texts.
        id
            The column with the ids. By default that in which they were found; else the keys of a mapping; else the
            index of a pandas table, if they were found there; else rows are taken in the order of the search.
        keep_empty
            Whether rows with no text stay, the empty and the skipped ones: they are duplicates of nothing.

        Returns
        -------
        As `table`
            Its rows as they are, in their order.

        Raises
        ------
        TypeError
            If `table` is none of these.
        ValueError
            If it does not have the documents that were searched, each once; the message names one.

        Examples
        --------
        >>> from neardup import find_duplicates
        >>> rows = [{"key": 7, "text": "天地玄黄，宇宙洪荒。"}, {"key": 8, "text": "天地玄黄宇宙洪荒"}]
        >>> found = find_duplicates(rows, text="text", id="key")
        >>> found.filter(rows)
        [{'key': 7, 'text': '天地玄黄，宇宙洪荒。'}]
        >>> found.mark(rows)[1]
        {'key': 8, 'text': '天地玄黄宇宙洪荒', 'survivor': 7, 'relation': 'identical', 'score': 1.0}
        """
        is_kept = ~self.is_duplicate & (keep_empty | ~self.is_empty)
        return rows_of(table, np.append(is_kept, keep_empty)[self._rows(table, id)])

    def mark(self, table: Any, *, id: str | None = None) -> Any:  # noqa: A002, ANN401
        """Give all rows with three more columns: in favour of which ``survivor`` each goes, ``relation`` and ``score``.

        All three are null for a row that is kept, also if it is related to another.

        Parameters
        ----------
        table, id
            See `filter`; but no texts alone. So are the errors.

        Raises
        ------
        ValueError
            If the table has a column of one of these names.
        """
        rows = self._rows(table, id)
        match = np.append(np.where(self.is_duplicate, self.match, -1), -1)[rows].tolist()
        dropped = np.flatnonzero(np.array(match) >= 0)
        chosen = rows[dropped]
        relation: list[Any] = [None] * len(rows)
        score: list[Any] = [None] * len(rows)
        measured = scores_of(self.evidence[chosen], self.relation[chosen]).tolist()
        for row, number, value in zip(dropped.tolist(), self.relation[chosen].tolist(), measured, strict=True):
            relation[row], score[row] = RELATIONS[number], value
        return extended(
            table,
            {
                "survivor": NewColumn([None if i < 0 else self.ids[i] for i in match], id_type(self.ids)),
                "relation": NewColumn(relation, "string"),
                "score": NewColumn(score, "float64"),
            },
        )

    def to_dict(self) -> dict[str, Any]:
        """Give the result as plain data, everything by id: the same for every order of the documents.

        Integers come before strings. With ``keep="first"`` the order decides, so it must be the same then.
        """
        return {
            "schema_version": SCHEMA_VERSION,
            "config": self.config.to_dict(),
            "fingerprint": self.config.fingerprint(),
            "documents": len(self),
            "survivors": sorted(self.survivors, key=id_order),
            "duplicates": [match.to_dict() for match in sorted(self.duplicates, key=_by_id)],
            "related": [match.to_dict() for match in sorted(self.related, key=_by_id)],
            "empty": sorted(self.empty, key=id_order),
            "too_short": sorted(self.too_short, key=id_order),
            "skipped": sorted(self.skipped, key=id_order),
            "boilerplate": None if self.boilerplate is None else [each.to_dict() for each in self.boilerplate],
            "cuts": self.cuts.to_dict(),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Make the result again from what `to_dict` gave; the documents are in the order of their ids then.

        Raises
        ------
        TypeError, ValueError
            If the data are not what `to_dict` gave: of another ``schema_version``, of another config or other
            definitions than its fingerprint says, incomplete, edited; says what is wrong.
        """
        return read_plain(cls._of_plain, data)

    @classmethod
    def _of_plain(cls, data: Mapping[str, Any]) -> Self:
        config, survivors = Config.from_dict(data["config"]), set(data["survivors"])
        matches = [Match.from_dict(match) for match in (*data["duplicates"], *data["related"])]
        dropped = [match["id"] for match in data["duplicates"]]
        ids = checked_ids(sorted([*data["survivors"], *data["empty"], *dropped], key=id_order))
        checked_ids([*ids, *data["skipped"]])
        if not survivors.issuperset(data["too_short"]):
            raise ValueError("one that is too short is no survivor")
        position = {id_: i for i, id_ in enumerate(ids)}

        def marked(chosen: Iterable[Id]) -> NDArray[np.bool_]:
            mask = np.zeros(len(ids), bool)
            mask[[position[id_] for id_ in chosen]] = True
            return mask

        match, relation, evidence = (
            np.full(len(ids), -1, np.int64),
            np.zeros(len(ids), np.uint8),
            np.zeros((len(ids), len(Evidence.__slots__))),
        )
        for each in matches:
            i = position[each.id]
            is_kept = each.relation not in config.relations
            if each.id == each.survivor or each.survivor not in survivors or is_kept != (each.id in survivors):
                raise ValueError(f"{each.id!r} cannot be {each.relation} to {each.survivor!r}")
            match[i], relation[i] = position[each.survivor], NUMBERS[each.relation]
            evidence[i] = list(each.evidence.to_dict().values())
        return cls(
            ids=ids,
            config=config,
            match=match,
            relation=relation,
            evidence=evidence,
            is_duplicate=marked(dropped),
            is_empty=marked(data["empty"]),
            is_too_short=marked(data["too_short"]),
            cuts=Cuts(**data["cuts"]),
            skipped=list(data["skipped"]),
            boilerplate=_boilerplate(data["boilerplate"], config),
        )

    def to_arrow(self) -> pa.Table:
        """Give a pyarrow table, a row for every document: what is missing of a survivor is null.

        The columns: ``id``, ``status`` (``survivor``, ``duplicate`` or ``empty``), ``too_short``, ``survivor``,
        ``relation``, the fields of `neardup.Evidence`, ``family_size``. Ids are int64 if all are integers (uint64 if
        that is too narrow), else strings.
        """
        import pyarrow as pa

        has_match = self.match >= 0
        status = np.where(self.is_duplicate, "duplicate", np.where(self.is_empty, "empty", "survivor"))
        measured = {
            name: pa.array(column, mask=~has_match)
            for name, column in zip(Evidence.__slots__, self.evidence.T, strict=True)
        }
        ids = id_array(self.ids)
        return pa.table(
            {
                "id": ids,
                "status": pa.array(status.tolist(), pa.string()),
                "too_short": pa.array(self.is_too_short),
                "survivor": ids.take(pa.array(self.match, mask=~has_match)),
                "relation": pa.array([RELATIONS[i] for i in self.relation.tolist()], pa.string()),
                **measured,
                "family_size": pa.array(self.family_sizes()),
            }
        )

    def _rows(self, table: Any, column: str | None) -> NDArray[np.int64]:  # noqa: ANN401
        """Give for every row of a table the position of its document; -1 for one that was skipped."""
        given = ids_of(table, column, self.source)
        known = self._positions() | dict.fromkeys(self.skipped, -1)
        if len(given) != len(known):
            raise ValueError(
                f"{counted(len(known), 'document')} were searched, and here are {len(given)}; give the same ones"
            )
        unknown = next((id_ for id_ in given if id_ not in known), None)
        if unknown is not None:
            raise ValueError(f"the document {unknown!r} is none of those that were searched; give the same ones")
        return np.array([known[id_] for id_ in given], np.int64)

    def _ids(self, chosen: NDArray[np.bool_]) -> list[Id]:
        return [self.ids[i] for i in np.flatnonzero(chosen).tolist()]

    def _matches(self, chosen: NDArray[np.bool_]) -> Matches:
        positions = np.flatnonzero(chosen)
        return Matches(self.ids, positions, self.match[positions], self.relation[positions], self.evidence[positions])

    def _matched(self, position: int) -> Match:
        chosen = slice(position, position + 1)
        matches = Matches(
            self.ids, np.array([position]), self.match[chosen], self.relation[chosen], self.evidence[chosen]
        )
        return matches[0]


SHOWN_DUPLICATES = 10
"""So many are shown in a notebook."""


def _boilerplate(listed: Sequence[Mapping[str, Any]] | None, config: Config) -> tuple[BoilerplateParagraph, ...] | None:
    found = None if listed is None else tuple(map(BoilerplateParagraph.from_dict, listed))
    for paragraph in found or ():
        if paragraph.hash not in config.boilerplate or paragraph.hash != paragraph_hash(paragraph.text):
            raise ValueError(f"{paragraph.text!r} is no boilerplate of the config")
    return found


def _by_id(match: Match) -> tuple[bool, Id]:
    return id_order(match.id)
