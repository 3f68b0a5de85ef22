"""The market: spot with its trend window above, DVOL with the band where entries are allowed below."""

from __future__ import annotations

from bot.charts.canvas import BLUE, MARGIN_PX, MUTED, NEUTRAL, ORANGE, WHITE, WIDTH_PX, Ink, Sheet
from bot.charts.labels import Box
from bot.charts.series import Frame, Series, left_edge, level_axis, name_level, name_point, padded, period, points_of, seconds, time_axis
from bot.figures import Figures
from bot.text import Texts
from engine.api import MarketChart

SPOT_PX, DVOL_PX = (442, 780), (866, 1160)


def draw(sheet: Sheet, chart: MarketChart, texts: Texts, figures: Figures) -> None:
    """Spot and DVOL stand on `sheet` over the same time."""

    def say_usd(level: float, places: int) -> str:
        return figures.usd(level, places)

    across = period(chart.spot, chart.dvol)
    levels = padded([level for _, level in chart.spot] if chart.spot else [0.0, 1.0], share=0.2)
    points = padded([*chart.dvol_band_pts, *(level for _, level in chart.dvol)], share=0.3)
    left = left_edge(sheet, [(levels, say_usd), (points, figures.number)])
    sheet.text(MARGIN_PX, SPOT_PX[0] - 38, texts.say("chart-market-spot-axis"), Ink(MUTED))
    sheet.text(MARGIN_PX, DVOL_PX[0] - 38, texts.say("chart-market-dvol-axis"), Ink(MUTED))
    upper = Frame.over(sheet, Box(left, SPOT_PX[0], WIDTH_PX - MARGIN_PX, SPOT_PX[1]), across, levels)
    lower = Frame.over(sheet, Box(left, DVOL_PX[0], WIDTH_PX - MARGIN_PX, DVOL_PX[1]), across, points)
    level_axis(lower, figures.number)
    if chart.spot:
        level_axis(upper, say_usd)
        _spot(upper, chart, figures)
    _dvol(lower, chart, texts, figures)
    time_axis(lower, texts, figures)


def _spot(frame: Frame, chart: MarketChart, figures: Figures) -> None:
    """The trend is drawn as what it is: a straight line from the window's first price to the last."""
    line = points_of(chart.spot)
    frame.axes.axvspan(max(seconds(chart.trend_from_at), line[0][0]), line[-1][0], color=NEUTRAL, alpha=0.08, zorder=0, linewidth=0)
    frame.axes.plot([at for at, _ in line], [level for _, level in line], color=WHITE, linewidth=4, zorder=4, solid_joinstyle="round")
    frame.keep_clear(line)
    color = ORANGE if chart.trend_frac is not None and chart.trend_frac < 0 else BLUE
    begins = _level_from(chart.spot, seconds(chart.trend_from_at))
    if chart.trend_frac is not None and begins is not None and begins[0] < line[-1][0]:
        frame.axes.plot([begins[0], line[-1][0]], [begins[1], line[-1][1]], color=color, linewidth=3, linestyle="--", zorder=3)
        frame.axes.plot([begins[0]], [begins[1]], marker="o", markersize=14, color=color, zorder=5)
        frame.keep_clear([begins, line[-1]])
        name_point(frame, begins, figures.price_usd(begins[1]))
        middle = ((begins[0] + line[-1][0]) / 2, (begins[1] + line[-1][1]) / 2)
        name_point(frame, middle, ("▲ " if chart.trend_frac >= 0 else "▼ ") + figures.pct(chart.trend_frac, signed=True), color=color)
    frame.axes.plot([line[-1][0]], [line[-1][1]], marker="D", markersize=18, color=color, markeredgecolor=WHITE, markeredgewidth=3, zorder=5)
    name_point(frame, line[-1], figures.price_usd(line[-1][1]))


def _level_from(series: Series, from_s: float) -> tuple[float, float] | None:
    """The first point at or after the window's beginning."""
    return next((point for point in points_of(series) if point[0] >= from_s), None)


def _dvol(frame: Frame, chart: MarketChart, texts: Texts, figures: Figures) -> None:
    low_pts, high_pts = chart.dvol_band_pts
    line = points_of(chart.dvol)
    frame.keep_clear(line)
    frame.axes.axhspan(low_pts, high_pts, color=BLUE, alpha=0.12, zorder=0, linewidth=0)
    for limit in (low_pts, high_pts):
        frame.axes.axhline(limit, color=ORANGE, linewidth=3, linestyle="--", zorder=2)
    if line:
        frame.axes.plot([at for at, _ in line], [level for _, level in line], color=WHITE, linewidth=4, zorder=4, solid_joinstyle="round")
        is_inside = low_pts <= line[-1][1] <= high_pts
        shape, color = ("o", BLUE) if is_inside else ("X", ORANGE)
        frame.axes.plot([line[-1][0]], [line[-1][1]], marker=shape, markersize=20, color=color, markeredgecolor=WHITE, markeredgewidth=2, zorder=5)
    name_level(frame, high_pts, texts.say("chart-market-band-above", value=figures.number(high_pts)), is_above=True)
    name_level(frame, low_pts, texts.say("chart-market-band-below", value=figures.number(low_pts)), is_above=False)
    if line:
        name_point(frame, line[-1], figures.pts(line[-1][1]))
