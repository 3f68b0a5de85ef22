"""From a chart to its drawn sheet: the one place that knows which picture belongs to which struct."""

from __future__ import annotations

from bot.charts import equity, market, payoff, timeline
from bot.charts.canvas import Sheet
from bot.charts.cards import card_of
from bot.figures import Figures
from bot.text import Texts
from engine.api import Chart, EquityChart, MarketChart, PayoffChart


def draw(chart: Chart, *, language: str) -> Sheet:
    """The sheet of `chart`, complete; with nothing to draw yet it says what will fill it."""
    texts = Texts(language)
    figures = Figures(texts.language)
    card = card_of(chart, language)
    sheet = Sheet(card)
    if card.absent:
        sheet.message(card.absent)
    elif isinstance(chart, PayoffChart):
        payoff.draw(sheet, chart, texts, figures)
    elif isinstance(chart, EquityChart):
        equity.draw(sheet, chart, texts, figures)
    elif isinstance(chart, MarketChart):
        market.draw(sheet, chart, texts, figures)
    else:
        timeline.draw(sheet, chart, texts, figures)
    return sheet
