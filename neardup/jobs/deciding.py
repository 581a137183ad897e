"""The stage that decides: the survivor rule on the documents that may have candidates, with their texts on the disk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from neardup._backend import kernels
from neardup.checks import thread_count
from neardup.content import opened_table
from neardup.jobs.keys import parts_within, shared_keys_of
from neardup.jobs.paragraphs import sketched_stage
from neardup.jobs.sketching import OWN, SKETCH
from neardup.jobs.texts import StoredTexts
from neardup.rule import Contents, PerKind, Ragged, Rule, group_hashes
from neardup.shingling import HashSets, ragged_at
from neardup.sketches import Sketches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from neardup.config import Config
    from neardup.jobs.documents import JobDocuments
    from neardup.jobs.options import Options
    from neardup.jobs.workspace import Arrays, Workspace

KEYS, ORDER, DECIDED = "keys", "order", "decided"

_MEASURED_AT_ONCE = 1 << 14
"""Documents: their texts are in memory together."""


@dataclass(frozen=True, slots=True)
class Decider:
    """What decides.

    Attributes
    ----------
    work
        Where the sketches are, and where the verdicts go.
    documents
        What is known of the documents.
    options
        What decides.
    config
        What the sketches are made with.
    memory
        Bytes.
    threads
        Of the kernels.
    progress
        Told how many documents are decided, and of how many.
    left_out
        bool: documents that are nothing to any other; None for none.
    """

    work: Workspace
    documents: JobDocuments
    options: Options
    config: Config
    memory: int
    threads: int | None
    progress: Callable[[int, int], object]
    left_out: NDArray[np.bool_] | None = None

    def find_keys(self) -> None:
        """Write the keys that documents share, and which documents may have candidates."""
        if self.work.has(KEYS):
            return
        chars = self._all("chars")
        if self.left_out is not None:
            chars[self.left_out] = 0
        is_judged = chars >= self.config.ngram
        counts = np.concatenate([np.diff(each) for each in self._each("anchors_offsets")])
        mixed = group_hashes(self.documents.groups()) if self.options.only == "within" else None
        kinds: list[tuple[str, int | None, NDArray[np.bool_], int]] = [
            ("digests", 1, chars > 0, len(chars)),
            ("bands", self.config.bands, is_judged, len(chars) * self.config.bands),
            ("anchors", None, is_judged, int(counts.sum())),
        ]
        keys = PerKind(
            *(
                shared_keys_of(
                    self._keys_of(name, each, chosen, mixed), parts_within(size, self.memory // 4), self.work.scratch
                )
                for name, each, chosen, size in kinds
            )
        )
        may = kernels.may_have_candidates(keys, counts, self.config.min_anchor_share, self.config.max_bucket_size)
        rows = np.flatnonzero(may & (chars > 0))
        arrays: Arrays = {"rows": rows, "counts": counts[rows]}
        for name, each in zip(PerKind._fields, keys, strict=True):
            values, offsets = ragged_at(each.values, each.offsets, rows)
            arrays |= {name: values, f"{name}_offsets": offsets}
        self.work.write(KEYS, 0, **arrays)

    def decide(self) -> None:
        """Write what became of the documents that may have candidates; all others survive, or are empty."""
        if self.work.has(DECIDED):
            return
        found = self.work.read(KEYS)
        rows, counts = found["rows"], found["counts"]
        keys = PerKind(*(Ragged(found[name], found[f"{name}_offsets"]) for name in PerKind._fields))
        stored = StoredTexts(self.work, OWN, self.work.count(SKETCH), sketched_stage(self.options))
        texts = stored.column(rows)
        chars, digests = self._all("chars")[rows], self._all("digests")[rows]
        given = int(rows.searchsorted(self.documents.before(self.options.given)))
        ranks = np.zeros(len(rows) - given, np.int64)
        if self.options.wanted.priority is not None:
            ranks = self.documents.ranks(rows[given:], descending=self.options.descending)
        body = self._body(stored, rows, chars)
        judged = self.documents.order(rows[given:], chars[given:], body[given:], self.options.keep, ranks)
        order = np.concatenate([np.arange(given), given + judged])
        if self.options.adds:
            self.work.write(ORDER, order=rows[given + judged])
        del chars, body, ranks, judged

        def tell(done: int) -> None:
            stored.let_go()
            self.progress(done, len(rows))

        match, relation, evidence, cuts, rounds = kernels.survivors(
            texts,
            opened_table(self.config.content),
            self.config.ngram,
            order,
            keys,
            self._low(rows),
            counts,
            Contents(digests, self.documents.titles(rows)),
            Rule.of(self.config),
            thread_count(self.threads),
            self.documents.groups()[rows] if self.options.only == "across" else None,
            given,
            tell,
        )
        tell(len(rows))
        del found, keys, texts
        is_said = relation > 0
        self.work.write(
            DECIDED,
            0,
            rows=rows[is_said],
            match=rows[match[is_said]],
            relation=relation[is_said],
            evidence=evidence[is_said],
            cuts=cuts,
            rounds=np.array(rounds),
        )
        stored.close()

    def _body(self, stored: StoredTexts, rows: NDArray[np.int64], chars: NDArray[np.int64]) -> NDArray[np.int64]:
        """Give what counts for ``keep="longest"``; see `neardup.Sketches`."""
        if self.options.keep != "longest":
            return chars
        body = np.empty_like(chars)
        for begin in range(0, len(rows), _MEASURED_AT_ONCE):
            some = slice(begin, begin + _MEASURED_AT_ONCE)
            found = _without_keys(self.config, chars[some])
            body[some] = found.measured(stored.column(rows[some]), np.arange(len(found)), self.threads).body
            stored.let_go()
        return body

    def _each(self, *names: str) -> Iterator[Any]:
        """Give arrays of the chunks, one after another."""
        for number in range(self.work.count(SKETCH)):
            found = self.work.read(SKETCH, number, *names)
            yield found[names[0]] if len(names) == 1 else tuple(found[name] for name in names)

    def _all(self, name: str) -> NDArray[Any]:
        return np.concatenate([*self._each(name)])

    def _keys_of(
        self, name: str, each: int | None, chosen: NDArray[np.bool_], mixed: NDArray[np.uint64] | None
    ) -> Iterator[Any]:
        """Give the keys of the chosen documents, chunk by chunk; others have none.

        Parameters
        ----------
        name
            Of the array of keys.
        each
            How many keys each document has; None if that differs.
        mixed
            What the keys of each document are mixed with.
        """
        begin = 0
        for found in self._each(name, *([] if each else [f"{name}_offsets"])):
            values = found.ravel() if each else found[0]
            sizes = np.full(len(found), each) if each else np.diff(found[1])
            end = begin + len(sizes)
            is_in = chosen[begin:end]
            if mixed is not None:
                values = values ^ np.repeat(mixed[begin:end], sizes)
            yield values[np.repeat(is_in, sizes)], np.concatenate([[0], np.cumsum(sizes * is_in)])
            begin = end

    def _low(self, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
        low = np.empty((len(rows), self.config.num_perm), np.uint8)
        begin = filled = 0
        for values in self._each("low"):
            some = rows[filled : int(rows.searchsorted(begin + len(values)))] - begin
            low[filled : filled + len(some)] = values[some]
            begin, filled = begin + len(values), filled + len(some)
        return low


def _without_keys(config: Config, chars: NDArray[np.int64]) -> Sketches:
    """Give sketches that only say how long texts are."""
    none = HashSets(np.zeros(0, np.uint64), np.zeros(len(chars) + 1, np.int64))
    unknown = np.full(len(chars), -1)
    digests = np.zeros(len(chars), np.uint64)
    return Sketches(config, np.zeros((len(chars), 0), np.uint32), none, digests, chars, unknown, unknown)
