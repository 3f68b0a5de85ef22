"""The open book under jumps of the index and of volatility: a grid of P&L, Greeks and margin, and the figures of its two pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from engine.core.margin import margin_equity_eth
from engine.core.model import Wealth
from engine.core.rules_desk import GreekLimits
from engine.core.scenarios import Aftermath, Held, Jump, after_jump
from engine.views import GreeksChart, RiskChart, RiskRow, RiskView

INDEX_STEPS_FRAC = tuple(Decimal(step) / 100 for step in (20, 10, 5, 0, -5, -10, -20))
VOL_STEPS_PTS = (-10.0, 0.0, 10.0, 20.0)
NO_JUMP_PTS = 0.0
CURVE_POINTS = 41
USAGE_MAX_FRAC = 9.99
"""What a margin usage is told as when the jump leaves less equity than that, or none at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskInputs:
    """The book that can be priced, by trade, with what it is priced in; an unknown index, rate or account is None."""

    env: str
    book: tuple[tuple[int, Held], ...]
    left_out: tuple[int, ...]
    index_usd: Decimal | None
    fx_usd_per_eur: Decimal | None
    dvol_pts: float | None
    wealth: Wealth | None
    limits: GreekLimits
    as_of: datetime
    data_age_s: float
    is_modelled: bool


def risk_view(inputs: RiskInputs) -> RiskView:
    """The grid and both charts; without an index, a rate or anything open they are empty."""
    missing = tuple(name for name, value in (("index", inputs.index_usd), ("fx", inputs.fx_usd_per_eur)) if value is None)
    rows = _rows(inputs)
    return RiskView(
        as_of=inputs.as_of,
        spot_usd=inputs.index_usd,
        dvol_pts=inputs.dvol_pts,
        vol_steps_pts=VOL_STEPS_PTS,
        rows=rows,
        trades=tuple(trade_id for trade_id, _ in inputs.book),
        left_out=inputs.left_out,
        missing=missing,
        is_modelled=inputs.is_modelled,
        grid=_grid(inputs, rows),
        greeks=_greeks(inputs),
    )


def _rows(inputs: RiskInputs) -> tuple[RiskRow, ...]:
    index_usd, fx = inputs.index_usd, inputs.fx_usd_per_eur
    if index_usd is None or fx is None or not inputs.book:
        return ()
    return tuple(_row(inputs, step, index_usd, fx) for step in INDEX_STEPS_FRAC)


def _row(inputs: RiskInputs, index_frac: Decimal, index_usd: Decimal, fx_usd_per_eur: Decimal) -> RiskRow:
    after = {points: _after(inputs, index_frac, points, index_usd) for points in VOL_STEPS_PTS}
    calm = after[NO_JUMP_PTS]
    return RiskRow(
        index_frac=float(index_frac),
        index_usd=calm.index_usd,
        pnl_eur=tuple(each.pnl_usd / fx_usd_per_eur for each in after.values()),
        greeks=calm.greeks,
        margin_usage_frac=_usage(inputs.wealth, calm),
    )


def _after(inputs: RiskInputs, index_frac: Decimal, vol_pts: float, index_usd: Decimal) -> Aftermath:
    return after_jump([held for _, held in inputs.book], Jump(index_frac=index_frac, vol_pts=vol_pts), index_usd=index_usd, now=inputs.as_of)


def _usage(wealth: Wealth | None, after: Aftermath) -> float | None:
    """Maintenance margin over the equity the jump leaves: what was there before, with the options' own loss or gain."""
    if wealth is None:
        return None
    left_eth = margin_equity_eth(wealth) + after.pnl_eth
    used_eth = wealth.maintenance_margin_eth + after.maintenance_margin_eth
    return min(float(used_eth / left_eth), USAGE_MAX_FRAC) if left_eth > 0 else USAGE_MAX_FRAC


def _grid(inputs: RiskInputs, rows: Sequence[RiskRow]) -> RiskChart:
    return RiskChart(
        env=inputs.env,
        spot_usd=None if inputs.index_usd is None else float(inputs.index_usd),
        index_steps_frac=tuple(float(step) for step in INDEX_STEPS_FRAC),
        vol_steps_pts=VOL_STEPS_PTS,
        pnl_eur=tuple(tuple(float(pnl_eur) for pnl_eur in row.pnl_eur) for row in rows),
        trades=len(inputs.book),
        left_out=len(inputs.left_out),
        as_of=inputs.as_of,
        data_age_s=inputs.data_age_s,
        is_modelled=inputs.is_modelled,
    )


def _greeks(inputs: RiskInputs) -> GreeksChart:
    index_usd = inputs.index_usd
    curve = [] if index_usd is None or not inputs.book else [_after(inputs, step, NO_JUMP_PTS, index_usd) for step in _curve_steps()]
    here = curve[len(curve) // 2].greeks if curve else None
    return GreeksChart(
        env=inputs.env,
        spot_usd=None if index_usd is None else float(index_usd),
        delta_eth=tuple((float(each.index_usd), each.greeks.delta_eth) for each in curve),
        gamma_usd=tuple((float(each.index_usd), each.greeks.gamma_usd_per_1pct) for each in curve),
        delta_limit_eth=inputs.limits.abs_net_delta_max_eth,
        gamma_limit_usd=inputs.limits.short_gamma_max_usd_per_1pct,
        vega_usd_per_pt=None if here is None else here.vega_usd_per_pt,
        theta_usd_per_day=None if here is None else here.theta_usd_per_day,
        trades=len(inputs.book),
        as_of=inputs.as_of,
        data_age_s=inputs.data_age_s,
        is_modelled=inputs.is_modelled,
    )


def _curve_steps() -> list[Decimal]:
    """Evenly from the lowest to the highest step of the grid, today's index in the middle."""
    reach = max(INDEX_STEPS_FRAC)
    return [reach * (2 * number - (CURVE_POINTS - 1)) / (CURVE_POINTS - 1) for number in range(CURVE_POINTS)]
