"""Equity: cumulative P&L above, distance from its peak below."""

from __future__ import annotations

from bot.charts.canvas import BLUE, MARGIN_PX, MUTED, ORANGE, WHITE, WIDTH_PX, Ink, Sheet
from bot.charts.card import eur
from bot.charts.labels import Box
from bot.charts.series import Frame, left_edge, level_axis, name_point, padded, period, points_of, time_axis
from bot.figures import Figures
from bot.text import Texts
from engine.api import EquityChart

CURVE_PX, DRAWDOWN_PX = (442, 800), (886, 1160)


def draw(sheet: Sheet, chart: EquityChart, texts: Texts, figures: Figures) -> None:
    """Both curves stand on `sheet` over the same time."""

    def say(level_eur: float, places: int) -> str:
        return figures.eur(level_eur, places, signed=True)

    across = period(chart.points, chart.drawdown)
    levels = padded([0.0, *(level for _, level in chart.points)])
    deepest_eur = min((level for _, level in chart.drawdown if level < 0), default=-1.0)
    below = (deepest_eur * 1.25, -deepest_eur * 0.25)
    left = left_edge(sheet, [(levels, say), (below, say)])
    sheet.text(MARGIN_PX, CURVE_PX[0] - 38, texts.say("chart-equity-axis"), Ink(MUTED))
    sheet.text(MARGIN_PX, DRAWDOWN_PX[0] - 38, texts.say("chart-equity-drawdown-axis"), Ink(MUTED))
    upper = Frame.over(sheet, Box(left, CURVE_PX[0], WIDTH_PX - MARGIN_PX, CURVE_PX[1]), across, levels)
    lower = Frame.over(sheet, Box(left, DRAWDOWN_PX[0], WIDTH_PX - MARGIN_PX, DRAWDOWN_PX[1]), across, below)
    level_axis(upper, say)
    level_axis(lower, say)
    _curve(upper, chart, texts, figures)
    _drawdown(lower, chart, texts, figures)
    time_axis(lower, texts, figures)


def _curve(frame: Frame, chart: EquityChart, texts: Texts, figures: Figures) -> None:
    line = points_of(chart.points)
    instants, levels = [at for at, _ in line], [level for _, level in line]
    frame.keep_clear(line)
    frame.axes.fill_between(instants, levels, 0, where=[level >= 0 for level in levels], interpolate=True, facecolor=BLUE, alpha=0.25, linewidth=0)
    frame.axes.fill_between(instants, levels, 0, where=[level <= 0 for level in levels], interpolate=True, facecolor=ORANGE, alpha=0.20, linewidth=0)
    frame.axes.plot(instants, levels, color=WHITE, linewidth=4, zorder=4, solid_joinstyle="round")
    frame.axes.plot(
        instants[-1:], levels[-1:], marker="o", markersize=18, color=BLUE if levels[-1] >= 0 else ORANGE, markeredgecolor=WHITE, markeredgewidth=3, zorder=5
    )
    name_point(frame, line[-1], texts.say("chart-equity-last", value=eur(figures, levels[-1])))


def _drawdown(frame: Frame, chart: EquityChart, texts: Texts, figures: Figures) -> None:
    if not chart.drawdown:
        return
    line = points_of(chart.drawdown)
    instants, levels = [at for at, _ in line], [level for _, level in line]
    frame.keep_clear(line)
    frame.axes.fill_between(instants, levels, 0, facecolor=ORANGE, alpha=0.25, linewidth=0)
    frame.axes.fill_between(instants, levels, 0, facecolor="none", edgecolor=ORANGE, alpha=0.5, hatch="/", linewidth=0)
    frame.axes.plot(instants, levels, color=ORANGE, linewidth=4, zorder=4)
    deepest = min(line, key=lambda point: point[1])
    if deepest[1] < 0:
        frame.axes.plot([deepest[0]], [deepest[1]], marker="v", markersize=20, color=ORANGE, markeredgecolor=WHITE, markeredgewidth=3, zorder=5)
        name = texts.say("chart-equity-deepest", value=eur(figures, deepest[1]))
        name_point(frame, deepest, name, color=ORANGE)
