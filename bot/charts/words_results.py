"""What the pictures of results say in words."""

from __future__ import annotations

from bot.charts.card import Card, Headline, Tone, as_of, eur, tone_of
from bot.figures import ABSENT, Figures
from bot.text import Texts
from engine.views import ReasonsChart


def reasons(chart: ReasonsChart, texts: Texts, figures: Figures) -> Card:
    """The net result and the win rate large, the rate's interval and its break-even beside it."""
    net, rate = eur(figures, chart.net_eur) if chart.closed else figures.eur(None), figures.pct(chart.win_rate)
    period, sure = texts.say_code("period", chart.period), sure_of(chart.closed, chart.win_rate_interval, chart.break_even_win_rate, texts, figures)
    return Card(
        title=texts.say("chart-reasons-title", period=period),
        env=chart.env,
        headlines=(
            Headline(label=texts.say("chart-reasons-net"), value=net, tone=tone_of(chart.net_eur if chart.closed else None)),
            Headline(label=texts.say("chart-reasons-rate"), value=rate, tone=Tone.PLAIN),
        ),
        notes=(sure,),
        as_of=as_of(chart.as_of, texts, figures),
        warning="",
        absent="" if chart.rows else texts.say("chart-reasons-empty"),
        alt=texts.say(
            "chart-reasons-alt",
            period=period,
            env=chart.env,
            net=net,
            rate=rate,
            sure=sure,
            rows="; ".join(f"{texts.say_code('exit-reason', reason)} {eur(figures, net_eur)}" for reason, _, _, net_eur in chart.rows) or ABSENT,
        ),
    )


def sure_of(closed: int, interval: tuple[float, float] | None, break_even: float | None, texts: Texts, figures: Figures) -> str:
    """How many trades, the interval of their win rate and what it must beat."""
    span = ABSENT if interval is None else f"{figures.pct(interval[0], 0)} – {figures.pct(interval[1], 0)}"
    return texts.say("chart-sure", n=closed, interval=span, breakeven=figures.pct(break_even))
