"""What the pictures of results say in words."""

from __future__ import annotations

from bot.charts.card import Card, Headline, Tone, as_of, eur, tone_of
from bot.figures import ABSENT, Figures
from bot.text import Texts
from engine.views import ReasonsChart, TearsheetChart


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


def tearsheet(chart: TearsheetChart, texts: Texts, figures: Figures) -> Card:
    """What the period made and its win rate large; drawdown, fees, refusals and how far the history is a model below."""
    span = figures.days_between(chart.from_at, chart.to_at)
    net, rate = eur(figures, chart.net_eur), figures.pct(chart.win_rate)
    sure = sure_of(chart.closed, chart.win_rate_interval, chart.break_even_win_rate, texts, figures)
    costs = texts.say(
        "chart-tearsheet-costs",
        drawdown=eur(figures, chart.max_drawdown_eur),
        fees=eur(figures, chart.fees_eur, signed=False),
        r=figures.number(chart.mean_r, 3, signed=True),
    )
    scans = texts.say("chart-tearsheet-scans", scans=figures.number(chart.scans), refused=figures.number(chart.refused))
    modelled = figures.pct(chart.modelled_scans / chart.scans, 0) if chart.scans else ABSENT
    return Card(
        title=texts.say("chart-tearsheet-title", span=span),
        env=chart.env,
        headlines=(
            Headline(label=texts.say("chart-reasons-net"), value=net, tone=tone_of(chart.net_eur)),
            Headline(label=texts.say("chart-reasons-rate"), value=rate, tone=Tone.PLAIN),
        ),
        notes=(sure, costs, scans),
        as_of=as_of(chart.to_at, texts, figures),
        warning=texts.say("chart-tearsheet-modelled", share=modelled) if chart.modelled_scans else "",
        absent="" if chart.points else texts.say("chart-tearsheet-empty"),
        alt=texts.say("chart-tearsheet-alt", span=span, env=chart.env, net=net, rate=rate, sure=sure, costs=costs),
    )
