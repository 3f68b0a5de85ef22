"""The words and headline figures of a chart: one card feeds picture, caption and alternative text.

Rules of this file: no drawing library here, so a caption costs nothing; points that
are no numbers are dropped before anything is said or drawn.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.figures import Figures
from bot.text import Texts
from engine.api import Chart, EquityChart, MarketChart, PayoffChart, TimelineChart


class Tone(StrEnum):
    """How a figure reads; drawn as colour and as shape."""

    PLAIN = "plain"
    GOOD = "good"
    BAD = "bad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """A large figure with its name."""

    label: str
    value: str
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """Everything a chart says in words. `absent` replaces the picture when there is nothing to draw yet."""

    title: str
    env: str
    headlines: tuple[Headline, ...]
    notes: tuple[str, ...]
    as_of: str
    warning: str
    absent: str
    alt: str


def card_of(chart: Chart, language: str) -> Card:
    """The words of `chart` in `language`."""
    texts = Texts(language)
    figures = Figures(texts.language)
    if isinstance(chart, PayoffChart):
        return _payoff(chart, texts, figures)
    if isinstance(chart, EquityChart):
        return _equity(chart, texts, figures)
    if isinstance(chart, MarketChart):
        return _market(chart, texts, figures)
    return _timeline(chart, texts, figures)


def drawable(chart: Chart) -> Chart:
    """The same chart without points that are no numbers."""
    if isinstance(chart, PayoffChart):
        return dataclasses.replace(chart, at_expiry=_finite(chart.at_expiry), now=_finite(chart.now))
    if isinstance(chart, EquityChart):
        return dataclasses.replace(chart, points=_finite_at(chart.points), drawdown=_finite_at(chart.drawdown))
    if isinstance(chart, MarketChart):
        return dataclasses.replace(chart, spot=_finite_at(chart.spot), dvol=_finite_at(chart.dvol))
    return dataclasses.replace(chart, marks=_finite_at(chart.marks))


def eur(figures: Figures, value: float, *, signed: bool = True) -> str:
    """Euros with cents below a thousand, without above, in thousands from a hundred thousand on: a headline must fit and is never cut."""
    scale, suffix = _scale(value)
    return _suffixed(figures.eur(value / scale, 2 if abs(value) < 1000 else 0, signed=signed), suffix)


def risk_eur(figures: Figures, value: float) -> str:
    """What may be lost, rounded up, as short as `eur`."""
    scale, suffix = _scale(value)
    return _suffixed(figures.risk_eur(value / scale), suffix)


def _scale(value: float) -> tuple[float, str]:
    if abs(value) < 100_000:
        return 1.0, ""
    return (1e3, "k") if abs(value) < 1e8 else (1e6, "M")


def _suffixed(text: str, suffix: str) -> str:
    return f"{text[:-1]}{suffix}€" if text.endswith("€") else text + suffix


def _payoff(chart: PayoffChart, texts: Texts, figures: Figures) -> Card:
    expires = figures.instant(chart.expiry_at)
    profit, loss = eur(figures, chart.max_profit_eur), risk_eur(figures, chart.max_loss_eur)
    return Card(
        title=chart.title,
        env=chart.env,
        headlines=(
            Headline(label=texts.say("chart-payoff-profit"), value=profit, tone=_tone(chart.max_profit_eur)),
            Headline(label=texts.say("chart-payoff-loss"), value=loss, tone=Tone.BAD),
        ),
        notes=(texts.say("chart-payoff-expires", at=expires),),
        as_of=_as_of(chart.as_of, texts, figures, age_s=chart.data_age_s),
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


def _equity(chart: EquityChart, texts: Texts, figures: Figures) -> Card:
    total_eur = chart.realised_eur + chart.unrealised_eur
    total, drawdown = eur(figures, total_eur), eur(figures, chart.max_drawdown_eur)
    realised, unrealised = eur(figures, chart.realised_eur), eur(figures, chart.unrealised_eur)
    period = texts.say_code("chart-period", chart.period)
    closed, open_trades = figures.number(chart.closed_trades), figures.number(chart.open_trades)
    return Card(
        title=texts.say("chart-equity-title", period=period),
        env=chart.env,
        headlines=(
            Headline(label=texts.say("chart-equity-total"), value=total, tone=_tone(total_eur)),
            Headline(label=texts.say("chart-equity-drawdown"), value=drawdown, tone=_tone(chart.max_drawdown_eur)),
        ),
        notes=(
            texts.say("chart-equity-split", realised=realised, unrealised=unrealised),
            texts.say("chart-equity-trades", closed=closed, open=open_trades),
        ),
        as_of=_as_of(chart.as_of, texts, figures),
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


def _market(chart: MarketChart, texts: Texts, figures: Figures) -> Card:
    spot = figures.price_usd(chart.spot[-1][1] if chart.spot else None)
    dvol_pts = chart.dvol[-1][1] if chart.dvol else None
    dvol = figures.pts(dvol_pts)
    notes = (_trend(chart, texts, figures), *((_band(chart, dvol_pts, texts, figures),) if dvol_pts is not None else ()))
    return Card(
        title=texts.say("chart-market-title"),
        env=chart.env,
        headlines=(Headline(label=texts.say("chart-market-spot"), value=spot), Headline(label=texts.say("chart-market-dvol"), value=dvol)),
        notes=notes,
        as_of=_as_of(chart.as_of, texts, figures, age_s=chart.data_age_s),
        warning=texts.say("chart-one-point") if max(len(chart.spot), len(chart.dvol)) == 1 else "",
        absent="" if chart.spot or chart.dvol else texts.say("chart-market-empty"),
        alt=texts.say("chart-market-alt", env=chart.env, spot=spot, dvol=dvol, trend=notes[0], band=notes[-1]),
    )


def _timeline(chart: TimelineChart, texts: Texts, figures: Figures) -> Card:
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
            Headline(label=texts.say("chart-timeline-kept"), value=kept, tone=_tone(kept_frac)),
        ),
        notes=(texts.say("chart-timeline-expires", at=expires),),
        as_of=_as_of(chart.as_of, texts, figures),
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


def _as_of(at: datetime, texts: Texts, figures: Figures, *, age_s: float | None = None) -> str:
    told = texts.say("chart-as-of", at=figures.instant(at, has_year=True))
    return told if age_s is None else f"{told} · {texts.say('chart-age', age=figures.age(age_s))}"


def _tone(value: float | None) -> Tone:
    if value is None or value == 0:
        return Tone.PLAIN
    return Tone.GOOD if value > 0 else Tone.BAD


def _finite(points: Iterable[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    return tuple((x, y) for x, y in points if math.isfinite(x) and math.isfinite(y))


def _finite_at(points: Iterable[tuple[datetime, float]]) -> tuple[tuple[datetime, float], ...]:
    return tuple((at, y) for at, y in points if math.isfinite(y))
