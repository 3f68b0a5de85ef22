"""Delta above and gamma below over the index, with the limits an entry is held against."""

from __future__ import annotations

from bot.charts.canvas import BLUE, MARGIN_PX, MUTED, ORANGE, WHITE, WIDTH_PX, Ink, Sheet
from bot.charts.labels import Box
from bot.charts.series import Frame, Limits, Points, Say, index_axis, left_edge, level_axis, name_level, name_point, padded
from bot.charts.words_book import level_at
from bot.figures import Figures
from bot.text import Texts
from engine.api import GreeksChart

DELTA_PX, GAMMA_PX = (442, 770), (866, 1160)
LIMIT_SHOWN_WITHIN = 3.0
"""A limit this many times beyond what the book does is left out: it would press the curve flat."""


def draw(sheet: Sheet, chart: GreeksChart, texts: Texts, figures: Figures) -> None:
    """Both curves stand on `sheet` over the same stretch of the index."""

    def say_usd(level: float, places: int) -> str:
        return figures.usd(level, places, signed=True)

    def say_eth(level: float, places: int) -> str:
        return figures.number(level, places, signed=True)

    across = (chart.delta_eth[0][0], chart.delta_eth[-1][0])
    delta_limits = _shown(chart.delta_eth, (-chart.delta_limit_eth, chart.delta_limit_eth))
    gamma_limits = _shown(chart.gamma_usd, (-chart.gamma_limit_usd,))
    deltas, gammas = _levels(chart.delta_eth, delta_limits), _levels(chart.gamma_usd, gamma_limits)
    left = left_edge(sheet, [(deltas, say_eth), (gammas, say_usd)])
    for (top, bottom), curve, levels, limits, key, say in (
        (DELTA_PX, chart.delta_eth, deltas, delta_limits, "chart-greeks-delta-axis", say_eth),
        (GAMMA_PX, chart.gamma_usd, gammas, gamma_limits, "chart-greeks-gamma-axis", say_usd),
    ):
        sheet.text(MARGIN_PX, top - 38, texts.say(key), Ink(MUTED))
        panel = Box(left, top, WIDTH_PX - MARGIN_PX, bottom)
        frame = Frame(sheet, panel, sheet.panel(panel, x=across, y=levels))
        level_axis(frame, say)
        _curve(frame, curve, limits, texts)
        _here(frame, curve, chart.spot_usd, say)
    index_axis(frame, figures)


def _shown(curve: Points, limits: tuple[float, ...]) -> tuple[float, ...]:
    reach = max(abs(level) for _, level in curve)
    return tuple(limit for limit in limits if abs(limit) <= LIMIT_SHOWN_WITHIN * reach)


def _levels(curve: Points, limits: tuple[float, ...]) -> Limits:
    return padded([0.0, *limits, *(level for _, level in curve)], share=0.15)


def _curve(frame: Frame, curve: Points, limits: tuple[float, ...], texts: Texts) -> None:
    frame.keep_clear(curve)
    frame.axes.plot([x for x, _ in curve], [y for _, y in curve], color=WHITE, linewidth=5, zorder=4, solid_joinstyle="round")
    for limit in limits:
        frame.axes.axhline(limit, color=ORANGE, linewidth=3, linestyle="--", zorder=2)
        name_level(frame, limit, texts.say("chart-greeks-limit"), is_above=limit < 0)


def _here(frame: Frame, curve: Points, spot_usd: float | None, say: Say) -> None:
    here = level_at(tuple(curve), spot_usd)
    if spot_usd is None or here is None:
        return
    frame.axes.axvline(spot_usd, color=BLUE, linewidth=2.5, linestyle=":", zorder=2)
    frame.axes.plot([spot_usd], [here], marker="D", markersize=20, color=BLUE, markeredgecolor=WHITE, markeredgewidth=3, zorder=5)
    name_point(frame, (spot_usd, here), say(here, 1 if abs(here) >= 10 else 3))
