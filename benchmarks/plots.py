"""Plots of reports, PNG and SVG, one family of style: bars, one for each tool; lines against thresholds and sizes.

A tool has the same colour and mark in every plot, and neardup is the one in a strong colour. Lines that run on one
another take turns, dash by dash, and marks at one place stand side by side, so that none hides another. Needs
matplotlib, which is in the extra ``bench``.

Run ``python -m benchmarks.plots FILE.json ...`` to draw reports again, beside their files.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.peers import NAMES
from benchmarks.reports import Report
from benchmarks.tables import SHORT, written

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

    from benchmarks.reports import Chart, Row

STRONG = "#c8102e"
OWN = {"neardup": (STRONG, "o"), "neardup_jaccard": ("#e58a96", "o")}
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
    "lines.scale_dashes": False,
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
    from matplotlib.figure import Figure

    colours = _colours(report)
    drawn = []
    with mpl.rc_context(STYLE):  # type: ignore[arg-type]
        for chart in report.charts:
            rows = [row for row in report.table(chart.table).shown if _number(row, chart.y[0]) is not None]
            if not rows:
                continue
            height = 1.5 + 0.34 * len(rows) if chart.kind == "bars" else 5.0
            figure = Figure(figsize=(8.6, height), layout="constrained")
            layout = figure.get_layout_engine()
            assert layout
            layout.set(rect=(0, 0.28 / height, 1, 1 - 0.66 / height))  # type: ignore[call-arg]
            (_bars if chart.kind == "bars" else _lines)(figure.subplots(), chart, rows, colours)
            figure.suptitle(
                chart.title, x=0.012, y=1 - 0.1 / height, ha="left", va="top", fontsize=12, fontweight="bold"
            )
            figure.text(0.012, 0.1 / height, _subtitle(report), fontsize=7.5, color=FAINT)
            for ending in ("png", "svg"):
                path = folder / f"{report.name}-{chart.name}.{ending}"
                figure.savefig(path, metadata={"Date": None} if ending == "svg" else None)
                drawn.append(path)
    return drawn


def _colours(report: Report) -> dict[str, tuple[str, str]]:
    """Give every tool its colour and mark, by its place among all adapters."""
    titles = {row["name"]: row["tool"] for table in report.tables for row in table.rows if "name" in row}
    found = {}
    for number, name in enumerate(name for name in NAMES if name not in OWN):
        found[titles.get(name, name)] = COLOURS[number % len(COLOURS)], MARKS[number % len(MARKS)]
    return found | {titles.get(name, name): look for name, look in OWN.items()}


def _subtitle(report: Report) -> str:
    context = report.context
    if not context:
        return report.corpus
    threads = "one thread" if context["threads"] == 1 else f"{context['threads']} threads"
    sizes = [f", {context['corpus'][key]:,} {key}" for key in ("documents", "pairs") if key in context["corpus"]]
    return f"{report.corpus}{''.join(sizes)}; {threads} for every tool; {context['machine']['processor']}"


def _bars(axes: Axes, chart: Chart, rows: Sequence[Row], colours: Mapping[str, tuple[str, str]]) -> None:
    key = chart.y[0]
    rows = sorted(rows, key=lambda row: float(row[key]), reverse=not chart.share)  # the best on top
    names, values = [str(row[chart.x]) for row in rows], [float(row[key]) for row in rows]
    spread = _spread(rows, key)
    drawn = axes.barh(
        names,
        values,
        height=0.68,
        color=[colours.get(name, (COLOURS[0], ""))[0] for name in names],
        xerr=spread,
        error_kw={"ecolor": TEXT, "elinewidth": 1, "capsize": 2},
    )
    least, most = min(values), max(values) + (max(spread[1]) if spread else 0.0)
    if chart.log and least > 0:
        axes.set_xscale("log")
        axes.set_xlim(least / 2, most * 4)
        _plain_ticks(axes.xaxis, most / least)
    else:
        axes.set_xlim(0, 1.12 if chart.share else most * 1.15 or 1)
    if chart.share:
        axes.set_xticks([0, 0.2, 0.4, 0.6, 0.8, 1])
    axes.bar_label(drawn, labels=[written(value, SHORT) for value in values], padding=5, fontsize=9)
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel(chart.x_label)


NEAR_LINES, NEAR_MARKS = 0.006, 0.015
"""Closer than this share of the height of a plot, lines run on one another, and marks hide one another."""
DASH_PT, MARK_PT = 5.0, 5.0
"""How long a dash is, and how far apart marks stand, in points."""


@dataclass(frozen=True, slots=True)
class _Line:
    """A line that was measured."""

    name: str
    xs: list[float]
    ys: list[float]
    colour: str
    mark: str

    @property
    def look(self) -> dict[str, Any]:
        strong = self.colour == STRONG
        return {"color": self.colour, "linewidth": 2.4 if strong else 1.4, "markersize": 6 if strong else 5}


def _lines(axes: Axes, chart: Chart, rows: Sequence[Row], colours: Mapping[str, tuple[str, str]]) -> None:
    own = [(STRONG, "o"), *zip(COLOURS, MARKS, strict=False)]
    lines: list[_Line] = []
    handles = []
    for name, key, some in _series(chart, rows):
        usable = [row for row in some if _number(row, key) is not None]
        xs, ys = [float(row[chart.x]) for row in usable], [float(row[key]) for row in usable]
        colour, mark = colours.get(name) or own[len(lines)]
        if key in chart.smooth:
            handles += axes.plot(xs, ys, "--", color=colour, linewidth=1.4, label=name, zorder=2)
            continue
        lines.append(_Line(name, xs, ys, colour, mark))
        handles += axes.plot([], [], marker=mark, label=name, **lines[-1].look)
        axes.plot(xs, ys, linestyle="none")  # for the limits
        if spread := _spread(usable, key):
            axes.errorbar(xs, ys, yerr=spread, fmt="none", ecolor=colour, elinewidth=1, capsize=2, zorder=2)
    _scale(axes, chart, rows)
    axes.set_xlabel(chart.x_label)
    axes.set_ylabel(chart.y_label)
    hiding = _draw_lines(axes, lines)
    title = "dashes in turn: lines\nthat run on one another" if hiding else None
    axes.legend(
        handles=handles, loc="center left", bbox_to_anchor=(1.01, 0.5), fontsize=9, title=title, title_fontsize=7.5
    )


def _scale(axes: Axes, chart: Chart, rows: Sequence[Row]) -> None:
    ticks = sorted({float(row[chart.x]) for row in rows})
    if chart.log:
        axes.set_xscale("log")
        axes.set_yscale("log")
        _plain_ticks(axes.xaxis, 1)
        axes.set_xticks(ticks)
        low, high = axes.get_ylim()
        _plain_ticks(axes.yaxis, high / low)
    elif chart.share:
        lowest = min(float(row[key]) for row in rows for key in chart.y if _number(row, key) is not None)
        axes.set_ylim(0.5 if lowest > 0.5 else 0, 1.02)
    if chart.series and not chart.log:
        axes.set_xticks(ticks)


def _draw_lines(axes: Axes, lines: Sequence[_Line]) -> bool:
    """Draw lines so that each can be seen; whether some run on one another."""
    from matplotlib.transforms import ScaledTranslation

    axes.autoscale(False)
    figure = axes.get_figure(root=True)
    assert figure
    to_heights = axes.transScale + axes.transLimits
    heights = [
        dict(zip(line.xs, to_heights.transform(np.column_stack([line.xs, line.ys]))[:, 1].tolist(), strict=True))
        for line in lines
    ]
    turns, shifts = _turns(heights), _shifts(heights)
    for line, (turn, count), shift in zip(lines, turns, shifts, strict=True):
        dashes = (0, ()) if count == 1 else ((count - turn) * DASH_PT, (DASH_PT, (count - 1) * DASH_PT))
        strong = line.colour == STRONG
        axes.plot(line.xs, line.ys, **line.look, linestyle=dashes, dash_capstyle="butt", zorder=4 if strong else 3)
        for x, y in zip(line.xs, line.ys, strict=True):
            aside = axes.transData + ScaledTranslation(shift[x] / 72, 0, figure.dpi_scale_trans)
            axes.plot([x], [y], marker=line.mark, transform=aside, **line.look, zorder=6 if strong else 5)
    return any(count > 1 for _, count in turns)


def _turns(heights: Sequence[Mapping[float, float]]) -> list[tuple[int, int]]:
    """Say of each line which it is of how many that run on one another between two of their points, from 0."""
    groups = list(range(len(heights)))
    for i, line in enumerate(heights):
        for j in range(i):
            shared = sorted(line.keys() & heights[j].keys())
            near = [abs(line[x] - heights[j][x]) < NEAR_LINES for x in shared]
            if any(one and other for one, other in pairwise(near)):
                groups = [groups[j] if group == groups[i] else group for group in groups]
    return [(groups[:i].count(group), groups.count(group)) for i, group in enumerate(groups)]


def _shifts(heights: Sequence[Mapping[float, float]]) -> list[dict[float, float]]:
    """Say how far to the right each mark goes, in points, so that those at one place stand side by side."""
    shifts: list[dict[float, float]] = [dict.fromkeys(line, 0.0) for line in heights]
    for x in {x for line in heights for x in line}:
        # From the bottom up: a mark is at the place of the one below it if it is as near.
        order = sorted((i for i, line in enumerate(heights) if x in line), key=lambda i: heights[i][x])
        places: list[list[int]] = []
        for i in order:
            if places and heights[i][x] - heights[places[-1][-1]][x] < NEAR_MARKS:
                places[-1].append(i)
            else:
                places.append([i])
        for place in places:
            for number, i in enumerate(sorted(place)):
                shifts[i][x] = MARK_PT * (number - (len(place) - 1) / 2)
    return shifts


def _spread(rows: Sequence[Row], key: str) -> list[list[float]] | None:
    """Give how far the spread of each row goes down and up, if any row has one."""
    ends = [
        (
            float(row[key]) - float(row.get(f"{key}_low", row[key])),
            float(row.get(f"{key}_high", row[key])) - float(row[key]),
        )
        for row in rows
    ]
    return [[max(0.0, end[side]) for end in ends] for side in (0, 1)] if any(map(any, ends)) else None


def _plain_ticks(axis: Axis, ratio: float) -> None:
    """Write the ticks of a logarithmic axis as numbers, more of them where the axis is short."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    axis.set_major_locator(LogLocator(subs=(1,) if ratio > 200 else (1, 2, 5)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
    axis.set_minor_formatter(NullFormatter())


def _series(chart: Chart, rows: Sequence[Row]) -> list[tuple[str, str, list[Row]]]:
    """Give every line: its name, the key of its values, its rows."""
    if chart.series:
        names = dict.fromkeys(str(row[chart.series]) for row in rows)
        return [(name, chart.y[0], [row for row in rows if str(row[chart.series]) == name]) for name in names]
    return [(chart.names.get(key, key), key, list(rows)) for key in chart.y]


def _number(row: Row, key: str) -> float | None:
    value = row.get(key)
    return float(value) if isinstance(value, (int, float)) and isfinite(value) else None


def main(arguments: Sequence[str] | None = None) -> None:
    """Draw the plots of reports."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.plots", description=__doc__.split("\n")[0])
    parser.add_argument("report", type=Path, nargs="+", metavar="FILE.json", help="reports, as suites write them")
    for path in parser.parse_args(arguments).report:
        for drawn in draw(Report.read(path), path.parent):
            print(drawn)


if __name__ == "__main__":
    main()
