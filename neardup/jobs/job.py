"""A job from its inputs to its outputs: the stages in order, each only if it is not done."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import accumulate
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from neardup.boilerplate import find_boilerplate
from neardup.jobs.deciding import DECIDED, ORDER, Decider
from neardup.jobs.documents import JobDocuments
from neardup.jobs.indexes import size_of
from neardup.jobs.paragraphs import remove_paragraphs, sketched_stage, taken
from neardup.jobs.sketching import OWN, READ, SKETCH, TEXTS, Sketcher, read_chunks
from neardup.jobs.texts import StoredTexts
from neardup.jobs.workspace import plain
from neardup.model import BoilerplateParagraph
from neardup.rule import Rule
from neardup.spans import composed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from neardup._typing import Id
    from neardup.config import Config
    from neardup.io.sources import Source
    from neardup.jobs.options import Options
    from neardup.jobs.workspace import Arrays, Workspace
    from neardup.spans import Stretch

    Progress = Callable[[str, int, int], object]
    Item = TypeVar("Item")

BOILERPLATE = "boilerplate"
_MOST_CHUNK_BYTES = 1 << 24


class Job:
    """Finds the duplicates among the documents of files, with what it needs on the disk.

    Parameters
    ----------
    sources
        The inputs, in order.
    options
        What decides.
    work
        Where the stages are kept.
    memory
        How many bytes the work may take, beside what Python and its libraries do.
    threads
        At least 1; None for as many as this process may use.
    progress
        Called now and then with a stage, what is done of it and all: ``reading`` in bytes on the disk, the others in
        documents.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        options: Options,
        work: Workspace,
        *,
        memory: int,
        threads: int | None = None,
        progress: Progress | None = None,
    ) -> None:
        self.sources = sources
        self.options = options
        self.work = work
        self.seconds: dict[str, float] = {}
        self._memory = memory
        self._threads = threads
        self._report = progress or (lambda *_: None)
        self._last_removed: tuple[int, dict[int, list[Stretch]]] = -1, {}

    def find(self) -> None:
        """Do what is not done yet of everything up to the verdicts."""
        with self._timed("reading"):
            self._read()
        if self.options.paragraphs:
            with self._timed("paragraphs"):
                remove_paragraphs(self.work, self.options, self._threads, partial(self._report, "paragraphs"))
        with self._timed("boilerplate"):
            config = self._with_boilerplate()
        with self._timed("sketching"):
            self._sketch_rest(config)
        self.documents = JobDocuments(self.work, self.sources)
        with self._timed("keys"):
            self.documents.check_ids(self.documents.before(self.options.given))
            if self.options.wanted.priority:
                self.documents.check_priorities()
            self.left_out = np.zeros(len(self.documents), bool)
            if self.options.adds:
                self.left_out[self.documents.stored_again(self.options.given - 1)] = True
            decider = Decider(
                self.work,
                self.documents,
                self.options,
                config,
                self._memory,
                self._threads,
                partial(self._report, "comparing"),
                self.left_out if self.options.adds else None,
            )
            decider.find_keys()
        with self._timed("comparing"):
            decider.decide()
        self.config = config
        self.chars = np.concatenate(
            [self.work.read(SKETCH, i, "chars")["chars"] for i in range(self.work.count(SKETCH))]
        )
        self.verdicts = self.work.read(DECIDED)

    def dropped(self) -> NDArray[np.bool_]:
        """Tell of every document whether it is a duplicate."""
        found = np.zeros(len(self.documents), bool)
        found[self.verdicts["rows"]] = Rule.of(self.config).drops[self.verdicts["relation"]]
        return found

    def drops(self) -> Arrays:
        """Give the verdicts on duplicates alone."""
        is_dropped = Rule.of(self.config).drops[self.verdicts["relation"]]
        return {name: self.verdicts[name][is_dropped] for name in ("rows", "match", "relation", "evidence")}

    def found_boilerplate(self) -> tuple[BoilerplateParagraph, ...] | None:
        """Give the boilerplate that was found; None if it was not looked for."""
        if not self.work.has(BOILERPLATE):
            return None
        return tuple(BoilerplateParagraph(*each) for each in self.work.read_said(BOILERPLATE))

    def texts(self, rows: NDArray[np.int64]) -> list[str]:
        """Give texts as they were compared."""
        stored = StoredTexts(self.work, OWN, self.work.count(SKETCH), sketched_stage(self.options))
        return stored.column(rows).take(np.arange(len(rows)))

    def added(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Order documents that survive as they are added to an index, so that none of them is a duplicate there.

        That is the order in which they were decided; of those that can have no candidates it does not matter.
        """
        order = self.work.read(ORDER)["order"]
        first = order[np.isin(order, rows)]
        if (np.diff(first) > 0).all():
            return rows
        return np.concatenate([first, np.setdiff1d(rows, first)])

    def documents_of(self, rows: NDArray[np.int64]) -> tuple[list[Id], list[str], list[str]]:
        """Give the ids of documents, their texts as they are written, and their titles."""
        every, chunks = np.arange(len(rows)), self.work.count(READ)
        texts = StoredTexts(self.work, TEXTS, chunks).column(rows).take(every)
        titles = self.documents.titles(rows)
        return self.documents.ids(rows), list(texts), list(titles.take(every)) if titles is not None else []

    def removed(self, begin: int, end: int) -> Iterator[tuple[range, dict[int, list[Stretch]]]]:
        """Give some documents that stand one behind the other, chunk by chunk, with what is taken out of their texts.

        Yields
        ------
        range, dict
            Positions of documents of one source; and by the line of some of them, stretches.
        """
        ends, lines = self.documents.ends, self.documents.line
        number = int(ends.searchsorted(begin, side="right"))
        while begin < end:
            first, stop = int(ends[number - 1]) if number else 0, min(int(ends[number]), end)
            if begin < stop:
                gone = self._removed_in(number)
                rows = range(begin, stop)
                yield rows, {int(lines[row]): gone[row - first] for row in rows if row - first in gone}
            begin, number = stop, number + 1

    def _removed_in(self, number: int) -> dict[int, list[Stretch]]:
        """Give what is taken out of the texts of a chunk, by its rows; that of the last one is remembered."""
        if self._last_removed[0] != number:
            removed = self.work.read_said(READ, number)["removed"]
            within = {int(row): [(start, stop) for start, stop in each] for row, each in removed.items()}
            within |= {row: composed(within.get(row, []), each) for row, each in taken(self.work, number).items()}
            self._last_removed = number, within
        return self._last_removed[1]

    def _sketcher(self, config: Config) -> Sketcher:
        return Sketcher(self.work, self.options.wanted, config, self.options.scope, threads=self._threads)

    def _read(self) -> None:
        sketcher = self._sketcher(self.options.config)
        number, first = self.work.count(READ), (0, 0)
        if number:
            first = tuple(self.work.read_said(READ, number - 1)["stop"])
        if first[0] == len(self.sources) and number:
            return
        chunk_bytes = min(_MOST_CHUNK_BYTES, self._memory // 16)
        chunks = read_chunks(self.sources, self.options, first, chunk_bytes)
        sizes = [size_of(source) for source in self.sources]
        before = [0, *accumulate(sizes)]  # the bytes of the sources before each
        for chunk in chunks if self._threads == 1 else _ahead(chunks):
            texts = sketcher.read(number, chunk)
            if self.options.boilerplate is None and self.options.paragraphs is None:
                sketcher.sketch(number, texts)
            number += 1
            self._report("reading", before[chunk.stop[0]] + chunk.position, before[-1])

    def _with_boilerplate(self) -> Config:
        config = self.options.config
        if self.options.boilerplate is None:
            return config
        if not self.work.has(BOILERPLATE):
            chunks = self.work.count(READ)
            stored = StoredTexts(self.work, sketched_stage(self.options), chunks)
            self._report("boilerplate", 0, len(stored))
            found = find_boilerplate(stored.column(np.arange(len(stored))), self._threads)
            self.work.write(BOILERPLATE, said=plain([(each.hash, each.text, each.documents) for each in found]))
        hashes = [each.hash for each in self.found_boilerplate() or ()]
        return config.with_overrides(boilerplate={*config.boilerplate, *hashes})

    def _sketch_rest(self, config: Config) -> None:
        sketcher = self._sketcher(config)
        chunks = self.work.count(READ)
        if self.work.count(SKETCH) == chunks:
            return
        stored = StoredTexts(self.work, sketched_stage(self.options), chunks)
        begin = 0
        for number in range(chunks):
            size = len(self.work.read(READ, number, "numbers")["numbers"])
            if not self.work.has(SKETCH, number):
                sketcher.sketch(number, stored.column(np.arange(begin, begin + size)))
                stored.let_go()
                self._report("sketching", begin + size, len(stored))
            begin += size
        stored.close()

    @contextmanager
    def _timed(self, stage: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.seconds[stage] = time.perf_counter() - start


def _ahead(items: Iterable[Item]) -> Iterator[Item]:
    """Make each item while the one before it is worked on."""
    given = iter(items)
    pool = ThreadPoolExecutor(1)
    try:
        future = pool.submit(next, given, None)
        while (item := future.result()) is not None:
            future = pool.submit(next, given, None)
            yield item
    finally:
        pool.shutdown(wait=False)  # an interrupt does not wait for what is read to no purpose


def default_memory() -> int:
    """Give a quarter of the memory of this machine, in bytes."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 4
    except (AttributeError, OSError, ValueError):  # a system that does not say
        return 1 << 31
