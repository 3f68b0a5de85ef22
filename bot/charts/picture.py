"""From a chart to its drawn sheet: the one place that knows which picture belongs to which struct."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bot.charts import equity, fan, greeks, kelly, market, payoff, reasons, risk, smile, sweep, tearsheet, timeline, trades
from bot.charts.canvas import Sheet
from bot.charts.cards import card_of
from bot.figures import Figures
from bot.text import Texts
from engine.api import Chart, EquityChart, GreeksChart, MarketChart, PayoffChart, RiskChart, SmileChart, TimelineChart
from engine.views import FanChart, KellyChart, ReasonsChart, SweepChart, TearsheetChart, TradesChart

PICTURES: Mapping[type[Any], Callable[[Sheet, Any, Texts, Figures], None]] = {
    PayoffChart: payoff.draw,
    EquityChart: equity.draw,
    MarketChart: market.draw,
    TimelineChart: timeline.draw,
    RiskChart: risk.draw,
    GreeksChart: greeks.draw,
    SmileChart: smile.draw,
    ReasonsChart: reasons.draw,
    TearsheetChart: tearsheet.draw,
    FanChart: fan.draw,
    KellyChart: kelly.draw,
    SweepChart: sweep.draw,
    TradesChart: trades.draw,
}


def draw(chart: Chart, *, language: str) -> Sheet:
    """The sheet of `chart`, complete; with nothing to draw yet it says what will fill it."""
    texts = Texts(language)
    card = card_of(chart, language)
    sheet = Sheet(card)
    if card.absent:
        sheet.message(card.absent)
    else:
        PICTURES[type(chart)](sheet, chart, texts, Figures(texts.language))
    return sheet
