"""Kelly as two rulers: the fraction of the bankroll with its interval, and the win rate with its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.charts.canvas import BLUE, GRID, MARGIN_PX, MUTED, NEUTRAL, ORANGE, WHITE, WIDTH_PX, Ink, Sheet
from bot.charts.labels import Box, flags, number_ticks, places_of
from bot.charts.series import Limits, padded
from bot.figures import Figures
from bot.text import Texts
from engine.views import KellyChart

FRACTION_PX, RATE_PX = (500, 800), (900, 1200)
LANE_PX, BAR_PX = 44, 30
Say = Callable[[float, int], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruler:
    """A stretch of figures with an interval on it and named places."""

    top: float
    bottom: float
    caption: str
    interval: Limits | None
    places: Sequence[tuple[float, str, str]]
    say: Say


def draw(sheet: Sheet, chart: KellyChart, texts: Texts, figures: Figures) -> None:
    """Both rulers stand on `sheet`, the interval as a bar, each figure as a named place."""

    def say(level: float, places: int) -> str:
        return figures.pct(level / 100, places)

    interval, middle = (None, None) if chart.f_interval is None else ((chart.f_interval[0] * 100, chart.f_interval[2] * 100), chart.f_interval[1] * 100)
    fractions = [
        (chart.f_full * 100, texts.say("chart-kelly-full", value=figures.pct(chart.f_full)), WHITE),
        (chart.f_used_frac * 100, texts.say("chart-kelly-used", value=figures.pct(chart.f_used_frac, 2)), BLUE),
        (chart.f_cap_frac * 100, texts.say("chart-kelly-cap", value=figures.pct(chart.f_cap_frac, 0)), ORANGE),
    ]
    if middle is not None:
        fractions.append((middle, texts.say("chart-kelly-middle", value=figures.pct(middle / 100)), NEUTRAL))
    _ruler(sheet, Ruler(top=FRACTION_PX[0], bottom=FRACTION_PX[1], caption=texts.say("chart-kelly-axis"), interval=interval, places=fractions, say=say))
    rates = [
        (value * 100, texts.say(key, value=figures.pct(value)), colour)
        for value, key, colour in ((chart.win_rate, "chart-kelly-rate", WHITE), (chart.break_even_win_rate, "chart-kelly-break-even", ORANGE))
        if value is not None
    ]
    span = None if chart.win_rate_interval is None else (chart.win_rate_interval[0] * 100, chart.win_rate_interval[1] * 100)
    _ruler(sheet, Ruler(top=RATE_PX[0], bottom=RATE_PX[1], caption=texts.say("chart-kelly-rate-axis"), interval=span, places=rates, say=say))


def _ruler(sheet: Sheet, ruler: Ruler) -> None:
    sheet.text(MARGIN_PX, ruler.top - 44, ruler.caption, Ink(MUTED))
    low, high = padded([*(value for value, _, _ in ruler.places), *(ruler.interval if ruler.interval is not None else ())])
    left, right, base = float(MARGIN_PX + 30), float(WIDTH_PX - MARGIN_PX - 30), ruler.bottom - 84
    scale = (right - left) / (high - low)

    def at(value: float) -> float:
        return left + (value - low) * scale

    sheet.line([(left, base), (right, base)], color=GRID, width=4)
    if ruler.interval is not None:
        sheet.rectangle(Box(at(ruler.interval[0]), base - BAR_PX / 2, max(at(ruler.interval[1]), at(ruler.interval[0]) + 4), base + BAR_PX / 2), fill=BLUE)
    ticks = number_ticks(low, high, 5)
    for tick in ticks:
        sheet.line([(at(tick), base - 22), (at(tick), base + 22)], color=NEUTRAL if tick == 0 else GRID, width=3)
        sheet.text(at(tick), base + 48, ruler.say(tick, places_of(ticks)), Ink(MUTED), across="center")
    poles = [(at(value), sheet.width_of(name, Ink())) for value, name, _ in ruler.places]
    placed = flags(poles, left=MARGIN_PX, right=WIDTH_PX - MARGIN_PX, lanes=len(poles))
    for (_, name, colour), flag in zip(ruler.places, placed, strict=True):
        middle = base - 50 - flag.lane * LANE_PX
        sheet.line([(flag.x, base + 22), (flag.x, middle - 14)], color=colour, width=4)
        sheet.text(flag.left, middle, name, Ink(colour))
