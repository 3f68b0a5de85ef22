"""Chart figures of one position: profit and loss now and at expiry, and its cost to close over time.

Rules of this file: curves are in EUR of the whole position with the credit kept in
its coin, so every coin amount is valued at the index it stands over; fees already paid
are in both curves.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from engine.core.model import Family, OptionType, Spread, Strategy, Strikes
from engine.core.payoff import PayoffTerms, break_evens_usd, pnl_usd
from engine.core.pricing import price_usd, years_between
from engine.core.rules import ExitRules
from engine.views import PayoffChart, TimelineChart

GRID_POINTS = 81


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedLeg:
    """One leg with its volatility; `sign` is -1 for a sold leg and +1 for a bought one."""

    option_type: OptionType
    strike_usd: float
    iv_frac: float
    sign: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoffInputs:
    """A position and its market. Coin figures per 1 ETH; `fee_coin` is what opening cost, `atm_iv_frac` sizes the expected move."""

    title: str
    env: str
    strategy: Strategy
    terms: PayoffTerms
    legs: tuple[PricedLeg, ...]
    credit_coin: Decimal
    fee_coin: Decimal
    quantity_eth: Decimal
    max_loss_eur: Decimal
    spot_usd: Decimal
    forward_usd: Decimal
    fx_usd_per_eur: Decimal
    atm_iv_frac: float
    expiry_at: datetime
    as_of: datetime
    data_age_s: float
    is_modelled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineInputs:
    """A position's credit and dates; `open_fee_coin` and `close_fee_coin` per 1 ETH."""

    title: str
    env: str
    coin: str
    credit_coin: Decimal
    open_fee_coin: Decimal
    close_fee_coin: Decimal
    opened_at: datetime
    expiry_at: datetime
    as_of: datetime


def priced_legs(spread: Spread) -> tuple[PricedLeg, ...] | None:
    """Every leg of a sold spread with its volatility; None while one has none."""
    signed = [(quote, sign) for vertical in spread.verticals for quote, sign in ((vertical.short, -1.0), (vertical.long, 1.0))]
    legs = tuple(
        PricedLeg(option_type=quote.instrument.option_type, strike_usd=float(quote.instrument.strike_usd), iv_frac=quote.iv_frac, sign=sign)
        for quote, sign in signed
        if quote.iv_frac is not None
    )
    return legs if len(legs) == len(signed) else None


def strikes_text(sides: Sequence[Strikes]) -> str:
    """The strikes in the desk's short hand: `1700/1600`, or `1700/1600 · 2300/2400` for a condor."""
    return " · ".join(f"{side.short_strike_usd.normalize():f}/{side.long_strike_usd.normalize():f}" for side in sides)


def payoff(inputs: PayoffInputs) -> PayoffChart:
    """The chart of the position. `max_profit_eur` values the net credit at today's index, `max_loss_eur` is the strict figure."""
    terms = inputs.terms
    break_evens = tuple(float(level_usd) for level_usd in break_evens_usd(terms, credit_coin=inputs.credit_coin))
    low_usd, high_usd = expected_move_usd(inputs)
    strikes = [float(strike) for side in terms.sides for strike in (side.short_strike_usd, side.long_strike_usd)]
    grid = _grid(inputs, [*strikes, *break_evens, float(inputs.spot_usd)], (low_usd, high_usd))
    kept_usd = terms.family.usd_of_coin(inputs.credit_coin - inputs.fee_coin, index_usd=inputs.spot_usd)
    return PayoffChart(
        title=inputs.title,
        env=inputs.env,
        strategy=inputs.strategy,
        spot_usd=float(inputs.spot_usd),
        sides=terms.sides,
        break_evens_usd=break_evens,
        expected_move_usd=(low_usd, high_usd),
        at_expiry=tuple((index_usd, _at_expiry_eur(inputs, index_usd)) for index_usd in grid),
        now=tuple((index_usd, _now_eur(inputs, index_usd)) for index_usd in grid),
        max_profit_eur=float(kept_usd * inputs.quantity_eth / inputs.fx_usd_per_eur),
        max_loss_eur=float(inputs.max_loss_eur),
        expiry_at=inputs.expiry_at,
        as_of=inputs.as_of,
        data_age_s=inputs.data_age_s,
        is_modelled=inputs.is_modelled,
    )


def timeline(marks: Sequence[tuple[datetime, Decimal]], inputs: TimelineInputs, rules: ExitRules) -> TimelineChart:
    """Cost to close against the credit, with the two exits that are lines in that picture; `marks` ascending."""
    return TimelineChart(
        title=inputs.title,
        env=inputs.env,
        coin=inputs.coin,
        marks=tuple((at, float(mark_coin)) for at, mark_coin in marks),
        credit_coin=float(inputs.credit_coin),
        profit_take_coin=float(_profit_take_coin(inputs, rules)),
        stop_loss_coin=float(inputs.credit_coin * rules.stop_loss_x_credit),
        opened_at=inputs.opened_at,
        expiry_at=inputs.expiry_at,
        as_of=inputs.as_of,
    )


def expected_move_usd(inputs: PayoffInputs) -> tuple[float, float]:
    """One standard deviation down and up from the forward at expiry, lognormal."""
    total = inputs.atm_iv_frac * math.sqrt(max(years_between(inputs.as_of, inputs.expiry_at), 0.0))
    return float(inputs.forward_usd) * math.exp(-total), float(inputs.forward_usd) * math.exp(total)


def _profit_take_coin(inputs: TimelineInputs, rules: ExitRules) -> Decimal:
    # U_net = (c_net - X - fee_close) / c_net with c_net = c - fee_open, solved for the closing cost X.
    kept_coin = inputs.credit_coin - inputs.open_fee_coin
    return kept_coin * (1 - Decimal(repr(rules.profit_take_net_frac))) - inputs.close_fee_coin


def _grid(inputs: PayoffInputs, kinks: list[float], move: tuple[float, float]) -> tuple[float, ...]:
    width = float(inputs.terms.width_usd)
    low, high = min(*kinks, *move) - 0.5 * width, max(*kinks, *move) + 0.5 * width
    low = max(low, 0.05 * high)
    step = (high - low) / (GRID_POINTS - 1)
    return tuple(sorted({low + step * number for number in range(GRID_POINTS)} | set(kinks)))


def _at_expiry_eur(inputs: PayoffInputs, index_usd: float) -> float:
    earned_usd = pnl_usd(inputs.terms, credit_coin=inputs.credit_coin - inputs.fee_coin, index_usd=Decimal(str(index_usd)))
    return float(earned_usd * inputs.quantity_eth / inputs.fx_usd_per_eur)


def _now_eur(inputs: PayoffInputs, index_usd: float) -> float:
    forward_usd = index_usd * float(inputs.forward_usd / inputs.spot_usd)
    years = max(years_between(inputs.as_of, inputs.expiry_at), 0.0)
    # An inverse option is worth its coin price, which is over the forward, at the index.
    usd_per_forward_usd = index_usd / forward_usd if inputs.terms.family is Family.INVERSE else 1.0
    held_usd = sum(leg.sign * price_usd(leg.option_type, F=forward_usd, K=leg.strike_usd, sigma=leg.iv_frac, T=years) for leg in inputs.legs)
    kept_usd = inputs.terms.family.usd_of_coin(inputs.credit_coin - inputs.fee_coin, index_usd=Decimal(str(index_usd)))
    return (float(kept_usd) + held_usd * usd_per_forward_usd) * float(inputs.quantity_eth / inputs.fx_usd_per_eur)
