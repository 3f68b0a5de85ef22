"""A replay on one sheet: its curve above, what each month made below."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.charts.canvas import BLUE, MARGIN_PX, MUTED, ORANGE, WHITE, WIDTH_PX, Ink, Sheet
from bot.charts.card import eur
from bot.charts.labels import Box
from bot.charts.series import Frame, left_edge, level_axis, name_point, padded, period, points_of, seconds, time_axis
from bot.figures import Figures
from bot.text import Texts
from engine.views import TearsheetChart

CURVE_PX, MONTHS_PX = (480, 830), (926, 1150)
MONTH = timedelta(days=30)


def draw(sheet: Sheet, chart: TearsheetChart, texts: Texts, figures: Figures) -> None:
    """Curve and months stand on `sheet` over the same time."""

    def say(level_eur: float, places: int) -> str:
        return figures.eur(level_eur, places, signed=True)

    across = period(chart.points)
    levels = padded([0.0, *(level for _, level in chart.points)])
    months = padded([0.0, *(level for _, level in chart.months)], share=0.15)
    left = left_edge(sheet, [(levels, say), (months, say)])
    sheet.text(MARGIN_PX, CURVE_PX[0] - 38, texts.say("chart-tearsheet-axis"), Ink(MUTED))
    sheet.text(MARGIN_PX, MONTHS_PX[0] - 38, texts.say("chart-tearsheet-months"), Ink(MUTED))
    upper = Frame.over(sheet, Box(left, CURVE_PX[0], WIDTH_PX - MARGIN_PX, CURVE_PX[1]), across, levels)
    lower = Frame.over(sheet, Box(left, MONTHS_PX[0], WIDTH_PX - MARGIN_PX, MONTHS_PX[1]), across, months)
    level_axis(upper, say)
    level_axis(lower, say)
    _curve(upper, chart, figures)
    _months(lower, chart, across)
    time_axis(lower, texts, figures)


def _curve(frame: Frame, chart: TearsheetChart, figures: Figures) -> None:
    line = points_of(chart.points)
    instants, levels = [at for at, _ in line], [level for _, level in line]
    frame.keep_clear(line)
    frame.axes.fill_between(instants, levels, 0, where=[level >= 0 for level in levels], interpolate=True, facecolor=BLUE, alpha=0.25, linewidth=0)
    frame.axes.fill_between(instants, levels, 0, where=[level <= 0 for level in levels], interpolate=True, facecolor=ORANGE, alpha=0.20, linewidth=0)
    frame.axes.plot(instants, levels, color=WHITE, linewidth=4, zorder=4, solid_joinstyle="round")
    frame.axes.plot([instants[-1]], [levels[-1]], marker="o", markersize=16, color=BLUE if levels[-1] >= 0 else ORANGE, markeredgecolor=WHITE, zorder=5)
    name_point(frame, line[-1], eur(figures, levels[-1]))


def _months(frame: Frame, chart: TearsheetChart, across: tuple[datetime, datetime]) -> None:
    """A bar a month, as wide as what of the month was replayed, hatched where it lost."""
    starts = [max(at, across[0]) for at, _ in chart.months]
    for start, end, (_, level) in zip(starts, [*starts[1:], across[1]], chart.months, strict=True):
        width = max(min(seconds(end) - seconds(start), MONTH.total_seconds()) * 0.9, 1.0)
        colour, hatch = (BLUE, "") if level >= 0 else (ORANGE, "//")
        frame.axes.bar(seconds(start), level, width=width, align="edge", facecolor=colour, edgecolor=WHITE if hatch else colour, hatch=hatch)
