"""Payoff of a position: what it makes or loses over the index, now and at expiry."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from matplotlib.axes import Axes

from bot.charts.canvas import BLUE, GRID, MARGIN_PX, MUTED, NEUTRAL, ORANGE, WHITE, WIDTH_PX, Ink, Sheet
from bot.charts.labels import Box, free_spot, number_ticks, places_of
from bot.charts.poles import Pole, place, raise_poles, room_for
from bot.charts.series import Frame, index_axis
from bot.figures import Figures
from bot.text import Texts
from engine.api import PayoffChart

Points = Sequence[tuple[float, float]]
CAPTION_Y_PX, PANEL_BOTTOM_PX = 376, 1100


def draw(sheet: Sheet, chart: PayoffChart, texts: Texts, figures: Figures) -> None:
    """The payoff stands on `sheet`: curves, strikes, break-evens, spot and the expected move."""
    levels = [level for _, level in (*chart.at_expiry, *chart.now)]
    low, high = min(0.0, *levels), max(0.0, *levels)
    span = max(high - low, 0.01)
    ticks = number_ticks(low, high, 5)
    labels = [figures.eur(tick, places_of(ticks), signed=True) for tick in ticks]
    left = MARGIN_PX + max(sheet.width_of(label, Ink()) for label in labels) + 16
    marks_usd = (chart.spot_usd, *chart.break_evens_usd, *(float(strike) for side in chart.sides for strike in (side.short_strike_usd, side.long_strike_usd)))
    across = (min(chart.at_expiry[0][0], *marks_usd), max(chart.at_expiry[-1][0], *marks_usd))
    named = _named(chart, texts, figures)
    placed = place(sheet, named, left=left, across=across)
    top = CAPTION_Y_PX + 66 + room_for(placed)
    panel = Box(left, top, WIDTH_PX - MARGIN_PX, PANEL_BOTTOM_PX)
    frame = Frame(sheet, panel, sheet.panel(panel, x=across, y=(low - 0.07 * span, high + 0.14 * span)))
    sheet.text(MARGIN_PX, CAPTION_Y_PX, texts.say("chart-payoff-axis"), Ink(MUTED))
    for tick, label in zip(ticks, labels, strict=True):
        frame.axes.axhline(tick, color=NEUTRAL if tick == 0 else GRID, linewidth=2, zorder=1)
        sheet.text(left - 14, frame.at(across[0], tick)[1], label, Ink(MUTED), across="right")
    _shade(frame.axes, chart.at_expiry)
    _bought(frame.axes, chart)
    raise_poles(frame, named, placed)
    _curves(frame, chart, texts)
    index_axis(frame, figures)
    _expected_move(frame, chart, texts, figures)


def _named(chart: PayoffChart, texts: Texts, figures: Figures) -> tuple[Pole, ...]:
    """The levels that matter, with a name each; a condor has too many for one on its long strikes."""
    shorts, longs = [side.short_strike_usd for side in chart.sides], [side.long_strike_usd for side in chart.sides if len(chart.sides) == 1]
    return (
        *(Pole(float(strike), texts.say("chart-payoff-short", value=figures.strike(strike)), WHITE, "--") for strike in shorts),
        *(Pole(float(strike), texts.say("chart-payoff-long", value=figures.strike(strike)), MUTED, "--") for strike in longs),
        *(Pole(level, texts.say("chart-payoff-break-even", value=figures.price_usd(level)), ORANGE, ":") for level in chart.break_evens_usd),
        Pole(chart.spot_usd, texts.say("chart-payoff-spot", value=figures.price_usd(chart.spot_usd)), BLUE, "-"),
    )


def _bought(axes: Axes, chart: PayoffChart) -> None:
    """A condor's long strikes as thin lines, where its loss stops growing at expiry."""
    for side in chart.sides if len(chart.sides) > 1 else ():
        axes.axvline(float(side.long_strike_usd), color=MUTED, linewidth=2, linestyle="--", zorder=1)


