"""Which words belong to which chart: one card feeds picture, caption and alternative text.

Rules of this file: no drawing library here, so a caption costs nothing; points that
are no numbers are dropped before anything is said or drawn.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping
from typing import Any

from bot.charts import words, words_book, words_replay, words_research, words_results
from bot.charts.card import Card, finite, finite_at
from bot.figures import Figures
from bot.text import Texts
from engine.api import Chart, EquityChart, GreeksChart, MarketChart, PayoffChart, RiskChart, SmileChart, TimelineChart
from engine.views import FanChart, KellyChart, ReasonsChart, SweepChart, TearsheetChart, TradesChart

WORDS: Mapping[type[Any], Callable[[Any, Texts, Figures], Card]] = {
    PayoffChart: words.payoff,
    EquityChart: words.equity,
    MarketChart: words.market,
    TimelineChart: words.timeline,
    RiskChart: words_book.risk,
    GreeksChart: words_book.greeks,
    SmileChart: words_book.smile,
    ReasonsChart: words_results.reasons,
    TearsheetChart: words_results.tearsheet,
    FanChart: words_research.fan,
    KellyChart: words_research.kelly,
    SweepChart: words_research.sweep,
    TradesChart: words_replay.trades,
}

CURVES: Mapping[type[Any], tuple[str, ...]] = {PayoffChart: ("at_expiry", "now"), GreeksChart: ("delta_eth", "gamma_usd"), SmileChart: ("puts", "calls")}
SERIES: Mapping[type[Any], tuple[str, ...]] = {
    EquityChart: ("points", "drawdown"),
    MarketChart: ("spot", "dvol"),
    TimelineChart: ("marks",),
    TearsheetChart: ("points", "months"),
    TradesChart: ("spot", "dvol"),
}
"""The fields that hold points: of two figures, and of an instant and a figure."""

OF_REPLAYS = (EquityChart, ReasonsChart, TearsheetChart, TradesChart)
"""Pictures that may be of other values than those in force."""


def card_of(chart: Chart, language: str) -> Card:
    """The words of `chart` in `language`."""
    texts = Texts(language)
    card = WORDS[type(chart)](chart, texts, Figures(texts.language))
    return words_replay.changed(card, chart.changes, texts) if isinstance(chart, OF_REPLAYS) and chart.changes else card


def drawable(chart: Chart) -> Chart:
    """The same chart without points that are no numbers."""
    curves = {name: finite(getattr(chart, name)) for name in CURVES.get(type(chart), ())}
    series = {name: finite_at(getattr(chart, name)) for name in SERIES.get(type(chart), ())}
    changed: dict[str, Any] = {**curves, **series}
    if isinstance(chart, RiskChart) and not all(math.isfinite(pnl_eur) for row in chart.pnl_eur for pnl_eur in row):
        # A field cannot be left out of a grid.
        changed["pnl_eur"] = ()
    if isinstance(chart, FanChart) and not all(math.isfinite(level) for _, quantiles in chart.fan for level in quantiles):
        changed["fan"] = ()
    if isinstance(chart, TradesChart):
        changed["trades"] = tuple(mark for mark in chart.trades if all(map(math.isfinite, (mark.opened_usd, mark.closed_usd, mark.pnl_eur))))
    if isinstance(chart, SweepChart):
        changed["cells"] = tuple(tuple(None if cell is None or not math.isfinite(cell[0]) else cell for cell in row) for row in chart.cells)
    return dataclasses.replace(chart, **changed)
