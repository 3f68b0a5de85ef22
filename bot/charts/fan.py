"""Monte Carlo's fan: where invented paths end up after so many trades, the real one over it."""

from __future__ import annotations

from bot.charts.canvas import BLUE, MARGIN_PX, MUTED, NEUTRAL, ORANGE, WHITE, WIDTH_PX, Ink, Sheet
from bot.charts.labels import Box, number_ticks
from bot.charts.series import Frame, left_edge, level_axis, name_point, padded
from bot.figures import Figures
from bot.text import Texts
from engine.views import FanChart

CAPTION_Y_PX, PANEL_PX = 452, (490, 1160)
NAMED_FROM_PX = 180
"""A fan thinner than this at its end carries one name instead of three."""
LOWEST, LOW, MIDDLE, HIGH, HIGHEST = range(5)


def draw(sheet: Sheet, chart: FanChart, texts: Texts, figures: Figures) -> None:
    """Both bands, the median and the realised path stand on `sheet`, each with its name."""

    def say(level: float, places: int) -> str:
        return figures.number(level, places, signed=True)

    # Every path begins with nothing made after no trade.
    fan = [(0, (0.0,) * 5), *chart.fan]
    realised = [(float(number), level) for number, level in enumerate((0.0, *chart.realised_r))]
    levels = padded([level for _, quantiles in fan for level in quantiles] + [level for _, level in realised])
    across = (0.0, max(fan[-1][0], realised[-1][0]) * 1.02)
    left = left_edge(sheet, [(levels, say)])
    panel = Box(left, PANEL_PX[0], WIDTH_PX - MARGIN_PX, PANEL_PX[1])
    frame = Frame(sheet, panel, sheet.panel(panel, x=across, y=levels))
    sheet.text(MARGIN_PX, CAPTION_Y_PX, texts.say("chart-fan-axis"), Ink(MUTED))
    level_axis(frame, say)
    # The line of nothing made is the brightest of the levels: a name across it cannot be read.
    frame.keep_clear([(float(count), 0.0) for count, _ in fan])
    _bands(frame, fan, texts)
    _realised(frame, realised, chart, texts, figures)
    _trades_axis(frame, texts, figures)


def _bands(frame: Frame, fan: list[tuple[int, tuple[float, ...]]], texts: Texts) -> None:
    trades = [count for count, _ in fan]
    for low, high, strength in ((LOWEST, HIGHEST, 0.18), (LOW, HIGH, 0.30)):
        frame.axes.fill_between(trades, [q[low] for _, q in fan], [q[high] for _, q in fan], facecolor=BLUE, alpha=strength, linewidth=0)
    for number, style in ((LOWEST, ":"), (MIDDLE, "--"), (HIGHEST, ":")):
        line = [(float(count), quantiles[number]) for count, quantiles in fan]
        frame.keep_clear(line)
        frame.axes.plot([x for x, _ in line], [y for _, y in line], color=NEUTRAL if number == MIDDLE else BLUE, linewidth=3, linestyle=style, zorder=3)
    end, quantiles = float(fan[-1][0]), fan[-1][1]
    height = frame.at(end, quantiles[LOWEST])[1] - frame.at(end, quantiles[HIGHEST])[1]
    if height < NAMED_FROM_PX:
        name_point(frame, (end, quantiles[HIGHEST]), texts.say("chart-fan-both"), color=BLUE)
        return
    for number, key in ((HIGHEST, "chart-fan-high"), (LOWEST, "chart-fan-low"), (MIDDLE, "chart-fan-middle")):
        name_point(frame, (end, quantiles[number]), texts.say(key), color=NEUTRAL if number == MIDDLE else BLUE)


def _realised(frame: Frame, realised: list[tuple[float, float]], chart: FanChart, texts: Texts, figures: Figures) -> None:
    if not chart.realised_r:
        return
    frame.keep_clear(realised)
    frame.axes.plot([x for x, _ in realised], [y for _, y in realised], color=WHITE, linewidth=5, zorder=4, solid_joinstyle="round")
    end = realised[-1]
    frame.axes.plot([end[0]], [end[1]], marker="o", markersize=20, color=BLUE if end[1] >= 0 else ORANGE, markeredgecolor=WHITE, markeredgewidth=3, zorder=5)
    name_point(frame, end, texts.say("chart-fan-realised", value=figures.number(end[1], 2, signed=True), n=len(chart.realised_r)))


def _trades_axis(frame: Frame, texts: Texts, figures: Figures) -> None:
    """Round counts of trades under the panel, and what they count."""
    y = frame.panel.bottom + 36
    for tick in number_ticks(*frame.axes.get_xlim(), 6):
        if tick == int(tick):
            x = frame.at(tick, 0)[0]
            frame.sheet.line([(x, frame.panel.bottom), (x, frame.panel.bottom + 10)], color=MUTED)
            frame.sheet.text(x, y, figures.number(tick), Ink(MUTED), across="center")
    frame.sheet.text(frame.panel.right, y + 40, texts.say("chart-fan-trades"), Ink(MUTED), across="right")
