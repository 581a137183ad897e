"""What a suite gives: tables, charts and headlines as plain data, and with what all of it was measured.

A `Report` is written as one JSON file. Markdown (`benchmarks.tables`), plots (`benchmarks.plots`) and the block of the
project's README (`benchmarks.readme`) are made from that file alone, so that they can be made again.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import numpy as np

SCHEMA_VERSION = 1
ROOT = Path(__file__).resolve().parent.parent

FEWEST_CASES = 20
"""A share of fewer cases is not shown."""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Attributes
    ----------
    key
        Of the rows' values.
    title
        Its head, with the unit.
    form
        How a number is written, as `format` takes it.
    spread
        Whether rows also have ``KEY_low`` and ``KEY_high``, the least and the most of the rounds.
    of
        For a share of true pairs and the like: the key of how many there are. See `Table.shown`.
    """

    key: str
    title: str
    form: str = ""
    spread: bool = False
    of: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Figures, a row for each tool, size or whatever the first column says.

    A row may have keys that no column shows, ``rounds`` for one, and a ``note`` that says why figures are missing.
    """

    name: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]

    @property
    def shown(self) -> list[Row]:
        """Rows without the shares of fewer than `FEWEST_CASES`: tables, plots and headlines say nothing of those."""
        few = [(column.key, column.of) for column in self.columns if column.of]
        return [
            {
                key: value
                for key, value in row.items()
                if not any(key == share and row.get(of, 0) < FEWEST_CASES for share, of in few)
            }
            for row in self.rows
        ]

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Table:
        """Read what `Report.to_dict` wrote."""
        columns = tuple(Column(**column) for column in data["columns"])
        return cls(data["name"], data["caption"], columns, tuple(data["rows"]))


@dataclass(frozen=True, slots=True)
class Chart:
    """A plot of a table: bars, a row each; or lines through the rows of one value of `series`, or one for each of `y`.

    Attributes
    ----------
    name
        Of the file, beside that of the report.
    table
        Name of the table that is plotted; rows without the values are left out.
    kind, log
        Bars have a logarithmic scale if `log` says so, lines two.
    x, y
        Keys of rows. Bars have their names in `x`.
    x_label, y_label, title
        What the axes say, with units, and the head.
    share
        Whether what is shown is a share: its axis goes from 0 to 1.
    series
        Key of rows by which lines are told apart.
    smooth
        Those of `y` that are drawn as a dashed line without marks: what is promised, not measured.
    """

    name: str
    table: str
    kind: Literal["bars", "lines"]
    title: str
    x: str
    y: tuple[str, ...]
    x_label: str
    y_label: str
    series: str = ""
    share: bool = False
    names: Mapping[str, str] = field(default_factory=dict)
    smooth: tuple[str, ...] = ()
    log: bool = False

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Chart:
        """Read what `Report.to_dict` wrote."""
        return cls(**{**data, "y": tuple(data["y"]), "smooth": tuple(data["smooth"])})


@dataclass(frozen=True, slots=True)
class Headline:
    """A figure of every tool that the project's README may show.

    Attributes
    ----------
    measure
        What it is, with the unit.
    form
        How it is written.
    figures
        By the name of the tool's adapter.
    less_is_better
        Which of two tools has the better figure.
    """

    measure: str
    form: str
    figures: Mapping[str, float]
    less_is_better: bool


@dataclass(frozen=True, slots=True)
class Report:
    """What a suite found.

    Attributes
    ----------
    suite, corpus
        Their names; together the name of its files.
    context
        With what it was measured; see `context`. `benchmarks.__main__` adds it.
    failures
        What is not as it must be; the command's exit code is 1 if there is any.
    """

    suite: str
    corpus: str
    tables: tuple[Table, ...]
    charts: tuple[Chart, ...] = ()
    headlines: tuple[Headline, ...] = ()
    notes: tuple[str, ...] = ()
    context: Mapping[str, Any] = field(default_factory=dict)
    failures: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Name of its files."""
        return f"{self.suite}-{self.corpus}"

    def table(self, name: str) -> Table:
        """Give the table of that name."""
        return next(table for table in self.tables if table.name == name)

    def to_dict(self) -> dict[str, Any]:
        """Give plain data."""
        return {"schema_version": SCHEMA_VERSION} | asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Report:
        """Read what `to_dict` gave."""
        if data.get("schema_version") != SCHEMA_VERSION:
            raise ValueError(
                f"schema_version must be {SCHEMA_VERSION}, not {data.get('schema_version')!r}: measure anew"
            )
        return cls(
            data["suite"],
            data["corpus"],
            tuple(map(Table.from_dict, data["tables"])),
            tuple(map(Chart.from_dict, data["charts"])),
            tuple(Headline(**each) for each in data["headlines"]),
            tuple(data["notes"]),
            data["context"],
            tuple(data.get("failures", ())),
        )

    def write(self, folder: Path) -> Path:
        """Write the JSON file of the report."""
        path = folder / f"{self.name}.json"
        path.write_text(
            json.dumps(self.to_dict(), ensure_ascii=False, indent=1, default=_plain) + "\n", encoding="utf-8"
        )
        return path

    @classmethod
    def read(cls, path: Path) -> Report:
        """Read a file that `write` wrote."""
        return cls.from_dict(json.loads(path.read_text(encoding="utf-8")))


def context(command: str, corpus: Mapping[str, Any], threads: int, tools: Mapping[str, str]) -> dict[str, Any]:
    """Say with what is measured.

    Parameters
    ----------
    command
        What reproduces it.
    corpus
        Name, size and hash of what was read, or how it was made.
    threads
        Of every tool.
    tools
        Version of each.
    """
    import neardup

    return {
        "command": command,
        "corpus": dict(corpus),
        "threads": threads,
        "machine": {
            "processor": _processor(),
            "cores": os.cpu_count(),
            "memory_gib": _memory_gib(),
            "system": f"{platform.system()} {platform.machine()}",
        },
        "versions": {
            **tools,
            "neardup": f"{neardup.__version__} ({neardup.backend()})",
            "Python": platform.python_version(),
            "numpy": np.__version__,
        },
        "commit": commit(ROOT),
        "measured": datetime.now(UTC).date().isoformat(),
    }


def commit(root: Path) -> dict[str, Any]:
    """Say which commit is checked out.

    Returns
    -------
    dict
        ``hash``, ``"unknown"`` if the folder is not the root of a clone; and ``dirty``, whether a file that git knows
        differs from it. Reports from before commits were recorded have neither.
    """

    def git(*arguments: str) -> str:
        return subprocess.run(
            ["git", "-C", str(root), *arguments], check=True, capture_output=True, text=True, encoding="utf-8"
        ).stdout.strip()

    try:
        if Path(git("rev-parse", "--show-toplevel")).resolve() == root.resolve():
            dirty = git("status", "--porcelain", "--untracked-files=no") != ""
            return {"hash": git("rev-parse", "HEAD"), "dirty": dirty}
    except (OSError, subprocess.CalledProcessError):
        pass
    return {"hash": "unknown", "dirty": False}


def _processor() -> str:
    path = Path("/proc/cpuinfo")
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor() or "unknown"


def _memory_gib() -> float | None:
    if not hasattr(os, "sysconf") or "SC_PHYS_PAGES" not in os.sysconf_names:
        return None
    return round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30, 1)


def _plain(value: object) -> object:
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} is no plain data")
