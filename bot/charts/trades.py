"""A replay's trades on the market they were made in: spot with each trade from entry to exit above, DVOL with the entries below."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence

from bot.charts.canvas import BLUE, MARGIN_PX, MUTED, NEUTRAL, ORANGE, WHITE, WIDTH_PX, Ink, Sheet
from bot.charts.labels import Box
from bot.charts.series import Frame, Points, left_edge, level_axis, name_level, padded, period, points_of, seconds, time_axis
from bot.figures import Figures
from bot.text import Texts
from engine.core.model import OptionType
from engine.views import TradeMark, TradesChart

SPOT_PX, DVOL_PX = (482, 850), (932, 1150)
SOLD_SHAPES: Mapping[tuple[OptionType, ...], str] = {(OptionType.PUT,): "^", (OptionType.CALL,): "v"}
CONDOR_SHAPE = "D"
FEW_TRADES = 40
"""More of them are drawn smaller, so that each can still be told from its neighbour."""


def draw(sheet: Sheet, chart: TradesChart, texts: Texts, figures: Figures) -> None:
    """Spot with its trades and DVOL with its band stand on `sheet` over the same time."""

    def say_usd(level: float, places: int) -> str:
        return figures.usd(level, places)

    across = period(chart.spot, chart.dvol)
    spots = [level for _, level in chart.spot] + [level for trade in chart.trades for level in (trade.opened_usd, trade.closed_usd)]
    levels = padded(spots if spots else [0.0, 1.0], share=0.12)
    points = padded([*chart.dvol_band_pts, *(level for _, level in chart.dvol)], share=0.2)
    left = left_edge(sheet, [(levels, say_usd), (points, figures.number)])
    sheet.text(MARGIN_PX, SPOT_PX[0] - 38, texts.say("chart-trades-spot-axis"), Ink(MUTED))
    sheet.text(MARGIN_PX, DVOL_PX[0] - 38, texts.say("chart-trades-dvol-axis"), Ink(MUTED))
    upper = Frame.over(sheet, Box(left, SPOT_PX[0], WIDTH_PX - MARGIN_PX, SPOT_PX[1]), across, levels)
    lower = Frame.over(sheet, Box(left, DVOL_PX[0], WIDTH_PX - MARGIN_PX, DVOL_PX[1]), across, points)
    if spots:
        level_axis(upper, say_usd)
    level_axis(lower, figures.number)
    _line(upper, points_of(chart.spot))
    for trade in chart.trades:
        _trade(upper, trade, size=20 if len(chart.trades) <= FEW_TRADES else 13)
    _dvol(lower, chart, texts, figures)
    time_axis(lower, texts, figures)


def _line(frame: Frame, line: Points) -> None:
    frame.keep_clear(line)
    frame.axes.plot([at for at, _ in line], [level for _, level in line], color=NEUTRAL, linewidth=2.5, alpha=0.75, zorder=2, solid_joinstyle="round")


def _trade(frame: Frame, trade: TradeMark, *, size: int) -> None:
    """From entry to exit; what was sold is the shape of the entry, how it ended the shape of the exit."""
    instants, levels = (seconds(trade.opened_at), seconds(trade.closed_at)), (trade.opened_usd, trade.closed_usd)
    won = trade.pnl_eur > 0
    color = BLUE if won else ORANGE
    frame.axes.plot(instants, levels, color=color, linewidth=3.5, zorder=4 if won else 5)
    frame.axes.plot(instants[:1], levels[:1], marker=SOLD_SHAPES.get(trade.sold, CONDOR_SHAPE), markersize=size, color=color, markeredgecolor=WHITE, zorder=6)
    frame.axes.plot(instants[1:], levels[1:], marker="o" if won else "X", markersize=size, color=color, markeredgecolor=WHITE, zorder=7)


def _dvol(frame: Frame, chart: TradesChart, texts: Texts, figures: Figures) -> None:
    low_pts, high_pts = chart.dvol_band_pts
    frame.axes.axhspan(low_pts, high_pts, color=BLUE, alpha=0.10, zorder=0, linewidth=0)
    for limit in (low_pts, high_pts):
        frame.axes.axhline(limit, color=ORANGE, linewidth=3, linestyle="--", zorder=2)
    line = points_of(chart.dvol)
    _line(frame, line)
    for trade in chart.trades:
        level = _level_at(line, seconds(trade.opened_at))
        if level is not None:
            frame.axes.plot([seconds(trade.opened_at)], [level], marker="o", markersize=9, color=BLUE if trade.pnl_eur > 0 else ORANGE, zorder=4)
    name_level(frame, high_pts, texts.say("chart-market-band-above", value=figures.number(high_pts)), is_above=True)
    name_level(frame, low_pts, texts.say("chart-market-band-below", value=figures.number(low_pts)), is_above=False)


def _level_at(line: Sequence[tuple[float, float]], at: float) -> float | None:
    """The level known at an instant."""
    place = bisect_right(line, at, key=lambda point: point[0]) - 1
    return line[place][1] if place >= 0 else None
