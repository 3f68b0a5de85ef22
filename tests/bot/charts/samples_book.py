"""Charts of the whole book, from ordinary to hostile."""

from __future__ import annotations

import math

from engine.api import Chart, GreeksChart, RiskChart, SmileChart
from engine.reporting.risk_grid import CURVE_POINTS, INDEX_STEPS_FRAC, VOL_STEPS_PTS
from engine.views import ChosenStrike
from tests.bot.charts.samples import EXPIRY, NOW


def risk(*, scale_eur: float = 60, spot: float = 3512.4, trades: int = 3, left_out: int = 0, is_modelled: bool = False, is_empty: bool = False) -> RiskChart:
    """A book that loses when the market falls, and a little when volatility rises."""
    steps = tuple(float(step) for step in INDEX_STEPS_FRAC)
    grid = tuple(tuple(scale_eur * (5 * step - 20 * step * step - 0.006 * points * math.exp(-25 * step * step)) for points in VOL_STEPS_PTS) for step in steps)
    return RiskChart(
        env="PAPER",
        spot_usd=spot,
        index_steps_frac=steps,
        vol_steps_pts=VOL_STEPS_PTS,
        pnl_eur=() if is_empty else grid,
        trades=0 if is_empty else trades,
        left_out=left_out,
        as_of=NOW,
        data_age_s=4,
        is_modelled=is_modelled,
    )


def greeks(*, size: float = 1, spot: float = 3512.4, points: int = CURVE_POINTS, limit: float = 1.0, trades: int = 3) -> GreeksChart:
    """A short put spread: delta falls away where gamma turns."""
    grid = [spot * (0.8 + 0.4 * number / max(1, points - 1)) for number in range(points)] if points != 1 else [spot]

    def at(x: float) -> float:
        return (x / spot - 0.92) / 0.07

    return GreeksChart(
        env="LIVE",
        spot_usd=spot,
        delta_eth=tuple((x, size * 0.35 * math.exp(-(at(x) ** 2) / 4)) for x in grid),
        gamma_usd=tuple((x, -size * 40 * at(x) * math.exp(-(at(x) ** 2) / 4)) for x in grid),
        delta_limit_eth=limit,
        gamma_limit_usd=300 * limit,
        vega_usd_per_pt=-0.87 * size if points else None,
        theta_usd_per_day=1.46 * size if points else None,
        trades=trades if points else 0,
        as_of=NOW,
        data_age_s=4,
        is_modelled=False,
    )


def smile(
    *,
    spot: float = 3512.4,
    step: float = 100,
    reach: float = 0.45,
    held: tuple[tuple[int, float, float], ...] = (),
    skew: float = -0.04,
    is_empty: bool = False,
) -> SmileChart:
    """A fitted smile of a fortnight; `held` are (trade, short strike, long strike)."""
    forward = spot * 1.004

    def iv(strike: float) -> float:
        z = math.log(strike / forward) / (0.6 * math.sqrt(14 / 365))
        return max(0.56 * (1 + skew * z + 0.057 * z * z), 0.05)

    first = math.ceil(forward * (1 - reach) / step)
    strikes = [] if is_empty else [step * number for number in range(first, math.floor(forward * (1 + reach) / step) + 1)]
    chosen = [
        ChosenStrike(trade_id=trade, strike_usd=strike, is_short=place == 0, iv_frac=iv(strike)) for trade, *pair in held for place, strike in enumerate(pair)
    ]
    return SmileChart(
        env="PAPER",
        expiry_at=None if is_empty else EXPIRY,
        puts=tuple((strike, iv(strike)) for strike in strikes if strike <= forward),
        calls=tuple((strike, iv(strike)) for strike in strikes if strike > forward),
        chosen=tuple(chosen),
        spot_usd=None if is_empty else spot,
        forward_usd=None if is_empty else forward,
        atm_iv_frac=None if is_empty else iv(forward),
        rr25_pts=None if is_empty else -3.1,
        dvol_pts=None if is_empty else 61.0,
        as_of=NOW,
        data_age_s=4,
        is_modelled=False,
    )


BOOK_SAMPLES: dict[str, Chart] = {
    "risk grid": risk(),
    "risk grid of a tiny book": risk(scale_eur=0.01, trades=1),
    "risk grid of a huge book, modelled": risk(scale_eur=900_000, spot=103_512, trades=12, left_out=2, is_modelled=True),
    "risk grid that moves nothing": risk(scale_eur=0),
    "risk grid without points": risk(is_empty=True, left_out=2),
    "Greeks": greeks(),
    "Greeks of a huge book": greeks(size=3000, spot=103_512),
    "Greeks of a tiny book": greeks(size=0.01),
    "Greeks beyond the limits": greeks(size=9),
    "Greeks without points": greeks(points=0),
    "smile": smile(held=((7, 3200, 3000),)),
    "smile of a condor and a put spread": smile(held=((7, 3200, 3000), (9, 4200, 4400), (12, 3100, 2900))),
    "smile nobody holds": smile(skew=0.05),
    "smile of many trades": smile(held=tuple((number, 3400 - 100 * number, 3300 - 100 * number) for number in range(1, 8))),
    "smile at a hundred thousand": smile(spot=103_512, step=2000, held=((142, 92_000, 88_000),)),
    "smile of one point": smile(reach=0.01),
    "smile without points": smile(is_empty=True),
}
