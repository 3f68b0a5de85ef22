"""Charts as the engine hands them over, from ordinary to hostile, seeded."""

from __future__ import annotations

import dataclasses
import math
import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from statistics import NormalDist

import numpy

from engine.api import Chart, EquityChart, MarketChart, PayoffChart, Strategy, TimelineChart
from engine.core.model import OptionType, Strikes

NOW = datetime(2026, 11, 20, 14, 2, tzinfo=UTC)
EXPIRY = datetime(2026, 11, 27, 8, tzinfo=UTC)
FX = 1.16


def side(short: float, long: float) -> Strikes:
    """Puts, or calls when the long strike is the higher one."""
    kind = OptionType.PUT if long < short else OptionType.CALL
    return Strikes(option_type=kind, short_strike_usd=Decimal(str(short)), long_strike_usd=Decimal(str(long)))


def payoff(
    *,
    spot: float = 3512.4,
    short: float = 3200,
    long: float = 3000,
    credit: float = 0.0125,
    quantity: float = 1,
    days: float = 14,
    iv: float = 0.6,
    title: str = "#142 ETH bull put 27 Nov 3200/3000",
    is_modelled: bool = False,
    points: int = 81,
) -> PayoffChart:
    """A put spread, or a call spread when the long strike is the higher one."""
    is_put, years = long < short, days / 365
    low, high = min(long, short, spot) * 0.95, max(long, short, spot) * 1.08
    grid = [low + (high - low) * index / max(1, points - 1) for index in range(points)]
    deviation = iv * math.sqrt(years)

    def price(index: float, strike: float) -> float:
        d1 = math.log(index / strike) / deviation + deviation / 2
        call = index * NormalDist().cdf(d1) - strike * NormalDist().cdf(d1 - deviation)
        return call - index + strike if is_put else call

    def at_expiry(index: float) -> float:
        paid = min(max(short - index if is_put else index - short, 0), abs(short - long))
        return (credit - paid / index) * quantity * index / FX

    def now(index: float) -> float:
        return (credit - (price(index, short) - price(index, long)) / index) * quantity * index / FX

    return PayoffChart(
        title=title,
        env="PAPER",
        strategy=Strategy.BULL_PUT if is_put else Strategy.BEAR_CALL,
        spot_usd=spot,
        sides=(side(short, long),),
        break_evens_usd=(short / (1 + credit) if is_put else short / (1 - credit),),
        expected_move_usd=(spot * math.exp(-deviation), spot * math.exp(deviation)),
        at_expiry=tuple((index, at_expiry(index)) for index in grid),
        now=tuple((index, now(index)) for index in grid),
        max_profit_eur=credit * quantity * spot / FX,
        max_loss_eur=abs(short - long) * quantity / FX,
        expiry_at=EXPIRY,
        as_of=NOW,
        data_age_s=4,
        is_modelled=is_modelled,
    )


def condor(puts: PayoffChart, calls: PayoffChart, *, title: str) -> PayoffChart:
    """Both verticals sold together, over the grid of either; each curve is the sum of theirs."""
    at = sorted({index for chart in (puts, calls) for index, _ in chart.at_expiry})

    def level(curve: tuple[tuple[float, float], ...], index: float) -> float:
        grid, levels = [x for x, _ in curve], [y for _, y in curve]
        return float(numpy.interp(index, grid, levels))

    def together(name: str) -> tuple[tuple[float, float], ...]:
        return tuple((index, level(getattr(puts, name), index) + level(getattr(calls, name), index)) for index in at)

    at_expiry = together("at_expiry")
    signs = [(one, other) for one, other in pairwise(at_expiry) if (one[1] < 0) != (other[1] < 0)]
    return dataclasses.replace(
        puts,
        title=title,
        strategy=Strategy.IRON_CONDOR,
        sides=puts.sides + calls.sides,
        break_evens_usd=tuple((one[0] + other[0]) / 2 for one, other in signs),
        at_expiry=at_expiry,
        now=together("now"),
        max_profit_eur=puts.max_profit_eur + calls.max_profit_eur,
    )


def equity(*, count: int = 60, days: float = 90, seed: int = 1, scale_eur: float = 20, drift_eur: float = 0.2, period: str = "all") -> EquityChart:
    """A walk of many small wins and some large losses."""
    chance = random.Random(seed)
    level = peak = 0.0
    points, below = [], []
    for index in range(count):
        if index:
            level += scale_eur * (0.3 if chance.random() < 0.8 else -1.1) * chance.random() + drift_eur
        peak = max(peak, level)
        at = NOW - timedelta(days=days * (1 - index / max(1, count - 1)))
        points.append((at, level))
        below.append((at, level - peak))
    return EquityChart(
        env="PAPER",
        points=tuple(points),
        drawdown=tuple(below),
        realised_eur=level * 0.8,
        unrealised_eur=level * 0.2,
        max_drawdown_eur=min((level for _, level in below), default=0.0),
        closed_trades=count // 2,
        open_trades=2,
        as_of=NOW,
        period=period,
    )


