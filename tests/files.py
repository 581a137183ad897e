"""Files of every kind with the same documents, as sources."""

from __future__ import annotations

import csv
import gzip
import json
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyarrow import parquet

from neardup.io.sources import Source, path_id

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

KINDS = ("jsonl", "json", "csv", "tsv", "parquet")


def source_of(path: Path, below: Path | None = None) -> Source:
    """Give a file as it is found in a folder, or as it is given."""
    return Source(path_id(path), path, path.relative_to(below) if below else Path(path.name))


def made(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    """Write rows into a file of the kind, and as compressed, as its name says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    kind = path.name.removesuffix(".gz").rpartition(".")[2]
    if kind == "parquet":
        parquet.write_table(pa.Table.from_pylist([dict(row) for row in rows]), path)
        return path
    if kind == "jsonl":
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    elif kind == "json":
        text = json.dumps(rows, ensure_ascii=False, indent=1)
    else:
        out = StringIO()
        table = csv.DictWriter(out, list(rows[0]), delimiter="\t" if kind == "tsv" else ",", lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
        text = out.getvalue()
    data = text.encode("utf-8")
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def rows_in(path: Path) -> list[dict[str, Any]]:
    """Read such a file; the values of tables are strings."""
    name = path.name.removesuffix(".gz")
    if name.endswith("parquet"):
        return parquet.read_table(path).to_pylist()  # type: ignore[no-any-return]
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8-sig")
    if name.endswith("jsonl"):
        return [json.loads(line) for line in text.splitlines()]
    if name.endswith("json"):
        return json.loads(text)  # type: ignore[no-any-return]
    return list(csv.DictReader(StringIO(text, newline=""), delimiter="\t" if name.endswith("tsv") else ","))
