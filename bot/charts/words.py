"""What payoff, equity, market and timeline say in words."""

from __future__ import annotations

from bot.charts.card import Card, Headline, Tone, as_of, eur, risk_eur, tone_of
from bot.figures import Figures
from bot.text import Texts
from engine.api import EquityChart, MarketChart, PayoffChart, TimelineChart


def payoff(chart: PayoffChart, texts: Texts, figures: Figures) -> Card:
    expires = figures.instant(chart.expiry_at)
    profit, loss = eur(figures, chart.max_profit_eur), risk_eur(figures, chart.max_loss_eur)
    return Card(
        title=chart.title,
        env=chart.env,
        headlines=(
            Headline(label=texts.say("chart-payoff-profit"), value=profit, tone=tone_of(chart.max_profit_eur)),
            Headline(label=texts.say("chart-payoff-loss"), value=loss, tone=Tone.BAD),
        ),
        notes=(texts.say("chart-payoff-expires", at=expires),),
        as_of=as_of(chart.as_of, texts, figures, age_s=chart.data_age_s),
        warning=texts.say("chart-modelled") if chart.is_modelled else "",
        absent="" if len(chart.at_expiry) > 1 else texts.say("chart-payoff-empty"),
        alt=texts.say(
            "chart-payoff-alt",
            title=chart.title,
            env=chart.env,
            profit=profit,
            loss=loss,
            breakeven=" / ".join(figures.price_usd(level_usd) for level_usd in chart.break_evens_usd),
            spot=figures.price_usd(chart.spot_usd),
            expiry=expires,
        ),
    )


def equity(chart: EquityChart, texts: Texts, figures: Figures) -> Card:
    total_eur = chart.realised_eur + chart.unrealised_eur
    total, drawdown = eur(figures, total_eur), eur(figures, chart.max_drawdown_eur)
    realised, unrealised = eur(figures, chart.realised_eur), eur(figures, chart.unrealised_eur)
    period = texts.say_code("chart-period", chart.period)
    closed, open_trades = figures.number(chart.closed_trades), figures.number(chart.open_trades)
    return Card(
        title=texts.say("chart-equity-title", period=period),
        env=chart.env,
        headlines=(
            Headline(label=texts.say("chart-equity-total"), value=total, tone=tone_of(total_eur)),
            Headline(label=texts.say("chart-equity-drawdown"), value=drawdown, tone=tone_of(chart.max_drawdown_eur)),
        ),
        notes=(
            texts.say("chart-equity-split", realised=realised, unrealised=unrealised),
            texts.say("chart-equity-trades", closed=chart.closed_trades, open=chart.open_trades),
        ),
        as_of=as_of(chart.as_of, texts, figures),
        warning=texts.say("chart-one-point") if len(chart.points) == 1 else "",
        absent="" if chart.points else texts.say("chart-equity-empty"),
        alt=texts.say(
            "chart-equity-alt",
            env=chart.env,
            period=period,
            total=total,
            realised=realised,
            unrealised=unrealised,
            drawdown=drawdown,
            closed=closed,
            open=open_trades,
        ),
    )


def market(chart: MarketChart, texts: Texts, figures: Figures) -> Card:
    spot = figures.price_usd(chart.spot[-1][1] if chart.spot else None)
    dvol_pts = chart.dvol[-1][1] if chart.dvol else None
    dvol = figures.pts(dvol_pts)
    notes = (_trend(chart, texts, figures), *((_band(chart, dvol_pts, texts, figures),) if dvol_pts is not None else ()))
    return Card(
        title=texts.say("chart-market-title"),
        env=chart.env,
        headlines=(Headline(label=texts.say("chart-market-spot"), value=spot), Headline(label=texts.say("chart-market-dvol"), value=dvol)),
        notes=notes,
        as_of=as_of(chart.as_of, texts, figures, age_s=chart.data_age_s),
        warning=texts.say("chart-one-point") if max(len(chart.spot), len(chart.dvol)) == 1 else "",
        absent="" if chart.spot or chart.dvol else texts.say("chart-market-empty"),
        alt=texts.say("chart-market-alt", env=chart.env, spot=spot, dvol=dvol, trend=notes[0], band=notes[-1]),
    )


def timeline(chart: TimelineChart, texts: Texts, figures: Figures) -> Card:
    mark_coin = chart.marks[-1][1] if chart.marks else None
    kept_frac = (chart.credit_coin - mark_coin) / chart.credit_coin if mark_coin is not None and chart.credit_coin > 0 else None
    # A headline must fit: what costs this much of a coin needs no more decimals.
    mark = figures.coin(mark_coin, chart.coin, places=None if mark_coin is None or abs(mark_coin) < 10 else 2)
    kept = figures.pct(kept_frac, 1 if kept_frac is None or abs(kept_frac) < 10 else 0, signed=True)
    expires = figures.instant(chart.expiry_at)
    return Card(
        title=chart.title,
        env=chart.env,
        headlines=(
            Headline(label=texts.say("chart-timeline-mark"), value=mark),
            Headline(label=texts.say("chart-timeline-kept"), value=kept, tone=tone_of(kept_frac)),
        ),
        notes=(texts.say("chart-timeline-expires", at=expires),),
        as_of=as_of(chart.as_of, texts, figures),
        warning=texts.say("chart-one-point") if len(chart.marks) == 1 else "",
        absent="" if chart.marks else texts.say("chart-timeline-empty"),
        alt=texts.say(
            "chart-timeline-alt",
            title=chart.title,
            env=chart.env,
            mark=mark,
            credit=figures.coin(chart.credit_coin, chart.coin),
            kept=kept,
            take=figures.coin(chart.profit_take_coin, chart.coin),
            stop=figures.coin(chart.stop_loss_coin, chart.coin),
            expiry=expires,
        ),
    )


def _trend(chart: MarketChart, texts: Texts, figures: Figures) -> str:
    if chart.trend_frac is None:
        return texts.say("chart-market-trend-unknown")
    days = round((chart.as_of - chart.trend_from_at).total_seconds() / 86400)
    return texts.say("chart-market-trend", days=figures.number(days), trend=figures.pct(chart.trend_frac, signed=True))


def _band(chart: MarketChart, dvol_pts: float, texts: Texts, figures: Figures) -> str:
    low_pts, high_pts = chart.dvol_band_pts
    key = "chart-market-inside" if low_pts <= dvol_pts <= high_pts else "chart-market-outside"
    return texts.say(key, low=figures.number(low_pts), high=figures.number(high_pts))