def market(
    *, count: int = 400, days: float = 45, seed: int = 3, spot: float = 3500, dvol: float = 55, drift: float = 0.0005, band: tuple[float, float] = (35.0, 90.0)
) -> MarketChart:
    """Hourly-like spot and DVOL, with a trend window of 30 days."""
    chance = random.Random(seed)
    spots, dvols = [], []
    for index in range(count):
        spot *= math.exp(chance.gauss(drift, 0.008))
        dvol += chance.gauss(0.0, 0.7)
        at = NOW - timedelta(days=days * (1 - index / max(1, count - 1)))
        spots.append((at, spot))
        dvols.append((at, dvol))
    begins = NOW - timedelta(days=30)
    first = next((level for at, level in spots if at >= begins), None)
    return MarketChart(
        env="LIVE",
        spot=tuple(spots),
        dvol=tuple(dvols),
        trend_from_at=begins,
        trend_frac=spots[-1][1] / first - 1 if first is not None else None,
        dvol_band_pts=band,
        as_of=NOW,
        data_age_s=12.0,
    )


def timeline(
    *,
    count: int = 20,
    seed: int = 2,
    credit: float = 0.0125,
    share: float = 0.6,
    drift: float = -0.03,
    sd: float = 0.12,
    title: str = "#142 ETH bull put 27 Nov 3200/3000",
    coin: str = "ETH",
) -> TimelineChart:
    """Twice-daily marks over a `share` of the position's life."""
    chance, opened, mark = random.Random(seed), EXPIRY - timedelta(days=17.75), credit
    marks = []
    for index in range(count):
        marks.append((opened + (EXPIRY - opened) * share * index / max(1, count - 1), mark))
        mark *= math.exp(chance.gauss(drift, sd))
    return TimelineChart(
        title=title,
        env="TESTNET",
        coin=coin,
        marks=tuple(marks),
        credit_coin=credit,
        profit_take_coin=credit * 0.45,
        stop_loss_coin=credit * 2.5,
        opened_at=opened,
        expiry_at=EXPIRY,
        as_of=NOW,
    )


CONDOR = condor(
    payoff(spot=1914.7, short=1700, long=1600, credit=0.0042, quantity=2, iv=0.48, points=161),
    payoff(spot=1914.7, short=2200, long=2300, credit=0.0037, quantity=2, iv=0.45, points=161),
    title="#142",
)

SAMPLES: dict[str, Chart] = {
    "payoff of a condor": CONDOR,
    "payoff of a narrow condor, modelled": condor(
        payoff(spot=1914.7, short=1880, long=1860, credit=0.004, is_modelled=True, points=161),
        payoff(spot=1914.7, short=1940, long=1960, credit=0.004, points=161),
        title="#7 1880/1860 · 1940/1960",
    ),
    "payoff of a wide condor": condor(
        payoff(spot=1914.7, short=1500, long=1300, credit=0.004, quantity=30, points=161),
        payoff(spot=1914.7, short=2500, long=2750, credit=0.003, quantity=30, points=161),
        title="#10042 1500/1300 · 2500/2750",
    ),
    "payoff of a put spread": payoff(),
    "payoff of a call spread, modelled": payoff(spot=1914.7, short=2150, long=2250, credit=0.0034, title="#7 ETH bear call 27 Nov 2150/2250", is_modelled=True),
    "payoff deep in loss": payoff(spot=3050, quantity=25, title="#10042 ETH bull put 27 Nov 3200/3000 with a very long name"),
    "payoff of a tiny position": payoff(spot=1914, short=1700, long=1600, credit=0.004, quantity=0.01),
    "payoff of a huge position": payoff(spot=103512, short=92000, long=88000, quantity=300),
    "payoff on the last day": payoff(spot=3190, days=0.7),
    "payoff with everything at one level": payoff(spot=3160, short=3160, long=3150, credit=0.0001),
    "payoff without points": payoff(points=0),
    "payoff of one point": payoff(points=1),
    "equity": equity(),
    "equity in loss": equity(scale_eur=60, drift_eur=-4, seed=5),
    "equity of millions": equity(scale_eur=200_000, drift_eur=2000, seed=9, days=800),
    "equity of cents": equity(scale_eur=0.02, drift_eur=0, days=1, period="24h"),
    "equity without a drawdown": equity(count=12, scale_eur=0, drift_eur=3, period="30d"),
    "equity without points": equity(count=0),
    "equity of one point": equity(count=1),
    "equity of two points": equity(count=2),
    "market": market(),
    "market in fear": market(dvol=95, seed=8, drift=-0.001),
    "market too calm": market(dvol=36, spot=180, band=(58.0, 90.0)),
    "market of a day": market(count=24, days=1),
    "market of one point": market(count=1),
    "market without points": market(count=0),
    "timeline": timeline(),
    "timeline beyond the stop": timeline(seed=4, drift=0.09, sd=0.2),
    "timeline of a spike": timeline(seed=4, drift=0.2, sd=0.4, count=12),
    "timeline to the end": timeline(share=1.0, drift=-0.15),
    "timeline of a condor": timeline(title="#32 1700/1600 · 2200/2300", credit=0.0079),
    "timeline in USDC": timeline(credit=42.1, coin="USDC"),
    "timeline of one point": timeline(count=1),
    "timeline without points": timeline(count=0),
}
