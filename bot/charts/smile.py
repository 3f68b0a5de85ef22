"""The smile of one expiry: volatility over strikes, the strikes that are held on it."""

from __future__ import annotations

from collections.abc import Sequence

from bot.charts.canvas import BLUE, MARGIN_PX, MUTED, NEUTRAL, ORANGE, WHITE, WIDTH_PX, Ink, Sheet
from bot.charts.labels import Box
from bot.charts.poles import Pole, place, raise_poles, room_for
from bot.charts.series import Frame, index_axis, left_edge, level_axis, name_level, name_point, padded
from bot.figures import Figures
from bot.text import Texts
from engine.views import ChosenStrike, SmileChart

CAPTION_Y_PX, PANEL_BOTTOM_PX = 400, 1170
HELD_NAMED_MAX = 6
"""More poles than this would stand on each other; the rest are marked on the curve only."""


def draw(sheet: Sheet, chart: SmileChart, texts: Texts, figures: Figures) -> None:
    """Both wings stand on `sheet`, the forward and the held strikes as poles."""

    def say(level_pct: float, places: int) -> str:
        return figures.pct(level_pct / 100, places)

    points = [(strike_usd, iv_frac * 100) for strike_usd, iv_frac in (*chart.puts, *chart.calls)]
    dvol = () if chart.dvol_pts is None else (chart.dvol_pts,)
    levels = padded([*(level for _, level in points), *dvol], share=0.2)
    strikes = [strike_usd for strike_usd, _ in points] + [held.strike_usd for held in chart.chosen]
    low, high = min(strikes), max(strikes)
    margin = (high - low) * 0.03 if high > low else high * 0.05
    across = (low - margin, high + margin)
    left = left_edge(sheet, [(levels, say)])
    named = _named(chart, across, texts, figures)
    placed = place(sheet, named, left=left, across=across)
    panel = Box(left, CAPTION_Y_PX + 56 + room_for(placed), WIDTH_PX - MARGIN_PX, PANEL_BOTTOM_PX)
    frame = Frame(sheet, panel, sheet.panel(panel, x=across, y=levels))
    sheet.text(MARGIN_PX, CAPTION_Y_PX, texts.say("chart-smile-axis"), Ink(MUTED))
    level_axis(frame, say)
    raise_poles(frame, named, placed)
    _wings(frame, chart, texts)
    _held(frame, chart, figures)
    for level in dvol:
        frame.axes.axhline(level, color=NEUTRAL, linewidth=3, linestyle=":", zorder=2)
        name_level(frame, level, texts.say("chart-smile-dvol", value=figures.pts(level)), is_above=True)
    index_axis(frame, figures)


def _named(chart: SmileChart, across: tuple[float, float], texts: Texts, figures: Figures) -> tuple[Pole, ...]:
    """The forward, and the strikes held; a strike two trades hold stands once."""
    poles = (
        [] if chart.forward_usd is None else [Pole(chart.forward_usd, texts.say("chart-smile-forward", value=figures.price_usd(chart.forward_usd)), BLUE, "-")]
    )
    by_strike = {(held.strike_usd, held.is_short): held for held in chart.chosen if across[0] <= held.strike_usd <= across[1]}
    for held in list(by_strike.values())[:HELD_NAMED_MAX]:
        key = "chart-smile-short" if held.is_short else "chart-smile-long"
        poles.append(
            Pole(held.strike_usd, texts.say(key, value=figures.strike(held.strike_usd), id=str(held.trade_id)), WHITE if held.is_short else MUTED, "--")
        )
    return tuple(poles)


def _wings(frame: Frame, chart: SmileChart, texts: Texts) -> None:
    """Puts are circles, calls squares; one line through both."""
    whole = [(strike_usd, iv_frac * 100) for strike_usd, iv_frac in sorted({*chart.puts, *chart.calls})]
    frame.keep_clear(whole)
    frame.axes.plot([x for x, _ in whole], [y for _, y in whole], color=NEUTRAL, linewidth=3, zorder=3)
    for wing, shape, color, key in ((chart.puts, "o", BLUE, "chart-smile-puts"), (chart.calls, "s", ORANGE, "chart-smile-calls")):
        frame.axes.plot([x for x, _ in wing], [y * 100 for _, y in wing], marker=shape, markersize=13, color=color, linestyle="none", zorder=4)
        if wing:
            middle = wing[len(wing) // 2]
            name_point(frame, (middle[0], middle[1] * 100), texts.say(key), color=color)


def _held(frame: Frame, chart: SmileChart, figures: Figures) -> None:
    """What is held stands larger on the curve, what was sold with its volatility."""
    for held in chart.chosen:
        if held.iv_frac is None:
            continue
        frame.axes.plot(
            [held.strike_usd],
            [held.iv_frac * 100],
            marker="D",
            markersize=20,
            color=WHITE if held.is_short else MUTED,
            markeredgecolor=BLUE,
            markeredgewidth=3,
            zorder=5,
        )
    for held in _sold(chart):
        if held.iv_frac is not None:
            name_point(frame, (held.strike_usd, held.iv_frac * 100), figures.pct(held.iv_frac))


def _sold(chart: SmileChart) -> Sequence[ChosenStrike]:
    return list({held.strike_usd: held for held in chart.chosen if held.is_short}.values())[:HELD_NAMED_MAX]
