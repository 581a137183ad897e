"""A run of a job: its folder, its outputs, and what stands beside them."""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from neardup.errors import InputError, MismatchError, OutputError
from neardup.io.atomic import WholeFile, write_faults_named
from neardup.io.boilerplate import write_boilerplate
from neardup.io.claims import Claims
from neardup.io.compression import faults_named
from neardup.io.sources import path_id
from neardup.jobs.findings import duplicate_rows, rejected_rows, write_lines, write_parquet
from neardup.jobs.indexes import add_survivors, state_of
from neardup.jobs.job import Job
from neardup.jobs.outputs import Decisions, OutputPlan
from neardup.jobs.places import BOILERPLATE, PARTS, Writing, folder_of
from neardup.jobs.room import room_for_outputs, room_for_texts
from neardup.jobs.sketching import READ
from neardup.jobs.summary import DedupSummary, Drop, Family, FileCount
from neardup.jobs.workspace import Workspace, check_room, plain
from neardup.jobs.written import WRITING, Written
from neardup.relations import RELATIONS
from neardup.results import Cuts
from neardup.results.matches import scores_of
from neardup.schemes import SCHEMES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from neardup.io.sources import Source
    from neardup.jobs.options import Options
    from neardup.jobs.outputs import MarkType

    Progress = Callable[[str, int, int], object]

MARKS: dict[str, MarkType] = {
    "neardup_status": "string",
    "neardup_survivor": "string",
    "neardup_relation": "string",
    "neardup_score": "float64",
}
"""The fields that records get: ``kept``, ``duplicate`` or ``empty``; of a duplicate the survivor's id and the rest."""

WRITTEN, ADDING = "written", "adding"

_LARGEST = 3


