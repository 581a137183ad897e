"""Jobs for tests: made files, the answer of `find_duplicates` beside what a job wrote, chunks of any size."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from neardup import DedupSummary, dedup_files
from neardup.jobs import deciding, inputs, job
from tests.files import made, rows_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from neardup import Duplicates
    from neardup._typing import Id


def lines_in(path: Path) -> list[dict[str, Any]]:
    """Read JSON lines."""
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def matches_of(found: Duplicates) -> list[tuple[Id, Id, str, float, dict[str, float]]]:
    """Give all that is said of every duplicate."""
    return [(each.id, each.survivor, each.relation, each.score, each.evidence.to_dict()) for each in found.duplicates]


def listed_in(path: Path) -> list[tuple[Id, Id, str, float, dict[str, float]]]:
    """Give the same of the list that a job wrote."""
    rows = rows_in(path) if path.suffix == ".parquet" else lines_in(path)
    return [tuple(row[name] for name in ("id", "survivor", "relation", "score", "evidence")) for row in rows]  # type: ignore[misc]


@contextmanager
def small_pieces(batch: int = 2, chunk_bytes: int = 1, parts: int = 4) -> Iterator[None]:
    """Let files be read in batches of few documents, chunks be small, and keys be compared in parts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inputs, "BATCH_RECORDS", batch)
        patch.setattr(job, "_MOST_CHUNK_BYTES", chunk_bytes)
        patch.setattr(deciding, "parts_within", lambda *_: parts)
        yield


def deduplicated(
    folder: Path, rows: Sequence[Mapping[str, Any]], kind: str = "jsonl", **options: Any
) -> tuple[DedupSummary, Path]:
    """Make a file of rows, run a job on it, and give its summary and its output."""
    source, output = folder / f"in.{kind}", folder / f"out.{kind}"
    if not source.exists():  # the file of a job that is gone on with must be the same
        made(source, rows)
    return dedup_files(source, output, **{"id_field": "id", "memory": 1 << 26, "threads": 1} | options), output
