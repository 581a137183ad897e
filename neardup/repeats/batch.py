"""What each of many documents repeats, in arrays, with the result of a document made when it is asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from neardup.checks import thread_count
from neardup.inputs import texts_at
from neardup.inputs.ids import id_array
from neardup.repeats import engine
from neardup.repeats.document import DocumentRepeats
from neardup.results.exports import ById, Exported, counted
from neardup.spans import without

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from neardup._typing import Id, Scope
    from neardup.inputs import Documents
    from neardup.model import Kept
    from neardup.repeats.engine import Cleaned, Found
    from neardup.spans import Stretch
    from neardup.survivors import Progress


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Repeats(ById, Exported):
    r"""What each of many documents repeats.

    ``found[id]`` gives the `DocumentRepeats` of a document; ``id in found`` says whether there is such a document;
    iterating gives the ids.

    Attributes
    ----------
    ids
        Of all documents, as they were given.
    found
        The arrays; see `neardup.repeats.engine.Found`.
    skipped
        The ids of the texts that were null, with ``on_null="skip"``; they are in nothing else here.
    source
        What was read; None in a result that was unpickled, which has the arrays alone.

    Examples
    --------
    >>> from neardup import find_repeats_batch
    >>> line = "据介绍，重庆经开区把质量强区战略写入全区“十二五”规划，并按照品牌化发展思路推进。\n"
    >>> found = find_repeats_batch({20: "标题\n" + line, 21: "标题\n" + line + line})
    >>> found
    Repeats(2 documents: 1 with repeats, 0 with the body printed more than once)
    >>> [(repeat.copy.first_line, repeat.chars) for repeat in found[21].repeats], found[20].repeats
    ([(3, 36)], ())
    """

    ids: Sequence[Id]
    found: Found
    skipped: Sequence[Id] = ()
    source: Documents | None = None
    _places: dict[Id, int] = field(default_factory=dict, init=False)
    _cleaned: dict[Scope, Cleaned] = field(default_factory=dict, init=False)

    def __getstate__(self) -> list[Any]:
        # An opened batch of texts cannot be written, and the texts are not part of the result.
        return [None if name == "source" else getattr(self, name) for name in self.__slots__]

    def __getitem__(self, id_: Id) -> DocumentRepeats:
        """Give what a document repeats.

        Raises
        ------
        KeyError
            If there is no document of this id.
        ValueError
            If this result was unpickled, without the texts.
        """
        return self.document(self._position(id_))

    def __str__(self) -> str:
        """Say how many there are of each."""
        said = (
            f"{counted(len(self), 'document')}: {np.count_nonzero(self.counts)} with repeats, "
            f"{np.count_nonzero(self.body_copies > 1)} with the body printed more than once"
        )
        return said + (f"; {len(self.skipped)} skipped" if self.skipped else "")

    @property
    def counts(self) -> NDArray[np.int64]:
        """int64, for every document: how many repeats it has."""
        return np.diff(self.found.offsets)

    @property
    def body_copies(self) -> NDArray[np.int32]:
        """int32, for every document: how often it prints its body."""
        return self.found.body_copies

    @property
    def repeated_share(self) -> NDArray[np.float64]:
        """float64, for every document: the part of its folded code points that lies in copies, in [0, 1)."""
        share: NDArray[np.float64] = self.found.copied / np.maximum(self.found.chars, 1)
        return share

    @property
    def with_repeats(self) -> list[Id]:
        """The ids of the documents that repeat something, in the order they were given."""
        return self._ids(self.counts > 0)

    @property
    def with_bodies(self) -> list[Id]:
        """The ids of the documents that print their body more than once, in the order they were given."""
        return self._ids(self.body_copies > 1)

    def document(self, position: int) -> DocumentRepeats:
        """Give what a document repeats, by its position in `ids`.

        Raises
        ------
        ValueError
            If this result was unpickled, without the texts.
        """
        [text] = texts_at(self._source().texts, np.array([position]))
        return DocumentRepeats.of_found(text, self.found, self._cleaned, position)

    def clean(
        self, scope: Scope = "body", *, threads: int | None = None, progress: Progress | None = None
    ) -> list[str]:
        """Give the texts without copies, in the order of `ids`; those without any as they were given.

        Parameters
        ----------
        scope
            What may go; see `neardup.DocumentRepeats.clean`.
        threads
            At least 1; None for as many as this process may use. The result does not depend on it.
        progress
            Called now and then with ``cleaning``, the documents done and all. Each scope is worked out once.

        Raises
        ------
        TypeError
            If `threads` is no integer.
        ValueError
            If there is no such scope, `threads` is out of range, or this result was unpickled, without the texts.
        """
        cleaned = self.cleaned(scope, threads=threads, progress=progress)
        texts = texts_at(self._source().texts, np.arange(len(self)))
        for document in np.flatnonzero(np.diff(cleaned.removed_offsets)).tolist():
            texts[document] = without(texts[document], cleaned.removed_from(document))
        return texts

    def removed(
        self, scope: Scope = "body", *, threads: int | None = None, progress: Progress | None = None
    ) -> dict[Id, tuple[Stretch, ...]]:
        """Give the stretches that `clean` leaves out, of every document that loses something.

        They are ``start, stop`` in code points of the text, ascending. Parameters and errors are those of `clean`.
        """
        cleaned = self.cleaned(scope, threads=threads, progress=progress)
        return self._by_id(cleaned.removed_offsets, cleaned.removed_from)

    def kept(
        self, scope: Scope = "body", *, threads: int | None = None, progress: Progress | None = None
    ) -> dict[Id, tuple[Kept, ...]]:
        """Give the copies that `clean` leaves in, each with the reason, of every document that keeps some.

        Parameters and errors are those of `clean`.
        """
        cleaned = self.cleaned(scope, threads=threads, progress=progress)
        return self._by_id(cleaned.kept_offsets, cleaned.kept_in)

    def cleaned(
        self, scope: Scope = "body", *, threads: int | None = None, progress: Progress | None = None
    ) -> Cleaned:
        """Give what goes and what stays of copies as arrays; see `neardup.repeats.engine.Cleaned`.

        Parameters and errors are those of `clean`.
        """
        scope, workers = engine.checked_scope(scope), thread_count(threads)
        if scope not in self._cleaned:
            texts, size = self._source().texts, len(self)
            report = progress or (lambda *_: None)
            report("cleaning", 0, size)
            self._cleaned[scope] = engine.clean(
                texts, self.found, scope, workers, lambda done: report("cleaning", done, size)
            )
            report("cleaning", size, size)
        return self._cleaned[scope]

    def to_arrow(self) -> pa.Table:
        """Give a pyarrow table, a row for every document.

        The columns: ``id``, ``chars``, ``repeated_share``, ``body_copies``, and ``repeats``, a list of structs:
        ``original_start``, ``original_stop``, ``start``, ``stop``, ``similarity``, ``kind``, ``chars``, ``paragraphs``,
        ``period``. Ids are int64 if all are integers (uint64 if that is too narrow), else strings.
        """
        import pyarrow as pa

        original, original_stop, copy, copy_stop, chars, paragraphs, period, matched, both = self.found.rows.T
        columns = {
            "original_start": pa.array(original),
            "original_stop": pa.array(original_stop),
            "start": pa.array(copy),
            "stop": pa.array(copy_stop),
            "similarity": pa.array(2 * matched.astype(np.int64) / both),
            "kind": pa.array(np.where(2 * matched.astype(np.int64) == both, "exact", "near").tolist(), pa.string()),
            "chars": pa.array(chars),
            "paragraphs": pa.array(paragraphs),
            "period": pa.array(period, mask=period == 0),
        }
        repeats = pa.StructArray.from_arrays(list(columns.values()), list(columns))
        return pa.table(
            {
                "id": id_array(self.ids),
                "chars": pa.array(self.found.chars),
                "repeated_share": pa.array(self.repeated_share),
                "body_copies": pa.array(self.body_copies),
                "repeats": pa.LargeListArray.from_arrays(pa.array(self.found.offsets), repeats),
            }
        )

    def _source(self) -> Documents:
        if self.source is None:
            raise ValueError(
                "this result has no texts, since it was unpickled; ask for documents and clean them before it is "
                "pickled, or search the texts again"
            )
        return self.source

    def _ids(self, chosen: NDArray[np.bool_]) -> list[Id]:
        return [self.ids[i] for i in np.flatnonzero(chosen).tolist()]

    def _by_id(self, offsets: NDArray[np.int64], get: Callable[[int], Any]) -> dict[Id, Any]:
        return {self.ids[i]: get(i) for i in np.flatnonzero(np.diff(offsets)).tolist()}
