"""Plots of reports, PNG and SVG, one family of style: bars, a tool each; lines against a threshold, a size or a Jaccard.

A tool has the same colour and mark in every plot, and neardup is the one in a strong colour. Needs matplotlib, which is
in the extra ``bench``.
"""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from benchmarks.reports import Chart, Report, Row

STRONG = "#c8102e"
COLOURS = (
    "#4c78a8", "#f2a541", "#54a24b", "#8c6bb1", "#3aa6a6", "#a0714f", "#e377a2", "#7f7f7f", "#9aa83a", "#1f4e79",
    "#d47a1f", "#2f6b2f", "#5b3f8c", "#b9b9b9",
)  # fmt: skip
MARKS = "osD^vP<>Xph*dH8"
TEXT, FAINT, GRID = "#222222", "#666666", "#dddddd"
STYLE: dict[str, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "text.color": TEXT,
    "axes.labelcolor": TEXT,
    "axes.edgecolor": FAINT,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": GRID,
    "grid.linewidth": 0.7,
    "xtick.color": FAINT,
    "ytick.color": FAINT,
    "xtick.labelcolor": TEXT,
    "ytick.labelcolor": TEXT,
    "legend.frameon": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "neardup",
    "figure.dpi": 100,
    "savefig.dpi": 150,
}


def draw(report: Report, folder: Path) -> list[Path]:
    """Draw the charts of a report that have rows to show.

    Returns
    -------
    list of Path
        The files, two for each chart.
    """
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    colours = _colours(report)
    written = []
    with plt.rc_context(STYLE):
        for chart in report.charts:
            rows = [row for row in report.table(chart.table).rows if _number(row, chart.y[0]) is not None]
            if not rows:
                continue
            figure = (_bars if chart.kind == "bars" else _lines)(plt, chart, rows, colours)
            figure.suptitle(chart.title, x=0.01, ha="left", fontsize=12, fontweight="bold")
            figure.text(0.01, 0.01, _subtitle(report), fontsize=7.5, color=FAINT)
            for ending in ("png", "svg"):
                path = folder / f"{report.name}-{chart.name}.{ending}"
                figure.savefig(path, metadata={"Date": None} if ending == "svg" else None)
                written.append(path)
            plt.close(figure)
    return written


def _colours(report: Report) -> dict[str, tuple[str, str]]:
    """Give every tool its colour and mark, by its place among all adapters."""
    from benchmarks.peers import NAMES

    titles = {row["name"]: row["tool"] for table in report.tables for row in table.rows if "name" in row}
    found = {}
    for number, name in enumerate(name for name in NAMES if name != "neardup"):
        found[titles.get(name, name)] = COLOURS[number % len(COLOURS)], MARKS[number % len(MARKS)]
    return found | {titles.get("neardup", "neardup"): (STRONG, "o")}


def _subtitle(report: Report) -> str:
    context = report.context
    if not context:
        return report.corpus
    threads = "one thread" if context["threads"] == 1 else f"{context['threads']} threads"
    documents = context["corpus"].get("documents")
    size = f", {documents:,} documents" if documents else ""
    return f"{report.corpus}{size}; {threads} for every tool; {context['machine']['processor']}"


def _bars(plt: Any, chart: Chart, rows: Sequence[Row], colours: Mapping[str, tuple[str, str]]) -> Any:
    key = chart.y[0]
    rows = sorted(rows, key=lambda row: float(row[key]), reverse=True)
    names, values = [str(row[chart.x]) for row in rows], [float(row[key]) for row in rows]
    figure, axes = plt.subplots(figsize=(8, 1.5 + 0.34 * len(rows)), layout="constrained")
    figure.get_layout_engine().set(rect=(0, 0.25 / figure.get_figheight(), 1, 1 - 0.6 / figure.get_figheight()))
    drawn = axes.barh(names, values, color=[colours.get(name, (COLOURS[0], ""))[0] for name in names], height=0.68)
    ends = [
        (value - (_number(row, f"{key}_low") or value), (_number(row, f"{key}_high") or value) - value)
        for row, value in zip(rows, values, strict=True)
    ]
    if any(any(pair) for pair in ends):
        spread = [[max(0.0, pair[side]) for pair in ends] for side in (0, 1)]
        axes.errorbar(values, names, xerr=spread, fmt="none", ecolor=TEXT, elinewidth=1, capsize=2)
    if chart.log:
        axes.set_xscale("log")
        axes.set_xlim(min(values) / 2, max(values) * 3)
    else:
        axes.set_xlim(0, max(values) * 1.15 or 1)
    labels = [_short(value + pair[1]) and _short(value) for value, pair in zip(values, ends, strict=True)]
    axes.bar_label(drawn, labels=labels, padding=8, fontsize=9)
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel(chart.x_label)
    return figure


def _lines(plt: Any, chart: Chart, rows: Sequence[Row], colours: Mapping[str, tuple[str, str]]) -> Any:
    figure, axes = plt.subplots(figsize=(8.6, 5), layout="constrained")
    figure.get_layout_engine().set(rect=(0, 0.05, 1, 0.88))
    for number, (name, key, some) in enumerate(_series(chart, rows)):
        usable = [row for row in some if _number(row, key) is not None]
        xs, ys = [float(row[chart.x]) for row in usable], [float(row[key]) for row in usable]
        colour, mark = colours.get(name, (STRONG if not number else COLOURS[number % len(COLOURS)], "o"))
        strong = colour == STRONG
        if key in chart.smooth:
            axes.plot(xs, ys, "--", color=FAINT, linewidth=1.6, label=name, zorder=2)
            continue
        style = {"color": colour, "linewidth": 2.4 if strong else 1.4, "markersize": 6 if strong else 5}
        axes.plot(xs, ys, marker=mark, label=name, zorder=4 if strong else 3, **style)
        ends = [(_number(row, f"{key}_low"), _number(row, f"{key}_high")) for row in usable]
        if all(low is not None and high is not None for low, high in ends):
            spread = [
                [max(0.0, y - (low or 0.0)) for y, (low, _) in zip(ys, ends, strict=True)],
                [max(0.0, (high or 0.0) - y) for y, (_, high) in zip(ys, ends, strict=True)],
            ]
            axes.errorbar(xs, ys, yerr=spread, fmt="none", ecolor=colour, elinewidth=1, capsize=2, zorder=2)
    if chart.log:
        axes.set_xscale("log")
        axes.set_yscale("log")
    axes.set_xlabel(chart.x_label)
    axes.set_ylabel(chart.y_label)
    axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), fontsize=9)
    return figure


def _series(chart: Chart, rows: Sequence[Row]) -> list[tuple[str, str, list[Row]]]:
    """Give every line: its name, the key of its values, its rows."""
    if chart.series:
        names = dict.fromkeys(str(row[chart.series]) for row in rows)
        return [(name, chart.y[0], [row for row in rows if str(row[chart.series]) == name]) for name in names]
    return [(chart.names.get(key, key), key, list(rows)) for key in chart.y]


def _number(row: Row, key: str) -> float | None:
    value = row.get(key)
    return float(value) if isinstance(value, (int, float)) and isfinite(value) else None


def _short(value: float) -> str:
    """Write a number with three digits that count."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