class DedupRun:
    """Finds the duplicates in files and writes what is kept.

    Parameters
    ----------
    given
        Earlier corpora, whose documents all survive and are not written.
    inputs
        What is written again.
    options, writing
        What decides, and what is written.
    work
        The folder for the job; by default beside the output.
    memory, threads, progress
        See `neardup.dedup_files`.
    """

    def __init__(
        self,
        given: Sequence[Source],
        inputs: Sequence[Source],
        options: Options,
        writing: Writing,
        work: Path | None,
        *,
        memory: int,
        threads: int | None,
        progress: Progress | None,
    ) -> None:
        self._sources = [*given, *inputs]
        self._options = options
        self._writing = writing
        self._folder, self._is_beside = folder_of(writing.output, work), work is None
        self._memory, self._threads = memory, threads
        self._report = progress or (lambda *_: None)
        self._states = {source.id: _state(source) for source in self._sources}

    @contextmanager
    def opened(self, *, restart: bool) -> Iterator[None]:
        """Settle where everything goes, and open the folder of the job.

        Raises
        ------
        InputError, OutputError, MismatchError
            As `neardup.dedup_files`.
        """
        self._work = Workspace(self._folder, has_parents=self._is_beside)
        try:
            self._settle(restart=restart)
        except BaseException:
            if not self._work.is_begun or self._work.is_empty:
                self._work.remove()
            self._work.close()
            raise
        self._job = Job(
            self._sources,
            self._options,
            self._work,
            memory=self._memory,
            threads=self._threads,
            progress=self._report,
        )
        try:
            yield
        finally:
            self._work.close()

    def _settle(self, *, restart: bool) -> None:
        """Plan the outputs and begin the job; a new one knows too which outputs are those of the one before it."""
        self._written = Written(self._work, restart=restart)
        if self._adds_already(restart=restart):
            self._states[self._index.id] = self._work.read_said(ADDING)
        self._plan = self._planned()
        if restart:
            self._written.keep()
        self._work.begin(self._described(), restart=restart, kept=WRITING if self._written.files else "")
        if not self._work.is_resumed:
            given = self._sources[self._options.given :]
            # Where boilerplate is taken out of texts they are written once more.
            copies = 1 if self._options.boilerplate is None and not self._options.config.boilerplate else 2
            check_room(
                [
                    *room_for_texts(self._folder, self._sources, copies),
                    *room_for_outputs(self._writing.output, self._plan.targets, given),
                ]
            )

    def find(self) -> None:
        """Decide all documents.

        Raises
        ------
        InputError
            As `neardup.dedup_files`. What is left of the job is kept only if the same call can go on with it.
        """
        try:
            self._job.find()
        except InputError as error:
            if error.parameter in ("id_field", "priority_field"):
                self._work.remove()
            raise
        documents = self._job.documents
        self._first = documents.before(self._options.given)
        self._is_dropped, self._is_empty = self._job.dropped(), self._job.chars == 0
        self._drops = self._job.drops()
        self._counts = tuple(self._file_counts())
        counts = self._counts[self._options.given :]
        if not any(each.documents or each.failed is None for each in counts):
            self._work.remove()
            first = counts[0]
            raise InputError(first.failed or "", file=first.file, line=first.line, parameter=first.parameter)

    def sample(self, size: int, seed: int) -> tuple[Drop, ...]:
        """Draw some of the duplicates by a seed, with the texts as they were compared."""
        count = len(self._drops["rows"])
        chosen = np.sort(np.random.default_rng(seed).choice(count, min(size, count), replace=False))
        some = {name: values[chosen] for name, values in self._drops.items()}
        texts, survivors = (self._job.texts(some[name]) for name in ("rows", "match"))
        rows = [row for part in duplicate_rows(self._job.documents, some) for row in part]
        return tuple(Drop(row, text, survivor) for row, text, survivor in zip(rows, texts, survivors, strict=True))

    def write(self, *, dry_run: bool) -> DedupSummary:
        """Write the outputs, or what stands beside them alone, and remove the folder of the job."""
        start = time.perf_counter()
        self._check_inputs()
        self._begin_writing(dry_run=dry_run)
        outputs = [] if dry_run else self._write_targets()
        duplicates, rejects, said = map(self._writing.beside, PARTS)
        with self._file(duplicates) as file:
            rows = duplicate_rows(self._job.documents, self._drops)
            (write_parquet if self._writing.duplicates == "parquet" else write_lines)(file, rows)
        with self._file(rejects) as file:
            write_lines(file, rejected_rows(self._job.documents, self._work))
        outputs += map(str, (duplicates, rejects, said))
        if (found := self._job.found_boilerplate()) is not None:
            outputs.append(str(path := self._writing.beside(BOILERPLATE)))
            with self._file(path) as file:
                write_boilerplate(file, ((each.hash, each.documents, each.text) for each in found))
        self._job.seconds["writing"] = time.perf_counter() - start
        indexed = None
        if self._options.adds and not dry_run:
            start = time.perf_counter()
            indexed = self._add()
            self._job.seconds["indexing"] = time.perf_counter() - start
        summary = self.summary(outputs=outputs, indexed=indexed)
        with self._file(said) as file:
            file.write(msgspec.json.format(msgspec.json.encode(summary.to_dict()), indent=2) + b"\n")
        self._work.remove()
        return summary

    def _add(self) -> int:
        """Add the survivors to the index; its state before is remembered, so that a run that goes on knows it."""
        if not self._work.has(ADDING):
            self._work.write(ADDING, said=plain(self._states[self._index.id]))
        is_ours = np.arange(len(self._is_dropped)) >= self._first
        rows = self._job.added(np.flatnonzero(is_ours & ~self._is_dropped & ~self._is_empty))
        assert self._index.path is not None
        return add_survivors(
            self._index.path, self._job.config, rows, self._job.documents_of, self._threads, self._report
        )

    def summary(
        self, *, outputs: Sequence[str] = (), sample: tuple[Drop, ...] = (), indexed: int | None = None
    ) -> DedupSummary:
        """Count what was found."""
        is_ours = np.arange(len(self._is_dropped)) >= self._first
        against, files = self._counts[: self._options.given], self._counts[self._options.given :]
        relations = Counter(RELATIONS[number] for number in self._job.verdicts["relation"].tolist())
        return DedupSummary(
            documents=int(is_ours.sum()),
            survivors=int((is_ours & ~self._is_dropped & ~self._is_empty).sum()),
            duplicates=int(self._is_dropped.sum()),
            empty=int((is_ours & self._is_empty).sum()),
            rejected=sum(each.rejected for each in files),
            given=self._first - int(self._job.left_out.sum()),
            relations={str(name): count for name, count in sorted(relations.items(), key=str)},
            families=self._families(),
            files=files,
            against=against,
            cuts=Cuts(*self._job.verdicts["cuts"].tolist()),
            rounds=int(self._job.verdicts["rounds"]),
            boilerplate=self._job.found_boilerplate(),
            seconds=dict(self._job.seconds),
            disk_bytes=self._work.size(),
            peak_bytes=_peak_bytes(),
            outputs=tuple(outputs),
            sample=sample,
            indexed=indexed,
            config=self._job.config,
        )

    def _described(self) -> dict[str, Any]:
        """Say what the job is on: whatever changes what is found."""
        options, config = asdict(self._options), self._options.config
        del options["config"]
        files = {name: {"place": place, **state} for place, (name, state) in enumerate(self._states.items())}
        return {
            "inputs": files,
            "output": self._writing.output,
            "options": options,
            "config": config.to_dict(),
            "schemes": SCHEMES,
        }

    @property
    def _index(self) -> Source:
        """The index that survivors are added to, if they are."""
        return self._sources[self._options.given - 1]

    def _adds_already(self, *, restart: bool) -> bool:
        """Tell whether this job was ended while it added survivors, and goes on."""
        return self._options.adds and self._work.is_begun and not restart and self._work.has(ADDING)

    def _parts(self) -> list[Path]:
        """Say what is written beside the output."""
        found = () if self._options.boilerplate is None else (BOILERPLATE,)
        return [self._writing.beside(name) for name in (*PARTS, *found)]

    def _planned(self) -> OutputPlan:
        overwrite = self._writing.overwrite
        claims = Claims()
        for place, source in enumerate(self._sources):
            assert source.path is not None
            claims.hold(source.path, "is an earlier corpus" if place < self._options.given else "is an input itself")
        for path in self._parts():
            if held := claims.held(path):
                message = f"{held}, and would be written over by what stands beside the output; choose another output"
                raise OutputError(message, file=path_id(path))
            if os.path.lexists(path) and not overwrite and str(path) not in self._written.files:
                message = "exists already; choose another place, or allow that it is replaced"
                raise OutputError(message, file=path_id(path), parameter="overwrite")
            claims.hold(path, "is written beside the output")
        return OutputPlan.of(
            self._sources[self._options.given :],
            self._writing.output,
            self._options.wanted,
            overwrite=overwrite,
            marks=MARKS if self._writing.mark else {},
            cleans=self._options.scope is not None or self._options.paragraphs is not None,
            from_folder=self._writing.from_folder,
            token=self._written.token,
            claims=claims,
            own=self._written.files,
        )

    def _begin_writing(self, *, dry_run: bool) -> None:
        """Remember what is written, and how; a run that goes on writes the same."""
        options = {name: getattr(self._writing, name) for name in ("empty", "mark", "duplicates")}
        places = [] if dry_run else self._plan.places()
        self._written.add([*places, *self._parts()], options)
        self._plan.discard()

    def _check_inputs(self) -> None:
        """See that no input has changed since it was read."""
        for source in self._sources:
            if self._options.adds and source is self._index and self._work.has(ADDING):
                continue  # it is this job that changes it
            with faults_named(source.id):
                is_same = _state(source) == self._states[source.id]
            if not is_same:
                message = "has changed since it was read; start the job again without what it did so far"
                raise MismatchError(message, file=source.id, parameter="restart")

    def _write_targets(self) -> list[str]:
        total = sum(source.path.stat().st_size for source in self._sources[self._options.given :] if source.path)
        done = 0

        def told(size: int) -> None:
            nonlocal done
            done += size
            self._report("writing", done, total)

        places = {source.id: place for place, source in enumerate(self._sources)}
        for number, target in enumerate(self._plan.targets):
            if not self._work.has(WRITTEN, number):
                self._plan.write(target, lambda source: self._decisions(places[source.id]), told)
                if target.kind != "text":
                    self._work.write(WRITTEN, number)
        is_folder = any(target.path != Path(self._writing.output) for target in self._plan.targets)
        return [f"{self._writing.output}{os.sep}" if is_folder else self._writing.output]

    def _decisions(self, source: int) -> Iterator[Decisions]:
        """Say what becomes of the documents of a source, chunk by chunk."""
        documents = self._job.documents
        begin, end = documents.before(source), documents.before(source + 1)
        for rows, removed in self._job.removed(begin, end):
            some = slice(rows.start, rows.stop)
            numbers, dropped = documents.line[some], self._is_dropped[some]
            is_left_out = dropped | self._is_empty[some] if self._writing.empty == "drop" else dropped
            kept = np.ones(len(numbers), bool) if self._writing.mark else ~is_left_out
            marks = self._marks(rows) if self._writing.mark else {}
            yield Decisions(numbers, kept, removed, marks)

    def _marks(self, rows: range) -> dict[str, list[Any]]:
        columns: dict[str, list[Any]] = {name: [None] * len(rows) for name in MARKS}
        is_empty = self._is_empty[rows.start : rows.stop].tolist()
        columns["neardup_status"] = ["empty" if empty else "kept" for empty in is_empty]
        first, last = self._drops["rows"].searchsorted([rows.start, rows.stop])
        some = {name: values[first:last] for name, values in self._drops.items()}
        survivors = self._job.documents.ids(some["match"])
        scores = scores_of(some["evidence"], some["relation"]).tolist()
        for row, survivor, relation, score in zip(
            some["rows"].tolist(), survivors, some["relation"].tolist(), scores, strict=True
        ):
            values = ("duplicate", str(survivor), RELATIONS[relation], score)
            for name, value in zip(MARKS, values, strict=True):
                columns[name][row - rows.start] = value
        return columns

    @contextmanager
    def _file(self, path: Path) -> Iterator[WholeFile]:
        """Give a file that is there when all is written to it."""
        file = WholeFile(path, overwrite=self._plan.overwrite, token=self._written.token)
        try:
            with write_faults_named(path):
                yield file
            file.commit()
        finally:
            file.discard()

    def _file_counts(self) -> Iterator[FileCount]:
        rejected: Counter[int] = Counter()
        failed: dict[int, tuple[str, int | None, str | None]] = {}
        for number in range(self._work.count(READ)):
            said = self._work.read_said(READ, number)
            rejected.update(source for source, *_ in said["rejects"])
            for source, line, message, parameter in said["failed"]:
                failed[source] = message, line, self._options.named(parameter)
        for place, source in enumerate(self._sources):
            begin, end = (self._job.documents.before(each) for each in (place, place + 1))
            dropped, empty = int(self._is_dropped[begin:end].sum()), int(self._is_empty[begin:end].sum())
            yield FileCount(
                source.id,
                end - begin,
                end - begin - dropped - empty,
                dropped,
                empty,
                rejected[place],
                *failed.get(place, ()),
            )

    def _families(self) -> tuple[Family, ...]:
        survivors, counts = np.unique(self._drops["match"], return_counts=True)
        largest = np.lexsort((survivors, -counts))[:_LARGEST]
        ids = self._job.documents.ids(survivors[largest])
        return tuple(Family(id_, count) for id_, count in zip(ids, counts[largest].tolist(), strict=True))


def _state(source: Source) -> dict[str, int]:
    """Say by what a change of an input is noticed."""
    if source.kind == "index":
        return state_of(source)
    assert source.path is not None
    status = source.path.stat()
    return {"bytes": status.st_size, "mtime_ns": status.st_mtime_ns}


def _peak_bytes() -> int:
    try:
        import resource
    except ImportError:  # a system that does not say
        return 0
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used if sys.platform == "darwin" else used * 1024
