"""What the pictures of the whole book say in words: risk grid and Greeks."""

from __future__ import annotations

from bot.charts.card import Card, Headline, Tone, as_of, eur, tone_of
from bot.figures import Figures
from bot.text import Texts
from engine.api import GreeksChart, RiskChart, SmileChart


def risk(chart: RiskChart, texts: Texts, figures: Figures) -> Card:
    """The worst and the best of the grid, and where the worst stands."""
    cells = [(pnl_eur, index_frac, points) for index_frac, row in _rows(chart) for points, pnl_eur in zip(chart.vol_steps_pts, row, strict=True)]
    worst, best = min(cells, default=None), max(cells, default=None)
    low, high = (None if cell is None else cell[0] for cell in (worst, best))
    where = (
        "" if worst is None else texts.say("chart-risk-where", index=figures.pct(worst[1], 0, signed=True), dvol=figures.pts(worst[2], signed=True, places=0))
    )
    spot, trades = figures.price_usd(chart.spot_usd), _trades(chart.trades, chart.left_out, texts)
    told_low, told_high = _eur(figures, low), _eur(figures, high)
    return Card(
        title=texts.say("chart-risk-title"),
        env=chart.env,
        headlines=(
            Headline(label=texts.say("chart-risk-worst"), value=told_low, tone=tone_of(low)),
            Headline(label=texts.say("chart-risk-best"), value=told_high, tone=tone_of(high)),
        ),
        notes=(where, trades) if where else (trades,),
        as_of=as_of(chart.as_of, texts, figures, age_s=chart.data_age_s),
        warning=texts.say("chart-modelled") if chart.is_modelled else "",
        absent="" if cells else texts.say("chart-risk-empty"),
        alt=texts.say("chart-risk-alt", env=chart.env, worst=told_low, where=where, best=told_high, spot=spot, trades=trades),
    )


def greeks(chart: GreeksChart, texts: Texts, figures: Figures) -> Card:
    """Theta and vega large; delta and gamma, which the picture draws, at today's index."""
    theta, vega = _per(figures, chart.theta_usd_per_day, texts.say("chart-greeks-day")), _per(figures, chart.vega_usd_per_pt, texts.say("chart-greeks-point"))
    delta = figures.plain(level_at(chart.delta_eth, chart.spot_usd), 3, signed=True, unit="ETH")
    gamma = figures.usd(level_at(chart.gamma_usd, chart.spot_usd), 1, signed=True)
    spot, trades = figures.price_usd(chart.spot_usd), _trades(chart.trades, 0, texts)
    return Card(
        title=texts.say("chart-greeks-title"),
        env=chart.env,
        headlines=(
            Headline(label=texts.say("chart-greeks-theta"), value=theta, tone=Tone.PLAIN),
            Headline(label=texts.say("chart-greeks-vega"), value=vega, tone=Tone.PLAIN),
        ),
        notes=(texts.say("chart-greeks-here", delta=delta, gamma=gamma), trades),
        as_of=as_of(chart.as_of, texts, figures, age_s=chart.data_age_s),
        warning=texts.say("chart-modelled") if chart.is_modelled else "",
        absent="" if chart.delta_eth and chart.gamma_usd else texts.say("chart-greeks-empty"),
        alt=texts.say("chart-greeks-alt", env=chart.env, delta=delta, gamma=gamma, theta=theta, vega=vega, spot=spot, trades=trades),
    )


def smile(chart: SmileChart, texts: Texts, figures: Figures) -> Card:
    """Volatility at the money and the skew, large."""
    expiry = texts.say("chart-smile-no-expiry") if chart.expiry_at is None else figures.day(chart.expiry_at, has_year=True)
    atm, rr25 = figures.pct(chart.atm_iv_frac), figures.pts(chart.rr25_pts, signed=True)
    forward, held = figures.price_usd(chart.forward_usd), texts.say("chart-smile-held", count=len({each.trade_id for each in chart.chosen}))
    count = len({*chart.puts, *chart.calls})
    return Card(
        title=texts.say("chart-smile-title", expiry=expiry),
        env=chart.env,
        headlines=(
            Headline(label=texts.say("chart-smile-atm"), value=atm, tone=Tone.PLAIN),
            Headline(label=texts.say("chart-smile-rr25"), value=rr25, tone=Tone.PLAIN),
        ),
        notes=(texts.say("chart-smile-market", forward=forward, dvol=figures.pts(chart.dvol_pts)), held),
        as_of=as_of(chart.as_of, texts, figures, age_s=chart.data_age_s),
        warning=texts.say("chart-one-strike") if count == 1 else texts.say("chart-modelled") if chart.is_modelled else "",
        absent="" if count else texts.say("chart-smile-empty"),
        alt=texts.say("chart-smile-alt", env=chart.env, expiry=expiry, atm=atm, rr25=rr25, forward=forward, held=held),
    )


def level_at(curve: tuple[tuple[float, float], ...], x: float | None) -> float | None:
    """The level of the curve's point nearest to `x`; None without either."""
    return None if x is None or not curve else min(curve, key=lambda point: abs(point[0] - x))[1]


def _rows(chart: RiskChart) -> list[tuple[float, tuple[float, ...]]]:
    return list(zip(chart.index_steps_frac, chart.pnl_eur, strict=True)) if chart.pnl_eur else []


def _eur(figures: Figures, value: float | None) -> str:
    return figures.eur(None) if value is None else eur(figures, value)


def _per(figures: Figures, value: float | None, unit: str) -> str:
    # A headline must fit: cents below a hundred dollars, none above.
    places = 2 if value is None or abs(value) < 100 else 0
    return f"{figures.usd(value, places, signed=True)}{unit}" if value is not None else figures.usd(None)


def _trades(priced: int, left_out: int, texts: Texts) -> str:
    told = texts.say("chart-book-trades", count=priced)
    return f"{told} · {texts.say('chart-book-left-out', count=left_out)}" if left_out else told
