"""What the picture of a replay's trades says in words."""

from __future__ import annotations

from dataclasses import replace

from bot.charts.card import Card, Headline, Tone, as_of
from bot.figures import ABSENT, Figures
from bot.text import Texts
from engine.core.model import OptionType
from engine.views import TradesChart


def trades(chart: TradesChart, texts: Texts, figures: Figures) -> Card:
    """How many won and lost large; what was sold, what the market did and how far the prices are a model below."""
    span = figures.days_between(chart.from_at, chart.to_at)
    won, total = len([trade for trade in chart.trades if trade.pnl_eur > 0]), len(chart.trades)
    wins, losses = (f"{figures.number(count)} / {figures.number(total)}" for count in (won, total - won))
    sold = texts.say("chart-trades-sold", puts=_sold(chart, (OptionType.PUT,)), calls=_sold(chart, (OptionType.CALL,)), condors=_condors(chart))
    first, last = (chart.spot[0][1], chart.spot[-1][1]) if chart.spot else (None, None)
    change = figures.pct(last / first - 1.0, 0, signed=True) if first and last is not None else ABSENT
    spot = texts.say("chart-trades-spot", first=figures.price_usd(first), last=figures.price_usd(last), change=change)
    levels = [level for _, level in chart.dvol]
    dvol = texts.say("chart-trades-dvol", low=figures.number(min(levels, default=None), 0), high=figures.number(max(levels, default=None), 0))
    share = figures.pct(chart.modelled_scans / chart.scans, 0) if chart.scans else ABSENT
    return Card(
        title=texts.say("chart-trades-title", span=span),
        env=chart.env,
        headlines=(
            Headline(label=texts.say("chart-trades-won"), value=wins, tone=Tone.GOOD if won else Tone.PLAIN),
            Headline(label=texts.say("chart-trades-lost"), value=losses, tone=Tone.BAD if total > won else Tone.PLAIN),
        ),
        notes=(sold, spot, dvol),
        as_of=as_of(chart.to_at, texts, figures),
        warning=texts.say("chart-tearsheet-modelled", share=share) if chart.modelled_scans else "",
        absent="" if chart.spot or chart.dvol else texts.say("chart-trades-empty"),
        alt=texts.say("chart-trades-alt", span=span, env=chart.env, won=wins, lost=losses, sold=sold, spot=spot, dvol=dvol),
    )


def changed(card: Card, changes: tuple[tuple[str, str, str], ...], texts: Texts) -> Card:
    """The card of figures that other values than those in force have made, and which."""
    key, _, now = changes[0]
    one = texts.say("chart-changed", key=key, now=now)
    told = "; ".join(texts.say("replay-change", key=key, now=now, before=before) for key, before, now in changes)
    return replace(card, changed=one if len(changes) == 1 else texts.say("chart-changed-more", one=one, n=len(changes) - 1), alt=f"{card.alt} {told}.")


def _sold(chart: TradesChart, sold: tuple[OptionType, ...]) -> int:
    return len([trade for trade in chart.trades if trade.sold == sold])


def _condors(chart: TradesChart) -> int:
    return len([trade for trade in chart.trades if len(trade.sold) > 1])
