"""Chart figures of one position: profit and loss now and at expiry, and its cost to close over time.

Rules of this file: curves are in EUR of the whole position with the credit kept in
ETH, so every coin amount is valued at the index it stands over; fees already paid
are in both curves.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from engine.core.model import Strategy
from engine.core.payoff import Vertical, break_even_usd, payout_usd
from engine.core.pricing import price_coin, years_between
from engine.core.rules import ExitRules
from engine.views import PayoffChart, TimelineChart

GRID_POINTS = 81


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoffInputs:
    """A position and its market. Coin figures per 1 ETH; `fee_coin` is what opening cost, `atm_iv_frac` sizes the expected move."""

    title: str
    env: str
    strategy: Strategy
    short_strike_usd: Decimal
    long_strike_usd: Decimal
    credit_coin: Decimal
    fee_coin: Decimal
    quantity_eth: Decimal
    max_loss_eur: Decimal
    spot_usd: Decimal
    forward_usd: Decimal
    fx_usd_per_eur: Decimal
    short_iv_frac: float
    long_iv_frac: float
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
    credit_coin: Decimal
    open_fee_coin: Decimal
    close_fee_coin: Decimal
    opened_at: datetime
    expiry_at: datetime
    as_of: datetime


def payoff(inputs: PayoffInputs) -> PayoffChart:
    """The chart of the position. `max_profit_eur` values the net credit at today's index, `max_loss_eur` is the strict figure."""
    vertical = _vertical(inputs)
    break_even = float(break_even_usd(vertical, credit_coin=inputs.credit_coin))
    low_usd, high_usd = expected_move_usd(inputs)
    grid = _grid(inputs, [float(inputs.short_strike_usd), float(inputs.long_strike_usd), break_even, float(inputs.spot_usd)], (low_usd, high_usd))
    kept_coin = inputs.credit_coin - inputs.fee_coin
    return PayoffChart(
        title=inputs.title,
        env=inputs.env,
        strategy=inputs.strategy,
        spot_usd=float(inputs.spot_usd),
        short_strike_usd=float(inputs.short_strike_usd),
        long_strike_usd=float(inputs.long_strike_usd),
        break_even_usd=break_even,
        expected_move_usd=(low_usd, high_usd),
        at_expiry=tuple((index_usd, _at_expiry_eur(inputs, vertical, index_usd)) for index_usd in grid),
        now=tuple((index_usd, _now_eur(inputs, index_usd)) for index_usd in grid),
        max_profit_eur=float(kept_coin * inputs.quantity_eth * inputs.spot_usd / inputs.fx_usd_per_eur),
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


def _vertical(inputs: PayoffInputs) -> Vertical:
    return Vertical(option_type=inputs.strategy.option_type, short_strike_usd=inputs.short_strike_usd, long_strike_usd=inputs.long_strike_usd)


def _grid(inputs: PayoffInputs, kinks: list[float], move: tuple[float, float]) -> tuple[float, ...]:
    width = abs(float(inputs.short_strike_usd - inputs.long_strike_usd))
    low, high = min(*kinks, *move) - 0.5 * width, max(*kinks, *move) + 0.5 * width
    low = max(low, 0.05 * high)
    step = (high - low) / (GRID_POINTS - 1)
    return tuple(sorted({low + step * number for number in range(GRID_POINTS)} | set(kinks)))


def _at_expiry_eur(inputs: PayoffInputs, vertical: Vertical, index_usd: float) -> float:
    level_usd = Decimal(str(index_usd))
    earned_usd = (inputs.credit_coin - inputs.fee_coin) * level_usd - payout_usd(vertical, index_usd=level_usd)
    return float(earned_usd * inputs.quantity_eth / inputs.fx_usd_per_eur)


def _now_eur(inputs: PayoffInputs, index_usd: float) -> float:
    forward_usd = index_usd * float(inputs.forward_usd / inputs.spot_usd)
    years = max(years_between(inputs.as_of, inputs.expiry_at), 0.0)
    option_type = inputs.strategy.option_type
    short_coin = price_coin(option_type, F=forward_usd, K=float(inputs.short_strike_usd), sigma=inputs.short_iv_frac, T=years)
    long_coin = price_coin(option_type, F=forward_usd, K=float(inputs.long_strike_usd), sigma=inputs.long_iv_frac, T=years)
    earned_coin = float(inputs.credit_coin - inputs.fee_coin) - (short_coin - long_coin)
    return earned_coin * index_usd * float(inputs.quantity_eth / inputs.fx_usd_per_eur)