def _shade(axes: Axes, curve: Points) -> None:
    """Profit and loss differ by colour and by hatching."""
    index_usd, pnl_eur = [x for x, _ in curve], [y for _, y in curve]
    axes.fill_between(index_usd, pnl_eur, 0, where=[y >= 0 for y in pnl_eur], interpolate=True, facecolor=BLUE, alpha=0.30, linewidth=0)
    axes.fill_between(index_usd, pnl_eur, 0, where=[y <= 0 for y in pnl_eur], interpolate=True, facecolor=ORANGE, alpha=0.20, linewidth=0)
    axes.fill_between(
        index_usd, pnl_eur, 0, where=[y <= 0 for y in pnl_eur], interpolate=True, facecolor="none", edgecolor=ORANGE, alpha=0.35, hatch="/", linewidth=0
    )


def _curves(frame: Frame, chart: PayoffChart, texts: Texts) -> None:
    """Both curves with their names on them; the diamond is the position at today's index."""
    for curve in (chart.at_expiry, chart.now):
        frame.keep_clear(curve)
    frame.keep_clear([(level, 0.0) for level in frame.axes.get_xlim()])
    frame.axes.plot([x for x, _ in chart.at_expiry], [y for _, y in chart.at_expiry], color=WHITE, linewidth=5, zorder=4)
    _name(frame, chart.at_expiry, texts.say("chart-payoff-expiry"), is_above=True)
    if chart.now:
        frame.axes.plot([x for x, _ in chart.now], [y for _, y in chart.now], color=WHITE, linewidth=4, linestyle=(0, (2.5, 1.5)), zorder=4)
        here = _level_at(chart.now, chart.spot_usd)
        frame.axes.plot([chart.spot_usd], [here], marker="D", markersize=20, color=BLUE, markeredgecolor=WHITE, markeredgewidth=3, zorder=5)
        _name(frame, chart.now, texts.say("chart-payoff-now"), is_above=False)


def _name(frame: Frame, curve: Points, name: str, *, is_above: bool) -> None:
    spot = free_spot(_beside(frame, curve, name, is_above=is_above), inside=frame.panel, points=frame.avoid, taken=frame.taken)
    if spot is not None:
        frame.sheet.text(spot.left, (spot.top + spot.bottom) / 2, name, Ink(is_bold=True))
        frame.taken.append(spot)


def _beside(frame: Frame, curve: Points, name: str, *, is_above: bool) -> Iterator[Box]:
    """Places for a curve's name: close to it before farther off, on the side asked for before the other."""
    first, last = curve[0][0], curve[-1][0]
    for distance in (34, 60, 90, 130):
        for step in range(1, 40):
            index_usd = first + (last - first) * step / 40
            x, y = frame.at(index_usd, _level_at(curve, index_usd))
            for side in (-distance, distance) if is_above else (distance, -distance):
                yield frame.sheet.box_of(x, y + side, name, Ink(is_bold=True), across="center")


def _level_at(curve: Points, x: float) -> float:
    """The curve's level at `x`, straight between its points."""
    after = bisect_left([at for at, _ in curve], x)
    if after in (0, len(curve)):
        return curve[min(after, len(curve) - 1)][1]
    (x0, y0), (x1, y1) = curve[after - 1], curve[after]
    return y0 if x1 == x0 else y0 + (y1 - y0) * (x - x0) / (x1 - x0)


def _expected_move(frame: Frame, chart: PayoffChart, texts: Texts, figures: Figures) -> None:
    """A bracket under the axis spans one standard deviation at expiry."""
    panel, across, (low_usd, high_usd) = frame.panel, frame.axes.get_xlim(), chart.expected_move_usd
    left, right = (min(max(frame.at(level, 0)[0], panel.left), panel.right) for level in (low_usd, high_usd))
    frame.axes.axvspan(low_usd, high_usd, color=NEUTRAL, alpha=0.08, zorder=0)
    y = panel.bottom + 74
    frame.sheet.line([(left, y), (right, y)], color=NEUTRAL, width=3)
    # An end beyond the picture has no cap, so that the bracket does not name a wrong level.
    for level, x in ((low_usd, left), (high_usd, right)):
        if across[0] <= level <= across[1]:
            frame.sheet.line([(x, y - 12), (x, y)], color=NEUTRAL, width=3)
    name = texts.say("chart-payoff-move", low=figures.price_usd(low_usd), high=figures.price_usd(high_usd))
    half = frame.sheet.width_of(name, Ink()) / 2
    middle = min(max((left + right) / 2, MARGIN_PX + half), WIDTH_PX - MARGIN_PX - half)
    frame.sheet.text(middle, y + 36, name, Ink(NEUTRAL), across="center")
