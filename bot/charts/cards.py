"""Which words belong to which chart: one card feeds picture, caption and alternative text.

Rules of this file: no drawing library here, so a caption costs nothing; points that
are no numbers are dropped before anything is said or drawn.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from bot.charts import words
from bot.charts.card import Card, finite, finite_at
from bot.figures import Figures
from bot.text import Texts
from engine.api import Chart, EquityChart, MarketChart, PayoffChart, TimelineChart

WORDS: Mapping[type[Any], Callable[[Any, Texts, Figures], Card]] = {
    PayoffChart: words.payoff,
    EquityChart: words.equity,
    MarketChart: words.market,
    TimelineChart: words.timeline,
}

CURVES: Mapping[type[Any], tuple[str, ...]] = {PayoffChart: ("at_expiry", "now")}
SERIES: Mapping[type[Any], tuple[str, ...]] = {EquityChart: ("points", "drawdown"), MarketChart: ("spot", "dvol"), TimelineChart: ("marks",)}
"""The fields that hold points: of two figures, and of an instant and a figure."""


def card_of(chart: Chart, language: str) -> Card:
    """The words of `chart` in `language`."""
    texts = Texts(language)
    return WORDS[type(chart)](chart, texts, Figures(texts.language))


def drawable(chart: Chart) -> Chart:
    """The same chart without points that are no numbers."""
    curves = {name: finite(getattr(chart, name)) for name in CURVES.get(type(chart), ())}
    series = {name: finite_at(getattr(chart, name)) for name in SERIES.get(type(chart), ())}
    changed: dict[str, Any] = {**curves, **series}
    return dataclasses.replace(chart, **changed)
