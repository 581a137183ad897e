"""Markdown of reports: every table, and with what it was measured."""

from __future__ import annotations

from math import floor, log10
from textwrap import shorten
from typing import TYPE_CHECKING, Any

from benchmarks.corpora import markdown
from benchmarks.reports import FEWEST_CASES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benchmarks.reports import Column, Report, Row, Table


SHORT = "short"
NOTE_CHARS = 120
"""Longer notes are cut; the JSON file has them whole."""


def written(value: Any, form: str) -> str:  # noqa: ANN401
    """Write a value: `SHORT` is a number with three digits that count, everything else as `format` has it."""
    if form != SHORT:
        return format(value, form)
    digits = max(0, 2 - floor(log10(abs(value)))) if value else 0
    return f"{value:,.{digits}f}"


def set_table(table: Table) -> str:
    """Set a table; values that a row lacks are dashes, and notes have a column if there are any."""
    noted = any(row.get("note") for row in table.rows)
    header = [column.title for column in table.columns] + (["note"] if noted else [])
    rows = [[_cell(column, row) for column in table.columns] + ([_note(row)] if noted else []) for row in table.shown]
    if not rows:
        return "(nothing was measured)"
    few = (
        f"\n\nA dash stands for a share of fewer than {FEWEST_CASES} cases." if table.shown != list(table.rows) else ""
    )
    return markdown(header, rows, text_last=noted) + few


def preview(text: str, chars: int = 70) -> str:
    """Show how a text begins, on one line."""
    return " ".join(text.split())[:chars]


def _note(row: Row) -> str:
    return shorten(row.get("note") or "", NOTE_CHARS, placeholder=" ...").replace("|", "\\|")


def _cell(column: Column, row: Row) -> str:
    value = row.get(column.key)
    if value is None:
        return "-"
    cell = written(value, column.form)
    if column.spread and row.get(f"{column.key}_low") is not None:
        low, high = (written(row[f"{column.key}_{end}"], column.form) for end in ("low", "high"))
        if not low == high == cell:
            cell += f" ({low}-{high})"
    return cell.replace("|", "\\|")


def set_report(report: Report) -> str:
    """Set a whole report."""
    parts = [f"# {report.suite}: {report.corpus}", *_context(report.context)]
    for table in report.tables:
        parts += [f"## {table.name}", table.caption, set_table(table)]
    for chart in report.charts:
        if any(row.get(chart.y[0]) is not None for row in report.table(chart.table).shown):
            parts.append(f"![{chart.title}]({report.name}-{chart.name}.svg)")
    parts += ["\n".join(f"- {note}" for note in report.notes)] if report.notes else []
    parts += ["\n".join(f"- FAILED: {failure}" for failure in report.failures)] if report.failures else []
    return "\n\n".join(parts) + "\n"


def _context(context: Mapping[str, Any]) -> list[str]:
    if not context:
        return []
    machine, corpus = context["machine"], context["corpus"]
    memory = f", {machine['memory_gib']:g} GiB" if machine["memory_gib"] else ""
    lines = [
        f"- command: `{context['command']}`",
        f"- corpus: {', '.join(f'{key} {_said(value)}' for key, value in corpus.items())}",
        f"- threads: {context['threads']} for every tool",
        f"- machine: {machine['processor']}, {machine['cores']} cores{memory}, {machine['system']}",
        f"- versions: {'; '.join(f'{name} {version}' for name, version in context['versions'].items())}",
        f"- measured: {context['measured']}{_commit(context.get('commit'))}",
    ]
    return ["\n".join(lines)]


def _commit(commit: Mapping[str, Any] | None) -> str:
    if commit is None:
        return ""
    return f", commit {commit['hash']}{' with changes that are not committed' if commit['dirty'] else ''}"


def _said(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)
