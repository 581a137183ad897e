"""What a job found, to files: the duplicates with their survivors, and what could not be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from neardup.evidence import Evidence
from neardup.jobs.sketching import READ
from neardup.relations import RELATIONS
from neardup.results.matches import scores_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from neardup.io.atomic import WholeFile
    from neardup.jobs.documents import JobDocuments
    from neardup.jobs.workspace import Arrays, Workspace

_ROWS_AT_ONCE = 1 << 14


def duplicate_rows(documents: JobDocuments, verdicts: Arrays) -> Iterator[list[dict[str, Any]]]:
    """Give plain data of documents and the survivors that they were compared with, in the order of the inputs.

    Parameters
    ----------
    documents
        All of the job.
    verdicts
        Of some of them: ``rows``, ``match``, ``relation``, ``evidence``.
    """
    for begin in range(0, len(verdicts["rows"]), _ROWS_AT_ONCE):
        rows, match, relation, evidence = (
            verdicts[name][begin : begin + _ROWS_AT_ONCE] for name in ("rows", "match", "relation", "evidence")
        )
        scores = scores_of(evidence, relation)
        columns = zip(
            documents.ids(rows),
            documents.places(rows),
            documents.ids(match),
            documents.places(match),
            relation.tolist(),
            scores.tolist(),
            evidence.tolist(),
            strict=True,
        )
        yield [
            {
                "type": "duplicate",
                "id": id_,
                "file": file,
                "line": line,
                "survivor": survivor,
                "survivor_file": survivor_file,
                "survivor_line": survivor_line,
                "relation": RELATIONS[number],
                "score": score,
                "evidence": dict(zip(Evidence.__slots__, values, strict=True)),
            }
            for id_, (file, line), survivor, (survivor_file, survivor_line), number, score, values in columns
        ]


def rejected_rows(documents: JobDocuments, work: Workspace) -> Iterator[list[dict[str, Any]]]:
    """Give plain data of what could not be read: single records, and what is wrong with inputs as a whole."""
    for number in range(work.count(READ)):
        said = work.read_said(READ, number)
        yield [
            {
                "type": "reject",
                "file": documents.sources[source].id,
                "line": line,
                "error": error,
                "raw": raw,
                "raw_base64": base64,
            }
            for source, line, error, raw, base64 in (
                *said["rejects"],
                *((source, line, error, None, None) for source, line, error, _ in said["failed"]),
            )
        ]


def write_lines(file: WholeFile, rows: Iterator[list[dict[str, Any]]]) -> None:
    """Write plain data as JSON lines."""
    for some in rows:
        file.write(b"".join(msgspec.json.encode(row) + b"\n" for row in some))


def write_parquet(file: WholeFile, rows: Iterator[list[dict[str, Any]]]) -> None:
    """Write the plain data of duplicates as Parquet."""
    import pyarrow as pa
    from pyarrow import parquet

    text, number = pa.string(), pa.int64()
    schema = pa.schema(
        [
            ("id", text), ("file", text), ("line", number),
            ("survivor", text), ("survivor_file", text), ("survivor_line", number),
            ("relation", text), ("score", pa.float64()),
            ("evidence", pa.struct([(name, pa.float64()) for name in Evidence.__slots__])),
        ]
    )  # fmt: skip
    with parquet.ParquetWriter(pa.PythonFile(file.stream, "w"), schema) as writer:
        for some in rows:
            said = [row | {"id": str(row["id"]), "survivor": str(row["survivor"])} for row in some]
            writer.write_table(pa.Table.from_pylist(said, schema))
