"""Sketches: all that is kept of texts for finding candidates and ordering them, in arrays; to Arrow and back."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from neardup._backend import kernels
from neardup.boilerplate import without_boilerplate
from neardup.checks import thread_count
from neardup.config import Config, chosen_config
from neardup.errors import MismatchError
from neardup.folding import folding_table
from neardup.inputs import text_column
from neardup.minhash import sketch
from neardup.schemes import COPY_GAP, SCHEMES
from neardup.shingling import HashSets

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from neardup._typing import Column, StreamSource, Texts

SCHEMA_VERSION = 1

_METADATA = b"neardup"


@dataclass(frozen=True, slots=True, eq=False)
class Sketches:
    """The sketches of many texts, from which candidates are found without the texts.

    Attributes
    ----------
    config
        What they were made with; only its ``part("signature")`` matters.
    signatures
        uint32, shape (texts, num_perm); see `neardup.signatures`.
    anchors
        See `neardup.shingling.anchors`.
    digests
        uint64: of each text the sum of the hashes of all its shingles, mixed with its length. Texts that say the same
        share it. It only tells which texts to compare: they decide whether they are identical, so nobody gains anything
        by texts that share one.
    chars
        int64: folded code points of each text.
    distinct
        int64: the same without what the text prints again; -1 where that was not measured.
    body
        int64: what counts for ``keep="longest"``: `distinct`; or where most of that is printed again, only what is, so
        that a page whose body is printed twice counts for no more than its clean twin. -1 likewise.

    Examples
    --------
    >>> found = Sketches.of_texts(["质量强则万物强，质量是综合实力的体现。", "天地玄黄"])
    >>> len(found), found.signatures.shape, found.anchors.sizes.tolist(), found.chars.tolist()
    (2, (2, 128), [1, 0], [17, 4])
    >>> found[1:].chars.tolist()
    [4]
    """

    config: Config
    signatures: NDArray[np.uint32]
    anchors: HashSets
    digests: NDArray[np.uint64]
    chars: NDArray[np.int64]
    distinct: NDArray[np.int64]
    body: NDArray[np.int64]

    @classmethod
    def of_texts(cls, texts: Texts, *, config: Config | None = None, threads: int | None = None) -> Self:
        """Make the sketches of texts.

        Parameters
        ----------
        texts
            See `neardup.find_duplicates`.
        config
            What decides; its ``boilerplate`` is removed first.
        threads
            At least 1; None for as many as this process may use. The result does not depend on it.

        Raises
        ------
        TypeError, ValueError
            As `neardup.signatures`.
        """
        config = chosen_config(config)
        own = without_boilerplate(text_column(texts), config.boilerplate, threads)
        return cls.of_own_texts(own, config, threads).measured(own, np.arange(len(own)), threads)

    @classmethod
    def of_own_texts(cls, texts: Column, config: Config, threads: int | None) -> Self:
        """Make the sketches of texts without boilerplate, and measure no copies in them."""
        found = sketch(texts, **config.sketching, threads=threads)
        unknown = np.broadcast_to(np.int64(-1), len(found.chars))  # no memory
        return cls(config, *found, unknown, unknown)

    def measured(self, texts: Column, rows: NDArray[np.int64], threads: int | None) -> Self:
        """Measure the copies inside some texts, where that was not done yet.

        Parameters
        ----------
        texts
            Those that the sketches are of, without boilerplate.
        rows
            Which of them.
        threads
            See `of_texts`.
        """
        rows = rows[self.distinct[rows] < 0]
        if not len(rows):
            return self
        copied, copied_from = kernels.copied_chars(
            texts,
            folding_table().opened,
            self.config.min_repeat_chars,
            COPY_GAP,
            rows,
            thread_count(threads),
        )
        distinct, body = self.distinct.copy(), self.body.copy()
        distinct[rows] = self.chars[rows] - copied
        body[rows] = np.where(2 * copied_from >= distinct[rows], copied_from, distinct[rows])
        return self._with(distinct=distinct, body=body)

    def without_keys(self) -> Self:
        """Give the same without signatures and anchors, which take the most memory: once keys are made."""
        return self._with(
            signatures=self.signatures[:, :0].copy(),
            anchors=HashSets(self.anchors.values[:0].copy(), np.zeros(len(self) + 1, np.int64)),
        )

    def __len__(self) -> int:
        """Count the texts."""
        return len(self.chars)

    def __getitem__(self, rows: slice | NDArray[np.integer] | NDArray[np.bool_]) -> Self:
        """Give the sketches of some texts, by a slice, positions or a mask."""
        chosen = np.arange(len(self))[rows]
        return self._with(
            anchors=self.anchors.at(chosen),
            **{name: getattr(self, name)[chosen] for name in ("signatures", "digests", "chars", "distinct", "body")},
        )

    @classmethod
    def concatenate(cls, parts: Sequence[Sketches]) -> Self:
        """Join sketches.

        Raises
        ------
        ValueError
            If there are none.
        MismatchError
            If they were made in different ways; says what differs.
        """
        if not parts:
            raise ValueError("there must be sketches to join; Sketches.of_texts([]) makes some of no text")
        for part in parts:
            _check_alike(_made_with(part.config), parts[0].config)
        arrays = {
            name: np.concatenate([getattr(part, name) for part in parts])
            for name in ("signatures", "digests", "chars", "distinct", "body")
        }
        return cls(config=parts[0].config, anchors=HashSets.concatenate([part.anchors for part in parts]), **arrays)

    def to_arrow(self) -> pa.Table:
        """Give a pyarrow table, a row for every text.

        The columns: ``signature`` (a list of ``num_perm`` uint32), ``anchors`` (lists of uint64), ``digest`` (uint64),
        ``chars``, ``distinct``, ``body`` (int64; null where not measured). What the sketches were made with stands in
        the metadata of the schema, so that it comes along in a Parquet file.
        """
        import pyarrow as pa

        unknown = self.distinct < 0
        columns = {
            "signature": pa.FixedSizeListArray.from_arrays(pa.array(self.signatures.ravel()), self.config.num_perm),
            "anchors": pa.LargeListArray.from_arrays(pa.array(self.anchors.offsets), pa.array(self.anchors.values)),
            "digest": pa.array(self.digests),
            "chars": pa.array(self.chars),
            "distinct": pa.array(self.distinct, mask=unknown),
            "body": pa.array(self.body, mask=unknown),
        }
        return pa.table(columns).replace_schema_metadata({_METADATA: json.dumps(_made_with(self.config))})

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Give what `to_arrow` gives as an Arrow stream, to any library that reads those."""
        return self.to_arrow().__arrow_c_stream__(requested_schema)

    @classmethod
    def from_arrow(cls, data: StreamSource, *, config: Config | None = None) -> Self:
        """Read what `to_arrow` gave, from any table with an Arrow stream.

        Parameters
        ----------
        data
            A pyarrow, polars or other table, with the metadata of the schema.
        config
            What the sketches have to be made with. None: whatever they were made with.

        Raises
        ------
        MismatchError
            If they were made in another way, or with another version of what they rest on; says what differs.
        ValueError
            If the table is none of sketches.

        Examples
        --------
        >>> found = Sketches.of_texts(["质量强则万物强，质量是综合实力的体现。"])
        >>> Sketches.from_arrow(found.to_arrow(), config=Config(ngram=4))
        Traceback (most recent call last):
            ...
        neardup.errors.MismatchError: the sketches were made with ngram 5, not 4; make them again
        """
        import pyarrow as pa

        table = pa.table(data)
        if _METADATA not in (table.schema.metadata or {}):
            raise ValueError("the table holds no sketches: the metadata of its schema, which say so, are missing")
        made_with = json.loads(table.schema.metadata[_METADATA])
        _check_alike(made_with, config)
        config = config or Config.from_dict(made_with["config"])
        table = table.combine_chunks()

        def values(name: str) -> Any:  # noqa: ANN401
            column = table[name]
            return column.chunk(0) if column.num_chunks else pa.array([], column.type)

        signatures, anchors = values("signature"), values("anchors")
        return cls(
            config=config,
            signatures=np.ascontiguousarray(signatures.flatten(), np.uint32).reshape(len(table), config.num_perm),
            anchors=HashSets(
                np.ascontiguousarray(anchors.flatten(), np.uint64),
                np.ascontiguousarray(anchors.offsets, np.int64) - (anchors.offsets[0].as_py() if len(anchors) else 0),
            ),
            digests=np.ascontiguousarray(values("digest"), np.uint64),
            chars=np.ascontiguousarray(values("chars"), np.int64),
            distinct=np.ascontiguousarray(values("distinct").fill_null(-1), np.int64),
            body=np.ascontiguousarray(values("body").fill_null(-1), np.int64),
        )

    def _with(self, **values: Any) -> Self:  # noqa: ANN401
        return type(self)(**{field.name: getattr(self, field.name) for field in fields(self)} | values)


def _made_with(config: Config) -> dict[str, Any]:
    return {
        "schema_version": SCHEMA_VERSION,
        "fingerprint": config.fingerprint("signature"),
        "config": config.part("signature"),
        "schemes": SCHEMES,
        "copy_gap": COPY_GAP,
    }


def _check_alike(made_with: dict[str, Any], config: Config | None) -> None:
    """Raise MismatchError if sketches were not made as this version makes them, with a config if one is given."""
    wanted = _made_with(config or Config.from_dict(made_with["config"]))
    pairs = (
        (made_with["config"], wanted["config"], "{}"),
        (made_with["schemes"], SCHEMES, "{} scheme"),
        (made_with, {"schema_version": SCHEMA_VERSION, "copy_gap": COPY_GAP}, "{}"),
    )
    differ = [
        f"{shown.format(name)} {theirs.get(name)}, not {ours[name]}"
        for theirs, ours, shown in pairs
        for name in ours
        if theirs.get(name) != ours[name]
    ]
    if differ:
        raise MismatchError(f"the sketches were made with {'; '.join(differ)}; make them again")
