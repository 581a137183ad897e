"""Sketches: all that is kept of texts for finding candidates and ordering them, in arrays; to Arrow and back."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from neardup._backend import kernels
from neardup.boilerplate import without_boilerplate
from neardup.checks import MAX_CHARS, thread_count
from neardup.config import Config, chosen_config
from neardup.content import opened_table
from neardup.errors import MismatchError
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

_FEW = 1024


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
        uint64: of each text a hash of all its shingles in order and its length. Texts that say the same share it. It
        only tells which texts to compare: they, with their numbers, decide whether they are identical, so nobody gains
        anything by texts that share one.
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
        unknown = _unknown(len(found.chars))
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
            opened_table(self.config.content),
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
        if chosen.ndim != 1:
            raise TypeError("sketches are chosen by a slice, positions or a mask; sketches[i : i + 1] gives one")
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
        TypeError
            If something else is among them.
        MismatchError
            If they were made in different ways; says what differs.
        """
        if not parts:
            raise ValueError("there must be sketches to join; Sketches.of_texts([]) makes some of no text")
        for part in parts:
            check_sketches(part)
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

        check_sketches(self)
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
            Any table with the metadata of the schema, which pyarrow and Parquet keep, and polars and pandas do not.
        config
            What the sketches have to be made with. None: whatever they were made with.

        Raises
        ------
        MismatchError
            If they were made in another way, or with another version of what they rest on; says what differs.
        TypeError
            If it is no table.
        ValueError
            If the table is none of sketches; says why.

        Examples
        --------
        >>> found = Sketches.of_texts(["质量强则万物强，质量是综合实力的体现。"])
        >>> Sketches.from_arrow(found.to_arrow(), config=Config(ngram=4))
        Traceback (most recent call last):
            ...
        neardup.errors.MismatchError: the sketches were made with ngram 5, not 4; make them again
        """
        table = _table(data)
        made_with = _read_metadata(table)
        _check_alike(made_with, config)
        config = config or Config.from_dict(made_with["config"])
        signatures, offsets = _lists(table, "signature", np.uint32)
        if (np.diff(offsets) != config.num_perm).any():
            raise _no_sketches(f"a signature has not {config.num_perm} values")
        found = cls(
            config=config,
            signatures=signatures.reshape(len(table), config.num_perm),
            anchors=HashSets(*_lists(table, "anchors", np.uint64)),
            digests=_numbers(table, "digest", np.uint64),
            chars=_numbers(table, "chars", np.int64),
            distinct=_numbers(table, "distinct", np.int64, unknown=-1),
            body=_numbers(table, "body", np.int64, unknown=-1),
        )
        found._check_values()
        return found

    def _check_values(self) -> None:
        """Raise ValueError if these numbers are of no texts."""
        if ((self.chars < 0) | (self.chars > MAX_CHARS)).any():
            raise _no_sketches(f"'chars' must be in [0, {MAX_CHARS}]")
        for name, values in (("distinct", self.distinct), ("body", self.body)):
            if ((values < -1) | (values > self.chars)).any():
                raise _no_sketches(f"{name!r} must be in [0, chars], or null")
        if ((self.distinct < 0) != (self.body < 0)).any():
            raise _no_sketches("'distinct' and 'body' must be null together")
        hashes, is_start = self.anchors.values, np.zeros(len(self.anchors.values) + 1, bool)
        is_start[self.anchors.offsets] = True
        if not ((hashes[:-1] < hashes[1:]) | is_start[1:-1]).all():
            raise _no_sketches("the anchors of each text must ascend")

    def _with(self, **values: Any) -> Self:  # noqa: ANN401
        return type(self)(**{field.name: getattr(self, field.name) for field in fields(self)} | values)


def _unknown(size: int) -> NDArray[np.int64]:
    """Give so many times -1; of many, without memory."""
    return np.full(size, -1) if size < _FEW else np.broadcast_to(np.int64(-1), size)


def check_sketches(sketches: Sketches) -> None:
    """Raise TypeError if these are no sketches, and ValueError if they are without keys."""
    if not isinstance(sketches, Sketches):
        raise TypeError(
            f"sketches must be neardup.Sketches, not {type(sketches).__name__}; Sketches.from_arrow reads a table"
        )
    if sketches.signatures.shape != (len(sketches), sketches.config.num_perm):
        raise ValueError("the sketches have no keys any more, by which documents are found; make them again")


def check_sketches_of(sketches: Sketches, size: int, config: Config) -> None:
    """Raise as `check_sketches`, ValueError if they are not of so many texts, MismatchError if of another config."""
    check_sketches(sketches)
    if len(sketches) != size:
        raise ValueError(f"there are sketches of {len(sketches)} texts for {size} texts")
    _check_alike(_made_with(sketches.config), config)


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
    wanted = _made_with(config or _config_of(made_with))
    versions = ("schema_version", "copy_gap")
    pairs = (
        (made_with["config"], wanted["config"], "{}"),
        (made_with["schemes"], wanted["schemes"], "{} scheme"),
        ({name: made_with.get(name) for name in versions}, {name: wanted[name] for name in versions}, "{}"),
    )
    differ = [
        f"{shown.format(name)} {theirs.get(name)}, not {ours.get(name)}"
        for theirs, ours, shown in pairs
        for name in ours | theirs
        if theirs.get(name) != ours.get(name)
    ]
    if not differ and made_with.get("fingerprint") != wanted["fingerprint"]:
        differ = [f"fingerprint {made_with.get('fingerprint')}, not {wanted['fingerprint']}"]
    if differ:
        raise MismatchError(f"the sketches were made with {'; '.join(differ)}; make them again")


def _no_sketches(reason: str) -> ValueError:
    return ValueError(f"the table holds no sketches: {reason}")


def _config_of(made_with: dict[str, Any]) -> Config:
    try:
        return Config.from_dict(made_with["config"])
    except (TypeError, ValueError) as error:
        raise _no_sketches(f"the metadata of its schema name no config of this version ({error})") from error


def _table(data: object) -> pa.Table:
    import pyarrow as pa

    if not hasattr(data, "__arrow_c_stream__") and not hasattr(data, "__arrow_c_array__"):
        raise TypeError(f"sketches are read from a table with an Arrow stream, not from {type(data).__name__}")
    try:
        return pa.table(data)
    except pa.ArrowInvalid as error:
        raise _no_sketches(f"it is a column, or no valid table ({error})") from error


def _read_metadata(table: pa.Table) -> dict[str, Any]:
    written = (table.schema.metadata or {}).get(_METADATA)
    if written is None:
        raise _no_sketches("the metadata of its schema, which say so, are missing")
    try:
        made_with = json.loads(written)
    except ValueError:
        made_with = None
    if not isinstance(made_with, dict) or not all(
        isinstance(made_with.get(name), dict) for name in ("config", "schemes")
    ):
        raise _no_sketches("the metadata of its schema are not what this version writes")
    return made_with


def _column(table: pa.Table, name: str, kind: pa.DataType, *, has_nulls: bool = False) -> pa.Array:
    """Give one column as one array of a type, to which no value may be changed."""
    import pyarrow as pa

    if table.column_names.count(name) != 1:
        raise _no_sketches(f"it has {table.column_names.count(name)} columns {name!r}")
    column = table[name]
    try:
        cast = column.cast(kind).combine_chunks()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError) as error:
        raise _no_sketches(f"its column {name!r} of {column.type} is none of {kind} ({error})") from error
    if column.null_count and not has_nulls:
        raise _no_sketches(f"its column {name!r} has nulls")
    return cast


def _numbers(table: pa.Table, name: str, dtype: Any, unknown: int | None = None) -> NDArray[Any]:  # noqa: ANN401
    """Give a column of numbers, with a number for null if one is given."""
    import pyarrow as pa

    column = _column(table, name, pa.from_numpy_dtype(dtype), has_nulls=unknown is not None)
    return np.ascontiguousarray(column if unknown is None else column.fill_null(unknown), dtype)


def _lists(table: pa.Table, name: str, dtype: Any) -> tuple[NDArray[Any], NDArray[np.int64]]:  # noqa: ANN401
    """Give a column of lists of numbers: all of them, and where those of each list begin and of the last one end."""
    import pyarrow as pa

    column = _column(table, name, pa.large_list(pa.from_numpy_dtype(dtype)))
    values, offsets = column.flatten(), np.ascontiguousarray(column.offsets, np.int64)
    if values.null_count:
        raise _no_sketches(f"its column {name!r} has nulls")
    return np.ascontiguousarray(values, dtype), offsets - offsets[0]
